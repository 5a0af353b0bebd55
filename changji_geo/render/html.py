"""A `Scene` -> the interactive map as one HTML file that opens offline, or as a folium map to build on."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from changji_geo.files import write_atomic
from changji_geo.render.page import compose
from changji_geo.render.payload import DRAW, scene_json
from changji_geo.scene_model import Scene

if TYPE_CHECKING:
    import folium

__all__ = ["DRAW", "folium_map", "html_page", "map_name", "render_html"]


def render_html(scene: Scene, path: Path | str) -> Path:
    """Write the interactive map.

    Parameters
    ----------
    scene : Scene
        What to draw.
    path : path
        The ``.html`` file; it is replaced as a whole.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    InputError
        The scene holds a layer of a kind that cannot be drawn.
    OutputError
        The file cannot be written.
    """
    return write_atomic(path, html_page(scene))


def html_page(scene: Scene) -> str:
    """The interactive map as text: Leaflet, our script, the styles and the data in one page.

    The page makes no request of its own; only a basemap that the map asks for loads images, from its own hosts. The same
    scene gives the same text. It equals what `folium_map` renders while nothing was added to it, but folium (most of a
    second) is not imported.

    Parameters
    ----------
    scene : Scene
        What to draw.

    Returns
    -------
    str
        A whole HTML document.
    """
    name = map_name(scene)
    return compose(scene, scene_json(scene, map_name=name), map_name=name)


def folium_map(scene: Scene) -> folium.Map:
    """The interactive map as a folium map, for a user who wants to add folium objects in Python.

    Whatever is added (markers, GeoJSON, plugins) is drawn over the scene's layers. Markers, popups and shapes work
    offline. A plugin that folium loads from the internet is loaded by the page too: the page's security policy then names
    exactly that address. What a user adds is the user's own code: folium puts popup texts into the page as markup.

    Parameters
    ----------
    scene : Scene
        What to draw.

    Returns
    -------
    folium.Map
        Its only child is the `SceneLayers` element. ``save(path)`` writes the page; other maps of the process are not
        affected.

    Examples
    --------
    >>> import folium  # doctest: +SKIP
    >>> m = folium_map(scene)  # doctest: +SKIP
    >>> folium.Marker([44.01, 87.31], popup="局址").add_to(m).get_root().save("map.html")  # doctest: +SKIP
    """
    from changji_geo.render.folium_bridge import build_folium_map

    return build_folium_map(scene, name=map_name(scene))


def map_name(scene: Scene) -> str:
    """Id of the map's element: the same for the same scene id, and a valid name in HTML, CSS and JavaScript."""
    return "map_" + hashlib.sha256(scene.id.encode("utf-8", "surrogatepass")).hexdigest()[:12]
