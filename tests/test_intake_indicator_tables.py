"""Tables of numbers, long and wide, as staff keep them: the values they state, and what is refused."""

import openpyxl
import pytest

from changji_geo.catalog import load_layer
from changji_geo.csvfile import read_csv
from changji_geo.errors import InputError, OutputError
from changji_geo.indicators import Indicator, load_indicators
from changji_geo.intake.indicators import importing as indicator_import
from changji_geo.intake.indicators.importing import COLUMNS, import_indicators
from changji_geo.intake.indicators.tables import read_indicator_table
from changji_geo.resources import Workspace, packaged_root
from tests.tiny import tiny_workspace

DEFINITIONS = """\
[sources]
yb2023 = "监测月报（2023年）"

[[indicators]]
id = "pm25"
name = "PM2.5"
unit = "微克/立方米"
direction = "lower_better"

[[indicators]]
id = "pm10"
name = "PM10"
unit = "微克/立方米"
direction = "lower_better"

[[indicators]]
id = "good_rate"
name = "优良率"
unit = "%"
direction = "higher_better"

[[indicators]]
id = "households"
name = "清洁取暖户数"
unit = "万户"
direction = "higher_better"

[[indicators]]
id = "place"
name = "名次"
unit = ""
direction = "neutral"
"""


@pytest.fixture
def space(tmp_path):
    """A workspace of one's own with five indicators."""
    root = tmp_path / "ws"
    found = tiny_workspace(root)
    (root / "layers" / "indicators").mkdir()
    (root / "layers" / "indicators" / "indicators.toml").write_text(DEFINITIONS, encoding="utf-8")
    return found


@pytest.fixture
def table(tmp_path):
    """Write rows to a file: CSV by the suffix, else a workbook."""

    def call(rows, name="表.xlsx", merges=()):
        path = tmp_path / name
        if path.suffix == ".csv":
            path.write_text("".join(",".join("" if c is None else str(c) for c in r) + "\n" for r in rows), "gb18030")
            return path
        made = openpyxl.Workbook()
        for row in rows:
            made.active.append(row)
        for area in merges:
            made.active.merge_cells(area)
        made.save(path)
        return path

    return call


@pytest.fixture
def read(space, table):
    """Read rows as an indicator table of the counties."""

    def call(rows, *, layer="counties", name="表.xlsx", merges=(), **options):
        path = table(rows, name, merges)
        return read_indicator_table(path, layer=load_layer(layer, space), workspace=space, **options)

    return call


def keys(found):
    return {(v.indicator.id, v.layer, v.area, v.period): v.value for v in found.values}


def bad(found):
    return [(f.row, f.column, f.message) for f in found.findings if f.level == "error"]


def rules(found):
    return [f.rule for f in found.findings]


def refusal(function, *args, **options):
    with pytest.raises(InputError) as caught:
        function(*args, **options)
    assert "处理：" in str(caught.value)
    return str(caught.value)


# --- shapes of tables


def test_a_long_table(read):
    rows = [
        ["县市", "指标", "时段", "数值", "单位", "来源"],
        ["昌吉市", "PM2.5", 2023, 35, "ug/m3", "月报"], [652302, "pm25", "2023年1月", "0.04", "mg/m³", None],
        ["木垒县", "优良率", "2023-2024年采暖季", "80%", None, None],
    ]  # fmt: skip
    found = read(rows)
    assert keys(found) == {
        ("pm25", "counties", "652301", "2023"): 35, ("pm25", "counties", "652302", "2023-01"): 40,
        ("good_rate", "counties", "652328", "2023-10/2024-03"): 80,
    }  # fmt: skip
    assert [v.source for v in found.values] == ["月报", "表格“表.xlsx”", "表格“表.xlsx”"]
    assert [v.quote for v in found.values] == ["", "表中为“0.04 mg/m³”", ""]
    assert found.values[1].where == "表.xlsx 第 3 行" and found.row_count == 3
    assert next(f for f in found.findings if f.rule == "unit-converted").level == "repair"


def test_a_wide_table_with_a_column_for_each_indicator(read):
    rows = [["县市", "PM2.5（μg/m³）", "优良率(%)"], ["昌吉", 35, 80], ["阜康", 36, 81]]
    found = read(rows, period="2023")
    assert keys(found) == {
        ("pm25", "counties", "652301", "2023"): 35, ("good_rate", "counties", "652301", "2023"): 80,
        ("pm25", "counties", "652302", "2023"): 36, ("good_rate", "counties", "652302", "2023"): 81,
    }  # fmt: skip


def test_a_wide_table_with_a_column_for_each_period(read):
    rows = [["单位：微克/立方米"], ["县市", 2022, "2023年"], ["昌吉市", 36, 35]]
    assert keys(read(rows, indicator="PM2.5")) == {
        ("pm25", "counties", "652301", "2022"): 36, ("pm25", "counties", "652301", "2023"): 35}  # fmt: skip
    assert keys(read(rows, indicator="pm25", period="2023年")) == {("pm25", "counties", "652301", "2023"): 35}


def test_two_header_rows_give_period_and_indicator(read):
    rows = [
        ["县市", "2022年", None, "2023年", None], [None, "PM2.5", "PM10", "PM2.5", "PM10"], ["昌吉市", 1, 2, 3, 4],
    ]  # fmt: skip
    found = read(rows, merges=["A1:A2", "B1:C1", "D1:E1"], unit="ug/m3")
    assert keys(found) == {
        ("pm25", "counties", "652301", "2022"): 1, ("pm10", "counties", "652301", "2022"): 2,
        ("pm25", "counties", "652301", "2023"): 3, ("pm10", "counties", "652301", "2023"): 4,
    }  # fmt: skip


def test_months_take_their_year_from_the_option_or_the_column_beside(read):
    wide = [["县市", "1月", "2月"], ["昌吉市", 90, 80]]
    assert keys(read(wide, indicator="pm25", unit="ug/m3", period="2023")) == {
        ("pm25", "counties", "652301", "2023-01"): 90, ("pm25", "counties", "652301", "2023-02"): 80}  # fmt: skip
    long = [["县市", "年份", "月份", "PM2.5"], ["昌吉市", 2023, 1, 90], ["昌吉市", 2023, "2月", 80]]
    assert keys(read(long, unit="ug/m3")) == {
        ("pm25", "counties", "652301", "2023-01"): 90, ("pm25", "counties", "652301", "2023-02"): 80}  # fmt: skip


def test_a_lone_column_of_numbers_is_the_indicator_that_is_told(read):
    rows = [["序号", "县市", "年均浓度", "备注"], [1, "昌吉市", "1,035", "x"], [2, "阜康市", 36, None]]
    found = read(rows, indicator="pm25", period="2023", unit="微克/立方米", name="表.csv")
    assert bad(found)[0][0] == 2 and "格" in bad(found)[0][2]
    rows[1][2] = '"1,035"'
    assert keys(read(rows, indicator="pm25", period="2023", unit="微克/立方米", name="表.csv")) == {
        ("pm25", "counties", "652301", "2023"): 1035, ("pm25", "counties", "652302", "2023"): 36}  # fmt: skip


def test_columns_that_change_the_meaning_are_not_taken_for_the_indicator(read):
    rows = [["县市", "PM2.5", "PM2.5同比", "PM2.5|上限"], ["昌吉市", 35, -3, 75]]
    found = read(rows, period="2023", unit="ug/m3")
    assert keys(found) == {("pm25", "counties", "652301", "2023"): 35}
    assert rules(found).count("unknown-column") == 2


def test_a_table_with_a_column_for_each_place(read):
    rows = [
        ["指标", "时段", "昌吉市", "木垒县", "全州"],
        ["PM2.5（ug/m³）", 2023, 35, "3-5", 30],
        ["名次", "2022年", 1, None, None],
    ]
    found = read(rows)
    assert keys(found) == {
        ("pm25", "counties", "652301", "2023"): 35, ("pm25", "prefecture", "652300", "2023"): 30,
        ("place", "counties", "652301", "2022"): 1,
    }  # fmt: skip
    assert [(row, column) for row, column, _ in bad(found)] == [(2, "木垒县")]
    assert found.row_count == 2 and "places-in-columns" in rules(found)
    assert next(f for f in found.findings if f.rule == "missing").row == 3


def test_stations_by_code_or_name(read):
    rows = [["站点", "PM2.5"], ["2690A", 20], ["新区政务中心站", 30]]
    assert keys(read(rows, layer="air_stations", period="2023", unit="ug/m3")) == {
        ("pm25", "air_stations", "2690A", "2023"): 20, ("pm25", "air_stations", "2692A", "2023"): 30}  # fmt: skip


def test_sections_are_not_mistaken_for_the_counties_they_lie_in(read):
    rows = [["县市", "断面", "名次"], ["昌吉市", "三屯河渠首", 1], ["奇台县", "W1494", 2]]
    found = read(rows, layer="water_sections", period="2023")
    assert keys(found) == {
        ("place", "water_sections", "W1501", "2023"): 1,
        ("place", "water_sections", "W1494", "2023"): 2,
    }


# --- places


def test_rows_of_the_prefecture_go_to_its_own_layer_and_totals_are_left_out(read):
    rows = [["县市", "名次"], ["昌吉市", 1], ["全州", 4], ["合计", 5], ["平均", 6]]
    found = read(rows, period="2023")
    assert keys(found) == {("place", "counties", "652301", "2023"): 1, ("place", "prefecture", "652300", "2023"): 4}
    left = [(f.level, f.row) for f in found.findings if f.rule == "total-not-imported"]
    assert left == [("warning", 4), ("warning", 5)]


def test_unknown_places_are_listed_with_the_nearest_name(read):
    rows = [["县市", "名次"], ["昌吉市", 1], ["阜康布", 2], ["乌鲁木齐市", 3], [None, 4]]
    found = read(rows, period="2023")
    assert [row for row, _, _ in bad(found)] == [3, 4, 5]
    assert "没有“阜康布”；是不是“阜康市”？" in bad(found)[0][2] and "没有写地点" in bad(found)[2][2]


def test_code_and_name_must_agree(read):
    rows = [["代码", "名称", "名次"], [652301, "昌吉市", 1], [652301, "阜康市", 2]]
    found = read(rows, period="2023")
    assert [row for row, _, _ in bad(found)] == [3]
    assert "“652301”是昌吉市（652301），“阜康市”是阜康市（652302）" in bad(found)[0][2]


def test_a_table_of_another_layer_is_refused_whole(read):
    said = refusal(read, [["断流", "名次"], ["三屯河渠首", 1], ["开垦河老奇台", 2]], period="2023")
    assert "没有认出哪一列是地点" in said and "--id-column" in said


def test_merged_county_names_count_for_all_their_rows(read):
    rows = [["县市", "时段", "名次"], ["昌吉市", 2022, 1], [None, 2023, 2]]
    found = read(rows, merges=["A2:A3"])
    assert [v.area for v in found.values] == ["652301", "652301"]


# --- indicators, periods, units


def test_what_the_table_does_not_say_must_be_told(read):
    rows = [["县市", "数值"], ["昌吉市", 35]]
    assert "--indicator" in refusal(read, rows, period="2023", unit="ug/m3")
    assert "--period" in refusal(read, rows, indicator="pm25", unit="ug/m3")
    said = refusal(read, rows, indicator="pm25", period="2023")
    assert "没有写“数值”列的单位" in said and "--unit 微克/立方米" in said
    assert keys(read(rows, indicator="pm25", period="2023", unit="ug/m3")) == {
        ("pm25", "counties", "652301", "2023"): 35
    }


def test_a_year_in_the_title_is_offered_not_taken(read):
    rows = [["2023年空气质量"], ["县市", "名次"], ["昌吉市", 1]]
    assert "如果就是它：--period 2023" in refusal(read, rows)


def test_an_unknown_indicator_is_told_with_the_nearest(read):
    assert "没有指标“pm2”" in refusal(read, [["县市", "数值"], ["昌吉市", 35]], indicator="pm2", period="2023")
    found = read([["县市", "指标", "数值"], ["昌吉市", "名词", 1], ["昌吉市", "名次", 1]], period="2023")
    assert bad(found)[0][0] == 2 and "没有指标“名词”" in bad(found)[0][2]
    assert "没有认出哪一列是数值" in refusal(read, [["县市", "PM1"], ["昌吉市", 35]], period="2023")


def test_a_unit_of_something_else_is_an_error(read):
    assert "--unit 说是“%”" in refusal(read, [["县市", "PM2.5(ug/m3)"], ["昌吉市", 35]], period="2023", unit="%")
    found = read([["县市", "PM2.5(%)"], ["昌吉市", 35]], period="2023")
    assert "单位“%”不能换算成指标“PM2.5”的单位“微克/立方米”" in bad(found)[0][2]


@pytest.mark.parametrize(("unit", "value"), [("户", 1.2345), ("万户", 12345.0)])
def test_counts_are_converted_by_powers_of_ten(read, unit, value):
    found = read([["县市", f"清洁取暖户数（{unit}）"], ["昌吉市", 12345]], period="2023")
    assert keys(found) == {("households", "counties", "652301", "2023"): value}


def test_a_percent_format_of_the_sheet_is_a_percent(space, tmp_path):
    made = openpyxl.Workbook()
    made.active.append(["县市", "优良率"])
    made.active.append(["昌吉市", 0.853])
    made.active["B2"].number_format = "0.0%"
    made.save(tmp_path / "率.xlsx")
    layer = load_layer("counties", space)
    found = read_indicator_table(tmp_path / "率.xlsx", layer=layer, period="2023", workspace=space)
    assert keys(found) == {("good_rate", "counties", "652301", "2023"): 85.3}


# --- cells


def test_no_value_is_invented_for_blanks_and_non_detects(read):
    rows = [
        ["县市", "名次"],
        ["昌吉市", None],
        ["阜康市", "—"],
        ["奇台", "未检出"],
        ["木垒", "<0.005"],
        ["玛纳斯", "0.01L"],
        ["呼图壁", 7],
    ]
    found = read(rows, period="2023")
    assert keys(found) == {("place", "counties", "652323", "2023"): 7}
    assert [(f.level, f.row) for f in found.findings if f.rule == "non-detect"] == [
        ("warning", 4), ("warning", 5), ("warning", 6)]  # fmt: skip
    missing = next(f for f in found.findings if f.rule == "missing")
    assert "有 2 行没有数值（第 2、3 行）" in missing.message
    assert bad(found) == []


def test_a_cell_that_is_no_number_is_an_error_with_row_and_column(read):
    found = read([["县市", "名次"], ["昌吉市", "3-5"], ["阜康市", 2]], period="2023")
    assert [(row, column) for row, column, _ in bad(found)] == [(2, "名次")]
    assert keys(found) == {("place", "counties", "652302", "2023"): 2}


def test_the_same_key_twice(read):
    rows = [["县市", "名次"], ["昌吉市", 1], ["昌吉", 1], ["652301", 2]]
    found = read(rows, period="2023")
    assert [f.row for f in found.findings if f.rule == "repeated"] == [3]
    assert [(row, "（1 和 2）" in text) for row, _, text in bad(found)] == [(4, True)]


def test_reading_does_not_alter_the_file(space, table):
    path = table([["县市", "名次"], ["昌吉市", 1]])
    before = path.read_bytes()
    read_indicator_table(path, layer=load_layer("counties", space), period="2023", workspace=space)
    assert path.read_bytes() == before


# --- import


ROWS = [["县市", "PM2.5（ug/m3）"], ["昌吉市", 35], ["阜康市", "0.0365 mg/m3"]]


def tree(root):
    return {str(f.relative_to(root)): f.read_bytes() for f in sorted(root.rglob("*")) if f.is_file()}


def test_what_is_imported_is_loaded_again(space, table):
    report = import_indicators(table(ROWS), "counties", workspace=space, period="2023", source="监测月报")
    assert report.path == space.roots[0] / "layers" / "indicators" / "表.csv" and not report.replaced
    assert (report.value_count, report.row_count, report.indicators, report.periods) == (2, 2, ("pm25",), ("2023",))
    assert report.path.read_text("utf-8").splitlines() == [
        ",".join(COLUMNS),
        "pm25,counties,652301,2023,35,监测月报,",
        "pm25,counties,652302,2023,36.5,监测月报,表中为“0.0365 mg/m3”",
    ]
    found = load_indicators(space).select("pm25", layer="counties")
    assert [(v.area, v.value, v.source) for v in found] == [("652301", 35, "监测月报"), ("652302", 36.5, "监测月报")]


def test_a_source_may_be_an_id_of_the_workspace(space, table):
    import_indicators(table(ROWS), "counties", workspace=space, period="2023", source="yb2023")
    assert load_indicators(space).select("pm25", layer="counties")[0].source == "监测月报（2023年）"
    before = tree(space.roots[0])
    said = refusal(
        import_indicators, table(ROWS), "counties", workspace=space, period="2022", source="yb2022", name="另"
    )
    assert "没有来源“yb2022”" in said and "/layers/indicators/另.csv" in said.replace("\\", "/")
    assert tree(space.roots[0]) == before


def test_bad_rows_stop_the_import_and_change_nothing(space, table):
    before = tree(space.roots[0])
    path = table([*ROWS, ["无此县", 3]])
    said = refusal(import_indicators, path, "counties", workspace=space, period="2023")
    assert "第 4 行：图层 counties 没有“无此县”" in said and "--skip-bad-rows" in said and "表.xlsx" in said
    assert tree(space.roots[0]) == before
    report = import_indicators(path, "counties", workspace=space, period="2023", skip_bad_rows=True)
    assert report.value_count == 2 and [f.row for f in report.findings if f.level == "error"] == [4]


def test_nothing_to_write_is_refused(space, table):
    said = refusal(
        import_indicators, table([["县市", "名次"], ["昌吉市", "—"]]), "counties", workspace=space, period="2023"
    )
    assert "1 行里没有一个可以写入的数值" in said


def test_an_earlier_import_is_replaced_only_when_told(space, table):
    path = table(ROWS)
    import_indicators(path, "counties", workspace=space, period="2023")
    assert "--replace" in refusal(import_indicators, path, "counties", workspace=space, period="2023")
    report = import_indicators(path, "counties", workspace=space, period="2024", replace=True)
    assert report.replaced and {v.period for v in load_indicators(space).select("pm25", layer="counties")} == {"2024"}


def test_the_same_values_under_another_name_are_refused_by_name_and_row(space, table):
    path = table(ROWS)
    import_indicators(path, "counties", workspace=space, period="2023")
    before = tree(space.roots[0])
    said = refusal(import_indicators, path, "counties", workspace=space, period="2023", name="另一份")
    assert "有两行" in said and "另一份.csv 第 2 行" in said and "表.csv 第 2 行" in said
    assert str(space.roots[0]) in said and "tmp" not in said.replace(str(space.roots[0]), "")
    assert tree(space.roots[0]) == before


def test_the_shipped_data_is_never_written_to(table):
    shipped = Workspace((packaged_root(),))
    assert "changji-geo init" in refusal(import_indicators, table(ROWS), "counties", workspace=shipped, period="2023")


def test_texts_that_a_spreadsheet_would_run_do_not_get_into_the_file(space, table):
    said = refusal(import_indicators, table(ROWS), "counties", workspace=space, period="2023", source='=HYPERLINK("x")')
    assert "公式" in said
    rows = [["县市", "名次", "来源"], ["昌吉市", 1, "@SUM(A1)"]]
    assert "“@SUM(A1)”会被表格软件当成公式" in refusal(
        import_indicators, table(rows), "counties", workspace=space, period="2023"
    )
    rows[1][2] = '甲,“乙”\n"丙"'
    report = import_indicators(table(rows, name="=1+1.xlsx"), "counties", workspace=space, period="2023")
    (_, row), = read_csv(report.path, columns=COLUMNS, required=COLUMNS)  # fmt: skip
    assert (row["source"], report.path.name) == ('甲,“乙” "丙"', "=1+1.csv")


@pytest.mark.parametrize(("name", "fixed"), [("a/b", "a_b"), ("con", "con_"), ("..", "indicators"), ("a:b", "a_b")])
def test_names_that_are_no_file_names_are_refused(space, table, name, fixed):
    said = refusal(import_indicators, table(ROWS), "counties", workspace=space, period="2023", name=name)
    assert f"如“{fixed}”" in said


# --- new indicators

NEW = Indicator("so2", '二氧化硫"', "微克/立方米", "lower_better")


def test_a_new_indicator_is_defined_with_its_values(space, table):
    path = table([["县市", "数值"], ["昌吉市", 9]])
    report = import_indicators(path, "counties", workspace=space, period="2023", unit="ug/m3", new=NEW)
    loaded = load_indicators(space)
    assert report.new_indicator == "so2" and loaded.indicator("so2") == NEW
    assert loaded.select("so2")[0].value == 9
    assert (space.roots[0] / "layers/indicators/indicators.toml").read_text("utf-8").startswith(DEFINITIONS)
    again = import_indicators(path, "counties", workspace=space, period="2024", unit="ug/m3", new=NEW, name="二")
    assert again.new_indicator == "" and len(load_indicators(space).select("so2")) == 2


def test_a_new_indicator_cannot_contradict_one_that_is_there(space, table):
    other = Indicator("pm25", "别的", "%", "neutral")
    path = table([["县市", "数值"], ["昌吉市", 9]])
    assert "已有定义：PM2.5，单位 微克/立方米" in refusal(import_indicators, path, "counties", workspace=space, period="2023", unit="%", new=other)  # fmt: skip
    wrong = Indicator("PM-25", "x", "", "neutral")
    assert "不能作标识" in refusal(import_indicators, path, "counties", workspace=space, period="2023", new=wrong)


def test_definitions_go_back_when_the_values_cannot_be_written(space, table, monkeypatch):
    """A real full disk cannot be had in a test; the second write fails as it would there."""
    before = tree(space.roots[0])
    real, calls = indicator_import.write_atomic, []

    def full(path, data):
        calls.append(path.name)
        if path.name == "表.csv":
            raise OutputError("磁盘已满", where=str(path))
        return real(path, data)

    monkeypatch.setattr(indicator_import, "write_atomic", full)
    with pytest.raises(OutputError):
        import_indicators(table([["县市", "数值"], ["昌吉市", 9]]), "counties", workspace=space, period="2023", unit="ug/m3", new=NEW)  # fmt: skip
    assert calls == ["indicators.toml", "表.csv", "indicators.toml"] and tree(space.roots[0]) == before


def test_a_workspace_without_indicators_gets_its_first(tmp_path, table):
    space = tiny_workspace(tmp_path / "new")
    import_indicators(
        table([["县市", "数值"], ["昌吉市", 9]]), "counties", workspace=space, period="2023", unit="ug/m3", new=NEW
    )
    assert load_indicators(space).select("so2")[0].area == "652301"
