"""The map frame: a bounding box, a projection and a box on paper -> where every longitude/latitude goes, in millimetres.

The scale is rounded up to two or three digits, so that "1:2 300 000" is exact: true along the row through the map's centre,
on the CGCS2000 ellipsoid.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import CRSError as ProjError
from shapely.geometry.base import BaseGeometry

from changji_geo.errors import CRSError
from changji_geo.render.sheet.paper import Rect
from changji_geo.types import BBox, LonLat

CGCS2000 = pyproj.Geod(a=6378137.0, rf=298.257222101)
_STEPS_ARCSEC = (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 18000, 36000, 72000, 108000,
)  # fmt: skip
_DENSE = 25
_MOST_STRETCH = 2.5
_MOST_TURN = math.radians(60)


class Projection:
    """Longitude/latitude of CGCS2000 to a projected CRS and back."""

    def __init__(self, definition: str) -> None:
        try:
            crs = pyproj.CRS.from_user_input(definition)
        except ProjError as cause:
            raise CRSError(
                "打印图的投影无法识别",
                where=f"投影“{definition[:120]}”",
                fix="写 changji_albers 或 EPSG 代码，如 EPSG:4517",
            ) from cause
        if not crs.is_projected:
            raise CRSError(
                "打印图需要投影坐标系，不能用经纬度",
                where=f"投影“{definition[:120]}”",
                fix="写 changji_albers 或 EPSG:4517",
            )
        geographic = pyproj.CRS.from_epsg(4490)
        self._forward = pyproj.Transformer.from_crs(geographic, crs, always_xy=True)
        self.metres = float(crs.axis_info[0].unit_conversion_factor or 1.0) if crs.axis_info else 1.0

    def forward(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Degrees (n, 2) to projected metres (n, 2); inf where the projection has no answer."""
        x, y = self._forward.transform(lonlat[:, 0], lonlat[:, 1])
        return np.column_stack([x, y]) * self.metres

    def inverse(self, metres: NDArray[np.float64]) -> NDArray[np.float64]:
        """Projected metres to degrees."""
        at = metres / self.metres
        lon, lat = self._forward.transform(at[:, 0], at[:, 1], direction="INVERSE")
        return np.column_stack([lon, lat])


def box_outline(bbox: BBox, count: int = _DENSE) -> NDArray[np.float64]:
    """The edge of a box in degrees as a closed ring with `count` points a side."""
    west, south, east, north = bbox
    t = np.linspace(0, 1, count)
    sides = [
        np.column_stack([west + (east - west) * t, np.full(count, south)]),
        np.column_stack([np.full(count, east), south + (north - south) * t]),
        np.column_stack([east - (east - west) * t, np.full(count, north)]),
        np.column_stack([np.full(count, west), north - (north - south) * t]),
    ]
    return np.concatenate(sides)


def round_scale(denominator: float) -> int:
    """The next scale denominator up with two digits, or three between 1 and 2 (steps of 5 %).

    Examples
    --------
    >>> round_scale(2_137_000), round_scale(1_120_000), round_scale(1_050_000)
    (2200000, 1150000, 1050000)
    """
    power = 10.0 ** math.floor(math.log10(denominator))
    step = 0.05 if denominator / power < 2 else 0.1
    return round(math.ceil(denominator / power / step - 1e-9) * step * power)


def _fits(bbox: BBox, projection: Projection) -> bool:
    """Whether a short step east stays roughly level and true to length in the middle and at the corners of a box."""
    west, south, east, north = bbox
    south, north = max(south, -89.9), min(north, 89.9)
    spots = [((west + east) / 2, (south + north) / 2), (west, south), (east, south), (west, north), (east, north)]
    for lon, lat in spots:
        step = projection.forward(np.array([[lon - 5e-4, lat], [lon + 5e-4, lat]]))
        dx, dy = step[1] - step[0]
        _, _, ground = CGCS2000.inv(lon - 5e-4, lat, lon + 5e-4, lat)
        stretch = math.hypot(dx, dy) / float(ground)
        if not 1 / _MOST_STRETCH <= stretch <= _MOST_STRETCH or abs(math.atan2(dy, dx)) > _MOST_TURN:
            return False
    return True


@dataclass(frozen=True)
class Extent:
    """What must be seen, in projected metres: the centre and the size of the box around the projected bounding box."""

    x: float
    y: float
    width: float
    height: float

    @classmethod
    def of(cls, bbox: BBox, projection: Projection) -> Extent:
        """Project the edge of a box and take its bounds."""
        edge = projection.forward(box_outline(bbox))
        if not np.isfinite(edge).all() or not _fits(bbox, projection):
            raise CRSError(
                "图幅范围超出了投影的适用区",
                where=f"范围 {tuple(round(v, 4) for v in bbox)}",
                expected=f"东西方向大致水平、长度变形不超过 {_MOST_STRETCH:g} 倍",
                fix="换用 changji_albers，或缩小范围",
            )
        (x0, y0), (x1, y1) = edge.min(axis=0), edge.max(axis=0)
        return cls(float(x0 + x1) / 2, float(y0 + y1) / 2, max(float(x1 - x0), 1.0), max(float(y1 - y0), 1.0))


@dataclass(frozen=True)
class MapFrame:
    """The inner frame on paper and the map in it; ``fineness``: outlines are as true as that, in millimetres."""

    box: Rect
    extent: Extent
    projection: Projection
    fineness: float = 0.0

    @cached_property
    def centre(self) -> LonLat:
        """The middle of the frame in degrees."""
        lon, lat = self.projection.inverse(np.array([[self.extent.x, self.extent.y]]))[0]
        return LonLat(float(lon), float(lat))

    @cached_property
    def row_factor(self) -> float:
        """Projected length over ellipsoidal length along the row through the centre (over a twentieth of the extent)."""
        half = self.extent.width / 40
        ends = self.projection.inverse(
            np.array([[self.extent.x - half, self.extent.y], [self.extent.x + half, self.extent.y]])
        )
        _, _, ground = CGCS2000.inv(*ends[0], *ends[1])
        return 2 * half / float(ground)

    @cached_property
    def denominator(self) -> int:
        """Scale denominator: ground length over paper length at the centre."""
        needed = max(self.extent.width / self.box.width, self.extent.height / self.box.height) * 1000 / self.row_factor
        return round_scale(needed)

    @cached_property
    def mm_per_metre(self) -> float:
        """Paper millimetres for one projected metre."""
        return 1000.0 / (self.denominator * self.row_factor)

    @cached_property
    def convergence(self) -> float:
        """Angle of true north at the centre, degrees clockwise from the page's up."""
        lon, lat = self.centre
        step = self.extent.height / 111_000 / 40
        (x0, y0), (x1, y1) = self.projection.forward(np.array([[lon, lat - step], [lon, lat + step]]))
        return math.degrees(math.atan2(x1 - x0, y1 - y0))

    def to_page(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Degrees (n, 2) to page millimetres (n, 2)."""
        middle = ((self.box.left + self.box.right) / 2, (self.box.bottom + self.box.top) / 2)
        metres = self.projection.forward(np.asarray(lonlat, dtype=float).reshape(-1, 2))
        page = (metres - (self.extent.x, self.extent.y)) * self.mm_per_metre + middle
        return np.asarray(page, dtype=float)

    @cached_property
    def seen(self) -> BBox:
        """Degrees that the frame shows: the bounds of the frame's edge."""
        half_w, half_h = self.box.width / 2 / self.mm_per_metre, self.box.height / 2 / self.mm_per_metre
        x, y = self.extent.x, self.extent.y
        edge = self.projection.inverse(box_outline(BBox(x - half_w, y - half_h, x + half_w, y + half_h)))
        edge = edge[np.isfinite(edge).all(axis=1)]
        (west, south), (east, north) = edge.min(axis=0), edge.max(axis=0)
        return BBox(float(west), float(south), float(east), float(north))

    def geometries(self, shapes: Sequence[BaseGeometry]) -> list[BaseGeometry]:
        """Geometries on paper, cut a little outside the frame; empty where nothing of one is seen."""
        if not shapes:
            return []
        west, south, east, north = self.seen
        dx, dy = (east - west) * 0.1, (north - south) * 0.1
        near = (west - dx, south - dy, east + dx, north + dy)
        array = np.array(shapes, dtype=object)
        bounds = shapely.bounds(array)
        with np.errstate(invalid="ignore"):
            beyond = (
                (bounds[:, 0] < near[0])
                | (bounds[:, 1] < near[1])
                | (bounds[:, 2] > near[2])
                | (bounds[:, 3] > near[3])
            )
        out = array.copy()
        if beyond.any():
            out[beyond] = shapely.clip_by_rect(array[beyond], *near)
        placed = shapely.transform(out, self.to_page)
        return list(shapely.simplify(placed, self.fineness) if self.fineness else placed)

    @cached_property
    def step(self) -> int:
        """Graticule step in arc seconds: the finest that gives at most eight meridians and six parallels."""
        west, south, east, north = self.seen
        fits = (s for s in _STEPS_ARCSEC if (east - west) * 3600 / s <= 8 and (north - south) * 3600 / s <= 6)
        return next(fits, _STEPS_ARCSEC[-1])

    def graticule(self) -> list[tuple[str, str, NDArray[np.float64]]]:
        """Meridians and parallels across the frame: ("lon" or "lat", its text, points on paper)."""
        west, south, east, north = self.seen
        out: list[tuple[str, str, NDArray[np.float64]]] = []
        t = np.linspace(0, 1, 60)
        for k in range(math.ceil(west * 3600 / self.step), math.floor(east * 3600 / self.step) + 1):
            line = np.column_stack([np.full(60, k * self.step / 3600), south + (north - south) * t])
            out.append(("lon", dms(k * self.step, "EW"), self.to_page(line)))
        for k in range(math.ceil(south * 3600 / self.step), math.floor(north * 3600 / self.step) + 1):
            line = np.column_stack([west + (east - west) * t, np.full(60, k * self.step / 3600)])
            out.append(("lat", dms(k * self.step, "NS"), self.to_page(line)))
        return out


def dms(arc_seconds: int, letters: str) -> str:
    """An angle as frame label: degrees and minutes, seconds when there are any.

    Examples
    --------
    >>> dms(87 * 3600, "EW"), dms(44 * 3600 + 1230, "NS")
    ('87°00′E', '44°20′30″N')
    """
    sign = letters[0] if arc_seconds >= 0 else letters[1]
    degrees, rest = divmod(abs(arc_seconds), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{degrees}°{minutes:02d}′" + (f"{seconds:02d}″" if seconds else "") + sign
