"""A file of water samples -> its table as the standards' functions take it; their refusals in words of the command line."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from changji_geo.cli.water.options import WaterOptions
from changji_geo.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from changji_geo.intake.findings import IntakeFinding

SAMPLE_WORD = "示例"

_OPTIONS = (
    ("用 units='standard' 声明", "加 --units standard 声明，或逐项写 --units 氨氮=mg/L"),
    ("就从 units 中去掉它", "就去掉这个 --units"),
    ("，units 说是", "，--units 说是"),
    ("date=观测日期", "--date 观测日期"),
    ("，或 water_type", "，或 --kind rivers、lakes"),
    ("指明 river / lake", "写 --kind rivers 或 --kind lakes"),
    ("basin=流域名称", "--basin 流域名称"),
)
"""How the package's functions name an argument -> how a person at the command line gives it."""


@dataclass(frozen=True)
class WaterFile:
    """A table read. ``frame`` has the file's row numbers as its index; ``made_up`` when the file says 示例 of itself."""

    path: Path
    frame: pd.DataFrame
    findings: tuple[IntakeFinding, ...]
    made_up: bool

    @property
    def plain(self) -> pd.DataFrame:
        """The frame with rows numbered from 0."""
        return self.frame.reset_index(drop=True)


def read_water_file(path: Path, options: WaterOptions) -> WaterFile:
    """Read the table of a file.

    Raises
    ------
    InputError
        What `changji_geo.intake.sheets.reading.read_sheet` refuses, and bad rows unless they are to be skipped.
    """
    from changji_geo.intake.findings import refuse_bad_rows
    from changji_geo.intake.sheets.reading import read_sheet

    sheet = read_sheet(path, sheet=options.sheet, encoding=options.encoding)
    if not options.skip_bad_rows:
        refuse_bad_rows(sheet.findings, where=str(path), row_word="行")
    frame = sheet.frame.rename(columns=lambda name: str(name).replace("|", " "))
    words = [sheet.title, sheet.name, path.stem, *frame.columns, *(f.message for f in sheet.findings)]
    cells = (cell for column in frame.columns for cell in frame[column].unique() if isinstance(cell, str))
    return WaterFile(path, frame, sheet.findings, any(SAMPLE_WORD in word for word in (*words, *cells)))


@contextlib.contextmanager
def in_file_words(file: WaterFile) -> Iterator[None]:
    """Inside, a refusal names the file, the file's own row and the options of the command line."""
    try:
        yield
    except InputError as fault:
        where = re.sub(r"第 (\d+) 行", lambda found: f"第 {_row(file, int(found[1]))} 行", fault.where or "")
        raise type(fault)(
            _translated(fault.problem),
            where=f"{file.path} {where}".strip(),
            expected=_translated(fault.expected),
            fix=_translated(fault.fix),
        ) from fault


def _row(file: WaterFile, number: int) -> int:
    """The file's row of the table's row counted from 1."""
    return int(file.frame.index[number - 1]) if 1 <= number <= len(file.frame) else number


def _translated(text: str | None) -> str:
    out = text or ""
    for old, new in _OPTIONS:
        out = out.replace(old, new)
    return out
