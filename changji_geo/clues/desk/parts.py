"""A batch of clues -> the same batch in parts, each of which can be checked by itself, in this process or in others.

A clue's results hang on the layers, on the clues of its own batch that lie on it, and on those of earlier batches that do: a part
has these beside its own clues. The parts hang on the clues alone, so that it makes no difference which process checks them.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from changji_geo.clues.checks.context import CheckContext
from changji_geo.clues.checks.running import run_checks
from changji_geo.clues.desk.spelling import Spelled, Speller
from changji_geo.clues.model import Clue
from changji_geo.clues.resting_collector import rest_collector
from changji_geo.clues.settings import ClueSettings

PART = 12_500
"""Clues in a part: fewer, and grids and trees are built more often than they pay for."""

_DEGREE_M = 110_500.0
"""No degree of latitude is shorter on the ellipsoid."""


class Part(NamedTuple):
    """Clues to check, others of the batch that touch them, and those of earlier batches that do."""

    clues: tuple[Clue, ...]
    beside: tuple[Clue, ...]
    earlier: tuple[Clue, ...]


def cut_parts(
    clues: Sequence[Clue], earlier: Sequence[Clue], settings: ClueSettings, *, size: int = PART
) -> list[Part]:
    """Cut a batch into parts of so many clues, in their order; a batch that is small is one part."""
    if len(clues) <= size:
        return [Part(tuple(clues), (), tuple(earlier))]
    reach_m = max(settings.duplicates.point_m, settings.earlier.point_m)
    asking = _widened(_boxes(clues), reach_m)
    own, old = shapely.STRtree(_rectangles(_boxes(clues))), shapely.STRtree(_rectangles(_boxes(earlier)))
    parts = []
    for start in range(0, len(clues), size):
        stop = min(start + size, len(clues))
        boxes = _rectangles(asking[start:stop])
        near = np.unique(own.query(boxes)[1])
        near = near[(near < start) | (near >= stop)]
        before = np.unique(old.query(boxes)[1]).tolist()
        # One is left where there are any: the results say whether there are earlier clues at all.
        kept = before or range(min(len(earlier), 1))
        parts.append(
            Part(tuple(clues[start:stop]), tuple(clues[i] for i in near.tolist()), tuple(earlier[i] for i in kept))
        )
    return parts


def _boxes(clues: Sequence[Clue]) -> NDArray[np.float64]:
    shapes = np.empty(len(clues), dtype=object)
    shapes[:] = [clue.geometry for clue in clues]
    return np.asarray(shapely.bounds(shapes), dtype=float).reshape(len(clues), 4)


def _rectangles(boxes: NDArray[np.float64]) -> NDArray[np.object_]:
    """None for what has no extent or none that is finite."""
    found = np.full(len(boxes), None, dtype=object)
    there = np.isfinite(boxes).all(axis=1)
    found[there] = shapely.box(*boxes[there].T)
    return found


def _widened(boxes: NDArray[np.float64], metres: float) -> NDArray[np.float64]:
    lat = metres / _DEGREE_M
    steepest = np.nan_to_num(np.abs(boxes[:, (1, 3)]).max(axis=1))
    lon = lat / np.maximum(np.cos(np.radians(np.minimum(steepest, 90.0))), 0.01)
    north = np.full(len(boxes), lat)
    return np.asarray(boxes + np.column_stack([-lon, -north, lon, north]))


@rest_collector()
def check_part(part: Part, context: CheckContext) -> list[Spelled]:
    """Run the checks on the clues of a part; their results in their order, spelled."""
    found = run_checks(part.clues, dataclasses.replace(context, earlier=part.earlier), beside=part.beside)
    speller = Speller(context.settings)
    return [speller.spell(results) for results in found.values()]


class Packed(NamedTuple):
    """Clues on their way to another process: only what checks look at, shapes as WKB (None: the original is the working one)."""

    words: list[tuple[Any, ...]]
    shapes: list[bytes | None]
    originals: list[bytes | None]


def pack_clues(clues: Sequence[Clue], settings: ClueSettings) -> Packed:
    """Pack clues; `unpack_clues` gives clues of which the checks say the same."""
    words = [
        (c.id, c.batch, c.observed, c.dropped, *(_picked(t, settings) for t in (c.attributes, c.fields))) for c in clues
    ]
    other = [None if c.original is c.geometry else c.original for c in clues]
    return Packed(words, _wkb([c.geometry for c in clues]), _wkb(other))


def _picked(table: Mapping[str, Any], settings: ClueSettings) -> dict[str, Any]:
    return {key: table[key] for key in settings.activity_fields if key in table}


def _wkb(shapes: Sequence[shapely.Geometry | None]) -> list[bytes | None]:
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return list(shapely.to_wkb(array))


def unpack_clues(packed: Packed) -> tuple[Clue, ...]:
    """The clues again, with what checks look at."""
    shapes, others = (shapely.from_wkb(np.array([*wkb, None], dtype=object))[:-1] for wkb in packed[1:])
    return tuple(
        Clue(
            clue_id,
            batch,
            "",
            shape if other is None else other,
            shape,
            "待核查",
            observed,
            attributes,
            fields,
            dropped,
        )
        for (clue_id, batch, observed, dropped, attributes, fields), shape, other in zip(
            packed.words, shapes, others, strict=True
        )
    )


def name_results(parts: Sequence[Part], found: Sequence[list[Spelled]]) -> dict[str, Spelled]:
    """The results of parts by clue id."""
    clues = itertools.chain.from_iterable(part.clues for part in parts)
    return {clue.id: one for clue, one in zip(clues, itertools.chain.from_iterable(found), strict=True)}
