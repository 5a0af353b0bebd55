"""An evaluation -> indicator values that maps use by name, with their definitions."""

from __future__ import annotations

import math

from changji_geo.errors import InputError
from changji_geo.indicators import Indicator, IndicatorValue
from changji_geo.monitoring.air.evaluation.evaluating import Evaluation
from changji_geo.monitoring.air.evaluation.places import KINDS_ZH, AirPlaces
from changji_geo.monitoring.air.period_columns import COMPOSITE, MEANS, OF_DAYS, PERCENTILES
from changji_geo.monitoring.air.rules import EVALUATED, RULES
from changji_geo.sample_words import SAMPLE_NOTICE

_OF_DAYS = tuple(c.id for c in OF_DAYS)


def _indicator_id(column: str) -> str:
    """``air_good_days``, ``air_pm2_5_mean``, ``air_co_p95``."""
    item = column.removesuffix("_percentile")
    if item not in EVALUATED:
        return f"air_{column}"
    return f"air_{item}_mean" if item == column else f"air_{item}_p{RULES['percentiles'][item]}"


DEFINITIONS: dict[str, Indicator] = {
    c.id: Indicator(_indicator_id(c.id), c.title, c.unit, "higher_better" if c.better == "high" else "lower_better")
    for c in (*OF_DAYS, COMPOSITE, *MEANS, *PERCENTILES)
}
"""Column of `Evaluation.summary` -> the indicator it becomes."""


def indicator_values(done: Evaluation, places: AirPlaces, *, origin: str, sample: bool) -> tuple[IndicatorValue, ...]:
    """The values of whole periods that are valid, as maps take them.

    Parameters
    ----------
    done : Evaluation
    places : AirPlaces
        Places that the layer does not have give no values.
    origin : str
        Where the numbers come from, in Chinese.
    sample : bool
        Made up: every value and its source say so.

    Returns
    -------
    tuple of IndicatorValue
        Of results with and without dust, those with (含沙尘). Period as `changji_geo.monitoring.air.evaluation.periods.Period.id`;
        the source names the standards.

    Raises
    ------
    InputError
        Not one value.
    """
    out = []
    for row in done.whole.to_dict("records"):
        area = places.ids.get(str(row["place"]))
        if area is None:
            continue
        for column, definition in DEFINITIONS.items():
            value = float(row[column])
            if math.isnan(value) or (column in _OF_DAYS and not row["valid"]):
                continue
            source, quote = _words({str(k): v for k, v in row.items()}, column, origin, sample)
            period = str(row["period"])
            out.append(IndicatorValue(definition, places.layer, area, period, value, source, quote, sample=sample))
    if not out:
        raise InputError(
            f"没有一个有效的时段值能写成指标（{KINDS_ZH[places.kind]}须在图层 {places.layer} 中）",
            fix="看统计表的“无效原因”；站点和县市须是图层里有的",
        )
    return tuple(out)


def _words(row: dict[str, object], column: str, origin: str, sample: bool) -> tuple[str, str]:
    """Source and quote of one value."""
    if column in _OF_DAYS:
        standard, quote = row["standard"], f"有效 {row['counted_days']} 天"
    elif column == "composite_index":
        standard, quote = row["composite_document"], ""
    else:
        standard, quote = row["evaluation_standard"], ""
    dust = f"，{row['dust']}" if row["dust"] else ""
    note = f"；{row['note']}" if row["note"] and column in _OF_DAYS else ""
    made_up = f"{SAMPLE_NOTICE}；" if sample else ""
    return f"{made_up}{origin}，{standard}{dust}", f"{quote}{note}".lstrip("；")
