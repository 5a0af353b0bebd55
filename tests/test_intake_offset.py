"""offset: a hint when features lie off a reference layer just as GCJ-02 or BD-09 would put them, and none otherwise."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from changji_geo.catalog import load_layer
from changji_geo.errors import CRSError
from changji_geo.gcj02 import wgs84_to_bd09, wgs84_to_gcj02
from changji_geo.intake.coordinates.axes import move_vertices
from changji_geo.intake.coordinates.offset import offset_hint

SHIFTS = {"gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09}
NAMES = {"gcj02": "GCJ-02", "bd09": "BD-09"}


def layer(shapes, crs="EPSG:4490", **columns):
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)


def scattered(seed, count):
    rng = np.random.default_rng(seed)
    return shapely.points(np.column_stack([rng.uniform(86, 91, count), rng.uniform(43.5, 45, count)]))


def shifted(shapes, datum):
    return move_vertices(np.asarray(shapes, dtype=object), SHIFTS[datum])


@pytest.fixture(scope="module")
def counties():
    return load_layer("counties").frame


@pytest.mark.parametrize("datum, low, high", [("gcj02", 150, 320), ("bd09", 970, 1180)])
@pytest.mark.parametrize("key", ["id", "name", None])
def test_shifted_points_are_recognised_with_metres_direction_and_remedy(datum, low, high, key):
    true = scattered(7, 12)
    columns = {key: [f"站{i}" for i in range(12)]} if key else {}
    hint = offset_hint(layer(shifted(true, datum), **columns), layer(true, **columns), "空气站")
    assert (hint.level, hint.rule) == ("warning", "offset")
    assert "参考图层“空气站”" in hint.message
    assert NAMES[datum] in hint.message
    assert f"--datum {datum}" in hint.message
    metres = int(re.search(r"相差约 (\d+) 米（偏东北）", hint.message)[1])
    assert low < metres < high
    assert "降到 0 米" in hint.message


@pytest.mark.parametrize("datum", SHIFTS)
@pytest.mark.parametrize("key", ["name", None])
def test_shifted_polygons_are_recognised_by_their_borders_or_their_names(counties, datum, key):
    moved = layer(shifted(counties.geometry, datum), **({key: counties[key]} if key else {}))
    reference = layer(counties.geometry, **({key: counties[key]} if key else {}))
    assert f"--datum {datum}" in offset_hint(moved, reference, "县市").message


@pytest.mark.parametrize("key", ["name", None])
def test_the_layer_itself_gives_no_hint(counties, key):
    columns = {key: counties[key]} if key else {}
    assert offset_hint(layer(counties.geometry, **columns), layer(counties.geometry, **columns), "县市") is None


def test_rounding_to_four_decimals_does_not_hide_the_shift():
    true = scattered(3, 10)
    moved = move_vertices(shifted(true, "gcj02"), lambda x, y: (x.round(4), y.round(4)))
    assert "--datum gcj02" in offset_hint(layer(moved), layer(true), "水源地").message


def test_two_matches_show_nothing():
    true = scattered(5, 2)
    assert offset_hint(layer(shifted(true, "gcj02")), layer(true), "x") is None
    assert offset_hint(layer([]), layer(true), "x") is None
    assert offset_hint(layer(true), layer([]), "x") is None


def test_a_systematic_offset_that_is_no_web_map_gives_no_hint():
    # 250 m due south-west: as large as GCJ-02, the other way.
    true = scattered(11, 20)
    moved = move_vertices(true, lambda x, y: (x - 0.0022, y - 0.0016))
    assert offset_hint(layer(moved), layer(true), "x") is None


@given(st.integers(0, 10_000), st.integers(3, 40), st.sampled_from([0.0, 5.0, 50.0]))
@settings(max_examples=60, deadline=None)
def test_true_points_with_or_without_noise_give_no_hint(seed, count, noise_m):
    true = scattered(seed, count)
    rng = np.random.default_rng(seed + 1)
    noisy = move_vertices(
        true, lambda x, y: (x + rng.normal(0, noise_m / 80000, len(x)), y + rng.normal(0, noise_m / 111000, len(y)))
    )
    assert offset_hint(layer(noisy), layer(true), "x") is None


@given(st.integers(0, 10_000), st.integers(3, 60), st.integers(3, 200))
@settings(max_examples=60, deadline=None)
def test_unrelated_points_give_no_hint(seed, count, others):
    assert offset_hint(layer(scattered(seed, count)), layer(scattered(seed + 20_000, others)), "x") is None


@given(st.integers(0, 10_000), st.integers(3, 40), st.sampled_from(["gcj02", "bd09"]))
@settings(max_examples=40, deadline=None)
def test_shifted_points_always_give_the_hint_with_the_right_datum(seed, count, datum):
    true = scattered(seed, count)
    assert f"--datum {datum}" in offset_hint(layer(shifted(true, datum)), layer(true), "x").message


def test_names_that_stand_twice_or_nowhere_are_not_paired():
    true = scattered(2, 6)
    names = ["a", "a", "b", None, "", "c"]
    hint = offset_hint(layer(shifted(true, "gcj02"), name=names), layer(true, name=names), "x")
    assert "与最近的参考要素相比 6 处" in hint.message  # only b and c pair by name: too few, so by position


def test_another_crs_is_refused():
    true = scattered(1, 3)
    with pytest.raises(CRSError, match="EPSG:4490"):
        offset_hint(layer(true, crs="EPSG:4326"), layer(true), "x")


def test_missing_and_empty_geometries_are_passed_over():
    true = list(scattered(9, 5))
    moved = [*shifted(true, "bd09"), None, shapely.Point()]
    names = list("abcdefg")
    hint = offset_hint(layer(moved, name=names), layer([*true, None, shapely.Point()], name=names), "x")
    assert "--datum bd09" in hint.message
    assert offset_hint(layer(moved), layer([*true, None]), "x").message.count("bd09") == 1
