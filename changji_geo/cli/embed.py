"""``changji-geo embed``: a map page -> a fragment for another web page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from changji_geo.cli.console import say

NAME = "embed"
HELP = "把地图网页变成可贴入其他网页的 iframe 片段。"
EPILOG = """
例：
  changji-geo embed out/overview.html --out overview.fragment.html
"""


def command(
    page: Annotated[Path, typer.Argument(metavar="地图.html", help="build 或 render 得到的网页")],
    *,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="文件", help="默认 地图.fragment.html")] = None,
) -> None:
    """Write the fragment beside the page, or where asked."""
    from changji_geo.embedding import embed_file

    target = out or page.with_name(f"{page.stem}.fragment.html")
    embed_file(page, target)
    say(str(target))
