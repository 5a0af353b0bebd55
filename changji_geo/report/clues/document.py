"""Statistics, the printed map and the state of the ledger -> the report as a Word document."""

from __future__ import annotations

from changji_geo.clues.settings import ClueSettings
from changji_geo.report.clues.counting import Statistics
from changji_geo.report.clues.paper import (
    add_code_line,
    add_heading,
    add_paragraphs,
    add_picture,
    add_table,
    add_title,
    document_bytes,
    new_document,
)
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

TITLE = "“绿盾”线索核查整改情况报告"
LIST_LIMIT = 200
"""Rows of a list in the document; the workbook has all."""


def report_document(
    statistics: Statistics,
    *,
    settings: ClueSettings,
    map_png: bytes,
    background: Background,
) -> bytes:
    """Write the report.

    Parameters
    ----------
    statistics : Statistics
    settings : ClueSettings
        Names of the drop reasons.
    map_png : bytes
        The printed map.
    background : Background
        The state of the ledger, and whether anything is schematic.

    Returns
    -------
    bytes
        A DOCX of A4 pages; the same for the same input.
    """
    s = statistics
    notice = (SCHEMATIC_NOTICE,) if background.schematic else ()
    page = new_document(TITLE, header="　".join([TITLE, s.period.text, *notice]), day=s.period.today)
    add_title(page, TITLE, f"统计期：{s.period.text}", f"编制日期：{day_text(s.period.today)}")
    tables, number = statistic_tables(s), 0

    def put(*wanted: Table, limit: int | None = None) -> None:
        nonlocal number
        for table in wanted:
            number += 1
            add_table(page, table, number=number, limit=limit)

    add_heading(page, "一、总体情况")
    add_paragraphs(page, summary_paragraphs(s))
    add_heading(page, "二、线索分布")
    add_picture(page, map_png, f"图1　线索分布图（{'；'.join([f'截至{day_text(s.period.as_of)}', *notice])}）")
    add_heading(page, "三、分类统计")
    put(*(tables[key] for key in ("statuses", "reserves", "counties", "zones", "zone_areas", "activities", "focus")))
    put(tables["batches"], drop_table(s, settings))
    add_heading(page, "四、本期变化")
    put(tables["turnover"], tables["movements"])
    put(moved_table(s), limit=LIST_LIMIT)
    add_heading(page, "五、本期销号")
    put(closed_table(s), limit=LIST_LIMIT)
    add_heading(page, "六、逾期未完成整改")
    put(overdue_table(s), limit=LIST_LIMIT)
    add_heading(page, "七、统计说明")
    add_paragraphs(page, method_notes(s, background), numbered=True)
    add_heading(page, "八、台账锚记")
    if s.head.count:
        add_code_line(page, s.head.anchor)
    add_paragraphs(page, ledger_notes(s, background))
    return document_bytes(page)
