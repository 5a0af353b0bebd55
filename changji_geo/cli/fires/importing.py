"""``fires import``: FIRMS files -> detections with their places, bulletin, map and clues, each to the file named for it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from changji_geo.cli.console import say, table, warn
from changji_geo.cli.option_groups import with_option_groups
from changji_geo.cli.options import WorkspaceOption, parse_day
from changji_geo.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd

    from changji_geo.monitoring.fires.bulletin import Bulletin
    from changji_geo.monitoring.fires.locating import LocatedFires
    from changji_geo.monitoring.fires.reading import FireTable
    from changji_geo.resources import Workspace

CLUE_SUFFIXES = (".csv", ".xlsx", ".gpkg")
CLUE_FILE = "疑似火点线索.csv"
"""What a folder given to ``--as-clues`` gets."""

COUNTY_TABLE = "分县市"
"""The bulletin's second table."""


@dataclass(frozen=True, slots=True)
class FireOutputs:
    """Where the results go; None: not written."""

    out: Annotated[
        Path | None, typer.Option("--out", metavar="文件", help="全部探测点的表，.xlsx、.csv 或 .parquet")
    ] = None
    bulletin: Annotated[
        Path | None,
        typer.Option("--bulletin", metavar="文件", help="疑似火点日报和分县市统计，.xlsx、.csv 或 .parquet"),
    ] = None
    html: Annotated[Path | None, typer.Option("--html", metavar="文件", help="火点图，交互网页，可离线打开")] = None
    png: Annotated[Path | None, typer.Option("--png", metavar="文件", help="火点图，位图")] = None
    pdf: Annotated[Path | None, typer.Option("--pdf", metavar="文件", help="火点图，矢量")] = None
    as_clues: Annotated[
        Path | None,
        typer.Option(
            "--as-clues",
            metavar="文件",
            help=f"计入的火点写成 clues import 能读的 .csv、.xlsx、.gpkg；文件夹则写 {CLUE_FILE}",
        ),
    ] = None
    findings: Annotated[
        Path | None, typer.Option("--findings", metavar="文件", help="读文件时的全部发现，.xlsx、.csv 或 .parquet")
    ] = None

    @property
    def tables(self) -> tuple[Path, ...]:
        """The tables asked for."""
        return tuple(p for p in (self.out, self.bulletin, self.findings) if p is not None)

    @property
    def maps(self) -> dict[str, Path]:
        """Format -> file."""
        named = {"html": self.html, "png": self.png, "pdf": self.pdf}
        return {name: path for name, path in named.items() if path is not None}


@with_option_groups
def import_command(
    *,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="文件...", help="FIRMS 的 CSV，MODIS、VIIRS、NRT、标准产品可以混在一起；也可给文件夹"),
    ],
    outputs: FireOutputs,
    date: Annotated[
        str | None, typer.Option("--date", metavar="日期", help="只取北京时间这一天，如 2026-03-26；不写则各天都取")
    ] = None,
    area: Annotated[
        str | None,
        typer.Option("--area", "--region", metavar="名称", help="只取这个县市或区域（图层 regions），名称或标识都行"),
    ] = None,
    reserves_only: Annotated[bool, typer.Option("--reserves-only", help="写线索时只取落在自然保护区内的")] = False,
    modis_low_below: Annotated[
        int | None,
        typer.Option("--modis-low-below", metavar="百分数", help="MODIS 低于它的不计入；不写为 30，写 0 则不筛选"),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Import; exit code 1 when rows were left out."""
    from changji_geo.monitoring.fires.bulletin import daily_bulletin
    from changji_geo.monitoring.fires.locating import locate_fires
    from changji_geo.monitoring.fires.reading import read_fires
    from changji_geo.monitoring.fires.sensors import MODIS_LOW_BELOW
    from changji_geo.regions import area_counties
    from changji_geo.resources import find_workspace

    day = parse_day("--date", date)
    _require_outputs(outputs, files)
    space = find_workspace(workspace)
    counties = None if area is None else area_counties(area, space)
    low = MODIS_LOW_BELOW if modis_low_below is None else modis_low_below or None
    read = read_fires(files)
    located = locate_fires(read, workspace=space)
    days = [day] if day is not None else sorted(set(located.frame["date"]))
    bulletins = [daily_bulletin(located, one, modis_low_below=low, counties=counties, workspace=space) for one in days]
    if outputs.maps and not bulletins:
        raise InputError("文件里没有火点，不知道画哪一天", where="--date", fix="写上日期；没有火点的一天也能画出来")
    notes = _notes(bulletins, located)
    _write_tables(outputs, read, located, bulletins, low=low, notes=notes)
    if outputs.as_clues is not None:
        _write_clues(_clue_path(outputs.as_clues), bulletins, reserves_only=reserves_only)
    if outputs.maps:
        _write_maps(outputs.maps, bulletins, area, space)
    _show(read, bulletins, notes)
    refused = sum(file.refused for file in read.files)
    if refused:
        where = "见 --findings 的文件" if outputs.findings else "加 --findings 文件.xlsx 逐行列出"
        warn(f"有 {refused} 行读不懂，没有计入；{where}。")
        raise typer.Exit(1)


def _require_outputs(outputs: FireOutputs, files: Sequence[Path]) -> None:
    """Refuse a name that cannot be written, stands for two results, or is one of the files read, before any work."""
    from changji_geo.tablefile import require_table_path, written_files

    for path in outputs.tables:
        require_table_path(path)
    for name, path in outputs.maps.items():
        if path.suffix.lower() != f".{name}":
            raise InputError(f"文件名的后缀与格式 {name} 不符", where=str(path), expected=f"以 .{name} 结尾")
    clues = [_clue_path(outputs.as_clues)] if outputs.as_clues is not None else []
    tables = [p for table in outputs.tables for p in written_files(table, _more_tables(outputs, table))]
    places = [p.resolve() for p in (*tables, *outputs.maps.values(), *clues)]
    read = {p.resolve() for f in files for p in ((f, *f.iterdir()) if f.is_dir() else (f,))}
    for path in places:
        if places.count(path) > 1:
            raise InputError("两种结果写到同一个文件", where=str(path), fix="各给一个文件名")
        if path in read:
            raise InputError("结果会覆盖要读的文件", where=str(path), fix="换一个文件名")


def _more_tables(outputs: FireOutputs, table: Path) -> tuple[str, ...]:
    return (COUNTY_TABLE,) if table == outputs.bulletin else ()


def _clue_path(given: Path) -> Path:
    path = given / CLUE_FILE if given.is_dir() or not given.suffix else given
    if path.suffix.lower() not in CLUE_SUFFIXES:
        raise InputError(
            "线索不能写成这种文件", where=str(given), expected="、".join(CLUE_SUFFIXES), fix="改文件名的后缀"
        )
    return path


def _notes(bulletins: Sequence[Bulletin], located: LocatedFires) -> tuple[str, ...]:
    """What a reader must know, each once."""
    from changji_geo.monitoring.fires.bulletin import OTHER_DAYS

    said = [note for bulletin in bulletins for note in bulletin.notes] or [*located.notes]
    if len(bulletins) > 1:  # every day has its bulletin: none is left out
        said = [note for note in said if not note.endswith(OTHER_DAYS)]
    return tuple(dict.fromkeys([*said, f"所用图层：{'；'.join(located.layers)}"]))


def _write_tables(
    outputs: FireOutputs,
    read: FireTable,
    located: LocatedFires,
    bulletins: Sequence[Bulletin],
    *,
    low: int | None,
    notes: Sequence[str],
) -> None:
    from changji_geo.cli.fires.tables import DETECTIONS, bulletin_table, county_table, reading_findings
    from changji_geo.monitoring.fires.screening import screen_fires
    from changji_geo.tablefile import ResultTable, write_findings, write_table, write_tables

    if outputs.out is not None:
        detections = _detections(screen_fires(located, modis_low_below=low), bulletins)
        written = write_table(outputs.out, detections, DETECTIONS, notes=notes, sheet="探测点")
        say(f"已写出 {written}：{len(detections)} 个探测点。")
    if outputs.bulletin is not None:
        fires, counties = bulletin_table(bulletins), county_table(bulletins)
        tables = [ResultTable("疑似火点日报", *fires), ResultTable(COUNTY_TABLE, *counties)]
        for path in write_tables(outputs.bulletin, tables, notes=notes):
            say(f"已写出 {path}。")
    if outputs.findings is not None:
        say(f"已写出 {write_findings(outputs.findings, reading_findings(read))}。")


def _detections(screened: gpd.GeoDataFrame, bulletins: Sequence[Bulletin]) -> Any:
    """Every detection of the bulletins' days, with the fire it became part of (none outside the area)."""
    days = {bulletin.date for bulletin in bulletins}
    fire = {
        key: value
        for bulletin in bulletins
        for key, value in zip(bulletin.merged.members["id"], bulletin.merged.members["fire_id"], strict=True)
    }
    chosen = screened[screened["date"].isin(days)]
    clock = [moment.strftime("%H:%M") for moment in chosen["beijing"]]
    return chosen.assign(time=clock, fire_id=[fire.get(key, "") for key in chosen["id"]])


def _write_clues(path: Path, bulletins: Sequence[Bulletin], *, reserves_only: bool) -> None:
    import geopandas as gpd
    import pandas as pd

    from changji_geo.crs import CGCS2000
    from changji_geo.files import write_atomic
    from changji_geo.gisfile import gis_bytes
    from changji_geo.monitoring.fires.clue_rows import fires_as_clues
    from changji_geo.tablefile import TableColumn, write_table

    parts = [part for b in bulletins if len(part := fires_as_clues(b.merged, reserves_only=reserves_only))]
    if not parts:
        warn(f"没有{'落在自然保护区内的' if reserves_only else ''}计入的火点，没有写 {path}。")
        return
    rows = pd.concat(parts, ignore_index=True)
    if path.suffix.lower() == ".gpkg":
        points = gpd.points_from_xy(rows["经度"].astype(float), rows["纬度"].astype(float))
        frame = gpd.GeoDataFrame(rows.drop(columns=["经度", "纬度"]), geometry=points, crs=CGCS2000)
        write_atomic(path, gis_bytes(path, frame, layer="fires", date=max(b.date for b in bulletins)))
    else:
        write_table(path, rows, [TableColumn(str(c), str(c)) for c in rows.columns], sheet="疑似火点")
    say(f"已写出 {path}：{len(rows)} 个疑似点，用 changji-geo clues import 导入。")


def _shown_area(area: str | None, space: Workspace) -> tuple[str, str]:
    """The part of the map (all counties, a region, or one county) and its name."""
    from changji_geo.catalog import load_layer
    from changji_geo.regions import area_counties, find_region

    if area is None:
        return "counties", ""
    region = find_region(area, space)
    if region is not None:
        return f"regions:{region.id}", region.name
    counties, (name, *_) = load_layer("counties", space).frame, area_counties(area, space)
    return f"counties:{counties.loc[counties['name'] == name, 'id'].iloc[0]}", name


def _write_maps(maps: dict[str, Path], bulletins: Sequence[Bulletin], area: str | None, space: Workspace) -> None:
    from changji_geo.monitoring.fires.mapping import LAYER_ID, fire_layer, fire_map_spec
    from changji_geo.render.html import render_html
    from changji_geo.render.static import render_static
    from changji_geo.scene import build_scene
    from changji_geo.spec import map_spec_file

    some = any(len(b.table) for b in bulletins)
    extent, named = _shown_area(area, space)
    scene = build_scene(
        fire_map_spec(bulletins, extent=extent, area=named, workspace=space),
        map_id=LAYER_ID,
        workspace=space,
        base_dir=map_spec_file(LAYER_ID, space).parent,
        layers={LAYER_ID: fire_layer(bulletins)} if some else None,
    )
    if "html" in maps:
        say(str(render_html(scene, maps["html"])))
    printed = [maps[name] for name in ("png", "pdf") if name in maps]
    for path in render_static(scene, *printed) if printed else ():
        say(str(path))


def _show(read: FireTable, bulletins: Sequence[Bulletin], notes: Sequence[str]) -> None:
    from changji_geo.cli.fires.tables import county_table

    frame, columns = county_table(bulletins)
    shown = frame if len(bulletins) == 1 else frame[frame["county"] == "合计"]
    if len(shown):
        table([c.caption for c in columns], shown[[c.id for c in columns]].astype(str).to_numpy().tolist())
    kept, repeated = sum(f.kept for f in read.files), sum(f.repeated for f in read.files)
    say(f"{len(read.files)} 个文件，{kept} 个探测点，重复 {repeated} 个；{_days_text([b.date for b in bulletins])}。")
    for note in notes:
        warn(f"注意：{note}。")


def _days_text(days: Sequence[datetime.date]) -> str:
    if not days:
        return "没有火点"
    return f"{days[0]}" if len(days) == 1 else f"{days[0]} 至 {days[-1]} 共 {len(days)} 天（北京时间）"
