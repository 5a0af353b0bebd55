"""Rows of a file that came back, before they are compared with the ledger."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from changji_geo.clues.exchange.stamps import STAMP_KEY, STAMP_TITLE
from changji_geo.clues.fields import FIELDS

ID_KEY = "id"


@dataclass(frozen=True)
class ReturnedRow:
    """A row. ``cells``: key of a field -> the cell as read; a field whose column the file lacks is absent.

    ``faults``: what is wrong with cells themselves (a formula, a merged area), in Chinese. ``geometry`` is in EPSG:4490.
    """

    number: int
    clue_id: str
    cells: Mapping[str, Any]
    stamp: str = ""
    faults: Sequence[str] = ()
    geometry: shapely.Geometry | None = None
    photo: str = ""


@dataclass(frozen=True)
class ReturnedFile:
    """A file. ``row_word``: 行 or 个要素. ``notes``: what was not read, in Chinese."""

    path: Path
    row_word: str
    rows: Sequence[ReturnedRow]
    notes: Sequence[str] = ()


def key_of_column(title: Any) -> str:
    """The key of the field that a column's title or name means, the stamp's too; "" for any other column.

    Examples
    --------
    >>> key_of_column(" 整改时限 "), key_of_column("deadline"), key_of_column("联系人")
    ('deadline', 'deadline', '')
    """
    return _KEYS.get("".join(unicodedata.normalize("NFKC", str(title)).split()), "") if title is not None else ""


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


_KEYS = {
    **{_folded(field.title): field.key for field in FIELDS},
    **{field.key: field.key for field in FIELDS},
    _folded(STAMP_TITLE): STAMP_KEY,
    STAMP_KEY: STAMP_KEY,
}
