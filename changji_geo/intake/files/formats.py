"""A path someone gave -> the kind of file it is, by its suffix and its first bytes; anything else is refused with a remedy.

GDAL can open far more than files: network services, pipelines and files that point to other files. Nothing reaches it that
has not passed here: the path must be a plain file (or a .gdb folder), of a listed suffix, with the content of that suffix.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Literal

from changji_geo.errors import InputError, system_reason

Kind = Literal[
    "shapefile", "gpkg", "geojson", "geojsonl", "kml", "gdb", "flatgeobuf", "parquet", "dxf", "gpx", "mapinfo", "zip", "table"
]  # fmt: skip

SUFFIXES: dict[str, Kind] = {
    ".shp": "shapefile",
    ".gpkg": "gpkg",
    ".geojson": "geojson",
    ".json": "geojson",
    ".geojsonl": "geojsonl",
    ".geojsons": "geojsonl",
    ".ndjson": "geojsonl",
    ".jsonl": "geojsonl",
    ".kml": "kml",
    ".kmz": "kml",
    ".ovkml": "kml",
    ".ovkmz": "kml",
    ".gdb": "gdb",
    ".fgb": "flatgeobuf",
    ".parquet": "parquet",
    ".geoparquet": "parquet",
    ".dxf": "dxf",
    ".gpx": "gpx",
    ".tab": "mapinfo",
    ".mif": "mapinfo",
    ".zip": "zip",
    ".csv": "table",
    ".tsv": "table",
    ".txt": "table",
    ".xlsx": "table",
    ".xlsm": "table",
    ".xls": "table",  # often a web page or a text; the reader of tables says which, and reads the text
}
"""Suffix in lower case -> kind."""

TABLE_SUFFIXES = frozenset(s for s, kind in SUFFIXES.items() if kind == "table")

SUPPORTED_ZH = (
    "Shapefile（.shp 或 .zip）、GeoPackage、GeoJSON、KML/KMZ、奥维 ovkml/ovkmz、FileGDB（.gdb 文件夹）、FlatGeobuf、"
    "GeoParquet、DXF、GPX、MapInfo TAB/MIF、CSV、TXT、XLSX"
)

_CONTENTS: dict[Kind, tuple[str, ...]] = {
    "shapefile": ("Shapefile",),
    "gpkg": ("SQLite 数据库",),
    "geojson": ("JSON",),
    "geojsonl": ("JSON",),
    "kml": ("XML（kml）", "zip 压缩包"),
    "flatgeobuf": ("FlatGeobuf",),
    "parquet": ("Parquet",),
    "dxf": ("DXF",),
    "gpx": ("XML（gpx）",),
    "mapinfo": ("MapInfo TAB", "MapInfo MIF"),
    "zip": ("zip 压缩包",),
}
"""What `content_zh` must say of a file of each kind; tables are looked at by their own reader."""

_KIND_ZH: dict[Kind, str] = {
    "shapefile": "Shapefile",
    "gpkg": "GeoPackage",
    "geojson": "GeoJSON",
    "geojsonl": "逐行的 GeoJSON",
    "kml": "KML 或 KMZ",
    "gdb": "FileGDB 文件夹",
    "flatgeobuf": "FlatGeobuf",
    "parquet": "Parquet",
    "dxf": "DXF 文本",
    "gpx": "GPX",
    "mapinfo": "MapInfo TAB 或 MIF",
    "zip": "zip 压缩包",
    "table": "表格",
}

_SHAPEFILE_PARTS = "这是 Shapefile 的附属文件：选同名的 .shp，几个文件放在一起"
_REMEDIES = {
    ".dbf": _SHAPEFILE_PARTS,
    ".shx": _SHAPEFILE_PARTS,
    ".prj": _SHAPEFILE_PARTS,
    ".cpg": _SHAPEFILE_PARTS,
    ".sbn": _SHAPEFILE_PARTS,
    ".dat": "这是 MapInfo 的附属文件：选同名的 .tab",
    ".map": "这是 MapInfo 的附属文件：选同名的 .tab",
    ".id": "这是 MapInfo 的附属文件：选同名的 .tab",
    ".mid": "这是 MapInfo 的附属文件：选同名的 .mif",
    ".et": "在 WPS 中另存为 .xlsx",
    ".rar": "请解压后导入里面的文件，或重新打包为 .zip",
    ".7z": "请解压后导入里面的文件，或重新打包为 .zip",
    ".tar": "请解压后导入里面的文件，或重新打包为 .zip",
    ".gz": "请解压后导入里面的文件，或重新打包为 .zip",
    ".tgz": "请解压后导入里面的文件，或重新打包为 .zip",
    ".vrt": "VRT 会指向别的文件或网络，不接受；请给出它所指的数据文件本身",
    ".dwg": "在 CAD 软件中另存为 .dxf",
    ".mdb": "在 ArcGIS 中导出为 Shapefile 或文件地理数据库（.gdb）",
    ".ovobj": "在奥维中导出为 .shp 或 .dxf（坐标不加偏移），或 .ovkml",
    ".ovjsn": "在奥维中导出为 .shp 或 .dxf（坐标不加偏移），或 .ovkml",
    ".gml": "在 QGIS 或 ArcGIS 中导出为 GeoPackage 或 Shapefile",
    ".mxd": "这是地图工程，不含数据；请给出它引用的数据文件",
    ".qgs": "这是地图工程，不含数据；请给出它引用的数据文件",
    ".qgz": "这是地图工程，不含数据；请给出它引用的数据文件",
    ".lyr": "这是图层样式，不含数据；请给出它引用的数据文件",
    ".wl": "在 MapGIS 中转换为 Shapefile",
    ".wp": "在 MapGIS 中转换为 Shapefile",
    ".wt": "在 MapGIS 中转换为 Shapefile",
    ".docx": "把表格复制到 Excel，另存为 .xlsx",
    ".doc": "把表格复制到 Excel，另存为 .xlsx",
    ".pdf": "向提供方索取数据文件；PDF 里没有可用的坐标",
}

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"SQLite format 3\0", "SQLite 数据库"),
    (0, b"\0\0\x27\x0a", "Shapefile"),
    (0, b"PK\x03\x04", "zip 压缩包"),
    (0, b"PK\x05\x06", "zip 压缩包"),
    (0, b"fgb\x03fgb", "FlatGeobuf"),
    (0, b"PAR1", "Parquet"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧版 Office 文件"),
    (0, b"Rar!", "rar 压缩包"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z 压缩包"),
    (0, b"\x1f\x8b", "gzip 压缩文件"),
    (0, b"%PDF", "PDF"),
    (0, b"AutoCAD Binary DXF", "二进制 DXF"),
    (0, b"AC10", "AutoCAD 的 DWG"),
    (0, b"\x89PNG", "图片"),
    (0, b"\xff\xd8\xff", "图片"),
    (0, b"II*\0", "TIFF 影像"),
    (0, b"MM\0*", "TIFF 影像"),
)

_XML_ROOT = re.compile(r"<(?:[A-Za-z_][\w.\-]*:)?([A-Za-z_][\w.\-]*)")
_XML_PROLOG = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\])?\s*>)", re.DOTALL)
_CONNECTION = re.compile(r"[A-Za-z][A-Za-z0-9+.\- _]+:")
_VSI = re.compile(r"[\\/]+vsi[a-z0-9_]*(?:[\\/]|$)", re.IGNORECASE)
HEAD_BYTES = 1 << 16


def checked_path(path: Path | str) -> Path:
    """The path of an existing plain file or folder.

    Raises
    ------
    InputError
        A URL, a GDAL name (``/vsi…``, ``PG:…``, ``GPKG:…``); nothing there; neither file nor folder; no permission.
    """
    text = os.fspath(path)
    where = text[:200]
    if _VSI.match(text) or (_CONNECTION.match(text) and not Path(text).exists()):
        raise InputError(
            "不是本机的文件路径（网址、数据库连接和 /vsi 一类的写法都不接受）",
            where=where,
            expected="文件的路径，如 D:\\数据\\保护区.shp",
            fix="先把数据下载或导出为文件",
        )
    try:
        mode = os.stat(text).st_mode  # noqa: PTH116 - a Path cannot hold every text a person types
    except (OSError, ValueError) as cause:
        reason = system_reason(cause) if isinstance(cause, OSError) else "路径里有不能用的字符"
        raise InputError(
            f"无法读取（{reason}）", where=where, fix="检查路径和文件名；含空格的路径用引号括起"
        ) from cause
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise InputError("不是普通文件", where=where, fix="给出数据文件的路径")
    return Path(text)


def identify(path: Path) -> Kind:
    """The kind of a file, by suffix and content.

    Parameters
    ----------
    path : path
        As `checked_path` returns it.

    Raises
    ------
    InputError
        An unknown suffix (with what to do about the common ones), an empty file, a folder that is no .gdb, or content
        that is not what the suffix says.
    """
    where = str(path)
    suffix = path.suffix.lower()
    if path.is_dir():
        return _folder_kind(path)
    kind = SUFFIXES.get(suffix)
    if kind == "gdb":
        raise InputError(
            "是一个文件，FileGDB 应是 .gdb 文件夹", where=where, fix="重新复制整个 .gdb 文件夹，或打包为 .zip"
        )
    if kind is None:
        raise InputError(
            f"不支持的文件类型“{suffix or '（没有后缀）'}”",
            where=where,
            expected=None if suffix in _REMEDIES else SUPPORTED_ZH,
            fix=_REMEDIES.get(suffix, "在 GIS 软件中导出为上面的一种"),
        )
    head = read_head(path)
    if not head:
        raise InputError("文件是空的（0 字节）", where=where, fix="重新导出或重新复制")
    if kind == "table":
        return kind
    content = content_zh(head)
    if content not in _CONTENTS[kind]:
        raise InputError(
            f"后缀是 {suffix}，内容却是{content}",
            where=where,
            expected=f"{_KIND_ZH[kind]}的内容",
            fix=_CONTENT_REMEDIES.get(content, "重新导出；如果只是后缀写错了，改成正确的后缀"),
        )
    return kind


_CONTENT_REMEDIES = {
    "HTML 网页": "下载到的是网页（可能没有登录或链接失效），重新下载数据文件",
    "AutoCAD 的 DWG": "在 CAD 软件中另存为 DXF（文本）",
    "二进制 DXF": "在 CAD 软件中另存为文本（ASCII）的 DXF",
    "rar 压缩包": "请解压后导入里面的文件，或重新打包为 .zip",
    "7z 压缩包": "请解压后导入里面的文件，或重新打包为 .zip",
    "全是零的字节": "文件没有复制完整，重新复制",
}


def read_head(path: Path, size: int = HEAD_BYTES) -> bytes:
    """The first bytes of a file; `InputError` when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return stream.read(size)
    except OSError as cause:
        raise InputError(
            f"无法读取（{system_reason(cause)}）", where=str(path), fix="检查文件权限，或关闭正打开它的程序"
        ) from cause


def content_zh(head: bytes) -> str:
    """What the first bytes of a file are, in words for a message: ``Shapefile``, ``XML（gpx）``, ``HTML 网页``.

    Examples
    --------
    >>> content_zh(b'<?xml version="1.0"?><!-- x --><OGRVRTDataSource>')
    'XML（OGRVRTDataSource）'
    """
    if not head:
        return "空文件"
    for offset, magic, name in _MAGIC:
        if head.startswith(magic, offset):
            return name
    if not head.strip(b"\0"):
        return "全是零的字节"
    text = _text_of(head)
    if text is None:
        return "认不出的二进制数据"
    start = text.lstrip("\ufeff\x1e \t\r\n")
    if start.startswith(("{", "[")):
        return "GDAL 的处理流程（gdal_streamed_alg）" if "gdal_streamed_alg" in text else "JSON"
    if start.startswith("<"):
        return _xml_content(start)
    lower = start[:200].lower()
    if lower.startswith("!table"):
        return "MapInfo TAB"
    if re.match(r"version\s+\d+\s", lower):
        return "MapInfo MIF"
    if re.match(r"(?:999\s*\n[^\n]*\n\s*)*0\s*\n\s*section", start[:4000].lower()):
        return "DXF"
    return "普通文本"


def _xml_content(text: str) -> str:
    while prolog := _XML_PROLOG.match(text):
        text = text[prolog.end() :]
    root = _XML_ROOT.match(text.lstrip())
    if root is None:
        return "残缺的 XML"
    name = root.group(1)
    return "HTML 网页" if name.lower() in ("html", "head", "body", "table", "script") else f"XML（{name}）"


def _text_of(head: bytes) -> str | None:
    """The head as text for looking at its ASCII part; None when it is binary."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    if b"\0" in head:
        return None
    return head.decode("utf-8", "replace")


def _folder_kind(path: Path) -> Kind:
    if (path / "a00000001.gdbtable").is_file():
        return "gdb"
    where = str(path)
    if path.suffix.lower() == ".gdb":
        raise InputError(
            "不是完整的 FileGDB（里面没有 a00000001.gdbtable）",
            where=where,
            fix="重新复制整个 .gdb 文件夹，或打包为 .zip",
        )
    raise InputError("这是文件夹", where=where, expected="数据文件，或 .gdb 文件夹", fix="写明文件夹里的哪个文件")
