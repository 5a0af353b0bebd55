"""One row of a FIRMS table -> one detection, with what of it could not be read; no row is judged here, only understood."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from changji_geo.monitoring.fires.cells import CellFault, parse_degrees, parse_moment, parse_positive, parse_type
from changji_geo.monitoring.fires.sensors import (
    SATELLITE_CODES,
    SATELLITES,
    SENSORS,
    Confidence,
    Satellite,
    Sensor,
    parse_confidence,
    product_of,
)
from changji_geo.sample_words import SAMPLE_MARK
from changji_geo.types import Level

Value = TypeVar("Value")

NOTE_COLUMN = "note"
"""A column that FIRMS files do not have: remarks of whoever prepared the file; kept with the point."""


@dataclass(frozen=True, slots=True)
class FireFinding:
    """One thing found while reading: a row left out, a value left empty, a repetition, how a file was understood.

    ``level`` "error": the row is not in the table. ``row`` is the line of the file, None for the whole file.
    """

    level: Level
    rule: str
    file: str
    message: str
    row: int | None = None
    column: str = ""


@dataclass(frozen=True, slots=True)
class Detection:
    """A pixel that a satellite saw burning or hot, as a file states it; None where the file has nothing readable.

    Degrees on WGS 84, the centre of the pixel; brightness temperatures in kelvin, ``scan_km`` and ``track_km`` the true
    size of the pixel, ``frp_mw`` the radiative power in megawatts. ``note`` is what the file's own column ``note`` says.
    """

    file: str
    row: int
    sensor: Sensor
    satellite: Satellite
    utc: datetime.datetime
    lon: float
    lat: float
    confidence: Confidence | None
    brightness_k: float | None = None
    brightness2_k: float | None = None
    scan_km: float | None = None
    track_km: float | None = None
    frp_mw: float | None = None
    version: str = ""
    daynight: str = ""
    type: int | None = None
    satellite_note: str = ""
    note: str = ""

    @property
    def product(self) -> str:
        """``standard``, ``NRT``, another suffix, or ""."""
        return product_of(self.version)

    @property
    def sample(self) -> bool:
        """Whether the file says that the row is made up."""
        return SAMPLE_MARK in self.note

    @property
    def id(self) -> str:
        """Satellite, moment and place, which no two detections share."""
        return f"{self.satellite.name}-{self.utc:%Y%m%dT%H%M}-{self.lon!r}-{self.lat!r}"


class RowFault(ValueError):
    """A row that cannot be a detection; ``column`` is where, the text says why (Chinese)."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


@dataclass(frozen=True, slots=True)
class Understood:
    """A detection, and per column what of it was left empty and why."""

    detection: Detection
    doubts: tuple[tuple[str, str], ...]
    other_names: bool
    """The brightness stood under the column names of the other sensor."""


def understand(cells: Mapping[str, str], *, file: str, row: int) -> Understood:
    """Read one row.

    Parameters
    ----------
    cells : mapping of str to str
        Column name in small letters -> text; empty cells are not in it.
    file : str
        Name of the file.
    row : int
        Its line.

    Returns
    -------
    Understood

    Raises
    ------
    RowFault
        Place, moment or satellite cannot be read, or instrument and satellite contradict each other.
    """
    doubts: list[tuple[str, str]] = []
    satellite, sensor, note = _satellite(cells)
    for column in ("latitude", "longitude", "acq_date", "acq_time"):
        if column not in cells:
            raise RowFault(column, "是空的")
    lat = _must("latitude", lambda: parse_degrees(cells["latitude"], limit=90, what="纬度"))
    lon = _must("longitude", lambda: parse_degrees(cells["longitude"], limit=180, what="经度"))
    utc = _moment(cells)
    confidence = _confidence(cells, sensor, doubts)
    names, other_names = _brightness_columns(cells, sensor)

    def number(column: str, what: str, *, zero: bool = False) -> float | None:
        return _optional(cells, column, lambda text: parse_positive(text, what=what, zero=zero), doubts)

    daynight = cells.get("daynight", "").upper()
    if daynight not in ("", "D", "N"):
        doubts.append(("daynight", f"昼夜“{daynight[:30]}”不认识，应为 D 或 N，留空"))
        daynight = ""
    detection = Detection(
        file, row, sensor, satellite, utc, lon, lat, confidence,
        brightness_k=number(names[0], "亮温"),
        brightness2_k=number(names[1], "亮温"),
        scan_km=number("scan", "像元宽"),
        track_km=number("track", "像元高"),
        frp_mw=number("frp", "辐射功率", zero=True),
        version=cells.get("version", ""),
        daynight=daynight,
        type=_optional(cells, "type", parse_type, doubts),
        satellite_note=note,
        note=cells.get(NOTE_COLUMN, ""),
    )  # fmt: skip
    return Understood(detection, tuple(doubts), other_names)


def _satellite(cells: Mapping[str, str]) -> tuple[Satellite, Sensor, str]:
    written = cells.get("satellite", "")
    if not written:
        raise RowFault("satellite", "是空的，不知道是哪颗卫星")
    satellite = SATELLITES.get(written.casefold())
    if satellite is None:
        raise RowFault("satellite", f"“{written[:30]}”不认识，应为 {'、'.join(SATELLITE_CODES)} 之一")
    instrument = cells.get("instrument", "").upper()
    if instrument and instrument not in SENSORS:
        raise RowFault("instrument", f"“{instrument[:30]}”不认识，应为 {'、'.join(SENSORS)}")
    if instrument and instrument != satellite.sensor:
        raise RowFault(
            "instrument", f"写的是 {instrument}，卫星“{written}”（{satellite.name}）上的是 {satellite.sensor}"
        )
    note = "" if satellite.verified else f"代码“{written}”按 {satellite.name} 读（未核实）"
    return satellite, SENSORS[satellite.sensor], note


def _moment(cells: Mapping[str, str]) -> datetime.datetime:
    try:
        return parse_moment(cells["acq_date"], cells["acq_time"])
    except CellFault as cause:
        raise RowFault("acq_date" if "日期" in str(cause) else "acq_time", str(cause)) from cause


def _confidence(cells: Mapping[str, str], sensor: Sensor, doubts: list[tuple[str, str]]) -> Confidence | None:
    written = cells.get("confidence", "")
    found = parse_confidence(written, sensor) if written else None
    if found is None:
        scale = "0 到 100 的整数" if sensor.scale == "percent" else "l、n、h"
        said = f"“{written[:30]}”不是 {sensor.id} 的标度（{scale}），不换算，留空" if written else "是空的"
        doubts.append(("confidence", f"置信度{said}"))
    return found


def _brightness_columns(cells: Mapping[str, str], sensor: Sensor) -> tuple[tuple[str, str], bool]:
    """The sensor's own columns; those of the other one where only they are filled, as rolling VIIRS files have it."""
    if any(column in cells for column in sensor.brightness):
        return sensor.brightness, False
    other = next(s for s in SENSORS.values() if s.id != sensor.id)
    return other.brightness, any(column in cells for column in other.brightness)


def _must(column: str, read: Callable[[], Value]) -> Value:
    try:
        return read()
    except CellFault as cause:
        raise RowFault(column, str(cause)) from cause


def _optional(
    cells: Mapping[str, str], column: str, read: Callable[[str], Value], doubts: list[tuple[str, str]]
) -> Value | None:
    """A value that a detection may lack; one that cannot be read is left empty and told."""
    if column not in cells:
        return None
    try:
        return read(cells[column])
    except CellFault as cause:
        doubts.append((column, f"{cause}，留空"))
        return None
