"""Overlay shares: ellipsoidal areas of the pieces, equal to plain shapely's, and their sums."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from changji_geo.ellipsoid import area_m2, geod
from changji_geo.errors import CRSError, LayerError
from changji_geo.spatial import areas
from changji_geo.spatial.overlay import overlay_shares
from changji_geo.spatial.validity import valid_shapes
from tests.test_spatial_zone_index import lattice_zones, moved, tiling

SEEDS = st.integers(0, 2**32 - 1)
SQUARES = [box(87, 44, 88, 45), box(88, 44, 89, 45)]


def frame(shapes, crs="EPSG:4490", index=None, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs, index=index)


def plain(features, zones):
    """The oracle: every pair through shapely, then the area of the piece."""
    rows = []
    for i, feature in enumerate(features):
        own = area_m2(feature)[0]
        for k, zone in enumerate(zones):
            area = area_m2(shapely.intersection(feature, zone))[0]
            if area >= 1e-9 * min(own, area_m2(zone)[0]):
                rows.append((i, k, area, area / own))
    return pd.DataFrame(rows, columns=["feature_id", "zone_id", "area_m2", "share"])


def assert_same(found, expected, features):
    """Same pairs, same areas to 1e-9 of the feature."""
    own = area_m2(np.array(features, dtype=object))
    both = found.merge(expected, on=["feature_id", "zone_id"], how="outer", suffixes=("", "_plain"))
    gap = (both["area_m2"].fillna(0) - both["area_m2_plain"].fillna(0)).abs()
    assert (gap <= 2e-9 * own[both["feature_id"].to_numpy(dtype=int)]).all()
    assert (both["share"] - both["share_plain"]).abs().max() < 1e-9 or not len(both)


def test_a_parcel_across_a_border_is_split_in_proportion():
    # At the same latitudes areas are in proportion to the longitudes: 0.1 and 0.3 degrees.
    parcel = box(87.9, 44.1, 88.3, 44.2)
    out = overlay_shares(frame([parcel], id=["甲"]), frame(SQUARES, code=[1, 2]), feature_id="id", zone_id="code")
    assert list(out.columns) == ["feature_id", "zone_id", "area_m2", "share"]
    assert out[["feature_id", "zone_id"]].values.tolist() == [["甲", 1], ["甲", 2]]
    assert out["share"].tolist() == pytest.approx([0.25, 0.75], abs=1e-12)
    assert out["area_m2"].sum() == pytest.approx(area_m2(parcel)[0], rel=1e-12)


def test_the_areas_are_those_of_the_geodesic_oracle_on_densified_edges():
    triangle = shapely.Polygon([(87.9, 44.1), (88.02, 44.13), (87.95, 44.3)])
    out = overlay_shares(frame([triangle]), frame(SQUARES))
    for (_, row), square in zip(out.iterrows(), SQUARES, strict=True):
        piece = shapely.orient_polygons(shapely.intersection(triangle, square))
        area, _ = geod().geometry_area_perimeter(shapely.segmentize(piece, 1e-4))
        assert row["area_m2"] == pytest.approx(abs(area), rel=1e-9)


def test_a_geodesic_edge_bows_away_from_a_parallel_as_the_docstring_says():
    # Between two points on 44°N, about 3.2, 32 and 100 km apart: the middle of the geodesic lies north of the parallel.
    for degrees, metres in ((0.0399, 0.19), (0.399, 19.3), (1.2468, 189.0)):
        azimuth, _, length = geod().inv(88, 44, 88 + degrees, 44)
        lon, lat, _ = geod().fwd(88, 44, azimuth, length / 2)
        assert geod().inv(lon, lat, lon, 44)[2] == pytest.approx(metres, rel=0.02)
        assert lat > 44


def test_wholly_inside_is_exactly_one_and_outside_has_no_row():
    features = frame([box(87.2, 44.2, 87.3, 44.3), box(10, 10, 11, 11), box(86, 44.2, 86.5, 44.3)], index=[7, 8, 9])
    out = overlay_shares(features, frame(SQUARES, index=["西", "东"]))
    assert out[["feature_id", "zone_id", "share"]].values.tolist() == [[7, "西", 1.0]]
    assert out["area_m2"][0] == area_m2(box(87.2, 44.2, 87.3, 44.3))[0]


def test_touching_pairs_have_no_row():
    beside = box(88, 44.2, 88.1, 44.3)
    corner = box(89, 45, 90, 46)
    slanted = shapely.Polygon([(87.3, 44), (87.3, 45), (86, 44.7)])
    zone = shapely.Polygon([(87.3, 44.0), (88, 44), (88, 45), (87.3, 45)])
    out = overlay_shares(frame([beside, corner, slanted]), frame([zone, SQUARES[1]]))
    assert out[["feature_id", "zone_id"]].values.tolist() == [[0, 1]]


def test_slivers_of_rounding_along_a_slanted_border_are_left_out():
    # The corners of the parcels lie on the border but for the last digit, so plain intersections have areas above 0.
    a, b, away = np.array([87.0, 44.0]), np.array([88.0, 44.7]), np.array([0.01, -0.01])
    at = a + np.linspace(0.05, 0.95, 40)[:, None] * (b - a)
    parcels = shapely.polygons(np.stack([at[:-1], at[1:], at[1:] + away, at[:-1] + away], axis=1))
    above, below = shapely.Polygon([a, b, (87, 45)]), shapely.Polygon([a, b, (88, 43)])
    assert (area_m2(shapely.intersection(parcels, above)) > 0).any()
    out = overlay_shares(frame(parcels), frame([above, below]))
    assert out["zone_id"].tolist() == [1] * 39
    assert out["share"].to_numpy() == pytest.approx(np.ones(39), abs=1e-9)


def test_a_zone_far_smaller_than_the_feature_is_kept():
    # 0.8 m x 1.1 m in 73 000 km²: 1e-11 of the feature, but all of the zone.
    hut = box(87.5, 44.5, 87.50001, 44.50001)
    out = overlay_shares(frame([box(86, 43, 90, 45.5)]), frame([hut]))
    assert out["area_m2"].tolist() == pytest.approx(area_m2(hut).tolist(), rel=1e-6)


def test_overlapping_zones_each_count():
    core = box(87.4, 44.4, 87.6, 44.6)
    features = [box(87.45, 44.45, 87.46, 44.46), box(87.39, 44.45, 87.41, 44.46), box(87.1, 44.1, 87.2, 44.2)]
    out = overlay_shares(frame(features), frame([SQUARES[0], core]))
    assert out[["feature_id", "zone_id"]].values.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0]]
    assert out["share"].tolist() == pytest.approx([1, 1, 1, 0.5, 1], abs=1e-9)


def test_a_hole_and_several_parts_of_a_zone_are_respected():
    zone = shapely.union(box(87, 44, 88, 45) - box(87.4, 44.4, 87.6, 44.6), box(88.5, 44, 89, 45))
    in_hole, over_hole, two_parts = box(87.45, 44.45, 87.5, 44.5), box(87.3, 44.4, 87.7, 44.6), box(87.9, 44, 88.6, 45)
    out = overlay_shares(frame([in_hole, over_hole, two_parts]), frame([zone]))
    assert out["feature_id"].tolist() == [1, 2]
    assert out["share"].tolist() == pytest.approx([0.5, 2 / 7], rel=1e-9)


def test_missing_and_empty_geometries_have_no_row():
    features = [None, shapely.Polygon(), box(87.9, 44, 88.1, 45), shapely.MultiPolygon()]
    out = overlay_shares(frame(features), frame([shapely.Polygon(), *SQUARES, None]))
    assert out[["feature_id", "zone_id"]].values.tolist() == [[2, 1], [2, 2]]
    for nothing in (overlay_shares(frame([]), frame(SQUARES)), overlay_shares(frame(SQUARES), frame([]))):
        assert len(nothing) == 0
        assert list(nothing.columns) == ["feature_id", "zone_id", "area_m2", "share"]


def test_any_crs_gives_the_same_areas_and_a_missing_one_is_refused():
    features, zones = frame([box(87.99, 44.1, 88.02, 44.12)]), frame(SQUARES)
    expected = overlay_shares(features, zones)
    for crs in ("EPSG:4517", "EPSG:3857", "EPSG:4326"):
        found = overlay_shares(features.to_crs(crs), zones.to_crs(crs))
        assert found["area_m2"].to_numpy() == pytest.approx(expected["area_m2"].to_numpy(), rel=1e-6)
    with pytest.raises(CRSError, match="要素图层：没有坐标系信息"):
        overlay_shares(frame(SQUARES, crs=None), zones)
    with pytest.raises(CRSError, match="面图层：没有坐标系信息"):
        overlay_shares(features, frame(SQUARES, crs=None))


def test_what_has_no_area_or_is_invalid_is_refused_with_its_row():
    bow_tie = shapely.Polygon([(87, 44), (88, 45), (88, 44), (87, 45)])
    with pytest.raises(
        LayerError, match=r"要素图层：第 2 个要素（索引 21）等 2 个的几何无效（Self-intersection.*先修复"
    ):
        overlay_shares(frame([SQUARES[0], bow_tie, bow_tie], index=[20, 21, 22]), frame(SQUARES))
    with pytest.raises(LayerError, match=r"面图层：第 1 个要素（索引 0）不是面，而是点"):
        overlay_shares(frame(SQUARES), frame([shapely.Point(87, 44)]))
    with pytest.raises(LayerError, match="而是几何集合"):
        overlay_shares(frame([shapely.GeometryCollection([SQUARES[0]])]), frame(SQUARES))


def test_ids_that_do_not_tell_features_apart_are_refused():
    with pytest.raises(LayerError, match=r"要素图层的列“id”：第 2 个要素（索引 1）的编号与前面的重复"):
        overlay_shares(frame(SQUARES, id=["甲", "甲"]), frame(SQUARES), feature_id="id")
    with pytest.raises(LayerError, match=r"面图层的列“code”：第 2 个要素（索引 1）没有编号"):
        overlay_shares(frame(SQUARES), frame(SQUARES, code=["甲", None]), zone_id="code")
    with pytest.raises(LayerError, match=r"要素图层的索引：.*重复.*reset_index"):
        overlay_shares(frame(SQUARES, index=[3, 3]), frame(SQUARES))
    with pytest.raises(LayerError, match="没有列“ID”"):
        overlay_shares(frame(SQUARES, id=["甲", "乙"]), frame(SQUARES), feature_id="ID")


def test_the_callers_frames_stay_as_they_are():
    features, zones = frame([box(87.9, 44, 88.1, 45)], id=["甲"]), frame(SQUARES)
    before = features.to_wkb(), zones.to_wkb()
    overlay_shares(features, zones, feature_id="id")
    assert features.to_wkb().equals(before[0])
    assert zones.to_wkb().equals(before[1])


@given(SEEDS, st.integers(1, 5), st.sampled_from([2, 25]))
@settings(max_examples=50, deadline=None)
def test_any_polygons_give_the_areas_of_plain_shapely(seed, count, number):
    rng = np.random.default_rng(seed)
    place = (87.0, 44.0, 0.01)
    zones = moved(lattice_zones(rng, count), place)
    low = rng.choice([rng.uniform(-1, 12, (number, 2)), rng.integers(-1, 12, (number, 2)).astype(float)])
    size = rng.choice([0.05, 1.0, 4.0], (number, 1))
    features = np.concatenate([shapely.box(*low.T, *(low + size).T), lattice_zones(rng, 3)])
    features = moved(features, place)
    zones, features = zones[shapely.is_valid(zones)], features[shapely.is_valid(features)]
    assert_same(overlay_shares(frame(features), frame(zones)), plain(features, zones), features)


@given(SEEDS, st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_shares_of_a_covered_feature_add_up_to_one_and_areas_are_conserved(seed, count):
    rng = np.random.default_rng(seed)
    place = (87.0, 44.0, 0.013)
    zones = moved(tiling(rng, count), place)
    low = rng.uniform(0, 11, (60, 2))
    size = rng.choice([0.001, 0.1, 1.0], (60, 2))
    features = moved(shapely.box(*low.T, *(low + size).T), place)
    out = overlay_shares(frame(features), frame(zones))
    assert out.groupby("feature_id")["share"].sum().to_numpy() == pytest.approx(np.ones(60), abs=1e-9)
    assert out["area_m2"].sum() == pytest.approx(area_m2(features).sum(), rel=1e-9)
    assert not out.duplicated(["feature_id", "zone_id"]).any()


@given(SEEDS)
@settings(max_examples=15, deadline=None)
def test_features_that_are_the_zones_themselves_share_everything(seed):
    zones = moved(tiling(np.random.default_rng(seed), 5), (87.0, 44.0, 0.017))
    zones = zones[~shapely.is_missing(zones)]
    out = overlay_shares(frame(zones), frame(zones))
    assert out["feature_id"].tolist() == out["zone_id"].tolist() == list(range(len(zones)))
    assert out["share"].to_numpy() == pytest.approx(np.ones(len(zones)), abs=1e-12)


@given(SEEDS, st.sampled_from([0.0, 87.3]))
@settings(max_examples=60, deadline=None)
def test_validity_is_what_shapely_says(seed, away):
    rng = np.random.default_rng(seed)
    shapes = [None, shapely.Polygon(), shapely.Point(1, 1), *lattice_zones(rng, 3)]
    for corners in rng.integers(3, 9, 60):
        xy = rng.integers(0, 5, (corners, 2)) + away  # few places: corners twice, edges over edges, loops
        if rng.random() < 0.5:  # twice round, spikes and stars
            angle = np.sort(rng.uniform(0, 2 * np.pi * rng.choice([0.5, 1, 2]), corners))
            xy = away + np.column_stack([np.cos(angle), np.sin(angle)]) * rng.uniform(0.1, 1, (corners, 1))
        shapes.append(shapely.Polygon(xy))
    shapes = np.array(shapes, dtype=object)
    assert valid_shapes(shapes).tolist() == shapely.is_valid(shapes).tolist()


def test_a_star_of_five_that_goes_round_twice_is_invalid_and_a_wide_circle_of_points_valid():
    angle = np.arange(5) * 2 * np.pi / 5
    twice = shapely.Polygon(87 + np.column_stack([np.cos(2 * angle), np.sin(2 * angle)]))
    once = shapely.Polygon(87 + np.column_stack([np.cos(-angle), np.sin(-angle)]))
    with np.errstate(invalid="ignore"):
        not_finite = shapely.from_wkt("POLYGON ((0 0, 1 nan, 1 1, 0 0))")
    assert valid_shapes(np.array([twice, once, not_finite])).tolist() == [False, True, False]


def test_the_area_of_a_frame_keeps_its_index_and_takes_any_crs():
    squares = frame([*SQUARES, None, shapely.Point(87, 44)], index=list("abcd"))
    found = areas.area_m2(squares)
    assert (found.name, found.index.tolist()) == ("area_m2", list("abcd"))
    assert found.iloc[:2].tolist() == pytest.approx([8837369526.0] * 2, rel=1e-9)
    assert np.isnan(found["c"])
    assert found["d"] == 0
    parcel = frame([box(87.5, 44.5, 87.501, 44.501)])
    assert areas.area_m2(parcel.to_crs("EPSG:4517"))[0] == pytest.approx(areas.area_m2(parcel)[0], rel=1e-6)
    assert len(areas.area_m2(frame([]))) == 0
    with pytest.raises(CRSError, match="图层：没有坐标系信息"):
        areas.area_m2(frame(SQUARES, crs=None))


def long_area_m2(shape):
    """The area of a polygon without holes in extended precision: 8 nodes on each edge, no series cut short."""
    real = np.longdouble
    xy = shapely.get_coordinates(shape).astype(real)
    radian = real("3.14159265358979323846264") / 180
    flattening = 1 / real("298.257222101")
    e2 = (2 - flattening) * flattening
    e = np.sqrt(e2)

    def surface(lat):  # Snyder 1987, eq. 3-12: S = a² q / 2
        s = np.sin(lat * radian)
        return real(6378137) ** 2 * (1 - e2) / 2 * (s / (1 - e2 * s * s) + np.arctanh(e * s) / e)

    nodes, weights = np.polynomial.legendre.leggauss(8)
    lat, rise, run = xy[:-1, 1], np.diff(xy[:, 1]), np.diff(xy[:, 0])
    means = sum(
        w / 2 * (surface(lat + (t + 1) / 2 * rise) - surface(lat[0])) for t, w in zip(nodes, weights, strict=True)
    )
    return abs(float((means * run).sum() * radian))


@pytest.mark.skipif(np.finfo(np.longdouble).eps > 1e-18, reason="no extended precision here")
@given(SEEDS, st.sampled_from([-79.0, -10.0, 0.0, 44.0, 79.9]), st.sampled_from([1e-4, 1e-3, 0.02, 0.049, 0.06, 0.8]))
@settings(max_examples=60, deadline=None)
def test_small_polygons_and_large_ones_have_their_area_to_twelve_digits(seed, lat, size):
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, 12))
    shape = shapely.Polygon(
        (87, lat) + size / 2 * rng.uniform(0.5, 1, (12, 1)) * np.column_stack([np.cos(angle), np.sin(angle)])
    )
    # A large one is the difference of two figures far larger than itself, each rounded.
    assert area_m2(shape)[0] == pytest.approx(long_area_m2(shape), rel=1e-12 if size < 0.05 else 1e-10)


def test_an_area_does_not_depend_on_what_else_is_measured():
    with np.errstate(invalid="ignore"):
        not_finite = shapely.from_wkt("POLYGON ((0 0, 1 nan, 1 1, 0 0))")
    hut, lake = box(87.5, 44.5, 87.501, 44.501), box(87.5, 44.5, 87.9, 44.9) - box(87.6, 44.6, 87.601, 44.601)
    polar = box(20, 89.99, 21, 89.999)
    shapes = [
        hut,
        None,
        SQUARES[0],
        not_finite,
        hut,
        lake,
        shapely.Polygon(),
        polar,
        shapely.MultiPolygon([hut, polar]),
    ]
    alone = [float(area_m2(shape)[0]) for shape in shapes]
    together = area_m2(np.array(shapes * 500, dtype=object)).reshape(500, -1)
    assert np.array_equal(together, np.tile(alone, (500, 1)), equal_nan=True)
    assert np.isnan([alone[1], alone[3]]).all()
    assert alone[8] == alone[0] + alone[7]
    assert alone[5] == pytest.approx(
        area_m2(box(87.5, 44.5, 87.9, 44.9))[0] - area_m2(box(87.6, 44.6, 87.601, 44.601))[0]
    )
