"""The numbers of a report -> its tables, each with its heading, columns and sum row, for the document and the workbook alike."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from changji_geo.clues.facts import MU_M2, ClueFacts
from changji_geo.clues.settings import ClueSettings
from changji_geo.report.clues.counting import Statistics
from changji_geo.report.clues.tallies import Tally, county_of, reserve_of
from changji_geo.standards.reserves import STATUSES

Value = str | int | float | datetime.date | None

NONE_TEXT = "无"
"""What stands for a rate without a denominator."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its width in a document, whether it holds numbers, and their decimals where not whole."""

    title: str
    width_mm: float = 13.4
    number: bool = False
    decimals: int = 0


@dataclass(frozen=True)
class Table:
    """A table. ``total`` is its sum row; lists have none. ``note`` stands under it."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    total: tuple[Value, ...] | None = None
    note: str = ""


_COUNTS = (
    *(Column(t, number=True) for t in ("导入", "剔除", "保留", "尚无结论", "非问题", "查实问题", "已销号")),
    Column("销号率（%）", 13.4, number=True, decimals=1),
    Column("逾期", number=True),
    Column("区内面积（亩）", 18, number=True, decimals=2),
)

AREA_NOTE = "区内面积只计保留的、已核查比对的图斑；点状线索没有面积，不计入。"


def statistic_tables(statistics: Statistics) -> dict[str, Table]:
    """Every table of counts, by a short key, in the order of the workbook."""
    s = statistics
    return {
        "statuses": _status_table(s),
        "reserves": _tally_table("按保护地统计", "保护地", s.by_reserve, s.total, note=AREA_NOTE),
        "counties": _tally_table("按县（市、区）统计", "县（市、区）", s.by_county, s.total, note=AREA_NOTE),
        "zones": _tally_table(
            "按功能区统计", "功能区", s.by_zone, s.total,
            note="跨两个以上功能区的线索计入面积最大的一个；三区、两区各按线索影像日期适用的分区，不互相换算。",
        ),
        "activities": _tally_table("按活动类型统计", "活动类型", s.by_activity, s.total),
        "batches": _tally_table("按批次统计", "批次", s.by_batch, s.total),
        "zone_areas": _zone_area_table(s),
        "focus": _pairs("四类重点问题", ("自动比对结果", "线索（条）"), s.focus, note="只计保留的线索。"),
        "turnover": _turnover_table(s),
        "movements": Table(
            "本期办理情况",
            (Column("办理事项", 50), Column("次数", 20, number=True), Column("涉及线索（条）", 28, number=True)),
            tuple((m.title, m.times, m.clues) for m in s.movements),
        ),
    }  # fmt: skip


def drop_table(statistics: Statistics, settings: ClueSettings) -> Table:
    """Dropped clues by reason; a code that the settings no longer have stands as it is, so that none is missing."""
    titles: Mapping[str, str] = settings.drop_reasons
    rows = [(titles.get(code, code), count) for code, count in statistics.drops]
    return _pairs("剔除原因", ("剔除原因", "线索（条）"), rows, note="剔除的线索仍留在台账中，可以恢复。")


def overdue_table(statistics: Statistics) -> Table:
    """Kept cases whose deadline has passed, the longest first."""
    columns = (
        *_WHO, Column("状态", 20), Column("责任单位", 22), Column("整改时限", 21), Column("逾期（天）", 13, number=True)
    )  # fmt: skip
    rows = tuple(
        (*_who(f), f.clue.status, _text(f, "duty_unit"), f.value("deadline"), f.overdue_days)
        for f in statistics.overdue
    )
    return Table("逾期未完成整改的线索", columns, rows)


def closed_table(statistics: Statistics) -> Table:
    """Cases closed in the period with their documents, in the order in which they were entered."""
    columns = (
        *_WHO[:2], _WHO[3], Column("销号时间", 21), Column("销号文号", 26), Column("登记日期", 21), Column("登记人", 14),
        Column("期末状态", 16),
    )  # fmt: skip
    rows: list[tuple[Value, ...]] = []
    for case in statistics.closed:
        stands = "已销号" if case.still else "已剔除" if case.facts.clue.dropped else case.facts.clue.status
        rows.append(
            (case.facts.clue.id, case.facts.name, reserve_of(case.facts), _day(case.closing.close_date), case.closing.document, case.closing.entered,
             case.closing.actor, stands)
        )  # fmt: skip
    return Table("本期销号的线索", columns, tuple(rows))


def moved_table(statistics: Statistics) -> Table:
    """Clues that were there before the period and stand elsewhere at its end."""
    columns = (*_WHO, Column("期初", 27), Column("期末", 27))
    rows = tuple((*_who(m.facts), m.before.text, m.after.text) for m in statistics.moved)
    return Table("与期初相比状态有变的线索", columns, rows)


_WHO = (Column("线索编号", 24), Column("名称", 23), Column("县（市、区）", 18), Column("保护地", 28))


def _who(facts: ClueFacts) -> tuple[Value, ...]:
    return facts.clue.id, facts.name, county_of(facts), reserve_of(facts)


def _status_table(s: Statistics) -> Table:
    columns = (
        Column("保护地", 40),
        *(Column(status, 16, number=True) for status in STATUSES),
        Column("合计", number=True),
    )
    rows: tuple[tuple[Value, ...], ...] = tuple((row.reserve, *row.counts, row.total) for row in s.statuses)
    sums = [sum(column) for column in zip(*(row.counts for row in s.statuses), strict=True)] or [0] * len(STATUSES)
    return Table("各保护地线索状态", columns, rows, ("合计", *sums, sum(sums)), note="只计保留的线索，剔除的不在内。")


def _tally_table(title: str, head: str, rows: Iterable[Tally], total: Tally, *, note: str = "") -> Table:
    return Table(title, (Column(head, 31), *_COUNTS), tuple(map(_tally_row, rows)), _tally_row(total), note)


def _tally_row(t: Tally) -> tuple[Value, ...]:
    rate = NONE_TEXT if t.closing_rate is None else round(100 * t.closing_rate, 1)
    area = None if t.inside_m2 is None else round(t.inside_m2 / MU_M2, 2)
    return (
        t.label, t.imported, t.dropped, t.kept, t.pending, t.no_problem, t.problems, t.closed, rate, t.overdue, area,
    )  # fmt: skip


def _zone_area_table(s: Statistics) -> Table:
    columns = (
        Column("分区办法", 20), Column("功能区", 35), Column("涉及线索（条）", 28, number=True),
        Column("区内面积（平方米）", 34, number=True, decimals=1), Column("区内面积（亩）", 30, number=True, decimals=2),
    )  # fmt: skip
    rows = tuple((z.scheme, z.zone or "图层未给出分区", z.clues, *_both(z.area_m2)) for z in s.zone_areas)
    known = [z.area_m2 for z in s.zone_areas if z.area_m2 is not None]
    total = ("合计", "", None, *_both(sum(known) if known else None))
    note = "只计保留的、有影像日期的线索。一条线索可涉及几个功能区，条数不相加；保护地相互重叠处分别计入各自的功能区。"
    return Table("各功能区内面积", columns, rows, total, note)


def _both(area_m2: float | None) -> tuple[Value, Value]:
    return (None, None) if area_m2 is None else (round(area_m2, 1), round(area_m2 / MU_M2, 2))


def _turnover_table(s: Statistics) -> Table:
    columns = (Column("状态", 45), *(Column(word, 22, number=True) for word in ("期初（条）", "期末（条）", "增减")))
    rows = tuple((t.standing, t.before, t.after, t.after - t.before) for t in s.turnover)
    before, after = (sum(t.before for t in s.turnover), sum(t.after for t in s.turnover))
    return Table("期初与期末比较", columns, rows, ("合计（导入）", before, after, after - before))


def _pairs(title: str, heads: tuple[str, str], rows: Sequence[tuple[str, int]], *, note: str = "") -> Table:
    columns = (Column(heads[0], 60), Column(heads[1], 28, number=True))
    return Table(title, columns, tuple(rows), ("合计", sum(count for _, count in rows)), note)


def _text(facts: ClueFacts, key: str) -> str:
    return str(facts.clue.fields.get(key) or "")


def _day(text: str) -> Value:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return text or None
