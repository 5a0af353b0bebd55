"""The rules of evaluating air over time, read from ``rules.toml``, and the names of pollutants."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from changji_geo.standards.air.editions import RULES as _INDEX

POLLUTANTS: tuple[str, ...] = ("so2", "no2", "pm10", "pm2_5", "co", "o3")
"""What a station measures every hour; µg/m³, CO mg/m³."""

EVALUATED: tuple[str, ...] = ("so2", "no2", "pm10", "pm2_5", "co", "o3_8h")
"""What periods are evaluated by: daily means, and of ozone the daily maximum 8 h mean."""

DAILY: tuple[str, ...] = (*POLLUTANTS, "o3_8h")
"""Columns of a day; ``o3`` is then the daily maximum hour."""


def _read() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("rules.toml").read_text(encoding="utf-8"))


RULES: Mapping[str, Any] = MappingProxyType(_read())
"""The tables of ``rules.toml``."""

NAMES: Mapping[str, str] = {name: _INDEX.label(name) for name in DAILY}
UNITS: Mapping[str, str] = {name: RULES["units"][_INDEX.pollutant(name).unit] for name in DAILY}
"""Of values without a unit, and of every result."""

DECIMALS: Mapping[str, int] = {name: _INDEX.pollutant(name).decimals for name in DAILY}
LARGEST: Mapping[str, int] = {name: _INDEX.pollutant(name).implausible_above for name in POLLUTANTS}
"""Above it a value is no reading."""

GOOD_AQI, HEAVY_AQI = _INDEX.good_day_upper, _INDEX.heavy_day_above
"""优良天数: up to the one; 重度及以上污染天数: above the other."""

DAILY_BEFORE, DAILY_AFTER = (edition.code for edition in _INDEX.editions)
"""The editions of HJ 633, which days are judged by."""

CHANGE: datetime.date = _INDEX.editions[-1].since or datetime.date.max
"""First day of the 2026 editions."""

LAST_BEFORE = CHANGE - datetime.timedelta(days=1)
"""Last day of the editions before."""


def evaluation_standard(date: datetime.date) -> str:
    """The code of HJ 663 in force on a day.

    Examples
    --------
    >>> evaluation_standard(datetime.date(2026, 2, 28)), evaluation_standard(datetime.date(2026, 3, 1))
    ('HJ 663-2013', 'HJ 663-2026')
    """
    editions = RULES["editions"]
    return str(editions["before"] if date < CHANGE else editions["after"])


def crosses_change(start: datetime.date, end: datetime.date) -> bool:
    """Whether days of both editions lie between two days, both included.

    Examples
    --------
    >>> crosses_change(datetime.date(2026, 2, 1), datetime.date(2026, 2, 28))
    False
    """
    return start < CHANGE <= end
