"""A table of sections -> the rating of each basin: by shares of classes, or by mean concentrations of fewer than five."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

import pandas as pd

from changji_geo.errors import InputError
from changji_geo.monitoring.water.judging import as_table, joined, names_of
from changji_geo.monitoring.water.measured import NON_DETECT_ZH, NonDetect
from changji_geo.monitoring.water.observations import Sample, read_samples
from changji_geo.monitoring.water.sample_keys import ReadingOptions
from changji_geo.monitoring.water.sections import SECTION_STANDARD, judge_routine
from changji_geo.standards.surface_water import (
    FEW_SECTIONS_EVIDENCE,
    FEWEST_SECTIONS,
    METHOD_EDITION,
    SURFACE_CLASSES,
    SURFACE_EDITION,
    SURFACE_ITEMS,
    rate_classes,
    routine_items,
    section_status,
)
from changji_geo.standards.water_items import WaterType

BASIN_COLUMNS = (
    "basin", "date", "water_type", "sections", "status", "method", "good_percent", "worst_percent", "class", "decided_by",
    "class_counts", "standard", "evidence", "notes",
)  # fmt: skip


def rate_basins(
    frame: pd.DataFrame,
    *,
    basin: str | None = None,
    date: datetime.date | None = None,
    water_type: WaterType | None = None,
    non_detect: NonDetect = "half",
    units: Literal["standard"] | Mapping[str, str] | None = None,
    detection_limits: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Rate basins by 环办〔2011〕22号.

    Parameters
    ----------
    frame : DataFrame
        As of `changji_geo.monitoring.water.sections.classify_sections`, with a column basin (流域, 水系).
    basin : str, optional
        The basin of rows that state none.
    date, water_type, non_detect, units, detection_limits
        As of `classify_sections`.

    Returns
    -------
    DataFrame
        One row per basin, date and type of water, columns `BASIN_COLUMNS`. Of five sections and more ``good_percent`` (classes
        Ⅰ-Ⅲ) and ``worst_percent`` (劣Ⅴ) decide, unrounded, ``method`` 断面类别比例. Of fewer the mean of each item over the
        sections that measured it is classified, ``class`` and ``decided_by`` tell how, ``method`` 平均浓度. A section without a
        certain class leaves ``status`` empty, with its name in ``notes``.

    Raises
    ------
    InputError
        As of `classify_sections`; a row without basin; a date before the method (2011-03-09).

    Examples
    --------
    >>> table = pd.DataFrame({"断面": ["甲", "乙"], "流域": "三屯河", "氨氮(mg/L)": [0.2, 1.6]})
    >>> row = rate_basins(table, date=datetime.date(2024, 5, 6), water_type="river").iloc[0]
    >>> row["status"], row["class"], row["method"]
    ('良好', 'Ⅲ', '平均浓度')
    """
    options = ReadingOptions(date, water_type, None, non_detect, units, detection_limits)
    groups: dict[tuple[str, str, str], list[Sample]] = {}
    for sample in read_samples(frame, SURFACE_ITEMS, options):
        name = sample.basin or basin
        if not name:
            raise InputError(
                "没有流域", where=f"断面“{sample.section}”", expected="流域列，或 basin=流域名称", fix="补上"
            )
        METHOD_EDITION.require(sample.first_day, where=f"断面“{sample.section}”")
        groups.setdefault((name, sample.date, sample.water_type), []).append(sample)
    rows = [_row(key, samples, non_detect) for key, samples in groups.items()]
    return as_table(rows, BASIN_COLUMNS)


def _row(key: tuple[str, str, str], samples: Sequence[Sample], non_detect: NonDetect) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(BASIN_COLUMNS)
    row |= dict(zip(("basin", "date", "water_type"), key, strict=True))
    row |= {"sections": len(samples), "standard": SECTION_STANDARD, "decided_by": "", "class_counts": ""}
    evidence = [SURFACE_EDITION.evidence, METHOD_EDITION.evidence]
    notes = [NON_DETECT_ZH[non_detect]] if any(not m.detected for s in samples for m in s.values.values()) else []
    if len(samples) >= FEWEST_SECTIONS:
        row["method"] = "断面类别比例"
        row |= _by_shares(samples, notes)
    else:
        row["method"] = "平均浓度"
        evidence.append(FEW_SECTIONS_EVIDENCE)
        row |= _by_means(samples, cast(WaterType, key[2]), notes)
    return row | {"evidence": "；".join(evidence), "notes": joined(notes)}


def _by_shares(samples: Sequence[Sample], notes: list[str]) -> dict[str, Any]:
    ranks = {s.section: judge_routine(s)[0].known_rank(len(SURFACE_CLASSES) - 1) for s in samples}
    uncertain = [section for section, rank in ranks.items() if rank is None]
    classes = [SURFACE_CLASSES[rank] for rank in ranks.values() if rank is not None]
    counts = "、".join(f"{c}类 {classes.count(c)}" for c in SURFACE_CLASSES if c in classes)
    if uncertain:
        notes.append(f"类别不定的断面：{'、'.join(uncertain)}，不能评价")
        return {"class_counts": counts}
    rating = rate_classes(classes)
    return {
        "status": rating.status,
        "good_percent": float(rating.good_percent),
        "worst_percent": float(rating.worst_percent),
        "class_counts": counts,
    }


def _by_means(samples: Sequence[Sample], water_type: WaterType, notes: list[str]) -> dict[str, Any]:
    ranks: dict[str, int] = {}
    partly, faulty = [], []
    for item in routine_items(water_type):
        given = [(s, s.values[item]) for s in samples if item in s.values]
        faulty += [f"{s.section}的{item.name}{m.fault}" for s, m in given if m.amount is None]
        amounts = [m.amount for _, m in given if m.amount is not None]
        if amounts:
            ranks[item.name] = item.rank(sum(amounts[1:], amounts[0]) / len(amounts))
        if given and len(given) < len(samples):
            partly.append(item)
    if partly:
        notes.append(f"只有部分断面测了：{names_of(partly)}")
    if faulty:
        notes.append(f"有不能用的值，不能评价：{'；'.join(faulty)}")
        return {}
    if not ranks:
        notes.append("没有可评价的项目")
        return {}
    worst = max(ranks.values())
    found = SURFACE_CLASSES[worst]
    decided = "、".join(name for name, rank in ranks.items() if worst and rank == worst)
    return {"status": section_status(found), "class": found, "decided_by": decided}
