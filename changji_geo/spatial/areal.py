"""Figures of one division of the land carried over to another by the areas that they share."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from changji_geo.crs import to_cgcs2000
from changji_geo.ellipsoid import area_m2
from changji_geo.errors import InputError, LayerError, near_match
from changji_geo.spatial.attach import refuse_same_names
from changji_geo.spatial.overlay import overlay_shares
from changji_geo.spatial.polygons import require_polygons

_SOURCE, _TARGET, _COVERAGE = "源图层", "目标图层", "coverage"


def areal_interpolate(
    source: gpd.GeoDataFrame,
    target: gpd.GeoDataFrame,
    *,
    extensive: Sequence[str] = (),
    intensive: Sequence[str] = (),
) -> gpd.GeoDataFrame:
    """Carry figures of source areas over to target areas, as if each were spread evenly over its area (areal weighting).

    Parameters
    ----------
    source : GeoDataFrame
        Valid polygons with the figures, in any CRS; not altered.
    target : GeoDataFrame
        Valid polygons that get them, in any CRS; not altered.
    extensive : sequence of str
        Number columns of amounts (households, tonnes, hectares): each is split over the targets by the share of the source's
        own area that lies in them, so the targets that cover a source add up to its amount.
    intensive : sequence of str
        Number columns of rates and concentrations: a target gets the mean over its covered part, weighted by area.

    Returns
    -------
    GeoDataFrame
        `target` with its rows, index, geometry and CRS, a float column for each figure, and ``coverage``: the share of the
        target's own area that lies in sources with a value in every named column (0 to 1; more where sources overlap, as
        every source counts in full).

    Raises
    ------
    CRSError
        When a frame has no CRS.
    LayerError
        When a geometry is no polygon or an invalid one, a column is absent or does not hold numbers, or `target` has a column
        of the same name.
    InputError
        When no column is named, or one is named twice.

    Notes
    -----
    A missing value (NaN) is not counted, neither as a number nor as area: an extensive amount is then too small and an
    intensive one the mean of the rest, and ``coverage`` tells how much of the target stands behind it. Nothing is scaled up
    to full coverage. A target that meets no source with a value is NaN, not 0, and its coverage 0; a missing or empty target
    has NaN everywhere. Areas that only touch share nothing.

    Areas are ellipsoidal on CGCS2000 with edges straight in longitude/latitude (`changji_geo.ellipsoid.area_m2`). Figures
    that follow something else than area (people follow houses) are better split by that.

    Examples
    --------
    >>> from shapely import box
    >>> towns = gpd.GeoDataFrame(
    ...     {"households": [900.0], "pm25": [40.0]}, geometry=[box(87.0, 44.0, 87.3, 44.1)], crs="EPSG:4490"
    ... )
    >>> zones = gpd.GeoDataFrame(geometry=[box(87.0, 44.0, 87.1, 44.1), box(87.2, 44.0, 87.4, 44.1)], crs="EPSG:4490")
    >>> areal_interpolate(towns, zones, extensive=["households"], intensive=["pm25"]).drop(columns="geometry").round(6)
       households  pm25  coverage
    0       300.0  40.0       1.0
    1       300.0  40.0       0.5
    """
    amounts = _names(extensive)
    names = amounts + _names(intensive)
    if not names:
        raise InputError("没有指定要换算的列", fix="用 extensive 给出总量列，或用 intensive 给出比率、浓度列")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(
            f"列“{twice}”给出了两次", expected="每列只属于 extensive（总量）或 intensive（比率、浓度）之一"
        )
    figures = {name: _numbers(source, name) for name in names}
    refuse_same_names(target, [*names, _COVERAGE], what=_TARGET, fix="先给目标图层的列改名或删去")
    require_polygons(source, what=_SOURCE)
    require_polygons(target, what=_TARGET)

    pieces = overlay_shares(_bare(source), _bare(target))
    origin, zone = pieces["feature_id"].to_numpy(), pieces["zone_id"].to_numpy()
    area, share = pieces["area_m2"].to_numpy(), pieces["share"].to_numpy()

    def total(of: NDArray[np.float64], where: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(zone[where], of[where], minlength=len(target)).astype(np.float64)

    out = target.copy()
    complete = np.ones(len(pieces), dtype=bool)
    for name, values in figures.items():
        value = values[origin]
        known = ~np.isnan(value)
        complete &= known
        covered = total(area, known)
        sums = total(value * share, known) if name in amounts else total(value * area, known)
        scale = np.ones(len(target)) if name in amounts else covered
        out[name] = np.divide(sums, scale, out=np.full(len(target), np.nan), where=covered > 0)
    own = area_m2(to_cgcs2000(target, what=_TARGET).geometry)
    out[_COVERAGE] = np.divide(total(area, complete), own, out=np.full(len(target), np.nan), where=own > 0)
    return out


def _names(columns: Sequence[str]) -> list[str]:
    return [columns] if isinstance(columns, str) else list(columns)


def _bare(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Only the geometry, its index the row positions."""
    return gpd.GeoDataFrame(geometry=frame.geometry.array, crs=frame.crs)


def _numbers(source: gpd.GeoDataFrame, name: str) -> NDArray[np.float64]:
    if name not in source.columns:
        raise LayerError(f"没有列“{name}”", where=_SOURCE, fix=near_match(name, map(str, source.columns)))
    column = source[name]
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        given = next((value for value in column if isinstance(value, str)), None)
        shown = f"，如“{given[:20]}”" if given else ""
        raise LayerError(
            f"列“{name}”不是数字（类型 {column.dtype}{shown}）",
            where=_SOURCE,
            expected="数字列，缺测留空",
            fix="先把文字换成数字，“未检出”之类的值按标准取值或留空",
        )
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
