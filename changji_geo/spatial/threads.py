"""Work of shapely and pyproj on several threads, which they let run side by side; the same result as on one."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Task = TypeVar("Task")

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


def each_in_threads(function: Callable[[Task], None], tasks: Sequence[Task]) -> None:
    """Do several tasks at once, none of which reads what another writes; the first that fails ends it.

    Examples
    --------
    >>> import shapely
    >>> lengths = np.zeros(2)
    >>> each_in_threads(lambda k: lengths.put(k, shapely.length(shapely.box(0, 0, k, k))), [0, 1])
    >>> lengths.tolist()
    [0.0, 4.0]
    """
    if len(tasks) <= 1:
        for task in tasks:
            function(task)
        return
    with ThreadPoolExecutor(min(os.cpu_count() or 1, len(tasks), _MOST_THREADS)) as threads:
        for _ in threads.map(function, tasks):
            pass
