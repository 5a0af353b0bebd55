"""A ledger in PostgreSQL -> everything that is wrong with it, each fault with its row."""

from __future__ import annotations

from pathlib import Path

import psycopg

from changji_geo.clues.ledger.chain import Fault, Head, check_chain
from changji_geo.clues.ledger.evidence_files import check_evidence
from changji_geo.clues.ledger.gpkg.rows import EVENT_COLUMNS
from changji_geo.clues.ledger.postgis.connection import Connection
from changji_geo.clues.ledger.postgis.guards import check_guards
from changji_geo.clues.ledger.postgis.rows import STATE_SELECT, state_from, state_row
from changji_geo.clues.ledger.walking import Walk
from changji_geo.clues.resting_collector import rest_collector

_ROWS = f"SELECT {EVENT_COLUMNS}, {STATE_SELECT} FROM events ORDER BY seq"  # noqa: S608
_FETCHED = 5000
"""Rows that lie in memory at a time."""


@rest_collector()
def check_postgis(
    connection: Connection, schema: str, evidence_folder: Path | str | None, anchor: Head | None
) -> tuple[Fault, ...]:
    """The schema, the chain, stored states against the events, the view, the evidence files.

    Runs inside the caller's transaction. Each event is read once; memory holds one state per clue.
    """
    faults: list[Fault] = []
    try:
        faults += check_guards(connection, schema)
        with connection.cursor(name="events_in_order", binary=True) as rows:
            rows.itersize = _FETCHED
            walk = Walk(rows.execute(_ROWS), state_row=state_row, state_from=state_from)
            faults += check_chain(walk.events(), head=_head(connection), anchor=anchor, unreadable=walk.unreadable)
        faults += walk.faults
        shown = {
            str(clue_id): int(str(seq)) for clue_id, seq in connection.execute("SELECT clue_id, last_seq FROM clues")
        }
        faults += walk.view_faults(shown)
    except (psycopg.ProgrammingError, psycopg.DataError) as cause:
        # A table or column that is gone, a state that is no JSON: what was found so far tells most.
        return (*faults, Fault("schema", f"数据库里的表或视图读不下去（{cause.diag.message_primary}）"))
    except psycopg.InternalError as cause:
        return (*faults, Fault("file", f"数据库已损坏，读不下去（{cause.diag.message_primary}）"))
    if evidence_folder is not None:
        faults += check_evidence(walk.with_evidence, evidence_folder)
    return tuple(faults)


def _head(connection: Connection) -> Head:
    row = connection.execute("SELECT count, last_hash FROM ledger_head").fetchone()
    return Head(int(str(row[0])), str(row[1])) if row else Head(0, "?")
