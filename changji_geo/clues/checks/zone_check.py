"""Clues over the functional zones of reserves: areas by zone, distance to a zone border, focus type; by the clue's date."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from changji_geo.clues.checks.batch import Batch, Hit, Ints, area_words, frame_of, hits_over
from changji_geo.clues.checks.context import CheckContext
from changji_geo.clues.model import CheckResult, Clue, Verdict
from changji_geo.ellipsoid import area_m2
from changji_geo.spatial.nearest import join_nearest
from changji_geo.standards.reserves import ZONE_SCHEMES, ActivityClass, ZoneScheme, activity_class, zone_scheme

_DEGREE_M = 111_700.0
"""No degree of longitude or latitude is longer on the ellipsoid."""


@dataclass(frozen=True, slots=True)
class ZonePart:
    """The part of a clue in one zone of one reserve. ``zone`` is "" where the layer does not say; areas None for points."""

    reserve: str
    zone: str
    area_m2: float | None
    share: float | None


def schemes_of(clue: Clue) -> tuple[ZoneScheme, ...]:
    """The scheme of the clue's own date; all of them when it has none."""
    return ZONE_SCHEMES if clue.observed is None else _scheme_on(clue.observed)


@functools.lru_cache(maxsize=4096)
def _scheme_on(day: datetime.date) -> tuple[ZoneScheme, ...]:
    return (zone_scheme(day),)


def zone_parts(hits: Sequence[Hit], scheme: ZoneScheme, context: CheckContext) -> tuple[ZonePart, ...]:
    """Hits on features added up to zones of a scheme, in the order of the layer."""
    sums: dict[tuple[str, str], tuple[float | None, float | None]] = {}
    zones = context.zones[scheme.id]
    for row, area, share in hits:
        key = (context.reserve_names[row], zones[row])
        old = sums.get(key, (0.0, 0.0))
        if area is None or share is None or old[0] is None or old[1] is None:
            sums[key] = (None, None)
        else:
            sums[key] = (old[0] + area, min(old[1] + share, 1.0))
    return tuple(ZonePart(reserve, zone, *sizes) for (reserve, zone), sizes in sums.items())


def check_reserve_zones(batch: Batch, context: CheckContext) -> tuple[CheckResult, ...]:
    """How much of each clue lies in each functional zone (功能区), by the scheme of its own date.

    Supports: in a reserve. Contradicts: outside all. Unclear: no date (both schemes' areas are given), only grazing (less
    than ``edge_share`` of the patch), no zone given for that scheme in the layer, or nothing to measure.

    Returns
    -------
    tuple of CheckResult
        One for each clue, in their order. Evidence: ``observed``, ``area_m2``, ``inside_m2``, ``inside_share``, ``scheme`` and ``zones``, a
        list of ``reserve``, ``scheme``, ``zone``, ``area_m2``, ``share``. Areas are None for points.
    """
    hits = hits_over(batch, context.reserves)
    return tuple(_zones_of(batch, i, hits[i], context) for i in range(len(batch.clues)))


def _zones_of(batch: Batch, i: int, hits: Sequence[Hit], context: CheckContext) -> CheckResult:
    clue, layer = batch.clues[i], context.reserves

    def result(verdict: Verdict, text: str, evidence: dict[str, Any]) -> CheckResult:
        return CheckResult("reserve_zones", verdict, layer.reason(text), evidence, (layer.use,))

    if i in batch.faults:
        return result("unclear", batch.faults[i], {})
    own = None if np.isnan(batch.area_m2[i]) else float(batch.area_m2[i])
    inside = _inside_m2(batch, i, hits, context)
    schemes = schemes_of(clue)
    parts = [(scheme, zone_parts(hits, scheme, context)) for scheme in schemes]
    evidence: dict[str, Any] = {
        "observed": None if clue.observed is None else clue.observed.isoformat(),
        "area_m2": own,
        "inside_m2": inside,
        "inside_share": None if own is None or inside is None else min(inside / own, 1.0),
        "scheme": "、".join(s.title for s in schemes),
        "zones": [
            {"reserve": p.reserve, "scheme": s.title, "zone": p.zone, "area_m2": p.area_m2, "share": p.share}
            for s, found in parts
            for p in found
        ],
    }
    if not hits:
        return result("contradicts", "不在任何自然保护区内", evidence)
    words = "；".join(_parts_words(scheme, found) for scheme, found in parts)
    share = evidence["inside_share"]
    grazing = share is not None and share < context.settings.edge_share
    edge = f"；区内不足图斑的 {context.settings.edge_share:.0%}，可能是边界误差" if grazing else ""
    if clue.observed is None:
        return result("unclear", f"没有影像日期，无法确定适用哪种分区，两种都列出：{words}{edge}", evidence)
    rule = f"按{schemes[0].regulation}"
    if any(not p.zone for p in parts[0][1]):
        return result("unclear", f"{rule}：{words}；图层没有给出{schemes[0].title}分区，不自动换算", evidence)
    if grazing:
        return result("unclear", f"{rule}：{words}{edge}", evidence)
    return result("supports", f"{rule}：{words}", evidence)


def _parts_words(scheme: ZoneScheme, parts: Sequence[ZonePart]) -> str:
    words = []
    for p in parts:
        size = "（点）" if p.area_m2 is None or p.share is None else f" {area_words(p.area_m2)}（{p.share:.1%}）"
        words.append(f"{p.reserve}{p.zone or f'（{scheme.title}未给出）'}{size}")
    return f"{scheme.title}：{'，'.join(words)}"


def _inside_m2(batch: Batch, i: int, hits: Sequence[Hit], context: CheckContext) -> float | None:
    """Area in reserves, what two overlapping ones share counted once; None for points."""
    if np.isnan(batch.area_m2[i]):
        return None
    if len({context.reserve_names[h.row] for h in hits}) > 1:
        shapes = context.reserves.shapes[[h.row for h in hits]]
        return float(area_m2(shapely.union_all(shapely.intersection(batch.shapes[i], shapes)))[0])
    return float(sum(h.area_m2 or 0.0 for h in hits))


def check_zone_distance(batch: Batch, context: CheckContext) -> tuple[CheckResult, ...]:
    """Geodesic distance from each clue to the nearest border of a zone, by the scheme of its own date.

    Farther than ``far_m`` the distance of a patch is that of the middle of its box, and says so; nearer it is that of the patch.

    Supports: in a reserve and farther from any border than the layer's positions may be wrong. Contradicts: outside and
    farther than that. Unclear: nearer (0 m: across the border), no date, or nothing to measure.

    Returns
    -------
    tuple of CheckResult
        One for each clue. Evidence: ``tolerance_m`` and ``borders``, a list of ``scheme``, ``reserve``, ``zone``,
        ``distance_m``, ``measured_from``; ``inside`` says whether the clue's first vertex lies in a reserve.
    """
    layer = context.reserves
    measurable = np.sort(np.concatenate([batch.areas, batch.points])).astype(np.int64)
    inside = _first_vertex_inside(batch, measurable, context)
    by_scheme = {scheme.id: _distances(batch, measurable, scheme, context) for scheme in ZONE_SCHEMES}
    tolerance = context.settings.border_tolerance_m.of(layer.use.accuracy)
    out = []
    for i, clue in enumerate(batch.clues):
        if i in batch.faults:
            out.append(CheckResult("zone_distance", "unclear", layer.reason(batch.faults[i]), {}, (layer.use,)))
            continue
        schemes = schemes_of(clue)
        borders = [{"scheme": s.title, **by_scheme[s.id][i]} for s in schemes]
        words = "；".join(
            f"{b['scheme']}：距{b['reserve']}{b['zone']}界线 {_distance_words(b)}"
            if b["distance_m"]
            else f"{b['scheme']}：跨越或接触{b['reserve']}{b['zone']}界线"
            for b in borders
        )
        near = borders[0]["distance_m"] <= tolerance
        verdict: Verdict = "unclear" if clue.observed is None or near else "supports" if i in inside else "contradicts"
        text = f"{'在保护区内' if i in inside else '在保护区外'}，{words}" if borders[0]["distance_m"] else words
        if near:
            text += f"，在位置误差 {tolerance:g} 米以内"
        if clue.observed is None:
            text += "；没有影像日期，无法确定适用哪种分区"
        evidence = {"inside": i in inside, "tolerance_m": tolerance, "borders": borders}
        out.append(CheckResult("zone_distance", verdict, layer.reason(text), evidence, (layer.use,)))
    return tuple(out)


def _distance_words(border: Mapping[str, Any]) -> str:
    if border["measured_from"] == "图形":
        return f"{border['distance_m']:,.1f} 米"
    return f"约 {border['distance_m'] / 1000:,.1f} 公里（按中心点）"


def _first_vertex_inside(batch: Batch, rows: Ints, context: CheckContext) -> set[int]:
    if not len(rows):
        return set()
    xy, owner = shapely.get_coordinates(batch.shapes[rows], return_index=True)
    first = np.array(shapely.points(xy[np.flatnonzero(np.diff(owner, prepend=-1))]), dtype=object)
    _, at = shapely.STRtree(first).query(context.reserves.shapes, predicate="covers")
    return set(rows[at].tolist())


def _distances(batch: Batch, rows: Ints, scheme: ZoneScheme, context: CheckContext) -> dict[int, dict[str, Any]]:
    """Nearest border of the clues that this scheme concerns."""
    wanted = [i for i in rows.tolist() if scheme in schemes_of(batch.clues[i])]
    if not wanted:
        return {}
    shapes, borders = batch.shapes[wanted], context.borders[scheme.id]
    west, south, east, north = shapely.bounds(shapes).T
    middles = np.array(shapely.points((west + east) / 2, (south + north) / 2), dtype=object)
    found = join_nearest(frame_of(middles), borders)
    # No point of a shape is farther from the middle of its box than this.
    reach_m = _DEGREE_M * np.hypot(east - west, north - south) / 2
    near = found["distance_m"].to_numpy() - reach_m <= context.settings.far_m
    out = {
        i: {"reserve": reserve, "zone": zone, "distance_m": metres, "measured_from": "中心点"}
        for i, reserve, zone, metres in _rows(wanted, found)
    }
    rows = np.flatnonzero(near | (shapely.get_type_id(shapes) == 0))
    exact = join_nearest(frame_of(shapes[rows]), borders)
    for i, reserve, zone, metres in _rows([wanted[k] for k in rows.tolist()], exact):
        out[i] = {"reserve": reserve, "zone": zone, "distance_m": metres, "measured_from": "图形"}
    return out


def _rows(positions: Sequence[int], joined: Any) -> Iterator[tuple[int, str, str, float]]:
    columns = (joined["border_reserve"], joined["border_zone"], joined["distance_m"])
    return zip(positions, *(column.tolist() for column in columns), strict=True)


def written_activity(clue: Clue, context: CheckContext) -> str:
    """What the desk, else the file, says the activity is; "" when neither does."""
    for table in (clue.fields, clue.attributes):
        for name in context.settings.activity_fields:
            text = str(table.get(name) or "").strip()
            if text:
                return text
    return ""


def check_focus_type(batch: Batch, context: CheckContext) -> tuple[CheckResult, ...]:
    """Whether each clue is one of the four focus problems (四类重点问题), by its activity, zone and date.

    Supports: it is. Contradicts: it is not: another activity, outside all reserves, or tourism and hydropower outside the
    strict zones of the scheme. Unclear: the activity is not known or not recognised, the zone hangs on a missing date or is
    not in the layer, or the patch only grazes the zone.

    Returns
    -------
    tuple of CheckResult
        One for each clue. Evidence: ``written`` (the activity as written), ``activity``, ``internal_code``, ``counting_m2``,
        ``counting_share`` (of the patch, in zones where it counts), ``focus`` (yes, no, or None when unclear).
    """
    hits = hits_over(batch, context.reserves)
    return tuple(_focus_of(batch, i, hits[i], context) for i in range(len(batch.clues)))


@functools.lru_cache(maxsize=4096)
def _class_of(written: str) -> ActivityClass | None:
    return activity_class(written)


def _focus_of(batch: Batch, i: int, hits: Sequence[Hit], context: CheckContext) -> CheckResult:
    layer = context.reserves
    written = written_activity(batch.clues[i], context)
    activity = _class_of(written) if written else None
    sizes: dict[str, float | None] = {}
    verdict: Verdict
    if activity is None:
        said = f"活动类型“{written[:40]}”归不到唯一的一类" if written else "没有填活动类型"
        verdict, text = "unclear", f"{said}，无法判断是否属四类重点问题"
    elif not activity.focus:
        verdict, text = "contradicts", f"“{activity.name}”不属四类重点问题"
    elif i in batch.faults:
        verdict, text = "unclear", batch.faults[i]
    elif not hits:
        verdict, text = "contradicts", f"“{activity.name}”属四类重点问题，但不在任何自然保护区内"
    else:
        verdict, text, sizes = _focus_inside(batch, i, hits, activity, context)
    evidence = {
        "written": written,
        "activity": activity.name if activity else None,
        "internal_code": activity.code if activity else None,
        "focus": {"supports": True, "contradicts": False}.get(verdict),
        **sizes,
    }
    return CheckResult("focus_type", verdict, layer.reason(text), evidence, (layer.use,))


def _focus_inside(
    batch: Batch, i: int, hits: Sequence[Hit], activity: ActivityClass, context: CheckContext
) -> tuple[Verdict, str, dict[str, float | None]]:
    """The verdict on a focus activity that meets a reserve."""
    clue, name = batch.clues[i], activity.name
    everywhere = activity.focus == "reserve"
    if not everywhere and clue.observed is None:
        return "unclear", f"没有影像日期，无法确定“{name}”按核心区、缓冲区还是按核心保护区计入", {}
    scheme = schemes_of(clue)[0]
    parts = zone_parts(hits, scheme, context)
    where = "自然保护区" if everywhere else "、".join(scheme.strict_zones)
    counting = [p for p in parts if everywhere or p.zone in scheme.strict_zones]
    area = share = None
    if not np.isnan(batch.area_m2[i]):
        strict = float(sum(p.area_m2 or 0.0 for p in counting))
        area = _inside_m2(batch, i, hits, context) if everywhere else strict
        share = min((area or 0.0) / float(batch.area_m2[i]), 1.0)
    sizes = {"counting_m2": area, "counting_share": share}
    size = "" if area is None or share is None else f" {area_words(area)}（{share:.1%}）"
    if not everywhere and any(not p.zone for p in parts):
        return "unclear", f"图层没有给出{scheme.title}分区，“{name}”只在{where}内计入", sizes
    if not counting:
        return "contradicts", f"“{name}”只在{where}内计入，线索在其外", sizes
    if share is not None and share < context.settings.edge_share:
        return "unclear", f"“{name}”在{where}内只有{size}，可能是边界误差", sizes
    return "supports", f"“{name}”在{where}内{size}，属四类重点问题", sizes
