"""Laws of the intake as a whole: what goes in comes out, twice the same, and passes every check."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from changji_geo.catalog import load_layer
from changji_geo.crs import format_lat, format_lon
from changji_geo.ellipsoid import area_m2, geod
from changji_geo.errors import InputError, OutputError
from changji_geo.gauss_kruger import to_gauss_kruger
from changji_geo.gcj02 import bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02
from changji_geo.indicators import Indicator
from changji_geo.intake import importing
from changji_geo.intake.coordinates.coordcolumns import CoordinateColumns
from changji_geo.intake.coordinates.coordtext import parse_angle
from changji_geo.intake.coordinates.georef import Settled, settle_crs
from changji_geo.intake.coordinates.offset import offset_hint
from changji_geo.intake.coordinates.placing import place_rows
from changji_geo.intake.findings import IntakeFinding
from changji_geo.intake.geometry.kinds import split_kinds
from changji_geo.intake.geometry.repair import repair_geometries
from changji_geo.intake.importing import import_layer
from changji_geo.intake.indicators import importing as indicator_importing
from changji_geo.intake.indicators.importing import import_indicators
from changji_geo.intake.indicators.tables import read_indicator_table
from changji_geo.intake.originals import digest_of
from changji_geo.intake.reading import read_any
from changji_geo.intake.reports import require_report_path, write_report
from changji_geo.intake.sheets.reading import MAX_TABLE_BYTES, read_sheet
from changji_geo.intake.values.cells import CellTextError
from changji_geo.intake.values.periods import parse_period
from changji_geo.intake.values.places import places_of
from changji_geo.intake.values.units import unit_power
from changji_geo.layer_check import check_layer
from changji_geo.layer_description import layer_meta
from changji_geo.resources import Workspace, packaged_root
from tests.tiny import write_layer

SHIPPED = Workspace((packaged_root(),))
DRIVERS = {"gpkg": "GPKG", "geojson": "GeoJSON", "shp": "ESRI Shapefile", "fgb": "FlatGeobuf"}

unit = st.floats(0.0, 1.0)


def own_workspace(folder: Path) -> Workspace:
    (folder / "layers").mkdir(parents=True)
    (folder / "maps").mkdir()
    return Workspace((folder, packaged_root()))


def star(x: float, y: float, reach: list[float]) -> np.ndarray:
    """A ring about a centre, in degrees; its outline may go in and out but not across itself."""
    turn = np.linspace(0, 2 * np.pi, len(reach), endpoint=False)
    return np.column_stack([x + np.array(reach) * np.cos(turn), y + np.array(reach) * np.sin(turn)])


@st.composite
def area(draw: st.DrawFn) -> shapely.Geometry:
    """A valid polygon or multipolygon of the plain north of Changji, with or without a hole, some km wide."""
    x, y = 87.2 + 0.5 * draw(unit), 44.1 + 0.3 * draw(unit)
    reach = draw(st.lists(st.floats(0.01, 0.04), min_size=4, max_size=8))
    outline = star(x, y, reach)
    holes = [star(x, y, [r / 4 for r in reach])] if draw(st.booleans()) else []
    first = shapely.Polygon(outline, holes)
    if not draw(st.booleans()):
        return first
    return shapely.MultiPolygon([first, shapely.Polygon(outline + np.array([0.1, 0.0]))])


areas = st.lists(area(), min_size=1, max_size=5)


def frame_of(shapes: list[shapely.Geometry]) -> gpd.GeoDataFrame:
    ids = [f"p{i}" for i in range(len(shapes))]
    return gpd.GeoDataFrame({"id": ids, "name": [f"图斑{i}" for i in ids]}, geometry=shapes, crs="EPSG:4490")


def alike(one: shapely.Geometry, other: shapely.Geometry, within: float = 1e-9) -> bool:
    return bool(shapely.equals_exact(shapely.normalize(one), shapely.normalize(other), within))


@pytest.mark.parametrize("suffix", DRIVERS)
@settings(max_examples=8)
@given(shapes=areas)
def test_what_a_program_wrote_is_read_as_it_was(tmp_path_factory, suffix, shapes):
    given_frame = frame_of(shapes)
    path = tmp_path_factory.mktemp("written") / f"图斑.{suffix}"
    given_frame.to_file(path, driver=DRIVERS[suffix], engine="pyogrio", encoding="utf-8")
    found = read_any(path, workspace=SHIPPED)
    read = found.frame.set_index("id")  # a FlatGeobuf has an order of its own
    assert sorted(read.index) == given_frame["id"].tolist()
    for feature_id, name, shape in zip(given_frame["id"], given_frame["name"], shapes, strict=True):
        one = shape if shape.geom_type == read.geometry[feature_id].geom_type else shapely.MultiPolygon([shape])
        assert alike(one, read.geometry[feature_id])
        assert read["name"][feature_id] == name
    assert [f for f in found.findings if f.level in ("error", "repair")] == []


corner = st.tuples(st.integers(0, 8), st.integers(0, 8)).map(lambda c: (87.0 + c[0] * 0.01, 44.0 + c[1] * 0.01))
ring = st.lists(corner, min_size=3, max_size=9).map(lambda xy: [*xy, xy[0]])
raw = st.one_of(
    ring.map(shapely.Polygon),
    st.lists(ring.map(shapely.Polygon), min_size=1, max_size=3).map(shapely.MultiPolygon),
    st.tuples(ring, ring).map(lambda two: shapely.Polygon(two[0], [two[1]])),
    st.lists(corner, min_size=2, max_size=5).map(shapely.LineString),
    st.tuples(ring.map(shapely.Polygon), corner.map(shapely.Point)).map(shapely.GeometryCollection),
)


@settings(max_examples=40)
@given(shapes=st.lists(raw, min_size=1, max_size=6))
def test_a_repaired_and_sorted_frame_has_nothing_left_to_repair_or_sort(shapes):
    """But for the slivers of a collection: those are looked for in areas only, and it has none before it is sorted."""
    given_frame = gpd.GeoDataFrame(geometry=shapes, index=range(1, len(shapes) + 1), crs="EPSG:4490")
    collections = {row for row, shape in enumerate(shapes, start=1) if shape.geom_type == "GeometryCollection"}
    for kind, part in split_kinds(repair_geometries(given_frame).frame).frames.items():
        assert shapely.is_valid(part.geometry.array).all()
        once = repair_geometries(part)
        assert {f.row for f in once.findings if f.level in ("error", "repair")} <= collections
        again = repair_geometries(once.frame)
        assert {f.rule for f in again.findings} <= {"duplicate_feature", "sliver_feature"}
        assert again.frame.geometry.to_wkb().tolist() == once.frame.geometry.to_wkb().tolist()
        kinds = split_kinds(again.frame)
        assert (list(kinds.frames), kinds.findings) == ([kind], ())


@settings(max_examples=12)
@given(shapes=st.lists(raw, min_size=1, max_size=5))
def test_whatever_is_imported_passes_the_check_of_layers_and_its_originals_are_kept(tmp_path_factory, shapes):
    folder = tmp_path_factory.mktemp("import")
    space = own_workspace(folder / "工作区")
    path = folder / "要素.geojson"
    frame_of(shapes).to_file(path, driver="GeoJSON", engine="pyogrio")
    usable = repair_geometries(frame_of(shapes).set_axis(range(1, len(shapes) + 1))).frame
    if not len(usable):
        return
    report = import_layer(path, "drawn", workspace=space, skip_bad_rows=True)
    assert [f for i in report.layer_ids for f in check_layer(i, space) if f.level == "error"] == []
    assert {row for part in report.result.parts.values() for row in part.index} == set(usable.index)
    for made in report.folders:
        assert (made / "original" / path.name).read_bytes() == path.read_bytes()


@settings(max_examples=6)
@given(shapes=areas)
def test_two_imports_of_a_file_are_the_same_bytes_in_any_workspace(tmp_path_factory, shapes):
    folder = tmp_path_factory.mktemp("twice")
    path = folder / "图斑.shp"
    frame_of(shapes).to_file(path, engine="pyogrio", encoding="gbk")
    made = []
    for name in ("甲", "乙"):
        report = import_layer(path, "plots", workspace=own_workspace(folder / name), accuracy="surveyed")
        (root,) = report.folders
        made.append({f.relative_to(root): f.read_bytes() for f in root.rglob("*") if f.is_file()})
    assert made[0] == made[1]
    assert {"layer.toml", "plots.geojson", "findings.json"} <= {str(f) for f in made[0]}


@settings(max_examples=200)
@given(degrees=st.integers(0, 179), minutes=st.integers(0, 59), hundredths=st.integers(0, 5999), west=st.booleans())
def test_a_longitude_printed_and_read_and_printed_again_is_the_same_text(degrees, minutes, hundredths, west):
    text = f"{degrees}°{minutes:02d}′{hundredths // 100:02d}.{hundredths % 100:02d}″{'W' if west else 'E'}"
    angle = parse_angle(text)
    exact = degrees + minutes / 60 + hundredths / 360_000
    assert angle.axis == "lon"
    assert angle.degrees == pytest.approx(-exact if west else exact, abs=1e-12)
    assert format_lon(angle.degrees, decimals=2).rstrip("EW") == text.rstrip("EW")
    if exact:
        assert format_lon(angle.degrees, decimals=2) == text


@settings(max_examples=200)
@given(value=st.floats(-90, 90), decimals=st.integers(0, 4))
def test_any_latitude_comes_back_from_its_text_as_well_as_its_decimals_allow(value, decimals):
    back = parse_angle(format_lat(value, decimals=decimals))
    assert back.axis == "lat"
    assert abs(back.degrees - value) <= 0.5001 * 10.0**-decimals / 3600
    assert back.resolution == pytest.approx(10.0**-decimals / 3600)


@settings(max_examples=100)
@given(places=st.lists(st.tuples(st.floats(73.5, 135.0), st.floats(3.5, 53.5)), min_size=1, max_size=20))
@pytest.mark.parametrize(
    ("there", "back"), [(wgs84_to_gcj02, gcj02_to_wgs84), (wgs84_to_bd09, bd09_to_wgs84)], ids=["gcj02", "bd09"]
)
def test_a_shift_of_web_maps_is_undone_to_a_centimetre_anywhere_in_china(there, back, places):
    lon, lat = np.array(places).T
    x, y = back(*there(lon, lat))
    assert geod().inv(lon, lat, x, y)[2].max() < 0.01


# What an import does when something fails half way, and what names it refuses.


def spots(path: Path, *, kinds: bool = False, **columns: list[object]) -> Path:
    """Three places as GeoJSON; with `kinds` an area, a line and a point."""
    shapes = [shapely.Point(87.30125 + i / 10, 44.01375) for i in range(3)]
    if kinds:
        shapes = [shapely.box(87.3, 44.0, 87.4, 44.1), shapely.LineString([(87.3, 44), (87.4, 44.1)]), shapes[0]]
    frame_of(shapes).assign(**columns).to_file(path, driver="GeoJSON", engine="pyogrio")
    return path


def tree(root: Path) -> dict[str, bytes | None]:
    return {str(f.relative_to(root)): f.read_bytes() if f.is_file() else None for f in sorted(root.rglob("*"))}


@pytest.mark.parametrize("layer_id", ["con", "nul", "com1", "lpt9", "indicators"])
def test_names_that_windows_or_the_workspace_itself_needs_are_no_layer_ids(tmp_path, layer_id):
    space = own_workspace(tmp_path / "ws")
    (tmp_path / "ws" / "layers" / "indicators").mkdir()
    (tmp_path / "ws" / "layers" / "indicators" / "空气.csv").write_text("indicator\n", encoding="utf-8")
    before = tree(tmp_path / "ws")
    with pytest.raises(InputError, match=f"“{layer_id}”不能作图层标识"):
        import_layer(spots(tmp_path / "点.geojson"), layer_id, workspace=space, replace=True)
    assert tree(tmp_path / "ws") == before


@pytest.mark.skipif(os.name == "nt", reason="file names are text on Windows")
@pytest.mark.parametrize("suffix", [".geojson", ".csv"])
def test_a_file_name_in_gbk_bytes_is_refused_with_the_remedy(tmp_path, suffix):
    """What unzipping a Chinese archive on Linux leaves behind."""
    made = spots(tmp_path / "a.geojson")
    if suffix == ".csv":
        made = tmp_path / "a.csv"
        made.write_text("名称,经度,纬度\n甲,87.3,44.0\n乙,87.4,44.1\n", encoding="utf-8")
    named = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + "点位".encode("gbk") + suffix.encode()))
    made.rename(named)
    space = own_workspace(tmp_path / "ws")
    with pytest.raises(InputError, match=r"文件名不是 UTF-8 文字.*处理：改名后再导入") as told:
        import_layer(named, "spots", workspace=space)
    assert str(told.value).encode()
    assert list((tmp_path / "ws" / "layers").iterdir()) == []


def test_the_copy_of_a_read_only_original_can_be_deleted_again(tmp_path):
    """On Windows a file that is read-only cannot be removed, and the scratch folder of a failed import would stay."""
    path = spots(tmp_path / "点.geojson")
    path.chmod(0o444)
    report = import_layer(path, "spots", workspace=own_workspace(tmp_path / "ws"))
    copy = report.folders[0] / "original" / path.name
    assert copy.stat().st_mode & stat.S_IWRITE
    assert copy.stat().st_mtime == path.stat().st_mtime
    assert not path.stat().st_mode & stat.S_IWRITE


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_when_the_last_of_several_layers_cannot_be_placed_all_are_as_before(tmp_path):
    root = tmp_path / "ws"
    space = own_workspace(root)
    import_layer(spots(tmp_path / "旧.geojson"), "mixed_area", workspace=space, geometry="point")
    (root / "layers" / "mixed_point").symlink_to(tmp_path / "gone")
    before = tree(root)
    with pytest.raises(OutputError, match="无法写入工作区"):
        import_layer(spots(tmp_path / "新.geojson", kinds=True), "mixed", workspace=space, replace=True)
    assert tree(root) == before


def test_an_import_that_is_broken_off_while_placing_puts_the_former_layer_back(tmp_path, monkeypatch):
    root = tmp_path / "ws"
    space = own_workspace(root)
    path = spots(tmp_path / "点.geojson")
    import_layer(path, "spots", workspace=space)
    before = tree(root)
    rename = Path.rename

    def broken_off(self: Path, target: Path) -> Path:
        if any(part.startswith(".import-") for part in self.parts):
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", broken_off)
    with pytest.raises(KeyboardInterrupt):
        import_layer(path, "spots", workspace=space, replace=True)
    assert tree(root) == before


def test_a_layer_that_came_up_while_the_file_was_read_is_not_moved_aside_unasked(tmp_path, monkeypatch):
    root = tmp_path / "ws"
    space = own_workspace(root)
    copy = importing.copy_originals

    def meanwhile(path: Path, folder: Path) -> None:
        copy(path, folder)
        (root / "layers" / "spots").mkdir()
        (root / "layers" / "spots" / "layer.toml").write_text("别人的", encoding="utf-8")

    monkeypatch.setattr(importing, "copy_originals", meanwhile)
    with pytest.raises(InputError, match="工作区里已有图层“spots”，没有改动它"):
        import_layer(spots(tmp_path / "点.geojson"), "spots", workspace=space)
    assert [f.name for f in sorted((root / "layers").rglob("*"))] == ["spots", "layer.toml"]


@pytest.mark.parametrize("had_layers", [True, False])
def test_a_full_disk_leaves_no_trace(tmp_path, monkeypatch, had_layers):
    root = tmp_path / "ws"
    space = own_workspace(root)
    if not had_layers:
        (root / "layers").rmdir()

    def full(path: Path, folder: Path) -> None:
        folder.mkdir()
        raise OSError(errno.ENOSPC, "No space left on device", str(folder))

    monkeypatch.setattr(importing, "copy_originals", full)
    with pytest.raises(OutputError, match=r"无法写入工作区（磁盘已满）"):
        import_layer(spots(tmp_path / "点.geojson"), "spots", workspace=space)
    assert [f.name for f in root.rglob("*")] == (["layers", "maps"] if had_layers else ["maps"])


def test_a_layer_is_registered_no_more_accurate_than_its_worst_row(tmp_path):
    path = spots(tmp_path / "点.geojson", accuracy=["surveyed", "approximate", "surveyed"])
    space = own_workspace(tmp_path / "ws")
    report = import_layer(path, "spots", workspace=space, accuracy="surveyed")
    assert layer_meta("spots", space).accuracy == "approximate"
    assert [f.message for f in report.findings if f.rule == "accuracy"] == [
        "文件中有要素的精度是“近似”，图层按最差的要素登记"
    ]


def test_undoing_a_shift_of_the_whole_file_is_not_counted_as_repaired_rows(tmp_path):
    space = own_workspace(tmp_path / "ws")
    import_layer(spots(tmp_path / "点.geojson"), "spots", workspace=space, datum="gcj02")
    record = layer_meta("spots", space).intake
    assert record is not None
    assert (record.rows, record.kept, record.repaired, record.refused) == (3, 3, 0, 0)
    assert record.datum == "gcj02"


def test_a_report_may_quote_any_character(tmp_path):
    """U+FFFE and U+FFFF are no characters, and XML has no way to write them."""
    text = "坏\ufffe字\uffff\x00\udcb9"
    path = write_report(tmp_path / "报告.xlsx", [IntakeFinding("warning", "x", text)])
    assert openpyxl.load_workbook(path)["发现"]["E2"].value == "坏字"


def test_the_record_counts_the_rows_there_were_those_taken_and_those_refused(tmp_path):
    path = tmp_path / "点.csv"
    path.write_text("名称,经度,纬度\n甲,87.3,44.0\n乙,东,44.1\n丙,87.5,44.2\n", encoding="utf-8")
    space = own_workspace(tmp_path / "ws")
    import_layer(path, "spots", workspace=space, skip_bad_rows=True)
    record = layer_meta("spots", space).intake
    assert record is not None
    assert (record.rows, record.kept, record.repaired, record.refused) == (3, 2, 0, 1)


def test_every_replacement_keeps_the_layer_before_it(tmp_path):
    space = own_workspace(tmp_path / "ws")
    kept = []
    for name in ("一", "二", "三"):
        kept += import_layer(spots(tmp_path / f"{name}.geojson"), "spots", workspace=space, replace=True).kept
    assert [folder.name for folder in kept] == ["spots_1", "spots_2"]
    assert [next((folder / "original").iterdir()).name for folder in kept] == ["一.geojson", "二.geojson"]


def test_areas_and_shares_that_the_file_lacks_are_measured_on_the_figures(tmp_path):
    shapes = [shapely.box(87.3, 44.0, 87.4, 44.1), shapely.box(79.0, 44.0, 79.1, 44.1)]
    path = tmp_path / "区.geojson"
    frame_of(shapes).to_file(path, driver="GeoJSON", engine="pyogrio")
    space = own_workspace(tmp_path / "ws")
    report = import_layer(path, "reserves", workspace=space)
    made = load_layer("reserves", space).frame
    np.testing.assert_allclose(made["area_km2"], area_m2(np.array(shapes)) / 1e6, atol=5e-5)
    whole = shapely.union_all(load_layer("prefecture", space).frame.geometry.array)
    inside = area_m2(shapely.intersection(shapes[0], whole)) / area_m2(shapes[0]) * 100
    assert made["in_prefecture_pct"].tolist() == [pytest.approx(inside[0], abs=0.006), 0.0]
    assert 0 < inside[0] < 100
    assert [f.level for f in report.findings if f.rule == "measured"] == ["info"]


def test_the_name_of_a_reserve_gives_its_id(tmp_path):
    areas_of = load_layer("protected_areas", SHIPPED).frame
    reserve_id, name = areas_of["id"].iloc[0], areas_of["name"].iloc[0]
    path = tmp_path / "区.geojson"
    shape = shapely.box(89.3, 44.5, 89.4, 44.6)
    frame_of([shape]).assign(reserve=[name]).to_file(path, driver="GeoJSON", engine="pyogrio")
    found = read_any(path, target="reserves", workspace=SHIPPED).frame
    assert (found["reserve"].tolist(), found["reserve_id"].tolist()) == ([name], [reserve_id])


def test_an_ewkt_cell_names_the_system_of_its_table(tmp_path):
    east, north = pyproj.Transformer.from_crs(4326, 32645, always_xy=True).transform(87.30125, 44.01375)
    path = tmp_path / "点.csv"
    path.write_text(f"名称,WKT\n甲,SRID=32645;POINT ({east!r} {north!r})\n", encoding="utf-8")
    found = read_any(path, workspace=SHIPPED)
    assert (found.crs.to_epsg(), found.inferred) == (32645, False)
    np.testing.assert_allclose(shapely.get_coordinates(found.frame.geometry.array), [[87.30125, 44.01375]], atol=1e-9)


def test_what_is_of_another_kind_than_asked_for_is_named_with_its_rows(tmp_path):
    path = spots(tmp_path / "混.geojson", kinds=True)
    found = read_any(path, workspace=SHIPPED, geometry="area")
    assert list(found.parts) == ["area"]
    assert [(level, message) for level, _, message in said(found.findings, "other_geometry")] == [
        ("warning", "没有取用的线 1 个（第 2 个）；只取面"),
        ("warning", "没有取用的点 1 个（第 3 个）；只取面"),
    ]


def test_a_layer_that_must_cover_without_gaps_is_taken_with_a_warning_when_it_does_not(tmp_path):
    shapes = [shapely.box(87.3, 44.0, 87.5, 44.1), shapely.box(87.4, 44.0, 87.6, 44.1)]
    path = tmp_path / "县.geojson"
    frame_of(shapes).to_file(path, driver="GeoJSON", engine="pyogrio")
    assert layer_meta("counties", SHIPPED).coverage
    space = own_workspace(tmp_path / "ws")
    report = import_layer(path, "counties", workspace=space)
    (warning,) = [f for f in report.findings if f.rule == "coverage"]
    assert warning.level == "warning"
    assert "重叠" in warning.message
    assert layer_meta("counties", space).coverage == ""


# What changes the reading of single rows; each was found by a mutation that no other test noticed.

BOX = shapely.box(85.6, 43.1, 91.6, 45.5)


def settled(*places: tuple[float, float] | shapely.Geometry, **options: Any) -> Settled:
    shapes = [p if isinstance(p, shapely.Geometry) else shapely.Point(p) for p in places]
    return settle_crs(gpd.GeoDataFrame(geometry=shapes, index=range(1, len(shapes) + 1)), extent=BOX, **options)


def said(findings: Iterable[IntakeFinding], rule: str) -> list[tuple[str, int | None, str]]:
    return [(f.level, f.row, f.message) for f in findings if f.rule == rule]


def grid(lon: float, lat: float, zone: int, *, prefixed: bool = True) -> tuple[float, float]:
    east, north, _ = to_gauss_kruger(lon, lat, zone=zone, prefixed=prefixed)
    return float(east), float(north)


def test_a_figure_across_two_zone_numbers_is_left_out_where_others_have_one():
    torn = shapely.LineString([grid(87.3, 44.0, 29), grid(89.3, 44.0, 30)])
    found = settled(grid(87.3, 44.1, 29), torn, grid(87.4, 44.2, 29))
    assert found.frame.index.tolist() == [1, 3]
    assert said(found.findings, "coordinate") == [("error", 2, "东坐标没有带号（或跨两个带号），而其他行有")]


def test_rows_without_a_zone_number_do_not_make_a_second_zone():
    found = settled(grid(87.3, 44.1, 29), grid(87.4, 44.2, 29), grid(87.5, 44.2, 29, prefixed=False))
    assert found.crs_used.to_epsg() == 4517
    assert found.frame.index.tolist() == [1, 2]
    ((_, _, message),) = said(found.findings, "crs_inferred")
    assert "前两位 29 是带号" in message
    assert "不止一个" not in message


def test_a_row_that_no_formula_converts_is_named_at_once():
    found = settled(grid(87.3, 44.1, 29), (2e8, 4_873_822.0), told="EPSG:4517")
    assert found.frame.index.tolist() == [1]
    (error,) = said(found.findings, "coordinate")
    assert error[:2] == ("error", 2)
    assert "无法从" in error[2]


def test_only_zero_and_zero_is_not_filled_in():
    found = settled((87.3, 44.1), (0.0, 0.0), (0.0, 44.1), told="EPSG:4490")
    assert [m for _, _, m in said(found.findings, "coordinate")] == [
        "坐标为 0/0，视为没有填写",
        "按 CGCS2000 经纬度（EPSG:4490） 换算后落在中国以外",
    ]


def test_of_two_rows_the_swapped_one_is_the_exception():
    found = settled((87.3, 44.1), (44.2, 88.1), told="EPSG:4490")
    assert [(level, row) for level, row, _ in said(found.findings, "axis_order")] == [("repair", 2)]
    assert shapely.get_coordinates(found.frame.geometry.array).tolist() == [[87.3, 44.1], [88.1, 44.2]]
    table = pd.DataFrame({"经度": [87.3, 44.2], "纬度": [44.1, 88.1]}, index=[2, 3])
    placed = place_rows(table)
    assert [(level, row) for level, row, _ in said(placed.findings, "axis_order")] == [("repair", 3)]


@pytest.mark.parametrize(("east", "named"), [(91.62, 0), (91.7, 1)])
def test_three_kilometres_beyond_the_border_still_count_as_inside(east, named):
    found = settled((east, 44.1), told="EPSG:4490")
    assert len(said(found.findings, "outside")) == named


def test_a_row_a_hundred_kilometres_away_is_named():
    found = settled((87.3, 44.1), (88.3, 44.1), (91.9, 44.1), (93.0, 44.1), told="EPSG:4490")
    assert said(found.findings, "outside") == [("warning", None, "第 4 个要素离本州 50 千米以上，请核对坐标")]


def test_a_label_in_the_second_column_turns_the_row():
    table = pd.DataFrame({"坐标1": ["44.1", "44.2"], "坐标2": ["87.3E", "东经88.1度"]}, index=[2, 3])
    placed = place_rows(table, columns=CoordinateColumns("坐标1", "坐标2"))
    assert [(p.x, p.y) for p in placed.frame.geometry] == [(87.3, 44.1), (88.1, 44.2)]


def test_labels_that_contradict_the_numbers_are_refused_not_turned():
    table = pd.DataFrame({"经度": ["东经44.1度", "东经87.2度"], "纬度": ["北纬87.3度", "北纬44.2度"]}, index=[2, 3])
    placed = place_rows(table)
    assert placed.frame.index.tolist() == [3]
    assert said(placed.findings, "coordinate") == [
        ("error", 2, "坐标 44.1，87.3 不在中国范围内（经度 73-136，纬度 3-54）")
    ]


def test_features_that_lie_off_by_part_of_a_shift_give_no_hint():
    """Two thirds of the least shift here (some 156 m): undone, they would lie a third of it off on the other side."""
    lon, lat = (a.ravel() for a in np.meshgrid(np.linspace(86, 91.5, 111), np.linspace(43.2, 45.3, 43)))
    moved = np.column_stack(wgs84_to_gcj02(lon, lat)) - np.column_stack([lon, lat])
    metres = geod().inv(lon, lat, lon + moved[:, 0], lat + moved[:, 1])[2]
    least = np.argsort(metres)[:5]
    true = np.column_stack([lon, lat])[least]
    seen = true + 0.66 * moved[least]
    assert metres[least].max() < 163
    names = [f"站{i}" for i in range(5)]
    reference, frame = (
        gpd.GeoDataFrame({"name": names}, geometry=shapely.points(xy), crs="EPSG:4490") for xy in (true, seen)
    )
    assert offset_hint(frame, reference, "空气站") is None


@pytest.mark.parametrize(("accuracy", "hints"), [("surveyed", 1), ("schematic", 0)])
def test_a_schematic_layer_is_no_reference_for_a_shift(tmp_path, accuracy, hints):
    true = [(86.9, 44.1), (87.3, 44.0), (88.0, 44.2), (89.2, 44.0)]
    names = [f"{word}厂" for word in "甲乙丙丁"]
    rows = [{"id": f"a{i}", "name": name} for i, name in enumerate(names)]
    write_layer(tmp_path / "ws", "air_stations", rows, shapely.points(true), accuracy=accuracy, geometry="point")
    path = tmp_path / "点.csv"
    cells = zip(names, *wgs84_to_gcj02(*np.array(true).T), strict=True)
    path.write_text("名称,经度,纬度\n" + "".join(f"{n},{x},{y}\n" for n, x, y in cells), encoding="utf-8")
    found = read_any(path, workspace=Workspace((tmp_path / "ws", packaged_root())))
    assert len(said(found.findings, "offset")) == hints


def test_areas_of_another_size_are_not_compared_by_their_middles():
    """Each is larger to the north-east by twice a web map's shift, so their middles are apart by just that."""
    lon, lat = np.array([86.5, 87.5, 88.5, 89.5]), np.array([43.9, 44.0, 44.1, 44.2])
    dx, dy = (2 * (b - a) for a, b in zip((lon, lat), wgs84_to_gcj02(lon, lat), strict=True))
    names = list("甲乙丙丁")
    reference, frame = (
        gpd.GeoDataFrame(
            {"name": names}, geometry=shapely.box(lon - 0.01, lat - 0.01, lon + 0.01 + x, lat + 0.01 + y), crs=4490
        )
        for x, y in ((0, 0), (dx, dy))
    )
    assert offset_hint(frame, reference, "园区") is None


def test_a_copied_ring_that_begins_elsewhere_is_the_same_feature():
    corners = [(87.0, 44.0), (87.1, 44.0), (87.1, 44.1), (87.0, 44.1)]
    shapes = [shapely.Polygon(corners), shapely.Polygon([*corners[2:], *corners[:2]])]
    given_frame = gpd.GeoDataFrame({"name": ["甲", "甲"]}, geometry=shapes, index=[1, 2], crs="EPSG:4490")
    assert [(f.rule, f.row) for f in repair_geometries(given_frame).findings] == [("duplicate_feature", 1)]


# Values, sheets and tables of indicators.


@pytest.mark.parametrize(
    ("given_unit", "wanted", "power"),
    [
        ("ng/L", "毫克/升", -6),
        ("百万元", "元", 6),
        ("百万元", "万元", 2),
        ("亿元", "百万元", 2),
        ("ng/m3", "mg/m3", -6),
    ],
)
def test_rare_units_have_the_right_power_of_ten(given_unit, wanted, power):
    assert unit_power(given_unit, wanted) == power


@pytest.mark.parametrize("text", ["2023-2023年", "2023年5-5月", "2023年5月1日-5月1日"])
def test_a_span_must_end_after_it_begins(text):
    with pytest.raises(CellTextError, match="结束不在开始之后"):
        parse_period(text)


@pytest.mark.parametrize("code", ["6523010", "65230100", "6523010000", "6523010000000"])
def test_a_code_with_a_number_of_noughts_that_no_register_uses_is_no_county(code):
    assert places_of(load_layer("counties", SHIPPED)).find("652301000") == "652301"
    with pytest.raises(CellTextError, match=f"没有“{code}”"):
        places_of(load_layer("counties", SHIPPED)).find(code)


def test_a_failed_formula_in_the_header_is_not_a_fault_of_the_data(tmp_path):
    path = tmp_path / "表.csv"
    path.write_text("县市,#REF!,户数\n昌吉市,1,6\n阜康市,2,#N/A\n", encoding="utf-8")
    found = read_sheet(path)
    assert [(f.row, f.column) for f in found.findings if f.rule == "error-value"] == [(3, "户数")]


def test_a_table_over_the_limit_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "大.csv"
    with path.open("wb") as handle:
        handle.truncate(MAX_TABLE_BYTES + 1)  # a hole: no byte of it is on the disk
    with pytest.raises(InputError, match="文件有 512 MB，超过上限"):
        read_sheet(path)


@pytest.mark.skipif(os.name == "nt", reason="one name whatever the case on Windows")
def test_of_two_shapefiles_that_differ_in_case_each_has_its_own_attributes(tmp_path):
    for name, word in (("a", "小写"), ("A", "大写")):
        folder = tmp_path / word
        folder.mkdir()
        made = gpd.GeoDataFrame({"name": [word]}, geometry=[shapely.Point(87.3, 44.0)], crs="EPSG:4490")
        made.to_file(folder / f"{name}.shp", engine="pyogrio", encoding="utf-8")
        for file in folder.iterdir():
            file.rename(tmp_path / file.name)
    if len(list(tmp_path.glob("[aA].shp"))) < 2:
        pytest.skip("this disk does not tell capitals from small letters")
    for name, word in (("a", "小写"), ("A", "大写")):
        assert read_any(tmp_path / f"{name}.shp", workspace=SHIPPED).frame["name"].tolist() == [word]


DEFINITION = '[[indicators]]\nid = "pm25"\nname = "PM2.5"\nunit = "微克/立方米"\ndirection = "lower_better"\n'


@pytest.fixture
def office(tmp_path) -> Workspace:
    """A workspace with one indicator of its own."""
    space = own_workspace(tmp_path / "ws")
    folder = tmp_path / "ws" / "layers" / "indicators"
    folder.mkdir()
    (folder / "indicators.toml").write_text(DEFINITION, encoding="utf-8")
    return space


def test_a_period_asked_for_leaves_out_the_rows_of_others(tmp_path, office):
    path = tmp_path / "表.csv"
    path.write_text(
        "县市,时段,PM2.5（微克/立方米）\n昌吉市,2022,40\n昌吉市,2023,35\n阜康市,2023,31\n", encoding="utf-8"
    )
    counties = load_layer("counties", office)
    found = read_indicator_table(path, layer=counties, period="2023", workspace=office)
    assert [(v.area, v.period, v.value) for v in found.values] == [("652301", "2023", 35.0), ("652302", "2023", 31.0)]


def test_the_unit_in_a_rows_own_cell_goes_before_the_one_above_the_table(tmp_path, office):
    path = tmp_path / "表.csv"
    rows = "县市,时段,PM2.5,单位\n昌吉市,2023,0.035,毫克/立方米\n阜康市,2023,31,\n"
    path.write_text(f"单位：微克/立方米,,,\n{rows}", encoding="utf-8")
    found = read_indicator_table(path, layer=load_layer("counties", office), workspace=office)
    assert [(v.area, v.value) for v in found.values] == [("652301", 35.0), ("652302", 31.0)]


def test_the_first_definition_of_a_workspace_goes_again_when_the_values_cannot_be_written(tmp_path, monkeypatch):
    """A full disk, which a test cannot have: the second write fails as it would there."""
    space = own_workspace(tmp_path / "ws")
    path = tmp_path / "表.csv"
    path.write_text("县市,数值\n昌吉市,12\n", encoding="utf-8")
    write = indicator_importing.write_atomic

    def full(target: Path, data: bytes | str) -> Path:
        if target.suffix == ".csv":
            raise OutputError("磁盘已满", where=str(target))
        return write(target, data)

    monkeypatch.setattr(indicator_importing, "write_atomic", full)
    new = Indicator("heated", "新指标", "户", "higher_better")
    with pytest.raises(OutputError, match="磁盘已满"):
        import_indicators(path, "counties", workspace=space, new=new, period="2023", unit="户")
    assert [f for f in (tmp_path / "ws").rglob("*") if f.is_file()] == []


def test_the_digest_of_several_files_tells_their_names_apart(tmp_path):
    for folder, second in (("甲", "b"), ("乙", "c")):
        (tmp_path / folder / "x.gdb").mkdir(parents=True)
        (tmp_path / folder / "x.gdb" / "a").write_bytes(b"1")
        (tmp_path / folder / "x.gdb" / second).write_bytes(b"2")
    assert digest_of(tmp_path / "甲" / "x.gdb") != digest_of(tmp_path / "乙" / "x.gdb")


def test_a_report_does_not_replace_its_file_under_another_spelling_of_the_path(tmp_path, monkeypatch):
    path = spots(tmp_path / "点.json")
    (tmp_path / "下").mkdir()
    monkeypatch.chdir(tmp_path)
    for spelling in (Path("点.json"), tmp_path / "下" / ".." / "点.json"):
        with pytest.raises(InputError, match="报告会覆盖要导入的文件"):
            require_report_path(spelling, path)
