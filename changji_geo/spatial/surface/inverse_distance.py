"""Inverse distance weighting (反距离加权): every sample weighs 1 / distance**power; at a sample the estimate is its value."""

from __future__ import annotations

import numpy as np

from changji_geo.spatial.surface.samples import Floats, Samples

_BLOCK = 2_000_000
"""Distances held at once."""


def idw_estimate(x: Floats, y: Floats, samples: Samples, *, power: float = 2.0) -> Floats:
    """Estimate at places.

    Parameters
    ----------
    x, y : ndarray of float, shape (m,)
        Metres, same CRS as the samples.
    samples : Samples
        All of them weigh on every place (global search).
    power : float
        Above 0; 2 is usual (Shepard 1968).

    Returns
    -------
    ndarray of float, shape (m,)
        Unit of the values, never beyond their least and greatest.

    Examples
    --------
    Between 10 and 40, three times as far from the second: weights 1 and 1/9.

    >>> two = Samples(np.array([0.0, 4.0]), np.zeros(2), np.array([10.0, 40.0]), 2)
    >>> idw_estimate(np.array([1.0, 0.0]), np.zeros(2), two).tolist()
    [13.0, 10.0]
    """
    out = np.empty(len(x))
    step = max(1, _BLOCK // max(1, len(samples)))
    for start in range(0, len(x), step):
        part = slice(start, start + step)
        weight = _weights(_squared(x[part], y[part], samples), power)
        out[part] = weight @ samples.values / weight.sum(axis=1)
    return np.clip(out, samples.values.min(), samples.values.max())  # only rounding can pass the bounds


def idw_leave_one_out(samples: Samples, *, power: float = 2.0) -> Floats:
    """Estimate minus value at each sample, estimated from all the others; shape (n,)."""
    apart = _squared(samples.x, samples.y, samples)
    np.fill_diagonal(apart, np.inf)
    weight = _weights(apart, power)
    out: Floats = weight @ samples.values / weight.sum(axis=1) - samples.values
    return out


def _squared(x: Floats, y: Floats, samples: Samples) -> Floats:
    """Squared distances from every place to every sample: a root would be drawn only to be squared again."""
    out: Floats = (x[:, None] - samples.x[None, :]) ** 2 + (y[:, None] - samples.y[None, :]) ** 2
    return out


def _weights(squared: Floats, power: float) -> Floats:
    """Weights relative to the nearest sample's, so that none overflows; a sample at distance 0 has all the weight."""
    nearest = squared.min(axis=1, keepdims=True)
    met = nearest[:, 0] == 0
    with np.errstate(invalid="ignore"):
        ratio: Floats = nearest / squared
    ratio[met] = squared[met] == 0
    return ratio if power == 2 else ratio ** (power / 2)
