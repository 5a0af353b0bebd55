"""ellipsoid: areas of edges straight in longitude/latitude, geodesic lengths."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from changji_geo.crs import CGCS2000, CHANGJI_ALBERS, to_cgcs2000
from changji_geo.ellipsoid import area_m2, geod, geod_length_m
from changji_geo.errors import CRSError

LON = st.floats(85.0, 92.0)
LAT = st.floats(42.5, 46.5)
SIZE = st.floats(0.001, 0.5)


def densified_area_m2(polygon: shapely.Polygon) -> float:
    """The oracle: geodesic polygon area with a vertex every 1e-4 degree (about 10 m)."""
    area, _ = geod().geometry_area_perimeter(shapely.segmentize(shapely.orient_polygons(polygon), 1e-4))
    return abs(area)


@pytest.mark.parametrize(
    "polygon",
    [
        shapely.box(87, 44, 88, 45),
        shapely.Polygon([(87, 44), (88.3, 44.2), (87.5, 45.6)]),
        shapely.Polygon([(85.6, 43.1), (91.5, 43.6), (90.1, 45.4), (86.2, 45.3)]),
        shapely.Polygon([(87, 44), (88, 44), (88, 45), (87, 45)], [[(87.4, 44.4), (87.6, 44.4), (87.5, 44.7)]]),
    ],
    ids=["box", "triangle", "prefecture-sized", "with a hole"],
)
def test_area_equals_the_geodesic_area_of_densified_edges(polygon: shapely.Polygon) -> None:
    assert area_m2(polygon)[0] == pytest.approx(densified_area_m2(polygon), rel=1e-9)


def test_area_between_two_parallels_is_the_closed_form() -> None:
    # The surface of the GRS 80 ellipsoid, whose size CGCS2000 shares, is 510 065 621.7 km²; one octant is an eighth.
    octant = shapely.box(0, 0, 90, 90)
    assert area_m2(octant)[0] * 8 == pytest.approx(510_065_621.724e6, rel=1e-9)


def test_one_square_metre_keeps_its_digits() -> None:
    dlat, dlon = 1 / 111_122.0, 1 / 80_205.7
    box = shapely.box(87.3, 44.0, 87.3 + dlon, 44.0 + dlat)
    assert area_m2(box)[0] == pytest.approx(1.0, abs=2e-4)
    shifted = shapely.box(87.3, 44.0, 87.3 + dlon, 44.0 + dlat / 2)
    assert area_m2(shifted)[0] == pytest.approx(area_m2(box)[0] / 2, abs=1e-6)


def test_ring_orientation_does_not_matter() -> None:
    hole = [(87.4, 44.4), (87.6, 44.4), (87.5, 44.7)]
    shell = [(87, 44), (88, 44), (88, 45), (87, 45)]
    areas = area_m2([shapely.Polygon(s, [h]) for s in (shell, shell[::-1]) for h in (hole, hole[::-1])])
    assert np.ptp(areas) < 1e-3


def test_parts_add_up_and_collections_are_opened() -> None:
    a, b = shapely.box(87, 44, 87.1, 44.1), shapely.box(88, 44, 88.1, 44.1)
    total = area_m2([a])[0] + area_m2([b])[0]
    nested = shapely.GeometryCollection([shapely.MultiPolygon([a, b]), shapely.Point(87, 44)])
    assert area_m2([shapely.MultiPolygon([a, b])])[0] == pytest.approx(total, rel=1e-12)
    assert area_m2([nested])[0] == pytest.approx(total, rel=1e-12)


def test_empty_is_zero_and_missing_is_nan() -> None:
    areas = area_m2([shapely.Polygon(), None, shapely.Point(87, 44), shapely.LineString([(87, 44), (88, 44)])])
    assert areas[[0, 2, 3]].tolist() == [0, 0, 0]
    assert np.isnan(areas[1])
    assert area_m2([]).shape == (0,)


def test_area_of_projected_coordinates_is_refused() -> None:
    frame = gpd.GeoSeries([shapely.box(0, 0, 1, 1)], crs="EPSG:4517")
    with pytest.raises(CRSError, match="面积只在经纬度上计算"):
        area_m2(frame)


@given(LON, LAT, SIZE, st.floats(0.1, 0.9))
@settings(max_examples=60, deadline=None)
def test_cutting_a_polygon_keeps_its_area(lon: float, lat: float, size: float, share: float) -> None:
    whole = shapely.box(lon, lat, lon + size, lat + size)
    cut = lat + size * share
    parts = [shapely.box(lon, lat, lon + size, cut), shapely.box(lon, cut, lon + size, lat + size)]
    assert area_m2(parts).sum() == pytest.approx(area_m2(whole)[0], rel=1e-9)


@given(LON, LAT, SIZE)
@settings(max_examples=40, deadline=None)
def test_reprojecting_there_and_back_does_not_change_the_area(lon: float, lat: float, size: float) -> None:
    frame = gpd.GeoDataFrame({"id": ["a"]}, geometry=[shapely.box(lon, lat, lon + size, lat + size)], crs=CGCS2000)
    for crs in ("EPSG:4517", "EPSG:3857", CHANGJI_ALBERS):
        back = to_cgcs2000(frame.to_crs(crs))
        assert area_m2(back.geometry)[0] == pytest.approx(area_m2(frame.geometry)[0], rel=1e-6)


def test_local_albers_keeps_ellipsoidal_area() -> None:
    box = gpd.GeoSeries([shapely.segmentize(shapely.box(86, 43.5, 91, 45), 0.01)], crs=CGCS2000)
    assert box.to_crs(CHANGJI_ALBERS).area[0] == pytest.approx(area_m2(box)[0], rel=1e-6)


def test_length_of_a_line_is_geodesic_and_parts_add() -> None:
    line = shapely.LineString([(87, 44), (88, 44)])
    expected = geod().line_length([87, 88], [44, 44])
    both = shapely.MultiLineString([line, line])
    lengths = geod_length_m([line, both, shapely.Point(87, 44), shapely.LineString(), None])
    assert lengths[:4] == pytest.approx([expected, 2 * expected, 0, 0])
    assert np.isnan(lengths[4])


def test_length_of_a_polygon_is_its_perimeter_with_holes() -> None:
    hole = [(87.4, 44.4), (87.6, 44.4), (87.5, 44.7)]
    polygon = shapely.Polygon([(87, 44), (88, 44), (88, 45), (87, 45)], [hole])
    rings = shapely.get_rings(polygon)
    assert geod_length_m(polygon)[0] == pytest.approx(geod_length_m(rings).sum())
