"""Values of one layer -> its legend classes, each row's class, symbols and sizes: how a kind of layer looks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from changji_geo.catalog import Layer
from changji_geo.classify import ScaleSpec, classify, format_number
from changji_geo.errors import LayerError, SpecError, near_match
from changji_geo.palettes import palette
from changji_geo.scene_model import SceneClass, SizeStep, Symbol
from changji_geo.scene_text import MISSING_TEXT, cell_text, clean_text, is_missing
from changji_geo.spec import CategorySpec, LayerSpec
from changji_geo.standards.scales import STANDARD_SCALES
from changji_geo.theme import SymbolSpec, Theme, merge_symbols, named_symbol

Family = Literal["area", "line", "point"]
CATEGORY_LIMIT = 24
OTHER_LABEL = "其他"


@dataclass(frozen=True)
class Classes:
    """The legend classes of a layer, and each row's class."""

    classes: tuple[SceneClass, ...]
    index: tuple[int, ...]


def base_symbol(spec: LayerSpec, family: Family, theme: Theme, *, where: str) -> SymbolSpec:
    """The symbol before any class colours it: the named one (else the geometry's own), then the spec's ``style``."""
    name = spec.symbol or (family if family in theme.symbols else "default")
    return merge_symbols(named_symbol(theme, name, where=f"{where} 的 symbol"), spec.style)


def settled(spec: SymbolSpec) -> Symbol:
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
        return settled(merge_symbols(base, theme.missing))
    grey = theme.missing.stroke or "#8a949b"
    return settled(
        merge_symbols(base, SymbolSpec(stroke=grey, fill=theme.page, dash=None if family == "point" else [3, 2]))
    )


def read_numbers(frame: Any, column: str | None, *, where: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A column as floats, NaN where a cell is blank; text or infinity raises `LayerError` naming the feature."""
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


def numeric_classes(
    numbers: np.ndarray[Any, np.dtype[np.float64]],
    spec: LayerSpec,
    base: SymbolSpec,
    family: Family,
    theme: Theme,
    *,
    where: str,
) -> Classes:
    """A choropleth's classes; "无数据" comes last when a row has no number."""
    try:
        found = classify(numbers, spec.scale or ScaleSpec())
    except SpecError as cause:
        raise SpecError(cause.problem, where=f"{where} 的 scale", expected=cause.expected, fix=cause.fix) from cause
    counts = np.bincount(found.index[found.index >= 0], minlength=len(found.classes))
    classes = [
        SceneClass(
            c.label,
            settled(_coloured(base, c.color, family)),
            int(n),
            lower=c.lower if math.isfinite(c.lower) else None,
            upper=c.upper if math.isfinite(c.upper) else None,
        )
        for c, n in zip(found.classes, counts, strict=True)
    ]
    return _with_missing(classes, found.index.tolist(), base, theme, family)


def _with_missing(
    classes: list[SceneClass], index: list[int], base: SymbolSpec, theme: Theme, family: Family
) -> Classes:
    missing = index.count(-1)
    if missing:
        classes = [*classes, SceneClass(MISSING_TEXT, _missing_symbol(base, theme, family), missing, missing=True)]
    last = len(classes) - 1
    return Classes(tuple(classes), tuple(last if i < 0 else i for i in index))


def category_classes(
    values: Sequence[Any],
    spec: LayerSpec,
    layer: Layer,
    column: str | None,
    base: SymbolSpec,
    family: Family,
    theme: Theme,
    *,
    where: str,
) -> Classes:
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
        classes.append(SceneClass(label, settled(merge_symbols(look, marker, category.style)), index.count(position)))
    if others := index.count(len(listed)):
        classes.append(SceneClass(OTHER_LABEL, settled(_coloured(base, "#b9c0c5", family)), others))
    return _with_missing(classes, index, base, theme, family)


def _order(present: set[str], layer: Layer, column: str | None) -> list[str]:
    """The order the layer's own description gives, then the rest by text."""
    described = next((c for c in layer.meta.columns if c.name == column), None)
    allowed = [cell_text(v) for v in described.allowed] if described else []
    return [v for v in allowed if v in present] + sorted(present - set(allowed))


def present_or_missing(
    numbers: np.ndarray[Any, np.dtype[np.float64]], title: str, base: SymbolSpec, theme: Theme
) -> Classes:
    """A proportional layer's one class, and "无数据" when a row has no number."""
    known = int(np.count_nonzero(~np.isnan(numbers)))
    classes = [SceneClass(title, settled(base), known)] if known else []
    return _with_missing(classes, [-1 if math.isnan(n) else 0 for n in numbers], base, theme, "point")


def proportional_sizes(
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
