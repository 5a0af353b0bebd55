"""Files of hourly air data -> `HourlyAir`: CNEMC layout or one reading a row; nothing invented, losses counted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from changji_geo.errors import InputError
from changji_geo.monitoring.air.air_findings import AirFinding, listed
from changji_geo.monitoring.air.hours import HourlyAir
from changji_geo.monitoring.air.reading.collecting import Collected, collect_file
from changji_geo.monitoring.air.reading.gridding import Readings, grid_readings, list_gaps
from changji_geo.monitoring.air.reading.origins import Origins
from changji_geo.monitoring.air.reading.ozone_files import settle_ozone
from changji_geo.monitoring.air.reading.rawfiles import file_labels, list_files, read_all
from changji_geo.monitoring.air.reading.suspicions import suspect
from changji_geo.monitoring.air.rules import NAMES, POLLUTANTS
from changji_geo.monitoring.air.stations import describe_stations, require_register, station_register
from changji_geo.sample_words import SAMPLE_MARK

Unknown = Literal["keep", "leave_out"]

_LEAVES_NOTHING = ("bad-time", "no-station", "ragged", "other-stations", "other-item")
"""Rules that take rows away."""


def load_hours(
    source: Path | str | Sequence[Path | str],
    *,
    register: pd.DataFrame | None = None,
    codes: Collection[str] | None = None,
    unknown: Unknown = "keep",
    progress: Callable[[int, int], None] | None = None,
) -> HourlyAir:
    """Read hourly data.

    Parameters
    ----------
    source : path or sequence of paths
        Files or folders (with all their subfolders), CSV, XLSX or Parquet, UTF-8, UTF-16 or GBK, in the layout of CNEMC
        archives (``timepoint, stationcode, ..., pm10, pm10_24h, ...``) or long (时间, 站点编码, 污染物, 浓度, 单位). A time
        stamp is the end of its hour in Beijing time; one that states another offset is converted. Without a unit,
        values are µg/m³, CO mg/m³.
    register : DataFrame, optional
        Stations (see `changji_geo.monitoring.air.stations.REGISTER_COLUMNS`); the workspace's layer ``air_stations``
        by default.
    codes : collection of str, optional
        Only these stations; the rows of others are counted.
    unknown : {"keep", "leave_out"}
        Rows of stations that the register does not have: kept without a county, or left out and counted (a national
        file).
    progress : callable, optional
        Called with the files done and their number.

    Returns
    -------
    HourlyAir
        Ozone columns are put right by the running maximum; trailing means (``*_24h``) are never read. Findings tell
        of gaps, repeated hours, offsets, unknown, renamed or moved stations, values without use, foreign units and
        years.

    Raises
    ------
    InputError
        A file that cannot be read, no known layout, or not one usable row.
    """
    known = require_register(register) if register is not None else station_register()
    wanted = set(map(str, codes)) if codes is not None else None
    if unknown == "leave_out":
        wanted = (wanted if wanted is not None else set(known["code"])) & set(known["code"])
    paths = list_files(source)
    files = file_labels(paths)
    found = Collected(wanted, labels=dict(zip(paths, files, strict=True)))
    for raw in read_all(paths, progress):
        collect_file(found, raw)
    settle_ozone(found)
    if not found.pieces:
        told = "；".join(f.message for f in found.tally.findings() if f.rule in _LEAVES_NOTHING)
        raise InputError(
            "没有一行能用的小时数据" + (f"：{told}" if told else ""),
            where=listed(files),
            expected="至少一行有时间、站点编码和六项之一",
            fix="改正后重新导入" if told else "表头下没有数据，检查导出",
        )
    readings = {p: _joined(found.pieces.get(p, ())) for p in POLLUTANTS}
    grids = grid_readings(readings, len(found.codes), files)
    order = np.argsort(np.array(found.codes))
    ordered = tuple(found.codes[i] for i in order)
    values = {p: grid[order] for p, grid in grids.values.items()}
    present = grids.present[order]
    origins = Origins(tuple(readings.values()), np.argsort(order), grids.first_hour, files)
    stations, about_stations = describe_stations(ordered, found.sightings, known)
    gaps, about_gaps = list_gaps(present, ordered, grids.first_hour, origins.located)
    empty = [NAMES[p] for p in POLLUTANTS if np.isnan(values[p]).all()]
    absent = (
        (AirFinding("warning", "no-pollutant", f"没有一个读数的项目：{'、'.join(empty)}", len(empty)),) if empty else ()
    )
    findings = (
        *found.tally.findings(),
        *grids.findings,
        *about_stations,
        *about_gaps,
        *absent,
        *suspect(values, present, grids.first_hour, origins.located),
    )
    names = {n for of_code in found.sightings.seen.values() for n, _, _ in of_code}
    sample = any(n.startswith(SAMPLE_MARK) for n in (*names, *(p.name for p in paths)))
    return HourlyAir(grids.first_hour, values, stations, gaps, findings, sample, present)


def _joined(pieces: Sequence[Readings]) -> Readings:
    if not pieces:
        none = np.empty(0, dtype=np.int64)
        return Readings(none, none, np.empty(0), none, none)
    return Readings(
        *(np.concatenate([getattr(p, name) for p in pieces]) for name in ("station", "hour", "value", "file", "row"))
    )
