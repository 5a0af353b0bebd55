"""Captions of the tables of classes, items, basins, trophic indices and sources; the notes that go with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from changji_geo.sample_words import SAMPLE_NOTICE
from changji_geo.tablefile import TableColumn

if TYPE_CHECKING:
    import pandas as pd

TITLES = {
    "section": "断面（点位）", "date": "日期", "water_type": "水体类型", "class": "水质类别", "status": "水质状况",
    "decided_by": "定类项目", "target": "目标", "meets_target": "是否达标", "reference": "超标参照类别", "exceeding": "超标项目",
    "multiples": "超标项目和倍数", "n_items": "参评项数", "missing": "未测项目", "unusable": "不能用的值", "tn_class": "总氮类别（单独评价）",
    "fecal_coliform_class": "粪大肠菌群类别（单独评价）", "non_detects": "未检出项目", "standard": "执行标准",
    "evidence": "标准依据", "notes": "说明", "item": "项目", "id": "项目代码", "value": "参评值", "unit": "单位",
    "detected": "是否检出", "detection_limit": "检出限", "limit": "参照类别限值", "multiple": "超标倍数", "fault": "不能用的原因",
    "basin": "流域（水系）", "sections": "断面数", "method": "评价方法", "good_percent": "Ⅰ—Ⅲ类比例", "worst_percent": "劣Ⅴ类比例",
    "class_counts": "各类断面数", "tli": "综合营养状态指数", "trophic_class": "营养状态", "tli_chla": "叶绿素a分指数",
    "tli_tp_lake": "总磷分指数", "tli_tn": "总氮分指数", "tli_sd": "透明度分指数", "tli_codmn": "高锰酸盐指数分指数",
    "renormalised": "是否缺项重算权重", "compliant": "是否达标（所测项目）", "n_table_1": "表 1 所测项数", "n_table_2": "表 2 所测项数",
    "n_table_3": "表 3 所测项数", "missing_table_1": "表 1 未测项目", "missing_table_2": "表 2 未测项目",
    "missing_table_3": "表 3 未测项目",
}  # fmt: skip
_UNITS = {"good_percent": "%", "worst_percent": "%"}
_DECIMALS = {"good_percent": 1, "worst_percent": 1, "tli": 1}
_WATER_ZH = {"river": "河流", "lake": "湖库"}


def table_columns(names: Sequence[str]) -> list[TableColumn]:
    """The columns of a result, captions in Chinese."""
    return [
        TableColumn(n, TITLES.get(n, n), _UNITS.get(n, ""), 2 if n.startswith("tli_") else _DECIMALS.get(n))
        for n in names
    ]


def readable(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with the type of water in Chinese, and exceed multiples to two decimals: what exceeds is never 0."""
    changed = {}
    if "water_type" in frame:
        changed["water_type"] = frame["water_type"].map(_WATER_ZH)
    if "multiple" in frame:
        changed["multiple"] = frame["multiple"].map(_multiple)
    return frame.assign(**changed)


def _multiple(value: float) -> float:
    """Two decimals, below 0.01 two digits: 0.0017."""
    return round(value, 2) if not value < 0.01 else float(f"{value:.2g}")


def result_notes(frame: pd.DataFrame, non_detect: str, *, made_up: bool) -> list[str]:
    """The lines under a table: sample data, standards in force, how non-detects counted."""
    notes = [f"{SAMPLE_NOTICE}，不得引用"] if made_up else []
    if "standard" in frame:
        notes.append(f"执行标准（按观测日期）：{'；'.join(dict.fromkeys(frame['standard'].dropna()))}")
    if "evidence" in frame:
        notes.append(f"标准依据：{'；'.join(dict.fromkeys(frame['evidence'].dropna()))}")
    half = "；没有写检出限的不能按一半计，没有评价" if "一半" in non_detect else ""
    return [*notes, f"{non_detect}{half}"]
