"""What a person wrote -> the text that a clue's field holds: dates in ISO form, choices checked, foreign text kept."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from changji_geo.clues.fields import RESERVED_KEYS, Field, choice_of, field_of
from changji_geo.clues.incoming.observed import DateTextError, parse_observed
from changji_geo.errors import InputError, near_match

LONGEST_TEXT = 5000
"""Characters; more belongs into an evidence file."""

LONGEST_NAME = 60
"""Characters of a person's or an office's name."""

_OTHER_WAYS = {
    "status": "改状态用 --status，不写在字段里",
    "dropped": "剔除用 clues drop，恢复用 clues restore",
    "close_date": "销号用 clues close",
    "close_document": "销号用 clues close",
}
"""Fields that a deed of their own writes."""

_YEARS = range(1949, 2101)
"""A day of another year is a slip of the pen."""

_LAYOUT = frozenset("\n\t")


def parse_values(values: Mapping[str, str | None], *, where: str) -> dict[str, str | None]:
    """Read the fields that a person gives.

    Parameters
    ----------
    values : mapping of str to str or None
        Key (``deadline``) or Chinese title (``整改时限``) of a field of the desk -> what was written; blank or None empties
        the field.
    where : str
        The clue, for messages.

    Returns
    -------
    dict of str to str or None
        By key; None empties.

    Raises
    ------
    InputError
        When there is no such field, a person may not write it, it is given twice, or its value does not fit.
    """
    out: dict[str, str | None] = {}
    for name, text in values.items():
        field = _desk_field(name, where)
        if field.key in out:
            raise InputError(f"字段“{field.title}”给了两次", where=where, fix="只留一个")
        out[field.key] = parse_value(field, text, where=where)
    return out


def _desk_field(name: str, where: str) -> Field:
    if name.strip() in RESERVED_KEYS:
        raise InputError(f"“{name.strip()}”由程序写入，不能填写", where=where, fix="去掉这一项")
    try:
        field = field_of(name)
    except InputError as cause:
        raise InputError(cause.problem, where=where, expected=cause.expected, fix=cause.fix) from cause
    if field.key in _OTHER_WAYS:
        raise InputError(f"字段“{field.title}”不能直接填写", where=where, fix=_OTHER_WAYS[field.key])
    if not field.desk:
        raise InputError(f"字段“{field.title}”是算出来的或原文件里的，不能填写", where=where, fix="去掉这一项")
    return field


def parse_value(field: Field, text: str | None, *, where: str) -> str | None:
    """The stored text of one field; None where nothing was written.

    Parameters
    ----------
    field : Field
    text : str or None
        A date in any way that `changji_geo.clues.incoming.observed.parse_observed` reads; one of the choices, or any
        other word where the field lets it through; else text as it is, markup and formulas too.
    where : str
        The clue or the cell, for messages.

    Raises
    ------
    InputError
        When the value does not fit the field.

    Examples
    --------
    >>> parse_value(field_of("deadline"), "2026年9月1日", where="线索 LD2025-0001")
    '2026-09-01'
    """
    place = f"{where} 的“{field.title}”"
    word = clean_text(text or "", where=place)
    if not word:
        return None
    if field.kind == "date":
        try:
            day = parse_observed(word)
        except DateTextError as cause:
            raise InputError(
                f"“{word[:40]}”{cause}", where=place, expected="2026-03-15 这样的日期", fix="写全年、月、日"
            ) from cause
        if day is not None and day.year not in _YEARS:
            raise InputError(
                f"“{word[:40]}”的年份不对",
                where=place,
                expected=f"{_YEARS[0]} 到 {_YEARS[-1]} 年之间的日期",
                fix="核对年份",
            )
        return None if day is None else day.isoformat()
    word = choice_of(field, word)
    if field.kind == "choice" and not field.open_choice and word not in field.choices:
        raise InputError(
            f"没有选项“{word[:40]}”",
            where=place,
            expected="、".join(field.choices),
            fix=near_match(word, field.choices),
        )
    return word


def clean_text(text: str, *, where: str) -> str:
    r"""Text without blanks around it and with ``\n`` line ends; what it says is left alone.

    Raises
    ------
    InputError
        When it holds control or broken characters, which neither a workbook nor a database can keep, or is too long.
    """
    word = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    strange = next((c for c in word if c not in _LAYOUT and unicodedata.category(c) in ("Cc", "Cs")), None)
    if strange is not None:
        raise InputError(
            f"第 {word.index(strange) + 1} 个字是控制字符或坏字符（U+{ord(strange):04X}）",
            where=where,
            expected="可以显示的文字",
            fix="删去这个字符，或重新输入",
        )
    if len(word) > LONGEST_TEXT:
        raise InputError(
            f"有 {len(word)} 个字，太长",
            where=where,
            expected=f"至多 {LONGEST_TEXT} 个字",
            fix="缩短；长的材料作为证据文件附上",
        )
    return word


def require_person(name: str, *, where: str) -> str:
    """The name of who does it; blank, more than a name, and characters that are not seen are refused."""
    place = f"{where} 的经办人"
    word = clean_text(name, where=place)
    if not word:
        raise InputError("没有写明经办人", where=where, expected="经办人姓名", fix="用 --by 写明")
    unseen = next((c for c in word if not c.isprintable()), None)
    if unseen is not None:
        raise InputError(
            f"姓名里有换行或看不见的字符（U+{ord(unseen):04X}）", where=place, expected="一行文字", fix="重新输入姓名"
        )
    if len(word) > LONGEST_NAME:
        raise InputError(
            f"姓名有 {len(word)} 个字，太长", where=place, expected=f"至多 {LONGEST_NAME} 个字", fix="只写姓名或单位"
        )
    return word


def require_reason(text: str, *, where: str, what: str) -> str:
    """The reason, which `what` (“退回重办”) needs; blank is refused."""
    word = clean_text(text, where=f"{where} 的理由")
    if not word:
        raise InputError(f"{what}要写明理由", where=where, fix="用 --reason 写明")
    return word
