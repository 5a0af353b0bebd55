"""A `Scene` and a box on a sheet -> the map drawn there, or as a picture; in the package's own symbols, fonts and frame."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import lru_cache

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.path import Path as Outline
from matplotlib.transforms import Affine2D

from changji_geo.crs import CHANGJI_ALBERS
from changji_geo.errors import CRSError
from changji_geo.render.fonts import FontSet
from changji_geo.render.sheet.annotate import annotate
from changji_geo.render.sheet.data import DRAW, add_hatch, style
from changji_geo.render.sheet.frame import Extent, MapFrame, Projection
from changji_geo.render.sheet.furniture import draw_frame, strip_width
from changji_geo.render.sheet.paper import OUTLINES, Paper, Rect, mm, rgba
from changji_geo.render.sheet.scalebar import ScaleBlock
from changji_geo.scene_model import Scene, SceneClass, SceneLayer

BAND = 9.0
"""Height under a zone map for its scale bar and legend, millimetres."""

_BAR = 50.0
_SWATCH = (4.4, 2.4)


@lru_cache(maxsize=16)
def _projection(definition: str) -> Projection:
    return Projection(definition)


def draw_map(paper: Paper, scene: Scene, box: Rect) -> MapFrame:
    """Draw a scene's layers, frame and labels.

    Parameters
    ----------
    paper : Paper
    scene : Scene
        In the Albers of the prefecture where its own projection does not suit the extent.
    box : Rect
        The outer frame, millimetres on the sheet.

    Returns
    -------
    MapFrame

    Raises
    ------
    CRSError
        When neither projection can show the extent.
    """
    inner = box.inset(strip_width(scene))
    frame = MapFrame(inner, *_placed(scene))
    drawn = [DRAW[layer.kind](paper, frame, layer, 10.0 + n * 0.1) for n, layer in enumerate(scene.layers)]
    draw_frame(paper, scene, frame, box, 10.0 + 0.1 * len(drawn) - 0.15)
    annotate(paper, frame, drawn)
    return frame


def _placed(scene: Scene) -> tuple[Extent, Projection]:
    try:
        return Extent.of(scene.bbox, _projection(scene.projection)), _projection(scene.projection)
    except CRSError:
        wide = _projection(CHANGJI_ALBERS)
        return Extent.of(scene.bbox, wide), wide


def inner_aspect(scene: Scene, width: float, height: float) -> float:
    """Width over height of the map itself in a zone map of a size in millimetres."""
    rim = 2 * strip_width(replace(scene, furniture=("graticule",)))
    return (width - rim) / (height - BAND - rim)


def draw_zone_map(paper: Paper, scene: Scene, box: Rect) -> None:
    """Draw a clue's zone map: the map, under it scale bar and legend; or why there is none."""
    outer = Rect(box.left, box.bottom + BAND, box.right, box.top)
    try:
        frame = draw_map(paper, scene, outer)
    except CRSError:
        paper.rect(box, stroke=rgba(paper.theme.frame), width=0.5)
        text = "线索在制图投影的适用范围之外，不能作图；请核对坐标"
        paper.text((box.left + box.right) / 2, (box.bottom + box.top) / 2, text, 7.0, align="center")
        return
    bar = ScaleBlock(paper, _with_bar(scene), 1.0)
    bar.frame = frame
    bar.draw(Rect(box.left + 1.0, box.bottom, box.left + _BAR, box.bottom + BAND - 0.3))
    _draw_legend(paper, scene, Rect(box.left + _BAR + 4.0, box.bottom, box.right, box.bottom + BAND - 1.0))


def _with_bar(scene: Scene) -> Scene:
    return replace(scene, furniture=("scale_bar",))


def legend_entries(scene: Scene) -> list[tuple[SceneLayer, SceneClass]]:
    """What the legend of a zone map names, the clue first: only classes that have a feature in the scene."""
    out = []
    for layer in reversed(scene.layers):
        used = {feature.class_index for feature in layer.features}
        out += [(layer, item) for n, item in enumerate(layer.classes) if layer.legend and n in used]
    return out


def _draw_legend(paper: Paper, scene: Scene, box: Rect) -> None:
    size = paper.theme.sizes.legend
    step = mm(size) * 1.5
    x, top = box.left, box.top
    for layer, item in legend_entries(scene):
        width = _SWATCH[0] + 1.0 + paper.width(item.label, size) + 3.0
        if x > box.left and x + width > box.right + 3.0:
            x, top = box.left, top - step
        _draw_swatch(paper, layer, item, x, top - step * 0.62)
        paper.text(x + _SWATCH[0] + 1.0, top - mm(size) * 1.08, item.label, size)
        x += width


def _draw_swatch(paper: Paper, layer: SceneLayer, item: SceneClass, x: float, middle: float) -> None:
    wide, high = _SWATCH
    if layer.geometry == "point":
        paper.marker(x + wide / 2, middle, item.symbol, size=min(item.symbol.size, 6.0), opacity=1.0)
        return
    box = np.array([[x, middle - high / 2], [x + wide, middle - high / 2], [x + wide, middle + high / 2],
                    [x, middle + high / 2], [x, middle - high / 2]])  # fmt: skip
    artist = PathCollection([Outline(box, closed=True)], **style(item.symbol, layer.opacity))
    artist.set_transform(paper.transform)
    add_hatch(artist, item.symbol)
    paper.add(artist, zorder=6)


def draw_here(paper: Paper, x: float, y: float) -> None:
    """The mark of the clue on the location map."""
    artist = PathCollection(
        [OUTLINES["circle"]], sizes=[5.2**2], offsets=[(x, y)], offset_transform=paper.transform,
        facecolors=["none"], edgecolors=[rgba("#d0021b")], linewidths=[1.5],
    )  # fmt: skip
    artist.set_transform(Affine2D())
    paper.add(artist, zorder=60)


def new_sheet(width: float, height: float, fonts: FontSet, scene: Scene, dpi: float) -> Paper:
    """An empty sheet of a size in millimetres."""
    figure = Figure(figsize=(width / 25.4, height / 25.4), dpi=dpi, facecolor="#ffffff")
    FigureCanvasAgg(figure)
    return Paper(figure, fonts, scene.theme)


def picture_of(paper: Paper, *, colors: int | None = None) -> bytes:
    """The sheet as PNG, with a palette of so many colours when asked; the same drawing, the same bytes."""
    from PIL import Image

    canvas = paper.figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()  # type: ignore[no-untyped-call]
    width, height = canvas.get_width_height()
    pixels = canvas.buffer_rgba()  # type: ignore[no-untyped-call]
    image = Image.frombuffer("RGBA", (width, height), pixels.cast("B"), "raw", "RGBA", 0, 1).convert("RGB")
    if colors:
        image = image.quantize(colors, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(paper.figure.dpi, paper.figure.dpi), compress_level=6)
    return out.getvalue()
