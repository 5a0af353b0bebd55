"""``air rank`` and ``air calendar``: places in order, and the days of a year as a calendar."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from changji_geo.cli.air.evaluating import read_evaluation
from changji_geo.cli.air.options import (
    AreaOption,
    ByOption,
    CompositeOption,
    FindingsOption,
    OutOption,
    PeriodOption,
    SourceArgument,
    SourceOptions,
)
from changji_geo.cli.air.outputs import require_outputs
from changji_geo.cli.air.session import read_days, result_notes, tell_findings, write_result
from changji_geo.cli.console import progress_bar, say
from changji_geo.cli.option_groups import with_option_groups
from changji_geo.errors import InputError, near_match

if TYPE_CHECKING:
    import pandas as pd

    from changji_geo.monitoring.air.air_findings import AirFinding

FIGURES = (".png", ".svg", ".pdf")


@with_option_groups
def rank_command(
    *,
    sources: SourceArgument,
    period: PeriodOption,
    out: OutOption,
    value: Annotated[
        str,
        typer.Option(
            "--value",
            metavar="指标",
            help="composite 综合指数（不写就是它）、good_rate 优良率、good_days 优良天数、heavy_days 重度及以上污染天数、pm2_5、pm10、so2、no2、co、o3_8h",
        ),
    ] = "composite",
    by: ByOption = "county",
    area: AreaOption = None,
    png: Annotated[
        Path | None, typer.Option("--png", metavar="文件", help="同时画成排名图（.png、.svg 或 .pdf）；只能有一个时段")
    ] = None,
    composite_table: CompositeOption = None,
    findings: FindingsOption = None,
    told: SourceOptions,
) -> None:
    """Places in order, the best first."""
    from changji_geo.monitoring.air.evaluation.ranking import RANKED, rank_evaluation
    from changji_geo.monitoring.air.results.result_tables import ranking_table

    require_outputs(sources, out, findings, figure=png)
    if value not in RANKED:
        raise InputError(f"--value 没有“{value}”这一种", expected="、".join(RANKED), fix=near_match(value, RANKED))
    if png is not None:
        _require_figure(png)
    days, done = read_evaluation(
        sources, told, by=by, area=area, period=period, composite_table=composite_table
    )  # fmt: skip
    ranked = rank_evaluation(done, value)
    every = (*days.findings, *(f for f in done.findings if value == "composite" or f.rule != "no-composite"))
    sample = days.data.sample
    labels = list(dict.fromkeys(ranked.frame["label"]))
    if png is not None and len(labels) > 1:
        raise InputError(
            f"有 {len(labels)} 个时段，一张排名图只画一个",
            where="--png",
            expected="如 --period 2025-01",
            fix=f"选其中一个：{'、'.join(labels[:6])}",
        )
    if ranked.frame["rank"].isna().all():
        reasons = list(dict.fromkeys(r for r in ranked.frame["reason"] if r))
        raise InputError(
            "没有一个地点有名次：" + "；".join(reasons[:3]), where=period, fix="换一个时段，或按 --value 的其他项目排名"
        )
    notes = result_notes(days, every)
    write_result(out, [ranking_table(ranked.frame, ranked.column, days.places, sample=sample)], notes)
    if png is not None:
        from changji_geo.report.figures.ranking import write_ranking

        with progress_bar("画排名图"):
            whole = ranked.frame[ranked.frame["part"] == "全段"]
            whole = whole.assign(place=whole["place"].map(days.places.names))
            write_ranking(
                png,
                whole,
                title=f"{labels[0]}{ranked.column.title}排名",
                notices=_notices(days.data.sample, every),
                by=ranked.column.id,
            )
        say(f"已写出 {png}。")
    tell_findings(every, findings, days.data)


@with_option_groups
def calendar_command(
    *,
    sources: SourceArgument,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="文件", help="日历图：.png、.svg 或 .pdf")],
    by: ByOption = "county",
    area: AreaOption = None,
    period: Annotated[
        str | None,
        typer.Option(
            "--period", "-p", metavar="时段", help="只画这一段：2025、2025-01 或 2025-04-01/2026-03-31；不写则画全部"
        ),
    ] = None,
    findings: FindingsOption = None,
    told: SourceOptions,
) -> None:
    """The AQI of every day as a calendar."""
    from changji_geo.monitoring.air.evaluation.daily import crossing_warning
    from changji_geo.report.figures.calendar import write_calendar

    _require_figure(out)
    require_outputs(sources, out, findings, table=False)
    days = read_days(sources, told, by, area)
    frame = days.daily.assign(place=days.daily["place"].astype(str).map(days.places.names))
    if period is not None:
        frame = _within(frame, period)
    first, last = frame["date"].min(), frame["date"].max()
    names = list(dict.fromkeys(frame["place"]))
    title = f"{names[0]}空气质量日历" if len(names) == 1 else "空气质量日历"
    with progress_bar("画日历图"):
        write_calendar(
            out, frame, title=title, subtitle=f"{first:%Y-%m-%d} 至 {last:%Y-%m-%d}",
            notices=_notices(days.data.sample, ()),
        )  # fmt: skip
    say(f"已写出 {out}：{len(names)} 处，{(last - first).days + 1} 天。")
    crossing = crossing_warning(frame)
    tell_findings(days.findings, findings, days.data, told=[f"{crossing}。"] if crossing else [])


def _within(frame: pd.DataFrame, period: str) -> pd.DataFrame:
    """The days of one period."""
    from changji_geo.monitoring.air.evaluation.period_text import parse_periods

    first, last = frame["date"].min().date(), frame["date"].max().date()
    wanted = parse_periods(period, first, last)
    if len(wanted) > 1:
        raise InputError(
            f"--period {period} 有 {len(wanted)} 个时段，日历只画一段",
            expected="如 2025 或 2025-04-01/2026-03-31",
            fix="选其中一个",
        )
    inside: pd.DataFrame = frame[(frame["date"].dt.date >= wanted[0].start) & (frame["date"].dt.date <= wanted[0].end)]
    if inside.empty:
        raise InputError(f"数据里没有时段“{period}”的日子", where=f"数据从 {first} 到 {last}", fix="改 --period")
    return inside


def _require_figure(path: Path) -> None:
    if path.suffix.lower() not in FIGURES:
        raise InputError(
            f"图不能写成“{path.suffix or path.name}”",
            where=str(path),
            expected="、".join(FIGURES),
            fix=near_match(path.suffix.lower(), FIGURES),
        )


def _notices(sample: bool, findings: tuple[AirFinding, ...]) -> tuple[str, ...]:
    from changji_geo.monitoring.air.results.result_tables import sample_notes

    crossing = [f.message for f in findings if f.rule == "crossing-editions"]
    return (*sample_notes(sample), *crossing)
