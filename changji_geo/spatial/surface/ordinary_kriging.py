"""Ordinary kriging (普通克里金): the best linear unbiased estimate under a variogram, and its standard error.

PyKrige solves the systems for the grid. Leave-one-out errors come from the inverse of the one kriging matrix.
"""

from __future__ import annotations

import numpy as np

from changji_geo.spatial.surface.samples import Floats, Samples, distances
from changji_geo.spatial.surface.variogram import MODELS, Variogram, experimental_variogram, fit_variogram

_BLOCK = 4_000_000
"""Weights held at once."""

_WORST_CONDITION = 1e10
"""A kriging matrix (scaled by the sill) whose condition is worse than this is not solved: its last digits are noise."""


def krige_estimate(x: Floats, y: Floats, samples: Samples, variogram: Variogram) -> tuple[Floats, Floats]:
    """Estimate and standard error at places.

    Parameters
    ----------
    x, y : ndarray of float, shape (m,)
        Metres, same CRS as the samples.
    samples : Samples
        At least two; all of them weigh on every place.
    variogram : Variogram

    Returns
    -------
    estimate, error : ndarray of float, shape (m,)
        Unit of the values. The error is the root of the kriging variance: of a new *measurement*, so at a station it is that
        of the nugget, and 0 without one. The estimate is continuous: where there is a nugget it does not leap to the value
        at a station. It may pass the least and greatest value; nothing is clipped.
    """
    from pykrige.ok import OrdinaryKriging

    solver = OrdinaryKriging(
        samples.x, samples.y, samples.values,
        variogram_model=variogram.model,
        variogram_parameters={"psill": variogram.psill, "range": variogram.range_m, "nugget": variogram.nugget},
        exact_values=False,  # True makes one-cell peaks of the stations wherever there is a nugget
    )  # fmt: skip
    estimate, variance = np.empty(len(x)), np.empty(len(x))
    step = max(1, _BLOCK // (len(samples) + 1))
    for start in range(0, len(x), step):
        part = slice(start, start + step)
        estimate[part], variance[part] = solver.execute("points", x[part], y[part], backend="vectorized")
    return estimate, np.sqrt(np.maximum(variance, 0.0))  # rounding makes a variance of 0 a little less at a station


def krige_leave_one_out(samples: Samples, variogram: Variogram) -> Floats:
    """Estimate minus value at each sample, estimated from all the others under the same variogram; shape (n,).

    With K the kriging matrix bordered by ones, residual i is ``(K⁻¹ z)[i] / K⁻¹[i, i]`` (Dubrule 1983): the same as solving
    n systems of n - 1 samples.
    """
    inverse = np.linalg.inv(_matrix(samples, variogram))
    n = len(samples)
    out: Floats = -(inverse[:n, :n] @ samples.values) / np.diag(inverse)[:n]
    return out


def _matrix(samples: Samples, variogram: Variogram) -> Floats:
    """Semivariances over the sill, 0 on the diagonal, bordered by ones; shape (n + 1, n + 1)."""
    n = len(samples)
    out = np.ones((n + 1, n + 1))
    out[:n, :n] = variogram.gamma(distances(samples.x, samples.y, samples)) / variogram.sill
    np.fill_diagonal(out, 0.0)
    return out


def choose_variogram(samples: Samples) -> tuple[Variogram, Floats]:
    """The fitted model whose leave-one-out errors are least, and these errors (estimate minus value).

    Spherical, exponential and Gaussian models are fitted; the first wins a tie. A model whose kriging matrix is close to
    singular (a Gaussian one without a nugget) is passed over.

    Parameters
    ----------
    samples : Samples
        Values not all alike.
    """
    lags = experimental_variogram(samples)
    found: list[tuple[float, int, Variogram, Floats]] = []
    for order, model in enumerate(MODELS):
        variogram = fit_variogram(lags, model)
        if np.linalg.cond(_matrix(samples, variogram)) > _WORST_CONDITION and model == "gaussian":
            continue
        errors = krige_leave_one_out(samples, variogram)
        score = round(float(np.sqrt(np.mean(errors**2)) / np.std(samples.values)), 9)
        found.append((score, order, variogram, errors))
    _, _, best, errors = min(found, key=lambda one: one[:2])
    return best, errors
