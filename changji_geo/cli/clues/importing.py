"""``clues import``, ``sample`` and ``copy``: files into a ledger, and a ledger into another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from changji_geo.cli.clues.options import ByOption, LedgerOption, local_now, require_actor
from changji_geo.cli.clues.session import (
    opened_ledger,
    refuse_folder,
    require_location,
    require_new_name,
    show_notice,
    shown_location,
)
from changji_geo.cli.console import progress_bar, say, table, warn
from changji_geo.cli.intake_options import (
    FileArgument,
    ReportOption,
    SkipOption,
    TableOptions,
    read_options,
    show_findings,
)
from changji_geo.cli.option_groups import with_option_groups
from changji_geo.cli.options import WorkspaceOption
from changji_geo.errors import InputError, near_match

if TYPE_CHECKING:
    from changji_geo.clues.desk.importing import ImportResult

SHOWN_CHANGES = 40
"""How many changed clues the screen shows; the ledger holds all of them."""

_PARTS = {"current": "本期", "earlier": "上期"}


@with_option_groups
def import_command(
    *,
    file: FileArgument,
    batch: Annotated[str, typer.Option("--batch", metavar="批次", help="这一批的名称，如 绿盾2025-1")],
    ledger: LedgerOption = None,
    by: ByOption = None,
    year: Annotated[
        int | None, typer.Option("--year", metavar="年", help="线索编号里的年份；不写则取批次名里的，再取观测日期的")
    ] = None,
    buffer_m: Annotated[
        float | None, typer.Option("--buffer", metavar="米", help="以点为圆心画这个半径的圆；不写则点仍是点")
    ] = None,
    told: TableOptions,
    skip_bad_rows: SkipOption = False,
    report: ReportOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Import one file; exit code 1 when rows were skipped."""
    from changji_geo.clues.desk.importing import ImportResult, import_clues
    from changji_geo.clues.incoming.planning import plan_import
    from changji_geo.clues.incoming.reading import read_clues
    from changji_geo.clues.ledger.opening import create_ledger, ledger_exists
    from changji_geo.intake.reports import require_report_path, write_report
    from changji_geo.resources import find_workspace

    location, actor = require_location(ledger), require_actor(by)
    require_report_path(report, file)
    space = find_workspace(workspace)
    given: dict[str, Any] = {"batch": batch, "year": year, "buffer_m": buffer_m, "workspace": space}
    given |= read_options(told, skip_bad_rows=skip_bad_rows)
    if ledger_exists(location):
        with opened_ledger(location) as opened, progress_bar("导入线索"):
            done = import_clues(opened, file, actor=actor, at=local_now(), **given)
            anchor = opened.head().anchor
    else:
        require_new_name(location)
        # Planned before the ledger is made: a file that cannot be imported leaves no empty ledger behind.
        with progress_bar("读取线索"):
            incoming = read_clues(file, **given)
            plan = plan_import(incoming, (), actor=actor)
        with create_ledger(location) as made:
            show_notice(made)
            say(f"台账 {shown_location(location)} 原来没有，已新建。")
            with progress_bar("写入台账"):
                done = ImportResult(plan, incoming, made.append(plan.new_events, at=local_now()))
            anchor = made.head().anchor
    _show_import(done, anchor)
    facts = _import_facts(done)
    show_findings(done.incoming.findings)
    if report is not None:
        write_report(report, done.incoming.findings, **facts)
    if refused := {f.row for f in done.incoming.findings if f.level == "error"}:
        warn(f"有 {len(refused)} {done.incoming.row_word}不能用，没有导入；原因见上面的“错误”。")
        raise typer.Exit(1)


def sample_command(
    file: Annotated[Path, typer.Argument(metavar="文件", help=".gpkg（图斑）或 .xlsx（点）")],
    seed: Annotated[int, typer.Option("--seed", metavar="整数", help="同一个数得到同样的示例")] = 2025,
    part: Annotated[
        str, typer.Option("--part", metavar="期", help="本期（35 条）或上期（1 条，供与以前批次比较）")
    ] = "本期",
) -> None:
    """Write the made-up clues, labelled as such."""
    from changji_geo.clues.sample import EARLIER_BATCH, NOTE, SAMPLE_BATCH, write_sample

    codes = {chinese: code for code, chinese in _PARTS.items()}
    if part not in codes:
        raise InputError(f"--part 没有“{part}”这一种", expected="、".join(codes), fix=near_match(part, codes))
    if seed < 0:
        raise InputError(f"--seed 不能是负数 {seed}", expected="0 或正整数")
    if file.exists():
        raise InputError("已有这个文件", where=str(file), expected="还没有的文件", fix="换一个文件名，或先移走它")
    code: Any = codes[part]
    written = write_sample(file, seed=seed, part=code)
    batch = SAMPLE_BATCH if code == "current" else EARLIER_BATCH
    say(f"已写出 {written}：{NOTE}。")
    say(f"导入：changji-geo clues import {written} --ledger 台账.gpkg --batch {batch} --by 姓名")


def copy_command(
    source: Annotated[str, typer.Argument(metavar="来源", help="台账文件或 postgresql:// 地址")],
    target: Annotated[str, typer.Argument(metavar="目标", help="还没有的台账文件，或空的数据库台账")],
) -> None:
    """Copy a ledger with its whole history."""
    from changji_geo.clues.ledger.copying import copy_ledger
    from changji_geo.clues.ledger.opening import ledger_exists, open_ledger

    for place in (source, target):
        refuse_folder(place)
    if not ledger_exists(target):
        require_new_name(target)
    with progress_bar("复制台账"):
        count = copy_ledger(source, target)
    with open_ledger(target) as opened:
        show_notice(opened)
        anchor = opened.head().anchor
        files = {evidence.path for event in opened.events() for evidence in event.evidence}
    say(f"已复制 {count} 件事件：{shown_location(source)} → {shown_location(target)}，两边的末号和散列值相同。")
    say(f"锚记：{anchor}")
    if files:
        warn(f"注意：{len(files)} 个证据文件不在台账里，没有复制，仍在{_evidence_place(source)}。")
        warn(f"处理：把这个文件夹整个复制到{_evidence_place(target)}，再用 clues verify 核对。")


def _evidence_place(location: str) -> str:
    """Where the evidence of a ledger lies, in words."""
    from changji_geo.clues.desk.evidence import evidence_folder_of
    from changji_geo.clues.ledger.opening import is_database

    if is_database(location):
        return " --evidence-dir 所指的文件夹"
    return f" {evidence_folder_of(location)}"


def _import_facts(done: ImportResult) -> dict[str, object]:
    plan, incoming = done.plan, done.incoming
    return {
        "文件": incoming.file,
        "批次": incoming.batch,
        "原有行数": incoming.row_count,
        "新增": len(plan.new),
        "未变": len(plan.unchanged),
        "有变化": len(plan.changed),
        "本次文件里没有的": len(plan.absent),
        "写入事件": len(done.events),
    }


def _show_import(done: ImportResult, anchor: str) -> None:
    plan = done.plan
    table(("项目", "内容"), list(_import_facts(done).items()))
    if plan.new:
        say(f"新编号：{plan.new[0]}" + (f" 至 {plan.new[-1]}" if len(plan.new) > 1 else ""))
    if plan.changed:
        say("")
        rows = [(c.clue_id, c.original_id, c.row, c.text) for c in plan.changed[:SHOWN_CHANGES]]
        table(("线索", "原编号", "行", "变化"), rows)
        if len(rows) < len(plan.changed):
            say(f"共 {len(plan.changed)} 条有变化，上面只列出 {len(rows)} 条；每条的变化见 clues history。")
    if plan.absent:
        listed = "、".join(plan.absent[:SHOWN_CHANGES]) + ("……" if len(plan.absent) > SHOWN_CHANGES else "")
        warn(f"注意：这一批里有 {len(plan.absent)} 条线索本次文件里没有，台账未动：{listed}。")
    say(f"锚记：{anchor}")
