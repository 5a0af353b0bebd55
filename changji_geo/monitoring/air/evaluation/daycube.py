"""A table of days -> arrays (places, days) by pollutant, so that areas and periods need no loop over rows."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from changji_geo.monitoring.air.evaluation.daily import require_daily
from changji_geo.monitoring.air.rules import DAILY

Grid = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class DayCube:
    """Daily values: ``values[name]`` has shape (places, days), NaN where there is no row; ``first``: day of column 0.

    ``aqi`` is NaN where the day does not count.
    """

    places: tuple[str, ...]
    first: datetime.date
    values: dict[str, Grid]
    aqi: Grid

    @property
    def days(self) -> int:
        """Number of days."""
        return int(self.aqi.shape[1])

    def columns(self, start: datetime.date, end: datetime.date) -> slice:
        """The columns from a day to a day, both included, as far as they are there."""
        low = max((start - self.first).days, 0)
        return slice(low, max((end - self.first).days + 1, low))


def day_cube(daily: pd.DataFrame) -> DayCube:
    """Arrange a table of days.

    Parameters
    ----------
    daily : DataFrame
        See `changji_geo.monitoring.air.evaluation.daily.build_daily`.

    Raises
    ------
    InputError
        Columns missing, or a place with a day twice.
    """
    require_daily(daily)
    codes, places = pd.factorize(daily["place"].astype(str), sort=True)
    day = daily["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    first = int(day.min()) if day.size else 0
    shape = (len(places), int(day.max()) - first + 1 if day.size else 0)

    def spread(values: Any) -> Grid:
        grid = np.full(shape, np.nan)
        grid[codes, day - first] = np.asarray(values, dtype=np.float64)
        return grid

    counted = daily["aqi"].where(daily["counted"])
    return DayCube(
        tuple(map(str, places)),
        datetime.date(1970, 1, 1) + datetime.timedelta(days=first),
        {name: spread(daily[name]) for name in DAILY},
        spread(counted),
    )
