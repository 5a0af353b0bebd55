"""A DXF drawing -> its entities, closed polylines as polygons; a drawing says nothing of its CRS."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from changji_geo.errors import LayerError
from changji_geo.intake.files.dbf import decode_frame, user_encoding
from changji_geo.intake.files.formats import read_head
from changji_geo.intake.files.gdal_reading import plain_copy, read_features
from changji_geo.intake.files.text_encoding import known_encoding
from changji_geo.intake.findings import SHOWN_ROWS, IntakeFinding
from changji_geo.intake.source import Source

CLOSING_SHARE = 1e-4
"""Ends of a polyline that are nearer to each other than this share of its length meet: 0.1 m on a 1 km outline."""

_UNICODE_SINCE = "AC1021"
_ESCAPE = re.compile(r"\\U\+([0-9A-Fa-f]{4})")
_COLUMNS = ("Layer", "Text", "Linetype", "EntityHandle")


def read_dxf(path: Path, *, layer: str | None, encoding: str | None, scratch: Path) -> Source:
    """Read the entities of a text DXF.

    Parameters
    ----------
    path : path
        The drawing; AutoCAD 2004 and older in the code page it names, newer in UTF-8; the texts' bytes are looked at.
    layer : str, optional
        Only the entities of this drawing layer.
    encoding : str, optional
        Overrules the code page.
    scratch : path
        An empty folder.

    Returns
    -------
    Source
        Columns ``Layer`` (the drawing layer), ``Text``, ``Linetype``, ``EntityHandle`` and ``geometry``. Polylines that are
        closed, or whose ends meet within `CLOSING_SHARE` of their length, become polygons; texts stay points; lines, points
        and filled areas stay what they are; arcs are chords of 4 degrees, at most 0.06 % of the radius off. ``crs`` is None.

    Raises
    ------
    LayerError
        A damaged drawing, or no such drawing layer.
    """
    what = str(path)
    told = user_encoding(encoding, what=what)
    pyogrio.set_gdal_config_options({"DXF_ENCODING": "ISO-8859-1"})
    try:
        found = read_features(plain_copy(path, scratch), drivers=("DXF",), what=what)
    finally:
        pyogrio.set_gdal_config_options({"DXF_ENCODING": None})
    version, page = _declared(read_head(path))
    declared = "utf-8" if version >= _UNICODE_SINCE else page
    frame, name, texts = decode_frame(
        found.frame, what=what, encoding=told, declared=declared, declared_by="图形文件头"
    )
    columns = {c: _unescaped(frame[c]) for c in _COLUMNS if c in frame.columns}
    frame = gpd.GeoDataFrame(columns, geometry=frame["geometry"], index=frame.index)
    if layer is not None:
        frame = _of_layer(frame, layer, what)
    polygons, closing = close_polylines(frame)
    return Source(path, "dxf", layer or path.stem, polygons, None, name, findings=(*texts, *found.findings, *closing))


def close_polylines(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, tuple[IntakeFinding, ...]]:
    """Polygons for the lines that go round.

    Parameters
    ----------
    frame : GeoDataFrame
        Entities; not altered.

    Returns
    -------
    frame : GeoDataFrame
        A LineString becomes a Polygon when it has at least three different corners and its ends are the same point, or
        nearer than `CLOSING_SHARE` of its length.
    findings : tuple of IntakeFinding
        How many were closed; each one whose ends did not quite meet, with the gap.
    """
    shapes = frame.geometry.to_numpy()
    gaps = np.full(len(shapes), np.inf)
    lines = np.flatnonzero((shapely.get_type_id(shapes) == 1) & (shapely.get_num_coordinates(shapes) >= 4))
    gaps[lines] = shapely.distance(shapely.get_point(shapes[lines], 0), shapely.get_point(shapes[lines], -1))
    length = shapely.length(shapes)
    closing = np.flatnonzero(np.nan_to_num(gaps, nan=np.inf) <= length * CLOSING_SHARE)
    rings = [_ring(shapes[k], exact=gaps[k] == 0) for k in closing]
    good = [(k, ring) for k, ring in zip(closing, rings, strict=True) if ring is not None]
    if not good:
        return frame, ()
    out = shapes.copy()
    for k, ring in good:
        out[k] = ring
    numbers = frame.index.to_numpy()
    findings = [IntakeFinding("info", "closed_polylines", f"{len(good)} 条闭合的多段线转为多边形")]
    open_ones = [k for k, _ in good if gaps[k] > 0]
    for k in open_ones[:SHOWN_ROWS]:
        message = f"首尾相距 {gaps[k]:.3g}（图形单位），按闭合处理，转为多边形"
        findings.append(IntakeFinding("repair", "closed_ends", message, row=int(numbers[k])))
    if len(open_ones) > SHOWN_ROWS:
        findings.append(IntakeFinding("repair", "closed_ends", f"首尾没有接上而按闭合处理的共 {len(open_ones)} 条"))
    return frame.set_geometry(gpd.GeoSeries(out, index=frame.index)), tuple(findings)


def _ring(line: shapely.LineString, *, exact: bool) -> shapely.Polygon | None:
    points = shapely.get_coordinates(line, include_z=bool(shapely.has_z(line)))
    points[-1] = points[0]
    if len(points) < 4 or (not exact and len(np.unique(points[:-1, :2], axis=0)) < 3):
        return None
    polygon = shapely.Polygon(points)
    return polygon if polygon.area > 0 else None


def _unescaped(texts: pd.Series) -> pd.Series:
    r"""``\U+5929`` -> 天: how AutoCAD writes what its code page lacks."""
    return texts.map(lambda t: _ESCAPE.sub(lambda m: chr(int(m[1], 16)), t) if isinstance(t, str) else t)


def _declared(head: bytes) -> tuple[str, str | None]:
    """``$ACADVER`` and the encoding of ``$DWGCODEPAGE`` in the header section."""
    values = dict(re.findall(rb"\$(ACADVER|DWGCODEPAGE)\s+\d+\s+(\S+)", head))
    page = values.get(b"DWGCODEPAGE", b"").decode("latin-1").lower().replace("ansi_", "cp").replace("_", "")
    return values.get(b"ACADVER", b"").decode("latin-1"), known_encoding(page) if page else None


def _of_layer(frame: gpd.GeoDataFrame, layer: str, what: str) -> gpd.GeoDataFrame:
    wanted = (frame["Layer"].astype(str).str.lower() == layer.lower()).to_numpy()
    if not wanted.any():
        counts = frame["Layer"].value_counts()
        listed = "、".join(f"{name}（{count} 个）" for name, count in counts.items())
        raise LayerError(
            f"图形里没有图层“{layer}”", where=what, expected=listed[:600], fix="改写 --layer，或去掉它读取全部"
        )
    return frame[wanted]
