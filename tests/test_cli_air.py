"""``changji-geo air``: from hourly files to days, statistics, rankings and figures, with standards and warnings in the output."""

import datetime

import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from changji_geo.monitoring.air.reading.loading import load_hours
from changji_geo.monitoring.air.rules import POLLUTANTS
from tests.air_hour_files import hour_rows, write_hours

STAMP = "%Y-%m-%d %H:%M"


@pytest.fixture
def march(tmp_path):
    """March 2025: 昌吉市 with two stations (PM2.5 30 and 41), 玛纳斯县 with one (PM2.5 80)."""
    return write_hours(
        tmp_path / "in" / "2025-03.csv",
        hour_rows("2692A", "2025-03-01", 31, pm2_5=30),
        hour_rows("3613A", "2025-03-01", 31, pm2_5=41),
        hour_rows("mns_seat", "2025-03-01", 31, pm2_5=80),
    )


def sheets(path):
    book = openpyxl.load_workbook(path)
    out = {}
    for page in book:
        head, *rows = page.iter_rows(values_only=True)
        out[page.title] = [dict(zip(head, row, strict=True)) for row in rows]
    return out


def read_csv(path):
    return pd.read_csv(path, encoding="utf-8-sig", keep_default_na=False)


def lines(path):
    return path.read_text(encoding="utf-8").splitlines()


# import


@pytest.mark.parametrize("name", ["小时.parquet", "小时.csv"])
def test_what_import_writes_is_read_back_to_the_same_hours(run, tmp_path, name):
    source = write_hours(
        tmp_path / "in" / "a.csv",
        hour_rows("2692A", "2025-03-01", 2, pm2_5=[30, ""], co=[0.9, 1.1]),
        hour_rows("X1", "2025-03-02", 1, pm10=33.25),
        ["2025-03-03 05:00,X2,,,,,,"],
    )
    code, out, err = run("air", "import", source, "--out", tmp_path / name)
    assert (code, err) == (0, "")
    first, second = load_hours(source), load_hours(tmp_path / name)
    assert (second.codes, second.first_hour, second.hour_count) == (("2692A", "X1", "X2"), first.first_hour, 53)
    for pollutant in POLLUTANTS:
        np.testing.assert_array_equal(second.values[pollutant], first.values[pollutant])
    pd.testing.assert_frame_equal(second.gaps, first.gaps)
    assert "站时\t73\n读数\t408\n" in out
    assert "unknown-station" in out


def test_import_writes_the_plain_layout_with_units(run, march, tmp_path):
    run("air", "import", march, "--out", tmp_path / "a.csv", "--station", "2692A")
    head = lines(tmp_path / "a.csv")[0].removeprefix("\ufeff")
    assert head == (
        "监测时间,站点编码,站点名称,经度,纬度,SO2（微克/立方米）,NO2（微克/立方米）,PM10（微克/立方米）,PM2.5（微克/立方米）,"
        "CO（毫克/立方米）,O3（微克/立方米）"
    )
    assert lines(tmp_path / "a.csv")[1].startswith("2025-03-01 01:00:00,2692A,新区政务中心,")
    assert len(lines(tmp_path / "a.csv")) == 1 + 31 * 24
    run("air", "import", march, "--out", tmp_path / "a.parquet")
    assert pq.read_schema(tmp_path / "a.parquet").names == [
        "timepoint", "stationcode", "positionname", "longitude", "latitude", *POLLUTANTS,
    ]  # fmt: skip


def test_import_takes_only_parquet_and_csv_and_never_its_own_source(run, march):
    code, _, err = run("air", "import", march, "--out", march.with_suffix(".xlsx"))
    assert (code, err.splitlines()[0][-45:]) == (
        2,
        "2025-03.xlsx：小时数据只能写成 .parquet 或 .csv。处理：改文件名的后缀。"[-45:],
    )
    before = march.read_bytes()
    code, _, err = run("air", "import", march, "--out", march)
    assert code == 2 and "--out 会覆盖要读的文件" in err
    assert march.read_bytes() == before


def test_made_up_hours_stay_made_up_through_import_and_every_table(run, tmp_path):
    run("air", "sample", tmp_path / "示", "--stations", "2", "--year", "2025")
    hours, stations = tmp_path / "h.parquet", tmp_path / "示" / "示例站点表.csv"
    code, _, err = run("air", "import", tmp_path / "示" / "小时数据", "--stations", stations, "--out", hours)
    assert code == 0 and err == "注意：示例数据：由随机数生成，不是监测结果，不得引用。\n"
    code, _, err = run("air", "daily", hours, "--stations", stations, "--out", tmp_path / "d.xlsx")
    assert code == 0 and err.startswith("注意：示例数据：")
    found = sheets(tmp_path / "d.xlsx")
    assert {row["数据性质"] for row in found["日报"]} == {"示例数据"}
    assert found["说明"][0]["说明"] == "示例数据：由随机数生成，不是监测结果，不得引用。"
    assert {row["地点"] for row in found["日报"]} == {"昌吉市", "阜康市"}


# daily


def test_a_countys_day_is_the_mean_of_its_stations_then_rounded_then_judged(run, march, tmp_path):
    code, out, err = run("air", "daily", march, "--out", tmp_path / "日报.xlsx")
    assert code == 0
    assert out == f"已写出 {tmp_path / '日报.xlsx'}：日报 62 行。\n"
    assert "5 个县市没有评价点的数据，不在结果中：阜康市、呼图壁县、奇台县、吉木萨尔县、木垒哈萨克自治县" in err
    rows = sheets(tmp_path / "日报.xlsx")["日报"]
    assert [row["地点"] for row in rows] == ["昌吉市"] * 31 + ["玛纳斯县"] * 31
    first = rows[0]
    assert (first["编号"], first["日期"]) == ("652301", datetime.datetime(2025, 3, 1))
    assert first["PM2.5（微克/立方米）"] == 36  # 35.5, half to even
    assert (first["AQI"], first["类别"], first["首要污染物"], first["计入天数"]) == (52, "良", "PM2.5", "是")
    assert (first["评价标准"], first["PM2.5 站点数"]) == ("HJ 633-2012", 2)
    assert rows[31]["AQI"] == 107 and rows[31]["类别"] == "轻度污染"


def test_stations_and_regions_are_chosen_by_name_or_id(run, march, tmp_path):
    out = tmp_path / "a.csv"
    run("air", "daily", march, "--by", "station", "--area", "3613A", "--out", out)
    assert set(read_csv(out)["地点"]) == {"亚心广场"} and set(read_csv(out)["PM2.5 小时数"]) == {24}
    run("air", "daily", march, "--by", "region", "--area", "wcs_west4", "--out", out)
    assert set(read_csv(out)["PM2.5（微克/立方米）"]) == {50}  # (30 + 41 + 80) / 3 = 50.33
    run("air", "daily", march, "--area", "wcs_west4", "--out", out)
    assert list(dict.fromkeys(read_csv(out)["编号"])) == [652301, 652324]


def test_days_of_both_editions_are_told_apart_and_warned_of(run, tmp_path):
    source = write_hours(tmp_path / "in.csv", hour_rows("2692A", "2026-02-28", 2, pm2_5=70))
    code, _, err = run("air", "daily", source, "--out", tmp_path / "a.csv")
    rows = read_csv(tmp_path / "a.csv")
    assert code == 0
    assert rows["评价标准"].tolist() == ["HJ 633-2012", "HJ 633-2026"]
    assert rows["AQI"].tolist()[0] == 94 and rows["AQI"].tolist()[1] > 100
    warning = "前后的优良天数不可直接比较"
    assert warning in err and any(warning in line for line in lines(tmp_path / "a_说明.md"))


# stats


def test_statistics_of_a_month_with_their_standards(run, march, tmp_path):
    code, out, _ = run("air", "stats", march, "--period", "month", "--out", tmp_path / "月.xlsx")
    assert code == 0 and out == f"已写出 {tmp_path / '月.xlsx'}：时段统计 2 行，分项 12 行。\n"
    found = sheets(tmp_path / "月.xlsx")
    changji, manas = found["时段统计"]
    assert (changji["地点"], changji["时段"], changji["有效天数"], changji["优良天数"], changji["优良率（%）"]) == (
        "昌吉市", "2025年3月", 31, 31, 100,
    )  # fmt: skip
    assert (manas["优良天数"], manas["轻度污染天数"], manas["重度及以上污染天数"]) == (0, 31, 0)
    # 10/60 + 20/40 + 40/70 + 36/35 + 0.5/4 + 80/160
    assert changji["综合指数"] == 2.89 and changji["最大分指数"] == "PM2.5"
    assert changji["综合指数依据"] == "环办〔2014〕64号"
    assert (changji["日评价标准"], changji["时段评价标准"]) == ("HJ 633-2012", "HJ 663-2013")
    items = {row["项目"]: row for row in found["分项"] if row["地点"] == "昌吉市"}
    assert (items["PM2.5"]["均值"], items["CO"]["百分位数"], items["O3-8h"]["百分位"]) == (36, 0.5, 90)


def test_tables_of_an_earlier_result_of_the_same_name_are_removed_and_named(run, tmp_path):
    source = write_hours(
        tmp_path / "in" / "a.csv", hour_rows("2692A", "2024-03-01", 31), hour_rows("2692A", "2025-03-01", 31)
    )
    out = tmp_path / "s.csv"
    strange = tmp_path / "s_备注.csv"
    strange.write_text("自己的", encoding="utf-8")
    assert run("air", "stats", source, "--period", "2025-03", "--compare", "--out", out)[0] == 0
    stale = [tmp_path / f"s_{name}.csv" for name in ("同比_浓度", "同比_天数")]
    assert all(file.exists() for file in stale)
    code, told, _ = run("air", "stats", source, "--period", "2025年3月", "--out", out)
    assert code == 0 and not any(file.exists() for file in stale)
    assert [line for line in told.splitlines() if "已删除" in line] == [
        f"已删除 {file}：上次的表，这次没有。" for file in stale
    ]
    assert (tmp_path / "s_分项.csv").exists() and strange.exists()
    run("air", "daily", source, "--out", out)
    assert not (tmp_path / "s_分项.csv").exists() and strange.exists()


def test_a_sandstorm_of_a_file_is_no_good_day(run, tmp_path):
    source = write_hours(tmp_path / "in.csv", hour_rows("2692A", "2025-04-01", 1, pm10=10000))
    assert run("air", "daily", source, "--out", tmp_path / "a.csv")[0] == 0
    row = read_csv(tmp_path / "a.csv").iloc[0]
    assert (row["AQI"], row["类别"], row["首要污染物"], row["计入天数"]) == (500, "严重污染", "PM10", "是")


def test_a_period_across_the_change_has_both_parts_the_warning_and_no_index(run, tmp_path):
    source = write_hours(tmp_path / "in.csv", hour_rows("2692A", "2026-02-20", 18, pm2_5=70))
    code, _, err = run("air", "stats", source, "--period", "2026-02-20/2026-03-09", "--out", tmp_path / "a.xlsx")
    assert code == 0
    rows = sheets(tmp_path / "a.xlsx")["时段统计"]
    assert [(r["段"], r["有效天数"], r["优良天数"]) for r in rows] == [
        ("全段", 18, 9), ("HJ 633-2012 段", 9, 9), ("HJ 633-2026 段", 9, 0),
    ]  # fmt: skip
    assert rows[0]["备注"] == (
        "跨 2026-03-01：9 天按 HJ 633-2012、9 天按 HJ 633-2026 评价，天数是两版之和；前后两版标准的优良天数不可直接比较"
    )
    assert rows[0]["日评价标准"] == "HJ 633-2012（至 2026-02-28）、HJ 633-2026（自 2026-03-01）"
    assert (rows[1]["综合指数"] is not None, rows[2]["综合指数"]) == (True, None)
    assert "原文未读" in rows[2]["无综合指数的原因"]
    assert "两段的优良天数不可直接比较" in err and "未经核实" in err
    assert any("不可直接比较" in row["说明"] for row in sheets(tmp_path / "a.xlsx")["说明"])


def test_a_table_of_weights_gives_the_index_of_2026(run, tmp_path):
    source = write_hours(tmp_path / "in.csv", hour_rows("2692A", "2026-04-01", 30))
    table = tmp_path / "w.toml"
    table.write_text(
        'document = "测试权重"\nsince = 2026-03-01\n'
        "[limits]\nso2 = 10\nno2 = 20\npm10 = 40\npm2_5 = 20\nco = 0.5\no3_8h = 80\n"
        "[weights]\nso2 = 1\nno2 = 1\npm10 = 1\npm2_5 = 2\nco = 1\no3_8h = 1\n",
        encoding="utf-8",
    )
    run("air", "stats", source, "--period", "2026-04", "--composite-table", table, "--out", tmp_path / "a.csv")
    row = read_csv(tmp_path / "a.csv").iloc[0]
    assert (row["综合指数"], row["综合指数依据"]) == (7.0, "测试权重")


def test_year_on_year_compares_with_the_same_month_a_year_before(run, tmp_path):
    source = write_hours(
        tmp_path / "in.csv",
        hour_rows("2692A", "2024-03-01", 31, pm2_5=80),
        hour_rows("2692A", "2025-03-01", 31, pm2_5=60),
    )
    code, _, err = run("air", "stats", source, "--period", "2025-03", "--compare", "--out", tmp_path / "a.xlsx")
    assert code == 0, err
    found = sheets(tmp_path / "a.xlsx")
    assert [row["时段"] for row in found["时段统计"]] == ["2025年3月"]
    pm = next(row for row in found["同比_浓度"] if row["项目"] == "PM2.5")
    assert (pm["均值"], pm["上年均值"], pm["均值变化"], pm["均值变化率（%）"]) == (60, 80, -20, -25)
    days = found["同比_天数"][0]
    assert (days["优良天数"], days["上年优良天数"], days["优良天数变化（天）"]) == (31, 0, 31)


def test_year_on_year_without_the_year_before_says_what_to_give(run, march, tmp_path):
    code, _, err = run("air", "stats", march, "--period", "2025-03", "--compare", "--out", tmp_path / "a.xlsx")
    assert code == 2 and "没有上年同期的数据，不能同比：2025年3月" in err and "把上一年的文件一并给出" in err
    assert not (tmp_path / "a.xlsx").exists()


def test_dust_days_give_two_sets_of_results(run, tmp_path):
    source = write_hours(tmp_path / "in.csv", hour_rows("2692A", "2025-04-01", 30, pm10=[600, *[40] * 29]))
    dust = tmp_path / "沙尘.csv"
    dust.write_text("日期,地点\n2025-04-01,昌吉市\n", encoding="utf-8")
    run("air", "stats", source, "--period", "2025-04", "--dust", dust, "--out", tmp_path / "a.csv")
    rows = read_csv(tmp_path / "a.csv")
    assert rows[["沙尘", "有效天数", "重度及以上污染天数", "PM10 平均浓度（微克/立方米）"]].values.tolist() == [
        ["含沙尘", 30, 1, 59], ["扣除沙尘", 29, 0, 40],
    ]  # fmt: skip
    assert rows["沙尘扣除依据"].tolist() == ["", "环办监测〔2016〕120号"]


# rank, calendar


def test_ranking_puts_the_best_first_and_those_without_a_value_last(run, march, tmp_path):
    extra = write_hours(tmp_path / "in" / "b.csv", hour_rows("qt_seat", "2025-03-01", 3))
    code, _, _ = run(
        "air", "rank", march, extra, "--period", "2025-03", "--value", "pm2_5", "--out", tmp_path / "a.csv",
        "--png", tmp_path / "a.png",
    )  # fmt: skip
    assert code == 0
    rows = read_csv(tmp_path / "a.csv")
    assert rows["地点"].tolist() == ["昌吉市", "玛纳斯县", "奇台县"]
    assert rows["名次"].tolist() == ["1", "2", ""]
    assert rows["无名次的原因"].tolist()[2] == "有效 3 天，应不少于 27 天"
    assert rows["依据"].tolist()[0] == "HJ 663-2013"
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_a_good_day_rate_ranks_the_other_way_round(run, march, tmp_path):
    run("air", "rank", march, "--period", "2025-03", "--value", "good_rate", "--out", tmp_path / "a.csv")
    assert read_csv(tmp_path / "a.csv")["优良率（%）"].tolist() == [100.0, 0.0]


def test_a_composite_ranking_of_2026_is_refused_with_the_reason(run, tmp_path):
    source = write_hours(tmp_path / "in.csv", hour_rows("2692A", "2026-04-01", 30))
    code, _, err = run("air", "rank", source, "--period", "2026-04", "--out", tmp_path / "a.csv")
    assert code == 2
    assert "没有一个地点有名次" in err and "未经核实" in err
    assert not (tmp_path / "a.csv").exists()


def test_a_ranking_figure_shows_one_period(run, tmp_path):
    source = write_hours(tmp_path / "in.csv", hour_rows("2692A", "2025-03-31", 2))
    code, _, err = run(
        "air", "rank", source, "--period", "month", "--out", tmp_path / "a.csv", "--png", tmp_path / "a.png"
    )
    assert code == 2 and "有 2 个时段，一张排名图只画一个" in err and "2025年3月、2025年4月" in err


def test_a_calendar_is_drawn_as_png_svg_and_pdf(run, march, tmp_path):
    for suffix, start in ((".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")):
        code, out, _ = run("air", "calendar", march, "--area", "昌吉市", "--out", tmp_path / f"a{suffix}")
        assert (code, out) == (0, f"已写出 {tmp_path / f'a{suffix}'}：1 处，31 天。\n")
        assert (tmp_path / f"a{suffix}").read_bytes().startswith(start)
    code, _, err = run("air", "calendar", march, "--out", tmp_path / "a.jpg")
    assert code == 2 and "应为：.png、.svg、.pdf" in err


# usage


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["daily", "--by", "city"], "--by 没有“city”这一种。应为：station、county、region"),
        (["daily", "--unknown", "drop"], "--unknown 没有“drop”这一种。应为：keep、leave_out"),
        (["daily", "--area", "昌吉"], "没有县市或区域“昌吉”"),
        (["daily", "--by", "station", "--area", "2692B"], "数据里没有站点“2692B”。处理：是不是“2692A”？"),
        (["daily", "--by", "region", "--area", "west"], "没有区域“west”"),
        (["daily", "--area", "east3"], "没有一个评价点属于 奇台县、吉木萨尔县、木垒哈萨克自治县"),
        (
            ["stats", "--period", "monthly"],
            "时段写得不对：“monthly”不是时段。应为：month、year、heating、assessment，或 2025",
        ),
        (["stats", "--period", "2025-13"], "没有 13 月"),
        (["stats", "--period", "2025-03-05/2025-03-01"], "“2025-03-05/2025-03-01”的结束不在开始之后"),
        (["stats", "--period", "2024"], "数据里没有时段“2024”的日子"),
        (["stats", "--period", "2025-03", "--area-class", "3"], "--area-class 没有 3"),
        (["rank", "--period", "2025-03", "--value", "pm25"], "--value 没有“pm25”这一种"),
        (["daily", "--series", "a"], "没有自己的工作区，随包数据不能改"),
        (["stats", "--period", "2025-03", "--indicators"], "没有自己的工作区，随包数据不能改"),
    ],
)
def test_a_wrong_choice_is_one_clear_message_and_nothing_is_written(run, march, tmp_path, words, message):
    code, out, err = run("air", words[0], march, *words[1:], "--out", tmp_path / "a.csv")
    assert (code, out) == (2, "")
    assert message in err and "Traceback" not in err
    assert not (tmp_path / "a.csv").exists()


def test_no_source_an_empty_folder_and_a_wrong_ending_are_refused(run, march, tmp_path):
    (tmp_path / "空").mkdir()
    for words, message in (
        (["daily", tmp_path / "无", "--out", "a.csv"], "没有这个文件或文件夹"),
        (["daily", tmp_path / "空", "--out", "a.csv"], "文件夹里没有数据文件"),
        (["daily", march, "--out", "a.doc"], "表格不能写成“.doc”"),
        (["daily", march, "--out", "a.csv", "--findings", "a.csv"], "--findings 和 --out 是同一个文件"),
        (["daily"], "缺少"),
    ):
        code, _, err = run("air", *words)
        assert code == 2 and message in err, err


def test_a_register_of_ones_own_names_the_stations(run, tmp_path):
    source = write_hours(tmp_path / "in.csv", hour_rows("X1", "2025-03-01", 1), hour_rows("X2", "2025-03-01", 1))
    register = tmp_path / "站点.csv"
    register.write_text(
        "站点编码,站点名称,县市,类型,经度,纬度\nX1,新站,奇台县,城市评价点,89.5,44.0\n", encoding="gb18030"
    )
    code, _, err = run("air", "daily", source, "--stations", register, "--out", tmp_path / "a.csv")
    assert code == 0 and "1 个站点不在站点表中，读数保留，但不归任何县市：X2（in.csv 第 26 行）" in err
    assert set(read_csv(tmp_path / "a.csv")["地点"]) == {"奇台县"}
    register.write_text("站点编码,站点名称,县市,类型,经度,纬度\nX1,新站,奇台县,评价点,89.5,44.0\n", encoding="utf-8")
    code, _, err = run("air", "daily", source, "--stations", register, "--out", tmp_path / "a.csv")
    assert code == 2 and "站点.csv 第 2 行：没有“评价点”这一种类型" in err


def test_help_is_chinese_and_shows_examples(run):
    for words in ([], ["import"], ["daily"], ["stats"], ["rank"], ["calendar"], ["sample"]):
        code, out, _ = run("air", *words, "--help")
        assert code == 0 and "例：" in out and "changji-geo air" in out


def test_a_region_with_members_without_stations_says_which(run, march, tmp_path):
    code, _, err = run(
        "air", "stats", march, "--by", "region", "--area", "wcs_west4", "--period", "2025-03", "--out", tmp_path / "a.xlsx",
        "--findings", tmp_path / "f.csv",
    )  # fmt: skip
    told = "1 个区域有成员没有评价点的数据，区域值只是其余成员的平均：“乌—昌—石”区域西部四县市（缺 阜康市、呼图壁县）"
    assert code == 0 and told in err
    assert told in read_csv(tmp_path / "f.csv")["说明"].tolist()
    assert any(told in row["说明"] for row in sheets(tmp_path / "a.xlsx")["说明"])
