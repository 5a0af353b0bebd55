"""Areas of 1,000 random clues in counties and functional zones, against two plain oracles.

Against shapely in EPSG:4490 no floor is needed: the smallest piece here has 120 m², and a coordinate near 88°E is known to 1.6 nm on
the ground. In the plane an edge of 100 m that is straight in longitude/latitude bends from its chord by tan φ / R * l² / 8 = 0.2 mm
and encloses 0.013 m² with it. Most of that cancels round a piece, not all: a difference of two such edges
(`TWO_BENDS_M2`) passes at 100 m, which is more than 1e-6 of pieces below 2.6 hectares. Edges of 25 m need no floor.
"""

import datetime

import geopandas as gpd
import numpy as np
import pytest
import shapely

from changji_geo.clues.checks.area_check import check_county
from changji_geo.clues.checks.batch import frame_of, hits_over, read_batch
from changji_geo.clues.checks.context import AreaLayer, build_context
from changji_geo.clues.checks.zone_check import check_reserve_zones
from changji_geo.clues.model import Clue, LayerUse
from changji_geo.crs import CHANGJI_ALBERS
from changji_geo.ellipsoid import area_m2
from changji_geo.resources import Workspace, packaged_root

COUNT = 1000
TWO_BENDS_M2 = 0.026
DEGREES_100_M = 0.00089
"""No more than 100 m along a meridian, less along a parallel."""


def star(rng, x, y):
    """A patch of 0.5 to 60 hectares with 4 to 14 corners round a place."""
    corners = int(rng.integers(4, 15))
    angle = (np.arange(corners) + rng.uniform(0, 0.9, corners)) * 2 * np.pi / corners
    radius = np.exp(rng.uniform(np.log(5e-4), np.log(4e-3))) * rng.uniform(0.6, 1.0, corners)
    return shapely.Polygon(np.column_stack([x + 1.4 * radius * np.cos(angle), y + radius * np.sin(angle)]))


def places(rng, layers):
    """Half on borders of the layers' features, half anywhere in the prefecture's box."""
    lines = shapely.boundary(np.concatenate([layer.shapes for layer in layers]))
    chosen = lines[rng.integers(0, len(lines), COUNT // 2)]
    on = shapely.get_coordinates(
        shapely.line_interpolate_point(chosen, rng.uniform(0, 1, len(chosen)), normalized=True)
    )
    anywhere = np.column_stack([rng.uniform(85.7, 91.5, COUNT - len(on)), rng.uniform(43.2, 45.4, COUNT - len(on))])
    return np.concatenate([on, anywhere])


@pytest.fixture(scope="module")
def context():
    return build_context(Workspace((packaged_root(),)))


@pytest.fixture(scope="module")
def batch(context):
    rng = np.random.default_rng(20261123)
    shapes = [star(rng, x, y) for x, y in places(rng, (context.counties, context.reserves)).tolist()]
    day = datetime.date(2025, 9, 1)
    return read_batch(
        Clue(f"LD2025-{k:04d}", "绿盾2025-1", str(k), shape, shape, "待核查", day) for k, shape in enumerate(shapes)
    )


def measured(batch, layer):
    return {(i, hit.row): hit.area_m2 for i, hits in enumerate(hits_over(batch, layer)) for hit in hits}


def plain(batch, layer):
    """Every pair of boxes that meet, cut by shapely in EPSG:4490 against the whole zone."""
    i, row = shapely.STRtree(layer.shapes).query(batch.shapes)
    areas = area_m2(shapely.intersection(batch.shapes[i], layer.shapes[row]))
    return {(a, b): area for a, b, area in zip(i.tolist(), row.tolist(), areas.tolist(), strict=True) if area > 0}


def in_the_plane(shapes, layer, edge_deg):
    """geopandas.overlay in the local Albers, the edges of both divided first."""

    def drawn(some, name):
        frame = frame_of(shapely.segmentize(some, edge_deg)).assign(**{name: np.arange(len(some))})
        return frame.to_crs(CHANGJI_ALBERS)

    pieces = gpd.overlay(drawn(shapes, "clue"), drawn(layer.shapes, "row"), how="intersection")
    return dict(zip(zip(pieces["clue"], pieces["row"], strict=True), pieces.area, strict=True))


def assert_same(found, expected, relative, floor_m2=0.0):
    assert found.keys() == expected.keys()
    wrong = {
        pair: (area, expected[pair])
        for pair, area in found.items()
        if abs(area - expected[pair]) > max(relative * expected[pair], floor_m2)
    }
    assert not wrong


@pytest.mark.parametrize("name", ["counties", "reserves"])
def test_areas_agree_with_plain_shapely_to_a_billionth(batch, context, name):
    layer = getattr(context, name)
    found = measured(batch, layer)
    assert len(batch.areas) == COUNT and len(found) > COUNT / 2
    assert_same(found, plain(batch, layer), 1e-9)


@pytest.mark.parametrize("name", ["counties", "reserves"])
def test_areas_agree_with_an_overlay_in_the_plane_once_edges_are_short(batch, context, name):
    layer = getattr(context, name)
    found = measured(batch, layer)
    assert_same(found, in_the_plane(batch.shapes, layer, DEGREES_100_M), 1e-6, TWO_BENDS_M2)
    large = {pair: area for pair, area in found.items() if area >= TWO_BENDS_M2 * 1e6}
    assert len(large) > COUNT / 5


def test_edges_of_25_m_need_no_floor(batch, context):
    first = {pair: area for pair, area in measured(batch, context.reserves).items() if pair[0] < COUNT // 4}
    expected = in_the_plane(batch.shapes[: COUNT // 4], context.reserves, DEGREES_100_M / 4)
    assert len(first) > COUNT / 8
    assert_same(first, expected, 1e-6)


def test_the_results_state_the_areas_that_were_measured(batch, context):
    zones, counties = check_reserve_zones(batch, context), check_county(batch, context)
    in_reserves, in_counties = plain(batch, context.reserves), plain(batch, context.counties)
    for i in range(COUNT):
        inside = sum(area for (clue, _), area in in_reserves.items() if clue == i)
        stated = sum(part["area_m2"] for part in zones[i].evidence["zones"])
        assert stated == pytest.approx(inside, rel=1e-9, abs=0)
        by_name = {part["name"]: part["area_m2"] for part in counties[i].evidence["counties"]}
        expected = {context.counties.names[row]: area for (clue, row), area in in_counties.items() if clue == i}
        assert by_name == pytest.approx(expected, rel=1e-9, abs=0)


def test_shares_over_a_complete_tiling_sum_to_one(batch, context):
    """The counties and what lies outside them, cut from one box, leave no gap."""
    outside = shapely.difference(shapely.box(84, 42, 93, 47), shapely.union_all(context.counties.shapes))
    shapes = [*context.counties.shapes, outside]
    use = LayerUse("tiling", "1", "", "surveyed")
    tiling = AreaLayer("全覆盖", use, frame_of(shapes), tuple(map(str, range(len(shapes)))))
    hits = hits_over(batch, tiling)
    assert sum(len(found) > 1 for found in hits) > COUNT / 5
    for i, found in enumerate(hits):
        assert sum(hit.share for hit in found) == pytest.approx(1.0, abs=1e-9)
        assert sum(hit.area_m2 for hit in found) == pytest.approx(batch.area_m2[i], rel=1e-9)
