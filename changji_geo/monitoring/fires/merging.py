"""Fire points of one day that lie within a pixel of each other -> one fire, whichever satellites saw it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from changji_geo.ellipsoid import geod
from changji_geo.errors import InputError
from changji_geo.monitoring.fires.sensors import MERGE_CODE, MERGE_TITLE

Floats = NDArray[np.float64]

_LEAST_DEGREE_M = 110_500.0
"""No degree of latitude is shorter on the ellipsoid."""

_TAKEN = (
    "county", "adcode", "place", "in_prefecture", "town", "nearest_town", "town_distance_m", "reserve", "zone",
    "zone_scheme", "regulation", "nearest_reserve", "reserve_distance_m", "reserve_notice",
)  # fmt: skip
"""Columns of the main member that its fire takes over, where they are there."""

FIRE_COLUMNS = (
    "fire_id", "date", "detections", "members", "satellites", "sensors", "versions", "confidences", "first", "last",
    "times", "frp_max_mw", "main", "lon", "lat", *_TAKEN, "satellite_notes", "notes", "sample", "counties", "zones",
    "counted", "reason_codes", "reasons", "hints", "merge_rule",
)  # fmt: skip
"""Columns of the fires made from located and screened points, in this order."""

_NEEDED = (
    "id",
    "date",
    "utc",
    "beijing",
    "lon",
    "lat",
    "pixel_m",
    "frp_mw",
    "satellite",
    "sensor",
    "confidence",
    "version",
)


@dataclass(frozen=True)
class MergedFires:
    """Fires and their members. ``members`` are the points given with ``fire_id``; ``rule`` says how they were joined."""

    fires: gpd.GeoDataFrame
    members: gpd.GeoDataFrame
    rule: str


def merge_fires(points: gpd.GeoDataFrame) -> MergedFires:
    """Merge fire points into fires.

    Parameters
    ----------
    points : GeoDataFrame
        Fire points with the columns of `changji_geo.monitoring.fires.reading.FireTable`, located and screened or not; not
        altered. ``id`` must be unique.

    Returns
    -------
    MergedFires
        Two points are of one fire when they have the same ``date`` (Beijing), the same ``counted`` where there is such a
        column, and lie no farther apart (geodesic) than the larger of their nominal pixels; what is joined link by link
        is one fire. The order of the points does not matter. ``fires`` has one row each, in the order of day and id:
        ``fire_id`` (of day and earliest member, so that later passes of the day rarely change it), ``date``, ``detections``
        (number of members), ``members`` (their ids), ``satellites``, ``sensors``, ``versions``, ``confidences`` (each in
        its own scale), ``first`` and ``last`` (Beijing), ``times``, ``frp_max_mw``, ``lon``, ``lat`` and geometry of the
        main member (the finest pixel, then the greatest power, then the earliest), its places, ``satellite_notes``,
        ``notes``, ``counties`` and ``zones`` of all members, ``sample`` where one is made up, ``counted``, ``reason_codes``,
        ``reasons``, ``hints``, ``merge_rule``.

    Raises
    ------
    InputError
        A column is missing, or an id is there twice.
    """
    missing = [c for c in _NEEDED if c not in points]
    if missing:
        raise InputError(f"火点表缺少列 {missing[0]}", fix="先用 read_fires 读取")
    twice = points["id"][points["id"].duplicated()]
    if len(twice):
        raise InputError(f"火点编号重复：{twice.iloc[0]}", fix="先用 read_fires 去掉重复的行")
    ordered = points.sort_values(["date", "utc", "id"], kind="stable")
    group = _groups(ordered)
    order = np.argsort(group, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(group[order])) + 1) if len(order) else []
    records = ordered.drop(columns=ordered.geometry.name).to_dict("records")
    fires = [_fire([records[i] for i in part]) for part in parts]
    ids = np.full(len(ordered), "", dtype=object)
    for part, fire in zip(parts, fires, strict=True):
        ids[part] = fire["fire_id"]
    members = ordered.assign(fire_id=ids).loc[points.index]
    return MergedFires(_frame(fires, ordered), members, f"{MERGE_CODE}：{MERGE_TITLE}")


def _groups(points: gpd.GeoDataFrame) -> NDArray[np.intp]:
    """Number of the group of each point."""
    parent = np.arange(len(points))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = int(parent[i])
        return i

    lon, lat, pixel = (points[c].to_numpy(dtype=np.float64) for c in ("lon", "lat", "pixel_m"))
    standing = points["counted"].tolist() if "counted" in points else [True] * len(points)
    apart: dict[tuple[Any, Any], list[int]] = {}
    for row, key in enumerate(zip(points["date"], standing, strict=True)):
        apart.setdefault(key, []).append(row)
    for rows in apart.values():
        for i, j in _close_pairs(lon[rows], lat[rows], pixel[rows]):
            a, b = root(rows[i]), root(rows[j])
            parent[max(a, b)] = min(a, b)
    return np.array([root(i) for i in range(len(points))], dtype=np.intp)


def _close_pairs(lon: Floats, lat: Floats, pixel: Floats) -> Iterable[tuple[int, int]]:
    """Pairs of positions no farther apart than the larger pixel of the two; the longitude may wrap at 180°."""
    if len(lon) < 2:
        return []
    high = pixel.max() / _LEAST_DEGREE_M
    wide = np.minimum(high / np.maximum(np.cos(np.radians(np.minimum(np.abs(lat) + high, 89.9))), 1e-3) * 1.01, 180.0)
    boxes = shapely.box(lon - wide, lat - high * 1.01, lon + wide, lat + high * 1.01)
    found = []
    for shift in (0.0, 360.0) if np.ptp(lon) > 180 else (0.0,):
        found.append(
            shapely.STRtree(np.asarray(shapely.points(lon + shift, lat), dtype=object)).query(
                boxes, predicate="intersects"
            )
        )
    i, j = np.concatenate(found, axis=1)
    i, j = np.minimum(i, j), np.maximum(i, j)
    i, j = np.unique(np.stack([i[i != j], j[i != j]]), axis=1)
    _, _, metres = geod().inv(lon[i], lat[i], lon[j], lat[j])
    near = metres <= np.maximum(pixel[i], pixel[j])
    return zip(i[near].tolist(), j[near].tolist(), strict=True)


def _fire(members: Sequence[dict[Any, Any]]) -> dict[str, Any]:
    """One row from members in the order of time and id."""
    first = members[0]
    main = min(members, key=lambda m: (m["pixel_m"], 1.0 if pd.isna(m["frp_mw"]) else -m["frp_mw"]))
    digest = hashlib.sha256(str(first["id"]).encode()).hexdigest()[:8].upper()
    powers = [float(m["frp_mw"]) for m in members if not pd.isna(m["frp_mw"])]
    row: dict[str, Any] = {
        "fire_id": f"HD-{first['date']:%Y%m%d}-{digest}",
        "date": first["date"],
        "detections": len(members),
        "members": "、".join(m["id"] for m in members),
        "satellites": _joined(sorted(m["satellite"] for m in members)),
        "sensors": _joined(sorted(m["sensor"] for m in members)),
        "versions": _joined(sorted(m["version"] for m in members)),
        "confidences": _joined(f"{m['sensor']} {m['confidence'] or '缺'}" for m in members),
        "first": first["beijing"],
        "last": members[-1]["beijing"],
        "times": _joined(f"{m['beijing']:%H:%M}" for m in members),
        "frp_max_mw": max(powers, default=np.nan),
        "main": main["id"],
        "lon": float(main["lon"]),
        "lat": float(main["lat"]),
    }
    row |= {column: main[column] for column in _TAKEN if column in main}
    if "satellite_note" in main:
        row["satellite_notes"] = _joined((m["satellite_note"] for m in members), "；")
    if "note" in main:
        row["notes"] = _joined((m["note"] for m in members), "；")
    if "sample" in main:
        row["sample"] = any(m["sample"] for m in members)
    if "county" in main:
        row["counties"] = _joined(m["county"] for m in members)
    if "reserve" in main:
        row["zones"] = _joined(f"{m['reserve']}{m['zone']}" for m in members)
    if "counted" in main:
        row["counted"] = bool(first["counted"])
        row["reason_codes"] = _joined((code for m in members for code in m["reason_codes"].split()), " ")
        row["reasons"] = _joined((m["reasons"] for m in members), "；")
        row["hints"] = _joined((m["hints"] for m in members), "；")
    return row | {"merge_rule": MERGE_CODE}


def _joined(words: Iterable[str], sign: str = "、") -> str:
    """Each word once, in the order met, empty ones left out."""
    return sign.join(dict.fromkeys(w for w in words if w))


def _frame(rows: list[dict[str, Any]], points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ordered = sorted(rows, key=lambda r: (r["date"], r["fire_id"]))
    if not ordered:
        return gpd.GeoDataFrame({c: pd.Series([], dtype=object) for c in FIRE_COLUMNS}, geometry=[], crs=points.crs)
    frame = pd.DataFrame(ordered)
    return gpd.GeoDataFrame(frame, geometry=shapely.points(frame["lon"], frame["lat"]), crs=points.crs)
