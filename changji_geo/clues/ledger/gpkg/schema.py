"""The tables of a ledger in GeoPackage 1.3 (OGC 12-128r17): made in a new file, checked in one that is opened.

``events`` is append-only (triggers refuse the rest); each row carries the clue's full state after it, which is a function of
the events and which verification computes again; of the large values ``checks`` and ``imported`` it names the event that set
them. ``clues`` is a view of the latest row of each clue, registered as a layer.
"""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
from pathlib import Path

from pyproj import CRS

from changji_geo.clues.ledger.gpkg.placing import place_new
from changji_geo.clues.ledger.gpkg.sqlite_file import connect_file, sqlite_words, transaction
from changji_geo.clues.ledger.gpkg.styles import write_styles
from changji_geo.errors import InputError, OutputError, system_reason

LEDGER_VERSION = 1
"""Goes up when an older program could no longer write the file correctly."""

DESK_COLUMNS = ("county", "reserve", "zone", "activity", "deadline", "measure", "duty_unit", "close_document")
"""Fields of the desk that the view shows as columns of their own: a working choice of this package, no national template;
all other fields are in ``state``."""

_APPLICATION_ID = 0x47504B47
_USER_VERSION = 10300
_SRS = 4490

VIEW_SQL = f"""CREATE VIEW clues AS SELECT e.first_seq AS OGC_FID, e.clue_id AS clue_id,
json_extract(e.state,'$.batch') AS batch, json_extract(e.state,'$.original_id') AS original_id,
coalesce(json_extract(e.state,'$.status'),'待核查') AS status, json_extract(e.state,'$.observed') AS observed,
coalesce(json_extract(e.state,'$.dropped'),'') AS dropped,
{", ".join(f"json_extract(e.state,'$.{name}') AS {name}" for name in DESK_COLUMNS)},
e.seq AS last_seq, e.kind AS last_kind, e.at AS changed_at, e.actor AS changed_by,
e.checks_seq AS checks_seq, e.imported_seq AS imported_seq, e.state AS state,
e.original AS original, e.geom AS geom
FROM events e WHERE e.seq IN (SELECT max(seq) FROM events GROUP BY clue_id)"""  # noqa: S608

_TABLES = (
    """CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,
organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT)""",
    """CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))""",
    """CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id))""",
)

GUARDS = {
    "events": """CREATE TABLE events (seq INTEGER PRIMARY KEY NOT NULL, clue_id TEXT NOT NULL, kind TEXT NOT NULL,
at TEXT NOT NULL, actor TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, reason TEXT NOT NULL,
evidence TEXT NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL, first_seq INTEGER NOT NULL,
checks_seq INTEGER, imported_seq INTEGER, state TEXT NOT NULL,
original BLOB, geom GEOMETRY NOT NULL)""",
    "events_by_clue": "CREATE UNIQUE INDEX events_by_clue ON events (clue_id, seq)",
    "events_no_update": """CREATE TRIGGER events_no_update BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, '事件只能追加，不能改动'); END""",
    "events_no_delete": """CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, '事件只能追加，不能删除'); END""",
    # INSERT OR REPLACE takes rows away without the delete trigger.
    "events_in_turn": """CREATE TRIGGER events_in_turn BEFORE INSERT ON events
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM events)
BEGIN SELECT RAISE(ABORT, '事件只能按顺序追加'); END""",
    "ledger_head": """CREATE TABLE ledger_head (id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL,
last_hash TEXT NOT NULL)""",
    "ledger_info": """CREATE TABLE ledger_info (id INTEGER PRIMARY KEY CHECK (id = 1), ledger_version INTEGER NOT NULL)""",
    "clues": VIEW_SQL,
}
"""Name -> the statement that made it; verification compares them with what the file holds."""

_CONTENTS = (
    ("clues", "features", "线索（现状）", "每条线索的最新状态；由事件得出，不要直接编辑", _SRS),
    ("events", "features", "事件（只增不改）", "每件事件及其后的状态，逐件以散列值相连", _SRS),
    ("ledger_head", "attributes", "末尾记录", "事件数和最后一件的散列值", None),
    ("ledger_info", "attributes", "台账版本", "", None),
)


def create_gpkg(path: Path) -> None:
    """Make an empty ledger; the file appears whole or not at all, and never over another.

    Raises
    ------
    InputError
        When there is such a file already.
    OutputError
        When it cannot be written.
    """
    if path.exists():
        raise _exists(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise _refused(path, cause) from cause
    scratch = path.with_name(f".{path.name[:60]}.{secrets.token_hex(4)}.tmp")
    try:
        with contextlib.closing(connect_file(scratch)) as connection, sqlite_words(path):
            connection.execute("PRAGMA page_size=16384")  # three checked clues a page
            connection.execute(f"PRAGMA application_id={_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={_USER_VERSION}")
            with transaction(connection, write=True):
                _fill(connection)
        place_new(scratch, path)
    except OSError as cause:
        raise _refused(path, cause) from cause
    finally:
        with contextlib.suppress(OSError):
            scratch.unlink()


def check_version(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that is no ledger, or one of a newer program.

    Raises
    ------
    InputError
        With what the file is instead.
    """
    with sqlite_words(path):
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        row = (
            connection.execute("SELECT ledger_version FROM ledger_info").fetchone() if "ledger_info" in tables else None
        )
    if row is None or not {"events", "ledger_head"} <= tables:
        raise InputError(
            "是 SQLite 文件，但不是线索台账",
            where=str(path),
            expected="由 clues import 建立的台账（.gpkg）",
            fix="核对路径；普通的 GeoPackage 先用 clues import 导入",
        )
    if row[0] != LEDGER_VERSION:
        raise InputError(
            f"台账的版本是 {row[0]}，本程序只认得 {LEDGER_VERSION}",
            where=str(path),
            fix="升级 changji-geo 后再打开；没有改动任何内容",
        )


def _fill(connection: sqlite3.Connection) -> None:
    for sql in (*_TABLES, *GUARDS.values()):
        connection.execute(sql)
    connection.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?,?,?,?,?,?)", [
        ("Undefined cartesian SRS", -1, "NONE", -1, "undefined", "undefined cartesian coordinate reference system"),
        ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic coordinate reference system"),
        *((CRS.from_epsg(code).name, code, "EPSG", code, CRS.from_epsg(code).to_wkt("WKT1_GDAL"), "经度、纬度，度")
          for code in (4326, _SRS)),
    ])  # fmt: skip
    connection.executemany(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES (?,?,?,?,?)",
        _CONTENTS,
    )
    # Heights that a field phone recorded are kept: z and m are optional (2).
    connection.executemany(
        "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'GEOMETRY', ?, 2, 2)", [("clues", _SRS), ("events", _SRS)]
    )
    connection.execute("INSERT INTO ledger_head VALUES (1, 0, '')")
    connection.execute("INSERT INTO ledger_info VALUES (1, ?)", (LEDGER_VERSION,))
    write_styles(connection)


def _refused(path: Path, cause: OSError) -> OutputError:
    return OutputError(f"无法建立台账（{system_reason(cause)}）", where=str(path), fix="检查文件夹的写权限和磁盘空间")


def _exists(path: Path) -> InputError:
    return InputError("已有同名文件，不会覆盖", where=str(path), fix="换一个文件名，或打开这个台账继续登记")
