"""An evaluation -> places in the order of one value, each with what it rests on or why it has no place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from changji_geo.errors import InputError, near_match
from changji_geo.monitoring.air.comparing import rank_places
from changji_geo.monitoring.air.evaluating import Evaluation
from changji_geo.monitoring.air.rules import DECIMALS, EVALUATED, NAMES, RULES, UNITS
from changji_geo.tablefile import TableColumn

BY_PERCENTILE = ("co", "o3_8h")
"""Ranked by their percentile, as they are assessed; the others by their mean."""

_OF_DAYS = {
    "good_rate": TableColumn("good_rate", "优良率", "%", 1),
    "good_days": TableColumn("good_days", "优良天数", "天", 0),
    "heavy_days": TableColumn("heavy_days", "重度及以上污染天数", "天", 0),
}
_HIGH_IS_GOOD = ("good_rate", "good_days")


@dataclass(frozen=True)
class Ranking:
    """``frame``: `changji_geo.monitoring.air.comparing.rank_places`, with ``reason`` and ``basis``; ``column``: its value."""

    frame: pd.DataFrame
    column: TableColumn


def rank_evaluation(done: Evaluation, value: str) -> Ranking:
    """Places in the order of a value, within each period and part.

    Parameters
    ----------
    done : Evaluation
    value : str
        ``composite``, ``good_rate``, ``good_days``, ``heavy_days``, or a pollutant of `EVALUATED`.

    Returns
    -------
    Ranking
        Places without a valid value have no rank and come last; ``reason`` says why.

    Raises
    ------
    InputError
        No such value.
    """
    known = ("composite", *_OF_DAYS, *EVALUATED)
    if value not in known:
        raise InputError(f"不能按“{value}”排名", expected="、".join(known), fix=near_match(value, known))
    summary = done.summary
    if value == "composite":
        column = TableColumn("composite_index", "综合指数", decimals=2)
        table = summary.assign(
            valid=summary["composite_index"].notna(),
            reason=summary["composite_reason"],
            basis=summary["composite_document"],
        )
    elif value in _OF_DAYS:
        column = _OF_DAYS[value]
        table = summary.assign(basis=summary["standard"])
    else:
        high = value in BY_PERCENTILE
        title = f"{NAMES[value]} 第{RULES['percentiles'][value]}百分位浓度" if high else f"{NAMES[value]} 平均浓度"
        column = TableColumn(f"{value}_percentile" if high else value, title, UNITS[value], DECIMALS[value])
        of_item = done.values[done.values["pollutant"] == value]
        key = ["place", "period", "part", "dust"]
        judged = of_item.set_index(key)[["valid", "reason"]]
        table = summary.drop(columns=["valid", "reason"]).merge(judged.reset_index(), on=key, how="left")
        table = table.assign(basis=table["evaluation_standard"], note="")
    ranked = rank_places(table, column.id, ascending=value not in _HIGH_IS_GOOD, within=("start", "period", "part"))
    ranked["reason"] = np.where(ranked["rank"].isna(), ranked["reason"], "")
    return Ranking(ranked, column)
