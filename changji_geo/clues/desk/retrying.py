"""Events that are worked out from a ledger and written to it, anew where another process was faster."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence

from changji_geo.clues.ledger.opening import Ledger
from changji_geo.clues.model import Event, NewEvent
from changji_geo.errors import ConflictError

TRIES = 4
"""How often in all."""


def append_planned(
    ledger: Ledger, plan: Callable[[], Sequence[NewEvent]], *, at: datetime.datetime, what: str
) -> tuple[Event, ...]:
    """Write what `plan` gives, in one transaction.

    Parameters
    ----------
    ledger : Ledger
    plan : callable
        Reads the ledger and works out the events; called again where a clue was changed in between.
    at : datetime
        With time zone.
    what : str
        The work, for the message (``"核查"``).

    Raises
    ------
    ConflictError
        When others were faster each time; nothing is written.
    """
    for _ in range(TRIES - 1):
        try:
            return ledger.append(plan(), at=at)
        except ConflictError:
            continue
    try:
        return ledger.append(plan(), at=at)
    except ConflictError as cause:
        raise ConflictError(
            f"{what}期间别人一直在改同一批线索，试了 {TRIES} 次，什么也没有写入（{cause.problem}）",
            where=ledger.where,
            fix=f"等别人做完后再{what}一次",
        ) from cause
