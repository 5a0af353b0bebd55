"""GeoJSON, as one document or one feature a line -> its features; text, kind and CRS are looked at before GDAL sees it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj

from changji_geo.errors import LayerError
from changji_geo.intake.files.dbf import user_encoding
from changji_geo.intake.files.formats import read_head
from changji_geo.intake.files.gdal_reading import Features, named_features, plain_copy, read_features
from changji_geo.intake.files.text_encoding import encoding_zh, is_beyond_gbk
from changji_geo.intake.findings import IntakeFinding
from changji_geo.intake.source import Source

_DRIVERS = ("GeoJSON", "GeoJSONSeq")
_TYPES = {
    "FeatureCollection", "Feature", "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon",
    "GeometryCollection",
}  # fmt: skip
_RECORD_SEPARATOR = b"\x1e"
_CHUNK = 1 << 22
EXPLAINED_BYTES = 64 * 1024**2
"""Up to this size a file with unreadable geometries is looked through again to say which features they are."""


def read_geojson_text(path: Path, *, layer: str | None, encoding: str | None, scratch: Path) -> Source:
    """Read a GeoJSON document, or newline-delimited GeoJSON (also with record separators, RFC 8142).

    Parameters
    ----------
    path : path
        UTF-8, with or without a byte order mark; GBK is noticed and said.
    layer : str, optional
        Ignored names are refused: the format has one layer, named like the file.
    encoding : str, optional
        Overrules what the bytes say.
    scratch : path
        An empty folder.

    Returns
    -------
    Source
        ``crs`` is the one of an old-style ``crs`` member, else EPSG:4326 (RFC 7946); None, with a finding, where the file
        names no other and the numbers cannot be degrees. A feature's own number becomes the column ``id`` if there is none.

    Raises
    ------
    LayerError
        Not GeoJSON, cut off, a line that is no feature.
    """
    what = str(path)
    if layer is not None and layer.lower() not in (path.stem.lower(), path.name.lower()):
        raise LayerError(f"GeoJSON 只有一个图层“{path.stem}”，没有“{layer}”", where=what, fix="去掉 --layer")
    text_path, used, findings = _as_utf8(path, scratch, user_encoding(encoding, what=what))
    lines = _is_lines(text_path, what)
    found = read_features(plain_copy(text_path, scratch), drivers=_DRIVERS, what=what, keep_ids=True)
    if lines:
        _require_all_lines(text_path, len(found.frame), what)
    crs, doubt = _crs(found)
    lost = () if lines else _lost_geometries(text_path, found.frame)
    name = "geojsonl" if lines else "geojson"
    return Source(path, name, path.stem, found.frame, crs, used, findings=(*findings, *found.findings, *doubt, *lost))


def _as_utf8(path: Path, scratch: Path, told: str | None) -> tuple[Path, str, tuple[IntakeFinding, ...]]:
    """GDAL takes GeoJSON for UTF-8; a text that is not gets a copy that is."""
    candidate = told or ("utf-16" if read_head(path, 2) in (b"\xff\xfe", b"\xfe\xff") else "utf-8")
    if candidate == "utf-8" and _is_utf8(path):
        return path, "utf-8", ()
    raw = path.read_bytes()
    encoding = candidate if candidate != "utf-8" else "gb18030"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as cause:
        raise LayerError(
            "文字编码无法识别", where=str(path), expected="UTF-8", fix="重新导出为 UTF-8 的 GeoJSON"
        ) from cause
    copy = scratch / "utf8.geojson"
    copy.write_bytes(text.encode("utf-8"))
    message = (
        f"文字编码：{encoding_zh(encoding, beyond_gbk=is_beyond_gbk(text))}，"
        f"{'按 --encoding 指定' if told else '字节不符合 UTF-8，按它读得通'}；GeoJSON 应为 UTF-8"
    )
    return copy, encoding, (IntakeFinding("warning", "encoding", message),)


def _is_utf8(path: Path) -> bool:
    rest = b""
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            data = rest + chunk
            try:
                data.decode("utf-8")
                rest = b""
            except UnicodeDecodeError as cause:
                if len(data) - cause.start > 3:
                    return False
                rest = data[cause.start :]
    return not rest


def _is_lines(path: Path, what: str) -> bool:
    """Whether each line is a feature of its own; the kind of the first JSON value is checked."""
    with path.open("rb") as stream:
        head = stream.read(_CHUNK)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(_RECORD_SEPARATOR):
        return True
    first_line = start.split(b"\n", 1)[0]
    whole_file = len(head) < _CHUNK
    try:
        first = json.loads(first_line)
    except (ValueError, RecursionError):
        first = None
    if isinstance(first, dict) and start.strip() != first_line.strip():
        _require_type(first.get("type"), what)
        return True
    names = re.findall(rb'"type"\s*:\s*"([A-Za-z_]*)"', head)
    if not whole_file and not names:
        return False  # a very long first member; GDAL decides
    if b'"esriGeometry' in head:
        raise LayerError(
            "这是 ArcGIS 的 JSON（ESRI JSON），不是 GeoJSON", where=what, fix="在 ArcGIS 中导出为 GeoJSON 或 Shapefile"
        )
    if not any(name.decode() in _TYPES for name in names):
        _require_type(names[0].decode() if names else None, what)
    return False


def _require_type(kind: object, what: str) -> None:
    if kind in _TYPES:
        return
    if kind == "Topology":
        raise LayerError("这是 TopoJSON，不是 GeoJSON", where=what, fix="在 mapshaper 或 QGIS 中转换为 GeoJSON")
    given = f"“type”是“{str(kind)[:40]}”" if kind else "没有“type”"
    raise LayerError(
        f"这个 JSON 不是 GeoJSON（{given}）", where=what, expected='"type": "FeatureCollection"', fix="重新导出"
    )


def _require_all_lines(path: Path, count: int, what: str) -> None:
    """GDAL passes over lines it cannot read; a lost feature must not go unnoticed."""
    found = sum(1 for _ in _records(path))
    if found == count:
        return
    for number, text in _records(path):
        try:
            feature = json.loads(text)
        except (ValueError, RecursionError):
            feature = None
        if not isinstance(feature, dict) or feature.get("type") not in _TYPES:
            raise LayerError(
                f"第 {number} 行（条）不是完整的 GeoJSON 要素",
                where=what,
                expected="每行一个要素",
                fix="改正或删去该行，或重新导出",
            )
    raise LayerError(f"有 {found} 行，只读出 {count} 个要素", where=what, fix="重新导出")


def _records(path: Path) -> Iterator[tuple[int, bytes]]:
    """Number and text of each line, or of each record where the file separates them by RS."""
    with path.open("rb") as stream:
        separated = _RECORD_SEPARATOR in stream.read(16)
        stream.seek(0)
        texts: Iterable[bytes] = stream.read().split(_RECORD_SEPARATOR)[1:] if separated else stream
        for number, text in enumerate(texts, start=1):
            plain = text.removeprefix(b"\xef\xbb\xbf").strip()
            if plain:
                yield number, plain


def _crs(found: Features) -> tuple[pyproj.CRS | None, tuple[IntakeFinding, ...]]:
    """RFC 7946 coordinates are degrees; GDAL says so even of a file whose numbers are metres."""
    if found.crs is None or found.crs.to_epsg() != 4326 or not isinstance(found.frame, gpd.GeoDataFrame):
        return found.crs, ()
    west, south, east, north = found.frame.total_bounds
    if not np.isfinite([west, south, east, north]).all() or (min(west, south) >= -180 and max(east, north) <= 180):
        return found.crs, ()
    message = (
        f"GeoJSON 没有写明坐标系（按标准应为经纬度），但坐标到 ({east:.0f}, {north:.0f})，不是经纬度；按没有坐标系处理"
    )
    return None, (IntakeFinding("warning", "crs", message),)


def _lost_geometries(path: Path, frame: object) -> tuple[IntakeFinding, ...]:
    """Features with a geometry in the text and none in the frame: GDAL drops what it cannot understand without a word."""
    if not isinstance(frame, gpd.GeoDataFrame) or path.stat().st_size > EXPLAINED_BYTES:
        return ()
    missing = frame.index[frame.geometry.isna()]
    if not len(missing):
        return ()
    try:
        data = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return ()
    features = data.get("features", [data]) if isinstance(data, dict) else []
    lost = [int(n) for n in missing if n <= len(features) and (features[n - 1] or {}).get("geometry") is not None]
    if not lost:
        return ()
    return (IntakeFinding("warning", "geometry_lost", f"{named_features(lost)}的坐标写法不对，读不出图形"),)
