"""Prepared events -> rows of PostGIS, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence

from changji_geo.clues.ledger.appending import Prepared
from changji_geo.clues.ledger.chain import Head
from changji_geo.clues.ledger.gpkg.rows import EVENT_COLUMNS, STATE_COLUMNS
from changji_geo.clues.ledger.postgis.address import Address
from changji_geo.clues.ledger.postgis.audit import check_postgis
from changji_geo.clues.ledger.postgis.connection import Connection
from changji_geo.clues.ledger.postgis.rows import row_of
from changji_geo.clues.ledger.walking import refuse_faults
from changji_geo.errors import InputError

_COPY = f"COPY events ({EVENT_COLUMNS}, {STATE_COLUMNS}) FROM STDIN"


def read_head(connection: Connection, where: str, *, lock: bool) -> Head:
    """The end of the ledger; with `lock`, other writers wait until the transaction is over."""
    query = f"SELECT count, last_hash FROM ledger_head{' FOR UPDATE' if lock else ''}"  # noqa: S608
    row = connection.execute(query).fetchone()
    if row is None:
        raise InputError("台账没有末尾记录", where=where, fix="不要再写入；用 clues verify 检查，用备份恢复")
    return Head(int(str(row[0])), str(row[1]))


def store_rows(connection: Connection, prepared: Sequence[Prepared]) -> None:
    """Add the rows and move the end."""
    if not prepared:
        return
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for one in prepared:
            copy.write_row(row_of(one))
    last = prepared[-1].event
    connection.execute("UPDATE ledger_head SET count = %s, last_hash = %s", (last.seq, last.hash))


def fill_empty(connection: Connection, address: Address, prepared: Sequence[Prepared]) -> None:
    """Store the events of another ledger in an empty one and verify what is there then.

    Raises
    ------
    InputError
        When the ledger is not empty, or would not verify with these events.
    """
    if count := read_head(connection, address.shown, lock=True).count:
        raise InputError(f"台账里已有 {count} 件事件，不会覆盖", where=address.shown, fix="抄到一个新的台账")
    store_rows(connection, prepared)
    faults = check_postgis(connection, address.schema, None, None)
    refuse_faults(faults, what="抄出的台账", where=address.shown, fix="什么也没有写入；请报告这个错误")
