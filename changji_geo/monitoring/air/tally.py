"""Faults counted over many files: one finding per kind, with its count, the first file and the first rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import SupportsInt

from changji_geo.monitoring.air.air_findings import SHOWN, AirFinding, Level


@dataclass
class _Entry:
    level: Level
    message: str
    count: int = 0
    files: dict[str, None] = field(default_factory=dict)
    rows: tuple[int, ...] = ()
    texts: dict[str, None] = field(default_factory=dict)


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
        if not entry.files:
            entry.rows = tuple(int(r) for r in itertools.islice(rows, SHOWN))
        entry.count += count
        entry.files[file] = None
        for text in texts[:SHOWN]:
            entry.texts.setdefault(text)

    def findings(self) -> tuple[AirFinding, ...]:
        """In the order in which the kinds were first met."""
        out = []
        for (rule, pollutant), e in self.entries.items():
            texts = "、".join(f"“{t}”" for t in list(e.texts)[:SHOWN])
            message = e.message.format(count=e.count, files=len(e.files), texts=texts)
            file = next(iter(e.files)) + (f" 等 {len(e.files)} 个文件" if len(e.files) > 1 else "")
            out.append(AirFinding(e.level, rule, message, e.count, file, e.rows, pollutant))
        return tuple(out)
