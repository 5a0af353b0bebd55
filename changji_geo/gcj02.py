"""Web-map coordinates to and from true ones: GCJ-02 (高德, 腾讯) and BD-09 (百度), longitude/latitude in degrees.

The forward formulas are the ones published in many independent libraries; they have no closed inverse, so the inverses
are iterated until the forward formula gives the input back. "True" is WGS 84, which CGCS2000 equals to a few cm.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from changji_geo.errors import InputError

Degrees = NDArray[np.float64]

_A = 6378245.0  # Krasovsky ellipsoid, metres
_EE = 0.00669342162296594323
_X_PI = np.pi * 3000.0 / 180.0
_BOUNDS = (72.004, 0.8293, 137.8347, 55.8271)
_TOLERANCE_DEG = 1e-10
_MAX_ROUNDS = 30


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    """True longitude/latitude -> GCJ-02.

    Parameters
    ----------
    lon, lat : array_like
        Degrees on WGS 84 or CGCS2000.

    Returns
    -------
    lon, lat : ndarray of float64
        Degrees on GCJ-02. Outside 72.004-137.8347°E, 0.8293-55.8271°N the input comes back unshifted, as web maps do;
        NaN stays NaN.

    Examples
    --------
    >>> lon, lat = wgs84_to_gcj02(87.3, 44.0)
    >>> round(float(lon), 8), round(float(lat), 8)
    (87.30308729, 44.00131009)
    """
    x0, y0 = _pair(lon, lat)
    dx, dy = _shift(x0, y0)
    return x0 + dx, y0 + dy


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    """GCJ-02 -> true longitude/latitude, iterated to 1e-10 degree (0.01 mm).

    Parameters
    ----------
    lon, lat : array_like
        Degrees on GCJ-02.

    Returns
    -------
    lon, lat : ndarray of float64
        Degrees on WGS 84 (= CGCS2000 to a few cm). Equal inputs give equal outputs, so shared vertices stay shared.

    Raises
    ------
    InputError
        When the iteration does not settle, which only happens across the edge of the shifted area.
    """
    return _invert(wgs84_to_gcj02, *_pair(lon, lat))


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    """GCJ-02 -> BD-09, degrees."""
    x, y = _pair(lon, lat)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _X_PI)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _X_PI)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    """BD-09 -> GCJ-02, degrees, iterated to 1e-10 degree; errors as in `gcj02_to_wgs84`."""
    return _invert(gcj02_to_bd09, *_pair(lon, lat))


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    """True longitude/latitude -> BD-09, degrees."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    """BD-09 -> true longitude/latitude, degrees; errors as in `gcj02_to_wgs84`."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def unshift_gcj02(geometries: Any) -> Any:
    """Geometries on GCJ-02 -> the same on CGCS2000, vertex by vertex.

    Parameters
    ----------
    geometries : one shapely geometry or an array of them
        Longitude/latitude in degrees on GCJ-02.

    Returns
    -------
    same kind as given
        New geometries; a vertex shared before is shared after.
    """
    return shapely.transform(geometries, lambda xy: np.column_stack(gcj02_to_wgs84(xy[:, 0], xy[:, 1])))


def _pair(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    x, y = np.broadcast_arrays(np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    return x, y


def _shift(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """The GCJ-02 shift in degrees at a true position."""
    x, y = lon - 105.0, lat - 35.0
    xy, root, pi = x * y, np.sqrt(np.abs(x)), np.pi
    ripple = (20.0 * np.sin(6.0 * x * pi) + 20.0 * np.sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * xy + 0.2 * root + ripple
    north += (20.0 * np.sin(y * pi) + 40.0 * np.sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * pi) + 320.0 * np.sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * xy + 0.1 * root + ripple
    east += (20.0 * np.sin(x * pi) + 40.0 * np.sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * pi) + 300.0 * np.sin(x / 30.0 * pi)) * 2.0 / 3.0
    phi = np.radians(lat)
    magic = 1.0 - _EE * np.sin(phi) ** 2
    dlat = north * 180.0 / (_A * (1.0 - _EE) / (magic * np.sqrt(magic)) * pi)
    dlon = east * 180.0 / (_A / np.sqrt(magic) * np.cos(phi) * pi)
    west, south, east_end, north_end = _BOUNDS
    shifted = (lon >= west) & (lon <= east_end) & (lat >= south) & (lat <= north_end)
    return np.where(shifted, dlon, 0.0), np.where(shifted, dlat, 0.0)


def _invert(forward: Any, lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Fixed-point inverse; the shift changes by less than 1 % of the distance moved, so five rounds are typical."""
    x, y = lon.copy(), lat.copy()
    for _ in range(_MAX_ROUNDS):
        fx, fy = forward(x, y)
        ex, ey = lon - fx, lat - fy
        x, y = x + ex, y + ey
        if not (np.abs(ex) > _TOLERANCE_DEG).any() and not (np.abs(ey) > _TOLERANCE_DEG).any():
            return x, y
    raise InputError("坐标在偏移区的边缘，无法反算", expected="国内的经纬度", fix="检查经度、纬度是否写反")
