"""Periods of air: how many days they need, statistics, attainment, composite index, comparison, ranking, dust."""

import datetime
import random

import numpy as np
import pandas as pd
import pytest

from changji_geo.errors import InputError
from changji_geo.monitoring import air
from changji_geo.monitoring.air.evaluation.comparing import compare_days, compare_values, rank_places
from changji_geo.monitoring.air.evaluation.composite import composite_index, load_composite_table, require_composite
from changji_geo.monitoring.air.evaluation.dust import deduct_dust, load_dust_days, periods_with_and_without_dust
from changji_geo.monitoring.air.evaluation.evaluating import evaluate_periods
from changji_geo.monitoring.air.evaluation.period_text import parse_periods, year_before
from changji_geo.monitoring.air.evaluation.periods import (
    any_period,
    assessment_period,
    heating_period,
    month_period,
    periods_between,
    year_period,
)
from changji_geo.monitoring.air.evaluation.ranking import rank_evaluation
from changji_geo.monitoring.air.evaluation.statistics import build_periods
from changji_geo.monitoring.air.period_columns import PERIOD_COLUMNS
from changji_geo.monitoring.air.results import air_series
from changji_geo.monitoring.air.results.indicator_values import DEFINITIONS
from changji_geo.monitoring.air.rules import EVALUATED
from changji_geo.report.figures import rank_columns
from tests.air_time_reference import day_counts, half_even, period_value
from tests.air_time_tiny import days

D = datetime.date


def value(tables, pollutant, part="全段", place="A"):
    t = tables.values
    return t[(t["pollutant"] == pollutant) & (t["part"] == part) & (t["place"] == place)].iloc[0]


def gaps(count, missing):
    """A list of 30s with the first ones missing."""
    return [None] * missing + [30.0] * (count - missing)


@pytest.mark.parametrize(
    ("start", "count", "period", "enough"),
    [("2024-01-01", 31, month_period(2024, 1), 27), ("2024-04-01", 30, month_period(2024, 4), 27),
     ("2024-02-01", 29, month_period(2024, 2), 25), ("2023-02-01", 28, month_period(2023, 2), 25),
     ("2024-04-01", 20, any_period(D(2024, 4, 1), D(2024, 4, 20)), 18),
     ("2024-04-01", 100, any_period(D(2024, 4, 1), D(2024, 7, 9)), 90),
     ("2024-04-01", 21, any_period(D(2024, 4, 1), D(2024, 4, 21)), 19)],
)  # fmt: skip
def test_a_period_needs_its_days_and_one_less_is_not_enough(start, count, period, enough):
    for there in (enough - 1, enough, min(enough + 1, count)):
        row = value(build_periods(days(start, count, pm10=gaps(count, count - there)), [period]), "pm10")
        assert row["valid"] == (there >= enough)
        assert (row["valid_days"], row["required_days"]) == (there, enough)
        assert pd.notna(row["mean"]) == row["valid"]
    short = value(build_periods(days(start, count, pm10=gaps(count, count - enough + 1)), [period]), "pm10")
    assert short["reason"] == f"有效 {enough - 1} 天，应不少于 {enough} 天"


def test_a_year_needs_324_days_and_each_month_its_own():
    def year(missing_days):
        every = pd.date_range("2023-01-01", "2023-12-31")
        return value(
            build_periods(
                days("2023-01-01", 365, pm10=[None if d in missing_days else 30.0 for d in every]), [year_period(2023)]
            ),
            "pm10",
        )

    def first(month, number):
        return set(pd.date_range(f"2023-{month:02d}-01", periods=number))

    spread = set().union(*(first(m, 3 if m in (2, 4, 6, 9, 11) else 4) for m in range(1, 13)))
    assert len(spread) == 43
    assert not year(spread)["valid"]  # 322 days, though each month has enough
    assert year(set(sorted(spread)[2:]))["valid"]  # 324
    assert not year(set(sorted(spread)[1:]))["valid"]  # 323
    assert year(first(3, 4))["valid"]
    assert year(first(3, 5))["reason"] == "2023 年 3 月有效 26 天，应不少于 27 天"
    assert year(first(2, 3))["valid"]
    assert not year(first(2, 4))["valid"]


def test_heating_seasons_and_assessment_years_have_their_days():
    assert heating_period(2023).required == 153  # 169 days, nine tenths
    assert assessment_period(2024).required == 324
    assert [p.id for p in periods_between("assessment", D(2024, 3, 31), D(2024, 4, 1))] == [
        "2023-04-01/2024-03-31",
        "2024-04-01/2025-03-31",
    ]
    assert [p.id for p in periods_between("heating", D(2024, 4, 1), D(2024, 10, 14))] == []
    assert [p.id for p in periods_between("year", D(2023, 12, 31), D(2024, 1, 1))] == ["2023", "2024"]
    with pytest.raises(InputError, match="末日 2024-01-01 早于首日 2024-01-02"):
        any_period(D(2024, 1, 2), D(2024, 1, 1))
    with pytest.raises(InputError, match="没有 13 月"):
        month_period(2024, 13)


def test_random_days_give_the_statistics_of_the_plain_reference():
    rng = random.Random(11)
    first, count = D(2023, 1, 1), 820
    every = [first + datetime.timedelta(days=i) for i in range(count)]
    values = {
        p: [
            None if rng.random() < 0.06 else round(rng.random() ** 2 * (6 if p == "co" else 260), 1 if p == "co" else 0)
            for _ in every
        ]
        for p in EVALUATED
    }
    table = days(str(first), count, **values)
    periods = [*(month_period(y, m) for y in (2023, 2024) for m in range(1, 13)), year_period(2023), year_period(2024),
               heating_period(2023), assessment_period(2023), any_period(D(2023, 5, 3), D(2023, 9, 9))]  # fmt: skip
    tables = build_periods(table, periods)
    index = {d: a if c else None for d, a, c in zip(every, table["aqi"], table["counted"], strict=True)}
    valid = 0
    for period in periods:
        rows = tables.values[tables.values["period"] == period.id].set_index("pollutant")
        for p in EVALUATED:
            want = period_value(dict(zip(every, values[p], strict=True)), p, period.start, period.end, period.kind)
            row = rows.loc[p]
            assert row["valid"] == (want is not None), (period.id, p)
            if want is not None:
                valid += 1
                assert (row["mean"], row["percentile"]) == tuple(map(float, want))
                assert (row["mean_rounded"], row["percentile_rounded"]) == tuple(half_even(w, p) for w in want)
        counted = tables.days[tables.days["period"] == period.id].iloc[0]
        want = day_counts(index, period.start, period.end)
        assert tuple(counted[["counted_days", "good_days", "heavy_days"]]) == want
        if want[0]:
            assert counted["good_rate"] == pytest.approx(100 * want[1] / want[0], abs=0.05)
    assert 20 < valid < len(periods) * 6


@pytest.mark.parametrize(
    "percent_of", [("so2", 98), ("no2", 98), ("pm10", 95), ("pm2_5", 95), ("co", 95), ("o3_8h", 90)]
)
def test_the_percentile_of_each_pollutant(percent_of):
    name, percent = percent_of
    row = value(
        build_periods(days("2024-04-01", 30, **{name: [float(i) for i in range(30)]}), [month_period(2024, 4)]), name
    )
    assert (row["percent"], row["percentile"]) == (percent, 29 * percent / 100)


@pytest.mark.parametrize(
    ("pm25", "good", "heavy"),
    [(75, 1, 0), (76, 0, 0), (150, 0, 0), (151, 0, 1)],
)
def test_good_days_reach_to_100_and_heavy_ones_begin_above_200(pm25, good, heavy):
    row = build_periods(days("2024-04-01", 1, pm2_5=pm25), [any_period(D(2024, 4, 1), D(2024, 4, 1))]).days.iloc[0]
    assert (row["counted_days"], row["good_days"], row["heavy_days"]) == (1, good, heavy)


def test_the_good_rate_is_of_counted_days_and_categories_add_up():
    table = days("2024-04-01", 30, pm2_5=[20.0] * 9 + [80.0] * 2 + [20.0] * 19, so2=[None] * 3 + [10.0] * 27)
    row = build_periods(table, [month_period(2024, 4)]).days.iloc[0]
    assert (row["counted_days"], row["good_days"], row["good_rate"], row["standard"]) == (27, 25, 92.6, "HJ 633-2012")
    assert row[["优", "良", "轻度污染", "中度污染", "重度污染", "严重污染"]].tolist() == [25, 0, 2, 0, 0, 0]
    assert (
        build_periods(table, [any_period(D(2025, 1, 1), D(2025, 1, 5))]).days.iloc[0]["reason"]
        == "有效 0 天，应不少于 5 天"
    )


@pytest.mark.parametrize(
    ("year", "name", "level", "attained"),
    [(2024, "pm2_5", 35, True), (2024, "pm2_5", 36, False), (2024, "pm10", 70, True), (2024, "pm10", 71, False),
     (2024, "co", 4.0, True), (2024, "co", 4.1, False), (2024, "o3_8h", 160, True), (2024, "o3_8h", 161, False),
     (2027, "pm2_5", 30, True), (2027, "pm2_5", 31, False), (2031, "pm2_5", 25, True), (2031, "pm2_5", 26, False)],
)  # fmt: skip
def test_a_year_attains_up_to_the_limit_of_its_edition(year, name, level, attained):
    count = 366 if year == 2024 else 365
    row = value(build_periods(days(f"{year}-01-01", count, **{name: level}), [year_period(year)]), name)
    assert bool(row["attained"]) == attained
    assert row["limits"].startswith("GB 3095-2012" if year < 2026 else "GB 3095-2026")
    assert "规则凭记忆" in row["attainment_rule"]


def test_a_percentile_above_its_limit_does_not_attain_though_the_mean_does():
    level = [10.0] * 340 + [80.0] * 26
    row = value(build_periods(days("2024-01-01", 366, pm2_5=level), [year_period(2024)]), "pm2_5")
    assert (row["mean_rounded"], row["percentile_rounded"], bool(row["attained"])) == (15, 80, False)


def test_a_month_has_no_annual_limit():
    assert value(build_periods(days("2024-04-01", 30), [month_period(2024, 4)]), "pm2_5")["attained"] is pd.NA


def test_a_period_across_the_change_shows_both_editions_and_warns():
    tables = build_periods(days("2026-01-01", 365, pm2_5=75), [year_period(2026), month_period(2026, 2)])
    whole = tables.days[tables.days["period"] == "2026"].set_index("part")
    assert whole["standard"].tolist() == [
        "HJ 633-2012（至 2026-02-28）、HJ 633-2026（自 2026-03-01）",
        "HJ 633-2012",
        "HJ 633-2026",
    ]
    assert whole["good_days"].tolist() == [59, 59, 0]
    assert whole["days"].tolist() == [365, 59, 306]
    assert whole["note"].tolist() == [
        "跨 2026-03-01：59 天按 HJ 633-2012、306 天按 HJ 633-2026 评价，天数是两版之和；前后两版标准的优良天数不可直接比较",
        "",
        "",
    ]
    assert [f.level for f in tables.findings] == ["warning"]
    assert "时段 2026年 跨 2026-03-01" in tables.findings[0].message
    row = value(tables, "pm2_5")
    assert (row["attained"], row["limits"]) == (pd.NA, "时段跨两版限值，不判定达标")
    assert row["standard"] == "HJ 663-2013（至 2026-02-28）、HJ 663-2026（自 2026-03-01）"
    assert build_periods(days("2026-02-01", 28), [month_period(2026, 2)]).findings == ()


AT_LIMIT = {"so2": 60, "no2": 40, "pm10": 70, "pm2_5": 35, "co": 4.0, "o3_8h": 160}


def composite(start, count, period, table=None, **levels):
    return composite_index(build_periods(days(start, count, **levels), [period]).values, table=table)


def test_at_every_limit_the_composite_index_is_six():
    row = composite("2024-04-01", 30, month_period(2024, 4), **AT_LIMIT).iloc[0]
    assert (row["composite_index"], row["document"]) == (6.0, "环办〔2014〕64号")
    assert row[[f"index_{p}" for p in EVALUATED]].tolist() == [1.0] * 6
    assert row["largest"] == "SO2、NO2、PM10、PM2.5、CO、O3-8h"


def test_a_worked_composite_index():
    levels = {"so2": 9, "no2": 33, "pm10": 92, "pm2_5": 51, "co": 1.8, "o3_8h": 134}
    row = composite("2024-04-01", 30, month_period(2024, 4), **levels).iloc[0]
    # 0.15 + 0.825 + 1.3142857 + 1.4571429 + 0.45 + 0.8375
    assert row["composite_exact"] == pytest.approx(5.033928571428571, abs=1e-12)
    assert (row["composite_index"], row["largest"]) == (5.03, "PM2.5")


@pytest.mark.parametrize(("so2", "index"), [(30.3, 5.5), (30.9, 5.52)])
def test_means_and_percentiles_enter_unrounded(so2, index):
    tenths = round((so2 - 30) * 10)
    levels = AT_LIMIT | {"so2": [31.0] * (tenths * 3) + [30.0] * (30 - tenths * 3)}
    assert composite("2024-04-01", 30, month_period(2024, 4), **levels).iloc[0]["composite_index"] == index


def test_halves_of_the_composite_index_go_to_even():
    # 5 + 0.505 -> 5.5 (float: 5.50 or 5.51), 5 + 0.515 -> 5.52
    levels = AT_LIMIT | {"no2": [20.0] * 24 + [21.0] * 6}
    assert composite("2024-04-01", 30, month_period(2024, 4), **levels).iloc[0]["composite_index"] == 5.5
    levels = AT_LIMIT | {"no2": [20.0] * 12 + [21.0] * 18}
    assert composite("2024-04-01", 30, month_period(2024, 4), **levels).iloc[0]["composite_index"] == 5.52


def test_a_missing_pollutant_leaves_no_composite_index():
    row = composite("2024-04-01", 30, month_period(2024, 4), so2=[None] * 30).iloc[0]
    assert (np.isnan(row["composite_index"]), row["reason"]) == (True, "SO2 的有效日不足")


TABLE = """document = "核实过的文号"
since = 2026-03-01
limits = { so2 = 60, no2 = 40, pm10 = 60, pm2_5 = 30, co = 4, o3_8h = 160 }
weights = { so2 = 1, no2 = 2, pm10 = 1, pm2_5 = 3, co = 1, o3_8h = 2 }
"""


def test_from_2026_03_on_there_is_no_composite_index_without_a_table_of_the_user(tmp_path):
    row = composite("2026-03-01", 31, month_period(2026, 3)).iloc[0]
    assert np.isnan(row["composite_index"])
    assert row["reason"].startswith("2026-03-01 起的综合指数限值和权重未经核实")
    assert pd.notna(composite("2026-02-01", 28, month_period(2026, 2)).iloc[0]["composite_index"])
    with pytest.raises(InputError, match="未经核实.*给出核实过的权重表"):
        require_composite(D(2026, 3, 1), D(2026, 3, 31))
    with pytest.raises(InputError, match="时段跨 2026-03-01，前后算法不同"):
        require_composite(D(2026, 2, 28), D(2026, 3, 1))
    path = tmp_path / "w.toml"
    path.write_text(TABLE, encoding="utf-8")
    table = load_composite_table(path)
    levels = {"so2": 60, "no2": 40, "pm10": 60, "pm2_5": 30, "co": 4.0, "o3_8h": 160}
    row = composite("2026-03-01", 31, month_period(2026, 3), table, **levels).iloc[0]
    assert (row["composite_index"], row["document"]) == (10.0, "核实过的文号")
    assert require_composite(D(2026, 2, 1), D(2026, 2, 28), table).document == "环办〔2014〕64号"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [("so2 = 60, ", "", "limits.so2：缺少必填的键"), ("pm2_5 = 3,", "pm2_5 = -3,", "weights.pm2_5：取值 “-3” 超出范围"),
     ("since = 2026-03-01\n", "", "since：缺少必填的键"), ("2026-03-01\n", "2026-03-01T00:00:00\n", "的 since：取值"),
     ("so2 = 60", "so2 = inf", "limits.so2：取值 “inf” 的类型不对"), ("limits =", "limits", "TOML 语法错误"),
     ("since =", "untill = 2027-01-01\nsince =", "未知的键“untill”.*是不是“until”"),
     ("since =", "statistic = { so2 = 'mean' }\nsince =", "未知的键“statistic”.*是不是“statistics”"),
     ("since =", "until = 2026-02-01\nsince =", "until = 2026-02-01 早于 since = 2026-03-01"),
     ("核实过的文号", "  ", "document：文字是空的")],
)  # fmt: skip
def test_a_wrong_table_is_refused(tmp_path, old, new, message):
    path = tmp_path / "w.toml"
    path.write_text(TABLE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_composite_table(path)


def test_year_on_year_changes_of_values_and_days():
    table = pd.concat([days("2023-04-01", 30, pm2_5=40), days("2024-04-01", 30, pm2_5=[30.0] * 29 + [80.0])])
    tables = build_periods(table, [month_period(2023, 4), month_period(2024, 4)])
    row = compare_values(tables.values, "2024-04", "2023-04").set_index("pollutant").loc["pm2_5"]
    assert row["mean_change"] == pytest.approx(-8.333333)
    assert (row["mean_change_percent"], row["reason"]) == (-20.8, "")
    row = compare_days(tables.days, "2024-04", "2023-04").iloc[0]
    assert (row["good_days_change"], row["good_rate_change"]) == (-1, -3.3)
    with pytest.raises(InputError, match="没有时段“2024-05”"):
        compare_days(tables.days, "2024-05", "2023-04")


def test_day_counts_of_two_editions_are_not_subtracted():
    table = pd.concat([days("2025-04-01", 30, pm2_5=70), days("2026-04-01", 30, pm2_5=70)])
    tables = build_periods(table, [month_period(2025, 4), month_period(2026, 4)])
    row = compare_days(tables.days, "2026-04", "2025-04").iloc[0]
    assert (row["good_days"], row["good_days_before"], np.isnan(row["good_days_change"])) == (0, 30, True)
    assert row["reason"] == "两期的评价标准不同，优良天数不可直接比较"
    assert row["standard"] == "HJ 633-2026；上期 HJ 633-2012"
    assert compare_values(tables.values, "2026-04", "2025-04").set_index("pollutant").loc["pm2_5", "mean_change"] == 0


def test_ranking_shares_places_and_leaves_out_what_is_not_valid():
    table = pd.DataFrame(
        {
            "place": list("dabc"),
            "x": [1.0, 2.0, 1.0, 0.5],
            "valid": [True, True, True, False],
            "period": "p",
            "part": "全段",
        }
    )
    ranked = rank_places(table, "x")
    assert ranked[["rank", "place"]].values.tolist() == [[1, "b"], [1, "d"], [3, "a"], [pd.NA, "c"]]
    assert rank_places(table, "x", ascending=False)["place"].tolist() == ["a", "b", "d", "c"]
    with pytest.raises(InputError, match="没有列“y”，不能排名"):
        rank_places(table, "y")


def dust(*pairs):
    return pd.DataFrame(
        {"date": pd.to_datetime([d for d, _ in pairs]).astype("datetime64[s]"), "place": [p for _, p in pairs]}
    )


def test_dust_days_are_taken_out_and_both_results_are_shown():
    table = pd.concat([days("2024-04-01", 30, p, pm10=[1000.0] * 5 + [40.0] * 25) for p in "AB"])
    out = periods_with_and_without_dust(
        table, dust(*((f"2024-04-0{i}", "A") for i in range(1, 6))), [month_period(2024, 4)]
    )
    rows = out.values[out.values["pollutant"] == "pm10"].set_index(["place", "dust"])
    assert rows["mean"].to_dict() == {
        ("A", "含沙尘"): 200,
        ("B", "含沙尘"): 200,
        ("A", "扣除沙尘"): 40,
        ("B", "扣除沙尘"): 200,
    }
    assert rows.loc[("A", "扣除沙尘"), ["valid", "valid_days"]].tolist() == [True, 25]  # 30 days were monitored
    counts = out.days.set_index(["place", "dust"])
    assert counts.loc[("A", "含沙尘"), ["counted_days", "good_days", "heavy_days"]].tolist() == [30, 25, 5]
    assert counts.loc[("A", "扣除沙尘"), ["counted_days", "good_days", "heavy_days"]].tolist() == [25, 25, 0]
    assert counts["dust_document"].tolist() == ["", "", "环办监测〔2016〕120号", "环办监测〔2016〕120号"]
    so2 = out.values[out.values["pollutant"] == "so2"]
    assert set(so2["valid_days"]) == {30}


@pytest.mark.parametrize(
    ("day", "taken"), [("2016-12-31", False), ("2017-01-01", True), ("2026-02-28", True), ("2026-03-01", False)]
)
def test_dust_is_deducted_only_where_the_rule_of_2016_holds(day, taken):
    out, found = deduct_dust(days(day, 1), dust((day, "")))
    assert np.isnan(out["pm10"].iloc[0]) == taken
    assert [f.rule for f in found] == ([] if taken else ["dust-outside-rule"])


def test_a_dust_list_names_its_wrong_dates_and_unknown_places(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("日期,地点\n2024-04-01,\n2024/04/02,昌吉市\n", encoding="gb18030")
    listed = load_dust_days(path)
    assert listed["place"].tolist() == ["", "昌吉市"]
    _, found = deduct_dust(days("2024-04-01", 2), listed)
    assert found[0].message == "沙尘日清单中的地点不在日值表中，没有扣除：昌吉市"
    path.write_text("日期\n4月1日\n", encoding="utf-8")
    with pytest.raises(InputError, match="第 2 行：“4月1日”不是日期"):
        load_dust_days(path)
    path.write_text("日期\n2024/4/1\n2024年4月2日\n2024-4-9\n", encoding="utf-8")
    listed = load_dust_days(path)
    assert [f"{day:%m-%d}" for day in listed["date"]] == ["04-01", "04-02", "04-09"]
    _, found = deduct_dust(days("2024-04-01", 2), listed)
    assert [f.message for f in found] == ["1 个沙尘日不在数据的日期里，没有扣除：2024-04-09"]
    path.write_text("日期\n", encoding="utf-8")
    _, found = deduct_dust(days("2024-04-01", 2), load_dust_days(path))
    assert [f.message for f in found] == ["沙尘日清单里没有日子，扣除前后相同"]


def test_a_table_of_the_user_ends_where_it_says(tmp_path):
    path = tmp_path / "w.toml"
    path.write_text(TABLE.replace("since =", "until = 2026-03-31\nsince ="), encoding="utf-8")
    table = load_composite_table(path)
    assert composite("2026-03-01", 31, month_period(2026, 3), table).iloc[0]["composite_index"] > 0
    row = composite("2026-04-01", 30, month_period(2026, 4), table).iloc[0]
    assert (np.isnan(row["composite_index"]), row["refused"]) == (True, True)
    assert row["reason"] == "时段晚于权重表的截止日期 2026-03-31"


def test_only_a_refusal_of_the_rules_is_told_and_not_days_that_are_missing():
    table = pd.concat([days("2026-01-01", 31, so2=[None] * 31), days("2026-03-01", 31)])
    done = evaluate_periods(table, [month_period(2026, 1), month_period(2026, 3)])
    assert done.summary["composite_refused"].tolist() == [False, True]
    assert done.summary["composite_reason"].tolist()[0] == "SO2 的有效日不足"
    assert [f.message[:22] for f in done.findings] == ["2026年3月 没有综合指数：2026-03"]


def test_two_periods_of_one_id_are_refused_and_the_same_one_twice_is_one():
    table = days("2024-04-01", 30)
    first, last = D(2024, 4, 1), D(2024, 4, 30)
    with pytest.raises(InputError, match="时段 2024-04-01/2024-04-30 给了两次：“2024-04-01 至 2024-04-30”和“四月”"):
        evaluate_periods(table, [any_period(first, last), any_period(first, last, "四月")])
    assert len(evaluate_periods(table, [month_period(2024, 4)] * 2).summary) == 1


def test_a_day_that_the_year_before_does_not_have_is_the_last_of_its_month():
    season = heating_period(2023, last=(2, 29))
    assert season.end == D(2024, 2, 29)
    assert heating_period(2022, last=(2, 29)).end == D(2023, 2, 28)
    assert year_before(season).id == "2022-10-15/2023-02-28"
    with pytest.raises(InputError, match="没有 13 月"):
        heating_period(2022, first=(13, 1))
    with pytest.raises(InputError, match="没有 0 日"):
        heating_period(2022, first=(10, 0))


def test_ranks_with_and_without_dust_are_apart():
    table = pd.concat(
        [
            days("2024-04-01", 30, "甲", pm10=[500.0] + [60.0] * 29),
            days("2024-04-01", 30, "乙", pm10=[500.0] + [70.0] * 29),
        ]
    )
    done = evaluate_periods(table, [month_period(2024, 4)], dust=dust(("2024-04-01", "")))
    ranked = rank_evaluation(done, "pm10").frame
    assert ranked[["dust", "place", "rank"]].values.tolist() == [
        ["含沙尘", "甲", 1],
        ["含沙尘", "乙", 2],
        ["扣除沙尘", "甲", 1],
        ["扣除沙尘", "乙", 2],
    ]


def test_tables_without_a_day_have_their_columns():
    empty = days("2024-04-01", 0)
    full, none = (build_periods(table, [month_period(2024, 4)]) for table in (days("2024-04-01", 30), empty))
    assert none.values.columns.tolist() == full.values.columns.tolist()
    assert none.days.columns.tolist() == full.days.columns.tolist()
    assert len(none.values) == len(none.days) == len(composite_index(none.values)) == 0
    assert composite_index(none.values).columns.tolist() == composite_index(full.values).columns.tolist()
    assert periods_with_and_without_dust(empty, dust(), [month_period(2024, 4)]).days.empty
    with pytest.raises(InputError, match="日值表没有一行"):
        evaluate_periods(empty, [month_period(2024, 4)])


@pytest.mark.parametrize(
    ("text", "period"),
    [("2024年1月", "2024-01"), ("202401", "2024-01"), ("2024年", "2024"), ("2024Q1", "2024-01-01/2024-03-31"),
     ("2024年上半年", "2024-01-01/2024-06-30"), ("2024-2025年采暖季", "2024-10-15/2025-03-31"),
     ("2024年10月-2025年3月", "2024-10-01/2025-03-31"), ("2021-2023年", "2021-01-01/2023-12-31"),
     ("2024-01-05", "2024-01-05/2024-01-05"), ("2024-01-05/2024-01-05", "2024-01-05/2024-01-05"),
     ("2024年1月5日-11月15日", "2024-01-05/2024-11-15")],
)  # fmt: skip
def test_a_period_is_written_as_in_the_tables_of_the_office(text, period):
    assert [p.id for p in parse_periods(text, D(2024, 1, 1), D(2024, 12, 31))] == [period]


@pytest.mark.parametrize(
    ("text", "message"),
    [("至2025", "“至2025”不是有首日和末日的时段.*应为：month、year"), ("2025计划", "“2025计划”不是有首日和末日的时段"),
     ("2025-13", "时段写得不对：“2025-13”没有 13 月"),
     ("2025-02-30/2025-03-01", "时段写得不对：“2025-02-30/2025-03-01”没有这一天"),
     ("9999-01-01/9999-12-31", "时段写得不对：“9999-01-01/9999-12-31”不是时段"),
     ("2025-03-01/2025-01-01", "时段写得不对：“2025-03-01/2025-01-01”的结束不在开始之后")],
)  # fmt: skip
def test_a_period_without_both_ends_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        parse_periods(text, D(2024, 1, 1), D(2024, 12, 31))


def test_one_number_has_one_name_in_every_table_indicator_series_and_figure():
    for column in PERIOD_COLUMNS.values():
        named = DEFINITIONS[column.id]
        assert (named.name, named.unit, named.direction) == (column.title, column.unit, f"{column.better}er_better")
        figure = rank_columns.COLUMNS[column.id]
        assert (figure.caption, figure.unit, figure.better) == (column.title, column.unit, column.better)
    series = {c.name: c.title for c in air_series.PERIOD_COLUMNS}
    assert {n: t for n, t in series.items() if n != "standard"} == {
        n: PERIOD_COLUMNS[n].title for n in series if n != "standard"
    }
    assert PERIOD_COLUMNS["heavy_days"].title == "重度及以上污染天数"


def test_the_room_offers_what_its_command_line_needs():
    offered = {"evaluate_periods", "rank_evaluation", "indicator_values", "parse_periods", "load_register"}
    assert offered | {"station_register", "deduct_dust"} <= set(air.__all__)
    assert all(hasattr(air, name) for name in air.__all__)
