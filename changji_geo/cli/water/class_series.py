"""Classes of sections by month -> a series ``layers/series/<id>`` of a workspace, which maps draw by time."""

from __future__ import annotations

import calendar
import re
from pathlib import Path
from typing import TYPE_CHECKING

from changji_geo.cli.console import warn
from changji_geo.errors import InputError, near_match

if TYPE_CHECKING:
    import pandas as pd

_TEXTS = (("class", "水质类别"), ("decided_by", "定类项目"), ("exceeding", "超标项目"), ("standard", "执行标准"))


def require_series(series_id: str, layer: str, workspace: Path | None) -> None:
    """Refuse a series that could not be written, before any work is done.

    Raises
    ------
    InputError
        No workspace, no such layer, an id that is none, or one that another series has.
    """
    from changji_geo.layer_description import layer_meta
    from changji_geo.resources import find_workspace
    from changji_geo.series import load_series_meta

    if workspace is None:
        raise InputError("没有指明工作区，序列不知道写到哪里", where="--series", fix="加 --workspace 目录")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", series_id):
        raise InputError(
            f"“{series_id}”不能作标识", where="--series", expected="小写字母开头，只有小写字母、数字和下划线"
        )
    space = find_workspace(workspace)
    layer_meta(layer, space)
    if series_id in space.series_ids:
        there = load_series_meta(series_id, space)
        if [c.name for c in there.columns] != [_column(name) for name, _ in _TEXTS] or there.layer != layer:
            raise InputError(
                f"已有序列“{series_id}”（{there.title}，图层 {there.layer}），不是这个图层的水质类别，不覆盖它",
                where="--series",
                fix="换一个标识",
            )


def write_class_series(
    classed: pd.DataFrame, series_id: str, *, layer: str, source: str, made_up: bool, workspace: Path | None
) -> tuple[Path, ...]:
    """Write the classes of a table.

    Parameters
    ----------
    classed : DataFrame
        As `changji_geo.monitoring.water.sections.classify_sections` gives it, one row a section and day or month.
    series_id, layer : str
        Id of the series, and of the layer whose features the sections are, by name or id.
    source : str
        Name of the file.
    made_up : bool
        The file says of itself that it is 示例数据.
    workspace : path, optional

    Returns
    -------
    tuple of pathlib.Path
        The two files. A section that the layer does not have is named in a warning and left out; a month without a class
        stays empty.

    Raises
    ------
    InputError
        No section is in the layer, a date is no day or month, or a section has two samples in a month.
    """
    import numpy as np

    from changji_geo.catalog import load_layer
    from changji_geo.resources import find_workspace
    from changji_geo.series import Series, SeriesColumn, SeriesMeta, write_series

    space = find_workspace(workspace)
    ids = _feature_ids(load_layer(layer, space).frame, layer)
    rows = [(s, d, i) for i, (s, d) in enumerate(zip(classed["section"], classed["date"], strict=True))]
    strangers = list(dict.fromkeys(s for s, _, _ in rows if s not in ids))
    if len(strangers) == len({s for s, _, _ in rows}):
        raise InputError(
            f"图层“{layer}”里没有这些断面：{'、'.join(strangers[:5])}",
            where="--series",
            fix=near_match(strangers[0], ids),
        )
    if strangers:
        warn(f"注意：图层“{layer}”里没有{'、'.join(strangers)}，没有写进序列。")
    known = [(ids[s], _month(d), i) for s, d, i in rows if s in ids]
    areas = tuple(dict.fromkeys(area for area, _, _ in known))
    times = _months(min(m for _, m, _ in known), max(m for _, m, _ in known))
    place: dict[tuple[int, int], int] = {}
    for area, month, row in known:
        key = (times.index(month), areas.index(area))
        if key in place:
            raise InputError(
                f"“{classed['section'].iloc[row]}”在 {month} 有两个样品，一个月只能有一个类别",
                where="--series",
                fix="先按月取平均，再定类",
            )
        place[key] = row
    values = {}
    for name, _ in _TEXTS:
        cells = np.full((len(times), len(areas)), "", dtype=object)
        for key, row in place.items():
            text = classed[name].iloc[row]
            cells[key] = text if isinstance(text, str) else ""
        values[_column(name)] = cells
    meta = SeriesMeta(
        id=series_id,
        title=f"断面水质类别{'（示例数据）' if made_up else ''}",
        layer=layer,
        step="month",
        columns=tuple(SeriesColumn(_column(name), title, "text") for name, title in _TEXTS),
        source="示例数据，不是监测结果" if made_up else source,
        licence="内部使用",
        attribution="示例数据" if made_up else f"水质：{source}",
        retrieved=max(_last_day(d) for s, d, _ in rows if s in ids),
        sample=made_up,
        standard=_column("standard"),
    )
    folder = space.roots[0] / "layers" / "series"
    return write_series(Series(meta, areas, times, values), folder)


def _column(name: str) -> str:
    return "water_class" if name == "class" else name


def _feature_ids(frame: pd.DataFrame, layer: str) -> dict[str, str]:
    """Name or id of a feature -> its id; a name that two features have stands for neither."""
    names = frame["name"].astype(str).tolist()
    out = {n: str(i) for i, n in zip(frame["id"], names, strict=True) if names.count(n) == 1}
    return out | {str(i): str(i) for i in frame["id"]}


def _month(text: str) -> str:
    parts = str(text).split("-")
    if "/" in str(text) or len(parts) not in (2, 3) or "Q" in parts[1].upper():
        raise InputError(
            f"“{text}”不是一天或一个月，写不进逐月的序列", where="--series", expected="如 2024-03、2024-03-05"
        )
    return "-".join(parts[:2])


def _last_day(text: str) -> str:
    """The day, or the last one of a month: no sample was there earlier."""
    year, month, *day = text.split("-")
    return text if day else f"{text}-{calendar.monthrange(int(year), int(month))[1]}"


def _months(first: str, last: str) -> tuple[str, ...]:
    """Every month from one to another."""
    year, month = (int(part) for part in first.split("-"))
    out = [first]
    while out[-1] < last:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        out.append(f"{year:04d}-{month:02d}")
    return tuple(out)
