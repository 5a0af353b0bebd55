"""Tables of results: the same numbers in CSV, XLSX and Parquet, foreign text harmless, the same bytes for the same input."""

import csv
import datetime
import io
import json
import tempfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from changji_geo.errors import InputError
from changji_geo.tablefile import (
    ResultTable,
    TableColumn,
    TableFinding,
    findings_frame,
    notes_file,
    write_findings,
    write_table,
    write_tables,
)

COLUMNS = (
    TableColumn("place", "地点"),
    TableColumn("date", "日期"),
    TableColumn("pm10", "PM10", "微克/立方米", 0),
    TableColumn("co", "CO", "毫克/立方米", 1),
    TableColumn("mean", "均值"),
    TableColumn("counted", "计入"),
    TableColumn("rank", "名次"),
)
NOTES = ["示例数据：不是监测结果。", "评价标准：HJ 633-2012。\n第二行"]


def frame():
    return pd.DataFrame(
        {
            "place": pd.Categorical(["=1+1", "昌吉市"]),
            "date": pd.to_datetime(["2025-03-01", None]).astype("datetime64[s]"),
            "pm10": [40.0, float("nan")],
            "co": [0.9, 1.25],
            "mean": [1 / 3, -2.0],
            "counted": [True, False],
            "rank": pd.array([1, None], dtype="Int64"),
            "unused": ["x", "y"],
        }
    )


def test_a_csv_has_captions_a_mark_and_no_formula(tmp_path):
    path = write_table(tmp_path / "a.csv", frame(), COLUMNS, notes=NOTES)
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["地点", "日期", "PM10（微克/立方米）", "CO（毫克/立方米）", "均值", "计入", "名次"]
    assert rows[1] == ["'=1+1", "2025-03-01", "40", "0.9", repr(1 / 3), "是", "1"]
    assert rows[2] == ["昌吉市", "", "", "1.2", "-2", "否", ""]


def test_the_notes_of_a_csv_stand_beside_it(tmp_path):
    path = write_table(tmp_path / "a.csv", frame(), COLUMNS, notes=NOTES)
    assert notes_file(path).read_text(encoding="utf-8") == (
        "- 示例数据：不是监测结果。\n- 评价标准：HJ 633-2012。 第二行\n"
    )
    assert not notes_file(write_table(tmp_path / "b.csv", frame(), COLUMNS)).exists()


def test_a_workbook_has_real_dates_numbers_formats_and_a_sheet_of_notes(tmp_path):
    book = openpyxl.load_workbook(write_table(tmp_path / "a.xlsx", frame(), COLUMNS, notes=NOTES, sheet="日报"))
    page = book["日报"]
    assert book.sheetnames == ["日报", "说明"]
    assert (page["A2"].value, page["A2"].data_type, page["A2"].quotePrefix) == ("=1+1", "s", True)
    assert page["B2"].value == datetime.datetime(2025, 3, 1) and page["B3"].value is None
    assert (page["C2"].value, page["C2"].number_format, page["C3"].value) == (40, "0", None)
    assert (page["D2"].value, page["D2"].number_format) == (0.9, "0.0")
    assert (page["E2"].value, page["F2"].value, page["G2"].value, page["G3"].value) == (1 / 3, "是", 1, None)
    assert page.freeze_panes == "A2"
    assert [c.value for c in book["说明"]["A"]] == ["说明", NOTES[0], "评价标准：HJ 633-2012。 第二行"]


def test_parquet_has_english_ids_all_digits_and_the_notes_in_its_metadata(tmp_path):
    table = pq.read_table(write_table(tmp_path / "a.parquet", frame(), COLUMNS, notes=NOTES))
    assert table.column_names == [c.id for c in COLUMNS]
    rows = table.to_pylist()
    assert rows[0]["place"] == "=1+1" and rows[0]["mean"] == 1 / 3 and rows[0]["counted"] is True
    assert rows[0]["date"] == datetime.datetime(2025, 3, 1)
    assert (rows[1]["pm10"], rows[1]["rank"], rows[1]["date"]) == (None, None, None)
    about = json.loads(table.schema.metadata[b"changji_geo"])
    assert about["notes"] == NOTES
    assert about["columns"][2] == {"id": "pm10", "title": "PM10", "unit": "微克/立方米"}


def test_a_column_with_one_clock_keeps_the_midnights_of_the_others(tmp_path):
    times = pd.DataFrame({"time": pd.to_datetime(["2025-03-01 00:00", "2025-03-01 13:00"])})
    columns = [TableColumn("time", "时间")]
    path = write_table(tmp_path / "a.csv", times, columns)
    assert path.read_text(encoding="utf-8-sig").splitlines()[1:] == ["2025-03-01 00:00:00", "2025-03-01 13:00:00"]
    page = openpyxl.load_workbook(write_table(tmp_path / "a.xlsx", times, columns)).active
    assert [page["A2"].value, page["A3"].value] == [datetime.datetime(2025, 3, 1), datetime.datetime(2025, 3, 1, 13)]
    assert page["A2"].number_format == "yyyy-mm-dd h:mm:ss"


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_the_same_input_gives_the_same_bytes(tmp_path, suffix):
    first, second = (write_table(tmp_path / f"{n}{suffix}", frame(), COLUMNS, notes=NOTES) for n in "ab")
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_a_table_without_rows_keeps_its_columns(tmp_path, suffix):
    path = write_table(tmp_path / f"a{suffix}", frame().iloc[:0], COLUMNS)
    read = {".csv": pd.read_csv, ".xlsx": pd.read_excel, ".parquet": pd.read_parquet}[suffix]
    assert read(path).shape == (0, 7)


def test_several_tables_are_sheets_or_files_side_by_side(tmp_path):
    tables = [ResultTable("统计", frame(), COLUMNS), ResultTable("分项", frame(), COLUMNS[:1])]
    assert write_tables(tmp_path / "a.xlsx", tables) == (tmp_path / "a.xlsx",)
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames == ["统计", "分项"]
    assert [p.name for p in write_tables(tmp_path / "b.csv", tables)] == ["b.csv", "b_分项.csv"]
    assert (tmp_path / "b_分项.csv").read_text(encoding="utf-8-sig").split() == ["地点", "'=1+1", "昌吉市"]


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(
        InputError, match=r"表格不能写成“\.xls”。应为：\.xlsx、\.csv、\.parquet。处理：是不是“\.xlsx”？"
    ):
        write_table(tmp_path / "a.xls", frame(), COLUMNS)


def test_a_column_that_is_not_there_is_refused_and_nothing_written(tmp_path):
    with pytest.raises(InputError, match="“结果”缺少列：places"):
        write_table(tmp_path / "a.csv", frame(), [TableColumn("places", "地点")])
    assert list(tmp_path.iterdir()) == []


def test_findings_come_gravest_first_with_counts_files_and_rows(tmp_path):
    found = [
        TableFinding("info", "encoding", "文字编码是 GBK", 1, "b.csv"),
        TableFinding("error", "value-negative", "2 个读数是负值", 2, "a.csv", (5, 9), "PM10"),
    ]
    rows = pd.read_csv(write_findings(tmp_path / "f.csv", found)).fillna("").values.tolist()
    assert rows == [
        ["错误", "value-negative", "2 个读数是负值", 2, "PM10", "a.csv", "5、9"],
        ["提示", "encoding", "文字编码是 GBK", 1, "", "b.csv", ""],
    ]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_numbers_without_stated_decimals_keep_all_their_digits(numbers):
    with tempfile.TemporaryDirectory() as folder:
        table, columns = pd.DataFrame({"x": numbers}), [TableColumn("x", "数")]
        text = write_table(Path(folder, "a.csv"), table, columns).read_text(encoding="utf-8-sig").split()
        assert [float(t) for t in text[1:]] == numbers
        assert pq.read_table(write_table(Path(folder, "a.parquet"), table, columns))["x"].to_pylist() == numbers


@given(st.lists(st.text(max_size=12), min_size=1, max_size=20))
def test_no_text_of_a_csv_begins_as_a_formula(texts):
    with tempfile.TemporaryDirectory() as folder:
        path = write_table(Path(folder, "a.csv"), pd.DataFrame({"x": texts}), [TableColumn("x", "文字")])
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = list(csv.reader(handle))
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)
        assert [(row or [""])[0].removeprefix("'") for row in rows[1:]] == [t.removeprefix("'") for t in texts]


def test_findings_have_chinese_captions_for_people_and_english_ids_for_programs(tmp_path):
    found = [TableFinding("repair", "time-end", "已改", 3, "a.csv", (2,), "时间")]
    captions = ["程度", "规则", "说明", "数量", "项目", "文件", "行号"]
    assert list(pd.read_csv(write_findings(tmp_path / "f.csv", found)).columns) == captions
    (row,) = pq.read_table(write_findings(tmp_path / "f.parquet", found)).to_pylist()
    assert row == {
        "level": "修复", "code": "time-end", "message": "已改", "count": 3, "item": "时间", "file": "a.csv", "rows": "2",
    }  # fmt: skip


def test_cells_of_one_column_may_be_of_several_kinds(tmp_path):
    day, moment = datetime.date(2025, 3, 1), pd.Timestamp(2025, 3, 2)
    cells = [np.float64(1.25), np.int64(3), True, "文字", day, moment, None, float("nan"), pd.NaT, pd.NA]
    table, columns = pd.DataFrame({"x": pd.Series(cells, dtype=object)}), [TableColumn("x", "值")]
    texts = ["1.25", "3", "是", "文字", "2025-03-01", "2025-03-02", "", "", "", ""]
    with write_table(tmp_path / "a.csv", table, columns).open(encoding="utf-8-sig", newline="") as handle:
        assert [(row or [""])[0] for row in csv.reader(handle)][1:] == texts
    found = pq.read_table(write_table(tmp_path / "a.parquet", table, columns))["x"].to_pylist()
    assert found == ["1.25", "3", "True", "文字", "2025-03-01", "2025-03-02 00:00:00", None, None, None, None]


def test_more_rows_than_a_worksheet_holds_are_refused_for_a_workbook_only(tmp_path):
    table = pd.DataFrame({"x": np.zeros(1_000_001, dtype=np.int8)})
    columns = [TableColumn("x", "值")]
    with pytest.raises(
        InputError, match="“结果”有 1000001 行，一张工作表放不下。应为：不超过 1000000 行。处理：改写成"
    ):
        write_table(tmp_path / "a.xlsx", table, columns)
    assert list(tmp_path.iterdir()) == []
    assert write_table(tmp_path / "a.parquet", table, columns).is_file()


def test_beyond_a_thousand_rows_only_their_number_is_said():
    few, many = (TableFinding("warning", "x", "说明", n, "a.csv", tuple(range(2, n + 2))) for n in (1000, 1001))
    texts = findings_frame([few, many])["rows"].tolist()
    assert texts[0].endswith("、1000、1001") and texts[1].endswith("、1000、1001……共 1001 行")
