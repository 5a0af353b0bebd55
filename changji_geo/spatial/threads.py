"""One shapely function over a long array on several threads; the same result as in one call."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK = 16384
_MOST_THREADS = 8


def in_threads(function: Callable[[NDArray[Any]], NDArray[Any]], shapes: NDArray[Any]) -> NDArray[Any]:
    """Apply a function that works geometry by geometry.

    Parameters
    ----------
    function : callable
        Array of shape (n,) -> array of shape (n,): a shapely function, which lets other threads run meanwhile (a chain of
        numpy calls gains nothing). Short arrays are handled at once.
    shapes : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n,)

    Examples
    --------
    >>> import shapely
    >>> in_threads(shapely.is_valid, np.array([shapely.Point(87, 44), None])).tolist()
    [True, False]
    """
    if len(shapes) <= _BLOCK:
        return function(shapes)
    blocks = [shapes[start : start + _BLOCK] for start in range(0, len(shapes), _BLOCK)]
    with ThreadPoolExecutor(min(os.cpu_count() or 1, len(blocks), _MOST_THREADS)) as threads:
        return np.concatenate(list(threads.map(function, blocks)))
