"""crs and gcj02: reference systems of frames, DMS text, and the web-map shifts both ways."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from changji_geo.crs import (
    format_dms,
    format_lat,
    format_lon,
    parse_crs,
    require_crs,
    to_cgcs2000,
)
from changji_geo.ellipsoid import geod
from changji_geo.errors import CRSError, InputError
from changji_geo.gcj02 import (
    bd09_to_gcj02,
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    unshift_gcj02,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)

# standards/13_cartography.toml: worked points (true, GCJ-02, BD-09)
WORKED = [
    ((87.3, 44.0), (87.30308729, 44.00131009), (87.30970153, 44.00704351)),
    ((89.5, 44.2), (89.50274382, 44.20119896), (89.5091767, 44.2073725)),
]


def test_missing_crs_is_an_error_with_a_remedy() -> None:
    with pytest.raises(CRSError) as caught:
        require_crs(gpd.GeoDataFrame(geometry=[shapely.Point(87, 44)]), what="线索.shp")
    assert str(caught.value).startswith("线索.shp：没有坐标系信息")
    assert "EPSG:4490" in str(caught.value)


def test_to_cgcs2000_leaves_the_callers_frame_alone() -> None:
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(500000, 4870000)], crs="EPSG:4538")
    out = to_cgcs2000(frame)
    assert frame.crs.to_epsg() == 4538
    assert out.crs.to_epsg() == 4490
    assert out.geometry[0].x == pytest.approx(87.0, abs=1e-9)  # easting 500 km lies on the central meridian
    assert out.geometry[0].y == pytest.approx(43.97, abs=0.01)
    same = to_cgcs2000(out)
    same["a"] = 9
    assert out["a"].tolist() == [1]


def test_degrees_labelled_as_projected_are_reported() -> None:
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(1e9, 1e9)], crs="EPSG:4517")
    with pytest.raises(CRSError, match="无法从"):
        to_cgcs2000(frame, what="a.shp")


def test_unknown_crs_names_what_it_belongs_to() -> None:
    with pytest.raises(CRSError, match="图层 x：不认识的坐标系“EPSG:99999”"):
        parse_crs("EPSG:99999", what="图层 x")
    assert parse_crs("changji_albers", what="地图").is_projected


@pytest.mark.parametrize(
    ("degrees", "decimals", "text"),
    [
        (87.30833333, 0, "87°18′30″E"),
        (87.0, 0, "87°00′00″E"),
        (86.99999, 0, "87°00′00″E"),
        (-0.5, 0, "0°30′00″W"),
        (87.123456, 2, "87°07′24.44″E"),
    ],
)
def test_longitude_as_degrees_minutes_seconds(degrees: float, decimals: int, text: str) -> None:
    assert format_lon(degrees, decimals=decimals) == text


def test_positions_are_longitude_first_and_out_of_range_is_refused() -> None:
    assert format_dms(87.3, 44.01) == "87°18′00″E，44°00′36″N"
    with pytest.raises(InputError, match=r"纬度 187\.3 超出范围"):
        format_lat(187.3)
    with pytest.raises(InputError, match="经度 nan"):
        format_lon(float("nan"))


@pytest.mark.parametrize(("true", "gcj", "bd"), WORKED)
def test_worked_points_of_the_web_map_shifts(
    true: tuple[float, float], gcj: tuple[float, float], bd: tuple[float, float]
) -> None:
    assert wgs84_to_gcj02(*true) == pytest.approx(gcj, abs=5.1e-9)
    assert wgs84_to_bd09(*true) == pytest.approx(bd, abs=5.1e-9)
    assert gcj02_to_bd09(*gcj) == pytest.approx(bd, abs=1.1e-8)
    assert gcj02_to_wgs84(*gcj) == pytest.approx(true, abs=1.1e-8)
    assert bd09_to_wgs84(*bd) == pytest.approx(true, abs=1.1e-8)


@given(st.floats(74, 135), st.floats(18, 53))
@settings(max_examples=200, deadline=None)
def test_round_trips_come_back_within_a_centimetre(lon: float, lat: float) -> None:
    gcj_back = gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat))
    bd_back = bd09_to_gcj02(*gcj02_to_bd09(lon, lat))
    for back in (gcj_back, bd_back):
        assert geod().inv(lon, lat, float(back[0]), float(back[1]))[2] < 0.01


def test_no_shift_abroad_and_nan_stays_nan() -> None:
    lon, lat = wgs84_to_gcj02([10.0, float("nan")], [50.0, 44.0])
    assert (lon[0], lat[0]) == (10.0, 50.0)
    assert np.isnan(lon[1])
    back, _ = gcj02_to_wgs84([87.3, float("nan")], [44.0, 44.0])
    assert np.isfinite(back[0])
    assert np.isnan(back[1])


def test_shared_vertices_stay_shared_when_unshifted() -> None:
    left, right = unshift_gcj02(np.array([shapely.box(87, 44, 88, 45), shapely.box(88, 44, 89, 45)]))
    assert shapely.coverage_is_valid([left, right])
    assert not shapely.equals(left, shapely.box(87, 44, 88, 45))
