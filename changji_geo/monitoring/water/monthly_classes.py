"""Classes of sections by month -> a series of values, which maps draw by time."""

from __future__ import annotations

import calendar

import numpy as np
import pandas as pd

from changji_geo.catalog import load_layer
from changji_geo.errors import InputError, near_match
from changji_geo.resources import Workspace
from changji_geo.sample_words import SAMPLE_DATA, SAMPLE_NOTICE, SAMPLE_TITLE
from changji_geo.series import Series, SeriesColumn, SeriesMeta

_TEXTS = (("class", "水质类别"), ("decided_by", "定类项目"), ("exceeding", "超标项目"), ("standard", "执行标准"))
CLASS_SERIES_COLUMNS = ("water_class", *(name for name, _ in _TEXTS[1:]))
"""The columns of such a series."""


def class_series(
    classed: pd.DataFrame,
    series_id: str,
    *,
    layer: str = "water_sections",
    source: str,
    made_up: bool = False,
    workspace: Workspace | None = None,
) -> tuple[Series, tuple[str, ...]]:
    """The classes of a table by month.

    Parameters
    ----------
    classed : DataFrame
        As `changji_geo.monitoring.water.classify_sections` gives it, one row a section and day or month.
    series_id, layer : str
        Id of the series, and of the layer whose features the sections are, by name or id.
    source : str
        Name of the file.
    made_up : bool
        The file says of itself that it is 示例数据.
    workspace : Workspace, optional
        Where the layer is; the one in force by default.

    Returns
    -------
    series : Series
        A month without a class stays empty. `changji_geo.series.write_series` writes it.
    strangers : tuple of str
        Sections that the layer does not have; they are left out.

    Raises
    ------
    InputError
        No section is in the layer, a date is no day or month, or a section has two samples in a month.
    """
    ids = _feature_ids(load_layer(layer, workspace).frame)
    rows = [(s, d, i) for i, (s, d) in enumerate(zip(classed["section"], classed["date"], strict=True))]
    strangers = tuple(dict.fromkeys(s for s, _, _ in rows if s not in ids))
    if len(strangers) == len({s for s, _, _ in rows}):
        raise InputError(
            f"图层“{layer}”里没有这些断面：{'、'.join(strangers[:5])}" if strangers else "表里没有断面",
            where=f"时间序列 {series_id}",
            fix=near_match(strangers[0], ids) if strangers else None,
        )
    known = [(ids[s], _month(d, series_id), i) for s, d, i in rows if s in ids]
    areas = tuple(dict.fromkeys(area for area, _, _ in known))
    times = _months(min(m for _, m, _ in known), max(m for _, m, _ in known))
    place: dict[tuple[int, int], int] = {}
    at_time, at_area = ({name: n for n, name in enumerate(names)} for names in (times, areas))
    for area, month, row in known:
        key = (at_time[month], at_area[area])
        if key in place:
            raise InputError(
                f"“{classed['section'].iloc[row]}”在 {month} 有两个样品，一个月只能有一个类别",
                where=f"时间序列 {series_id}",
                fix="先按月取平均，再定类",
            )
        place[key] = row
    values = {}
    for column, (name, _) in zip(CLASS_SERIES_COLUMNS, _TEXTS, strict=True):
        texts = classed[name].tolist()
        cells = np.full((len(times), len(areas)), "", dtype=object)
        for key, row in place.items():
            cells[key] = texts[row] if isinstance(texts[row], str) else ""
        values[column] = cells
    meta = SeriesMeta(
        id=series_id,
        title=f"断面水质类别{SAMPLE_TITLE if made_up else ''}",
        layer=layer,
        step="month",
        columns=tuple(
            SeriesColumn(column, title, "text") for column, (_, title) in zip(CLASS_SERIES_COLUMNS, _TEXTS, strict=True)
        ),
        source=SAMPLE_NOTICE if made_up else source,
        licence="内部使用",
        attribution=SAMPLE_DATA if made_up else f"水质：{source}",
        retrieved=max(_last_day(d) for s, d, _ in rows if s in ids),
        sample=made_up,
        standard="standard",
    )
    return Series(meta, areas, times, values), strangers


def _feature_ids(frame: pd.DataFrame) -> dict[str, str]:
    """Name or id of a feature -> its id; a name that two features have stands for neither."""
    names = frame["name"].astype(str).tolist()
    out = {n: str(i) for i, n in zip(frame["id"], names, strict=True) if names.count(n) == 1}
    return out | {str(i): str(i) for i in frame["id"]}


def _month(text: str, series_id: str) -> str:
    if "/" in text or text.count("-") not in (1, 2):
        raise InputError(
            f"“{text}”不是一天或一个月，写不进逐月的序列",
            where=f"时间序列 {series_id}",
            expected="如 2024-03、2024-03-05",
        )
    return text[:7]


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
