"""Clues and a day -> the rows that every format writes: values by field, rounded as shown, and the row's stamp."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from changji_geo.clues.exchange.cell_text import DECIMALS, xml_text
from changji_geo.clues.exchange.stamps import stamp_text
from changji_geo.clues.facts import ClueFacts, clue_facts
from changji_geo.clues.fields import FIELDS, Field
from changji_geo.clues.model import Clue
from changji_geo.clues.settings import ClueSettings
from changji_geo.types import SCHEMATIC_NOTICE

Value = str | int | float | datetime.date | None


@dataclass(frozen=True)
class ExportRow:
    """A clue as a row. ``values``: key of each of `FIELDS` -> text, number, date, or None for a blank."""

    facts: ClueFacts
    values: Mapping[str, Value]
    stamp: str

    @property
    def clue(self) -> Clue:
        """The clue."""
        return self.facts.clue

    @property
    def notice(self) -> str:
        """The schematic notice where a check of the clue rests on a schematic layer, else ""."""
        return SCHEMATIC_NOTICE if self.facts.schematic else ""

    def lines(self) -> list[tuple[Field, str]]:
        """Each field that is filled in, with its value as text for reading."""
        return [(field, shown_value(field, value)) for field in FIELDS if (value := self.values[field.key]) is not None]


def export_rows(clues: Sequence[Clue], *, today: datetime.date, settings: ClueSettings) -> tuple[ExportRow, ...]:
    """Make the rows, in the order of the clues' ids.

    Parameters
    ----------
    clues : sequence of Clue
    today : date
        The day that deadlines are compared with.
    settings : ClueSettings
        For the titles of drop reasons.
    """
    ordered = sorted(clues, key=lambda clue: (len(clue.id), clue.id))
    out = []
    for facts in clue_facts(ordered, today=today):
        values = {field.key: _value(facts, field, settings) for field in FIELDS}
        out.append(ExportRow(facts, values, stamp_text(facts.clue, values)))
    return tuple(out)


def shown_value(field: Field, value: Value) -> str:
    """A value for a person to read: date as ISO text, number with its unit.

    Examples
    --------
    >>> from changji_geo.clues.fields import field_of
    >>> shown_value(field_of("area_mu"), 12.5)
    '12.50'
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.{DECIMALS.get(field.key, 3)}f}"
    return "" if value is None else str(value)


def notice_of(rows: Sequence[ExportRow]) -> str:
    """The schematic notice where any row needs it, else ""."""
    return next((row.notice for row in rows if row.notice), "")


def _value(facts: ClueFacts, field: Field, settings: ClueSettings) -> Value:
    value: Any = facts.value(field.key)
    if field.key == "dropped" and value:
        value = settings.drop_reasons.get(value, value)
    if value is None or isinstance(value, datetime.date):
        return value
    if field.kind == "number":
        digits = DECIMALS.get(field.key, 3)
        return round(float(value), digits) if digits else round(value)
    return xml_text(str(value)) or None
