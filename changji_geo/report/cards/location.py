"""The scene of the prefecture -> the base of the location map, drawn once for a batch; a card adds its own mark."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from changji_geo.render.fonts import FontSet
from changji_geo.render.sheet.frame import Extent, Projection
from changji_geo.render.sheet.paper import Rect
from changji_geo.render.static import print_settings
from changji_geo.report.cards.maps import draw_map, new_sheet, picture_of
from changji_geo.scene_model import Scene

DPI = 240


@dataclass(frozen=True)
class LocationMap:
    """The base of the location map, drawn once for a batch: pixels, and where a position falls, as shares of its size."""

    png: bytes
    pixels: NDArray[np.uint8]
    width_mm: float
    height_mm: float
    origin: tuple[float, float]
    projection: Projection
    mm_per_metre: float

    def place(self, lon: float, lat: float) -> tuple[float, float] | None:
        """Shares of width (from the left) and height (from the top); None where the position is not on the map."""
        x, y = (self.projection.forward(np.array([[lon, lat]]))[0] - self.origin) * self.mm_per_metre
        across, down = 0.5 + x / self.width_mm, 0.5 - y / self.height_mm
        if not (np.isfinite([across, down]).all() and 0 < across < 1 and 0 < down < 1):
            return None
        return float(across), float(down)

    def marked(self, here: tuple[float, float] | None) -> bytes:
        """The base as PNG with a ring around a place, given as shares of width and height."""
        from PIL import Image, ImageDraw

        if here is None:
            return self.png
        with Image.open(io.BytesIO(self.png)) as opened:
            image = opened.convert("RGB")
        x, y = here[0] * image.width, here[1] * image.height
        reach, line = (round(mm * DPI / 25.4) for mm in (1.15, 0.5))
        ImageDraw.Draw(image).ellipse((x - reach, y - reach, x + reach, y + reach), outline="#d0021b", width=line)
        out = io.BytesIO()
        image.quantize(128, dither=Image.Dither.NONE).save(out, "PNG", dpi=(DPI, DPI))
        return out.getvalue()


def draw_location(scene: Scene, fonts: FontSet, *, width: float, most: float) -> LocationMap:
    """Draw the base.

    Parameters
    ----------
    scene : Scene
    fonts : FontSet
    width, most : float
        Width, and greatest height, in millimetres; the height follows from the scene's extent.

    Returns
    -------
    LocationMap
    """
    from PIL import Image

    extent = Extent.of(scene.bbox, Projection(scene.projection))
    height = min(width * extent.height / extent.width, most)
    with print_settings():
        paper = new_sheet(width, height, fonts, scene, DPI)
        frame = draw_map(paper, scene, Rect(0.3, 0.3, width - 0.3, height - 0.3))
        png = picture_of(paper, colors=128)
    with Image.open(io.BytesIO(png)) as opened:
        pixels = np.ascontiguousarray(np.asarray(opened.convert("RGB"))[::-1])
    origin = (frame.extent.x, frame.extent.y)
    return LocationMap(png, pixels, width, height, origin, frame.projection, frame.mm_per_metre)
