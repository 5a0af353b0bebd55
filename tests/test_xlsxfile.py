"""Workbooks: what is text stays text, and the same tables give the same bytes."""

import datetime
import io
import zipfile

import openpyxl

from changji_geo.xlsxfile import SheetData, workbook_bytes

ROWS = [
    ['=HYPERLINK("http://x")', -3.5, 7, True, datetime.date(2026, 3, 15), None],
    ["+86 994", float("nan"), 0, False, None, "\x00坏\x1b字符"],
]
SHEET = SheetData("清单[1]/甲", ["文字", "数", "整数", "真假", "日期", "备注"], ROWS)


def opened(data):
    return openpyxl.load_workbook(io.BytesIO(data))


def test_a_formula_is_written_as_text_and_a_negative_number_as_a_number():
    page = opened(workbook_bytes(SHEET)).worksheets[0]
    assert [c.data_type for c in page["A"]] == ["s", "s", "s"]
    assert page["A2"].value == '=HYPERLINK("http://x")'
    assert page["A2"].quotePrefix and page["A3"].quotePrefix
    assert (page["B2"].value, page["C2"].value, page["D2"].value) == (-3.5, 7, True)


def test_dates_are_dates_and_missing_values_are_empty():
    page = opened(workbook_bytes(SHEET)).worksheets[0]
    assert page["E2"].value == datetime.datetime(2026, 3, 15)
    assert page["B3"].value is None and page["F2"].value is None


def test_characters_that_xml_cannot_hold_are_left_out():
    assert opened(workbook_bytes(SHEET)).worksheets[0]["F3"].value == "坏字符"


def test_header_is_frozen_filtered_and_the_sheet_name_allowed():
    page = opened(workbook_bytes(SHEET)).worksheets[0]
    assert (page.title, page.freeze_panes, page.auto_filter.ref) == ("清单_1__甲", "A2", "A1:F3")


def test_no_moment_of_writing_is_in_the_bytes():
    first = workbook_bytes(SHEET)
    assert workbook_bytes(SHEET) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {e.date_time for e in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        stamps = archive.read("docProps/core.xml").decode()
    assert stamps.count("1980-01-01T00:00:00Z") == 2


def test_the_rows_are_what_openpyxl_itself_would_write():
    """Type, style and value of every kind of cell, written by the library cell by cell."""
    values = [
        "甲", "", " a", "x\ny", "<&>\"'", "=1", "😀", 7, 10**18, 0.1 + 0.2, -3.5, float("inf"), None, True, False,
        datetime.date(2026, 3, 1), datetime.datetime(2026, 3, 1, 7, 30, 15),
    ]  # fmt: skip
    data = workbook_bytes(SheetData("表", ["值", "一位"], [(v, v) for v in values], ["", "0.0"]))
    book = openpyxl.Workbook()
    for number, value in enumerate(values, start=2):
        for place, form in ((1, ""), (2, "0.0")):
            cell = book.active.cell(number, place)
            cell.value = None if value == float("inf") else value
            if isinstance(value, str):
                cell.data_type = "s"
            cell.number_format = form or cell.number_format
    buffer = io.BytesIO()
    book.save(buffer)
    ours, theirs = (
        [(c.coordinate, c.value, c.data_type, c.number_format) for c in row]
        for page in (opened(data).active, opened(buffer.getvalue()).active)
        for row in [[c for line in page.iter_rows(min_row=2) for c in line]]
    )
    assert ours == theirs
