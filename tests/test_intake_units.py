"""Units in their spellings, powers of ten between them, and which of several statements holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changji_geo.errors import IndicatorError
from changji_geo.indicators import Indicator
from changji_geo.intake.values.cells import CellTextError, parse_number
from changji_geo.intake.values.units import is_known_unit, normalise_unit, times_power_of_ten, unit_power
from changji_geo.intake.values.value_units import in_unit, require_declared_unit, title_unit

PM25 = Indicator("pm25", "细颗粒物", "微克/立方米", "lower_better")


@pytest.mark.parametrize(
    ("text", "printed"),
    [("μg/m3", "微克/立方米"), ("µg/m³", "微克/立方米"), ("ug/㎥", "微克/立方米"), ("（微克/立方米）", "微克/立方米"), ("微克每立方米", "微克/立方米"),
     ("μg·m-3", "微克/立方米"), ("mg·L^-1", "毫克/升"), ("MG/L", "毫克/升"), ("％", "%"), ("㎢", "平方公里"), ("km²", "平方公里"), ("万 元", "万元"),
     ("℃", "摄氏度"), ("个百分点", "百分点")],
)  # fmt: skip
def test_spellings_of_a_unit(text, printed):
    assert normalise_unit(text) == printed and is_known_unit(text)


@pytest.mark.parametrize(
    ("given_", "wanted", "power"),
    [("mg/m3", "微克/立方米", 3), ("微克/立方米", "mg/m3", -3), ("户", "万户", -4), ("亿元", "万元", 4), ("km2", "公顷", 2), ("吨", "万吨", -4),
     ("处", "处", 0), ("自造", "自造", 0), ("亩", "公顷", None), ("%", "百分点", None), ("mg/L", "mg/m3", None), ("户", "人", None), ("千克", "克", 3)],
)  # fmt: skip
def test_the_power_of_ten_between_two_units(given_, wanted, power):
    assert unit_power(given_, wanted) == power


@given(st.decimals(-1000, 1000, places=6).map(float), st.integers(-6, 6))
def test_a_decimal_shift_there_and_back_changes_nothing(value, power):
    assert times_power_of_ten(times_power_of_ten(value, power), -power) == value


def test_a_decimal_shift_is_exact():
    assert times_power_of_ten(0.035, 3) == 35.0 and times_power_of_ten(1.1, 4) == 11000.0


@pytest.mark.parametrize(
    ("title", "unit", "doubts"),
    [("附件1\n单位：微克/立方米", "微克/立方米", 0), ("单位:mg/m3　2023年", "毫克/立方米", 0), ("（单位：户）", "户", 0), ("填报单位：某局", "", 0),
     ("统计表", "", 0), ("单位：微克/立方米（CO为毫克/立方米）", "", 1), ("单位：万元、%", "", 1)],
)  # fmt: skip
def test_the_unit_above_a_table(title, unit, doubts):
    found, findings = title_unit(title)
    assert (found, len(findings)) == (unit, doubts)


@pytest.mark.parametrize(
    ("cell", "declared", "value", "power"),
    [
        (35, "微克/立方米", 35, 0),
        (0.035, "mg/m3", 35, 3),
        ("0.035 mg/m3", "微克/立方米", 35, 3),
        ("35ug/m3", "", 35, 0),
    ],
)
def test_the_cells_own_unit_goes_before_the_declared_one(cell, declared, value, power):
    assert in_unit(parse_number(cell), declared, PM25)[:2] == (value, power)


def test_no_unit_and_a_unit_of_something_else_are_refused():
    with pytest.raises(CellTextError, match="没有写单位，指标“细颗粒物”的单位是 微克/立方米"):
        in_unit(parse_number(35), "", PM25)
    with pytest.raises(CellTextError, match="单位“%”不能换算成指标“细颗粒物”的单位“微克/立方米”"):
        in_unit(parse_number("35%"), "", PM25)
    pure = Indicator("rank", "名次", "", "neutral")
    assert in_unit(parse_number(3), "", pure) == (3, 0, "")
    with pytest.raises(CellTextError, match="不能换算"):
        in_unit(parse_number(3), "户", pure)


def test_a_column_without_a_unit_is_refused_at_once_with_the_remedy():
    with pytest.raises(IndicatorError) as caught:
        require_declared_unit("PM2.5", [35, None, "缺测"], "", None, PM25, where="表.csv")
    assert "没有写“PM2.5”列的单位" in str(caught.value) and "--unit 微克/立方米" in str(caught.value)
    require_declared_unit("PM2.5", [35, "36 ug/m3"], "", None, PM25, where="表.csv")
    require_declared_unit("PM2.5", [35], "", "ug/m3", PM25, where="表.csv")


def test_the_user_cannot_contradict_the_table():
    with pytest.raises(IndicatorError, match="单位在表里是“mg/m3”，--unit 说是“微克/立方米”"):
        require_declared_unit("PM2.5", [35], "mg/m3", "微克/立方米", PM25, where="表.csv")
