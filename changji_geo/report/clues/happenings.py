"""Dated events -> what happened to each clue by a day: standings before and after, deeds of the period, cases closed."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from changji_geo.clues.model import Event
from changji_geo.clues.standing import NO_PROBLEM_STATUS, RETURNED_STATUS, Standing, next_standing
from changji_geo.report.clues.periods import Period
from changji_geo.standards.reserves import CLOSED_STATUS

Deed = Literal[
    "import", "reimport", "check", "no_problem", "problem", "accept", "closed", "returned", "drop", "restore", "outline",
    "audit_agreed", "audit_returned", "evidence",
]  # fmt: skip

DEEDS_ZH: Mapping[Deed, str] = {
    "import": "新导入",
    "reimport": "原文件有变再次导入",
    "check": "自动比对有新结果",
    "no_problem": "核查认定非问题",
    "problem": "核查认定待整改",
    "accept": "整改完成待验收",
    "closed": "销号",
    "returned": "退回重办",
    "drop": "剔除",
    "restore": "恢复已剔除的线索",
    "outline": "改绘范围",
    "audit_agreed": "抽查同意",
    "audit_returned": "抽查退回",
    "evidence": "登记证据文件（份）",
}
"""In the order of the report."""

_BY_STATUS: Mapping[str, Deed] = {
    NO_PROBLEM_STATUS: "no_problem",
    "已核查-待整改": "problem",
    "整改完成待验收": "accept",
    CLOSED_STATUS: "closed",
    RETURNED_STATUS: "returned",
}
_BY_KIND: Mapping[str, Deed] = {
    name: name for name in get_args(Deed) if name in ("import", "reimport", "check", "outline")
}


@dataclass(frozen=True, slots=True)
class Closing:
    """A case closed in the period: the day it was entered, by whom, the closing day and document as entered."""

    clue_id: str
    entered: datetime.date
    actor: str
    close_date: str
    document: str


@dataclass(frozen=True)
class Happenings:
    """What the events up to `Period.as_of` say.

    ``before`` and ``after``: standing of each clue on the eve of the period and at its end. ``times`` and ``clues``: how
    often each deed was done in the period, and to how many clues. ``closings``: the last closing of each clue in the
    period. ``events``: those up to the end, in the order of the ledger.
    """

    before: Mapping[str, Standing]
    after: Mapping[str, Standing]
    times: Mapping[Deed, int]
    clues: Mapping[Deed, int]
    closings: Mapping[str, Closing]
    events: tuple[Event, ...]


@dataclass
class _Account:
    times: Counter[Deed] = field(default_factory=Counter)
    clues: defaultdict[Deed, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, deed: Deed, clue_id: str, times: int = 1) -> None:
        self.times[deed] += times
        self.clues[deed].add(clue_id)


def follow_events(dated: Iterable[tuple[datetime.date, Event]], period: Period) -> Happenings:
    """Go through the events once.

    Parameters
    ----------
    dated : iterable of (date, Event)
        From `changji_geo.report.clues.periods.dated_events`.
    period : Period
        Events after its `as_of` are left out.
    """
    before: dict[str, Standing] = {}
    after: dict[str, Standing] = {}
    closings: dict[str, Closing] = {}
    account = _Account()
    kept: list[Event] = []
    for day, event in dated:
        if day > period.as_of:
            continue
        kept.append(event)
        old = after.get(event.clue_id, Standing())
        new = after[event.clue_id] = next_standing(old, event)
        if day < period.start:
            before[event.clue_id] = new
            continue
        for deed in _deeds_of(event, old, new):
            account.add(deed, event.clue_id)
        if event.evidence:
            account.add("evidence", event.clue_id, len(event.evidence))
        if new.status == CLOSED_STATUS != old.status:
            closings[event.clue_id] = Closing(
                event.clue_id, day, event.actor,
                str(event.after.get("close_date") or ""), str(event.after.get("close_document") or ""),
            )  # fmt: skip
    counts = {deed: len(ids) for deed, ids in account.clues.items()}
    return Happenings(before, after, dict(account.times), counts, closings, tuple(kept))


def _deeds_of(event: Event, old: Standing, new: Standing) -> list[Deed]:
    """What an event did, by what it changed; an import sets the first status without that being a deed."""
    deeds: list[Deed] = [_BY_KIND[event.kind]] if event.kind in _BY_KIND else []
    if event.kind == "audit":
        deeds.append("audit_agreed" if (new.status, new.dropped) == (old.status, old.dropped) else "audit_returned")
    if new.status != old.status and new.status in _BY_STATUS:
        deeds.append(_BY_STATUS[new.status])
    if bool(new.dropped) != bool(old.dropped):
        deeds.append("drop" if new.dropped else "restore")
    return deeds
