"""What QGIS needs beside the events: styles in the table ``layer_styles``, and the zones that the checks rest on as a layer.

Neither is part of the chain of events: both can be written again at any time, and verification does not look at them.
"""

from __future__ import annotations

import contextlib
import datetime
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import shapely

from changji_geo.clues.ledger.gpkg.qml import clue_point_qml, clue_polygon_qml, zone_qml
from changji_geo.clues.ledger.gpkg.sqlite_file import transaction
from changji_geo.clues.model import LayerUse
from changji_geo.crs import CGCS2000
from changji_geo.errors import CRSError, InputError, LayerError
from changji_geo.standards.reserves import ZONE_SCHEMES
from changji_geo.types import SCHEMATIC_NOTICE

if TYPE_CHECKING:
    import geopandas as gpd

OWNER = "changji-geo"
"""Marks the styles that are ours to replace; those that a user saved in QGIS are left alone."""

ZONES_TABLE = "zones"

_SRS = 4490
_HEADER = struct.Struct("<2sBBi4d")
_MADE = "2026-11-23T00:00:00.000Z"
"""When these styles were designed: a style's time is not that of the run, so that the same ledger has the same bytes."""

ZONES_COLUMN = {"three_zones": "zone_old", "two_zones": "zone_new"}

_CREATE_STYLES = """CREATE TABLE IF NOT EXISTS layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))"""

_CREATE_ZONES = f"""CREATE TABLE {ZONES_TABLE} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom MULTIPOLYGON NOT NULL,
name TEXT, reserve TEXT, zone_old TEXT, zone_new TEXT, accuracy TEXT, notice TEXT, layer TEXT, layer_version TEXT,
layer_sha256 TEXT)"""

_ZONE_FIELDS = "geom, name, reserve, zone_old, zone_new, accuracy, notice, layer, layer_version, layer_sha256"
_NAMES = tuple(_ZONE_FIELDS.split(", "))


def write_styles(connection: sqlite3.Connection) -> None:
    """Put our styles of ``clues`` and ``zones`` into ``layer_styles``; a second time changes nothing.

    Parameters
    ----------
    connection : sqlite3.Connection
        To a GeoPackage, with ``isolation_level`` None. Inside a transaction of the caller this is part of it; otherwise all
        is written in one of its own.

    Notes
    -----
    A style that a user saved (another owner) stays, and where the user has a default for the layer, ours is none.
    SLD is left empty: QGIS reads the QML.
    """
    with _within(connection):
        connection.execute(_CREATE_STYLES)
        _register(connection, "layer_styles", "attributes", "图层样式", "QGIS 打开图层时所用的样式", None, _MADE)
        for table, name, qml, default, words in _styles():
            user = connection.execute(
                "SELECT count(*) FROM layer_styles WHERE f_table_name = ? AND useAsDefault AND owner IS NOT ?",
                (table, OWNER),
            ).fetchone()[0]
            row = ("", "", table, "geom", name, qml, None, int(default and not user), words, OWNER, None, _MADE)
            found = connection.execute(
                "SELECT f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, styleSLD, "
                "useAsDefault, description, owner, ui, update_time FROM layer_styles "
                "WHERE f_table_name = ? AND styleName = ? AND owner = ?",
                (table, name, OWNER),
            ).fetchall()
            if found == [row]:
                continue
            connection.execute(
                "DELETE FROM layer_styles WHERE f_table_name = ? AND styleName = ? AND owner = ?", (table, name, OWNER)
            )
            connection.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, "
                "styleQML, styleSLD, useAsDefault, description, owner, ui, update_time) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )


def write_zones(
    connection: sqlite3.Connection, frame: gpd.GeoDataFrame, *, use: LayerUse, at: datetime.datetime
) -> bool:
    """Put the zones that the checks rest on into the layer ``zones``, in place of those that were there.

    Parameters
    ----------
    connection : sqlite3.Connection
        As for `write_styles`.
    frame : GeoDataFrame
        The layer of reserves (EPSG:4490, polygons); columns ``reserve``, ``zone_old`` and ``zone_new`` where it has them.
    use : LayerUse
        Its id, version, SHA-256 and accuracy, which stand in every row.
    at : datetime
        With time zone: when the layer changed, for ``gpkg_contents``.

    Returns
    -------
    bool
        Whether anything was written: False when the same zones are there already.

    Raises
    ------
    CRSError
        When the frame is not in EPSG:4490.
    LayerError
        When a feature is no polygon.
    InputError
        When the file has a table ``zones`` that is not ours.
    """
    rows = _zone_rows(frame, use)
    with _within(connection):
        if _stored_zones(connection) == rows:
            return False
        connection.execute(f"DROP TABLE IF EXISTS {ZONES_TABLE}")
        connection.execute(_CREATE_ZONES)
        marks = ", ".join("?" * len(_NAMES))
        connection.executemany(f"INSERT INTO {ZONES_TABLE} ({_ZONE_FIELDS}) VALUES ({marks})", rows)  # noqa: S608
        words = f"线索核查所依据的功能区：图层 {use.id}，版本 {use.version or '未注明'}"
        if use.accuracy == "schematic":
            words += f"；{SCHEMATIC_NOTICE}"
        stamp = at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        _register(connection, ZONES_TABLE, "features", "功能区（核查所依据）", words, _SRS, stamp)
        connection.execute(
            "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?",
            (*shapely.total_bounds(frame.geometry.to_numpy()).tolist(), ZONES_TABLE),
        )
        connection.execute(
            "INSERT OR REPLACE INTO gpkg_geometry_columns VALUES (?, 'geom', 'MULTIPOLYGON', ?, 0, 0)",
            (ZONES_TABLE, _SRS),
        )
    return True


def _styles() -> Iterator[tuple[str, str, str, bool, str]]:
    yield "clues", "按状态（图斑）", clue_polygon_qml(), True, "线索按办理状态着色；图斑很小，另画一个固定大小的符号"
    yield "clues", "按状态（点）", clue_point_qml(), False, "点线索按办理状态着色"
    for place, scheme in enumerate(ZONE_SCHEMES):
        qml = zone_qml(ZONES_COLUMN[scheme.id], scheme.zones)
        yield (
            ZONES_TABLE,
            f"功能区（{scheme.title}）",
            qml,
            place == 0,
            f"{scheme.regulation}的分区；{SCHEMATIC_NOTICE}",
        )


def _within(connection: sqlite3.Connection) -> AbstractContextManager[None]:
    return contextlib.nullcontext() if connection.in_transaction else transaction(connection, write=True)


def _register(
    connection: sqlite3.Connection, table: str, kind: str, title: str, words: str, srs: int | None, stamp: str
) -> None:
    """The table's row of ``gpkg_contents``, made or brought up to date; untouched when it says the same already."""
    found = connection.execute(
        "SELECT data_type, identifier, description, srs_id, last_change FROM gpkg_contents WHERE table_name = ?",
        (table,),
    ).fetchone()
    if found != (kind, title, words, srs, stamp):
        connection.execute("DELETE FROM gpkg_geometry_columns WHERE table_name = ?", (table,))
        connection.execute("DELETE FROM gpkg_contents WHERE table_name = ?", (table,))
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id, last_change) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (table, kind, title, words, srs, stamp),
        )


def _stored_zones(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    there = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", (ZONES_TABLE,)).fetchone()[0]
    if not there:
        return []
    if [name for _, name, *_ in connection.execute(f"PRAGMA table_info({ZONES_TABLE})")] != ["fid", *_NAMES]:
        raise InputError(
            f"台账里已有一张不是本程序所建的表 {ZONES_TABLE}，不会覆盖",
            fix="在 QGIS 里给它改名或移到别的文件，再重新核查",
        )
    return connection.execute(f"SELECT {_ZONE_FIELDS} FROM {ZONES_TABLE} ORDER BY fid").fetchall()  # noqa: S608


def _zone_rows(frame: gpd.GeoDataFrame, use: LayerUse) -> list[tuple[Any, ...]]:
    if frame.crs is None or frame.crs.to_epsg() != _SRS:
        raise CRSError("功能区的坐标系不对", where=f"图层“{use.id}”", expected=CGCS2000, fix="先转换坐标系")
    notice = SCHEMATIC_NOTICE if use.accuracy == "schematic" else None
    rows = []
    for record, shape in zip(frame.drop(columns="geometry").to_dict("records"), frame.geometry, strict=True):
        if shape is None or shapely.is_empty(shape) or shape.geom_type not in ("Polygon", "MultiPolygon"):
            raise LayerError(f"要素“{record.get('id')}”不是面", where=f"图层“{use.id}”", fix="修复或删去该要素")
        texts = [_text(record.get(key)) for key in ("name", "reserve", "zone_old", "zone_new")]
        texts[1] = texts[1] or texts[0]
        rows.append((_blob(shape), *texts, use.accuracy, notice, use.id, use.version or None, use.sha256 or None))
    return rows


def _text(value: Any) -> str | None:
    return None if value is None or value != value or not str(value).strip() else str(value)


def _blob(shape: shapely.Geometry) -> bytes:
    """GeoPackage binary: header, envelope (min x, max x, min y, max y), WKB of a multipolygon."""
    parts = shapely.multipolygons(shapely.get_parts(shapely.force_2d(shape)))
    west, south, east, north = shapely.bounds(parts).tolist()
    wkb = bytes(shapely.to_wkb(parts, byte_order=1))
    return _HEADER.pack(b"GP", 0, 0b0000_0011, _SRS, west, east, south, north) + wkb
