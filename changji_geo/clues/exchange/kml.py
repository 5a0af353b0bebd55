"""Rows of clues -> KML, or KMZ with photos: a placemark each, coloured by status, with the fields that come back."""

from __future__ import annotations

import html
import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import shapely

from changji_geo.archive import EPOCH
from changji_geo.clues.exchange.cell_text import xml_text
from changji_geo.clues.exchange.photos import Photo, small_jpeg
from changji_geo.clues.exchange.rows import ExportRow, notice_of, shown_value
from changji_geo.clues.exchange.stamps import STAMP_KEY, STAMP_TITLE
from changji_geo.clues.fields import FIELDS
from changji_geo.clues.looks import DROPPED, STATUS_LOOKS
from changji_geo.standards.reserves import STATUSES

DECIMALS = 9
"""Of degrees: a tenth of a millimetre."""

MAX_PHOTO_BYTES = 40 * 1024 * 1024
"""Of all photos in a KMZ; phones open larger ones slowly or not at all."""

RENAMED = {"id": "clue_id", "name": "clue_name"}
"""Names of extended data that are not the field's key: GDAL takes these two for the placemark's own."""

_DATUM = "坐标系：WGS-84（与 CGCS2000 相差在分米以内）。导入手机软件时选 WGS-84，不要选火星坐标（GCJ-02）。"
_OUTLINE_WIDTH, _FILL_OPACITY = 2.5, "59"
_STATUS_COLOURS: Mapping[str, str] = {status: STATUS_LOOKS[status].fill[1:] for status in STATUSES}
_DROPPED_STYLE, _DROPPED_COLOUR = "dropped", STATUS_LOOKS[DROPPED].fill[1:]


def kml_text(
    rows: Sequence[ExportRow], *, title: str, photos: Mapping[str, Sequence[str]] | None = None, left_out: int = 0
) -> str:
    """Build a KML document.

    Parameters
    ----------
    rows : sequence of ExportRow
    title : str
        Name of the document.
    photos : mapping, optional
        Clue id -> paths of its photos inside the KMZ.
    left_out : int
        Photos that found no room, said in the document's description.

    Returns
    -------
    str
        XML. A polygon has a label point within it. ExtendedData holds the fields by their keys, those to be filled in even
        when they are blank, and the row's stamp; descriptions are HTML in which all text is escaped.
    """
    shown = photos or {}
    about = [_DATUM, *([notice_of(rows)] if notice_of(rows) else [])]
    about += [f"另有 {left_out} 张照片未放入（总量或格式超限）。"] if left_out else []
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">\n<Document>\n',
        f"<name>{_xml(title)}</name>\n<open>1</open>\n<description>{_xml(' '.join(about))}</description>\n",
        *(_style(f"s{n}", colour) for n, colour in enumerate(_STATUS_COLOURS.values())),
        _style(_DROPPED_STYLE, _DROPPED_COLOUR),
        *(_placemark(row, shown.get(row.clue.id, ())) for row in rows),
        "</Document>\n</kml>\n",
    ]
    return "".join(parts)


def kmz_bytes(
    rows: Sequence[ExportRow],
    *,
    title: str,
    photos: Mapping[str, Sequence[Photo]],
    max_photo_bytes: int = MAX_PHOTO_BYTES,
) -> bytes:
    """Build a KMZ: ``doc.kml`` and, under ``files/``, photos up to `max_photo_bytes` in the order of the rows.

    How many found no room, or are no pictures, stands in the document's description.
    """
    files: dict[str, bytes] = {}
    inside: dict[str, list[str]] = {}
    room, left_out = max_photo_bytes, 0
    for row in rows:
        for photo in photos.get(row.clue.id, ()):
            data = small_jpeg(photo.source) if room > 0 else None
            if data is None or len(data) > room:
                left_out += 1
                continue
            room -= len(data)
            files[f"files/{photo.name}"] = data
            inside.setdefault(row.clue.id, []).append(f"files/{photo.name}")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        document = kml_text(rows, title=title, photos=inside, left_out=left_out)
        archive.writestr(zipfile.ZipInfo("doc.kml", EPOCH), document, zipfile.ZIP_DEFLATED)
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_STORED)
    return buffer.getvalue()


def _style(name: str, colour: str) -> str:
    turned = colour[4:] + colour[2:4] + colour[:2]  # KML writes alpha, blue, green, red
    return (
        f'<Style id="{name}"><IconStyle><color>ff{turned}</color><scale>0.8</scale></IconStyle>'
        f"<LabelStyle><scale>0.8</scale></LabelStyle>"
        f"<LineStyle><color>ff{turned}</color><width>{_OUTLINE_WIDTH}</width></LineStyle>"
        f"<PolyStyle><color>{_FILL_OPACITY}{turned}</color></PolyStyle></Style>\n"
    )


def _placemark(row: ExportRow, photos: Sequence[str]) -> str:
    clue = row.clue
    style = _DROPPED_STYLE if clue.dropped else f"s{STATUSES.index(clue.status)}"
    kept = [f for f in FIELDS if f.desk or row.values[f.key] is not None]
    data = [(RENAMED.get(f.key, f.key), f.title, shown_value(f, row.values[f.key])) for f in kept]
    data += [(STAMP_KEY, STAMP_TITLE, row.stamp)]
    cells = "".join(
        f"<Data name={quoteattr(key)}><displayName>{_xml(title)}</displayName><value>{_xml(value)}</value></Data>\n"
        for key, title, value in data
    )
    return (
        f"<Placemark>\n<name>{_xml(clue.id)}</name>\n<description>{_xml(_description(row, photos))}</description>\n"
        f"<styleUrl>#{style}</styleUrl>\n<ExtendedData>\n{cells}</ExtendedData>\n{_geometry(row)}\n</Placemark>\n"
    )


def _description(row: ExportRow, photos: Sequence[str]) -> str:
    """HTML; nothing of the row stands in it unescaped."""
    lines = [f"<b>{html.escape(f.title)}</b>：{html.escape(v).replace(chr(10), '<br>')}" for f, v in row.lines()]
    lines += [f"<b>{html.escape(row.notice)}</b>"] if row.notice else []
    lines += [f'<img src="{html.escape(path, quote=True)}" width="480">' for path in photos]
    return "<br>".join(lines)


def _geometry(row: ExportRow) -> str:
    shape = row.clue.geometry
    if shapely.get_dimensions(shape) < 2:
        return _point(*shapely.get_coordinates(shape)[0].tolist())
    label = _point(row.facts.lon, row.facts.lat)
    return f"<MultiGeometry>{label}{''.join(_polygon(part) for part in shapely.get_parts(shape))}</MultiGeometry>"


def _point(lon: float, lat: float) -> str:
    return f"<Point><coordinates>{lon:.{DECIMALS}f},{lat:.{DECIMALS}f}</coordinates></Point>"


def _polygon(part: shapely.Polygon) -> str:
    upright = shapely.orient_polygons(part)
    holes = "".join(f"<innerBoundaryIs>{_ring(ring)}</innerBoundaryIs>" for ring in upright.interiors)
    return f"<Polygon><outerBoundaryIs>{_ring(upright.exterior)}</outerBoundaryIs>{holes}</Polygon>"


def _ring(ring: shapely.LinearRing) -> str:
    spots = np.asarray(ring.coords)[:, :2].tolist()
    text = " ".join(f"{lon:.{DECIMALS}f},{lat:.{DECIMALS}f}" for lon, lat in spots)
    return f"<LinearRing><coordinates>{text}</coordinates></LinearRing>"


def _xml(text: str) -> str:
    return escape(xml_text(text))
