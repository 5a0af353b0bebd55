"""Colour scales fixed by national standards, read from ``scales.toml``: bounds for indices, values for classes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StandardStep:
    """One step: an index up to and including `upper`, or the class named `value`."""

    label: str
    color: str
    upper: float | None = None
    value: str | None = None


def _read() -> dict[str, tuple[StandardStep, ...]]:
    tables = tomllib.loads((Path(__file__).with_name("scales.toml")).read_text(encoding="utf-8"))
    return {name: tuple(StandardStep(**step) for step in table["steps"]) for name, table in tables.items()}


STANDARD_SCALES: dict[str, tuple[StandardStep, ...]] = _read()
"""``aqi`` (HJ 633-2012 and -2026 table A.1) and ``surface_water`` (GB 3838-2002; colours are convention)."""
