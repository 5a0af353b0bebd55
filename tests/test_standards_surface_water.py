"""GB 3838-2002: every limit at, just below and just above; multiples, ratings of sections and basins, editions."""

import datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changji_geo.errors import InputError
from changji_geo.standards import surface_water as standard
from changji_geo.standards.surface_water import (
    METHOD_EDITION,
    SOURCE_ITEMS,
    SURFACE_CLASSES,
    SURFACE_EDITION,
    SURFACE_ITEMS,
    exceed_multiple,
    rate_classes,
    routine_items,
    section_status,
    surface_class,
)
from changji_geo.standards.water_items import exact, parse_class

TABLE_1 = [
    "",
    "do min 7.5 6 5 3 2",
    "codmn max 2 4 6 10 15",
    "cod max 15 15 20 30 40",
    "bod5 max 3 3 4 6 10",
    "nh3n max 0.15 0.5 1.0 1.5 2.0",
    "tp_river max 0.02 0.1 0.2 0.3 0.4",
    "tp_lake max 0.01 0.025 0.05 0.1 0.2",
    "tn max 0.2 0.5 1.0 1.5 2.0",
    "cu max 0.01 1.0 1.0 1.0 1.0",
    "zn max 0.05 1.0 1.0 2.0 2.0",
    "f max 1.0 1.0 1.0 1.5 1.5",
    "se max 0.01 0.01 0.01 0.02 0.02",
    "as max 0.05 0.05 0.05 0.1 0.1",
    "hg max 0.00005 0.00005 0.0001 0.001 0.001",
    "cd max 0.001 0.005 0.005 0.005 0.01",
    "cr6 max 0.01 0.05 0.05 0.05 0.1",
    "pb max 0.01 0.01 0.05 0.05 0.1",
    "cn max 0.005 0.05 0.2 0.2 0.2",
    "phenol max 0.002 0.002 0.005 0.01 0.1",
    "oil max 0.05 0.05 0.05 0.5 1.0",
    "las max 0.2 0.2 0.2 0.3 0.3",
    "s max 0.05 0.1 0.2 0.5 1.0",
    "fc max 200 2000 10000 20000 40000",
    "",
][1:-1]
"""The limits of classes I to V once more, typed apart from the package's file: id, smallest or largest allowed, limits."""

TABLES_2_3 = [
    "",
    "2 1 250 硫酸盐（以SO4计）",
    "2 2 250 氯化物（以Cl计）",
    "2 3 10 硝酸盐（以N计）",
    "2 4 0.3 铁",
    "2 5 0.1 锰",
    "3 1 0.06 三氯甲烷",
    "3 2 0.002 四氯化碳",
    "3 3 0.1 三溴甲烷",
    "3 4 0.02 二氯甲烷",
    "3 5 0.03 1,2-二氯乙烷",
    "3 6 0.02 环氧氯丙烷",
    "3 7 0.005 氯乙烯",
    "3 8 0.03 1,1-二氯乙烯",
    "3 9 0.05 1,2-二氯乙烯",
    "3 10 0.07 三氯乙烯",
    "3 11 0.04 四氯乙烯",
    "3 12 0.002 氯丁二烯",
    "3 13 0.0006 六氯丁二烯",
    "3 14 0.02 苯乙烯",
    "3 15 0.9 甲醛",
    "3 16 0.05 乙醛",
    "3 17 0.1 丙烯醛",
    "3 18 0.01 三氯乙醛",
    "3 19 0.01 苯",
    "3 20 0.7 甲苯",
    "3 21 0.3 乙苯",
    "3 22 0.5 二甲苯",
    "3 23 0.25 异丙苯",
    "3 24 0.3 氯苯",
    "3 25 1.0 1,2-二氯苯",
    "3 26 0.3 1,4-二氯苯",
    "3 27 0.02 三氯苯",
    "3 28 0.02 四氯苯",
    "3 29 0.05 六氯苯",
    "3 30 0.017 硝基苯",
    "3 31 0.5 二硝基苯",
    "3 32 0.0003 2,4-二硝基甲苯",
    "3 33 0.5 2,4,6-三硝基甲苯",
    "3 34 0.05 硝基氯苯",
    "3 35 0.5 2,4-二硝基氯苯",
    "3 36 0.093 2,4-二氯苯酚",
    "3 37 0.2 2,4,6-三氯苯酚",
    "3 38 0.009 五氯酚",
    "3 39 0.1 苯胺",
    "3 40 0.0002 联苯胺",
    "3 41 0.0005 丙烯酰胺",
    "3 42 0.1 丙烯腈",
    "3 43 0.003 邻苯二甲酸二丁酯",
    "3 44 0.008 邻苯二甲酸二(2-乙基己基)酯",
    "3 45 0.01 水合肼",
    "3 46 0.0001 四乙基铅",
    "3 47 0.2 吡啶",
    "3 48 0.2 松节油",
    "3 49 0.5 苦味酸",
    "3 50 0.005 丁基黄原酸",
    "3 51 0.01 活性氯",
    "3 52 0.001 滴滴涕",
    "3 53 0.002 林丹",
    "3 54 0.0002 环氧七氯",
    "3 55 0.003 对硫磷",
    "3 56 0.002 甲基对硫磷",
    "3 57 0.05 马拉硫磷",
    "3 58 0.08 乐果",
    "3 59 0.05 敌敌畏",
    "3 60 0.05 敌百虫",
    "3 61 0.03 内吸磷",
    "3 62 0.01 百菌清",
    "3 63 0.05 甲萘威",
    "3 64 0.02 溴氰菊酯",
    "3 65 0.003 阿特拉津",
    "3 66 0.0000028 苯并(a)芘",
    "3 67 0.000001 甲基汞",
    "3 68 0.00002 多氯联苯",
    "3 69 0.001 微囊藻毒素-LR",
    "3 70 0.003 黄磷",
    "3 71 0.07 钼",
    "3 72 1.0 钴",
    "3 73 0.002 铍",
    "3 74 0.5 硼",
    "3 75 0.005 锑",
    "3 76 0.02 镍",
    "3 77 0.7 钡",
    "3 78 0.05 钒",
    "3 79 0.1 钛",
    "3 80 0.0001 铊",
    "",
][1:-1]


def plain_class(value, direction, limits):
    """The first class that a value keeps to, in fractions; "劣Ⅴ" when none."""
    value = Fraction(str(value))
    for name, limit in zip(("Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ"), limits, strict=True):
        if value >= Fraction(limit) if direction == "min" else value <= Fraction(limit):
            return name
    return "劣Ⅴ"


def around(limit):
    """A limit, and what lies a billionth below and above, as decimals."""
    exactly, step = Decimal(limit), Decimal("1e-9")
    return exactly, exactly - step, exactly + step


def check_table_1(index):
    assert [i.id for i in index.items if i.table == "1"] == ["temp", "ph", *(row.split()[0] for row in TABLE_1)]
    for row in TABLE_1:
        key, direction, *limits = row.split()
        item = index.require(key)
        for value in [v for limit in limits for v in around(limit)] + [Decimal(0)]:
            assert SURFACE_CLASSES[item.rank(value)] == plain_class(value, direction, limits), (key, value)
        for bound, limit in zip(item.bounds, limits, strict=True):  # equal limits too, which ranks cannot tell apart
            at, below, above = around(limit)
            outside = below if direction == "min" else above
            assert (bound.holds(at), bound.holds(outside)) == (True, False), (key, limit)
    acidity = index.require("ph")
    assert len(acidity.bounds) == 5
    for bound in acidity.bounds:
        assert [bound.holds(Decimal(v)) for v in ("5.99", "6", "9", "9.01")] == [False, True, True, False]
    for value, rank in (("6", 0), ("9", 0), ("7.3", 0), ("5.99", 5), ("9.01", 5), ("6.01", 0), ("8.99", 0)):
        assert acidity.rank(Decimal(value)) == rank, value


def check_tables_2_3(index):
    assert [(i.table, i.number) for i in index.items] == [(t, int(n)) for t, n, *_ in map(str.split, TABLES_2_3)]
    for row, item in zip(TABLES_2_3, index.items, strict=True):
        _, _, limit, name = row.split()
        at, below, above = around(limit)
        assert [item.rank(v) for v in (at, below, above)] == [0, 0, 1], name
        assert item.name.replace("（", "(").replace("）", ")") == name.replace("（", "(").replace("）", ")")


def check_basin_rules():
    def status(good, worst, n=100):
        return rate_classes(["Ⅲ"] * good + ["劣Ⅴ"] * worst + ["Ⅳ"] * (n - good - worst)).status

    assert [status(g, 0) for g in (100, 90, 89, 75, 74)] == ["优", "优", "良好", "良好", "轻度污染"]
    assert [status(0, w) for w in (0, 19, 20, 39, 40, 100)] == [
        "轻度污染", "轻度污染", "中度污染", "中度污染", "重度污染", "重度污染"
    ]  # fmt: skip
    assert [status(76, 24), status(75, 25), status(90, 10), status(74, 26)] == ["良好", "良好", "优", "中度污染"]


def check_saturation():
    found = [surface_class("溶解氧", 6.1, saturation_percent=s) for s in (89.99, 90, 90.01, None)]
    assert found == ["Ⅱ", "Ⅰ", "Ⅰ", "Ⅱ"]


def test_every_limit_of_table_1_at_below_and_above():
    check_table_1(SURFACE_ITEMS)


def test_every_limit_of_tables_2_and_3_at_below_and_above():
    check_tables_2_3(SOURCE_ITEMS)


def test_the_basin_rules_at_every_border():
    check_basin_rules()


def test_oxygen_is_class_one_by_saturation_or_by_concentration():
    check_saturation()
    assert surface_class("溶解氧", 7.5) == "Ⅰ"
    assert surface_class("溶解氧", 8.0, saturation_percent=70) == "Ⅰ"


def test_the_public_function_agrees_with_the_reference_and_takes_floats():
    assert [surface_class("氨氮", v) for v in (0.15, 0.150001, 2.0, 2.01)] == ["Ⅰ", "Ⅱ", "Ⅴ", "劣Ⅴ"]
    assert surface_class("NH3-N", 0.05 + 0.1) == "Ⅰ"  # 0.15000000000000002 as a float
    assert [surface_class("总磷", 0.05, water_type=w) for w in ("river", "lake")] == ["Ⅱ", "Ⅲ"]
    assert [surface_class("pH", v) for v in (6, 9, 5.99, 9.01)] == ["Ⅰ", "Ⅰ", "劣Ⅴ", "劣Ⅴ"]


@given(
    st.sampled_from(TABLE_1),
    st.decimals(min_value=0, max_value=50000, allow_nan=False, allow_infinity=False, places=6),
)
def test_any_value_has_the_class_of_the_reference(row, value):
    key, direction, *limits = row.split()
    assert SURFACE_CLASSES[SURFACE_ITEMS.require(key).rank(value)] == plain_class(value, direction, limits)


@given(st.sampled_from([r for r in TABLE_1 if " max " in r]), st.lists(st.floats(0, 1e5), min_size=2, max_size=2))
def test_more_of_a_pollutant_is_never_a_better_class(row, pair):
    item = SURFACE_ITEMS.require(row.split()[0])
    low, high = sorted(pair)
    assert item.rank(exact(low)) <= item.rank(exact(high))


def test_there_are_21_routine_items_without_temperature_nitrogen_and_coliforms():
    for water in ("river", "lake"):
        ids = [i.id for i in routine_items(water)]
        assert len(ids) == 21
        assert {"temp", "tn", "fc"} & set(ids) == set()
        assert [i for i in ids if i.startswith("tp")] == [f"tp_{water}"]


def test_river_nitrogen_and_temperature_have_no_class():
    with pytest.raises(InputError, match="总氮”没有这类水体的限值"):
        surface_class("总氮", 1.0, water_type="river")
    assert surface_class("总氮", 1.0, water_type="lake") == "Ⅲ"
    with pytest.raises(InputError, match="水温”不分类别"):
        surface_class("水温", 20)


def test_phosphorus_without_a_type_of_water_is_refused_and_a_wrong_name_gets_a_hint():
    with pytest.raises(InputError, match="“总磷”要先知道是河流还是湖库"):
        surface_class("总磷", 0.1)
    with pytest.raises(InputError, match="没有项目“高锰酸钾指数”.*是不是“高锰酸盐指数”"):
        surface_class("高锰酸钾指数", 0.1)


def test_negative_and_infinite_values_are_refused():
    with pytest.raises(InputError, match="氨氮 -0.1 是负数"):
        surface_class("氨氮", -0.1)
    with pytest.raises(InputError, match="“nan”不是一个数"):
        surface_class("氨氮", float("nan"))
    for text in ("NaN", "sNaN", "Infinity", "-Infinity"):
        with pytest.raises(InputError, match=f"“{text}”不是一个数"):
            surface_class("氨氮", Decimal(text))


def test_multiples_refer_to_class_three_or_the_target_and_start_above_the_limit():
    cod = SURFACE_ITEMS.require("cod")
    assert exceed_multiple(cod, 20) is None
    assert exceed_multiple(cod, 20.2) == Decimal("0.01")
    assert exceed_multiple(cod, 27, target="Ⅱ") == Decimal("0.8")
    assert exceed_multiple(SURFACE_ITEMS.require("nh3n"), 1.6, target="V") is None


def test_ph_oxygen_and_temperature_have_no_multiple():
    assert [exceed_multiple(SURFACE_ITEMS.require(i), 0.5) for i in ("ph", "do", "temp")] == [None] * 3


def test_an_item_of_tables_2_and_3_has_its_multiple_from_its_only_limit():
    assert exceed_multiple(SOURCE_ITEMS.require("铁"), 0.36) == Decimal("0.2")


@pytest.mark.parametrize(
    ("found", "status"),
    [("Ⅰ", "优"), ("Ⅱ", "优"), ("Ⅲ", "良好"), ("Ⅳ", "轻度污染"), ("Ⅴ", "中度污染"), ("劣Ⅴ", "重度污染")],
)
def test_each_class_has_its_word(found, status):
    assert section_status(found) == status


def test_four_sections_are_too_few_for_shares():
    with pytest.raises(InputError, match="只有 4 个断面.*至少 5 个断面"):
        rate_classes(["Ⅱ"] * 4)
    assert rate_classes(["Ⅱ"] * 5).status == "优"
    with pytest.raises(InputError, match="没有类别“六”"):
        rate_classes(["六"] * 5)


def test_shares_are_exact_and_not_rounded_up():
    rating = rate_classes(["Ⅱ"] * 5 + ["Ⅳ"] * 2)
    assert (rating.status, rating.standard) == ("轻度污染", "环办〔2011〕22号")
    assert round(rating.good_percent, 6) == Decimal("71.428571")


def test_the_day_before_an_edition_is_refused():
    SURFACE_EDITION.require(datetime.date(2002, 6, 1))
    with pytest.raises(InputError, match=r"2002-05-31 早于《地表水环境质量标准》GB 3838-2002"):
        SURFACE_EDITION.require(datetime.date(2002, 5, 31))
    METHOD_EDITION.require(datetime.date(2011, 3, 9))
    with pytest.raises(InputError, match="2011-03-08"):
        METHOD_EDITION.require(datetime.date(2011, 3, 8))


@pytest.mark.parametrize("text", ["Ⅲ", "Ⅲ类", "III", "iii类", "3", 3, 3.0, "三类", " Ⅲ 类 "])
def test_a_class_is_read_however_it_is_written(text):
    assert parse_class(text) == "Ⅲ"


@pytest.mark.parametrize("text", ["", "六类", "劣Ⅴ", "0", "达标"])
def test_what_is_no_class_is_refused(text):
    with pytest.raises(InputError, match="不是水质类别"):
        parse_class(text)


def test_a_name_means_one_item_for_each_type_of_water():
    for index in (SURFACE_ITEMS, SOURCE_ITEMS):
        for item in index.items:
            for name in (item.id, item.name, *item.aliases):
                waters = ("river", "lake") if item.water == "all" else (item.water,)
                assert all(index.require(name, water=w) == item for w in waters), name


def test_a_second_name_in_brackets_must_mean_the_same():
    assert SURFACE_ITEMS.require("氨氮（NH₃-N）").id == "nh3n"
    assert SURFACE_ITEMS.find("铬（总）") == ()
    assert SOURCE_ITEMS.find("硝酸盐（以NO3计）") == ()


def test_the_module_states_how_well_it_is_known():
    assert SURFACE_EDITION.evidence == "限值：标准原文"
    assert "未读到原文" in METHOD_EDITION.evidence
    assert datetime.date(2026, 11, 22) == standard.NO_SUCCESSOR_SEEN
