"""Surfaces of the prefecture at 2 km against plain loops and PyKrige's own: ``python tests/bench/bench_surface.py [runs]``.

26 stations of the bundled layer with made-up values, all in one process, best of the runs; prints a table, judges nothing.
"""

import sys
import time

import numpy as np
import shapely
from pykrige.ok import OrdinaryKriging
from scipy.spatial.distance import cdist

from changji_geo.catalog import load_layer
from changji_geo.spatial.surface.contouring import class_areas
from changji_geo.spatial.surface.estimating import estimate_surface
from changji_geo.spatial.surface.inverse_distance import idw_estimate
from changji_geo.spatial.surface.ordinary_kriging import krige_estimate


def best(runs, work):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        out = work()
        times.append(time.perf_counter() - start)
    return min(times), out


def plain_loop(x, y, found):
    out = np.empty(len(x))
    for i in range(len(x)):
        weight = 1 / ((found.x - x[i]) ** 2 + (found.y - y[i]) ** 2)
        out[i] = (weight * found.values).sum() / weight.sum()
    return out


def with_cdist(x, y, found):
    weight = 1 / cdist(np.column_stack([x, y]), np.column_stack([found.x, found.y])) ** 2
    return weight @ found.values / weight.sum(axis=1)


def pykrige_loop(x, y, found, variogram):
    parameters = [variogram.sill, variogram.range_m, variogram.nugget]
    solver = OrdinaryKriging(found.x, found.y, found.values, variogram.model, parameters)
    return np.asarray(solver.execute("points", x, y, backend="loop")[0])


def main(runs):
    places = load_layer("air_stations").frame.geometry
    mask = shapely.union_all(load_layer("prefecture").frame.geometry.to_numpy())
    rng = np.random.default_rng(4)
    rows = (
        places.x.to_numpy(),
        places.y.to_numpy(),
        35 - 4 * (places.x.to_numpy() - 88) + rng.normal(0, 3, len(places)),
    )
    estimate_surface(*rows, mask, method="kriging", cell_m=50_000)  # imports are not measured
    idw_time, _ = best(runs, lambda: estimate_surface(*rows, mask, method="idw"))
    krige_time, surface = best(runs, lambda: estimate_surface(*rows, mask, method="kriging"))
    bounds = [25.0, 30.0, 35.0, 40.0]
    area_time, _ = best(runs, lambda: class_areas(surface.x, surface.y, surface.estimate, bounds, mask))
    x, y = (v.ravel() for v in np.meshgrid(surface.x, surface.y))
    found, variogram = surface.samples, surface.variogram
    cases = {
        "ours, idw kernel": lambda: idw_estimate(x, y, found),
        "scipy cdist, idw": lambda: with_cdist(x, y, found),
        "plain loop, idw": lambda: plain_loop(x, y, found),
        "ours, kriging": lambda: krige_estimate(x, y, found, variogram)[0],
        "PyKrige loop, kriging": lambda: pykrige_loop(x, y, found, variogram),
    }
    times, results = {}, {}
    for name, work in cases.items():
        times[name], results[name] = best(runs, work)
    sys.stdout.write(f"{len(x):,} cells, {len(found)} stations, best of {runs}\n")
    for name, seconds in times.items():
        ours = "ours, idw kernel" if "idw" in name else "ours, kriging"
        far = float(np.abs(results[name] - results[ours]).max())
        sys.stdout.write(f"{name:24}{seconds:8.4f} s  x{seconds / times[ours]:7.1f}  differs by {far:.1e}\n")
    sys.stdout.write(f"{'whole surface, idw':24}{idw_time:8.4f} s (masked, leave-one-out included)\n")
    sys.stdout.write(f"{'whole surface, kriging':24}{krige_time:8.4f} s (variogram, masked, leave-one-out included)\n")
    sys.stdout.write(f"{'areas of 5 classes':24}{area_time:8.4f} s\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
