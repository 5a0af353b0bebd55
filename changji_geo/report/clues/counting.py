"""Events of a ledger and a period -> every number of its report, as it stood at the end of the period."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from changji_geo.clues.facts import ClueFacts, clue_facts
from changji_geo.clues.ledger.chain import Head
from changji_geo.clues.ledger.states import replay
from changji_geo.clues.looks import DROPPED
from changji_geo.clues.model import Event
from changji_geo.clues.standing import Standing
from changji_geo.report.clues.happenings import DEEDS_ZH, Closing, Happenings, follow_events
from changji_geo.report.clues.periods import Period, dated_events, require_period
from changji_geo.report.clues.tallies import (
    UNCHECKED,
    Counted,
    Tally,
    by_activity,
    by_batch,
    by_county,
    by_reserve,
    by_zone,
    focus_of,
    grouped,
    reserve_of,
    tally_of,
)
from changji_geo.standards.reserves import STATUSES, ZONE_SCHEMES

FOCUS_ORDER = ("属四类重点问题", "不属四类重点问题", "不明确", UNCHECKED)


@dataclass(frozen=True, slots=True)
class StatusRow:
    """How many kept clues of a reserve have each status, in the order of `STATUSES`."""

    reserve: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class ZoneArea:
    """Kept clues in a zone: how many touch it, and their area in it, None where none has one (points)."""

    scheme: str
    zone: str
    clues: int
    area_m2: float | None


@dataclass(frozen=True, slots=True)
class Turnover:
    """How many clues stood here on the eve of the period and at its end."""

    standing: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Movement:
    """A deed of the period: how often it was done, and to how many clues."""

    title: str
    times: int
    clues: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A clue that was there before the period and stands elsewhere at its end."""

    facts: ClueFacts
    before: Standing
    after: Standing


@dataclass(frozen=True, slots=True)
class ClosedCase:
    """A case closed in the period. ``still``: whether it is closed at the end (it may have been taken up again)."""

    facts: ClueFacts
    closing: Closing
    still: bool


@dataclass(frozen=True)
class Statistics:
    """The numbers of a report. Every grouping counts every clue once, so that its rows add up to ``total``.

    ``head`` is the end of the ledger as read, later events included: the anchor that the report prints. ``overdue`` has the
    longest first, counted to ``period.as_of``.
    """

    period: Period
    head: Head
    clues: tuple[Counted, ...]
    total: Tally
    by_reserve: tuple[Tally, ...]
    by_county: tuple[Tally, ...]
    by_zone: tuple[Tally, ...]
    by_activity: tuple[Tally, ...]
    by_batch: tuple[Tally, ...]
    statuses: tuple[StatusRow, ...]
    focus: tuple[tuple[str, int], ...]
    drops: tuple[tuple[str, int], ...]
    zone_areas: tuple[ZoneArea, ...]
    turnover: tuple[Turnover, ...]
    movements: tuple[Movement, ...]
    moved: tuple[Moved, ...]
    closed: tuple[ClosedCase, ...]
    overdue: tuple[ClueFacts, ...]
    schematic: bool

    @property
    def kept(self) -> tuple[ClueFacts, ...]:
        """The facts of the clues that are not dropped."""
        return tuple(clue.facts for clue in self.clues if clue.kept)


def build_statistics(
    events: Sequence[Event], *, start: datetime.date, end: datetime.date, today: datetime.date
) -> Statistics:
    """Work out the numbers of a report.

    Parameters
    ----------
    events : sequence of Event
        All of a ledger, in its order. The state is replayed from those up to the end of the period: a report on a past quarter
        says today what it said then.
    start, end : date
        First and last day of the period; a day is that of an event's own time zone.
    today : date
        The day of the report. A period that is not over is reported as of today.

    Returns
    -------
    Statistics

    Raises
    ------
    InputError
        When the period ends before it begins or begins after today.
    """
    period = require_period(start, end, today)
    past = follow_events(dated_events(events), period)
    facts = clue_facts(tuple(replay(past.events).values()), today=period.as_of)
    clues = tuple(sorted((Counted(f, past.after[f.clue.id]) for f in facts), key=lambda c: c.facts.clue.id))
    kept = [clue for clue in clues if clue.kept]
    late = [clue.facts for clue in kept if clue.facts.overdue_days is not None]
    return Statistics(
        period=period,
        head=Head(events[-1].seq, events[-1].hash) if events else Head(),
        clues=clues,
        total=tally_of("合计", clues),
        by_reserve=by_reserve(clues),
        by_county=by_county(clues),
        by_zone=by_zone(clues),
        by_activity=by_activity(clues),
        by_batch=by_batch(clues),
        statuses=_statuses(clues),
        focus=_focus(kept),
        drops=_drops(clues),
        zone_areas=_zone_areas(clue.facts for clue in kept),
        turnover=_turnover(past),
        movements=tuple(Movement(DEEDS_ZH[d], past.times[d], past.clues[d]) for d in DEEDS_ZH if d in past.times),
        moved=_moved(clues, past),
        closed=_closed(clues, past),
        overdue=tuple(sorted(late, key=lambda f: (-(f.overdue_days or 0), f.clue.id))),
        schematic=any(f.schematic for f in facts),
    )


def _statuses(clues: Sequence[Counted]) -> tuple[StatusRow, ...]:
    """In the order of the reserves' own table; a reserve whose clues were all dropped keeps its row of zeros."""
    groups = grouped(clues, lambda clue: reserve_of(clue.facts))
    rows = []
    for tally in by_reserve(clues):
        found = [clue.standing.status for clue in groups[tally.label] if clue.kept]
        rows.append(StatusRow(tally.label, tuple(found.count(status) for status in STATUSES)))
    return tuple(rows)


def _focus(kept: Sequence[Counted]) -> tuple[tuple[str, int], ...]:
    found = [focus_of(clue.facts) for clue in kept]
    return tuple((word, found.count(word)) for word in FOCUS_ORDER if word in found)


def _drops(clues: Sequence[Counted]) -> tuple[tuple[str, int], ...]:
    """By reason code, the most first."""
    groups = grouped((clue for clue in clues if not clue.kept), lambda clue: clue.standing.dropped)
    return tuple(sorted(((code, len(those)) for code, those in groups.items()), key=lambda row: (-row[1], row[0])))


def _zone_areas(kept: Iterable[ClueFacts]) -> tuple[ZoneArea, ...]:
    """Of clues with a date: without one, both schemes are listed for a clue, and adding them would count it twice."""
    areas: dict[tuple[str, str], list[float | None]] = {}
    for facts in kept:
        if facts.clue.observed is not None:
            sums: dict[tuple[str, str], float | None] = {}
            for part in facts.zones:
                key, size = (str(part["scheme"]), str(part["zone"] or "")), part["area_m2"]
                sums[key] = None if size is None else (sums.get(key) or 0.0) + size
            for key, total in sums.items():
                areas.setdefault(key, []).append(total)
    order = {key: place for place, key in enumerate((s.title, zone) for s in ZONE_SCHEMES for zone in s.zones)}
    out = []
    for key in sorted(areas, key=lambda key: (order.get(key, len(order)), key)):
        known = [size for size in areas[key] if size is not None]
        out.append(ZoneArea(*key, clues=len(areas[key]), area_m2=math.fsum(known) if known else None))
    return tuple(out)


def _turnover(past: Happenings) -> tuple[Turnover, ...]:
    before = [standing.text for standing in past.before.values()]
    after = [standing.text for standing in past.after.values()]
    return tuple(Turnover(word, before.count(word), after.count(word)) for word in (*STATUSES, DROPPED))


def _moved(clues: Sequence[Counted], past: Happenings) -> tuple[Moved, ...]:
    out = []
    for clue in clues:
        before = past.before.get(clue.facts.clue.id)
        if before is not None and before.text != clue.standing.text:
            out.append(Moved(clue.facts, before, clue.standing))
    return tuple(out)


def _closed(clues: Sequence[Counted], past: Happenings) -> tuple[ClosedCase, ...]:
    """In the order in which they were closed."""
    found = [
        ClosedCase(clue.facts, past.closings[clue.facts.clue.id], clue.closed)
        for clue in clues
        if clue.facts.clue.id in past.closings
    ]
    return tuple(sorted(found, key=lambda case: (case.closing.entered, case.closing.clue_id)))
