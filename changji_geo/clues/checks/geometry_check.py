"""The geometry of clues: usable, repaired or redrawn, inside the prefecture, not too small; and what images say."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from changji_geo.clues.checks.batch import Batch, area_words, hits_over
from changji_geo.clues.checks.context import CheckContext
from changji_geo.clues.model import CheckResult, Verdict
from changji_geo.ellipsoid import area_m2
from changji_geo.spatial.validity import valid_shapes

_WHOLE = 1 - 1e-6


def check_geometry(batch: Batch, context: CheckContext) -> tuple[CheckResult, ...]:
    """Whether each clue's geometry can be relied on.

    Supports: nothing to remark, or a repair that changed little. Contradicts: outside the prefecture. Unclear: nothing to
    measure, area 0, partly outside, smaller than ``tiny_m2``, or an area that the repair or redrawing changed by more than
    ``repair_share``.

    Returns
    -------
    tuple of CheckResult
        One for each clue. Evidence: ``area_m2``, ``original_area_m2`` (None where the original cannot be measured),
        ``original_fault``, ``changed`` (whether the working outline differs from the original), ``prefecture_share``.
    """
    layer, settings = context.prefecture, context.settings
    hits = hits_over(batch, layer)
    originals = np.empty(len(batch.clues), dtype=object)
    originals[:] = [clue.original for clue in batch.clues]
    there = ~shapely.is_missing(originals) & ~shapely.is_empty(originals)
    valid = np.zeros(len(originals), dtype=bool)
    valid[there] = valid_shapes(originals[there])
    size = np.full(len(originals), np.nan)
    measurable = valid & np.isin(shapely.get_type_id(originals), (3, 6))
    size[measurable] = area_m2(originals[measurable])
    identical = np.array([c.original is c.geometry for c in batch.clues], dtype=bool)
    same = identical | shapely.equals_exact(originals, batch.shapes)
    out = []
    for i in range(len(batch.clues)):
        fault = "" if valid[i] or not there[i] else str(shapely.is_valid_reason(originals[i]))
        own = None if np.isnan(batch.area_m2[i]) else float(batch.area_m2[i])
        first = None if np.isnan(size[i]) else float(size[i])
        inside = None if own is None else min(sum(h.share or 0.0 for h in hits[i]), 1.0)
        evidence: dict[str, Any] = {
            "area_m2": own,
            "original_area_m2": first,
            "original_fault": fault,
            "changed": not bool(same[i]),
            "prefecture_share": inside,
        }
        doubts, notes = [], []
        if i in batch.faults:
            doubts.append(batch.faults[i])
        elif not hits[i]:
            evidence["prefecture_share"] = 0.0 if own is not None else None
        elif inside is not None and inside < _WHOLE:
            doubts.append(f"{1 - inside:.1%} 在州界以外")
        if own is not None and own < settings.tiny_m2:
            doubts.append(f"面积只有 {area_words(own)}，不足 {settings.tiny_m2:g} 平方米，难以判读")
        if i in batch.faults:
            pass  # nothing was repaired that can be used
        elif fault:
            notes.append(f"原图形无效（{fault}），已修复")
        elif not same[i]:
            notes.append("图形已重画或修复，原图形保留")
        if own is not None and first and not same[i] and abs(own - first) > settings.repair_share * first:
            doubts.append(f"面积由 {area_words(first)} 变为 {area_words(own)}，变化超过 {settings.repair_share:.0%}")
        out_of_it = i not in batch.faults and not hits[i]
        words = (["整个在州界以外"] if out_of_it else []) + doubts + notes
        verdict: Verdict = "contradicts" if out_of_it else "unclear" if doubts else "supports"
        text = "；".join(words) or "图形可用"
        out.append(CheckResult("geometry", verdict, layer.reason(text), evidence, (layer.use,)))
    return tuple(out)


def check_image_evidence(batch: Batch, context: CheckContext) -> tuple[CheckResult, ...]:
    """What the images before and after say: not applicable, for this package does not read clue images yet."""
    return (CheckResult("image_evidence", "not_applicable", "没有接入前后时相影像，未作影像比对"),) * len(batch.clues)
