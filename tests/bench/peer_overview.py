"""The overview as an experienced user writes it by hand with geopandas, folium and matplotlib: the peer of the benchmark.

Same layers, same colours, labels, legend, popups, figures and formats. No label placement, no inset, no scale bar, no
offline page, no checks: it does less, so the comparison is hard on us.
"""

import sys
from pathlib import Path

import folium
import geopandas as gpd
import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

LAYERS, OUT = Path(sys.argv[1]), Path(sys.argv[2])
ALBERS = "+proj=aea +lat_1=43.5 +lat_2=45.5 +lat_0=44 +lon_0=88.5 +x_0=0 +y_0=0 +ellps=GRS80 +units=m"
FILLS = dict(
    zip(
        ["昌吉市", "阜康市", "呼图壁县", "玛纳斯县", "奇台县", "吉木萨尔县", "木垒哈萨克自治县"],
        ["#f7ecd0", "#e9f0dd", "#e3ebf1", "#f4e5dc", "#f6f1cf", "#eee6f2", "#e0eeec"],
        strict=True,
    )
)
AREAS = {"neighbours": "#e6e9e8", "counties": None, "bingtuan": "#ece3ef", "protected_areas": "#8cc08a"}
POINTS = {
    "lakes": ("#6db6e3", "o"),
    "water_sections": ("#ffffff", "D"),
    "water_sources": ("#1d78c1", "v"),
    "air_stations": ("#d9482b", "^"),
}
FIGURES = [("集中式饮用水水源地", "39 处"), ("监测河流", "9 条"), ("水质优良比例", "100 %"), ("“绿盾2025”核查整改疑似问题", "35 处"), ("新建乡镇空气站", "10 个"), ("农村生活污水治理（管控）率", "44.2 %")]  # fmt: skip

frames = {name: gpd.read_file(LAYERS / name / f"{name}.geojson") for name in [*AREAS, "rivers", "prefecture", *POINTS]}

page = folium.Map(tiles=None, location=[44.3, 88.5], zoom_start=7)
for name, frame in frames.items():
    group = folium.FeatureGroup(name=name)
    if name in POINTS:
        for row in frame.itertuples():
            folium.CircleMarker(
                [row.geometry.y, row.geometry.x], radius=5, color="#333333", fill=True, fill_color=POINTS[name][0],
                fill_opacity=1, tooltip=row.name, popup=folium.Popup(f"<b>{row.name}</b><br>{row.source}", max_width=300),
            ).add_to(group)  # fmt: skip
    else:
        folium.GeoJson(
            frame,
            style_function=lambda f, n=name: {
                "fillColor": FILLS.get(f["properties"]["name"], AREAS.get(n) or "#ffffff"),
                "fillOpacity": 0 if n in ("rivers", "prefecture") else 0.8, "color": "#2f86c5" if n == "rivers" else "#7c8b92",
                "weight": 1.5,
            },
            tooltip=folium.GeoJsonTooltip(["name"]), popup=folium.GeoJsonPopup(["name", "source"]),
        ).add_to(group)  # fmt: skip
    group.add_to(page)
folium.LayerControl().add_to(page)
page.save(OUT / "peer.html")

matplotlib.rcParams["font.family"] = ["Noto Sans CJK SC", "DejaVu Sans"]
figure, axes = plt.subplots(figsize=(11.69, 8.27))
for name, frame in frames.items():
    flat = frame.to_crs(ALBERS)
    if name in POINTS:
        flat.plot(ax=axes, color=POINTS[name][0], marker=POINTS[name][1], edgecolor="#333333", markersize=40, zorder=5)
    elif name == "rivers":
        flat.plot(ax=axes, color="#2f86c5", linewidth=1.3)
    elif name == "prefecture":
        flat.boundary.plot(ax=axes, color="#6d4f77", linewidth=1.7)
    else:
        flat.plot(
            ax=axes, color=[FILLS.get(n, AREAS[name] or "#ffffff") for n in flat["name"]], edgecolor="#7c8b92",
            linewidth=0.6, alpha=0.5 if name == "protected_areas" else 1,
        )  # fmt: skip
    if name in ("counties", "neighbours"):
        for label, point in zip(flat["name"], flat.representative_point(), strict=True):
            axes.annotate(label, (point.x, point.y), ha="center", fontsize=9 if name == "counties" else 7, clip_on=True)
west, south, east, north = frames["counties"].to_crs(ALBERS).total_bounds
axes.set_xlim(west - 2e4, east + 2e4)
axes.set_ylim(south - 2e4, north + 2e4)
axes.set_title("昌吉州生态环境“一张图”", fontsize=20)
handles = [Patch(color=c or "#f5f0e2", label=n) for n, c in AREAS.items()]
handles += [Line2D([], [], color=c, marker=m, linestyle="", label=n) for n, (c, m) in POINTS.items()]
axes.legend(handles=handles, loc="lower left", fontsize=7)
for i, (name, value) in enumerate(FIGURES):
    figure.text(0.08 + i * 0.145, 0.03, f"{name}\n{value}", fontsize=8)
axes.grid(alpha=0.4)
figure.savefig(OUT / "peer.png", dpi=300)
figure.savefig(OUT / "peer.pdf")
