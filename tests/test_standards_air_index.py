"""Air quality indices of both editions: every border, rounding, faults, ties, missing values, and a plain-Python oracle."""

import copy
import datetime
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from changji_geo.errors import InputError
from changji_geo.standards.air import AIR_CLASSES, aqi, grading, iaqi, index_edition, indices
from changji_geo.standards.air import editions as editions_module
from changji_geo.standards.scales import STANDARD_SCALES
from tests.air_reference import CLASSES, ITEMS, LARGEST, NEW, OLD, STEPS, breakpoints, reference_aqi, reference_iaqi

OLD_DAY, NEW_DAY = "2026-02-28", "2026-03-01"
DAY = {False: OLD_DAY, True: NEW_DAY}
CLEAN = {"so2": 1.0, "no2": 1.0, "pm10": 1.0, "pm2_5": 1.0, "co": 0.1, "o3_8h": 1.0, "o3": 1.0}
ALL_ITEMS = [(p, a, new) for new in (False, True) for p, a in (NEW if new else OLD)]


def value_of(pollutant, concentration, averaging="24h", date=NEW_DAY):
    return iaqi(pollutant, concentration, averaging=averaging, date=date)["iaqi"].tolist()


def note_of(pollutant, concentration, averaging="24h", date=NEW_DAY):
    return iaqi(pollutant, concentration, averaging=averaging, date=date)["notes"].tolist()


def table(*rows):
    return pd.DataFrame([{**CLEAN, **row} for row in rows])


def one(row, date=NEW_DAY, averaging="24h"):
    return aqi(table(row), averaging=averaging, date=date).iloc[0]


# Breakpoints


def check_item(pollutant, averaging, new):
    """Each breakpoint gives its step; a step of the concentration below and above it what the formula says."""
    points = breakpoints(pollutant, averaging, new)
    least = 0.1 if pollutant == "co" else 1
    at = value_of(pollutant, [float(p) for p in points], averaging, DAY[new])
    assert at == list(STEPS[: len(points)])
    beside = [round(p + d, 1) for p in points for d in (-least, least) if p + d > 0 and p + d <= points[-1]]
    wanted = [reference_iaqi(pollutant, averaging, c, new) for c in beside]
    assert value_of(pollutant, beside, averaging, DAY[new]) == wanted
    over = note_of(pollutant, [points[-1], points[-1] + least], averaging, DAY[new])
    assert ["超出" in words for words in over] == [False, True]


@pytest.mark.parametrize(("pollutant", "averaging", "new"), ALL_ITEMS)
def test_every_border_at_just_below_and_just_above(pollutant, averaging, new):
    check_item(pollutant, averaging, new)


@pytest.mark.parametrize(("pollutant", "averaging", "new"), ALL_ITEMS)
def test_one_step_above_a_breakpoint_is_the_next_integer_at_least(pollutant, averaging, new):
    points = breakpoints(pollutant, averaging, new)[:-1]
    above = value_of(pollutant, [p + (0.1 if pollutant == "co" else 1) for p in points], averaging, DAY[new])
    assert all(index > step for index, step in zip(above, STEPS, strict=False))


@pytest.mark.parametrize(("pollutant", "averaging", "new"), ALL_ITEMS)
def test_every_concentration_of_a_table_is_that_of_the_formula(pollutant, averaging, new):
    least = 0.1 if pollutant == "co" else 1
    top = breakpoints(pollutant, averaging, new)[-1]
    amounts = [round(k * least, 1) for k in range(int(top / least) + 1)]
    wanted = [reference_iaqi(pollutant, averaging, c, new) for c in amounts]
    assert value_of(pollutant, amounts, averaging, DAY[new]) == wanted


@pytest.mark.parametrize(
    ("pollutant", "averaging", "concentration", "old", "new"),
    [
        # by hand: 50 + 50 x (60 - 35) / 40 = 81.25 -> 82; with 60 as the border 100
        ("pm2_5", "24h", 60, 82, 100),
        ("pm2_5", "24h", 61, 83, 101),
        ("pm2_5", "24h", 75, 100, 114),
        ("pm10", "24h", 120, 85, 100),
        ("pm10", "24h", 121, 86, 101),
        ("pm10", "24h", 150, 100, 112),
        ("no2", "24h", 41, 52, 52),  # 50 + 50 / 40 = 51.25
        ("o3", "8h", 101, 51, 51),  # 50 + 50 / 60
        ("co", "24h", 2.1, 53, 53),  # 50 + 50 x 0.1 / 2 = 52.5
        ("so2", "24h", 475, 150, 150),
        ("so2", "1h", 475, 97, 97),  # 50 + 50 x 325 / 350 = 96.4: the 1 h column is another one
        ("pm2_5", "24h", 375, 417, 417),  # 400 + 100 x 25 / 150 = 416.7
    ],
)
def test_worked_examples(pollutant, averaging, concentration, old, new):
    assert value_of(pollutant, [concentration] * 2, averaging, [OLD_DAY, NEW_DAY]) == [old, new]


def test_hourly_particles_use_the_daily_breakpoints_and_say_so_where_that_is_practice():
    assert value_of("pm2_5", 75, "1h", OLD_DAY) == [100]
    assert note_of("pm2_5", 75, "1h", OLD_DAY) == [
        "小时指数只计六项 1 小时值，颗粒物用 24 小时分级（HJ 633-2012 未写明，惯例）"
    ]
    assert note_of("pm2_5", 75, "1h", NEW_DAY) == [""]
    assert note_of("so2", 75, "1h", OLD_DAY) == [""]


# Rounding


@pytest.mark.parametrize(
    ("pollutant", "written", "same_as"),
    [
        ("pm2_5", 35.5, 36),
        ("pm2_5", 36.5, 36),
        ("pm2_5", 34.5, 34),
        ("pm2_5", 35.4999, 35),
        ("pm2_5", 35.49999999999999, 36),  # a mean of 35.5 with float noise
        ("pm2_5", 36.50000000000001, 36),
        ("pm2_5", 0.5, 0),
        ("co", 2.05, 2.0),
        ("co", 2.15, 2.2),
        ("co", 2.0499999999999998, 2.0),
        ("co", 16.45, 16.4),
        ("co", 16.35, 16.4),
        ("co", 0.1 + 0.2, 0.3),
        ("co", 4.05, 4.0),
    ],
)
def test_a_concentration_is_rounded_half_to_even_before_the_index(pollutant, written, same_as):
    assert value_of(pollutant, written) == value_of(pollutant, same_as)
    assert value_of(pollutant, written, date=OLD_DAY) == value_of(pollutant, same_as, date=OLD_DAY)


def test_rounding_is_noted_where_the_edition_leaves_it_to_practice():
    said = "浓度先按 GB/T 8170 修约（HJ 633-2012 未写明，惯例）"
    assert note_of("pm2_5", [35.4, 35.0], date=OLD_DAY) == [said, ""]
    assert note_of("pm2_5", [35.4, 35.0], date=NEW_DAY) == ["", ""]
    assert note_of("co", [0.6, 0.7, 0.1 + 0.2], date=OLD_DAY) == ["", "", ""]


def test_float_noise_does_not_lift_a_value_on_a_breakpoint():
    assert value_of("pm2_5", [35.00000000000001, 60.00000000000001]) == [50, 100]
    assert value_of("co", [0.7 * 10 / 3.5, 1.1 + 2.9]) == [50, 100]


def test_float32_and_integer_and_nullable_columns_give_the_same():
    plain = [0.35, 16.45, 2.15, 4.05, 24.0]
    assert value_of("co", np.array(plain, dtype=np.float32)) == value_of("co", plain)
    assert value_of("pm10", np.array([120, 121], dtype=np.int16)) == [100, 101]
    assert value_of("pm10", np.array([120, 121], dtype=np.uint8)) == [100, 101]
    nullable = value_of("pm10", pd.Series([120, None, 121], dtype="Int64"))
    assert nullable[::2] == [100, 101] and np.isnan(nullable[1])
    assert value_of("pm10", pd.Series([120, None], dtype=object))[0] == 100
    assert value_of("pm10", pd.Series([120.0, None], dtype="double[pyarrow]"))[0] == 100


# Over the table, faults, missing values


@pytest.mark.parametrize(
    ("pollutant", "averaging", "top", "index"),
    [
        ("so2", "24h", 2620, 500),
        ("no2", "24h", 940, 500),
        ("no2", "1h", 3840, 500),
        ("pm10", "24h", 600, 500),
        ("pm2_5", "24h", 500, 500),
        ("co", "24h", 60, 500),
        ("co", "1h", 150, 500),
        ("o3", "1h", 1200, 500),
        ("so2", "1h", 800, 200),
        ("o3", "8h", 800, 300),
    ],
)
def test_above_the_table_of_2026_the_index_stays_and_says_so(pollutant, averaging, top, index):
    least = 0.1 if pollutant == "co" else 1
    assert value_of(pollutant, [top, top + least, top * 1.3], averaging) == [index] * 3
    assert note_of(pollutant, [top, top + least], averaging) == ["", f"{pollutant} 超出分级表，按上限计"]


def test_above_the_table_of_2012_500_is_practice_and_two_items_have_no_index():
    assert value_of("pm10", [600, 601], date=OLD_DAY) == [500, 500]
    assert note_of("pm10", 601, date=OLD_DAY) == ["pm10 超出分级表，按上限计（HJ 633-2012 未写明，惯例）"]
    for pollutant, averaging in (("so2", "1h"), ("o3", "8h")):
        at, over = value_of(pollutant, [800.5, 801], averaging, OLD_DAY)
        assert at == (200 if pollutant == "so2" else 300)  # 800.5 rounds to 800
        assert np.isnan(over)
        assert "改报另一平均时间的分指数" in note_of(pollutant, 801, averaging, OLD_DAY)[0]


@pytest.mark.parametrize(("pollutant", "largest"), LARGEST.items())
def test_absurd_values_have_no_index_and_a_note(pollutant, largest):
    averaging = "1h"
    least = 0.1 if pollutant == "co" else 1
    at, above, infinite = value_of(pollutant, [largest, largest + least, float("inf")], averaging)
    assert at > 0 and np.isnan(above) and np.isnan(infinite)
    said = f"{pollutant} 大得不合理，未计"
    assert note_of(pollutant, [largest + least, 9999, 1e300, float("inf")], averaging) == [said] * 4
    assert said not in note_of(pollutant, largest, averaging)[0]


def test_negative_and_missing_values_have_no_index_and_a_note():
    got = iaqi("no2", [-0.001, -9999, -np.inf, np.nan, None, -0.0, 0], averaging="24h", date=NEW_DAY)
    assert got["iaqi"].isna().tolist() == [True] * 5 + [False] * 2
    assert got["notes"].tolist() == ["no2 为负值，未计"] * 3 + ["no2 缺测"] * 2 + [""] * 2
    assert got["iaqi"].tolist()[-2:] == [0, 0]


# The index of a row


def test_the_row_has_index_class_level_colour_primary_and_standard():
    got = one({"pm2_5": 250, "no2": 80})
    assert got[:6].tolist() == [300, "重度污染", "五级", "紫色", "PM2.5", "HJ 633-2026"]
    assert got["notes"] == ""


@pytest.mark.parametrize(
    ("pm2_5", "index", "category", "level", "color"),
    [
        (35, 50, "优", "一级", "绿色"),
        (36, 52, "良", "二级", "黄色"),
        (60, 100, "良", "二级", "黄色"),
        (61, 101, "轻度污染", "三级", "橙色"),
        (115, 150, "轻度污染", "三级", "橙色"),
        (116, 152, "中度污染", "四级", "红色"),
        (150, 200, "中度污染", "四级", "红色"),
        (151, 201, "重度污染", "五级", "紫色"),
        (250, 300, "重度污染", "五级", "紫色"),
        (251, 301, "严重污染", "六级", "褐红色"),
        (500, 500, "严重污染", "六级", "褐红色"),
        (1800, 500, "严重污染", "六级", "褐红色"),
    ],
)
def test_every_class_at_its_border_and_just_above(pm2_5, index, category, level, color):
    assert one({"pm2_5": pm2_5})[:4].tolist() == [index, category, level, color]


def test_classes_are_those_of_the_map_scale_and_of_the_reference():
    assert [(c.upper, c.category, c.level, c.color) for c in AIR_CLASSES] == list(CLASSES)
    assert [(c.upper, c.hex) for c in AIR_CLASSES] == [(s.upper, s.color) for s in STANDARD_SCALES["aqi"]]
    assert [s.label for s in STANDARD_SCALES["aqi"]] == [
        "优（≤ 50）", "良（51 – 100）", "轻度污染（101 – 150）", "中度污染（151 – 200）", "重度污染（201 – 300）", "严重污染（> 300）",
    ]  # fmt: skip


def test_there_is_a_primary_pollutant_only_above_50():
    assert one({"pm10": 50})[["aqi", "primary"]].tolist() == [50, "—"]
    assert one({"pm10": 52})[["aqi", "primary"]].tolist() == [52, "PM10"]
    assert one({"pm10": 51})[["aqi", "primary"]].tolist() == [51, "PM10"]


def test_ties_are_listed_jointly_in_the_order_of_the_items():
    assert one({"pm10": 120, "pm2_5": 60, "o3_8h": 160, "co": 4})["primary"] == "PM10、PM2.5、CO、O3-8h"
    assert one({"pm10": 120, "pm2_5": 61})["primary"] == "PM2.5"
    assert one({"o3_8h": 100, "pm10": 50})["primary"] == "—"


def test_a_table_across_the_change_uses_each_day_s_own_edition():
    days = [OLD_DAY, NEW_DAY]
    got = aqi(table({"pm10": 150}, {"pm10": 150}), averaging="24h", date=days)
    assert got["aqi"].tolist() == [100, 112]
    assert got["category"].tolist() == ["良", "轻度污染"]
    assert got["standard"].tolist() == ["HJ 633-2012", "HJ 633-2026"]


def test_the_largest_hour_of_ozone_counts_in_2012_only():
    day = {"o3": 300, "o3_8h": 100}
    assert one(day, OLD_DAY)[["aqi", "primary"]].tolist() == [150, "O3"]
    assert one(day, NEW_DAY)[["aqi", "primary"]].tolist() == [50, "—"]


def test_without_old_days_no_hourly_ozone_column_is_asked_for():
    frame = table({}).drop(columns="o3")
    assert aqi(frame, averaging="24h", date=NEW_DAY)["aqi"].tolist() == [3]  # CO 0.1: 2.5, rounded up
    with pytest.raises(InputError, match="没有 o3 列.*so2、no2、pm10、pm2_5、co、o3_8h、o3.*请加一个空列"):
        aqi(frame, averaging="24h", date=OLD_DAY)


def test_a_missing_pollutant_by_the_rule_of_2026():
    """The index of the rest counts only above 100."""
    assert np.isnan(one({"co": np.nan, "pm2_5": 60})["aqi"])
    got = one({"co": np.nan, "pm2_5": 61})
    assert got[:5].tolist() == [101, "轻度污染", "三级", "橙色", "PM2.5"]
    assert got["notes"] == "co 缺测"
    withheld = one({"co": np.nan, "pm2_5": 60})
    assert withheld[:5].isna().all()
    assert withheld["notes"] == "co 缺测；缺项，其余项目不高于 100，按 HJ 633-2026 不发布 AQI"
    assert withheld["standard"] == "HJ 633-2026"


def test_a_missing_pollutant_in_2012_leaves_the_index_of_the_rest():
    got = one({"co": np.nan, "pm2_5": 60}, OLD_DAY)
    assert got[["aqi", "primary", "notes"]].tolist() == [82, "PM2.5", "co 缺测"]


@pytest.mark.parametrize("bad", [-1, 9999, np.inf])
def test_an_unusable_value_is_a_missing_one(bad):
    assert np.isnan(one({"no2": bad})["aqi"])
    assert one({"no2": bad}, OLD_DAY)["aqi"] == one({"no2": np.nan}, OLD_DAY)["aqi"]
    assert one({"no2": bad}, OLD_DAY)["notes"].startswith("no2 ")


@pytest.mark.parametrize("day", [OLD_DAY, NEW_DAY])
def test_a_row_without_any_value_has_no_index(day):
    got = one(dict.fromkeys(CLEAN), day)
    assert got[:5].isna().all()
    assert got["notes"] == "各项全部缺测"


def test_single_indices_stay_where_the_index_is_withheld():
    got = aqi(table({"co": np.nan, "pm2_5": 60}), averaging="24h", date=NEW_DAY, with_iaqi=True).iloc[0]
    assert np.isnan(got["aqi"]) and got["iaqi_pm2_5"] == 100 and np.isnan(got["iaqi_co"])


def test_ozone_above_its_8_hour_table_of_2012_is_graded_by_its_largest_hour():
    got = one({"o3_8h": 801, "o3": 1000}, OLD_DAY)
    assert got[["aqi", "primary"]].tolist() == [400, "O3"]
    lacking = one({"o3_8h": 801, "o3": np.nan, "pm10": 300}, OLD_DAY)
    assert np.isnan(lacking["aqi"])
    assert lacking["notes"].endswith("o3 缺测；缺少应改报的分指数，不给出 AQI")
    assert one({"o3_8h": 801}, NEW_DAY)["aqi"] == 300


def test_hourly_so2_above_its_table_of_2012_is_graded_by_its_24_hours():
    hour = {"so2": 801, "pm10": 100}
    assert np.isnan(one(hour, OLD_DAY, "1h")["aqi"])
    assert "缺少应改报的分指数" in one(hour, OLD_DAY, "1h")["notes"]
    got = one({**hour, "so2_24h": 800}, OLD_DAY, "1h")
    assert got[["aqi", "primary"]].tolist() == [200, "SO2"]
    assert np.isnan(one({**hour, "so2_24h": -1}, OLD_DAY, "1h")["aqi"])
    assert one({**hour, "so2_24h": 2620}, NEW_DAY, "1h")["aqi"] == 200
    assert one({"so2": 800, "so2_24h": 2620}, OLD_DAY, "1h")["aqi"] == 200


def test_an_hour_uses_the_hourly_tables():
    got = one({"no2": 100, "so2": 150, "co": 5, "o3": 160}, NEW_DAY, "1h")
    assert got[["aqi", "primary"]].tolist() == [50, "—"]
    assert one({"no2": 101}, NEW_DAY, "1h")["primary"] == "NO2"
    assert one({"o3": 161}, NEW_DAY, "1h")[["aqi", "primary"]].tolist() == [52, "O3"]


def test_an_index_of_zero_is_noted_in_2026_which_begins_at_one():
    nothing = dict.fromkeys(CLEAN, 0.0)
    assert one(nothing, OLD_DAY)[["aqi", "category", "notes"]].tolist() == [0, "优", ""]
    assert one(nothing, NEW_DAY)[["aqi", "category"]].tolist() == [0, "优"]
    assert one({**nothing, "pm10": 1}, NEW_DAY)[["aqi", "notes"]].tolist() == [1, ""]
    assert one(nothing, NEW_DAY)["notes"] == "各项都为 0，不在 HJ 633-2026 的 1–500 之内"


# Dates


def test_every_day_has_exactly_one_edition():
    first, second = editions_module.RULES.editions
    assert first.since is None and second.until is None
    assert second.since - first.until == datetime.timedelta(days=1)
    assert index_edition(datetime.datetime(2026, 2, 28, 23, 59)).code == "HJ 633-2012"
    assert index_edition(datetime.date(2026, 3, 1)).code == "HJ 633-2026"


@pytest.mark.parametrize(
    "date",
    [
        "2026-03-01",
        datetime.date(2026, 3, 1),
        datetime.datetime(2026, 3, 1, 5),
        pd.Timestamp("2026-03-01"),
        np.datetime64("2026-03-01"),
        np.array(["2026-03-01"], dtype="datetime64[ns]"),
        pd.Series(["2026-03-01"]),
        pd.Series([datetime.date(2026, 3, 1)]),
        pd.DatetimeIndex(["2026-03-01"]),
        [datetime.date(2026, 3, 1)],
        pd.Series(pd.to_datetime(["2026-03-01"])).astype("timestamp[s][pyarrow]"),
    ],
)
def test_dates_in_every_usual_form(date):
    assert iaqi("pm10", [120], averaging="24h", date=date)["standard"].tolist() == ["HJ 633-2026"]


def test_the_last_moment_of_february_belongs_to_2012():
    days = pd.to_datetime(["2026-02-28 23:59:59", "2026-03-01 00:00:00"])
    assert value_of("pm10", [120, 120], date=days) == [85, 100]


def test_days_before_the_edition_was_in_force_and_after_the_limits_change_are_noted():
    days = ["2015-12-31", "2016-01-01", "2030-12-31", "2031-01-01"]
    got = iaqi("pm10", [10] * 4, averaging="24h", date=days)
    assert got["notes"].tolist() == [
        "早于 HJ 633-2012 全国实施日期 2016-01-01",
        "",
        "",
        "GB 3095-2026 终期限值已实施，分级表仍是 HJ 633-2026 的，请核对有无修订",
    ]
    assert got["standard"].tolist() == ["HJ 633-2012"] * 2 + ["HJ 633-2026"] * 2


def test_a_row_without_date_has_no_index_and_no_standard():
    got = aqi(table({}, {}), averaging="24h", date=["2026-03-01", None])
    assert got["aqi"].isna().tolist() == [False, True]
    assert got["standard"].isna().tolist() == [False, True]
    assert got["notes"].tolist() == ["", "没有日期，不能选定标准"]
    single = iaqi("pm10", [1.5, 1.5], averaging="24h", date=["2026-03-01", None])
    assert single["iaqi"].isna().tolist() == [False, True]
    assert single["notes"].tolist() == ["", "没有日期，不能选定标准"]


def test_a_row_without_date_does_not_ask_for_the_columns_of_2012():
    frame = table({}, {"pm10": 1.5}).drop(columns="o3")
    got = aqi(frame, averaging="24h", date=["2026-03-01", None])
    assert got["notes"].tolist() == ["", "没有日期，不能选定标准"]
    assert aqi(frame, averaging="24h", date=[None, None])["aqi"].isna().all()


def test_the_date_column_is_used_when_no_date_is_given():
    frame = table({"pm10": 150}).assign(date=pd.to_datetime([OLD_DAY]))
    assert aqi(frame, averaging="24h")["standard"].tolist() == ["HJ 633-2012"]


@pytest.mark.parametrize(
    ("date", "said"),
    [
        (None, "没有日期.*参数 date"),
        (pd.NaT, "没有给出日期.*按观测日期选用标准"),
        ("昨天", "“昨天”不是日期"),
        (["2026-03-01", "2026-02-30"], "第 2 行.*“2026-02-30”不是日期，共 1 个"),
        ([20260301, 20260302], "“20260301”不能当作日期"),
        (["2026-03-01"], "日期有 1 个，数据有 2 行"),
        (pd.Series(pd.to_datetime(["2026-03-01"] * 2)).dt.tz_localize("UTC"), "日期带时区.*先换成北京时间"),
        (["2026-03-01T00:00Z"] * 2, "不能当作日期"),
        (pd.Series(pd.to_datetime(["2026-03-01"] * 2)).astype("timestamp[s, UTC][pyarrow]"), "不能当作日期|带时区"),
        (pd.Series(pd.to_datetime(["2026-03-01"] * 2), index=[5, 6]), "行索引与数据不一致"),
    ],
)
def test_unusable_dates_are_refused_with_the_reason(date, said):
    with pytest.raises(InputError, match=said):
        aqi(table({}, {}), averaging="24h", date=date)


# Arguments


def test_unusable_arguments_are_refused_with_the_reason():
    with pytest.raises(InputError, match="没有污染物“pm25”的分指数.*是不是“pm2_5”"):
        value_of("pm25", 1)
    with pytest.raises(
        InputError, match='o3 没有平均时间“24h”的分指数.*averaging="1h"、averaging="8h".*最大 8 小时均值'
    ):
        value_of("o3", 1, "24h")
    with pytest.raises(InputError, match="没有平均时间“8h”的空气质量指数.*日报"):
        aqi(table({}), averaging="8h", date=NEW_DAY)
    with pytest.raises(InputError, match="pm10，第 2 行：“—”不是数字，共 1 个"):
        value_of("pm10", pd.Series([3, "—"], dtype=object))
    with pytest.raises(InputError, match="co 列，第 1 行：“0.6”不是数字"):
        aqi(table({}).assign(co=["0.6"]), averaging="24h", date=NEW_DAY)
    with pytest.raises(InputError, match="“True”不是数字"):
        value_of("pm10", [True])
    with pytest.raises(InputError, match="浓度有 2 维"):
        value_of("pm10", np.zeros((2, 2)))
    with pytest.raises(InputError, match="没有 pm2_5 列.*是不是“pm25”.*请加一个空列"):
        aqi(table({}).rename(columns={"pm2_5": "pm25"}), averaging="24h", date=NEW_DAY)
    twice = pd.concat([table({}), table({})[["co"]]], axis=1)
    with pytest.raises(InputError, match="co 列有 2 个"):
        aqi(twice, averaging="24h", date=NEW_DAY)


def test_the_index_of_the_caller_s_table_is_kept_and_the_table_is_not_altered():
    frame = table({"pm10": 51.5}, {"pm10": -3}).set_index(pd.Index(["a", "a"]))
    before = frame.copy()
    assert aqi(frame, averaging="24h", date=OLD_DAY).index.tolist() == ["a", "a"]
    pd.testing.assert_frame_equal(frame, before)
    series = pd.Series([1.0], index=["x"])
    assert iaqi("co", series, averaging="24h", date=OLD_DAY).index.tolist() == ["x"]


def test_an_empty_table_gives_an_empty_one():
    got = aqi(table({}).iloc[:0], averaging="24h", date=NEW_DAY)
    assert got.columns.tolist() == ["aqi", "category", "level", "color", "primary", "standard", "notes"]
    assert len(got) == 0 and len(iaqi("co", [], averaging="24h", date=NEW_DAY)) == 0


# The oracle and laws


def random_rows(count, seed, averaging):
    rng = np.random.default_rng(seed)
    tops = {"so2": 1200, "no2": 1200, "pm10": 700, "pm2_5": 600, "co": 70, "o3_8h": 900, "o3": 1300, "so2_24h": 2700}
    frame = pd.DataFrame(index=range(count))
    for name, top in tops.items():
        values = rng.random(count) ** rng.choice([1.0, 6.0], count) * top
        places = rng.choice([0, 1, 3], count)
        values = np.select([places == 0, places == 1], [np.round(values), np.round(values, 1)], np.round(values, 3))
        half = rng.random(count) < 0.1
        values[half] = np.floor(values[half] * 10) / 10 + (0.05 if name == "co" else 0.5)
        faults = rng.choice([np.nan, -1.0, -0.2, 9999.0, np.inf, 0.0], count)
        frame[name] = np.round(np.where(rng.random(count) < 0.03, faults, values), 4)
    borders = rng.random(count) < 0.2
    frame.loc[borders, "pm10"] = rng.choice([50.0, 120, 150, 250, 350, 420, 500, 600], borders.sum())
    frame.loc[borders, "pm2_5"] = rng.choice([35.0, 60, 75, 115, 150, 250, 350, 500], borders.sum())
    quiet = rng.random(count) < 0.3
    for name in ("so2", "no2", "co", "o3_8h", "o3"):
        frame.loc[quiet, name] = np.round(frame.loc[quiet, name] / 20, 1)
    days = np.datetime64("2025-09-01") + rng.integers(0, 365, count).astype("timedelta64[D]")
    return frame, days


@pytest.mark.parametrize(("averaging", "count"), [("24h", 100_000), ("1h", 20_000)])
def test_random_rows_equal_the_plain_python_reference(averaging, count):
    frame, days = random_rows(count, 20260301, averaging)
    got = aqi(frame, averaging=averaging, date=days)
    names = list(frame.columns)
    wanted = [
        reference_aqi(dict(zip(names, row, strict=True)), day, averaging)
        for row, day in zip(frame.itertuples(index=False, name=None), days.tolist(), strict=True)
    ]
    assert got["standard"].nunique() == 2 and got["aqi"].isna().mean() < 0.5
    for k, column in enumerate(["aqi", "category", "level", "color", "primary", "standard"]):
        have = [None if pd.isna(v) else v for v in got[column].tolist()]
        wrong = [i for i, (a, b) in enumerate(zip(have, (w[k] for w in wanted), strict=True)) if a != b]
        assert wrong == [], (column, frame.iloc[wrong[0]].to_dict(), days[wrong[0]], have[wrong[0]], wanted[wrong[0]])


def test_the_size_of_the_chunks_does_not_matter(monkeypatch):
    frame, days = random_rows(200, 7, "24h")
    whole = aqi(frame, averaging="24h", date=days, with_iaqi=True)
    monkeypatch.setattr(grading, "_CHUNK", 7)
    pd.testing.assert_frame_equal(aqi(frame, averaging="24h", date=days, with_iaqi=True), whole)
    rows = [aqi(frame.iloc[[k]], averaging="24h", date=days[k])["aqi"].iloc[0] for k in range(0, 200, 20)]
    np.testing.assert_array_equal(rows, whole["aqi"].iloc[::20])


@given(
    st.sampled_from(ALL_ITEMS),
    st.floats(min_value=0, max_value=199, allow_nan=False),
    st.floats(min_value=0, max_value=199, allow_nan=False),
)
def test_the_index_never_falls_when_the_concentration_rises(item, first, second):
    pollutant, averaging, new = item
    scale = 1 if pollutant == "co" else LARGEST[pollutant] / 201
    low, high = value_of(pollutant, sorted([first * scale, second * scale]), averaging, DAY[new])
    assert not low > high


@given(st.lists(st.floats(min_value=0, max_value=150), min_size=7, max_size=7), st.booleans())
def test_the_index_of_a_row_is_the_largest_single_one(values, new):
    frame = pd.DataFrame([dict(zip(CLEAN, values, strict=True))])
    got = aqi(frame, averaging="24h", date=DAY[new], with_iaqi=True).iloc[0]
    assert got["aqi"] == max(got[k] for k in got.index if k.startswith("iaqi_") and not pd.isna(got[k]))


# A wrong number in the table is found

SOURCE = Path(editions_module.__file__).with_name("air_aqi.toml")


def breakpoint_mutants():
    for edition in (0, 1):
        for pollutant, averaging in SHARED_KEYS:
            for k in range(len(breakpoints(pollutant, averaging, bool(edition)))):
                for by in (-1, 1):
                    yield edition, pollutant, averaging, k, by


SHARED_KEYS = [key for key in OLD if key not in {("pm10", "1h"), ("pm2_5", "1h")}]


def survives(check, *arguments):
    try:
        check(*arguments)
    except AssertionError:
        return False
    return True


def test_one_step_in_any_breakpoint_makes_the_border_check_fail(monkeypatch):
    tables = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
    tried, left = 0, []
    for edition, pollutant, averaging, k, by in breakpoint_mutants():
        mutant = copy.deepcopy(tables)
        mutant["editions"][edition]["breakpoints"][f"{pollutant}_{averaging}"][k] += by
        tried += 1
        try:
            rules = editions_module.parse_rules(mutant)
        except ValueError:  # a first breakpoint other than 0, or two that do not rise
            continue
        monkeypatch.setattr(indices, "RULES", rules)
        if survives(check_item, pollutant, averaging, bool(edition)):
            left.append((edition, pollutant, averaging, k, by))
    assert left == []
    assert tried == 2 * 2 * 75


def check_rules():
    """What the other numbers of the file decide."""
    rules = indices.RULES
    assert [(c.upper, c.hex) for c in rules.classes] == [(s.upper, s.color) for s in STANDARD_SCALES["aqi"]]
    assert (rules.good_day_upper, rules.heavy_day_above) == (100, 200)
    assert rules.editions[1].since - rules.editions[0].until == datetime.timedelta(days=1)
    test_the_last_moment_of_february_belongs_to_2012()
    test_days_before_the_edition_was_in_force_and_after_the_limits_change_are_noted()
    check_item("pm2_5", "24h", True)
    for pm2_5, index, category, level, color in (
        (35, 50, "优", "一级", "绿色"),
        (36, 52, "良", "二级", "黄色"),
        (60, 100, "良", "二级", "黄色"),
        (61, 101, "轻度污染", "三级", "橙色"),
        (115, 150, "轻度污染", "三级", "橙色"),
        (150, 200, "中度污染", "四级", "红色"),
        (151, 201, "重度污染", "五级", "紫色"),
        (250, 300, "重度污染", "五级", "紫色"),
        (251, 301, "严重污染", "六级", "褐红色"),
        (500, 500, "严重污染", "六级", "褐红色"),
    ):
        test_every_class_at_its_border_and_just_above(pm2_5, index, category, level, color)
    assert one({"o3_8h": 103})["aqi"] == 53
    assert one({"pm10": 93})["category"] == "良"
    assert one({"pm2_5": 36, "pm10": 51})["aqi"] == 52
    assert one({"so2": 151})["category"] == "轻度污染"  # 100.15 -> 101
    assert one({"pm10": 251})["category"] == "中度污染"  # 150.5 -> 151
    test_there_is_a_primary_pollutant_only_above_50()
    test_a_missing_pollutant_by_the_rule_of_2026()
    test_a_missing_pollutant_in_2012_leaves_the_index_of_the_rest()
    test_the_largest_hour_of_ozone_counts_in_2012_only()
    test_an_index_of_zero_is_noted_in_2026_which_begins_at_one()
    for pollutant, largest in LARGEST.items():
        test_absurd_values_have_no_index_and_a_note(pollutant, largest)
    for pollutant, written, same_as in (("pm2_5", 35.5, 36), ("co", 2.15, 2.2), ("co", 2.05, 2.0)):
        test_a_concentration_is_rounded_half_to_even_before_the_index(pollutant, written, same_as)
    for pollutant in LARGEST:
        assert note_of(pollutant, [1.04, 1.5], "1h", OLD_DAY)[1].count("修约") == (pollutant != "co")
        assert note_of(pollutant, [1.04, 1.5], "1h", OLD_DAY)[0].count("修约") == 1


def other_mutants():
    """Every other number and day of the file, moved by one: (where, change in place)."""

    def walk(node, path):
        if isinstance(node, dict):
            for key, value in node.items():
                if key != "breakpoints":
                    yield from walk(value, [*path, key])
        elif isinstance(node, list):
            for k, value in enumerate(node):
                yield from walk(value, [*path, k])
        elif isinstance(node, int | datetime.date):
            yield path

    tables = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
    for path in walk(tables, []):
        for by in (-1, 1):
            mutant = copy.deepcopy(tables)
            node = mutant
            for key in path[:-1]:
                node = node[key]
            value = node[path[-1]]
            node[path[-1]] = value + (datetime.timedelta(days=by) if isinstance(value, datetime.date) else by)
            yield (*path, by), mutant


def test_one_step_in_any_other_number_of_the_file_makes_a_check_fail(monkeypatch):
    check_rules()
    tried, left = 0, []
    for where, mutant in other_mutants():
        tried += 1
        try:
            monkeypatch.setattr(indices, "RULES", editions_module.parse_rules(mutant))
            if survives(check_rules):
                left.append(where)
        except (ValueError, IndexError, OverflowError, StopIteration):  # a table that cannot be built at all
            continue
    assert left == []
    assert tried > 90


def test_the_reports_are_of_the_items_of_the_standard():
    old, new = editions_module.RULES.editions
    assert len(ITEMS["24h"]) == len(old.daily) == 7
    assert set(old.daily) - set(new.daily) == {"o3_1h"}
    assert old.hourly == new.hourly and len(new.hourly) == len(ITEMS["1h"]) == 6
