"""Points and zones: each point its zone, and each zone the figures of its points."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from changji_geo.crs import require_crs
from changji_geo.errors import CRSError, InputError, LayerError, near_match
from changji_geo.spatial.attach import names_to_attach, refuse_same_names, take_rows
from changji_geo.spatial.grid import Floats, Ints
from changji_geo.spatial.polygons import feature_words, require_polygons
from changji_geo.spatial.threads import in_threads
from changji_geo.spatial.zone_index import build_zone_index, cells_for, locate_points

_POINTS, _ZONES = "点图层", "面图层"
_STATISTICS = ("count", "mean", "min", "max", "sum", "median")
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")


def join_points(
    points: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    *,
    columns: Sequence[str] | None = None,
    how: Literal["left", "inner"] = "left",
) -> gpd.GeoDataFrame:
    """Give each point the columns of the zone it lies in.

    Parameters
    ----------
    points : GeoDataFrame
        Points in any CRS; not altered. Missing and empty ones lie in no zone.
    zones : GeoDataFrame
        Valid polygons in any CRS; not altered. They may touch, overlap and leave gaps; missing and empty ones hold no
        point.
    columns : sequence of str, optional
        Columns of `zones` to attach; all except the geometry by default.
    how : {"left", "inner"}
        Keep every point, or only those in a zone.

    Returns
    -------
    GeoDataFrame
        `points` with its rows in their order, its index, geometry and CRS, and the columns of `zones`. Under "left" the
        number of rows is that of `points`, and a point outside all zones has missing values. Columns keep their type where
        every row has a zone; otherwise whole numbers and yes/no become pandas' nullable ones.

    Raises
    ------
    CRSError
        When a frame has no CRS, or a point cannot be converted to that of the zones.
    LayerError
        When a geometry is of the wrong kind (several points in one feature: explode them first) or a zone is invalid; when
        `zones` lacks a column, or `points` has one of the same name.
    InputError
        When `how` is something else.

    Notes
    -----
    A zone holds the points of its inside and of its border (``shapely.covers``). A point that several zones hold, on a
    shared border or where zones overlap, belongs to the one that comes first in `zones`; the order of the points never
    matters.

    Points are converted to the CRS of the zones, not the other way: the edges of a zone are straight in its own CRS, and
    converting only their ends would move the border between them.

    Examples
    --------
    >>> from shapely import Point, box
    >>> zones = gpd.GeoDataFrame({"zone": [1, 2]}, geometry=[box(87, 44, 88, 45), box(88, 44, 89, 45)], crs="EPSG:4490")
    >>> sites = gpd.GeoDataFrame({"site": list("abc")}, geometry=[Point(88.5, 44.5), Point(88, 44.5), Point(9, 9)], crs=4490)
    >>> join_points(sites, zones)["zone"].tolist()
    [2, 1, <NA>]
    """
    if how not in ("left", "inner"):
        raise InputError(f"how = “{how}”不能用", expected="left（保留所有点）或 inner（只留落在面内的点）")
    names = names_to_attach(points, zones, columns, what=_POINTS, other_what=_ZONES)
    zone = zone_of_points(points, zones)
    out = points.assign()  # a copy; under pandas 3 one that costs nothing until somebody writes
    if how == "inner":
        found = np.flatnonzero(zone >= 0)
        out, zone = points.take(found), zone[found]
    for name in names:
        out[name] = take_rows(zones[name], zone)
    return out


def aggregate_points(
    zones: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    statistics: Mapping[str, str | Sequence[str]],
    *,
    weights: str | None = None,
) -> gpd.GeoDataFrame:
    """Count the points of each zone and summarise their values.

    Parameters
    ----------
    zones : GeoDataFrame
        As for `join_points`.
    points : GeoDataFrame
        As for `join_points`: a point on a shared border counts once, in the zone that comes first.
    statistics : mapping of str to str or sequence of str
        Numeric column of `points` -> ``count``, ``mean``, ``min``, ``max``, ``sum``, ``median`` or percentiles such as
        ``p90`` and ``p97.5``. Empty: only the points are counted.
    weights : str, optional
        Column of `points` with weights, not negative, for ``mean`` (Σwv / Σw) and ``sum`` (Σwv); the other statistics take
        no weights.

    Returns
    -------
    GeoDataFrame
        `zones` with ``count``, the number of points (int64), and one column for each statistic, named ``pm25_mean``
        (float64, in the unit of the values; ``pm25_count``, int64, is the number of values). Missing values are left out,
        and with weights also values whose weight is missing, from ``mean`` and ``sum``. Where nothing is left, or all
        weights are 0 (mean), the statistic is NaN; so it is for a zone without points.

    Raises
    ------
    CRSError, LayerError
        As for `join_points`; also when `points` lacks a column or `zones` has one of the new names.
    InputError
        When a statistic is unknown, or a column holds text, infinite values or negative weights.

    Notes
    -----
    Percentiles are interpolated linearly: of n rising values the p-th is at place 1 + (n - 1) p / 100. HJ 663-2013,
    appendix A, has the same formula, so ``p95`` of daily means is the percentile of the air standards; ``median`` is
    ``p50``.

    Examples
    --------
    >>> from shapely import Point, box
    >>> zones = gpd.GeoDataFrame({"zone": ["甲", "乙"]}, geometry=[box(87, 44, 88, 45), box(88, 44, 89, 45)], crs=4490)
    >>> sites = gpd.GeoDataFrame({"pm25": [20.0, 40.0, None]}, geometry=[Point(87.2, 44.5)] * 3, crs="EPSG:4490")
    >>> aggregate_points(zones, sites, {"pm25": ["mean", "p90"]})[["count", "pm25_mean", "pm25_p90"]].values.tolist()
    [[3.0, 30.0, 38.0], [0.0, nan, nan]]
    """
    wanted = [
        (column, name)
        for column, asked in statistics.items()
        for name in dict.fromkeys([asked] if isinstance(asked, str) else asked)
    ]
    for _, name in wanted:
        if name not in _STATISTICS and not _PERCENTILE.fullmatch(name):
            raise InputError(f"不认识的统计量“{name}”", expected=f"{'、'.join(_STATISTICS)} 或百分位数，如 p90")
    new = ["count", *(f"{column}_{name}" for column, name in wanted)]
    refuse_same_names(zones, new, what=_ZONES, fix="先给面图层的这些列改名")
    values = {column: _numbers(points, column) for column in statistics}
    weight = None if weights is None else _weights(points, weights)
    zone = zone_of_points(points, zones)
    out = zones.copy()
    out["count"] = np.bincount(zone[zone >= 0], minlength=len(zones))
    for column, name in wanted:
        out[f"{column}_{name}"] = _statistic(name, zone, values[column], weight, len(zones))
    return out


def zone_of_points(points: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> Ints:
    """The row position of each point's zone, -1 outside all; the rule and the errors are those of `join_points`.

    Parameters
    ----------
    points, zones : GeoDataFrame
        As for `join_points`.

    Returns
    -------
    ndarray of int64, shape (len(points),)
    """
    shapes = require_polygons(zones, what=_ZONES)
    x, y = _coordinates(points, require_crs(zones, what=_ZONES))
    return locate_points(build_zone_index(shapes, cells_for(len(x))), x, y)


def _coordinates(points: gpd.GeoDataFrame, crs: pyproj.CRS) -> tuple[Floats, Floats]:
    """The points in a CRS; NaN where there is none."""
    own = require_crs(points, what=_POINTS)
    shapes = np.asarray(points.geometry.array, dtype=object)
    try:
        x, y = in_threads(_x_and_y, shapes)
    except shapely.errors.GEOSException:  # an empty point is rare, and asking all costs as much as the whole join
        shapes = shapes.copy()
        shapes[shapely.is_empty(shapes)] = None
        x, y = shapely.get_x(shapes), shapely.get_y(shapes)
    # NaN also stands for what is no point, so only those rows need a look at their type.
    blank = np.flatnonzero(np.isnan(x))
    other = blank[~np.isin(shapely.get_type_id(shapes[blank]), (-1, 0))]
    if len(other):
        raise LayerError(
            f"{feature_words(points, other)}是 {shapes[other[0]].geom_type}",
            where=_POINTS,
            expected="单点（Point）",
            fix="多点先用 explode() 拆成单点；面可先取代表点 representative_point()",
        )
    if own.equals(crs, ignore_axis_order=True):
        return x, y
    good = np.isfinite(x) & np.isfinite(y)
    x, y = np.where(good, x, np.nan), np.where(good, y, np.nan)
    moved = pyproj.Transformer.from_crs(own, crs, always_xy=True).transform(x[good], y[good])
    lost = np.flatnonzero(good)[~(np.isfinite(moved[0]) & np.isfinite(moved[1]))]
    if len(lost):
        raise CRSError(
            f"{feature_words(points, lost)}的坐标无法从 {own.name} 换算到 {crs.name}",
            where=_POINTS,
            expected="与声明的坐标系相符的坐标",
            fix="坐标系可能写错了（常见：经纬度数据标成了投影坐标系，或带号不符）",
        )
    x[good], y[good] = moved
    return x, y


def _x_and_y(shapes: NDArray[np.object_]) -> Floats:
    """Both coordinates of so few points that for y they are still in the processor's cache; shape (2, n)."""
    return np.stack([shapely.get_x(shapes), shapely.get_y(shapes)])


def _numbers(points: gpd.GeoDataFrame, column: str) -> Floats:
    """A column as float64, NaN where missing."""
    known = [str(c) for c in points.columns if c != points.geometry.name]
    if column not in known:
        raise LayerError(f"没有列“{column}”", where=_POINTS, fix=near_match(column, known))
    series = points[column]
    if not (pd.api.types.is_numeric_dtype(series.dtype) and series.dtype.kind != "c"):
        raise InputError(
            f"列“{column}”不是数值（类型 {series.dtype}）", where=_POINTS, expected="数值列", fix="先换算成数值"
        )
    values: NDArray[np.float64] = series.to_numpy(dtype=np.float64, na_value=np.nan)
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        raise InputError(f"{feature_words(points, infinite)}的“{column}”是无穷大", where=_POINTS, fix="改正或留空")
    return values


def _weights(points: gpd.GeoDataFrame, column: str) -> Floats:
    values = _numbers(points, column)
    negative = np.flatnonzero(values < 0)
    if len(negative):
        raise InputError(
            f"{feature_words(points, negative)}的权重“{column}”是 {values[negative[0]]:g}",
            where=_POINTS,
            expected="不小于 0 的权重",
            fix="改正权重",
        )
    return values


def _statistic(name: str, zone: Ints, values: Floats, weight: Floats | None, count: int) -> NDArray[np.generic]:
    """One statistic of the values of each zone."""
    weight = weight if name in ("mean", "sum") else None
    used = (zone >= 0) & ~np.isnan(values)
    if weight is not None:
        used &= ~np.isnan(weight)
    zone, values = zone[used], values[used]
    number = np.bincount(zone, minlength=count)
    if name == "count":
        return number
    out = np.full(count, np.nan)
    if name in ("mean", "sum"):
        share = np.ones(len(zone)) if weight is None else weight[used]
        by = np.bincount(zone, share, minlength=count)
        sums = np.bincount(zone, share * values, minlength=count)
        some = (by > 0) if name == "mean" else (number > 0)
        out[some] = sums[some] / (by[some] if name == "mean" else 1.0)
        return out
    ranked = values[np.lexsort((values, zone))]
    some = number > 0
    first = (np.cumsum(number) - number)[some]
    fraction = {"min": 0.0, "median": 0.5, "max": 1.0}.get(name)
    place = (number[some] - 1) * (float(name[1:]) / 100.0 if fraction is None else fraction)
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, number[some] - 1)
    step = ranked[first + high] - ranked[first + low]
    out[some] = ranked[first + low] + (place - low) * step
    return out
