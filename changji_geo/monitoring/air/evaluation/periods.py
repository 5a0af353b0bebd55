"""Months, years, heating seasons, assessment years and free spans: their days and how many must be valid."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from changji_geo.errors import InputError
from changji_geo.monitoring.air.rules import CHANGE, DAILY_AFTER, DAILY_BEFORE, LAST_BEFORE, RULES, crosses_change

Kind = Literal["month", "year", "heating", "assessment", "other"]

_RULES = RULES["period"]
_ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """A span of days, both ends included. ``id`` is the period as indicator tables write it, ``label`` for people."""

    kind: Kind
    id: str
    label: str
    start: datetime.date
    end: datetime.date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise InputError(f"时段的末日 {self.end} 早于首日 {self.start}", where=self.label, fix="调换首日和末日")

    @property
    def days(self) -> int:
        """Calendar days."""
        return (self.end - self.start).days + 1

    @property
    def rule(self) -> str:
        """What makes it valid, in words, with the source."""
        months = f"每月不少于 {_RULES['days_per_month']} 天（2 月 {_RULES['days_february']} 天）"
        if self.kind == "month":
            return f"{months}，GB 3095 表 4"
        if self.kind == "year":
            return f"全年不少于 {_RULES['days_per_year']} 天且{months}，GB 3095 表 4"
        if self.kind == "assessment":
            return f"参照年：不少于 {_RULES['days_per_year']} 天且{months}"
        return f"本软件约定：不少于时段日数的 {_RULES['other_share_percent']}%（标准未规定）"

    @property
    def required(self) -> int:
        """Valid days needed over the whole period."""
        if self.kind == "month":
            return required_in_month(self.start.month)
        if self.kind in ("year", "assessment"):
            return int(_RULES["days_per_year"])
        return -(-self.days * int(_RULES["other_share_percent"]) // 100)

    def checks(self) -> Iterator[tuple[datetime.date, datetime.date, int, str]]:
        """Spans with the valid days they need: the whole period, and the months of a year."""
        yield self.start, self.end, self.required, ""
        if self.kind in ("year", "assessment"):
            for start, end in _months(self.start, self.end):
                yield start, end, required_in_month(start.month), f"{start.year} 年 {start.month} 月"

    def parts(self) -> tuple[tuple[str, Period], ...]:
        """The period; when it crosses 2026-03-01, also its days before and from then on, each a span of its own."""
        if not crosses_change(self.start, self.end):
            return (("全段", self),)
        before = any_period(self.start, LAST_BEFORE)
        after = any_period(CHANGE, self.end)
        return (("全段", self), (f"{DAILY_BEFORE} 段", before), (f"{DAILY_AFTER} 段", after))


def required_in_month(month: int) -> int:
    """Valid days that a calendar month needs.

    Examples
    --------
    >>> required_in_month(1), required_in_month(2)
    (27, 25)
    """
    return int(_RULES["days_february"] if month == 2 else _RULES["days_per_month"])


def _months(start: datetime.date, end: datetime.date) -> Iterator[tuple[datetime.date, datetime.date]]:
    day = start.replace(day=1)
    while day <= end:
        last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        yield day, last
        day = last + _ONE_DAY


def month_period(year: int, month: int) -> Period:
    """A calendar month.

    Examples
    --------
    >>> month_period(2024, 2).days, month_period(2024, 2).required, month_period(2024, 2).id
    (29, 25, '2024-02')
    """
    _require_month(month)
    start = datetime.date(year, month, 1)
    end = start.replace(day=calendar.monthrange(year, month)[1])
    return Period("month", f"{year}-{month:02d}", f"{year}年{month}月", start, end)


def _require_month(month: int) -> None:
    if not 1 <= month <= 12:
        raise InputError(f"没有 {month} 月", expected="1 到 12", fix="改正月份")


def year_period(year: int) -> Period:
    """A calendar year."""
    return Period("year", str(year), f"{year}年", datetime.date(year, 1, 1), datetime.date(year, 12, 31))


def heating_period(year: int, *, first: tuple[int, int] = (10, 15), last: tuple[int, int] = (3, 31)) -> Period:
    """The heating season that begins in a year, 10-15 to 03-31 unless months and days are given.

    A day that the month does not have (29 February) is its last.

    Examples
    --------
    >>> heating_period(2023).id, heating_period(2023).days, heating_period(2023, first=(10, 1)).days
    ('2023-10-15/2024-03-31', 169, 183)
    """
    start, end = _clipped(year, *first), _clipped(year + 1, *last)
    return Period("heating", f"{start}/{end}", f"{year}—{year + 1}年采暖季", start, end)


def _clipped(year: int, month: int, day: int) -> datetime.date:
    _require_month(month)
    if not 1 <= day <= 31:
        raise InputError(f"没有 {day} 日", expected="1 到 31", fix="改正日子")
    return datetime.date(year, month, min(day, calendar.monthrange(year, month)[1]))


def assessment_period(year: int) -> Period:
    """The assessment year that begins on 1 April.

    Examples
    --------
    >>> assessment_period(2025).id, assessment_period(2025).parts()[1][1].end
    ('2025-04-01/2026-03-31', datetime.date(2026, 2, 28))
    """
    start, end = datetime.date(year, 4, 1), datetime.date(year + 1, 3, 31)
    return Period("assessment", f"{start}/{end}", f"{year}—{year + 1}年考核年度", start, end)


def any_period(start: datetime.date, end: datetime.date, label: str = "") -> Period:
    """Any span of days."""
    return Period("other", f"{start}/{end}", label or f"{start} 至 {end}", start, end)


def distinct_periods(periods: Sequence[Period]) -> tuple[Period, ...]:
    """Periods without repetition.

    Raises
    ------
    InputError
        Two that differ have one id: their rows could not be told apart.
    """
    known: dict[str, Period] = {}
    for period in periods:
        other = known.setdefault(period.id, period)
        if other != period:
            raise InputError(
                f"时段 {period.id} 给了两次：“{other.label}”和“{period.label}”", expected="每个时段一次", fix="去掉一个"
            )
    return tuple(known.values())


def periods_between(kind: Kind, first: datetime.date, last: datetime.date) -> tuple[Period, ...]:
    """Every period of a kind that has a day between two days.

    Examples
    --------
    >>> [p.id for p in periods_between("month", datetime.date(2023, 12, 31), datetime.date(2024, 2, 1))]
    ['2023-12', '2024-01', '2024-02']
    """
    if kind == "other":
        return (any_period(first, last),)
    if kind == "month":
        return tuple(month_period(s.year, s.month) for s, _ in _months(first, last))
    make = {"year": year_period, "heating": heating_period, "assessment": assessment_period}[kind]
    every = [make(year) for year in range(first.year - 1, last.year + 1)]
    return tuple(p for p in every if p.start <= last and p.end >= first)
