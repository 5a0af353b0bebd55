"""``changji-geo indicators``: list indicators."""

from __future__ import annotations

import json

import typer

from changji_geo.cli.console import say, table
from changji_geo.cli.help import Command, Group
from changji_geo.cli.options import JsonOption, WorkspaceOption

app = typer.Typer(
    cls=Group,
    help="指标：列表。",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog="""
例：
  changji-geo indicators list
""",
)

DIRECTIONS_ZH = {"higher_better": "越大越好", "lower_better": "越小越好", "neutral": "中性"}


@app.command("list", cls=Command, help="列出指标，以及各指标有哪些图层和时段的数。")
def list_command(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """One line per indicator."""
    from changji_geo.indicators import load_indicators
    from changji_geo.resources import find_workspace

    found = load_indicators(find_workspace(workspace))
    indicators = sorted(found.indicators.values(), key=lambda i: i.id)
    values = [found.select(i.id) for i in indicators]
    layers = [sorted({v.layer for v in own}) for own in values]
    periods = [sorted({v.period for v in own}) for own in values]
    everything = list(zip(indicators, layers, periods, values, strict=True))
    if as_json:
        keys = ("id", "name", "unit", "direction", "source", "note")
        found_json = [
            {key: getattr(i, key) for key in keys} | {"layers": where, "periods": when, "values": len(own)}
            for i, where, when, own in everything
        ]
        say(json.dumps(found_json, ensure_ascii=False, indent=2))
        return
    rows = [
        (i.id, i.name, i.unit, DIRECTIONS_ZH[i.direction], "、".join(where), "、".join(when), len(own))
        for i, where, when, own in everything
    ]
    table(("标识", "名称", "单位", "方向", "图层", "时段", "数值"), rows)
