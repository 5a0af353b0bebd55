"""Small scenes for the printed map: two square counties, a river, stations, circles - all in degrees one can think in."""

import dataclasses

from shapely.geometry import LineString, Point, Polygon, box

from changji_geo.scene_model import (
    Inset,
    Scene,
    SceneClass,
    SceneFeature,
    SceneFigure,
    SceneLayer,
    SceneSource,
    SizeStep,
    Symbol,
)
from changji_geo.theme import LabelStyle, Theme
from changji_geo.types import BBox, LonLat

ALBERS = "+proj=aea +lat_1=43.5 +lat_2=45.5 +lat_0=44 +lon_0=88.5 +x_0=0 +y_0=0 +ellps=GRS80 +units=m"
ALL = ("title", "legend", "scale_bar", "north_arrow", "graticule", "inset", "credits", "figures")
THEME = Theme(title="测试", fonts=["Noto Sans CJK SC", "Noto Sans SC"])
STYLE = LabelStyle()


def symbol(fill="#dfe6e3", stroke="#7c8b92", **more):
    return Symbol(**{"fill": fill, "fill_opacity": 1.0, "stroke": stroke, "stroke_width": 0.6, **more})


def feature(key, geometry, *, index=0, label="", size=None, anchor=None):
    at = anchor or (
        geometry.representative_point()
        if geometry.geom_type != "LineString"
        else geometry.interpolate(0.5, normalized=True)
    )
    lon_lat = at if isinstance(at, tuple) else (at.x, at.y)
    return SceneFeature(key, label or key, geometry, index, LonLat(*lon_lat), label=label, size=size)


def layer(key, kind, geometry, classes, features, **more):
    base = {"title": f"图层{key}", "label_style": STYLE}
    return SceneLayer(
        id=key, kind=kind, geometry=geometry, classes=tuple(classes), features=tuple(features), **{**base, **more}
    )


def counties():
    """Two counties, the first with a hole."""
    hole = [(87.4, 43.9), (87.6, 43.9), (87.6, 44.1), (87.4, 44.1)]
    west = Polygon(box(87, 43.5, 88, 44.5).exterior.coords, [hole])
    return layer(
        "01-counties", "choropleth", "area",
        [
            SceneClass("0～10", symbol("#ffffcc"), 1, lower=0, upper=10),
            SceneClass("10～20", symbol("#fd8d3c"), 1, lower=10, upper=20),
            SceneClass("无数据", symbol("#f3f4f4", hatch="/"), 0, missing=True),
        ],
        [feature("a", west, label="甲县"), feature("b", box(88, 43.5, 89, 44.5), index=1, label="乙县")],
        title="清洁取暖户数", unit="户",
    )  # fmt: skip


def rivers():
    return layer(
        "02-rivers", "line", "line", [SceneClass("河流", symbol(stroke="#2f86c5", stroke_width=1.3), 1)],
        [feature("r", LineString([(87.2, 43.6), (87.3, 44.0), (87.25, 44.4)]), label="甲河")], title="河流",
    )  # fmt: skip


def stations(places=((87.8, 44.0), (88.5, 44.2)), marker="triangle"):
    return layer(
        "03-stations", "point", "point",
        [SceneClass("监测站", symbol("#d9482b", "#ffffff", marker=marker, size=9.5), len(places))],
        [feature(f"s{i}", Point(*at), label=f"站点{i}") for i, at in enumerate(places)], title="监测站",
    )  # fmt: skip


def circles():
    look = symbol("#d97a1d", "#ffffff", fill_opacity=0.78)
    return layer(
        "04-amount", "proportional", "point", [SceneClass("排放量", look, 2)],
        [feature("small", Point(87.5, 44.3), size=8.0), feature("large", Point(88.4, 43.8), size=24.0)],
        title="排放量", unit="吨", size_steps=(SizeStep(8.0, "10"), SizeStep(24.0, "90")), note="示意图层，不作为执法依据",
    )  # fmt: skip


FIGURES = (
    SceneFigure("优良天数比例", "75.6", "%", "昌吉州", "2025年", "公报"),
    SceneFigure("PM2.5 年均浓度", "42", "µg/m³", "昌吉州", "2025年", "公报"),
)
WHOLE = BBox(86.9, 43.4, 89.1, 44.6)


def scene(**changes):
    """A scene with everything; `changes` replace fields."""
    made = Scene(
        id="test", title="昌吉州清洁取暖", subtitle="2023—2024 年采暖季", description="", bbox=WHOLE,
        layers=(counties(), rivers(), stations(), circles()), theme=THEME, projection=ALBERS,
        crs_text="坐标系：2000国家大地坐标系（CGCS2000）", credits="制图：生态环境局",
        sources=(SceneSource("县市", "某数据", "MIT", "2024-01-01", "approximate"),),
        notices=("内部使用：未经地图审核，不得公开使用",), notes=("飞地不计入统计。",), approval_number="",
        date_text="2026-11-23", figures=FIGURES, inset=Inset((box(80, 40, 95, 48),), box(87, 43.5, 89, 44.5), WHOLE),
        furniture=ALL, dpi=100,
    )  # fmt: skip
    return dataclasses.replace(made, **changes)
