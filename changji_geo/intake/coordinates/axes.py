"""Which of two numbers is the east one: longitude or latitude, easting or northing, told by their size.

In China the ranges do not meet: longitudes are 73-136, latitudes 3-54; northings 1.9-6.0 million metres, eastings six digits
or, with the zone number in front, eight. So a swapped pair is recognised without doubt; a pair that fits neither way is left
alone and reported by the caller.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from changji_geo.gauss_kruger import zone_prefixes

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Test = Callable[[Floats, Floats], Bools]

CHINA = (73.0, 3.0, 136.0, 54.0)
"""West, south, east, north of China in degrees, islands included."""

_NORTHING_M = (1.9e6, 6.0e6)
_EASTING_M = (1.0e5, 1.0e6)


def lon_first(x: Floats, y: Floats) -> Bools:
    """Whether (x, y) is a longitude and a latitude in China.

    Examples
    --------
    >>> lon_first(np.array([87.3, 44.0]), np.array([44.0, 87.3])).tolist()
    [True, False]
    """
    west, south, east, north = CHINA
    return np.asarray((x >= west) & (x <= east) & (y >= south) & (y <= north))


def lat_first(x: Floats, y: Floats) -> Bools:
    """Whether (x, y) is a latitude and a longitude in China: swapped."""
    return lon_first(y, x)


def east_first(x: Floats, y: Floats) -> Bools:
    """Whether (x, y) is an easting, with or without zone number, and a northing of a Gauss-Krueger or UTM grid in China."""
    easting = ((x >= _EASTING_M[0]) & (x < _EASTING_M[1])) | (zone_prefixes(x) > 0)
    return np.asarray(easting & (y >= _NORTHING_M[0]) & (y <= _NORTHING_M[1]))


def north_first(x: Floats, y: Floats) -> Bools:
    """Whether (x, y) is a northing and an easting: the habit of Chinese surveys (纵坐标 X, 横坐标 Y)."""
    return east_first(y, x)


def shapes_in_order(shapes: NDArray[np.object_], order: Literal["lon", "lat", "east", "north"]) -> Bools:
    """Per geometry whether all its vertices are in that order; False for empty and missing ones.

    Parameters
    ----------
    shapes : ndarray of shapely geometries, shape (n,)
    order : {"lon", "lat", "east", "north"}
        What comes first.
    """
    test = {"lon": lon_first, "lat": lat_first, "east": east_first, "north": north_first}[order]
    return every_vertex(shapes, test)


def every_vertex(shapes: NDArray[np.object_], test: Test) -> Bools:
    """Per geometry whether a test of (x, y) holds at all its vertices; False for empty and missing ones."""
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    failed = np.bincount(owner, ~test(xy[:, 0], xy[:, 1]), minlength=len(shapes)) > 0
    filled = np.bincount(owner, minlength=len(shapes)) > 0
    return np.asarray(filled & ~failed)


def move_vertices(
    shapes: NDArray[np.object_], move: Callable[[Floats, Floats], tuple[Floats, Floats]]
) -> NDArray[np.object_]:
    """New shapes with ``x, y = move(x, y)`` at every vertex; Z stays, M goes, None stays None."""
    out = shapes.copy()
    for solid in (False, True):
        rows = np.flatnonzero(shapely.has_z(shapes) == solid)
        if len(rows):
            out[rows] = shapely.transform(
                shapes[rows],
                lambda xyz: np.column_stack([*move(xyz[:, 0], xyz[:, 1]), *xyz.T[2:]]),
                include_z=solid,
            )
    return out


def turned(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """The shapes with x and y exchanged; new objects."""
    return move_vertices(shapes, lambda x, y: (y, x))
