"""A sheet of paper: lines, boxes and texts in millimetres from the lower left corner -> artists of a matplotlib figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from matplotlib.artist import Artist
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Bbox, Transform, TransformedBbox

from changji_geo.render.fonts import FontSet
from changji_geo.render.markers import MARKERS
from changji_geo.render.sheet.text import wrap
from changji_geo.scene_model import Symbol
from changji_geo.theme import Theme
from changji_geo.types import Marker

MM_PER_POINT = 25.4 / 72
ASCENT = 0.88
LEADING = 1.36
"""Line spacing and height above the baseline, in font sizes; both fit Chinese faces."""


class Rect(NamedTuple):
    """A box on the page in millimetres, y up."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """Left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Bottom to top."""
        return self.top - self.bottom

    def inset(self, margin: float) -> Rect:
        """The box, smaller by `margin` on every side (larger if negative)."""
        return Rect(self.left + margin, self.bottom + margin, self.right - margin, self.top - margin)

    def contains(self, other: Rect, slack: float = 1e-6) -> bool:
        """Whether `other` lies within."""
        return (
            self.left - slack <= other.left
            and self.bottom - slack <= other.bottom
            and self.right + slack >= other.right
            and self.top + slack >= other.top
        )


class PageText(Text):
    """A line of text that knows which part of the page it is, so that the drawing can be read back."""

    role: tuple[str, ...] = ()
    panel: int | None = None


def mm(points: float) -> float:
    """Points to millimetres."""
    return points * MM_PER_POINT


def rgba(color: str, opacity: float = 1.0) -> tuple[float, float, float, float]:
    """``#rrggbb`` and an opacity as matplotlib takes it."""
    return (int(color[1:3], 16) / 255, int(color[3:5], 16) / 255, int(color[5:7], 16) / 255, opacity)


def _outline(marker: Marker) -> Outline:
    codes: list[int] = []
    points: list[tuple[float, float]] = []
    kinds = {"M": Outline.MOVETO, "L": Outline.LINETO, "C": Outline.CURVE4, "Z": Outline.CLOSEPOLY}
    for name, corners in MARKERS[marker]:
        corners = corners or (points[0],)
        points += corners
        codes += [int(kinds[name])] * len(corners)
    return Outline(points, codes)


OUTLINES: dict[Marker, Outline] = {name: _outline(name) for name in MARKERS}
"""Marker outlines as matplotlib paths, one diameter in size."""


@dataclass(frozen=True)
class Paper:
    """The sheet being drawn on; ``panel`` numbers the map of a sheet with several, for what is drawn in it."""

    figure: Figure
    fonts: FontSet
    theme: Theme
    panel: int | None = None
    _wrapped: dict[tuple[str, float, float, bool], tuple[str, ...]] = field(default_factory=dict, repr=False)

    @property
    def transform(self) -> Transform:
        """Millimetres to the device."""
        return Affine2D().scale(1 / 25.4) + self.figure.dpi_scale_trans

    def add(self, artist: Artist, *, zorder: float = 3.0, gid: str | None = None) -> Artist:
        """Put an artist on the sheet."""
        artist.set_zorder(zorder)
        if gid:
            artist.set_gid(gid if self.panel is None else f"panel-{self.panel}/{gid}")
        self.figure.add_artist(artist)
        return artist

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """Length of a line in millimetres; `size` in points."""
        return mm(self.fonts.width(text, size, bold=bold))

    def wrap(self, text: str, width: float, size: float, *, bold: bool = False) -> tuple[str, ...]:
        """Lines of `text` no wider than `width` millimetres."""
        key = (text, width, size, bold)
        if key not in self._wrapped:
            whole = "\n" not in text and self.width(text.rstrip(), size, bold=bold) <= width
            self._wrapped[key] = (text,) if whole else wrap(text, width, lambda s: self.width(s, size, bold=bold))
        return self._wrapped[key]

    def text(
        self,
        x: float,
        baseline: float,
        text: str,
        size: float,
        *,
        color: str | None = None,
        bold: bool = False,
        align: str = "left",
        rotation: float = 0.0,
        role: tuple[str, ...] = (),
        zorder: float = 6.0,
    ) -> PageText:
        """One line of plain text (never mathematics), standing on `baseline`."""
        artist = PageText(
            x, baseline, text if align == "left" else text.strip(),
            fontproperties=self.fonts.properties(size, bold=bold),
            color=color or self.theme.text, ha=align, va="baseline", rotation=rotation, rotation_mode="anchor",
            parse_math=False, transform=self.transform, usetex=False,
        )  # fmt: skip
        artist.role, artist.panel = role, self.panel
        self.add(artist, zorder=zorder)
        return artist

    def lines(
        self, x: float, top: float, lines: Sequence[str], size: float, *, leading: float = LEADING, **style: Any
    ) -> float:
        """Lines under one another from `top` down; returns where the next one would start."""
        for line in lines:
            self.text(x, top - mm(size) * (ASCENT + (leading - 1) / 2), line, size, **style)
            top -= mm(size) * leading
        return top

    def shape(
        self,
        outline: Outline,
        *,
        fill: tuple[float, float, float, float] | str = "none",
        stroke: tuple[float, float, float, float] | str = "none",
        width: float = 0.0,
        zorder: float = 3.0,
        gid: str | None = None,
        clip: Rect | None = None,
    ) -> PathPatch:
        """A filled or stroked outline in millimetres; `width` in points."""
        patch = PathPatch(
            outline, facecolor=fill, edgecolor=stroke if width else "none", linewidth=width,
            transform=self.transform, joinstyle="miter", capstyle="butt",
        )  # fmt: skip
        self.add(patch, zorder=zorder, gid=gid)
        if clip:
            self.clip(patch, clip)
        return patch

    def clip(self, artist: Artist, box: Rect) -> None:
        """Draw `artist` inside `box` only; a box, since Agg draws ragged edges on long lines through a clip *path*."""
        artist.set_clip_box(TransformedBbox(Bbox.from_extents(*box), self.transform))

    def rect(self, box: Rect, **style: Any) -> PathPatch:
        """A box; see `shape`."""
        corners = [(box.left, box.bottom), (box.right, box.bottom), (box.right, box.top), (box.left, box.top), box[:2]]
        return self.shape(Outline(corners, closed=True), **style)

    def line(
        self, points: Sequence[tuple[float, float]], *, color: str, width: float, opacity: float = 1.0, **style: Any
    ) -> PathPatch:
        """A line through points."""
        return self.shape(Outline(points), stroke=rgba(color, opacity), width=width, **style)

    def marker(
        self, x: float, y: float, symbol: Symbol, *, size: float, opacity: float, gid: str | None = None
    ) -> PathCollection:
        """A point symbol at a place, `size` points in diameter."""
        artist = PathCollection(
            [OUTLINES[symbol.marker]], sizes=[size**2], offsets=[(x, y)], offset_transform=self.transform,
            facecolors=[rgba(symbol.fill, symbol.fill_opacity * opacity)],
            edgecolors=[rgba(symbol.stroke, symbol.stroke_opacity * opacity)] if symbol.stroke_width else "none",
            linewidths=[symbol.stroke_width],
        )  # fmt: skip
        artist.set_transform(Affine2D())
        self.add(artist, zorder=6, gid=gid)
        return artist
