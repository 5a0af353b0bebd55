"""A file of clues -> events in a ledger: for new and changed ones, in one transaction; the same file again adds none."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

from changji_geo.clues.desk.retrying import append_planned
from changji_geo.clues.incoming.planning import ImportPlan, plan_import
from changji_geo.clues.incoming.reading import IncomingClues, read_clues
from changji_geo.clues.ledger.opening import Ledger
from changji_geo.clues.model import Event, NewEvent
from changji_geo.clues.resting_collector import rest_collector
from changji_geo.intake.reading import ReadOptions
from changji_geo.resources import Workspace


@dataclass(frozen=True)
class ImportResult:
    """What an import did: the plan it followed, what the file held, and the events as written."""

    plan: ImportPlan
    incoming: IncomingClues
    events: tuple[Event, ...]


@rest_collector()
def import_clues(
    ledger: Ledger,
    path: Path | str,
    *,
    batch: str,
    actor: str,
    at: datetime.datetime,
    year: int | None = None,
    buffer_m: float | None = None,
    workspace: Workspace | None = None,
    **options: Unpack[ReadOptions],
) -> ImportResult:
    """Import a file into a ledger.

    Parameters
    ----------
    ledger : Ledger
    path : path
        Any format of `changji_geo.read_any`.
    batch : str
        The batch it came with.
    actor : str
        Who imports.
    at : datetime
        With time zone.
    year : int, optional
        For our own ids; by default the one in the batch's name, else that of each clue's image.
    buffer_m : float, optional
        Make a geodesic circle of this radius about every point.
    workspace : Workspace, optional
        The one in force by default.
    **options
        See `changji_geo.intake.reading.ReadOptions`.

    Returns
    -------
    ImportResult
        Where another process imported meanwhile, the plan is the last one: made from what the ledger then held, so that
        numbers are not given twice and what the other one brought already is not added again.

    Raises
    ------
    InputError
        When the file or an option cannot be used; nothing is written.
    ConflictError
        When others kept getting in between; nothing is written.
    """
    incoming = read_clues(path, batch=batch, year=year, buffer_m=buffer_m, workspace=workspace, **options)
    plans: list[ImportPlan] = []

    def plan() -> tuple[NewEvent, ...]:
        plans.append(plan_import(incoming, ledger.clues(), actor=actor))
        return plans[-1].new_events

    events = append_planned(ledger, plan, at=at, what="导入")
    return ImportResult(plans[-1], incoming, events)
