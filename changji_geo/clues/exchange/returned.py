"""Rows of a file that came back, before they are compared with the ledger."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
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


def unread_columns(names: Sequence[str], read: Iterable[str], *, word: str = "列") -> str:
    """A note on columns that mean no field, with the field that each was perhaps meant for; at most 20 are named.

    Parameters
    ----------
    names : sequence of str
        Titles that were not understood.
    read : iterable of str
        Keys of the fields that were: these cannot have been meant.
    word : str
        What the file calls a column.

    Examples
    --------
    >>> unread_columns(["整改期限", "联系人"], ["id", "status"])
    '没有读的列：整改期限（是不是“整改时限”？改好名称再读）、联系人'
    """
    found = frozenset(read)
    missing = [field.title for field in FIELDS if field.desk and field.key not in found]
    words = []
    for name in names[:20]:
        like = difflib.get_close_matches(name, missing, n=1, cutoff=0.6) or [t for t in missing if t in name]
        words.append(f"{name}（是不是“{like[0]}”？改好名称再读）" if like else name)
    return f"没有读的{word}：{'、'.join(words)}" + ("……" if len(names) > 20 else "")


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


_KEYS = {
    **{_folded(field.title): field.key for field in FIELDS},
    **{field.key: field.key for field in FIELDS},
    _folded(STAMP_TITLE): STAMP_KEY,
    STAMP_KEY: STAMP_KEY,
}
