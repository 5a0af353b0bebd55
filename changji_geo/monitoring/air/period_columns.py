"""The numbers of a period -> their one name, unit and decimals, for tables, rankings, indicators, series and figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from changji_geo.monitoring.air.rules import DECIMALS, EVALUATED, NAMES, RULES, UNITS
from changji_geo.tablefile import TableColumn


@dataclass(frozen=True, slots=True)
class PeriodColumn:
    """A number of `changji_geo.monitoring.air.evaluation.evaluating.Evaluation.summary`; ``better``: which way is good."""

    id: str
    title: str
    unit: str
    decimals: int
    better: Literal["low", "high"]

    @property
    def in_table(self) -> TableColumn:
        """As a column of a table; a count of days has its unit in its title.

        Examples
        --------
        >>> PERIOD_COLUMNS["good_days"].in_table.caption, PERIOD_COLUMNS["good_rate"].in_table.caption
        ('优良天数', '优良率（%）')
        """
        return TableColumn(self.id, self.title, "" if self.unit == "天" else self.unit, self.decimals)


MEANS: tuple[PeriodColumn, ...] = tuple(
    PeriodColumn(p, f"{NAMES[p]} 平均浓度", UNITS[p], DECIMALS[p], "low") for p in EVALUATED
)
PERCENTILES: tuple[PeriodColumn, ...] = tuple(
    PeriodColumn(f"{p}_percentile", f"{NAMES[p]} 第{RULES['percentiles'][p]}百分位浓度", UNITS[p], DECIMALS[p], "low")
    for p in EVALUATED
)
OF_DAYS: tuple[PeriodColumn, ...] = (
    PeriodColumn("good_days", "优良天数", "天", 0, "high"),
    PeriodColumn("good_rate", "优良率", "%", 1, "high"),
    PeriodColumn("heavy_days", "重度及以上污染天数", "天", 0, "low"),
)
COMPOSITE = PeriodColumn("composite_index", "综合指数", "", RULES["composite_2013"]["decimals"], "low")

PERIOD_COLUMNS: Mapping[str, PeriodColumn] = {c.id: c for c in (COMPOSITE, *OF_DAYS, *MEANS, *PERCENTILES)}
"""Every one of them by its id."""
