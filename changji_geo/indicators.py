"""Indicator tables ``layers/indicators/`` -> numbers attached to a layer, or one key figure; each with its source.

``indicators.toml`` defines the indicators and names the source documents; every ``*.csv`` beside it holds values, one
place and period a row. A workspace's own table adds to the shipped one and wins key by key.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import Field

from changji_geo.catalog import Layer
from changji_geo.csvfile import read_csv
from changji_geo.errors import IndicatorError, near_match
from changji_geo.layer_description import Column
from changji_geo.resources import Workspace, find_workspace
from changji_geo.specfile import Slug, Strict, check_model, read_toml

Direction = Literal["higher_better", "lower_better", "neutral"]
Key = tuple[str, str, str, str]

_COLUMNS = ("indicator", "layer", "area", "period", "value", "source", "quote", "sample")
_REQUIRED = _COLUMNS[:6]
_SOURCE_ID = r"[a-z][a-z0-9_]*"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator. ``unit`` is as printed (微克/立方米); ``source`` names the document that defines it."""

    id: str
    name: str
    unit: str
    direction: Direction
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class IndicatorValue:
    """One number: an indicator's value for one feature (`area`) of one layer and one period.

    ``source`` is readable Chinese, ``quote`` the phrase it was taken from, ``where`` the file and row. ``sample``: made up,
    and every map says so (示例数据).
    """

    indicator: Indicator
    layer: str
    area: str
    period: str
    value: float
    source: str
    quote: str = ""
    where: str = ""
    sample: bool = False

    @property
    def period_text(self) -> str:
        """The period as printed, see `period_text`."""
        return period_text(self.period)


@dataclass(frozen=True)
class IndicatorTable:
    """Definitions by id, and all values in the order read."""

    indicators: Mapping[str, Indicator]
    values: tuple[IndicatorValue, ...] = field(default=())

    def indicator(self, indicator_id: str) -> Indicator:
        """The definition of `indicator_id`; raises `IndicatorError` with a near match when there is none."""
        if indicator_id not in self.indicators:
            raise IndicatorError(f"没有指标“{indicator_id}”", fix=near_match(indicator_id, self.indicators))
        return self.indicators[indicator_id]

    def select(
        self, indicator: str, *, layer: str | None = None, area: str | None = None, period: str | None = None
    ) -> tuple[IndicatorValue, ...]:
        """The values of an existing indicator that match all that is given, in the order read."""
        self.indicator(indicator)
        return tuple(
            v
            for v in self.values
            if v.indicator.id == indicator
            and (layer is None or v.layer == layer)
            and (area is None or v.area == area)
            and (period is None or v.period == period)
        )


def load_indicators(workspace: Workspace | None = None) -> IndicatorTable:
    """Read the indicator tables of the workspace over the shipped ones.

    Parameters
    ----------
    workspace : Workspace, optional
        The one in force by default.

    Returns
    -------
    IndicatorTable
        A workspace's definition replaces the shipped one of the same id, its value the shipped one of the same
        indicator, layer, area and period. Rows with an empty value are left out.

    Raises
    ------
    IndicatorError
        A file is missing or malformed, a column is missing or unknown, an indicator is not defined, a value is not a
        number, or two rows of one folder have the same key. The message names file and row.

    Examples
    --------
    >>> get_figure(load_indicators(), "heating_season_pm25_mean", "wcs_west4").value
    35.0
    """
    indicators: dict[str, Indicator] = {}
    sources: dict[str, str] = {}
    values: dict[Key, IndicatorValue] = {}
    for folder in (workspace or find_workspace()).indicator_dirs():
        definitions = folder / "indicators.toml"
        tables = sorted(folder.glob("*.csv"))
        if definitions.is_file():
            found = check_model(
                _DefinitionFile,
                read_toml(definitions, error=IndicatorError),
                where=str(definitions),
                error=IndicatorError,
            )
            sources |= found.sources
            indicators |= _definitions(found, definitions)
        # Values keep the definition they were read with; a workspace may redefine a shipped indicator's unit or name.
        values = {k: dataclasses.replace(v, indicator=indicators[v.indicator.id]) for k, v in values.items()}
        own: dict[Key, IndicatorValue] = {}
        for path in tables:
            for value in _read_values(path, indicators, sources):
                key = (value.indicator.id, value.layer, value.area, value.period)
                if key in own:
                    raise IndicatorError(
                        f"指标“{key[0]}”在 {key[1]} {key[2]} {key[3]} 有两行",
                        where=value.where,
                        expected="同一指标、图层、要素和时段只有一行",
                        fix=f"与 {own[key].where} 比较后删去一行",
                    )
                own[key] = value
        values |= own
    return IndicatorTable(indicators, tuple(values.values()))


def attach_indicators(
    layer: Layer,
    indicator: str,
    *,
    period: str | None = None,
    table: IndicatorTable | None = None,
    workspace: Workspace | None = None,
) -> Layer:
    """A layer with an indicator's values in its attribute table.

    Parameters
    ----------
    layer : Layer
        Joined by its column ``id``; not altered.
    indicator : str
        Indicator id.
    period : str, optional
        As in the table (``"2023-10/2024-03"``). May be left out when the layer has values for one period only.
    table : IndicatorTable, optional
        `load_indicators` of the workspace by default.
    workspace : Workspace, optional
        The one in force by default; not used when `table` is given.

    Returns
    -------
    Layer
        The same features in the same order. New columns ``value`` (float, NaN where there is none), ``unit``, ``period``
        (printed form), ``source`` and ``quote`` (both "" where there is no value) take the place of columns of the same
        name; the layer's own source stays in its metadata. ``meta.columns`` describes them; ``meta.sample`` is set where
        one of them is made up.

    Raises
    ------
    IndicatorError
        No such indicator (with a near match); no value for this layer (the message says which layers have some); no such
        period, or several and none chosen (the message lists them); a value for an area that the layer does not have.

    Examples
    --------
    >>> from changji_geo.catalog import load_layer
    >>> joined = attach_indicators(load_layer("regions"), "heating_season_pm25_mean")
    >>> float(joined.frame.set_index("id").loc["wcs_west4", "value"])
    35.0
    """
    data = table if table is not None else load_indicators(workspace)
    definition = data.indicator(indicator)
    chosen = _one_period(_of_layer(data, indicator, layer.meta.id), period, f"指标“{indicator}”在图层 {layer.meta.id} ")
    by_area = {v.area: v for v in chosen}
    ids = [str(i) for i in layer.frame["id"]]
    stray = [v for v in chosen if v.area not in set(ids)]
    if stray:
        raise IndicatorError(
            f"指标“{indicator}”有数值属于图层 {layer.meta.id} 没有的要素“{stray[0].area}”",
            where=stray[0].where,
            expected="图层列 id 中的编号",
            fix=near_match(stray[0].area, ids),
        )
    rows = [by_area.get(i) for i in ids]
    frame = layer.frame.copy()
    frame["value"] = [math.nan if v is None else v.value for v in rows]
    frame["unit"] = definition.unit
    frame["period"] = chosen[0].period_text
    frame["source"] = ["" if v is None else v.source for v in rows]
    frame["quote"] = ["" if v is None else v.quote for v in rows]
    frame = frame[[c for c in frame.columns if c != "geometry"] + ["geometry"]]
    added = (
        Column("value", "number", definition.name, definition.unit, definition.note),
        Column("unit", "text", "单位"),
        Column("period", "text", "时段"),
        Column("source", "text", "数据来源"),
        Column("quote", "text", "原文"),
    )
    names = {c.name for c in added}
    columns = (*(c for c in layer.meta.columns if c.name not in names), *added)
    sample = layer.meta.sample or any(v.sample for v in chosen)
    return Layer(dataclasses.replace(layer.meta, columns=columns, sample=sample), frame)


def get_figure(
    table: IndicatorTable, indicator: str, area: str, period: str | None = None, *, layer: str | None = None
) -> IndicatorValue:
    """One number for a key-figures panel.

    Parameters
    ----------
    table : IndicatorTable
    indicator : str
        Indicator id.
    area : str
        Feature id: ``"652300"``, ``"652301"``, ``"wcs_west4"``.
    period : str, optional
        As in the table; may be left out when there is only one.
    layer : str, optional
        Layer id, needed only when two layers have a feature of that id.

    Returns
    -------
    IndicatorValue

    Raises
    ------
    IndicatorError
        No such indicator or no value for the area (both with a near match); no such period, or several and none chosen;
        the area is in several layers.
    """
    known = table.select(indicator, layer=layer)
    found = [v for v in known if v.area == area]
    if not found:
        raise IndicatorError(f"指标“{indicator}”没有“{area}”的数值", fix=near_match(area, [v.area for v in known]))
    layers = sorted({v.layer for v in found})
    if len(layers) > 1:
        raise IndicatorError(
            f"“{area}”同时是几个图层的要素：{'、'.join(layers)}", where=f"指标“{indicator}”", fix="指明图层"
        )
    return _one_period(found, period, f"指标“{indicator}”的“{area}”")[0]


def period_text(period: str) -> str:
    """A period as printed.

    ``2023`` -> 2023年; ``2021-09`` -> 2021年9月; ``2023-10/2024-03`` -> 2023—2024年采暖季; ``2023-04/2024-03`` ->
    2023年4月—2024年3月; a word before or after stays: ``至2025`` -> 至2025年, ``2024计划`` -> 2024年计划. Anything else is
    given back as it is.

    Examples
    --------
    >>> period_text("2023-10/2024-03")
    '2023—2024年采暖季'
    """
    season = re.fullmatch(r"(\d{4})-10/(\d{4})-03", period)
    if season and int(season[2]) == int(season[1]) + 1:
        return f"{season[1]}—{season[2]}年采暖季"
    years = re.fullmatch(r"(\d{4})/(\d{4})", period)
    if years:
        return f"{years[1]}—{years[2]}年"
    return re.sub(r"\d{4}(-\d{2}(-\d{2})?)?", lambda m: _date_text(m[0]), period).replace("/", "—")


class _IndicatorEntry(Strict):
    id: Slug
    name: str = Field(min_length=1, max_length=60)
    unit: str = Field(max_length=20)
    direction: Direction
    source: str = ""
    note: str = ""


class _DefinitionFile(Strict):
    sources: dict[str, str] = Field(default_factory=dict)
    indicators: list[_IndicatorEntry] = Field(default_factory=list)


def _definitions(found: _DefinitionFile, path: Path) -> dict[str, Indicator]:
    out: dict[str, Indicator] = {}
    for entry in found.indicators:
        if entry.id in out:
            raise IndicatorError(f"指标“{entry.id}”定义了两次", where=str(path), fix="删去一处")
        out[entry.id] = Indicator(**(entry.model_dump() | {"source": found.sources.get(entry.source, entry.source)}))
    return out


def _read_values(
    path: Path, indicators: Mapping[str, Indicator], sources: Mapping[str, str]
) -> Iterable[IndicatorValue]:
    for where, row in read_csv(path, columns=_COLUMNS, required=_REQUIRED, error=IndicatorError):
        definition = indicators.get(row["indicator"])
        if definition is None:
            raise IndicatorError(
                f"没有定义指标“{row['indicator']}”",
                where=where,
                expected="indicators.toml 中定义的指标",
                fix=near_match(row["indicator"], indicators),
            )
        for name in ("layer", "area", "period"):
            if not row[name]:
                raise IndicatorError(f"列“{name}”是空的", where=where, fix="补上取值")
        source = row["source"]
        if re.fullmatch(_SOURCE_ID, source) and source not in sources:
            raise IndicatorError(
                f"没有来源“{source}”",
                where=where,
                expected="indicators.toml 的 [sources] 中的编号，或写明来源的文字",
                fix=near_match(source, sources),
            )
        if row["value"] and not source:
            raise IndicatorError("列“source”是空的", where=where, expected="每个数值都有来源", fix="补上来源")
        if row["value"]:
            yield IndicatorValue(
                definition,
                row["layer"],
                row["area"],
                row["period"],
                _number(row["value"], where),
                sources.get(source, source),
                row.get("quote", ""),
                where,
                _sample(row.get("sample", ""), where),
            )


def _number(text: str, where: str) -> float:
    try:
        value = math.nan if "_" in text else float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise IndicatorError(
            f"列“value”的取值“{text}”不是数字",
            where=where,
            expected="如 35 或 -19.2，不带单位、逗号和百分号",
            fix="改正；没有数值就留空",
        )
    return value


def _sample(text: str, where: str) -> bool:
    if text not in ("", "true", "false"):
        raise IndicatorError(
            f"列“sample”的取值“{text[:40]}”不认识",
            where=where,
            expected="true（示例数据），或 false、留空",
            fix="改正取值",
        )
    return text == "true"


def _of_layer(table: IndicatorTable, indicator: str, layer_id: str) -> tuple[IndicatorValue, ...]:
    """An indicator's values for a layer; none at all is an error that says where there are some."""
    found = table.select(indicator, layer=layer_id)
    if not found:
        elsewhere = sorted({v.layer for v in table.select(indicator)})
        raise IndicatorError(
            f"指标“{indicator}”没有图层 {layer_id} 的数值",
            expected=f"有数值的图层：{'、'.join(elsewhere)}" if elsewhere else None,
            fix="换用上述图层" if elsewhere else "在 layers/indicators 的 CSV 中补上数值",
        )
    return found


def _one_period(values: Iterable[IndicatorValue], period: str | None, what: str) -> tuple[IndicatorValue, ...]:
    """The values of the period asked for, or of the only one there is."""
    found = tuple(values)
    periods = list(dict.fromkeys(v.period for v in found))
    if period is None and len(periods) > 1:
        raise IndicatorError(f"{what}有几个时段：{'、'.join(periods)}", fix="用 period 指明一个")
    if period is not None and period not in periods:
        raise IndicatorError(f"{what}没有时段“{period}”的数值", fix=near_match(period, periods))
    return found if period is None else tuple(v for v in found if v.period == period)


def _date_text(text: str) -> str:
    year, *rest = text.split("-")
    return f"{year}年" + "".join(f"{int(n)}{unit}" for n, unit in zip(rest, "月日", strict=False))
