"""GB/T 14848-2017: a value of one of the 39 routine items -> its groundwater class."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from changji_geo.errors import InputError
from changji_geo.standards.water_items import CLASSES, Edition, ItemIndex, WaterItem, exact, read_bounds, read_items

_HERE = Path(__file__)
_TABLES: dict[str, Any] = tomllib.loads(_HERE.with_suffix(".toml").read_text(encoding="utf-8"))

GROUNDWATER_EDITION = Edition(
    _TABLES["edition"]["code"],
    _TABLES["edition"]["title"],
    _TABLES["edition"]["since"],
    _TABLES["edition"]["evidence"],
)

RADIOACTIVITY_ITEMS: tuple[str, ...] = tuple(_TABLES["radioactivity"]["items"])
RADIOACTIVITY_NOTE: str = _TABLES["radioactivity"]["note"]
"""What a result says when total alpha or beta radioactivity is beyond class Ⅲ."""


def _items() -> tuple[WaterItem, ...]:
    return tuple(
        WaterItem(
            id=row["id"],
            name=row["name"],
            unit=row["unit"],
            bounds=read_bounds([row[c] for c in ("I", "II", "III", "IV", "V")]),
            table="1",
            number=int(row["number"]),
            aliases=tuple(row["aliases"].split("|")),
            words=row["V"] == "有",
            group=row["group"],
        )
        for row in read_items(_HERE.with_suffix(".csv"))
    )


GROUNDWATER_ITEMS = ItemIndex(_items())
"""Table 1: 39 routine items; ``group`` is 感官, 一般化学, 微生物, 毒理 or 放射性."""


def groundwater_class(item: str | WaterItem, amount: float | Decimal | str, *, detected: bool = True) -> str:
    """The class of one value.

    Parameters
    ----------
    item : str or WaterItem
        An item by any of its names, or itself.
    amount : float, Decimal or str
        In the unit of the item (heavy metals mg/L, chloroform to toluene ug/L, radioactivity Bq/L, total coliforms
        MPN or CFU/100 mL); 无 or 有 for the two text items. A limit itself still keeps to it.
    detected : bool
        False where ``amount`` only stands for a non-detect: anionic surfactants of class Ⅰ must not be detected (不得检出),
        however much half the detection limit may be.

    Returns
    -------
    str
        One of Ⅰ ... Ⅴ; of equal limits the better class. Radioactivity beyond class Ⅲ is Ⅳ, see `RADIOACTIVITY_NOTE`.

    Raises
    ------
    InputError
        No such item; a text for a number or the reverse; negative or infinite.

    Examples
    --------
    >>> groundwater_class("pH", 6.4), groundwater_class("嗅和味", "有"), groundwater_class("铅", 0.05)
    ('Ⅳ', 'Ⅴ', 'Ⅳ')
    """
    if isinstance(item, str):
        item = GROUNDWATER_ITEMS.require(item)
    if item.words != isinstance(amount, str) or (isinstance(amount, str) and amount not in ("无", "有")):
        expected = "无 或 有" if item.words else f"以 {item.unit or '无量纲'} 为单位的数"
        raise InputError(f"{item.name}“{amount}”不能定类", expected=expected, fix="按标准的写法改正")
    value = Decimal(int(amount == "有")) if isinstance(amount, str) else exact(amount)
    if value < 0:
        raise InputError(f"{item.name} {value} 是负数", expected="零或正数", fix="核对原始记录；未检出写 <检出限")
    if not detected and item.bounds[0].high == 0:
        return CLASSES[0]
    return CLASSES[item.rank(value)]
