"""One ledger -> another, file or database: every event to the letter, with its number, time and hash; states computed anew."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path

from changji_geo.clues.ledger.appending import Current, Prepared, state_after
from changji_geo.clues.ledger.gpkg.ledger import GpkgLedger
from changji_geo.clues.ledger.gpkg.placing import place_new
from changji_geo.clues.ledger.gpkg.schema import create_gpkg
from changji_geo.clues.ledger.opening import is_database, ledger_exists, open_ledger
from changji_geo.clues.ledger.walking import refuse_faults
from changji_geo.clues.model import Event
from changji_geo.clues.resting_collector import rest_collector


@rest_collector()
def copy_ledger(source: Path | str, target: Path | str) -> int:
    """Copy a ledger with its history; the evidence files are not part of it and stay where they are.

    Parameters
    ----------
    source, target : path or str
        Files or addresses, as for `changji_geo.clues.ledger.opening.open_ledger`. The target must not be there yet, or be an
        empty ledger.

    Returns
    -------
    int
        How many events were copied. The target was verified before they became visible in it, and ends as the source does.

    Raises
    ------
    InputError
        When the source does not verify (its faults are listed), or the target holds something.
    OutputError, EnvironmentFault
        When the target cannot be written; it is then as it was.
    """
    with open_ledger(source) as ledger:
        faults = ledger.verify()
        refuse_faults(faults, what="源台账", where=ledger.where, fix="先用 clues verify 查清，用备份恢复；没有抄出内容")
        events = ledger.events()
    prepared = prepare_copies(events)
    exists = ledger_exists(target)
    if is_database(target):
        from changji_geo.clues.ledger.postgis.ledger import PostgisLedger, create_postgis

        if exists:
            with PostgisLedger(str(target)) as database:
                database.adopt(prepared)
        else:
            create_postgis(str(target), prepared)
    elif exists:
        with GpkgLedger(target) as file:
            file.adopt(prepared)
    else:
        _make_file(Path(target), prepared)
    return len(events)


def prepare_copies(events: Iterable[Event]) -> list[Prepared]:
    """Events as they are stored, each with the state of its clue after it."""
    states: dict[str, Current] = {}
    out: list[Prepared] = []
    for event in events:
        states[event.clue_id] = state_after(states.get(event.clue_id), event.seq, event.after)
        out.append(Prepared(event, states[event.clue_id]))
    return out


def _make_file(path: Path, prepared: Sequence[Prepared]) -> None:
    """A new file that appears whole or not at all."""
    scratch = path.with_name(f".{path.name[:60]}.{secrets.token_hex(4)}.tmp")
    try:
        create_gpkg(scratch)
        with GpkgLedger(scratch) as ledger:
            ledger.adopt(prepared)
        place_new(scratch, path)
    finally:
        for left in (scratch, scratch.with_name(f"{scratch.name}-journal")):
            with contextlib.suppress(OSError):
                left.unlink()
