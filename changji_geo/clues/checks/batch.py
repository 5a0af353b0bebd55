"""Clues -> arrays that the checks measure at once, and where each lies over a layer of polygons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from changji_geo.clues.checks.context import AreaLayer
from changji_geo.clues.model import Clue
from changji_geo.crs import CGCS2000
from changji_geo.ellipsoid import area_m2
from changji_geo.errors import InputError
from changji_geo.spatial.overlay import overlay_shares
from changji_geo.spatial.validity import valid_shapes

Ints = NDArray[np.int64]

NO_SHAPE = "没有几何图形，无法量算"
"""Why a clue without a usable geometry is unclear; further such reasons are in `Batch.faults`."""


class Hit(NamedTuple):
    """A feature of a layer that a clue meets: its row, and the clue's area in it; both None for points."""

    row: int
    area_m2: float | None
    share: float | None


@dataclass(frozen=True)
class Batch:
    """Clues as arrays. ``areas`` and ``points`` are positions of the polygons and points that can be measured.

    ``area_m2`` is NaN except for those polygons; ``faults`` says for every other clue why it cannot be measured.
    """

    clues: tuple[Clue, ...]
    shapes: NDArray[np.object_]
    areas: Ints
    points: Ints
    area_m2: NDArray[np.float64]
    faults: dict[int, str]
    met: dict[int, tuple[AreaLayer, list[tuple[Hit, ...]]]] = field(default_factory=dict, repr=False, compare=False)
    """What `hits_over` found, for several checks ask it of one layer."""


def read_batch(clues: Iterable[Clue]) -> Batch:
    """Sort clues by what can be measured of them.

    Raises
    ------
    InputError
        When two clues have the same id.
    """
    given = tuple(clues)
    seen: set[str] = set()
    for clue in given:
        if clue.id in seen:
            raise InputError(f"线索编号“{clue.id}”出现了两次", expected="每条线索一个不同的编号", fix="检查台账")
        seen.add(clue.id)
    shapes = np.empty(len(given), dtype=object)
    shapes[:] = [clue.geometry for clue in given]
    kind = shapely.get_type_id(shapes)
    there = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    finite = np.ones(len(shapes), dtype=bool)
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    finite[owner[~np.isfinite(xy).all(axis=1)]] = False
    polygon = np.isin(kind, (3, 6)) & there & finite
    valid = np.zeros(len(shapes), dtype=bool)
    valid[polygon] = valid_shapes(shapes[polygon])
    own = np.full(len(shapes), np.nan)
    own[valid] = area_m2(shapes[valid])
    usable = valid & (own > 0)
    own[~usable] = np.nan
    point = (kind == 0) & there & finite
    faults = {}
    for i in np.flatnonzero(~(usable | point)).tolist():
        if not there[i]:
            faults[i] = NO_SHAPE
        elif not finite[i]:
            faults[i] = "坐标里有无穷大或空值，无法量算"
        elif not polygon[i]:
            faults[i] = f"几何类型是 {shapes[i].geom_type}，不是面或单个点，无法量算"
        else:
            faults[i] = f"几何无效或面积为 0（{shapely.is_valid_reason(shapes[i])}），先修复再核查"
    return Batch(given, shapes, np.flatnonzero(usable), np.flatnonzero(point), own, faults)


def frame_of(shapes: Sequence[shapely.Geometry] | NDArray[np.object_]) -> gpd.GeoDataFrame:
    """Geometries in degrees on CGCS2000 as a frame."""
    return gpd.GeoDataFrame(geometry=np.asarray(shapes, dtype=object), crs=CGCS2000)


def hits_over(batch: Batch, layer: AreaLayer) -> list[tuple[Hit, ...]]:
    """For each clue the features it lies in, in the layer's order.

    Polygons have their ellipsoidal area in each; a point has every feature that holds it, on a common border both.
    """
    # The layer is kept beside its hits, so that no other one can get its id.
    known = batch.met.get(id(layer))
    if known is None:
        known = batch.met[id(layer)] = (layer, _hits(batch, layer))
    return known[1]


def _hits(batch: Batch, layer: AreaLayer) -> list[tuple[Hit, ...]]:
    out: list[list[Hit]] = [[] for _ in batch.clues]
    if len(batch.areas):
        table = overlay_shares(frame_of(batch.shapes[batch.areas]), layer.frame.reset_index(drop=True))
        rows = (batch.areas[table["feature_id"].to_numpy()], table["zone_id"], table["area_m2"], table["share"])
        for i, row, area, share in zip(*(np.asarray(column).tolist() for column in rows), strict=True):
            out[i].append(Hit(row, area, share))
    if len(batch.points):
        # The tree prepares the side that asks: the polygons.
        row, at = shapely.STRtree(batch.shapes[batch.points]).query(layer.shapes, predicate="covers")
        order = np.lexsort((row, at))
        for i, k in zip(batch.points[at[order]].tolist(), row[order].tolist(), strict=True):
            out[i].append(Hit(k, None, None))
    return [tuple(found) for found in out]


def area_words(square_metres: float) -> str:
    """An area as a reason states it.

    Examples
    --------
    >>> area_words(12345.678), area_words(0.25)
    ('12,346 平方米', '0.25 平方米')
    """
    return f"{square_metres:,.0f} 平方米" if square_metres >= 100 else f"{square_metres:.2f} 平方米"
