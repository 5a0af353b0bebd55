"""Known industrial areas as a starter mask of static heat sources: circles and a frame from ``sources/heat_sources.csv``.

A circle's radius is a starting value of ours and says so; no area here is the border of a park or a mine.
"""

from __future__ import annotations

import numpy as np
import shapely
from points import COUNTY, PUBLIC, PUBLIC_LICENCE, REPLACE, read_rows
from writing import ACCURACY, ID, NAME, NOTE, SOURCE, Built, Col, round_shape

from changji_geo.ellipsoid import geod

CORNERS = 72
"""A circle of so many corners has 0.13 % less area than a round one."""

COLUMNS = (
    ID, NAME,
    Col("kind", "热源类型", "热源所在地的类型", allowed=("工业园区", "矿区和工业园区")),
    Col("action", "处理", "剔除：火点不计入通报；提示：只标注，照常计入", allowed=("剔除", "提示")),
    Col("reason", "理由", "写进每个落在其中的火点"),
    COUNTY, ACCURACY, SOURCE, NOTE,
)  # fmt: skip


def build_heat_sources() -> Built:
    """Areas in which a fire point may be a plant, a flare or a coal seam fire."""
    rows, shapes = [], []
    for row in read_rows("heat_sources"):
        shapes.append(round_shape(_shape(row.pop("shape"))))
        values = {"accuracy": "approximate"} | row
        rows.append({c.name: values[c.name] for c in COLUMNS})
    note = (
        "起始的掩膜，只有资料里有据的几处工业区，位置近似，范围是起始值，不是园区或矿区的边界；"
        "没有单个厂矿、火炬、煤田火区和光伏板的位置。"
    )
    return Built(
        "heat_sources", "固定热源（起始掩膜）", "area", "approximate", PUBLIC, PUBLIC_LICENCE,
        "固定热源：公开资料推定（位置近似）", note + REPLACE, COLUMNS, rows, shapes,
    )  # fmt: skip


def _shape(text: str) -> shapely.Polygon:
    """``circle:lon,lat,radius in km`` or ``box:west,south,east,north``."""
    kind, _, numbers = text.partition(":")
    values = [float(n) for n in numbers.split(",")]
    if kind == "box":
        return shapely.box(*values)
    lon, lat, radius_km = values
    turns = np.linspace(0.0, 360.0, CORNERS, endpoint=False)[::-1]  # anticlockwise
    x, y, _ = geod().fwd(np.full(CORNERS, lon), np.full(CORNERS, lat), turns, np.full(CORNERS, radius_km * 1000))
    return shapely.Polygon(np.column_stack([x, y]))
