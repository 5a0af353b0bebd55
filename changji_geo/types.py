"""Words shared by every module: coordinates, and the closed lists of choices."""

from __future__ import annotations

from typing import Literal, NamedTuple

Accuracy = Literal["surveyed", "published", "approximate", "schematic"]
"""How far a layer's positions can be trusted, best first."""

ACCURACY_ZH: dict[Accuracy, str] = {
    "surveyed": "实测",
    "published": "公布",
    "approximate": "近似",
    "schematic": "示意",
}

SCHEMATIC_NOTICE = "示意图层，不作为执法依据"
"""What every output says where it rests on a schematic layer."""

Level = Literal["error", "warning", "repair", "info"]
"""How grave a finding is, the gravest first; "repair": something was changed."""

LEVELS_ZH: dict[Level, str] = {"error": "错误", "warning": "警告", "repair": "修复", "info": "提示"}

Kind = Literal[
    "fill", "choropleth", "category", "line", "point", "proportional", "label", "surface", "raster", "packed"
]
"""How a layer is drawn. ``raster`` and ``packed`` have their place in the tables and are refused until built."""

Marker = Literal["circle", "square", "triangle", "diamond", "star", "cross", "drop"]
"""Point symbols; both renderers draw each of them."""

Hatch = Literal["", "/", "\\", "x", "."]
"""Fill patterns; ``""`` is solid."""


class LonLat(NamedTuple):
    """A position in degrees on CGCS2000 (EPSG:4490), longitude first."""

    lon: float
    lat: float


class BBox(NamedTuple):
    """A box in degrees on CGCS2000 (EPSG:4490)."""

    west: float
    south: float
    east: float
    north: float


def looks_swapped(west: float, south: float, east: float, north: float) -> bool:
    """Whether a box in degrees has latitudes where longitudes belong: turned round it lies in China, as it stands far off.

    Examples
    --------
    >>> looks_swapped(43.5, 87.0, 44.5, 88.0), looks_swapped(87.0, 43.5, 88.0, 44.5)
    (True, False)
    """
    return 3 <= west <= east <= 54 and 73 <= south <= north <= 136
