"""A ledger and the layers of today -> every clue checked, and an event for each whose stored results are no longer these."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from changji_geo.clues.checks.context import CheckContext, build_context
from changji_geo.clues.checks.running import CHECKS
from changji_geo.clues.checks.stored import stored_results
from changji_geo.clues.desk.batch_order import earlier_clues
from changji_geo.clues.desk.derived import filled_fields
from changji_geo.clues.desk.drops import DropCount, count_drops
from changji_geo.clues.desk.parts import PART, cut_parts, name_results
from changji_geo.clues.desk.retrying import append_planned
from changji_geo.clues.desk.spelling import Spelled, SpelledResults
from changji_geo.clues.desk.workers import FEWEST, Workers
from changji_geo.clues.desk.written import require_person
from changji_geo.clues.ledger.chain import canonical_json
from changji_geo.clues.ledger.opening import Ledger
from changji_geo.clues.ledger.stored_values import ReadValues, StoredValues
from changji_geo.clues.model import CheckResult, Clue, LayerUse, NewEvent
from changji_geo.clues.resting_collector import rest_collector
from changji_geo.clues.settings import ClueSettings, load_settings
from changji_geo.errors import InputError, near_match
from changji_geo.resources import Workspace

Results = dict[str, Spelled]
"""Clue id -> what the checks say of it."""


@dataclass(frozen=True, slots=True)
class CheckChange:
    """A check that says something else than at the last time; None where there was or is no such check.

    ``layer_replaced``: verdict, reason and evidence are the same, only the layer that they rest on is another.
    """

    clue_id: str
    check: str
    title: str
    before: CheckResult | None
    after: CheckResult | None
    layer_replaced: bool


@dataclass(frozen=True)
class CheckReport:
    """What checking found.

    ``checked`` clues: ``first`` for the first time; ``changed``, by clue and check, of those checked before; ``unchanged``
    many whose stored values stay as they are; all others have other results, fields, or only another score
    (``rescored``). ``written`` events, one a clue. ``conflicts``: how often others got in between. ``outdated``: clues that
    another process altered while they were being checked; check them again. ``drops`` accounts for the clues checked,
    ``layers`` are those the checks rest on. ``results``: clue id -> what each check says.
    """

    results: Mapping[str, tuple[CheckResult, ...]]
    checked: int
    first: tuple[str, ...]
    changed: tuple[CheckChange, ...]
    rescored: tuple[str, ...]
    unchanged: int
    written: int
    conflicts: int
    outdated: tuple[str, ...]
    drops: DropCount
    layers: tuple[LayerUse, ...]


@rest_collector()
def check_clues(
    ledger: Ledger,
    *,
    actor: str,
    at: datetime.datetime,
    workspace: Workspace | None = None,
    settings: ClueSettings | None = None,
    batch: str | None = None,
    workers: int | None = None,
) -> CheckReport:
    """Run every check on the clues of a ledger and store what is new, in one transaction.

    Parameters
    ----------
    ledger : Ledger
    actor : str
        Who checks.
    at : datetime
        With time zone.
    workspace : Workspace, optional
        The one in force by default.
    settings : ClueSettings, optional
        The shipped ones by default.
    batch : str, optional
        Only the clues of this batch; they are compared with earlier batches all the same.
    workers : int, optional
        Further processes that check: by default as many as there are processors for a large ledger, none for a small one. The
        results are the same.

    Returns
    -------
    CheckReport
        Dropped clues are checked as well. A second time, with the same layers and settings, nothing is written. The zones
        that the checks rest on are put beside the clues of a file, where QGIS shows them.

    Raises
    ------
    InputError
        When there is no such batch, or a drop reason is not among the settings.
    ConflictError
        When others kept changing the same clues; nothing is written.
    LayerError
        See `changji_geo.clues.checks.context.build_context`.
    """
    person = require_person(actor, where="clues check")
    chosen = settings or load_settings()
    with Workers(workers) if ledger.head().count >= FEWEST or workers else Workers(0) as processes:
        context = build_context(workspace, settings=chosen)
        run = _Run(ledger, batch, context, person, processes)
        written = append_planned(ledger, run.plan, at=at, what="核查")
    between = (written[0].seq - 1 if written else ledger.head().count) != run.count
    outdated = moved_clues(run.everything, ledger.clues(), chosen) if between else ()
    ledger.show_zones(context.reserves.frame, use=context.reserves.use, at=at)
    return run.report(outdated)


class _Run:
    """Checks whose results are kept while others write what they do not depend on."""

    def __init__(self, ledger: Ledger, batch: str | None, context: CheckContext, actor: str, workers: Workers) -> None:
        self._ledger, self._batch, self._context, self._actor = ledger, batch, context, actor
        self._workers = workers
        self._settings = context.settings
        self._rounds = 0
        self._results: Results = {}
        self._events: list[NewEvent] = []
        self.everything: tuple[Clue, ...] = ()
        self.count = 0

    def plan(self) -> list[NewEvent]:
        """The events that the ledger of this moment needs."""
        self.count = self._ledger.head().count
        now = self._ledger.clues()
        if not self._rounds or moved_clues(self.everything, now, self._settings):
            self._results = check_batches(self._ledger, now, self._context, batch=self._batch, workers=self._workers)
        self._rounds += 1
        self.everything = now
        planned = (check_event(c, self._results[c.id], actor=self._actor) for c in self._clues())
        self._events = [event for event in planned if event is not None]
        count_drops(self._clues(), self._settings)
        return self._events

    def _clues(self) -> list[Clue]:
        return [clue for clue in self.everything if clue.id in self._results]

    def report(self, outdated: tuple[str, ...]) -> CheckReport:
        """What the last plan says."""
        clues = {clue.id: clue for clue in self._clues()}
        first: list[str] = []
        changed: list[CheckChange] = []
        rescored: list[str] = []
        for event in self._events:
            clue = clues[event.clue_id]
            if "checks" not in clue.fields:
                first.append(clue.id)
            elif "checks" in event.after:
                changed += changes_of(clue, self._results[clue.id].results)
            elif "priority" in event.after:
                rescored.append(clue.id)
        return CheckReport(
            results=SpelledResults(self._results),
            checked=len(clues),
            first=tuple(first),
            changed=tuple(changed),
            rescored=tuple(rescored),
            unchanged=len(clues) - len(self._events),
            written=len(self._events),
            conflicts=self._rounds - 1,
            outdated=outdated,
            drops=count_drops(clues.values(), self._settings),
            layers=layers_of(self._context),
        )


def check_batches(
    ledger: Ledger,
    clues: Sequence[Clue],
    context: CheckContext,
    *,
    batch: str | None = None,
    workers: Workers,
    size: int = PART,
) -> Results:
    """Run the checks batch by batch, each against the batches before it.

    Parameters
    ----------
    ledger : Ledger
        Where the clues are from; see `changji_geo.clues.desk.batch_order.earlier_clues`.
    clues : sequence of Clue
        All of it.
    context : CheckContext
    batch : str, optional
        Only this one.
    workers : Workers
        Who checks; the results are the same, whoever does.
    size : int
        Clues in a part; the last digits of an area may hang on it.

    Raises
    ------
    InputError
        When there is no such batch.
    """
    groups: dict[str, list[Clue]] = {}
    for clue in clues:
        groups.setdefault(clue.batch, []).append(clue)
    if batch is not None:
        word = batch.strip()
        if word not in groups:
            raise InputError(f"台账里没有批次“{word}”", fix=near_match(word, groups))
        groups = {word: groups[word]}
    found: Results = {}
    for name, group in groups.items():
        earlier = earlier_clues(ledger, clues, name)
        parts = cut_parts(group, earlier, context.settings, size=size)
        found |= name_results(parts, workers.check(parts, context))
    return found


def check_event(clue: Clue, spelled: Spelled, *, actor: str) -> NewEvent | None:
    """The event that stores the results of one clue; None when it has them already.

    ``after`` holds what changes of ``checks``, ``priority``, ``county``, ``reserve`` and ``zone``.
    """
    changes, filled = filled_fields(clue, spelled.fields)
    texts = {"checks": spelled.checks_json(filled), "priority": spelled.priority}
    texts = {key: text for key, text in texts.items() if not _says(clue.fields, key, text)}
    texts |= {key: canonical_json(value) for key, value in changes.items()}
    if not texts:
        return None
    before = {key: value for key in texts if (value := clue.fields.get(key)) is not None}
    return NewEvent(clue.id, "check", actor, before, StoredValues(texts))


def _says(fields: Mapping[str, Any], key: str, text: str) -> bool:
    """Whether a stored value is the one of this canonical JSON."""
    if isinstance(fields, ReadValues) and fields.begins_with(key, text):
        return True
    stored = fields.get(key)
    return stored is not None and canonical_json(stored) == text


def moved_clues(before: Sequence[Clue], now: Sequence[Clue], settings: ClueSettings) -> tuple[str, ...]:
    """Ids of the clues that are new, gone, or have other values of which a check depends."""
    old = {clue.id: clue for clue in before}
    gone = old.keys() - {clue.id for clue in now}
    keys = (*settings.activity_fields, "buffer_m")
    moved = (c.id for c in now if c.id not in old or _inputs(old[c.id], keys) != _inputs(c, keys))
    return tuple(sorted([*moved, *gone]))


def _inputs(clue: Clue, keys: Sequence[str]) -> tuple[Any, ...]:
    written = tuple(clue.fields.get(key) for key in keys)
    return (clue.batch, clue.geometry, clue.original, clue.observed, clue.dropped, clue.attributes, written)


def changes_of(clue: Clue, results: Sequence[CheckResult]) -> list[CheckChange]:
    """Each check of a clue that says something else than what is stored, in the order of the results (as JSON gives them back)."""
    old = {result.check: result for result in stored_results(clue)}
    new = {result.check: result for result in results}
    out = []
    for name in [*new, *(n for n in old if n not in new)]:
        before, after = old.get(name), new.get(name)
        if before != after:
            title = CHECKS[name][0] if name in CHECKS else name
            same = (
                before is not None and after is not None and before == dataclasses.replace(after, layers=before.layers)
            )
            out.append(CheckChange(clue.id, name, title, before, after, same))
    return out


def layers_of(context: CheckContext) -> tuple[LayerUse, ...]:
    """The layers that the checks of a context rest on."""
    layers = (
        context.counties,
        context.prefecture,
        context.reserves,
        context.protected_areas,
        context.water_zones,
        context.red_line,
    )
    return tuple(layer.use for layer in layers if layer is not None)
