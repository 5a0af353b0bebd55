"""The columns of a layer while they are made from a file's fields, and what is to be said about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from changji_geo.intake.findings import SHOWN_ROWS, IntakeFinding
from changji_geo.layer_description import Column
from changji_geo.types import Level

SHOWN_VALUES = 8
"""How many distinct values a message lists before it only counts the rest."""

RESERVED = frozenset({"geometry", "value", "unit", "period", "quote"})
"""Names the package gives to geometry and to an attached indicator."""


@dataclass
class ColumnTable:
    """The columns made so far, and what is to be said about them.

    ``cells``: column -> one Python value a row, None for nothing. ``described``: what each column is. ``fields``: column ->
    the field it came from.
    """

    index: pd.Index[Any]
    row_word: str
    cells: dict[str, list[Any]] = field(default_factory=dict)
    described: dict[str, Column] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    findings: list[IntakeFinding] = field(default_factory=list)

    def say(self, level: Level, rule: str, message: str, column: str = "", row: int | None = None) -> None:
        """Add a finding."""
        self.findings.append(IntakeFinding(level, rule, message, row, column))

    def rows(self, chosen: Iterable[int]) -> str:
        """``第 3、5 个要素``, of many the first and their number."""
        numbers = [int(self.index[i]) for i in chosen]
        named = "、".join(str(n) for n in numbers[:SHOWN_ROWS])
        return f"第 {named}{f'……等 {len(numbers)}' if len(numbers) > SHOWN_ROWS else ''} {self.row_word}"

    def fill(self, column: Column, cells: Sequence[Any]) -> None:
        """Put cells where the column is still empty."""
        present = self.cells.get(column.name, [None] * len(self.index))
        self.cells[column.name] = [new if now is None else now for now, new in zip(present, cells, strict=True)]
        self.described.setdefault(column.name, column)
