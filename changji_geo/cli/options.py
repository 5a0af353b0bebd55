"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
