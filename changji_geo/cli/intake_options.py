"""What a person may tell about a file, and what was found in it: shared by ``layers``, ``indicators`` and ``clues``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from changji_geo.cli.console import is_terminal, say, table, warn
from changji_geo.errors import InputError, near_match

if TYPE_CHECKING:
    from changji_geo.intake.findings import IntakeFinding
    from changji_geo.intake.reading import ReadOptions
    from changji_geo.intake.source import Datum

FileArgument = Annotated[
    Path,
    typer.Argument(
        metavar="文件",
        help="Shapefile（可为 zip）、GeoPackage、GeoJSON、KML/KMZ、ovkml/ovkmz、FileGDB、FlatGeobuf、GeoParquet、DXF、GPX、"
        "MapInfo TAB/MIF、CSV、TXT、XLSX",
    ),
]
LayerOption = Annotated[
    str | None,
    typer.Option("--layer", "--sheet", metavar="名称", help="文件里有几个图层或工作表时，取哪一个"),
]
EncodingOption = Annotated[
    str | None, typer.Option("--encoding", metavar="编码", help="文字编码，如 gbk、utf-8；不写则自行判断并说明")
]
CrsOption = Annotated[
    str | None,
    typer.Option("--crs", metavar="坐标系", help="如 EPSG:4490、EPSG:4517；不写则取文件自带的，没有就推断并说明"),
]
DatumOption = Annotated[
    str | None,
    typer.Option(
        "--datum",
        metavar="基准",
        help="cgcs2000 真实坐标；gcj02 高德、腾讯、奥维等加偏坐标；bd09 百度坐标。后两种会改正到 CGCS2000",
    ),
]
XOption = Annotated[
    str | None, typer.Option("--x", metavar="列", help="表格里经度（东坐标）所在的列；只写 --x 表示这一列里有整个坐标")
]
YOption = Annotated[str | None, typer.Option("--y", metavar="列", help="表格里纬度（北坐标）所在的列")]
PackedOption = Annotated[
    str | None, typer.Option("--packed", metavar="写法", help="dd.mmss：87.1830 表示 87 度 18 分 30 秒，不是十进制度")
]
RingsOption = Annotated[
    str | None, typer.Option("--rings-by", metavar="列", help="表格一行一个拐点时，按这一列把同值的行连成一个面")
]
MapOption = Annotated[
    list[str] | None, typer.Option("--map", metavar="字段=列", help="文件的字段对应图层的哪一列；可写多次")
]
GeometryOption = Annotated[
    str | None, typer.Option("--geometry", metavar="类型", help="面、线或点：文件里几种都有时只取一种")
]
SkipOption = Annotated[
    bool, typer.Option("--skip-bad-rows", help="跳过不能用的行，逐行列出原因；不写则有一行不能用就不导入")
]
ReportOption = Annotated[Path | None, typer.Option("--report", metavar="文件", help="把全部发现写成 .xlsx 或 .json")]

SHOWN_FINDINGS = 40
"""How many rows of findings the screen shows; ``--report`` holds all."""

_GEOMETRY = {"面": "area", "线": "line", "点": "point", "area": "area", "line": "line", "point": "point"}
_DATUMS = ("cgcs2000", "gcj02", "bd09")


@dataclass(frozen=True)
class FileOptions:
    """What may be told about a file: a group of `changji_geo.cli.option_groups`."""

    layer: LayerOption = None
    encoding: EncodingOption = None
    crs: CrsOption = None
    datum: DatumOption = None
    x: XOption = None
    y: YOption = None
    packed: PackedOption = None
    rings_by: RingsOption = None


@dataclass(frozen=True)
class TableOptions(FileOptions):
    """What may be told about a file whose columns become those of a layer."""

    mapping: MapOption = None
    geometry: GeometryOption = None


def read_options(told: FileOptions, *, skip_bad_rows: bool = False) -> ReadOptions:
    """The options as `changji_geo.read_any` takes them.

    Raises
    ------
    InputError
        A choice that does not exist, or a ``--map`` without ``=``.
    """
    found: dict[str, Any] = {
        "layer": told.layer,
        "encoding": told.encoding,
        "crs": told.crs,
        "datum": _choice("--datum", told.datum and told.datum.lower(), _DATUMS),
        "x": told.x,
        "y": told.y,
        "packed": _choice("--packed", told.packed and told.packed.lower(), ("dd.mmss",)),
        "rings_by": told.rings_by,
        "skip_bad_rows": skip_bad_rows,
        "confirm_datum": _confirm_datum if is_terminal(sys.stdin) else None,
    }
    if isinstance(told, TableOptions):
        found["overrides"] = dict(_pair(text) for text in told.mapping or [])
        found["geometry"] = _GEOMETRY.get(_choice("--geometry", told.geometry, tuple(_GEOMETRY)) or "")
    if told.y and not told.x:
        raise InputError("写了 --y 却没有 --x", fix="两个都写；一列里有整个坐标时只写 --x")
    return found  # type: ignore[return-value]


def show_findings(findings: Sequence[IntakeFinding]) -> None:
    """A table of the findings, worst first, many of one rule folded; then their counts."""
    from changji_geo.intake.reports import COLUMNS, counts_text, folded_rows

    if findings:
        say("")
        rows = folded_rows(findings)[:SHOWN_FINDINGS]
        table(COLUMNS[:5], rows)
        if len(rows) < len(findings):
            say(f"共 {len(findings)} 条，上面只列出一部分；加 --report 文件.xlsx 保存全部。")
    say(f"{counts_text(findings)}。")


def _confirm_datum(doubt: str) -> Datum:
    warn(doubt)
    return "gcj02" if typer.confirm("按 GCJ-02 改正坐标吗？", default=True, err=True) else "cgcs2000"


def _choice(option: str, given: str | None, known: tuple[str, ...]) -> str | None:
    if given and given not in known:
        raise InputError(f"{option} 没有“{given}”这一种", expected="、".join(known), fix=near_match(given, known))
    return given or None


def _pair(text: str) -> tuple[str, str]:
    name, equals, column = text.rpartition("=")
    if not equals or not name.strip() or not column.strip():
        raise InputError(f"--map 的写法不对：“{text}”", expected="字段=列，如 --map 保护区名称=reserve")
    return name.strip(), column.strip()
