"""Composite index of air quality (环境空气质量综合指数): the rules of 2013, and a user's table for what came later."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field, StringConstraints

from changji_geo.errors import InputError
from changji_geo.monitoring.air.rules import CHANGE, EVALUATED, LAST_BEFORE, NAMES, RULES
from changji_geo.specfile import Strict, check_model, read_toml

Statistic = Literal["mean", "percentile"]
_Positive = Annotated[float, Field(gt=0)]

_FINEST = 100_000
"""Means of a period are quotients with smaller denominators, so a float names its fraction."""


@dataclass(frozen=True)
class CompositeTable:
    """Limits, weights and statistics by pollutant; ``until``: last day of validity, None for no known end."""

    document: str
    limits: Mapping[str, float]
    weights: Mapping[str, float]
    statistics: Mapping[str, Statistic]
    since: datetime.date | None = None
    until: datetime.date | None = None


def _of_2013() -> CompositeTable:
    table = RULES["composite_2013"]
    return CompositeTable(table["document"], table["limits"], table["weights"], table["statistics"], until=LAST_BEFORE)


class _Numbers(Strict):
    so2: _Positive
    no2: _Positive
    pm10: _Positive
    pm2_5: _Positive
    co: _Positive
    o3_8h: _Positive


class _Statistics(Strict):
    so2: Statistic
    no2: Statistic
    pm10: Statistic
    pm2_5: Statistic
    co: Statistic
    o3_8h: Statistic


class _TableFile(Strict):
    document: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    since: datetime.date
    until: datetime.date | None = None
    limits: _Numbers
    weights: _Numbers
    statistics: _Statistics | None = None


COMPOSITE_2013 = _of_2013()
"""环办〔2014〕64号: six equal weights; means of SO2, NO2, PM10, PM2.5, 95th percentile of CO, 90th of ozone."""


def load_composite_table(path: Path | str) -> CompositeTable:
    """Read a table of a person: TOML with ``document``, ``since``, and ``[limits]``, ``[weights]``, ``[statistics]``.

    ``until`` (last day of validity) and ``[statistics]`` (those of 2013) may be left out.

    Raises
    ------
    InputError
        Unreadable, an unknown key, not exactly the six pollutants, limits or weights that are not positive, a statistic
        that is none, an end before its beginning.
    """
    path = Path(path)
    told = check_model(_TableFile, read_toml(path), where=str(path))
    if told.until is not None and told.until < told.since:
        raise InputError(f"until = {told.until} 早于 since = {told.since}", where=str(path), fix="改正其中一个日期")
    statistics = told.statistics.model_dump() if told.statistics else COMPOSITE_2013.statistics
    limits, weights = told.limits.model_dump(), told.weights.model_dump()
    return CompositeTable(told.document, limits, weights, statistics, since=told.since, until=told.until)


def composite_index(values: pd.DataFrame, *, table: CompositeTable | None = None) -> pd.DataFrame:
    """Composite index of every place, period and part of a table of statistics.

    Parameters
    ----------
    values : DataFrame
        `changji_geo.monitoring.air.evaluation.statistics.PeriodTables.values`.
    table : CompositeTable, optional
        For periods from 2026-03-01 on: the weights of 2026 are not verified, so there is no index without a table.
        Periods before it always take the rules of 2013.

    Returns
    -------
    DataFrame
        ``place, period, label, part, start, end``; ``composite_index`` (two decimals, half to even, convention of the
        bulletins), ``composite_exact``, ``index_<pollutant>`` (C / S, times its weight), ``largest`` (pollutant with
        the largest), ``document``, ``reason``: why there is none; ``refused``: whether no table covers the span, rather
        than days that are missing.

    Notes
    -----
    I = sum(w_i C_i / S_i) with the exact, unrounded statistics C_i.
    """
    keys = ["place", "period", "label", "part", "start", "end"]
    rows: list[dict[str, Any]] = []
    for key, group in values.groupby(keys, sort=False):
        head: dict[str, Any] = dict(zip(keys, key, strict=True))
        start, end = pd.Timestamp(head["start"]).date(), pd.Timestamp(head["end"]).date()
        rows.append({**head, **_one(_by_pollutant(group), start, end, table)})
    return pd.DataFrame(rows, columns=[*keys, *_NO_INDEX])


def refusal(start: datetime.date, end: datetime.date, table: CompositeTable | None) -> str:
    """Why a span has no composite index; ``""`` when it has a table.

    Examples
    --------
    >>> refusal(datetime.date(2025, 1, 1), datetime.date(2025, 12, 31), None)
    ''
    """
    if end < CHANGE:
        return ""
    if start < CHANGE:
        return f"时段跨 {CHANGE}，前后算法不同，不合算"
    if table is None:
        return f"{CHANGE} 起的综合指数限值和权重未经核实（HJ 663-2026 原文未读），不计算；可自备核实过的权重表"
    if table.since is not None and start < table.since:
        return f"时段早于权重表的起用日期 {table.since}"
    if table.until is not None and end > table.until:
        return f"时段晚于权重表的截止日期 {table.until}"
    return ""


def require_composite(start: datetime.date, end: datetime.date, table: CompositeTable | None = None) -> CompositeTable:
    """The table a span is computed with.

    Raises
    ------
    InputError
        When there is none, with the reason.
    """
    reason = refusal(start, end, table)
    if reason:
        raise InputError(
            reason, where=f"{start} 至 {end}", fix=f"给出核实过的权重表（TOML），或改用 {LAST_BEFORE} 及以前的时段"
        )
    return COMPOSITE_2013 if end < CHANGE or table is None else table


def _by_pollutant(group: pd.DataFrame) -> dict[str, dict[str, Any]]:
    return {str(r["pollutant"]): {str(k): v for k, v in r.items()} for r in group.to_dict("records")}


_NO_INDEX: Mapping[str, Any] = {
    "composite_index": np.nan,
    "composite_exact": np.nan,
    **{f"index_{p}": np.nan for p in EVALUATED},
    "largest": "",
    "document": "",
    "reason": "",
    "refused": False,
}


def _one(
    group: Mapping[str, Mapping[str, Any]], start: datetime.date, end: datetime.date, table: CompositeTable | None
) -> dict[str, Any]:
    reason = refusal(start, end, table)
    if reason:
        return {**_NO_INDEX, "reason": reason, "refused": True}
    used = require_composite(start, end, table)
    lacking = [NAMES[p] for p in EVALUATED if p not in group or not group[p]["valid"]]
    if lacking:
        return {**_NO_INDEX, "document": used.document, "reason": f"{'、'.join(lacking)} 的有效日不足"}
    parts = {}
    for p in EVALUATED:
        value = Fraction(float(group[p][used.statistics[p]])).limit_denominator(_FINEST)
        parts[p] = Fraction(str(used.weights[p])) * value / Fraction(str(used.limits[p]))
    total = sum(parts.values(), Fraction(0))
    rounded = round(total, int(RULES["composite_2013"]["decimals"]))
    largest = max(parts.values())
    return {
        "composite_index": float(rounded),
        "composite_exact": float(total),
        **{f"index_{p}": float(v) for p, v in parts.items()},
        "largest": "、".join(NAMES[p] for p, v in parts.items() if v == largest),
        "document": used.document,
        "reason": "",
        "refused": False,
    }
