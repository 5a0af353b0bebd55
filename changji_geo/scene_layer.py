"""One `LayerSpec` and its data -> one `SceneLayer`: selection, classes, symbols, sizes, labels, popups."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import shapely

from changji_geo.anchors import label_anchor
from changji_geo.catalog import Layer
from changji_geo.classify import ScaleSpec, classify, format_number
from changji_geo.errors import LayerError, SpecError, near_match
from changji_geo.palettes import palette
from changji_geo.scene_model import SceneClass, SceneFeature, SceneLayer, SizeStep, Symbol
from changji_geo.scene_text import (
    MISSING_TEXT,
    cell_text,
    clean_text,
    is_missing,
    label_maker,
    name_text,
    popup_maker,
    require_columns,
)
from changji_geo.spec import CategorySpec, LayerSpec
from changji_geo.standards.scales import STANDARD_SCALES
from changji_geo.theme import SymbolSpec, Theme, merge_symbols, named_symbol
from changji_geo.types import ACCURACY_ZH, Accuracy, BBox

Family = Literal["area", "line", "point"]
_FAMILY: dict[int, Family] = {0: "point", 1: "line", 2: "area"}
_FAMILY_ZH: dict[Family, str] = {"area": "面", "line": "线", "point": "点"}
_NEEDS: dict[str, Family] = {"fill": "area", "line": "line", "point": "point"}
CATEGORY_LIMIT = 24
OTHER_LABEL = "其他"


@dataclass(frozen=True)
class _Classes:
    """The legend classes of a layer, and each row's class."""

    classes: tuple[SceneClass, ...]
    index: tuple[int, ...]


def build_layer(
    spec: LayerSpec, layer: Layer, *, number: int, theme: Theme, bbox: BBox, value_title: str, where: str
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

    Returns
    -------
    SceneLayer

    Raises
    ------
    SpecError, LayerError
        Unknown column or value, wrong geometry for the kind, text where numbers are needed, negative sizes, long labels.
    """
    frame = _select(layer, spec, where=where)
    family = _family(frame, layer, where=where)
    if spec.kind in _NEEDS and _NEEDS[spec.kind] != family:
        raise SpecError(
            f"kind = {spec.kind} 需要{_FAMILY_ZH[_NEEDS[spec.kind]]}图层，而“{layer.meta.id}”是{_FAMILY_ZH[family]}图层",
            where=where,
        )
    column = "value" if spec.indicator else spec.column
    if column:
        require_columns([column], list(frame.columns), where=where, key="column")
    values: Sequence[Any] = list(frame[column]) if column else [None] * len(frame)
    as_points = spec.kind in ("proportional", "label")
    drawn: Family = "point" if as_points else family
    base = _base_symbol(spec, drawn, theme, where=where)
    title = spec.title or value_title or layer.meta.title
    sizes: tuple[float | None, ...] = (None,) * len(frame)
    steps: tuple[SizeStep, ...] = ()
    if spec.kind == "choropleth":
        classed = _numeric_classes(_numbers(frame, column, where=where), spec, base, drawn, theme, where=where)
    elif spec.kind == "category":
        classed = _category_classes(values, spec, layer, column, base, drawn, theme, where=where)
    elif spec.kind == "proportional":
        numbers = _numbers(frame, column, where=where)
        classed = _present_or_missing(numbers, title, base, theme)
        sizes, steps = _sizes(numbers, spec, where=where)
    else:
        classed = _Classes((SceneClass(title, _symbol(base), len(frame)),), (0,) * len(frame))
    columns = [c for c in frame.columns if c != "geometry"]
    name_column = "name" if "name" in columns else "id"
    popup_columns = spec.popup or ([name_column, "value", "period", "source"] if spec.indicator else [name_column])
    make_popup = popup_maker(popup_columns, columns, layer.meta, value_caption=value_title or "数值", where=where)
    make_label = label_maker(spec.label, columns, where=where) if spec.label else None
    rows: list[Mapping[str, Any]] = frame[columns].to_dict("records")
    features = []
    for row, geometry, index, size, value in zip(rows, frame.geometry, classed.index, sizes, values, strict=True):
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
                popup=make_popup(row),
            )
        )
    accuracy = _worst_accuracy(frame, layer)
    return SceneLayer(
        id=f"{number:02d}-{layer.meta.id}",
        title=title,
        kind=spec.kind,
        geometry=drawn,
        classes=classed.classes,
        features=tuple(features),
        label_style=spec.label_style or theme.label,
        unit=_unit(frame, layer, column),
        size_steps=steps,
        legend=spec.legend and spec.kind != "label",
        show_counts=spec.counts and (len(classed.classes) > 1 or len(frame) > 1),
        visible=spec.visible,
        opacity=spec.opacity,
        interactive=spec.interactive and spec.kind != "label",
        accuracy=accuracy,
        note="示意图层，不作为执法依据" if accuracy == "schematic" else "",
    )


def _select(layer: Layer, spec: LayerSpec, *, where: str) -> Any:
    """The rows that ``where`` asks for; a value that no row has is an error, since it is most often a slip."""
    frame = layer.frame
    for column, wanted in spec.where.items():
        require_columns([column], list(frame.columns), where=where, key="where")
        present = {cell_text(v) for v in frame[column]}
        keys = [cell_text(v) for v in (wanted if isinstance(wanted, list) else [wanted])]
        for key in keys:
            if key not in present:
                raise SpecError(
                    f"列“{column}”中没有取值“{key}”", where=f"{where} 的 where", fix=near_match(key, present)
                )
        frame = frame[[cell_text(v) in keys for v in frame[column]]]
    if len(frame) == 0:
        raise SpecError("筛选后没有要素", where=f"{where} 的 where", fix="放宽条件")
    return frame


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


def _base_symbol(spec: LayerSpec, family: Family, theme: Theme, *, where: str) -> SymbolSpec:
    name = spec.symbol or (family if family in theme.symbols else "default")
    return merge_symbols(named_symbol(theme, name, where=f"{where} 的 symbol"), spec.style)


def _symbol(spec: SymbolSpec) -> Symbol:
    """Settle a merged symbol; a theme's ``default`` need not name every key."""
    return Symbol(
        fill=spec.fill or "#cccccc",
        fill_opacity=1.0 if spec.fill_opacity is None else spec.fill_opacity,
        stroke=spec.stroke or "#555555",
        stroke_width=0.8 if spec.stroke_width is None else spec.stroke_width,
        stroke_opacity=1.0 if spec.stroke_opacity is None else spec.stroke_opacity,
        dash=tuple(spec.dash or ()),
        hatch=spec.hatch or "",
        marker=spec.marker or "circle",
        size=7.0 if spec.size is None else spec.size,
    )


def _coloured(base: SymbolSpec, color: str, family: Family) -> SymbolSpec:
    key = {"stroke": color} if family == "line" else {"fill": color}
    return merge_symbols(base, SymbolSpec.model_validate(key))


def _missing_symbol(base: SymbolSpec, theme: Theme, family: Family) -> Symbol:
    if family == "area":
        return _symbol(merge_symbols(base, theme.missing))
    grey = theme.missing.stroke or "#8a949b"
    return _symbol(
        merge_symbols(base, SymbolSpec(stroke=grey, fill=theme.page, dash=None if family == "point" else [3, 2]))
    )


def _numbers(frame: Any, column: str | None, *, where: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    values = [_finite_or_text(v) for v in frame[column]]
    numbers: np.ndarray[Any, np.dtype[np.float64]] = pd.to_numeric(
        pd.Series(values, dtype=object), errors="coerce"
    ).to_numpy(dtype=np.float64, na_value=math.nan)
    for key, value, number in zip(frame["id"], values, numbers, strict=True):
        if not is_missing(value) and (math.isnan(number) or math.isinf(number)):
            raise LayerError(
                f"列“{column}”的取值“{clean_text(value)[:40]}”不是数字",
                where=f"{where} 的要素 {key}",
                expected="数字或空白",
                fix='改正该值；若是类别，用 kind = "category"',
            )
    return numbers


def _finite_or_text(value: Any) -> Any:
    """A whole number that no float can hold, as text, so that it is refused like any other wrong value."""
    return str(value) if isinstance(value, int) and abs(value) > 10**300 else value


def _numeric_classes(
    numbers: np.ndarray[Any, np.dtype[np.float64]],
    spec: LayerSpec,
    base: SymbolSpec,
    family: Family,
    theme: Theme,
    *,
    where: str,
) -> _Classes:
    try:
        found = classify(numbers, spec.scale or ScaleSpec())
    except SpecError as cause:
        raise SpecError(cause.problem, where=f"{where} 的 scale", expected=cause.expected, fix=cause.fix) from cause
    counts = np.bincount(found.index[found.index >= 0], minlength=len(found.classes))
    classes = [
        SceneClass(
            c.label,
            _symbol(_coloured(base, c.color, family)),
            int(n),
            lower=c.lower if math.isfinite(c.lower) else None,
            upper=c.upper if math.isfinite(c.upper) else None,
        )
        for c, n in zip(found.classes, counts, strict=True)
    ]
    return _with_missing(classes, found.index.tolist(), base, theme, family)


def _with_missing(
    classes: list[SceneClass], index: list[int], base: SymbolSpec, theme: Theme, family: Family
) -> _Classes:
    missing = index.count(-1)
    if missing:
        classes = [*classes, SceneClass(MISSING_TEXT, _missing_symbol(base, theme, family), missing, missing=True)]
    last = len(classes) - 1
    return _Classes(tuple(classes), tuple(last if i < 0 else i for i in index))


def _category_classes(
    values: Sequence[Any],
    spec: LayerSpec,
    layer: Layer,
    column: str | None,
    base: SymbolSpec,
    family: Family,
    theme: Theme,
    *,
    where: str,
) -> _Classes:
    """Values as named classes: those listed in the spec first and in its order, the rest as "其他"; else all in order."""
    scale = spec.scale or ScaleSpec(palette="Set2")
    keys = [None if is_missing(v) else cell_text(v) for v in values]
    present = {k for k in keys if k is not None}
    if scale.standard:
        keys = [None if k is None else k.removesuffix("类") for k in keys]
        present = {k.removesuffix("类") for k in present}
        listed = [
            CategorySpec(value=s.value, label=s.label, color=s.color)
            for s in STANDARD_SCALES[scale.standard]
            if s.value is not None
        ]
        if not listed:
            raise SpecError(f"标准 {scale.standard} 用于数值，不用于类别", where=f"{where} 的 scale")
        if unknown := present - {str(c.value) for c in listed}:
            raise LayerError(
                f"列“{column}”有标准以外的取值“{sorted(unknown)[0]}”",
                where=where,
                expected="、".join(str(c.value) for c in listed),
            )
    else:
        listed = list(spec.categories) or [CategorySpec(value=k) for k in _order(present, layer, column)]
    if len(listed) > CATEGORY_LIMIT:
        raise SpecError(
            f"列“{column}”有 {len(listed)} 种取值，分不清", where=where, expected=f"不超过 {CATEGORY_LIMIT} 种"
        )
    if spec.categories and present and not present & {cell_text(c.value) for c in listed}:
        raise SpecError(
            f"categories 列出的取值，列“{column}”里一个也没有",
            where=f"{where} 的 categories",
            fix=near_match(cell_text(listed[0].value), present),
        )
    colors = palette(scale.palette, len(listed), reverse=scale.reverse) if listed else ()
    order = {cell_text(c.value): i for i, c in enumerate(listed)}
    index = [-1 if k is None else order.get(k, len(listed)) for k in keys]
    classes = []
    for position, (category, fallback) in enumerate(zip(listed, colors, strict=True)):
        look = _coloured(base, category.color or fallback, family) if (category.color or not spec.categories) else base
        marker = SymbolSpec(marker=category.marker) if category.marker else SymbolSpec()
        label = category.label or cell_text(category.value)
        classes.append(SceneClass(label, _symbol(merge_symbols(look, marker, category.style)), index.count(position)))
    if others := index.count(len(listed)):
        classes.append(SceneClass(OTHER_LABEL, _symbol(_coloured(base, "#b9c0c5", family)), others))
    return _with_missing(classes, index, base, theme, family)


def _order(present: set[str], layer: Layer, column: str | None) -> list[str]:
    """The order the layer's own description gives, then the rest by text."""
    described = next((c for c in layer.meta.columns if c.name == column), None)
    allowed = [cell_text(v) for v in described.allowed] if described else []
    return [v for v in allowed if v in present] + sorted(present - set(allowed))


def _present_or_missing(
    numbers: np.ndarray[Any, np.dtype[np.float64]], title: str, base: SymbolSpec, theme: Theme
) -> _Classes:
    known = int(np.count_nonzero(~np.isnan(numbers)))
    classes = [SceneClass(title, _symbol(base), known)] if known else []
    return _with_missing(classes, [-1 if math.isnan(n) else 0 for n in numbers], base, theme, "point")


def _sizes(
    numbers: np.ndarray[Any, np.dtype[np.float64]], spec: LayerSpec, *, where: str
) -> tuple[tuple[float | None, ...], tuple[SizeStep, ...]]:
    """Diameters whose *areas* are proportional to the values, never under the lower bound; missing gets the lower bound."""
    low, high = spec.size_range
    known = numbers[~np.isnan(numbers)]
    if (known < 0).any():
        raise LayerError(
            f"有负值 {format_number(float(known.min()))}，不能用符号大小表示", where=where, fix='用 kind = "choropleth"'
        )
    top = spec.size_value or (float(known.max()) if known.size else 0.0)
    if known.size and known.max() > top:
        raise SpecError(
            f"size_value = {format_number(top)} 小于最大值 {format_number(float(known.max()))}",
            where=where,
            fix="写一个不小于最大值的数",
        )

    def diameter(value: float) -> float:
        return round(max(low, high * math.sqrt(value / top)), 3) if top > 0 else low

    sizes = tuple(low if math.isnan(n) else diameter(float(n)) for n in numbers)
    if known.size == 0:
        return sizes, ()
    if len(np.unique(known)) <= 3:
        shown = sorted({float(v) for v in known})
    else:
        shown = sorted({_round_down(top / 8), _round_down(top / 3), _round_down(top)})
    return sizes, tuple(SizeStep(diameter(v), format_number(v)) for v in shown)


def _round_down(value: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not above `value`."""
    if value <= 0:
        return 0.0
    magnitude = 10.0 ** math.floor(math.log10(value))
    return max(m * magnitude for m in (1, 2, 5) if m * magnitude <= value * (1 + 1e-12))


def _plain(value: Any) -> float | str:
    """A number as a Python float, anything else as text."""
    return (
        float(value)
        if hasattr(value, "__float__") and type(value).__name__ not in ("bool", "bool_")
        else cell_text(value)
    )


def _unit(frame: Any, layer: Layer, column: str | None) -> str:
    if column == "value" and "unit" in frame.columns:
        return next((str(u) for u in frame["unit"] if not is_missing(u)), "")
    described = next((c for c in layer.meta.columns if c.name == column), None)
    return described.unit if described else ""


def _worst_accuracy(frame: Any, layer: Layer) -> Accuracy:
    """The least accurate of the rows drawn, or the layer's own word when rows have none."""
    ranks = list(ACCURACY_ZH)
    rows = [a for a in frame["accuracy"] if a in ACCURACY_ZH] if "accuracy" in frame.columns else []
    return max(rows or [layer.meta.accuracy], key=ranks.index)
