"""Daily AQI of places -> a table without gaps, its years, and the counts of each: what a calendar shows."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from changji_geo.errors import InputError
from changji_geo.monitoring.air.evaluation.exact import round_ratio
from changji_geo.monitoring.air.rules import GOOD_AQI
from changji_geo.scene_text import clean_text
from changji_geo.standards.air import AIR_CLASSES, index_edition

MOST_DAYS = 1100
MISSING = len(AIR_CLASSES)
"""The class of a day without AQI; the others are places in `AIR_CLASSES`."""

_NEEDED = ("date", "aqi")
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Part:
    """Days of one edition of the index within a span: valid ones, good ones, and their share in percent (None: no day)."""

    standard: str
    counted: int
    good: int
    rate: float | None


@dataclass(frozen=True, eq=False)
class PlaceDays:
    """A place and a span of days: ``aqi`` (days,), NaN where there is none; ``standards`` (days,)."""

    place: str
    start: datetime.date
    end: datetime.date
    aqi: NDArray[np.float64]
    standards: tuple[str, ...]

    @property
    def days(self) -> tuple[datetime.date, ...]:
        """Every day from first to last."""
        return tuple(self.start + n * _DAY for n in range(len(self.aqi)))

    @property
    def classes(self) -> NDArray[np.int64]:
        """The class of each day: a place in `AIR_CLASSES`, or `MISSING`."""
        found = np.searchsorted([c.upper for c in AIR_CLASSES], np.nan_to_num(self.aqi), side="left")
        return np.where(np.isnan(self.aqi), MISSING, found)

    @property
    def counts(self) -> tuple[int, ...]:
        """Days of each class, the missing last."""
        return tuple(int(n) for n in np.bincount(self.classes, minlength=MISSING + 1))

    @property
    def parts(self) -> tuple[Part, ...]:
        """Good days by edition, in the order of time; counts of two editions are never added."""
        out = []
        for standard in dict.fromkeys(self.standards):
            own = self.aqi[np.array([s == standard for s in self.standards])]
            counted, good = int((~np.isnan(own)).sum()), int((own <= GOOD_AQI).sum())
            rate = round_ratio(good * 100, counted, 1).item() if counted else None
            out.append(Part(standard, counted, good, rate))
        return tuple(out)

    @property
    def changes(self) -> tuple[tuple[datetime.date, str, str], ...]:
        """Where the edition changes: the first day of the new one, the old and the new."""
        pairs = zip(self.days[1:], self.standards, self.standards[1:], strict=False)
        return tuple((day, old, new) for day, old, new in pairs if old != new)

    def between(self, start: datetime.date, end: datetime.date) -> PlaceDays:
        """The same place over fewer days."""
        a, b = (start - self.start).days, (end - self.start).days + 1
        return PlaceDays(self.place, start, end, self.aqi[a:b], self.standards[a:b])


def read_days(
    days: pd.DataFrame, start: datetime.date | None = None, end: datetime.date | None = None
) -> tuple[PlaceDays, ...]:
    """Check a table of days and give each place its days, in the order in which the places first appear.

    Parameters
    ----------
    days : DataFrame
        ``place`` (or ``name``, which is preferred), ``date``, ``aqi`` (whole numbers 0..500, NaN for none); also used
        where there: ``counted`` (False: the day does not enter day counts and is shown as missing), ``category`` (must
        agree with ``aqi``) and ``standard`` (edition of HJ 633; without it the one in force on the day).
    start, end : date, optional
        First and last day; those of the table by default. Days of the span without a row have no data.

    Raises
    ------
    InputError
        No rows, a column missing, a date that is none, a day twice, an index that is none or disagrees with its category,
        two standards on one day, a span of more than three years.
    """
    frame = _checked(days)
    first, last = start or frame["date"].min().date(), end or frame["date"].max().date()
    length = (last - first).days + 1
    if not 1 <= length <= MOST_DAYS:
        raise InputError(
            f"日历的时段为 {first} 至 {last}，共 {length} 天", expected=f"1 到 {MOST_DAYS} 天（约三年）", fix="缩短时段"
        )
    inside = frame[(frame["date"] >= pd.Timestamp(first)) & (frame["date"] <= pd.Timestamp(last))]
    if inside.empty:
        raise InputError("日历的时段内没有数据", where=f"{first} 至 {last}", fix="核对数据和时段的年份")
    standards = _standards(inside, first, length)
    out = []
    for place in dict.fromkeys(frame["place"]):
        own = inside[inside["place"] == place]
        aqi = np.full(length, np.nan)
        aqi[(own["date"] - pd.Timestamp(first)).dt.days.to_numpy()] = own["aqi"].to_numpy()
        out.append(PlaceDays(place, first, last, aqi, standards))
    return tuple(out)


def _checked(days: pd.DataFrame) -> pd.DataFrame:
    name = next((c for c in ("name", "place") if c in days.columns), "")
    lacking = [*([] if name else ["place"]), *(c for c in _NEEDED if c not in days.columns)]
    if lacking:
        raise InputError(
            f"日值表缺少列：{'、'.join(lacking)}",
            expected="place（或 name）、date、aqi，另可有 category、standard、counted",
            fix="用 changji-geo air daily 生成日值表",
        )
    if days.empty:
        raise InputError("日值表没有数据行", fix="核对导入的文件和时段")
    frame = pd.DataFrame({"place": [clean_text(v) for v in days[name]]})
    frame["date"] = pd.to_datetime(pd.Series(days["date"].to_numpy()), errors="coerce").dt.normalize()
    frame["aqi"] = pd.to_numeric(pd.Series(days["aqi"].to_numpy()), errors="coerce").astype(float)
    _refuse(frame, frame["date"].isna(), "日期无法识别", "如 2025-04-01", days["date"])
    _refuse(frame, (frame["place"] == ""), "没有地名", "每行都有地名", days[name])
    given = pd.Series(days["aqi"].to_numpy()).notna()
    wrong = given & (frame["aqi"].isna() | ~frame["aqi"].between(0, 500) | (frame["aqi"] % 1 != 0))
    _refuse(frame, wrong, "AQI 不对", "0 到 500 的整数，没有则留空", days["aqi"])
    _refuse(frame, frame.duplicated(["place", "date"]), "同一天有两行", "每处每日一行", days["date"])
    for column in ("category", "standard"):
        if column in days.columns:
            frame[column] = pd.Series(days[column].to_numpy(), dtype=object)
    if "category" in frame.columns:
        named = frame["category"].notna() & frame["aqi"].notna()
        bounds = [c.upper for c in AIR_CLASSES]
        own = [AIR_CLASSES[i].category for i in np.searchsorted(bounds, np.nan_to_num(frame["aqi"].to_numpy()))]
        _refuse(frame, named & (frame["category"] != own), "类别与 AQI 不符", "与 AQI 相符的类别", days["category"])
    if "counted" in days.columns:
        frame["aqi"] = frame["aqi"].where(pd.Series(days["counted"].to_numpy()).eq(True))
    return frame


def _refuse(frame: pd.DataFrame, wrong: pd.Series[bool], problem: str, expected: str, given: pd.Series[Any]) -> None:
    if not wrong.any():
        return
    row = int(np.flatnonzero(wrong)[0])
    date = frame["date"].iloc[row]
    when = "" if pd.isna(date) else f" {date:%Y-%m-%d}"
    raise InputError(
        f"{problem}：{clean_text(given.iloc[row])}（这样的行共 {int(wrong.sum())} 行）",
        where=f"日值表第 {row + 1} 行（{frame['place'].iloc[row]}{when}）",
        expected=expected,
        fix="改正日值表，或重新用 changji-geo air daily 生成",
    )


def _standards(frame: pd.DataFrame, first: datetime.date, length: int) -> tuple[str, ...]:
    """The edition of each day, the same for all places; in gaps that of the days around, or the one in force."""
    days = [first + n * _DAY for n in range(length)]
    stated: dict[datetime.date, str] = {}
    if "standard" in frame.columns:
        named = frame[frame["standard"].notna()]
        for date, text in zip(named["date"], named["standard"], strict=True):
            day, code = date.date(), clean_text(text)
            if stated.setdefault(day, code) != code:
                raise InputError(
                    f"同一天有两个评价标准：{stated[day]}、{code}",
                    where=f"日值表 {day}",
                    expected="同一天各地用同一标准",
                    fix="分成两张日历",
                )
    if not stated:
        return tuple(index_edition(day).code for day in days)
    before: list[str] = []
    for day in days:
        before.append(stated.get(day, before[-1] if before else ""))
    after: list[str] = []
    for day in reversed(days):
        after.append(stated.get(day, after[-1] if after else ""))
    out = []
    for day, old, new in zip(days, before, reversed(after), strict=True):
        own = index_edition(day).code
        out.append(own if old and new and old != new and own in (old, new) else old or new)
    return tuple(out)


def year_spans(start: datetime.date, end: datetime.date) -> tuple[tuple[datetime.date, datetime.date], ...]:
    """A span cut into years: one of up to twelve months stays whole, one from April on gives assessment years.

    Examples
    --------
    >>> [f"{a}/{b}" for a, b in year_spans(datetime.date(2025, 4, 1), datetime.date(2026, 3, 31))]
    ['2025-04-01/2026-03-31']
    >>> [f"{a}/{b}" for a, b in year_spans(datetime.date(2025, 1, 1), datetime.date(2026, 6, 30))]
    ['2025-01-01/2025-12-31', '2026-01-01/2026-06-30']
    """
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    if months <= 12:
        return ((start, end),)
    begin = 4 if (start.month, start.day) == (4, 1) else 1
    out = []
    at = start
    while at <= end:
        year = at.year + 1 if at.month >= begin else at.year
        stop = min(datetime.date(year, begin, 1) - _DAY, end)
        out.append((at, stop))
        at = stop + _DAY
    return tuple(out)


def month_chunks(
    start: datetime.date, end: datetime.date, count: int
) -> tuple[tuple[datetime.date, datetime.date], ...]:
    """A span cut into `count` runs of whole months, as equal as can be; fewer when it has fewer months.

    Examples
    --------
    >>> [f"{a}/{b}" for a, b in month_chunks(datetime.date(2025, 1, 1), datetime.date(2025, 12, 31), 2)]
    ['2025-01-01/2025-06-30', '2025-07-01/2025-12-31']
    """
    firsts = [start]
    while (following := next_month(firsts[-1])) <= end:
        firsts.append(following)
    count = min(count, len(firsts))
    heads = [firsts[round(n * len(firsts) / count)] for n in range(count)]
    stops = [*(head - _DAY for head in heads[1:]), end]
    return tuple(zip(heads, stops, strict=True))


def next_month(day: datetime.date) -> datetime.date:
    """The first day of the month after a day's.

    Examples
    --------
    >>> str(next_month(datetime.date(2025, 12, 31)))
    '2026-01-01'
    """
    return datetime.date(day.year + day.month // 12, day.month % 12 + 1, 1)
