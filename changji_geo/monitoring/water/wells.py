"""A table of groundwater wells -> the class of each by GB/T 14848-2017, with what decides it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal

import pandas as pd

from changji_geo.monitoring.water.judging import (
    as_table,
    class_cells,
    common_notes,
    joined,
    judge,
    names_of,
    non_detect_notes,
    open_notes,
    reference_of,
)
from changji_geo.monitoring.water.measured import Measured, NonDetect
from changji_geo.monitoring.water.observations import Sample, read_samples
from changji_geo.monitoring.water.sample_keys import ReadingOptions
from changji_geo.standards.groundwater import (
    GROUNDWATER_EDITION,
    GROUNDWATER_ITEMS,
    RADIOACTIVITY_ITEMS,
    RADIOACTIVITY_NOTE,
)
from changji_geo.standards.water_items import CLASSES, WaterItem

WELL_COLUMNS = (
    "section", "date", "class", "decided_by", "target", "meets_target", "reference", "exceeding", "n_items", "missing",
    "unusable", "non_detects", "standard", "evidence", "notes",
)  # fmt: skip


def classify_wells(
    frame: pd.DataFrame,
    *,
    date: datetime.date | None = None,
    target: str | None = None,
    non_detect: NonDetect = "half",
    units: Literal["standard"] | Mapping[str, str] | None = None,
    detection_limits: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Classify groundwater by its 39 routine items, each by itself; the worst counts.

    Parameters
    ----------
    frame : DataFrame
        Wide or long, with a column of wells (井号, 点位, section); 嗅和味 and 肉眼可见物 are 无 or 有.
    date, target, non_detect, units, detection_limits
        As of `changji_geo.monitoring.water.sections.classify_sections`.

    Returns
    -------
    DataFrame
        One row per well and date, columns `WELL_COLUMNS`. A value that cannot be used leaves the class empty, unless it is Ⅴ
        anyhow. ``exceeding`` are items worse than the target, without one than Ⅲ. ``evidence`` says that the limits were not
        compared with the official text.

    Raises
    ------
    InputError
        As of `classify_sections`; a date before 2018-05-01: the edition of 1993 is not in the package.

    Examples
    --------
    >>> table = pd.DataFrame({"井号": ["J1"], "总硬度(mg/L)": [520], "pH": [7.6], "嗅和味": ["无"]})
    >>> row = classify_wells(table, date=datetime.date(2024, 5, 6)).iloc[0]
    >>> row["class"], row["decided_by"], row["standard"]
    ('Ⅳ', '总硬度（以CaCO3计）', 'GB/T 14848-2017')
    """
    options = ReadingOptions(date, None, target, non_detect, units, detection_limits, needs_water_type=False)
    return wells_table(read_samples(frame, GROUNDWATER_ITEMS, options), non_detect)


def wells_table(samples: Iterable[Sample], non_detect: NonDetect) -> pd.DataFrame:
    """What `classify_wells` gives, of samples that are read."""
    return as_table([_row(sample, non_detect) for sample in samples], WELL_COLUMNS)


def _rank(item: WaterItem, measured: Measured) -> int:
    """A non-detect is class Ⅰ where that class must not be detected, however much it counts as."""
    if not measured.detected and item.bounds[0].high == 0:
        return 0
    return item.rank(measured.amount if measured.amount is not None else Decimal(0))


def _row(sample: Sample, non_detect: NonDetect) -> dict[str, Any]:
    GROUNDWATER_EDITION.require(sample.first_day, where=f"点位“{sample.section}”")
    judgement = judge(sample, GROUNDWATER_ITEMS.items, _rank)
    aim = CLASSES.index(reference_of(sample))
    notes = open_notes(judgement, CLASSES)
    if any(v.item.id in RADIOACTIVITY_ITEMS and (v.rank or 0) > 2 for v in judgement.verdicts):
        notes.append(RADIOACTIVITY_NOTE)
    notes += non_detect_notes(judgement, _rank, non_detect) + common_notes(sample)
    return class_cells(sample, judgement, CLASSES) | {
        "exceeding": names_of(v for v in judgement.verdicts if (v.rank or 0) > aim),
        "standard": GROUNDWATER_EDITION.code,
        "evidence": GROUNDWATER_EDITION.evidence,
        "notes": joined(notes),
    }
