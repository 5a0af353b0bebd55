"""Fire points and the layers of a workspace -> county, reserve zone by date, distances to town and reserve, heat source."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from changji_geo.catalog import Layer, load_layer
from changji_geo.errors import LayerError
from changji_geo.monitoring.fires.reading import FireTable
from changji_geo.resources import Workspace, find_workspace
from changji_geo.spatial.nearest import join_nearest
from changji_geo.spatial.points import zone_of_points
from changji_geo.standards.reserves import ZoneScheme, zone_scheme
from changji_geo.types import ACCURACY_ZH, SCHEMATIC_NOTICE

ZONE_COLUMNS = {"three_zones": "zone_old", "two_zones": "zone_new"}
"""Zone scheme -> column of the layer of reserves."""

DISTANCE_MARGIN_DEG = 1.0
"""Distances are worked out for points in the box of the prefecture, wider by this on each side; missing elsewhere."""

OUTSIDE = "州外"
INSIDE = "州内"

LOCATED_COLUMNS = (
    "place", "in_prefecture", "county", "adcode", "town", "nearest_town", "town_distance_m",
    "reserve", "zone", "zone_scheme", "regulation", "nearest_reserve", "reserve_distance_m", "reserve_notice",
    "heat_source", "heat_action", "heat_reason",
)  # fmt: skip
"""Columns that `locate_fires` adds."""


@dataclass(frozen=True)
class LocatedFires:
    """Fire points with their places. ``notes`` are what a reader must know of the layers; ``layers`` name those used."""

    frame: gpd.GeoDataFrame
    notes: tuple[str, ...]
    layers: tuple[str, ...]


def locate_fires(
    fires: FireTable | gpd.GeoDataFrame,
    *,
    workspace: Workspace | None = None,
    towns: str = "towns",
    heat_sources: str = "heat_sources",
) -> LocatedFires:
    """Say where each fire point lies.

    Parameters
    ----------
    fires : FireTable or GeoDataFrame
        As `changji_geo.monitoring.fires.reading.read_fires` gives them; not altered.
    workspace : Workspace, optional
        The one in force by default. Layers ``counties``, ``reserves`` and ``bingtuan`` are used by these names.
    towns, heat_sources : str
        Ids of two more layers. A workspace without them gives empty columns and a note. Towns may be points (then only the
        nearest is known) or areas. Heat sources are areas; columns ``action`` (剔除 or 提示; without it all are 剔除) and
        ``reason`` (else the name).

    Returns
    -------
    LocatedFires
        All rows in their order, with `LOCATED_COLUMNS`: ``place`` (州内, the name of a 兵团 city, or 州外), ``county`` and
        ``adcode`` ("" outside the prefecture), ``reserve`` and ``zone`` ("" outside all) by the scheme in force on the
        row's day in Beijing, which ``zone_scheme`` and ``regulation`` name, ``town`` (only from areas), names and geodesic distances in metres of the
        nearest town and reserve (0 inside; missing farther than `DISTANCE_MARGIN_DEG` from the prefecture), and
        ``heat_source``, ``heat_action``, ``heat_reason``.

    Raises
    ------
    LayerError
        A layer is missing that must be there, or one is of another kind of geometry.

    Notes
    -----
    A point on a shared border belongs to the feature that comes first in the layer; in overlapping heat sources one that
    masks goes before one that only hints. What is placed is the centre of a pixel of 375 m or 1 km, not the fire itself.
    """
    frame = fires.frame if isinstance(fires, FireTable) else fires
    space = workspace or find_workspace()
    counties, reserves = load_layer("counties", space), load_layer("reserves", space)
    out = frame.copy()
    notes: list[str] = []
    used = [counties, reserves]
    out["place"], out["in_prefecture"], out["county"], out["adcode"] = _counties(out, counties)
    bingtuan = _if_there("bingtuan", space)
    if bingtuan is not None:
        used.append(bingtuan)
        _require_area(bingtuan)
        name = _names(bingtuan.frame["name"], zone_of_points(out, bingtuan.frame))
        out["place"] = np.where(~out["in_prefecture"] & (name != ""), name, out["place"])
    notes += _swapped(out, counties)
    near = _near(out, counties)
    notes += _towns(out, _if_there(towns, space), near, towns, used)
    notes += _reserves(out, reserves, near)
    notes += _heat(out, _if_there(heat_sources, space), heat_sources, used)
    geometry = out.geometry.name
    ordered = [*[c for c in out.columns if c != geometry], geometry]
    words = tuple(f"{x.meta.title}（{x.meta.id} {x.meta.version}，{ACCURACY_ZH[x.meta.accuracy]}）" for x in used)
    return LocatedFires(out[ordered], tuple(notes), words)


def _if_there(layer_id: str, space: Workspace) -> Layer | None:
    return load_layer(layer_id, space) if layer_id in space.layer_ids else None


def _require_area(layer: Layer) -> None:
    if layer.meta.geometry != "area":
        raise LayerError(
            f"图层“{layer.meta.id}”是{'点' if layer.meta.geometry == 'point' else '线'}图层",
            where=str(layer.meta.folder),
            expected="面图层",
            fix="点的位置先画成面（如按半径画圆），再导入",
        )


def _names(column: pd.Series, rows: NDArray[np.int64]) -> NDArray[np.object_]:
    """Texts of a column at row positions, "" at -1 and for missing ones."""
    found = np.full(len(rows), "", dtype=object)
    inside = rows >= 0
    texts = column.astype(object).to_numpy()[rows[inside]]
    found[inside] = ["" if pd.isna(t) else str(t) for t in texts]
    return found


def _counties(frame: gpd.GeoDataFrame, counties: Layer) -> tuple[Any, Any, Any, Any]:
    _require_area(counties)
    row = zone_of_points(frame, counties.frame)
    inside = row >= 0
    place = np.where(inside, INSIDE, OUTSIDE).astype(object)
    return place, inside, _names(counties.frame["name"], row), _names(counties.frame["id"], row)


def _swapped(frame: gpd.GeoDataFrame, counties: Layer) -> list[str]:
    """Points outside that are inside with longitude and latitude exchanged: a file whose two columns changed places."""
    outside = frame.geometry[~frame["in_prefecture"]]
    turned = gpd.GeoDataFrame(geometry=gpd.points_from_xy(outside.y, outside.x), crs=frame.crs)
    count = int((zone_of_points(turned, counties.frame) >= 0).sum())
    return [f"有 {count} 个州外的探测点，经度和纬度对调后在州内，可能写反了，请核对原文件"] if count else []


def _near(frame: gpd.GeoDataFrame, counties: Layer) -> NDArray[np.bool_]:
    west, south, east, north = counties.frame.total_bounds
    margin = DISTANCE_MARGIN_DEG
    points = frame.geometry
    inside = points.x.between(west - margin, east + margin) & points.y.between(south - margin, north + margin)
    return np.asarray(inside, dtype=bool)


def _nearest(
    frame: gpd.GeoDataFrame, near: NDArray[np.bool_], other: gpd.GeoDataFrame, names: pd.Series
) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
    """Names and distances of the nearest features; "" and NaN where none is looked for."""
    name, metres = np.full(len(frame), "", dtype=object), np.full(len(frame), np.nan)
    if near.any():
        candidates = gpd.GeoDataFrame({"_name": names.astype(object).to_numpy()}, geometry=other.geometry.array)
        found = join_nearest(frame.loc[near, [frame.geometry.name]], candidates)
        name[near], metres[near] = found["_name"].to_numpy(dtype=object), found["distance_m"].to_numpy()
    return name, metres


def _towns(
    frame: gpd.GeoDataFrame, towns: Layer | None, near: NDArray[np.bool_], layer_id: str, used: list[Layer]
) -> list[str]:
    frame["town"], frame["nearest_town"], frame["town_distance_m"] = "", "", np.nan
    if towns is None:
        return [f"工作区没有乡镇图层“{layer_id}”，乡镇和到最近乡镇的距离留空"]
    if towns.meta.geometry == "line":
        _require_area(towns)
    used.append(towns)
    names = towns.frame["name"]
    frame["nearest_town"], frame["town_distance_m"] = _nearest(frame, near, towns.frame, names)
    if towns.meta.geometry == "point":
        return ["乡镇图层是点，只能给出最近的乡镇，不能判断所在乡镇"]
    frame["town"] = _names(names, zone_of_points(frame, towns.frame))
    return []


def _reserves(frame: gpd.GeoDataFrame, reserves: Layer, near: NDArray[np.bool_]) -> list[str]:
    _require_area(reserves)
    table = reserves.frame
    names = table["reserve"] if "reserve" in table else table["name"]
    row = zone_of_points(frame, table)
    frame["reserve"] = _names(names, row)
    schemes = _schemes(frame["date"])
    zone = np.full(len(frame), "", dtype=object)
    for scheme_id, column in ZONE_COLUMNS.items():
        mine = np.array([s.id == scheme_id for s in schemes], dtype=bool)
        if column in table:
            zone[mine] = _names(table[column], row)[mine]
    frame["zone"] = zone
    frame["zone_scheme"] = [s.title for s in schemes]
    frame["regulation"] = [s.regulation for s in schemes]
    frame["nearest_reserve"], frame["reserve_distance_m"] = _nearest(frame, near, table, names)
    schematic = reserves.meta.accuracy == "schematic"
    frame["reserve_notice"] = SCHEMATIC_NOTICE if schematic else ""
    notes = [f"保护区、功能区及距离：{SCHEMATIC_NOTICE}"] if schematic else []
    unknown = int(((frame["reserve"] != "") & (frame["zone"] == "")).sum())
    if unknown:
        notes.append(f"有 {unknown} 个火点在保护区内，图层没有给出当日适用的分区，功能区留空，不自动换算")
    return notes


def _schemes(days: pd.Series) -> list[ZoneScheme]:
    known: dict[datetime.date, ZoneScheme] = {day: zone_scheme(day) for day in set(days)}
    return [known[day] for day in days]


def _heat(frame: gpd.GeoDataFrame, layer: Layer | None, layer_id: str, used: list[Layer]) -> list[str]:
    frame["heat_source"] = frame["heat_action"] = frame["heat_reason"] = ""
    if layer is None:
        return [f"工作区没有固定热源图层“{layer_id}”，没有剔除固定热源"]
    _require_area(layer)
    used.append(layer)
    table = layer.frame
    if "action" not in table:
        table = table.assign(action="剔除")
    odd = sorted(set(table["action"].astype(str)) - {"剔除", "提示"})
    if odd:
        raise LayerError(
            f"列“action”的取值“{odd[0][:40]}”不认识",
            where=f"图层“{layer_id}”",
            expected="剔除、提示",
            fix="改正取值",
        )
    table = table.sort_values("action", key=lambda c: c.map({"剔除": 0, "提示": 1}), kind="stable", ignore_index=True)
    row = zone_of_points(frame, table)
    frame["heat_source"], frame["heat_action"] = _names(table["name"], row), _names(table["action"], row)
    why = _names(table["reason"], row) if "reason" in table else frame["heat_source"].to_numpy(dtype=object)
    trust = ACCURACY_ZH[layer.meta.accuracy]
    frame["heat_reason"] = [
        f"在固定热源“{name}”内：{reason}（图层精度：{trust}）" if name else ""
        for name, reason in zip(frame["heat_source"], why, strict=True)
    ]
    return [] if layer.meta.accuracy == "surveyed" else [f"固定热源图层的精度是“{trust}”，剔除和提示都待核实"]
