"""What the kernels demand of a layer of polygons: a CRS, areas only, valid rings; else an error that names the feature."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from changji_geo.crs import require_crs
from changji_geo.errors import LayerError
from changji_geo.spatial.validity import valid_shapes

_POLYGON, _MULTIPOLYGON = 3, 6
_KINDS_ZH = {0: "点", 1: "线", 2: "线", 4: "多点", 5: "多线", 7: "几何集合"}


def require_polygons(frame: gpd.GeoDataFrame, *, what: str) -> NDArray[np.object_]:
    """The geometries of a layer of polygons.

    Parameters
    ----------
    frame : GeoDataFrame
        In any CRS; not altered.
    what : str
        What the frame is, for the message (``"面图层"``).

    Returns
    -------
    ndarray of Polygon or MultiPolygon, shape (n,)
        Missing and empty geometries stay as they are.

    Raises
    ------
    CRSError
        When the frame has no CRS.
    LayerError
        When a geometry is no polygon, or an invalid one: its area and what lies in it are not defined.

    Examples
    --------
    >>> squares = gpd.GeoDataFrame(geometry=[shapely.box(87, 44, 88, 45), None], crs="EPSG:4490")
    >>> len(require_polygons(squares, what="面图层"))
    2
    """
    require_crs(frame, what=what)
    shapes = np.asarray(frame.geometry.array, dtype=object)
    kind = shapely.get_type_id(shapes)
    other = np.flatnonzero(~np.isin(kind, (-1, _POLYGON, _MULTIPOLYGON)))
    if len(other):
        found = _KINDS_ZH.get(int(kind[other[0]]), shapes[other[0]].geom_type)
        raise LayerError(
            f"{feature_words(frame, other)}不是面，而是{found}",
            where=what,
            expected="面（Polygon 或 MultiPolygon）",
            fix="只保留面要素；闭合的线先转成面",
        )
    invalid = np.flatnonzero(~(valid_shapes(shapes) | (kind == -1)))
    if len(invalid):
        raise LayerError(
            f"{feature_words(frame, invalid)}的几何无效（{shapely.is_valid_reason(shapes[invalid[0]])}）",
            where=what,
            expected="不自相交、环不重叠的面",
            fix="先修复几何再计算：用 changji-geo layers import 导入时会修复，并逐个记下面积变化",
        )
    return shapes


def feature_words(frame: Any, positions: NDArray[np.integer[Any]]) -> str:
    """Features as a person finds them: ``"第 3 个要素（索引 17）"``, and how many more."""
    first = int(positions[0])
    more = f"等 {len(positions)} 个" if len(positions) > 1 else ""
    return f"第 {first + 1} 个要素（索引 {frame.index[first]}）{more}"
