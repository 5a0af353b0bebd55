"""``changji-geo layers``: list, show, check, inspect, import and export layers."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from changji_geo.cli.console import say, table, warn
from changji_geo.cli.help import Command, Group
from changji_geo.cli.intake_options import (
    FileArgument,
    ReportOption,
    SkipOption,
    TableOptions,
    read_options,
    show_findings,
)
from changji_geo.cli.option_groups import with_option_groups
from changji_geo.cli.options import JsonOption, WorkspaceOption
from changji_geo.errors import InputError, near_match
from changji_geo.types import LEVELS_ZH

if TYPE_CHECKING:
    from changji_geo.intake.findings import IntakeFinding
    from changji_geo.intake.reading import IntakeResult
    from changji_geo.layer_description import IntakeRecord

app = typer.Typer(
    cls=Group,
    help="图层：列表、说明、检查，查看和导入各种文件，导出。",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog="""
例：
  changji-geo layers list
  changji-geo layers show counties
  changji-geo layers check --json
  changji-geo layers inspect 功能区.shp
  changji-geo layers import 功能区.shp --as reserves --accuracy surveyed --source 自治区林草局
  changji-geo layers export counties 县市.gpkg
""",
)


@app.command("list", cls=Command, help="列出工作区的图层。")
def list_command(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """One line per layer."""
    from changji_geo.layer_description import GEOMETRY_ZH, list_layers
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
    from changji_geo.layer_description import GEOMETRY_ZH, layer_meta
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
        *([] if meta.intake is None else _intake_facts(meta.intake)),
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
            rows = [(LEVELS_ZH[f.level], f.layer, f.feature_id, f.rule, f.message) for f in findings]
            table(("级别", "图层", "要素", "规则", "发现"), rows)
        say(f"检查了 {len(space.layer_ids)} 个图层：错误 {errors} 处，其他发现 {len(findings) - errors} 处。")
    if errors:
        warn("有错误需要处理。")
        raise typer.Exit(1)


@app.command("inspect", cls=Command, help="看一个文件里有什么、会怎样被理解；不写任何东西。")
@with_option_groups
def inspect_command(
    *,
    file: FileArgument,
    target: Annotated[str | None, typer.Option("--as", metavar="图层", help="按这个图层的列来对应字段")] = None,
    told: TableOptions,
    report: ReportOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What `read_any` makes of a file, bad rows listed instead of refused."""
    from changji_geo.intake.reading import read_any
    from changji_geo.intake.reports import require_report_path, write_report
    from changji_geo.resources import find_workspace

    require_report_path(report, file)
    options = read_options(told, skip_bad_rows=True)
    space = find_workspace(workspace)
    known = target if target in space.layer_ids else None
    found = read_any(file, target=known, workspace=space, **options)
    facts = _result_facts(found)
    _show_result(found, facts, found.findings, as_json=as_json)
    if report is not None:
        write_report(report, found.findings, **facts)


@app.command("import", cls=Command, help="把一个文件导入为工作区的图层；与随包图层同名的取而代之。")
@with_option_groups
def import_command(
    *,
    file: FileArgument,
    layer_id: Annotated[str, typer.Option("--as", metavar="图层", help="图层标识，如 reserves、wells_2026")],
    title: Annotated[str | None, typer.Option("--title", metavar="名称", help="图层的中文名称")] = None,
    source: Annotated[str | None, typer.Option("--source", metavar="文字", help="资料来源")] = None,
    licence: Annotated[str | None, typer.Option("--licence", metavar="文字", help="使用许可")] = None,
    accuracy: Annotated[
        str | None,
        typer.Option(
            "--accuracy", metavar="精度", help="surveyed 实测、published 公布、approximate 近似、schematic 示意"
        ),
    ] = None,
    date: Annotated[str | None, typer.Option("--date", metavar="日期", help="资料日期，如 2026-03-15")] = None,
    note: Annotated[str, typer.Option("--note", metavar="文字", help="使用时须知道的事")] = "",
    told: TableOptions,
    skip_bad_rows: SkipOption = False,
    replace: Annotated[bool, typer.Option("--replace", help="工作区里已有这个图层时，把它移开再导入")] = False,
    report: ReportOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import one file; exit code 1 when rows were skipped."""
    from changji_geo.intake.importing import import_layer
    from changji_geo.intake.reports import require_report_path, write_report
    from changji_geo.resources import find_workspace
    from changji_geo.types import ACCURACY_ZH

    require_report_path(report, file)
    if accuracy is not None and accuracy not in ACCURACY_ZH:
        raise InputError(
            f"--accuracy 没有“{accuracy}”这一种", expected="、".join(ACCURACY_ZH), fix=near_match(accuracy, ACCURACY_ZH)
        )
    options = read_options(told, skip_bad_rows=skip_bad_rows)
    done = import_layer(
        file, layer_id, workspace=find_workspace(workspace), title=title, source=source, licence=licence,
        accuracy=accuracy, date=_date(date), note=note, replace=replace, **options,
    )  # fmt: skip
    facts = _result_facts(done.result, done.layer_ids)
    _show_result(done.result, facts, done.findings, as_json=as_json)
    if not as_json:
        for folder in done.folders:
            say(f"已导入：{folder}")
        for folder in done.kept:
            say(f"原有图层移到：{folder}")
    if report is not None:
        write_report(report, done.findings, **facts)
    if refused := {f.row for f in done.findings if f.level == "error"}:
        warn(
            f"有 {len(refused)} {done.result.row_word}不能用，没有导入；原因见上面的“错误”，全部列在图层文件夹的 findings.json。"
        )
        raise typer.Exit(1)


@app.command("export", cls=Command, help="把一个图层写成给其他软件用的文件；精度和使用限制一并写入。")
def export_command(
    layer_id: Annotated[str, typer.Argument(metavar="图层", help="图层标识，见 layers list")],
    file: Annotated[Path, typer.Argument(metavar="文件", help=".gpkg、.geojson、.csv 或 .xlsx")],
    workspace: WorkspaceOption = None,
) -> None:
    """Write one layer."""
    from changji_geo.catalog import load_layer
    from changji_geo.layer_export import NOTICES, export_layer
    from changji_geo.resources import find_workspace

    layer = load_layer(layer_id, find_workspace(workspace))
    say(f"已写出 {export_layer(layer, file)}：{len(layer.frame)} 个要素。")
    if layer.meta.accuracy in NOTICES:
        warn(f"注意：图层“{layer.meta.title}”{NOTICES[layer.meta.accuracy]}，文件里已注明。")


def _intake_facts(record: IntakeRecord) -> list[tuple[str, object]]:
    how = "，推断" if record.crs_inferred else ""
    counts = f"原有 {record.rows} 行，取用 {record.kept}，修复 {record.repaired}，未取用 {record.refused}"
    return [
        ("导入自", f"{record.file}（{record.format}，{record.crs}{how}，SHA-256 {record.sha256[:12]}…）"),
        ("导入情况", f"{counts}；逐条见 findings.json，原文件在 original/"),
    ]


def _result_facts(result: IntakeResult, layers: Sequence[str] = ()) -> dict[str, object]:
    from changji_geo.intake.coordinates.datums import crs_name
    from changji_geo.layer_description import GEOMETRY_ZH

    code = result.crs.to_authority()
    how = "推断" if result.inferred else "文件自带或已写明"
    kinds = "，".join(f"{GEOMETRY_ZH[kind]} {len(part)} 个" for kind, part in result.parts.items())
    bounds = [part.total_bounds for part in result.parts.values()]
    box = [min(b[i] for b in bounds) for i in (0, 1)] + [max(b[i] for b in bounds) for i in (2, 3)]
    facts: dict[str, object] = {
        "文件": str(result.path),
        "格式": result.format,
        "图层或工作表": result.layer,
        "文字编码": {"gb18030": "GBK / GB 18030", "utf-8": "UTF-8"}.get(result.encoding, result.encoding),
        "坐标系": f"{':'.join(code) if code else result.crs.name}（{crs_name(result.crs)}，{how}）",
        "坐标基准": {"cgcs2000": "真实坐标", "gcj02": "GCJ-02，已改正", "bd09": "BD-09，已改正"}[result.datum],
        "原有行数": result.row_count,
        "要素": kinds,
        "范围（西，南，东，北）": "，".join(f"{value:.6f}°" for value in box),
        "导入为": "、".join(layers),
    }
    return {name: value for name, value in facts.items() if value != ""}


def _show_result(
    result: IntakeResult, facts: dict[str, object], findings: Sequence[IntakeFinding], *, as_json: bool
) -> None:
    from changji_geo.intake.reports import findings_json

    if as_json:
        say(findings_json(findings, **facts, columns={c.name: c.title for c in result.columns}).rstrip())
        return
    table(("项目", "内容"), list(facts.items()))
    say("")
    table(("列", "名称", "类型", "单位"), [(c.name, c.title, c.type, c.unit) for c in result.columns])
    show_findings(findings)


def _date(text: str | None) -> datetime.date | None:
    try:
        return None if text is None else datetime.date.fromisoformat(text)
    except ValueError as cause:
        raise InputError(f"--date 的“{text}”不是日期", expected="如 2026-03-15") from cause


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)
