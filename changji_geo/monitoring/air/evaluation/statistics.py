"""Daily values and periods -> means, percentiles and attainment of each pollutant, and the day counts of the AQI."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from changji_geo.monitoring.air.air_findings import AirFinding
from changji_geo.monitoring.air.evaluation.daycube import DayCube, day_cube
from changji_geo.monitoring.air.evaluation.exact import percentile_ratio, round_ratio, to_millionths
from changji_geo.monitoring.air.evaluation.periods import Period, distinct_periods
from changji_geo.monitoring.air.rules import (
    CHANGE,
    DAILY_AFTER,
    DAILY_BEFORE,
    DECIMALS,
    EVALUATED,
    GOOD_AQI,
    HEAVY_AQI,
    LAST_BEFORE,
    RULES,
    crosses_change,
    evaluation_standard,
)
from changji_geo.standards.air import AIR_CLASSES, AreaClass, index_edition, limit

_ANNUAL_KINDS = ("year", "assessment")
_WITH_ANNUAL_LIMIT = ("so2", "no2", "pm10", "pm2_5")
CATEGORIES = tuple(c.category for c in AIR_CLASSES)
ATTAINMENT_RULE = "年均值（有年均限值的）与百分位数修约后均不超过限值（规则凭记忆，待核 HJ 663 原文）"


@dataclass(frozen=True)
class PeriodTables:
    """``values``: one row per place, period, part and pollutant; ``days``: one row per place, period and part."""

    values: pd.DataFrame
    days: pd.DataFrame
    findings: tuple[AirFinding, ...] = ()


def build_periods(
    daily: pd.DataFrame,
    periods: Sequence[Period],
    *,
    area_class: AreaClass = 2,
    monitored: pd.DataFrame | None = None,
) -> PeriodTables:
    """Statistics of periods, for stations or areas.

    Parameters
    ----------
    daily : DataFrame
        `changji_geo.monitoring.air.evaluation.daily.build_daily` or `changji_geo.monitoring.air.evaluation.areas.area_daily`.
    periods : sequence of Period
        See `changji_geo.monitoring.air.evaluation.periods`.
    area_class : {1, 2}
        Which limits of GB 3095.
    monitored : DataFrame, optional
        Days that decide validity, where ``daily`` lacks days taken out on purpose (dust).

    Returns
    -------
    PeriodTables
        Both tables begin with ``place, period, label, part, start, end, days``. A period across 2026-03-01 has three
        parts: 全段 and the days of either edition.

        ``values``: ``pollutant`` (ozone: the daily maxima of 8 h), ``valid_days``, ``required_days``, ``valid``,
        ``reason``; ``mean``, ``percentile`` (exact), ``mean_rounded``, ``percentile_rounded`` (GB/T 8170),
        ``percent`` (the percentile's); all NaN where not valid. ``limit_mean``, ``limit_percentile``, ``attained``
        (nullable boolean), ``limits`` (edition) and ``attainment_rule`` only for years that lie under one edition.
        ``standard``: HJ 663 in force, both for a period across.

        ``days``: ``counted_days``, ``good_days`` (AQI <= 100), ``good_rate`` (percent of counted days, one decimal),
        ``heavy_days`` (AQI > 200), one column per category, ``required_days``, ``valid``, ``reason``, ``standard``,
        ``note``. A period across 2026-03-01 counts days of both editions, and its note says how many of each.

    Raises
    ------
    InputError
        Two periods with one id, a daily table that lacks columns.
    """
    periods = distinct_periods(periods)
    cube = day_cube(daily)
    judged = day_cube(monitored) if monitored is not None else cube
    judged = _aligned(judged, cube)
    values: list[dict[str, Any]] = []
    days: list[dict[str, Any]] = []
    for period in periods:
        for part, span in period.parts():
            head = {"period": period.id, "label": period.label, "part": part, "start": span.start, "end": span.end}
            head["days"] = span.days
            for pollutant in EVALUATED:
                values += _value_rows(cube, judged, span, pollutant, head, area_class)
            days += _day_rows(cube, judged, span, head)
    crossing = [p.label for p in periods if crosses_change(p.start, p.end)]
    found: tuple[AirFinding, ...] = ()
    if crossing:
        told = (
            f"时段 {'、'.join(crossing)} 跨 {CHANGE}：此前按 {DAILY_BEFORE}、此后按 {DAILY_AFTER} 评价"
            f"，两段分列；两段的优良天数不可直接比较"
        )
        found = (AirFinding("warning", "crossing-editions", told, len(crossing)),)
    return PeriodTables(_table(values, _VALUE_COLUMNS), _table(days, _DAY_COLUMNS), found)


def _aligned(judged: DayCube, cube: DayCube) -> DayCube:
    """The same places in the same order."""
    if judged is cube or judged.places == cube.places:
        return judged
    at = {p: i for i, p in enumerate(judged.places)}
    rows = [at[p] for p in cube.places]
    return DayCube(cube.places, judged.first, {n: v[rows] for n, v in judged.values.items()}, judged.aqi[rows])


_KEYS = ("place", "period", "label", "part", "start", "end", "days")
_VALUE_COLUMNS = (
    *_KEYS,
    "pollutant",
    "valid_days",
    "required_days",
    "valid",
    "reason",
    "mean",
    "mean_rounded",
    "percent",
    "percentile",
    "percentile_rounded",
    "limit_mean",
    "limit_percentile",
    "attained",
    "limits",
    "attainment_rule",
    "standard",
    "rule",
)
_DAY_COLUMNS = (
    *_KEYS,
    "counted_days",
    "good_days",
    "good_rate",
    "heavy_days",
    *CATEGORIES,
    "required_days",
    "valid",
    "reason",
    "standard",
    "note",
    "rule",
)


def _table(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """With its columns even without rows."""
    out = pd.DataFrame(list(rows), columns=list(columns))
    for name in ("start", "end"):
        out[name] = pd.to_datetime(out[name])
    if "attained" in out.columns:
        out["attained"] = out["attained"].astype("boolean")
    return out


def standard_of(span: Period, kind: Literal["evaluation", "daily"]) -> str:
    """The code in force over a span; both, joined, when it crosses 2026-03-01."""
    if kind == "evaluation":
        first, last = evaluation_standard(span.start), evaluation_standard(span.end)
    else:
        first, last = index_edition(span.start).code, index_edition(span.end).code
    return first if first == last else f"{first}（至 {LAST_BEFORE}）、{last}（自 {CHANGE}）"


def _judge(there: np.ndarray[Any, np.dtype[np.bool_]], cube: DayCube, span: Period) -> list[str]:
    """For each place, why the span is not valid; "" where it is."""
    reasons: list[list[str]] = [[] for _ in cube.places]
    for start, end, needed, name in span.checks():
        number = there[:, cube.columns(start, end)].sum(axis=1)
        for i in np.flatnonzero(number < needed):
            reasons[i].append(f"{name or '有效'} {number[i]} 天，应不少于 {needed} 天".replace("月 ", "月有效 "))
    return ["；".join(r) for r in reasons]


def _value_rows(
    cube: DayCube, judged: DayCube, span: Period, pollutant: str, head: dict[str, Any], area_class: AreaClass
) -> list[dict[str, Any]]:
    reasons = _judge(~np.isnan(judged.values[pollutant]), judged, span)
    block = cube.values[pollutant][:, cube.columns(span.start, span.end)]
    limits = _limits(span, head["part"], pollutant, area_class)
    percent, decimals = int(RULES["percentiles"][pollutant]), DECIMALS[pollutant]
    rows = []
    for place, row, reason in zip(cube.places, block, reasons, strict=True):
        whole, there = to_millionths(row)
        number, total = int(there.sum()), int(whole.sum())
        top, below = percentile_ratio(row, percent)
        valid = not reason and number > 0
        mean_over = number * 1_000_000 if valid else 0
        below = below if valid else 0
        mean = round_ratio(total, mean_over, decimals).item()
        high = round_ratio(top, below, decimals).item()
        rows.append(
            {
                "place": place,
                **head,
                "pollutant": pollutant,
                "valid_days": number,
                "required_days": span.required,
                "valid": valid,
                "reason": reason or ("" if number else "没有有效日"),
                "mean": total / mean_over if valid else np.nan,
                "mean_rounded": mean,
                "percent": percent,
                "percentile": top / below if valid else np.nan,
                "percentile_rounded": high,
                "limit_mean": limits[0],
                "limit_percentile": limits[1],
                "attained": _attained(mean, high, limits) if valid else pd.NA,
                "limits": limits[2],
                "attainment_rule": ATTAINMENT_RULE if valid and not np.isnan(limits[1]) else "",
                "standard": standard_of(span, "evaluation"),
                "rule": span.rule,
            }
        )
    return rows


def _limits(span: Period, part: str, pollutant: str, area_class: AreaClass) -> tuple[float, float, str]:
    """The limit of the annual mean (NaN: there is none), of the percentile, and their edition."""
    if span.kind not in _ANNUAL_KINDS:
        return np.nan, np.nan, ""
    if part == "全段" and (crosses_change(span.start, span.end) or span.start.year <= 2030 < span.end.year):
        return np.nan, np.nan, "时段跨两版限值，不判定达标"
    item, time = ("o3", "8h") if pollutant == "o3_8h" else (pollutant, "24h")
    high = limit(item, time, area_class=area_class, date=span.start)  # type: ignore[arg-type]
    if pollutant not in _WITH_ANNUAL_LIMIT:
        return np.nan, high.value, high.standard
    return limit(pollutant, "annual", area_class=area_class, date=span.start).value, high.value, high.standard


def _attained(mean: float, high: float, limits: tuple[float, float, str]) -> Any:
    if np.isnan(limits[1]):
        return pd.NA
    return high <= limits[1] and (np.isnan(limits[0]) or mean <= limits[0])


def _day_rows(cube: DayCube, judged: DayCube, span: Period, head: dict[str, Any]) -> list[dict[str, Any]]:
    reasons = _judge(~np.isnan(judged.aqi), judged, span)
    block = cube.aqi[:, cube.columns(span.start, span.end)]
    crossing = crosses_change(span.start, span.end)
    old = cube.columns(span.start, LAST_BEFORE)
    rows = []
    for place, row, reason in zip(cube.places, block, reasons, strict=True):
        counted = row[~np.isnan(row)]
        bounds = [c.upper for c in AIR_CLASSES]
        classes = np.bincount(np.searchsorted(bounds, counted), minlength=len(bounds))
        good = int((counted <= GOOD_AQI).sum())
        rows.append(
            {
                "place": place,
                **head,
                "counted_days": counted.size,
                "good_days": good,
                "good_rate": round_ratio(good * 100, counted.size, 1).item(),
                "heavy_days": int((counted > HEAVY_AQI).sum()),
                **{name: int(n) for name, n in zip(CATEGORIES, classes, strict=True)},
                "required_days": span.required,
                "valid": not reason and counted.size > 0,
                "reason": reason or ("" if counted.size else "没有有效日"),
                "standard": standard_of(span, "daily"),
                "note": _crossing_note(row[: old.stop - old.start], row[old.stop - old.start :]) if crossing else "",
                "rule": span.rule,
            }
        )
    return rows


def _crossing_note(before: np.ndarray[Any, Any], after: np.ndarray[Any, Any]) -> str:
    old, new = (int((~np.isnan(part)).sum()) for part in (before, after))
    return (
        f"跨 {CHANGE}：{old} 天按 {DAILY_BEFORE}、{new} 天按 {DAILY_AFTER} 评价，天数是两版之和；"
        "前后两版标准的优良天数不可直接比较"
    )
