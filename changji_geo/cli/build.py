"""``changji-geo build``: every map of the workspace, and the gallery."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from changji_geo.cli.console import progress_bar, say, table, warn
from changji_geo.cli.options import WorkspaceOption

NAME = "build"
HELP = "生成工作区的全部地图（或写出的几幅）和图库 index.html。"
EPILOG = """
例：
  changji-geo build --out out
  changji-geo build overview air_quality --formats html,png

一幅地图出错不影响其他地图；图库只列本次生成的地图。
"""


def command(
    maps: Annotated[
        list[str] | None, typer.Argument(metavar="[地图]...", help="地图标识或 .toml 文件；不写则全部")
    ] = None,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="目录", help="输出文件夹，默认 out")] = Path("out"),
    workspace: WorkspaceOption = None,
    formats: Annotated[
        str, typer.Option("--formats", "-f", metavar="格式", help="逗号分隔：html,png,pdf,svg，默认全部")
    ] = "html,png,pdf,svg",
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", metavar="N", help="同时运行的进程数；不写则按处理器数目")
    ] = None,
) -> None:
    """Build maps and say how long each took."""
    from changji_geo.report.build import build_maps, parse_formats
    from changji_geo.resources import find_workspace

    with progress_bar("制图") as step:
        report = build_maps(
            maps or None,
            out=out,
            workspace=find_workspace(workspace),
            formats=parse_formats(formats),
            jobs=jobs,
            progress=step,
        )
    if report.maps:
        rows = [
            (m.id, m.title, "、".join(f.format for f in m.files), f"{m.size_bytes / 1e6:.1f}", f"{m.seconds:.1f}")
            for m in report.maps
        ]
        table(("地图", "标题", "格式", "大小（MB）", "用时（秒）"), rows)
        say(f"已生成 {len(report.maps)} 幅地图，用时 {report.seconds:.1f} 秒。图库：{report.gallery}")
    for failure in report.failures:
        warn(f"错误：地图 {failure.id} 未生成。{failure.message}")
    if report.exit_code:
        warn(f"{len(report.failures)} 幅地图未生成。")
        raise typer.Exit(report.exit_code)
