"""A file that was filled in and the clues of the ledger -> events, cell changes and refused rows; nothing is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import shapely

from changji_geo.clues.desk.deeds import REOPENED_STATUS, outline_event, set_event
from changji_geo.clues.desk.listing import tidy_id
from changji_geo.clues.desk.outlines import FARTHEST_KM, km_away
from changji_geo.clues.exchange.comparing_cells import CellChange, compare_cells
from changji_geo.clues.exchange.gis_files import PHOTO_FOLDER
from changji_geo.clues.exchange.gis_reading import GIS_SUFFIXES, read_gis_file
from changji_geo.clues.exchange.gpx_reading import read_gpx_file
from changji_geo.clues.exchange.photos import find_photo, photo_stem
from changji_geo.clues.exchange.returned import ReturnedFile, ReturnedRow
from changji_geo.clues.exchange.stamps import Stamp, read_stamp
from changji_geo.clues.exchange.workbook_reading import read_workbook
from changji_geo.clues.incoming.comparing import ShapeChange, compare_shapes, same_shape
from changji_geo.clues.model import Clue, NewEvent
from changji_geo.errors import InputError

_OTHER_SHEETS = frozenset({".xls", ".et", ".csv", ".ods", ".xlsm", ".xlsb"})


@dataclass(frozen=True)
class RefusedRow:
    """A row of which nothing is applied; ``reason`` names all that is wrong with it (Chinese)."""

    row: int
    clue_id: str
    reason: str


@dataclass(frozen=True)
class OutlineChange:
    """An outline that differs from the ledger's. ``stale``: the ledger's was redrawn since, or the file cannot tell."""

    clue_id: str
    row: int
    change: ShapeChange
    stale: bool


@dataclass(frozen=True)
class FoundPhoto:
    """A photo that came with a row, inside the file's folder; the desk decides whether it becomes evidence."""

    clue_id: str
    row: int
    path: Path


@dataclass(frozen=True)
class UpdatePlan:
    """What a file that came back means for the ledger.

    ``events`` are written by the caller in one transaction: for a row, first its fields, then its outline. ``outlines`` are
    all that differ; they are among the events only where that was asked for. ``unchanged`` counts rows of which nothing
    is new. ``row_word``: what ``row`` counts, 行 or 个要素. ``notes``: what was not read.
    """

    changes: tuple[CellChange, ...]
    refused: tuple[RefusedRow, ...]
    events: tuple[NewEvent, ...]
    unchanged: int
    outlines: tuple[OutlineChange, ...] = ()
    photos: tuple[FoundPhoto, ...] = ()
    notes: tuple[str, ...] = ()
    row_word: str = "行"


@dataclass
class _Findings:
    changes: list[CellChange] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    events: list[NewEvent] = field(default_factory=list)
    outlines: list[OutlineChange] = field(default_factory=list)
    photos: list[FoundPhoto] = field(default_factory=list)
    unchanged: int = 0
    unstamped: int = 0


def plan_update(path: Path | str, clues: Sequence[Clue], *, actor: str, outlines: bool = False) -> UpdatePlan:
    """Work out what a file that was filled in changes.

    Parameters
    ----------
    path : path
        A workbook (``.xlsx``), or ``.geojson``, ``.gpkg``, ``.kml``, ``.kmz``, ``.gpx``.
    clues : sequence of Clue
        The ledger as it stands now; rows find their clue by its id.
    actor : str
        Who hands it in.
    outlines : bool
        Whether changed outlines become events. Without it they are only reported.

    Returns
    -------
    UpdatePlan
        For each field a person fills in, three sides are compared: the ledger, the file, and what was exported (the row's
        stamp tells). Changed in the file only: a change. In the ledger only: the ledger's stays. In both, to different
        values: the row is refused. A row is taken whole or not at all. Rows and columns that are missing change nothing.
        A row without a stamp fills in blanks; it overwrites nothing.

    Raises
    ------
    InputError
        Nobody's, an unknown suffix, or a file that cannot be read or has no ids.
    """
    file = Path(path)
    if not actor.strip():
        raise InputError("没有写明经办人", where="--by", fix="写上姓名，如 --by 张三")
    returned = _read(file)
    returned = replace(returned, rows=[replace(row, clue_id=tidy_id(row.clue_id)) for row in returned.rows])
    known = {clue.id: clue for clue in clues}
    places: dict[str, list[int]] = {}
    for row in returned.rows:
        places.setdefault(row.clue_id, []).append(row.number)
    found = _Findings()
    for row in returned.rows:
        problem = _identity_problem(row, known, places[row.clue_id], returned.row_word)
        if problem:
            found.refused.append(RefusedRow(row.number, row.clue_id, problem))
        else:
            _take_row(row, known[row.clue_id], returned, actor, outlines, found)
    notes = list(returned.notes)
    if found.unstamped:
        notes.append(f"{found.unstamped} {returned.row_word}没有导出戳：只补填空白项，不覆盖已有内容")
    return UpdatePlan(
        tuple(found.changes), tuple(found.refused), tuple(found.events), found.unchanged, tuple(found.outlines),
        tuple(found.photos), tuple(notes), returned.row_word,
    )  # fmt: skip


def _read(file: Path) -> ReturnedFile:
    suffix = file.suffix.lower()
    if file.is_dir():
        raise InputError("这是文件夹，不是文件", where=str(file), fix="写明文件夹里的文件")
    if suffix == ".xlsx":
        return read_workbook(file)
    if suffix in GIS_SUFFIXES:
        return read_gis_file(file)
    if suffix == ".gpx":
        return read_gpx_file(file)
    raise InputError(
        f"读不了“{suffix}”格式" if suffix else "文件名没有扩展名，不知道是什么格式",
        where=str(file),
        expected="、".join((".xlsx", *GIS_SUFFIXES, ".gpx")),
        fix="用 Excel 或 WPS 打开，另存为 .xlsx" if suffix in _OTHER_SHEETS else "另存为其中一种",
    )


def _identity_problem(row: ReturnedRow, known: Container[str], places: Sequence[int], word: str) -> str:
    if not row.clue_id:
        return "没有线索编号；新线索请用 clues import 导入"
    if len(places) > 1:
        return f"编号出现了 {len(places)} 次（第 {'、'.join(map(str, places[:10]))} {word}），分不清以哪个为准"
    if row.clue_id not in known:
        return f"台账中没有线索 {row.clue_id[:40]}；核对编号，新线索请用 clues import 导入"
    if row.stamp and read_stamp(row.stamp, row.clue_id) is None:
        return "导出戳与编号不符：编号或戳被改过、从别的行复制而来，或排序时没有带上隐藏的“导出戳”列；重新导出后再填"
    return ""


def _take_row(row: ReturnedRow, clue: Clue, file: ReturnedFile, actor: str, outlines: bool, found: _Findings) -> None:
    stamp = read_stamp(row.stamp, clue.id)
    found.unstamped += stamp is None
    compared = compare_cells(row, clue, stamp)
    problems = [*row.faults, *compared.problems]
    events: list[NewEvent] = []
    reason = f"读回 {file.path.name} 第 {row.number} {file.row_word}"
    if compared.changes and not problems:
        status = next((c.after for c in compared.changes if c.field == "status"), None)
        values = {c.field: c.after for c in compared.changes if c.field != "status"}
        remark = values.get("remark") or clue.fields.get("remark") or ""
        if status == REOPENED_STATUS and not remark:
            problems.append(f"改为“{REOPENED_STATUS}”要在“备注”写明理由")
        else:
            why = f"{remark}（{reason}）" if status == REOPENED_STATUS else reason
            _attempt(problems, events, lambda: set_event(clue, actor=actor, status=status, values=values, reason=why))
    outline = _outline_change(row, clue, stamp)
    if outline is not None and outlines and not problems:
        if outline[0].stale:
            problems.append("图形在导出后台账里已改过，或文件没有导出戳，不能套用；重新导出后再画")
        elif (away := km_away(clue.geometry, outline[1])) > FARTHEST_KM:
            problems.append(
                f"图形离台账里的 {away:,.1f} 千米，像是误拖或坐标系不对；确要移动，用 clues outline 单独办理"
            )
        else:
            shape = outline[1]
            _attempt(problems, events, lambda: outline_event(clue, shape, actor=actor, reason=reason))
    photo = _photo(row, clue, file.path.parent, problems)
    if problems:
        found.refused.append(RefusedRow(row.number, clue.id, "；".join(problems)))
        return
    found.changes += compared.changes
    found.events += events
    found.outlines += [outline[0]] if outline else []
    found.photos += [photo] if photo else []
    found.unchanged += not (compared.changes or outline or photo)


def _attempt(problems: list[str], events: list[NewEvent], deed: Callable[[], NewEvent]) -> None:
    """Add the event, or the reason why the desk's rules refuse it."""
    try:
        events.append(deed())
    except InputError as fault:
        cell = re.search("的(“[^”]+”)$", fault.where or "")
        expected = f"，应为：{fault.expected}" if fault.expected else ""
        problems.append(f"{cell[1] if cell else ''}{fault.problem}{expected}")


def _outline_change(row: ReturnedRow, clue: Clue, stamp: Stamp | None) -> tuple[OutlineChange, shapely.Geometry] | None:
    """How the row's shape differs; None where it does not, or where it cannot be the clue's outline."""
    if row.geometry is None:
        return None
    shape = _single(row.geometry, point=bool(shapely.get_dimensions(clue.geometry) < 2))
    if shape is None or same_shape(_merged([clue.geometry]), shape):
        return None
    stale = stamp is None or not stamp.holds_outline(clue)
    return OutlineChange(clue.id, row.number, compare_shapes(clue.geometry, shape), stale), shape


def _single(shape: shapely.Geometry, *, point: bool) -> shapely.Geometry | None:
    """The patch in a shape that may hold a label point beside it; its point where only a point was meant."""
    parts = shapely.get_parts(shapely.get_parts(shape)).tolist()
    areas = [part for part in parts if shapely.get_dimensions(part) == 2]
    if areas:
        return _merged(areas)
    points = [part for part in parts if shapely.get_dimensions(part) == 0]
    return points[0] if point and len(points) == 1 else None


def _merged(shapes: Sequence[shapely.Geometry]) -> shapely.Geometry:
    parts: list[shapely.Geometry] = [part for shape in shapes for part in shapely.get_parts(shape)]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon([p for p in parts if isinstance(p, shapely.Polygon)])


def _photo(row: ReturnedRow, clue: Clue, folder: Path, problems: list[str]) -> FoundPhoto | None:
    """The photo that the row names, unless it is the one that went out with it."""
    if not row.photo or row.photo == f"{PHOTO_FOLDER}/{photo_stem(clue.id)}.jpg":
        return None
    try:
        return FoundPhoto(clue.id, row.number, find_photo(row.photo, folder))
    except InputError as fault:
        problems.append(fault.problem)
        return None
