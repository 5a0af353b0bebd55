"""Samples as they were read -> what was found in their cells: unusable values, non-detects, units, columns without a limit."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Literal

from changji_geo.errors import InputError, near_match
from changji_geo.monitoring.water.lakes import TROPHIC_ITEMS
from changji_geo.monitoring.water.measured import NON_DETECT_ZH, NonDetect, unit_shift
from changji_geo.monitoring.water.observations import Sample, read_samples
from changji_geo.monitoring.water.reading import WaterTable
from changji_geo.monitoring.water.sample_keys import ReadingOptions
from changji_geo.monitoring.water.sources import ALL_SURFACE_ITEMS
from changji_geo.sample_words import SAMPLE_NOTICE
from changji_geo.standards.groundwater import GROUNDWATER_ITEMS
from changji_geo.standards.surface_water import SURFACE_ITEMS
from changji_geo.standards.water_items import ItemIndex, WaterType
from changji_geo.tablefile import TableFinding

WaterKind = Literal["sections", "wells", "lakes", "sources"]
"""What a table is read for: the function that judges it."""

KIND_ITEMS: Mapping[WaterKind, ItemIndex] = {
    "sections": SURFACE_ITEMS,
    "wells": GROUNDWATER_ITEMS,
    "lakes": TROPHIC_ITEMS,
    "sources": ALL_SURFACE_ITEMS,
}
"""The items that each kind looks for."""


def water_findings(
    table: WaterTable,
    *,
    kind: WaterKind = "sections",
    date: datetime.date | None = None,
    water_type: WaterType | None = None,
    non_detect: NonDetect = "half",
    units: Literal["standard"] | Mapping[str, str] | None = None,
    detection_limits: Mapping[str, float] | None = None,
) -> list[TableFinding]:
    """All that was found in a file, in its rows and its cells.

    Parameters
    ----------
    table : WaterTable
        As `changji_geo.monitoring.water.read_water` gives it.
    kind : {"sections", "wells", "lakes", "sources"}
        For `classify_sections` and `rate_basins`, `classify_wells`, `rate_lakes`, `check_sources`.
    date, water_type, non_detect, units, detection_limits
        As of `changji_geo.monitoring.water.classify_sections`.

    Returns
    -------
    list of TableFinding
        What `changji_geo.tablefile.write_findings` writes; rows are those of the file.

    Raises
    ------
    InputError
        As of `classify_sections`; no such kind.
    """
    if kind not in KIND_ITEMS:
        raise InputError(
            f"没有“{kind}”这一种", where="kind", expected="、".join(KIND_ITEMS), fix=near_match(kind, KIND_ITEMS)
        )
    water = "lake" if kind == "lakes" else water_type
    options = ReadingOptions(
        date, water, None, non_detect, units, detection_limits, needs_water_type=kind != "wells"
    )  # fmt: skip
    return sample_findings(table, read_samples(table.frame, KIND_ITEMS[kind], options), options)


def sample_findings(table: WaterTable, samples: Sequence[Sample], options: ReadingOptions) -> list[TableFinding]:
    """What `water_findings` gives, of samples that are read."""
    name = table.path.name
    found = [TableFinding("warning", "sample", f"文件注明是{SAMPLE_NOTICE}", 1, name)] if table.made_up else []
    found += [
        TableFinding(f.level, f.rule, f.message, 1, name, () if f.row is None else (f.row,), f.column)
        for f in table.findings
    ]
    hidden: dict[str, list[int]] = {}
    units: dict[str, dict[int, str]] = {}
    for sample in samples:
        for item, measured in sample.values.items():
            row = sample.rows[item]
            if measured.amount is None:
                text = f"“{sample.section}”{sample.date} 的{item.name}{measured.fault}，没有评价"
                found.append(TableFinding("warning", "value", text, 1, name, (row,), item.name))
                continue
            if not measured.detected:
                hidden.setdefault(item.name, []).append(row)
            if measured.unit:
                units.setdefault(item.name, {}).setdefault(unit_shift(measured.unit, item.unit) or 0, measured.unit)
    for item_name, lines in hidden.items():
        text = f"{item_name}未检出 {len(lines)} 个，{NON_DETECT_ZH[options.non_detect].removeprefix('未检出')}"
        found.append(TableFinding("info", "non-detect", text, len(lines), name, tuple(lines), item_name))
    for item_name, words in units.items():
        if len(words) > 1:
            text = f"{item_name}的单位不一（{'、'.join(sorted(words.values()))}），各按自己的单位换算"
            found.append(TableFinding("info", "mixed-units", text, len(words), name, (), item_name))
    unused = dict.fromkeys(label for sample in samples for label in sample.unused)
    found += [TableFinding("info", "unused", f"“{u}”没有可用的限值，没有评价", 1, name, (), u) for u in unused]
    declared = {"standard": ""} if options.units == "standard" else options.units or {}
    for item_name, unit in declared.items():
        told = f"{item_name}={unit}" if unit else item_name
        found.append(TableFinding("info", "declared-unit", f"单位由使用者声明：{told}", 1, name))
    return found
