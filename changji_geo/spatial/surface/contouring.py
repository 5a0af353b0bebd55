"""A grid of numbers and class bounds -> one area a class, between contour lines, that together fill a mask exactly."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

from changji_geo.crs import CGCS2000, CHANGJI_ALBERS
from changji_geo.spatial.surface.samples import Floats

_TIE = 1e-7
"""Numbers nearer to a bound than this share of their spread are on it, hence of the class below: 0.2 mm of a 2 km cell."""

_SLIVER_DEGREES2 = 1e-12
"""Parts smaller than this (1 cm²) are rounding of the clip, not areas."""


def class_areas(x: Floats, y: Floats, grid: Floats, bounds: ArrayLike, mask: BaseGeometry) -> list[BaseGeometry | None]:
    """Areas between contour lines, clipped to a mask.

    Parameters
    ----------
    x, y : ndarray of float, shape (nx,) and (ny,)
        Cell centres in Albers metres, rising.
    grid : ndarray of float, shape (ny, nx)
        Numbers at the centres, linear between them; NaN away from the mask.
    bounds : array_like of float, shape (k - 1,)
        Inner bounds of the k classes, rising; a class excludes its lower and includes its upper bound.
    mask : Polygon or MultiPolygon
        Degrees, EPSG:4490. Every square of four centres that meets it must have its four numbers.

    Returns
    -------
    list of MultiPolygon or None, length k
        Degrees, EPSG:4490, valid; None where a class has no area. Neighbours share their contour line.

    Examples
    --------
    Numbers that rise eastwards, cut at the meridian of the projection: two halves.

    >>> x, y = np.linspace(-2e4, 2e4, 5), np.linspace(-2e4, 2e4, 5)
    >>> mask = shapely.box(88.4, 43.9, 88.6, 44.1)
    >>> low, high = class_areas(x, y, np.tile(x, (5, 1)), [0.0], mask)
    >>> round(low.area / mask.area, 3), round(high.area / mask.area, 3)
    (0.5, 0.5)
    """
    from contourpy import FillType, contour_generator

    edges = np.concatenate([[-np.inf], np.asarray(bounds, dtype=np.float64), [np.inf]])
    to_degrees = pyproj.Transformer.from_crs(CHANGJI_ALBERS, CGCS2000, always_xy=True)
    free = _off_bounds(grid, edges[1:-1])
    lines = contour_generator(
        x, y, np.ma.masked_invalid(free), name="serial", fill_type=FillType.OuterOffset, corner_mask=False
    )
    known = free[np.isfinite(free)]
    shapely.prepare(mask)
    out: list[BaseGeometry | None] = []
    for low, high in pairwise(edges.tolist()):
        if known.max() <= low or known.min() > high:
            out.append(None)
        elif known.min() > low and known.max() <= high:
            out.append(MultiPolygon(list(shapely.get_parts(mask))))
        else:
            found: Any = lines.filled(low, high)  # (points, offsets), by the fill type asked for
            out.append(_clipped(found[0], found[1], mask, to_degrees))
    return out


def _off_bounds(grid: Floats, bounds: Floats) -> Floats:
    """The grid with numbers on a bound moved just below it: a contour through a centre may touch itself there."""
    step = _TIE * float(np.nanmax(grid) - np.nanmin(grid))
    out = grid.copy()
    for bound in bounds:
        out[np.abs(grid - bound) < step] = bound - step
    return out


def _clipped(
    points: Sequence[NDArray[np.float64]],
    offsets: Sequence[NDArray[np.uint32]],
    mask: BaseGeometry,
    to_degrees: pyproj.Transformer,
) -> BaseGeometry | None:
    pieces = []
    for ring_points, starts in zip(points, offsets, strict=True):
        degrees = np.column_stack(to_degrees.transform(ring_points[:, 0], ring_points[:, 1]))
        rings = [degrees[a:b] for a, b in pairwise(starts)]
        pieces.append(shapely.Polygon(rings[0], rings[1:]))
    shapes = np.array(pieces, dtype=object)
    bad = ~shapely.is_valid(shapes)
    shapes[bad] = shapely.make_valid(shapes[bad], method="structure", keep_collapsed=False)
    clipped = shapely.get_parts(shapely.get_parts(shapely.intersection(shapely.union_all(shapes), mask)))
    areas = [part for part in clipped if part.geom_type == "Polygon" and part.area > _SLIVER_DEGREES2]
    return MultiPolygon(areas) if areas else None
