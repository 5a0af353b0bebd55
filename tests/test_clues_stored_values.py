"""Values kept as their JSON: the same mapping, the same text, the same hash as encoding everything anew."""

import copy
import datetime
import gc
import hashlib
import json
import pickle

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from changji_geo.clues.ledger.appending import Current, prepare_events
from changji_geo.clues.ledger.chain import Head, canonical_json, event_hash, stored_values
from changji_geo.clues.ledger.gpkg.rows import row_of, rows_of, wkb_of
from changji_geo.clues.ledger.states import ReadState, build_clue, build_clues, geometry_hex, values_after
from changji_geo.clues.ledger.stored_values import StoredValues
from changji_geo.clues.model import Event, Evidence, NewEvent
from changji_geo.clues.resting_collector import rest_collector
from changji_geo.errors import InputError

AT = datetime.datetime(2026, 3, 16, 10, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=8
)
TABLES = st.dictionaries(WORDS, JSON, max_size=5)


@given(TABLES)
def test_a_stored_mapping_is_the_mapping_and_has_its_canonical_text(table):
    stored = stored_values(table)
    assert stored == table == dict(stored)
    assert stored.text == canonical_json(stored) == canonical_json(table)
    assert StoredValues.parse(stored.text) == table
    assert (len(stored), set(stored)) == (len(table), set(table))


@given(TABLES, TABLES)
def test_later_values_are_written_over_and_none_takes_one_away(table, after):
    expected = {key: value for key, value in {**table, **after}.items() if value is not None}
    found = values_after(stored_values(table), stored_values(after))
    assert isinstance(found, StoredValues) and found == expected and found.text == canonical_json(expected)
    assert values_after(table, after) == expected


@pytest.mark.parametrize(
    "text", ["[]", "{", "{}x", '{"a":1', '{"a" :1}', '{"a": 1}', '{"a":1,}', '{"a":1,"a":2}', "{1:2}", "null", ""]
)
def test_what_is_no_plain_object_is_not_taken_apart(text):
    with pytest.raises(ValueError):
        StoredValues.parse(text)


def test_values_come_back_as_json_gives_them():
    stored = stored_values({"日期": datetime.date(2026, 3, 15), "对": (1, 2), "表": {"b": 1, "a": (3,)}})
    assert stored["日期"] == "2026-03-15" and stored["对"] == [1, 2] and stored["表"] == {"b": 1, "a": [3]}
    assert stored["表"] is stored["表"]
    assert stored.get("没有") is None and stored.get("没有", 7) == 7
    with pytest.raises(KeyError):
        stored["没有"]


def test_keys_that_are_no_text_become_what_json_makes_of_them():
    assert stored_values({1: "一"}) == {"1": "一"}


def test_a_copy_and_a_pickle_are_the_same():
    stored = stored_values({"a": [1], "b": "县"})
    assert copy.deepcopy(stored) == pickle.loads(pickle.dumps(stored)) == {"a": [1], "b": "县"}
    assert repr(stored) == "{'a': [1], 'b': '县'}"


@given(before=TABLES, after=TABLES, reason=WORDS, seq=st.integers(1, 10**9))
def test_the_hash_joined_from_parts_is_that_of_the_whole(before, after, reason, seq):
    plain = Event(
        seq, "LD2025-0001", "set", AT, "张三", before, after, reason, (Evidence("甲/后.jpg", "0" * 64, 3),), "ab"
    )
    content = {
        "seq": seq, "clue_id": "LD2025-0001", "kind": "set", "at": "2026-03-16T10:00:00+08:00", "actor": "张三",
        "before": before, "after": after, "reason": reason, "prev_hash": "ab",
        "evidence": [{"path": "甲/后.jpg", "sha256": "0" * 64, "size": 3, "role": ""}],
    }  # fmt: skip
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    expected = hashlib.sha256(text.encode()).hexdigest()
    stored = Event(
        seq, "LD2025-0001", "set", AT, "张三", stored_values(before), stored_values(after), reason, plain.evidence, "ab"
    )
    assert event_hash(plain) == event_hash(stored) == expected


@pytest.mark.parametrize("where", ["actor", "reason", "before", "after"])
def test_a_broken_character_anywhere_has_no_hash(where):
    words = {"actor": "张三", "reason": "", "before": {}, "after": {}}
    words[where] = {"备注": "\ud800"} if where in ("before", "after") else "\ud800"
    for side in ("before", "after"):
        words[side] = stored_values(words[side])
    with pytest.raises(InputError, match="有不能写成 JSON 的值"):
        event_hash(Event(1, "LD2025-0001", "set", AT, words["actor"], words["before"], words["after"], words["reason"]))


def new_events(count):
    shapes = shapely.box(87 + 0.01 * shapely.get_x(shapely.points(range(count), 0)), 44, 87.005, 44.005)
    out = []
    for number, shape in enumerate(shapes):
        text = geometry_hex(shape)
        clue_id = f"LD2025-{number:04d}"
        after = {
            "batch": "甲",
            "original_id": str(number),
            "geometry": text,
            "original": text,
            "attributes": {"备注": None},
        }
        out.append(NewEvent(clue_id, "import", "张三", {}, after))
        if number % 2:
            wider = geometry_hex(shapely.buffer(shape, 0.001))
            out.append(NewEvent(clue_id, "outline", "张三", {"geometry": text}, {"geometry": wider.lower()}))
            out.append(NewEvent(clue_id, "check", "张三", {"geometry": wider}, {"checks": {"结果": [number]}}))
    return out


def test_rows_made_in_blocks_are_those_made_one_by_one():
    prepared = prepare_events(new_events(40), at=AT, head=Head(), find_current=lambda _: None)
    assert len(prepared) == 80 and [*rows_of(iter(prepared))] == [row_of(one) for one in prepared]
    assert [*rows_of([])] == []


def test_states_of_a_block_are_those_of_plain_mappings():
    prepared = prepare_events(new_events(9), at=AT, head=Head(), find_current=lambda _: None)
    plain: dict[str, dict] = {}
    for one in prepared:
        plain[one.event.clue_id] = values_after(plain.get(one.event.clue_id, {}), dict(one.event.after))
        assert one.state.values == plain[one.event.clue_id]
        assert (
            row_of(one)[11:]
            == row_of(type(one)(one.event, Current(one.state.first_seq, dict(one.state.values), one.state.kept)))[11:]
        )
    read = {}
    for one in prepared:
        *_, state, original, geom = row_of(one)
        after = read[one.event.clue_id].kept if one.event.clue_id in read else {}
        kept = {**after, "checks": one.event.after.text} if one.event.kind == "check" else after
        read[one.event.clue_id] = ReadState(one.event.clue_id, state, original, wkb_of(geom), kept)
    found = build_clues(read.values(), tampered=InputError)
    assert found == tuple(build_clue(clue_id, values) for clue_id, values in plain.items())
    assert found[1].fields == {"checks": {"结果": [1]}}


GOOD = ReadState("LD2025-0001", '{"batch":"甲","original_id":"1"}', None, shapely.to_wkb(shapely.Point(87, 44)), {})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"state": "{"}, "^LD2025-0001。$"),
        ({"state": "[]"}, "^LD2025-0001。$"),
        ({"state": None}, "^LD2025-0001。$"),
        ({"geom": "x"}, "^LD2025-0001。$"),
        ({"original": 7}, "^LD2025-0001。$"),
        ({"state": '{"batch":"甲"}'}, "线索 LD2025-0001：original_id 是 None"),
        ({"state": '{"batch":"甲","original_id":"1","observed":"2025"}'}, "线索 LD2025-0001：observed 是 '2025'"),
        ({"geom": b"\x01\x01"}, "线索 LD2025-0001 的 geometry：几何不是十六进制的 WKB"),
        ({"geom": shapely.to_wkb(shapely.Point())}, "线索 LD2025-0001 的 geometry：几何是空的"),
        ({"original": shapely.to_wkb(shapely.Point(np.inf, 44))}, "线索 LD2025-0001 的 original：几何是空的"),
    ],
)
def test_a_stored_state_that_makes_no_clue_is_refused_with_its_id(change, message):
    with pytest.raises(InputError, match=message):
        build_clues([GOOD._replace(clue_id="LD2025-0000"), GOOD._replace(**change)], tampered=InputError)


def test_a_stored_outline_that_was_tampered_with_is_refused_before_anything_is_written():
    state = {"batch": "甲", "original_id": "1", "original": "0101"}
    with pytest.raises(InputError, match="线索 LD2025-0001 的 original.*几何不是十六进制的 WKB"):
        prepare_events(
            [NewEvent("LD2025-0001", "set", "张三", {}, {"county": "奇台县"})],
            at=AT, head=Head(1, "ab"), find_current=lambda _: Current(1, stored_values(state)),
        )  # fmt: skip


def test_the_collector_is_as_before_after_a_rest():
    assert gc.isenabled()
    with rest_collector():
        with rest_collector():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(InputError), rest_collector():
        raise InputError("停")
    assert gc.isenabled()
