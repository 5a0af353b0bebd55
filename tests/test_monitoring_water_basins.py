"""Ratings of basins: shares from five sections, mean concentrations below, and when neither is possible."""

import datetime

import pandas as pd
import pytest

from changji_geo.errors import InputError
from changji_geo.monitoring.water.basins import rate_basins

DAY = datetime.date(2024, 5, 6)


def rate(values, **more):
    table = pd.DataFrame({"断面": [f"S{n}" for n in range(len(values))], "氨氮": values, **more})
    return rate_basins(table, basin="三屯河", date=DAY, water_type="river", units="standard").iloc[0]


def test_five_sections_are_rated_by_shares():
    row = rate([0.1, 0.1, 0.4, 0.9, 1.4])
    assert (row["status"], row["method"], row["good_percent"], row["worst_percent"]) == ("良好", "断面类别比例", 80, 0)
    assert (row["class_counts"], row["class"]) == ("Ⅰ类 2、Ⅱ类 1、Ⅲ类 1、Ⅳ类 1", None)
    assert "断面少于" not in row["evidence"]


def test_four_sections_are_rated_by_their_mean_and_the_result_says_how_that_is_known():
    row = rate([0.1, 0.2, 0.1, 0.2])
    assert (row["status"], row["class"], row["method"], row["decided_by"]) == ("优", "Ⅰ", "平均浓度", "")
    assert pd.isna(row["good_percent"])
    assert row["evidence"].endswith("断面少于 5 个时按平均浓度：单一来源，未读到原文")
    assert rate([0.1, 0.2, 0.1, 0.2004])["class"] == "Ⅱ"


def test_the_same_values_may_rate_otherwise_with_one_section_more():
    assert (rate([0.1, 0.1, 0.1, 9])["status"], rate([0.1, 0.1, 0.1, 0.1, 9])["status"]) == ("重度污染", "良好")


def test_an_uncertain_section_leaves_the_basin_open():
    row = rate([0.1, 0.1, 0.1, 0.1, "坏"])
    assert (row["status"], row["notes"]) == (None, "类别不定的断面：S4，不能评价；采样日期：2024-05-06")
    row = rate([0.1, "坏"])
    assert row["status"] is None
    assert row["notes"] == "有不能用的值，不能评价：S1的氨氮“坏”不是数字；采样日期：2024-05-06"


def test_items_measured_in_part_of_the_sections_are_named():
    row = rate([0.1, 0.1], 化学需氧量=[16, None])
    assert (row["class"], row["notes"]) == ("Ⅲ", "只有部分断面测了：化学需氧量；采样日期：2024-05-06")


def test_basins_dates_and_types_of_water_are_rated_apart():
    table = pd.DataFrame(
        {"断面": list("abcd"), "流域": ["甲", "甲", "乙", "甲"], "日期": ["2024-01", "2024-01", "2024-01", "2024-02"],
         "水体类型": ["河流", "水库", "河流", "河流"], "总磷(mg/L)": [0.1, 0.1, 0.1, 0.1]}
    )  # fmt: skip
    found = rate_basins(table)
    assert found[["basin", "date", "water_type", "class"]].values.tolist() == [
        ["甲", "2024-01", "river", "Ⅱ"], ["甲", "2024-01", "lake", "Ⅳ"],
        ["乙", "2024-01", "river", "Ⅱ"], ["甲", "2024-02", "river", "Ⅱ"],
    ]  # fmt: skip


def test_a_section_without_basin_and_a_date_before_the_method_are_refused():
    table = pd.DataFrame({"断面": ["甲"], "pH": [8]})
    with pytest.raises(InputError, match="断面“甲”：没有流域"):
        rate_basins(table, date=DAY, water_type="river")
    with pytest.raises(InputError, match="2011-03-08 早于《地表水环境质量评价办法"):
        rate_basins(table, basin="甲", date=datetime.date(2011, 3, 8), water_type="river")


def test_non_detects_and_empty_sections_are_said():
    assert rate(["<0.025", 0.1])["notes"] == "未检出按检出限的一半计；采样日期：2024-05-06"
    row = rate([None, None])
    assert (row["status"], row["notes"]) == (None, "没有可评价的项目；采样日期：2024-05-06")


def month(values, days, **more):
    table = pd.DataFrame({"断面": [f"S{n}" for n in range(len(values))], "日期": days, "氨氮": values} | more)
    return rate_basins(table, basin="三屯河", water_type="river", units="standard")


def test_sections_sampled_on_five_days_of_a_month_are_one_basin_of_five_sections():
    days = [f"2024-05-{n:02d}" for n in range(6, 11)]
    (row,) = month([0.1, 0.4, 2.5, 2.5, 2.5], days).to_dict("records")
    assert (row["date"], row["sections"], row["method"], row["status"]) == ("2024-05", 5, "断面类别比例", "重度污染")
    assert (row["good_percent"], row["worst_percent"]) == (40, 60)
    assert row["notes"] == "采样日期：2024-05-06、2024-05-07、2024-05-08、2024-05-09、2024-05-10"


def test_months_and_a_quarter_are_rated_apart():
    found = month([0.1, 0.1, 0.1], ["2024-05-06", "2024-06", "2024年二季度"])
    assert found[["date", "sections"]].values.tolist() == [["2024-05", 1], ["2024-06", 1], ["2024-04/2024-06", 1]]
    assert list(found["notes"]) == ["采样日期：2024-05-06", "", ""]


def test_a_section_sampled_twice_in_a_month_counts_once_by_its_mean_and_the_result_says_so():
    twice = {"断面": ["甲", "甲", "乙", "丙", "丁", "戊"]}
    days = ["2024-05-06", "2024-05-16", *["2024-05-06"] * 4]
    (row,) = month([0.1, 1.2, 0.1, 0.1, 0.1, 0.1], days, **twice).to_dict("records")
    assert (row["sections"], row["class_counts"]) == (5, "Ⅰ类 4、Ⅲ类 1")  # (0.1 + 1.2) / 2 = 0.65
    said = "同月多次采样，各项先取算术平均（规则未写明，pH 取最差）：甲 2 次"
    assert row["notes"] == f"{said}；采样日期：2024-05-06、2024-05-16"


def test_a_section_with_a_value_of_the_month_and_a_day_is_refused():
    with pytest.raises(InputError, match="断面“甲”：在 2024-05 既有全月的值，又有某一天的样品"):
        month([0.1, 0.2], ["2024-05", "2024-05-06"], 断面=["甲", "甲"])


def test_the_oxygen_of_few_sections_is_class_one_by_its_mean_saturation():
    row = rate([0.1], 溶解氧=[7.0], 溶解氧饱和度=[95])
    assert (row["class"], row["decided_by"]) == ("Ⅰ", "")
    row = rate([0.1, 0.1], 溶解氧=[7.0, 6.8], 溶解氧饱和度=[95, 85])
    assert (row["class"], row["notes"]) == ("Ⅰ", "采样日期：2024-05-06")
    row = rate([0.1, 0.1], 溶解氧=[7.0, 6.8], 饱和溶解氧=[7.0, 8.5])  # 100 % and 80 %
    assert row["class"] == "Ⅰ"
    assert rate([0.1, 0.1], 溶解氧=[7.0, 6.8], 溶解氧饱和度=[95, 84])["class"] == "Ⅱ"
    row = rate([0.1, 0.1], 溶解氧=[7.0, 6.8], 溶解氧饱和度=[95, None])
    assert (row["class"], row["decided_by"]) == ("Ⅱ", "溶解氧")
    assert row["notes"] == "溶解氧没有饱和度，Ⅰ类只按浓度判定；采样日期：2024-05-06"


def test_an_acid_and_an_alkaline_section_do_not_make_a_neutral_basin():
    row = rate([0.1, 0.1], pH=[5.0, 9.2])
    assert (row["class"], row["status"], row["decided_by"]) == ("劣Ⅴ", "重度污染", "pH值")
    assert row["notes"] == "pH值不取平均，按最差的断面；超出范围：S0 5、S1 9.2；采样日期：2024-05-06"
    assert rate([0.1, 0.1], pH=[6.0, 9.0])["class"] == "Ⅰ"
