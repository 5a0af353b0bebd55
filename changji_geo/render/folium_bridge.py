"""Our page as a folium map: a real `folium.Map` whose figure composes the same page that `html_page` makes.

Everything is set on the instances. Folium keeps its lists of internet links and its templates on the classes, where a
change would reach every later map of the process.
"""

from __future__ import annotations

from typing import Any

import folium
from branca.element import Element, Figure, MacroElement
from folium.template import Template

from changji_geo.render.page import Extras, compose
from changji_geo.render.payload import scene_json
from changji_geo.scene_model import Scene


class SceneLayers(MacroElement):
    """The layers of a scene as a child of a folium map; the page's script draws them before anything added later."""

    def __init__(self, scene: Scene, *, name: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "SceneLayers"
        self._id = name.removeprefix("map_")
        self.scene = scene

    def render(self, **kwargs: Any) -> str:
        """Nothing goes through folium's templates, which would evaluate ``{{ }}`` in a text; see `ScenePage`."""
        return ""

    def _get_self_bounds(self) -> list[list[float | None]]:
        west, south, east, north = self.scene.bbox
        return [[south, west], [north, east]]


class ScenePage(Figure):
    """The figure around the map: renders what was added, then composes our page with it."""

    def __init__(self, layers: SceneLayers) -> None:
        super().__init__(height="640")
        self._id = layers._id
        self.title = layers.scene.title
        self.layers = layers
        for part, word in ((self.header, "header"), (self.html, "html"), (self.script, "script")):
            part._id = f"{layers._id}_{word}"
            part._children.clear()

    def render(self, **kwargs: Any) -> str:
        """The whole page; without additions exactly `html_page`."""
        for child in self._children.values():
            child.render(**kwargs)
        layers = self.layers
        name = f"map_{layers._id}"
        parts = [_joined(part, **kwargs) for part in (self.header, self.html, self.script)]
        extras = Extras(*parts) if any(parts) else None
        return compose(layers.scene, scene_json(layers.scene, map_name=name), map_name=name, extras=extras)


def build_folium_map(scene: Scene, *, name: str) -> folium.Map:
    """A folium map of the scene, with ids that depend on the scene's id only."""
    west, south, east, north = scene.bbox
    made = folium.Map(location=[(south + north) / 2, (west + east) / 2], tiles=None)
    made._id = name.removeprefix("map_")
    made.default_js = []
    made.default_css = []
    made._template = Template("")
    layers = SceneLayers(scene, name=name)
    ScenePage(layers).add_child(made)
    made.add_child(layers)
    return made


def _joined(part: Element, **kwargs: Any) -> str:
    """The text of a figure's part; folium's own wrapping whitespace left out."""
    texts = (child.render(**kwargs).strip() for child in part._children.values())
    return "\n".join(text for text in texts if text).replace("\r\n", "\n")
