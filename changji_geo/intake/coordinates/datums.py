"""Coordinates of any reference system -> CGCS2000 degrees, by an operation that is chosen here and whose accuracy is stated.

What PROJ has offline (9.5, EPSG registry), found by experiment: no operation at all from Xian 1980 or Beijing 1954 to
CGCS2000; asked for one it keeps the degrees as they are ("ballpark"), 50-60 m off for Beijing 1954 and some 100 m for Xian 1980,
without a word. From Beijing 1954 to WGS 84 there are three land sets of parameters: EPSG:15921 (south and west Tarim basin,
1 m there) and EPSG:15918 and 15936 (Ordos basin, 1 m there); in the prefecture they agree to 5 m. So Beijing 1954 goes by
EPSG:15921, the nearest area, used outside of it; Xian 1980 can only keep its degrees. CGCS2000 and WGS 84 are one to a few cm.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyproj
import pyproj.transformer
import shapely
from numpy.typing import NDArray

from changji_geo.crs import CGCS2000
from changji_geo.ellipsoid import geod
from changji_geo.errors import CRSError
from changji_geo.gcj02 import bd09_to_wgs84, gcj02_to_wgs84
from changji_geo.intake.coordinates.axes import CHINA, Floats, move_vertices
from changji_geo.intake.findings import IntakeFinding
from changji_geo.intake.source import Datum

Base = Literal["cgcs2000", "wgs84", "beijing54", "xian80", "other"]

BEIJING54_OPERATION = "urn:ogc:def:coordinateOperation:EPSG::15921"
"""Beijing 1954 to WGS 84 (4): geocentric translations 15.8, -154.4, -82.3 m."""

_DATUM_ZH = {"gcj02": "GCJ-02（高德、腾讯）", "bd09": "BD-09（百度）"}


@dataclass(frozen=True)
class _Operation:
    """How vertices become CGCS2000 degrees, and what to say about it."""

    steps: tuple[pyproj.Transformer | _LatLon, ...]
    caution: str = ""


def base_datum(crs: pyproj.CRS) -> Base:
    """The datum a CRS stands on; "other" also for a datum with parameters of its own (+towgs84).

    Examples
    --------
    >>> base_datum(pyproj.CRS("EPSG:4517")), base_datum(pyproj.CRS("EPSG:2374"))
    ('cgcs2000', 'xian80')
    """
    if crs.is_bound:
        return "other"
    names = " ".join(x.name for x in (crs.datum, crs.geodetic_crs) if x is not None).lower().replace("_", " ")
    if "new beijing" in names:
        return "other"
    for part, base in _NAMES.items():
        if part in names:
            return base
    return "other"


_NAMES: dict[str, Base] = {
    "china 2000": "cgcs2000",
    "china geodetic": "cgcs2000",
    "cgcs2000": "cgcs2000",
    "world geodetic system 1984": "wgs84",
    "wgs 84": "wgs84",
    "wgs 1984": "wgs84",
    "beijing 1954": "beijing54",
    "xian 1980": "xian80",
}


def named(crs: pyproj.CRS) -> str:
    """A CRS as messages call it: its name, with the code where it has one.

    Examples
    --------
    >>> named(pyproj.CRS("EPSG:4517"))
    'CGCS2000 / 3-degree Gauss-Kruger zone 29（EPSG:4517）'
    """
    code = crs.to_epsg()
    return f"{crs_name(crs)}（EPSG:{code}）" if code else crs.name


def crs_name(crs: pyproj.CRS) -> str:
    """A CRS's name: the short Chinese one of the usual geographic systems, else its own.

    Examples
    --------
    >>> crs_name(pyproj.CRS("EPSG:4490")), crs_name(pyproj.CRS("EPSG:4538"))
    ('CGCS2000 经纬度', 'CGCS2000 / 3-degree Gauss-Kruger CM 87E')
    """
    return _GEOGRAPHIC_ZH.get(crs.to_epsg() or 0, crs.name)


_GEOGRAPHIC_ZH = {4490: "CGCS2000 经纬度", 4326: "WGS 84 经纬度", 4610: "西安 80 经纬度", 4214: "北京 54 经纬度"}


def to_degrees(
    shapes: NDArray[np.object_], crs: pyproj.CRS, *, what: str
) -> tuple[NDArray[np.object_], tuple[IntakeFinding, ...]]:
    """Shapes of any CRS, x = east -> longitude/latitude on CGCS2000.

    Parameters
    ----------
    shapes : ndarray of shapely geometries, shape (n,)
        Coordinates in `crs`, x before y whatever the CRS's own axis order; None stays None.
    crs : pyproj.CRS
    what : str
        The file, for the message.

    Returns
    -------
    shapes : ndarray
        The same objects where nothing changes (CGCS2000 or WGS 84 degrees). A vertex that cannot be converted is not finite.
    findings : tuple of IntakeFinding
        Level "warning", rule "datum", with the accuracy, when the datum is neither CGCS2000 nor WGS 84.

    Raises
    ------
    CRSError
        When the CRS is neither geographic nor projected.
    """
    if not (crs.is_geographic or crs.is_projected):
        raise CRSError(
            f"坐标系 {named(crs)} 既不是经纬度也不是平面坐标",
            where=what,
            fix="用 --crs 写明平面或经纬度坐标系，如 EPSG:4490",
        )
    operation = _operation(crs)
    out = shapes
    for step in operation.steps:
        out = move_vertices(out, step.transform)
    if not operation.caution:
        return out, ()
    return out, (IntakeFinding("warning", "datum", f"{named(crs)}：{operation.caution}"),)


def unshift(shapes: NDArray[np.object_], datum: Datum) -> tuple[NDArray[np.object_], IntakeFinding]:
    """Degrees as web maps show them -> true ones, to better than 0.01 m; the finding states the distance moved.

    Parameters
    ----------
    shapes : ndarray of shapely geometries, shape (n,)
        Longitude/latitude.
    datum : {"gcj02", "bd09"}
    """
    inverse = gcj02_to_wgs84 if datum == "gcj02" else bd09_to_wgs84
    out = move_vertices(shapes, inverse)
    before, after = shapely.get_coordinates(shapes), shapely.get_coordinates(out)
    metres = geod().inv(before[:, 0], before[:, 1], after[:, 0], after[:, 1])[2] if len(before) else np.zeros(1)
    message = f"坐标按 {_DATUM_ZH[datum]}退回 CGCS2000，移动约 {np.nanmedian(metres):.0f} 米"
    return out, IntakeFinding("repair", "datum", message)


def _operation(crs: pyproj.CRS) -> _Operation:
    base = base_datum(crs)
    if base in ("cgcs2000", "wgs84"):
        if crs.is_geographic and _in_degrees(crs):
            return _Operation(())
        return _Operation((_transformer(crs, CGCS2000 if base == "cgcs2000" else "EPSG:4326"),))
    if base == "beijing54":
        caution = (
            "北京 54 没有到 CGCS2000 的公开参数，按 EPSG:15921（塔里木盆地三参数，当地精度 1 米）换算；"
            "本州在其适用范围之外，几组公开参数在此相差约 5 米，位置按 10 米级精度看待。要求更高时先用本地参数换算"
        )
        return _Operation((*_to_geographic(crs), _beijing54()), caution)
    if base == "xian80":
        caution = (
            "西安 80 没有公开的转换参数，经纬度按原值采用，位置会有几十米到一百多米的偏差。"
            "须先用本地参数换算到 CGCS2000，或用 --crs 写带 +towgs84= 的 PROJ 定义"
        )
        return _Operation(_to_geographic(crs), caution)
    step = _transformer(crs, "EPSG:4326")
    if crs.is_bound:
        return _Operation((step,), "按坐标系定义里自带的 +towgs84 参数换算，精度取决于这些参数")
    china = pyproj.transformer.AreaOfInterest(*CHINA)
    group = pyproj.transformer.TransformerGroup(crs, "EPSG:4326", always_xy=True, area_of_interest=china)
    best = group.transformers[0] if group.transformers else step
    if best.accuracy is None or best.accuracy < 0:
        return _Operation(
            (step,), "没有公开的转换参数，经纬度按原值采用，位置可能差几十米到几百米；请先换算到 CGCS2000"
        )
    if best.accuracy < 0.5:
        return _Operation((best,))
    return _Operation((best,), f"按“{best.description}”换算，标称精度 {best.accuracy:g} 米")


def _in_degrees(crs: pyproj.CRS) -> bool:
    return all(abs(axis.unit_conversion_factor - np.pi / 180) < 1e-12 for axis in crs.axis_info[:2])


def _to_geographic(crs: pyproj.CRS) -> tuple[pyproj.Transformer, ...]:
    """The step from a grid to its own degrees; none for degrees."""
    if crs.is_geographic and _in_degrees(crs):
        return ()
    return (_transformer(crs, crs.geodetic_crs or crs),)


@functools.cache
def _transformer(source: pyproj.CRS, target: pyproj.CRS | str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


@dataclass(frozen=True)
class _LatLon:
    """A transformer of (lat, lon) used as one of (lon, lat)."""

    inner: pyproj.Transformer

    def transform(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        lat, lon = self.inner.transform(y, x)
        return lon, lat


@functools.cache
def _beijing54() -> _LatLon:
    return _LatLon(pyproj.Transformer.from_pipeline(BEIJING54_OPERATION))
