"""A table of river or lake sections -> the class of each by single factor, with what decides it and what exceeds."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal, cast

import pandas as pd

from changji_geo.monitoring.water.judging import (
    Judgement,
    Ranking,
    as_table,
    class_cells,
    common_notes,
    joined,
    judge,
    multiples_text,
    names_of,
    non_detect_notes,
    open_notes,
    reference_of,
)
from changji_geo.monitoring.water.measured import Measured, NonDetect
from changji_geo.monitoring.water.observations import Sample, read_samples
from changji_geo.monitoring.water.sample_keys import ReadingOptions
from changji_geo.standards.surface_water import (
    METHOD_EDITION,
    SURFACE_CLASSES,
    SURFACE_EDITION,
    SURFACE_ITEMS,
    exceed_multiple,
    routine_items,
    section_status,
    surface_class,
)
from changji_geo.standards.water_items import CLASSES, WaterItem, WaterType

SECTION_COLUMNS = (
    "section", "date", "water_type", "class", "status", "decided_by", "target", "meets_target", "reference", "exceeding",
    "multiples", "n_items", "missing", "unusable", "tn_class", "fecal_coliform_class", "non_detects", "standard", "evidence",
    "notes",
)  # fmt: skip
SECTION_STANDARD = f"{SURFACE_EDITION.code}；{METHOD_EDITION.code}"
"""The editions by which a section is classified."""

ITEM_COLUMNS = (
    "section", "date", "water_type", "item", "id", "value", "unit", "detected", "detection_limit", "class", "reference",
    "limit", "multiple", "fault", "standard",
)  # fmt: skip


def classify_sections(
    frame: pd.DataFrame,
    *,
    date: datetime.date | None = None,
    water_type: WaterType | None = None,
    target: str | None = None,
    non_detect: NonDetect = "half",
    units: Literal["standard"] | Mapping[str, str] | None = None,
    detection_limits: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Classify sections by GB 3838-2002, single factor over the 21 items of 环办〔2011〕22号.

    Parameters
    ----------
    frame : DataFrame
        Wide (one column per item) or long (columns item and value, and unit), with section, date and type of water; headers
        and items in Chinese or English. Left as it is.
    date : date, optional
        The day of all rows; without it the table has a date column (day, month, quarter, year).
    water_type : {"river", "lake"}, optional
        Of rows that state none; reservoirs are lakes. Total phosphorus has limits for each.
    target : str, optional
        Target class of rows that state none. Without a target ``meets_target`` is empty and multiples refer to Ⅲ.
    non_detect : {"half", "zero"}
        How ``<0.005``, ``0.005L`` and ``未检出`` count. Half of a limit that is not stated is not invented: the value is unusable.
    units : "standard" or mapping of str, optional
        Declares the units of columns or items that state none: all in those of the standard, or one by one.
    detection_limits : mapping of float, optional
        Item -> detection limit in the standard's unit, for a 未检出 that states none.

    Returns
    -------
    DataFrame
        One row per section and date, columns `SECTION_COLUMNS`, lists as text with 、. ``class`` is the worst of the items that
        were judged, ``missing`` are those of the 21 that were not measured. A value that cannot be used stands in
        ``unusable`` with its reason and leaves the class empty, unless it is 劣Ⅴ anyhow. Total nitrogen (lakes) and fecal
        coliforms are judged beside it; total nitrogen of rivers and water temperature never. Dissolved oxygen is class Ⅰ
        also by a measured saturation (column 溶解氧饱和度, %) or by the saturated concentration at temperature and altitude
        (column 饱和溶解氧, mg/L), which is not computed here.

    Raises
    ------
    InputError
        No section, date, type of water or unit; an item or sample twice; a date before 2002-06-01.

    Examples
    --------
    >>> table = pd.DataFrame({"断面": ["甲"], "氨氮(mg/L)": [1.2], "总磷(mg/L)": ["0.02L"], "pH": [8.1]})
    >>> row = classify_sections(table, date=datetime.date(2024, 5, 6), water_type="river").iloc[0]
    >>> row["class"], row["decided_by"], row["multiples"], int(row["n_items"])
    ('Ⅳ', '氨氮', '氨氮 0.20', 3)
    """
    options = ReadingOptions(date, water_type, target, non_detect, units, detection_limits)
    return sections_table(read_samples(frame, SURFACE_ITEMS, options), non_detect)


def sections_table(samples: Iterable[Sample], non_detect: NonDetect) -> pd.DataFrame:
    """What `classify_sections` gives, of samples that are read."""
    return as_table([_section_row(sample, non_detect) for sample in samples], SECTION_COLUMNS)


def section_items(
    frame: pd.DataFrame,
    *,
    date: datetime.date | None = None,
    water_type: WaterType | None = None,
    target: str | None = None,
    non_detect: NonDetect = "half",
    units: Literal["standard"] | Mapping[str, str] | None = None,
    detection_limits: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """What `classify_sections` found for each item.

    Parameters
    ----------
    frame, date, water_type, target, non_detect, units, detection_limits
        As of `classify_sections`.

    Returns
    -------
    DataFrame
        One row per section, date and measured item with a class (the 21, total nitrogen of lakes, fecal coliforms), columns
        `ITEM_COLUMNS`: ``value`` as it was judged, in ``unit``; ``limit`` of the ``reference`` class (text, ``6~9`` for
        pH); ``multiple`` not rounded, NaN where the limit is kept or there is none.

    Examples
    --------
    >>> table = pd.DataFrame({"断面": ["甲"], "氨氮(mg/L)": [1.2]})
    >>> section_items(table, date=datetime.date(2024, 5, 6), water_type="river")[["value", "limit", "multiple"]].values.tolist()
    [[1.2, '1.0', 0.2]]
    """
    options = ReadingOptions(date, water_type, target, non_detect, units, detection_limits)
    return items_table(read_samples(frame, SURFACE_ITEMS, options))


def items_table(samples: Iterable[Sample]) -> pd.DataFrame:
    """What `section_items` gives, of samples that are read."""
    return as_table([row for sample in samples for row in _item_rows(sample)], ITEM_COLUMNS)


def surface_ranking(sample: Sample) -> Ranking:
    """How values of a sample rank: with the saturation of its oxygen, where that is given."""
    saturation = saturation_of(sample)

    def rank(item: WaterItem, measured: Measured) -> int:
        amount = measured.amount if measured.amount is not None else Decimal(0)
        return SURFACE_CLASSES.index(surface_class(item, amount, saturation_percent=saturation))

    return rank


def saturation_of(sample: Sample) -> Decimal | None:
    """Saturation of dissolved oxygen in percent: as measured, else from the saturated concentration beside it, else None."""
    by_id = {item.id: measured.amount for item, measured in sample.values.items() if measured.detected}
    stated, oxygen, full = (by_id.get(key) for key in ("do_saturation", "do", "do_saturated"))
    if stated is not None:
        return stated
    return oxygen * 100 / full if oxygen is not None and full else None


def judge_routine(sample: Sample) -> tuple[Judgement, Ranking]:
    """Judge the 21 items of a sample; raise where its date is before the standard."""
    SURFACE_EDITION.require(sample.first_day, where=f"断面“{sample.section}”")
    rank = surface_ranking(sample)
    return judge(sample, routine_items(cast(WaterType, sample.water_type)), rank), rank


def separate_class(sample: Sample, item_id: str) -> str | None:
    """The class of an item that is judged beside the 21, None where it was not measured, cannot be used, or has none."""
    item, measured = next(((i, m) for i, m in sample.values.items() if i.id == item_id), (None, None))
    if item is None or measured is None or measured.amount is None:
        return None
    return SURFACE_CLASSES[item.rank(measured.amount)]


def surface_notes(sample: Sample, judgement: Judgement, rank: Ranking, non_detect: NonDetect) -> list[str]:
    """The remarks on a sample of surface water."""
    notes = non_detect_notes(judgement, rank, non_detect) + common_notes(sample)
    for item, measured in sample.values.items():
        if item.judged != "routine" and measured.amount is None:
            notes.append(f"{item.name}{measured.fault}")
        elif item.id in ("tn", "fc") and not measured.detected:
            notes.append(f"{item.name}未检出，同样处理")
    if sample.first_day < METHOD_EDITION.since:
        notes.append(f"观测早于{METHOD_EDITION.code}，仍按其 21 项和单因子法")
    return notes


def oxygen_notes(sample: Sample, judgement: Judgement) -> list[str]:
    """That dissolved oxygen of class Ⅱ could be Ⅰ by a saturation, which the sample does not have."""
    second = any(v.item.id == "do" and v.rank == 1 for v in judgement.verdicts)
    return ["溶解氧没有饱和度，Ⅰ类只按浓度判定"] if second and saturation_of(sample) is None else []


def _section_row(sample: Sample, non_detect: NonDetect) -> dict[str, Any]:
    judgement, rank = judge_routine(sample)
    reference = reference_of(sample)
    beyond = judgement.beyond(CLASSES.index(reference), reference)
    notes = open_notes(judgement, SURFACE_CLASSES) + surface_notes(sample, judgement, rank, non_detect)
    notes += oxygen_notes(sample, judgement)
    cells = class_cells(sample, judgement, SURFACE_CLASSES)
    return cells | {
        "water_type": sample.water_type,
        "status": None if cells["class"] is None else section_status(cells["class"]),
        "exceeding": names_of(beyond),
        "multiples": multiples_text(beyond, reference),
        "tn_class": separate_class(sample, "tn"),
        "fecal_coliform_class": separate_class(sample, "fc"),
        "standard": SECTION_STANDARD,
        "evidence": f"{SURFACE_EDITION.evidence}；{METHOD_EDITION.evidence}",
        "notes": joined(notes),
    }


def _item_rows(sample: Sample) -> list[dict[str, Any]]:
    SURFACE_EDITION.require(sample.first_day, where=f"断面“{sample.section}”")
    rank = surface_ranking(sample)
    reference = reference_of(sample)
    rows = []
    for item in (i for i in SURFACE_ITEMS.items if i.judged in ("routine", "separate")):
        measured = sample.values.get(item)
        if measured is None:
            continue
        amount = measured.amount
        multiple = None if amount is None else exceed_multiple(item, amount, target=reference)
        bound = item.bounds[CLASSES.index(reference)]
        rows.append(
            {
                "section": sample.section,
                "date": sample.date,
                "water_type": sample.water_type,
                "item": item.name,
                "id": item.id,
                "value": None if amount is None else float(amount),
                "unit": item.unit,
                "detected": measured.detected,
                "detection_limit": None if measured.limit is None else float(measured.limit),
                "class": None if amount is None else SURFACE_CLASSES[rank(item, measured)],
                "reference": reference,
                "limit": "~".join(str(end) for end in (bound.low, bound.high) if end is not None),
                "multiple": None if multiple is None else float(multiple),
                "fault": measured.fault,
                "standard": SURFACE_EDITION.code,
            }
        )
    return rows
