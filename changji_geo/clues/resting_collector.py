"""Python's cyclic collector at rest while many objects are made that stay: it would walk over all of them again and again."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def rest_collector() -> Iterator[None]:
    """No cyclic collection while the block runs; blocks may lie in one another. Also a decorator of functions.

    Objects without cycles are freed as ever. With 100,000 clues in memory the collector took half of the time.

    Examples
    --------
    >>> with rest_collector():
    ...     gc.isenabled()
    False
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
