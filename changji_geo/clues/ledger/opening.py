"""The ledger of clues: what every kind of it offers, and how one is made or opened."""

from __future__ import annotations

import contextlib
import datetime
import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from changji_geo.clues.ledger.chain import Fault, Head
from changji_geo.clues.ledger.gpkg.ledger import GpkgLedger
from changji_geo.clues.ledger.gpkg.schema import create_gpkg
from changji_geo.clues.model import Clue, Event, LayerUse, NewEvent, Status
from changji_geo.errors import EnvironmentFault

if TYPE_CHECKING:
    import geopandas as gpd


class Ledger(Protocol):
    """An append-only ledger. Clues are never written, only events; a clue is what its events add up to."""

    where: str
    """The file, or the address without its password, as messages show it."""

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

    def show_zones(self, frame: gpd.GeoDataFrame, *, use: LayerUse, at: datetime.datetime) -> bool:
        """Keep the zones that the checks rest on beside the clues, for QGIS; they are no part of the record.

        A file has them as layer ``zones`` (`changji_geo.clues.ledger.gpkg.styles`), a database does not. Gives whether
        anything was written: the same zones a second time change nothing.
        """

    def close(self) -> None:
        """Let go of the file or the connection."""

    def __enter__(self) -> Self:
        """The ledger itself."""

    def __exit__(self, *_: object) -> None:
        """Close it."""


def is_database(location: Path | str) -> bool:
    """Whether a location is the address of a database and not a path.

    Examples
    --------
    >>> is_database("postgresql://gis@server/desk?schema=lvdun"), is_database("台账.gpkg")
    (True, False)
    """
    # One slash: an address that was taken for a path, which the reader of addresses then refuses.
    return re.match(r"postgres(ql)?:/", str(location), re.IGNORECASE) is not None


def create_ledger(location: Path | str) -> Ledger:
    """Make an empty ledger and open it.

    Parameters
    ----------
    location : path or str
        A file, or ``postgresql://user@host/database?schema=name`` (`changji_geo.clues.ledger.postgis.address`).

    Raises
    ------
    InputError
        When there is one already: a ledger is never overwritten.
    OutputError
        When it cannot be written.
    EnvironmentFault
        When a database cannot be reached, or psycopg is not installed.
    """
    if is_database(location):
        _require_psycopg()
        from changji_geo.clues.ledger.postgis.ledger import create_postgis

        create_postgis(str(location))
    else:
        create_gpkg(Path(location))
    return open_ledger(location)


def open_ledger(location: Path | str, *, share: str | None = None) -> Ledger:
    """Open a ledger; a write that a crash cut short is rolled back.

    Parameters
    ----------
    location : path or str
        As for `create_ledger`.
    share : str, optional
        The kind of network share a file lies on, found out when None (a drive letter of Windows is not seen through).

    Raises
    ------
    InputError
        When there is none, when it is no ledger, or one of a newer program.
    EnvironmentFault
        When a database cannot be reached, or psycopg is not installed.
    """
    if is_database(location):
        _require_psycopg()
        from changji_geo.clues.ledger.postgis.ledger import PostgisLedger

        return PostgisLedger(str(location))
    return GpkgLedger(location, share=share)


def ledger_exists(location: Path | str) -> bool:
    """Whether there is something at a location that `create_ledger` would not write over: a file, or a ledger's tables.

    Raises
    ------
    InputError
        When it is no address of a database.
    EnvironmentFault
        When a database cannot be reached, or psycopg is not installed.
    """
    if not is_database(location):
        return Path(location).exists()
    _require_psycopg()
    from changji_geo.clues.ledger.postgis.ledger import postgis_exists

    return postgis_exists(str(location))


def _require_psycopg() -> None:
    try:
        import psycopg  # noqa: F401
    except ImportError as cause:
        raise EnvironmentFault(
            f"数据库台账需要 psycopg（{cause}）", fix='执行 pip install "changji-geo[postgis]"'
        ) from cause


def is_ledger_file(path: Path | str) -> bool:
    """Whether a file has the tables of a ledger; False for one that is not there or no SQLite file."""
    file = Path(path)
    if not file.is_file():
        return False
    try:
        with contextlib.closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as db:
            return bool(db.execute("SELECT 1 FROM sqlite_master WHERE name = 'ledger_head'").fetchall())
    except sqlite3.DatabaseError:
        return False
