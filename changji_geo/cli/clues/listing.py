"""``clues list`` and ``history``: which clues there are, and what happened to one."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from changji_geo.cli.clues.options import IdArgument, LedgerOption, TodayOption, day_or_today
from changji_geo.cli.clues.selection import Chosen, selected_clues
from changji_geo.cli.clues.session import named_clue, opened_ledger
from changji_geo.cli.clues.wording import KINDS_ZH, drop_title, event_change, field_title, plain_line
from changji_geo.cli.console import is_terminal, say, table, text_width, warn
from changji_geo.cli.option_groups import with_option_groups
from changji_geo.cli.options import JsonOption
from changji_geo.errors import InputError

if TYPE_CHECKING:
    import datetime

    from changji_geo.clues.facts import ClueFacts
    from changji_geo.clues.model import Event
    from changji_geo.xlsxfile import Cell

_COLUMNS = ("id", "name", "status", "county", "reserve", "zone", "activity", "area_mu", "priority", "deadline",
            "overdue_days")  # fmt: skip
"""What the screen has room for; ``--out`` writes every field."""

_LESS_NEEDED = ("reserve", "area_mu", "activity", "zone", "county", "priority", "deadline")
"""What a narrow window does without, in this order."""

_LONGEST_CELL, _LONGEST_REASON = 40, 200
"""Characters; the screen is for finding, ``--out`` and ``--json`` have the whole."""

_GAP = 3
"""Columns of a terminal that a drawn table takes beside each text."""

_LIMITS = "使用限制"


@with_option_groups
def list_command(
    *,
    ledger: LedgerOption = None,
    chosen: Chosen,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="文件", help="写成 .csv、.xlsx 或 .json，含全部字段")
    ] = None,
    today: TodayOption = None,
) -> None:
    """The clues that were asked for, a line each."""
    from changji_geo.clues.facts import clue_facts
    from changji_geo.types import SCHEMATIC_NOTICE

    day = day_or_today(today)
    if out is not None and out.suffix.lower() not in _WRITERS:
        raise InputError("清单不能写成这种文件", where=str(out), expected="、".join(_WRITERS), fix="换一个扩展名")
    with opened_ledger(ledger) as opened:
        facts = clue_facts(selected_clues(opened, chosen, today=day), today=day)
    if out is not None:
        from changji_geo.files import write_atomic

        say(f"已写出 {write_atomic(out, _WRITERS[out.suffix.lower()](facts))}：{len(facts)} 条线索。")
    else:
        if facts:
            _show(facts)
        gone = sum(bool(f.clue.dropped) for f in facts)
        say(f"{len(facts)} 条线索，其中已剔除 {gone} 条，逾期 {sum(f.overdue_days is not None for f in facts)} 条。")
    if any(f.schematic for f in facts):
        warn(f"注意：保护地、功能区等所据{SCHEMATIC_NOTICE}。")


def history_command(clue_id: IdArgument, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    """Every event of one clue."""
    with opened_ledger(ledger) as opened:
        clue = named_clue(opened, clue_id)
        events = opened.history(clue.id)
    if as_json:
        say(json.dumps([_event_json(event) for event in events], ensure_ascii=False, indent=1))
        return
    rows = [
        (
            event.seq, event.at.strftime("%Y-%m-%d %H:%M:%S%z"), KINDS_ZH[event.kind], plain_line(event.actor),
            event_change(event), plain_line(event.reason, _LONGEST_REASON), "、".join(e.path for e in event.evidence),
        )
        for event in events
    ]  # fmt: skip
    table(("序号", "时间", "事件", "经办人", "变化", "说明", "证据"), rows)
    state = f"，已剔除（{drop_title(clue.dropped)}）" if clue.dropped else ""
    say(
        f"{clue.id}（{plain_line(clue.batch)}，原编号 {plain_line(clue.original_id)}）：{clue.status}{state}；{len(events)} 件事件。"
    )


def _show(facts: Sequence[ClueFacts]) -> None:
    """The table, on a terminal without the columns that would not fit whole."""
    cells = {key: [field_title(key), *(_screen(f, key) for f in facts)] for key in _COLUMNS}
    left_out = []
    if is_terminal():
        room = shutil.get_terminal_size().columns
        for key in _LESS_NEEDED:
            if sum(max(map(text_width, column)) + _GAP for column in cells.values()) <= room:
                break
            left_out.append(cells.pop(key)[0])
    header, *rows = zip(*cells.values(), strict=True)
    table(header, rows)
    if left_out:
        say(f"窗口不够宽，没有列出：{'、'.join(left_out)}。全部字段用 --out 写成文件。")


def _screen(facts: ClueFacts, key: str) -> str:
    value = facts.value(key)
    if key == "status" and facts.clue.dropped:
        return f"{value}（已剔除）"
    if isinstance(value, float):
        return f"{value:.2f}"
    return "" if value is None else plain_line(str(value), _LONGEST_CELL)


def _rows(facts: Sequence[ClueFacts]) -> tuple[list[str], list[list[Cell]]]:
    """Header and rows of every field, the notice in a column of its own."""
    from changji_geo.clues.fields import FIELDS
    from changji_geo.types import SCHEMATIC_NOTICE

    rows = [[*(f.value(field.key) for field in FIELDS), SCHEMATIC_NOTICE if f.schematic else None] for f in facts]
    return [*(field.title for field in FIELDS), _LIMITS], rows


def _csv(facts: Sequence[ClueFacts]) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads the Chinese; a text that Excel would run gets a ``'``."""
    from changji_geo.xlsxfile import guard_text

    header, rows = _rows(facts)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    for row in rows:
        writer.writerow([guard_text(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue().encode("utf-8-sig")


def _xlsx(facts: Sequence[ClueFacts]) -> bytes:
    from changji_geo.xlsxfile import SheetData, workbook_bytes

    return workbook_bytes(SheetData("线索", *_rows(facts)))


def _json(facts: Sequence[ClueFacts]) -> bytes:
    from changji_geo.clues.fields import FIELDS
    from changji_geo.types import SCHEMATIC_NOTICE

    clues = [{field.key: f.value(field.key) for field in FIELDS} | {"schematic": f.schematic} for f in facts]
    found = {"notice": SCHEMATIC_NOTICE if any(f.schematic for f in facts) else "", "clues": clues}
    return (json.dumps(found, ensure_ascii=False, indent=1, default=_day) + "\n").encode("utf-8")


_WRITERS = {".csv": _csv, ".xlsx": _xlsx, ".json": _json}


def _day(value: datetime.date) -> str:
    return value.isoformat()


def _event_json(event: Event) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "clue_id": event.clue_id,
        "kind": event.kind,
        "at": event.at.isoformat(),
        "actor": event.actor,
        "before": dict(event.before),
        "after": dict(event.after),
        "reason": event.reason,
        "evidence": [{"path": e.path, "sha256": e.sha256, "size": e.size, "role": e.role} for e in event.evidence],
        "prev_hash": event.prev_hash,
        "hash": event.hash,
    }
