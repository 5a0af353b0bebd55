"""Hourly readings -> days: validity, means, ozone maxima, AQI by the edition of the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from changji_geo.errors import InputError
from changji_geo.monitoring.air.evaluation.exact import mean_rounded, round_values, to_millionths
from changji_geo.monitoring.air.hours import Grid, HourlyAir
from changji_geo.monitoring.air.rules import (
    CHANGE,
    DAILY,
    DAILY_AFTER,
    DAILY_BEFORE,
    DECIMALS,
    EVALUATED,
    GOOD_AQI,
    LARGEST,
    NAMES,
    POLLUTANTS,
    RULES,
)
from changji_geo.standards.air import aqi, limit

Counts = np.ndarray[Any, np.dtype[np.int64]]
Words = Sequence[str]

_DAY = RULES["day"]
_O3_LIMIT = limit("o3", "8h", area_class=2, date=CHANGE).value

GRADED = ("aqi", "category", "level", "color", "primary", "standard", "notes")
"""Columns that the standard adds, see `changji_geo.standards.air.aqi`."""


ROUNDING = (f"GB/T 8170（{DAILY_BEFORE} 未写明，惯例）", f"GB/T 8170（{DAILY_AFTER}）")
"""What the rounding of values rests on, by edition."""


def build_daily(data: HourlyAir) -> pd.DataFrame:
    """Daily values and AQI of every station on every day that the hours reach.

    Parameters
    ----------
    data : HourlyAir
        See `changji_geo.monitoring.air.reading.loading.load_hours`.

    Returns
    -------
    DataFrame
        Sorted by ``place`` (station code) and ``date`` (datetime64, midnight); every station has every day.

        ``so2 no2 pm10 pm2_5 co``: means of the 24 hours ending 01:00..24:00 Beijing time, NaN under 20 hours. ``o3``:
        largest hour, NaN under 20 hours (convention). ``o3_8h``: largest of the 17 running 8 h means that end
        08:00..24:00, each from 6 hours or more; NaN under 14 means, unless it exceeds 160. All rounded half to even
        (GB/T 8170) to whole ug/m3, CO to 0.1 mg/m3, before anything is judged.

        ``<pollutant>_hours``, ``o3_8h_means``: how many there were. ``invalid``: which values are missing and why
        (category). ``complete``: all six of `EVALUATED` are there and have an index. ``counted``: whether the day enters day counts:
        complete, or AQI above 100 (HJ 633-2026; for 2012, which is silent, the same by convention). Then the columns
        of `changji_geo.standards.air.aqi` and ``rounding``, what the rounding rests on.

    Notes
    -----
    GB 3095 table 4 (hours), HJ 663 (ozone).
    """
    first = (data.first_hour - 1) // 24
    last = (data.first_hour + data.hour_count - 2) // 24
    columns: dict[str, Any] = {}
    counts: dict[str, Any] = {}
    for pollutant in POLLUTANTS:
        cube = _by_day(data.values[pollutant], data.first_hour, first, last)
        whole, there = to_millionths(cube)
        number = there.sum(axis=2)
        counts[f"{pollutant}_hours"] = number
        if pollutant == "o3":
            columns["o3"] = _largest_hour(cube, number)
            columns["o3_8h"], counts["o3_8h_means"] = _mda8(whole, there)
        else:
            mean = mean_rounded(whole.sum(axis=2), number, DECIMALS[pollutant])
            columns[pollutant] = np.where(number >= _DAY["min_hours"], mean, np.nan)
    days = np.arange(first, last + 1).astype("datetime64[D]").astype("datetime64[s]")
    places = np.asarray(data.codes, dtype=object)
    out = pd.DataFrame({"place": np.repeat(places, days.size), "date": np.tile(days, places.size)})
    for name in DAILY:
        out[name] = columns[name].reshape(-1)
    for name, number in counts.items():
        out[name] = number.reshape(-1).astype(np.int16)
    out["invalid"] = _reasons(out)
    return grade_days(out)


def grade_days(frame: pd.DataFrame) -> pd.DataFrame:
    """Add ``complete``, ``counted``, the columns `GRADED` and ``rounding`` to daily values.

    Parameters
    ----------
    frame : DataFrame
        ``date`` and the columns `DAILY`.
    """
    graded = aqi(frame, averaging="24h", date=frame["date"], with_iaqi=True)
    indices = graded[[f"iaqi_{name}" for name in EVALUATED]]
    if "iaqi_o3" in graded:  # 2012: O3-8h above the end of its table has the index of the largest hour
        of_hour = graded["iaqi_o3"].where(frame["o3_8h"] <= LARGEST["o3"])
        indices = indices.assign(iaqi_o3_8h=indices["iaqi_o3_8h"].fillna(of_hour))
    complete = indices.notna().all(axis=1)
    counted = graded["aqi"].notna() & (complete | (graded["aqi"] > GOOD_AQI))
    new = (frame["date"] >= pd.Timestamp(CHANGE)).to_numpy().astype(np.int8)
    rounding = pd.Categorical.from_codes(new, categories=pd.Index(ROUNDING))
    return frame.assign(complete=complete, counted=counted, **{c: graded[c] for c in GRADED}, rounding=rounding)


def _by_day(grid: Grid, first_hour: int, first: int, last: int) -> Grid:
    """(stations, hours) as (stations, days, 24): hour 01 to 24 of each day, NaN beyond the ends."""
    before = first_hour - (first * 24 + 1)
    after = (last - first + 1) * 24 - before - grid.shape[1]
    padded = np.pad(grid, ((0, 0), (before, after)), constant_values=np.nan)
    return padded.reshape(grid.shape[0], -1, 24)


def _largest_hour(cube: Grid, number: Counts) -> Grid:
    largest = np.max(np.where(np.isnan(cube), -np.inf, cube), axis=2)
    enough = number >= _DAY["o3_1h_min_hours"]
    return round_values(np.where(enough, largest, np.nan), DECIMALS["o3"])


def _mda8(whole: Counts, there: np.ndarray[Any, np.dtype[np.bool_]]) -> tuple[Grid, Counts]:
    """The largest running 8 h mean of each day, and how many of the 17 were valid."""
    sums = np.cumsum(np.pad(whole, ((0, 0), (0, 0), (1, 0))), axis=2)
    numbers = np.cumsum(np.pad(there, ((0, 0), (0, 0), (1, 0))), axis=2)
    ends = np.arange(_DAY["o3_first_end_hour"], _DAY["o3_last_end_hour"] + 1)
    total = sums[..., ends] - sums[..., ends - 8]
    number = numbers[..., ends] - numbers[..., ends - 8]
    valid = number >= _DAY["o3_8h_min_hours_of_8"]
    means = np.where(valid, mean_rounded(total, number, DECIMALS["o3_8h"]), -np.inf)
    largest, windows = means.max(axis=2), valid.sum(axis=2)
    enough = (windows >= _DAY["o3_min_windows"]) | (largest > _O3_LIMIT)
    return np.where(enough & np.isfinite(largest), largest, np.nan), windows


def _reasons(frame: pd.DataFrame) -> pd.Categorical[Any]:
    """In words, which values a day lacks: 无数据, or too few hours."""
    code = np.zeros(len(frame), dtype=np.int64)
    for k, name in enumerate(DAILY):
        hours = frame["o3_hours" if name == "o3_8h" else f"{name}_hours"].to_numpy()
        state = np.where(frame[name].notna().to_numpy(), 0, np.where(hours == 0, 1, 2))
        code += state * 3**k
    kinds, back = np.unique(code, return_inverse=True)
    return pd.Categorical.from_codes(back, categories=pd.Index([_reason(int(kind)) for kind in kinds]))


def _reason(code: int) -> str:
    states: Mapping[str, int] = {name: code // 3**k % 3 for k, name in enumerate(DAILY)}
    if all(s == 1 for s in states.values()):
        return "无数据"
    none = "、".join(NAMES[n] for n, s in states.items() if s == 1)
    few = "、".join(NAMES[n] for n, s in states.items() if s == 2)
    return "；".join(([f"{none} 无数据"] if none else []) + ([f"{few} 小时数不足"] if few else []))


def require_daily(frame: pd.DataFrame) -> None:
    """Raise unless a table has the columns of daily values and each place each day once.

    Raises
    ------
    InputError
    """
    needed = ("place", "date", *DAILY, "counted", "aqi", "standard")
    missing = [c for c in needed if c not in frame.columns]
    if missing:
        raise InputError(
            f"日值表缺少列：{'、'.join(missing)}", expected="、".join(needed), fix="用 build_daily 或 area_daily 生成"
        )
    twice = frame.duplicated(["place", "date"])
    if twice.any():
        row = frame.loc[twice].iloc[0]
        raise InputError(
            f"{row['place']} 的 {row['date']:%Y-%m-%d} 有两行",
            where="日值表",
            expected="每处每日一行",
            fix="去掉重复的行",
        )


def crossing_warning(frame: pd.DataFrame) -> str:
    """A warning in words when a table has days of both editions, else ``""``."""
    days = pd.DatetimeIndex(frame["date"])
    change = pd.Timestamp(CHANGE)
    if not len(days) or not (days.min() < change <= days.max()):
        return ""
    return (
        f"数据跨 {CHANGE}：此前按 {DAILY_BEFORE}、此后按 {DAILY_AFTER} 评价"
        "（PM10、PM2.5 分级变严），前后的优良天数不可直接比较"
    )
