"""One cell's text -> the vertices of a shape, or the shape: vertex lists, coordinate pairs, WKT, EWKT and GeoJSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import numpy as np
import shapely

from changji_geo.intake.coordinates.coordtext import (
    NOT_FILLED,
    NUMBER,
    CoordinateTextError,
    Packed,
    Pair,
    Unit,
    is_plain,
    parse_pair,
    tokens_of,
)
from changji_geo.intake.coordinates.plaintext import is_blank, plain_text, shown


@dataclass(frozen=True, slots=True)
class CellShape:
    """What one cell holds: a point (one pair), a polygon (three vertices or more) or whatever the WKT says.

    ``srid`` is the EPSG code of an EWKT cell. ``labelled``: the text says which number is the longitude or the X.
    ``closed_here``: the ring did not end where it began.
    """

    geometry: shapely.Geometry
    unit: Unit
    srid: int | None = None
    labelled: bool = False
    closed_here: bool = False


_WKT = re.compile(
    r"(?:SRID\s*=\s*(?P<srid>\d+)\s*;)?\s*(?P<wkt>(?:MULTI)?(?:POINT|LINESTRING|POLYGON)\b.*|GEOMETRYCOLLECTION\b.*)",
    re.I | re.S,
)


def parse_shape(cell: object, *, packed: Packed | None = None) -> CellShape:
    """The shape that one cell describes.

    Parameters
    ----------
    cell : str
        WKT, EWKT (``SRID=4490;POLYGON((…))``), a GeoJSON geometry, one pair of coordinates, or a list of vertices.
    packed : "dd.mmss", optional
        As in `changji_geo.intake.coordinates.coordtext.parse_angle`; not for WKT and GeoJSON.

    Returns
    -------
    CellShape
        One pair gives a point, three or more different vertices a polygon whose ring is closed. Degrees stay in the order
        written unless the text labels them.

    Raises
    ------
    CoordinateTextError
        When the cell is blank or broken, or lists two vertices, which enclose nothing.

    Examples
    --------
    >>> parse_shape("SRID=4490;POINT (87.3 44)").srid
    4490
    >>> parse_shape("87.1,44.0;87.2,44.0;87.2,44.1").geometry.wkt
    'POLYGON ((87.1 44, 87.2 44, 87.2 44.1, 87.1 44))'
    """
    if is_blank(cell):
        raise CoordinateTextError(NOT_FILLED)
    text = str(cell).strip()
    wkt = _WKT.fullmatch(text)
    if wkt or text.startswith("{"):
        return _geometry_text(text, wkt, cell)
    points = parse_vertices(cell, packed=packed)
    units = {p.unit for p in points}
    if len(units) > 1:
        raise CoordinateTextError(f"“{shown(cell)}”里有的点是度，有的是米")
    unit, labelled = points[0].unit, points[0].labelled
    xy = [(p.x, p.y) for p in points]
    if len(xy) == 1:
        return CellShape(shapely.Point(xy[0]), unit, labelled=labelled)
    if len(set(xy)) < 3:
        raise CoordinateTextError(f"只有 {len(set(xy))} 个不同的点，围不成面")
    return CellShape(shapely.Polygon(xy), unit, labelled=labelled, closed_here=xy[0] != xy[-1])


def parse_vertices(cell: object, *, packed: Packed | None = None) -> tuple[Pair, ...]:
    """A list of vertices from one cell, in the order written.

    Parameters
    ----------
    cell : str
        Pairs separated by semicolons, new lines or bars (``87.1,44.0;87.2,44.0``), by commas (``87.1 44.0, 87.2 44.0``) or by
        spaces (``87.1,44.0 87.2,44.0``), pairs in degrees-minutes-seconds, numbered points (``J1,…``, ``①…``), or a JSON list
        (``[[87.1, 44.0], …]``). WKT is for `parse_shape`.
    packed : "dd.mmss", optional
        As in `parse_angle`.

    Raises
    ------
    CoordinateTextError
        When a vertex cannot be read; the message has its number.

    Examples
    --------
    >>> [(p.x, p.y) for p in parse_vertices("87.1,44.0;87.2,44.0；87.2，44.1")]
    [(87.1, 44.0), (87.2, 44.0), (87.2, 44.1)]
    """
    if is_blank(cell):
        raise CoordinateTextError(NOT_FILLED)
    text = plain_text(cell)
    if text.startswith("["):
        return _from_json(text, cell)
    chunks = _vertex_chunks(text, cell)
    if not chunks:
        raise CoordinateTextError(f"“{shown(cell)}”里没有坐标")
    out = []
    for number, chunk in enumerate(chunks, start=1):
        try:
            out.append(parse_pair(chunk, packed=packed))
        except CoordinateTextError as cause:
            which = f"第 {number} 个点：" if len(chunks) > 1 else ""
            raise CoordinateTextError(which + cause.problem) from cause
    return tuple(out)


def _vertex_chunks(text: str, cell: object) -> list[str]:
    text = re.sub(r"\)\s*,?\s*\(", ";", text)  # (87.1,44.0),(87.2,44.0)
    parts = re.split(r"[;\n|]|→|->|(?=\(\d{1,3}\)\s*[-+\dEWNS])", text, flags=re.I)
    chunks = [c for c in (_without_number(part.strip(" ,")) for part in parts) if c.strip("() ")]
    counts = [len(tokens_of(chunk) or ()) for chunk in chunks]
    if len(chunks) > 1 and set(counts) == {1}:
        chunks = [",".join(chunks)]  # 87.3;44.0: the semicolon stands between the two numbers of a pair
    elif counts == [3, 3]:
        chunks = [" ".join(chunks)]  # 87 18 30; 44 0 36
    if len(chunks) != 1:
        return chunks
    only = chunks[0].strip("() ")
    by_comma = [p.strip() for p in only.split(",") if p.strip()]
    by_space = [p.strip(" ,") for p in only.split() if p.strip(" ,")]
    plain = re.compile(rf"[-+]?(?:{NUMBER})")
    if len(by_comma) > 1 and all(len(p.split()) == 2 and all(map(plain.fullmatch, p.split())) for p in by_comma):
        return by_comma
    if len(by_space) > 1 and all(len(p.split(",")) in (2, 3) for p in by_space):
        return [",".join(p.split(",")[:2]) for p in by_space]  # KML style; a third number is the height
    tokens = tokens_of(only)
    if tokens and len(tokens) % 2 == 0 and not any(map(is_plain, tokens)):
        words = [t.group().strip() for t in tokens]
        return [f"{a} {b}" for a, b in zip(words[::2], words[1::2], strict=True)]
    if tokens and len(tokens) % 2 == 0 and len(by_comma) == len(tokens) > 2:
        values = [float(p) for p in by_comma] if all(map(plain.fullmatch, by_comma)) else [0.0] * len(by_comma)
        if all(_plausible(a, b) or _plausible(b, a) for a, b in zip(values[::2], values[1::2], strict=True)):
            return [f"{a},{b}" for a, b in zip(by_comma[::2], by_comma[1::2], strict=True)]
        raise CoordinateTextError(f"“{shown(cell)}”分不清哪两个数是一对；点与点之间用分号或换行隔开")
    return chunks


def _plausible(x: float, y: float) -> bool:
    """A longitude and a latitude of China, or an easting and a northing."""
    return (73.0 <= x <= 136.0 and 3.0 <= y <= 54.0) or (min(x, y) > 1e5 and 1.9e6 <= y <= 6e6)


def _without_number(chunk: str) -> str:
    """A vertex without its number: ``J1,``, ``P12 ``, ``拐点3:``, ``(4)``, ``5、``; never E87 or X=."""
    return _VERTEX_NUMBER.sub("", chunk).strip(" ,:")


_VERTEX_NUMBER = re.compile(
    r"""^(?: (?: (?![EWNSXY]\d) [A-Z]{1,2} | 拐点 | 界址点 | 顶点 | 点 ) \s*\d+\s*[:,.)\s]   # J1, P12: 拐点3
       | \(\d{1,4}\) | \d{1,4}\)                                                        # (4) 5)
       | \d{1,3},\s*(?=[-+\d.]+\s*,\s*[-+\d.]+$) )\s*                                   # 1,87.1,44.0""",
    re.I | re.X,
)


def _geometry_text(text: str, wkt: re.Match[str] | None, cell: object) -> CellShape:
    read, body = (shapely.from_wkt, wkt["wkt"]) if wkt else (shapely.from_geojson, text)
    try:
        shape = read(body, on_invalid="ignore")
        closed_here = shape is None  # a ring that does not end where it began is no valid WKT
        shape = read(body, on_invalid="fix") if closed_here else shape
    except shapely.errors.GEOSException:
        shape = None
    if shape is None:
        raise CoordinateTextError(f"“{shown(cell)}”是不完整或写错的 {'WKT' if wkt else 'GeoJSON'}")
    if shape.is_empty:
        raise CoordinateTextError(f"“{shown(cell)}”是空的几何")
    size = np.abs(shapely.get_coordinates(shape)).max()
    if not np.isfinite(size):
        raise CoordinateTextError(f"“{shown(cell)}”里有不是数的坐标")
    unit: Unit = "metres" if size > 180.0 else "degrees"
    srid = int(wkt["srid"]) if wkt and wkt["srid"] else None
    return CellShape(shape, unit, srid or None, closed_here=closed_here)


def _from_json(text: str, cell: object) -> tuple[Pair, ...]:
    try:
        points = json.loads(text)
        while points and isinstance(points[0][0], list) and len(points) == 1:
            points = points[0]  # the one ring of a GeoJSON polygon
        pairs = [(float(p[0]), float(p[1])) for p in points]
        if not np.isfinite(pairs).all():
            raise ValueError("not finite")
    except (ValueError, TypeError, IndexError, KeyError) as cause:
        raise CoordinateTextError(f"“{shown(cell)}”不是 [[x, y], …] 形式的坐标列表") from cause
    if not pairs:
        raise CoordinateTextError(f"“{shown(cell)}”里没有坐标")
    metres = any(abs(value) > 180.0 for pair in pairs for value in pair)
    return tuple(Pair(x, y, "metres" if metres else "degrees") for x, y in pairs)
