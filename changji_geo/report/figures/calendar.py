"""Daily AQI -> a calendar in the colours of the AQI classes, weeks across and weekdays down: PNG, PDF or SVG.

``write_calendar(path, days, *, title, subtitle="", notices=(), theme=None, start=None, end=None)`` with the days of
`changji_geo.monitoring.air` (columns ``place`` or ``name``, ``date``, ``aqi``, ``category``, ``standard``). One place is
drawn large, with the date and the index in each day; several stand one under another. A thick line and a note tell where the
edition of the index changes; the good days of the two sides are counted apart.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from changji_geo.errors import InputError
from changji_geo.render.sheet.paper import Paper, Rect, mm
from changji_geo.render.sheet.saving import print_settings
from changji_geo.report.figures.day_table import MISSING, PlaceDays, month_chunks, read_days, year_spans
from changji_geo.report.figures.day_weeks import CLASS_NAMES, LEFT_MM, draw_swatch, draw_weeks
from changji_geo.report.figures.sheet import FigureSheet
from changji_geo.standards.air import AIR_CLASSES
from changji_geo.theme import Theme

PAGES = ((297.0, 210.0), (210.0, 297.0))
_LEAST_CELL = 1.45
_MOST_CELL = 14.0
_CHIP = 2.1
_GAP = 2.6


@dataclass(frozen=True)
class _Token:
    """A piece of a line: text, or chips with counts."""

    text: str
    bold: bool = False
    chips: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class _Block:
    """One place in one year: its heading and its rows of weeks."""

    days: PlaceDays
    tokens: tuple[_Token, ...]
    chunks: tuple[PlaceDays, ...]


@dataclass(frozen=True)
class _Plan:
    """How a page is divided: sizes in millimetres."""

    width: float
    height: float
    cell: tuple[float, float]
    blocks: tuple[_Block, ...]
    head: float
    month: float
    foot: float


def draw_calendar(
    days: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    notices: Sequence[str] = (),
    theme: Theme | None = None,
    start: datetime.date | None = None,
    end: datetime.date | None = None,
) -> Figure:
    """Draw a calendar.

    Parameters
    ----------
    days : DataFrame
        See `changji_geo.report.figures.day_table.read_days`; one row per place and day.
    title : str
    subtitle : str
        The span by default.
    notices : sequence of str
        Printed at the foot: 示例数据 for made-up values, 内部使用 and the like.
    theme : Theme, optional
        The theme ``report`` by default.
    start, end : date, optional
        First and last day shown; those of the table by default.

    Returns
    -------
    matplotlib.figure.Figure
        A4, landscape or portrait, whichever has the larger days, cut off below the figure.

    Raises
    ------
    InputError
        What `read_days` refuses, a blank title, more places and years than a page can show.
    FontError
        A character that no font has.
    """
    places = read_days(days, start, end)
    sheet = _sheet(places, title, subtitle, notices, theme)
    with print_settings():
        return _draw(sheet, places)


def write_calendar(
    path: Path | str,
    days: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    notices: Sequence[str] = (),
    theme: Theme | None = None,
    start: datetime.date | None = None,
    end: datetime.date | None = None,
) -> Path:
    """Write a calendar as ``.png``, ``.pdf`` or ``.svg``, as the ending says; parameters as of `draw_calendar`.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    InputError
        As `draw_calendar`, or an unknown ending.
    OutputError
        A file that cannot be written.
    """
    places = read_days(days, start, end)
    sheet = _sheet(places, title, subtitle, notices, theme)
    with print_settings():
        figure = _draw(sheet, places)
    return sheet.save(figure, path)


def _sheet(
    places: tuple[PlaceDays, ...], title: str, subtitle: str, notices: Sequence[str], theme: Theme | None
) -> FigureSheet:
    span = f"{_day_text(places[0].start)}—{_day_text(places[0].end)}"
    said = f"{'、'.join(p.place for p in places)}，{span}"
    return FigureSheet.of(title, subtitle or span, notices, theme, said)


def _day_text(day: datetime.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _notes(places: tuple[PlaceDays, ...]) -> tuple[str, ...]:
    """What counts as good, and by which edition."""
    out = ["优良天数为有效日中 AQI 不高于 100 的天数，优良率为其占有效日的百分比；斜线格无数据或不计入统计。"]
    changes = places[0].changes
    if not changes:
        return (*out, f"评价标准：{places[0].standards[0]}。")
    for day, old, new in changes:
        out.append(
            f"粗线为标准更替：{_day_text(day)}起按 {new}、此前按 {old} 评价，两段优良天数分列，两段优良天数不可直接比较。"
        )
    return tuple(out)


def _blocks(places: tuple[PlaceDays, ...], count: int) -> tuple[_Block, ...]:
    """Places, their years, and each year in `count` rows of weeks."""
    out = []
    for place in places:
        spans = year_spans(place.start, place.end)
        for start, end in spans:
            days = place.between(start, end)
            name = place.place if len(spans) == 1 else f"{place.place}　{_year_text(start, end)}"
            several = len({p.standard for p in days.parts}) > 1
            texts = []
            for part in days.parts:
                lead = f"{part.standard}：" if several else ""
                if part.rate is None:
                    texts.append(f"{lead}没有有效日")
                else:
                    texts.append(f"{lead}优良 {part.good} 天 ÷ 有效 {part.counted} 天 = {part.rate:.1f}%")
            chips = tuple((n, number) for n, number in enumerate(days.counts) if number)
            tokens = (_Token(name, bold=True), *(_Token(t) for t in texts))
            if len(places) * len(spans) > 1:
                tokens = (*tokens, _Token("", chips=chips))
            chunks = tuple(days.between(*chunk) for chunk in month_chunks(start, end, count))
            out.append(_Block(days, tokens, chunks))
    return tuple(out)


def _year_text(start: datetime.date, end: datetime.date) -> str:
    if start.year == end.year:
        return f"{start.year}年"
    return f"{start.year}年{start.month}月—{end.year}年{end.month}月"


def _weeks(days: PlaceDays) -> int:
    return (len(days.aqi) + days.start.weekday() + 6) // 7


class _Heading:
    """The lines above a place: name, good days, chips with the days of each class."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.size, self.small = paper.theme.sizes.legend_title, paper.theme.sizes.furniture
        self.line = mm(self.size) * 1.45

    def _width(self, token: _Token) -> float:
        if token.chips:
            return sum(_CHIP + 1.9 + self.paper.width(str(n), self.small) for _, n in token.chips)
        return self.paper.width(token.text, self.size if token.bold else self.small, bold=token.bold)

    def lines(self, tokens: tuple[_Token, ...], width: float, edge: float = 0.0) -> list[list[tuple[float, _Token]]]:
        """Tokens with their left edges, line by line; chips stand at the right end of the weeks where these are long."""
        out: list[list[tuple[float, _Token]]] = [[]]
        at = 0.0
        for token in tokens:
            wide = self._width(token)
            if out[-1] and at + wide > width:
                out.append([])
                at = 0.0
            out[-1].append((max(edge - wide, at) if token.chips else at, token))
            at += wide + 3.5
        return out

    def height(self, tokens: tuple[_Token, ...], width: float) -> float:
        """Of all lines."""
        return len(self.lines(tokens, width)) * self.line + 0.4

    def draw(self, tokens: tuple[_Token, ...], box: Rect, weeks: tuple[float, float]) -> None:
        """From the top of a box down, over weeks that go from one place to another, if the box has room for that."""
        paper = self.paper
        lines = self.lines(tokens, box.width, weeks[1] - box.left)
        ends = [x + self._width(token) for line in lines for x, token in line]
        shift = weeks[0] - box.left
        if shift + max(ends) <= box.width:
            box = Rect(weeks[0], box.bottom, box.right, box.top)
            lines = self.lines(tokens, box.width, weeks[1] - box.left)
        baseline = box.top - mm(self.size) * 1.05
        for line in lines:
            for x, token in line:
                if token.chips:
                    self._chips(token, box.left + x, baseline)
                else:
                    size = self.size if token.bold else self.small
                    role = ("calendar", "place" if token.bold else "rate")
                    paper.text(box.left + x, baseline, token.text, size, bold=token.bold, role=role)
            baseline -= self.line

    def _chips(self, token: _Token, x: float, baseline: float) -> None:
        for index, number in token.chips:
            draw_swatch(self.paper, Rect(x, baseline - 0.2, x + _CHIP, baseline - 0.2 + _CHIP), index)
            text = str(number)
            self.paper.text(x + _CHIP + 0.5, baseline, text, self.small, role=("calendar", "count", str(index)))
            x += _CHIP + 1.9 + self.paper.width(text, self.small)


def _plan(paper: Paper, sheet: FigureSheet, places: tuple[PlaceDays, ...], notes: tuple[str, ...]) -> _Plan:
    """The page and the number of rows a year is cut into that give the largest days."""
    best: tuple[float, _Plan] | None = None
    heading, month = _Heading(paper), mm(paper.theme.sizes.furniture) * 1.35
    for width, height in PAGES:
        page = sheet.page(width, height)
        for count in (1, 2, 3, 4) if len(places) == 1 else (1,):
            blocks = _blocks(places, count)
            chunks = [chunk for block in blocks for chunk in block.chunks]
            head = max(heading.height(block.tokens, page.width) for block in blocks)
            foot = month if places[0].changes else 0.0
            fixed = sheet.around(paper, page, notes) + _legend_height(paper, sheet, blocks, page.width)
            fixed += len(blocks) * head + len(chunks) * (month + foot + _GAP)
            across = (page.width - LEFT_MM) / max(_weeks(chunk) for chunk in chunks)
            down = (page.height - fixed) / len(chunks) / 7
            across = min(across, _MOST_CELL, max(down, 0.1) * 1.9)
            down = min(down, across * 1.12)
            plan = _Plan(width, page.height, (across, down), blocks, head, month, foot)
            if best is None or min(across, down) > best[0] * 1.02:
                best = (min(across, down), plan)
    if best is None or best[0] < _LEAST_CELL:
        raise InputError(
            f"一页放不下 {len(places)} 个地方 {len(year_spans(places[0].start, places[0].end))} 年的日历",
            where="空气质量日历",
            expected="一处一年为一行，一页约 10 行",
            fix="减少地方，或缩短时段，分成几张",
        )
    return best[1]


def _draw(sheet: FigureSheet, places: tuple[PlaceDays, ...]) -> Figure:
    notes = _notes(places)
    fonts = sheet.fonts([*notes, *CLASS_NAMES, *(p.place for p in places), *dict.fromkeys(places[0].standards)])
    trial = sheet.paper(fonts, *PAGES[0])
    plan = _plan(trial, sheet, places, notes)
    page = sheet.page(plan.width, plan.height)
    rows = sum(len(block.chunks) for block in plan.blocks)
    used = sheet.around(trial, page, notes) + _legend_height(trial, sheet, plan.blocks, page.width)
    used += len(plan.blocks) * plan.head + rows * (plan.month + plan.foot + _GAP + 7 * plan.cell[1])
    top, _, bottom, _ = sheet.theme.margins_mm
    paper = sheet.paper(fonts, plan.width, used + top + bottom)
    body = sheet.draw_around(paper, sheet.page(plan.width, used + top + bottom), notes)
    heading, y = _Heading(paper), body.top
    grid = LEFT_MM + plan.cell[0] * max(_weeks(chunk) for block in plan.blocks for chunk in block.chunks)
    left = body.left + (body.width - grid) / 2
    for block in plan.blocks:
        heading.draw(block.tokens, Rect(body.left, y - plan.head, body.right, y), (left, left + grid))
        y -= plan.head
        for chunk in block.chunks:
            y -= plan.month
            draw_weeks(paper, chunk, plan.cell, body, (left, y))
            y -= 7 * plan.cell[1] + plan.foot + _GAP
    _draw_legend(paper, sheet, plan.blocks, Rect(body.left, body.bottom, body.right, y))
    return paper.figure


def _legend_items(blocks: tuple[_Block, ...]) -> list[tuple[int, str]]:
    """Classes with their bounds, and of a single year the days of each."""
    out, lower = [], 0
    counts = blocks[0].days.counts if len(blocks) == 1 else None
    for index, name in enumerate(CLASS_NAMES):
        bounds = f" {lower}～{AIR_CLASSES[index].upper}" if index != MISSING else ""
        if index == MISSING - 1:
            bounds = f" >{AIR_CLASSES[index - 1].upper}"
        out.append((index, name + bounds + (f"（{counts[index]} 天）" if counts else "")))
        lower = AIR_CLASSES[index].upper + 1 if index != MISSING else lower
    return out


def _legend_lines(
    paper: Paper, sheet: FigureSheet, blocks: tuple[_Block, ...], width: float
) -> list[list[tuple[float, int, str]]]:
    size = sheet.theme.sizes.legend
    out: list[list[tuple[float, int, str]]] = [[]]
    at = 0.0
    for index, text in _legend_items(blocks):
        wide = 5.6 + paper.width(text, size)
        if out[-1] and at + wide > width:
            out.append([])
            at = 0.0
        out[-1].append((at, index, text))
        at += wide + 4.0
    return out


def _legend_height(paper: Paper, sheet: FigureSheet, blocks: tuple[_Block, ...], width: float) -> float:
    return len(_legend_lines(paper, sheet, blocks, width)) * mm(sheet.theme.sizes.legend) * 1.6 + 1.2


def _draw_legend(paper: Paper, sheet: FigureSheet, blocks: tuple[_Block, ...], box: Rect) -> None:
    size = sheet.theme.sizes.legend
    baseline = box.top - mm(size) * 1.1
    for line in _legend_lines(paper, sheet, blocks, box.width):
        for x, index, text in line:
            left = box.left + x
            draw_swatch(paper, Rect(left, baseline - 0.3, left + 4.4, baseline + mm(size) * 0.9), index)
            paper.text(left + 5.6, baseline, text, size, role=("calendar", "legend", str(index)))
        baseline -= mm(size) * 1.6
