"""Ledgers of both kinds: appended events are there for good, nothing half is, and verification names what was altered."""

import dataclasses
import datetime
import hashlib

import pytest
import shapely

from changji_geo.clues.ledger.chain import Head
from changji_geo.clues.ledger.evidence_files import register_evidence
from changji_geo.clues.ledger.opening import Ledger, create_ledger, ledger_exists, open_ledger
from changji_geo.clues.ledger.states import geometry_hex, replay
from changji_geo.clues.model import Evidence, NewEvent
from changji_geo.errors import ConflictError, EnvironmentFault, InputError
from tests.crash_ledger import AT, SQUARE, changed, imported
from tests.ledger_kinds import NEW, fill, messages

COLUMNS = ("seq", "clue_id", "kind", "at", "actor", "before", "after", "reason", "evidence", "prev_hash", "hash",
           "first_seq", "state", "original", "geom")  # fmt: skip


@pytest.fixture
def ledger(kind):
    with create_ledger(kind.location) as opened:
        yield opened


@pytest.fixture
def filled(ledger, tmp_path):
    return fill(ledger, tmp_path / "证据")


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
    wanted = {name for name in dir(Ledger) if not name.startswith("_")} | {"notice", "where"}
    assert wanted <= set(dir(some))


def test_a_ledger_is_never_overwritten(kind, filled):
    assert ledger_exists(kind.location)
    with pytest.raises(InputError, match=kind.taken):
        create_ledger(kind.location)
    assert filled.head().count == 20


def test_a_ledger_of_a_newer_program_is_refused(kind, ledger):
    with kind.raw(guards=True) as db:
        db.execute("UPDATE ledger_info SET ledger_version = 2")
    with pytest.raises(InputError, match=r"台账的版本是 2，本程序只认得 1。处理：升级 changji-geo"):
        open_ledger(kind.location)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET reason = 'x' WHERE seq = 3",
        "DELETE FROM events WHERE seq = 20",
        "UPDATE clues SET status = 'x'",
    ],
)
def test_events_cannot_be_altered_by_another_program(kind, filled, statement):
    with kind.raw(guards=True) as db, pytest.raises(kind.error):
        db.execute(statement)
    assert filled.verify() == ()


@pytest.mark.parametrize("seq", [1, 17, 20])
@pytest.mark.parametrize("column", COLUMNS)
def test_a_byte_flipped_in_any_column_is_found_and_the_event_named(kind, filled, column, seq):
    kind.flip(column, seq)
    found = filled.verify()
    assert any(f"第 {seq}" in fault.message and fault.seq == seq for fault in found), messages(found)


@pytest.mark.parametrize("seq", [1, 10, 20])
def test_a_removed_event_is_named(kind, filled, seq):
    with kind.raw() as db:
        db.execute("DELETE FROM events WHERE seq = ?", (seq,))
    assert messages(filled.verify())[0].startswith(f"第 {seq} 号事件缺失")


def test_two_swapped_events_are_both_named(kind, filled):
    with kind.raw() as db:
        for old, new in ((6, 100), (9, 6), (100, 9)):
            db.execute("UPDATE events SET seq = ? WHERE seq = ?", (new, old))
    assert {6, 9} <= {fault.seq for fault in filled.verify() if fault.kind == "content"}


def test_blanks_in_stored_json_are_an_alteration(kind, filled):
    with kind.raw() as db:
        db.execute("UPDATE events SET after = replace(after, ':', ': ') WHERE seq = 12")
    assert "第 12 号事件的内容被改动：不是本程序写出的样子" in messages(filled.verify())
    with pytest.raises(InputError, match="第 12 号事件被改动，读不出"):
        filled.events()


def test_rows_that_cannot_be_read_are_not_called_missing(kind, filled):
    with kind.raw() as db:
        db.execute("UPDATE events SET at = 'x' WHERE seq IN (8, 9, 20)")
        db.execute("DELETE FROM events WHERE seq = 10")
    found = [(fault.kind, fault.seq) for fault in filled.verify() if fault.kind != "state"]
    assert found == [("missing", 10), ("row", 8), ("row", 9), ("row", 20)]


def test_a_forged_tail_with_its_head_is_betrayed_by_the_anchor(kind, filled):
    anchor = filled.head().anchor
    last = filled.events()[18]
    with kind.raw() as db:
        db.execute("DELETE FROM events WHERE seq = 20")
        db.execute("UPDATE ledger_head SET count = 19, last_hash = ?", (last.hash,))
    assert filled.verify() == ()
    assert messages(filled.verify(anchor=anchor)) == ["锚记说有第 20 号事件，台账只到第 19 号"]


def test_dropped_guards_and_a_changed_view_are_named(kind, filled):
    with kind.raw(guards=True) as db:
        db.execute(kind.drop_guard)
        db.execute("DROP VIEW clues")
        db.execute("CREATE VIEW clues AS SELECT clue_id, first_seq AS last_seq FROM events")
    found = messages(filled.verify())
    assert "表结构“events_no_delete”缺失：事件可能被改动过" in found
    assert "表结构“clues”被改动：事件可能被改动过" in found


def test_a_swapped_missing_or_cut_evidence_file_is_named(filled, tmp_path):
    folder = tmp_path / "证据"
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


def test_a_ledger_that_another_program_keeps_is_an_environment_fault(kind, filled):
    with kind.open_impatient() as impatient, kind.raw(guards=True) as db:
        for statement in kind.hold:
            db.execute(statement)
        with pytest.raises(EnvironmentFault, match="台账正被另一个程序占用"):
            impatient.append([changed("LD2025-0004", "n", None, 1)], at=AT)
        db.execute("ROLLBACK")
        impatient.append([changed("LD2025-0004", "n", None, 1)], at=AT)
    assert filled.head().count == 21


def test_two_people_changing_one_value_do_not_overwrite_each_other(kind, filled):
    with open_ledger(kind.location) as other:
        mine, theirs = (one.clue("LD2025-0004").fields["county"] for one in (filled, other))
        other.append([changed("LD2025-0004", "county", theirs, "阜康市")], at=AT)
        with pytest.raises(ConflictError, match='现在是 "阜康市"'):
            filled.append([changed("LD2025-0004", "county", mine, "呼图壁县")], at=AT)


def test_events_are_frozen(filled):
    with pytest.raises(dataclasses.FrozenInstanceError):
        filled.events()[0].actor = "李四"
