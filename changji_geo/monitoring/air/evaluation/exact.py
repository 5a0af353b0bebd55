"""Concentrations as whole millionths, so that sums, means and halves are exact: means and percentiles by GB/T 8170."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SCALE = 1_000_000
"""Millionths of the unit: finer differences between readings are noise of the file."""


def to_millionths(values: npt.ArrayLike) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Values as whole millionths, 0 where NaN, and where there is a value.

    Examples
    --------
    >>> to_millionths([0.35, float("nan")])
    (array([350000,      0]), array([ True, False]))
    """
    floats = np.asarray(values, dtype=np.float64)
    there = np.isfinite(floats)
    return np.rint(np.where(there, floats, 0.0) * SCALE).astype(np.int64), there


def round_ratio(numerator: npt.ArrayLike, denominator: npt.ArrayLike, decimals: int) -> Floats:
    """A quotient of whole numbers, rounded half to even (GB/T 8170) without a float in between.

    Parameters
    ----------
    numerator : array of int
    denominator : array of int
        Where 0 the result is NaN.
    decimals : int

    Examples
    --------
    >>> round_ratio([5, 7, 13, 1], [2, 2, 20, 0], 0)
    array([ 2.,  4.,  1., nan])
    >>> round_ratio([13, 15, 26], [20, 20, 40], 1)
    array([0.6, 0.8, 0.6])
    """
    top, below = np.broadcast_arrays(np.asarray(numerator, dtype=np.int64), np.asarray(denominator, dtype=np.int64))
    safe = np.where(below == 0, 1, below)
    whole, rest = np.divmod(top * 10**decimals, safe)
    up = (2 * rest > safe) | ((2 * rest == safe) & (whole % 2 == 1))
    return np.where(below == 0, np.nan, (whole + up) / 10.0**decimals)


def mean_rounded(totals: npt.ArrayLike, counts: npt.ArrayLike, decimals: int) -> Floats:
    """Means of millionths, rounded half to even; NaN where nothing was counted.

    Examples
    --------
    >>> mean_rounded([1_300_000], [2], 1)
    array([0.6])
    """
    return round_ratio(totals, np.asarray(counts, dtype=np.int64) * SCALE, decimals)


def round_values(values: npt.ArrayLike, decimals: int) -> Floats:
    """Values rounded half to even at the decimal they are written with (0.25 to one decimal is 0.2).

    Examples
    --------
    >>> round_values([0.25, 0.35, float("nan")], 1)
    array([0.2, 0.4, nan])
    """
    whole, there = to_millionths(values)
    return np.where(there, round_ratio(whole, SCALE, decimals), np.nan)


def percentile_ratio(values: npt.ArrayLike, percent: int) -> tuple[int, int]:
    """The linear percentile (HJ 663-2013 annex A: k = 1 + (n - 1) p / 100) as an exact quotient.

    Parameters
    ----------
    values : array of float
        NaN are left out.
    percent : int
        0 .. 100.

    Returns
    -------
    tuple of int
        Numerator and denominator; the denominator is 0 for no values.

    Examples
    --------
    >>> top, below = percentile_ratio([10, 20, 30, 40], 90)
    >>> top / below
    37.0
    """
    whole, there = to_millionths(values)
    ordered = np.sort(whole[there])
    if ordered.size == 0:
        return 0, 0
    place, part = divmod((ordered.size - 1) * percent, 100)
    low = int(ordered[place])
    high = int(ordered[min(place + 1, ordered.size - 1)])
    return low * 100 + (high - low) * part, 100 * SCALE
