"""Fire points of a file and a day -> the bulletin of that day (疑似火点日报): fires, counties, and what a reader must know."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from changji_geo.catalog import load_layer
from changji_geo.crs import format_lat, format_lon
from changji_geo.errors import InputError
from changji_geo.monitoring.fires.locating import LocatedFires
from changji_geo.monitoring.fires.merging import MergedFires, merge_fires
from changji_geo.monitoring.fires.screening import screen_fires
from changji_geo.monitoring.fires.sensors import (
    BULLETIN_KNOWN,
    MODIS_LOW_BELOW,
    MODIS_LOW_SOURCE,
    MODIS_LOW_VERIFIED,
)
from changji_geo.resources import Workspace, find_workspace
from changji_geo.sample_words import SAMPLE_DATA

PREFECTURE = "昌吉回族自治州"
SUSPECTED = "疑似火点"
OTHER_DAYS = "探测点属于其他日期，没有列入"
"""End of the note that counts the detections of other days."""

BULLETIN_COLUMNS = (
    "序号", *BULLETIN_KNOWN, "性质", "是否计入", "未计入原因", "核查提示", "卫星过境时间（北京时间）", "卫星", "探测点数",
    "置信度（各用原标度）", "最大辐射功率（MW）", "经度（度）", "纬度（度）", "自然保护区", "功能区", "分区依据", "最近自然保护区",
    "距最近自然保护区（千米）", "最近乡镇", "距最近乡镇（千米）", "涉及县市", "产品版本", "合并规则", "火点编号", "备注",
)  # fmt: skip
"""Of the bulletin; the second to seventh are those of published straw-burning bulletins, the others are ours."""

COUNTY_COLUMNS = ("县（市、区）", "疑似火点数", "未计入数", "探测点数")


@dataclass(frozen=True)
class Bulletin:
    """The bulletin of one day.

    ``table``: one row a fire within the prefecture, `BULLETIN_COLUMNS`; counted ones first and numbered, the others with
    their reasons and no number. ``counties``: every county, also with 0, and the sum. ``merged`` are the fires behind it. All cells of both are text,
    numbers, dates or None, ready for CSV and XLSX.
    """

    date: datetime.date
    table: pd.DataFrame
    counties: pd.DataFrame
    notes: tuple[str, ...]
    merged: MergedFires


def daily_bulletin(
    fires: LocatedFires,
    date: datetime.date,
    *,
    modis_low_below: int | None = MODIS_LOW_BELOW,
    counties: Collection[str] | None = None,
    workspace: Workspace | None = None,
) -> Bulletin:
    """Make the bulletin of a day.

    Parameters
    ----------
    fires : LocatedFires
        Of any days; those of other days are left out and their number is told.
    date : date
        The day in Beijing.
    modis_low_below : int, optional
        See `changji_geo.monitoring.fires.screening.screen_fires`.
    counties : collection of str, optional
        Only fires of these counties (as `changji_geo.regions.area_counties` gives them); members of a region that are no
        county of the prefecture (parks, 兵团 cities) are named in the notes.
    workspace : Workspace, optional
        For the list of counties; the one in force by default.

    Returns
    -------
    Bulletin
        A fire is a suspected one (疑似火点) until somebody was there. A day without points gives an empty table and counties
        of 0, and a note that this does not mean that nothing burned.

    Raises
    ------
    InputError
        ``date`` is no date, or none of the counties is one of the prefecture's.
    """
    if not isinstance(date, datetime.date) or isinstance(date, datetime.datetime):
        raise InputError(f"“{str(date)[:40]}”不是一天", expected="日期（北京时间）", fix="给出 datetime.date")
    frame = fires.frame
    screened = screen_fires(frame[frame["date"] == date], modis_low_below=modis_low_below)
    listed, left = _asked(counties, _county_names(workspace or find_workspace()))
    here = screened[screened["in_prefecture"].astype(bool) & screened["county"].isin(listed)]
    merged = merge_fires(here)
    ordered = _in_order(merged.fires)
    rows, number = [], 0
    for fire in ordered.to_dict("records"):
        number += fire["counted"]
        rows.append(_row(fire, number if fire["counted"] else None))
    table = pd.DataFrame(rows, columns=list(BULLETIN_COLUMNS), dtype=object)
    tally = _counties(merged, listed)
    notes = (
        *_notes(date, screened, len(frame), modis_low_below),
        *_limits(counties, listed, left),
        *fires.notes,
        f"合并规则：{merged.rule}",
    )
    return Bulletin(date, table, tally, notes, merged)


def _in_order(fires: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Counted ones first, then by county code, time and id."""
    return fires.sort_values(
        ["counted", "adcode", "first", "fire_id"], ascending=[False, True, True, True], kind="stable"
    )


def _row(fire: dict[Any, Any], number: int | None) -> dict[str, Any]:
    low = "low_confidence" in fire["reason_codes"].split()
    remarks = [f"保护区：{fire['reserve_notice']}"] if fire["reserve_notice"] else []
    remarks += [f"卫星{fire['satellite_notes']}"] if fire["satellite_notes"] else []
    remarks += [str(fire["notes"])] if fire.get("notes") else []
    values: dict[str, Any] = {
        "序号": number,
        "设区市（州）": PREFECTURE,
        "县（市、区）": fire["county"],
        "乡镇": fire["town"] or None,
        "中心经度": format_lon(fire["lon"], decimals=1),
        "中心纬度": format_lat(fire["lat"], decimals=1),
        "卫星过境日期": fire["date"],
        "性质": f"{SUSPECTED}（低置信度）" if low else SUSPECTED,
        "是否计入": "是" if fire["counted"] else "否",
        "未计入原因": fire["reasons"] or None,
        "核查提示": fire["hints"] or None,
        "卫星过境时间（北京时间）": fire["times"],
        "卫星": fire["satellites"],
        "探测点数": fire["detections"],
        "置信度（各用原标度）": fire["confidences"],
        "最大辐射功率（MW）": _number(fire["frp_max_mw"]),
        "经度（度）": fire["lon"],
        "纬度（度）": fire["lat"],
        "自然保护区": fire["zones"] or None,
        "功能区": fire["zone"] or None,
        "分区依据": fire["regulation"],
        "最近自然保护区": fire["nearest_reserve"] or None,
        "距最近自然保护区（千米）": _km(fire["reserve_distance_m"]),
        "最近乡镇": fire["nearest_town"] or None,
        "距最近乡镇（千米）": _km(fire["town_distance_m"]),
        "涉及县市": fire["counties"],
        "产品版本": fire["versions"] or None,
        "合并规则": fire["merge_rule"],
        "火点编号": fire["fire_id"],
        "备注": "；".join(remarks) or None,
    }
    return values


def _number(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _km(metres: float) -> float | None:
    return None if pd.isna(metres) else round(float(metres) / 1000, 2)


def _county_names(space: Workspace) -> list[str]:
    return [str(n) for n in load_layer("counties", space).frame.sort_values("id", kind="stable")["name"]]


def _asked(counties: Collection[str] | None, known: list[str]) -> tuple[list[str], list[str]]:
    """The counties listed, and what else was asked for."""
    if counties is None:
        return known, []
    listed = [name for name in known if name in counties]
    if not listed:
        raise InputError(f"{'、'.join(counties)[:80]} 里没有本州的县市", expected="、".join(known), fix="改正名称")
    return listed, [name for name in counties if name not in known]


def _limits(counties: Collection[str] | None, listed: list[str], left: list[str]) -> Iterator[str]:
    if counties is not None:
        yield f"只列{'、'.join(listed)}的火点"
    if left:
        yield f"{'、'.join(left)}不是本州的县市，没有单独列出"


def _counties(merged: MergedFires, names: list[str]) -> pd.DataFrame:
    fires = merged.fires
    yes = Counter(fires.loc[fires["counted"].astype(bool), "county"])
    no = Counter(fires.loc[~fires["counted"].astype(bool), "county"])
    seen = Counter(merged.members["county"])
    rows: list[list[Any]] = [[name, yes[name], no[name], seen[name]] for name in names]
    rows.append(["合计", sum(yes.values()), sum(no.values()), sum(seen.values())])
    return pd.DataFrame(rows, columns=list(COUNTY_COLUMNS))


def _notes(date: datetime.date, day: gpd.GeoDataFrame, total: int, modis_low_below: int | None) -> Iterator[str]:
    if day["sample"].any():
        yield f"其中有{SAMPLE_DATA}（随机生成，不是卫星火点），不得引用"
    yield f"{date.isoformat()}（北京时间）卫星热异常线索，经现场核实前一律称{SUSPECTED}；坐标是像元中心，不是火场边界"
    if not len(day):
        yield "数据里没有这一天的探测点；不等于没有火（云覆盖、过境时间、下载范围）"
    else:
        yield f"所用卫星：{'、'.join(sorted(set(day['satellite'])))}；不包括云覆盖下的火点信息"
        outside = Counter(day.loc[~day["in_prefecture"].astype(bool), "place"])
        if outside:
            yield f"州外的探测点没有列入：{'、'.join(f'{place} {n} 个' for place, n in sorted(outside.items()))}"
        products = sorted(set(day["product"]))
        if "standard" not in products:
            yield "数据不是标准产品，没有类型字段，其中可能有固定热源"
        elif len(products) > 1:
            yield f"数据有 {'、'.join(p or '未注明' for p in products)} 几种产品，只有标准产品有类型字段"
        for note in sorted(set(day["satellite_note"]) - {""}):
            yield f"卫星{note}"
    if total > len(day):
        yield f"另有 {total - len(day)} 个{OTHER_DAYS}"
    yield "没有用耕地图层筛选，列出的不都是秸秆焚烧"
    if modis_low_below is None:
        yield "MODIS 没有按置信度筛选"
    elif modis_low_below == MODIS_LOW_BELOW and not MODIS_LOW_VERIFIED:
        yield f"MODIS 低于 {modis_low_below}% 的标为低置信度，不计入（{MODIS_LOW_SOURCE}）"
    else:
        yield f"MODIS 低于 {modis_low_below}% 的标为低置信度，不计入"
    yield "低置信度的只标注，不计入；MODIS 的百分数和 VIIRS 的字母不互相换算"
