"""A `Scene` -> the compact JSON text that the page's script draws from.

Coordinates are whole numbers of 1e-5 degree (about 1 m), each vertex as the difference from the one before it, longitude
first; the last vertex of a ring is left out. Texts travel as JSON strings and nowhere else, so no markup is ever built
from them.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from changji_geo.classify import format_number
from changji_geo.errors import InputError
from changji_geo.render.markers import MARKER_BOXES, MARKERS
from changji_geo.render.shared_scale import layer_explained_by
from changji_geo.render.time_payload import moving_layers, series_data, time_data
from changji_geo.scene_frames import standing_rows
from changji_geo.scene_model import Basemap, PopupRow, Scene, SceneClass, SceneFeature, SceneLayer, SceneTime, Symbol
from changji_geo.types import ACCURACY_ZH, Kind, LonLat, Marker

SCALE = 100_000
"""Units per degree of a stored coordinate."""

DRAW: Mapping[Kind, str] = {
    "fill": "drawAreas",
    "choropleth": "drawClasses",
    "category": "drawClasses",
    "line": "drawLines",
    "point": "drawMarkers",
    "proportional": "drawCircles",
    "label": "drawLabels",
    "surface": "drawClasses",
    "raster": "refuse",
    "packed": "refuse",
}
"""Kind of layer -> the function of the page's script that draws it; ``refuse`` raises here, before any page is made."""

Shape = Literal["area", "line", "point", "none"]

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_SURROGATE = re.compile("[\ud800-\udfff]")


def scene_json(scene: Scene, *, map_name: str) -> str:
    """The page's data block.

    Parameters
    ----------
    scene : Scene
        What to draw.
    map_name : str
        Name of the map's element and of the script variable that holds it.

    Returns
    -------
    str
        JSON without ``<``, ``>``, ``&``, U+2028 and U+2029, safe inside ``<script type="application/json">``.

    Raises
    ------
    InputError
        A layer of a kind that cannot be drawn, or a colour that is not ``#rrggbb``.
    """
    return script_safe_json(_scene(scene, map_name))


def script_safe_json(value: object) -> str:
    r"""JSON that can stand inside a script element: what HTML or old JavaScript would read differently is escaped.

    Examples
    --------
    >>> script_safe_json({"a": "</script>"})
    '{"a":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return _SURROGATE.sub(lambda m: f"\\u{ord(m[0]):04x}", text)


def _scene(scene: Scene, map_name: str) -> dict[str, Any]:
    time = scene.time if moving_layers(scene) else None
    return {
        "map": map_name,
        "title": scene.title,
        "description": scene.description,
        "bbox": [round(float(v), 6) for v in scene.bbox],
        "search": scene.search,
        "filters": [[one.title, list(one.options)] for one in scene.filters],
        "graticule": _color(scene.theme.graticule) if scene.html_graticule else "",
        "notes": list(scene.notes),
        "sources": [[s.title, s.attribution, s.licence, s.retrieved, ACCURACY_ZH[s.accuracy]] for s in scene.sources],
        "figures": [[f.name, f.value, f.unit, f.area, f.period, f.source] for f in scene.figures],
        "basemap": _basemap(scene.basemap) if scene.basemap else None,
        "markers": {name: _marker(name) for name in _markers_used(scene)},
        "layers": _explained(
            [_layer(layer, [one.options for one in scene.filters], time) for layer in scene.layers], scene.layers
        ),
        **({"time": time_data(time)} if time else {}),
    }


def _markers_used(scene: Scene) -> list[Marker]:
    return sorted({item.symbol.marker for layer in scene.layers for item in layer.classes})


def _marker(name: Marker) -> dict[str, Any]:
    """A marker's outline and box in diameters, y down as on a screen."""
    left, bottom, right, top = MARKER_BOXES[name]
    outline = [[command, *(_flat(points))] for command, points in MARKERS[name]]
    return {"path": outline, "box": [round(v, 4) for v in (left, -top, right, -bottom)]}


def _flat(points: Iterable[tuple[float, float]]) -> list[float]:
    return [round(v, 4) for x, y in points for v in (x, -y)]


def _layer(layer: SceneLayer, options: Sequence[Sequence[str]], time: SceneTime | None) -> dict[str, Any]:
    draw = DRAW[layer.kind]
    if draw == "refuse":
        raise InputError(
            f"kind = {layer.kind} 的图层还不能画到网页上",
            where=f"图层 {layer.id}",
            fix="改用 fill、choropleth、category、surface、line、point、proportional 或 label",
        )
    shape = _shape(layer)
    style = layer.label_style
    features = [_feature(feature, shape, options) for feature in layer.features]
    moving = {}
    if time and layer.series:
        moving["series"] = series_data(layer, layer.series, len(time.times))
        for place, feature in enumerate(features):
            feature["popup"] = _rows(standing_rows(layer, place, time.shown))
    return {
        "id": layer.id,
        "title": layer.title,
        "kind": layer.kind,
        "draw": draw,
        "shape": shape,
        "unit": layer.unit,
        "legend": layer.legend,
        "counts": layer.show_counts,
        "visible": layer.visible,
        "opacity": float(layer.opacity),
        "interactive": layer.interactive,
        "accuracy": ACCURACY_ZH[layer.accuracy] if layer.accuracy in ("approximate", "schematic") else "",
        "note": layer.note,
        "labels": [float(style.size), _color(style.color), _color(style.halo), style.bold],
        "classes": [_class(item) for item in layer.classes],
        "steps": [[float(step.size), step.label] for step in layer.size_steps],
        "features": features,
        **moving,
    }


def _explained(made: list[dict[str, Any]], layers: Sequence[SceneLayer]) -> list[dict[str, Any]]:
    """Layers with the place of the layer that a legend explains as well, where there is one."""
    for layer, data in zip(layers, made, strict=True):
        other = layer_explained_by(layer, layers)
        if other is not None:
            data["explains"] = next(n for n, one in enumerate(layers) if one is other)
    return made


def _shape(layer: SceneLayer) -> Shape:
    """What a layer is drawn as: its kind decides, and its geometry where the kind leaves it open."""
    if layer.kind == "label":
        return "none"
    if layer.kind == "line":
        return "line"
    if layer.kind in ("point", "proportional"):
        return "point"
    return layer.geometry


def _class(item: SceneClass) -> dict[str, Any]:
    return {"label": item.label, "count": item.count, "missing": item.missing, "symbol": _symbol(item.symbol)}


def _symbol(symbol: Symbol) -> list[Any]:
    """Nine values, in the order that ``symbols.js`` reads them."""
    return [
        _color(symbol.fill),
        float(symbol.fill_opacity),
        _color(symbol.stroke),
        float(symbol.stroke_width),
        float(symbol.stroke_opacity),
        [float(v) for v in symbol.dash],
        symbol.hatch,
        symbol.marker,
        float(symbol.size),
    ]


def _feature(feature: SceneFeature, shape: Shape, options: Sequence[Sequence[str]]) -> dict[str, Any]:
    out: dict[str, Any] = {
        "id": feature.id,
        "name": feature.name,
        "class": feature.class_index,
        "at": _position(feature.anchor),
        "shape": list(_parts(feature, shape)),
    }
    if feature.outline is not None:
        out["outline"] = list(_areas(feature.outline))
    if feature.filters:
        out["filter"] = [texts.index(text) for texts, text in zip(options, feature.filters, strict=True)]
    if feature.label:
        out["label"] = feature.label
    if feature.size is not None:
        out["size"] = float(feature.size)
    value = _value_text(feature.value)
    if value:
        out["value"] = value
    if feature.popup:
        out["popup"] = _rows(feature.popup)
    return out


def _rows(rows: Iterable[PopupRow]) -> list[list[str]]:
    return [[row.caption, row.text] for row in rows]


def _value_text(value: float | str | None) -> str:
    """A value for the hover box, written as the legend writes numbers; nothing for a missing one.

    Examples
    --------
    >>> _value_text(45.5), _value_text(3.0), _value_text(float("nan"))
    ('45.5', '3', '')
    """
    if value is None or isinstance(value, str):
        return value or ""
    if not math.isfinite(value):
        return ""
    return format_number(value)


def _parts(feature: SceneFeature, shape: Shape) -> Iterator[Any]:
    """Coordinates as the script draws them: areas [[outer, hole...]...], lines [line...], points [[x, y, dx, dy...]]."""
    if shape == "none":
        return
    geometry = feature.geometry
    pieces = list(_simple_parts(geometry))
    if shape == "area":
        yield from _areas(geometry)
    elif shape == "line":
        for piece in pieces:
            if piece.geom_type == "Polygon":
                yield from (_deltas(ring) for ring in (piece.exterior, *piece.interiors))
            elif piece.geom_type in ("LineString", "LinearRing"):
                yield _deltas(piece)
    else:
        points = [(piece.x, piece.y) for piece in pieces if piece.geom_type == "Point"]
        if feature.size is not None or not points:
            points = [(feature.anchor.lon, feature.anchor.lat)]
        yield _encode(np.asarray(points, dtype=float))


def _areas(geometry: BaseGeometry) -> Iterator[Any]:
    for piece in _simple_parts(geometry):
        if piece.geom_type == "Polygon":
            yield [_deltas(ring, closed=True) for ring in (piece.exterior, *piece.interiors)]


def _simple_parts(geometry: BaseGeometry) -> Iterable[Any]:
    if geometry is None or geometry.is_empty:
        return []
    parts = shapely.get_parts(geometry)
    if any(part.geom_type.startswith(("Multi", "GeometryCollection")) for part in parts):
        return [piece for part in parts for piece in _simple_parts(part)]
    return [part for part in parts if not part.is_empty]


def _deltas(line: BaseGeometry, *, closed: bool = False) -> list[int]:
    coordinates = shapely.get_coordinates(line)
    return _encode(coordinates[:-1] if closed else coordinates)


def _encode(coordinates: NDArray[np.float64]) -> list[int]:
    """Whole numbers, each vertex as the difference from the last; vertices that fall together are kept once."""
    whole = np.rint(coordinates * SCALE).astype(np.int64)
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    keep = np.any(steps != 0, axis=1)
    keep[:1] = True
    out: list[int] = steps[keep].ravel().tolist()
    return out


def _position(at: LonLat) -> list[int]:
    return [round(at.lon * SCALE), round(at.lat * SCALE)]


def _basemap(basemap: Basemap) -> dict[str, Any]:
    return {
        "urls": list(basemap.urls),
        "subdomains": basemap.subdomains,
        "tiles": {
            f"{z}/{x}/{y}": f"data:{tile.mime};base64,{base64.b64encode(tile.data).decode('ascii')}"
            for (z, x, y), tile in sorted(basemap.tiles.items())
        },
        "minZoom": basemap.min_zoom,
        "maxZoom": basemap.max_zoom,
        "opacity": float(basemap.opacity),
    }


def _color(text: str) -> str:
    if not _COLOR.fullmatch(text):
        raise InputError(f"颜色“{text}”的写法不对", expected="#rrggbb，如 #1f78b4")
    return text
