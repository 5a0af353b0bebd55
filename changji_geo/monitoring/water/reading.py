"""A file of water samples -> its table as the functions of this room take it, with what was found on the way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from changji_geo.intake.findings import IntakeFinding, refuse_bad_rows
from changji_geo.intake.sheets.reading import read_sheet
from changji_geo.monitoring.water.sample_keys import FILE_ROWS
from changji_geo.sample_words import SAMPLE_MARK


@dataclass(frozen=True, slots=True)
class WaterTable:
    """A table read.

    ``frame`` has the file's row numbers as its index, called `FILE_ROWS`, so that messages name them. ``made_up``: the file says
    示例 of itself. ``findings``: what its reading found or left out.
    """

    path: Path
    frame: pd.DataFrame
    findings: tuple[IntakeFinding, ...]
    made_up: bool


def read_water(
    path: Path | str, *, sheet: str | None = None, encoding: str | None = None, skip_bad_rows: bool = False
) -> WaterTable:
    """Read the table of a file.

    Parameters
    ----------
    path : path
        ``.xlsx``, ``.csv``, ``.txt`` or ``.parquet``; titles above the header are known as such.
    sheet : str, optional
        Name of the worksheet, where there are several.
    encoding : str, optional
        Of a text file; found out without it.
    skip_bad_rows : bool
        Leave out rows that cannot be read instead of refusing the file; each is in ``findings``.

    Returns
    -------
    WaterTable
        Its ``frame`` is what `changji_geo.monitoring.water.classify_sections` and its like take.

    Raises
    ------
    InputError
        What `changji_geo.intake.sheets.reading.read_sheet` refuses, and bad rows unless they are to be skipped.
    """
    source = Path(path)
    read = read_sheet(source, sheet=sheet, encoding=encoding)
    if not skip_bad_rows:
        refuse_bad_rows(read.findings, where=str(source), row_word="行")
    frame = read.frame.rename(columns=lambda name: str(name).replace("|", " ")).rename_axis(index=FILE_ROWS)
    words = [read.title, read.name, source.stem, *frame.columns, *(f.message for f in read.findings)]
    cells = (cell for column in frame.columns for cell in frame[column].unique() if isinstance(cell, str))
    return WaterTable(source, frame, read.findings, any(SAMPLE_MARK in word for word in (*words, *cells)))
