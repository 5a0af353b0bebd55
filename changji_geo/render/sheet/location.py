"""The location map: outlines in degrees -> a small map that shows where the main map lies."""

from __future__ import annotations

import numpy as np
import shapely
from matplotlib.path import Path as Outline
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from changji_geo.render.sheet.blocks import heading
from changji_geo.render.sheet.data import outline
from changji_geo.render.sheet.frame import Projection, box_outline
from changji_geo.render.sheet.paper import Paper, Rect, mm, rgba
from changji_geo.scene_model import Scene


class InsetBlock:
    """Where the map lies: outlines, the highlighted area, and the frame of the main map."""

    name = "inset"

    def __init__(self, paper: Paper, scene: Scene, projection: Projection, scale: float) -> None:
        if scene.inset is None:
            raise ValueError("this scene has no inset")
        self.paper, self.inset = paper, scene.inset
        self.size = paper.theme.sizes.furniture * 1.15 * scale
        self._projection = projection
        self._outlines = [self._project(shape) for shape in scene.inset.outlines]
        self._highlight = self._project(scene.inset.highlight)
        bounds = shapely.total_bounds(np.array([*self._outlines, self._highlight], dtype=object))
        self._bounds = bounds if np.isfinite(bounds).all() else np.array([0.0, 0.0, 1.0, 1.0])
        self.least_width, self.best_width = 26.0, 46.0

    def _project(self, shape: BaseGeometry) -> BaseGeometry:
        return shapely.transform(shape, self._projection.forward)

    @property
    def _aspect(self) -> float:
        x0, y0, x1, y1 = self._bounds
        return float(max(min((y1 - y0) / max(x1 - x0, 1.0), 1.6), 0.4))

    @property
    def _head(self) -> float:
        return mm(self.size) * 1.65

    def height(self, width: float) -> float:
        """See `Block`."""
        return self._head + min(width, 62.0) * self._aspect

    def width(self, height: float) -> float:
        """The other way round."""
        return min(max((height - self._head) / self._aspect, self.least_width), 62.0)

    def draw(self, box: Rect) -> None:
        """See `Block`."""
        paper, theme = self.paper, self.paper.theme
        top = heading(paper, box.left, box.top, "位置示意", self.size)
        width = min(box.width, (top - box.bottom) / self._aspect, 62.0)
        frame = Rect(box.left, top - width * self._aspect, box.left + width, top)
        x0, y0, x1, y1 = self._bounds
        scale = min((frame.width - 2.4) / (x1 - x0), (frame.height - 2.4) / (y1 - y0))
        middle = np.array([(frame.left + frame.right) / 2, (frame.bottom + frame.top) / 2])

        def place(
            metres: NDArray[np.float64],
        ) -> NDArray[np.float64]:
            return np.asarray((metres - ((x0 + x1) / 2, (y0 + y1) / 2)) * scale + middle)

        paper.rect(frame, fill=rgba(theme.map_background), zorder=2)
        for shape in self._outlines:
            self._area(
                shapely.transform(shape, place),
                fill=rgba("#ffffff"),
                stroke=rgba(theme.muted_text),
                width=0.4,
                zorder=3,
                clip=frame,
            )
        self._area(
            shapely.transform(self._highlight, place),
            fill=rgba(theme.accent, 0.75),
            stroke=rgba(theme.accent),
            width=0.3,
            zorder=3.1,
            clip=frame,
        )
        edge = self._projection.forward(box_outline(self.inset.bbox))
        edge = place(edge[np.isfinite(edge).all(axis=1)])
        if len(edge):
            (left, bottom), (right, upper) = edge.min(axis=0), edge.max(axis=0)
            if right - left < 1.6 or upper - bottom < 1.6:
                cx, cy = (left + right) / 2, (bottom + upper) / 2
                edge = np.array(
                    [
                        (cx - 0.8, cy - 0.8),
                        (cx + 0.8, cy - 0.8),
                        (cx + 0.8, cy + 0.8),
                        (cx - 0.8, cy + 0.8),
                        (cx - 0.8, cy - 0.8),
                    ]
                )
            paper.shape(Outline(edge), stroke=rgba(theme.notice), width=0.9, zorder=3.2, clip=frame, gid="inset-frame")
        paper.rect(frame, stroke=rgba(theme.frame), width=0.6, zorder=3.3, gid="inset")

    def _area(self, shape: BaseGeometry, **paint: object) -> None:
        self.paper.shape(outline(shapely.simplify(shape, 0.03), closed=True), **paint)  # type: ignore[arg-type]
