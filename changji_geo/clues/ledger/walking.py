"""Stored rows -> events for the chain and, beside it, the faults of rows and states: one pass that every ledger shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import shapely

from changji_geo.clues.ledger.appending import Current, state_after
from changji_geo.clues.ledger.chain import Fault
from changji_geo.clues.ledger.gpkg.rows import EVENT_COLUMNS, STATE_COLUMNS, event_from
from changji_geo.clues.ledger.states import KEPT_KEYS
from changji_geo.clues.ledger.stored_values import StoredValues
from changji_geo.clues.model import Event
from changji_geo.errors import InputError

LISTED_FAULTS = 10
"""How many faults a refusal lists before it only counts the rest."""

Row = tuple[Any, ...]

_STATE_NAMES = tuple(STATE_COLUMNS.split(", "))
_WIDTH = len(EVENT_COLUMNS.split(", "))


class Walk:
    """One pass over the rows, which feeds the chain and replays the states beside it.

    Memory holds one state per clue. `state_row` and `state_from` are how the ledger stores a state: a `Current` to the columns
    of `STATE_COLUMNS` and back (ValueError where they hold none).
    """

    def __init__(
        self, rows: Iterable[Row], *, state_row: Callable[[Current], Row], state_from: Callable[[Row], Current]
    ) -> None:
        self._rows = rows
        self._state_row = state_row
        self._state_from = state_from
        self.faults: list[Fault] = []
        self.unreadable: set[int] = set()
        self.last_seq: dict[str, int] = {}
        self.with_evidence: list[Event] = []
        self._bases: dict[str, list[Current]] = {}

    def events(self) -> Iterator[Event]:
        """The events that can be read, in the order of the rows; once."""
        for row in self._rows:
            try:
                event = event_from(row[:_WIDTH])
            except ValueError:
                self._note_unreadable(row)
                continue
            self.last_seq[event.clue_id] = event.seq
            self._compare(event, row[_WIDTH:])
            if event.evidence:
                self.with_evidence.append(event)
            yield event

    def view_faults(self, shown: Mapping[str, int]) -> list[Fault]:
        """Where the view ``clues`` (clue id -> number of the event shown) does not show a clue's last event."""
        return [
            Fault(
                "state", f"现状视图里线索 {clue_id} 不是它最后一件事件的状态", self.last_seq.get(clue_id), str(clue_id)
            )
            for clue_id in sorted(shown.keys() | self.last_seq.keys(), key=str)
            if shown.get(clue_id) != self.last_seq.get(clue_id)
        ]

    def _note_unreadable(self, row: Row) -> None:
        seq, clue_id = row[:2]
        self.faults.append(Fault("row", f"第 {seq} 号事件的内容被改动：不是本程序写出的样子", seq, str(clue_id)))
        self.unreadable.add(seq)
        if isinstance(clue_id, str):
            self.last_seq[clue_id] = seq
            self._bases[clue_id] = [*self._bases.get(clue_id, ()), *self._stored(row[_WIDTH:])]

    def _compare(self, event: Event, stored: Row) -> None:
        """The stored state against the one the events give.

        After a fault both the computed and the stored state are kept to go on from, so that what follows is not named again.
        """
        bases: Sequence[Current | None] = self._bases.get(event.clue_id) or (None,)
        results = [_lean(state_after(base, event.seq, event.after)) for base in bases]
        rows = [self._row(result) for result in results]
        for result, row in zip(results, rows, strict=True):
            if row == stored and list(map(type, row)) == list(map(type, stored)):
                self._bases[event.clue_id] = [result]
                return
        self._bases[event.clue_id] = [*results[:1], *self._stored(stored)]
        if rows[0]:
            pairs = zip(_STATE_NAMES, rows[0], stored, strict=True)
            wrong = "、".join(name for name, a, b in pairs if a != b or type(a) is not type(b))
            words = f"第 {event.seq} 号事件（线索 {event.clue_id}）存的状态与重放事件所得不符：列 {wrong}"
        else:
            words = f"第 {event.seq} 号事件（线索 {event.clue_id}）之前没有能读的导入事件"
        self.faults.append(Fault("state", words, event.seq, event.clue_id))

    def _row(self, state: Current) -> Row:
        """The columns of a state, none where the values make no clue."""
        try:
            return self._state_row(state)
        except (KeyError, TypeError, ValueError, shapely.errors.GEOSException):
            return ()

    def _stored(self, row: Row) -> list[Current]:
        try:
            return [self._state_from(row)]
        except ValueError:
            return []


def _lean(state: Current) -> Current:
    """The state without the values that its row does not hold."""
    values = state.values
    lean = values.without(*KEPT_KEYS) if isinstance(values, StoredValues) and state.kept else values
    return Current(state.first_seq, lean, state.kept)


def refuse_faults(faults: Sequence[Fault], *, what: str, where: str, fix: str) -> None:
    """Raise when there are any.

    Raises
    ------
    InputError
        Listing the first of them.
    """
    if faults:
        listed = "；".join(fault.message for fault in faults[:LISTED_FAULTS])
        more = "；……" if len(faults) > LISTED_FAULTS else ""
        raise InputError(f"{what}核对不通过，共 {len(faults)} 处：{listed}{more}", where=where, fix=fix)
