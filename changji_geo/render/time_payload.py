"""The moving part of a `Scene` -> what the page's script plays: moments, and per layer the numbers of every frame.

Numbers lie in base64 text of little-endian arrays, one feature after another and its frames in order: that is how the chart
reads them, and no decompression stands between the page and its first picture.
"""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from changji_geo.errors import InputError
from changji_geo.scene_model import Scene, SceneLayer, SceneSeries, SceneTime

_KINDS = ("u1", "u2", "i2", "i4")
"""Array types that the script knows, smallest first; ``f8`` besides, for numbers that fit none."""


def moving_layers(scene: Scene) -> tuple[SceneLayer, ...]:
    """The layers that change with the map's time; none for an ordinary map."""
    return tuple(layer for layer in scene.layers if layer.series is not None) if scene.time is not None else ()


def time_data(time: SceneTime) -> dict[str, Any]:
    """The moments, for the page's data block.

    Parameters
    ----------
    time : SceneTime
        Times, labels and remarks of equal length.

    Returns
    -------
    dict
        ``remarks`` holds each text once, ``remark`` the place of each frame's text in it.

    Raises
    ------
    InputError
        Lengths differ, or ``shown`` is none of the frames.

    Examples
    --------
    >>> made = time_data(SceneTime("month", ("2025-04", "2025-05"), ("2025年4月", "2025年5月"), ("", ""), 1, (1,)))
    >>> made["remarks"], made["remark"], made["shown"]
    ([''], [0, 0], 1)
    """
    frames = len(time.times)
    if not (frames and len(time.labels) == len(time.remarks) == frames and 0 <= time.shown < frames):
        raise InputError(
            f"地图的时间不完整：时刻 {frames} 个，日期 {len(time.labels)} 个，备注 {len(time.remarks)} 个，"
            f"打开时显示第 {time.shown + 1} 个",
            expected="至少一个时刻，日期和备注的个数与时刻相同",
        )
    remarks = list(dict.fromkeys(time.remarks))
    return {
        "step": time.step,
        "times": list(time.times),
        "labels": list(time.labels),
        "remarks": remarks,
        "remark": [remarks.index(text) for text in time.remarks],
        "shown": time.shown,
        "speed": float(time.speed),
    }


def series_data(layer: SceneLayer, series: SceneSeries, frames: int) -> dict[str, Any]:
    """What a layer shows at each moment, for the page's data block.

    Parameters
    ----------
    layer : SceneLayer
        For its classes and features.
    series : SceneSeries
        Arrays of shape (frames, features).
    frames : int
        Number of moments of the map.

    Returns
    -------
    dict
        Arrays as ``[type, base64]``. ``values`` are whole numbers of the last printed decimal and ``missing`` the one that
        stands for no value; None for categories.

    Raises
    ------
    InputError
        An array of another shape, a class or text that the layer does not have, or an infinite value.
    """
    shape = (frames, len(layer.features))
    classes = _checked(series.class_index, shape, layer, "分类")
    _within(classes, 0, len(layer.classes), layer, "分类")
    rows = []
    for row in series.rows:
        codes = _checked(row.codes, shape, layer, row.caption)
        _within(codes, -1, len(row.texts), layer, row.caption)
        rows.append([row.caption, list(row.texts), _whole(codes + 1)])
    values, missing = None, 0
    if series.values is not None:
        values, missing = _scaled(_checked(series.values, shape, layer, series.caption), series.decimals, layer)
    return {
        "caption": series.caption,
        "unit": series.unit,
        "decimals": series.decimals,
        "classes": _whole(classes),
        "values": values,
        "missing": missing,
        "rows": rows,
    }


def _checked(array: NDArray[Any], shape: tuple[int, int], layer: SceneLayer, caption: str) -> NDArray[Any]:
    if array.shape != shape:
        raise InputError(
            f"“{caption}”的时间序列大小不对：{array.shape}",
            where=f"图层 {layer.id}",
            expected=f"{shape}（时刻数, 要素数）",
        )
    return array


def _within(array: NDArray[Any], low: int, end: int, layer: SceneLayer, caption: str) -> None:
    if array.size and not low <= array.min() <= array.max() < end:
        raise InputError(
            f"“{caption}”的时间序列有编号 {array.min()}—{array.max()}",
            where=f"图层 {layer.id}",
            expected=f"{low} 到 {end - 1} 之间",
        )


def _whole(array: NDArray[Any]) -> list[str]:
    """Whole numbers in the smallest type that holds them.

    Examples
    --------
    >>> _whole(np.array([[0, 1], [2, 3]]))
    ['u1', 'AAIBAw==']
    """
    low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
    name = next((k for k in _KINDS if np.iinfo(k).min <= low and high <= np.iinfo(k).max), "f8")
    return [name, base64.b64encode(np.ascontiguousarray(array.T, dtype=f"<{name}").tobytes()).decode("ascii")]


def _scaled(values: NDArray[np.float64], decimals: int, layer: SceneLayer) -> tuple[list[str], int]:
    """Values as whole numbers of the last printed decimal, and the number that stands for none."""
    known = np.isfinite(values)
    if np.isinf(values).any():
        raise InputError("时间序列里有无穷大的数值", where=f"图层 {layer.id}", fix="改正这些数值，或留空表示没有数据")
    whole = np.rint(values * 10.0**decimals)
    # A value with more decimals than are printed is rounded as every other text of the map rounds it.
    for place in zip(*np.nonzero(known & (whole / 10.0**decimals != values)), strict=True):
        whole[place] = math.copysign(float(f"{abs(values[place]):.{decimals}f}".replace(".", "")), values[place])
    low = float(whole[known].min()) if known.any() else 0.0
    missing = int(min(low, 0.0)) - 1
    return _whole(np.where(known, whole, missing)), missing
