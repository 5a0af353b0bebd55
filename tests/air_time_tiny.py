"""Small hourly and daily tables of air for tests."""

import datetime

import numpy as np
import pandas as pd

from changji_geo.monitoring.air.evaluation.daily import grade_days
from changji_geo.monitoring.air.hours import HourlyAir
from changji_geo.monitoring.air.rules import POLLUTANTS
from changji_geo.monitoring.air.stamps import parse_stamp

CLEAN = {"so2": 10.0, "no2": 20.0, "pm10": 40.0, "pm2_5": 20.0, "co": 0.5, "o3": 80.0, "o3_8h": 70.0}


def register(*codes, county="昌吉市", role="城市评价点"):
    return pd.DataFrame(
        {"code": list(codes), "name": [f"站{c}" for c in codes], "county": county, "adcode": "652301", "role": role,
         "lon": 87.3, "lat": 44.0}
    )  # fmt: skip


def hourly(values, *, first="2024-05-01 01:00", codes=None):
    """``values[pollutant]``: list of lists (stations, hours), None for missing; the other pollutants are constant."""
    shape = np.array(next(iter(values.values())), dtype=float).shape
    grids = {p: np.array(values[p], dtype=float) if p in values else np.full(shape, CLEAN[p]) for p in POLLUTANTS}
    codes = codes or [f"S{i}" for i in range(shape[0])]
    stations = register(*codes).assign(known=True)
    return HourlyAir(parse_stamp(first)[0], grids, stations, pd.DataFrame(), ())


def days(start, count, place="A", **values):
    """Graded daily values: constants, or lists with None; clean where not named."""
    first = datetime.date.fromisoformat(start)
    frame = pd.DataFrame({"place": place, "date": pd.date_range(first, periods=count).astype("datetime64[s]")})
    for name, clean in CLEAN.items():
        given = values.get(name, clean)
        frame[name] = np.array(given if isinstance(given, list) else [given] * count, dtype=float)
    return grade_days(frame)
