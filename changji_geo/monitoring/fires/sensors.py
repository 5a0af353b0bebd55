"""What ``firms.toml`` says of sensors, satellites, confidence and types -> small tables and the readers of their codes."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Scale = Literal["percent", "letter"]
"""``percent``: whole numbers 0 to 100 (MODIS). ``letter``: l, n, h (VIIRS). There is no conversion."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """An instrument. ``pixel_m`` is its nominal pixel at nadir, metres; ``brightness`` the columns of its two channels."""

    id: str
    pixel_m: float
    brightness: tuple[str, str]
    scale: Scale


@dataclass(frozen=True, slots=True)
class Satellite:
    """A satellite as one code of a file means it. ``verified`` is False where the code is known from memory only."""

    name: str
    sensor: str
    verified: bool


@dataclass(frozen=True, slots=True)
class FireType:
    """A value of ``type`` in the standard product; ``fire`` is False for volcanoes, static sources and offshore ones."""

    code: int
    title: str
    fire: bool


@dataclass(frozen=True, slots=True)
class Confidence:
    """A detection's confidence in its own scale: ``percent`` (MODIS) or ``letter`` (VIIRS), the other one missing."""

    scale: Scale
    percent: int | None = None
    letter: str = ""

    @property
    def text(self) -> str:
        """As a table shows it: ``85%`` or ``n（一般）``.

        Examples
        --------
        >>> Confidence("percent", 85).text, Confidence("letter", letter="n").text
        ('85%', 'n（一般）')
        """
        return f"{self.percent}%" if self.scale == "percent" else f"{self.letter}（{_LETTERS[self.letter]['title']}）"


def _read() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("firms.toml").read_text(encoding="utf-8"))


_TABLES = _read()
_LETTERS: dict[str, dict[str, Any]] = _TABLES["confidence"]["letter"]
_PERCENT: dict[str, Any] = _TABLES["confidence"]["percent"]

REQUIRED_COLUMNS: tuple[str, ...] = tuple(_TABLES["layout"]["required"])
OPTIONAL_COLUMNS: tuple[str, ...] = tuple(_TABLES["layout"]["optional"])

SENSORS: dict[str, Sensor] = {
    t["id"]: Sensor(t["id"], float(t["pixel_m"]), (t["brightness"][0], t["brightness"][1]), t["scale"])
    for t in _TABLES["sensors"]
}
"""By id: MODIS, VIIRS."""

SATELLITES: dict[str, Satellite] = {
    code.casefold(): Satellite(t["name"], t["sensor"], t["evidence"] != "memory")
    for t in _TABLES["satellites"]
    for code in t["codes"]
}
"""By the code or name a file writes, letters small."""

SATELLITE_CODES: tuple[str, ...] = tuple(code for t in _TABLES["satellites"] for code in t["codes"])
"""As files write them, for messages."""

FIRE_TYPES: dict[int, FireType] = {t["code"]: FireType(t["code"], t["title"], t["fire"]) for t in _TABLES["types"]}
"""By code."""

MODIS_LOW_BELOW: int = _PERCENT["low_below"]
"""A MODIS detection below this percentage is of low confidence; known from memory, see `MODIS_LOW_SOURCE`."""

MODIS_LOW_SOURCE: str = _PERCENT["low_source"]
MODIS_LOW_VERIFIED: bool = _PERCENT["low_evidence"] != "memory"

MERGE_CODE: str = _TABLES["merging"]["code"]
MERGE_TITLE: str = _TABLES["merging"]["title"]
BULLETIN_KNOWN: tuple[str, ...] = tuple(_TABLES["bulletin"]["known"])
"""Columns that published straw-burning bulletins have."""


def parse_confidence(text: str, sensor: Sensor) -> Confidence | None:
    """Read a confidence in the scale of its sensor.

    Parameters
    ----------
    text : str
        ``85`` for MODIS; ``n`` or ``nominal`` for VIIRS, large or small letters.
    sensor : Sensor

    Returns
    -------
    Confidence or None
        None where the text is not in the sensor's own scale: a letter for MODIS, a number for VIIRS, 101, 85.5.

    Examples
    --------
    >>> parse_confidence("nominal", SENSORS["VIIRS"]).letter, parse_confidence("85", SENSORS["VIIRS"])
    ('n', None)
    """
    word = text.strip().casefold()
    if sensor.scale == "letter":
        found = next((letter for letter, entry in _LETTERS.items() if word in entry["words"]), None)
        return None if found is None else Confidence("letter", letter=found)
    if not re.fullmatch(r"\d{1,3}(\.0+)?", word):
        return None
    percent = int(float(word))
    return Confidence("percent", percent) if _PERCENT["least"] <= percent <= _PERCENT["most"] else None


def is_low_letter(letter: str) -> bool:
    """Whether a VIIRS letter is the one of low confidence.

    Examples
    --------
    >>> [is_low_letter(letter) for letter in "lnh"]
    [True, False, False]
    """
    return bool(_LETTERS[letter]["low"])


def is_low_percent(percent: int, *, low_below: int) -> bool:
    """Whether a MODIS percentage is of low confidence: below the limit, the limit itself is not.

    Examples
    --------
    >>> [is_low_percent(percent, low_below=30) for percent in (29, 30, 31)]
    [True, False, False]
    """
    return percent < low_below


def product_of(version: str) -> str:
    """Which processing a version names: ``standard``, ``NRT``, another suffix as it is written, "" for none.

    Examples
    --------
    >>> product_of("6.1NRT"), product_of("2"), product_of("2.0URT"), product_of("")
    ('NRT', 'standard', 'URT', '')
    """
    found = re.fullmatch(r"\d+(?:\.\d+)?\s*([A-Za-z]*)", version.strip())
    if found is None:
        return ""
    return found[1].upper() or "standard"
