"""Composite index of air quality (环境空气质量综合指数): the rules of 2013, and a user's table for what came later."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from changji_geo.errors import InputError
from changji_geo.monitoring.air.rules import CHANGE, EVALUATED, NAMES, RULES

Statistic = Literal["mean", "percentile"]

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
    return CompositeTable(
        table["document"], table["limits"], table["weights"], table["statistics"], until=table["until"]
    )


COMPOSITE_2013 = _of_2013()
"""环办〔2014〕64号: six equal weights; means of SO2, NO2, PM10, PM2.5, 95th percentile of CO, 90th of ozone."""


def load_composite_table(path: Path | str) -> CompositeTable:
    """Read a table of a person: TOML with ``document``, ``since``, and ``[limits]``, ``[weights]``, ``[statistics]``.

    Raises
    ------
    InputError
        Unreadable, or not exactly the six pollutants, positive limits and weights, known statistics.
    """
    import tomllib

    path = Path(path)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as cause:
        raise InputError(
            "综合指数表读不了", where=str(path), expected="UTF-8 的 TOML 文件", fix="检查路径和写法"
        ) from cause
    statistics = table.get("statistics") or dict(RULES["composite_2013"]["statistics"])
    for key, part in (("limits", table.get("limits")), ("weights", table.get("weights")), ("statistics", statistics)):
        if not isinstance(part, dict) or set(part) != set(EVALUATED):
            raise InputError(f"[{key}] 的项目不对", where=str(path), expected="、".join(EVALUATED), fix="六项各写一个")
    for key in ("limits", "weights"):
        for name, value in table[key].items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
                raise InputError(f"[{key}] {name} = {value!r} 不是正数", where=str(path), fix="改成标准中的数")
    wrong = [s for s in statistics.values() if s not in ("mean", "percentile")]
    if wrong:
        raise InputError(
            f"[statistics] 有“{wrong[0]}”", where=str(path), expected="mean 或 percentile", fix="改成其中一个"
        )
    since = table.get("since")
    if type(since) is not datetime.date or not str(table.get("document", "")).strip():
        raise InputError(
            "缺少 document（文号）或 since（起用日期）", where=str(path), fix='加 document = "文号"、since = 2026-03-01'
        )
    return CompositeTable(str(table["document"]), table["limits"], table["weights"], statistics, since=since)


def composite_index(values: pd.DataFrame, *, table: CompositeTable | None = None) -> pd.DataFrame:
    """Composite index of every place, period and part of a table of statistics.

    Parameters
    ----------
    values : DataFrame
        `changji_geo.monitoring.air.statistics.PeriodTables.values`.
    table : CompositeTable, optional
        For periods from 2026-03-01 on: the weights of 2026 are not verified, so there is no index without a table.
        Periods before it always take the rules of 2013.

    Returns
    -------
    DataFrame
        ``place, period, label, part, start, end``; ``composite_index`` (two decimals, half to even, convention of the
        bulletins), ``composite_exact``, ``index_<pollutant>`` (C / S, times its weight), ``largest`` (pollutant with
        the largest), ``document``, ``reason``: why there is none.

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
    return pd.DataFrame(rows)


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
            reason, where=f"{start} 至 {end}", fix="给出核实过的权重表（TOML），或改用 2026-02-28 及以前的时段"
        )
    return COMPOSITE_2013 if end < CHANGE or table is None else table


def _by_pollutant(group: pd.DataFrame) -> dict[str, dict[str, Any]]:
    return {str(r["pollutant"]): {str(k): v for k, v in r.items()} for r in group.to_dict("records")}


def _one(
    group: Mapping[str, Mapping[str, Any]], start: datetime.date, end: datetime.date, table: CompositeTable | None
) -> dict[str, Any]:
    names = [f"index_{p}" for p in EVALUATED]
    none = {
        "composite_index": np.nan,
        "composite_exact": np.nan,
        **dict.fromkeys(names, np.nan),
        "largest": "",
        "document": "",
    }
    reason = refusal(start, end, table)
    if reason:
        return none | {"reason": reason}
    used = require_composite(start, end, table)
    lacking = [NAMES[p] for p in EVALUATED if p not in group or not group[p]["valid"]]
    if lacking:
        return none | {"document": used.document, "reason": f"{'、'.join(lacking)} 的有效日不足"}
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
    }
