"""Texts of a value column -> numbers and, row by row, why there is none: blank, mark, sentinel, negative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from changji_geo.errors import InputError
from changji_geo.intake.values.cells import CellTextError, parse_number
from changji_geo.intake.values.units import unit_power
from changji_geo.monitoring.air.rules import LARGEST, RULES, UNITS

OK, BLANK, MARK, SENTINEL, NEGATIVE, ABSURD, UNREADABLE, NOT_DETECTED, FOREIGN_UNIT = range(9)
"""Why a cell gave a number or not. `FOREIGN_UNIT`: a unit that cannot be turned into ours (ppb)."""

KIND_ZH = {
    MARK: "缺测记号",
    SENTINEL: "9999、-999 一类的缺测代码",
    NEGATIVE: "负值",
    ABSURD: "大得不可能的值",
    UNREADABLE: "不是数字的文字",
    NOT_DETECTED: "未检出或低于检出限",
    FOREIGN_UNIT: "单位不能换算的值",
}

_SENTINELS = frozenset(float(v) for v in RULES["faults"]["sentinels"])


@dataclass(frozen=True)
class Column:
    """Values of a column, NaN where none, and why.

    ``kinds``: one of the numbers above for each row; ``texts``: the distinct texts behind each kind; ``converted``:
    whether the cell's own unit was turned into ours.
    """

    values: np.ndarray[Any, np.dtype[np.float64]]
    kinds: np.ndarray[Any, np.dtype[np.int8]]
    texts: dict[int, tuple[str, ...]]
    converted: np.ndarray[Any, np.dtype[np.bool_]]


def power_to_ours(unit: str, pollutant: str) -> int | None:
    """The power of ten from a unit to that of the pollutant; None where there is none (ppb depends on temperature).

    Examples
    --------
    >>> power_to_ours("mg/m3", "pm10"), power_to_ours("μg/m³", "co"), power_to_ours("ppb", "o3")
    (3, -3, None)
    """
    return unit_power(unit, UNITS[pollutant]) if unit else 0


def read_column(column: pa.ChunkedArray | pa.Array, pollutant: str, *, power: int = 0) -> Column:
    """Read a column of text; each distinct text is read once.

    Parameters
    ----------
    column : arrow array of str
    pollutant : str
    power : int
        Power of ten from the column's unit to ours; a unit inside a cell wins over it.
    """
    coded = pc.dictionary_encode(column)
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.chunk(0)
    texts: list[str] = coded.dictionary.to_pylist()
    codes = coded.indices.to_numpy(zero_copy_only=False)
    read = [_read(text, pollutant, power) for text in texts]
    values = np.array([v for v, _, _ in read], dtype=np.float64)
    kinds = np.array([k for _, k, _ in read], dtype=np.int8)
    own_unit = np.array([c for _, _, c in read], dtype=bool)
    named: dict[int, tuple[str, ...]] = {
        kind: tuple(t for t, (_, k, _) in zip(texts, read, strict=True) if k == kind) for kind in KIND_ZH
    }
    if not texts:
        return Column(np.empty(0), np.empty(0, np.int8), named, np.empty(0, dtype=bool))
    return Column(values[codes], kinds[codes], named, own_unit[codes])


def _read(text: str, pollutant: str, power: int) -> tuple[float, int, bool]:
    if not text:
        return np.nan, BLANK, False
    converted = False
    try:
        value = float(text)
        if not np.isfinite(value):
            return np.nan, (MARK if np.isnan(value) else UNREADABLE), False
    except ValueError:
        try:
            number = parse_number(text)
        except (CellTextError, InputError):
            return np.nan, UNREADABLE, False
        if number.value is None:
            return np.nan, (MARK if number.qualifier == "缺测" else NOT_DETECTED), False
        value = number.value
        if number.percent:
            return np.nan, UNREADABLE, False
        if number.unit:
            own = power_to_ours(number.unit, pollutant)
            if own is None:
                return np.nan, FOREIGN_UNIT, False
            converted, power = own != 0, own
    if value in _SENTINELS:
        return np.nan, SENTINEL, False
    value = round(value * 10.0**power, 6)
    if value < 0:
        return np.nan, NEGATIVE, False
    if value > LARGEST[pollutant]:
        return np.nan, ABSURD, False
    return value, OK, converted
