"""A ledger file -> everything that is wrong with it, each fault with its row."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import shapely

from changji_geo.clues.ledger.appending import Current
from changji_geo.clues.ledger.chain import Fault, Head, check_chain
from changji_geo.clues.ledger.evidence_files import check_evidence
from changji_geo.clues.ledger.gpkg.rows import EVENT_COLUMNS, STATE_COLUMNS, Row, event_from, state_from, state_row
from changji_geo.clues.ledger.gpkg.schema import GUARDS
from changji_geo.clues.ledger.states import values_after
from changji_geo.clues.model import Event

_STATE_NAMES = tuple(STATE_COLUMNS.split(", "))
_WIDTH = len(EVENT_COLUMNS.split(", "))


def check_gpkg(
    connection: sqlite3.Connection, evidence_folder: Path | str | None, anchor: Head | None
) -> tuple[Fault, ...]:
    """Integrity of the file, its tables, the chain, stored states against the events, the view, the evidence files.

    Runs inside the caller's read transaction. Each event is read once; memory holds one state per clue.
    """
    try:
        broken = [text for (text,) in connection.execute("PRAGMA integrity_check") if text != "ok"]
        faults = [Fault("file", f"文件不完整：{text}") for text in broken]
        faults += _check_schema(connection)
        walk = _Walk(connection)
        faults += check_chain(walk.events(), head=_head(connection), anchor=anchor, unreadable=walk.unreadable)
        faults += walk.faults
        faults += _check_view(connection, walk)
    except sqlite3.DatabaseError as cause:
        return (Fault("file", f"文件已损坏，读不下去（{cause}）"),)
    if evidence_folder is not None:
        faults += check_evidence(walk.with_evidence, evidence_folder)
    return tuple(faults)


class _Walk:
    """One pass over the rows, which feeds the chain and replays the states beside it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.faults: list[Fault] = []
        self.unreadable: set[int] = set()
        self.last_seq: dict[str, int] = {}
        self.with_evidence: list[Event] = []
        self._bases: dict[str, list[Current]] = {}

    def events(self) -> Iterator[Event]:
        sql = f"SELECT {EVENT_COLUMNS}, {STATE_COLUMNS} FROM events ORDER BY seq"  # noqa: S608
        for row in self._connection.execute(sql):
            try:
                event = event_from(row[:_WIDTH])
            except ValueError:
                seq = row[0]
                self.faults.append(Fault("row", f"第 {seq} 号事件的内容被改动：不是本程序写出的样子", seq, str(row[1])))
                self.unreadable.add(seq)
                if isinstance(row[1], str):
                    self.last_seq[row[1]] = seq
                    self._bases[row[1]] = [*self._bases.get(row[1], ()), *_stored(row[_WIDTH:])]
                continue
            self.last_seq[event.clue_id] = event.seq
            self._compare(event, row[_WIDTH:])
            if event.evidence:
                self.with_evidence.append(event)
            yield event

    def _compare(self, event: Event, stored: Row) -> None:
        """The stored state against the one the events give.

        After a fault both the computed and the stored state are kept to go on from, so that what follows is not named again.
        """
        bases = self._bases.get(event.clue_id) or [Current(event.seq, {})]
        results = [Current(base.first_seq, values_after(base.values, event.after)) for base in bases]
        rows = [_row(result) for result in results]
        for result, row in zip(results, rows, strict=True):
            if row == stored and list(map(type, row)) == list(map(type, stored)):
                self._bases[event.clue_id] = [result]
                return
        self._bases[event.clue_id] = [*results[:1], *_stored(stored)]
        if rows[0]:
            pairs = zip(_STATE_NAMES, rows[0], stored, strict=True)
            wrong = "、".join(name for name, a, b in pairs if a != b or type(a) is not type(b))
            words = f"第 {event.seq} 号事件（线索 {event.clue_id}）存的状态与重放事件所得不符：列 {wrong}"
        else:
            words = f"第 {event.seq} 号事件（线索 {event.clue_id}）之前没有能读的导入事件"
        self.faults.append(Fault("state", words, event.seq, event.clue_id))


def _row(state: Current) -> Row:
    """The columns of a state, none where the values make no clue."""
    try:
        return state_row(state)
    except (KeyError, TypeError, ValueError, shapely.errors.GEOSException):
        return ()


def _stored(row: Row) -> list[Current]:
    try:
        return [state_from(row)]
    except ValueError:
        return []


def _check_schema(connection: sqlite3.Connection) -> list[Fault]:
    found = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    faults = [
        Fault("schema", f"表结构“{name}”{'被改动' if name in found else '缺失'}：事件可能被改动过")
        for name, sql in GUARDS.items()
        if found.get(name) != sql
    ]
    strange = [
        name
        for name, table in connection.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
        if table in ("events", "clues", "ledger_head") and name not in GUARDS
    ]
    return faults + [Fault("schema", f"多出触发器“{name}”，不是本程序所建") for name in sorted(strange)]


def _head(connection: sqlite3.Connection) -> Head:
    row = connection.execute("SELECT count, last_hash FROM ledger_head").fetchone()
    return Head(*row) if row and isinstance(row[0], int) else Head(0, "?")


def _check_view(connection: sqlite3.Connection, walk: _Walk) -> list[Fault]:
    try:
        shown = dict(connection.execute("SELECT clue_id, last_seq FROM clues"))
    except sqlite3.OperationalError as cause:
        return [Fault("schema", f"现状视图 clues 读不出（{cause}）")]
    return [
        Fault("state", f"现状视图里线索 {clue_id} 不是它最后一件事件的状态", walk.last_seq.get(clue_id), str(clue_id))
        for clue_id in sorted(shown.keys() | walk.last_seq.keys(), key=str)
        if shown.get(clue_id) != walk.last_seq.get(clue_id)
    ]
