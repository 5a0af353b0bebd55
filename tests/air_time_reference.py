"""Plain-Python days and periods of air, number by number: the oracle of the vectorised ones."""

import datetime
import math
from fractions import Fraction

MEANS = ("so2", "no2", "pm10", "pm2_5", "co")
PERCENT = {"so2": 98, "no2": 98, "pm10": 95, "pm2_5": 95, "co": 95, "o3_8h": 90}
ONE_DAY = datetime.timedelta(days=1)


def half_even(fraction, name):
    """Whole ug/m3, CO to a tenth."""
    ten = 10 if name == "co" else 1
    return float(Fraction(round(fraction * ten), ten))


def exact(value):
    return Fraction(str(value))


def day_values(hours):
    """Of one station and day: ``hours[name]`` is a list of 24 values or None, hour 01 first. -> values or None."""
    out = {}
    for name in MEANS:
        there = [exact(v) for v in hours[name] if v is not None]
        out[name] = half_even(sum(there) / len(there), name) if len(there) >= 20 else None
    ozone = hours["o3"]
    there = [exact(v) for v in ozone if v is not None]
    out["o3"] = half_even(max(there), "o3") if len(there) >= 20 else None
    running = []
    for end in range(8, 25):
        window = [exact(v) for v in ozone[end - 8 : end] if v is not None]
        if len(window) >= 6:
            running.append(half_even(sum(window) / len(window), "o3_8h"))
    largest = max(running) if running else None
    out["o3_8h"] = largest if largest is not None and (len(running) >= 14 or largest > 160) else None
    out["o3_8h_means"] = len(running)
    return out


def percentile(values, percent):
    """HJ 663-2013 annex A as written: k counts from 1."""
    ordered = sorted(map(exact, values))
    k = 1 + Fraction((len(ordered) - 1) * percent, 100)
    s = math.floor(k)
    low = ordered[s - 1]
    high = ordered[s] if s < len(ordered) else low
    return low + (high - low) * (k - s)


def needed_in(year, month):
    return 25 if month == 2 else 27


def is_valid(days, start, end, kind):
    """Whether a set of days suffices for a period."""
    if kind == "month":
        return len(days) >= needed_in(start.year, start.month)
    if kind in ("year", "assessment"):
        months = {(d.year, d.month) for d in span(start, end)}
        by_month = all(sum((d.year, d.month) == m for d in days) >= needed_in(*m) for m in months)
        return len(days) >= 324 and by_month
    return 10 * len(days) >= 9 * ((end - start).days + 1)


def span(start, end):
    return [start + i * ONE_DAY for i in range((end - start).days + 1)]


def period_value(daily, name, start, end, kind):
    """``daily``: day -> value or None. -> (mean, percentile) as fractions, or None when not valid."""
    there = {d: daily.get(d) for d in span(start, end) if daily.get(d) is not None}
    if not there or not is_valid(there, start, end, kind):
        return None
    mean = sum(map(exact, there.values())) / len(there)
    return mean, percentile(there.values(), PERCENT[name])


def day_counts(index, start, end):
    """``index``: day -> AQI or None (not counted). -> counted, good, heavy."""
    there = [index[d] for d in span(start, end) if index.get(d) is not None]
    return len(there), sum(v <= 100 for v in there), sum(v > 200 for v in there)
