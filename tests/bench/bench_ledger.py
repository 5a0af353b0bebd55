"""Writing, reading and verifying a ledger file: ``python tests/bench/bench_ledger.py [events] [folder]``.

``one transaction`` imports clues of 40 vertices in one append; ``single`` appends one event at a time, each synced to the disk
(the folder's disk decides; a temporary folder by default). ``raw sqlite`` beside it is the least that a durable commit of one
small row costs on that disk, with the same journal and sync.
"""

import contextlib
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

import shapely

from changji_geo.clues.ledger.opening import create_ledger
from tests.crash_ledger import AT, changed, imported

SINGLES = 300


def clock(work, runs=3):
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def raw_commits(path):
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous=EXTRA")
        db.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
        begin = time.perf_counter()
        for number in range(SINGLES):
            db.execute("INSERT INTO t VALUES (?, 'x')", (number,))
        return SINGLES / (time.perf_counter() - begin)


def main(count=20_000, parent=None):
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        ledger = create_ledger(Path(folder) / "台账.gpkg")
        shapes = shapely.buffer(
            shapely.points([(86 + i % 500 / 100, 43 + i % 199 / 100) for i in range(count)]), 0.002, quad_segs=10
        )
        new = [
            imported(
                f"LD2025-{i:06d}",
                shape=shape,
                attributes={"图斑编号": i, "面积": 1.5 * i},
                county="奇台县",
                activity="采石采砂",
            )
            for i, shape in enumerate(shapes)
        ]
        begin = time.perf_counter()
        ledger.append(new, at=AT)
        rows = [("one transaction", f"{count / (time.perf_counter() - begin):,.0f} events/s", ">= 2,000")]
        begin = time.perf_counter()
        for number in range(SINGLES):
            ledger.append([changed(f"LD2025-{number:06d}", "county", "奇台县", "木垒县")], at=AT)
        rows.append(("single", f"{SINGLES / (time.perf_counter() - begin):,.0f} transactions/s", ">= 100"))
        rows.append(("raw sqlite", f"{raw_commits(Path(folder) / 'raw.db'):,.0f} transactions/s", ""))
        rows.append(("clues()", f"{clock(ledger.clues):.2f} s", ""))
        rows.append(("clue()", f"{1e3 * clock(lambda: ledger.clue('LD2025-000001')):.2f} ms", ""))
        rows.append(("verify()", f"{clock(ledger.verify):.2f} s", ""))
        rows.append(("size", f"{ledger.path.stat().st_size / 1e6:.1f} MB", ""))
        ledger.close()
    print(f"{count:,} clues of 41 vertices")
    for name, figure, target in rows:
        print(f"{name:18}{figure:>24}  {target}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]), *sys.argv[2:3])
