"""Sample scenes in time: one small enough to work out by hand, a year of days for all stations, and one of hostile texts."""

import datetime
import math
from dataclasses import replace

import numpy as np
from shapely.geometry import Point, box

from changji_geo.scene_model import PopupRow, SceneClass, SceneSeries, SceneTime, SeriesRow
from changji_geo.types import BBox
from tests.html_scenes import county_shapes, feature, layer, scene, symbol

NAN = math.nan
AQI = (
    ("优", "#00e400"), ("良", "#ffff00"), ("轻度污染", "#ff7e00"), ("中度污染", "#ff0000"), ("重度污染", "#99004c"),
    ("严重污染", "#7e0023"),
)  # fmt: skip
LIMITS = (50, 100, 150, 200, 300)
OLD, NEW = "HJ 633-2012", "HJ 633-2026"
MONTHS = ("2025-12", "2026-01", "2026-02", "2026-03")
SQUARE_VALUES = ((10.0, 60.5), (NAN, 70.0), (1234.5, NAN), (40.0, 20.0))
"""Rows are months, columns 甲 and 乙."""
SQUARE_CLASSES = ((0, 1), (3, 1), (2, 3), (0, 0))
SITE_CLASSES = ((0, 1, 2), (1, 1, 2), (2, 0, 2), (0, 0, 2))
"""Rows are months, columns 站一, 站二 and 站三, which never has a value."""


def aqi_classes(**more):
    base = {"stroke": "#ffffff", "stroke_width": 0.8} | more
    return [SceneClass(name, symbol(color, **base), 0) for name, color in AQI] + [
        SceneClass("无数据", symbol("#f3f4f4", **(base | {"hatch": "/", "stroke": "#98a3aa"})), 0, missing=True)
    ]


def months_time(**more):
    labels = tuple(f"{m[:4]}年{int(m[5:])}月" for m in MONTHS)
    base = {
        "step": "month",
        "times": MONTHS,
        "labels": labels,
        "remarks": (OLD, OLD, OLD, NEW),
        "shown": 3,
        "panels": (3,),
    }
    return SceneTime(**(base | more))


def small_time_scene(counts=False, **more):
    """Four months, two squares with values and gaps, three sites with classes only; the standard changes in March."""
    squares = layer(
        "squares", "choropleth", "area",
        [
            feature("a", "甲", box(86, 43.5, 87, 44.5), 0, label="甲", value=40.0, popup=(PopupRow("类型", "县"), PopupRow("均值", "40"), PopupRow("首要", "PM2.5"))),
            feature("b", "乙", box(87, 43.5, 88, 44.5), 0, label="乙", value=20.0, popup=(PopupRow("类型", "市"), PopupRow("均值", "20"))),
        ],
        [
            SceneClass("≤50", symbol("#1a9850"), 2), SceneClass("51–100", symbol("#fee08b"), 0), SceneClass("＞100", symbol("#d73027"), 0),
            SceneClass("无数据", symbol("#f3f4f4", hatch="/", stroke="#98a3aa"), 0, missing=True),
        ],
        title="PM2.5 月均浓度", unit="μg/m³", show_counts=counts,
        series=SceneSeries(
            "PM2.5 月均浓度", "μg/m³", np.array(SQUARE_CLASSES, dtype=np.int16), np.array(SQUARE_VALUES), 1,
            (
                SeriesRow("均值", ("10", "60.5", "70", "1234.5", "40", "20"), np.array([[0, 1], [-1, 2], [3, -1], [4, 5]], dtype=np.int32)),
                SeriesRow("首要", ("PM2.5", "PM10"), np.array([[-1, 1], [-1, -1], [0, -1], [0, -1]], dtype=np.int32)),
            ),
        ),
    )  # fmt: skip
    ground = layer(
        "ground", "fill", "area", [feature("g", "底", box(85.9, 43.4, 88.1, 44.6))], title="范围", interactive=False
    )
    sites = layer(
        "sites", "category", "point",
        [feature(f"s{k}", n, Point(x, 44.2), 0 if k < 2 else 2, label=n, value="达标" if k < 2 else None) for k, (n, x) in enumerate((("站一", 86.3), ("站二", 87.4), ("站三", 87.8)))],
        [
            SceneClass("达标", symbol("#2166ac", size=9.0), 2), SceneClass("超标", symbol("#b2182b", marker="triangle", size=14.0), 0),
            SceneClass("无数据", symbol("#eeeeee", size=9.0), 1, missing=True),
        ],
        title="断面", show_counts=counts, series=SceneSeries("达标情况", "", np.array(SITE_CLASSES, dtype=np.int16)),
    )  # fmt: skip
    base = {"bbox": BBox(85.8, 43.3, 88.2, 44.7), "time": months_time(), "title": "示例数据：月均浓度"}
    return scene([ground, squares, sites], **(base | more))


def year_of_days(first=datetime.date(2025, 4, 1), days=365):
    out = [first + datetime.timedelta(d) for d in range(days)]
    week = "一二三四五六日"
    return SceneTime(
        "day", tuple(d.isoformat() for d in out),
        tuple(f"{d.year}年{d.month}月{d.day}日（周{week[d.weekday()]}）" for d in out),
        tuple(OLD if d < datetime.date(2026, 3, 1) else NEW for d in out), 300, (300,), 8.0,
    )  # fmt: skip


def daily_series(days, count, seed):
    """A plausible year of AQI: high in winter, now and then a dust day; one day in fifty is missing."""
    random = np.random.default_rng(seed)
    season = 75 - 45 * np.cos((np.arange(days)[:, None] - 105 + 182) / 365 * 2 * np.pi)
    values = np.rint(season * random.gamma(6, 1 / 6, (days, count)) + 20)
    values[random.random((days, count)) < 0.004] += 300
    values = np.minimum(values, 500)
    values[random.random((days, count)) < 0.02] = np.nan
    values[40:55, 0] = np.nan
    known = np.isfinite(values)
    classes = np.where(known, np.searchsorted(LIMITS, np.nan_to_num(values)), len(AQI)).astype(np.int16)
    texts = tuple(f"{v:.0f}" for v in np.unique(values[known]))
    codes = np.where(known, np.searchsorted(np.unique(values[known]), np.nan_to_num(values)), -1).astype(np.int32)
    names = ("PM2.5", "PM10", "O3", "NO2", "SO2", "CO", "PM2.5、PM10")
    primary = np.where(known & (values > 50), random.integers(0, len(names), values.shape), -1).astype(np.int32)
    rows = (SeriesRow("AQI", texts, codes), SeriesRow("首要污染物", names, primary))
    return SceneSeries("空气质量指数 AQI（日）", "", classes, values, 0, rows)


def held(name, series, place, frame):
    """The popup of a feature at a frame: its name, then the lines that change."""
    out = [PopupRow("名称", name)]
    for row in series.rows:
        if row.codes[frame, place] >= 0:
            out.append(PopupRow(row.caption, row.texts[row.codes[frame, place]]))
    return tuple(out)


def year_scene(stations=60, **more):
    """365 days for seven counties and many stations: what the budget is measured on."""
    time = year_of_days()
    days = len(time.times)
    counties = county_shapes()
    by_county, by_site = daily_series(days, 7, 1), daily_series(days, stations, 2)
    areas = [
        feature(i, n, g, int(by_county.class_index[time.shown, k]), label=n, popup=held(n, by_county, k, time.shown))
        for k, (i, n, g) in enumerate(counties)
    ]
    random = np.random.default_rng(3)
    spots = []
    while len(spots) < stations:
        _, county, ground = counties[len(spots) % 7]
        west, south, east, north = ground.bounds
        at = Point(random.uniform(west, east), random.uniform(south, min(north, south + 1.1)))
        if ground.contains(at):
            k = len(spots)
            name = f"{county[:2]}{k // 7 + 1}号站"
            spots.append(
                feature(
                    f"s{k}", name, at, int(by_site.class_index[time.shown, k]), popup=held(name, by_site, k, time.shown)
                )
            )
    layers = [
        layer("counties", "choropleth", "area", areas, aqi_classes(fill_opacity=0.75), title="县市 AQI", show_counts=False, series=by_county),
        layer("stations", "choropleth", "point", spots, aqi_classes(stroke="#33424c", size=8.0), title="站点 AQI", show_counts=False, series=by_site),
    ]  # fmt: skip
    base = {
        "id": "year", "title": "昌吉州空气质量指数逐日变化（示例数据）", "subtitle": "2025 年 4 月 1 日至 2026 年 3 月 31 日，七县市与 60 个站点",
        "bbox": BBox(84.9, 42.7, 91.9, 46.0), "time": time, "notices": ("示例数据：随机生成，不是监测结果", "内部使用：未经地图审核，不得公开使用"),
        "description": "逐日空气质量指数，点击站点或县市可看全年变化。", "credits": "制图：昌吉州生态环境局",
    }  # fmt: skip
    return scene(layers, **(base | more))


def hostile_time_scene(text):
    """The small scene with `text` in every place that time brings."""
    made = small_time_scene()
    time = replace(
        made.time,
        labels=tuple(f"日期{k}{text}" for k in range(4)),
        remarks=tuple(f"标准{k > 2}{text}" for k in range(4)),
    )
    squares = made.layers[1]
    rows = tuple(
        replace(r, caption=f"栏{text}", texts=tuple(f"{t}{text}" for t in r.texts)) for r in squares.series.rows
    )
    series = replace(squares.series, caption=f"曲线{text}", unit=f"单位{text}", rows=rows)
    features = tuple(replace(f, name=f"{f.name}{text}") for f in squares.features)
    classes = tuple(replace(c, label=f"{c.label}{text}") for c in squares.classes)
    squares = replace(squares, series=series, features=features, classes=classes, title=f"层{text}")
    return replace(made, time=time, layers=(made.layers[0], squares, made.layers[2]))
