"""FIRMS files: layouts, times, confidence in its own scale, repetitions, bad rows; no row is lost without a word."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changji_geo.errors import InputError
from changji_geo.monitoring.fires import sensors
from changji_geo.monitoring.fires.cells import CellFault, parse_degrees, parse_moment, parse_positive, parse_type
from changji_geo.monitoring.fires.reading import COLUMNS, read_fires

MODIS = "latitude,longitude,brightness,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_t31,frp,daynight"
VIIRS = "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_ti5,frp,daynight"
ROLLING = VIIRS.replace("instrument,", "")
TERRA = "44.1,87.2,310.5,1.2,1.1,2026-03-12,0512,Terra,MODIS,85,6.1NRT,295.1,12.5,D"
NPP = "44.1,87.2,330.1,0.4,0.39,2026-03-12,0634,N,VIIRS,n,2.0NRT,290.2,5.1,D"


def write(folder, text, name="a.csv", encoding="utf-8"):
    path = folder / name
    path.write_text(text + "\n", encoding=encoding)
    return path


def read(folder, *lines):
    return read_fires(write(folder, "\n".join(lines)))


def one(folder, header, row):
    table = read(folder, header, row)
    assert len(table.frame) == 1, table.findings
    return table.frame.iloc[0]


@pytest.mark.parametrize(
    ("header", "row", "sensor", "satellite", "product", "pixel"),
    [
        (MODIS, TERRA, "MODIS", "Terra", "NRT", 1000),
        (MODIS, TERRA.replace("Terra", "A"), "MODIS", "Aqua", "NRT", 1000),
        (MODIS + ",type", TERRA.replace("6.1NRT", "6.1") + ",0", "MODIS", "Terra", "standard", 1000),
        (VIIRS, NPP, "VIIRS", "S-NPP", "NRT", 375),
        (VIIRS, NPP.replace(",N,", ",N20,"), "VIIRS", "NOAA-20", "NRT", 375),
        (VIIRS, NPP.replace(",N,", ",N21,"), "VIIRS", "NOAA-21", "NRT", 375),
        (VIIRS + ",type", NPP.replace("2.0NRT", "2") + ",2", "VIIRS", "S-NPP", "standard", 375),
        (ROLLING, NPP.replace("VIIRS,n", "nominal"), "VIIRS", "S-NPP", "NRT", 375),
        (ROLLING.upper(), NPP.replace("VIIRS,n", "nominal"), "VIIRS", "S-NPP", "NRT", 375),
        (VIIRS, NPP.replace("2.0NRT", "2.0URT"), "VIIRS", "S-NPP", "URT", 375),
        ("country_id," + VIIRS, "CHN," + NPP, "VIIRS", "S-NPP", "NRT", 375),
    ],
)
def test_every_layout_is_understood(tmp_path, header, row, sensor, satellite, product, pixel):
    found = one(tmp_path, header, row)
    assert (found["sensor"], found["satellite"], found["product"], found["pixel_m"]) == (
        sensor,
        satellite,
        product,
        pixel,
    )


def test_a_row_gives_every_value_of_the_file(tmp_path):
    found = one(tmp_path, MODIS, TERRA)
    assert found[["lon", "lat", "scan_km", "track_km", "brightness_k", "brightness2_k", "frp_mw"]].tolist() == [
        87.2, 44.1, 1.2, 1.1, 310.5, 295.1, 12.5,
    ]  # fmt: skip
    assert (found["daynight"], found["file"], found["row"]) == ("D", "a.csv", 2)
    assert (found.geometry.x, found.geometry.y) == (87.2, 44.1)


def test_viirs_rows_under_the_brightness_names_of_modis_are_viirs(tmp_path):
    table = read(tmp_path, MODIS, NPP.replace(",N,", ",1,"))
    assert table.frame.loc[0, ["satellite", "brightness_k", "brightness2_k"]].tolist() == ["NOAA-20", 330.1, 290.2]
    assert [f.rule for f in table.findings] == ["brightness_names"]


def test_a_code_known_from_memory_is_read_and_says_so_in_the_row_and_for_the_file(tmp_path):
    table = read(tmp_path, VIIRS, NPP.replace(",N,", ",2,"))
    assert table.frame["satellite"][0] == "NOAA-21"
    assert table.frame["satellite_note"][0] == "代码“2”按 NOAA-21 读（未核实）"
    assert [(f.level, f.message) for f in table.findings] == [
        ("warning", "卫星代码“2”按 NOAA-21 读（未核实），共 1 行")
    ]
    assert one(tmp_path, VIIRS, NPP)["satellite_note"] == ""


@pytest.mark.parametrize(
    ("clock", "hour", "minute"),
    [
        ("234", 2, 34), ("0234", 2, 34), ("5", 0, 5), ("0", 0, 0), ("59", 0, 59), ("100", 1, 0), ("2359", 23, 59),
        ("02:34", 2, 34), ("2:34", 2, 34), ("02:34:00", 2, 34), ("234.0", 2, 34),
    ],
)  # fmt: skip
def test_lost_zeros_of_a_time_are_put_back(clock, hour, minute):
    assert parse_moment("2026-03-12", clock) == datetime.datetime(2026, 3, 12, hour, minute, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("day", "clock", "reason"),
    [
        ("2026-03-12", "60", "没有这一刻"),
        ("2026-03-12", "2400", "没有这一刻"),
        ("2026-03-12", "1260", "没有这一刻"),
        ("2026-03-12", "12345", "读不出来"),
        ("2026-03-12", "-5", "读不出来"),
        ("2026-03-12", "12.5", "读不出来"),
        ("2026-02-29", "0512", "没有这一天"),
        ("2026/3-12", "0512", "读不出来"),
        ("12/3/2026", "0512", "读不出来"),
        ("2026-03", "0512", "读不出来"),
    ],
)
def test_a_moment_that_does_not_exist_is_refused(day, clock, reason):
    with pytest.raises(CellFault, match=reason):
        parse_moment(day, clock)


def test_dates_as_excel_saves_them_are_read():
    assert parse_moment("2026/3/12", "512") == parse_moment("2026-03-12", "0512")


@given(st.integers(0, 23), st.integers(0, 59))
def test_beijing_is_eight_hours_ahead_at_every_minute(hour, minute):
    moment = parse_moment("2026-03-12", str(hour * 100 + minute))
    assert (moment.hour, moment.minute) == (hour, minute)


@pytest.mark.parametrize(
    ("clock", "beijing", "day"),
    [
        ("1559", "2026-03-14T23:59:00+08:00", datetime.date(2026, 3, 14)),
        ("1600", "2026-03-15T00:00:00+08:00", datetime.date(2026, 3, 15)),
        ("1601", "2026-03-15T00:01:00+08:00", datetime.date(2026, 3, 15)),
    ],
)
def test_the_day_is_that_of_beijing(tmp_path, clock, beijing, day):
    found = one(tmp_path, VIIRS, NPP.replace("2026-03-12,0634", f"2026-03-14,{clock}"))
    assert (found["beijing"].isoformat(), found["date"]) == (beijing, day)
    assert found["utc"] == found["beijing"]


def test_confidence_stays_in_its_own_scale(tmp_path):
    table = read(tmp_path, MODIS, TERRA, VIIRS, NPP, NPP.replace(",n,", ",low,").replace("44.1", "44.2"))
    frame = table.frame.sort_values("row")
    assert frame["confidence"].tolist() == ["85%", "n（一般）", "l（低）"]
    assert frame["confidence_scale"].tolist() == ["percent", "letter", "letter"]
    assert frame["confidence_percent"].isna().tolist() == [False, True, True]
    assert frame["confidence_letter"].tolist() == ["", "n", "l"]


@pytest.mark.parametrize(
    ("sensor", "text", "expected"),
    [
        ("MODIS", "0", 0), ("MODIS", "100", 100), ("MODIS", "29", 29), ("MODIS", "85.0", 85),
        ("MODIS", "101", None), ("MODIS", "-1", None), ("MODIS", "85.5", None), ("MODIS", "n", None), ("MODIS", "high", None),
        ("VIIRS", "l", "l"), ("VIIRS", "N", "n"), ("VIIRS", "high", "h"), ("VIIRS", "Low", "l"), ("VIIRS", "nominal", "n"),
        ("VIIRS", "85", None), ("VIIRS", "m", None), ("VIIRS", "0", None),
    ],
)  # fmt: skip
def test_a_confidence_of_the_other_scale_is_none(sensor, text, expected):
    found = sensors.parse_confidence(text, sensors.SENSORS[sensor])
    assert (found and (found.percent if sensor == "MODIS" else found.letter)) == expected
    assert found is None or found.scale == sensors.SENSORS[sensor].scale


def test_a_confidence_that_is_missing_or_of_the_other_scale_keeps_the_row_and_is_told(tmp_path):
    table = read(tmp_path, VIIRS, NPP.replace(",n,", ",85,"), NPP.replace(",n,", ",,").replace("44.1", "44.2"))
    assert table.frame["confidence"].tolist() == ["", ""]
    assert [f.message for f in table.findings] == [
        "置信度“85”不是 VIIRS 的标度（l、n、h），不换算，留空", "置信度是空的",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "name", "fire"),
    [(0, "推定植被火", True), (1, "活火山", False), (2, "其他陆地固定热源", False), (3, "海上热源", False)],
)
def test_types_are_named_and_only_the_first_is_a_fire(tmp_path, code, name, fire):
    found = one(tmp_path, VIIRS + ",type", f"{NPP},{code}")
    assert (found["type"], found["type_name"]) == (code, name)
    assert sensors.FIRE_TYPES[code].fire is fire


@pytest.mark.parametrize("text", ["4", "-1", "1.5", "x"])
def test_another_type_is_no_type(text):
    with pytest.raises(CellFault, match="不认识，应为 0 推定植被火"):
        parse_type(text)


def test_the_near_real_time_product_has_no_type(tmp_path):
    assert one(tmp_path, VIIRS, NPP)[["type", "type_name"]].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("old", "new", "column", "reason"),
    [
        ("44.1,", "", "", "有 13 格，表头有 14 列"),
        ("44.1", "", "latitude", "是空的"),
        ("44.1", "90.0001", "latitude", "超出 -90 到 90 度，经度和纬度可能写反了"),
        ("44.1", "181", "latitude", "超出 -90 到 90 度$"),
        ("87.2", "180.0001", "longitude", "超出 -180 到 180 度"),
        ("87.2", "#N/A", "longitude", "经度“#N/A”不是数字"),
        ("87.2", "87°12′", "longitude", "不是数字"),
        ("87.2", "nan", "longitude", "不是数字"),
        ("2026-03-12", "", "acq_date", "是空的"),
        ("2026-03-12", "12/03/26", "acq_date", "读不出来"),
        ("0634", "2460", "acq_time", "没有这一刻"),
        (",N,", ",X9,", "satellite", "“X9”不认识，应为 T、Terra、A"),
        (",N,", ",,", "satellite", "不知道是哪颗卫星"),
        ("VIIRS", "MODIS", "instrument", "写的是 MODIS，卫星“N”（S-NPP）上的是 VIIRS"),
        ("VIIRS", "ASTER", "instrument", "“ASTER”不认识"),
    ],
)
def test_a_row_without_place_moment_or_satellite_is_left_out_and_told(tmp_path, old, new, column, reason):
    table = read(tmp_path, VIIRS, NPP.replace(old, new, 1), NPP)
    (finding,) = table.findings
    assert (finding.level, finding.row, finding.column, finding.file) == ("error", 2, column, "a.csv")
    assert finding.message.startswith("没有计入：")
    assert re.search(reason, finding.message)
    assert len(table.frame) == 1
    assert (table.files[0].rows, table.files[0].kept, table.files[0].refused) == (2, 1, 1)


@pytest.mark.parametrize(
    ("old", "new", "name", "column", "message"),
    [
        ("5.1", "-0.1", "frp_mw", "frp", "辐射功率 -0.1 不可能，应为不小于 0 的数，留空"),
        ("5.1", "9e999", "frp_mw", "frp", "辐射功率“9e999”不是数字，留空"),
        ("330.1", "0", "brightness_k", "bright_ti4", "亮温 0 不可能，应为大于 0 的数，留空"),
        ("0.39", "—", "track_km", "track", "像元高“—”不是数字，留空"),
        (",D", ",X", "daynight", "daynight", "昼夜“X”不认识，应为 D 或 N，留空"),
    ],
)
def test_another_value_that_cannot_be_read_is_left_empty_and_told(tmp_path, old, new, name, column, message):
    table = read(tmp_path, VIIRS, NPP.replace(old, new))
    value = table.frame[name][0]
    assert value == "" or value != value
    assert [(f.level, f.row, f.column, f.message) for f in table.findings] == [("warning", 2, column, message)]


def test_borders_of_numbers():
    assert parse_positive("0", what="x", zero=True) == 0
    assert parse_degrees("-180", limit=180, what="x") == -180
    assert parse_degrees("90", limit=90, what="x") == 90
    with pytest.raises(CellFault):
        parse_positive("0", what="x")


def test_the_same_row_twice_counts_once_and_is_told(tmp_path):
    table = read(tmp_path, VIIRS, NPP, NPP.replace("0634", "634").replace(",n,", ",nominal,"))
    assert len(table.frame) == 1
    assert [(f.level, f.rule, f.row, f.message) for f in table.findings] == [
        ("info", "duplicate", 3, "与a.csv 第 2 行是同一探测点，没有重复计入")
    ]
    assert (table.files[0].kept, table.files[0].repeated) == (1, 1)


@pytest.mark.parametrize("turned", [False, True])
def test_the_standard_product_replaces_the_near_real_time_one_whatever_the_order(tmp_path, turned):
    nrt = write(tmp_path, f"{VIIRS}\n{NPP}", "nrt.csv")
    standard = write(tmp_path, f"{VIIRS},type\n{NPP.replace('2.0NRT', '2').replace('5.1', '5.3')},2", "sp.csv")
    table = read_fires([standard, nrt] if turned else [nrt, standard])
    assert table.frame[["product", "frp_mw", "type"]].values.tolist() == [["standard", 5.3, 2]]
    assert [(f.rule, f.file) for f in table.findings] == [("superseded", "nrt.csv")]


def test_two_rows_of_one_product_that_contradict_each_other_are_a_warning(tmp_path):
    table = read(tmp_path, VIIRS, NPP, NPP.replace("5.1", "6.1"))
    assert table.frame["frp_mw"].tolist() == [5.1]
    assert [(f.level, f.message) for f in table.findings] == [
        ("warning", "与a.csv 第 2 行是同一探测点，但辐射功率不同，采用后者，请核对")
    ]


def test_another_minute_satellite_or_place_is_another_detection(tmp_path):
    rows = [NPP, NPP.replace("0634", "0635"), NPP.replace(",N,", ",N20,"), NPP.replace("87.2", "87.20001")]
    assert len(read(tmp_path, VIIRS, *rows).frame) == 4


def test_files_of_both_layouts_are_one_table_in_the_order_of_time(tmp_path):
    write(tmp_path, f"{VIIRS}\n{NPP}", "b.csv")
    write(tmp_path, f"{MODIS}\n{TERRA}", "a.TXT")
    table = read_fires(tmp_path)
    assert table.frame["satellite"].tolist() == ["Terra", "S-NPP"]
    assert [f.name for f in table.files] == ["a.TXT", "b.csv"]
    assert list(table.frame.columns) == [*COLUMNS, "geometry"]


def test_a_header_alone_is_a_file_without_fires(tmp_path):
    table = read(tmp_path, MODIS)
    assert len(table.frame) == 0
    assert list(table.frame.columns) == [*COLUMNS, "geometry"]
    assert [f.rule for f in table.findings] == ["empty"]
    assert table.frame.crs.to_epsg() == 4490


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_encodings_and_separators_of_staff_do_not_matter(tmp_path, encoding):
    path = write(tmp_path, f"{VIIRS}\n{NPP}".replace(",", ";"), encoding=encoding)
    assert len(read_fires(path).frame) == 1


def test_a_file_that_is_no_table_of_fires_is_refused_with_its_first_line(tmp_path):
    with pytest.raises(InputError, match="不是 FIRMS 火点表：第一行是“Invalid MAP_KEY.”.*检查 MAP_KEY"):
        read(tmp_path, "Invalid MAP_KEY.")
    with pytest.raises(InputError, match="缺少列 confidence"):
        read(tmp_path, VIIRS.replace("confidence", "conf"), NPP)
    with pytest.raises(InputError, match="列 frp 出现了两次"):
        read(tmp_path, VIIRS + ",frp", NPP + ",1")
    with pytest.raises(InputError, match="无法读取（没有这个文件或文件夹）"):
        read_fires(tmp_path / "none.csv")
    with pytest.raises(InputError, match="没有给出文件"):
        read_fires([])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="文件夹里没有"):
        read_fires(tmp_path / "empty")
    (tmp_path / "z.csv").write_bytes(b"")
    with pytest.raises(InputError, match="文件是空的"):
        read_fires(tmp_path / "z.csv")


def test_the_same_file_given_twice_repeats_every_row(tmp_path):
    path = write(tmp_path, f"{VIIRS}\n{NPP}")
    table = read_fires([path, path])
    assert [(f.kept, f.repeated) for f in table.files] == [(1, 0), (0, 1)]
    assert len({f.name for f in table.files}) == 2


@given(
    st.lists(
        st.sampled_from(
            [NPP, TERRA, NPP.replace("5.1", "x"), NPP.replace("44.1", "444"), "1,2", NPP.replace("44.1", "44.2")]
        ),
        max_size=12,
    )
)
def test_every_row_of_a_file_is_kept_repeated_or_refused(tmp_path_factory, rows):
    table = read(tmp_path_factory.mktemp("f"), MODIS, *rows)
    (file,) = table.files
    assert file.rows == file.kept + file.repeated + file.refused == len(rows)
    assert len(table.frame) == file.kept
    told = Counter("refused" if f.level == "error" else f.rule for f in table.findings)
    assert told["refused"] == file.refused
    assert told["duplicate"] + told["superseded"] + told["conflict"] == file.repeated


def test_a_reading_is_the_same_whatever_the_order_of_the_files(tmp_path):
    a = write(tmp_path, f"{VIIRS}\n{NPP}\n{NPP.replace('44.1', '44.3')}", "a.csv")
    b = write(tmp_path, f"{MODIS}\n{TERRA}", "b.csv")
    one_way, other_way = read_fires([a, b]), read_fires([b, a])
    assert one_way.frame.equals(other_way.frame)


def test_the_tables_say_where_a_value_is_from_memory():
    assert sensors.MODIS_LOW_VERIFIED is False
    assert "凭记忆，未核对原文" in sensors.MODIS_LOW_SOURCE
    assert [code for code, s in sensors.SATELLITES.items() if not s.verified] == ["2"]


def facts():
    """Every number of the tables, asserted: the function that a changed number must make fail."""
    assert {s.id: s.pixel_m for s in sensors.SENSORS.values()} == {"MODIS": 1000, "VIIRS": 375}
    assert [sensors.is_low_percent(p, low_below=sensors.MODIS_LOW_BELOW) for p in (0, 29, 30, 31, 100)] == [
        True, True, False, False, False,
    ]  # fmt: skip
    for text, good in (("0", True), ("100", True), ("101", False)):
        assert (sensors.parse_confidence(text, sensors.SENSORS["MODIS"]) is not None) is good
    assert {t.code: t.fire for t in sensors.FIRE_TYPES.values()} == {0: True, 1: False, 2: False, 3: False}
    assert [sensors.is_low_letter(x) for x in "lnh"] == [True, False, False]


def test_one_step_in_any_number_of_the_tables_makes_a_test_fail(monkeypatch):
    facts()
    changes = []
    for step in (-1, 1):
        changes.append((sensors, "MODIS_LOW_BELOW", sensors.MODIS_LOW_BELOW + step))
        changes += [
            (sensors, "SENSORS", sensors.SENSORS | {i: dataclasses.replace(s, pixel_m=s.pixel_m + step)})
            for i, s in sensors.SENSORS.items()
        ]
        changes += [
            (sensors, "FIRE_TYPES", sensors.FIRE_TYPES | {c: dataclasses.replace(t, code=c + step)})
            for c, t in sensors.FIRE_TYPES.items()
        ]
        changes.append((sensors, "_PERCENT", sensors._PERCENT | {"most": 100 + step}))
    changes.append((sensors, "_PERCENT", sensors._PERCENT | {"least": 1}))
    changes += [
        (sensors, "FIRE_TYPES", sensors.FIRE_TYPES | {c: dataclasses.replace(t, fire=not t.fire)})
        for c, t in sensors.FIRE_TYPES.items()
    ]
    changes += [
        (sensors, "_LETTERS", sensors._LETTERS | {x: e | {"low": not e["low"]}}) for x, e in sensors._LETTERS.items()
    ]
    for module, name, value in changes:
        with monkeypatch.context() as patch:
            patch.setattr(module, name, value)
            with pytest.raises(AssertionError):
                facts()
    assert len(changes) == 24
