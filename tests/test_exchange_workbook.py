"""The workbook that goes out: typed cells, lists to choose from, no living formula, sums that add up."""

import dataclasses
import datetime
import zipfile

import openpyxl
import pytest

from changji_geo.clues.checks.stored import checks_value
from changji_geo.clues.exchange.cell_text import field_text, xml_text
from changji_geo.clues.exchange.exporting import export_clues
from changji_geo.clues.exchange.rows import export_rows
from changji_geo.clues.exchange.stamps import read_stamp, stamp_text
from changji_geo.clues.exchange.summaries import summary_tables
from changji_geo.clues.exchange.xlsx_text import escaped_text, plain_text
from changji_geo.clues.fields import FIELDS, field_of
from changji_geo.clues.ledger.opening import create_ledger
from changji_geo.clues.model import CheckResult
from changji_geo.clues.settings import load_settings
from changji_geo.errors import InputError
from tests.exchange_clues import AT, FORMULA, HOSTILE, TODAY, clue_id, imports

NOTICE = "示意图层，不作为执法依据"


@pytest.fixture
def clues(tmp_path):
    with create_ledger(tmp_path / "台账.gpkg") as ledger:
        ledger.append(imports(), at=AT)
        return ledger.clues()


@pytest.fixture
def book(clues, tmp_path):
    return openpyxl.load_workbook(export_clues(clues, tmp_path / "台账.xlsx", today=TODAY, anchor="6 ab12"))


def cell(book, number, key):
    titles = [c.value for c in book["台账"][2]]
    row = next(r for r in book["台账"].iter_rows(min_row=3) if r[0].value == clue_id(number))
    return row[titles.index(field_of(key).title)]


def lines(sheet):
    return [[c for c in row if c is not None] for row in sheet.iter_rows(values_only=True)]


def test_every_field_is_a_column_under_a_frozen_filtered_header(book):
    page = book["台账"]
    assert [c.value for c in page[2]] == [*(f.title for f in FIELDS), "导出戳（勿改）"]
    assert page.freeze_panes == "B3" and page.auto_filter.ref == "A2:AH8"
    assert page.column_dimensions["AI"].hidden
    assert page["B1"].value.startswith("绿盾线索台账　2026-03-16　共 6 条") and page["B1"].value.endswith(NOTICE)


def test_dates_are_dates_and_numbers_numbers_and_blanks_are_blank(book):
    deadline = cell(book, 1, "deadline")
    assert deadline.value == datetime.datetime(2026, 3, 1) and deadline.number_format == "yyyy-mm-dd"
    assert cell(book, 3, "built").value == "2019年前后"
    assert cell(book, 3, "lon").value == 88.1234568 and cell(book, 3, "lon").number_format == "0.0000000"
    assert cell(book, 3, "area_m2").value is None and cell(book, 3, "priority").value is None
    assert cell(book, 1, "area_m2").value == pytest.approx(
        222.224 * 160.411, abs=1
    )  # metres of 0.002 degrees at 44.001
    assert (cell(book, 1, "overdue_days").value, cell(book, 5, "overdue_days").value) == (15, None)


def test_no_formula_lives_in_the_file(book, clues, tmp_path):
    for key, number, text in (("remark", 2, FORMULA), ("duty_unit", 2, "+cmd|' /C calc'!A0"), ("name", 1, HOSTILE)):
        found = cell(book, number, key)
        assert (found.value, found.data_type) == (text, "s")
    assert cell(book, 2, "remark").quotePrefix and not cell(book, 1, "name").quotePrefix
    with zipfile.ZipFile(tmp_path / "台账.xlsx") as archive:
        assert not any(b"<f>" in archive.read(n) for n in archive.namelist() if n.startswith("xl/worksheets/"))


def test_what_a_person_fills_in_is_unlocked_and_the_rest_grey_and_locked(book):
    assert book["台账"].protection.sheet and book["台账"].protection.password is None
    for field in FIELDS:
        found = cell(book, 1, field.key)
        assert (found.protection.locked, found.fill.fgColor.rgb == "00F0F0F0") == (not field.desk, not field.desk)


def test_lists_offer_the_choices_but_not_closing(book):
    rules = {rule.errorTitle: rule for rule in book["台账"].data_validations.dataValidation}
    assert book["选项"].sheet_state == "hidden"
    letters = {column[0].value: [c.value for c in column[1:] if c.value] for column in book["选项"].columns}
    assert letters["状态"] == ["待核查", "已核查-非问题", "已核查-待整改", "整改中", "整改完成待验收", "退回重办"]
    assert len(letters["县（市、区）"]) == 7 and letters["核查情况"] == ["属实", "部分属实", "不属实"]
    assert str(rules["状态"].sqref) == "E3:E8" and rules["状态"].errorStyle == "stop"
    assert rules["活动类型"].errorStyle == "warning" and rules["整改时限"].type == "date"
    assert rules["状态"].formula1 == "'选项'!$D$2:$D$7"
    assert not rules["状态"].showDropDown


def test_an_overdue_row_is_highlighted_by_its_days(book):
    (area,) = book["台账"].conditional_formatting
    assert str(area.sqref) == "A3:AH8"
    assert area.rules[0].formula == ["AND(ISNUMBER($AE3),$AE3>0)"]
    assert book["台账"]["AE2"].value == "逾期天数"


def test_counts_add_up_in_every_table(book):
    found = lines(book["汇总"])
    assert found[2][1:] == ["导入", "保留", "剔除", "查实问题", "已销号", "逾期", "销号率"]
    # of the kept five two wait, three are problems, one of them closed
    assert found.count(["合计", 6, 5, 1, 3, 1, 1, pytest.approx(1 / 3)]) == 4
    assert ["奇台县", 2, 1, 1, 1, 0, 1, 0] in found and ["阜康市", 1, 1, 0, 0, 0, 0, "无"] in found
    assert ["待核查", 3, 2, 1] in found and found.count(["合计", 6, 5, 1]) == 1


def test_a_clue_outside_all_reserves_is_told_from_one_that_was_not_checked(clues):
    outside = checks_value([CheckResult("reserve_zones", "contradicts", "不在任何保护区内")])
    away = dataclasses.replace(clues[2], fields={"checks": outside})
    table = summary_tables(export_rows([*clues[:2], away], today=TODAY, settings=load_settings()))[0]
    assert [line[:2] for line in table.rows] == [
        ("奇台荒漠类草地自然保护区", 1), ("不在保护区内", 1), ("（未填）", 1), ("合计", 3),
    ]  # fmt: skip


def test_dropped_and_kept_make_up_what_was_imported(book):
    found = lines(book["剔除"])
    assert found[2] == ["批次", "导入", "保留", "剔除", "保护区设立前已有的耕作或放牧"]
    assert found[3:5] == [["绿盾2025-1", 6, 5, 1, 1], ["合计", 6, 5, 1, 1]]
    assert cell(book, 4, "dropped").value == "保护区设立前已有的耕作或放牧"


def test_the_guide_names_the_ledgers_anchor(book):
    text = "\n".join(str(line[0]) for line in lines(book["说明"]) if line)
    assert "台账锚记（末号和散列值）：6 ab12" in text and NOTICE in text and "2026-03-16" in text


def test_it_prints_on_a3_with_its_header_repeated(book):
    page = book["台账"]
    assert (page.page_setup.orientation, page.page_setup.paperSize, page.page_setup.fitToWidth) == ("landscape", 8, 3)
    assert (page.print_title_rows, page.print_title_cols) == ("$2:$2", "$A:$A")


def test_the_same_clues_in_any_order_give_the_same_bytes(clues, tmp_path):
    for name in ("a.xlsx", "a.kml", "a.kmz", "a.gpx", "a.gpkg", "a.geojson"):
        one = export_clues(clues, tmp_path / "1" / name, today=TODAY).read_bytes()
        assert export_clues(clues[::-1], tmp_path / "2" / name, today=TODAY).read_bytes() == one


def test_an_unknown_ending_and_no_clues_are_refused(clues, tmp_path):
    with pytest.raises(InputError, match="不会写“.doc”格式。应为：.xlsx、.kml"):
        export_clues(clues, tmp_path / "a.doc", today=TODAY)
    with pytest.raises(InputError, match="没有线索可写"):
        export_clues([], tmp_path / "a.xlsx", today=TODAY)
    assert not (tmp_path / "a.xlsx").exists()


def test_a_stamp_belongs_to_its_clue_and_cannot_be_edited(clues):
    stamp = stamp_text(clues[0], {"status": "整改中"})
    assert read_stamp(stamp, clues[0].id).holds(field_of("status"), "整改中")
    assert not read_stamp(stamp, clues[0].id).holds(field_of("status"), "待核查")
    assert read_stamp(stamp, clues[0].id).holds(field_of("remark"), "")
    assert read_stamp(stamp, clues[1].id) is None
    assert read_stamp(stamp.replace("status", "remark"), clues[0].id) is None


def test_one_value_has_one_spelling():
    date, number, text = (field_of(key) for key in ("deadline", "area_m2", "remark"))
    days = ("2026年3月5日", "2026-03-05", "20260305", datetime.date(2026, 3, 5), datetime.datetime(2026, 3, 5), 46086)
    assert {field_text(date, day) for day in days} == {"2026-03-05"}
    assert [field_text(number, n) for n in (-3, "-3.04", float("nan"), None)] == ["-3.0", "-3.0", "", ""]
    assert [field_text(text, t) for t in (12.0, 1.5, True, " 甲\r\n乙\x00 ")] == ["12", "1.5", "是", "甲\n乙"]


@pytest.mark.parametrize("text", ["_x0041_", "_x005F_", "a_x000D_b", "_xyz_", "__x0041__", "x0041_"])
def test_text_that_looks_like_a_code_of_office_stays_as_it_is(text):
    assert plain_text(escaped_text(text)) == text


def test_xml_never_gets_what_it_cannot_hold():
    assert xml_text("".join(map(chr, range(32))) + "甲\ud800\ufffe\x7f") == "甲"
