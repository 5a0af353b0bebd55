"""A `Card` and the fonts -> a `FittedCard`: lines, text size and heights with which everything stands on one A4 page.

All three formats take their column widths and heights from here. Text first shrinks, then is shortened with a mark; no
row is ever clipped. Word and browsers measure text a little differently: lines are broken for `SLACK` of the width, and the
page is filled to `HEIGHT`, some millimetres less than it has.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from changji_geo.render.fonts import FontSet
from changji_geo.render.sheet.paper import mm
from changji_geo.render.sheet.text import wrap
from changji_geo.report.cards.content import CHOICES, Card, Pair

PAGE_MM = (210.0, 297.0)
MARGIN_MM = 10.0
WIDTH = PAGE_MM[0] - 2 * MARGIN_MM
HEIGHT = PAGE_MM[1] - 2 * MARGIN_MM - 7.0

HEADER = 21.0
QR = 18.5
GAP = 1.6
FACTS = (15.0, 57.0)
LEFT = sum(FACTS)
RIGHT = WIDTH - LEFT - GAP
ZONES = (78.0, 46.0, 26.0, 22.0, 18.0)
CHECKS = (30.0, 13.0, 147.0)
FINDINGS = (17.0, 78.0, 17.0, 78.0)

ZONE_HEADER = ("自然保护区", "功能区", "面积（平方米）", "面积（亩）", "占图斑")
CHECK_HEADER = ("检查", "结论", "理由")

LEADING = 1.3
PAD = 0.7
"""Millimetres between a cell's edge and its text, at every side."""

SLACK = 0.955
FOOT_SIZE = 5.8
HEADING_SIZE = 8.0
MORE = "……（详见台账）"

_MOST_ZONES, _MOST_CHECKS = 5, 14
STEPS: tuple[tuple[float, int], ...] = (
    (7.4, 9), (7.0, 9), (6.6, 8), (6.2, 8), (6.2, 5), (6.0, 4), (5.8, 3), (5.8, 2), (5.8, 1),
)  # fmt: skip
"""Text size in points and most lines of a cell, tried in this order; the last always fits."""

LOCATION_MOST = 44.0
CHIPS_HEIGHT = 37.0
"""Millimetres that photos take from the zone map."""
_LOCATION_LEAST = 32.0
_BLOCK_LEAST, _BLOCK_MOST = 84.0, 112.0
_BLANK, _WIDE_BLANK, _SIGN = 7.0, 11.0, 8.5

Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: the lines of each cell, and its height in millimetres."""

    cells: tuple[Lines, ...]
    height: float


@dataclass(frozen=True, slots=True)
class FittedCard:
    """A card that fits its page. ``size`` is the text size in points; heights are millimetres.

    ``heading`` stands behind the id. ``location`` is the height of the location map under the facts, ``block`` that of facts
    and location together, which is the zone map's, too. ``zones`` and ``checks`` begin with their header. ``findings`` hold caption, text, caption, text;
    the last two are empty where the first text spans the page. ``foot`` is set in `FOOT_SIZE`.
    """

    card: Card
    heading: str
    size: float
    facts: tuple[Row, ...]
    location: float
    block: float
    zones: tuple[Row, ...]
    checks: tuple[Row, ...]
    priority: Row
    findings: tuple[Row, ...]
    signatures: float
    foot: tuple[Lines, ...]

    @property
    def height(self) -> float:
        """Of the whole card."""
        tables = (*self.zones, *self.checks, self.priority, *self.findings)
        return HEADER + self.block + sum(r.height for r in tables) + self.signatures + foot_height(self.foot) + 4 * GAP


def foot_height(foot: Iterable[Lines]) -> float:
    """Millimetres that the lines at the bottom take."""
    return sum(map(len, foot)) * mm(FOOT_SIZE) * LEADING


def id_size(clue_id: str, fonts: FontSet) -> float:
    """Text size of the id in the header, points: smaller for ids of other makers that are long."""
    size = 14.0
    while size > 5.0 and mm(fonts.width(clue_id, size, bold=True)) > 70.0:
        size -= 0.5
    return size


def line_height(size: float) -> float:
    """Millimetres from one line to the next."""
    return mm(size) * LEADING


def choice_text(choice: str) -> str:
    """The boxes to tick, with what the ledger has ticked.

    Examples
    --------
    >>> choice_text("属实")
    '☑ 属实　　□ 部分属实　　□ 不属实'
    """
    return "　　".join(f"{'☑' if word == choice else '□'} {word}" for word in CHOICES)


def fit_card(card: Card, fonts: FontSet) -> FittedCard:
    """Fit a card to its page.

    Parameters
    ----------
    card : Card
        Texts of any length.
    fonts : FontSet
        Those that the PDF is drawn with; the other formats are set in the same or a similar face.

    Returns
    -------
    FittedCard
        With ``height <= HEIGHT``. A text that was cut ends with "……（详见台账）"; so does a table of too many rows.
    """
    widths = [mm(fonts.width(check.reason, 1.0)) for check in card.checks[:_MOST_CHECKS]]
    for size, most in STEPS:
        if _least_height(widths, size, most) > HEIGHT and (size, most) != STEPS[-1]:
            continue
        fitted = _Setter(fonts, size, most).set(card)
        if fitted.height <= HEIGHT:
            break
    return _filled(fitted)


def _least_height(widths: Sequence[float], size: float, most: int) -> float:
    """What a card takes at least, from the lengths of its reasons at one point: quickly known where it is far too much."""
    room = (CHECKS[2] - 2 * PAD) * SLACK
    lines = sum(max(1, min(most, math.ceil(width * size / room))) for width in widths)
    fixed = HEADER + _BLOCK_LEAST + 3 * _BLANK + 2 * _WIDE_BLANK + _SIGN
    return fixed + lines * line_height(size) + len(widths) * 2 * PAD


def _filled(fitted: FittedCard) -> FittedCard:
    """The same with the room that is left given to the maps, then to the fields for handwriting."""
    left = HEIGHT - fitted.height
    more = min(max(left, 0.0), max(_BLOCK_MOST - fitted.block, 0.0))
    facts = sum(row.height for row in fitted.facts)
    location = min(fitted.block + more - facts - GAP, LOCATION_MOST)
    rest = max(left - more, 0.0)
    wide = [n for n, row in enumerate(fitted.findings) if not row.cells[2]]
    findings = tuple(
        replace(row, height=row.height + rest / len(wide)) if n in wide else row
        for n, row in enumerate(fitted.findings)
    )
    return replace(fitted, block=fitted.block + more, location=location, findings=findings)


class _Setter:
    """Sets texts at one size with at most so many lines a cell."""

    def __init__(self, fonts: FontSet, size: float, most: int) -> None:
        self.fonts, self.size, self.most = fonts, size, most

    def set(self, card: Card) -> FittedCard:
        facts = tuple(self._row((pair.caption, pair.text), FACTS) for pair in card.facts)
        heights = sum(row.height for row in facts)
        block = max(heights + GAP + _LOCATION_LEAST, _BLOCK_LEAST)
        return FittedCard(
            card, self.heading(card), self.size, facts, _LOCATION_LEAST, block, self._zones(card), self._checks(card),
            self._row(("优先分", card.priority), (CHECKS[0], sum(CHECKS[1:]))),
            self._findings(card), _SIGN, self._foot(card.foot),
        )  # fmt: skip

    def heading(self, card: Card) -> str:
        """What stands behind the id, on one line."""
        taken = mm(self.fonts.width(card.id, id_size(card.id, self.fonts), bold=True))
        return self.lines(card.heading, WIDTH - QR - 12.0 - taken, HEADING_SIZE, 1)[0]

    def _zones(self, card: Card) -> tuple[Row, ...]:
        head = self._row(ZONE_HEADER, ZONES)
        if not card.zones:
            return (head, self._row((card.zones_note,), (sum(ZONES),)))
        rows = [self._row(cells, ZONES) for cells in card.zones[:_MOST_ZONES]]
        if len(card.zones) > _MOST_ZONES:
            rows.append(self._row((f"另有 {len(card.zones) - _MOST_ZONES} 个功能区{MORE}",), (sum(ZONES),)))
        return (head, *rows)

    def _checks(self, card: Card) -> tuple[Row, ...]:
        head = self._row(CHECK_HEADER, CHECKS)
        if not card.checks:
            return (head, self._row((card.checks_note,), (sum(CHECKS),)))
        rows = [self._row((c.title, c.verdict_zh, c.reason), CHECKS) for c in card.checks[:_MOST_CHECKS]]
        if len(card.checks) > _MOST_CHECKS:
            rows.append(self._row((f"另有 {len(card.checks) - _MOST_CHECKS} 项检查{MORE}",), (sum(CHECKS),)))
        return (head, *rows)

    def _findings(self, card: Card) -> tuple[Row, ...]:
        day, scene, built, permit, unit, deadline, measure = card.findings
        choices = Pair("核查情况", choice_text(card.choice))
        return (
            self._pair(day, choices), self._wide(scene), self._pair(built, permit), self._pair(unit, deadline),
            self._wide(measure),
        )  # fmt: skip

    def _pair(self, left: Pair, right: Pair) -> Row:
        row = self._row((left.caption, left.text, right.caption, right.text), FINDINGS)
        return Row(row.cells, max(row.height, _BLANK))

    def _wide(self, pair: Pair) -> Row:
        row = self._row((pair.caption, pair.text), (FINDINGS[0], sum(FINDINGS[1:])))
        return Row((*row.cells, (), ()), max(row.height, _WIDE_BLANK))

    def _row(self, texts: Sequence[str], widths: Sequence[float]) -> Row:
        cells = tuple(
            self.lines(text, width - 2 * PAD, self.size, self.most) for text, width in zip(texts, widths, strict=True)
        )
        return Row(cells, max(map(len, cells)) * line_height(self.size) + 2 * PAD)

    def _foot(self, lines: Sequence[str]) -> tuple[Lines, ...]:
        return tuple(self.lines(text, WIDTH, FOOT_SIZE, min(self.most, 3)) for text in lines)

    def lines(self, text: str, width: float, size: float, most: int) -> Lines:
        """A text broken into at most `most` lines, the last ending with the mark when something is missing."""
        room = width * SLACK

        def measure(part: str) -> float:
            return mm(self.fonts.width(part, size))

        held = _held(text, most * room, measure)
        found = wrap(held, room, measure)
        if len(found) <= most and held == text:
            return found
        mark = MORE if measure(MORE) <= room else "…"
        kept = found[: most - 1]
        last = held[sum(map(len, kept)) :]
        low, high = 0, len(last)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if measure(last[:middle] + mark) <= room else (low, middle - 1)
        return (*kept, last[:low] + mark)


def _held(text: str, room: float, measure: Callable[[str], float]) -> str:
    """What of a text could stand on lines of so much length together; the rest need not be broken into lines."""
    used = 0.0
    for place, character in enumerate(text):
        used += measure(character)
        if used > room:
            return text[:place]
    return text
