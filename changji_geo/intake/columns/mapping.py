"""The attributes of a file -> the columns of a layer: ids and names, declared columns in their order, the rest kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from changji_geo.intake.columns.aliases import Aliases, AliasTable
from changji_geo.intake.columns.fields import Match, match_fields, safe_name
from changji_geo.intake.columns.filling import (
    ID,
    NAME,
    Lookup,
    fill_constants,
    follow,
    look_up,
    settle_ids,
    settle_names,
)
from changji_geo.intake.columns.headers import AREA_M2, LENGTH_M, factor_between, read_header
from changji_geo.intake.columns.table import RESERVED, SHOWN_VALUES, ColumnTable
from changji_geo.intake.columns.types import convert_cells, infer_type, is_blank, plain_cells, text_of
from changji_geo.intake.findings import IntakeFinding
from changji_geo.layer_description import Column, LayerMeta


@dataclass(frozen=True)
class MappedColumns:
    """What `map_columns` gives.

    ``columns`` describes every column of ``frame`` but the geometry, in the frame's order. ``fields`` is column -> field of
    the file.
    """

    frame: gpd.GeoDataFrame
    columns: tuple[Column, ...]
    findings: tuple[IntakeFinding, ...]
    fields: Mapping[str, str]


def map_columns(
    frame: gpd.GeoDataFrame,
    *,
    target: LayerMeta | None,
    aliases: Aliases,
    overrides: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    lookups: Mapping[str, Lookup] | None = None,
    named_by: str | None = None,
    row_word: str = "个要素",
) -> MappedColumns:
    """Give a file's attributes the names, words, types and units of a layer.

    Parameters
    ----------
    frame : GeoDataFrame
        The index holds the row numbers of the source. Any CRS. Not altered.
    target : LayerMeta, optional
        The layer to be replaced; None for a new one.
    aliases : Aliases
        From `changji_geo.intake.columns.aliases.load_aliases`.
    overrides : mapping of str to str, optional
        Field -> column, as the user told with ``--map``; an empty column keeps the field as it is.
    constants : mapping of str to str, optional
        Column -> text for every row where the file says nothing (``{"accuracy": "surveyed"}``).
    lookups : mapping of str to Lookup, optional
        Declared column -> where its cells come from when the file has none (``reserve_id`` by the name of the reserve).
        Names are compared without 新疆, 国家级, 自治区级, 省级; a name that several values claim is not used.
    named_by : str, optional
        A field that tells the rows apart (that of ``--rings-by``): the name where no field means it.
    row_word : str
        ``"个要素"`` or ``"行"``.

    Returns
    -------
    MappedColumns
        Columns of the frame: ``id`` and ``name``, the target's in their order, other fields of the file, ``geometry``.

        * Fields find their columns as `changji_geo.intake.columns.fields.match_fields` says. A header that several columns share
          (功能区) is decided cell by cell: 核心区 goes to ``zone_old``, 核心保护区 to ``zone_new``; neither is ever made
          from the other.
        * A field called something-名称 (企业名称), when it is the only one, is the name if no other is.
        * A field that is taken for the id but has the same in every row is kept as an extra.
        * ``id``: text; missing ones are made from the row number (``r12``) with a warning; one that an earlier row has is
          an error, and the row is left out. ``name``: missing ones are composed as the alias file says, else the id.
        * A column that the alias file says follows another (管控要求 the zone) is filled from it where the file has nothing.
        * A declared column that the file lacks is empty; a warning names those with a closed list of values, since maps
          draw by them, and ``info`` the others.
        * A cell that its column cannot take stays empty, its text is kept in an extra column ``<column>_given``, and a
          warning lists the values with their rows.
        * Areas and lengths are converted where header, cell or alias state the unit; a field without one is not taken for
          a column with one unless told to, but kept as an extra.
        * Every other field is kept: under its alias' column name, else its own name in small ASCII letters, else
          ``field_<number>``; its title is the original name.

    Raises
    ------
    InputError
        An override that names no field or no column.
    LayerError
        A constant or lookup for a column that cannot be.
    """
    given = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    known = aliases.for_layer(target.id if target else None)
    fields, told = [str(c) for c in given.columns], dict(overrides or {})
    found = match_fields(fields, target=target, table=known, overrides=told)
    constant: list[str] = []
    while (same := _constant_id(found.matches, given)) is not None:  # ArcGIS gives a shapefile a field Id of zeros
        constant.append(same)
        found = match_fields(fields, target=target, table=known, overrides=told | dict.fromkeys(constant, ""))
    declared = {c.name: c for c in (ID, NAME)} | ({c.name: c for c in target.columns} if target else {})
    out = ColumnTable(given.index, row_word, findings=list(found.findings))
    for field in constant:
        out.say("info", "constant_id", f"列“{field}”每行都一样，不能当作编号，另作附加列", field)
    others = list(found.others)
    matches = list(found.matches)
    if (named := _name_field(others, given, matches, known, named_by)) is not None:
        matches.append(named)
        others.remove(named.field)
    for match in matches:
        if not _take(match, given[match.field], declared, known, out):
            others.append(match.field)
    _say_matches(matches, out)
    for name, look in (lookups or {}).items():
        look_up(name, look, declared, out)
    fill_constants(constants or {}, declared, out)
    kept = settle_ids(out)
    settle_names(known.compose.get("name", ()), out)
    follow(known.follows, declared, out)
    _add_missing(declared, known, out)
    order = [str(c) for c in given.columns]
    _add_others(sorted(others, key=order.index), order, given, known, out)
    names = [*declared, *(n for n in out.cells if n not in declared)]
    columns = tuple(out.described[n] for n in names)
    data: dict[str, Any] = {n: _series(out.cells[n], out.described[n], given.index) for n in names}
    result = gpd.GeoDataFrame(data, geometry=gpd.GeoSeries(frame.geometry.array, index=frame.index), crs=frame.crs)
    return MappedColumns(result[kept], columns, tuple(out.findings), out.fields)


def _constant_id(matches: Sequence[Match], given: pd.DataFrame) -> str | None:
    """The field taken for the id, though all its cells are alike and nobody said so."""
    match = next((m for m in matches if m.columns == ("id",) and m.how != "told"), None)
    if match is None or len(given) < 2:
        return None
    cells = given[match.field]
    return match.field if cells.notna().all() and cells.nunique() == 1 else None


def _name_field(
    others: Sequence[str], given: pd.DataFrame, matches: Sequence[Match], known: AliasTable, named_by: str | None
) -> Match | None:
    """The field that names the rows where none means the name and none composes it: told, or the only one with -名称."""
    taken = {column for match in matches for column in match.columns}
    if "name" in taken or taken & set(known.compose.get("name", ())):
        return None
    if named_by is not None and named_by in others:
        return Match(named_by, ("name",), "alias", "")
    called = [f for f in others if read_header(f).bare.endswith("名称") and infer_type(given[f]) == "text"]
    full = [f for f in called if not given[f].isna().any()]
    return Match(full[0], ("name",), "alias", "") if len(called) == len(full) == 1 else None


def _take(
    match: Match, cells: pd.Series[Any], declared: Mapping[str, Column], known: AliasTable, out: ColumnTable
) -> bool:
    """Convert a field into its columns; False when its unit does not let it be taken."""
    wanted = [_wanted(name, match, cells, declared, known) for name in match.columns]
    if problem := _unit_problem(match, wanted[0]):
        out.say("warning", "unit", problem, match.field)
        return False
    taken = np.zeros(len(cells), dtype=bool)
    filled = np.fromiter((not is_blank(c) for c in plain_cells(cells)), dtype=bool, count=len(cells))
    refused = np.zeros(len(cells), dtype=bool)
    for column in wanted:
        done = convert_cells(cells, column, unit=match.unit, spellings=known.values.get(column.name, {}))
        out.described[column.name] = column
        out.cells[column.name] = done.values
        out.fields[column.name] = match.field
        taken |= filled & ~done.refused
        refused |= done.refused
        if done.changed:
            shown = "、".join(f"“{a}”→“{b}”" for a, b in list(done.changed.items())[:SHOWN_VALUES])
            out.say("repair", "value_mapped", f"列“{match.field}”的取值换成规范写法：{shown}", match.field)
    factor = factor_between(match.unit, wanted[0].unit) if match.unit and wanted[0].unit else 1.0
    if factor != 1.0:
        text = f"列“{match.field}”的单位是{match.unit}，已换算为{wanted[0].unit}（列 {wanted[0].name}）"
        out.say("repair", "unit", text, match.field)
    _keep_refused(match, cells, wanted, refused & ~taken, out)
    return True


def _wanted(
    name: str, match: Match, cells: pd.Series[Any], declared: Mapping[str, Column], known: AliasTable
) -> Column:
    """The column a match fills: as declared, else as far as its name and values tell."""
    if name in declared:
        return declared[name]
    title = _title(match.field)
    if len(match.columns) > 1:
        return Column(name, "text", title, allowed=tuple(dict.fromkeys(known.values.get(name, {}).values())))
    if name.endswith("_km2"):
        return Column(name, "number", title, unit="平方千米")
    kind = infer_type(cells)
    return Column(name, kind, title, unit=match.unit if kind in ("number", "integer") else "")


def _unit_problem(match: Match, column: Column) -> str:
    measured = column.unit in AREA_M2 or column.unit in LENGTH_M
    told = match.how in ("told", "name")
    if not measured or (told and not match.unit):
        return ""
    if not match.unit:
        return (
            f"列“{match.field}”没有写明单位，不能当作 {column.name}（{column.unit}），另作附加列；"
            f"在表头写明单位（如 {match.field}（公顷）），或确认就是{column.unit}后加 --map {match.field}={column.name}"
        )
    if factor_between(match.unit, column.unit) is None:
        return f"列“{match.field}”的单位是{match.unit}，不能换算为{column.unit}（列 {column.name}），另作附加列"
    return ""


def _keep_refused(match: Match, cells: pd.Series[Any], wanted: Sequence[Column], lost: Any, out: ColumnTable) -> None:
    """Cells that no column took: their text in a column of their own, one warning that lists them."""
    if not lost.any():
        return
    texts = [text_of(c) if bad else None for c, bad in zip(plain_cells(cells), lost, strict=True)]
    name = safe_name(f"{wanted[0].name}_given", 0, {*out.cells, *RESERVED})
    out.cells[name] = texts
    out.described[name] = Column(name, "text", f"{match.field[:34]}（原值）", meaning="导入时没有认出的原有取值")
    first: dict[str, list[int]] = {}
    for i in lost.nonzero()[0]:
        first.setdefault(str(texts[i]), []).append(i)
    shown = "；".join(f"“{v[:40]}”（{out.rows(rows)}）" for v, rows in list(first.items())[:SHOWN_VALUES])
    more = f"……共 {len(first)} 种" if len(first) > SHOWN_VALUES else ""
    allowed = [str(a) for c in wanted for a in c.allowed]
    kinds = {"number": "数字", "integer": "整数", "date": "日期", "boolean": "是或否", "text": "文字"}
    right = "、".join(allowed) or kinds[wanted[0].type] + (f"（{wanted[0].unit}）" if wanted[0].unit else "")
    fix = "在工作区 layers/aliases.toml 的 values 中补上写法，或改正原文件" if allowed else "改正原文件后重新导入"
    text = f"列“{match.field}”有 {int(lost.sum())} 格没有认出：{shown}{more}；应为：{right}。已留空，原值存入列 {name}；{fix}"
    out.say("warning", "bad_value", text, match.field)


def _say_matches(matches: Sequence[Match], out: ColumnTable) -> None:
    used = [m for m in matches if m.field in out.fields.values()]
    if used:
        pairs = "、".join(f"{m.field} → {'、'.join(m.columns)}" for m in used)
        out.say("info", "columns", f"列的对应：{pairs}")


def _add_missing(declared: Mapping[str, Column], known: AliasTable, out: ColumnTable) -> None:
    empty = [n for n in declared if n not in out.cells or all(v is None for v in out.cells[n])]
    for name in empty:
        out.cells.setdefault(name, [None] * len(out.index))
        out.described.setdefault(name, declared[name])
    shared = {frozenset(a.columns) for a in known.columns.values() if len(a.columns) > 1}
    drawn = [n for n in empty if declared[n].allowed]
    drawn = [n for n in drawn if not any(n in group and group - set(empty) for group in shared)]
    if not len(out.index):
        return
    if drawn:
        named = "、".join(
            f"{n}（{declared[n].title}，取值：{'、'.join(map(str, declared[n].allowed))}）" for n in drawn
        )
        fix = "文件里有时加 --map 字段=列；没有时用到它们的地图会显示“无数据”或画不出"
        out.say("warning", "column_missing", f"没有取值的列：{named}；{fix}")
    plain = [f"{n}（{declared[n].title}）" for n in empty if n not in drawn]
    if plain:
        out.say("info", "column_missing", f"文件没有的列留空：{'、'.join(plain)}")


def _add_others(
    others: Sequence[str], order: Sequence[str], given: pd.DataFrame, known: AliasTable, out: ColumnTable
) -> None:
    """Fields that mean no column of the layer, under names that are safe everywhere."""
    shown = []
    for field_name in others:
        header = read_header(field_name)
        name = safe_name(field_name, order.index(field_name) + 1, {*out.cells, *RESERVED})
        column = Column(name, infer_type(given[field_name]), _title(field_name))
        if column.type in ("number", "integer"):
            column = replace(column, unit=header.unit)
        out.cells[name] = convert_cells(given[field_name], replace(column, unit=""), spellings={}).values
        out.described[name] = column
        out.fields[name] = field_name
        shown.append(field_name if name == field_name else f"{field_name} → {name}")
    if shown:
        out.say("info", "extra_columns", f"另有 {len(shown)} 列照原样保留：{'、'.join(shown)}")


def _title(field_name: str) -> str:
    return field_name.strip()[:40] or "列"


def _series(cells: list[Any], column: Column, index: pd.Index[Any]) -> pd.Series[Any]:
    """A column with the plainest dtype: numbers as numbers, everything else as it is, None for nothing."""
    if column.type in ("number", "integer") and any(v is not None for v in cells):
        whole = column.type == "integer" and None not in cells and all(abs(v) < 2**63 for v in cells)
        numbers = np.array([np.nan if v is None else v for v in cells], dtype=np.int64 if whole else np.float64)
        return pd.Series(numbers, index=index)
    return pd.Series(cells, index=index, dtype=object)
