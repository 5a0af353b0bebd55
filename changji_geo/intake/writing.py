"""Metadata and features -> the files of a layer folder, as bytes that are the same for the same input."""

from __future__ import annotations

import datetime
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from changji_geo.cellvalue import plain_value
from changji_geo.gisfile import write_gis_file
from changji_geo.layer_description import LayerMeta
from changji_geo.specfile import toml_value

if TYPE_CHECKING:
    import geopandas as gpd

GEOJSON_VERTICES = 300_000
"""Layers with more vertices are written as GeoPackage: GeoJSON is read by people and small tools, but slowly."""


def write_layer_folder(folder: Path, meta: LayerMeta, frame: gpd.GeoDataFrame) -> None:
    """Write ``layer.toml`` and the data file of a layer.

    Parameters
    ----------
    folder : path
        Existing folder; its name should be ``meta.id``.
    meta : LayerMeta
        ``sha256``, ``feature_count`` and ``bbox`` are taken from what is written, not from here.
    frame : GeoDataFrame
        EPSG:4490, with the columns that `meta` declares.
    """
    names = [c.name for c in meta.columns]
    if int(shapely.get_num_coordinates(frame.geometry.array).sum()) <= GEOJSON_VERTICES:
        data = folder / f"{meta.id}.geojson"
        data.write_bytes(_geojson(frame, names).encode())
    else:
        data = folder / f"{meta.id}.gpkg"
        write_gis_file(data, frame[[*names, "geometry"]], layer=meta.id, date=meta.retrieved)
    bounds = [float(b) for b in frame.total_bounds]
    with data.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    (folder / "layer.toml").write_bytes(layer_toml(meta, digest, len(frame), bounds).encode())


def layer_toml(meta: LayerMeta, digest: str, count: int, bounds: list[float]) -> str:
    """The text of a ``layer.toml``."""
    out = [
        *_pairs(
            id=meta.id, title=meta.title, geometry=meta.geometry, crs=meta.crs, source=meta.source, licence=meta.licence,
            attribution=meta.attribution, retrieved=meta.retrieved, version=meta.version, sha256=digest,
            feature_count=count, bbox=bounds, accuracy=meta.accuracy, note=meta.note, coverage=meta.coverage,
            **({"sample": True} if meta.sample else {}),
        )
    ]  # fmt: skip
    if meta.intake is not None:
        record = meta.intake
        out += ["", "[intake]", *_pairs(**{name: getattr(record, name) for name in record.__slots__})]
    for column in meta.columns:
        out += ["", "[[columns]]", *_pairs(name=column.name, title=column.title, type=column.type, unit=column.unit)]
        out += [f"meaning = {toml_value(column.meaning)}"]
        if column.allowed:
            out += [f"allowed = {toml_value(list(column.allowed))}"]
    return "\n".join(out) + "\n"


def _pairs(**values: object) -> list[str]:
    return [f"{name} = {toml_value(value)}" for name, value in values.items()]


def _geojson(frame: gpd.GeoDataFrame, names: list[str]) -> str:
    """RFC 7946 text, one feature a line, coordinates with all their digits."""
    shapes = shapely.to_geojson(frame.geometry.to_numpy())
    columns = [[_plain(v) for v in frame[name]] for name in names]
    lines = [
        '{"type":"Feature","properties":'
        + json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        + f',"geometry":{shape}}}'
        for shape, row in zip(shapes, zip(*columns, strict=True), strict=True)
    ]
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"


def _plain(value: Any) -> Any:
    """A cell as JSON holds it: no numpy types, missing values None, dates as ISO text."""
    value = plain_value(value)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(sep=" ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
