"""An Excel workbook (.xlsx, .xlsm) -> one sheet's grid, as the user sees it; hostile files stop at stated limits."""

from __future__ import annotations

import datetime
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from changji_geo.errors import InputError, near_match
from changji_geo.intake.findings import IntakeFinding
from changji_geo.intake.sheets.grid import Cell, CellBudget, Fault, Grid, Merge, clean_cell_text

MAX_INFLATED_BYTES = 512 * 1024 * 1024
"""All parts of a workbook, inflated: a million rows of a dozen columns."""

MAX_STRINGS_BYTES = 128 * 1024 * 1024
"""The workbook's text table, inflated, which is held in memory as a whole."""

MAX_PARTS = 10_000
"""Entries of the ZIP archive that a workbook is."""

_CHUNK = 1 << 20
_CJK_DATES = frozenset({27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58})
"""Excel's built-in Chinese date formats (ECMA-376 part 1, 18.8.30), which files name by number and openpyxl ignores."""

_CJK_MONTHS = frozenset({27, 36, 50, 52, 57})
"""Those of them that show year and month (yyyy"年"m"月"), no day."""


_DAYS_TO_YEAR_10000 = 2_958_466


@dataclass(frozen=True, slots=True)
class WorkbookSheet:
    """One sheet of a workbook."""

    grid: Grid
    name: str
    findings: tuple[IntakeFinding, ...]


def read_workbook_grid(path: Path, *, sheet: str | None = None) -> WorkbookSheet:
    """Read one sheet of a workbook.

    Parameters
    ----------
    path : path
        A ZIP archive that holds an Office Open XML workbook.
    sheet : str, optional
        The sheet's name. May be left out when only one visible sheet has content.

    Returns
    -------
    WorkbookSheet
        Cells as shown: a number in a percent format is the text ``35%``, a date is a date, a date whose format shows no
        day is the text ``2023-01``. Formulas give the result saved in the file. The sheet's declared extent is not
        trusted. Hidden sheets, rows and columns are reported; hidden rows are read.

    Raises
    ------
    InputError
        Not a workbook, damaged, too large when inflated, with a document type declaration; no sheet of that name, or
        several with content and none chosen (both list the sheets).
    """
    require_harmless(path)
    import openpyxl

    with warnings.catch_warnings(), path.open("rb") as handle:
        warnings.simplefilter("ignore")  # openpyxl warns of styles and validations, which do not matter to cells
        try:
            book = openpyxl.load_workbook(handle, read_only=True, data_only=True)
        except Exception as cause:  # openpyxl raises whatever its parsers raise
            raise _damaged(path) from cause
        try:
            chosen, findings = _chosen_sheet(book, sheet, path)
            notes = _sheet_notes(book, chosen, path)
            rows, faults = _rows(chosen, book.epoch, path)
        except InputError:
            raise
        except Exception as cause:
            raise _damaged(path) from cause
        finally:
            book.close()
    faults += notes.uncached
    missing = {f.row for f in notes.uncached} - {number for number, _ in rows}
    rows = sorted([*rows, *((number, []) for number in missing)], key=lambda row: row[0])
    findings += _hidden_parts(notes, {number for number, _ in rows})
    return WorkbookSheet(Grid(rows, notes.merges, tuple(faults)), str(chosen.title), tuple(findings))


def require_harmless(path: Path) -> None:
    """Inflate every part once, counting: no bomb, no damage, no DTD that could define entities."""
    total = 0
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS:
                raise InputError(
                    f"工作簿内有 {len(parts)} 个部件，不是正常的工作簿",
                    where=str(path),
                    expected=f"不超过 {MAX_PARTS:,} 个",
                    fix="用 WPS 打开后另存为 xlsx",
                )
            if "xl/workbook.xml" not in {p.filename.lstrip("/") for p in parts}:
                raise InputError(
                    "是压缩包，但不是 Excel 工作簿（没有 xl/workbook.xml）",
                    where=str(path),
                    expected=".xlsx 或 .xlsm 工作簿",
                    fix="用 WPS 打开后另存为 xlsx；若是压缩的表格，请先解压",
                )
            for part in parts:
                limit = MAX_INFLATED_BYTES - total
                if part.filename.lower().endswith("sharedstrings.xml"):
                    limit = min(limit, MAX_STRINGS_BYTES)
                with archive.open(part) as stream:
                    total += _inflated_bytes(stream, limit, part.filename, path)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError) as cause:
        raise _damaged(path) from cause


def _inflated_bytes(stream: IO[bytes], limit: int, name: str, path: Path) -> int:
    is_xml = name.lower().endswith((".xml", ".rels", ".vml"))
    size, tail = 0, b""
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise InputError(
                f"工作簿解压后过大（部件 {name[:60]}）",
                where=str(path),
                expected=f"解压后不超过 {MAX_INFLATED_BYTES >> 20} MB，其中文字表不超过 {MAX_STRINGS_BYTES >> 20} MB",
                fix="拆成几个文件，删去图片和多余的工作表；来历不明的文件不要打开",
            )
        if is_xml and _DECLARATION.search((tail + chunk).replace(b"\0", b"")):
            raise InputError(
                f"工作簿的部件 {name[:60]} 带有文档类型声明（DTD），可能夹带外部实体",
                where=str(path),
                expected="由 Excel 或 WPS 保存的工作簿，其中从不含 DTD",
                fix="来历不明的文件不要打开；可信的用 WPS 打开后另存为 xlsx",
            )
        tail = chunk[-40:]
    return size


_DECLARATION = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


def _damaged(path: Path) -> InputError:
    return InputError(
        "工作簿已损坏，读不下去",
        where=str(path),
        expected="完整的 .xlsx 或 .xlsm 文件",
        fix="用 Excel 或 WPS 打开后另存为 xlsx，或恢复原文件",
    )


def _chosen_sheet(book: Any, name: str | None, path: Path) -> tuple[Any, list[IntakeFinding]]:
    sheets = [s for s in book.worksheets if hasattr(s, "iter_rows")]
    for each in sheets:
        each.reset_dimensions()  # WPS and report generators write wrong extents
    names = [str(s.title) for s in sheets]
    if not sheets:
        raise InputError("工作簿里没有工作表", where=str(path), fix="用 WPS 打开后另存为 xlsx（不要选“严格”格式）")
    if name is not None:
        found = next((s for s in sheets if str(s.title).strip() == name.strip()), None)
        if found is None:
            raise InputError(f"没有工作表“{name}”", where=str(path), fix=near_match(name, names))
        hidden = [IntakeFinding("warning", "hidden-sheet", f"工作表“{name}”是隐藏的")] if _is_hidden(found) else []
        return found, hidden
    filled = [s for s in sheets if _has_content(s)]
    shown = [s for s in filled if not _is_hidden(s)] or filled
    if not filled:
        raise InputError("工作簿是空的：所有工作表都没有内容", where=str(path), fix="检查是不是选错了文件")
    if len(shown) > 1:
        raise InputError(
            f"有 {len(shown)} 个有内容的工作表：{'、'.join(f'“{s.title}”' for s in shown[:20])}",
            where=str(path),
            expected="指明一个",
            fix=f"加 --sheet {shown[0].title}",
        )
    findings = [IntakeFinding("info", "sheet", f"读取工作表“{shown[0].title}”")] if len(sheets) > 1 else []
    others = [str(s.title) for s in filled if _is_hidden(s)]
    if others:
        text = f"隐藏的工作表：{'、'.join(f'“{n}”' for n in others)}"
        used = "，读取的就是它" if shown[0].title in others else "，没有读取"
        findings.append(IntakeFinding("warning", "hidden-sheet", text + used))
    return shown[0], findings


def _is_hidden(sheet: Any) -> bool:
    return str(sheet.sheet_state) != "visible"


def _has_content(sheet: Any) -> bool:
    for number, row in enumerate(sheet.iter_rows(values_only=True)):
        if any(value is not None and str(value).strip() for value in row):
            return True
        if number > 10_000:
            return False
    return False


@dataclass(frozen=True, slots=True)
class _SheetNotes:
    """What openpyxl's streaming mode leaves out."""

    merges: tuple[Merge, ...]
    hidden_rows: tuple[int, ...]
    hidden_columns: int
    uncached: tuple[Fault, ...]


def _sheet_notes(book: Any, sheet: Any, path: Path) -> _SheetNotes:
    from defusedxml.ElementTree import iterparse

    part = sheet._worksheet_path
    if not _has_more_than_values(path, part):
        return _SheetNotes((), (), 0, ())
    merges: list[Merge] = []
    hidden: list[int] = []
    uncached: list[Fault] = []
    hidden_columns = 0
    number = 0
    data = None
    with zipfile.ZipFile(path) as archive, archive.open(part) as stream:
        for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
            tag = element.tag.rpartition("}")[2]
            if event == "start":
                if tag == "sheetData":
                    data = element
                elif tag == "row":
                    number = int(element.get("r") or number + 1)
                    if element.get("hidden") in ("1", "true"):
                        hidden.append(number)
                continue
            if tag == "c":
                kinds = {child.tag.rpartition("}")[2] for child in element if child.text or child.tag.endswith("}f")}
                if "f" in kinds and "v" not in kinds and element.get("t") not in ("str", "inlineStr"):
                    uncached.append(Fault("no-cached-value", number, _column_of(element.get("r") or "A1"), "="))
            elif tag == "mergeCell":
                merges += _merge(element.get("ref") or "")
            elif tag == "col" and element.get("hidden") in ("1", "true"):
                hidden_columns += 1
            elif tag == "row" and data is not None:
                data.clear()  # what was seen is not kept: memory stays small however long the sheet is
    return _SheetNotes(tuple(merges), tuple(hidden), hidden_columns, tuple(uncached))


def _has_more_than_values(path: Path, part: str) -> bool:
    """Whether a sheet has formulas, merged areas or hidden parts at all; most long ones do not, and need no second pass."""
    tail = b""
    with zipfile.ZipFile(path) as archive, archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            if _MORE.search(tail + chunk):
                return True
            tail = chunk[-40:]
    return False


_MORE = re.compile(rb"<(\w+:)?(f|mergeCell)[\s/>]|\bhidden\s*=")


def _column_of(reference: str) -> int:
    column = 0
    for letter in reference:
        if not letter.isalpha():
            break
        column = column * 26 + ord(letter.upper()) - 64
    return column - 1


def _merge(reference: str) -> Iterator[Merge]:
    found = re.fullmatch(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})", reference)
    if found:
        yield Merge(int(found[2]), _column_of(found[1]), int(found[4]), _column_of(found[3]))


def _rows(sheet: Any, epoch: datetime.datetime, path: Path) -> tuple[list[tuple[int, list[Cell]]], list[Fault]]:
    from openpyxl.utils.datetime import from_excel

    rows: list[tuple[int, list[Cell]]] = []
    faults: list[Fault] = []
    budget = CellBudget(f"{path}（工作表“{sheet.title}”）")
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells: list[Cell] = []
        last = 0
        bad = False
        for column, cell in enumerate(row):
            value = cell.value
            if value is None:
                cells.append(None)
                continue
            if cell.data_type == "e":
                faults.append(Fault("error-value", number, column, str(value)))
                bad, value = True, None
            elif isinstance(value, str):
                value = clean_cell_text(value)
            elif not isinstance(value, bool):
                format_id = cell.style_array.numFmtId
                if format_id in _CJK_DATES and isinstance(value, int | float) and 1 <= value < _DAYS_TO_YEAR_10000:
                    value = from_excel(value, epoch)
                if format_id:
                    value = _as_shown(value, "" if format_id in _CJK_DATES else cell.number_format, format_id)
            cells.append(value)
            if value is not None:
                last = column + 1
        del cells[last:]
        budget.spend(last)
        if last or bad:
            rows.append((number, cells))
    return rows, faults


def _as_shown(value: Any, shown: str, format_id: int) -> Cell:
    """A number or moment as its format shows it: percent, whole days, months."""
    if isinstance(value, datetime.datetime):
        pattern = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", shown).lower()
        if format_id in _CJK_MONTHS or (pattern and "y" in pattern and "d" not in pattern and "h" not in pattern):
            return f"{value.year:04d}-{value.month:02d}" if "m" in pattern or not pattern else f"{value.year:04d}"
        return value if value.time() != datetime.time() else value.date()
    if isinstance(value, datetime.time | datetime.timedelta):
        return str(value)
    if isinstance(value, int | float) and "%" in re.sub(r'"[^"]*"|\\.', "", shown):
        exact = Decimal(repr(value)).scaleb(2)
        return f"{exact.normalize():f}%" if exact.is_finite() else None
    return value  # type: ignore[no-any-return]


def _hidden_parts(notes: _SheetNotes, filled: set[int]) -> list[IntakeFinding]:
    hidden = [number for number in notes.hidden_rows if number in filled]
    out = []
    if hidden:
        first = "、".join(str(n) for n in hidden[:5]) + ("……" if len(hidden) > 5 else "")
        text = f"有 {len(hidden)} 个隐藏行（第 {first} 行），也读取了"
        out.append(IntakeFinding("warning", "hidden-rows", text, row=hidden[0]))
    if notes.hidden_columns:
        out.append(IntakeFinding("warning", "hidden-columns", "有隐藏的列，也读取了"))
    return out
