"""Two shapes of one clue -> whether they are the same, and if not by how much: area, overlap, distance."""

from __future__ import annotations

from dataclasses import dataclass

import shapely

from changji_geo.ellipsoid import area_m2, geod

SAME_DEG = 1e-8
"""Vertices this near (a millimetre) are the same: what a rewrite in another format does to coordinates."""

_COLLECTION = 7


@dataclass(frozen=True, slots=True)
class ShapeChange:
    """How two shapes differ.

    ``area_change_m2``: later less earlier, ellipsoidal; 0 between points. ``iou``: common area over joint area, 0 to 1;
    None when one of the shapes is a point. ``moved_m``: geodesic distance between the centroids.
    """

    area_change_m2: float
    iou: float | None
    moved_m: float


def same_shape(one: shapely.Geometry, other: shapely.Geometry) -> bool:
    """Whether two shapes are the same but for the order of rings and vertices and for a millimetre.

    Examples
    --------
    >>> same_shape(shapely.box(87, 44, 88, 45), shapely.Polygon([(88, 45), (87, 45), (87, 44), (88, 44)]))
    True
    """
    if shapely.equals_exact(one, other, SAME_DEG):
        return True
    if shapely.get_type_id(one) != shapely.get_type_id(other):
        return False
    first, second = shapely.normalize(one), shapely.normalize(other)
    if bool(shapely.equals_exact(first, second, SAME_DEG)):
        return True
    # Rounding can change which vertex comes first: then what only one of them covers is as thin as a rounding.
    if not (_areal(one) and shapely.is_valid(one) and shapely.is_valid(other)):
        return False
    alike = shapely.get_num_coordinates(one) == shapely.get_num_coordinates(other)
    return bool(alike and shapely.area(shapely.symmetric_difference(one, other)) <= SAME_DEG * shapely.length(one))


def compare_shapes(before: shapely.Geometry, after: shapely.Geometry) -> ShapeChange:
    """Measure how a shape changed.

    Parameters
    ----------
    before, after : shapely geometry
        Longitude/latitude on CGCS2000, points or polygons. An invalid polygon is measured as made valid.

    Examples
    --------
    >>> change = compare_shapes(shapely.box(87, 44, 87.02, 44.01), shapely.box(87, 44, 87.01, 44.01))
    >>> round(change.iou, 6), round(change.area_change_m2), round(change.moved_m)
    (0.5, -891115, 401)
    """
    one, two = _valid(before), _valid(after)
    moved = geod().inv(*_centre(one), *_centre(two))[2]
    if not (_areal(one) and _areal(two)):
        first, second = area_m2([one, two]).tolist() if _areal(one) or _areal(two) else (0.0, 0.0)
        return ShapeChange(second - first, None, float(moved))
    first, second, common = area_m2([one, two, _common(one, two)]).tolist()
    joint = first + second - common
    return ShapeChange(second - first, min(max(common / joint, 0.0), 1.0) if joint > 0 else 0.0, float(moved))


def _valid(shape: shapely.Geometry) -> shapely.Geometry:
    if shapely.is_valid(shape):
        return shape
    return shapely.make_valid(shape, method="structure", keep_collapsed=False)


def _common(one: shapely.Geometry, two: shapely.Geometry) -> shapely.Geometry:
    common = shapely.intersection(one, two)
    if _areal(common):
        return common
    parts = [p for p in shapely.get_parts(common) if _areal(p)]
    return shapely.union_all(parts) if parts else shapely.Polygon()


def _areal(shape: shapely.Geometry) -> bool:
    return bool(shapely.get_dimensions(shape) == 2 and shapely.get_type_id(shape) != _COLLECTION)


def _centre(shape: shapely.Geometry) -> tuple[float, float]:
    centre = shapely.centroid(shape)
    return float(shapely.get_x(centre)), float(shapely.get_y(centre))
