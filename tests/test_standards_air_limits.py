"""Limits of GB 3095 in its three periods, at every border of date and number, and a mutation run over the table."""

import copy
import datetime
import itertools

import numpy as np
import pandas as pd
import pytest

from changji_geo.errors import InputError
from changji_geo.standards.air import PERIODS, exceeds, limit
from changji_geo.standards.air import limits as limits_module

EXPECTED = {  # (class 1, class 2) of 2012, of the transition, of the final limits
    ("so2", "annual"): ((20, 60), (20, 60), (20, 20)),
    ("so2", "24h"): ((50, 150), (50, 150), (50, 50)),
    ("so2", "1h"): ((150, 500), (150, 500), (150, 150)),
    ("no2", "annual"): ((40, 40), (40, 40), (30, 30)),
    ("no2", "24h"): ((80, 80), (80, 80), (50, 50)),
    ("no2", "1h"): ((200, 200), (200, 200), (200, 200)),
    ("co", "24h"): ((4, 4), (4, 4), (4, 4)),
    ("co", "1h"): ((10, 10), (10, 10), (10, 10)),
    ("o3", "8h"): ((100, 160), (100, 160), (100, 160)),
    ("o3", "1h"): ((160, 200), (160, 200), (160, 200)),
    ("pm10", "annual"): ((40, 70), (40, 60), (20, 50)),
    ("pm10", "24h"): ((50, 150), (50, 120), (50, 100)),
    ("pm2_5", "annual"): ((15, 35), (15, 30), (10, 25)),
    ("pm2_5", "24h"): ((35, 75), (35, 60), (25, 50)),
    ("tsp", "annual"): ((80, 200), (80, 200), (80, 200)),
    ("tsp", "24h"): ((120, 300), (120, 300), (120, 300)),
    ("nox", "annual"): ((50, 50), (50, 50), (40, 40)),
    ("nox", "24h"): ((100, 100), (100, 100), (70, 70)),
    ("nox", "1h"): ((250, 250), (250, 250), (250, 250)),
    ("pb", "annual"): ((0.5, 0.5), (0.5, 0.5), (0.5, 0.5)),
    ("pb", "seasonal"): ((1, 1), (1, 1), (1, 1)),
    ("bap", "annual"): ((0.001, 0.001), (0.001, 0.001), (0.001, 0.001)),
    ("bap", "24h"): ((0.0025, 0.0025), (0.0025, 0.0025), (0.0025, 0.0025)),
}
BORDERS = (("2012-02-29", "2026-02-28"), ("2026-03-01", "2030-12-31"), ("2031-01-01", "2060-01-01"))


def check_row(pollutant, time):
    for days, values in zip(BORDERS, EXPECTED[pollutant, time], strict=True):
        for day in days:
            got = [limit(pollutant, time, area_class=c, date=day) for c in (1, 2)]
            assert tuple(g.value for g in got) == values
            assert {g.unit for g in got} == {"mg/m3" if pollutant == "co" else "ug/m3"}
            assert all(("表 2" in g.note) == (pollutant in ("tsp", "nox", "pb", "bap")) for g in got)


@pytest.mark.parametrize(("pollutant", "time"), EXPECTED)
def test_every_limit_on_the_first_and_last_day_of_each_period(pollutant, time):
    check_row(pollutant, time)


def test_there_are_no_other_limits():
    assert set(limits_module.LIMITS) == set(EXPECTED)


@pytest.mark.parametrize(("pollutant", "time"), EXPECTED)
def test_equal_to_the_limit_does_not_exceed_and_just_above_does(pollutant, time):
    for days, values in zip(BORDERS, EXPECTED[pollutant, time], strict=True):
        for area, value in zip((1, 2), values, strict=True):
            given = [value * 0.999, value, value * (1 + 1e-12), value * 1.001, value * 3]
            got = exceeds(pollutant, given, time, area_class=area, date=days[0], rounded=False)
            assert got["exceeds"].tolist() == [False, False, False, True, True]
            assert got["multiple"].iloc[-1] == pytest.approx(2)
            assert got["multiple"].isna().tolist() == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("pollutant", "given", "above", "raw"),
    [("pm2_5", 75.0000001, False, True), ("pm2_5", 75.5, True, True), ("pm2_5", 75.49, False, True),
     ("pm10", 150.5, False, True), ("pm10", 151.4, True, True), ("co", 4.05, False, True), ("co", 4.06, True, True),
     ("co", 4.15, True, True), ("pb", 0.5000001, True, True), ("bap", 0.0026, True, True)],
)  # fmt: skip
def test_the_rounded_value_is_compared_unless_the_raw_one_is_asked_for(pollutant, given, above, raw):
    time = "annual" if pollutant == "pb" else "24h"
    by_rule = exceeds(pollutant, given, time, area_class=2, date="2024-05-01")
    assert by_rule["exceeds"].tolist() == [above]
    as_given = exceeds(pollutant, given, time, area_class=2, date="2024-05-01", rounded=False)
    assert as_given["exceeds"].tolist() == [raw]
    if pollutant == "pm10" and above:
        assert by_rule["multiple"].tolist() == [pytest.approx(1 / 150)]


def test_a_value_that_rounds_to_zero_from_below_is_still_negative():
    got = exceeds("so2", [-0.3, 1e300], "24h", area_class=2, date="2024-05-01")
    assert got["notes"].tolist() == ["为负值，未判定", ""]
    assert got["exceeds"].tolist()[1] is True


def test_edition_stage_and_area_are_named():
    named = [limit("pm10", "24h", area_class=1, date=d[0]) for d in BORDERS]
    assert [n.standard for n in named] == ["GB 3095-2012", "GB 3095-2026（过渡限值）", "GB 3095-2026（终期限值）"]
    assert named[0].area.startswith("自然保护区") and named[1].area.startswith("国家公园")
    assert limit("pm10", "24h", area_class=2, date="2026-03-01").area.startswith("居住区")


def test_the_periods_follow_each_other_without_a_gap():
    steps = [b.since - a.until for a, b in itertools.pairwise(PERIODS)]
    assert steps == [datetime.timedelta(days=1)] * 2 and PERIODS[-1].until is None


def test_days_before_the_nationwide_start_are_noted_and_before_2012_refused():
    assert limit("co", "1h", area_class=2, date="2015-12-31").note == "早于全国实施日期 2016-01-01"
    assert limit("co", "1h", area_class=2, date="2016-01-01").note == ""
    with pytest.raises(InputError, match="2012-02-28 早于 GB 3095-2012 的发布日期 2012-02-29.*GB 3095-1996"):
        limit("co", "1h", area_class=2, date="2012-02-28")


def test_rows_use_the_limit_of_their_own_day_and_faults_are_noted():
    days = ["2026-02-28", "2026-03-01", "2031-01-01", "2012-02-28", None, "2026-03-01", "2026-03-01", "2026-03-01"]
    values = pd.Series([70.0, 70, 70, 70, 70, np.nan, -1, np.inf], index=list("abcdefgh"))
    got = exceeds("pm2_5", values, "24h", area_class=2, date=days)
    assert got.index.tolist() == list("abcdefgh")
    assert (
        got["exceeds"].tolist()[:3] == [False, True, True]
        and got["exceeds"].isna().tolist() == [False] * 3 + [True] * 5
    )
    assert got["limit"].tolist()[:3] == [75, 60, 50] and got["limit"].isna().tolist()[3:5] == [True, True]
    assert got["standard"].tolist()[:3] == ["GB 3095-2012", "GB 3095-2026（过渡限值）", "GB 3095-2026（终期限值）"]
    assert got["notes"].tolist() == [
        "",
        "",
        "",
        "早于 GB 3095-2012 的发布日期",
        "没有日期",
        "缺测",
        "为负值，未判定",
        "不是有限的数，未判定",
    ]
    assert len(exceeds("co", [], "24h", area_class=1, date="2026-03-01")) == 0
    assert exceeds("co", 4.1, "24h", area_class=1, date="2026-03-01")["exceeds"].tolist() == [True]


def test_unknown_pollutants_times_classes_and_dates_are_refused_with_the_reason():
    with pytest.raises(InputError, match="GB 3095 没有“pm25”的限值.*是不是“pm2_5”"):
        limit("pm25", "24h", area_class=2, date="2026-03-01")
    with pytest.raises(InputError, match="没有 co “annual”的限值.*24h（24 小时平均）、1h（1 小时平均）"):
        limit("co", "annual", area_class=2, date="2026-03-01")
    with pytest.raises(InputError, match="没有“3”类区.*一类区"):
        limit("co", "24h", area_class=3, date="2026-03-01")
    with pytest.raises(InputError, match="没有“True”类区"):
        exceeds("co", 1, "24h", area_class=True, date="2026-03-01")
    with pytest.raises(InputError, match="不止一个日期.*exceeds"):
        limit("co", "24h", area_class=2, date=["2026-03-01"])
    with pytest.raises(InputError, match="没有给出日期"):
        limit("co", "24h", area_class=2, date=None)


def test_one_step_in_any_limit_makes_a_check_fail(monkeypatch):
    table = {key: dict(row) for key, row in limits_module.LIMITS.items()}
    tried, left = 0, []
    for key, row in table.items():
        for column in [c for c in row if "class" in c]:
            digits = len(row[column].partition(".")[2])
            for by in (-1, 1):
                mutant = copy.deepcopy(table)
                mutant[key][column] = f"{float(row[column]) + by * 10**-digits:.{digits}f}"
                monkeypatch.setattr(limits_module, "LIMITS", mutant)
                tried += 1
                try:
                    check_row(*key)
                except AssertionError:
                    continue
                left.append((key, column, by))
    assert (tried, left) == (23 * 6 * 2, [])


def test_a_table_with_a_row_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        limits_module.parse_limits(["pollutant,average_time", "so2,1h", "so2,1h"])
