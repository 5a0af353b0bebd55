"""A file and the numbers of its repaired rows -> those shapes as the file drew them, in CGCS2000 degrees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import shapely

from changji_geo.intake.coordinates.coordcolumns import CoordinateColumns
from changji_geo.intake.coordinates.georef import settle_crs
from changji_geo.intake.coordinates.placing import place_rows
from changji_geo.intake.files.opening import open_source
from changji_geo.intake.reading import IntakeResult, ReadOptions

RESHAPING = frozenset({"invalid", "sliver_parts", "duplicate_vertices", "zero_length", "collection"})
"""Rules of the intake's repairs after which a shape is no longer as it was drawn."""


def repaired_rows(result: IntakeResult) -> frozenset[int]:
    """Numbers of the rows whose shape the intake changed; the direction of rings does not count."""
    return frozenset(
        f.row for f in result.findings if f.level == "repair" and f.rule in RESHAPING and f.row is not None
    )


def shapes_as_read(
    path: Path, result: IntakeResult, rows: Iterable[int], *, extent: shapely.Geometry, options: ReadOptions
) -> Mapping[int, shapely.Geometry]:
    """Read the rows' shapes anew without repairing them.

    Parameters
    ----------
    path : path
        The file that `result` was read from.
    result : IntakeResult
        What `read_any` made of it.
    rows : iterable of int
        Row numbers of the file.
    extent : shapely geometry
        The prefecture, as `settle_crs` wants it.
    options : ReadOptions
        Those of the reading.

    Returns
    -------
    mapping of int to shapely geometry
        Longitude/latitude on CGCS2000 (EPSG:4490), without Z and M, self-crossings and all; rows without a
        shape are absent.
    """
    source = open_source(path, layer=options.get("layer"), encoding=options.get("encoding"))
    if source.has_geometry:
        raw, unit, declared = source.frame, None, source.crs
    else:
        x = options.get("x")
        placed = place_rows(
            source.frame,
            columns=CoordinateColumns(x, options.get("y")) if x else None,
            packed=options.get("packed"),
            rings_by=options.get("rings_by"),
            what=str(path),
        )
        raw, unit, declared = placed.frame, placed.unit, placed.crs_from_text
    datum = options.get("datum") or (result.datum if source.datum_hint is not None else None)
    settled = settle_crs(
        raw, declared=declared, told=options.get("crs"), datum=datum, unit=unit, extent=extent, what=str(path)
    )
    shapes = dict(zip((int(i) for i in settled.frame.index), settled.frame.geometry.array, strict=True))
    return {row: shapely.force_2d(shapes[row]) for row in rows if shapes.get(row) is not None}
