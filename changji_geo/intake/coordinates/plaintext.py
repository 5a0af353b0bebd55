"""A cell of a table -> one spelling of its text: half-width, one kind of degree, minute and second mark, plain separators."""

from __future__ import annotations

import math
import re
import unicodedata

BLANK_TEXTS = frozenset(
    {"", "/", "\\", "-", "--", "*", "#n/a", "n/a", "na", "<na>", "nan", "nat", "none", "null"}
    | {"无", "空", "未填", "未填写", "不详", "暂无", "未知"}
)
"""Cells that mean "not filled in", after `plain_text` and in lower case."""

_DEGREE = "°º˚∘⁰゜"
_MINUTE = "′'’‘`´ʹ＇‵‛ˊˋ"
_SECOND = '″"”“ʺ＂〃‶‟〞〝'
_DASHES = "－−–—‐‑‒―"
_CIRCLED = "".join(chr(c) for c in range(0x2460, 0x249C))
_TABLE = str.maketrans(
    {
        **dict.fromkeys(_DEGREE, "°"),
        **dict.fromkeys(_MINUTE, "'"),
        **dict.fromkeys(_SECOND, '"'),
        **dict.fromkeys(_DASHES, "-"),
        **dict.fromkeys(_CIRCLED, ";"),  # ①②: numbers of vertices, which NFKC would turn into digits
        **dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202c\u00ad", ""),
        **dict.fromkeys("；。｡", ";"),
        "、": ",",
    }
)
_WORDS = [
    (re.compile(r"东经(?:度(?!\d))?|(?<![A-Za-z])east(?![a-z])", re.I), "E"),
    (re.compile(r"西经(?:度(?!\d))?|(?<![A-Za-z])west(?![a-z])", re.I), "W"),
    (re.compile(r"北纬(?:度(?!\d))?|(?<![A-Za-z])north(?![a-z])", re.I), "N"),
    (re.compile(r"南纬(?:度(?!\d))?|(?<![A-Za-z])south(?![a-z])", re.I), "S"),
    (re.compile(r"经度|(?<![A-Za-z])(?:longitude|long|lon|lng)(?![a-z])", re.I), "λ"),
    (re.compile(r"纬度|(?<![A-Za-z])(?:latitude|lat)(?![a-z])", re.I), "φ"),
    (re.compile(r"(?<=\d)\s*(?:度|deg(?:rees?)?|o(?=\s*[\d\s]))\s*", re.I), "°"),
    (re.compile(r"(?<=\d)\s*(?:分|min)\s*", re.I), "'"),
    (re.compile(r"(?<=\d)\s*(?:秒|sec)", re.I), '"'),
    (re.compile(r"(?<=[EWNSλφXY])\s*[:=]\s*", re.I), ""),
]
_WORDLESS = re.compile(r"[\d\s.,;°'\"+/EWNS-]*")  # nothing for _WORDS to do: most cells


def plain_text(cell: object) -> str:
    r"""A cell as text in one spelling: half-width, ``°'"`` for the marks, ``E W N S`` for 东经 and so on, single spaces.

    Numbers are written out in full (no exponent); None and NaN become "".

    Examples
    --------
    >>> plain_text("东经８７度１８分３０秒。"), plain_text("87º18’30''"), plain_text(871830.0)
    ('E87°18\'30";', '87°18\'30"', '871830')
    """
    if cell is None or isinstance(cell, bool):
        return "" if cell is None else str(cell)
    if isinstance(cell, int | float) or hasattr(cell, "dtype"):
        number = float(cell)  # type: ignore[arg-type]
        if not math.isfinite(number):
            return ""
        if number.is_integer():
            return str(int(number))
        return format(number, ".15f").rstrip("0") if "e" in repr(number) else repr(number)
    text = unicodedata.normalize("NFKC", str(cell).translate(_TABLE)).translate(_TABLE)
    text = text.replace("''", '"')
    if not _WORDLESS.fullmatch(text):
        for pattern, mark in _WORDS:
            text = pattern.sub(mark, text)
    lines = (" ".join(line.split()) for line in text.replace("\r", "\n").split("\n"))
    return "\n".join(line for line in lines if line)


def filled_text(cell: object) -> str:
    """The `plain_text` of a cell without separators at its ends; "" when the cell means "not filled in"."""
    text = plain_text(cell).strip(" ;,")
    return "" if text.lower() in BLANK_TEXTS else text


def is_blank(cell: object) -> bool:
    """Whether a cell means "not filled in": empty, NaN, ``/``, ``—``, 无 ...

    Examples
    --------
    >>> is_blank("／"), is_blank(float("nan")), is_blank(0)
    (True, True, False)
    """
    return not filled_text(cell)


def shown(cell: object) -> str:
    """A cell as a message quotes it: as written, cut after 40 characters."""
    text = str(cell).strip()
    return text if len(text) <= 40 else text[:40] + "……"
