"""The zone index answers as plain shapely does, whatever the resolution: borders, vertices, holes, slivers, overlaps."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from changji_geo.spatial.boxes import pair_boxes
from changji_geo.spatial.cell_borders import inside_cells
from changji_geo.spatial.clip import _areas_only, clip_pairs
from changji_geo.spatial.grid import border_segments, distinct, grid_over, mark_cells, spread
from changji_geo.spatial.zone_index import NONE, build_zone_index, cells_for, inside_pairs, locate_points

SEEDS = st.integers(0, 2**32 - 1)
CELLS = st.sampled_from([1, 7, 64, 1000, 20000])
PLACES = st.sampled_from([(0.0, 0.0, 1.0), (87.0, 44.0, 0.01), (29_500_000.0, 4_870_000.0, 0.5), (-3.0, 1e-3, 1e-7)])


def moved(shapes, place):
    """Shapes of the lattice 0..12 at a place: origin and size of a step."""
    x, y, step = place
    return shapely.transform(shapes, lambda xy: xy * step + (x, y))


def lattice_zones(rng, count):
    """Valid polygons with corners on whole numbers: they share edges and corners, overlap, have holes and many parts."""
    zones = []
    while len(zones) < count:
        parts = [ring(rng) for _ in range(rng.integers(1, 4))]
        shape = parts[0]
        for other, how in zip(parts[1:], rng.integers(0, 3, len(parts)), strict=False):
            shape = (shapely.union, shapely.difference, shapely.symmetric_difference)[how](shape, other)
        shape = shapely.MultiPolygon([p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"])
        if shape.is_valid and not shape.is_empty:
            zones.append(shape if rng.random() < 0.7 else shapely.get_geometry(shape, 0))
    return np.array(zones, dtype=object)


def ring(rng):
    corners = shapely.multipoints(rng.integers(0, 13, (rng.integers(3, 8), 2)))
    return shapely.convex_hull(corners) if rng.random() < 0.6 else shapely.envelope(corners)


def tiling(rng, count):
    """Zones without gaps or overlaps, made of lattice triangles: borders are shared edge by edge."""
    grid = [(x, y) for x in range(0, 12, 2) for y in range(0, 12, 2)]
    triangles = [
        shapely.Polygon(corners)
        for x, y in grid
        for corners in ([(x, y), (x + 2, y), (x + 2, y + 2)], [(x, y), (x + 2, y + 2), (x, y + 2)])
    ]
    owner = rng.integers(0, count, len(triangles))
    groups = [[t for t, o in zip(triangles, owner, strict=True) if o == k] for k in range(count)]
    return np.array([shapely.union_all(group) if group else None for group in groups], dtype=object)


def probes(rng, zones, grid):
    """Points in all awkward places: corners, on edges, on cell lines, one float beside, outside, not finite."""
    corners = shapely.get_coordinates(zones)
    west, south, east, north = shapely.total_bounds(zones)
    share = rng.choice([0.25, 0.5, rng.random()], len(corners))[:, None]
    edges = corners + share * (np.roll(corners, -1, axis=0) - corners)
    anywhere = rng.uniform((west - 1e-3, south - 1e-3), (east, north), (150, 2))
    lines = np.column_stack(
        [
            grid.west + rng.integers(0, grid.columns, 60) * grid.cell_width,
            grid.south + rng.integers(0, 2 * grid.rows, 60) * grid.cell_height / 2,
        ]
    )
    near = np.nextafter(corners, corners[::-1])
    odd = [(np.nan, np.nan), (west, np.nan), (np.inf, south), (-np.inf, np.inf), (east, north), (west - 1e9, south)]
    return np.concatenate([corners, edges, anywhere, lines, near, odd]).T.copy()


def first_covering(zones, x, y):
    """The oracle: plain `covers`, zone by zone."""
    points = np.full(len(x), None, dtype=object)
    good = np.isfinite(x) & np.isfinite(y)
    points[good] = shapely.points(x[good], y[good])
    found = np.full(len(x), NONE)
    for k in reversed(range(len(zones))):
        found[shapely.covers(zones[k], points)] = k
    return found


@given(SEEDS, st.integers(1, 6), CELLS, PLACES)
@settings(max_examples=120, deadline=None)
def test_overlapping_zones_answer_as_covers_does(seed, count, cells, place):
    rng = np.random.default_rng(seed)
    zones = moved(lattice_zones(rng, count), place)
    zones = zones[shapely.is_valid(zones)]  # moving by rounding can close the narrowest gaps
    if not len(zones):
        return
    index = build_zone_index(zones, cells)
    x, y = probes(rng, zones, index.grid)
    assert locate_points(index, x, y).tolist() == first_covering(zones, x, y).tolist()


@given(SEEDS, st.integers(1, 9), CELLS, PLACES)
@settings(max_examples=80, deadline=None)
def test_a_tiling_gives_every_point_within_it_exactly_the_first_zone(seed, count, cells, place):
    rng = np.random.default_rng(seed)
    zones = moved(tiling(rng, count), place)
    index = build_zone_index(zones, cells)
    x, y = probes(rng, zones, index.grid)
    found = locate_points(index, x, y)
    assert found.tolist() == first_covering(zones, x, y).tolist()
    again = rng.permutation(len(x))
    assert locate_points(index, x[again], y[again]).tolist() == found[again].tolist()


@given(SEEDS, CELLS)
@settings(max_examples=40, deadline=None)
def test_needles_thinner_than_a_cell_are_not_lost(seed, cells):
    rng = np.random.default_rng(seed)
    start = rng.uniform(0, 10, (6, 2))
    end = start + rng.choice([1e-9, 1e-4, 5.0], (6, 2))
    needles = shapely.polygons(np.stack([start, end, end + rng.choice([-1e-9, 1e-9, 1e-3], (6, 2)), start], axis=1))
    zones = needles[shapely.is_valid(needles)]
    if not len(zones):
        return
    index = build_zone_index(zones, cells)
    x, y = probes(rng, zones, index.grid)
    x, y = np.append(x, zones[0].centroid.x), np.append(y, zones[0].centroid.y)
    assert locate_points(index, x, y).tolist() == first_covering(zones, x, y).tolist()


@given(SEEDS, st.integers(1, 5), st.sampled_from([30, 300]))
@settings(max_examples=40, deadline=None)
def test_a_labelled_cell_lies_wholly_in_its_zone_and_an_unlabelled_one_outside_all(seed, count, cells):
    zones = lattice_zones(np.random.default_rng(seed), count)
    index = build_zone_index(zones, cells)
    grid = index.grid
    cell = np.flatnonzero(index.label >= NONE)
    left = grid.west + cell % grid.columns * grid.cell_width
    low = grid.south + cell // grid.columns * grid.cell_height
    boxes = shapely.box(left, low, left + grid.cell_width, low + grid.cell_height)
    inside = shapely.covers(zones[:, None], boxes)
    first = np.where(inside.any(axis=0), inside.argmax(axis=0), NONE)
    assert index.label[cell].tolist() == first.tolist()
    inner = shapely.box(left, low, left + 0.999 * grid.cell_width, low + 0.999 * grid.cell_height)
    assert not shapely.intersects(zones[:, None], inner[first == NONE]).any()
    which, zone = inside_pairs(index, cell)
    assert list(zip(zone.tolist(), which.tolist(), strict=True)) == sorted(
        zip(*(i.tolist() for i in inside.nonzero()), strict=True), key=lambda pair: pair[::-1]
    )


def test_every_cell_that_a_segment_touches_is_marked():
    # Unit cells from -1.5: the segment runs through cells 1-2 of row 1 (y < 0.5, where x = 1.25), then 2-4 of row 2.
    grid = grid_over((0.0, 0.0, 4.0, 4.0), 16)
    assert (grid.columns, grid.rows, grid.cell_width, grid.west) == (7, 7, 1.0, -1.5)
    segments = border_segments(np.array([shapely.Polygon([(0, 0), (3, 1.2), (0, 1.2)])]))
    marks = mark_cells(grid, segments)
    of_slanted = marks.cell[marks.segment == 0].tolist()
    assert [(c // 7, c % 7) for c in of_slanted] == [(1, 1), (1, 2), (2, 2), (2, 3), (2, 4)]
    # Middle lines are y = 0 (its start counts as below), y = 1 (at x = 2.5, on the border of columns 3 and 4).
    crossed = marks.crossing_cell[marks.crossing_segment == 0].tolist()
    assert [c // 7 for c in crossed] == [1, 2]


def test_a_hole_an_island_in_it_and_a_second_part_are_told_apart():
    lake = shapely.box(2, 2, 8, 8)
    zone = shapely.union_all([shapely.box(0, 0, 10, 10) - lake, shapely.box(4, 4, 6, 6), shapely.box(20, 0, 21, 1)])
    for cells in (1, 50, 5000):
        index = build_zone_index(np.array([zone]), cells)
        x = np.array([1.0, 3.0, 5.0, 2.0, 4.0, 20.5, 15.0])
        y = np.array([1.0, 3.0, 5.0, 5.0, 4.0, 0.5, 0.5])
        assert locate_points(index, x, y).tolist() == [0, -1, 0, 0, 0, 0, -1]


def test_the_first_zone_has_the_shared_border():
    left, right = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
    x, y = np.array([1.0, 1.0, 1.0]), np.array([0.0, 0.3, 1.0])
    for zones in ([left, right], [right, left]):
        assert locate_points(build_zone_index(np.array(zones), 100), x, y).tolist() == [0, 0, 0]


def test_nothing_to_index_holds_nothing():
    for zones in ([], [None], [shapely.Polygon(), None]):
        index = build_zone_index(np.array(zones, dtype=object), 100)
        assert locate_points(index, np.array([0.0, np.nan]), np.array([0.0, 1.0])).tolist() == [-1, -1]
        assert len(pair_boxes(index, np.array([[0.0, 0.0, 1.0, 1.0]])).whole_box) == 0
    index = build_zone_index(np.array([None, shapely.box(0, 0, 1, 1)], dtype=object), 100)
    assert locate_points(index, np.array([0.5]), np.array([0.5])).tolist() == [1]
    assert locate_points(index, np.zeros(0), np.zeros(0)).tolist() == []


def test_a_zone_of_a_few_floats_across_is_indexed():
    x = 29_500_000.0
    zone = shapely.box(x, 4.8e6, np.nextafter(x, np.inf), 4.8e6 + 1)
    index = build_zone_index(np.array([zone]), 1000)
    assert locate_points(index, np.array([x, x - 1e-6, x + 1e-6]), np.full(3, 4.8e6 + 0.5)).tolist() == [0, -1, -1]


@given(SEEDS, st.integers(1, 6), CELLS, PLACES)
@settings(max_examples=60, deadline=None)
def test_boxes_are_whole_only_in_a_covering_zone_and_never_missed(seed, count, cells, place):
    rng = np.random.default_rng(seed)
    zones = moved(lattice_zones(rng, count), place)
    zones = zones[shapely.is_valid(zones)]
    if not len(zones):
        return
    index = build_zone_index(zones, cells)
    low = rng.uniform(-1, 12, (80, 2))
    low[:30] = np.round(low[:30])
    size = rng.choice([0.0, 0.01, 0.3, 1.0, 6.0], (80, 2))
    bounds = np.concatenate([low, low + size], axis=1) * place[2] + np.tile(place[:2], 2)
    bounds[-1] = np.nan
    pairs = pair_boxes(index, bounds)
    boxes = shapely.box(*bounds.T)
    whole = set(zip(pairs.whole_box.tolist(), pairs.whole_zone.tolist(), strict=True))
    cut = set(zip(pairs.cut_box.tolist(), pairs.cut_zone.tolist(), strict=True))
    assert len(whole) + len(cut) == len(pairs.whole_box) + len(pairs.cut_box) == len(whole | cut)
    for b, z in itertools.product(range(79), range(len(zones))):
        if (b, z) in whole:
            assert shapely.covers(zones[z], boxes[b])
        elif (b, z) not in cut:
            assert not shapely.intersects(zones[z], boxes[b])


def test_few_boxes_near_a_border_are_cut_when_they_clear_it():
    # A diagonal border: the corners of its bounding box are far from it, and boxes there need no cutting.
    zone = shapely.Polygon([(0, 0), (100, 0), (100, 100)])
    index = build_zone_index(np.array([zone]), 4)
    bounds = np.array([[10.0, 60.0, 20.0, 70.0], [60.0, 10.0, 70.0, 20.0], [49.0, 49.0, 51.0, 50.0]])
    pairs = pair_boxes(index, bounds)
    assert (pairs.whole_box.tolist(), pairs.cut_box.tolist()) == ([1], [2])


@given(SEEDS, st.sampled_from([3, 40, 200]))
@settings(max_examples=25, deadline=None)
def test_clipping_by_halves_gives_the_plain_intersection(seed, count):
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, 600, endpoint=False)
    radius = 5 + rng.uniform(-1, 1, 600)
    star = shapely.Polygon(np.column_stack([6 + radius * np.cos(angle), 6 + radius * np.sin(angle)]))
    zones = np.array([star, shapely.box(-1, -1, 13, 13) - star, lattice_zones(rng, 1)[0]])
    low = rng.uniform(0, 12, (count, 2))
    shapes = shapely.box(*low.T, *(low + rng.choice([0.01, 0.2, 5.0], (count, 1))).T)
    shape, zone = (i.ravel() for i in np.indices((count, 3)))
    pieces = clip_pairs(shapes, zones, shape, zone)
    plain = shapely.intersection(shapes[shape], zones[zone])
    assert shapely.area(pieces) == pytest.approx(shapely.area(plain), abs=1e-12)
    assert np.abs(shapely.area(shapely.symmetric_difference(pieces, plain))).max() < 1e-12


def test_a_piece_that_touches_its_box_along_a_line_keeps_only_its_areas():
    square, line, point = shapely.box(0, 0, 1, 1), shapely.LineString([(2, 0), (3, 1)]), shapely.Point(5, 5)
    mixed = [square, shapely.GeometryCollection([square, line, point]), line, shapely.GeometryCollection([line, point])]
    kept = _areas_only(np.array(mixed, dtype=object))
    assert shapely.area(kept).tolist() == [1, 1, 0, 0]
    assert set(shapely.get_type_id(kept)) <= {3, 6}


def test_counting_from_zero_beside_repeated_positions():
    position, step = spread(np.array([2, 0, 3, 0]))
    assert position.tolist() == [0, 0, 2, 2, 2]
    assert step.tolist() == [0, 1, 0, 1, 2]
    as_many = spread(np.array([2, 0]))
    assert [part.tolist() for part in as_many] == [[0, 0], [0, 1]]


def test_more_queries_pay_for_a_finer_grid_within_limits():
    assert cells_for(0) < cells_for(10**3) < cells_for(10**6) <= cells_for(10**9) == 1 << 20


def in_border_cells(index, x, y):
    """Every point with every zone whose border runs through its cell: point, position in `borders.key`, zone."""
    good = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    cell = index.grid.cell(x[good], y[good])
    point, pair = np.nonzero(cell[:, None] == index.borders.key % index.grid.size)
    return good[point], pair, index.borders.key[pair] // index.grid.size


@given(SEEDS, st.integers(1, 6), CELLS, PLACES)
@settings(max_examples=80, deadline=None)
def test_a_sure_answer_within_a_cell_is_that_of_shapely_and_a_border_point_is_never_sure(seed, count, cells, place):
    rng = np.random.default_rng(seed)
    zones = moved(lattice_zones(rng, count), place)
    zones = zones[shapely.is_valid(zones)]
    if not len(zones):
        return
    index = build_zone_index(zones, min(cells, 1000))
    x, y = probes(rng, zones, index.grid)
    point, pair, zone = in_border_cells(index, x, y)
    inside, sure = inside_cells(index.borders, pair, x[point], y[point])
    points = shapely.points(x[point], y[point])
    assert inside[sure].tolist() == shapely.covers(zones[zone], points)[sure].tolist()
    assert not sure[shapely.touches(zones[zone], points)].any()


def test_ordinary_points_of_a_detailed_border_are_settled_within_their_cells():
    rng = np.random.default_rng(5)
    angle = np.linspace(0, 2 * np.pi, 3000, endpoint=False)
    radius = 5 + rng.uniform(-0.2, 0.2, 3000)
    star = shapely.Polygon(np.column_stack([6 + radius * np.cos(angle), 6 + radius * np.sin(angle)]))
    zones = np.array([star, shapely.box(-1, -1, 13, 13) - star])
    index = build_zone_index(zones, 2000)
    x, y = rng.uniform(0, 12, (2, 20_000))
    point, pair, zone = in_border_cells(index, x, y)
    inside, sure = inside_cells(index.borders, pair, x[point], y[point])
    assert len(point) > 2000
    assert sure.all()
    assert inside.tolist() == shapely.covers(zones[zone], shapely.points(x[point], y[point])).tolist()


def test_a_cell_crowded_with_border_is_left_to_the_whole_zone():
    rng = np.random.default_rng(6)
    angle = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    radius = 0.05 + rng.uniform(-0.01, 0.01, 2000)
    tiny = shapely.Polygon(np.column_stack([7.3 + radius * np.cos(angle), 7.3 + radius * np.sin(angle)]))
    zones = np.array([tiny, shapely.box(0, 0, 10, 10)])
    index = build_zone_index(zones, 30)
    x, y = rng.uniform(7.2, 7.4, (2, 500))
    _, pair, _ = in_border_cells(index, x, y)
    assert not inside_cells(index.borders, pair, x[:1].repeat(len(pair)), y[:1].repeat(len(pair)))[1].any()
    assert locate_points(index, x, y).tolist() == first_covering(zones, x, y).tolist()


def test_distinct_values_rise():
    assert distinct(np.array([3, 1, 3, 2, 1])).tolist() == [1, 2, 3]
    assert distinct(np.zeros(0, dtype=np.int64)).tolist() == []
