"""vector: GeoPackage, FileGDB, FlatGeobuf, GeoParquet, GPX and MapInfo, read faithfully and only read."""

from __future__ import annotations

import datetime
import sqlite3
import stat
import struct
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from changji_geo.errors import InputError, LayerError
from changji_geo.intake.files.gdal_reading import read_features
from changji_geo.intake.files.opening import open_source
from changji_geo.intake.source import Source

SQUARE = shapely.box(87, 44, 88, 45)


def frame(crs: str | None = "EPSG:4490", **columns: Any) -> gpd.GeoDataFrame:
    columns = columns or {"名称": ["核心区", "实验区", None], "n": [1, 2, 3]}
    count = len(next(iter(columns.values())))
    return gpd.GeoDataFrame(columns, geometry=[SQUARE, *[shapely.box(88, 44, 89, 45)] * (count - 1)], crs=crs)


def code(source: Source) -> int | None:
    return None if source.crs is None else source.crs.to_epsg()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def write(given: pd.DataFrame, path: Path, **options: Any) -> Path:
    """Write without the complaints of GDAL about its own formats."""
    suffix = path.suffix[1:]
    driver = {"gdb": "OpenFileGDB", "fgb": "FlatGeobuf", "tab": "MapInfo File", "mif": "MapInfo File"}.get(
        suffix, "GPKG"
    )
    special = {
        "gdb": {"TARGET_ARCGIS_VERSION": "ARCGIS_PRO_3_2_OR_LATER"},
        "fgb": {"SPATIAL_INDEX": "NO"},
        "tab": {"ENCODING": "CP936"},
        "mif": {"ENCODING": "CP936"},
    }
    pyogrio.write_dataframe(given, path, driver=driver, **special.get(suffix, {}), **options)
    return path


@pytest.mark.parametrize("suffix", ["gpkg", "gdb", "fgb", "tab", "mif", "parquet"])
def test_every_format_comes_back_longitude_first_with_rows_from_one(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"保护 区.{suffix}"
    given = frame()
    if suffix == "parquet":
        given.to_parquet(path)
    else:
        write(given, path, layer="zones")
    before = contents(tmp_path)
    source = open_source(path)
    assert contents(tmp_path) == before
    assert source.frame.index.tolist() == [1, 2, 3]
    assert source.frame["名称"].fillna("").tolist() == ["核心区", "实验区", ""]
    assert source.frame["n"].tolist() == [1, 2, 3]
    assert [g.bounds for g in source.frame.geometry] == [g.bounds for g in given.geometry]
    assert code(source) == (4326 if suffix in ("tab", "mif") else 4490)  # MapInfo knows no CGCS2000
    assert source.frame.crs is None
    assert source.path == path


@pytest.mark.parametrize("suffix", ["gpkg", "gdb", "fgb"])
def test_without_a_crs_there_is_none(tmp_path: Path, suffix: str) -> None:
    with pytest.warns(UserWarning, match="crs"):
        path = write(frame(None), tmp_path / f"a.{suffix}")
    assert open_source(path).crs is None


def test_a_plane_of_mapinfo_is_no_crs_and_said(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="crs"):
        write(frame(None), tmp_path / "a.tab")
    source = open_source(tmp_path / "a.tab")
    assert source.crs is None
    assert "地方坐标系或没有定义" in source.findings[0].message


def test_one_of_several_layers_must_be_chosen(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(frame(), path, layer="核心区")
    pyogrio.write_dataframe(frame().iloc[:1], path, layer="界桩", append=True)
    pyogrio.write_dataframe(frame().iloc[:0], path, layer="空", append=True)
    with pytest.raises(InputError) as caught:
        open_source(path)
    assert "文件里有 2 个图层：核心区（3 个要素）、界桩（1 个要素）" in str(caught.value)
    assert "--layer 核心区" in str(caught.value)
    assert len(open_source(path, layer="界桩").frame) == 1
    with pytest.raises(InputError, match="没有图层“核心区域”.*是不是“核心区”"):
        open_source(path, layer="核心区域")
    with pytest.raises(LayerError, match="图层“空”没有要素"):
        open_source(path, layer="空")


@pytest.mark.parametrize("suffix", ["gpkg", "gdb"])
def test_the_only_layer_with_features_needs_no_choice(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    write(frame().iloc[:0], path, layer="empty", geometry_type="Polygon")
    write(frame(), path, layer="zones", append=True)
    assert open_source(path).layer == "zones"


def test_a_table_without_shapes_is_read_when_asked_for(tmp_path: Path) -> None:
    path = write(frame(), tmp_path / "a.gpkg", layer="zones")
    connection = sqlite3.connect(path)
    connection.execute("create table codes (fid integer primary key, k integer)")
    connection.execute("insert into codes (k) values (7)")
    connection.execute(
        "insert into gpkg_contents (table_name, data_type, identifier) values ('codes', 'attributes', 'codes')"
    )
    connection.commit()
    connection.close()
    assert open_source(path).layer == "zones"
    table = open_source(path, layer="CODES")
    assert not table.has_geometry
    assert table.frame["k"].to_dict() == {1: 7}


def test_a_file_without_any_feature_is_an_error(tmp_path: Path) -> None:
    pyogrio.write_dataframe(frame().iloc[:0], tmp_path / "a.gpkg", layer="空")
    with pytest.raises(LayerError, match="所有图层都没有要素（空）"):
        open_source(tmp_path / "a.gpkg")


def test_types_survive_arrow(tmp_path: Path) -> None:
    given = frame(
        t=pd.to_datetime(["2024-01-02T03:04:05.123", None]),
        d=[datetime.date(2024, 5, 6), None],
        b=pd.array([True, None], dtype="boolean"),
        big=pd.array([652301001001001235, None], dtype="Int64"),
        small=pd.array([7, None], dtype="Int64"),
        text=["", None],
    )
    pyogrio.write_dataframe(given, tmp_path / "a.gpkg", use_arrow=True)
    out = open_source(tmp_path / "a.gpkg").frame
    assert out["t"].iloc[0] == pd.Timestamp("2024-01-02T03:04:05.123")
    assert out["d"].iloc[0] == pd.Timestamp("2024-05-06")
    assert out["b"].tolist() == [True, pd.NA]
    assert out["big"].tolist() == [652301001001001235, pd.NA]
    assert out["small"].iloc[0] == 7
    assert out["text"].iloc[0] == ""
    assert out.iloc[1].drop("geometry").isna().all()


def test_heights_are_kept_and_missing_shapes_too(tmp_path: Path) -> None:
    shapes = [shapely.force_3d(SQUARE, 500.0), None]
    pyogrio.write_dataframe(gpd.GeoDataFrame({"k": [1, 2]}, geometry=shapes, crs=4490), tmp_path / "a.gpkg")
    out = open_source(tmp_path / "a.gpkg").frame
    assert out.geometry.iloc[0].has_z
    assert out.geometry.isna().tolist() == [False, True]


def test_curves_become_lines(tmp_path: Path) -> None:
    """A circle of radius 1 in two arcs, written into the GeoPackage as ISO WKB."""
    path = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(frame(k=[1]), path, layer="a", geometry_type="Unknown")
    points = [(0, 0), (1, 1), (2, 0), (1, -1), (0, 0)]
    arcs = struct.pack("<BII", 1, 8, 5) + b"".join(struct.pack("<2d", *p) for p in points)
    blob = b"GP\0\1" + struct.pack("<i", 4490) + struct.pack("<BII", 1, 10, 1) + arcs
    connection = sqlite3.connect(path)
    for (trigger,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        connection.execute(f"drop trigger {trigger}")
    connection.execute("update a set geom = ?", (blob,))
    connection.commit()
    connection.close()
    shape = open_source(path).frame.geometry.iloc[0]
    assert shape.geom_type == "Polygon"
    assert shape.area == pytest.approx(np.pi, rel=2e-3)


def test_what_qgis_has_not_written_back_is_read_and_nothing_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(frame(), path, layer="a")
    connection = sqlite3.connect(path)
    connection.execute("pragma journal_mode = wal")
    for (trigger,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        connection.execute(f"drop trigger {trigger}")
    connection.execute("update a set 名称 = '缓冲区' where n = 1")
    connection.commit()
    assert (tmp_path / "a.gpkg-wal").stat().st_size > 0
    before = sorted(p.name for p in tmp_path.iterdir())
    source = open_source(path)
    assert source.frame["名称"].iloc[0] == "缓冲区"
    assert "a.gpkg-wal 里尚未写回的改动" in source.findings[0].message
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    connection.close()


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX")
def test_a_geopackage_in_a_folder_nobody_may_write_opens(tmp_path: Path) -> None:
    """In write-ahead mode, where SQLite would make files beside it (root may write anyway: then none must appear)."""
    folder = tmp_path / "只读"
    folder.mkdir()
    path = folder / "a.gpkg"
    pyogrio.write_dataframe(frame(), path, layer="a")
    connection = sqlite3.connect(path)
    connection.execute("pragma journal_mode = wal")
    connection.close()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert len(open_source(path).frame) == 3
        assert [p.name for p in folder.iterdir()] == ["a.gpkg"]
    finally:
        folder.chmod(stat.S_IRWXU)


@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "mif"])
def test_half_a_file_is_damaged_and_never_half_read(tmp_path: Path, suffix: str) -> None:
    path = write(frame(名称=["核心区"] * 3000, n=list(range(3000))), tmp_path / f"a.{suffix}")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(LayerError) as caught:
        open_source(path)
    assert str(caught.value).startswith(f"{path}：文件已损坏或无法读取")
    assert "重新导出" in str(caught.value)


def test_a_damaged_page_in_a_geopackage_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(frame(名称=["核心区" * 20] * 3000), path)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 40_000] = b"\xaa" * 40_000
    path.write_bytes(data)
    with pytest.raises(LayerError, match="已损坏或无法读取"):
        open_source(path)


def test_sqlite_that_is_no_geopackage_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "a.gpkg")
    connection.execute("create table t (x integer)")
    connection.execute("insert into t values (1)")
    connection.commit()
    connection.close()
    with pytest.raises(LayerError, match="已损坏或无法读取"):
        open_source(tmp_path / "a.gpkg")


def test_another_driver_than_the_expected_is_refused(tmp_path: Path) -> None:
    path = write(frame(), tmp_path / "a.fgb")
    with pytest.raises(LayerError, match="内容不是后缀所说的格式，而是 FlatGeobuf"):
        read_features(path, drivers=("GPKG",), what="a.gpkg")


def test_a_mif_that_ends_between_two_shapes_is_noticed_by_its_mid(tmp_path: Path) -> None:
    path = write(frame(), tmp_path / "a.mif")
    text = path.read_bytes()
    path.write_bytes(text[: text.rindex(b"Region")])
    with pytest.raises(LayerError, match=r"a\.mif 只有 2 个图形，a\.mid 有 3 行"):
        open_source(path)


def test_geoparquet_keeps_its_index_column_and_other_geometries_as_text(tmp_path: Path) -> None:
    given = frame(k=[1, 2]).set_index(pd.Index(["甲", "乙"], name="编号"))
    given["center"] = given.geometry.representative_point()
    given["geometry_name"] = 1
    given.rename_geometry("shape").to_parquet(tmp_path / "a.parquet")
    source = open_source(tmp_path / "a.parquet")
    assert source.frame["编号"].tolist() == ["甲", "乙"]
    assert source.frame["center"].iloc[0] == "POINT (87.5 44.5)"
    assert source.frame.geometry.iloc[0].equals(SQUARE)
    assert source.frame.geometry.name == "geometry"
    assert source.format == "geoparquet"


def test_plain_parquet_is_a_table(tmp_path: Path) -> None:
    pd.DataFrame({"名称": ["甲"], "经度": [87.3]}).to_parquet(tmp_path / "a.parquet")
    source = open_source(tmp_path / "a.parquet")
    assert source.format == "parquet"
    assert not source.has_geometry


GPX = (
    '<?xml version="1.0"?><gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1">'
    '<wpt lat="44" lon="87.3"><ele>500</ele><name>界桩</name></wpt>{more}</gpx>'
)
TRACK = '<trk><name>巡护</name><trkseg><trkpt lat="44" lon="87"/><trkpt lat="44.1" lon="87"/></trkseg></trk>'


def test_gpx_layers_are_waypoints_routes_and_tracks(tmp_path: Path) -> None:
    path = tmp_path / "a.gpx"
    path.write_text(GPX.format(more=""), encoding="utf-8")
    source = open_source(path)
    assert (source.layer, code(source), source.frame["name"].tolist()) == ("waypoints", 4326, ["界桩"])
    assert source.frame.columns.tolist() == ["ele", "name", "geometry"]
    path.write_text(GPX.format(more=TRACK), encoding="utf-8")
    with pytest.raises(InputError, match=r"2 个图层：waypoints（1 个要素）、tracks（1 个要素）"):
        open_source(path)
    assert open_source(path, layer="tracks").frame.geometry.iloc[0].geom_type == "MultiLineString"
    assert len(open_source(path, layer="track_points").frame) == 2


def test_gpx_with_a_dtd_or_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gpx"
    path.write_text(
        '<!DOCTYPE gpx [<!ENTITY x SYSTEM "a.txt">]>' + GPX.format(more="").split("?>")[1], encoding="utf-8"
    )
    with pytest.raises(LayerError, match="DTD 或实体定义"):
        open_source(path)
    path.write_text(GPX.format(more=TRACK)[:-40], encoding="utf-8")
    with pytest.raises(LayerError, match="已损坏或无法读取"):
        open_source(path)


@pytest.mark.parametrize("charset", ["Neutral", "WindowsLatin1"])
@pytest.mark.parametrize("suffix", ["tab", "mif"])
def test_mapinfo_texts_in_a_wrong_charset_are_gbk_all_the_same(tmp_path: Path, suffix: str, charset: str) -> None:
    path = tmp_path / f"a.{suffix}"
    write(frame(), path)
    path.write_bytes(path.read_bytes().replace(b"WindowsSimpChinese", charset.encode()))
    source = open_source(path)
    assert source.frame["名称"].tolist()[:2] == ["核心区", "实验区"]
    assert source.encoding == "gb18030"


def test_a_tab_without_its_parts_or_that_points_elsewhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tab"
    write(frame(), path)
    (tmp_path / "a.map").unlink()
    with pytest.raises(InputError, match=r"缺少 a\.map"):
        open_source(path)
    head = "!table\n!version 300\nDefinition Table\n"
    for text in (
        '  Type "LINKED"\n  File "/etc/x.tab"\n',
        'begin_metadata\n"\\IsSeamless" = "TRUE"\nend_metadata\n  Type NATIVE\n',
        "  Type NATIVE\ncreate view x as select * from y\n",
    ):
        path.write_text(head + text)
        with pytest.raises(InputError, match="不是数据表，而是指向别的文件"):
            open_source(path)


def test_a_folder_that_is_no_geodatabase_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.gdb").mkdir()
    with pytest.raises(InputError, match="不是完整的 FileGDB"):
        open_source(tmp_path / "a.gdb")
    assert list((tmp_path / "a.gdb").iterdir()) == []


@pytest.mark.parametrize("encoding", ["CP936", "UTF-8"])
def test_a_mif_without_its_mid_gives_shapes_and_says_that_the_attributes_are_missing(
    tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "图斑.mif"
    pyogrio.write_dataframe(frame(), path, driver="MapInfo File", ENCODING=encoding)
    path.with_suffix(".mid").unlink()
    source = open_source(path)
    assert list(source.frame.columns) == ["geometry"], "no zeros and empty texts that nobody wrote"
    assert len(source.frame) == 3
    said = [f.message for f in source.findings if f.rule == "no_attributes"]
    assert said == ["没有属性文件 图斑.mid，只读到图形，2 个字段都没有取值；把 .mid 放到一起再导入"]


def with_measured_curve(path: Path, kind: str) -> Path:
    """A GeoPackage whose features are arcs with measures, in a geometry column of a stated kind."""
    write(frame(), path)
    curve = struct.pack("<bII", 1, 2008, 3) + struct.pack(
        "<9d", 87, 44, 1, 87.5, 44.5, 2, 88, 44, 3
    )  # CIRCULARSTRING M
    base = sqlite3.connect(path)
    for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        base.execute(f'DROP TRIGGER "{name}"')
    base.execute("UPDATE gpkg_geometry_columns SET m = 1, geometry_type_name = ?", (kind,))
    base.execute("UPDATE a SET geom = ?", (b"GP\0\x01" + struct.pack("<i", 4490) + curve,))
    base.commit()
    base.close()
    return path


def test_measures_of_a_curve_are_not_dropped_without_a_word(tmp_path: Path) -> None:
    source = open_source(with_measured_curve(tmp_path / "a.gpkg", "LINESTRING"))
    assert not shapely.has_m(source.frame.geometry.array).any()
    assert [f.message for f in source.findings if f.rule == "dropped_zm"] == ["图形带量测值 M，没有读取"]


def test_a_kind_of_geometry_that_cannot_be_read_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match="几何类型不支持.*导出为二维、不带量测值 M 的面、线或点"):
        open_source(with_measured_curve(tmp_path / "a.gpkg", "GEOMETRY"))
