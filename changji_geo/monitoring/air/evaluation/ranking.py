"""An evaluation -> places in the order of one value, each with what it rests on or why it has no place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from changji_geo.errors import InputError, near_match
from changji_geo.monitoring.air.evaluation.comparing import rank_places
from changji_geo.monitoring.air.evaluation.evaluating import Evaluation
from changji_geo.monitoring.air.period_columns import COMPOSITE, OF_DAYS, PERIOD_COLUMNS, PeriodColumn
from changji_geo.monitoring.air.rules import EVALUATED

BY_PERCENTILE = ("co", "o3_8h")
"""Ranked by their percentile, as they are assessed; the others by their mean."""

RANKED = ("composite", *(c.id for c in OF_DAYS), *EVALUATED)
"""What can be ranked by."""


@dataclass(frozen=True)
class Ranking:
    """``frame``: `changji_geo.monitoring.air.evaluation.comparing.rank_places`, with ``reason`` and ``basis``; ``column``: its value."""

    frame: pd.DataFrame
    column: PeriodColumn


def rank_evaluation(done: Evaluation, value: str) -> Ranking:
    """Places in the order of a value, within each period and part, and with and without dust apart.

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
    if value not in RANKED:
        raise InputError(f"不能按“{value}”排名", expected="、".join(RANKED), fix=near_match(value, RANKED))
    summary = done.summary
    if value == "composite":
        column = COMPOSITE
        table = summary.assign(
            valid=summary["composite_index"].notna(),
            reason=summary["composite_reason"],
            basis=summary["composite_document"],
        )
    elif value not in EVALUATED:
        column = PERIOD_COLUMNS[value]
        table = summary.assign(basis=summary["standard"])
    else:
        column = PERIOD_COLUMNS[f"{value}_percentile" if value in BY_PERCENTILE else value]
        of_item = done.values[done.values["pollutant"] == value]
        key = ["place", "period", "part", "dust"]
        judged = of_item.set_index(key)[["valid", "reason"]]
        table = summary.drop(columns=["valid", "reason"]).merge(judged.reset_index(), on=key, how="left")
        table = table.assign(basis=table["evaluation_standard"], note="")
    within = ("start", "period", "part", "dust")
    ranked = rank_places(table, column.id, ascending=column.better == "low", within=within)
    ranked["reason"] = np.where(ranked["rank"].isna(), ranked["reason"], "")
    return Ranking(ranked, column)
