"""A schema of PostgreSQL -> what is not as this package made it: tables, constraints, triggers, their function, the view.

Not checked: who owns the tables and who may do what (a matter of the office), and the pages on the server's disk (PostgreSQL
finds damaged ones itself where the cluster has checksums; ``pg_amcheck`` is the administrator's). The definition of the view
is compared with that of a temporary one made and taken back again, so that each version of PostgreSQL may spell it its own
way; where the user may make none (a standby, no right TEMPORARY) only the rows that it shows are compared.
"""

from __future__ import annotations

import contextlib

from psycopg import ProgrammingError, Rollback, errors

from changji_geo.clues.ledger.chain import Fault
from changji_geo.clues.ledger.postgis.connection import Connection
from changji_geo.clues.ledger.postgis.schema import CONSTRAINTS, REFUSAL, TABLES, TRIGGERS, VIEW_SELECT

_IN_SCHEMA = "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %(schema)s AND c.relname = ANY(%(names)s)"

_COLUMNS = f"""SELECT c.relname, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped {_IN_SCHEMA}
ORDER BY c.relname, a.attnum"""  # noqa: S608

# Not-null constraints are rows of their own from PostgreSQL 18 on; the columns tell.
_CONSTRAINTS = f"""SELECT c.relname, k.conname, pg_get_constraintdef(k.oid), k.convalidated
FROM pg_class c JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype <> 'n' {_IN_SCHEMA}"""  # noqa: S608

# Lost in a crash (not permanent), filled or hidden from beside (children, parents, rules, row security).
_KINDS = f"""SELECT c.relname FROM pg_class c {_IN_SCHEMA} AND c.relkind = 'r' AND c.relpersistence = 'p'
AND NOT c.relrowsecurity AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = c.oid OR inhrelid = c.oid)
AND NOT EXISTS (SELECT FROM pg_rewrite WHERE ev_class = c.oid)"""  # noqa: S608

_INDEX = """SELECT x.indisunique AND x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL,
ARRAY(SELECT pg_get_indexdef(x.indexrelid, k, false) FROM generate_series(1, x.indnatts) k)
FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relname = 'events_by_clue' AND t.relname = 'events'"""

_TRIGGERS = f"""SELECT t.tgname, c.relname, t.tgtype, t.tgenabled, t.tgqual IS NULL AND t.tgattr = '', p.proname,
p.pronamespace = c.relnamespace
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid {_IN_SCHEMA}
AND NOT t.tgisinternal"""  # noqa: S608

_FUNCTION = """SELECT p.prosrc, l.lanname, p.prosecdef, p.proconfig IS NULL
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE n.nspname = %s AND p.proname = 'events_refuse' AND p.pronargs = 0"""

_VIEW = """SELECT pg_get_viewdef(c.oid), c.reloptions IS NULL FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relname = 'clues' AND c.relkind = 'v'"""


def check_guards(connection: Connection, schema: str) -> list[Fault]:
    """Faults of the schema, inside the caller's transaction."""
    found = _sound_tables(connection, schema)
    for sound, keys in connection.execute(_INDEX, (schema,)):
        found["events_by_clue"] = bool(sound) and keys == ["clue_id", "seq"]
    for source, language, definer, unset in connection.execute(_FUNCTION, (schema,)):
        found["events_refuse"] = (source, language, definer, unset) == (REFUSAL, "plpgsql", False, True)
    strange = []
    on = {"schema": schema, "names": ["clues", *TABLES]}
    for name, table, kind, enabled, always, function, here in connection.execute(_TRIGGERS, on):
        if table == "events" and name in TRIGGERS:
            wanted = (TRIGGERS[str(name)][2], "A", True, "events_refuse", True)
            found[str(name)] = (kind, enabled, always, function, here) == wanted
        else:
            strange.append(str(name))
    for words, unset in connection.execute(_VIEW, (schema,)).fetchall():
        found["clues"] = bool(unset) and _spelled_here(connection) in (words, None)
    faults = [
        Fault("schema", f"表结构“{name}”{'被改动' if name in found else '缺失'}：事件可能被改动过")
        for name in (*TABLES, "events_by_clue", "events_refuse", *TRIGGERS, "clues")
        if not found.get(name)
    ]
    return faults + [Fault("schema", f"多出触发器“{name}”，不是本程序所建") for name in sorted(strange)]


def _sound_tables(connection: Connection, schema: str) -> dict[str, bool]:
    """Each table there is, and whether it is as it was made."""
    named = {"schema": schema, "names": list(TABLES)}
    columns: dict[object, list[tuple[object, ...]]] = {}
    for table, *column in connection.execute(_COLUMNS, named):
        columns.setdefault(table, []).append(tuple(column))
    constraints: dict[object, dict[object, object]] = {}
    for table, name, words, valid in connection.execute(_CONSTRAINTS, named):
        constraints.setdefault(table, {})[name] = words if valid else None
    plain = {table for (table,) in connection.execute(_KINDS, named)}
    return {
        table: tuple(columns[table]) == expected and constraints.get(table) == CONSTRAINTS[table] and table in plain
        for table, expected in TABLES.items()
        if table in columns
    }


def _spelled_here(connection: Connection) -> object:
    """How this server spells the definition of the view; None where that cannot be found out."""
    words = None
    with contextlib.suppress(ProgrammingError, errors.ReadOnlySqlTransaction), connection.transaction():
        connection.execute(f"CREATE TEMPORARY VIEW clues_as_made AS {VIEW_SELECT}")
        row = connection.execute("SELECT pg_get_viewdef('pg_temp.clues_as_made'::regclass)").fetchone()
        words = row[0] if row else None
        raise Rollback
    return words
