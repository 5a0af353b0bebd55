"""``fires sample``: a made-up FIRMS file to try the commands on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from changji_geo.cli.console import say
from changji_geo.cli.options import parse_day
from changji_geo.errors import InputError


def sample_command(
    file: Annotated[Path, typer.Argument(metavar="文件", help="要写的 .csv")],
    date: Annotated[
        str | None, typer.Option("--date", metavar="日期", help="北京时间的一天，如 2026-03-26（不写时）")
    ] = None,
    fires: Annotated[int, typer.Option("--fires", metavar="个数", help="农田火点数，另有 6 处在别处；不写为 26")] = 26,
    seed: Annotated[int, typer.Option("--seed", metavar="数", help="随机种子，同样的数得到同样的文件")] = 2026,
    replace: Annotated[bool, typer.Option("--replace", help="文件已存在时替换它")] = False,
) -> None:
    """Write the sample."""
    from changji_geo.files import write_atomic
    from changji_geo.monitoring.fires.sample import SAMPLE_DAY, sample_firms

    if file.suffix.lower() != ".csv":
        raise InputError("示例火点只能写成 .csv", where=str(file), fix="改文件名的后缀")
    if file.exists() and not replace:
        raise InputError("文件已经存在", where=str(file), fix="换一个文件名，或加 --replace")
    if seed < 0:
        raise InputError(f"随机种子 {seed} 不对", where="--seed", expected="0 或更大的整数", fix="换一个数")
    text = sample_firms(day=parse_day("--date", date) or SAMPLE_DAY, fires=fires, seed=seed)
    say(f"已写出 {write_atomic(file, text)}：{text.count(chr(10)) - 1} 个探测点，示例数据，不是卫星火点。")
