"""Features and a reference layer -> a hint when they lie apart just as GCJ-02 or BD-09 would put them."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from changji_geo.crs import require_crs
from changji_geo.ellipsoid import area_m2, geod
from changji_geo.errors import CRSError
from changji_geo.gcj02 import bd09_to_wgs84, gcj02_to_wgs84
from changji_geo.intake.findings import IntakeFinding

Floats = NDArray[np.float64]

NEAR_M = 3000.0
"""Pairs farther apart are not the same thing."""

FEWEST = 3
"""Fewer matches show nothing."""

_MAX_POINTS = 500  # a systematic shift shows in a sample
_RESIDUAL_M = {"gcj02": 60.0, "bd09": 120.0}  # what may remain between a feature and its twin once the shift is undone
_SHARE = 0.6  # of the pairs that must agree
_UNDO = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}
_DATUM_ZH = {"gcj02": "GCJ-02（高德、腾讯地图）", "bd09": "BD-09（百度地图）"}
_DIRECTIONS = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")


@dataclass(frozen=True)
class _Fit:
    """How well one datum explains the offsets: distances before and after undoing it, and the median offset."""

    datum: str
    count: int
    share: float
    before_m: float
    after_m: float
    offset_m: float
    azimuth: float


def offset_hint(frame: gpd.GeoDataFrame, reference: gpd.GeoDataFrame, reference_title: str) -> IntakeFinding | None:
    """Say when features sit off a reference layer by the shift of web maps.

    Parameters
    ----------
    frame, reference : GeoDataFrame
        Both in EPSG:4490, points, lines or areas; not altered. Features are paired by equal ``id``, else by equal ``name``
        (each once on both sides, three pairs or more): points by position, others by their centroids. Without such pairs
        points go to the nearest reference feature and vertices to the nearest reference border.
    reference_title : str
        Chinese title of the reference layer, for the message.

    Returns
    -------
    IntakeFinding or None
        A "warning" of rule "offset" with the metres and the direction measured and the remedy ``--datum``. None when there are
        fewer than three pairs within 3 km, when features already lie on the reference, or when neither shift, undone where
        each feature is, brings at least 60 % of the pairs within 60 m (BD-09: 120 m) and the median to a third or less.

    Raises
    ------
    CRSError
        When one of the frames is not in EPSG:4490.

    Notes
    -----
    Measured over the seven counties: GCJ-02 moves things 155-312 m (median 242 m) and BD-09 978-1170 m, both to the
    north-east.

    Examples
    --------
    >>> from changji_geo.gcj02 import wgs84_to_gcj02
    >>> true = gpd.points_from_xy([87.3, 87.9, 88.9], [44.0, 44.1, 44.2])
    >>> shifted = gpd.points_from_xy(*wgs84_to_gcj02(true.x, true.y))
    >>> stations = gpd.GeoDataFrame(geometry=true, crs="EPSG:4490")
    >>> offset_hint(gpd.GeoDataFrame(geometry=shifted, crs="EPSG:4490"), stations, "空气站").message[:39]
    '要素与参考图层“空气站”系统地相差约 250 米（偏东北），像是 GCJ-02'
    >>> offset_hint(stations, stations, "空气站") is None
    True
    """
    for each in (frame, reference):
        if require_crs(each, what="偏移比较").to_epsg() != 4490:
            raise CRSError("偏移比较只用 CGCS2000 经纬度（EPSG:4490）", fix="先用 to_cgcs2000 换算")
    pairs = _pairs_by_key(frame, reference)
    if pairs is not None:
        fits = [_fit(datum, *pairs) for datum in _UNDO]
    else:
        points, targets = _vertices(frame), _targets(reference)
        if len(points) < FEWEST or not len(targets):
            return None
        tree = shapely.STRtree(targets)
        fits = [_fit(datum, points, tree) for datum in _UNDO]
    good = [fit for fit in fits if fit is not None and _explains(fit)]
    if not good:
        return None
    best = min(good, key=lambda fit: fit.after_m)
    side = _DIRECTIONS[round(best.azimuth / 45.0) % 8]
    how = "按编号或名称配对" if pairs is not None else "与最近的参考要素相比"
    message = (
        f"要素与参考图层“{reference_title}”系统地相差约 {best.offset_m:.0f} 米（偏{side}），像是 {_DATUM_ZH[best.datum]}坐标："
        f"{how} {best.count} 处，退回后中位距离从 {best.before_m:.0f} 米降到 {best.after_m:.0f} 米。"
        f"如果坐标取自网络地图，请加 --datum {best.datum} 重新导入"
    )
    return IntakeFinding("warning", "offset", message)


def _explains(fit: _Fit) -> bool:
    return fit.count >= FEWEST and fit.share >= _SHARE and fit.after_m <= fit.before_m / 3.0 and fit.before_m >= 100.0


def _fit(datum: str, points: Floats, partners: Floats | shapely.STRtree) -> _Fit | None:
    """Undo the datum and compare with the partners, or with what is then nearest in a tree of targets."""
    undone = np.column_stack(_UNDO[datum](points[:, 0], points[:, 1]))
    if isinstance(partners, shapely.STRtree):
        before = _metres(points, _nearest(partners, points))
        partners = _nearest(partners, undone)
    else:
        before = _metres(points, partners)
    near = _metres(points, partners) <= NEAR_M
    if near.sum() < FEWEST:
        return None
    after = _metres(undone, partners)[near]
    azimuth, _, distance = geod().inv(*partners[near].T, *points[near].T)
    east, north = (float(np.median(distance * f(np.radians(azimuth)))) for f in (np.sin, np.cos))
    return _Fit(
        datum,
        count=int(near.sum()),
        share=float((after <= _RESIDUAL_M[datum]).mean()),
        before_m=float(np.median(before[near])),
        after_m=float(np.median(after)),
        offset_m=float(np.hypot(east, north)),
        azimuth=float(np.degrees(np.arctan2(east, north)) % 360.0),
    )


def _pairs_by_key(frame: gpd.GeoDataFrame, reference: gpd.GeoDataFrame) -> tuple[Floats, Floats] | None:
    """Positions of features with the same id, else the same name; None with fewer than three pairs."""
    for key in ("id", "name"):
        if key not in frame.columns or key not in reference.columns:
            continue
        ours, theirs = _once(frame, key), _once(reference, key)
        shared = sorted(set(ours) & set(theirs))[:_MAX_POINTS]
        pairs = [(ours[k], theirs[k]) for k in shared if _alike(ours[k], theirs[k])]
        if len(pairs) >= FEWEST:
            both = np.array(pairs, dtype=object)
            a, b = (shapely.get_coordinates(shapely.centroid(both[:, side])) for side in (0, 1))
            if (_metres(a, b) <= NEAR_M).sum() >= FEWEST:
                return a, b
    return None


def _once(frame: gpd.GeoDataFrame, key: str) -> dict[str, shapely.Geometry]:
    cells = frame[key].astype("string").str.strip()
    shapes = np.array(frame.geometry.array, dtype=object)
    keep = (cells.notna() & (cells != "") & ~cells.duplicated(keep=False)).to_numpy(dtype=bool, na_value=False)
    keep &= shapely.is_geometry(shapes) & ~shapely.is_empty(shapes)
    return dict(zip(cells[keep].tolist(), shapes[keep], strict=True))


def _alike(a: shapely.Geometry, b: shapely.Geometry) -> bool:
    """Same dimension and, for areas, a similar size: the centroid of half a county is elsewhere."""
    if shapely.get_dimensions(a) != shapely.get_dimensions(b):
        return False
    if shapely.get_dimensions(a) < 2:
        return True
    small, large = sorted(area_m2([a, b]).tolist())
    return bool(small > 0.98 * large)


def _vertices(frame: gpd.GeoDataFrame) -> Floats:
    xy = shapely.get_coordinates(frame.geometry.array)
    xy = xy[np.isfinite(xy).all(axis=1)]
    return xy[:: max(1, -(-len(xy) // _MAX_POINTS))]


def _targets(reference: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Points, lines and the borders of areas, single and not empty."""
    shapes = np.array(reference.geometry.array, dtype=object)
    parts = shapely.get_parts(shapes[shapely.is_geometry(shapes)])
    area = shapely.get_dimensions(parts) == 2
    parts[area] = shapely.boundary(parts[area])
    return np.asarray(parts[~shapely.is_empty(parts)])


def _nearest(tree: shapely.STRtree, xy: Floats) -> Floats:
    """For each position the nearest position on the targets, by degrees: good enough within a few km."""
    points = shapely.points(xy)
    lines = shapely.shortest_line(points, tree.geometries[tree.nearest(points)])
    return np.asarray(shapely.get_coordinates(lines)[1::2])


def _metres(a: Floats, b: Floats) -> Floats:
    return np.asarray(geod().inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2], dtype=np.float64)
