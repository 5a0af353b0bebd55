"""What a ledger refuses and what its chain names, at the edges: the second fault, the key left out, the path with a backslash."""

import dataclasses
import datetime
import hashlib

import pytest
import shapely

from changji_geo.clues.ledger.appending import Current, prepare_events
from changji_geo.clues.ledger.chain import Head, check_chain, event_hash, parse_anchor
from changji_geo.clues.ledger.evidence_files import check_evidence, register_evidence
from changji_geo.clues.ledger.states import build_clue, geometry_hex, replay, values_after
from changji_geo.clues.model import Event, Evidence, NewEvent
from changji_geo.errors import ConflictError, InputError
from tests.crash_ledger import AT, SQUARE, changed, imported
from tests.test_clues_chain import chain, end_of, messages

WIDE = shapely.box(88.0, 44.0, 88.02, 44.01)
ID = "LD2025-0001"
KNOWN = {"batch": "绿盾2025-1", "original_id": "1", "original": geometry_hex(SQUARE), "county": "奇台县"}


def prepared(*new, known=None, first=1):
    """What the events become where clue `ID` has the values `KNOWN`."""
    values = KNOWN if known is None else known
    find = lambda clue_id: Current(3, values) if clue_id == ID else None  # noqa: E731
    return prepare_events(new, at=AT, head=Head(4, "ab"), find_current=find, first=first)


def refusal(*new, kind=InputError, **more):
    with pytest.raises(kind) as caught:
        prepared(*new, **more)
    return str(caught.value)


# Numbers and chain


def test_events_are_numbered_from_the_head_on_and_each_holds_the_hash_before_it():
    one, two = prepared(changed(ID, "n", None, 1), imported("LD2025-0002"))
    assert (one.event.seq, one.event.prev_hash, two.event.seq, two.event.prev_hash) == (5, "ab", 6, one.event.hash)
    assert (one.state.first_seq, two.state.first_seq) == (3, 6)
    assert [event_hash(p.event) for p in (one, two)] == [one.event.hash, two.event.hash]


def test_a_refusal_counts_events_from_the_first_of_the_whole_lot():
    good, bad = changed(ID, "n", None, 1), NewEvent(ID, "set", " ", {}, {"n": 2})
    assert refusal(good, bad).startswith(f"第 2 件新事件（线索 {ID}）：没有写明经办人")
    assert refusal(good, bad, first=501).startswith(f"第 502 件新事件（线索 {ID}）：没有写明经办人")


# Refusals


@pytest.mark.parametrize("clue_id", ["", " LD9", "LD9\t", "LD\u200b9", "LD\n9"])
def test_an_id_with_blanks_around_or_something_unseen_in_it_is_none(clue_id):
    assert f"线索编号 {clue_id!r} 不能用" in refusal(imported(clue_id))


@pytest.mark.parametrize("path", ["", "a\\b.jpg", "/a.jpg", "C:/a.jpg", "C:a.jpg", "..", "x/../../a.jpg", "a\0.jpg"])
def test_a_path_that_some_system_reads_as_outside_is_no_evidence(path):
    words = refusal(changed(ID, "n", None, 1, evidence=(Evidence(path, "0" * 64, 1),)))
    assert f"证据路径“{path}”不在证据文件夹内" in words


@pytest.mark.parametrize(
    ("digest", "size"), [("A" * 64, 1), ("0" * 63, 1), ("0" * 65, 1), ("g" * 64, 1), ("0" * 64, -1)]
)
def test_a_digest_in_capitals_or_of_another_length_or_a_size_below_nothing_is_none(digest, size):
    words = refusal(changed(ID, "n", None, 1, evidence=(Evidence("a.jpg", digest, size),)))
    assert "证据“a.jpg”的散列值或大小不对" in words
    assert (
        prepared(changed(ID, "n", None, 1, evidence=(Evidence("a.jpg", "0" * 64, 0),)))[0].event.evidence[0].size == 0
    )


@pytest.mark.parametrize("key", ["id", "fields"])
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_clues_id_and_its_fields_as_one_are_no_keys(key, side):
    sides = {"before": {}, "after": {}} | {side: {key: "x"}}
    words = refusal(NewEvent(ID, "set", "张三", sides["before"], sides["after"]))
    assert words.startswith(f"第 1 件新事件（线索 {ID}） 的 {side}：不能有键“{key}”")


@pytest.mark.parametrize("key", ["attributes", "batch", "original", "original_id"])
def test_only_the_file_changes_what_the_file_said(key):
    value = {"attributes": {"a": 1}, "original": geometry_hex(WIDE)}.get(key, "x")
    event = NewEvent(ID, "set", "张三", {key: KNOWN.get(key)}, {key: value})
    assert f"set 事件不能改动 {key}。应为：原文件的内容只由 import 和 reimport 写入" in refusal(event)
    assert prepared(dataclasses.replace(event, kind="reimport"))[0].state.values[key] == value


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"batch": None}, "batch 是 None。应为：文字"),
        ({"original_id": 5}, "original_id 是 5。应为：文字"),
        ({"attributes": "x"}, "attributes 不是表。应为：列名对值的表"),
        ({"dropped": 1}, "dropped 是 1。应为：文字"),
        ({"status": "核查"}, "没有状态“核查”。处理：是不是“待核查”"),
        ({"observed": 20260315}, "observed 是 20260315。应为：2026-03-15 这样的日期"),
        ({"geometry": "zz"}, "几何不是十六进制的 WKB"),
        ({"geometry": geometry_hex(shapely.Point(float("inf"), 44))}, "几何是空的，或坐标不是有限的数"),
        ({"original": None, "geometry": None}, "几何不是十六进制的 WKB"),
    ],
)
def test_a_clue_of_wrong_values_is_neither_written_nor_read(values, problem):
    good = imported("LD2025-0002")
    assert problem in refusal(dataclasses.replace(good, after={**good.after, **values}))
    whole = {**KNOWN, **values}
    with pytest.raises(InputError) as caught:
        build_clue("LD2025-0002", {key: value for key, value in whole.items() if value is not None})
    assert problem in str(caught.value)


# Before and after


def test_a_further_key_of_before_is_compared_too():
    right, wrong = (NewEvent(ID, "set", "张三", {"county": was}, {"n": 1}) for was in ("奇台县", "阜康市"))
    assert prepared(right)[0].event.before == {"county": "奇台县"}
    assert f'线索 {ID} 的 county 现在是 "奇台县"，不是写入者看到的 "阜康市"' in refusal(wrong, kind=ConflictError)


@pytest.mark.parametrize(
    ("key", "value"), [("status", "已核查-待整改"), ("dropped", "permit"), ("geometry", geometry_hex(WIDE))]
)
@pytest.mark.parametrize("said", [True, False])
def test_a_value_that_was_never_set_may_be_given_as_its_default_or_left_out(key, value, said):
    default = {"status": "待核查", "dropped": "", "geometry": KNOWN["original"]}[key]
    event = NewEvent(ID, "set", "张三", {key: default} if said else {}, {key: value})
    if key == "geometry" and not said:  # what an outline replaces has to be seen
        assert "的 geometry 现在是" in refusal(event, kind=ConflictError)
    else:
        assert prepared(event)[0].state.values[key] == value


def test_a_long_value_is_cut_in_a_conflict():
    known = {**KNOWN, "remark": "长" * 100}
    words = refusal(changed(ID, "remark", "短", "新"), known=known, kind=ConflictError)
    assert f'的 remark 现在是 "{"长" * 56}……，不是写入者看到的 "短"' in words
    exact = {**KNOWN, "remark": "长" * 58}
    assert f'现在是 "{"长" * 58}"，' in refusal(changed(ID, "remark", "短", "新"), known=exact, kind=ConflictError)


def test_a_clue_begins_once_and_with_an_import():
    assert "台账中没有线索 LD9。处理：核对编号，或先导入这条线索" in refusal(changed("LD9", "n", None, 1))
    assert f"线索 {ID} 已在台账中（第 3 号事件）" in refusal(imported(ID), kind=ConflictError)


def test_the_shape_that_a_file_brings_is_the_original_and_another_one_stays_beside_it():
    def after(**shapes):
        values = {"batch": "B", "original_id": "1", **{key: geometry_hex(s) for key, s in shapes.items()}}
        found = prepared(NewEvent("LD2025-0002", "import", "张三", {}, values))[0].event.after
        return {key: found[key] for key in ("geometry", "original") if key in found}

    square, wide = geometry_hex(SQUARE), geometry_hex(WIDE)
    assert after(geometry=SQUARE) == {"original": square}
    assert after(original=SQUARE) == {"original": square}
    assert after(geometry=SQUARE, original=SQUARE) == {"original": square}
    assert after(geometry=WIDE, original=SQUARE) == {"geometry": wide, "original": square}


def test_none_takes_a_value_away_and_the_outline_back_to_the_original():
    values = values_after({**KNOWN, "geometry": geometry_hex(WIDE)}, {"county": None, "geometry": None})
    found = build_clue(ID, values)
    assert (found.geometry.equals(SQUARE), dict(found.fields)) == (True, {})
    assert build_clue(ID, {**KNOWN, "geometry": geometry_hex(WIDE)}).geometry.equals(WIDE)


def test_a_geometry_is_spelt_in_one_way():
    assert geometry_hex(shapely.Point(87.5, 44)) == "01010000000000000000E055400000000000004640"
    assert geometry_hex(shapely.set_srid(shapely.Point(87.5, 44), 4490)) == geometry_hex(shapely.Point(87.5, 44))
    assert geometry_hex(shapely.Point(1, 2, 3)).startswith("01E9030000")  # ISO: 1001 is a point with a height


# Faults of a chain


def rehashed(event, **change):
    bare = dataclasses.replace(event, hash="", **change)
    return dataclasses.replace(bare, hash=event_hash(bare))


def test_an_event_that_is_there_twice_is_out_of_order():
    events = chain(3)
    faults = check_chain([*events, events[2]])
    assert [(f.kind, f.seq, f.message) for f in faults] == [("order", 3, "第 3 号事件的次序不对：排在第 3 号之后")]


def test_after_an_event_out_of_order_the_number_reached_stays():
    events = chain(5)
    faults = check_chain([*events[:4], events[1], events[4]], head=end_of(events))
    assert ("missing" not in {f.kind for f in faults}) and ("order", 2) in {(f.kind, f.seq) for f in faults}


def test_gaps_are_named_with_their_numbers_and_the_link_after_a_gap_is_no_further_fault():
    events = chain(9)
    found = check_chain([events[0], events[2], events[6], *events[7:]], head=end_of(events))
    assert messages(found) == ["第 2 号事件缺失", "第 4—6 号事件缺失（共 3 件）"]
    assert [f.seq for f in found] == [2, 4]
    assert messages(check_chain([events[0], *events[3:]])) == ["第 2—3 号事件缺失（共 2 件）"]


def test_numbers_that_could_not_be_read_are_not_missing_and_split_a_gap():
    events = chain(9)
    gap = check_chain([events[0], events[7], events[8]], unreadable={2, 5, 7})
    assert messages(gap) == ["第 3—4 号事件缺失（共 2 件）", "第 6 号事件缺失"]
    assert check_chain([events[0], events[2]], unreadable={2}) == []


def test_after_an_altered_event_the_next_is_not_named_though_its_link_is_broken():
    events = chain(4)
    events[1] = dataclasses.replace(events[1], reason="假", hash="0" * 64)
    assert [(f.kind, f.seq) for f in check_chain(events)] == [("content", 2)]


def test_a_forged_tail_is_a_link_and_an_altered_last_event_no_second_fault_of_the_head():
    events = chain(3)
    forged = [*events[:2], rehashed(events[2], reason="假")]
    assert [(f.kind, f.seq) for f in check_chain(forged, head=end_of(events))] == [("head", 3)]
    altered = [*events[:2], dataclasses.replace(events[2], reason="假")]
    assert [(f.kind, f.seq) for f in check_chain(altered, head=Head(3, "x"))] == [("content", 3)]
    fault = check_chain([], head=Head(0, "x"))[0]
    assert (fault.kind, fault.seq, fault.message) == ("head", None, "末尾记录的散列值与第 0 号事件不符")


def test_one_event_cut_off_is_missed_and_one_too_many_is_too():
    events = chain(3)
    assert [f.kind for f in check_chain(events[:2], head=end_of(events))] == ["missing"]
    assert [f.kind for f in check_chain(events, head=end_of(events[:2]))] == ["head"]


def test_an_anchor_of_no_event_proves_nothing_and_one_amid_the_chain_its_part():
    events = chain(4)
    assert check_chain(events, anchor=Head()) == [] and check_chain([], anchor=Head()) == []
    found = check_chain(events, anchor=Head(2, "0" * 64))
    assert [(f.kind, f.seq) for f in found] == [("anchor", 2)]


@pytest.mark.parametrize("text", [" 17  {}\n", "17 {}", "123456789012345 {}"])
def test_an_anchor_is_read_with_blanks_around_and_in_capitals(text):
    digest = hashlib.sha256(b"x").hexdigest()
    for written in (digest, digest.upper()):
        found = parse_anchor(text.format(written))
        assert (found.count, found.last_hash) == (int(text.split()[0]), digest)


@pytest.mark.parametrize(
    "change",
    [{"role": "after"}, {"size": 4}, {"sha256": "1" * 64}, {"path": "b.jpg"}],
)
def test_everything_of_a_piece_of_evidence_is_covered_by_the_hash(change):
    proof = Evidence("a.jpg", "0" * 64, 3, "before")
    one = Event(1, ID, "set", AT, "张三", {}, {}, "", (proof,))
    assert event_hash(one) != event_hash(dataclasses.replace(one, evidence=(dataclasses.replace(proof, **change),)))


def test_the_zone_of_a_time_is_covered_by_the_hash():
    one = Event(1, ID, "set", AT, "张三", {}, {})
    assert event_hash(one) != event_hash(dataclasses.replace(one, at=AT.astimezone(datetime.UTC)))


def test_later_events_of_a_clue_count_and_clues_stand_in_the_order_of_their_first():
    values = {"batch": "B", "original_id": "1", "original": geometry_hex(SQUARE)}
    events = [
        Event(1, "乙", "import", AT, "张三", {}, values),
        Event(2, "甲", "import", AT, "张三", {}, values),
        Event(3, "乙", "set", AT, "张三", {}, {"county": "奇台县"}),
        Event(4, "乙", "set", AT, "张三", {}, {"county": "阜康市"}),
    ]
    found = replay(events)
    assert list(found) == ["乙", "甲"] and found["乙"].fields == {"county": "阜康市"}


# Evidence files


def test_a_file_is_read_in_parts_and_its_size_is_the_whole(tmp_path):
    data = bytes(range(256)) * 5000  # 1.28 million bytes: more than is read at once
    (tmp_path / "大.tif").write_bytes(data)
    found = register_evidence(tmp_path / "大.tif", tmp_path, role="after")
    assert found == Evidence("大.tif", hashlib.sha256(data).hexdigest(), len(data), "after")
    assert check_evidence([Event(1, ID, "set", AT, "张三", {}, {}, "", (found,))], tmp_path) == []


def test_evidence_that_leads_out_of_the_folder_or_is_none_is_named_in_words(tmp_path):
    folder = tmp_path / "证据"
    (folder / "夹").mkdir(parents=True)
    (tmp_path / "外.jpg").write_bytes(b"x")
    digest = hashlib.sha256(b"x").hexdigest()
    proofs = tuple(Evidence(path, digest, 1) for path in ("../外.jpg", "夹", "无.jpg"))
    found = [f.message for f in check_evidence([Event(7, ID, "set", AT, "张三", {}, {}, "", proofs)], folder)]
    start = f"第 7 号事件（线索 {ID}）的证据文件"
    assert found[0] == f"{start}“../外.jpg”指向证据文件夹之外"
    assert found[1].startswith(f"{start}“夹”读不出（") and found[2] == f"{start}“无.jpg”不见了"


def test_one_file_registered_twice_is_compared_with_each_entry(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"new")
    old, new = (Evidence("a.jpg", hashlib.sha256(data).hexdigest(), 3) for data in (b"old", b"new"))
    events = [Event(n, ID, "set", AT, "张三", {}, {}, "", (e,)) for n, e in ((1, old), (2, new), (3, old))]
    found = check_evidence(events, tmp_path)
    assert [f.seq for f in found] == [1, 3]
    assert found[0].message.endswith(f"被换过：SHA-256 登记时 {old.sha256[:12]}……，现在 {new.sha256[:12]}……")
