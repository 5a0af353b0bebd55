"""The ledger in PostgreSQL: what QGIS sees, what its guards refuse, what verification names, and every failure in words."""

import contextlib
import socket
import subprocess
import sys
import threading
import time
import traceback

import psycopg
import pytest
import shapely

from changji_geo.clues.ledger.chain import Head
from changji_geo.clues.ledger.opening import create_ledger, ledger_exists, open_ledger
from changji_geo.clues.ledger.postgis.address import parse_address
from changji_geo.errors import EnvironmentFault, InputError, OutputError
from tests.crash_ledger import AT, changed, imported
from tests.ledger_kinds import NEW, PostgisKind, fill, messages

SECRET = "p@ss/词?"


@pytest.fixture
def kind(postgis_url):
    return PostgisKind(postgis_url)


@pytest.fixture
def ledger(kind):
    with create_ledger(kind.location) as opened:
        yield opened


@pytest.fixture
def filled(ledger, tmp_path):
    return fill(ledger, tmp_path / "证据")


@pytest.fixture(scope="module")
def guarded(postgres):
    """A user who needs a password."""
    with psycopg.connect(postgres.url(), autocommit=True) as db:
        db.execute("DROP ROLE IF EXISTS guarded")
        db.execute(f"CREATE ROLE guarded LOGIN PASSWORD '{SECRET}'")
    return "guarded"


@contextlib.contextmanager
def role(postgres, name, *statements):
    """A user with these rights and settings, for as long as the block runs."""
    with psycopg.connect(postgres.url(), autocommit=True) as db:
        db.execute(f"CREATE ROLE {name} LOGIN")
        try:
            for statement in statements:
                db.execute(statement)
            yield
        finally:
            db.execute(f"DROP OWNED BY {name}")
            db.execute(f"DROP ROLE {name}")


def as_user(url, name):
    return url.replace("//desk@", f"//{name}@")


def schema_of(url):
    return f'"{parse_address(url).schema}"'


# What people see


def test_qgis_finds_a_layer_with_a_key_and_a_flat_geometry(kind, filled):
    filled.append([imported("甲", shape=shapely.Point(88.5, 44.5, 1250.5))], at=AT)
    with kind.raw(guards=True) as db:
        found = db.execute(
            "SELECT f_table_name, f_geometry_column, coord_dimension, srid, type FROM geometry_columns "
            "WHERE f_table_schema = current_schema() ORDER BY 1, 2"
        ).fetchall()
        rows = db.execute("SELECT fid, clue_id, county, ST_AsText(geom), fields ->> 'visit8' FROM clues ORDER BY fid")
        rows = rows.fetchall()
        heights = db.execute("SELECT ST_Z(geom) FROM events WHERE clue_id = '甲'").fetchone()
    assert found == [
        ("clues", "geom", 2, 4490, "GEOMETRY"), ("events", "geom", 2, 4490, "GEOMETRY"),
        ("events", "original", 2, 4490, "GEOMETRY"),
    ]  # fmt: skip
    assert [row[0] for row in rows] == [1, 2, 3, 4, 21]
    assert rows[0][1:3] == ("LD2025-0001", "木垒县") and shapely.from_wkt(rows[0][3]).equals(NEW)
    assert (rows[0][4], rows[1][4]) == ("8", None)
    assert rows[4] == (21, "甲", None, "POINT(88.5 44.5)", None)
    assert heights == (1250.5,)


@pytest.mark.parametrize(
    "wkt",
    [
        "POINT (88 44)", "POINT Z (88 44 1250.5)", "POINT ZM (88 44 1250.5 7)", "LINESTRING (88 44, 89 44)",
        "POLYGON ((88 44, 89 44, 89 45, 88 44), (88.5 44.1, 88.6 44.1, 88.6 44.2, 88.5 44.1))",
        "MULTIPOLYGON Z (((88 44 1, 89 44 2, 89 45 3, 88 44 1)), ((90 44 1, 91 44 2, 91 45 3, 90 44 1)))",
        "GEOMETRYCOLLECTION (POINT (88 44), POLYGON EMPTY)", "POINT (-0.0 0.1)",
    ],
)  # fmt: skip
def test_every_kind_of_geometry_comes_back_to_the_bit(ledger, wkt):
    shape = shapely.from_wkt(wkt)
    ledger.append([imported("甲", shape=shape)], at=AT)
    assert shapely.to_wkb(ledger.clue("甲").geometry, flavor="iso") == shapely.to_wkb(shape, flavor="iso")
    assert ledger.verify() == ()


def test_ids_are_in_the_order_of_their_bytes_whatever_the_locale(ledger):
    ids = ["乙", "甲", "b", "B", "a-1", "a1"]
    ledger.append([imported(i) for i in ids], at=AT)
    assert [clue.id for clue in ledger.clues()] == sorted(ids)


def test_what_postgresql_cannot_hold_is_refused_and_nothing_written(filled):
    for event in (
        changed("LD2025-0001", "n", None, "a\0b"), changed("LD2025-0001", "n", None, 1, reason="a\0b"),
    ):  # fmt: skip
        with pytest.raises(InputError, match="LD2025-0001 的 set 事件里有 NUL 字符"):
            filled.append([changed("LD2025-0002", "n", None, 1), event], at=AT)
    filled.append([changed("LD2025-0001", "n", None, "a\\u0000b")], at=AT)
    assert filled.clue("LD2025-0001").fields["n"] == "a\\u0000b"
    assert (filled.head().count, filled.verify()) == (21, ())


def test_ids_that_cannot_be_are_unknown_not_an_error_of_the_database(filled):
    assert filled.history("a\0b") == ()
    with pytest.raises(InputError, match="台账中没有线索"):
        filled.clue("a\ud800")


# Guards


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE events",
        "INSERT INTO events SELECT * FROM events WHERE seq = 3 ON CONFLICT (seq) DO UPDATE SET reason = 'x'",
        "SET session_replication_role = replica; UPDATE events SET reason = 'x' WHERE seq = 3",
        "DELETE FROM clues",
    ],
)
def test_not_even_the_owner_alters_events_in_passing(kind, filled, statement):
    with kind.raw(guards=True) as db, pytest.raises(psycopg.Error):
        db.execute(statement)
    assert filled.verify() == ()


def test_a_clerk_writes_events_but_cannot_take_the_guards_away(postgres, kind, filled):
    place = schema_of(kind.location)
    rights = (
        f"GRANT USAGE ON SCHEMA {place} TO clerk", f"GRANT SELECT, INSERT ON {place}.events TO clerk",
        f"GRANT SELECT, UPDATE ON {place}.ledger_head TO clerk",
        f"GRANT SELECT ON {place}.ledger_info, {place}.clues TO clerk",
    )  # fmt: skip
    with role(postgres, "clerk", *rights):
        with open_ledger(as_user(kind.location, "clerk")) as theirs:
            theirs.append([changed("LD2025-0004", "n", None, 1)], at=AT)
            assert theirs.verify() == ()
            assert len(theirs.clues()) == 4
        with PostgisKind(as_user(kind.location, "clerk")).raw(guards=True) as db:
            for statement in ("ALTER TABLE events DISABLE TRIGGER USER", "DELETE FROM events", "DROP TABLE events"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    db.execute(statement)
    assert (filled.head().count, filled.verify()) == (21, ())


def test_missing_rights_are_told_with_what_to_grant(postgres, kind, filled):
    place = schema_of(kind.location)
    with role(postgres, "guest"):
        with pytest.raises(OutputError, match="没有权限（不能使用模式 台账_.*GRANT USAGE ON SCHEMA"):
            open_ledger(as_user(kind.location, "guest"))
        with pytest.raises(OutputError, match="没有权限（permission denied for database clues"):
            create_ledger(as_user(postgres.new_schema(), "guest"))
    rights = (f"GRANT USAGE ON SCHEMA {place} TO guest", f"GRANT SELECT ON ALL TABLES IN SCHEMA {place} TO guest")
    with role(postgres, "guest", *rights), open_ledger(as_user(kind.location, "guest")) as theirs:
        assert (theirs.verify(), theirs.head().count) == ((), 20)
        with pytest.raises(OutputError, match="没有权限"):
            theirs.append([changed("LD2025-0004", "n", None, 1)], at=AT)


def test_a_read_only_database_is_told(postgres, kind, filled):
    settings = ("GRANT desk TO looker", "ALTER ROLE looker SET default_transaction_read_only = on")
    with role(postgres, "looker", *settings), open_ledger(as_user(kind.location, "looker")) as theirs:
        assert theirs.verify() == ()
        with pytest.raises(OutputError, match="数据库是只读的"):
            theirs.append([changed("LD2025-0004", "n", None, 1)], at=AT)


@pytest.mark.parametrize(("given", "kept"), [("off", "on"), ("local", "on"), ("remote_apply", "remote_apply")])
def test_a_commit_is_on_the_disk_whatever_the_role_says(postgres, kind, filled, given, kept):
    with (
        role(postgres, "hasty", "GRANT desk TO hasty", f"ALTER ROLE hasty SET synchronous_commit = {given}"),
        open_ledger(as_user(kind.location, "hasty")) as theirs,
    ):
        assert theirs._db.execute("SHOW synchronous_commit").fetchone() == (kept,)


def test_a_server_that_may_lose_commits_is_noticed(postgres, kind, filled):
    def set_to(value):
        with psycopg.connect(postgres.url(), autocommit=True) as db:
            db.execute(f"ALTER SYSTEM SET full_page_writes = {value}")
            db.execute("SELECT pg_reload_conf()")
        end = time.monotonic() + 30
        while postgres.ask("SHOW full_page_writes") != [(value,)]:
            assert time.monotonic() < end

    assert filled.notice == ""
    try:
        set_to("off")
        with open_ledger(kind.location) as again:
            assert again.notice == "数据库服务器关闭了 full_page_writes：断电可能丢失已登记的事件，请管理员打开"
    finally:
        set_to("on")


# Verification


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("ALTER TABLE events DISABLE TRIGGER events_no_update", "表结构“events_no_update”被改动"),
        ("ALTER TABLE events ENABLE TRIGGER events_no_update", "表结构“events_no_update”被改动"),
        ("DROP TRIGGER events_no_truncate ON events", "表结构“events_no_truncate”缺失"),
        (
            "CREATE OR REPLACE FUNCTION events_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
            "表结构“events_refuse”被改动",
        ),
        ("CREATE RULE quiet AS ON INSERT TO events DO INSTEAD NOTHING", "表结构“events”被改动"),
        ("ALTER TABLE events SET UNLOGGED", "表结构“events”被改动"),
        ("ALTER TABLE events ADD COLUMN more text", "表结构“events”被改动"),
        ("ALTER TABLE events ALTER COLUMN reason DROP NOT NULL", "表结构“events”被改动"),
        ("ALTER TABLE events DROP CONSTRAINT events_geom_srid", "表结构“events”被改动"),
        ("ALTER TABLE ledger_head DROP CONSTRAINT ledger_head_one", "表结构“ledger_head”被改动"),
        ("ALTER TABLE events ENABLE ROW LEVEL SECURITY", "表结构“events”被改动"),
        ("CREATE TABLE child () INHERITS (events)", "表结构“events”被改动"),
        ("DROP INDEX events_by_clue", "表结构“events_by_clue”缺失"),
        (
            "CREATE TRIGGER strange AFTER INSERT ON events EXECUTE FUNCTION events_refuse()",
            "多出触发器“strange”，不是本程序所建",
        ),
    ],
)
def test_whatever_is_changed_in_the_schema_is_named_and_nothing_else(kind, filled, statement, message):
    with kind.raw(guards=True) as db:
        db.execute(statement)
    found = messages(filled.verify())
    assert len(found) == 1 and found[0].startswith(message), found


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DELETE FROM ledger_head", "末尾记录写着 0 件事件，实际到第 20 号"),
        ("UPDATE events SET state = 'x' WHERE seq = 20", "第 20 号事件（线索 LD2025-0003）存的状态与重放事件所得不符：列 state"),
        ("DROP VIEW clues", "表结构“clues”缺失"),
        ("ALTER TABLE events DROP COLUMN evidence", "数据库里的表或视图读不下去"),
    ],
)  # fmt: skip
def test_a_ledger_that_cannot_be_read_to_its_end_still_says_what_is_wrong(kind, filled, statement, message):
    with kind.raw() as db:
        db.execute(statement)
    found = messages(filled.verify())
    assert any(text.startswith(message) for text in found), found


def test_without_a_head_nothing_more_is_written(kind, filled):
    with kind.raw() as db:
        db.execute("DELETE FROM ledger_head")
    with pytest.raises(InputError, match="台账没有末尾记录"):
        filled.append([changed("LD2025-0004", "n", None, 1)], at=AT)


# Addresses


def test_an_address_shows_no_password():
    address = parse_address("postgresql://gis:p%40ss@server:5433/desk?sslmode=require&schema=lvdun&password=other")
    assert (address.schema, address.shown) == ("lvdun", "postgresql://gis@server:5433/desk?schema=lvdun")
    assert address.parameters["sslmode"] == "require"
    assert "ss" not in repr(address).replace("schema", "").replace("Address", "")
    assert parse_address("postgres:///desk").schema == "changji_clues"


@pytest.mark.parametrize(
    "location",
    [
        "postgresql:/u:secret@server/desk", "postgresql://u:secret@h/d?nonsense=1", "postgresql://u:secret/@h/d",
        "postgresql://u:secret?@h/d", "postgresql://u:secret#@h/d", "postgresql://u:secret@@h/d", "postgresql://u:secret/d",
        "postgresql://u:secret%@h/d",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_read_is_refused_without_its_password(location):
    with pytest.raises(InputError, match="数据库地址读不懂.*postgresql://用户@主机:5432/数据库") as caught:
        open_ledger(location)
    assert "secret" not in "".join(traceback.format_exception_only(caught.value))
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ("", "模式名“”不能用"),
        ("pg_own", "模式名“pg_own”不能用"),
        ("县" * 22, "不能用"),
        ("a%00b", "不能用"),
        ("%FF", "不能用"),
    ],
)
def test_a_name_that_no_schema_can_have_is_refused(schema, problem):
    with pytest.raises(InputError, match=problem):
        open_ledger(f"postgresql://u:secret@h/d?schema={schema}")


def test_a_schema_name_is_quoted(postgres):
    url = postgres.url(schema='a"; DROP SCHEMA public --')
    with create_ledger(url) as ledger:
        fill_one(ledger)
    assert ledger_exists(url)


def fill_one(ledger):
    ledger.append([imported("甲")], at=AT)
    assert ledger.verify() == ()


# Connections


def test_a_password_opens_and_a_wrong_one_is_refused_unseen(postgres, guarded):
    with psycopg.connect(postgres.url(), autocommit=True) as db:
        db.execute("GRANT CREATE ON DATABASE clues TO guarded")
    with create_ledger(postgres.url(user=guarded, password=SECRET, schema="guarded_one")) as ledger:
        fill_one(ledger)
        assert "p@ss" not in ledger.where
    with pytest.raises(EnvironmentFault) as caught:
        open_ledger(postgres.url(user=guarded, password="wrong-word", schema="guarded_one"))
    assert caught.value.problem == "用户名或密码不对"
    assert "wrong-word" not in str(caught.value) + str(caught.value.__cause__)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"database": "没有这个库"}, "没有这个数据库"),
        ({"user": "nobody"}, "数据库里没有这个用户"),
        ({"host": "/没有/这里"}, "连不上数据库"),
        ({"port": "1"}, "连不上数据库"),
        ({"connect_timeout": "x"}, "数据库地址不能用"),
    ],
)
def test_a_connection_that_cannot_be_made_says_why(postgres, change, problem):
    with pytest.raises((EnvironmentFault, InputError), match=problem):
        open_ledger(postgres.url(**change))


def test_a_database_without_postgis_or_of_another_encoding_is_refused(postgres):
    with psycopg.connect(postgres.url(), autocommit=True) as db:
        db.execute("CREATE DATABASE plain")
        db.execute("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    with pytest.raises(EnvironmentFault, match="没有装 PostGIS.*CREATE EXTENSION postgis"):
        create_ledger(postgres.url("plain"))
    with pytest.raises(EnvironmentFault, match="数据库的编码是 LATIN1"):
        ledger_exists(postgres.url("latin"))


def test_what_is_no_ledger_is_refused_in_words(postgres):
    url = postgres.new_schema()
    assert not ledger_exists(url)
    with pytest.raises(InputError, match="没有这个台账。处理：核对库名和"):
        open_ledger(url)
    with psycopg.connect(postgres.url(), autocommit=True) as db:
        db.execute(f"CREATE SCHEMA {schema_of(url)}")
    with pytest.raises(InputError, match="中没有线索台账"):
        open_ledger(url)
    with create_ledger(url) as ledger:
        fill_one(ledger)


def test_an_other_table_of_the_name_is_not_touched(postgres):
    url = postgres.new_schema()
    with psycopg.connect(postgres.url(), autocommit=True) as db:
        db.execute(f"CREATE SCHEMA {schema_of(url)}")
        db.execute(f"CREATE TABLE {schema_of(url)}.events (a text)")
    with pytest.raises(InputError, match="中已有 events，不会覆盖"):
        create_ledger(url)
    assert not ledger_exists(url)


def test_of_two_who_make_a_ledger_at_once_one_is_refused(postgres):
    url = postgres.new_schema()
    refused = []

    def make():
        try:
            create_ledger(url).close()
        except InputError as cause:
            refused.append(str(cause))

    with psycopg.connect(postgres.url()) as db:
        db.execute(f"CREATE SCHEMA {schema_of(url)}")
        other = threading.Thread(target=make)
        other.start()
        end = time.monotonic() + 30
        while not postgres.ask("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            assert time.monotonic() < end
        db.commit()
    other.join()
    assert len(refused) == 1 and "另一个程序同时在建立模式" in refused[0]


def test_without_psycopg_the_extra_is_named():
    code = (
        "import sys\nsys.modules['psycopg'] = None\n"
        "from changji_geo.clues.ledger.opening import open_ledger\n"
        "from changji_geo.errors import EnvironmentFault\n"
        "try:\n    open_ledger('postgresql://h/d')\n"
        "except EnvironmentFault as fault:\n    sys.stdout.buffer.write(str(fault).encode())\n"
    )
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=True)
    assert "数据库台账需要 psycopg" in child.stdout.decode()
    assert 'pip install "changji-geo[postgis]"' in child.stdout.decode()


def test_a_lost_connection_is_told_and_a_new_one_goes_on(postgres, kind, filled):
    postgres.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'changji-geo'")
    for _ in range(2):
        with pytest.raises(EnvironmentFault, match="与数据库的连接中断"):
            filled.append([changed("LD2025-0004", "n", None, 1)], at=AT)
    with open_ledger(kind.location) as again:
        assert (again.head().count, again.verify()) == (20, ())


class Cutting:
    """A socket before the server's that passes all on, until the client commits: then it hangs up, before or after the server."""

    def __init__(self, server, folder, *, after):
        self.folder = folder
        self._server = str(server / ".s.PGSQL.5432")
        self._after = after
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / ".s.PGSQL.5432"))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        client, _ = self._listener.accept()
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._server)
        answers = threading.Thread(target=self._answer, args=(server, client))
        answers.start()
        while data := client.recv(1 << 16):
            if b"COMMIT" in data:
                if self._after:
                    # No answer passes from here on; the server commits and then sees that we are gone.
                    self._quiet = True
                    server.sendall(data)
                    self._committed.wait(30)
                break
            server.sendall(data)
        for end in (client, server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        answers.join()
        client.close()
        server.close()

    _quiet = False

    def _answer(self, server, client):
        while data := server.recv(1 << 16):
            if self._quiet:
                self._committed.set()
            else:
                client.sendall(data)

    def __enter__(self):
        self._committed = threading.Event()
        return self

    def __exit__(self, *_):
        self._thread.join()
        self._listener.close()


@pytest.mark.parametrize("after", [False, True])
def test_a_connection_lost_at_the_commit_is_said_to_be_unsure_and_nothing_is_half_there(postgres, filled, kind, after):
    folder = postgres.folder / f"cut{after:d}"
    folder.mkdir()
    url = kind.location.replace(f"host={postgres.folder}", f"host={folder}")
    lot = [changed("LD2025-0004", f"n{number}", None, number) for number in range(30)]
    with (
        Cutting(postgres.folder, folder, after=after),
        open_ledger(url.replace("%2F", "/")) as cut,
        pytest.raises(EnvironmentFault, match="在提交时中断，不能确定这一批事件是否已写入"),
    ):
        cut.append(lot, at=AT)
    end = time.monotonic() + 30
    while postgres.ask("SELECT 1 FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"):
        assert time.monotonic() < end
    assert filled.head().count == (50 if after else 20)
    assert filled.verify() == ()


def test_an_empty_ledger_ends_at_nothing(ledger):
    assert ledger.head() == Head(0, "")
    assert ledger.clues(batch="x", status="整改中", dropped=True) == ()
