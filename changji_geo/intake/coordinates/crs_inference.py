"""What plain numbers say about their reference system, and what they contradict."""

from __future__ import annotations

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from changji_geo.crs import CGCS2000
from changji_geo.ellipsoid import geod
from changji_geo.errors import CRSError
from changji_geo.gauss_kruger import ZoneGuess, detect_zone, prefix_zone, zone_prefixes
from changji_geo.intake.coordinates.axes import shapes_in_order
from changji_geo.intake.coordinates.coordtext import Unit
from changji_geo.intake.coordinates.datums import base_datum, named
from changji_geo.intake.coordinates.rows_in_place import RowsInPlace


def infer_crs(work: RowsInPlace, unit: Unit, *, datum_known: bool = False) -> pyproj.CRS | None:
    """The CRS of numbers that nobody named, on CGCS2000, with the findings that say so.

    Parameters
    ----------
    work : RowsInPlace
        The rows; takes the findings.
    unit : {"degrees", "metres"}
        Of the numbers.
    datum_known : bool
        Somebody has said whether the coordinates are shifted: degrees then raise no doubt.

    Returns
    -------
    pyproj.CRS or None
        None: the eastings have several zone prefixes, and each row is to be read in its own zone.

    Raises
    ------
    CRSError
        When six-digit eastings fit several central meridians, or none (`changji_geo.gauss_kruger.detect_zone`).
    """
    if unit == "degrees":
        message = "没有坐标系信息；数值是经纬度，推断为 CGCS2000（EPSG:4490）"
        doubt = "" if datum_known else "。取自网络地图的坐标须加 --datum gcj02 或 bd09"
        work.note("warning", "crs_inferred", message + doubt)
        return pyproj.CRS(CGCS2000)
    prefixes = row_prefixes(work)
    kinds = np.unique(prefixes[work.usable])
    assumed = "大地基准从数值看不出，按 CGCS2000；如实为西安 80 或北京 54，位置会差几十米到一百多米，须用 --crs 写明"
    if len(kinds) > 1 and (kinds > 0).any():
        work.drop(work.usable & (prefixes == 0), "东坐标没有带号（或跨两个带号），而其他行有")
        kinds = kinds[kinds > 0]
    if len(kinds) > 1:
        counts = "、".join(f"{n} 带 {int((prefixes == n).sum())} 个" for n in kinds.tolist())
        work.note(
            "warning",
            "crs_inferred",
            f"没有坐标系信息；东坐标的带号不止一个（{counts}），各按自己的带换算，推断为 CGCS2000",
        )
        work.note("warning", "datum", assumed)
        return None
    guess = detect_zone(work.xy, work.extent, what=work.what)
    work.note(
        "warning", "crs_inferred", f"没有坐标系信息；{guess.reason}，推断为 CGCS2000 {guess.zone}（EPSG:{guess.epsg}）"
    )
    work.note("warning", "datum", assumed + _utm_note(work, guess))
    return pyproj.CRS.from_epsg(guess.epsg)


def row_prefixes(work: RowsInPlace) -> NDArray[np.int64]:
    """Zone prefix of each row's eastings; 0 without one or with several."""
    bounds = shapely.bounds(work.shapes)
    west, east = zone_prefixes(bounds[:, 0]), zone_prefixes(bounds[:, 2])
    return np.where(west == east, west, 0)


def _utm_note(work: RowsInPlace, guess: ZoneGuess) -> str:
    """What it would mean if six-digit eastings were UTM, whose zones 45 and 46 share the meridians 87° and 93°."""
    if guess.prefixed or guess.zone.central_meridian % 6 != 3:
        return ""
    number = (guess.zone.central_meridian + 183) // 6
    x, y = np.median(work.xy, axis=0)
    here, there = (
        pyproj.Transformer.from_crs(code, "EPSG:4326", always_xy=True).transform(x, y)
        for code in (guess.epsg, 32600 + number)
    )
    kilometres = geod().inv(*here, *there)[2] / 1000.0
    return f"；如实为 WGS 84 UTM {number}N，位置会差约 {kilometres:.1f} 千米，须加 --crs EPSG:{32600 + number}"


def check_prefix(work: RowsInPlace, crs: pyproj.CRS) -> None:
    """Refuse a grid with zone numbers for eastings without, and the other way round: they come out a continent away."""
    operation = crs.coordinate_operation
    values = {p.name: float(p.value) for p in operation.params} if operation is not None else {}
    if not crs.is_projected or "Longitude of natural origin" not in values or "False easting" not in values:
        return
    grid = int(values["False easting"] // 1e6)
    prefixes = np.unique(zone_prefixes(work.xy[:, 0]))
    if len(prefixes) != 1 or int(prefixes[0]) == grid or not shapes_in_order(work.shapes[work.usable], "east").all():
        return
    seen = int(prefixes[0])
    if not grid and not (seen and prefix_zone(seen).central_meridian == values["Longitude of natural origin"]):
        return
    have = f"带号是 {seen}" if seen else "没有带号"
    want = f"带号应是 {grid}" if grid else "不含带号"
    raise CRSError(
        f"坐标系 {named(crs)} 的东坐标{want}，而数据的东坐标{have}（约 {np.median(work.xy[:, 0]):.1f}）",
        where=work.what,
        fix=f"用 --crs 写明{_same_meridian(crs, grid, seen)}",
    )


def _same_meridian(crs: pyproj.CRS, grid: int, seen: int) -> str:
    """The code of the same datum that fits the eastings, as an example."""
    datum = base_datum(crs)
    if datum not in ("cgcs2000", "xian80", "beijing54"):
        return "与东坐标相符的坐标系"
    zone = prefix_zone(seen or grid)
    return f"，如 --crs EPSG:{zone.epsg(datum, prefixed=bool(seen))}（{zone}，东坐标{'含' if seen else '不含'}带号）"
