"""Rows of clues -> GPX 1.1 for field phones: a waypoint each, on the patch, and on request its outline as a track."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

import numpy as np
import shapely

from changji_geo.clues.exchange.cell_text import xml_text
from changji_geo.clues.exchange.rows import ExportRow, notice_of, shown_value
from changji_geo.clues.exchange.stamps import STAMP_KEY
from changji_geo.clues.fields import DESK_FIELDS, field_of

NAMESPACE = "urn:changji-geo:clue:1"
PREFIX = "cg"
"""Of the fields in ``extensions``; GDAL reads them as ``cg_status``."""

LINE_END = "↵"
"""Stands for a line end within an extension: GDAL, and programs that use it, leave line ends out."""

DECIMALS = 9
_DATUM = "坐标系：WGS-84，与 CGCS2000（EPSG:4490）相差在分米以内。导入手机软件时选 WGS-84，不要选火星坐标（GCJ-02）。"
_IN_SHORT = ("name", "status", "county", "reserve", "zone", "activity", "area_mu", "deadline", "measure")
_KEPT = ("status", *(field.key for field in DESK_FIELDS))


def gpx_text(rows: Sequence[ExportRow], *, title: str, outlines: bool = False) -> str:
    """Build a GPX document.

    Parameters
    ----------
    rows : sequence of ExportRow
    title : str
        Name in the metadata.
    outlines : bool
        Whether the patches' rings go along as tracks, to be seen on the phone; they are not read back.

    Returns
    -------
    str
        XML with the elements in the order of the GPX 1.1 schema and without a time of writing.
    """
    about = " ".join([_DATUM, *([notice_of(rows)] if rows and notice_of(rows) else [])])
    spots = np.array([(row.facts.lon, row.facts.lat) for row in rows]).reshape(-1, 2)
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<gpx version="1.1" creator="changji-geo" xmlns="http://www.topografix.com/GPX/1/1" xmlns:{PREFIX}="{NAMESPACE}">\n'
        f"<metadata><name>{_xml(title)}</name><desc>{_xml(about)}</desc>{_bounds(spots)}</metadata>\n",
        *(_waypoint(row) for row in rows),
        *(_track(row) for row in rows if outlines and shapely.get_dimensions(row.clue.geometry) == 2),
        "</gpx>\n",
    ]
    return "".join(parts)


def _bounds(spots: np.ndarray) -> str:
    if not len(spots):
        return ""
    (west, south), (east, north) = spots.min(axis=0), spots.max(axis=0)
    return (
        f'<bounds minlat="{south:.{DECIMALS}f}" minlon="{west:.{DECIMALS}f}" '
        f'maxlat="{north:.{DECIMALS}f}" maxlon="{east:.{DECIMALS}f}"/>'
    )


def _waypoint(row: ExportRow) -> str:
    short = [(field_of(key), row.values[key]) for key in _IN_SHORT]
    words = [f"{field.title}：{shown_value(field, value)}" for field, value in short if value is not None]
    text = "；".join([*words, *([row.notice] if row.notice else [])])
    kept = [(key, shown_value(field_of(key), row.values[key])) for key in _KEPT]
    cells = "".join(
        f"<{PREFIX}:{key}>{_xml(value).replace(chr(10), LINE_END)}</{PREFIX}:{key}>"
        for key, value in [*kept, (STAMP_KEY, row.stamp)]
    )
    return (
        f'<wpt lat="{row.facts.lat:.{DECIMALS}f}" lon="{row.facts.lon:.{DECIMALS}f}"><name>{_xml(row.clue.id)}</name>'
        f"<desc>{_xml(text)}</desc><type>{_xml(row.clue.status)}</type><extensions>{cells}</extensions></wpt>\n"
    )


def _track(row: ExportRow) -> str:
    rings = [ring for part in shapely.get_parts(row.clue.geometry) for ring in (part.exterior, *part.interiors)]
    segments = "".join(f"<trkseg>{_points(ring)}</trkseg>" for ring in rings)
    return f"<trk><name>{_xml(row.clue.id)}</name>{segments}</trk>\n"


def _points(ring: shapely.LinearRing) -> str:
    spots = np.asarray(ring.coords)[:, :2].tolist()
    return "".join(f'<trkpt lat="{lat:.{DECIMALS}f}" lon="{lon:.{DECIMALS}f}"/>' for lon, lat in spots)


def _xml(text: str) -> str:
    return escape(xml_text(text))
