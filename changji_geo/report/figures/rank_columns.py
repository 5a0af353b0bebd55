"""Columns of rankings -> what a figure prints of them: caption, unit, decimals, and which way is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from changji_geo.classify import format_number
from changji_geo.monitoring.air.period_columns import PERIOD_COLUMNS
from changji_geo.monitoring.air.rules import DECIMALS, EVALUATED, NAMES, UNITS
from changji_geo.scene_text import clean_text, is_missing
from changji_geo.standards.air import AIR_CLASSES

Better = Literal["low", "high", ""]
NONE = "—"
CATEGORIES: tuple[str, ...] = tuple(c.category for c in AIR_CLASSES)
"""Columns of day counts that together become one bar."""


@dataclass(frozen=True)
class RankColumn:
    """A column of the figure. ``change``: a difference to the period before, printed with an arrow."""

    name: str
    caption: str
    unit: str = ""
    decimals: int = 0
    better: Better = ""
    change: bool = False
    words: bool = False

    def text(self, value: object) -> str:
        """A cell as printed; a dash for nothing.

        Examples
        --------
        >>> RankColumn("good_rate_change", "同比", decimals=1, better="high", change=True).text(-2.25)
        '↓2.2'
        """
        if is_missing(value):
            return NONE
        if self.words:
            return clean_text(value) or NONE
        number = float(value)  # type: ignore[arg-type]
        if not self.change:
            return format_number(number, self.decimals)
        size = format_number(abs(number), self.decimals)
        if not any(c in "123456789" for c in size):
            return "持平"
        return ("↑" if number > 0 else "↓") + size

    def improved(self, value: object) -> bool | None:
        """Whether a change is for the better; None where it is neither, or nothing is known."""
        if not self.change or not self.better or is_missing(value) or self.text(value) == "持平":
            return None
        return (float(value) < 0) == (self.better == "low")  # type: ignore[arg-type]


def _with_changes(columns: Sequence[RankColumn]) -> dict[str, RankColumn]:
    out = {}
    for column in columns:
        out[column.name] = column
        points = "百分点" if column.unit == "%" else column.unit
        for end, caption, unit, decimals in (
            ("_change", "同比", points, column.decimals),
            ("_change_percent", "同比", "%", 1),
        ):
            name = column.name + end
            out[name] = RankColumn(name, caption, unit, decimals, column.better, change=True)
    return out


def _known(*names: str) -> list[RankColumn]:
    return [RankColumn(c.id, c.title, c.unit, c.decimals, c.better) for c in (PERIOD_COLUMNS[n] for n in names)]


COLUMNS: dict[str, RankColumn] = _with_changes(
    [
        *_known("composite_index", "good_rate", "good_days", "heavy_days"),
        RankColumn("counted_days", "有效天数", "天"),
        RankColumn("aqi", "AQI", "", 0, "low"),
        RankColumn("category", "类别", words=True),
        RankColumn("mean", "平均浓度", "", 1, "low"),
        RankColumn("percentile", "百分位数浓度", "", 1, "low"),
        RankColumn("largest", "首要影响项", words=True),
        *_known(*EVALUATED, *(f"{p}_percentile" for p in EVALUATED)),
    ]
)
"""What the figure knows how to print, in the order in which it prints them; each number also as ``_change`` columns."""


def ranked_column(table: pd.DataFrame, within: Sequence[str]) -> str:
    """The known column that the ranks of a table follow; of several the first of `COLUMNS`, "" for none.

    Examples
    --------
    >>> ranked_column(pd.DataFrame({"rank": [1, 2, 2], "good_rate": [90.0, 80.0, 80.0], "heavy_days": [1, 1, 3]}), [])
    'good_rate'
    """
    with_rank = table[table["rank"].notna()]
    for name, column in COLUMNS.items():
        if name not in table.columns or not column.better or column.change or with_rank[name].isna().any():
            continue
        groups = [with_rank[c] for c in within] or [pd.Series(0, index=with_rank.index)]
        own = with_rank[name].astype(float).groupby(groups, sort=False)
        rank = own.rank(method="min", ascending=column.better == "low")
        if len(with_rank) and (rank == with_rank["rank"].astype(float)).all():
            return name
    return ""


def shown_columns(table: pd.DataFrame, by: str) -> tuple[RankColumn, ...]:
    """The known columns that a table has any value of: the one it is ranked by and its change first.

    Where a table has the values of one pollutant (column ``pollutant``), it gives mean and percentile their captions, unit
    and decimals.
    """
    named = [str(p) for p in table["pollutant"].dropna().unique()] if "pollutant" in table.columns else []
    pollutant = named[0] if len(named) == 1 and named[0] in NAMES else ""
    own = [by, f"{by}_change", f"{by}_change_percent"]
    out: list[RankColumn] = []
    for name in [*own, *(name for name in COLUMNS if name not in own)]:
        if name not in table.columns or name not in COLUMNS or (name != by and table[name].isna().all()):
            continue
        column = COLUMNS[name]
        if pollutant and name.startswith(("mean", "percentile")):
            unit = column.unit if name.endswith("_percent") else UNITS[pollutant]
            caption = column.caption if column.change else f"{NAMES[pollutant]} {column.caption}"
            decimals = 1 if name.endswith("_percent") else DECIMALS[pollutant]
            column = replace(column, caption=caption, unit=unit, decimals=decimals)
        out.append(column)
    return tuple(out)


def telling(column: RankColumn, groups: Sequence[pd.DataFrame]) -> RankColumn:
    """A column with as many decimals as it takes to tell values of different rank apart, at most three more.

    Examples
    --------
    >>> telling(RankColumn("pm2_5", "PM2.5"), [pd.DataFrame({"rank": [1, 2], "pm2_5": [49.81, 50.2]})]).decimals
    1
    """
    if column.words:
        return column
    for more in range(4):
        tried = replace(column, decimals=column.decimals + more)
        apart = True
        for rows in groups:
            ranked = rows[rows["rank"].notna()]
            texts = ranked[column.name].map(tried.text)
            apart = apart and bool((ranked["rank"].groupby(texts).nunique() <= 1).all())
        if apart:
            return tried
    return tried
