"""Findings of an intake -> JSON text, an XLSX workbook, or rows for a table on the screen."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from changji_geo.errors import InputError
from changji_geo.files import write_atomic
from changji_geo.intake.findings import LEVELS_ZH, IntakeFinding
from changji_geo.xlsxfile import Cell, SheetData, workbook_bytes

COLUMNS = ("级别", "行", "列", "规则", "发现", "修复前面积（平方米）", "修复后面积（平方米）")
ORDER = tuple(LEVELS_ZH)


def finding_rows(findings: Sequence[IntakeFinding]) -> list[tuple[Cell, ...]]:
    """One row a finding, worst first, in the order of `COLUMNS`."""
    ranked = sorted(findings, key=lambda f: ORDER.index(f.level))
    return [
        (LEVELS_ZH[f.level], f.row, f.column, f.rule, f.message, _area(f.area_before_m2), _area(f.area_after_m2))
        for f in ranked
    ]


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
                SheetData("发现", COLUMNS, finding_rows(findings)),
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
