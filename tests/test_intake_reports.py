"""The findings report: worst first, all numbers, and never over the file it is about."""

import io
import json

import openpyxl
import pytest

from changji_geo.errors import InputError
from changji_geo.intake.findings import IntakeFinding, refuse_bad_rows
from changji_geo.intake.reports import counts_text, finding_rows, findings_json, require_report_path, write_report

FINDINGS = (
    IntakeFinding("info", "encoding", "文字编码 GBK"),
    IntakeFinding("repair", "self_intersection", "自相交", row=7, area_before_m2=1.23456, area_after_m2=2.0),
    IntakeFinding("error", "coordinate", "=1+1 读不懂", row=5, column="经度"),
)


def test_the_worst_comes_first():
    assert [row[0] for row in finding_rows(FINDINGS)] == ["错误", "修复", "提示"]
    assert finding_rows(FINDINGS)[1][5:] == (1.23, 2.0)


def test_counts_name_only_what_there_is():
    assert counts_text(FINDINGS) == "错误 1 处，修复 1 处，提示 1 处"
    assert counts_text(()) == "没有发现"


def test_json_keeps_the_full_numbers():
    data = json.loads(findings_json(FINDINGS, 文件="a.shp"))
    assert data["文件"] == "a.shp"
    assert [f["area_before_m2"] for f in data["findings"]] == [None, 1.23456, None]


def test_a_workbook_holds_no_formula(tmp_path):
    path = write_report(tmp_path / "r.xlsx", FINDINGS, 文件="=cmd", 原有行数=3)
    book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    assert [c.value for c in book["发现"][2]][:5] == ["错误", 5, "经度", "coordinate", "=1+1 读不懂"]
    assert {c.data_type for row in book["文件"].iter_rows() for c in row} == {"s", "n"}


def test_a_report_never_replaces_the_file_it_is_about(tmp_path):
    table = tmp_path / "a.xlsx"
    with pytest.raises(InputError, match="会覆盖要导入的文件"):
        require_report_path(tmp_path / "." / "a.xlsx", table)
    with pytest.raises(InputError, match=r"只能写成 .json 或 .xlsx"):
        require_report_path(tmp_path / "a.pdf", table)
    require_report_path(None, table)
    require_report_path(tmp_path / "b.xlsx", table)


def test_bad_rows_are_named_five_and_counted():
    bad = [IntakeFinding("error", "coordinate", "经度读不懂", row=i, column="经度") for i in range(3, 10)]
    with pytest.raises(InputError) as caught:
        refuse_bad_rows(bad, where="a.csv", row_word="行")
    text = str(caught.value)
    assert text.startswith("a.csv：有 7 行不能用。第 3 行“经度”列：经度读不懂；第 4 行")
    assert "第 8 行" not in text and "共 7 行" in text and "--skip-bad-rows" in text


def test_warnings_alone_refuse_nothing():
    refuse_bad_rows(FINDINGS[:2], where="a.csv", row_word="行")
