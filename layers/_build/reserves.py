"""Protected areas and schematic reserve zones.

``sources/protected_areas.geojson`` holds polygons drawn from published extents and areas. Those cut out of a county had
its GCJ-02 edge; a vertex within 2e-5 degree (2 m) of that edge is converted like the county itself, the others (published
coordinates) stay. No zone geometry is public: the zones are nested inward buffers, their distances solved by bisection so
that core and buffer zone take the stated shares of the reserve.
"""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import shapely
from boundaries import COUNTIES, prefecture_shape, raw_unit, to_degrees, to_plane
from points import PUBLIC_LICENCE, REPLACE, SOURCES, read_rows
from shapely.geometry.base import BaseGeometry
from writing import ACCURACY, ID, NAME, NOTE, SOURCE, Built, Col, round_shape

from changji_geo.ellipsoid import area_m2
from changji_geo.gcj02 import gcj02_to_wgs84
from changji_geo.types import SCHEMATIC_NOTICE

ON_EDGE_DEG = 2e-5
CORE_SHARE = 0.40
INNER_SHARE = 0.62  # core and buffer zone together
RESERVES = ("kalamaili", "tianchi_bogda", "qitai")
ZONES = {"core": "核心区", "buffer": "缓冲区", "experimental": "实验区"}
NEW_ZONE = {"核心区": "核心保护区", "缓冲区": "核心保护区", "实验区": "一般控制区"}
RULE_OLD = {
    "核心区": "禁止任何单位和个人进入，不得建设生产设施（2017年条例第十八、二十七条等，适用至2026-03-14）",
    "缓冲区": "只准从事科学研究观测，禁止旅游和生产经营，不得建设生产设施（2017年条例第十八、二十八条等，适用至2026-03-14）",
    "实验区": "不得建设污染环境、破坏资源或景观的生产设施（2017年条例第十八、二十九条等，适用至2026-03-14）",
}
RULE_NEW = {
    "核心保护区": "除列明情形外禁止人为活动（国务院令第830号第二十六条，2026-03-15起）",
    "一般控制区": "严格限制人为活动，仅限列明情形（国务院令第830号第二十七条，2026-03-15起）",
}
IN_PREFECTURE = Col("in_prefecture_pct", "在州域内的面积比例", "由本图层图形按椭球面积算得", "number", "%")


@cache
def polygons() -> dict[str, BaseGeometry]:
    """Every protected area's polygon on CGCS2000, by id."""
    features = json.loads((SOURCES / "protected_areas.geojson").read_text("utf-8"))["features"]
    drawn = {f["properties"]["id"]: shapely.from_geojson(json.dumps(f["geometry"])) for f in features}
    cut = {r["id"] for r in read_rows("protected_areas") if r["on_county_edge"] == "是"}
    edges = shapely.union_all([raw_unit(c).boundary for c in COUNTIES])

    def follow_county(xy: np.ndarray) -> np.ndarray:
        on_edge = np.asarray(shapely.distance(shapely.points(xy), edges)) < ON_EDGE_DEG
        moved = np.column_stack(gcj02_to_wgs84(xy[:, 0], xy[:, 1]))
        return np.where(on_edge[:, None], moved, xy)

    out = {k: round_shape(shapely.transform(s, follow_county) if k in cut else s) for k, s in drawn.items()}
    for key, shape in out.items():
        if not shape.is_valid:
            raise ValueError(f"{key}: {shapely.is_valid_reason(shape)}")
    return out


def build_protected_areas() -> Built:
    """All kinds of protected areas that have a polygon."""
    rows, shapes = [], []
    for row in read_rows("protected_areas"):
        shape = polygons()[row["id"]]
        shapes.append(shape)
        rows.append(
            {
                "id": row["id"],
                "name": row["name"],
                "short_name": row["short_name"],
                "type": row["type"],
                "level": row["level"],
                "county": row["county"],
                "established": row["established"],
                "official_area_km2": float(row["official_area_km2"]),
                "area_km2": _km2(shape),
                "in_prefecture_pct": _percent_inside(shape),
                "accuracy": "schematic",
                "source": row["source"],
                "note": row["note"],
            }
        )
    columns = (
        ID, NAME, Col("short_name", "简称", "图上标注用的简称"),
        Col("type", "类型", "保护地类型",
            allowed=("自然保护区", "湿地公园", "森林公园", "沙漠公园", "风景名胜区", "世界自然遗产", "其他")),
        Col("level", "级别", "保护地级别", allowed=("国家级", "自治区级", "兵团级", "县级", "世界级")),
        Col("county", "县市", "所在县市"),
        Col("established", "设立时间", "公布的设立或批准时间；没有则为空"),
        Col("official_area_km2", "公布面积", "公开资料公布的面积；互相矛盾的见备注", "number", "平方千米"),
        Col("area_km2", "图形面积", "由本图层图形算得的椭球面积", "number", "平方千米"),
        IN_PREFECTURE, ACCURACY, SOURCE, NOTE,
    )  # fmt: skip
    note = (
        SCHEMATIC_NOTICE
        + "。按公布的范围和面积推绘；没有可推绘依据的 5 处未收入（奇台南山国家森林公园、昌吉市老龙河森林公园、"
        "呼图壁大海子国家湿地公园、阜康特纳格尔国家湿地公园、博格达生物圈保护区）。" + REPLACE
    )
    return Built(
        "protected_areas", "自然保护地", "area", "schematic", "公开资料汇编，按公布范围和面积推绘", PUBLIC_LICENCE,
        "自然保护地：公开资料推绘（示意）", note, columns, rows, shapes,
    )  # fmt: skip


def build_reserves() -> Built:
    """Three provincial nature reserves, three schematic zones each."""
    table = {r["id"]: r for r in read_rows("protected_areas")}
    rows, shapes = [], []
    for reserve_id in RESERVES:
        row = table[reserve_id]
        for key, shape in _zones(polygons()[reserve_id]).items():
            zone = ZONES[key]
            shapes.append(shape)
            rows.append(
                {
                    "id": f"{reserve_id}_{key}",
                    "name": f"{row['name']}·{zone}",
                    "reserve_id": reserve_id,
                    "reserve": row["name"],
                    "level": row["level"],
                    "county": row["county"],
                    "zone_old": zone,
                    "zone_new": NEW_ZONE[zone],
                    "rule_old": RULE_OLD[zone],
                    "rule_new": RULE_NEW[NEW_ZONE[zone]],
                    "zone_note": "功能区为示意；三区与两区的对应须以批复的范围和功能区调整成果为准，不是自动对应",
                    "official_area_km2": float(row["official_area_km2"]),
                    "area_km2": _km2(shape),
                    "in_prefecture_pct": _percent_inside(shape),
                    "accuracy": "schematic",
                    "source": row["source"] + "；功能区由边界向内等距缩进生成",
                    "note": SCHEMATIC_NOTICE,
                }
            )
    columns = (
        ID, NAME,
        Col("reserve_id", "保护区编号", "所属自然保护区，同图层 protected_areas 的 id"),
        Col("reserve", "自然保护区", "所属自然保护区"),
        Col("level", "级别", "保护区级别", allowed=("国家级", "自治区级")),
        Col("county", "县市", "保护区所在县市"),
        Col("zone_old", "功能区（三区）", "2017年条例的分区，适用至2026-03-14", allowed=tuple(ZONES.values())),
        Col("zone_new", "功能区（两区）", "国务院令第830号的分区，2026-03-15起", allowed=tuple(RULE_NEW)),
        Col("rule_old", "管控要求（三区）", "2017年条例要点"),
        Col("rule_new", "管控要求（两区）", "国务院令第830号要点"),
        Col("zone_note", "分区说明", "两种分区的关系"),
        Col("official_area_km2", "保护区公布面积", "整个保护区的公布面积", "number", "平方千米"),
        Col("area_km2", "功能区图形面积", "由本图层图形算得的椭球面积", "number", "平方千米"),
        IN_PREFECTURE, ACCURACY, SOURCE, NOTE,
    )  # fmt: skip
    note = (
        SCHEMATIC_NOTICE
        + f"。边界按公布范围和面积推绘；官方功能区图未公开，功能区由边界向内等距缩进，使核心区约占 {CORE_SHARE:.0%}、"
        f"缓冲区约占 {INNER_SHARE - CORE_SHARE:.0%}。原三区归入新两区须经批复的调整成果确定（自然资函〔2020〕71号，待核实）。"
        + REPLACE
    )
    return Built(
        "reserves", "自然保护区功能区", "area", "schematic", "公开资料汇编，按公布范围和面积推绘", PUBLIC_LICENCE,
        "自然保护区：公开资料推绘（示意）", note, columns, rows, shapes, coverage="reserve_id",
    )  # fmt: skip


def _zones(reserve: BaseGeometry) -> dict[str, BaseGeometry]:
    """Core, buffer and experimental zone: a partition that shares every inner vertex."""
    plane = to_plane(reserve)
    core, inner = (_shrink(plane, share) for share in (CORE_SHARE, INNER_SHARE))
    zones = {
        "core": core,
        "buffer": shapely.difference(inner, core),
        "experimental": shapely.difference(reserve, inner),
    }
    if not shapely.coverage_is_valid(list(zones.values())) or not all(z.is_valid for z in zones.values()):
        raise ValueError("zones are not a coverage")
    return zones


def _shrink(plane: BaseGeometry, share: float) -> BaseGeometry:
    """The inward buffer that keeps a share of the area, in degrees."""
    low, high = 0.0, float(np.sqrt(plane.area))
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if plane.buffer(-middle).area > share * plane.area else (low, middle)
    inside = plane.buffer(-round(high, 1), quad_segs=4)
    return to_degrees(shapely.simplify(inside, 40.0))


def _km2(shape: BaseGeometry) -> float:
    return round(float(area_m2(shape)[0]) / 1e6, 2)


def _percent_inside(shape: BaseGeometry) -> float:
    inside = area_m2(shapely.intersection(shape, prefecture_shape()))[0]
    return round(float(inside / area_m2(shape)[0]) * 100, 1)
