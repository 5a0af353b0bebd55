"""Rows of clues -> the ledger as a workbook to fill in and read back: no formula lives in it, same input same bytes."""

from __future__ import annotations

import copy
import datetime
import io
import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from changji_geo.archive import EPOCH, undated
from changji_geo.clues.desk.known_names import Names
from changji_geo.clues.exchange.cell_text import DECIMALS
from changji_geo.clues.exchange.rows import ExportRow, Value, notice_of
from changji_geo.clues.exchange.stamps import STAMP_TITLE
from changji_geo.clues.exchange.summaries import Table, drop_table, guide_lines, summary_tables
from changji_geo.clues.exchange.xlsx_text import escaped_text
from changji_geo.clues.fields import FIELDS, Field
from changji_geo.clues.settings import ClueSettings
from changji_geo.clues.standing import Standing
from changji_geo.standards.reserves import CLOSED_STATUS, ZONE_SCHEMES
from changji_geo.xlsxfile import FORMULA_STARTS

SHEET = "台账"
CHOICES_SHEET = "选项"
HEADER_ROW = 2
"""Row of the column titles; the sheet's own title is above."""

_GREY, _HEAD, _HEAD_DERIVED, _RED = "F0F0F0", "CFE3D4", "D9D9D9", "FBE3DF"
_NUMBER_FORMATS = {0: "0", 1: "#,##0.0", 2: "#,##0.00", 7: "0.0000000"}
_DATE_FORMAT = "yyyy-mm-dd"
_PAPER_A3, _PAPER_A4 = 8, 9
_PAGES_WIDE = 3
"""Sheets of A3 that the columns take side by side; on fewer nobody could read them."""

_FONT = "宋体"
_LINE_PT = 15.0


def ledger_workbook(
    rows: Sequence[ExportRow],
    *,
    today: datetime.date,
    settings: ClueSettings,
    names: Names,
    anchor: str = "",
    known: Mapping[str, Standing] | None = None,
) -> bytes:
    """Build the workbook.

    Parameters
    ----------
    rows : sequence of ExportRow
        In the order of the sheet.
    today : date
        Stands in the title; deadlines were compared with it.
    settings : ClueSettings
        Drop reasons, for the account.
    names : Names
        For the drop-down lists of counties and reserves.
    anchor : str
        The ledger's last event and hash (`Head.anchor`), "" when unknown.
    known : mapping of str to Standing, optional
        Where each clue stands after its events, see `changji_geo.clues.exchange.summaries.summary_tables`.

    Returns
    -------
    bytes
        Sheets 台账, 汇总, 剔除, 说明 and the hidden 选项. Columns that are worked out are grey and locked; the protection has no
        password, it guides.
    """
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    notice = notice_of(rows)
    page = book.create_sheet(SHEET)
    sheets = [book.create_sheet(name) for name in ("汇总", "剔除", "说明", CHOICES_SHEET)]
    _fill_ledger(page, rows, today, notice)
    lists = _write_choices(sheets[3], _choices(rows, names))
    _add_validations(page, lists, len(rows))
    _set_up_page(page, len(rows), notice)
    _write_tables(sheets[0], summary_tables(rows, known), f"线索汇总（{today.isoformat()}）", notice)
    _write_tables(sheets[1], (drop_table(rows, settings),), "剔除账：剔除 + 保留 = 导入", notice)
    _write_guide(sheets[2], guide_lines(today=today, anchor=anchor, count=len(rows), notice=notice))
    sheets[3].sheet_state = "hidden"
    fixed = datetime.datetime(*EPOCH)
    book.properties.created = book.properties.modified = fixed
    buffer = io.BytesIO()
    book.save(buffer)
    return undated(buffer.getvalue())


def _fill_ledger(page: Any, rows: Sequence[ExportRow], today: datetime.date, notice: str) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    title = f"绿盾线索台账　{today.isoformat()}　共 {len(rows)} 条　灰色列由程序填写，改动不读回；填法见“说明”"
    # Not in the first column, which is printed on every sheet.
    _put_text(page.cell(1, 2), f"{title}　{notice}" if notice else title)
    page.cell(1, 2).font = Font(name=_FONT, bold=True, size=12)
    page.row_dimensions[1].height = 22
    page.row_dimensions[HEADER_ROW].height = 32
    for place, (text, desk) in enumerate([*((f.title, f.desk) for f in FIELDS), (STAMP_TITLE, False)], start=1):
        cell = page.cell(HEADER_ROW, place, text)
        cell.font, cell.fill = (
            Font(name=_FONT, bold=True, size=10),
            PatternFill("solid", fgColor=_HEAD if desk else _HEAD_DERIVED),
        )
        cell.alignment = Alignment(vertical="center", wrap_text=True)
    styles = _Styles(page)
    for number, row in enumerate(rows, start=HEADER_ROW + 1):
        for place, field in enumerate(FIELDS, start=1):
            value = row.values[field.key]
            cell = page.cell(number, place)
            cell._style = styles.of(field, quoted=isinstance(value, str) and value.startswith(FORMULA_STARTS))
            _put(cell, value)
        _put_text(page.cell(number, len(FIELDS) + 1), row.stamp)
        if (lines := _lines(row)) > 1:  # a row without a height of its own is one line high until somebody types in it
            page.row_dimensions[number].height = min(_LINE_PT * lines, 400)


def _lines(row: ExportRow) -> int:
    """Lines of text that the tallest cell of a row needs."""
    return max(
        sum(max(1, math.ceil(_text_width(line) / (field.width - 1))) for line in value.split("\n"))
        for field in FIELDS
        if isinstance(value := row.values[field.key] or "", str)
    )


def _text_width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _put(cell: Any, value: Value) -> None:
    if isinstance(value, str):
        _put_text(cell, value)
    elif value is not None:
        style = cell._style  # openpyxl overwrites a date's format
        cell.value = value
        cell._style = style


def _put_text(cell: Any, text: str) -> None:
    cell.value = escaped_text(text)
    cell.data_type = "s"


class _Styles:
    """One style for each kind of cell: giving each cell its own takes ten times as long."""

    def __init__(self, page: Any) -> None:
        self._made: dict[tuple[str, bool], Any] = {}
        self._page = page

    def of(self, field: Field, *, quoted: bool) -> Any:
        key = (field.key, quoted)
        if key not in self._made:
            self._made[key] = self._make(field, quoted)
        return copy.copy(self._made[key])

    def _make(self, field: Field, quoted: bool) -> Any:
        from openpyxl.cell import Cell
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side

        cell = Cell(self._page, row=1, column=1)
        line = Side("hair", color="A6A6A6")
        cell.border = Border(line, line, line, line)
        cell.font = Font(name=_FONT, size=10)
        cell.alignment = Alignment(vertical="top", wrap_text=field.kind in ("text", "choice"))
        if field.kind == "date":
            cell.number_format = _DATE_FORMAT
        elif field.kind == "number":
            cell.number_format = _NUMBER_FORMATS[DECIMALS.get(field.key, 1)]
        else:
            cell.number_format = "@"
        if field.desk:
            cell.protection = Protection(locked=False)
        else:
            cell.fill = PatternFill("solid", fgColor=_GREY)
        cell.quotePrefix = quoted
        return cell._style


def _choices(rows: Sequence[ExportRow], names: Names) -> dict[str, tuple[str, ...]]:
    """Field -> the words its list offers."""
    seen = {key: {str(v) for row in rows if (v := row.values[key])} for key in ("county", "reserve")}
    known = {"county": tuple(names.counties), "reserve": tuple(names.reserves)}
    out = {key: (*names_, *sorted(seen[key] - {*names_})) for key, names_ in known.items()}
    out["zone"] = tuple(dict.fromkeys(zone for scheme in ZONE_SCHEMES for zone in scheme.zones))
    for field in FIELDS:
        if field.desk and field.choices:
            # A sheet cannot close a case: that takes evidence and a document.
            out[field.key] = tuple(c for c in field.choices if field.key != "status" or c != CLOSED_STATUS)
    return {key: words for key, words in out.items() if words}


def _write_choices(page: Any, choices: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Write each list as a column; the reference of each."""
    from openpyxl.utils import get_column_letter

    titles = {field.key: field.title for field in FIELDS}
    references = {}
    for place, (key, words) in enumerate(choices.items(), start=1):
        for number, word in enumerate((titles[key], *words), start=1):
            _put_text(page.cell(number, place), word)
        letter = get_column_letter(place)
        page.column_dimensions[letter].width = 24
        references[key] = f"'{CHOICES_SHEET}'!${letter}$2:${letter}${len(words) + 1}"
    return references


def _add_validations(page: Any, lists: Mapping[str, str], count: int) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    for place, field in enumerate(FIELDS, start=1):
        if not field.desk or not count:
            continue
        if field.key in lists:
            closed = field.kind == "choice" and not field.open_choice
            rule = DataValidation(type="list", formula1=lists[field.key], allow_blank=field.key != "status")
            # In XLSX the attribute says that the arrow is hidden, whatever its name.
            rule.showDropDown = False
            rule.errorStyle, rule.error = (
                ("stop", "请从列表中选择") if closed else ("warning", "不在列表中，确定要用吗？")
            )
            if field.key == "status":
                rule.promptTitle, rule.prompt = "状态", "按流程逐步改；销号须有文号和证据，不能在表中填"
        elif field.kind == "date":
            rule = DataValidation(
                type="date",
                operator="between",
                formula1="DATE(1950,1,1)",
                formula2="DATE(2099,12,31)",
                allow_blank=True,
            )
            rule.errorStyle, rule.error = "warning", "应为日期，如 2026-03-15"
        else:
            continue
        rule.showErrorMessage = rule.showInputMessage = True
        rule.errorTitle = field.title[:32]
        letter = get_column_letter(place)
        rule.add(f"{letter}{HEADER_ROW + 1}:{letter}{HEADER_ROW + count}")
        page.add_data_validation(rule)


def _set_up_page(page: Any, count: int, notice: str) -> None:
    from openpyxl.formatting.rule import FormulaRule
    from openpyxl.styles import PatternFill
    from openpyxl.utils import get_column_letter

    last = get_column_letter(len(FIELDS))
    end = HEADER_ROW + max(count, 1)
    for place, field in enumerate(FIELDS, start=1):
        page.column_dimensions[get_column_letter(place)].width = field.width
    page.column_dimensions[get_column_letter(len(FIELDS) + 1)].hidden = True
    page.freeze_panes = f"B{HEADER_ROW + 1}"
    page.auto_filter.ref = f"A{HEADER_ROW}:{last}{end}"
    overdue = get_column_letter(1 + next(i for i, f in enumerate(FIELDS) if f.key == "overdue_days"))
    late = FormulaRule([f"AND(ISNUMBER(${overdue}{HEADER_ROW + 1}),${overdue}{HEADER_ROW + 1}>0)"],
                       fill=PatternFill("solid", bgColor=_RED))  # fmt: skip
    page.conditional_formatting.add(f"A{HEADER_ROW + 1}:{last}{end}", late)
    guard = page.protection
    guard.sheet = True
    guard.autoFilter = guard.sort = guard.formatColumns = guard.formatRows = False  # False: allowed
    page.print_title_rows, page.print_title_cols = f"{HEADER_ROW}:{HEADER_ROW}", "A:A"
    page.print_area = f"A1:{last}{end}"
    _print_on(page, _PAPER_A3, notice)
    page.page_setup.fitToWidth = _PAGES_WIDE


def _print_on(page: Any, paper: int, notice: str) -> None:
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = paper
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    for side in ("left", "right"):
        setattr(page.page_margins, side, 0.4)
    page.oddFooter.left.text = notice
    page.oddFooter.right.text = "第 &P 页，共 &N 页"


def _write_tables(page: Any, tables: Sequence[Table], title: str, notice: str) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    _put_text(page.cell(1, 1), f"{title}　{notice}" if notice else title)
    page.cell(1, 1).font = Font(name=_FONT, bold=True, size=12)
    number = 3
    for table in tables:
        for place, text in enumerate(table.header, start=1):
            cell = page.cell(number, place, text)
            cell.font, cell.fill = Font(name=_FONT, bold=True, size=10), PatternFill("solid", fgColor=_HEAD)
            cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="left" if place == 1 else "right")
        for line in table.rows:
            number += 1
            for place, value in enumerate(line, start=1):
                cell = page.cell(number, place)
                _put(cell, value)
                cell.alignment = Alignment(horizontal="left" if place == 1 else "right", wrap_text=place == 1)
                if isinstance(value, float):
                    cell.number_format = "0.0%"
                cell.font = Font(name=_FONT, bold=line is table.rows[-1], size=10)
        for note in table.notes:
            number += 1
            _put_text(page.cell(number, 1), note)
            page.cell(number, 1).font = Font(name=_FONT, size=9, color="666666")
        number += 2
    page.column_dimensions["A"].width = 40
    for place in range(2, max((len(t.header) for t in tables), default=1) + 1):
        page.column_dimensions[get_column_letter(place)].width = 14
    _print_on(page, _PAPER_A4, notice)


def _write_guide(page: Any, lines: Sequence[str]) -> None:
    from openpyxl.styles import Alignment, Font

    for number, line in enumerate(lines, start=1):
        cell = page.cell(number, 1)
        _put_text(cell, line)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.font = Font(name=_FONT, bold=number == 1, size=12 if number == 1 else 10)
    page.column_dimensions["A"].width = 110
    _print_on(page, _PAPER_A4, "")
