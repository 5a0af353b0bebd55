"""The shipped layers: sound, complete, in the right place, and rebuilt to the same bytes."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely

from changji_geo.catalog import load_layer
from changji_geo.crs import CGCS2000, CHANGJI_ALBERS
from changji_geo.ellipsoid import area_m2
from changji_geo.indicators import attach_indicators, load_indicators
from changji_geo.layer_check import check_layers
from changji_geo.layer_description import LayerMeta, list_layers
from changji_geo.resources import Workspace, packaged_root

SHIPPED = Workspace((packaged_root(),))
METAS = list_layers(SHIPPED)
IDS = [m.id for m in METAS]


def frame(layer_id: str):
    return load_layer(layer_id, SHIPPED).frame


def shapes(layer_id: str):
    return np.asarray(frame(layer_id).geometry.array)


def test_the_layers_of_the_design_are_there():
    expected = {
        "counties", "prefecture", "bingtuan", "neighbours", "regions", "parks", "water_sources", "rivers", "lakes",
        "water_sections", "reserves", "protected_areas", "air_stations", "xinjiang", "clues", "heat_sources",
        "fires", "sample_air_stations",
    }  # fmt: skip
    assert set(IDS) == expected


def test_every_layer_checks_clean():
    assert check_layers(SHIPPED) == ()


@pytest.mark.parametrize("meta", METAS, ids=IDS)
def test_every_layer_says_where_it_comes_from(meta: LayerMeta):
    assert meta.crs == CGCS2000
    assert all((meta.title, meta.source, meta.licence, meta.attribution, meta.note, meta.version, meta.sha256))
    assert meta.retrieved.isoformat() == "2026-11-22"
    names = [c.name for c in meta.columns]
    assert names[:2] == ["id", "name"]
    assert {"accuracy", "source"} <= set(names)
    table = load_layer(meta.id, SHIPPED).frame
    assert (table["source"].str.len() > 3).all()
    assert list(table.columns) == [*names, "geometry"]


@pytest.mark.parametrize("layer_id", IDS)
def test_coordinates_have_six_decimals_and_rings_run_anticlockwise(layer_id: str):
    xy = shapely.get_coordinates(shapes(layer_id))
    assert (xy == xy.round(6)).all()
    parts = shapely.get_parts(shapes(layer_id))
    polygons = parts[shapely.get_type_id(parts) == 3]
    assert shapely.is_ccw(shapely.get_exterior_ring(polygons)).all()


def test_context_stays_small():
    assert (packaged_root() / "layers" / "neighbours" / "neighbours.geojson").stat().st_size < 150_000


def test_counties_are_a_coverage_of_the_known_area():
    assert shapely.coverage_is_valid(shapes("counties"))
    total_km2 = area_m2(shapes("counties")).sum() / 1e6
    assert total_km2 == pytest.approx(73_400, abs=100)
    assert frame("counties")["area_km2"].sum() == pytest.approx(total_km2, abs=0.05)


def test_the_prefecture_is_the_counties_in_two_blocks():
    (whole,) = shapes("prefecture")
    assert len(shapely.get_parts(whole)) == 2
    assert area_m2(whole)[0] == pytest.approx(area_m2(shapes("counties")).sum(), rel=1e-9)
    assert frame("prefecture")["id"].tolist() == ["652300"]


def test_wujiaqu_lies_outside_the_prefecture_and_touches_it():
    (wujiaqu,) = shapes("bingtuan")
    (whole,) = shapes("prefecture")
    assert area_m2(shapely.intersection(wujiaqu, whole))[0] == 0
    assert shapely.touches(wujiaqu, whole)
    assert shapely.coverage_is_valid([*shapes("counties"), wujiaqu])


def test_regions_are_sums_of_counties():
    regions = dict(zip(frame("regions")["id"], shapes("regions"), strict=True))
    county = dict(zip(frame("counties")["id"], area_m2(shapes("counties")), strict=True))
    west4 = sum(county[c] for c in ("652301", "652302", "652323", "652324"))
    assert area_m2(regions["wcs_west4"])[0] == pytest.approx(west4, rel=2e-4)
    assert area_m2(regions["prefecture_all"])[0] == pytest.approx(sum(county.values()), rel=2e-4)
    both = area_m2([regions["wcs_west4"], regions["east3"]]).sum()
    assert both == pytest.approx(area_m2(regions["prefecture_all"])[0], rel=1e-9)


def test_counties_agree_with_an_independent_package():
    """GeoToolCN 3.1: DataV boundaries of 2026, which the package has already turned from GCJ-02 into WGS 84.

    Its `reverse` takes WGS 84 latitude, longitude; WGS 84 and CGCS2000 agree to a few cm, so no conversion is needed.
    Its boundaries are a simplified edition of ours: of 150,000 points 57 differed, half of them within 15 m of a
    boundary; one spike of theirs reaches 109 m (91.5°E), which this seed does not hit. A shift left in or put in twice
    would move 300 m.
    """
    from GeoToolCN import GeoTool

    geotool = GeoTool()
    rng = np.random.default_rng(2026)
    counties, ids = shapes("counties"), frame("counties")["id"].to_numpy()
    tree = shapely.STRtree(counties)
    west, south, east, north = shapely.total_bounds(counties)
    points = shapely.points(rng.uniform(west, east, 8000), rng.uniform(south, north, 8000))
    point, county = tree.query(points, predicate="within")
    point, county = point[:2000], county[:2000]
    assert len(point) == 2000
    to_plane = pyproj.Transformer.from_crs(CGCS2000, CHANGJI_ALBERS, always_xy=True).transform
    edges = shapely.union_all(shapely.transform(shapely.boundary(counties), to_plane, interleaved=False))
    distance_m = shapely.distance(shapely.transform(points[point], to_plane, interleaved=False), edges)
    found = [geotool.reverse(shapely.get_y(p), shapely.get_x(p)).district for p in points[point]]
    codes = np.array(["" if d is None else d.code for d in found])
    different = codes != ids[county]
    assert (distance_m < 100).sum() < 40  # the test must not be empty of far points
    assert not (different & (distance_m >= 100)).any()


def test_reserve_zones_tile_each_reserve():
    zones = frame("reserves")
    areas = frame("protected_areas").set_index("id").geometry
    assert set(zones["reserve_id"]) == {"kalamaili", "tianchi_bogda", "qitai"}
    for reserve_id, group in zones.groupby("reserve_id"):
        parts = np.asarray(group.geometry.array)
        assert shapely.coverage_is_valid(parts)
        union = shapely.coverage_union_all(parts)
        assert shapely.equals(union, areas[reserve_id])
        share = dict(zip(group["zone_old"], area_m2(parts) / area_m2(union), strict=True))
        assert 0.35 < share["核心区"] < 0.45
        assert 0.18 < share["缓冲区"] < 0.26


def test_both_zone_schemes_are_on_every_zone():
    zones = frame("reserves")
    assert set(zip(zones["zone_old"], zones["zone_new"], strict=True)) == {
        ("核心区", "核心保护区"), ("缓冲区", "核心保护区"), ("实验区", "一般控制区"),
    }  # fmt: skip
    assert (zones["accuracy"] == "schematic").all()
    assert (zones["note"] == "示意图层，不作为执法依据").all()


def test_most_of_kalamaili_is_outside_the_prefecture():
    row = frame("protected_areas").set_index("id").loc["kalamaili"]
    assert 10 < row["in_prefecture_pct"] < 25


def test_stations_nobody_located_are_left_out_and_the_doubtful_one_is_flagged():
    stations = frame("air_stations").set_index("id")
    assert "2691A" not in stations.index
    assert stations.loc["1496A", "accuracy"] == "approximate"
    assert "疑误" in stations.loc["1496A", "note"]
    seats = stations[stations["role"] == "县城代表点"]
    assert len(seats) == 6
    assert seats["note"].str.contains("不是站点实际位置").all()


def test_points_lie_in_the_county_they_name():
    counties = frame("counties").set_index("id").geometry
    for layer_id in ("air_stations", "water_sources"):
        for row in frame(layer_id).itertuples():
            if row.adcode in counties.index:
                assert shapely.intersects(counties[row.adcode], row.geometry), (layer_id, row.id)


def test_every_indicator_value_has_its_place_on_the_map():
    table = load_indicators(SHIPPED)
    places = {layer: set(frame(layer)["id"]) for layer in {v.layer for v in table.values}}
    for value in table.values:
        assert value.area in places[value.layer], value
        joined = attach_indicators(
            load_layer(value.layer, SHIPPED), value.indicator.id, period=value.period, table=table
        )
        assert value.value in joined.frame["value"].tolist()


def test_every_indicator_is_defined_used_and_sourced():
    table = load_indicators(SHIPPED)
    assert {v.indicator.id for v in table.values} == set(table.indicators)
    for value in table.values:
        assert value.source.startswith(("昌吉州", "自治区"))
        assert value.quote


def test_the_regions_heating_season_adds_up():
    """Source apportionment of the heating season: 26 % + 29 % + 9 % = 64 % of the fall of PM2.5, as the text says."""
    table = load_indicators(SHIPPED)
    parts = [f"{s}_pm25_contribution" for s in ("bulk_coal", "industrial_source", "mobile_source")]
    total = sum(v.value for p in parts for v in table.select(p, layer="prefecture"))
    assert total == table.select("three_measures_pm25_contribution")[0].value == 64


def test_all_layers_are_rebuilt_to_the_same_bytes(tmp_path: Path):
    script = packaged_root() / "layers" / "_build" / "build_layers.py"
    subprocess.run([sys.executable, str(script), "--out", str(tmp_path)], check=True, capture_output=True, timeout=300)
    for meta in METAS:
        for name in (f"{meta.id}.geojson", "layer.toml"):
            old, new = (r / meta.id / name for r in (packaged_root() / "layers", tmp_path))
            assert hashlib.sha256(new.read_bytes()).digest() == hashlib.sha256(old.read_bytes()).digest(), new
    readme = (packaged_root() / "layers" / "README.md").read_bytes()
    assert (tmp_path / "README.md").read_bytes() == readme
