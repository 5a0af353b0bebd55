"""Arrays of concentrations -> indices, leaders and flags as small integers, a chunk of rows at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from changji_geo.standards.air.arguments import Dated
from changji_geo.standards.air.editions import Edition, IndexRules
from changji_geo.standards.air.lookup import (
    INDEX_BITS,
    REFERRED,
    STATE_SHIFT,
    UNUSABLE,
    VALID,
    stacked_tables,
    table_rows,
)
from changji_geo.standards.air.notes import HOURLY, INCOMPLETE, NO_DATE, NO_SUBSTITUTE, ROUNDED, ROW_SHIFT, ZERO

Report = Literal["1h", "24h"]
Values: TypeAlias = npt.NDArray[np.generic]
Packed: TypeAlias = npt.NDArray[np.uint16]
Mask: TypeAlias = npt.NDArray[np.bool_]
EditionRows: TypeAlias = "int | npt.NDArray[np.intp]"
"""The edition of a chunk: one number where all its rows have the same, which is the usual case."""

_CHUNK = 1 << 15
"""Rows graded at a time: their arrays stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Graded:
    """Graded rows.

    ``index`` is 0 where ``absent``; ``leaders`` has one bit per item that shares the largest index above 50; ``flags`` as
    in `notes`; ``packed`` the entries of each item (see `lookup`), if kept.
    """

    items: tuple[str, ...]
    index: npt.NDArray[np.uint16]
    absent: Mask
    leaders: npt.NDArray[np.uint8]
    flags: npt.NDArray[np.uint32]
    packed: Mapping[str, Packed]


def items_of(edition: Edition, report: Report) -> tuple[str, ...]:
    """The items of a daily or hourly report."""
    return edition.daily if report == "24h" else edition.hourly


def grade_item(item: str, values: Values, dated: Dated, rules: IndexRules) -> tuple[Packed, npt.NDArray[np.uint32]]:
    """Packed entries and flags of one item by itself.

    Parameters
    ----------
    item : str
        ``pm2_5_24h``.
    values : ndarray, shape (rows,)
        Concentrations in the item's unit.
    dated : Dated
        Editions of the rows.
    rules : IndexRules
        The tables.
    """
    tables = stacked_tables(item, rules, (True,) * len(rules.editions))
    packed = np.empty(len(values), dtype=np.uint16)
    notes = dated.notes.copy()
    practice = _rounding_practice(rules)
    borrowed = np.array([e.hourly_evidence == "practice" and item in e.borrows for e in rules.editions])
    for start in range(0, len(values), _CHUNK):
        part = slice(start, start + _CHUNK)
        edition = _edition_rows(dated.edition[part])
        packed[part], changed = _grade(values[part], item, tables, edition, rules)
        valid = (packed[part] & VALID) != 0
        notes[part] |= (changed & practice[edition]).astype(np.uint8) * ROUNDED
        notes[part] |= (valid & borrowed[edition]).astype(np.uint8) * HOURLY
    notes[dated.missing] = NO_DATE
    state = ((packed >> STATE_SHIFT) & 7).astype(np.uint32)
    return packed, state | notes.astype(np.uint32) << np.uint32(ROW_SHIFT)


def grade_rows(
    columns: Mapping[str, Values], dated: Dated, report: Report, rules: IndexRules, *, keep: bool = False
) -> Graded:
    """Grade all items of each row and find the largest.

    Parameters
    ----------
    columns : mapping of str to ndarray
        Items, and substitutes that are no item of the report (``so2_24h`` in an hourly one), to concentrations.
    dated : Dated
        Editions of the rows.
    report : {"1h", "24h"}
        Hourly or daily.
    rules : IndexRules
        The tables.
    keep : bool
        Keep the packed entries of each item.
    """
    size = len(dated.edition)
    used = {i: tuple(i in items_of(e, report) for e in rules.editions) for i in columns}
    items = tuple(i for i in columns if any(used[i]))
    tables = {i: stacked_tables(i, rules, used[i]) for i in items}
    out = Graded(
        items,
        np.empty(size, np.uint16),
        np.empty(size, np.bool_),
        np.empty(size, np.uint8),
        np.empty(size, np.uint32),
        {i: np.empty(size, np.uint16) for i in (items if keep else ())},
    )
    practice = _rounding_practice(rules)
    for start in range(0, size, _CHUNK):
        part = slice(start, start + _CHUNK)
        edition = _edition_rows(dated.edition[part])
        notes = dated.notes[part].copy()
        state = np.zeros(len(notes), np.uint32)
        found: dict[str, Packed] = {}
        for k, item in enumerate(items):
            found[item], changed = _grade(columns[item][part], item, tables[item], edition, rules)
            state |= ((found[item] >> STATE_SHIFT) & 7).astype(np.uint32) << np.uint32(3 * k)
            if np.any(practice[edition]):
                notes |= (changed & practice[edition]).astype(np.uint8) * ROUNDED
        lacking = _substitute(found, {i: v[part] for i, v in columns.items()}, edition, rules)
        notes |= lacking.view(np.uint8) * NO_SUBSTITUTE
        _settle(out, part, list(found.values()), notes, edition, report, rules)
        out.flags[part] = state | notes.astype(np.uint32) << np.uint32(ROW_SHIFT)
        for item, store in out.packed.items():
            store[part] = found[item]
    return out


def _settle(
    out: Graded,
    part: slice,
    found: list[Packed],
    notes: npt.NDArray[np.uint8],
    edition: EditionRows,
    report: Report,
    rules: IndexRules,
) -> None:
    """Write the index of a chunk, where there is none, and the leaders; add to the notes why."""
    seen = np.bitwise_or.reduce(found)
    indices = [packed & INDEX_BITS for packed in found]
    best = np.maximum.reduce(indices)
    leaders = np.zeros(len(best), np.uint8)
    for k, index in enumerate(indices):
        leaders |= (index == best).view(np.uint8) << np.uint8(k)
    strict = np.array([e.missing == "above_good" for e in rules.editions])[edition]
    by_practice = np.array([report == "1h" and e.hourly_evidence == "practice" for e in rules.editions])[edition]
    smallest = np.array([e.smallest for e in rules.editions], dtype=np.uint16)[edition]
    some = (seen & VALID) != 0
    incomplete = some & ((seen & UNUSABLE) != 0) & (best <= rules.good_day_upper) & strict
    notes |= incomplete.view(np.uint8) * INCOMPLETE
    notes |= (some & by_practice).view(np.uint8) * HOURLY
    absent = ~some | ((notes & (NO_DATE | INCOMPLETE | NO_SUBSTITUTE)) != 0)
    notes |= (~absent & (best < smallest)).view(np.uint8) * ZERO
    leaders[absent | (best <= rules.primary_above)] = 0
    best[absent] = 0
    notes[(notes & NO_DATE) != 0] = NO_DATE  # without an edition the other notes mean nothing
    out.index[part], out.absent[part], out.leaders[part] = best, absent, leaders


def _substitute(
    found: dict[str, Packed], columns: Mapping[str, Values], edition: EditionRows, rules: IndexRules
) -> Mask:
    """Where an item has no index of its own mean, put that of the other mean; True where that is lacking too."""
    lacking = np.zeros(len(next(iter(found.values()))), dtype=np.bool_)
    pairs = dict.fromkeys((i, other) for e in rules.editions for i, other in e.refers.items() if i in found)
    for item, other in pairs:
        rows = np.flatnonzero((found[item] >> STATE_SHIFT) & 7 == REFERRED)
        if not len(rows):
            continue
        if other in found:
            index = found[other][rows]
        elif other in columns:
            tables = stacked_tables(other, rules, (True,) * len(rules.editions))
            there = edition if isinstance(edition, int) else edition[rows]
            index = _grade(columns[other][rows], other, tables, there, rules)[0]
            found[item][rows] |= index & (INDEX_BITS | VALID)
        else:
            index = np.zeros(len(rows), np.uint16)
        lacking[rows] |= (index & VALID) == 0
    return lacking


def _grade(values: Values, item: str, tables: Packed, edition: EditionRows, rules: IndexRules) -> tuple[Packed, Mask]:
    """Packed entries of a chunk, and where rounding changed a value that has an index."""
    rows, changed = table_rows(values, rules.pollutant(item).per_unit, tables.shape[1] - 1)
    packed = tables[edition].take(rows) if isinstance(edition, int) else tables[edition, rows]
    return packed, changed & ((packed & VALID) != 0)


def _edition_rows(edition: npt.NDArray[np.int8]) -> EditionRows:
    first = int(edition[0])
    return first if (edition == first).all() else edition.astype(np.intp)


def _rounding_practice(rules: IndexRules) -> Mask:
    return np.array([e.rounding == "practice" for e in rules.editions])
