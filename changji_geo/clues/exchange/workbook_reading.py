"""A workbook that was filled in -> its rows, columns found by their titles; formulas and merged cells are faults of a row."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from changji_geo.clues.exchange.cell_text import xml_text
from changji_geo.clues.exchange.returned import ID_KEY, ReturnedFile, ReturnedRow, key_of_column, unread_columns
from changji_geo.clues.exchange.stamps import STAMP_KEY
from changji_geo.clues.exchange.workbook import SHEET
from changji_geo.clues.exchange.xlsx_text import plain_text
from changji_geo.clues.fields import field_of
from changji_geo.errors import InputError
from changji_geo.intake.sheets.xlsx import require_harmless

HEADER_WITHIN = 20
"""Rows in which the titles are looked for."""

_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="[A-Z]{1,3}(\d{1,7}):[A-Z]{1,3}(\d{1,7})"')
_CHUNK = 1 << 20


def read_workbook(path: Path) -> ReturnedFile:
    """Read the sheet 台账, or the first that has a column 线索编号.

    Parameters
    ----------
    path : path
        An ``.xlsx`` workbook; only read.

    Raises
    ------
    InputError
        No workbook, damaged, too large when inflated, no such column, or a title that stands twice.
    """
    if not path.is_file():
        raise InputError("没有这个文件", where=str(path), fix="核对路径")
    require_harmless(path)
    import openpyxl

    with warnings.catch_warnings(), path.open("rb") as handle:
        warnings.simplefilter("ignore")  # of styles and validations, which do not matter to cells
        try:
            book = openpyxl.load_workbook(handle, read_only=True)
            try:
                return _read(book, path)
            finally:
                book.close()
        except InputError:
            raise
        except Exception as cause:  # openpyxl raises whatever its parsers raise
            raise InputError(
                "工作簿已损坏，读不下去",
                where=str(path),
                expected="完整的 .xlsx 文件",
                fix="用 Excel 或 WPS 另存为 xlsx",
            ) from cause


def _read(book: Any, path: Path) -> ReturnedFile:
    sheets = sorted((s for s in book.worksheets if hasattr(s, "iter_rows")), key=lambda s: s.title.strip() != SHEET)
    found = []
    for sheet in sheets:
        sheet.reset_dimensions()
        header = _header(sheet)
        if header is not None:
            found.append((sheet, *header))
    for sheet, number, titles in found[:1]:
        columns, others = _columns(titles, f"{path} 工作表“{sheet.title}”")
        merged = _merged_rows(path, sheet._worksheet_path)
        rows = tuple(_rows(sheet, number, columns, merged))
        notes = [unread_columns(others, columns.values())] if others else []
        if len(found) > 1:
            more = "、".join(f"“{xml_text(other.title)}”" for other, *_ in found[1:])
            notes.append(
                f"只读了工作表“{xml_text(sheet.title)}”；{more}也有“线索编号”列，没有读，要读就另存为单独的文件"
            )
        if not rows:
            notes.append(f"工作表“{xml_text(sheet.title)}”的表头下面一行也没有")
        return ReturnedFile(path, "行", rows, notes)
    raise InputError(
        "找不到“线索编号”列",
        where=str(path),
        expected=f"前 {HEADER_WITHIN} 行中有表头，含“线索编号”",
        fix="用导出的工作簿填写，不要改表头",
    )


def _header(sheet: Any) -> tuple[int, Sequence[Any]] | None:
    for number, cells in enumerate(sheet.iter_rows(max_row=HEADER_WITHIN, values_only=True), start=1):
        if any(isinstance(cell, str) and key_of_column(plain_text(cell)) == ID_KEY for cell in cells):
            return number, cells
    return None


def _columns(header: Sequence[Any], where: str) -> tuple[dict[int, str], list[str]]:
    """Place -> key, and the titles of other columns."""
    columns: dict[int, str] = {}
    others = []
    for place, title in enumerate(header):
        key = key_of_column(plain_text(title)) if isinstance(title, str) else ""
        if key and key in columns.values():
            raise InputError(f"列“{str(title).strip()}”出现了两次", where=where, fix="删去一列")
        if key:
            columns[place] = key
        elif title is not None and str(title).strip():
            others.append(xml_text(str(title))[:40])
    return columns, others


def _rows(sheet: Any, header: int, columns: Mapping[int, str], merged: frozenset[int]) -> Iterator[ReturnedRow]:
    for number, cells in enumerate(sheet.iter_rows(min_row=header + 1), start=header + 1):
        found = {columns[place]: cell for place, cell in enumerate(cells) if place in columns}
        values = {key: _value(cell) for key, cell in found.items()}
        if not any(str(value).strip() for key, value in values.items() if value is not None and key != STAMP_KEY):
            continue
        faults = [*(["有合并的单元格，先取消合并"] if number in merged else []), *_faults(found)]
        clue_id = values.pop(ID_KEY, None)
        stamp = values.pop(STAMP_KEY, None)
        # What the file's row lacks at its end is blank, not absent.
        blank = {key: None for key in columns.values() if key not in (ID_KEY, STAMP_KEY)}
        yield ReturnedRow(number, xml_text(str(clue_id or "")), {**blank, **values}, str(stamp or ""), tuple(faults))


def _value(cell: Any) -> Any:
    return plain_text(cell.value) if isinstance(cell.value, str) else cell.value


def _faults(found: Mapping[str, Any]) -> Iterator[str]:
    for key, cell in found.items():
        title = "导出戳" if key == STAMP_KEY else field_of(key).title
        if cell.value is not None and cell.data_type == "f":
            yield f"“{title}”是公式，改成值"
        elif cell.value is not None and cell.data_type == "e":
            yield f"“{title}”是错误值 {cell.value}，重新填写；日期写成 2026-03-15 的样子"


def _merged_rows(path: Path, part: str) -> frozenset[int]:
    """Rows that a merged area touches."""
    rows: set[int] = set()
    tail = b""
    with zipfile.ZipFile(path) as archive, archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            for first, last in _MERGE.findall(tail + chunk):
                rows.update(range(int(first), min(int(last), int(first) + 100_000) + 1))
            tail = chunk[-80:]
    return frozenset(rows)
