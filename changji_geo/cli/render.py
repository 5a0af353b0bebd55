"""``changji-geo render``: one map, to the files named."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from changji_geo.cli.console import say
from changji_geo.cli.options import WorkspaceOption

NAME = "render"
HELP = "绘制一幅地图，写成给定的文件；一个文件都不写则得到 地图标识.html 和 地图标识.png。"
EPILOG = """
例：
  changji-geo render overview --html 总览.html --pdf 总览.pdf
  changji-geo render maps/my_map.toml --png 我的地图.png
"""


def command(
    map_id: Annotated[str, typer.Argument(metavar="地图", help="地图标识（见 maps/）或 .toml 文件")],
    *,
    html: Annotated[Path | None, typer.Option("--html", metavar="文件", help="交互网页，单个文件，可离线打开")] = None,
    png: Annotated[Path | None, typer.Option("--png", metavar="文件", help="位图")] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", metavar="文件", help="矢量，文字可检索")] = None,
    svg: Annotated[Path | None, typer.Option("--svg", metavar="文件", help="矢量，可再编辑")] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Draw one map."""
    from changji_geo.report.build import render_map
    from changji_geo.resources import find_workspace

    named = {"html": html, "png": png, "pdf": pdf, "svg": svg}
    targets = {name: path for name, path in named.items() if path is not None}
    if not targets:
        stem = Path(map_id).stem
        targets = {"html": Path(f"{stem}.html"), "png": Path(f"{stem}.png")}
    for path in render_map(map_id, targets, workspace=find_workspace(workspace)):
        say(str(path))
