"""Located fire points -> which of them a bulletin counts, and for each of the others every reason why not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import pandas as pd

from changji_geo.errors import InputError
from changji_geo.monitoring.fires.locating import LOCATED_COLUMNS, LocatedFires
from changji_geo.monitoring.fires.sensors import (
    FIRE_TYPES,
    MODIS_LOW_BELOW,
    MODIS_LOW_SOURCE,
    MODIS_LOW_VERIFIED,
    is_low_letter,
    is_low_percent,
)

REASON_CODES = ("outside", "type", "low_confidence", "no_confidence", "heat")
"""Why a point does not count: outside the prefecture, of type 1 to 3, of low or no confidence, in a masking heat source."""


def screen_fires(
    fires: LocatedFires | gpd.GeoDataFrame, *, modis_low_below: int | None = MODIS_LOW_BELOW
) -> gpd.GeoDataFrame:
    """Decide for each fire point whether it counts.

    Parameters
    ----------
    fires : LocatedFires or GeoDataFrame
        As `changji_geo.monitoring.fires.locating.locate_fires` gives them; not altered.
    modis_low_below : int, optional
        MODIS detections below this percentage are of low confidence; None labels none of them.

    Returns
    -------
    GeoDataFrame
        All rows, with ``low_confidence`` (boolean, missing where a file states no confidence), ``counted`` (bool),
        ``reason_codes`` (of `REASON_CODES`, joined by blanks, "" for a counted one), ``reasons`` (the same in Chinese, joined by ；) and ``hints`` (what a reader should check although the
        point counts). Not counted are points outside the prefecture, of type 1, 2 or 3, of low or unknown confidence, and
        inside a heat source that masks; inside a reserve such a source only hints, since its area is approximate.

    Raises
    ------
    InputError
        The points are not located yet, or the percentage is none.

    Examples
    --------
    >>> frame = gpd.GeoDataFrame({**{c: [""] for c in LOCATED_COLUMNS}, "in_prefecture": [True], "type": [2],
    ...     "confidence_scale": ["percent"], "confidence_percent": [29], "confidence_letter": [""]}, geometry=[None])
    >>> screen_fires(frame)["reasons"][0]
    '标准产品类型 2：其他陆地固定热源；低置信度：MODIS 29%（低于 30%；MODIS 火点产品用户指南的分级，凭记忆，未核对原文）'
    """
    frame = fires.frame if isinstance(fires, LocatedFires) else fires
    missing = [c for c in LOCATED_COLUMNS if c not in frame]
    if missing:
        raise InputError(f"火点还没有定位：缺少列 {missing[0]}", fix="先用 locate_fires 定位")
    if modis_low_below is not None and not 0 <= modis_low_below <= 100:
        raise InputError(f"界限 {modis_low_below} 不能用", expected="0 到 100 的百分数，或不给", fix="改正界限")
    low: list[bool | None] = []
    reasons: list[dict[str, str]] = []
    hints: list[str] = []
    for row in frame.to_dict("records"):
        is_low, unsure = _confidence(row, modis_low_below)
        masked = row["heat_action"] == "剔除" and not row["reserve"]
        low.append(is_low)
        reasons.append(dict(_place_and_type(row)) | unsure | ({"heat": row["heat_reason"]} if masked else {}))
        hints.append(row["heat_reason"] if row["heat_source"] and not masked else "")
    out = frame.copy()
    out["low_confidence"] = pd.Series(low, index=frame.index, dtype="boolean")
    out["counted"] = pd.Series([not r for r in reasons], index=frame.index, dtype=bool)
    out["reason_codes"] = [" ".join(found) for found in reasons]
    out["reasons"], out["hints"] = ["；".join(found.values()) for found in reasons], hints
    geometry = out.geometry.name
    return out[[*[c for c in out.columns if c != geometry], geometry]]


def _place_and_type(row: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    """Codes and words."""
    if not row["in_prefecture"]:
        yield "outside", f"不在昌吉州内（{row['place']}）"
    if not pd.isna(row["type"]) and not FIRE_TYPES[int(row["type"])].fire:
        yield "type", f"标准产品类型 {int(row['type'])}：{FIRE_TYPES[int(row['type'])].title}"


def _confidence(row: dict[Any, Any], low_below: int | None) -> tuple[bool | None, dict[str, str]]:
    """Whether it is low, each sensor by its own scale, and code and words where that keeps a point from counting."""
    if row["confidence_scale"] == "letter":
        letter = row["confidence_letter"]
        if not letter:
            return None, {"no_confidence": "没有置信度"}
        is_low = is_low_letter(letter)
        return is_low, {"low_confidence": f"低置信度：VIIRS {letter}"} if is_low else {}
    if pd.isna(row["confidence_percent"]):
        return None, {"no_confidence": "没有置信度"}
    if low_below is None:
        return None, {}
    percent = int(row["confidence_percent"])
    if not is_low_percent(percent, low_below=low_below):
        return False, {}
    own = low_below == MODIS_LOW_BELOW and not MODIS_LOW_VERIFIED
    source = f"；{MODIS_LOW_SOURCE}" if own else ""
    return True, {"low_confidence": f"低置信度：MODIS {percent}%（低于 {low_below}%{source}）"}
