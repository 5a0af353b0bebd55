"""Two periods side by side (同比), and places in order (排名)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from changji_geo.errors import InputError, near_match

_NOT_VALID = "有一期数据无效"


def compare_values(values: pd.DataFrame, current: str, previous: str) -> pd.DataFrame:
    """Change of each pollutant's mean and percentile between two periods.

    Parameters
    ----------
    values : DataFrame
        `PeriodTables.values`; whole periods (part 全段) are compared.
    current, previous : str
        Ids of the periods.

    Returns
    -------
    DataFrame
        ``place, pollutant, current, previous``, ``mean``, ``mean_before``, ``mean_change``, ``mean_change_percent``
        (one decimal), the same of ``percentile``, ``standard`` (both periods'), ``reason``. NaN where a period is not
        valid.

    Raises
    ------
    InputError
        No such period.
    """
    now, before = _whole(values, current), _whole(values, previous)
    both = now.merge(before, on=["place", "pollutant"], how="outer", suffixes=("", "_before"))
    out = both[["place", "pollutant"]].copy()
    out["current"], out["previous"] = current, previous
    for name in ("mean", "percentile"):
        out[name], out[f"{name}_before"] = both[name], both[f"{name}_before"]
        change = (both[name] - both[f"{name}_before"]).round(6)
        out[f"{name}_change"] = change
        base = both[f"{name}_before"].where(both[f"{name}_before"] != 0)
        out[f"{name}_change_percent"] = (change / base * 100).round(1)
    out["standard"] = _both_standards(both)
    out["reason"] = np.where(out["mean_change"].isna(), _NOT_VALID, "")
    return out


def compare_days(days: pd.DataFrame, current: str, previous: str) -> pd.DataFrame:
    """Change of the day counts between two periods; none where the editions differ.

    Parameters
    ----------
    days : DataFrame
        `PeriodTables.days`.
    current, previous : str
        Ids of the periods.

    Returns
    -------
    DataFrame
        ``place, current, previous``, ``good_days``, ``good_rate``, ``heavy_days`` with ``_before`` and ``_change``
        (days; good rate: percentage points), ``standard``, ``reason``. Changes are NaN when a period is not valid, or
        the two were judged by different editions of HJ 633.

    Raises
    ------
    InputError
        No such period.
    """
    now, before = _whole(days, current), _whole(days, previous)
    both = now.merge(before, on=["place"], how="outer", suffixes=("", "_before"))
    valid = both["valid"].eq(True) & both["valid_before"].eq(True)
    same = both["standard"].eq(both["standard_before"]) & ~both["standard"].astype(str).str.contains("、")
    out = both[["place"]].copy()
    out["current"], out["previous"] = current, previous
    for name in ("good_days", "good_rate", "heavy_days"):
        out[name], out[f"{name}_before"] = both[name], both[f"{name}_before"]
        out[f"{name}_change"] = (both[name] - both[f"{name}_before"]).round(6).where(valid & same)
    out["standard"] = _both_standards(both)
    different = "两期的评价标准不同，优良天数不可直接比较"
    out["reason"] = np.where(~valid, _NOT_VALID, np.where(~same, different, ""))
    return out


def _both_standards(both: pd.DataFrame) -> pd.Series:
    now, before = both["standard"].fillna("无数据").astype(str), both["standard_before"].fillna("无数据").astype(str)
    return now.where(now == before, now + "；上期 " + before)


def _whole(table: pd.DataFrame, period: str) -> pd.DataFrame:
    found = table[(table["period"] == period) & (table["part"] == "全段")]
    if found.empty:
        known = sorted(table["period"].unique())
        raise InputError(f"表中没有时段“{period}”", expected="、".join(known[:12]), fix=near_match(period, known))
    return found


def rank_places(
    table: pd.DataFrame, by: str, *, ascending: bool = True, within: tuple[str, ...] = ("period", "part")
) -> pd.DataFrame:
    """Places in the order of a column, within each period and part.

    Parameters
    ----------
    table : DataFrame
        With ``place`` and the column; a composite table, day counts, or the values of one pollutant.
    by : str
        The column, ``composite_index`` for the usual ranking; the best first.
    ascending : bool
        Whether small is good (True for indices and concentrations, False for the good rate).
    within : tuple of str
        Columns that separate rankings.

    Returns
    -------
    DataFrame
        The rows with ``rank`` first (nullable integer): equal values share a rank and the next is left free (1, 2, 2,
        4); places without a value have none and come last. Rows not ``valid`` have none either.

    Raises
    ------
    InputError
        No such column.

    Examples
    --------
    >>> table = pd.DataFrame({"place": list("abcd"), "x": [3.1, 2.0, 3.1, None], "period": "2024", "part": "全段"})
    >>> rank_places(table, "x")[["rank", "place"]].values.tolist()
    [[1, 'b'], [2, 'a'], [2, 'c'], [<NA>, 'd']]
    """
    if by not in table.columns:
        known = [str(c) for c in table.columns]
        raise InputError(f"没有列“{by}”，不能排名", expected="、".join(known[:12]), fix=near_match(by, known))
    value = table[by].astype("float64")
    if "valid" in table.columns:
        value = value.where(table["valid"])
    groups = [table[c] for c in within]
    rank = value.groupby(groups, sort=False).rank(method="min", ascending=ascending).astype("Int64")
    out = table.assign(rank=rank, _value=value)
    order = [*within, "rank", "place"]
    out = out.sort_values(order, na_position="last", kind="stable").drop(columns="_value")
    return out[["rank", *(c for c in table.columns if c != "rank")]].reset_index(drop=True)
