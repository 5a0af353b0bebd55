"""The places of the corpus: true CGCS2000 longitude/latitude, and what each bad habit makes of them.

Every file of the corpus is written from these places, so what an import must give back is known exactly. Seconds of arc
are the smallest unit, so that decimal degrees, degrees-minutes-seconds and metres all say the same place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import GeoToolCN
import numpy as np
import pyproj
import shapely

_GEOD = pyproj.Geod(ellps="GRS80")
LonLat = tuple[float, float]
Dms = tuple[int, int, float]
Parts = Mapping[str, Mapping[int, Sequence[LonLat]]]
"""Kind of geometry -> row number of the source -> its vertices (any order; a closing vertex counts once)."""


class Site(NamedTuple):
    """A true place, in degrees, minutes, seconds."""

    id: str
    name: str
    lon_dms: Dms
    lat_dms: Dms

    @property
    def lon(self) -> float:
        return degrees(self.lon_dms)

    @property
    def lat(self) -> float:
        return degrees(self.lat_dms)

    @property
    def place(self) -> LonLat:
        return self.lon, self.lat


def degrees(dms: Dms) -> float:
    return dms[0] + dms[1] / 60 + dms[2] / 3600


WEST = (
    Site("w1", "昌吉市第一水厂", (87, 18, 30.25), (44, 0, 40.8)),
    Site("w2", "阜康市天池西路", (87, 58, 12.5), (44, 9, 6.4)),
    Site("w3", "呼图壁县城南", (86, 53, 29.6), (44, 11, 7.2)),
)
"""In the 3-degree zone 29 (central meridian 87°)."""

EAST = (
    Site("e1", "吉木萨尔县城", (89, 10, 48.5), (44, 0, 3.6)),
    Site("e2", "奇台县古城", (89, 35, 24.25), (44, 1, 19.5)),
    Site("e3", "木垒照壁山", (90, 17, 6.0), (43, 50, 2.4)),
)
"""In the 3-degree zone 30 (central meridian 90°)."""

LONE_WEST = (
    Site("n1", "莫索湾北一", (86, 39, 0.5), (45, 18, 0.75)),
    Site("n2", "莫索湾北二", (86, 40, 12.0), (45, 17, 6.0)),
)
"""Read with any other central meridian they fall outside the prefecture: only 87° fits."""

LONE_EAST = (
    Site("s1", "木垒南山一", (90, 40, 12.0), (43, 33, 0.5)),
    Site("s2", "木垒南山二", (90, 39, 3.0), (43, 33, 30.0)),
)
"""Likewise for 90°."""

QUARRY: tuple[LonLat, ...] = ((87.3001, 44.0102), (87.3052, 44.0098), (87.3061, 44.0141), (87.3008, 44.015))
BRICKWORKS: tuple[LonLat, ...] = (
    (86.8812, 44.1721), (86.8899, 44.1715), (86.8907, 44.1776), (86.8853, 44.1802), (86.8804, 44.1769),
)  # fmt: skip
PATCHES = (("t1", "西沟村料场", QUARRY), ("t2", "五工台砖厂", BRICKWORKS))
"""Two suspected patches in zone 29, as anticlockwise unclosed rings."""

RESERVE_NAME = "卡拉麦里山有蹄类野生动物自然保护区"
RESERVE_ZONES: tuple[tuple[str, str, tuple[LonLat, ...]], ...] = (
    ("k1", "核心区", ((89.3, 44.8), (89.5, 44.8), (89.5, 45.0), (89.3, 45.0))),
    ("k2", "缓冲区", ((89.5, 44.8), (89.6, 44.8), (89.6, 45.0), (89.5, 45.0))),
    ("k3", "实验区", ((89.6, 44.8), (89.8, 44.8), (89.8, 45.0), (89.6, 45.0))),
)
"""Three functional zones side by side in zone 30; neighbours share an edge."""

Writer = Callable[[Path], Path]


@dataclass(frozen=True)
class Said:
    """One finding that must be there: every word in one message, and its level and rule where the contract fixes them."""

    words: tuple[str, ...]
    level: str | None = None
    rule: str | None = None
    row: int | None = None


def said(*words: str, level: str | None = None, rule: str | None = None, row: int | None = None) -> Said:
    return Said(words, level, rule, row)


@dataclass(frozen=True)
class Case:
    """A file that imports, perhaps after repairs."""

    name: str
    write: Writer
    parts: Parts
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    tolerance_m: float = 0.02
    says: tuple[Said, ...] = ()
    text: Mapping[str, Sequence[object]] = field(default_factory=dict)
    epsg: int | None = None
    inferred: bool | None = None
    area_after_m2: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class BadCase:
    """A file that is refused.

    ``rows`` are to be named in the message. ``good`` is what ``skip_bad_rows=True`` keeps; None where no row can be saved.
    ``blamed`` is the name that the message must contain, the file's own by default. ``seconds``: refused within.
    """

    name: str
    write: Callable[[Path], Path | str]
    words: tuple[str, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[int, ...] = ()
    good: Parts | None = None
    blamed: str | None = None
    seconds: float = 10.0


def project(epsg: int, places: Sequence[LonLat]) -> list[tuple[float, float]]:
    """True places as easting, northing (or degrees) of a CRS."""
    step = pyproj.Transformer.from_crs(4490, epsg, always_xy=True)
    return [step.transform(lon, lat, errcheck=True) for lon, lat in places]


def gcj02(places: Sequence[LonLat]) -> list[LonLat]:
    """True places as web maps (高德) show them, by a library that shares no code with the package."""
    return [GeoToolCN.wgs84_to_gcj02(lon, lat) for lon, lat in places]


def bd09(places: Sequence[LonLat]) -> list[LonLat]:
    """True places as 百度 shows them, by a library that shares no code with the package."""
    return [GeoToolCN.wgs84_to_bd09(lon, lat) for lon, lat in places]


def points(sites: Sequence[Site], first_row: int = 1) -> Parts:
    """Each site on its own row."""
    return {"point": {first_row + i: [site.place] for i, site in enumerate(sites)}}


def areas(rings: Sequence[Sequence[LonLat]], first_row: int = 1) -> Parts:
    """Each ring on its own row."""
    return {"area": {first_row + i: list(ring) for i, ring in enumerate(rings)}}


PATCH_AREAS = areas([ring for _, _, ring in PATCHES])
RESERVE_AREAS = areas([ring for _, _, ring in RESERVE_ZONES])


def polygon(ring: Sequence[LonLat], epsg: int = 4490) -> shapely.Polygon:
    return shapely.Polygon(project(epsg, ring) if epsg != 4490 else ring)


def ellipsoidal_m2(rings: Sequence[Sequence[LonLat]]) -> float:
    """Area by pyproj on edges cut every 10 m: straight in longitude/latitude, as the land surveys measure."""
    dense = [shapely.segmentize(shapely.Polygon(ring), 1e-4) for ring in rings]
    return float(np.sum([abs(_GEOD.geometry_area_perimeter(shape)[0]) for shape in dense]))


def metres(found: Sequence[LonLat], true: Sequence[LonLat]) -> float:
    """How far the vertices found are from the true ones at worst, each to its nearest, both ways round."""
    if len(true) == 0 or len(found) == 0:
        return 0.0 if len(true) == len(found) else np.inf
    here, there = np.asarray(found, dtype=float), np.asarray(true, dtype=float)
    a, b = np.repeat(here, len(there), axis=0), np.tile(there, (len(here), 1))
    apart = _GEOD.inv(*a.T, *b.T)[2].reshape(len(here), len(there))
    return float(max(apart.min(axis=0).max(), apart.min(axis=1).max()))


def digest(folder: Path) -> dict[str, str]:
    """Every file and folder below, with the hash of its bytes (its size and time above 1 GiB)."""

    def mark(path: Path) -> str:
        if path.is_dir():
            return "folder"
        stamp = path.stat()
        if stamp.st_size > 1 << 30:
            return f"{stamp.st_size} bytes, {stamp.st_mtime_ns}"
        return hashlib.sha256(path.read_bytes()).hexdigest()

    return {str(path.relative_to(folder)): mark(path) for path in sorted(folder.rglob("*"))}
