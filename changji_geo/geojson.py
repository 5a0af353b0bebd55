"""A GeoJSON file -> rows, shapes and the CRS it names, without GDAL; every fault names the feature."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from changji_geo.errors import LayerError, system_reason

GeometryKind = Literal["area", "line", "point"]

GEOMETRY_KINDS: dict[str, GeometryKind] = {
    "Polygon": "area",
    "MultiPolygon": "area",
    "LineString": "line",
    "MultiLineString": "line",
    "Point": "point",
    "MultiPoint": "point",
}
"""GeoJSON geometry type -> the kind of layer it may be in."""


@dataclass(frozen=True, slots=True)
class GeoJson:
    """What a file holds: properties and shapes side by side (None: no geometry), and the old-style ``crs`` name or None."""

    rows: list[dict[str, Any]]
    shapes: list[Any]
    crs: str | None


def read_geojson(path: Path) -> GeoJson:
    """Read a feature collection.

    Parameters
    ----------
    path : path
        UTF-8 text, with or without a byte order mark.

    Raises
    ------
    LayerError
        Unreadable file, no JSON, no feature collection, or a malformed feature (named by its number and id).
    """
    from shapely.errors import ShapelyError
    from shapely.geometry import shape

    try:
        text = path.read_bytes().decode("utf-8-sig")
        data = json.loads(text)
    except UnicodeDecodeError as cause:
        raise LayerError(
            f"不是 UTF-8 编码（第 {cause.start + 1} 字节）", where=str(path), fix="另存为 UTF-8"
        ) from cause
    except RecursionError as cause:
        raise LayerError("括号套了太多层，不是 GeoJSON", where=str(path), fix="重新导出或恢复原文件") from cause
    except json.JSONDecodeError as cause:
        raise LayerError(
            f"GeoJSON 已损坏（第 {cause.lineno} 行第 {cause.colno} 列）",
            where=str(path),
            expected="完整的 JSON 文本",
            fix="重新导出或恢复原文件",
        ) from cause
    except OSError as cause:
        raise LayerError(f"无法读取（{system_reason(cause)}）", where=str(path), fix="检查文件权限") from cause
    features = data.get("features") if isinstance(data, dict) else None
    if not isinstance(features, list):
        raise LayerError(
            "不是 GeoJSON 要素集合", where=str(path), expected='"type": "FeatureCollection"', fix="重新导出"
        )
    # JSON can spell half of a character ("\\ud800"), which no text column can hold.
    tidy = _whole_characters if "\\ud" in text.lower() else dict
    found = GeoJson([], [], _crs_name(data))
    for number, feature in enumerate(features, start=1):
        problem = _feature_problem(feature)
        reason: Exception | None = None
        if not problem:
            try:
                found.shapes.append(None if feature["geometry"] is None else shape(feature["geometry"]))
            except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError, ShapelyError) as cause:
                problem = "的几何不能用：" + _geometry_problem(feature["geometry"], str(cause))
                reason = cause
        if problem:
            raise LayerError(
                f"第 {number} 个要素{_named(feature)}{problem}",
                where=str(path),
                expected="要素有 properties 和 geometry，坐标为数字",
                fix="在 GIS 软件中改正后重新导出",
            ) from reason
        found.rows.append(tidy(feature["properties"] or {}))
    return found


def _whole_characters(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v.encode("utf-8", "ignore").decode() if isinstance(v, str) else v for k, v in properties.items()}


def _crs_name(data: Mapping[str, Any]) -> str | None:
    """The CRS of GeoJSON 2008, which GIS programs still write: ``{"type": "name", "properties": {"name": ...}}``."""
    member = data.get("crs")
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return None if name is None else str(name)


def _named(feature: Any) -> str:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    feature_id = properties.get("id") if isinstance(properties, dict) else None
    return "" if feature_id is None else f"（id = {str(feature_id)[:40]}）"


def _feature_problem(feature: Any) -> str:
    """What is wrong with a feature apart from its coordinates, or ""."""
    if not isinstance(feature, dict):
        return "不是要素"
    for key in ("properties", "geometry"):
        if key not in feature:
            return f"缺少 {key}"
        if feature[key] is not None and not isinstance(feature[key], dict):
            return f"的 {key} 写法不对"
    return ""


def _geometry_problem(geometry: Mapping[str, Any], reason: str) -> str:
    """GEOS' and numpy's English reason in Chinese; a rare one stays as it is."""
    if geometry.get("type") not in {*GEOMETRY_KINDS, "GeometryCollection"}:
        return f"不认识的类型“{str(geometry.get('type'))[:40]}”"
    if "coordinates" not in geometry:
        return "没有 coordinates"
    words = {"at least 4": "环少于 4 个点", "at least 2": "线少于 2 个点", "closed": "环没有闭合，或坐标不是数字"}
    words |= {"ordinate": "坐标不是两个或三个数", "inhomogeneous": "坐标的个数前后不一", "float": "坐标不是数字"}
    return next((chinese for english, chinese in words.items() if english in reason), reason)
