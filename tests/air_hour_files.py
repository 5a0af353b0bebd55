"""Hourly files in the plain layout whose days can be worked out on paper."""

import datetime

from changji_geo.monitoring.air.rules import POLLUTANTS
from tests.air_time_tiny import CLEAN

HEAD = "timepoint,stationcode," + ",".join(POLLUTANTS)


def hour_rows(code, first, days, **values):
    """Constant hours of whole days; ``values[pollutant]`` is a number, or a list with one number a day ("" for blank)."""
    start = datetime.datetime.fromisoformat(first)
    given = {p: values.get(p, CLEAN[p]) for p in POLLUTANTS}
    out = []
    for day in range(days):
        cells = [given[p][day] if isinstance(given[p], list) else given[p] for p in POLLUTANTS]
        for hour in range(1, 25):
            end = start + datetime.timedelta(days=day, hours=hour)
            out.append(",".join([end.strftime("%Y-%m-%d %H:%M"), code, *map(str, cells)]))
    return out


def write_hours(path, *groups, head=HEAD, encoding="utf-8"):
    """Write groups of rows as one CSV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("\n".join([head, *(row for rows in groups for row in rows), ""]).encode(encoding))
    return path
