"""Clues over other areas: counties, other protected areas, protection zones of water sources, the red line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from changji_geo.clues.checks.batch import Batch, Hit, area_words, hits_over
from changji_geo.clues.checks.context import AreaLayer, CheckContext
from changji_geo.clues.model import CheckResult, Verdict

_WHOLE = 1 - 1e-6
"""A share from which on a patch lies wholly in the counties: they tile only to rounding."""


def check_county(batch: Batch, context: CheckContext) -> tuple[CheckResult, ...]:
    """The counties each clue lies in, with its area in each.

    Supports: wholly within the prefecture's counties. Contradicts: outside all. Unclear: partly outside, a point on a common
    border, or nothing to measure.

    Returns
    -------
    tuple of CheckResult
        One for each clue. Evidence: ``county`` (that of the largest part, None outside) and ``counties``, a list of ``id``,
        ``name``, ``area_m2``, ``share``.
    """
    layer = context.counties
    ids = [str(i) for i in layer.frame["id"]]
    hits = hits_over(batch, layer)
    out = []
    for i in range(len(batch.clues)):
        if i in batch.faults:
            out.append(CheckResult("county", "unclear", layer.reason(batch.faults[i]), {}, (layer.use,)))
            continue
        found = hits[i]
        listed = [{"id": ids[h.row], "name": layer.names[h.row], "area_m2": h.area_m2, "share": h.share} for h in found]
        largest = max(found, key=lambda h: h.area_m2 or 0.0, default=None)
        evidence = {"county": None if largest is None else layer.names[largest.row], "counties": listed}
        verdict, text = _county_words(found, layer)
        out.append(CheckResult("county", verdict, layer.reason(text), evidence, (layer.use,)))
    return tuple(out)


def _county_words(hits: Sequence[Hit], layer: AreaLayer) -> tuple[Verdict, str]:
    if not hits:
        return "contradicts", "不在本州任何县市内"
    if hits[0].area_m2 is None:
        names = "、".join(layer.names[h.row] for h in hits)
        return ("supports", f"在{names}") if len(hits) == 1 else ("unclear", f"点在县市界上：{names}")
    inside = sum(h.share or 0.0 for h in hits)
    if len(hits) == 1 and inside >= _WHOLE:
        return "supports", f"全部在{layer.names[hits[0].row]}"
    words = _sizes(hits, layer)
    return ("supports", f"跨县市：{words}") if inside >= _WHOLE else ("unclear", f"部分在州外：{words}")


def _sizes(hits: Sequence[Hit], layer: AreaLayer) -> str:
    return "，".join(
        layer.names[h.row]
        + ("（点）" if h.area_m2 is None or h.share is None else f" {area_words(h.area_m2)}（{h.share:.1%}）")
        for h in hits
    )


def check_other_areas(batch: Batch, context: CheckContext) -> tuple[CheckResult, ...]:
    """The other protected areas (自然保护地) each clue lies in: those of the layer that are no reserve with zones.

    Supports: in one. Contradicts: in none. Unclear: only grazing, or nothing to measure. Not applicable: no such layer.

    Returns
    -------
    tuple of CheckResult
        One for each clue. Evidence: ``features``, a list of ``id``, ``name``, ``type``, ``area_m2``, ``share``.
    """
    layer = context.protected_areas
    zoned = set(context.reserves.frame["reserve_id"].astype(str)) if "reserve_id" in context.reserves.frame else set()
    left_out = set() if layer is None else {k for k, i in enumerate(layer.frame["id"]) if str(i) in zoned}
    return _inside("other_areas", batch, context, layer, "其他自然保护地", "工作区没有自然保护地图层", left_out)


def check_water_zones(batch: Batch, context: CheckContext) -> tuple[CheckResult, ...]:
    """The protection zones of drinking-water sources (饮用水水源保护区) each clue lies in; verdicts as `check_other_areas`."""
    missing = "工作区没有饮用水水源保护区图层"
    return _inside("water_zones", batch, context, context.water_zones, "饮用水水源保护区", missing)


def check_red_line(batch: Batch, context: CheckContext) -> tuple[CheckResult, ...]:
    """How much of each clue lies within the ecological red line (生态保护红线); verdicts as `check_other_areas`."""
    return _inside("red_line", batch, context, context.red_line, "生态保护红线", "工作区没有生态保护红线图层")


def _inside(
    check: str,
    batch: Batch,
    context: CheckContext,
    layer: AreaLayer | None,
    what: str,
    missing: str,
    left_out: frozenset[int] | set[int] = frozenset(),
) -> tuple[CheckResult, ...]:
    if layer is None:
        return (CheckResult(check, "not_applicable", missing),) * len(batch.clues)
    ids = [str(i) for i in layer.frame["id"]]
    types = [str(t) for t in layer.frame["type"]] if "type" in layer.frame else [""] * len(ids)
    hits = hits_over(batch, layer)
    outside = CheckResult(check, "contradicts", layer.reason(f"不在{what}内"), {"features": []}, (layer.use,))
    out = []
    for i in range(len(batch.clues)):
        found = [h for h in hits[i] if h.row not in left_out]
        if i in batch.faults:
            out.append(CheckResult(check, "unclear", layer.reason(batch.faults[i]), {}, (layer.use,)))
            continue
        if not found:
            out.append(outside)
            continue
        listed: list[dict[str, Any]] = [
            {"id": ids[h.row], "name": layer.names[h.row], "type": types[h.row], "area_m2": h.area_m2, "share": h.share}
            for h in found
        ]
        text = f"在{what}内：{_sizes(found, layer)}"
        grazing = bool(np.all([h.share is not None and h.share < context.settings.edge_share for h in found]))
        if grazing:
            text += f"；均不足图斑的 {context.settings.edge_share:.0%}，可能是边界误差"
        verdict: Verdict = "unclear" if grazing else "supports"
        out.append(CheckResult(check, verdict, layer.reason(text), {"features": listed}, (layer.use,)))
    return tuple(out)
