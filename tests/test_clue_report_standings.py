"""Standings in a report: a closing stays that of its own day, and lists and groups keep their order."""

import datetime

import pytest
import shapely

from changji_geo.clues.model import NewEvent
from changji_geo.errors import InputError
from changji_geo.report.clues.counting import build_statistics
from changji_geo.report.clues.happenings import Standing, follow_events, next_standing
from changji_geo.report.clues.periods import Period, dated_events, require_period
from changji_geo.report.clues.tallies import activity_of, county_of, focus_of, reserve_of, zone_of
from tests.clue_events import Book, arrives, becomes, checked, dropped

D = datetime.date
APR, JUN, TODAY = D(2026, 4, 1), D(2026, 6, 30), D(2026, 7, 6)


def quarter(book, **days):
    return build_statistics(book.events, start=APR, end=days.get("end", JUN), today=TODAY)


def note(clue_id, kind="set", **values):
    return NewEvent(clue_id, kind, "王五", {}, values)


# Periods


def test_a_period_has_its_first_and_last_day_but_none_after_today():
    whole, running = Period(APR, JUN, TODAY), Period(APR, JUN, D(2026, 5, 1))
    days = [D(2026, 3, 31), APR, D(2026, 5, 1), D(2026, 5, 2), JUN, D(2026, 7, 1)]
    assert [whole.has(day) for day in days] == [False, True, True, True, True, False]
    assert [running.has(day) for day in days] == [False, True, True, False, False, False]


def test_a_period_may_be_one_day_and_that_day_today():
    assert require_period(TODAY, TODAY, TODAY).text == "2026年7月6日至2026年7月6日"
    with pytest.raises(InputError, match="止日 2026-07-05 早于起日 2026-07-06"):
        require_period(TODAY, D(2026, 7, 5), TODAY)


# Happenings


def test_what_is_noted_on_a_closed_case_does_not_close_it_again():
    book = Book().add((4, 1), arrives("甲"), becomes("甲", "已核查-待整改"), becomes("甲", "整改中"))
    book.add((4, 2), becomes("甲", "整改完成待验收"))
    book.add((4, 3), becomes("甲", "已销号", close_date="2026-04-02", close_document="1号"))
    book.add((5, 9), note("甲", remark="归档"))
    (case,) = quarter(book).closed
    assert (case.closing.entered, case.closing.actor) == (D(2026, 4, 3), "李四")
    assert (case.closing.close_date, case.closing.document, case.still) == ("2026-04-02", "1号", True)


def test_a_case_closed_before_the_period_and_noted_in_it_is_not_among_the_closed():
    book = Book().add((2, 1), arrives("甲"), becomes("甲", "已核查-待整改"), becomes("甲", "整改中"))
    book.add((2, 2), becomes("甲", "整改完成待验收"), becomes("甲", "已销号"))
    found = quarter(book.add((4, 1), note("甲", remark="归档")))
    assert (found.closed, found.movements, found.total.closed) == ((), (), 1)


def test_a_closed_case_that_was_dropped_afterwards_is_no_longer_closed():
    book = Book().add((4, 1), arrives("甲"), becomes("甲", "已核查-待整改"), becomes("甲", "整改中"))
    book.add((4, 2), becomes("甲", "整改完成待验收"), becomes("甲", "已销号")).add((4, 3), dropped("甲"))
    found = quarter(book)
    assert ([case.still for case in found.closed], found.total.closed) == ([False], 0)


def test_another_reason_for_a_drop_is_no_second_drop():
    book = Book().add((2, 1), arrives("甲")).add((4, 1), dropped("甲"), dropped("甲", "permit"))
    found = {m.title: m.times for m in quarter(book).movements}
    assert found == {"剔除": 1} and quarter(book).drops == (("permit", 1),)


def test_an_audit_that_changes_the_drop_only_is_one_that_sends_back():
    book = Book().add((2, 1), arrives("甲"), dropped("甲"))
    book.add((4, 1), note("甲", "audit", audit={"result": "退回"}, dropped=""))
    assert {m.title: m.times for m in quarter(book).movements} == {"恢复已剔除的线索": 1, "抽查退回": 1}


def test_a_dropped_clue_whose_status_changes_does_not_move():
    book = Book().add((2, 1), arrives("甲"), dropped("甲")).add((4, 1), becomes("甲", "已核查-非问题"))
    found = quarter(book)
    assert found.moved == () and found.total.dropped == 1


def test_a_status_taken_away_is_the_first_one():
    book = Book().add((2, 1), arrives("甲"), becomes("甲", "已核查-待整改"), note("甲", status=None))
    assert next_standing(Standing("整改中", "", "problem"), book.events[-1]) == Standing("待核查", "", "pending")
    past = follow_events(dated_events(book.events), Period(APR, JUN, TODAY))
    assert past.after["甲"] == Standing()


# Order


def test_clues_stand_in_the_order_of_their_ids_and_cases_in_that_of_their_closing():
    book = Book().add((2, 1), *(arrives(f"甲{n}") for n in (3, 1, 2)))
    for n in (1, 2, 3):
        steps = ("已核查-待整改", "整改中", "整改完成待验收")
        book.add((3, 1), *(becomes(f"甲{n}", status, deadline="2026-05-31") for status in steps))
    book.add((4, 2), becomes("甲3", "已销号")).add((4, 3), becomes("甲1", "已销号"))
    found = quarter(book)
    assert [c.facts.clue.id for c in found.clues] == ["甲1", "甲2", "甲3"]
    assert [c.closing.clue_id for c in found.closed] == ["甲3", "甲1"]


def test_the_longest_overdue_come_first_and_the_most_frequent_drop():
    book = Book().add((2, 1), *(arrives(f"甲{n}") for n in range(1, 7)))
    for n, day in ((1, "2026-06-01"), (2, "2026-05-01"), (3, "2026-06-01")):
        book.add((3, 1), becomes(f"甲{n}", "已核查-待整改", deadline=day))
    book.add((3, 2), dropped("甲4", "duplicate"), dropped("甲5", "permit"), dropped("甲6", "permit"))
    found = quarter(book)
    assert [(f.clue.id, f.overdue_days) for f in found.overdue] == [("甲2", 60), ("甲1", 29), ("甲3", 29)]
    assert found.drops == (("permit", 2), ("duplicate", 1))


def test_groups_come_by_their_own_order_then_by_size_and_what_is_not_known_last():
    book = Book().add(
        (4, 1),
        arrives("甲1", county="玛纳斯县", zone="实验区", activity="圈舍", batch="乙批", observed="2025-08-01"),
        arrives("甲2", county="奇台县", zone="核心区", activity="索道", batch="甲批", observed="2025-08-01"),
        arrives("甲3", county="奇台县", zone="甲区", activity="看不清", batch="乙批", observed="2025-08-01"),
        arrives("甲4", county=" ", zone="核心保护区", activity="料场", batch="乙批", observed="2026-04-01"),
    )
    found = quarter(book)
    labels = {
        name: [t.label for t in getattr(found, name)] for name in ("by_county", "by_zone", "by_activity", "by_batch")
    }
    assert labels == {
        "by_county": ["奇台县", "玛纳斯县", "未核查"],
        "by_zone": ["核心区", "实验区", "核心保护区", "甲区"],
        "by_activity": ["采石采砂", "旅游设施", "养殖场", "归不到类"],
        "by_batch": ["乙批", "甲批"],
    }


def test_batches_stand_in_the_order_of_their_names_whatever_their_size():
    names = ["绿盾2026-3", "绿盾2024-1", "绿盾2026-1", "绿盾2025-2", "绿盾2025-1", "绿盾2026-2", "绿盾2026-1"]
    book = Book().add((4, 1), *(arrives(f"甲{n}", batch=name) for n, name in enumerate(names)))
    assert [t.label for t in quarter(book).by_batch] == sorted(set(names))


# Groups of one clue


def counted(book):
    return quarter(book).clues[0].facts


@pytest.mark.parametrize(
    ("zones", "observed", "place"),
    [
        ([], "2025-08-01", ("不在保护区内", "不在保护区内")),
        ([("三区", "", 5.0)], "2025-08-01", ("无法判定", "图层未给出分区")),
        ([("三区", "核心区", 5.0)], "2025-08-01", ("无法判定", "无法判定")),
        ([("三区", "核心区", 5.0)], None, ("无法判定", "没有影像日期，分区不定")),
    ],
)
def test_a_clue_without_a_reserve_or_zone_says_why(zones, observed, place):
    facts = counted(Book().add((4, 1), arrives("甲", observed=observed, checks=checked(5.0, *zones))))
    assert (reserve_of(facts), zone_of(facts)) == place
    assert (county_of(facts), activity_of(facts)) == ("无法判定", "未填写")


@pytest.mark.parametrize(
    ("focus", "word"),
    [
        ("supports", "属四类重点问题"),
        ("contradicts", "不属四类重点问题"),
        ("unclear", "不明确"),
        ("not_applicable", "不明确"),
    ],
)
def test_a_focus_that_is_unclear_is_no_no(focus, word):
    assert focus_of(counted(Book().add((4, 1), arrives("甲", checks=checked(5.0, focus=focus))))) == word


# Areas


def test_two_parts_of_a_zone_are_one_clue_there_and_a_dropped_clue_has_no_part():
    twice = checked(500.0, ("三区", "核心区", 300.0), ("三区", "核心区", 200.0))
    book = Book().add((4, 1), *(arrives(f"甲{n}", observed="2025-08-01", checks=twice) for n in (1, 2)))
    found = quarter(book.add((4, 2), dropped("甲2")))
    assert [(z.zone, z.clues, z.area_m2) for z in found.zone_areas] == [("核心区", 1, 500.0)]
    assert found.focus == (("不属四类重点问题", 1),)
    assert (found.total.inside_m2, found.total.unmeasured) == (500.0, 0)


def test_a_dropped_clue_is_neither_closed_nor_overdue_nor_unmeasured():
    book = Book().add((2, 1), arrives("甲1", shape=shapely.Point(88, 44)), arrives("甲2"))
    steps = ("已核查-待整改", "整改中", "整改完成待验收", "已销号")
    book.add(
        (3, 1), *(becomes("甲1", status) for status in steps), becomes("甲2", "已核查-待整改", deadline="2026-04-01")
    )
    found = quarter(book.add((3, 2), dropped("甲1"), dropped("甲2"))).total
    assert (found.kept, found.closed, found.overdue, found.unmeasured, found.closing_rate) == (0, 0, 0, 0, None)


def test_one_schematic_result_makes_the_report_schematic():
    firm, loose = checked(5.0), checked(5.0, accuracy="schematic")
    book = Book().add((4, 1), arrives("甲1", checks=firm), arrives("甲2", checks=loose))
    assert quarter(book).schematic is True
    assert quarter(Book().add((4, 1), arrives("甲1", checks=firm))).schematic is False
