"""opening: one door for every format, archives included, with messages about the user's file."""

from __future__ import annotations

import contextlib
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from changji_geo.errors import InputError
from changji_geo.intake.files.opening import open_source
from changji_geo.intake.source import Source

POINT = '{"type": "Point", "coordinates": [87.3, 44.0]}'


def shapefile(folder: Path, stem: str, *, count: int = 2) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    shapes = shapely.box(np.arange(count) + 86.0, 44.0, np.arange(count) + 86.5, 44.5)
    frame = gpd.GeoDataFrame({"名称": [f"{stem}{k}" for k in range(count)]}, geometry=shapes, crs="EPSG:4490")
    pyogrio.write_dataframe(frame, folder / f"{stem}.shp", encoding="GB18030")
    return sorted(folder.glob(f"{stem}.*"))


def pack(path: Path, base: Path, **texts: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(p for p in base.rglob("*") if p.is_file()):
            archive.write(file, file.relative_to(base).as_posix())
        for name, text in texts.items():
            archive.writestr(name, text)
    return path


def rules(source: Source) -> dict[str, str]:
    return {f.rule: f.message for f in source.findings}


def test_the_only_shapefile_of_an_archive_is_read(tmp_path: Path) -> None:
    shapefile(tmp_path / "in/数据", "保护区")
    path = pack(tmp_path / "a.zip", tmp_path / "in", **{"说明.txt": "x", "__MACOSX/._保护区.shp": "x", "表.csv": "a"})
    source = open_source(path)
    assert source.frame["名称"].tolist() == ["保护区0", "保护区1"]
    assert (source.path, source.format, source.layer) == (path, "shapefile", "保护区")
    assert rules(source)["archive"] == "读取压缩包里的 数据/保护区.shp"
    assert rules(source)["encoding"].startswith("文字编码：GBK")


def test_one_of_several_shapefiles_is_chosen_by_name(tmp_path: Path) -> None:
    shapefile(tmp_path / "in", "a")
    shapefile(tmp_path / "in", "b", count=1)
    path = pack(tmp_path / "a.zip", tmp_path / "in")
    with pytest.raises(InputError, match=r"2 个数据文件：a\.shp、b\.shp.*--layer a\.shp"):
        open_source(path)
    for name in ("b", "B.SHP", "b.shp"):
        assert len(open_source(path, layer=name).frame) == 1
    with pytest.raises(InputError, match="按“c”选不出一个"):
        open_source(path, layer="c")


def test_a_geodatabase_in_an_archive_is_one_file(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"k": np.array([1], "int32")}, geometry=[shapely.box(87, 44, 88, 45)], crs=4490)
    (tmp_path / "in").mkdir()
    pyogrio.write_dataframe(frame, tmp_path / "in/底图.gdb", driver="OpenFileGDB", layer="zones")
    source = open_source(pack(tmp_path / "a.zip", tmp_path / "in"))
    assert (source.format, source.layer, len(source.frame)) == ("filegdb", "zones", 1)
    assert rules(source)["archive"] == "读取压缩包里的 底图.gdb"


def test_a_table_in_an_archive_is_read_where_nothing_else_is(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    path = pack(tmp_path / "a.zip", tmp_path / "in", **{"点.csv": "名称,经度,纬度\n甲,87.3,44.0\n"})
    source = open_source(path)
    assert (source.format, source.has_geometry, source.row_word) == ("csv", False, "行")


def test_faults_inside_an_archive_speak_of_the_archive(tmp_path: Path) -> None:
    parts = shapefile(tmp_path / "in", "保护区")
    shp = next(p for p in parts if p.suffix == ".shp")
    shp.write_bytes(shp.read_bytes()[:-30])
    path = pack(tmp_path / "a.zip", tmp_path / "in")
    with pytest.raises(InputError) as caught:
        open_source(path)
    assert str(caught.value).startswith(f"{path} 里的 保护区.shp：保护区.shp 不完整")
    assert "changji_geo_" not in str(caught.value)


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        ({"内.zip": "PK"}, "只有别的压缩包（内.zip）"),
        ({"a.dbf": "x", "a.shx": "x"}, "没有 .shp"),
        ({"照片.jpg": "x"}, "没有能读的数据文件（照片.jpg）"),
        ({}, "没有能读的数据文件（空的）"),
        ({"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"}, "把后缀改成 .xlsx"),
    ],
)
def test_an_archive_without_data_says_what_is_in_it(tmp_path: Path, names: dict[str, str], problem: str) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(InputError) as caught:
        open_source(pack(tmp_path / "a.zip", tmp_path / "in", **names))
    assert problem in str(caught.value)


def test_archives_inside_an_archive_are_mentioned(tmp_path: Path) -> None:
    shapefile(tmp_path / "in", "a")
    source = open_source(pack(tmp_path / "a.zip", tmp_path / "in", **{"更多.zip": "PK"}))
    assert rules(source)["skipped"] == "压缩包里的压缩包没有打开：更多.zip"


def test_a_vrt_in_disguise_inside_an_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    path = pack(tmp_path / "a.zip", tmp_path / "in", **{"a.shp": "<OGRVRTDataSource/>"})
    with pytest.raises(InputError, match=r"里的 a\.shp：后缀是 \.shp，内容却是XML（OGRVRTDataSource）"):
        open_source(path)


def test_names_that_leave_the_archive_are_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    path = pack(tmp_path / "a.zip", tmp_path / "in", **{"../a.geojson": POINT})
    with pytest.raises(InputError, match=r"“\.\./a\.geojson”.*上级目录"):
        open_source(path)
    assert not (tmp_path.parent / "a.geojson").exists()


@pytest.mark.parametrize("name", ["奥维点.csv", "a_ovital.txt"])
def test_tables_of_ovital_are_gcj02_with_a_doubt(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("名称,经度,纬度\n甲,87.3,44.0\n", encoding="utf-8")
    source = open_source(path)
    assert source.datum_hint == "gcj02"
    assert "--datum cgcs2000" in rules(source)["datum"]


def test_other_tables_have_no_datum(tmp_path: Path) -> None:
    (tmp_path / "点.csv").write_bytes("名称,经度,纬度\n甲,87.3,44.0\n".encode("gbk"))
    source = open_source(tmp_path / "点.csv")
    assert source.datum_hint is None
    assert source.frame["名称"].tolist() == ["甲"]
    assert source.frame.index.tolist() == [2]


def test_paths_with_blanks_and_odd_characters_open(tmp_path: Path) -> None:
    folder = tmp_path / "数据 (1)!;x.zip"
    folder.mkdir()
    (folder / "点 位?.geojson").write_text(POINT, encoding="utf-8")
    assert len(open_source(folder / "点 位?.geojson").frame) == 1
    assert len(open_source(str(folder / "点 位?.geojson")).frame) == 1


def test_a_relative_path_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shapefile(tmp_path, "a")
    monkeypatch.chdir(tmp_path)
    assert len(open_source("a.shp").frame) == 2
    assert open_source("a.shp").path == Path("a.shp")


def test_no_scratch_folder_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    shapefile(tmp_path / "in", "a")
    path = pack(tmp_path / "a.zip", tmp_path / "in")
    assert len(open_source(path).frame) == 2
    with pytest.raises(InputError):
        open_source(path, layer="没有")
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("suffix", ["shp", "gpkg", "fgb", "geojson", "kml", "zip", "mif"])
def test_damage_anywhere_is_one_of_our_errors_or_none(tmp_path: Path, suffix: str) -> None:
    """Twenty files with bytes cut out, changed or put in at seeded places: a traceback of a library never gets out."""
    random = np.random.default_rng(7)
    parts = shapefile(tmp_path / "in", "a", count=20)
    if suffix == "zip":
        pack(tmp_path / "a.zip", tmp_path / "in")
        parts = [tmp_path / "a.zip"]
    elif suffix != "shp":
        driver = {"fgb": "FlatGeobuf", "kml": "LIBKML", "mif": "MapInfo File"}.get(suffix)
        options = {"ENCODING": "CP936"} if suffix == "mif" else {}
        frame = gpd.read_file(tmp_path / "in/a.shp")
        pyogrio.write_dataframe(frame, tmp_path / f"in/b.{suffix}", driver=driver, layer="b", **options)
        parts = sorted((tmp_path / "in").glob("b.*"))
    main = next(p for p in parts if p.suffix == f".{suffix}")
    whole = {p: p.read_bytes() for p in parts}
    for turn in range(20):
        victim = parts[turn % len(parts)]
        at = int(random.integers(len(whole[victim])))
        new = random.integers(0, 256, 20, dtype="uint8").tobytes()
        data = whole[victim]
        victim.write_bytes([data[:at], data[:at] + new + data[at + 20 :], data[:at] + new + data[at:]][turn % 3])
        with contextlib.suppress(InputError):
            open_source(main)
        victim.write_bytes(data)
    assert len(open_source(main).frame) == 20


def test_a_text_called_xls_is_read_and_a_web_page_called_xls_is_named(tmp_path: Path) -> None:
    text = tmp_path / "导出.xls"
    text.write_bytes("名称\t经度\t纬度\n甲\t87.3123\t44.0123\n".encode("gbk"))
    source = open_source(text)
    assert source.frame.to_dict("list") == {"名称": ["甲"], "经度": ["87.3123"], "纬度": ["44.0123"]}
    assert rules(source)["suffix"] == "后缀是“.xls”，内容是文本表格，按内容读取"
    page = tmp_path / "网页.xls"
    page.write_text("<html><body><table><tr><td>名称</td></tr></table></body></html>", encoding="utf-8")
    with pytest.raises(InputError, match=r"网页\.xls：内容是网页（HTML），不是真正的表格文件.*另存为 \.xlsx"):
        open_source(page)
