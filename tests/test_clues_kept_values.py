"""Large values of a clue: a stored state names the event that set them, readers find them there, verification watches over both."""

import pytest
from shapely import box

from changji_geo.clues.ledger.blocks import BLOCK
from changji_geo.clues.ledger.opening import create_ledger
from changji_geo.clues.ledger.states import replay
from changji_geo.clues.ledger.stored_values import ReadValues, StoredValues
from changji_geo.clues.model import NewEvent
from changji_geo.errors import ConflictError, InputError
from tests.crash_ledger import AT, changed, imported
from tests.ledger_kinds import messages

FIRST, SECOND = {"results": [{"check": "一"}]}, {"results": [{"check": "二"}]}


@pytest.fixture
def ledger(kind):
    with create_ledger(kind.location) as opened:
        yield opened


@pytest.fixture
def checked(ledger):
    """Events 1 and 2 import two clues, 3 checks the first, 4 sets its county."""
    ledger.append([imported(f"LD2025-000{n}", imported={"row": n}) for n in (1, 2)], at=AT)
    ledger.append([NewEvent("LD2025-0001", "check", "张三", {}, {"checks": FIRST, "zone": "核心区"})], at=AT)
    ledger.append([changed("LD2025-0001", "county", None, "奇台县")], at=AT)
    return ledger


def rows(kind, columns):
    with kind.raw() as db:
        return [tuple(row) for row in db.execute(f"SELECT {columns} FROM events ORDER BY seq").fetchall()]


def test_a_state_names_the_events_that_set_its_large_values_and_does_not_repeat_them(kind, checked):
    assert rows(kind, "checks_seq, imported_seq") == [(None, 1), (None, 2), (3, 1), (3, 1)]
    assert not any("results" in state or "imported" in state for (state,) in rows(kind, "state"))
    fields = {"zone": "核心区", "county": "奇台县", "checks": FIRST, "imported": {"row": 1}}
    assert checked.clue("LD2025-0001").fields == fields == checked.clues()[0].fields
    assert checked.clue("LD2025-0002").fields == {"imported": {"row": 2}}
    assert {clue.id: clue for clue in checked.clues()} == replay(checked.events())
    assert checked.verify() == ()


def test_a_later_check_takes_the_place_of_the_earlier_and_none_takes_it_away(kind, checked):
    checked.append([NewEvent("LD2025-0001", "check", "张三", {"checks": FIRST}, {"checks": SECOND})], at=AT)
    assert checked.clue("LD2025-0001").fields["checks"] == SECOND
    checked.append([NewEvent("LD2025-0001", "check", "张三", {"checks": SECOND}, {"checks": None})], at=AT)
    assert "checks" not in checked.clue("LD2025-0001").fields and "checks" not in checked.clues()[0].fields
    assert [row[0] for row in rows(kind, "checks_seq")[2:]] == [3, 3, 5, None]
    assert checked.verify() == ()


def test_whoever_saw_another_check_is_refused(checked):
    with pytest.raises(ConflictError, match="LD2025-0001 的 checks 现在是 .*一.*不是写入者看到的 .*二"):
        checked.append([NewEvent("LD2025-0001", "check", "张三", {"checks": SECOND}, {"checks": None})], at=AT)
    assert checked.head().count == 4


@pytest.mark.parametrize("value", ["NULL", "2"])
def test_a_state_that_names_another_event_is_named(kind, checked, value):
    with kind.raw() as db:
        db.execute(f"UPDATE events SET checks_seq = {value} WHERE seq = 4")
    words = "第 4 号事件（线索 LD2025-0001）存的状态与重放事件所得不符：列 checks_seq"
    assert messages(checked.verify()) == [words]


def test_a_large_value_that_was_altered_is_named_and_refused_by_whoever_asks_for_it(kind, checked):
    with kind.raw() as db:
        db.execute("UPDATE events SET after = '{\"checks\": 1}' WHERE seq = 3")
    assert "第 3 号事件的内容被改动：不是本程序写出的样子" in messages(checked.verify())
    assert checked.clues()[0].status == "待核查"
    with pytest.raises(InputError, match="事件里存的 checks 被改动，读不出。处理：用 clues verify"):
        checked.clues()[0].fields["checks"]
    with pytest.raises(InputError, match="事件里存的 checks 被改动"):
        dict(checked.clue("LD2025-0001").fields)


def many(count):
    return [imported(f"LD2025-{n:04d}", shape=box(87 + n / 1000, 44, 87.0005 + n / 1000, 44.01)) for n in range(count)]


def test_events_of_several_blocks_see_those_of_the_blocks_before(kind, ledger):
    new = many(BLOCK + 3)
    again = [changed("LD2025-0000", "county", None, "甲县"), changed("LD2025-0000", "county", "甲县", "乙县")]
    last = changed(f"LD2025-{BLOCK + 2:04d}", "county", None, "丙县")
    written = ledger.append([*new, *again, last, *(changed(e.clue_id, "zone", None, "区") for e in new)], at=AT)
    assert [event.seq for event in written] == list(range(1, 2 * len(new) + 4))
    assert ledger.events() == written and ledger.verify() == ()
    assert ledger.clue("LD2025-0000").fields == {"county": "乙县", "zone": "区"}
    assert ledger.clue(last.clue_id).fields == {"county": "丙县", "zone": "区"}


def test_a_bad_event_in_a_later_block_leaves_nothing_of_the_blocks_before(kind, ledger):
    bad = changed("LD2025-0001", "county", "别的县", "甲县")
    with pytest.raises(ConflictError, match=f"第 {BLOCK * 2 + 1} 件新事件（线索 LD2025-0001）"):
        ledger.append([*many(2 * BLOCK), bad], at=AT)
    assert ledger.head().count == 0 and ledger.events() == () and ledger.verify() == ()
    ledger.append(many(1), at=AT)
    assert ledger.head().count == 1


def test_kept_values_are_asked_for_once_and_only_when_needed():
    asked = []

    def after():
        asked.append(1)
        return '{"checks":{"a":[1]},"zone":"核心区"}'

    values = StoredValues({"county": '"奇台县"'}, kept={"checks": after})
    assert "checks" in values and set(values) == {"county", "checks"} and len(values) == 2
    assert values.without("checks") == {"county": "奇台县"} and values["county"] == "奇台县" and asked == []
    assert values["checks"] == {"a": [1]} and values.text == '{"checks":{"a":[1]},"county":"奇台县"}' and asked == [1]


def test_the_text_of_a_value_is_compared_without_reading_it():
    fields = ReadValues({"zone": "核心区"}, {"checks": '{"checks":{"a":1},"zone":"x"}'})
    assert fields.begins_with("checks", '{"a":1}')
    for other in ('{"a":2}', '{"a":10}', "1", "{}"):
        assert not fields.begins_with("checks", other)
    assert not fields.begins_with("zone", '"核心区"')
    assert fields == {"zone": "核心区", "checks": {"a": 1}} and len(fields) == 2
