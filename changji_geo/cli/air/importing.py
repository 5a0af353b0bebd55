"""``air import`` and ``air sample``: hourly files into one clean file, and made-up hours to try everything with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from changji_geo.cli.air.options import FindingsOption, SourceArgument, SourceOptions
from changji_geo.cli.air.outputs import require_outputs
from changji_geo.cli.air.session import counted, read_hours, show_findings_table, store_findings
from changji_geo.cli.console import progress_bar, say, table, warn
from changji_geo.cli.option_groups import with_option_groups
from changji_geo.errors import InputError

HOURS_FOLDER = "小时数据"
STATIONS_FILE = "示例站点表.csv"


@with_option_groups
def import_command(
    *,
    sources: SourceArgument,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="文件", help="整理后的小时数据：.parquet（快）或 .csv")],
    findings: FindingsOption = None,
    told: SourceOptions,
) -> None:
    """Files of any known layout -> one file of hours."""
    from changji_geo.monitoring.air.results.result_tables import HOUR_COLUMNS, hours_frame, sample_notes
    from changji_geo.resources import find_workspace
    from changji_geo.tablefile import write_table

    if out.suffix.lower() not in (".parquet", ".csv"):
        raise InputError("小时数据只能写成 .parquet 或 .csv", where=str(out), fix="改文件名的后缀")
    require_outputs(sources, out, findings)
    data = read_hours(sources, told, find_workspace(told.workspace))
    first, last = data.days
    frame = hours_frame(data)
    if out.suffix.lower() == ".csv" and (frame["timepoint"].dt.hour == 0).all():  # a midnight must keep its clock
        frame["timepoint"] = frame["timepoint"].dt.strftime("%Y-%m-%d %H:%M:%S")
    about = f"逐小时数据，{len(data.codes)} 个站点，{first} 至 {last}；时间是北京时间，时刻是该小时的结束"
    with progress_bar("写出小时数据"):
        written = write_table(
            out, frame, HOUR_COLUMNS, notes=[*sample_notes(data.sample), about, *_found_lines(data.findings)]
        )
    readings = int(frame[list(data.values)].notna().to_numpy().sum())
    rows = [
        ("写入", str(written)), ("站点", len(data.codes)), ("首日", str(first)), ("末日", str(last)),
        ("站时", len(frame)), ("读数", readings), ("发现", counted(data.findings)),
    ]  # fmt: skip
    table(("项目", "内容"), rows)
    for note in sample_notes(data.sample):
        warn(f"注意：{note}")
    show_findings_table(data.findings)
    if findings is not None:
        store_findings(findings, data.findings, data)


def _found_lines(findings: tuple[object, ...]) -> list[str]:
    return [f"发现：{getattr(f, 'message', '')}" for f in findings]


def sample_command(
    folder: Annotated[Path, typer.Argument(metavar="目录", help="写到这个文件夹")],
    stations: Annotated[int, typer.Option("--stations", metavar="个数", help="示例站点数，1 到 500")] = 14,
    year: Annotated[int, typer.Option("--year", metavar="年", help="哪一年")] = 2025,
    seed: Annotated[int, typer.Option("--seed", metavar="整数", help="随机数种子；同样的种子得到同样的文件")] = 1,
) -> None:
    """Made-up hours with the faults of real archives."""
    from changji_geo.monitoring.air.register_file import write_register
    from changji_geo.monitoring.air.sample import NOTE, write_sample_hours

    if not 2001 <= year <= 2098:
        raise InputError(f"--year {year} 不对", expected="2001 到 2098", fix="改正年份")
    if seed < 0:
        raise InputError(f"--seed {seed} 不对", expected="不小于 0 的整数", fix="改正种子")
    with progress_bar("生成示例数据"):
        made = write_sample_hours(folder / HOURS_FOLDER, year, stations, seed)
        register = write_register(folder / STATIONS_FILE, made.register)
    say(f"{folder / HOURS_FOLDER}：{len(made.files)} 个文件，{stations} 个站点，{year} 年。")
    say(f"{register}：站点表。")
    warn(f"注意：{NOTE}")
    say(f"下一步：changji-geo air stats {folder / HOURS_FOLDER} --stations {register} --period month --out 月报.xlsx")
