"""placing, coordcolumns, axes, rings: a table's cells become geometry, and every bad row is listed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from changji_geo.crs import format_lat, format_lon
from changji_geo.errors import InputError
from changji_geo.gauss_kruger import to_gauss_kruger
from changji_geo.intake.coordinates.axes import (
    east_first,
    lat_first,
    lon_first,
    move_vertices,
    north_first,
    shapes_in_order,
)
from changji_geo.intake.coordinates.coordcolumns import CoordinateColumns, find_columns
from changji_geo.intake.coordinates.placing import place_rows

POINTS = [(87.30125, 44.01375), (88.10355, 43.90455), (89.20485, 44.30965)]


def table(first_row=2, **columns):
    frame = pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in columns.items()})
    frame.index = range(first_row, first_row + len(frame))
    return frame


def xy(placed):
    return [(p.x, p.y) for p in placed.frame.geometry]


def rules(placed, level):
    return [(f.rule, f.row, f.column, f.message) for f in placed.findings if f.level == level]


def lonlat(points=POINTS):
    return {"经度": [x for x, _ in points], "纬度": [y for _, y in points]}


@pytest.mark.parametrize(
    "x, y",
    [
        ("经度", "纬度"), ("东经", "北纬"), ("lon", "lat"), ("LNG", "LAT"), ("Longitude", "Latitude"), ("经度（°）", "纬度（°）"), (" 中心点 经度", "中心点 纬度 "), ("X", "Y"), ("x坐标", "y坐标"),
        ("POINT_X", "POINT_Y"), ("东经(度分秒)", "北纬(度分秒)"), ("经度(E)", "纬度(N)"), ("经　度", "纬　度"), ("lon_wgs84", "lat_wgs84"), ("WGS84经度", "WGS84纬度"),
    ],
)  # fmt: skip
def test_coordinate_columns_are_found_by_their_headers(x, y):
    frame = table(名称=["a", "b"], **{x: ["87.30125", "88.1"], y: ["44.01", "43.9"]}, 面积=[87.123, 88.456])
    placed = place_rows(frame)
    assert placed.columns.names == (x, y)
    assert xy(placed) == [(87.30125, 44.01), (88.1, 43.9)]
    assert list(placed.frame.columns) == ["名称", x, y, "面积", "geometry"]
    assert placed.frame.crs is None
    assert placed.unit == "degrees"


@pytest.mark.parametrize(
    "header", ["坐标", "位置", "经纬度", "中心点坐标", "GPS坐标", "经纬度坐标（度分秒）", "coordinates", "地理位置坐标"]
)
def test_one_column_with_both_is_found(header):
    placed = place_rows(table(名称=["a"], **{header: ["东经87°18′30″，北纬44°00′36″"]}))
    assert placed.columns.names == (header,)
    assert xy(placed) == [(pytest.approx(87 + 18.5 / 60), pytest.approx(44.01))]


def test_a_place_column_of_addresses_is_no_coordinate_column():
    placed = place_rows(table(位置=["昌吉市北京南路1号", "阜康市"], 经度=[87.3012, 88.0], 纬度=[44.0, 44.1]))
    assert placed.columns.names == ("经度", "纬度")


@pytest.mark.parametrize("header", ["拐点坐标", "WKT", "几何", "the_geom", "geometry", "范围坐标串"])
def test_a_column_of_shapes_wins_over_a_column_of_centres(header):
    ring = "87.1,44.0;87.2,44.0;87.2,44.1"
    placed = place_rows(table(经度=[87.15], 纬度=[44.05], **{header: [ring]}))
    assert placed.frame.geometry.iloc[0].geom_type == "Polygon"
    assert "另有坐标列“经度”、“纬度”没有采用" in rules(placed, "info")[0][3]
    assert rules(placed, "repair") == [("ring_closed", None, "", "1 个面的首尾顶点不重合，已闭合")]


def test_a_text_column_called_geometry_is_kept_under_another_name():
    placed = place_rows(table(geometry=["POINT (87.3 44)"]))
    assert list(placed.frame.columns) == ["geometry_text", "geometry"]
    assert placed.frame.geometry_text.tolist() == ["POINT (87.3 44)"]


@pytest.mark.parametrize(
    "names",
    [("经度度", "经度分", "经度秒", "纬度度", "纬度分", "纬度秒"), ("东经(度)", "东经(分)", "东经(秒)", "北纬(度)", "北纬(分)", "北纬(秒)"), ("经度|度", "经度|分", "经度|秒", "纬度|度", "纬度|分", "纬度|秒"), ("经度", "经分", "经秒", "纬度", "纬分", "纬秒")],
)  # fmt: skip
def test_degrees_minutes_and_seconds_in_columns_of_their_own(names):
    frame = table(**dict(zip(names, [[87, 87], ["18", 61], [30.5, 0], [44.0, 44], [0, 0], ["36", 0]], strict=True)))
    placed = place_rows(frame)
    assert xy(placed) == [(pytest.approx(87 + 18 / 60 + 30.5 / 3600, abs=1e-10), pytest.approx(44.01, abs=1e-10))]
    assert rules(placed, "error")[0][:3] == ("coordinate", 3, names[0])
    assert "的分是 61，应小于 60" in rules(placed, "error")[0][3]


def test_columns_are_found_by_content_where_headers_say_nothing():
    placed = place_rows(table(甲=["87.30125", "88.10355"], 乙=["44.01375", "43.90455"], 丙=[12, 13], 丁=[0.52, 87.0]))
    assert placed.columns.names == ("甲", "乙")
    assert rules(placed, "warning") == [
        ("columns", None, "", "坐标取自“甲”、“乙”列（表头没有写明，按内容认定），共 2 行")
    ]


def test_metres_are_found_by_content():
    placed = place_rows(table(列A=[4876543.2, 4876643.2], 列B=[29512345.6, 29512445.6], 备注=["a", "b"]))
    assert placed.unit == "metres"
    assert xy(placed)[0] == (29512345.6, 4876543.2)


def test_several_candidates_are_listed_with_the_remedy():
    frame = table(起点经度=[87.1], 起点纬度=[44.1], 终点经度=[87.2], 终点纬度=[44.2])
    with pytest.raises(InputError) as caught:
        place_rows(frame, what="路线.xlsx")
    message = str(caught.value)
    assert message.startswith("路线.xlsx：像经度、纬度的列不止一组：“起点经度”、“终点经度”、“起点纬度”、“终点纬度”")
    assert "--x 列名 --y 列名" in message
    told = place_rows(frame, columns=CoordinateColumns("终点经度", "终点纬度"))
    assert xy(told) == [(87.2, 44.2)]


def test_several_candidates_by_content_are_listed():
    with pytest.raises(InputError, match="按内容有几种可能：“甲”、“乙”、“丙”"):
        place_rows(table(甲=["87.30125"], 乙=["88.10355"], 丙=["44.01375"]))


def test_a_table_without_coordinates_lists_its_columns():
    with pytest.raises(InputError, match="没有找到坐标列；现有的列：“名称”、“户数”") as caught:
        place_rows(table(名称=["a"], 户数=[120]))
    assert "处理：" in str(caught.value)
    with pytest.raises(InputError, match="各列都是空的"):
        place_rows(table(经度=[None], 纬度=["/"]))


def test_a_named_column_must_exist():
    with pytest.raises(InputError, match="没有“经渡”这一列.*可用：纬度、经度"):
        place_rows(table(**lonlat()), columns=CoordinateColumns("经渡", "纬度"))


def test_every_bad_row_is_listed_with_row_column_and_reason():
    cells = [87.3, "87°61′30″E", None, "/", 0, float("nan"), "昌吉", 187.5, 87.4, "2.95E+07", True, "87.5"]
    frame = table(first_row=4, 经度=cells, 纬度=[44.0] * 7 + [44.0, 0, 44.0, 44.0, "44.5"])
    placed = place_rows(frame)
    assert placed.frame.index.tolist() == [4, 15]
    assert rules(placed, "error") == [
        ("coordinate", 5, "经度", "“87°61′30″E”的分是 61，应小于 60"),
        ("coordinate", 6, "经度", "没有填写坐标"),
        ("coordinate", 7, "经度", "没有填写坐标"),
        ("coordinate", 8, "经度", "坐标为 0，视为没有填写"),
        ("coordinate", 9, "经度", "没有填写坐标"),
        ("coordinate", 10, "经度", "“昌吉”里没有数"),
        ("coordinate", 11, "经度", "“187.5”超出 ±180 度，而另一个数是度"),
        ("coordinate", 12, "经度", "坐标为 0，视为没有填写"),
        (
            "coordinate",
            13,
            "经度",
            "“2.95E+07”是科学记数法，位数已丢失；在 Excel 或 WPS 中把该列设为数值格式后重新保存",
        ),
        ("coordinate", 14, "经度", "“True”里没有数"),
    ]


def test_the_bad_column_is_named_when_it_is_the_second():
    placed = place_rows(table(经度=[87.3, 87.4, 87.5], 纬度=[44.1, "—", 440.5]))
    assert [(row, column) for _, row, column, _ in rules(placed, "error")] == [(3, "纬度"), (4, "纬度")]


def test_a_table_of_bad_rows_only_has_no_unit():
    placed = place_rows(table(经度=["x1", "x2"], 纬度=[44, 45]))
    assert (len(placed.frame), placed.unit, len(rules(placed, "error"))) == (0, None, 2)


def test_swapped_columns_are_exchanged_with_a_warning():
    placed = place_rows(table(经度=[y for _, y in POINTS], 纬度=[x for x, _ in POINTS]))
    assert xy(placed) == POINTS
    assert rules(placed, "warning") == [
        ("axis_order", None, "", "“经度”列是纬度、“纬度”列是经度，与列名相反，已对调（3 行）")
    ]


def test_a_single_swapped_row_is_repaired_and_named():
    placed = place_rows(table(经度=[87.3, 44.1, 88.2], 纬度=[44.0, 87.4, 43.9]))
    assert xy(placed) == [(87.3, 44.0), (87.4, 44.1), (88.2, 43.9)]
    assert rules(placed, "repair") == [("axis_order", 3, "经度", "经度和纬度写反，已对调")]


def test_letters_in_the_cells_tell_the_axis():
    placed = place_rows(table(X=["44°00′36″N"] * 2, Y=["87°18′00″E"] * 2))
    assert xy(placed) == [(pytest.approx(87.3), pytest.approx(44.01))] * 2
    assert rules(placed, "warning")[0][0] == "axis_order"
    both = place_rows(table(经度=["E87.3", "E87.4"], 纬度=["N44.0", "E44.1"]))
    assert rules(both, "error") == [("coordinate", 3, "经度", "“E87.4”和“E44.1”写的都是经度")]


def test_pairs_that_begin_with_the_latitude_are_turned():
    placed = place_rows(table(坐标=["44.01,87.30", "43.9,88.1"]))
    assert xy(placed) == [(87.3, 44.01), (88.1, 43.9)]
    assert rules(placed, "warning") == [("axis_order", None, "", "“坐标”列先纬度、后经度，已按此读取（2 行）")]


def test_the_survey_habit_of_x_north_is_recognised_by_size():
    easting, northing, _ = to_gauss_kruger([87.3, 87.4], [44.0, 44.1])
    survey = place_rows(table(纵坐标X=northing.tolist(), 横坐标Y=easting.tolist()))
    assert xy(survey) == list(zip(easting, northing, strict=True))
    assert rules(survey, "warning") == rules(survey, "repair") == []
    letters = place_rows(table(X=northing.tolist(), Y=easting.tolist()))
    assert xy(letters) == xy(survey)
    assert ("axis_order", None, "", "“X”列是北坐标、“Y”列是东坐标（测量习惯 X 向北），已按此读取（2 行）") in rules(
        letters, "info"
    )
    gis = place_rows(table(X=easting.tolist(), Y=northing.tolist()))
    assert xy(gis) == xy(survey)
    assert [r for r, *_ in rules(gis, "info")] == ["columns"]


def test_metres_as_text_with_thousands_and_units():
    placed = place_rows(
        table(X=["4,876,543.21", "X=4876643.2", 4876743], Y=["29512345.67m", "Y=29512445.6", "29512545米"])
    )
    assert xy(placed) == [(29512345.67, 4876543.21), (29512445.6, 4876643.2), (29512545.0, 4876743.0)]
    assert placed.unit == "metres"


def test_a_six_digit_easting_beside_text_is_not_taken_for_packed_degrees():
    placed = place_rows(table(X=[512345.67, "512345.67"], Y=["4,876,543.21", "4876543.21m"]))
    assert xy(placed) == [(512345.67, 4876543.21)] * 2
    mixed = place_rows(table(经度=["87°18′", 87.3], 纬度=["4,876,543.21", 44.0]))
    assert rules(mixed, "error") == [("coordinate", 2, "纬度", "“4,876,543.21”不是能认出的经纬度写法")]


def test_six_digit_eastings_are_metres_and_packed_degrees_are_degrees():
    metres = place_rows(table(X=[512345.6, 440036.0], Y=[4876543.2, 4876543.2]))
    assert metres.unit == "metres"
    packed = place_rows(table(经度=[871830, "873000"], 纬度=[440036, "441230"]))
    assert packed.unit == "degrees"
    assert xy(packed)[0] == (pytest.approx(87 + 18.5 / 60), pytest.approx(44.01))


def test_rows_in_the_unit_of_the_minority_are_listed():
    placed = place_rows(table(X=[87.3, 29512345.6, 87.5], Y=[44.0, 4876543.2, 44.1]))
    assert placed.frame.index.tolist() == [2, 4]
    assert rules(placed, "error") == [
        ("coordinate", 3, "X", "坐标是米，而多数行（2 行）是度；同一份表只能用一种坐标系")
    ]


def test_degrees_outside_china_are_listed():
    placed = place_rows(table(经度=[87.3, -87.3, 12.5], 纬度=[44.0, 44.0, 41.9]))
    assert [m for *_, m in rules(placed, "error")] == [
        "坐标 -87.3，44 不在中国范围内（经度 73-136，纬度 3-54）",
        "坐标 12.5，41.9 不在中国范围内（经度 73-136，纬度 3-54）",
    ]


def test_dd_mmss_is_hinted_at_and_read_only_when_told():
    values = [87.1830, 87.2945, 87.5512, 88.0107, 88.4559]
    frame = table(经度=values, 纬度=[44.1136, 44.2259, 44.0317, 43.5923, 43.4748])
    hinted = place_rows(frame)
    assert xy(hinted)[0] == (87.183, 44.1136)
    assert [r for r, *_ in rules(hinted, "warning")] == ["packed"]
    assert "--packed dd.mmss" in rules(hinted, "warning")[0][3]
    told = place_rows(frame, packed="dd.mmss")
    assert xy(told)[0] == (pytest.approx(87 + 18.5 / 60), pytest.approx(44 + 11.6 / 60))
    assert rules(told, "warning") == []


def test_ordinary_decimals_give_no_dd_mmss_hint():
    rng = np.random.default_rng(3)
    frame = table(经度=rng.uniform(86, 90, 40).round(6).tolist(), 纬度=rng.uniform(43.5, 45, 40).round(6).tolist())
    assert rules(place_rows(frame), "warning") == []


def test_coarse_coordinates_are_remarked_on():
    rounded = table(经度=[87.31, 87.42, 87.53, 87.64, 87.75], 纬度=[44.01, 44.12, 44.23, 44.34, 44.45])
    assert ("precision", None, "", "坐标只写到 0.01 度或整分，位置只精确到约 1 千米") in rules(
        place_rows(rounded), "warning"
    )


def test_the_crs_of_ewkt_is_taken_and_a_second_one_refused():
    cells = [
        "SRID=4517;POINT(29512345 4876543)",
        "SRID=4517;POINT(29512445 4876543)",
        "SRID=4518;POINT(30512345 4876543)",
    ]
    placed = place_rows(table(wkt=cells))
    assert placed.crs_from_text.to_epsg() == 4517
    assert placed.frame.index.tolist() == [2, 3]
    assert "本行写的是 SRID=4518" in rules(placed, "error")[0][3]
    assert place_rows(table(wkt=["SRID=99999;POINT(87 44)"])).crs_from_text is None


def test_latitude_first_polygons_are_turned_and_holes_kept():
    wkt = "POLYGON((44 87,44 88,45 88,44 87),(44.2 87.5,44.2 87.6,44.3 87.6,44.2 87.5))"
    shape = place_rows(table(WKT=[wkt])).frame.geometry.iloc[0]
    assert shape.bounds == (87, 44, 88, 45)
    assert len(shape.interiors) == 1


def test_vertex_rows_become_polygons():
    frame = table(
        图斑编号=["A", "B", "A", "B", "A", "B", None],
        点号=["J3", "J1", "J1", "J2", "J2", "J3", "J1"],
        地类=["林地"] * 7,
        经度=[87.2, 88.1, 87.1, 88.2, 87.2, 88.2, 89.0],
        纬度=[44.1, 44.0, 44.0, 44.0, 44.0, 44.1, 44.0],
    )
    placed = place_rows(frame, rings_by="图斑编号")
    assert placed.frame.index.tolist() == [2, 3]
    assert placed.frame["地类"].tolist() == ["林地", "林地"]
    assert placed.frame.geometry.iloc[0].equals_exact(shapely.Polygon([(87.1, 44.0), (87.2, 44.0), (87.2, 44.1)]), 0)
    assert ("rings", None, "", "7 行顶点按“图斑编号”列连成 2 个面，按“点号”列排序") in rules(placed, "info")
    assert rules(placed, "error") == [("ring", 8, "图斑编号", "没有填写所属图斑")]


def test_a_polygon_with_a_bad_corner_is_not_made():
    frame = table(编号=["A"] * 4 + ["B"] * 2, 经度=[87.1, "?", 87.2, 87.1, 88, 88.1], 纬度=[44, 44, 44.1, 44.1, 44, 44])
    placed = place_rows(frame, rings_by="编号")
    assert len(placed.frame) == 0
    assert rules(placed, "error") == [
        ("coordinate", 3, "经度", "“?”里没有数"),
        ("ring", 2, "编号", "图斑“A”没有生成：第 3 行的顶点不能用"),
        ("ring", 6, "编号", "图斑“B”没有生成：只有 2 个不同的顶点"),
    ]


def test_repeated_point_numbers_do_not_order_the_vertices():
    frame = table(编号=["A"] * 4, 序号=[1, 1, 2, 3], 经度=[87.2, 87.1, 87.1, 87.2], 纬度=[44.1, 44.1, 44.0, 44.0])
    placed = place_rows(frame, rings_by="编号")
    assert "按行的先后" in rules(placed, "info")[-1][3]
    assert placed.frame.geometry.iloc[0].exterior.coords[0] == (87.2, 44.1)


def test_the_callers_table_is_not_altered():
    frame = table(经度=["44.1", "x"], 纬度=["87.3", 44], geometry=["a", "b"])
    before = frame.copy(deep=True)
    place_rows(frame)
    pd.testing.assert_frame_equal(frame, before)


@given(
    st.lists(st.tuples(st.floats(73.5, 134), st.floats(4, 53)), min_size=1, max_size=8),
    st.booleans(),
    st.sampled_from(["number", "text", "dms", "pair"]),
)
@settings(max_examples=60, deadline=None)
def test_any_list_of_positions_in_china_comes_back(points, swap, style):
    points = [(round(x, 8), round(y, 8)) for x, y in points]
    if style == "pair":
        frame = table(坐标=[f"{y}, {x}" if swap else f"{x}, {y}" for x, y in points])
    else:
        write = {"number": lambda v, _: v, "text": lambda v, _: f" {v:.8f}", "dms": lambda v, f: f(v, decimals=6)}[
            style
        ]
        lon, lat = [write(x, format_lon) for x, _ in points], [write(y, format_lat) for _, y in points]
        frame = table(经度=lat if swap else lon, 纬度=lon if swap else lat)
    placed = place_rows(frame)
    assert [v for p in xy(placed) for v in p] == pytest.approx([v for p in points for v in p], abs=1e-9)
    assert len(placed.frame) == len(points)


def test_axis_orders_are_told_apart_by_size():
    lon, lat, east, north = (np.array([v]) for v in (87.3, 44.0, 29512345.6, 4876543.2))
    assert lon_first(lon, lat).all()
    assert lat_first(lat, lon).all()
    assert east_first(east, north).all()
    assert east_first(east - 29e6, north).all()
    assert north_first(north, east).all()
    mercator = np.array([9_718_000.0]), np.array([5_465_000.0])
    assert not (east_first(*mercator) | north_first(*mercator) | lon_first(*mercator)).any()


def test_shapes_are_judged_by_all_their_vertices_and_keep_their_height():
    shapes = np.array(
        [shapely.LineString([(87, 44), (44, 87)]), None, shapely.Point(), shapely.Point(87, 44, 5)], dtype=object
    )
    assert shapes_in_order(shapes, "lon").tolist() == [False, False, False, True]
    moved = move_vertices(shapes, lambda x, y: (x + 1, y))
    assert (moved[3].x, moved[3].z) == (88, 5)
    assert moved[1] is None
    assert not moved[0].has_z


def test_find_columns_passes_over_empty_columns():
    assert find_columns(table(经度=[None], 纬度=[None], lon=[87.3], lat=[44.0])).names == ("lon", "lat")


def test_rows_of_degrees_minutes_and_seconds_without_any_are_called_blank():
    frame = table(名称=["甲", "合计"], 东经度=[87, None], 东经分=[18, None], 东经秒=[30.5, None], 北纬度=[44, None],
                  北纬分=[0, ""], 北纬秒=[36, None])  # fmt: skip
    placed = place_rows(frame)
    assert [(f.row, f.message) for f in placed.findings if f.level == "error"] == [(3, "没有填写坐标")]


def test_a_table_of_vertices_read_as_points_is_told_of_rings_by():
    rows = {"地块": list("甲甲甲乙乙乙"), "拐点号": ["J1", "J2", "J3"] * 2}
    lon, lat = [87.301, 87.302, 87.302, 87.401, 87.402, 87.402], [44.001, 44.001, 44.002, 44.101, 44.101, 44.102]
    placed = place_rows(table(**rows, 经度=lon, 纬度=lat))
    (hint,) = [f for f in placed.findings if f.rule == "vertex_rows"]
    assert hint.level == "warning" and "加 --rings-by 地块" in hint.message and "“拐点号”列" in hint.message
    for other in ({**rows, "地块": list("甲乙丙丁戊己")}, {**rows, "拐点号": ["J1"] * 6}, {"地块": rows["地块"]}):
        assert "vertex_rows" not in [f.rule for f in place_rows(table(**other, 经度=lon, 纬度=lat)).findings]
    assert "vertex_rows" not in [
        f.rule for f in place_rows(table(**rows, 经度=lon, 纬度=lat), rings_by="地块").findings
    ]
