"""Limits of GB 3095 by date, area class and averaging time, from ``air_limits.csv``; whether concentrations exceed them."""

from __future__ import annotations

import csv
import datetime
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from changji_geo.errors import InputError, near_match
from changji_geo.standards.air.arguments import Dates, Numbers, days_of, numbers_of
from changji_geo.standards.air.editions import RULES
from changji_geo.standards.air.notes import word_column

AverageTime = Literal["1h", "8h", "24h", "seasonal", "annual"]
AreaClass = Literal[1, 2]

_TIME_NAMES = {
    "1h": "1 小时平均",
    "8h": "日最大 8 小时平均",
    "24h": "24 小时平均",
    "seasonal": "季平均",
    "annual": "年平均",
}
_NOISE = 1e-9
"""Relative; a mean that float arithmetic lifted by less does not exceed."""

_PER_UNIT = {p.id: p.per_unit for p in RULES.pollutants}
"""Steps of a rounded concentration in one unit, where they are known."""

_LARGE = 1e9
"""From here on rounding changes nothing that matters, and the steps would overflow."""


@dataclass(frozen=True, slots=True)
class LimitPeriod:
    """A period of GB 3095: ``since`` the first day, ``until`` the last; ``stage`` as the standard calls it."""

    code: str
    stage: str
    column: str
    area_1: str
    area_2: str
    since: datetime.date
    until: datetime.date | None = None
    nationwide_since: datetime.date | None = None

    @property
    def name(self) -> str:
        """Code and stage, as outputs name it.

        Examples
        --------
        >>> PERIODS[1].name
        'GB 3095-2026（过渡限值）'
        """
        return f"{self.code}（{self.stage}）" if self.stage else self.code


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: ``value`` in ``unit``; ``standard`` names edition and stage; ``area`` what the class covers; ``note``."""

    value: float
    unit: str
    pollutant: str
    average_time: str
    area_class: int
    standard: str
    area: str
    note: str


def parse_limits(lines: Iterable[str]) -> dict[tuple[str, str], dict[str, str]]:
    """Rows of ``air_limits.csv`` by pollutant and averaging time.

    Raises
    ------
    ValueError
        A second row for the same pollutant and time.
    """
    out: dict[tuple[str, str], dict[str, str]] = {}
    for row in csv.DictReader(lines):
        key = (row["pollutant"], row["average_time"])
        if key in out:
            raise ValueError(f"twice: {key}")
        out[key] = row
    return out


def _text(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


PERIODS: tuple[LimitPeriod, ...] = tuple(LimitPeriod(**t) for t in tomllib.loads(_text("air_limits.toml"))["periods"])
"""In the order of their dates, without a gap."""

LIMITS: Mapping[tuple[str, str], Mapping[str, str]] = parse_limits(_text("air_limits.csv").splitlines())


def limit(pollutant: str, average_time: AverageTime, *, area_class: AreaClass, date: datetime.date | str) -> Limit:
    """The limit of GB 3095 for a pollutant on a day.

    Parameters
    ----------
    pollutant : str
        ``so2 no2 co o3 pm10 pm2_5`` (table 1), ``tsp nox pb bap`` (table 2).
    average_time : {"1h", "8h", "24h", "seasonal", "annual"}
        "8h" is the day's largest 8 h mean of ozone.
    area_class : {1, 2}
        一类区 or 二类区.
    date : date or str
        Day of the observation; of a mean over a period, the day whose limit the report asks for: a period across
        2026-03-01 has no single limit.

    Returns
    -------
    Limit
        The number with its unit (ug/m3, CO mg/m3) and the edition.

    Raises
    ------
    InputError
        Unknown pollutant, time or class; a day before GB 3095-2012 was published: the limits of 1996 are not here.

    Examples
    --------
    >>> [limit("pm2_5", "24h", area_class=2, date=d).value for d in ("2026-02-28", "2026-03-01", "2031-01-01")]
    [75.0, 60.0, 50.0]
    >>> limit("co", "1h", area_class=1, date="2030-12-31").standard
    'GB 3095-2026（过渡限值）'
    """
    row = _row(pollutant, average_time, area_class)
    days = days_of(date, pd.RangeIndex(1), "date")
    if np.shape(days):
        raise InputError("给了不止一个日期", where="date", expected="一个日期", fix="多行数据用 exceeds")
    place = int(_places(days))
    if place < 0:
        raise InputError(
            f"{str(days)[:10]} 早于 GB 3095-2012 的发布日期 {PERIODS[0].since}，表内没有当时的限值",
            where="date",
            expected=f"{PERIODS[0].since} 及以后",
            fix="更早的数据请按 GB 3095-1996 另行评价",
        )
    period = PERIODS[place]
    notes = []
    if period.nationwide_since and days < np.datetime64(period.nationwide_since):
        notes.append(f"早于全国实施日期 {period.nationwide_since}")
    if row["table"] == "2":
        notes.append("表 2 项目，由国务院生态环境主管部门或省级人民政府决定是否执行")
    return Limit(
        value=float(row[f"{period.column}_class{area_class}"]),
        unit=row["unit"],
        pollutant=pollutant,
        average_time=average_time,
        area_class=area_class,
        standard=period.name,
        area=period.area_1 if area_class == 1 else period.area_2,
        note="；".join(notes),
    )


def exceeds(
    pollutant: str,
    concentration: Numbers,
    average_time: AverageTime,
    *,
    area_class: AreaClass,
    date: Dates,
    rounded: bool = True,
) -> pd.DataFrame:
    """Whether concentrations exceed the limit of their day; equal to it does not.

    Parameters
    ----------
    pollutant, average_time, area_class
        As in `limit`.
    concentration : float or 1-D array-like
        In the unit of the limit (ug/m3, CO mg/m3).
    date : date, str or one per row
        Day of the observation.
    rounded : bool
        Compare, and take the multiple of, the concentration rounded half to even (GB/T 8170) to the decimals that the
        index and the attainment use: whole ug/m3, CO 0.1 mg/m3; those of TSP, NOx, Pb and BaP are not known here, they
        are compared as given. False: all as given.

    Returns
    -------
    DataFrame
        One row per concentration, with the index of a Series: ``limit`` (NaN before 2012-02-29 or without a date),
        ``exceeds`` (nullable boolean, NA where nothing can be said), ``multiple`` (超标倍数, C / limit - 1, NaN unless
        exceeded), ``standard`` (category) and ``notes`` (category: missing, negative, infinite, date).

    Raises
    ------
    InputError
        As `limit`, but days before 2012-02-29 are noted.

    Examples
    --------
    >>> exceeds("pm10", [120, 121], "24h", area_class=2, date="2026-03-01")["exceeds"].tolist()
    [False, True]
    """
    row = _row(pollutant, average_time, area_class)
    values, index = numbers_of(concentration, pollutant)
    days = days_of(date, index, "date")
    given = values.astype(np.float64)
    amounts = _rounded(given, _PER_UNIT[pollutant]) if rounded and pollutant in _PER_UNIT else given
    places = np.broadcast_to(_places(days), amounts.shape)
    table = np.array([*(float(row[f"{p.column}_class{area_class}"]) for p in PERIODS), np.nan])
    limits = table[places]
    kinds = np.select(
        [np.broadcast_to(np.isnat(days), given.shape), places < 0, np.isnan(given), given < 0, np.isinf(given)],
        [1, 2, 3, 4, 5],
        0,
    )
    unknown = kinds > 0
    above = np.where(unknown, False, amounts > limits * (1 + _NOISE))
    words = ["", "没有日期", "早于 GB 3095-2012 的发布日期", "缺测", "为负值，未判定", "不是有限的数，未判定"]
    return pd.DataFrame(
        {
            "limit": limits,
            "exceeds": pd.array(above, dtype="boolean")
            if not unknown.any()
            else pd.arrays.BooleanArray(above, unknown),
            "multiple": np.where(above, amounts / limits - 1, np.nan),
            "standard": word_column(places, [p.name for p in PERIODS], ordered=True),
            "notes": word_column(kinds, words),
        },
        index=index,
    )


def _rounded(values: np.ndarray[Any, np.dtype[np.float64]], per_unit: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Half to even; float noise beyond the sixth decimal does not decide a half."""
    steps = np.where(np.abs(values) < _LARGE, values, 0) * per_unit
    return np.where(np.abs(values) < _LARGE, np.rint(np.round(steps, 6)) / per_unit, values)


def _places(days: np.ndarray[Any, np.dtype[np.datetime64]]) -> np.ndarray[Any, np.dtype[np.int8]]:
    """The period of each day, -1 before the first and for a missing one."""
    starts = [np.datetime64(p.since) for p in PERIODS]
    reached = np.stack([np.asarray(days >= start) for start in starts])
    return np.asarray(reached.sum(axis=0) - 1, dtype=np.int8)


def _row(pollutant: str, average_time: str, area_class: int) -> Mapping[str, str]:
    known = list(dict.fromkeys(p for p, _ in LIMITS))
    if pollutant not in known:
        raise InputError(
            f"GB 3095 没有“{pollutant}”的限值", expected="、".join(known), fix=near_match(str(pollutant), known)
        )
    times = [t for p, t in LIMITS if p == pollutant]
    if average_time not in times:
        said = "、".join(f"{t}（{_TIME_NAMES[t]}）" for t in times)
        raise InputError(f"GB 3095 没有 {pollutant} “{average_time}”的限值", expected=said, fix="改用其中一个平均时间")
    if area_class not in (1, 2) or isinstance(area_class, bool):
        raise InputError(f"没有“{area_class}”类区", expected="1（一类区）或 2（二类区）", fix="改成 1 或 2")
    return LIMITS[pollutant, average_time]
