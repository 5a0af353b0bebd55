"""zonal_statistics on a large raster against a plain read of the file: ``python tests/bench/bench_zonal.py [runs] [megapixels]``.

A tiled, deflated float32 GeoTIFF in EPSG:32645 over the prefecture, 7 counties of the bundled layer, each case in a process of
its own so that peak memory (of the whole process) is its own, too. The peer is exactextract as its own documentation calls it.
"""

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import rasterio
from rasterio import Affine
from rasterio.windows import Window

START = """
import resource, sys, time
import numpy as np, rasterio, exactextract, changji_geo
from changji_geo.spatial.zonal import zonal_statistics
path = sys.argv[1]
counties = changji_geo.load_layer("counties").frame
projected = counties.to_crs(32645)
start = time.perf_counter()
"""
CASES = {
    "plain read": """
with rasterio.open(path) as file:
    for _, window in file.block_windows(1):
        file.read(1, window=window)
""",
    "exactextract mean": 'exactextract.exact_extract(path, projected, ["mean"])',
    "ours mean": 'zonal_statistics(counties, path, ["mean"])',
    "ours mean, median, p90": 'zonal_statistics(counties, path, ["mean", "median", "p90"])',
}
END = """
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def write(path, megapixels):
    rng = np.random.default_rng(7)
    width = round((megapixels * 1e6 * 1.8) ** 0.5)
    height, cell = round(megapixels * 1e6 / width), 490_000 / width
    with rasterio.open(
        path, "w", driver="GTiff", width=width, height=height, count=1, dtype="float32", nodata=-9999, crs="EPSG:32645",
        transform=Affine(cell, 0, 380_000, 0, -cell, 5_030_000), tiled=True, compress="deflate",
    ) as file:  # fmt: skip
        for row in range(0, height, 1024):
            rows = min(1024, height - row)
            cells = np.round(rng.normal(50, 10, (rows, width)), 1).astype("float32")
            file.write(cells, 1, window=Window(0, row, width, rows))


def main(runs, megapixels):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "raster.tif"
        write(path, megapixels)
        found = {name: [] for name in CASES}
        for _ in range(runs):
            for name, body in CASES.items():
                done = subprocess.run(
                    [sys.executable, "-W", "ignore", "-c", START + body + END, str(path)],
                    check=True, capture_output=True, text=True,
                )  # fmt: skip
                found[name].append([float(part) for part in done.stdout.split()])
        read = statistics.median(seconds for seconds, _ in found["plain read"])
        print(f"{megapixels} megapixels, {path.stat().st_size / 1e6:.0f} MB")
        print(f"{'':<26}{'seconds':>9}{'/ read':>9}{'peak memory':>14}")
        for name, rows in found.items():
            seconds, memory = (statistics.median(column) for column in zip(*rows, strict=True))
            print(f"{name:<26}{seconds:>8.2f}s{seconds / read:>9.2f}{memory:>11.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3, int(sys.argv[2]) if len(sys.argv) > 2 else 146)
