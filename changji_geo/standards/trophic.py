"""Five measurements of a lake or reservoir -> its trophic level index (综合营养状态指数) and class."""

from __future__ import annotations

import datetime
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from changji_geo.errors import InputError
from changji_geo.standards.surface_water import SURFACE_ITEMS
from changji_geo.standards.water_items import Edition

MissingInputs = Literal["refuse", "renormalise"]

_TABLES: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))

TROPHIC_EDITION = Edition(_TABLES["code"], _TABLES["title"], _TABLES["since"], _TABLES["evidence"])

TROPHIC_INPUTS: tuple[str, ...] = tuple(i["id"] for i in _TABLES["indicator"])
"""Ids of the five inputs: chlorophyll a (mg/m3), total phosphorus, total nitrogen, permanganate index (mg/L), transparency (m)."""


@dataclass(frozen=True, slots=True)
class TrophicIndex:
    """The index, not rounded; ``parts`` and ``weights`` by input; ``missing`` inputs; ``note`` in Chinese when there are any."""

    value: float
    trophic_class: str
    parts: Mapping[str, float]
    weights: Mapping[str, float]
    missing: tuple[str, ...]
    note: str
    standard: str


def trophic_index(
    values: Mapping[str, float], *, date: datetime.date, missing: MissingInputs = "refuse"
) -> TrophicIndex:
    """The trophic level index TLI(Σ) of a lake or reservoir.

    Parameters
    ----------
    values : mapping of float
        By `TROPHIC_INPUTS`: ``chla`` mg/m3, ``tp_lake``, ``tn``, ``codmn`` mg/L, ``sd`` m; all above zero.
    date : date
        The day of the observation.
    missing : {"refuse", "renormalise"}
        The method wants all five. "renormalise" divides by the weights that are there and says so in ``note``.

    Returns
    -------
    TrophicIndex
        ``TLI = Σ W(j) * 10 * (a + b * ln x)``, ``W(j) = r² / Σ r²``. Classes: below 30 贫营养, up to 50 中营养, up to 60
        轻度富营养, up to 70 中度富营养, above 重度富营养, by the index that is not rounded.

    Raises
    ------
    InputError
        An input is unknown, missing, not above zero; the day is before the method.

    Notes
    -----
    Formula of 总站生字〔2001〕090号 as public sources agree on it; how well each number is known stands in ``trophic.toml``.

    Examples
    --------
    >>> lake = {"chla": 10.0, "tp_lake": 0.05, "tn": 1.0, "sd": 1.0, "codmn": 4.0}
    >>> result = trophic_index(lake, date=datetime.date(2024, 7, 1))
    >>> round(result.value, 2), result.trophic_class
    (48.02, '中营养')
    """
    TROPHIC_EDITION.require(date)
    unknown = [key for key in values if key not in TROPHIC_INPUTS]
    if unknown:
        raise InputError(f"综合营养状态指数没有输入“{unknown[0]}”", expected="、".join(TROPHIC_INPUTS), fix="去掉它")
    names = {key: SURFACE_ITEMS.require(key, water="lake").name for key in TROPHIC_INPUTS}
    absent = tuple(key for key in TROPHIC_INPUTS if key not in values)
    if absent and (missing == "refuse" or len(absent) == len(TROPHIC_INPUTS)):
        raise InputError(
            f"综合营养状态指数缺少{'、'.join(names[k] for k in absent)}",
            expected="、".join(names.values()),
            fix="补齐；或用 missing='renormalise' 按其余权重归一（结果中注明，不是规定的方法）",
        )
    parts: dict[str, float] = {}
    squares: dict[str, Decimal] = {}
    for row in _TABLES["indicator"]:
        key = row["id"]
        if key not in values:
            continue
        value = float(values[key])
        if not (value > 0 and math.isfinite(value)):
            raise InputError(f"{names[key]} {values[key]} 不能取对数", expected="大于零的数", fix="未检出不能按零计")
        parts[key] = 10 * (float(row["a"]) + float(row["b"]) * math.log(value))
        squares[key] = Decimal(row["r2"])
    total = sum(squares.values(), Decimal(0))
    weights = {key: float(square / total) for key, square in squares.items()}
    index = math.fsum(weights[key] * part for key, part in parts.items())
    note = f"缺{'、'.join(names[k] for k in absent)}，其余权重归一，不是规定的方法" if absent else ""
    return TrophicIndex(index, trophic_class(index), parts, weights, absent, note, TROPHIC_EDITION.code)


def trophic_class(index: float) -> str:
    """The class of an index.

    Raises
    ------
    InputError
        NaN.

    Examples
    --------
    >>> [trophic_class(i) for i in (29.99, 30, 50, 50.01, 60, 70, 70.01)]
    ['贫营养', '中营养', '中营养', '轻度富营养', '轻度富营养', '中度富营养', '重度富营养']
    """
    if math.isnan(index):
        raise InputError("指数不是一个数", fix="先补齐输入")
    for step in _TABLES["class"]:
        if index < step.get("below", -math.inf) or index <= step.get("up_to", -math.inf):
            return str(step["name"])
    return str(_TABLES["class"][-1]["name"])
