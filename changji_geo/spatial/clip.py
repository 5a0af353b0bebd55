"""Pairs of small and large polygons -> their intersections, at a cost that does not grow with the large ones' vertices."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from changji_geo.spatial.grid import Floats, Ints
from changji_geo.spatial.threads import in_threads

_FEW_VERTICES = 128
_FEW_SHAPES = 8
_PAIRS = 128


def clip_pairs(
    shapes: NDArray[np.object_], zones: NDArray[np.object_], pair_shape: Ints, pair_zone: Ints
) -> NDArray[np.object_]:
    """Intersect polygons pair by pair.

    Parameters
    ----------
    shapes, zones : ndarray of Polygon or MultiPolygon
        Valid, in the same coordinates.
    pair_shape, pair_zone : ndarray of int, shape (n,)
        Positions in `shapes` and `zones`.

    Returns
    -------
    ndarray of geometry, shape (n,)
        In the order of the pairs: polygons, and lines, points or nothing where the two only touch or are apart.

    Notes
    -----
    Intersecting each shape with a whole zone costs shapes x vertices. Instead the shapes that meet a zone are halved again
    and again by position, and the zone is cut down with them to the box round each half: each shape is then intersected with
    the part of the zone near it. The cuts run outside the shapes; what they change is the rounding of the zone's edges that
    cross them, half a unit of the last place each (about 1 nm in degrees).
    """
    out = np.empty(len(pair_shape), dtype=object)
    bounds = shapely.bounds(shapes[pair_shape])
    order = np.argsort(pair_zone, kind="stable")
    present, start = np.unique(pair_zone[order], return_index=True)
    pieces = zones[present]
    while len(order):
        stop = np.append(start[1:], len(order))
        many = (stop - start > _FEW_SHAPES) & (shapely.get_num_coordinates(pieces) > _FEW_VERTICES)
        group = np.repeat(np.arange(len(start)), stop - start)
        ready = ~many[group]
        done = order[ready]
        out[done] = in_threads(shapely.intersection, shapes[pair_shape[done]], pieces[group[ready]], block=_PAIRS)
        order, group = order[~ready], group[~ready]
        order, start, parent = _halve(order, group, bounds[order])
        pieces = _cut_down(pieces[parent], bounds[order], start)
    return out


def _halve(order: Ints, group: Ints, bounds: Floats) -> tuple[Ints, Ints, Ints]:
    """Split each group at the median along its longer side: new order, where the halves start, and their old group."""
    if not len(order):
        return order, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    start = np.flatnonzero(np.diff(group, prepend=-1))
    size = np.diff(start, append=len(group))
    centre = bounds[:, :2] + bounds[:, 2:]
    extent = np.maximum.reduceat(centre, start) - np.minimum.reduceat(centre, start)
    tall = np.repeat(extent[:, 1] > extent[:, 0], size)
    ranked = np.lexsort((np.where(tall, centre[:, 1], centre[:, 0]), group))
    halves = np.stack([start, start + size // 2], axis=1).ravel()
    return order[ranked], halves, np.repeat(group[start], 2)


def _cut_down(pieces: NDArray[np.object_], bounds: Floats, start: Ints) -> NDArray[np.object_]:
    """Each piece within the box round its group of shapes, a little wider so that no cut touches a shape."""
    if not len(start):
        return pieces
    west, south = np.minimum.reduceat(bounds[:, :2], start).T
    east, north = np.maximum.reduceat(bounds[:, 2:], start).T
    margin = 0.01 * (east - west + north - south)
    inner = shapely.box(west - margin, south - margin, east + margin, north + margin)
    return _areas_only(in_threads(shapely.intersection, pieces, inner, block=1))


def _areas_only(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Without the lines and points in which a piece touches its box: GEOS overlays no mixed collections."""
    mixed = np.flatnonzero(~np.isin(shapely.get_type_id(shapes), (3, 6)))
    for i in mixed:
        parts = shapely.get_parts(shapes[i])
        shapes[i] = shapely.multipolygons(parts[shapely.get_type_id(parts) == 3])
    return shapes
