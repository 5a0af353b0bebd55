"""A frame -> the ellipsoidal area of each feature."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from changji_geo import ellipsoid
from changji_geo.crs import to_cgcs2000


def area_m2(frame: gpd.GeoDataFrame, *, what: str = "图层") -> pd.Series[float]:
    """Ellipsoidal area (椭球面积) of each feature of a frame.

    Parameters
    ----------
    frame : GeoDataFrame
        Any CRS, converted vertex by vertex; not altered.
    what : str
        What the frame is, for the message.

    Returns
    -------
    Series of float64
        Named ``area_m2``, with the frame's index: square metres on CGCS2000 between edges that are straight in
        longitude/latitude, the convention of the national land surveys, as in `changji_geo.ellipsoid.area_m2`; 0 for
        points, lines and empty geometries, NaN for missing ones.

    Raises
    ------
    CRSError
        When the frame has no CRS, or coordinates that cannot be in it.

    Examples
    --------
    >>> import shapely
    >>> square = gpd.GeoDataFrame(geometry=[shapely.box(87, 44, 88, 45)], crs="EPSG:4490")
    >>> area_m2(square).round().tolist()
    [8837369526.0]
    """
    degrees = to_cgcs2000(frame, what=what)
    return pd.Series(ellipsoid.area_m2(degrees.geometry), index=frame.index, name="area_m2")
