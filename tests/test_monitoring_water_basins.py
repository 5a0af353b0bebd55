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
    assert (row["status"], row["notes"]) == (None, "类别不定的断面：S4，不能评价")
    row = rate([0.1, "坏"])
    assert row["status"] is None
    assert row["notes"] == "有不能用的值，不能评价：S1的氨氮“坏”不是数字"


def test_items_measured_in_part_of_the_sections_are_named():
    row = rate([0.1, 0.1], 化学需氧量=[16, None])
    assert (row["class"], row["notes"]) == ("Ⅲ", "只有部分断面测了：化学需氧量")


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
    assert rate(["<0.025", 0.1])["notes"] == "未检出按检出限的一半计"
    row = rate([None, None])
    assert (row["status"], row["notes"]) == (None, "没有可评价的项目")
