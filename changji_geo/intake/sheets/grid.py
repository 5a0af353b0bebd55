"""Rows of cells as a file has them -> what every sheet reader hands on: the grid, its merged areas and its faulty cells."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Literal

from changji_geo.errors import InputError

Cell = str | int | float | bool | datetime.date | datetime.datetime | None
"""What a cell may hold; None: nothing. Text has no blanks around it and is never empty."""

MAX_ROWS = 2_000_000
"""Rows read of one sheet; Excel itself has 1,048,576."""

MAX_CELLS = 20_000_000
"""Cells read of one sheet: about 2.3 GB of memory where every cell is another text (measured: 114 bytes a cell)."""

_BLANKS = " \t\r\n\v\f\u00a0\u3000\u200b\ufeff"


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged area: row numbers as the user sees them, columns counted from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that cannot be read: an error value (``#N/A``), or a formula whose result the file does not hold."""

    kind: Literal["error-value", "no-cached-value"]
    row: int
    column: int
    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet before its header is understood.

    ``rows`` are (row number, cells) of the rows that hold anything, rising; a row ends with its last filled cell unless
    `ragged`, where the number of cells is the file's own and must agree with the header.
    """

    rows: list[tuple[int, list[Cell]]]
    merges: tuple[Merge, ...] = ()
    faults: tuple[Fault, ...] = ()
    ragged: bool = False


class CellBudget:
    """Counts rows and cells while a sheet is read, and stops a sheet that would fill the memory."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.rows = 0
        self.cells = 0

    def spend(self, cells: int) -> None:
        """Count one row; raises `InputError` beyond `MAX_ROWS` or `MAX_CELLS`."""
        self.rows += 1
        self.cells += cells
        if self.rows > MAX_ROWS or self.cells > MAX_CELLS:
            raise InputError(
                f"表太大：读到第 {self.rows} 行时已超过上限",
                where=self.where,
                expected=f"不超过 {MAX_ROWS:,} 行、{MAX_CELLS:,} 格",
                fix="拆成几个文件，或转为 GeoPackage、Parquet；误设了格式的空行空列请删除",
            )


def clean_cell_text(text: str) -> str | None:
    r"""A text without blanks around it (no-break and full-width ones too), None when nothing is left.

    Examples
    --------
    >>> clean_cell_text("\u3000昌吉市 "), clean_cell_text("  ")
    ('昌吉市', None)
    """
    if "_x000D_" in text:  # how XLSX writes a carriage return
        text = text.replace("_x000D_", "")
    return text.strip(_BLANKS) or None


def column_letter(index: int) -> str:
    """The spreadsheet's letters of a column counted from 0.

    Examples
    --------
    >>> column_letter(0), column_letter(25), column_letter(26)
    ('A', 'Z', 'AA')
    """
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def is_error_value(text: str) -> bool:
    """Whether a text is what spreadsheets show for a failed formula, in English or saved to CSV.

    Examples
    --------
    >>> is_error_value("#DIV/0!"), is_error_value("#1")
    (True, False)
    """
    return text.startswith("#") and _ERROR_VALUE.fullmatch(text) is not None


_ERROR_VALUE = re.compile(
    r"#(N/A|DIV/0!|REF!|NAME\?|VALUE!|NUM!|NULL!|SPILL!|CALC!|FIELD!|GETTING_DATA|BUSY!|CONNECT!|BLOCKED!|UNKNOWN!)"
)
