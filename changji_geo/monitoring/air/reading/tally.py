"""Faults counted over many files: one finding per kind, with its count, the first file and the first rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import SupportsInt

from changji_geo.monitoring.air.air_findings import KEPT_ROWS, SHOWN, AirFinding
from changji_geo.types import Level


@dataclass
class _OfFile:
    count: int = 0
    rows: tuple[int, ...] = ()
    texts: dict[str, None] = field(default_factory=dict)


@dataclass
class _Entry:
    level: Level
    message: str
    files: dict[str, _OfFile] = field(default_factory=dict)


@dataclass
class Tally:
    """Collects counts by rule and pollutant; the message may hold ``{count}``, ``{files}`` and ``{texts}``."""

    entries: dict[tuple[str, str], _Entry] = field(default_factory=dict)

    def add(
        self,
        level: Level,
        rule: str,
        message: str,
        *,
        count: int,
        file: str,
        rows: Iterable[SupportsInt] = (),
        texts: Sequence[str] = (),
        pollutant: str = "",
    ) -> None:
        """Add the faults of one kind in one file; the first ``rows`` are kept. A count of 0 is ignored."""
        if not count:
            return
        entry = self.entries.setdefault((rule, pollutant), _Entry(level, message))
        of_file = entry.files.setdefault(file, _OfFile())
        if not of_file.count:
            of_file.rows = tuple(int(r) for r in itertools.islice(rows, KEPT_ROWS))
        of_file.count += count
        for text in texts[:SHOWN]:
            of_file.texts.setdefault(text)

    def findings(self) -> tuple[AirFinding, ...]:
        """In the order in which the kinds were first met."""
        return tuple(_finding(rule, pollutant, entry) for (rule, pollutant), entry in self.entries.items())


def _finding(rule: str, pollutant: str, entry: _Entry) -> AirFinding:
    parts = tuple(
        AirFinding(entry.level, rule, _worded(entry, [own]), own.count, name, own.rows, pollutant)
        for name, own in entry.files.items()
    )
    first, more = parts[0], f" 等 {len(parts)} 个文件" if len(parts) > 1 else ""
    return AirFinding(
        entry.level,
        rule,
        _worded(entry, list(entry.files.values())),
        sum(p.count for p in parts),
        first.file + more,
        first.rows[:SHOWN],
        pollutant,
        parts,
    )


def _worded(entry: _Entry, files: Sequence[_OfFile]) -> str:
    texts = list(dict.fromkeys(text for own in files for text in own.texts))
    shown = "、".join(f"“{text}”" for text in texts[:SHOWN])
    return entry.message.format(count=sum(own.count for own in files), files=len(files), texts=shown)
