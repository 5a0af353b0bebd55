"""Statistics of a raster's cells within zones, each cell counted by the part of it that a zone covers."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from changji_geo.crs import CGCS2000, to_cgcs2000
from changji_geo.ellipsoid import area_m2
from changji_geo.errors import CRSError, InputError, near_match
from changji_geo.spatial.attach import refuse_same_names
from changji_geo.spatial.polygons import require_polygons

if TYPE_CHECKING:
    from changji_geo.spatial.raster_band import BandSource

STATISTICS = ("count", "mean", "min", "max", "sum", "median", "majority", "stdev")
"""Names of statistics besides the percentiles ``p1`` to ``p99``."""

DENSITY_DEG = 0.01
"""Longest edge of a zone when it is brought into a projected raster, degrees (about 1 km)."""

_ZONES, _COVERAGE = "分区图层", "coverage"
_CELLS_IN_MEMORY = 4_000_000
_BLOCK_CACHE_BYTES = 128 << 20
# A zone drawn along cell borders reaches into the neighbours by rounding; less of a cell than this does not count.
_LEAST_PART = 1e-8
# exactextract holds covered parts of cells in single precision.
_ROUNDING = 1e-6


def zonal_statistics(
    zones: gpd.GeoDataFrame,
    raster: str | os.PathLike[str],
    statistics: Sequence[str] = ("mean",),
    *,
    band: int = 1,
    nodata: float | None = None,
    prefix: str = "",
) -> gpd.GeoDataFrame:
    """Summarise the cells of a raster within each zone.

    Parameters
    ----------
    zones : GeoDataFrame
        Valid polygons in any CRS; not altered. They may overlap.
    raster : str or PathLike
        A raster file on disk in any CRS: GeoTIFF, Erdas IMG, ArcInfo ASCII, ENVI, JPEG 2000 or netCDF.
    statistics : sequence of str
        Of `STATISTICS`, and percentiles ``p1`` to ``p99``:

        * ``count``: covered cells, in cells (a half covered one is 0.5);
        * ``sum``: of values times the covered part of the cell, for amounts per cell;
        * ``mean``, ``stdev`` (of the whole, not of a sample);
        * ``min``, ``max``: of all cells that the zone covers any part of (1e-8 or more);
        * ``majority``: the value on the largest area, the greatest of equal ones;
        * ``median``, ``p10``, ...: the value below which that share of the covered area lies; the mean of two neighbouring
          values where the share falls exactly between them (type 2 of Hyndman and Fan 1996).
    band : int
        From 1.
    nodata : float, optional
        Stored value of cells without data, in place of what the file itself says.
    prefix : str
        Put before the name of every new column, so that several rasters fit beside each other.

    Returns
    -------
    GeoDataFrame
        `zones` with its rows, index, geometry and CRS, a float column for each statistic under its own name, and
        ``coverage``: the share of the zone's area on which the raster has data (0 to 1). A zone outside the raster, or on
        cells without data only, has ``count`` and ``coverage`` 0 and NaN elsewhere; a missing or empty zone has ``count`` 0
        and NaN elsewhere.

    Raises
    ------
    CRSError
        When the zones or the raster have no CRS, or a zone cannot be brought into the raster's.
    LayerError
        When a zone is no polygon or an invalid one, or `zones` has a column of a new one's name.
    InputError
        When a statistic is unknown; when the raster is a URL, a GDAL virtual path or a VRT (it may read other files), is
        not there or not readable, is rotated, or lacks the band.

    Notes
    -----
    Cells are weighted by the exact part of them that a zone covers (exactextract). On a raster in degrees cells shrink
    towards the pole, by 1.7 % per degree here: there ``mean``, ``stdev``, ``majority``, percentiles and ``coverage`` weigh
    by area, on a sphere (the ellipsoid would change weights within the prefecture by less than 0.1 %); ``count`` and
    ``sum`` do not. On a projected raster all cells weigh the same, which is right for Gauss-Krueger, UTM and equal-area
    grids; a Web Mercator raster should be warped first (its cells shrink by 3.4 % per degree here).

    Edges of zones are straight in longitude/latitude; they get a vertex every 0.01° on the way into a projected raster,
    which keeps them true to 5 cm. NaN and infinite cells count as missing, and scale and offset of the file are applied.

    Memory does not grow with the raster: some 4 million cells at a time. Only ``median``, ``majority`` and percentiles keep
    every distinct value of a zone, which is much for large zones on rasters of real numbers.

    Examples
    --------
    >>> import tempfile, rasterio
    >>> folder = tempfile.TemporaryDirectory()
    >>> grid = {"crs": "EPSG:4490", "transform": rasterio.Affine(0.1, 0, 87, 0, -0.1, 44.1), "dtype": "int16"}
    >>> with rasterio.open(folder.name + "/a.tif", "w", driver="GTiff", width=2, height=1, count=1, **grid) as file:
    ...     file.write(np.array([[[10, 40]]], dtype="int16"))
    >>> zone = gpd.GeoDataFrame(geometry=[shapely.box(87.0, 44.0, 87.15, 44.1)], crs="EPSG:4490")
    >>> zonal_statistics(zone, folder.name + "/a.tif", ["mean", "count", "max"]).drop(columns="geometry").round(3)
       mean  count   max  coverage
    0  20.0    1.5  40.0       1.0
    >>> folder.cleanup()
    """
    asked = list(dict.fromkeys([statistics] if isinstance(statistics, str) else statistics))
    for name in asked:
        if name not in STATISTICS and not _percentile(name):
            raise InputError(
                f"没有统计量“{name}”",
                expected="、".join(STATISTICS) + "，或百分位数 p1 到 p99",
                fix=near_match(str(name), STATISTICS),
            )
    refuse_same_names(
        zones, [prefix + n for n in (*asked, _COVERAGE)], what=_ZONES, fix="先改名，或用 prefix 给新列加前缀"
    )
    require_polygons(zones, what=_ZONES)
    shapes = shapely.force_2d(np.asarray(to_cgcs2000(zones, what=_ZONES).geometry.array, dtype=object))

    import rasterio

    from changji_geo.spatial.raster_band import BandSource, open_raster, raster_crs

    with rasterio.Env(GDAL_CACHEMAX=_BLOCK_CACHE_BYTES), open_raster(raster) as dataset:
        crs = raster_crs(dataset, what=str(raster))
        source = BandSource(dataset, band, nodata, what=str(raster))
        drawn = _in_raster(shapes, crs)
        found = _extracted(drawn, source, asked, by_area=crs.is_geographic)
        inside = _inside(drawn, shapely.box(*source.extent()), crs)

    out = zones.copy()
    for name in asked:
        out[prefix + name] = found[name]
    exists = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    share = np.divide(found["valid"], found["cells"], out=np.zeros(len(out)), where=found["cells"] > 0)
    out[prefix + _COVERAGE] = np.where(exists, share * inside, np.nan)
    return out


def _percentile(name: str) -> float | None:
    """The share that a name asks for: 0.9 for ``p90``; ``median`` is p50."""
    if name == "median":
        return 0.5
    return int(name[1:]) / 100 if re.fullmatch(r"p[1-9][0-9]?", name) else None


def _in_raster(shapes: NDArray[np.object_], crs: pyproj.CRS) -> NDArray[np.object_]:
    """Zones in the raster's CRS: edges straight in degrees stay where they are."""
    dense = shapes if crs.is_geographic else shapely.segmentize(shapes, DENSITY_DEG)
    moved = np.asarray(gpd.GeoSeries(dense, crs=CGCS2000).to_crs(crs).array, dtype=object)
    xy, owner = shapely.get_coordinates(moved, return_index=True)
    bad = owner[~np.isfinite(xy).all(axis=1)]
    if len(bad):
        raise CRSError(
            f"第 {bad[0] + 1} 个要素不能换算到栅格的坐标系 {crs.name}",
            where=_ZONES,
            expected="在该坐标系适用范围内的分区",
            fix="去掉远离栅格的分区，或换用合适坐标系的栅格",
        )
    return moved


def _extracted(
    shapes: NDArray[np.object_], source: BandSource, asked: Sequence[str], *, by_area: bool
) -> Mapping[str, NDArray[np.float64]]:
    """The statistics asked for, and the weight of all cells (``cells``) and of those with data (``valid``) in each zone."""
    from exactextract import exact_extract

    from changji_geo.spatial.raster_band import ZoneSource

    plain = f"min_coverage_frac={_LEAST_PART}"
    weight = f"{plain},coverage_weight={'area_spherical_m2' if by_area else 'fraction'}"
    operations = [f"valid=count({weight})", f"cells=count(default_value=0,{weight})", f"count=count({plain})"]
    operations += [f"{name}={name}({plain})" for name in asked if name in ("sum", "min", "max")]
    operations += [f"{name}={name}({weight})" for name in asked if name in ("mean", "stdev", "majority")]
    shares = {name: q for name in asked if (q := _percentile(name)) is not None}
    if shares:
        operations += [f"values=unique({plain})", f"parts=frac({weight})"]

    out = {name: np.full(len(shapes), np.nan) for name in asked}
    out |= {name: np.zeros(len(shapes)) for name in ("count", "valid", "cells")}
    west, south, east, north = source.extent()
    bounds = shapely.bounds(shapes)
    meets = (bounds[:, 0] < east) & (bounds[:, 2] > west) & (bounds[:, 1] < north) & (bounds[:, 3] > south)
    # From north to south, as files are stored: what one zone has read, the next finds in the cache.
    rows = np.flatnonzero(meets)
    rows = rows[np.argsort(-bounds[rows, 3], kind="stable")]
    features: list[dict[str, Any]] = exact_extract(
        source,
        ZoneSource(shapes[rows]),
        operations,
        include_cols=["zone"],
        strategy="feature-sequential",
        max_cells_in_memory=_CELLS_IN_MEMORY,
    )
    for feature in features:
        found = feature["properties"]
        row = rows[found["zone"]]
        for name in ("count", "valid", "cells"):
            out[name][row] = found[name]
        if not found["count"]:
            continue
        for name in asked:
            out[name][row] = _quantile(found["values"], found["parts"], shares[name]) if name in shares else found[name]
    return out


def _quantile(values: NDArray[Any], parts: NDArray[np.float64], share: float) -> float:
    """The value at which a share of the area is reached, the mean of two where it falls between them.

    Not exactextract's: that one interpolates between distinct values whatever their areas, so 1, 1, 1, 2 has a median of 1.5.
    """
    order = np.argsort(values)
    reached = np.cumsum(parts[order])
    at = min(int(np.searchsorted(reached, share - _ROUNDING)), len(values) - 1)
    value = float(values[order[at]])
    if abs(reached[at] - share) <= _ROUNDING and at + 1 < len(values):
        return (value + float(values[order[at + 1]])) / 2
    return value


def _inside(shapes: NDArray[np.object_], extent: shapely.Polygon, crs: pyproj.CRS) -> NDArray[np.float64]:
    """Share of each zone's ellipsoidal area that lies within the raster."""
    west, south, east, north = extent.bounds
    bounds = shapely.bounds(shapes)
    within = (bounds[:, 0] >= west) & (bounds[:, 1] >= south) & (bounds[:, 2] <= east) & (bounds[:, 3] <= north)
    out = np.ones(len(shapes))
    across = np.flatnonzero(~within & ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes))
    if len(across):
        cut = shapely.intersection(shapes[across], extent)
        both = gpd.GeoSeries(np.concatenate([cut, shapes[across]]), crs=crs)
        areas = area_m2(both if crs.is_geographic else both.to_crs(CGCS2000))
        out[across] = areas[: len(across)] / areas[len(across) :]
    return out
