"""Files and folders of hourly data -> tables of text exactly as written, each row with its line number."""

from __future__ import annotations

import codecs
import csv
import datetime
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from changji_geo.errors import InputError, system_reason
from changji_geo.monitoring.air.air_findings import KEPT_ROWS, AirFinding
from changji_geo.monitoring.air.reading.layouts import Layout, find_layout

SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".parquet")


@dataclass(frozen=True)
class RawFile:
    """One file: text columns by our names, the line or row number of each row, how it was read.

    Blank cells are ``""``. Rows with another number of cells than the header are not in it; ``findings`` names them.
    """

    path: Path
    layout: Layout
    table: pa.Table
    rows: np.ndarray[Any, np.dtype[np.int32]]
    findings: tuple[AirFinding, ...]


def list_files(source: Path | str | Sequence[Path | str]) -> tuple[Path, ...]:
    """Every data file of a file, a folder with its subfolders, or several of them; sorted, each once.

    Raises
    ------
    InputError
        Nothing there, or a folder without a data file.
    """
    sources = [source] if isinstance(source, str | Path) else list(source)
    found: dict[Path, Path] = {}
    for one in map(Path, sources):
        if one.is_dir():
            inside = sorted(p for p in one.rglob("*") if p.is_file() and _is_data(p))
            if not inside:
                raise InputError(
                    "文件夹里没有数据文件", where=str(one), expected="、".join(SUFFIXES), fix="检查路径和后缀"
                )
            found.update({path.resolve(): path for path in inside if path.resolve() not in found})
        elif one.is_file():
            found.setdefault(one.resolve(), one)
        else:
            raise InputError("没有这个文件或文件夹", where=str(one), fix="检查路径")
    return tuple(found.values())


def file_labels(paths: Sequence[Path]) -> tuple[str, ...]:
    """How findings call files: by their names, with as many folders as it takes to tell them apart.

    Examples
    --------
    >>> file_labels([Path("2024/1.csv"), Path("2025/1.csv"), Path("2025/2.csv")])
    ('2024/1.csv', '2025/1.csv', '2.csv')
    """
    labels = [path.name for path in paths]
    for depth in range(2, max((len(path.parts) for path in paths), default=0) + 1):
        counts = Counter(labels)
        if max(counts.values(), default=0) < 2:
            break
        labels = [
            "/".join(path.parts[-depth:]) if counts[label] > 1 else label
            for path, label in zip(paths, labels, strict=True)
        ]
    return tuple(labels)


def _is_data(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~$"))


def read_raw(path: Path) -> RawFile:
    """Read one file; the suffix decides between text, workbook and Parquet.

    Raises
    ------
    InputError
        Unreadable, empty, no known layout, or text that is neither UTF-8, UTF-16 nor GBK.
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return _read_parquet(path)
    if suffix in (".xlsx", ".xlsm"):
        return _read_sheet(path)
    return _read_text(path)


def _read_text(path: Path) -> RawFile:
    data, encoding = _decoded(path)
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    line = data.split(b"\n", 1)[0].decode("utf-8").rstrip("\r")
    separator = max((",", "\t", ";"), key=line.count)
    try:
        headers = [h.strip() for h in next(csv.reader(io.StringIO(line), delimiter=separator), [])]
    except csv.Error as cause:
        raise InputError("表头不是一行列名", where=str(path), expected="第一行是列名", fix="重新导出") from cause
    layout = find_layout(headers, where=str(path))
    wanted = [h for h in layout.columns.values() if headers.count(h) == 1]
    ragged: list[int] = []

    def note(row: Any) -> str:
        ragged.append(int(row.number))
        return "skip"

    try:
        table = pacsv.read_csv(
            pa.py_buffer(data),
            read_options=pacsv.ReadOptions(
                column_names=headers, skip_rows=1, use_threads=False, block_size=max(1 << 20, min(len(data), 1 << 26))
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=separator, invalid_row_handler=note, ignore_empty_lines=False, newlines_in_values=False
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(headers, pa.string()), include_columns=wanted, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return _read_sheet(path)  # quoted line breaks and the like: slower, with a message for every fault
    numbers = np.arange(2, 2 + table.num_rows + len(ragged), dtype=np.int32)
    rows = np.setdiff1d(numbers, np.asarray(ragged, dtype=np.int32), assume_unique=True)
    found = [AirFinding("info", "encoding", "文字编码是 GBK", file=path.name)] if encoding == "gb18030" else []
    if ragged:
        found.append(_ragged(path, ragged))
    return _named(path, layout, table, rows, found)


def _ragged(path: Path, numbers: Sequence[int]) -> AirFinding:
    return AirFinding(
        "error",
        "ragged",
        f"{len(numbers)} 行的列数与表头不符，没有采用",
        len(numbers),
        path.name,
        tuple(numbers[:KEPT_ROWS]),
    )


def _named(
    path: Path, layout: Layout, table: pa.Table, rows: np.ndarray[Any, np.dtype[np.int32]], found: list[AirFinding]
) -> RawFile:
    """Columns under our names, surrounding blanks off, empty lines out."""
    ours = pa.table({name: pc.utf8_trim_whitespace(table[header]) for name, header in layout.columns.items()})
    blank = pc.and_(pc.equal(ours["time"], ""), pc.equal(ours["station"], ""))
    if pc.any(blank).as_py():
        keep = pc.invert(blank)
        ours, rows = ours.filter(keep), rows[np.asarray(keep)]
    return RawFile(path, layout, ours, rows, tuple(found))


def _decoded(path: Path) -> tuple[bytes, str]:
    """The file as UTF-8 bytes without a mark, and the encoding it had."""
    try:
        data = path.read_bytes()
    except OSError as cause:
        raise InputError(
            f"无法读取（{system_reason(cause)}）", where=str(path), fix="检查权限，或关闭正打开它的程序"
        ) from cause
    if not data.strip():
        raise InputError("文件是空的", where=str(path), fix="重新导出")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not data.startswith(codecs.BOM_UTF32_LE):
        try:
            return data.decode("utf-16").encode("utf-8"), "utf-16"
        except UnicodeError as cause:
            raise InputError(
                "文件开头说是 UTF-16，内容却不是", where=str(path), expected="完整的 UTF-16 文件", fix="重新导出"
            ) from cause
    data = data.removeprefix(codecs.BOM_UTF8)
    for encoding in ("utf-8", "gb18030") if b"\0" not in data else ():
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return (data if encoding == "utf-8" else text.encode("utf-8")), encoding
    raise InputError(
        "文字编码无法识别", where=str(path), expected="UTF-8、UTF-16 或 GBK", fix="另存为 UTF-8 编码的 CSV"
    )


def _read_sheet(path: Path) -> RawFile:
    """A workbook, or text that the fast reader gave up on."""
    from changji_geo.intake.sheets.reading import read_sheet

    sheet = read_sheet(path)
    headers = [str(c) for c in sheet.frame.columns]
    layout = find_layout(headers, where=str(path))
    columns = {h: pa.array(_column_texts(sheet.frame[h].tolist()), pa.string()) for h in layout.columns.values()}
    bad = [f.row or 0 for f in sheet.findings if f.level == "error"]
    found = [_ragged(path, bad)] if bad else []
    return _named(path, layout, pa.table(columns), sheet.frame.index.to_numpy(dtype=np.int32), found)


def _column_texts(cells: Sequence[object]) -> list[str]:
    """Cells as text; among moments with a clock, a plain day is a midnight."""
    if any(isinstance(c, datetime.datetime) for c in cells):
        midnight = datetime.time()
        cells = [datetime.datetime.combine(c, midnight) if type(c) is datetime.date else c for c in cells]
    return [_cell_text(cell) for cell in cells]


def _cell_text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(" ", "seconds")
    return repr(cell) if isinstance(cell, float) else str(cell)


def _read_parquet(path: Path) -> RawFile:
    import pyarrow.parquet as pq

    try:
        names = pq.read_schema(path).names
        layout = find_layout(names, where=str(path))
        table = pq.read_table(path, columns=list(layout.columns.values()))
    except (pa.ArrowException, OSError) as cause:
        raise InputError("不是能读的 Parquet 文件", where=str(path), fix="重新导出") from cause
    texts = {name: _column_text(table[name]) for name in table.column_names}
    rows = np.arange(1, table.num_rows + 1, dtype=np.int32)
    return _named(path, layout, pa.table(texts), rows, [])


def _column_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = pc.cast(column, column.type.value_type)
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), None, column)
    if pa.types.is_timestamp(column.type):
        pattern = "%Y-%m-%d %H:%M:%S" + ("%z" if column.type.tz else "")
        column = pc.strftime(pc.cast(column, pa.timestamp("s", column.type.tz), safe=False), pattern)
    return pc.fill_null(pc.cast(column, pa.string()), "")


def read_all(paths: Sequence[Path], progress: Callable[[int, int], None] | None = None) -> Iterator[RawFile]:
    """Read files one after another, telling how many are done."""
    for number, path in enumerate(paths, start=1):
        yield read_raw(path)
        if progress:
            progress(number, len(paths))
