"""A workspace -> what the maps of a batch of cards show: the scene of each zone scheme, and the window around each clue.

The layers are settled once for a batch by `changji_geo.scene.build_scene`; a clue's own scene is the same with only what its
window meets, and with its outline on top.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from changji_geo.anchors import label_anchor
from changji_geo.catalog import layer_file, load_layer
from changji_geo.clues.checks.context import ZONE_COLUMNS
from changji_geo.clues.facts import ClueFacts
from changji_geo.clues.settings import ClueSettings
from changji_geo.crs import CHANGJI_ALBERS
from changji_geo.ellipsoid import geod
from changji_geo.gauss_kruger import zone_of
from changji_geo.resources import Workspace
from changji_geo.scene import build_scene
from changji_geo.scene_model import Scene, SceneClass, SceneFeature, SceneLayer, Symbol
from changji_geo.scene_text import clean_text
from changji_geo.spec import MapSpec
from changji_geo.standards.reserves import ZONE_SCHEMES, ZoneScheme, zone_scheme
from changji_geo.theme import LabelStyle
from changji_geo.types import BBox, LonLat

LEAST_M = 1500.0
"""Shorter side of the smallest window of a zone map, metres."""

AROUND = 4.0
"""How many times larger than the patch the window is, at least."""

PATCH_COLOR = "#d0021b"
_PATCH = Symbol(PATCH_COLOR, 0.12, PATCH_COLOR, 1.5, marker="circle", size=6.5)
_PATCH_TITLE = "线索图斑"
_POINT_TITLE = "线索点位"
_ZONE_COLORS = {
    "核心区": "#b5382a", "缓冲区": "#ee9d4d", "实验区": "#9ac77b", "核心保护区": "#cb6b5f", "一般控制区": "#b3d39c",
}  # fmt: skip
_BORDERS = ("县（市）界", "州界")
"""Layers that the legend names only where a border is seen: everything lies inside them."""

_WORLD = [60.0, 25.0, 120.0, 58.0]
_DATELESS = "dateless"


@dataclass(frozen=True)
class CardViews:
    """The maps of a batch.

    ``schemes`` hold a scene for each zone scheme and one for clues without a date. ``location`` is the base of the location
    map. ``titles`` and ``hashes`` are those of the layers the checks know, by id, as they are now.
    """

    schemes: dict[str, Scene]
    location: Scene
    titles: dict[str, str]
    hashes: dict[str, str]

    @cached_property
    def schematic(self) -> tuple[str, ...]:
        """Titles of the layers drawn that are schematic, as the layers call themselves."""
        layers = [x for scene in (*self.schemes.values(), self.location) for x in scene.layers]
        sources = dict.fromkeys(x.id.partition("-")[2] for x in layers if x.accuracy == "schematic")
        return tuple(self.titles[source] for source in sources if source in self.titles)

    def zone_scene(self, facts: ClueFacts, *, aspect: float) -> Scene:
        """The scene of one clue's zone map.

        Parameters
        ----------
        facts : ClueFacts
        aspect : float
            Width of the map over its height.

        Returns
        -------
        Scene
            By the scheme of the clue's own date; zones are not told apart without one. In the Gauss-Krueger zone of the
            clue, so that distances on the page are those of the coordinates on the card.
        """
        observed = facts.clue.observed
        base = self.schemes[_DATELESS if observed is None else zone_scheme(observed).id]
        bbox = window(facts.clue.geometry, aspect)
        layers = [seen for layer in base.layers if (seen := _seen(layer, bbox, facts.clue.geometry)) is not None]
        zone = zone_of(facts.lon) if 72.0 <= facts.lon < 138.0 else None
        return replace(
            base,
            bbox=bbox,
            layers=(*layers, *_patch(facts)),
            projection=f"EPSG:{zone.epsg(prefixed=False)}" if zone else CHANGJI_ALBERS,
            page_size_mm=(210.0, 297.0),
        )


def window(geometry: shapely.Geometry, aspect: float) -> BBox:
    """The box around a clue: `AROUND` times its size, the shorter side at least `LEAST_M`, of the proportions asked for.

    Parameters
    ----------
    geometry : shapely geometry
        Longitude/latitude on CGCS2000.
    aspect : float
        Width over height.
    """
    west, south, east, north = shapely.bounds(geometry).tolist()
    lon, lat = (west + east) / 2, (south + north) / 2
    _, _, (wide, high) = geod().inv([west, lon], [lat, south], [east, lon], [lat, north])
    height = max(AROUND * max(wide / aspect, high), LEAST_M / min(aspect, 1.0))
    east, _, _ = geod().fwd(lon, lat, 90.0, height * aspect / 2)
    _, north, _ = geod().fwd(lon, lat, 0.0, height / 2)
    _, south, _ = geod().fwd(lon, lat, 180.0, height / 2)
    return BBox(lon - (east - lon), south, east, north)


def build_views(workspace: Workspace, settings: ClueSettings) -> CardViews:
    """Load and settle what the maps of cards show.

    Raises
    ------
    LayerError, SpecError
        When a layer of the workspace is missing or cannot be drawn.
    """
    ids = settings.layers
    known = [i for i in ids.model_dump().values() if i in workspace.layer_ids]
    loaded = {i: load_layer(i, workspace).meta for i in known}
    return CardViews(
        {
            **{s.id: _small(_build(_zone_layers(workspace, settings, s), workspace)) for s in ZONE_SCHEMES},
            _DATELESS: _small(_build(_zone_layers(workspace, settings, None), workspace)),
        },
        replace(_small(_build(_location_layers(workspace, settings), workspace, extent=ids.prefecture)), furniture=()),
        {i: clean_text(meta.title) for i, meta in loaded.items()},
        {i: hashlib.sha256(layer_file(meta).read_bytes()).hexdigest() for i, meta in loaded.items()},
    )


def _build(layers: list[dict[str, Any]], workspace: Workspace, *, extent: str | list[float] = _WORLD) -> Scene:
    spec = MapSpec.model_validate({"title": "核查卡", "extent": extent, "padding": 0.02, "layers": layers})
    return build_scene(spec, map_id="card", workspace=workspace)


def _small(scene: Scene) -> Scene:
    """With the text sizes of a map that is a part of a page."""
    sizes = scene.theme.sizes.model_copy(update={"furniture": 5.4, "legend": 6.2})
    return replace(scene, theme=scene.theme.model_copy(update={"sizes": sizes}), crs_text="", furniture=("graticule",))


def _zone_layers(workspace: Workspace, settings: ClueSettings, scheme: ZoneScheme | None) -> list[dict[str, Any]]:
    ids, there = settings.layers, workspace.layer_ids
    out: list[dict[str, Any]] = []
    if "neighbours" in there:
        out.append({"source": "neighbours", "kind": "fill", "symbol": "context", "legend": False})
    out.append(
        {"source": ids.counties, "kind": "fill", "symbol": "county", "title": _BORDERS[0], "counts": False}
    )  # fmt: skip
    others = _other_areas(workspace, settings)
    if others:
        out.append(
            {"source": ids.protected_areas, "kind": "fill", "symbol": "reserve", "where": {"id": others},
             "title": "其他自然保护地", "label": "name", "label_style": {"size": 6.5, "color": "#2c5c8a"},
             "style": {"fill": "#7fb2d9", "fill_opacity": 0.25, "stroke": "#2c6ea6"}, "counts": False}
        )  # fmt: skip
    if ids.water_zones in there:
        out.append(
            {"source": ids.water_zones, "kind": "fill", "symbol": "reserve", "title": "饮用水水源保护区", "counts": False,
             "style": {"fill": "#4aa3df", "fill_opacity": 0.3, "stroke": "#1d78c1"}}
        )  # fmt: skip
    out += _reserve_layers(workspace, settings, scheme)
    if ids.red_line in there:
        out.append(
            {"source": ids.red_line, "kind": "fill", "symbol": "reserve", "title": "生态保护红线", "counts": False,
             "style": {"fill_opacity": 0.0, "stroke": "#e0338a", "stroke_width": 1.0, "dash": [3.0, 1.5]}}
        )  # fmt: skip
    out.append(
        {"source": ids.prefecture, "kind": "fill", "symbol": "prefecture_line", "title": _BORDERS[1], "counts": False}
    )
    return out


def _reserve_layers(workspace: Workspace, settings: ClueSettings, scheme: ZoneScheme | None) -> list[dict[str, Any]]:
    """The reserves by zone; in one colour where there is no date, or where the layer does not give that scheme's zones.

    Features of one zone are drawn as one: what were core and buffer zone may be one zone of the other scheme.
    """
    source = settings.layers.reserves
    plain: dict[str, Any] = {"source": source, "symbol": "reserve", "counts": False, "kind": "fill"}
    if scheme is None:
        return [{**plain, "title": "自然保护区（无影像日期，不分区）"}]
    column = ZONE_COLUMNS[scheme.id]
    frame = load_layer(source, workspace).frame
    cells = {str(v).strip() for v in frame[column].dropna()} if column in frame else set()
    zones = [z for z in scheme.zones if z in cells]
    out = []
    if not zones or frame[column].isna().any() or "" in cells:
        out.append({**plain, "title": f"自然保护区（图层没有给出{scheme.title}分区）"})
    if zones:
        out.append(
            {**plain, "kind": "category", "column": column, "title": f"功能区（{scheme.title}）", "label": column,
             "where": {column: zones}, "dissolve": column,
             "label_style": {"size": 7.0, "color": "#3a2a1c", "bold": True},
             "style": {"fill_opacity": 0.42, "stroke": "#7a4a2a", "stroke_width": 0.9},
             "categories": [{"value": z, "color": _ZONE_COLORS[z]} for z in zones]}
        )  # fmt: skip
    return out


def _other_areas(workspace: Workspace, settings: ClueSettings) -> list[str]:
    """Ids of the protected areas that are no reserve with zones, told by name as the checks do."""
    ids = settings.layers
    if ids.protected_areas not in workspace.layer_ids:
        return []
    reserves, areas = load_layer(ids.reserves, workspace).frame, load_layer(ids.protected_areas, workspace).frame
    names = set(map(str, reserves["reserve" if "reserve" in reserves else "name"]))
    return [str(i) for i, name in zip(areas["id"], areas["name"], strict=True) if str(name) not in names]


def _location_layers(workspace: Workspace, settings: ClueSettings) -> list[dict[str, Any]]:
    ids = settings.layers
    context: list[dict[str, Any]] = (
        [{"source": "neighbours", "kind": "fill", "symbol": "context", "legend": False, "interactive": False}]
        if "neighbours" in workspace.layer_ids
        else []
    )
    return [
        *context,
        {"source": ids.counties, "kind": "fill", "symbol": "county", "title": "县（市）", "label": "name",
         "label_style": {"size": 5.0, "color": "#3d352b"}, "style": {"stroke_width": 0.4}},
        {"source": ids.reserves, "kind": "fill", "symbol": "reserve", "title": "自然保护区",
         "style": {"stroke_width": 0.0, "fill_opacity": 0.55}},
        {"source": ids.prefecture, "kind": "fill", "symbol": "prefecture_line", "title": "州界",
         "style": {"stroke_width": 0.9}},
    ]  # fmt: skip


def _seen(layer: SceneLayer, bbox: BBox, patch: shapely.Geometry) -> SceneLayer | None:
    """The layer with only what meets the window, its labels beside the clue; None when nothing does."""
    box = shapely.box(*bbox)
    shapes = np.array([f.geometry for f in layer.features], dtype=object)
    hits = np.flatnonzero(shapely.intersects(shapes, box))
    if not len(hits):
        return None
    free = _free_room(bbox, patch)
    features = tuple(_beside(layer.features[i], free, bbox) for i in hits.tolist())
    there = layer.title not in _BORDERS or bool(shapely.intersects(shapely.boundary(shapes[hits]), box).any())
    return replace(layer, features=features, legend=layer.legend and there)


def _free_room(bbox: BBox, patch: shapely.Geometry) -> shapely.Geometry:
    """The window without its rim and without the surroundings of the clue."""
    dx, dy = (bbox.east - bbox.west) * 0.05, (bbox.north - bbox.south) * 0.05
    west, south, east, north = shapely.bounds(patch).tolist()
    rim = shapely.box(bbox.west + dx, bbox.south + dy, bbox.east - dx, bbox.north - dy)
    room: shapely.Geometry = shapely.difference(
        rim, shapely.box(west - 2 * dx, south - 2 * dy, east + 2 * dx, north + 2 * dy)
    )
    return room


def _beside(feature: SceneFeature, free: shapely.Geometry, bbox: BBox) -> SceneFeature:
    if not feature.label:
        return feature
    room = shapely.intersection(shapely.make_valid(feature.geometry), free)
    parts = [part for part in shapely.get_parts(room) if part.geom_type == "Polygon" and part.area > 0]
    if not parts:
        return replace(feature, label="")
    return replace(feature, anchor=label_anchor(max(parts, key=lambda part: float(part.area)), bbox))


def _patch(facts: ClueFacts) -> tuple[SceneLayer, SceneLayer]:
    """The clue, and beneath it a white rim that keeps its outline legible on any colour."""
    geometry: Any = facts.clue.geometry
    point = bool(shapely.get_dimensions(geometry) == 0)
    title = _POINT_TITLE if point else _PATCH_TITLE
    feature = SceneFeature(facts.clue.id, facts.clue.id, geometry, 0, LonLat(facts.lon, facts.lat))
    symbol = replace(_PATCH, fill_opacity=1.0, stroke="#ffffff", stroke_width=1.0) if point else _PATCH
    rim = replace(_PATCH, fill_opacity=0.0, stroke="#ffffff", stroke_width=3.4, size=8.0)

    def layer(layer_id: str, look: Symbol, *, legend: bool) -> SceneLayer:
        return SceneLayer(
            layer_id, title, "point" if point else "fill", "point" if point else "area",
            (SceneClass(title, look, 1),), (feature,), LabelStyle(), show_counts=False, legend=legend,
        )  # fmt: skip

    return layer("98-rim", rim, legend=False), layer("99-clue", symbol, legend=True)
