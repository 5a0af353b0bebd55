"""Points, and edges straight in longitude/latitude: geodesic distances between them, and a plane that bounds those distances.

The two halves of an exact nearest search: `LocalPlane` says which edges can be nearest at all (a bound that is proved, not
a guess), `least_distances_m` measures those few on the ellipsoid. Everything is CGCS2000 longitude/latitude in degrees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from changji_geo.ellipsoid import INVERSE_FLATTENING, SEMI_MAJOR_M, geod

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Shapes = NDArray[np.object_]

STEP_DEG = 0.1
"""Longest edge that is handled in one piece, degrees; longer ones are divided, which does not move them."""

CHAIN = 16
"""Most edges that are searched for as one line."""

_E2 = (2.0 - 1.0 / INVERSE_FLATTENING) / INVERSE_FLATTENING
_E = _E2**0.5
_LEAST_RADIUS_M = SEMI_MAJOR_M * (1.0 - _E2)
_GREATEST_RADIUS_M = SEMI_MAJOR_M / (1.0 - _E2) ** 0.5
_FARTHEST_LAT = 85.0
_ROUNDS = 20
# A foot that is off by s metres makes a distance d too long by s²/(2d): stop when that is below 0.1 µm.
_TOLERANCE_M = 1e-7


@dataclass(frozen=True)
class Pieces:
    """Geometries taken apart into points and edges of at most `STEP_DEG`.

    ``start`` and ``end`` have shape (n, 2), longitude and latitude in degrees, equal for a point. ``owner`` is the position
    of the geometry a piece comes from, ``chain`` numbers the lines of up to `CHAIN` edges that follow each other, from 0; both rise.
    """

    owner: Rows
    start: Floats
    end: Floats
    chain: Rows

    def __len__(self) -> int:
        return len(self.owner)

    def take(self, rows: Rows) -> Pieces:
        """Some of the pieces, whole chains at a time."""
        chain = np.cumsum(np.diff(self.chain[rows], prepend=-1) != 0) - 1
        return Pieces(self.owner[rows], self.start[rows], self.end[rows], chain)

    @property
    def chain_first(self) -> Rows:
        """Position of the first piece of each chain."""
        return np.flatnonzero(np.diff(self.chain, prepend=-1))

    @property
    def is_point(self) -> NDArray[np.bool_]:
        """Which pieces have no length."""
        return np.asarray((self.start == self.end).all(axis=1))

    @property
    def longest_m(self) -> float:
        """Length of the longest edge, metres; 0 when there are only points."""
        lengths = geod().inv(self.start[:, 0], self.start[:, 1], self.end[:, 0], self.end[:, 1])[2]
        return float(np.max(lengths, initial=0.0))


def simple_parts(shapes: Shapes) -> tuple[Shapes, Rows]:
    """Points, lines and polygons that geometries consist of (collections opened to any depth), and whose they are."""
    parts, owner = shapes, np.arange(len(shapes))
    while (shapely.get_type_id(parts) > 3).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    keep = ~(shapely.is_missing(parts) | shapely.is_empty(parts))
    return parts[keep], owner[keep]


def take_apart(shapes: Shapes) -> Pieces:
    """The points of points, the edges of lines and of polygon rings; missing and empty geometries have none."""
    parts, owner = simple_parts(shapes)
    kind = shapely.get_type_id(parts)
    area = kind == 3
    rings, ring_part = shapely.get_rings(parts[area], return_index=True)
    lines = np.concatenate([parts[(kind == 1) | (kind == 2)], rings])
    line_owner = np.concatenate([owner[(kind == 1) | (kind == 2)], owner[area][ring_part]])
    xy, line = shapely.get_coordinates(lines, return_index=True)
    within = line[1:] == line[:-1]
    edge, edge_start, edge_end = _divided(xy[:-1][within], xy[1:][within])
    edge_line = line[:-1][within][edge]
    points = shapely.get_coordinates(parts[kind == 0])
    start, end = np.concatenate([points, edge_start]), np.concatenate([points, edge_end])
    part = np.concatenate([np.arange(len(points)), len(points) + edge_line])
    owners = np.concatenate([owner[kind == 0], line_owner[edge_line]])
    order = np.argsort(owners, kind="stable")
    return Pieces(owners[order], start[order], end[order], _chains(part[order]))


def _divided(start: Floats, end: Floats) -> tuple[Rows, Floats, Floats]:
    """Equal steps of at most `STEP_DEG` along each edge, and the edge each lies on; first and last ends stay exact."""
    span = end - start
    steps = np.maximum(np.ceil(np.hypot(span[:, 0], span[:, 1]) / STEP_DEG), 1).astype(np.intp)
    edge = np.repeat(np.arange(len(start)), steps)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(steps) - steps, steps)
    before, after = number / steps[edge], (number + 1) / steps[edge]
    last = np.where((number + 1 == steps[edge])[:, None], end[edge], start[edge] + after[:, None] * span[edge])
    return edge, start[edge] + before[:, None] * span[edge], last


def _chains(part: Rows) -> Rows:
    first = np.flatnonzero(np.diff(part, prepend=-1))
    within = np.arange(len(part)) - np.repeat(first, np.diff(first, append=len(part)))
    return np.asarray(np.cumsum(within % CHAIN == 0) - 1, dtype=np.intp)


@dataclass(frozen=True)
class LocalPlane:
    """Lambert's conformal conic plane touching the ellipsoid at ``lat0``, in metres.

    Its scale k depends on the latitude alone, is 1 at ``lat0`` and grows to both sides, about as 1 + (φ - φ0)²/2. So a
    distance on the ground is at most the distance here, and a path of length L on the ground between two latitudes at most
    k_max L here. Source: Snyder, *Map Projections - A Working Manual* (USGS PP 1395, 1987), eq. 15-1 to 15-11.
    """

    lat0: float
    lon0: float

    def project(self, lonlat: Floats) -> Floats:
        """Longitude/latitude in degrees, shape (n, 2) -> x, y in metres."""
        radius = self._radius(lonlat[:, 1])
        angle = np.sin(np.radians(self.lat0)) * np.radians(lonlat[:, 0] - self.lon0)
        return np.column_stack([radius * np.sin(angle), -radius * np.cos(angle)])

    def scale(self, lat: Floats) -> Floats:
        """Plane metres per ground metre at a latitude in degrees."""
        return np.asarray(np.sin(np.radians(self.lat0)) * self._radius(lat) / parallel_radius_m(lat))

    def edges(self, pieces: Pieces) -> Shapes:
        """Each piece as a point or a straight line in the plane."""
        start, end, point = self.project(pieces.start), self.project(pieces.end), pieces.is_point
        out = np.empty(len(pieces), dtype=object)
        out[point] = shapely.points(start[point])
        out[~point] = shapely.linestrings(np.stack([start[~point], end[~point]], axis=1))
        return out

    def chains(self, pieces: Pieces) -> Shapes:
        """Each chain as a point or a line in the plane."""
        first = pieces.chain_first
        last = np.append(first[1:], len(pieces)) - 1
        start = self.project(pieces.start)
        xy = np.empty((len(pieces) + len(first), 2))
        xy[np.arange(len(pieces)) + pieces.chain] = start
        xy[last + np.arange(len(first)) + 1] = self.project(pieces.end[last])
        line = np.repeat(np.arange(len(first)), last - first + 2)
        point = (first == last) & pieces.is_point[first]
        out = np.empty(len(first), dtype=object)
        out[point] = shapely.points(start[first[point]])
        keep = ~point[line]
        number = np.cumsum(~point) - 1
        out[~point] = shapely.linestrings(xy[keep], indices=number[line[keep]])
        return out

    def _radius(self, lat: Floats) -> Floats:
        lat0 = np.array([self.lat0])
        sine = np.sin(np.radians(lat0))
        rise = _isometric(lat) - _isometric(lat0)
        return np.asarray(parallel_radius_m(lat0) / sine * np.exp(-sine * rise))


@dataclass(frozen=True)
class Reach:
    """Up to which distance in a plane something may be as near as a given distance on the ground.

    ``edge_m`` is the length of the longest edge on either side; ``west``, ``south``, ``east`` and ``north`` bound
    everything that may be reached, degrees.
    """

    plane: LocalPlane
    edge_m: float
    west: float
    south: float
    east: float
    north: float

    def reach_m(self, lon: tuple[Floats, Floats], lat: tuple[Floats, Floats], seen_m: Floats) -> Floats:
        """Plane distance within which lies everything that is no farther on the ground than something seen.

        Parameters
        ----------
        lon, lat : (ndarray, ndarray), each of shape (n,)
            Least and greatest longitude and latitude of what is searched from, degrees.
        seen_m : ndarray of float64, shape (n,)
            Distance in the plane to something, metres.

        Returns
        -------
        ndarray of float64, shape (n,)
            Metres. Infinite where nothing can be said: paths near a pole, and paths that might meet something from its
            other side round the globe.

        Notes
        -----
        A path rises above its ends no farther than to arcsin(sin φ / cos(L / 2R)), the vertex of a great circle. An edge
        straight in longitude/latitude leaves its chord in the plane by at most |X''|/8, and |X''| <= 2 k l² / (N cos φ)
        for an edge of l metres; one that is reached lies within `STEP_DEG` of the path.
        """
        climb = np.degrees(seen_m / _LEAST_RADIUS_M)
        half = np.cos(np.minimum(seen_m / (2 * _LEAST_RADIUS_M), 1.5))
        lowest, highest = np.minimum(lat[0], self.south), np.maximum(lat[1], self.north)
        south = np.maximum(lat[0] - climb, np.minimum(lowest, _past(lowest, half))) - 1.01 * STEP_DEG
        north = np.minimum(lat[1] + climb, np.maximum(highest, _past(highest, half))) + 1.01 * STEP_DEG
        bounded = (south > -_FARTHEST_LAT) & (north < _FARTHEST_LAT)
        south, north = np.where(bounded, south, self.plane.lat0), np.where(bounded, north, self.plane.lat0)
        narrowest = np.minimum(parallel_radius_m(south), parallel_radius_m(north))
        turn = np.degrees(seen_m / narrowest)
        bounded &= (lon[1] + turn < self.west + 360.0) & (lon[0] - turn > self.east - 360.0)
        scale = np.maximum(self.plane.scale(south), self.plane.scale(north))
        bend = 2 * 1.1 * scale * self.edge_m**2 / (4.0 * narrowest)
        return np.where(bounded, scale * (seen_m + bend) * (1 + 1e-9) + bend + 1e-3, np.inf)


def least_distances_m(left: Pieces, k: Rows, right: Pieces, j: Rows, *, group: Rows) -> Floats:
    """Geodesic distance between piece ``k`` of one side and piece ``j`` of the other, where it may be the least of a group.

    Parameters
    ----------
    left, right : Pieces
        Both sides.
    k, j : ndarray of intp, shape (n,)
        Positions in `left` and in `right`.
    group : ndarray of intp, shape (n,)
        Pairs among which only the least distance is asked for.

    Returns
    -------
    ndarray of float64, shape (n,)
        Metres; infinite where another pair of the group is surely nearer by more than 10 µm. Two points: exactly
        ``geod().inv(left, right)``. Else the least distance between an end of one and a point of the other, which is the
        distance of the two unless they cross.

    Notes
    -----
    That one end of the two edges takes part: the second variation of the distance h between two such edges at a common
    perpendicular of bearing θ - 90° is, on the sphere and to first order in h, -h cos⁴θ (1 + (3 - cos²θ) tan²φ) / R², never
    positive, so no least distance lies inside both.
    """
    pair, point, start, end = (np.concatenate(part) for part in zip(*_ends_and_edges(left, k, right, j), strict=True))
    low, high = _chord_bounds_m(point, start, end)
    best = np.full(int(group.max(initial=-1)) + 1, np.inf)
    np.minimum.at(best, group[pair], high)
    keep = low <= best[group[pair]] + 1e-5
    out = np.full(len(k), np.inf)
    np.minimum.at(out, pair[keep], _point_to_edge_m(point[keep], start[keep], end[keep]))
    return out


def parallel_radius_m(lat: Floats) -> Floats:
    """Radius N cos φ of the parallel at a latitude in degrees, metres."""
    phi = np.radians(lat)
    return np.asarray(SEMI_MAJOR_M * np.cos(phi) / np.sqrt(1.0 - _E2 * np.sin(phi) ** 2))


def meridian_radius_m(lat: Floats) -> Floats:
    """Radius of curvature of the meridian at a latitude in degrees, metres."""
    return np.asarray(_LEAST_RADIUS_M / (1.0 - _E2 * np.sin(np.radians(lat)) ** 2) ** 1.5)


def _isometric(lat: Floats) -> Floats:
    sine = np.sin(np.radians(lat))
    return np.asarray(np.arctanh(sine) - _E * np.arctanh(_E * sine))


def _past(lat: Floats, half: Floats) -> Floats:
    """How far poleward a great circle may pass between two ends on one side of a latitude; 5 % more for the ellipsoid."""
    vertex = np.degrees(np.arcsin(np.clip(np.sin(np.radians(lat)) / half, -1.0, 1.0)))
    return np.asarray(lat + 1.05 * (vertex - lat))


def _ends_and_edges(left: Pieces, k: Rows, right: Pieces, j: Rows) -> list[tuple[Rows, Floats, Floats, Floats]]:
    """Every end of one piece with the whole other piece: pair, point, start and end of the edge."""
    out = []
    for one, other, a, b in ((left, right, k, j), (right, left, j, k)):
        edge = ~other.is_point[b]
        # Two points are measured once, from left to right.
        rows = np.flatnonzero(edge | one.is_point[a] if one is left else edge)
        for ends, chosen in ((one.start, rows), (one.end, rows[~one.is_point[a[rows]]])):
            out.append((chosen, ends[a[chosen]], other.start[b[chosen]], other.end[b[chosen]]))
    return out


def _chord_bounds_m(point: Floats, start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Bounds of the geodesic distance from the straight way through the earth.

    An arc whose curvature lies between those of two circles is longer over its chord than on the wider circle and shorter
    than on the narrower one (Schur's comparison theorem); on 100 km the two differ by 4 cm.
    """
    p, a, b = _geocentric(point), _geocentric(start), _geocentric(end)
    length2 = ((b - a) ** 2).sum(axis=1)
    along = ((p - a) * (b - a)).sum(axis=1)
    share = np.clip(np.divide(along, length2, out=np.zeros(len(p)), where=length2 > 0), 0.0, 1.0)
    chord = np.sqrt(((p - a - share[:, None] * (b - a)) ** 2).sum(axis=1))
    narrow = np.minimum(parallel_radius_m(start[:, 1]), parallel_radius_m(end[:, 1]))
    bend = 1.1 * length2 / 8 * (1 / _LEAST_RADIUS_M + 2 / np.maximum(narrow, 1.0))
    low, high = np.maximum(chord - bend, 0.0) / (2 * _GREATEST_RADIUS_M), (chord + bend) / (2 * _LEAST_RADIUS_M)
    low = 2 * _GREATEST_RADIUS_M * np.arcsin(np.minimum(low, 1.0)) * (1 - 1e-8)
    return low, np.where(high < 0.9, 2 * _LEAST_RADIUS_M * np.arcsin(np.minimum(high, 0.9)) * (1 + 1e-8), np.inf)


def _geocentric(lonlat: Floats) -> Floats:
    lon, lat = np.radians(lonlat[:, 0]), np.radians(lonlat[:, 1])
    normal = SEMI_MAJOR_M / np.sqrt(1.0 - _E2 * np.sin(lat) ** 2)
    across = normal * np.cos(lat)
    return np.column_stack([across * np.cos(lon), across * np.sin(lon), normal * (1.0 - _E2) * np.sin(lat)])


def _point_to_edge_m(point: Floats, start: Floats, end: Floats) -> Floats:
    """Newton's method on half the squared distance, whose second derivative along an edge is its squared speed."""
    span = end - start
    east, north = parallel_radius_m(point[:, 1]), meridian_radius_m(point[:, 1])
    speed2 = (east * span[:, 0]) ** 2 + (north * span[:, 1]) ** 2
    along = east**2 * (point - start)[:, 0] * span[:, 0] + north**2 * (point - start)[:, 1] * span[:, 1]
    share = np.clip(np.divide(along, speed2, out=np.zeros(len(point)), where=speed2 > 0), 0.0, 1.0)
    best = np.full(len(point), np.inf)
    live = np.arange(len(point))
    for _ in range(_ROUNDS):
        s = share[live][:, None]
        foot = np.where(s == 1.0, end[live], start[live] + s * span[live])
        _, bearing, metres = geod().inv(point[live, 0], point[live, 1], foot[:, 0], foot[:, 1])
        best[live] = np.minimum(best[live], metres)
        turn, bearing = np.radians(span[live]), np.radians(bearing)
        dx, dy = parallel_radius_m(foot[:, 1]) * turn[:, 0], meridian_radius_m(foot[:, 1]) * turn[:, 1]
        speed = np.hypot(dx, dy)
        toward = (dx * np.sin(bearing) + dy * np.cos(bearing)) * metres
        step = np.divide(toward, speed**2, out=np.zeros(len(live)), where=speed > 0)
        moved = np.clip(share[live] + step, 0.0, 1.0)
        going = (np.abs(moved - share[live]) * speed) ** 2 > 2 * _TOLERANCE_M * metres
        share[live] = moved
        live = live[going]
        if not len(live):
            break
    return best
