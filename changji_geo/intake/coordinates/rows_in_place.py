"""The rows of a file while their reference system is settled: shapes, row numbers, what was dropped and what was found."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from changji_geo.intake.coordinates.axes import Bools, every_vertex
from changji_geo.intake.findings import SHOWN_ROWS, IntakeFinding
from changji_geo.types import Level

MARGIN_DEG = 0.03
"""How far beyond the prefecture's border (some 3 km) data still counts as inside: border lines of other sources differ."""


class RowsInPlace:
    """The rows while they are settled: their shapes change, some are dropped with a finding; no frame is touched.

    ``extent`` is the prefecture with a margin; ``numbers`` the row numbers, ``row_word`` what they count in messages;
    ``dropped`` rows are not looked at any more.
    """

    def __init__(self, frame: gpd.GeoDataFrame, extent: shapely.Geometry, what: str, row_word: str) -> None:
        self.shapes: NDArray[np.object_] = np.array(frame.geometry.array, dtype=object)
        self.numbers = frame.index.to_numpy()
        self.extent = shapely.buffer(shapely.simplify(extent, MARGIN_DEG / 6), MARGIN_DEG)
        self.what, self.row_word = what, row_word
        self.findings: list[IntakeFinding] = []
        self.dropped = np.zeros(len(self.shapes), dtype=bool)

    @property
    def usable(self) -> Bools:
        """Rows with a shape whose coordinates are all finite; the others are for the repair to judge."""
        return every_vertex(self.shapes, lambda x, y: np.isfinite(x) & np.isfinite(y)) & ~self.dropped

    @property
    def xy(self) -> NDArray[np.float64]:
        """All vertices of the usable rows, shape (n, 2)."""
        return shapely.get_coordinates(self.shapes[self.usable])

    def drop(self, rows: Bools, message: str, rule: str = "coordinate") -> None:
        """Take rows out, each with a finding of level "error"."""
        for row in np.flatnonzero(rows).tolist():
            self.findings.append(IntakeFinding("error", rule, message, row=int(self.numbers[row])))
        self.dropped |= rows

    def note(self, level: Level, rule: str, message: str) -> None:
        """A finding about the whole file."""
        self.findings.append(IntakeFinding(level, rule, message))

    def rows_text(self, rows: Bools) -> str:
        """Rows as a message names them, ``第 1、2、3 等 12 行``: the first few numbers and how many there are."""
        shown = "、".join(str(n) for n in self.numbers[rows][:SHOWN_ROWS].tolist())
        count = f"等 {rows.sum()} " if rows.sum() > SHOWN_ROWS else ""
        return f"第 {shown} {count}{self.row_word}"
