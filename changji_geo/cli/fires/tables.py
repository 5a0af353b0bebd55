"""Captions of the tables of fire points, fires and counties; findings of the reader as a table has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from changji_geo.tablefile import TableColumn, TableFinding

if TYPE_CHECKING:
    import pandas as pd

    from changji_geo.monitoring.fires.bulletin import Bulletin
    from changji_geo.monitoring.fires.reading import FireTable

DETECTIONS = (
    TableColumn("id", "探测点编号"), TableColumn("date", "日期（北京时间）"), TableColumn("time", "时间（北京时间）"),
    TableColumn("satellite", "卫星"), TableColumn("sensor", "传感器"), TableColumn("confidence", "置信度（各用原标度）"),
    TableColumn("lon", "经度", "度", 5), TableColumn("lat", "纬度", "度", 5), TableColumn("place", "范围"),
    TableColumn("county", "县（市、区）"), TableColumn("adcode", "县市代码"), TableColumn("counted", "是否计入"),
    TableColumn("reasons", "未计入原因"), TableColumn("hints", "核查提示"), TableColumn("frp_mw", "辐射功率", "MW", 1),
    TableColumn("reserve", "自然保护区"), TableColumn("zone", "功能区"), TableColumn("regulation", "分区依据"),
    TableColumn("nearest_reserve", "最近自然保护区"), TableColumn("reserve_distance_m", "距最近自然保护区", "米", 0),
    TableColumn("nearest_town", "最近乡镇"), TableColumn("town_distance_m", "距最近乡镇", "米", 0),
    TableColumn("heat_source", "固定热源"), TableColumn("heat_action", "热源图层的处理"), TableColumn("type_name", "标准产品类型"),
    TableColumn("version", "产品版本"), TableColumn("fire_id", "火点编号"), TableColumn("note", "原文件备注"),
    TableColumn("file", "文件"), TableColumn("row", "行"),
)  # fmt: skip
"""Of ``--out``: one row a detection."""

_BULLETIN_IDS = (
    "number", "prefecture", "county", "town", "lon_dms", "lat_dms", "date", "standing", "counted", "reasons", "hints", "times",
    "satellites", "detections", "confidences", "frp_max_mw", "lon", "lat", "reserve", "zone", "regulation",
    "nearest_reserve", "reserve_distance_km", "nearest_town", "town_distance_km", "counties", "versions", "merge_rule",
    "fire_id", "remarks",
)  # fmt: skip
_COUNTY_IDS = ("county", "suspected", "not_counted", "detections")
_DECIMALS = {"frp_max_mw": 1, "lon": 5, "lat": 5, "reserve_distance_km": 2, "town_distance_km": 2}


def bulletin_table(bulletins: Sequence[Bulletin]) -> tuple[pd.DataFrame, list[TableColumn]]:
    """The fires of all days, and the columns, with the Chinese captions of the bulletin and English ids."""
    import pandas as pd

    from changji_geo.monitoring.fires.bulletin import BULLETIN_COLUMNS

    ids = dict(zip(BULLETIN_COLUMNS, _BULLETIN_IDS, strict=True))
    parts = [b.table.rename(columns=ids) for b in bulletins]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(_BULLETIN_IDS))
    return frame, [TableColumn(ids[c], c, decimals=_DECIMALS.get(ids[c])) for c in BULLETIN_COLUMNS]


def county_table(bulletins: Sequence[Bulletin]) -> tuple[pd.DataFrame, list[TableColumn]]:
    """How many fires each county has on each day, and their sum."""
    import pandas as pd

    from changji_geo.monitoring.fires.bulletin import COUNTY_COLUMNS

    ids = dict(zip(COUNTY_COLUMNS, _COUNTY_IDS, strict=True))
    parts = [b.counties.rename(columns=ids).assign(date=b.date) for b in bulletins]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["date", *_COUNTY_IDS])
    return frame, [TableColumn("date", "日期"), *(TableColumn(ids[c], c) for c in COUNTY_COLUMNS)]


def reading_findings(table: FireTable) -> list[TableFinding]:
    """What was found in each file, and how many of its rows were used."""
    found = [
        TableFinding(f.level, f.rule, f.message, 1, f.file, () if f.row is None else (f.row,), f.column)
        for f in table.findings
    ]
    for file in table.files:
        told = f"共 {file.rows} 行：采用 {file.kept}，重复 {file.repeated}，没有计入 {file.refused}"
        found.append(TableFinding("info", "rows", told, file.rows, file.name))
    return found
