"""The ledger as a schema of a PostgreSQL database with PostGIS, for an office that shares one.

Plain psycopg 3: a dozen statements do not earn SQLAlchemy and GeoAlchemy2, which the design had named.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from changji_geo.clues.ledger.appending import Current, Prepared, prepare_events
from changji_geo.clues.ledger.chain import Fault, Head, parse_anchor
from changji_geo.clues.ledger.gpkg.rows import EVENT_COLUMNS, event_from, kept_texts
from changji_geo.clues.ledger.postgis.address import parse_address
from changji_geo.clues.ledger.postgis.audit import check_postgis
from changji_geo.clues.ledger.postgis.connection import (
    LOCK_TIMEOUT_S,
    connect_database,
    postgres_words,
    server_notice,
    transaction,
)
from changji_geo.clues.ledger.postgis.rows import STATE_SELECT, Row, state_from
from changji_geo.clues.ledger.postgis.schema import check_version, create_tables, has_ledger
from changji_geo.clues.ledger.postgis.storing import fill_empty, read_head, store_rows
from changji_geo.clues.ledger.states import ReadState, build_clue, build_clues
from changji_geo.clues.model import Clue, Event, LayerUse, NewEvent, Status
from changji_geo.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd

_EVENTS = f"SELECT {EVENT_COLUMNS} FROM events"  # noqa: S608
_LATEST = f"""SELECT wanted.clue_id, e.* FROM unnest(%s::text[]) AS wanted (clue_id)
CROSS JOIN LATERAL (SELECT {STATE_SELECT} FROM events WHERE clue_id = wanted.clue_id ORDER BY seq DESC LIMIT 1) e"""  # noqa: S608
_AFTER = "SELECT after FROM events WHERE seq = %s"
_CLUES = """SELECT e.clue_id, e.state, ST_AsBinary(e.original, 'NDR'), ST_AsBinary(e.geom, 'NDR'), c.after, i.after
FROM events e LEFT JOIN events c ON c.seq = e.checks_seq LEFT JOIN events i ON i.seq = e.imported_seq
WHERE e.seq IN (SELECT last_seq FROM clues
WHERE (%(batch)s::text IS NULL OR batch = %(batch)s) AND (%(status)s::text IS NULL OR status = %(status)s)
AND (%(dropped)s::boolean IS NULL OR (dropped <> '') = %(dropped)s)) ORDER BY e.clue_id COLLATE "C\""""


class PostgisLedger:
    """An open ledger in PostgreSQL; see `changji_geo.clues.ledger.opening.Ledger` for what each method promises.

    One object belongs to one thread. Writers queue on the row of ``ledger_head``, so that each sees what the one before wrote.
    A connection that was lost stays so: open the ledger again. A pooler must keep the session (not per transaction).
    """

    def __init__(self, location: str, *, timeout_s: float = LOCK_TIMEOUT_S) -> None:
        self._address = parse_address(location)
        self.where = self._address.shown
        self._db = connect_database(self._address, timeout_s=timeout_s)
        try:
            with postgres_words(self.where):
                check_version(self._db, self._address)
                self.notice = server_notice(self._db)
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def show_zones(self, frame: gpd.GeoDataFrame, *, use: LayerUse, at: datetime.datetime) -> bool:
        """Nothing: QGIS shows the reserves of the database's own layers."""
        return False

    def close(self) -> None:
        """Let go of the connection; a second time does nothing."""
        self._db.close()

    def append(self, events: Sequence[NewEvent], *, at: datetime.datetime) -> tuple[Event, ...]:
        """Write all or none of them; on return they are on the server's disk."""
        with postgres_words(self.where), transaction(self._db, self.where, write=True):
            head = read_head(self._db, self.where, lock=True)
            known = self._latest({event.clue_id for event in events})
            prepared = prepare_events(events, at=at, head=head, find_current=known.get)
            store_rows(self._db, prepared)
        return tuple(one.event for one in prepared)

    def adopt(self, prepared: Sequence[Prepared]) -> None:
        """Write the events of another ledger, from the first on and as they are, into this empty one, and verify: all or none.

        Raises
        ------
        InputError
            When this ledger is not empty, or would not verify with these events.
        """
        with postgres_words(self.where), transaction(self._db, self.where, write=True):
            fill_empty(self._db, self._address, prepared)

    def head(self) -> Head:
        """How many events there are and the last hash."""
        with postgres_words(self.where):
            return read_head(self._db, self.where, lock=False)

    def clue(self, clue_id: str) -> Clue:
        """The present state of one clue."""
        with postgres_words(self.where):
            current = self._latest({clue_id}).get(clue_id)
            if current is None:
                raise InputError(f"台账中没有线索 {clue_id}", where=self.where, fix="核对编号，或用 clues list 查看")
            return build_clue(clue_id, current.values)

    def clues(
        self, *, batch: str | None = None, status: Status | None = None, dropped: bool | None = None
    ) -> tuple[Clue, ...]:
        """The present state of the clues, by id."""
        with postgres_words(self.where):
            found = self._db.execute(
                _CLUES, {"batch": batch, "status": status, "dropped": dropped}, binary=True
            ).fetchall()
        return build_clues(
            (ReadState(str(row[0]), str(row[1]), row[2], row[3], kept_texts(row[4:])) for row in found),  # type: ignore[arg-type]
            tampered=lambda clue_id: self._tampered(f"线索 {clue_id} 存的状态"),
        )

    def events(self, *, after: int = 0) -> tuple[Event, ...]:
        """All events with a number above `after`, in their order."""
        return tuple(self._read(f"{_EVENTS} WHERE seq > %s ORDER BY seq", after))

    def history(self, clue_id: str) -> tuple[Event, ...]:
        """The events of one clue, in their order; none for an unknown one."""
        if not clue_id.isprintable():
            return ()
        return tuple(self._read(f"{_EVENTS} WHERE clue_id = %s ORDER BY seq", clue_id))

    def verify(self, evidence_folder: Path | str | None = None, *, anchor: str | None = None) -> tuple[Fault, ...]:
        """Everything that is wrong; empty when nothing is. Nothing is repaired."""
        kept = parse_anchor(anchor) if anchor else None
        with postgres_words(self.where), transaction(self._db, self.where, write=False):
            return check_postgis(self._db, self._address.schema, evidence_folder, kept)

    def _latest(self, ids: set[str]) -> dict[str, Current]:
        """The present states of these clues, of those there are."""
        sent = [clue_id for clue_id in ids if clue_id.isprintable()]
        rows = self._db.execute(_LATEST, (sent,), binary=True).fetchall() if sent else []
        return {str(row[0]): self._state(row[1:], str(row[0])) for row in rows}

    def _state(self, row: Row, clue_id: str) -> Current:
        try:
            found = state_from(row)
        except ValueError as cause:
            raise self._tampered(f"线索 {clue_id} 存的状态") from cause
        return found.with_texts({key: functools.partial(self._after, seq) for key, seq in found.kept.items()})

    def _after(self, seq: int) -> str:
        row = self._db.execute(_AFTER, (seq,)).fetchone()
        if row is None:
            raise self._tampered(f"存的状态所指的第 {seq} 号事件")
        return str(row[0])

    def _read(self, sql: str, value: int | str) -> Iterator[Event]:
        with postgres_words(self.where):
            rows = self._db.execute(sql, (value,), binary=True).fetchall()
        for row in rows:
            try:
                yield event_from(row)
            except ValueError as cause:
                raise self._tampered(f"第 {row[0]} 号事件") from cause

    def _tampered(self, what: str) -> InputError:
        return InputError(
            f"{what}被改动，读不出", where=self.where, fix="用 clues verify 查出所有被改动的行，再用备份恢复"
        )


def create_postgis(location: str, contents: Sequence[Prepared] = ()) -> None:
    """Make a ledger, empty or with the events of another, in one transaction; never over another.

    Raises
    ------
    InputError
        When there is one already, or the events do not make one that verifies.
    EnvironmentFault
        When the database cannot be reached or does not allow it.
    """
    address = parse_address(location)
    connection = connect_database(address)
    try:
        with postgres_words(address.shown), transaction(connection, address.shown, write=True):
            create_tables(connection, address)
            if contents:
                fill_empty(connection, address, contents)
    finally:
        connection.close()


def postgis_exists(location: str) -> bool:
    """Whether there is a ledger at an address; a database that cannot be reached raises EnvironmentFault."""
    address = parse_address(location)
    connection = connect_database(address)
    try:
        with postgres_words(address.shown):
            return has_ledger(connection, address)
    finally:
        connection.close()
