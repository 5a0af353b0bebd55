"""``changji-geo series``: list the series of the workspace, and show one with what it covers."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Annotated

import typer

from changji_geo.cli.console import say, table
from changji_geo.cli.help import Command, Group
from changji_geo.cli.options import JsonOption, WorkspaceOption

if TYPE_CHECKING:
    from changji_geo.series import Series

app = typer.Typer(
    cls=Group,
    help="时间序列：列表，说明和检查。",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog="""
例：
  changji-geo series list
  changji-geo series show sample_counties_daily

序列放在工作区的 layers/series：标识.toml（说明）和 标识.csv（area、time 和各列，一个要素一个时刻一行）。
""",
)

TYPES_ZH = {"number": "数字", "text": "文字"}


@app.command("list", cls=Command, help="列出工作区的时间序列。")
def list_command(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """One line per series; only the descriptions are read."""
    from changji_geo.moments import STEP_ZH
    from changji_geo.resources import find_workspace
    from changji_geo.sample_words import SAMPLE_DATA
    from changji_geo.series import load_series_meta
    from changji_geo.types import ACCURACY_ZH

    space = find_workspace(workspace)
    metas = [load_series_meta(series_id, space) for series_id in space.series_ids]
    if as_json:
        say(json.dumps([dataclasses.asdict(meta) for meta in metas], ensure_ascii=False, indent=2))
        return
    rows = [
        (
            m.id,
            m.title,
            m.layer,
            STEP_ZH[m.step],
            "、".join(c.name for c in m.columns),
            SAMPLE_DATA if m.sample else ACCURACY_ZH[m.accuracy],
            m.retrieved,
        )
        for m in metas
    ]
    table(("标识", "名称", "图层", "步长", "列", "精度", "取得日期"), rows)


@app.command(
    "show", cls=Command, help="读入一个时间序列，显示来源、时段、要素、各列和有数值的个数；数据有误时指出文件和行。"
)
def show_command(
    series_id: Annotated[str, typer.Argument(metavar="序列", help="时间序列标识，见 series list")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What the description says, and how much of the table holds values."""
    from changji_geo.moments import STEP_ZH
    from changji_geo.resources import find_workspace
    from changji_geo.sample_words import SAMPLE_NOTICE
    from changji_geo.series import load_series
    from changji_geo.types import ACCURACY_ZH

    space = find_workspace(workspace)
    series = load_series(series_id, space)
    meta = series.meta
    if as_json:
        counted = {
            "areas": list(series.areas),
            "times": [series.times[0], series.times[-1]],
            "moments": len(series.times),
        }
        values = {c.name: _count(series, c.name) for c in meta.columns}
        say(json.dumps(dataclasses.asdict(meta) | counted | {"values": values}, ensure_ascii=False, indent=2))
        return
    standards = _first_moments(series, meta.standard) if meta.standard else {}
    facts = [
        ("标识", meta.id),
        ("名称", meta.title),
        ("图层", meta.layer),
        ("步长", STEP_ZH[meta.step]),
        ("时段", f"{series.times[0]} 至 {series.times[-1]}，{len(series.times)} 个时刻"),
        ("要素", f"{len(series.areas)} 个"),
        ("标准", "；".join(f"{name}（{time} 起）" for name, time in standards.items())),
        ("数据", SAMPLE_NOTICE if meta.sample else ""),
        ("精度", ACCURACY_ZH[meta.accuracy]),
        ("来源", meta.source),
        ("署名", meta.attribution),
        ("许可", meta.licence),
        ("取得日期", meta.retrieved),
        ("说明", meta.note),
        ("文件", space.series_file(series_id)),
    ]
    table(("项目", "内容"), [(name, value) for name, value in facts if value != ""])
    everything = len(series.times) * len(series.areas)
    columns = []
    for column in meta.columns:
        count = _count(series, column.name)
        share = f"{count}（{100 * count / everything:.1f}%）"
        columns.append((column.name, column.title, TYPES_ZH[column.type], column.unit, column.meaning, share))
    say("")
    table(("列", "名称", "类型", "单位", "含义", "有值"), columns)


def _count(series: Series, name: str) -> int:
    """How many areas and moments have a value."""
    return sum(value == value and value != "" for value in series.column(name).ravel().tolist())


def _first_moments(series: Series, name: str) -> dict[str, str]:
    """Each text of a column with the first moment that has it."""
    found: dict[str, str] = {}
    for time, row in zip(series.times, series.column(name).tolist(), strict=True):
        for text in sorted({*row} - {""}):
            found.setdefault(text, time)
    return found
