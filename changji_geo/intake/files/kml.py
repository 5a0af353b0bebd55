"""A KML text (Google Earth, 奥维) -> one row a placemark: folder path, name, description, extended data, geometry."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from changji_geo.errors import InputError, LayerError
from changji_geo.intake.files.dbf import user_encoding
from changji_geo.intake.files.gdal_reading import named_features
from changji_geo.intake.files.text_encoding import known_encoding
from changji_geo.intake.findings import IntakeFinding
from changji_geo.intake.source import Source

MAX_KML_BYTES = 512 * 1024**2
"""A larger KML is refused: its text takes several times its size in memory."""

MAX_DEPTH = 100
"""Folders, multi-geometries and elements may be nested so deep."""

FOLDER_SEPARATOR: Final = "/"

_WHITE = re.compile(r"[\s\u3000\ufeff]+")
_TYPES: dict[str, type] = {
    "int": int, "uint": int, "short": int, "ushort": int, "float": float, "double": float, "bool": bool,
}  # fmt: skip
_SKIPPED_ZH = {
    "NetworkLink": "网络链接（NetworkLink）",
    "GroundOverlay": "地面叠加图片（GroundOverlay）",
    "ScreenOverlay": "屏幕叠加图片（ScreenOverlay）",
    "PhotoOverlay": "照片（PhotoOverlay）",
    "Model": "三维模型（Model）",
}
_GEOMETRIES = {"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "Track", "MultiTrack"}


def read_kml(path: Path, *, what: str, format_name: str, layer: str | None, encoding: str | None) -> Source:
    """Read the placemarks of a KML file in document order.

    Nothing outside the file is looked at: network links are not followed, a DTD or an entity is refused.

    Parameters
    ----------
    path : path
        The text: UTF-8, UTF-16, or what its XML declaration says (GBK too); a wrong declaration is noticed.
    what : str
        The file as the user knows it.
    format_name : str
        ``"kml"``, ``"kmz"``, ``"ovkml"`` or ``"ovkmz"``.
    layer : str, optional
        Only the placemarks of this folder and those below it: its name, or its path ``A/B``.
    encoding : str, optional
        Overrules the declaration.

    Returns
    -------
    Source
        Columns ``folder`` (names from the document down, joined by ``/``), ``name``, ``description`` (HTML as text), one
        for each name of ExtendedData, and ``geometry`` in EPSG:4326, with heights where the file has them. A MultiGeometry of
        one kind is a multi-part geometry, of several a collection. Placemarks without geometry have none.

    Raises
    ------
    LayerError
        Damaged XML (with line and column), a DTD, an unreadable encoding, or coordinates that are no numbers.
    """
    text, used, findings = _text(path, what, encoding)
    found = _Found()
    try:
        _walk(text, found, what)
    except DefusedXmlException as cause:
        raise LayerError(
            "KML 里有 DTD 或实体定义，可能会引用外部文件，拒绝读取", where=what, fix="重新导出 KML"
        ) from cause
    except ParseError as cause:
        line, column = cause.position
        raise LayerError(
            f"KML 已损坏（第 {line} 行第 {column + 1} 列：{_xml_fault(str(cause))}）",
            where=what,
            expected="完整的 XML",
            fix="重新导出，或在文本编辑器里改正该处",
        ) from cause
    except _BadPlacemarkError as cause:
        raise LayerError(
            f"第 {cause.number} 个地标“{cause.name}”{cause}", where=what, fix="在原软件中改正后重新导出"
        ) from cause
    findings.extend(_skipped(found))
    frame = _frame(found)
    if layer is not None:
        frame = _below(frame, layer, what)
    root = found.root_name or Path(what).stem
    return Source(
        Path(what), format_name, layer or root, frame, pyproj.CRS("EPSG:4326"), used, findings=tuple(findings)
    )


class _BadPlacemarkError(InputError):
    number = 0
    name = ""


@dataclass
class _Found:
    rows: list[dict[str, Any]] = field(default_factory=list)
    shapes: list[shapely.Geometry | None] = field(default_factory=list)
    types: dict[str, type] = field(default_factory=dict)
    schemas: dict[str, dict[str, type]] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    root_name: str = ""


def _text(path: Path, what: str, encoding: str | None) -> tuple[str, str, list[IntakeFinding]]:
    size = path.stat().st_size
    if size > MAX_KML_BYTES:
        raise LayerError(
            f"KML 有 {size / 1024**2:.0f} MB",
            where=what,
            expected=f"至多 {MAX_KML_BYTES // 1024**2} MB",
            fix="在原软件中分成几个文件导出",
        )
    raw = path.read_bytes()
    declared = re.match(rb"\s*(?:\xef\xbb\xbf)?\s*<\?xml[^>]*encoding\s*=\s*[\"']([^\"']+)", raw[:400])
    claim = known_encoding(declared.group(1).decode("latin-1")) if declared else "utf-8"
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        claim = "utf-16"
    told = user_encoding(encoding, what=what)
    for candidate in [told] if told else dict.fromkeys(c for c in (claim, "utf-8", "gb18030") if c):
        try:
            text = raw.decode("utf-8-sig" if candidate == "utf-8" else candidate)
        except UnicodeDecodeError:
            continue
        findings = []
        if candidate != claim:
            findings.append(
                IntakeFinding("warning", "encoding", f"文件声明的编码是 {claim or '认不出的'}，实际按 {candidate} 读通")
            )
        return text, candidate, findings
    if told:
        raise LayerError(f"文字不是 --encoding 指定的编码 {encoding}", where=what, fix="改正或去掉 --encoding")
    raise LayerError("文字编码无法识别", where=what, expected="UTF-8 或 GBK", fix="重新导出为 UTF-8 的 KML")


def _walk(text: str, found: _Found, what: str) -> None:
    """Go through the document once; each placemark is dropped when its row is made."""
    text = re.sub(r"^\s*<\?xml.*?\?>", "", text.lstrip("\ufeff \t\r\n"), count=1, flags=re.DOTALL)
    stack: list[Element] = []
    for event, element in iterparse(io.BytesIO(text.encode("utf-8")), events=("start", "end"), forbid_dtd=True):
        if event == "start":
            stack.append(element)
            if len(stack) > MAX_DEPTH:
                raise LayerError(f"KML 的标签套了 {MAX_DEPTH} 层以上", where=what, fix="重新导出")
            continue
        stack.pop()
        tag = _tag(element)
        if tag == "Placemark":
            _add_placemark(element, [_own_name(e) for e in stack if _tag(e) in ("Folder", "Document")], found)
        elif tag == "Schema":
            fields = {
                e.get("name", ""): _TYPES.get(e.get("type", ""), str) for e in element if _tag(e) == "SimpleField"
            }
            found.schemas[element.get("id", "")] = fields
        elif tag == "Document" and not found.root_name:
            found.root_name = _own_name(element)
        elif tag in _SKIPPED_ZH:
            found.skipped[tag] = found.skipped.get(tag, 0) + 1
        if tag in ("Placemark", "Style", "StyleMap", *_SKIPPED_ZH) and stack and _tag(stack[-1]) != "Placemark":
            stack[-1].remove(element)


def _add_placemark(element: Element, folders: list[str], found: _Found) -> None:
    row: dict[str, Any] = {"folder": FOLDER_SEPARATOR.join(f for f in folders if f)}
    row["name"], row["description"] = _child_text(element, "name"), _child_text(element, "description")
    try:
        for name, value, kind in _extended(element, found.schemas):
            key = f"{name}_1" if name in ("folder", "name", "description", "geometry") else name
            row[key] = value
            found.types.setdefault(key, kind)
        shapes = [s for child in element if _tag(child) in _GEOMETRIES for s in _shapes(child)]
        found.shapes.append(_joined(shapes))
    except _BadPlacemarkError as cause:
        cause.number, cause.name = len(found.rows) + 1, row["name"] or ""
        raise
    found.rows.append(row)


def _extended(element: Element, schemas: dict[str, dict[str, type]]) -> Iterator[tuple[str, str | None, type]]:
    for block in element:
        if _tag(block) != "ExtendedData":
            continue
        for entry in block:
            if _tag(entry) == "Data":
                name, value = entry.get("name") or _child_text(entry, "displayName"), _child_text(entry, "value")
                if name:
                    yield name, value, str
            elif _tag(entry) == "SchemaData":
                types = schemas.get(entry.get("schemaUrl", "").rpartition("#")[2], {})
                for cell in entry:
                    if _tag(cell) == "SimpleData" and cell.get("name"):
                        name = str(cell.get("name"))
                        yield name, _clean(cell.text), types.get(name, str)


def _shapes(element: Element) -> list[Any]:
    tag = _tag(element)
    if tag in ("MultiGeometry", "MultiTrack"):
        return [s for child in element if _tag(child) in _GEOMETRIES for s in _shapes(child)]
    if tag == "Polygon":
        rings = {"outerBoundaryIs": [], "innerBoundaryIs": []}  # type: dict[str, list[list[tuple[float, ...]]]]
        for boundary in element:
            for ring in boundary:
                if _tag(boundary) in rings and _tag(ring) == "LinearRing":
                    rings[_tag(boundary)].append(_closed(_coordinates(ring)))
        outer = [r for r in rings["outerBoundaryIs"] if r]
        if len(outer) > 1:
            raise _BadPlacemarkError("的一个多边形有两条外边界")
        polygon = [_build(shapely.Polygon, outer[0], [r for r in rings["innerBoundaryIs"] if r])] if outer else []
        return [s if not shapely.has_z(s) or _all_heights(s) else shapely.force_2d(s) for s in polygon]
    points = _even(_track(element) if tag == "Track" else _coordinates(element))
    if not points:
        return []
    if tag == "Point" or len(points) == 1:
        return [_build(shapely.Point, points[0])]
    return [_build(shapely.LineString, _closed(points) if tag == "LinearRing" else points)]


def _build(make: Any, *coordinates: Any) -> Any:
    try:
        return make(*coordinates)
    except (ValueError, shapely.errors.ShapelyError) as cause:
        raise _BadPlacemarkError("的坐标个数前后不一，或点数不够") from cause


def _coordinates(element: Element) -> list[tuple[float, ...]]:
    text = next((child.text or "" for child in element if _tag(child) == "coordinates"), "")
    # "87.1, 44.2, 0 87.3, 44.4, 0" is common by hand: a blank after a comma does not end a point
    tight = re.sub(r"\s*,\s*", ",", text.strip())
    return [_numbers(point.split(",")) for point in _WHITE.split(tight) if point.strip(",")]


def _track(element: Element) -> list[tuple[float, ...]]:
    return [_numbers((child.text or "").split()) for child in element if _tag(child) == "coord" and _clean(child.text)]


def _numbers(parts: list[str]) -> tuple[float, ...]:
    try:
        numbers = tuple(float(p) for p in parts[:3] if p)
    except ValueError as cause:
        raise _BadPlacemarkError(f"的坐标“{','.join(parts)[:40]}”不是数字") from cause
    if len(numbers) < 2:
        raise _BadPlacemarkError(f"的坐标“{','.join(parts)[:40]}”不全")
    return numbers


def _even(points: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """Points of which only some have heights lose them: shapely takes one dimension a line."""
    width = min(map(len, points), default=0)
    return [p[:width] for p in points]


def _closed(points: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
    ring = _even(points)
    return [*ring, ring[0]] if ring and ring[0] != ring[-1] else ring


def _all_heights(shape: shapely.Geometry) -> bool:
    return bool(np.isfinite(shapely.get_coordinates(shape, include_z=True)[:, 2]).all())


def _joined(shapes: list[Any]) -> Any:
    if len(shapes) < 2:
        return shapes[0] if shapes else None
    if len({shapely.has_z(s) for s in shapes}) > 1:
        shapes = [shapely.force_2d(s) for s in shapes]
    kinds = {s.geom_type for s in shapes}
    if len(kinds) > 1:
        return shapely.GeometryCollection(shapes)
    kind = kinds.pop()
    if kind == "Point":
        return shapely.multipoints(shapes)
    return shapely.multilinestrings(shapes) if kind == "LineString" else shapely.multipolygons(shapes)


def _frame(found: _Found) -> gpd.GeoDataFrame:
    names = list(dict.fromkeys(["folder", "name", "description", *(k for row in found.rows for k in row)]))
    columns = {name: _typed([row.get(name) for row in found.rows], found.types.get(name, str)) for name in names}
    index = pd.RangeIndex(1, len(found.rows) + 1)
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(found.shapes, index=index), index=index)


def _typed(values: list[str | None], kind: type) -> pd.Series | list[Any]:
    """Texts as the schema's type where every one of them is of it."""
    index = pd.RangeIndex(1, len(values) + 1)
    if kind in (int, float):
        numbers = pd.to_numeric(pd.Series(values, index=index, dtype="str"), errors="coerce")
        if (numbers.isna() == pd.isna(pd.Series(values, index=index, dtype="str"))).all():
            return numbers
    return pd.Series(values, index=index, dtype="str")


def _below(frame: gpd.GeoDataFrame, layer: str, what: str) -> gpd.GeoDataFrame:
    paths = frame["folder"].astype(str)
    wanted = paths.map(
        lambda p: layer in p.split(FOLDER_SEPARATOR) or p == layer or p.startswith(layer + FOLDER_SEPARATOR)
    )
    if not wanted.any():
        names = "、".join(dict.fromkeys(p for p in paths if p)) or "（没有文件夹）"
        raise InputError(f"没有文件夹“{layer}”", where=what, expected=names[:400], fix="改写 --layer，或去掉它读取全部")
    return frame[wanted.to_numpy()]


def _skipped(found: _Found) -> Iterator[IntakeFinding]:
    for tag, count in found.skipped.items():
        yield IntakeFinding("warning", "skipped", f"{count} 个{_SKIPPED_ZH[tag]}没有读取")
    missing = [number for number, shape in enumerate(found.shapes, start=1) if shape is None]
    if missing:
        yield IntakeFinding("info", "no_geometry", f"{named_features(missing)}（地标）没有图形")


def _xml_fault(text: str) -> str:
    words = {
        "unbound prefix": "用了没有声明的前缀",
        "not well-formed": "有不合规的字符，如没有写成 &amp; 的 &",
        "mismatched tag": "标签没有配对",
        "no element found": "文件在中途断了",
        "unclosed": "标签没有写完",
        "undefined entity": "有没定义的实体，如 &nbsp;",
    }
    return next((chinese for english, chinese in words.items() if english in text), text)


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _own_name(element: Element) -> str:
    return (_child_text(element, "name") or "").replace(FOLDER_SEPARATOR, "／")


def _child_text(element: Element, tag: str) -> str | None:
    return next((_clean("".join(child.itertext())) for child in element if _tag(child) == tag), None)


def _clean(text: str | None) -> str | None:
    return (text or "").strip() or None
