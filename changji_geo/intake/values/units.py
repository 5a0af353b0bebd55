r"""How staff write units -> one spelling, and the power of ten between two units of the same kind."""

from __future__ import annotations

import functools
import re
import unicodedata
from decimal import Decimal

_SPELLINGS: dict[str, tuple[str, str, int]] = {}
"""Spelling -> (the unit as printed, what it measures, its power of ten there)."""


def _define(printed: str, kind: str, power: int, *spellings: str) -> None:
    for spelling in (printed, *spellings):
        _SPELLINGS[_folded(spelling)] = (printed, kind, power)


def normalise_unit(text: str) -> str:
    """A unit in the spelling of the indicator tables; an unknown one is only folded (full-width, blanks, brackets).

    Examples
    --------
    >>> normalise_unit("ug/m³"), normalise_unit("（μg/m3）"), normalise_unit("微克每立方米"), normalise_unit("km²")
    ('微克/立方米', '微克/立方米', '微克/立方米', '平方公里')
    """
    return _lookup(text)[0]


def is_known_unit(text: str) -> bool:
    """Whether a text is a unit of the table below, in any spelling.

    Examples
    --------
    >>> is_known_unit("mg/L"), is_known_unit("昌吉市")
    (True, False)
    """
    return _lookup(text)[1] != ""


def unit_power(given: str, wanted: str) -> int | None:
    """The power of ten that turns a number in one unit into the other; None when the units measure different things.

    Examples
    --------
    >>> unit_power("mg/m3", "微克/立方米"), unit_power("户", "万户"), unit_power("亩", "公顷")
    (3, -4, None)
    """
    name, kind, power = _lookup(given)
    wanted_name, wanted_kind, wanted_power = _lookup(wanted)
    if name == wanted_name:
        return 0
    return power - wanted_power if kind and kind == wanted_kind else None


def times_power_of_ten(value: float, power: int) -> float:
    """Exactly the decimal shift a person would make: 0.035 by 10³ is 35, not 35.00000000000001.

    Examples
    --------
    >>> times_power_of_ten(0.035, 3)
    35.0
    """
    return value if power == 0 else float(Decimal(repr(value)).scaleb(power))


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).replace("µ", "μ").lower()
    text = re.sub(r"[\s()\[\]{}【】^·]", "", text)
    text = text.replace("每", "/").replace("㎥", "m3")
    text = re.sub(r"(?<=[a-zμ])m-3$", "/m3", text)
    text = re.sub(r"(?<=[a-zμ])l-1$", "/l", text)
    return text.replace("ug", "μg")


@functools.lru_cache(maxsize=4096)
def _lookup(text: str) -> tuple[str, str, int]:
    folded = _folded(text)
    found = _SPELLINGS.get(folded)
    if found:
        return found
    for prefix, power in (("百万", 6), ("万", 4), ("亿", 8)):
        base = _SPELLINGS.get(folded.removeprefix(prefix)) if folded.startswith(prefix) else None
        if base:
            return prefix + base[0], base[1], base[2] + power
    return folded, "", 0


_define("微克/立方米", "air mass", 0, "ug/m3", "μg/m3", "微克/m3", "微克/立方", "微克立方米")
_define("毫克/立方米", "air mass", 3, "mg/m3", "毫克/m3", "毫克/立方")
_define("纳克/立方米", "air mass", -3, "ng/m3")
_define("克/立方米", "air mass", 6, "g/m3")
_define("毫克/升", "water mass", 0, "mg/l", "毫克/l")
_define("微克/升", "water mass", -3, "ug/l", "微克/l")
_define("纳克/升", "water mass", -6, "ng/l")
_define("克/升", "water mass", 3, "g/l")
_define("毫克/千克", "soil mass", 0, "mg/kg", "毫克/公斤")
_define("微克/千克", "soil mass", -3, "ug/kg")
_define("%", "percent", 0, "百分比", "％", "百分之", "pct", "percent")
_define("‰", "permille", 0, "千分比")
_define("百分点", "percentage points", 0, "个百分点", "pct点")
_define("个/升", "count per litre", 0, "个/l")
_define("毫米", "length", -3, "mm")
_define("厘米", "length", -2, "cm")
_define("米", "length", 0, "m")
_define("公里", "length", 3, "千米", "km")
_define("平方米", "area", 0, "m2", "㎡", "平米")
_define("公顷", "area", 4, "hm2", "ha")
_define("平方公里", "area", 6, "km2", "平方千米", "k㎡")
_define("亩", "area in mu", 0, "mu")
_define("立方米", "volume", 0, "m3", "方")
_define("升", "volume", -3, "l")
_define("立方米/秒", "flow", 0, "m3/s")
_define("克", "mass", -3, "g")
_define("千克", "mass", 0, "kg", "公斤")
_define("吨", "mass", 3, "t")
_define("元", "money", 0, "人民币元", "rmb")
_define("千瓦", "power", 3, "kw")
_define("兆瓦", "power", 6, "mw")
_define("摄氏度", "temperature", 0, "℃", "°c", "度c")
_define("天", "days", 0, "日", "d", "days")
_define("小时", "hours", 0, "h")
_define("分贝", "sound", 0, "db", "db(a)", "dba")
_define("无量纲", "pure number", 0, "无", "无单位", "-", "1")
for _counted in (
    "户",
    "个",
    "处",
    "座",
    "家",
    "人",
    "次",
    "件",
    "辆",
    "台",
    "台套",
    "条",
    "项",
    "宗",
    "起",
    "株",
    "头",
    "只",
    "份",
    "名",
    "位",
    "位次",
    "级",
    "类",
    "套",
    "所",
    "口",
    "眼",
    "枚",
    "块",
    "吨标准煤",
):
    _define(_counted, f"count of {_counted}", 0)
