"""Tiny workspaces whose answers can be worked out on paper."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import shapely

from changji_geo.resources import Workspace, packaged_root

SQUARES = {
    "west": shapely.box(87.0, 44.0, 88.0, 45.0),
    "middle": shapely.box(88.0, 44.0, 89.0, 45.0),
    "east": shapely.box(89.0, 44.0, 90.0, 45.0),
}
"""Three squares side by side; neighbours share an edge."""

_TYPES = {str: "text", bool: "boolean", int: "integer", float: "number"}


def write_layer(
    root: Path,
    layer_id: str,
    rows: Sequence[Mapping[str, Any]],
    geometries: Sequence[shapely.Geometry],
    *,
    crs: str | None = "EPSG:4490",
    accuracy: str = "surveyed",
    title: str = "测试图层",
    geometry: str = "area",
    titles: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    attribution: str = "测试",
) -> Path:
    """Write ``layers/<id>`` under `root`; every row needs ``id`` and ``name``."""
    folder = root / "layers" / layer_id
    folder.mkdir(parents=True, exist_ok=True)
    features = [
        {"type": "Feature", "properties": dict(row), "geometry": json.loads(shapely.to_geojson(g))}
        for row, g in zip(rows, geometries, strict=True)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    data = folder / f"{layer_id}.geojson"
    data.write_text(text, encoding="utf-8")
    bounds = shapely.total_bounds(geometries).tolist() if len(geometries) else [0, 0, 0, 0]
    lines = [
        f'id = "{layer_id}"',
        f"title = {json.dumps(title, ensure_ascii=False)}",
        f'geometry = "{geometry}"',
        *([f'crs = "{crs}"'] if crs is not None else []),
        'source = "测试"',
        'licence = "测试"',
        f"attribution = {json.dumps(attribution, ensure_ascii=False)}",
        "retrieved = 2026-11-22",
        'version = "1.0"',
        f'sha256 = "{hashlib.sha256(data.read_bytes()).hexdigest()}"',
        f"feature_count = {len(rows)}",
        f"bbox = {bounds}",
        f'accuracy = "{accuracy}"',
    ]
    for name in rows[0] if rows else ("id", "name"):
        kind = next((_TYPES[type(r[name])] for r in rows if r[name] is not None), "text")
        caption = (titles or {}).get(name, name)
        lines += [
            "[[columns]]", f'name = "{name}"', f'type = "{kind}"', f"title = {json.dumps(caption, ensure_ascii=False)}",
            f'unit = "{(units or {}).get(name, "")}"', 'meaning = "测试"',
        ]  # fmt: skip
    (folder / "layer.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def squares(root: Path, layer_id: str = "squares", **columns: Sequence[Any]) -> Path:
    """The three squares as a layer, with extra columns."""
    rows: list[dict[str, Any]] = [{"id": key, "name": f"{key}县"} for key in SQUARES]
    for name, cells in columns.items():
        for row, cell in zip(rows, cells, strict=True):
            row[name] = cell
    return write_layer(root, layer_id, rows, list(SQUARES.values()))


def tiny_workspace(root: Path) -> Workspace:
    """A workspace at `root` over the shipped one, with the shipped theme."""
    shipped = packaged_root()
    (root / "maps" / "themes").mkdir(parents=True, exist_ok=True)
    (root / "layers").mkdir(exist_ok=True)
    shutil.copy(shipped / "maps" / "themes" / "report.toml", root / "maps" / "themes" / "report.toml")
    return Workspace((root, shipped))
