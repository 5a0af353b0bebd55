"""Point layers from the CSV tables in ``sources/``: a row's ``lon``/``lat`` becomes its geometry, the rest its attributes."""

from __future__ import annotations

import csv
from pathlib import Path

import shapely
from writing import ACCURACY, ID, NAME, NOTE, SOURCE, Built, Col, round_shape

SOURCES = Path(__file__).resolve().parent / "sources"
PUBLIC = "公开资料汇编，逐要素注明"
PUBLIC_LICENCE = "事实性资料，来源逐要素注明"
COUNTY = Col("county", "县市", "所在县市")
ADCODE = Col("adcode", "县市代码", "所在县市的行政区划代码")
SCOPE = Col("scope", "范围", "州内；州界（在州界上，位置近似时可能落在界外）；州外", allowed=("州内", "州界", "州外"))
REPLACE = "有正式数据后，用 changji-geo layers import 文件 --as 图层标识 替换。"


def read_rows(name: str) -> list[dict[str, str]]:
    """The rows of ``sources/<name>.csv``."""
    with (SOURCES / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def build_points(
    layer_id: str, title: str, accuracy: str, columns: tuple[Col, ...], note: str, attribution: str
) -> Built:
    """A point layer; rows without their own accuracy take the layer's."""
    rows, shapes = [], []
    for row in read_rows(layer_id):
        shapes.append(round_shape(shapely.Point(float(row.pop("lon")), float(row.pop("lat")))))
        values = {"accuracy": accuracy} | row
        rows.append({c.name: values[c.name] for c in columns})
    return Built(
        layer_id, title, "point", accuracy, PUBLIC, PUBLIC_LICENCE, attribution, note + REPLACE, columns, rows, shapes
    )


def build_water_sources() -> Built:
    """Drinking-water sources."""
    columns = (
        ID, NAME,
        Col("name_status", "名称性质", "名称是公布的还是推定的", allowed=("公布名称", "推定名称")),
        Col("type", "类型", "水源类型", allowed=("地下水", "地表水")),
        COUNTY, ADCODE, ACCURACY, SOURCE, NOTE,
    )  # fmt: skip
    note = (
        "县级以上水源地共 13 处，这里有 7 处；名称均为推定，位置近似，不能用于划定或核查保护区。"
        "昌吉市另有一处，推定的位置落在乌鲁木齐市境内，没有收入。"
        "其中 6 处（ws03—ws08）的存在按“县城至少有一处县级水源地”推定。"
    )
    return build_points(
        "water_sources", "饮用水水源地", "approximate", columns, note, "水源地：公开资料汇编（位置近似）"
    )


def build_lakes() -> Built:
    """Lakes and reservoirs as points."""
    columns = (
        ID, NAME,
        Col("type", "类型", "湖泊或水库", allowed=("湖泊", "水库")),
        Col("monitored", "考核湖库", "是否为文件所列的 2 个监测湖库", allowed=("是", "否")),
        COUNTY, SCOPE, ACCURACY, SOURCE, NOTE,
    )  # fmt: skip
    note = "湖库以点表示，多数位置凭资料推定，只示意大致方位。"
    return build_points("lakes", "湖泊水库", "schematic", columns, note, "湖库：公开资料汇编（位置示意）")


def build_water_sections() -> Built:
    """Water-quality sections and candidate gauges."""
    columns = (
        ID, NAME,
        Col("river", "河流", "所在河流"),
        Col("type", "类型", "断面类型", allowed=("国控断面", "监测断面", "水文站（候选断面）")),
        Col("target_class", "水质目标", "考核目标类别；没有查得则为空"),
        COUNTY, SCOPE, ACCURACY, SOURCE, NOTE,
    )  # fmt: skip
    note = "文件所列监测断面共 17 个，这里只有名称有据的 3 个断面和 2 个候选水文站；位置近似。"
    return build_points("water_sections", "地表水断面", "approximate", columns, note, "断面：公开资料汇编（位置近似）")


def build_air_stations() -> Built:
    """Ambient-air stations."""
    columns = (
        ID, NAME,
        Col("code", "站点编码", "中国环境监测总站编码；没有则为空"),
        COUNTY, ADCODE,
        Col("level", "级别", "管理级别", allowed=("国控", "国控（区域站）", "区控")),
        Col("role", "类型", "点位类型", allowed=("城市评价点", "对照点", "区域站", "县城代表点")),
        Col("scope", "范围", "州内；五家渠（兵团）；“乌—昌—石”区域背景",
            allowed=("州内", "五家渠（兵团）", "“乌—昌—石”区域背景")),
        ACCURACY, SOURCE, NOTE,
    )  # fmt: skip
    note = (
        "国控站坐标按公布值，未注明坐标基准，可能含数百米偏移；区控站为县城驻地代表点，不是站点实际位置。"
        "1496A 的公布纬度疑误。已撤销的 2691A 没有收入。"
    )
    return build_points(
        "air_stations", "环境空气站", "approximate", columns, note, "空气站：中国环境监测总站公布站点表等"
    )


def build_parks() -> Built:
    """The three national parks (开发区), as points."""
    columns = (
        ID, NAME, Col("short_name", "简称", "图上标注用的简称"), COUNTY,
        Col("wcs", "属“乌—昌—石”区域", "是否为“四县市两园区”中的园区（推定）", allowed=("是", "否")),
        ACCURACY, SOURCE, NOTE,
    )  # fmt: skip
    note = "三个国家级园区以点表示，没有公开的边界；位置凭资料推定，待核实。"
    return build_points("parks", "国家级园区", "approximate", columns, note, "园区：公开资料汇编（位置近似）")
