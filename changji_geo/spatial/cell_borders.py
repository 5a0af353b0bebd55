"""The border within single cells -> whether a point of the cell lies in the zone, without looking at the whole zone.

From the point a path leads straight up or down to the middle line of its cell's row, then west along that line. The zone
holds the point where the path crosses the zone's border an odd number of times. Crossings in the cells further west are
counted once for all points; in the cell itself each is decided by the side of a segment on which a place lies, and where
rounding leaves that side in doubt, the answer is said to be unsure. So a sure answer is an exact one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from changji_geo.spatial.grid import Floats, Grid, Ints, Marks, Segments, spread

_PIECE = 8
"""So many successive segments share one range of x: most are passed over without a look at them."""

_MOST_PIECES = 64
"""In a cell with more the whole zone, with an index of its own, answers faster."""

_ERROR = 4e-16
"""Error of a cross product in units of its two terms (Shewchuk 1997, eq. 4.4: 3.33e-16)."""


@dataclass(frozen=True, slots=True)
class CellBorders:
    """The border by pairs (zone, cell), each ``key = zone * grid.size + cell``, rising.

    ``odd``: whether the border crosses the row's middle line an odd number of times west of the cell, ``turns`` whether
    it does so within the cell. Pair k has the pieces ``piece_start[k]:piece_start[k + 1]``, each some successive marks
    within a range of x, and the segments ``crossing[crossing_start[k]:crossing_start[k + 1]]`` over the middle line.
    """

    grid: Grid
    segments: Segments
    mark_segment: Ints
    key: Ints
    odd: NDArray[np.bool_]
    turns: NDArray[np.bool_]
    piece_start: Ints
    piece_first: Ints
    piece_stop: Ints
    piece_low: Floats
    piece_high: Floats
    crossing_start: Ints
    crossing: Ints


def gather_borders(grid: Grid, segments: Segments, marks: Marks) -> CellBorders:
    """Sort marks into pairs (zone, cell).

    Parameters
    ----------
    grid : Grid
    segments : Segments
    marks : Marks
        Of all the segments.

    Returns
    -------
    CellBorders
    """
    # Most segments lie in the cell of the one before, so few runs are left to sort.
    of_mark = segments.zone[marks.segment] * grid.size + marks.cell
    fresh = np.ones(len(of_mark), dtype=bool)
    fresh[1:] = of_mark[1:] != of_mark[:-1]
    run_key = of_mark[fresh]
    ranked = np.argsort(run_key, kind="stable")  # nearly sorted already, which this kind makes use of
    run_key = run_key[ranked]
    first_run = np.flatnonzero(np.diff(run_key, prepend=-1))
    key = run_key[first_run]

    at_start = fresh
    at_start[::_PIECE] = True
    first = np.flatnonzero(at_start)
    low, high = _ranges(segments, marks, first)
    # A piece belongs to the run in which it starts; runs come in their new order, each with its pieces.
    run_of_piece = np.flatnonzero(np.diff(of_mark[first], prepend=-1))
    pieces = np.diff(run_of_piece, append=len(first))[ranked]
    run, step = spread(pieces)
    piece = run_of_piece[ranked][run] + step

    crossing_key = segments.zone[marks.crossing_segment] * grid.size + marks.crossing_cell
    place = np.searchsorted(key, crossing_key)
    count = np.bincount(place, minlength=len(key))
    after = np.cumsum(count)
    # Rings are closed, so each row of each zone has an even number of crossings: one running sum serves all.
    return CellBorders(
        grid=grid,
        segments=segments,
        mark_segment=marks.segment,
        key=key,
        odd=(after - count) % 2 == 1,
        turns=count % 2 == 1,
        piece_start=np.append(0, np.cumsum(pieces))[np.append(first_run, len(pieces))],
        piece_first=first[piece],
        piece_stop=np.append(first[1:], len(of_mark))[piece],
        piece_low=low[piece],
        piece_high=high[piece],
        crossing_start=np.append(0, after),
        crossing=marks.crossing_segment[np.argsort(place, kind="stable")],
    )


def inside_cells(borders: CellBorders, pair: Ints, x: Floats, y: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether points lie inside the zones whose border runs through their cells.

    Parameters
    ----------
    borders : CellBorders
    pair : ndarray of int, shape (n,)
        For each point a position in `borders.key`: a zone, and the cell of the point.
    x, y : ndarray of float, shape (n,)
        Finite, in the zones' coordinates.

    Returns
    -------
    (ndarray of bool, ndarray of bool)
        Inside, and whether that is sure. It never is for a point on the border, nor for one so near a segment, or so
        exactly over or under the place where a segment crosses the middle line, that rounding could matter, nor in a cell
        crowded with segments.
    """
    middle = borders.grid.middle(borders.key[pair] % borders.grid.size // borders.grid.columns)
    flips = borders.odd[pair].astype(np.int64)
    crossings = borders.crossing_start[pair + 1] - borders.crossing_start[pair]
    pieces = borders.piece_start[pair + 1] - borders.piece_start[pair]
    unsure = np.maximum(crossings, pieces) > _MOST_PIECES
    crossings[unsure] = pieces[unsure] = 0

    # West along the middle line, within the cell.
    point, step = spread(crossings)
    segment = borders.crossing[borders.crossing_start[pair[point]] + step]
    left, sure = _left_of(borders.segments, segment, x[point], middle[point])
    unsure[point[~sure]] = True
    rises = borders.segments.y1[segment] > borders.segments.y0[segment]
    flips += np.bincount(point[left != rises], minlength=len(pair))

    # Up or down to the middle line.
    point, step = spread(pieces)
    piece = borders.piece_start[pair[point]] + step
    at_x = x[point]
    over = np.flatnonzero((borders.piece_low[piece] <= at_x) & (at_x <= borders.piece_high[piece]))
    point, piece = point[over], piece[over]
    at, step = spread(borders.piece_stop[piece] - borders.piece_first[piece])
    point, segment = point[at], borders.mark_segment[borders.piece_first[piece][at] + step]
    x0, x1, at_x = borders.segments.x0[segment], borders.segments.x1[segment], x[point]
    astride = (x0 <= at_x) != (x1 <= at_x)
    # With an end over or under the point, or both, a segment may run through it without being astride.
    near = np.flatnonzero(astride | (x0 == at_x) | (x1 == at_x))
    point, segment, astride = point[near], segment[near], astride[near]
    from_left, from_sure = _left_of(borders.segments, segment, x[point], y[point])
    to_left, to_sure = _left_of(borders.segments, segment, x[point], middle[point])
    unsure[point[~from_sure | (astride & ~to_sure)]] = True
    flips += np.bincount(point[astride & (from_left != to_left)], minlength=len(pair))
    return flips % 2 == 1, ~unsure


def _ranges(segments: Segments, marks: Marks, first: Ints) -> tuple[Floats, Floats]:
    """Least and greatest x of the segments of each piece."""
    if not len(first):
        return np.zeros(0), np.zeros(0)
    start, end = segments.x0[marks.segment], segments.x1[marks.segment]
    low, high = np.minimum(start, end), np.maximum(start, end)
    return np.minimum.reduceat(low, first), np.maximum.reduceat(high, first)


def _left_of(segments: Segments, segment: Ints, x: Floats, y: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each place is on the left of its segment's line, and whether rounding cannot have changed that."""
    x0, y0 = segments.x0[segment], segments.y0[segment]
    ahead = (segments.x1[segment] - x0) * (y - y0)
    aside = (segments.y1[segment] - y0) * (x - x0)
    side = ahead - aside
    return side > 0, np.abs(side) > _ERROR * (np.abs(ahead) + np.abs(aside))
