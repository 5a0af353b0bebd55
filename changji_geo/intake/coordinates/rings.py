"""A table with one vertex a row -> one polygon a group of rows."""

from __future__ import annotations

import re
import unicodedata

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from changji_geo.intake.coordinates.plaintext import is_blank
from changji_geo.intake.findings import SHOWN_ROWS, IntakeFinding

_ORDER = re.compile(
    r"(?:顶点|拐点|界址点|点位?|节点)?(?:序号|点号|次序|顺序|编号)|点序|order|seq|sequence|vertex|point_?no|拐点|界址点"
)


def join_rings(
    table: pd.DataFrame, points: NDArray[np.object_], *, by: str
) -> tuple[gpd.GeoDataFrame, tuple[IntakeFinding, ...]]:
    """Polygons from vertex rows.

    Parameters
    ----------
    table : DataFrame
        One row a vertex, index = row numbers; not altered.
    points : ndarray of shapely points, shape (n,)
        The vertex of each row, None where it could not be read.
    by : str
        Column whose equal cells make one polygon. Rows of one polygon need not stand together.

    Returns
    -------
    frame : GeoDataFrame
        A row a polygon: cells and row number of its first vertex, geometry closed, no CRS. The vertices are joined in the
        order of the rows, or of a column 点号/序号/order … when it holds numbers that rise otherwise.
    findings : tuple of IntakeFinding
        Level "error" for a group with an unreadable vertex (a polygon without one of its corners would be another polygon) or
        with fewer than three different vertices, and for rows without a group; "info" with the counts.
    """
    numbers = table.index.to_numpy()
    keys = [None if is_blank(cell) else str(cell).strip() for cell in table[by].tolist()]
    groups: dict[str, list[int]] = {}
    findings = []
    for row, key in enumerate(keys):
        if key is None:
            findings.append(IntakeFinding("error", "ring", "没有填写所属图斑", row=int(numbers[row]), column=by))
        else:
            groups.setdefault(key, []).append(row)
    order_name, order = _order_of(table, by)
    firsts, polygons = [], []
    for key, rows in groups.items():
        first = rows[0]
        if order is not None:
            rows = sorted(rows, key=lambda r: order[r])
        bad = [row for row in rows if points[row] is None]
        xy = [] if bad else shapely.get_coordinates(points[rows]).tolist()
        corners = {tuple(p) for p in xy}
        if bad or len(corners) < 3:
            named = "、".join(str(numbers[r]) for r in sorted(bad)[:SHOWN_ROWS])
            reason = f"第 {named} 行的顶点不能用" if bad else f"只有 {len(corners)} 个不同的顶点"
            message = f"图斑“{key}”没有生成：{reason}"
            findings.append(IntakeFinding("error", "ring", message, row=int(numbers[first]), column=by))
            continue
        firsts.append(first)
        polygons.append(shapely.Polygon(xy))
    sorted_by = f"，按“{order_name}”列排序" if order_name else "，按行的先后"
    message = f"{len(table)} 行顶点按“{by}”列连成 {len(polygons)} 个面{sorted_by}"
    made = gpd.GeoDataFrame(table.iloc[firsts].copy(), geometry=np.array(polygons, dtype=object))
    return made, (IntakeFinding("info", "rings", message), *findings)


def vertex_rows(table: pd.DataFrame) -> tuple[str, str] | None:
    """The columns of vertex numbers and of polygons, where a table read as points looks like one vertex a row.

    Parameters
    ----------
    table : DataFrame
        As read; not altered.

    Returns
    -------
    (str, str) or None
        A column named for vertices (点号, 拐点号, 界址点号 ...), and the first column whose every value stands in three rows or
        more, in which the vertex numbers do not repeat.
    """
    numbers = next((c for c in table.columns if _VERTEX.fullmatch(unicodedata.normalize("NFKC", str(c)).strip())), None)
    if numbers is None:
        return None
    for name in table.columns:
        counts = table[name].value_counts()
        if name == numbers or not len(counts) or counts.min() < 3 or table[name].isna().any():
            continue
        if not table[[numbers, name]].astype(str).duplicated().any():
            return str(numbers), str(name)
    return None


_VERTEX = re.compile(r"(?:顶点|拐点|界址点|节点|点位?)(?:序号|编号|号|点号)?")


def _order_of(table: pd.DataFrame, by: str) -> tuple[str, NDArray[np.float64] | None]:
    """A column of vertex numbers that all rows have, with no number twice within a group."""
    for name in table.columns:
        text = unicodedata.normalize("NFKC", str(name)).lower().strip()
        if name == by or not _ORDER.fullmatch(text):
            continue
        digits = table[name].map(lambda cell: re.sub(r"^[A-Za-z]{1,2}(?=\d)", "", str(cell).strip()))
        values = pd.to_numeric(digits, errors="coerce")
        if values.notna().all() and not pd.DataFrame({"by": table[by].astype(str), "n": values}).duplicated().any():
            return str(name), values.to_numpy(dtype=np.float64)
    return "", None
