"""Where labels sit."""

import math

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from changji_geo.anchors import label_anchor
from changji_geo.types import BBox

WORLD = BBox(-180, -90, 180, 90)


def test_a_square_on_the_equator_is_labelled_in_its_middle():
    lon, lat = label_anchor(shapely.box(0, -1, 2, 1), WORLD)
    assert (lon, lat) == pytest.approx((1, 0), abs=0.02)


def test_a_horseshoe_is_labelled_on_itself_not_in_its_gap():
    horseshoe = shapely.Polygon([(0, 0), (10, 0), (10, 10), (8, 10), (8, 2), (2, 2), (2, 10), (0, 10)])
    assert shapely.contains(horseshoe, shapely.Point(label_anchor(horseshoe, WORLD)))


def test_a_hole_is_avoided():
    ring = shapely.Polygon(shapely.box(0, 0, 10, 10).exterior, [shapely.box(1, 1, 9, 9).exterior])
    assert shapely.contains(ring, shapely.Point(label_anchor(ring, WORLD)))


def test_deepest_means_metres_not_degrees():
    # at 60 N a degree of longitude is half as long: a 2 x 1 degree box is square on the ground
    lon, lat = label_anchor(shapely.box(0, 59.5, 2, 60.5), WORLD)
    assert (lon, lat) == pytest.approx((1, 60), abs=0.03)


def test_the_largest_part_of_a_multipolygon_gets_the_label():
    parts = shapely.union_all([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 9, 9)])
    assert label_anchor(parts, WORLD).lon > 5


def test_only_the_shown_part_counts():
    tall = shapely.box(0, 0, 2, 10)
    assert label_anchor(tall, BBox(-1, 6, 3, 20)) == pytest.approx((1, 8), abs=1.1)
    assert label_anchor(tall, BBox(-1, 6, 3, 20)).lat > 6


def test_a_feature_outside_the_map_keeps_its_own_anchor():
    assert label_anchor(shapely.box(0, 0, 2, 2), BBox(50, 50, 60, 60)) == pytest.approx((1, 1), abs=0.02)


def test_a_shared_edge_with_the_extent_does_not_turn_an_area_into_a_line():
    assert label_anchor(shapely.box(0, 0, 2, 2), BBox(2, 0, 4, 2)) == pytest.approx((1, 1), abs=0.02)


def test_a_line_is_labelled_halfway():
    assert label_anchor(shapely.LineString([(0, 0), (4, 0)]), WORLD) == (2, 0)


def test_a_point_is_its_own_anchor():
    assert label_anchor(shapely.Point(87.3, 44.0), WORLD) == (87.3, 44.0)


@given(st.lists(st.tuples(st.floats(0.5, 3), st.floats(0.5, 3)), min_size=4, max_size=12))
def test_an_area_always_contains_its_anchor(radii):
    spokes = [
        (88 + (r + s) * 0.1 * math.cos(2 * math.pi * i / len(radii)), 44 + (r + s) * 0.1 * math.sin(2 * math.pi * i / len(radii)))
        for i, (r, s) in enumerate(radii)
    ]  # fmt: skip
    star = shapely.Polygon(spokes)
    assert shapely.contains(star, shapely.Point(label_anchor(star, WORLD)))
