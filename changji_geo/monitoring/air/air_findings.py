"""What was found in hourly files and in their evaluation: each finding with its count, rows, file; as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from changji_geo.tablefile import TableFinding

if TYPE_CHECKING:
    import pandas as pd

Level = Literal["error", "warning", "repair", "info"]

SHOWN = 5
"""How many rows or names a finding lists before it only counts."""

KEPT_ROWS = 50
"""How many rows of one kind and file the table of findings names."""

_ORDER = {"error": 0, "warning": 1, "repair": 2, "info": 3}
_LEVELS_ZH = {"error": "错误", "warning": "警告", "repair": "修复", "info": "提示"}


@dataclass(frozen=True, slots=True)
class AirFinding:
    """One kind of thing found.

    ``level`` "error": readings were not taken over. "warning": a person should look. "repair": something was changed
    without loss. "info": what was understood. ``count`` is how many readings, rows, hours or stations (the message
    says which); ``rows`` the first of them, as numbers of the file's lines or sheet rows. ``parts``: the same file by
    file, with up to `KEPT_ROWS` rows each, when there are several files.
    """

    level: Level
    rule: str
    message: str
    count: int = 0
    file: str = ""
    rows: tuple[int, ...] = ()
    pollutant: str = ""
    parts: tuple[AirFinding, ...] = ()


def findings_table(findings: Iterable[AirFinding]) -> pd.DataFrame:
    """Findings as a table, the gravest first, in the order they were found.

    Returns
    -------
    pandas.DataFrame
        Columns 程度, 规则, 数量, 项目, 文件, 行号, 说明.
    """
    import pandas as pd

    columns = ["程度", "规则", "数量", "项目", "文件", "行号", "说明"]
    ordered = sorted(findings, key=lambda f: _ORDER[f.level])
    rows = [
        (_LEVELS_ZH[f.level], f.rule, f.count, f.pollutant, f.file, "、".join(map(str, f.rows)), f.message)
        for f in ordered
    ]
    return pd.DataFrame(rows, columns=columns)


def table_findings(findings: Iterable[AirFinding]) -> list[TableFinding]:
    """Findings as `changji_geo.tablefile.write_findings` takes them, file by file."""
    every = [part for f in findings for part in (f.parts or (f,))]
    return [TableFinding(f.level, f.rule, f.message, f.count, f.file, f.rows, f.pollutant) for f in every]


def listed(names: Sequence[str]) -> str:
    """The first names, and how many there are when there are more.

    Examples
    --------
    >>> listed(["a", "b"]), listed(list("abcdefg"))
    ('a、b', 'a、b、c、d、e……共 7 个')
    """
    more = f"……共 {len(names)} 个" if len(names) > SHOWN else ""
    return "、".join(names[:SHOWN]) + more
