"""Clues -> a file for others, by its suffix: XLSX to fill in, KML/KMZ and GPX for phones, GeoPackage for QField, GeoJSON."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import shapely

from changji_geo.clues.desk.known_names import known_names
from changji_geo.clues.exchange.gis_files import geojson_text, write_field_file
from changji_geo.clues.exchange.gpx import gpx_text
from changji_geo.clues.exchange.kml import kml_text, kmz_bytes
from changji_geo.clues.exchange.photos import Photo, photos_of
from changji_geo.clues.exchange.rows import ExportRow, export_rows
from changji_geo.clues.exchange.workbook import ledger_workbook
from changji_geo.clues.ledger.opening import is_ledger_file
from changji_geo.clues.model import Clue, Event
from changji_geo.clues.settings import ClueSettings, load_settings
from changji_geo.clues.standing import Standing, standings
from changji_geo.errors import InputError
from changji_geo.files import write_atomic
from changji_geo.resources import Workspace, find_workspace
from changji_geo.scratch import scratch_faults

PHOTOS_PER_CLUE = 3
"""Of each clue in a KMZ; a GeoPackage has one photo a clue."""

POINTS_SUFFIX = "_点"


@dataclass(frozen=True)
class _Job:
    path: Path
    rows: Sequence[ExportRow]
    today: datetime.date
    anchor: str
    settings: ClueSettings
    workspace: Workspace
    outlines: bool
    photos: Mapping[str, Sequence[Photo]] = field(default_factory=dict)
    known: Mapping[str, Standing] = field(default_factory=dict)


def export_clues(
    clues: Sequence[Clue],
    path: Path | str,
    *,
    today: datetime.date,
    events: Iterable[Event] = (),
    evidence_folder: Path | str | None = None,
    anchor: str = "",
    settings: ClueSettings | None = None,
    workspace: Workspace | None = None,
    outlines: bool = False,
) -> Path:
    """Write clues to a file that carries their ids and can come back by them.

    Parameters
    ----------
    clues : sequence of Clue
        In any order; the file has them by id.
    path : path
        ``.xlsx``, ``.kml``, ``.kmz``, ``.gpx``, ``.gpkg`` or ``.geojson``.
    today : date
        The day that deadlines are compared with; it stands in the workbook.
    events : iterable of Event
        The ledger's events: their evidence are the photos of a KMZ and a GeoPackage, and the workbook's summary counts by
        them which cases were found to be problems (by the status alone without them).
    evidence_folder : path, optional
        Where that evidence lies; no photos without it.
    anchor : str
        `Head.anchor` of the ledger, written into the workbook.
    settings, workspace
        Those in force by default: titles of drop reasons, names for the drop-down lists.
    outlines : bool
        GPX only: the patches' outlines as tracks.

    Returns
    -------
    pathlib.Path
        The file. A GeoPackage holds one geometry type: where there are polygons and points, the points are in a second file
        beside it, see `companion_files`; photos are in ``files/`` beside it. The same input gives the same bytes.

    Raises
    ------
    InputError
        No clues, an unknown suffix, a path where a ledger is, a clue dropped for a reason that the settings do not have, or a companion file of an
        earlier export in the way.
    OutputError
        When it cannot be written.
    """
    target = Path(path)
    write = _WRITERS.get(target.suffix.lower())
    if write is None:
        raise InputError(
            f"不会写“{target.suffix}”格式", where=str(target), expected="、".join(_WRITERS), fix="换一个扩展名"
        )
    if not clues:
        raise InputError("没有线索可写", where=str(target), fix="放宽筛选条件")
    for path in (target, *companion_files(target)):
        if path.suffix.lower() == ".gpkg" and is_ledger_file(path):
            raise InputError("这是一本台账，不能用导出的文件替换它", where=str(path), fix="给导出的文件换一个名字")
    used = settings or load_settings()
    rows = export_rows(clues, today=today, settings=used)
    past = tuple(events)
    photos = photos_of(past, evidence_folder, per_clue=PHOTOS_PER_CLUE) if evidence_folder is not None else {}
    write(_Job(target, rows, today, anchor, used, workspace or find_workspace(), outlines, photos, standings(past)))
    return target


def companion_files(path: Path | str) -> tuple[Path, ...]:
    """Files that an export to this path has beside it and that exist: the points of a GeoPackage whose path holds polygons."""
    target = Path(path)
    other = target.with_name(f"{target.stem}{POINTS_SUFFIX}{target.suffix}")
    return (other,) if target.suffix.lower() == ".gpkg" and other.is_file() else ()


def _write_workbook(job: _Job) -> None:
    names = known_names(job.settings, job.workspace)
    with scratch_faults(job.path):
        data = ledger_workbook(
            job.rows, today=job.today, settings=job.settings, names=names, anchor=job.anchor, known=job.known
        )
    write_atomic(job.path, data)


def _write_field_files(job: _Job) -> None:
    areas = [row for row in job.rows if shapely.get_dimensions(row.clue.geometry) == 2]
    points = [row for row in job.rows if shapely.get_dimensions(row.clue.geometry) < 2]
    beside = job.path.with_name(f"{job.path.stem}{POINTS_SUFFIX}{job.path.suffix}")
    if beside.exists() and not (areas and points):
        raise InputError(
            "旁边有以前导出的同名点文件，这次没有点要写进去，会混在一起",
            where=str(beside),
            fix="移走它，或换一个文件名",
        )
    if areas and points:
        write_field_file(beside, points, photos=job.photos, date=job.today)
    write_field_file(job.path, areas or points, photos=job.photos, date=job.today)


_WRITERS: Mapping[str, Callable[[_Job], object]] = {
    ".xlsx": _write_workbook,
    ".kml": lambda job: write_atomic(job.path, kml_text(job.rows, title=job.path.stem)),
    ".kmz": lambda job: write_atomic(job.path, kmz_bytes(job.rows, title=job.path.stem, photos=job.photos)),
    ".gpx": lambda job: write_atomic(job.path, gpx_text(job.rows, title=job.path.stem, outlines=job.outlines)),
    ".gpkg": _write_field_files,
    ".geojson": lambda job: write_atomic(job.path, geojson_text(job.rows, title=job.path.stem)),
}
