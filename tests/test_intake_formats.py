"""formats: what is let through to a reader, and what is refused by its path, suffix or first bytes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from changji_geo.errors import InputError
from changji_geo.intake.files.formats import SUFFIXES, checked_path, content_zh, identify

VRT = b"<OGRVRTDataSource><OGRVRTLayer name='x'><SrcDataSource>/etc</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"


@pytest.mark.parametrize(
    "path",
    [
        "/vsicurl/http://127.0.0.1/a.shp",
        "/vsizip/a.zip/a.shp",
        "/vsimem/x",
        "/vsistdin/",
        "\\vsicurl\\x",
        "//vsizip/a.zip",
        "http://127.0.0.1/a.geojson",
        "https://127.0.0.1/a.geojson",
        "ftp://127.0.0.1/a.shp",
        "s3://bucket/a.shp",
        "zip://a.zip!a.shp",
        "file:///etc/a.shp",
        "GPKG:a.gpkg:layer",
        "MySQL:db",
        "PG:host=localhost",
        "WFS:http://127.0.0.1",
        "GeoJSON:a.geojson",
        "OAPIF:https://127.0.0.1",
    ],
)
def test_only_paths_of_files_are_paths(path: str) -> None:
    for given in (path, Path(path)):
        with pytest.raises(InputError, match="不是本机的文件路径"):
            checked_path(given)


def test_texts_that_gdal_would_take_for_data_are_just_missing_files() -> None:
    for text in ('{"type": "FeatureCollection", "features": []}', VRT.decode(), "x" * 5000, "a\0b", ""):
        with pytest.raises(InputError, match="无法读取"):
            checked_path(text)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="没有这个文件或文件夹"):
        checked_path(tmp_path / "没有.shp")


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes")
def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.shp")
    with pytest.raises(InputError, match="不是普通文件"):
        checked_path(tmp_path / "a.shp")


def test_a_file_with_a_colon_in_its_name_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform == "win32":
        pytest.skip("no colons in names")
    (tmp_path / "PG:x.csv").write_text("a\n1\n")
    monkeypatch.chdir(tmp_path)
    assert identify(checked_path("PG:x.csv")) == "table"


@pytest.mark.parametrize("suffix", [s for s, kind in SUFFIXES.items() if kind not in ("table", "gdb")])
@pytest.mark.parametrize(
    "content", [VRT, b"<html><body>404</body></html>", b"plain words", b"\0\1\2\3binary", bytes(64)]
)
def test_a_suffix_does_not_bring_foreign_content_in(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"a{suffix.upper()}"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        identify(path)
    assert f"后缀是 {suffix}，内容却是{content_zh(content)}" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("a.vrt", "VRT 会指向别的文件"),
        ("a.et", "另存为 .xlsx"),
        ("a.rar", "请解压后"),
        ("a.7z", "请解压后"),
        ("a.dwg", "另存为 .dxf"),
        ("a.dbf", "选同名的 .shp"),
        ("a.mid", "选同名的 .mif"),
        ("a.ovobj", "奥维"),
        ("a.mdb", "文件地理数据库"),
        ("a.xyz", "GeoPackage、GeoJSON"),
        ("无后缀", "（没有后缀）"),
    ],
)
def test_other_suffixes_get_a_remedy(tmp_path: Path, name: str, remedy: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(InputError) as caught:
        identify(tmp_path / name)
    assert "不支持的文件类型" in str(caught.value)
    assert remedy in str(caught.value)


def test_an_empty_file_and_a_folder_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    with pytest.raises(InputError, match="文件是空的（0 字节）"):
        identify(tmp_path / "a.csv")
    with pytest.raises(InputError, match="这是文件夹"):
        identify(tmp_path)
    (tmp_path / "a.gdb").write_bytes(b"x")
    with pytest.raises(InputError, match=r"应是 \.gdb 文件夹"):
        identify(tmp_path / "a.gdb")


@pytest.mark.parametrize(
    ("head", "content"),
    [
        (b'\xef\xbb\xbf <?xml version="1.0"?>\n<!-- a -->\n<kml:kml>', "XML（kml）"),
        ('<?xml version="1.0" encoding="utf-16"?><gpx>'.encode("utf-16"), "XML（gpx）"),
        (b"<!DOCTYPE html>\n<HTML>", "HTML 网页"),
        (b"<?xml", "残缺的 XML"),
        (b'\x1e{"type":', "JSON"),
        (b'{"type":"gdal_streamed_alg"}', "GDAL 的处理流程（gdal_streamed_alg）"),
        (b"999\nby hand\n  0\r\nSECTION\r\n", "DXF"),
        (b"0\nEOF\n", "普通文本"),
        (b"Version 300\nCharset", "MapInfo MIF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧版 Office 文件"),
        (b"", "空文件"),
    ],
)
def test_content_is_named(head: bytes, content: str) -> None:
    assert content_zh(head) == content


def test_a_symbolic_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("a\n1\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    assert identify(checked_path(tmp_path / "link.csv")) == "table"
