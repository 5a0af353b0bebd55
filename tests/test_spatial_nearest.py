"""join_nearest: the geodesically nearest feature and the distance to it, whatever the geometry, the CRS or the zone."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPoint, Point, Polygon, box

from changji_geo.ellipsoid import geod
from changji_geo.errors import CRSError, InputError, LayerError
from changji_geo.spatial.edge_distance import LocalPlane, Reach, least_distances_m, take_apart
from changji_geo.spatial.nearest import join_nearest


def frame(*shapes: shapely.Geometry | None, crs: object = "EPSG:4490", **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)


def targets(*shapes: shapely.Geometry | None, crs: object = "EPSG:4490") -> gpd.GeoDataFrame:
    return frame(*shapes, crs=crs, no=list(range(len(shapes))))


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(geod().inv(*a, *b)[2])


def brute_m(one: np.ndarray, other: np.ndarray) -> float:
    """Least distance of two edges ((start, end) each), by grids that close in on the least value."""
    low, high, best = np.zeros(2), np.ones(2), np.inf
    for _ in range(11):
        s, t = (np.linspace(low[i], high[i], 25) for i in (0, 1))
        p = one[0] + s[:, None] * (one[1] - one[0])
        q = other[0] + t[:, None] * (other[1] - other[0])
        px, qx = np.meshgrid(p[:, 0], q[:, 0], indexing="ij")
        py, qy = np.meshgrid(p[:, 1], q[:, 1], indexing="ij")
        distance = geod().inv(px, py, qx, qy)[2]
        i, j = np.unravel_index(np.argmin(distance), distance.shape)
        best = min(best, float(distance[i, j]))
        reach = (high - low) / 6
        centre = np.array([s[i], t[j]])
        low, high = np.clip(centre - reach, 0, 1), np.clip(centre + reach, 0, 1)
    return best


def oracle_m(one: shapely.Geometry, other: shapely.Geometry) -> float:
    """Least distance of two geometries: every edge of the one with every edge of the other."""
    if shapely.intersects(one, other):
        return 0.0
    edges = [
        [
            np.array(xy[i : i + 2])
            for ring in rings
            for xy in [shapely.get_coordinates(ring)]
            for i in range(len(xy) - 1)
        ]
        or [np.repeat(shapely.get_coordinates(shape), 2, axis=0)]
        for shape in (one, other)
        for rings in [shapely.get_rings(shape) if shape.geom_type == "Polygon" else [shape]]
    ]
    return min(brute_m(a, b) for a in edges[0] for b in edges[1])


def test_the_distance_of_two_points_is_exactly_the_geodesic_one_across_the_zone_border() -> None:
    here, there = (88.4937, 44.0123), (88.5261, 44.0345)
    found = join_nearest(frame(Point(here)), targets(Point(there)))
    assert found["distance_m"].tolist() == [metres(here, there)]
    assert found["distance_m"][0] == pytest.approx(3582.24, abs=0.01)


def test_the_nearest_on_the_ground_is_taken_where_degrees_name_another() -> None:
    # 0.12° of longitude at 44.01° are 9.6 km, 0.1° of latitude are 11.1 km.
    found = join_nearest(frame(Point(87.30, 44.01)), targets(Point(87.30, 44.11), Point(87.42, 44.01)))
    assert found["no"].tolist() == [1]
    assert found["distance_m"][0] == pytest.approx(9623.13, abs=0.01)


def test_every_neighbour_of_many_points_is_the_one_of_the_full_table_of_distances() -> None:
    rng = np.random.default_rng(3)
    here = np.column_stack([rng.uniform(85.6, 91.6, 1500), rng.uniform(42.8, 45.9, 1500)])
    there = np.column_stack([rng.uniform(85.6, 91.6, 400), rng.uniform(42.8, 45.9, 400)])
    table = geod().inv(*(np.repeat(c, 400) for c in here.T), *(np.tile(c, 1500) for c in there.T))[2].reshape(1500, 400)
    found = join_nearest(frame(*shapely.points(here)), targets(*shapely.points(there)))
    assert found["no"].tolist() == table.argmin(axis=1).tolist()
    assert found["distance_m"].tolist() == table.min(axis=1).tolist()


def test_neighbours_are_right_all_over_the_globe_and_across_the_date_line() -> None:
    rng = np.random.default_rng(4)
    here = np.column_stack([rng.uniform(-180, 180, 200), rng.uniform(-89, 89, 200)])
    there = np.column_stack([rng.uniform(-180, 180, 40), rng.uniform(-89, 89, 40)])
    table = geod().inv(*(np.repeat(c, 40) for c in here.T), *(np.tile(c, 200) for c in there.T))[2].reshape(200, 40)
    found = join_nearest(frame(*shapely.points(here)), targets(*shapely.points(there)))
    assert found["no"].tolist() == table.argmin(axis=1).tolist()
    over = join_nearest(frame(Point(179.9, 44)), targets(Point(178, 44), Point(-179.9, 44)))
    assert over["no"].tolist() == [1]
    assert over["distance_m"][0] == pytest.approx(metres((179.9, 44), (180.1, 44)))


def test_the_foot_on_an_edge_is_found_along_a_meridian_and_along_a_parallel() -> None:
    # The meridian is a geodesic, and from a point 1.5° away its foot is north of the point's own latitude.
    west, meridian = (87.0, 44.0), LineString([(88.5, 43), (88.5, 45)])
    lat = np.linspace(43.9, 44.1, 20001)
    sampled = geod().inv(np.full(20001, 87.0), np.full(20001, 44.0), np.full(20001, 88.5), lat)[2]
    found = join_nearest(frame(Point(west)), targets(meridian))["distance_m"][0]
    assert found == pytest.approx(sampled.min(), abs=1e-6)
    assert lat[sampled.argmin()] > 44.009
    # A parallel's foot is straight south.
    parallel = LineString([(86, 44), (89, 44)])
    found = join_nearest(frame(Point(87.3, 44.5)), targets(parallel))["distance_m"][0]
    assert found == pytest.approx(metres((87.3, 44.5), (87.3, 44.0)), abs=1e-6)


def test_an_edge_stays_straight_in_degrees_when_the_layer_is_kept_in_another_crs() -> None:
    line, point = LineString([(88.0, 44.0), (88.4, 44.3)]), Point(88.6, 44.0)
    degrees = join_nearest(frame(point), targets(line))["distance_m"][0]
    projected = join_nearest(frame(point).to_crs(4517), targets(line).to_crs(4518))["distance_m"][0]
    assert projected == pytest.approx(degrees, abs=1e-4)
    assert degrees == pytest.approx(oracle_m(point, line), abs=1e-6)


def test_a_point_in_a_polygon_on_its_border_or_in_its_hole() -> None:
    ring = Polygon([(88, 44), (89, 44), (89, 45), (88, 45)], [[(88.4, 44.4), (88.6, 44.4), (88.6, 44.6), (88.4, 44.6)]])
    points = [Point(88.2, 44.2), Point(88.0, 44.5), Point(88, 44), Point(88.5, 44.41)]
    found = join_nearest(frame(*points), targets(ring))["distance_m"]
    assert found[:3].tolist() == [0.0, 0.0, 0.0]
    assert found[3] == pytest.approx(metres((88.5, 44.41), (88.5, 44.4)), abs=1e-6)


def test_lines_and_polygons_are_measured_from_their_nearest_points() -> None:
    left = frame(
        LineString([(88, 44), (88, 45)]), box(88.0, 44.2, 88.1, 44.3), LineString([(88.9, 44.5), (89.5, 44.5)])
    )
    right = targets(box(89.0, 44.4, 89.2, 44.6), MultiPoint([(88.3, 44.25), (80, 40)]))
    found = join_nearest(left, right)
    assert found["no"].tolist() == [1, 1, 0]
    # From the point the foot on the meridian lies a little north; on the box's side of 0.1° as well.
    point = Point(88.3, 44.25)
    assert found["distance_m"][0] == pytest.approx(oracle_m(left.geometry[0], point), abs=1e-6)
    assert found["distance_m"][1] == pytest.approx(oracle_m(left.geometry[1], point), abs=1e-6)
    assert found["distance_m"][2] == 0.0
    assert found["distance_m"][1] < metres((88.1, 44.25), (88.3, 44.25)) < found["distance_m"][0]


def test_parts_and_nested_collections_count() -> None:
    nested = shapely.GeometryCollection(
        [shapely.GeometryCollection([Point(87.01, 44)]), LineString([(90, 44), (91, 44)])]
    )
    found = join_nearest(frame(Point(87, 44)), targets(Point(87.02, 44), nested))
    assert found["no"].tolist() == [1]
    assert found["distance_m"][0] == metres((87, 44), (87.01, 44))


def test_heights_do_not_count() -> None:
    found = join_nearest(frame(Point(87, 44, 900)), targets(Point(87, 44, 0), Point(87, 44.001, 900)))
    assert (found["no"][0], found["distance_m"][0]) == (0, 0.0)


def test_equal_distances_go_to_the_first_row() -> None:
    east, west = Point(87.1, 44), Point(86.9, 44)
    for order in ((east, west), (west, east)):
        assert join_nearest(frame(Point(87, 44)), targets(*order))["no"].tolist() == [0]
    # Neighbours that share the nearest edge, drawn the other way round; and two polygons that both hold the point.
    left, right = box(88, 44, 88.3, 44.7), box(87.7, 44, 88, 44.7)
    shared = LineString([(88, 44.7), (88, 44)])
    assert join_nearest(frame(Point(88.4, 44.31)), targets(Point(95, 44), left, left))["no"].tolist() == [1]
    assert join_nearest(frame(Point(88.0, 44.31)), targets(right, left, shared))["no"].tolist() == [0]
    assert join_nearest(frame(Point(88.1, 44.9)), targets(LineString([(88.3, 44.7), (88, 44.7)]), left))["no"][0] == 0


def test_what_is_missing_empty_or_not_finite_gets_missing_values() -> None:
    with np.errstate(invalid="ignore"):
        broken = LineString([(87, 44), (np.nan, 45)])
    left = frame(Point(87, 44), None, Point(), Point(np.nan, 44), broken, Polygon())
    right = targets(None, Point(), Point(87.01, 44), Point(np.nan, np.nan))
    found = join_nearest(left, right)
    assert found["no"].tolist() == [2, pd.NA, pd.NA, pd.NA, pd.NA, pd.NA]
    assert found["distance_m"].isna().tolist() == [False, True, True, True, True, True]
    projected = join_nearest(frame(Point(500000, 4873000), Point(np.nan, 1), crs=4509), right)
    assert projected["distance_m"].isna().tolist() == [False, True]


def test_beyond_the_limit_nothing_is_found_and_the_limit_itself_counts() -> None:
    far = metres((87, 44), (87.01, 44))
    left, right = frame(Point(87, 44), Point(90, 44)), targets(Point(87.01, 44))
    assert join_nearest(left, right, max_distance_m=far)["no"].tolist() == [0, pd.NA]
    assert join_nearest(left, right, max_distance_m=far - 0.001)["no"].isna().all()
    assert join_nearest(left, targets(Point(90, 44)), max_distance_m=0)["no"].tolist() == [pd.NA, 0]


def test_an_empty_frame_on_either_side() -> None:
    found = join_nearest(frame(Point(87, 44)), targets())
    assert list(found.columns) == ["geometry", "no", "distance_m"]
    assert found[["no", "distance_m"]].isna().all(axis=None)
    assert len(join_nearest(frame(), targets(Point(87, 44)))) == 0
    assert list(join_nearest(frame(), targets(Point(87, 44))).columns) == ["geometry", "no", "distance_m"]


def test_types_are_kept_where_every_row_has_a_neighbour_and_nullable_otherwise() -> None:
    columns = {
        "whole": np.array([7], dtype="int32"),
        "flag": [True],
        "size": [1.5],
        "名称": ["东井"],
        "day": pd.to_datetime(["2026-03-01"]),
        "kind": pd.Categorical(["井"]),
    }
    right = frame(Point(87, 44), **columns)
    full = join_nearest(frame(Point(87, 44)), right)
    assert full[list(columns)].dtypes.tolist() == right[list(columns)].dtypes.tolist()
    part = join_nearest(frame(Point(87, 44), None), right)
    assert [str(part[name].dtype) for name in ("whole", "flag", "size", "kind")] == [
        "Int32", "boolean", "float64", "category",
    ]  # fmt: skip
    assert part.loc[0, list(columns)].tolist() == right.loc[0, list(columns)].tolist()
    assert part.loc[1, list(columns)].isna().all()


def test_rows_index_crs_and_the_given_frames_are_left_alone() -> None:
    left = frame(Point(88, 44), Point(87, 44), 井=["a", "b"]).set_axis([30, 10]).to_crs(4517)
    right = targets(Point(87.1, 44), Point(88.1, 44)).set_axis(["x", "x"])
    before = left.copy(), right.copy()
    found = join_nearest(left, right, columns=[])
    assert list(found.columns) == ["井", "geometry", "distance_m"]
    assert join_nearest(left, right)["no"].to_dict() == {30: 1, 10: 0}
    assert found.crs == left.crs
    assert found.geometry.tolist() == left.geometry.tolist()
    pd.testing.assert_frame_equal(left, before[0])
    pd.testing.assert_frame_equal(right, before[1])


def test_bad_requests_are_refused() -> None:
    here, there = frame(Point(87, 44), name=["甲"]), frame(Point(87, 44), name=["乙"], level=[1])
    with pytest.raises(LayerError, match="左表：已有列“name”，结果会重名。处理：先给其中一方的列改名，或用 columns"):
        join_nearest(here, there)
    assert join_nearest(here, there, columns=["level"])["level"].tolist() == [1]
    with pytest.raises(LayerError, match="右表：没有列“levl”。处理：是不是“level”？"):
        join_nearest(here, there, columns=["levl"])
    with pytest.raises(LayerError, match="左表：已有列“distance_m”，结果会重名。处理：先改名或删去"):
        join_nearest(join_nearest(here, there, columns=[]), there, columns=[])
    with pytest.raises(LayerError, match="右表：已有列“distance_m”，结果会重名。处理：先改名，或用 columns"):
        join_nearest(here, frame(Point(87, 44), distance_m=[1.0]))
    for wrong in (-1, float("nan")):
        with pytest.raises(InputError, match=f"max_distance_m = {wrong} 不能用。应为：不小于 0 的米数"):
            join_nearest(here, there, columns=[], max_distance_m=wrong)
    with pytest.raises(CRSError, match="左表：没有坐标系信息"):
        join_nearest(frame(Point(87, 44), crs=None), there)
    with pytest.raises(CRSError, match="右表：没有坐标系信息"):
        join_nearest(frame(Point(87, 44)), frame(Point(87, 44), crs=None))


LON = st.floats(85.6, 91.6)
LAT = st.floats(42.8, 45.9)
SPAN = st.floats(-0.09, 0.09)
POINT = st.builds(Point, LON, LAT)
LINE = st.builds(lambda x, y, dx, dy: LineString([(x, y), (x + dx, y + dy)]), LON, LAT, SPAN, SPAN)
BOX = st.builds(lambda x, y, w, h: box(x, y, x + 0.001 + abs(w), y + 0.001 + abs(h)), LON, LAT, SPAN, SPAN)
SHAPE = st.one_of(POINT, LINE, BOX)


@given(st.lists(SHAPE, min_size=1, max_size=2), st.lists(SHAPE, min_size=1, max_size=4))
@settings(max_examples=15, deadline=None)
def test_the_chosen_feature_is_the_nearest_of_all(here: list[shapely.Geometry], there: list[shapely.Geometry]) -> None:
    found = join_nearest(frame(*here), targets(*there))
    for shape, number, distance in zip(here, found["no"], found["distance_m"], strict=True):
        table = [oracle_m(shape, other) for other in there]
        assert distance == pytest.approx(min(table), abs=1e-5)
        assert table[number] == pytest.approx(min(table), abs=1e-5)


@given(LON, LAT, SPAN, SPAN, LON, LAT, SPAN, SPAN, st.sampled_from([1.0, 0.1, 0.01]))
@settings(max_examples=40, deadline=None)
def test_two_edges_are_nearest_at_an_end_of_one_of_them(
    x: float, y: float, dx: float, dy: float, x2: float, y2: float, dx2: float, dy2: float, near: float
) -> None:
    one = np.array([(x, y), (x + dx, y + dy)])
    other = np.array([(x2, y2), (x2 + dx2, y2 + dy2)]) * near + one[0] * (1 - near)
    sides = [take_apart(np.array([LineString(edge)], dtype=object)) for edge in (one, other)]
    k, j = (index.ravel() for index in np.indices((len(sides[0]), len(sides[1]))))
    found = least_distances_m(sides[0], k, sides[1], j, group=np.zeros(len(k), dtype=np.intp)).min()
    if not shapely.intersects(LineString(one), LineString(other)):
        assert found <= brute_m(one, other) + 1e-6


@given(SHAPE, SHAPE)
@settings(max_examples=60, deadline=None)
def test_the_plane_never_shows_two_things_farther_apart_than_it_promises(
    one: shapely.Geometry, other: shapely.Geometry
) -> None:
    here, there = take_apart(np.array([one], dtype=object)), take_apart(np.array([other], dtype=object))
    plane = LocalPlane(45.0, 88.5)
    k, j = (index.ravel() for index in np.indices((len(here), len(there))))
    ground = least_distances_m(here, k, there, j, group=np.arange(len(k)))
    lines = [plane.edges(side) for side in (here, there)]
    drawn = shapely.distance(lines[0][k], lines[1][j])
    lon, lat = ((np.minimum(a, b), np.maximum(a, b)) for a, b in zip(here.start[k].T, here.end[k].T, strict=True))
    assert (ground <= drawn + 20).all()
    promised = Reach(plane, 12_000.0, 85.0, 42.0, 92.0, 46.0).reach_m(lon, lat, ground)
    assert (drawn <= promised).all()
    assert (promised < 1.002 * ground + 40).all()


@given(LAT)
@settings(max_examples=20, deadline=None)
def test_the_plane_is_true_to_scale_by_its_own_formula(lat: float) -> None:
    plane = LocalPlane(45.0, 88.5)
    ends = np.array([[88.0, lat], [88.0 + 1e-4, lat], [88.0, lat + 1e-4]])
    x = plane.project(ends)
    for end in (1, 2):
        drawn = np.hypot(*(x[end] - x[0]))
        assert drawn / metres(tuple(ends[0]), tuple(ends[end])) == pytest.approx(
            plane.scale(np.array([lat]))[0], rel=1e-5
        )
    assert plane.scale(np.array([45.0]))[0] == pytest.approx(1, rel=1e-12)


def test_a_long_edge_is_divided_without_moving() -> None:
    pieces = take_apart(np.array([LineString([(86, 43), (89, 45)]), Point(87, 44), None, Polygon()], dtype=object))
    assert pieces.owner.tolist() == [0] * 37 + [1]  # 3.606° in pieces of at most 0.1°
    assert np.abs((pieces.start[:37, 0] - 86) * 2 / 3 + 43 - pieces.start[:37, 1]).max() < 1e-12
    assert (pieces.start[1:37] == pieces.end[:36]).all()
