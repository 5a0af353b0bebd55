"""A `Scene` in time -> the maps of its sheet: one as an ordinary map, or several small ones with their dates above them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from changji_geo.classify import format_number
from changji_geo.render.sheet.annotate import Keys, annotate
from changji_geo.render.sheet.data import DRAW
from changji_geo.render.sheet.frame import MapFrame
from changji_geo.render.sheet.paper import Paper, Rect, mm, rgba
from changji_geo.render.sheet.tiling import Cell
from changji_geo.scene_frames import SEPARATOR, frame_scene
from changji_geo.scene_model import Scene, SceneClass, SceneFeature, SceneLayer

PANEL_GAP = 2.6
PANEL_STRIP = 0.35
PANEL_FINENESS = 0.03
"""Outlines in small maps may be off by a third of a printer's dot, which makes a sheet of twelve a fifth as large."""

_LEADING = 1.25
_ROOMY = 95.0
"""A panel of this width or more, in millimetres, has names as an ordinary map has."""

_VALUE_SIZE = 5.4
_FULL_SIZE = 120.0


@dataclass(frozen=True)
class Panel:
    """One small map: the frame of time it shows, its date and what is said beside it, and its Scene."""

    frame: int
    label: str
    remark: str
    scene: Scene
    moving: Scene

    def values(self) -> dict[tuple[str, str], str]:
        """(layer id, feature id) -> the value printed in the map, of areas that have a label in the moving Scene."""
        out = {}
        for layer, moving in zip(self.scene.layers, self.moving.layers, strict=True):
            if moving.series is None or moving.series.values is None or layer.geometry != "area":
                continue
            for feature in layer.features:
                if feature.label and isinstance(feature.value, float):
                    out[layer.id, feature.id] = format_number(feature.value, moving.series.decimals)
        return out


def at_one_moment(scene: Scene) -> Scene:
    """What an ordinary sheet draws: the Scene itself, or, of one in time, its only printed moment."""
    if scene.time is None:
        return scene
    return frame_scene(scene, scene.time.panels[0] if scene.time.panels else scene.time.shown)


def panels_of(scene: Scene) -> tuple[Panel, ...]:
    """The small maps of a sheet, in order; none when it has an ordinary map. A remark that all share is in none of them."""
    time = scene.time
    if time is None or len(time.panels) < 2:
        return ()
    same = len({time.remarks[frame] for frame in time.panels}) == 1
    return tuple(
        Panel(frame, time.labels[frame], "" if same else time.remarks[frame], frame_scene(scene, frame), scene)
        for frame in time.panels
    )


def sheet_scene(scene: Scene) -> Scene:
    """The Scene that title, legend and credits of a sheet with panels are drawn from.

    The remark that all panels share ends the subtitle; classes that move have no counts, since each panel has its own.
    """
    if scene.time is None:
        return scene
    remarks = {scene.time.remarks[frame] for frame in scene.time.panels}
    parts = (scene.subtitle, *(remarks if len(remarks) == 1 else ()))
    layers = tuple(layer if layer.series is None else replace(layer, show_counts=False) for layer in scene.layers)
    return replace(scene, subtitle=SEPARATOR.join(text for text in parts if text), layers=layers, time=None)


@dataclass(frozen=True)
class Captions:
    """The dates above the panels, of one height for all."""

    paper: Paper
    panels: Sequence[Panel]

    def _fits(self, width: float) -> bool:
        """Whether date and remark stand on one line in every panel."""
        date, remark = self.paper.theme.sizes.legend_title, self.paper.theme.sizes.furniture
        return all(
            self.paper.width(p.label, date, bold=True) + 2.0 + self.paper.width(p.remark, remark) <= width
            for p in self.panels
        )

    def _lines(self, panel: Panel, width: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
        sizes = self.paper.theme.sizes
        return (
            self.paper.wrap(panel.label, width, sizes.legend_title, bold=True),
            self.paper.wrap(panel.remark, width, sizes.furniture) if panel.remark else (),
        )

    def height(self, width: float) -> float:
        """Room for the caption of any panel of a width, millimetres."""
        sizes = self.paper.theme.sizes
        if self._fits(width):
            return mm(sizes.legend_title) * _LEADING + 0.5
        lines = [self._lines(panel, width) for panel in self.panels]
        return max(len(a) * mm(sizes.legend_title) + len(b) * mm(sizes.furniture) for a, b in lines) * _LEADING + 0.5

    def draw(self, number: int, box: Rect) -> None:
        """The caption of a panel at the top of its box."""
        paper, theme, panel = self.paper, self.paper.theme, self.panels[number]
        size, small = theme.sizes.legend_title, theme.sizes.furniture
        role = ("panel", str(number))
        if self._fits(box.width):
            baseline = box.top - mm(size) * 1.0
            paper.text(box.left, baseline, panel.label, size, bold=True, role=(*role, "label"))
            if panel.remark:
                paper.text(box.right, baseline, panel.remark, small, color=theme.muted_text, align="right",
                           role=(*role, "remark"))  # fmt: skip
            return
        date, remark = self._lines(panel, box.width)
        top = paper.lines(box.left, box.top, date, size, leading=_LEADING, bold=True, role=(*role, "label"))
        paper.lines(box.left, top, remark, small, leading=_LEADING, color=theme.muted_text, role=(*role, "remark"))


def _small_class(item: SceneClass, factor: float, *, sized: bool) -> SceneClass:
    symbol = item.symbol
    size = symbol.size if sized else symbol.size * factor
    return replace(item, symbol=replace(symbol, size=size, stroke_width=symbol.stroke_width * factor))


def _labelled(feature: SceneFeature, text: str) -> SceneFeature:
    return feature if feature.label == text else replace(feature, label=text)


def panel_layers(panel: Panel, width: float) -> tuple[SceneLayer, ...]:
    """The layers of a panel of a width in millimetres: symbols and lines finer, in narrow panels values instead of names."""
    factor = min(max(width / _FULL_SIZE, 0.6), 1.0)
    values = panel.values()
    out = []
    for layer in panel.scene.layers:
        label_style = layer.label_style.model_copy(update={"size": max(layer.label_style.size * factor, 5.0)})
        features = layer.features
        if width < _ROOMY:
            label_style = label_style.model_copy(update={"size": _VALUE_SIZE})
            features = tuple(_labelled(f, values.get((layer.id, f.id), "")) for f in features)
        sized = layer.kind == "proportional"
        classes = tuple(_small_class(item, factor, sized=sized) for item in layer.classes)
        out.append(replace(layer, features=features, classes=classes, label_style=label_style))
    return tuple(out)


def draw_panel(paper: Paper, number: int, panel: Panel, frame: MapFrame, cell: Cell) -> tuple[Keys, Keys]:
    """Draw one small map: background, layers, values or names, and a plain frame.

    Returns
    -------
    placed, dropped : tuple of (layer id, feature id)
        Labels, see `changji_geo.render.sheet.annotate.annotate`.
    """
    own = replace(paper, panel=number)
    own.rect(frame.box, fill=rgba(paper.theme.map_background), zorder=9, gid="map-background")
    layers = panel_layers(panel, frame.box.width)
    drawn = [DRAW[one.kind](own, frame, one, 10.0 + n * 0.1) for n, one in enumerate(layers) if one.visible]
    keys = annotate(own, frame, drawn, force=frame.box.width >= _ROOMY)
    own.rect(cell.outer.inset(mm(0.7) / 2), stroke=rgba(paper.theme.frame), width=0.7, zorder=50, gid="frame")
    return keys
