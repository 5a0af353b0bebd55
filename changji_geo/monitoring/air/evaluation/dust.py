"""Dust days (沙尘天气): a list of days -> statistics with and without the particulate data of those days."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from changji_geo.csvfile import read_csv
from changji_geo.errors import InputError
from changji_geo.monitoring.air.air_findings import AirFinding, listed
from changji_geo.monitoring.air.evaluation.daily import grade_days
from changji_geo.monitoring.air.evaluation.periods import Period
from changji_geo.monitoring.air.evaluation.statistics import PeriodTables, build_periods
from changji_geo.monitoring.air.rules import RULES
from changji_geo.standards.air import AreaClass

_DUST = RULES["dust"]
WITH, WITHOUT = "含沙尘", "扣除沙尘"


def load_dust_days(path: Path | str) -> pd.DataFrame:
    """Read a list of dust days: CSV with 日期 (2024-04-01) and, optionally, 地点 (blank: everywhere).

    Returns
    -------
    DataFrame
        ``date`` (datetime64), ``place`` ("" for everywhere).

    Raises
    ------
    InputError
        A date that is none, with its line.
    """
    dates, places = [], []
    for where, row in read_csv(Path(path), columns=("日期", "地点", "备注"), required=("日期",)):
        try:
            dates.append(datetime.date(*map(int, re.split(r"[-/.年月]", row["日期"].strip().removesuffix("日")))))
        except (ValueError, TypeError, OverflowError) as cause:
            raise InputError(f"“{row['日期']}”不是日期", where=where, expected="2024-04-01", fix="改正日期") from cause
        places.append(row.get("地点", ""))
    return pd.DataFrame(
        {"date": pd.to_datetime(pd.Series(dates, dtype="object")).astype("datetime64[s]"), "place": places}
    )


def deduct_dust(daily: pd.DataFrame, dust: pd.DataFrame) -> tuple[pd.DataFrame, tuple[AirFinding, ...]]:
    """Daily values without the particulate data of dust days.

    Parameters
    ----------
    daily : DataFrame
        Of stations or areas.
    dust : DataFrame
        ``date`` and ``place`` (`load_dust_days`); decided by CNEMC, not by this package.

    Returns
    -------
    daily : DataFrame
        PM10 and PM2.5 are NaN on those days, and the day is not counted for the AQI. ``dust`` marks the rows.
    findings : tuple of AirFinding
        A list without days; days on which nothing was deducted; days that the rule of 2016 does not cover (before 2017-01-01, from 2026-03-01 on: the rules of HJ 663-2026 for
        exceptional events were not read) and were left as they are; places that the table does not have.
    """
    since, until = pd.Timestamp(_DUST["since"]), pd.Timestamp(_DUST["until"])
    inside = dust["date"].between(since, until)
    found = []
    outside = sorted({f"{d:%Y-%m-%d}" for d in dust.loc[~inside, "date"]})
    if outside:
        told = (
            f"{len(outside)} 个沙尘日不在 {_DUST['document']} 的适用期（{_DUST['since']} 至 {_DUST['until']}；"
            f"HJ 663-2026 例外事件细则未读），没有扣除：{listed(outside)}"
        )
        found.append(AirFinding("warning", "dust-outside-rule", told, len(outside)))
    if dust.empty:
        found.append(AirFinding("warning", "dust-none", "沙尘日清单里没有日子，扣除前后相同"))
    known = set(daily["place"].astype(str))
    strange = sorted(set(dust["place"]) - known - {""})
    if strange:
        told = f"沙尘日清单中的地点不在日值表中，没有扣除：{listed(strange)}"
        found.append(AirFinding("warning", "dust-unknown-place", told, len(strange)))
    used = dust[inside]
    everywhere = daily["date"].isin(used.loc[used["place"] == "", "date"])
    pairs = pd.MultiIndex.from_frame(used.loc[used["place"] != "", ["place", "date"]])
    here = pd.MultiIndex.from_arrays([daily["place"].astype(str), daily["date"]]).isin(pairs)
    mark = everywhere.to_numpy() | here
    unmet = sorted({f"{d:%Y-%m-%d}" for d in set(used["date"]) - set(daily["date"])})
    if unmet:
        told = f"{len(unmet)} 个沙尘日不在数据的日期里，没有扣除：{listed(unmet)}"
        found.append(AirFinding("warning", "dust-not-in-data", told, len(unmet)))
    out = daily.copy()
    out.loc[mark, list(_DUST["pollutants"])] = float("nan")
    out = grade_days(out)
    out.loc[mark, "counted"] = False
    return out.assign(dust=mark), tuple(found)


def periods_with_and_without_dust(
    daily: pd.DataFrame, dust: pd.DataFrame, periods: Sequence[Period], *, area_class: AreaClass = 2
) -> PeriodTables:
    """Both sets of statistics, told apart by the column ``dust`` (含沙尘, 扣除沙尘).

    Whether a period has enough days is decided before the deduction, in both sets: the days were monitored. Periods
    that reach beyond 2026-02-28 have no deducted set.
    """
    raw = build_periods(daily, periods, area_class=area_class)
    covered = [p for p in periods if p.end <= _DUST["until"]]
    clean, found = deduct_dust(daily, dust)
    reduced = build_periods(clean, covered, area_class=area_class, monitored=daily)
    beyond = [p.label for p in periods if p.end > _DUST["until"]]
    if beyond:
        told = f"时段 {listed(beyond)} 晚于 {_DUST['until']}，HJ 663-2026 例外事件细则未读，只给含沙尘的结果"
        found = (*found, AirFinding("warning", "dust-no-rule", told, len(beyond)))

    def both(with_dust: pd.DataFrame, without: pd.DataFrame) -> pd.DataFrame:
        marked = [t.assign(dust=word) for t, word in ((with_dust, WITH), (without, WITHOUT)) if not t.empty]
        joined = pd.concat(marked, ignore_index=True) if marked else with_dust.assign(dust="")
        document = joined["dust"].map({WITH: "", WITHOUT: _DUST["document"]})
        return joined.assign(dust_document=document)

    return PeriodTables(both(raw.values, reduced.values), both(raw.days, reduced.days), (*raw.findings, *found))
