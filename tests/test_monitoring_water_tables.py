"""Tables of water samples: layouts, names, units, dates, and what is refused as a whole."""

import datetime

import numpy as np
import pandas as pd
import pytest

from changji_geo.errors import InputError
from changji_geo.monitoring.water.sections import classify_sections, section_items

DAY = datetime.date(2024, 5, 6)


def wide(**columns):
    return pd.DataFrame({"断面": ["甲", "乙"], "采样日期": ["2024-05-06", "2024-06"], **columns})


def classify(frame, **options):
    return classify_sections(frame, **({"water_type": "river"} | options))


def test_wide_and_long_give_the_same_result():
    table = wide(**{"氨氮(mg/L)": [0.3, "<0.025"], "总磷（mg/L）": [0.15, 0.02], "pH": [8.1, 8.2]})
    rows = [
        ("甲", "2024-05-06", "NH3-N", 300, "ug/L"),
        ("甲", "2024-05-06", "TP", 0.15, "mg/L"),
        ("甲", "2024-05-06", "pH值", 8.1, "无量纲"),
        ("乙", "2024-06", "氨氮", "0.025L", "mg/L"),
        ("乙", "2024-06", "总磷", 0.02, "mg/L"),
        ("乙", "2024-06", "pH", 8.2, None),
    ]
    long = pd.DataFrame(rows, columns=["断面名称", "监测日期", "项目", "监测值", "单位"])
    pd.testing.assert_frame_equal(classify(table), classify(long))


def test_english_headers_are_understood():
    table = pd.DataFrame(
        {"section": ["A"], "date": ["2024-05-06"], "water_type": ["reservoir"], "ammonia nitrogen_mg/L": [0.3], "TP (ug/L)": [30]}
    )  # fmt: skip
    row = classify_sections(table).iloc[0]
    assert (row["class"], row["decided_by"], row["water_type"]) == ("Ⅲ", "总磷（湖、库）", "lake")


def test_the_table_of_the_caller_is_left_as_it_is():
    table = wide(**{"氨氮(mg/L)": [0.3, 0.4]})
    before = table.copy(deep=True)
    classify(table)
    pd.testing.assert_frame_equal(table, before)


def test_units_that_are_stated_nowhere_are_refused_for_all_columns_at_once():
    with pytest.raises(InputError) as caught:
        classify(wide(氨氮=[0.3, 0.4], 总磷=[0.1, 0.1], pH=[8, 8]))
    assert str(caught.value) == (
        "没有写单位：氨氮、总磷。应为：氨氮 mg/L、总磷（河流） mg/L。"
        "处理：核对后写在列名的括号里或单位列；都是标准所用单位的，用 units='standard' 声明。"
    )


def test_units_can_be_declared_for_all_or_one_by_one():
    table = wide(氨氮=[0.3, 0.4], 总磷=[0.1, 0.1])
    declared = classify(table, units={"NH3-N": "mg/L", "总磷": "mg/L"})
    pd.testing.assert_frame_equal(classify(table, units="standard"), declared)
    micro = classify(table, units={"氨氮": "ug/L", "总磷": "mg/L"})
    assert list(micro["class"]) == ["Ⅱ", "Ⅱ"]
    with pytest.raises(InputError, match="没有写单位：总磷"):
        classify(table, units={"氨氮": "mg/L"})


def test_a_declared_unit_that_contradicts_the_table_is_refused():
    with pytest.raises(InputError, match="“氨氮.mg/L.”的单位在表里是“mg/L”，units 说是“ug/L”"):
        classify(wide(**{"氨氮(mg/L)": [0.3, 0.4]}), units={"氨氮": "ug/L"})


def test_a_unit_in_some_cells_leaves_the_others_unusable():
    found = classify(wide(氨氮=["0.3 mg/L", 0.4]))
    assert list(found["class"].fillna("")) == ["Ⅱ", ""]
    assert found["unusable"][1] == "氨氮“0.4”没有写单位（应为 mg/L）"


def test_a_wrong_kind_of_unit_is_named():
    assert "不能换算成 mg/L" in classify(wide(**{"氨氮(MPN/L)": [0.3, 0.4]}))["unusable"][0]


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"日期": ["2024"], "pH": [8]}, {}, "没有断面列"),
        ({"断面": ["甲"], "pH": [8]}, {}, "没有日期列，也没有给日期"),
        ({"断面": ["甲"], "日期": ["2024"], "pH": [8]}, {"date": DAY}, "表里有日期列，又另给了日期"),
        ({"断面": ["甲"], "日期": ["2024"], "pH": [8]}, {"water_type": None}, "不知道水体类型"),
        ({"断面": ["甲"], "日期": ["2024"], "pH": [8]}, {"water_type": "sea"}, "水体类型“sea”不存在"),
        ({"断面": ["甲"], "日期": ["2024"], "pH": [8]}, {"non_detect": "full"}, "未检出的处理“full”不存在"),
        ({"断面": ["甲"], "日期": ["2024"], "水体类型": ["海"], "pH": [8]}, {}, "第 1 行：“海”不是水体类型"),
        ({"断面": ["甲"], "日期": ["2024"], "水质目标": ["劣Ⅴ"], "pH": [8]}, {}, "第 1 行：目标“劣Ⅴ”不是水质类别"),
        ({"断面": ["甲"], "日期": ["下雨天"], "pH": [8]}, {}, "第 1 行：“下雨天”不是时段"),
        ({"断面": ["甲"], "日期": ["2024计划"], "pH": [8]}, {}, "不是观测的时段"),
        ({"断面": ["甲"], "日期": [None], "pH": [8]}, {}, "第 1 行：没有日期"),
        ({"断面": [" "], "日期": ["2024"], "pH": [8]}, {}, "第 1 行：没有断面名称"),
        ({"断面": ["甲", "甲"], "日期": ["2024", "2024年"], "pH": [8, 8]}, {}, "第 2 行：断面“甲”在 2024 有两行"),
        ({"断面": ["甲"], "点位": ["乙"], "日期": ["2024"], "pH": [8]}, {}, "“断面”和“点位”两列都是"),
        ({"断面": ["甲"], "日期": ["2024"], "pH": [8], "pH值": [8]}, {}, "“pH”和“pH值”两列都是pH值"),
        ({"断面": ["甲"], "日期": ["2002-05-31"], "pH": [8]}, {}, "断面“甲”：2002-05-31 早于"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_its_place(columns, options, message):
    with pytest.raises(InputError, match=message):
        classify(pd.DataFrame(columns), **options)


def test_an_item_twice_in_a_long_table_is_refused():
    long = pd.DataFrame({"断面": ["甲", "甲"], "项目": ["氨氮", "NH3-N"], "值": [1, 2], "单位": "mg/L"})
    with pytest.raises(InputError, match="第 2 行：断面“甲”在 2024-05-06 的氨氮有两个值"):
        classify(long, date=DAY)


def test_a_section_with_two_targets_in_a_long_table_is_refused():
    long = pd.DataFrame(
        {"断面": ["甲", "甲"], "目标类别": ["Ⅱ", "Ⅲ"], "项目": ["氨氮", "pH"], "值": [1, 8], "单位": ["mg/L", ""]}
    )
    with pytest.raises(InputError, match="第 2 行：断面“甲”在 2024-05-06 的水体类型、目标或流域前后不一"):
        classify(long, date=DAY)


@pytest.mark.parametrize(
    ("cell", "period"),
    [
        ("2024-05-06 10:30", "2024-05-06"),
        (datetime.datetime(2024, 5, 6, 10, 30), "2024-05-06"),
        (pd.Timestamp("2024-05-06 08:00"), "2024-05-06"),
        ("2024年5月", "2024-05"),
        (2024, "2024"),
        ("2024年一季度", "2024-01/2024-03"),
    ],
)
def test_a_date_is_a_day_or_a_longer_period(cell, period):
    assert classify(pd.DataFrame({"断面": ["甲"], "日期": [cell], "pH": [8]}))["date"][0] == period


def test_numbers_of_32_bits_are_taken_by_their_own_decimals():
    table = pd.DataFrame({"断面": ["甲"], "氨氮(mg/L)": np.array([0.15], dtype="float32")})
    assert classify(table, date=DAY)["class"][0] == "Ⅰ"


def test_columns_that_no_limit_applies_to_are_named():
    row = classify(
        wide(**{"氨氮(mg/L)": [0.3, 0.4], "电导率(μS/cm)": [500, None], "备注": ["雨后", ""], "总氮(mg/L)": [3, 3]})
    )
    few = "只测了 1 项，缺 20 项"
    assert list(row["notes"]) == [f"{few}；未评价：电导率(μS/cm)、备注、总氮(mg/L)", f"{few}；未评价：总氮(mg/L)"]


def test_an_empty_table_gives_an_empty_result_with_the_same_columns():
    empty = classify(wide(**{"氨氮(mg/L)": [0.3, 0.4]}).iloc[:0])
    assert (len(empty), list(empty.columns)) == (0, list(classify(wide(pH=[8, 8])).columns))


def test_the_items_come_with_value_limit_and_multiple():
    table = wide(**{"氨氮(mg/L)": [1.5, "<0.025"], "pH": [9.5, "坏"], "溶解氧(mg/L)": [4, 9]})
    found = section_items(table, water_type="river", target="Ⅱ")
    assert found[["section", "id", "value", "class", "limit", "multiple", "detected"]].astype(object).fillna(
        ""
    ).values.tolist() == [
        ["甲", "ph", 9.5, "劣Ⅴ", "6~9", "", True],
        ["甲", "do", 4.0, "Ⅳ", "6", "", True],
        ["甲", "nh3n", 1.5, "Ⅳ", "0.5", 2.0, True],
        ["乙", "ph", "", "", "6~9", "", True],
        ["乙", "do", 9.0, "Ⅰ", "6", "", True],
        ["乙", "nh3n", 0.0125, "Ⅰ", "0.5", "", False],
    ]
    assert found["fault"][3] == "“坏”不是数字"


def test_a_wide_table_with_a_column_called_item_is_still_wide():
    row = classify(wide(**{"氨氮(mg/L)": [0.3, 0.4], "指标": ["考核", "考核"], "断面类型": ["国控断面", ""]}))
    few = "只测了 1 项，缺 20 项"
    assert list(row["notes"]) == [f"{few}；未评价：指标、断面类型", f"{few}；未评价：指标"]
