"""Clues against other clues: the same place in earlier batches, and duplicates within the batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from changji_geo.clues.checks.batch import Batch, Ints, area_words, frame_of, read_batch
from changji_geo.clues.checks.context import CheckContext
from changji_geo.clues.model import CheckResult, Clue, Verdict
from changji_geo.clues.settings import Change
from changji_geo.ellipsoid import area_m2, geod
from changji_geo.spatial.nearest import join_nearest

_LISTED = 5
"""How many ids a reason lists."""


@dataclass(frozen=True)
class _Overlaps:
    """Pairs of polygons that share an area: positions in two batches, the common area, over the union, over the smaller."""

    left: Ints
    right: Ints
    iou: np.ndarray[Any, np.dtype[np.float64]]
    cover: np.ndarray[Any, np.dtype[np.float64]]


def _overlaps(left: Batch, right: Batch, *, once: bool = False) -> _Overlaps:
    here, there = left.shapes[left.areas], right.shapes[right.areas]
    i, j = shapely.STRtree(there).query(here, predicate="intersects")
    if once:
        i, j = i[i < j], j[i < j]
    common = area_m2(shapely.intersection(here[i], there[j]))
    a, b = left.area_m2[left.areas[i]], right.area_m2[right.areas[j]]
    shared = common > 0
    iou, cover = common / (a + b - common), common / np.minimum(a, b)
    return _Overlaps(left.areas[i][shared], right.areas[j][shared], iou[shared], cover[shared])


def check_earlier(batch: Batch, context: CheckContext) -> tuple[CheckResult, ...]:
    """The same place in earlier batches: 新增, 扩大, 缩小 or 无变化, with the difference of the areas.

    Two polygons are the same place when their intersection over union reaches ``same_iou``, or one covers ``same_cover`` of
    the other. A patch is compared with all it matches in the latest batch that it matches at all, taken together.

    Supports: new or enlarged. Unclear: reduced or unchanged (whether the old problem still stands is a matter of its
    ledger), an overlap too small to decide, a point (no area to compare), or nothing to measure. Not applicable: no earlier
    clue is known.

    Returns
    -------
    tuple of CheckResult
        One for each clue. Evidence: ``change`` (None when unclear), ``matches`` (ids), ``earlier_batch``, ``iou``,
        ``area_before_m2``, ``area_m2``, ``difference_m2``.
    """
    if not context.earlier:
        return (CheckResult("earlier", "not_applicable", "没有更早批次的线索可比"),) * len(batch.clues)
    old = read_batch(context.earlier)
    pairs = _overlaps(batch, old)
    limits = context.settings.earlier
    same = (pairs.iou >= limits.same_iou) | (pairs.cover >= limits.same_cover)
    matched: dict[int, dict[int, float]] = {}
    partly: dict[int, list[int]] = {}
    columns = (pairs.left.tolist(), pairs.right.tolist(), pairs.iou.tolist(), same.tolist())
    for i, j, iou, is_same in zip(*columns, strict=True):
        if not _is_earlier(old.clues[j], batch.clues[i]):
            continue
        if is_same:
            matched.setdefault(i, {})[j] = iou
        else:
            partly.setdefault(i, []).append(j)
    near = _near_points(batch, old, limits.point_m)
    out = []
    for i in range(len(batch.clues)):
        if i in batch.faults:
            out.append(CheckResult("earlier", "unclear", batch.faults[i]))
        elif i in matched:
            out.append(_compared(batch, i, old, matched[i], context))
        elif i in near or i in partly:
            out.append(_undecided(old, near.get(i, []), partly.get(i, [])))
        else:
            out.append(
                CheckResult("earlier", "supports", "以前批次在此处没有线索：新增", {"change": "新增", "matches": []})
            )
    return tuple(out)


def _is_earlier(old: Clue, new: Clue) -> bool:
    """Of another batch, and not known to be of a later day."""
    if old.id == new.id or old.batch == new.batch:
        return False
    return old.observed is None or new.observed is None or old.observed <= new.observed


def _near_points(batch: Batch, old: Batch, limit_m: float) -> dict[int, list[int]]:
    """Earlier clues within reach where one of the two is a point: the nearest."""
    found: dict[int, list[int]] = {}
    everything = np.sort(np.concatenate([old.areas, old.points]))
    for rows, others in ((batch.points, everything), (batch.areas, old.points)):
        if not len(rows) or not len(others):
            continue
        right = frame_of(old.shapes[others]).assign(earlier_row=others)
        joined = join_nearest(frame_of(batch.shapes[rows]), right, max_distance_m=limit_m)
        hit = joined["distance_m"].notna().to_numpy()
        for i, j in zip(rows[hit].tolist(), joined["earlier_row"][hit].astype(int).tolist(), strict=True):
            if _is_earlier(old.clues[j], batch.clues[i]):
                found.setdefault(i, []).append(j)
    return found


def _undecided(old: Batch, near: Sequence[int], partly: Sequence[int]) -> CheckResult:
    ids = [old.clues[j].id for j in sorted({*near, *partly})]
    said = "线索是点，没有面积可比" if near else "重叠太少，不能确定是同一处"
    text = f"附近有以前批次的线索 {_ids_words(ids)}，{said}，须人工判断"
    return CheckResult("earlier", "unclear", text, {"change": None, "matches": ids})


def _compared(batch: Batch, i: int, old: Batch, found: Mapping[int, float], context: CheckContext) -> CheckResult:
    limits = context.settings.earlier
    latest = max((old.clues[j] for j in found), key=_age).batch
    rows = sorted(j for j in found if old.clues[j].batch == latest)
    now, before = float(batch.area_m2[i]), float(old.area_m2[rows[0]])
    if len(rows) > 1:
        together = shapely.union_all(old.shapes[rows])
        before = float(area_m2(together)[0])
        common = float(area_m2(shapely.intersection(batch.shapes[i], together))[0])
        iou = common / (now + before - common)
    else:
        iou = found[rows[0]]
    difference = now - before
    change: Change = "扩大" if difference > 0 else "缩小"
    if abs(difference) <= max(limits.change_share * before, limits.change_m2):
        change = "无变化"
    ids = [old.clues[j].id for j in rows]
    evidence = {
        "change": change,
        "matches": ids,
        "earlier_batch": latest,
        "iou": iou,
        "area_before_m2": before,
        "area_m2": now,
        "difference_m2": difference,
    }
    sign = "增加" if difference >= 0 else "减少"
    text = f"与 {latest} 的 {_ids_words(ids)} 是同一处：{change}，面积{sign} {area_words(abs(difference))}（原 {area_words(before)}）"
    if change == "扩大":
        return CheckResult("earlier", "supports", text, evidence)
    return CheckResult("earlier", "unclear", f"{text}；问题是否仍在，以原线索的整改情况为准", evidence)


def _ids_words(ids: Sequence[str]) -> str:
    """The first few ids and how many there are; the evidence has all."""
    return "、".join(ids[:_LISTED]) + (f" 等 {len(ids)} 条" if len(ids) > _LISTED else "")


def _age(clue: Clue) -> tuple[str, str]:
    """Sorts clues by day, those without one first, then by batch."""
    return (clue.observed.isoformat() if clue.observed else "", clue.batch)


def check_duplicates(batch: Batch, context: CheckContext) -> tuple[CheckResult, ...]:
    """Other clues of the same batch on the same spot.

    Two polygons are duplicates when their intersection over union reaches ``same_iou``, two points within ``point_m``. A
    dropped clue makes no other one a duplicate.

    Supports: stands alone. Contradicts: an earlier id of the batch is on the same spot. Unclear: a later one is (keep this
    one), it only overlaps another, or nothing to measure.

    Returns
    -------
    tuple of CheckResult
        One for each clue. Evidence: ``duplicates`` and ``overlapping``, lists of ids.
    """
    limits = context.settings.duplicates
    twins: dict[int, set[int]] = {}
    partly: dict[int, set[int]] = {}

    def note(i: int, j: int, table: dict[int, set[int]]) -> None:
        if batch.clues[i].batch == batch.clues[j].batch:
            table.setdefault(i, set()).add(j)
            table.setdefault(j, set()).add(i)

    pairs = _overlaps(batch, batch, once=True)
    for i, j, iou in zip(pairs.left.tolist(), pairs.right.tolist(), pairs.iou.tolist(), strict=True):
        note(i, j, twins if iou >= limits.same_iou else partly)
    for i, j in _close_points(batch, limits.point_m):
        note(i, j, twins)
    return tuple(_alone(batch, i, twins.get(i, set()), partly.get(i, set())) for i in range(len(batch.clues)))


def _close_points(batch: Batch, limit_m: float) -> list[tuple[int, int]]:
    """Pairs of points no farther apart, by geodesic distance; a degree of latitude is at least 110.5 km."""
    if len(batch.points) < 2:
        return []
    x, y = shapely.get_coordinates(batch.shapes[batch.points]).T
    east = limit_m / (110_500 * max(float(np.cos(np.radians(np.abs(y).max()))), 0.01))
    reach = shapely.box(x - east, y - limit_m / 110_500, x + east, y + limit_m / 110_500)
    i, j = shapely.STRtree(batch.shapes[batch.points]).query(reach)
    i, j = i[i < j], j[i < j]
    metres = geod().inv(x[i], y[i], x[j], y[j])[2]
    near = np.asarray(metres) <= limit_m
    return list(zip(batch.points[i[near]].tolist(), batch.points[j[near]].tolist(), strict=True))


def _alone(batch: Batch, i: int, twins: set[int], partly: set[int]) -> CheckResult:
    clue = batch.clues[i]
    if i in batch.faults:
        return CheckResult("duplicates", "unclear", batch.faults[i])
    same = sorted(batch.clues[j].id for j in twins if not batch.clues[j].dropped)
    some = sorted(batch.clues[j].id for j in partly if not batch.clues[j].dropped)
    evidence = {"duplicates": same, "overlapping": some}
    first = [other for other in same if other < clue.id]
    verdict: Verdict = "contradicts" if first else "unclear" if same or some else "supports"
    words = []
    if first:
        words.append(f"与前面的 {_ids_words(first)} 重复")
    elif same:
        words.append(f"后面的 {_ids_words(same)} 与本条重复，本条应保留")
    if some:
        words.append(f"与 {_ids_words(some)} 部分重叠")
    return CheckResult("duplicates", verdict, "；".join(words) or "本批次内没有重复或重叠的线索", evidence)
