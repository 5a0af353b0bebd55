"""Options that the commands of ``air`` share, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from changji_geo.cli.options import WorkspaceOption
from changji_geo.errors import InputError, near_match

if TYPE_CHECKING:
    from changji_geo.monitoring.air.evaluation.places import PlaceKind

SourceArgument = Annotated[
    list[Path],
    typer.Argument(metavar="来源...", help="逐小时数据的文件或文件夹（CSV、XLSX、Parquet），或 air import 写出的文件"),
]
FindingsOption = Annotated[
    Path | None, typer.Option("--findings", metavar="文件", help="把全部发现写成表（.xlsx、.csv 或 .parquet）")
]
OutOption = Annotated[Path, typer.Option("--out", "-o", metavar="文件", help="结果表：.xlsx、.csv 或 .parquet")]
PeriodOption = Annotated[
    str,
    typer.Option(
        "--period",
        "-p",
        metavar="时段",
        help="month 逐月、year 逐年、heating 采暖季、assessment 考核年度，或 2025、2025-01、2025年一季度、2024-2025年采暖季、2025-01-01/2025-03-31",
    ),
]
AreaOption = Annotated[
    list[str] | None,
    typer.Option("--area", metavar="地点", help="只要这些：站点编码，县市或区域的名称或标识；可写多次"),
]
ByOption = Annotated[
    str,
    typer.Option(
        "--by",
        metavar="单元",
        help="station 站点、county 县市（不写就是它）、region 区域；县市和区域的值先取有效站点的平均",
    ),
]
ReplaceOption = Annotated[bool, typer.Option("--replace", help="工作区里已有同名的指标表或时间序列时替换它")]
SeriesOption = Annotated[
    str | None,
    typer.Option("--series", metavar="标识", help="同时写成工作区的时间序列 layers/series/标识，供带时间轴的地图使用"),
]
CompositeOption = Annotated[
    Path | None,
    typer.Option("--composite-table", metavar="文件", help="2026-03-01 起综合指数的限值和权重（TOML），自行核实后给出"),
]
DustOption = Annotated[
    Path | None,
    typer.Option("--dust", metavar="文件", help="沙尘日清单（CSV：日期、地点），给出含沙尘和扣除沙尘两套结果"),
]

KINDS = ("station", "county", "region")


@dataclass(frozen=True)
class SourceOptions:
    """What may be told about the hours."""

    stations: Annotated[
        Path | None,
        typer.Option(
            "--stations",
            metavar="文件",
            help="站点表（CSV：站点编码、站点名称、县市、县市代码、类型、经度、纬度）；不写则用图层 air_stations",
        ),
    ] = None
    station: Annotated[list[str] | None, typer.Option("--station", metavar="编码", help="只读这些站点；可写多次")] = (
        None
    )
    unknown: Annotated[
        str,
        typer.Option(
            "--unknown",
            metavar="方式",
            help="站点表里没有的站点：keep 保留，不归县市（不写就是它）；leave_out 略去并计数",
        ),
    ] = "keep"
    workspace: WorkspaceOption = None


def chosen_kind(text: str) -> PlaceKind:
    """The value of ``--by``.

    Raises
    ------
    InputError
        None of `KINDS`.
    """
    _require("--by", text, KINDS)
    return text  # type: ignore[return-value]


def chosen_unknown(text: str) -> Literal["keep", "leave_out"]:
    """The value of ``--unknown``.

    Raises
    ------
    InputError
        Neither of both.
    """
    _require("--unknown", text, ("keep", "leave_out"))
    return text  # type: ignore[return-value]


def _require(option: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise InputError(f"{option} 没有“{given}”这一种", expected="、".join(known), fix=near_match(given, known))
