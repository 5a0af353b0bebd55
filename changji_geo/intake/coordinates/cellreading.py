"""The coordinate cells of a table, row by row -> a shape, or the reason why there is none."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from changji_geo.intake.coordinates.coordcolumns import CoordinateColumns, Name
from changji_geo.intake.coordinates.coordtext import (
    CoordinateTextError,
    Packed,
    Unit,
    both_packed,
    parse_angle,
    parse_metres,
)
from changji_geo.intake.coordinates.plaintext import is_blank, shown
from changji_geo.intake.coordinates.shapetext import parse_shape

_PLAIN = re.compile(r"\s*[-+]?\d+(?:\.\d*)?\s*")


@dataclass
class Reading:
    """Rows while they are read: a shape or a fault for each, by position.

    ``units``: "degrees", "metres" or "". ``labelled``: the text itself says which number is the longitude.
    ``turned_by_text``: it says so against the column's place, and the numbers were exchanged. ``faults``: column and reason.
    ``closed`` rings did not end where they began.
    """

    shapes: NDArray[np.object_]
    units: NDArray[np.object_]
    labelled: NDArray[np.bool_]
    turned_by_text: NDArray[np.bool_]
    faults: dict[int, tuple[str, str]] = field(default_factory=dict)
    srids: dict[int, int] = field(default_factory=dict)
    closed: int = 0

    @classmethod
    def empty(cls, count: int) -> Reading:
        """Nothing read yet."""
        blank = np.zeros(count, dtype=bool)
        return cls(np.full(count, None, object), np.full(count, "", object), blank, blank.copy())

    @property
    def good(self) -> NDArray[np.bool_]:
        """Rows that have a shape."""
        return np.asarray(shapely.is_geometry(self.shapes))

    def fault(self, row: int, column: str, reason: str) -> None:
        """Take a row out; the first reason stays."""
        self.faults.setdefault(row, (column, reason))
        self.shapes[row] = None


def read_shapes(frame: pd.DataFrame, used: CoordinateColumns, packed: Packed | None) -> Reading:
    """One column with pairs, vertex lists, WKT or GeoJSON."""
    column = used.names[0]
    out = Reading.empty(len(frame))
    for row, cell in enumerate(frame[column].tolist()):
        try:
            shape = parse_shape(cell, packed=packed)
        except CoordinateTextError as cause:
            out.fault(row, column, cause.problem)
            continue
        out.shapes[row], out.units[row], out.labelled[row] = shape.geometry, shape.unit, shape.labelled
        out.closed += shape.closed_here
        if shape.srid:
            out.srids[row] = shape.srid
    _refuse_zeros(out, column)
    return out


def read_points(frame: pd.DataFrame, used: CoordinateColumns, packed: Packed | None) -> Reading:
    """Two columns, or two groups of degrees, minutes and seconds."""
    x_cells, y_cells = _cells(frame, used.x), _cells(frame, used.y or "")
    x_name, y_name = (n if isinstance(n, str) else n[0] for n in (used.x, used.y or ""))
    out = Reading.empty(len(frame))
    x, y = _plain_numbers(x_cells, packed), _plain_numbers(y_cells, packed)
    small = np.abs(x) <= 180.0, np.abs(y) <= 180.0
    out.units[small[0] & small[1]] = "degrees"
    large = (x > 180.0) & (y > 180.0)
    out.units[large & (np.maximum(x, y) >= 1.4e6)] = "metres"  # below that it may be packed degrees, 1360000 at most
    for row in np.flatnonzero(out.units == "").tolist():
        cells = x_cells[row], y_cells[row]
        try:
            if np.isfinite(x[row]) and np.isfinite(y[row]) and not both_packed([x[row], y[row]]):
                out.units[row] = _unit_of_plain(x[row], y[row], cells)
            else:
                _read_text_row(out, row, cells, packed, x, y)
        except _CellFault as fault:
            out.fault(row, y_name if fault.position else x_name, fault.reason)
    good = out.units != ""
    out.shapes[good] = shapely.points(x[good], y[good])
    _refuse_zeros(out, x_name)
    return out


class _CellFault(Exception):
    """Why a row cannot be read, and whether the first or the second cell is to blame."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(reason)
        self.reason, self.position = reason, position


def _unit_of_plain(x: float, y: float, cells: tuple[object, object]) -> Unit:
    """The unit of two plain numbers of which at least one is beyond 180."""
    if min(abs(x), abs(y)) <= 180.0:
        position = int(abs(y) > 180.0)
        raise _CellFault(f"“{shown(cells[position])}”超出 ±180 度，而另一个数是度", position)
    return "metres"


def _read_text_row(
    out: Reading,
    row: int,
    cells: tuple[object, object],
    packed: Packed | None,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> None:
    """One row with text in it, as two angles or else as two metre values; fills ``x`` and ``y``."""
    angles = []
    for position, cell in enumerate(cells):
        try:
            angles.append(parse_angle(cell, packed=packed))
        except CoordinateTextError as cause:
            metres = _both_metres(cells)
            if metres is None:
                raise _CellFault(cause.problem, position) from cause
            x[row], y[row] = metres
            out.units[row] = "metres"
            return
    one, two = angles
    if one.axis and one.axis == two.axis:
        axis = "经度" if one.axis == "lon" else "纬度"
        raise _CellFault(f"“{shown(cells[0])}”和“{shown(cells[1])}”写的都是{axis}", 0)
    out.turned_by_text[row] = one.axis == "lat" or two.axis == "lon"
    out.labelled[row] = bool(one.axis or two.axis)
    if out.turned_by_text[row]:
        one, two = two, one
    x[row], y[row] = one.degrees, two.degrees
    out.units[row] = "degrees"


def _both_metres(cells: tuple[object, object]) -> tuple[float, float] | None:
    try:
        x, y = (parse_metres(cell).value for cell in cells)
    except CoordinateTextError:
        return None
    return (x, y) if min(x, y) > 180.0 else None


def _cells(frame: pd.DataFrame, name: Name) -> list[object]:
    """The cells of a column; of three columns their degrees, minutes and seconds as one text."""
    if isinstance(name, str):
        return list(frame[name].tolist())
    marks = "°'\""
    rows = zip(*(frame[part].tolist() for part in name), strict=True)
    return [
        None if all(map(is_blank, row)) else "".join(f"{_bare(c)}{mark}" for c, mark in zip(row, marks, strict=False))
        for row in rows
    ]


def _bare(cell: object) -> str:
    return "" if is_blank(cell) else re.sub(r"[°′″'\"度分秒]\s*$|\.0$", "", str(cell).strip())


def _plain_numbers(cells: list[object], packed: Packed | None) -> NDArray[np.float64]:
    """The cells that are plain finite numbers; NaN for all else, and for all when numbers are packed."""
    if packed is not None:
        return np.full(len(cells), np.nan)
    series = pd.Series(cells, dtype=object)
    is_text = np.array([isinstance(cell, str) for cell in cells], dtype=bool)
    plain = np.array([not isinstance(cell, bool) for cell in cells], dtype=bool)
    plain[is_text] = series[is_text].str.fullmatch(_PLAIN.pattern).to_numpy(dtype=bool)
    series[~plain] = np.nan
    values = pd.to_numeric(series, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan).copy()
    values[~np.isfinite(values)] = np.nan
    return values


def _refuse_zeros(out: Reading, column: str) -> None:
    bounds = shapely.bounds(out.shapes)
    for row in np.flatnonzero((np.abs(bounds[:, :2]) < 1e-9).any(axis=1)).tolist():
        out.fault(row, column, "坐标为 0，视为没有填写")
