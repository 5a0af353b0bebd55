"""A ranking -> the sentences under it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from changji_geo.report.figures.rank_columns import COLUMNS, RankColumn
from changji_geo.scene_text import clean_text, is_missing


def distinct_texts(table: pd.DataFrame, *columns: str) -> list[str]:
    """The distinct texts of the first of some columns that a table has."""
    name = next((c for c in columns if c in table.columns), "")
    found = table[name].tolist() if name else []
    return list(dict.fromkeys(clean_text(v) for v in found if not is_missing(v)))


def rank_notes(
    table: pd.DataFrame, groups: Sequence[tuple[str, pd.DataFrame]], columns: Sequence[RankColumn], name: str
) -> list[str]:
    """How the places are ordered, what changes mean, what the values rest on, why a place has no rank, and remarks."""
    out = []
    better = COLUMNS[columns[0].name].better if columns[0].name in COLUMNS else ""
    which = {"low": "，数值小的在前", "high": "，数值大的在前"}.get(better, "")
    out.append(f"名次按{columns[0].caption}{which}；数值相同名次并列，其后名次空出。")
    if any(c.change for c in columns):
        out.append("同比：↑ 升高，↓ 降低；绿色为改善，红色为变差。")
    basis = distinct_texts(table, "basis", "document", "standard")
    if basis:
        out.append("依据：" + "；".join(basis) + "。")
    for head, rows in groups:
        without = rows[rows["rank"].isna()]
        if without.empty or "reason" not in rows.columns:
            continue
        said: dict[str, list[str]] = {}
        for place, reason in zip(without[name], without["reason"], strict=True):
            said.setdefault("" if is_missing(reason) else _shortened(clean_text(reason)), []).append(clean_text(place))
        lead = f"{head}：" if head else ""
        out += [f"{lead}{'、'.join(dict.fromkeys(names))}没有名次：{why}。" for why, names in said.items() if why]
    return out + [f"{note}。" for note in distinct_texts(table, "note")]


def _shortened(reason: str) -> str:
    """The first parts of a long reason, and how many there are.

    Examples
    --------
    >>> _shortened("1 月不足；2 月不足；3 月不足；4 月不足")
    '1 月不足；2 月不足；等 4 项'
    """
    parts = reason.split("；")
    return reason if len(parts) <= 3 else "；".join([*parts[:2], f"等 {len(parts)} 项"])
