"""What every command of ``air`` does before and after its own work: read the hours, tell and write what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from changji_geo.cli.air.options import SourceOptions, chosen_kind, chosen_unknown
from changji_geo.cli.air.outputs import remove_stale
from changji_geo.cli.console import progress_bar, say, table, warn
from changji_geo.types import LEVELS_ZH

if TYPE_CHECKING:
    import pandas as pd

    from changji_geo.monitoring.air.air_findings import AirFinding
    from changji_geo.monitoring.air.evaluation.places import AirPlaces
    from changji_geo.monitoring.air.hours import HourlyAir
    from changji_geo.resources import Workspace
    from changji_geo.tablefile import ResultTable

SHOWN_WARNINGS = 8
"""How many findings are told after the work; ``--findings`` holds all."""


@dataclass(frozen=True)
class DaysOfPlaces:
    """Hours read and evaluated by day."""

    data: HourlyAir
    places: AirPlaces
    daily: pd.DataFrame
    workspace: Workspace
    findings: tuple[AirFinding, ...]

    @property
    def origin(self) -> str:
        """Where the numbers come from, without file names, for values on maps."""
        first, last = self.data.days
        return f"环境空气逐小时数据（{first} 至 {last}）计算"


def read_hours(sources: Sequence[Path], told: SourceOptions, workspace: Workspace) -> HourlyAir:
    """The hours, with a progress bar over the files."""
    from changji_geo.monitoring.air.reading.loading import load_hours
    from changji_geo.monitoring.air.register_file import load_register
    from changji_geo.monitoring.air.stations import station_register

    unknown = chosen_unknown(told.unknown)
    register = load_register(told.stations) if told.stations is not None else station_register(workspace)
    with progress_bar("读取小时数据") as step:
        return load_hours(
            list(sources), register=register, codes=told.station or None, unknown=unknown,
            progress=lambda done, total: step(done, total, ""),
        )  # fmt: skip


def read_days(sources: Sequence[Path], told: SourceOptions, by: str, areas: Sequence[str] | None) -> DaysOfPlaces:
    """The days of stations, counties or regions."""
    from changji_geo.monitoring.air.evaluation.places import build_place_daily, choose_places
    from changji_geo.resources import find_workspace

    kind, space = chosen_kind(by), find_workspace(told.workspace)
    data = read_hours(sources, told, space)
    places = choose_places(data.stations, kind, areas or (), workspace=space)
    with progress_bar("计算日值"):
        daily = build_place_daily(data, places)
    return DaysOfPlaces(data, places, daily, space, (*data.findings, *places.findings))


def result_notes(days: DaysOfPlaces, findings: Iterable[AirFinding], extra: Sequence[str] = ()) -> list[str]:
    """The lines of the sheet 说明: made-up data first, then sources, standards, warnings."""
    from changji_geo.monitoring.air.evaluation.places import KINDS_ZH
    from changji_geo.monitoring.air.results.result_tables import sample_notes

    first, last = days.data.days
    standards = "、".join(dict.fromkeys(str(s) for s in days.daily["standard"].dropna().unique()))
    kind = days.places.kind
    mean = "" if kind == "station" else f"{KINDS_ZH[kind]}值先取各有效评价点日值的平均，修约后再评价。"
    return [
        *sample_notes(days.data.sample),
        f"数据：{len(days.data.codes)} 个站点，{first} 至 {last} 的小时值；时间是北京时间，时刻是该小时的结束。",
        f"评价标准：{standards}。{mean}",
        "日值有效性按 GB 3095 表 4，臭氧日最大 8 小时按 HJ 663；修约按 GB/T 8170。",
        *extra,
        *(f"警告：{f.message}" for f in findings if f.level == "warning"),
    ]


def store_findings(path: Path, findings: Sequence[AirFinding], data: HourlyAir) -> None:
    """Write the findings, file by file, and the runs of hours that no file has."""
    from changji_geo.monitoring.air.air_findings import table_findings
    from changji_geo.monitoring.air.results.result_tables import gaps_table, sample_notes
    from changji_geo.tablefile import write_findings

    notes = sample_notes(data.sample)
    written = write_findings(path, table_findings(findings), notes=notes, more=[gaps_table(data)])
    say(f"发现写入 {written}：{counted(findings)}。")


def tell_findings(
    findings: Sequence[AirFinding], path: Path | None, data: HourlyAir, *, told: Sequence[str] = ()
) -> None:
    """Write the findings where that was asked for, and tell the warnings on standard error."""
    from changji_geo.monitoring.air.results.result_tables import sample_notes

    for note in (*sample_notes(data.sample), *told):
        warn(f"注意：{note}")
    grave = [f for level in ("error", "warning") for f in findings if f.level == level]
    for finding in grave[:SHOWN_WARNINGS]:
        warn(f"{LEVELS_ZH[finding.level]}：{finding.message}{_place(finding)}")
    if len(grave) > SHOWN_WARNINGS:
        warn(f"……另有 {len(grave) - SHOWN_WARNINGS} 类。")
    if path is not None:
        store_findings(path, findings, data)
    elif findings:
        warn(f"发现：{counted(findings)}；加 --findings 文件 保存全部。")


def counted(findings: Sequence[AirFinding]) -> str:
    """How many kinds of findings of each level.

    Examples
    --------
    >>> counted([])
    '没有发现'
    """
    counts = Counter(f.level for f in findings)
    return "，".join(f"{word} {counts[level]} 类" for level, word in LEVELS_ZH.items() if counts[level]) or "没有发现"


def _place(finding: AirFinding) -> str:
    if not finding.file:
        return ""
    rows = f" 第 {'、'.join(map(str, finding.rows))} 行" if finding.rows else ""
    return f"（{finding.file}{rows}）"


def show_findings_table(findings: Sequence[AirFinding]) -> None:
    """All findings on the screen, the gravest first."""
    from changji_geo.monitoring.air.air_findings import table_findings
    from changji_geo.tablefile import FINDING_COLUMNS, findings_frame

    if findings:
        say("")
        frame = findings_frame(table_findings(findings, by_file=False))
        table([c.caption for c in FINDING_COLUMNS], frame.values.tolist())


def write_result(path: Path, tables: Sequence[ResultTable], notes: Sequence[str]) -> None:
    """Write the tables and say how many rows each has; tables of an earlier run that are none of this one are removed."""
    from changji_geo.tablefile import notes_file, write_tables

    with progress_bar("写出结果"):
        written = write_tables(path, tables, notes=notes)
        stale = remove_stale(path, written)
    for file in stale:
        say(f"已删除 {file}：上次的表，这次没有。")
    if len(written) == len(tables):
        for file, one in zip(written, tables, strict=True):
            say(f"已写出 {file}：{one.name} {len(one.frame)} 行。")
    else:
        say(f"已写出 {path}：{'，'.join(f'{one.name} {len(one.frame)} 行' for one in tables)}。")
    if path.suffix.lower() == ".csv":
        say(f"说明在 {notes_file(path)}。")
