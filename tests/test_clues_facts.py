"""Facts worked out from a clue, and the fields by which tables speak of it."""

import dataclasses
import datetime

import pytest
import shapely

from changji_geo.clues.checks.priority import Priority
from changji_geo.clues.checks.stored import checks_value, priority_value
from changji_geo.clues.facts import clue_facts, overdue_days, parse_day
from changji_geo.clues.fields import DESK_FIELDS, FIELDS, RESERVED_KEYS, field_of
from changji_geo.clues.model import CheckResult, Clue, LayerUse
from changji_geo.ellipsoid import area_m2
from changji_geo.errors import InputError

TODAY = datetime.date(2026, 3, 16)
SQUARE = shapely.box(88.0, 44.0, 88.01, 44.01)


def clue(status="待核查", *, shape=SQUARE, dropped="", attributes=None, **fields):
    return Clue("LD2025-0001", "绿盾2025-1", "1", shape, shape, status, None, attributes or {}, fields, dropped)


def facts_of(now):
    return clue_facts([now], today=TODAY)[0]


# Deadlines


@pytest.mark.parametrize(
    ("deadline", "days"),
    [
        ("2026-03-15", 1),
        ("2026-03-16", None),
        ("2026-03-17", None),
        ("2025-03-16", 365),
        ("三月底", None),
        (None, None),
    ],
)
def test_a_deadline_has_passed_from_the_next_day_on(deadline, days):
    assert overdue_days(clue("整改中", deadline=deadline), TODAY) == days


@pytest.mark.parametrize(
    ("status", "days"),
    [
        ("待核查", 15), ("已核查-非问题", None), ("已核查-待整改", 15), ("整改中", 15), ("整改完成待验收", 15),
        ("已销号", None), ("退回重办", 15),
    ],
)  # fmt: skip
def test_a_settled_case_is_never_overdue_and_a_dropped_one_neither(status, days):
    now = clue(status, deadline="2026-03-01")
    assert overdue_days(now, TODAY) == days
    assert overdue_days(dataclasses.replace(now, dropped="permit"), TODAY) is None


def test_only_iso_text_is_a_day():
    assert parse_day("2026-03-05") == datetime.date(2026, 3, 5)
    assert [parse_day(text) for text in ("2026年3月5日", "", None, 5)] == [None] * 4


# Place and size


def test_an_area_in_mu_is_three_two_thousandths_of_that_in_square_metres():
    found = facts_of(clue())
    assert found.area_m2 == pytest.approx(float(area_m2([SQUARE])[0]), rel=1e-12)
    assert found.value("area_mu") == pytest.approx(found.area_m2 * 3 / 2000, rel=1e-12)


def test_the_position_lies_on_the_patch_even_of_a_horseshoe():
    shape = SQUARE.difference(shapely.box(88.002, 44.002, 88.01, 44.008))
    found = facts_of(clue(shape=shape))
    assert shape.covers(shapely.Point(found.lon, found.lat)) and not shape.covers(shape.centroid)


def test_a_point_has_its_own_position_and_no_area():
    found = facts_of(clue(shape=shapely.Point(88.5, 44.25)))
    assert (found.lon, found.lat, found.area_m2, found.area_mu) == (88.5, 44.25, None, None)
    assert found.value("dms") == "88°30′00.0″E，44°15′00.0″N"


def test_no_clues_have_no_facts():
    assert clue_facts([], today=TODAY) == ()


# Words


@pytest.mark.parametrize(
    ("attributes", "fields", "name"),
    [
        ({"name": "丁", "图斑名称": "丙", "点位名称": "乙", "名称": "甲"}, {"facility": "戊"}, "甲"),
        ({"name": "丁", "图斑名称": "丙", "点位名称": "乙", "名称": ""}, {}, "乙"),
        ({"name": "丁", "图斑名称": "丙"}, {}, "丙"),
        ({"name": "丁"}, {"facility": "戊"}, "丁"),
        ({"NAME": "丁"}, {"facility": "戊"}, "戊"),
        ({}, {}, None),
    ],
)
def test_the_name_is_that_of_the_file_else_that_of_the_facility(attributes, fields, name):
    found = facts_of(clue(attributes=attributes, **fields))
    assert found.value("name") == name and found.name == (name or "")


@pytest.mark.parametrize("key", ["check_date", "built", "deadline", "done_date", "close_date"])
def test_a_day_of_the_ledger_is_a_date_and_other_words_stay(key):
    assert facts_of(clue(**{key: "2026-03-05"})).value(key) == datetime.date(2026, 3, 5)
    assert facts_of(clue(**{key: "2019年前后"})).value(key) == "2019年前后"
    assert facts_of(clue()).value(key) is None


def test_text_that_looks_like_a_day_stays_text_and_blanks_are_none():
    found = facts_of(clue(remark="2026-03-05"))
    assert found.value("remark") == "2026-03-05"
    assert [found.value(key) for key in ("dropped", "priority", "inside_m2", "observed", "overdue_days")] == [None] * 5
    assert facts_of(clue(dropped="permit")).value("dropped") == "permit"


# Checks


def checked(accuracy):
    zones = [{"reserve": "甲保护区", "scheme": "三区", "zone": "核心区", "area_m2": 5.0, "share": 0.5}]
    use = LayerUse("reserves", "1", "0" * 64, accuracy)
    found = CheckResult("reserve_zones", "supports", "", {"inside_m2": 5.0, "zones": zones}, (use,))
    score = Priority(30.0, (("功能区", "核心区", 30.0),))
    return clue(checks=checks_value([found]), priority=priority_value(score)), zones


@pytest.mark.parametrize(
    ("accuracy", "schematic"), [("surveyed", False), ("published", False), ("approximate", False), ("schematic", True)]
)
def test_only_a_schematic_layer_makes_a_result_schematic(accuracy, schematic):
    assert facts_of(checked(accuracy)[0]).schematic is schematic


def test_the_last_check_gives_zones_area_and_score():
    now, zones = checked("surveyed")
    found = facts_of(now)
    assert (found.zones, found.value("inside_m2"), found.value("priority")) == (tuple(zones), 5.0, 30.0)
    assert [r.check for r in found.results] == ["reserve_zones"]


# Fields


def test_a_field_is_found_by_key_and_by_title_with_blanks_around():
    assert field_of(" 整改时限 ").key == field_of("deadline\n").key == "deadline"


def test_an_unknown_field_is_named_with_the_nearest_that_a_person_may_write():
    with pytest.raises(InputError) as caught:
        field_of("整改时线")
    words = str(caught.value)
    assert words.startswith("没有字段“整改时线”") and "是不是“整改时限”" in words
    assert "县（市、区）、保护地名称" in words and "状态" not in words and "优先分" not in words


def test_a_person_fills_in_what_is_not_worked_out():
    assert [f.key for f in DESK_FIELDS] == [
        "county", "reserve", "zone", "activity", "facility", "change", "check_date", "check_result", "finding", "built",
        "permit", "measure", "duty_unit", "deadline", "progress", "done_date", "remark",
    ]  # fmt: skip
    assert not RESERVED_KEYS & {f.key for f in DESK_FIELDS}
    assert {"imported", "buffer_m", "checks", "audit"} < RESERVED_KEYS


def test_closed_lists_offer_exactly_their_words():
    closed = {f.key: f.choices for f in FIELDS if f.kind == "choice" and not f.open_choice}
    assert closed["check_result"] == ("属实", "部分属实", "不属实") and set(closed) == {"status", "check_result"}
    assert field_of("change").choices == ("新增", "规模扩大", "减少", "无变化")
