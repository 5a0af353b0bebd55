"""``water classify``, ``tli`` and ``compliance``: a file of samples -> tables of classes, indices, compliance, and findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from changji_geo.cli.console import say, table, warn
from changji_geo.cli.option_groups import with_option_groups
from changji_geo.cli.options import WorkspaceOption
from changji_geo.cli.water.class_series import require_series, write_class_series
from changji_geo.cli.water.options import FileArgument, OutOption, WaterOptions, require_class
from changji_geo.cli.water.reading import WaterFile, in_file_words, read_water_file
from changji_geo.errors import InputError, near_match

if TYPE_CHECKING:
    import pandas as pd

    from changji_geo.standards.water_items import ItemIndex
    from changji_geo.tablefile import ResultTable, TableFinding

KINDS = {"sections": None, "rivers": "river", "lakes": "lake", "wells": None, "sources": None}
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
    if series.series is not None:
        if chosen == "wells":
            raise InputError("序列只用于地表水断面", where="--series", fix="去掉 --series")
        require_series(series.series, series.layer, workspace)
    read = read_water_file(file, options)
    given = options.arguments()
    with in_file_words(read):
        tables = (
            _wells(read, given, target, basin) if chosen == "wells" else _sections(read, given, chosen, target, basin)
        )
    if series.series is not None:
        for path in write_class_series(
            tables[0].frame,
            series.series,
            layer=series.layer,
            source=file.name,
            made_up=read.made_up,
            workspace=workspace,
        ):
            say(f"已写出 {path}。")
    found = _finish(read, out, tables, _index(chosen), _water_type(chosen), options, target=target)
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
    from changji_geo.monitoring.water.lakes import LAKE_COLUMNS, rate_lakes
    from changji_geo.standards.surface_water import SURFACE_ITEMS
    from changji_geo.standards.trophic import TROPHIC_INPUTS
    from changji_geo.standards.water_items import ItemIndex
    from changji_geo.tablefile import ResultTable

    if missing not in ("refuse", "renormalise"):
        known = ("refuse", "renormalise")
        raise InputError(f"--missing 没有“{missing}”这一种", expected="、".join(known), fix=near_match(missing, known))
    _require_outputs(file, out, options)
    read = read_water_file(file, options)
    with in_file_words(read):
        rated = rate_lakes(
            read.plain, missing="refuse" if missing == "refuse" else "renormalise", **options.arguments()
        )
    index = ItemIndex(SURFACE_ITEMS.require(key, water="lake") for key in TROPHIC_INPUTS)
    found = _finish(read, out, [_result("营养状态", rated, LAKE_COLUMNS, ResultTable)], index, "lake", options)
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


def _compliance(file: Path, out: Path, water_type: Any, options: WaterOptions) -> None:
    from changji_geo.monitoring.water.sources import SOURCE_COLUMNS, check_sources
    from changji_geo.tablefile import ResultTable

    _require_outputs(file, out, options)
    read = read_water_file(file, options)
    with in_file_words(read):
        checked = check_sources(read.plain, water_type=water_type, **options.arguments())
    tables = [_result("水源地达标", checked, SOURCE_COLUMNS, ResultTable)]
    found = _finish(read, out, tables, _index("sources"), water_type, options)
    _exit(found, checked)


def _sections(
    read: WaterFile, given: dict[str, Any], kind: str, target: str | None, basin: str | None
) -> list[ResultTable]:
    from changji_geo.monitoring.water.basins import BASIN_COLUMNS, rate_basins
    from changji_geo.monitoring.water.sample_keys import key_columns
    from changji_geo.monitoring.water.sections import ITEM_COLUMNS, SECTION_COLUMNS, classify_sections, section_items
    from changji_geo.tablefile import ResultTable

    kept, water_type = read.plain, _water_type(kind)
    tables = [
        _result("断面类别", classify_sections(kept, target=target, water_type=water_type, **given), SECTION_COLUMNS, ResultTable),
        _result(_MORE_TABLES[0], section_items(kept, target=target, water_type=water_type, **given), ITEM_COLUMNS, ResultTable),
    ]  # fmt: skip
    if basin or "basin" in key_columns(kept):
        rated = rate_basins(kept, basin=basin, water_type=water_type, **given)
        tables.append(_result(_MORE_TABLES[1], rated, BASIN_COLUMNS, ResultTable))
    return tables


def _wells(read: WaterFile, given: dict[str, Any], target: str | None, basin: str | None) -> list[ResultTable]:
    from changji_geo.monitoring.water.wells import WELL_COLUMNS, classify_wells
    from changji_geo.tablefile import ResultTable

    if basin:
        raise InputError("地下水没有流域评价", where="--basin", fix="去掉它")
    classed = classify_wells(read.plain, target=target, **given)
    return [_result("地下水类别", classed, WELL_COLUMNS, ResultTable)]


def _result(name: str, frame: pd.DataFrame, columns: Sequence[str], made: type[ResultTable]) -> ResultTable:
    from changji_geo.cli.water.tables import readable, table_columns

    return made(name, readable(frame), table_columns(columns))


def _finish(
    read: WaterFile,
    out: Path,
    tables: Sequence[ResultTable],
    index: ItemIndex,
    water_type: Any,
    options: WaterOptions,
    *,
    target: str | None = None,
) -> list[TableFinding]:
    """Write the tables and the findings, show the first table's gist, and give the findings."""
    from changji_geo.cli.water.findings import water_findings
    from changji_geo.cli.water.tables import result_notes
    from changji_geo.monitoring.water.measured import NON_DETECT_ZH
    from changji_geo.monitoring.water.sample_keys import ReadingOptions
    from changji_geo.tablefile import write_findings, write_tables

    given = options.arguments()
    notes = result_notes(tables[0].frame, NON_DETECT_ZH[options.non_detect], made_up=read.made_up)
    needs_type = "water_type" in tables[0].frame or water_type is not None
    reading = ReadingOptions(water_type=water_type, target=target, needs_water_type=needs_type, **given)
    with in_file_words(read):
        found = water_findings(read, index, reading, options)
    for path in write_tables(out, tables, notes=notes):
        say(f"已写出 {path}。")
    if options.findings is not None:
        say(f"已写出 {write_findings(options.findings, found, notes=notes)}：{len(found)} 条发现。")
    _show(tables[0])
    for note in notes:
        warn(f"注意：{note}。")
    return found


def _show(result: ResultTable) -> None:
    names = [c for c in ("section", "date", "class", "status", "compliant", "tli", "trophic_class", "decided_by", "meets_target",
                         "exceeding", "unusable", *(("missing",) if "tli" in result.frame else ())) if c in result.frame]  # fmt: skip
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


def _water_type(kind: str) -> Any:
    return KINDS[kind]


def _index(kind: str) -> ItemIndex:
    """The items that a kind is judged by."""
    from changji_geo.standards.groundwater import GROUNDWATER_ITEMS
    from changji_geo.standards.surface_water import SOURCE_ITEMS, SURFACE_ITEMS
    from changji_geo.standards.water_items import ItemIndex

    if kind == "wells":
        return GROUNDWATER_ITEMS
    return ItemIndex((*SURFACE_ITEMS.items, *SOURCE_ITEMS.items)) if kind == "sources" else SURFACE_ITEMS
