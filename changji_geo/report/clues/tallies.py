"""Clues with their standings -> counts by group, whose rows add up to the whole, whatever they are grouped by."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from changji_geo.clues.facts import ClueFacts
from changji_geo.clues.model import CheckResult
from changji_geo.clues.standing import Standing
from changji_geo.standards.reserves import ACTIVITIES, CLOSED_STATUS, ZONE_SCHEMES, activity_class

UNCHECKED = "未核查"
OUTSIDE = "不在保护区内"
UNDECIDED = "无法判定"
"""A point on a border, a shape that cannot be measured, a place outside all counties."""

NO_ZONE = "图层未给出分区"
UNDATED = "没有影像日期，分区不定"
UNKNOWN_ACTIVITY = "归不到类"
NO_ACTIVITY = "未填写"

_LAST = (UNKNOWN_ACTIVITY, NO_ACTIVITY, UNDATED, NO_ZONE, UNDECIDED, OUTSIDE, UNCHECKED)
_ZONE_ORDER = tuple(zone for scheme in ZONE_SCHEMES for zone in scheme.zones)
_ACTIVITY_ORDER = tuple(activity.name for activity in ACTIVITIES)


@dataclass(frozen=True, slots=True)
class Counted:
    """A clue in a report: its facts and standing at the end of the period."""

    facts: ClueFacts
    standing: Standing

    @property
    def kept(self) -> bool:
        """Whether it is not dropped."""
        return not self.standing.dropped

    @property
    def closed(self) -> bool:
        """Whether it is kept and its case closed."""
        return self.kept and self.standing.status == CLOSED_STATUS


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one group of clues.

    ``imported`` = ``dropped`` + kept; kept = ``pending`` + ``no_problem`` + ``problems``; ``closed`` and ``overdue`` are among
    the kept. ``inside_m2`` adds up the areas in reserves of kept clues, None where none is known; ``unmeasured`` kept clues have
    none (points, and those never checked).
    """

    label: str
    imported: int
    dropped: int
    pending: int
    no_problem: int
    problems: int
    closed: int
    overdue: int
    inside_m2: float | None
    unmeasured: int

    @property
    def kept(self) -> int:
        """Clues that are not dropped."""
        return self.imported - self.dropped

    @property
    def closing_rate(self) -> float | None:
        """Closed cases over clues found to be a problem; None while there is none."""
        return self.closed / self.problems if self.problems else None


def tally_of(label: str, clues: Sequence[Counted]) -> Tally:
    """Count a group."""
    kept = [clue for clue in clues if clue.kept]
    found = [clue.standing.conclusion for clue in kept]
    areas = [clue.facts.inside_m2 for clue in kept if clue.facts.inside_m2 is not None]
    return Tally(
        label,
        imported=len(clues),
        dropped=len(clues) - len(kept),
        pending=found.count("pending"),
        no_problem=found.count("no_problem"),
        problems=found.count("problem"),
        closed=sum(clue.closed for clue in kept),
        overdue=sum(clue.facts.overdue_days is not None for clue in kept),
        inside_m2=math.fsum(areas) if areas else None,
        unmeasured=len(kept) - len(areas),
    )


def tallies_by(
    clues: Iterable[Counted], label_of: Callable[[ClueFacts], str], *, order: Sequence[str] = ()
) -> tuple[Tally, ...]:
    """One tally for each label; every clue is in exactly one.

    Parameters
    ----------
    clues : iterable of Counted
    label_of : callable
        The group of a clue.
    order : sequence of str
        Labels that come first, in this order; then the most clues first; what is outside or not known last.
    """
    groups = grouped(clues, lambda clue: label_of(clue.facts))
    ranks = {label: place for place, label in enumerate(order)} | {n: len(order) + 1 + i for i, n in enumerate(_LAST)}
    labels = sorted(groups, key=lambda label: (ranks.get(label, len(order)), -len(groups[label]), label))
    return tuple(tally_of(label, groups[label]) for label in labels)


def grouped(clues: Iterable[Counted], label_of: Callable[[Counted], str]) -> dict[str, list[Counted]]:
    """Clues by a label, in the order of the first of each."""
    out: dict[str, list[Counted]] = {}
    for clue in clues:
        out.setdefault(label_of(clue), []).append(clue)
    return out


def by_county(clues: Iterable[Counted]) -> tuple[Tally, ...]:
    """By county: the desk's word, else that of the largest part, which the check put in."""
    return tallies_by(clues, county_of)


def by_reserve(clues: Iterable[Counted]) -> tuple[Tally, ...]:
    """By reserve: the desk's word, else that of the largest part."""
    return tallies_by(clues, reserve_of)


def by_zone(clues: Iterable[Counted]) -> tuple[Tally, ...]:
    """By zone: the desk's word, else that of the largest part, in the scheme of the clue's own date."""
    return tallies_by(clues, zone_of, order=_ZONE_ORDER)


def by_activity(clues: Iterable[Counted]) -> tuple[Tally, ...]:
    """By class of activity."""
    return tallies_by(clues, activity_of, order=_ACTIVITY_ORDER)


def by_batch(clues: Iterable[Counted]) -> tuple[Tally, ...]:
    """By batch, in the order of their names."""
    counted = list(clues)
    return tallies_by(counted, lambda f: f.clue.batch, order=sorted({c.facts.clue.batch for c in counted}))


def county_of(facts: ClueFacts) -> str:
    """The county in the ledger, else why there is none."""
    return _own(facts, "county") or (UNCHECKED if _result(facts, "county") is None else UNDECIDED)


def reserve_of(facts: ClueFacts) -> str:
    """The reserve in the ledger, else why there is none."""
    return _own(facts, "reserve") or _no_reserve(facts) or UNDECIDED


def zone_of(facts: ClueFacts) -> str:
    """The zone in the ledger, else why there is none: without a date, no scheme applies."""
    found = _own(facts, "zone") or _no_reserve(facts)
    if found:
        return found
    if facts.clue.observed is None:
        return UNDATED
    return UNDECIDED if any(part["zone"] for part in facts.zones) else NO_ZONE


def activity_of(facts: ClueFacts) -> str:
    """The class of activity that the desk, else the file, says."""
    check = _result(facts, "focus_type")
    written = _own(facts, "activity") or str((check.evidence.get("written") if check else None) or "")
    known = activity_class(written) if written else None
    return known.name if known else UNKNOWN_ACTIVITY if written else NO_ACTIVITY


def focus_of(facts: ClueFacts) -> str:
    """Whether the clue is one of the four focus problems, as the last check says."""
    check = _result(facts, "focus_type")
    if check is None:
        return UNCHECKED
    return {"supports": "属四类重点问题", "contradicts": "不属四类重点问题"}.get(check.verdict, "不明确")


def _no_reserve(facts: ClueFacts) -> str:
    check = _result(facts, "reserve_zones")
    return UNCHECKED if check is None else OUTSIDE if check.verdict == "contradicts" else ""


def _own(facts: ClueFacts, key: str) -> str:
    return str(facts.clue.fields.get(key) or "").strip()


def _result(facts: ClueFacts, name: str) -> CheckResult | None:
    return next((result for result in facts.results if result.check == name), None)
