"""A table of lakes and reservoirs -> the trophic level index of each, with its five parts."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import pandas as pd

from changji_geo.errors import InputError
from changji_geo.monitoring.water.judging import as_table, common_notes, joined
from changji_geo.monitoring.water.measured import NON_DETECT_ZH, NonDetect
from changji_geo.monitoring.water.observations import Sample, read_samples
from changji_geo.monitoring.water.sample_keys import ReadingOptions
from changji_geo.standards.surface_water import SURFACE_ITEMS
from changji_geo.standards.trophic import TROPHIC_EDITION, TROPHIC_INPUTS, MissingInputs, trophic_index
from changji_geo.standards.water_items import ItemIndex

LAKE_COLUMNS = (
    "section", "date", "tli", "trophic_class", *(f"tli_{key}" for key in TROPHIC_INPUTS), "missing", "unusable",
    "renormalised", "standard", "evidence", "notes",
)  # fmt: skip

TROPHIC_ITEMS = ItemIndex(SURFACE_ITEMS.require(key, water="lake") for key in TROPHIC_INPUTS)


def rate_lakes(
    frame: pd.DataFrame,
    *,
    date: datetime.date | None = None,
    missing: MissingInputs = "refuse",
    non_detect: NonDetect = "half",
    units: Literal["standard"] | Mapping[str, str] | None = None,
    detection_limits: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Rate lakes and reservoirs by the trophic level index (综合营养状态指数).

    Parameters
    ----------
    frame : DataFrame
        Wide or long, with a column of lakes or sections; 叶绿素a (mg/m3 or ug/L), 总磷, 总氮, 高锰酸盐指数 (mg/L), 透明度 (m, cm).
    missing : {"refuse", "renormalise"}
        "refuse" leaves the index empty where one of the five is missing; "renormalise" divides by the other weights and says
        so in ``notes`` and ``renormalised``.
    date, non_detect, units, detection_limits
        As of `changji_geo.monitoring.water.sections.classify_sections`; a non-detect counted as zero has no logarithm and
        is unusable.

    Returns
    -------
    DataFrame
        One row per lake and date, columns `LAKE_COLUMNS`; ``tli`` and its parts are not rounded. An unusable value always leaves
        the index empty.

    Raises
    ------
    InputError
        As of `classify_sections`; a row that is a river; a date before the method.

    Examples
    --------
    >>> table = pd.DataFrame({"湖库": ["甲"], "叶绿素a(μg/L)": [10], "总磷(mg/L)": [0.05], "总氮(mg/L)": [1.0],
    ...                       "透明度(cm)": [100], "高锰酸盐指数(mg/L)": [4.0]})
    >>> row = rate_lakes(table, date=datetime.date(2024, 7, 1)).iloc[0]
    >>> round(float(row["tli"]), 2), row["trophic_class"]
    (48.02, '中营养')
    """
    if missing not in ("refuse", "renormalise"):
        raise InputError(f"缺项的处理“{missing}”不存在", expected="refuse 或 renormalise", fix="改正")
    options = ReadingOptions(date, "lake", None, non_detect, units, detection_limits)
    return lakes_table(read_samples(frame, TROPHIC_ITEMS, options), missing, non_detect)


def lakes_table(samples: Iterable[Sample], missing: MissingInputs, non_detect: NonDetect) -> pd.DataFrame:
    """What `rate_lakes` gives, of samples that are read."""
    return as_table([_row(sample, missing, non_detect) for sample in samples], LAKE_COLUMNS)


def _row(sample: Sample, missing: MissingInputs, non_detect: NonDetect) -> dict[str, Any]:
    where = f"“{sample.section}”"
    if sample.water_type != "lake":
        raise InputError("是河流，没有综合营养状态指数", where=where, expected="湖泊或水库", fix="从表里去掉河流断面")
    TROPHIC_EDITION.require(sample.first_day, where=where)
    values: dict[str, float] = {}
    faults, notes = [], common_notes(sample, checked=False)
    for item, measured in sample.values.items():
        if measured.amount is None:
            faults.append(f"{item.name}{measured.fault}")
        elif measured.amount <= 0:
            faults.append(f"{item.name}为零，不能取对数")
        else:
            values[item.id] = float(measured.amount)
    if any(not measured.detected for measured in sample.values.values()):
        notes.append(NON_DETECT_ZH[non_detect])
    measured_ids = {item.id for item in sample.values}
    absent = [item.name for item in TROPHIC_ITEMS.items if item.id not in measured_ids]
    row: dict[str, Any] = dict.fromkeys(LAKE_COLUMNS)
    row |= {
        "section": sample.section,
        "date": sample.date,
        "missing": "、".join(absent),
        "unusable": "；".join(faults),
        "renormalised": False,
        "standard": TROPHIC_EDITION.code,
        "evidence": TROPHIC_EDITION.evidence,
    }
    if faults:
        notes.insert(0, "有不能用的值，不计算")
    elif not values or (absent and missing == "refuse"):
        notes.insert(0, "五项不全，不计算")
    else:
        index = trophic_index(values, date=sample.first_day, missing=missing)
        row |= {"tli": index.value, "trophic_class": index.trophic_class, "renormalised": bool(index.missing)}
        row |= {f"tli_{key}": part for key, part in index.parts.items()}
        notes += [index.note] if index.note else []
    return row | {"notes": joined(notes)}
