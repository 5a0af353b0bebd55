"""A row that came back, the clue as it stands, and the row's stamp -> which cells changed, and what cannot be taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from changji_geo.clues.exchange.cell_text import field_text
from changji_geo.clues.exchange.returned import ReturnedRow
from changji_geo.clues.exchange.stamps import Stamp
from changji_geo.clues.fields import FIELDS, Field, field_of
from changji_geo.clues.model import Clue
from changji_geo.standards.reserves import CLOSED_STATUS


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell that the file changes. ``field`` is the field's key; None stands for a blank."""

    clue_id: str
    row: int
    field: str
    before: str | None
    after: str | None

    @property
    def title(self) -> str:
        """The field's Chinese title."""
        return field_of(self.field).title


@dataclass(frozen=True)
class Compared:
    """The cells of a row that changed, and problems (Chinese) for which the row is refused."""

    changes: Sequence[CellChange]
    problems: Sequence[str]


def compare_cells(row: ReturnedRow, clue: Clue, stamp: Stamp | None) -> Compared:
    """Compare three sides of each cell: the file, the ledger now, and the file when it was exported.

    Parameters
    ----------
    row : ReturnedRow
    clue : Clue
        Its present state.
    stamp : Stamp or None
        What was exported; without it a blank of the ledger may be filled in, and nothing else.
    """
    changes: list[CellChange] = []
    problems: list[str] = []
    for field in FIELDS:
        if field.key not in row.cells:
            continue
        text = field_text(field, row.cells[field.key])
        if not field.desk:
            if stamp is not None and not stamp.holds(field, text):
                problems.append(f"“{field.title}”不由表格填写，改动不读回；还原后再交")
            continue
        now = field_text(field, clue.status if field.key == "status" else clue.fields.get(field.key))
        if text == now or (stamp.holds(field, text) if stamp else not text):
            continue
        problem = _problem(field, text, now, stamp)
        if problem:
            problems.append(problem)
        else:
            changes.append(CellChange(clue.id, row.number, field.key, now or None, text or None))
    return Compared(tuple(changes), tuple(problems))


def _problem(field: Field, text: str, now: str, stamp: Stamp | None) -> str:
    """Why a cell that differs cannot be taken, "" when it can."""
    if stamp is None and now:
        return f"“{field.title}”台账现为“{_short(now)}”，表内为“{_short(text)}”；没有导出戳，不知道谁改的，不覆盖"
    if stamp is not None and not stamp.holds(field, now):
        return f"“{field.title}”有冲突：台账在导出后改为{_said(now)}，表内改为{_said(text)}"
    if field.key == "status" and not text:
        return "“状态”不能清空"
    if field.key == "status" and text == CLOSED_STATUS:
        return f"不能在表中改为“{CLOSED_STATUS}”；用 clues close，附文号和整改前后证据"
    return ""


def _said(text: str) -> str:
    return f"“{_short(text)}”" if text else "空"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}……"
