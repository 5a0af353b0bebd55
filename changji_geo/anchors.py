"""Where a feature's label sits: deep inside an area, halfway along a line, on a point; always on the shown part."""

from __future__ import annotations

import math

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from changji_geo.types import BBox, LonLat


def label_anchor(geometry: BaseGeometry, bbox: BBox) -> LonLat:
    """The label position of a geometry.

    Areas: the centre of the largest inscribed circle of the largest part (pole of inaccessibility), found on a plane where
    a degree of longitude is shrunk by cos(latitude) so that "deepest" means metres. Lines: the middle of the longest
    part. Points: the first one. Only the part inside `bbox` counts when there is one; otherwise the whole geometry.

    Parameters
    ----------
    geometry : shapely geometry
        Not empty; degrees on CGCS2000.
    bbox : BBox
        The extent shown.

    Returns
    -------
    LonLat
    """
    box = shapely.box(*bbox)
    if shapely.covers(box, geometry) or not shapely.intersects(box, geometry):
        shown = geometry
    else:
        shown = _same_dimension(shapely.intersection(shapely.make_valid(geometry), box), geometry)
    dimension = shapely.get_dimensions(shown)
    parts = shapely.get_parts(shown)
    if dimension == 2:
        squeeze = math.cos(math.radians(shown.centroid.y))
        planar = shapely.transform(parts[np.argmax(shapely.area(parts))], lambda c: c * [squeeze, 1.0])
        west, south, east, north = planar.bounds
        tolerance = max(east - west, north - south) / 200 or 1e-9
        point = shapely.get_point(shapely.maximum_inscribed_circle(planar, tolerance=tolerance), 0)
        return LonLat(float(point.x) / squeeze, float(point.y))
    if dimension == 1:
        line = parts[np.argmax(shapely.length(parts))]
        point = shapely.line_interpolate_point(line, 0.5, normalized=True)
        return LonLat(float(point.x), float(point.y))
    return LonLat(float(parts[0].x), float(parts[0].y))


def _same_dimension(clipped: BaseGeometry, whole: BaseGeometry) -> BaseGeometry:
    """The parts of `clipped` that have the dimension of `whole`; `whole` when only a touch is left."""
    wanted = shapely.get_dimensions(whole)
    parts = [p for p in shapely.get_parts(clipped) if shapely.get_dimensions(p) == wanted]
    return shapely.union_all(parts) if parts else whole
