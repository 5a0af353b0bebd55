"""A cell that says when an image was taken -> a date, or why it cannot be one."""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from typing import Any

SERIALS = (36526, 54789)
"""Numbers that can only be days as Excel counts them: from 2000-01-01 to before 2050-01-01."""

_EXCEL_DAY_0 = datetime.date(1899, 12, 30)
_CLOCK = r"(?:[ t]?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:z|[+-]\d{2}:?\d{2})?)?"
_DAY = re.compile(rf"(\d{{4}})\s*[-/.年]\s*(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})\s*[日号]?\s*{_CLOCK}")
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NO_DAY = re.compile(r"\d{4}年?|\d{4}\s*[-/.年]\s*\d{1,2}\s*月?|\d{6}")


class DateTextError(ValueError):
    """A cell that is no date; the text says why (Chinese)."""


def parse_observed(cell: Any) -> datetime.date | None:
    """Read the date of an image.

    Parameters
    ----------
    cell : str, int, float, date or None
        ``2025-08-15``, ``20250815``, ``2025年8月15日``, ``2025.8.15``, ``2025/8/15``, each also with a time of day; a
        date; or the number Excel keeps for a day (45884). Full-width digits are read as digits.

    Returns
    -------
    datetime.date or None
        None for an empty cell.

    Raises
    ------
    DateTextError
        Only a year or a month, a day that does not exist, or no date at all.

    Examples
    --------
    >>> parse_observed("2025年8月15日") == parse_observed(20250815) == parse_observed(45884)
    True
    """
    if isinstance(cell, datetime.datetime):
        return cell.date()
    if isinstance(cell, datetime.date):
        return cell
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if isinstance(cell, bool):
        raise DateTextError("不是日期")
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = unicodedata.normalize("NFKC", str(cell)).strip().casefold()
    if text in ("", "/", "-", "--", "—", "无", "null", "none", "nan"):
        return None
    if re.fullmatch(r"\d{5}(\.\d+)?", text) and SERIALS[0] <= float(text) < SERIALS[1]:
        return _EXCEL_DAY_0 + datetime.timedelta(days=int(float(text)))
    found = _DAY.fullmatch(text) or _DIGITS.fullmatch(text)
    if found is None:
        raise DateTextError("只有年月，缺日" if _NO_DAY.fullmatch(text) else "不是日期")
    try:
        return datetime.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError as cause:
        raise DateTextError("没有这一天") from cause
