"""Tables -> the bytes of an XLSX workbook: text stays text, numbers stay numbers, same input same bytes.

A text that begins with ``=`` is written as text, so no formula of foreign origin ever lives in a cell.
"""

from __future__ import annotations

import datetime
import functools
import io
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from changji_geo.archive import EPOCH, undated

Cell = str | int | float | bool | datetime.date | datetime.datetime | None

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet would run as a formula."""

_GUARDED = re.compile(f"'+[{re.escape(''.join(FORMULA_STARTS))}]")

WIDEST = 60
"""Widest column, in characters."""


def guard_text(text: str) -> str:
    """A text for a CSV file, with ``'`` before it where a spreadsheet would run it as a formula or has a guard already.

    Examples
    --------
    >>> [guard_text(text) for text in ("=1+1", "'=1+1", "甲")]
    ["'=1+1", "''=1+1", '甲']
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) or _GUARDED.match(text) else text


def unguard_text(text: str) -> str:
    """The text that `guard_text` wrote.

    Examples
    --------
    >>> [unguard_text(guard_text(text)) for text in ("=1+1", "'=1+1", "'甲")]
    ['=1+1', "'=1+1", "'甲"]
    """
    return text[1:] if _GUARDED.match(text) else text


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
    bodies: dict[str, list[str]] = {}
    for index, sheet in enumerate(sheets, start=1):
        page = book.create_sheet(_sheet_name(sheet.name))
        width = max(map(len, (sheet.header, *sheet.rows)), default=0)
        page.cell(len(sheet.rows) + 1, max(width, 1))  # the sheet reaches so far
        head = Font(bold=True), PatternFill("solid", fgColor="DCE6E1"), Alignment(vertical="center", wrap_text=True)
        for place in range(1, width + 1):
            cell = page.cell(1, place)
            _write(cell, sheet.header[place - 1] if place <= len(sheet.header) else None)
            cell.font, cell.fill, cell.alignment = head
            _ = cell.style_id  # asking numbers the style: the header's come first
        page.freeze_panes = "A2"
        if sheet.header:
            page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.header))}{len(sheet.rows) + 1}"
        for place in range(1, len(sheet.header) + 1):
            shown = [sheet.header[place - 1], *(row[place - 1] for row in sheet.rows[:200] if len(row) >= place)]
            page.column_dimensions[get_column_letter(place)].width = min(max(map(_width, shown)) + 3, WIDEST)
        bodies[f"xl/worksheets/sheet{index}.xml"] = _Rows(page).lines(sheet)
    fixed = datetime.datetime(*EPOCH)
    book.properties.created = book.properties.modified = fixed
    buffer = io.BytesIO()
    book.save(buffer)
    return undated(buffer.getvalue(), change=lambda name, content: _with_rows(content, bodies.get(name, ())))


def _with_rows(page: bytes, lines: Sequence[str]) -> bytes:
    """A worksheet's XML with lines behind its header row."""
    if not lines:
        return page
    start = page.index(b"</row>") + len(b"</row>")
    end = page.rindex(b"</sheetData>")
    return page[:start] + "".join(lines).encode("ascii", "xmlcharrefreplace") + page[end:]


class _Rows:
    """Rows of a worksheet as XML: openpyxl says type and style once for each kind of cell, only values are written here."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.kinds: dict[tuple[type, bool, str], tuple[str, str]] = {}

    def lines(self, sheet: SheetData) -> list[str]:
        """One text for each row behind the header."""
        from openpyxl.utils import get_column_letter

        width = max(map(len, sheet.rows), default=0)
        letters = [get_column_letter(place) for place in range(1, width + 1)]
        formats = [*sheet.formats[:width], *[""] * (width - len(sheet.formats))]
        out = []
        for number, row in enumerate(sheet.rows, start=2):
            cells = [self._cell(v, f"{at}{number}", f) for v, at, f in zip(row, letters, formats, strict=False)]
            out.append(f'<row r="{number}">{"".join(cells)}</row>' if cells else "")
        return out

    def _cell(self, value: Cell, place: str, number_format: str) -> str:
        if isinstance(value, float) and not math.isfinite(value):
            value = None
        quoted = isinstance(value, str) and value.startswith(FORMULA_STARTS)
        key = (type(value), quoted, number_format)
        kind = self.kinds.get(key)
        if kind is None:
            kind = self.kinds[key] = self._kind(value, number_format)
        type_, attributes = kind
        if value is None:
            return f'<c r="{place}"{attributes}></c>' if attributes else ""
        if isinstance(value, str):
            return f'<c r="{place}"{attributes}{_text_xml(value)}'
        amount = _moment(value, self.page.parent.epoch) if type_ == "d" else value
        return f'<c r="{place}"{attributes}><v>{amount:.16g}</v></c>'

    def _kind(self, value: Cell, number_format: str) -> tuple[str, str]:
        """The type openpyxl gives a value, and the attributes of such a cell; none for an empty one without a style."""
        from openpyxl.cell import Cell as SheetCell

        cell = SheetCell(self.page, row=1, column=1)
        _write(cell, value)
        if number_format:
            cell.number_format = number_format
        if value is None and not cell.has_style:
            return "n", ""
        style = f' s="{cell.style_id}"' if cell.has_style else ""
        shown = {"s": "inlineStr", "d": "n"}.get(cell.data_type, cell.data_type)
        return cell.data_type, f'{style} t="{shown}"'


@functools.lru_cache(maxsize=4096)
def _moment(value: Any, epoch: datetime.datetime) -> float:
    """A date as the number that a spreadsheet counts it by."""
    from openpyxl.utils.datetime import to_excel

    return float(to_excel(value, epoch))


@functools.lru_cache(maxsize=4096)
def _text_xml(value: str) -> str:
    """What stands behind the attributes of a cell with text."""
    text = _xml_text(value)
    if not text:
        return "></c>"
    space = ' xml:space="preserve"' if text != text.strip() else ""
    return f"><is><t{space}>{escape(text)}</t></is></c>"


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
