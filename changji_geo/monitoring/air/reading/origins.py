"""Hours of stations -> the files and rows that hold them, so that whatever is found in a grid can be looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from changji_geo.monitoring.air.air_findings import KEPT_ROWS, SHOWN, AirFinding
from changji_geo.monitoring.air.reading.gridding import Readings
from changji_geo.monitoring.air.stamps import hour_text

Bools = np.ndarray[Any, np.dtype[np.bool_]]
Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Origins:
    """Rows of files by station and hour.

    ``readings``: of every pollutant; ``place``: the row of the grids for each station number of the readings;
    ``first_hour``: of the grids; ``files``: names by file number.
    """

    readings: Sequence[Readings]
    place: Ints
    first_hour: int
    files: Sequence[str]

    def located(
        self, finding: AirFinding, where: Bools, *, counts: Ints | None = None, span: bool = True, note: str = ""
    ) -> AirFinding:
        """A finding with its span of time, and its rows file by file.

        Parameters
        ----------
        finding : AirFinding
        where : array of bool, shape (stations, hours)
            The hours it is about; of something that is not there, the hours before it.
        counts : array of int, optional
            How many each hour of ``where`` stands for, in their order; one by default.
        span : bool
            Say from when to when they are.
        note : str
            What the rows of the parts are, where they are not the hours' own.

        Returns
        -------
        AirFinding
            As it was when no row is behind it.
        """
        cells = np.flatnonzero(where)
        file, row = self._rows(cells, where.shape[1])
        told = file >= 0
        if not told.any():
            return finding
        number = np.ones(cells.size, dtype=np.int64) if counts is None else counts
        hours = self.first_hour + cells % where.shape[1]
        distinct = np.unique(file[told])
        parts = []
        for one in distinct.tolist():
            own = file == one
            message = finding.message + (_span(hours[own]) if span else "") + note
            if distinct.size > 1:
                message += f"；这个文件里有其中 {int(number[own].sum())} 个"
            rows = tuple(np.unique(row[own])[:KEPT_ROWS].tolist())
            parts.append(
                replace(finding, message=message, count=int(number[own].sum()), file=self.files[one], rows=rows)
            )
        more = f" 等 {len(parts)} 个文件" if len(parts) > 1 else ""
        return replace(
            finding,
            message=finding.message + (_span(hours) if span else ""),
            file=parts[0].file + more,
            rows=parts[0].rows[:SHOWN],
            parts=tuple(parts),
        )

    def _rows(self, cells: Ints, width: int) -> tuple[Ints, Ints]:
        """File and row of each cell, -1 where none is known; of several rows the first file's last."""
        file = np.full(cells.size, -1, dtype=np.int64)
        row = np.full(cells.size, -1, dtype=np.int64)
        if not cells.size:
            return file, row
        for one in self.readings:
            if not one.hour.size:
                continue
            key = self.place[one.station] * width + (one.hour - self.first_hour)
            hit = np.flatnonzero(np.isin(key, cells))
            at = np.searchsorted(cells, key[hit])
            new = file[at] < 0
            file[at[new]], row[at[new]] = one.file[hit[new]], one.row[hit[new]]
            if (file >= 0).all():
                break
        return file, row


def _span(hours: Ints) -> str:
    first, last = int(hours.min()), int(hours.max())
    return f"（{hour_text(first)}）" if first == last else f"（{hour_text(first)} 至 {hour_text(last)} 之间）"
