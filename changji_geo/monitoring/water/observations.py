"""A table of water samples, one row each or one row per item -> samples with exact amounts; layout, names, units, dates settled."""

from __future__ import annotations

import datetime
import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from changji_geo.errors import InputError, near_match
from changji_geo.monitoring.water.measured import (
    Measured,
    is_blank,
    is_water_unit,
    read_measured,
    states_unit,
    unit_shift,
    without_doubtful_oxygen,
)
from changji_geo.monitoring.water.sample_keys import (
    KeyName,
    ReadingOptions,
    RowKey,
    first_of_repeated,
    key_columns,
    read_keys,
    require_keys,
    row_numbers,
)
from changji_geo.standards.water_items import ItemIndex, WaterItem, fold_name

_SHOWN = 8
"""How many names a message lists before it only counts the rest."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one section gave on one date.

    ``rows``: number of the row of each value, as `row_numbers` counts. ``unused``: names of measured columns or items that no
    limit here applies to.
    """

    section: str
    date: str
    first_day: datetime.date
    water_type: str
    target: str
    basin: str
    values: Mapping[WaterItem, Measured]
    rows: Mapping[WaterItem, int]
    unused: tuple[str, ...]


@dataclass(slots=True)
class _Entry:
    """A cell with its row, the item names it stands under and the unit stated for it."""

    row: int
    label: str
    items: tuple[WaterItem, ...]
    cell: object
    unit: str


def read_samples(frame: pd.DataFrame, index: ItemIndex, options: ReadingOptions) -> list[Sample]:
    """Read a table of samples in the order of their first rows.

    Parameters
    ----------
    frame : DataFrame
        Wide (section, date, one column per item) or long (section, date, item, value, unit); headers Chinese or English, a unit
        may stand behind the name (``氨氮(mg/L)``).
    index : ItemIndex
        The items that are looked for.
    options : ReadingOptions

    Raises
    ------
    InputError
        A key column or a unit is missing, a date or a class cannot be read, one sample is there twice. A single cell that
        cannot be used raises nothing: it is in the sample with its reason.
    """
    keys = key_columns(frame)
    require_keys(frame, keys, options)
    long = "item" in keys and "value" in keys
    if not long:
        keys = {key: column for key, column in keys.items() if key not in ("item", "value", "unit")}
    columns = {column: _cells(frame, column) for column in frame.columns}
    entries = list(_long_entries(columns, keys, index) if long else _wide_entries(columns, keys, index))
    _require_declared(entries, index, options)
    _require_units(entries, options)
    numbers = row_numbers(frame)
    heads = read_keys(columns, keys, numbers, options)
    grouped: dict[tuple[str, str], list[_Entry]] = {(head[0], head[1]): [] for head in heads}
    facts: dict[tuple[str, str], RowKey] = {}
    for row, head in enumerate(heads):
        if not long and (head[0], head[1]) in facts:
            raise InputError(
                f"断面“{head[0]}”在 {head[1]} 有两行",
                where=f"第 {numbers[row]} 行",
                fix="先合并，或给垂线、水深各自的名称",
            )
        if facts.setdefault((head[0], head[1]), head) != head:
            raise InputError(
                f"断面“{head[0]}”在 {head[1]} 的水体类型、目标或流域前后不一",
                where=f"第 {numbers[row]} 行",
                fix="改成一致",
            )
    for entry in entries:
        head = heads[entry.row]
        grouped[(head[0], head[1])].append(entry)
    limits = {fold_name(name): limit for name, limit in (options.detection_limits or {}).items()}
    return [_sample(facts[key], found, numbers, limits, options) for key, found in grouped.items()]


def _cells(frame: pd.DataFrame, column: Any) -> list[object]:
    """The cells as Python objects; 32-bit numbers by their own decimals (0.15, not 0.15000000596)."""
    series = frame[column]
    if series.dtype == np.float32:
        return [float(str(cell)) for cell in series.to_numpy()]
    return [None if cell is pd.NA or cell is pd.NaT else cell for cell in series.tolist()]


@functools.lru_cache(maxsize=4096)
def _split_header(header: str) -> tuple[str, str]:
    """A header without the unit behind its name, and the unit."""
    text = unicodedata.normalize("NFKC", header).strip()
    for pattern in (r"(.+?)\s*[(\[]([^()\[\]]+(?:\([^()]*\))?)[)\]]", r"(.+?)[\s,;:_]+(\S+)"):
        found = re.fullmatch(pattern, text)
        if found and is_water_unit(unit := found[2].removeprefix("单位").lstrip(":")):
            return found[1], unit
    return header, ""


def _wide_entries(
    columns: Mapping[Any, list[object]], keys: Mapping[KeyName, Any], index: ItemIndex
) -> Iterator[_Entry]:
    labels: dict[WaterItem, str] = {}
    used = set(keys.values())
    for column, cells in columns.items():
        if column in used:
            continue
        name, unit = _split_header(first_of_repeated(str(column), columns))
        items = index.find(name)
        for item in items:
            if len(items) == 1 and item in labels:
                raise InputError(f"“{labels[item]}”和“{column}”两列都是{item.name}", fix="删去一列")
            labels.setdefault(item, str(column))
        yield from (_Entry(row, str(column), items, cell, unit) for row, cell in enumerate(cells))


def _long_entries(
    columns: Mapping[Any, list[object]], keys: Mapping[KeyName, Any], index: ItemIndex
) -> Iterator[_Entry]:
    names, values = columns[keys["item"]], columns[keys["value"]]
    units = columns[keys["unit"]] if "unit" in keys else [None] * len(values)
    for row, (label, cell, stated) in enumerate(zip(names, values, units, strict=True)):
        name, unit = _split_header(str(label))
        written = str(stated).strip() if stated is not None and stated == stated else ""
        yield _Entry(
            row, str(label).strip(), index.find(name), cell, written if written not in ("", "-", "/", "—") else unit
        )


def _require_declared(entries: Sequence[_Entry], index: ItemIndex, options: ReadingOptions) -> None:
    """Refuse a declared unit or detection limit of what is neither an item nor in the table, and a unit that is none."""
    units = {} if options.units in (None, "standard") else cast(Mapping[str, str], options.units)
    told = {entry.label for entry in entries}
    labels = {form for label in told for form in (fold_name(label), fold_name(_split_header(label)[0]))}
    for name in (*units, *(options.detection_limits or {})):
        if not index.find(name) and fold_name(name) not in labels:
            known = [item.name for item in index.items]
            raise InputError(f"声明了“{name}”，没有这个项目，表里也没有这一列", fix=near_match(name, known))
    for name, unit in units.items():
        if not is_water_unit(unit):
            raise InputError(f"声明的{name}的单位“{unit}”不认识", expected="如 mg/L、ug/L、个/L、m", fix="改正单位")


def _require_units(entries: Sequence[_Entry], options: ReadingOptions) -> None:
    """Settle the unit of every entry; refuse all columns at once that state none and that the user declares none for."""
    declared = (
        {}
        if options.units in (None, "standard")
        else {fold_name(k): v for k, v in cast(Mapping[str, str], options.units).items()}
    )
    bare: dict[str, bool] = {}
    expected: dict[str, str] = {}
    for entry in entries:
        item = next(iter(entry.items), None)
        if item is None or not item.unit or is_blank(entry.cell, item):
            continue
        if options.units == "standard":
            told = item.unit
        else:
            told = next((declared[n] for n in _names(entry, item) if n in declared), "") if declared else ""
        if entry.unit and told and options.units != "standard" and unit_shift(entry.unit, told) != 0:
            raise InputError(
                f"“{entry.label}”的单位在表里是“{entry.unit}”，{options.words.units} 说是“{told}”",
                fix=f"以表里的为准就{options.words.drop_unit}；表写错了就先改表",
            )
        if not entry.unit:
            entry.unit = told
        bare[entry.label] = bare.get(entry.label, True) and not (entry.unit or states_unit(entry.cell))
        expected[entry.label] = f"{item.name} {item.unit}"
    without = [label for label, missing in bare.items() if missing]
    if without:
        more = f"等 {len(without)} 项" if len(without) > _SHOWN else ""
        raise InputError(
            f"没有写单位：{'、'.join(without[:_SHOWN])}{more}",
            expected="、".join(expected[label] for label in without[:_SHOWN]),
            fix=f"核对后写在列名的括号里或单位列；都是标准所用单位的，{options.words.standard_units}",
        )


def _names(entry: _Entry, item: WaterItem) -> Iterator[str]:
    yield fold_name(entry.label)
    yield from map(fold_name, (item.id, item.name, *item.aliases))


def _sample(
    head: RowKey,
    entries: Sequence[_Entry],
    numbers: Sequence[int],
    limits: Mapping[str, float],
    options: ReadingOptions,
) -> Sample:
    section, date, first, water, target, basin = head
    values: dict[WaterItem, Measured] = {}
    rows: dict[WaterItem, int] = {}
    unused: list[str] = []
    for entry in entries:
        items = [item for item in entry.items if item.applies_to(water)]
        if len(items) != 1:
            if not _empty(entry.cell):
                unused.append(entry.label)
            continue
        item = items[0]
        if is_blank(entry.cell, item):
            continue
        if item in values:
            raise InputError(
                f"断面“{section}”在 {date} 的{item.name}有两个值",
                where=f"第 {numbers[entry.row]} 行",
                fix="留下一个，或先取平均",
            )
        limit = next((limits[name] for name in _names(entry, item) if name in limits), None) if limits else None
        values[item] = read_measured(entry.cell, item, unit=entry.unit, non_detect=options.non_detect, limit=limit)
        rows[item] = numbers[entry.row]
    return Sample(
        section, date, first, water, target, basin, without_doubtful_oxygen(values), rows, tuple(dict.fromkeys(unused))
    )


def _empty(cell: object) -> bool:
    return cell is None or cell != cell or str(cell).strip() in ("", "/", "-", "—", "——", "--")
