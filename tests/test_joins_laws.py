"""Laws that hold between the spatial joins, whatever the zones, the points and the reference systems."""

from __future__ import annotations

import itertools
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from changji_geo.ellipsoid import area_m2, geod
from changji_geo.errors import LayerError, SpecError
from changji_geo.scene.layers import _dissolved
from changji_geo.spatial.areal import areal_interpolate
from changji_geo.spatial.nearest import join_nearest
from changji_geo.spatial.overlay import overlay_shares
from changji_geo.spatial.points import aggregate_points, join_points
from changji_geo.spatial.zonal import zonal_statistics

WEST, SOUTH, STEP = 87.0, 44.0, 0.1
COUNT = 16
"""Lattice steps each way: 87.0-88.6°E, so the border of two Gauss-Krueger zones (88.5°E) runs through it."""

CODES = ("EPSG:4490", "EPSG:4517", "EPSG:32645")
node = st.tuples(st.integers(0, COUNT), st.integers(0, COUNT))
nodes = st.lists(node, min_size=1, max_size=40)


def place(column: int, row: int) -> tuple[float, float]:
    return WEST + column * STEP, SOUTH + row * STEP


def frame(shapes: list[shapely.Geometry], crs: str = "EPSG:4490", **columns: object) -> gpd.GeoDataFrame:
    """Shapes given in degrees, in a CRS: every vertex is converted by itself."""
    moved = np.array(shapes, dtype=object)
    if crs != "EPSG:4490":
        to = pyproj.Transformer.from_crs("EPSG:4490", crs, always_xy=True)
        moved = shapely.transform(moved, lambda xy: np.column_stack(to.transform(xy[:, 0], xy[:, 1])))
    return gpd.GeoDataFrame(columns, geometry=moved, crs=crs)


def points_at(places: list[tuple[int, int]]) -> list[shapely.Geometry]:
    return [shapely.Point(place(*one)) for one in places]


@st.composite
def zone(draw: st.DrawFn) -> shapely.Geometry:
    """A polygon with corners on the lattice, sometimes with a hole, so that points fall on borders and corners."""
    (a, b), (c, d) = draw(st.tuples(node, node).filter(lambda two: two[0][0] != two[1][0] and two[0][1] != two[1][1]))
    corners = [place(*one) for one in ((a, b), (c, b), (c, d), (a, d))]
    if draw(st.booleans()):
        return shapely.Polygon(corners[:3])
    hole = abs(c - a) > 2 and abs(d - b) > 2 and draw(st.booleans())
    shape = shapely.Polygon(corners)
    if not hole:
        return shape
    west, south = min(a, c) + 1, min(b, d) + 1
    return shape.difference(shapely.box(*place(west, south), *place(west + 1, south + 1)))


@st.composite
def tiling(draw: st.DrawFn) -> list[shapely.Geometry]:
    """The whole lattice cut into boxes by random lines, in random order: no gap, no overlap."""
    cuts = [
        sorted({0, COUNT, *draw(st.sets(st.integers(1, COUNT - 1), max_size=5))}),
        sorted({0, COUNT, *draw(st.sets(st.integers(1, COUNT - 1), max_size=5))}),
    ]
    tiles = [
        shapely.box(*place(a, b), *place(c, d))
        for (a, c), (b, d) in itertools.product(itertools.pairwise(cuts[0]), itertools.pairwise(cuts[1]))
    ]
    return draw(st.permutations(tiles))


@st.composite
def stars(draw: st.DrawFn) -> list[shapely.Geometry]:
    """Features of any outline inside the lattice, their corners anywhere."""
    out = []
    for _ in range(draw(st.integers(1, 6))):
        x, y = draw(st.floats(87.3, 88.3)), draw(st.floats(44.3, 45.3))
        reach = draw(st.lists(st.floats(0.002, 0.25), min_size=3, max_size=9))
        turn = np.linspace(0, 2 * np.pi, len(reach), endpoint=False)
        out.append(shapely.Polygon(np.column_stack([x + reach * np.cos(turn), y + reach * np.sin(turn)])))
    return out


def first_cover(zones: gpd.GeoDataFrame, points: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Plain shapely: of the zones that cover a point the first, -1 for none."""
    there = points.to_crs(zones.crs).geometry.array
    hits = np.array([shapely.covers(shape, there) for shape in zones.geometry.array])
    return np.where(hits.any(axis=0), hits.argmax(axis=0), -1)


@settings(max_examples=40)
@given(shapes=st.lists(zone(), min_size=1, max_size=6), places=nodes, crs=st.sampled_from(CODES))
def test_every_point_keeps_its_row_and_gets_the_first_zone_that_covers_it(shapes, places, crs):
    zones = frame(shapes, crs, number=list(range(len(shapes))))
    points = frame(points_at(places)).set_axis([7 * i for i in range(len(places))])
    joined = join_points(points, zones)
    assert joined.index.tolist() == points.index.tolist()
    assert joined["number"].fillna(-1).tolist() == first_cover(zones, points).tolist()


@settings(max_examples=40)
@given(shapes=st.lists(zone(), min_size=1, max_size=6), places=nodes)
def test_the_counts_of_all_zones_add_up_to_the_points_inside_any(shapes, places):
    points = frame(points_at(places), one=[1.0] * len(places))
    counted = aggregate_points(frame(shapes), points, {"one": ["sum", "count"]})
    inside = int(shapely.covers(shapely.union_all(shapes), points.geometry.array).sum())
    assert counted["count"].sum() == inside
    assert counted["one_sum"].sum() == inside
    assert counted["one_count"].tolist() == counted["count"].tolist()


@settings(max_examples=40)
@given(shapes=st.lists(zone(), min_size=1, max_size=5), places=st.lists(node, min_size=1, max_size=15))
def test_a_point_is_at_no_distance_from_its_zone_and_at_the_right_one_from_others(shapes, places):
    """A degree is 77.9 km (of longitude, at 45.6°N) to 111.15 km (of latitude) long here."""
    zones = frame(shapes, number=list(range(len(shapes))))
    points = frame(points_at(places))
    zone_of = join_points(points, zones)["number"]
    nearest = join_nearest(points, zones)
    held = zone_of.notna()
    assert nearest["number"][held].tolist() == zone_of[held].tolist()
    assert (nearest["distance_m"][held] == 0.0).all()
    degrees = shapely.distance(shapely.union_all(shapes), points.geometry.array)
    assert (nearest["distance_m"] >= 77_500 * degrees - 1e-6).all()
    assert (nearest["distance_m"] <= 111_200 * degrees + 1e-6).all()


@settings(max_examples=30)
@given(tiles=tiling(), features=stars())
def test_the_pieces_of_a_feature_in_a_complete_tiling_add_up_to_its_own_area(tiles, features):
    pieces = overlay_shares(frame(features), frame(tiles))
    sums = pieces.groupby("feature_id")["area_m2"].sum()
    assert sums.index.tolist() == list(range(len(features)))
    np.testing.assert_allclose(sums, area_m2(np.array(features, dtype=object)), rtol=1e-9)
    np.testing.assert_allclose(pieces.groupby("feature_id")["share"].sum(), 1.0, rtol=1e-9)


@settings(max_examples=30)
@given(tiles=tiling(), features=stars())
def test_sharing_an_area_does_not_depend_on_which_side_is_asked(tiles, features):
    """The borders of the two are parallel nowhere but by chance, so no piece is rounding."""
    one = overlay_shares(frame(features), frame(tiles)).set_index(["feature_id", "zone_id"])["area_m2"]
    other = overlay_shares(frame(tiles), frame(features)).set_index(["zone_id", "feature_id"])["area_m2"]
    both = one.to_frame("one").join(other.to_frame("other").rename_axis(["feature_id", "zone_id"]), how="outer")
    assert (both.fillna(0.0)["one"] - both.fillna(0.0)["other"]).abs().max() < 1.0


@settings(max_examples=30)
@given(chain=st.lists(tiling(), min_size=3, max_size=3), seed=st.integers(0, 2**32 - 1))
def test_an_amount_carried_from_tiling_to_tiling_is_conserved(chain, seed):
    random = np.random.default_rng(seed)
    carried = frame(chain[0], tonnes=random.uniform(0, 1000, len(chain[0])), rate=np.full(len(chain[0]), 37.5))
    total = carried["tonnes"].sum()
    for tiles in chain[1:]:
        found = areal_interpolate(carried, frame(tiles), extensive=["tonnes"], intensive=["rate"])
        assert found["tonnes"].sum() == pytest.approx(total, rel=1e-9)
        np.testing.assert_allclose(found["coverage"], 1.0, rtol=1e-9)
        np.testing.assert_allclose(found["rate"], 37.5, rtol=1e-9)
        carried = found.drop(columns="coverage")


lon, lat = st.floats(85.0, 92.0), st.floats(43.0, 46.0)
positions = st.lists(st.tuples(lon, lat), min_size=1, max_size=12)


@settings(max_examples=40)
@given(here=positions, there=positions, crs=st.sampled_from(["EPSG:4490", "EPSG:4326"]))
def test_no_candidate_is_nearer_than_the_nearest(here, there, crs):
    left = frame([shapely.Point(p) for p in here]).set_crs(crs, allow_override=True)
    found = join_nearest(left, frame([shapely.Point(p) for p in there], number=list(range(len(there)))))
    a, b = np.repeat(here, len(there), axis=0), np.tile(there, (len(here), 1))
    table = geod().inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2].reshape(len(here), len(there))
    np.testing.assert_allclose(found["distance_m"], table.min(axis=1), rtol=0, atol=1e-6)
    first = (table <= table.min(axis=1, keepdims=True) + 1e-6).argmax(axis=1)
    assert found["number"].tolist() == first.tolist()


@settings(max_examples=40)
@given(here=st.tuples(lon, lat), there=st.tuples(lon, lat))
def test_the_way_back_between_two_points_is_as_long(here, there):
    one, other = frame([shapely.Point(here)]), frame([shapely.Point(there)])
    there_m, back_m = (join_nearest(a, b)["distance_m"][0] for a, b in ((one, other), (other, one)))
    assert there_m == pytest.approx(back_m, abs=1e-6)


@pytest.fixture(scope="module", params=["EPSG:4490", "EPSG:4517"])
def flat_raster(request, tmp_path_factory) -> Path:
    """42.5 in every cell, over the lattice and some way beyond."""
    west, south, east, north = 86.9, 43.9, 88.7, 45.7
    if request.param != "EPSG:4490":
        to = pyproj.Transformer.from_crs("EPSG:4490", request.param, always_xy=True)
        west, south, east, north = to.transform_bounds(west, south, east, north)
    path = tmp_path_factory.mktemp("rasters") / "flat.tif"
    grid = rasterio.Affine((east - west) / 60, 0, west, 0, (south - north) / 50, north)
    kind = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": request.param, "transform": grid}
    with rasterio.open(path, "w", width=60, height=50, **kind) as file:
        file.write(np.full((1, 50, 60), 42.5, dtype="float32"))
    return path


@settings(max_examples=25)
@given(shapes=st.lists(zone(), min_size=1, max_size=4))
def test_every_statistic_of_a_flat_raster_is_its_value(flat_raster, shapes):
    names = ["mean", "min", "max", "median", "majority", "p90", "stdev"]
    found = zonal_statistics(frame(shapes), flat_raster, names)
    for name in names[:-1]:
        np.testing.assert_allclose(found[name], 42.5, rtol=1e-12)
    np.testing.assert_allclose(found["stdev"], 0.0, atol=1e-6)
    np.testing.assert_allclose(found["coverage"], 1.0, rtol=1e-9)


def test_of_two_neighbours_five_micrometres_apart_in_distance_the_nearer_is_taken():
    site = frame([shapely.Point(87.3, 44.0)])
    north, south = (geod().fwd(87.3, 44.0, way, reach)[:2] for way, reach in ((0.0, 10.000005), (180.0, 10.0)))
    found = join_nearest(site, frame([shapely.Point(north), shapely.Point(south)], side=["北", "南"]))
    assert found["side"][0] == "南"
    assert found["distance_m"][0] == pytest.approx(10.0, abs=1e-7)


def test_of_two_neighbours_half_a_micrometre_apart_in_distance_the_first_is_taken():
    site = frame([shapely.Point(87.3, 44.0)])
    north, south = (geod().fwd(87.3, 44.0, way, reach)[:2] for way, reach in ((0.0, 100.0000005), (180.0, 100.0)))
    found = join_nearest(site, frame([shapely.Point(north), shapely.Point(south)], side=["北", "南"]))
    assert found["side"][0] == "北"
    assert found["distance_m"][0] == pytest.approx(100.0000005, abs=2e-8)


def test_an_edge_along_a_parallel_is_not_passed_over_for_a_point_half_a_metre_farther():
    """On a conformal map the chord of an edge of 7.9 km along 45°N runs 1.2 m north of the parallel."""
    lon, lat = 87.05, geod().fwd(87.05, 45.0, 180.0, 100.0)[1]
    point = geod().fwd(lon, lat, 180.0, 100.5)[:2]
    there = frame([shapely.Point(point), shapely.LineString([(87.0, 45.0), (87.1, 45.0)])], what=["点", "边"])
    found = join_nearest(frame([shapely.Point(lon, lat)]), there)
    assert found["what"][0] == "边"
    assert found["distance_m"][0] == pytest.approx(100.0, abs=1e-6)


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4517"])
@pytest.mark.parametrize("place_of", [(87.5, np.nan), (np.nan, 44.5), (87.5, np.inf)])
def test_a_point_with_half_a_place_lies_in_no_zone(crs, place_of):
    zones = frame([shapely.box(87, 44, 88, 45)], crs, number=[1])
    joined = join_points(frame([shapely.Point(*place_of), shapely.Point(87.5, 44.5)]), zones)
    assert joined["number"].fillna(0).tolist() == [0, 1]


@settings(max_examples=40)
@given(features=stars(), around=st.floats(1e-9, 0.5))
def test_no_share_is_more_than_the_whole(features, around):
    """The zone's border follows each feature's box, so every feature is cut and none loses anything."""
    boxes = [shapely.buffer(shapely.box(*shape.bounds), around, join_style="mitre") for shape in features]
    pieces = overlay_shares(frame(features), frame([shapely.union_all(boxes)]))
    assert pieces["share"].max() <= 1.0
    np.testing.assert_allclose(pieces["share"], 1.0, rtol=1e-9)


def test_the_area_of_edges_tens_of_degrees_tall_is_exact():
    """Green's theorem along edges straight in degrees: halving them changes nothing."""
    tall = shapely.Polygon([(75, 5), (130, 20), (100, 53)])
    assert area_m2(tall)[0] == pytest.approx(area_m2(shapely.segmentize(tall, 0.01))[0], rel=1e-12)


def dissolve(**columns: object) -> gpd.GeoDataFrame:
    shapes = [shapely.box(87, 44, 88, 45), shapely.box(88, 44, 89, 45)]
    return frame(columns.pop("shapes", shapes), id=["a", "b"], name=["a", "b"], **columns)


def test_cells_that_are_lists_do_not_stop_figures_from_being_united():
    made = _dissolved(dissolve(zone=["甲", "甲"], tags=[["x"], ["x"]], others=[["x"], ["y"]]), "zone", where="图")
    assert made[["id", "tags", "others"]].values.tolist() == [["甲", ["x"], None]]


def test_figures_that_cannot_be_united_are_named():
    bow = shapely.Polygon([(87, 44), (88, 45), (88, 44), (87, 45)])
    with pytest.raises(LayerError, match=r"要素“a”的几何无效，不能合并.*处理："):
        _dissolved(dissolve(zone=["甲", "甲"], shapes=[bow, shapely.box(87.5, 44, 89, 45)]), "zone", where="图")


@pytest.mark.parametrize("cells", [["甲", " "], ["甲", None], [["甲"], ["乙"]]])
def test_figures_are_united_only_by_values_that_have_a_name(cells):
    with pytest.raises(SpecError, match=r"列“zone”.*无法合并"):
        _dissolved(dissolve(zone=cells), "zone", where="图")
