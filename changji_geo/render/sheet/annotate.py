"""Labels on the map: drawn layers -> requests for `place_labels`, and the placed labels as text with a halo beneath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from matplotlib.collections import PathCollection
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextToPath

from changji_geo.render.labels import Box, LabelRequest, PlacedLabel, TextBox, place_labels
from changji_geo.render.sheet.data import Drawn
from changji_geo.render.sheet.frame import MapFrame
from changji_geo.render.sheet.paper import Paper, mm, rgba
from changji_geo.scene_model import SceneFeature, SceneLayer
from changji_geo.theme import LabelStyle

_LEADING = 1.16
_HALO = 1.7
_LONG = 9
_SPECK = 6.0
_MUST = 200
"""Most labels of a layer that are never dropped; a sheet has no room for more, and a crowd would bury the map."""
Keys = tuple[tuple[str, str], ...]


def _settings(paper: Paper, label: str, style: LabelStyle, kind: str) -> tuple[TextBox, ...]:
    """Ways to set a label: as it is, then on more lines, then smaller."""
    whole = tuple(label.split("\n"))
    shapes = [whole]
    longest = max(len(line) for line in whole)
    if longest > (4 if kind == "area" else _LONG):
        for count in (2, 3, 4):
            width = max(paper.width(line, style.size, bold=style.bold) for line in whole) / count * 1.12
            lines = tuple(x for line in whole for x in paper.wrap(line, width, style.size, bold=style.bold))
            if max(len(line) for line in lines) >= 3 and lines not in shapes:
                shapes.append(lines)
    if longest > 24:
        shapes = [*shapes[1:], whole]
    out = []
    for factor in (1.0, 0.88, 0.78) if kind == "area" else (1.0,):
        size = max(style.size * factor, min(style.size, 5.0))
        for lines in shapes:
            width = max(paper.width(line.strip(), size, bold=style.bold) for line in lines)
            out.append(TextBox(lines, size, width, mm(size) * (_LEADING * (len(lines) - 1) + 1.0)))
    return tuple(out)


def _request(
    paper: Paper, frame: MapFrame, drawn: Drawn, index: int, seen: shapely.Polygon, *, force: bool = True
) -> LabelRequest | None:
    layer, feature = drawn.layer, drawn.layer.features[index]
    shape = drawn.outlines[index]
    x, y = frame.to_page(np.array([feature.anchor]))[0].tolist()
    key = (layer.id, feature.id)
    inside = bool(seen.covers(shapely.Point(x, y))) if np.isfinite([x, y]).all() else False
    if layer.geometry == "area":
        visible = shapely.intersection(shapely.make_valid(shape), seen) if not shape.is_empty else shape
        boxes = _settings(paper, feature.label, layer.label_style, "area")
        if visible.is_empty or (visible.area < boxes[-1].width * boxes[-1].height * 0.5 and not inside):
            return None
        if not inside:
            spot = visible.representative_point()
            x, y = spot.x, spot.y
        return LabelRequest(
            key, "area", boxes, (x, y), visible,
            must=force and inside and layer.interactive and len(layer.features) <= _MUST,
        )  # fmt: skip
    boxes = _settings(paper, feature.label, layer.label_style, layer.geometry)
    if layer.geometry == "line":
        line = shapely.intersection(shape, seen)
        return None if line.is_empty else LabelRequest(key, "line", boxes, (x, y), line)
    if not inside:
        return None
    symbol = next((tuple(box) for box in drawn.symbols[index]), None) if drawn.symbols[index] else None
    return LabelRequest(key, "point", boxes, (x, y), symbol=symbol)  # type: ignore[arg-type]


def _order(layer: SceneLayer, number: int) -> tuple[int, int, float, int]:
    """Areas before points before lines; backdrop last of its kind; larger text first; upper layers first."""
    kind = {"area": 0, "point": 1, "line": 2}[layer.geometry]
    return (
        kind if layer.interactive or layer.kind == "label" else 3,
        0,
        -layer.label_style.size if kind == 0 else 0.0,
        -number,
    )


def _specks(item: Drawn) -> list[Box]:
    """Boxes of areas so small that a label over them would hide them."""
    bounds = shapely.bounds(np.array(item.outlines, dtype=object)).reshape(-1, 4)
    small = (bounds[:, 2] - bounds[:, 0] < _SPECK) & (bounds[:, 3] - bounds[:, 1] < _SPECK)
    return [tuple(box) for box in bounds[small].tolist()]


def _beside_speck(request: LabelRequest, specks: Sequence[Box]) -> LabelRequest:
    """A label that stands for itself on a small area goes around that area, as around a symbol."""
    x, y = request.anchor
    if request.kind != "point" or request.symbol is not None:
        return request
    own = next((box for box in specks if box[0] <= x <= box[2] and box[1] <= y <= box[3]), None)
    return replace(request, symbol=own) if own else request


def annotate(paper: Paper, frame: MapFrame, drawn: Sequence[Drawn], *, force: bool = True) -> tuple[Keys, Keys]:
    """Place and draw the labels of all layers.

    Parameters
    ----------
    paper : Paper
    frame : MapFrame
    drawn : sequence of Drawn
    force : bool
        Whether labels of areas are drawn in any case, on a leader if need be; else only where there is room.

    Returns
    -------
    placed, dropped : tuple of (layer id, feature id)
    """
    inner = frame.box.inset(0.6)
    seen = shapely.box(*frame.box)
    wanted: list[tuple[tuple[int, int, float, int], int, LabelRequest]] = []
    looks: dict[tuple[str, ...], tuple[SceneLayer, SceneFeature]] = {}
    off: list[tuple[str, str]] = []
    for number, item in enumerate(drawn):
        for index, feature in enumerate(item.layer.features):
            if not feature.label.strip():
                continue
            request = _request(paper, frame, item, index, seen, force=force)
            if request is None:
                off.append((item.layer.id, feature.id))
                continue
            looks[request.key] = (item.layer, feature)
            wanted.append((_order(item.layer, number), index, request))
    wanted.sort(key=lambda entry: entry[:2])
    symbols: list[Box] = [tuple(box) for item in drawn for boxes in item.symbols for box in boxes]  # type: ignore[misc]
    specks = [
        box for item in drawn if item.layer.geometry == "area" and item.layer.interactive for box in _specks(item)
    ]
    requests = [_beside_speck(request, specks) for _, _, request in wanted]
    placement = place_labels(requests, tuple(inner), symbols + specks)  # type: ignore[arg-type]
    halo = _Halo(paper)
    for label in placement.placed:
        _draw(paper, label, looks[label.key][0].label_style, halo)
    halo.draw()
    placed = tuple((label.key[0], label.key[1]) for label in placement.placed)
    return placed, (*((key[0], key[1]) for key in placement.dropped), *off)


def _draw(paper: Paper, label: PlacedLabel, style: LabelStyle, halo: _Halo) -> None:
    left, _, right, top = label.box
    size = label.text.size
    if label.leader:
        (x0, y0), (x1, y1) = label.leader
        paper.line([(x0, y0), (x1, y1)], color=style.color, width=0.45, zorder=30, gid="/".join(("leader", *label.key)))
        paper.shape(Outline.circle((x0, y0), 0.35), fill=rgba(style.color), zorder=30)
    for number, line in enumerate(label.text.lines):
        baseline = top - mm(size) * (0.88 + _LEADING * number)
        text = line.strip()
        artist = paper.text(
            (left + right) / 2, baseline, text, size, color=style.color, bold=style.bold, align="center",
            zorder=40, role=("label", *label.key),
        )  # fmt: skip
        halo.add(text, artist.get_position(), size, style)


class _Halo:
    """Outlines of all labels, stroked in the halo's colour beneath the texts: one collection for each look."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper
        self._paths: dict[tuple[str, float], list[Outline]] = {}

    def add(self, text: str, at: tuple[float, float], size: float, style: LabelStyle) -> None:
        """One line of text, centred at a place."""
        font = self._paper.fonts.properties(size, bold=style.bold)
        maker = TextToPath()
        vertices, codes = maker.get_text_path(font, text)
        if not len(vertices):
            return
        width, _, _ = maker.get_text_width_height_descent(text, font, ismath=False)
        factor = mm(size) / maker.FONT_SCALE
        width_mm = width * mm(1.0)
        path = Outline(np.asarray(vertices) * factor + (at[0] - width_mm / 2, at[1]), codes)
        self._paths.setdefault((style.halo, round(min(_HALO, size * 0.22), 3)), []).append(path)

    def draw(self) -> None:
        """Put the outlines on the sheet."""
        for (color, width), paths in self._paths.items():
            artist = PathCollection(
                [Outline.make_compound_path(*paths)], facecolors="none", edgecolors=[rgba(color, 0.88)],
                linewidths=[width], joinstyle="round", capstyle="round",
            )  # fmt: skip
            artist.set_transform(self._paper.transform)
            self._paper.add(artist, zorder=39, gid=f"halo-{color[1:]}-{width:g}")
