"""Where labels go: boxes of text with what they belong to -> positions that never overlap, and what found no place.

All lengths are millimetres on paper, y up. Nothing here knows of maps or fonts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""

GAP = 0.35
"""Least distance between two labels."""

_SYMBOL_COST = 6.0
_GRID = 13
_SHARE = 0.4
_OVERHANG_COST = 10.0
_BESIDE = 1.2


@dataclass(frozen=True, slots=True)
class TextBox:
    """One way to set a label: its lines, their size in points, and the box they fill."""

    lines: tuple[str, ...]
    size: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class LabelRequest:
    """A label that wants a place.

    Parameters
    ----------
    key : tuple of str
        Whose label it is, e.g. layer and feature id; comes back in the result.
    kind : {"area", "point", "line"}
    boxes : tuple of TextBox
        Ways to set it, best first.
    anchor : tuple of float
        Where it wants to be: the middle of an area, a symbol's position, a line's midpoint.
    outline : shapely geometry or None
        The area it should stay in, or the line it follows.
    symbol : tuple of float
        Box of the feature's own symbol, for points; None when nothing is drawn there.
    must : bool
        Never dropped: if there is no room inside, it goes outside, with a leader line.
    """

    key: tuple[str, ...]
    kind: Literal["area", "point", "line"]
    boxes: tuple[TextBox, ...]
    anchor: tuple[float, float]
    outline: BaseGeometry | None = None
    symbol: Box | None = None
    must: bool = False


@dataclass(frozen=True, slots=True)
class PlacedLabel:
    """A label with its place; ``leader`` are the two ends of the line to its area, when it stands away from it."""

    key: tuple[str, ...]
    text: TextBox
    box: Box
    leader: tuple[tuple[float, float], tuple[float, float]] | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """What was placed, and the keys of what was not."""

    placed: tuple[PlacedLabel, ...]
    dropped: tuple[tuple[str, ...], ...]


Candidates = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Boxes (n, 4) and what each costs (n)."""


def _boxes(centres: NDArray[np.float64], text: TextBox) -> NDArray[np.float64]:
    half = np.array([text.width / 2, text.height / 2])
    return np.hstack([centres - half, centres + half])


def _hits(boxes: NDArray[np.float64], others: NDArray[np.float64], gap: float) -> NDArray[np.int_]:
    """How many of `others` each box meets (or comes nearer to than `gap`)."""
    if not len(others):
        return np.zeros(len(boxes), dtype=int)
    a, b = boxes[:, None, :], others[None, :, :]
    meets = (
        (a[..., 0] < b[..., 2] + gap)
        & (b[..., 0] < a[..., 2] + gap)
        & (a[..., 1] < b[..., 3] + gap)
        & (b[..., 1] < a[..., 3] + gap)
    )
    return np.asarray(meets.sum(axis=1))


def _main_part(outline: BaseGeometry, anchor: tuple[float, float]) -> BaseGeometry:
    """The part of a multipart area that holds the anchor, else its largest."""
    parts = [part for part in shapely.get_parts(outline) if part.geom_type == "Polygon"]
    holding = [part for part in parts if part.covers(shapely.Point(anchor))]
    largest: BaseGeometry = max(holding or parts or [outline], key=lambda part: part.area)
    return largest


def _in_area(request: LabelRequest, text: TextBox) -> Candidates:
    """The anchor, then places on a grid whose box lies within the area; farther costs more.

    When there is none, a label that must be placed may hang over the edge of an area that is larger than itself.
    """
    centres = np.array([request.anchor])
    if request.outline is None or request.outline.is_empty:
        return _boxes(centres, text), np.zeros(1)
    part = _main_part(request.outline, request.anchor)
    west, south, east, north = part.bounds
    xs, ys = np.linspace(west, east, _GRID + 2)[1:-1], np.linspace(south, north, _GRID + 2)[1:-1]
    grid = np.column_stack([np.tile(xs, _GRID), np.repeat(ys, _GRID)])
    boxes = _boxes(np.vstack([centres, grid]), text)
    if (text.width > east - west or text.height > north - south) and not request.must:
        return boxes[:0], np.zeros(0)
    shapely.prepare(part)
    inside = shapely.contains(part, shapely.box(*boxes.T))
    far = np.hypot(boxes[:, 0] + text.width / 2 - request.anchor[0], boxes[:, 1] + text.height / 2 - request.anchor[1])
    cost = far / max(text.height, 0.1)
    if inside.any() or not request.must or part.area < 1.5 * text.width * text.height:
        return boxes[inside], cost[inside]
    middle = shapely.contains_xy(part, (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2)
    boxes, cost = boxes[middle], cost[middle]
    share = shapely.area(shapely.intersection(part, shapely.box(*boxes.T))) / (text.width * text.height)
    return boxes[share > _SHARE], (cost + _OVERHANG_COST * (1.3 - share))[share > _SHARE]


def _around_point(request: LabelRequest, text: TextBox) -> Candidates:
    """Right, upper right, lower right, left, above, below, and the other corners; then the same a little farther off.

    A label without a symbol stands on the point itself if it can.
    """
    left, bottom, right, top = request.symbol or (*request.anchor, *request.anchor)
    middle = (bottom + top) / 2
    centres, costs = [], []
    for gap, extra in ((0.5, 0.0), (1.6, 4.0)):
        dx, dy = text.width / 2 + gap, text.height / 2 + gap * 0.5
        spots = [
            (right + dx, middle), (right + dx, middle + dy * 0.8), (right + dx, middle - dy * 0.8), (left - dx, middle),
            ((left + right) / 2, top + dy), ((left + right) / 2, bottom - dy), (left - dx, middle + dy * 0.8),
            (left - dx, middle - dy * 0.8),
        ]  # fmt: skip
        centres += spots
        costs += [extra + 0.4 * rank for rank in range(len(spots))]
    if request.symbol is None:
        centres.insert(0, request.anchor)
        costs.insert(0, 0.0)
        costs[1:] = [cost + 2.0 for cost in costs[1:]]
    return _boxes(np.array(centres), text), np.array(costs)


def _along_line(request: LabelRequest, text: TextBox) -> Candidates:
    """Beside the line at its middle, then towards its ends; first above or right of it, then the other side."""
    parts = [p for p in shapely.get_parts(request.outline) if p.geom_type == "LineString"] if request.outline else []
    if not parts:
        return _boxes(np.array([request.anchor]), text), np.zeros(1)
    line = max(parts, key=lambda part: part.length)
    centres, costs = [], []
    for share in (0.5, 0.42, 0.58, 0.34, 0.66, 0.25, 0.75, 0.15, 0.85):
        at = line.interpolate(share, normalized=True)
        ahead = line.interpolate(min(share + 0.03, 1.0), normalized=True)
        back = line.interpolate(max(share - 0.03, 0.0), normalized=True)
        angle = math.atan2(ahead.y - back.y, ahead.x - back.x)
        nx, ny = -math.sin(angle), math.cos(angle)
        if ny < 0 or (ny == 0 and nx < 0):
            nx, ny = -nx, -ny
        reach = abs(nx) * text.width / 2 + abs(ny) * text.height / 2 + 0.5
        for side, extra in ((1, 0.0), (-1, 0.3)):
            centres.append((at.x + nx * reach * side, at.y + ny * reach * side))
            costs.append(abs(share - 0.5) * 6 + extra)
    return _boxes(np.array(centres), text), np.array(costs)


_CANDIDATES: dict[str, Callable[[LabelRequest, TextBox], Candidates]] = {
    "area": _in_area,
    "point": _around_point,
    "line": _along_line,
}


def _outside(
    request: LabelRequest, bounds: Box, taken: NDArray[np.float64], symbols: NDArray[np.float64]
) -> PlacedLabel:
    """The nearest free place anywhere in the frame, with a leader; the anchor itself when there is none at all."""
    texts = request.boxes[:4]
    found = [_outside_as(request, text, bounds, taken, symbols) for text in texts]
    costs = [cost + text.height * 0.25 * rank for rank, (text, (cost, _)) in enumerate(zip(texts, found, strict=True))]
    return found[int(np.argmin(costs))][1]


def _outside_as(
    request: LabelRequest, text: TextBox, bounds: Box, taken: NDArray[np.float64], symbols: NDArray[np.float64]
) -> tuple[float, PlacedLabel]:
    west, south, east, north = bounds

    def spread(low: float, high: float, at: float, count: int) -> NDArray[np.float64]:
        """Positions over a range, closer together near `at`."""
        low, high = min(low, high), max(low, high)
        near = at + np.linspace(-1, 1, 31) * 18.0
        return np.unique(np.clip(np.concatenate([np.linspace(low, high, count), near]), low, high))

    xs = spread(west + text.width / 2, east - text.width / 2, request.anchor[0], 21)
    ys = spread(south + text.height / 2, north - text.height / 2, request.anchor[1], 15)
    centres = np.column_stack([np.tile(xs, len(ys)), np.repeat(ys, len(xs))])
    boxes = _boxes(centres, text)
    free = _hits(boxes, taken, GAP) == 0
    cost = np.hypot(*(centres - request.anchor).T) + _hits(boxes, symbols, 0.0) * text.height * 2
    own = None
    if request.outline is not None and not request.outline.is_empty:
        own = _main_part(request.outline, request.anchor)
        around = np.array([own.bounds])
        close = np.flatnonzero(_hits(boxes, around, 0.0))
        shapely.prepare(own)
        cost[close] += np.where(shapely.intersects(own, shapely.box(*boxes[close].T)), text.height * 1.5, 0.0)
    if not free.any():
        left, bottom, right, top = _boxes(np.array([request.anchor]), text)[0].tolist()
        return math.inf, PlacedLabel(request.key, text, (left, bottom, right, top))
    choice = int(np.argmin(np.where(free, cost, np.inf)))
    left, bottom, right, top = boxes[choice].tolist()
    x, y = request.anchor
    end = (min(max(x, left), right), min(max(y, bottom), top))
    beside = own is not None and own.distance(shapely.box(left, bottom, right, top)) < _BESIDE
    leader = None if beside or end == (x, y) else ((x, y), end)
    return float(cost[choice]), PlacedLabel(request.key, text, (left, bottom, right, top), leader)


def place_labels(requests: Sequence[LabelRequest], bounds: Box, symbols: Sequence[Box] = ()) -> Placement:
    """Give every label a place, in the order given.

    Parameters
    ----------
    requests : sequence of LabelRequest
        Most important first. Each is tried in all its settings and all its positions; the cheapest free one is taken.
    bounds : tuple of float
        The frame that labels must stay in.
    symbols : sequence of tuple of float
        Boxes of point symbols. Labels of points and lines never cover one that is not their own; labels of areas avoid it.

    Returns
    -------
    Placement
        Boxes of ``placed`` do not overlap. A label without a free place is in ``dropped``, unless it is a ``must``: then it
        stands outside its area, joined to its anchor by a leader line.
    """
    taken = np.empty((0, 4))
    marks = np.array(symbols, dtype=float).reshape(-1, 4)
    placed: list[PlacedLabel] = []
    dropped: list[tuple[str, ...]] = []
    west, south, east, north = bounds
    for request in requests:
        others = marks if request.symbol is None else marks[~np.all(np.isclose(marks, request.symbol), axis=1)]
        best: tuple[float, PlacedLabel] | None = None
        for rank, text in enumerate(request.boxes):
            if best is not None and best[0] <= rank * 3.0:
                break
            boxes, cost = _CANDIDATES[request.kind](request, text)
            if not len(boxes):
                continue
            within = (boxes[:, 0] >= west) & (boxes[:, 1] >= south) & (boxes[:, 2] <= east) & (boxes[:, 3] <= north)
            hits = _hits(boxes, others, 0.1)
            free = within & (_hits(boxes, taken, GAP) == 0)
            if request.kind != "area":
                free &= hits == 0
            if not free.any():
                continue
            total = np.where(free, cost + hits * _SYMBOL_COST + rank * 3.0, np.inf)
            choice = int(np.argmin(total))
            left, bottom, right, top = boxes[choice].tolist()
            if best is None or total[choice] < best[0]:
                best = (float(total[choice]), PlacedLabel(request.key, text, (left, bottom, right, top)))
        label = best[1] if best else None
        if label is None and request.must:
            label = _outside(request, bounds, taken, marks)
        if label is None:
            dropped.append(request.key)
            continue
        placed.append(label)
        taken = np.vstack([taken, label.box])
    return Placement(tuple(placed), tuple(dropped))
