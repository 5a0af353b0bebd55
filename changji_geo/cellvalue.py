"""A cell of a frame -> a plain Python value, None for a cell that holds nothing."""

from __future__ import annotations

import math
from typing import Any


def plain_value(cell: Any) -> Any:
    """A cell without numpy types.

    Parameters
    ----------
    cell : object
        Anything that a frame can hold.

    Returns
    -------
    object
        A numpy scalar as Python's number or text; None for None, NaN, NaT, NA and infinity; all else as it is, blank text
        too.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> [plain_value(cell) for cell in (np.int64(3), np.float32(0.5), float("inf"), pd.NaT, pd.NA, " ")]
    [3, 0.5, None, None, None, ' ']
    """
    if hasattr(cell, "item"):
        cell = cell.item()
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else None
    return None if type(cell).__name__ in ("NaTType", "NAType") else cell
