"""Tables of results -> CSV, XLSX or Parquet: captions and notes in Chinese for people, English ids for programs."""

from __future__ import annotations

import csv
import datetime
import io
import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from changji_geo.errors import InputError, near_match
from changji_geo.files import write_atomic
from changji_geo.types import LEVELS_ZH, Level
from changji_geo.xlsxfile import Cell, SheetData, guard_text, workbook_bytes

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".xlsx", ".csv", ".parquet")
MOST_ROWS = 1_000_000
"""Rows of a worksheet; XLSX ends at 1,048,576."""

_MISSING = ("nan", "NaT", "<NA>")
"""How pandas spells what is not there."""

NOTES = "说明"
"""Name of the sheet, and end of the name of the file beside a CSV, that hold the notes."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a result: ``id`` as in the frame and in Parquet, ``title`` and ``unit`` as people read them.

    ``decimals``: of a number in CSV and on the screen of a spreadsheet; None for all that it has.
    """

    id: str
    title: str
    unit: str = ""
    decimals: int | None = None

    @property
    def caption(self) -> str:
        """Title and unit.

        Examples
        --------
        >>> TableColumn("pm10", "PM10", "微克/立方米").caption
        'PM10（微克/立方米）'
        """
        return f"{self.title}（{self.unit}）" if self.unit else self.title


@dataclass(frozen=True)
class ResultTable:
    """One table of a result that has several; ``name`` is its sheet."""

    name: str
    frame: pd.DataFrame
    columns: Sequence[TableColumn] = field(default=())


@dataclass(frozen=True, slots=True)
class TableFinding:
    """One kind of thing found, as `write_findings` lists it.

    ``code`` is a short English name, ``count`` how many (the message says of what), ``rows`` line or row numbers of
    ``file``, ``item`` the column or pollutant.
    """

    level: Level
    code: str
    message: str
    count: int = 0
    file: str = ""
    rows: tuple[int, ...] = ()
    item: str = ""


FINDING_COLUMNS = (
    TableColumn("level", "程度"),
    TableColumn("code", "规则"),
    TableColumn("message", "说明"),
    TableColumn("count", "数量"),
    TableColumn("item", "项目"),
    TableColumn("file", "文件"),
    TableColumn("rows", "行号"),
)


def require_table_path(path: Path | str) -> Path:
    """Refuse a file name that no table can be written to, before any work is done.

    Raises
    ------
    InputError
        Another ending than `SUFFIXES`.
    """
    target = Path(path)
    if target.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"表格不能写成“{target.suffix or target.name}”",
            where=str(target),
            expected="、".join(SUFFIXES),
            fix=near_match(target.suffix.lower(), SUFFIXES),
        )
    return target


def write_table(
    path: Path | str,
    frame: pd.DataFrame,
    columns: Sequence[TableColumn],
    *,
    notes: Sequence[str] = (),
    sheet: str = "结果",
) -> Path:
    """Write one table.

    Parameters
    ----------
    path : path
        The suffix says the format. ``.csv``: UTF-8 with a mark, which spreadsheets need; the notes go to
        ``<name>_说明.md`` beside it. ``.xlsx``: real dates and numbers, a second sheet 说明. ``.parquet``: English ids,
        numbers with all their digits; captions, units and notes in the metadata under ``changji_geo``.
    frame : DataFrame
        Has every column named; others are left out.
    columns : sequence of TableColumn
        In the order of the file.
    notes : sequence of str
        Standards, sources, warnings, 示例数据: one line each.
    sheet : str
        Name of the sheet.

    Returns
    -------
    pathlib.Path
        The file written, the same bytes for the same input. Missing values are empty cells. In CSV a text that a
        spreadsheet would take for a formula has ``'`` before it; in XLSX it is marked as text.

    Raises
    ------
    InputError
        Another suffix, a column that the frame does not have, more rows than a worksheet holds.
    OutputError
        The file cannot be written; an earlier one is then unchanged.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"place": ["昌吉市"], "pm10": [40.0]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     columns = (TableColumn("place", "地点"), TableColumn("pm10", "PM10", "微克/立方米", 0))
    ...     write_table(Path(folder, "a.csv"), frame, columns).read_text(encoding="utf-8-sig").split()
    ['地点,PM10（微克/立方米）', '昌吉市,40']
    """
    return write_tables(path, [ResultTable(sheet, frame, columns)], notes=notes)[0]


def write_tables(path: Path | str, tables: Sequence[ResultTable], *, notes: Sequence[str] = ()) -> tuple[Path, ...]:
    """Write a result of several tables: sheets of one workbook, or files side by side.

    Parameters
    ----------
    path : path
        As `write_table`. Of CSV and Parquet it holds the first table; the others are ``<name>_<table's name>.csv``.
    tables : sequence of ResultTable
        At least one.
    notes : sequence of str
        As `write_table`.

    Returns
    -------
    tuple of pathlib.Path
        The files with tables, the first one first.

    Raises
    ------
    InputError, OutputError
        As `write_table`.
    """
    target = require_table_path(path)
    for table in tables:
        _require_columns(table, target)
    suffix = target.suffix.lower()
    if suffix == ".xlsx":
        return (write_atomic(target, _workbook(tables, notes, target)),)
    make: Callable[[ResultTable, Sequence[str]], bytes] = _csv_bytes if suffix == ".csv" else _parquet_bytes
    places = [target, *(target.with_name(f"{target.stem}_{t.name}{target.suffix}") for t in tables[1:])]
    contents = [make(table, notes) for table in tables]
    if suffix == ".csv" and notes:
        write_atomic(notes_file(target), "".join(f"- {_one_line(note)}\n" for note in notes))
    return tuple(write_atomic(place, content) for place, content in zip(places, contents, strict=True))


def written_files(path: Path | str, more: Sequence[str] = ()) -> tuple[Path, ...]:
    """Every file that `write_tables` may write.

    Parameters
    ----------
    path : path
        As `write_table`.
    more : sequence of str
        Names of the tables after the first.

    Examples
    --------
    >>> [file.name for file in written_files("日报.csv", ["分县市"])]
    ['日报.csv', '日报_分县市.csv', '日报_说明.md']
    """
    target = Path(path)
    suffix = target.suffix.lower()
    beside = [] if suffix == ".xlsx" else [target.with_name(f"{target.stem}_{name}{target.suffix}") for name in more]
    return (target, *beside, *([notes_file(target)] if suffix == ".csv" else []))


def notes_file(path: Path) -> Path:
    """Where the notes of a CSV file are.

    Examples
    --------
    >>> notes_file(Path("日报.csv")).name
    '日报_说明.md'
    """
    return path.with_name(f"{path.stem}_{NOTES}.md")


def write_findings(
    path: Path | str,
    findings: Iterable[TableFinding],
    *,
    notes: Sequence[str] = (),
    sheet: str = "发现",
    more: Sequence[ResultTable] = (),
) -> Path:
    """Write findings as a table, the gravest first, in the order they were found.

    Parameters
    ----------
    path : path
        As `write_table`.
    findings : iterable of TableFinding
        None at all gives a table without rows.
    notes : sequence of str
        As `write_table`.
    sheet : str
        Name of the sheet.
    more : sequence of ResultTable
        Tables that go with them, as `write_tables` places them.

    Returns
    -------
    pathlib.Path
        The file, with the columns `FINDING_COLUMNS`.

    Raises
    ------
    InputError, OutputError
        As `write_table`.
    """
    return write_tables(path, [ResultTable(sheet, findings_frame(findings), FINDING_COLUMNS), *more], notes=notes)[0]


def findings_frame(findings: Iterable[TableFinding]) -> pd.DataFrame:
    """Findings with the columns `FINDING_COLUMNS`, the gravest first, in the order they were found."""
    import pandas as pd

    order = list(LEVELS_ZH)
    rows = [
        (LEVELS_ZH[f.level], f.code, f.message, f.count, f.item, f.file, _rows_text(f.rows))
        for f in sorted(findings, key=lambda f: order.index(f.level))
    ]
    return pd.DataFrame(rows, columns=[c.id for c in FINDING_COLUMNS])


def _require_columns(table: ResultTable, target: Path) -> None:
    missing = [c.id for c in table.columns if c.id not in table.frame.columns]
    if missing:
        known = [str(c) for c in table.frame.columns]
        raise InputError(
            f"“{table.name}”缺少列：{'、'.join(missing)}", where=str(target), fix=near_match(missing[0], known)
        )


def _rows_text(rows: Sequence[int]) -> str:
    """Row numbers; beyond a thousand only their number is said, since a worksheet's cell ends at 32,767 characters."""
    shown = "、".join(map(str, rows[:1000]))
    return shown if len(rows) <= 1000 else f"{shown}……共 {len(rows)} 行"


def _rows(table: ResultTable) -> list[tuple[Cell, ...]]:
    """Cells as a spreadsheet holds them, line by line; an empty text is an empty cell."""
    columns = [[None if c == "" else c for c in _cells(table.frame[o.id], o.decimals)] for o in table.columns]
    return list(zip(*columns, strict=True))


def _cells(column: pd.Series, decimals: int | None) -> list[Cell]:
    """No numpy types, missing values None, yes and no in Chinese; moments without a clock where none of them has one."""
    values = column.tolist()
    clock = any(isinstance(v, datetime.datetime) and v == v and v.time() != datetime.time() for v in values)
    return [_cell(value, decimals, clock=clock) for value in values]


def _cell(value: Any, decimals: int | None, *, clock: bool) -> Cell:
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return value if decimals is None else round(value, decimals)
    if isinstance(value, bool):
        return "是" if value else "否"
    if value is None or isinstance(value, int | str):
        return value
    if str(value) in _MISSING:
        return None
    if isinstance(value, datetime.datetime):
        return datetime.datetime(*value.timetuple()[:6]) if clock else value.date()
    return value if isinstance(value, datetime.date) else str(value)


def _workbook(tables: Sequence[ResultTable], notes: Sequence[str], target: Path) -> bytes:
    for table in tables:
        if len(table.frame) > MOST_ROWS:
            raise InputError(
                f"“{table.name}”有 {len(table.frame)} 行，一张工作表放不下",
                where=str(target),
                expected=f"不超过 {MOST_ROWS} 行",
                fix="改写成 .parquet 或 .csv",
            )
    sheets = [
        SheetData(
            t.name,
            [c.caption for c in t.columns],
            _rows(t),
            ["" if c.decimals is None else "0" + ("." + "0" * c.decimals if c.decimals else "") for c in t.columns],
        )
        for t in tables
    ]
    about = [SheetData(NOTES, (NOTES,), [(_one_line(note),) for note in notes])] if notes else []
    return workbook_bytes(*sheets, *about)


def _csv_bytes(table: ResultTable, notes: Sequence[str]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([c.caption for c in table.columns])
    writer.writerows(zip(*(_csv_texts(table.frame[c.id], c.decimals) for c in table.columns), strict=True))
    return out.getvalue().encode("utf-8-sig")


def _csv_texts(column: pd.Series, decimals: int | None) -> list[str]:
    """A column as text; of numbers and moments each distinct one is written once."""
    import pandas as pd

    if column.dtype == object:
        return [_csv_text(cell, decimals) for cell in _cells(column, decimals)]
    codes, distinct = pd.factorize(column)
    texts = [*(_csv_text(cell, decimals) for cell in _cells(pd.Series(distinct), decimals)), ""]
    return [texts[code] for code in codes.tolist()]


def _csv_text(cell: Cell, decimals: int | None) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return guard_text(cell)
    if isinstance(cell, float):
        return repr(cell).removesuffix(".0") if decimals is None else f"{cell:.{decimals}f}"
    return cell.isoformat(" ") if isinstance(cell, datetime.datetime) else str(cell)


def _parquet_bytes(table: ResultTable, notes: Sequence[str]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = {c.id: _arrow(table.frame[c.id]) for c in table.columns}
    about = {
        "notes": list(notes),
        "columns": [{"id": c.id, "title": c.title, "unit": c.unit} for c in table.columns],
    }
    made = pa.table(arrays).replace_schema_metadata({"changji_geo": json.dumps(about, ensure_ascii=False)})
    buffer = io.BytesIO()
    pq.write_table(made, buffer, compression="zstd")
    return buffer.getvalue()


def _arrow(column: pd.Series) -> Any:
    import pyarrow as pa

    if column.dtype.name == "category" and all(isinstance(v, str) for v in column.cat.categories):
        return pa.array(column, from_pandas=True)
    if column.dtype.name in ("object", "str", "string", "category"):
        values = column.astype("object").tolist()
        return pa.array(
            [None if v is None or (not isinstance(v, str) and str(v) in _MISSING) else str(v) for v in values],
            pa.string(),
        )
    return pa.array(column, from_pandas=True)


def _one_line(text: str) -> str:
    return " ".join(text.split())
