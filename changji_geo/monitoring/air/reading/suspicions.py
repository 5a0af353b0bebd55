"""Signs that readings are not what they seem: another unit, ppb, another time zone, daylight saving. Only warnings."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from changji_geo.monitoring.air.air_findings import AirFinding
from changji_geo.monitoring.air.reading.gridding import Located
from changji_geo.monitoring.air.rules import NAMES, POLLUTANTS, RULES, UNITS

Floats = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]

_FAULTS = RULES["faults"]
MIN_DAYS = 30
"""A sign that needs days speaks only from so many."""


def suspect(values: dict[str, Floats], present: Bools, first_hour: int, located: Located) -> tuple[AirFinding, ...]:
    """Every sign of the module, over all stations together; nothing is changed.

    Parameters
    ----------
    values : dict of array, shape (stations, hours)
    present : array of bool, shape (stations, hours)
    first_hour : int
    located : callable
        `changji_geo.monitoring.air.reading.origins.Origins.located`.
    """
    found = [located(f, ~np.isnan(values[p])) for p in POLLUTANTS if (f := _unusual_median(p, values[p]))]
    inverted = values["pm2_5"] > values["pm10"]
    lower = int(np.sum(inverted))
    if lower:
        message = f"{lower} 个站时的 PM2.5 大于 PM10（倒挂），读数保留"
        found.append(located(AirFinding("info", "pm-inverted", message, lower, pollutant="PM2.5"), inverted))
    for pollutant in POLLUTANTS:
        zero = values[pollutant] == 0
        if number := int(zero.sum()):
            told = f"{number} 个{NAMES[pollutant]}读数为 0，保留"
            found.append(located(AirFinding("info", "zero", told, number, pollutant=NAMES[pollutant]), zero))
    found += _ozone_signs(values["o3"], first_hour, located)
    return (*found, *_daylight_saving(present, first_hour, located))


def _unusual_median(pollutant: str, grid: Floats) -> AirFinding | None:
    there = grid[~np.isnan(grid)]
    if there.size < 24:
        return None
    low, high = _FAULTS["usual_median"][pollutant]
    median = float(np.median(there))
    if low <= median <= high:
        return None
    message = f"{NAMES[pollutant]} 的中位数是 {median:g}，按 {UNITS[pollutant]} 通常在 {low:g}~{high:g}，单位可能不对；读数保留"
    return AirFinding("warning", "unusual-unit", message, int(there.size), pollutant=NAMES[pollutant])


def _ozone_signs(grid: Floats, first_hour: int, located: Located) -> list[AirFinding]:
    """Low summer maxima (ppb) and a diurnal peak at an odd hour (time zone)."""
    ends = first_hour + np.arange(grid.shape[1])
    months = (ends - 1).astype("datetime64[h]").astype("datetime64[M]").astype(int) % 12 + 1
    warm = (months >= 5) & (months <= 8)
    if warm.sum() < MIN_DAYS * 24:
        return []
    hours = (ends - 1) % 24 + 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # means of nothing are NaN, which is meant
        mean_of_hour = np.array([np.nanmean(grid[:, warm & (hours == h)]) for h in range(1, 25)])
        start = int(np.argmax(warm & (hours == 1)))
        whole = grid[:, start:][:, : (grid.shape[1] - start) // 24 * 24].reshape(grid.shape[0], -1, 24)
        of_warm = warm[start : start + whole.shape[1] * 24 : 24]
        maxima = np.nanmax(whole[:, of_warm], axis=2)
        typical = float(np.nanmedian(maxima)) if np.isfinite(maxima).any() else np.nan
    found = []
    behind = ~np.isnan(grid) & warm
    number = int(behind.sum())
    if np.isfinite(typical) and typical < _FAULTS["ppb_summer_maximum"]:
        message = f"5—8 月臭氧日最大值的中位数只有 {typical:g}，可能是 ppb 而不是微克/立方米；读数保留，请查明单位"
        found.append(located(AirFinding("warning", "ozone-ppb", message, number, pollutant="O3"), behind))
    if np.isfinite(mean_of_hour).all() and np.ptp(mean_of_hour) >= 15:
        peak, (early, late) = int(np.argmax(mean_of_hour)) + 1, _FAULTS["ozone_peak_hours"]
        if not early <= peak <= late:
            message = (
                f"5—8 月臭氧平均在 {peak} 时最高，北京时间应在 {early}~{late} 时之间；时间可能不是北京时间，请查明"
            )
            found.append(located(AirFinding("warning", "time-zone", message, number, pollutant="O3"), behind))
    return found


def _daylight_saving(present: Bools, first_hour: int, located: Located) -> list[AirFinding]:
    """One hour of a Sunday in March or April missing at every station, the hours around it there."""
    if present.shape[1] < 3:
        return []
    any_there: Bools = np.any(present, axis=0)
    all_gone: Bools = np.logical_not(any_there)
    lone = np.flatnonzero(all_gone[1:-1] & any_there[:-2] & any_there[2:]) + 1
    stamps = (first_hour + lone).astype("datetime64[h]")
    days = stamps.astype("datetime64[D]")
    sunday = (days.astype(int) + 3) % 7 == 6
    month = days.astype("datetime64[M]").astype(int) % 12 + 1
    hour = (stamps - days).astype(int)
    hit = sunday & ((month == 3) | (month == 4)) & (hour >= 1) & (hour <= 3)
    hits = stamps[hit]
    if not hits.size:
        return []
    before = np.zeros(present.shape, dtype=bool)
    first_there = present[:, lone[hit] - 1].argmax(axis=0)
    before[first_there, lone[hit] - 1] = True
    told = "、".join(str(h).replace("T", " ") + ":00" for h in hits[:3])
    message = f"所有站点在星期日凌晨同缺一小时（{told}），像别国夏令时的拨快；中国 1992 年起没有夏令时，请查明时间"
    return [
        located(
            AirFinding("warning", "daylight-saving", message, int(hits.size)),
            before,
            span=False,
            note="；行号是缺口前一行",
        )
    ]
