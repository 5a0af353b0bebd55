"""Parts of the page beside the map - key figures, credits, and what all parts have in common: they measure and draw themselves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from changji_geo.render.sheet.paper import LEADING, Paper, Rect, mm, rgba
from changji_geo.scene_model import Scene, SceneFigure

_INDENT = 2.2


class Block(Protocol):
    """A part of the page."""

    name: str
    least_width: float
    best_width: float

    def height(self, width: float) -> float:
        """Needed for a width, in millimetres."""

    def draw(self, box: Rect) -> None:
        """Draw from the top of `box` down."""


def heading(paper: Paper, x: float, top: float, text: str, size: float) -> float:
    """A small heading; returns the top of what follows."""
    paper.text(x, top - mm(size) * 0.95, text, size, bold=True, color=paper.theme.accent)
    return top - mm(size) * 1.65


class FiguresBlock:
    """Key figures: name, value with unit, area and period."""

    name = "figures"
    cell_gap = 3.0

    def __init__(self, paper: Paper, scene: Scene, scale: float) -> None:
        self.paper, self.figures = paper, scene.figures
        self.size = paper.theme.sizes.furniture * scale
        self.value_size = paper.theme.sizes.legend * 1.75 * scale
        self.least_width, self.best_width = 40.0, 60.0
        self.cell_width = 31.0 * max(scale, 0.8)
        self.foot_size = self.size * 0.92
        self._measured: dict[float, list[tuple[float, float]]] = {}

    def _count(self, width: float) -> int:
        """Cells side by side; a hair of tolerance, since a box's width comes back from its two edges."""
        return max(1, int((width + self.cell_gap) / (self.cell_width + self.cell_gap) + 1e-6))

    @property
    def head(self) -> float:
        """Height of the heading."""
        return mm(self.size * 1.15) * 1.65 + 0.6

    def _rows(self, width: float) -> list[tuple[float, float]]:
        """Of each row of cells: height of the names, and of the whole row."""
        if width not in self._measured:
            count = self._count(width)
            room = (width - (count - 1) * self.cell_gap) / count - _INDENT
            rows = []
            for start in range(0, len(self.figures), count):
                row = self.figures[start : start + count]
                names = max(len(self.paper.wrap(f.name, room, self.size)) for f in row) * mm(self.size) * 1.3
                feet = max(len(self.paper.wrap(_foot(f), room, self.foot_size)) for f in row) * mm(self.foot_size) * 1.3
                rows.append((names, names + mm(self.value_size) * 1.2 + feet + 2.2))
            self._measured[width] = rows
        return self._measured[width]

    def height(self, width: float) -> float:
        """See `Block`."""
        return self.head + sum(height for _, height in self._rows(width))

    def width(self, height: float) -> float:
        """The narrowest width whose height is at most `height`; inf when even one row is too high."""
        for count in range(1, len(self.figures) + 1):
            width = count * self.cell_width + (count - 1) * self.cell_gap
            if self.height(width) <= height:
                return width
        return math.inf

    def draw(self, box: Rect) -> None:
        """See `Block`."""
        paper, theme = self.paper, self.paper.theme
        top = heading(paper, box.left, box.top, "关键数字", self.size * 1.15) - 0.6
        count = self._count(box.width)
        width = (box.width - (count - 1) * self.cell_gap) / count
        for row, (names, height) in enumerate(self._rows(box.width)):
            for column, number in enumerate(range(row * count, min((row + 1) * count, len(self.figures)))):
                x = box.left + column * (width + self.cell_gap)
                paper.rect(Rect(x, top - height + 2.0, x + 0.7, top - 0.3), fill=rgba(theme.accent), zorder=4)
                self._draw_cell(number, x + _INDENT, top, width - _INDENT, names)
            top -= height

    def _draw_cell(self, number: int, left: float, top: float, room: float, names: float) -> None:
        paper, figure, accent = self.paper, self.figures[number], self.paper.theme.accent
        key = str(number)
        lines = paper.wrap(figure.name, room, self.size)
        paper.lines(left, top, lines, self.size, leading=1.3, role=("figure", "name", key))
        size, unit_size = self.value_size, self.size * 1.05
        unit = paper.width(figure.unit, unit_size) + 0.8
        while size > 6 and paper.width(figure.value, size, bold=True) + unit > room:
            size *= 0.93
        baseline = top - names - mm(self.value_size) * 0.98
        paper.text(left, baseline, figure.value, size, bold=True, color=accent, role=("figure", "value", key))
        after = left + paper.width(figure.value, size, bold=True) + 0.8
        paper.text(after, baseline, figure.unit, unit_size, color=accent, role=("figure", "unit", key))
        lines = paper.wrap(_foot(figure), room, self.foot_size)
        foot = top - names - mm(self.value_size) * 1.2
        color = paper.theme.muted_text
        paper.lines(left, foot, lines, self.foot_size, leading=1.3, color=color, role=("figure", "foot", key))


def _foot(figure: SceneFigure) -> str:
    return " · ".join(text for text in (figure.area, figure.period) if text)


class CreditsBlock:
    """Notes, sources, makers and date."""

    name = "credits"

    def __init__(self, paper: Paper, scene: Scene, scale: float) -> None:
        self.paper = paper
        self.size = paper.theme.sizes.furniture * scale
        self.paragraphs = credit_paragraphs(scene)
        self.least_width, self.best_width = 44.0, 70.0

    def _lines(self, width: float) -> list[tuple[str, ...]]:
        return [self.paper.wrap(text, width, self.size) for text in self.paragraphs]

    def height(self, width: float) -> float:
        """See `Block`."""
        return sum(len(lines) for lines in self._lines(width)) * mm(self.size) * LEADING

    def draw(self, box: Rect) -> None:
        """See `Block`."""
        top = box.top
        for number, lines in enumerate(self._lines(box.width)):
            top = self.paper.lines(
                box.left, top, lines, self.size, color=self.paper.theme.muted_text, role=("credits", str(number))
            )


def credit_paragraphs(scene: Scene) -> list[str]:
    """Notes; sources, those of one attribution together, by title unless the attribution says whose it is; credits; date."""
    out = [f"注：{note}" for note in scene.notes]
    if "credits" in scene.furniture:
        parts = []
        for attribution in dict.fromkeys(source.attribution for source in scene.sources):
            sources = [s for s in scene.sources if s.attribution == attribution]
            titles = "、".join(dict.fromkeys(s.title for s in sources))
            dates = sorted({s.retrieved for s in sources if s.retrieved})
            when = f"，{dates[0]}" if len(dates) == 1 else f"，{dates[0]}至{dates[-1]}" if dates else ""
            parts.append((attribution if "：" in attribution else f"{titles}：{attribution}") + when)
        if parts:
            out.append("数据来源：" + "；".join(parts) + "。")
        if scene.credits:
            out.append(scene.credits)
        if scene.date_text:
            out.append(f"制图日期：{scene.date_text}")
    return out


def page_texts(scene: Scene) -> Sequence[str]:
    """What the renderer writes itself, for the font check."""
    return (
        *credit_paragraphs(scene), *(_foot(f) for f in scene.figures),
        "北千米位置示意关键数字比例尺幅面审图号注·×（）：，。、；至*†‡°′″0123456789EWNSA .",
    )  # fmt: skip
