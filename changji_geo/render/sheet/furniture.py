"""What surrounds the map: title, double frame with graticule and its labels, and the footer with notices."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from changji_geo.render.sheet.frame import MapFrame
from changji_geo.render.sheet.paper import LEADING, Paper, Rect, mm, rgba
from changji_geo.render.sheet.text import fit
from changji_geo.scene_model import Scene

_TICK = 1.0


class Headed(Protocol):
    """What title and footer say; a `Scene` has it all."""

    @property
    def title(self) -> str:
        """The first line."""

    @property
    def subtitle(self) -> str:
        """The second; may be empty."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What must be legible at the foot."""

    @property
    def approval_number(self) -> str:
        """审图号; may be empty."""

    @property
    def furniture(self) -> tuple[str, ...]:
        """The title is drawn where it says ``title``."""


def _headings(paper: Paper, scene: Headed, page: Rect) -> list[tuple[str, tuple[str, ...], float, bool]]:
    if "title" not in scene.furniture:
        return []
    sizes = paper.theme.sizes
    out = []
    for role, text, size, bold in (
        ("title", scene.title, sizes.title, True),
        ("subtitle", scene.subtitle, sizes.subtitle, False),
    ):
        if text:
            steps = (
                (size, 1),
                (size * 0.9, 1),
                (size * 0.8, 1),
                (size * 0.85, 2),
                (size * 0.72, 2),
                (size * 0.6, 2),
                (size * 0.6, 3),
            )
            lines, chosen = fit(text, page.width, steps, lambda s, z, b=bold: paper.width(s, z, bold=b))  # type: ignore[misc]
            out.append((role, lines, chosen, bold))
    return out


def title_height(paper: Paper, scene: Headed, page: Rect) -> float:
    """Room for title and subtitle, millimetres."""
    found = _headings(paper, scene, page)
    return sum(len(lines) * mm(size) * 1.3 for _, lines, size, _ in found) + 2.6 if found else 0.0


def draw_title(paper: Paper, scene: Headed, page: Rect) -> None:
    """Title and subtitle, centred at the top."""
    top = page.top
    for role, lines, size, bold in _headings(paper, scene, page):
        color = paper.theme.text if role == "title" else paper.theme.muted_text
        for line in lines:
            paper.text(
                (page.left + page.right) / 2,
                top - mm(size) * 1.02,
                line,
                size,
                bold=bold,
                align="center",
                color=color,
                role=(role,),
            )
            top -= mm(size) * 1.3


def _footer_lines(paper: Paper, scene: Headed, page: Rect) -> tuple[list[tuple[str, ...]], str]:
    approval = f"审图号：{scene.approval_number}" if scene.approval_number else ""
    size = paper.theme.sizes.notice
    room = page.width - (paper.width(approval, size) + 6.0 if approval else 0.0)
    return _flow(paper, scene.notices, max(room, page.width * 0.4), size), approval


def _flow(paper: Paper, notices: tuple[str, ...], width: float, size: float) -> list[tuple[str, ...]]:
    """Notices one after another on a line while they fit, long ones wrapped."""
    out: list[tuple[str, ...]] = []
    line = ""
    for notice in notices:
        joined = f"{line}　　{notice}" if line else notice
        if line and paper.width(joined, size) > width:
            out.append((line,))
            joined = notice
        line = joined
        if paper.width(line, size) > width:
            *full, line = paper.wrap(line, width, size)
            out += [(text,) for text in full]
    return [*out, (line,)] if line else out


def footer_height(paper: Paper, scene: Headed, page: Rect) -> float:
    """Room for notices and approval number, millimetres."""
    lines, approval = _footer_lines(paper, scene, page)
    count = max(sum(len(part) for part in lines), 1 if approval else 0)
    return count * mm(paper.theme.sizes.notice) * LEADING + 3.0 if count else 0.0


def draw_footer(paper: Paper, scene: Headed, page: Rect) -> None:
    """Notices at the left, approval number at the right, along the bottom, under a hairline."""
    lines, approval = _footer_lines(paper, scene, page)
    if not lines and not approval:
        return
    theme = paper.theme
    top = page.bottom + footer_height(paper, scene, page) - 2.0
    paper.line(
        [(page.left, top + 0.5), (page.right, top + 0.5)],
        color=theme.notice if lines else theme.muted_text,
        width=0.5,
        opacity=0.6,
    )
    if approval:
        paper.text(
            page.right,
            top - mm(theme.sizes.notice) * 1.06,
            approval,
            theme.sizes.notice,
            align="right",
            role=("approval",),
        )
    for part in lines:
        top = paper.lines(page.left, top, part, theme.sizes.notice, color=theme.notice, role=("notice",))


def strip_width(scene: Scene) -> float:
    """Width between the inner and the outer frame: room for the labels of the graticule."""
    return mm(scene.theme.sizes.furniture) * 1.25 + 1.9 if "graticule" in scene.furniture else 1.4


def draw_frame(paper: Paper, scene: Scene, frame: MapFrame, outer: Rect, zorder: float) -> None:
    """Map background, graticule, inner and outer frame, and the graticule's labels between them."""
    theme, ink = paper.theme, rgba(paper.theme.frame)
    paper.rect(frame.box, fill=rgba(theme.map_background), zorder=9, gid="map-background")
    if "graticule" in scene.furniture:
        lines = frame.graticule()
        artist = LineCollection(
            [points for _, _, points in lines], colors=[rgba(theme.graticule, 0.7)], linewidths=0.35
        )
        artist.set_transform(paper.transform)
        paper.add(artist, zorder=zorder, gid="graticule")
        paper.clip(artist, frame.box)
        for axis, text, points in lines:
            _label(paper, frame.box, outer, axis, text, points)
    width = 1.1
    paper.rect(frame.box, stroke=ink, width=0.5, zorder=50, gid="frame-inner")
    paper.rect(outer.inset(mm(width) / 2), stroke=ink, width=width, zorder=50, gid="frame-outer")


def _crossing(points: NDArray[np.float64], axis: int, value: float) -> float | None:
    """Where a line crosses ``coordinate[axis] == value``, in the other coordinate."""
    along, across = points[:, axis] - value, points[:, 1 - axis]
    for k in range(len(points) - 1):
        if along[k] * along[k + 1] <= 0 and along[k] != along[k + 1]:
            share = along[k] / (along[k] - along[k + 1])
            return float(across[k] + share * (across[k + 1] - across[k]))
    return None


def _label(paper: Paper, inner: Rect, outer: Rect, axis: str, text: str, points: NDArray[np.float64]) -> None:
    """A tick and the text at both ends of a meridian or parallel; left out where it would run into a corner."""
    size, color = paper.theme.sizes.furniture, paper.theme.frame
    half = paper.width(text, size) / 2
    drop = mm(size) * 0.36
    if axis == "lon":
        middle = {inner.bottom: (outer.bottom + inner.bottom) / 2, inner.top: (outer.top + inner.top) / 2}
        for edge, y in middle.items():
            x = _crossing(points, 1, edge)
            if x is None or not inner.left + half <= x <= inner.right - half:
                continue
            paper.text(x, y - drop, text, size, align="center", color=color, role=("graticule", text))
            _tick(paper, (x, edge), (x, edge + (_TICK if edge == inner.top else -_TICK)))
        return
    for edge, x in ((inner.left, (outer.left + inner.left) / 2), (inner.right, (outer.right + inner.right) / 2)):
        crossing = _crossing(points, 0, edge)
        if crossing is None or not inner.bottom + half <= crossing <= inner.top - half:
            continue
        paper.text(x + drop, crossing, text, size, align="center", color=color, rotation=90, role=("graticule", text))
        _tick(paper, (edge, crossing), (edge + (_TICK if edge == inner.right else -_TICK), crossing))


def _tick(paper: Paper, start: tuple[float, float], end: tuple[float, float]) -> None:
    near = (start[0] + (end[0] - start[0]) * 0.55, start[1] + (end[1] - start[1]) * 0.55)
    paper.shape(Outline([start, near]), stroke=rgba(paper.theme.frame), width=0.5, zorder=50)
