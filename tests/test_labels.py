"""Label placement with rectangles whose answer can be drawn on paper. Lengths in millimetres."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Polygon, box

from changji_geo.render.labels import LabelRequest, TextBox, place_labels

FRAME = (0.0, 0.0, 100.0, 60.0)


def text(width=10.0, height=3.0, size=8.0):
    return TextBox(("字",), size, width, height)


def area(key, outline, anchor, *boxes, must=True):
    return LabelRequest((key,), "area", boxes or (text(),), anchor, outline, must=must)


def point(key, x, y, *boxes, radius=1.0):
    symbol = (x - radius, y - radius, x + radius, y + radius) if radius else None
    return LabelRequest((key,), "point", boxes or (text(),), (x, y), symbol=symbol)


def overlap(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def disjoint(placed):
    return not any(overlap(a.box, b.box) for a, b in itertools.combinations(placed, 2))


def test_an_area_label_sits_on_its_anchor():
    result = place_labels([area("a", box(10, 10, 50, 40), (30, 25))], FRAME)
    assert result.placed[0].box == pytest.approx((25, 23.5, 35, 26.5))
    assert result.dropped == ()


def test_an_area_label_moves_inside_its_area_when_a_symbol_is_in_the_way():
    result = place_labels([area("a", box(10, 10, 50, 40), (30, 25))], FRAME, [(29, 24, 31, 26)])
    placed = result.placed[0]
    assert not overlap(placed.box, (29, 24, 31, 26))
    assert box(10, 10, 50, 40).contains(box(*placed.box))


def test_an_area_label_shrinks_rather_than_leave_its_area():
    narrow = box(10, 10, 19, 40)
    result = place_labels([area("a", narrow, (14.5, 25), text(10, 3, 8), text(8, 2.4, 6.4))], FRAME)
    assert result.placed[0].text.size == 6.4
    assert narrow.contains(box(*result.placed[0].box))
    assert result.placed[0].leader is None


def test_an_area_smaller_than_its_label_gets_it_close_beside_without_a_leader():
    placed = place_labels([area("a", box(30, 30, 32, 32), (31, 31))], FRAME).placed[0]
    assert not overlap(placed.box, (30, 30, 32, 32))
    assert box(30, 30, 32, 32).distance(box(*placed.box)) < 1.2
    assert placed.leader is None


def test_a_label_that_has_to_stand_away_from_its_area_has_a_leader_from_its_anchor():
    crowd = [area(f"c{i}", box(30, 30, 32, 32), (31, 31)) for i in range(16)]
    far = place_labels(crowd, FRAME).placed[-1]
    assert far.leader is not None and far.leader[0] == (31, 31)
    end = far.leader[1]
    assert far.box[0] <= end[0] <= far.box[2] and far.box[1] <= end[1] <= far.box[3]
    assert disjoint(place_labels(crowd, FRAME).placed)


def test_an_area_label_that_need_not_be_there_is_dropped():
    result = place_labels([area("a", box(30, 30, 32, 32), (31, 31), must=False)], FRAME)
    assert result.placed == () and result.dropped == (("a",),)


def test_a_must_label_hangs_over_the_edge_of_an_area_that_is_larger_than_it():
    narrow = box(40, 10, 48, 50)
    result = place_labels([area("a", narrow, (44, 30))], FRAME)
    placed = result.placed[0]
    assert placed.leader is None
    assert box(*placed.box).intersection(narrow).area / 30 == pytest.approx(0.8)


def test_the_part_that_holds_the_anchor_is_used():
    parts = MultiPolygon([box(0, 0, 60, 50), box(70, 10, 95, 20)])
    result = place_labels([area("a", parts, (82, 15))], FRAME)
    assert box(70, 10, 95, 20).contains(box(*result.placed[0].box))


def test_a_label_stays_out_of_a_hole():
    ring = Polygon(box(5, 5, 65, 55).exterior.coords, [list(box(25, 20, 45, 40).exterior.coords)])
    placed = place_labels([area("a", ring, (35, 12))], FRAME).placed[0]
    assert ring.contains(box(*placed.box))


def test_a_point_label_stands_right_of_its_symbol():
    placed = place_labels([point("p", 50, 30)], FRAME).placed[0]
    assert placed.box == pytest.approx((51.5, 28.5, 61.5, 31.5))


def test_a_point_label_at_the_right_edge_stands_left():
    placed = place_labels([point("p", 97, 30)], FRAME).placed[0]
    assert placed.box[2] < 96


def test_a_label_without_a_symbol_stands_on_its_point():
    placed = place_labels([point("p", 50, 30, radius=0)], FRAME).placed[0]
    assert placed.box == pytest.approx((45, 28.5, 55, 31.5))


def test_a_point_label_never_covers_another_symbol():
    others = [(52.0, 27.0, 80.0, 33.0)]
    placed = place_labels([point("p", 50, 30)], FRAME, [(49, 29, 51, 31), *others]).placed[0]
    assert not overlap(placed.box, others[0])


def test_the_first_of_two_labels_that_want_one_place_gets_it_and_the_other_is_dropped():
    tight = (0.0, 0.0, 14.0, 4.0)
    result = place_labels([point("first", 1, 2), point("second", 1, 2)], tight)
    assert [label.key for label in result.placed] == [("first",)]
    assert result.dropped == (("second",),)


def test_two_points_at_one_place_both_get_labels_when_there_is_room():
    result = place_labels([point("first", 50, 30), point("second", 50, 30)], FRAME)
    assert result.dropped == () and disjoint(result.placed)


def test_a_line_label_stands_beside_the_middle():
    line = LineString([(10, 30), (90, 30)])
    request = LabelRequest(("l",), "line", (text(),), (50, 30), line)
    assert place_labels([request], FRAME).placed[0].box == pytest.approx((45, 30.5, 55, 33.5))


def test_a_line_label_slides_along_when_the_middle_is_taken():
    line = LineString([(10, 30), (90, 30)])
    requests = [LabelRequest((key,), "line", (text(),), (50, 30), line) for key in "abc"]
    result = place_labels(requests, FRAME)
    assert result.dropped == () and disjoint(result.placed)


def test_a_frame_without_any_room_keeps_a_must_label_at_its_anchor():
    result = place_labels([area("a", box(0, 0, 2, 2), (1, 1))], (0.0, 0.0, 2.0, 2.0))
    assert result.placed[0].key == ("a",)


def test_no_requests_give_nothing():
    assert place_labels([], FRAME).placed == ()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 60), st.floats(2, 25)), max_size=40))
def test_labels_never_overlap_and_never_leave_the_frame(points):
    requests = [point(str(i), x, y, text(width)) for i, (x, y, width) in enumerate(points)]
    result = place_labels(requests, FRAME, [request.symbol for request in requests])
    assert disjoint(result.placed)
    assert len(result.placed) + len(result.dropped) == len(points)
    for label in result.placed:
        assert label.box[0] >= 0 and label.box[1] >= 0 and label.box[2] <= 100 and label.box[3] <= 60
