"""A file of clues becomes clues; importing it again adds nothing, and a changed one says what changed."""

import dataclasses
import datetime
import json

import geopandas as gpd
import openpyxl
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from changji_geo.clues.incoming.comparing import compare_shapes, same_shape
from changji_geo.clues.incoming.observed import DateTextError, parse_observed
from changji_geo.clues.incoming.planning import plan_import
from changji_geo.clues.incoming.reading import read_clues
from changji_geo.clues.ledger.opening import create_ledger
from changji_geo.clues.ledger.states import build_clue, geometry_hex, values_after
from changji_geo.clues.model import Clue
from changji_geo.ellipsoid import area_m2, geod_length_m
from changji_geo.errors import InputError

WEST = shapely.box(88.50, 44.00, 88.51, 44.01)
EAST = shapely.box(88.60, 44.00, 88.61, 44.01)
HALF = shapely.box(88.50, 44.00, 88.505, 44.01)
BOW_TIE = shapely.Polygon([(88.5, 44.0), (88.51, 44.01), (88.51, 44.0), (88.5, 44.01)])
FAR = shapely.box(87.60, 43.70, 87.61, 43.71)
"""In Ürümqi, between the two blocks of the prefecture."""


def gpkg(path, shapes, **columns):
    frame = gpd.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:4490")
    pyogrio.write_dataframe(frame, path, layer="clues", driver="GPKG")
    return path


def xlsx(path, header, *rows):
    book = openpyxl.Workbook()
    book.active.append(header)
    for row in rows:
        book.active.append(row)
        for cell in book.active[book.active.max_row]:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    book.save(path)
    return path


def rules(found, level=None):
    return [(f.rule, f.row) for f in found.findings if level is None or f.level == level]


def values_of(clue):
    """A clue as the flat values that its events would hold."""
    core = {n: getattr(clue, n) for n in ("batch", "original_id", "status", "attributes", "dropped")}
    shapes = {n: geometry_hex(getattr(clue, n)) for n in ("original", "geometry")}
    return core | shapes | {"observed": clue.observed and clue.observed.isoformat()} | dict(clue.fields)


def replayed(new, before=()):
    """The clues after a plan's events, by the ledger's own fold; every ``before`` must be what stood there."""
    state = {c.id: values_of(c) for c in before}
    for event in new:
        old = state.get(event.clue_id, {})
        assert {k: old.get(k) for k in event.before} == dict(event.before)
        state[event.clue_id] = values_after(old, json.loads(json.dumps(dict(event.after))))
    return [build_clue(key, values) for key, values in state.items()]


def imported(path, before=(), batch="绿盾2025-1", **options):
    plan = plan_import(read_clues(path, batch=batch, **options), list(before), actor="张三")
    return plan, replayed(plan.new_events, before)


# Reading


def test_polygons_keep_their_number_attributes_and_date(tmp_path):
    path = gpkg(
        tmp_path / "线索.gpkg", [WEST, EAST], 点位编号=["A-01", "A-02"], 活动类型=["采石采砂", None],
        后时相=["2025-08-15", "20250816"], 坡度=[3.5, None],
    )  # fmt: skip
    found = read_clues(path, batch=" 绿盾2025-1 ")
    first, second = found.clues
    assert (found.batch, found.file, found.row_count, len(found.sha256)) == ("绿盾2025-1", "线索.gpkg", 2, 64)
    assert (first.row, first.original_id, first.id_made) == (1, "A-01", False)
    assert first.attributes == {"活动类型": "采石采砂", "后时相": "2025-08-15", "坡度": 3.5}
    assert (first.fields, second.fields) == ({"activity": "采石采砂"}, {})
    assert [c.observed for c in found.clues] == [datetime.date(2025, 8, 15), datetime.date(2025, 8, 16)]
    assert same_shape(first.original, WEST) and first.original is first.geometry
    assert second.attributes == {"后时相": "20250816"}


def test_points_stay_points_unless_a_radius_is_asked_for(tmp_path):
    path = xlsx(tmp_path / "点.xlsx", ["点位编号", "经度", "纬度"], ["P1", 88.5, 44.0])
    plain = read_clues(path, batch="2025")
    assert plain.clues[0].geometry.geom_type == "Point"
    assert ("points", None) in rules(plain, "info")
    circle = read_clues(path, batch="2025", buffer_m=100)
    (clue,) = circle.clues
    assert clue.original.equals(shapely.Point(88.5, 44.0)) and clue.fields == {"buffer_m": 100.0}
    assert clue.geometry.is_valid and clue.geometry.exterior.is_ccw
    # A regular 72-gon has 72/2 r² sin(5°) = 31,376 m² where the circle has 31,416.
    assert area_m2([clue.geometry])[0] == pytest.approx(31376.0, abs=1.0)
    spokes = [shapely.LineString([clue.original, xy]) for xy in clue.geometry.exterior.coords]
    assert geod_length_m(spokes) == pytest.approx([100.0] * 73, abs=1e-3)
    assert ("points", None) not in rules(circle)


@pytest.mark.parametrize("radius", [0, -5, 5001, float("nan")])
def test_a_radius_that_is_no_radius_is_refused(tmp_path, radius):
    path = xlsx(tmp_path / "点.xlsx", ["点位编号", "经度", "纬度"], ["P1", 88.5, 44.0])
    with pytest.raises(InputError, match="--buffer：半径 .* 米不能用。应为：大于 0，不超过 5000 米"):
        read_clues(path, batch="2025", buffer_m=radius)


def test_a_line_is_refused_with_its_row_and_the_rest_goes_on_only_when_asked(tmp_path):
    path = gpkg(
        tmp_path / "混.gpkg", [WEST, shapely.LineString([(88.5, 44), (88.6, 44)]), shapely.Point(88.5, 44)],
        编号=["A", "B", "C"],
    )  # fmt: skip
    with pytest.raises(InputError, match=r"有 1 个要素不能用。第 2 个要素：是线，线索只收面和点"):
        read_clues(path, batch="2025")
    found = read_clues(path, batch="2025", skip_bad_rows=True)
    assert [c.original_id for c in found.clues] == ["A", "C"]
    assert rules(found, "error") == [("line", 2)]


def test_several_points_in_one_row_are_refused(tmp_path):
    path = gpkg(tmp_path / "多点.gpkg", [shapely.MultiPoint([(88.5, 44), (88.6, 44)])], 编号=["A"])
    with pytest.raises(InputError, match="一行有 2 个点，一条线索只能是一个点或一块面"):
        read_clues(path, batch="2025")


def test_no_geometry_and_no_area_are_refused_with_their_rows(tmp_path):
    flat = shapely.Polygon([(88.5, 44.0), (88.51, 44.0), (88.52, 44.0)])
    path = gpkg(tmp_path / "坏.gpkg", [WEST, None, flat], 编号=["A", "B", "C"])
    with pytest.raises(InputError, match="第 2 个要素：没有几何") as caught:
        read_clues(path, batch="2025")
    assert "第 3 个要素：面积为 0（顶点在一条线上）" in str(caught.value)
    found = read_clues(path, batch="2025", skip_bad_rows=True)
    assert [c.original_id for c in found.clues] == ["A"] and found.row_count == 3


def test_a_file_with_no_usable_row_names_the_rows(tmp_path):
    path = gpkg(tmp_path / "空.gpkg", [None, None], 编号=["A", "B"])
    with pytest.raises(InputError, match="第 1 个要素：没有几何；第 2 个要素：没有几何"):
        read_clues(path, batch="2025")


def test_a_self_crossing_outline_is_repaired_and_the_drawn_one_kept(tmp_path):
    path = gpkg(tmp_path / "自交.gpkg", [WEST, BOW_TIE], 编号=["A", "B"])
    found = read_clues(path, batch="2025")
    clue = found.clues[1]
    assert not clue.original.is_valid and clue.original.equals_exact(BOW_TIE, 0)
    assert clue.geometry.is_valid and clue.geometry.geom_type == "MultiPolygon"
    assert ("invalid", 2) in rules(found, "repair")
    assert found.clues[0].original is found.clues[0].geometry


def test_a_self_crossing_outline_in_a_cell_is_kept_as_drawn_too(tmp_path):
    path = xlsx(tmp_path / "坐标.xlsx", ["编号", "WKT"], ["B", BOW_TIE.wkt])
    (clue,) = read_clues(path, batch="2025").clues
    assert clue.original.equals_exact(BOW_TIE, 1e-12) and clue.geometry.is_valid


def test_a_clue_outside_the_prefecture_is_kept_with_a_warning(tmp_path):
    found = read_clues(gpkg(tmp_path / "外.gpkg", [WEST, FAR], 编号=["A", "B"]), batch="2025")
    assert len(found.clues) == 2
    (warning,) = [f for f in found.findings if f.rule == "outside_prefecture"]
    assert (warning.level, warning.row) == ("warning", 2)
    assert warning.message.startswith("在昌吉州范围之外（87.605000，43.705000），照常导入")


def test_markup_and_formulas_stay_text(tmp_path):
    nasty = ['=HYPERLINK("http://x","y")', "<img src=x onerror=alert(1)>", "+cmd|'/C calc'!A0", "-1+1"]
    rows = [[f"P{i}", 88.5 + i / 100, 44.0, text] for i, text in enumerate(nasty)]
    found = read_clues(xlsx(tmp_path / "文字.xlsx", ["点位编号", "经度", "纬度", "备注"], *rows), batch="2025")
    assert [c.attributes["备注"] for c in found.clues] == nasty


def test_a_batch_without_a_name_is_refused(tmp_path):
    path = gpkg(tmp_path / "a.gpkg", [WEST], 编号=["A"])
    for batch in ("  ", "两\n行", "长" * 61):
        with pytest.raises(InputError, match="--batch：批次"):
            read_clues(path, batch=batch)
    with pytest.raises(InputError, match="--year：年份 25 不对"):
        read_clues(path, batch="甲", year=25)


def test_a_collection_becomes_its_polygons_and_the_drawn_one_is_kept(tmp_path):
    path = tmp_path / "合.kml"
    ring = "88.5,44 88.51,44 88.51,44.01 88.5,44.01 88.5,44"
    path.write_text(
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>料场</name><MultiGeometry>'
        "<Point><coordinates>88.5,44</coordinates></Point>"
        "<LineString><coordinates>88.5,44 88.6,44</coordinates></LineString>"
        f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs>"
        "</Polygon>"
        "</MultiGeometry></Placemark></Document></kml>",
        encoding="utf-8",
    )
    found = read_clues(path, batch="2025")
    (clue,) = found.clues
    assert clue.geometry.equals(WEST) and len(clue.original.geoms) == 3 and clue.attributes["名称"] == "料场"
    assert ("line_part", 1) in rules(found, "warning")
    _, clues = imported(path)
    assert imported(path, clues)[0].new_events == ()


def test_a_sheet_with_a_number_a_row_is_not_taken_for_a_list_of_corners(tmp_path):
    rows = [[f"P{i}", f"甲{i % 2}", 88.5 + i / 100, 44.0] for i in range(8)]
    found = read_clues(xlsx(tmp_path / "点.xlsx", ["点位编号", "地类", "经度", "纬度"], *rows), batch="2025")
    assert len(found.clues) == 8 and "vertex_rows" not in dict(rules(found))


# Dates


@pytest.mark.parametrize(
    "cell",
    [
        "2025-08-15", "20250815", 20250815, 20250815.0, "2025年8月15日", "2025.8.15", "2025/8/15", "２０２５年８月１５日",
        "2025-08-15 10:30:00", "2025-08-15T10:30:00+08:00", 45884, 45884.5, "45884",
        datetime.date(2025, 8, 15), datetime.datetime(2025, 8, 15, 10, 30),
    ],
)  # fmt: skip
def test_every_way_to_write_a_day_gives_that_day(cell):
    assert parse_observed(cell) == datetime.date(2025, 8, 15)


@pytest.mark.parametrize(
    ("cell", "why"),
    [("2025年8月", "只有年月，缺日"), ("2025", "只有年月，缺日"), ("2025-02-30", "没有这一天"), ("去年夏天", "不是日期"),
     ("20251301", "没有这一天"), (True, "不是日期"), (12345, "不是日期"), ("2025-08-15前", "不是日期")],
)  # fmt: skip
def test_what_is_no_day_says_why(cell, why):
    with pytest.raises(DateTextError, match=f"^{why}$"):
        parse_observed(cell)


@pytest.mark.parametrize("cell", [None, float("nan"), "", " ", "/", "无"])
def test_a_blank_is_no_date(cell):
    assert parse_observed(cell) is None


@given(st.dates(datetime.date(2000, 1, 1), datetime.date(2049, 12, 31)))
def test_a_day_survives_every_spelling(day):
    forms = [
        day.isoformat(), f"{day:%Y%m%d}", f"{day.year}年{day.month}月{day.day}日", f"{day.year}.{day.month}.{day.day}",
        (day - datetime.date(1899, 12, 30)).days,
    ]  # fmt: skip
    assert {parse_observed(form) for form in forms} == {day}


def test_date_cells_and_unreadable_dates_of_a_sheet(tmp_path):
    path = xlsx(
        tmp_path / "日期.xlsx", ["点位编号", "经度", "纬度", "变化后影像日期"],
        ["P1", 88.5, 44.0, datetime.date(2025, 8, 15)], ["P2", 88.6, 44.0, "2025年8月"], ["P3", 88.7, 44.0, None],
    )  # fmt: skip
    found = read_clues(path, batch="2025")
    assert [c.observed for c in found.clues] == [datetime.date(2025, 8, 15), None, None]
    bad = next(f for f in found.findings if f.rule == "observed")
    assert (bad.row, bad.column) == (3, "变化后影像日期")
    assert bad.message.startswith("“2025年8月”只有年月，缺日，观测日期留空")
    blank = next(f for f in found.findings if f.rule == "observed_blank")
    assert blank.message.startswith("第 4 行没有填写后时相")


def test_a_file_without_dates_says_so_once(tmp_path):
    found = read_clues(gpkg(tmp_path / "a.gpkg", [WEST, EAST], 编号=["A", "B"]), batch="2025")
    assert [r for r in rules(found, "warning") if r[0].startswith("observed")] == [("observed_missing", None)]


# Numbers


def test_one_number_for_two_shapes_names_both_rows(tmp_path):
    path = gpkg(tmp_path / "重号.gpkg", [WEST, EAST, HALF], 编号=["A", "B", "A"])
    with pytest.raises(InputError, match="第 1 个要素：编号“A”与第 3 个要素重复，图形不同") as caught:
        read_clues(path, batch="2025")
    assert "第 3 个要素：编号“A”与第 1 个要素重复，图形不同" in str(caught.value)
    assert "重叠率 50.0%" in str(caught.value)
    found = read_clues(path, batch="2025", skip_bad_rows=True)
    assert [c.original_id for c in found.clues] == ["B"]
    assert rules(found, "error") == [("id_conflict", 1), ("id_conflict", 3)]


def test_one_number_for_all_rows_is_a_conflict_not_a_missing_number(tmp_path):
    path = gpkg(tmp_path / "重号.gpkg", [WEST, EAST], 点位编号=["A", "A"])
    with pytest.raises(InputError, match="图形不同.*重叠率 0.0%"):
        read_clues(path, batch="2025")


def test_one_number_for_the_same_row_twice_is_one_clue(tmp_path):
    turned = shapely.Polygon([*WEST.exterior.coords[2:], *WEST.exterior.coords[1:3]])
    path = gpkg(tmp_path / "同.gpkg", [WEST, EAST, turned], 编号=["A", "B", "A"], 备注=["甲", "乙", "甲"])
    found = read_clues(path, batch="2025")
    assert [(c.original_id, c.row) for c in found.clues] == [("A", 1), ("B", 2)]
    said = next(f for f in found.findings if f.rule == "same_clue")
    assert (said.level, said.row) == ("info", 3)
    assert said.message == "编号“A”与第 1 个要素重复，内容相同，只留第 1 个要素"


def test_one_number_for_other_attributes_is_an_error_that_names_them(tmp_path):
    path = gpkg(tmp_path / "异.gpkg", [WEST, EAST, WEST], 编号=["A", "B", "A"], 备注=["甲", "乙", "丙"])
    with pytest.raises(InputError, match="图形相同但属性不同（备注）"):
        read_clues(path, batch="2025")


def test_a_second_column_of_numbers_does_not_step_in_for_a_shared_one(tmp_path):
    path = gpkg(tmp_path / "两号.gpkg", [WEST, EAST, WEST], 点位编号=["A", "B", "A"], 序号=[1, 2, 3])
    with pytest.raises(InputError, match="属性不同（序号）"):
        read_clues(path, batch="2025")


def test_a_file_without_numbers_gets_ones_that_outlast_its_order(tmp_path):
    one = read_clues(gpkg(tmp_path / "a.gpkg", [WEST, EAST], 备注=["甲", "乙"]), batch="2025")
    two = read_clues(gpkg(tmp_path / "b.gpkg", [EAST, WEST], 备注=["乙", "丁"]), batch="2025")
    assert [c.original_id for c in one.clues] == [c.original_id for c in two.clues][::-1]
    assert all(c.id_made and c.original_id.startswith("G") for c in one.clues)
    (said,) = [f for f in one.findings if f.rule == "id_from_content"]
    assert said.message.startswith("文件没有编号列，按图形生成编号（如 G")


def test_rows_of_one_shape_without_numbers_are_told_apart_by_their_attributes(tmp_path):
    found = read_clues(gpkg(tmp_path / "a.gpkg", [WEST, WEST], 备注=["甲", "乙"]), batch="2025")
    assert len({c.original_id for c in found.clues}) == 2
    same = read_clues(gpkg(tmp_path / "b.gpkg", [WEST, WEST], 备注=["甲", "甲"]), batch="2025")
    assert len(same.clues) == 1 and ("same_clue", 2) in rules(same)


def test_a_single_missing_number_is_made_and_named(tmp_path):
    found = read_clues(gpkg(tmp_path / "a.gpkg", [WEST, EAST], 编号=["A", None]), batch="2025")
    assert [c.id_made for c in found.clues] == [False, True]
    assert any(f.message.startswith("第 2 个要素没有编号，按图形生成编号") for f in found.findings)


# Our own ids, and the same file again


def test_the_same_file_twice_adds_nothing(tmp_path):
    path = gpkg(tmp_path / "a.gpkg", [WEST, BOW_TIE], 编号=["A", "B"], 后时相=["2025-08-15", "2025-08-15"])
    plan, clues = imported(path)
    assert plan.new == ("LD2025-0001", "LD2025-0002")
    again, _ = imported(path, clues)
    assert (again.new_events, again.new, again.changed) == ((), (), ())
    assert again.unchanged == plan.new


def test_the_same_clues_in_another_format_and_order_add_nothing(tmp_path):
    _, clues = imported(gpkg(tmp_path / "a.gpkg", [WEST, EAST], 编号=["A", "B"]))
    frame = gpd.GeoDataFrame({"编号": ["B", "A"]}, geometry=[EAST, WEST], crs="EPSG:4490")
    pyogrio.write_dataframe(frame, tmp_path / "b.geojson", driver="GeoJSON", COORDINATE_PRECISION=9)
    plan, _ = imported(tmp_path / "b.geojson", clues)
    assert plan.new_events == () and plan.unchanged == ("LD2025-0002", "LD2025-0001")


def test_an_import_event_holds_the_whole_clue(tmp_path):
    path = gpkg(tmp_path / "a.gpkg", [BOW_TIE], 编号=["A"], 活动类型=["采石采砂"], 后时相=["2025-08-15"])
    (event,) = imported(path)[0].new_events
    assert (event.kind, event.actor, dict(event.before)) == ("import", "张三", {})
    assert set(event.after) == set(Clue.__dataclass_fields__) - {"id", "fields"} | {"activity", "imported"}
    assert event.reason == "导入 a.gpkg 第 1 个要素"
    assert shapely.from_wkb(event.after["original"]).equals_exact(BOW_TIE, 0)
    assert (event.after["status"], event.after["observed"], event.after["dropped"]) == ("待核查", "2025-08-15", "")
    said = event.after["imported"]
    assert (event.after["activity"], said["file"], said["row"]) == ("采石采砂", "a.gpkg", 1)
    assert json.loads(json.dumps(dict(event.after))) == dict(event.after)


def test_a_changed_row_says_what_changed(tmp_path):
    _, clues = imported(gpkg(tmp_path / "a.gpkg", [WEST, EAST], 编号=["A", "B"], 备注=["旧", "乙"]))
    plan, now = imported(gpkg(tmp_path / "b.gpkg", [HALF, EAST], 编号=["A", "B"], 备注=["新", "乙"]), clues)
    (changed,) = plan.changed
    half = area_m2([HALF])[0]
    assert (changed.clue_id, changed.original_id, changed.row) == ("LD2025-0001", "A", 1)
    assert changed.shape.area_change_m2 == pytest.approx(-half) and changed.shape.iou == pytest.approx(0.5)
    assert [(d.name, d.before, d.after) for d in changed.attributes] == [("备注", "旧", "新")]
    assert changed.text == f"图形有变：面积 {-half:+.1f} 平方米，重叠率 50.0%；备注：旧 → 新"
    (event,) = plan.new_events
    assert event.kind == "reimport" and set(event.before) == {"original", "geometry", "attributes", "imported"}
    assert event.before["attributes"] == {"备注": "旧"} and event.after["attributes"] == {"备注": "新"}
    assert shapely.from_wkb(event.before["geometry"]).equals(WEST)
    assert plan.unchanged == ("LD2025-0002",)
    assert imported(tmp_path / "b.gpkg", now)[0].new_events == ()


def test_a_changed_date_moves_the_observed_day(tmp_path):
    _, clues = imported(gpkg(tmp_path / "a.gpkg", [WEST], 编号=["A"], 后时相=["2025-08-15"]))
    plan, now = imported(gpkg(tmp_path / "b.gpkg", [WEST], 编号=["A"], 后时相=["2026-03-20"]), clues)
    assert plan.new_events[0].after["observed"] == "2026-03-20" and now[0].observed == datetime.date(2026, 3, 20)
    assert "观测日期：2025-08-15 → 2026-03-20" in plan.changed[0].text
    assert plan.changed[0].shape is None


def test_what_the_desk_has_changed_is_not_overwritten(tmp_path):
    _, (clue,) = imported(gpkg(tmp_path / "a.gpkg", [WEST], 编号=["A"], 活动类型=["道路"]))
    desk = dataclasses.replace(clue, geometry=EAST, fields={**clue.fields, "activity": "采石采砂"}, status="整改中")
    plan, (now,) = imported(gpkg(tmp_path / "b.gpkg", [HALF], 编号=["A"], 活动类型=["房屋"]), [desk])
    assert plan.changed[0].kept == ("geometry", "activity")
    assert plan.changed[0].text.endswith("保留台账上已改的：图形、活动类型")
    assert now.geometry.equals(EAST) and now.original.equals(HALF)
    assert (now.fields["activity"], now.attributes["活动类型"], now.status) == ("采石采砂", "房屋", "整改中")
    assert imported(tmp_path / "b.gpkg", [now])[0].new_events == ()


def test_another_radius_is_a_change_of_the_outline(tmp_path):
    path = xlsx(tmp_path / "点.xlsx", ["点位编号", "经度", "纬度"], ["P1", 88.5, 44.0])
    _, clues = imported(path, buffer_m=50)
    plan, (now,) = imported(path, clues, buffer_m=100)
    assert plan.changed[0].shape.iou == pytest.approx(0.25, abs=1e-4)
    assert now.fields["buffer_m"] == 100.0 and set(plan.new_events[0].after) == {"geometry", "buffer_m", "imported"}
    assert imported(path, [now], buffer_m=100)[0].new_events == ()


def test_a_moved_point_says_how_far(tmp_path):
    _, clues = imported(xlsx(tmp_path / "a.xlsx", ["点位编号", "经度", "纬度"], ["P1", 88.5, 44.0]))
    plan, _ = imported(xlsx(tmp_path / "b.xlsx", ["点位编号", "经度", "纬度"], ["P1", 88.5, 44.001]), clues)
    # A thousandth of a degree of latitude is 111.1 m here.
    assert plan.changed[0].text.startswith("位置移动 111.1 米；纬度：44 → 44.001")


def test_the_number_of_another_batch_is_another_clue(tmp_path):
    path = gpkg(tmp_path / "a.gpkg", [WEST], 编号=["A"])
    _, clues = imported(path)
    plan, _ = imported(path, clues, batch="绿盾2025-2")
    assert plan.new == ("LD2025-0002",) and plan.absent == ()


def test_a_row_that_is_gone_is_named_and_nothing_happens_to_it(tmp_path):
    _, clues = imported(gpkg(tmp_path / "a.gpkg", [WEST, EAST], 编号=["A", "B"]))
    plan, _ = imported(gpkg(tmp_path / "b.gpkg", [WEST], 编号=["A"]), clues)
    assert (plan.absent, plan.new_events) == (("LD2025-0002",), ())


def test_the_year_comes_from_the_option_the_batch_or_the_image(tmp_path):
    path = gpkg(tmp_path / "a.gpkg", [WEST], 编号=["A"], 后时相=["2024-08-15"])
    assert imported(path, batch="绿盾2025-1", year=2026)[0].new == ("LD2026-0001",)
    assert imported(path, batch="绿盾2025-1")[0].new == ("LD2025-0001",)
    assert imported(path, batch="第三批")[0].new == ("LD2024-0001",)
    bare = gpkg(tmp_path / "b.gpkg", [WEST], 编号=["A"])
    with pytest.raises(InputError, match="定不出第 1 个要素线索的年份：批次“第三批”里没有年份.*加 --year 2025"):
        imported(bare, batch="第三批")


def test_numbers_go_on_after_the_last_and_past_9999_in_five_digits(tmp_path):
    path = gpkg(tmp_path / "a.gpkg", [WEST, EAST], 编号=["A", "B"])
    old = Clue("LD2025-9998", "别的", "X", WEST, WEST, "待核查", None, dropped="duplicate")
    other = Clue("LD2024-0700", "别的", "Y", WEST, WEST, "待核查", None)
    assert imported(path, [old, other])[0].new == ("LD2025-9999", "LD2025-10000")


def test_an_import_by_nobody_is_refused(tmp_path):
    found = read_clues(gpkg(tmp_path / "a.gpkg", [WEST], 编号=["A"]), batch="2025")
    with pytest.raises(InputError, match="没有写明经办人"):
        plan_import(found, [], actor=" ")


def test_ten_thousand_clues_come_in_once(tmp_path):
    shapes = [shapely.box(88.5 + i % 100 / 500, 44 + i // 100 / 500, 88.501 + i % 100 / 500, 44.001 + i // 100 / 500)
              for i in range(10_000)]  # fmt: skip
    path = gpkg(tmp_path / "万.gpkg", shapes, 编号=[f"N{i}" for i in range(10_000)])
    plan, clues = imported(path)
    assert (len(plan.new), plan.new[0], plan.new[-1]) == (10_000, "LD2025-0001", "LD2025-10000")
    assert len(imported(path, clues)[0].unchanged) == 10_000


# Shapes


def test_a_square_and_a_bow_tie_of_the_same_corners_are_not_the_same():
    assert not same_shape(shapely.box(88.5, 44.0, 88.51, 44.01), BOW_TIE)


def test_polygons_that_touch_overlap_by_nothing():
    change = compare_shapes(WEST, shapely.box(88.51, 44.0, 88.52, 44.01))
    assert change.iou == 0.0 and change.area_change_m2 == pytest.approx(0.0, abs=1e-4)


@given(st.floats(0.0001, 0.02), st.floats(0.0001, 0.02))
def test_the_overlap_does_not_depend_on_which_comes_first(one, two):
    a, b = shapely.box(88.5, 44.0, 88.5 + one, 44.01), shapely.box(88.5, 44.0, 88.5 + two, 44.01)
    there, back = compare_shapes(a, b), compare_shapes(b, a)
    assert there.iou == pytest.approx(back.iou) == pytest.approx(min(one, two) / max(one, two))
    assert there.area_change_m2 == pytest.approx(-back.area_change_m2)


# With the ledger


def test_a_ledger_takes_the_events_and_gives_back_clues_that_are_known_again(tmp_path):
    at = datetime.datetime(2025, 9, 1, 10, tzinfo=datetime.UTC)
    first = gpkg(tmp_path / "a.gpkg", [WEST, BOW_TIE], 编号=["A", "B"], 活动类型=["道路", "房屋"], 备注=["旧", None])
    second = gpkg(tmp_path / "b.gpkg", [HALF, BOW_TIE], 编号=["A", "B"], 活动类型=["道路", None], 备注=["新", None])
    with create_ledger(tmp_path / "L.gpkg") as ledger:
        for path, written in ((first, 2), (first, 0), (second, 2), (second, 0)):
            plan = plan_import(read_clues(path, batch="绿盾2025-1"), ledger.clues(), actor="张三")
            assert len(plan.new_events) == written
            if plan.new_events:
                ledger.append(plan.new_events, at=at)
        assert ledger.verify() == ()
        one, two = ledger.clues()
        assert one.geometry.equals(HALF) and one.attributes["备注"] == "新"
        assert two.original.equals_exact(BOW_TIE, 0) and two.geometry.is_valid and "activity" not in two.fields
        assert [e.kind for e in ledger.history(one.id)] == ["import", "reimport"]
