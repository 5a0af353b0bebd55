"""Results -> tables with Chinese captions and units, each row with its place, its standard and what must be known of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from changji_geo.monitoring.air.evaluation.dust import WITH
from changji_geo.monitoring.air.evaluation.evaluating import Evaluation
from changji_geo.monitoring.air.evaluation.places import AirPlaces
from changji_geo.monitoring.air.evaluation.statistics import CATEGORIES
from changji_geo.monitoring.air.hours import HourlyAir
from changji_geo.monitoring.air.period_columns import COMPOSITE, MEANS, OF_DAYS, PERCENTILES, PeriodColumn
from changji_geo.monitoring.air.rules import DAILY, DECIMALS, NAMES, POLLUTANTS, UNITS
from changji_geo.monitoring.air.sample import NOTE
from changji_geo.sample_words import SAMPLE_DATA, SAMPLE_MARK
from changji_geo.tablefile import ResultTable, TableColumn

_SAMPLE = TableColumn("sample", "数据性质")
_PLACE = (TableColumn("id", "编号"), TableColumn("place_name", "地点"))
_PERIOD = (
    TableColumn("label", "时段"),
    TableColumn("part", "段"),
    TableColumn("start", "首日"),
    TableColumn("end", "末日"),
    TableColumn("days", "日历天数"),
    TableColumn("dust", "沙尘"),
)
_TITLES = {**NAMES, "o3": "O3 日最大1小时", "o3_8h": "O3 日最大8小时"}

HOUR_COLUMNS = (
    TableColumn("timepoint", "监测时间"),
    TableColumn("stationcode", "站点编码"),
    TableColumn("positionname", "站点名称"),
    TableColumn("longitude", "经度"),
    TableColumn("latitude", "纬度"),
    *(TableColumn(p, NAMES[p], UNITS[p]) for p in POLLUTANTS),
)
"""Hours as `changji_geo.monitoring.air.reading.loading.load_hours` reads them back, by caption and by id."""


def hours_frame(data: HourlyAir) -> pd.DataFrame:
    """Every hour that the files had, with the columns `HOUR_COLUMNS`; names of made-up stations begin with 示例."""
    frame = data.frame()
    names = [
        n if not data.sample or n.startswith(SAMPLE_MARK) else f"{SAMPLE_MARK}·{n}"
        for n in data.stations["name"].astype(str)
    ]
    row = frame["station"].cat.codes.to_numpy()
    numbers, distinct = pd.factorize(pd.Series(names, dtype="object"))
    return pd.DataFrame(
        {
            "timepoint": frame["time"].astype("datetime64[s]"),
            "stationcode": frame["station"],
            "positionname": pd.Categorical.from_codes(numbers[row], categories=distinct),
            "longitude": data.stations["lon"].to_numpy()[row],
            "latitude": data.stations["lat"].to_numpy()[row],
            **{p: frame[p] for p in POLLUTANTS},
        }
    )


def gaps_table(data: HourlyAir) -> ResultTable:
    """Runs of hours that no file has, between the first and the last row of a station."""
    names = dict(zip(data.stations["code"], data.stations["name"], strict=True))
    columns = (
        TableColumn("code", "站点编码"),
        TableColumn("name", "站点名称"),
        TableColumn("start", "首个缺测小时"),
        TableColumn("end", "末个缺测小时"),
        TableColumn("hours", "小时数"),
    )
    return ResultTable("缺测时段", data.gaps.assign(name=data.gaps["code"].map(names)), columns)


def daily_table(daily: pd.DataFrame, places: AirPlaces, *, sample: bool) -> ResultTable:
    """Daily values of places, one row a place and day; without data the day stands there empty."""
    counts = "hours" if places.kind == "station" else "sites"
    named = [TableColumn(f"{p}_{counts}", f"{NAMES[p]} {'小时数' if counts == 'hours' else '站点数'}") for p in DAILY]
    columns = (
        *_PLACE,
        TableColumn("date", "日期"),
        *(TableColumn(p, _TITLES[p], UNITS[p], DECIMALS[p]) for p in DAILY),
        TableColumn("aqi", "AQI", decimals=0),
        TableColumn("category", "类别"),
        TableColumn("level", "级别"),
        TableColumn("primary", "首要污染物"),
        TableColumn("counted", "计入天数"),
        TableColumn("standard", "评价标准"),
        TableColumn("notes", "备注"),
        TableColumn("invalid", "缺测原因"),
        TableColumn("sites", "站点数"),
        *named,
        TableColumn("o3_8h_means", "O3 8小时均值个数"),
        TableColumn("rounding", "修约依据"),
    )
    return _table("日报", _in_order(daily, places), columns, places, sample)


def evaluation_tables(done: Evaluation, places: AirPlaces, *, sample: bool) -> list[ResultTable]:
    """The statistics of periods, by place and by pollutant, and year on year where that was asked for."""
    summary = (
        *_PLACE,
        *_PERIOD,
        TableColumn("counted_days", "有效天数"),
        TableColumn("required_days", "应有天数"),
        TableColumn("valid", "天数有效"),
        TableColumn("reason", "无效原因"),
        *(c.in_table for c in OF_DAYS),
        *(TableColumn(name, f"{name}天数") for name in CATEGORIES),
        *(c.in_table for c in (*MEANS, *PERCENTILES, COMPOSITE)),
        TableColumn("largest", "最大分指数"),
        TableColumn("composite_reason", "无综合指数的原因"),
        TableColumn("composite_document", "综合指数依据"),
        TableColumn("standard", "日评价标准"),
        TableColumn("evaluation_standard", "时段评价标准"),
        TableColumn("dust_document", "沙尘扣除依据"),
        TableColumn("note", "备注"),
        TableColumn("rule", "有效性规则"),
    )
    detail = (
        *_PLACE,
        *_PERIOD,
        TableColumn("item", "项目"),
        TableColumn("unit", "单位"),
        TableColumn("valid_days", "有效天数"),
        TableColumn("required_days", "应有天数"),
        TableColumn("valid", "天数有效"),
        TableColumn("reason", "无效原因"),
        TableColumn("mean_rounded", "均值"),
        TableColumn("mean", "均值（未修约）", decimals=4),
        TableColumn("percent", "百分位"),
        TableColumn("percentile_rounded", "百分位数"),
        TableColumn("percentile", "百分位数（未修约）", decimals=4),
        TableColumn("limit_mean", "年均限值"),
        TableColumn("limit_percentile", "日限值"),
        TableColumn("attained", "达标"),
        TableColumn("limits", "限值标准"),
        TableColumn("attainment_rule", "达标规则"),
        TableColumn("standard", "评价标准"),
        TableColumn("dust_document", "沙尘扣除依据"),
        TableColumn("rule", "有效性规则"),
    )
    tables = [
        _table("时段统计", _in_order(done.summary, places), summary, places, sample),
        _table("分项", _with_item(_in_order(done.values, places)), detail, places, sample),
    ]
    if not done.means_change.empty:
        tables.append(
            _table("同比_浓度", _with_item(_in_order(done.means_change, places)), _means_columns(), places, sample)
        )
        tables.append(_table("同比_天数", _in_order(done.days_change, places), _days_columns(), places, sample))
    return tables


def _means_columns() -> tuple[TableColumn, ...]:
    out = [*_PLACE, TableColumn("label", "时段"), TableColumn("previous", "上年同期"), TableColumn("dust", "沙尘")]
    out += [TableColumn("item", "项目"), TableColumn("unit", "单位")]
    for name, title in (("mean", "均值"), ("percentile", "百分位数")):
        out += [
            TableColumn(name, title, decimals=4),
            TableColumn(f"{name}_before", f"上年{title}", decimals=4),
            TableColumn(f"{name}_change", f"{title}变化", decimals=4),
            TableColumn(f"{name}_change_percent", f"{title}变化率", "%", 1),
        ]
    return (*out, TableColumn("standard", "评价标准"), TableColumn("reason", "不能比较的原因"))


def _days_columns() -> tuple[TableColumn, ...]:
    out = [*_PLACE, TableColumn("label", "时段"), TableColumn("previous", "上年同期"), TableColumn("dust", "沙尘")]
    for column in OF_DAYS:
        now, points = column.in_table, "百分点" if column.unit == "%" else column.unit
        out += [
            now,
            TableColumn(f"{now.id}_before", f"上年{now.title}", now.unit, now.decimals),
            TableColumn(f"{now.id}_change", f"{now.title}变化", points, now.decimals),
        ]
    return (*out, TableColumn("standard", "评价标准"), TableColumn("reason", "不能比较的原因"))


def ranking_table(ranked: pd.DataFrame, column: PeriodColumn, places: AirPlaces, *, sample: bool) -> ResultTable:
    """Places in their order, with the standards that the value rests on."""
    columns = (
        TableColumn("label", "时段"),
        TableColumn("part", "段"),
        TableColumn("dust", "沙尘"),
        TableColumn("rank", "名次"),
        *_PLACE,
        column.in_table,
        TableColumn("reason", "无名次的原因"),
        TableColumn("basis", "依据"),
        TableColumn("note", "备注"),
    )
    return _table("排名", ranked, columns, places, sample)


def _with_item(values: pd.DataFrame) -> pd.DataFrame:
    return values.assign(item=values["pollutant"].map(NAMES), unit=values["pollutant"].map(UNITS))


def _table(
    name: str, frame: pd.DataFrame, columns: tuple[TableColumn, ...], places: AirPlaces, sample: bool
) -> ResultTable:
    """With the names of the places; columns that the frame does not have, and sets that were not asked for, left out."""
    full = frame.assign(
        id=frame["place"].map(lambda p: places.ids.get(str(p), str(p) if places.kind == "station" else "")),
        place_name=frame["place"].map(lambda p: places.names[str(p)]),
    )
    if sample:
        full = full.assign(sample=SAMPLE_DATA)
    plain = "dust" in full and not (full["dust"] == WITH).any()
    shown = [c for c in (*columns, _SAMPLE) if c.id in full and not (plain and c.id == "dust")]
    return ResultTable(name, full, shown)


def _in_order(frame: pd.DataFrame, places: AirPlaces) -> pd.DataFrame:
    """Places in their own order within each period, part, pollutant; days within a place."""
    keys = [c for c in ("period", "current", "part", "dust", "pollutant") if c in frame.columns]
    group = frame.groupby(keys, sort=False).ngroup().to_numpy() if keys else np.zeros(len(frame), dtype=np.int64)
    place = frame["place"].map({p: i for i, p in enumerate(places.names)}).to_numpy()
    return frame.iloc[np.lexsort((place, group))]


def sample_notes(sample: bool) -> list[str]:
    """The line that must stand with made-up data."""
    return [NOTE] if sample else []
