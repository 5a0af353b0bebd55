"""``changji-geo layers``: list, show and check layers."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated

import typer

from changji_geo.cli.console import say, table, warn
from changji_geo.cli.help import Command, Group
from changji_geo.cli.options import JsonOption, WorkspaceOption

app = typer.Typer(
    cls=Group,
    help="图层：列表、说明、检查。",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog="""
例：
  changji-geo layers list
  changji-geo layers show counties
  changji-geo layers check --json
""",
)

LEVELS_ZH = {"error": "错误", "warning": "警告", "info": "提示"}


@app.command("list", cls=Command, help="列出工作区的图层。")
def list_command(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """One line per layer."""
    from changji_geo.catalog import GEOMETRY_ZH, list_layers
    from changji_geo.resources import find_workspace
    from changji_geo.types import ACCURACY_ZH

    metas = list_layers(find_workspace(workspace))
    if as_json:
        keys = ("id", "title", "geometry", "feature_count", "accuracy", "retrieved", "source", "licence")
        say(_json([{key: getattr(meta, key) for key in keys} for meta in metas]))
        return
    rows = [
        (m.id, m.title, GEOMETRY_ZH[m.geometry], m.feature_count, ACCURACY_ZH[m.accuracy], m.retrieved) for m in metas
    ]
    table(("标识", "名称", "几何", "要素数", "精度", "取得日期"), rows)


@app.command("show", cls=Command, help="显示一个图层的来源、许可、精度、范围和各列含义。")
def show_command(
    layer_id: Annotated[str, typer.Argument(metavar="图层", help="图层标识，见 layers list")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Everything ``layer.toml`` says."""
    from changji_geo.catalog import GEOMETRY_ZH, layer_meta
    from changji_geo.resources import find_workspace
    from changji_geo.types import ACCURACY_ZH

    meta = layer_meta(layer_id, find_workspace(workspace))
    if as_json:
        say(_json(dataclasses.asdict(meta)))
        return
    box = "" if meta.bbox is None else "，".join(f"{value:.4f}°" for value in meta.bbox)
    facts = [
        ("标识", meta.id),
        ("名称", meta.title),
        ("几何", GEOMETRY_ZH[meta.geometry]),
        ("要素数", meta.feature_count),
        ("坐标系", meta.crs),
        ("范围（西，南，东，北）", box),
        ("精度", ACCURACY_ZH[meta.accuracy]),
        ("来源", meta.source),
        ("署名", meta.attribution),
        ("许可", meta.licence),
        ("取得日期", meta.retrieved),
        ("版本", meta.version),
        ("说明", meta.note),
        ("文件夹", meta.folder),
    ]
    table(("项目", "内容"), [(name, value) for name, value in facts if value not in (None, "")])
    columns = [
        (c.name, c.title, c.type, c.unit, c.meaning, "、".join(str(value) for value in c.allowed)) for c in meta.columns
    ]
    say("")
    table(("列", "名称", "类型", "单位", "含义", "可取的值"), columns)


@app.command("check", cls=Command, help="检查全部图层；有“错误”一级的发现时退出码为 1。")
def check_command(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Findings, worst first as the check gives them."""
    from changji_geo.layer_check import check_layers
    from changji_geo.resources import find_workspace

    space = find_workspace(workspace)
    findings = check_layers(space)
    errors = sum(f.level == "error" for f in findings)
    if as_json:
        say(_json([dataclasses.asdict(f) for f in findings]))
    else:
        if findings:
            rows = [(LEVELS_ZH.get(f.level, f.level), f.layer, f.feature_id, f.rule, f.message) for f in findings]
            table(("级别", "图层", "要素", "规则", "发现"), rows)
        say(f"检查了 {len(space.layer_ids)} 个图层：错误 {errors} 处，其他发现 {len(findings) - errors} 处。")
    if errors:
        warn("有错误需要处理。")
        raise typer.Exit(1)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)
