"""What every command of ``water`` does: read the file and its samples, in words of the command line."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from changji_geo.cli.water.options import WaterOptions
from changji_geo.errors import InputError

if TYPE_CHECKING:
    from changji_geo.monitoring.water.cell_findings import WaterKind
    from changji_geo.monitoring.water.observations import Sample
    from changji_geo.monitoring.water.reading import WaterTable
    from changji_geo.monitoring.water.sample_keys import ReadingOptions
    from changji_geo.standards.water_items import WaterType


def read_file(file: Path, options: WaterOptions) -> WaterTable:
    """The table of the file."""
    from changji_geo.monitoring.water import read_water

    return read_water(file, sheet=options.sheet, encoding=options.encoding, skip_bad_rows=options.skip_bad_rows)


def read_file_samples(
    table: WaterTable,
    kind: WaterKind,
    options: WaterOptions,
    *,
    water_type: WaterType | None,
    target: str | None = None,
) -> tuple[list[Sample], ReadingOptions]:
    """The samples of the table, once for all results, and how they were read."""
    from changji_geo.monitoring.water.cell_findings import KIND_ITEMS
    from changji_geo.monitoring.water.observations import read_samples
    from changji_geo.monitoring.water.sample_keys import ArgumentWords, ReadingOptions

    words = ArgumentWords(
        standard_units="加 --units standard 声明，或逐项写 --units 氨氮=mg/L",
        units="--units",
        drop_unit="去掉这个 --units",
        date="--date 观测日期",
        water_type="--kind rivers、lakes",
        state_water_type="写 --kind rivers 或 --kind lakes",
        basin="--basin 流域名称",
    )
    reading = ReadingOptions(
        water_type=water_type, target=target, needs_water_type=kind != "wells", words=words, **options.arguments()
    )
    return read_samples(table.frame, KIND_ITEMS[kind], reading), reading


@contextlib.contextmanager
def in_file(file: Path) -> Iterator[None]:
    """Inside, a refusal names the file."""
    try:
        yield
    except InputError as fault:
        raise type(fault)(
            fault.problem, where=f"{file} {fault.where or ''}".strip(), expected=fault.expected, fix=fault.fix
        ) from fault
