"""Bulletins -> a layer for maps, one point a fire with its standing, and the description of the map that draws it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from changji_geo.catalog import Layer
from changji_geo.crs import CGCS2000
from changji_geo.errors import InputError
from changji_geo.layer_description import Column, LayerMeta
from changji_geo.monitoring.fires.bulletin import SUSPECTED, Bulletin
from changji_geo.resources import Workspace
from changji_geo.sample_words import SAMPLE_DATA, SAMPLE_TITLE
from changji_geo.spec import MapSpec, load_map_spec

LAYER_ID = "fires"
"""Id of the layer, and of the map that draws it."""

HEAT, LOW = "固定热源", "低置信度"
STATUSES = (SUSPECTED, HEAT, LOW)
SOURCE = "FIRMS 卫星火点"
_HEAT_CODES = {"heat", "type"}

COLUMNS: tuple[Column, ...] = (
    Column("id", "text", "火点编号", meaning="按日期和最早的探测点编号"),
    Column("name", "text", "名称", meaning="日报序号（不计入的没有）和县市"),
    Column(
        "status", "text", "性质", meaning="疑似火点计入通报；固定热源、低置信度（含没有置信度）不计入", allowed=STATUSES
    ),
    Column("number", "text", "日报序号", meaning="当日通报中的序号；不计入的为空"),
    Column("date", "date", "日期", meaning="卫星过境日期，北京时间"),
    Column("county", "text", "县（市、区）", meaning="所在县市"),
    Column("town", "text", "最近乡镇", meaning="没有乡镇图层时为空"),
    Column("times", "text", "过境时间", meaning="北京时间"),
    Column("satellites", "text", "卫星", meaning="看到它的卫星"),
    Column("detections", "integer", "探测点数", "个", "并成这一处的探测点"),
    Column("confidences", "text", "置信度", meaning="各传感器用自己的标度"),
    Column("frp_max_mw", "number", "最大辐射功率", "MW", "火辐射功率"),
    Column("reserve", "text", "自然保护区", meaning="落在其中的自然保护区"),
    Column("zone", "text", "功能区", meaning="按当日适用的分区"),
    Column("reserve_km", "number", "距最近自然保护区", "千米", "大地线距离，在区内为 0"),
    Column("reasons", "text", "未计入原因", meaning="计入的为空"),
    Column("hints", "text", "核查提示", meaning="计入、但要先核对的事"),
    Column("note", "text", "备注", meaning="原文件的备注"),
    Column("accuracy", "text", "精度", meaning="approximate：像元中心，不是火场边界"),
    Column("source", "text", "数据来源", meaning="从哪里来"),
)


def fire_standing(reason_codes: str) -> str:
    """What a fire is on the map: one of `STATUSES`; a fixed source goes before low confidence.

    Parameters
    ----------
    reason_codes : str
        Why it does not count, as `changji_geo.monitoring.fires.screening.screen_fires` codes it.

    Examples
    --------
    >>> fire_standing(""), fire_standing("low_confidence heat"), fire_standing("no_confidence")
    ('疑似火点', '固定热源', '低置信度')
    """
    codes = set(reason_codes.split())
    return SUSPECTED if not codes else HEAT if codes & _HEAT_CODES else LOW


def fire_layer(bulletins: Sequence[Bulletin], *, title: str = "卫星火点") -> Layer:
    """The layer that ``maps/fires.toml`` draws: ``build_scene(spec, layers={"fires": fire_layer([bulletin])})``.

    Parameters
    ----------
    bulletins : sequence of Bulletin
        Of one day or several, each day once.
    title : str
        Name of the layer in the legend.

    Returns
    -------
    Layer
        One point a fire (EPSG:4490, the centre of its main pixel), with `COLUMNS`, in the order of the bulletins. Where a
        row is made up, ``meta.sample`` is set, and source and attribution say 示例数据.

    Raises
    ------
    InputError
        No bulletin, or not one fire in them.
    """
    rows = [row for bulletin in bulletins for row in _rows(bulletin)]
    if not rows:
        raise InputError("没有火点，画不出火点图层", fix="检查文件和日期；没有火点的日子不画这一图层")
    made_up = _made_up(bulletins)
    source = f"{SAMPLE_DATA}，随机生成，不是{SOURCE}" if made_up else SOURCE
    for row in rows:
        row["source"] = source
    points = gpd.points_from_xy([r.pop("lon") for r in rows], [r.pop("lat") for r in rows])
    frame = gpd.GeoDataFrame(rows, columns=[c.name for c in COLUMNS], geometry=points, crs=CGCS2000)
    meta = LayerMeta(
        id=LAYER_ID,
        title=f"{title}{SAMPLE_TITLE}" if made_up else title,
        geometry="point",
        crs=CGCS2000,
        source=source,
        licence=f"{SAMPLE_DATA}，可任意使用" if made_up else "NASA FIRMS，注明来源",
        attribution=source,
        retrieved=max(b.date for b in bulletins),
        accuracy="approximate",
        columns=COLUMNS,
        folder=Path(),
        feature_count=len(frame),
        sample=made_up,
        note="卫星热异常线索，经现场核实前称疑似火点；位置是像元中心，不是火场边界；固定热源按近似的图层判断",
    )
    return Layer(meta, frame)


def fire_map_spec(
    bulletins: Sequence[Bulletin], *, extent: str = "counties", area: str = "", workspace: Workspace | None = None
) -> MapSpec:
    """The description of ``maps/fires.toml`` for a file's own fires: what it says of the sample is replaced.

    Parameters
    ----------
    bulletins : sequence of Bulletin
        As `fire_layer`.
    extent : str
        What the map shows: ``counties``, ``counties:652325``, ``regions:wcs_west4``.
    area : str
        The county or region that the bulletins are limited to, which the map says; "" for none.
    workspace : Workspace, optional
        Where the map is looked up; the one in force by default.

    Returns
    -------
    MapSpec
        Without fires, the map of counties and reserves alone, and its subtitle says so.

    Raises
    ------
    InputError
        No bulletin.
    """
    if not bulletins:
        raise InputError("没有日报，画不出火点图", fix="给出日期")
    _, spec = load_map_spec(LAYER_ID, workspace)
    fires = [row for bulletin in bulletins for row in _rows(bulletin)]
    made_up = _made_up(bulletins)
    days = _days_text(bulletins)
    counted = sum(row["status"] == SUSPECTED for row in fires)
    said = f"疑似火点 {counted} 处，不计入 {len(fires) - counted} 处" if fires else "州内没有探测到火点，不等于没有火"
    words: dict[str, Any] = {
        "title": f"卫星疑似火点分布{SAMPLE_TITLE if made_up else ''}",
        "subtitle": f"{days}（北京时间），{f'只列{area}：' if area else ''}{said}",
        "description": f"{days}卫星探测到的火点：{said}；按性质分为疑似火点、固定热源、低置信度。",
        "date": max(b.date for b in bulletins),
        "extent": extent,
        "notes": [n for n in spec.notes if made_up or not n.startswith(SAMPLE_DATA)],
    }
    drawn = spec.model_dump() | words
    standings = {row["status"] for row in fires}
    drawn["layers"] = [narrowed for layer in drawn["layers"] if (narrowed := _narrowed(layer, standings)) is not None]
    if not fires:
        drawn["html"]["filters"] = []
    if len(bulletins) > 1:  # numbers begin again each day
        drawn["layers"] = [_unnumbered(layer) for layer in drawn["layers"]]
    return MapSpec.model_validate(drawn)


def _narrowed(layer: dict[str, Any], standings: set[str]) -> dict[str, Any] | None:
    """A layer of the map with the standings that there are; None for one of fires that has none of them."""
    if layer["source"] != LAYER_ID:
        return layer
    wanted = layer["where"].get("status", [*STATUSES])
    there = [s for s in ([wanted] if isinstance(wanted, str) else wanted) if s in standings]
    categories = [c for c in layer["categories"] if c["value"] in standings]
    return layer | {"where": layer["where"] | {"status": there}, "categories": categories} if there else None


def _unnumbered(layer: dict[str, Any]) -> dict[str, Any]:
    return layer | {"label": None, "title": SUSPECTED} if layer["source"] == LAYER_ID and layer["label"] else layer


def _made_up(bulletins: Sequence[Bulletin]) -> bool:
    return any(bulletin.merged.fires["sample"].any() for bulletin in bulletins)


def _rows(bulletin: Bulletin) -> list[dict[str, Any]]:
    numbers = dict(zip(bulletin.table["火点编号"], bulletin.table["序号"], strict=True))
    fires = {fire["fire_id"]: fire for fire in bulletin.merged.fires.to_dict("records")}
    return [_row(fires[key], number) for key, number in numbers.items()]


def _row(fire: dict[Any, Any], number: int | None) -> dict[str, Any]:
    status = fire_standing(fire["reason_codes"])
    distance = fire["reserve_distance_m"]
    return {
        "id": fire["fire_id"],
        "name": f"{number} 号，{fire['county']}" if number else f"{status}，{fire['county']}",
        "status": status,
        "number": str(number) if number else None,
        "date": fire["date"].isoformat(),
        "county": fire["county"],
        "town": fire["nearest_town"] or None,
        "times": fire["times"],
        "satellites": fire["satellites"],
        "detections": int(fire["detections"]),
        "confidences": fire["confidences"],
        "frp_max_mw": None if pd.isna(fire["frp_max_mw"]) else round(float(fire["frp_max_mw"]), 1),
        "reserve": fire["reserve"] or None,
        "zone": fire["zone"] or None,
        "reserve_km": None if pd.isna(distance) else round(float(distance) / 1000, 1),
        "reasons": fire["reasons"] or None,
        "hints": fire["hints"] or None,
        "note": fire.get("notes") or None,
        "accuracy": "approximate",
        "source": SOURCE,
        "lon": float(fire["lon"]),
        "lat": float(fire["lat"]),
    }


def _days_text(bulletins: Sequence[Bulletin]) -> str:
    days = sorted(b.date for b in bulletins)
    first, last = _day_text(days[0]), _day_text(days[-1])
    return first if first == last else f"{first}至 {last}"


def _day_text(day: datetime.date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"
