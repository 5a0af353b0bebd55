"""FIRMS files (MODIS, VIIRS, near-real-time and standard, mixed) -> one table of fire points and what was found on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from changji_geo.crs import CGCS2000
from changji_geo.errors import InputError, system_reason
from changji_geo.intake.originals import digest_of
from changji_geo.intake.sheets.delimited import read_text_grid
from changji_geo.intake.sheets.grid import Cell, Grid
from changji_geo.monitoring.fires.cells import BEIJING
from changji_geo.monitoring.fires.detection import (
    NOTE_COLUMN,
    Detection,
    FireFinding,
    RowFault,
    understand,
)
from changji_geo.monitoring.fires.repeats import one_each
from changji_geo.monitoring.fires.sensors import FIRE_TYPES, OPTIONAL_COLUMNS, REQUIRED_COLUMNS, SENSORS

_SUFFIXES = (".csv", ".txt")
_KNOWN = {NOTE_COLUMN, *REQUIRED_COLUMNS, *OPTIONAL_COLUMNS, *(c for s in SENSORS.values() for c in s.brightness)}
_HEADER_MARK = {"latitude", "longitude", "acq_date"}

_TEXT = "str"
COLUMNS: dict[str, str] = {
    "id": _TEXT, "sensor": _TEXT, "satellite": _TEXT, "satellite_note": _TEXT, "product": _TEXT, "version": _TEXT,
    "utc": "datetime64[s, UTC]", "beijing": "datetime64[s, UTC+08:00]", "date": "object",
    "lon": "float64", "lat": "float64", "pixel_m": "float64", "scan_km": "float64", "track_km": "float64",
    "brightness_k": "float64", "brightness2_k": "float64", "frp_mw": "float64", "daynight": _TEXT,
    "confidence": _TEXT, "confidence_scale": _TEXT, "confidence_percent": "Int64", "confidence_letter": _TEXT,
    "type": "Int64", "type_name": _TEXT, "note": _TEXT, "sample": "bool", "file": _TEXT, "row": "int64",
}  # fmt: skip
"""Columns of a table of fire points, before ``geometry``, and their types."""


@dataclass(frozen=True, slots=True)
class FireFile:
    """One file read. ``rows`` = ``kept`` + ``repeated`` + ``refused``."""

    name: str
    sha256: str
    rows: int
    kept: int
    repeated: int
    refused: int


@dataclass(frozen=True)
class FireTable:
    """Fire points of all files, each pixel of each pass once, in the order of time, satellite and place.

    ``frame`` has a RangeIndex and points in EPSG:4490 (WGS 84 degrees taken over unchanged: both agree to a few cm): the
    centre of the pixel, not the edge of a fire. Columns, see `COLUMNS`: ``utc`` and ``beijing`` (aware), ``date`` the day
    in Beijing; ``pixel_m`` the sensor's nominal pixel; ``confidence`` as text, ``confidence_percent`` for MODIS and
    ``confidence_letter`` for VIIRS only, never converted; ``type`` 0 to 3 in the standard product, else missing; ``file`` and ``row`` where the
    row stood. ``findings`` has every row left out (level "error" or rule "duplicate", "superseded", "conflict") and every
    value left empty. ``sample``: the file says that the row is made up.
    """

    frame: gpd.GeoDataFrame
    files: tuple[FireFile, ...]
    findings: tuple[FireFinding, ...]


def read_fires(paths: Path | str | Sequence[Path | str]) -> FireTable:
    r"""Read FIRMS tables.

    Parameters
    ----------
    paths : path or sequence of path
        CSV files as FIRMS gives them: MODIS or VIIRS, near-real-time or standard, with or without ``instrument``, also
        several put into one file with a header before each. A folder stands for its ``.csv`` and ``.txt`` files.

    Returns
    -------
    FireTable
        A row whose place, moment or satellite cannot be read is left out with a finding; another value that cannot be
        read is missing, with a finding. A file with nothing but a header has no fire points, which is no fault.

    Raises
    ------
    InputError
        No such file, no files, or a file that is no FIRMS table; the message names what its first line says.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> text = "latitude,longitude,acq_date,acq_time,satellite,confidence\n44.1,87.2,2026-03-14,1702,N20,n\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "a.csv")
    ...     _ = path.write_text(text)
    ...     table = read_fires(path)
    >>> table.frame["beijing"][0].isoformat(), str(table.frame["date"][0]), table.frame["confidence"][0]
    ('2026-03-15T01:02:00+08:00', '2026-03-15', 'n（一般）')
    """
    files = list(_files([paths] if isinstance(paths, Path | str) else paths))
    if not files:
        raise InputError("没有给出文件", expected="FIRMS 火点 CSV", fix="给出文件或文件夹的路径")
    names = _names(files)
    detections: list[Detection] = []
    findings: list[FireFinding] = []
    rows: dict[str, tuple[int, int]] = {}
    for path, name in zip(files, names, strict=True):
        found, said, count = _read(path, name)
        rows[name] = (count, len(found))
        detections += found
        findings += said
    kept, said = one_each(detections)
    left = Counter(d.file for d in kept)
    table = tuple(
        FireFile(n, digest_of(p), rows[n][0], left[n], rows[n][1] - left[n], rows[n][0] - rows[n][1])
        for p, n in zip(files, names, strict=True)
    )
    return FireTable(_frame(kept), table, tuple(findings + said))


def _files(paths: Sequence[Path | str]) -> Iterator[Path]:
    for given in paths:
        path = Path(given)
        try:
            if not path.is_dir():
                path.stat()
                yield path
                continue
        except OSError as cause:
            raise InputError(f"无法读取（{system_reason(cause)}）", where=str(path), fix="检查路径") from cause
        inside = sorted(f for f in path.iterdir() if f.suffix.lower() in _SUFFIXES)
        if not inside:
            raise InputError("文件夹里没有 .csv 或 .txt 文件", where=str(path), fix="检查路径")
        yield from inside


def _names(files: Sequence[Path]) -> list[str]:
    """File names; with their folder where two are the same, with a number where that is not enough."""
    short = Counter(f.name for f in files)
    names = [f.name if short[f.name] == 1 else str(f) for f in files]
    return [n if names.count(n) == 1 else f"{n}（{names[:i].count(n) + 1}）" for i, n in enumerate(names)]


def _read(path: Path, name: str) -> tuple[list[Detection], list[FireFinding], int]:
    """Detections of one file, what was found, and how many rows it has."""
    grid = read_text_grid(path).grid
    faults = _faults(grid)
    detections: list[Detection] = []
    findings: list[FireFinding] = []
    header: list[str] | None = None
    count, other_names, memory = 0, 0, Counter[str]()
    for number, cells in grid.rows:
        words = [str(c).casefold() if c is not None else "" for c in cells]
        if set(words) >= _HEADER_MARK:
            if header is None or words != header:
                findings += _header_findings(words, name, number, first=header is None, where=str(path))
            header = words
            continue
        if header is None:
            raise _no_header(path, cells)
        count += 1
        try:
            row = _by_name(header, cells, faults.get(number, {}))
            understood = understand(row, file=name, row=number)
        except RowFault as fault:
            text = f"没有计入：{fault}"
            findings.append(FireFinding("error", "row", name, text, number, fault.column))
            continue
        detections.append(understood.detection)
        other_names += understood.other_names
        memory.update([understood.detection.satellite_note] if understood.detection.satellite_note else [])
        findings += [FireFinding("warning", "value", name, text, number, column) for column, text in understood.doubts]
    if header is None:
        raise _no_header(path, [])
    if other_names:
        text = f"有 {other_names} 行的亮温写在另一种传感器的列名下，按卫星所属的传感器理解"
        findings.append(FireFinding("info", "brightness_names", name, text))
    findings += [FireFinding("warning", "satellite_code", name, f"卫星{text}，共 {n} 行") for text, n in memory.items()]
    made_up = sum(d.sample for d in detections)
    if made_up:
        findings.append(FireFinding("warning", "sample", name, f"有 {made_up} 行注明是示例数据，不是卫星火点"))
    if not count:
        text = "只有表头，没有火点；不等于没有火（云覆盖、过境时间、下载范围）"
        findings.append(FireFinding("info", "empty", name, text))
    return detections, findings, count


def _faults(grid: Grid) -> dict[int, dict[int, str]]:
    out: dict[int, dict[int, str]] = {}
    for fault in grid.faults:
        out.setdefault(fault.row, {})[fault.column] = fault.text
    return out


def _by_name(header: Sequence[str], cells: Sequence[Cell], faults: Mapping[int, str]) -> dict[str, str]:
    if len(cells) != len(header):
        raise RowFault("", f"有 {len(cells)} 格，表头有 {len(header)} 列")
    texts = [faults.get(place, cell) for place, cell in enumerate(cells)]
    return {name: str(text) for name, text in zip(header, texts, strict=True) if name in _KNOWN and text is not None}


def _header_findings(words: Sequence[str], name: str, row: int, *, first: bool, where: str) -> list[FireFinding]:
    missing = [c for c in REQUIRED_COLUMNS if c not in words]
    twice = [w for w in dict.fromkeys(words) if w in _KNOWN and words.count(w) > 1]
    if missing or twice:
        said = f"缺少列 {'、'.join(missing)}" if missing else f"列 {'、'.join(twice)} 出现了两次"
        raise InputError(
            f"第 {row} 行的表头{said}",
            where=where,
            expected="、".join(REQUIRED_COLUMNS),
            fix="从 FIRMS 重新下载 CSV，不要删改列",
        )
    out = [] if first else [FireFinding("info", "header", name, "从这里起是另一种表头，按新表头读", row)]
    absent = [c for c in OPTIONAL_COLUMNS if c not in words and c not in ("instrument", "type")]
    if absent:
        out.append(FireFinding("info", "columns", name, f"没有列 {'、'.join(absent)}，这些值留空", row))
    unused = [w for w in words if w and w not in _KNOWN]
    if unused:
        out.append(FireFinding("info", "columns", name, f"没有用到列 {'、'.join(unused)[:200]}", row))
    return out


def _no_header(path: Path, cells: Sequence[Cell]) -> InputError:
    first = "，".join(str(c) for c in cells if c is not None)[:60]
    return InputError(
        f"不是 FIRMS 火点表：{f'第一行是“{first}”' if first else '文件是空的'}",
        where=str(path),
        expected=f"第一行是表头，有列 {'、'.join(REQUIRED_COLUMNS)}",
        fix="从 FIRMS 下载 CSV；网页接口返回出错文字时检查 MAP_KEY",
    )


def _frame(detections: Sequence[Detection]) -> gpd.GeoDataFrame:
    ordered = sorted(detections, key=lambda d: (d.utc, d.satellite.name, d.lon, d.lat))
    rows = [_row(d) for d in ordered]
    frame = pd.DataFrame({c: pd.Series([r[c] for r in rows], dtype=t) for c, t in COLUMNS.items()})
    points = shapely.points(frame["lon"].to_numpy(), frame["lat"].to_numpy())
    return gpd.GeoDataFrame(frame, geometry=points, crs=CGCS2000)


def _row(d: Detection) -> dict[str, Any]:
    confidence = d.confidence
    beijing = d.utc.astimezone(BEIJING)
    return {
        "id": d.id, "sensor": d.sensor.id, "satellite": d.satellite.name, "satellite_note": d.satellite_note,
        "product": d.product, "version": d.version, "utc": d.utc, "beijing": beijing, "date": beijing.date(),
        "lon": d.lon, "lat": d.lat, "pixel_m": d.sensor.pixel_m, "scan_km": d.scan_km, "track_km": d.track_km,
        "brightness_k": d.brightness_k, "brightness2_k": d.brightness2_k, "frp_mw": d.frp_mw, "daynight": d.daynight,
        "confidence": confidence.text if confidence else "", "confidence_scale": d.sensor.scale,
        "confidence_percent": confidence.percent if confidence else None,
        "confidence_letter": confidence.letter if confidence else "",
        "type": d.type, "type_name": "" if d.type is None else FIRE_TYPES[d.type].title, "note": d.note, "sample": d.sample,
        "file": d.file, "row": d.row,
    }  # fmt: skip
