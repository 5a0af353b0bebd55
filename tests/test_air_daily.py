"""Days of air: hours needed, halves to even, ozone windows, the edition of the day; areas as means of valid sites."""

import datetime
import itertools
import random
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from changji_geo.errors import InputError
from changji_geo.monitoring.air.evaluation.areas import area_daily, county_members, region_members
from changji_geo.monitoring.air.evaluation.daily import build_daily, crossing_warning
from changji_geo.monitoring.air.evaluation.exact import mean_rounded, percentile_ratio, round_values
from changji_geo.monitoring.air.rules import DAILY, LARGEST, POLLUTANTS
from tests.air_reference import LARGEST as AS_WRITTEN
from tests.air_reference import reference_aqi
from tests.air_time_reference import day_values, half_even, percentile
from tests.air_time_tiny import days, hourly, register

DAY = 24


def one_day(pollutant, values):
    return build_daily(hourly({pollutant: [list(values)]})).iloc[0]


@pytest.mark.parametrize("pollutant", ["so2", "no2", "pm10", "pm2_5", "co", "o3"])
def test_twenty_hours_make_a_day_and_nineteen_do_not(pollutant):
    for hours, there in ((19, False), (20, True), (21, True)):
        day = one_day(pollutant, [5.0] * hours + [None] * (DAY - hours))
        assert pd.notna(day[pollutant]) == there
        assert day[f"{pollutant}_hours"] == hours
        if not there:
            assert "小时数不足" in day["invalid"]


def test_means_are_rounded_half_to_even():
    assert one_day("pm10", [30.0, 31.0] * 12)["pm10"] == 30  # 30.5
    assert one_day("pm10", [31.0, 32.0] * 12)["pm10"] == 32  # 31.5
    assert one_day("co", [0.6, 0.7] * 12)["co"] == 0.6  # 0.65, which a float would make 0.7
    assert one_day("co", [0.7, 0.8] * 12)["co"] == 0.8  # 0.75


def test_the_day_has_the_hours_that_end_at_one_to_midnight():
    values = [None] + [7.0] * 24 + [99.0]
    daily = build_daily(hourly({"pm10": [values]}, first="2024-05-01 00:00"))
    assert daily["date"].dt.strftime("%m-%d").tolist() == ["04-30", "05-01", "05-02"]
    assert daily["pm10_hours"].tolist() == [0, 24, 1]
    assert daily["pm10"].tolist()[1] == 7


def ozone(spec):
    """24 values from pairs (value, hours)."""
    out = [v for value, hours in spec for v in [value] * hours]
    assert len(out) == DAY
    return out


def test_the_first_window_ends_at_eight_and_the_last_at_midnight():
    assert one_day("o3", ozone([(100, 8), (20, 16)]))["o3_8h"] == 100
    assert one_day("o3", ozone([(20, 16), (100, 8)]))["o3_8h"] == 100
    assert one_day("o3", ozone([(100, 7), (20, 17)]))["o3_8h"] == 90
    assert one_day("o3", [50.0] * DAY)["o3_8h_means"] == 17


def test_six_hours_make_a_window_and_five_do_not():
    values = [100.0] * 6 + [None] * 18
    assert one_day("o3", values)["o3_8h_means"] == 1
    assert one_day("o3", [*values[:5], *[None] * 19])["o3_8h_means"] == 0
    assert pd.isna(one_day("o3", values)["o3_8h"])


@pytest.mark.parametrize(
    ("level", "hours", "means", "there"),
    [
        (100, 19, 14, True),
        (100, 18, 13, False),
        (160, 18, 13, False),
        (161, 18, 13, True),
        (160.5, 18, 13, False),
        (160.6, 18, 13, True),
    ],
)
def test_fourteen_windows_are_needed_unless_the_result_exceeds_160(level, hours, means, there):
    day = one_day("o3", [level] * hours + [None] * (DAY - hours))
    assert (day["o3_8h_means"], pd.notna(day["o3_8h"])) == (means, there)


def test_a_day_without_data_says_so_and_has_no_index():
    day = one_day("so2", [None] * DAY)
    assert day["invalid"] == "SO2 无数据"
    assert (day["complete"], day["counted"]) == (False, False)
    empty = build_daily(hourly({p: [[None] * DAY] for p in POLLUTANTS})).iloc[0]
    assert empty["invalid"] == "无数据"
    assert pd.isna(empty["aqi"])


def test_an_incomplete_day_counts_only_when_it_is_polluted():
    table = days("2024-05-01", 3, no2=[None, None, 20], pm2_5=[75, 76, 75])
    assert table["aqi"].tolist() == [100, 102, 100]
    assert table["counted"].tolist() == [False, True, True]
    table = days("2026-05-01", 3, no2=[None, None, 20], pm2_5=[60, 61, 60])
    assert table["aqi"].isna().tolist() == [True, False, False]
    assert table["counted"].tolist() == [False, True, True]


def test_each_day_names_its_edition_and_the_series_is_warned_about():
    table = days("2026-02-28", 2, pm2_5=75)
    assert table["standard"].tolist() == ["HJ 633-2012", "HJ 633-2026"]
    assert table["aqi"].tolist() == [100, 114]
    assert table["rounding"].tolist() == ["GB/T 8170（HJ 633-2012 未写明，惯例）", "GB/T 8170（HJ 633-2026）"]
    assert "前后的优良天数不可直接比较" in crossing_warning(table)
    assert crossing_warning(table.iloc[:1]) == crossing_warning(table.iloc[1:]) == ""


def test_random_hours_give_the_days_of_the_plain_reference():
    rng = random.Random(5)
    stations, count = 4, 40
    grids = {}
    for p in POLLUTANTS:
        top = 30 if p == "co" else 4000 if p == "o3" and rng.random() < 0.5 else 2600
        grids[p] = [
            [
                None if rng.random() < gap else round(rng.random() ** 3 * top, 1)
                for _ in range(DAY)
                for gap in [rng.choice((0.1, 0.2))]
            ]
            for _ in range(stations * count)
        ]
    data = hourly(
        {
            p: [list(itertools.chain(*g[s * count : (s + 1) * count])) for s in range(stations)]
            for p, g in grids.items()
        },
        first="2026-02-10 01:00",
    )
    daily = build_daily(data)
    assert len(daily) == stations * count
    for i, row in enumerate(daily.to_dict("records")):
        want = day_values({p: grids[p][i] for p in POLLUTANTS})
        got = {name: None if pd.isna(row[name]) else row[name] for name in DAILY}
        assert {**got, "o3_8h_means": row["o3_8h_means"]} == want
        plain = {k: float("nan") if v is None else v for k, v in got.items()}
        index = reference_aqi(plain, row["date"].date(), "24h")[0]
        assert (None if pd.isna(row["aqi"]) else row["aqi"]) == index


@given(st.lists(st.integers(0, 30000), min_size=1, max_size=30))
def test_the_rounded_mean_is_that_of_fractions(tenths):
    values = np.array([t / 10 for t in tenths])
    total = int(np.rint(values * 1e6).astype(np.int64).sum())
    exact_mean = sum(Fraction(t, 10) for t in tenths) / len(tenths)
    assert mean_rounded([total], [len(tenths)], 1)[0] == half_even(exact_mean, "co")
    assert mean_rounded([total], [len(tenths)], 0)[0] == half_even(exact_mean, "pm10")


@given(st.lists(st.integers(0, 900), min_size=1, max_size=60), st.sampled_from([90, 95, 98]))
def test_the_percentile_is_that_of_annex_a_and_of_numpy(values, percent):
    top, below = percentile_ratio(np.array(values, dtype=float), percent)
    assert Fraction(top, below) == percentile(values, percent)
    assert top / below == pytest.approx(np.percentile(values, percent))


def test_values_of_float_noise_are_rounded_as_written():
    assert round_values([0.25, 0.35, 2.5, 3.5, np.nan], 1).tolist()[:4] == [0.2, 0.4, 2.5, 3.5]
    assert round_values([2.5, 3.5], 0).tolist() == [2, 4]


def two_sites(**second):
    return pd.concat(
        [days("2024-05-01", 2, "A", pm10=[40, 41]), days("2024-05-01", 2, "B", **second)], ignore_index=True
    )


def test_an_area_is_the_mean_of_its_valid_sites_then_the_index():
    table = area_daily(two_sites(pm10=[43, None], pm2_5=[200, None]), {"昌吉市": ["A", "B"]})
    assert table["pm10"].tolist() == [42, 41]  # 41.5 to even, then the only valid site
    assert table["pm10_sites"].tolist() == [2, 1]
    assert table["sites"].tolist() == [2, 2]
    assert table["pm2_5"].tolist() == [110, 20]
    assert table["aqi"].tolist() == [144, 41]  # the worst site alone would be 250


def test_a_share_of_valid_sites_may_be_asked_for():
    sites = two_sites(pm10=[43, None])
    assert area_daily(sites, {"X": ["A", "B"]}, min_site_share=0.75)["pm10"].isna().tolist() == [False, True]
    assert area_daily(sites, {"X": ["A", "B"]}, min_site_share=0.5)["pm10"].notna().all()
    assert area_daily(sites, {"X": ["A", "B", "C", "D"]}, min_site_share=0.75)["pm10"].isna().all()
    with pytest.raises(InputError, match="有效站点比例 75 不对"):
        area_daily(sites, {"X": ["A"]}, min_site_share=75)
    with pytest.raises(InputError, match="区域“X”没有站点"):
        area_daily(sites, {"X": []})


def test_background_stations_and_those_without_a_county_are_left_out_and_named():
    stations = pd.concat([register("A"), register("B", role="对照点"), register("C", county="")])
    members, found = county_members(stations)
    assert members == {"昌吉市": ("A",)}
    assert [f.message for f in found] == [
        "1 个站点不是评价点（对照点、区域站等），不参加县市平均：B",
        "1 个站点没有县市，不参加任何县市平均：C",
    ]


def test_regions_are_the_stations_of_their_counties():
    west = region_members({"昌吉市": ["A"], "玛纳斯县": ["B"], "奇台县": ["C"]}, ["wcs_west4"])
    assert west == {"“乌—昌—石”区域西部四县市": ("A", "B")}
    with pytest.raises(InputError, match="没有区域“西部”"):
        region_members({}, ["西部"])


def test_a_daily_table_must_be_whole_and_have_each_day_once():
    with pytest.raises(InputError, match="日值表缺少列：o3_8h"):
        area_daily(days("2024-05-01", 1).drop(columns="o3_8h"), {"X": ["A"]})
    with pytest.raises(InputError, match="A 的 2024-05-01 有两行"):
        area_daily(pd.concat([days("2024-05-01", 1)] * 2), {"X": ["A"]})


def test_a_station_with_a_leap_day_has_it():
    table = build_daily(hourly({"pm10": [[5.0] * 72]}, first="2024-02-28 01:00"))
    assert [d.date() for d in table["date"]] == [
        datetime.date(2024, 2, 28),
        datetime.date(2024, 2, 29),
        datetime.date(2024, 3, 1),
    ]


@pytest.mark.parametrize("first", ["2025-04-01 01:00", "2026-04-01 01:00"])
@pytest.mark.parametrize(
    ("pollutant", "level"), [("pm10", 10000), ("pm10", 15000), ("pm2_5", 5000), ("so2", 5000), ("co", 200)]
)
def test_a_sandstorm_that_the_loader_keeps_is_no_good_day(first, pollutant, level):
    day = build_daily(hourly({pollutant: [[float(level)] * DAY]}, first=first)).iloc[0]
    assert (day[pollutant], day["aqi"], day["category"]) == (level, 500, "严重污染")
    assert (day["complete"], day["counted"]) == (True, True)


def test_a_day_whose_value_has_no_index_is_not_complete():
    table = days("2025-04-01", 3, pm10=[15000, 15001, 9999])
    assert table["aqi"].tolist() == [500, 35, 35]
    assert table["complete"].tolist() == [True, False, False]
    assert table["counted"].tolist() == [True, False, False]
    assert table["notes"].tolist()[1] == "pm10 大得不合理，未计"


def test_ozone_above_its_8_hour_table_is_complete_by_its_largest_hour():
    table = days("2025-06-01", 2, o3_8h=801, o3=[900, None])
    assert table["aqi"].tolist()[0] == 350
    assert table["complete"].tolist() == [True, False]


def test_the_loader_and_the_index_have_one_largest_value():
    assert dict(LARGEST) == AS_WRITTEN
