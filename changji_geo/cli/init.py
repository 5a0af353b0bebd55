"""``changji-geo init``: a new workspace that an editor can complete and check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from changji_geo.cli.console import say

NAME = "init"
HELP = "新建工作区：layers/、maps/、一幅示例地图、主题和编辑器用的 JSON Schema。"
EPILOG = """
例：
  changji-geo init 我的地图
  cd 我的地图
  changji-geo build example
"""


def command(
    folder: Annotated[Path, typer.Argument(metavar="目录", help="新的或空的文件夹")],
) -> None:
    """Make the workspace and say what to do next."""
    from changji_geo.new_workspace import init_workspace

    for path in init_workspace(folder):
        say(str(path))
    say(
        f"工作区已建好。下一步：changji-geo build example --workspace {_quoted(folder)} --out {_quoted(folder / 'out')}"
    )


def _quoted(path: Path) -> str:
    """A path to paste into a shell; double quotes are understood by all of them."""
    return f'"{path}"' if any(c in " &'()" for c in str(path)) else str(path)
