"""A file of clues of any format -> clues as they came in, each with its number in the file, shape, date, attributes."""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import shapely

from changji_geo.catalog import load_layer
from changji_geo.cellvalue import plain_value
from changji_geo.clues.incoming.as_read import repaired_rows, shapes_as_read
from changji_geo.clues.incoming.numbering import IncomingClue, content_ids, one_per_id
from changji_geo.clues.incoming.observed import DateTextError, parse_observed
from changji_geo.clues.resting_collector import rest_collector
from changji_geo.ellipsoid import geod
from changji_geo.errors import InputError
from changji_geo.geojson import GeometryKind
from changji_geo.intake.columns.types import is_blank, text_of
from changji_geo.intake.findings import SHOWN_ROWS, IntakeFinding, refuse_bad_rows
from changji_geo.intake.originals import digest_of
from changji_geo.intake.reading import IntakeResult, ReadOptions, read_any
from changji_geo.resources import Workspace, find_workspace

DESK_COLUMNS = ("activity", "facility", "change")
"""Columns of the alias table that the desk works with; they go to ``fields`` besides the attributes."""

WIDEST_BUFFER_M = 5000.0
CIRCLE_VERTICES = 72
"""A circle of so many corners has 0.13 % less area than a round one."""

_ORIGINAL_ID = "original_id"
_OBSERVED = "image_after"
_NOT_ATTRIBUTES = {"id", _ORIGINAL_ID, "geometry"}


@dataclass(frozen=True)
class IncomingClues:
    """What a file of clues holds. ``row_count`` rows were in it; rows that were refused are among the findings."""

    batch: str
    year: int | None
    file: str
    sha256: str
    row_count: int
    row_word: str
    clues: tuple[IncomingClue, ...]
    findings: tuple[IntakeFinding, ...]


@rest_collector()
def read_clues(
    path: Path | str,
    *,
    batch: str,
    year: int | None = None,
    buffer_m: float | None = None,
    workspace: Workspace | None = None,
    **options: Unpack[ReadOptions],
) -> IncomingClues:
    """Read a file of clues.

    Parameters
    ----------
    path : path
        Any format of `changji_geo.read_any`; never altered.
    batch : str
        The batch it came with, e.g. ``绿盾2025-1``.
    year : int, optional
        For our own ids; by default the one in the batch's name, else that of each clue's image.
    buffer_m : float, optional
        Make a geodesic circle of this radius about every point; without it points stay points.
    workspace : Workspace, optional
        The one in force by default.
    **options
        See `changji_geo.intake.reading.ReadOptions`. With ``skip_bad_rows`` the good rows go on.

    Returns
    -------
    IncomingClues
        Rows in their order in the file. Points and polygons; a row of a collection with both is its polygons. Text is
        kept as it is, formulas and markup too. Rows outside the prefecture are kept with a warning. A row whose number
        an earlier row has, with the same content, is left out with an info.

    Raises
    ------
    InputError
        The file cannot be read, or has rows that cannot be clues: no geometry, no area, a line, several points, one
        number for different shapes or attributes. The message names the rows.
    """
    _require(batch, year, buffer_m)
    file, space = Path(path), workspace or find_workspace()
    digest = digest_of(file)
    result, findings = _read(file, space, options)
    rows = _rows(result, findings)
    extent = shapely.union_all(load_layer("prefecture", space).frame.geometry.array)
    changed = repaired_rows(result) & rows.keys()
    drawn = shapes_as_read(file, result, changed, extent=extent, options=options) if changed else {}
    if digest_of(file) != digest:
        raise InputError("文件在读取过程中被改动了", where=str(file), fix="关闭正打开它的程序，重新导入")
    clues = [_with_circle(c, buffer_m) for c in _clues(result, rows, drawn, findings)]
    clues, said = one_per_id(clues, result.row_word)
    findings += said
    if not any(f.rule == "id_conflict" for f in said):  # every row has its own number: no list of corners
        findings = [f for f in findings if f.rule != "vertex_rows"]
    findings += _outside(clues, extent)
    points = [c for c in clues if _is_point(c)]
    if points:
        text = f"有 {len(points)} 个点，没有面积，涉及面积的检查不适用；要按点画圆，加 --buffer 半径（米）"
        findings.append(IntakeFinding("info", "points", text))
    if not options.get("skip_bad_rows", False):
        refuse_bad_rows(findings, where=str(file), row_word=result.row_word)
    if not clues:
        raise InputError("没有一行可用", where=str(file), fix="去掉 --skip-bad-rows，看逐行列出的原因，改正后重新导入")
    return IncomingClues(
        batch=batch.strip(), year=year, file=file.name, sha256=digest, row_count=result.row_count,
        row_word=result.row_word, clues=tuple(clues), findings=tuple(findings),
    )  # fmt: skip


def _require(batch: str, year: int | None, buffer_m: float | None) -> None:
    if not batch.strip() or len(batch) > 60 or any(ord(c) < 32 for c in batch):
        raise InputError(
            f"批次“{batch[:60]}”不能用",
            where="--batch",
            expected="1 到 60 个字，没有换行，如 绿盾2025-1",
            fix="换一个批次名",
        )
    if year is not None and not 2000 <= year <= 2099:
        raise InputError(f"年份 {year} 不对", where="--year", expected="2000 到 2099", fix="改成线索下发的年份")
    if buffer_m is not None and not 0 < buffer_m <= WIDEST_BUFFER_M:
        raise InputError(
            f"半径 {buffer_m:g} 米不能用",
            where="--buffer",
            expected=f"大于 0，不超过 {WIDEST_BUFFER_M:g} 米",
            fix="改半径",
        )


def _read(path: Path, space: Workspace, options: ReadOptions) -> tuple[IntakeResult, list[IntakeFinding]]:
    """Read all rows, also those that share a number: the intake would leave out the later ones."""
    asked = options.copy()
    asked["skip_bad_rows"] = True
    try:
        result = read_any(path, workspace=space, **asked)
    except InputError:
        if not options.get("skip_bad_rows", False):
            read_any(path, workspace=space, **options)  # names the rows
        raise
    shared = next((f.column for f in result.findings if f.rule == "duplicate_id"), None) or next(
        (f.column for f in result.findings if f.rule == "constant_id" and f.column.casefold() != "id"), None
    )
    if shared is not None:
        told = dict(options.get("overrides", {}))
        rivals = {f.column: "" for f in result.findings if f.rule == "rival_field"}
        asked["overrides"] = rivals | told | {shared: _ORIGINAL_ID}
        result = read_any(path, workspace=space, **asked)
    return result, [f for f in result.findings if f.rule not in ("id_made", "mixed_kinds", "name_made")]


def _rows(result: IntakeResult, findings: list[IntakeFinding]) -> dict[int, dict[str, Any]]:
    """Row number -> its cells and shape, in the file's order; lines and several points are refused."""
    found: dict[int, dict[str, Any]] = {}
    kinds: tuple[GeometryKind, ...] = ("area", "point")
    for kind in kinds:
        part = result.parts.get(kind)
        if part is None:
            continue
        for number, record in zip(part.index, part.to_dict("records"), strict=True):
            found.setdefault(int(number), record)
    for number, record in list(found.items()):
        shape = record["geometry"]
        if shape.geom_type == "MultiPoint":
            if len(shape.geoms) == 1:
                record["geometry"] = shape.geoms[0]
                continue
            del found[number]
            text = f"一行有 {len(shape.geoms)} 个点，一条线索只能是一个点或一块面；请拆成几行"
            findings.append(IntakeFinding("error", "several_points", text, number))
    for number in result.parts["line"].index if "line" in result.parts else ():
        if int(number) in found:
            text = "这一行还有线，线索只取其中的面或点"
            findings.append(IntakeFinding("warning", "line_part", text, int(number)))
        else:
            text = "是线，线索只收面和点；请画成面（道路、渠道按实际占地画面）"
            findings.append(IntakeFinding("error", "line", text, int(number)))
    return dict(sorted(found.items()))


def _clues(
    result: IntakeResult,
    rows: Mapping[int, Mapping[str, Any]],
    drawn: Mapping[int, shapely.Geometry],
    findings: list[IntakeFinding],
) -> list[IncomingClue]:
    titles = _titles(result)
    made_rule = any(f.rule == "id_made" for f in result.findings)
    named = not any(f.rule == "name_made" for f in result.findings)
    dates = _dates(result, rows, findings)
    out, without = [], []
    for number, record in rows.items():
        given = _given_id(record, number, made_rule=made_rule)
        own_name = named or record.get("name") not in (record.get("id"), None)
        attributes = {
            title: value
            for column, title in titles.items()
            if (column != "name" or own_name) and (value := _plain(record.get(column))) is not None
        }
        fields = {c: text_of(record[c]) for c in DESK_COLUMNS if not is_blank(record.get(c))}
        shape = record["geometry"]
        original = drawn.get(number, shape)
        without += [number] if given is None else []
        out.append(
            IncomingClue(
                number, given or "", given is None, original, shape, dates.get(number), attributes, fields
            )
        )  # fmt: skip
    if without:
        out = content_ids(out)
        which = "文件没有编号列" if len(without) == len(out) else f"{_listed(without)}{result.row_word}没有编号"
        example = next(c.original_id for c in out if c.id_made)
        text = (
            f"{which}，按图形生成编号（如 {example}）：同一图形再次导入时编号不变，图形改了就算新线索；"
            "有编号列时加 --map 字段=id"
        )
        findings.append(IntakeFinding("warning", "id_from_content", text, column="id"))
    return out


def _titles(result: IntakeResult) -> dict[str, str]:
    """Column -> the file's header for it, each once."""
    titles: dict[str, str] = {}
    for column in result.columns:
        if column.name not in _NOT_ATTRIBUTES:
            taken = column.title in titles.values()
            titles[column.name] = f"{column.title}（{column.name}）" if taken else column.title
    return titles


def _given_id(record: Mapping[str, Any], number: int, *, made_rule: bool) -> str | None:
    """The file's own number as text, None when the cell is blank."""
    if _ORIGINAL_ID in record:
        cell = record[_ORIGINAL_ID]
        return None if is_blank(cell) else text_of(cell)
    text = str(record["id"])
    return None if made_rule and re.fullmatch(f"r{number}_*", text) else text


def _plain(cell: Any) -> Any:
    """A cell as a JSON value, None for a blank."""
    if isinstance(cell, str):
        return cell.strip() or None
    value = plain_value(cell)
    return value if value is None or isinstance(value, bool | int | float) else text_of(value)


def _dates(
    result: IntakeResult, rows: Mapping[int, Mapping[str, Any]], findings: list[IntakeFinding]
) -> dict[int, datetime.date | None]:
    column = next((c for c in result.columns if c.name == _OBSERVED), None)
    if column is None:
        text = "没有后时相（变化后影像日期）列：按日期选用规则的检查会是“不明确”；有这一列时加 --map 字段=image_after"
        findings.append(IntakeFinding("warning", "observed_missing", text, column=_OBSERVED))
        return {}
    dates: dict[int, datetime.date | None] = {}
    blank: list[int] = []
    read = functools.lru_cache(maxsize=4096, typed=True)(parse_observed)  # most rows share a few days
    for number, record in rows.items():
        cell = record.get(_OBSERVED)
        try:
            dates[number] = None if is_blank(cell) else read(cell) if isinstance(cell, str) else parse_observed(cell)
        except DateTextError as fault:
            text = f"“{text_of(cell)[:40]}”{fault}，观测日期留空；应为 2025-08-15、20250815、2025年8月15日 一类"
            findings.append(IntakeFinding("warning", "observed", text, number, column.title))
            continue
        blank += [number] if dates[number] is None else []
    if blank:
        text = f"{_listed(blank)}{result.row_word}没有填写后时相，按日期选用规则的检查会是“不明确”"
        findings.append(IntakeFinding("warning", "observed_blank", text, column=column.title))
    return dates


def _with_circle(clue: IncomingClue, radius_m: float | None) -> IncomingClue:
    if radius_m is None or not _is_point(clue):
        return clue
    turns = np.linspace(0.0, 360.0, CIRCLE_VERTICES, endpoint=False)[::-1]  # anticlockwise
    x, y = (np.full_like(turns, get(clue.geometry)) for get in (shapely.get_x, shapely.get_y))
    lon, lat, _ = geod().fwd(x, y, turns, np.full_like(turns, radius_m))
    return replace(
        clue,
        geometry=shapely.Polygon(np.column_stack([lon, lat])),
        fields={**clue.fields, "buffer_m": float(radius_m)},
    )


def _outside(clues: Sequence[IncomingClue], extent: shapely.Geometry) -> Iterator[IntakeFinding]:
    shapely.prepare(extent)
    inside = shapely.intersects(extent, np.array([c.geometry for c in clues], dtype=object))
    for clue, within in zip(clues, inside, strict=True):
        if not within:
            centre = shapely.centroid(clue.geometry)
            text = f"在昌吉州范围之外（{shapely.get_x(centre):.6f}，{shapely.get_y(centre):.6f}），照常导入，请核对坐标和归属"
            yield IntakeFinding("warning", "outside_prefecture", text, clue.row)


def _is_point(clue: IncomingClue) -> bool:
    return bool(shapely.get_dimensions(clue.geometry) == 0)


def _listed(rows: Sequence[int]) -> str:
    more = f"……等 {len(rows)} " if len(rows) > SHOWN_ROWS else " "
    return f"第 {'、'.join(str(r) for r in rows[:SHOWN_ROWS])}{more}"
