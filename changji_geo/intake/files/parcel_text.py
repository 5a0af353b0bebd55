"""The land offices' coordinate exchange text (坐标交换格式: [属性描述] … [地块坐标] …) -> one row a parcel, and its CRS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from changji_geo.errors import CRSError, InputError, LayerError
from changji_geo.gauss_kruger import GaussDatum, Zone
from changji_geo.intake.files.dbf import user_encoding
from changji_geo.intake.files.formats import read_head
from changji_geo.intake.files.text_encoding import Detected, detect_encoding, encoding_zh
from changji_geo.intake.findings import IntakeFinding
from changji_geo.intake.source import Source

ATTRIBUTES = (
    "界址点数", "地块面积(公顷)", "地块编号", "地块名称", "图形属性", "图幅号", "地块用途", "地类编码",
)  # fmt: skip
"""What stands before the ``@`` of a parcel's line, in this order; further ones are ``属性9`` and so on."""

MAX_PARCEL_TEXT_BYTES = 256 * 1024**2
"""A larger text is refused."""

_HEADINGS = re.compile(r"[\[【]\s*(属性描述|地块坐标)\s*[\]】]")
_PREFIXED = 1e7


def is_parcel_text(path: Path) -> bool:
    """Whether a text file is of this format, by the heading of a section in its first lines."""
    head = read_head(path, 4096)
    return any(_HEADINGS.search(head.decode(encoding, "ignore")) for encoding in ("utf-8", "gb18030"))


def read_parcel_text(path: Path, *, encoding: str | None) -> Source:
    """Read the parcels.

    Parameters
    ----------
    path : path
        Lines ``key=value`` below ``[属性描述]``; below ``[地块坐标]`` a line of attributes that ends in ``@`` begins a
        parcel, and each line ``point,ring,X,Y`` is a vertex of it (X northing, Y easting, metres; degrees are recognised).
    encoding : str, optional
        Overrules what the bytes say.

    Returns
    -------
    Source
        Columns `ATTRIBUTES` and ``geometry``: a ring inside another one is a hole, one beside it a further part. ``crs`` comes
        from 坐标系, 几度分带 and 带号, with a finding; None where they do not tell, or contradict the coordinates.

    Raises
    ------
    LayerError
        No parcel at all or none that can be read, a vertex before the first one, a wrong `encoding`.

    Notes
    -----
    A parcel with a line that cannot be read, without coordinates, or with a ring of too few points is left out; a finding of
    level "error" has the parcel's number as its row and names the line.
    """
    what = str(path)
    text, used, findings = _decoded(path, encoding)
    header, everything = _parse(text, what)
    findings += [f for p in everything if (f := p.finding()) is not None]
    parcels = [p for p in everything if not p.fault]
    if not parcels:
        raise LayerError(f"没有一个地块能用。{everything[0].fault}", where=what, fix="改正后重新导入")
    swapped = _is_swapped(parcels)
    if swapped:
        findings.append(
            IntakeFinding("warning", "axis_order", "坐标按“东坐标,北坐标”排列，与格式规定的“X 北,Y 东”相反，已对调")
        )
    crs, told = _crs(header, parcels, swapped=swapped)
    findings.append(told)
    width = max(len(p.attributes) for p in parcels)
    names = [*ATTRIBUTES, *(f"属性{k}" for k in range(len(ATTRIBUTES) + 1, width + 1))]
    index = pd.Index([p.number for p in parcels], dtype="int64")
    columns = {n: _column([p.attribute(k) for p in parcels], index) for k, n in enumerate(names)}
    shapes = gpd.GeoSeries([_shape(p, swapped) for p in parcels], index=index)
    frame = gpd.GeoDataFrame(columns, geometry=shapes, index=index)
    return Source(path, "parcel_text", path.stem, frame, crs, used, findings=tuple(findings))


@dataclass
class _Parcel:
    """A parcel while it is read; ``fault`` says in Chinese what makes it unusable, "" of a good one."""

    number: int
    line: int
    attributes: list[str]
    rings: list[tuple[str, list[tuple[float, float]]]] = field(default_factory=list)
    fault: str = ""

    @property
    def kind(self) -> str:
        return self.attribute(4) or "面"

    def attribute(self, k: int) -> str | None:
        return (self.attributes[k] or None) if k < len(self.attributes) else None

    def finding(self) -> IntakeFinding | None:
        return IntakeFinding("error", "parcel", self.fault, row=self.number) if self.fault else None

    def refuse(self, fault: str) -> None:
        """The first reason stays."""
        self.fault = self.fault or fault

    def add(self, ring: str, point: tuple[float, float]) -> None:
        if not self.rings or self.rings[-1][0] != ring:
            self.rings.append((ring, []))
        self.rings[-1][1].append(point)


def _decoded(path: Path, encoding: str | None) -> tuple[str, str, list[IntakeFinding]]:
    what = str(path)
    if path.stat().st_size > MAX_PARCEL_TEXT_BYTES:
        limit = f"至多 {MAX_PARCEL_TEXT_BYTES // 1024**2} MB"
        raise LayerError("文件太大", where=what, expected=limit, fix="分成几个文件")
    raw = path.read_bytes()
    told = user_encoding(encoding, what=what)
    if told is not None:
        try:
            text = raw.decode("utf-8-sig" if told == "utf-8" else told)
        except UnicodeDecodeError as cause:
            line = raw.count(b"\n", 0, cause.start) + 1
            raise LayerError(
                f"文字不是 --encoding 指定的编码（第 {line} 行读不通）",
                where=what,
                expected=encoding_zh(detect_encoding(raw.splitlines()).encoding),
                fix="改正或去掉 --encoding",
            ) from cause
        return text, told, [IntakeFinding("info", "encoding", str(Detected(told, "按 --encoding 指定")))]
    found = detect_encoding(raw.splitlines())
    text = raw.decode("utf-8-sig" if found.encoding == "utf-8" else found.encoding, "replace")
    return text, found.encoding, [IntakeFinding("info" if found.sure else "warning", "encoding", str(found))]


def _parse(text: str, what: str) -> tuple[dict[str, str], list[_Parcel]]:
    header: dict[str, str] = {}
    parcels: list[_Parcel] = []
    in_coordinates = False
    for number, line in enumerate(text.splitlines(), start=1):
        plain = line.strip().strip("\ufeff{}｛｝").replace("，", ",").strip()
        heading = _HEADINGS.search(plain)
        if heading:
            in_coordinates = heading.group(1) == "地块坐标"
        elif not in_coordinates and "=" in plain:
            key, _, value = plain.partition("=")
            header[key.strip()] = value.strip()
        elif in_coordinates and plain.endswith("@"):
            attributes = [a.strip() for a in plain.rstrip("@").rstrip(",").split(",")]
            parcels.append(_Parcel(len(parcels) + 1, number, attributes))
        elif in_coordinates and plain:
            _add_vertex(plain, number, parcels, what)
    if not parcels:
        raise LayerError("没有地块（[地块坐标] 下没有以 @ 结尾的行）", where=what, fix="检查文件是否完整")
    for parcel in parcels:
        if not parcel.rings:
            parcel.refuse(f"地块没有坐标（第 {parcel.line} 行）")
        least, word = {"点": (1, "圈"), "线": (2, "线")}.get(parcel.kind, (3, "圈"))
        for ring, points in parcel.rings:
            if (count := len(set(points))) < least:
                parcel.refuse(f"第 {ring} {word}只有 {count} 个不同的点（地块在第 {parcel.line} 行）")
    return header, parcels


def _add_vertex(line: str, number: int, parcels: list[_Parcel], what: str) -> None:
    cells = [c.strip() for c in line.split(",")]
    if not parcels:
        raise LayerError(
            "坐标前面没有地块的属性行",
            where=f"{what} 第 {number} 行",
            expected="界址点数,面积,编号,名称,面,图幅号,用途,地类,@",
            fix="补上地块的属性行",
        )
    try:
        _, ring, first, second = cells[:4]
        point = (float(first), float(second))
    except ValueError:
        parcels[-1].refuse(f"第 {number} 行读不懂：“{line[:60]}”，应为“点号,圈号,X 坐标,Y 坐标”")
        return
    if not np.isfinite(point).all():
        parcels[-1].refuse(f"第 {number} 行的坐标不是数字：“{line[:60]}”")
        return
    parcels[-1].add(ring, point)


def _all_points(parcels: list[_Parcel]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([point for parcel in parcels for _, ring in parcel.rings for point in ring])


def _is_swapped(parcels: list[_Parcel]) -> bool:
    """Whether the easting (or longitude) comes first; the format wants the northing there."""
    first, second = np.median(_all_points(parcels), axis=0)
    if max(first, second) <= 180:
        return bool(first > second)  # in China the longitude (73-136) is always larger than the latitude (3-54)
    if max(first, second) >= _PREFIXED:
        return bool(first >= _PREFIXED)
    return bool(first < second and second > 1.5e6)  # eastings without prefix stay below 1 million


def _crs(header: dict[str, str], parcels: list[_Parcel], *, swapped: bool) -> tuple[pyproj.CRS | None, IntakeFinding]:
    datum = _datum(header.get("坐标系", ""))
    points = _all_points(parcels)
    easting = points[:, 0 if swapped else 1]
    stated = f"坐标系“{header.get('坐标系', '')}”，{header.get('几度分带', '?')} 度带，{header.get('带号') or '?'} 带"
    if datum is None:
        return None, IntakeFinding("warning", "crs", f"文件没有写明认得出的坐标系（{stated}），按没有坐标系处理")
    if np.abs(points).max() <= 180:
        code = {"cgcs2000": 4490, "xian80": 4610, "beijing54": 4214}[datum]
        return pyproj.CRS.from_epsg(code), IntakeFinding(
            "info", "crs", f"按文件写明的坐标系读取：{stated}，经纬度（EPSG:{code}）"
        )
    try:
        number = int(float(header.get("带号") or "nan"))
        width = int(float(header.get("几度分带") or "nan"))
        if width not in (3, 6):
            raise ValueError(width)
        zone = Zone(3 if width == 3 else 6, number)
    except (ValueError, InputError, CRSError):
        return None, IntakeFinding("warning", "crs", f"文件写明的分带不全或不存在（{stated}），由坐标推断")
    prefixes = {int(e // 1e6) for e in easting}
    prefixed = bool((easting >= _PREFIXED).all())
    if prefixed and prefixes != {number}:
        listed = "、".join(map(str, sorted(prefixes)))
        return None, IntakeFinding("warning", "crs", f"文件写明{stated}，坐标里的带号却是 {listed}；不采用，由坐标推断")
    code = zone.epsg(datum, prefixed=prefixed)
    return pyproj.CRS.from_epsg(code), IntakeFinding("info", "crs", f"按文件写明的坐标系读取：{stated}（EPSG:{code}）")


def _datum(text: str) -> GaussDatum | None:
    if "80" in text or "西安" in text:
        return "xian80"
    if "54" in text or "北京" in text:
        return "beijing54"
    return "cgcs2000" if "2000" in text else None


def _shape(parcel: _Parcel, swapped: bool) -> shapely.Geometry:
    rings = [ring if swapped else [(y, x) for x, y in ring] for _, ring in parcel.rings]
    if parcel.kind == "点":
        points = [p for ring in rings for p in ring]
        return shapely.Point(points[0]) if len(points) == 1 else shapely.MultiPoint(points)
    if parcel.kind == "线":
        lines = [shapely.LineString(ring) for ring in rings]
        return lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)
    polygons = list(_polygons(rings))
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _polygons(rings: list[list[tuple[float, float]]]) -> Iterator[shapely.Polygon]:
    """Shells with their holes: a ring inside an odd number of others is a hole of the smallest one around it."""
    areas = sorted((shapely.Polygon(ring) for ring in rings), key=lambda p: -p.area)
    holes: dict[int, list[Any]] = {}
    for k, ring in enumerate(areas):
        inner = ring.representative_point()
        around = [j for j in range(k) if areas[j].contains(inner)]
        if len(around) % 2:
            holes.setdefault(around[-1], []).append(ring.exterior)
        else:
            holes.setdefault(k, [])
    for k in sorted(holes):
        yield shapely.Polygon(areas[k].exterior, holes[k])


def _column(values: list[str | None], index: pd.Index[int]) -> pd.Series:
    texts = pd.Series(values, index=index, dtype="str")
    numbers = pd.to_numeric(texts, errors="coerce")
    plain = not texts.dropna().str.match(r"0\d").any() and texts.notna().any()
    return numbers if plain and (numbers.isna() == texts.isna()).all() else texts
