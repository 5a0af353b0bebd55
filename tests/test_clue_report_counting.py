"""The numbers of a report: as of the end of its period, whatever came later, and every grouping adds up to the whole."""

import dataclasses
import datetime
import itertools
import math

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from changji_geo.clues.model import Evidence, NewEvent
from changji_geo.clues.settings import load_settings
from changji_geo.errors import InputError
from changji_geo.report.clues.counting import build_statistics
from changji_geo.report.clues.happenings import follow_events
from changji_geo.report.clues.periods import dated_events, require_period
from changji_geo.report.clues.tables import closed_table, drop_table, moved_table, overdue_table, statistic_tables
from changji_geo.report.clues.wording import Background, ledger_notes, method_notes, summary_paragraphs
from changji_geo.standards.reserves import STATUSES
from tests.clue_events import Book, arrives, becomes, checked, dropped, moment, restored

D = datetime.date
JAN, MAR, APR, JUN, TODAY = D(2026, 1, 1), D(2026, 3, 31), D(2026, 4, 1), D(2026, 6, 30), D(2026, 7, 6)
GROUPINGS = ("by_reserve", "by_county", "by_zone", "by_activity", "by_batch")
COUNTS = ("imported", "dropped", "kept", "pending", "no_problem", "problems", "closed", "overdue", "unmeasured")


def second_quarter(events):
    return build_statistics(events, start=APR, end=JUN, today=TODAY)


@pytest.fixture(scope="module")
def book():
    """Six clues: 1 closed in April, 2 sent back in May after being found a problem, 3 overdue, 4 no problem, 5 dropped, 6 new."""
    core = checked(600.0, ("三区", "核心区", 400.0), ("三区", "实验区", 200.0), focus="supports", written="采石场")
    plain = checked(300.0, ("三区", "实验区", 300.0), written="养殖", accuracy="schematic")
    book = Book()
    book.add(
        (2, 1),
        *(arrives(f"甲{n}", county="奇台县", reserve="甲保护区", observed="2025-08-01") for n in (1, 2, 3)),
        arrives("甲4", county="阜康市", activity="圈舍", observed="2025-08-01"),
        arrives("甲5", shape=shapely.Point(88, 44)),
    )
    book.add((2, 2), *(NewEvent(f"甲{n}", "check", "张三", {}, {"checks": core, "zone": "核心区"}) for n in (1, 2)))
    book.add((2, 2), NewEvent("甲3", "check", "张三", {}, {"checks": plain, "zone": "实验区"}))
    book.add((3, 1), *(becomes(f"甲{n}", "已核查-待整改", deadline="2026-05-31", duty_unit="某厂") for n in (1, 2, 3)))
    book.add((3, 31), becomes("甲1", "整改中"), becomes("甲2", "整改中"))
    book.add((4, 1), becomes("甲1", "整改完成待验收"), becomes("甲4", "已核查-非问题"), dropped("甲5"))
    book.add((4, 2), becomes("甲1", "已销号", close_date="2026-04-01", close_document="昌环〔2026〕1号"))
    book.add((5, 8), becomes("甲2", "整改完成待验收"), becomes("甲2", "退回重办"))
    book.add((6, 30), arrives("乙6", batch="绿盾2026-2"))
    book.add((7, 1), becomes("甲3", "整改中", deadline="2026-12-31"), restored("甲5"), becomes("甲1", "退回重办"))
    return book


def test_counts_are_those_of_the_last_day_of_the_period(book):
    total = second_quarter(book.events).total
    assert (total.imported, total.dropped, total.kept) == (6, 1, 5)
    assert (total.pending, total.no_problem, total.problems) == (1, 1, 3)
    assert (total.closed, total.overdue) == (1, 2)
    assert total.closing_rate == pytest.approx(1 / 3)
    assert (total.inside_m2, total.unmeasured) == (1500.0, 2)


def test_what_came_after_the_period_changes_nothing_but_the_anchor(book):
    later, then = second_quarter(book.events), second_quarter(book.events[:-3])
    assert dataclasses.replace(later, head=then.head) == then
    assert (later.head.count, then.head.count) == (len(book.events), len(book.events) - 3)
    assert later.head.last_hash == book.events[-1].hash


def test_the_first_and_the_last_day_belong_to_the_period(book):
    found = {m.title: (m.times, m.clues) for m in second_quarter(book.events).movements}
    assert found == {
        "新导入": (1, 1), "核查认定非问题": (1, 1), "整改完成待验收": (2, 2), "销号": (1, 1), "退回重办": (1, 1), "剔除": (1, 1)
    }  # fmt: skip
    first = {m.title: m.times for m in build_statistics(book.events, start=JAN, end=MAR, today=TODAY).movements}
    assert first == {"新导入": 5, "自动比对有新结果": 3, "核查认定待整改": 3}


def test_beginning_plus_change_is_the_end(book):
    rows = {t.standing: (t.before, t.after) for t in second_quarter(book.events).turnover}
    assert {name: pair for name, pair in rows.items() if pair != (0, 0)} == {
        "待核查": (2, 1), "已核查-待整改": (1, 1), "整改中": (2, 0), "已核查-非问题": (0, 1), "已销号": (0, 1),
        "退回重办": (0, 1), "已剔除": (0, 1),
    }  # fmt: skip
    assert statistic_tables(second_quarter(book.events))["turnover"].total == ("合计（导入）", 5, 6, 1)


def test_groups_have_the_desks_words_and_say_why_there_is_none(book):
    s = second_quarter(book.events)
    labels = lambda name: {t.label: t.imported for t in getattr(s, name)}  # noqa: E731
    assert labels("by_county") == {"奇台县": 3, "阜康市": 1, "未核查": 2}
    assert labels("by_reserve") == {"甲保护区": 3, "未核查": 3}
    assert list(labels("by_zone").items()) == [("核心区", 2), ("实验区", 1), ("未核查", 3)]
    assert list(labels("by_activity").items()) == [("采石采砂", 2), ("养殖场", 2), ("未填写", 2)]
    assert labels("by_batch") == {"绿盾2026-1": 5, "绿盾2026-2": 1}
    assert s.focus == (("属四类重点问题", 2), ("不属四类重点问题", 1), ("未核查", 2))
    assert [(z.scheme, z.zone, z.clues, z.area_m2) for z in s.zone_areas] == [
        ("三区", "核心区", 2, 800.0), ("三区", "实验区", 3, 700.0)
    ]  # fmt: skip
    assert s.schematic and not build_statistics(book.events[:5], start=JAN, end=MAR, today=TODAY).schematic


def test_lists_name_the_clues(book):
    s = second_quarter(book.events)
    assert overdue_table(s).rows == (
        ("甲2", "", "奇台县", "甲保护区", "退回重办", "某厂", D(2026, 5, 31), 30),
        ("甲3", "", "奇台县", "甲保护区", "已核查-待整改", "某厂", D(2026, 5, 31), 30),
    )
    assert closed_table(s).rows == (
        ("甲1", "", "甲保护区", D(2026, 4, 1), "昌环〔2026〕1号", D(2026, 4, 2), "李四", "已销号"),
    )
    assert [(row[0], *row[4:]) for row in moved_table(s).rows] == [
        ("甲1", "整改中", "已销号"), ("甲2", "整改中", "退回重办"), ("甲4", "待核查", "已核查-非问题"),
        ("甲5", "待核查", "已剔除"),
    ]  # fmt: skip
    assert drop_table(s, load_settings()).rows == (("与其他线索重复", 1),)


def test_a_case_taken_up_again_in_the_period_is_listed_as_no_longer_closed(book):
    s = build_statistics(book.events, start=APR, end=TODAY, today=TODAY)
    assert closed_table(s).rows[0][-1] == "退回重办"
    assert (s.total.closed, s.total.problems) == (0, 3)


def test_a_reason_that_the_settings_no_longer_have_is_still_counted():
    book = (
        Book().add((4, 1), arrives("甲"), arrives("乙")).add((4, 2), dropped("甲", "旧编码"), dropped("乙", "permit"))
    )
    table = drop_table(second_quarter(book.events), load_settings())
    assert (set(table.rows), table.total) == ({("旧编码", 1), ("手续齐全的已批项目", 1)}, ("合计", 2))


def test_no_problem_sent_back_is_pending_again_and_a_problem_sent_back_is_not():
    book = Book().add((4, 1), arrives("甲"), arrives("乙"))
    book.add((4, 2), becomes("甲", "已核查-非问题"), becomes("乙", "已核查-待整改"))
    book.add((4, 3), becomes("甲", "退回重办"), becomes("乙", "退回重办"))
    total = second_quarter(book.events).total
    assert (total.pending, total.no_problem, total.problems) == (1, 0, 1)
    total = second_quarter(book.add((4, 4), becomes("乙", "待核查")).events).total
    assert (total.pending, total.problems, total.closing_rate) == (2, 0, None)


def test_audits_and_evidence_files_are_counted():
    proof = (Evidence("甲/前.jpg", "0" * 64, 1, "before"), Evidence("甲/后.jpg", "1" * 64, 1, "after"))
    book = Book().add((4, 1), arrives("甲"), arrives("乙")).add((4, 2), dropped("甲"), becomes("乙", "已核查-非问题"))
    book.add((4, 3), NewEvent("甲", "audit", "钱七", {}, {"audit": {"result": "退回"}, "dropped": ""}))
    book.add((4, 3), NewEvent("乙", "audit", "钱七", {}, {"audit": {"result": "同意"}}))
    book.add((4, 4), NewEvent("甲", "evidence", "钱七", {}, {}, "", proof))
    s = second_quarter(book.events)
    found = {m.title: (m.times, m.clues) for m in s.movements}
    assert {k: found[k] for k in ("抽查同意", "抽查退回", "恢复已剔除的线索", "登记证据文件（份）")} == {
        "抽查同意": (1, 1), "抽查退回": (1, 1), "恢复已剔除的线索": (1, 1), "登记证据文件（份）": (2, 1)
    }  # fmt: skip
    assert summary_paragraphs(s)[-1].endswith("新导入 2 条，剔除 1 条，核查认定非问题 1 条，抽查 2 次。")


def test_a_clue_without_a_date_is_in_no_zone_and_its_areas_are_not_added_twice():
    both = checked(100.0, ("三区", "核心区", 100.0), ("两区", "核心保护区", 100.0))
    book = Book().add((4, 1), arrives("甲", reserve="甲保护区", county="奇台县", checks=both))
    s = second_quarter(book.events)
    assert [t.label for t in s.by_zone] == ["没有影像日期，分区不定"]
    assert (s.zone_areas, s.total.inside_m2) == ((), 100.0)


def test_points_have_no_area_rather_than_none_of_it():
    point = checked(None, ("三区", "核心区", None))
    book = Book().add((4, 1), arrives("甲", shape=shapely.Point(88, 44), checks=point, observed="2025-08-01"))
    s = second_quarter(book.events)
    assert (s.total.inside_m2, s.total.unmeasured) == (None, 1)
    tables = statistic_tables(s)
    assert tables["reserves"].total[-1] is None
    assert tables["zone_areas"].rows == (("三区", "核心区", 1, None, None),)
    assert "区内面积：没有可计的图斑（点状，或尚未自动比对）。" in summary_paragraphs(s)[1]


def test_a_clock_that_went_backwards_does_not_make_a_clue_change_before_it_was_there():
    book = Book().add((4, 10), arrives("甲")).add((2, 1), becomes("甲", "已核查-非问题"))
    assert [day for day, _ in dated_events(book.events)] == [D(2026, 4, 10), D(2026, 4, 10)]
    s = build_statistics(book.events, start=JAN, end=MAR, today=TODAY)
    assert (s.total.imported, s.movements) == (0, ())


def test_the_day_of_an_event_is_that_of_its_own_zone():
    book = Book().add((4, 1), arrives("甲"))
    late = dataclasses.replace(book.events[0], at=moment((3, 31), 23))
    assert [day for day, _ in dated_events([late])] == [MAR]


def test_a_period_that_is_not_over_is_reported_as_of_today(book):
    s = build_statistics(book.events, start=APR, end=D(2026, 12, 31), today=D(2026, 6, 10))
    assert (s.period.as_of, s.total.imported, s.overdue[0].overdue_days) == (D(2026, 6, 10), 5, 10)


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (JUN, APR, "统计期：统计期的止日 2026-04-01 早于起日 2026-06-30。应为：起日不晚于止日。处理：对调或改正两个日期。"),
        (
            D(2026, 8, 1), D(2026, 8, 31),
            "统计期：统计期从 2026-08-01 开始，今天是 2026-07-06。应为：不晚于今天的起日。处理：改早起日。",
        ),
    ],
)  # fmt: skip
def test_a_period_that_cannot_be_is_refused(start, end, message):
    with pytest.raises(InputError) as caught:
        build_statistics((), start=start, end=end, today=TODAY)
    assert str(caught.value) == message


def test_the_summary_says_it_in_plain_words(book):
    assert summary_paragraphs(second_quarter(book.events)) == (
        "截至2026年6月30日，台账共导入线索 6 条，其中剔除 1 条，保留 5 条。保留的线索中，尚无核查结论 1 条，认定非问题 1 条，"
        "查实问题 3 条（占保留的 60.0%）。",
        "查实的 3 个问题中已销号 1 个，销号率 33.3%。超过整改时限的 2 条，最长的（甲2）已逾期 30 天。"
        "保留线索在自然保护区内的面积合计 2.25 亩（1\u2009500.0 平方米），另有 2 条为点状或尚未比对，没有面积。"
        "自动比对认为属四类重点问题的 2 条，2 条尚未比对。",
        "本期（2026年4月1日至2026年6月30日）新导入 1 条，剔除 1 条，核查认定非问题 1 条，销号 1 条，退回重办 1 条。",
    )


def test_the_summary_of_nothing_of_all_dropped_and_of_a_quiet_period():
    assert summary_paragraphs(second_quarter(())) == ("截至2026年6月30日，台账中没有线索。",)
    book = Book().add((2, 1), arrives("甲"))
    _first, second, third = summary_paragraphs(second_quarter(book.events))
    assert second.startswith("还没有查实的问题，销号率：无。没有超过整改时限的线索。")
    assert second.endswith("四类重点问题尚未自动比对。")
    assert third == "本期（2026年4月1日至2026年6月30日）台账没有新的记录。"
    assert summary_paragraphs(second_quarter(book.add((4, 1), dropped("甲")).events)) == (
        "截至2026年6月30日，台账共导入线索 1 条，其中剔除 1 条，保留 0 条。全部线索都已剔除，没有需要核查整改的线索。",
        "本期（2026年4月1日至2026年6月30日）剔除 1 条。",
    )


def test_the_notes_give_the_zone_rule_by_date_and_whose_thresholds_they_are(book):
    s = second_quarter(book.events)
    notes = method_notes(s, Background(schematic=True))
    assert any(
        "2026年3月14日及以前按三区（核心区、缓冲区、实验区），2026年3月15日起按两区（核心保护区、一般控制区）" in n
        for n in notes
    )
    assert any("不是国家标准" in n for n in notes) and notes[-1].endswith("示意图层，不作为执法依据。")
    assert not any("示意" in n for n in method_notes(s, Background(schematic=False)))


def test_the_notes_on_the_ledger_count_the_faults_beyond_the_tenth(book):
    from changji_geo.clues.ledger.chain import Fault

    s = second_quarter(book.events)
    faults = tuple(Fault("content", f"第 {n} 号事件的内容被改动", n) for n in range(1, 13))
    notes = ledger_notes(s, Background(faults))
    assert notes[0] == (
        "编制时核验事件链和当前状态（没有给出证据文件夹，证据文件未核对），发现 12 处问题（以下列出前 10 处）："
    )
    assert notes[1:11] == tuple(f.message for f in faults[:10])
    assert ledger_notes(second_quarter(()), Background()) == ("台账还没有事件，没有锚记。",)


DEEDS = st.one_of(
    st.tuples(st.just("status"), st.sampled_from(STATUSES)),
    st.tuples(st.just("dropped"), st.sampled_from(["", "duplicate", "permit"])),
    st.tuples(st.just("county"), st.sampled_from([None, "奇台县", "阜康市"])),
    st.tuples(st.just("zone"), st.sampled_from([None, "核心区", "一般控制区", "甲"])),
    st.tuples(st.just("deadline"), st.sampled_from([None, "2026-04-15", "2026-08-01"])),
    st.tuples(st.just("checks"), st.sampled_from([0.0, 12.5, 1e6, None])),
)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 4), DEEDS, st.integers(0, 3)), max_size=25),
    st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_every_grouping_adds_up_and_the_periods_add_up_to_the_year(deeds, points):
    book = Book()
    for n, point in enumerate(points):
        shape = shapely.Point(88, 44) if point else shapely.box(88, 44, 88.01, 44.01)
        book.add((1, 5 + n), arrives(f"甲{n}", shape=shape, batch=f"批{n % 2}"))
    days = iter(sorted(step for *_, step in deeds))
    for (n, (key, value), _), quarter in zip(deeds, days, strict=True):
        after = checked(value, ("三区", "核心区", value)) if key == "checks" and value is not None else value
        book.add((2 + 3 * quarter, 10), NewEvent(f"甲{n}", "set", "张三", {}, {key: after}))
    ends = [D(2026, 3, 31), D(2026, 6, 30), D(2026, 9, 30), D(2026, 12, 31)]
    starts = [D(2026, 1, 1), *(end + datetime.timedelta(days=1) for end in ends[:-1])]
    quarters = [
        build_statistics(book.events, start=a, end=b, today=ends[-1]) for a, b in zip(starts, ends, strict=True)
    ]
    for s in quarters:
        total = s.total
        assert total.imported == total.dropped + total.kept == len(s.clues)
        assert total.kept == total.pending + total.no_problem + total.problems
        assert total.closed <= total.problems and total.dropped == sum(count for _, count in s.drops)
        for name in GROUPINGS:
            rows = getattr(s, name)
            assert {c: sum(getattr(t, c) for t in rows) for c in COUNTS} == {c: getattr(total, c) for c in COUNTS}
            assert math.isclose(sum(t.inside_m2 or 0.0 for t in rows), total.inside_m2 or 0.0)
        assert sum(count for _, count in s.focus) == sum(row.total for row in s.statuses) == total.kept
        assert len(s.overdue) == total.overdue
        assert sum(t.after for t in s.turnover) == total.imported
    for earlier, later in itertools.pairwise(quarters):
        assert [t.after for t in earlier.turnover] == [t.before for t in later.turnover]
    year = build_statistics(book.events, start=starts[0], end=ends[-1], today=ends[-1])
    assert year.total == quarters[-1].total
    every = [m for s in quarters for m in s.movements]
    for movement in year.movements:
        assert movement.times == sum(m.times for m in every if m.title == movement.title)


def test_following_events_leaves_out_those_after_today():
    book = Book().add((4, 1), arrives("甲")).add((5, 1), arrives("乙"))
    past = follow_events(dated_events(book.events), require_period(JAN, D(2026, 12, 31), D(2026, 4, 30)))
    assert (set(past.after), len(past.events)) == ({"甲"}, 1)
