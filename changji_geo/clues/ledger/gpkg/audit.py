"""A ledger file -> everything that is wrong with it, each fault with its row."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from changji_geo.clues.ledger.chain import Fault, Head, check_chain
from changji_geo.clues.ledger.evidence_files import check_evidence
from changji_geo.clues.ledger.gpkg.rows import EVENT_COLUMNS, STATE_COLUMNS, state_from, state_row
from changji_geo.clues.ledger.gpkg.schema import GUARDS
from changji_geo.clues.ledger.walking import Walk
from changji_geo.clues.resting_collector import rest_collector


@rest_collector()
def check_gpkg(
    connection: sqlite3.Connection, evidence_folder: Path | str | None, anchor: Head | None
) -> tuple[Fault, ...]:
    """Integrity of the file, its tables, the chain, stored states against the events, the view, the evidence files.

    Runs inside the caller's transaction. Each event is read once; memory holds one state per clue.
    """
    try:
        broken = [text for (text,) in connection.execute("PRAGMA integrity_check") if text != "ok"]
        faults = [Fault("file", f"文件不完整：{text}") for text in broken]
        faults += _check_schema(connection)
        rows = connection.execute(f"SELECT {EVENT_COLUMNS}, {STATE_COLUMNS} FROM events ORDER BY seq")  # noqa: S608
        walk = Walk(rows, state_row=state_row, state_from=state_from)
        faults += check_chain(walk.events(), head=_head(connection), anchor=anchor, unreadable=walk.unreadable)
        faults += walk.faults
        faults += _check_view(connection, walk)
    except sqlite3.DatabaseError as cause:
        return (Fault("file", f"文件已损坏，读不下去（{cause}）"),)
    if evidence_folder is not None:
        faults += check_evidence(walk.with_evidence, evidence_folder)
    return tuple(faults)


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


def _check_view(connection: sqlite3.Connection, walk: Walk) -> list[Fault]:
    try:
        shown = dict(connection.execute("SELECT clue_id, last_seq FROM clues"))
    except sqlite3.OperationalError as cause:
        return [Fault("schema", f"现状视图 clues 读不出（{cause}）")]
    return walk.view_faults(shown)
