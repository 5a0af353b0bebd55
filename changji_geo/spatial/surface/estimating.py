"""Stations with values and a mask -> a `Surface`: estimates on a regular grid, how they were made and how far to trust them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from changji_geo.crs import CGCS2000, CHANGJI_ALBERS
from changji_geo.errors import LayerError, SpecError
from changji_geo.spatial.surface.inverse_distance import idw_estimate, idw_leave_one_out
from changji_geo.spatial.surface.ordinary_kriging import choose_variogram, krige_estimate
from changji_geo.spatial.surface.samples import (
    MIN_IDW,
    MIN_KRIGING,
    SURE_KRIGING,
    Floats,
    Samples,
    collect_samples,
    distances,
)
from changji_geo.spatial.surface.variogram import MODEL_ZH, Variogram

Method = Literal["idw", "kriging"]
METHOD_ZH: dict[Method, str] = {"idw": "反距离加权", "kriging": "普通克里金"}

MAX_CELLS = 1_000_000
"""Most cells of a grid; the prefecture has 41,000 at 2 km."""

_MARGIN = 1.5
"""Cells beyond the mask that are estimated too: every square of four cell centres that meets the mask has all its corners."""

_DENSE_DEGREES = 0.02
"""An edge straight in longitude and latitude is a curve in metres: it is followed at this step."""


@dataclass(frozen=True, eq=False)
class Surface:
    """Estimates on a regular grid in the prefecture's Albers metres.

    ``x`` (nx,) and ``y`` (ny,) are the cell centres, rising; ``estimate`` and ``error`` have the shape (ny, nx), NaN farther
    than one and a half cells outside the mask; ``error`` is None without a kriging variance. ``inside`` says which centres
    lie in the mask. ``method`` is the method with its parameters, in Chinese. ``rmse`` and ``mean_error`` are those of
    leaving out one station at a time (estimate minus value, unit of the values). ``negative`` counts the cells inside whose
    estimate is below 0 though no value is. ``farthest_m`` is the distance of the farthest cell inside to its nearest
    station. ``cautions`` are sentences that belong beside the result.
    """

    x: Floats
    y: Floats
    estimate: Floats
    error: Floats | None
    inside: NDArray[np.bool_]
    samples: Samples
    method: str
    rmse: float
    mean_error: float
    negative: int
    farthest_m: float
    variogram: Variogram | None = None
    cautions: tuple[str, ...] = ()


def estimate_surface(
    lon: ArrayLike,
    lat: ArrayLike,
    values: ArrayLike,
    mask: BaseGeometry,
    *,
    method: Method,
    power: float = 2.0,
    cell_m: float = 2000.0,
    names: Sequence[str] | None = None,
    where: str | None = None,
) -> Surface:
    """Estimate a surface from stations, inside a mask.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Degrees, EPSG:4490. Stations outside the mask count as well.
    values : array_like of float, shape (n,)
        Any unit; NaN where a station has none.
    mask : Polygon or MultiPolygon
        Degrees, EPSG:4490.
    method : {"idw", "kriging"}
        Inverse distance weighting, or ordinary kriging under the variogram that `choose_variogram` finds.
    power : float
        Of inverse distance weighting.
    cell_m : float
        Side of a cell, metres. Centres lie at multiples of it, whatever the mask.
    names : sequence of str, optional
        Stations, for messages.
    where : str, optional
        Layer or key, for messages.

    Returns
    -------
    Surface

    Raises
    ------
    LayerError
        Fewer than 5 positions with values (12 for kriging); for kriging, values that are all alike; an empty or invalid
        mask.
    SpecError
        A grid of more than a million cells.

    Examples
    --------
    >>> ring = shapely.Point(88, 44).buffer(0.5, quad_segs=2)
    >>> lon, lat = shapely.get_coordinates(ring)[:8].T
    >>> surface = estimate_surface(lon, lat, [30.0] * 8, ring, method="idw", cell_m=10_000)
    >>> surface.method, float(surface.estimate[surface.inside].max()), round(surface.rmse, 9)
    ('反距离加权（幂 2，全部 8 个站点参与）', 30.0, 0.0)
    """
    to_metres = pyproj.Transformer.from_crs(CGCS2000, CHANGJI_ALBERS, always_xy=True)
    at_x, at_y = to_metres.transform(np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    samples = collect_samples(
        at_x, at_y, values,
        names=names, needed=MIN_KRIGING if method == "kriging" else MIN_IDW, what=METHOD_ZH[method], where=where,
    )  # fmt: skip
    if method == "kriging" and np.ptp(samples.values) == 0:
        raise LayerError(
            f"{len(samples)} 个站点的数值都是 {plain_number(float(samples.values[0]))}，没有变异函数，不能做普通克里金",
            where=where,
            fix="改用 method = idw（结果处处是这个值），或直接写明各站相同",
        )
    x, y, near, inside = _grid(mask, to_metres, cell_m, where=where)
    rows, columns = np.nonzero(near)
    variogram: Variogram | None = None
    error: Floats | None = None
    cautions: list[str] = []
    if method == "idw":
        found = idw_estimate(x[columns], y[rows], samples, power=power)
        left_out = idw_leave_one_out(samples, power=power)
        text = f"反距离加权（幂 {plain_number(power)}，全部 {len(samples)} 个站点参与）"
    else:
        variogram, left_out = choose_variogram(samples)
        found, deviation = krige_estimate(x[columns], y[rows], samples, variogram)
        error = _spread(deviation, near)
        text = f"普通克里金（{variogram_text(variogram)}）"
        cautions = _cautions(samples, variogram)
    estimate = _spread(found, near)
    negative = int(np.count_nonzero(estimate[inside] < 0)) if samples.values.min() >= 0 else 0
    if negative:
        cautions.append(f"数值都不小于 0，而有 {negative} 个格网的估计值为负：如实保留，没有截断")
    return Surface(
        x, y, estimate, error, inside, samples, text,
        rmse=float(np.sqrt(np.mean(left_out**2))),
        mean_error=float(left_out.mean()),
        negative=negative,
        farthest_m=_farthest(x[None, :].repeat(len(y), 0)[inside], y[:, None].repeat(len(x), 1)[inside], samples),
        variogram=variogram,
        cautions=tuple(cautions),
    )  # fmt: skip


def variogram_text(variogram: Variogram) -> str:
    """A variogram in Chinese: model, range in km, sill and nugget.

    Examples
    --------
    >>> variogram_text(Variogram("spherical", 30.0, 123_456.0, 5.0))
    '球状模型，变程 123 km，基台 35，块金 5'
    """
    if variogram.psill == 0:
        return f"纯块金，块金 {plain_number(variogram.nugget)}"
    name = "变程" if variogram.model == "spherical" else "有效变程"
    return (
        f"{MODEL_ZH[variogram.model]}模型，{name} {plain_number(variogram.range_m / 1000)} km，"
        f"基台 {plain_number(variogram.sill)}，块金 {plain_number(variogram.nugget)}"
    )


def plain_number(value: float, digits: int = 3) -> str:
    """A few significant digits, never an exponent.

    Examples
    --------
    >>> plain_number(1234.5), plain_number(0.012345), plain_number(2.0)
    ('1230', '0.0123', '2')
    """
    return str(np.format_float_positional(float(f"{value:.{digits}g}"), trim="-")).replace("-", "\u2212")


def _cautions(samples: Samples, variogram: Variogram) -> list[str]:
    out = []
    if len(samples) < SURE_KRIGING:
        out.append(f"站点只有 {len(samples)} 个（少于 {SURE_KRIGING} 个），变异函数和标准误差都不确定")
    if variogram.psill == 0:
        out.append("看不出空间相关，估计值处处等于平均值")
    elif variogram.nugget > 0.75 * variogram.sill:
        out.append("块金占基台 75% 以上，空间相关很弱")
    if variogram.at_limit:
        out.append("变程取到了站点间的最大距离，数据中看不到基台，可能有趋势")
    return out


def _grid(
    mask: BaseGeometry, to_metres: pyproj.Transformer, cell_m: float, *, where: str | None
) -> tuple[Floats, Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """Centres over the mask; which are near enough to be estimated, and which lie in the mask."""
    if shapely.is_empty(mask) or shapely.get_dimensions(mask) != 2:
        raise LayerError("插值面的范围不是面", where=where, expected="面图层或其中的要素，如 prefecture")
    if not shapely.is_valid(mask):  # its densified form would lose a part without a word
        raise LayerError(
            f"插值面的范围几何无效（{shapely.is_valid_reason(mask)}）",
            where=where,
            fix="先修复几何：用 changji-geo layers import 重新导入时会修复",
        )
    dense = shapely.segmentize(mask, _DENSE_DEGREES)
    shape = shapely.transform(dense, lambda p: np.column_stack(to_metres.transform(p[:, 0], p[:, 1])))
    if not shapely.is_valid(shape):
        shape = shapely.make_valid(shape)
    west, south, east, north = shape.bounds
    sides = [
        (math.floor(low / cell_m) - 2, math.ceil(high / cell_m) + 2) for low, high in ((west, east), (south, north))
    ]
    count = math.prod(high - low + 1 for low, high in sides)
    if count > MAX_CELLS:
        raise SpecError(
            f"格网有 {count:,} 个，边长 {plain_number(cell_m / 1000)} km 太小",
            where=where,
            expected=f"不超过 {MAX_CELLS:,} 个",
            fix=f"把 surface 的 cell_km 写成 {plain_number(math.ceil(cell_m * math.sqrt(count / MAX_CELLS) / 100) / 10)} 以上",
        )
    x, y = (np.arange(low, high + 1, dtype=np.float64) * cell_m for low, high in sides)
    grid_x, grid_y = np.meshgrid(x, y)
    inside = np.asarray(shapely.contains_xy(shape, grid_x, grid_y))
    wider = shapely.buffer(shapely.simplify(shape, cell_m / 50), (_MARGIN + 0.05) * cell_m)
    near = np.asarray(shapely.contains_xy(wider, grid_x, grid_y)) | inside
    return x, y, near, inside


def _spread(found: Floats, near: NDArray[np.bool_]) -> Floats:
    out = np.full(near.shape, np.nan)
    out[near] = found
    return out


def _farthest(x: Floats, y: Floats, samples: Samples) -> float:
    """Greatest distance of a cell to its nearest station, metres; 0 where the mask is smaller than a cell."""
    step = max(1, 2_000_000 // len(samples))
    parts = [distances(x[i : i + step], y[i : i + step], samples).min(axis=1).max() for i in range(0, len(x), step)]
    return float(max(parts, default=0.0))
