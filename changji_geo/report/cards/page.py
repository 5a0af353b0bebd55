"""A `FittedCard` and its maps -> one A4 page on a matplotlib sheet, vector but for location map and photos."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path as Outline
from matplotlib.transforms import Affine2D
from numpy.typing import NDArray

from changji_geo.render.fonts import FontSet
from changji_geo.render.sheet.paper import ASCENT, Paper, Rect, mm, rgba
from changji_geo.report.cards.content import SIGNATURES, SUBTITLE, TITLE
from changji_geo.report.cards.fitting import (
    CHIPS_HEIGHT,
    FOOT_SIZE,
    GAP,
    HEADER,
    HEADING_SIZE,
    LEADING,
    LEFT,
    MARGIN_MM,
    PAD,
    PAGE_MM,
    QR,
    RIGHT,
    WIDTH,
    FittedCard,
    id_size,
    line_height,
)
from changji_geo.report.cards.location import LocationMap
from changji_geo.report.cards.maps import draw_here, draw_zone_map
from changji_geo.report.cards.photos import Chip
from changji_geo.report.cards.qr import qr_modules
from changji_geo.report.cards.tables import CardTable, card_tables
from changji_geo.scene_model import Scene

_RULE = "#8a979e"
_SHADE = "#eef2f3"
_PDF_PX = 420


class Picture(Artist):
    """An image in a box on the sheet. In PDF the same array is stored once, however many pages show it."""

    def __init__(self, pixels: NDArray[np.uint8], box: Rect, paper: Paper) -> None:
        super().__init__()
        self._pixels, self._box, self._paper = pixels, box, paper

    def draw(self, renderer: Any) -> None:
        """Put the image where the box is."""
        to_device = self._paper.transform
        (left, bottom), (right, top) = to_device.transform([(self._box.left, self._box.bottom), self._box[2:]])
        context = renderer.new_gc()
        place = Affine2D().scale(right - left, top - bottom)
        renderer.draw_image(context, left, bottom, self._pixels, place)
        context.restore()


class Words(Artist):
    """Lines of text at known places. A table has a hundred: drawn one by one as `Text`, each would be laid out again."""

    def __init__(self, paper: Paper) -> None:
        super().__init__()
        self._paper = paper
        self._lines: list[tuple[float, float, str, FontProperties, str]] = []

    def write(self, x: float, baseline: float, text: str, size: float, *, color: str | None, bold: bool) -> None:
        """Put a line's left end at a place, in millimetres."""
        shown = drawable(self._paper.fonts, text)
        font = self._paper.fonts.properties(size, bold=bold)
        self._lines.append((x, baseline, shown, font, color or self._paper.theme.text))

    def draw(self, renderer: Any) -> None:
        """Hand the lines to the page."""
        context = renderer.new_gc()
        places = self._paper.transform.transform([line[:2] for line in self._lines]) if self._lines else ()
        for (x, y), (_, _, text, font, color) in zip(places, self._lines, strict=True):
            context.set_foreground(color)
            if text.strip():
                renderer.draw_text(context, x, y, text, font, 0.0)
        context.restore()


def zone_map_size(fitted: FittedCard, chips: Sequence[Chip]) -> tuple[float, float]:
    """Width and height of the zone map with its scale bar and legend, millimetres."""
    return RIGHT, fitted.block - (CHIPS_HEIGHT if chips else 0.0)


def location_size(fitted: FittedCard, base: LocationMap) -> tuple[float, float]:
    """Width and height of the location map on this card: the base's proportions, in the room there is."""
    height = min(fitted.location, base.height_mm)
    return base.width_mm * height / base.height_mm, height


def draw_page(
    paper: Paper, fitted: FittedCard, scene: Scene, base: LocationMap, here: tuple[float, float] | None,
    chips: Sequence[Chip],
) -> None:  # fmt: skip
    """Draw a whole card on a sheet of A4."""
    left, top = MARGIN_MM, PAGE_MM[1] - MARGIN_MM
    _draw_header(paper, fitted, left, top)
    top -= HEADER
    tables = card_tables(fitted)
    _draw_table(paper, tables.facts, left, top, fitted.size)
    wide, high = location_size(fitted, base)
    lower = top - fitted.block
    spot = left + (LEFT - wide) / 2
    box = Rect(spot, lower, spot + wide, lower + high)
    paper.add(Picture(base.pixels, box, paper), zorder=2)
    if here is not None:
        draw_here(paper, box.left + here[0] * wide, box.top - here[1] * high)
    right = left + LEFT + GAP
    map_high = zone_map_size(fitted, chips)[1]
    draw_zone_map(paper, scene, Rect(right, top - map_high, right + RIGHT, top))
    if chips:
        _draw_chips(paper, chips, Rect(right, lower, right + RIGHT, lower + CHIPS_HEIGHT - GAP))
    top = _draw_table(paper, tables.zones, left, lower - GAP, fitted.size) - GAP
    top = _draw_table(paper, tables.checks, left, top, fitted.size) - GAP
    top = _draw_table(paper, tables.findings, left, top, fitted.size)
    _draw_signatures(paper, fitted, left, top)
    _draw_foot(paper, fitted, left)


def _draw_header(paper: Paper, fitted: FittedCard, left: float, top: float) -> None:
    card, theme = fitted.card, paper.theme
    paper.text(left, top - 6.0, TITLE, 17.0, bold=True)
    paper.text(left + paper.width(TITLE, 17.0, bold=True) + 4.0, top - 6.0, SUBTITLE, 9.0, color=theme.muted_text)
    size = id_size(card.id, paper.fonts)
    paper.text(left, top - 14.2, drawable(paper.fonts, card.id), size, bold=True, color=theme.accent)
    after = left + paper.width(card.id, size, bold=True) + 5.0
    paper.text(after, top - 14.2, drawable(paper.fonts, fitted.heading), HEADING_SIZE)
    paper.line([(left, top - 17.4), (left + WIDTH - QR - 6.0, top - 17.4)], color=theme.accent, width=1.4)
    _draw_code(paper, card.qr_text, Rect(left + WIDTH - QR, top - QR - 0.5, left + WIDTH, top - 0.5))


def _cut(paper: Paper, text: str, room: float, size: float) -> str:
    while text and paper.width(text + "……", size) > room:
        text = text[:-1]
    return text + "……"


def _draw_code(paper: Paper, text: str, box: Rect) -> None:
    modules = qr_modules(text)
    step = box.width / len(modules)
    squares = []
    for row, line in enumerate(modules):
        for column, dark in enumerate(line):
            if dark:
                x, y = box.left + column * step, box.top - (row + 1) * step
                ring = [(x, y), (x + step, y), (x + step, y + step), (x, y + step), (x, y)]
                squares.append(Outline(ring, closed=True))
    paper.shape(Outline.make_compound_path(*squares), fill=rgba("#000000"), zorder=5, gid="qr")


def _draw_table(paper: Paper, table: CardTable, left: float, top: float, size: float) -> float:
    """Rules, shades and texts of a table; returns its lower edge."""
    theme, words = paper.theme, Words(paper)
    edges = [left, *(left + float(edge) for edge in np.cumsum(table.widths))]
    for row in table.rows:
        for cell in row.cells:
            box = Rect(edges[cell.first], top - row.height, edges[cell.last], top)
            paper.rect(box, fill=rgba(_SHADE) if cell.shaded else "none", stroke=rgba(_RULE), width=0.4, zorder=1)
            color = theme.notice if cell.kind == "alert" else theme.muted_text if cell.shaded else None
            above = (row.height - len(cell.lines) * line_height(size)) / 2 if cell.shaded or row.height < 9.0 else PAD
            bold = cell.kind in ("head", "alert")
            for n, line in enumerate(cell.lines):
                room = box.width - 2 * PAD - paper.width(line, size) if cell.kind == "number" else 0.0
                baseline = box.top - above - n * line_height(size) - mm(size) * (ASCENT + (LEADING - 1) / 2)
                words.write(box.left + PAD + room, baseline, line, size, color=color, bold=bold)
        top -= row.height
    paper.add(words, zorder=6)
    return top


def drawable(fonts: FontSet, text: str) -> str:
    """The text with 〓 for every character that no font has; it must not stop a batch."""
    return "".join(c if fonts.face_of(c) else "〓" for c in text)


def _draw_signatures(paper: Paper, fitted: FittedCard, left: float, top: float) -> None:
    width = WIDTH / len(SIGNATURES)
    for number, word in enumerate(SIGNATURES):
        x, y = left + number * width, top - fitted.signatures + 2.2
        paper.text(x, y, f"{word}：", 8.0)
        start = x + paper.width(f"{word}：", 8.0)
        paper.line([(start, y - 0.8), (x + width - 4.0, y - 0.8)], color=paper.theme.text, width=0.5)


def _draw_foot(paper: Paper, fitted: FittedCard, left: float) -> None:
    """The notice and the layers, at the very bottom of the page."""
    height = sum(map(len, fitted.foot)) * mm(FOOT_SIZE) * LEADING
    top = MARGIN_MM + height
    for number, lines in enumerate(fitted.foot):
        color = paper.theme.notice if number == 0 else paper.theme.muted_text
        shown = [drawable(paper.fonts, line) for line in lines]
        top = paper.lines(left, top, shown, FOOT_SIZE, leading=LEADING, color=color)


def _draw_chips(paper: Paper, chips: Sequence[Chip], box: Rect) -> None:
    width = (box.width - GAP) / 2
    for number, chip in enumerate(chips):
        left = box.left + number * (width + GAP)
        frame = Rect(left, box.bottom + 3.4, left + width, box.top)
        caption = _cut(paper, chip.caption, width, 6.0) if paper.width(chip.caption, 6.0) > width else chip.caption
        paper.text(left, box.bottom + 0.9, drawable(paper.fonts, caption), 6.0, color=paper.theme.muted_text)
        paper.rect(frame, fill=rgba(_SHADE), stroke=rgba(_RULE), width=0.4, zorder=1)
        if chip.jpeg:
            scale = min(frame.width / chip.width, frame.height / chip.height)
            wide, high = chip.width * scale / 2, chip.height * scale / 2
            x, y = (frame.left + frame.right) / 2, (frame.bottom + frame.top) / 2
            paper.add(Picture(_pixels(chip), Rect(x - wide, y - high, x + wide, y + high), paper), zorder=2)
        else:
            text = drawable(paper.fonts, chip.note)
            paper.text((frame.left + frame.right) / 2, (frame.bottom + frame.top) / 2, text, 7.0, align="center")


def _pixels(chip: Chip) -> NDArray[np.uint8]:
    """A chip as PDF stores it best: few colours, upside down as the backend wants it."""
    from PIL import Image

    with Image.open(io.BytesIO(chip.jpeg)) as opened:
        opened.thumbnail((_PDF_PX, _PDF_PX))
        small = opened.convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE).convert("RGB")
    return np.ascontiguousarray(np.asarray(small)[::-1])
