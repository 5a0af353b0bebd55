"""Every check on 100,000 clues over the shipped layers: ``python tests/bench/bench_clues.py [count]``.

Seeded patches of 0.01 to 20 hectares with 5 to 12 corners, spread over the prefecture's box; half of them in and round the
reserves. 10,000 more stand for an earlier batch. Import and the making of the clues are not timed.
"""

import datetime
import sys
import time

import numpy as np
import shapely

from changji_geo.clues.checks.batch import read_batch
from changji_geo.clues.checks.context import build_context
from changji_geo.clues.checks.running import CHECKS, run_checks
from changji_geo.clues.model import Clue

BOXES = ((85.6, 43.2, 91.5, 45.4), (88.0, 43.7, 90.2, 46.0))


def patches(count, seed):
    """Star-shaped patches."""
    rng = np.random.default_rng(seed)
    out = []
    for k in range(count):
        west, south, east, north = BOXES[k % 2]
        corners = int(rng.integers(5, 13))
        angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
        radius = np.exp(rng.uniform(np.log(1e-4), np.log(3e-3))) * rng.uniform(0.6, 1.0, corners)
        x, y = rng.uniform(west, east), rng.uniform(south, north)
        out.append(shapely.Polygon(np.column_stack([x + 1.4 * radius * np.cos(angle), y + radius * np.sin(angle)])))
    shapes = np.array(out, dtype=object)
    return shapely.make_valid(shapes, method="structure")


def clues(shapes, batch, start=0):
    day = datetime.date(2025, 9, 1) if batch == "绿盾2025-2" else datetime.date(2024, 9, 1)
    kinds = ("采石场", "旅游设施", "道路", "水电站", "")
    return [
        Clue(f"LD{day.year}-{start + k:06d}", batch, str(k), s, s, "待核查", day, {"活动类型": kinds[k % 5]})
        for k, s in enumerate(shapes)
    ]


def main(count):
    here = patches(count, 20261123)
    new = clues(here, "绿盾2025-2")
    old = clues(here[: count // 10], "绿盾2024-1")
    start = time.perf_counter()
    context = build_context(earlier=old)
    print(f"{'context':<16}{time.perf_counter() - start:>8.2f}s")
    start = time.perf_counter()
    batch = read_batch(new)
    print(f"{'read_batch':<16}{time.perf_counter() - start:>8.2f}s")
    for name, (_, check) in CHECKS.items():
        start = time.perf_counter()
        found = check(batch, context)
        verdicts = {v: sum(r.verdict == v for r in found) for v in ("supports", "contradicts", "unclear")}
        print(f"{name:<16}{time.perf_counter() - start:>8.2f}s  {verdicts}")
    start = time.perf_counter()
    run_checks(new, context)
    print(f"{'run_checks':<16}{time.perf_counter() - start:>8.2f}s  {count:,} clues")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
