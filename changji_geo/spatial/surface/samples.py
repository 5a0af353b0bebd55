"""Stations and their values -> the samples that a surface is estimated from: known values at different positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from changji_geo.errors import LayerError

Floats = NDArray[np.float64]

MIN_IDW = 5
"""Fewest positions for inverse distance weighting. A rule of this software: with four or fewer, every estimate hangs on one
or two stations and leave-one-out errors say nothing."""

MIN_KRIGING = 12
"""Fewest positions for ordinary kriging. A rule of this software: a variogram has three parameters, and 12 positions give 66
pairs, about 10 for each lag; fewer leave lags empty."""

SURE_KRIGING = 50
"""Below this the variogram is uncertain and the result says so; Webster & Oliver (Geostatistics for Environmental Scientists,
2007) advise 100 or more and find variograms of fewer than 50 of little use."""

MAX_STATIONS = 2000
"""Most positions: all stations weigh on every cell, and memory grows with stations times stations."""

COINCIDENT_M = 1.0
"""Stations no farther apart than this are one position, whose value is their mean: kriging has no solution for two."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Known values at different positions.

    ``x``, ``y`` are metres, shape (n,); ``values`` as given, shape (n,), means where stations coincide. ``given`` is the
    number of stations with a value, ``missing`` the names of those without one, ``merged`` the names of stations at one
    position, a tuple for each position.
    """

    x: Floats
    y: Floats
    values: Floats
    given: int
    missing: tuple[str, ...] = ()
    merged: tuple[tuple[str, ...], ...] = ()

    def __len__(self) -> int:
        return len(self.values)


def collect_samples(
    x: ArrayLike,
    y: ArrayLike,
    values: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    needed: int = MIN_IDW,
    what: str = "插值面",
    where: str | None = None,
) -> Samples:
    """Leave out stations without a value, unite those at one position, and refuse too few.

    Parameters
    ----------
    x, y : array_like of float, shape (n,)
        Metres in a projected CRS, finite.
    values : array_like of float, shape (n,)
        A value that is not finite is none: the station is left out and named.
    names : sequence of str, optional
        For messages; 1, 2, 3... by default.
    needed : int
        Fewest positions.
    what : str
        What is to be made of them, for messages.
    where : str, optional
        Layer or key, for messages.

    Returns
    -------
    Samples
        In the order given; united stations at the place of the first.

    Raises
    ------
    LayerError
        Fewer positions with a value than `needed`, or more than 2,000.

    Examples
    --------
    >>> found = collect_samples([0, 0, 9, 5], [0, 0, 0, 5], [1.0, 3.0, 7.0, float("nan")], names="甲乙丙丁", needed=2)
    >>> found.values.tolist(), found.missing, found.merged
    ([2.0, 7.0], ('丁',), (('甲', '乙'),))
    """
    at = np.column_stack([np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)])
    numbers = np.asarray(values, dtype=np.float64)
    called = list(names) if names is not None else [str(i + 1) for i in range(len(numbers))]
    known = np.isfinite(numbers)
    missing = tuple(name for name, has in zip(called, known, strict=True) if not has)
    called = [name for name, has in zip(called, known, strict=True) if has]
    at, numbers = at[known], numbers[known]
    if len(numbers) > MAX_STATIONS:
        raise LayerError(
            f"有数值的站点有 {len(numbers)} 个",
            where=where,
            expected=f"{what}最多用 {MAX_STATIONS} 个站点",
            fix="用 where 选择",
        )
    group = _coincident(at)
    first, member = np.unique(group, return_inverse=True)
    count = np.bincount(member, minlength=len(first))
    merged = tuple(
        tuple(called[i] for i in np.flatnonzero(member == position)) for position in np.flatnonzero(count > 1)
    )
    if len(first) < needed:
        raise LayerError(
            _too_few(len(first), len(known), missing, merged),
            where=where,
            expected=f"{what}至少要 {needed} 个位置不同、有数值的站点（本软件的规定）",
            fix="补齐数值，加上周边站点，或不画插值面、直接画站点",
        )
    mean = np.bincount(member, numbers, minlength=len(first)) / np.maximum(count, 1)
    return Samples(at[first, 0], at[first, 1], mean, int(known.sum()), missing, merged)


def _coincident(at: Floats) -> NDArray[np.intp]:
    """For each position the first one that it coincides with, directly or by way of others."""
    if not len(at):
        return np.zeros(0, dtype=np.intp)
    close = np.hypot(at[:, None, 0] - at[None, :, 0], at[:, None, 1] - at[None, :, 1]) <= COINCIDENT_M
    first: NDArray[np.intp] = np.argmax(close, axis=1)
    while (first[first] != first).any():
        first = first[first]
    return first


def _too_few(positions: int, given: int, missing: tuple[str, ...], merged: tuple[tuple[str, ...], ...]) -> str:
    parts = [f"给出 {given} 个站点"]
    if missing:
        parts.append(f"{len(missing)} 个没有数值（{listed(missing)}）")
    if merged:
        parts.append(f"{listed(['、'.join(names) for names in merged], '；')}位置相同")
    return f"{'，'.join(parts)}，能用的位置只有 {positions} 个"


def listed(names: Sequence[str], separator: str = "、", most: int = 5) -> str:
    """Names in a row, the first few of many.

    Examples
    --------
    >>> listed("甲乙丙", most=2)
    '甲、乙等 3 个'
    """
    return separator.join(names[:most]) + (f"等 {len(names)} 个" if len(names) > most else "")


def distances(x: Floats, y: Floats, samples: Samples) -> Floats:
    """From every place to every sample, metres; shape (places, samples)."""
    out: Floats = np.hypot(x[:, None] - samples.x[None, :], y[:, None] - samples.y[None, :])
    return out
