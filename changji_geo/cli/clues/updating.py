"""``clues update``: a form that was filled in, read back: what it changes cell by cell, what is refused and why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from changji_geo.cli.clues.options import ByOption, EvidenceDirOption, LedgerOption, local_now, require_actor
from changji_geo.cli.clues.session import evidence_dir, opened_ledger
from changji_geo.cli.clues.wording import plain_line, shown, warn_of_names
from changji_geo.cli.console import is_terminal, say, table, warn
from changji_geo.errors import ConflictError, InputError

if TYPE_CHECKING:
    from changji_geo.clues.exchange.updating import FoundPhoto, UpdatePlan
    from changji_geo.clues.ledger.opening import Ledger
    from changji_geo.clues.model import NewEvent


def update_command(
    file: Annotated[
        Path,
        typer.Argument(metavar="文件", help="clues export 写出、填好的 .xlsx，或 .geojson、.gpkg、.kml、.kmz、.gpx"),
    ],
    ledger: LedgerOption = None,
    by: ByOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="不再询问，直接写入")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看会改什么，不写入")] = False,
    outlines: Annotated[bool, typer.Option("--outlines", help="图形的改动也写入；不写则只列出")] = False,
    photos: Annotated[bool, typer.Option("--photos", help="随文件来的照片登记为现场核查证据；不写则只列出")] = False,
    evidence_folder: EvidenceDirOption = None,
) -> None:
    """Show and apply what a form changes; exit code 1 when rows were refused."""
    from changji_geo.clues.exchange.updating import plan_update

    actor = require_actor(by)
    with opened_ledger(ledger) as opened:
        plan = plan_update(file, opened.clues(), actor=actor, outlines=outlines)
        _show(plan, outlines=outlines, photos=photos)
        fresh = _fresh_photos(opened, plan) if photos else ()
        count = len(plan.events) + len(fresh)
        if dry_run:
            say("只是查看（--dry-run），什么也没有写入。")
        elif not count:
            say("没有要写入的改动。")
        else:
            if not yes:
                _ask(count)
            folder = evidence_dir(ledger, evidence_folder) if fresh else None
            _write(opened, plan, _photo_events(opened, plan, fresh, folder, actor) if folder else ())
    if plan.refused:
        warn(f"有 {len(plan.refused)} {plan.row_word}没有采用，原因见上；改正后可以再读一次。")
        raise typer.Exit(1)


def _show(plan: UpdatePlan, *, outlines: bool, photos: bool) -> None:
    word = plan.row_word.removeprefix("个")
    if plan.changes:
        rows = [(c.row, c.clue_id, c.title, shown(c.before), shown(c.after)) for c in plan.changes]
        table((word, "线索", "字段", "原值", "新值"), rows)
        say("")
    if plan.outlines:
        moved = [
            (o.row, o.clue_id, f"面积 {o.change.area_change_m2:+.1f} 平方米，中心移动 {o.change.moved_m:.1f} 米")
            for o in plan.outlines
        ]
        table((word, "线索", "图形" if outlines else "图形（没有写 --outlines，不采用）"), moved)
        say("")
    if plan.photos:
        found = [(p.row, p.clue_id, p.path) for p in plan.photos]
        table((word, "线索", "照片" if photos else "照片（没有写 --photos，不登记）"), found)
        say("")
    if plan.refused:
        table((word, "线索", "没有采用的原因"), [(r.row, plain_line(r.clue_id), r.reason) for r in plan.refused])
        say("")
    for note in plan.notes:
        say(f"说明：{note}。")
    warn_of_names((change.field, change.after) for change in plan.changes)
    changed = len({c.clue_id for c in plan.changes})
    say(
        f"{changed} 条线索有 {len(plan.changes)} 格改动，{len(plan.refused)} {plan.row_word}没有采用，"
        f"{plan.unchanged} {plan.row_word}没有改动。"
    )


def _ask(count: int) -> None:
    if not is_terminal(sys.stdin):
        raise InputError(
            "没有人确认，什么也没有写入",
            expected="在终端里运行后回答，或写明 --yes",
            fix="核对上面的改动后加 --yes 再运行",
        )
    if not typer.confirm(f"写入这 {count} 件事件吗？", default=False, err=True):
        raise InputError("没有同意，什么也没有写入", fix="改好文件后再运行")


def _fresh_photos(ledger: Ledger, plan: UpdatePlan) -> tuple[FoundPhoto, ...]:
    """The photos that are not evidence of their clue already: a file that is read back twice registers nothing twice."""
    from changji_geo.clues.desk.deeds import unregistered
    from changji_geo.clues.ledger.evidence_files import register_evidence

    found = []
    for photo in plan.photos:
        file = photo.path.resolve()
        lies = register_evidence(file, file.parent, role="field")
        if unregistered([lies], ledger.history(photo.clue_id)):
            found.append(photo)
    if known := len(plan.photos) - len(found):
        say(f"{known} 张照片以前登记过，不再登记。")
    return tuple(found)


def _photo_events(
    ledger: Ledger, plan: UpdatePlan, photos: tuple[FoundPhoto, ...], folder: Path, actor: str
) -> tuple[NewEvent, ...]:
    """Copy the photos into the evidence folder; an event for each."""
    from changji_geo.clues.desk.deeds import evidence_event
    from changji_geo.clues.desk.evidence import take_evidence

    out = []
    for photo in photos:
        taken = take_evidence(photo.path, folder, clue_id=photo.clue_id, role="field")
        clue = ledger.clue(photo.clue_id)
        out.append(evidence_event(clue, actor=actor, evidence=(taken,), reason=f"随第 {photo.row} {plan.row_word}来"))
    return tuple(out)


def _write(ledger: Ledger, plan: UpdatePlan, photos: tuple[NewEvent, ...]) -> None:
    try:
        written = ledger.append((*plan.events, *photos), at=local_now())
    except ConflictError as cause:
        raise ConflictError(
            f"核对期间别人改了其中的线索，什么也没有写入（{cause.problem}）", fix="再运行一次，重新核对改动"
        ) from cause
    first, last = written[0].seq, written[-1].seq
    say(f"已写入 {len(written)} 件事件（第 {first if first == last else f'{first} 至 {last}'} 号）。")
