"""Reference systems: the CRS of a text or a frame, a frame in CGCS2000 degrees, degrees as text.

Everything is longitude first. Areas and lengths are in `changji_geo.ellipsoid`, the GCJ-02 and BD-09 shifts of web maps
in `changji_geo.gcj02`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely

from changji_geo.errors import CRSError, InputError

if TYPE_CHECKING:
    import geopandas as gpd

CGCS2000 = "EPSG:4490"
"""China Geodetic Coordinate System 2000, longitude/latitude in degrees: how every layer is stored."""

CHANGJI_ALBERS = (
    "+proj=aea +lat_1=43.5 +lat_2=45.5 +lat_0=44 +lon_0=88.5 +x_0=0 +y_0=0 +ellps=GRS80 +units=m +no_defs +type=crs"
)
"""Local equal-area projection of printed maps (north is up near 88.5°E); it has no EPSG code."""


def parse_crs(text: str, *, what: str) -> pyproj.CRS:
    """A CRS from ``changji_albers``, ``EPSG:4517``, WKT or anything else pyproj accepts.

    Parameters
    ----------
    text : str
        The CRS as a person wrote it.
    what : str
        What it belongs to, for the message (``"图层 counties"``).

    Raises
    ------
    CRSError
        When pyproj does not know it.

    Examples
    --------
    >>> parse_crs("EPSG:4490", what="图层 counties").is_geographic
    True
    """
    try:
        return pyproj.CRS.from_user_input(CHANGJI_ALBERS if text == "changji_albers" else text)
    except pyproj.exceptions.CRSError as cause:
        raise CRSError(
            f"不认识的坐标系“{text}”",
            where=what,
            expected="EPSG 代码，如 EPSG:4490（CGCS2000 经纬度）、EPSG:4517（3 度带 29 带），或 changji_albers",
            fix="检查代码；不确定时向数据提供方询问",
        ) from cause


def require_crs(frame: gpd.GeoDataFrame | gpd.GeoSeries, *, what: str) -> pyproj.CRS:
    """The CRS of a frame, which must have one.

    Parameters
    ----------
    frame : GeoDataFrame or GeoSeries
        Any frame; not altered.
    what : str
        What the frame is, for the message (``"线索文件 a.shp"``).

    Returns
    -------
    pyproj.CRS

    Raises
    ------
    CRSError
        When the frame has no CRS: guessing one may move everything by hundreds of metres.
    """
    crs = frame.crs
    if crs is None:
        raise CRSError(
            "没有坐标系信息",
            where=what,
            expected="数据自带坐标系（.prj 文件或 GeoPackage 中的定义）",
            fix="向数据提供方确认坐标系后写明，如 CGCS2000 经纬度为 EPSG:4490；不能凭坐标数值猜",
        )
    return pyproj.CRS.from_user_input(crs)


def to_cgcs2000(frame: gpd.GeoDataFrame, *, what: str = "数据") -> gpd.GeoDataFrame:
    """A frame in CGCS2000 longitude/latitude (EPSG:4490), x = longitude.

    Parameters
    ----------
    frame : GeoDataFrame
        In any known CRS; not altered.
    what : str
        What the frame is, for the message.

    Returns
    -------
    GeoDataFrame
        A new frame, same rows, columns and index. WGS 84 coordinates pass unchanged (both agree to a few cm).

    Raises
    ------
    CRSError
        When the frame has no CRS, or its coordinates cannot be in the CRS it claims.
    """
    crs = require_crs(frame, what=what)
    if crs.to_epsg() == 4490:
        return frame.copy()
    out = frame.to_crs(CGCS2000)
    if not np.isfinite(shapely.get_coordinates(out.geometry.array)).all():
        raise CRSError(
            f"有坐标无法从 {crs.name} 换算为经纬度",
            where=what,
            expected="与声明的坐标系相符的坐标",
            fix="坐标系可能写错了（常见：经纬度数据标成了投影坐标系，或带号不符）",
        )
    return out


def format_lon(degrees: float, *, decimals: int = 0) -> str:
    """Longitude in degrees as text: ``87°18′30″E``.

    Parameters
    ----------
    degrees : float
        -180..180.
    decimals : int
        Decimals of the seconds (2 is about 0.3 m).

    Raises
    ------
    InputError
        When the number is not a longitude.

    Examples
    --------
    >>> format_lon(87.30833333)
    '87°18′30″E'
    """
    return _dms(degrees, decimals, 180, "经度") + ("W" if degrees < 0 else "E")


def format_lat(degrees: float, *, decimals: int = 0) -> str:
    """Latitude in degrees as text: ``44°00′36″N``; see `format_lon`.

    Examples
    --------
    >>> format_lat(44.01)
    '44°00′36″N'
    """
    return _dms(degrees, decimals, 90, "纬度") + ("S" if degrees < 0 else "N")


def format_dms(lon: float, lat: float, *, decimals: int = 0) -> str:
    """A position as text, longitude first: ``87°18′30″E，44°00′36″N``; see `format_lon`.

    Examples
    --------
    >>> format_dms(87.3, 44.01, decimals=1)
    '87°18′00.0″E，44°00′36.0″N'
    """
    return f"{format_lon(lon, decimals=decimals)}，{format_lat(lat, decimals=decimals)}"


def _dms(degrees: float, decimals: int, limit: int, what: str) -> str:
    if not abs(degrees) <= limit:
        raise InputError(f"{what} {degrees} 超出范围", expected=f"-{limit} 到 {limit} 之间的度数")
    scale = 10**decimals
    units = round(abs(degrees) * 3600 * scale)
    seconds, fraction = divmod(units, scale)
    tail = f".{fraction:0{decimals}d}" if decimals else ""
    return f"{seconds // 3600}°{seconds % 3600 // 60:02d}′{seconds % 60:02d}{tail}″"
