"""Breakpoints -> one table per item from the rounded concentration to the index, so that a column is graded by look-up.

A concentration is rounded half to even (GB/T 8170) to whole steps (1 ug/m3; CO 0.1 mg/m3), so each index is exact integer
arithmetic done once: no float noise can lift a value on a breakpoint to the next integer.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from changji_geo.standards.air.editions import Edition, IndexRules

PLAIN, MISSING, NEGATIVE, IMPLAUSIBLE, CAPPED, REFERRED, CAPPED_BY_PRACTICE, NO_ITEM = range(8)
"""States of one value. REFERRED: above the end of its table, another mean's index is reported. NO_ITEM: not of this edition."""

INDEX_BITS = np.uint16(511)
STATE_SHIFT = 9
VALID = np.uint16(1 << 12)
UNUSABLE = np.uint16(1 << 13)
"""A packed entry: the index in the low nine bits, the state above it, then whether it is an index or an unusable value."""

FIRST = 2
"""Row of the table for concentration zero; row 0 is a missing value, row 1 a negative one, the last an implausible one."""

_GRID = 1.5 * 2.0**32
"""Adding and subtracting it rounds to multiples of 2**-20: a half spoilt by float noise is a half again."""


def subindices(points: tuple[int, ...], steps: tuple[int, ...], per_unit: int) -> npt.NDArray[np.int64]:
    """The index of every rounded concentration from 0 to the end of a table.

    Parameters
    ----------
    points, steps : tuple of int
        Breakpoints (in the unit of the pollutant) and the indices there.
    per_unit : int
        Steps of the concentration in one unit.

    Returns
    -------
    ndarray of int64, shape (points[-1] * per_unit + 1,)
        ceil((I_hi - I_lo) / (BP_hi - BP_lo) * (C - BP_lo) + I_lo), exact.

    Examples
    --------
    >>> subindices((0, 35, 75), (0, 50, 100), 1)[[35, 36, 75]], subindices((0, 2, 4), (0, 50, 100), 10)[21]
    (array([ 50,  52, 100]), np.int64(53))
    """
    borders = np.array(points, dtype=np.int64) * per_unit
    indices = np.array(steps, dtype=np.int64)
    amounts = np.arange(borders[-1] + 1)
    top = np.maximum(np.searchsorted(borders, amounts), 1)
    rise = (indices[top] - indices[top - 1]) * (amounts - borders[top - 1])
    return np.asarray(indices[top - 1] - (-rise // (borders[top] - borders[top - 1])))


def index_table(item: str, edition: Edition, rules: IndexRules) -> npt.NDArray[np.uint16]:
    """Every rounded concentration of an item -> packed index and state, with the rows for faults.

    Parameters
    ----------
    item : str
        ``pm2_5_24h``.
    edition : Edition
        Whose breakpoints.
    rules : IndexRules
        Steps of the index and pollutants.

    Returns
    -------
    ndarray of uint16
        Rows as `FIRST` tells; length implausible_above x steps per unit + 4, the same for every edition.
    """
    pollutant = rules.pollutant(item)
    scale = pollutant.per_unit
    points = edition.breakpoints_of(item)
    end = points[-1] * scale
    size = pollutant.implausible_above * scale + 1
    table = np.empty(size + FIRST + 1, dtype=np.uint16)
    table[0] = _packed(0, MISSING)
    table[1] = _packed(0, NEGATIVE)
    table[FIRST : FIRST + end + 1] = subindices(points, rules.steps, scale) | _packed(0, PLAIN)
    capped = CAPPED if edition.capping == "standard" else CAPPED_BY_PRACTICE
    last = rules.steps[len(points) - 1]
    beyond = _packed(0, REFERRED) if item in edition.refers else _packed(last, capped)
    table[FIRST + end + 1 : FIRST + size] = beyond
    table[FIRST + size] = _packed(0, IMPLAUSIBLE)
    if rules.missing_code * scale < size:
        table[FIRST + rules.missing_code * scale] = _packed(0, IMPLAUSIBLE)
    return table


def _packed(index: int, state: int) -> int:
    usable = int(VALID) if state in (PLAIN, CAPPED, CAPPED_BY_PRACTICE) else 0
    unusable = int(UNUSABLE) if state in (MISSING, NEGATIVE, IMPLAUSIBLE) else 0
    return index | state << STATE_SHIFT | usable | unusable


@lru_cache(maxsize=64)
def stacked_tables(item: str, rules: IndexRules, used_by: tuple[bool, ...]) -> npt.NDArray[np.uint16]:
    """The tables of all editions as rows of one array; an edition that does not use the item has `NO_ITEM` throughout.

    Parameters
    ----------
    item : str
        ``o3_1h``.
    rules : IndexRules
        Editions in the order of their dates.
    used_by : tuple of bool
        One per edition.

    Returns
    -------
    ndarray of uint16, shape (editions, rows)
        Read-only.
    """
    tables = np.stack([index_table(item, edition, rules) for edition in rules.editions])
    for k, used in enumerate(used_by):
        if not used:
            tables[k] = _packed(0, NO_ITEM)
    tables.setflags(write=False)
    return tables


def table_rows(
    values: npt.NDArray[np.generic], per_unit: int, last: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Concentrations -> rows of their table, and whether rounding changed them.

    Parameters
    ----------
    values : ndarray
        Concentrations, any real dtype; NaN is missing, infinity implausible.
    per_unit : int
        Steps in one unit.
    last : int
        The last row, for implausible values.

    Returns
    -------
    rows : ndarray of intp
    changed : ndarray of bool
        True where the value had more decimals; without meaning for NaN and infinity.
    """
    amount = np.multiply(values, per_unit, dtype=np.float64)
    amount += _GRID
    amount -= _GRID
    rounded = np.rint(amount)
    changed = amount != rounded
    rounded += FIRST
    np.minimum(rounded, last, out=rounded)
    rounded[values < 0] = 1  # type: ignore[operator]
    np.fmax(rounded, 0, out=rounded)
    return rounded.astype(np.intp), changed
