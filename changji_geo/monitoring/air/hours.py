"""Hourly readings in one grid per pollutant, stations by hours, with what was found while reading them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from changji_geo.monitoring.air.air_findings import AirFinding
from changji_geo.monitoring.air.rules import POLLUTANTS
from changji_geo.monitoring.air.stamps import day_of_hour

Grid = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class HourlyAir:
    """Readings of several stations.

    ``values[pollutant]`` has shape (stations, hours), NaN where there is no reading; µg/m³, CO mg/m³. Column ``j`` is
    the hour that ends at ``first_hour + j`` (hours since 1970-01-01 00:00, Beijing time). ``stations`` has one row
    per row of the grids (see `changji_geo.monitoring.air.stations`). ``gaps`` lists runs of hours without any row:
    code, start, end (ends of the first and the last missing hour), hours. ``present``, of the same shape, tells where
    the files had a row, with readings or without; None: where there is a reading.
    """

    first_hour: int
    values: dict[str, Grid]
    stations: pd.DataFrame
    gaps: pd.DataFrame
    findings: tuple[AirFinding, ...]
    sample: bool = False
    present: Mask | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """Station codes in the order of the grids."""
        return tuple(self.stations["code"])

    @property
    def hour_count(self) -> int:
        """Length of the time axis."""
        return int(next(iter(self.values.values())).shape[1])

    @property
    def ends(self) -> pd.DatetimeIndex:
        """The end of each hour, Beijing time, without a zone."""
        hours = np.arange(self.first_hour, self.first_hour + self.hour_count)
        return pd.DatetimeIndex(hours.astype("datetime64[h]"))

    @property
    def days(self) -> tuple[datetime.date, datetime.date]:
        """First and last day that an hour belongs to."""
        return day_of_hour(self.first_hour), day_of_hour(self.first_hour + self.hour_count - 1)

    def frame(self) -> pd.DataFrame:
        """Stations and hours that the files have: columns ``station``, ``time`` (end of the hour), the pollutants."""
        there = self.present
        if there is None:
            there = np.any([~np.isnan(grid) for grid in self.values.values()], axis=0)
        row, column = np.nonzero(there)
        station = pd.Categorical.from_codes(row, categories=pd.Index(self.codes, dtype=object))
        out = {"station": station, "time": self.ends[column]}
        return pd.DataFrame(out | {p: self.values[p][row, column] for p in POLLUTANTS})
