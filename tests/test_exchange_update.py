"""A workbook that was filled in comes back: exactly what was changed is taken, and each wrong row is refused with its reason."""

import datetime
import zipfile

import openpyxl
import pytest

from changji_geo.clues.desk.deeds import set_event
from changji_geo.clues.exchange.exporting import export_clues
from changji_geo.clues.exchange.updating import RefusedRow, plan_update
from changji_geo.clues.ledger.opening import create_ledger
from changji_geo.errors import InputError
from tests.exchange_clues import AT, FORMULA, HEADER, TODAY, Form, clue_id, imports, plain

WORKED = {"status": "整改中", "county": "奇台县", "deadline": "2026-06-30", "remark": "旧"}


@pytest.fixture
def ledger(tmp_path):
    with create_ledger(tmp_path / "台账.gpkg") as opened:
        opened.append(imports(), at=AT)
        yield opened


def said(plan):
    return {(c.clue_id[-1], c.field, c.before, c.after) for c in plan.changes}


def test_twenty_right_and_wrong_edits_give_exactly_the_expected_changes_and_refusals(tmp_path):
    """Rows 1 to 12 are edited rightly, 13 to 31 and 33 wrongly; the others are left alone or gone."""
    clues = [plain(n, **WORKED) for n in range(1, 37)]
    clues[1] = plain(2)
    form = Form(clues, tmp_path / "台账.xlsx")
    form.put(1, progress="  已拆除围栏 ", duty_unit=12)
    form.put(2, status="已核查-待整改", check_date=datetime.datetime(2026, 3, 5, 9, 30), check_result="属实")
    form.put(3, deadline="2026年9月1日")
    form.put(4, deadline="20261231")
    form.put(5, deadline=None, remark="")
    form.put(6, finding="第一行\r\n第二行")
    form.put(7, county="别的县", change="改作他用")
    form.put(8, status="整改完成待验收")
    form.put(9, county="吉木萨尔县")  # the ledger says so too by now
    form.put(10, remark="旧")  # typed anew, the same
    form.put(12, measure="恢复植被")  # the ledger has another deadline by now
    form.put(13, status="待核查")
    form.put(14, status="已销号")
    form.put(15, status="整改中吧")
    form.put(16, deadline="2026-13-45", progress="好的一格不会单独收下")
    form.put(17, check_result="大概属实")
    form.put(18, area_m2=1)
    form.put(19, progress="=1+1")
    form.put(20, deadline="2026-09-30")  # the ledger says 2026-08-01 by now
    form.put(21, id="LD2099-0001")
    form.put(22, id=clue_id(23))
    form.put(24, deadline="2026年9月")
    form.put(25, close_document="自填文号")
    form.put(26, status=None)
    row = form.row(27)
    form.page.merge_cells(start_row=row, end_row=row, start_column=10, end_column=12)
    form.put(28, remark="#REF!")
    form.cell(28, "remark").data_type = "e"
    form.put(29, stamp=form.cell(30, "stamp").value, progress="复制来的戳")
    form.put(30, id=None)
    form.put(31, progress="甲" * 6000)
    form.put(33, deadline=20261231)  # no day that Excel could count
    form.page.delete_rows(form.row(32))
    now = list(clues)
    for number, later in (
        (9, {"county": "吉木萨尔县"}),
        (12, {"deadline": "2026-07-01"}),
        (20, {"deadline": "2026-08-01"}),
    ):
        now[number - 1] = plain(number, **(WORKED | later))
    rows = {n: form.row(n) for n in (13, 14, 15, 16, 17, 18, 19, 20, 24, 25, 26, 27, 28, 29, 31, 33)}
    twice = [r[0].row for r in form.page.iter_rows(min_row=3) if r[0].value == clue_id(23)]
    plan = form.plan(now)
    assert [(c.clue_id, c.field, c.before, c.after) for c in plan.changes] == [
        (clue_id(1), "duty_unit", None, "12"),
        (clue_id(1), "progress", None, "已拆除围栏"),
        (clue_id(2), "status", "待核查", "已核查-待整改"),
        (clue_id(2), "check_date", None, "2026-03-05"),
        (clue_id(2), "check_result", None, "属实"),
        (clue_id(3), "deadline", "2026-06-30", "2026-09-01"),
        (clue_id(4), "deadline", "2026-06-30", "2026-12-31"),
        (clue_id(5), "deadline", "2026-06-30", None),
        (clue_id(5), "remark", "旧", None),
        (clue_id(6), "finding", None, "第一行\n第二行"),
        (clue_id(7), "county", "奇台县", "别的县"),
        (clue_id(7), "change", None, "改作他用"),
        (clue_id(8), "status", "整改中", "整改完成待验收"),
        (clue_id(12), "measure", None, "恢复植被"),
    ]
    assert {r.row: r.reason for r in plan.refused} == {
        rows[13]: "状态不能从“整改中”改为“待核查”，应为：“整改完成待验收”",
        rows[14]: "不能在表中改为“已销号”；用 clues close，附文号和整改前后证据",
        rows[
            15
        ]: "没有状态“整改中吧”，应为：待核查、已核查-非问题、已核查-待整改、整改中、整改完成待验收、已销号、退回重办",
        rows[16]: "“整改时限”“2026-13-45”没有这一天，应为：2026-03-15 这样的日期",
        rows[17]: "“核查情况”没有选项“大概属实”，应为：属实、部分属实、不属实",
        rows[18]: "“面积（平方米）”不由表格填写，改动不读回；还原后再交",
        rows[19]: "“整改进展”是公式，改成值",
        rows[20]: "“整改时限”有冲突：台账在导出后改为“2026-08-01”，表内改为“2026-09-30”",
        23: "台账中没有线索 LD2099-0001；核对编号，新线索请用 clues import 导入",
        twice[0]: f"编号出现了 2 次（第 {twice[0]}、{twice[1]} 行），分不清以哪个为准",
        twice[1]: f"编号出现了 2 次（第 {twice[0]}、{twice[1]} 行），分不清以哪个为准",
        rows[24]: "“整改时限”“2026年9月”只有年月，缺日，应为：2026-03-15 这样的日期",
        rows[25]: "“销号文号”不由表格填写，改动不读回；还原后再交",
        rows[26]: "“状态”不能清空",
        rows[27]: "有合并的单元格，先取消合并",
        rows[28]: "“备注”是错误值 #REF!，重新填写；日期写成 2026-03-15 的样子",
        rows[
            29
        ]: "导出戳与编号不符：编号或戳被改过、从别的行复制而来，或排序时没有带上隐藏的“导出戳”列；重新导出后再填",
        32: "没有线索编号；新线索请用 clues import 导入",
        rows[33]: "“整改时限”是错误值 #VALUE!，重新填写；日期写成 2026-03-15 的样子",
        rows[31]: "“整改进展”有 6000 个字，太长，应为：至多 5000 个字",
    }
    assert plan.unchanged == 6  # 9, 10, 11 and 34 to 36; 32 is gone
    assert [e.clue_id for e in plan.events] == sorted({c.clue_id for c in plan.changes})
    assert plan.events[0].reason == "读回 台账.xlsx 第 3 行" and plan.events[0].actor == "李四"


def test_the_events_are_written_in_one_transaction_and_make_the_ledger_say_what_the_form_says(ledger, tmp_path):
    form = Form(ledger.clues(), tmp_path / "表.xlsx")
    form.put(1, progress="已拆除", deadline=datetime.date(2026, 5, 1), status="整改完成待验收")
    form.put(2, remark=None)
    plan = form.plan(ledger.clues())
    assert said(plan) == {
        ("1", "status", "整改中", "整改完成待验收"),
        ("1", "progress", None, "已拆除"),
        ("1", "deadline", "2026-03-01", "2026-05-01"),
        ("2", "remark", FORMULA, None),
    }
    ledger.append(plan.events, at=AT)
    assert ledger.head().count == 8 and ledger.verify() == ()
    clue = ledger.clue(clue_id(1))
    assert (clue.status, clue.fields["progress"], clue.fields["deadline"]) == ("整改完成待验收", "已拆除", "2026-05-01")
    again = form.plan(ledger.clues())
    assert (again.changes, again.refused, again.unchanged) == ((), (), 6)


def test_sending_a_case_back_takes_its_reason_from_the_remark(ledger, tmp_path):
    form = Form(ledger.clues(), tmp_path / "表.xlsx")
    form.put(5, status="退回重办")
    form.put(6, status="退回重办", remark="复查发现反弹")
    plan = form.plan(ledger.clues())
    assert plan.refused == (RefusedRow(form.row(5), clue_id(5), "改为“退回重办”要在“备注”写明理由"),)
    (event,) = plan.events
    assert event.reason == f"复查发现反弹（读回 表.xlsx 第 {form.row(6)} 行）"
    ledger.append(plan.events, at=AT)
    assert "close_document" not in ledger.clue(clue_id(6)).fields


def test_columns_and_rows_may_be_moved_or_missing(ledger, tmp_path):
    form = Form(ledger.clues(), tmp_path / "表.xlsx")
    form.put(1, progress="已拆除")
    form.page.delete_cols(form.column("measure"))
    form.page.delete_cols(form.column("priority"))
    form.page.insert_cols(1)
    form.page.cell(HEADER, 1).value = "联系人"
    form.page.cell(HEADER + 1, 1).value = "=A1"
    form.page.insert_rows(1)
    form.book.move_sheet("台账", 2)
    form.book.save(form.path)
    plan = plan_update(form.path, ledger.clues(), actor="李四")
    assert said(plan) == {("1", "progress", None, "已拆除")}
    assert plan.refused == () and plan.unchanged == 5
    assert plan.notes == ("没有读的列：联系人",)


def test_a_table_of_ones_own_without_stamps_fills_blanks_and_overwrites_nothing(ledger, tmp_path):
    book = openpyxl.Workbook()
    for line in (["线索编号", "整改进展", "整改措施"], [clue_id(1), "已拆除", None], [clue_id(2), None, "恢复植被"],
                 [clue_id(5), "另一种说法", None], [clue_id(3), None, None]):  # fmt: skip
        book.active.append(line)
    book.save(tmp_path / "表.xlsx")
    plan = plan_update(tmp_path / "表.xlsx", ledger.clues(), actor="李四")
    assert said(plan) == {("1", "progress", None, "已拆除"), ("2", "measure", None, "恢复植被")}
    assert plan.refused == (
        RefusedRow(4, clue_id(5), "“整改进展”台账现为“已恢复”，表内为“另一种说法”；没有导出戳，不知道谁改的，不覆盖"),
    )
    assert plan.unchanged == 1 and plan.notes == ("4 行没有导出戳：只补填空白项，不覆盖已有内容",)


def test_the_ledgers_own_change_since_the_export_stays(ledger, tmp_path):
    form = Form(ledger.clues(), tmp_path / "表.xlsx")
    ledger.append([set_event(ledger.clue(clue_id(1)), actor="王五", values={"deadline": "2026-07-01"})], at=AT)
    plan = form.plan(ledger.clues())
    assert (plan.changes, plan.refused, plan.unchanged) == ((), (), 6)


def test_a_form_without_ids_or_with_a_title_twice_is_refused_whole(ledger, tmp_path):
    form = Form(ledger.clues(), tmp_path / "表.xlsx")
    form.page.cell(HEADER, form.column("remark")).value = "整改进展"
    with pytest.raises(InputError, match="工作表“台账”：列“整改进展”出现了两次。处理：删去一列。"):
        form.plan(ledger.clues())
    form.page.delete_rows(HEADER)
    with pytest.raises(InputError, match="找不到“线索编号”列"):
        form.plan(ledger.clues())


def test_a_workbook_that_defines_entities_is_refused_before_it_is_read(ledger, tmp_path):
    source = export_clues(ledger.clues(), tmp_path / "表.xlsx", today=TODAY)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(tmp_path / "毒.xlsx", "w") as new:
        for name in old.namelist():
            bomb = b'<!DOCTYPE x [<!ENTITY a "b">]>' if name == "xl/workbook.xml" else b""
            new.writestr(name, bomb + old.read(name))
    with pytest.raises(InputError, match="带有文档类型声明"):
        plan_update(tmp_path / "毒.xlsx", ledger.clues(), actor="李四")


def test_what_is_no_workbook_and_who_is_nobody_are_refused(ledger, tmp_path):
    (tmp_path / "假.xlsx").write_bytes(b"no workbook")
    with pytest.raises(InputError, match="工作簿已损坏"):
        plan_update(tmp_path / "假.xlsx", ledger.clues(), actor="李四")
    with pytest.raises(InputError, match="没有这个文件"):
        plan_update(tmp_path / "无.xlsx", ledger.clues(), actor="李四")
    with pytest.raises(InputError, match="没有写明经办人"):
        plan_update(tmp_path / "假.xlsx", ledger.clues(), actor=" ")
    with pytest.raises(InputError, match="读不了“.csv”格式"):
        plan_update(tmp_path / "表.csv", ledger.clues(), actor="李四")


def test_a_second_sheet_of_the_same_kind_is_named_not_forgotten(ledger, tmp_path):
    form = Form(ledger.clues(), tmp_path / "台账.xlsx")
    second = form.book.copy_worksheet(form.page)
    second.title = "奇台县报来"
    plan = form.plan(ledger.clues())
    assert plan.notes == ("只读了工作表“台账”；“奇台县报来”也有“线索编号”列，没有读，要读就另存为单独的文件",)


def test_a_title_that_was_altered_is_named_with_the_one_it_was(ledger, tmp_path):
    form = Form(ledger.clues(), tmp_path / "台账.xlsx")
    form.page.cell(HEADER, form.column("deadline")).value = "整改期限"
    form.page.cell(HEADER, form.column("duty_unit")).value = "责任单位（盖章）"
    form.page.cell(HEADER, form.column("remark") + 2).value = "联系人"
    plan = form.plan(ledger.clues())
    assert plan.changes == ()
    assert plan.notes == (
        "没有读的列：责任单位（盖章）（是不是“责任单位”？改好名称再读）、整改期限（是不是“整改时限”？改好名称再读）、联系人",
    )


def test_a_sheet_without_a_row_says_so(ledger, tmp_path):
    form = Form(ledger.clues(), tmp_path / "台账.xlsx")
    form.page.delete_rows(HEADER + 1, 40)
    assert form.plan(ledger.clues()).notes == ("工作表“台账”的表头下面一行也没有",)


def test_an_id_and_a_status_typed_another_way_are_understood(ledger, tmp_path):
    form = Form(ledger.clues(), tmp_path / "台账.xlsx")
    form.put(2, status="已核查 — 待整改")
    form.put(3, remark="看过")
    form.cell(3, "id").value = "ｌｄ2025-0003"
    plan = form.plan(ledger.clues())
    assert said(plan) == {("2", "status", "待核查", "已核查-待整改"), ("3", "remark", None, "看过")}
    assert plan.refused == ()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("表.xls", "读不了“.xls”格式。应为：.xlsx、.geojson、.gpkg、.kml、.kmz、.gpx。处理：用 Excel 或 WPS 打开，另存为 .xlsx"),
        ("表.csv", "用 Excel 或 WPS 打开，另存为 .xlsx"),
        ("表.shp", "处理：另存为其中一种"),
        ("表", "文件名没有扩展名，不知道是什么格式"),
        ("", "这是文件夹，不是文件"),
    ],
)  # fmt: skip
def test_other_kinds_of_files_are_refused_with_what_to_do(ledger, tmp_path, name, words):
    with pytest.raises(InputError) as caught:
        plan_update(tmp_path / name, ledger.clues(), actor="李四")
    assert words in str(caught.value)
