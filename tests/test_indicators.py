"""indicators: tables read and merged, values joined to layers, key figures found; every fault names file and row."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from changji_geo.catalog import Layer, load_layer
from changji_geo.errors import IndicatorError
from changji_geo.indicators import (
    Indicator,
    IndicatorTable,
    IndicatorValue,
    attach_indicators,
    get_figure,
    load_indicators,
    period_text,
)
from changji_geo.resources import Workspace, packaged_root
from tests.tiny import squares

DEFINITIONS = """\
[sources]
doc = "测试文件"

[[indicators]]
id = "people"
name = "人口"
unit = "万人"
direction = "neutral"
source = "doc"

[[indicators]]
id = "dust"
name = "扬尘"
unit = "吨"
direction = "lower_better"
"""
HEADER = "indicator,layer,area,period,value,source,quote\n"
ROWS = """\
people,squares,west,2023,10,doc,人口10万
people,squares,east,2023,30.5,doc,
people,squares,west,2024,11,doc,
dust,squares,middle,2023-10/2024-03,7,另一份文件,
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    squares(tmp_path)
    return tmp_path


def write(root: Path, rows: str, *, definitions: str = DEFINITIONS, encoding: str = "utf-8") -> Path:
    folder = root / "layers" / "indicators"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "indicators.toml").write_text(definitions, "utf-8")
    path = folder / "values.csv"
    path.write_bytes((HEADER + rows).encode(encoding))
    return path


def read(root: Path) -> IndicatorTable:
    return load_indicators(Workspace((root,)))


def layer(root: Path) -> Layer:
    return load_layer("squares", Workspace((root,)))


def test_values_carry_definition_source_quote_and_place(root):
    path = write(root, ROWS)
    first = read(root).values[0]
    people = Indicator("people", "人口", "万人", "neutral", "测试文件")
    assert first == IndicatorValue(people, "squares", "west", "2023", 10.0, "测试文件", "人口10万", f"{path} 第 2 行")
    assert read(root).values[3].source == "另一份文件"


def test_a_join_keeps_rows_and_order_and_leaves_gaps_as_nan(root):
    write(root, ROWS)
    before = layer(root)
    joined = attach_indicators(before, "people", period="2023", table=read(root))
    assert joined.frame["id"].tolist() == ["west", "middle", "east"]
    assert joined.frame["value"].tolist()[::2] == [10.0, 30.5]
    assert math.isnan(joined.frame["value"][1])
    assert joined.frame["unit"].tolist() == ["万人"] * 3
    assert joined.frame["period"].tolist() == ["2023年"] * 3
    assert joined.frame["source"].tolist() == ["测试文件", "", "测试文件"]
    assert joined.frame["quote"].tolist() == ["人口10万", "", ""]
    assert joined.frame.crs == before.frame.crs
    assert "value" not in before.frame
    column = joined.meta.column("value")
    assert (column.title, column.unit) == ("人口", "万人")


def test_one_period_need_not_be_named(root):
    write(root, ROWS)
    assert attach_indicators(layer(root), "dust", table=read(root)).frame["period"][0] == "2023—2024年采暖季"


def test_several_periods_must_be_named(root):
    write(root, ROWS)
    with pytest.raises(IndicatorError, match="指标“people”在图层 squares 有几个时段：2023、2024"):
        attach_indicators(layer(root), "people", table=read(root))


def test_unknown_period_has_a_near_match(root):
    write(root, ROWS)
    with pytest.raises(IndicatorError, match="没有时段“2025”的数值.*2024"):
        attach_indicators(layer(root), "people", period="2025", table=read(root))


def test_unknown_indicator_has_a_near_match(root):
    write(root, ROWS)
    with pytest.raises(IndicatorError, match="没有指标“peple”.*是不是“people”"):
        attach_indicators(layer(root), "peple", table=read(root))


def test_an_indicator_without_values_for_the_layer_says_where_there_are_some():
    with pytest.raises(IndicatorError, match=r"没有图层 counties 的数值.*有数值的图层：regions"):
        attach_indicators(load_layer("counties"), "heating_season_pm25_mean")


def test_a_value_for_an_area_that_is_not_in_the_layer_is_named(root):
    write(root, "people,squares,wst,2023,1,doc,\n")
    with pytest.raises(IndicatorError, match=r"values\.csv 第 2 行：.*没有的要素“wst”.*“west”"):
        attach_indicators(layer(root), "people", table=read(root))


def test_two_rows_with_one_key_are_an_error(root):
    write(root, ROWS + "people,squares,west,2023,12,doc,\n")
    with pytest.raises(IndicatorError, match=r"第 6 行：指标“people”在 squares west 2023 有两行.*第 2 行"):
        read(root)


@pytest.mark.parametrize("text", ["三十", "35%", "nan", "inf", "1 000"])
def test_values_that_are_no_numbers_name_file_and_row(root, text):
    write(root, f"people,squares,west,2023,{text},doc,\n")
    with pytest.raises(IndicatorError, match=rf"values\.csv 第 2 行：列“value”的取值“{text}”不是数字"):
        read(root)


def test_blank_values_and_blank_lines_are_left_out(root):
    write(root, "people,squares,west,2023,,doc,\n,,,,,,\npeople,squares,east,2023,0,doc,\n")
    assert [(v.area, v.value) for v in read(root).values] == [("east", 0.0)]


def test_undefined_indicators_name_the_row(root):
    write(root, "peopel,squares,west,2023,1,doc,\n")
    with pytest.raises(IndicatorError, match="第 2 行：没有定义指标“peopel”.*people"):
        read(root)


def test_header_faults_are_named(root):
    path = write(root, "")
    path.write_text("indicator,layer,area,period,valu,source\n", "utf-8")
    with pytest.raises(IndicatorError, match="缺少列“value”"):
        read(root)
    path.write_text("indicator,layer,area,period,value,source,qoute\n", "utf-8")
    with pytest.raises(IndicatorError, match="未知的列“qoute”.*“quote”"):
        read(root)


def test_rows_with_too_many_or_too_few_cells_are_named(root):
    write(root, "people,squares,west,2023,1\n")
    with pytest.raises(IndicatorError, match="第 2 行：列数与表头不符"):
        read(root)
    write(root, "people,squares,west,2023,1,doc,a,b\n")
    with pytest.raises(IndicatorError, match="第 2 行：列数与表头不符"):
        read(root)


def test_tables_saved_by_excel_in_gbk_are_read(root):
    write(root, ROWS, encoding="gb18030")
    assert read(root).values[0].quote == "人口10万"


def test_definitions_with_an_unknown_direction_are_refused(root):
    write(root, "", definitions=DEFINITIONS.replace("lower_better", "down"))
    with pytest.raises(IndicatorError, match=r"indicators\[2\].direction：不认识的取值 “down”"):
        read(root)


def test_a_workspace_adds_to_the_shipped_table_and_wins_key_by_key(root):
    write(
        root,
        "heating_season_pm25_mean,regions,wcs_west4,2023-10/2024-03,34,本局复核,\npeople,squares,west,2023,1,doc,\n",
    )
    table = load_indicators(Workspace((root, packaged_root())))
    shipped = load_indicators(Workspace((packaged_root(),)))
    figure = get_figure(table, "heating_season_pm25_mean", "wcs_west4")
    assert (figure.value, figure.source) == (34.0, "本局复核")
    assert len(table.values) == len(shipped.values) + 1


def test_a_key_figure_is_one_value_with_its_source():
    figure = get_figure(load_indicators(), "rural_clean_heating_households", "652301")
    assert (figure.value, figure.indicator.unit, figure.period_text) == (1.35, "万户", "2023年4月—2024年3月")
    assert figure.quote == "农村清洁取暖改造1.35万户"


def test_key_figures_have_the_same_errors(root):
    write(root, ROWS)
    table = read(root)
    with pytest.raises(IndicatorError, match="没有指标“peple”"):
        get_figure(table, "peple", "west")
    with pytest.raises(IndicatorError, match="指标“people”没有“wst”的数值.*west"):
        get_figure(table, "people", "wst")
    with pytest.raises(IndicatorError, match="指标“people”的“west”有几个时段：2023、2024"):
        get_figure(table, "people", "west")
    assert get_figure(table, "people", "west", "2024").value == 11.0


def test_an_area_in_two_layers_needs_the_layer(root):
    write(root, ROWS + "people,other,west,2023,99,doc,\n")
    with pytest.raises(IndicatorError, match="“west”同时是几个图层的要素：other、squares"):
        get_figure(read(root), "people", "west", "2023")
    assert get_figure(read(root), "people", "west", "2023", layer="other").value == 99.0


@pytest.mark.parametrize(
    ("period", "text"),
    [
        ("2023", "2023年"),
        ("2021-09", "2021年9月"),
        ("2023-10/2024-03", "2023—2024年采暖季"),
        ("2023-04/2024-03", "2023年4月—2024年3月"),
        ("2021-01-01/2021-11-15", "2021年1月1日—2021年11月15日"),
        ("2021/2023", "2021—2023年"),
        ("至2025", "至2025年"),
        ("2024计划", "2024年计划"),
        ("十三五", "十三五"),
    ],
)
def test_periods_as_printed(period, text):
    assert period_text(period) == text


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("people,squares,west,2023,10,dcc,\n", "第 2 行：没有来源“dcc”。应为：indicators.toml 的 [sources] 中的编号"),
        ("people,squares,west,2023,10,,\n", "第 2 行：列“source”是空的"),
        ("people,squares,west,2023,1_0,doc,\n", "第 2 行：列“value”的取值“1_0”不是数字"),
        ('people,squares,west,2023,10,doc,"甲\npeople,squares,east,2023,1,doc,\n', "第 2 行起：读不下去：引号没有配对"),
        (f"people,squares,west,2023,10,doc,{'甲' * 200_000}\n", "一格文字过长"),
    ],
)
def test_a_row_that_would_be_misread_is_refused(root, rows, said):
    write(root, rows)
    with pytest.raises(IndicatorError) as caught:
        read(root)
    assert said in str(caught.value) and "values.csv" in str(caught.value)
