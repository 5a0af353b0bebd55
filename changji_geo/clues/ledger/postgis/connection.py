"""An address -> a connection that loses no committed row, and PostgreSQL's refusals in Chinese."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import TypeAlias

import psycopg
from psycopg import sql

from changji_geo.clues.ledger.postgis.address import Address
from changji_geo.errors import ChangjiGeoError, EnvironmentFault, InputError, OutputError

LOCK_TIMEOUT_S = 60.0
"""How long a writer waits for another."""

STATEMENT_TIMEOUT_S = 600.0
"""No statement of the ledger takes so long; a client that stands still in a transaction is let go after the same time."""

Connection: TypeAlias = psycopg.Connection[tuple[object, ...]]

_DEFAULTS = {
    "connect_timeout": "10", "application_name": "changji-geo",
    "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "6",
}  # fmt: skip


def connect_database(address: Address, *, timeout_s: float = LOCK_TIMEOUT_S) -> Connection:
    """Connect and make the session safe: each statement by itself, commits on the disk, names looked for in the ledger first.

    Raises
    ------
    EnvironmentFault
        When the server cannot be reached, refuses the user, lacks the database or PostGIS, or does not keep text in UTF-8.
    """
    parameters = _DEFAULTS | dict(address.parameters) | {"client_encoding": "UTF8"}
    try:
        connection = psycopg.connect(**parameters, autocommit=True)  # type: ignore[arg-type]
    except psycopg.OperationalError as cause:
        raise _no_connection(cause, address) from cause
    except psycopg.Error as cause:
        raise InputError(
            f"数据库地址不能用（{_one_line(cause)}）", where=address.shown, fix="核对地址的各个参数"
        ) from cause
    try:
        with postgres_words(address.shown):
            _settle(connection, address, timeout_s)
    except BaseException:
        connection.close()
        raise
    return connection


def _settle(connection: Connection, address: Address, timeout_s: float) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise EnvironmentFault(
            f"数据库的编码是 {encoding}，装不下全部汉字",
            where=address.shown,
            expected="UTF8",
            fix="请管理员用 CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0 另建一个库",
        )
    found = connection.execute(
        "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'"
    ).fetchone()
    if found is None:
        raise EnvironmentFault(
            "数据库里没有装 PostGIS",
            where=address.shown,
            expected="启用了 PostGIS 3 的数据库",
            fix="请管理员装 postgresql-postgis，并在这个库里执行 CREATE EXTENSION postgis",
        )
    # A schema that the user may not look into is passed over in the search path, and the next one taken for it.
    usable = connection.execute(
        "SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = %s", (address.schema,)
    ).fetchone()
    if usable == (False,):
        raise _no_rights(f"不能使用模式 {address.schema}", address.shown)
    path = sql.SQL(", ").join(sql.Identifier(name) for name in (address.schema, str(found[0]), "pg_temp"))
    connection.execute(sql.SQL("SET search_path TO {}").format(path))
    settings = {
        "lock_timeout": timeout_s, "statement_timeout": max(STATEMENT_TIMEOUT_S, timeout_s),
        "idle_in_transaction_session_timeout": max(STATEMENT_TIMEOUT_S, timeout_s),
    }  # fmt: skip
    for name, seconds in settings.items():
        connection.execute("SELECT set_config(%s, %s, false)", (name, f"{seconds * 1000:.0f}"))
    # A stricter setting of the server (remote_apply) stays.
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')"
    )


def server_notice(connection: Connection) -> str:
    """What to tell the user about the server's own safety, "" when there is nothing."""
    row = connection.execute("SELECT current_setting('fsync'), current_setting('full_page_writes')").fetchone()
    off = [name for name, value in zip(("fsync", "full_page_writes"), row or (), strict=False) if value == "off"]
    return f"数据库服务器关闭了 {'、'.join(off)}：断电可能丢失已登记的事件，请管理员打开" if off else ""


@contextlib.contextmanager
def transaction(connection: Connection, where: str, *, write: bool) -> Iterator[None]:
    """All or nothing; a reader sees one moment throughout.

    Raises
    ------
    EnvironmentFault
        When the connection is lost while the server commits: then nobody here knows whether it did, which the message says.
    """
    committing = False
    try:
        with connection.transaction():
            if not write:
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield
            committing = write
    except psycopg.OperationalError as cause:
        if committing and connection.closed:
            raise EnvironmentFault(
                "与数据库的连接在提交时中断，不能确定这一批事件是否已写入（要么全部写入，要么一件也没有）",
                where=where,
                fix="重新打开台账，看末号和这些线索的历史，再决定是否重做",
            ) from cause
        raise


@contextlib.contextmanager
def postgres_words(where: str) -> Iterator[None]:
    """Turn what psycopg raises into our errors, with the ledger named."""
    try:
        yield
    except psycopg.Error as cause:
        raise _in_words(cause, where) from cause


def _no_connection(cause: psycopg.OperationalError, address: Address) -> EnvironmentFault:
    """The client library gives no code for these, only words in the server's language."""
    text = str(cause)
    for pattern, problem, fix in _REFUSALS:
        if re.search(pattern, text):
            return EnvironmentFault(problem, where=address.shown, fix=fix)
    return EnvironmentFault(
        f"连不上数据库（{_one_line(cause)}）",
        where=address.shown,
        fix="核对主机、端口和网络，确认数据库服务正在运行",
    )


_REFUSALS = (
    (
        r"password authentication failed|认证失败|no password supplied|没有提供口令",
        "用户名或密码不对",
        "核对用户和密码；密码宜放在 ~/.pgpass 或环境变量 PGPASSWORD，不写进地址",
    ),
    (r'database ".*" does not exist|数据库 ".*" 不存在', "没有这个数据库", "核对库名，或请管理员建库并启用 PostGIS"),
    (r'role ".*" does not exist|角色 ".*" 不存在', "数据库里没有这个用户", "核对用户名，或请管理员建立用户"),
    (r"pg_hba\.conf", "服务器不允许从这台电脑以这个用户连接", "请管理员在 pg_hba.conf 中放行"),
    (
        r"permission denied for database|对数据库.*权限不够",
        "没有连接这个数据库的权限",
        "请管理员授权：GRANT CONNECT ON DATABASE",
    ),
    (
        r"too many (clients|connections)|太多.*(客户|连接)",
        "数据库的连接已用满",
        "稍后重试，或请管理员提高 max_connections",
    ),
    (r"starting up|shutting down|recovery mode|正在启动|正在关闭|恢复模式", "数据库正在启动或关闭", "稍后重试"),
)


def _in_words(cause: psycopg.Error, where: str) -> ChangjiGeoError:
    code = cause.sqlstate or ""
    text = _one_line(cause)
    if code == "55P03":
        return EnvironmentFault(
            "台账正被另一个程序占用，等了很久也没有轮到", where=where, fix="等对方写完后重试；什么也没有写入"
        )
    if code in ("40001", "40P01", "57014"):
        return EnvironmentFault(
            f"数据库中止了这次操作（{text}），什么也没有写入", where=where, fix="稍后重试；反复出现时请管理员检查服务器"
        )
    if code == "53100":
        return OutputError("数据库的磁盘已满，本次什么也没有写入", where=where, fix="请管理员腾出空间后重试")
    if code == "25006":
        return OutputError("数据库是只读的", where=where, fix="连接主库，不要连接备库；或请管理员取消只读设置")
    if code == "42501":
        return _no_rights(text, where)
    if code.startswith("XX"):
        return InputError(
            f"数据库已损坏（{text}）",
            where=where,
            fix="不要再写入；请管理员检查服务器，用备份恢复后再用 clues verify 核对",
        )
    if code[:2] in ("08", "57", "53", "58") or (not code and isinstance(cause, psycopg.OperationalError)):
        return EnvironmentFault(
            f"与数据库的连接中断（{text}），没有提交的内容都未写入", where=where, fix="检查网络和数据库服务后重试"
        )
    return InputError(f"数据库拒绝了操作（{text}）", where=where, fix="用 clues verify 检查台账")


def _no_rights(what: str, where: str) -> OutputError:
    return OutputError(
        f"没有权限（{what}）",
        where=where,
        fix="请台账的建立者授权：GRANT USAGE ON SCHEMA，GRANT SELECT, INSERT ON events，"
        "GRANT SELECT, UPDATE ON ledger_head，GRANT SELECT ON ledger_info 和 clues",
    )


def _one_line(cause: psycopg.Error) -> str:
    words = cause.diag.message_primary or str(cause)
    return " ".join(words.split())[:300] or type(cause).__name__
