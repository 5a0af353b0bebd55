"""Files that are broken, mislabelled or meant to harm: each is refused as a whole."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import stat
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl

from tests.corpus.shapefiles import patches_shp, sites_shp, write_dbf
from tests.corpus.tables import decimal_csv, xlsx
from tests.corpus.truth import WEST, BadCase
from tests.corpus.vectors import (
    archive,
    dxf_of_autocad,
    geojson,
    geoparquet,
    gpx_waypoints,
    kml,
    kml_points,
    large,
    mapinfo,
    patch_features,
    patches,
    patches_frame,
    several_layers,
    text_file,
    write,
)

VRT = '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
MIB = 1 << 20
LIMIT_BYTES = 4 * MIB
LIMIT_ENTRIES = 50
"""What the tests lower the package's limits to, so that a bomb of a few MB is one."""

Writer = Callable[[Path], Path]


def cut(write_whole: Writer, suffix: str, keep: float) -> Writer:
    """The first part of one companion file, as an interrupted copy leaves it."""

    def wrapped(folder: Path) -> Path:
        path = write_whole(folder)
        damaged = path.with_suffix(suffix)
        content = damaged.read_bytes()
        damaged.write_bytes(content[: int(len(content) * keep)])
        return path

    return wrapped


def raw(name: str, content: bytes) -> Writer:
    def wrapped(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return wrapped


def pack(name: str, entries: Mapping[str, bytes]) -> Writer:
    """A zip with the entry names exactly as given."""

    def wrapped(folder: Path) -> Path:
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as file:
            for entry, content in entries.items():
                info = zipfile.ZipInfo("x")
                info.filename = entry  # the constructor would tidy it
                info.compress_type = zipfile.ZIP_DEFLATED
                file.writestr(info, content)
        return folder / name

    return wrapped


def encrypted(folder: Path) -> Path:
    """A zip whose entries carry the encryption flag, in the local and in the central header."""
    path = pack("加密.zip", {"图斑.shp": b"0" * 200})(folder)
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature) + offset
        content[at : at + 2] = struct.pack("<H", struct.unpack("<H", content[at : at + 2])[0] | 1)
    path.write_bytes(content)
    return path


def lying_sizes(folder: Path) -> Path:
    """A bomb whose headers claim ten bytes: only what really comes out counts."""
    path = pack("谎报.zip", {"图斑.shp": bytes(12 * MIB)})(folder)
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.find(signature) + offset
        content[at : at + 4] = struct.pack("<I", 10)
    path.write_bytes(content)
    return path


def nested(folder: Path) -> Path:
    inner = archive("内.zip", "a.txt", "x")(folder)
    content = inner.read_bytes()
    inner.unlink()
    return pack("套娃.zip", {"内.zip": content})(folder)


def sparse(name: str, size: int) -> Writer:
    """A file of `size` bytes that takes no room on the disk."""

    def wrapped(folder: Path) -> Path:
        with (folder / name).open("wb") as file:
            file.write("编号,名称,经度,纬度\n".encode())
            file.truncate(size)
        return folder / name

    return wrapped


def corrupted_gpkg(folder: Path) -> Path:
    path = write(patches_frame(), folder / "坏.gpkg", "GPKG")
    content = bytearray(path.read_bytes())
    content[1000:] = b"\x5a" * (len(content) - 1000)
    path.write_bytes(content)
    return path


def plain_sqlite(folder: Path) -> Path:
    with contextlib.closing(sqlite3.connect(folder / "普通.gpkg")) as base:
        base.execute("create table t (a)")
        base.commit()
    return folder / "普通.gpkg"


def wild_record(folder: Path) -> Path:
    """A polygon that claims two thousand million vertices."""
    path = patches_shp(folder / "野.shp")
    content = bytearray(path.read_bytes())
    content[100 + 8 + 40 : 100 + 8 + 44] = struct.pack("<i", 0x7FFFFFFF)
    path.write_bytes(content)
    return path


def zipped_link(folder: Path) -> Path:
    """A zip entry that is a symbolic link out of the folder."""
    info = zipfile.ZipInfo("图斑.geojson")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(folder / "链接.zip", "w") as file:
        file.writestr(info, "/etc/passwd")
    return folder / "链接.zip"


def with_entity(definition: str, name: str) -> Writer:
    """A real workbook with a DOCTYPE put into its sheet."""

    def wrapped(folder: Path) -> Path:
        whole = xlsx("原.xlsx", [["名称", "经度", "纬度"], ["甲", 87.3, 44.0]])(folder)
        with zipfile.ZipFile(whole) as old, zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as new:
            for entry in old.namelist():
                content = old.read(entry)
                if entry.endswith("sheet1.xml"):
                    content = f"<!DOCTYPE worksheet [{definition}]>".encode() + content
                new.writestr(entry, content)
        whole.unlink()
        return folder / name

    return wrapped


def other_records(count: int) -> Writer:
    """An attribute table with another number of records than there are shapes: somebody edited it in Excel."""

    def wrapped(folder: Path) -> Path:
        path = patches_shp(folder / "对不上.shp")
        write_dbf(path.with_suffix(".dbf"), [(b"ID", 8)], [(b"t%d" % i,) for i in range(count)])
        return path

    return wrapped


def tab_alone(folder: Path) -> Path:
    path = mapinfo("孤.tab")(folder)
    for suffix in (".dat", ".map", ".id"):
        path.with_suffix(suffix).unlink()
    return path


def two_tables(folder: Path) -> Path:
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("昌吉市")):
        for row in (["名称", "经度", "纬度"], ["甲", 87.3, 44.0]):
            sheet.append(row)
    book.active.title = "阜康市"
    book.save(folder / "各县市.xlsx")
    return folder / "各县市.xlsx"


def hollow_gdb(folder: Path) -> Path:
    (folder / "空.gdb").mkdir()
    (folder / "空.gdb" / "timestamps").write_bytes(b"x")
    return folder / "空.gdb"


def two_shapefiles(folder: Path) -> Path:
    draft = folder / "draft"
    draft.mkdir()
    sites_shp(draft / "a.shp", WEST)
    patches_shp(draft / "b.shp")
    files = {f"{p.stem}/{p.name}": p.read_bytes() for p in sorted(draft.iterdir())}
    for file in draft.iterdir():
        file.unlink()
    draft.rmdir()
    return pack("两个.zip", files)(folder)


def folder_only(folder: Path) -> Path:
    (folder / "数据").mkdir()
    return folder / "数据"


def missing_shp(folder: Path) -> Path:
    path = patches_shp(folder / "只有属性.shp")
    path.unlink()
    return path


XXE = (
    '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY leak SYSTEM "file:///etc/passwd">]>'
    '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>&leak;</name>'
    "<Point><coordinates>87.3,44</coordinates></Point></Placemark></Document></kml>"
)
LAUGHS = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
BILLION_LAUGHS = (
    f'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a0 "哈哈">{LAUGHS}]>'
    '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>&a9;</name></Document></kml>'
)
HTML = (
    "<html><head><meta charset='gbk'></head><body><table><tr><td>经度</td><td>纬度</td></tr>"
    "<tr><td>87.3</td><td>44.0</td></tr></table></body></html>"
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
GPKG_URL = "GPKG:/etc/passwd"

CASES = (
    BadCase("shp_cut", cut(lambda f: patches_shp(f / "断.shp"), ".shp", 0.6), ("断",)),
    BadCase("dbf_cut", cut(lambda f: patches_shp(f / "断属性.shp"), ".dbf", 0.5), ("dbf",), blamed="断属性"),
    BadCase("shp_missing", missing_shp),
    BadCase("shp_is_vrt", raw("伪装.shp", VRT.encode())),
    BadCase("geojson_is_vrt", raw("伪装.geojson", VRT.encode())),
    BadCase("csv_is_vrt_with_gpkg_name", raw("伪装.gpkg", VRT.encode())),
    BadCase("vrt", raw("层.vrt", VRT.encode())),
    BadCase("vsizip_path", lambda f: f"/vsizip/{f}/a.zip/a.shp", blamed="/vsizip/"),
    BadCase("vsicurl_path", lambda f: "/vsicurl/http://127.0.0.1:9/a.geojson", blamed="/vsicurl/"),
    BadCase("url", lambda f: "http://127.0.0.1:9/a.geojson", blamed="127.0.0.1"),
    BadCase("driver_prefix", lambda f: GPKG_URL, blamed="GPKG:"),
    BadCase("zip_parent_name", pack("穿越.zip", {"../../evil.shp": b"x", "a.shp": b"x"}), ("..",)),
    BadCase("zip_backslash_parent", pack("反斜线.zip", {"..\\..\\evil.shp": b"x"}), ("..",)),
    BadCase("zip_absolute_name", pack("绝对.zip", {"/tmp/evil.shp": b"x"}), ("evil",)),
    BadCase("zip_drive_name", pack("盘符.zip", {"C:/evil.shp": b"x"}), ("evil",)),
    BadCase("zip_bomb", pack("炸弹.zip", {"图斑.shp": bytes(12 * MIB)}), ("炸弹", str(LIMIT_BYTES))),
    BadCase("zip_bomb_in_pieces", pack("碎炸弹.zip", {f"{i}.bin": bytes(MIB) for i in range(12)}), ("炸弹", str(LIMIT_BYTES))),
    BadCase("zip_bomb_in_folder_entry", pack("夹炸弹.zip", {"dir/": bytes(12 * MIB), "a.shp": b"x"})),
    BadCase("zip_bomb_with_lying_sizes", lying_sizes),
    BadCase("zip_of_many_entries", pack("多.zip", {f"{i}.txt": b"" for i in range(60)}), ("60",)),
    BadCase("kmz_bomb", pack("炸弹.kmz", {"doc.kml": b" " * (12 * MIB)})),
    BadCase("zip_encrypted", encrypted, ("密码",)),
    BadCase("zip_nested", nested, ("内.zip",)),
    BadCase("zip_empty", pack("空.zip", {})),
    BadCase("zip_two_shapefiles", two_shapefiles, ("--layer", "a", "b")),
    BadCase("zip_cut", cut(pack("断.zip", {"a.shp": bytes(range(256)) * 40}), ".zip", 0.5)),
    BadCase("kmz_parent_name", pack("穿越.kmz", {"../doc.kml": b"x"}), ("..",)),
    BadCase("kml_external_entity", raw("外部实体.kml", XXE.encode())),
    BadCase("kml_billion_laughs", raw("实体炸弹.kml", BILLION_LAUGHS.encode()), seconds=5.0),
    BadCase("kml_cut", raw("断.kml", kml_points().encode()[:400])),
    BadCase("gpx_external_entity", raw("外部实体.gpx", XXE.replace("kml", "gpx").encode())),
    BadCase("xlsx_is_html", raw("系统导出.xlsx", HTML.encode("gbk")), ("HTML",)),
    BadCase("xls_is_html", raw("系统导出.xls", HTML.encode("gbk")), ("另存为", "xlsx")),
    BadCase("xls_biff", raw("旧表.xls", OLE + bytes(4096)), ("xlsx",)),
    BadCase("xlsx_with_password", raw("台账.xlsx", OLE + "EncryptedPackage".encode("utf-16-le") + bytes(4096)), ("密码",)),
    BadCase("xlsx_is_a_plain_zip", pack("假.xlsx", {"a.txt": b"x"})),
    BadCase("xlsx_bomb", pack("炸弹.xlsx", {"[Content_Types].xml": b" " * (12 * MIB), "xl/workbook.xml": b"<x/>"})),
    BadCase("xlsx_two_tables", two_tables, ("阜康市", "昌吉市", "--sheet")),
    BadCase("xlsx_sheet_unknown", two_tables, ("昌吉",), {"layer": "昌吉"}),
    BadCase("csv_3_gb", sparse("巨大.csv", 3 << 30), ("上限", "512 MB"), seconds=2.0),
    BadCase("csv_is_binary", raw("照片.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)),
    BadCase("csv_is_xlsx", raw("其实是表格.csv", b"PK\x03\x04" + bytes(300)), ("xlsx",)),
    BadCase("empty_csv", raw("空.csv", b"")),
    BadCase("empty_shp", raw("空.shp", b"")),
    BadCase("empty_geojson", raw("空.geojson", b"")),
    BadCase("geojson_without_features", raw("无要素.geojson", geojson([]).encode())),
    BadCase("geojson_broken", raw("断.geojson", geojson(patch_features()).encode()[:200])),
    BadCase("geojson_is_other_json", raw("配置.json", json.dumps({"a": 1}).encode())),
    BadCase("gpkg_corrupted", corrupted_gpkg),
    BadCase("gpkg_two_layers", several_layers, ("水源地", "疑似图斑", "--layer")),
    BadCase("gpkg_layer_unknown", several_layers, ("疑似图班", "疑似图斑"), {"layer": "疑似图班"}),
    BadCase("gpkg_is_plain_sqlite", plain_sqlite),
    BadCase("shp_wild_record", wild_record),
    BadCase("zip_symbolic_link", zipped_link),
    BadCase("xlsx_external_entity", with_entity('<!ENTITY leak SYSTEM "file:///etc/passwd">', "外部实体.xlsx")),
    BadCase("xlsx_billion_laughs", with_entity('<!ENTITY a0 "哈">' + LAUGHS, "实体炸弹.xlsx"), seconds=5.0),
    BadCase("geojson_deep", raw("深.geojson", b'{"type":"FeatureCollection","features":' + b"[" * 200_000)),
    BadCase("kml_deep", raw("深.kml", kml("<Folder>" * 5000 + "</Folder>" * 5000).encode())),
    BadCase("kml_network_link", raw("网络链接.kml", kml(
        "<NetworkLink><Link><href>http://127.0.0.1:9/a.kml</href></Link></NetworkLink>").encode())),
    BadCase("fgb_cut", cut(patches("断.fgb", "FlatGeobuf"), ".fgb", 0.7)),
    BadCase("parquet_cut", cut(geoparquet, ".parquet", 0.6)),
    BadCase("fgb_large_cut", cut(large, ".fgb", 0.6)),
    BadCase("dbf_of_fewer_records", other_records(1), ("1", "2")),
    BadCase("dbf_of_more_records", other_records(4), ("4", "2")),
    BadCase("mid_cut", cut(mapinfo("断.mif"), ".mid", 0.5)),
    BadCase("dxf_cut", cut(dxf_of_autocad, ".dxf", 0.9)),
    BadCase("geojsonl_cut", cut(text_file("断.geojsonl", "\n".join(
        json.dumps(f, ensure_ascii=False) for f in patch_features())), ".geojsonl", 0.8), ("第 2 行",)),
    BadCase("kml_folders_150_deep", raw("层层.kml", kml("<Folder>" * 150 + "</Folder>" * 150).encode())),
    BadCase("tab_alone", tab_alone),
    BadCase("gdb_hollow", hollow_gdb),
    BadCase("dxf_garbage", raw("坏.dxf", b"\x00\xff" * 500)),
    BadCase("mif_garbage", raw("坏.mif", "这不是 MIF".encode("gbk"))),
    BadCase("gpx_cut", cut(gpx_waypoints, ".gpx", 0.6)),
    BadCase("unknown_suffix", raw("图纸.dwg", b"AC1027" + bytes(500))),
    BadCase("rar", raw("图斑.rar", b"Rar!\x1a\x07\x01\x00" + bytes(100)), ("解压",)),
    BadCase("word", raw("说明.docx", b"PK\x03\x04" + bytes(100))),
    BadCase("folder", folder_only, ("文件夹",)),
    BadCase("not_there", lambda f: f / "没有这个文件.shp"),
    BadCase("encoding_wrong", decimal_csv("国标.csv", encoding="gbk"), ("编码",), {"encoding": "utf-8"}),
    BadCase("encoding_wrong_shp", lambda f: sites_shp(f / "国标.shp", WEST), ("编码",), {"encoding": "utf-8"}),
    BadCase("encoding_unknown", decimal_csv("国标.csv", encoding="gbk"), ("编码", "gbk2312x"), {"encoding": "gbk2312x"}),
    BadCase("crs_unknown", decimal_csv("点.csv"), ("EPSG:99999999",), {"crs": "EPSG:99999999"}),
    BadCase("crs_impossible", decimal_csv("点.csv"), (), {"crs": "EPSG:4517"}),
    BadCase("columns_unknown", decimal_csv("点.csv"), ("经度X", "经度"), {"x": "经度X", "y": "纬度"}),
    BadCase("override_unknown", decimal_csv("点.csv"), ("名秤", "名称"), {"overrides": {"名秤": "name"}}),
    BadCase("target_unknown", decimal_csv("点.csv"), ("reserve",), {"target": "reservs"}, blamed="reservs"),
    BadCase("kind_absent", decimal_csv("点.csv"), ("面",), {"geometry": "area"}),
)  # fmt: skip
