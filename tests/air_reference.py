"""The index rules once more in plain Python, row by row, with their own copy of the tables: the oracle of the fast ones."""

import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import cache
from math import ceil, isnan

STEPS = (0, 50, 100, 150, 200, 300, 400, 500)
CLASSES = (
    (50, "优", "一级", "绿色"),
    (100, "良", "二级", "黄色"),
    (150, "轻度污染", "三级", "橙色"),
    (200, "中度污染", "四级", "红色"),
    (300, "重度污染", "五级", "紫色"),
    (500, "严重污染", "六级", "褐红色"),
)
SHARED = {
    ("so2", "24h"): "0 50 150 475 800 1600 2100 2620",
    ("so2", "1h"): "0 150 500 650 800",
    ("no2", "24h"): "0 40 80 180 280 565 750 940",
    ("no2", "1h"): "0 100 200 700 1200 2340 3090 3840",
    ("co", "24h"): "0 2 4 14 24 36 48 60",
    ("co", "1h"): "0 5 10 35 60 90 120 150",
    ("o3", "1h"): "0 160 200 300 400 800 1000 1200",
    ("o3", "8h"): "0 100 160 215 265 800",
}
OLD = {**SHARED, ("pm10", "24h"): "0 50 150 250 350 420 500 600", ("pm2_5", "24h"): "0 35 75 115 150 250 350 500"}
NEW = {**SHARED, ("pm10", "24h"): "0 50 120 250 350 420 500 600", ("pm2_5", "24h"): "0 35 60 115 150 250 350 500"}
for _tables in (OLD, NEW):
    for _particle in ("pm10", "pm2_5"):
        _tables[_particle, "1h"] = _tables[_particle, "24h"]
LARGEST = {"so2": 9000, "no2": 5000, "pm10": 15000, "pm2_5": 9000, "co": 300, "o3": 2000}
CHANGE = datetime.date(2026, 3, 1)
NAMES = {"so2": "SO2", "no2": "NO2", "pm10": "PM10", "pm2_5": "PM2.5", "co": "CO", "o3_8h": "O3-8h", "o3": "O3"}
ITEMS = {
    "24h": [(c, c, "24h") for c in ("so2", "no2", "pm10", "pm2_5", "co")] + [("o3_8h", "o3", "8h"), ("o3", "o3", "1h")],
    "1h": [(c, c, "1h") for c in ("so2", "no2", "pm10", "pm2_5", "co", "o3")],
}


def breakpoints(pollutant, averaging, new):
    return [int(x) for x in (NEW if new else OLD)[pollutant, averaging].split()]


def rounded(pollutant, value):
    """GB/T 8170 on the decimal number, after float noise beyond the sixth decimal is taken off."""
    plain = Decimal(repr(float(value))).quantize(Decimal("0.000001"))
    return plain.quantize(Decimal("0.1" if pollutant == "co" else "1"), rounding=ROUND_HALF_EVEN)


@cache
def reference_iaqi(pollutant, averaging, value, new):
    """The index; "unusable" for missing, negative and implausible values; "refer" where another mean's is reported."""
    if value is None or isnan(value) or value < 0 or value == float("inf"):
        return "unusable"
    amount = rounded(pollutant, value)
    if amount > LARGEST[pollutant] or amount == 9999:
        return "unusable"
    points = breakpoints(pollutant, averaging, new)
    for k in range(1, len(points)):
        if amount <= points[k]:
            slope = Fraction(STEPS[k] - STEPS[k - 1], points[k] - points[k - 1])
            return ceil(STEPS[k - 1] + slope * (Fraction(amount) - points[k - 1]))
    if not new and (pollutant, averaging) in {("so2", "1h"), ("o3", "8h")}:
        return "refer"
    return STEPS[len(points) - 1]


def reference_aqi(row, day, averaging):
    """(aqi, category, level, color, primary, standard) of one row; None where there is no index."""
    new = day >= CHANGE
    code = "HJ 633-2026" if new else "HJ 633-2012"
    absent = (None, None, None, None, None, code)
    items = [i for i in ITEMS[averaging] if not (new and averaging == "24h" and i[0] == "o3")]
    found = {column: reference_iaqi(pollutant, time, row[column], new) for column, pollutant, time in items}
    for column, other in (("o3_8h", found.get("o3")), ("so2", None)):
        if found.get(column) == "refer":
            if column == "so2":
                other = reference_iaqi("so2", "24h", row.get("so2_24h"), new)
                found["so2"] = other
            if not isinstance(other, int):
                return absent
    numbers = {c: v for c, v in found.items() if isinstance(v, int)}
    if not numbers:
        return absent
    best = max(numbers.values())
    if new and best <= 100 and len(numbers) < len(items):
        return absent
    _, category, level, color = next(c for c in CLASSES if best <= c[0])
    leading = "、".join(NAMES[c] for c, v in numbers.items() if v == best) if best > 50 else "—"
    return best, category, level, color, leading, code
