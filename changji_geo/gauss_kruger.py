"""Gauss-Krueger zones of China (高斯—克吕格分带): their numbers, meridians and EPSG codes, and which one plain metres are in.

A plane coordinate here is (easting, northing) in metres, x before y, whatever the Chinese survey habit (X north, Y east)
or the axis order of the EPSG register says. "Prefixed" eastings carry the zone number: 29512345.67 is zone 29, 512345.67.
"""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray

from changji_geo.crs import CGCS2000
from changji_geo.errors import CRSError, InputError

Width = Literal[3, 6]
"""Width of a zone in degrees: 3 for surveys of 1:10 000 and larger, 6 for 1:25 000 to 1:500 000."""

GaussDatum = Literal["cgcs2000", "xian80", "beijing54"]
"""The three datums that have had Gauss-Krueger grids in China."""

ZONES: dict[Width, range] = {3: range(25, 46), 6: range(13, 24)}
"""Zone numbers in use in China; the two ranges do not overlap, so a prefix also tells the width."""

# EPSG code = offset + zone number: (with the zone prefix in the easting, without).
_EPSG_OFFSETS: dict[tuple[GaussDatum, Width], tuple[int, int]] = {
    ("cgcs2000", 3): (4488, 4509),
    ("cgcs2000", 6): (4478, 4489),
    ("xian80", 3): (2324, 2345),
    ("xian80", 6): (2314, 2325),
    ("beijing54", 3): (2376, 2397),
    ("beijing54", 6): (21400, 21440),
}

DATUM_ZH: dict[GaussDatum, str] = {"cgcs2000": "CGCS2000", "xian80": "西安 80", "beijing54": "北京 54"}

FALSE_EASTING_M = 500_000.0

FITTING_SHARE = 0.95
"""Share of the vertices that must fall inside the extent for a meridian to fit: a few strays do not decide."""

_SAMPLE = 5000  # vertices tested per meridian
_BEYOND_DEG = 0.5  # how far grids are used beyond the edge of their zone


@dataclass(frozen=True, slots=True, order=True)
class Zone:
    """One zone: ``Zone(3, 29)`` is the 3-degree zone 29 around 87°E.

    Raises
    ------
    InputError
        When China has no such zone.
    """

    width: Width
    number: int

    def __post_init__(self) -> None:
        if self.width not in ZONES or self.number not in ZONES[self.width]:
            raise InputError(
                f"没有 {self.width} 度带 {self.number} 带",
                expected="3 度带 25-45 带，或 6 度带 13-23 带",
                fix="本州用 3 度带 28-31 带或 6 度带 15、16 带",
            )

    @property
    def central_meridian(self) -> int:
        """Central meridian in degrees east."""
        return self.number * 3 if self.width == 3 else self.number * 6 - 3

    def epsg(self, datum: GaussDatum = "cgcs2000", *, prefixed: bool = True) -> int:
        """EPSG code; ``prefixed``: the easting begins with the zone number."""
        return _EPSG_OFFSETS[datum, self.width][0 if prefixed else 1] + self.number

    def __str__(self) -> str:
        return f"{self.width} 度带 {self.number} 带（中央经线 {self.central_meridian}°）"


@dataclass(frozen=True, slots=True)
class ZoneGuess:
    """Which zone plain metres are in, and why.

    ``prefixed``: the number stands in the eastings, so nothing but the datum was assumed. Otherwise it was deduced by
    position: the only central meridian that puts the data inside the extent. ``reason`` is Chinese.
    """

    zone: Zone
    prefixed: bool
    reason: str

    @property
    def epsg(self) -> int:
        """Code of the CGCS2000 grid."""
        return self.zone.epsg(prefixed=self.prefixed)


def central_meridian(zone: int, width: Width = 3) -> int:
    """Central meridian of a zone, degrees east: 3n for 3-degree zones, 6n - 3 for 6-degree ones.

    Raises
    ------
    InputError
        When China has no such zone.

    Examples
    --------
    >>> central_meridian(29), central_meridian(15, 6)
    (87, 87)
    """
    return Zone(width, zone).central_meridian


def zone_of(lon: float, width: Width = 3) -> Zone:
    """The zone that a longitude is in.

    Parameters
    ----------
    lon : float
        Degrees east. A longitude on the border of two zones belongs to the eastern one (88.5 -> zone 30).
    width : {3, 6}

    Raises
    ------
    InputError
        When the longitude is not in a zone of China (NaN included).

    Examples
    --------
    >>> zone_of(87.3).number, zone_of(88.5).number, zone_of(87.3, 6).number
    (29, 30, 15)
    """
    if width not in get_args(Width) or not 72.0 <= lon < 138.0:
        raise InputError(f"经度 {lon} 不在国内的分带范围", expected="72-138 之间的度数，带宽 3 或 6")
    return Zone(width, int((lon + 1.5) // 3) if width == 3 else int(lon // 6) + 1)


def candidate_zones(extent: shapely.Geometry) -> tuple[Zone, ...]:
    """The zones, 3-degree then 6-degree, that a grid over an extent may be in.

    Parameters
    ----------
    extent : shapely geometry
        Longitude/latitude in degrees. Of each width: the zones that its bounds, widened by 0.5° on both sides, touch:
        offices keep a neighbouring zone for the edge of their area.

    Examples
    --------
    >>> [str(zone.number) for zone in candidate_zones(shapely.box(85.6, 43.1, 91.5, 45.5))]
    ['28', '29', '30', '31', '15', '16']
    """
    west, _, east, _ = shapely.bounds(extent)
    ends = max(west - _BEYOND_DEG, 73.0), min(east + _BEYOND_DEG, 136.0)
    numbers = {width: [zone_of(lon, width).number for lon in ends] for width in ZONES}
    return tuple(Zone(width, n) for width, (first, last) in numbers.items() for n in range(first, last + 1))


def to_gauss_kruger(
    lon: ArrayLike, lat: ArrayLike, *, width: Width = 3, zone: int | None = None, prefixed: bool = True
) -> tuple[NDArray[np.float64], NDArray[np.float64], Zone]:
    """CGCS2000 longitude/latitude -> plane coordinates.

    Parameters
    ----------
    lon, lat : array_like
        Degrees on CGCS2000.
    width : {3, 6}
        Zone width.
    zone : int, optional
        Zone number; by default that of the middle of the longitudes, so that all points share one plane.
    prefixed : bool
        Whether the easting begins with the zone number.

    Returns
    -------
    easting, northing : ndarray of float64
        Metres; NaN where the input is NaN.
    zone : Zone

    Raises
    ------
    InputError
        When there is no finite longitude to choose a zone by, or no such zone.

    Notes
    -----
    PROJ's extended transverse Mercator, exact to well below a millimetre within 3° of the meridian.

    Examples
    --------
    >>> easting, northing, zone = to_gauss_kruger(87.0, 44.0)
    >>> round(float(easting), 2), round(float(northing), 2), zone.number
    (29500000.0, 4873822.37, 29)
    """
    x, y = np.broadcast_arrays(np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    if zone is None:
        finite = x[np.isfinite(x)]
        if not finite.size:
            raise InputError("没有可用的经度，选不出分带", expected="至少一个经度，或写明带号")
        chosen = zone_of(float((finite.min() + finite.max()) / 2), width)
    else:
        chosen = Zone(width, zone)
    easting, northing = _transformer(CGCS2000, chosen.epsg(prefixed=prefixed)).transform(x, y)
    keep = np.isfinite(x) & np.isfinite(y)
    return np.where(keep, easting, np.nan), np.where(keep, northing, np.nan), chosen


def zone_prefixes(easting: ArrayLike) -> NDArray[np.int64]:
    """Zone numbers that eastings begin with; 0 where there is none (six or seven digits, or a number no zone has).

    Examples
    --------
    >>> zone_prefixes([29512345.6, 512345.6, 99512345.6]).tolist()
    [29, 0, 0]
    """
    values = np.nan_to_num(np.asarray(easting, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    prefix = (values // 1e6).astype(np.int64)
    known = [number for numbers in ZONES.values() for number in numbers]
    # A real easting keeps within some 400 km of its meridian even in 6-degree zones used beyond their edge.
    inner = values - prefix * 1e6
    return np.where(np.isin(prefix, known) & (inner > 1e5) & (inner < 9e5), prefix, 0)


def prefix_zone(prefix: int) -> Zone:
    """The zone of a prefix: 25-45 are 3-degree zones, 13-23 are 6-degree ones."""
    return Zone(3 if prefix in ZONES[3] else 6, prefix)


def detect_zone(xy: NDArray[np.float64], extent: shapely.Geometry, *, what: str = "数据") -> ZoneGuess:
    """Which Gauss-Krueger zone plain metres are in, or an error that lists the possibilities.

    Parameters
    ----------
    xy : ndarray of float64, shape (n, 2)
        Easting, northing in metres; rows that are not finite are passed over.
    extent : shapely geometry
        Where the data must lie: longitude/latitude on CGCS2000, any margin already added.
    what : str
        What the data is, for the message.

    Returns
    -------
    ZoneGuess
        Eight-digit eastings name their zone; six-digit ones are tried on every meridian of `candidate_zones`, no farther
        from it than 0.5° beyond the zone. The same meridian in both widths is one projection (k = 1), so it counts once
        and is named by its 3-degree zone.

    Raises
    ------
    CRSError
        When several meridians put at least 95 % of the vertices inside the extent, or none does; when eastings have
        different prefixes, or some have one and some have none.

    Notes
    -----
    The datum cannot be seen from the numbers; CGCS2000 is assumed.
    """
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        raise CRSError("没有可用的坐标，判断不出分带", where=what, fix="检查坐标列")
    counts = Counter(zone_prefixes(points[:, 0]).tolist())
    if set(counts) == {0}:
        return _by_position(points, extent, what)
    if len(counts) > 1:
        named = "、".join(f"{prefix or '无'}带号 {n} 个" for prefix, n in sorted(counts.items()))
        raise CRSError(
            f"东坐标的带号不一致（顶点数：{named}）",
            where=what,
            expected="一份数据只有一个带",
            fix="按带号拆成几个文件分别导入，或统一换带",
        )
    zone = prefix_zone(next(iter(counts)))
    low, high = points[:, 0].min(), points[:, 0].max()
    seen = f"{low:.0f}" if low == high else f"{low:.0f} 至 {high:.0f}"
    return ZoneGuess(zone, True, f"东坐标 {seen} 的前两位 {zone.number} 是带号")


def _by_position(points: NDArray[np.float64], extent: shapely.Geometry, what: str) -> ZoneGuess:
    sample = points[:: max(1, len(points) // _SAMPLE)]
    by_meridian: dict[int, Zone] = {}
    reach: dict[int, float] = {}
    for zone in candidate_zones(extent):
        by_meridian.setdefault(zone.central_meridian, zone)
        reach[zone.central_meridian] = zone.width / 2 + _BEYOND_DEG  # the wider zone comes later and wins
    shapely.prepare(extent)
    share = {zone: _share_inside(sample, zone, reach[meridian], extent) for meridian, zone in by_meridian.items()}
    fitting = [zone for zone, part in share.items() if part >= FITTING_SHARE]
    listed = "、".join(f"{zone.central_meridian}°" for zone in share)
    if len(fitting) == 1:
        reason = f"东坐标没有带号；试过中央经线 {listed}，只有 {fitting[0].central_meridian}° 使数据落在本州"
        return ZoneGuess(fitting[0], False, reason)
    if fitting:
        problem = "东坐标没有带号，中央经线有几种可能：" + "、".join(f"{z.central_meridian}°" for z in fitting)
        options = " 或 ".join(f"--crs EPSG:{z.epsg(prefixed=False)}（中央经线 {z.central_meridian}°）" for z in fitting)
        raise CRSError(problem, where=what, expected="须写明坐标系", fix=f"向数据提供方确认后加 {options}")
    inside = [f"{zone.central_meridian}° 有 {part:.0%}" for zone, part in share.items() if part > 0]
    partly = f"（落在州内的顶点：{'、'.join(inside)}）" if inside else ""
    east, north = np.median(points, axis=0)
    raise CRSError(
        f"读作高斯投影的米，中央经线 {listed} 都不能使数据落在本州{partly}；坐标约为东 {east:.1f}、北 {north:.1f}",
        where=what,
        expected="须写明坐标系",
        fix="向数据提供方确认后加 --crs，如 --crs EPSG:4517（3 度带 29 带）" + _mercator_hint(sample, extent),
    )


def _mercator_hint(sample: NDArray[np.float64], extent: shapely.Geometry) -> str:
    lon, lat = _transformer("EPSG:3857", CGCS2000).transform(sample[:, 0], sample[:, 1])
    if np.mean(shapely.contains_xy(extent, lon, lat)) < FITTING_SHARE:
        return ""
    return "；这些数像是网络地图的 Web 墨卡托：--crs EPSG:3857，并确认要不要 --datum gcj02"


def _share_inside(points: NDArray[np.float64], zone: Zone, reach_deg: float, extent: shapely.Geometry) -> float:
    lon, lat = _transformer(zone.epsg(prefixed=False), CGCS2000).transform(points[:, 0], points[:, 1])
    near = np.abs(lon - zone.central_meridian) <= reach_deg
    return float(np.mean(near & shapely.contains_xy(extent, lon, lat)))


@functools.cache
def _transformer(source: Any, target: Any) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)
