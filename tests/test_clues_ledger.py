"""The ledger file: appended events are there for good, nothing half is, and verification names what was altered."""

import contextlib
import dataclasses
import datetime
import hashlib
import os
import sqlite3
import subprocess
import sys

import pyogrio
import pytest
import shapely

from changji_geo.clues.ledger.chain import Head
from changji_geo.clues.ledger.evidence_files import register_evidence
from changji_geo.clues.ledger.gpkg.ledger import GpkgLedger
from changji_geo.clues.ledger.gpkg.share_lock import lock_path, share_lock
from changji_geo.clues.ledger.opening import Ledger, create_ledger, open_ledger
from changji_geo.clues.ledger.states import geometry_hex, replay
from changji_geo.clues.model import Evidence, NewEvent
from changji_geo.errors import ConflictError, EnvironmentFault, InputError, OutputError
from tests.crash_ledger import AT, SQUARE, changed, imported, kill_at_random, write_together

NEW = shapely.box(88.0, 44.0, 88.02, 44.02)
KILLS = int(os.environ.get("CHANGJI_GEO_KILLS", "40"))
COLUMNS = ("seq", "clue_id", "kind", "at", "actor", "before", "after", "reason", "evidence", "prev_hash", "hash",
           "first_seq", "state", "original", "geom")  # fmt: skip


@pytest.fixture
def ledger(tmp_path):
    with create_ledger(tmp_path / "台账.gpkg") as opened:
        yield opened


@pytest.fixture
def filled(ledger):
    """Twenty events on four clues, number 17 with an evidence file and a redrawn outline."""
    folder = ledger.path.parent / "证据"
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


@contextlib.contextmanager
def raw(ledger, *, guards=False):
    """The file through sqlite3, its triggers dropped for the time unless `guards`."""
    with contextlib.closing(sqlite3.connect(ledger.path, isolation_level=None)) as db:
        triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        if not guards:
            for name, _ in triggers:
                db.execute(f"DROP TRIGGER {name}")
        yield db
        if not guards:
            for _, sql in triggers:
                db.execute(sql)


def messages(faults):
    return [fault.message for fault in faults]


def test_what_is_appended_is_what_is_read(ledger):
    day = datetime.date(2025, 8, 1)
    written = ledger.append([imported("LD2025-0001", observed=day, attributes={"面积": 1.5, "备注": None})], at=AT)
    assert written == ledger.events() == ledger.history("LD2025-0001")
    assert (written[0].seq, written[0].prev_hash, written[0].at) == (1, "", AT)
    clue = ledger.clue("LD2025-0001")
    assert (clue.batch, clue.original_id, clue.status, clue.observed) == ("绿盾2025-1", "原-LD2025-0001", "待核查", day)
    assert clue.attributes == {"面积": 1.5, "备注": None}
    assert clue.geometry.equals(SQUARE) and clue.original.equals(SQUARE)
    assert ledger.head() == Head(1, written[0].hash)


def test_the_current_state_is_the_replay_of_the_events(filled):
    assert {clue.id: clue for clue in filled.clues()} == replay(filled.events())
    first = filled.clue("LD2025-0001")
    assert first.geometry.equals(NEW) and first.original.equals(SQUARE)
    assert first.fields == {"county": "木垒县", "visit0": 0, "visit4": 4, "visit8": 8}


def test_clues_are_found_by_batch_status_and_drop(filled):
    filled.append([changed("LD2025-0002", "status", "待核查", "整改中")], at=AT)
    filled.append([NewEvent("LD2025-0003", "drop", "李四", {"dropped": ""}, {"dropped": "duplicate"})], at=AT)
    ids = lambda **by: [clue.id[-1] for clue in filled.clues(**by)]  # noqa: E731
    assert ids() == ["1", "2", "3", "4"]
    assert ids(status="整改中") == ["2"]
    assert (ids(dropped=True), ids(dropped=False)) == (["3"], ["1", "2", "4"])
    assert (ids(batch="绿盾2025-1"), ids(batch="绿盾2024-1")) == (["1", "2", "3", "4"], [])
    assert [event.seq for event in filled.events(after=20)] == [21, 22]


def test_an_empty_ledger_answers_and_verifies(ledger):
    assert (ledger.clues(), ledger.events(), ledger.history("甲"), ledger.verify()) == ((), (), (), ())
    assert ledger.head() == Head(0, "")
    assert ledger.append([], at=AT) == ()


def test_a_change_on_an_old_value_is_a_conflict_and_nothing_of_its_lot_is_written(filled):
    lot = [
        changed("LD2025-0004", "county", "奇台县", "吉木萨尔县"),
        changed("LD2025-0001", "county", "奇台县", "阜康市"),
    ]
    with pytest.raises(ConflictError) as caught:
        filled.append(lot, at=AT)
    assert str(caught.value) == (
        '第 2 件新事件（线索 LD2025-0001）：线索 LD2025-0001 的 county 现在是 "木垒县"，不是写入者看到的 "奇台县"。'
        "应为：与台账当前值一致的 before。处理：重新读取这条线索，核对别人的改动后再写。"
    )
    assert filled.head().count == 20
    assert filled.clue("LD2025-0004").fields["county"] == "奇台县"


def test_leaving_before_out_means_not_set_yet(filled):
    filled.append([NewEvent("LD2025-0001", "set", "李四", {}, {"deadline": "2026-12-31"})], at=AT)
    with pytest.raises(ConflictError, match='deadline 现在是 "2026-12-31"，不是写入者看到的 空'):
        filled.append([NewEvent("LD2025-0001", "set", "李四", {}, {"deadline": "2027-01-31"})], at=AT)


def test_later_events_of_a_lot_see_the_earlier_ones(ledger):
    lot = [imported("甲"), changed("甲", "n", None, 1), changed("甲", "n", 1, 2), changed("甲", "n", 2, None)]
    assert [event.seq for event in ledger.append(lot, at=AT)] == [1, 2, 3, 4]
    assert ledger.clue("甲").fields == {}
    assert ledger.verify() == ()


def test_a_clue_is_imported_once(filled):
    with pytest.raises(ConflictError, match="线索 LD2025-0002 已在台账中（第 2 号事件）"):
        filled.append([imported("LD2025-0002")], at=AT)


def test_a_reimport_changes_what_the_file_said_and_the_old_stays_in_the_history(filled):
    before = {"attributes": {"编号": "LD2025-0002"}, "original": geometry_hex(SQUARE)}
    after = {"attributes": {"编号": "改"}, "original": geometry_hex(NEW)}
    filled.append([NewEvent("LD2025-0002", "reimport", "张三", before, after)], at=AT)
    assert filled.clue("LD2025-0002").original.equals(NEW)
    assert filled.history("LD2025-0002")[0].after["original"] == geometry_hex(SQUARE)
    assert filled.verify() == ()


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        (NewEvent("LD9", "set", "张三", {}, {"county": "x"}), "台账中没有线索 LD9"),
        (NewEvent("LD9 ", "import", "张三", {}, {}), "线索编号 'LD9 ' 不能用"),
        (NewEvent("LD2025-0001", "sett", "张三", {}, {}), "没有事件“sett”。处理：是不是“set”"),
        (changed("LD2025-0001", "status", "待核查", "已核查"), "没有状态“已核查”"),
        (changed("LD2025-0001", "n", None, float("nan")), "有不能写成 JSON 的值"),
        (changed("LD2025-0001", "fields", None, {"county": "x"}), "业务字段直接写字段名"),
        (changed("LD2025-0001", "original_id", "原-LD2025-0001", "x"), "set 事件不能改动 original_id"),
        (changed("LD2025-0001", "observed", None, "2026年3月"), "observed 是 '2026年3月'"),
        (NewEvent("LD9", "import", "张三", {}, {"batch": "B", "original_id": "1"}), "几何不是十六进制的 WKB"),
        (imported("LD9", shape=shapely.Polygon()), "几何是空的"),
        (NewEvent("LD2025-0001", "set", " ", {}, {}), "没有写明经办人"),
        (changed("LD2025-0001", "n", None, 1, evidence=(Evidence("../a", "0" * 64, 1),)), "不在证据文件夹内"),
        (changed("LD2025-0001", "n", None, 1, evidence=(Evidence("C:/a", "0" * 64, 1),)), "不在证据文件夹内"),
        (changed("LD2025-0001", "n", None, 1, evidence=(Evidence("/a", "0" * 64, 1),)), "不在证据文件夹内"),
        (changed("LD2025-0001", "n", None, 1, evidence=(Evidence("a", "0" * 63, 1),)), "散列值或大小不对"),
    ],
)  # fmt: skip
def test_an_event_that_is_none_is_refused_with_its_place(filled, event, problem):
    with pytest.raises(InputError) as caught:
        filled.append([changed("LD2025-0004", "n", None, 1), event], at=AT)
    assert problem in str(caught.value)
    assert filled.head().count == 20


def test_a_time_without_zone_is_refused(ledger):
    with pytest.raises(InputError, match="没有时区"):
        ledger.append([imported("甲")], at=AT.replace(tzinfo=None))


def test_heights_are_kept(ledger):
    shape = shapely.Point(88, 44, 1250.5)
    ledger.append([imported("甲", shape=shape)], at=AT)
    assert shapely.get_coordinates(ledger.clue("甲").original, include_z=True).tolist() == [[88.0, 44.0, 1250.5]]


def test_it_is_a_ledger_for_type_checkers_and_readers(ledger):
    some: Ledger = ledger
    wanted = {name for name in dir(Ledger) if not name.startswith("_")} | {"notice"}
    assert wanted <= set(dir(some))


def test_gdal_lists_clues_and_events_with_their_geometry(filled):
    layers = {name: kind for name, kind in pyogrio.list_layers(filled.path)}  # noqa: C416
    assert layers == {"clues": "Unknown", "events": "Unknown", "ledger_head": None, "ledger_info": None}
    clues = pyogrio.read_dataframe(filled.path, layer="clues", fid_as_index=True).sort_index()
    assert clues.crs.to_epsg() == 4490
    assert dict(zip(clues.index, clues["clue_id"], strict=True)) == {n: f"LD2025-000{n}" for n in range(1, 5)}
    assert clues["county"].tolist() == ["木垒县"] * 3 + ["奇台县"]
    assert clues.loc[1, "geometry"].equals(NEW)
    assert len(pyogrio.read_dataframe(filled.path, layer="events")) == 20


def test_the_file_is_a_geopackage_with_a_rollback_journal(ledger):
    with raw(ledger, guards=True) as db:
        one = lambda sql: db.execute(sql).fetchone()[0]  # noqa: E731
        assert (one("PRAGMA application_id"), one("PRAGMA user_version")) == (0x47504B47, 10300)
        assert one("PRAGMA journal_mode") == "delete"
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert one("SELECT definition FROM gpkg_spatial_ref_sys WHERE srs_id = 4490").startswith(
            'GEOGCS["China Geodetic'
        )
    assert [path.name for path in ledger.path.parent.iterdir()] == ["台账.gpkg"]


def test_a_write_ahead_log_of_another_program_is_turned_off(filled):
    filled.close()
    with contextlib.closing(sqlite3.connect(filled.path)) as db:
        assert db.execute("PRAGMA journal_mode=WAL").fetchone()[0] == "wal"
    with open_ledger(filled.path) as again:
        assert again.verify() == ()
        with raw(again, guards=True) as db:
            assert db.execute("PRAGMA journal_mode").fetchone()[0] == "delete"


def test_a_ledger_is_never_overwritten(filled):
    with pytest.raises(InputError, match="已有同名文件，不会覆盖"):
        create_ledger(filled.path)
    assert filled.head().count == 20


def test_a_folder_that_cannot_be_made_is_an_output_error(tmp_path):
    (tmp_path / "文件").write_text("x")
    with pytest.raises(OutputError):
        create_ledger(tmp_path / "文件" / "a.gpkg")


def test_what_is_no_ledger_is_refused_in_words(tmp_path):
    with pytest.raises(InputError, match="没有这个台账文件"):
        open_ledger(tmp_path / "没有.gpkg")
    assert not (tmp_path / "没有.gpkg").exists()
    (tmp_path / "文字.gpkg").write_text("不是数据库" * 500)
    with pytest.raises(InputError, match="不是 SQLite 文件"):
        open_ledger(tmp_path / "文字.gpkg")
    with contextlib.closing(sqlite3.connect(tmp_path / "别的.gpkg")) as db:
        db.execute("CREATE TABLE t (a)")
    with pytest.raises(InputError, match="不是线索台账"):
        open_ledger(tmp_path / "别的.gpkg")


def test_a_ledger_of_a_newer_program_is_refused(ledger):
    with raw(ledger, guards=True) as db:
        db.execute("UPDATE ledger_info SET ledger_version = 2")
    with pytest.raises(InputError, match=r"台账的版本是 2，本程序只认得 1。处理：升级 changji-geo"):
        open_ledger(ledger.path)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE events SET reason = 'x' WHERE seq = 3",
        "DELETE FROM events WHERE seq = 20",
        "INSERT OR REPLACE INTO events SELECT * FROM events WHERE seq = 3",
        "UPDATE clues SET status = '已销号'",
    ],
)
def test_events_cannot_be_altered_by_another_program(filled, sql):
    with raw(filled, guards=True) as db, pytest.raises(sqlite3.Error):
        db.execute(sql)
    assert filled.verify() == ()


def flipped(value):
    """The value with one bit of its last byte changed, as a hex editor would."""
    if isinstance(value, int):
        return value ^ 64
    if value is None:
        return b"\x01"
    data = value.encode() if isinstance(value, str) else value
    data = (data[:-1] + bytes([data[-1] ^ 1])) if data else b"1"
    return data.decode("utf-8", "replace") if isinstance(value, str) else data


@pytest.mark.parametrize("seq", [1, 10, 17, 20])
@pytest.mark.parametrize("column", COLUMNS)
def test_a_byte_flipped_in_any_column_is_found_and_the_event_named(filled, column, seq):
    with raw(filled) as db:
        (old,) = db.execute(f"SELECT {column} FROM events WHERE seq = ?", (seq,)).fetchone()
        db.execute(f"UPDATE events SET {column} = ? WHERE seq = ?", (flipped(old), seq))
    found = filled.verify()
    assert any(f"第 {seq}" in fault.message and fault.seq == seq for fault in found), messages(found)


@pytest.mark.parametrize("seq", [1, 10, 20])
def test_a_removed_event_is_named(filled, seq):
    with raw(filled) as db:
        db.execute("DELETE FROM events WHERE seq = ?", (seq,))
    assert messages(filled.verify())[0].startswith(f"第 {seq} 号事件缺失")


def test_two_swapped_events_are_both_named(filled):
    with raw(filled) as db:
        for old, new in ((6, 100), (9, 6), (100, 9)):
            db.execute("UPDATE events SET seq = ? WHERE seq = ?", (new, old))
    assert {6, 9} <= {fault.seq for fault in filled.verify() if fault.kind == "content"}


def test_blanks_in_stored_json_are_an_alteration(filled):
    with raw(filled) as db:
        db.execute("UPDATE events SET after = replace(after, ':', ': ') WHERE seq = 12")
    assert "第 12 号事件的内容被改动：不是本程序写出的样子" in messages(filled.verify())
    with pytest.raises(InputError, match="第 12 号事件被改动，读不出"):
        filled.events()


def test_a_byte_that_is_no_text_is_found(filled):
    with raw(filled) as db:
        db.execute("UPDATE events SET reason = CAST(X'E8FF' AS TEXT) WHERE seq = 8")
    assert [(fault.kind, fault.seq) for fault in filled.verify()] == [("content", 8)]


def test_rows_that_cannot_be_read_are_not_called_missing(filled):
    with raw(filled) as db:
        db.execute("UPDATE events SET at = 'x' WHERE seq IN (8, 9, 20)")
        db.execute("DELETE FROM events WHERE seq = 10")
    found = [(fault.kind, fault.seq) for fault in filled.verify() if fault.kind != "state"]
    assert found == [("missing", 10), ("row", 8), ("row", 9), ("row", 20)]


def test_a_forged_tail_with_its_head_is_betrayed_by_the_anchor(filled):
    anchor = filled.head().anchor
    last = filled.events()[18]
    with raw(filled) as db:
        db.execute("DELETE FROM events WHERE seq = 20")
        db.execute("UPDATE ledger_head SET count = 19, last_hash = ?", (last.hash,))
    assert filled.verify() == ()
    assert messages(filled.verify(anchor=anchor)) == ["锚记说有第 20 号事件，台账只到第 19 号"]


def test_dropped_guards_and_a_changed_view_are_named(filled):
    with raw(filled, guards=True) as db:
        db.execute("DROP TRIGGER events_no_delete")
        db.execute("DROP VIEW clues")
        db.execute("CREATE VIEW clues AS SELECT clue_id, first_seq AS last_seq FROM events")
    found = messages(filled.verify())
    assert "表结构“events_no_delete”缺失：事件可能被改动过" in found
    assert "表结构“clues”被改动：事件可能被改动过" in found


def test_a_swapped_missing_or_cut_evidence_file_is_named(filled):
    folder = filled.path.parent / "证据"
    (folder / "后.jpg").write_bytes(b"before")
    assert messages(filled.verify(folder))[0].startswith(
        "第 17 号事件（线索 LD2025-0001）的证据文件“后.jpg”被换过：SHA-256"
    )
    (folder / "后.jpg").write_bytes(b"cut")
    assert messages(filled.verify(folder))[0].endswith("被换过：登记时 6 字节，现在 3 字节")
    (folder / "后.jpg").unlink()
    assert messages(filled.verify(folder)) == ["第 17 号事件（线索 LD2025-0001）的证据文件“后.jpg”不见了"]
    assert filled.verify() == ()


def test_evidence_is_registered_inside_its_folder_only(tmp_path):
    folder = tmp_path / "证据"
    (folder / "一").mkdir(parents=True)
    (folder / "一" / "a.jpg").write_bytes(b"abc")
    (tmp_path / "b.jpg").write_bytes(b"x")
    (folder / "c.jpg").symlink_to(tmp_path / "b.jpg")
    digest = hashlib.sha256(b"abc").hexdigest()
    assert register_evidence(folder / "一" / "a.jpg", folder) == Evidence("一/a.jpg", digest, 3)
    for outside in (tmp_path / "b.jpg", folder / ".." / "b.jpg", folder / "c.jpg"):
        with pytest.raises(InputError, match="证据文件不在证据文件夹内"):
            register_evidence(outside, folder)


def test_a_damaged_file_is_reported_not_raised(filled):
    filled.close()
    data = bytearray(filled.path.read_bytes())
    page = 8192
    data[3 * page :] = b"\xa5" * (len(data) - 3 * page)
    filled.path.write_bytes(data)
    try:
        with open_ledger(filled.path) as again:
            assert again.verify()[0].kind == "file"
    except InputError as refused:
        assert "损坏" in str(refused)


def test_a_full_disk_writes_nothing_and_the_ledger_goes_on(filled):
    filled._db.execute("PRAGMA max_page_count = 1")
    lot = [imported(f"新{n}", note="字" * 5000) for n in range(20)]
    with pytest.raises(OutputError, match="磁盘已满，本次什么也没有写入") as caught:
        filled.append(lot, at=AT)
    assert caught.value.exit_code == 3
    assert (filled.head().count, filled.verify()) == (20, ())
    filled._db.execute("PRAGMA max_page_count = 1000000")
    filled.append(lot, at=AT)
    assert (filled.head().count, filled.verify()) == (40, ())


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on the size of files")
def test_a_quota_met_in_the_middle_of_a_write_leaves_no_half_event(filled):
    """The child may not make a file larger than the ledger is now, as with a quota of the file system."""
    size = filled.path.stat().st_size
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, resource.RLIM_INFINITY))\n"
        "from changji_geo.clues.ledger.opening import open_ledger\n"
        "from changji_geo.errors import OutputError\n"
        "from tests.crash_ledger import AT, imported\n"
        "ledger = open_ledger(sys.argv[1])\n"
        "try:\n    ledger.append([imported(f'新{n}', note='字' * 5000) for n in range(2000)], at=AT)\n"
        "except OutputError as refused:\n    sys.stdout.write(refused.problem)\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, filled.path], capture_output=True, text=True, timeout=120, check=True
    )
    assert "本次什么也没有写入" in child.stdout
    assert (filled.head().count, filled.verify()) == (20, ())


def test_a_ledger_that_another_program_keeps_is_an_environment_fault(filled):
    with GpkgLedger(filled.path, timeout_s=0.1) as impatient, raw(filled, guards=True) as db:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(EnvironmentFault, match="台账正被另一个程序占用"):
            impatient.append([changed("LD2025-0004", "n", None, 1)], at=AT)
        db.execute("ROLLBACK")
        impatient.append([changed("LD2025-0004", "n", None, 1)], at=AT)
    assert filled.head().count == 21


def test_on_a_share_a_write_takes_the_lock_file(filled):
    with GpkgLedger(filled.path, share="cifs", timeout_s=0.1) as shared:
        assert shared.notice.startswith("台账在网络共享（cifs）上：写入时在旁边放锁文件 台账.gpkg.lock")
        with share_lock(filled.path, timeout_s=0), pytest.raises(EnvironmentFault, match="台账被锁住（电脑 "):
            shared.append([changed("LD2025-0004", "n", None, 1)], at=AT)
        shared.append([changed("LD2025-0004", "n", None, 1)], at=AT)
    assert (filled.notice, filled.head().count) == ("", 21)
    assert not lock_path(filled.path).exists()


def test_two_people_changing_one_value_do_not_overwrite_each_other(filled):
    with open_ledger(filled.path) as other:
        mine, theirs = (one.clue("LD2025-0004").fields["county"] for one in (filled, other))
        other.append([changed("LD2025-0004", "county", theirs, "阜康市")], at=AT)
        with pytest.raises(ConflictError, match='现在是 "阜康市"'):
            filled.append([changed("LD2025-0004", "county", mine, "呼图壁县")], at=AT)


def test_killed_at_random_moments_no_acknowledged_event_is_missing(tmp_path):
    path = tmp_path / "台账.gpkg"
    create_ledger(path).close()
    acknowledged = kill_at_random(path, KILLS)
    with open_ledger(path) as ledger:
        assert set(acknowledged) <= {event.seq for event in ledger.events()}
        assert len(acknowledged) >= KILLS


def test_two_processes_writing_at_once_lose_nothing(tmp_path):
    path = tmp_path / "台账.gpkg"
    create_ledger(path).close()
    told = write_together(path, 2, 200)
    with open_ledger(path) as ledger:
        assert ledger.verify() == ()
        assert sorted(told[0] + told[1]) == [event.seq for event in ledger.events()] == list(range(1, 401))
        assert [clue.fields["visit"] for clue in ledger.clues()] == [199, 199]


def test_events_are_frozen(filled):
    with pytest.raises(dataclasses.FrozenInstanceError):
        filled.events()[0].actor = "李四"
