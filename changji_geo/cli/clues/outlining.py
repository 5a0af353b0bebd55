"""``clues outline``: a clue's patch redrawn from a file; the old outline stays in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from changji_geo.cli.clues.options import ByOption, IdArgument, LedgerOption, local_now, require_actor
from changji_geo.cli.clues.session import named_clue, opened_ledger
from changji_geo.cli.console import say, warn
from changji_geo.cli.intake_options import FileArgument, FileOptions, read_options, show_findings
from changji_geo.cli.option_groups import with_option_groups
from changji_geo.cli.options import WorkspaceOption
from changji_geo.errors import InputError

if TYPE_CHECKING:
    import shapely

    from changji_geo.clues.incoming.reading import IncomingClues


@with_option_groups
def outline_command(
    *,
    clue_id: IdArgument,
    file: FileArgument,
    reason: Annotated[str, typer.Option("--reason", metavar="文字", help="为什么重画，记入台账")],
    ledger: LedgerOption = None,
    by: ByOption = None,
    told: FileOptions,
    workspace: WorkspaceOption = None,
) -> None:
    """Redraw one clue from a file that holds one patch."""
    from changji_geo.clues.desk.deeds import outline_event
    from changji_geo.clues.desk.outlines import FARTHEST_KM, km_away
    from changji_geo.clues.incoming.reading import read_clues
    from changji_geo.resources import find_workspace

    actor = require_actor(by)
    options = read_options(told)
    with opened_ledger(ledger) as opened:
        clue = named_clue(opened, clue_id)
        found = read_clues(file, batch=clue.batch, workspace=find_workspace(workspace), **options)
        patch = _only_patch(found)
        new = outline_event(clue, patch, actor=actor, reason=reason)
        (event,) = opened.append([new], at=local_now())
    show_findings(found.findings)
    say(f"{clue.id} 改图形：{event.reason}（第 {event.seq} 号事件）；原图形留在台账里。")
    if (away := km_away(clue.geometry, patch)) > FARTHEST_KM:
        warn(f"注意：新图形离原图形 {away:,.1f} 千米，请核对编号和坐标系；画错了就再重画一次。")
    warn("注意：检查结果还是原图形的，请重新运行 changji-geo clues check。")


def _only_patch(found: IncomingClues) -> shapely.Geometry:
    if len(found.clues) != 1:
        raise InputError(
            f"文件里有 {len(found.clues)} 个图斑",
            where=found.file,
            expected="只有这条线索的一个图斑",
            fix="另存一个只含这个图斑的文件",
        )
    return found.clues[0].geometry
