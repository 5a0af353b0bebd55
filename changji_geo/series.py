"""Series ``layers/series/<id>.toml`` + ``<id>.csv``: values of a layer's features at regular moments, for maps in time.

The table has the columns ``area`` (a feature's id), ``time`` and those that the description names, one row an area and
moment, in any order. A row that is not there, or a blank cell, is a moment without a value; nothing is filled in.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from changji_geo.catalog import Layer, load_layer
from changji_geo.errors import LayerError, near_match
from changji_geo.files import write_atomic
from changji_geo.layer_description import Column
from changji_geo.moments import STEP_FORM, STEP_ZH, moment_label, moment_number, moment_text
from changji_geo.moments import Step as Step
from changji_geo.resources import Workspace, find_workspace
from changji_geo.sample_words import SAMPLE_NOTICE
from changji_geo.series_table import KEYS, SeriesRows, find_table, read_table, table_text
from changji_geo.specfile import Slug, Strict, check_model, read_toml, toml_value
from changji_geo.types import Accuracy

MAX_MOMENTS = 4000
"""Eleven years of days; more in one series is most often a slip in a date."""

PERIOD = "period"
"""The text column that `attach_series` adds: the moment as printed."""

_RESERVED = (*KEYS, "id", "name", "geometry", "value", "accuracy", PERIOD)


@dataclass(frozen=True, slots=True)
class SeriesColumn:
    """One column of values: ``number`` (NaN where there is none) or ``text`` ("" where there is none)."""

    name: str
    title: str
    type: Literal["number", "text"]
    unit: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class SeriesMeta:
    """What a series is. ``layer`` has the features that ``areas`` name. ``sample``: made up, and every map says so (示例数据).

    ``standard`` names the text column that holds the standard in force for each value ("" where the series has none): a map
    prints it beside the date, and warns where a series holds more than one. ``retrieved`` is an ISO date.
    """

    id: str
    title: str
    layer: str
    step: Step
    columns: tuple[SeriesColumn, ...]
    source: str
    licence: str
    attribution: str
    retrieved: str
    accuracy: Accuracy = "published"
    sample: bool = False
    standard: str = ""
    note: str = ""

    def column(self, name: str) -> SeriesColumn:
        """The column `name`; raises `LayerError` with a near match when the series has none."""
        found = next((c for c in self.columns if c.name == name), None)
        if found is None:
            raise LayerError(f"时间序列“{self.id}”没有列“{name}”", fix=near_match(name, [c.name for c in self.columns]))
        return found


@dataclass(frozen=True, eq=False)
class Series:
    """Values by moment and feature.

    ``times`` are in ISO form, regular and complete from first to last (``2025-04-01`` by day, ``2025-04`` by month,
    ``2025`` by year); every array of ``values`` has the shape (times, areas): float64, or object holding str.
    """

    meta: SeriesMeta
    areas: tuple[str, ...]
    times: tuple[str, ...]
    values: Mapping[str, NDArray[Any]]

    def column(self, name: str) -> NDArray[np.float64] | NDArray[np.object_]:
        """The array of a column, shape (times, areas)."""
        return self.values[name]


def load_series(series_id: str, workspace: Workspace | None = None, *, areas: Collection[str] | None = None) -> Series:
    """Read a series.

    Parameters
    ----------
    series_id : str
        The stem of its files in ``layers/series``.
    workspace : Workspace, optional
        The one in force by default.
    areas : collection of str, optional
        The ids that exist; by default those of the series' layer.

    Returns
    -------
    Series
        Areas in the order in which the file first names them; times complete from the first to the last in the file.

    Raises
    ------
    LayerError
        No such series; description or table missing or malformed; an area that the layer does not have, a time of another
        step, two rows of one area and time, text or an infinite value in a column of numbers, more than 4,000 moments. The
        message names file and row.

    Examples
    --------
    >>> load_series("no_such_series")
    Traceback (most recent call last):
    changji_geo.errors.LayerError: 没有时间序列“no_such_series”...
    """
    space = workspace or find_workspace()
    path = space.series_file(series_id)
    meta, sha256 = _meta(path)
    named = {kind: [c.name for c in meta.columns if c.type == kind] for kind in ("number", "text")}
    rows = read_table(find_table(path, sha256), numbers=named["number"], texts=named["text"])
    known = areas if areas is not None else [str(i) for i in load_layer(meta.layer, space).frame["id"]]
    return _assembled(rows, meta, known)


def write_series(series: Series, folder: Path | str) -> tuple[Path, Path]:
    """Write a series so that `load_series` reads back an equal one.

    Parameters
    ----------
    series : Series
        Rows without any value are left out, except where an area, or the first or last moment, would go with them.
    folder : path
        ``layers/series`` of a workspace; made when missing. Files of the same name are replaced.

    Returns
    -------
    toml, csv : pathlib.Path
        The files written, the same bytes for the same series. Line breaks and control characters in texts become a space,
        blanks at their ends go; the CSV is UTF-8 with a mark, which spreadsheets need.

    Raises
    ------
    LayerError
        A description or values that `load_series` would refuse.
    OutputError
        The files cannot be written.
    """
    folder = Path(folder)
    meta = series.meta
    text = _toml(meta)
    where = f"时间序列 {meta.id}"
    check_series(series, where=where)
    check_model(_SeriesFile, _plain_meta(meta), where=where, error=LayerError)
    table = folder / f"{meta.id}.csv"
    values = {c.name: series.values[c.name] for c in meta.columns}
    write_atomic(table, table_text(series.areas, series.times, values).encode("utf-8-sig"))
    return write_atomic(folder / f"{meta.id}.toml", text), table


def attach_series(layer: Layer, series: Series, at: str) -> Layer:
    """A layer with the values that a series has at one moment in its attribute table.

    Parameters
    ----------
    layer : Layer
        The layer that the series belongs to; not altered.
    series : Series
    at : str
        One of ``series.times``.

    Returns
    -------
    Layer
        The same features in the same order. The series' columns (NaN or "" where a feature has no value) and ``period``,
        the moment as printed, take the place of columns of the same name, as an indicator's do; ``meta.columns`` describes
        them. ``meta.note`` says whose values they are; ``meta.sample`` is set where they are made up.

    Raises
    ------
    LayerError
        Another layer's series, a moment that it does not have, or areas that the layer does not have.

    Examples
    --------
    >>> counties = load_layer("counties")
    >>> meta = SeriesMeta("days", "逐日", "counties", "day", (SeriesColumn("aqi", "AQI", "number"),), "甲", "乙", "丙",
    ...     "2026-01-01")
    >>> days = Series(meta, ("652301",), ("2025-04-01",), {"aqi": np.array([[57.0]])})
    >>> joined = attach_series(counties, days, "2025-04-01").frame.set_index("id")
    >>> float(joined.loc["652301", "aqi"]), joined.loc["652301", "period"]
    (57.0, '2025年4月1日（周二）')
    """
    meta = series.meta
    if meta.layer != layer.meta.id:
        raise LayerError(f"时间序列“{meta.id}”属于图层 {meta.layer}，不属于 {layer.meta.id}")
    place = moment_place(series, at)
    ids = [str(i) for i in layer.frame["id"]]
    require_areas(series.areas, ids, layer=meta.layer, where=f"时间序列 {meta.id}")
    order = {area: i for i, area in enumerate(series.areas)}
    columns = np.array([order.get(i, -1) for i in ids], dtype=np.int64)
    frame = layer.frame.copy()
    for column in meta.columns:
        nothing: float | str = math.nan if column.type == "number" else ""
        row = series.values[column.name][place]
        frame[column.name] = [row[c] if c >= 0 else nothing for c in columns]
    frame[PERIOD] = moment_label(series.times[place])
    frame = frame[[c for c in frame.columns if c != "geometry"] + ["geometry"]]
    added = (
        *(Column(c.name, c.type, c.title, c.unit, c.meaning) for c in meta.columns),
        Column(PERIOD, "text", "时段"),
    )
    names = {c.name for c in added}
    notes = (layer.meta.note, f"{meta.title}：{meta.source}", meta.note, SAMPLE_NOTICE if meta.sample else "")
    described = dataclasses.replace(
        layer.meta,
        columns=(*(c for c in layer.meta.columns if c.name not in names), *added),
        note="；".join(n.rstrip("。；") for n in notes if n),
        sample=layer.meta.sample or meta.sample,
    )
    return Layer(described, frame)


def moment_place(series: Series, at: str) -> int:
    """The row of a moment in the series' arrays; raises `LayerError` when it has none."""
    step = series.meta.step
    number = moment_number(at, step)
    form = f"{STEP_ZH[step]}，如 {STEP_FORM[step]}"
    if number is None:
        raise LayerError(f"“{at}”不是时间序列“{series.meta.id}”的时刻", expected=form)
    text = moment_text(number, step)
    if text not in series.times:
        raise LayerError(
            f"时间序列“{series.meta.id}”没有 {text}",
            expected=f"{series.times[0]} 至 {series.times[-1]}，按{STEP_ZH[step]}",
        )
    return series.times.index(text)


def check_series(series: Series, *, where: str) -> None:
    """Raise `LayerError` where a series made in memory is not what reading a file gives."""
    meta, shape = series.meta, (len(series.times), len(series.areas))
    if 0 in shape:
        raise LayerError("没有数据", where=where, expected="至少一个要素、一个时刻")
    if len(set(series.areas)) < shape[1]:
        raise LayerError("列 area 有重复的编号", where=where, expected="每个要素只出现一次")
    numbers = [moment_number(t, meta.step) for t in series.times]
    first = numbers[0]
    if first is None or [moment_text(first + i, meta.step) for i in range(shape[0])] != list(series.times):
        raise LayerError(
            f"时刻不是按{STEP_ZH[meta.step]}连续的", where=where, expected=f"如 {STEP_FORM[meta.step]}，逐个相连"
        )
    _require_few(shape[0], series.times[0], series.times[-1], where)
    for column in meta.columns:
        values = series.values.get(column.name)
        if values is None or values.shape != shape:
            given = "没有" if values is None else f"的形状是 {values.shape}"
            raise LayerError(f"列“{column.name}”{given}", where=where, expected=f"形状（时刻, 要素）{shape} 的数组")
        if column.type == "number" and (values.dtype != np.float64 or np.isinf(values).any()):
            raise LayerError(f"列“{column.name}”不全是有限的数字", where=where, expected="float64，没有数值处为 NaN")
        if column.type == "text" and not all(isinstance(v, str) for v in values.ravel()):
            raise LayerError(f"列“{column.name}”不全是文字", where=where, expected='文字，没有处为 ""')


class _ColumnEntry(Strict):
    name: Slug
    title: str = Field(min_length=1, max_length=40)
    type: Literal["number", "text"]
    unit: str = Field(default="", max_length=20)
    meaning: str = ""


class _SeriesFile(Strict):
    title: str = Field(min_length=1, max_length=60)
    layer: Slug
    step: Step
    source: str = Field(min_length=1)
    licence: str = Field(min_length=1)
    attribution: str = Field(min_length=1)
    retrieved: datetime.date
    accuracy: Accuracy = "published"
    sample: bool = False
    standard: str = ""
    note: str = ""
    sha256: str | None = None
    columns: list[_ColumnEntry] = Field(min_length=1, max_length=40)


def load_series_meta(series_id: str, workspace: Workspace | None = None) -> SeriesMeta:
    """The description of a series without its values; raises `LayerError` as `load_series` does."""
    return _meta((workspace or find_workspace()).series_file(series_id))[0]


def _meta(path: Path) -> tuple[SeriesMeta, str | None]:
    found = check_model(_SeriesFile, read_toml(path, error=LayerError), where=str(path), error=LayerError)
    fields = found.model_dump(exclude={"sha256", "columns", "retrieved"})
    columns = tuple(SeriesColumn(**c.model_dump()) for c in found.columns)
    meta = SeriesMeta(id=path.stem, columns=columns, retrieved=found.retrieved.isoformat(), **fields)
    _require_sound(meta, str(path))
    return meta, found.sha256


def _require_sound(meta: SeriesMeta, where: str) -> None:
    names = [c.name for c in meta.columns]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice:
        raise LayerError(f"列“{twice}”声明了两次", where=where, fix="删去一处")
    taken = next((n for n in names if n in _RESERVED), None)
    if taken:
        raise LayerError(f"列名“{taken}”另有用处", where=where, expected=f"{'、'.join(_RESERVED)} 以外的名称")
    texts = [c.name for c in meta.columns if c.type == "text"]
    if meta.standard and meta.standard not in texts:
        raise LayerError(
            f"standard 指向“{meta.standard}”，没有这个文字列", where=where, fix=near_match(meta.standard, texts)
        )


def _assembled(rows: SeriesRows, meta: SeriesMeta, known: Collection[str]) -> Series:
    """Rows -> complete arrays; every fault names its row."""
    if not rows.lines:
        raise LayerError("没有数据行", where=str(rows.file), expected="每个要素、每个时刻一行", fix="补上数据")
    for row, area in enumerate(rows.area):
        if not area:
            raise LayerError("列“area”是空的", where=rows.where(row), fix="补上要素编号")
    areas = tuple(dict.fromkeys(rows.area))
    stray = next((a for a in areas if a not in set(known)), None)
    if stray is not None:
        require_areas([stray], known, layer=meta.layer, where=rows.where(rows.area.index(stray)))
    numbers = {text: moment_number(text, meta.step) for text in dict.fromkeys(rows.time)}
    odd = next((text for text, number in numbers.items() if number is None), None)
    if odd is not None:
        raise LayerError(
            f"列“time”的取值“{odd[:40]}”不是{STEP_ZH[meta.step]}" if odd else "列“time”是空的",
            where=rows.where(rows.time.index(odd)),
            expected=f"如 {STEP_FORM[meta.step]}（step = {meta.step}）",
            fix="改正；确是别的步长就改描述中的 step",
        )
    moments = np.array([numbers[t] for t in rows.time], dtype=np.int64)
    first, last = int(moments.min()), int(moments.max())
    texts = moment_text(first, meta.step), moment_text(last, meta.step)
    spots = " 和 ".join(f"第 {rows.lines[int(f(moments))]} 行" for f in (np.argmin, np.argmax))
    _require_few(last - first + 1, *texts, f"{rows.file} 的{spots}")
    order = {area: i for i, area in enumerate(areas)}
    place = (moments - first) * len(areas) + np.array([order[a] for a in rows.area], dtype=np.int64)
    rows.require_once(place)
    shape = (last - first + 1, len(areas))
    values: dict[str, NDArray[Any]] = {}
    for column in meta.columns:
        if column.type == "number":
            flat: NDArray[Any] = np.full(shape[0] * shape[1], math.nan)
            flat[place] = rows.numbers(column.name)
        else:
            flat = np.full(shape[0] * shape[1], "", dtype=object)
            flat[place] = rows.texts(column.name)
        values[column.name] = flat.reshape(shape)
    times = tuple(moment_text(n, meta.step) for n in range(first, last + 1))
    return Series(meta, areas, times, values)


def _require_few(count: int, first: str, last: str, where: str) -> None:
    if count > MAX_MOMENTS:
        raise LayerError(
            f"从 {first} 到 {last} 有 {count} 个时刻",
            where=where,
            expected=f"不超过 {MAX_MOMENTS} 个",
            fix="检查这两个时刻；确实这样长就分成几个序列，或改用较大的步长",
        )


def require_areas(areas: Iterable[str], known: Collection[str], *, layer: str, where: str) -> None:
    """Raise `LayerError`, with a near match, for the first area that is none of a layer's features."""
    have = set(known)
    stray = next((a for a in areas if a not in have), None)
    if stray is not None:
        raise LayerError(
            f"图层 {layer} 没有要素“{stray[:40]}”",
            where=where,
            expected="图层列 id 中的编号",
            fix=near_match(stray, known),
        )


def _plain_meta(meta: SeriesMeta) -> dict[str, Any]:
    fields = dataclasses.asdict(meta)
    fields.pop("id")
    with contextlib.suppress(ValueError):  # the model says what is wrong
        fields["retrieved"] = datetime.date.fromisoformat(meta.retrieved)
    return fields | {"columns": [dataclasses.asdict(c) for c in meta.columns]}


def _toml(meta: SeriesMeta) -> str:
    _require_sound(meta, f"时间序列 {meta.id}")
    fields = _plain_meta(meta)
    columns = fields.pop("columns")
    lines = [f"{key} = {toml_value(value)}" for key, value in fields.items()]
    for column in columns:
        lines += ["", "[[columns]]", *(f"{key} = {toml_value(value)}" for key, value in column.items())]
    return "\n".join(lines) + "\n"
