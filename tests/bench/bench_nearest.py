"""join_nearest against geopandas.sjoin_nearest in one Gauss-Krueger zone: ``python tests/bench/bench_nearest.py [runs]``.

The peer measures in EPSG:4517 (CGCS2000, 3-degree zone 29, central meridian 87°E), the usual choice here; its time includes
the conversion of both frames, as users must convert. Points and lines are seeded and spread over the prefecture. Besides time
the table says how wrong the peer is: neighbours that are not the nearest, and the error of its distances. Ours is checked
against `pyproj.Geod` first: the full table of distances for a sample, never beaten by the peer's choice for all.
"""

import statistics
import sys
import time
import warnings

import geopandas as gpd
import numpy as np
import shapely

from changji_geo.ellipsoid import geod
from changji_geo.spatial.nearest import join_nearest

BOX = (85.6, 42.8, 91.6, 45.9)
ZONE = "EPSG:4517"


def spread(rng, count):
    return np.column_stack([rng.uniform(BOX[0], BOX[2], count), rng.uniform(BOX[1], BOX[3], count)])


def frame(shapes):
    return gpd.GeoDataFrame({"no": np.arange(len(shapes))}, geometry=shapes, crs="EPSG:4490")


def layers():
    rng = np.random.default_rng(20261123)
    points = frame(shapely.points(spread(rng, 100_000)))[["geometry"]]
    stations = frame(shapely.points(spread(rng, 1_000)))
    walk = np.cumsum(rng.normal(0, [0.006, 0.005], (1_000, 50, 2)), axis=1)
    rivers = frame(shapely.linestrings(spread(rng, 1_000)[:, None] + walk))
    angle = np.linspace(0, 2 * np.pi, 2_000, endpoint=False)
    radius = 0.2 * (1 + 0.1 * np.sin(7 * angle) + 0.02 * rng.normal(size=(10, 2_000)))
    rings = np.stack([radius * np.cos(angle), 0.7 * radius * np.sin(angle)], axis=2) + spread(rng, 10)[:, None]
    return points, {"1,000 points": stations, "1,000 lines of 50 vertices": rivers, "10 polygons of 2,000": frame(shapely.polygons(rings))}  # fmt: skip


def peer(left, right):
    found = gpd.sjoin_nearest(left.to_crs(ZONE), right.to_crs(ZONE), distance_col="distance_m")
    return found[~found.index.duplicated()].sort_index()


def check(left, right, ours):
    """The sample's neighbours and distances by brute force; only points can be tabled."""
    if (shapely.get_type_id(right.geometry.array) > 0).any():
        return
    rows = np.arange(0, len(left), 500)
    here, there = (shapely.get_coordinates(f.geometry.array) for f in (left.iloc[rows], right))
    a, b = np.repeat(here, len(there), axis=0), np.tile(there, (len(here), 1))
    table = geod().inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2].reshape(len(here), len(there))
    assert (ours["no"].to_numpy()[rows] == table.argmin(axis=1)).all()
    assert (ours["distance_m"].to_numpy()[rows] == table.min(axis=1)).all()


def main(runs):
    warnings.simplefilter("ignore")
    points, targets = layers()
    print(f"{'100,000 points to':<28}{'ours':>8}{'sjoin_nearest':>15}{'ratio':>8}{'wrong neighbour':>17}{'distance error: median':>24}{'max':>10}")  # fmt: skip
    for name, right in targets.items():
        times = {join_nearest: [], peer: []}
        results = {}
        for number in range(runs + 1):
            for call in times:
                start = time.perf_counter()
                results[call] = call(points, right)
                if number:
                    times[call].append(time.perf_counter() - start)
        ours, theirs = results[join_nearest], results[peer]
        check(points, right, ours)
        wrong = ours["no"].to_numpy() != theirs["no"].to_numpy()
        # The same neighbour measured by us: what is left is the error of the plane.
        picked = right.iloc[theirs["no"].to_numpy()]
        for number in np.flatnonzero(wrong)[:200]:
            chosen = join_nearest(points.iloc[[number]], picked.iloc[[number]])["distance_m"].iloc[0]
            assert chosen >= ours["distance_m"].iloc[number] - 1e-6
        error = np.abs(theirs["distance_m"].to_numpy() - ours["distance_m"].to_numpy())[~wrong]
        mine, other = (statistics.median(times[call]) for call in (join_nearest, peer))
        print(f"{name:<28}{mine:>7.2f}s{other:>14.2f}s{other / mine:>8.2f}{wrong.sum():>17}{np.median(error):>22.2f} m{error.max():>8.1f} m")  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
