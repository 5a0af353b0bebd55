"""Rows of the table ``events`` <-> events and states; a row that was tampered with is refused, never guessed at."""

from __future__ import annotations

import datetime
import json
import struct
from typing import Any

import shapely

from changji_geo.clues.ledger.appending import KINDS, Current, Prepared
from changji_geo.clues.ledger.chain import canonical_json, evidence_json
from changji_geo.clues.ledger.states import Values
from changji_geo.clues.model import Event, Evidence
from changji_geo.errors import InputError

EVENT_COLUMNS = "seq, clue_id, kind, at, actor, before, after, reason, evidence, prev_hash, hash"
STATE_COLUMNS = "first_seq, state, original, geom"

Row = tuple[Any, ...]

_HEADER = struct.Struct("<2sBBi4d")
_FLAGS = 0b0000_0011
"""Little endian, an envelope of four numbers."""


def row_of(prepared: Prepared) -> Row:
    """The columns of `EVENT_COLUMNS` and `STATE_COLUMNS`."""
    event = prepared.event
    return (
        event.seq, event.clue_id, event.kind, event.at.isoformat(), event.actor, canonical_json(event.before),
        canonical_json(event.after), event.reason, evidence_json(event), event.prev_hash, event.hash,
        *state_row(prepared.state),
    )  # fmt: skip


def state_row(state: Current) -> Row:
    """The columns of `STATE_COLUMNS`; ``original`` is NULL where no event has set another geometry."""
    values = state.values
    shape, original = values.get("geometry"), values["original"]
    rest = {key: value for key, value in values.items() if key not in ("geometry", "original")}
    if shape is None:
        return state.first_seq, canonical_json(rest), None, _blob(original)
    return state.first_seq, canonical_json(rest), bytes.fromhex(original), _blob(shape)


def event_from(row: Row) -> Event:
    """The event of a row of `EVENT_COLUMNS`.

    Raises
    ------
    ValueError
        When a column does not hold, to the letter, what `row_of` would have written.
    """
    seq, clue_id, kind, at, actor, before, after, reason, evidence, prev_hash, hash_ = row
    try:
        event = Event(
            seq=seq, clue_id=clue_id, kind=kind, at=datetime.datetime.fromisoformat(at), actor=actor,
            before=json.loads(before), after=json.loads(after), reason=reason,
            evidence=tuple(Evidence(e["path"], e["sha256"], e["size"], e["role"]) for e in json.loads(evidence)),
            prev_hash=prev_hash, hash=hash_,
        )  # fmt: skip
    except (TypeError, ValueError, KeyError, RecursionError) as cause:
        raise ValueError(str(cause)) from cause
    if not all(isinstance(text, str) for text in row[1:]) or event.kind not in KINDS:
        raise ValueError("kind")
    if not (isinstance(event.before, dict) and isinstance(event.after, dict)):
        raise ValueError("before, after")
    try:
        spelled = (
            event.at.isoformat(),
            canonical_json(event.before),
            canonical_json(event.after),
            evidence_json(event),
        )
    except InputError as cause:
        raise ValueError(cause.problem) from cause
    if spelled != (at, before, after, evidence):
        raise ValueError("spelling")
    return event


def state_from(row: Row) -> Current:
    """The state of a row of `STATE_COLUMNS`.

    Raises
    ------
    ValueError
        When it does not hold a state.
    """
    first_seq, state, original, geom = row
    try:
        values: Values = json.loads(state)
        shape = geom[_HEADER.size :].hex().upper()
        values["original"] = shape if original is None else original.hex().upper()
        if original is not None:
            values["geometry"] = shape
    except (TypeError, ValueError, AttributeError) as cause:
        raise ValueError(str(cause)) from cause
    return Current(first_seq, values)


def _blob(wkb_hex: str) -> bytes:
    """GeoPackage binary: header, envelope (min x, max x, min y, max y), WKB."""
    wkb = bytes.fromhex(wkb_hex)
    west, south, east, north = shapely.from_wkb(wkb).bounds
    return _HEADER.pack(b"GP", 0, _FLAGS, 4490, west, east, south, north) + wkb
