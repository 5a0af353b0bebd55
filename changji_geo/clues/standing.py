"""Events of clues -> where each one stands: its status, whether it was dropped, and what has been found of it.

The one definition of a problem that was found (查实问题) and so of the closing rate (销号率): the report and the workbook
that goes out both count by it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from changji_geo.clues.looks import DROPPED
from changji_geo.clues.model import Clue, Event
from changji_geo.standards.reserves import FIRST_STATUS

Conclusion = Literal["pending", "no_problem", "problem"]
"""What has been found of a clue: nothing yet, no problem, a problem (closed or not)."""

NO_PROBLEM_STATUS = "已核查-非问题"
RETURNED_STATUS = "退回重办"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a clue stands: its status, why it was dropped ("" for a kept one), and what has been found of it."""

    status: str = FIRST_STATUS
    dropped: str = ""
    conclusion: Conclusion = "pending"

    @property
    def text(self) -> str:
        """The status, or `DROPPED`."""
        return DROPPED if self.dropped else self.status


def next_standing(old: Standing, event: Event) -> Standing:
    """Where a clue stands after an event.

    A clue is found a problem when its status becomes 已核查-待整改 or one that follows from it, no problem with 已核查-非问题,
    and pending again with 待核查. 退回重办 leaves a problem one and makes "no problem" pending: that finding is being redone.
    """
    status = str(event.after["status"] or FIRST_STATUS) if "status" in event.after else old.status
    dropped = str(event.after["dropped"] or "") if "dropped" in event.after else old.dropped
    conclusion: Conclusion = old.conclusion
    if status == FIRST_STATUS:
        conclusion = "pending"
    elif status == NO_PROBLEM_STATUS:
        conclusion = "no_problem"
    elif status != RETURNED_STATUS:
        conclusion = "problem"
    elif conclusion == "no_problem":
        conclusion = "pending"
    return Standing(status, dropped, conclusion)


def standings(events: Iterable[Event]) -> dict[str, Standing]:
    """Where each clue stands after these events, by its id.

    Parameters
    ----------
    events : iterable of Event
        In the order of the ledger.
    """
    out: dict[str, Standing] = {}
    for event in events:
        out[event.clue_id] = next_standing(out.get(event.clue_id, Standing()), event)
    return out


def standing_by_status(clue: Clue) -> Standing:
    """Where a clue stands as far as its state alone can say.

    A case that was sent back counts as a problem: whether it was found to be none before, only its events tell.
    """
    found: Conclusion = (
        "pending" if clue.status == FIRST_STATUS else "no_problem" if clue.status == NO_PROBLEM_STATUS else "problem"
    )
    return Standing(clue.status, clue.dropped, found)
