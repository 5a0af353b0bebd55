"""gauss_kruger: zones, meridians, EPSG codes, plane coordinates, and the zone of plain metres."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from changji_geo.errors import CRSError, InputError
from changji_geo.gauss_kruger import (
    ZONES,
    Zone,
    candidate_zones,
    central_meridian,
    detect_zone,
    prefix_zone,
    to_gauss_kruger,
    zone_of,
    zone_prefixes,
)

PREFECTURE_BOX = shapely.box(85.55, 43.07, 91.6, 45.52)
WEST_BLOCK = shapely.box(85.6, 43.2, 87.4, 45.4)
NAMES = {"cgcs2000": "CGCS2000", "xian80": "Xian 1980", "beijing54": "Beijing 1954"}
ALL_ZONES = [Zone(width, number) for width, numbers in ZONES.items() for number in numbers]


def grid(lon, lat, **options):
    easting, northing, _ = to_gauss_kruger(lon, lat, **options)
    return np.column_stack([np.atleast_1d(easting), np.atleast_1d(northing)])


@pytest.mark.parametrize("zone", ALL_ZONES, ids=lambda z: f"{z.width}-{z.number}")
@pytest.mark.parametrize("datum", NAMES)
def test_the_epsg_codes_computed_are_those_of_the_register(zone, datum):
    degree = "3-degree Gauss-Kruger" if zone.width == 3 else "Gauss-Kruger"
    with_prefix = pyproj.CRS.from_epsg(zone.epsg(datum))
    without = pyproj.CRS.from_epsg(zone.epsg(datum, prefixed=False))
    assert with_prefix.name == f"{NAMES[datum]} / {degree} zone {zone.number}"
    assert without.name == f"{NAMES[datum]} / {degree} CM {zone.central_meridian}E"
    for crs, easting in ((with_prefix, zone.number * 1e6 + 5e5), (without, 5e5)):
        values = {p.name: p.value for p in crs.coordinate_operation.params}
        assert values["Longitude of natural origin"] == zone.central_meridian
        assert values["False easting"] == easting
        assert values["Scale factor at natural origin"] == 1


def test_meridians_follow_the_two_rules():
    assert [central_meridian(n) for n in (28, 29, 30, 31)] == [84, 87, 90, 93]
    assert [central_meridian(n, 6) for n in (15, 16)] == [87, 93]


@pytest.mark.parametrize("number, width", [(24, 3), (46, 3), (12, 6), (24, 6)])
def test_a_zone_outside_china_is_refused(number, width):
    with pytest.raises(InputError, match=f"没有 {width} 度带 {number} 带"):
        central_meridian(number, width)


def test_a_border_longitude_belongs_to_the_eastern_zone():
    assert [zone_of(lon).number for lon in (85.5, 88.49999, 88.5, 91.49999, 91.5)] == [29, 29, 30, 30, 31]
    assert [zone_of(lon, 6).number for lon in (89.99999, 90.0)] == [15, 16]


@pytest.mark.parametrize("lon", [float("nan"), 60.0, 140.0, -87.0])
def test_a_longitude_outside_the_zones_is_refused(lon):
    with pytest.raises(InputError, match="不在国内的分带范围"):
        zone_of(lon)


@given(st.floats(73.6, 134.7), st.sampled_from([3, 6]))
@settings(max_examples=200, deadline=None)
def test_a_zone_holds_its_longitudes_within_half_its_width(lon, width):
    zone = zone_of(lon, width)
    assert -width / 2 <= lon - zone.central_meridian < width / 2


def test_both_widths_share_the_projection_of_a_common_meridian():
    three = grid(87.9, 44.3, width=3, prefixed=False)
    six = grid(87.9, 44.3, width=6, prefixed=False)
    assert three == pytest.approx(six, abs=1e-6)


def test_the_central_meridian_lies_at_500_km_and_prefixes_are_added():
    (plain,), (prefixed,) = grid(87.0, 44.0, prefixed=False), grid(87.0, 44.0)
    assert plain[0] == pytest.approx(500_000, abs=1e-6)
    assert prefixed[0] - plain[0] == pytest.approx(29_000_000, abs=1e-6)
    # The northing on the meridian is the arc from the equator: a(1-e²)∫(1-e² sin²φ)^-3/2 dφ, here by Simpson's rule.
    e2, n = (2 - 1 / 298.257222101) / 298.257222101, 2000
    step = math.radians(44.0) / n
    arc = [(1 - e2 * math.sin(i * step) ** 2) ** -1.5 for i in range(n + 1)]
    simpson = (arc[0] + arc[-1] + 4 * sum(arc[1:-1:2]) + 2 * sum(arc[2:-1:2])) * step / 3
    assert plain[1] == pytest.approx(6378137.0 * (1 - e2) * simpson, abs=1e-4)


@given(st.floats(85.6, 91.5), st.floats(43.1, 45.5), st.sampled_from([3, 6]))
@settings(max_examples=50, deadline=None)
def test_plane_coordinates_come_back_within_a_millimetre(lon, lat, width):
    easting, northing, zone = to_gauss_kruger(lon, lat, width=width)
    back = pyproj.Transformer.from_crs(zone.epsg(), 4490, always_xy=True).transform(easting, northing)
    assert pyproj.Geod(ellps="GRS80").inv(lon, lat, *back)[2] < 1e-3


def test_points_on_both_sides_of_a_zone_border_share_one_plane_and_nan_stays_nan():
    easting, northing, zone = to_gauss_kruger([88.4, 88.7, np.nan], [44.0, 44.0, 44.0])
    assert zone == Zone(3, 30)
    assert np.isfinite(easting[:2]).all()
    assert np.isnan(easting[2])
    assert np.isnan(northing[2])
    with pytest.raises(InputError, match="选不出分带"):
        to_gauss_kruger([np.nan], [44.0])


def test_prefixes_are_read_only_where_they_are_zones():
    eastings = [29512345.6, 15730000.0, 512345.6, 99512345.6, 29999999.0, np.nan, np.inf, -29512345.6]
    assert zone_prefixes(eastings).tolist() == [29, 15, 0, 0, 0, 0, 0, 0]
    assert (prefix_zone(15), prefix_zone(29)) == (Zone(6, 15), Zone(3, 29))


def test_the_prefecture_has_four_narrow_and_two_wide_zones():
    assert candidate_zones(PREFECTURE_BOX) == (*(Zone(3, n) for n in (28, 29, 30, 31)), Zone(6, 15), Zone(6, 16))


@pytest.mark.parametrize("width, lon, code", [(3, 87.3, 4517), (3, 89.0, 4518), (6, 87.3, 4493), (6, 91.0, 4494)])
def test_an_eight_digit_easting_names_its_zone(width, lon, code):
    guess = detect_zone(grid([lon, lon + 0.01], [44.0, 44.1], width=width), PREFECTURE_BOX)
    assert (guess.epsg, guess.prefixed) == (code, True)
    assert f"前两位 {guess.zone.number} 是带号" in guess.reason


@pytest.mark.parametrize("lon, meridian", [(85.9, 84), (86.5, 87), (88.2, 90)])
def test_a_six_digit_easting_is_deduced_when_one_meridian_fits(lon, meridian):
    zone = meridian // 3
    guess = detect_zone(grid([lon], [44.2], zone=zone, prefixed=False), shapely.box(lon - 0.2, 43, lon + 0.2, 45))
    assert (guess.zone, guess.prefixed) == (Zone(3, zone), False)
    assert f"只有 {meridian}° 使数据落在本州" in guess.reason


def test_a_six_digit_easting_that_fits_two_meridians_must_be_told():
    with pytest.raises(CRSError) as caught:
        detect_zone(grid([87.3], [44.0], prefixed=False), PREFECTURE_BOX, what="a.csv")
    message = str(caught.value)
    assert message.startswith("a.csv：东坐标没有带号，中央经线有几种可能：87°、90°")
    assert "须写明" in message
    assert "--crs EPSG:4538" in message
    assert "--crs EPSG:4539" in message


def test_a_meridian_is_not_tried_far_beyond_its_zone():
    # 89.9°E in the 6-degree zone 15: read on the 3-degree meridian 84 it would be 86.9°, 2.9° off that meridian.
    guess = detect_zone(grid([89.9], [45.0], width=6, prefixed=False), PREFECTURE_BOX)
    assert guess.zone.central_meridian == 87


def test_metres_that_fit_no_meridian_are_refused_with_what_was_tried():
    with pytest.raises(CRSError, match="中央经线 84°、87°、90°、93° 都不能使数据落在本州.*须写明") as caught:
        detect_zone(np.array([[1234.5, 567.8]]), PREFECTURE_BOX)
    assert "东 1234.5、北 567.8" in str(caught.value)


def test_web_mercator_metres_are_named_as_such():
    xy = np.array([pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(87.3, 44.0)])
    with pytest.raises(CRSError, match="Web 墨卡托：--crs EPSG:3857"):
        detect_zone(xy, PREFECTURE_BOX)


def test_mixed_prefixes_are_refused_with_their_counts():
    xy = np.vstack([grid([87.3, 87.4], [44, 44]), grid([89.3], [44])])
    with pytest.raises(CRSError, match="带号不一致（顶点数：29带号 2 个、30带号 1 个）"):
        detect_zone(xy, PREFECTURE_BOX)


def test_without_a_finite_coordinate_there_is_no_zone():
    with pytest.raises(CRSError, match="没有可用的坐标"):
        detect_zone(np.array([[np.nan, 1.0]]), PREFECTURE_BOX)


def test_one_stray_vertex_in_fifty_does_not_hide_the_meridian():
    lon = np.append(np.linspace(85.8, 86.5, 49), 84.0)
    guess = detect_zone(grid(lon, np.full(50, 44.5), zone=29, prefixed=False), WEST_BLOCK)
    assert guess.zone == Zone(3, 29)
