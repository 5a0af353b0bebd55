"""A built layer -> ``<id>.geojson`` and ``layer.toml`` as text that is the same bytes on every run."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

RETRIEVED = "2026-11-22"
DECIMALS = 6  # degrees: 0.11 m


@dataclass(frozen=True)
class Col:
    """One attribute column, as `layer.toml` describes it."""

    name: str
    title: str
    meaning: str
    type: str = "text"
    unit: str = ""
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Built:
    """One finished layer. `geometry` is area, line or point; `rows` follow `columns`, one per feature."""

    id: str
    title: str
    geometry: str
    accuracy: str
    source: str
    licence: str
    attribution: str
    note: str
    columns: tuple[Col, ...]
    rows: Sequence[dict[str, Any]]
    shapes: Sequence[BaseGeometry]
    coverage: str = ""
    sample: bool = False
    version: str = "1.0"
    files: dict[str, str] = field(default_factory=dict)


ID = Col("id", "编号", "要素编号，图层内唯一")
NAME = Col("name", "名称", "名称")
ACCURACY = Col(
    "accuracy",
    "精度",
    "位置精度：surveyed 实测、published 公布、approximate 近似、schematic 示意",
    allowed=("surveyed", "published", "approximate", "schematic"),
)
SOURCE = Col("source", "数据来源", "该要素的来源")
NOTE = Col("note", "备注", "使用时须知道的事；没有则为空")


def round_shape(shape: BaseGeometry) -> BaseGeometry:
    """Coordinates rounded to six decimals, nothing else changed: shared vertices stay shared."""
    return shapely.transform(shape, lambda xy: xy.round(DECIMALS))


def geojson_text(built: Built) -> str:
    """RFC 7946 text, one feature a line; exterior rings anticlockwise."""
    lines = []
    for row, shape in zip(built.rows, built.shapes, strict=True):
        missing = [c.name for c in built.columns if c.name not in row]
        if missing or len(row) != len(built.columns):
            raise ValueError(f"{built.id} {row.get('id')}: columns {missing or sorted(row)}")
        feature = {
            "type": "Feature",
            "properties": {c.name: row[c.name] for c in built.columns},
            "geometry": _geometry(shape),
        }
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":"), allow_nan=False))
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"


def toml_text(built: Built, geojson: str) -> str:
    """The `layer.toml` that goes with the GeoJSON text."""
    bounds = shapely.total_bounds(list(built.shapes))
    digest = hashlib.sha256(geojson.encode()).hexdigest()
    west, south = (math.floor(v * 1e6) / 1e6 for v in bounds[:2])
    east, north = (math.ceil(v * 1e6) / 1e6 for v in bounds[2:])
    out = [
        f"id = {_text(built.id)}",
        f"title = {_text(built.title)}",
        f"geometry = {_text(built.geometry)}",
        'crs = "EPSG:4490"',
        f"source = {_text(built.source)}",
        f"licence = {_text(built.licence)}",
        f"attribution = {_text(built.attribution)}",
        f"retrieved = {RETRIEVED}",
        f"version = {_text(built.version)}",
        f"sha256 = {_text(digest)}",
        f"feature_count = {len(built.shapes)}",
        f"bbox = [{west}, {south}, {east}, {north}]",
        f"accuracy = {_text(built.accuracy)}",
        f"note = {_text(built.note)}",
    ]
    if built.coverage:
        out.append(f"coverage = {_text(built.coverage)}")
    if built.sample:
        out.append("sample = true")
    for column in built.columns:
        out += ["", "[[columns]]", f"name = {_text(column.name)}", f"title = {_text(column.title)}"]
        out += [f"type = {_text(column.type)}", f"unit = {_text(column.unit)}", f"meaning = {_text(column.meaning)}"]
        if column.allowed:
            out.append("allowed = [" + ", ".join(_text(a) for a in column.allowed) + "]")
    return "\n".join(out) + "\n"


def write_layer(built: Built, root: Path) -> None:
    """Write the layer's folder under `root`."""
    folder = root / built.id
    folder.mkdir(parents=True, exist_ok=True)
    geojson = geojson_text(built)
    (folder / f"{built.id}.geojson").write_bytes(geojson.encode())
    (folder / "layer.toml").write_bytes(toml_text(built, geojson).encode())


def readme_text(layers: Sequence[Built]) -> str:
    """The table of all layers, in Chinese."""
    words = {"surveyed": "实测", "published": "公布", "approximate": "近似", "schematic": "示意"}
    kinds = {"area": "面", "line": "线", "point": "点"}
    out = [
        "# 随包图层",
        "",
        "坐标为 CGCS2000 经纬度（EPSG:4490）。本文件由 `_build/build_layers.py` 生成，不要手改；源数据在 `_build/sources/`。",
        "精度为“近似”“示意”的图层只用于示意和演示，不作为执法依据；有正式数据后，用 `changji-geo layers import 文件 --as 标识` 替换。",
        "",
        "| 标识 | 名称 | 几何 | 要素数 | 精度 | 来源 | 许可 |",
        "|---|---|---|---|---|---|---|",
    ]
    out += [
        f"| `{b.id}` | {b.title} | {kinds[b.geometry]} | {len(b.shapes)} | {words[b.accuracy]} | {b.source} | {b.licence} |"
        for b in layers
    ]
    out += ["", "## 说明", ""]
    out += [f"* `{b.id}` {b.title}：{b.note}" for b in layers]
    out += ["", "## 列", ""]
    for b in layers:
        columns = "、".join(f"`{c.name}` {c.title}" + (f"（{c.unit}）" if c.unit else "") for c in b.columns)
        out.append(f"* `{b.id}`：{columns}")
    out += ["", "`indicators/` 是指标数据：`indicators.toml` 定义指标，`values.csv` 是数值，手工维护。", ""]
    return "\n".join(out)


def _geometry(shape: BaseGeometry) -> dict[str, Any]:
    parts = shapely.get_parts(shape)
    if len(parts) == 1:
        shape = parts[0]
    if shape.geom_type.endswith("Polygon"):
        shape = shapely.orient_polygons(shape)
    return {"type": shape.geom_type, "coordinates": shape.__geo_interface__["coordinates"]}


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
