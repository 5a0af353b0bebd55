"""One raw file after another -> readings by pollutant with station, hour, file and row; what is lost is tallied."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from changji_geo.monitoring.air.air_findings import KEPT_ROWS
from changji_geo.monitoring.air.reading.gridding import Readings
from changji_geo.monitoring.air.reading.layouts import MEASURED, OZONE, pollutant_named
from changji_geo.monitoring.air.reading.rawfiles import RawFile
from changji_geo.monitoring.air.reading.readings import (
    BLANK,
    FOREIGN_UNIT,
    KIND_ZH,
    MARK,
    Column,
    power_to_ours,
    read_column,
)
from changji_geo.monitoring.air.reading.tally import Tally
from changji_geo.monitoring.air.rules import NAMES, UNITS
from changji_geo.monitoring.air.stamps import BEIJING_MINUTES, day_of_hour, parse_stamp
from changji_geo.monitoring.air.stations import FirstSeen, Sightings

Ints = np.ndarray[Any, np.dtype[np.int64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class OzoneColumns:
    """The four ozone columns of a file that has the pair, as its header names them."""

    file: int
    name: str
    station: Ints
    hour: Ints
    row: Ints
    values: dict[str, np.ndarray[Any, np.dtype[np.float64]]]


@dataclass
class Collected:
    """What the files held so far. ``wanted``: only these codes, or all."""

    wanted: set[str] | None
    pieces: dict[str, list[Readings]] = field(default_factory=dict)
    ozone: list[OzoneColumns] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    sightings: Sightings = field(default_factory=Sightings)
    tally: Tally = field(default_factory=Tally)
    stamps: dict[str, tuple[int | None, int | None]] = field(default_factory=dict)
    files: int = 0
    labels: Mapping[Path, str] = field(default_factory=dict)

    def label(self, path: Path) -> str:
        """How findings call a file."""
        return self.labels.get(path, path.name)

    @property
    def codes(self) -> tuple[str, ...]:
        """Stations in the order they were met."""
        return tuple(self.numbers)

    def put(self, pollutant: str, readings: Readings) -> None:
        """Keep readings of a pollutant."""
        self.pieces.setdefault(pollutant, []).append(readings)


def collect_file(found: Collected, raw: RawFile) -> None:
    """Add one file to what was collected."""
    number, name = found.files, found.label(raw.path)
    found.files += 1
    for f in raw.findings:
        told = "{count} 行的列数与表头不符，没有采用" if f.rule == "ragged" else "{files} 个文件的文字编码是 GBK"
        found.tally.add(f.level, f.rule, told, count=f.count or 1, file=name, rows=f.rows)
    if raw.layout.trailing:
        told = "{files} 个文件有 *_24h 列：是前 24 小时滑动平均，不是日均值，没有采用"
        found.tally.add("info", "trailing-means", told, count=1, file=name)
    hour, timed = _hours(found, raw)
    station, named = _stations(found, raw)
    use = timed & named
    table, rows = raw.table.filter(pa.array(use)), raw.rows[use].astype(np.int64)
    hour, station = hour[use], station[use]
    if not rows.size:
        return
    _check_year(found, raw, hour, rows)
    _sight(found, table, hour, rows, name)
    file = np.full(rows.size, number, dtype=np.int64)
    if raw.layout.kind == "long":
        _collect_long(found, raw, table, Readings(station, hour, np.empty(0), file, rows))
    else:
        _collect_wide(found, raw, table, Readings(station, hour, np.empty(0), file, rows))


def _codes_of(column: pa.ChunkedArray) -> tuple[list[str], Ints]:
    """Distinct texts of a column, and for each row the number of its text."""
    coded = column.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    return coded.dictionary.to_pylist(), coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def _hours(found: Collected, raw: RawFile) -> tuple[Ints, Bools]:
    texts, codes = _codes_of(_zoned(raw))
    for text in texts:
        if text not in found.stamps:
            found.stamps[text] = parse_stamp(text)
    read = [found.stamps[t] for t in texts]
    hours = np.array([h or 0 for h, _ in read], dtype=np.int64)
    good = np.array([h is not None for h, _ in read], dtype=bool)
    foreign = np.array([h is not None and o not in (None, BEIJING_MINUTES) for h, o in read], dtype=bool)
    wrong = np.flatnonzero(~good[codes])
    found.tally.add(
        "error",
        "bad-time",
        "{count} 行的时间不是整点时刻，没有采用：{texts}",
        count=wrong.size,
        file=found.label(raw.path),
        rows=raw.rows[wrong],
        texts=[t for t, ok in zip(texts, good, strict=True) if not ok],
    )
    shifted = np.flatnonzero(foreign[codes])
    found.tally.add(
        "repair",
        "other-offset",
        "{count} 行的时间写明不是北京时间，已换算：{texts}",
        count=shifted.size,
        file=found.label(raw.path),
        rows=raw.rows[shifted],
        texts=[t for t, f in zip(texts, foreign, strict=True) if f][:1],
    )
    return hours[codes], good[codes]


def _zoned(raw: RawFile) -> pa.ChunkedArray:
    """The stamps, with the zone that a column or the header of the file states behind them; a stamp's own stays."""
    time = raw.table["time"]
    stated = raw.layout.units.get("time", "")
    if "zone" not in raw.table.column_names and not stated:
        return time
    zone = raw.table["zone"] if "zone" in raw.table.column_names else pa.array([stated] * len(time), pa.string())
    texts = [
        f"{t} {z}" if z and parse_stamp(t)[1] is None else t
        for t, z in zip(time.to_pylist(), map(str, zone.to_pylist()), strict=True)
    ]
    return pa.chunked_array([pa.array(texts, pa.string())])


def _stations(found: Collected, raw: RawFile) -> tuple[Ints, Bools]:
    texts, codes = _codes_of(raw.table["station"])
    chosen = np.array([bool(t) and (found.wanted is None or t in found.wanted) for t in texts], dtype=bool)
    blank = np.array([not t for t in texts], dtype=bool)
    numbers = np.array(
        [found.numbers.setdefault(t, len(found.numbers)) if c else -1 for t, c in zip(texts, chosen, strict=True)]
    )
    empty, other = np.flatnonzero(blank[codes]), np.flatnonzero((~chosen & ~blank)[codes])
    name = found.label(raw.path)
    told = "{count} 行没有站点编码，没有采用"
    found.tally.add("error", "no-station", told, count=empty.size, file=name, rows=raw.rows[empty])
    told = "{count} 行是未选的站点，没有采用，如 {texts}"
    left = [t for t, c in zip(texts, chosen, strict=True) if t and not c]
    found.tally.add("info", "other-stations", told, count=other.size, file=name, rows=raw.rows[other], texts=left)
    return numbers.astype(np.int64)[codes], chosen[codes]


def _check_year(found: Collected, raw: RawFile, hour: Ints, rows: Ints) -> None:
    """Rows of other years than the file's name or folder says; midnight belongs to both."""
    stated = {
        int(y)
        for part in (raw.path.stem, raw.path.parent.name)
        for y in re.findall(r"(?<!\d)20\d\d(?=\D|\d{2,4}(?!\d)|$)", part)
    }
    if not stated:
        return
    distinct, back = np.unique(hour, return_inverse=True)
    fits = np.array([bool({day_of_hour(int(h)).year, day_of_hour(int(h) + 1).year} & stated) for h in distinct])
    other = np.flatnonzero(~fits[back])
    years = sorted({str(day_of_hour(int(h)).year) for h, ok in zip(distinct, fits, strict=True) if not ok})
    told = "{count} 行的年份与文件名或文件夹不符（{texts} 年），按行内的时间采用，请查明"
    found.tally.add(
        "warning", "other-year", told, count=other.size, file=found.label(raw.path), rows=rows[other], texts=years
    )


def _sight(found: Collected, table: pa.Table, hour: Ints, rows: Ints, file: str) -> None:
    columns = {
        c: table[c] if c in table.column_names else pa.array([""] * table.num_rows) for c in ("name", "lon", "lat")
    }
    seen = pa.table({"station": table["station"], **columns, "hour": hour, "row": rows})
    firsts = [("hour", "min"), ("row", "min")]
    for row in seen.group_by(["station", "name", "lon", "lat"]).aggregate(firsts).to_pylist():
        first = FirstSeen(row["hour_min"], file, row["row_min"])
        found.sightings.add(row["station"], row["name"], row["lon"], row["lat"], first)


def _collect_wide(found: Collected, raw: RawFile, table: pa.Table, rows: Readings) -> None:
    name = found.label(raw.path)
    pair = "o3" in raw.layout.columns and "o3_24h" in raw.layout.columns
    ozone = {}
    for column in (*MEASURED, *(c for c in OZONE if c not in MEASURED)):
        if column not in raw.layout.columns or (column in OZONE and column != "o3" and not pair):
            continue
        pollutant = "o3" if column in OZONE else column
        read = _read_with_unit(found, raw, table[column], pollutant, rows.row, column, raw.layout.units.get(column, ""))
        if pair and column in OZONE:
            ozone[column] = read.values
        else:
            found.put(column, Readings(rows.station, rows.hour, read.values, rows.file, rows.row))
    if pair:
        found.ozone.append(OzoneColumns(int(rows.file[0]), name, rows.station, rows.hour, rows.row, ozone))
    elif "o3" in raw.layout.columns:
        told = "{files} 个文件没有 o3_24h 列，无法核对臭氧列是否对调，按列名采用"
        found.tally.add("info", "ozone-unchecked", told, count=1, file=name, pollutant="O3")


def _read_with_unit(
    found: Collected, raw: RawFile, column: pa.ChunkedArray, pollutant: str, rows: Ints, header: str, unit: str
) -> Column:
    power = power_to_ours(unit, pollutant)
    read = read_column(column, pollutant, power=power or 0)
    if power is None:
        filled = read.kinds != BLANK
        kinds = np.where(filled, FOREIGN_UNIT, BLANK).astype(np.int8)
        read = Column(
            np.full(len(kinds), np.nan), kinds, {**read.texts, FOREIGN_UNIT: (unit,)}, np.zeros(len(kinds), bool)
        )
    elif power:
        told = f"{{files}} 个文件的单位是 {unit}，已换算为{UNITS[pollutant]}，{{count}} 个读数"
        count = int(np.sum(~np.isnan(read.values)))
        found.tally.add(
            "repair", "unit-converted", told, count=count, file=found.label(raw.path), pollutant=NAMES[pollutant]
        )
    _tally_column(found, found.label(raw.path), read, pollutant, rows, header)
    return read


def _tally_column(found: Collected, file: str, read: Column, pollutant: str, rows: Ints, header: str) -> None:
    """Blank cells are counted as gaps of the day later on; everything else that gave no number is told here."""
    if header != pollutant:
        return  # the running maxima of ozone are only a check
    counts = np.bincount(read.kinds, minlength=FOREIGN_UNIT + 1)
    for kind, words in KIND_ZH.items():
        if counts[kind]:
            told = f"{{count}} 个{NAMES[pollutant]}读数是{words}，作缺测：{{texts}}"
            at = rows[np.flatnonzero(read.kinds == kind)[:KEPT_ROWS]]
            level = "info" if kind == MARK else "error"
            found.tally.add(
                level,  # type: ignore[arg-type]
                f"value-{kind_rule(kind)}",
                told,
                count=int(counts[kind]),
                file=file,
                rows=at.tolist(),
                texts=read.texts[kind],
                pollutant=NAMES[pollutant],
            )
    told = "{count} 个读数自带的单位与本列不同，已换算"
    other = np.flatnonzero(read.converted)
    found.tally.add(
        "repair", "mixed-units", told, count=other.size, file=file, rows=rows[other], pollutant=NAMES[pollutant]
    )


def kind_rule(kind: int) -> str:
    """The short English name of a kind of cell, for findings.

    Examples
    --------
    >>> kind_rule(MARK)
    'mark'
    """
    return ("ok", "blank", "mark", "sentinel", "negative", "absurd", "unreadable", "not-detected", "foreign-unit")[kind]


def _collect_long(found: Collected, raw: RawFile, table: pa.Table, rows: Readings) -> None:
    names, codes = _codes_of(table["pollutant"])
    units, unit_codes = (
        _codes_of(table["unit"])
        if "unit" in table.column_names
        else ([raw.layout.units.get("value", "")], np.zeros(rows.row.size, np.int64))
    )
    ours = [pollutant_named(n) for n in names]
    other = np.flatnonzero(np.array([p is None for p in ours], dtype=bool)[codes])
    left = [n for n, p in zip(names, ours, strict=True) if p is None]
    told = "{count} 行是六项以外的项目，没有采用：{texts}"
    found.tally.add(
        "info", "other-item", told, count=other.size, file=found.label(raw.path), rows=rows.row[other], texts=left
    )
    for pollutant in MEASURED:
        of_item = np.isin(codes, [i for i, p in enumerate(ours) if p == pollutant])
        used = [u for i, u in enumerate(units) if (of_item & (unit_codes == i)).any()]
        if len({power_to_ours(u, pollutant) for u in used}) > 1:
            listed_units = "、".join(u or "（空）" for u in used)
            told = f"单位混用：{listed_units}；行号是与首行单位不同的行"
            other = np.flatnonzero(of_item & (unit_codes != unit_codes[np.flatnonzero(of_item)[0]]))
            found.tally.add(
                "warning",
                "mixed-units",
                told,
                count=int(of_item.sum()),
                file=found.label(raw.path),
                rows=rows.row[other],
                pollutant=NAMES[pollutant],
            )
        for i, unit in enumerate(units):
            at = np.flatnonzero(of_item & (unit_codes == i))
            if not at.size:
                continue
            read = _read_with_unit(
                found, raw, table["value"].take(pa.array(at)), pollutant, rows.row[at], pollutant, unit
            )
            found.put(pollutant, Readings(rows.station[at], rows.hour[at], read.values, rows.file[at], rows.row[at]))
