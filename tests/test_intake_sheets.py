"""Tables of every habit, written by real writers, read to one frame with the user's row numbers."""

import copy
import csv
import datetime
import io
import re
import zipfile

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changji_geo.errors import InputError
from changji_geo.intake.sheets import delimited, grid, xlsx
from changji_geo.intake.sheets import reading as sheets
from changji_geo.intake.sheets.reading import read_sheet
from changji_geo.intake.sheets.table_shape import shape_table


@pytest.fixture
def text(tmp_path):
    """Write a text file and read it."""

    def call(content, written="utf-8", *, name="表.csv", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(written))
        return read_sheet(path, **options)

    return call


@pytest.fixture
def book(tmp_path):
    """Write a workbook from rows and read it."""

    def call(rows, merges=(), name="表.xlsx", prepare=None, **options):
        made = openpyxl.Workbook()
        page = made.active
        for row in rows:
            page.append(row)
        for area in merges:
            page.merge_cells(area)
        if prepare:
            prepare(made, page)
        path = tmp_path / name
        made.save(path)
        return read_sheet(path, **options)

    return call


def rows_of(sheet):
    return {number: list(row) for number, row in zip(sheet.frame.index, sheet.frame.to_numpy(), strict=True)}


def rules(sheet, level=None):
    return [f.rule for f in sheet.findings if level in (None, f.level)]


def finding(sheet, rule):
    return next(f for f in sheet.findings if f.rule == rule)


def refusal(function, *args, **options):
    with pytest.raises(InputError) as caught:
        function(*args, **options)
    assert "处理：" in str(caught.value)
    return str(caught.value)


# --- text: encodings


@pytest.mark.parametrize(
    ("encoding", "found", "told"),
    [
        ("utf-8", "utf-8", "UTF-8"),
        ("utf-8-sig", "utf-8", "UTF-8"),
        ("gbk", "gb18030", "GBK"),
        ("gb18030", "gb18030", "GBK"),
        ("utf-16", "utf-16", "utf-16"),
    ],
)
def test_the_encoding_is_found_and_told(text, encoding, found, told):
    sheet = text("县市,户数\n昌吉市,12\n", encoding)
    assert rows_of(sheet) == {2: ["昌吉市", "12"]}
    assert list(sheet.frame.columns) == ["县市", "户数"]
    assert sheet.encoding == found and told in finding(sheet, "encoding").message


def test_a_rare_character_of_gb18030_is_kept(text):
    assert rows_of(text("名称,值\n𠮷䶮村,1\n", "gb18030")) == {2: ["𠮷䶮村", "1"]}


def test_an_encoding_that_is_told_is_used(text):
    assert rows_of(text("地名,值\n臺北,1\n", "big5", encoding="big5")) == {2: ["臺北", "1"]}
    assert rows_of(text("名称,值\n甲,1\n", "utf-16-le", encoding="utf-16-le")) == {2: ["甲", "1"]}


def test_an_encoding_that_does_not_fit_or_exist_is_refused(text):
    said = refusal(text, "县市,户数\n昌吉市,12\n", "gbk", encoding="utf-8")
    assert "第 1 行（第 1 字节）起不是 UTF-8 文字" in said and "表.csv" in said
    assert "没有编码“utf-99”" in refusal(text, "a,b\n1,2\n", encoding="utf-99")
    assert "没有编码“zlib”" in refusal(text, "a,b\n1,2\n", encoding="zlib")


def test_damaged_utf8_is_not_read_as_gbk(text):
    broken = "县市,户数\n昌吉市,12\n阜康市,13\n".encode().replace("康".encode(), "康".encode()[:2])
    assert "第 3 行有损坏的文字" in refusal(text, broken)


def test_bytes_of_no_encoding_are_named_by_line(text):
    said = refusal(text, b"a,b\n1,2\n" + b"\xff\xfe\xfd,3\n")
    assert "第 3 行（第 9 字节）起既不是 UTF-8 文字，也不是 GBK" in said


def test_a_character_across_the_border_of_two_pieces_is_not_damaged(tmp_path, monkeypatch):
    monkeypatch.setattr(delimited, "_CHUNK", 7)
    path = tmp_path / "a.csv"
    for encoding in ("utf-8", "gb18030"):
        path.write_bytes("县市,户数\n昌吉市市市市,12\n".encode(encoding))
        assert read_sheet(path).frame.loc[2, "县市"] == "昌吉市市市市"
    path.write_bytes("县市昌吉,户数\n昌".encode() + b"\xe5\xb8\n")
    assert "第 2 行有损坏的文字（UTF-8 文本中第 24 字节不成字）" in refusal(read_sheet, path)


# --- text: separators, quotes, lines


@pytest.mark.parametrize("separator", [",", ";", "\t", "，", "；", "|"])
def test_the_separator_is_found(text, separator):
    sheet = text(separator.join("abc") + "\n" + separator.join("123") + "\n")
    assert rows_of(sheet) == {2: ["1", "2", "3"]}
    assert ("separator" in rules(sheet)) == (separator != ",")


def test_blanks_separate_only_lines_of_equally_many_words(text):
    assert rows_of(text("名称   经度  纬度\n甲 87.5   44.2 \n乙 87.6 44.3\n", name="a.txt")) == {
        2: ["甲", "87.5", "44.2"], 3: ["乙", "87.6", "44.3"]}  # fmt: skip
    assert rows_of(text("经度\n87 18 30\n87 19 30\n", name="a.txt")) == {2: ["87 18 30"], 3: ["87 19 30"]}
    assert list(text("87 18 30\n87 19 30\n", name="a.txt").frame.columns) == ["列A"]


def test_decimal_commas_do_not_hide_the_semicolon(text):
    assert rows_of(text("名称;经度;纬度\nA;87,5;44,1\nB;87,6;44,2\n"))[3] == ["B", "87,6", "44,2"]


def test_rows_are_counted_by_the_lines_of_the_file(text):
    sheet = text('名称,说明\n甲,"一\n二\n三"\n\n乙,四\n')
    assert rows_of(sheet) == {2: ["甲", "一\n二\n三"], 6: ["乙", "四"]}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_counts(text, end):
    assert list(text(end.join(["a,b", "1,2", "", "3,4"])).frame.index) == [2, 4]


def test_quotes_inside_a_cell_stay(text):
    assert rows_of(text('名称,经度\n甲,87°18\'30"\n乙,"87°18\'30"""\n')) == {
        2: ["甲", "87°18'30\""],
        3: ["乙", "87°18'30\""],
    }


def test_a_quote_that_never_closes_is_named_by_its_line(text):
    said = refusal(text, 'a,b\n1,2\n3,"4\n5,6\n')
    assert "第 3 行起" in said and "引号" in said


def test_nul_bytes_are_refused(text):
    assert "第 3 行有 NUL 字符" in refusal(text, b"a,b\n" + b"x" * 70000 + b",2\n" + b"3,\x004\n")
    assert "二进制" in refusal(text, b"\x01\x02\x00\x03" * 100, name="a.csv")


def test_misfitting_rows_are_reported_and_left_out(text):
    sheet = text("a,b,c\n1,2\n1,2,3\n1,2,3,4\n1,2,3,,\n")
    assert rows_of(sheet) == {3: ["1", "2", "3"], 5: ["1", "2", "3"]}
    bad = [f for f in sheet.findings if f.level == "error"]
    assert [(f.rule, f.row) for f in bad] == [("ragged-row", 2), ("ragged-row", 4)]
    assert "这一行有 2 格，表头有 3 格" in bad[0].message


def test_when_every_row_is_bad_the_message_says_why(text):
    assert "没有一行能用。第 2 行：这一行有 2 格，表头有 3 格" in refusal(text, "a,b,c\n1,2\n")


def test_a_long_geometry_fits_into_a_cell(text):
    ring = ", ".join(f"{87 + i * 1e-6:.6f} 44.000000" for i in range(20000))
    sheet = text(f'名称,形状\n甲,"POLYGON (({ring}))"\n')
    assert len(sheet.frame.loc[2, "形状"]) > 131072
    assert csv.field_size_limit() == 131072


def test_blanks_around_a_cell_go_and_inside_stay(text):
    assert rows_of(text("名称 ,值\n\u3000昌 吉 市\u00a0, 1 \n")) == {2: ["昌 吉 市", "1"]}


def test_empty_cells_are_none_and_empty_columns_and_rows_go(text):
    sheet = text("a,,b,\n1,,,\n,,,\n,,2,\n")
    assert list(sheet.frame.columns) == ["a", "b"]
    assert rows_of(sheet) == {2: ["1", None], 4: [None, "2"]}
    assert sheet.frame.dtypes.tolist() == [object, object]


def test_failed_formulas_saved_as_text_are_none(text):
    sheet = text("a,b\n#N/A,2\n#DIV/0!,#REF!\n#1,3\n")
    assert rows_of(sheet) == {2: [None, "2"], 4: ["#1", "3"]}
    found = [f for f in sheet.findings if f.rule == "error-value"]
    assert [(f.level, f.row, f.column) for f in found] == [
        ("warning", 2, "a"), ("warning", 3, "a"), ("warning", 3, "b")]  # fmt: skip


# --- headers


def test_titles_above_the_header_are_kept_as_text(text):
    sheet = text("附件1：全州统计表,,\n单位：微克/立方米,,2023年1月\n县市,PM2.5,PM10\n昌吉市,1,2\n")
    assert rows_of(sheet) == {4: ["昌吉市", "1", "2"]}
    assert sheet.title == "附件1：全州统计表\n单位：微克/立方米　2023年1月"
    assert finding(sheet, "title").level == "info"


def test_a_header_of_two_columns_may_have_a_colon(text):
    sheet = text("名称,备注：单位米\n甲,1\n乙,2\n")
    assert list(sheet.frame.columns) == ["名称", "备注：单位米"] and sheet.title == ""


def test_two_header_rows_of_a_text_file_are_joined(text):
    sheet = text("县市,2023年,,2024年,\n,PM2.5,PM10,PM2.5,PM10\n昌吉市,1,2,3,4\n阜康市,5,6,7,8\n")
    assert list(sheet.frame.columns) == ["县市", "2023年|PM2.5", "2023年|PM10", "2024年|PM2.5", "2024年|PM10"]
    assert list(sheet.frame.index) == [3, 4]


def test_a_data_row_with_a_blank_is_no_header(text):
    sheet = text("县市,乡镇,村\n昌吉市,六工镇,\n,滨湖镇,下泉子村\n")
    assert list(sheet.frame.columns) == ["县市", "乡镇", "村"] and list(sheet.frame.index) == [2, 3]


def test_a_row_of_units_belongs_to_the_header(text):
    sheet = text("县市,PM2.5,优良率\n,微克/立方米,%\n昌吉市,35,80\n")
    assert list(sheet.frame.columns) == ["县市", "PM2.5|微克/立方米", "优良率|%"]


def test_a_table_without_header_is_told(text):
    sheet = text("点1,87.5,44.2\n点2,87.6,44.3\n")
    assert list(sheet.frame.columns) == ["列A", "列B", "列C"] and list(sheet.frame.index) == [1, 2]
    assert finding(sheet, "no-header").level == "warning"


@pytest.mark.parametrize("cell", ["87°18′30″E", "东经87度18分30秒", "POINT (87 44)", "1.5E3"])
def test_a_row_with_a_coordinate_is_no_header(text, cell):
    assert list(text(f"甲,{cell}\n乙,{cell}\n").frame.index) == [1, 2]


def test_years_are_headers(book):
    assert list(book([["县市", 2022, 2023.0], ["昌吉市", 1, 2]]).frame.columns) == ["县市", "2022", "2023"]


def test_unnamed_and_repeated_headers_get_names(text):
    sheet = text("名称,,值,值,值\n甲,乙,1,2,3\n")
    assert list(sheet.frame.columns) == ["名称", "列B", "值", "值_2", "值_3"]
    assert "“列B”" in finding(sheet, "unnamed-column").message
    assert "“值”" in finding(sheet, "repeated-column").message


def test_a_header_broken_over_lines_is_one_text(book):
    frame = book([["PM2.5\n（微克/\n立方米）", "站点 \n名称", "two\nwords"], [1, "甲", 2]]).frame
    assert list(frame.columns) == ["PM2.5（微克/立方米）", "站点名称", "two words"]


def test_one_column_is_a_table_too(text):
    assert rows_of(text("坐标\n87.5 44.2\n")) == {2: ["87.5 44.2"]}


def test_a_column_without_content_is_told(text):
    assert "“备注”" in finding(text("名称,备注\n甲,\n"), "empty-column").message


# --- workbooks


def test_a_statistics_form_is_read_as_its_reader_means_it(book):
    def prepare(_, page):
        page.row_dimensions[7].hidden = True

    rows = [
        ["附件1：统计表"], ["单位：微克/立方米"],
        ["地区", "县市", "2023年", None, "2024年", None], [None, None, "PM2.5", "PM10", "PM2.5", "PM10"],
        ["甲", "乙", 1, 2, 3, 4],
        ["西片", "昌吉市", 31, 60, 30, 59], [None, "玛纳斯县", 32, 61, 29, 58], ["合计", None, 63, 121, 59, 117],
        ["注：数据来自月报。"],
    ]  # fmt: skip
    sheet = book(rows, ["A1:F1", "C3:D3", "E3:F3", "A3:A4", "B3:B4", "A6:A7", "A8:B8"], prepare=prepare)
    assert list(sheet.frame.columns) == ["地区", "县市", "2023年|PM2.5", "2023年|PM10", "2024年|PM2.5", "2024年|PM10"]
    assert rows_of(sheet) == {
        6: ["西片", "昌吉市", 31, 60, 30, 59], 7: ["西片", "玛纳斯县", 32, 61, 29, 58], 8: ["合计", None, 63, 121, 59, 117]
    }  # fmt: skip
    assert sheet.title == "附件1：统计表\n单位：微克/立方米" and sheet.name == "Sheet"
    told = {f.rule: (f.level, f.row) for f in sheet.findings}
    assert told == {
        "hidden-rows": ("warning", 7), "title": ("info", 1), "column-numbers": ("info", 5), "footnote": ("info", 9),
        "merged-cells": ("info", 6), "header": ("info", 3), "total-row": ("warning", 8),
    }  # fmt: skip
    assert "A6:A7" in finding(sheet, "merged-cells").message


def test_three_header_rows_are_joined(book):
    rows = [["县市", "水质", None], [None, "2023年", None], [None, "氨氮", "总磷"], ["昌吉市", 0.1, 0.2]]
    sheet = book(rows, ["A1:A3", "B1:C1", "B2:C2"])
    assert list(sheet.frame.columns) == ["县市", "水质|2023年|氨氮", "水质|2023年|总磷"] and list(
        sheet.frame.index
    ) == [4]


def test_a_merged_header_over_data_does_not_swallow_the_data(book):
    sheet = book([["名称", "坐标", None], ["甲", 87.5, 44.5], ["乙", 87.6, 44.6]], ["B1:C1"])
    assert rows_of(sheet) == {2: ["甲", 87.5, 44.5], 3: ["乙", 87.6, 44.6]}
    assert list(sheet.frame.columns) == ["名称", "坐标", "坐标_2"]


def test_a_number_merged_over_rows_is_doubted(book):
    sheet = book([["县市", "户数"], ["昌吉市", 5], ["阜康市", None]], ["B2:B3"])
    assert rows_of(sheet) == {2: ["昌吉市", 5], 3: ["阜康市", 5]}
    assert finding(sheet, "merged-numbers").level == "warning"


def test_cells_come_as_they_are_shown(book):
    def prepare(_, page):
        for cell, pattern in {
            "B2": "0.0%",
            "C2": 'yyyy"年"m"月"',
            "D2": "yyyy-mm-dd",
            "E2": "mmm-yy",
            "F2": "yyyy",
        }.items():
            page[cell].number_format = pattern
        page["G2"].number_format = "#,##0.00"
        page["H2"].number_format = '0"%"'

    day = datetime.date(2023, 1, 5)
    moment = datetime.datetime(2023, 1, 5, 8, 30)
    row = ["甲", 0.353, day, day, day, day, 1234.5, 35, moment, True, 45000, "007"]
    sheet = book([[f"c{i}" for i in range(len(row))], row], prepare=prepare)
    assert rows_of(sheet)[2] == [
        "甲",
        "35.3%",
        "2023-01",
        day,
        "2023-01",
        "2023",
        1234.5,
        35,
        moment,
        True,
        45000,
        "007",
    ]


def test_the_chinese_date_formats_that_files_name_by_number_are_dates(tmp_path):
    path = tmp_path / "a.xlsx"
    made = openpyxl.Workbook()
    made.active.append(["名称", "日", "月"])
    made.active.append(["甲", 44931, 44931])
    made.active["B2"].number_format = "0.0000"
    made.active["C2"].number_format = "0.00000"
    made.save(path)
    number = iter(("31", "57"))
    rewrite(
        path,
        "xl/styles.xml",
        lambda s: re.sub(rb'(<xf numFmtId=")16[45]"', lambda m: m[1] + next(number).encode() + b'"', s),
    )
    assert rows_of(read_sheet(path))[2] == ["甲", datetime.date(2023, 1, 5), "2023-01"]


def test_a_number_that_is_no_day_stays_a_number(book):
    def prepare(_, page):
        page["B2"].number_format = "yyyy-mm-dd"

    sheet = book([["名称", "日"], ["甲", 99999999]], prepare=prepare)
    assert rows_of(sheet)[2] == ["甲", None] and finding(sheet, "error-value").row == 2


def rewrite(path, part, change):
    """Change one part of a workbook."""
    with zipfile.ZipFile(path) as old:
        parts = {entry.filename: old.read(entry) for entry in old.infolist()}
    found = next(name for name in parts if name == part)
    changed = change(parts[found])
    assert changed != parts[found]
    parts[found] = changed
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)


def share_texts(path):
    """Keep the texts of a workbook in a table of its own, as Excel and WPS do and openpyxl does not."""
    texts = []

    def shared(match):
        texts.append(match[2])
        return b'<c %b t="s"><v>%d</v></c>' % (match[1], len(texts) - 1)

    inline = re.compile(rb'<c ([^>]*?) ?t="inlineStr"><is><t[^>]*>([^<]*)</t></is></c>')
    rewrite(path, "xl/worksheets/sheet1.xml", lambda s: inline.sub(shared, s))
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = b'<Override PartName="/xl/sharedStrings.xml" ContentType="%b"/></Types>' % kind
    rewrite(path, "[Content_Types].xml", lambda s: s.replace(b"</Types>", override))
    table = b"".join(b"<si><t>%b</t></si>" % t for t in texts)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/sharedStrings.xml",
            b'<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%b</sst>'
            % table,
        )


def test_texts_in_a_table_of_their_own_are_read(book, tmp_path):
    book([["县市", "值"], ["昌吉市", 1], ["阜康市", 2]])
    share_texts(tmp_path / "表.xlsx")
    assert rows_of(read_sheet(tmp_path / "表.xlsx")) == {2: ["昌吉市", 1], 3: ["阜康市", 2]}


def test_a_formula_gives_the_saved_result_or_an_error_for_its_row(book, tmp_path):
    sheet = book([["名称", "值"], ["甲", 1], ["乙", "=B2+1"], ["=A2", 3]])
    assert rows_of(sheet) == {2: ["甲", 1]}
    bad = [f for f in sheet.findings if f.level == "error"]
    assert [(f.row, f.column, f.rule) for f in bad] == [(3, "值", "no-cached-value"), (4, "名称", "no-cached-value")]
    assert "请用 Excel/WPS 打开保存一次" in bad[0].message
    path = tmp_path / "表.xlsx"
    rewrite(
        path, "xl/worksheets/sheet1.xml", lambda s: re.sub(rb"<f>B2\+1</f><v ?/?>(</v>)?", b"<f>B2+1</f><v>2</v>", s)
    )
    assert rows_of(read_sheet(path)) == {2: ["甲", 1], 3: ["乙", 2]}


def test_a_row_of_nothing_but_an_unsaved_formula_is_an_error_too(book):
    sheet = book([["名称", "值"], ["甲", 1], [None, "=B2"]])
    assert [(f.row, f.level) for f in sheet.findings] == [(3, "error")]


def test_error_cells_are_none_with_row_and_column(book):
    sheet = book([["名称", "值"], ["甲", "#N/A"], ["乙", 2]])
    assert rows_of(sheet) == {2: ["甲", None], 3: ["乙", 2]}
    found = finding(sheet, "error-value")
    assert (found.row, found.column, found.level) == (2, "值", "warning") and "#N/A" in found.message


def test_a_wrong_extent_does_not_cut_the_sheet(book, tmp_path):
    book([["a", "b"], [1, 2], [3, 4]])
    path = tmp_path / "表.xlsx"
    rewrite(path, "xl/worksheets/sheet1.xml", lambda s: s.replace(b'ref="A1:B3"', b'ref="A1"'))
    assert rows_of(read_sheet(path)) == {2: [1, 2], 3: [3, 4]}


def test_one_sheet_with_content_is_taken_and_hidden_ones_are_told(book):
    def prepare(made, _):
        made.create_sheet("空")
        hidden = made.create_sheet("底稿")
        hidden.append(["x"])
        hidden.sheet_state = "hidden"

    sheet = book([["a", "b"], [1, 2]], prepare=prepare)
    assert sheet.name == "Sheet" and "“底稿”，没有读取" in finding(sheet, "hidden-sheet").message


def test_several_sheets_are_listed_and_one_is_chosen(book, tmp_path):
    def prepare(made, page):
        page.title = "空气"
        made.create_sheet("水").append(["a"])
        made["水"].append(["甲"])

    said = refusal(book, [["a", "b"], [1, 2]], prepare=prepare)
    assert "“空气”、“水”" in said and "--sheet 空气" in said
    assert rows_of(read_sheet(tmp_path / "表.xlsx", sheet="水")) == {2: ["甲"]}
    assert "没有工作表“空汽”" in refusal(read_sheet, tmp_path / "表.xlsx", sheet="空汽")


def test_a_sheet_of_a_text_file_cannot_be_chosen(text):
    assert "没有工作表" in refusal(text, "a,b\n1,2\n", sheet="Sheet1")


# --- what is no table


def test_a_web_page_under_the_name_of_a_workbook_is_explained(text):
    for name in ("导出.xls", "导出.xlsx", "导出.csv"):
        said = refusal(text, "<html><table><tr><td>甲</td></tr></table></html>", name=name)
        assert "网页（HTML）" in said and "另存为 .xlsx" in said and name in said
    old_xml = '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Table/></Workbook>'
    assert "XML 表格（Excel 2003）" in refusal(text, old_xml, name="a.xls")


def test_old_and_encrypted_workbooks_are_explained(text):
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    assert "旧式 .xls" in refusal(text, ole + b"\0" * 600, name="a.xls")
    assert "加了密码" in refusal(text, ole + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), name="a.xlsx")


def test_a_workbook_under_the_name_of_a_text_file_is_read_and_told(book):
    sheet = book([["a", "b"], [1, 2]], name="表.csv")
    assert rows_of(sheet) == {2: [1, 2]} and "内容是Excel 工作簿" in finding(sheet, "suffix").message


def test_a_text_file_under_the_name_of_a_workbook_is_refused(text):
    assert "后缀是 Excel 工作簿，内容不是" in refusal(text, "a,b\n1,2\n", name="a.xlsx")


def test_a_zip_that_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "a,b\n")
    assert "不是 Excel 工作簿（没有 xl/workbook.xml）" in refusal(read_sheet, path)


def test_a_truncated_workbook_is_refused(book, tmp_path):
    book([["a", "b"], [1, 2]])
    path = tmp_path / "表.xlsx"
    path.write_bytes(path.read_bytes()[:-300])
    assert "已损坏" in refusal(read_sheet, path)


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_broken_xml_inside_a_workbook_is_refused(book, tmp_path, part):
    book([["a", "b"], [1, 2]])
    rewrite(tmp_path / "表.xlsx", part, lambda s: s[:-20] + b"<<<")
    assert "已损坏" in refusal(read_sheet, tmp_path / "表.xlsx")


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml"])
@pytest.mark.parametrize(
    "declaration",
    [
        b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_entities_are_refused_wherever_they_are(book, tmp_path, part, declaration):
    book([["a", "b"], ["甲", 2]])
    path = tmp_path / "表.xlsx"
    share_texts(path)
    rewrite(path, part, lambda s: re.sub(rb"^(<\?xml[^>]*>\s*)?", lambda m: m[0] + declaration, s, count=1))
    said = refusal(read_sheet, path)
    assert "文档类型声明（DTD）" in said and part in said


def test_entities_in_utf16_are_refused(book, tmp_path):
    book([["a", "b"], ["甲", 2]])
    path = tmp_path / "表.xlsx"
    share_texts(path)
    declared = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x []>'
    rewrite(path, "xl/sharedStrings.xml", lambda s: (declared + s.decode().partition("?>")[2]).encode("utf-16"))
    assert "DTD" in refusal(read_sheet, path)


def test_a_bomb_is_counted_while_it_inflates(book, tmp_path, monkeypatch):
    book([["a", "b"], [1, 2]])
    path = tmp_path / "表.xlsx"
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/", b"\0" * 3_000_000)
    assert rows_of(read_sheet(path)) == {2: [1, 2]}
    monkeypatch.setattr(xlsx, "MAX_INFLATED_BYTES", 2_000_000)
    assert "解压后过大（部件 xl/media/）" in refusal(read_sheet, path)


def test_a_bomb_of_texts_has_its_own_limit(book, tmp_path, monkeypatch):
    book([["a", "b"], ["甲" * 3000, 2]])
    share_texts(tmp_path / "表.xlsx")
    monkeypatch.setattr(xlsx, "MAX_STRINGS_BYTES", 5000)
    assert "sharedStrings.xml" in refusal(read_sheet, tmp_path / "表.xlsx")


def test_a_workbook_of_too_many_parts_is_refused(book, tmp_path, monkeypatch):
    book([["a", "b"], [1, 2]])
    monkeypatch.setattr(xlsx, "MAX_PARTS", 3)
    assert "个部件" in refusal(read_sheet, tmp_path / "表.xlsx")


def test_a_cell_far_below_stops_at_the_limit_of_rows(book, tmp_path, monkeypatch):
    book([["a", "b"], [1, 2]])
    path = tmp_path / "表.xlsx"
    rewrite(
        path,
        "xl/worksheets/sheet1.xml",
        lambda s: (
            s.replace(b'<row r="2">', b'<row r="999999999">')
            .replace(b'r="A2"', b'r="A999999999"')
            .replace(b'r="B2"', b'r="B999999999"')
        ),
    )
    monkeypatch.setattr(grid, "MAX_ROWS", 5000)
    assert "表太大：读到第 5001 行" in refusal(read_sheet, path)


def test_the_limit_of_cells_holds_for_text_too(text, monkeypatch):
    monkeypatch.setattr(grid, "MAX_CELLS", 10)
    assert "表太大：读到第 6 行" in refusal(text, "a,b\n" * 20)


def test_a_file_of_two_gigabytes_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "大.csv"
    with path.open("wb") as handle:
        handle.truncate(2 << 30)
    said = refusal(read_sheet, path)
    assert "2,048 MB" in said and "不超过 512 MB" in said and "大.csv" in said


def test_empty_files_say_so(text, book):
    assert "0 字节" in refusal(text, "")
    assert "没有任何内容" in refusal(text, "\n\n , ,\n")
    assert "只有表头（第 1 行），没有数据" in refusal(text, "a,b\n")
    assert "只有表头（第 1 行），没有数据" in refusal(text, "a,b\n,\n,\n")
    assert "所有工作表都没有内容" in refusal(book, [])
    assert "只有表头（第 1 行），没有数据" in refusal(book, [["a", "b"]])


def test_a_folder_and_a_missing_file_are_told(tmp_path):
    assert "这是文件夹" in refusal(read_sheet, tmp_path)
    assert "没有这个文件" in refusal(read_sheet, tmp_path / "无.csv")


# --- Parquet


def test_parquet_gives_plain_cells(tmp_path):
    path = tmp_path / "a.parquet"
    day = datetime.date(2023, 1, 5)
    frame = pd.DataFrame({"县市": ["昌吉市 ", None], "值": [1.5, float("nan")], "数": [1, 2], "日": [day, None]})
    frame.to_parquet(path)
    assert rows_of(read_sheet(path)) == {1: ["昌吉市", 1.5, 1, day], 2: [None, None, 2, None]}


def test_parquet_columns_that_are_no_cells_are_told(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"名": ["甲"], "表": [[1, 2]], "块": [b"\0"]}), path)
    sheet = read_sheet(path)
    assert list(sheet.frame.columns) == ["名"] and rules(sheet) == ["unreadable-column"] * 2


def test_damaged_and_empty_parquet_are_refused(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1" + b"x" * 100)
    assert "已损坏" in refusal(read_sheet, path)
    pq.write_table(pa.table({"名": pa.array([], pa.string())}), path)
    assert "没有数据" in refusal(read_sheet, path)


def test_parquet_beyond_the_limit_is_refused_by_its_metadata(tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"数": list(range(50))}), path)
    monkeypatch.setattr(sheets, "MAX_ROWS", 49)
    assert "50 行 1 列" in refusal(read_sheet, path)


# --- laws

WORDS = st.text("昌吉市县a1 ,;\"'\n，.", max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(WORDS, min_size=3, max_size=3), min_size=1, max_size=6), st.sampled_from(["utf-8", "gb18030"]))
def test_what_the_csv_writer_writes_is_read_back(tmp_path_factory, rows, encoding):
    rows = [["头甲", "头乙", "头丙"], *[[f"r{i}{row[0]}", *row[1:]] for i, row in enumerate(rows)]]
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    path = tmp_path_factory.mktemp("t") / "a.csv"
    path.write_bytes(out.getvalue().encode(encoding))
    sheet = read_sheet(path)
    strip = grid.clean_cell_text
    assert [list(r) for r in sheet.frame.to_numpy()] == [
        [strip(c) for c in row[: sheet.frame.shape[1]]] for row in rows[1:]
    ]
    lines = out.getvalue().split("\n")
    assert all(lines[number - 1].startswith(f'"r{i}') for i, number in enumerate(sheet.frame.index))


CELLS = st.one_of(
    st.none(),
    st.sampled_from(["昌吉市", "PM2.5", "2023年", "合计", "注：甲", "单位：户", "mg/L", "1.5"]),
    st.integers(0, 3),
)
AREAS = st.tuples(st.integers(1, 6), st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)).map(
    lambda a: grid.Merge(a[0], a[1], a[0] + a[2], a[1] + a[3])
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=4, max_size=4), max_size=7), st.lists(AREAS, max_size=2), st.booleans())
def test_no_row_is_lost_silently(cells, merges, ragged):
    """Every filled row is in the table, or above it, or named by a finding."""
    rows = [(n, row) for n, row in enumerate(cells, start=1) if any(c is not None for c in row)]
    before = copy.deepcopy(rows)
    try:
        shaped = shape_table(grid.Grid(rows, tuple(merges), ragged=ragged), where="表")
    except InputError:
        return
    finally:
        assert rows == before
    frame = shaped.frame
    told = {f.row for f in shaped.findings}
    top = frame.index[0]
    assert [n for n, _ in rows if n > top and n not in frame.index and n not in told] == []
    assert frame.columns.is_unique and all(isinstance(c, str) and c.strip() for c in frame.columns)
    assert frame.index.is_unique and frame.index.is_monotonic_increasing
    by_number = dict(rows)
    kept = {n: [c for c in by_number[n] if c is not None] for n in frame.index}
    assert all(
        [c for c in row if c is not None][: len(kept[n])] == kept[n] or merges for n, row in rows_of(shaped).items()
    )
