"""One `LayerSpec` and its data -> one `SceneLayer`: selection, labels, popups; how it looks is `changji_geo.scene.classes`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from changji_geo.anchors import label_anchor
from changji_geo.catalog import Layer
from changji_geo.errors import LayerError, SpecError
from changji_geo.scene.classes import (
    Classes,
    Family,
    base_symbol,
    category_classes,
    numeric_classes,
    present_or_missing,
    proportional_sizes,
    read_numbers,
    settled,
)
from changji_geo.scene.moving import LayerFrames, decimals_of
from changji_geo.scene.rows import select_rows, unit_of, worst, worst_accuracy
from changji_geo.scene_frames import moving_rows
from changji_geo.scene_model import SceneClass, SceneFeature, SceneLayer, SceneSeries, SizeStep
from changji_geo.scene_text import (
    cell_text,
    clean_text,
    is_missing,
    label_columns,
    label_maker,
    name_text,
    popup_maker,
    require_columns,
)
from changji_geo.spec import LayerSpec
from changji_geo.theme import SymbolSpec, Theme
from changji_geo.types import ACCURACY_ZH, SCHEMATIC_NOTICE, BBox

_FAMILY: dict[int, Family] = {0: "point", 1: "line", 2: "area"}
_FAMILY_ZH: dict[Family, str] = {"area": "面", "line": "线", "point": "点"}
_NEEDS: dict[str, Family] = {"fill": "area", "line": "line", "point": "point"}


def build_layer(
    spec: LayerSpec,
    layer: Layer,
    *,
    number: int,
    theme: Theme,
    bbox: BBox,
    value_title: str,
    where: str,
    filters: Sequence[str] = (),
    frames: LayerFrames | None = None,
) -> SceneLayer:
    """Settle one layer.

    Parameters
    ----------
    spec : LayerSpec
        What the map asks for.
    layer : Layer
        The data, indicator attached, EPSG:4490.
    number : int
        Place in the map, from 1; part of the layer's id.
    theme : Theme
        Colours and symbols.
    bbox : BBox
        The extent shown; labels are put on the part inside it.
    value_title : str
        Name of the attached indicator, "" without one.
    where : str
        File and key, for messages.
    filters : sequence of str
        Columns that the page filters by; a layer that lacks one of them is not filtered.
    frames : LayerFrames, optional
        What the layer has at each moment. A layer that moves is classed over all of them and holds the one shown; of one
        that does not, `layer` has the moment's values already.

    Returns
    -------
    SceneLayer

    Raises
    ------
    SpecError, LayerError
        Unknown column or value, wrong geometry for the kind, text where numbers are needed, negative sizes, long labels.
    """
    frame = _dissolved(select_rows(layer, spec, where=where), spec.dissolve, where=where)
    family = _family(frame, layer, where=where)
    if spec.kind in _NEEDS and _NEEDS[spec.kind] != family:
        raise SpecError(
            f"kind = {spec.kind} 需要{_FAMILY_ZH[_NEEDS[spec.kind]]}图层，而“{layer.meta.id}”是{_FAMILY_ZH[family]}图层",
            where=where,
        )
    column = "value" if spec.indicator else spec.column
    moving = frames if frames is not None and frames.moves else None
    ids = [str(i) for i in frame["id"]]
    if column and moving is None:
        require_columns([column], list(frame.columns), where=where, key="column")
    values: Sequence[Any] = list(frame[column]) if column and moving is None else [None] * len(frame)
    as_points = spec.kind in ("proportional", "label")
    drawn: Family = "point" if as_points else family
    base = base_symbol(spec, drawn, theme, where=where)
    title = spec.title or value_title or layer.meta.title
    sizes: tuple[float | None, ...] = (None,) * len(frame)
    steps: tuple[SizeStep, ...] = ()
    series: SceneSeries | None = None
    if moving is not None:
        classed, series, values = _moving_classes(moving, ids, spec, layer, base, drawn, theme, where=where)
    elif spec.kind == "choropleth":
        classed = numeric_classes(read_numbers(frame, column, where=where), spec, base, drawn, theme, where=where)
    elif spec.kind == "category":
        classed = category_classes(values, spec, layer, column, base, drawn, theme, where=where)
    elif spec.kind == "proportional":
        numbers = read_numbers(frame, column, where=where)
        classed = present_or_missing(numbers, title, base, theme)
        sizes, steps = proportional_sizes(numbers, spec, where=where)
    else:
        classed = Classes((SceneClass(title, settled(base), len(frame)),), (0,) * len(frame))
    columns = [c for c in frame.columns if c != "geometry"]
    name_column = "name" if "name" in columns else "id"
    standing, changing = _popup_columns(spec, frames, columns, name_column, where=where)
    make_popup = popup_maker(standing, columns, layer.meta, value_caption=value_title or "数值", where=where)
    if moving is not None:
        _require_standing_label(spec, moving, where=where)
    make_label = label_maker(spec.label, columns, where=where) if spec.label else None
    shown = 0 if frames is None else frames.shown
    changes = () if frames is None else frames.rows(changing, ids)
    filtered = bool(filters) and all(c in columns for c in filters)
    outlines = _outlines(frame, spec.outline, family, where=where)
    rows: list[Mapping[str, Any]] = frame[columns].to_dict("records")
    features = []
    for place, (row, geometry, index, size, value, outline) in enumerate(
        zip(rows, frame.geometry, classed.index, sizes, values, outlines, strict=True)
    ):
        anchor = label_anchor(geometry, bbox)
        features.append(
            SceneFeature(
                id=clean_text(row["id"]),
                name=name_text(row[name_column], row["id"], where=where),
                geometry=shapely.Point(anchor) if as_points else geometry,
                class_index=index,
                anchor=anchor,
                label=make_label(row) if make_label else "",
                size=size,
                value=None if is_missing(value) else value if isinstance(value, str) else _plain(value),
                popup=(*make_popup(row), *moving_rows(changes, shown, place)),
                outline=outline,
                filters=tuple(cell_text(row[c]) for c in filters) if filtered else (),
            )
        )
    accuracy = worst_accuracy(frame, layer)
    return SceneLayer(
        id=f"{number:02d}-{layer.meta.id}",
        title=title,
        kind=spec.kind,
        geometry=drawn,
        classes=classed.classes,
        features=tuple(features),
        label_style=spec.label_style or theme.label,
        unit=unit_of(frame, layer, column) if moving is None else moving.column.unit,
        size_steps=steps,
        legend=spec.legend and spec.kind != "label",
        show_counts=spec.counts and series is None and (len(classed.classes) > 1 or len(frame) > 1),
        visible=spec.visible,
        opacity=spec.opacity,
        interactive=spec.interactive and spec.kind != "label",
        accuracy=accuracy,
        note=SCHEMATIC_NOTICE if accuracy == "schematic" else _standard_note(frames),
        series=None if series is None else replace(series, rows=changes),
    )


def _moving_classes(
    frames: LayerFrames,
    ids: Sequence[str],
    spec: LayerSpec,
    layer: Layer,
    base: SymbolSpec,
    family: Family,
    theme: Theme,
    *,
    where: str,
) -> tuple[Classes, SceneSeries, Sequence[float | str | None]]:
    """Classes over all frames, with the counts of the one shown; each frame's classes; the values shown."""
    table = frames.values(frames.column.name, ids)
    if spec.kind == "choropleth":
        found = numeric_classes(table.ravel(), spec, base, family, theme, where=where)
    else:
        found = category_classes(
            table.ravel().tolist(), spec, layer, frames.column.name, base, family, theme, where=where
        )
    index = np.array(found.index, dtype=np.int16).reshape(table.shape)
    counts = np.bincount(index[frames.shown], minlength=len(found.classes)).tolist()
    classes = tuple(replace(c, count=n) for c, n in zip(found.classes, counts, strict=True))
    numbers: NDArray[np.float64] | None = table if spec.kind == "choropleth" else None
    series = SceneSeries(
        caption=clean_text(frames.column.title),
        unit=clean_text(frames.column.unit),
        class_index=index,
        values=numbers,
        decimals=0 if numbers is None else decimals_of(numbers),
    )
    now = index[frames.shown].tolist()
    shown: Sequence[float | str | None]
    if numbers is None:
        shown = [None if classes[i].missing else classes[i].label for i in now]
    else:
        shown = numbers[frames.shown].tolist()
    return Classes(classes, tuple(now)), series, shown


def _popup_columns(
    spec: LayerSpec, frames: LayerFrames | None, columns: Sequence[str], name_column: str, *, where: str
) -> tuple[list[str], list[str]]:
    """The popup's columns of the layer, and those of its series; ``value`` is the series' column."""
    if frames is None:
        return spec.popup or ([name_column, "value", "period", "source"] if spec.indicator else [name_column]), []
    meta, own = frames.series.meta, frames.column.name
    texts = [c.name for c in meta.columns if c.type == "text" and c.name not in (own, meta.standard)]
    wanted = [own if c == "value" else c for c in spec.popup] or [name_column, own, *texts]
    require_columns(wanted, [*columns, *frames.names], where=where, key="popup")
    return [c for c in wanted if c not in frames.names], [c for c in dict.fromkeys(wanted) if c in frames.names]


def _require_standing_label(spec: LayerSpec, frames: LayerFrames, *, where: str) -> None:
    """A label does not move: it may not name what does."""
    for column in label_columns(spec.label or ""):
        if column in (*frames.names, "value"):
            raise SpecError(
                f"标注不随时间变化，不能用时间序列的列“{column}”",
                where=f"{where} 的 label",
                expected="图层的列，如 name",
                fix="数值在点击后显示；只画一个时刻时写 at，就可以标注数值",
            )


def _standard_note(frames: LayerFrames | None) -> str:
    """The standard of a layer that shows one moment; one that moves has it beside the date."""
    if frames is None or frames.moves or not (standards := frames.standards()):
        return ""
    return f"按 {'、'.join(standards)} 评价"


def _dissolved(frame: Any, column: str | None, *, where: str) -> Any:
    """One row for each value of a column: shapes united, other cells kept where all agree, the worst accuracy."""
    if column is None:
        return frame
    require_columns([column], list(frame.columns), where=where, key="dissolve")
    blank = frame[column].isna() | (frame[column].astype(str).str.strip() == "")
    listed = frame[column].map(lambda value: value.__hash__ is None).astype(bool)
    for bad, what in ((blank, "空值"), (listed, "列表或表格")):
        if bad.any():
            raise SpecError(
                f"列“{column}”有{what}（要素 {cell_text(frame['id'][bad].iloc[0])}），无法合并",
                where=f"{where} 的 dissolve",
                fix="补上取值，或用 where 选出有值的要素",
            )
    rows = []
    for value, group in frame.groupby(frame[column].map(cell_text), sort=False):
        alike = {c: group[c].iloc[0] if len(set(map(repr, group[c]))) == 1 else None for c in group if c != "geometry"}
        alike |= {"id": value, "name": value, "geometry": _united(group, where=where)}
        if "accuracy" in group:
            alike["accuracy"] = worst([a for a in group["accuracy"] if a in ACCURACY_ZH])
        rows.append(alike)
    return type(frame)(rows, columns=frame.columns, geometry="geometry", crs=frame.crs)


def _united(group: Any, *, where: str) -> shapely.Geometry:
    try:
        return shapely.union_all(group.geometry)
    except shapely.errors.GEOSException as cause:
        shapes = group.geometry.to_numpy()
        bad = group["id"][~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)]
        named = f"要素“{cell_text(bad.iloc[0])}”的几何无效，不能合并" if len(bad) else "几何不能合并"
        raise LayerError(named, where=where, fix="先修复几何：用 changji-geo layers import 重新导入时会修复") from cause


def _outlines(frame: Any, column: str | None, family: Family, *, where: str) -> Sequence[shapely.Geometry | None]:
    """The areas that a column of WKT holds; None where a cell is blank."""
    if column is None:
        return (None,) * len(frame)
    require_columns([column], list(frame.columns), where=where, key="outline")
    if family != "point":
        raise SpecError(f"outline 用于点图层，这里是{_FAMILY_ZH[family]}图层", where=f"{where} 的 outline")
    out: list[shapely.Geometry | None] = []
    for feature_id, cell in zip(frame["id"], frame[column], strict=True):
        shape = None if is_missing(cell) else shapely.from_wkt(str(cell), on_invalid="ignore")
        west, south, east, north = (0.0,) * 4 if shape is None else shape.bounds
        inside = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
        if not is_missing(cell) and (shape is None or shapely.get_dimensions(shape) != 2 or not inside):
            raise LayerError(
                f"要素“{cell_text(feature_id)}”的列“{column}”不是图斑轮廓：{clean_text(cell)[:40]}",
                where=where,
                expected="经纬度的面，如 POLYGON ((88 44, 88.1 44, 88 44.1, 88 44))，或空白",
            )
        out.append(shape)
    return out


def _family(frame: Any, layer: Layer, *, where: str) -> Family:
    shapes = frame.geometry.to_numpy()
    blank = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if blank.any():
        names = [str(i) for i in frame["id"][blank]]
        raise LayerError(
            f"有 {len(names)} 个要素没有几何：{'、'.join(names[:5])}{'……' if len(names) > 5 else ''}",
            where=f"图层 {layer.meta.id}",
            fix="补上几何，或从数据文件中删去；只画其他要素时用 where 选择",
        )
    dimensions = set(shapely.get_dimensions(shapes).tolist())
    if len(dimensions) > 1 or not dimensions <= set(_FAMILY):
        raise LayerError(
            "点、线、面混在一个图层里",
            where=f"图层 {layer.meta.id}",
            fix="分成几个图层，或用 where 只选一种",
        )
    del where
    return _FAMILY[dimensions.pop()]


def _plain(value: Any) -> float | str:
    """A number as a Python float, anything else as text."""
    return (
        float(value)
        if hasattr(value, "__float__") and type(value).__name__ not in ("bool", "bool_")
        else cell_text(value)
    )
