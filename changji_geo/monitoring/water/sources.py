"""A table of surface sources of drinking water -> whether what was measured keeps to tables 1 (class Ⅲ), 2 and 3 of GB 3838-2002."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any, Literal, cast

import pandas as pd

from changji_geo.monitoring.water.judging import (
    Judgement,
    Verdict,
    as_table,
    faults_of,
    joined,
    judge,
    multiples_text,
    names_of,
)
from changji_geo.monitoring.water.measured import Measured, NonDetect
from changji_geo.monitoring.water.observations import Sample, read_samples
from changji_geo.monitoring.water.sample_keys import ReadingOptions
from changji_geo.monitoring.water.sections import separate_class, surface_notes, surface_ranking
from changji_geo.standards.surface_water import (
    SOURCE_ITEMS,
    SURFACE_CLASSES,
    SURFACE_EDITION,
    SURFACE_ITEMS,
    routine_items,
)
from changji_geo.standards.water_items import CLASSES, ItemIndex, WaterItem, WaterType

SOURCE_COLUMNS = (
    "section", "date", "water_type", "compliant", "exceeding", "multiples", "n_table_1", "n_table_2", "n_table_3",
    "missing_table_1", "missing_table_2", "missing_table_3", "unusable", "tn_class", "fecal_coliform_class", "non_detects",
    "standard", "evidence", "notes",
)  # fmt: skip
SOURCE_CLASS = CLASSES[2]
"""The class that table 1 has to keep to."""

ALL_SURFACE_ITEMS = ItemIndex((*SURFACE_ITEMS.items, *SOURCE_ITEMS.items))


def check_sources(
    frame: pd.DataFrame,
    *,
    date: datetime.date | None = None,
    water_type: WaterType | None = None,
    non_detect: NonDetect = "half",
    units: Literal["standard"] | Mapping[str, str] | None = None,
    detection_limits: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Check drinking-water sources: 21 items of table 1 at class Ⅲ, the 5 of table 2, the 80 of table 3.

    Parameters
    ----------
    frame : DataFrame
        As of `changji_geo.monitoring.water.sections.classify_sections`, with columns of tables 2 and 3 as far as measured.
    date, water_type, non_detect, units, detection_limits
        As of `classify_sections`.

    Returns
    -------
    DataFrame
        One row per source and date, columns `SOURCE_COLUMNS`. ``compliant`` is about what was measured: ``n_table_*`` says how
        much that is, ``missing_table_*`` what is not. False as soon as one item exceeds, empty when nothing does but a value
        cannot be used, or nothing was measured. Total nitrogen of lakes and fecal coliforms are judged beside it.

    Raises
    ------
    InputError
        As of `classify_sections`.

    Examples
    --------
    >>> table = pd.DataFrame({"水源地": ["甲"], "氨氮(mg/L)": [0.4], "铁(mg/L)": [0.36], "苯(μg/L)": ["1.4L"]})
    >>> row = check_sources(table, date=datetime.date(2024, 5, 6), water_type="lake").iloc[0]
    >>> bool(row["compliant"]), row["multiples"], int(row["n_table_1"]), int(row["n_table_3"])
    (False, '铁 0.20', 1, 1)
    """
    options = ReadingOptions(date, water_type, None, non_detect, units, detection_limits)
    return sources_table(read_samples(frame, ALL_SURFACE_ITEMS, options), non_detect)


def sources_table(samples: Iterable[Sample], non_detect: NonDetect) -> pd.DataFrame:
    """What `check_sources` gives, of samples that are read."""
    return as_table([_row(sample, non_detect) for sample in samples], SOURCE_COLUMNS)


def _rank_source(item: WaterItem, measured: Measured) -> int:
    """0 within the one limit of tables 2 and 3, 1 beyond."""
    return 0 if measured.amount is None else item.rank(measured.amount)


def _row(sample: Sample, non_detect: NonDetect) -> dict[str, Any]:
    SURFACE_EDITION.require(sample.first_day, where=f"水源地“{sample.section}”")
    rank = surface_ranking(sample)
    basic = judge(sample, routine_items(cast(WaterType, sample.water_type)), rank)
    tables = {"1": basic} | {t: judge(sample, _items_of(t), _rank_source) for t in ("2", "3")}
    beyond: tuple[Verdict, ...] = basic.beyond(CLASSES.index(SOURCE_CLASS), SOURCE_CLASS)
    for table in ("2", "3"):
        beyond += tables[table].beyond(0, SOURCE_CLASS)

    def keeps(item: WaterItem, value: Measured) -> int:
        return int(rank(item, value) > CLASSES.index(SOURCE_CLASS)) if item.table == "1" else _rank_source(item, value)

    everything = Judgement(tuple(v for j in tables.values() for v in j.verdicts), (), None)
    unusable = [v for judgement in tables.values() for v in judgement.unusable]
    measured = {t: len(j.verdicts) - len(j.unusable) for t, j in tables.items()}
    notes = surface_notes(sample, everything, keeps, non_detect)
    absent = sum(len(j.missing) for j in tables.values())
    tn, coliform = separate_class(sample, "tn"), separate_class(sample, "fc")
    worse = [f"{name} {found}" for name, found in (("粪大肠菌群", coliform), ("总氮", tn)) if _fails(found)]
    if worse:
        notes.insert(0, f"{'、'.join(worse)}，单独评价，未计入")
    if any(measured.values()) and absent:
        written = sum(len(j.verdicts) for j in tables.values())
        notes.insert(0, f"只对所测项目，测了 {written}/{written + absent} 项")
    if not any(measured.values()):
        notes.insert(0, "没有可评价的项目")
    compliant = False if beyond else None if unusable or not any(measured.values()) else True
    return {
        "section": sample.section,
        "date": sample.date,
        "water_type": sample.water_type,
        "compliant": compliant,
        "exceeding": names_of(beyond),
        "multiples": multiples_text(beyond, SOURCE_CLASS),
        **{f"n_table_{t}": count for t, count in measured.items()},
        **{f"missing_table_{t}": names_of(j.missing) for t, j in tables.items()},
        "unusable": faults_of(unusable),
        "tn_class": tn,
        "fecal_coliform_class": coliform,
        "non_detects": names_of(v for j in tables.values() for v in j.verdicts if not v.measured.detected),
        "standard": SURFACE_EDITION.code,
        "evidence": f"{SURFACE_EDITION.evidence}；表 1 按{SOURCE_CLASS}类、21 项",
        "notes": joined(notes),
    }


def _fails(found: str | None) -> bool:
    """Whether a class is worse than the one that a source has to keep to."""
    return found is not None and SURFACE_CLASSES.index(found) > SURFACE_CLASSES.index(SOURCE_CLASS)


def _items_of(table: str) -> tuple[WaterItem, ...]:
    return tuple(i for i in SOURCE_ITEMS.items if i.table == table)
