"""Findings of an intake -> JSON text, an XLSX workbook, or rows for a table on the screen."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from changji_geo.errors import InputError
from changji_geo.files import write_atomic
from changji_geo.intake.findings import SHOWN_ROWS, IntakeFinding
from changji_geo.types import LEVELS_ZH, Level
from changji_geo.xlsxfile import Cell, SheetData, workbook_bytes

COLUMNS = ("级别", "行", "列", "规则", "发现", "修复前面积（平方米）", "修复后面积（平方米）")
ORDER = tuple(LEVELS_ZH)
MOST_ROWS = 1_000_000
"""Rows of a worksheet; XLSX ends at 1,048,576, the worst findings come first."""

FOLDED_ABOVE = 8
"""More findings of one level and rule than this are folded on the screen."""

_SHOWN_OF_FOLDED = 3


def finding_rows(findings: Sequence[IntakeFinding]) -> list[tuple[Cell, ...]]:
    """One row a finding, worst first, in the order of `COLUMNS`."""
    ranked = sorted(findings, key=lambda f: ORDER.index(f.level))
    return [
        (LEVELS_ZH[f.level], f.row, f.column, f.rule, f.message, _area(f.area_before_m2), _area(f.area_after_m2))
        for f in ranked
    ]


def folded_rows(findings: Sequence[IntakeFinding]) -> list[tuple[Cell, ...]]:
    """The rows for a screen, worst first: of many findings of one rule the first few, then how many more and where.

    Parameters
    ----------
    findings : sequence of IntakeFinding
        All that was found; `finding_rows` has a row for each.

    Returns
    -------
    list of tuple
        The first five columns of `COLUMNS`. Findings of one level and rule are folded when they are more than
        `FOLDED_ABOVE`; a rule's findings stand together, in their order.

    Examples
    --------
    >>> found = [IntakeFinding("error", "coordinate", "坐标为 0", row=n) for n in range(2, 102)]
    >>> [row[1] for row in folded_rows(found)], folded_rows(found)[-1][4]
    ([2, 3, 4, None], '另有 97 处同类：行 5、6、7、8、9……')
    """
    groups: dict[tuple[Level, str], list[IntakeFinding]] = {}
    for finding in sorted(findings, key=lambda f: ORDER.index(f.level)):
        groups.setdefault((finding.level, finding.rule), []).append(finding)
    out: list[tuple[Cell, ...]] = []
    for (level, rule), group in groups.items():
        shown = group if len(group) <= FOLDED_ABOVE else group[:_SHOWN_OF_FOLDED]
        out += [row[:5] for row in finding_rows(shown)]
        if rest := group[len(shown) :]:
            numbers = [str(n) for n in dict.fromkeys(f.row for f in rest) if n is not None]
            where = f"：行 {'、'.join(numbers[:SHOWN_ROWS])}" if numbers else ""
            more = "……" if len(numbers) > SHOWN_ROWS else ""
            out.append((LEVELS_ZH[level], None, "", rule, f"另有 {len(rest)} 处同类{where}{more}"))
    return out


def findings_json(findings: Sequence[IntakeFinding], **facts: object) -> str:
    """JSON text: the facts given, then every finding with its full numbers."""
    rows = [
        {
            "level": f.level, "rule": f.rule, "row": f.row, "column": f.column, "message": f.message,
            "area_before_m2": f.area_before_m2, "area_after_m2": f.area_after_m2,
        }
        for f in findings
    ]  # fmt: skip
    return json.dumps({**facts, "findings": rows}, ensure_ascii=False, indent=1, default=str) + "\n"


def require_report_path(report: Path | None, source: Path) -> None:
    """Refuse a report that could not be written, or that would destroy the file it is about, before any work is done."""
    if report is None:
        return
    if report.suffix.lower() not in (".json", ".xlsx"):
        raise InputError("报告只能写成 .json 或 .xlsx", where=str(report), fix="改文件名的后缀")
    if report.resolve() == source.resolve():
        raise InputError("报告会覆盖要导入的文件", where=str(report), fix="给报告换一个文件名")


def write_report(path: Path | str, findings: Sequence[IntakeFinding], **facts: object) -> Path:
    """Write the findings to a ``.json`` or ``.xlsx`` file.

    Raises
    ------
    InputError
        Another suffix.
    OutputError
        The file cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() == ".json":
        return write_atomic(target, findings_json(findings, **facts))
    if target.suffix.lower() == ".xlsx":
        summary = [
            (str(name), value if isinstance(value, int | float) else str(value)) for name, value in facts.items()
        ]
        return write_atomic(
            target,
            workbook_bytes(
                SheetData("发现", COLUMNS, finding_rows(findings)[:MOST_ROWS]),
                SheetData("文件", ("项目", "内容"), summary),
            ),
        )
    raise InputError("报告只能写成 .json 或 .xlsx", where=str(target), fix="改文件名的后缀")


def counts_text(findings: Sequence[IntakeFinding]) -> str:
    """``错误 1 处，警告 2 处``; levels without any are left out."""
    counts = Counter(f.level for f in findings)
    return "，".join(f"{LEVELS_ZH[level]} {counts[level]} 处" for level in ORDER if counts[level]) or "没有发现"


def _area(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
