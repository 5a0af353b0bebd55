"""``clues verify``: whether a ledger and its evidence files are what was written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from changji_geo.cli.clues.options import EvidenceDirOption, LedgerOption
from changji_geo.cli.clues.session import evidence_dir, opened_ledger, require_location, shown_location
from changji_geo.cli.console import say, table, warn

_KINDS_ZH = {
    "file": "文件",
    "schema": "表结构",
    "row": "行",
    "missing": "缺失",
    "order": "次序",
    "content": "内容",
    "link": "衔接",
    "head": "末尾记录",
    "anchor": "锚记",
    "state": "当前状态",
    "evidence": "证据文件",
}


def verify_command(
    ledger: LedgerOption = None,
    anchor: Annotated[
        str | None,
        typer.Option("--anchor", metavar="锚记", help="以前印出的那一行（末号和散列值），证明此前的事件没有被换过"),
    ] = None,
    evidence_folder: EvidenceDirOption = None,
) -> None:
    """Findings by row; exit code 1 when there are any."""
    location = require_location(ledger)
    folder = _folder(location, evidence_folder)
    with opened_ledger(location) as opened:
        faults = opened.verify(folder, anchor=anchor)
        head = opened.head()
    if faults:
        rows = [(_KINDS_ZH[f.kind], f.seq, f.clue_id, f.message) for f in faults]
        table(("问题", "事件", "线索", "发现"), rows)
        warn(
            f"台账 {shown_location(location)} 有 {len(faults)} 处问题。处理：不要再写入，先保存副本，与备份或锚记核对。"
        )
        raise typer.Exit(1)
    checked = "" if folder is None else f"，证据文件夹 {folder} 里的文件与登记一致"
    if folder is not None and not folder.is_dir():
        checked = "，没有登记过证据文件"
    say(f"台账 {shown_location(location)} 完好：{head.count} 件事件，散列链完整{checked}。")
    if folder is None:
        warn("注意：没有核对证据文件；数据库台账要加 --evidence-dir 目录。")
    say(f"锚记：{head.anchor}")
    if folder is not None:
        _name_leftovers(folder)


def _name_leftovers(folder: Path) -> None:
    from changji_geo.clues.desk.evidence import leftover_copies

    if left := leftover_copies(folder):
        warn(
            f"注意：证据文件夹里有 {len(left)} 个没有复制完的临时文件（如 {left[0]}），是中断的命令留下的，与台账无关；"
            "确认没有人正在登记证据，就可以删去。"
        )


def _folder(location: str, given: Path | None) -> Path | None:
    from changji_geo.clues.ledger.opening import is_database

    return None if given is None and is_database(location) else evidence_dir(location, given)
