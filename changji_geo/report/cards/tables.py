"""A `FittedCard` -> its tables, every cell with its lines, the columns it takes, and what kind of cell it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from changji_geo.report.cards.fitting import CHECKS, FACTS, FINDINGS, ZONES, FittedCard, Lines, Row

CellKind = Literal["head", "caption", "text", "alert", "number"]
"""A column's name; the name of what stands beside it; a text; one that needs attention; a number, set at the right."""


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell that takes the columns from ``first`` to the one before ``last``."""

    lines: Lines
    first: int
    last: int
    kind: CellKind

    @property
    def text(self) -> str:
        """The lines as one paragraph."""
        return "".join(self.lines)

    @property
    def shaded(self) -> bool:
        """Whether it names others."""
        return self.kind in ("head", "caption")


@dataclass(frozen=True, slots=True)
class TableRow:
    """Cells side by side, and their height in millimetres."""

    cells: tuple[TableCell, ...]
    height: float


@dataclass(frozen=True, slots=True)
class CardTable:
    """A table: the widths of its columns in millimetres, and its rows."""

    name: str
    widths: tuple[float, ...]
    rows: tuple[TableRow, ...]


class CardTables(NamedTuple):
    """The tables of a card from its top to its bottom; ``facts`` stand beside the map."""

    facts: CardTable
    zones: CardTable
    checks: CardTable
    findings: CardTable


def card_tables(fitted: FittedCard) -> CardTables:
    """Build the tables of a card; the priority is the last row of the checks."""
    facts = [
        _row(row, FACTS, ("caption", "alert" if pair.alert else "text"))
        for row, pair in zip(fitted.facts, fitted.card.facts, strict=True)
    ]
    zones = [_row(row, ZONES, ("text", "text", "number", "number", "number")) for row in fitted.zones[1:]]
    checks = [_row(row, CHECKS, ("text",) * 3) for row in fitted.checks[1:]]
    findings = [_row(row, FINDINGS, ("caption", "text") * 2) for row in fitted.findings]
    return CardTables(
        CardTable("facts", FACTS, tuple(facts)),
        CardTable("zones", ZONES, (_head(fitted.zones[0], ZONES), *zones)),
        CardTable(
            "checks", CHECKS,
            (_head(fitted.checks[0], CHECKS), *checks, _row(fitted.priority, CHECKS, ("caption", "text"))),
        ),
        CardTable("findings", FINDINGS, tuple(findings)),
    )  # fmt: skip


def _head(row: Row, widths: Sequence[float]) -> TableRow:
    heads: list[CellKind] = ["head"] * len(widths)
    return _row(row, widths, heads)


def _row(row: Row, widths: Sequence[float], kinds: Sequence[CellKind]) -> TableRow:
    """Cells of these kinds; the last that is not empty takes the columns that are left, where no number can stand."""
    used = [n for n, lines in enumerate(row.cells) if lines]
    cells = []
    for n in used:
        last = len(widths) if n == used[-1] else n + 1
        kind = "text" if kinds[n] == "number" and last - n > 1 else kinds[n]
        cells.append(TableCell(row.cells[n], n, last, kind))
    return TableRow(tuple(cells), row.height)
