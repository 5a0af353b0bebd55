"""``air daily`` and ``air stats``: days and periods of stations, counties and regions, for people and for maps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from changji_geo.cli.air.options import (
    AreaOption,
    ByOption,
    CompositeOption,
    DustOption,
    FindingsOption,
    OutOption,
    PeriodOption,
    ReplaceOption,
    SeriesOption,
    SourceArgument,
    SourceOptions,
)
from changji_geo.cli.air.outputs import require_outputs
from changji_geo.cli.air.session import (
    DaysOfPlaces,
    read_days,
    result_notes,
    tell_findings,
    write_result,
)
from changji_geo.cli.console import say
from changji_geo.cli.option_groups import with_option_groups
from changji_geo.cli.series_place import own_workspace, require_series_place
from changji_geo.errors import InputError

if TYPE_CHECKING:
    from changji_geo.monitoring.air.evaluation.evaluating import Evaluation
    from changji_geo.resources import Workspace
    from changji_geo.series import Series


@with_option_groups
def daily_command(
    *,
    sources: SourceArgument,
    out: OutOption,
    by: ByOption = "county",
    area: AreaOption = None,
    findings: FindingsOption = None,
    series: SeriesOption = None,
    replace: ReplaceOption = False,
    told: SourceOptions,
) -> None:
    """Daily values and AQI."""
    from changji_geo.monitoring.air.evaluation.daily import crossing_warning
    from changji_geo.monitoring.air.results.air_series import daily_series
    from changji_geo.monitoring.air.results.result_tables import daily_table

    require_outputs(sources, out, findings)
    if series is not None:
        require_series_place(series, told.workspace, replace=replace)
    days = read_days(sources, told, by, area)
    crossing = crossing_warning(days.daily)
    extra = [f"警告：{crossing}。"] if crossing else []
    sample = days.data.sample
    made = (
        daily_series(days.daily, days.places, series, origin=days.origin, sample=sample) if series is not None else None
    )
    write_result(out, [daily_table(days.daily, days.places, sample=sample)], result_notes(days, days.findings, extra))
    _store_series(made, days.workspace)
    tell_findings(days.findings, findings, days.data, told=[f"{crossing}。"] if crossing else [])


@with_option_groups
def stats_command(
    *,
    sources: SourceArgument,
    period: PeriodOption,
    out: OutOption,
    by: ByOption = "county",
    area: AreaOption = None,
    compare: Annotated[bool, typer.Option("--compare", help="与上年同期比较；来源里要有上一年的文件")] = False,
    dust: DustOption = None,
    area_class: Annotated[
        int, typer.Option("--area-class", metavar="1或2", help="GB 3095 的功能区：1 一类区，2 二类区")
    ] = 2,
    composite_table: CompositeOption = None,
    findings: FindingsOption = None,
    indicators: Annotated[
        bool, typer.Option("--indicators", help="同时写成工作区的指标 layers/indicators/，地图和图层直接取用")
    ] = False,
    series: SeriesOption = None,
    replace: ReplaceOption = False,
    told: SourceOptions,
) -> None:
    """Statistics of periods."""
    from changji_geo.monitoring.air.results.air_series import period_series
    from changji_geo.monitoring.air.results.indicator_values import indicator_values
    from changji_geo.monitoring.air.results.result_tables import evaluation_tables

    require_outputs(sources, out, findings)
    if series is not None:
        require_series_place(series, told.workspace, replace=replace)
    if indicators:
        own_workspace(told.workspace)
    days, done = read_evaluation(
        sources, told, by=by, area=area, period=period, dust=dust, area_class=area_class,
        composite_table=composite_table, compare=compare,
    )  # fmt: skip
    sample = days.data.sample
    every = (*days.findings, *done.findings)
    made = (
        period_series(done, period.strip(), days.places, series, origin=days.origin, sample=sample)
        if series is not None
        else None
    )
    values = indicator_values(done, days.places, origin=days.origin, sample=sample) if indicators else ()
    if values:
        from changji_geo.intake.indicators.importing import store_indicators

        path = store_indicators(values, out.stem, workspace=days.workspace, replace=replace)
        names = "、".join(dict.fromkeys(v.indicator.id for v in values))
        say(f"指标写入 {path}：{len(values)} 个数值（{names}），图层 {days.places.layer}。")
    write_result(out, evaluation_tables(done, days.places, sample=sample), result_notes(days, every))
    _store_series(made, days.workspace)
    tell_findings(every, findings, days.data)


def read_evaluation(
    sources: list[Path],
    told: SourceOptions,
    *,
    by: str,
    area: list[str] | None,
    period: str,
    dust: Path | None = None,
    area_class: int = 2,
    composite_table: Path | None = None,
    compare: bool = False,
) -> tuple[DaysOfPlaces, Evaluation]:
    """The days of places, and the statistics of the periods that a text names."""
    from changji_geo.monitoring.air.evaluation.composite import load_composite_table
    from changji_geo.monitoring.air.evaluation.dust import load_dust_days
    from changji_geo.monitoring.air.evaluation.evaluating import evaluate_periods
    from changji_geo.monitoring.air.evaluation.period_text import parse_periods

    if area_class not in (1, 2):
        raise InputError(f"--area-class 没有 {area_class}", expected="1 一类区，2 二类区", fix="改成 1 或 2")
    table = load_composite_table(composite_table) if composite_table is not None else None
    dust_days = load_dust_days(dust) if dust is not None else None
    days = read_days(sources, told, by, area)
    first, last = (days.daily["date"].min().date(), days.daily["date"].max().date())
    periods = parse_periods(period, first, last)
    if all(p.end < first or p.start > last for p in periods):
        raise InputError(
            f"数据里没有时段“{period}”的日子",
            where=f"数据从 {first} 到 {last}",
            fix="改 --period，或给出那段时间的文件",
        )
    done = evaluate_periods(
        days.daily, periods, area_class=area_class, dust=dust_days, composite=table, compare=compare  # type: ignore[arg-type]
    )  # fmt: skip
    return days, done


def _store_series(made: Series | None, workspace: Workspace) -> None:
    if made is None:
        return
    from changji_geo.series import write_series

    described, _ = write_series(made, workspace.roots[0] / "layers" / "series")
    say(
        f"时间序列写入 {described}：{len(made.areas)} 处，{made.times[0]} 至 {made.times[-1]} 共 {len(made.times)} 个时刻，"
        f"图层 {made.meta.layer}。"
    )
