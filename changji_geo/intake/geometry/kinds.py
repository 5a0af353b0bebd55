"""A frame of mixed geometries -> one frame each of areas, lines and points: a layer holds one kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from changji_geo.geojson import GeometryKind
from changji_geo.intake.findings import IntakeFinding
from changji_geo.layer_description import GEOMETRY_ZH

_KIND_OF_TYPE: dict[int, GeometryKind] = {
    0: "point",
    1: "line",
    2: "line",
    3: "area",
    4: "point",
    5: "line",
    6: "area",
}
_MULTI: dict[GeometryKind, Callable[[Any], shapely.Geometry]] = {
    "point": shapely.MultiPoint,
    "line": shapely.MultiLineString,
    "area": shapely.MultiPolygon,
}
_LINEAR_RING, _POLYGON, _COLLECTION = 2, 3, 7


@dataclass(frozen=True)
class Kinds:
    """What `split_kinds` gives: the frames by kind (only kinds that occur: area, line, point), and what was said."""

    frames: dict[GeometryKind, gpd.GeoDataFrame]
    findings: tuple[IntakeFinding, ...]


def split_kinds(frame: gpd.GeoDataFrame, *, row_word: str = "个要素") -> Kinds:
    """Split features by kind of geometry.

    Parameters
    ----------
    frame : GeoDataFrame
        Any CRS, or none; the index holds the row numbers of the source. Not altered.
    row_word : str
        ``"个要素"`` or ``"行"``: what the index counts.

    Returns
    -------
    Kinds
        Each frame has the columns, CRS and index of the given one, rows in their order. A geometry collection (to any
        depth) is taken apart: its parts of one kind become one geometry, a multi one only when there are several; a row
        with several kinds stands in several frames under the same row number. Areas of a collection that overlap or share an
        edge are united. A lone ring becomes a line; everything else
        stays as it is, so single parts are not promoted. Findings: "no_geometry" (error; a missing or empty geometry is
        in no frame), "collection" (repair), "mixed_kinds" (info, how many of each when there are several kinds).

    Examples
    --------
    >>> shapes = [shapely.Point(87, 44), shapely.box(87, 44, 88, 45)]
    >>> {k: list(f.index) for k, f in split_kinds(gpd.GeoDataFrame(geometry=shapes, index=[1, 2])).frames.items()}
    {'area': [2], 'point': [1]}
    """
    shapes: NDArray[np.object_] = np.array(frame.geometry.array, dtype=object)
    blank = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    findings = [IntakeFinding("error", "no_geometry", "没有几何", int(frame.index[i])) for i in blank.nonzero()[0]]
    types = np.where(blank, -1, shapely.get_type_id(shapes))
    for i in (types == _LINEAR_RING).nonzero()[0]:
        shapes[i] = shapely.LineString(shapes[i])
    taken = {int(i): _take_apart(shapes[i]) for i in (types == _COLLECTION).nonzero()[0]}
    findings += _collection_findings(taken, frame.index)
    frames: dict[GeometryKind, gpd.GeoDataFrame] = {}
    for kind in GEOMETRY_ZH:
        mine = np.isin(types, [t for t, k in _KIND_OF_TYPE.items() if k == kind])
        chosen = shapes.copy()
        for i, (by_kind, _) in taken.items():
            if kind in by_kind:
                mine[i], chosen[i] = True, by_kind[kind]
        if mine.any():
            series = gpd.GeoSeries(chosen[mine], index=frame.index[mine], crs=frame.crs, name=frame.geometry.name)
            frames[kind] = frame[mine].set_geometry(series)
    if len(frames) > 1:
        counts = "、".join(f"{GEOMETRY_ZH[k]} {len(f)} 个" for k, f in frames.items())
        text = f"几何类型混在一起：{counts}，已按类型分开（共 {len(frame)} {row_word}）"
        findings.append(IntakeFinding("info", "mixed_kinds", text))
    return Kinds(frames, tuple(sorted(findings, key=lambda f: -1 if f.row is None else f.row)))


def _take_apart(collection: shapely.Geometry) -> tuple[dict[GeometryKind, shapely.Geometry], str]:
    """One geometry for each kind in a collection, and what was in it in words."""
    parts = shapely.get_parts(collection)
    while (shapely.get_type_id(parts) > _POLYGON).any():
        parts = shapely.get_parts(parts)
    parts = parts[~shapely.is_empty(parts)]
    kinds = [_KIND_OF_TYPE[t] for t in shapely.get_type_id(parts).tolist()]
    out: dict[GeometryKind, shapely.Geometry] = {}
    held = []
    for kind in GEOMETRY_ZH:
        mine = [p for p, k in zip(parts, kinds, strict=True) if k == kind]
        if not mine:
            continue
        whole = mine[0] if len(mine) == 1 else _MULTI[kind](mine)
        # Parts of a collection may overlap or share an edge, those of a multi polygon may not.
        unite = kind == "area" and shapely.is_valid(mine).all() and not shapely.is_valid(whole)
        out[kind] = shapely.orient_polygons(shapely.union_all(mine)) if unite else whole
        held.append(f"{GEOMETRY_ZH[kind]} {len(mine)} 个{'，重叠或共边的已合并' if unite else ''}")
    return out, "、".join(held)


def _collection_findings(
    taken: dict[int, tuple[dict[GeometryKind, shapely.Geometry], str]], index: pd.Index[Any]
) -> Iterator[IntakeFinding]:
    for i, (by_kind, held) in taken.items():
        done = "分到各类图层，行号相同" if len(by_kind) > 1 else "合为一个要素"
        yield IntakeFinding("repair", "collection", f"几何集合已拆开（{held}），{done}", int(index[i]))
