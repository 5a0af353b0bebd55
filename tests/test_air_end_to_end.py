"""From raw hourly files to county days and months, once more in plain Python: the command line must say the same, exactly."""

import csv
import datetime
import math
import random
from collections import defaultdict
from fractions import Fraction

import pyarrow.parquet as pq
import pytest

from changji_geo.monitoring.air.register_file import write_register
from changji_geo.monitoring.air.sample import write_sample_hours
from tests.air_reference import reference_aqi
from tests.air_time_reference import ONE_DAY, PERCENT, day_counts, day_values, half_even, period_value

MEASURED = ("so2", "no2", "pm10", "pm2_5", "co", "o3")
DAILY = (*MEASURED, "o3_8h")
MONTHS = ((2025, 12), (2026, 1), (2026, 2), (2026, 3))
"""December: hours of the year before that stand in January's file, three days' worth."""
NO_VALUE = {"", "—", "NA", "9999", "-999"}


def number(text):
    """A reading as the file writes it; marks, sentinels and negative values are none."""
    return None if text in NO_VALUE or text.startswith("-") else text


def raw_hours(files):
    """(station, day, hour 1..24, pollutant) -> the texts that stand for it, over all files; the ozone column by its own vote."""
    found = defaultdict(set)
    for file in files:
        with file.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        pairs = [(Fraction(r["o3"]), Fraction(r["o3_24h"])) for r in rows if r["o3"] and r["o3_24h"]]
        swapped = sum(named > largest for named, largest in pairs) > sum(named < largest for named, largest in pairs)
        for row in rows:
            begin = datetime.datetime.fromisoformat(row["timepoint"]) - datetime.timedelta(hours=1)
            row["o3"] = row["o3_24h"] if swapped else row["o3"]
            for name in MEASURED:
                found[row["stationcode"], begin.date(), begin.hour + 1, name].add(number(row[name]))
    return found


def station_days(files):
    """(station, day) -> its daily values; an hour whose rows disagree has none."""
    hours = defaultdict(lambda: {name: [None] * 24 for name in MEASURED})
    for (code, day, hour, name), texts in raw_hours(files).items():
        values = {Fraction(t): t for t in texts if t is not None}
        hours[code, day][name][hour - 1] = next(iter(values.values())) if len(values) == 1 else None
    return {key: day_values(of_day) for key, of_day in hours.items()}


def area_days(days, members, span):
    """(area, day) -> daily values, aqi and all that goes with it."""
    out = {}
    for area, codes in members.items():
        for day in span:
            row = {}
            for name in DAILY:
                there = [Fraction(str(v)) for c in codes if (v := days.get((c, day), {}).get(name)) is not None]
                row[name] = half_even(sum(there) / len(there), name) if there else None
            graded = dict(
                zip(("aqi", "category", "level", "color", "primary", "standard"),
                    reference_aqi({n: math.nan if v is None else v for n, v in row.items()}, day, "24h"), strict=True)
            )  # fmt: skip
            whole = all(row[name] is not None for name in DAILY if name != "o3")
            counted = graded["aqi"] is not None and (whole or graded["aqi"] > 100)
            out[area, day] = {**row, **graded, "counted": counted}
    return out


def spoil(file):
    """Runs of hours of a station left out or without one reading, long and short, so that days and months fail or just hold."""
    chance = random.Random(int(file.stem[-2:]))
    gone, blank = set(), {}
    for number in range(60):
        code, day, first = f"S{chance.randint(1, 8):03d}", chance.randint(1, 28), chance.randint(1, 20)
        name, run = chance.choice(("so2", "no2", "pm10", "pm2_5", "co", "o3_24h")), chance.randint(2, 12)
        for hour in range(first, first + run):
            key = (f"{file.stem[-7:]}-{day:02d}T{hour:02d}:00:00", code)
            (gone.add(key) if number % 3 == 0 else blank.setdefault(key, set()).add(name))
    with file.open(encoding="utf-8", newline="") as lines:
        head, *rows = csv.reader(lines)
    for row in rows:
        for name in blank.get((row[0], row[1]), ()):
            row[head.index(name)] = ""
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([head, *(row for row in rows if (row[0], row[1]) not in gone)])


@pytest.fixture(scope="module")
def winter(tmp_path_factory):
    """Eight made-up stations, January to March 2026: the sources, and the stations of each county."""
    folder = tmp_path_factory.mktemp("空气")
    made = write_sample_hours(folder / "小时数据", 2026, 8, 5)
    write_register(folder / "示例站点表.csv", made.register)
    files = made.files[:3]
    for file in files:
        spoil(file)
    with (folder / "示例站点表.csv").open(encoding="utf-8-sig", newline="") as lines:
        register = list(csv.DictReader(lines))
    members = defaultdict(list)
    for row in register:
        members[row["县市"]].append(row["站点编码"])
    days = station_days(files)
    first, last = min(d for _, d in days), max(d for _, d in days)
    span = [first + i * ONE_DAY for i in range((last - first).days + 1)]
    return folder, files, area_days(days, members, span), span


def table(path):
    return pq.read_table(path).to_pylist()


def sources(folder, files):
    return [*files, "--stations", folder / "示例站点表.csv"]


def test_every_county_day_of_both_editions_is_that_of_the_plain_reckoning(run, winter, tmp_path):
    folder, files, expected, span = winter
    code, _, err = run("air", "daily", *sources(folder, files), "--out", tmp_path / "日.parquet")
    assert code == 0 and "前后的优良天数不可直接比较" in err
    rows = table(tmp_path / "日.parquet")
    found = {
        (r["place_name"], r["date"].date()): {name: r[name] for name in (*DAILY, "aqi", "category", "level", "primary",
                                                                        "standard", "counted")}
        for r in rows
    }  # fmt: skip
    assert len(rows) == len(found) == 7 * len(span)
    wanted = {key: {k: v for k, v in day.items() if k != "color"} for key, day in expected.items()}
    assert {k: (found[k], wanted[k]) for k in wanted if found[k] != wanted[k]} == {}
    # the files are hard enough for the comparison to mean something
    assert {day["standard"] for day in wanted.values()} == {"HJ 633-2012", "HJ 633-2026"}
    assert len({day["category"] for day in wanted.values()} - {None}) >= 4
    assert sum(day["so2"] is not None and None in day.values() for day in wanted.values()) > 10
    assert any(day["o3"] is None and day["o3_8h"] is not None for day in wanted.values())
    assert any(not day["counted"] and day["aqi"] is not None for day in wanted.values())


def test_every_month_of_every_county_is_that_of_the_plain_reckoning(run, winter, tmp_path):
    folder, files, expected, span = winter
    out = tmp_path / "月.parquet"
    assert run("air", "stats", *sources(folder, files), "--period", "month", "--out", out)[0] == 0
    summary = {(r["place_name"], r["start"].date()): r for r in table(out)}
    detail = {(r["place_name"], r["start"].date(), r["item"]): r for r in table(tmp_path / "月_分项.parquet")}
    counties = sorted({area for area, _ in expected})
    assert len(counties) == 7 and len(summary) == len(counties) * len(MONTHS)
    valid = 0
    for county in counties:
        for year, month in MONTHS:
            start = datetime.date(year, month, 1)
            end = (start + 31 * ONE_DAY).replace(day=1) - ONE_DAY
            of = {d: expected[county, d] for d in span}
            index = {d: row["aqi"] if row["counted"] else None for d, row in of.items()}
            counted, good, heavy = day_counts(index, start, end)
            rate = float(Fraction(round(Fraction(good * 1000, counted)), 10)) if counted else None
            row = summary[county, start]
            assert (row["counted_days"], row["good_days"], row["good_rate"], row["heavy_days"]) == (
                counted, good, rate, heavy,
            ), (county, start)  # fmt: skip
            assert row["standard"] == ("HJ 633-2012" if month != 3 else "HJ 633-2026")
            assert row["evaluation_standard"] == ("HJ 663-2013" if month != 3 else "HJ 663-2026")
            for name, percent in PERCENT.items():
                value = period_value({d: r[name] for d, r in of.items()}, name, start, end, "month")
                one = detail[county, start, {"pm2_5": "PM2.5", "o3_8h": "O3-8h"}.get(name, name.upper())]
                assert (one["percent"], one["valid"]) == (percent, value is not None), (county, start, name)
                rounded = [None, None] if value is None else [half_even(part, name) for part in value]
                exact = [None, None] if value is None else [float(part) for part in value]
                assert [one["mean"], one["percentile"]] == exact, (county, start, name)
                assert [one["mean_rounded"], one["percentile_rounded"]] == rounded
                assert [row[name], row[f"{name}_percentile"]] == rounded
                valid += value is not None
    assert 0 < valid < 7 * 3 * len(PERCENT)


def test_the_hours_that_import_writes_give_the_same_days_and_months(run, winter, tmp_path):
    folder, files, _, _ = winter
    register = ["--stations", folder / "示例站点表.csv"]
    assert run("air", "import", *files, *register, "--out", tmp_path / "时.parquet")[0] == 0
    for command, words in (("daily", []), ("stats", ["--period", "month"])):
        first, second = tmp_path / f"{command}1.parquet", tmp_path / f"{command}2.parquet"
        assert run("air", command, *files, *register, *words, "--out", first)[0] == 0
        assert run("air", command, tmp_path / "时.parquet", *register, *words, "--out", second)[0] == 0
        assert table(first) == table(second)
