"""Drinking-water sources: table 1 at class Ⅲ with tables 2 and 3, what was measured, what is missing."""

import datetime

import pandas as pd
import pytest

from changji_geo.monitoring.water.sources import check_sources
from changji_geo.standards.surface_water import SOURCE_ITEMS, routine_items
from changji_geo.standards.water_items import CLASSES

DAY = datetime.date(2024, 5, 6)


def one(water_type="lake", **items):
    table = pd.DataFrame({"水源地": ["甲"], **{k: [v] for k, v in items.items()}})
    return check_sources(table, date=DAY, water_type=water_type, units="standard").iloc[0]


def full():
    """Every item exactly at its limit."""
    table_1 = {i.id: 7 if i.id == "ph" else i.bounds[CLASSES.index("Ⅲ")] for i in routine_items("lake")}
    table_1 = {k: v if k == "ph" else float(v.high if v.low is None else v.low) for k, v in table_1.items()}
    return table_1 | {i.name: float(i.bounds[0].high) for i in SOURCE_ITEMS.items}


def test_all_106_items_at_their_limits_comply():
    row = one(**full())
    assert [row[f"n_table_{t}"] for t in (1, 2, 3)] == [21, 5, 80]
    assert (bool(row["compliant"]), row["exceeding"], row["notes"]) == (True, "", "")
    assert (row["standard"], row["evidence"]) == ("GB 3838-2002", "限值：标准原文；表 1 按Ⅲ类、21 项")


@pytest.mark.parametrize(
    ("name", "value", "multiple"),
    [
        ("铁", 0.303, "铁 0.01"),
        ("苯", 0.02, "苯 1.00"),
        ("tp_lake", 0.06, "总磷（湖、库） 0.20"),
        ("do", 4.99, "溶解氧"),
    ],
)
def test_one_item_beyond_its_limit_fails_the_source(name, value, multiple):
    row = one(**full() | {name: value})
    assert (bool(row["compliant"]), row["multiples"]) == (False, multiple)


def test_what_is_missing_is_listed_and_the_verdict_is_of_what_was_measured():
    row = one(氨氮=0.4, 铁=0.1)
    assert (bool(row["compliant"]), row["notes"]) == (True, "只对所测项目，测了 2/106 项")
    assert row["missing_table_2"] == "硫酸盐（以SO4计）、氯化物（以Cl计）、硝酸盐（以N计）、锰"
    assert (len(row["missing_table_1"].split("、")), len(row["missing_table_3"].split("、"))) == (21, 80)


def test_nitrogen_and_coliforms_are_beside_the_verdict():
    row = one(氨氮=0.4, 总氮=3.0, 粪大肠菌群=50000)
    assert (bool(row["compliant"]), row["tn_class"], row["fecal_coliform_class"]) == (True, "劣Ⅴ", "劣Ⅴ")
    assert row["notes"] == "只对所测项目，测了 1/106 项；粪大肠菌群 劣Ⅴ、总氮 劣Ⅴ，单独评价，未计入"
    assert one(氨氮=0.4, 总氮=1.0, 粪大肠菌群=10001)["notes"].endswith("项；粪大肠菌群 Ⅳ，单独评价，未计入")


def test_an_unusable_value_leaves_the_verdict_open_unless_another_exceeds():
    row = one(氨氮=0.4, 铊="坏")
    assert row["compliant"] is pd.NA and row["unusable"] == "铊“坏”不是数字"
    assert not bool(one(氨氮=1.1, 铊="坏")["compliant"])


def test_nothing_measured_has_no_verdict():
    row = one(氨氮=None)
    assert row["compliant"] is pd.NA and row["notes"] == "没有可评价的项目"


def test_a_detection_limit_above_the_limit_is_said():
    row = one(铊="<0.0004", 氨氮="<1.5")
    assert row["non_detects"] == "氨氮、铊"
    assert "氨氮的检出限 1.5 mg/L跨过限值" in row["notes"] and "铊的检出限 0.0004 mg/L跨过限值" in row["notes"]
    assert (bool(row["compliant"]), row["multiples"]) == (False, "铊 1.00")
    assert "跨过" not in one(氨氮="<0.5")["notes"]


def test_micrograms_are_converted():
    table = pd.DataFrame({"水源地": ["甲", "乙"], "苯并(a)芘(ng/L)": [2.8, 2.81]})
    assert list(check_sources(table, date=DAY, water_type="river")["compliant"]) == [True, False]
