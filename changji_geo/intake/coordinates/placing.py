"""A table's cells -> points and polygons, with every row that has no usable coordinates listed and left out.

The result has no CRS yet (`changji_geo.intake.coordinates.georef` settles it), but its axes are in order: x is the longitude or the
easting. Swapped columns and single swapped rows are recognised by range, put right and reported.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from changji_geo.intake.coordinates.axes import shapes_in_order, turned
from changji_geo.intake.coordinates.cellreading import Reading, read_points, read_shapes
from changji_geo.intake.coordinates.coordcolumns import CoordinateColumns, check_columns, find_columns
from changji_geo.intake.coordinates.coordtext import Packed, Unit
from changji_geo.intake.coordinates.rings import join_rings, vertex_rows
from changji_geo.intake.findings import IntakeFinding
from changji_geo.types import Level

UNIT_ZH: dict[Unit, str] = {"degrees": "度", "metres": "米"}

_HINT_ROWS = 5  # fewer rows do not show a habit


@dataclass(frozen=True)
class Placed:
    """A table with geometry.

    ``frame``: the good rows, all columns, index kept, geometry column ``geometry``, no CRS; x = longitude or easting. ``unit``:
    what its numbers are, None when no row is left. ``crs_from_text``: the CRS that EWKT cells name. ``columns``: where the
    coordinates were found.
    """

    frame: gpd.GeoDataFrame
    unit: Unit | None
    findings: tuple[IntakeFinding, ...]
    crs_from_text: pyproj.CRS | None
    columns: CoordinateColumns


def place_rows(
    frame: pd.DataFrame,
    *,
    columns: CoordinateColumns | None = None,
    packed: Packed | None = None,
    rings_by: str | None = None,
    what: str = "表格",
) -> Placed:
    """Make geometry from a table's cells.

    Parameters
    ----------
    frame : DataFrame
        Cells as read, index = row numbers; not altered.
    columns : CoordinateColumns, optional
        Where the coordinates are; by default found by `changji_geo.intake.coordinates.coordcolumns.find_columns`.
    packed : "dd.mmss", optional
        Plain numbers are degrees.minutes-seconds: 87.1830 is 87°18′30″.
    rings_by : str, optional
        The table has one row a vertex: rows with equal cells in this column make one polygon
        (`changji_geo.intake.coordinates.rings.join_rings`).
    what : str
        The file, for messages.

    Returns
    -------
    Placed
        Rows whose cells are no coordinates, are blank or 0, lie outside China in degrees, or have the unit of the minority
        (some rows degrees, others metres) are left out, each with a finding of level "error" and rule "coordinate". A
        column named ``geometry`` is kept as ``geometry_text``.

    Raises
    ------
    InputError
        When no coordinate columns are found or several sets would do, or a named column does not exist.

    Examples
    --------
    >>> table = pd.DataFrame({"名称": ["甲", "乙"], "经度": ["87°18′30″E", "/"], "纬度": [44.01, 44.2]}, index=[2, 3])
    >>> placed = place_rows(table)
    >>> placed.frame.geometry.to_wkt().tolist(), placed.unit
    (['POINT (87.308333 44.01)'], 'degrees')
    >>> [(f.row, f.column, f.message) for f in placed.findings if f.level == "error"]
    [(3, '经度', '没有填写坐标')]
    """
    used = columns or find_columns(frame, what=what)
    check_columns(used, frame, what=what)
    if rings_by is not None:
        check_columns(CoordinateColumns(rings_by), frame, what=what)
    reading = read_shapes(frame, used, packed) if used.y is None else read_points(frame, used, packed)
    findings = [_column_finding(used, len(frame))]
    unit = _keep_one_unit(reading, used)
    if unit is not None:
        findings += _put_in_order(reading, frame, used, unit)
        findings += _doubts(reading, unit, packed)
    if reading.closed:
        message = f"{reading.closed} 个面的首尾顶点不重合，已闭合"
        findings.append(IntakeFinding("repair", "ring_closed", message))
    crs = _srid_crs(reading)
    numbers = frame.index.to_numpy()
    faults = [
        IntakeFinding("error", "coordinate", reason, row=int(numbers[row]), column=column)
        for row, (column, reason) in sorted(reading.faults.items())
    ]
    good = reading.good
    table = frame.rename(columns={"geometry": "geometry_text"})
    if rings_by is not None:
        key = "geometry_text" if rings_by == "geometry" else rings_by
        made, ring_findings = join_rings(table, reading.shapes, by=key)
        return Placed(made, unit, (*findings, *faults, *ring_findings), crs, used)
    if used.y is not None and (looks := vertex_rows(frame)) is not None:
        message = (
            f"表里有“{looks[0]}”列，像是一行一个拐点，这里每行读成一个点；要连成面，加 --rings-by {looks[1]} 重新导入"
        )
        findings.append(IntakeFinding("warning", "vertex_rows", message, column=looks[1]))
    made = gpd.GeoDataFrame(table[good].copy(), geometry=reading.shapes[good])
    return Placed(made, unit, (*findings, *faults), crs, used)


def _keep_one_unit(reading: Reading, used: CoordinateColumns) -> Unit | None:
    """The unit of most rows; the others become faults."""
    good = reading.good
    degrees = int((reading.units[good] == "degrees").sum())
    metres = int(good.sum()) - degrees
    if not good.any():
        return None
    unit: Unit = "degrees" if degrees >= metres else "metres"
    other: Unit = "metres" if unit == "degrees" else "degrees"
    for row in np.flatnonzero(good & (reading.units == other)).tolist():
        reason = (
            f"坐标是{UNIT_ZH[other]}，而多数行（{max(degrees, metres)} 行）是{UNIT_ZH[unit]}；同一份表只能用一种坐标系"
        )
        reading.fault(row, used.names[0], reason)
    return unit


def _put_in_order(reading: Reading, frame: pd.DataFrame, used: CoordinateColumns, unit: Unit) -> list[IntakeFinding]:
    """X first: longitude or easting; degrees that are in no order inside China become faults."""
    good = reading.good
    shapes = reading.shapes.copy()
    right = shapes_in_order(shapes, "lon" if unit == "degrees" else "east")
    swapped = shapes_in_order(shapes, "lat" if unit == "degrees" else "north")
    if unit == "degrees":
        swapped &= ~reading.labelled  # a label E or N is the longitude's or latitude's own; X may be either
        for row in np.flatnonzero(good & ~right & ~swapped).tolist():
            reading.fault(row, used.names[0], _outside(shapes[row]))
    reading.shapes[swapped] = turned(reading.shapes[swapped])
    moved = swapped | (reading.turned_by_text & good)
    count, total = int(moved.sum()), int((right | swapped).sum())
    if not count:
        return []
    numbers = frame.index.to_numpy()
    if count * 2 > total:
        level, message = _order_message(used, unit, count)
        findings = [IntakeFinding(level, "axis_order", message)]
        exceptions = right & ~moved
        return findings + [
            IntakeFinding("repair", "axis_order", "本行与其他行的坐标次序相反，已按数值范围认定", row=int(n))
            for n in numbers[exceptions]
        ]
    words = "经度和纬度" if unit == "degrees" else "东坐标和北坐标"
    return [
        IntakeFinding("repair", "axis_order", f"{words}写反，已对调", row=int(n), column=used.names[0])
        for n in numbers[moved]
    ]


def _order_message(used: CoordinateColumns, unit: Unit, count: int) -> tuple[Level, str]:
    names = used.names
    if used.y is None:
        order = "先纬度、后经度" if unit == "degrees" else "先北坐标、后东坐标"
        return ("warning" if unit == "degrees" else "info"), f"“{names[0]}”列{order}，已按此读取（{count} 行）"
    x, y = (n if isinstance(n, str) else n[0] for n in (used.x, used.y))
    if unit == "degrees":
        return "warning", f"“{x}”列是纬度、“{y}”列是经度，与列名相反，已对调（{count} 行）"
    return "info", f"“{x}”列是北坐标、“{y}”列是东坐标（测量习惯 X 向北），已按此读取（{count} 行）"


def _outside(shape: shapely.Geometry) -> str:
    west, south, east, north = shapely.bounds(shape)
    x = f"{west:g}" if west == east else f"{west:g} 至 {east:g}"
    y = f"{south:g}" if south == north else f"{south:g} 至 {north:g}"
    return f"坐标 {x}，{y} 不在中国范围内（经度 73-136，纬度 3-54）"


def _doubts(reading: Reading, unit: Unit, packed: Packed | None) -> list[IntakeFinding]:
    """Columns of degrees that may be degrees.minutes-seconds, or that are too coarse to place anything."""
    shapes = reading.shapes[reading.good]
    if unit != "degrees" or len(shapes) < _HINT_ROWS:
        return []
    values = shapely.get_coordinates(shapes).ravel()
    out = []
    digits = np.round(values * 1e4).astype(np.int64)
    unlabelled = not (reading.labelled.any() or packed)
    if unlabelled and ((digits % 100 < 60) & (digits // 100 % 100 < 60)).all() and (digits % 10 != 0).mean() > 0.5:
        message = (
            f"全部 {len(values)} 个数的小数都能读作分、秒（都小于 60）：可能是“度.分秒”写法（87.1830 指 87°18′30″）。"
            "这里按十进制度读取；如果是度.分秒，请加 --packed dd.mmss 重新导入"
        )
        out.append(IntakeFinding("warning", "packed", message))
    if any(np.abs(values * step - np.round(values * step)).max() < 1e-7 for step in (100, 60)):
        message = "坐标只写到 0.01 度或整分，位置只精确到约 1 千米"
        out.append(IntakeFinding("warning", "precision", message))
    return out


def _srid_crs(reading: Reading) -> pyproj.CRS | None:
    """The CRS that EWKT cells name; rows that name another than the first become faults."""
    crs, code = None, 0
    for row, srid in sorted(reading.srids.items()):
        if code and srid != code:
            reading.fault(row, "", f"本行写的是 SRID={srid}，前面是 SRID={code}；同一份表只能用一种坐标系")
        elif not code:
            try:
                crs, code = pyproj.CRS.from_epsg(srid), srid
            except pyproj.exceptions.CRSError:
                reading.fault(row, "", f"SRID={srid} 不是已知的坐标系代码")
    return crs


def _column_finding(used: CoordinateColumns, count: int) -> IntakeFinding:
    named = "、".join(f"“{n}”" for n in used.names)
    note = f"（{used.note}）" if used.note else ""
    return IntakeFinding("warning" if used.by_content else "info", "columns", f"坐标取自{named}列{note}，共 {count} 行")
