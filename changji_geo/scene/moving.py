"""Series -> what a map says of time: its moments, what each feature of a layer has at each of them, and the warnings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from changji_geo.errors import LayerError, SpecError, near_match
from changji_geo.moments import STEP_FORM, STEP_ZH, Step, moment_label, moment_number, moment_text
from changji_geo.scene_model import SceneTime, SeriesRow
from changji_geo.scene_text import MISSING_TEXT, cell_text, clean_text
from changji_geo.series import Series, SeriesColumn, moment_place
from changji_geo.spec import LayerSpec, TimeSpec

MAX_PANELS = 12
"""Frames that are all printed when the map names no panels; of more frames only the one shown."""


@dataclass(frozen=True, eq=False)
class LayerFrames:
    """A layer's series, the column that classes it, and for each frame the row of the series' arrays (-1: none).

    ``moves`` is False for a layer that shows one moment only; it then has that one frame.
    """

    series: Series
    column: SeriesColumn
    places: tuple[int, ...]
    shown: int
    moves: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The series' columns."""
        return tuple(c.name for c in self.series.meta.columns)

    @property
    def label(self) -> str:
        """The moment shown, as printed."""
        return moment_label(self.series.times[self.places[self.shown]])

    def values(self, name: str, ids: Sequence[str]) -> NDArray[Any]:
        """A column at every frame for the features named, shape (frames, features); NaN or "" where there is nothing."""
        source = self.series.values[name]
        order = {area: i for i, area in enumerate(self.series.areas)}
        rows = np.array(self.places, dtype=np.int64)
        columns = np.array([order.get(i, -1) for i in ids], dtype=np.int64)
        nothing: Any = math.nan if self.series.meta.column(name).type == "number" else ""
        out: NDArray[Any] = source[np.ix_(np.maximum(rows, 0), np.maximum(columns, 0))]
        out[rows < 0] = nothing
        out[:, columns < 0] = nothing
        return out

    def rows(self, names: Sequence[str], ids: Sequence[str]) -> tuple[SeriesRow, ...]:
        """The popup lines of some columns. A number or class that is not there says so; other blank text has no line."""
        return tuple(self._row(self.series.meta.column(name), ids) for name in names)

    def _row(self, column: SeriesColumn, ids: Sequence[str]) -> SeriesRow:
        values = self.values(column.name, ids)
        found, codes = np.unique(values.ravel(), return_inverse=True)
        always = column.type == "number" or column.name == self.column.name
        texts = [cell_text(v, unit=column.unit) for v in found.tolist()]
        kept = list(dict.fromkeys(t for t in texts if always or t != MISSING_TEXT))
        order = {text: i for i, text in enumerate(kept)}
        renumbered = np.array([order.get(t, -1) for t in texts], dtype=np.int32)
        return SeriesRow(clean_text(column.title), tuple(kept), renumbered[codes].reshape(values.shape))

    def standards(self) -> dict[str, str]:
        """The standards in force over the frames, each with the first moment that has it, in the order of time."""
        out: dict[str, str] = {}
        for place in self.places:
            for text in _standards_at(self.series, place):
                out.setdefault(text, self.series.times[place])
        return out


def layer_frames(spec: LayerSpec, series: Series, time: SceneTime | None, *, where: str) -> LayerFrames:
    """Fit a series to a layer of a map.

    Parameters
    ----------
    spec : LayerSpec
        With ``series``.
    series : Series
    time : SceneTime or None
        The map's moments, for a layer that moves.
    where : str
        The layer in the map, for messages.

    Raises
    ------
    SpecError
        A series of another layer, an unknown column, numbers asked of a column of text, a moment that there is not.
    """
    meta = series.meta
    if meta.layer != spec.source:
        raise SpecError(
            f"时间序列“{meta.id}”属于图层 {meta.layer}，不属于 {spec.source}",
            where=f"{where} 的 series",
            fix="改 source 或 series",
        )
    names = [c.name for c in meta.columns]
    column = next((c for c in meta.columns if c.name == spec.column), None)
    if column is None:
        raise SpecError(
            f"时间序列“{meta.id}”没有列“{spec.column}”",
            where=f"{where} 的 column",
            fix=near_match(str(spec.column), names),
        )
    if column.type == "text" and spec.kind in ("choropleth", "proportional", "surface"):
        raise SpecError(
            f"列“{column.name}”是文字，kind = {spec.kind} 需要数字",
            where=f"{where} 的 column",
            fix='换一列，或用 kind = "category"',
        )
    if spec.at is None:
        assert time is not None
        first = moment_number(series.times[0], meta.step) or 0
        numbers = [(moment_number(t, meta.step) or 0) - first for t in time.times]
        places = tuple(n if 0 <= n < len(series.times) else -1 for n in numbers)
        return LayerFrames(series, column, places, time.shown, moves=True)
    try:
        place = moment_place(series, spec.at)
    except LayerError as cause:
        raise SpecError(cause.problem, where=f"{where} 的 at", expected=cause.expected, fix=cause.fix) from cause
    return LayerFrames(series, column, (place,), 0, moves=False)


def map_time(spec: TimeSpec | None, moving: Mapping[str, Series], *, where: str) -> SceneTime | None:
    """The moments of a map: from the first to the last that its moving layers have, cut by ``start`` and ``end``.

    Parameters
    ----------
    spec : TimeSpec or None
        What the map asks for.
    moving : mapping of str to Series
        The series of the layers that move, by their place in the map (``layers[2]``).
    where : str
        The map, for messages.

    Returns
    -------
    SceneTime or None
        None when no layer moves. ``shown`` is the last moment unless given. ``panels`` are all frames when there are at
        most 12, else only the one shown, unless given.

    Raises
    ------
    SpecError
        Series of different steps, a moment of another step or outside the time, nothing left between start and end.
    """
    if not moving:
        return None
    first_place, first = next(iter(moving.items()))
    step = first.meta.step
    for place, series in moving.items():
        if series.meta.step != step:
            raise SpecError(
                f"步长不一：{first_place} 按{STEP_ZH[step]}，{place} 按{STEP_ZH[series.meta.step]}",
                where=where,
                expected="随时间变化的图层步长相同",
                fix="换一个序列，或用 at 只画一个时刻",
            )
    given = spec or TimeSpec()
    key = f"{where} 的 time"
    ends = [[_number(t, step, key) for t in (s.times[0], s.times[-1])] for s in moving.values()]
    low, high = min(e[0] for e in ends), max(e[1] for e in ends)
    span = f"{moment_text(low, step)} 至 {moment_text(high, step)}"
    start = low if given.start is None else max(low, _number(given.start, step, f"{key}.start"))
    end = high if given.end is None else min(high, _number(given.end, step, f"{key}.end"))
    if start > end:
        raise SpecError(
            f"start = {given.start or '（未写）'}、end = {given.end or '（未写）'} 之间没有数据",
            where=key,
            expected=f"序列有 {span}",
        )
    times = tuple(moment_text(n, step) for n in range(start, end + 1))

    def frame(text: str, name: str) -> int:
        number = _number(text, step, f"{key}.{name}")
        if not start <= number <= end:
            raise SpecError(f"没有时刻 {text}", where=f"{key}.{name}", expected=f"{times[0]} 至 {times[-1]}")
        return number - start

    shown = len(times) - 1 if given.shown is None else frame(given.shown, "shown")
    panels = [frame(text, "panels") for text in given.panels]
    twice = next((p for p in panels if panels.count(p) > 1), None)
    if twice is not None:
        raise SpecError(f"时刻 {times[twice]} 写了两次", where=f"{key}.panels", fix="删去一个")
    whole = tuple(range(len(times))) if len(times) <= MAX_PANELS else (shown,)
    return SceneTime(
        step=step,
        times=times,
        labels=tuple(moment_label(t) for t in times),
        remarks=_remarks(tuple({id(s): s for s in moving.values()}.values()), times),
        shown=shown,
        panels=tuple(sorted(panels)) or whole,
        speed=given.speed,
    )


def series_notices(layers: Sequence[LayerFrames]) -> tuple[str, ...]:
    """What a map must say of its series: inexact values, and a change of standard within its time."""
    titles: dict[str, dict[str, None]] = {"schematic": {}, "approximate": {}}
    crossings: dict[str, None] = {}
    for frames in layers:
        meta = frames.series.meta
        if meta.accuracy in titles and not meta.sample:
            titles[meta.accuracy][clean_text(meta.title)] = None
        if crossing := crossing_notice(frames.standards()):
            crossings[crossing] = None
    words = {
        "schematic": "示意数值，不作为执法依据：{}",
        "approximate": "近似数值，待核实：{}",
    }
    told = [words[key].format("、".join(found)) for key, found in titles.items() if found]
    return (*told, *crossings)


def crossing_notice(standards: Mapping[str, str]) -> str:
    """What to say where a time has several standards, "" for one or none.

    Parameters
    ----------
    standards : mapping of str to str
        Each standard with the first moment that has it, in the order of time.

    Examples
    --------
    >>> crossing_notice({"HJ 633-2012": "2026-02-27", "HJ 633-2026": "2026-03-01"})
    '时段跨 2026-03-01：此前按 HJ 633-2012、此后按 HJ 633-2026 评价，优良天数不可直接比较'
    """
    if len(standards) < 2:
        return ""
    names, dates = list(standards), list(standards.values())
    what = "优良天数不可直接比较" if any("HJ 633" in name for name in names) else "前后结果不可直接比较"
    if len(names) == 2 and dates[1] > dates[0]:
        between = "，" if any("、" in name for name in names) else "、"
        return f"时段跨 {dates[1]}：此前按 {names[0]}{between}此后按 {names[1]} 评价，{what}"
    told = "、".join(f"{name}（{date} 起）" for name, date in standards.items())
    return f"时段内按几种标准评价：{told}，{what}"


def decimals_of(values: NDArray[np.float64]) -> int:
    """Decimals that keep six significant digits of the largest number and two of the smallest, without closing zeros.

    Examples
    --------
    >>> decimals_of(np.array([57.0, 3.0])), decimals_of(np.array([35.25, np.nan])), decimals_of(np.array([100 / 3]))
    (0, 2, 4)
    """
    known = np.abs(values[np.isfinite(values) & (values != 0)])
    if not known.size:
        return 0
    whole = math.floor(math.log10(known.max())) + 1
    small = math.floor(math.log10(known.min()))
    most = min(max(6 - whole, 1 - small, 0), 9)
    rounded = np.round(known, most)
    return next((d for d in range(most) if np.array_equal(np.round(known, d), rounded)), most)


def _remarks(series: Sequence[Series], times: Sequence[str]) -> tuple[str, ...]:
    """The standards in force at each moment, joined by 、 ("" for none)."""
    places = [{t: i for i, t in enumerate(one.times)} for one in series]
    found = (
        {s for one, place in zip(series, places, strict=True) for s in _standards_at(one, place.get(t, -1))}
        for t in times
    )
    return tuple("、".join(sorted(standards)) for standards in found)


def _standards_at(series: Series, place: int) -> list[str]:
    if not series.meta.standard or place < 0:
        return []
    found = {clean_text(v) for v in dict.fromkeys(series.values[series.meta.standard][place].tolist())}
    return sorted(found - {""})


def _number(text: str, step: Step, where: str) -> int:
    found = moment_number(text, step)
    if found is None:
        raise SpecError(f"“{text}”不是{STEP_ZH[step]}", where=where, expected=f"如 {STEP_FORM[step]}，与序列的步长相同")
    return found
