"""A path -> a SQLite connection that loses no committed row, and SQLite's refusals in Chinese."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from changji_geo.errors import ChangjiGeoError, EnvironmentFault, InputError, OutputError

BUSY_TIMEOUT_S = 60.0
"""How long a writer waits for another."""

_CACHE_KIB = 64 * 1024
"""Room for the index of 100,000 clues; with SQLite's 2 MB a long write reads it again and again."""


def connect_file(path: Path, *, timeout_s: float = BUSY_TIMEOUT_S) -> sqlite3.Connection:
    """Open a file with a rollback journal and full sync.

    A write-ahead log is turned off where another program (QGIS does) turned it on: on a network share it freezes or loses
    commits, and a file copied without its ``-wal`` lacks rows. ``synchronous=EXTRA`` also syncs the folder after the journal
    is gone, so that a commit that was acknowledged survives a power cut.
    """
    with sqlite_words(path):
        # Rows are stored by a thread of their own (`changji_geo.clues.ledger.blocks`), never by two at once.
        connection = sqlite3.connect(path, timeout=timeout_s, isolation_level=None, check_same_thread=False)
        # Text with a broken byte is read all the same, so that verification can name its row.
        connection.text_factory = lambda data: data.decode("utf-8", "backslashreplace")
        try:
            # A pragma that reads nothing would not notice that the file is no database.
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "delete":
                connection.execute("PRAGMA journal_mode=DELETE").fetchone()
            connection.execute("PRAGMA synchronous=EXTRA")
            connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        except sqlite3.Error:
            connection.close()
            raise
    return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, *, write: bool) -> Iterator[None]:
    """All or nothing. A writer takes its turn at once (``BEGIN IMMEDIATE``); a reader sees one moment throughout."""
    connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # After a full disk SQLite has rolled back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def sqlite_words(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into our errors, with the file named."""
    try:
        yield
    except sqlite3.Error as cause:
        raise _in_words(cause, str(path)) from cause


def _in_words(cause: sqlite3.Error, where: str) -> ChangjiGeoError:
    text = str(cause)
    # The extended code's low byte is the kind of error.
    code = (getattr(cause, "sqlite_errorcode", None) or sqlite3.SQLITE_ERROR) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return EnvironmentFault(
            "台账正被另一个程序占用，等了很久也没有轮到",
            where=where,
            fix="关闭正在编辑台账的程序（例如 QGIS 的编辑状态）后重试；什么也没有写入",
        )
    if code == sqlite3.SQLITE_FULL:
        return OutputError("磁盘已满，本次什么也没有写入", where=where, fix="腾出空间后重试；台账仍是写入前的内容")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return OutputError(
            f"台账打不开或不能写入（{text}）", where=where, fix="检查文件和所在文件夹的写权限（SQLite 要在旁边写日志）"
        )
    if code == sqlite3.SQLITE_IOERR:
        return OutputError(
            f"读写出错（{text}），本次什么也没有写入", where=where, fix="检查磁盘空间、配额和网络连接后重试"
        )
    if code == sqlite3.SQLITE_NOTADB:
        return InputError(
            "不是 SQLite 文件", where=where, expected="由 clues import 建立的台账（.gpkg）", fix="核对路径"
        )
    if code == sqlite3.SQLITE_CORRUPT:
        return InputError(
            f"文件已损坏（{text}）", where=where, fix="不要再写入；用最近的备份恢复，并用 clues verify 核对"
        )
    return InputError(f"数据库拒绝了操作（{text}）", where=where, fix="用 clues verify 检查台账")
