"""Samples as they were read -> what was found in their cells: unusable values, non-detects, units, columns without a limit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from changji_geo.cli.water.options import WaterOptions
from changji_geo.cli.water.reading import WaterFile
from changji_geo.tablefile import TableFinding

if TYPE_CHECKING:
    from changji_geo.monitoring.water.observations import Sample
    from changji_geo.monitoring.water.sample_keys import ReadingOptions
    from changji_geo.standards.water_items import ItemIndex, WaterItem

_UNIT = re.compile(r"[\s（(\[].*$")


def water_findings(
    file: WaterFile, index: ItemIndex, reading: ReadingOptions, options: WaterOptions
) -> list[TableFinding]:
    """All that was found in a file.

    Parameters
    ----------
    file : WaterFile
    index : ItemIndex
        The items looked for.
    reading : ReadingOptions
        How the samples are read.
    options : WaterOptions
        What the user declared.
    """
    from changji_geo.monitoring.water.measured import NON_DETECT_ZH
    from changji_geo.monitoring.water.observations import read_samples

    name = file.path.name
    found = [
        TableFinding(f.level, f.rule, f.message, 1, name, () if f.row is None else (f.row,), f.column)
        for f in file.findings
    ]
    samples = read_samples(file.plain, index, reading)
    rows = _SampleRows(file, index, reading)
    hidden: dict[str, list[int]] = {}
    for sample in samples:
        for item, measured in sample.values.items():
            where = rows.of(sample, item)
            if measured.amount is None:
                text = f"“{sample.section}”{sample.date} 的{item.name}{measured.fault}，没有评价"
                found.append(TableFinding("warning", "value", text, 1, name, where, item.name))
            elif not measured.detected:
                hidden.setdefault(item.name, []).extend(where)
    for item_name, lines in hidden.items():
        text = f"{item_name}未检出 {len(lines)} 个，{NON_DETECT_ZH[reading.non_detect].removeprefix('未检出')}"
        found.append(TableFinding("info", "non-detect", text, len(lines), name, tuple(lines), item_name))
    found += rows.units(name)
    unused = dict.fromkeys(label for sample in samples for label in sample.unused)
    found += [TableFinding("info", "unused", f"“{u}”没有可用的限值，没有评价", 1, name, (), u) for u in unused]
    for declared in options.units or ():
        found.append(TableFinding("info", "declared-unit", f"单位由使用者声明：{declared}", 1, name))
    if file.made_up:
        found.insert(0, TableFinding("warning", "sample", "文件注明是示例数据，不是监测结果", 1, name))
    return found


class _SampleRows:
    """Which rows of the file a sample and an item stand in."""

    def __init__(self, file: WaterFile, index: ItemIndex, reading: ReadingOptions) -> None:
        from changji_geo.monitoring.water.sample_keys import key_columns, read_keys

        frame = file.plain
        keys = key_columns(frame)
        columns = {column: frame[column].tolist() for column in frame.columns}
        heads = read_keys(columns, keys, len(frame), reading)
        self.rows: dict[tuple[str, str], list[int]] = {}
        for place, head in enumerate(heads):
            self.rows.setdefault((head.section, head.date), []).append(place)
        self.numbers = [int(n) for n in file.frame.index]
        self.long = "item" in keys and "value" in keys
        self.columns, self.keys = columns, keys
        self.index = index
        self.items = [index.find(_UNIT.sub("", str(c))) for c in columns[keys["item"]]] if self.long else []

    def of(self, sample: Sample, item: WaterItem) -> tuple[int, ...]:
        """Row numbers of the file."""
        places = self.rows.get((sample.section, sample.date), [])
        own = [p for p in places if item in self.items[p]] if self.long else places
        return tuple(self.numbers[p] for p in own or places)

    def units(self, file: str) -> list[TableFinding]:
        """Items whose values have units of several kinds, each converted by its own."""
        found = []
        if self.long:
            stated = self.columns[self.keys["unit"]] if "unit" in self.keys else [None] * len(self.numbers)
            units: dict[str, set[str]] = {}
            for items, unit in zip(self.items, stated, strict=True):
                if items and unit:
                    units.setdefault(items[0].name, set()).add(str(unit).strip())
            for name, words in units.items():
                if len(words) > 1:
                    text = f"{name}的单位不一（{'、'.join(sorted(words))}），各按自己的单位换算"
                    found.append(TableFinding("info", "mixed-units", text, len(words), file, (), name))
            return found
        return [*_cells_with_unit(self.columns, self.numbers, file)]


def _cells_with_unit(columns: dict[str, list[object]], numbers: Sequence[int], file: str) -> list[TableFinding]:
    from changji_geo.monitoring.water.measured import states_unit

    found = []
    for column, cells in columns.items():
        own = tuple(numbers[place] for place, cell in enumerate(cells) if states_unit(cell))
        if own:
            text = f"“{column}”有 {len(own)} 格自带单位，按格里的单位换算"
            found.append(TableFinding("info", "mixed-units", text, len(own), file, own, column))
    return found
