"""Point symbols as outlines in one place: a marker's name -> path commands, drawn alike on paper and on screen.

Coordinates are in units of the symbol's diameter, x to the right, **y up**, with the position at (0, 0). All markers but
``drop`` are centred on it; the tip of ``drop`` stands on it. Sizes are chosen so that equal diameters look equally heavy.
"""

from __future__ import annotations

import math
from typing import Literal

from changji_geo.types import Marker

Command = tuple[Literal["M", "L", "C", "Z"], tuple[tuple[float, float], ...]]
"""Move, line, cubic Bézier (two controls and the end) or close."""

_KAPPA = 0.5522847498
_DROP_RADIUS = 0.42
_DROP_CENTRE = 0.78


def _polygon(*points: tuple[float, float]) -> tuple[Command, ...]:
    return (("M", (points[0],)), *(("L", (p,)) for p in points[1:]), ("Z", ()))


def _circle(radius: float) -> tuple[Command, ...]:
    r, c = radius, radius * _KAPPA
    return (
        ("M", ((r, 0.0),)),
        ("C", ((r, c), (c, r), (0.0, r))),
        ("C", ((-c, r), (-r, c), (-r, 0.0))),
        ("C", ((-r, -c), (-c, -r), (0.0, -r))),
        ("C", ((c, -r), (r, -c), (r, 0.0))),
        ("Z", ()),
    )


def _star() -> tuple[Command, ...]:
    radii = (0.62, 0.26)
    turns = [math.pi / 2 + math.pi / 5 * k for k in range(10)]
    return _polygon(*((radii[k % 2] * math.cos(t), radii[k % 2] * math.sin(t)) for k, t in enumerate(turns)))


def _cross() -> tuple[Command, ...]:
    a, b = 0.17, 0.52
    return _polygon(
        (-a, b), (a, b), (a, a), (b, a), (b, -a), (a, -a), (a, -b), (-a, -b), (-a, -a), (-b, -a), (-b, a), (-a, a)
    )


def _drop() -> tuple[Command, ...]:
    r, y, c = _DROP_RADIUS, _DROP_CENTRE, _DROP_RADIUS * _KAPPA
    return (
        ("M", ((0.0, 0.0),)),
        ("C", ((0.10, 0.26), (r, y - 0.32), (r, y))),
        ("C", ((r, y + c), (c, y + r), (0.0, y + r))),
        ("C", ((-c, y + r), (-r, y + c), (-r, y))),
        ("C", ((-r, y - 0.32), (-0.10, 0.26), (0.0, 0.0))),
        ("Z", ()),
    )


_HALF = math.sqrt(math.pi) / 4  # a square of the circle's area has sides of 0.886 diameters

MARKERS: dict[Marker, tuple[Command, ...]] = {
    "circle": _circle(0.5),
    "square": _polygon((-_HALF, -_HALF), (_HALF, -_HALF), (_HALF, _HALF), (-_HALF, _HALF)),
    "triangle": _polygon((-0.56, -0.42), (0.56, -0.42), (0.0, 0.58)),
    "diamond": _polygon((0.0, -0.6), (0.5, 0.0), (0.0, 0.6), (-0.5, 0.0)),
    "star": _star(),
    "cross": _cross(),
    "drop": _drop(),
}
"""Outline of every marker."""

MARKER_BOXES: dict[Marker, tuple[float, float, float, float]] = {
    name: (
        min(x for _, points in commands for x, _ in points),
        min(y for _, points in commands for _, y in points),
        max(x for _, points in commands for x, _ in points),
        max(y for _, points in commands for _, y in points),
    )
    for name, commands in MARKERS.items()
}
"""What every marker covers: left, bottom, right, top in diameters (control points included, so a little generous)."""
