"""Tables -> the bytes of an XLSX workbook: text stays text, numbers stay numbers, same input same bytes.

A text that begins with ``=`` is written as text, so no formula of foreign origin ever lives in a cell.
"""

from __future__ import annotations

import datetime
import functools
import io
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from changji_geo.archive import EPOCH, undated

Cell = str | int | float | bool | datetime.date | datetime.datetime | None

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet would run as a formula."""

WIDEST = 60
"""Widest column, in characters."""


@dataclass(frozen=True, slots=True)
class SheetData:
    """One worksheet: its name, header and rows. Rows may be shorter than the header.

    ``formats``: number format of each column (``"0.0"``), "" or left out for the usual one.
    """

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    formats: Sequence[str] = ()


def workbook_bytes(*sheets: SheetData) -> bytes:
    """A workbook with a frozen, filtered header row in each sheet.

    Parameters
    ----------
    *sheets : SheetData
        At least one; names are cut to the 31 characters that XLSX allows.

    Returns
    -------
    bytes
        The same for the same input, whenever it is made. NaN and None are empty cells; control characters that XML cannot
        hold are left out.
    """
    import openpyxl
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook()
    book.remove(book.active)
    for sheet in sheets:
        page = book.create_sheet(_sheet_name(sheet.name))
        for number, line in enumerate((list(sheet.header), *sheet.rows), start=1):
            for place, value in enumerate(line, start=1):
                cell = page.cell(number, place)
                _write(cell, value)
                if number > 1 and place <= len(sheet.formats) and sheet.formats[place - 1]:
                    cell.number_format = sheet.formats[place - 1]
        for cell in page[1]:
            cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DCE6E1")
            cell.alignment = Alignment(vertical="center", wrap_text=True)
        page.freeze_panes = "A2"
        if sheet.header:
            page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.header))}{len(sheet.rows) + 1}"
        for place in range(1, len(sheet.header) + 1):
            shown = [sheet.header[place - 1], *(row[place - 1] for row in sheet.rows[:200] if len(row) >= place)]
            page.column_dimensions[get_column_letter(place)].width = min(max(map(_width, shown)) + 3, WIDEST)
    fixed = datetime.datetime(*EPOCH)
    book.properties.created = book.properties.modified = fixed
    buffer = io.BytesIO()
    book.save(buffer)
    return undated(buffer.getvalue())


def _write(cell: Any, value: Cell) -> None:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return
    if isinstance(value, str):
        cell.value = _xml_text(value)
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(FORMULA_STARTS)
    else:
        cell.value = value


@functools.lru_cache(maxsize=4096)
def _xml_text(text: str) -> str:
    return "".join(c for c in text if _is_xml(c))[:32767]


def _is_xml(character: str) -> bool:
    return character in "\t\n" or (
        unicodedata.category(character) not in ("Cc", "Cs") and character not in "\ufffe\uffff"
    )


def _sheet_name(text: str) -> str:
    return "".join("_" if c in "[]:*?/\\" else c for c in text)[:31] or "Sheet"


def _width(value: Cell) -> int:
    text = "" if value is None else str(value)
    return max(sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line) for line in text.split("\n"))
