"""A ranking of places -> a table as a figure, one line a place, for A4 and Word: PNG, PDF or SVG.

``write_ranking(path, table, *, title, subtitle="", notices=(), theme=None, by="")`` with a table of
`changji_geo.monitoring.air.evaluation.comparing.rank_places`. ``by`` is the column ranked by; without it the known column whose order the
ranks follow. Printed are the known columns that the table has (`changji_geo.report.figures.rank_columns.COLUMNS`) as far as
the width goes: values, changes on the year before (``<column>_change``) with arrows, and the days of each AQI class as a bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from changji_geo.errors import InputError, near_match
from changji_geo.render.sheet.paper import Paper, Rect, mm, rgba
from changji_geo.render.sheet.saving import print_settings
from changji_geo.report.figures.rank_columns import (
    CATEGORIES,
    COLUMNS,
    NONE,
    RankColumn,
    ranked_column,
    shown_columns,
    telling,
)
from changji_geo.report.figures.rank_notes import distinct_texts, rank_notes
from changji_geo.report.figures.sheet import FigureSheet, is_dark
from changji_geo.scene_text import clean_text, is_missing
from changji_geo.standards.air import AIR_CLASSES
from changji_geo.theme import Theme

WIDTH_MM, MOST_HEIGHT_MM = 190.0, 297.0
_RANK, _PLACE_LEAST, _PLACE_MOST = 15.0, 22.0, 52.0
_BAR, _DAYS = 16.0, 34.0
_PAD = 2.4
_STRETCH = {"value": 4, "days": 4}
"""What takes more of the width that is left over; other columns take one part each."""

_ROW, _LEAST_ROW = 6.6, 4.3
_BETTER, _WORSE = "#1a7f4b", "#b3261e"
_GROUPS = ("period", "part", "dust")
_TIED = "并列"


@dataclass(frozen=True)
class _Field:
    """A printed column: its place across, and what kind of cell it has."""

    kind: str
    left: float
    width: float
    caption: tuple[str, ...]
    column: RankColumn | None = None
    bar: float = 0.0


def draw_ranking(
    table: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    notices: Sequence[str] = (),
    theme: Theme | None = None,
    by: str = "",
) -> Figure:
    """Draw a ranking.

    Parameters
    ----------
    table : DataFrame
        ``rank`` (missing: without a rank, printed last with a dash), ``place`` (or ``name``, which is preferred) and any of
        the known columns; ``reason`` says why a place has no rank, ``basis``, ``document`` or ``standard`` what the values
        rest on, ``note`` what is to be said. Rows of several ``period`` and ``part`` stand in groups.
    title, subtitle : str
    notices : sequence of str
        Printed at the foot: 示例数据 for made-up values.
    theme : Theme, optional
        The theme ``report`` by default.
    by : str
        The column ranked by.

    Returns
    -------
    matplotlib.figure.Figure
        190 mm wide, as high as it needs to be.

    Raises
    ------
    InputError
        No rows, no ``rank`` or ``place``, an unknown ``by``, more rows than a page holds.
    FontError
        A character that no font has.
    """
    sheet = FigureSheet.of(title, subtitle, notices, theme, title)
    with print_settings():
        return _Ranking(sheet, table, by).draw()


def write_ranking(
    path: Path | str,
    table: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    notices: Sequence[str] = (),
    theme: Theme | None = None,
    by: str = "",
) -> Path:
    """Write a ranking as ``.png``, ``.pdf`` or ``.svg``, as the ending says; parameters as of `draw_ranking`.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    InputError
        As `draw_ranking`, or an unknown ending.
    OutputError
        A file that cannot be written.
    """
    sheet = FigureSheet.of(title, subtitle, notices, theme, title)
    with print_settings():
        figure = _Ranking(sheet, table, by).draw()
    return sheet.save(figure, path)


class _Ranking:
    """One figure: the table checked, columns chosen and placed, rows drawn."""

    def __init__(self, sheet: FigureSheet, table: pd.DataFrame, by: str) -> None:
        self.sheet = sheet
        self.name = next((c for c in ("name", "place") if c in table.columns), "place")
        _check(table, self.name, by)
        self.within = [c for c in _GROUPS if c in table.columns]
        self.by = by or ranked_column(table, self.within)
        if not self.by:
            raise InputError(
                "看不出按哪一列排的名次", where="排名表", expected="、".join(list(COLUMNS)[:4]) + " 等", fix="给出 by"
            )
        self.groups = self._split(table)
        self.columns = shown_columns(table, self.by)
        self.columns = (telling(self.columns[0], [rows for _, rows in self.groups]), *self.columns[1:])
        self.whole_days = all(c in table.columns for c in CATEGORIES)
        self.notes = rank_notes(table, self.groups, self.columns, self.name)
        self.size = sheet.theme.sizes.legend
        self.small = sheet.theme.sizes.furniture
        cells = [c.text(v) for c in self.columns for v in table[c.name]]
        names = [clean_text(v) for v in table[self.name]]
        heads = [text for c in self.columns for text in (c.caption, c.unit)]
        captions = [head for head, _ in self.groups]
        self.fonts = sheet.fonts([*cells, *names, *heads, *self.notes, *captions, *CATEGORIES, "名次地区各级天数"])
        self.names = names

    def _split(self, table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
        """Groups with their headings (none for a single one); those without a rank last in each."""
        if not self.within:
            parts = [("", table)]
        else:
            parts = []
            for _, rows in table.groupby(self.within, sort=False, dropna=False):
                said = [
                    distinct_texts(rows.head(1), c)
                    for c in (("label" if "label" in rows else "period"), "part", "dust")
                ]
                parts.append(("　".join(t[0] for t in said if t), rows))
        heads = [head if len(parts) > 1 else "" for head, _ in parts]
        order = [rows.sort_values("rank", kind="stable", na_position="last") for _, rows in parts]
        return list(zip(heads, order, strict=True))

    def fields(self, paper: Paper, width: float) -> list[_Field]:
        """Columns from the left: rank, place, the ranked value with a bar, then as many others as there is room for."""
        place = max(paper.width(name, self.size) for name in [*self.names, "地区"]) + _PAD
        wide: list[tuple[str, float, RankColumn | None]] = [("rank", _RANK, None)]
        wide.append(("place", min(max(place, _PLACE_LEAST), _PLACE_MOST), None))
        wide.append(("value", self._width(paper, self.columns[0]) + _BAR, self.columns[0]))
        used = sum(w for _, w, _ in wide)
        if self.whole_days and used + _DAYS <= width:
            used += _DAYS
        for column in self.columns[1:]:
            own = self._width(paper, column)
            if used + own > width:
                break
            used += own
            wide.append(("change" if column.change else "words" if column.words else "number", own, column))
        if self.whole_days:
            wide.append(("days", _DAYS, None))
        weights = [_STRETCH.get(kind, 1) for kind, _, _ in wide]
        out, left = [], 0.0
        for (kind, own, shown), weight in zip(wide, weights, strict=True):
            spare = (width - used) * weight / sum(weights)
            bar = _BAR + spare * 0.75 if kind == "value" else 0.0
            caption = self._caption(paper, kind, shown, own + spare - bar)
            out.append(_Field(kind, left, own + spare, caption, shown, bar))
            left += own + spare
        return out

    def _width(self, paper: Paper, column: RankColumn) -> float:
        texts = [column.text(v) for _, rows in self.groups for v in rows[column.name]]
        cell = max(paper.width(t, self.size, bold=True) for t in texts)
        pieces = [*column.caption.split(" "), *([f"（{column.unit}）"] if column.unit else [])]
        head = max(paper.width(text[:9], self.small, bold=True) for text in pieces)
        return max(cell, head, 9.0) + _PAD

    def _caption(self, paper: Paper, kind: str, column: RankColumn | None, width: float) -> tuple[str, ...]:
        if column is None:
            return ({"rank": "名次", "place": "地区", "days": "各级天数"}[kind],)
        lines = paper.wrap(column.caption, width - _PAD, self.small, bold=True)
        return (*lines, *(paper.wrap(f"（{column.unit}）", width - 0.6, self.small, bold=True) if column.unit else ()))

    def draw(self) -> Figure:
        sheet = self.sheet
        trial = sheet.paper(self.fonts, WIDTH_MM, MOST_HEIGHT_MM)
        page = sheet.page(WIDTH_MM, MOST_HEIGHT_MM)
        fields = self.fields(trial, page.width)
        head = max(len(f.caption) for f in fields) * mm(self.small) * 1.3 + 1.8
        legend = mm(self.small) * 1.9 if self.whole_days else 0.0
        lines = sum(len(rows) + (1 if caption else 0) for caption, rows in self.groups)
        fixed = sheet.around(trial, page, self.notes) + head + legend + 2.0
        row = min(_ROW, (page.height - fixed) / lines)
        if row < _LEAST_ROW:
            raise InputError(
                f"一页放不下 {lines} 行的排名",
                where="排名图",
                expected=f"不超过 {int((page.height - fixed) / _LEAST_ROW)} 行",
                fix="只画一个时段，或减少地方",
            )
        top, _, bottom, _ = sheet.theme.margins_mm
        height = fixed + lines * row + top + bottom
        paper = sheet.paper(self.fonts, WIDTH_MM, height)
        body = sheet.draw_around(paper, sheet.page(WIDTH_MM, height), self.notes)
        self.size = min(self.size, row / mm(1.0) * 0.62)
        y = self._draw_head(paper, fields, body, head)
        for caption, rows in self.groups:
            if caption:
                box = Rect(body.left, y - row, body.right, y)
                paper.rect(box, fill=rgba(sheet.theme.accent, 0.08), zorder=2)
                self._text(paper, box.left + 1.2, box, caption, bold=True, role=("ranking", "group"))
                y -= row
            y = self._draw_rows(paper, fields, rows, body, y, row)
        paper.line([(body.left, y), (body.right, y)], color=sheet.theme.frame, width=0.9, zorder=4)
        if self.whole_days:
            self._draw_legend(paper, body, y)
        return paper.figure

    def _draw_head(self, paper: Paper, fields: list[_Field], body: Rect, height: float) -> float:
        box = Rect(body.left, body.top - height, body.right, body.top)
        paper.rect(box, fill=rgba(self.sheet.theme.accent, 0.14), zorder=2)
        for y in (box.top, box.bottom):
            paper.line([(box.left, y), (box.right, y)], color=self.sheet.theme.frame, width=0.9, zorder=4)
        line = mm(self.small) * 1.3
        for field in fields:
            top = (box.top + box.bottom + line * len(field.caption)) / 2
            x, align = self._anchor(field, body)
            style = {"bold": True, "align": align, "role": ("ranking", "head")}
            paper.lines(x, top, field.caption, self.small, leading=1.3, **style)
        return box.bottom

    def _anchor(self, field: _Field, body: Rect) -> tuple[float, str]:
        left = body.left + field.left
        if field.kind in ("place", "days"):
            return left + 1.0, "left"
        if field.kind == "value":
            return left + (field.width - field.bar) / 2, "center"
        return left + field.width / 2, "center"

    def _draw_rows(
        self, paper: Paper, fields: list[_Field], rows: pd.DataFrame, body: Rect, y: float, row: float
    ) -> float:
        ranks = rows["rank"]
        values = rows[self.by].astype(float).where(ranks.notna())
        largest = float(values.max()) if values.notna().any() else 0.0
        for number in range(len(rows)):
            record = rows.iloc[number]
            box = Rect(body.left, y - row, body.right, y)
            if number % 2:
                paper.rect(box, fill=rgba("#000000", 0.028), zorder=1)
            for field in fields:
                self._draw_cell(paper, field, record, body, box, ranks, largest)
            paper.line([(box.left, box.bottom), (box.right, box.bottom)], color="#c9d0d4", width=0.35, zorder=3)
            y -= row
        return y

    def _draw_cell(
        self, paper: Paper, field: _Field, record: pd.Series, body: Rect, box: Rect, ranks: pd.Series, largest: float
    ) -> None:
        x, align = self._anchor(field, body)
        missing = bool(pd.isna(record["rank"]))
        if field.kind == "rank":
            text = NONE if missing else str(int(record["rank"]))
            self._text(paper, x, box, text, bold=not missing, align=align, role=("ranking", "rank"))
            if not missing and int((ranks == record["rank"]).sum()) > 1:
                at = x + paper.width(text, self.size, bold=True) / 2 + 0.6
                baseline = (box.bottom + box.top) / 2 - mm(self.size) * 0.36
                color = self.sheet.theme.muted_text
                paper.text(at, baseline, _TIED, self.small * 0.85, color=color, role=("ranking", "tied"))
        elif field.kind == "place":
            text = clean_text(record[self.name])
            size = min(self.size, self.size * (field.width - 1.4) / max(paper.width(text, self.size), 0.1))
            self._text(paper, x, box, text, size=size, role=("ranking", "place"))
        elif field.kind == "days":
            self._draw_days(paper, field, record, body, box)
        elif field.column is not None:
            value = None if missing and field.kind == "value" else record[field.column.name]
            good = field.column.improved(value)
            color = {True: _BETTER, False: _WORSE, None: self.sheet.theme.text}[good]
            bold = field.kind == "value" and not is_missing(value)
            text = field.column.text(value)
            self._text(
                paper, x, box, text, bold=bold, align=align, color=color, role=("ranking", "cell", field.column.name)
            )
            number = 0.0 if is_missing(value) or field.kind != "value" else float(record[field.column.name])
            if number > 0 and largest > 0:
                left = body.left + field.left + field.width - field.bar
                wide = (field.bar - 3.0) * number / largest
                middle, half = (box.bottom + box.top) / 2, box.height * 0.22
                accent = rgba(self.sheet.theme.accent, 0.75)
                paper.rect(Rect(left, middle - half, left + wide, middle + half), fill=accent, zorder=4, gid=None)

    def _draw_days(self, paper: Paper, field: _Field, record: pd.Series, body: Rect, box: Rect) -> None:
        """The days of each class as one bar in the colours of the classes, with the numbers that fit."""
        counts = [0 if is_missing(record[c]) else int(record[c]) for c in CATEGORIES]
        total = sum(counts)
        left, room = body.left + field.left + 1.0, field.width - 2.0
        if not total:
            self._text(paper, left, box, NONE, role=("ranking", "days"))
            return
        middle, half, size = (box.bottom + box.top) / 2, box.height * 0.32, min(self.small * 0.85, box.height * 1.4)
        for item, count in zip(AIR_CLASSES, counts, strict=True):
            wide = room * count / total
            bar = Rect(left, middle - half, left + wide, middle + half)
            if count:
                stroke = rgba("#8a9298")
                paper.rect(bar, fill=rgba(item.hex), stroke=stroke, width=0.25, zorder=4, gid=None)
            if paper.width(str(count), size) + 0.8 < wide:
                color = "#ffffff" if is_dark(item.rgb) else "#000000"
                paper.text(
                    left + wide / 2, middle - mm(size) * 0.36, str(count), size,
                    color=color, align="center", role=("ranking", "days", item.category),
                )  # fmt: skip
            left += wide

    def _draw_legend(self, paper: Paper, body: Rect, top: float) -> None:
        """Chips of the classes, at the right end under the table."""
        size = self.small
        wide = [3.6 + paper.width(name, size) + 3.0 for name in CATEGORIES]
        x, baseline = body.right - sum(wide), top - mm(size) * 1.45
        for item, own in zip(AIR_CLASSES, wide, strict=True):
            chip = Rect(x, baseline - 0.2, x + 2.6, baseline + mm(size) * 0.85)
            paper.rect(chip, fill=rgba(item.hex), stroke=rgba("#8a9298"), width=0.25, zorder=4)
            paper.text(x + 3.6, baseline, item.category, size, role=("ranking", "legend"))
            x += own

    def _text(
        self,
        paper: Paper,
        x: float,
        box: Rect,
        text: str,
        *,
        size: float | None = None,
        bold: bool = False,
        align: str = "left",
        color: str | None = None,
        role: tuple[str, ...],
    ) -> None:
        size = size or self.size
        baseline = (box.bottom + box.top) / 2 - mm(size) * 0.36
        paper.text(x, baseline, text, size, bold=bold, align=align, color=color, role=role)


def _check(table: pd.DataFrame, name: str, by: str) -> None:
    lacking = [c for c in ("rank", name) if c not in table.columns]
    if lacking:
        raise InputError(
            f"排名表缺少列：{'、'.join(lacking)}", expected="rank、place 和排名所按的列", fix="用 rank_places 生成"
        )
    if table.empty:
        raise InputError("排名表没有数据行", fix="核对时段和地方")
    if by and (by not in COLUMNS or by not in table.columns):
        known = [c for c in COLUMNS if c in table.columns]
        raise InputError(
            f"排名表没有可画的列“{by}”", expected="、".join(known) or "（没有）", fix=near_match(by, known)
        )
