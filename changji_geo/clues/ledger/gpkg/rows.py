"""Rows of the table ``events`` <-> events and states; a row that was tampered with is refused, never guessed at."""

from __future__ import annotations

import datetime
import itertools
import json
import struct
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import shapely

from changji_geo.clues.ledger.appending import KINDS, Current, Prepared
from changji_geo.clues.ledger.chain import canonical_json, evidence_json, side_json, stored_values
from changji_geo.clues.ledger.states import GEOMETRIES, KEPT_KEYS
from changji_geo.clues.ledger.stored_values import StoredValues
from changji_geo.clues.model import Event, Evidence
from changji_geo.errors import InputError

EVENT_COLUMNS = "seq, clue_id, kind, at, actor, before, after, reason, evidence, prev_hash, hash"
STATE_COLUMNS = "first_seq, checks_seq, imported_seq, state, original, geom"
"""``<key>_seq``: for each of `KEPT_KEYS` the number of the event whose ``after`` holds the value."""

Row = tuple[Any, ...]

_HEADER = struct.Struct("<2sBBi4d")
_FLAGS = 0b0000_0011
"""Little endian, an envelope of four numbers."""

_BLOCK = 1024


def rows_of(prepared: Iterable[Prepared]) -> Iterator[Row]:
    """The columns of `EVENT_COLUMNS` and `STATE_COLUMNS` of each event, a block of them at a time."""
    events = iter(prepared)
    while block := [*itertools.islice(events, _BLOCK)]:
        shown = [bytes.fromhex(_shown(one.state)) for one in block]
        boxes = shapely.bounds(shapely.from_wkb(np.array(shown, dtype=object))).tolist()
        for one, wkb, box in zip(block, shown, boxes, strict=True):
            yield (*_event_row(one), *_state_row(one.state, _blob(wkb, box)))


def row_of(prepared: Prepared) -> Row:
    """The columns of `EVENT_COLUMNS` and `STATE_COLUMNS`."""
    return (*_event_row(prepared), *state_row(prepared.state))


def _event_row(prepared: Prepared) -> Row:
    event = prepared.event
    before, after = prepared.sides or (side_json(event.before), side_json(event.after))
    return (
        event.seq, event.clue_id, event.kind, event.at.isoformat(), event.actor, before, after, event.reason,
        evidence_json(event), event.prev_hash, event.hash,
    )  # fmt: skip


def state_row(state: Current) -> Row:
    """The columns of `STATE_COLUMNS`; ``original`` is NULL where no event has set another geometry."""
    wkb = bytes.fromhex(_shown(state))
    return _state_row(state, _blob(wkb, shapely.from_wkb(wkb).bounds))


def _shown(state: Current) -> str:
    """The working geometry."""
    shape = state.values.get("geometry")
    return str(state.values["original"] if shape is None else shape)


def _state_row(state: Current, blob: bytes) -> Row:
    redrawn = state.values.get("geometry") is not None
    original = bytes.fromhex(state.values["original"]) if redrawn else None
    return (*kept_row(state), state_json(state), original, blob)


def kept_row(state: Current) -> tuple[int, *tuple[int | None, ...]]:
    """Number of the first event, and of those that set the values of `KEPT_KEYS`."""
    return (state.first_seq, *(state.kept.get(key) for key in KEPT_KEYS))


def state_json(state: Current) -> str:
    """The values that a row holds itself, without the geometries."""
    return side_json(stored_values(state.values).without(*GEOMETRIES, *KEPT_KEYS))


def event_from(row: Row) -> Event:
    """The event of a row of `EVENT_COLUMNS`.

    Raises
    ------
    ValueError
        When a column does not hold, to the letter, what `row_of` would have written.
    """
    seq, clue_id, kind, at, actor, before, after, reason, evidence, prev_hash, hash_ = row
    try:
        sides = [_side(before), _side(after)]
        event = Event(
            seq=seq, clue_id=clue_id, kind=kind, at=datetime.datetime.fromisoformat(at), actor=actor,
            before=sides[0], after=sides[1], reason=reason,
            evidence=tuple(Evidence(e["path"], e["sha256"], e["size"], e["role"]) for e in json.loads(evidence)),
            prev_hash=prev_hash, hash=hash_,
        )  # fmt: skip
        spelled = (event.at.isoformat(), evidence_json(event))
    except (TypeError, ValueError, KeyError, RecursionError, InputError) as cause:
        raise ValueError(str(cause)) from cause
    if not all(isinstance(text, str) for text in row[1:]) or event.kind not in KINDS:
        raise ValueError("kind")
    if spelled != (at, evidence):
        raise ValueError("spelling")
    return event


def state_from(row: Row) -> Current:
    """The state of a row of `STATE_COLUMNS`, without the values of `KEPT_KEYS`.

    Raises
    ------
    ValueError
        When it does not hold a state.
    """
    first_seq, *numbers, state, original, geom = row
    try:
        shape = geom[_HEADER.size :].hex().upper()
        more = {"original": shape} if original is None else {"original": original.hex().upper(), "geometry": shape}
        values = StoredValues.parse(state).written_over(StoredValues({k: f'"{v}"' for k, v in more.items()}, more))
    except (TypeError, ValueError, AttributeError) as cause:
        raise ValueError(str(cause)) from cause
    return Current(first_seq, values, kept_numbers(numbers))


def kept_numbers(numbers: Iterable[Any]) -> dict[str, int]:
    """What `kept_row` gives behind the first number, read back."""
    return {key: number for key, number in zip(KEPT_KEYS, numbers, strict=True) if number is not None}


def kept_texts(afters: Iterable[Any]) -> dict[str, str]:
    """For each of `KEPT_KEYS` the ``after`` that holds it; without those that are not set."""
    return {key: str(after) for key, after in zip(KEPT_KEYS, afters, strict=True) if after is not None}


def wkb_of(blob: Any) -> Any:
    """The WKB of a GeoPackage binary that this package wrote; what is no binary is given back."""
    return blob[_HEADER.size :] if isinstance(blob, bytes) else blob


def _side(text: Any) -> StoredValues:
    value = StoredValues.parse(text)
    if canonical_json(value.known) != text:
        raise ValueError("spelling")
    return value


def _blob(wkb: bytes, box: tuple[float, ...]) -> bytes:
    """GeoPackage binary: header, envelope (min x, max x, min y, max y), WKB."""
    west, south, east, north = box
    return _HEADER.pack(b"GP", 0, _FLAGS, 4490, west, east, south, north) + wkb
