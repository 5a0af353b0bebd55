"""Features as a file has them -> valid features, and one finding for everything that was changed or refused.

Only what needs it is touched: a valid polygon keeps its coordinates to the last bit, apart from the direction of its rings.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from changji_geo.classify import format_number
from changji_geo.crs import require_crs
from changji_geo.ellipsoid import area_m2, geod_length_m
from changji_geo.errors import CRSError
from changji_geo.intake.findings import SHOWN_ROWS, IntakeFinding

SLIVER_AREA_M2 = 1.0
"""A polygon part or a hole smaller than this is a drawing fault, not land."""

SLIVER_WIDTH_M = 0.1
"""So is one narrower than this: twice its area over its perimeter, which for a long strip is its width."""

GROSS_CHANGE = 0.01
"""A feature whose area changes by more than this share gets a warning besides its repairs."""

_SPIKE_M = 0.1
_MIN_METRES_PER_DEGREE, _MAX_METRES_PER_DEGREE = 110_500.0, 111_700.0
_TOUCHING_DEG = 2e-9
_FINEST_DEG = 1e-11  # a micrometre: the last resort of rounding
_POLYGON, _MULTI_LINE, _MULTI_POLYGON = 3, 5, 6

Shapes = NDArray[np.object_]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Repaired:
    """What `repair_geometries` gives: the usable features, and what was done or refused."""

    frame: gpd.GeoDataFrame
    findings: tuple[IntakeFinding, ...]


def repair_geometries(frame: gpd.GeoDataFrame, *, row_word: str = "个要素", clockwise: bool = False) -> Repaired:
    """Make features usable, and say for each what it took.

    Parameters
    ----------
    frame : GeoDataFrame
        Longitude/latitude on CGCS2000 (EPSG:4490); the index holds the row numbers of the source. A collection is made
        valid and wound, and otherwise left to `changji_geo.intake.geometry.kinds.split_kinds`. Not altered.
    row_word : str
        ``"个要素"`` or ``"行"``: what the index counts, for messages that list rows.
    clockwise : bool
        The format's own rule is outer rings clockwise (Shapefile, FileGDB): rings of that rule are wound the other way
        without a word, those that break it are counted.

    Returns
    -------
    Repaired
        ``frame``: the usable rows in their order, same columns and index, valid two-dimensional geometry, outer rings
        anticlockwise and holes clockwise (RFC 7946). ``findings``: those about the whole file first, then row by row.

        ====================  ========  ===============================================================================
        rule                  level     meaning
        ====================  ========  ===============================================================================
        no_geometry           error     missing or empty; the row is left out
        bad_coordinate        error     a coordinate is NaN or infinite; left out
        zero_area             error     a polygon without area; left out
        zero_length           error     a line whose points all coincide; left out. "repair" when only parts of it do
        dropped_zm            info      how many features lost Z or M (once)
        winding               info      how many features had rings the wrong way round (once)
        duplicate_vertices    repair    successive vertices at exactly the same place became one
        invalid               repair    self-intersection, overlapping parts, spikes, holes outside ...
        sliver_parts          repair    parts dropped and holes filled that are under 1 m² or narrower than 0.1 m
        sliver_feature        warning   a whole feature is that small: kept
        area_change           warning   the repairs changed the feature's area by more than 1 %
        duplicate_feature     warning   rows with the same geometry and the same attributes: all kept
        ====================  ========  ===============================================================================

        Repairs carry the ellipsoidal areas before and after (0 for lines). "Before" is `changji_geo.ellipsoid.area_m2` of the
        rings as they stand, the number a GIS shows for the unrepaired feature: of a bow-tie it is the difference of the
        loops, and a place covered twice counts twice.

    Raises
    ------
    CRSError
        When the frame has no CRS, or a projected one.

    Notes
    -----
    Invalid polygons go through GEOS' ``make_valid`` with ``method="structure"``: each ring is made valid, shells are
    united, holes are cut out. A bow-tie keeps both loops, a place that a ring or two parts cover twice counts once, and
    nothing but polygons comes out. The other method ("linework") turns every place covered twice into a hole.

    Repairing what was repaired changes nothing. An empty frame stays empty.

    Examples
    --------
    >>> import geopandas as gpd
    >>> bow_tie = shapely.Polygon([(87, 44), (87.01, 44.01), (87.01, 44), (87, 44.01)])
    >>> done = repair_geometries(gpd.GeoDataFrame(geometry=[bow_tie], index=[1], crs="EPSG:4490"))
    >>> done.frame.geometry[1].geom_type, [f.rule for f in done.findings]
    ('MultiPolygon', ['invalid', 'area_change'])
    """
    if not require_crs(frame, what="待修复的数据").is_geographic:
        raise CRSError("几何在经纬度上修复，给出的是投影坐标", fix="先用 to_cgcs2000 换算")
    given: Shapes = np.array(frame.geometry.array, dtype=object)
    rows = [int(r) for r in frame.index]
    findings = list(_refusals(given, rows))
    keep = _keep(rows, findings)
    given[~keep] = None
    has_zm = shapely.has_z(given) | shapely.has_m(given)
    if has_zm.any():
        given[has_zm] = shapely.force_2d(given[has_zm])
        findings.append(IntakeFinding("info", "dropped_zm", f"有 {has_zm.sum()} {row_word}带高程 Z 或量测值 M，已去掉"))
    shapes = given.copy()
    findings += _drop_zero_length_parts(shapes, rows)
    findings += _drop_repeated_vertices(shapes, rows)
    findings += _make_valid(shapes, rows)
    findings += _drop_slivers(shapes, rows)
    findings += _wind(given, shapes, row_word, clockwise=clockwise)
    findings += _gross_changes(given, shapes, rows, findings)
    findings += _duplicate_features(frame, shapes, rows, row_word)
    keep = _keep(rows, findings)
    lost = {rows[i] for i in (~keep).nonzero()[0]}
    findings = [f for f in findings if f.level == "error" or f.row not in lost]
    out = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs, name=frame.geometry.name))[keep]
    return Repaired(out, tuple(sorted(findings, key=lambda f: -1 if f.row is None else f.row)))


def _keep(rows: list[int], findings: list[IntakeFinding]) -> Mask:
    refused = {f.row for f in findings if f.level == "error"}
    return np.fromiter((r not in refused for r in rows), dtype=bool, count=len(rows))


def _refusals(shapes: Shapes, rows: list[int]) -> Iterator[IntakeFinding]:
    """What no repair can mend: no geometry, coordinates that are no numbers, lines without length."""
    blank = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    for i in blank.nonzero()[0]:
        yield IntakeFinding("error", "no_geometry", "没有几何", rows[i])
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    bad = ~np.isfinite(points).all(axis=1)
    counts = np.bincount(owner[bad], minlength=len(shapes)) if len(points) else np.zeros(len(shapes), dtype=np.intp)
    for i in counts.nonzero()[0]:
        yield IntakeFinding("error", "bad_coordinate", f"有 {counts[i]} 个顶点的坐标是空值或无穷大", rows[i])
    flat = (shapely.get_dimensions(shapes) == 1) & ~blank & (counts == 0) & (shapely.length(shapes) == 0)
    for i in flat.nonzero()[0]:
        yield IntakeFinding("error", "zero_length", "线的长度为 0（顶点都在同一处）", rows[i])


def _repeats(shapes: Shapes) -> NDArray[np.intp]:
    """How many vertices of each line or polygon stand exactly where the one before stands."""
    counts = np.zeros(len(shapes), dtype=np.intp)
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    same = (owner[1:] == owner[:-1]) & (xy[1:] == xy[:-1]).all(axis=1)
    suspects = np.unique(owner[1:][same])
    # Two rings may meet end to start, so the suspects are counted ring by ring.
    for i in suspects[shapely.get_dimensions(shapes[suspects]) > 0]:
        parts = shapely.get_parts(shapely.get_parts(shapes[i]))
        areal = shapely.get_type_id(parts) == _POLYGON
        lines = [*shapely.get_rings(parts[areal]), *parts[~areal & (shapely.get_dimensions(parts) == 1)]]
        counts[i] = sum(int((np.diff(shapely.get_coordinates(line), axis=0) == 0).all(axis=1).sum()) for line in lines)
    return counts


def _drop_repeated_vertices(shapes: Shapes, rows: list[int]) -> Iterator[IntakeFinding]:
    counts = _repeats(shapes)
    for i in counts.nonzero()[0]:
        # A ring of fewer than three places has no form without its repeats; making it valid removes it altogether.
        if shapely.is_valid(shapes[i]):
            shapes[i] = shapely.remove_repeated_points(shapes[i], 0)
        area = float(area_m2(shapes[i])[0])
        yield IntakeFinding(
            "repair", "duplicate_vertices", f"有 {counts[i]} 个重复的相邻顶点，已去掉，形状和面积不变", rows[i],
            area_before_m2=area, area_after_m2=area,
        )  # fmt: skip


def _drop_zero_length_parts(shapes: Shapes, rows: list[int]) -> Iterator[IntakeFinding]:
    multi = (shapely.get_type_id(shapes) == _MULTI_LINE).nonzero()[0]
    parts, owner = shapely.get_parts(shapes[multi], return_index=True)
    flat = shapely.length(parts) == 0
    for k in np.unique(owner[flat]):
        mine = _run(owner, k)
        kept = parts[mine][~flat[mine]]
        shapes[multi[k]] = shapely.MultiLineString(list(kept)) if len(kept) > 1 else kept[0]
        text = f"去掉 {np.count_nonzero(flat[mine])} 段长度为 0 的线"
        yield IntakeFinding("repair", "zero_length", text, rows[multi[k]], area_before_m2=0.0, area_after_m2=0.0)


def _make_valid(shapes: Shapes, rows: list[int]) -> Iterator[IntakeFinding]:
    faulty = ~shapely.is_valid(shapes) & (shapely.get_dimensions(shapes) == 2)
    for i in faulty.nonzero()[0]:
        old = shapes[i]
        new = _mended(old)
        if shapely.is_empty(new):
            shapes[i] = None
            yield IntakeFinding("error", "zero_area", "面积为 0（顶点在一条线上）", rows[i])
            continue
        shapes[i] = new
        before, after = area_m2([old, new]).tolist()
        text = f"{_fault_zh(old, new)}，面积 {area_text(before, after)}"
        yield IntakeFinding("repair", "invalid", text, rows[i], area_before_m2=before, area_after_m2=after)


def _mended(shape: shapely.Geometry) -> shapely.Geometry:
    valid = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    # A crossing that is rounded next to a vertex can leave a fault of 1e-14°; the second time it is gone.
    if not shapely.is_valid(valid):
        valid = shapely.make_valid(valid, method="structure", keep_collapsed=False)
    if not shapely.is_valid(valid):
        valid = shapely.set_precision(valid, _FINEST_DEG)
    return shapely.orient_polygons(shapely.remove_repeated_points(valid, 0))


def _fault_zh(old: shapely.Geometry, new: shapely.Geometry) -> str:
    """What was wrong, where, and what became of it: ``自相交（蝴蝶结，位置 87.005000，44.005000），已拆为 2 个部分``."""
    reason = shapely.is_valid_reason(old)
    count, now = shapely.get_num_geometries(old), shapely.get_num_geometries(new)
    fault = next((chinese for english, chinese in _FAULTS_ZH.items() if reason.startswith(english)), "几何无效")
    spot = re.search(r"\[(\S+) (\S+)\]", reason)
    inside = ["蝴蝶结"] if fault == "自相交" and now > count else []
    inside += [f"位置 {float(spot[1]):.6f}，{float(spot[2]):.6f}"] if spot else []
    done = f"已拆为 {now} 个部分" if now > count else f"已合并为 {now} 个部分" if now < count else "已修正"
    outline = shapely.difference(shapely.boundary(old), shapely.buffer(new, _TOUCHING_DEG))
    spikes = float(geod_length_m(outline)[0])
    done += f"，去掉面积为 0 的突刺（共长 {format_number(spikes, 1)} 米）" if spikes > _SPIKE_M else ""
    return fault + (f"（{'，'.join(inside)}）" if inside else "") + "，" + done


_FAULTS_ZH = {
    "Ring Self-intersection": "环碰到自己",
    "Self-intersection": "自相交",
    "Hole lies outside shell": "洞在外环之外",
    "Holes are nested": "洞套洞",
    "Nested shells": "面套面",
    "Duplicate Rings": "环重复",
    "Interior is disconnected": "内部不连通",
    "Too few points": "有的环点数太少",
}


def _slivers(polygons: Shapes) -> Mask:
    """Which polygons are under the stated area or width; measured only where a bound on the plane cannot tell."""
    highest = float(np.nanmax(np.abs(shapely.bounds(polygons)[:, [1, 3]]), initial=0.0))
    least = _MIN_METRES_PER_DEGREE**2 * max(math.cos(math.radians(min(highest, 90.0))), 1e-9)
    area = shapely.area(polygons) * least
    width = 2.0 * area / (shapely.length(polygons) * _MAX_METRES_PER_DEGREE + 1e-30)
    out: Mask = (area < SLIVER_AREA_M2) | (width < SLIVER_WIDTH_M)
    doubtful = polygons[out]
    metres = area_m2(doubtful)
    out[out] = (metres < SLIVER_AREA_M2) | (2.0 * metres < SLIVER_WIDTH_M * geod_length_m(doubtful))
    return out


def _drop_slivers(shapes: Shapes, rows: list[int]) -> Iterator[IntakeFinding]:
    areal = np.isin(shapely.get_type_id(shapes), (_POLYGON, _MULTI_POLYGON)).nonzero()[0]
    parts, owner = shapely.get_parts(shapes[areal], return_index=True)
    filled = _fill_sliver_holes(parts)
    small = _slivers(parts)
    whole = np.bincount(owner[~small], minlength=len(areal)) == 0
    for k in whole.nonzero()[0]:
        size = area_text(float(area_m2(shapes[areal[k]])[0]))
        text = (
            f"整个要素是碎面（小于 {SLIVER_AREA_M2:g} 平方米或窄于 {SLIVER_WIDTH_M:g} 米，面积 {size}），已保留，请核对"
        )
        yield IntakeFinding("warning", "sliver_feature", text, rows[areal[k]])
    touched = np.zeros(len(areal), dtype=bool)
    touched[owner[small | (filled > 0)]] = True
    for k in (touched & ~whole).nonzero()[0]:
        mine = _run(owner, k)
        kept = parts[mine][~small[mine]]
        new = shapely.MultiPolygon(list(kept)) if len(kept) > 1 else kept[0]
        if not shapely.is_valid(new):  # a part that lay in a filled hole
            new = _mended(new)
        before, after = area_m2([shapes[areal[k]], new]).tolist()
        shapes[areal[k]] = new
        done = [f"去掉碎面 {n} 处" for n in (int(small[mine].sum()),) if n]
        done += [f"填上碎洞 {n} 处" for n in (int(filled[mine].sum()),) if n]
        text = f"{'、'.join(done)}（小于 {SLIVER_AREA_M2:g} 平方米或窄于 {SLIVER_WIDTH_M:g} 米），面积 {area_text(before, after)}"
        yield IntakeFinding("repair", "sliver_parts", text, rows[areal[k]], area_before_m2=before, area_after_m2=after)


def _fill_sliver_holes(parts: Shapes) -> NDArray[np.intp]:
    """Replace the parts that have sliver holes; how many holes each lost."""
    filled = np.zeros(len(parts), dtype=np.intp)
    holed = (shapely.get_num_interior_rings(parts) > 0).nonzero()[0]
    rings, owner = shapely.get_rings(parts[holed], return_index=True)
    small = _slivers(np.asarray(shapely.polygons(rings), dtype=object))
    small[np.searchsorted(owner, np.arange(len(holed)))] = False  # the first ring of each is its shell
    for k in np.unique(owner[small]):
        mine = _run(owner, k)
        shell, *holes = rings[mine][~small[mine]]
        parts[holed[k]] = shapely.Polygon(shell, holes)
        filled[holed[k]] = np.count_nonzero(small[mine])
    return filled


def _run(owner: NDArray[np.intp], k: int) -> slice:
    """Where the parts of feature `k` stand: `owner` rises."""
    return slice(*np.searchsorted(owner, [k, k + 1]).tolist())


def _wind(given: Shapes, shapes: Shapes, row_word: str, *, clockwise: bool) -> Iterator[IntakeFinding]:
    parts, owner = shapely.get_parts(shapes, return_index=True)
    while (shapely.get_type_id(parts) > _POLYGON).any():  # a collection holds anything
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    areal = shapely.get_type_id(parts) == _POLYGON
    rings, part = shapely.get_rings(parts[areal], return_index=True)
    shell = np.ones(len(rings), dtype=bool)
    shell[1:] = part[1:] != part[:-1]
    fits = shapely.is_ccw(rings) == shell
    wrong = np.unique(owner[areal][part[~fits]])
    against, rule = len(wrong), " RFC 7946（外环逆时针、洞顺时针）"
    if clockwise:  # what a repair has made anew has lost the direction it came in
        as_read = [i for i in np.unique(owner[areal][part[fits]]) if shapes[i] is given[i]]
        against, rule = len(as_read), " Shapefile 和 FileGDB 的规定（外环顺时针、洞逆时针）"
    shapes[wrong] = shapely.orient_polygons(shapes[wrong])
    if against:
        text = f"有 {against} {row_word}的环方向不合{rule}，已理顺，形状和面积不变"
        yield IntakeFinding("info", "winding", text)


def _gross_changes(
    given: Shapes, shapes: Shapes, rows: list[int], findings: list[IntakeFinding]
) -> Iterator[IntakeFinding]:
    reshaped = {f.row for f in findings if f.rule in ("invalid", "sliver_parts")}
    changed = np.array([i for i, row in enumerate(rows) if row in reshaped], dtype=np.intp)
    for i, before, after in zip(changed, area_m2(given[changed]), area_m2(shapes[changed]), strict=True):
        if abs(after - before) > GROSS_CHANGE * max(before, after):
            share = f"（{(after - before) / before:+.1%}）" if before > 0 else ""
            text = f"修复使面积变化超过 {GROSS_CHANGE:.0%}{share}：{area_text(before, after)}，请与原始资料核对"
            yield IntakeFinding(
                "warning", "area_change", text, rows[i], area_before_m2=float(before), area_after_m2=float(after)
            )


def _duplicate_features(
    frame: gpd.GeoDataFrame, shapes: Shapes, rows: list[int], row_word: str
) -> Iterator[IntakeFinding]:
    """Rows alike in everything; equal boxes and vertex counts point them out, so only few are compared in full."""
    usable = (~shapely.is_missing(shapes)).nonzero()[0]
    boxes = pd.DataFrame(shapely.bounds(shapes[usable])).assign(n=shapely.get_num_coordinates(shapes[usable]))
    alike = usable[boxes.duplicated(keep=False).to_numpy()]
    table: Any = frame.drop(columns=frame.geometry.name).iloc[alike].astype(str)
    table = table.assign(**{"\x00shape": shapely.to_wkb(shapely.normalize(shapes[alike]))})
    twice = table.duplicated(keep=False).to_numpy()
    if not twice.any():
        return
    for group in table[twice].groupby(list(table.columns), sort=False, dropna=False).indices.values():
        same = [rows[alike[twice][i]] for i in group]
        named = "、".join(str(r) for r in same[:SHOWN_ROWS]) + ("……" if len(same) > SHOWN_ROWS else "")
        text = f"第 {named} {row_word}的几何和属性完全相同（共 {len(same)} 个），都已保留，请核对是否重复录入"
        yield IntakeFinding("warning", "duplicate_feature", text, same[0])


def area_text(*square_metres: float) -> str:
    """``1 234.5 → 2 469 平方米``: one area, or the areas before and after a change."""
    return " → ".join(format_number(a, 1 if a >= 10 else None) for a in square_metres) + " 平方米"
