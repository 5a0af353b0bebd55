"""The tables of a ledger in PostGIS: made in one transaction, found again and checked when it is opened.

``events`` is append-only: triggers refuse the rest, also in replica mode; who does not own the tables cannot take the triggers
away, so the desk's people are best given only SELECT and INSERT on ``events`` and SELECT and UPDATE on ``ledger_head``.
``before``, ``after`` and ``state`` are text, so that their hashes hold to the letter. ``clues`` is a view of the latest row of
each clue with its key ``fid`` and a flat geometry (SRID 4490) for QGIS, and all fields as jsonb but
the large ones, ``checks`` and ``imported``, of which it names the event that set them; heights are kept in ``events``.
"""

from __future__ import annotations

from psycopg import errors, sql

from changji_geo.clues.ledger.gpkg.schema import DESK_COLUMNS, LEDGER_VERSION
from changji_geo.clues.ledger.postgis.address import Address
from changji_geo.clues.ledger.postgis.connection import Connection
from changji_geo.errors import InputError

TABLES: dict[str, tuple[tuple[str, str, bool], ...]] = {
    "events": (
        ("seq", "bigint", True), ("clue_id", "text", True), ("kind", "text", True), ("at", "text", True),
        ("actor", "text", True), ("before", "text", True), ("after", "text", True), ("reason", "text", True),
        ("evidence", "text", True), ("prev_hash", "text", True), ("hash", "text", True), ("first_seq", "bigint", True),
        ("checks_seq", "bigint", False), ("imported_seq", "bigint", False), ("state", "text", True), ("original", "geometry", False), ("geom", "geometry", True),
    ),
    "ledger_head": (("id", "integer", True), ("count", "bigint", True), ("last_hash", "text", True)),
    "ledger_info": (("id", "integer", True), ("ledger_version", "integer", True)),
}  # fmt: skip
"""Table -> its columns: name, type, whether it must be filled."""

CONSTRAINTS = {
    "events": {
        "events_pkey": "PRIMARY KEY (seq)",
        "events_geom_srid": "CHECK ((st_srid(geom) = 4490))",
        "events_original_srid": "CHECK ((st_srid(original) = 4490))",
    },
    "ledger_head": {"ledger_head_pkey": "PRIMARY KEY (id)", "ledger_head_one": "CHECK ((id = 1))"},
    "ledger_info": {"ledger_info_pkey": "PRIMARY KEY (id)", "ledger_info_one": "CHECK ((id = 1))"},
}
"""Table -> its constraints, as PostgreSQL spells them."""

TRIGGERS = {
    "events_no_update": ("UPDATE", "ROW", 19),
    "events_no_delete": ("DELETE", "ROW", 11),
    "events_no_truncate": ("TRUNCATE", "STATEMENT", 34),
}
"""Trigger of ``events`` -> what it refuses, for each row or once, and both as ``pg_trigger.tgtype`` has it."""

REFUSAL = " BEGIN RAISE EXCEPTION '事件只能追加，不能改动或删除'; END "
"""The body of the function ``events_refuse``."""

VIEW_SELECT = f"""SELECT e.first_seq AS fid, e.clue_id AS clue_id,
s.fields ->> 'batch' AS batch, s.fields ->> 'original_id' AS original_id,
coalesce(s.fields ->> 'status', '待核查') AS status, s.fields ->> 'observed' AS observed,
coalesce(s.fields ->> 'dropped', '') AS dropped,
{", ".join(f"s.fields ->> '{name}' AS {name}" for name in DESK_COLUMNS)},
e.seq AS last_seq, e.kind AS last_kind, e.at AS changed_at, e.actor AS changed_by,
e.checks_seq AS checks_seq, e.imported_seq AS imported_seq, s.fields AS fields,
ST_Force2D(e.geom)::geometry(Geometry, 4490) AS geom
FROM events e CROSS JOIN LATERAL (SELECT e.state::jsonb AS fields OFFSET 0) s
WHERE e.seq IN (SELECT max(seq) FROM events GROUP BY clue_id)"""  # noqa: S608
"""The view ``clues``; OFFSET 0 keeps the text from being parsed once a column."""

_COMMENTS = (
    "COMMENT ON VIEW clues IS '线索（现状）：每条线索的最新状态，由事件得出，不要直接编辑'",
    "COMMENT ON TABLE events IS '事件（只增不改）：每件事件及其后的状态，逐件以散列值相连'",
    "COMMENT ON TABLE ledger_head IS '末尾记录：事件数和最后一件的散列值'",
    "COMMENT ON TABLE ledger_info IS '台账版本'",
)


def create_tables(connection: Connection, address: Address) -> None:
    """Make an empty ledger, inside the caller's transaction; never over another.

    Raises
    ------
    InputError
        When the schema holds a ledger already, or other tables of these names.
    """
    if taken := sorted(_relations(connection, address.schema)):
        raise InputError(
            f"模式 {address.schema} 中已有 {'、'.join(taken)}，不会覆盖",
            where=address.shown,
            fix="用 ?schema= 换一个模式名，或打开这个台账继续登记",
        )
    try:
        if not _has_schema(connection, address.schema):
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(address.schema)))
        for statement in _statements():
            connection.execute(statement)
    except (errors.DuplicateTable, errors.DuplicateSchema, errors.DuplicateFunction, errors.UniqueViolation) as cause:
        raise InputError(
            f"另一个程序同时在建立模式 {address.schema}，或其中已有同名的函数",
            where=address.shown,
            fix="什么也没有建立；稍后重试，或用 ?schema= 换一个模式名",
        ) from cause


def has_ledger(connection: Connection, address: Address) -> bool:
    """Whether the schema holds a ledger."""
    return {"events", "ledger_head", "ledger_info"} <= _relations(connection, address.schema)


def check_version(connection: Connection, address: Address) -> None:
    """Refuse a schema that holds no ledger, or one of a newer program.

    Raises
    ------
    InputError
        With what is there instead.
    """
    if not has_ledger(connection, address):
        raise InputError(
            f"模式 {address.schema} 中没有线索台账" if _has_schema(connection, address.schema) else "没有这个台账",
            where=address.shown,
            fix="核对库名和 ?schema=，或先用 clues import 建立台账",
        )
    row = connection.execute("SELECT ledger_version FROM ledger_info").fetchone()
    version = row[0] if row else None
    if version != LEDGER_VERSION:
        raise InputError(
            f"台账的版本是 {version}，本程序只认得 {LEDGER_VERSION}",
            where=address.shown,
            fix="升级 changji-geo 后再打开；没有改动任何内容",
        )


def _statements() -> list[str]:
    tables = [_table(name) for name in TABLES]
    triggers = [
        f"CREATE TRIGGER {name} BEFORE {verb} ON events FOR EACH {each} EXECUTE FUNCTION events_refuse()"
        for name, (verb, each, _) in TRIGGERS.items()
    ]
    # ALWAYS: also where a superuser sets session_replication_role.
    always = [f"ALTER TABLE events ENABLE ALWAYS TRIGGER {name}" for name in TRIGGERS]
    return [
        *tables,
        "CREATE UNIQUE INDEX events_by_clue ON events (clue_id, seq)",
        f"CREATE FUNCTION events_refuse() RETURNS trigger LANGUAGE plpgsql AS $${REFUSAL}$$",
        *triggers, *always,
        f"CREATE VIEW clues AS {VIEW_SELECT}",
        *_COMMENTS,
        "INSERT INTO ledger_head VALUES (1, 0, '')",
        f"INSERT INTO ledger_info VALUES (1, {LEDGER_VERSION})",  # noqa: S608
    ]  # fmt: skip


def _table(name: str) -> str:
    columns = [f"{column} {kind}{' NOT NULL' if filled else ''}" for column, kind, filled in TABLES[name]]
    rules = [f"CONSTRAINT {rule} {words}" for rule, words in CONSTRAINTS[name].items()]
    return f"CREATE TABLE {name} ({', '.join(columns + rules)})"


def _relations(connection: Connection, schema: str) -> set[str]:
    names = ["clues", *TABLES]
    rows = connection.execute(
        "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = %s AND c.relname = ANY(%s)",
        (schema, names),
    )
    return {str(name) for (name,) in rows}


def _has_schema(connection: Connection, schema: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() is not None
