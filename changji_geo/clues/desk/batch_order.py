"""The clues of a ledger and one batch -> the clues of the batches before it.

A batch whose images are all older than those of another comes before it, in whatever order the two were imported: a record of
former years is often brought in late. Where the days of two batches overlap, or one has none, the order of import decides,
by the first event of each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from changji_geo.clues.ledger.opening import Ledger
from changji_geo.clues.model import Clue

_NUMBER = re.compile(r"(.*?)(\d+)")


def earlier_clues(ledger: Ledger, clues: Sequence[Clue], batch: str) -> tuple[Clue, ...]:
    """The clues of the batches before one, dropped ones among them.

    Parameters
    ----------
    ledger : Ledger
        Asked for the first events of batches, only where their days do not tell.
    clues : sequence of Clue
        All of the ledger.
    batch : str
        One of their batches.
    """
    groups: dict[str, list[Clue]] = {}
    for clue in clues:
        groups.setdefault(clue.batch, []).append(clue)
    before = {name for name in groups if name != batch and _is_before(ledger, groups, name, batch)}
    return tuple(clue for clue in clues if clue.batch in before)


def _is_before(ledger: Ledger, groups: Mapping[str, list[Clue]], one: str, other: str) -> bool:
    mine, theirs = _days(groups[one]), _days(groups[other])
    if mine and theirs and (max(mine) < min(theirs) or max(theirs) < min(mine)):
        return max(mine) < min(theirs)
    return first_event(ledger, groups[one]) < first_event(ledger, groups[other])


def _days(clues: Iterable[Clue]) -> list[str]:
    return [clue.observed.isoformat() for clue in clues if clue.observed is not None]


def first_event(ledger: Ledger, clues: Iterable[Clue]) -> int:
    """The number of the first event of these clues.

    Own ids are given in the order of import, so that only the lowest number of each kind of id (``LD2025-``) is asked for.
    """
    lowest: dict[str, tuple[int, str]] = {}
    for clue in clues:
        found = _NUMBER.fullmatch(clue.id)
        kind, number = (found[1], int(found[2])) if found else (clue.id, 0)
        lowest[kind] = min(lowest.get(kind, (number, clue.id)), (number, clue.id))
    return min(ledger.history(clue_id)[0].seq for _, clue_id in lowest.values())
