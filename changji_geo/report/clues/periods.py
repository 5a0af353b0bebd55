"""The days that a report speaks of, and which day each event of a ledger belongs to."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from changji_geo.clues.model import Event
from changji_geo.errors import InputError


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day of a report, both in it, and the day on which it is made."""

    start: datetime.date
    end: datetime.date
    today: datetime.date

    @property
    def as_of(self) -> datetime.date:
        """The day whose state the report shows: the last of the period, or today while that has not come."""
        return min(self.end, self.today)

    @property
    def text(self) -> str:
        """``2026年1月1日至2026年3月31日``."""
        return f"{day_text(self.start)}至{day_text(self.end)}"

    def has(self, day: datetime.date) -> bool:
        """Whether a day lies in the period and is not after `as_of`."""
        return self.start <= day <= self.as_of


def require_period(start: datetime.date, end: datetime.date, today: datetime.date) -> Period:
    """A period that can be reported on.

    Raises
    ------
    InputError
        When it ends before it begins, or begins after today.
    """
    if end < start:
        raise InputError(
            f"统计期的止日 {end} 早于起日 {start}", where="统计期", expected="起日不晚于止日", fix="对调或改正两个日期"
        )
    if start > today:
        raise InputError(
            f"统计期从 {start} 开始，今天是 {today}", where="统计期", expected="不晚于今天的起日", fix="改早起日"
        )
    return Period(start, end, today)


def day_text(day: datetime.date) -> str:
    """A day as documents write it.

    Examples
    --------
    >>> day_text(datetime.date(2026, 3, 5))
    '2026年3月5日'
    """
    return f"{day.year}年{day.month}月{day.day}日"


def dated_events(events: Iterable[Event]) -> Iterator[tuple[datetime.date, Event]]:
    """Events with the day each counts for, in the order of the ledger.

    The day is that of the event's own time zone. Where a clock went wrong and an event of a clue bears an earlier day than
    the one before it, it counts for the later day: a clue cannot change before it was there.
    """
    latest: dict[str, datetime.date] = {}
    for event in events:
        day = event.at.date()
        latest[event.clue_id] = max(day, latest.get(event.clue_id, day))
        yield latest[event.clue_id], event
