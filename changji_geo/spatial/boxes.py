"""Boxes against zones: which boxes lie wholly in a zone, and which meet a border and must be cut."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from changji_geo.spatial.grid import Floats, Ints, Segments, distinct, spread
from changji_geo.spatial.zone_index import NONE, ZoneIndex, covered_in_cells, inside_pairs

_MOST_CELLS = 64
"""A box over more cells is not compared with single segments: what lies in it is most of a zone anyway."""

_BLOCK = 1 << 18
"""Pairs of box and segment compared at a time."""


@dataclass(frozen=True, slots=True)
class BoxPairs:
    """Pairs (box, zone), each at most once: `whole` where the zone covers the box, `cut` where its border may meet it."""

    whole_box: Ints
    whole_zone: Ints
    cut_box: Ints
    cut_zone: Ints


def pair_boxes(index: ZoneIndex, bounds: Floats) -> BoxPairs:
    """Pair boxes with the zones they may meet.

    Parameters
    ----------
    index : ZoneIndex
    bounds : ndarray of float, shape (n, 4)
        west, south, east, north in the zones' coordinates; NaN for what has no extent and meets nothing.

    Returns
    -------
    BoxPairs
        Exact where it says `whole`; a `cut` pair may turn out to touch only, or not to meet.
    """
    grid = index.grid
    box = np.flatnonzero(~np.isnan(bounds).any(axis=1))
    west, south, east, north = bounds[box].T
    left, right, low, high = grid.column(west), grid.column(east), grid.row(south), grid.row(north)
    corner = low * grid.columns + left
    calm = _border_cells(index, left, right, low, high) == 0
    size = (right - left + 1) * (high - low + 1)
    few = ~calm & (size <= _MOST_CELLS)
    wide = ~calm & ~few

    which, whole_zone = inside_pairs(index, corner[calm])
    whole_box = box[calm][which]
    cut_box, cut_zone = shapely.STRtree(index.zones).query(shapely.box(*bounds[box[wide]].T))
    near = _pair_by_segments(index, bounds[box[few]], left[few], right[few], low[few], size[few])
    return BoxPairs(
        np.concatenate([whole_box, box[few][near.whole_box]]),
        np.concatenate([whole_zone, near.whole_zone]),
        np.concatenate([box[wide][cut_box], box[few][near.cut_box]]),
        np.concatenate([cut_zone, near.cut_zone]),
    )


def _border_cells(index: ZoneIndex, left: Ints, right: Ints, low: Ints, high: Ints) -> NDArray[np.int32]:
    """How many border cells each rectangle of cells holds, from a table of sums."""
    rows, columns = index.grid.rows, index.grid.columns
    table = np.zeros((rows + 1, columns + 1), dtype=np.int32)
    (index.label < NONE).reshape(rows, columns).cumsum(axis=0, dtype=np.int32, out=table[1:, 1:])
    table.cumsum(axis=1, out=table)
    above, beyond = high + 1, right + 1
    return np.asarray(table[above, beyond] - table[above, left] - table[low, beyond] + table[low, left])


def _pair_by_segments(index: ZoneIndex, bounds: Floats, left: Ints, right: Ints, low: Ints, size: Ints) -> BoxPairs:
    """Boxes over border cells: the border segments of those cells decide which zones' borders they meet."""
    columns, zones = index.grid.columns, len(index.zones)
    box, step = spread(size)
    width = (right - left + 1)[box]
    label = index.label[(low[box] + step // width) * columns + left[box] + step % width]
    box, entry = box[label < NONE], -2 - label[label < NONE].astype(np.int64)

    cut = _hit_pairs(index, bounds, box, entry)

    # Where no border meets a box, one corner speaks for the whole: where a zone's border runs through its cell exactly, else
    # by the cell.
    corner = low * columns + left
    near = np.flatnonzero(index.label[corner] < NONE)
    entry = -2 - index.label[corner[near]].astype(np.int64)
    at, step = spread((index.border_start[1:] - index.border_start[:-1])[entry])
    place = index.border_start[entry][at] + step
    beside = near[at] * zones + index.border_zone[place]
    quiet = np.flatnonzero(~np.isin(beside, cut))
    west, south = bounds[near[at[quiet]], :2].T
    inside = covered_in_cells(index, index.border_pair[place[quiet]], west, south)
    which, zone = inside_pairs(index, corner)
    around = which * zones + zone
    whole = np.concatenate([beside[quiet[inside]], around[~np.isin(around, cut)]])
    return BoxPairs(whole // zones, whole % zones, cut // zones, cut % zones)


def _hit_pairs(index: ZoneIndex, bounds: Floats, box: Ints, entry: Ints) -> Ints:
    """``box * zones + zone`` where a border segment meets a box, among boxes and their border cells."""
    mark_entry = -2 - index.label[index.marks.cell].astype(np.int64)
    order = np.argsort(mark_entry, kind="stable")
    segments = index.marks.segment[order]
    start = np.searchsorted(mark_entry[order], np.arange(len(index.border_cell) + 1))
    count = (start[1:] - start[:-1])[entry]
    found = [np.zeros(0, dtype=np.int64)]
    edges = np.flatnonzero(np.diff(np.cumsum(count) // _BLOCK, prepend=-1))
    for first, stop in itertools.pairwise([*edges, len(count)]):
        at, step = spread(count[first:stop])
        segment = segments[start[entry[first:stop]][at] + step]
        touched = box[first:stop][at]
        hit = _meets(index.segments, segment, bounds[touched])
        found.append(distinct(touched[hit] * len(index.zones) + index.segments.zone[segment[hit]]))
    return distinct(np.concatenate(found))


def _meets(segments: Segments, segment: Ints, bounds: Floats) -> NDArray[np.bool_]:
    """Whether each segment meets its closed box; rounding only ever adds a pair."""
    x0, y0, x1, y1 = (ends[segment] for ends in (segments.x0, segments.y0, segments.x1, segments.y1))
    west, south, east, north = bounds.T
    apart = (np.maximum(x0, x1) < west) | (np.minimum(x0, x1) > east)
    apart |= (np.maximum(y0, y1) < south) | (np.minimum(y0, y1) > north)
    # The line passes the box where all corners are on one side: farther from its centre than the box reaches.
    slack = 8 * np.spacing(np.abs(bounds).max(initial=0.0))
    dx, dy = x1 - x0, y1 - y0
    distance = np.abs(dx * ((south + north) / 2 - y0) - dy * ((west + east) / 2 - x0))
    reach = ((east - west) / 2 + slack) * np.abs(dy) + ((north - south) / 2 + slack) * np.abs(dx)
    return np.asarray(~apart & (distance <= reach))
