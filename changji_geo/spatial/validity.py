"""Which geometries are valid: plain outlines by arithmetic on whole arrays, the others by GEOS; the same answer as GEOS."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from changji_geo.spatial.threads import in_threads

_BLOCK = 2048
_MOST_CORNERS = 100
_CORNERS_AT_ONCE = 40_000
_ROUNDING = 1e-15


def valid_shapes(shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Whether each geometry is valid, as ``shapely.is_valid`` has it, in a fraction of the time for ordinary parcels.

    Parameters
    ----------
    shapes : ndarray of geometry, shape (n,)

    Returns
    -------
    ndarray of bool, shape (n,)
        False also for missing geometries.

    Notes
    -----
    A ring whose corners go round its middle exactly once, and always the same way, cannot cross itself. Rounding cannot
    feign that: a turn counts only where it is larger than the error of its sign. Everything else is left to GEOS.
    """
    blocks = [_go_round_their_middle(shapes[start : start + _BLOCK]) for start in range(0, len(shapes), _BLOCK)]
    out = np.concatenate([np.zeros(0, dtype=bool), *blocks])
    rest = np.flatnonzero(~out)
    corners = int(shapely.get_num_coordinates(shapes[rest]).sum())
    block = 1 + _CORNERS_AT_ONCE * len(rest) // max(corners, 1)
    out[rest] = in_threads(shapely.is_valid, shapes[rest], block=block)
    return out


def _go_round_their_middle(shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """True for polygons without holes that are star-shaped about the mean of their corners.

    Of so few geometries that what lies between stays in the processor's cache.
    """
    out = np.zeros(len(shapes), dtype=bool)
    corners = shapely.get_num_coordinates(shapes)
    few = (shapely.get_type_id(shapes) == 3) & (corners > 0) & (corners <= _MOST_CORNERS)
    plain = np.flatnonzero(few & (shapely.get_num_interior_rings(shapes) == 0))
    if not len(plain):
        return out
    xy, ring = shapely.get_coordinates(shapes[plain], return_index=True)
    links = np.flatnonzero(ring[1:] != ring[:-1])  # from one ring to the next
    start = np.append(0, links + 1)
    size = np.diff(start, append=len(ring))
    # The closing corner, the same as the first, counts twice: any middle will do.
    x, y = np.ascontiguousarray(xy.T)
    x -= np.repeat(np.add.reduceat(x, start) / size, size)
    y -= np.repeat(np.add.reduceat(y, start) / size, size)
    turn = x[:-1] * y[1:]
    turn -= y[:-1] * x[1:]
    turn[links] = turn[links - 1]
    doubt = _ROUNDING * 2.0 * np.abs(x).max() * np.abs(y).max()
    same_way = (np.minimum.reduceat(turn, start) > doubt) | (np.maximum.reduceat(turn, start) < -doubt)
    south = y < 0
    change = south[1:] != south[:-1]
    change[links] = False
    out[plain] = same_way & (np.bincount(ring[np.flatnonzero(change)], minlength=len(plain)) == 2)
    return out
