"""A year of hours of many stations, from files to county statistics and a slider map: ``python tests/bench/bench_air.py [stations]``.

The files are made-up ones in the layout of the archives, one a month; each phase is timed in one process, imports included.
"""

import sys
import tempfile
import time
from pathlib import Path


class Clock:
    """Prints what each phase took."""

    def __init__(self):
        self.start = self.last = time.perf_counter()

    def tell(self, phase, note=""):
        now = time.perf_counter()
        print(f"{phase:<34}{now - self.last:>7.2f} s  {note}")
        self.last = now

    def total(self, phase):
        print(f"{phase:<34}{time.perf_counter() - self.start:>7.2f} s")


def station_layer(register):
    """The stations as a layer in memory, and as places of their own."""
    from dataclasses import replace

    import geopandas as gpd

    from changji_geo.catalog import Layer, load_layer
    from changji_geo.monitoring.air.evaluation.places import AirPlaces

    known = load_layer("sample_air_stations")
    frame = gpd.GeoDataFrame(
        {"id": register["code"], "name": register["name"], "county": register["county"]},
        geometry=gpd.points_from_xy(register["lon"], register["lat"]),
        crs=4490,
    )
    for column in known.meta.columns:
        if column.name not in frame:
            frame[column.name] = "schematic" if column.name == "accuracy" else "bench"
    codes = {code: code for code in register["code"]}
    places = AirPlaces("station", "sample_air_stations", codes, codes, members=None)
    return Layer(replace(known.meta, feature_count=len(frame)), frame), places


def slider_scene(points, county_series, station_series):
    """The shipped slider map with these stations and values."""
    from changji_geo.scene import build_scene
    from changji_geo.spec import TimeSpec, load_map_spec

    spec = load_map_spec("air_days")[1].model_copy(update={"time": TimeSpec(start="2025-01-01", end="2025-12-31")})
    series = {"sample_counties_daily": county_series, "sample_stations_daily": station_series}
    return build_scene(spec, map_id="bench", layers={"sample_air_stations": points}, series=series)


def main(stations):
    from changji_geo.monitoring.air.register_file import load_register, write_register
    from changji_geo.monitoring.air.sample import write_sample_hours

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        made = write_sample_hours(root / "hours", 2025, stations, 1)
        write_register(root / "stations.csv", made.register)
        size = sum(file.stat().st_size for file in made.files)
        print(f"{stations} stations, {len(made.files)} files, {size / 1e6:.0f} MB")
        clock = Clock()
        from changji_geo.monitoring.air.evaluation.evaluating import evaluate_periods
        from changji_geo.monitoring.air.evaluation.period_text import parse_periods
        from changji_geo.monitoring.air.evaluation.places import build_place_daily, choose_places
        from changji_geo.monitoring.air.reading.loading import load_hours
        from changji_geo.monitoring.air.results.air_series import daily_series
        from changji_geo.monitoring.air.results.result_tables import (
            HOUR_COLUMNS,
            daily_table,
            evaluation_tables,
            hours_frame,
        )
        from changji_geo.render.html import render_html
        from changji_geo.series import write_series
        from changji_geo.tablefile import write_table, write_tables

        clock.tell("imports")
        data = load_hours(root / "hours", register=load_register(root / "stations.csv"))
        clock.tell("files to hours", f"{data.hour_count * len(data.codes):,} station hours")
        places = choose_places(data.stations, "county")
        daily = build_place_daily(data, places)
        clock.tell("hours to county days", f"{len(daily):,} rows")
        first, last = daily["date"].min().date(), daily["date"].max().date()
        periods = [p for text in ("2025", "month") for p in parse_periods(text, first, last)]
        done = evaluate_periods(daily, periods)
        clock.tell("days to statistics", f"{len(done.summary):,} rows")
        write_tables(root / "stats.xlsx", evaluation_tables(done, places, sample=True))
        clock.tell("statistics to XLSX")
        county_series = daily_series(daily, places, "days", origin="bench", sample=True)
        write_series(county_series, root / "series")
        clock.tell("daily county series")
        points, by_station = station_layer(made.register)
        station_days = build_place_daily(data, by_station)
        clock.tell("station days", f"{len(station_days):,} rows")
        station_series = daily_series(station_days, by_station, "days", origin="bench", sample=True)
        page = render_html(slider_scene(points, county_series, station_series), root / "slider.html")
        clock.tell("slider map", f"{page.stat().st_size / 1e6:.2f} MB")
        clock.total("files to statistics and slider map")
        print("beside it:")
        for suffix in (".csv", ".parquet", ".xlsx"):
            one = daily_table(station_days, by_station, sample=True)
            write_tables(root / f"days{suffix}", [one])
            clock.tell(f"station days to {suffix}")
        for suffix in (".parquet", ".csv"):
            write_table(root / f"h{suffix}", hours_frame(data), HOUR_COLUMNS)
            clock.tell(f"hours to {suffix} (air import)", f"{(root / f'h{suffix}').stat().st_size / 1e6:.1f} MB")
        load_hours(root / "h.parquet", register=made.register)
        clock.tell("imported hours read again")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
