"""``changji-geo indicators``: list indicators, import tables of values, and write layers with values attached."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from changji_geo.cli.console import say, table, warn
from changji_geo.cli.help import Command, Group
from changji_geo.cli.intake_options import show_findings
from changji_geo.cli.options import JsonOption, WorkspaceOption
from changji_geo.errors import InputError, near_match

if TYPE_CHECKING:
    from changji_geo.indicators import Indicator
    from changji_geo.intake.indicators.importing import IndicatorImport

app = typer.Typer(
    cls=Group,
    help="指标：列表，导入数据表，把数值连到图层。",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog="""
例：
  changji-geo indicators list
  changji-geo indicators import 空气质量.xlsx --layer counties --period 2023 --unit 微克/立方米 -w 我的工作区
  changji-geo indicators attach counties pm25 --period 2023 --out 各县PM2.5.xlsx
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


@app.command("import", cls=Command, help="把一个数据表（CSV、TXT、XLSX、Parquet）里的指标数值导入工作区。")
def import_command(
    file: Annotated[Path, typer.Argument(metavar="文件", help="长表或宽表；可有标题行、两行表头、合并单元格")],
    layer: Annotated[str, typer.Option("--layer", metavar="图层", help="各行是哪个图层的要素，如 counties")],
    indicator: Annotated[
        str | None,
        typer.Option("--indicator", metavar="指标", help="表里没写指标时指明（标识或名称）；写了就只取这一个"),
    ] = None,
    period: Annotated[
        str | None,
        typer.Option("--period", metavar="时段", help="表里没写时段时指明，如 2023、2023-01、2023-2024年采暖季"),
    ] = None,
    unit: Annotated[
        str | None, typer.Option("--unit", metavar="单位", help="表里没写单位时指明，如 微克/立方米")
    ] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", metavar="名称", help="有几个工作表时取哪一个")] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", metavar="编码", help="文字编码，如 gbk；不写则自行判断并说明")
    ] = None,
    id_column: Annotated[str | None, typer.Option("--id-column", metavar="列", help="地点所在的列")] = None,
    value_column: Annotated[str | None, typer.Option("--value-column", metavar="列", help="数值所在的列")] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="文字", help="数据来源；不写则记表格的文件名")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--as", metavar="名称", help="写成 layers/indicators/名称.csv；不写则用表格的文件名")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="工作区里已有同名的表时替换它")] = False,
    new_indicator: Annotated[
        str | None, typer.Option("--new-indicator", metavar="标识", help="新定义一个指标，如 pm25_mean；单位用 --unit")
    ] = None,
    indicator_name: Annotated[str | None, typer.Option("--name", metavar="名称", help="新指标的中文名称")] = None,
    direction: Annotated[
        str | None, typer.Option("--direction", metavar="方向", help="新指标：越大越好、越小越好或中性（不写为中性）")
    ] = None,
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="跳过不能用的行，逐行列出原因；不写则有一行不能用就不导入")
    ] = False,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="文件", help="把全部发现写成 .xlsx 或 .json")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import one table; exit code 1 when rows were skipped."""
    from changji_geo.intake.indicators.importing import import_indicators
    from changji_geo.intake.reports import require_report_path
    from changji_geo.resources import find_workspace

    require_report_path(report, file)
    done = import_indicators(
        file, layer, workspace=find_workspace(workspace), indicator=indicator, period=period, unit=unit, sheet=sheet,
        encoding=encoding, id_column=id_column, value_column=value_column, source=source, name=name,
        new=_new_indicator(new_indicator, indicator_name, unit, direction), skip_bad_rows=skip_bad_rows, replace=replace,
    )  # fmt: skip
    _show_import(done, report=report, as_json=as_json)
    if any(f.level == "error" for f in done.findings):
        warn("有不能用的行没有导入。")
        raise typer.Exit(1)


@app.command("attach", cls=Command, help="把一个指标的数值连到图层的要素上，写成文件。")
def attach_command(
    layer: Annotated[str, typer.Argument(metavar="图层", help="图层标识，如 counties")],
    indicator: Annotated[str, typer.Argument(metavar="指标", help="指标标识，见 indicators list")],
    out: Annotated[Path, typer.Option("--out", metavar="文件", help=".gpkg、.geojson、.csv 或 .xlsx")],
    period: Annotated[
        str | None, typer.Option("--period", metavar="时段", help="有几个时段时指明，如 2023-10/2024-03")
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Write a layer with one indicator's values."""
    from changji_geo.catalog import load_layer
    from changji_geo.indicators import attach_indicators
    from changji_geo.layer_export import NOTICES, export_layer
    from changji_geo.resources import find_workspace

    space = find_workspace(workspace)
    joined = attach_indicators(load_layer(layer, space), indicator, period=period, workspace=space)
    written = export_layer(joined, out)
    filled = int(joined.frame["value"].notna().sum())
    say(f"已写出 {written}：{len(joined.frame)} 个要素，其中 {filled} 个有数值（{joined.frame['period'].iloc[0]}）。")
    if joined.meta.accuracy in NOTICES:
        warn(f"注意：图层“{joined.meta.title}”{NOTICES[joined.meta.accuracy]}，文件里已注明。")


def _new_indicator(given: str | None, name: str | None, unit: str | None, direction: str | None) -> Indicator | None:
    if given is None:
        for option, value in (("--name", name), ("--direction", direction)):
            if value is not None:
                raise InputError(f"{option} 只用于新指标", fix="同时写 --new-indicator 标识，或去掉它")
        return None
    from changji_geo.indicators import Indicator
    from changji_geo.intake.values.units import is_known_unit, normalise_unit

    if not name or unit is None:
        missing = "--name" if not name else "--unit"
        raise InputError(
            f"新指标“{given}”没有写 {missing}", expected="名称和单位（没有单位写 --unit 无量纲）", fix=f"加 {missing}"
        )
    codes = {chinese: code for code, chinese in DIRECTIONS_ZH.items()} | {code: code for code in DIRECTIONS_ZH}
    code = codes.get(direction or "中性")
    if code is None:
        known = list(DIRECTIONS_ZH.values())
        raise InputError(
            f"--direction 没有“{direction}”这一种", expected="、".join(known), fix=near_match(str(direction), known)
        )
    printed = normalise_unit(unit) if is_known_unit(unit) else unit.strip()
    return Indicator(given, name, "" if printed == "无量纲" else printed, code)  # type: ignore[arg-type]


def _show_import(done: IndicatorImport, *, report: Path | None, as_json: bool) -> None:
    from changji_geo.intake.reports import findings_json, write_report

    facts = {
        "写入": str(done.path) + ("（替换了原来的）" if done.replaced else ""),
        "数值": done.value_count,
        "原有行数": done.row_count,
        "指标": "、".join(done.indicators),
        "图层": "、".join(done.layers),
        "时段": "、".join(done.periods),
    } | ({"新定义的指标": done.new_indicator} if done.new_indicator else {})
    if report is not None:
        write_report(report, done.findings, **facts)
    if as_json:
        plain = dataclasses.asdict(done) | {"path": str(done.path)}
        plain.pop("findings")
        say(findings_json(done.findings, **plain).rstrip())
        return
    table(("项目", "内容"), list(facts.items()))
    show_findings(done.findings)
