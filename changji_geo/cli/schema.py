"""``changji-geo schema``: the JSON Schema of map descriptions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from changji_geo.cli.console import say

NAME = "schema"
HELP = "输出地图描述的 JSON Schema，编辑器据此补全和检查 maps/*.toml。"
EPILOG = """
例：
  changji-geo schema --out map.schema.json
  然后在地图描述的第一行写：#:schema ../map.schema.json
"""


def command(
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="文件", help="写入文件；不写则打印")] = None,
) -> None:
    """Print or write the schema."""
    from changji_geo.files import write_atomic
    from changji_geo.spec import map_schema_text

    if out is None:
        say(map_schema_text().rstrip("\n"))
    else:
        say(str(write_atomic(out, map_schema_text())))
