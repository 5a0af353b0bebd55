"""``layers/aliases.toml`` -> which column a header means and which value a spelling means; an office adds its own file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from changji_geo.errors import InputError
from changji_geo.intake.columns.headers import read_header, text_key
from changji_geo.resources import Workspace, find_workspace
from changji_geo.specfile import Strict, check_model, read_toml


def _check_name(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
        raise ValueError(f"“{name}”不能作标识，应为小写英文字母开头，只含小写字母、数字和下划线，如 water_sources")
    return name


# A pattern on the field would do, but the hints for unknown keys cannot see through a schema with patterned keys.
ColumnName = Annotated[str, AfterValidator(_check_name)]
Spelling = Annotated[str, Field(min_length=1, max_length=80)]


@dataclass(frozen=True, slots=True)
class Alias:
    """One header: the columns it can mean (of several the value decides), as written, its rank, the unit it implies."""

    columns: tuple[str, ...]
    text: str
    rank: int
    unit: str = ""


@dataclass(frozen=True)
class AliasTable:
    """The aliases in force for one layer, by `text_key`.

    ``values``: column -> spelling -> value. ``compose``: column -> the columns whose values, joined by "·", make it when
    the file has nothing for it. ``follows``: column -> the column whose values decide it.
    """

    columns: Mapping[str, Alias]
    values: Mapping[str, Mapping[str, str]]
    compose: Mapping[str, tuple[str, ...]]
    follows: Mapping[str, Follow]

    @property
    def names(self) -> tuple[str, ...]:
        """Every column some alias means, sorted."""
        return tuple(sorted({c for a in self.columns.values() for c in a.columns}))


@dataclass(frozen=True)
class Aliases:
    """All aliases of a workspace; ask `for_layer`."""

    _sets: tuple[tuple[str | None, _AliasSet], ...] = field(repr=False)

    def for_layer(self, layer_id: str | None) -> AliasTable:
        """The aliases for columns of a layer (None: of a layer that is new).

        What is written for the layer goes before what is written for all, the workspace's file before the shipped one.
        """
        columns: dict[str, Alias] = {}
        values: dict[str, dict[str, str]] = {}
        compose: dict[str, tuple[str, ...]] = {}
        follows: dict[str, Follow] = {}
        for scope, entries in self._sets:
            if scope is not None and scope != layer_id:
                continue
            columns |= entries.claims()
            for column, spellings in entries.values.items():
                known = values.setdefault(column, {})
                known |= {text_key(s): value for value, others in spellings.items() for s in (value, *others)}
            compose |= {column: tuple(parts) for column, parts in entries.compose.items()}
            follows |= entries.follows
        return AliasTable(columns, values, compose, follows)


def load_aliases(workspace: Workspace | None = None) -> Aliases:
    """Read the shipped alias table and the workspace's own.

    Parameters
    ----------
    workspace : Workspace, optional
        The one in force by default. Its ``layers/aliases.toml`` is merged over the shipped one, alias by alias.

    Raises
    ------
    InputError
        A file that is no TOML, has an unknown key, or lets two columns claim the same alias; names the file and the key.

    Examples
    --------
    >>> load_aliases().for_layer("reserves").columns["bhqmc"].columns
    ('reserve',)
    """
    files = [(path, _read(path)) for path in (workspace or find_workspace()).alias_files()]
    sets: list[tuple[str | None, _AliasSet]] = []
    for _, file in files:
        sets.append((None, file))
        sets += file.layers.items()
    return Aliases(tuple(sets))


class _ByValue(Strict):
    """Headers that several columns share; each cell goes to the column that knows its value."""

    columns: list[ColumnName] = Field(min_length=2)
    aliases: list[Spelling] = Field(min_length=1)


class Follow(Strict):
    """A column that follows from another: value of ``by`` -> its own."""

    by: ColumnName
    values: dict[Spelling, Annotated[str, Field(min_length=1)]] = Field(min_length=1)


class _AliasSet(Strict):
    columns: dict[ColumnName, list[Spelling]] = Field(default_factory=dict)
    by_value: list[_ByValue] = Field(default_factory=list)
    values: dict[ColumnName, dict[Spelling, list[Spelling]]] = Field(default_factory=dict)
    compose: dict[ColumnName, list[ColumnName]] = Field(default_factory=dict)
    follows: dict[ColumnName, Follow] = Field(default_factory=dict)

    def claims(self) -> dict[str, Alias]:
        """Each alias by its key; of one column's spellings of the same key the first counts."""
        wanted: list[tuple[tuple[str, ...], list[str]]] = []
        wanted += [((column,), spellings) for column, spellings in self.columns.items()]
        wanted += [(tuple(entry.columns), entry.aliases) for entry in self.by_value]
        out: dict[str, Alias] = {}
        for columns, spellings in wanted:
            for rank, text in enumerate(spellings):
                header = read_header(text)
                claimed = out.setdefault(
                    header.bare if header.unit else header.key, Alias(columns, text, rank, header.unit)
                )
                if claimed.columns != columns:
                    both = "、".join("或".join(c) for c in (claimed.columns, columns))
                    raise _TwiceClaimed(f"别名“{text}”同时写在两处：{both}")
        return out


class _AliasFile(_AliasSet):
    layers: dict[ColumnName, _AliasSet] = Field(default_factory=dict)


class _TwiceClaimed(Exception):
    """An alias of two columns in one file."""


def _read(path: Path) -> _AliasFile:
    file = check_model(_AliasFile, read_toml(path), where=str(path))
    for scope, entries in [("", file), *((f"layers.{name} ", s) for name, s in file.layers.items())]:
        where = f"{path} 的 {scope}columns"
        try:
            entries.claims()
        except _TwiceClaimed as cause:
            fix = "只留一处；若由取值决定是哪一列，写到 [[by_value]]"
            raise InputError(str(cause), where=where, expected="一个别名只属于一列", fix=fix) from cause
        for column, spellings in entries.values.items():
            seen: dict[str, str] = {}
            for value, others in spellings.items():
                for text in (value, *others):
                    if seen.setdefault(text_key(text), value) != value:
                        raise InputError(
                            f"取值“{text}”同时写在“{seen[text_key(text)]}”和“{value}”下",
                            where=f"{path} 的 {scope}values.{column}",
                            expected="一种写法只对应一个取值",
                            fix="只留一处",
                        )
    return file
