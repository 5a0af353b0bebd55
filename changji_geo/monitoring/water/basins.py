"""A table of sections -> the rating of each basin and month: by shares of classes, or by mean concentrations of fewer than five."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, cast

import pandas as pd

from changji_geo.errors import InputError
from changji_geo.monitoring.water.judging import as_table, joined, names_of, plain
from changji_geo.monitoring.water.means import PH, mean_sample
from changji_geo.monitoring.water.measured import NON_DETECT_ZH, NonDetect
from changji_geo.monitoring.water.observations import Sample, read_samples
from changji_geo.monitoring.water.sample_keys import ReadingOptions
from changji_geo.monitoring.water.sections import SECTION_STANDARD, judge_routine, oxygen_notes
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
        One row per basin, month and type of water, columns `BASIN_COLUMNS`; a longer period that the table states (quarter, year)
        is rated as it is. Of five sections and more ``good_percent`` (classes Ⅰ-Ⅲ) and ``worst_percent`` (劣Ⅴ) decide,
        unrounded, ``method`` 断面类别比例. Of fewer the mean of each item over the sections that measured it is classified,
        ``class`` and ``decided_by`` tell how, ``method`` 平均浓度; pH is the worst of the sections, never a mean. A section
        without a certain class leaves ``status`` empty, with its name in ``notes``. Several samples of a section in a month
        count as their mean; the rules do not say how, so ``notes`` does. The days of sampling are in ``notes``.

    Raises
    ------
    InputError
        As of `classify_sections`; a row without basin; a date before the method (2011-03-09); a section with a value of the
        month and samples of its days.

    Examples
    --------
    >>> table = pd.DataFrame({"断面": ["甲", "乙"], "流域": "三屯河", "氨氮(mg/L)": [0.2, 1.6]})
    >>> row = rate_basins(table, date=datetime.date(2024, 5, 6), water_type="river").iloc[0]
    >>> row["status"], row["class"], row["method"]
    ('良好', 'Ⅲ', '平均浓度')
    """
    options = ReadingOptions(date, water_type, None, non_detect, units, detection_limits)
    return basins_table(read_samples(frame, SURFACE_ITEMS, options), basin, options)


def basins_table(samples: Iterable[Sample], basin: str | None, options: ReadingOptions) -> pd.DataFrame:
    """What `rate_basins` gives, of samples that are read."""
    groups: dict[tuple[str, str, str], dict[str, list[Sample]]] = {}
    for sample in samples:
        name = sample.basin or basin
        if not name:
            raise InputError(
                "没有流域", where=f"断面“{sample.section}”", expected=f"流域列，或 {options.words.basin}", fix="补上"
            )
        METHOD_EDITION.require(sample.first_day, where=f"断面“{sample.section}”")
        period = sample.date[:7] if _is_day(sample) else sample.date
        sections = groups.setdefault((name, period, sample.water_type), {})
        sections.setdefault(sample.section, []).append(sample)
    rows = [_row(key, list(sections.values()), options.non_detect) for key, sections in groups.items()]
    return as_table(rows, BASIN_COLUMNS)


def _is_day(sample: Sample) -> bool:
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", sample.date) is not None


def _row(key: tuple[str, str, str], sections: Sequence[Sequence[Sample]], non_detect: NonDetect) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(BASIN_COLUMNS)
    row |= dict(zip(("basin", "date", "water_type"), key, strict=True))
    row |= {"sections": len(sections), "standard": SECTION_STANDARD, "decided_by": "", "class_counts": ""}
    evidence = [SURFACE_EDITION.evidence, METHOD_EDITION.evidence]
    every = [sample for of_section in sections for sample in of_section]
    notes = [NON_DETECT_ZH[non_detect]] if any(not m.detected for s in every for m in s.values.values()) else []
    notes += _repeated(key[1], sections)
    samples = [mean_sample(of_section) for of_section in sections]
    if len(samples) >= FEWEST_SECTIONS:
        row["method"] = "断面类别比例"
        row |= _by_shares(samples, notes)
    else:
        row["method"] = "平均浓度"
        evidence.append(FEW_SECTIONS_EVIDENCE)
        row |= _by_means(samples, cast(WaterType, key[2]), notes)
    days = sorted({s.date for s in every if _is_day(s)})
    notes += [f"采样日期：{'、'.join(days)}"] if days else []
    return row | {"evidence": "；".join(evidence), "notes": joined(notes)}


def _repeated(period: str, sections: Sequence[Sequence[Sample]]) -> list[str]:
    """Which sections have several samples, and how they count; raise where one of them is of the whole month."""
    several = [of_section for of_section in sections if len(of_section) > 1]
    for of_section in several:
        if any(not _is_day(sample) for sample in of_section):
            raise InputError(
                f"在 {period} 既有全月的值，又有某一天的样品",
                where=f"断面“{of_section[0].section}”",
                fix="只留一种",
            )
    named = "、".join(f"{of_section[0].section} {len(of_section)} 次" for of_section in several)
    return [f"同月多次采样，各项先取算术平均（规则未写明，pH 取最差）：{named}"] if named else []


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
    items = [item for item in routine_items(water_type) if any(item in s.values for s in samples)]
    partly = [item for item in items if any(item not in s.values for s in samples)]
    faulty = [
        f"{s.section}的{i.name}{s.values[i].fault}"
        for i in items
        for s in samples
        if i in s.values and s.values[i].fault
    ]
    if partly:
        notes.append(f"只有部分断面测了：{names_of(partly)}")
    if faulty:
        notes.append(f"有不能用的值，不能评价：{'；'.join(faulty)}")
        return {}
    if not items:
        notes.append("没有可评价的项目")
        return {}
    mean = mean_sample(samples)
    judgement, _ = judge_routine(mean)
    acid = [(s, m.amount) for s in samples for i, m in s.values.items() if i.id == "ph" and m.amount is not None]
    beyond = [f"{s.section} {plain(amount)}" for s, amount in acid if PH.rank(amount)]
    if beyond and len(acid) > 1:
        notes.append(f"pH值不取平均，按最差的断面；超出范围：{'、'.join(beyond)}")
    notes += oxygen_notes(mean, judgement)
    found = SURFACE_CLASSES[judgement.worst or 0]
    return {"status": section_status(found), "class": found, "decided_by": names_of(judgement.deciding())}
