"""Daily values of places and periods -> every table of an evaluation: statistics, composite index, year on year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from changji_geo.errors import InputError
from changji_geo.monitoring.air.air_findings import AirFinding, listed
from changji_geo.monitoring.air.evaluation.comparing import compare_days, compare_values
from changji_geo.monitoring.air.evaluation.composite import CompositeTable, composite_index
from changji_geo.monitoring.air.evaluation.dust import periods_with_and_without_dust
from changji_geo.monitoring.air.evaluation.period_text import year_before
from changji_geo.monitoring.air.evaluation.periods import Period, distinct_periods
from changji_geo.monitoring.air.evaluation.statistics import PeriodTables, build_periods
from changji_geo.monitoring.air.rules import EVALUATED
from changji_geo.standards.air import AreaClass

WHOLE = "全段"


@dataclass(frozen=True)
class Evaluation:
    """``summary``: one row per place, period and part (and with and without dust); the others as their makers describe.

    ``summary`` has the columns of `PeriodTables.days`, ``<pollutant>`` (mean of the period, rounded),
    ``<pollutant>_percentile``, ``composite_index``, ``largest``, ``composite_reason``, ``composite_refused``,
    ``composite_document``, ``evaluation_standard`` (HJ 663), ``dust``. ``means_change`` and ``days_change`` are empty unless asked for.
    """

    summary: pd.DataFrame
    values: pd.DataFrame
    means_change: pd.DataFrame
    days_change: pd.DataFrame
    findings: tuple[AirFinding, ...]

    @property
    def whole(self) -> pd.DataFrame:
        """The rows of the summary for whole periods; of sets with and without dust, the one with."""
        first = list(dict.fromkeys(self.summary["dust"]))[:1]
        return self.summary[(self.summary["part"] == WHOLE) & self.summary["dust"].isin(first)]


def evaluate_periods(
    daily: pd.DataFrame,
    periods: Sequence[Period],
    *,
    area_class: AreaClass = 2,
    dust: pd.DataFrame | None = None,
    composite: CompositeTable | None = None,
    compare: bool = False,
) -> Evaluation:
    """Every table of an evaluation.

    Parameters
    ----------
    daily : DataFrame
        `changji_geo.monitoring.air.evaluation.daily.build_daily` or `changji_geo.monitoring.air.evaluation.areas.area_daily`.
    periods : sequence of Period
    area_class : {1, 2}
        Which limits of GB 3095.
    dust : DataFrame, optional
        Dust days (`changji_geo.monitoring.air.evaluation.dust.load_dust_days`): both sets of results.
    composite : CompositeTable, optional
        Weights for periods from 2026-03-01 on; without them these have no composite index, and the reason stands there.
    compare : bool
        Compare each period with the same one a year before.

    Returns
    -------
    Evaluation

    Raises
    ------
    InputError
        No period or no day, two periods with one id, or a year-on-year comparison without any period that has data a year before.
    """
    if not periods:
        raise InputError("没有要统计的时段", fix="检查 --period 和数据的日期")
    if daily.empty:
        raise InputError("日值表没有一行", fix="检查来源和地点的选择")
    periods = distinct_periods(periods)
    before = [year_before(p) for p in periods] if compare else []
    wanted = list({p.id: p for p in (*before, *periods)}.values())
    if dust is None:
        tables = build_periods(daily, wanted, area_class=area_class)
        tables = PeriodTables(tables.values.assign(dust=""), tables.days.assign(dust=""), tables.findings)
    else:
        tables = periods_with_and_without_dust(daily, dust, wanted, area_class=area_class)
    asked = {p.id for p in periods}
    summary = _summary(tables, composite)
    changes = _changes(tables, list(zip(periods, before, strict=False)), daily) if compare else (_NONE, _NONE, ())
    return Evaluation(
        summary[summary["period"].isin(asked)].reset_index(drop=True),
        tables.values[tables.values["period"].isin(asked)].reset_index(drop=True),
        changes[0],
        changes[1],
        (*_of_asked(tables.findings, periods), *_refused(summary[summary["period"].isin(asked)]), *changes[2]),
    )


_NONE = pd.DataFrame()


def _of_asked(findings: Sequence[AirFinding], periods: Sequence[Period]) -> tuple[AirFinding, ...]:
    """Without the crossing of periods that are there only to be compared with."""
    crossing = any(len(p.parts()) > 1 for p in periods)
    return tuple(f for f in findings if crossing or f.rule != "crossing-editions")


def _summary(tables: PeriodTables, composite: CompositeTable | None) -> pd.DataFrame:
    key = ["place", "period", "part", "dust"]
    means, high = (
        tables.values.pivot(index=key, columns="pollutant", values=name)[list(EVALUATED)]
        for name in ("mean_rounded", "percentile_rounded")
    )
    high.columns = pd.Index([f"{name}_percentile" for name in EVALUATED])
    standards = tables.values.groupby(key, sort=False)["standard"].first().rename("evaluation_standard")
    parts = []
    for word, group in tables.values.groupby("dust", sort=False):
        index = composite_index(group, table=composite).assign(dust=word)
        parts.append(index[[*key, "composite_index", "largest", "reason", "refused", "document"]])
    named = {name: f"composite_{name}" for name in ("reason", "refused", "document")}
    indices = pd.concat(parts, ignore_index=True).rename(columns=named)
    out = tables.days
    for more in (means, high, standards):
        out = out.merge(more.reset_index(), on=key, how="left")
    return out.merge(indices, on=key, how="left")


def _refused(summary: pd.DataFrame) -> tuple[AirFinding, ...]:
    """The reasons of the rules why there is no composite index; days that are missing stand in their rows."""
    told = summary[summary["composite_refused"] & (summary["counted_days"] > 0)]
    found = []
    for reason, group in told.groupby("composite_reason", sort=False):
        labels = list(dict.fromkeys(group["label"]))
        found.append(AirFinding("warning", "no-composite", f"{listed(labels)} 没有综合指数：{reason}", len(labels)))
    return tuple(found)


def _changes(
    tables: PeriodTables, pairs: Sequence[tuple[Period, Period]], daily: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[AirFinding, ...]]:
    first = pd.Timestamp(daily["date"].min()).date()
    have = [(now, then) for now, then in pairs if then.end >= first]
    lacking = [now.label for now, then in pairs if then.end < first]
    if not have:
        raise InputError(
            f"没有上年同期的数据，不能同比：{listed(lacking)}",
            expected=f"数据从 {year_before(pairs[0][0]).start} 开始；给出的数据从 {first} 开始",
            fix="把上一年的文件一并给出，或去掉 --compare",
        )
    found: tuple[AirFinding, ...] = ()
    if lacking:
        told = f"{len(lacking)} 个时段没有上年同期的数据，没有同比：{listed(lacking)}"
        found = (AirFinding("warning", "no-year-before", told, len(lacking)),)
    means, days = [], []
    for word in dict.fromkeys(tables.days["dust"]):
        values, counts = (t[t["dust"] == word] for t in (tables.values, tables.days))
        both = set(values["period"])
        for now, then in have:
            if {now.id, then.id} <= both:
                means.append(compare_values(values, now.id, then.id).assign(label=now.label, dust=word))
                days.append(compare_days(counts, now.id, then.id).assign(label=now.label, dust=word))
    return pd.concat(means, ignore_index=True), pd.concat(days, ignore_index=True), found
