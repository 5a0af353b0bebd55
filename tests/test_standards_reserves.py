"""Rules of reserves: zones by date, focus types, activity classes, the status flow and what closing needs."""

import datetime
from typing import get_args

import pytest

from changji_geo.clues.model import Status
from changji_geo.errors import InputError
from changji_geo.standards.reserves import (
    ACTIVITIES,
    CLOSED_STATUS,
    CLOSES_FROM,
    FIRST_STATUS,
    FOCUS_TYPES,
    STATUSES,
    ZONE_SCHEMES,
    activity_class,
    counts_as_focus,
    next_statuses,
    require_closing,
    require_transition,
    scheme_of_zone,
    zone_scheme,
)


@pytest.mark.parametrize(
    ("day", "zones", "named"),
    [
        (datetime.date(1999, 1, 1), ("核心区", "缓冲区", "实验区"), "2017年修订"),
        (datetime.date(2026, 3, 14), ("核心区", "缓冲区", "实验区"), "2017年修订"),
        (datetime.date(2026, 3, 15), ("核心保护区", "一般控制区"), "国务院令第830号"),
        (datetime.datetime(2026, 3, 15, 8, 30), ("核心保护区", "一般控制区"), "国务院令第830号"),
        (datetime.date(2040, 1, 1), ("核心保护区", "一般控制区"), "国务院令第830号"),
    ],
)
def test_the_day_chooses_the_zones_and_names_the_regulation(day, zones, named):
    assert zone_scheme(day).zones == zones
    assert named in zone_scheme(day).regulation


def test_every_day_has_exactly_one_scheme():
    first, second = ZONE_SCHEMES
    assert (first.since, second.until) == (None, None)
    assert second.since - first.until == datetime.timedelta(days=1)


def test_a_zone_belongs_to_one_scheme_and_an_unknown_one_is_refused():
    assert [scheme_of_zone(z).id for z in ("实验区", "一般控制区")] == ["three_zones", "two_zones"]
    with pytest.raises(InputError, match="没有功能区“实验”.*是不是“实验区”"):
        scheme_of_zone("实验")


def test_there_are_four_focus_types():
    assert [a.name for a in FOCUS_TYPES] == ["采石采砂", "工矿用地", "旅游设施", "水电设施"]


@pytest.mark.parametrize("name", ["采石采砂", "工矿用地"])
def test_quarries_and_mines_count_in_every_zone(name):
    assert all(counts_as_focus(activity_class(name), z) for s in ZONE_SCHEMES for z in s.zones)


@pytest.mark.parametrize("name", ["旅游设施", "水电设施"])
def test_tourism_and_hydropower_count_only_in_the_strict_zones(name):
    counting = [z for s in ZONE_SCHEMES for z in s.zones if counts_as_focus(activity_class(name), z)]
    assert counting == ["核心区", "缓冲区", "核心保护区"]


def test_roads_count_nowhere():
    assert not any(counts_as_focus(activity_class("道路"), z) for s in ZONE_SCHEMES for z in s.zones)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("采石采砂", "A1"),
        ("A1", "A1"),
        (" 采 石 场 ", "A1"),
        ("Ａ２", "A2"),
        ("废弃采石场（北侧）", "A1"),
        ("光伏", "B2"),
    ],
)
def test_written_activities_find_their_class(written, code):
    assert activity_class(written).code == code


@pytest.mark.parametrize("written", ["", "旅游公路", "非采石", "未采矿", "看不清", "=HYPERLINK(1)"])
def test_words_that_name_no_class_or_two_or_deny_one_are_left_to_a_person(written):
    assert activity_class(written) is None


def test_no_synonym_stands_for_two_classes_and_no_code_is_there_twice():
    words = [w for a in ACTIVITIES for w in (a.code, a.name, *a.synonyms)]
    assert len(words) == len(set(words))


def test_the_flow_has_the_statuses_of_the_contract_and_ends_where_it_should():
    assert set(STATUSES) == set(get_args(Status))
    assert FIRST_STATUS == "待核查"
    assert {s for s in STATUSES if CLOSED_STATUS in next_statuses(s)} == {CLOSES_FROM}


def test_every_status_can_be_reached_and_none_is_a_dead_end():
    reached, todo = set(), [FIRST_STATUS]
    while todo:
        status = todo.pop()
        if status not in reached:
            reached.add(status)
            todo += next_statuses(status)
    assert reached == set(STATUSES)
    assert all(next_statuses(s) for s in STATUSES)


def test_a_jump_is_refused_and_the_message_lists_what_is_allowed():
    require_transition("待核查", "已核查-待整改")
    with pytest.raises(InputError) as caught:
        require_transition("待核查", "已销号", where="LD2025-0001")
    assert str(caught.value) == (
        "LD2025-0001：状态不能从“待核查”改为“已销号”。应为：“已核查-非问题”、“已核查-待整改”。处理：按流程逐步改。"
    )


def test_a_status_that_does_not_exist_is_refused_on_either_side():
    with pytest.raises(InputError, match="没有状态“整改”.*是不是“整改中”"):
        next_statuses("整改")
    with pytest.raises(InputError, match="没有状态“完成”"):
        require_transition("待核查", "完成")


def test_a_closed_case_can_only_be_sent_back():
    assert next_statuses("已销号") == ("退回重办",)


def test_closing_names_everything_that_is_missing():
    with pytest.raises(InputError, match="不能销号：缺少整改前证据、整改后证据、销号文号"):
        require_closing("整改完成待验收", before=0, after=0, document=" ")
    with pytest.raises(InputError, match="缺少整改后证据。应为"):
        require_closing("整改完成待验收", before=2, after=0, document="昌州环函〔2025〕1号")
    require_closing("整改完成待验收", before=1, after=1, document="昌州环函〔2025〕1号")


def test_closing_needs_acceptance_first():
    with pytest.raises(InputError, match="状态是“整改中”，不能销号。应为：“整改完成待验收”"):
        require_closing("整改中", before=1, after=1, document="文号")
