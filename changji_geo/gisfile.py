"""A frame -> a GeoPackage or GeoJSON file by GDAL, whole, the same bytes for the same frame."""

from __future__ import annotations

import contextlib
import datetime
import errno
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from changji_geo.scratch import scratch_faults

if TYPE_CHECKING:
    import geopandas as gpd

DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON"}
"""Suffix -> GDAL driver."""


def gis_bytes(
    path: Path, frame: gpd.GeoDataFrame, *, layer: str, date: datetime.date, use_arrow: bool = False
) -> bytes:
    """The content of a file, made in the temporary folder.

    Parameters
    ----------
    path : path
        Where it is meant to go; nothing is written there.
    frame, layer, date, use_arrow
        As of `write_gis_file`.

    Raises
    ------
    OutputError
        When the temporary folder is full or cannot be written.
    """
    with scratch_faults(path), tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder) / f"{layer}{path.suffix.lower()}"
        write_gis_file(scratch, frame, layer=layer, date=date, use_arrow=use_arrow)
        return scratch.read_bytes()


def write_gis_file(
    path: Path, frame: gpd.GeoDataFrame, *, layer: str, date: datetime.date, use_arrow: bool = False
) -> None:
    """Write a frame as the only layer of a new file.

    Parameters
    ----------
    path : path
        Its suffix chooses the driver, see `DRIVERS`.
    frame : GeoDataFrame
        With a CRS; not altered.
    layer : str
        Name of the layer in the file.
    date : datetime.date
        Stands in the file where GDAL would write the present moment.
    use_arrow : bool
        By Arrow, which writes columns of days as dates and not as text.

    Raises
    ------
    OSError
        When a full disk cut a GeoPackage short, which GDAL does not say.
    """
    import pyogrio
    import shapely

    driver = DRIVERS[path.suffix.lower()]
    # One geometry type a table, which QField and ArcGIS need; points that are all single stay so.
    mixed = driver == "GPKG" and frame.geom_type.nunique() > 1
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{date.isoformat()}T00:00:00.000Z"})
    try:
        pyogrio.write_dataframe(frame, path, layer=layer, driver=driver, promote_to_multi=mixed, use_arrow=use_arrow)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    if driver == "GPKG":
        _require_whole(path, layer, int((shapely.get_num_coordinates(frame.geometry.array) > 0).sum()))


def _require_whole(path: Path, layer: str, shapes: int) -> None:
    """Refuse a file without all shapes in its spatial index: GDAL makes it last and leaves it out without a word."""
    index = f"rtree_{layer}_geom"
    try:
        with contextlib.closing(sqlite3.connect(path)) as db:
            made = db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (index,)).fetchone()
            stored = db.execute(f'SELECT count(*) FROM "{index}"').fetchone()[0] if made else 0  # noqa: S608
            whole = stored == shapes and db.execute("PRAGMA quick_check").fetchone() == ("ok",)
    except sqlite3.DatabaseError:
        whole = False
    if not whole:
        raise OSError(errno.ENOSPC, "GDAL wrote less than it was given")
