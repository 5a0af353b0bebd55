"""A frame -> a GeoPackage or GeoJSON file by GDAL, the same bytes for the same frame."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import geopandas as gpd

DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON"}
"""Suffix -> GDAL driver."""


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
    """
    import pyogrio

    driver = DRIVERS[path.suffix.lower()]
    # One geometry type a table, which QField and ArcGIS need; points that are all single stay so.
    mixed = driver == "GPKG" and frame.geom_type.nunique() > 1
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{date.isoformat()}T00:00:00.000Z"})
    try:
        pyogrio.write_dataframe(frame, path, layer=layer, driver=driver, promote_to_multi=mixed, use_arrow=use_arrow)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
