"""Rows of clues -> GeoJSON for any program, GeoPackage with photos for QField; typed columns, one geometry type a file."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from changji_geo.clues.exchange.photos import Photo, small_jpeg
from changji_geo.clues.exchange.rows import ExportRow, notice_of
from changji_geo.clues.exchange.stamps import STAMP_KEY
from changji_geo.clues.fields import FIELDS
from changji_geo.files import write_atomic
from changji_geo.gisfile import gis_bytes

if TYPE_CHECKING:
    import geopandas as gpd

PHOTO_KEY = "photo"
PHOTO_FOLDER = "files"
NOTICE_KEY = "notice"
LAYER = "clues"
DECIMALS = 9
"""Of degrees in GeoJSON: a tenth of a millimetre."""


def geojson_text(rows: Sequence[ExportRow], *, title: str) -> str:
    """Build a feature collection after RFC 7946: the clue's id is the feature's, properties go by the fields' keys."""
    features = [
        {
            "type": "Feature",
            "id": row.clue.id,
            "properties": {**row.values, **({NOTICE_KEY: row.notice} if row.notice else {}), STAMP_KEY: row.stamp},
            "geometry": _geometry(row.clue.geometry),
        }
        for row in rows
    ]
    head: dict[str, Any] = {"type": "FeatureCollection", "title": title}
    if notice := notice_of(rows):
        head[NOTICE_KEY] = notice
    text = [json.dumps(feature, ensure_ascii=False, default=_iso, separators=(",", ":")) for feature in features]
    start = json.dumps(head, ensure_ascii=False, separators=(",", ":"))[:-1]
    return f'{start},"features":[\n' + ",\n".join(text) + "\n]}\n"


def _iso(value: Any) -> str:
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} in a row")


def _geometry(shape: shapely.Geometry) -> Any:
    if shapely.get_dimensions(shape) == 2:
        shape = shapely.orient_polygons(shape)
    rounded = shapely.transform(shapely.force_2d(shape), lambda xy: np.round(xy, DECIMALS))
    return json.loads(shapely.to_geojson(rounded))


def write_field_file(
    path: Path, rows: Sequence[ExportRow], *, photos: Mapping[str, Sequence[Photo]], date: datetime.date
) -> None:
    """Write a GeoPackage for QField, with the photos in ``files/`` beside it.

    Parameters
    ----------
    path : path
        The file; it holds layer `LAYER`, EPSG:4490, all rows of one kind of geometry.
    rows : sequence of ExportRow
        Points only, or polygons only.
    photos : mapping
        Clue id -> its photos; the first one's relative path stands in column `PHOTO_KEY`.
    date : date
        Stands in the file where GDAL would write the present moment.

    Raises
    ------
    OutputError
        When a disk is full or cannot be written, that of the temporary folder or that of the file.
    """
    paths: dict[str, str] = {}
    for row in rows:
        for photo in photos.get(row.clue.id, ())[:1]:
            data = small_jpeg(photo.source)
            if data is not None:
                write_atomic(path.parent / PHOTO_FOLDER / photo.name, data)
                paths[row.clue.id] = f"{PHOTO_FOLDER}/{photo.name}"
    write_atomic(path, gis_bytes(path, _frame(rows, paths), layer=LAYER, date=date, use_arrow=True))


def _frame(rows: Sequence[ExportRow], paths: Mapping[str, str]) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd

    columns: dict[str, Any] = {}
    for field in FIELDS:
        cells = [row.values[field.key] for row in rows]
        if field.kind == "number":
            columns[field.key] = pd.Series(cells, dtype="Int64" if field.key == "overdue_days" else "float64")
        elif field.kind == "date" and all(cell is None or isinstance(cell, datetime.date) for cell in cells):
            columns[field.key] = pd.Series(cells, dtype=_day_type())
        else:
            columns[field.key] = pd.Series([None if c is None else str(c) for c in cells], dtype="str")
    columns[PHOTO_KEY] = pd.Series([paths.get(row.clue.id) for row in rows], dtype="str")
    columns[NOTICE_KEY] = pd.Series([row.notice or None for row in rows], dtype="str")
    columns[STAMP_KEY] = pd.Series([row.stamp for row in rows], dtype="str")
    shapes: list[Any] = [row.clue.geometry for row in rows]
    if any(shape.geom_type == "MultiPolygon" for shape in shapes):
        shapes = [shapely.MultiPolygon([s]) if s.geom_type == "Polygon" else s for s in shapes]
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(shapes, crs="EPSG:4490"))


def _day_type() -> Any:
    import pandas as pd
    import pyarrow as pa

    return pd.ArrowDtype(pa.date32())
