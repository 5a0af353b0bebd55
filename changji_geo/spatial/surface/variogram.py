"""Samples -> a variogram (变异函数): how the mean squared difference of two values grows with their distance.

Models have a nugget (块金), a partial sill (偏基台) and a range (变程, m); they are written as PyKrige writes them, so the
range of the exponential and Gaussian models is the distance at which about 95 % of the partial sill is reached.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from changji_geo.spatial.surface.samples import Floats, Samples, distances

Model = Literal["spherical", "exponential", "gaussian"]
MODELS: tuple[Model, ...] = ("spherical", "exponential", "gaussian")
MODEL_ZH: dict[Model, str] = {"spherical": "球状", "exponential": "指数", "gaussian": "高斯"}

LAGS = 10
"""Lags of equal width, from 0 to half the greatest distance: beyond it few pairs, and always the same outer stations."""

_RANGES = 200
"""Ranges tried, evenly on a logarithmic scale."""


@dataclass(frozen=True, slots=True)
class Variogram:
    """A fitted model. ``nugget``, ``psill`` and ``sill`` have the squared unit of the values, ``range_m`` is in metres.

    ``at_limit``: the range is the greatest one tried, so that the data show no sill.
    """

    model: Model
    psill: float
    range_m: float
    nugget: float
    at_limit: bool = False

    @property
    def sill(self) -> float:
        """The full sill (基台): what values far apart differ by."""
        return self.psill + self.nugget

    def gamma(self, distance: Floats) -> Floats:
        """Semivariance at distances in metres; at 0 its limit, the nugget."""
        return self.nugget + self.psill * _SHAPES[self.model](distance / self.range_m)


def _spherical(h: Floats) -> Floats:
    near = np.minimum(h, 1.0)
    return 1.5 * near - 0.5 * near**3


def _exponential(h: Floats) -> Floats:
    out: Floats = 1.0 - np.exp(-3.0 * h)
    return out


def _gaussian(h: Floats) -> Floats:
    out: Floats = 1.0 - np.exp(-((h * 7.0 / 4.0) ** 2))
    return out


_SHAPES: dict[Model, Callable[[Floats], Floats]] = {
    "spherical": _spherical,
    "exponential": _exponential,
    "gaussian": _gaussian,
}


@dataclass(frozen=True, eq=False)
class Lags:
    """The experimental variogram: for each lag that has pairs its mean distance (m), mean semivariance, number of pairs."""

    distance: Floats
    semivariance: Floats
    pairs: Floats
    longest: float


def experimental_variogram(samples: Samples) -> Lags:
    """Semivariances of all pairs up to half the greatest distance, in ten lags of equal width.

    Where these are all zero (values differ only between clusters that lie far apart), pairs of every distance are taken.

    Examples
    --------
    >>> row = Samples(np.array([0.0, 1.0, 2.0, 3.0]), np.zeros(4), np.array([0.0, 2.0, 4.0, 6.0]), 4)
    >>> lags = experimental_variogram(row)
    >>> lags.distance.tolist(), lags.semivariance.tolist(), lags.pairs.tolist()
    ([1.0], [2.0], [3.0])
    """
    i, j = np.triu_indices(len(samples), 1)
    apart = distances(samples.x, samples.y, samples)[i, j]
    half = 0.5 * (samples.values[i] - samples.values[j]) ** 2
    longest = float(apart.max())
    reach = longest / 2 if half[apart <= longest / 2].any() else longest
    inside = apart <= reach
    lag = np.minimum((apart[inside] / reach * LAGS).astype(np.intp), LAGS - 1)
    pairs = np.bincount(lag, minlength=LAGS)
    has = pairs > 0
    distance = np.bincount(lag, apart[inside], minlength=LAGS)[has] / pairs[has]
    semivariance = np.bincount(lag, half[inside], minlength=LAGS)[has] / pairs[has]
    return Lags(distance, semivariance, pairs[has].astype(np.float64), longest)


def fit_variogram(lags: Lags, model: Model) -> Variogram:
    """The model nearest to the experimental variogram, by least squares weighted with pairs / distance².

    The weights are gstat's default (``fit.method = 7``): short lags with many pairs count most. For each of 200 ranges, from
    the shortest lag to the greatest distance of two samples, nugget and partial sill follow from a linear problem with both
    at least 0; the best range wins. So the fit has no starting value and no local minimum.

    Parameters
    ----------
    lags : Lags
        With at least one semivariance above 0.
    model : {"spherical", "exponential", "gaussian"}

    Returns
    -------
    Variogram
    """
    weight = lags.pairs / lags.distance**2
    weight = weight / weight.sum()
    ranges = np.geomspace(lags.distance[0], lags.longest, _RANGES)
    shape = _SHAPES[model](lags.distance[None, :] / ranges[:, None])
    nugget, psill = _sills(shape, lags.semivariance, weight)
    rest = ((nugget[:, None] + psill[:, None] * shape - lags.semivariance) ** 2 * weight).sum(axis=1)
    best = int(np.argmin(np.round(rest / float(lags.semivariance.max()) ** 2, 12)))
    at_limit = best == _RANGES - 1 and psill[best] > 0
    return Variogram(model, float(psill[best]), float(ranges[best]), float(nugget[best]), at_limit)


def _sills(shape: Floats, target: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Nugget and partial sill, both at least 0, that fit best for each row of `shape`: two unknowns, solved on paper."""
    mean_shape, mean_target = shape @ weight, float(target @ weight)
    spread = (shape**2) @ weight - mean_shape**2
    joint = (shape * target) @ weight - mean_shape * mean_target
    flat = spread <= 1e-12
    psill = np.where(flat, 0.0, joint / np.where(flat, 1.0, spread))
    nugget = mean_target - psill * mean_shape
    alone = (shape * target) @ weight / np.maximum((shape**2) @ weight, 1e-300)
    no_nugget, no_psill = nugget < 0, psill < 0
    psill = np.where(no_psill, 0.0, np.where(no_nugget, alone, psill))
    nugget = np.where(no_psill, mean_target, np.where(no_nugget, 0.0, nugget))
    return nugget, psill
