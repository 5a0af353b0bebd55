"""A room on the page and the number of maps that share it -> rows, columns and the size of each, as large as can be."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from changji_geo.render.sheet.frame import Extent
from changji_geo.render.sheet.paper import Rect

_TALLEST = 1.3
_LEAST_ONE = (30.0, 25.0)
_LEAST_PANEL = (24.0, 14.0)


def _no_head(width: float) -> float:
    return 0.0


class Grid(NamedTuple):
    """Maps side by side and one under another; ``width`` and ``height`` of the inner frame of each, ``head`` above it."""

    columns: int
    rows: int
    width: float
    height: float
    head: float


class Cell(NamedTuple):
    """The place of one map: the box of its caption, its outer and its inner frame."""

    head: Rect
    outer: Rect
    inner: Rect


@dataclass(frozen=True)
class Tiling:
    """Maps of one extent that share a room.

    Parameters
    ----------
    extent : Extent
        What each of them shows.
    strip : float
        Width of the frame around each, millimetres.
    count : int
        How many there are.
    gap : float
        Between two of them, millimetres.
    head : callable
        Height of the caption over a map of a width, millimetres.
    """

    extent: Extent
    strip: float
    count: int = 1
    gap: float = 0.0
    head: Callable[[float], float] = _no_head

    @property
    def aspect(self) -> float:
        """Width over height of what each map shows."""
        return self.extent.width / self.extent.height

    def grid(self, width: float, height: float) -> Grid | None:
        """The grid with the largest maps in a room; of equal ones that with the fewest empty places. None: no room.

        Examples
        --------
        >>> Tiling(Extent(0, 0, 4, 3), strip=0, count=12).grid(240, 150)
        Grid(columns=4, rows=3, width=60.0, height=50.0, head=0.0)
        """
        least_width, least_height = _LEAST_ONE if self.count == 1 else _LEAST_PANEL
        best: tuple[tuple[float, int], Grid] | None = None
        for columns in range(1, self.count + 1):
            rows = math.ceil(self.count / columns)
            outer = (width - (columns - 1) * self.gap) / columns
            if outer <= 2 * self.strip:
                break
            head = self.head(outer)
            w = outer - 2 * self.strip
            h = (height - (rows - 1) * self.gap) / rows - head - 2 * self.strip
            if w <= least_width or h <= least_height:
                continue
            rank = (round(min(w, h * self.aspect), 6), columns * -rows)
            if best is None or rank > best[0]:
                best = (rank, Grid(columns, rows, w, h, head))
        return best[1] if best else None

    def height(self, width: float, height: float) -> float:
        """How much of a room's height the maps take: none is much taller than what it has to show."""
        grid = self.grid(width, height)
        if grid is None:
            return height
        each = min(grid.height, grid.width / self.aspect * _TALLEST) + 2 * self.strip + grid.head
        return min(height, each * grid.rows + self.gap * (grid.rows - 1))

    def cells(self, room: Rect) -> tuple[Cell, ...]:
        """Where each map goes, row by row from the upper left."""
        grid = self.grid(room.width, room.height)
        if grid is None:
            raise ValueError("the room is too small for these maps")
        across, down = grid.width + 2 * self.strip, grid.height + 2 * self.strip + grid.head
        out = []
        for number in range(self.count):
            row, column = divmod(number, grid.columns)
            left, top = room.left + column * (across + self.gap), room.top - row * (down + self.gap)
            outer = Rect(left, top - down, left + across, top - grid.head)
            out.append(Cell(Rect(left, outer.top, outer.right, top), outer, outer.inset(self.strip)))
        return tuple(out)
