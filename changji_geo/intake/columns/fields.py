"""The fields of a file -> the columns they mean, and why: told, by name, by title, by alias, or by a name cut at 10 bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from changji_geo.errors import InputError, near_match
from changji_geo.intake.columns.aliases import AliasTable
from changji_geo.intake.columns.headers import Header, may_be_cut, read_header, text_key
from changji_geo.intake.findings import IntakeFinding
from changji_geo.layer_description import LayerMeta

How = Literal["told", "name", "title", "alias", "cut"]

SAFE_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_RANK: dict[How, int] = {"told": 0, "name": 1, "title": 2, "alias": 3, "cut": 4}
_MEASURED = "area_km2"
"""Its meaning is the figure's own area, so a header that only says 面积 is not taken for it."""


@dataclass(frozen=True, slots=True)
class Match:
    """A field and the columns it means (several: each cell's value decides); ``unit`` of its numbers, "" if unstated."""

    field: str
    columns: tuple[str, ...]
    how: How
    unit: str
    order: int = 0


@dataclass(frozen=True)
class Fields:
    """What `match_fields` gives: the matches in the file's order, and the other fields in theirs."""

    matches: tuple[Match, ...]
    others: tuple[str, ...]
    findings: tuple[IntakeFinding, ...]


def match_fields(
    fields: Sequence[str], *, target: LayerMeta | None, table: AliasTable, overrides: Mapping[str, str]
) -> Fields:
    """Decide which column each field means.

    Parameters
    ----------
    fields : sequence of str
        Names as the file has them, without the geometry.
    target : LayerMeta, optional
        The layer whose columns are wanted.
    table : AliasTable
        The aliases for it.
    overrides : mapping of str to str
        Field -> column as the user told; an empty column keeps the field as it is.

    Returns
    -------
    Fields
        Tried in turn: what the user told, a column's own name, a column's Chinese title, an alias (whole, then without
        brackets and unit), and for names of 10 bytes the beginning of one of these, if only one column begins so. When
        several fields mean a column, the earlier way wins, then the earlier alias, then the earlier field; the others are
        among ``others``, with a finding.

    Raises
    ------
    InputError
        An override names a field or a column that does not exist, or gives one column twice.
    """
    titles = {text_key(c.title): c.name for c in target.columns} if target else {}
    declared = [c.name for c in target.columns] if target else []
    known = {"id", "name", *declared, *table.names}
    _check_overrides(fields, overrides, known, any_name=target is None)
    found: list[Match] = []
    for field in fields:
        if field in overrides:
            if overrides[field]:
                found.append(Match(field, (overrides[field],), "told", read_header(field).unit))
        elif match := _match(field, known, titles, table):
            found.append(match)
    findings = [_cut_finding(m) for m in found if m.how == "cut"]
    place = {field: i for i, field in enumerate(fields)}
    winner: dict[str, Match] = {}
    for match in sorted(found, key=lambda m: (_RANK[m.how], m.order, place[m.field])):
        rival = next((winner[c] for c in match.columns if c in winner), None)
        if rival is None:
            winner |= dict.fromkeys(match.columns, match)
        elif match.how != "cut" or rival.how == "cut":
            text = f"列“{match.field}”也像 {'、'.join(match.columns)}，已用“{rival.field}”，“{match.field}”另作附加列"
            findings.append(
                IntakeFinding(
                    "info", "rival_field", f"{text}；要改用它，加 --map {match.field}={match.columns[0]}", column=match.field
                )
            )  # fmt: skip
    matches = tuple(sorted(set(winner.values()), key=lambda m: place[m.field]))
    taken = {m.field for m in matches}
    said = tuple(f for f in findings if f.rule != "cut_name" or f.column in taken)
    return Fields(matches, tuple(f for f in fields if f not in taken), said)


def _check_overrides(fields: Sequence[str], overrides: Mapping[str, str], known: set[str], *, any_name: bool) -> None:
    where = "--map"
    for field, column in overrides.items():
        if field not in fields:
            raise InputError(f"文件没有列“{field}”", where=where, fix=near_match(field, fields))
        if column and column not in known and not (any_name and SAFE_NAME.fullmatch(column) and column != "geometry"):
            expected = "图层的列名或别名表里的列名" if not any_name else "小写英文字母开头的列名"
            raise InputError(f"没有列“{column}”", where=where, expected=expected, fix=near_match(column, known))
    told = [c for c in overrides.values() if c]
    if twice := next((c for c in told if told.count(c) > 1), None):
        both = "、".join(f"“{f}”" for f, c in overrides.items() if c == twice)
        raise InputError(f"{both}都指定给了列 {twice}", where=where, fix="只留一个")


def _match(field: str, known: set[str], titles: Mapping[str, str], table: AliasTable) -> Match | None:
    header = read_header(field)
    if (name := field.strip().casefold()) in known:
        return Match(field, (name,), "name", header.unit)
    for key in dict.fromkeys((header.key, header.bare)):
        if (column := titles.get(key)) and column != _MEASURED:
            return Match(field, (column,), "title", header.unit)
    for key in dict.fromkeys((header.key, header.bare)):
        if alias := table.columns.get(key):
            return Match(field, alias.columns, "alias", header.unit or alias.unit, alias.rank)
    return _cut_match(field, header, known, titles, table) if may_be_cut(field) else None


def _cut_match(
    field: str, header: Header, known: set[str], titles: Mapping[str, str], table: AliasTable
) -> Match | None:
    whole = {text_key(name): (name,) for name in known} | {key: (name,) for key, name in titles.items()}
    claims = whole | {key: alias.columns for key, alias in table.columns.items()}
    meant = {columns for key, columns in claims.items() if len(key) > len(header.key) and key.startswith(header.key)}
    if len(meant) != 1 or not header.key:
        return None
    columns = meant.pop()
    named = text_key(columns[0]).startswith(header.key)  # official_a is of official_area_km2, which says its unit
    return Match(field, columns, "cut", read_header(columns[0]).unit if named else header.unit)


def _cut_finding(match: Match) -> IntakeFinding:
    text = f"列名“{match.field}”像是在 10 字节处截断的，只有 {'、'.join(match.columns)} 的名称这样开头，按它对应"
    return IntakeFinding("info", "cut_name", text, column=match.field)


def safe_name(field: str, number: int, taken: set[str]) -> str:
    """A column name for a field that means no known column: its own in small ASCII letters, else ``field_<number>``.

    Examples
    --------
    >>> safe_name("Shape_Area", 3, set()), safe_name("权属", 4, set()), safe_name("权属", 4, {"field_4"})
    ('shape_area', 'field_4', 'field_4_2')
    """
    plain = re.sub(r"[^a-z0-9]+", "_", field.casefold()).strip("_")[:50] if field.isascii() else ""
    base = plain if SAFE_NAME.fullmatch(plain) else f"field_{number}"
    name, count = base, 1
    while name in taken:
        count += 1
        name = f"{base}_{count}"
    return name
