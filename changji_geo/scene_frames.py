"""A `Scene` in time -> an ordinary `Scene` at one of its moments: what a printed panel draws and a test compares."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from changji_geo.errors import InputError
from changji_geo.scene_model import PopupRow, Scene, SceneFeature, SceneLayer, SceneSeries, SceneTime, SeriesRow

SEPARATOR = " · "
"""Between a subtitle, a date and the standard in force."""


def frame_scene(scene: Scene, frame: int) -> Scene:
    """The map as it stands at one moment.

    Parameters
    ----------
    scene : Scene
        A map with ``time``.
    frame : int
        Place in ``scene.time.times``, from 0.

    Returns
    -------
    Scene
        The same map without ``time`` and ``series``: features have the class, value and popup of that moment, classes
        keep their looks and have that moment's counts (also 0), and the subtitle ends with the date and its remark.

    Raises
    ------
    InputError
        The map has no time, or no such frame.

    Examples
    --------
    >>> from changji_geo.scene import build_scene
    >>> frame_scene(build_scene("overview"), 0)
    Traceback (most recent call last):
    changji_geo.errors.InputError: 地图“overview”不随时间变化，没有第 1 个时刻。
    """
    time = scene.time
    if time is None:
        raise InputError(f"地图“{scene.id}”不随时间变化，没有第 {frame + 1} 个时刻")
    if not 0 <= frame < len(time.times):
        raise InputError(
            f"地图“{scene.id}”没有第 {frame + 1} 个时刻",
            expected=f"1 到 {len(time.times)}（{time.times[0]} 至 {time.times[-1]}）",
        )
    return replace(
        scene,
        subtitle=SEPARATOR.join(t for t in (scene.subtitle, frame_text(time, frame)) if t),
        layers=tuple(_layer_at(layer, frame, time.shown) for layer in scene.layers),
        time=None,
    )


def frame_text(time: SceneTime, frame: int) -> str:
    """A moment as a map prints it: the date, and its remark where there is one.

    Examples
    --------
    >>> frame_text(SceneTime("month", ("2025-04",), ("2025年4月",), ("HJ 633-2012",), 0, (0,)), 0)
    '2025年4月 · HJ 633-2012'
    """
    return SEPARATOR.join(t for t in (time.labels[frame], time.remarks[frame]) if t)


def moving_rows(rows: Sequence[SeriesRow], frame: int, place: int) -> tuple[PopupRow, ...]:
    """The popup lines of a feature that change with time, as of a frame; they are always the last of its popup.

    ``rows`` are those of a `SceneSeries`, ``place`` is the feature's in its layer.
    """
    out = []
    for row in rows:
        code = int(row.codes[frame, place])
        if code >= 0:
            out.append(PopupRow(row.caption, row.texts[code]))
    return tuple(out)


def standing_rows(layer: SceneLayer, place: int, shown: int) -> tuple[PopupRow, ...]:
    """The popup lines of a feature that stay the same at all frames; ``shown`` is the frame that the layer holds."""
    popup = layer.features[place].popup
    if layer.series is None:
        return popup
    return popup[: len(popup) - len(moving_rows(layer.series.rows, shown, place))]


def _layer_at(layer: SceneLayer, frame: int, shown: int) -> SceneLayer:
    series = layer.series
    if series is None:
        return layer
    features = tuple(_feature_at(layer, series, place, frame, shown) for place in range(len(layer.features)))
    counts = Counter(f.class_index for f in features)
    classes = tuple(replace(c, count=counts[i]) for i, c in enumerate(layer.classes))
    return replace(layer, features=features, classes=classes, series=None)


def _feature_at(layer: SceneLayer, series: SceneSeries, place: int, frame: int, shown: int) -> SceneFeature:
    index = int(series.class_index[frame, place])
    value: float | str | None
    if series.values is not None:
        number = float(series.values[frame, place])
        value = None if math.isnan(number) else number
    else:
        value = None if layer.classes[index].missing else layer.classes[index].label
    popup = (*standing_rows(layer, place, shown), *moving_rows(series.rows, frame, place))
    return replace(layer.features[place], class_index=index, value=value, popup=popup)
