"""Classes of groundwater wells: worst of 39 items, words, non-detects, notes on what is not certain."""

import datetime

import pandas as pd
import pytest

from changji_geo.errors import InputError
from changji_geo.monitoring.water.wells import classify_wells

DAY = datetime.date(2024, 5, 6)


def one(date=DAY, target=None, non_detect="half", **items):
    table = pd.DataFrame({"井号": ["J1"], **{k: [v] for k, v in items.items()}})
    return classify_wells(table, date=date, units="standard", target=target, non_detect=non_detect).iloc[0]


def test_the_worst_item_decides():
    row = one(总硬度=451, 氨氮=0.02, 嗅和味="无", pH=8.6)
    assert (row["class"], row["decided_by"], row["exceeding"]) == (
        "Ⅳ",
        "pH、总硬度（以CaCO3计）",
        "pH、总硬度（以CaCO3计）",
    )
    assert (row["n_items"], len(row["missing"].split("、")), row["standard"]) == (4, 35, "GB/T 14848-2017")
    assert row["evidence"] == "限值：单一来源，未核对标准原文；实施日期未核对"


def test_a_smell_is_class_five_and_none_is_class_one():
    assert [one(嗅和味=w)["class"] for w in ("无", "有")] == ["Ⅰ", "Ⅴ"]


def test_a_word_that_is_neither_leaves_the_class_open():
    row = one(嗅和味="微弱", 氨氮=0.02)
    assert (row["class"], row["unusable"]) == (None, "嗅和味“微弱”不是“无”或“有”")
    assert row["notes"].startswith("有不能用的值，类别不定；其余项目为Ⅰ类")


def test_surfactants_not_detected_are_class_one_whatever_the_limit():
    row = one(阴离子表面活性剂="<0.05")
    assert (row["class"], row["notes"]) == ("Ⅰ", "只测了 1 项，缺 38 项；未检出按检出限的一半计")
    assert one(阴离子表面活性剂=0.02)["class"] == "Ⅱ"


def test_radioactivity_beyond_three_asks_for_nuclides():
    assert one(总α放射性=0.5)["notes"] == "只测了 1 项，缺 38 项"
    row = one(总α放射性=0.51)
    assert row["class"] == "Ⅳ" and row["notes"].startswith(
        "只测了 1 项，缺 38 项；总α、总β超过Ⅲ类时Ⅳ、Ⅴ类同限，先做核素分析"
    )


def test_targets_are_checked():
    assert [bool(one(target=t, 氨氮=0.5)["meets_target"]) for t in ("Ⅱ", "Ⅲ")] == [False, True]


def test_units_of_the_standard_are_reached_from_others():
    table = pd.DataFrame(
        {"井号": ["J1"], "三氯甲烷(mg/L)": [0.06], "总大肠菌群(MPN/L)": [30], "菌落总数(CFU/mL)": [100]}
    )
    row = classify_wells(table, date=DAY).iloc[0]
    assert (row["class"], row["decided_by"]) == ("Ⅲ", "三氯甲烷")


def test_the_edition_of_1993_is_not_here():
    with pytest.raises(InputError, match="点位“J1”：2018-04-30 早于《地下水质量标准》"):
        one(date=datetime.date(2018, 4, 30), 氨氮=0.1)


def test_no_well_needs_a_type_of_water():
    assert "water_type" not in one(氨氮=0.1).index
