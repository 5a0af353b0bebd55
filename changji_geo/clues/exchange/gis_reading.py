"""A GeoJSON, GeoPackage or KML/KMZ file that came back -> its rows by the clue's id, with shapes in EPSG:4490."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from changji_geo.clues.exchange.cell_text import xml_text
from changji_geo.clues.exchange.gis_files import LAYER, PHOTO_KEY
from changji_geo.clues.exchange.kml import RENAMED
from changji_geo.clues.exchange.returned import ID_KEY, ReturnedFile, ReturnedRow, key_of_column, unread_columns
from changji_geo.clues.exchange.stamps import STAMP_KEY
from changji_geo.clues.ledger.opening import is_ledger_file
from changji_geo.crs import parse_crs, to_cgcs2000
from changji_geo.errors import InputError
from changji_geo.geojson import read_geojson
from changji_geo.intake.files.opening import open_source
from changji_geo.intake.source import Source

GIS_SUFFIXES = (".geojson", ".gpkg", ".kml", ".kmz")

_OWN = {"fid", "folder", "description", "geometry", "notice", PHOTO_KEY}
"""Columns that our files and their formats have besides the fields."""

_ID = re.compile(r"LD\d{4}-\d{4,}(?!\d)")
_ID_LINE = re.compile(r"线索编号(?:</b>)?[：:\s]*(LD\d{4}-\d{4,})(?!\d)")


def read_gis_file(path: Path) -> ReturnedFile:
    """Read a file with geometry.

    Parameters
    ----------
    path : path
        See `GIS_SUFFIXES`; only read.

    Raises
    ------
    InputError
        Unreadable, or without anything that says which clue a feature is.
    """
    suffix = path.suffix.lower()
    source = _geojson_source(path) if suffix == ".geojson" else _open(path)
    columns = _columns([str(c) for c in source.frame.columns], suffix)
    by_name = suffix in (".kml", ".kmz") and "name" in source.frame
    if ID_KEY not in columns.values() and not by_name:
        raise InputError(
            "没有线索编号",
            where=str(path),
            expected="有“id”或“线索编号”一列",
            fix="用导出的文件，不要删去编号列",
        )
    shapes, notes = _shapes(source)
    # The name is the id even where a program has lost the extended data.
    names = source.frame["name"].tolist() if by_name else [None] * len(source.frame)
    texts = source.frame["description"].tolist() if "description" in source.frame else [None] * len(source.frame)
    others = [str(c) for c in source.frame.columns if str(c) not in columns and str(c) not in _OWN | {"name"}]
    if others:
        notes.append(unread_columns([xml_text(name)[:40] for name in others], columns.values(), word="字段"))
    table = {key: source.frame[column].tolist() for column, key in columns.items()}
    photos = source.frame[PHOTO_KEY].tolist() if PHOTO_KEY in source.frame else [None] * len(source.frame)
    rows = []
    for place, number in enumerate(source.frame.index):
        cells = {key: _plain(values[place]) for key, values in table.items()}
        clue_id = cells.pop(ID_KEY, None) or _id_in(str(_plain(names[place]) or ""), str(_plain(texts[place]) or ""))
        stamp = cells.pop(STAMP_KEY, None)
        photo = _plain(photos[place])
        rows.append(
            ReturnedRow(
                int(number), xml_text(str(clue_id or "")), cells, str(stamp or ""), (), shapes[place],
                str(photo or "").strip(),
            )
        )  # fmt: skip
    if bare := sum(row.geometry is None for row in rows) if source.has_geometry and any(shapes) else 0:
        notes.append(f"{bare} 个要素没有图形；台账里的图形不动")
    return ReturnedFile(path, "个要素", tuple(rows), tuple(notes))


def _open(path: Path) -> Source:
    """The file's only layer; of a GeoPackage with several, the one that our export has."""
    if path.suffix.lower() != ".gpkg":
        return open_source(path)
    if is_ledger_file(path):
        raise InputError(
            "这是一本台账，不是填好的导出文件",
            where=str(path),
            expected="clues export 写出的文件",
            fix="整本台账的复制用 clues copy",
        )
    try:
        return open_source(path)
    except InputError as several:
        try:
            return open_source(path, layer=LAYER)
        except InputError:
            raise several from None


def _id_in(name: str, description: str) -> str:
    """The one id of ours in a placemark's name, else in its description after its title; the name where there is none."""
    for pattern, text in ((_ID, name), (_ID_LINE, description)):
        found = set(pattern.findall(text))
        if len(found) == 1:
            return str(found.pop())
    return name


def _geojson_source(path: Path) -> Source:
    """Texts as they are written: GDAL takes ``2026/03/05`` for a date and writes it otherwise."""
    found = read_geojson(path)
    names = list(dict.fromkeys(str(name) for row in found.rows for name in row if name != "geometry"))
    index = pd.RangeIndex(1, len(found.rows) + 1)
    table = {name: pd.Series([row.get(name) for row in found.rows], index=index, dtype=object) for name in names}
    frame = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(found.shapes, index=index), index=index)
    crs = parse_crs(found.crs or "EPSG:4326", what=str(path))
    return Source(path, "geojson", path.stem, frame, crs, "utf-8")


def _columns(names: list[str], suffix: str) -> Mapping[str, str]:
    """Column -> key. In KML ``name`` is the placemark's own."""
    renamed = {name: key for key, name in RENAMED.items()} if suffix in (".kml", ".kmz") else {}
    out: dict[str, str] = {}
    for name in names:
        if name in _OWN or (name == "name" and suffix in (".kml", ".kmz")):
            continue
        key = key_of_column(renamed.get(name, name))
        if key and key not in out.values():
            out[name] = key
    return out


def _shapes(source: Source) -> tuple[list[shapely.Geometry | None], list[str]]:
    if not source.has_geometry:
        return [None] * len(source.frame), ["文件里没有图形"]
    if source.datum_hint == "gcj02":
        return [None] * len(source.frame), ["文件是火星坐标（GCJ-02），图形没有读"]
    if source.crs is None:
        return [None] * len(source.frame), ["文件没有写明坐标系，图形没有读"]
    frame = gpd.GeoDataFrame(geometry=list(source.frame["geometry"]), crs=source.crs)
    shapes = to_cgcs2000(frame, what=str(source.path)).geometry.array
    return [None if s is None or s.is_empty else shapely.force_2d(s) for s in shapes], []


def _plain(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return None if value is None or pd.isna(value) else value
