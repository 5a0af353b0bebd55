"""A redrawn outline -> the shape to store and how it differs from the one before; what cannot be one is refused."""

from __future__ import annotations

import numpy as np
import shapely

from changji_geo.clues.checks.batch import area_words
from changji_geo.clues.incoming.comparing import ShapeChange, compare_shapes, same_shape
from changji_geo.clues.model import Clue
from changji_geo.ellipsoid import area_m2, geod
from changji_geo.errors import InputError

FARTHEST_KM = 10.0
"""A redrawn outline farther away than this is more likely another place, a slip of the hand or another coordinate system."""

_KINDS = (shapely.Polygon, shapely.MultiPolygon, shapely.Point)


def require_outline(clue: Clue, geometry: shapely.Geometry) -> shapely.Geometry:
    """The geometry without heights, once it is known to be a usable outline of this clue.

    Parameters
    ----------
    clue : Clue
    geometry : shapely geometry
        Longitude/latitude on CGCS2000 (EPSG:4490), a valid polygon with an area, or a point.

    Raises
    ------
    InputError
        When it is another kind, empty, invalid, without area, no longitude/latitude, has them the wrong way round (it
        would then lie nearer to the clue), or is the outline that the clue has already.
    """
    where = f"线索 {clue.id} 的新图形"
    if not isinstance(geometry, _KINDS):
        raise InputError(f"几何类型是 {type(geometry).__name__}", where=where, expected="面或单个点", fix="重画为面")
    shape = shapely.force_2d(geometry)
    xy = shapely.get_coordinates(shape)
    if not len(xy) or not np.isfinite(xy).all():
        raise InputError("图形是空的，或坐标不是有限的数", where=where, fix="重新画一遍")
    if (np.abs(xy) > [180.0, 90.0]).any():
        raise InputError(
            f"坐标（{xy[0][0]:.6g}，{xy[0][1]:.6g}）不是经纬度",
            where=where,
            expected="CGCS2000 经纬度（EPSG:4490），经度在前",
            fix="先转换坐标系；经纬度写反了就对调",
        )
    if _swapped_is_nearer(clue.geometry, shape):
        raise InputError(
            f"经纬度像是写反了：第一个点是 {xy[0][0]:.4f}，{xy[0][1]:.4f}",
            where=where,
            expected="经度在前、纬度在后",
            fix="对调两列后重试",
        )
    if not shapely.is_valid(shape):
        raise InputError(
            f"图形无效：{_fault_zh(shape)}",
            where=where,
            expected="边界不自相交的面",
            fix="在 QGIS 里修复几何后重试",
        )
    if shapely.get_dimensions(shape) == 2 and not area_m2([shape])[0] > 0:
        raise InputError("面积为 0", where=where, expected="有面积的面", fix="重新画一遍")
    if same_shape(clue.geometry, shape):
        raise InputError("新图形与现在的相同", where=where, fix="没有改动就不用登记")
    return shape


def km_away(old: shapely.Geometry, new: shapely.Geometry) -> float:
    """Kilometres between the nearest points of two shapes, as degrees find them; 0 where they touch.

    Examples
    --------
    >>> round(km_away(shapely.Point(88, 44), shapely.Point(89, 44)), 1)
    80.2
    """
    ends = shapely.get_coordinates(shapely.shortest_line(old, new)).tolist()
    (x1, y1), (x2, y2) = ends if ends else ((0.0, 0.0), (0.0, 0.0))
    return float(geod().inv(x1, y1, x2, y2)[2]) / 1000


def _fault_zh(shape: shapely.Geometry) -> str:
    """GEOS' reason, the commonest ones in Chinese, with the place."""
    reason = str(shapely.is_valid_reason(shape))
    for english, chinese in (("Ring Self-intersection", "环自相交"), ("Self-intersection", "自相交")):
        reason = reason.replace(english, chinese)
    return reason.replace("[", "，位置 ").replace("]", "")


def _swapped_is_nearer(old: shapely.Geometry, new: shapely.Geometry) -> bool:
    x, y = shapely.get_coordinates(shapely.centroid(old))[0].tolist()
    lon, lat = shapely.get_coordinates(new).mean(axis=0).tolist()
    if abs(lon) > 90:  # swapped, it would be no latitude
        return False
    metres = geod().inv([x, x], [y, y], [lon, lat], [lat, lon])[2]
    return bool(metres[1] < metres[0])


def outline_words(before: shapely.Geometry, after: shapely.Geometry) -> str:
    """How an outline changed, in Chinese: areas before and after, their difference, the overlap.

    Examples
    --------
    >>> outline_words(shapely.box(87, 44, 87.02, 44.01), shapely.box(87, 44, 87.01, 44.01))
    '面积 1,782,230 平方米 → 891,115 平方米（-891,115 平方米），重叠率 50.0%'
    """
    change = compare_shapes(before, after)
    old, new = (float(a) for a in area_m2([before, after]))
    sides = [area_words(a) if shapely.get_dimensions(g) == 2 else "点" for g, a in ((before, old), (after, new))]
    if shapely.get_dimensions(before) == shapely.get_dimensions(after) == 2:
        return f"面积 {sides[0]} → {sides[1]}（{_signed(change)}），重叠率 {change.iou or 0.0:.1%}"
    if "点" in sides and sides[0] != sides[1]:
        return f"{sides[0]} → {sides[1]}，中心移动 {change.moved_m:,.1f} 米"
    return f"点移动 {change.moved_m:,.1f} 米"


def _signed(change: ShapeChange) -> str:
    return ("+" if change.area_change_m2 >= 0 else "-") + area_words(abs(change.area_change_m2))
