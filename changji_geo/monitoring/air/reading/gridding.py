"""Readings with their station and hour -> one grid per pollutant; repeated hours compared, gaps listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from changji_geo.errors import InputError
from changji_geo.monitoring.air.air_findings import KEPT_ROWS, SHOWN, AirFinding, listed
from changji_geo.monitoring.air.rules import NAMES, POLLUTANTS
from changji_geo.monitoring.air.stamps import hour_text

Ints = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
Located = Callable[..., AirFinding]

MAX_CELLS = 150_000_000
"""Stations by hours by six; beyond it, memory: read fewer years or stations at a time."""


@dataclass(frozen=True)
class Readings:
    """Rows of one pollutant: station number, hour, value (NaN: a row without a value), file number, row in it."""

    station: Ints
    hour: Ints
    value: Floats
    file: Ints
    row: Ints


@dataclass(frozen=True)
class Gridded:
    """Grids (stations, hours) by pollutant, where any row was, and the findings."""

    first_hour: int
    values: dict[str, Floats]
    present: Bools
    findings: tuple[AirFinding, ...]


def grid_readings(readings: Mapping[str, Readings], stations: int, files: Sequence[str]) -> Gridded:
    """Put readings on the grid.

    An hour that a station has twice keeps the value on which its rows agree (a blank does not disagree); where they
    differ, the pollutant has no value there.

    Parameters
    ----------
    readings : mapping of str to Readings
        By pollutant; a missing pollutant is a grid of NaN.
    stations : int
    files : sequence of str
        Names by file number.

    Raises
    ------
    InputError
        No reading at all, or more than `MAX_CELLS`.
    """
    hours = [r.hour for r in readings.values() if r.hour.size]
    if not hours:
        raise InputError(
            "没有一行能用的小时数据", where="、".join(files[:SHOWN]), fix="看发现表中的错误，改正后重新导入"
        )
    first = int(min(h.min() for h in hours))
    width = int(max(h.max() for h in hours)) - first + 1
    if stations * width * len(POLLUTANTS) > MAX_CELLS:
        raise InputError(
            f"{stations} 个站点、{width} 小时，一次装不下",
            expected="一次几百个站点一年，或几十个站点十年",
            fix="分年导入，或只选所需站点",
        )
    shape = (stations, width)
    present = np.zeros(stations * width, dtype=bool)
    repeated = np.zeros(stations * width, dtype=bool)
    differing = np.zeros(stations * width, dtype=bool)
    values: dict[str, Floats] = {}
    lost: dict[str, int] = {}
    places: list[tuple[Readings, Ints]] = []
    for pollutant in POLLUTANTS:
        flat = np.full(stations * width, np.nan)
        one = readings.get(pollutant)
        if one is not None and one.hour.size:
            key = one.station * width + (one.hour - first)
            places.append((one, key))
            present[key] = True
            repeated |= np.bincount(key, minlength=flat.size) > 1
            there = ~np.isnan(one.value)
            flat[key[there]] = one.value[there]
            differs = np.unique(key[there][flat[key[there]] != one.value[there]])
            flat[differs] = np.nan
            differing[differs] = True
            lost[pollutant] = int(differs.size)
        values[pollutant] = flat.reshape(shape)
    findings = _repeat_findings(repeated, differing, lost, places, files)
    return Gridded(first, values, present.reshape(shape), findings)


def _repeat_findings(
    repeated: Bools,
    differing: Bools,
    lost: Mapping[str, int],
    places: Sequence[tuple[Readings, Ints]],
    files: Sequence[str],
) -> tuple[AirFinding, ...]:
    found = []
    same = np.flatnonzero(repeated & ~differing)
    if same.size:
        message = f"{same.size} 个站时有几行，值不矛盾，合为一行"
        found.append(_with_rows(AirFinding("repair", "repeated-hour", message, int(same.size)), same, places, files))
    other = np.flatnonzero(differing)
    if other.size:
        items = "、".join(f"{NAMES[p]} {n} 个" for p, n in lost.items() if n)
        message = f"{other.size} 个站时有几行且值不同，不知哪个对，不同的读数没有采用（{items}）"
        found.append(
            _with_rows(AirFinding("error", "conflicting-hour", message, int(other.size)), other, places, files)
        )
    return tuple(found)


def _with_rows(
    finding: AirFinding, cells: Ints, places: Sequence[tuple[Readings, Ints]], files: Sequence[str]
) -> AirFinding:
    """The finding with every row that stands for one of some cells, file by file."""
    rows: dict[int, set[int]] = {}
    for one, key in places:
        hit = np.flatnonzero(np.isin(key, cells))
        for file, row in zip(one.file[hit].tolist(), one.row[hit].tolist(), strict=True):
            rows.setdefault(file, set()).add(row)
    ordered = {files[f]: tuple(sorted(rows[f])) for f in sorted(rows)}
    parts = tuple(
        replace(finding, message=f"{finding.message}；这个文件里有其中 {len(own)} 行", count=len(own), file=name,
                rows=own[:KEPT_ROWS])
        for name, own in ordered.items()
    )  # fmt: skip
    if len(parts) == 1:
        return replace(
            finding,
            file=parts[0].file,
            rows=parts[0].rows[:SHOWN],
            parts=(replace(parts[0], message=finding.message, count=finding.count),),
        )
    return replace(finding, file=f"{parts[0].file} 等 {len(parts)} 个文件", rows=parts[0].rows[:SHOWN], parts=parts)


def list_gaps(
    present: Bools, codes: Sequence[str], first_hour: int, located: Located
) -> tuple[pd.DataFrame, tuple[AirFinding, ...]]:
    """Runs of hours without a row, between a station's first and last row.

    Parameters
    ----------
    present : array of bool, shape (stations, hours)
    codes : sequence of str
    first_hour : int
    located : callable
        `changji_geo.monitoring.air.reading.origins.Origins.located`.

    Returns
    -------
    gaps : DataFrame
        code, start, end (ends of the first and last missing hour), hours.
    findings : tuple of AirFinding
        The missing hours between; stations that begin after the first hour of all or end before the last.
    """
    rows: list[tuple[str, int, int]] = []
    late = []
    at = {code: i for i, code in enumerate(codes)}
    for code, there in zip(codes, present, strict=True):
        seen = np.flatnonzero(there)
        if seen.size == 0:
            continue
        if seen[0] > 0 or seen[-1] < there.size - 1:
            late.append(code)
        jumps = np.flatnonzero(np.diff(seen) > 1)
        rows += [(code, int(seen[j]) + 1, int(seen[j + 1]) - 1) for j in jumps]
    starts = np.array([s for _, s, _ in rows], dtype=np.int64) + first_hour
    ends = np.array([e for _, _, e in rows], dtype=np.int64) + first_hour
    gaps = pd.DataFrame(
        {
            "code": [c for c, _, _ in rows],
            "start": starts.astype("datetime64[h]").astype("datetime64[s]"),
            "end": ends.astype("datetime64[h]").astype("datetime64[s]"),
            "hours": ends - starts + 1,
        }
    )
    found = []
    if rows:
        total, longest = int(gaps["hours"].sum()), gaps.iloc[int(gaps["hours"].to_numpy().argmax())]
        message = (
            f"缺 {total} 个站时，分 {len(rows)} 段、{gaps['code'].nunique()} 个站点；"
            f"最长的是 {longest['code']} 从 {longest['start']:%Y-%m-%d %H:%M} 起 {longest['hours']} 小时"
        )
        before = np.zeros(present.shape, dtype=bool)
        before[[at[code] for code, _, _ in rows], [start - 1 for _, start, _ in rows]] = True
        finding = AirFinding("warning", "gap", message, total)
        found.append(located(finding, before, counts=gaps["hours"].to_numpy(), span=False, note="；行号是缺口前一行"))
    if late:
        spans = [(code, np.flatnonzero(present[at[code]]) + first_hour) for code in late]
        words = [f"{code}（{hour_text(int(h[0]))} 至 {hour_text(int(h[-1]))}）" for code, h in spans]
        message = f"{len(late)} 个站点的数据比全部数据开始得晚或结束得早：{listed(words)}"
        found.append(AirFinding("info", "part-of-period", message, len(late)))
    return gaps, tuple(found)
