"""Every kind of bad hourly input, through the command line: a line of findings with count, file and rows; nothing invented."""

import openpyxl
import pandas as pd
import pytest

from tests.air_hour_files import HEAD, hour_rows, write_hours

ROW = "2025-03-{day:02d} {hour:02d}:00,{code},10,20,40,{pm2_5},0.5,80"


def line(day=1, hour=1, code="2692A", pm2_5="20"):
    return ROW.format(day=day, hour=hour, code=code, pm2_5=pm2_5)


@pytest.fixture
def findings_of(run, tmp_path):
    """Import files; gives the findings by rule (and item), and the hours that were written."""

    def call(*files, words=()):
        code, _, err = run(
            "air", "import", *files, "--out", tmp_path / "h.parquet", "--findings", tmp_path / "f.xlsx", *words
        )
        assert code == 0, err
        head, *rows = openpyxl.load_workbook(tmp_path / "f.xlsx")["发现"].iter_rows(values_only=True)
        found = {}
        for row in rows:
            one = {k: "" if v is None else v for k, v in zip(head, row, strict=True)}
            found.setdefault(one["规则"], []).append(one)
        return found, pd.read_parquet(tmp_path / "h.parquet")

    return call


def only(found, rule):
    (one,) = found[rule]
    return one["程度"], one["数量"], one["文件"], one["行号"]


def test_gaps_are_listed_with_their_hours(findings_of, tmp_path):
    source = write_hours(tmp_path / "a.csv", [line(hour=h) for h in (1, 2, 5, 6)])
    found, hours = findings_of(source)
    assert only(found, "gap") == ("警告", 2, "a.csv", "3") and len(hours) == 4  # behind row 3
    gaps = list(openpyxl.load_workbook(tmp_path / "f.xlsx")["缺测时段"].iter_rows(values_only=True))
    assert [str(cell) for cell in gaps[1]] == [
        "2692A",
        "新区政务中心",
        "2025-03-01 03:00:00",
        "2025-03-01 04:00:00",
        "2",
    ]


def test_repeated_hours_are_one_and_conflicting_ones_none(findings_of, tmp_path):
    source = write_hours(tmp_path / "a.csv", [line(), line(), line(hour=2), line(hour=2, pm2_5="21")])
    found, hours = findings_of(source)
    assert only(found, "repeated-hour") == ("修复", 1, "a.csv", "2、3")
    assert only(found, "conflicting-hour") == ("错误", 1, "a.csv", "4、5")
    assert hours["pm2_5"].isna().tolist() == [False, True] and hours["pm10"].tolist() == [40, 40]


def test_rows_of_several_files_are_named_file_by_file(findings_of, tmp_path):
    first = write_hours(tmp_path / "2024" / "1.csv", [line(pm2_5="-3").replace("2025", "2024")])
    second = write_hours(tmp_path / "2025" / "1.csv", [line(), line(hour=2, pm2_5="-3"), line(hour=3, pm2_5="-5")])
    found, _ = findings_of(first, second)
    assert [(f["文件"], f["数量"], f["行号"], f["项目"]) for f in found["value-negative"]] == [
        ("2024/1.csv", 1, "2", "PM2.5"), ("2025/1.csv", 2, "3、4", "PM2.5"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "rule", "level"),
    [
        ("-3", "value-negative", "错误"),
        ("9999", "value-sentinel", "错误"),
        ("-999", "value-sentinel", "错误"),
        ("—", "value-mark", "提示"),
        ("NA", "value-mark", "提示"),
        ("20 ppb", "value-foreign-unit", "错误"),
        ("20000", "value-absurd", "错误"),
        ("二十", "value-unreadable", "错误"),
        ("<0.01", "value-not-detected", "错误"),
    ],
)
def test_a_value_without_use_is_told_with_its_row_and_left_empty(findings_of, tmp_path, cell, rule, level):
    source = write_hours(tmp_path / "a.csv", [line(), line(hour=2, pm2_5=cell)])
    found, hours = findings_of(source)
    assert only(found, rule) == (level, 1, "a.csv", "3")
    assert cell in found[rule][0]["说明"]
    assert hours["pm2_5"].isna().tolist() == [False, True]


def test_another_zone_is_converted_and_daylight_saving_suspected(findings_of, tmp_path):
    utc = write_hours(tmp_path / "utc.csv", ["2025-03-01T00:00:00Z,2692A,10,20,40,20,0.5,80"])
    found, hours = findings_of(utc)
    assert only(found, "other-offset") == ("修复", 1, "utc.csv", "2")
    assert hours["timepoint"].astype(str).tolist() == ["2025-03-01 08:00:00"]
    for head, zone in (("时间（UTC）", ""), ("time_utc", ""), ("timepoint", "UTC"), ("timepoint", "+00:00")):
        names, row = f"{head},stationcode,pm10", "2025-03-01 00:00,2692A,40"
        if zone:
            names, row = f"{names},时区", f"{row},{zone}"
        found, hours = findings_of(write_hours(tmp_path / "z.csv", [row], head=names))
        assert only(found, "other-offset") == ("修复", 1, "z.csv", "2"), head
        assert hours["timepoint"].astype(str).tolist() == ["2025-03-01 08:00:00"]
    beijing = ["2025-03-01 01:00,2692A,40,北京时间", "2025-03-01 02:00,2692A,40,", "2025-03-01 03:00,2692A,40,CST"]
    found, hours = findings_of(write_hours(tmp_path / "b.csv", beijing, head="时间,stationcode,pm10,timezone"))
    assert only(found, "bad-time") == ("错误", 1, "b.csv", "4") and "03:00 CST" in found["bad-time"][0]["说明"]
    assert "other-offset" not in found and hours["timepoint"].dt.hour.tolist() == [1, 2]
    spring = write_hours(tmp_path / "s.csv", [line(day=30, hour=h) for h in (1, 3, 4)])
    assert only(findings_of(spring)[0], "daylight-saving") == ("警告", 1, "s.csv", "2")


def test_an_ozone_peak_at_night_points_to_another_time_zone(findings_of, tmp_path):
    rows = [
        f"2025-06-{day:02d} {hour:02d}:00,2692A,10,20,40,20,0.5,{150 if 3 <= hour <= 8 else 60}"
        for day in range(1, 31)
        for hour in range(24)
    ]
    rows += [
        f"2025-07-{day:02d} {hour:02d}:00,2692A,10,20,40,20,0.5,{150 if 3 <= hour <= 8 else 60}"
        for day in range(1, 6)
        for hour in range(24)
    ]
    found, _ = findings_of(write_hours(tmp_path / "a.csv", rows))
    level, count, file, rows = only(found, "time-zone")
    assert (level, count, file, rows[:5]) == ("警告", 35 * 24, "a.csv", "2、3、4")
    assert "可能不是北京时间" in found["time-zone"][0]["说明"]
    assert found["time-zone"][0]["说明"].endswith("（2025-06-01 00:00 至 2025-07-05 23:00 之间）")


def test_ozone_in_ppb_is_suspected_by_its_summer_maxima(findings_of, tmp_path):
    rows = hour_rows("2692A", "2025-06-01", 40, o3=50)
    found, hours = findings_of(write_hours(tmp_path / "a.csv", rows))
    assert "可能是 ppb" in found["ozone-ppb"][0]["说明"] and set(hours["o3"]) == {50}
    assert only(found, "ozone-ppb")[1:3] == (40 * 24, "a.csv")


def test_gaps_and_suspicions_are_told_file_by_file(findings_of, tmp_path):
    first = write_hours(tmp_path / "1.csv", [line(hour=h) for h in (1, 2, 5)])
    second = write_hours(tmp_path / "2.csv", [line(hour=8, pm2_5="50"), line(hour=9), line(hour=12, pm2_5="0")])
    found, _ = findings_of(first, second)
    gaps = [(f["数量"], f["文件"], f["行号"]) for f in found["gap"]]
    assert gaps == [(4, "1.csv", "3、4"), (2, "2.csv", "3")]  # 03-04 and 06-07 behind the first file's rows
    assert all(f["说明"].startswith("缺 6 个站时，分 3 段、1 个站点") for f in found["gap"])
    assert only(found, "pm-inverted") == ("提示", 1, "2.csv", "2")
    assert only(found, "zero") == ("提示", 1, "2.csv", "4")


def test_a_station_of_part_of_the_time_is_told_with_its_time(findings_of, tmp_path):
    found, _ = findings_of(
        write_hours(tmp_path / "a.csv", [line(hour=h) for h in (1, 2, 3)], [line(hour=2, code="3613A")])
    )
    assert found["part-of-period"][0]["说明"].endswith("：3613A（2025-03-01 02:00 至 2025-03-01 02:00）")


def test_text_that_only_begins_as_utf_16_is_refused(run, tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe" + "时间".encode("utf-16-le") + b"\x00")
    code, _, err = run("air", "import", tmp_path / "a.csv", "--out", tmp_path / "h.parquet")
    assert code == 2 and "文件开头说是 UTF-16，内容却不是" in err and "a.csv" in err


def test_a_column_in_ppb_gives_no_values_and_one_in_milligrams_is_converted(findings_of, tmp_path):
    head = HEAD.replace("pm10", "pm10(mg/m3)").replace("o3", "o3(ppb)")
    source = write_hours(tmp_path / "a.csv", ["2025-03-01 01:00,2692A,10,20,0.04,20,0.5,80"], head=head)
    found, hours = findings_of(source)
    assert only(found, "value-foreign-unit") == ("错误", 1, "a.csv", "2")
    assert found["unit-converted"][0]["程度"] == "修复"
    assert hours["o3"].isna().all() and hours["pm10"].tolist() == [40]


def test_mixed_units_of_a_long_table_are_told(findings_of, tmp_path):
    source = write_hours(
        tmp_path / "a.csv",
        ["2025-03-01 01:00,2692A,PM10,40,μg/m3", "2025-03-01 02:00,2692A,PM10,0.04,mg/m3"],
        head="时间,站点编码,污染物,浓度,单位",
        encoding="gb18030",
    )
    found, hours = findings_of(source)
    assert only(found, "mixed-units") == ("警告", 2, "a.csv", "3") and "μg/m3、mg/m3" in found["mixed-units"][0]["说明"]
    assert hours["pm10"].tolist() == [40, 40] and "encoding" in found


def test_a_unit_within_a_cell_is_converted_and_told_with_its_row(findings_of, tmp_path):
    found, hours = findings_of(write_hours(tmp_path / "a.csv", [line(), line(hour=2, pm2_5="0.03mg/m3")]))
    assert only(found, "mixed-units") == ("修复", 1, "a.csv", "3") and hours["pm2_5"].tolist() == [20, 30]


def test_lines_may_end_as_old_macintoshes_end_them(findings_of, tmp_path):
    (tmp_path / "a.csv").write_bytes("\r".join([HEAD, line(), line(hour=2), ""]).encode())
    assert len(findings_of(tmp_path / "a.csv")[1]) == 2


def test_a_header_that_is_no_header_is_refused(run, tmp_path):
    (tmp_path / "a.csv").write_bytes(b"x" * 200_000)
    code, _, err = run("air", "import", tmp_path / "a.csv", "--out", tmp_path / "h.parquet")
    assert code == 2 and "表头不是一行列名" in err


def test_an_unknown_a_renamed_and_a_moved_station_are_told_with_the_row(findings_of, tmp_path):
    head = "timepoint,stationcode,positionname,longitude,latitude,pm10"
    rows = ["2025-03-01 01:00,X9,旧站,87.3,44.0,40", "2025-03-01 02:00,X9,新站,87.4,44.0,40"]
    found, hours = findings_of(write_hours(tmp_path / "a.csv", rows, head=head))
    assert only(found, "unknown-station") == ("警告", 1, "a.csv", "2")
    assert (
        only(found, "renamed-station") == ("警告", 1, "a.csv", "3")
        and "旧站→新站" in found["renamed-station"][0]["说明"]
    )
    assert only(found, "moved-station") == ("警告", 1, "a.csv", "3")
    assert hours["stationcode"].tolist() == ["X9", "X9"]
    code_only = findings_of(
        write_hours(tmp_path / "b.csv", [line(), line(code="X9")]), words=["--unknown", "leave_out"]
    )
    assert only(code_only[0], "other-stations") == ("提示", 1, "b.csv", "3") and len(code_only[1]) == 1


def test_rows_of_another_year_than_the_file_says_are_told(findings_of, tmp_path):
    source = write_hours(tmp_path / "2024年3月.csv", [line(), line(hour=2)])
    found, hours = findings_of(source)
    assert only(found, "other-year") == ("警告", 2, "2024年3月.csv", "2、3") and len(hours) == 2


def test_times_stations_and_rows_that_cannot_be_read_are_told(findings_of, tmp_path):
    rows = [line(), "2025-03-01 01:30,2692A,1,1,1,1,1,1", line(code=""), "2025-03-01 02:00,2692A,1"]
    found, hours = findings_of(write_hours(tmp_path / "a.csv", rows))
    assert only(found, "bad-time") == ("错误", 1, "a.csv", "3")
    assert only(found, "no-station") == ("错误", 1, "a.csv", "4")
    assert only(found, "ragged") == ("错误", 1, "a.csv", "5")
    assert len(hours) == 1


def test_midnights_of_a_workbook_are_hours_like_the_others(findings_of, tmp_path):
    """A spreadsheet's moment at midnight is read as a day without a clock."""
    book = openpyxl.Workbook()
    book.active.append(["timepoint", "stationcode", "pm10"])
    for hour in (23, 24, 25):
        book.active.append([pd.Timestamp("2025-03-01").to_pydatetime() + pd.Timedelta(hours=hour), "2692A", 40])
    book.save(tmp_path / "a.xlsx")
    found, hours = findings_of(tmp_path / "a.xlsx")
    assert "bad-time" not in found
    assert hours["timepoint"].astype(str).tolist() == [
        "2025-03-01 23:00:00", "2025-03-02 00:00:00", "2025-03-02 01:00:00",
    ]  # fmt: skip


def test_a_file_of_midnights_only_is_written_so_that_it_is_read_back(run, tmp_path):
    source = write_hours(tmp_path / "a.csv", [line(day=1, hour=0), line(day=2, hour=0)])
    assert run("air", "import", source, "--out", tmp_path / "h.csv")[0] == 0
    assert run("air", "import", tmp_path / "h.csv", "--out", tmp_path / "h.parquet")[0] == 0
    assert pd.read_parquet(tmp_path / "h.parquet")["timepoint"].dt.day.tolist() == [1, 2]


def test_one_file_under_two_paths_is_read_once(findings_of, tmp_path):
    source = write_hours(tmp_path / "in" / "a.csv", [line()])
    found, _ = findings_of(source, tmp_path / "in" / ".." / "in" / "a.csv", source.parent)
    assert "repeated-hour" not in found


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["daily", "--out", "in/a.csv"], "in/a.csv：--out 会覆盖要读的文件"),
        (["daily", "--out", "b.csv", "--findings", "in/a.csv"], "in/a.csv：--findings 会覆盖要读的文件"),
        (["stats", "--period", "month", "--out", "in/a.csv"], "in/a.csv：--out 会覆盖要读的文件"),
        (
            ["stats", "--period", "month", "--out", "q.csv", "--findings", "q_分项.csv"],
            "--findings 和 --out 是同一个文件",
        ),
        (["rank", "--period", "2025-03", "--out", "in/a.csv"], "in/a.csv：--out 会覆盖要读的文件"),
        (["calendar", "--out", "c.svg", "--findings", "in/a.csv"], "in/a.csv：--findings 会覆盖要读的文件"),
    ],
)
def test_nothing_is_written_over_what_is_read(run, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    source = write_hours(tmp_path / "in" / "a.csv", hour_rows("2692A", "2025-03-01", 31))
    before = source.read_bytes()
    code, _, err = run("air", words[0], "in/a.csv", *words[1:])
    assert code == 2 and message in err
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["a.csv"] and source.read_bytes() == before


def test_a_result_does_not_go_where_it_would_be_read_as_hours(run, tmp_path):
    write_hours(tmp_path / "in" / "a.csv", [line()])
    code, _, err = run("air", "daily", tmp_path / "in", "--out", tmp_path / "in" / "日报.xlsx")
    assert code == 2 and "--out 在要读的文件夹里，下次会被当作小时数据读进来" in err
    assert [p.name for p in (tmp_path / "in").iterdir()] == ["a.csv"]


def test_texts_of_a_file_are_no_formulas_in_the_findings(findings_of, tmp_path):
    source = write_hours(tmp_path / "a.csv", [line(), line(hour=2, pm2_5='"=HYPERLINK(""http://x"")"')])
    findings_of(source)
    page = openpyxl.load_workbook(tmp_path / "f.xlsx")["发现"]
    assert "f" not in {cell.data_type for row in page.iter_rows() for cell in row}
    assert any("=HYPERLINK" in str(cell.value) for row in page.iter_rows() for cell in row)


def test_what_is_no_hourly_table_is_refused_with_what_was_found_and_expected(run, tmp_path):
    wrong = write_hours(tmp_path / "a.csv", ["1,2"], head="甲,乙")
    empty = tmp_path / "b.csv"
    empty.write_bytes(b"")
    unusable = write_hours(tmp_path / "c.csv", ["昨天,2692A,1,1,1,1,1,1"])
    for source, message in (
        (wrong, "看不出是逐小时空气数据；表头是：甲、乙"), (empty, "文件是空的"), (unusable, "没有一行能用的小时数据：1 行的时间不是整点时刻，没有采用：“昨天”"),
    ):  # fmt: skip
        code, _, err = run("air", "import", source, "--out", tmp_path / "h.parquet")
        assert code == 2 and message in err and str(source.name) in err
        assert not (tmp_path / "h.parquet").exists()


@pytest.mark.parametrize("encoding", ["utf-32", "utf-16-be"])
def test_text_in_an_unknown_encoding_is_refused_as_that(run, tmp_path, encoding):
    source = write_hours(tmp_path / "a.csv", [line()], encoding=encoding)
    code, _, err = run("air", "import", source, "--out", tmp_path / "h.parquet")
    assert code == 2 and "文字编码无法识别。应为：UTF-8、UTF-16 或 GBK" in err and "\0" not in err
