"""Made-up air stations and a made-up year of their air, days and months: what maps in time look like.

Nothing here was measured. Positions are drawn at random inside each county; concentrations are those of
`changji_geo.monitoring.air.sample_series`, higher around two towns of the oasis so that a surface has a shape. Daily
values, indices and period statistics are worked out from the hours by the package's own rules.
"""

from __future__ import annotations

import datetime
import functools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from writing import ACCURACY, DECIMALS, ID, NAME, NOTE, RETRIEVED, SOURCE, Built, Col

from changji_geo.catalog import load_layer
from changji_geo.ellipsoid import geod
from changji_geo.monitoring.air.evaluation.areas import area_daily
from changji_geo.monitoring.air.evaluation.daily import build_daily
from changji_geo.monitoring.air.hours import HourlyAir
from changji_geo.monitoring.air.evaluation.periods import periods_between
from changji_geo.monitoring.air.sample_series import sample_series
from changji_geo.monitoring.air.stamps import parse_stamp
from changji_geo.monitoring.air.evaluation.statistics import build_periods
from changji_geo.series import Series, SeriesColumn, SeriesMeta, Step, write_series

SEED = 2026
PER_COUNTY = 6
APART_M = 14_000
FIRST, LAST = datetime.date(2025, 4, 1), datetime.date(2026, 3, 31)
MADE_UP = "示例数据：由随机数生成，不是监测结果，不得引用"
HUMPS = ((87.3, 44.1, 1.25), (86.2, 44.35, 0.9), (88.0, 44.2, 0.7))
"""Where particles are higher: longitude, latitude, height of the logarithm; half a degree wide."""


@functools.cache
def stations() -> pd.DataFrame:
    """The made-up stations: code, name, county, lon, lat."""
    rng = np.random.default_rng([SEED, 1])
    rows: list[dict[str, Any]] = []
    counties = load_layer("counties").frame.sort_values("id")
    for adcode, county, shape in zip(counties["id"], counties["name"], counties.geometry, strict=True):
        west, south, east, north = shape.bounds
        inner = shape.buffer(-0.03)
        number = 0
        while number < PER_COUNTY:
            lon, lat = (round(float(v), 4) for v in rng.uniform((west, south), (east, north)))
            near = any(geod().inv(lon, lat, r["lon"], r["lat"])[2] < APART_M for r in rows)
            if near or not inner.contains(shapely.Point(lon, lat)):
                continue
            number += 1
            rows.append(
                {
                    "id": f"S{len(rows) + 1:03d}",
                    "name": f"示例·{county.removesuffix('县').removesuffix('市').removesuffix('哈萨克自治')}{number}号",
                    "county": county,
                    "adcode": adcode,
                    "lon": lon,
                    "lat": lat,
                }
            )
    return pd.DataFrame(rows)


def build_sample_air_stations() -> Built:
    """The stations as a layer."""
    table = stations()
    columns = (ID, NAME, Col("county", "县（市）", "所在县（市）"), ACCURACY, SOURCE, NOTE)
    rows = [
        {
            "id": r["id"],
            "name": r["name"],
            "county": r["county"],
            "accuracy": "schematic",
            "source": MADE_UP,
            "note": "",
        }
        for r in table.to_dict("records")
    ]
    shapes = [
        shapely.Point(round(x, DECIMALS), round(y, DECIMALS)) for x, y in zip(table["lon"], table["lat"], strict=True)
    ]
    note = f"{MADE_UP}；站点、位置和数值都是编造的，只用来演示时间地图和插值面。"
    return Built(
        "sample_air_stations", "示例空气站（示例数据）", "point", "schematic", MADE_UP, "示例数据，可任意使用", MADE_UP,
        note, columns, rows, shapes, sample=True,
    )  # fmt: skip


@functools.cache
def days() -> pd.DataFrame:
    """Daily values of the stations by the rules in force on each day."""
    table = stations()
    first = parse_stamp(f"{FIRST} 01:00")[0] or 0
    hours = ((LAST - FIRST).days + 1) * 24
    grids = sample_series(len(table), first, hours, np.random.default_rng([SEED, 2]))
    lon, lat = table["lon"].to_numpy()[:, None], table["lat"].to_numpy()[:, None]
    rise = sum(h * np.exp(-(((lon - x) / 0.7) ** 2) - ((lat - y) / 0.5) ** 2) for x, y, h in HUMPS) - 0.6
    for name in ("pm2_5", "pm10", "no2", "so2"):
        grids[name] = np.maximum(np.rint(grids[name] * np.exp(rise)), 1)
    return build_daily(HourlyAir(first, grids, table.rename(columns={"id": "code"}), pd.DataFrame(), (), sample=True))


@functools.cache
def county_days() -> pd.DataFrame:
    """Daily values of the counties: mean of their stations."""
    table = stations()
    return area_daily(days(), {str(code): tuple(group["id"]) for code, group in table.groupby("adcode")})


DAY_COLUMNS = (
    SeriesColumn("aqi", "AQI", "number", "", "环境空气质量指数"),
    SeriesColumn("pm2_5", "PM2.5", "number", "微克/立方米", "日均浓度"),
    SeriesColumn("primary", "首要污染物", "text", "", "AQI 大于 50 时"),
    SeriesColumn("standard", "评价标准", "text", "", "当日适用的标准"),
)
MONTH_COLUMNS = (
    SeriesColumn("pm2_5", "PM2.5", "number", "微克/立方米", "月均浓度"),
    SeriesColumn("good_days", "优良天数", "number", "天", "AQI 不大于 100 的天数"),
    SeriesColumn("standard", "评价标准", "text", "", "当月适用的标准"),
)


def _series(
    key: str, title: str, layer: str, step: Step, columns: tuple[SeriesColumn, ...], table: pd.DataFrame
) -> Series:
    """A table with place, time and the columns -> a series."""
    areas = tuple(sorted(set(table["place"].astype(str))))
    times = tuple(sorted(set(table["time"])))
    whole = table.assign(place=table["place"].astype(str)).set_index(["time", "place"])
    values = {}
    for column in columns:
        block = whole[column.name].unstack().loc[list(times), list(areas)]
        values[column.name] = (
            block.to_numpy(dtype=np.float64)
            if column.type == "number"
            else block.astype(object).where(block.notna(), "").to_numpy()
        )
    meta = SeriesMeta(
        key, title, layer, step, columns, MADE_UP, "示例数据，可任意使用", MADE_UP, RETRIEVED, "schematic", True,
        "standard", "站点和数值都是编造的；日值、指数和月统计由软件按当日适用的标准算出。",
    )  # fmt: skip
    return Series(meta, areas, times, values)


def _by_day(daily: pd.DataFrame) -> pd.DataFrame:
    primary = daily["primary"].astype(object).where(daily["primary"].notna(), "")
    return daily.assign(time=daily["date"].dt.strftime("%Y-%m-%d"), primary=primary.replace("—", ""))


def _by_month(daily: pd.DataFrame) -> pd.DataFrame:
    tables = build_periods(daily, periods_between("month", FIRST, LAST))
    fine = tables.values[tables.values["pollutant"] == "pm2_5"].set_index(["place", "period"])
    fine = fine[["mean_rounded", "standard"]].rename(columns={"mean_rounded": "pm2_5", "standard": "evaluation"})
    months = tables.days[["place", "period", "good_days", "valid", "standard"]].join(fine, on=["place", "period"])
    good = months["good_days"].astype(float).where(months["valid"])
    both = months["evaluation"].astype(str) + "、" + months["standard"].astype(str)
    return months.assign(time=months["period"], good_days=good, standard=both)


def build_series() -> tuple[Series, ...]:
    """Every made-up series: stations and counties, by day and by month."""
    named = (
        ("stations", "示例空气站", "sample_air_stations", days),
        ("counties", "县（市）空气质量", "counties", county_days),
    )
    out = []
    for key, title, layer, table in named:
        by_day, by_month = _by_day(table()), _by_month(table())
        out.append(_series(f"sample_{key}_daily", f"{title}日值（示例数据）", layer, "day", DAY_COLUMNS, by_day))
        out.append(
            _series(f"sample_{key}_monthly", f"{title}月统计（示例数据）", layer, "month", MONTH_COLUMNS, by_month)
        )
    return tuple(out)


def write_all(root: Path) -> list[str]:
    """Write the series under ``root/series``; gives a line about each."""
    told = []
    for series in build_series():
        files = write_series(series, root / "series")
        size = sum(f.stat().st_size for f in files)
        told.append(f"{series.meta.id}：{len(series.times)} 个时刻，{len(series.areas)} 个要素，{size / 1000:.0f} kB")
    return told
