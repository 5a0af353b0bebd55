"""Options that several commands share."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

import typer

from changji_geo.errors import InputError

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        "-w",
        metavar="目录",
        help="工作区（含 layers/、maps/）；不写则用环境变量 CHANGJI_GEO_WORKSPACE、当前目录或随包数据",
    ),
]
"""The workspace folder; `changji_geo.resources.find_workspace` does the rest."""

JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON，供其他程序读取")]
"""Machine-readable output."""


def parse_day(option: str, text: str | None) -> datetime.date | None:
    """A day written as 2026-03-15, 2026/3/15 or 2026年3月15日; None for an option not given.

    Raises
    ------
    InputError
        When it is no such day.
    """
    if text is None:
        return None
    from changji_geo.clues.incoming.observed import DateTextError, parse_observed

    try:
        day = parse_observed(text)
    except DateTextError as cause:
        raise InputError(f"{option} 的“{text[:40]}”{cause}", expected="如 2026-03-15", fix="写全年、月、日") from cause
    if day is None:
        raise InputError(f"{option} 是空的", expected="如 2026-03-15", fix="写上日期，或去掉 " + option)
    return day
