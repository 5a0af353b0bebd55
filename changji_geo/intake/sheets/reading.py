"""A table file of any habit (.csv, .txt, .tsv, .xlsx, .xlsm, .parquet) -> one frame of cells with the user's row numbers."""

from __future__ import annotations

import datetime
import decimal
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from changji_geo.errors import InputError, system_reason
from changji_geo.intake.findings import IntakeFinding
from changji_geo.intake.sheets.delimited import read_text_grid
from changji_geo.intake.sheets.grid import MAX_CELLS, MAX_ROWS, Cell, clean_cell_text
from changji_geo.intake.sheets.table_shape import shape_table
from changji_geo.intake.sheets.xlsx import read_workbook_grid

if TYPE_CHECKING:
    import pandas as pd

MAX_TABLE_BYTES = 512 * 1024 * 1024
"""The largest table file taken; larger ones are refused before a byte of them is read."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SUFFIX_KIND = {".csv": "text", ".txt": "text", ".tsv": "text", ".xlsx": "workbook", ".xlsm": "workbook"}


@dataclass(frozen=True)
class Sheet:
    """A table as it was typed, nothing interpreted.

    ``frame`` has the row numbers the user sees as its index (the sheet's row, the file's line; from 1, titles counted) and
    unique non-empty column names. Cells are objects: text without blanks around it, int, float, bool, date, datetime, or
    None for nothing. ``name`` is the sheet ("" in text files), ``encoding`` Python's name of the text's ("" in binary files), ``title`` the
    lines above the header, which may state the unit.
    """

    frame: pd.DataFrame
    name: str
    encoding: str
    findings: tuple[IntakeFinding, ...]
    title: str = ""


def read_sheet(path: Path | str, *, sheet: str | None = None, encoding: str | None = None) -> Sheet:
    r"""Read one table.

    The content decides how a file is read; its suffix only helps to explain.

    Parameters
    ----------
    path : path
        CSV, TXT or TSV text (UTF-8, GB 18030, UTF-16 with a mark; separated by commas, tabs, semicolons, full-width commas
        or bars), an XLSX or XLSM workbook, or Parquet without geometry.
    sheet : str, optional
        A workbook's sheet. May be left out when only one visible sheet has content; not allowed for text.
    encoding : str, optional
        A text file's encoding, where the content would mislead.

    Returns
    -------
    Sheet
        Titles above the header are skipped and kept; header rows of merged cells are joined (``2023年|PM2.5``); cells merged
        downwards are filled; empty rows and columns are dropped; notes below the table are left out. Findings of level
        "error" name rows that are **not** in the frame (too few or too many cells, formulas without a saved result):
        pass them to `changji_geo.intake.findings.refuse_bad_rows`. Failed formulas (``#N/A``) are None with a warning; rows
        of totals stay, with a warning. Numbers typed as text stay text.

    Raises
    ------
    InputError
        No such file; larger than `MAX_TABLE_BYTES`, `MAX_ROWS` or `MAX_CELLS`; empty, or nothing but a header; another
        kind of file (old .xls, HTML, encrypted, binary), with what to do; several sheets and none chosen.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "表.csv")
    ...     _ = path.write_text("附件1,\n县市,户数\n昌吉市,12\n", encoding="gb18030")
    ...     table = read_sheet(path)
    >>> table.frame.to_dict("index"), table.encoding, table.title
    ({3: {'县市': '昌吉市', '户数': '12'}}, 'gb18030', '附件1')
    """
    path = Path(path)
    kind = _kind(path, encoding or "")
    if kind == "workbook":
        book = read_workbook_grid(path, sheet=sheet)
        shaped = shape_table(book.grid, where=f"{path}（工作表“{book.name}”）")
        findings = (*_suffix_note(path, "Excel 工作簿", (".xlsx", ".xlsm")), *book.findings, *shaped.findings)
        return Sheet(shaped.frame, book.name, "", findings, shaped.title)
    if sheet is not None:
        raise InputError(f"这个文件没有工作表，不能选“{sheet}”", where=str(path), fix="去掉 --sheet")
    if kind == "parquet":
        return _read_parquet(path)
    text = read_text_grid(path, encoding=encoding)
    shaped = shape_table(text.grid, where=str(path))
    findings = (*_suffix_note(path, "文本表格", (".csv", ".txt", ".tsv")), *text.findings, *shaped.findings)
    return Sheet(shaped.frame, "", text.encoding, findings, shaped.title)


def _suffix_note(path: Path, kind: str, usual: tuple[str, ...]) -> tuple[IntakeFinding, ...]:
    if path.suffix.lower() in usual:
        return ()
    return (IntakeFinding("warning", "suffix", f"后缀是“{path.suffix}”，内容是{kind}，按内容读取"),)


def _kind(path: Path, encoding: str) -> Literal["text", "workbook", "parquet"]:
    """What a file is by its first bytes; whatever is no table is explained here."""
    try:
        if path.is_dir():
            raise InputError("这是文件夹，不是文件", where=str(path), fix="给出表格文件的路径")
        size = path.stat().st_size
        if size > MAX_TABLE_BYTES:
            raise InputError(
                f"文件有 {size / 2**20:,.0f} MB，超过上限",
                where=str(path),
                expected=f"不超过 {MAX_TABLE_BYTES >> 20} MB",
                fix="拆成几个文件，或在 GIS 软件中转为 GeoPackage 或 GeoParquet",
            )
        with path.open("rb") as handle:
            head = handle.read(65536)
    except OSError as cause:
        raise InputError(
            f"无法读取（{system_reason(cause)}）", where=str(path), fix="检查路径和权限，关闭正打开它的程序"
        ) from cause
    if not head:
        raise InputError("文件是空的（0 字节）", where=str(path), expected="表格", fix="重新导出或下载")
    if head.startswith(_OLE):
        raise _ole_fault(path)
    if head.startswith(b"PK\x03\x04"):
        return "workbook"
    if head.startswith(b"PAR1"):
        return "parquet"
    _refuse_markup(head, path)
    if path.suffix.lower() in (".xlsx", ".xlsm") or head.startswith(
        (b"PK", b"Rar!", b"7z\xbc\xaf", b"%PDF", b"\x1f\x8b")
    ):
        raise InputError(
            "内容不是 Excel 工作簿，也不是文本表格"
            if _SUFFIX_KIND.get(path.suffix.lower()) != "workbook"
            else "后缀是 Excel 工作簿，内容不是（可能下载不完整，或由文本改名而来）",
            where=str(path),
            expected=".xlsx、.csv、.txt 或 .parquet 表格",
            fix="用 WPS 或记事本打开确认，另存为 xlsx 或 csv",
        )
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")) and "16" not in encoding:
        zeros = head.count(0) / len(head)
        raise InputError(
            "内容不是文本，是二进制数据" if zeros < 0.3 else "内容像是没有标记的 UTF-16 文本，或者是二进制数据",
            where=str(path),
            expected="CSV、TXT 文本，或 .xlsx 工作簿",
            fix="用 WPS 打开确认，另存为 xlsx；确是 UTF-16 文本的加 --encoding utf-16-le",
        )
    return "text"


def _ole_fault(path: Path) -> InputError:
    """Old .xls and encrypted .xlsx have the same first bytes; the encrypted one names its stream."""
    with path.open("rb") as handle:
        content = handle.read(64 << 20)
    if "EncryptedPackage".encode("utf-16-le") in content:
        return InputError("工作簿加了密码，读不出来", where=str(path), fix="用 WPS 或 Excel 打开，取消密码后另存")
    return InputError(
        "是旧式 .xls 工作簿（Excel 97-2003）",
        where=str(path),
        expected=".xlsx、.csv 或 .txt",
        fix="用 WPS 或 Excel 打开，另存为 .xlsx",
    )


def _refuse_markup(head: bytes, path: Path) -> None:
    start = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    is_xml = start.startswith(b"<?xml")
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<meta", b"<head", b"<style", b"<div")) or (
        is_xml and (b"<html" in start or b"<table" in start)
    ):
        if b"urn:schemas-microsoft-com:office:spreadsheet" in start and b"<workbook" in start:
            kind = "XML 表格（Excel 2003）"
        else:
            kind = "网页（HTML）"
    elif is_xml:
        kind = "XML 文件"
    else:
        return
    raise InputError(
        f"内容是{kind}，不是真正的表格文件（网页系统导出的 .xls、.xlsx 常是这样）",
        where=str(path),
        expected=".xlsx 工作簿，或 CSV、TXT 文本",
        fix="用 WPS 或 Excel 打开，另存为 .xlsx 再导入",
    )


def _read_parquet(path: Path) -> Sheet:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            rows, columns = file.metadata.num_rows, file.metadata.num_columns
            inflated = sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))
            if rows > MAX_ROWS or rows * columns > MAX_CELLS or inflated > 4 * MAX_TABLE_BYTES:
                raise InputError(
                    f"表太大：{rows:,} 行 {columns} 列，解压后 {inflated / 2**20:,.0f} MB",
                    where=str(path),
                    expected=f"不超过 {MAX_ROWS:,} 行、{MAX_CELLS:,} 格",
                    fix="拆成几个文件",
                )
            table = file.read()
    except (pa.ArrowException, OSError) as cause:
        raise InputError("Parquet 文件已损坏，读不下去", where=str(path), fix="重新导出或恢复原文件") from cause
    findings: list[IntakeFinding] = []
    cells: dict[str, list[Cell]] = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if re.fullmatch(r"__index_level_\d+__", name):
            continue
        if pa.types.is_nested(column.type) or pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
            findings.append(
                IntakeFinding("warning", "unreadable-column", f"列“{name}”不是文字或数字，没有读取", column=name)
            )
            continue
        given = clean_cell_text(name) or f"列{len(cells) + 1}"
        unique = (
            given
            if given not in cells
            else next(f"{given}_{n}" for n in range(2, 20_000) if f"{given}_{n}" not in cells)
        )
        cells[unique] = [_plain(value) for value in column.to_pylist()]
    if not cells or not rows or all(cell is None for column in cells.values() for cell in column):
        raise InputError("表里没有数据", where=str(path), expected="至少一列和一行", fix="检查导出步骤")
    frame = pd.DataFrame(cells, index=pd.RangeIndex(1, rows + 1), dtype=object)
    return Sheet(frame, "", "", tuple(findings))


def _plain(value: Any) -> Cell:
    if isinstance(value, str):
        return clean_cell_text(value)
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, datetime.datetime):
        moment = datetime.datetime(*value.timetuple()[:6])
        return moment.date() if moment.time() == datetime.time() else moment
    if value is None or isinstance(value, bool | int | float | datetime.date):
        return value
    return str(value)
