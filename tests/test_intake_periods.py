"""Periods in the spellings of tables and headers."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changji_geo.indicators import period_text
from changji_geo.intake.values.cells import CellTextError
from changji_geo.intake.values.periods import is_period, parse_period


@pytest.mark.parametrize(
    ("cell", "period"),
    [
        (2023, "2023"), (2023.0, "2023"), ("2023", "2023"), ("２０２３年", "2023"), ("2023年度", "2023"), ("2023 年", "2023"),
        ("2023年1月", "2023-01"), ("2023-1", "2023-01"), ("2023/01", "2023-01"), ("2023.01", "2023-01"), (202301, "2023-01"),
        ("2023-10", "2023-10"), ("2023年1月5日", "2023-01-05"), ("2023/1/5", "2023-01-05"), (20230105, "2023-01-05"),
        (datetime.date(2023, 1, 5), "2023-01-05"), (datetime.datetime(2023, 1, 5), "2023-01-05"),
        ("2023-2024年采暖季", "2023-10/2024-03"), ("2023—2024 年采暖季", "2023-10/2024-03"), ("2023年～2024年供暖期", "2023-10/2024-03"),
        ("2023年10月-2024年3月", "2023-10/2024-03"), ("2023年10月至2024年3月", "2023-10/2024-03"), ("2023-10/2024-03", "2023-10/2024-03"),
        ("2023年1-6月", "2023-01/2023-06"), ("2023年1月-6月", "2023-01/2023-06"), ("2023年下半年", "2023-07/2023-12"),
        ("2023年第三季度", "2023-07/2023-09"), ("2023Q1", "2023-01/2023-03"), ("2021-2023年", "2021/2023"), ("2021/2023", "2021/2023"),
        ("2021年1月1日-11月15日", "2021-01-01/2021-11-15"), ("2021-01-01/2021-11-15", "2021-01-01/2021-11-15"),
        ("至2025", "至2025"), ("截至2025年底", "至2025"), ("2024年计划", "2024计划"),
    ],
)  # fmt: skip
def test_a_period_in_the_form_of_the_tables(cell, period):
    assert parse_period(cell) == period


@pytest.mark.parametrize(
    ("cell", "reason"),
    [("2023-13", "没有 13 月"), ("2023-02-30", "没有这一天"), (2023.1, "看不出是几月"), ("2024-2023", "不在开始之后"),
     ("2023-2025年采暖季", "不是相邻"), ("1月", "不是时段"), ("昌吉市", "不是时段"), ("", "是空的"), (None, "不是时段"), (True, "不是时段"),
     (12, "不是时段"), (datetime.datetime(2023, 1, 5, 8), "一个时刻"), (652301, "不是时段")],
)  # fmt: skip
def test_what_is_no_period_is_refused_with_the_reason(cell, reason):
    with pytest.raises(CellTextError) as caught:
        parse_period(cell)
    assert reason in caught.value.problem
    assert not is_period(cell)


@given(st.dates(datetime.date(1950, 1, 1), datetime.date(2099, 12, 31)))
def test_what_is_printed_is_read_back(day):
    forms = [
        f"{day.year}",
        f"{day:%Y-%m}",
        day.isoformat(),
        f"{day.year}-10/{day.year + 1}-03" if day.year < 2099 else "2023",
    ]
    for period in forms:
        assert parse_period(period_text(period)) == period == parse_period(period)
