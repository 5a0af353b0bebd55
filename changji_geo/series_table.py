"""The table of a series, CSV or Parquet, one row an area and moment -> its cells with their places; and back to CSV."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from changji_geo.csvfile import read_csv
from changji_geo.errors import LayerError, near_match
from changji_geo.xlsxfile import guard_text, unguard_text

KEYS = ("area", "time")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]+")


@dataclass(frozen=True)
class SeriesRows:
    """A table's cells column by column, and the line of each row; `area` and `time` are text, blank cells ``""``."""

    file: Path
    lines: Sequence[int]
    area: Sequence[str]
    time: Sequence[str]
    cells: Mapping[str, Sequence[Any]]

    def where(self, row: int) -> str:
        """File and line, for messages."""
        return f"{self.file} 第 {self.lines[row]} 行"

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column as numbers, NaN where a cell is blank; raises `LayerError` on text and on what is not finite."""
        out = np.empty(len(self.lines))
        for row, cell in enumerate(self.cells[name]):
            number = _number(cell)
            if number is None:
                raise LayerError(
                    f"列“{name}”的取值“{tidy(str(cell))[:40]}”不是有限的数字",
                    where=self.where(row),
                    expected="如 35 或 -19.2，不带单位、逗号和百分号",
                    fix="改正；没有数值就留空",
                )
            out[row] = number
        return out

    def texts(self, name: str) -> NDArray[np.object_]:
        """A column as text, "" where a cell is blank."""
        out = np.empty(len(self.lines), dtype=object)
        out[:] = self.cells[name]
        return out

    def require_once(self, place: NDArray[np.int64]) -> None:
        """Raise `LayerError` where two rows have one place (area and moment); names the later row."""
        order = np.argsort(place, kind="stable")
        again = np.flatnonzero(np.diff(place[order]) == 0)
        if len(again):
            row = int(order[again + 1].min())
            earlier = int(np.flatnonzero(place == place[row])[0])
            raise LayerError(
                f"要素“{self.area[row]}”的 {self.time[row]} 有两行",
                where=self.where(row),
                expected="同一要素、同一时刻只有一行",
                fix=f"与第 {self.lines[earlier]} 行比较后删去一行",
            )


def find_table(description: Path, sha256: str | None) -> Path:
    """The table beside a description: ``.csv``, else ``.parquet``, with the given hash; raises `LayerError` without one."""
    for suffix in (".csv", ".parquet"):
        data = description.with_suffix(suffix)
        if data.is_file():
            if sha256 is not None and hashlib.sha256(data.read_bytes()).hexdigest() != sha256:
                raise LayerError(
                    "数据文件与描述中的 sha256 不符", where=str(data), fix="恢复原文件；确是新数据就改正或删去 sha256"
                )
            return data
    stem = description.stem
    raise LayerError(
        "缺少数据文件", where=str(description.parent), expected=f"{stem}.csv 或 {stem}.parquet", fix="放入数据文件"
    )


def read_table(path: Path, *, numbers: Sequence[str], texts: Sequence[str]) -> SeriesRows:
    """Read a series' table; raises `LayerError` naming file and line.

    Parameters
    ----------
    path : path
        ``.csv`` (UTF-8 or GB 18030) or ``.parquet``.
    numbers, texts : sequence of str
        The columns beside ``area`` and ``time`` by type; each must be there.
    """
    read = _read_parquet if path.suffix == ".parquet" else _read_csv
    return read(path, numbers, texts)


def table_text(areas: Sequence[str], times: Sequence[str], values: Mapping[str, NDArray[Any]]) -> str:
    """The CSV of arrays of shape (times, areas), area by area.

    Rows without any value are left out, except where an area, or the first or last moment, would go with them. A text that
    a spreadsheet would run as a formula has ``'`` before it.
    """
    texts = [_cells(v) for v in values.values()]
    filled = np.any([t != "" for t in texts], axis=0)
    filled[0] |= ~filled.any(axis=0)
    filled[[0, -1], 0] |= ~filled[[0, -1]].any(axis=1)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*KEYS, *values])
    for place, area in enumerate(areas):
        rows = np.flatnonzero(filled[:, place])
        columns = [t[rows, place].tolist() for t in texts]
        moments = [times[r] for r in rows.tolist()]
        writer.writerows([guard_text(area), *cells] for cells in zip(moments, *columns, strict=True))
    return out.getvalue()


def tidy(text: str) -> str:
    """Text as reading a cell gives it: no line breaks or control characters, no blanks at its ends."""
    return _CONTROL.sub(" ", text).strip()


def _number(cell: object) -> float | None:
    if cell == "":
        return math.nan
    if isinstance(cell, bool) or (isinstance(cell, str) and "_" in cell):
        return None
    try:
        number = float(cell)  # type: ignore[arg-type]
    except (ValueError, TypeError, OverflowError):
        return None
    return number if math.isfinite(number) or (number != number and not isinstance(cell, str)) else None


def _read_csv(path: Path, numbers: Sequence[str], texts: Sequence[str]) -> SeriesRows:
    names = (*KEYS, *numbers, *texts)
    lines, rows = [], []
    for where, row in read_csv(path, columns=names, required=names, error=LayerError):
        lines.append(int(where.rpartition(" 第 ")[2].removesuffix(" 行")))
        rows.append(row)
    cells = {name: [row[name] for row in rows] for name in names}
    for name in ("area", *texts):
        cells[name] = [tidy(unguard_text(t)) for t in cells[name]]
    return SeriesRows(path, lines, cells.pop("area"), cells.pop("time"), cells)


def _read_parquet(path: Path, numbers: Sequence[str], texts: Sequence[str]) -> SeriesRows:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = (*KEYS, *numbers, *texts)
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as cause:
        raise LayerError("Parquet 已损坏或无法读取", where=str(path), fix="恢复原文件或重新导出") from cause
    for name in names:
        if name not in table.column_names:
            raise LayerError(
                f"缺少列“{name}”", where=str(path), expected="、".join(names), fix=near_match(name, table.column_names)
            )
    cells = {name: ["" if v is None else v for v in table.column(name).to_pylist()] for name in names}
    for name in (*KEYS, *texts):
        cells[name] = [_as_text(v) for v in cells[name]]
    return SeriesRows(path, range(1, table.num_rows + 1), cells.pop("area"), cells.pop("time"), cells)


def _as_text(value: object) -> str:
    if isinstance(value, datetime.datetime):
        value = value.date()
    if isinstance(value, float):
        value = int(value) if value.is_integer() else "" if value != value else value
    return tidy(str(value))


def _cells(values: NDArray[Any]) -> NDArray[np.object_]:
    """Cells as they are written: numbers with all their digits, nothing for NaN, texts tidied and guarded."""
    out = np.full(values.size, "", dtype=object)
    for i, value in enumerate(values.ravel().tolist()):
        if isinstance(value, str):
            out[i] = guard_text(tidy(value))
        elif value == value:
            out[i] = repr(value).removesuffix(".0")
    return out.reshape(values.shape)
