"""A column header as people write it -> a key to compare, and the unit it states: ``面积（公顷）`` is 面积 in 公顷."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from changji_geo.intake.values.units import normalise_unit

AREA_M2 = {
    "平方米": 1.0,
    "亩": 2000.0 / 3.0,
    "公顷": 1e4,
    "平方千米": 1e6,
    "万亩": 2e7 / 3.0,
    "千公顷": 1e7,
    "万公顷": 1e8,
}
"""Areal units in square metres (15 亩 are one hectare)."""

LENGTH_M = {"米": 1.0, "千米": 1e3}
"""Units of length in metres."""

_PRINTED = {"平方公里": "平方千米", "公里": "千米"}
_OTHERS = ("%", "吨", "万吨", "人", "万人", "户", "万户", "万元", "天", "个", "处", "座", "立方米", "立方米/秒")
_UNITS = {unit: unit for unit in (*AREA_M2, *LENGTH_M, *_OTHERS)} | _PRINTED

_BRACKETS = re.compile(r"[(\[{【〔]([^()\[\]{}【】〔〕]*)(?:[)\]}】〕]|$)")  # the end may be cut off
_AFTER_AREA = re.compile(
    r"(?<=面积)(" + "|".join(sorted((*AREA_M2, "平方公里", "平米"), key=len, reverse=True)) + r")$"
)
_LAST_WORD = re.compile(r"[_\s/,:;\-]+([^_\s/,:;\-]+)$")

DBF_NAME_BYTES = 10
"""Longest field name a DBF holds."""


@dataclass(frozen=True, slots=True)
class Header:
    """A header taken apart: ``key`` compares the whole of it, ``bare`` without brackets and unit; ``unit`` "" if none."""

    text: str
    key: str
    bare: str
    unit: str


def read_header(text: str) -> Header:
    """Take a header apart.

    Parameters
    ----------
    text : str
        As the file has it.

    Returns
    -------
    Header
        Keys are compared: full-width as half-width, no upper case, nothing but letters, digits and Chinese. A unit counts
        in brackets (``面积（亩）``), after a separator (``AREA_HA``, ``面积/亩``) or right after 面积 (``面积公顷``).

    Examples
    --------
    >>> read_header("面积（公顷）")
    Header(text='面积（公顷）', key='面积公顷', bare='面积', unit='公顷')
    >>> read_header("BHQ_MC").key
    'bhqmc'
    """
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    unit = next((u for u in (unit_of(found) for found in _BRACKETS.findall(plain)) if u), "")
    bare = _BRACKETS.sub("", plain)
    tail = _LAST_WORD.search(bare) or _AFTER_AREA.search(bare.strip())
    if not unit and tail and (found := unit_of(tail[1])):
        unit, bare = found, bare.strip()[: tail.start()]
    return Header(text, text_key(plain), text_key(bare) or text_key(plain), unit)


def text_key(text: str) -> str:
    """What of a text is compared: letters, digits and Chinese, half-width, no upper case."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def unit_of(text: str) -> str:
    """The unit a text names, in its Chinese spelling (``"hm²"`` -> ``"公顷"``), or "" when it names none."""
    return _UNITS.get(normalise_unit(re.sub(r"^\s*单位\s*[:：]?", "", text)), "")


def factor_between(given: str, wanted: str) -> float | None:
    """What a number in unit `given` is multiplied by to be in `wanted`; None when they do not measure the same.

    Examples
    --------
    >>> factor_between("亩", "公顷") * 15
    1.0
    """
    for table in (AREA_M2, LENGTH_M):
        if given in table and wanted in table:
            return table[given] / table[wanted]
    return 1.0 if given == wanted else None


def may_be_cut(text: str) -> bool:
    """Whether a field name can be the first 10 bytes of a longer one, in GBK or in UTF-8.

    A character that the tenth byte splits is lost, so 9 bytes of GBK or 8 of UTF-8 can be a whole cut name.

    Examples
    --------
    >>> may_be_cut("核心保护区"), may_be_cut("保护区"), may_be_cut("official_a"), may_be_cut("名称")
    (True, True, True, False)
    """
    name = text.rstrip("\ufffd\x00 ")
    if name.isascii():
        return len(name) == DBF_NAME_BYTES
    gbk, utf8 = len(name.encode("gb18030", "replace")), len(name.encode("utf-8", "replace"))
    return gbk in (9, 10) or utf8 in (8, 9, 10)
