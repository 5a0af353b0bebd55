"""``air_aqi.toml`` -> the two editions of the index rules: breakpoints, items of a report, classes, and what is practice only."""

from __future__ import annotations

import datetime
import itertools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from changji_geo.errors import InputError, near_match

PollutantId = Literal["so2", "no2", "pm10", "pm2_5", "co", "o3"]
Averaging = Literal["1h", "8h", "24h"]
Support = Literal["standard", "practice"]
"""Whether a rule is written in the standard or is common practice only; the latter is flagged in every result."""


@dataclass(frozen=True, slots=True)
class AirClass:
    """A class of the index, up to and including ``upper``; the last one has no end but the index's own (500)."""

    upper: int
    category: str
    level: str
    color: str
    rgb: tuple[int, int, int]

    @property
    def hex(self) -> str:
        """The colour as ``#rrggbb``.

        Examples
        --------
        >>> RULES.classes[3].hex
        '#ff0000'
        """
        return "#{:02x}{:02x}{:02x}".format(*self.rgb)


@dataclass(frozen=True, slots=True)
class Pollutant:
    """A pollutant: ``decimals`` a concentration is rounded to, ``implausible_above`` the largest value that is no fault (ours)."""

    id: str
    name: str
    unit: str
    decimals: int
    implausible_above: int

    @property
    def per_unit(self) -> int:
        """Steps of the rounded concentration in one unit: 1, for CO 10."""
        return int(10**self.decimals)


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of HJ 633.

    ``breakpoints``: item (``pm2_5_24h``) -> concentrations at IAQI 0, 50, 100, 150, 200, 300, 400, 500; shorter where the
    standard's table ends. ``refers``: item -> the item whose index is reported above that end; without it the index stays
    at the end's value. ``borrows``: item -> the item whose breakpoints it uses. ``missing``: "rest" the index of the
    remaining items, "above_good" that only when it is above 100. ``since`` and ``until`` are the first and last day.
    """

    code: str
    title: str
    evidence: str
    rounding: Support
    capping: Support
    missing: Literal["rest", "above_good"]
    smallest: int
    daily: tuple[str, ...]
    hourly: tuple[str, ...]
    hourly_evidence: Support
    refers: Mapping[str, str]
    borrows: Mapping[str, str]
    breakpoints: Mapping[str, tuple[int, ...]]
    since: datetime.date | None = None
    until: datetime.date | None = None
    nationwide_since: datetime.date | None = None
    limits_change: datetime.date | None = None

    def breakpoints_of(self, item: str) -> tuple[int, ...]:
        """The breakpoints of an item, borrowed ones included."""
        return self.breakpoints[self.borrows.get(item, item)]


@dataclass(frozen=True, slots=True, eq=False)
class IndexRules:
    """All of ``air_aqi.toml``; one object, one set of tables (it hashes by identity)."""

    steps: tuple[int, ...]
    classes: tuple[AirClass, ...]
    pollutants: tuple[Pollutant, ...]
    editions: tuple[Edition, ...]
    good_day_upper: int
    heavy_day_above: int
    primary_above: int
    missing_code: int

    def pollutant(self, item: str) -> Pollutant:
        """The pollutant of an item (``pm2_5_24h``) or of its own id."""
        name = item.rpartition("_")[0] if item.endswith("h") else item
        return next(p for p in self.pollutants if p.id == name)

    def label(self, item: str) -> str:
        """The name of an item as printed; the two ozone items of a day are told apart, as bulletins do.

        Examples
        --------
        >>> RULES.label("pm2_5_24h"), RULES.label("o3_8h")
        ('PM2.5', 'O3-8h')
        """
        name = self.pollutant(item).name
        return f"{name}-{item.rpartition('_')[2]}" if item == "o3_8h" else name


def parse_rules(table: Mapping[str, Any]) -> IndexRules:
    """The rules of a parsed ``air_aqi.toml``.

    Raises
    ------
    ValueError
        Breakpoints that do not rise from 0, or are more than the steps of the index; decimals below none.
    """
    editions = tuple(_edition(t) for t in table["editions"])
    steps = tuple(table["steps"])
    for edition in editions:
        for item, points in edition.breakpoints.items():
            if points[0] != 0 or len(points) > len(steps) or any(a >= b for a, b in itertools.pairwise(points)):
                raise ValueError(f"{edition.code} {item}: {points}")
    if any(p["decimals"] < 0 for p in table["pollutants"]):
        raise ValueError("decimals")
    return IndexRules(
        steps=steps,
        classes=tuple(AirClass(**{**c, "rgb": tuple(c["rgb"])}) for c in table["classes"]),
        pollutants=tuple(Pollutant(**p) for p in table["pollutants"]),
        editions=editions,
        good_day_upper=table["good_day_upper"],
        heavy_day_above=table["heavy_day_above"],
        primary_above=table["primary_above"],
        missing_code=table["missing_code"],
    )


def _edition(table: Mapping[str, Any]) -> Edition:
    kept: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    kept["breakpoints"] = {item: tuple(points) for item, points in table["breakpoints"].items()}
    return Edition(**kept)


RULES: IndexRules = parse_rules(tomllib.loads(Path(__file__).with_name("air_aqi.toml").read_text(encoding="utf-8")))

AIR_CLASSES: tuple[AirClass, ...] = RULES.classes
"""The six classes of the index, the same in both editions."""


def index_edition(date: datetime.date) -> Edition:
    """The edition of HJ 633 for a day of observation: that of 2012 until 2026-02-28, that of 2026 from 2026-03-01.

    Parameters
    ----------
    date : date
        The day that was observed, not today.

    Examples
    --------
    >>> index_edition(datetime.date(2026, 2, 28)).code, index_edition(datetime.date(2026, 3, 1)).code
    ('HJ 633-2012', 'HJ 633-2026')
    """
    day = date.date() if isinstance(date, datetime.datetime) else date
    return next(e for e in RULES.editions if (e.since or day) <= day <= (e.until or day))


def index_item(pollutant: str, averaging: str) -> str:
    """The item of a pollutant and an averaging time, ``pm2_5_24h``.

    Raises
    ------
    InputError
        Unknown pollutant, or an averaging time that the standard has no index for.

    Examples
    --------
    >>> index_item("o3", "8h")
    'o3_8h'
    """
    known = [p.id for p in RULES.pollutants]
    if pollutant not in known:
        raise InputError(
            f"没有污染物“{pollutant}”的分指数", expected="、".join(known), fix=near_match(pollutant, known)
        )
    edition = RULES.editions[-1]
    items = {
        i.rpartition("_")[2] for i in (*edition.breakpoints, *edition.borrows) if i.rpartition("_")[0] == pollutant
    }
    if averaging not in items:
        raise InputError(
            f"{pollutant} 没有平均时间“{averaging}”的分指数",
            expected="、".join(f'averaging="{a}"' for a in sorted(items, key=lambda a: int(a[:-1]))),
            fix="臭氧日报用最大 8 小时均值（8h）；其余日均值用 24h，小时值用 1h",
        )
    return f"{pollutant}_{averaging}"
