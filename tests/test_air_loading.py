"""Hourly files: both layouts, the swapped ozone columns, and every fault counted with its rows."""

import datetime

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest

from changji_geo.errors import InputError
from changji_geo.monitoring.air.air_findings import table_findings
from changji_geo.monitoring.air.reading.layouts import find_layout
from changji_geo.monitoring.air.reading.loading import load_hours
from changji_geo.monitoring.air.reading.ozone import ozone_order
from changji_geo.monitoring.air.reading.readings import (
    ABSURD,
    BLANK,
    MARK,
    NEGATIVE,
    OK,
    SENTINEL,
    UNREADABLE,
    read_column,
)
from changji_geo.monitoring.air.stamps import day_of_hour, hour_text, parse_stamp
from changji_geo.tablefile import findings_frame
from tests.air_time_tiny import register

HEAD = (
    "timepoint,stationcode,longitude,latitude,area,positionname,primarypollutant,aqi,pm10,pm10_24h,pm2_5,pm2_5_24h,"
    "o3,o3_24h,o3_8h,o3_8h_24h,no2,no2_24h,so2,so2_24h,co,co_24h"
)
REGISTER = register("A", "B")


def row(time="2024-05-01T13:00:00", code="A", **cells):
    given = {"longitude": "87.3", "latitude": "44.0", "area": "昌吉州", "positionname": "站A", "primarypollutant": "",
             "aqi": "", "pm10": "96", "pm10_24h": "65", "pm2_5": "56", "pm2_5_24h": "38", "o3": "34", "o3_24h": "13",
             "o3_8h": "9", "o3_8h_24h": "4", "no2": "72", "no2_24h": "71", "so2": "12", "so2_24h": "8", "co": "1.2",
             "co_24h": "1.1"} | cells  # fmt: skip
    return ",".join([time, code, *(given[c] for c in HEAD.split(",")[2:])])


def write(path, *rows, head=HEAD, encoding="utf-8"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("\n".join([head, *rows, ""]).encode(encoding))
    return path


def load(*paths, **options):
    return load_hours(list(paths), **({"register": REGISTER} | options))


def found(data, rule, pollutant=None):
    hits = [f for f in data.findings if f.rule == rule and pollutant in (None, f.pollutant)]
    assert len(hits) == 1, (rule, [(f.rule, f.pollutant) for f in data.findings])
    return hits[0]


def rules(data):
    return {f.rule for f in data.findings}


def test_a_row_of_the_archive_becomes_six_readings_and_the_trailing_means_are_left_aside(tmp_path):
    data = load(write(tmp_path / "2024-05-01T13.csv", row()))
    expected = {"station": "A", "time": pd.Timestamp("2024-05-01 13:00"), "so2": 12, "no2": 72, "pm10": 96,
                "pm2_5": 56, "co": 1.2, "o3": 13}  # fmt: skip
    assert data.frame().to_dict("records") == [expected]
    assert found(data, "trailing-means").message == "1 个文件有 *_24h 列：是前 24 小时滑动平均，不是日均值，没有采用"


def test_two_names_in_quotes_do_not_move_the_columns(tmp_path):
    data = load(write(tmp_path / "a.csv", row(primarypollutant='"颗粒物(PM10),细颗粒物(PM2.5)"', aqi="73")))
    assert data.frame()["pm10"].tolist() == [96]


@pytest.mark.parametrize(
    ("o3", "o3_24h", "current", "rule", "level"),
    [("34", "13", 13, "ozone-swapped", "repair"), ("13", "34", 13, "ozone-as-named", "info")],
)
def test_the_ozone_columns_are_told_apart_by_the_running_maximum(tmp_path, o3, o3_24h, current, rule, level):
    data = load(write(tmp_path / "a.csv", row(o3=o3, o3_24h=o3_24h)))
    assert data.frame()["o3"].tolist() == [current]
    assert found(data, rule).level == level


def test_swapped_columns_are_said_with_the_count_of_rows(tmp_path):
    data = load(write(tmp_path / "a.csv", row(), row("2024-05-01T14:00:00")))
    assert found(data, "ozone-swapped").message == (
        "1 个文件的臭氧列对调：o3_24h 是当前小时、o3 是 24 小时最大（2 行的 o3 大于 o3_24h），已按此采用"
    )
    assert "ozone-8h-swapped" in rules(data)


def test_a_file_without_a_difference_takes_the_order_of_the_other_files(tmp_path):
    silent = write(
        tmp_path / "b.csv",
        row("2024-05-02T01:00:00", o3="40", o3_24h=""),
        row("2024-05-02T02:00:00", o3="50", o3_24h="50"),
    )
    assert np.isnan(load(write(tmp_path / "a.csv", row()), silent).frame()["o3"][1])
    alone = load(silent)
    assert alone.frame()["o3"].dropna().tolist() == [50]
    assert "两列相同的采用，其余作缺测" in found(alone, "ozone-undecided").message


def test_a_file_that_changes_the_order_in_between_is_decided_day_by_day(tmp_path):
    rows = [row(f"2024-05-01T{h:02d}:00:00", o3="30", o3_24h="20") for h in range(1, 11)]
    rows += [row(f"2024-05-02T{h:02d}:00:00", o3="20", o3_24h="30") for h in range(1, 11)]
    data = load(write(tmp_path / "a.csv", *rows))
    assert set(data.frame()["o3"]) == {20.0}
    assert "ozone-mixed" in rules(data)


def test_a_few_rows_against_the_majority_lose_their_ozone(tmp_path):
    stamps = [hour_text(parse_stamp("2024-05-01 01:00")[0] + i) for i in range(200)]
    rows = [row(t) for t in stamps[:199]] + [row(stamps[199], o3="10", o3_24h="20")]
    data = load(write(tmp_path / "a.csv", *rows))
    against = found(data, "ozone-against")
    assert (against.count, against.rows, against.level) == (1, (201,), "error")
    assert data.frame()["o3"].isna().sum() == 1


@pytest.mark.parametrize(("minority", "swapped"), [(1, True), (2, None)])
def test_one_row_in_a_hundred_may_stand_against_the_others(minority, swapped):
    current, maximum = np.full(100, 30.0), np.full(100, 20.0)
    maximum[:minority] = 40
    assert ozone_order(current, maximum).swapped is swapped


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2022-01-01T13:00:00", "2022-01-01 13:00"),
        ("2022/1/1 3:00", "2022-01-01 03:00"),
        ("2022-01-01 24:00", "2022-01-02 00:00"),
        ("2022-12-31 24:00", "2023-01-01 00:00"),
        ("2022年1月1日13时", "2022-01-01 13:00"),
        ("2022010113", "2022-01-01 13:00"),
        ("2022-01-01T05:00:00Z", "2022-01-01 13:00"),
        ("2022-01-01 13:00 +08:00", "2022-01-01 13:00"),
        ("2022-01-01 11:00+06:00", "2022-01-01 13:00"),
        ("2022-01-01 05:00:00+0000", "2022-01-01 13:00"),
    ],
)
def test_stamps_in_every_usual_form(text, shown):
    assert hour_text(parse_stamp(text)[0]) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2022-01-01",
        "2022-02-30 01:00",
        "2022-01-01 13:30",
        "2022-01-01 25:00",
        "x",
        "1999-01-01 01:00",
        "2022-01-01 13:00:01",
        "2022-01-01 13:00+05:30",
    ],
)
def test_what_is_no_full_hour_is_no_stamp(text):
    assert parse_stamp(text)[0] is None


def test_midnight_closes_the_day_before():
    assert day_of_hour(parse_stamp("2026-03-01 00:00")[0]) == datetime.date(2026, 2, 28)
    assert day_of_hour(parse_stamp("2026-03-01 01:00")[0]) == datetime.date(2026, 3, 1)


def test_stamps_of_another_offset_are_converted_and_bad_ones_are_named(tmp_path):
    data = load(
        write(tmp_path / "a.csv", row("2024-05-01T05:00:00Z"), row("13点半", pm10="5"), row("2024-05-01 13:30"))
    )
    assert data.ends[0] == pd.Timestamp("2024-05-01 13:00")
    assert found(data, "other-offset").message == "1 行的时间写明不是北京时间，已换算：“2024-05-01T05:00:00Z”"
    bad = found(data, "bad-time")
    assert (bad.count, bad.rows, bad.level) == (2, (3, 4), "error")
    assert bad.message == "2 行的时间不是整点时刻，没有采用：“13点半”、“2024-05-01 13:30”"


@pytest.mark.parametrize(
    ("text", "kind"),
    [("-0.1", NEGATIVE), ("-3", NEGATIVE), ("0", OK), ("9999", SENTINEL), ("-999", SENTINEL), ("-99", SENTINEL), ("9998", OK),
     ("999", OK), ("—", MARK), ("NA", MARK), ("nan", MARK), ("", BLANK), ("abc", UNREADABLE), ("15001", ABSURD),
     ("15000", OK), ("1,234.5", OK), ("35%", UNREADABLE)],
)  # fmt: skip
def test_each_kind_of_cell(text, kind):
    read = read_column(pa.chunked_array([[text]]), "pm10")
    assert read.kinds.tolist() == [kind]
    assert np.isnan(read.values[0]) == (kind != OK)


def test_unusable_values_are_missing_and_counted_with_their_rows(tmp_path):
    cells = [{"so2": "-3"}, {"pm2_5": "9999"}, {"no2": "-999"}, {"co": "—"}, {"pm10": "NA"}, {"pm10": "x1"}]
    rows = [row(f"2024-05-01T{h:02d}:00:00", **c) for h, c in enumerate(cells, start=1)]
    data = load(write(tmp_path / "a.csv", *rows))
    told = {(f.rule, f.pollutant, f.rows, f.level) for f in data.findings if f.rule.startswith("value-")}
    assert told == {
        ("value-negative", "SO2", (2,), "error"),
        ("value-sentinel", "PM2.5", (3,), "error"),
        ("value-sentinel", "NO2", (4,), "error"),
        ("value-mark", "CO", (5,), "info"),
        ("value-mark", "PM10", (6,), "info"),
        ("value-unreadable", "PM10", (7,), "error"),
    }
    assert data.frame()[["so2", "no2", "pm10", "pm2_5", "co"]].isna().sum().tolist() == [1, 1, 2, 1, 1]
    assert found(data, "value-negative").message == "1 个SO2读数是负值，作缺测：“-3”"


def test_equal_repeats_become_one_and_conflicting_ones_lose_only_what_differs(tmp_path):
    data = load(
        write(tmp_path / "a.csv", row(), row(), row("2024-05-01T14:00:00"), row("2024-05-01T14:00:00", pm10="97"),
              row("2024-05-01T15:00:00", so2=""), row("2024-05-01T15:00:00"))
    )  # fmt: skip
    frame = data.frame()
    assert frame["pm10"].tolist()[0] == 96
    assert np.isnan(frame["pm10"][1])
    assert frame["so2"].tolist() == [12, 12, 12]
    same, other = found(data, "repeated-hour"), found(data, "conflicting-hour")
    assert (same.count, same.rows, same.level) == (2, (2, 3, 6, 7), "repair")
    assert (other.count, other.rows, other.level) == (1, (4, 5), "error")
    assert "PM10 1 个" in other.message


def test_gaps_are_listed_and_counted(tmp_path):
    data = load(
        write(tmp_path / "a.csv", row("2024-05-01 01:00"), row("2024-05-01 05:00"), row("2024-05-01 02:00", "B"))
    )
    assert data.gaps.to_dict("records") == [
        {"code": "A", "start": pd.Timestamp("2024-05-01 02:00"), "end": pd.Timestamp("2024-05-01 04:00"), "hours": 3}
    ]
    assert found(data, "gap").message == "缺 3 个站时，分 1 段、1 个站点；最长的是 A 从 2024-05-01 02:00 起 3 小时"
    assert found(data, "part-of-period").count == 1


def test_unknown_renamed_and_moved_stations_are_told(tmp_path):
    rows = [row(), row("2024-05-01 14:00", longitude="87.32", positionname="站A新址"), row(code="X")]
    data = load(write(tmp_path / "a.csv", *rows))
    assert found(data, "unknown-station").message == "1 个站点不在站点表中，读数保留，但不归任何县市：X"
    assert found(data, "renamed-station").message == "1 个站点在文件中有几个名称：A（站A→站A新址）"
    assert found(data, "moved-station").message.startswith(
        "1 次站点位置变动超过 500 米：A（2024-05-01 14:00 起移动 1604 米）"
    )
    assert found(data, "misplaced-station").count == 1
    assert data.stations["known"].tolist() == [True, False]


def test_stations_left_out_are_counted(tmp_path):
    path = write(tmp_path / "a.csv", row(), row(code="X"), row(code=""))
    data = load(path, unknown="leave_out")
    assert data.codes == ("A",)
    assert found(data, "other-stations").message == "1 行是未选的站点，没有采用，如 “X”"
    assert (found(data, "no-station").rows, found(data, "no-station").level) == ((4,), "error")
    assert load(path, codes=["X"]).codes == ("X",)


def test_a_year_that_is_not_the_files_is_told_but_midnight_belongs_to_both(tmp_path):
    rows = [row("2024-01-01 00:00"), row("2024-01-01 01:00"), row("2025-01-01 00:00"), row("2025-01-01 01:00")]
    data = load(write(tmp_path / "2024" / "a.csv", *rows))
    other = found(data, "other-year")
    assert (other.count, other.rows, other.level) == (1, (5,), "warning")
    assert "“2025” 年" in other.message


def test_ragged_rows_are_not_taken_and_empty_lines_do_not_shift_the_numbers(tmp_path):
    data = load(write(tmp_path / "a.csv", row(), "", "1,2", row("2024-05-01 14:00", so2="-1")))
    assert (found(data, "ragged").rows, found(data, "ragged").message) == ((4,), "1 行的列数与表头不符，没有采用")
    assert found(data, "value-negative").rows == (5,)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_reads_the_same(tmp_path, encoding):
    data = load(write(tmp_path / "a.csv", row(code="Z"), encoding=encoding), register=REGISTER)
    assert data.stations["name"].tolist() == ["站A"]
    assert ("encoding" in rules(data)) == (encoding == "gb18030")


def test_broken_text_empty_files_and_foreign_tables_are_refused(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"timepoint,stationcode,pm10\n\xff\xff\xff,1,2\n")
    with pytest.raises(InputError, match="文字编码无法识别.*UTF-8、UTF-16 或 GBK"):
        load(tmp_path / "a.csv")
    with pytest.raises(InputError, match="没有这个文件或文件夹"):
        load(tmp_path / "none.csv")
    (tmp_path / "b.csv").write_bytes(b" \n")
    with pytest.raises(InputError, match="文件是空的"):
        load(tmp_path / "b.csv")
    with pytest.raises(InputError, match="看不出是逐小时空气数据；表头是：县市、户数.*宽表"):
        load(write(tmp_path / "c.csv", "昌吉市,1", head="县市,户数"))
    with pytest.raises(InputError, match="没有一行能用的小时数据"):
        load(write(tmp_path / "d.csv", row("x")))
    (tmp_path / "e").mkdir()
    with pytest.raises(InputError, match="文件夹里没有数据文件"):
        load(tmp_path / "e")
    with pytest.raises(InputError, match="列“pm25”和“PM2.5”是同一项"):
        find_layout(["time", "station", "pm25", "PM2.5"], where="a")


LONG = "时间,站点编码,污染物,浓度,单位"


def test_a_long_table_with_mixed_units_is_converted_exactly_and_ppb_is_refused(tmp_path):
    rows = ["2024-05-01 01:00,A,PM2.5,35,μg/m³", "2024-05-01 02:00,A,PM2.5,0.035,mg/m3", "2024-05-01 01:00,A,CO,500,ug/m3",
            "2024-05-01 01:00,A,O3,40,ppb", "2024-05-01 01:00,A,NOx,9,ug/m3", "2024-05-01 03:00,A,PM2.5,36,"]  # fmt: skip
    data = load(write(tmp_path / "a.csv", *rows, head=LONG))
    assert data.frame()["pm2_5"].tolist() == [35.0, 35.0, 36.0]
    assert data.frame()["co"].tolist()[0] == 0.5
    assert data.frame()["o3"].isna().all()
    assert found(data, "mixed-units", "PM2.5").message == "单位混用：μg/m³、mg/m3、（空）；行号是与首行单位不同的行"
    foreign = found(data, "value-foreign-unit")
    assert (foreign.rows, foreign.level) == ((5,), "error")
    assert foreign.message == "1 个O3读数是单位不能换算的值，作缺测：“ppb”"
    assert found(data, "other-item").message == "1 行是六项以外的项目，没有采用：“NOx”"
    assert {"no-pollutant", "unit-converted"} <= rules(data)


def test_a_unit_in_the_header_counts_and_so_does_one_in_a_cell(tmp_path):
    rows = ["2024-05-01 01:00,A,1200,35", "2024-05-01 02:00,A,900,0.04 mg/m3"]
    data = load(write(tmp_path / "a.csv", *rows, head="time,station,CO(ug/m3),PM10"))
    assert data.frame()["co"].tolist() == [1.2, 0.9]
    assert data.frame()["pm10"].tolist() == [35, 40]
    assert found(data, "mixed-units").count == 1


def test_workbooks_and_parquet_read_like_text(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["时间", "站点编码", "PM2.5", "SO2"])
    book.active.append([datetime.datetime(2024, 5, 1, 13), "A", 35.5, -2])
    book.save(tmp_path / "a.xlsx")
    data = load(tmp_path / "a.xlsx")
    assert data.frame()[["pm2_5", "time"]].values.tolist() == [[35.5, pd.Timestamp("2024-05-01 13:00")]]
    assert found(data, "value-negative").rows == (2,)
    table = pd.DataFrame(
        {
            "timepoint": pd.to_datetime(["2024-05-01 05:00"]).tz_localize("UTC"),
            "stationcode": ["A"],
            "co": [np.float32(0.3)],
            "o3": [np.nan],
        }
    )
    table.to_parquet(tmp_path / "a.parquet")
    data = load(tmp_path / "a.parquet")
    assert data.frame()[["co", "time"]].values.tolist() == [[0.3, pd.Timestamp("2024-05-01 13:00")]]
    assert "other-offset" in rules(data)


def ozone_year(tmp_path, *, peak=17, top=120, clock=1.0):
    """A summer of one station with a diurnal peak."""
    first = parse_stamp("2024-05-01 01:00")[0]
    rows = []
    for i in range(24 * 60):
        hour = (first + i - 1) % 24 + 1
        value = top - 4 * min(abs(hour - peak), 24 - abs(hour - peak))
        rows.append(f"{hour_text(first + i)},A,{value},30")
    return write(tmp_path / "a.csv", *rows, head="time,station,o3,pm10")


def test_ozone_in_ppb_and_a_foreign_clock_are_suspected(tmp_path):
    assert not {"ozone-ppb", "time-zone", "unusual-unit"} & rules(load(ozone_year(tmp_path)))
    low = load(ozone_year(tmp_path, top=79))
    assert found(low, "ozone-ppb").message == (
        "5—8 月臭氧日最大值的中位数只有 79，可能是 ppb 而不是微克/立方米；读数保留，请查明单位"
        "（2024-05-01 01:00 至 2024-06-30 00:00 之间）"
    )
    assert "ozone-ppb" not in rules(load(ozone_year(tmp_path, top=80)))
    assert (
        "平均在 9 时最高，北京时间应在 13~20 时之间" in found(load(ozone_year(tmp_path, peak=9)), "time-zone").message
    )


def test_a_sunday_hour_missing_everywhere_looks_like_daylight_saving(tmp_path):
    rows = [f"2024-03-31 0{h}:00,{s},30" for h in (1, 2, 4, 5) for s in "AB"]
    assert (
        "2024-03-31 03:00"
        in found(load(write(tmp_path / "a.csv", *rows, head="time,station,pm10")), "daylight-saving").message
    )
    rows = [f"2024-03-30 0{h}:00,{s},30" for h in (1, 2, 4, 5) for s in "AB"]
    assert "daylight-saving" not in rules(load(write(tmp_path / "b.csv", *rows, head="time,station,pm10")))


def test_a_register_must_have_its_columns_and_each_code_once():
    with pytest.raises(InputError, match="站点表缺少列：county"):
        load_hours("x", register=REGISTER.drop(columns="county"))
    with pytest.raises(InputError, match="站点表里编码重复：A"):
        load_hours("x", register=register("A", "A"))


def test_the_findings_become_a_table_with_the_gravest_first(tmp_path):
    data = load(write(tmp_path / "a.csv", row(so2="-1"), row(code="X")))
    table = findings_frame(table_findings(data.findings))
    assert table.columns.tolist() == ["level", "code", "message", "count", "item", "file", "rows"]
    assert table["level"].tolist() == sorted(table["level"], key=["错误", "警告", "修复", "提示"].index)
