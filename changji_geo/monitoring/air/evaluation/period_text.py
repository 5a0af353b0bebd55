"""What a person writes as a period, or the name of a kind of period -> the periods meant; and the same period a year before."""

from __future__ import annotations

import calendar
import datetime
import re
from typing import get_args

from changji_geo.errors import InputError, near_match
from changji_geo.intake.values.cells import CellTextError
from changji_geo.intake.values.periods import parse_period
from changji_geo.monitoring.air.evaluation.periods import (
    Kind,
    Period,
    any_period,
    assessment_period,
    heating_period,
    month_period,
    periods_between,
    year_period,
)

KINDS = tuple(k for k in get_args(Kind) if k != "other")
WRITINGS = "month、year、heating、assessment，或 2025、2025-01、2025-01-01/2025-03-31、2025年1月、2025年一季度、2024-2025年采暖季"


def parse_periods(text: str, first: datetime.date, last: datetime.date) -> tuple[Period, ...]:
    """The periods that a text means.

    Parameters
    ----------
    text : str
        ``month``, ``year``, ``heating`` (10-15..03-31) or ``assessment`` (04-01..03-31): every one with a day of the
        data; first and last day ``2025-01-01/2025-03-31``; or what `changji_geo.intake.values.periods.parse_period`
        reads: ``2025``, ``2025-01``, ``2025年1月``, ``2025年一季度``, ``2024-2025年采暖季``. A span that is a heating
        season or an assessment year is that.
    first, last : date
        First and last day of the data.

    Raises
    ------
    InputError
        No such period.

    Examples
    --------
    >>> day = datetime.date(2025, 3, 1)
    >>> [p.label for text in ("assessment", "2024-02", "2024-10-15/2025-03-31") for p in parse_periods(text, day, day)]
    ['2024—2025年考核年度', '2024年2月', '2024—2025年采暖季']
    """
    plain = text.strip()
    if plain in KINDS:
        return periods_between(plain, first, last)  # type: ignore[arg-type]
    one, _, other = plain.partition("/")
    try:  # first and last day may be the same here
        form = parse_period(one if one.strip() == other.strip() else plain)
    except CellTextError as cause:
        fix = near_match(plain, KINDS) if plain.isascii() and plain.isalpha() else "改成其中一种写法"
        raise InputError(f"时段写得不对：{cause.problem}", expected=WRITINGS, fix=fix) from cause
    if re.search("[采供]暖", plain):
        return (heating_period(int(form[:4])),)
    if not form[:4].isdecimal() or not form[-2:].isdecimal():  # 至2025, 2025计划
        raise InputError(f"“{plain[:40]}”不是有首日和末日的时段", expected=WRITINGS, fix="改成其中一种写法")
    first_one, _, last_one = form.partition("/")
    if not last_one and len(form) == 4:
        return (year_period(int(form)),)
    if not last_one and len(form) == 7:
        return (month_period(int(form[:4]), int(form[5:])),)
    return (_span(_ends(first_one)[0], _ends(last_one or first_one)[1]),)


def _ends(form: str) -> tuple[datetime.date, datetime.date]:
    """First and last day of ``2025``, ``2025-01`` or ``2025-01-05``."""
    numbers = [int(part) for part in form.split("-")]
    if len(numbers) == 3:
        return datetime.date(*numbers), datetime.date(*numbers)
    whole = year_period(*numbers) if len(numbers) == 1 else month_period(*numbers)
    return whole.start, whole.end


def _span(start: datetime.date, end: datetime.date) -> Period:
    for named in (heating_period(start.year), assessment_period(start.year)):
        if (named.start, named.end) == (start, end):
            return named
    return any_period(start, end)


def year_before(period: Period) -> Period:
    """The same period one year before; 29 February becomes 28.

    Examples
    --------
    >>> year_before(month_period(2025, 1)).id, year_before(heating_period(2024)).id
    ('2024-01', '2023-10-15/2024-03-31')
    >>> year_before(any_period(datetime.date(2024, 2, 1), datetime.date(2024, 2, 29))).id
    '2023-02-01/2023-02-28'
    """
    start, end = period.start, period.end
    if period.kind == "month":
        return month_period(start.year - 1, start.month)
    if period.kind == "year":
        return year_period(start.year - 1)
    if period.kind == "assessment":
        return assessment_period(start.year - 1)
    if period.kind == "heating":
        return heating_period(start.year - 1, first=(start.month, start.day), last=(end.month, end.day))
    return any_period(_earlier(start), _earlier(end))


def _earlier(day: datetime.date) -> datetime.date:
    last = calendar.monthrange(day.year - 1, day.month)[1]
    return day.replace(year=day.year - 1, day=min(day.day, last))
