"""Days of air quality one can count: an index for each day, with its class and edition."""

import datetime

import pandas as pd

from changji_geo.standards.air import AIR_CLASSES, index_edition


def category(aqi):
    return None if aqi is None else next(c.category for c in AIR_CLASSES if aqi <= c.upper)


def days(start, values, place="昌吉市"):
    first = datetime.date.fromisoformat(start)
    dates = [first + datetime.timedelta(days=n) for n in range(len(values))]
    return pd.DataFrame(
        {
            "place": place,
            "date": pd.to_datetime(dates),
            "aqi": [float("nan") if v is None else float(v) for v in values],
            "category": pd.Categorical([category(v) for v in values], categories=[c.category for c in AIR_CLASSES]),
            "standard": [index_edition(d).code for d in dates],
        }
    )


def year(start="2025-04-01", count=365, place="昌吉市"):
    """All classes in turn, every tenth day missing."""
    cycle = (30, 50, 51, 100, 101, 150, 200, 300, 500)
    return days(start, [None if n % 10 == 9 else cycle[n % 10] for n in range(count)], place)
