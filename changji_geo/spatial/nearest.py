"""Each feature its nearest feature of another frame, with the geodesic distance between them."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely

from changji_geo.crs import require_crs, to_cgcs2000
from changji_geo.errors import InputError, LayerError
from changji_geo.spatial.attach import names_to_attach, refuse_same_names, take_rows
from changji_geo.spatial.edge_distance import (
    Floats,
    LocalPlane,
    Pieces,
    Reach,
    Rows,
    Shapes,
    least_distances_m,
    simple_parts,
    take_apart,
)
from changji_geo.spatial.threads import each_in_threads

TIE_M = 1e-6
"""Distances that differ by no more than this many metres are equal."""

_BAND_DEG = 2.0
_BLOCK = 50_000
_DISTANCE = "distance_m"
_LEFT, _RIGHT = "左表", "右表"


def join_nearest(
    left: gpd.GeoDataFrame,
    right: gpd.GeoDataFrame,
    *,
    max_distance_m: float | None = None,
    columns: Sequence[str] | None = None,
) -> gpd.GeoDataFrame:
    """Give each feature the columns of its nearest feature in another frame, and the geodesic distance to it.

    Parameters
    ----------
    left : GeoDataFrame
        Points, lines, polygons or a mixture, in any CRS; not altered.
    right : GeoDataFrame
        The candidates: any kinds of geometry, any CRS; not altered.
    max_distance_m : float, optional
        Farthest distance that still counts, metres, itself included.
    columns : sequence of str, optional
        Columns of `right` to attach; all except the geometry by default.

    Returns
    -------
    GeoDataFrame
        `left` with its rows, index, geometry and CRS, the columns of `right`, and ``distance_m``: geodesic metres on
        CGCS2000. A left feature that is missing, empty or has a coordinate that is not finite, or that has nothing within
        `max_distance_m`, gets missing values; so do all when `right` is empty. Columns keep their type where every row
        found a neighbour; otherwise whole numbers and yes/no become pandas' nullable ones.

    Raises
    ------
    CRSError
        When a frame has no CRS.
    LayerError
        When `right` lacks a column, or `left` has a column of the same name.
    InputError
        When `max_distance_m` is negative or not a number.

    Notes
    -----
    Everything is measured on the ellipsoid in longitude/latitude, so zone borders such as 88.5°E make no difference.
    Between two points the distance is exactly that of ``pyproj.Geod.inv``. Edges of lines and polygons are straight in
    longitude/latitude, as in all of this package (projected frames are converted vertex by vertex); the distance to one
    is right to 1 µm up to 1000 km. It is 0 where two geometries meet, also for a point inside a polygon. Polygons must be
    valid.

    Distances equal to 1 µm are ties: the feature that comes first in `right` is taken.

    Candidates come from a tree in a conformal plane for each 2° of latitude: the geodesic distance to one near feature
    bounds how far away any nearer one can lie, its plane distance being at most k_max times that, and only features
    within that bound are measured. In degrees, or in the plane of one Gauss-Krueger zone, the nearest need not be the
    nearest: here 1° of longitude is 80 km and 1° of latitude 111 km. Made for distances up to some 1000 km; farther ones
    are right, too, but slow against layers of many vertices.

    Examples
    --------
    >>> from shapely import Point
    >>> wells = gpd.GeoDataFrame({"well": ["甲"]}, geometry=[Point(87.30, 44.01)], crs="EPSG:4490")
    >>> towns = gpd.GeoDataFrame({"town": ["北", "东"]}, geometry=[Point(87.30, 44.11), Point(87.42, 44.01)], crs=4490)
    >>> found = join_nearest(wells, towns)
    >>> found["town"][0], float(found["distance_m"][0].round(2))
    ('东', 9623.13)
    """
    require_crs(left, what=_LEFT)
    require_crs(right, what=_RIGHT)
    names = names_to_attach(left, right, columns, what=_LEFT, other_what=_RIGHT)
    refuse_same_names(left, [_DISTANCE], what=_LEFT, fix="先改名或删去这一列")
    if _DISTANCE in names:
        raise LayerError(f"已有列“{_DISTANCE}”，结果会重名", where=_RIGHT, fix="先改名，或用 columns 只取需要的列")
    limit = np.inf if max_distance_m is None else float(max_distance_m)
    if not limit >= 0:
        raise InputError(
            f"max_distance_m = {max_distance_m} 不能用", expected="不小于 0 的米数", fix="改成正数，或不给"
        )
    here, there = _lonlat(left, _LEFT), _lonlat(right, _RIGHT)
    row, metres = _meeting(here, there)
    apart = here.copy()
    apart[row >= 0] = None
    far_row, far_metres = _nearest(take_apart(apart), take_apart(there), len(left), limit)
    row, metres = np.where(row < 0, far_row, row), np.where(row < 0, far_metres, metres)
    out = left.copy()
    for name in names:
        out[name] = take_rows(right[name], row)
    out[_DISTANCE] = metres
    return out


def _lonlat(frame: gpd.GeoDataFrame, what: str) -> Shapes:
    """Geometries on CGCS2000 without height; None where there is nothing to measure."""
    shapes = np.asarray(frame.geometry.array, dtype=object)
    if shapely.has_z(shapes).any():
        shapes = shapely.force_2d(shapes)
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    whole = shapes.copy()
    whole[owner[~np.isfinite(xy).all(axis=1)]] = None
    return np.asarray(
        to_cgcs2000(gpd.GeoDataFrame(geometry=whole, crs=frame.crs), what=what).geometry.array, dtype=object
    )


def _meeting(here: Shapes, there: Shapes) -> tuple[Rows, Floats]:
    """The first right row that meets each left row and 0; -1 and NaN where none does."""
    row = np.full(len(here), -1, dtype=np.intp)
    left, left_owner = simple_parts(here)
    right, right_owner = simple_parts(there)
    # Two points that coincide are found by their distance.
    kinds = np.concatenate([shapely.get_type_id(left), shapely.get_type_id(right)])
    if len(left) and len(right) and (kinds > 0).any():
        # The tree prepares what asks it, which pays for the side with more vertices.
        swap = shapely.get_num_coordinates(right).mean() > shapely.get_num_coordinates(left).mean()
        asking, asked = (right, left) if swap else (left, right)
        pairs = shapely.STRtree(asked).query(asking, predicate="intersects")
        i, j = pairs[::-1] if swap else pairs
        first = np.full(len(here), len(there), dtype=np.intp)
        np.minimum.at(first, left_owner[i], right_owner[j])
        row = np.where(first < len(there), first, -1)
    return row, np.where(row < 0, np.nan, 0.0)


def _nearest(left: Pieces, right: Pieces, count: int, limit: float) -> tuple[Rows, Floats]:
    """The nearest right row of each of ``count`` left rows and its distance; -1 and NaN where there is none."""
    row = np.full(count, -1, dtype=np.intp)
    metres = np.full(count, np.nan)
    if not len(left) or not len(right):
        return row, metres
    west, south = np.minimum(right.start, right.end).min(axis=0).tolist()
    east, north = np.maximum(right.start, right.end).max(axis=0).tolist()
    edge_m = max(left.longest_m, right.longest_m)
    first = np.flatnonzero(np.diff(left.owner, prepend=-1))
    lat = np.column_stack([left.start[:, 1], left.end[:, 1]])
    middle = (np.minimum.reduceat(lat.min(axis=1), first) + np.maximum.reduceat(lat.max(axis=1), first)) / 2
    band = np.floor(middle / _BAND_DEG)
    edges = np.diff(first, append=len(left))
    tasks: list[tuple[Rows, _Targets, Reach]] = []
    for number in np.unique(band):
        plane = LocalPlane(float((number + 0.5) * _BAND_DEG), (west + east) / 2)
        reach = Reach(plane, edge_m, west, south, east, north)
        there = _Targets(right, plane)
        rows = np.flatnonzero(np.repeat(band == number, edges))
        tasks += [(some, there, reach) for some in np.split(rows, _cuts(left.owner[rows]))]
    # No two blocks have an owner in common, so each fills in rows of its own.
    each_in_threads(lambda task: _search(left.take(task[0]), *task[1:], limit, row, metres), tasks)
    return row, metres


def _cuts(owner: Rows) -> Rows:
    """Where to cut rows into blocks of about `_BLOCK`, never inside an owner."""
    block = np.arange(len(owner)) // _BLOCK
    first = np.diff(owner, prepend=-1) != 0
    at_first = block[np.maximum.accumulate(np.where(first, np.arange(len(owner)), 0))]
    return np.flatnonzero(np.diff(at_first, prepend=at_first[:1]))


class _Targets:
    """The right side drawn in one plane."""

    def __init__(self, pieces: Pieces, plane: LocalPlane) -> None:
        self.pieces = pieces
        chains, self.edges = _drawn(pieces, plane)
        self.tree = shapely.STRtree(chains)
        self.tree.nearest(chains[0])  # GEOS builds it at the first question, which must not come from two threads
        self.first = pieces.chain_first
        self.count = np.diff(self.first, append=len(pieces))


def _drawn(pieces: Pieces, plane: LocalPlane) -> tuple[Shapes, Shapes]:
    """Chains and edges in the plane."""
    chains = plane.chains(pieces)
    return chains, chains if len(chains) == len(pieces) else plane.edges(pieces)


def _search(left: Pieces, there: _Targets, reach: Reach, limit: float, row: Rows, metres: Floats) -> None:
    """Fill in the rows of one block."""
    chains, edges = _drawn(left, reach.plane)
    first = left.chain_first
    count = np.diff(first, append=len(left))
    owner, group = np.unique(left.owner, return_inverse=True)
    near = there.tree.nearest(chains)
    seen = shapely.distance(chains, there.tree.geometries[near])
    least = np.full(len(owner), limit)
    np.minimum.at(least, group[first], seen)
    low, high = np.minimum(left.start, left.end), np.maximum(left.start, left.end)
    low, high = np.minimum.reduceat(low, first), np.maximum.reduceat(high, first)
    far = reach.reach_m((low[:, 0], high[:, 0]), (low[:, 1], high[:, 1]), least[group[first]])
    asking = np.flatnonzero(seen <= far)
    i, j = there.tree.query(chains[asking], predicate="dwithin", distance=far[asking])
    i = asking[i]
    # From chain and chain to edge and chain to edge and edge, dropping on the way what is too far.
    k, pair = _spread(first, count, i)
    far, j = far[i][pair], j[pair]
    close = shapely.dwithin(edges[k], there.tree.geometries[j], far)
    k, far, j = k[close], far[close], j[close]
    j, pair = _spread(there.first, there.count, j)
    k, far = k[pair], far[pair]
    close = shapely.dwithin(edges[k], there.edges[j], far)
    k, j = k[close], j[close]
    found = least_distances_m(left, k, there.pieces, j, group=group[k])
    near_enough = found <= limit
    _choose(left.owner[k[near_enough]], there.pieces.owner[j[near_enough]], found[near_enough], row, metres)


def _spread(first: Rows, count: Rows, chain: Rows) -> tuple[Rows, Rows]:
    """Every piece of each chain, and the place in ``chain`` it stands for."""
    pair = np.repeat(np.arange(len(chain)), count[chain])
    start = np.cumsum(count[chain]) - count[chain]
    return first[chain][pair] + np.arange(len(pair)) - start[pair], pair


def _choose(owner: Rows, target: Rows, found: Floats, row: Rows, metres: Floats) -> None:
    """Write for each owner its nearest target; of equal ones the first."""
    best = np.full(len(row), np.inf)
    np.minimum.at(best, owner, found)
    tie = found <= best[owner] + TIE_M
    owner, target, found = owner[tie], target[tie], found[tie]
    order = np.lexsort((found, target, owner))
    chosen = order[np.diff(owner[order], prepend=-1) != 0]
    row[owner[chosen]], metres[owner[chosen]] = target[chosen], found[chosen]
