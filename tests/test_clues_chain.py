"""The chain of hashes names every event that was altered, removed or moved."""

import dataclasses
import datetime
import hashlib
import types

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from changji_geo.clues.ledger.chain import Head, canonical_json, check_chain, event_hash, parse_anchor
from changji_geo.clues.ledger.states import geometry_hex, replay
from changji_geo.clues.model import Event, Evidence
from changji_geo.errors import InputError
from tests.crash_ledger import AT, SQUARE


def chain(count, prev=""):
    """So many events on clues 甲 and 乙 in turn, the first two of them imports."""
    out = []
    for seq in range(1, count + 1):
        after = {"visit": seq} if seq > 2 else {"batch": "B", "original_id": str(seq), "original": geometry_hex(SQUARE)}
        event = Event(seq, "乙甲"[seq % 2], "set" if seq > 2 else "import", AT, "张三", {}, after, prev_hash=prev)
        prev = event_hash(event)
        out.append(dataclasses.replace(event, hash=prev))
    return out


def end_of(events):
    return Head(len(events), events[-1].hash)


def messages(faults):
    return [fault.message for fault in faults]


def test_a_chain_as_written_has_no_fault():
    events = chain(20)
    assert check_chain(events, head=end_of(events), anchor=Head(7, events[6].hash)) == []


def test_no_events_and_an_empty_head_have_no_fault():
    assert check_chain([], head=Head()) == []


def test_the_hash_is_sha256_of_the_canonical_text():
    event = Event(1, "甲", "set", AT, "张三", {}, {"b": 1, "a": "x"}, "因", (Evidence("a.jpg", "00", 3),))
    text = (
        '{"actor":"张三","after":{"a":"x","b":1},"at":"2026-03-16T10:00:00+08:00","before":{},"clue_id":"甲",'
        '"evidence":[{"path":"a.jpg","role":"","sha256":"00","size":3}],"kind":"set","prev_hash":"","reason":"因","seq":1}'
    )
    assert event_hash(event) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        {"clue_id": "丙"}, {"kind": "drop"}, {"at": AT + datetime.timedelta(microseconds=1)}, {"actor": "张 三"},
        {"before": {"visit": 0}}, {"after": {"visit": 17.5}}, {"reason": "。"}, {"evidence": (Evidence("a", "b", 1),)},
        {"hash": "0" * 64}, {"prev_hash": "0" * 64}, {"after": {"visit": float("nan")}},
    ],
)  # fmt: skip
def test_an_altered_event_is_named_and_only_it(change):
    events = chain(20)
    events[16] = dataclasses.replace(events[16], **change)
    faults = check_chain(events, head=end_of(events))
    assert [(fault.kind, fault.seq) for fault in faults] == [("content", 17)]
    assert faults[0].message.startswith("第 17 号事件的内容被改动（线索 ")


def test_an_altered_event_with_a_new_hash_does_not_fit_the_next():
    events = chain(20)
    forged = dataclasses.replace(events[16], reason="假", hash="")
    events[16] = dataclasses.replace(forged, hash=event_hash(forged))
    assert messages(check_chain(events, head=end_of(events))) == [
        "第 18 号事件与前一事件接不上：两者之一连同散列值被换过"
    ]


@pytest.mark.parametrize("seq", [1, 10])
def test_a_removed_event_is_named(seq):
    events = chain(20)
    head = end_of(events)
    del events[seq - 1]
    assert messages(check_chain(events, head=head)) == [f"第 {seq} 号事件缺失"]


def test_a_cut_tail_is_noticed_by_the_head():
    events = chain(20)
    assert messages(check_chain(events[:-1], head=end_of(events))) == ["第 20 号事件缺失：末尾被截去"]
    assert messages(check_chain(events[:-3], head=end_of(events))) == ["第 18—20 号事件缺失（共 3 件）：末尾被截去"]
    assert messages(check_chain([], head=Head(2, "x"))) == ["第 1—2 号事件缺失（共 2 件）：末尾被截去"]


def test_two_events_in_each_others_place_are_both_named():
    events = chain(20)
    a, b = events[4], events[9]
    events[4], events[9] = dataclasses.replace(b, seq=5), dataclasses.replace(a, seq=10)
    assert [(f.kind, f.seq) for f in check_chain(events)] == [("content", 5), ("content", 10)]


def test_an_event_out_of_turn_is_named():
    events = chain(5)
    events[2], events[3] = events[3], events[2]
    assert "第 3 号事件的次序不对：排在第 4 号之后" in messages(check_chain(events))


def test_every_one_of_several_faults_is_named():
    events = chain(20)
    events[16] = dataclasses.replace(events[16], reason="假")
    events[2] = dataclasses.replace(events[2], actor="李四")
    del events[9]
    found = check_chain(events)
    assert [(f.kind, f.seq) for f in found] == [("content", 3), ("missing", 10), ("content", 17)]


def test_a_head_that_does_not_fit_is_a_fault():
    events = chain(3)
    assert messages(check_chain(events, head=Head(3, "x"))) == ["末尾记录的散列值与第 3 号事件不符"]
    assert messages(check_chain(events, head=Head(2, events[1].hash))) == [
        "末尾记录写着 2 件事件，实际到第 3 号：有事件不是由本程序写入"
    ]


def test_an_anchor_on_paper_betrays_a_chain_that_was_computed_anew():
    anchor = end_of(chain(20)).anchor
    forged = chain(20, prev="f" * 64)
    forged_first = dataclasses.replace(forged[0], prev_hash="", hash="")
    assert check_chain(chain(20), anchor=parse_anchor(anchor)) == []
    assert forged_first.prev_hash == ""
    found = check_chain(forged, head=end_of(forged), anchor=parse_anchor(anchor))
    assert "第 20 号事件与锚记不符：此号或更早的事件被换过" in messages(found)
    assert messages(check_chain(chain(3), anchor=parse_anchor(anchor))) == ["锚记说有第 20 号事件，台账只到第 3 号"]


def test_an_anchor_that_is_none_is_refused():
    with pytest.raises(InputError, match="锚记“20 abc”读不懂"):
        parse_anchor("20 abc")


def test_canonical_json_has_one_text_for_one_value():
    value = types.MappingProxyType({"乙": (1, 2.5), "a": datetime.date(2026, 3, 15), "t": AT, "n": None})
    assert canonical_json(value) == '{"a":"2026-03-15","n":null,"t":"2026-03-16T10:00:00+08:00","乙":[1,2.5]}'
    assert canonical_json(0.1 + 0.2) == "0.30000000000000004"


@pytest.mark.parametrize(
    "wrong", [float("nan"), float("inf"), {"a": object()}, {1: 2, "a": 3}, "\ud800", {"a": {1, 2}}]
)
def test_what_json_has_no_form_for_is_refused(wrong):
    with pytest.raises(InputError, match="有不能写成 JSON 的值"):
        canonical_json(wrong)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)  # fmt: skip


@given(JSON)
def test_reading_canonical_json_and_writing_it_again_gives_the_same_text(value):
    import json

    text = canonical_json(value)
    assert canonical_json(json.loads(text)) == text


@given(st.data())
def test_any_one_missing_event_is_named(data):
    count = data.draw(st.integers(1, 12))
    seq = data.draw(st.integers(1, count))
    events = chain(count)
    head = end_of(events)
    found = check_chain(events[: seq - 1] + events[seq:], head=head)
    assert [(f.kind, f.seq) for f in found] == [("missing", seq)]


def test_replaying_gives_the_state_after_the_last_event():
    events = chain(5)
    clues = replay(events)
    assert list(clues) == ["甲", "乙"]
    assert (clues["甲"].fields, clues["乙"].fields) == ({"visit": 5}, {"visit": 4})
    assert clues["甲"].original.equals(SQUARE) and clues["甲"].geometry is clues["甲"].original
    assert (clues["甲"].status, clues["甲"].dropped, clues["甲"].observed) == ("待核查", "", None)


def test_later_events_change_status_outline_drop_and_take_fields_away():
    new = shapely.box(88, 44, 88.02, 44.02)
    steps = [
        {"status": "整改中", "observed": "2026-03-15"},
        {"geometry": geometry_hex(new)},
        {"dropped": "duplicate", "county": "奇台县"},
        {"dropped": "", "county": None},
    ]
    events = chain(1) + [Event(n, "甲", "set", AT, "李四", {}, after) for n, after in enumerate(steps, 2)]
    assert replay(events[:4])["甲"].dropped == "duplicate"
    clue = replay(events)["甲"]
    assert (clue.status, clue.observed, clue.dropped) == ("整改中", datetime.date(2026, 3, 15), "")
    assert clue.fields == {}
    assert clue.geometry.equals(new) and clue.original.equals(SQUARE)


def test_events_without_their_import_make_no_clue():
    with pytest.raises(InputError, match=r"^线索 甲：batch 是 None。应为：文字"):
        replay([Event(1, "甲", "set", AT, "张三", {}, {"county": "奇台县"})])
