"""Made-up hourly concentrations with seasons, hours of the day, weather of several days and dust in spring."""

from __future__ import annotations

from typing import Any

import numpy as np

Grid = np.ndarray[Any, np.dtype[np.float64]]

_WINTER = {"so2": (9, 8), "no2": (30, 22), "pm2_5": (42, 45), "co": (0.9, 0.7)}
"""Mean of the year and half the swing between January and July."""

MISSING_SHARE = 0.004
"""Blank cells per pollutant: calibration and power cuts."""


def sample_series(stations: int, first_hour: int, hours: int, rng: np.random.Generator) -> dict[str, Grid]:
    """Concentrations of shape (stations, hours) by pollutant, whole ug/m3 (CO 0.1 mg/m3), NaN where blank.

    Parameters
    ----------
    stations, hours : int
    first_hour : int
        End of the first hour, hours since 1970-01-01 00:00 Beijing time.
    rng : Generator
    """
    ends = first_hour + np.arange(hours)
    season = np.cos(2 * np.pi * (((ends - 1) / 24) % 365.25 - 15) / 365.25)
    clock = (ends - 1) % 24 + 1
    weather = _weather(hours, rng)
    site = np.exp(rng.normal(0, 0.15, (stations, 1)))
    rush = 1 + 0.25 * np.cos(2 * np.pi * (clock - 22) / 12)
    out = {}
    for name, (mean, swing) in _WINTER.items():
        noise = np.exp(rng.normal(0, 0.18, (stations, hours)))
        out[name] = np.maximum(mean + swing * season, mean * 0.15) * np.exp(0.55 * weather) * rush * site * noise
    dust = _dust(ends, rng)
    out["pm10"] = out["pm2_5"] * (1.45 + 0.5 * (1 - season)) + dust * site
    out["pm2_5"] = out["pm2_5"] + 0.22 * dust * site
    sun = np.clip(np.cos(2 * np.pi * (clock - 17) / 24) + 0.25, 0, None) / 1.25
    high = 55 - 25 * season + (48 - 40 * season) * sun * np.exp(-0.15 * weather)
    out["o3"] = np.maximum(high * np.exp(rng.normal(0, 0.1, (stations, hours))), 2)
    for name, grid in out.items():
        tenth = 10 if name == "co" else 1
        grid = np.maximum(np.rint(grid * tenth), 1) / tenth
        out[name] = np.where(rng.random(grid.shape) < MISSING_SHARE, np.nan, grid)
    return {name: out[name] for name in ("so2", "no2", "pm10", "pm2_5", "co", "o3")}


def _weather(hours: int, rng: np.random.Generator) -> Grid:
    """A slow random walk around 0, about three days long."""
    knots = rng.normal(0, 1, hours // 24 + 3)
    smooth = np.convolve(knots, [0.25, 0.5, 0.25], mode="same") * 1.6
    return np.interp(np.arange(hours) / 24, np.arange(smooth.size), smooth)


def _dust(ends: Any, rng: np.random.Generator) -> Grid:
    """About ten storms between March and June and in autumn, each of half a day to two days."""
    out = np.zeros(ends.size)
    day = ((ends - 1) / 24) % 365.25
    likely = np.flatnonzero((day > 65) & (day < 170) | (day > 250) & (day < 300))
    if likely.size:
        for start in rng.choice(likely, 10):
            length = int(rng.integers(12, 48))
            shape = np.sin(np.linspace(0, np.pi, length)) * rng.uniform(150, 900)
            stop = min(start + length, out.size)
            out[start:stop] += shape[: stop - start]
    return out


def trailing_columns(series: dict[str, Grid], first_hour: int) -> dict[str, Grid]:
    """The derived columns of the archives, named as they should be: trailing means and maxima.

    ``*_24h``: mean of the last 24 hours (ozone: maximum). ``o3_8h``: mean of the last 8 hours, beginning anew at 01:00.
    ``o3_8h_24h``: its maximum since 01:00. Rounded like the readings; NaN where nothing is there.
    """
    out = {}
    for name in ("pm10", "pm2_5", "no2", "so2", "co"):
        out[f"{name}_24h"] = np.round(_running_mean(series[name], 24), 1 if name == "co" else 0)
    ozone = series["o3"]
    clock = (first_hour + np.arange(ozone.shape[1]) - 1) % 24
    filled = np.where(np.isnan(ozone), -np.inf, ozone)
    largest, mean8 = filled.copy(), np.full(ozone.shape, np.nan)
    for back in range(1, 24):
        largest[:, back:] = np.maximum(largest[:, back:], filled[:, :-back])
    total, number = np.zeros(ozone.shape), np.zeros(ozone.shape)
    there = ~np.isnan(ozone)
    for back in range(8):
        of_day = clock >= back
        moved = np.roll(np.where(there, ozone, 0), back, axis=1)
        moved_there = np.roll(there, back, axis=1)
        moved[:, :back], moved_there[:, :back] = 0, False
        total += moved * of_day
        number += moved_there * of_day
    mean8 = np.where(number > 0, np.rint(total / np.maximum(number, 1)), np.nan)
    running = np.where(np.isnan(mean8), -np.inf, mean8)
    for hour in range(1, 24):
        at = np.flatnonzero(clock == hour)
        at = at[at > 0]
        running[:, at] = np.maximum(running[:, at], running[:, at - 1])
    out["o3_24h"] = np.where(np.isinf(largest), np.nan, largest)
    out["o3_8h"] = mean8
    out["o3_8h_24h"] = np.where(np.isinf(running), np.nan, running)
    return out


def _running_mean(grid: Grid, length: int) -> Grid:
    there = ~np.isnan(grid)
    sums = np.cumsum(np.pad(np.where(there, grid, 0), ((0, 0), (1, 0))), axis=1)
    numbers = np.cumsum(np.pad(there, ((0, 0), (1, 0))), axis=1)
    low = np.maximum(np.arange(grid.shape[1]) + 1 - length, 0)
    high = np.arange(grid.shape[1]) + 1
    number = numbers[:, high] - numbers[:, low]
    total = sums[:, high] - sums[:, low]
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)
