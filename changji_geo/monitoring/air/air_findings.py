"""What was found in hourly files and in their evaluation: each finding with its count, rows, file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from changji_geo.tablefile import TableFinding
from changji_geo.types import Level

SHOWN = 5
"""How many rows or names a finding lists before it only counts."""

KEPT_ROWS = 50
"""How many rows of one kind and file the table of findings names."""


@dataclass(frozen=True, slots=True)
class AirFinding:
    """One kind of thing found.

    ``level`` "error": readings were not taken over. "warning": a person should look. "repair": something was changed
    without loss. "info": what was understood. ``count`` is how many readings, rows, hours or stations (the message
    says which); ``rows`` the first of them, as numbers of the file's lines or sheet rows. ``parts``: the same file by
    file, with up to `KEPT_ROWS` rows each, when there are several files.
    """

    level: Level
    rule: str
    message: str
    count: int = 0
    file: str = ""
    rows: tuple[int, ...] = ()
    pollutant: str = ""
    parts: tuple[AirFinding, ...] = ()


def table_findings(findings: Iterable[AirFinding], *, by_file: bool = True) -> list[TableFinding]:
    """Findings as `changji_geo.tablefile.findings_frame` takes them, file by file or those of all files together."""
    every = [part for f in findings for part in ((f.parts if by_file else ()) or (f,))]
    return [TableFinding(f.level, f.rule, f.message, f.count, f.file, f.rows, f.pollutant) for f in every]


def listed(names: Sequence[str]) -> str:
    """The first names, and how many there are when there are more.

    Examples
    --------
    >>> listed(["a", "b"]), listed(list("abcdefg"))
    ('a、b', 'a、b、c、d、e……共 7 个')
    """
    more = f"……共 {len(names)} 个" if len(names) > SHOWN else ""
    return "、".join(names[:SHOWN]) + more
