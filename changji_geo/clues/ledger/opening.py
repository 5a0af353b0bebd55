"""The ledger of clues: what every kind of it offers, and how one is made or opened."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self

from changji_geo.clues.ledger.chain import Fault, Head
from changji_geo.clues.ledger.gpkg.ledger import GpkgLedger
from changji_geo.clues.ledger.gpkg.schema import create_gpkg
from changji_geo.clues.model import Clue, Event, NewEvent, Status


class Ledger(Protocol):
    """An append-only ledger. Clues are never written, only events; a clue is what its events add up to."""

    notice: str
    """A sentence to show the user, "" when there is nothing to say."""

    def append(self, events: Sequence[NewEvent], *, at: datetime.datetime) -> tuple[Event, ...]:
        """Write events in one transaction: all of them, durably, or none.

        Parameters
        ----------
        events : sequence of NewEvent
            See `changji_geo.clues.ledger.appending.prepare_events` for what ``before`` must say.
        at : datetime
            With time zone.

        Returns
        -------
        tuple of Event
            As stored, with numbers and hashes; none for an empty sequence.

        Raises
        ------
        ConflictError
            When a clue is no longer as ``before`` says.
        InputError
            When an event is not one.
        OutputError
            When the disk is full or cannot be written.
        EnvironmentFault
            When another program kept the ledger for too long.
        """

    def head(self) -> Head:
        """How many events there are and the last hash; ``.anchor`` is the line to print."""

    def clue(self, clue_id: str) -> Clue:
        """The present state of a clue; an unknown id raises InputError."""

    def clues(
        self, *, batch: str | None = None, status: Status | None = None, dropped: bool | None = None
    ) -> tuple[Clue, ...]:
        """The present state of the clues, by id; `dropped` True for the dropped only, False for the kept only."""

    def events(self, *, after: int = 0) -> tuple[Event, ...]:
        """All events with a number above `after`, in their order."""

    def history(self, clue_id: str) -> tuple[Event, ...]:
        """The events of one clue, in their order; none for an unknown one."""

    def verify(self, evidence_folder: Path | str | None = None, *, anchor: str | None = None) -> tuple[Fault, ...]:
        """Everything that is wrong with the ledger and, where a folder is given, its evidence files; nothing is repaired.

        `anchor` is a line that was printed earlier (`Head.anchor`): it proves that no event up to it was replaced since.
        """

    def close(self) -> None:
        """Let go of the file or the connection."""

    def __enter__(self) -> Self:
        """The ledger itself."""

    def __exit__(self, *_: object) -> None:
        """Close it."""


def create_ledger(path: Path | str) -> GpkgLedger:
    """Make an empty ledger file and open it.

    Raises
    ------
    InputError
        When there is such a file already: a ledger is never overwritten.
    OutputError
        When it cannot be written.
    """
    create_gpkg(Path(path))
    return GpkgLedger(path)


def open_ledger(path: Path | str, *, share: str | None = None) -> GpkgLedger:
    """Open a ledger file; a write that a crash cut short is rolled back.

    `share`: the kind of network share it lies on, found out when None (a drive letter of Windows is not seen through).

    Raises
    ------
    InputError
        When there is no such file, when it is no ledger, or one of a newer program.
    """
    return GpkgLedger(path, share=share)
