"""``clues set``, ``close``, ``drop``, ``restore``, ``outline`` and ``evidence``: what a person does with one clue.

Each works out its event from the present state, writes it in one transaction and says what changed. The rules are asked
before an evidence file is copied, so that a refusal leaves no file behind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from changji_geo.cli.clues.options import (
    ByOption,
    EvidenceDirOption,
    IdArgument,
    LedgerOption,
    ReasonOption,
    RoleOption,
    SettingsOption,
    evidence_role,
    local_now,
    require_actor,
    require_status,
)
from changji_geo.cli.clues.session import evidence_dir, named_clue, opened_ledger
from changji_geo.cli.clues.wording import KINDS_ZH, event_change, warn_of_names
from changji_geo.cli.console import say
from changji_geo.cli.options import parse_day
from changji_geo.errors import InputError

if TYPE_CHECKING:
    from changji_geo.clues.ledger.opening import Ledger
    from changji_geo.clues.model import Clue, Evidence, EvidenceRole, NewEvent

Deed = Callable[[tuple["Evidence", ...]], "NewEvent"]
"""Evidence -> the event; pure, raises when the rules forbid it."""

EvidenceOption = Annotated[
    list[Path] | None, typer.Option("--evidence", metavar="文件", help="证据文件，复制到证据文件夹；可写多次")
]


def set_command(
    clue_id: IdArgument,
    ledger: LedgerOption = None,
    by: ByOption = None,
    status: Annotated[
        str | None, typer.Option("--status", metavar="状态", help="改为这一状态，按流程逐步改；销号用 clues close")
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option("--field", metavar="字段=值", help="如 整改时限=2026-06-30；值留空则清除；可写多次"),
    ] = None,
    reason: ReasonOption = "",
    evidence: EvidenceOption = None,
    role: RoleOption = "",
    evidence_folder: EvidenceDirOption = None,
) -> None:
    """Change a clue's status or fields."""
    from changji_geo.clues.desk.deeds import set_event
    from changji_geo.clues.fields import field_of

    actor, given, status = require_actor(by), _pairs(values), require_status(status)
    files = [(file, evidence_role(role)) for file in evidence or ()]
    with opened_ledger(ledger) as opened:
        clue = named_clue(opened, clue_id)
        history = opened.history(clue.id) if files else ()

        def deed(proof: tuple[Evidence, ...]) -> NewEvent:
            return set_event(
                clue, actor=actor, status=status, values=given, reason=reason, evidence=proof, history=history
            )

        _do(opened, clue, deed, files, folder=lambda: evidence_dir(ledger, evidence_folder))
    warn_of_names([(field_of(name).key, value.strip()) for name, value in given.items()])


def close_command(
    clue_id: IdArgument,
    document: Annotated[str, typer.Option("--document", metavar="文号", help="销号文号")],
    ledger: LedgerOption = None,
    by: ByOption = None,
    before: Annotated[
        list[Path] | None, typer.Option("--evidence-before", metavar="文件", help="整改前的证据；以前登记过的也算")
    ] = None,
    after: Annotated[
        list[Path] | None, typer.Option("--evidence-after", metavar="文件", help="整改后的证据；以前登记过的也算")
    ] = None,
    evidence: Annotated[
        list[Path] | None, typer.Option("--evidence", metavar="文件", help="其他文件（验收意见等）；可写多次")
    ] = None,
    date: Annotated[str | None, typer.Option("--date", metavar="日期", help="销号时间，不写则为今天")] = None,
    reason: ReasonOption = "",
    evidence_folder: EvidenceDirOption = None,
) -> None:
    """Close a case."""
    from changji_geo.clues.desk.deeds import close_event

    actor, now = require_actor(by), local_now()
    day = parse_day("--date", date) or now.date()
    roles: list[tuple[list[Path] | None, EvidenceRole]] = [(before, "before"), (after, "after"), (evidence, "document")]
    files = [(file, role) for given, role in roles for file in given or ()]
    with opened_ledger(ledger) as opened:
        clue = named_clue(opened, clue_id)
        history = opened.history(clue.id)

        def deed(proof: tuple[Evidence, ...]) -> NewEvent:
            return close_event(
                clue, history, actor=actor, document=document, close_date=day, today=now.date(), evidence=proof,
                reason=reason,
            )  # fmt: skip

        _do(opened, clue, deed, files, folder=lambda: evidence_dir(ledger, evidence_folder))


def drop_command(
    clue_id: IdArgument,
    code: Annotated[
        str, typer.Option("--code", metavar="原因", help="原因代码或中文，如 duplicate 或 重复、farming 或 耕作")
    ],
    ledger: LedgerOption = None,
    by: ByOption = None,
    remark: Annotated[str, typer.Option("--remark", metavar="文字", help="说明；代码为 other 时必写")] = "",
    settings: SettingsOption = None,
) -> None:
    """Drop a clue, for a reason; it stays in the ledger."""
    from changji_geo.clues.desk.deeds import drop_event
    from changji_geo.clues.desk.drops import drop_code
    from changji_geo.clues.settings import load_settings

    actor, used = require_actor(by), load_settings(settings)
    code = drop_code(code, used)
    with opened_ledger(ledger) as opened:
        clue = named_clue(opened, clue_id)
        _do(opened, clue, lambda _: drop_event(clue, actor=actor, code=code, remark=remark, settings=used))


def restore_command(
    clue_id: IdArgument,
    reason: Annotated[str, typer.Option("--reason", metavar="文字", help="为什么恢复，记入台账")],
    ledger: LedgerOption = None,
    by: ByOption = None,
) -> None:
    """Take a dropped clue up again."""
    from changji_geo.clues.desk.deeds import restore_event

    actor = require_actor(by)
    with opened_ledger(ledger) as opened:
        clue = named_clue(opened, clue_id)
        _do(opened, clue, lambda _: restore_event(clue, actor=actor, reason=reason))


def evidence_command(
    clue_id: IdArgument,
    files: Annotated[list[Path], typer.Argument(metavar="文件...", help="照片、扫描件等，可写几个")],
    ledger: LedgerOption = None,
    by: ByOption = None,
    role: RoleOption = "",
    reason: ReasonOption = "",
    evidence_folder: EvidenceDirOption = None,
) -> None:
    """Register evidence files."""
    from changji_geo.clues.desk.deeds import evidence_event

    actor, shows = require_actor(by), evidence_role(role)
    with opened_ledger(ledger) as opened:
        clue = named_clue(opened, clue_id)
        history = opened.history(clue.id)

        def deed(proof: tuple[Evidence, ...]) -> NewEvent:
            return evidence_event(clue, actor=actor, evidence=proof, reason=reason, history=history)

        _do(opened, clue, deed, [(f, shows) for f in files], folder=lambda: evidence_dir(ledger, evidence_folder))


def _do(
    ledger: Ledger,
    clue: Clue,
    deed: Deed,
    files: Sequence[tuple[Path, EvidenceRole]] = (),
    folder: Callable[[], Path] | None = None,
) -> None:
    """Ask the rules, copy the evidence, write the event, say what happened."""
    from changji_geo.clues.desk.evidence import evidence_as_it_lies, take_evidence

    new = deed(tuple(evidence_as_it_lies(file, role) for file, role in files))
    if files and folder is not None:
        root = folder()
        new = deed(tuple(take_evidence(file, root, clue_id=clue.id, role=role) for file, role in files))
    for event in ledger.append([new], at=local_now()):
        words = "；".join(part for part in (event_change(event), event.reason) if part)
        say(f"{clue.id} {KINDS_ZH[event.kind]}：{words or '已记入'}（第 {event.seq} 号事件）")
        for proof in event.evidence:
            say(f"证据：{proof.path}（SHA-256 {proof.sha256[:12]}…，{proof.size} 字节）")
        if known := len(files) - len(event.evidence):
            say(f"另有 {known} 份证据以前登记过，没有重复登记。")


def _pairs(values: Sequence[str] | None) -> dict[str, str]:
    """``字段=值`` -> field and value, as written; the deed knows the fields."""
    found: dict[str, str] = {}
    for text in values or ():
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise InputError(f"--field 的写法不对：“{text}”", expected="字段=值，如 --field 整改时限=2026-06-30")
        if name.strip() in found:
            raise InputError(f"--field 两次写了“{name.strip()}”", expected="每个字段一次", fix="去掉其中一个")
        found[name.strip()] = value
    return found
