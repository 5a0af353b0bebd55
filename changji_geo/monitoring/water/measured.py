"""One cell of a water table -> an exact amount in the unit of its item; what is no amount keeps the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from changji_geo.intake.values.cells import CellTextError, Number, parse_number
from changji_geo.intake.values.units import normalise_unit
from changji_geo.standards.water_items import WaterItem, exact

NonDetect = Literal["half", "zero"]
"""How a non-detect counts: half its detection limit, or zero."""

NON_DETECT_ZH: Mapping[NonDetect, str] = {"half": "未检出按检出限的一半计", "zero": "未检出按零计"}

_UNITS: dict[str, tuple[str, int]] = {
    "克/升": ("mass", 3),
    "毫克/升": ("mass", 0),
    "微克/升": ("mass", -3),
    "纳克/升": ("mass", -6),
    "克/立方米": ("mass", 0),
    "毫克/立方米": ("mass", -3),
    "微克/立方米": ("mass", -6),
    "米": ("length", 0),
    "厘米": ("length", -2),
    "摄氏度": ("temperature", 0),
    "%": ("percent", 0),
    "无量纲": ("", 0),
    "ntu": ("turbidity", 0),
    "铂钴色度": ("colour", 0),
    "铂钴色度单位": ("colour", 0),
    "bq/l": ("activity", 0),
} | {
    f"{word}/{volume}": ("count", power)
    for word in ("个", "mpn", "cfu")
    for volume, power in (("升", 0), ("l", 0), ("100ml", 1), ("ml", 3))
}
"""Unit -> what it measures in water, and its power of ten there; a milligram per cubic metre is a microgram per litre."""

_CODES = frozenset(map(Decimal, ("9999", "99999", "999999", "-99", "-999", "-9999")))
"""Numbers that loggers write for a missing value."""


_POSSIBLE = {
    "do_saturation": (Decimal(0), Decimal(200), "不是可能的溶解氧饱和度（0～200 %）"),
    "do_saturated": (Decimal(3), Decimal(15), "不是可能的饱和溶解氧（3～15 mg/L）"),
}
_SATURATIONS_APART = 10
"""Percentage points by which a measured saturation may differ from the one that the saturated concentration gives."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A value as it is judged.

    ``amount`` in the unit of the item, None when ``fault`` says (in Chinese) why the cell cannot be used. ``detected`` false: the
    amount stands for a non-detect, ``limit`` is its detection limit if known. ``unit``: what it was converted from.
    """

    amount: Decimal | None
    detected: bool = True
    limit: Decimal | None = None
    fault: str = ""
    unit: str = ""


def is_water_unit(text: str) -> bool:
    """Whether a text is a unit that water tables use.

    Examples
    --------
    >>> is_water_unit("ug/L"), is_water_unit("MPN/100mL"), is_water_unit("以N计")
    (True, True, False)
    """
    return normalise_unit(text) in _UNITS


def unit_shift(given: str, wanted: str) -> int | None:
    """The power of ten from one unit to another; None when they measure different things.

    Examples
    --------
    >>> unit_shift("μg/L", "mg/L"), unit_shift("MPN/100mL", "个/L"), unit_shift("mg/m3", "个/L")
    (-3, 1, None)
    """
    kind, power = _UNITS.get(normalise_unit(given or "无量纲"), (given, 0))
    wanted_kind, wanted_power = _UNITS.get(normalise_unit(wanted or "无量纲"), (wanted, 0))
    return power - wanted_power if kind == wanted_kind else None


def states_unit(cell: object) -> bool:
    """Whether a cell has a unit of its own behind its number."""
    if not isinstance(cell, str):
        return False
    try:
        return bool(parse_number(cell).unit)
    except CellTextError:
        return False


def is_blank(cell: object, item: WaterItem) -> bool:
    """Whether nothing was measured: an empty cell, ``/``, ``—``, 缺测, NaN; 无 is a finding where the item is judged by words."""
    if item.words and isinstance(cell, str) and cell.strip() == "无":
        return False
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return cell != cell
    try:
        return parse_number(_plain(cell)).qualifier == "缺测"
    except CellTextError:
        return False


def read_measured(
    cell: object, item: WaterItem, *, unit: str, non_detect: NonDetect, limit: float | None = None
) -> Measured:
    """Read a cell that is not blank.

    Parameters
    ----------
    cell : object
        A number, or text: ``0.42``, ``<0.005``, ``0.005L``, ``未检出``, ``未检出(0.005)``, ``12 ug/L``.
    item : WaterItem
    unit : str
        What header, unit column or the user states; "" for none. The cell's own goes before it.
    non_detect : {"half", "zero"}
    limit : float, optional
        Detection limit in the item's unit, for a non-detect that states none.

    Returns
    -------
    Measured

    Examples
    --------
    >>> from changji_geo.standards.surface_water import SURFACE_ITEMS
    >>> read_measured("<5 ug/L", SURFACE_ITEMS.require("汞"), unit="", non_detect="half").amount
    Decimal('0.0025')
    """
    if item.words:
        word = re.sub(r"\s+", "", str(cell))
        if word in ("无", "有"):
            return Measured(Decimal(int(word == "有")))
        return _fault(cell, "不是“无”或“有”")
    try:
        number = parse_number(_plain(cell))
    except CellTextError as refused:
        return Measured(None, fault=refused.problem)
    if number.qualifier == ">":
        return _fault(cell, "超出测定上限，只知道大于某数，不能定类")
    given = number.unit or unit
    if not given and item.unit:
        return _fault(cell, f"没有写单位（应为 {item.unit}）")
    shift = unit_shift(given, item.unit)
    if shift is None:
        return _fault(cell, f"的单位“{given}”不能换算成 {item.unit or '无量纲'}")
    if number.qualifier:
        return replace(_non_detect(cell, number, item, shift, non_detect, limit), unit=given)
    raw = exact(number.value if number.value is not None else 0.0)
    if raw in _CODES:
        return _fault(cell, "像是缺测的代码，不是测值")
    if raw < 0:
        return _fault(cell, "是负数")
    if item.id == "ph" and raw > 14:
        return _fault(cell, "不在 pH 的 0～14 之内")
    amount = raw.scaleb(shift)
    if item.id in _POSSIBLE and not _POSSIBLE[item.id][0] <= amount <= _POSSIBLE[item.id][1]:
        return _fault(cell, _POSSIBLE[item.id][2])
    return Measured(amount, unit=given)


def without_doubtful_oxygen(values: Mapping[WaterItem, Measured]) -> Mapping[WaterItem, Measured]:
    """The values of a sample; a saturation of oxygen that is impossible, or contradicts itself, becomes a fault.

    Parameters
    ----------
    values : mapping of Measured
        A saturation (%) and a saturated concentration (mg/L) beside the dissolved oxygen are compared with each other.
    """
    by_id = {item.id: item for item, measured in values.items() if measured.amount is not None and measured.detected}
    if "do" not in by_id or "do_saturated" not in by_id:
        return values
    oxygen, full = (values[by_id[key]].amount for key in ("do", "do_saturated"))
    stated = values[by_id["do_saturation"]].amount if "do_saturation" in by_id else None
    computed = (oxygen or Decimal(0)) * 100 / (full or Decimal(1))
    if stated is not None and abs(stated - computed) > _SATURATIONS_APART:
        reason = f"与按饱和溶解氧算出的饱和度 {computed:.1f}% 相差超过 {_SATURATIONS_APART} 个百分点，两者都不采用"
        faulty = {
            by_id["do_saturation"]: _fault(f"{stated:f}", reason),
            by_id["do_saturated"]: _fault(f"{full:f}", "与溶解氧饱和度矛盾"),
        }
    elif computed > _POSSIBLE["do_saturation"][1]:
        faulty = {by_id["do_saturated"]: _fault(f"{full:f}", f"与溶解氧不符，饱和度成了 {computed:.1f}%")}
    else:
        return values
    return {**values, **faulty}


def _non_detect(
    cell: object, number: Number, item: WaterItem, shift: int, non_detect: NonDetect, limit: float | None
) -> Measured:
    if item.id == "ph":
        return _fault(cell, "不是 pH 值")
    stated = exact(number.limit).scaleb(shift) if number.limit is not None else None
    known = stated if stated is not None else exact(limit) if limit is not None else None
    if known is not None and known <= 0:
        return _fault(cell, "的检出限不大于零")
    if non_detect == "zero":
        return Measured(Decimal(0), False, known)
    if known is None:
        return _fault(cell, "没有写检出限，不能按一半计")
    return Measured(known / 2, False, known)


def _plain(cell: object) -> object:
    """The words laboratories add to a non-detect that states its limit."""
    if (
        isinstance(cell, str)
        and cell.rstrip().endswith((")", "）"))
        and (found := re.fullmatch(r"\s*(<[^()（）]*|[\d.]+L)\s*[(（](?:未检出|ND)[)）]\s*", cell))
    ):
        return found[1]
    return cell


def _fault(cell: object, reason: str) -> Measured:
    return Measured(None, fault=f"“{str(cell).strip()[:40]}”{reason}")
