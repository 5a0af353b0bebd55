"""Daily AQI of ten million rows against the plain-Python reference: ``python -m tests.bench.bench_aqi [rows]``.

One process, CPU and wall seconds; the reference runs on 100,000 of the rows and is scaled up, and the two must agree there.
"""

import datetime
import sys
import time

import numpy as np
import pandas as pd

from changji_geo.standards.air import aqi
from tests.air_reference import reference_aqi

COMPARED = 100_000
TOPS = {"so2": 900, "no2": 400, "pm10": 700, "pm2_5": 600, "co": 60, "o3": 1300, "o3_8h": 900}


def made_up(rows):
    """Concentrations over and beyond every class, one in twenty missing."""
    rng = np.random.default_rng(1)
    columns = {}
    for name, top in TOPS.items():
        values = np.round(rng.random(rows) ** 3 * top, 1 if name == "co" else 0)
        values[rng.random(rows) < 0.05] = np.nan
        columns[name] = values
    return pd.DataFrame(columns)


def main(rows):
    frame = made_up(rows)
    for date in (datetime.date(2025, 6, 1), datetime.date(2026, 6, 1)):
        start, cpu = time.perf_counter(), time.process_time()
        ours = aqi(frame, averaging="24h", date=date)
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
        head = frame.head(COMPARED)
        start = time.perf_counter()
        wanted = [reference_aqi(row, date, "24h") for row in head.to_dict("records")]
        plain = (time.perf_counter() - start) * rows / len(head)
        got = ours["aqi"].head(COMPARED).to_list()
        differing = sum(not same(a, b[0]) for a, b in zip(got, wanted, strict=True))
        print(f"{date}  {rows:,} rows: {wall:.2f} s wall, {cpu:.2f} s CPU; reference {plain:.0f} s, {plain / wall:.0f}x; "
              f"{differing} of {len(head):,} differ")  # fmt: skip


def same(ours, plain):
    return (plain is None and pd.isna(ours)) or ours == plain


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
