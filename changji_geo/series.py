"""Series ``layers/series/<id>.toml`` + ``<id>.csv``: values of a layer's features at regular moments, for maps in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from changji_geo.types import Accuracy

Step = Literal["day", "month", "year"]


@dataclass(frozen=True, slots=True)
class SeriesColumn:
    """One column of values: ``number`` (NaN where there is none) or ``text`` ("" where there is none)."""

    name: str
    title: str
    type: Literal["number", "text"]
    unit: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class SeriesMeta:
    """What a series is. ``layer`` has the features that ``areas`` name. ``sample``: made up, and every map says so (示例数据).

    ``standard`` names the text column that holds the standard in force for each value ("" where the series has none): a map
    prints it beside the date, and warns where a series holds more than one.
    """

    id: str
    title: str
    layer: str
    step: Step
    columns: tuple[SeriesColumn, ...]
    source: str
    licence: str
    attribution: str
    retrieved: str
    accuracy: Accuracy = "published"
    sample: bool = False
    standard: str = ""
    note: str = ""


@dataclass(frozen=True, eq=False)
class Series:
    """Values by moment and feature.

    ``times`` are in ISO form, regular and complete from first to last (``2025-04-01`` by day, ``2025-04`` by month,
    ``2025`` by year); every array of ``values`` has the shape (times, areas): float64, or object holding str.
    """

    meta: SeriesMeta
    areas: tuple[str, ...]
    times: tuple[str, ...]
    values: Mapping[str, NDArray[Any]]

    def column(self, name: str) -> NDArray[np.float64] | NDArray[np.object_]:
        """The array of a column, shape (times, areas)."""
        return self.values[name]
