"""How clues and zones look on every map and in every GIS: a colour and a marker for each status, a colour for each zone.

Colours were chosen so that no two neighbours of the flow differ in hue alone: lightness and marker differ, too, for readers
who see colours differently and for black-and-white print. ``maps/clues.toml`` says the same, which a test keeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from changji_geo.types import Marker

DROPPED = "已剔除"
"""Stands for the status of a dropped clue."""


@dataclass(frozen=True, slots=True)
class Look:
    """Fill and stroke ``#rrggbb``, and the marker of a point."""

    fill: str
    stroke: str
    marker: Marker


STATUS_LOOKS: Mapping[str, Look] = {
    "待核查": Look("#f0c419", "#ffffff", "circle"),
    "已核查-待整改": Look("#d7301f", "#ffffff", "triangle"),
    "整改中": Look("#f28e2b", "#ffffff", "diamond"),
    "整改完成待验收": Look("#3b7fc4", "#ffffff", "square"),
    "已销号": Look("#1b5e3a", "#ffffff", "cross"),
    "退回重办": Look("#7b3294", "#ffffff", "star"),
    "已核查-非问题": Look("#ffffff", "#4a4a4a", "circle"),
    DROPPED: Look("#b4b4b4", "#5a5a5a", "cross"),
}
"""In the order of a legend: open cases along the flow, then those that are none."""

ZONE_COLORS: Mapping[str, str] = {
    "核心区": "#86ab85",
    "缓冲区": "#b3cba6",
    "实验区": "#dde8cd",
    "核心保护区": "#86ab85",
    "一般控制区": "#dde8cd",
}
"""Fill of each zone of both schemes."""
