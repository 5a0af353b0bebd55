"""The map's data: a layer of the Scene and a frame -> matplotlib collections that know their features.

Features keep the Scene's order: neighbours of the same class share one collection, so hundreds of polygons cost as little as
one. Proportional symbols are drawn largest first. A feature outside the frame stays in its collection with an empty outline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
import shapely
from matplotlib.collections import PathCollection
from matplotlib.path import Path as Outline
from matplotlib.transforms import Affine2D
from numpy.typing import NDArray
from shapely.geometry import MultiPoint
from shapely.geometry.base import BaseGeometry

from changji_geo.errors import InputError
from changji_geo.render.markers import MARKER_BOXES
from changji_geo.render.sheet.frame import MapFrame
from changji_geo.render.sheet.paper import OUTLINES, Paper, Rect, mm, rgba
from changji_geo.scene_model import SceneFeature, SceneLayer, Symbol
from changji_geo.types import Hatch, Kind

HATCHES: dict[Hatch, str] = {"": "", "/": "////", "\\": "\\\\\\\\", "x": "xxxx", ".": "..."}
HATCH_WIDTH = 0.45
_SEAM = 0.3
_EMPTY = Outline(np.empty((0, 2)))


class FeatureCollection(PathCollection):
    """Some features of one class, in drawing order; what was drawn can be read back from it.

    ``seams``: the edge has the colour of the fill and only closes the hairlines between neighbours.
    """

    layer_id: str = ""
    class_index: int = 0
    feature_ids: tuple[str, ...] = ()
    panel: int | None = None
    seams: bool = False


@dataclass(frozen=True)
class Drawn:
    """What labels need to know of a drawn layer: every feature's outline on paper and the boxes its point symbols cover."""

    layer: SceneLayer
    outlines: tuple[BaseGeometry, ...]
    symbols: tuple[tuple[Rect, ...], ...]


def _rings(shape: BaseGeometry) -> Iterator[NDArray[np.float64]]:
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon" and not part.is_empty:
            part = shapely.orient_polygons(part)
            yield shapely.get_coordinates(part.exterior)
            for ring in part.interiors:
                yield shapely.get_coordinates(ring)
        elif part.geom_type == "GeometryCollection" and not part.is_empty:
            yield from _rings(part)


def _strings(shape: BaseGeometry) -> Iterator[NDArray[np.float64]]:
    for part in shapely.get_parts(shape):
        if part.geom_type in ("LineString", "LinearRing") and not part.is_empty:
            yield shapely.get_coordinates(part)
        elif part.geom_type in ("Polygon", "MultiPolygon"):
            yield from _rings(part)
        elif part.geom_type in ("GeometryCollection", "MultiLineString") and not part.is_empty:
            yield from _strings(part)


def outline(shape: BaseGeometry, *, closed: bool) -> Outline:
    """One compound path of a geometry; polygon holes run the other way round, so that they stay open."""
    runs = [run for run in (_rings(shape) if closed else _strings(shape)) if len(run) > 1 and np.isfinite(run).all()]
    if not runs:
        return _EMPTY
    codes = np.full(sum(len(run) for run in runs), Outline.LINETO, dtype=Outline.code_type)
    start = 0
    for run in runs:
        codes[start] = Outline.MOVETO
        if closed:
            codes[start + len(run) - 1] = Outline.CLOSEPOLY
        start += len(run)
    return Outline(np.concatenate(runs), codes)


def style(symbol: Symbol, opacity: float) -> dict[str, Any]:
    """How a symbol is painted, in matplotlib's words."""
    stroke = rgba(symbol.stroke, symbol.stroke_opacity * opacity)
    return {
        "facecolors": [rgba(symbol.fill, symbol.fill_opacity * opacity)],
        "edgecolors": [stroke] if symbol.stroke_width else "none",
        "linewidths": [symbol.stroke_width],
        "linestyles": [(0, symbol.dash)] if symbol.dash else "solid",
        "hatchcolors": [stroke],
        "joinstyle": "round",
        "capstyle": "butt" if symbol.dash else "round",
    }


def add_hatch(artist: PathCollection, symbol: Symbol) -> None:
    """Give a collection its symbol's fill pattern."""
    if symbol.hatch:
        artist.set_hatch(HATCHES[symbol.hatch])
        artist.set_hatch_linewidth(HATCH_WIDTH)


def _runs(features: Sequence[tuple[SceneFeature, Any]]) -> Iterator[tuple[int, list[tuple[SceneFeature, Any]]]]:
    for index, group in groupby(features, key=lambda pair: pair[0].class_index):
        yield index, list(group)


def _place(paper: Paper, artist: FeatureCollection, frame: MapFrame, zorder: float, number: int) -> None:
    artist.panel = paper.panel
    paper.add(artist, zorder=zorder, gid=f"{artist.layer_id}/{artist.class_index}/{number}")
    paper.clip(artist, frame.box)


def _draw_shapes(paper: Paper, frame: MapFrame, layer: SceneLayer, zorder: float) -> Drawn:
    if layer.geometry == "point":
        return _draw_points(paper, frame, layer, zorder)
    shapes = frame.geometries([feature.geometry for feature in layer.features])
    for number, (index, run) in enumerate(_runs(list(zip(layer.features, shapes, strict=True)))):
        symbol = layer.classes[index].symbol
        paint = style(symbol, layer.opacity)
        if layer.geometry == "line":
            paint["facecolors"] = "none"
        artist = FeatureCollection([outline(shape, closed=layer.geometry == "area") for _, shape in run], **paint)
        artist.set_transform(paper.transform)
        artist.layer_id, artist.class_index = layer.id, index
        artist.feature_ids = tuple(feature.id for feature, _ in run)
        if layer.geometry == "area":
            add_hatch(artist, symbol)
        _place(paper, artist, frame, zorder, number)
    return Drawn(layer, tuple(shapes), ((),) * len(shapes))


def _draw_surface(paper: Paper, frame: MapFrame, layer: SceneLayer, zorder: float) -> Drawn:
    """Classes of a surface: polygons without outlines; opaque ones are drawn a hair larger, so that no seam shows."""
    shapes = frame.geometries([feature.geometry for feature in layer.features])
    for number, (index, run) in enumerate(_runs(list(zip(layer.features, shapes, strict=True)))):
        symbol = layer.classes[index].symbol
        solid = symbol.fill_opacity * layer.opacity >= 1.0 and not symbol.hatch
        paint = style(replace(symbol, stroke=symbol.fill, stroke_width=_SEAM if solid else 0.0), layer.opacity)
        artist = FeatureCollection([outline(shape, closed=True) for _, shape in run], **paint)
        artist.set_transform(paper.transform)
        artist.set_antialiased(solid)
        artist.layer_id, artist.class_index, artist.seams = layer.id, index, True
        artist.feature_ids = tuple(feature.id for feature, _ in run)
        if symbol.hatch:
            artist.set_hatchcolor([rgba(symbol.stroke, symbol.stroke_opacity * layer.opacity)])
        add_hatch(artist, symbol)
        _place(paper, artist, frame, zorder, number)
    return Drawn(layer, tuple(shapes), ((),) * len(shapes))


def _cover(at: NDArray[np.float64], symbol: Symbol, size: float) -> Rect:
    left, bottom, right, top = (side * mm(size) for side in MARKER_BOXES[symbol.marker])
    edge = mm(symbol.stroke_width) / 2
    return Rect(at[0] + left - edge, at[1] + bottom - edge, at[0] + right + edge, at[1] + top + edge)


def _draw_points(paper: Paper, frame: MapFrame, layer: SceneLayer, zorder: float) -> Drawn:
    order = sorted(range(len(layer.features)), key=lambda i: -(layer.features[i].size or 0.0))
    places: list[NDArray[np.float64]] = []
    for feature in layer.features:
        spread = feature.size is None and feature.geometry.geom_type in ("Point", "MultiPoint")
        degrees = shapely.get_coordinates(feature.geometry) if spread else np.array([feature.anchor])
        page = frame.to_page(degrees)
        places.append(page[np.isfinite(page).all(axis=1)])
    for number, (index, run) in enumerate(_runs([(layer.features[i], places[i]) for i in order])):
        symbol = layer.classes[index].symbol
        sizes = [feature.size or symbol.size for feature, at in run for _ in at]
        offsets = np.concatenate([at for _, at in run]) if sizes else np.empty((0, 2))
        artist = FeatureCollection(
            [OUTLINES[symbol.marker]], sizes=np.square(sizes), offsets=offsets, offset_transform=paper.transform,
            **style(symbol, layer.opacity),
        )  # fmt: skip
        artist.set_transform(Affine2D())
        artist.layer_id, artist.class_index = layer.id, index
        artist.feature_ids = tuple(feature.id for feature, _ in run)
        add_hatch(artist, symbol)
        _place(paper, artist, frame, zorder, number)
    symbols = tuple(
        tuple(
            _cover(
                xy,
                layer.classes[feature.class_index].symbol,
                feature.size or layer.classes[feature.class_index].symbol.size,
            )
            for xy in at
        )
        for feature, at in zip(layer.features, places, strict=True)
    )
    return Drawn(layer, tuple(MultiPoint(at) for at in places), symbols)


def _draw_labels_only(paper: Paper, frame: MapFrame, layer: SceneLayer, zorder: float) -> Drawn:
    shapes = frame.geometries([feature.geometry for feature in layer.features])
    return Drawn(layer, tuple(shapes), ((),) * len(shapes))


def _refuse(paper: Paper, frame: MapFrame, layer: SceneLayer, zorder: float) -> Drawn:
    raise InputError(
        f"打印图还不能画 kind = {layer.kind} 的图层", where=f"图层 {layer.id}", fix="去掉这个图层，或换一种 kind"
    )


DRAW: dict[Kind, Callable[[Paper, MapFrame, SceneLayer, float], Drawn]] = {
    "fill": _draw_shapes,
    "choropleth": _draw_shapes,
    "category": _draw_shapes,
    "line": _draw_shapes,
    "point": _draw_points,
    "proportional": _draw_points,
    "label": _draw_labels_only,
    "surface": _draw_surface,
    "raster": _refuse,
    "packed": _refuse,
}
"""How each kind of layer is drawn in print; the interactive renderer has a table with the same keys."""
