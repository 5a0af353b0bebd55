"""One run of weeks of one place -> its days in the colours of their classes, with months, weekdays and changes of the edition."""

from __future__ import annotations

import datetime
from typing import Any

from matplotlib.collections import PathCollection
from matplotlib.path import Path as Outline

from changji_geo.render.sheet.data import HATCH_WIDTH, HATCHES
from changji_geo.render.sheet.paper import Paper, Rect, mm, rgba
from changji_geo.report.figures.day_table import MISSING, PlaceDays, next_month
from changji_geo.report.figures.sheet import is_dark
from changji_geo.standards.air import AIR_CLASSES

CLASS_NAMES = (*(c.category for c in AIR_CLASSES), "无数据")
MISSING_FILL, MISSING_LINE = "#f1f2f2", "#9aa3a8"
_WEEKDAYS = "一二三四五六日"
LEFT_MM = 5.6
_NUMBER_CELL = 4.2
_VALUE_CELL = 6.6


class DayCells(PathCollection):
    """The days of one class of one place in a figure, readable from it again."""

    place: str = ""
    class_name: str = ""
    days: tuple[datetime.date, ...] = ()


def draw_swatch(paper: Paper, box: Rect, index: int) -> None:
    """A box in the look of a class."""
    corners = [(box.left, box.bottom), (box.right, box.bottom), (box.right, box.top), (box.left, box.top), box[:2]]
    artist = PathCollection([Outline(corners, closed=True)], **_paint(index))
    artist.set_transform(paper.transform)
    artist.set_edgecolor(rgba(MISSING_LINE))
    artist.set_linewidth(0.3)
    _hatch(artist, index)
    paper.add(artist, zorder=5)


def _paint(index: int) -> dict[str, Any]:
    fill = MISSING_FILL if index == MISSING else AIR_CLASSES[index].hex
    return {"facecolors": [rgba(fill)], "edgecolors": [rgba("#ffffff")], "hatchcolors": [rgba(MISSING_LINE)]}


def _hatch(artist: PathCollection, index: int) -> None:
    if index == MISSING:
        artist.set_hatch(HATCHES["/"])
        artist.set_hatch_linewidth(HATCH_WIDTH)


def draw_weeks(
    paper: Paper, days: PlaceDays, cell: tuple[float, float], body: Rect, corner: tuple[float, float]
) -> None:
    """One run of weeks: weekday and month names, days, borders of months, and the change of the edition."""
    across, down = cell
    left, top, shift = corner[0] + LEFT_MM, corner[1], days.start.weekday()
    small = paper.theme.sizes.furniture
    _draw_weekdays(paper, corner[0], top, down)
    squares: dict[int, list[tuple[datetime.date, Rect]]] = {}
    for number, (day, index) in enumerate(zip(days.days, days.classes.tolist(), strict=True)):
        column, row = divmod(number + shift, 7)
        x, y = left + column * across, top - row * down
        squares.setdefault(index, []).append((day, Rect(x, y - down, x + across, y)))
        _write_day(paper, Rect(x, y - down, x + across, y), day, days.aqi[number], index)
    for index, found in sorted(squares.items()):
        _add_cells(paper, days.place, index, found, min(0.5, across * 0.12))

    def border(day: datetime.date) -> list[tuple[float, float]]:
        column, row = divmod((day - days.start).days + shift, 7)
        x, y = left + column * across, top - row * down
        if not row:
            return [(x, top - 7 * down), (x, top)]
        return [(x, top - 7 * down), (x, y), (x + across, y), (x + across, top)]

    day = next_month(days.start)
    while day <= days.end:
        paper.line(border(day), color=paper.theme.text, width=0.8, zorder=8)
        day = next_month(day)
    first, last = border(days.start), border(days.end + datetime.timedelta(days=1))
    paper.line([*first, *reversed(last), first[0]], color=paper.theme.text, width=0.8, zorder=8)
    at = days.start
    while at <= days.end:
        stop = min(next_month(at), days.end + datetime.timedelta(days=1))
        middle = ((at - days.start).days + (stop - days.start).days - 1) / 2 + shift
        x = left + (middle / 7 + 0.43) * across
        text = f"{at.month}月"
        if (stop - at).days / 7 * across > paper.width(text, small):
            paper.text(x, top + mm(small) * 0.32, text, small, align="center", role=("calendar", "month"))
        at = stop
    for day, old, new in days.changes:
        paper.line(border(day), color=paper.theme.page, width=3.4, zorder=9)
        paper.line(border(day), color=paper.theme.notice, width=2.0, zorder=9.1, gid=f"change-{days.place}-{day}")
        _write_change(paper, border(day)[0], old, new, body)


def _write_change(paper: Paper, at: tuple[float, float], old: str, new: str, body: Rect) -> None:
    """The two editions at the foot of the thick line, each on its side; moved where the page ends."""
    size = paper.theme.sizes.furniture
    texts = f"← {old}", f"{new} →"
    before, after = (paper.width(text, size) for text in texts)
    x = min(max(at[0], body.left + before + 1.2), body.right - after - 1.2)
    baseline = at[1] - mm(size) * 1.15
    color = paper.theme.notice
    paper.text(x - 1.2, baseline, texts[0], size, align="right", color=color, role=("calendar", "standard"))
    paper.text(x + 1.2, baseline, texts[1], size, color=color, role=("calendar", "standard"))


def _draw_weekdays(paper: Paper, left: float, top: float, down: float) -> None:
    size = min(paper.theme.sizes.furniture, down / mm(1.0) * 0.8)
    step = 1
    if size < 5.0:
        size, step = min(paper.theme.sizes.furniture, down * 2 / mm(1.0) * 0.8, 5.0), 2
    if size < 4.0:
        step = 3
        size = 4.4
    for row in range(0, 7, step):
        paper.text(
            left + LEFT_MM / 2, top - (row + 0.5) * down - mm(size) * 0.36, _WEEKDAYS[row], size,
            align="center", color=paper.theme.muted_text, role=("calendar", "weekday"),
        )  # fmt: skip


def _add_cells(paper: Paper, place: str, index: int, found: list[tuple[datetime.date, Rect]], edge: float) -> None:
    paths = [
        Outline([(b.left, b.bottom), (b.right, b.bottom), (b.right, b.top), (b.left, b.top), b[:2]], closed=True)
        for _, b in found
    ]
    artist = DayCells(paths, linewidths=[edge], **_paint(index))
    artist.set_transform(paper.transform)
    _hatch(artist, index)
    artist.place, artist.class_name = place, CLASS_NAMES[index]
    artist.days = tuple(day for day, _ in found)
    paper.add(artist, zorder=4)


def _write_day(paper: Paper, box: Rect, day: datetime.date, aqi: float, index: int) -> None:
    """The day of the month, and in large days the index below it."""
    if box.width < _NUMBER_CELL or box.height < _NUMBER_CELL * 0.7:
        return
    dark = index != MISSING and is_dark(AIR_CLASSES[index].rgb)
    color = "#ffffff" if dark else "#000000"
    middle = (box.left + box.right) / 2
    if box.width < _VALUE_CELL or box.height < _VALUE_CELL * 0.9:
        size = min(box.height / mm(1.0) * 0.5, 6.5)
        baseline = (box.bottom + box.top) / 2 - mm(size) * 0.36
        paper.text(middle, baseline, str(day.day), size, color=color, align="center", role=("calendar", "day"))
        return
    small, size = min(box.height / mm(1.0) * 0.25, 6.0), min(box.height / mm(1.0) * 0.36, 9.0)
    at = (box.left + 0.7, box.top - mm(small) * 0.95)
    paper.text(*at, str(day.day), small, color=color, role=("calendar", "day"))
    if index != MISSING:
        baseline = box.bottom + (box.height - mm(small)) * 0.5 - mm(size) * 0.42
        paper.text(
            middle, baseline, f"{aqi:.0f}", size, bold=True, color=color, align="center", role=("calendar", "value")
        )
