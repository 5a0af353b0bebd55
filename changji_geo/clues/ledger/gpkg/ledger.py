"""The ledger as one GeoPackage file: SQLite with a rollback journal, which QGIS opens."""

from __future__ import annotations

import contextlib
import datetime
import functools
import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from changji_geo.clues.ledger.appending import Current, Prepared
from changji_geo.clues.ledger.blocks import append_blocks
from changji_geo.clues.ledger.chain import Fault, Head, parse_anchor
from changji_geo.clues.ledger.gpkg.audit import check_gpkg
from changji_geo.clues.ledger.gpkg.rows import (
    EVENT_COLUMNS,
    STATE_COLUMNS,
    event_from,
    kept_texts,
    rows_of,
    state_from,
    wkb_of,
)
from changji_geo.clues.ledger.gpkg.schema import check_version
from changji_geo.clues.ledger.gpkg.share_lock import find_share, share_lock
from changji_geo.clues.ledger.gpkg.sqlite_file import BUSY_TIMEOUT_S, connect_file, sqlite_words, transaction
from changji_geo.clues.ledger.gpkg.styles import write_styles, write_zones
from changji_geo.clues.ledger.states import ReadState, build_clue, build_clues
from changji_geo.clues.ledger.walking import refuse_faults
from changji_geo.clues.model import Clue, Event, LayerUse, NewEvent, Status
from changji_geo.clues.resting_collector import rest_collector
from changji_geo.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd

_COLUMNS = f"{EVENT_COLUMNS}, {STATE_COLUMNS}"
_INSERT = f"INSERT INTO events ({_COLUMNS}) VALUES "  # noqa: S608
_ROW = f"({', '.join('?' * len(_COLUMNS.split(',')))})"
_ROWS = 512
"""In one statement, which lets other threads run throughout: handed over one by one, each row would wait its turn."""
_EVENTS = f"SELECT {EVENT_COLUMNS} FROM events"  # noqa: S608
_STATES = f"""SELECT e.clue_id, {STATE_COLUMNS} FROM json_each(?) AS wanted JOIN events AS e
ON e.seq = (SELECT max(seq) FROM events WHERE clue_id = wanted.value)"""  # noqa: S608
_AFTER = "SELECT after FROM events WHERE seq = ?"
_CLUES = """SELECT clues.clue_id, clues.state, clues.original, clues.geom, c.after, i.after FROM clues
LEFT JOIN events AS c ON c.seq = clues.checks_seq LEFT JOIN events AS i ON i.seq = clues.imported_seq
WHERE (?1 IS NULL OR batch = ?1) AND (?2 IS NULL OR status = ?2) AND (?3 IS NULL OR (dropped <> '') = ?3)
ORDER BY clues.clue_id"""


class GpkgLedger:
    """An open ledger file; see `changji_geo.clues.ledger.opening.Ledger` for what each method promises.

    One object belongs to one thread. `share` names the kind of network share that the file is on ("" for none) where it is
    known better than `find_share` can tell; ``notice`` is then a sentence to show the user, and writes take a lock file.
    """

    def __init__(self, path: Path | str, *, share: str | None = None, timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self.path = Path(path)
        self.where = str(path)
        if not self.path.is_file():
            raise InputError("没有这个台账文件", where=str(path), fix="核对路径，或先用 clues import 建立台账")
        self._timeout_s = timeout_s
        self._db = connect_file(self.path, timeout_s=timeout_s)
        try:
            check_version(self._db, self.path)
        except BaseException:
            self._db.close()
            raise
        self._share = find_share(self.path) if share is None else share
        self.notice = (
            f"台账在网络共享（{self._share}）上：写入时在旁边放锁文件 {self.path.name}.lock；"
            "不要同时用别的程序编辑，多人共用请改用 PostGIS"
            if self._share
            else ""
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        self._db.close()

    @rest_collector()
    def append(self, events: Sequence[NewEvent], *, at: datetime.datetime) -> tuple[Event, ...]:
        """Write all or none of them; on return they are on the disk."""
        lock = share_lock(self.path, timeout_s=self._timeout_s) if self._share else contextlib.nullcontext()
        with sqlite_words(self.path), lock, transaction(self._db, write=True):
            return append_blocks(events, at=at, head=self._head(), find_states=self._states, store=self._store)

    def adopt(self, prepared: Sequence[Prepared]) -> None:
        """Write the events of another ledger, from the first on and as they are, into this empty one, and verify: all or none.

        Raises
        ------
        InputError
            When this ledger is not empty, or would not verify with these events.
        """
        lock = share_lock(self.path, timeout_s=self._timeout_s) if self._share else contextlib.nullcontext()
        with sqlite_words(self.path), lock, transaction(self._db, write=True):
            if count := self._head().count:
                raise InputError(f"台账里已有 {count} 件事件，不会覆盖", where=str(self.path), fix="抄到一个新的台账")
            self._store(prepared)
            faults = check_gpkg(self._db, None, None)
            refuse_faults(faults, what="抄出的台账", where=str(self.path), fix="什么也没有写入；请报告这个错误")

    def head(self) -> Head:
        """How many events there are and the last hash."""
        with sqlite_words(self.path):
            return self._head()

    def clue(self, clue_id: str) -> Clue:
        """The present state of one clue."""
        with sqlite_words(self.path), transaction(self._db, write=False):
            current = self._states([clue_id]).get(clue_id)
            if current is None:
                raise InputError(
                    f"台账中没有线索 {clue_id}", where=str(self.path), fix="核对编号，或用 clues list 查看"
                )
            return build_clue(clue_id, current.values)

    def clues(
        self, *, batch: str | None = None, status: Status | None = None, dropped: bool | None = None
    ) -> tuple[Clue, ...]:
        """The present state of the clues, by id."""
        with sqlite_words(self.path):
            rows = self._db.execute(_CLUES, (batch, status, dropped)).fetchall()
        return build_clues(
            (ReadState(row[0], row[1], row[2], wkb_of(row[3]), kept_texts(row[4:])) for row in rows),
            tampered=lambda clue_id: self._tampered(f"线索 {clue_id} 存的状态"),
        )

    def events(self, *, after: int = 0) -> tuple[Event, ...]:
        """All events with a number above `after`, in their order."""
        return tuple(self._read(f"{_EVENTS} WHERE seq > ? ORDER BY seq", after))

    def history(self, clue_id: str) -> tuple[Event, ...]:
        """The events of one clue, in their order; none for an unknown one."""
        return tuple(self._read(f"{_EVENTS} WHERE clue_id = ? ORDER BY seq", clue_id))

    def verify(self, evidence_folder: Path | str | None = None, *, anchor: str | None = None) -> tuple[Fault, ...]:
        """Everything that is wrong; empty when nothing is. Nothing is repaired."""
        kept = parse_anchor(anchor) if anchor else None
        with sqlite_words(self.path), transaction(self._db, write=False):
            return check_gpkg(self._db, evidence_folder, kept)

    def _store(self, prepared: Sequence[Prepared]) -> None:
        if prepared:
            rows = rows_of(prepared)
            while some := [*itertools.islice(rows, _ROWS)]:
                self._db.execute(_INSERT + ", ".join([_ROW] * len(some)), [*itertools.chain.from_iterable(some)])
            last = prepared[-1].event
            self._db.execute("UPDATE ledger_head SET count = ?, last_hash = ?", (last.seq, last.hash))

    def show_zones(self, frame: gpd.GeoDataFrame, *, use: LayerUse, at: datetime.datetime) -> bool:
        """Put the zones and the styles of QGIS into the file; the same ones a second time change nothing."""
        lock = share_lock(self.path, timeout_s=self._timeout_s) if self._share else contextlib.nullcontext()
        with sqlite_words(self.path), lock, transaction(self._db, write=True):
            write_styles(self._db)
            return write_zones(self._db, frame, use=use, at=at)

    def _head(self) -> Head:
        row = self._db.execute("SELECT count, last_hash FROM ledger_head").fetchone()
        if row is None:
            raise InputError(
                "台账没有末尾记录", where=str(self.path), fix="不要再写入；用 clues verify 检查，用备份恢复"
            )
        return Head(*row)

    def _states(self, ids: Sequence[str]) -> dict[str, Current]:
        """The present states of these clues, of those there are; large values are read when asked for."""
        out = {}
        for clue_id, *row in self._db.execute(_STATES, (json.dumps(ids),)).fetchall():
            try:
                found = state_from(tuple(row))
            except ValueError as cause:
                raise self._tampered(f"线索 {clue_id} 存的状态") from cause
            out[clue_id] = found.with_texts({key: functools.partial(self._after, n) for key, n in found.kept.items()})
        return out

    def _after(self, seq: int) -> str:
        row = self._db.execute(_AFTER, (seq,)).fetchone()
        if row is None:
            raise self._tampered(f"存的状态所指的第 {seq} 号事件")
        return str(row[0])

    def _read(self, sql: str, value: int | str) -> Iterator[Event]:
        with sqlite_words(self.path):
            rows: list[tuple[object, ...]] = self._db.execute(sql, (value,)).fetchall()
        for row in rows:
            try:
                yield event_from(row)
            except ValueError as cause:
                raise self._tampered(f"第 {row[0]} 号事件") from cause

    def _tampered(self, what: str) -> InputError:
        return InputError(
            f"{what}被改动，读不出",
            where=str(self.path),
            fix="用 clues verify 查出所有被改动的行，再用备份恢复",
        )
