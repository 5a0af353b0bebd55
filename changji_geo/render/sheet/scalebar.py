"""North arrow, scale bar, numeric scale and coordinate system: the map's frame -> one block of the page."""

from __future__ import annotations

import math

from matplotlib.path import Path as Outline

from changji_geo.render.sheet.frame import MapFrame
from changji_geo.render.sheet.paper import LEADING, Paper, Rect, mm, rgba
from changji_geo.scene_model import Scene

PAGE_NAMES = {
    (297.0, 210.0): "A4",
    (210.0, 297.0): "A4",
    (420.0, 297.0): "A3",
    (297.0, 420.0): "A3",
    (338.7, 190.5): "16:9",
}
_BAR_HEIGHT = 1.5
_ARROW_WIDTH, _ARROW_HEIGHT = 9.0, 15.0


def nice_length(most: float) -> tuple[float, int]:
    """The longest scale bar not above `most`: (block length, number of blocks), blocks of 1, 2, 5 times a power of ten.

    Examples
    --------
    >>> nice_length(130), nice_length(99), nice_length(9.9)
    ((20, 6), (20, 4), (2, 4))
    """
    power = 10.0 ** math.floor(math.log10(most))
    options = [(unit * power / 10, count) for unit in (1, 2, 5, 10, 20, 50) for count in (6, 5, 4, 3)]
    fitting = [o for o in options if o[0] * o[1] <= most * (1 + 1e-9)]
    unit, count = max(fitting, key=lambda o: (round(o[0] * o[1] / power, 6), -abs(o[1] - 4.4)))
    return (int(unit) if unit == int(unit) else unit), count


class ScaleBlock:
    """North arrow, scale bar, numeric scale and coordinate system. The map's frame is known only when it is drawn."""

    name = "scale"

    def __init__(self, paper: Paper, scene: Scene, scale: float) -> None:
        self.paper, self.scene = paper, scene
        self.size = paper.theme.sizes.furniture * scale
        self.frame: MapFrame | None = None
        self.arrow = "north_arrow" in scene.furniture
        self.bar = "scale_bar" in scene.furniture
        self.least_width, self.best_width = 44.0, 66.0

    def _crs(self, width: float) -> tuple[str, ...]:
        return self.paper.wrap(self.scene.crs_text, width, self.size)

    @property
    def _head(self) -> float:
        """Room for arrow and bar."""
        bar = _BAR_HEIGHT + mm(self.size) * 4.8 if self.bar else 0.0
        return max(_ARROW_HEIGHT, bar + 1.2) if self.arrow else bar

    def height(self, width: float) -> float:
        """See `Block`."""
        return self._head + 1.0 + len(self._crs(width)) * mm(self.size) * LEADING

    def draw(self, box: Rect) -> None:
        """See `Block`."""
        paper, frame = self.paper, self.frame
        if frame is None:
            raise RuntimeError("the map frame is placed before its scale is drawn")
        top = box.top
        if self.arrow:
            self._draw_arrow(box.left + _ARROW_WIDTH / 2, top, frame.convergence)
        if self.bar:
            left = box.left + (_ARROW_WIDTH + 4.0 if self.arrow else 0.0)
            self._draw_bar(left, box.right, top - (1.2 if self.arrow else 0.0), frame)
        top -= self._head + 1.0
        paper.lines(box.left, top, self._crs(box.width), self.size, color=paper.theme.muted_text)

    def _draw_arrow(self, x: float, top: float, angle: float) -> None:
        paper = self.paper
        text = self.size * 1.25
        middle, half, wide = top - mm(text) * 1.2 - 5.2, 5.2, 2.7
        turn = math.radians(angle)

        def at(dx: float, dy: float) -> tuple[float, float]:
            return (x + dx * math.cos(turn) + dy * math.sin(turn), middle - dx * math.sin(turn) + dy * math.cos(turn))

        tip, foot = at(0, half), at(0, -half * 0.45)
        dark, ink = rgba(paper.theme.frame), rgba(paper.theme.frame)
        paper.shape(
            Outline([tip, at(-wide, -half), foot, tip], closed=True),
            fill=dark,
            stroke=ink,
            width=0.5,
            zorder=6,
            gid="north-arrow",
        )
        paper.shape(
            Outline([tip, at(wide, -half), foot, tip], closed=True),
            fill=rgba(paper.theme.page),
            stroke=ink,
            width=0.5,
            zorder=6,
        )
        label = at(0, half + mm(text) * 0.75)
        paper.text(label[0], label[1] - mm(text) * 0.36, "北", text, bold=True, align="center", color=paper.theme.frame)

    def _draw_bar(self, left: float, right: float, top: float, frame: MapFrame) -> None:
        paper, size = self.paper, self.size
        metres = min(right - left - 9.0, 64.0, max(frame.box.width, 28.0)) / 1000 * frame.denominator
        kilometres = metres >= 2000
        block, count = nice_length(metres / 1000 if kilometres else metres)
        width = block * (1000 if kilometres else 1) * 1000 / frame.denominator
        bottom = top - mm(size) * 1.5 - _BAR_HEIGHT
        ink = rgba(paper.theme.frame)
        for k in range(count):
            box = Rect(left + k * width, bottom, left + (k + 1) * width, bottom + _BAR_HEIGHT)
            fill = ink if k % 2 == 0 else rgba(paper.theme.page)
            paper.rect(box, fill=fill, stroke=ink, width=0.5, zorder=6, gid=f"scale-bar/{k}")
        texts = [f"{block * k:g}" for k in range(count + 1)]
        crowded = max(paper.width(text, size) for text in texts) + 1.0 > width
        for k in (0, count) if crowded else range(count + 1):
            paper.text(
                left + k * width, bottom + _BAR_HEIGHT + mm(size) * 0.4, texts[k], size,
                align="center", role=("scale-bar", str(k)),
            )  # fmt: skip
        paper.text(left + count * width + 2.6, bottom + 0.1, "千米" if kilometres else "米", size)
        numeric = numeric_scale(frame.denominator, self.scene.page_size_mm)
        whole = "".join(numeric)
        lines = (whole,) if paper.width(whole, size * 1.08) <= right - left else numeric
        paper.lines(left, bottom - mm(size) * 0.35, lines, size * 1.08, role=("scale",))


def numeric_scale(denominator: int, page_size_mm: tuple[float, float]) -> tuple[str, str]:
    """``("比例尺 1:2 300 000", "（A4 幅面）")``: the page belongs to it, since a copy of another size has another scale."""
    page = PAGE_NAMES.get(page_size_mm, f"{page_size_mm[0]:g}×{page_size_mm[1]:g} mm")
    return f"比例尺 1:{denominator:,}".replace(",", " "), f"（{page} 幅面）"
