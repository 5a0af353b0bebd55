"""Events and states <-> rows of PostGIS: geometries go in as hex with the SRID and come back as plain WKB, to the bit."""

from __future__ import annotations

import re
from typing import Any

from changji_geo.clues.ledger.appending import Current, Prepared
from changji_geo.clues.ledger.chain import canonical_json, evidence_json
from changji_geo.clues.ledger.gpkg.rows import kept_numbers, kept_row, state_json
from changji_geo.clues.ledger.stored_values import StoredValues
from changji_geo.errors import InputError

Row = tuple[Any, ...]

STATE_SELECT = "first_seq, checks_seq, imported_seq, state, ST_AsBinary(original, 'NDR'), ST_AsBinary(geom, 'NDR')"
"""What to ask for to get the columns of ``STATE_COLUMNS`` as `state_from` reads them."""

_SRID = "8A110000"
"""4490, little endian."""

_HAS_SRID = 0x20
"""In the highest byte of the type of a geometry."""

_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def row_of(prepared: Prepared) -> Row:
    """The columns of ``EVENT_COLUMNS`` and ``STATE_COLUMNS``, for COPY.

    Raises
    ------
    InputError
        When a text holds a NUL, which PostgreSQL cannot store.
    """
    event = prepared.event
    *numbers, state, original, geom = state_row(prepared.state)
    before, after = prepared.sides or (canonical_json(event.before), canonical_json(event.after))
    texts = (before, after, event.reason, evidence_json(event))
    # Besides the columns of text: the view reads the state as JSON, in which PostgreSQL takes no NUL either.
    if "\0" in event.reason + event.actor or any(_NUL.search(text) for text in (*texts, state) if "\\u0000" in text):
        raise InputError(
            f"线索 {event.clue_id} 的 {event.kind} 事件里有 NUL 字符（U+0000）",
            where=f"第 {event.seq} 号事件",
            expected="不含 NUL 的文字：PostgreSQL 存不下它",
            fix="从原文件去掉这个字符后再登记；已在台账文件里的，继续用台账文件",
        )
    return (
        event.seq, event.clue_id, event.kind, event.at.isoformat(), event.actor, *texts, event.prev_hash, event.hash,
        *numbers, state, None if original is None else _with_srid(original), _with_srid(geom),
    )  # fmt: skip


def state_row(state: Current) -> Row:
    """Numbers as `kept_row`, state as JSON, WKB of the original (None where no event has set another geometry), of the geometry."""
    values = state.values
    shape, original = values.get("geometry"), bytes.fromhex(values["original"])
    if shape is None:
        return (*kept_row(state), state_json(state), None, original)
    return (*kept_row(state), state_json(state), original, bytes.fromhex(shape))


def state_from(row: Row) -> Current:
    """The state of a row of `STATE_SELECT`, without the values of ``KEPT_KEYS``.

    Raises
    ------
    ValueError
        When it does not hold a state.
    """
    first_seq, *numbers, state, original, geom = row
    try:
        values = StoredValues.parse(state)
        values = values.replaced("original", f'"{(geom if original is None else original).hex().upper()}"')
        if original is not None:
            values = values.replaced("geometry", f'"{geom.hex().upper()}"')
    except (TypeError, ValueError, AttributeError) as cause:
        raise ValueError(str(cause)) from cause
    return Current(first_seq, values, kept_numbers(numbers))


def _with_srid(wkb: bytes) -> str:
    """ISO WKB -> the hex that PostGIS reads, SRID 4490."""
    text = wkb.hex().upper()
    return f"{text[:8]}{wkb[4] | _HAS_SRID:02X}{_SRID}{text[10:]}"
