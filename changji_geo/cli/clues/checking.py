"""``clues check``: every check on every clue, what changed since the last run, the account of drops."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from changji_geo.cli.clues.options import BatchOption, ByOption, LedgerOption, SettingsOption, local_now, require_actor
from changji_geo.cli.clues.session import opened_ledger
from changji_geo.cli.console import progress_bar, say, table, warn
from changji_geo.cli.options import WorkspaceOption
from changji_geo.errors import InputError

if TYPE_CHECKING:
    from changji_geo.clues.desk.checking import CheckChange, CheckReport
    from changji_geo.clues.model import CheckResult, Clue
    from changji_geo.clues.settings import ClueSettings

SHOWN_CHANGES = 40
"""How many changed results the screen shows; ``--json`` writes all."""


def check_command(
    ledger: LedgerOption = None,
    by: ByOption = None,
    batch: BatchOption = None,
    as_json: Annotated[
        Path | None, typer.Option("--json", metavar="文件", help="把每条线索的全部结果写成 .json")
    ] = None,
    settings: SettingsOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Check; exit code 1 when a result is another than before."""
    from changji_geo.clues.desk.checking import check_clues
    from changji_geo.clues.settings import load_settings
    from changji_geo.resources import find_workspace

    actor = require_actor(by)
    if as_json is not None and as_json.suffix.lower() != ".json":
        raise InputError("检查结果只能写成 .json", where=str(as_json), fix="改文件名的后缀")
    used, space = load_settings(settings), find_workspace(workspace)
    with opened_ledger(ledger) as opened, progress_bar("检查线索"):
        report = check_clues(opened, actor=actor, at=local_now(), workspace=space, settings=used, batch=batch)
        clues = opened.clues(batch=None if batch is None else batch.strip()) if as_json is not None else ()
    _show(report, used)
    if as_json is not None:
        from changji_geo.files import write_atomic

        text = json.dumps(_report_json(report, clues), ensure_ascii=False, indent=1) + "\n"
        say(f"已写出 {write_atomic(as_json, text)}。")
    _warn(report)


def _show(report: CheckReport, settings: ClueSettings) -> None:
    from changji_geo.clues.checks.running import CHECKS
    from changji_geo.clues.model import VERDICTS_ZH
    from changji_geo.types import ACCURACY_ZH

    counts = Counter((result.check, result.verdict) for results in report.results.values() for result in results)
    rows = [(title, *(counts[name, verdict] for verdict in VERDICTS_ZH)) for name, (title, _) in CHECKS.items()]
    table(("检查", *VERDICTS_ZH.values()), rows)
    changed = _words_changed(report)
    if changed:
        say("")
        table(("线索", "检查", "原来", "现在"), [_change_row(c) for c in changed[:SHOWN_CHANGES]])
        if len(changed) > SHOWN_CHANGES:
            say(f"共 {len(changed)} 项有变化，上面只列出 {SHOWN_CHANGES} 项；加 --json 文件.json 保存全部。")
    if replaced := len(report.changed) - len(changed):
        say(f"{replaced} 项结果不变，只是所据图层换了版本。")
    say("")
    accuracies = {str(code): title for code, title in ACCURACY_ZH.items()}
    layers = [(use.id, use.version, accuracies[use.accuracy], use.sha256[:12]) for use in report.layers]
    table(("所据图层", "版本", "精度", "SHA-256"), layers)
    say("")
    again = len({change.clue_id for change in changed})
    say(
        f"检查了 {report.checked} 条线索：首次 {len(report.first)}，结果有变 {again}，只有优先分变 {len(report.rescored)}，"
        f"与上次完全相同 {report.unchanged}；写入 {report.written} 件事件。"
    )
    drops = report.drops
    reasons = "，".join(f"{settings.drop_reasons[code]} {count}" for code, count in drops.by_reason.items())
    say(f"导入 {drops.imported} = 保留 {drops.kept} + 剔除 {drops.dropped}" + (f"（{reasons}）。" if reasons else "。"))


def _warn(report: CheckReport) -> None:
    """What the person must know, and exit code 1 where something needs a look."""
    from changji_geo.types import SCHEMATIC_NOTICE

    if any(use.accuracy == "schematic" for use in report.layers):
        warn(f"注意：所据图层中有{SCHEMATIC_NOTICE}。")
    if report.outdated:
        listed = "、".join(report.outdated[:SHOWN_CHANGES])
        warn(f"检查期间别人改了 {len(report.outdated)} 条线索，请再检查一次：{listed}。")
    if changed := _words_changed(report):
        warn(f"有 {len({c.clue_id for c in changed})} 条以前查过的线索结果变了，请看一看。")
    if changed or report.outdated:
        raise typer.Exit(1)


def _words_changed(report: CheckReport) -> list[CheckChange]:
    return [change for change in report.changed if not change.layer_replaced]


def _change_row(change: CheckChange) -> tuple[str, ...]:
    return (change.clue_id, change.title, _words(change.before), _words(change.after))


def _words(result: CheckResult | None) -> str:
    from changji_geo.clues.model import VERDICTS_ZH

    return "（没有这项检查）" if result is None else f"{VERDICTS_ZH[result.verdict]}：{result.reason}"


def _stored_rows(clue: Clue) -> Sequence[dict[str, Any]]:
    rows: Sequence[dict[str, Any]] = (clue.fields.get("checks") or {}).get("results", ())
    return rows


def _report_json(report: CheckReport, clues: Sequence[Clue]) -> dict[str, Any]:
    from changji_geo.types import SCHEMATIC_NOTICE

    return {
        "notice": SCHEMATIC_NOTICE if any(use.accuracy == "schematic" for use in report.layers) else "",
        "layers": [dataclasses.asdict(use) for use in report.layers],
        "drops": {
            "imported": report.drops.imported,
            "kept": report.drops.kept,
            "dropped": report.drops.dropped,
            "by_reason": dict(report.drops.by_reason),
        },
        "first": list(report.first),
        "changed": [
            {
                "clue_id": change.clue_id,
                "check": change.check,
                "layer_replaced": change.layer_replaced,
                "before": None if change.before is None else _result_json(change.before),
                "after": None if change.after is None else _result_json(change.after),
            }
            for change in report.changed
        ],
        "outdated": list(report.outdated),
        "clues": [
            {
                "id": clue.id,
                "batch": clue.batch,
                "original_id": clue.original_id,
                "dropped": clue.dropped,
                "checks": list(_stored_rows(clue)),
                "priority": clue.fields.get("priority"),
            }
            for clue in clues
        ],
    }


def _result_json(result: CheckResult) -> dict[str, Any]:
    return {"verdict": result.verdict, "reason": result.reason, "evidence": dict(result.evidence)}
