"""Cells as a file has them -> cells of a declared column: numbers in its unit, ISO dates, yes/no, its own words."""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from changji_geo.intake.columns.headers import factor_between, text_key, unit_of
from changji_geo.layer_description import Column, ColumnType

_NOTHING = {"", "/", "\\", "-", "--", "—", "——", "无", "无数据", "null", "none", "nan", "n/a", "na", "<null>"}
_YES, _NO = {"是", "y", "yes", "true", "t", "1", "有", "√"}, {"否", "n", "no", "false", "f", "0", "无", "×"}
_NUMBER = re.compile(r"([-+]?(?:\d{1,3}(?:[,\s]\d{3})+|\d+)(?:\.\d*)?|[-+]?\.\d+)(e[-+]?\d+)?\s*(\D*)")
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ t]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_NUMBERED = re.compile(r"(?<=[\u4e00-\u9fff])[0-9一二三四五六七八九十ivxa-f]{1,3}$")


class _Refused:
    """Marks a cell that holds something the column cannot take."""


_REFUSED = _Refused()


@dataclass(frozen=True)
class Cells:
    """Converted cells, None where nothing was given or what was given is refused; ``changed``: a word -> the column's own."""

    values: list[Any]
    refused: NDArray[np.bool_]
    changed: Mapping[str, str]


def convert_cells(cells: pd.Series[Any], column: Column, *, unit: str = "", spellings: Mapping[str, str]) -> Cells:
    """Convert the cells of a field.

    Parameters
    ----------
    cells : Series
        Not altered.
    column : Column
        What is wanted. With ``allowed`` values, and for text, `spellings` may turn a word into one of them; a word that is
        neither is refused. A number behind an allowed word does not count (``核心区1``, ``核心区（二）``); any other
        addition does, since ``实验区（原缓冲区）`` is not certain.
    unit : str
        Of the field's numbers, "" when unstated: then they are taken as they are. A unit in the cell itself wins.
    spellings : mapping of str to str
        `text_key` of a spelling -> value.

    Returns
    -------
    Cells
        Blank cells, and but for free text also ``/``, ``—`` and ``无``, are None and not refused.

    Examples
    --------
    >>> area = Column("official_area_km2", "number", "公布面积", unit="平方千米")
    >>> convert_cells(pd.Series(["1,485,648", 30, "12.5平方千米", "约3"]), area, unit="公顷", spellings={}).values
    [14856.48, 0.3, 12.5, None]
    """
    changed: dict[str, str] = {}
    as_it_is = not unit or not column.unit or factor_between(unit, column.unit) == 1.0
    plain = isinstance(cells.dtype, np.dtype) and cells.dtype.kind in "iuf"
    if column.type == "number" and as_it_is and plain and np.isfinite(cells).all():
        return Cells(cells.tolist(), np.zeros(len(cells), dtype=bool), {})

    def choose(value: Any) -> Any:
        text = text_of(value)
        chosen = _choice(text, column, spellings)
        if isinstance(chosen, str) and chosen != text:
            changed[text] = chosen
        return chosen

    convert: Callable[[Any], Any]
    if column.type == "text" and column.allowed:
        convert = choose
    elif column.type == "text":
        convert = text_of
    elif column.type in ("number", "integer"):
        convert = _number_maker(column, unit)
    else:
        convert = _boolean if column.type == "boolean" else _date
    kept: dict[tuple[type, Any], Any] = {}  # 1, 1.0 and True are one key but three cells
    values: list[Any] = []
    for cell in plain_cells(cells):
        if is_blank(cell) or (column.type != "text" and isinstance(cell, str) and _is_nothing(cell, column.type)):
            values.append(None)
            continue
        key = (type(cell), cell)
        if key not in kept:
            kept[key] = convert(cell)
        values.append(kept[key])
    refused = np.fromiter((v is _REFUSED for v in values), dtype=bool, count=len(values))
    return Cells([None if v is _REFUSED else v for v in values], refused, changed)


def plain_cells(cells: pd.Series[Any]) -> list[Any]:
    """Cells as Python values that can be compared and counted; lists and tables as text."""
    return [c if c.__hash__ is not None else str(c) for c in cells.astype(object).tolist()]


def is_blank(cell: Any) -> bool:
    """Whether a cell holds nothing: None, NaN, NaT, NA or blank text."""
    if isinstance(cell, str):
        return not cell.strip()
    return cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and math.isnan(cell))


def text_of(cell: Any) -> str:
    """A cell as text: ``652301.0`` is ``652301``, a date ``2020-06-02``, true ``是``."""
    if isinstance(cell, bool | np.bool_):
        return "是" if cell else "否"
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, datetime.date) else str(cell).strip()


def infer_type(cells: pd.Series[Any]) -> ColumnType:
    """The type of a field nobody declared; text as soon as one cell is text (a code like ``0012`` keeps its zeros)."""
    if len(cells) and cells.dtype.kind in "iu":
        return "integer"
    if cells.dtype.kind == "f":
        return "number" if cells.notna().any() else "text"
    filled = [c for c in plain_cells(cells) if not is_blank(c)]
    kinds = {bool if isinstance(c, bool | np.bool_) else type(c) for c in filled}
    if kinds == {bool}:
        return "boolean"
    if kinds and all(issubclass(k, int | np.integer) for k in kinds - {bool}) and bool not in kinds:
        return "integer"
    if kinds and all(issubclass(k, int | float | np.number) for k in kinds) and bool not in kinds:
        return "number"
    whole_days = all(not isinstance(c, datetime.datetime) or c.time() == datetime.time() for c in filled)
    if kinds and whole_days and all(issubclass(k, datetime.date) for k in kinds):
        return "date"
    return "text"


def _is_nothing(text: str, kind: ColumnType) -> bool:
    plain = text.strip().casefold()
    return plain in _NOTHING and not (kind == "boolean" and plain in _NO)


def _choice(text: str, column: Column, spellings: Mapping[str, str]) -> Any:
    allowed = [a for a in column.allowed if isinstance(a, str)]
    if text in allowed:
        return text
    key = text_key(text)
    known = {text_key(a): a for a in allowed} | {k: v for k, v in spellings.items() if v in allowed}
    if set(allowed) <= {"是", "否"}:
        known |= dict.fromkeys(_YES, "是") | dict.fromkeys(_NO, "否")
    found = known.get(key) or known.get(_NUMBERED.sub("", key))
    return found or (None if text.casefold() in _NOTHING else _REFUSED)


def _number_maker(column: Column, unit: str) -> Callable[[Any], Any]:
    def settle(value: float, factor: float | None) -> Any:
        if factor is None or not math.isfinite(value):
            return _REFUSED
        if factor != 1.0:
            value = float(f"{value * factor:.12g}")  # 30 公顷 are 0.3, not 0.30000000000000004 平方千米
        if column.type == "integer":
            return int(value) if float(value).is_integer() else _REFUSED
        return value

    header = factor_between(unit, column.unit) if unit and column.unit else 1.0

    def convert(cell: Any) -> Any:
        if isinstance(cell, bool | np.bool_):
            return _REFUSED
        if isinstance(cell, int | float | np.number):
            return settle(cell.item() if isinstance(cell, np.number) else cell, header)
        found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", str(cell)).strip().casefold())
        if found is None:
            return _REFUSED
        digits = re.sub(r"[,\s]", "", found[1]) + (found[2] or "")
        value = float(digits) if re.search(r"[.e]", digits) else int(digits)
        if not found[3].strip():
            return settle(value, header)
        own = unit_of(found[3])
        return settle(value, factor_between(own, column.unit) if own and column.unit else None)

    return convert


def _boolean(cell: Any) -> Any:
    key = text_of(cell).casefold()
    return True if key in _YES else False if key in _NO else _REFUSED


def _date(cell: Any) -> Any:
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat()
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    text = unicodedata.normalize("NFKC", text_of(cell)).strip().casefold()
    found = _DATE.fullmatch(text) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    try:
        return datetime.date(int(found[1]), int(found[2]), int(found[3])).isoformat() if found else _REFUSED
    except ValueError:
        return _REFUSED
