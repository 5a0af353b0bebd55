"""Ledgers of both kinds: one with twenty events, and their rows in plain SQL with the guards out of an attacker's way."""

import contextlib
import sqlite3

import psycopg
import shapely
from psycopg import sql

from changji_geo.clues.ledger.evidence_files import register_evidence
from changji_geo.clues.ledger.gpkg.ledger import GpkgLedger
from changji_geo.clues.ledger.postgis.address import parse_address
from changji_geo.clues.ledger.postgis.ledger import PostgisLedger
from changji_geo.clues.ledger.states import geometry_hex
from changji_geo.clues.model import NewEvent
from tests.crash_ledger import AT, SQUARE, changed, imported

NEW = shapely.box(88.0, 44.0, 88.02, 44.02)
GUARDS = ("events_no_update", "events_no_delete", "events_no_truncate")


def fill(ledger, folder):
    """Twenty events on four clues, number 17 with an evidence file in the folder and a redrawn outline."""
    folder.mkdir()
    (folder / "前.jpg").write_bytes(b"before")
    (folder / "后.jpg").write_bytes(b"after!")
    proof = (register_evidence(folder / "后.jpg", folder),)
    ids = [f"LD2025-{n:04d}" for n in range(1, 5)]
    ledger.append([imported(i, county="奇台县", attributes={"编号": i}) for i in ids], at=AT)
    ledger.append([changed(ids[n % 4], f"visit{n}", None, n, reason="复核") for n in range(12)], at=AT)
    before, after = {"geometry": geometry_hex(SQUARE)}, {"geometry": geometry_hex(NEW)}
    ledger.append([NewEvent(ids[0], "outline", "李四", before, after, "边界外移", proof)], at=AT)
    ledger.append([changed(i, "county", "奇台县", "木垒县") for i in ids[:3]], at=AT)
    assert ledger.head().count == 20
    assert ledger.verify(folder) == ()
    return ledger


def messages(faults):
    return [fault.message for fault in faults]


class GpkgKind:
    """A ledger in a file."""

    error = sqlite3.Error
    hold = ("BEGIN IMMEDIATE",)
    drop_guard = "DROP TRIGGER events_no_delete"
    taken = "已有同名文件，不会覆盖"

    def __init__(self, folder):
        self.location = folder / "台账.gpkg"

    def open_impatient(self):
        """The ledger, opened by somebody who waits a tenth of a second for others."""
        return GpkgLedger(self.location, timeout_s=0.1)

    @contextlib.contextmanager
    def raw(self, *, guards=False):
        """The file through sqlite3, its triggers dropped for the time unless `guards`."""
        with contextlib.closing(sqlite3.connect(self.location, isolation_level=None)) as db:
            triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            if not guards:
                for name, _ in triggers:
                    db.execute(f"DROP TRIGGER {name}")
            yield db
            if not guards:
                for _, statement in triggers:
                    db.execute(statement)

    def flip(self, column, seq):
        """Change one bit of the last byte of a value, as a hex editor would."""
        with self.raw() as db:
            (old,) = db.execute(f"SELECT {column} FROM events WHERE seq = ?", (seq,)).fetchone()
            db.execute(f"UPDATE events SET {column} = ? WHERE seq = ?", (flipped(old), seq))


class PostgisKind:
    """A ledger in a database."""

    error = psycopg.Error
    hold = ("BEGIN", "SELECT * FROM ledger_head FOR UPDATE")
    drop_guard = "DROP TRIGGER events_no_delete ON events"
    taken = "中已有 clues、events、ledger_head、ledger_info，不会覆盖"

    def __init__(self, location):
        self.location = location

    def open_impatient(self):
        """The ledger, opened by somebody who waits a tenth of a second for others."""
        return PostgisLedger(self.location, timeout_s=0.1)

    @contextlib.contextmanager
    def raw(self, *, guards=False):
        """The schema as its owner, its triggers disabled for the time unless `guards`."""
        address = parse_address(self.location)
        with psycopg.connect(**address.parameters, autocommit=True) as db:
            db.execute(sql.SQL("SET search_path TO {}, public").format(sql.Identifier(address.schema)))
            if not guards:
                db.execute("ALTER TABLE events DISABLE TRIGGER USER")
            yield _Questions(db)
            if not guards:
                for name in GUARDS:
                    db.execute(f"ALTER TABLE events ENABLE ALWAYS TRIGGER {name}")

    def flip(self, column, seq):
        """Change one bit of a value: the last of a text or number, of a coordinate that closes no ring."""
        read = "ST_AsBinary({}, 'NDR')" if column in ("original", "geom") else "{}"
        write = "ST_GeomFromWKB(?, 4490)" if column in ("original", "geom") else "?"
        with self.raw() as db:
            (old,) = db.execute(f"SELECT {read.format(column)} FROM events WHERE seq = ?", (seq,)).fetchone()
            if column in ("original", "geom"):
                new = bytearray(old or shapely.to_wkb(shapely.Point(1, 2)))
                # The second corner of a polygon: byte order, type, rings, points and the first corner come before it.
                new[1 + 4 + 4 + 4 + 16 if len(new) > 60 else -1] ^= 1
                new = bytes(new)
            else:
                new = flipped(old)
            db.execute(f"UPDATE events SET {column} = {write} WHERE seq = ?", (new, seq))


class _Questions:
    """A connection that takes "?" where psycopg takes "%s"."""

    def __init__(self, db):
        self._db = db

    def execute(self, statement, values=None):
        return self._db.execute(statement.replace("?", "%s") if values else statement, values)


def flipped(value):
    """The value with one bit of its last byte changed."""
    if isinstance(value, int):
        return value ^ 64
    if value is None:
        return b"\x01"
    data = value.encode() if isinstance(value, str) else value
    data = (data[:-1] + bytes([data[-1] ^ 1])) if data else b"1"
    return data.decode("utf-8", "replace") if isinstance(value, str) else data
