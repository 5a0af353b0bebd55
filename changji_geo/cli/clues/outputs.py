"""``clues cards``, ``export`` and ``report``: what leaves the ledger, for the field, other programs and the office."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from changji_geo.cli.clues.options import (
    EvidenceDirOption,
    LedgerOption,
    SettingsOption,
    TodayOption,
    day_or_today,
)
from changji_geo.cli.clues.selection import Chosen, require_some, selected_clues
from changji_geo.cli.clues.session import known_evidence_dir, opened_ledger
from changji_geo.cli.console import progress_bar, say, warn
from changji_geo.cli.option_groups import with_option_groups
from changji_geo.cli.options import WorkspaceOption, parse_day
from changji_geo.errors import InputError, near_match

FORMATS = ("docx", "pdf", "html")

SHOWN_FILES = 10
"""More files of a kind than these are only counted."""

IdsOption = Annotated[list[str] | None, typer.Option("--id", metavar="线索编号", help="只取这几条；可写多次")]


@with_option_groups
def cards_command(
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="目录", help="写到这个文件夹")],
    ledger: LedgerOption = None,
    formats: Annotated[
        str, typer.Option("--format", metavar="格式", help="docx、pdf、html，几种用逗号隔开；不写则三种都写")
    ] = ",".join(FORMATS),
    ids: IdsOption = None,
    chosen: Chosen,
    evidence_folder: EvidenceDirOption = None,
    settings: SettingsOption = None,
    workspace: WorkspaceOption = None,
    today: TodayOption = None,
) -> None:
    """One page a clue."""
    from changji_geo.clues.settings import load_settings
    from changji_geo.report.cards.writing import write_clue_cards
    from changji_geo.resources import find_workspace

    wanted, day = _formats(formats), day_or_today(today)
    with opened_ledger(ledger) as opened:
        clues = require_some(selected_clues(opened, chosen, today=day, ids=ids))
        histories = {clue.id: opened.history(clue.id) for clue in clues}
    with progress_bar("核查卡") as step:
        written = write_clue_cards(
            clues, out, formats=wanted, workspace=find_workspace(workspace), today=day,
            evidence_folder=known_evidence_dir(ledger, evidence_folder), histories=histories,
            settings=load_settings(settings), step=step,
        )  # fmt: skip
    words = [path for path in written if path.suffix == ".docx"]
    for path in [path for path in written if path not in words] + (words if len(words) <= SHOWN_FILES else []):
        say(str(path))
    if len(words) > SHOWN_FILES:
        say(f"{out}：{len(words)} 个 DOCX，每条线索一个。")
    _warn_schematic(any(_rests_on_schematic(clue.fields.get("checks")) for clue in clues))


@with_option_groups
def export_command(
    *,
    file: Annotated[Path, typer.Argument(metavar="文件", help=".xlsx、.kml、.kmz、.gpx、.gpkg 或 .geojson")],
    ledger: LedgerOption = None,
    ids: IdsOption = None,
    chosen: Chosen,
    outlines: Annotated[bool, typer.Option("--outlines", help="GPX 里把图斑边界也写成轨迹")] = False,
    evidence_folder: EvidenceDirOption = None,
    settings: SettingsOption = None,
    workspace: WorkspaceOption = None,
    today: TodayOption = None,
) -> None:
    """Write the clues for another program; the clue's id brings them back."""
    from changji_geo.clues.exchange.exporting import companion_files, export_clues
    from changji_geo.clues.settings import load_settings
    from changji_geo.resources import find_workspace

    day = day_or_today(today)
    with opened_ledger(ledger) as opened:
        clues = require_some(selected_clues(opened, chosen, today=day, ids=ids))
        folder = known_evidence_dir(ledger, evidence_folder)
        # A workbook counts by the events which cases were found to be problems; photos are among them.
        events = opened.events() if folder is not None or file.suffix.lower() == ".xlsx" else ()
        with progress_bar("写出线索"):
            written = export_clues(
                clues, file, today=day, events=events, evidence_folder=folder, anchor=opened.head().anchor,
                settings=load_settings(settings), workspace=find_workspace(workspace), outlines=outlines,
            )  # fmt: skip
    say(f"已写出 {written}：{len(clues)} 条线索。")
    for path in companion_files(written):
        say(f"点状线索在 {path}。")
    _warn_schematic(any(_rests_on_schematic(clue.fields.get("checks")) for clue in clues))


def report_command(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="目录", help="写到这个文件夹")],
    ledger: LedgerOption = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="日期", help="时段的第一天；不写则从台账的第一件事件起")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="日期", help="时段的最后一天；不写则到今天")] = None,
    evidence_folder: EvidenceDirOption = None,
    settings: SettingsOption = None,
    workspace: WorkspaceOption = None,
    today: TodayOption = None,
) -> None:
    """The report of a period."""
    from changji_geo.clues.settings import load_settings
    from changji_geo.report.clues.writing import write_clue_report
    from changji_geo.resources import find_workspace

    first, last, day = parse_day("--from", start), parse_day("--to", end), day_or_today(today)
    with opened_ledger(ledger) as opened, progress_bar("报告") as step:
        written = write_clue_report(
            opened, out, start=first, end=last, today=day, workspace=find_workspace(workspace),
            settings=load_settings(settings), evidence_folder=known_evidence_dir(ledger, evidence_folder), step=step,
        )  # fmt: skip
    for path in written:
        say(str(path))


def _rests_on_schematic(checks: dict[str, dict[str, list[str]]] | None) -> bool:
    layers = (checks or {}).get("layers", {})
    return any("schematic" in use for use in layers.values())


def _warn_schematic(rests: bool) -> None:
    if rests:
        from changji_geo.types import SCHEMATIC_NOTICE

        warn(f"注意：保护地、功能区等所据{SCHEMATIC_NOTICE}。")


def _formats(text: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(word.strip().lower() for word in re.split("[,，、]", text) if word.strip()))
    for word in found:
        if word not in FORMATS:
            raise InputError(f"--format 没有“{word}”这一种", expected="、".join(FORMATS), fix=near_match(word, FORMATS))
    if not found:
        raise InputError("--format 是空的", expected="、".join(FORMATS))
    return found
