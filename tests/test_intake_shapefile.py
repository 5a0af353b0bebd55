"""shapefile: encodings found in the bytes, missing and damaged parts, odd names, and a .prj of any kind."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from changji_geo.errors import InputError, LayerError
from changji_geo.intake.files.opening import open_source
from changji_geo.intake.source import Source

NAMES = ["核心保护区", "一般控制区", "缓冲区"]


def write(path: Path, encoding: str = "GB18030", crs: str | None = "EPSG:4490", **columns: list[object]) -> Path:
    columns = columns or {"名称": list(NAMES), "面积": [1.5, 2.5, 3.5]}
    count = len(next(iter(columns.values())))
    shapes = shapely.box(np.arange(count) + 86.0, 44.0, np.arange(count) + 86.5, 44.5)
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=crs or "EPSG:4490")
    pyogrio.write_dataframe(frame, path, encoding=encoding)
    if crs is None:
        path.with_suffix(".prj").unlink()
    return path


def rules(source: Source) -> dict[str, str]:
    return {f.rule: f.message for f in source.findings}


def test_a_gbk_shapefile_without_cpg_is_read_as_gbk(tmp_path: Path) -> None:
    path = write(tmp_path / "保护 区.shp")
    path.with_suffix(".cpg").unlink()
    source = open_source(path)
    assert source.frame["名称"].tolist() == NAMES
    assert source.frame["面积"].tolist() == [1.5, 2.5, 3.5]
    assert source.frame.index.tolist() == [1, 2, 3]
    assert (source.format, source.layer, source.encoding) == ("shapefile", "保护 区", "gb18030")
    assert source.crs is not None
    assert source.crs.to_epsg() == 4490
    assert source.has_geometry
    assert source.frame.crs is None
    assert rules(source)["encoding"] == "文字编码：GBK，字节全部符合 GBK，不符合 UTF-8"


def test_utf8_is_recognised_without_a_cpg_too(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp", "UTF-8")
    path.with_suffix(".cpg").unlink()
    assert open_source(path).frame["名称"].tolist() == NAMES


@pytest.mark.parametrize(("real", "claim"), [("GB18030", "UTF-8"), ("UTF-8", "GBK"), ("GB18030", "ISO-8859-1")])
def test_a_cpg_that_lies_is_overruled_with_a_warning(tmp_path: Path, real: str, claim: str) -> None:
    path = write(tmp_path / "a.shp", real)
    path.with_suffix(".cpg").write_text(claim)
    source = open_source(path)
    assert source.frame["名称"].tolist() == NAMES
    finding = next(f for f in source.findings if f.rule == "encoding")
    assert finding.level == "warning"
    assert "a.cpg 写的" in finding.message


def test_the_users_encoding_wins(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp")
    assert open_source(path, encoding="GBK").encoding == "gb18030"
    assert rules(open_source(path, encoding="GBK"))["encoding"] == "文字编码：GBK，按 --encoding 指定"
    with pytest.raises(LayerError) as caught:
        open_source(path, encoding="utf-8")
    assert str(caught.value).startswith(f"{path}：文字不是 --encoding 指定的编码：第 1、2、3 个要素“")
    assert "应为：GBK" in str(caught.value)
    with pytest.raises(InputError, match="不认识的文字编码“没有”"):
        open_source(path, encoding="没有")


def test_texts_and_names_cut_in_a_character_lose_the_half(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp", "UTF-8", abcdefghij=["核心保护区"], n=[1])
    data = bytearray(path.with_suffix(".dbf").read_bytes())
    data[32:42] = "功能区名".encode()[:10]  # three characters and a third of one
    header, _ = struct.unpack_from("<HH", data, 8)
    width = data[32 + 16]
    data[32 + 16] = 7  # the field's width: two characters and a third of one
    row = data[header : header + 1 + 7] + data[header + 1 + width : -1]
    struct.pack_into("<H", data, 10, len(row))
    path.with_suffix(".dbf").write_bytes(bytes(data[:header]) + bytes(row) + b"\x1a")
    source = open_source(path)
    assert source.frame.columns.tolist() == ["功能区", "n", "geometry"]
    assert source.frame["功能区"].tolist() == ["核心"]
    assert source.frame["n"].tolist() == [1]
    assert rules(source)["cut_name"] == "字段名“功能区”末尾的半个汉字已去掉（字段名最多 10 字节）"
    assert rules(source)["cut_text"] == "第 1 个要素“功能区”列的文字末尾有半个汉字（字段宽度不够），已去掉"


def test_a_missing_index_is_built_in_a_copy(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp")
    path.with_suffix(".shx").unlink()
    before = sorted(tmp_path.iterdir())
    source = open_source(path)
    assert len(source.frame) == 3
    assert "a.shx 缺少或不完整，已按 .shp 重建" in rules(source)["index_rebuilt"]
    assert sorted(tmp_path.iterdir()) == before
    assert pyogrio.get_gdal_config_option("SHAPE_RESTORE_SHX") is None


def test_a_short_index_is_built_anew(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp")
    shx = path.with_suffix(".shx")
    shx.write_bytes(shx.read_bytes()[:-8])
    source = open_source(path)
    assert len(source.frame) == 3
    assert "index_rebuilt" in rules(source)


def test_shapes_without_a_table_come_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp")
    path.with_suffix(".dbf").unlink()
    source = open_source(path)
    assert source.frame.columns.tolist() == ["geometry"]
    assert rules(source)["no_attributes"] == "没有属性表 a.dbf，只读到图形"


@pytest.mark.parametrize("suffix", [".shp", ".dbf"])
def test_a_cut_off_file_is_named_with_both_sizes(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / "a.shp")
    part = path.with_suffix(suffix)
    whole = part.stat().st_size
    part.write_bytes(part.read_bytes()[: whole - 20])
    with pytest.raises(LayerError) as caught:
        open_source(path)
    assert f"a{suffix} 不完整" in str(caught.value)
    assert f"实际 {whole - 20} 字节" in str(caught.value)
    assert "重新复制整套 Shapefile" in str(caught.value)


def test_a_header_alone_is_not_a_shapefile(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp")
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(LayerError, match=r"a\.shp 的文件头不完整（50 字节）"):
        open_source(path)


def test_a_table_of_another_length_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp")
    other = write(tmp_path / "b.shp", 名称=["甲"])
    shutil.copyfile(other.with_suffix(".dbf"), path.with_suffix(".dbf"))
    with pytest.raises(LayerError, match=r"属性表 a\.dbf 有 1 条记录，图形有 3 个，对不上"):
        open_source(path)


def test_deleted_records_are_left_out_and_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp")
    dbf = path.with_suffix(".dbf")
    data = bytearray(dbf.read_bytes())
    header, record = struct.unpack_from("<HH", data, 8)
    data[header + record] = ord("*")
    dbf.write_bytes(data)
    source = open_source(path)
    assert source.frame["名称"].tolist() == [NAMES[0], NAMES[2]]
    assert source.frame.geometry.iloc[1].bounds[0] == 88.0
    assert source.frame.index.tolist() == [1, 3], "row numbers are those of the file"
    said = next(f for f in source.findings if f.rule == "deleted")
    assert (said.level, said.message) == (
        "warning", "属性表里标记为已删除、没有读取的记录有 1 条（第 2 个要素），其余要素的序号不变",
    )  # fmt: skip


def test_null_shapes_stay_and_damaged_ones_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.shp"
    frame = gpd.GeoDataFrame({"k": [1, 2, 3]}, geometry=[None, shapely.box(87, 44, 88, 45), None], crs="EPSG:4490")
    pyogrio.write_dataframe(frame, path, geometry_type="Polygon")
    assert open_source(path).frame.geometry.isna().tolist() == [True, False, True]
    assert "geometry_lost" not in rules(open_source(path))
    data = bytearray(path.read_bytes())
    at = data.find(struct.pack("<i", 5), 100)
    struct.pack_into("<ii", data, at + 36, 99, 99999)  # parts and points that are not there
    path.write_bytes(data)
    source = open_source(path)
    assert source.frame["k"].tolist() == [1, 2, 3]
    assert rules(source)["geometry_lost"] == ".shp 有损坏：第 2 个要素的图形读不出来，请恢复原文件"


def test_suffixes_in_capitals_and_odd_characters_in_names_do_not_matter(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp")
    folder = tmp_path / "数据!;2024 (1).zip"
    folder.mkdir()
    for suffix, given in ((".shp", ".SHP"), (".shx", ".Shx"), (".dbf", ".DBF"), (".prj", ".PRJ"), (".cpg", ".CPG")):
        shutil.copyfile(path.with_suffix(suffix), folder / f"保护区!;x{given}")
    source = open_source(folder / "保护区!;x.SHP")
    assert source.frame["名称"].tolist() == NAMES
    assert source.layer == "保护区!;x"
    assert source.crs is not None


def test_long_whole_numbers_stay_exact_beside_missing_ones(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp", code=[652301001001001234, 652301001001001235])
    assert open_source(path).frame["code"].tolist() == [652301001001001234, 652301001001001235]
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes().replace(b"652301001001001234", b" " * 18))
    assert open_source(path).frame["code"].tolist() == [pd.NA, 652301001001001235]


def test_empty_dates_are_missing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp", day=["20240305", "20240306"])
    dbf = path.with_suffix(".dbf")
    data = bytearray(dbf.read_bytes())
    data[32 + 11] = ord("D")
    width = data[32 + 16]
    header, _ = struct.unpack_from("<HH", data, 8)
    assert width == 80
    body = b"".join(b" " + day for day in (b"00000000", b"20240306"))
    data[32 + 16] = 8
    struct.pack_into("<H", data, 10, 9)
    dbf.write_bytes(bytes(data[:header]) + body + b"\x1a")
    days = open_source(path).frame["day"]
    assert days.isna().tolist() == [True, False]
    assert days.iloc[1] == pd.Timestamp("2024-03-06")


def test_measured_polygons_of_arcgis_are_read(tmp_path: Path) -> None:
    """A PolygonM record by hand: bounds, one part, 5 points, the range of M and 5 values."""
    path = write(tmp_path / "a.shp", k=[1])
    points = [(87.0, 44.0), (87.0, 45.0), (88.0, 45.0), (88.0, 44.0), (87.0, 44.0)]
    body = struct.pack("<i4d2ii", 25, 87, 44, 88, 45, 1, 5, 0) + b"".join(struct.pack("<2d", *p) for p in points)
    body += struct.pack("<7d", 0, 4, 0, 1, 2, 3, 4)
    record = struct.pack(">2i", 1, len(body) // 2) + body
    head = bytearray(path.read_bytes()[:100])
    struct.pack_into("<i", head, 32, 25)
    for part, content in ((".shp", record), (".shx", struct.pack(">2i", 50, len(body) // 2))):
        struct.pack_into(">i", head, 24, (100 + len(content)) // 2)
        path.with_suffix(part).write_bytes(bytes(head) + content)
    shape = open_source(path).frame.geometry.iloc[0]
    assert shapely.get_coordinates(shape).tolist() == [list(p) for p in points]


def test_a_known_prj_is_recognised_and_a_missing_one_is_no_crs(tmp_path: Path) -> None:
    crs = open_source(write(tmp_path / "a.shp", crs="EPSG:4517")).crs
    assert crs is not None
    assert crs.to_epsg() == 4517
    assert open_source(write(tmp_path / "b.shp", crs=None)).crs is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('LOCAL_CS["昌吉独立坐标系",UNIT["Meter",1]]', "昌吉独立坐标系"),
        ("2000国家大地坐标系 87度带", "2000国家大地坐标系 87度带"),
        ("no wkt at all", "no wkt at all"),
        ("", "a.prj 是空的"),
    ],
)
def test_a_prj_of_no_use_is_quoted(tmp_path: Path, text: str, told: str) -> None:
    path = write(tmp_path / "a.shp")
    path.with_suffix(".prj").write_bytes(text.encode("gbk"))
    source = open_source(path)
    assert source.crs is None
    finding = next(f for f in source.findings if f.rule == "crs")
    assert finding.level == "warning"
    assert told in finding.message


def test_a_prj_with_chinese_names_still_counts(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp", crs="EPSG:4517")
    prj = path.with_suffix(".prj")
    text = prj.read_text()
    name = text.split('"')[1]
    prj.write_bytes(text.replace(name, "三度带29带", 1).encode("gbk"))
    crs = open_source(path).crs
    assert crs is not None
    assert crs.is_projected
    assert crs.name == "三度带29带"


def test_another_layer_name_than_the_files_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp")
    assert open_source(path, layer="A").layer == "a"
    with pytest.raises(InputError, match="只有一个图层“a”，没有“b”"):
        open_source(path, layer="b")


def test_nothing_is_written_beside_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp")
    before = {p.name: (p.stat().st_size, p.stat().st_mtime_ns) for p in tmp_path.iterdir()}
    open_source(path)
    assert {p.name: (p.stat().st_size, p.stat().st_mtime_ns) for p in tmp_path.iterdir()} == before
