"""Where everything goes: the page, the map's proportions and the blocks -> a box for each, with the map as large as can be.

Every block is put either in a column beside the map or in a band below it; all such choices are tried, and the one with the
largest map wins. Text shrinks (to 70 %) only when that frees much room.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from changji_geo.errors import InputError
from changji_geo.render.sheet.blocks import Block, FiguresBlock
from changji_geo.render.sheet.frame import round_scale
from changji_geo.render.sheet.legend import COLUMN_GAP, Group, LegendBlock
from changji_geo.render.sheet.location import InsetBlock
from changji_geo.render.sheet.paper import Rect
from changji_geo.render.sheet.tiling import Tiling

GAP = 4.0
BLOCK_GAP = 4.5
_BAND_STEP = 1.5
_WHOLE = 45.0
_SCALES = (1.0, 0.92, 0.84, 0.76, 0.7)
_SHRINK_PENALTY = 0.75
_FRAME_BONUS = 0.08
_TOGETHER = 1.02


@dataclass(frozen=True)
class Parts:
    """The blocks at one text scale."""

    scale: float
    legend: LegendBlock | None
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class LegendPlace:
    """The legend's corner, column width and columns."""

    left: float
    top: float
    width: float
    columns: Sequence[Sequence[Group]]


@dataclass(frozen=True)
class Layout:
    """Boxes of a page; ``map_box`` is that of the outer frame, of many maps that of all."""

    map_box: Rect
    places: tuple[tuple[Block, Rect], ...]
    legend: LegendPlace | None
    parts: Parts


@dataclass(frozen=True)
class _Band:
    height: float
    cells: tuple[tuple[float, tuple[Block, ...]], ...]
    legend_width: float
    legend_columns: Sequence[Sequence[Group]]


def _stack(blocks: Sequence[Block], width: float) -> float:
    return sum(b.height(width) for b in blocks) + BLOCK_GAP * max(len(blocks) - 1, 0)


def _block_width(block: Block, height: float) -> float:
    """What a block wants in a band of a height."""
    if isinstance(block, InsetBlock | FiguresBlock):
        return block.width(height)
    return block.least_width


def _fill_band(parts: Parts, blocks: Sequence[Block], legend: bool, width: float, height: float) -> _Band | None:
    """Cells side by side: legend, figures, location map, then scale and credits, stacked if that fits; None if it does not."""
    room = width
    columns: Sequence[Sequence[Group]] = ()
    legend_width = 0.0
    if legend and parts.legend:
        legend_width = parts.legend.natural_width
        found = parts.legend.columns(legend_width, height, 8, whole=_WHOLE)
        if found is None:
            return None
        columns = found
        room -= len(columns) * (legend_width + COLUMN_GAP) - COLUMN_GAP + (BLOCK_GAP if blocks else 0.0)
    fixed = [b for b in blocks if isinstance(b, InsetBlock | FiguresBlock)]
    loose = [b for b in blocks if not isinstance(b, InsetBlock | FiguresBlock)]
    cells: list[tuple[float, tuple[Block, ...]]] = []
    for block in fixed:
        cell = _block_width(block, height)
        if cell > room or block.height(cell) > height + 1e-6:
            return None
        cells.append((cell, (block,)))
        room -= cell
    room -= BLOCK_GAP * max(len(fixed) - 1, 0)
    if loose:
        room -= BLOCK_GAP if fixed else 0.0
        least = max(b.least_width for b in loose)
        if room >= least and _stack(loose, min(room, 110.0)) <= height:
            cells.append((room, tuple(loose)))
        else:
            apart = _apart(loose, room, height)
            if apart is None:
                return None
            cells += apart
    elif room < -1e-6:
        return None
    return _Band(height, tuple(cells), legend_width, columns)


def _apart(blocks: Sequence[Block], room: float, height: float) -> list[tuple[float, tuple[Block, ...]]] | None:
    """Scale and credits side by side: the first as wide as it likes, the last takes the rest."""
    for share in (1.0, 0.5, 0.0):
        widths = [b.least_width + (b.best_width - b.least_width) * share for b in blocks[:-1]]
        rest = room - sum(widths) - BLOCK_GAP * (len(blocks) - 1)
        if rest < blocks[-1].least_width:
            continue
        widths.append(rest)
        if all(b.height(w) <= height for b, w in zip(blocks, widths, strict=True)):
            return [(w, (b,)) for w, b in zip(widths, blocks, strict=True)]
    return None


def _column_widths(parts: Parts, blocks: Sequence[Block], legend: bool) -> list[float]:
    best = [b.best_width * 0.9 for b in blocks if not isinstance(b, FiguresBlock)]
    natural = parts.legend.natural_width if legend and parts.legend else max([*best, 46.0])
    least = max([b.least_width for b in blocks] + [40.0])
    options = {max(least, natural), max(least, natural * 0.85), max(least, 46.0)}
    if legend:
        options.add(max(least, natural * 0.8) * 2 + COLUMN_GAP)
    return sorted(options)


@dataclass(frozen=True)
class _Try:
    score: float
    column_width: float
    column: tuple[Block, ...]
    column_legend: tuple[float, Sequence[Sequence[Group]]] | None
    band: _Band

    @property
    def band_height(self) -> float:
        return self.band.height


def _column_legend(parts: Parts, width: float, height: float) -> tuple[float, Sequence[Sequence[Group]]] | None:
    if parts.legend is None:
        return None
    for count in (1, 2) if width > 1.6 * parts.legend.natural_width else (1,):
        each = (width - (count - 1) * COLUMN_GAP) / count
        found = parts.legend.columns(each, height, count)
        if found is not None:
            return each, found
    return None


def _legend_height(columns: Sequence[Sequence[Group]]) -> float:
    return max(sum(g.height + g.gap for g in column) for column in columns)


def _lowest_band(parts: Parts, blocks: Sequence[Block], legend: bool, width: float, most: float) -> _Band | None:
    """The band of least height that holds everything (heights go in steps); empty when there is nothing to hold."""
    if not blocks and not legend:
        return _Band(0.0, (), 0.0, ())
    low, high = 8, max(int(most / _BAND_STEP), 8)
    best = _fill_band(parts, blocks, legend, width, high * _BAND_STEP)
    if best is None:
        return None
    while low < high:
        middle = (low + high) // 2
        band = _fill_band(parts, blocks, legend, width, middle * _BAND_STEP)
        if band is None:
            low = middle + 1
        else:
            high, best = middle, band
    return best


def _tries(body: Rect, tiling: Tiling, parts: Parts, squeeze: float) -> Iterator[_Try]:
    """All feasible divisions of the blocks, scored by the map's scale, rounded as it will be.

    Among equal scales a larger frame is better, and the legend rather stands in a column that is there anyway.
    """
    legend_choices = ("column", "band") if parts.legend and parts.legend.layers else ("none",)
    for legend_in, *where in product(legend_choices, *[("column", "band")] * len(parts.blocks)):
        column = tuple(b for b, w in zip(parts.blocks, where, strict=True) if w == "column")
        band_blocks = tuple(b for b, w in zip(parts.blocks, where, strict=True) if w == "band")
        in_column = legend_in == "column"
        widths = _column_widths(parts, column, in_column) if column or in_column else [0.0]
        for width in widths:
            rest = body.height - _stack(column, width) - (BLOCK_GAP if column and in_column else 0.0)
            found = _column_legend(parts, width, rest) if in_column else None
            if rest < 0 or (in_column and found is None):
                continue
            across = body.width - (width + GAP if width else 0.0)
            band = _lowest_band(parts, band_blocks, legend_in == "band", across, body.height * 0.62)
            if band is None:
                continue
            grid = tiling.grid(across, body.height - (band.height + GAP if band.height else 0.0))
            if grid is not None:
                shown = 1.0 / round_scale(tiling.extent.width * 1000 / min(grid.width, grid.height * tiling.aspect))
                share = grid.width * grid.height * tiling.count / (body.width * body.height)
                tidy = _TOGETHER if in_column or not width else 1.0
                yield _Try(shown * squeeze * (1 + _FRAME_BONUS * share) * tidy, width, column, found, band)


def arrange(
    body: Rect,
    *,
    tiling: Tiling,
    parts_at: Sequence[Parts],
    side: Literal["auto", "left", "right"],
) -> Layout:
    """Choose the layout.

    Parameters
    ----------
    body : Rect
        The page without margins, title and footer.
    tiling : Tiling
        What the map must show, the width of its frame, and how many maps there are.
    parts_at : sequence of Parts
        The blocks at several text scales, largest first.
    side : {"auto", "left", "right"}
        Where a column goes; "auto" is right. A side that is named also brings the legend there, where it fits.

    Raises
    ------
    InputError
        When the legend and the other blocks leave no room for a map even at the smallest text.
    """
    best: tuple[_Try, Parts] | None = None
    whole = tiling.grid(body.width, body.height)
    most = min(whole.width, whole.height * tiling.aspect) / (tiling.extent.width * 1000) if whole else 0.0
    for parts in parts_at:
        squeeze = parts.scale**_SHRINK_PENALTY
        tries = list(_tries(body, tiling, parts, squeeze))
        if side != "auto":
            tries = [one for one in tries if one.column_legend] or tries
        for attempt in tries:
            if best is None or attempt.score > best[0].score * 1.0001:
                best = (attempt, parts)
        if best is not None and best[0].score >= 0.7 * most:
            break
    if best is None:
        raise InputError(
            "图例和说明太长，版面放不下地图",
            where="打印图",
            fix="换大一些的幅面（如 A3 landscape），给部分图层写 legend = false，或缩短说明",
        )
    return _place(body, tiling, best[0], best[1], side)


def _place(body: Rect, tiling: Tiling, chosen: _Try, parts: Parts, side: str) -> Layout:
    left, right = body.left, body.right
    column_left = right - chosen.column_width
    if chosen.column_width:
        if side == "left":
            column_left, left = left, left + chosen.column_width + GAP
        else:
            right = column_left - GAP
    bottom = body.bottom + (chosen.band_height + GAP if chosen.band_height else 0.0)
    if chosen.band_height or tiling.count > 1:
        bottom = max(bottom, body.top - tiling.height(right - left, body.top - bottom))
    map_box = Rect(left, bottom, right, body.top)
    places: list[tuple[Block, Rect]] = []
    legend: LegendPlace | None = None
    if chosen.column_width:
        top = body.top
        spare = body.height - _stack(chosen.column, chosen.column_width)
        if chosen.column_legend:
            each, columns = chosen.column_legend
            used = _legend_height(columns)
            legend = LegendPlace(column_left, top, each, columns)
            spare -= used + (BLOCK_GAP if chosen.column else 0.0)
            top -= used
        count = len(chosen.column) + (1 if chosen.column_legend else 0)
        gap = BLOCK_GAP + min(max(spare, 0.0) / max(count - 1, 1), 7.0)
        if chosen.column_legend:
            top -= gap
        for block in chosen.column:
            height = block.height(chosen.column_width)
            places.append((block, Rect(column_left, top - height, column_left + chosen.column_width, top)))
            top -= height + gap
    if chosen.band.height:
        places_band, legend_band = _place_band(chosen.band, left, right, bottom - GAP, body.bottom, parts)
        places += places_band
        legend = legend_band or legend
    return Layout(map_box, tuple(places), legend, parts)


def _place_band(
    band: _Band, left: float, right: float, top: float, floor: float, parts: Parts
) -> tuple[list[tuple[Block, Rect]], LegendPlace | None]:
    """Cells from left to right; what is left of the width goes between them."""
    if top - floor > band.height + 1.0:
        taller = _fill_band(
            parts, [b for _, cell in band.cells for b in cell], bool(band.legend_columns), right - left, top - floor
        )
        band = taller or band
    count = len(band.cells) + (1 if band.legend_columns else 0)
    used = sum(width for width, _ in band.cells)
    if band.legend_columns:
        used += len(band.legend_columns) * (band.legend_width + COLUMN_GAP) - COLUMN_GAP
    gap = BLOCK_GAP + min(max(right - left - used - BLOCK_GAP * (count - 1), 0.0) / max(count - 1, 1), 14.0)
    places: list[tuple[Block, Rect]] = []
    legend = None
    x = left
    if band.legend_columns:
        legend = LegendPlace(x, top, band.legend_width, band.legend_columns)
        x += len(band.legend_columns) * (band.legend_width + COLUMN_GAP) - COLUMN_GAP + gap
    for width, blocks in band.cells:
        y = top
        for block in blocks:
            height = block.height(width) if not isinstance(block, InsetBlock) else min(top - floor, block.height(width))
            places.append((block, Rect(x, y - height, x + width, y)))
            y -= height + BLOCK_GAP
        x += width + gap
    return places, legend


def scales() -> tuple[float, ...]:
    """Text scales to try, largest first."""
    return _SCALES
