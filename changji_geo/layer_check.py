"""A layer on disk -> findings: what is wrong with its file, its columns and its geometry, feature by feature."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from changji_geo.catalog import Layer, layer_file, load_layer
from changji_geo.ellipsoid import area_m2
from changji_geo.errors import ChangjiGeoError
from changji_geo.layer_description import Column, LayerMeta
from changji_geo.resources import Workspace, find_workspace
from changji_geo.types import looks_swapped

if TYPE_CHECKING:
    import pandas as pd

Rule = Literal["load", "hash", "schema", "crs", "geometry", "empty", "count", "bbox", "coverage", "outside", "accuracy"]

BBOX_TOLERANCE_DEG = 1e-5
"""How far a layer's extent may differ from the one in its ``layer.toml``: about one metre."""

GAP_WIDTH_DEG = 1e-4
"""Narrowest gap between tiling features that counts as meant: about ten metres."""

INSIDE = "州内"
"""Value of a column ``scope`` that says a point lies in the prefecture."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    ``level`` "error": the layer must not be used as it is. "warning": a person should look. ``feature_id`` is "" when
    the finding is about the whole layer; two ids are joined by "、". ``message`` is Chinese and stands alone.
    """

    level: Literal["error", "warning"]
    layer: str
    feature_id: str
    rule: Rule
    message: str


def check_layers(workspace: Workspace | None = None) -> tuple[Finding, ...]:
    """Check every layer of the workspace; see `check_layer`."""
    space = workspace or find_workspace()
    return tuple(f for layer_id in space.layer_ids for f in check_layer(layer_id, space))


def check_layer(layer_id: str, workspace: Workspace | None = None) -> tuple[Finding, ...]:
    """Check one layer.

    Parameters
    ----------
    layer_id : str
        Must exist; everything else that is wrong becomes a finding.
    workspace : Workspace, optional
        The one in force by default.

    Returns
    -------
    tuple of Finding
        Errors first, then in the order of the rules: hash, schema, CRS, geometry, empty geometry, feature count, extent,
        coverage, points outside the prefecture, accuracy. A layer that cannot be loaded has one "load" finding.

    Raises
    ------
    LayerError
        When the workspace has no such layer.
    """
    space = workspace or find_workspace()
    space.layer_dir(layer_id)
    try:
        layer = load_layer(layer_id, space)
    except ChangjiGeoError as cause:
        return (Finding("error", layer_id, "", "load", str(cause)),)
    found = [
        *_check_hash(layer.meta),
        *_check_schema(layer),
        *_check_crs(layer),
        *_check_geometry(layer),
        *_check_count_and_bbox(layer),
        *_check_coverage(layer),
        *_check_outside(layer, space),
        *_check_accuracy(layer),
    ]
    return tuple(sorted(found, key=lambda f: f.level != "error"))


def _check_hash(meta: LayerMeta) -> Iterator[Finding]:
    path = layer_file(meta)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if meta.sha256 is None:
        yield Finding("warning", meta.id, "", "hash", "layer.toml 没有 sha256，无法判断数据文件是否被改动")
    elif digest != meta.sha256.lower():
        yield Finding(
            "error", meta.id, "", "hash",
            f"{path.name} 与 layer.toml 登记的不一致：登记 {meta.sha256[:12]}…，实际 {digest[:12]}…；"
            "若是有意修改，请更新 sha256、version 和 retrieved",
        )  # fmt: skip


def _check_schema(layer: Layer) -> Iterator[Finding]:
    meta, frame = layer.meta, layer.frame
    for column in meta.columns:
        for feature_id, value in zip(frame["id"], frame[column.name], strict=True):
            problem = _value_problem(column, value)
            if problem:
                yield Finding("error", meta.id, feature_id, "schema", f"要素“{feature_id}”的列“{column.name}”{problem}")
    declared = {c.name for c in meta.columns} | {"geometry"}
    for name in frame.columns:
        if name not in declared:
            yield Finding("warning", meta.id, "", "schema", f"列“{name}”没有在 layer.toml 中声明")


def _value_problem(column: Column, value: object) -> str:
    """What is wrong with a value, or "". An empty value is always right: only id and name are required."""
    if _is_missing(value) or value == "":
        return ""
    kinds: dict[str, tuple[type, ...]] = {
        "text": (str,),
        "integer": (int, np.integer),
        "number": (int, float, np.integer, np.floating),
        "boolean": (bool, np.bool_),
        "date": (str, datetime.date),
    }
    fits = isinstance(value, kinds[column.type]) and (
        column.type == "boolean" or not isinstance(value, bool | np.bool_)
    )
    # A column with gaps holds whole numbers as floats.
    if column.type == "integer" and isinstance(value, float) and value.is_integer():
        fits = True
    if column.type == "date" and isinstance(value, str):
        try:
            datetime.date.fromisoformat(value)
        except ValueError:
            fits = False
    if not fits:
        names = {
            "text": "文字",
            "integer": "整数",
            "number": "数字",
            "boolean": "是非值",
            "date": "日期，如 2026-03-15",
        }
        return f"取值“{value}”的类型不对，应为{names[column.type]}"
    if column.allowed and value not in column.allowed:
        return f"取值“{value}”不在允许的取值中：{'、'.join(str(a) for a in column.allowed)}"
    return ""


def _is_missing(value: object) -> bool:
    return value is None or value != value  # NaN is the only value unequal to itself


def _check_crs(layer: Layer) -> Iterator[Finding]:
    west, south, east, north = layer.frame.total_bounds
    if not (np.isnan(west) or (-180 <= west <= east <= 180 and -90 <= south <= north <= 90)):
        yield Finding(
            "error", layer.meta.id, "", "crs",
            f"坐标超出经纬度范围（{west:.3f}, {south:.3f}, {east:.3f}, {north:.3f}），layer.toml 的 crs = {layer.meta.crs} 可能写错",
        )  # fmt: skip
        return
    for feature_id, box in zip(layer.frame["id"], layer.frame.bounds.to_numpy(), strict=True):
        if looks_swapped(*box):
            yield Finding(
                "error", layer.meta.id, feature_id, "crs", f"要素“{feature_id}”的坐标像是把纬度写在了经度前面"
            )


def _check_geometry(layer: Layer) -> Iterator[Finding]:
    meta, shapes = layer.meta, _shapes(layer)
    blank = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    valid = shapely.is_valid(shapes)
    for feature_id, shape, is_blank, is_valid in zip(layer.frame["id"], shapes, blank, valid, strict=True):
        if is_blank:
            yield Finding("error", meta.id, feature_id, "empty", f"要素“{feature_id}”没有几何")
        elif not is_valid:
            reason = shapely.is_valid_reason(shape)
            yield Finding(
                "error", meta.id, feature_id, "geometry", f"要素“{feature_id}”的几何无效：{_reason_zh(reason)}"
            )


def _reason_zh(reason: str) -> str:
    """GEOS' English reason in Chinese, the place kept."""
    words = {
        "Ring Self-intersection": "环自相交",
        "Self-intersection": "自相交",
        "Hole lies outside shell": "洞在外环之外",
        "Holes are nested": "洞套洞",
        "Nested shells": "面套面",
        "Duplicate Rings": "环重复",
        "Interior is disconnected": "内部不连通",
        "Too few points in geometry component": "点数太少",
        "Invalid Coordinate": "坐标不是有效数字",
    }
    for english, chinese in words.items():
        if reason.startswith(english):
            return chinese + reason[len(english) :].replace("[", "（位置 ").replace("]", "）")
    return reason


def _check_count_and_bbox(layer: Layer) -> Iterator[Finding]:
    meta, frame = layer.meta, layer.frame
    if meta.feature_count is not None and meta.feature_count != len(frame):
        yield Finding(
            "error", meta.id, "", "count", f"layer.toml 登记 {meta.feature_count} 个要素，文件里有 {len(frame)} 个"
        )
    bounds = frame.total_bounds
    # An extent is checked to the metre; a point outside it is more useful than four numbers.
    if meta.bbox is not None and not np.allclose(bounds, meta.bbox, rtol=0, atol=BBOX_TOLERANCE_DEG):
        shown = ", ".join(f"{v:.6f}" for v in bounds)
        yield Finding("error", meta.id, "", "bbox", f"范围与 layer.toml 登记的 bbox 不一致，实际为 [{shown}]")


def _check_coverage(layer: Layer) -> Iterator[Finding]:
    """Features that must tile: overlaps, mismatched edges, and gaps between them."""
    meta, frame = layer.meta, layer.frame
    if not meta.coverage:
        return
    shapes = _shapes(layer)
    groups = np.zeros(len(frame)) if meta.coverage == "all" else frame[meta.coverage].astype(str).to_numpy()
    usable = ~shapely.is_missing(shapes) & shapely.is_valid(shapes)
    for group in dict.fromkeys(groups):
        chosen = (groups == group) & usable
        yield from _check_tiling(meta.id, frame["id"][chosen].to_numpy(), shapes[chosen])


def _check_tiling(layer_id: str, ids: NDArray[Any], shapes: NDArray[np.object_]) -> Iterator[Finding]:
    if shapely.coverage_is_valid(shapes, gap_width=GAP_WIDTH_DEG):
        yield from _check_gaps(layer_id, ids, shapely.coverage_union_all(shapes), shapes)
        return
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = [(a, b) for a, b in zip(left, right, strict=True) if a < b]
    told = False
    for a, b in pairs:
        overlap = float(area_m2(_areal(shapely.intersection(shapes[a], shapes[b])))[0])
        if overlap > 0:
            told = True
            yield Finding(
                "error", layer_id, f"{ids[a]}、{ids[b]}", "coverage",
                f"要素“{ids[a]}”和“{ids[b]}”重叠，重叠 {_area_text(overlap)}",
            )  # fmt: skip
    yield from _check_gaps(layer_id, ids, shapely.union_all(shapes), shapes)
    if not told:
        edges = shapely.coverage_invalid_edges(shapes, gap_width=GAP_WIDTH_DEG)
        bad = "、".join(str(i) for i, e in zip(ids, edges, strict=True) if not shapely.is_empty(e))
        yield Finding("error", layer_id, bad, "coverage", f"要素“{bad}”的公共边不一致：有窄缝，或顶点没有一一对应")


def _check_gaps(
    layer_id: str, ids: NDArray[Any], union: shapely.Geometry, shapes: NDArray[np.object_]
) -> Iterator[Finding]:
    """Holes of the union that are no feature's own hole: nothing lies there though features are all round."""
    parts = shapely.get_parts(union)
    holes = [shapely.polygons(r) for p in parts for r in shapely.get_rings(p)[1:]]
    own = {
        shapely.normalize(shapely.polygons(r)).wkb for s in shapely.get_parts(shapes) for r in shapely.get_rings(s)[1:]
    }
    for hole in holes:
        if shapely.normalize(hole).wkb in own:
            continue
        around = "、".join(str(i) for i, s in zip(ids, shapes, strict=True) if shapely.intersects(s, hole))
        size = _area_text(float(area_m2(hole)[0]))
        yield Finding("error", layer_id, around, "coverage", f"要素“{around}”之间有缝隙，面积 {size}")


def _check_outside(layer: Layer, workspace: Workspace) -> Iterator[Finding]:
    """Points said to lie in the prefecture that do not."""
    meta, frame = layer.meta, layer.frame
    if meta.geometry != "point" or "scope" not in frame or "prefecture" not in workspace.layer_ids:
        return
    area = shapely.union_all(load_layer("prefecture", workspace).frame.geometry.array)
    for row_id, name, scope, shape in zip(frame["id"], frame["name"], frame["scope"], frame.geometry, strict=True):
        if scope == INSIDE and shape is not None and not shapely.intersects(area, shape):
            yield Finding("warning", meta.id, row_id, "outside", f"“{name}”（{row_id}）标为{INSIDE}，位置却在州域之外")


def _check_accuracy(layer: Layer) -> Iterator[Finding]:
    """A layer must not claim to be better than its worst feature."""
    meta, frame = layer.meta, layer.frame
    order = ("surveyed", "published", "approximate", "schematic")
    if "accuracy" not in frame:
        return
    for feature_id, accuracy in zip(frame["id"], frame["accuracy"], strict=True):
        if accuracy in order and order.index(accuracy) > order.index(meta.accuracy):
            yield Finding(
                "error", meta.id, feature_id, "accuracy",
                f"要素“{feature_id}”的精度 {accuracy} 低于图层登记的 {meta.accuracy}，图层应按最差的要素登记",
            )  # fmt: skip


def _shapes(layer: Layer) -> NDArray[np.object_]:
    series: pd.Series[Any] = layer.frame.geometry
    return np.asarray(series.array, dtype=object)


def _areal(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts)


def _area_text(square_metres: float) -> str:
    return f"{square_metres / 1e6:.3f} 平方千米" if square_metres >= 1e5 else f"{square_metres:.1f} 平方米"
