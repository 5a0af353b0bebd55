"""What a map *is*, once everything is decided: the frozen data that renderers draw and never question.

Geometry is CGCS2000 longitude/latitude (EPSG:4490). Sizes and widths are points (1/72 inch). Colours are ``#rrggbb``.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from changji_geo.theme import LabelStyle, Theme
from changji_geo.types import Accuracy, BBox, Hatch, Kind, LonLat, Marker


@dataclass(frozen=True, slots=True)
class Symbol:
    """How one class of features looks; every field is settled."""

    fill: str
    fill_opacity: float
    stroke: str
    stroke_width: float
    stroke_opacity: float = 1.0
    dash: tuple[float, ...] = ()
    hatch: Hatch = ""
    marker: Marker = "circle"
    size: float = 7.0


@dataclass(frozen=True, slots=True)
class SceneClass:
    """One legend line: text, look, and how many features have it.

    ``missing`` marks the "无数据" class. ``lower``/``upper`` are the interval's bounds (lower excluded, upper included;
    the first class includes its lower bound), or None for categories and plain layers.
    """

    label: str
    symbol: Symbol
    count: int
    missing: bool = False
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, slots=True)
class PopupRow:
    """One line of a popup: caption and text, both plain text (never markup)."""

    caption: str
    text: str


@dataclass(frozen=True, slots=True)
class SceneFeature:
    """One thing on the map.

    ``class_index`` points into the layer's ``classes``. ``size`` is the diameter in points of a proportional symbol,
    else None. ``anchor`` is where the label and a proportional symbol sit. ``label`` is "" when there is none.
    ``outline`` is the true shape of what a point stands for, where the map asks for it: drawn on screen only, where it is
    larger than the symbol. ``filters`` are the texts that the page filters by, in the order of ``Scene.filters``; empty for
    a feature that is never filtered out.
    """

    id: str
    name: str
    geometry: BaseGeometry
    class_index: int
    anchor: LonLat
    label: str = ""
    size: float | None = None
    value: float | str | None = None
    popup: tuple[PopupRow, ...] = ()
    outline: BaseGeometry | None = None
    filters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SceneFilter:
    """A column that the page filters by: its caption, and the texts that occur in it."""

    column: str
    title: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SizeStep:
    """One reference circle of a proportional legend: diameter in points and its text."""

    size: float
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class SeriesRow:
    """A line of the popup whose text changes with time: ``texts[codes[frame, feature]]``, no line where it is -1."""

    caption: str
    texts: tuple[str, ...]
    codes: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class SceneSeries:
    """What a layer shows at each moment of ``Scene.time``; both arrays have the shape (frames, features).

    ``class_index`` points into the layer's ``classes``. ``values`` are the numbers charted, NaN where there is none; None
    for categories. ``decimals`` is how many the numbers have when printed. ``caption`` and ``unit`` name the values.
    """

    caption: str
    unit: str
    class_index: NDArray[np.int16]
    values: NDArray[np.float64] | None = None
    decimals: int = 0
    rows: tuple[SeriesRow, ...] = ()


@dataclass(frozen=True, slots=True)
class SceneTime:
    """The moments of a map: ``times`` in ISO form (``2025-04-01``, ``2025-04``, ``2025``), regular and complete.

    ``labels`` are the dates as printed, ``remarks`` what is to be said beside a date (the standard in force), "" for
    nothing. ``shown`` is the frame that the layers' features hold and the page opens with; ``panels`` are the frames that
    print draws, one a panel (one frame: an ordinary map). ``speed`` is in frames a second.
    """

    step: Literal["day", "month", "year"]
    times: tuple[str, ...]
    labels: tuple[str, ...]
    remarks: tuple[str, ...]
    shown: int
    panels: tuple[int, ...]
    speed: float = 4.0


@dataclass(frozen=True, slots=True)
class SceneLayer:
    """One layer, bottom to top in the Scene's order.

    ``geometry`` is "area", "line" or "point" (after a proportional layer moved areas to points). ``show_counts`` says
    whether the legend prints class counts. ``legend`` False: drawn, but not in the legend. ``series``: how the layer changes
    with ``Scene.time``; its features are those of the frame ``shown``, and its classes those of all frames.
    """

    id: str
    title: str
    kind: Kind
    geometry: Literal["area", "line", "point"]
    classes: tuple[SceneClass, ...]
    features: tuple[SceneFeature, ...]
    label_style: LabelStyle
    unit: str = ""
    size_steps: tuple[SizeStep, ...] = ()
    legend: bool = True
    show_counts: bool = True
    visible: bool = True
    opacity: float = 1.0
    interactive: bool = True
    accuracy: Accuracy = "published"
    note: str = ""
    series: SceneSeries | None = None


@dataclass(frozen=True, slots=True)
class SceneFigure:
    """One key figure: name, value with unit, the area and period it belongs to, and its source."""

    name: str
    value: str
    unit: str
    area: str
    period: str
    source: str


@dataclass(frozen=True, slots=True)
class SceneSource:
    """Where a layer's data come from."""

    title: str
    attribution: str
    licence: str
    retrieved: str
    accuracy: Accuracy


@dataclass(frozen=True, slots=True)
class TileImage:
    """One local tile."""

    mime: str
    data: bytes


@dataclass(frozen=True)
class Basemap:
    """A tile background, settled: URLs have only ``{z} {x} {y}`` and ``{s}`` left; local tiles are already in memory.

    ``urls`` are drawn in order (image, then annotations). ``hosts`` are the origins (``https://host``) that the page may
    load images from; empty for local tiles.
    """

    urls: tuple[str, ...] = ()
    subdomains: str = ""
    hosts: tuple[str, ...] = ()
    tiles: Mapping[tuple[int, int, int], TileImage] = field(default_factory=dict)
    attribution: str = ""
    min_zoom: int = 3
    max_zoom: int = 18
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Inset:
    """The location map of the printed page: named outlines, the one to highlight, and the frame of the main map."""

    outlines: tuple[BaseGeometry, ...]
    highlight: BaseGeometry
    bbox: BBox


@dataclass(frozen=True)
class Scene:
    """A whole map, settled. Draw it with `render_html` and `render_static`; in a notebook it shows itself.

    ``bbox`` is the extent to show, padding included. ``projection`` is what pyproj accepts for the printed map and
    ``crs_text`` its Chinese name. ``furniture``, ``page_size_mm`` (width, height) and ``dpi`` are for the printed map.
    ``date_text`` is the map's date. ``notices`` must be legible on every output.
    """

    id: str
    title: str
    subtitle: str
    description: str
    bbox: BBox
    layers: tuple[SceneLayer, ...]
    theme: Theme
    projection: str
    crs_text: str
    credits: str
    sources: tuple[SceneSource, ...]
    notices: tuple[str, ...]
    notes: tuple[str, ...]
    approval_number: str
    date_text: str
    figures: tuple[SceneFigure, ...] = ()
    inset: Inset | None = None
    basemap: Basemap | None = None
    search: bool = True
    html_graticule: bool = False
    filters: tuple[SceneFilter, ...] = ()
    time: SceneTime | None = None
    furniture: tuple[str, ...] = ()
    legend_side: Literal["auto", "left", "right"] = "auto"
    page_size_mm: tuple[float, float] = (297.0, 210.0)
    dpi: int = 300

    def texts(self) -> tuple[str, ...]:
        """Every text that a renderer may draw, for font checks."""
        out = [self.title, self.subtitle, self.crs_text, self.credits, self.approval_number, self.date_text]
        out += [*self.notices, *self.notes]
        for layer in self.layers:
            out += [layer.title, layer.unit, layer.note, *(c.label for c in layer.classes)]
            out += [s.label for s in layer.size_steps] + [f.label for f in layer.features]
            if layer.series is not None:
                out += [layer.series.caption, layer.series.unit]
        if self.time is not None:
            out += [*self.time.labels, *self.time.remarks]
        for figure in self.figures:
            out += [figure.name, figure.value, figure.unit, figure.area, figure.period]
        return tuple(t for t in out if t)

    def _repr_html_(self) -> str:
        """Show the interactive map in a notebook.

        The one call that goes up the levels: a Scene knows how to show itself only when a notebook asks, so the renderer
        is looked up at that moment and nothing is imported before.
        """
        fragment: str = importlib.import_module("changji_geo.embedding").embed(self)
        return fragment
