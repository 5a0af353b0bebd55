"""The legend: the Scene's layers -> rows of swatches and texts that wrap, flow into columns, and are drawn on the page.

A layer with one class of its own name takes one row. A remark shared by several layers is printed once, at the end, and marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from matplotlib.collections import PathCollection
from matplotlib.path import Path as Outline

from changji_geo.render.markers import MARKER_BOXES
from changji_geo.render.shared_scale import class_beside, layer_explained_by
from changji_geo.render.sheet.data import add_hatch, style
from changji_geo.render.sheet.paper import Paper, Rect, mm
from changji_geo.scene_model import SceneClass, SceneLayer, SizeStep

SWATCH_WIDTH, SWATCH_HEIGHT = 6.4, 3.1
SWATCH_GAP = 1.5
COLUMN_GAP = 4.0
_HEADER_GAP, _GROUP_GAP, _ROW_GAP = 0.5, 1.9, 0.55
_MARKS = ("*", "**", "***", "†", "‡")


@dataclass(frozen=True)
class Row:
    """One line of the legend; `lines` are already broken to the column's width."""

    layer: SceneLayer
    part: str
    lines: tuple[str, ...]
    size: float
    height: float
    bold: bool = False
    muted: bool = False
    index: int = 0
    swatch: SceneClass | None = None
    steps: tuple[SizeStep, ...] = ()
    beside: SceneLayer | None = None


@dataclass
class Group:
    """Rows that belong together; `gap` is the space above."""

    rows: list[Row] = field(default_factory=list)
    gap: float = _GROUP_GAP

    @property
    def height(self) -> float:
        """Of all rows."""
        return sum(row.height for row in self.rows)


def shown_layers(layers: Sequence[SceneLayer]) -> list[SceneLayer]:
    """What the printed legend lists, top layer first: visible layers that want to be there."""
    return [layer for layer in reversed(layers) if layer.legend and layer.visible]


def is_plain(layer: SceneLayer) -> bool:
    """One class that says no more than the layer's title: one row is enough."""
    return len(layer.classes) == 1 and layer.classes[0].label in ("", layer.title)


def class_text(layer: SceneLayer, item: SceneClass) -> str:
    """A class's line: its label, and its count when counts are shown."""
    return item.label + (f"（{item.count}）" if layer.show_counts else "")


def marks(layers: Sequence[SceneLayer]) -> dict[str, str]:
    """A mark for every remark that more than one layer has."""
    notes = [layer.note for layer in layers if layer.note]
    shared = [note for note in dict.fromkeys(notes) if notes.count(note) > 1]
    return dict(zip(shared, _MARKS, strict=False))


class LegendBlock:
    """The legend at one font scale; measures and draws itself."""

    def __init__(self, paper: Paper, layers: Sequence[SceneLayer], scale: float) -> None:
        self.paper = paper
        self.layers = shown_layers(layers)
        self.beside = {layer.id: layer_explained_by(layer, layers) for layer in self.layers}
        self.scale = scale
        self.size = paper.theme.sizes.legend * scale
        self.title_size = paper.theme.sizes.legend_title * scale
        self.marks = marks(self.layers)
        self._groups: dict[float, list[Group]] = {}

    @cached_property
    def natural_width(self) -> float:
        """Column width in millimetres at which hardly anything wraps: that of the longest line, between 34 and 56."""
        widths = [30.0]
        for layer in self.layers:
            if is_plain(layer) and not layer.size_steps:
                count = f"（{layer.classes[0].count}）" if layer.show_counts else ""
                widths.append(self._indent + self.paper.width(self._title(layer) + count, self.size))
                continue
            widths.append(self.paper.width(self._title(layer), self.title_size, bold=True))
            indent = self._indent + self._second(self.beside[layer.id])
            widths += [indent + self.paper.width(class_text(layer, c), self.size) for c in layer.classes]
        return min(max(max(widths) + 0.5, 34.0), 56.0)

    @property
    def _indent(self) -> float:
        return (SWATCH_WIDTH + SWATCH_GAP) * self.scale

    def _second(self, other: SceneLayer | None) -> float:
        """Width that the symbols of another layer take beside the swatches, its gap included."""
        if other is None:
            return 0.0
        wide = SWATCH_WIDTH * self.scale
        if other.geometry == "point":
            boxes = [(MARKER_BOXES[c.symbol.marker], mm(self._marker_size(c))) for c in other.classes]
            wide = max((box[2] - box[0]) * size for box, size in boxes)
        return wide + SWATCH_GAP * self.scale

    def _title(self, layer: SceneLayer) -> str:
        said = any(f"{left}{layer.unit}{right}" in layer.title for left, right in ("（）", "()"))
        unit = f"（{layer.unit}）" if layer.unit and not said else ""
        return layer.title + unit + self.marks.get(layer.note, "")

    def _row(
        self, layer: SceneLayer, part: str, text: str, width: float, size: float, *, least: float = 0.0, **more: object
    ) -> Row:
        lines = self.paper.wrap(text, width, size, bold=bool(more.get("bold")))
        height = max(mm(size) * 1.28 * len(lines), least) + _ROW_GAP * self.scale
        return Row(layer, part, lines, size, height, **more)  # type: ignore[arg-type]

    def groups(self, width: float) -> list[Group]:
        """All rows, broken to a column width in millimetres."""
        if width not in self._groups:
            self._groups[width] = self._build(width)
        return self._groups[width]

    def _build(self, width: float) -> list[Group]:
        out: list[Group] = []
        room = width - self._indent
        was_plain = False
        for layer in self.layers:
            plain = is_plain(layer) and not layer.size_steps
            group = Group(gap=0.0 if plain and was_plain else _GROUP_GAP * self.scale)
            if plain:
                text = self._title(layer) + (f"（{layer.classes[0].count}）" if layer.show_counts else "")
                least = self._swatch_height(layer, layer.classes[0])
                group.rows.append(
                    self._row(layer, "plain", text, room, self.size, least=least, swatch=layer.classes[0])
                )
            else:
                lone = is_plain(layer)
                count = f"（{layer.classes[0].count}）" if lone and layer.show_counts else ""
                text, part = self._title(layer) + count, "plain" if lone else "title"
                group.rows.append(self._row(layer, part, text, width, self.title_size, bold=True))
                if not lone:
                    beside = self.beside[layer.id]
                    for index, item in enumerate(layer.classes):
                        least = self._swatch_height(layer, item)
                        twin = class_beside(item, beside) if beside else None
                        if beside and twin:
                            least = max(least, self._swatch_height(beside, twin))
                        group.rows.append(
                            self._row(
                                layer,
                                "class",
                                class_text(layer, item),
                                room - self._second(beside),
                                self.size,
                                least=least,
                                swatch=item,
                                index=index,
                                beside=beside,
                            )
                        )
                if layer.size_steps:
                    group.rows.append(self._steps(layer))
            if layer.note and layer.note not in self.marks:
                group.rows.append(self._row(layer, "note", layer.note, width, self.size * 0.85, muted=True))
            out.append(group)
            was_plain = plain and len(group.rows) == 1
        for note, mark in self.marks.items():
            layer = next(layer for layer in self.layers if layer.note == note)
            out.append(Group([self._row(layer, "note", f"{mark} {note}", width, self.size * 0.85, muted=True)]))
        return out

    def _swatch_height(self, layer: SceneLayer, item: SceneClass) -> float:
        if layer.geometry == "point":
            box = MARKER_BOXES[item.symbol.marker]
            return (box[3] - box[1]) * mm(self._marker_size(item)) + mm(item.symbol.stroke_width)
        return SWATCH_HEIGHT * self.scale if layer.geometry == "area" else 0.0

    def _marker_size(self, item: SceneClass) -> float:
        return min(item.symbol.size, 16.0)

    def _steps(self, layer: SceneLayer) -> Row:
        line = mm(self.size) * 1.28
        largest = max(mm(step.size) for step in layer.size_steps)
        height = max(largest, line * len(layer.size_steps)) + line * 0.5 + _ROW_GAP
        return Row(layer, "step", tuple(s.label for s in layer.size_steps), self.size, height, steps=layer.size_steps)

    def columns(self, width: float, height: float, most: int, *, whole: float = 0.0) -> list[list[Group]] | None:
        """Flow the groups into at most `most` columns of a width and height; None when they do not fit.

        A group moves on whole when it fits an empty column; only a longer one is split, never behind its title, and only
        when it is higher than `whole`.
        """
        out: list[list[Group]] = [[]]
        room = height
        for group in self.groups(width):
            gap = group.gap if out[-1] else 0.0
            if group.height + gap <= room:
                out[-1].append(Group(group.rows, gap))
                room -= group.height + gap
                continue
            if group.height <= height and (out[-1] or height > room):
                out.append([Group(group.rows, 0.0)])
                room = height - group.height
                continue
            if group.height <= whole:
                return None
            part = Group([], gap)
            room -= gap
            for number, row in enumerate(group.rows):
                needed = row.height
                if row.part == "title" and number + 1 < len(group.rows):
                    needed += group.rows[number + 1].height
                if needed > room and (part.rows or out[-1]):
                    if part.rows:
                        out[-1].append(part)
                    out.append([])
                    part, room = Group([], 0.0), height
                if row.height > room:
                    return None
                part.rows.append(row)
                room -= row.height
            out[-1].append(part)
        return out if len(out) <= most else None

    def height(self, width: float) -> float:
        """Of the legend in one column."""
        groups = self.groups(width)
        return sum(g.height + (g.gap if n else 0.0) for n, g in enumerate(groups))

    def draw(self, left: float, top: float, width: float, columns: Sequence[Sequence[Group]]) -> None:
        """Draw columns side by side from the upper left corner."""
        for number, column in enumerate(columns):
            x, y = left + number * (width + COLUMN_GAP), top
            for group in column:
                y -= group.gap
                for row in group.rows:
                    self._draw_row(row, x, y)
                    y -= row.height

    def _draw_row(self, row: Row, x: float, top: float) -> None:
        paper, height = self.paper, row.height - _ROW_GAP * self.scale
        middle = top - height / 2
        if row.steps:
            self._draw_steps(row, x, top)
            return
        if row.swatch is not None:
            self._draw_swatch(row.layer, row.swatch, x, middle, f"legend/{row.layer.id}/{row.index}")
        left = x + (self._indent if row.swatch is not None else 0.0)
        if row.swatch is not None and row.beside is not None:
            twin = class_beside(row.swatch, row.beside)
            if twin is not None:
                room = self._second(row.beside) - SWATCH_GAP * self.scale
                at = left + (room - SWATCH_WIDTH * self.scale) / 2
                self._draw_swatch(row.beside, twin, at, middle, f"legend/{row.layer.id}/beside/{row.index}")
            left += self._second(row.beside)
        first = middle + mm(row.size) * 1.28 * len(row.lines) / 2
        paper.lines(
            left, first, row.lines, row.size, leading=1.28, bold=row.bold,
            color=paper.theme.muted_text if row.muted else paper.theme.text,
            role=("legend", row.layer.id, row.part, str(row.index)),
        )  # fmt: skip

    def _draw_swatch(self, layer: SceneLayer, item: SceneClass, x: float, middle: float, gid: str) -> None:
        paper, symbol, width = self.paper, item.symbol, SWATCH_WIDTH * self.scale
        if layer.geometry == "point":
            size = self._marker_size(item)
            box = MARKER_BOXES[symbol.marker]
            shift = (box[1] + box[3]) / 2 * mm(size)
            paper.marker(x + width / 2, middle - shift, symbol, size=size, opacity=layer.opacity, gid=gid)
            return
        half = SWATCH_HEIGHT * self.scale / 2
        if layer.geometry == "line":
            path = Outline([(x, middle), (x + width, middle)])
        else:
            edge = mm(symbol.stroke_width) / 2
            box2 = Rect(x, middle - half, x + width, middle + half).inset(edge)
            corners = [
                (box2.left, box2.bottom),
                (box2.right, box2.bottom),
                (box2.right, box2.top),
                (box2.left, box2.top),
            ]
            path = Outline([*corners, corners[0]], closed=True)
        paint = style(symbol, layer.opacity)
        if layer.geometry == "line":
            paint["facecolors"] = "none"
        artist = PathCollection([path], **paint)
        artist.set_transform(paper.transform)
        if layer.geometry == "area":
            add_hatch(artist, symbol)
        paper.add(artist, zorder=6, gid=gid)

    def _draw_steps(self, row: Row, x: float, top: float) -> None:
        """Circles standing in one another, each with a line from its top to its text."""
        paper, layer = self.paper, row.layer
        symbol = next((c.symbol for c in layer.classes if not c.missing), layer.classes[0].symbol)
        largest = max(mm(step.size) for step in row.steps)
        bottom = top - row.height + _ROW_GAP + mm(row.size) * 0.3
        centre, line = x + max(largest, SWATCH_WIDTH * self.scale) / 2, mm(row.size) * 1.28
        texts = x + max(largest, SWATCH_WIDTH * self.scale) + 3.5
        ceiling = top + mm(row.size) * 0.2
        order = sorted(enumerate(row.steps), key=lambda pair: -pair[1].size)
        for rank, (index, step) in enumerate(order):
            diameter = mm(step.size)
            crown = bottom + diameter
            paper.marker(
                centre,
                bottom + diameter / 2,
                symbol,
                size=step.size,
                opacity=layer.opacity,
                gid=f"legend/{layer.id}/step/{index}",
            )
            below = (len(order) - 1 - rank) * line + bottom + line * 0.3
            ceiling = min(max(crown, below), ceiling - (line if rank else 0.0))
            paper.line(
                [(centre, crown), (texts - 2.2, crown), (texts - 0.7, ceiling)],
                color=paper.theme.muted_text,
                width=0.35,
                zorder=7,
            )
            paper.text(
                texts, ceiling - mm(row.size) * 0.36, step.label, row.size,
                role=("legend", layer.id, "step", str(index)),
            )  # fmt: skip
