"""Cold-process time of the overview against the same map by hand, in turn: ``python tests/bench/bench_render.py [runs]``."""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
LAYERS = HERE.parents[1] / "layers"
IMPORTS = "import folium, geopandas, matplotlib.pyplot"


def timed(arguments):
    """Wall and CPU seconds of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(runs):
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "ours": [str(HERE / "ours_overview.py"), folder],
            "peer": [str(HERE / "peer_overview.py"), str(LAYERS), folder],
            "bare imports": ["-c", IMPORTS],
            "changji-geo --help": ["-m", "changji_geo", "--help"],
        }
        times = {name: [] for name in commands}
        for number in range(runs + 1):
            for name, arguments in commands.items():
                taken = timed(arguments)
                if number:
                    times[name].append(taken)
        print(f"{'':<20}{'wall min':>10}{'median':>10}{'CPU median':>12}")
        for name, rows in times.items():
            walls = [w for w, _ in rows]
            print(
                f"{name:<20}{min(walls):>9.2f}s{statistics.median(walls):>9.2f}s{statistics.median(c for _, c in rows):>11.2f}s"
            )
        for other in ("peer", "bare imports"):
            ratios = [a[0] / b[0] for a, b in zip(times["ours"], times[other], strict=True)]
            print(f"ours / {other}: median {statistics.median(ratios):.2f}")
        for name in ("overview.html", "overview.png", "overview.pdf", "peer.html", "peer.png", "peer.pdf"):
            print(f"{name:<16}{(Path(folder) / name).stat().st_size / 1000:>9.0f} kB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
