"""New events -> prepared and stored block by block, inside the caller's transaction: one is stored while the next is made."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from changji_geo.clues.ledger.appending import Current, Prepared, prepare_events
from changji_geo.clues.ledger.chain import Head
from changji_geo.clues.model import Event, NewEvent

BLOCK = 1024
"""Events that stay in the processor's cache between being made and being stored."""


def append_blocks(
    events: Sequence[NewEvent],
    *,
    at: datetime.datetime,
    head: Head,
    find_states: Callable[[Sequence[str]], Mapping[str, Current]],
    store: Callable[[Sequence[Prepared]], None],
) -> tuple[Event, ...]:
    """Prepare and store new events; see `changji_geo.clues.ledger.appending.prepare_events`.

    Parameters
    ----------
    events, at, head
        As there.
    find_states : callable
        Ids of clues -> the present states of those there are.
    store : callable
        Stores prepared events; called from another thread where there is more than one block, but never while `find_states`
        runs.
    """
    written: list[Event] = []
    blocks = [events[start : start + BLOCK] for start in range(0, len(events), BLOCK)]
    known = dict(find_states(_ids(blocks[0]))) if blocks else {}
    with ThreadPoolExecutor(1) as thread:
        storing: Future[None] | None = None
        for number, block in enumerate(blocks):
            prepared = prepare_events(block, at=at, head=head, find_current=known.get, first=number * BLOCK + 1)
            written += [one.event for one in prepared]
            last = prepared[-1].event
            head = Head(last.seq, last.hash)
            if storing is not None:
                storing.result()
            if number + 1 == len(blocks):
                store(prepared)
                break
            following = set(_ids(blocks[number + 1]))
            known = dict(find_states(list(following)))
            known |= {one.event.clue_id: one.state for one in prepared if one.event.clue_id in following}
            storing = thread.submit(store, prepared)
    return tuple(written)


def _ids(events: Sequence[NewEvent]) -> list[str]:
    return list(dict.fromkeys(event.clue_id for event in events))
