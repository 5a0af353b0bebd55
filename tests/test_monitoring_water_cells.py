"""Cells of water tables: units, non-detects, words, and every reason why a cell cannot be used."""

from decimal import Decimal

import pytest

from changji_geo.monitoring.water.measured import is_blank, read_measured, unit_shift
from changji_geo.standards.groundwater import GROUNDWATER_ITEMS
from changji_geo.standards.surface_water import SURFACE_ITEMS

HG = SURFACE_ITEMS.require("汞")


def read(cell, item=HG, unit="mg/L", non_detect="half", limit=None):
    return read_measured(cell, item, unit=unit, non_detect=non_detect, limit=limit)


@pytest.mark.parametrize(
    ("cell", "unit", "amount"),
    [
        (0.00005, "mg/L", "0.00005"),
        ("0.05", "μg/L", "0.00005"),
        ("50 ng/L", "mg/L", "0.00005"),
        ("０．００００５毫克/升", "", "0.00005"),
        (0.1 + 0.2, "mg/L", "0.3"),
        ("5E-5", "mg/L", "0.00005"),
    ],
)
def test_a_number_arrives_exactly_in_the_unit_of_the_standard(cell, unit, amount):
    assert read(cell, unit=unit).amount == Decimal(amount)


@pytest.mark.parametrize("cell", ["<0.00004", "0.00004L", "未检出(0.00004)", "ND（0.00004）", "<0.04 ug/L", "<0.00004（ND）", "0.00004L（未检出）"])  # fmt: skip
def test_a_non_detect_is_half_its_limit_or_zero(cell):
    half, zero = read(cell), read(cell, non_detect="zero")
    assert (half.amount, half.detected, half.limit) == (Decimal("0.00002"), False, Decimal("0.00004"))
    assert (zero.amount, zero.limit) == (0, Decimal("0.00004"))


def test_half_of_an_unknown_limit_is_not_invented():
    assert read("未检出").fault == "“未检出”没有写检出限，不能按一半计"
    assert read("未检出", limit=0.00004).amount == Decimal("0.00002")
    assert read("ND", non_detect="zero").amount == 0


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (-0.1, "是负数"),
        (9999, "像是缺测的代码"),
        (-999.0, "像是缺测的代码"),
        ("约0.1", "是约数"),
        ("0.1~0.2", "是范围"),
        (">0.1", "超出测定上限"),
        ("abc", "不是数字"),
        (True, "是“是/否”"),
        (float("inf"), "是无穷大"),
        ("3 个/L", "的单位“个/l”不能换算成 mg/L"),
        ("3 户", "的单位“户”不能换算"),
        ("<0", "的检出限不大于零"),
    ],
)
def test_a_cell_that_cannot_be_used_says_why(cell, reason):
    found = read(cell)
    assert found.amount is None
    assert reason in found.fault.replace("个/L", "个/l")


def test_a_value_without_unit_is_not_used():
    assert read(0.1, unit="").fault == "“0.1”没有写单位（应为 mg/L）"


def test_ph_needs_no_unit_and_stays_within_its_scale():
    acidity = SURFACE_ITEMS.require("pH")
    assert read(8.1, acidity, unit="").amount == Decimal("8.1")
    assert read(14, acidity, unit="无量纲").amount == 14
    assert read(14.1, acidity, unit="").fault == "“14.1”不在 pH 的 0～14 之内"
    assert read("<6", acidity, unit="").fault == "“<6”不是 pH 值"


@pytest.mark.parametrize(
    ("given", "wanted", "shift"),
    [
        ("MPN/L", "个/L", 0),
        ("MPN/100mL", "个/L", 1),
        ("CFU/mL", "MPN/100mL", 2),
        ("ug/L", "mg/m3", 0),
        ("cm", "m", -2),
        ("mg/L", "个/L", None),
        ("", "mg/L", None),
        ("奇怪", "mg/L", None),
    ],
)
def test_units_of_water(given, wanted, shift):
    assert unit_shift(given, wanted) == shift


@pytest.mark.parametrize("cell", [None, "", "/", "—", "--", "缺测", "未监测", float("nan"), "N/A"])
def test_nothing_measured_is_blank(cell):
    assert is_blank(cell, HG)


def test_the_word_none_is_a_finding_only_where_words_are_judged():
    odor = GROUNDWATER_ITEMS.require("嗅和味")
    assert is_blank("无", HG)
    assert not is_blank("无", odor)
    assert [read(w, odor, unit="").amount for w in ("无", " 有 ")] == [0, 1]
    assert read("微弱", odor, unit="").fault == "“微弱”不是“无”或“有”"
