"""A `Scene` -> the printed map: PNG, PDF or SVG, or a matplotlib figure. Everything drawn was decided in the Scene.

The figure is drawn once and saved to each file. Page and map share one coordinate system, millimetres from the lower left
corner of the sheet: there are no axes. The halo of a label is a separate outline beneath it, since a path effect would turn
the text itself into outlines. A Scene in time with several printed moments becomes a sheet of small maps with one legend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from changji_geo.render.fonts import resolve_fonts
from changji_geo.render.sheet.annotate import Keys, annotate
from changji_geo.render.sheet.blocks import Block, CreditsBlock, FiguresBlock, page_texts
from changji_geo.render.sheet.data import DRAW, Drawn
from changji_geo.render.sheet.frame import Extent, MapFrame, Projection
from changji_geo.render.sheet.furniture import (
    draw_footer,
    draw_frame,
    draw_title,
    footer_height,
    strip_width,
    title_height,
)
from changji_geo.render.sheet.layout import Layout, Parts, arrange, scales
from changji_geo.render.sheet.legend import LegendBlock
from changji_geo.render.sheet.location import InsetBlock
from changji_geo.render.sheet.panels import (
    PANEL_FINENESS,
    PANEL_GAP,
    PANEL_STRIP,
    Captions,
    Panel,
    at_one_moment,
    draw_panel,
    panels_of,
    sheet_scene,
)
from changji_geo.render.sheet.paper import Paper, Rect
from changji_geo.render.sheet.readback import LayerDrawing, describe_static
from changji_geo.render.sheet.saving import SAVE, check_endings, print_settings, save_figure
from changji_geo.render.sheet.scalebar import ScaleBlock
from changji_geo.render.sheet.tiling import Tiling
from changji_geo.scene_model import Scene

__all__ = [
    "DRAW",
    "SAVE",
    "LayerDrawing",
    "MapFigure",
    "describe_static",
    "draw_figure",
    "print_settings",
    "render_static",
]


class MapFigure(Figure):
    """A drawn map: a matplotlib figure that also knows its frame and its labels.

    Attributes
    ----------
    map_frame : MapFrame
        Scale, extent and the way from degrees to millimetres; of a sheet of small maps that of the first.
    frames : tuple of int
        The moments of the small maps, in their order (`Scene.time`); empty for an ordinary map.
    layout : Layout
        The boxes of the page.
    placed, dropped : tuple of (layer id, feature id)
        Labels drawn, and labels for which there was no room; of small maps those of all, one after another.
    """

    map_frame: MapFrame
    frames: tuple[int, ...] = ()
    layout: Layout
    placed: tuple[tuple[str, str], ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()


def _parts(paper: Paper, scene: Scene, projection: Projection, scale: float) -> Parts:
    shown = set(scene.furniture)
    blocks: list[Block] = []
    if "figures" in shown and scene.figures:
        blocks.append(FiguresBlock(paper, scene, scale))
    if "inset" in shown and scene.inset is not None:
        blocks.append(InsetBlock(paper, scene, projection, scale))
    if scene.crs_text or shown & {"scale_bar", "north_arrow"}:
        blocks.append(ScaleBlock(paper, scene, scale))
    credits_block = CreditsBlock(paper, scene, scale)
    if credits_block.paragraphs:
        blocks.append(credits_block)
    legend = LegendBlock(paper, scene.layers, scale) if "legend" in shown else None
    return Parts(scale, legend if legend and legend.layers else None, tuple(blocks))


def draw_figure(scene: Scene) -> MapFigure:
    """Draw a map, or, of a Scene in time with more than one printed moment, a sheet of small maps.

    Parameters
    ----------
    scene : Scene

    Returns
    -------
    MapFigure
        With ``map_frame``, ``layout``, and the labels ``placed`` and ``dropped``.

    Raises
    ------
    FontError
        No Chinese font, or a character that no font has.
    CRSError
        A projection that cannot be used for this extent.
    InputError
        A layer kind that print cannot draw, or furniture that leaves no room for the map.
    """
    panels = panels_of(scene)
    with print_settings():
        return _draw(sheet_scene(scene) if panels else at_one_moment(scene), panels)


def _draw(scene: Scene, panels: tuple[Panel, ...]) -> MapFigure:
    theme = scene.theme
    said = [text for panel in panels for text in (panel.label, panel.remark, *panel.values().values())]
    fonts = resolve_fonts(theme, (*scene.texts(), *page_texts(scene), *said))
    width, height = scene.page_size_mm
    figure = MapFigure(figsize=(width / 25.4, height / 25.4), dpi=scene.dpi, facecolor=theme.page)
    FigureCanvasAgg(figure)
    paper = Paper(figure, fonts, theme)
    projection = Projection(scene.projection)
    extent = Extent.of(scene.bbox, projection)
    top, right, bottom, left = theme.margins_mm
    page = Rect(left, bottom, width - right, height - top)
    captions = Captions(paper, panels)
    tiling = (
        Tiling(extent, PANEL_STRIP, len(panels), PANEL_GAP, captions.height)
        if panels
        else Tiling(extent, strip_width(scene))
    )
    body = Rect(
        page.left,
        page.bottom + footer_height(paper, scene, page),
        page.right,
        page.top - title_height(paper, scene, page),
    )
    layout = arrange(
        body, tiling=tiling, side=scene.legend_side,
        parts_at=_LazyParts(lambda scale: _parts(paper, scene, projection, scale)),
    )  # fmt: skip
    draw_title(paper, scene, page)
    draw_footer(paper, scene, page)
    cells = tiling.cells(layout.map_box)
    frames = [MapFrame(cell.inner, extent, projection, PANEL_FINENESS if panels else 0.0) for cell in cells]
    if panels:
        found = [draw_panel(paper, n, panels[n], frames[n], cell) for n, cell in enumerate(cells)]
        placement = tuple(key for placed, _ in found for key in placed), tuple(key for _, off in found for key in off)
        for number, cell in enumerate(cells):
            captions.draw(number, cell.head)
    else:
        placement = _draw_map(paper, scene, frames[0], layout.map_box)
    for block, box in layout.places:
        if isinstance(block, ScaleBlock):
            block.frame = frames[0]
        block.draw(box)
    if layout.legend and layout.parts.legend:
        place = layout.legend
        layout.parts.legend.draw(place.left, place.top, place.width, place.columns)
    figure.map_frame, figure.layout, figure.frames = frames[0], layout, tuple(panel.frame for panel in panels)
    figure.placed, figure.dropped = placement
    return figure


def _draw_map(paper: Paper, scene: Scene, frame: MapFrame, outer: Rect) -> tuple[Keys, Keys]:
    """One map as large as the page allows, in a double frame; gives the labels drawn and left out."""
    drawn = [
        DRAW[layer.kind](paper, frame, layer, 10.0 + number * 0.1)
        for number, layer in enumerate(scene.layers)
        if layer.visible
    ]
    draw_frame(paper, scene, frame, outer, 10.0 + 0.1 * _areas_below(drawn) - 0.05)
    return annotate(paper, frame, drawn)


def _areas_below(drawn: list[Drawn]) -> int:
    """How many layers lie under the graticule: all up to the first that is not an area."""
    return next((n for n, d in enumerate(drawn) if d.layer.geometry != "area"), len(drawn))


class _LazyParts(tuple[Parts, ...]):
    """The blocks at each text scale, built only when that scale is tried."""

    def __new__(cls, build: Callable[[float], Parts]) -> _LazyParts:
        made = super().__new__(cls)
        made._build = build
        return made

    _build: Callable[[float], Parts]

    def __iter__(self) -> Iterator[Parts]:
        return (self._build(scale) for scale in scales())


def render_static(scene: Scene, *paths: Path | str) -> tuple[Path, ...]:
    """Draw a map once and save it to each path, as its ending says: ``.png``, ``.pdf`` or ``.svg``.

    Parameters
    ----------
    scene : Scene
    *paths : path
        Files to write; each is written whole or not at all. Same scene, same bytes.

    Returns
    -------
    tuple of pathlib.Path
        The files, in the order given.

    Raises
    ------
    InputError
        An unknown file ending (before anything is drawn), and what `draw_figure` raises.
    OutputError
        A file that cannot be written.
    """
    targets = [Path(path) for path in paths]
    check_endings(targets)
    return save_figure(draw_figure(scene), scene, targets) if targets else ()
