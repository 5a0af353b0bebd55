"""Arguments of the index functions -> plain arrays: concentrations as numbers, dates as editions; anything else is refused."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from changji_geo.errors import InputError
from changji_geo.standards.air.editions import IndexRules
from changji_geo.standards.air.notes import EARLY, LATE, NO_DATE

Dates: TypeAlias = (
    "datetime.date | str | np.datetime64 | pd.Series[Any] | pd.Index[Any] | npt.NDArray[Any] | Sequence[Any]"
)
"""One day for all rows (date, ``"2026-03-01"``) or one per row; times of day are not looked at."""

Numbers: TypeAlias = "float | pd.Series[Any] | npt.NDArray[Any] | Sequence[float | None]"


@dataclass(frozen=True, slots=True)
class Dated:
    """Edition of each row (its place in the rules, 0 where the date is missing) and the notes on the date."""

    edition: npt.NDArray[np.int8]
    notes: npt.NDArray[np.uint8]

    @property
    def missing(self) -> npt.NDArray[np.bool_]:
        """Where there is no date."""
        return np.asarray(self.notes & NO_DATE, dtype=np.bool_)


def days_of(date: Dates | None, index: pd.Index[Any], where: str) -> npt.NDArray[np.datetime64]:
    """Dates as naive datetime64, one for all rows (shape ()) or one per row.

    Parameters
    ----------
    date : date, str, datetime64, or one per row
        Text is ISO (``2026-03-01``); a missing one is NaT. A Series must have the index of the values.
    index : Index
        Of the values.
    where : str
        For the message.

    Raises
    ------
    InputError
        No date at all, a zone of time, a number, text that is no date, or another number of rows.
    """
    if date is None or (np.ndim(date) == 0 and pd.isna(date)):  # type: ignore[arg-type]
        raise InputError(
            "没有给出日期", where=where, expected="观测日期，如 2026-03-01", fix="按观测日期选用标准，请给出 date"
        )
    one = np.ndim(date) == 0  # type: ignore[arg-type]
    if isinstance(date, pd.Series) and not date.index.equals(index):
        raise InputError("日期的行索引与数据不一致", where=where, fix="用同一张表的日期列")
    column = pd.Series([date]) if one else pd.Series(date).reset_index(drop=True)
    if not one and len(column) != len(index):
        raise InputError(
            f"日期有 {len(column)} 个，数据有 {len(index)} 行", where=where, expected="一个日期，或每行一个"
        )
    days = _datetimes(column, where)
    return days[0] if one else days


def _datetimes(column: pd.Series[Any], where: str) -> npt.NDArray[np.datetime64]:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        raise InputError("日期带时区", where=where, expected="北京时间、不带时区", fix="先换成北京时间，再去掉时区")
    if pd.api.types.is_datetime64_dtype(column.dtype):
        return column.to_numpy()
    if column.isna().all():
        return np.full(len(column), np.datetime64("NaT", "s"))
    numeric = pd.api.types.is_numeric_dtype(column.dtype) or isinstance(column.dtype, pd.PeriodDtype)
    try:
        parsed = None if numeric else pd.to_datetime(column, format="ISO8601", errors="coerce")
    except (TypeError, ValueError):
        parsed = None
    if parsed is None or isinstance(parsed.dtype, pd.DatetimeTZDtype):
        raise InputError(
            f"“{str(column.dropna().iloc[0])[:40]}”不能当作日期",
            where=where,
            expected="日期列（不带时区），或 2026-03-01 这样的文字",
            fix="先把这一列转成日期",
        )
    bad = np.flatnonzero(parsed.isna().to_numpy() & column.notna().to_numpy())
    if len(bad):
        raise InputError(
            f"“{str(column.iloc[bad[0]])[:40]}”不是日期，共 {len(bad)} 个",
            where=f"{where}，第 {bad[0] + 1} 行",
            expected="2026-03-01 这样的日期",
        )
    return parsed.to_numpy()


def dated_rows(days: npt.NDArray[np.datetime64], size: int, rules: IndexRules) -> Dated:
    """Editions and notes of the dates.

    Parameters
    ----------
    days : ndarray of datetime64, shape () or (size,)
        The observed days.
    size : int
        Number of rows.
    rules : IndexRules
        Editions in the order of their dates.
    """
    edition = np.zeros(np.shape(days), dtype=np.int8)
    for since in (e.since for e in rules.editions[1:]):
        edition = edition + (days >= np.datetime64(str(since), "D")).astype(np.int8)
    notes = np.where(np.isnat(days), NO_DATE, np.uint8(0))
    first, last = rules.editions[0].nationwide_since, rules.editions[-1].limits_change
    notes = np.where(days < np.datetime64(str(first), "D"), EARLY, notes)
    notes = np.where(days >= np.datetime64(str(last), "D"), LATE, notes)
    return Dated(np.broadcast_to(edition, size), np.broadcast_to(notes.astype(np.uint8), size))


def numbers_of(values: Numbers, where: str) -> tuple[npt.NDArray[np.generic], pd.Index[Any]]:
    """Concentrations as an array of real numbers with NaN for missing ones, and their index.

    Raises
    ------
    InputError
        Text, true or false, or more than one dimension; the message has the first row that is no number.
    """
    if np.ndim(values) > 1:  # type: ignore[arg-type]
        raise InputError(f"浓度有 {np.ndim(values)} 维", where=where, expected="一个数、一列数", fix="一次给一种污染物")  # type: ignore[arg-type]
    column = values if isinstance(values, pd.Series) else pd.Series(np.atleast_1d(np.asarray(values)))
    kind = column.dtype
    if isinstance(kind, np.dtype) and kind.kind in "iuf":
        plain = column.to_numpy()
        # float32 has seven digits: 0.35 is 0.349999994 there; four decimals give it back
        return (
            np.round(plain.astype(np.float64), 4) if kind.itemsize < 8 and kind.kind == "f" else plain
        ), column.index
    if pd.api.types.is_bool_dtype(kind) or not (pd.api.types.is_numeric_dtype(kind) or _holds_numbers(column)):
        texts = [(k, v) for k, v in enumerate(column) if not _is_number(v)]
        row, bad = texts[0]
        raise InputError(
            f"“{str(bad)[:40]}”不是数字，共 {len(texts)} 个",
            where=f"{where}，第 {row + 1} 行",
            expected="数字列，缺测为空",
            fix="先用导入功能把文字读成数字",
        )
    return column.to_numpy(dtype=np.float64, na_value=np.nan), column.index


def _holds_numbers(column: pd.Series[Any]) -> bool:
    return column.dtype == object and all(_is_number(v) for v in column)


def _is_number(value: object) -> bool:
    if isinstance(value, bool | np.bool_):
        return False
    return value is None or value is pd.NA or isinstance(value, int | float | np.integer | np.floating)
