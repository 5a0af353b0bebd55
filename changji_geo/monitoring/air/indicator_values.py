"""An evaluation -> indicator values that maps use by name, with their definitions."""

from __future__ import annotations

import math

from changji_geo.errors import InputError
from changji_geo.indicators import Indicator, IndicatorValue
from changji_geo.monitoring.air.evaluating import Evaluation
from changji_geo.monitoring.air.places import KINDS_ZH, AirPlaces
from changji_geo.monitoring.air.result_tables import SAMPLE_WORD
from changji_geo.monitoring.air.rules import EVALUATED, NAMES, RULES, UNITS

_OF_DAYS = ("good_days", "good_rate", "heavy_days")
_PERCENT = RULES["percentiles"]

DEFINITIONS: dict[str, Indicator] = {
    "good_days": Indicator("air_good_days", "优良天数", "天", "higher_better"),
    "good_rate": Indicator("air_good_rate", "优良天数比例", "%", "higher_better"),
    "heavy_days": Indicator("air_heavy_days", "重度及以上污染天数", "天", "lower_better"),
    "composite_index": Indicator("air_composite_index", "环境空气质量综合指数", "", "lower_better"),
    **{p: Indicator(f"air_{p}_mean", f"{NAMES[p]} 平均浓度", UNITS[p], "lower_better") for p in EVALUATED},
    **{
        f"{p}_percentile": Indicator(
            f"air_{p}_p{_PERCENT[p]}", f"{NAMES[p]} 第{_PERCENT[p]}百分位浓度", UNITS[p], "lower_better"
        )
        for p in EVALUATED
    },
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
        Made up: every value's source says so.

    Returns
    -------
    tuple of IndicatorValue
        Of results with and without dust, those with (含沙尘). Period as `changji_geo.monitoring.air.periods.Period.id`;
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
            out.append(IndicatorValue(definition, places.layer, area, period, value, source, quote))
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
    made_up = f"{SAMPLE_WORD}，不是监测结果；" if sample else ""
    return f"{made_up}{origin}，{standard}{dust}", f"{quote}{note}".lstrip("；")
