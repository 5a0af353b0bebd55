"""How staff write a period (2023年1月, 202301, 2023-2024年采暖季) -> the form of the indicator tables."""

from __future__ import annotations

import datetime
import re
import unicodedata

from changji_geo.intake.values.cells import CellTextError

_YEAR = r"(?:19|20)\d\d"
_DASH = r"\s*(?:-+|~|—+|–|至|到|/)\s*"


def _month_of(name: str) -> str:
    """The pattern of a year and a month, in groups ``<name>y`` and ``<name>m``."""
    return rf"(?P<{name}y>{_YEAR})(?:年|[-./])(?P<{name}m>\d{{1,2}})月?"


def _day_of(name: str) -> str:
    return rf"{_month_of(name)}(?:[-./]|(?<=月))(?P<{name}d>\d{{1,2}})日?"


_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}


def parse_period(cell: object) -> str:
    """Read a cell or a header as one period.

    Parameters
    ----------
    cell : str, int, float, date
        ``2023``, ``2023年``, ``2023年度``; ``2023-01``, ``2023年1月``, ``202301``; ``2023-01-05``, ``20230105``, a date;
        ``2023-2024年采暖季``, ``2023年10月-2024年3月``, ``2023年1-6月``, ``2023年上半年``, ``2023年一季度``,
        ``2021-2023年``, ``2021年1月1日-11月15日``; ``至2025``, ``2024计划``; or the table's own form.

    Returns
    -------
    str
        ``2023``, ``2023-01``, ``2023-01-05``, ``2023-10/2024-03``, ``2021/2023``, ``至2025``, ``2024计划``.

    Raises
    ------
    CellTextError
        Not a period; a month or day that does not exist; an end before its beginning; ``2023.1`` as a number, which may
        be January or October.

    Examples
    --------
    >>> parse_period("2023-2024年采暖季"), parse_period("2023年1-6月"), parse_period(202301)
    ('2023-10/2024-03', '2023-01/2023-06', '2023-01')
    """
    if isinstance(cell, datetime.datetime):
        if cell.time() != datetime.time():
            raise _refused(cell, "是一个时刻，不是时段")
        cell = cell.date()
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise _refused(cell, "不是时段")
    if isinstance(cell, float):
        if not cell.is_integer():
            raise _refused(cell, "是小数，看不出是几月（2023.1 可能是 1 月，也可能是 10 月）")
        cell = int(cell)
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(cell)))
    if not text:
        raise _refused(cell, "是空的")
    return _single(text, cell) or _span(text, cell) or _special(text) or _fail(cell)


def is_period(cell: object) -> bool:
    """Whether `parse_period` accepts a cell.

    Examples
    --------
    >>> is_period("2023年"), is_period("昌吉市")
    (True, False)
    """
    try:
        parse_period(cell)
    except CellTextError:
        return False
    return True


def _single(text: str, cell: object) -> str:
    if found := re.fullmatch(rf"({_YEAR})(年度?|全年|年全年|年合计|年均值?)?", text):
        return found[1]
    if found := re.fullmatch(rf"({_YEAR})(\d\d)(\d\d)?", text):
        return _day(found[1], found[2], found[3], cell) if found[3] else _month(found[1], found[2], cell)
    if found := re.fullmatch(_month_of("a"), text):
        return _month(found["ay"], found["am"], cell)
    if found := re.fullmatch(_day_of("a"), text):
        return _day(found["ay"], found["am"], found["ad"], cell)
    return ""


def _span(text: str, cell: object) -> str:
    if found := re.fullmatch(rf"({_YEAR})年?{_DASH}({_YEAR})年?度?(采暖[季期]|供暖[季期])", text):
        if int(found[2]) != int(found[1]) + 1:
            raise _refused(cell, "的采暖季不是相邻的两年")
        return f"{found[1]}-10/{found[2]}-03"
    if found := re.fullmatch(rf"({_YEAR})年?{_DASH}({_YEAR})年?", text):
        return _rising(found[1], found[2], cell)
    if found := re.fullmatch(_month_of("a") + _DASH + _month_of("b"), text):
        return _rising(_month(found["ay"], found["am"], cell), _month(found["by"], found["bm"], cell), cell)
    if found := re.fullmatch(rf"({_YEAR})年(\d{{1,2}})月?{_DASH}(\d{{1,2}})月", text):
        return _rising(_month(found[1], found[2], cell), _month(found[1], found[3], cell), cell)
    if found := re.fullmatch(_day_of("a") + _DASH + _day_of("b"), text):
        first = _day(found["ay"], found["am"], found["ad"], cell)
        return _rising(first, _day(found["by"], found["bm"], found["bd"], cell), cell)
    if found := re.fullmatch(_day_of("a") + _DASH + r"(\d{1,2})月(\d{1,2})日", text):
        first = _day(found["ay"], found["am"], found["ad"], cell)
        return _rising(first, _day(found["ay"], found[4], found[5], cell), cell)
    return ""


def _special(text: str) -> str:
    if found := re.fullmatch(rf"({_YEAR})年?([上下])半年", text):
        return f"{found[1]}-01/{found[1]}-06" if found[2] == "上" else f"{found[1]}-07/{found[1]}-12"
    if found := re.fullmatch(rf"({_YEAR})(?:年?第?([一二三四1-4])季度|年?[Qq]([1-4]))", text):
        quarter = _QUARTERS[found[2] or found[3]]
        return f"{found[1]}-{quarter * 3 - 2:02d}/{found[1]}-{quarter * 3:02d}"
    if found := re.fullmatch(rf"(?:截?至|累计至|到)({_YEAR})年?(?:底|末)?", text):
        return f"至{found[1]}"
    if found := re.fullmatch(rf"({_YEAR})年?(?:度)?计划", text):
        return f"{found[1]}计划"
    return ""


def _month(year: str, month: str, cell: object) -> str:
    if not 1 <= int(month) <= 12:
        raise _refused(cell, f"没有 {int(month)} 月")
    return f"{year}-{int(month):02d}"


def _day(year: str, month: str, day: str, cell: object) -> str:
    try:
        return datetime.date(int(year), int(month), int(day)).isoformat()
    except ValueError as cause:
        raise _refused(cell, "没有这一天") from cause


def _rising(first: str, last: str, cell: object) -> str:
    if last <= first:
        raise _refused(cell, "的结束不在开始之后")
    return f"{first}/{last}"


def _fail(cell: object) -> str:
    raise _refused(cell, "不是时段")


def _refused(cell: object, reason: str) -> CellTextError:
    return CellTextError(
        f"“{str(cell)[:40]}”{reason}",
        expected="如 2023、2023-01、2023年1月、2023-2024年采暖季、2023年10月-2024年3月",
        fix="改成上述写法之一",
    )
