"""intake.geometry.repair and intake.geometry.kinds: what is mended, what is refused, what each took, and mixed geometries taken apart."""

from __future__ import annotations

import itertools
import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from changji_geo.ellipsoid import area_m2
from changji_geo.errors import CRSError
from changji_geo.intake.geometry.kinds import split_kinds
from changji_geo.intake.geometry.repair import area_text, repair_geometries

SQUARE = shapely.box(87, 44, 87.01, 44.01)
METRE = 1 / 111_000
"""A metre in degrees of latitude; east-west it is 0.72 m here."""


def frame_of(*shapes, rows=None, **columns):
    index = rows or range(1, len(shapes) + 1)
    return gpd.GeoDataFrame(columns, geometry=list(shapes), index=index, crs="EPSG:4490")


def repaired(*shapes, **columns):
    return repair_geometries(frame_of(*shapes, **columns))


def told(done, rule):
    return [f for f in done.findings if f.rule == rule]


def only(done, rule):
    (finding,) = told(done, rule)
    return finding


def square(x, y, size):
    return shapely.box(x, y, x + size, y + size)


def test_a_bow_tie_keeps_both_loops():
    tie = shapely.Polygon([(87, 44), (87.02, 44.02), (87.02, 44), (87, 44.02)])
    done = repaired(tie)
    found = only(done, "invalid")
    left = shapely.Polygon([(87, 44), (87.01, 44.01), (87, 44.02)])
    right = shapely.Polygon([(87.02, 44), (87.02, 44.02), (87.01, 44.01)])
    assert done.frame.geometry[1].symmetric_difference(shapely.MultiPolygon([left, right])).area < 1e-15
    assert len(done.frame.geometry[1].geoms) == 2
    assert found.level == "repair"
    assert found.row == 1
    assert found.area_before_m2 == pytest.approx(0, abs=1)
    assert found.area_after_m2 == pytest.approx(area_m2([left, right]).sum(), rel=1e-12)
    assert found.message.startswith("自相交（蝴蝶结，位置 87.010000，44.010000），已拆为 2 个部分，面积 ")
    assert found.message.endswith(f"→ {area_text(found.area_after_m2)}")


def test_the_area_before_is_the_difference_of_the_loops():
    tie = shapely.Polygon([(87, 44), (87.03, 44.03), (87.03, 44), (87, 44.01)])  # loops of 1 and 9 units
    found = only(repaired(tie), "invalid")
    assert found.area_before_m2 / found.area_after_m2 == pytest.approx(8 / 10, rel=1e-3)


def test_what_two_parts_cover_twice_counts_once():
    overlapping = shapely.MultiPolygon([shapely.box(87, 44, 87.02, 44.01), shapely.box(87.01, 44, 87.03, 44.01)])
    done = repaired(overlapping)
    found = only(done, "invalid")
    assert done.frame.geometry[1].equals(shapely.box(87, 44, 87.03, 44.01))
    assert found.area_before_m2 / found.area_after_m2 == pytest.approx(4 / 3, rel=1e-9)
    assert "已合并为 1 个部分" in found.message
    assert "-25.0%" in only(done, "area_change").message


def test_what_a_ring_covers_twice_does_not_become_a_hole():
    curl = [(0, 0), (4, 0), (4, 4), (1, 4), (1, 1), (6, 1), (6, 3), (0, 3)]
    done = repaired(shapely.Polygon([(87 + x / 100, 44 + y / 100) for x, y in curl]))
    assert done.frame.geometry[1].area * 1e4 == pytest.approx(19)


def test_a_hole_drawn_as_part_of_the_outline_stays_a_hole():
    inverted = [(0, 0), (4, 0), (4, 4), (2, 4), (3, 2), (1, 2), (2, 4), (0, 4)]
    done = repaired(shapely.Polygon([(87 + x / 100, 44 + y / 100) for x, y in inverted]))
    assert done.frame.geometry[1].area * 1e4 == pytest.approx(14)
    assert len(done.frame.geometry[1].interiors) == 1
    assert told(done, "area_change") == []


def test_a_spike_is_cut_off_and_its_length_told():
    spiked = shapely.Polygon([(87, 44), (87.01, 44), (87.01, 44.01), (87.01, 44.02), (87.01, 44.01), (87, 44.01)])
    done = repaired(spiked)
    assert done.frame.geometry[1].equals(SQUARE)
    text = only(done, "invalid").message
    assert "去掉面积为 0 的突刺（共长 1\u2009111." in text  # 0.01° of latitude
    assert told(done, "area_change") == []


def test_a_crossing_rounded_next_to_a_vertex_comes_out_valid():
    # GEOS 3.14 gives an invalid result for this ring the first time.
    ring = [(5, 6), (0, 8), (11, 8), (2, 5), (0, 0), (6, 7)]
    done = repaired(shapely.Polygon([(87 + x * 0.7 * METRE, 44 + y * 0.7 * METRE) for x, y in ring]))
    assert done.frame.geometry.is_valid.all()


def test_a_bow_tie_has_no_spike():
    tie = shapely.Polygon([(87, 44), (87.03, 44.03), (87.03, 44), (87, 44.01)])
    assert "突刺" not in only(repaired(tie), "invalid").message


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (shapely.Polygon(SQUARE.exterior, [square(88, 44, 0.01).exterior]), "洞在外环之外"),
        (shapely.MultiPolygon([SQUARE, square(87.002, 44.002, 0.002)]), "面套面"),
        (
            shapely.Polygon(
                SQUARE.exterior, [square(87.002, 44.002, 0.006).exterior, square(87.004, 44.004, 0.002).exterior]
            ),
            "洞套洞",
        ),
    ],
)
def test_the_message_names_the_fault_in_chinese(shape, words):
    done = repaired(shape)
    assert only(done, "invalid").message.startswith(words)
    assert done.frame.geometry.is_valid.all()


@pytest.mark.parametrize("shape", [None, shapely.Polygon(), shapely.from_wkt("MULTIPOLYGON EMPTY")])
def test_no_geometry_is_an_error_and_the_row_is_left_out(shape):
    done = repair_geometries(frame_of(SQUARE, shape, rows=[3, 7], 名称=["甲", "乙"]))
    assert list(done.frame.index) == [3]
    assert [(f.level, f.rule, f.row, f.message) for f in done.findings] == [("error", "no_geometry", 7, "没有几何")]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_coordinate_that_is_no_number_is_an_error(bad):
    line = shapely.set_coordinates(shapely.LineString([(0, 0)] * 3), [(87, 44), (bad, 44), (88, bad)])
    done = repaired(line, shapely.Point(87, 44))
    assert only(done, "bad_coordinate").message == "有 2 个顶点的坐标是空值或无穷大"
    assert only(done, "bad_coordinate").row == 1
    assert list(done.frame.index) == [2]


@pytest.mark.parametrize(
    "flat",
    [
        shapely.Polygon([(87, 44), (87.02, 44), (87.01, 44)]),
        shapely.Polygon([(87, 44), (87.02, 44), (87, 44)]),
        shapely.Polygon([(87, 44)] * 4),
        shapely.MultiPolygon([shapely.Polygon([(87, 44), (87.02, 44), (87.01, 44)])] * 2),
    ],
)
def test_a_polygon_without_area_is_an_error_and_nothing_else_is_said_of_it(flat):
    done = repaired(SQUARE, flat)
    assert [(f.level, f.rule, f.row) for f in done.findings] == [("error", "zero_area", 2)]
    assert "面积为 0" in done.findings[0].message
    assert list(done.frame.index) == [1]


def test_a_line_without_length_is_an_error_and_such_a_part_is_dropped():
    flat = shapely.LineString([(87, 44), (87, 44)])
    good = shapely.LineString([(87, 44), (88, 44)])
    done = repaired(flat, shapely.MultiLineString([flat, flat, good]))
    assert [(f.level, f.rule, f.row) for f in done.findings] == [
        ("error", "zero_length", 1),
        ("repair", "zero_length", 2),
    ]
    assert done.findings[1].message == "去掉 2 段长度为 0 的线"
    assert done.frame.geometry[2].equals(good)


def test_z_and_m_are_dropped_with_one_word_and_the_same_area():
    raised = shapely.from_wkt("POLYGON ZM ((87 44 5 1, 87.01 44 6 1, 87.01 44.01 7 1, 87 44.01 8 1, 87 44 5 1))")
    done = repaired(raised, shapely.force_3d(SQUARE, 400.0), shapely.box(88, 44, 89, 45))
    assert not shapely.has_z(done.frame.geometry.array).any()
    assert not shapely.has_m(done.frame.geometry.array).any()
    assert [(f.level, f.rule, f.row) for f in done.findings if f.rule == "dropped_zm"] == [("info", "dropped_zm", None)]
    assert "有 2 个要素带高程 Z 或量测值 M" in only(done, "dropped_zm").message
    assert area_m2(done.frame.geometry)[0] == area_m2(SQUARE)[0]


def test_repeated_vertices_become_one_and_are_counted():
    doubled = shapely.Polygon([(87, 44), (87, 44), (87.01, 44), (87.01, 44), (87.01, 44), (87.01, 44.01), (87, 44.01)])
    done = repaired(doubled, shapely.LineString([(87, 44), (87, 44), (88, 44)]))
    first, second = told(done, "duplicate_vertices")
    assert first.message == "有 3 个重复的相邻顶点，已去掉，形状和面积不变"
    assert first.area_before_m2 == first.area_after_m2 == pytest.approx(area_m2(SQUARE)[0])
    assert (second.row, second.area_before_m2) == (2, 0.0)
    assert [shapely.get_num_coordinates(s) for s in done.frame.geometry] == [5, 2]


def test_rings_that_meet_end_to_start_have_no_repeated_vertex():
    start_at_corner = shapely.MultiPolygon(
        [
            shapely.Polygon([(87, 44), (86, 44), (86, 43), (87, 43)]),
            shapely.Polygon([(87, 44), (88, 44), (88, 45), (87, 45)]),
        ]
    )
    assert repaired(start_at_corner).findings == ()
    assert repaired(shapely.MultiPoint([(87, 44), (87, 44)])).findings == ()


def test_sliver_parts_are_dropped_and_sliver_holes_filled():
    crumb = square(87.5, 44, 0.5 * METRE)  # 0.18 m²
    strip = shapely.box(87.6, 44, 87.6 + 0.05 * METRE, 44.01)  # 0.04 m x 1.1 km = 40 m²
    pinhole = square(87.005, 44.005, 0.5 * METRE)
    shape = shapely.MultiPolygon([shapely.Polygon(SQUARE.exterior, [pinhole.exterior]), crumb, strip])
    done = repaired(shape)
    found = only(done, "sliver_parts")
    assert done.frame.geometry[1].equals(SQUARE)
    assert done.frame.geometry[1].geom_type == "Polygon"
    assert found.area_before_m2 - found.area_after_m2 == pytest.approx(
        area_m2([crumb, strip]).sum() - area_m2([pinhole])[0], rel=1e-4
    )
    assert "去掉碎面 2 处、填上碎洞 1 处（小于 1 平方米或窄于 0.1 米）" in found.message


def test_an_empty_part_is_dropped_and_hides_no_other_fault():
    holey = shapely.from_wkt(f"MULTIPOLYGON (EMPTY, {SQUARE.wkt.removeprefix('POLYGON ')})")
    crumbs = shapely.MultiPolygon([SQUARE, square(87.5, 44, 0.5 * METRE)])
    done = repaired(holey, crumbs)
    assert [f.row for f in told(done, "sliver_parts")] == [1, 2]
    assert all(g.equals(SQUARE) for g in done.frame.geometry)


def test_a_sliver_with_a_hole_is_a_sliver():
    ring = shapely.Polygon(
        square(87.5, 44, 0.9 * METRE).exterior, [square(87.5 + 1e-6, 44 + 1e-6, 0.3 * METRE).exterior]
    )
    done = repaired(shapely.MultiPolygon([SQUARE, ring]), ring)
    assert done.frame.geometry[1].equals(SQUARE)
    assert done.frame.geometry[2].equals(ring)
    assert [f.rule for f in done.findings if f.row == 2] == ["sliver_feature"]


def test_parts_and_holes_above_the_limits_stay():
    crumb = square(87.5, 44, 1.3 * METRE)  # 1.2 m²
    strip = shapely.box(87.6, 44, 87.6 + 0.2 * METRE, 44.01)  # 0.14 m wide
    hole = square(87.005, 44.005, 1.3 * METRE)
    shape = shapely.MultiPolygon([shapely.Polygon(SQUARE.exterior, [hole.exterior]), crumb, strip])
    assert told(repaired(shape), "sliver_parts") == []


def test_a_feature_that_is_all_sliver_is_kept_with_a_warning():
    crumb = shapely.MultiPolygon([square(87, 44, 0.5 * METRE), square(87.5, 44, 0.5 * METRE)])
    done = repaired(crumb)
    assert done.frame.geometry[1].equals_exact(crumb, 0)
    assert [(f.level, f.rule, f.row) for f in done.findings] == [("warning", "sliver_feature", 1)]
    assert "已保留" in done.findings[0].message


def test_a_part_inside_a_filled_hole_does_not_make_the_feature_invalid():
    # A hole of 4 m² with a tail 400 m long is narrower than 0.1 m on the whole; an island of 1.4 m² stands in it.
    x, y, tail = 87.005, 44.005, 0.004
    hole = [(x, y), (x + 3 * METRE, y), (x + 3 * METRE, y + 2 * METRE), (x + 1e-9, y + 2 * METRE), (x, y + tail)]
    island = square(x + 0.5 * METRE, y + 0.2 * METRE, 1.4 * METRE)
    shape = shapely.MultiPolygon([shapely.Polygon(SQUARE.exterior, [hole]), island])
    assert shape.is_valid
    done = repaired(shape)
    assert done.frame.geometry[1].equals(SQUARE)
    assert "填上碎洞 1 处" in only(done, "sliver_parts").message


def test_rings_are_wound_by_rfc_7946_with_one_word_and_other_rings_stay_as_they_are():
    holed = shapely.Polygon(square(88, 44, 0.01).exterior, [square(88.002, 44.002, 0.002).exterior])
    clockwise = shapely.orient_polygons(shapely.MultiPolygon([SQUARE, holed]), exterior_cw=True)
    good = shapely.orient_polygons(shapely.box(89, 44, 90, 45))
    done = repaired(clockwise, good)
    assert [(f.level, f.rule, f.row) for f in done.findings] == [("info", "winding", None)]
    assert done.findings[0].message.startswith("有 1 个要素的环方向不合 RFC 7946")
    for part in done.frame.geometry[1].geoms:
        assert part.exterior.is_ccw
        assert not any(ring.is_ccw for ring in part.interiors)
    assert done.frame.geometry[2].equals_exact(good, 0)


def test_a_shapefile_that_keeps_its_own_rule_of_winding_is_not_reported():
    clockwise = shapely.orient_polygons(SQUARE, exterior_cw=True)
    bow_tie = shapely.Polygon([(88, 44), (88.01, 44.01), (88.01, 44), (88, 44.01)])
    kept = repair_geometries(frame_of(clockwise, bow_tie), clockwise=True)
    assert "winding" not in [f.rule for f in kept.findings]
    assert all(ring.is_ccw for ring in shapely.get_exterior_ring(shapely.get_parts(kept.frame.geometry.array)))
    broken = repair_geometries(frame_of(shapely.orient_polygons(SQUARE), clockwise), clockwise=True)
    assert only(broken, "winding").message.startswith("有 1 个要素的环方向不合 Shapefile 和 FileGDB 的规定")


def test_a_hole_wound_like_its_shell_is_turned():
    shape = shapely.Polygon(SQUARE.exterior, [square(87.002, 44.002, 0.002).exterior])
    shape = shapely.Polygon(
        shape.exterior if shape.exterior.is_ccw else shape.exterior.reverse(),
        [r if r.is_ccw else r.reverse() for r in shape.interiors],
    )
    done = repaired(shape)
    assert not done.frame.geometry[1].interiors[0].is_ccw
    assert only(done, "winding")


def test_alike_rows_are_kept_and_listed_once():
    same = shapely.Polygon([(87.01, 44), (87.01, 44.01), (87, 44.01), (87, 44)])  # the square from another corner
    frame = frame_of(SQUARE, same, SQUARE, rows=[2, 5, 9], 名称=["甲", "甲", "乙"], 面积=[None, None, 1.0])
    done = repair_geometries(frame, row_word="行")
    assert len(done.frame) == 3
    found = only(done, "duplicate_feature")
    assert (found.level, found.row) == ("warning", 2)
    assert found.message.startswith("第 2、5 行的几何和属性完全相同（共 2 个）")


def test_same_box_and_vertex_count_are_not_enough_to_be_alike():
    up = shapely.Polygon([(87, 44), (88, 44), (87, 45)])
    down = shapely.Polygon([(88, 45), (88, 44), (87, 45)])
    assert told(repaired(up, down), "duplicate_feature") == []


def test_valid_polygons_keep_every_bit_and_the_frame_given_is_not_altered():
    rng = np.random.default_rng(7)
    shapes = shapely.buffer(shapely.points(rng.uniform([86, 43.5], [91, 45], (200, 2))), 0.003)
    shapes = shapely.orient_polygons(shapes)
    tie = shapely.Polygon([(87, 44), (87.02, 44.02), (87.02, 44), (87, 44.02)])
    frame = frame_of(*shapes, tie, 名称=list("甲" * 201))
    before = frame.copy(deep=True)
    done = repair_geometries(frame)
    assert (shapely.to_wkb(done.frame.geometry.array[:200]) == shapely.to_wkb(shapes)).all()
    assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(before))


def test_the_geometry_column_may_have_another_name():
    done = repair_geometries(frame_of(SQUARE, None, 名称=["甲", "乙"]).rename_geometry("shape"))
    assert done.frame.geometry.name == "shape"
    assert done.frame.crs.to_epsg() == 4490


def test_an_empty_frame_stays_empty():
    done = repair_geometries(frame_of())
    assert (len(done.frame), done.findings) == (0, ())


@pytest.mark.parametrize(("crs", "words"), [(None, "没有坐标系"), ("EPSG:4517", "给出的是投影坐标")])
def test_areas_need_degrees(crs, words):
    with pytest.raises(CRSError, match=words):
        repair_geometries(gpd.GeoDataFrame(geometry=[SQUARE], crs=crs))


def test_a_hundred_thousand_valid_polygons_pass_quickly():
    rng = np.random.default_rng(1)
    angle = np.linspace(0, 2 * np.pi, 16)[:-1]
    ring = 0.002 * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    xy = rng.uniform([86, 43.5], [91, 45], (100_000, 1, 2)) + ring
    frame = gpd.GeoDataFrame(geometry=shapely.polygons(xy), index=range(1, 100_001), crs="EPSG:4490")
    start = time.process_time()
    done = repair_geometries(frame)
    assert done.findings == ()
    assert time.process_time() - start < 6  # about 0.8 s on an idle core


COORDINATE = st.integers(0, 12).map(lambda k: k * 0.7 * METRE)
VERTICES = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=3, max_size=9)


def polygon_of(vertices):
    return shapely.Polygon([(87 + x, 44 + y) for x, y in vertices])


@settings(deadline=None, max_examples=150)
@given(st.lists(st.lists(VERTICES, min_size=1, max_size=3), min_size=1, max_size=4))
def test_repairing_the_repaired_changes_nothing(features):
    shapes = [
        polygon_of(f[0]) if len(f) == 1 else shapely.MultiPolygon([polygon_of(vertices) for vertices in f])
        for f in features
    ]
    once = repaired(*shapes)
    twice = repair_geometries(once.frame)
    assert once.frame.geometry.is_valid.all()
    assert (shapely.to_wkb(twice.frame.geometry.array) == shapely.to_wkb(once.frame.geometry.array)).all()
    assert {f.level for f in twice.findings} <= {"warning"}
    assert len(once.frame) + len({f.row for f in once.findings if f.level == "error"}) == len(shapes)


def winding_number(x, y, ring):
    """How often a closed ring goes round a point, anticlockwise positive."""
    total = 0
    for (x0, y0), (x1, y1) in itertools.pairwise(ring):
        if (y0 <= y) != (y1 <= y):
            side = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)
            total += 1 if y1 > y0 and side > 0 else -1 if y1 <= y0 and side < 0 else 0
    return total


@settings(deadline=None, max_examples=100)
@given(VERTICES, st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), min_size=5, max_size=5))
def test_what_a_ring_winds_around_is_kept_once_and_the_rest_is_left_out(vertices, cells):
    """The law of the method, at points off all edges; slivers apart."""
    done = repaired(polygon_of([(100 * x, 100 * y) for x, y in vertices]))
    kept = done.frame.geometry[1] if len(done.frame) else shapely.Polygon()
    ring = [(100 * x, 100 * y) for x, y in [*vertices, vertices[0]]]
    outline = shapely.LineString(ring)
    for column, row in cells:
        x, y = (column + 0.37) * 70 * METRE, (row + 0.41) * 70 * METRE
        if outline.distance(shapely.Point(x, y)) > 2 * METRE:
            assert shapely.intersects_xy(kept, 87 + x, 44 + y) == (winding_number(x, y, ring) != 0)


# kinds


def test_kinds_are_split_under_their_row_numbers():
    line = shapely.LineString([(87, 44), (88, 44)])
    frame = frame_of(
        shapely.Point(87, 44), SQUARE, line, shapely.MultiPolygon([SQUARE]), rows=[2, 3, 5, 8], 名称=list("甲乙丙丁")
    )
    done = split_kinds(frame)
    assert {k: list(f.index) for k, f in done.frames.items()} == {"area": [3, 8], "line": [5], "point": [2]}
    assert list(done.frames["area"].名称) == ["乙", "丁"]
    assert [g.geom_type for g in done.frames["area"].geometry] == ["Polygon", "MultiPolygon"]
    assert [(f.level, f.rule, f.row) for f in done.findings] == [("info", "mixed_kinds", None)]
    assert "面 2 个、线 1 个、点 1 个" in done.findings[0].message


def test_one_kind_passes_without_a_word():
    frame = frame_of(SQUARE, shapely.MultiPolygon([SQUARE]))
    done = split_kinds(frame)
    assert done.findings == ()
    assert done.frames["area"].equals(frame)


def test_a_collection_of_one_kind_becomes_one_multi_geometry():
    other = shapely.box(88, 44, 89, 45)
    done = split_kinds(frame_of(shapely.GeometryCollection([SQUARE, shapely.GeometryCollection([other])])))
    assert done.frames["area"].geometry[1].equals_exact(shapely.MultiPolygon([SQUARE, other]), 0)
    assert [(f.level, f.rule, f.row) for f in done.findings] == [("repair", "collection", 1)]
    assert done.findings[0].message == "几何集合已拆开（面 2 个），合为一个要素"


def test_areas_of_a_collection_that_overlap_are_united_and_it_is_told():
    other = shapely.box(87.005, 44, 87.02, 44.01)
    done = split_kinds(frame_of(shapely.GeometryCollection([SQUARE, other])))
    assert done.frames["area"].geometry[1].equals(shapely.box(87, 44, 87.02, 44.01))
    assert done.findings[0].message == "几何集合已拆开（面 2 个，重叠或共边的已合并），合为一个要素"


def test_a_collection_with_one_part_is_not_promoted():
    done = split_kinds(frame_of(shapely.GeometryCollection([SQUARE])))
    assert done.frames["area"].geometry[1].geom_type == "Polygon"


def test_a_row_of_several_kinds_stands_in_several_frames():
    mixed = shapely.GeometryCollection([SQUARE, shapely.MultiPoint([(87, 44), (88, 44)]), shapely.Point(89, 44)])
    done = split_kinds(frame_of(mixed, rows=[4], 名称=["甲"]))
    assert {k: (list(f.index), f.geometry[4].geom_type, list(f.名称)) for k, f in done.frames.items()} == {
        "area": ([4], "Polygon", ["甲"]),
        "point": ([4], "MultiPoint", ["甲"]),
    }
    assert len(done.frames["point"].geometry[4].geoms) == 3
    assert "面 1 个、点 3 个" in next(f.message for f in done.findings if f.rule == "collection")


def test_a_lone_ring_is_a_line_and_nothing_is_an_error():
    ring = shapely.LinearRing([(87, 44), (88, 44), (88, 45)])
    empty = shapely.from_wkt("GEOMETRYCOLLECTION (POINT EMPTY)")
    done = split_kinds(frame_of(ring, None, empty))
    assert [g.geom_type for g in done.frames["line"].geometry] == ["LineString"]
    assert [(f.level, f.rule, f.row) for f in done.findings] == [
        ("error", "no_geometry", 2),
        ("error", "no_geometry", 3),
    ]


def test_splitting_keeps_crs_and_the_frame_given():
    frame = frame_of(shapely.GeometryCollection([SQUARE]), shapely.Point(87, 44))
    before = shapely.to_wkb(frame.geometry.array)
    done = split_kinds(frame)
    assert {f.crs.to_epsg() for f in done.frames.values()} == {4490}
    assert (shapely.to_wkb(frame.geometry.array) == before).all()
    assert split_kinds(frame_of()).frames == {}
