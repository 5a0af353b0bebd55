"""Rows of clues -> the tables of the workbook's other sheets: counts by group, the account of drops, how to fill it in."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from changji_geo.clues.desk.drops import count_drops
from changji_geo.clues.exchange.rows import ExportRow, Value
from changji_geo.clues.settings import ClueSettings
from changji_geo.clues.standing import Standing, standing_by_status
from changji_geo.standards.reserves import CLOSED_STATUS, STATUSES

BLANK = "（未填）"
OUTSIDE = "不在保护区内"
LONGEST_LABEL = 40
"""Characters of a group's name; text from outside may be thousands long."""

_HEADER = ("导入", "保留", "剔除", "查实问题", "已销号", "逾期", "销号率")
_RATE = (
    "销号率 = 已销号 ÷ 查实问题，不含剔除的；没有查实问题时为“无”。查实问题：待整改、整改中、待验收、已销号的线索，以及由这些"
    "状态退回重办的。逾期只计未了结、未剔除的。"
)
_BY_STATUS_ONLY = "本表只按现在的状态统计：退回重办的都计入查实问题。"


@dataclass(frozen=True)
class Table:
    """A table of a sheet, whose last row adds up the others; a float is a share."""

    header: Sequence[str]
    rows: Sequence[Sequence[Value]]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Case:
    row: ExportRow
    standing: Standing


def summary_tables(rows: Sequence[ExportRow], known: Mapping[str, Standing] | None = None) -> tuple[Table, ...]:
    """Counts by reserve, county, type, batch and status; each table's last row is the whole.

    Parameters
    ----------
    rows : sequence of ExportRow
    known : mapping of str to Standing, optional
        Where each clue stands, from `changji_geo.clues.standing.standings`. Without it the status alone decides what counts
        as a problem, and a note says so.
    """
    cases = [_Case(row, (known or {}).get(row.clue.id) or standing_by_status(row.clue)) for row in rows]
    return (
        _grouped("保护地", cases, _reserve_of),
        _grouped("县（市、区）", cases, lambda row: str(row.values["county"] or BLANK)),
        _grouped("活动类型", cases, lambda row: str(row.values["activity"] or BLANK)),
        _grouped("批次", cases, lambda row: row.clue.batch),
        _by_status(rows, (_RATE,) if known else (_RATE, _BY_STATUS_ONLY)),
    )


def _reserve_of(row: ExportRow) -> str:
    check = next((result for result in row.facts.results if result.check == "reserve_zones"), None)
    outside = check is not None and check.verdict == "contradicts"
    return str(row.values["reserve"] or (OUTSIDE if outside else BLANK))


def _grouped(title: str, cases: Sequence[_Case], group: Callable[[ExportRow], str]) -> Table:
    groups: dict[str, list[_Case]] = {}
    for case in cases:
        groups.setdefault(group(case.row), []).append(case)
    labels = sorted(groups, key=lambda label: (label in (BLANK, OUTSIDE), -len(groups[label]), label))
    lines = [(_short(label), *_counts(groups[label])) for label in labels]
    return Table((title, *_HEADER), [*lines, ("合计", *_counts(cases))])


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else f"{label[:LONGEST_LABEL]}……"


def _counts(cases: Iterable[_Case]) -> tuple[Value, ...]:
    every = list(cases)
    kept = [case for case in every if not case.row.clue.dropped]
    problems = sum(case.standing.conclusion == "problem" for case in kept)
    closed = sum(case.row.clue.status == CLOSED_STATUS for case in kept)
    overdue = sum(case.row.facts.overdue_days is not None for case in kept)
    return (
        len(every),
        len(kept),
        len(every) - len(kept),
        problems,
        closed,
        overdue,
        closed / problems if problems else "无",
    )


def _by_status(rows: Sequence[ExportRow], notes: Sequence[str]) -> Table:
    lines: list[tuple[Value, ...]] = []
    for status in STATUSES:
        mine = [row for row in rows if row.clue.status == status]
        dropped = sum(bool(row.clue.dropped) for row in mine)
        lines.append((status, len(mine), len(mine) - dropped, dropped))
    whole = len(rows), sum(not row.clue.dropped for row in rows), sum(bool(row.clue.dropped) for row in rows)
    return Table(("状态", *_HEADER[:3]), [*lines, ("合计", *whole)], notes)


def drop_table(rows: Sequence[ExportRow], settings: ClueSettings) -> Table:
    """What became of every imported clue, by batch: kept, or dropped for which reason.

    Raises
    ------
    InputError
        When a clue was dropped for a reason that the settings do not have.
    """
    batches = sorted({row.clue.batch for row in rows})
    counts = {batch: count_drops((row.clue for row in rows if row.clue.batch == batch), settings) for batch in batches}
    whole = count_drops((row.clue for row in rows), settings)
    used = list(whole.by_reason)
    lines: list[tuple[Value, ...]] = [
        (_short(name), c.imported, c.kept, c.dropped, *(c.by_reason.get(code, 0) for code in used))
        for name, c in [*counts.items(), ("合计", whole)]
    ]
    header = ("批次", "导入", "保留", "剔除", *(settings.drop_reasons[code] for code in used))
    return Table(header, lines, ("剔除的线索留在台账中，可以恢复。只计本表导出的线索。",))


def guide_lines(*, today: datetime.date, anchor: str, count: int, notice: str) -> list[str]:
    """The sheet 说明, line by line."""
    lines = [
        "怎样填写和交回",
        "1. 只填“台账”表中的绿色列；灰色列由程序填写，改了的整行不读回。",
        "2. 一行一条线索，靠“线索编号”认；不要改编号，不要合并单元格，不要填公式。可以删行、删列、调列序、筛选。",
        "3. 状态按流程逐步改；销号须有文号和整改前后证据，用 changji-geo clues close 办理，不能在表中填。",
        "4. 改为“退回重办”时，在“备注”写明理由。",
        "5. 日期填成日期，或 2026-03-15、2026年3月15日、20260315；缺日的不收。",
        "6. 空着的格表示没有填；把原有内容删去，读回时该项即被清空。",
        "7. 交回后运行 changji-geo clues update 本文件：逐格列出改动；与台账里别人的改动冲突的行不收，并说明原因。",
        "8. 工作表有保护但没有密码；要排序，先在“审阅”里撤销保护，排序不影响读回。隐藏的“导出戳”列不要动。",
        f"导出日：{today.isoformat()}，线索 {count} 条。逾期天数按这一天算。",
        f"台账锚记（末号和散列值）：{anchor or '未给出'}",
        "坐标为 CGCS2000 经纬度（EPSG:4490）；面积为椭球面积。",
    ]
    return [*lines, *([f"有的核查结果出自示意图层：{notice}。"] if notice else [])]
