"""Columns of one frame taken over to the rows of another: names checked first, missing values in a type that holds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from changji_geo.errors import LayerError, near_match


def names_to_attach(
    frame: gpd.GeoDataFrame, other: gpd.GeoDataFrame, columns: Sequence[str] | None, *, what: str, other_what: str
) -> list[str]:
    """The columns of `other` to attach to `frame`: all except the geometry, or those asked for.

    Raises
    ------
    LayerError
        When `other` has no such column, or `frame` has one of the same name.
    """
    known = [name for name in other.columns if name != other.geometry.name]
    names = known if columns is None else list(dict.fromkeys(columns))
    for name in names:
        if name not in known:
            raise LayerError(f"没有列“{name}”", where=other_what, fix=near_match(str(name), map(str, known)))
    refuse_same_names(frame, names, what=what, fix="先给其中一方的列改名，或用 columns 只取需要的列")
    return names


def refuse_same_names(frame: pd.DataFrame, names: Sequence[str], *, what: str, fix: str) -> None:
    """Raise `LayerError` when the frame already has one of the columns about to be added."""
    twice = [str(name) for name in names if name in frame.columns]
    if twice:
        raise LayerError(f"已有列“{'”、“'.join(twice)}”，结果会重名", where=what, fix=fix)


def take_rows(column: pd.Series, rows: NDArray[np.integer[Any]]) -> Any:
    """The values of a column at row positions, missing at -1.

    Parameters
    ----------
    column : Series
    rows : ndarray of int, shape (n,)
        Positions, or -1.

    Returns
    -------
    array or ExtensionArray, shape (n,)
        Of the column's own type; where a row is missing, whole numbers and yes/no become pandas' nullable types.

    Examples
    --------
    >>> take_rows(pd.Series([10, 20]), np.array([1, -1]))
    <IntegerArray>
    [20, <NA>]
    Length: 2, dtype: Int64
    """
    values = column.array
    if not len(rows) or rows.min() >= 0:
        return values.take(rows)
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iub":
        bits = column.dtype.itemsize * 8
        name = {"i": f"Int{bits}", "u": f"UInt{bits}", "b": "boolean"}[column.dtype.kind]
        values = values.astype(name)
    return values.take(rows, allow_fill=True)
