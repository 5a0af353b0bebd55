"""Geometry without a settled CRS -> CGCS2000 degrees: told, declared or inferred, and always said which.

Inside the prefecture the numbers themselves say a good deal: degrees are below 180, eight-digit eastings carry their zone,
six-digit ones may fit only one meridian. What they cannot say is the datum; that is assumed and reported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from changji_geo.crs import CGCS2000, parse_crs
from changji_geo.errors import CRSError
from changji_geo.gauss_kruger import prefix_zone
from changji_geo.intake.coordinates.axes import CHINA, Bools, every_vertex, shapes_in_order, turned
from changji_geo.intake.coordinates.coordtext import Unit
from changji_geo.intake.coordinates.crs_inference import check_prefix, infer_crs, row_prefixes
from changji_geo.intake.coordinates.datums import base_datum, named, to_degrees, unshift
from changji_geo.intake.coordinates.rows_in_place import RowsInPlace
from changji_geo.intake.findings import IntakeFinding
from changji_geo.intake.source import Datum

FAR_DEG = 0.5
"""Features farther than this (some 50 km) from the prefecture are named, though most others lie inside."""

_UNIT_ZH: dict[Unit, str] = {"degrees": "经纬度", "metres": "米"}


@dataclass(frozen=True)
class Settled:
    """A frame whose place is known.

    ``frame``: EPSG:4490, x = longitude; same columns and index, less the rows of level "error". ``crs_used``: the system the
    numbers were read in (the commonest one when a file mixes zone prefixes); ``inferred``: worked out from the numbers.
    """

    frame: gpd.GeoDataFrame
    crs_used: pyproj.CRS
    inferred: bool
    findings: tuple[IntakeFinding, ...]


def settle_crs(
    frame: gpd.GeoDataFrame,
    *,
    declared: pyproj.CRS | None = None,
    told: str | None = None,
    datum: Datum | None = None,
    unit: Unit | None = None,
    extent: shapely.Geometry,
    what: str = "数据",
    row_word: str = "个要素",
    declared_is_default: bool = False,
) -> Settled:
    """Find out what a frame's numbers mean and bring it to CGCS2000 degrees.

    Parameters
    ----------
    frame : GeoDataFrame
        Geometry as read, index = row numbers; any CRS set on it is not looked at; not altered.
    declared : pyproj.CRS, optional
        What the file says about itself.
    told : str, optional
        What the user says (``--crs``): wins over `declared`; a bare number is an EPSG code.
    datum : {"cgcs2000", "gcj02", "bd09"}, optional
        What the coordinates mean (``--datum``): the shift of web maps is undone, also on a grid over them.
    unit : {"degrees", "metres"}, optional
        What the table's cells said; by default told by size.
    extent : shapely geometry
        The prefecture in CGCS2000 degrees, without margin.
    what : str
        The file, for messages.
    row_word : str
        What the row numbers count, for messages: ``行`` or ``个要素``.
    declared_is_default : bool
        The format alone declares the CRS (GeoJSON, KML), so numbers that contradict it are inferred anew.

    Returns
    -------
    Settled
        Rows at 0/0, in the unit of the minority, or outside China are left out with a finding of level "error". Rows without
        geometry or with NaN pass through for the repair to judge. Swapped axes are put right and reported ("axis_order").
        An inferred CRS is a "warning" of rule "crs_inferred"; a datum that is assumed or has no good parameters is a
        "warning" of rule "datum"; data outside the prefecture one of rule "outside".

    Raises
    ------
    CRSError
        When the CRS told or declared cannot be that of the numbers, when it cannot be inferred, or when everything comes out
        far outside China.

    Examples
    --------
    >>> raw = gpd.GeoDataFrame(geometry=[shapely.Point(29524062.66, 4873867.06)], index=[1])
    >>> settled = settle_crs(raw, extent=shapely.box(85.6, 43.1, 91.6, 45.5))
    >>> settled.crs_used.to_epsg(), settled.inferred, settled.frame.geometry.to_wkt(rounding_precision=4).tolist()
    (4517, True, ['POINT (87.3 44)'])
    """
    work = RowsInPlace(frame, extent, what, row_word)
    said = _told(told, what) if told is not None else None
    crs, by = (said, "told") if said is not None else (declared, "declared")
    if said is not None and declared is not None:
        _compare(work, said, declared)
    bounds = shapely.bounds(work.shapes)
    work.drop(np.asarray((np.abs(bounds) < 1e-9).all(axis=1)), "坐标为 0/0，视为没有填写")
    found = _one_unit(work, crs, unit)
    if found is None:
        return _result(frame, work, crs or pyproj.CRS(CGCS2000), inferred=False)
    if crs is not None and (crs.is_geographic or crs.is_projected) and (found == "degrees") != crs.is_geographic:
        if by == "told" or not declared_is_default:
            raise _impossible(work, crs, found, by)
        work.note(
            "warning", "crs_conflict", f"文件格式规定是 {named(crs)}，但坐标数值是{_UNIT_ZH[found]}，改按数值推断"
        )
        crs = None
    _put_in_order(work, found)
    inferred = crs is None
    if crs is not None:
        work.note("info", "crs", f"坐标系：{named(crs)}，{'--crs 写明' if by == 'told' else '文件声明'}")
    used = _convert(
        work, crs if crs is not None else infer_crs(work, found, datum_known=datum is not None), found, datum
    )
    _check_place(work, used)
    return _result(frame, work, used, inferred=inferred)


def _told(text: str, what: str) -> pyproj.CRS:
    return parse_crs(
        f"EPSG:{text.strip()}" if re.fullmatch(r"\s*\d{4,6}\s*", text) else text.strip(), what=f"{what}（--crs）"
    )


def _compare(work: RowsInPlace, told: pyproj.CRS, declared: pyproj.CRS) -> None:
    if told.equals(declared, ignore_axis_order=True):
        return
    modern = {"cgcs2000", "wgs84"}
    alike = told.is_geographic and declared.is_geographic and {base_datum(told), base_datum(declared)} <= modern
    message = f"文件声明的坐标系是 {named(declared)}，按 --crs 改用 {named(told)}"
    work.note("info" if alike else "warning", "crs_conflict", message)


def _one_unit(work: RowsInPlace, crs: pyproj.CRS | None, unit: Unit | None) -> Unit | None:
    """The unit of the rows, None without any; rows in the other unit are dropped."""
    usable = work.usable
    degrees = every_vertex(work.shapes, lambda x, y: (np.abs(x) <= 180.0) & (np.abs(y) <= 180.0)) & usable
    metres = usable & ~degrees
    if not usable.any():
        return None
    if unit is not None:
        most: Unit = unit
    elif degrees.sum() == metres.sum() and crs is not None:
        most = "degrees" if crs.is_geographic else "metres"
    else:
        most = "degrees" if degrees.sum() >= metres.sum() else "metres"
    other, rows = ("米", metres) if most == "degrees" else ("经纬度", degrees)
    if rows.sum() == usable.sum():  # the table's unit was wrong, or there was none to go by
        return "metres" if most == "degrees" else "degrees"
    work.drop(rows, f"坐标数值是{other}，而多数是{_UNIT_ZH[most]}；同一份数据只能用一种坐标系")
    return most


def _impossible(work: RowsInPlace, crs: pyproj.CRS, found: Unit, by: str) -> CRSError:
    x, y = np.median(work.xy, axis=0)
    who = "--crs 写的" if by == "told" else "文件声明的"
    kind = "经纬度" if crs.is_geographic else "平面坐标（米）"
    example = "EPSG:4490（CGCS2000 经纬度）" if found == "degrees" else "EPSG:4517（3 度带 29 带）"
    return CRSError(
        f"{who}坐标系 {named(crs)} 是{kind}，但坐标数值是{_UNIT_ZH[found]}（约 {x:.10g}，{y:.10g}）",
        where=work.what,
        expected="与坐标数值相符的坐标系",
        fix=f"向数据提供方确认后用 --crs 写明，如 --crs {example}",
    )


def _put_in_order(work: RowsInPlace, unit: Unit) -> None:
    """X east: whole files and single rows whose axes are swapped beyond doubt are turned."""
    usable = work.usable
    right = shapes_in_order(work.shapes, "lon" if unit == "degrees" else "east") & usable
    swapped = shapes_in_order(work.shapes, "lat" if unit == "degrees" else "north") & usable
    if not swapped.any():
        return
    work.shapes[swapped] = turned(work.shapes[swapped])
    order = "纬度在前、经度在后" if unit == "degrees" else "北坐标在前、东坐标在后"
    count = int(swapped.sum())
    if count > int(right.sum()):
        work.note("warning", "axis_order", f"坐标次序是{order}，已对调（{count} 个）")
        return
    for number in work.numbers[swapped].tolist():
        work.findings.append(
            IntakeFinding("repair", "axis_order", f"坐标次序是{order}，与其他不同，已对调", row=int(number))
        )


def _convert(work: RowsInPlace, crs: pyproj.CRS | None, unit: Unit, datum: Datum | None) -> pyproj.CRS:
    """Every row to CGCS2000 degrees; the CRS used, the commonest one when rows have their own zones."""
    usable = work.usable
    groups: list[tuple[pyproj.CRS, Bools]]
    if crs is None:
        prefixes = row_prefixes(work)
        kinds, counts = np.unique(prefixes[usable], return_counts=True)
        order = kinds[np.argsort(-counts, kind="stable")].tolist()
        groups = [(pyproj.CRS.from_epsg(prefix_zone(n).epsg()), usable & (prefixes == n)) for n in order]
    else:
        check_prefix(work, crs)
        groups = [(crs, usable)]
    shifted = datum in ("gcj02", "bd09")
    for each, rows in groups:
        if shifted and base_datum(each) not in ("cgcs2000", "wgs84"):
            raise CRSError(
                f"--datum {datum} 与坐标系 {named(each)} 矛盾：网络地图的坐标以 WGS 84 或 CGCS2000 记录",
                where=work.what,
                fix="去掉 --datum，或用 --crs 写明坐标系",
            )
        work.shapes[rows], said = to_degrees(work.shapes[rows], each, what=work.what)
        work.findings += said
    work.drop(usable & ~work.usable, f"坐标无法从 {named(groups[0][0])} 换算为经纬度")
    if shifted and datum is not None:
        rows = work.usable
        work.shapes[rows], finding = unshift(work.shapes[rows], datum)
        work.findings.append(finding)
    return groups[0][0]


def _check_place(work: RowsInPlace, crs: pyproj.CRS) -> None:
    """Everything far outside China is an error of the CRS; single rows there are dropped; the rest is remarked on."""
    usable = work.usable
    if not usable.any():
        return
    bounds = shapely.bounds(work.shapes)
    west, south, east, north = CHINA
    abroad = usable & ~(
        (bounds[:, 0] >= west) & (bounds[:, 1] >= south) & (bounds[:, 2] <= east) & (bounds[:, 3] <= north)
    )
    if abroad.sum() == usable.sum():
        x, y = np.nanmedian(bounds[usable][:, :2], axis=0)
        raise CRSError(
            f"按 {named(crs)} 换算后全部落在中国以外（约 {x:.3f}，{y:.3f}）",
            where=work.what,
            expected="本州约为东经 85.6-91.6、北纬 43.1-45.5",
            fix="坐标系、带号或坐标次序多半写错了；向数据提供方确认后用 --crs 写明",
        )
    work.drop(abroad, f"按 {named(crs)} 换算后落在中国以外")
    shapely.prepare(work.extent)
    out = work.usable & ~shapely.intersects(work.extent, work.shapes)
    if not out.any():
        return
    far = out.copy()
    far[out] = ~shapely.dwithin(work.extent, work.shapes[out], FAR_DEG)
    if out.sum() == work.usable.sum():
        message = "全部要素都在本州范围以外；如果本应在州内，坐标系、带号或 --datum 可能不对"
        work.note("warning", "outside", message)
    elif far.any():
        work.note("warning", "outside", f"{work.rows_text(far)}离本州 50 千米以上，请核对坐标")


def _result(frame: gpd.GeoDataFrame, work: RowsInPlace, crs: pyproj.CRS, *, inferred: bool) -> Settled:
    keep = ~work.dropped
    findings = sorted(work.findings, key=lambda f: (f.row is not None, f.row or 0))
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))[keep]
    made = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(work.shapes[keep], index=table.index, crs=CGCS2000))
    return Settled(made, crs, inferred, tuple(findings))
