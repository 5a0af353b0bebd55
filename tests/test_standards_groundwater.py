"""GB/T 14848-2017: every limit of the 39 items at, just below and just above; text items, pH, non-detects, radioactivity."""

import datetime
import re
from decimal import Decimal
from pathlib import Path

import pytest

from changji_geo.errors import InputError
from changji_geo.standards import groundwater
from changji_geo.standards.groundwater import GROUNDWATER_EDITION, GROUNDWATER_ITEMS, groundwater_class
from changji_geo.standards.water_items import read_items

TABLE = [
    "",
    "1 ≤5 ≤5 ≤15 ≤25 >25 色",
    "2 无 无 无 无 有 嗅和味",
    "3 ≤3 ≤3 ≤3 ≤10 >10 浑浊度",
    "4 无 无 无 无 有 肉眼可见物",
    "5 6.5~8.5 6.5~8.5 6.5~8.5 5.5~6.5或8.5~9.0 <5.5或>9.0 pH",
    "6 ≤150 ≤300 ≤450 ≤650 >650 总硬度(以CaCO3计)",
    "7 ≤300 ≤500 ≤1000 ≤2000 >2000 溶解性总固体",
    "8 ≤50 ≤150 ≤250 ≤350 >350 硫酸盐",
    "9 ≤50 ≤150 ≤250 ≤350 >350 氯化物",
    "10 ≤0.1 ≤0.2 ≤0.3 ≤2.0 >2.0 铁",
    "11 ≤0.05 ≤0.05 ≤0.10 ≤1.50 >1.50 锰",
    "12 ≤0.01 ≤0.05 ≤1.00 ≤1.50 >1.50 铜",
    "13 ≤0.05 ≤0.5 ≤1.00 ≤5.00 >5.00 锌",
    "14 ≤0.01 ≤0.05 ≤0.20 ≤0.50 >0.50 铝",
    "15 ≤0.001 ≤0.001 ≤0.002 ≤0.01 >0.01 挥发性酚类(以苯酚计)",
    "16 不得检出 ≤0.1 ≤0.3 ≤0.3 >0.3 阴离子表面活性剂",
    "17 ≤1.0 ≤2.0 ≤3.0 ≤10.0 >10.0 耗氧量(CODMn法)",
    "18 ≤0.02 ≤0.10 ≤0.50 ≤1.50 >1.50 氨氮(以N计)",
    "19 ≤0.005 ≤0.01 ≤0.02 ≤0.10 >0.10 硫化物",
    "20 ≤100 ≤150 ≤200 ≤400 >400 钠",
    "21 ≤3.0 ≤3.0 ≤3.0 ≤100 >100 总大肠菌群",
    "22 ≤100 ≤100 ≤100 ≤1000 >1000 菌落总数",
    "23 ≤0.01 ≤0.10 ≤1.00 ≤4.80 >4.80 亚硝酸盐(以N计)",
    "24 ≤2.0 ≤5.0 ≤20.0 ≤30.0 >30.0 硝酸盐(以N计)",
    "25 ≤0.001 ≤0.01 ≤0.05 ≤0.1 >0.1 氰化物",
    "26 ≤1.0 ≤1.0 ≤1.0 ≤2.0 >2.0 氟化物",
    "27 ≤0.04 ≤0.04 ≤0.08 ≤0.50 >0.50 碘化物",
    "28 ≤0.0001 ≤0.0001 ≤0.001 ≤0.002 >0.002 汞",
    "29 ≤0.001 ≤0.001 ≤0.01 ≤0.05 >0.05 砷",
    "30 ≤0.01 ≤0.01 ≤0.01 ≤0.1 >0.1 硒",
    "31 ≤0.0001 ≤0.001 ≤0.005 ≤0.01 >0.01 镉",
    "32 ≤0.005 ≤0.01 ≤0.05 ≤0.10 >0.10 铬(六价)",
    "33 ≤0.005 ≤0.005 ≤0.01 ≤0.10 >0.10 铅",
    "34 ≤0.5 ≤6 ≤60 ≤300 >300 三氯甲烷",
    "35 ≤0.5 ≤0.5 ≤2.0 ≤50.0 >50.0 四氯化碳",
    "36 ≤0.5 ≤1.0 ≤10.0 ≤120 >120 苯",
    "37 ≤0.5 ≤140 ≤700 ≤1400 >1400 甲苯",
    "38 ≤0.1 ≤0.1 ≤0.5 >0.5 >0.5 总α放射性",
    "39 ≤0.1 ≤1.0 ≤1.0 >1.0 >1.0 总β放射性",
    "",
][1:-1]
"""The table once more, typed apart from the package's file: number, classes I to V, name."""

STEP = Decimal("1e-9")
"""How far "just below" and "just above" are."""

CLASSES = ("Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ")


def plain_class(value, cells):
    """The first class whose cell a value keeps to, each cell read as the table prints it."""
    for name, cell in zip(CLASSES, cells, strict=True):
        numbers = [Decimal(n) for n in re.findall(r"[\d.]+", cell)]
        if (
            (cell == "不得检出" and value == 0)
            or (cell.startswith("≤") and value <= numbers[0])
            or (cell.startswith(">") and value > numbers[0])
            or (cell.startswith("<") and (value < numbers[0] or value > numbers[1]))
            or ("~" in cell and any(a <= value <= b for a, b in zip(numbers[::2], numbers[1::2], strict=True)))
        ):
            return name
    raise AssertionError((value, cells))


def check_limits(index):
    assert [i.number for i in index.items] == [int(row.split()[0]) for row in TABLE]
    for row, item in zip(TABLE, index.items, strict=True):
        _, *cells, name = row.split()
        assert item.name.replace("（", "(").replace("）", ")") == name
        if item.words:
            assert (cells, [item.rank(Decimal(v)) for v in (0, 1)]) == (["无"] * 4 + ["有"], [0, 4])
            continue
        limits = {Decimal(n) for cell in cells for n in re.findall(r"[\d.]+", cell)}
        for value in {v for n in limits for v in (n, n - STEP, n + STEP)} | {Decimal(0)}:
            assert CLASSES[item.rank(value)] == plain_class(value, cells), (name, value)
        for bound, cell in zip(item.bounds, cells, strict=False):  # equal limits too, which ranks cannot tell apart
            numbers = [Decimal(n) for n in re.findall(r"[\d.]+", cell)] or [Decimal(0)]
            ends = (numbers[0], numbers[-1]) if "~" in cell else (numbers[-1],)
            assert all(bound.holds(end) for end in ends), (name, cell)
            assert not bound.holds(numbers[-1] + STEP), (name, cell)
            assert "~" not in cell or not bound.holds(numbers[0] - STEP), (name, cell)


def check_printed(rows):
    """Whatever the file prints, also what follows from its other cells (Ⅴ, the inner ends of the bands of pH)."""
    printed = [[r["number"], *(r[c] for c in ("I", "II", "III", "IV", "V"))] for r in rows]
    assert printed == [row.split()[:6] for row in TABLE]


def test_the_file_prints_what_the_standard_prints():
    check_printed(list(read_items(Path(groundwater.__file__).with_suffix(".csv"))))


def test_every_limit_at_below_and_above():
    check_limits(GROUNDWATER_ITEMS)


def test_there_are_39_items():
    assert len(GROUNDWATER_ITEMS.items) == 39


@pytest.mark.parametrize(
    ("value", "found"),
    [(5.49, "Ⅴ"), (5.5, "Ⅳ"), (6.49, "Ⅳ"), (6.5, "Ⅰ"), (8.5, "Ⅰ"), (8.51, "Ⅳ"), (9.0, "Ⅳ"), (9.01, "Ⅴ")],
)
def test_ph_has_a_band_on_either_side(value, found):
    assert groundwater_class("pH", value) == found


def test_equal_limits_give_the_better_class():
    assert [groundwater_class("铅", v) for v in (0.005, 0.0051, 0.01)] == ["Ⅰ", "Ⅲ", "Ⅲ"]


def test_surfactants_of_class_one_are_not_detected():
    assert groundwater_class("阴离子表面活性剂", 0.025, detected=False) == "Ⅰ"
    assert groundwater_class("阴离子表面活性剂", 0.025) == "Ⅱ"
    assert groundwater_class("氨氮", 0.025, detected=False) == "Ⅱ"


def test_radioactivity_beyond_three_is_four_the_better_of_two_equal_classes():
    assert [groundwater_class("总α放射性", v) for v in (0.1, 0.11, 0.5, 0.51, 50)] == ["Ⅰ", "Ⅲ", "Ⅲ", "Ⅳ", "Ⅳ"]
    assert [groundwater_class("总β", v) for v in (0.1, 0.11, 1.0, 1.01)] == ["Ⅰ", "Ⅱ", "Ⅱ", "Ⅳ"]


def test_words_and_numbers_are_not_taken_for_each_other():
    assert [groundwater_class("嗅和味", w) for w in ("无", "有")] == ["Ⅰ", "Ⅴ"]
    with pytest.raises(InputError, match="嗅和味“1”不能定类。应为：无 或 有"):
        groundwater_class("嗅和味", 1)
    with pytest.raises(InputError, match="铅“无”不能定类。应为：以 mg/L 为单位的数"):
        groundwater_class("铅", "无")
    with pytest.raises(InputError, match="铅 -1 是负数"):
        groundwater_class("铅", -1)


def test_a_name_means_one_item():
    for item in GROUNDWATER_ITEMS.items:
        assert all(GROUNDWATER_ITEMS.require(n) == item for n in (item.id, item.name, *item.aliases))


def test_the_edition_before_is_refused_and_doubts_are_stated():
    GROUNDWATER_EDITION.require(datetime.date(2018, 5, 1))
    with pytest.raises(InputError, match="2018-04-30 早于《地下水质量标准》GB/T 14848-2017"):
        GROUNDWATER_EDITION.require(datetime.date(2018, 4, 30))
    assert "未核对标准原文" in GROUNDWATER_EDITION.evidence
