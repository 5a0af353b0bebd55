"""coordtext, plaintext, shapetext: one cell's text becomes an angle, metres, a pair or a shape, or a reason."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changji_geo.crs import format_dms, format_lat, format_lon
from changji_geo.errors import InputError
from changji_geo.intake.coordinates.coordtext import CoordinateTextError, Metres, parse_angle, parse_metres, parse_pair
from changji_geo.intake.coordinates.plaintext import is_blank, plain_text
from changji_geo.intake.coordinates.shapetext import parse_shape, parse_vertices

E = 87 + 18 / 60 + 30 / 3600
N = 44.01  # 44°00′36″


def reason(call, *args, **options):
    with pytest.raises(CoordinateTextError) as caught:
        call(*args, **options)
    return caught.value.problem


@pytest.mark.parametrize(
    "text",
    [
        "87°18′30″E", "87°18'30\"", "87º18'30''", "东经87度18分30秒", "E87°18′30″", "87 18 30", "87-18-30", "87:18:30",
        "871830", 871830, 871830.0, "871830.0", "87°18.5′", "87°18.5′E", "８７°１８′３０″Ｅ", "８７．３０８３３３３３３３３３３", "87°18′30″E。", "87°18’30”",
        "87°18`30``", "87\u00a018\u300030", "87\u200218\u200930", "87o18'30\"", "87 18 30 E", "e87 18 30", "87°18′30",
        "东经：87°18′30″", "87⁰18′30″", "87˚18′30″", "87∘18′30″", "87°18′29.9999999999″", "87 度 18 分 30 秒", "  87°18′30″E  ", "87° 18′ 30″ E",
        "87°18´30´´", "87°18‵30‶", "87−18−30", "87–18–30", "经度87°18′30″", "Lon: 87°18′30″", "87.308333333333", "87°18′30,0″", "87,308333333333",
        "87.308333333333°", "87.308333333333度", "+87.308333333333", "\ufeff87°18′30″", "87deg18min30sec", "87°18′30″东经",
    ],
)  # fmt: skip
def test_every_common_spelling_is_the_same_angle(text):
    assert parse_angle(text).degrees == pytest.approx(E, abs=1e-9)


@pytest.mark.parametrize(
    "text, degrees, axis",
    [
        ("87.3W", -87.3, "lon"), ("西经87度", -87.0, "lon"), ("南纬44.5度", -44.5, "lat"), ("S44°30′", -44.5, "lat"), ("-87.3", -87.3, None),
        ("−44°30′", -44.5, None), ("N 44°0′0.5″", 44 + 0.5 / 3600, "lat"), ("北纬44度", 44.0, "lat"), ("经度 -87.5", -87.5, "lon"),
        ("1003000", 100.5, None), (87, 87.0, None), (0.5, 0.5, None), ("00°30′00″", 0.5, None), ("180°00′00″E", 180.0, "lon"),
    ],
)  # fmt: skip
def test_signs_and_directions(text, degrees, axis):
    angle = parse_angle(text)
    assert (angle.degrees, angle.axis) == (pytest.approx(degrees, abs=1e-12), axis)


@pytest.mark.parametrize(
    "text, problem",
    [
        ("87°61′30″E", "“87°61′30″E”的分是 61，应小于 60"),
        ("87°60′00″", "“87°60′00″”的分是 60，应小于 60"),
        ("87°18′60″", "“87°18′60″”的秒是 60，应小于 60"),
        ("87°18′60.5″", "“87°18′60.5″”的秒是 60.5，应小于 60"),
        ("876130", "“876130”的分是 61，应小于 60"),
        ("87 18", "“87 18”是两个数，可能是度和分，也可能是一对坐标；写成 87°18.5′ 或分成两列"),
        ("87,308", "“87,308”里的逗号可能是小数点，也可能隔开两个数；小数点请用“.”"),
        ("87.5°18′", "“87.5°18′”的度是小数，后面不应再有分"),
        ("87°18.5′30″", "“87°18.5′30″”的分是小数，后面不应再有秒"),
        ("-87°W", "“-87°W”既有负号又有方向，无法判断东西（南北）"),
        ("190°", "“190°”是 190 度，角度应在 ±180 度以内"),
        ("95°N", "“95°N”是 95 度，纬度应在 ±90 度以内"),
        ("4876543.2145e0", None),
        ("2.95E+07", "“2.95E+07”是科学记数法，位数已丢失；在 Excel 或 WPS 中把该列设为数值格式后重新保存"),
        ("昌吉市", "“昌吉市”里没有数"),
        ("87°18′30″E44°00′36″N", None),
        ("87.3,44.0", None),
        ("1234567890", "“1234567890”超出 ±180 度，也不是度分秒连写（如 871830）"),
        ("18705", "“18705”超出 ±180 度，也不是度分秒连写（如 871830）"),
        (True, None),
    ],
)
def test_what_is_no_angle_or_two_is_refused_with_the_reason(text, problem):
    found = reason(parse_angle, text)
    assert found == problem if problem else found
    assert issubclass(CoordinateTextError, InputError)


def test_fifty_nine_point_nines_are_fine():
    assert parse_angle("87°59′59.9999999″").degrees == pytest.approx(88.0, abs=1e-10)


@pytest.mark.parametrize(
    "cell", ["", "  ", "/", "／", "—", "——", "-", "－", "无", "N/A", "null", "　", None, float("nan"), "#N/A"]
)
def test_blank_cells_are_said_to_be_blank(cell):
    assert is_blank(cell)
    for parse in (parse_angle, parse_metres, parse_pair, parse_vertices, parse_shape):
        assert reason(parse, cell) == "没有填写坐标"


def test_zero_is_a_number_not_a_blank():
    assert not is_blank(0)
    assert parse_angle(0).degrees == 0.0


def test_dd_mmss_is_read_only_when_asked_for():
    assert parse_angle("87.1830").degrees == 87.183
    assert parse_angle("87.1830", packed="dd.mmss").degrees == pytest.approx(E, abs=1e-12)
    assert parse_angle(87.183, packed="dd.mmss").degrees == pytest.approx(E, abs=1e-12)  # the cell lost its last 0
    assert parse_angle("87.18305", packed="dd.mmss").degrees == pytest.approx(E + 0.5 / 3600, abs=1e-12)
    assert parse_angle("87°18′30″", packed="dd.mmss").degrees == pytest.approx(
        E, abs=1e-12
    )  # marks speak for themselves
    assert reason(parse_angle, "87.6130", packed="dd.mmss") == "“87.6130”的分是 61，应小于 60"


@pytest.mark.parametrize(
    "text, resolution",
    [("87.3083", 1e-4), ("87", 1.0), ("87°18′", 1 / 60), ("87°18′30″", 1 / 3600), ("87°18′30.25″", 0.01 / 3600), ("87°18.5′", 0.1 / 60)],
)  # fmt: skip
def test_the_resolution_is_one_unit_of_the_last_digit(text, resolution):
    assert parse_angle(text).resolution == pytest.approx(resolution, rel=1e-9)


@given(st.floats(-180, 180), st.integers(0, 6))
@settings(max_examples=200, deadline=None)
def test_longitudes_written_by_format_lon_come_back(degrees, decimals):
    angle = parse_angle(format_lon(degrees, decimals=decimals))
    assert angle.axis == "lon"
    assert abs(angle.degrees - degrees) <= 0.5000001 * 10**-decimals / 3600 + 1e-12


@given(st.floats(-90, 90), st.integers(0, 6))
@settings(max_examples=100, deadline=None)
def test_latitudes_written_by_format_lat_come_back(degrees, decimals):
    angle = parse_angle(format_lat(degrees, decimals=decimals))
    assert angle.axis == "lat"
    assert abs(angle.degrees - degrees) <= 0.5000001 * 10**-decimals / 3600 + 1e-12


MARKS = [
    ("°", "′", "″"),
    ("度", "分", "秒"),
    (" ", " ", ""),
    ("-", "-", ""),
    (":", ":", ""),
    ("º", "'", "''"),
    ("°", "’", "”"),
]


@given(
    st.integers(73, 135),
    st.integers(0, 59),
    st.integers(0, 5999),
    st.sampled_from(MARKS),
    st.sampled_from(["", " ", "\u3000"]),
)
@settings(max_examples=200, deadline=None)
def test_degrees_minutes_seconds_are_exact_in_every_set_of_marks(d, m, hundredths, marks, space):
    seconds = f"{hundredths / 100:.2f}"
    text = f"{d}{marks[0]}{m:02d}{marks[1]}{seconds}{marks[2]}{space}"
    full_width = text.translate(str.maketrans("0123456789.", "０１２３４５６７８９．"))
    for spelling in (text, full_width):
        assert parse_angle(spelling).degrees == pytest.approx(d + m / 60 + hundredths / 360000, abs=1e-9)


@given(st.integers(73, 135), st.integers(0, 59), st.integers(0, 59))
@settings(max_examples=100, deadline=None)
def test_packed_digits_are_degrees_minutes_seconds(d, m, s):
    expected = pytest.approx(d + m / 60 + s / 3600, abs=1e-9)
    assert parse_angle(f"{d}{m:02d}{s:02d}").degrees == expected
    assert parse_angle(int(f"{d}{m:02d}{s:02d}")).degrees == expected
    assert parse_angle(f"{d}.{m:02d}{s:02d}", packed="dd.mmss").degrees == expected


@given(st.floats(-180, 180).map(lambda v: round(v, 9)))
@settings(max_examples=100, deadline=None)
def test_decimal_degrees_are_kept_as_number_and_as_text(degrees):
    assert parse_angle(degrees).degrees == pytest.approx(degrees, abs=1e-9)
    assert parse_angle(f"{degrees:.9f}").degrees == pytest.approx(degrees, abs=1e-9)


@given(st.text(max_size=20))
@settings(max_examples=300, deadline=None)
def test_any_text_is_an_angle_or_a_reason(text):
    try:
        angle = parse_angle(text)
    except CoordinateTextError as refused:
        assert refused.problem
    else:
        assert abs(angle.degrees) <= 180.0


@pytest.mark.parametrize(
    "cell, value, label",
    [
        ("29512345.67", 29512345.67, ""), ("4,876,543.21", 4876543.21, ""), ("29512345.67m", 29512345.67, ""), ("29512345.67 米", 29512345.67, ""),
        ("X=4876543.2", 4876543.2, "X"), ("y：29512345", 29512345.0, "Y"), ("Ｘ＝４，８７６，５４３．２", 4876543.2, "X"), (29512345.67, 29512345.67, ""), ("-1500.5", -1500.5, ""),
    ],
)  # fmt: skip
def test_metres_in_their_spellings(cell, value, label):
    assert parse_metres(cell) == Metres(value, label)


def test_what_is_no_metre_value_is_refused():
    assert reason(parse_metres, "12 345") == "“12 345”不是以米为单位的坐标"
    assert "科学记数法" in reason(parse_metres, "4.87E+06")


@pytest.mark.parametrize(
    "cell",
    [
        f"{E},{N}", f"{E} {N}", f"({E}, {N})", f"[{E},{N}]", f"POINT ({E} {N})", f"{E}、{N}", f"{E}；{N}", f"{E}/{N}", "E87°18′30″ N44°00′36″", "东经87°18′30″，北纬44°00′36″",
        "87°18′30″E44°00′36″N", "E87°18′30″N44°00′36″", "N44°00′36″ E87°18′30″", "87 18 30 44 00 36", "87 18.5 44 0.6", "871830,440036", "87-18-30,44-00-36", "87:18:30 44:00:36",
        "经度：87°18′30″ 纬度：44°00′36″", "纬度44.01，经度87°18′30″", "44.01N 87°18′30″E", "87°18′30″\n44°00′36″",
    ],
)  # fmt: skip
def test_pairs_in_their_spellings(cell):
    pair = parse_pair(cell)
    assert pair.unit == "degrees"
    assert (pair.x, pair.y) == (pytest.approx(E, abs=1e-9), pytest.approx(N, abs=1e-9))


@pytest.mark.parametrize("cell", ["44°00′36″, 87°18′30″", "44.01,87.30833333333"])
def test_unlabelled_pairs_keep_the_order_written(cell):
    pair = parse_pair(cell)
    assert (pair.x, pair.labelled) == (pytest.approx(N), False)


@pytest.mark.parametrize(
    "cell, x, y",
    [
        ("29512345.67,4876543.21", 29512345.67, 4876543.21), ("29512345.67 4876543.21", 29512345.67, 4876543.21), ("29,512,345.67; 4,876,543.21", 29512345.67, 4876543.21),
        ("X=4876543.2 Y=29512345.6", 4876543.2, 29512345.6), ("Y：29512345.6，X：4876543.2", 4876543.2, 29512345.6), ("452030,4876543", 452030.0, 4876543.0), ("512345.6m, 4876543.2m", 512345.6, 4876543.2),
    ],
)  # fmt: skip
def test_pairs_of_metres(cell, x, y):
    pair = parse_pair(cell)
    assert (pair.x, pair.y, pair.unit) == (x, y, "metres")


@pytest.mark.parametrize(
    "cell, part",
    [
        ("87.1", "不是一对坐标（读出 1 个数）"), ("87.1,44.0,5", "不是一对坐标（读出 3 个数）"), ("昌吉市北京南路", "不是一对坐标"), ("E87.1 E88.2", "的两个数都是经度"),
        ("2.95E+07,4.87E+06", "科学记数法"), ("87°61′,44°", "的分是 61"), ("海拔87.1米 44.0", "不是一对坐标"),
    ],
)  # fmt: skip
def test_what_is_no_pair_is_refused(cell, part):
    assert part in reason(parse_pair, cell)


@given(st.floats(73, 135), st.floats(4, 53), st.integers(0, 4))
@settings(max_examples=100, deadline=None)
def test_positions_written_by_format_dms_come_back(lon, lat, decimals):
    pair = parse_pair(format_dms(lon, lat, decimals=decimals))
    half = 0.5000001 * 10**-decimals / 3600 + 1e-12
    assert pair.labelled
    assert abs(pair.x - lon) <= half
    assert abs(pair.y - lat) <= half


TRIANGLE = [(87.1, 44.0), (87.2, 44.0), (87.2, 44.1)]


@pytest.mark.parametrize(
    "cell",
    [
        "87.1,44.0;87.2,44.0;87.2,44.1", "87.1,44.0；87.2,44.0；87.2，44.1；", "87.1,44.0\n87.2,44.0\r\n87.2,44.1", "87.1 44.0, 87.2 44.0, 87.2 44.1", "87.1,44.0 87.2,44.0 87.2,44.1",
        "87.1,44.0,0 87.2,44.0,0 87.2,44.1,0", "[[87.1,44.0],[87.2,44.0],[87.2,44.1]]", "[[[87.1,44.0],[87.2,44.0],[87.2,44.1]]]", "①87.1,44.0②87.2,44.0③87.2,44.1", "1、87.1,44.0;2、87.2,44.0;3、87.2,44.1",
        "J1,87.1,44.0;J2,87.2,44.0;J3,87.2,44.1", "P1:87.1,44.0；P2:87.2,44.0；P3:87.2,44.1", "(87.1,44.0),(87.2,44.0),(87.2,44.1)", "(1) 87.1,44.0 (2) 87.2,44.0 (3) 87.2,44.1", "87.1,44.0|87.2,44.0|87.2,44.1",
        "87.1,44.0,87.2,44.0,87.2,44.1", "87°06′,44°;87°12′,44°;87°12′,44°06′", "E87°06′ N44°00′, E87°12′ N44°00′, E87°12′ N44°06′", "拐点1：东经87°06′，北纬44°；拐点2：东经87°12′，北纬44°；拐点3：东经87°12′，北纬44°06′。",
    ],
)  # fmt: skip
def test_vertex_lists_in_their_spellings(cell):
    found = [value for p in parse_vertices(cell) for value in (p.x, p.y)]
    assert found == pytest.approx([value for p in TRIANGLE for value in p], abs=1e-9)


def test_numbered_survey_points_keep_their_metres():
    points = parse_vertices("J1,4876543.2,29512345.6;J2,4876643.2,29512345.6;J3,4876643.2,29512445.6")
    assert [(p.x, p.y, p.unit) for p in points][1] == (4876643.2, 29512345.6, "metres")


@pytest.mark.parametrize(
    "cell, part",
    [
        ("87.1,44.0;87.2;87.3,44.1", "第 2 个点：“87.2”不是一对坐标"), ("87.1,87.2,87.2,44.0,44.0,44.1", "分不清哪两个数是一对"), ("[[87.1],[2]]", "不是 [[x, y], …] 形式"), ("87.1,44.0;87°61′,44.0", "第 2 个点：“87°61',44.0”的分是 61"),
    ],
)  # fmt: skip
def test_a_bad_vertex_is_named_by_its_number(cell, part):
    assert part in reason(parse_vertices, cell)


def test_shapes_from_wkt_ewkt_and_geojson():
    ewkt = parse_shape("SRID=4490;POLYGON((87 44,87.1 44,87.1 44.1,87 44))")
    assert (ewkt.srid, ewkt.unit, ewkt.geometry.geom_type, ewkt.closed_here) == (4490, "degrees", "Polygon", False)
    metres = parse_shape("multipolygon (((29500000 4876543,29500100 4876543,29500100 4876600,29500000 4876543)))")
    assert (metres.unit, metres.geometry.area) == ("metres", 100 * 57 / 2)
    hole = parse_shape("POLYGON((0.5 1,9 1,9 9,0.5 1),(6 3,7 3,7 4,6 3))")
    assert len(hole.geometry.interiors) == 1
    assert parse_shape('{"type":"Point","coordinates":[87.3,44]}').geometry.x == 87.3


def test_open_rings_are_closed_and_said_so():
    assert parse_shape("POLYGON((87 44,87.1 44,87.1 44.1))").closed_here
    listed = parse_shape("87.1,44;87.2,44;87.2,44.1")
    assert (listed.closed_here, listed.geometry.exterior.is_closed) == (True, True)
    assert not parse_shape("87.1,44;87.2,44;87.2,44.1;87.1,44").closed_here


@pytest.mark.parametrize(
    "cell, part",
    [
        ("MULTIPOLYGON(((87 44", "不完整或写错的 WKT"), ("POINT EMPTY", "空的几何"), ("{bad", "不完整或写错的 GeoJSON"), ("87.1,44;87.2,44", "只有 2 个不同的点，围不成面"),
        ("87.1,44;87.1,44;87.2,44;87.1,44", "只有 2 个不同的点"), ("87.1,44;29512345,4876543;87.3,44", "有的点是度，有的是米"),
    ],
)  # fmt: skip
def test_broken_shapes_are_refused(cell, part):
    assert part in reason(parse_shape, cell)


def test_one_spelling_for_all():
    assert plain_text("东经８７度１８分３０秒。") == "E87°18'30\";"
    assert plain_text(29512345.67) == "29512345.67"
    assert plain_text(None) == plain_text(float("nan")) == ""


ALPHABET = "0123456789.,;:°′″'\" -()[]{}EWNSXYJ=+/m|\n东经北纬度分秒米POINTLYGN①８。，"


@given(st.text(ALPHABET, max_size=30))
@settings(max_examples=500, deadline=None)
def test_any_cell_is_read_or_refused_with_a_reason(text):
    for parse in (parse_angle, parse_metres, parse_pair, parse_vertices, parse_shape):
        try:
            parse(text)
        except CoordinateTextError as refused:
            assert refused.problem


@pytest.mark.parametrize(
    ("text", "lon", "lat"),
    [
        ("87.3084；44.0113", 87.3084, 44.0113),
        ("87.3084; 44.0113", 87.3084, 44.0113),
        ("东经87°18′30″；北纬44°0′36″", 87 + 18.5 / 60, 44.01),
        ("87 18 30；44 0 36", 87 + 18.5 / 60, 44.01),
    ],
)
def test_a_semicolon_may_stand_between_the_two_numbers_of_a_pair(text, lon, lat):
    shape = parse_shape(text)
    assert shape.geometry.geom_type == "Point"
    assert (shape.geometry.x, shape.geometry.y) == pytest.approx((lon, lat), abs=1e-12)


def test_three_numbers_between_semicolons_are_no_pair():
    with pytest.raises(CoordinateTextError, match="不是一对坐标（读出 3 个数）"):
        parse_shape("87.1;44.0;87.2")
