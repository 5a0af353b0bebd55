"""Which of two ozone columns is the current one: a running maximum is never below what it is the maximum of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Floats = np.ndarray[Any, np.dtype[np.float64]]

MOST_AGAINST = 0.01
"""Up to this share of rows against the majority, the majority names the columns and those rows lose their ozone."""


@dataclass(frozen=True, slots=True)
class OzoneOrder:
    """What a pair of columns said: rows with the named maximum below, above, and the verdict.

    ``swapped`` None: undecided, both columns say the same or contradict each other.
    """

    below: int
    above: int
    swapped: bool | None

    @property
    def contradictory(self) -> bool:
        """Whether too many rows stand against the majority."""
        return self.swapped is None and self.below + self.above > 0


def ozone_order(current: Floats, maximum: Floats) -> OzoneOrder:
    """Whether columns named current and maximum are swapped, over all rows given.

    Parameters
    ----------
    current, maximum : array of float
        As the header names them; NaN where a cell is blank.

    Examples
    --------
    >>> ozone_order(np.array([34.0, 47.0, 31.0]), np.array([13.0, 46.0, 31.0]))
    OzoneOrder(below=2, above=0, swapped=True)
    """
    below, above = int(np.sum(maximum < current)), int(np.sum(maximum > current))
    total = below + above
    if total == 0 or min(below, above) > MOST_AGAINST * total:
        return OzoneOrder(below, above, None)
    return OzoneOrder(below, above, below > above)


def current_ozone(current: Floats, maximum: Floats, order: OzoneOrder) -> tuple[Floats, Mask]:
    """The current values by a decided order, and the rows that stand against it (their value is NaN).

    With no decision: the value where both columns have the same one, else NaN.

    Examples
    --------
    >>> first, second = np.array([34.0, 10.0]), np.array([13.0, 20.0])
    >>> current_ozone(first, second, OzoneOrder(200, 1, True))
    (array([13., nan]), array([False,  True]))
    """
    if order.swapped is None:
        against = current != maximum
        against &= ~(np.isnan(current) & np.isnan(maximum))
        return np.where(against, np.nan, current), against
    against = maximum > current if order.swapped else maximum < current
    chosen = maximum if order.swapped else current
    return np.where(against, np.nan, chosen), against
