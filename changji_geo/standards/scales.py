"""Colour scales fixed by national standards, read from ``scales.toml`` and ``air/air_aqi.toml``."""

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
    return {"aqi": _of_index()} | {
        name: tuple(StandardStep(**step) for step in table["steps"]) for name, table in tables.items()
    }


def _of_index() -> tuple[StandardStep, ...]:
    """The classes of the air quality index, straight from their table: importing the air room would load pandas."""
    text = Path(__file__).with_name("air").joinpath("air_aqi.toml").read_text(encoding="utf-8")
    classes = tomllib.loads(text)["classes"]
    first = [0, *(c["upper"] + 1 for c in classes)]
    spans = [f"{low} – {c['upper']}" for low, c in zip(first, classes, strict=False)]
    spans[0], spans[-1] = f"≤ {classes[0]['upper']}", f"> {classes[-2]['upper']}"
    return tuple(
        StandardStep(f"{c['category']}（{span}）", "#{:02x}{:02x}{:02x}".format(*c["rgb"]), upper=c["upper"])
        for c, span in zip(classes, spans, strict=True)
    )


STANDARD_SCALES: dict[str, tuple[StandardStep, ...]] = _read()
"""``aqi`` (HJ 633-2012 and -2026 table A.1) and ``surface_water`` (GB 3838-2002; colours are convention)."""
