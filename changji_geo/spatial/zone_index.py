"""Zones -> a grid whose cells know their zone, so that most points and boxes are answered without geometry.

A cell that no border touches lies wholly in a zone, or wholly outside all; only points of the other cells are tested
exactly, and only against the zones whose border runs there. Planar: everything is in the zones' own coordinates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from changji_geo.spatial.cell_borders import CellBorders, gather_borders, inside_cells
from changji_geo.spatial.grid import Floats, Grid, Ints, Marks, Segments, border_segments, grid_over, mark_cells, spread

NONE = -1
"""In place of a zone's position: no zone."""

_BLOCK = 1 << 16
"""Points handled at a time: what lies between stays in the processor's cache."""

_FEWEST_CELLS, _MOST_CELLS = 16, 1 << 20


@dataclass(frozen=True)
class ZoneIndex:
    """Zones over a grid; made by `build_zone_index`.

    ``label[cell]`` is the lowest position among the zones wholly containing the cell, `NONE` outside all, or
    ``-2 - k`` for a cell that a border touches. Of that k-th border cell, ``border_zone[border_start[k]:
    border_start[k + 1]]`` are the zones whose border touches it, rising, ``border_pair`` their positions in `borders`, and
    ``border_inside[k]`` the lowest zone that wholly contains it. ``run_*``: the row pieces of cells (first, last + 1) wholly inside a zone, sorted by zone.
    """

    zones: NDArray[np.object_]
    grid: Grid
    segments: Segments
    marks: Marks
    borders: CellBorders
    label: NDArray[np.int32]
    border_cell: Ints
    border_start: Ints
    border_zone: Ints
    border_pair: Ints
    border_inside: Ints
    run_zone: Ints
    run_first: Ints
    run_stop: Ints
    overlapping: bool


def cells_for(queries: int) -> int:
    """How fine a grid pays for so many points or boxes.

    Filling n x n cells costs n², testing the points in the cells along the borders costs queries / n: the sum is least
    at n ~ queries^(1/3).
    """
    return int(min(max(40.0 * float(max(queries, 1)) ** (2.0 / 3.0), _FEWEST_CELLS), _MOST_CELLS))


def build_zone_index(zones: NDArray[np.object_], cells: int) -> ZoneIndex:
    """Index zones.

    Parameters
    ----------
    zones : ndarray of Polygon or MultiPolygon, shape (n,)
        Valid. Missing and empty ones cover nothing. They may overlap, have holes and be smaller than a cell.
    cells : int
        About how many cells the grid has; see `cells_for`. It changes the speed, never an answer.

    Returns
    -------
    ZoneIndex
    """
    segments = border_segments(zones)
    west, south, east, north = shapely.total_bounds(zones) if len(segments.zone) else (0.0, 0.0, 0.0, 0.0)
    grid = grid_over((float(west), float(south), float(east), float(north)), cells)
    marks = mark_cells(grid, segments)
    borders = gather_borders(grid, segments, marks)
    run_zone, run_first, run_stop = _inside_runs(borders)

    label, filled = _fill(grid, run_zone, run_first, run_stop)
    zone, cell = np.divmod(borders.key, grid.size)
    order = np.argsort(cell, kind="stable")
    cell = cell[order]
    start = np.flatnonzero(np.diff(cell, prepend=-1))
    border_cell = cell[start]
    border_inside = label[border_cell].astype(np.int64)
    label[border_cell] = -2 - np.arange(len(border_cell), dtype=np.int32)
    return ZoneIndex(
        zones=zones,
        grid=grid,
        segments=segments,
        marks=marks,
        borders=borders,
        label=label,
        border_cell=border_cell,
        border_start=np.append(start, len(order)),
        border_zone=zone[order],
        border_pair=order,
        border_inside=border_inside,
        run_zone=run_zone,
        run_first=run_first,
        run_stop=run_stop,
        overlapping=filled < int((run_stop - run_first).sum()),
    )


def locate_points(index: ZoneIndex, x: Floats, y: Floats) -> Ints:
    """The zone of each point: the lowest position among the zones that cover it.

    Parameters
    ----------
    index : ZoneIndex
    x, y : ndarray of float, shape (n,)
        In the zones' coordinates. NaN and infinite ones lie in no zone.

    Returns
    -------
    ndarray of int64, shape (n,)
        Positions in the zones; `NONE` outside all. Points on a border belong to the zone, as `shapely.covers` has it.
    """
    zone = np.empty(len(x), dtype=np.int64)
    for start in range(0, len(x), _BLOCK):
        block = slice(start, start + _BLOCK)
        zone[block] = index.label[index.grid.cell(x[block], y[block])]
    pending = np.flatnonzero(zone < NONE)
    if not len(pending):
        return zone
    entry = -2 - zone[pending]
    at, stop = index.border_start[entry], index.border_start[entry + 1]
    zone[pending] = index.border_inside[entry]
    while len(pending):
        candidate = index.border_zone[at]
        covers = covered_in_cells(index, index.border_pair[at], x[pending], y[pending])
        known = zone[pending]
        better = covers & ((known == NONE) | (candidate < known))
        zone[pending[better]] = candidate[better]
        at = at + 1
        # Candidates rise: the first that covers is the lowest.
        left = ~covers & (at < stop)
        pending, at, stop = pending[left], at[left], stop[left]
    return zone


def covered_in_cells(index: ZoneIndex, pair: Ints, x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Whether zones cover points of the cells through which their border runs: by the border there, in doubt by GEOS.

    Parameters
    ----------
    index : ZoneIndex
    pair : ndarray of int, shape (n,)
        For each point a position in ``index.borders.key``: a zone, and the cell of the point.
    x, y : ndarray of float, shape (n,)

    Returns
    -------
    ndarray of bool, shape (n,)
        As `shapely.covers` has it.
    """
    inside, sure = np.empty(len(pair), dtype=bool), np.empty(len(pair), dtype=bool)
    for start in range(0, len(pair), _BLOCK):
        block = slice(start, start + _BLOCK)
        inside[block], sure[block] = inside_cells(index.borders, pair[block], x[block], y[block])
    unsure = np.flatnonzero(~sure)
    if len(unsure):
        zones = index.zones[index.borders.key[pair[unsure]] // index.grid.size]
        shapely.prepare(zones)
        inside[unsure] = shapely.intersects_xy(zones, x[unsure], y[unsure])
    return inside


def inside_pairs(index: ZoneIndex, cells: Ints) -> tuple[Ints, Ints]:
    """All zones that wholly contain each of some cells.

    Parameters
    ----------
    index : ZoneIndex
    cells : ndarray of int, shape (n,)

    Returns
    -------
    (ndarray of int64, ndarray of int64)
        Position in `cells`, zone; sorted by both.
    """
    if not index.overlapping:
        zone = index.label[cells].astype(np.int64)
        border = zone < NONE
        zone[border] = index.border_inside[-2 - zone[border]]
        found = np.flatnonzero(zone >= 0)
        return found, zone[found]
    asked, back = np.unique(cells, return_inverse=True)
    first, stop = np.searchsorted(asked, index.run_first), np.searchsorted(asked, index.run_stop)
    run, step = spread(stop - first)
    order = np.argsort(first[run] + step, kind="stable")  # runs are sorted by zone, and stay so within a cell
    which, zone = (first[run] + step)[order], index.run_zone[run][order]
    start = np.searchsorted(which, np.arange(len(asked) + 1))
    cell, step = spread((start[1:] - start[:-1])[back])
    return cell, zone[start[back][cell] + step]


def _inside_runs(borders: CellBorders) -> tuple[Ints, Ints, Ints]:
    """Cells between two border cells of a zone's row with an odd number of crossings before them are inside."""
    size = borders.grid.size
    last = np.flatnonzero(borders.odd != borders.turns)
    last = last[borders.key[last + 1] - borders.key[last] > 1]
    zone, first = np.divmod(borders.key[last] + 1, size)
    return zone, first, borders.key[last + 1] - zone * size


def _fill(grid: Grid, zone: Ints, first: Ints, stop: Ints) -> tuple[NDArray[np.int32], int]:
    """Label the cells of runs, the lowest zone on top, and count the labelled cells."""
    order = np.argsort(first)
    if (first[order][1:] >= stop[order][:-1]).all():  # no two zones overlap: runs and the gaps between take turns
        edges = np.append(np.stack([first, stop], axis=1)[order].ravel(), grid.size)
        values = np.full(len(edges), NONE, dtype=np.int32)
        values[1::2] = zone[order]
        return np.repeat(values, np.diff(edges, prepend=0)), int((stop - first).sum())
    label = np.full(grid.size, NONE, dtype=np.int32)
    run, step = spread(stop - first)
    # Of repeated positions the last assignment stays; runs rise by zone.
    label[(first[run] + step)[::-1]] = zone[run][::-1]
    return label, int(np.count_nonzero(label >= 0))
