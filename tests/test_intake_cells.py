"""A cell as staff type it, and the number it is, or the reason why it is none."""

import datetime
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changji_geo.intake.values.cells import CellTextError, parse_number


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("35", 35), ("1,234.5", 1234.5), ("1,234,567.89", 1234567.89), ("１，２３４", 1234), ("１２．５", 12.5), ("-5", -5),
        ("－5", -5), ("−5", -5), ("+5", 5), (" 5. ", 5), (".5", 0.5), ("007", 7), ("'12", 12), ("1e-3", 0.001),
        ("1.2E3", 1200), ("1.2×10^3", 1200), ("1.2×10³", 1200), ("1.2×10⁻³", 0.0012), ("1.2x10^-3", 0.0012),
        ("\u300012\u3000", 12), (7, 7), (7.25, 7.25), (-0.0, 0),
    ],
)  # fmt: skip
def test_numbers_in_their_many_spellings(cell, value):
    found = parse_number(cell)
    assert (found.value, found.qualifier, found.percent, found.unit) == (value, "", False, "")


@pytest.mark.parametrize(
    ("cell", "value", "unit"),
    [
        ("35 微克/立方米", 35, "微克/立方米"), ("35μg/m³", 35, "μg/m3"), ("35 µg/m3", 35, "μg/m3"), ("35ug/m3", 35, "ug/m3"),
        ("12（mg/L）", 12, "mg/L"), ("1.2万户", 1.2, "万户"), ("5个百分点", 5, "个百分点"), ("3 m²", 3, "m2"), ("5 L", 5, "L"),
        ("5L/s", 5, "L/s"), ("5m3/s", 5, "m3/s"), ("35 mg·L-1", 35, "mg·L^-1"), ("35℃", 35, "°C"), ("1,200 km²", 1200, "km2"),
    ],
)  # fmt: skip
def test_a_unit_behind_the_number(cell, value, unit):
    found = parse_number(cell)
    assert (found.value, found.unit, found.text) == (value, unit, cell)


@pytest.mark.parametrize("cell", ["35%", "35％", "35 %", "３５％"])
def test_a_percent_sign_is_kept_not_divided(cell):
    found = parse_number(cell)
    assert (found.value, found.percent, found.unit) == (35, True, "%")


@pytest.mark.parametrize(
    ("cell", "limit", "unit"),
    [("<0.005", 0.005, ""), ("＜0.005", 0.005, ""), ("< 0.005 mg/L", 0.005, "mg/L"), ("0.005L", 0.005, ""),
     ("0.005Lmg/L", 0.005, "mg/L"), ("0.005L mg/L", 0.005, "mg/L"), ("<1,000", 1000, "")],
)  # fmt: skip
def test_below_a_detection_limit_there_is_no_value(cell, limit, unit):
    found = parse_number(cell)
    assert (found.value, found.qualifier, found.limit, found.unit) == (None, "<", limit, unit)


def test_above_a_limit_there_is_no_value():
    found = parse_number("＞24000")
    assert (found.value, found.qualifier, found.limit) == (None, ">", 24000)


@pytest.mark.parametrize(
    ("cell", "limit"),
    [("未检出", None), ("ND", None), ("nd", None), ("N.D.", None), ("未 检 出", None), ("未检出(<0.005)", 0.005), ("ND（0.02）", 0.02)],
)  # fmt: skip
def test_not_detected(cell, limit):
    found = parse_number(cell)
    assert (found.value, found.qualifier, found.limit) == (None, "未检出", limit)


@pytest.mark.parametrize(
    "cell",
    [None, "", "  ", "/", "／", "-", "--", "－", "—", "——", "–", "无", "缺测", "N/A", "n/a", "NA", "null", math.nan, "…"],
)  # fmt: skip
def test_nothing_measured(cell):
    found = parse_number(cell)
    assert (found.value, found.qualifier, found.limit) == (None, "缺测", None)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("3-5", "范围"), ("3~5", "范围"), ("3～5", "范围"), ("3—5", "范围"), ("3至5", "范围"), ("3%-5%", "范围"), ("5 - 6", "范围"),
        ("5±1", "误差"), ("≥5", "范围"), ("≤5", "范围"), (">=5", "范围"), ("不低于5", "范围"), ("约5", "约数"), ("≈5", "约数"), ("近5", "约数"),
        ("35%左右", "约数"), ("10余家", "约数"), ("(12)", "带括号"), ("（12）", "带括号"), ("12*", "注释"), ("12①", "注释"),
        ("12(1)", "注释"), ("12²", "注释"), ("1,23", "逗号"), ("12,34.5", "逗号"), ("87,5", "逗号"), ("1 234", "空格"), ("1.2×103", "上标"),
        ("1.2×10-3", "上标"), ("—5", "破折号"), ("abc", "不是数字"), ("十", "不是数字"), ("5.5.5", "不是单位"), ("87°18'", "不是单位"),
        ("1_000", "不是单位"), ("0x10", "不是单位"), ("inf", "不是数字"), ("1e999", "大得"), ("2023-01-05", "范围"), (True, "是/否"),
        (math.inf, "无穷大"), ("9" * 81, "81 个字"), (datetime.date(2023, 1, 5), "日期"), (object(), "不是数字"),
    ],
)  # fmt: skip
def test_what_could_mean_two_things_is_refused_with_the_reason(cell, reason):
    with pytest.raises(CellTextError) as caught:
        parse_number(cell)
    assert reason in caught.value.problem and caught.value.fix


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_python_writes_is_read_back(value):
    assert parse_number(repr(value)).value == value


@given(st.integers(-(10**12), 10**12), st.integers(0, 3))
def test_thousands_separators_change_nothing(whole, digits):
    assert parse_number(f"{whole:,.{digits}f}").value == float(whole)


@given(st.text(max_size=12))
def test_any_text_gives_a_number_or_a_reason(text):
    try:
        found = parse_number(text)
    except CellTextError as fault:
        assert fault.problem and fault.exit_code == 2
    else:
        assert (found.value is None) == (found.qualifier != "")
        assert found.value is None or math.isfinite(found.value)


@given(st.floats(0, 1e6, allow_nan=False).map(lambda v: round(v, 4)), st.sampled_from(["", "%", " mg/L", "户"]))
def test_a_limit_is_never_a_value(value, unit):
    found = parse_number(f"<{value!r}{unit}")
    assert (found.value, found.limit, found.unit) == (None, value, unit.strip())
