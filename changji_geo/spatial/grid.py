"""A grid over the zones, and the cells that each border segment touches: coordinates in, cell numbers out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MARGIN_CELLS = 1.5
"""The zones stay clear of the outermost cells, which therefore can stand for everything farther out."""

_SLACK = 1e-4
"""Share of a cell by which a segment is widened, so that rounding never leaves out a cell it touches."""

_FINEST = 1e-10
"""Smallest cell in units of the largest coordinate: the slack is then 50 times the spacing of floats."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Equal cells, numbered row by row from the south-west; the outermost ones reach to infinity.

    `column` and `row` never fall as the coordinate grows, whatever the rounding: hence the points of one cell fill a
    rectangle, and a cell that no border touches lies wholly in a zone or wholly outside it.
    """

    west: float
    south: float
    cell_width: float
    cell_height: float
    columns: int
    rows: int

    @property
    def size(self) -> int:
        """Number of cells."""
        return self.columns * self.rows

    def column(self, x: Floats) -> Ints:
        """Column of each x; 0, an outer one, for NaN."""
        return _step(x, self.west, self.cell_width, self.columns)

    def row(self, y: Floats) -> Ints:
        """Row of each y; 0, an outer one, for NaN."""
        return _step(y, self.south, self.cell_height, self.rows)

    def middle(self, row: Ints) -> Floats:
        """The y of each row's middle line."""
        return np.asarray(self.south + (row + 0.5) * self.cell_height, dtype=np.float64)

    def cell(self, x: Floats, y: Floats) -> Ints:
        """Cell number of each point."""
        return self.row(y) * self.columns + self.column(x)


@dataclass(frozen=True, slots=True)
class Segments:
    """The corners of all rings, one ring after another; segment i leads from corner i to the next.

    `zone` is the position of the zone that each segment belongs to. The rows listed in `link` are no segments: they only
    lead from one ring to the next.
    """

    x: Floats
    y: Floats
    zone: Ints
    link: Ints

    @property
    def x0(self) -> Floats:
        """Where each segment starts."""
        return self.x[:-1]

    @property
    def y0(self) -> Floats:
        """Where each segment starts."""
        return self.y[:-1]

    @property
    def x1(self) -> Floats:
        """Where each segment ends."""
        return self.x[1:]

    @property
    def y1(self) -> Floats:
        """Where each segment ends."""
        return self.y[1:]


@dataclass(frozen=True, slots=True)
class Marks:
    """Pairs (segment, cell): the cells that segments touch, and those where they cross the middle line of a row.

    The first list is complete and may hold a cell that the segment only comes near. Every crossing is also in the first.
    """

    segment: Ints
    cell: Ints
    crossing_segment: Ints
    crossing_cell: Ints


def grid_over(bounds: tuple[float, float, float, float], cells: int) -> Grid:
    """A grid of about `cells` cells over a box, cells as wide as high in the box's own units.

    Parameters
    ----------
    bounds : tuple of float
        (west, south, east, north).
    cells : int
        About how many; fewer where the box is so small that a cell would near the spacing of floats.
    """
    west, south, east, north = bounds
    width, height = east - west, north - south
    largest = max(abs(b) for b in bounds)
    side = max(math.sqrt(width * height / cells), (width + height) / cells, largest * _FINEST, 1e-300)
    columns = max(1, math.ceil(width / side))
    rows = max(1, math.ceil(height / side))
    cell_width, cell_height = max(width / columns, side / 2), max(height / rows, side / 2)
    return Grid(
        west - _MARGIN_CELLS * cell_width,
        south - _MARGIN_CELLS * cell_height,
        cell_width,
        cell_height,
        columns + math.ceil(2 * _MARGIN_CELLS),
        rows + math.ceil(2 * _MARGIN_CELLS),
    )


def border_segments(zones: NDArray[np.object_]) -> Segments:
    """The segments of all rings of polygons and multipolygons; none for missing and empty ones."""
    rings, owner = shapely.get_parts(zones, return_index=True)
    if shapely.get_num_interior_rings(rings).any():
        rings, ring_part = shapely.get_rings(rings, return_index=True)
        owner = owner[ring_part]
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    x, y = np.ascontiguousarray(xy.T)
    return Segments(x, y, owner[ring[:-1]], np.flatnonzero(ring[1:] != ring[:-1]))


def mark_cells(grid: Grid, segments: Segments) -> Marks:
    """The cells that segments touch.

    Parameters
    ----------
    grid : Grid
    segments : Segments
        Any length and direction.

    Returns
    -------
    Marks
        The first list sorted by segment.
    """
    column, row = grid.column(segments.x), grid.row(segments.y)
    cell = row * grid.columns
    cell += column
    # Most segments of a detailed border stay in one cell; the others are followed from row to row.
    stays = cell[1:] == cell[:-1]
    stays[segments.link] = False
    goes = ~stays
    goes[segments.link] = False
    far = _mark_far(grid, segments, np.flatnonzero(goes), column, row)

    counts = stays.astype(np.int64)
    counts += np.bincount(far.segment, minlength=len(counts))
    segment = np.repeat(np.arange(len(counts)), counts)
    marked = cell[segment]
    marked[goes[segment]] = far.cell

    south = segments.y <= grid.middle(row)
    crossing = np.flatnonzero((south[1:] != south[:-1]) & stays)
    return Marks(
        segment,
        marked,
        np.concatenate([crossing, far.crossing_segment]),
        np.concatenate([cell[crossing], far.crossing_cell]),
    )


def spread(counts: Ints) -> tuple[Ints, Ints]:
    """Each position repeated `counts` times, and a count from 0 beside it: [2, 1] -> [0, 0, 1], [0, 1, 0]."""
    position = np.repeat(np.arange(len(counts)), counts)
    if len(position) == len(counts) and (counts == 1).all():  # the usual case of short segments
        return position, np.zeros(len(position), dtype=np.int64)
    return position, np.arange(len(position)) - (np.cumsum(counts) - counts)[position]


def distinct(values: Ints) -> Ints:
    """The different values, rising; `np.unique` takes several times as long for keys that are nearly sorted."""
    ranked = np.sort(values, kind="stable")
    fresh = np.ones(len(ranked), dtype=bool)
    fresh[1:] = ranked[1:] != ranked[:-1]
    return ranked[fresh]


def _mark_far(grid: Grid, segments: Segments, chosen: Ints, column: Ints, row: Ints) -> Marks:
    """The marks of the chosen segments, given the column and row of every corner."""
    row_0, row_1 = row[chosen], row[chosen + 1]
    low, high = np.minimum(row_0, row_1), np.maximum(row_0, row_1)
    which, step = spread(high - low + 1)
    at = low[which] + step
    col_0, col_1 = column[chosen], column[chosen + 1]
    left, right = np.minimum(col_0, col_1)[which], np.maximum(col_0, col_1)[which]
    segment = chosen[which]
    # Only where a segment spans both several rows and several columns do its columns differ from row to row.
    slanted = np.flatnonzero((high > low)[which] & (right > left))
    left[slanted], right[slanted] = _columns_in_row(grid, segments, segment[slanted], at[slanted])

    pair, step = spread(right - left + 1)
    cell = (at * grid.columns + left)[pair] + step

    # A row's middle line is crossed under a rule by half-open ends, the same for every segment that shares a vertex.
    middle = grid.middle(at)
    y0, y1 = segments.y0[segment], segments.y1[segment]
    crossing = np.flatnonzero((y0 <= middle) != (y1 <= middle))
    crossed, middle = segment[crossing], middle[crossing]
    share = (middle - y0[crossing]) / (y1[crossing] - y0[crossing])
    x = segments.x0[crossed] + share * (segments.x1[crossed] - segments.x0[crossed])
    # Which of the row's marked columns the crossing falls in does not matter to the cells that are not marked.
    at_column = np.minimum(np.maximum(grid.column(x), left[crossing]), right[crossing])
    return Marks(segment[pair], cell, crossed, at[crossing] * grid.columns + at_column)


def _columns_in_row(grid: Grid, segments: Segments, segment: Ints, row: Ints) -> tuple[Ints, Ints]:
    """First and last column that a slanted segment touches within a row, widened by the slack."""
    x0, y0 = segments.x0[segment], segments.y0[segment]
    x1, y1 = segments.x1[segment], segments.y1[segment]
    ends = []
    for edge in (row - _SLACK, row + (1.0 + _SLACK)):
        share = (grid.south + edge * grid.cell_height - y0) / (y1 - y0)
        ends.append(x0 + np.clip(share, 0.0, 1.0) * (x1 - x0))
    slack = _SLACK * grid.cell_width
    return grid.column(np.minimum(*ends) - slack), grid.column(np.maximum(*ends) + slack)


def _step(values: Floats, origin: float, step: float, count: int) -> Ints:
    """Floor of the scaled values within 0..count - 1."""
    scaled = values - origin
    scaled *= 1.0 / step
    np.fmax(scaled, 0.0, out=scaled)
    np.fmin(scaled, count - 1.0, out=scaled)
    return scaled.astype(np.int64)
