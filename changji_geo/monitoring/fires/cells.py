"""The text of one cell of a FIRMS table -> a number, a moment in UTC, a type; a `CellFault` says why it cannot be."""

from __future__ import annotations

import datetime
import math
import re

from changji_geo.monitoring.fires.sensors import FIRE_TYPES

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_DAY = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::00)?")
_DIGITS = re.compile(r"(\d{1,4})(?:\.0+)?")

BEIJING = datetime.timezone(datetime.timedelta(hours=8), "UTC+08:00")
"""Beijing time; MODIS and VIIRS began long after the last summer time of China (1991)."""


class CellFault(ValueError):
    """A cell that cannot be read; the text says why (Chinese)."""


def parse_moment(day: str, clock: str) -> datetime.datetime:
    """Read ``acq_date`` and ``acq_time``.

    Parameters
    ----------
    day : str
        ``2026-03-12`` or, as Excel saves it, ``2026/3/12``.
    clock : str
        Hours and minutes without a colon, leading zeros possibly lost (``234`` is 02:34, ``5`` is 00:05), or ``02:34``.

    Returns
    -------
    datetime.datetime
        In UTC, aware.

    Raises
    ------
    CellFault
        No such day or time.

    Examples
    --------
    >>> parse_moment("2026-03-12", "234").isoformat()
    '2026-03-12T02:34:00+00:00'
    """
    found = _DAY.fullmatch(day)
    if found is None:
        raise CellFault(f"日期“{day[:30]}”读不出来，应为 2026-03-12 一类")
    try:
        date = datetime.date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError as cause:
        raise CellFault(f"日期“{day[:30]}”没有这一天") from cause
    with_colon = _CLOCK.fullmatch(clock)
    digits = _DIGITS.fullmatch(clock)
    if with_colon:
        hours, minutes = int(with_colon[1]), int(with_colon[2])
    elif digits:
        hours, minutes = divmod(int(digits[1]), 100)
    else:
        raise CellFault(f"时间“{clock[:30]}”读不出来，应为时分四位数（UTC），如 0234")
    if hours > 23 or minutes > 59:
        raise CellFault(f"时间“{clock[:30]}”没有这一刻，应为 0000 到 2359（UTC）")
    return datetime.datetime.combine(date, datetime.time(hours, minutes), datetime.UTC)


def parse_degrees(text: str, *, limit: int, what: str) -> float:
    """Read a longitude (``limit`` 180) or latitude (90) in degrees.

    Raises
    ------
    CellFault
        No number, or beyond the limit.

    Examples
    --------
    >>> parse_degrees("44.01234", limit=90, what="纬度")
    44.01234
    """
    value = parse_plain(text, what=what)
    if abs(value) > limit:
        hint = "，经度和纬度可能写反了" if limit == 90 and abs(value) <= 180 else ""
        raise CellFault(f"{what} {text[:30]} 超出 -{limit} 到 {limit} 度{hint}")
    return value


def parse_positive(text: str, *, what: str, zero: bool = False) -> float:
    """Read a number that must be above 0, or with ``zero`` at least 0.

    Raises
    ------
    CellFault
        No number, or one that cannot be; nothing is clipped.
    """
    value = parse_plain(text, what=what)
    if value < 0 or (value == 0 and not zero):
        raise CellFault(f"{what} {text[:30]} 不可能，应为{'不小于' if zero else '大于'} 0 的数")
    return value


def parse_plain(text: str, *, what: str) -> float:
    """Read a finite number.

    Raises
    ------
    CellFault
        No number.
    """
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise CellFault(f"{what}“{text[:30]}”不是数字")
    return value


def parse_type(text: str) -> int:
    """Read ``type``: 0 to 3.

    Raises
    ------
    CellFault
        Another value.
    """
    found = re.fullmatch(r"(\d)(?:\.0+)?", text)
    if found is None or int(found[1]) not in FIRE_TYPES:
        known = "、".join(f"{t.code} {t.title}" for t in FIRE_TYPES.values())
        raise CellFault(f"类型“{text[:30]}”不认识，应为 {known}")
    return int(found[1])
