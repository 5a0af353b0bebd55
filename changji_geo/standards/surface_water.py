"""GB 3838-2002: a value of an item -> its class and exceed multiple; classes of sections -> the rating of a basin."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from changji_geo.errors import InputError, near_match
from changji_geo.standards.water_items import (
    CLASSES,
    Edition,
    ItemIndex,
    Judged,
    WaterItem,
    WaterType,
    exact,
    parse_class,
    read_bounds,
    read_items,
)

_HERE = Path(__file__)
WORST = "劣Ⅴ"
SURFACE_CLASSES = (*CLASSES, WORST)
"""The classes of surface water, best first."""


@dataclass(frozen=True, slots=True)
class BasinRating:
    """The rating of a basin from its sections: ``good_percent`` of classes Ⅰ-Ⅲ, ``worst_percent`` of 劣Ⅴ, both exact."""

    status: str
    sections: int
    good_percent: Decimal
    worst_percent: Decimal
    standard: str


def _items() -> tuple[WaterItem, ...]:
    return tuple(
        WaterItem(
            id=row["id"],
            name=row["name"],
            unit=row["unit"],
            bounds=read_bounds([row[c] for c in ("I", "II", "III", "IV", "V")]),
            table=row["table"],
            number=int(row["number"] or 0),
            water=cast(Any, row["water"]),
            judged=cast(Judged, row["judged"]),
            aliases=tuple(row["aliases"].split("|")),
        )
        for row in read_items(_HERE.with_suffix(".csv"))
    )


def _source_items() -> tuple[WaterItem, ...]:
    return tuple(
        WaterItem(
            id=row["id"],
            name=row["name"],
            unit=row["unit"],
            bounds=read_bounds([row["limit"]]),
            table=row["table"],
            number=int(row["number"]),
            aliases=tuple(row["aliases"].split("|")),
        )
        for row in read_items(_HERE.with_name("surface_water_source.csv"))
    )


_TABLES: dict[str, Any] = tomllib.loads(_HERE.with_suffix(".toml").read_text(encoding="utf-8"))


def _edition(table: dict[str, Any]) -> Edition:
    return Edition(table["code"], table["title"], table["since"], table["evidence"])


SURFACE_EDITION = _edition(_TABLES["edition"])
METHOD_EDITION = _edition(_TABLES["method"])
"""The routine evaluation: 21 items, single factor, ratings."""

NO_SUCCESSOR_SEEN: datetime.date = _TABLES["edition"]["checked"]
"""The day on which a successor of the standard was last looked for, and none found."""

CLASS_ONE_SATURATION = Decimal(_TABLES["dissolved_oxygen"]["class_one_saturation_percent"])
"""Dissolved oxygen of at least this saturation, in percent, is class Ⅰ whatever its concentration."""

FEWEST_SECTIONS: int = _TABLES["basin"]["sections"]
"""A basin of fewer sections is rated by mean concentrations."""

FEW_SECTIONS_EVIDENCE: str = _TABLES["basin"]["evidence"]

SURFACE_ITEMS = ItemIndex(_items())
"""Table 1 (24 items, total phosphorus twice) and what is measured beside it: saturation, chlorophyll, transparency."""

SOURCE_ITEMS = ItemIndex(_source_items())
"""Tables 2 and 3: what surface sources of drinking water are measured for besides table 1; each item has one limit."""


def routine_items(water_type: WaterType) -> tuple[WaterItem, ...]:
    """The 21 items that decide the class of a section, in the order of table 1.

    Examples
    --------
    >>> len(routine_items("river")), [i.id for i in routine_items("lake") if i.number == 8]
    (21, ['tp_lake'])
    """
    return tuple(i for i in SURFACE_ITEMS.items if i.judged == "routine" and i.applies_to(water_type))


def surface_class(
    item: str | WaterItem,
    amount: float | Decimal,
    *,
    water_type: WaterType | None = None,
    saturation_percent: float | Decimal | None = None,
) -> str:
    """The class of one value of table 1.

    Parameters
    ----------
    item : str or WaterItem
        An item by any of its names, or itself.
    amount : float or Decimal
        In the unit of the item, compared in decimals; a limit itself still keeps to it.
    water_type : {"river", "lake"}, optional
        Needed for total phosphorus; total nitrogen has limits for lakes only.
    saturation_percent : float or Decimal, optional
        Measured saturation of dissolved oxygen: at 90 or more it is class Ⅰ. It is never computed here: the formula is in no
        source that was read.

    Returns
    -------
    str
        One of `SURFACE_CLASSES`. pH has one range for all classes: within it is Ⅰ, outside 劣Ⅴ.

    Raises
    ------
    InputError
        No such item, no limits for this water or at all (water temperature), a negative or infinite value.

    Examples
    --------
    >>> surface_class("氨氮", 1.0), surface_class("总磷", 0.1, water_type="lake"), surface_class("溶解氧", 6.8)
    ('Ⅲ', 'Ⅳ', 'Ⅱ')
    >>> surface_class("溶解氧", 6.8, saturation_percent=93)
    'Ⅰ'
    """
    if isinstance(item, str):
        item = SURFACE_ITEMS.require(item, water=water_type or "")
    if item.water != "all" and water_type is not None and not item.applies_to(water_type):
        raise InputError(f"项目“{item.name}”没有这类水体的限值", fix="河流总氮不评价；总磷按水体类型取限值")
    if item.table != "1" or not item.bounds:
        raise InputError(f"项目“{item.name}”不分类别", fix="只对标准表 1 中有限值的项目定类")
    value = exact(amount)
    if value < 0:
        raise InputError(f"{item.name} {value} 是负数", expected="零或正数", fix="核对原始记录；未检出写 <检出限")
    if item.id == "do" and saturation_percent is not None and exact(saturation_percent) >= CLASS_ONE_SATURATION:
        return SURFACE_CLASSES[0]
    return SURFACE_CLASSES[item.rank(value)]


def exceed_multiple(item: WaterItem, amount: float | Decimal, *, target: str = "Ⅲ") -> Decimal | None:
    """How many times its limit a value lies above it: (C - S) / S.

    Parameters
    ----------
    item : WaterItem
        Of any table; those of tables 2 and 3 have one limit, ``target`` does not count for them.
    amount : float or Decimal
        In the unit of the item.
    target : str
        The class whose limit counts.

    Returns
    -------
    Decimal or None
        None where the value keeps to the limit, and for pH, dissolved oxygen and temperature, which have no multiple.

    Examples
    --------
    >>> exceed_multiple(SURFACE_ITEMS.require("cod"), 27), exceed_multiple(SURFACE_ITEMS.require("cod"), 20)
    (Decimal('0.35'), None)
    """
    if not item.bounds:
        return None
    bound = item.bounds[min(CLASSES.index(parse_class(target)), len(item.bounds) - 1)]
    value = exact(amount)
    if bound.low is not None or not bound.high or value <= bound.high:
        return None
    return (value - bound.high) / bound.high


def section_status(surface_water_class: str) -> str:
    """The word for the class of a section (优, 良好, 轻度污染, 中度污染, 重度污染).

    Raises
    ------
    InputError
        No such class.

    Examples
    --------
    >>> section_status("Ⅱ"), section_status("劣Ⅴ")
    ('优', '重度污染')
    """
    for rating in _TABLES["section_rating"]:
        if surface_water_class in rating["classes"]:
            return str(rating["status"])
    raise InputError(
        f"没有类别“{surface_water_class}”",
        expected="、".join(SURFACE_CLASSES),
        fix=near_match(surface_water_class, SURFACE_CLASSES),
    )


def rate_classes(classes: Sequence[str]) -> BasinRating:
    """Rate a basin by the classes of its sections.

    Parameters
    ----------
    classes : sequence of str
        One per section, at least 5 (`FEWEST_SECTIONS`).

    Raises
    ------
    InputError
        Fewer sections (they are rated by mean concentrations, see `changji_geo.monitoring.water.basins`), or no such class.

    Examples
    --------
    >>> rate_classes(["Ⅱ"] * 9 + ["Ⅳ"]).status, rate_classes(["Ⅱ"] * 3 + ["劣Ⅴ"]*2).status
    ('优', '重度污染')
    """
    if len(classes) < FEWEST_SECTIONS:
        raise InputError(
            f"只有 {len(classes)} 个断面，不能按类别比例评价",
            expected=f"至少 {FEWEST_SECTIONS} 个断面",
            fix="按各断面平均浓度评价（rate_basins）",
        )
    for one in classes:
        section_status(one)
    good = Decimal(100 * sum(c in SURFACE_CLASSES[:3] for c in classes)) / len(classes)
    worst = Decimal(100 * sum(c == WORST for c in classes)) / len(classes)
    rule = next(
        r for r in _TABLES["basin"]["rating"] if good >= r.get("good_at_least", 0) and worst < r.get("worst_below", 101)
    )
    return BasinRating(str(rule["status"]), len(classes), good, worst, METHOD_EDITION.code)
