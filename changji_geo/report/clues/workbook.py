"""Statistics -> the workbook with every table of the report on a sheet of its own, lists in full."""

from __future__ import annotations

from changji_geo.clues.settings import ClueSettings
from changji_geo.report.clues.counting import Statistics
from changji_geo.report.clues.periods import day_text
from changji_geo.report.clues.tables import (
    Table,
    closed_table,
    drop_table,
    moved_table,
    overdue_table,
    statistic_tables,
)
from changji_geo.report.clues.wording import Background, ledger_notes, method_notes, summary_paragraphs
from changji_geo.types import SCHEMATIC_NOTICE
from changji_geo.xlsxfile import Cell, SheetData, workbook_bytes


def statistics_workbook(
    statistics: Statistics,
    *,
    settings: ClueSettings,
    background: Background,
) -> bytes:
    """Write the workbook; the same bytes for the same input.

    The first sheet says period, summary, methods and anchor; the others hold one table each: its head in the first row, a
    frozen one, its sum row last. Notes of a table stand on the first sheet.
    """
    s = statistics
    tables = [
        *statistic_tables(s).values(), drop_table(s, settings), moved_table(s), closed_table(s), overdue_table(s)
    ]  # fmt: skip
    about: list[tuple[str, str]] = [
        ("统计期", s.period.text),
        ("状态截至", day_text(s.period.as_of)),
        ("编制日期", day_text(s.period.today)),
        *([("声明", SCHEMATIC_NOTICE)] if background.schematic else []),
        *(("总体情况", text) for text in summary_paragraphs(s)),
        *(("统计说明", text) for text in method_notes(s, background)),
        *((f"表注：{table.title}", table.note) for table in tables if table.note),
        ("台账锚记", s.head.anchor if s.head.count else "无"),
        *(("台账核验", text) for text in ledger_notes(s, background)),
    ]
    return workbook_bytes(SheetData("说明", ("项目", "内容"), about), *map(_sheet, tables))


def _sheet(table: Table) -> SheetData:
    rows: list[tuple[Cell, ...]] = [tuple(row) for row in table.rows]
    if table.total is not None:
        rows.append(tuple(table.total))
    return SheetData(table.title, [column.title for column in table.columns], rows)
