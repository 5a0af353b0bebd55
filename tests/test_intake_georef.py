"""georef and datums: what a frame's numbers mean, told, declared or inferred, and their way to CGCS2000 degrees."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from changji_geo.catalog import load_layer
from changji_geo.errors import CRSError
from changji_geo.gauss_kruger import to_gauss_kruger
from changji_geo.gcj02 import wgs84_to_bd09, wgs84_to_gcj02
from changji_geo.intake.coordinates.datums import BEIJING54_OPERATION, base_datum, named, to_degrees, unshift
from changji_geo.intake.coordinates.georef import settle_crs

TRUE = [(87.30125, 44.01375), (88.10355, 43.90455), (89.20485, 44.30965)]
GEOD = pyproj.Geod(ellps="GRS80")
BOX = shapely.box(85.6, 43.1, 91.6, 45.5)


@pytest.fixture(scope="module")
def prefecture():
    return shapely.union_all(load_layer("prefecture").frame.geometry.array)


def raw(points, first=1):
    shapes = [p if p is None or isinstance(p, shapely.Geometry) else shapely.Point(p) for p in points]
    frame = gpd.GeoDataFrame({"名称": [f"点{i}" for i in range(len(shapes))]}, geometry=shapes)
    frame.index = range(first, first + len(frame))
    return frame


def projected(code, points=TRUE):
    step = pyproj.Transformer.from_crs(
        "EPSG:4326" if 32600 < code < 32661 or code == 3857 else "EPSG:4490", code, always_xy=True
    )
    return [step.transform(*p) for p in points]


def off_by(settled, points=TRUE):
    xy = shapely.get_coordinates(settled.frame.geometry.array)
    lon, lat = np.array(points).T
    return GEOD.inv(lon, lat, xy[:, 0], xy[:, 1])[2].max()


def messages(settled, rule, level=None):
    return [f.message for f in settled.findings if f.rule == rule and level in (None, f.level)]


@pytest.mark.parametrize("code", [4490, 4326, 4517, 4538, 4518, 4493, 3857, 32645])
@pytest.mark.parametrize("how", ["declared", "told", "told number"])
def test_a_named_crs_is_used_to_the_millimetre(code, how):
    points = projected(code) if code not in (4490, 4326) else TRUE
    options = {
        "declared": {"declared": pyproj.CRS(code)},
        "told": {"told": f"EPSG:{code}"},
        "told number": {"told": str(code)},
    }
    settled = settle_crs(raw(points), extent=BOX, **options[how])
    assert off_by(settled) < 0.001
    assert (settled.crs_used.to_epsg(), settled.inferred) == (code, False)
    assert settled.frame.crs.to_epsg() == 4490
    word = "文件声明" if how == "declared" else "--crs 写明"
    assert messages(settled, "crs") == [f"坐标系：{named(pyproj.CRS(code))}，{word}"]


def test_degrees_without_a_crs_are_inferred_and_reported():
    settled = settle_crs(raw(TRUE), extent=BOX)
    assert (settled.crs_used.to_epsg(), settled.inferred) == (4490, True)
    assert shapely.get_coordinates(settled.frame.geometry.array).tolist() == [list(p) for p in TRUE]
    assert messages(settled, "crs_inferred", "warning") == [
        "没有坐标系信息；数值是经纬度，推断为 CGCS2000（EPSG:4490）。取自网络地图的坐标须加 --datum gcj02 或 bd09"
    ]


@pytest.mark.parametrize("code", [4517, 4518, 4493])
def test_eight_digit_eastings_are_inferred_from_their_prefix(code, prefecture):
    settled = settle_crs(raw(projected(code)), extent=prefecture)
    assert off_by(settled) < 0.001
    assert (settled.crs_used.to_epsg(), settled.inferred) == (code, True)
    assert f"EPSG:{code}" in messages(settled, "crs_inferred", "warning")[0]
    assert "按 CGCS2000；如实为西安 80 或北京 54" in messages(settled, "datum", "warning")[0]


def test_a_six_digit_easting_is_deduced_and_utm_is_mentioned_with_its_distance(prefecture):
    points = [(87.9, 44.2), (88.3, 44.5), (89.9, 44.9)]
    settled = settle_crs(raw(projected(4504, points)), extent=prefecture)
    assert off_by(settled, points) < 0.001
    assert settled.crs_used.to_epsg() == 4538
    # UTM is the same projection times 0.9996: at a northing of 4.93 million metres 0.0004/0.9996 of it, 2.0 km.
    assert "如实为 WGS 84 UTM 45N，位置会差约 2.0 千米，须加 --crs EPSG:32645" in messages(settled, "datum")[0]


def test_a_six_digit_easting_that_fits_twice_must_be_told(prefecture):
    with pytest.raises(CRSError, match="a.csv：东坐标没有带号，中央经线有几种可能：87°、90°"):
        settle_crs(raw(projected(4538, [(87.3, 44.1)])), extent=prefecture, what="a.csv")


def test_rows_of_several_zones_each_go_by_their_own_prefix():
    points = [(87.3, 44.1), (87.4, 44.1), (89.3, 44.1)]
    cells = projected(4517, points[:2]) + projected(4518, points[2:])
    settled = settle_crs(raw([*cells, (500000.0, 4880000.0)]), extent=BOX)
    assert off_by(settled, points) < 0.001
    assert settled.crs_used.to_epsg() == 4517
    assert "29 带 2 个、30 带 1 个" in messages(settled, "crs_inferred")[0]
    assert [(f.row, f.message) for f in settled.findings if f.level == "error"] == [
        (4, "东坐标没有带号（或跨两个带号），而其他行有")
    ]


def test_told_wins_over_declared_and_the_conflict_is_reported():
    settled = settle_crs(raw(projected(4518)), declared=pyproj.CRS(4517), told="EPSG:4518", extent=BOX)
    assert off_by(settled) < 0.001
    (message,) = messages(settled, "crs_conflict", "warning")
    assert "zone 29（EPSG:4517），按 --crs 改用 CGCS2000 / 3-degree Gauss-Kruger zone 30（EPSG:4518）" in message
    alike = settle_crs(raw(TRUE), declared=pyproj.CRS(4326), told="4490", extent=BOX)
    assert len(messages(alike, "crs_conflict", "info")) == 1
    same = settle_crs(raw(TRUE), declared=pyproj.CRS(4490), told="4490", extent=BOX)
    assert messages(same, "crs_conflict") == []


def test_an_unknown_code_names_file_and_option():
    with pytest.raises(CRSError, match="a.shp（--crs）：不认识的坐标系“EPSG:99999”"):
        settle_crs(raw(TRUE), told="99999", extent=BOX, what="a.shp")


@pytest.mark.parametrize(
    "points, options, part",
    [
        (TRUE, {"declared": pyproj.CRS(4517)}, "文件声明的坐标系 CGCS2000 / 3-degree Gauss-Kruger zone 29（EPSG:4517） 是平面坐标（米），但坐标数值是经纬度"),
        (TRUE, {"told": "4517"}, "--crs 写的坐标系"),
        (projected(4517), {"declared": pyproj.CRS(4326)}, "是经纬度，但坐标数值是米（约 29588653.5"),
    ],
)  # fmt: skip
def test_a_crs_that_cannot_be_that_of_the_numbers_is_refused(points, options, part):
    with pytest.raises(CRSError) as caught:
        settle_crs(raw(points), extent=BOX, what="a.shp", **options)
    assert part in str(caught.value)
    assert "--crs EPSG:" in str(caught.value)


def test_metres_in_a_format_that_prescribes_degrees_are_inferred():
    settled = settle_crs(raw(projected(4517)), declared=pyproj.CRS(4326), declared_is_default=True, extent=BOX)
    assert off_by(settled) < 0.001
    assert settled.inferred
    assert "文件格式规定是 WGS 84 经纬度（EPSG:4326），但坐标数值是米" in messages(settled, "crs_conflict")[0]


@pytest.mark.parametrize(
    "code, points, part",
    [
        (4538, projected(4517), "东坐标不含带号，而数据的东坐标带号是 29（约 29588653.5）。处理：用 --crs 写明，如 --crs EPSG:4517（3 度带 29 带（中央经线 87°），东坐标含带号）"),
        (4517, projected(4538), "东坐标带号应是 29，而数据的东坐标没有带号（约 588653.5）。处理：用 --crs 写明，如 --crs EPSG:4538"),
        (2374, projected(4517), "如 --crs EPSG:2353"),
        (4517, projected(4518), "东坐标带号应是 29，而数据的东坐标带号是 30"),
    ],
)  # fmt: skip
def test_a_grid_with_the_wrong_prefix_is_refused_with_the_right_code(code, points, part):
    with pytest.raises(CRSError) as caught:
        settle_crs(raw(points), declared=pyproj.CRS(code), extent=BOX)
    assert part in str(caught.value)


@pytest.mark.parametrize("declared", [None, pyproj.CRS(4326), pyproj.CRS(4490)])
def test_a_file_with_latitude_first_is_turned(declared):
    settled = settle_crs(raw([p[::-1] for p in TRUE]), declared=declared, extent=BOX)
    assert off_by(settled) == 0.0
    assert messages(settled, "axis_order", "warning") == ["坐标次序是纬度在前、经度在后，已对调（3 个）"]


@pytest.mark.parametrize("declared", [None, pyproj.CRS(4517)])
def test_a_file_with_the_northing_first_is_turned(declared):
    settled = settle_crs(raw([p[::-1] for p in projected(4517)]), declared=declared, extent=BOX)
    assert off_by(settled) < 0.001
    assert messages(settled, "axis_order", "warning") == ["坐标次序是北坐标在前、东坐标在后，已对调（3 个）"]


def test_a_single_swapped_feature_is_repaired_and_named():
    settled = settle_crs(raw([TRUE[0], TRUE[1][::-1], TRUE[2]], first=5), extent=BOX)
    assert off_by(settled) == 0.0
    assert [(f.level, f.row) for f in settled.findings if f.rule == "axis_order"] == [("repair", 6)]


def test_beijing_1954_goes_by_the_nearest_published_parameters_and_says_so():
    grid = pyproj.Transformer.from_crs(4214, 21455, always_xy=True).transform(87.3, 44.0)
    settled = settle_crs(raw([grid]), declared=pyproj.CRS(21455), extent=BOX)
    x, y = settled.frame.geometry.iloc[0].coords[0]
    # By hand: geocentric on Krassowsky, plus (15.8, -154.4, -82.3) m, back on WGS 84.
    cart = pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +ellps=krass"
    )
    back = pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +inv +proj=cart +ellps=WGS84 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )
    there = cart.transform(87.3, 44.0, 0.0)
    lon, lat, _ = back.transform(there[0] + 15.8, there[1] - 154.4, there[2] - 82.3)
    assert GEOD.inv(x, y, lon, lat)[2] < 0.01
    assert 50 < GEOD.inv(x, y, 87.3, 44.0)[2] < 61
    (message,) = messages(settled, "datum", "warning")
    assert "EPSG:15921" in message
    assert "相差约 5 米" in message


def test_the_published_sets_for_beijing_1954_agree_to_five_metres_here():
    operations = [
        pyproj.Transformer.from_pipeline(BEIJING54_OPERATION.replace("15921", c)) for c in ("15918", "15921", "15936")
    ]
    for lon, lat in [(85.6, 43.1), (91.6, 43.1), (88.5, 44.3), (85.6, 45.5), (91.6, 45.5)]:
        found = [operation.transform(lat, lon)[::-1] for operation in operations]
        assert max(GEOD.inv(*a, *b)[2] for a in found for b in found) < 5.0
    assert operations[1].accuracy == 1.0


def test_pyproj_offers_nothing_from_the_old_datums_to_cgcs2000():
    for code in (4214, 4610):
        found = pyproj.transformer.TransformerGroup(code, 4490, always_xy=True)
        assert [t.accuracy for t in found.transformers] == [-1.0]
        assert "Ballpark" in found.transformers[0].description


def test_xian_1980_keeps_its_degrees_and_says_so():
    grid = pyproj.Transformer.from_crs(4610, 2374, always_xy=True).transform(87.3, 44.0)
    settled = settle_crs(raw([grid]), declared=pyproj.CRS(2374), extent=BOX)
    assert off_by(settled, [(87.3, 44.0)]) < 0.001
    (message,) = messages(settled, "datum", "warning")
    assert "西安 80 没有公开的转换参数，经纬度按原值采用" in message
    assert "+towgs84=" in message


def test_local_parameters_may_be_written_into_the_crs():
    local = "+proj=longlat +a=6378140 +rf=298.257 +towgs84=100,0,0,0,0,0,0 +no_defs +type=crs"
    settled = settle_crs(raw([(87.3, 44.0)]), told=local, extent=BOX)
    # 100 m along the geocentric X axis at 87.3°E is 100 sin(87.3°) m to the west, and a little to the south.
    x, _ = settled.frame.geometry.iloc[0].coords[0]
    assert (87.3 - x) * 80205.7 == pytest.approx(99.889, abs=0.05)
    assert "自带的 +towgs84 参数" in messages(settled, "datum")[0]


def test_other_datums_state_their_operation_or_that_there_is_none():
    for code, part in ((4555, "没有公开的转换参数"), (4284, "标称精度")):
        settled = settle_crs(raw([(87.3, 44.0)]), declared=pyproj.CRS(code), extent=BOX)
        assert part in messages(settled, "datum", "warning")[0]


@pytest.mark.parametrize(
    "wkt, base",
    [
        ('GEOGCS["GCS_Beijing_1954",DATUM["D_Beijing_1954",SPHEROID["Krasovsky_1940",6378245.0,298.3]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]', "beijing54"),
        ('GEOGCS["GCS_Xian_1980",DATUM["D_Xian_1980",SPHEROID["Xian_1980",6378140.0,298.257]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]', "xian80"),
        ('GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]', "cgcs2000"),
        ('GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]', "wgs84"),
        ("EPSG:4555", "other"),
    ],
)  # fmt: skip
def test_the_datum_is_known_under_its_esri_names(wkt, base):
    assert base_datum(pyproj.CRS(wkt)) == base


def test_a_geocentric_crs_is_refused():
    with pytest.raises(CRSError, match="既不是经纬度也不是平面坐标"):
        to_degrees(np.array([shapely.Point(1, 2)]), pyproj.CRS(4978), what="a")


@pytest.mark.parametrize("datum, shift", [("gcj02", wgs84_to_gcj02), ("bd09", wgs84_to_bd09)])
@pytest.mark.parametrize("code", [None, 4326, 4490, 3857, 4517])
def test_the_shift_of_web_maps_is_undone_to_a_centimetre(datum, shift, code):
    shifted = np.column_stack(shift(*np.array(TRUE).T)).tolist()
    points = projected(code, shifted) if code in (3857, 4517) else shifted
    settled = settle_crs(raw(points), declared=code and pyproj.CRS(code), datum=datum, extent=BOX)
    assert off_by(settled) < 0.01
    (message,) = messages(settled, "datum", "repair")
    assert message.startswith(f"坐标按 {'GCJ-02' if datum == 'gcj02' else 'BD-09'}")


@given(
    st.lists(st.tuples(st.floats(85.6, 91.5), st.floats(43.1, 45.5)), min_size=1, max_size=5),
    st.sampled_from(["gcj02", "bd09"]),
)
@settings(max_examples=60, deadline=None)
def test_the_inverse_of_a_datum_is_exact_everywhere_here(points, datum):
    shift = wgs84_to_gcj02 if datum == "gcj02" else wgs84_to_bd09
    shapes = np.array([shapely.Point(p) for p in zip(*shift(*np.array(points).T), strict=True)])
    back, finding = unshift(shapes, datum)
    xy, lonlat = shapely.get_coordinates(back), np.array(points)
    assert GEOD.inv(lonlat[:, 0], lonlat[:, 1], xy[:, 0], xy[:, 1])[2].max() < 0.01
    assert finding.level == "repair"


def test_datum_cgcs2000_changes_nothing():
    assert off_by(settle_crs(raw(TRUE), datum="cgcs2000", extent=BOX)) == 0.0


def test_a_web_datum_on_an_old_datum_is_refused():
    with pytest.raises(CRSError, match="--datum gcj02 与坐标系 西安 80 经纬度（EPSG:4610） 矛盾"):
        settle_crs(raw(TRUE), declared=pyproj.CRS(4610), datum="gcj02", extent=BOX)


@pytest.mark.parametrize(
    "minority, told, word",
    [([(29512345.6, 4876543.2)], None, "米"), ([(29512345.6, 4876543.2)], "4490", "米"), (TRUE[:1], "4517", "经纬度")],
)
def test_rows_in_the_unit_of_the_minority_are_listed(minority, told, word):
    points = projected(4517) if word == "经纬度" else TRUE
    settled = settle_crs(raw([*points, *minority], first=2), told=told, extent=BOX)
    assert off_by(settled) < 0.001
    ((row, message),) = [(f.row, f.message) for f in settled.findings if f.level == "error"]
    assert row == 5
    assert message.startswith(f"坐标数值是{word}，而多数是")


def test_features_at_zero_are_listed():
    settled = settle_crs(raw([*TRUE, (0.0, 0.0)]), extent=BOX)
    assert [(f.row, f.message) for f in settled.findings if f.level == "error"] == [(4, "坐标为 0/0，视为没有填写")]
    assert settled.frame.index.tolist() == [1, 2, 3]


def test_missing_empty_and_nan_geometries_pass_through():
    with np.errstate(invalid="ignore"):
        broken = shapely.linestrings([(87, 44), (np.nan, 45)])
    shapes = [None, shapely.Point(), broken, *TRUE]
    for code in (None, 4326):
        settled = settle_crs(raw(shapes), declared=code and pyproj.CRS(code), extent=BOX)
        assert settled.frame.index.tolist() == [1, 2, 3, 4, 5, 6]
        assert settled.frame.geometry.iloc[0] is None
    nothing = settle_crs(raw([None]), extent=BOX)
    assert (len(nothing.frame), nothing.inferred, nothing.frame.crs.to_epsg()) == (1, False, 4490)


def test_an_empty_frame_is_settled_as_declared():
    settled = settle_crs(raw([]), declared=pyproj.CRS(4517), extent=BOX)
    assert (len(settled.frame), settled.crs_used.to_epsg()) == (0, 4517)


def test_everything_outside_china_names_the_likely_cause():
    with pytest.raises(CRSError, match="全部落在中国以外（约 12.500，41.900）.*带号或坐标次序多半写错了"):
        settle_crs(raw([(12.5, 41.9)]), extent=BOX)


def test_single_features_outside_china_are_listed():
    settled = settle_crs(raw([*TRUE, (12.5, 41.9)]), extent=BOX)
    assert [(f.row, f.message) for f in settled.findings if f.level == "error"] == [
        (4, "按 CGCS2000 经纬度（EPSG:4490） 换算后落在中国以外")
    ]


def test_data_outside_the_prefecture_are_remarked_on(prefecture):
    away = settle_crs(raw([(116.4, 39.9), (117.0, 40.0)]), extent=prefecture)
    assert "全部要素都在本州范围以外" in messages(away, "outside", "warning")[0]
    inside = [(87.9, 44.2), (88.3, 44.5), (89.9, 44.9)]
    some = settle_crs(raw([*inside, (116.4, 39.9)]), extent=prefecture)
    assert messages(some, "outside", "warning") == ["第 4 个要素离本州 50 千米以上，请核对坐标"]
    urumqi = settle_crs(raw([*inside, (87.6, 43.8)]), extent=prefecture)
    assert messages(urumqi, "outside") == []


def test_geometry_kinds_holes_and_height_survive():
    ring = [(87.0, 44.0), (87.2, 44.0), (87.2, 44.2), (87.0, 44.2)]
    hole = [(87.05, 44.05), (87.1, 44.05), (87.1, 44.1)]
    shapes = [shapely.Polygon(ring, [hole]), shapely.MultiPoint(TRUE), shapely.Point(87.3, 44.0, 700.0)]
    step = pyproj.Transformer.from_crs(4490, 4517, always_xy=True)
    plane = [
        shapely.transform(
            s, lambda xyz: np.column_stack([*step.transform(xyz[:, 0], xyz[:, 1]), *xyz.T[2:]]), include_z=s.has_z
        )
        for s in shapes
    ]
    out = settle_crs(raw(plane), extent=BOX).frame.geometry
    assert shapely.equals_exact(out.iloc[0], shapes[0], 1e-9)
    assert shapely.equals_exact(out.iloc[1], shapes[1], 1e-9)
    assert out.iloc[2].z == 700.0


def test_shared_vertices_stay_shared():
    left, right = shapely.box(87, 44, 87.5, 45), shapely.box(87.5, 44, 88, 45)
    for datum in (None, "gcj02"):
        made = settle_crs(raw([left, right]), datum=datum, extent=BOX).frame.geometry
        assert shapely.coverage_is_valid(made.array)


def test_the_callers_frame_is_not_altered():
    frame = raw([p[::-1] for p in TRUE])
    before = frame.geometry.to_wkt().tolist()
    settle_crs(frame, datum="gcj02", extent=BOX)
    assert frame.geometry.to_wkt().tolist() == before
    assert frame.crs is None


@given(
    st.lists(st.tuples(st.floats(85.7, 91.4), st.floats(43.2, 45.4)), min_size=1, max_size=6),
    st.sampled_from([29, 30]),
)
@settings(max_examples=40, deadline=None)
def test_prefixed_metres_of_any_zone_come_back_within_two_centimetres(points, zone):
    easting, northing, _ = to_gauss_kruger(*np.array(points).T, zone=zone)
    settled = settle_crs(raw(list(zip(easting, northing, strict=True))), extent=BOX)
    assert off_by(settled, points) < 0.02
    assert settled.crs_used.to_epsg() == 4488 + zone
