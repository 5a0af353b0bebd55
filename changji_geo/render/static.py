"""A `Scene` -> the printed map: PNG, PDF or SVG, or a matplotlib figure. Everything drawn was decided in the Scene.

The figure is drawn once and saved to each file. Page and map share one coordinate system, millimetres from the lower left
corner of the sheet: there are no axes. Text stays text: in PDF as Type 3 fonts (valid, searchable, and far quicker to write
than Type 42, which matplotlib gets wrong for CFF faces), in SVG with an embedded subset (see `sheet.svg`). The halo of a
label is a separate outline beneath it, since a path effect would turn the text itself into outlines.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from changji_geo.errors import InputError, near_match
from changji_geo.files import write_atomic
from changji_geo.render.fonts import resolve_fonts
from changji_geo.render.sheet.annotate import annotate
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
from changji_geo.render.sheet.paper import Paper, Rect
from changji_geo.render.sheet.readback import LayerDrawing, describe_static
from changji_geo.render.sheet.scalebar import ScaleBlock
from changji_geo.scene_model import Scene

__all__ = ["DRAW", "LayerDrawing", "MapFigure", "describe_static", "draw_figure", "render_static"]

_RC = {
    "pdf.fonttype": 3,
    "pdf.compression": 6,
    "svg.fonttype": "none",
    "svg.hashsalt": "changji-geo",
    "path.simplify": True,
    "path.snap": False,
    "text.hinting": "no_hinting",
    "text.usetex": False,
    "text.parse_math": False,
    "lines.scale_dashes": False,
    "agg.path.chunksize": 0,
}


class MapFigure(Figure):
    """A drawn map: a matplotlib figure that also knows its frame and its labels.

    Attributes
    ----------
    map_frame : MapFrame
        Scale, extent and the way from degrees to millimetres.
    layout : Layout
        The boxes of the page.
    placed, dropped : tuple of (layer id, feature id)
        Labels drawn, and labels for which there was no room.
    """

    map_frame: MapFrame
    layout: Layout
    placed: tuple[tuple[str, str], ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()


@contextmanager
def print_settings() -> Iterator[None]:
    """The defaults of matplotlib with our settings, whatever the caller has set; the caller's settings come back afterwards."""
    skip = {"backend", "backend_fallback", "interactive"}
    known = {key: value for key, value in mpl.rcParamsDefault.items() if key not in skip}
    with mpl.rc_context():
        dict.update(mpl.rcParams, known)
        mpl.rcParams.update(_RC)  # type: ignore[arg-type]
        yield


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
    """Draw a map.

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
    with print_settings():
        return _draw(scene)


def _draw(scene: Scene) -> MapFigure:
    theme = scene.theme
    fonts = resolve_fonts(theme, (*scene.texts(), *page_texts(scene)))
    width, height = scene.page_size_mm
    figure = MapFigure(figsize=(width / 25.4, height / 25.4), dpi=scene.dpi, facecolor=theme.page)
    FigureCanvasAgg(figure)
    paper = Paper(figure, fonts, theme)
    projection = Projection(scene.projection)
    extent = Extent.of(scene.bbox, projection)
    top, right, bottom, left = theme.margins_mm
    page = Rect(left, bottom, width - right, height - top)
    strip = strip_width(scene)
    body = Rect(
        page.left,
        page.bottom + footer_height(paper, scene, page),
        page.right,
        page.top - title_height(paper, scene, page),
    )
    layout = arrange(
        body, strip=strip, extent=extent, side=scene.legend_side,
        parts_at=_LazyParts(lambda scale: _parts(paper, scene, projection, scale)),
    )  # fmt: skip
    frame = MapFrame(layout.map_box.inset(strip), extent, projection)
    draw_title(paper, scene, page)
    draw_footer(paper, scene, page)
    drawn = [
        DRAW[layer.kind](paper, frame, layer, 10.0 + number * 0.1)
        for number, layer in enumerate(scene.layers)
        if layer.visible
    ]
    draw_frame(paper, scene, frame, layout.map_box, 10.0 + 0.1 * _areas_below(drawn) - 0.05)
    placement = annotate(paper, frame, drawn)
    for block, box in layout.places:
        if isinstance(block, ScaleBlock):
            block.frame = frame
        block.draw(box)
    if layout.legend and layout.parts.legend:
        place = layout.legend
        layout.parts.legend.draw(place.left, place.top, place.width, place.columns)
    figure.map_frame, figure.layout = frame, layout
    figure.placed, figure.dropped = placement
    return figure


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


def _png(figure: Figure, scene: Scene) -> Callable[[], bytes]:
    from PIL import Image

    figure.set_dpi(scene.dpi)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    width, height = canvas.get_width_height()
    pixels = canvas.buffer_rgba()  # type: ignore[no-untyped-call]

    def encode() -> bytes:
        image = Image.frombuffer("RGBA", (width, height), pixels.cast("B"), "raw", "RGBA", 0, 1).convert("RGB")
        buffer = io.BytesIO()
        image.save(buffer, format="png", dpi=(scene.dpi, scene.dpi), compress_level=1)
        return buffer.getvalue()

    return encode


def _pdf(figure: Figure, scene: Scene) -> Callable[[], bytes]:
    from matplotlib.backends.backend_pdf import FigureCanvasPdf

    buffer = io.BytesIO()
    about = {
        "Title": scene.title,
        "Subject": scene.description or None,
        "Creator": "changji-geo",
        "Producer": None,
        "CreationDate": None,
    }
    FigureCanvasPdf(figure).print_pdf(buffer, metadata=about)  # type: ignore[no-untyped-call]
    return buffer.getvalue


def _svg(figure: Figure, scene: Scene) -> Callable[[], bytes]:
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    from changji_geo.render.sheet.svg import embed_fonts

    buffer = io.StringIO()
    about = {
        "Title": scene.title,
        "Description": scene.description or None,
        "Date": None,
        "Creator": None,
        "Format": None,
        "Type": None,
    }
    FigureCanvasSVG(figure).print_svg(buffer, metadata=about)  # type: ignore[no-untyped-call]
    fonts = resolve_fonts(scene.theme, ())
    return embed_fonts(buffer.getvalue(), figure, fonts, scene.theme).encode


SAVE: dict[str, Callable[[Figure, Scene], Callable[[], bytes]]] = {".png": _png, ".pdf": _pdf, ".svg": _svg}
"""File ending -> how the figure is drawn; what comes back gives the bytes and no longer touches the figure."""


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
    for target in targets:
        if target.suffix.lower() not in SAVE:
            raise InputError(
                f"不支持的文件类型“{target.suffix or '（没有后缀）'}”",
                where=str(target),
                expected="、".join(SAVE),
                fix=near_match(target.suffix.lower(), SAVE),
            )
    if not targets:
        return ()
    figure = draw_figure(scene)
    with print_settings(), ThreadPoolExecutor(1) as pool:  # a PNG is compressed while the PDF is drawn
        finishing = [pool.submit(SAVE[target.suffix.lower()](figure, scene)) for target in targets]
        return tuple(write_atomic(target, data.result()) for target, data in zip(targets, finishing, strict=True))
