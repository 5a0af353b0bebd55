"""Classes of sections: what decides, what exceeds, non-detects, missing and unusable values, separate items, targets."""

import datetime
import random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changji_geo.monitoring.water.sections import SECTION_COLUMNS, classify_sections
from changji_geo.standards.surface_water import SURFACE_CLASSES, routine_items
from tests.test_standards_surface_water import TABLE_1, plain_class

DAY = datetime.date(2024, 5, 6)
LIMITS = {row.split()[0]: row.split()[1:] for row in TABLE_1}


def one(water_type="river", *, date=DAY, units="standard", target=None, non_detect="half", **items):
    table = pd.DataFrame({"断面": ["甲"], **{k: [v] for k, v in items.items()}})
    return classify_sections(
        table, date=date, water_type=water_type, units=units, target=target, non_detect=non_detect
    ).iloc[0]


def clean(**items):
    """A river at class Ⅰ in all 21 items."""
    values = {i.id: 7.5 if i.id == "ph" else float(LIMITS[i.id][1]) for i in routine_items("river")}
    return values | items


def test_a_clean_river_is_class_one_and_nothing_decides():
    row = one(**clean())
    assert (row["class"], row["decided_by"], row["missing"], row["n_items"], row["status"]) == ("Ⅰ", "", "", 21, "优")
    assert row["standard"] == "GB 3838-2002；环办〔2011〕22号"
    assert row["evidence"] == "限值：标准原文；评价方法：单一来源，未读到原文"
    assert row["notes"] == ""


def test_the_worst_item_decides_and_ties_are_all_named():
    row = one(**clean(cod=25, nh3n=1.2, hg=0.0001))
    assert (row["class"], row["decided_by"], row["status"]) == ("Ⅳ", "化学需氧量、氨氮", "轻度污染")
    assert (row["exceeding"], row["multiples"]) == ("化学需氧量、氨氮", "化学需氧量 0.25；氨氮 0.20")


def test_what_exceeds_comes_worst_class_first_then_by_multiple():
    row = one(**clean(cod=25, nh3n=1.49, tp_river=0.39, ph=9.2, do=4.9))
    assert row["multiples"] == "pH值；总磷（河流） 0.95；氨氮 0.49；化学需氧量 0.25；溶解氧"
    assert (row["class"], row["decided_by"]) == ("劣Ⅴ", "pH值")


def test_equal_limits_give_the_better_class():
    assert one(**clean(cod=15))["class"] == "Ⅰ"
    assert one(**clean(hg=0.00006))["class"] == "Ⅲ"
    assert one(**clean(se=0.015))["class"] == "Ⅳ"


def test_multiples_are_rounded_half_up_and_small_ones_do_not_vanish():
    assert one(cod=20.1)["multiples"] == "化学需氧量 0.01"
    assert one(cod=20.01)["multiples"] == "化学需氧量 <0.01"
    assert one(cod=20.5)["multiples"] == "化学需氧量 0.03"


def test_multiples_and_compliance_follow_the_target():
    row = one(cod=18, nh3n=0.6, target="Ⅱ类")
    assert (row["target"], row["reference"], bool(row["meets_target"])) == ("Ⅱ", "Ⅱ", False)
    assert row["multiples"] == "化学需氧量 0.20；氨氮 0.20"
    assert bool(one(cod=18, target="Ⅲ")["meets_target"])
    assert (one(cod=18)["reference"], one(cod=18)["meets_target"] is pd.NA) == ("Ⅲ", True)


def test_the_target_of_a_row_goes_before_the_argument():
    table = pd.DataFrame({"断面": ["甲", "乙"], "水质目标": ["Ⅱ类", None], "COD(mg/L)": [18, 18]})
    found = classify_sections(table, date=DAY, water_type="river", target="Ⅲ")
    assert (list(found["target"]), list(found["meets_target"])) == (["Ⅱ", "Ⅲ"], [False, True])


def test_lakes_and_rivers_have_their_own_phosphorus():
    assert [one(water, 总磷=0.06)["class"] for water in ("river", "lake")] == ["Ⅱ", "Ⅳ"]
    table = pd.DataFrame({"断面": ["甲", "乙"], "水体类型": ["河流", "水库"], "总磷(mg/L)": [0.06, 0.06]})
    assert list(classify_sections(table, date=DAY)["class"]) == ["Ⅱ", "Ⅳ"]


def test_river_nitrogen_is_never_classified():
    row = one(总氮=9.9, 氨氮=0.1)
    assert (row["class"], row["tn_class"], row["notes"]) == ("Ⅰ", None, "只测了 1 项，缺 20 项；未评价：总氮")


def test_lake_nitrogen_and_coliforms_are_judged_beside_the_class():
    row = one("lake", 总氮=1.2, 氨氮=0.1, 粪大肠菌群=30000)
    assert (row["class"], row["tn_class"], row["fecal_coliform_class"]) == ("Ⅰ", "Ⅳ", "Ⅴ")
    assert (row["n_items"], row["exceeding"]) == (1, "")


def test_temperature_has_no_class():
    row = one(水温=31, 氨氮=0.1)
    assert (row["class"], row["n_items"]) == ("Ⅰ", 1)


def test_missing_items_are_listed():
    row = one(**{i.id: 7 for i in routine_items("river") if i.id in ("ph",)}, 氨氮=0.1, 汞="—")
    assert row["n_items"] == 2
    assert row["missing"].split("、") == [i.name for i in routine_items("river") if i.id not in ("ph", "nh3n")]


def test_a_value_that_cannot_be_used_leaves_the_class_open():
    row = one(氨氮="约0.3", cod=18, target="Ⅲ")
    assert row["class"] is None and row["status"] is None and row["meets_target"] is pd.NA
    assert row["unusable"].startswith("氨氮“约0.3”是约数")
    assert row["notes"].startswith("有不能用的值，类别不定；其余项目为Ⅲ类")


def test_what_is_the_worst_already_stays_so_and_a_missed_target_stays_missed():
    assert one(氨氮="坏", cod=41)["class"] == "劣Ⅴ"
    row = one(氨氮="坏", cod=25, target="Ⅲ")
    assert (row["class"], bool(row["meets_target"])) == (None, False)


def test_nothing_measured_gives_no_class():
    row = one(氨氮=None)
    assert (row["class"], row["n_items"], row["notes"]) == (None, 0, "没有可评价的项目")


@pytest.mark.parametrize(
    ("option", "found", "said"), [("half", "Ⅲ", "未检出按检出限的一半计"), ("zero", "Ⅰ", "未检出按零计")]
)
def test_non_detects_count_as_asked_and_a_limit_across_a_border_is_said(option, found, said):
    row = one(汞="<0.0002", 氨氮="0.025L", non_detect=option)
    assert (row["class"], row["non_detects"]) == (found, "氨氮、汞")
    assert row["notes"] == f"只测了 2 项，缺 19 项；{said}；汞的检出限 0.0002 mg/L跨过限值，结果随未检出的取值而变"


def test_non_detects_below_all_limits_need_no_warning():
    assert one(汞="<0.00004")["notes"] == "只测了 1 项，缺 20 项；未检出按检出限的一半计"


def test_oxygen_without_saturation_says_so_where_it_matters():
    assert one(**clean(do=7.0))["notes"] == "溶解氧没有饱和度，Ⅰ类只按浓度判定"
    assert one(**clean(do=7.5))["notes"] == one(**clean(do=5.5))["notes"] == ""


@pytest.mark.parametrize(
    ("extra", "found"),
    [
        ({"溶解氧饱和度": 90}, "Ⅰ"),
        ({"溶解氧饱和度": "89.9%"}, "Ⅱ"),
        ({"饱和溶解氧": 7.0}, "Ⅰ"),
        ({"饱和溶解氧": 7.01}, "Ⅱ"),
        ({"溶解氧饱和度": "坏"}, "Ⅱ"),
    ],
)
def test_oxygen_by_measured_saturation_or_by_the_saturated_concentration(extra, found):
    assert one(溶解氧=6.3, **extra)["class"] == found


def test_a_saturation_that_cannot_be_used_is_noted():
    assert "溶解氧饱和度“坏”不是数字" in one(溶解氧=6.3, 溶解氧饱和度="坏")["notes"]


@pytest.mark.parametrize(
    ("oxygen", "extra", "said"),
    [
        (1.0, {"溶解氧饱和度": 950}, "溶解氧饱和度“950”不是可能的溶解氧饱和度（0～200 %）"),
        (1.0, {"饱和溶解氧": 0.5}, "“0.5”不是可能的饱和溶解氧（3～15 mg/L）"),
        (1.0, {"饱和溶解氧": 15.1}, "“15.1”不是可能的饱和溶解氧（3～15 mg/L）"),
        (9.0, {"饱和溶解氧": 4}, "“4”与溶解氧不符，饱和度成了 225.0%"),
        (1.0, {"溶解氧饱和度": 95, "饱和溶解氧": 8}, "“95”与按饱和溶解氧算出的饱和度 12.5% 相差超过 10 个百分点，两者都不采用"),
    ],
)  # fmt: skip
def test_an_impossible_saturation_is_a_fault_and_class_one_is_by_concentration_only(oxygen, extra, said):
    row = one(溶解氧=oxygen, **extra)
    assert row["class"] == ("Ⅰ" if oxygen == 9 else "劣Ⅴ")
    assert said in row["notes"]


def test_a_saturation_at_the_end_of_what_is_possible_counts():
    assert one(溶解氧=6.3, 溶解氧饱和度=200)["class"] == "Ⅰ"
    assert one(溶解氧=6.3, 溶解氧饱和度=91, 饱和溶解氧=7.7)["class"] == "Ⅰ"  # 81.8 %, 9.2 apart


def test_a_section_of_one_item_says_on_how_little_its_class_stands():
    row = one(氨氮=0.1, target="Ⅲ")
    assert (row["class"], row["status"], row["notes"]) == ("Ⅰ", "优", "只测了 1 项，缺 20 项")


def test_dates_outside_what_was_read_are_noted():
    early = one(**clean(), date=datetime.date(2011, 3, 8))["notes"]
    assert early == "观测早于环办〔2011〕22号，仍按其 21 项和单因子法"
    assert one(**clean(), date=datetime.date(2011, 3, 9))["notes"] == ""
    assert one(**clean(), date=datetime.date(2026, 11, 22))["notes"] == ""
    assert one(**clean(), date=datetime.date(2026, 11, 23))["notes"] == "2026-11-22 之后有无新标准未核对"


def test_the_columns_are_those_promised():
    table = pd.DataFrame({"断面": ["甲"], "pH": [8]})
    found = classify_sections(table, date=DAY, water_type="river")
    assert tuple(found.columns) == SECTION_COLUMNS
    assert [str(found[c].dtype) for c in ("n_items", "meets_target", "class")] == ["int64", "boolean", "object"]


def plain_section(values):
    """The class of a river by a loop over the table of the tests."""
    ranks = []
    for key, value in values.items():
        if key == "ph":
            ranks.append("Ⅰ" if 6 <= value <= 9 else "劣Ⅴ")
        else:
            ranks.append(plain_class(value, LIMITS[key][0], LIMITS[key][1:]))
    return max(ranks, key=SURFACE_CLASSES.index)


def test_two_thousand_random_sections_equal_the_plain_reference():
    chance = random.Random(5)
    ids = [i.id for i in routine_items("river")]
    rows = []
    for _ in range(2000):
        near = {
            k: float(chance.choice(LIMITS[k][1:])) * chance.choice((0.5, 0.999, 1, 1.001)) for k in ids if k != "ph"
        }
        near = {k: v if chance.random() < 0.25 else float(LIMITS[k][1]) for k, v in near.items()}
        rows.append({k: float(f"{v:.12g}") for k, v in near.items()} | {"ph": chance.choice((5.99, 6, 7, 8, 9, 9.01))})
    table = pd.DataFrame(rows).assign(断面=[str(n) for n in range(2000)])
    found = classify_sections(table, date=DAY, water_type="river", units="standard")
    wanted = [plain_section(row) for row in rows]
    assert list(found["class"]) == wanted
    assert set(wanted) >= {"Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "劣Ⅴ"}


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(4)), st.lists(st.floats(0.001, 50), min_size=4, max_size=4))
def test_the_order_of_rows_and_columns_does_not_change_a_class(order, values):
    table = pd.DataFrame({"断面": list("abcd"), "COD(mg/L)": values, "BOD5(mg/L)": values[::-1]})
    first = classify_sections(table, date=DAY, water_type="river").set_index("section")
    moved = table.iloc[list(order)][["BOD5(mg/L)", "断面", "COD(mg/L)"]].reset_index(drop=True)
    second = classify_sections(moved, date=DAY, water_type="river").set_index("section").loc[list("abcd")]
    pd.testing.assert_frame_equal(first, second)
