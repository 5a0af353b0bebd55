"""Daily values, or an evaluation by months or years -> a series: values of a layer's features for maps in time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from changji_geo.errors import InputError, near_match
from changji_geo.monitoring.air.evaluation.evaluating import Evaluation
from changji_geo.monitoring.air.evaluation.places import KINDS_ZH, AirPlaces
from changji_geo.monitoring.air.evaluation.ranking import BY_PERCENTILE
from changji_geo.monitoring.air.period_columns import COMPOSITE, MEANS, OF_DAYS, PERCENTILES
from changji_geo.monitoring.air.rules import NAMES, UNITS
from changji_geo.sample_words import SAMPLE_NOTICE
from changji_geo.series import Series, SeriesColumn, SeriesMeta, Step

DAY_COLUMNS = (
    SeriesColumn("aqi", "AQI", "number", "", "空气质量指数"),
    *(
        SeriesColumn(p, NAMES[p], "number", UNITS[p], "日最大8小时平均" if p == "o3_8h" else "日平均")
        for p in ("pm2_5", "pm10", "so2", "no2", "co", "o3_8h")
    ),
    SeriesColumn("category", "类别", "text"),
    SeriesColumn("primary", "首要污染物", "text"),
    SeriesColumn("standard", "评价标准", "text"),
)
_BY_PERCENTILE = tuple(c for c in PERCENTILES if c.id.removesuffix("_percentile") in BY_PERCENTILE)
PERIOD_COLUMNS = (
    *(SeriesColumn(c.id, c.title, "number", c.unit) for c in (*MEANS, *_BY_PERCENTILE, *OF_DAYS, COMPOSITE)),
    SeriesColumn("standard", "日评价标准", "text"),
)
_STEPS: Mapping[str, Step] = {"month": "month", "year": "year"}


def daily_series(
    daily: pd.DataFrame, places: AirPlaces, series_id: str, *, title: str = "", origin: str, sample: bool
) -> Series:
    """Every day of the places that the layer has; a day that does not enter day counts has values but no index.

    Parameters
    ----------
    daily : DataFrame
        `changji_geo.monitoring.air.evaluation.places.build_place_daily`.
    places : AirPlaces
    series_id : str
    title : str
        A default one when empty.
    origin : str
        Where the numbers come from, in Chinese.
    sample : bool
        Made up.

    Raises
    ------
    InputError
        Not one place is a feature of the layer.
    """
    frame = _of_layer(daily, places)
    index = {name: frame[name].where(frame["counted"]) for name in ("aqi", "category", "primary")}
    frame = frame.assign(time=frame["date"].dt.strftime("%Y-%m-%d"), **index)
    days = pd.date_range(frame["date"].min(), frame["date"].max()).strftime("%Y-%m-%d")
    meta = _meta(series_id, title or f"{KINDS_ZH[places.kind]}空气质量日值", places, "day", DAY_COLUMNS, origin, sample)
    return _spread(frame, list(days), meta, retrieved=days[-1])


def period_series(
    done: Evaluation, kind: str, places: AirPlaces, series_id: str, *, title: str = "", origin: str, sample: bool
) -> Series:
    """Every month or year of an evaluation; a period without enough valid days has no value.

    Parameters
    ----------
    done : Evaluation
    kind : str
        ``"month"`` or ``"year"``.
    places, series_id, title, origin, sample
        As `daily_series`.

    Raises
    ------
    InputError
        Other periods, or not one place is a feature of the layer.
    """
    if kind not in _STEPS:
        raise InputError(f"--series 不能用于时段“{kind}”", expected="--period month 或 year；逐日的用 air daily")
    frame = _of_layer(done.whole, places)
    counts = ["good_days", "good_rate", "heavy_days"]
    frame = frame.assign(time=frame["period"], **{c: frame[c].astype(float).where(frame["valid"]) for c in counts})
    word = {"month": "月", "year": "年"}[kind]
    meta = _meta(
        series_id,
        title or f"{KINDS_ZH[places.kind]}空气质量{word}值",
        places,
        _STEPS[kind],
        PERIOD_COLUMNS,
        origin,
        sample,
    )
    times = pd.period_range(frame["time"].min(), frame["time"].max(), freq="M" if kind == "month" else "Y")
    return _spread(frame, [str(t) for t in times], meta, retrieved=f"{frame['end'].max():%Y-%m-%d}")


def _of_layer(frame: pd.DataFrame, places: AirPlaces) -> pd.DataFrame:
    found = frame[frame["place"].isin(set(places.ids))]
    if found.empty:
        raise InputError(
            f"没有一个{KINDS_ZH[places.kind]}是图层 {places.layer} 的要素，不能写成时间序列",
            expected=f"图层 {places.layer} 中的编号",
            fix=near_match(next(iter(places.names), ""), places.ids),
        )
    return found.assign(area=found["place"].map(places.ids))


def _meta(
    series_id: str,
    title: str,
    places: AirPlaces,
    step: Step,
    columns: Sequence[SeriesColumn],
    origin: str,
    sample: bool,
) -> Callable[[str], SeriesMeta]:
    note = f"{SAMPLE_NOTICE}，不得引用" if sample else ""

    def made(retrieved: str) -> SeriesMeta:
        return SeriesMeta(
            series_id, title, places.layer, step, tuple(columns), origin, "内部使用", "环境空气监测数据", retrieved,
            sample=sample, standard="standard", note=note,
        )  # fmt: skip

    return made


def _spread(frame: pd.DataFrame, times: list[str], meta: Callable[[str], SeriesMeta], *, retrieved: str) -> Series:
    about = meta(retrieved)
    areas = sorted(set(frame["area"]))
    at = {t: i for i, t in enumerate(times)}
    row = frame["time"].map(at).to_numpy()
    column = frame["area"].map({a: i for i, a in enumerate(areas)}).to_numpy()
    values: dict[str, np.ndarray[Any, Any]] = {}
    for one in about.columns:
        if one.type == "number":
            grid = np.full((len(times), len(areas)), np.nan)
            grid[row, column] = frame[one.name].to_numpy(dtype=np.float64)
        else:
            grid = np.full((len(times), len(areas)), "", dtype=object)
            grid[row, column] = frame[one.name].astype("object").where(frame[one.name].notna(), "").to_numpy()
        values[one.name] = grid
    return Series(about, tuple(areas), tuple(times), values)
