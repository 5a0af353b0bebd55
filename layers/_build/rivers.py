"""River lines: shared county boundaries where a boundary follows the river, otherwise schematic polylines."""

from __future__ import annotations

import numpy as np
import shapely
from boundaries import PACKAGE, raw_unit, to_degrees, to_plane
from points import PUBLIC_LICENCE, REPLACE, read_rows
from shapely.geometry.base import BaseGeometry
from writing import ACCURACY, ID, NAME, NOTE, SOURCE, Built, Col, round_shape

from changji_geo.gcj02 import unshift_gcj02

TOLERANCE_M = 60.0


def build_rivers() -> Built:
    """All rivers of ``sources/rivers.csv``."""
    rows, shapes = [], []
    for row in read_rows("rivers"):
        points = [tuple(float(v) for v in p.split()) for p in row["geometry"].split(",")]
        shared = row["method"].startswith("shared:")
        shapes.append(_along_boundary(row["method"], points) if shared else round_shape(shapely.LineString(points)))
        rows.append(
            {
                "id": row["id"],
                "name": row["name"],
                "county": row["county"],
                "accuracy": "approximate" if shared else "schematic",
                "source": f"{PACKAGE} 县市界线的公共段" if shared else "位置凭资料推定，待核实",
                "note": row["note"],
            }
        )
    columns = (ID, NAME, Col("county", "流经县市", "流经的县市"), ACCURACY, SOURCE, NOTE)
    note = "河名可靠，走向多为示意；不含全部支流，不能用于量算河长和岸线。" + REPLACE
    return Built(
        "rivers", "河流", "line", "schematic", "公开资料汇编与县市界线", PUBLIC_LICENCE, "河流：公开资料汇编（走向示意）",
        note, columns, rows, shapes,
    )  # fmt: skip


def _along_boundary(method: str, points: list[tuple[float, ...]]) -> BaseGeometry:
    """The two sides' common boundary between the first two points, then any further points, all given on GCJ-02."""
    left, right, datum = method.removeprefix("shared:").split("|")
    if datum != "gcj02":
        raise ValueError(method)
    first, second = (shapely.union_all([raw_unit(c) for c in side.split("+")]).boundary for side in (left, right))
    pieces = [p for p in shapely.get_parts(shapely.intersection(first, second)) if p.geom_type == "LineString"]
    line = max(shapely.get_parts(shapely.line_merge(shapely.multilinestrings(pieces))), key=shapely.length)
    start, end = shapely.line_locate_point(np.array([line]), shapely.points(points[:2]))
    stretch = _stretch(line, float(start), float(end))
    whole = shapely.LineString([*shapely.get_coordinates(stretch), *points[2:]])
    return to_degrees(shapely.simplify(to_plane(unshift_gcj02(whole)), TOLERANCE_M))


def _stretch(line: BaseGeometry, start: float, end: float) -> BaseGeometry:
    """The part of a line between two distances, in that direction."""
    low, high = sorted((start, end))
    xy = shapely.get_coordinates(line)
    along = shapely.line_locate_point(np.array([line]), shapely.points(xy))
    inside = [tuple(p) for p, d in zip(xy, along, strict=True) if low < d < high]
    ends = shapely.get_coordinates(shapely.line_interpolate_point(np.array([line]), np.array([low, high])))
    points = [tuple(ends[0]), *inside, tuple(ends[1])]
    return shapely.LineString(points if start <= end else points[::-1])
