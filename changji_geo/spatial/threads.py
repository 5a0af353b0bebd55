"""One shapely function over long arrays on several threads; the same result as in one call."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK = 16384
_MOST_THREADS = 8


def in_threads(function: Callable[..., NDArray[Any]], *arrays: NDArray[Any], block: int = _BLOCK) -> NDArray[Any]:
    """Apply a function that works geometry by geometry.

    Parameters
    ----------
    function : callable
        Arrays of shape (n,) -> array of shape (n,) or (k, n): shapely functions, which let other threads run meanwhile (a
        chain of numpy calls gains nothing).
    *arrays : ndarray, shape (n,)
    block : int
        So many at a time; no more are handled at once. Fewer pay where each takes long.

    Returns
    -------
    ndarray, shape (n,) or (k, n)

    Examples
    --------
    >>> import shapely
    >>> in_threads(shapely.is_valid, np.array([shapely.Point(87, 44), None])).tolist()
    [True, False]
    """
    length = len(arrays[0])
    if length <= block:
        return function(*arrays)
    starts = range(0, length, block)
    parts = [[array[start : start + block] for start in starts] for array in arrays]
    with ThreadPoolExecutor(min(os.cpu_count() or 1, len(starts), _MOST_THREADS)) as threads:
        return np.concatenate(list(threads.map(function, *parts)), axis=-1)
