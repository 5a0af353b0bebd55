"""``clues audit``: a second person draws decided clues by lot, and agrees with a decision or sends it back."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from changji_geo.cli.clues.options import BatchOption, ByOption, LedgerOption, ReasonOption, local_now, require_actor
from changji_geo.cli.clues.session import named_clue, opened_ledger
from changji_geo.cli.clues.wording import KINDS_ZH, drop_title, event_change
from changji_geo.cli.console import say, table
from changji_geo.errors import InputError

SAMPLE = "sample"
_COUNT = 10


def audit_command(
    what: Annotated[str, typer.Argument(metavar="sample|线索编号", help="sample 抽样；线索编号则写下对它的复核")],
    ledger: LedgerOption = None,
    by: ByOption = None,
    agree: Annotated[bool, typer.Option("--agree", help="同意原结论")] = False,
    send_back: Annotated[
        bool, typer.Option("--send-back", help="退回：剔除的恢复，其他的改为退回重办；须写 --reason")
    ] = False,
    reason: ReasonOption = "",
    count: Annotated[int | None, typer.Option("--count", metavar="数", help=f"抽几条，不写则 {_COUNT} 条")] = None,
    share: Annotated[
        float | None, typer.Option("--share", metavar="比例", help="抽几成，如 0.1；与 --count 二选一")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="整数", help="写了就能重抽出同样的；不写则随机并说明")
    ] = None,
    batch: BatchOption = None,
) -> None:
    """Draw a sample, or audit one clue."""
    if what == SAMPLE:
        if agree or send_back or reason:
            raise InputError(
                "抽样不写 --agree、--send-back 和 --reason", fix="先抽样，再对每条线索写 clues audit 线索编号"
            )
        _draw(ledger, count, share, seed, batch)
        return
    extra = {"--count": count, "--share": share, "--seed": seed, "--batch": batch}
    if wrong := [option for option, value in extra.items() if value is not None]:
        raise InputError(f"{'、'.join(wrong)} 只用于抽样", fix="clues audit sample 才用它们")
    if agree == send_back:
        raise InputError(
            "没有写明同意还是退回", where=what, expected="--agree 或 --send-back，只写一个", fix="加上或去掉一个"
        )
    _decide(what, ledger, require_actor(by), agree, reason)


def _draw(ledger: str | None, count: int | None, share: float | None, seed: int | None, batch: str | None) -> None:
    from changji_geo.clues.desk.auditing import audit_sample, decision_of

    drawn_with = secrets.randbelow(1_000_000) if seed is None else seed
    wanted = _COUNT if count is None and share is None else count
    with opened_ledger(ledger) as opened:
        drawn = audit_sample(opened.clues(batch=batch), count=wanted, share=share, seed=drawn_with)
        rows = []
        for clue in drawn.clues:
            decision = decision_of(clue, opened.history(clue.id))
            on = f"剔除（{drop_title(clue.dropped)}）" if clue.dropped else clue.status
            rows.append((clue.id, clue.batch, on, decision.actor, decision.at.date(), clue.fields.get("county")))
    table(("线索", "批次", "结论", "谁下的", "日期", "县（市、区）"), rows)
    say(f"从 {drawn.decided} 条有结论的线索里抽出 {len(drawn.clues)} 条；--seed {drawn.seed} 可重抽出同样的。")


def _decide(clue_id: str, ledger: str | None, auditor: str, agree: bool, reason: str) -> None:
    from changji_geo.clues.desk.auditing import audit_event

    with opened_ledger(ledger) as opened:
        clue = named_clue(opened, clue_id)
        new = audit_event(clue, opened.history(clue.id), auditor=auditor, agree=agree, reason=reason)
        for event in opened.append([new], at=local_now()):
            say(f"{clue.id} {KINDS_ZH[event.kind]}：{event_change(event)}（第 {event.seq} 号事件）")
