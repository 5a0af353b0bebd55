"""``water classify``, ``tli`` and ``compliance``: a file of samples -> tables of classes, indices, compliance, and findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from changji_geo.cli.console import say, table, warn
from changji_geo.cli.option_groups import with_option_groups
from changji_geo.cli.options import WorkspaceOption
from changji_geo.cli.water.options import FileArgument, OutOption, WaterOptions, require_class
from changji_geo.cli.water.session import in_file, read_file, read_file_samples
from changji_geo.errors import InputError, near_match

if TYPE_CHECKING:
    import pandas as pd

    from changji_geo.monitoring.water import WaterTable
    from changji_geo.monitoring.water.cell_findings import WaterKind
    from changji_geo.monitoring.water.observations import Sample
    from changji_geo.monitoring.water.sample_keys import ReadingOptions
    from changji_geo.standards.water_items import WaterType
    from changji_geo.tablefile import ResultTable, TableFinding

KINDS: Mapping[str, WaterType | None] = {
    "sections": None,
    "rivers": "river",
    "lakes": "lake",
    "wells": None,
    "sources": None,
}
"""``--kind`` -> type of water of rows that state none."""

_KIND_ZH = {"断面": "sections", "河流": "rivers", "湖库": "lakes", "地下水": "wells", "水源地": "sources"}
_SHOWN = 30
_MORE_TABLES = ("逐项结果", "流域评价")
"""Names of the tables that go beside a CSV of classes."""

_USELESS = ("value", "error-value", "total-row", "merged-numbers")
"""Findings about cells and rows that somebody has to look at."""

KindOption = Annotated[
    str,
    typer.Option(
        "--kind",
        metavar="种类",
        help="sections 断面（表里有水体类型列，不写时）；rivers 河流、lakes 湖库（总磷限值不同）；wells 地下水；sources 水源地。表里写了水体类型的以表为准",
    ),
]


@dataclass(frozen=True, slots=True)
class ClassSeries:
    """The classes by month, for maps in time."""

    series: Annotated[
        str | None,
        typer.Option("--series", metavar="标识", help="把逐月类别写成工作区的时间序列 layers/series/标识，供地图使用"),
    ] = None
    layer: Annotated[str, typer.Option("--layer", metavar="图层", help="断面所在的图层；不写为 water_sections")] = (
        "water_sections"
    )
    replace: Annotated[bool, typer.Option("--replace", help="工作区里已有同名的时间序列时替换它")] = False


@with_option_groups
def classify_command(
    *,
    file: FileArgument,
    out: OutOption,
    kind: KindOption = "sections",
    target: Annotated[
        str | None, typer.Option("--target", metavar="类别", help="表里没写目标的断面按这一类考核，如 Ⅲ 或 3")
    ] = None,
    basin: Annotated[
        str | None, typer.Option("--basin", metavar="名称", help="表里没写流域时指明；有流域才评价流域")
    ] = None,
    options: WaterOptions,
    series: ClassSeries,
    workspace: WorkspaceOption = None,
) -> None:
    """Classify; exit code 1 when values could not be used."""
    chosen = _kind(kind)
    if target is not None:
        require_class(target)
    if chosen == "sources":
        if target or basin or series.series:
            raise InputError("水源地没有 --target、--basin、--series", fix="去掉它们；水源地表 1 按Ⅲ类评价")
        _compliance(file, out, None, options)
        return
    _require_outputs(file, out, options)
    folder = None
    if series.series is not None:
        if chosen == "wells":
            raise InputError("序列只用于地表水断面", where="--series", fix="去掉 --series")
        folder = _series_folder(series, series.series, workspace)
    if chosen == "wells" and basin:
        raise InputError("地下水没有流域评价", where="--basin", fix="去掉它")
    read = read_file(file, options)
    judged: WaterKind = "wells" if chosen == "wells" else "sections"
    with in_file(file):
        samples, reading = read_file_samples(read, judged, options, water_type=_water_type(chosen), target=target)
        tables = _wells(samples, reading) if chosen == "wells" else _sections(samples, reading, basin)
    if folder is not None and series.series is not None:
        _write_classes(tables[0].frame, read, series, series.series, folder, workspace)
    found = _finish(read, out, tables, samples, reading, options)
    _exit(found, tables[0].frame)


@with_option_groups
def tli_command(
    *,
    file: FileArgument,
    out: OutOption,
    missing: Annotated[
        str,
        typer.Option(
            "--missing",
            metavar="处理",
            help="五项不全时：refuse 不计算（不写时）；renormalise 按其余权重重算并注明，不是规定的方法",
        ),
    ] = "refuse",
    options: WaterOptions,
) -> None:
    """Trophic index; exit code 1 when values could not be used."""
    from changji_geo.monitoring.water.lakes import LAKE_COLUMNS, lakes_table

    if missing not in ("refuse", "renormalise"):
        known = ("refuse", "renormalise")
        raise InputError(f"--missing 没有“{missing}”这一种", expected="、".join(known), fix=near_match(missing, known))
    _require_outputs(file, out, options)
    read = read_file(file, options)
    with in_file(file):
        samples, reading = read_file_samples(read, "lakes", options, water_type="lake")
        rated = lakes_table(samples, "refuse" if missing == "refuse" else "renormalise", options.non_detect)
    found = _finish(read, out, [_result("营养状态", rated, LAKE_COLUMNS)], samples, reading, options)
    _exit(found, rated)


@with_option_groups
def compliance_command(
    *, file: FileArgument, out: OutOption, kind: KindOption = "sections", options: WaterOptions
) -> None:
    """Compliance of sources; exit code 1 when values could not be used."""
    chosen = _kind(kind)
    if chosen == "wells":
        raise InputError(
            "地下水水源地不按地表水的三张表评价", where="--kind wells", fix="用 water classify --kind wells --target Ⅲ"
        )
    _compliance(file, out, _water_type(chosen), options)


def _compliance(file: Path, out: Path, water_type: WaterType | None, options: WaterOptions) -> None:
    from changji_geo.monitoring.water.sources import SOURCE_COLUMNS, sources_table

    _require_outputs(file, out, options)
    read = read_file(file, options)
    with in_file(file):
        samples, reading = read_file_samples(read, "sources", options, water_type=water_type)
        checked = sources_table(samples, options.non_detect)
    found = _finish(read, out, [_result("水源地达标", checked, SOURCE_COLUMNS)], samples, reading, options)
    _exit(found, checked)


def _sections(samples: Sequence[Sample], reading: ReadingOptions, basin: str | None) -> list[ResultTable]:
    from changji_geo.monitoring.water.basins import BASIN_COLUMNS, basins_table
    from changji_geo.monitoring.water.sections import ITEM_COLUMNS, SECTION_COLUMNS, items_table, sections_table

    tables = [
        _result("断面类别", sections_table(samples, reading.non_detect), SECTION_COLUMNS),
        _result(_MORE_TABLES[0], items_table(samples), ITEM_COLUMNS),
    ]
    if basin or any(sample.basin for sample in samples):
        tables.append(_result(_MORE_TABLES[1], basins_table(samples, basin, reading), BASIN_COLUMNS))
    return tables


def _wells(samples: Sequence[Sample], reading: ReadingOptions) -> list[ResultTable]:
    from changji_geo.monitoring.water.wells import WELL_COLUMNS, wells_table

    return [_result("地下水类别", wells_table(samples, reading.non_detect), WELL_COLUMNS)]


def _series_folder(series: ClassSeries, series_id: str, workspace: Path | None) -> Path:
    """Where the series goes; refused before any work is done."""
    from changji_geo.cli.series_place import require_series_place
    from changji_geo.layer_description import layer_meta
    from changji_geo.resources import find_workspace

    folder = require_series_place(series_id, workspace, replace=series.replace)
    layer_meta(series.layer, find_workspace(workspace))
    return folder


def _write_classes(
    classed: pd.DataFrame,
    read: WaterTable,
    series: ClassSeries,
    series_id: str,
    folder: Path,
    workspace: Path | None,
) -> None:
    from changji_geo.monitoring.water import class_series
    from changji_geo.resources import find_workspace
    from changji_geo.series import write_series

    made, strangers = class_series(
        classed, series_id, layer=series.layer, source=read.path.name, made_up=read.made_up,
        workspace=find_workspace(workspace),
    )  # fmt: skip
    if strangers:
        warn(f"注意：图层“{series.layer}”里没有{'、'.join(strangers)}，没有写进序列。")
    for path in write_series(made, folder):
        say(f"已写出 {path}。")


def _result(name: str, frame: pd.DataFrame, columns: Sequence[str]) -> ResultTable:
    from changji_geo.cli.water.tables import readable, table_columns
    from changji_geo.tablefile import ResultTable

    return ResultTable(name, readable(frame), table_columns(columns))


def _finish(
    read: WaterTable,
    out: Path,
    tables: Sequence[ResultTable],
    samples: Sequence[Sample],
    reading: ReadingOptions,
    options: WaterOptions,
) -> list[TableFinding]:
    """Write the tables and the findings, show the first table's gist, and give the findings."""
    from changji_geo.cli.water.tables import result_notes
    from changji_geo.monitoring.water.cell_findings import sample_findings
    from changji_geo.monitoring.water.measured import NON_DETECT_ZH
    from changji_geo.tablefile import write_findings, write_tables

    notes = result_notes(tables[0].frame, NON_DETECT_ZH[options.non_detect], made_up=read.made_up)
    found = sample_findings(read, samples, reading)
    for path in write_tables(out, tables, notes=notes):
        say(f"已写出 {path}。")
    if options.findings is not None:
        say(f"已写出 {write_findings(options.findings, found, notes=notes)}：{len(found)} 条发现。")
    _show(tables[0])
    for note in notes:
        warn(f"注意：{note}。")
    return found


def _show(result: ResultTable) -> None:
    separate = ("tn_class", "fecal_coliform_class")
    names = [c for c in ("section", "date", "class", "status", "compliant", "tli", "trophic_class", "decided_by", "meets_target",
                         "exceeding", "unusable", *(("missing",) if "tli" in result.frame else ()), *separate, "notes")
             if c in result.frame and (c not in separate or result.frame[c].notna().any())]  # fmt: skip
    captions = {c.id: c.caption for c in result.columns}
    rows = [[_text(row[n]) for n in names] for row in result.frame.head(_SHOWN).to_dict("records")]
    table([captions[n] for n in names], rows)
    if len(result.frame) > _SHOWN:
        say(f"共 {len(result.frame)} 行，上面只列出前 {_SHOWN} 行。")


def _text(value: Any) -> str:
    if value is None or str(value) in ("nan", "<NA>", "None"):
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _exit(found: Sequence[TableFinding], frame: pd.DataFrame) -> None:
    """Exit code 1 where a person has to look: values, rows or whole samples that were not used."""
    unusable = int((frame["unusable"].fillna("") != "").sum())
    skipped = sum(f.level == "error" for f in found)
    others = sum(f.code in _USELESS for f in found)
    if "tli" in frame and (empty := int(frame["tli"].isna().sum())):
        warn(f"有 {empty} 个样品五项不全或有不能用的值，没有计算指数；缺哪几项见“未测项目”一列。")
        raise typer.Exit(1)
    if unusable or skipped:
        warn(f"有 {unusable} 个样品含不能用的值，跳过 {skipped} 行；逐条见 --findings 的文件和“不能用的值”一列。")
        raise typer.Exit(1)
    if others:
        warn(f"另有 {others} 处要核对（单独评价的项目不能用的值、公式错误、合计行等）；逐条见 --findings 的文件。")
        raise typer.Exit(1)


def _require_outputs(file: Path, out: Path, options: WaterOptions) -> None:
    """Refuse names that cannot be written, or whose files are the one read or each other's, before any work."""
    from changji_geo.tablefile import require_table_path, written_files

    given: list[tuple[Path, tuple[str, ...]]] = [(require_table_path(out), _MORE_TABLES)]
    if options.findings is not None:
        given.append((require_table_path(options.findings), ()))
    places = [place.resolve() for path, more in given for place in written_files(path, more)]
    if file.resolve() in places:
        raise InputError("结果会覆盖要读的文件", where=str(file), fix="换一个文件名")
    twice = next((place for place in places if places.count(place) > 1), None)
    if twice is not None:
        raise InputError("两种结果写到同一个文件", where=twice.name, fix="各给一个文件名")


def _kind(text: str) -> str:
    word = _KIND_ZH.get(text.strip(), text.strip().lower())
    if word not in KINDS:
        raise InputError(
            f"--kind 没有“{text}”这一种", expected="、".join((*KINDS, *_KIND_ZH)), fix=near_match(word, KINDS)
        )
    return word


def _water_type(kind: str) -> WaterType | None:
    return KINDS[kind]
