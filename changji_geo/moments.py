"""Moments of a series, ``2025-04-01``, ``2025-04`` or ``2025``: their order, their text, and the date that a map prints."""

from __future__ import annotations

import datetime
import re
from typing import Literal

Step = Literal["day", "month", "year"]

STEP_ZH: dict[Step, str] = {"day": "日", "month": "月", "year": "年"}
STEP_FORM: dict[Step, str] = {"day": "2025-04-01", "month": "2025-04", "year": "2025"}
"""How a moment of each step is written."""

_FORMS = {
    "day": re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})"),
    "month": re.compile(r"([0-9]{4})[-/]([0-9]{1,2})"),
    "year": re.compile(r"([0-9]{4})"),
}
_WEEKDAYS = "一二三四五六日"


def moment_number(text: str, step: Step) -> int | None:
    """A moment as a whole number that grows by one a step; None where the text is no moment of that step.

    Spreadsheets rewrite ``2025-04-01`` as ``2025/4/1``, which is taken too.

    Examples
    --------
    >>> moment_number("2025-05", "month") - moment_number("2025-04", "month")
    1
    >>> moment_number("2025-02-29", "day") is None
    True
    """
    found = _FORMS[step].fullmatch(text.strip())
    if found is None:
        return None
    parts = [int(part) for part in found.groups()]
    try:
        date = datetime.date(*[*parts, 1, 1][:3])
    except ValueError:
        return None
    if step == "day":
        return date.toordinal()
    return date.year if step == "year" else date.year * 12 + date.month - 1


def moment_text(number: int, step: Step) -> str:
    """The ISO form of a moment that `moment_number` gave.

    Examples
    --------
    >>> moment_text(2025 * 12 + 3, "month")
    '2025-04'
    """
    if step == "day":
        return datetime.date.fromordinal(number).isoformat()
    return f"{number:04d}" if step == "year" else f"{number // 12:04d}-{number % 12 + 1:02d}"


def moment_label(text: str) -> str:
    """A moment in ISO form as a map prints it.

    Examples
    --------
    >>> [moment_label(t) for t in ("2025-04-01", "2025-04", "2025")]
    ['2025年4月1日（周二）', '2025年4月', '2025年']
    """
    year, *rest = (int(part) for part in text.split("-"))
    if len(rest) < 2:
        return f"{year}年{rest[0]}月" if rest else f"{year}年"
    weekday = _WEEKDAYS[datetime.date(year, *rest).weekday()]
    return f"{year}年{rest[0]}月{rest[1]}日（周{weekday}）"
