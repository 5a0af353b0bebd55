"""Values of stations -> an estimated surface as areas of equal class, clipped to a mask: the `SceneLayer` of ``surface``."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from changji_geo.anchors import label_anchor
from changji_geo.catalog import Layer
from changji_geo.classify import ScaleSpec, classify, format_number
from changji_geo.errors import LayerError, SpecError
from changji_geo.sample_words import SAMPLE_DATA, SAMPLE_NOTICE
from changji_geo.scene.classes import base_symbol, numeric_classes, read_numbers
from changji_geo.scene.rows import select_rows, unit_of, worst_accuracy
from changji_geo.scene_model import PopupRow, SceneClass, SceneFeature, SceneLayer
from changji_geo.scene_text import clean_text, require_columns
from changji_geo.spatial.surface.contouring import class_areas
from changji_geo.spatial.surface.estimating import METHOD_ZH, Surface, estimate_surface, plain_number
from changji_geo.spatial.surface.samples import SURE_KRIGING, listed
from changji_geo.spec import LayerSpec, SurfaceSpec
from changji_geo.theme import Theme
from changji_geo.types import SCHEMATIC_NOTICE, BBox

Floats = NDArray[np.float64]

VALUE_SCALE = ScaleSpec(scheme="pretty", k=6, palette="YlOrRd")
ERROR_SCALE = ScaleSpec(scheme="pretty", k=5, palette="BuPu")
"""Scales of a surface whose map gives none: round bounds."""

_QUANTILES = 999
"""A scheme finds its bounds from so many quantiles of the cells: Fisher-Jenks takes minutes for all of them."""

_DIGITS = 10
"""Significant digits that are classed: what a processor or its number of threads changes lies beyond."""

_SEAM_WIDTH = 0.35
"""Outline of an area in its own colour, points: no background shows between neighbours."""


def build_surface(
    spec: LayerSpec,
    layer: Layer,
    mask: BaseGeometry,
    *,
    number: int,
    theme: Theme,
    bbox: BBox,
    value_title: str,
    where: str,
) -> SceneLayer:
    """Settle a surface layer.

    Parameters
    ----------
    spec : LayerSpec
        What the map asks for; ``surface`` is set, and values are those of ``column``, or the attached ``value``.
    layer : Layer
        Stations, EPSG:4490. Those outside the mask count as well; ``where`` selects.
    mask : Polygon or MultiPolygon
        What the surface is clipped to, degrees, EPSG:4490.
    number : int
        Place in the map, from 1; part of the layer's id.
    theme : Theme
        Colours and symbols.
    bbox : BBox
        The extent shown.
    value_title : str
        Name of the values ("PM2.5"); "" for the title of the column.
    where : str
        File and key, for messages.

    Returns
    -------
    SceneLayer
        Kind "surface", areas: one feature for each class that has an area; together they are the mask. A class excludes its
        lower bound and includes its upper one. With ``show = "error"`` the classes are those of the kriging standard error.

    Raises
    ------
    SpecError, LayerError
        No such column, text among the values, a layer that is not of points, too few stations, a key that has no meaning
        for a surface (label, popup, dissolve).
    """
    how = spec.surface or SurfaceSpec(method="idw")
    _refuse_keys(spec, where=where)
    frame = select_rows(layer, spec, where=where)
    column = "value" if spec.indicator else spec.column or "value"
    require_columns([column], list(frame.columns), where=where, key="column")
    lon, lat = _places(frame, layer, where=where)
    surface = estimate_surface(
        lon, lat, read_numbers(frame, column, where=where), mask,
        method=how.method, power=how.power, cell_m=how.cell_km * 1000.0,
        names=[clean_text(name) for name in frame["name"]], where=where,
    )  # fmt: skip
    shown = _steady(surface.estimate if how.show == "value" or surface.error is None else surface.error)
    classes, bounds = _classes(shown, surface.inside, spec, how, theme, where=where)
    areas = class_areas(surface.x, surface.y, shown, bounds, mask)
    caption = value_title or next((c.title for c in layer.meta.columns if c.name == column), column)
    unit = unit_of(frame, layer, column)
    sample = layer.meta.sample
    features = tuple(
        SceneFeature(
            id=f"class-{index + 1}",
            name=f"{classes[index].label} {unit}".strip(),
            geometry=area,
            class_index=index,
            anchor=label_anchor(area, bbox),
            popup=(
                *_popup(surface, how, caption, unit, classes[index].label, _cells(shown, surface, bounds, index)),
                *([PopupRow("数据", SAMPLE_NOTICE)] if sample else []),
            ),
        )
        for index, area in enumerate(areas)
        if area is not None
    )
    drawn = [f.class_index for f in features]
    accuracy = worst_accuracy(frame, layer)
    return SceneLayer(
        id=f"{number:02d}-{layer.meta.id}",
        title=spec.title or clean_text(f"{caption}{' ' if caption[-1:].isascii() else ''}{_title(how)}"),
        kind="surface",
        geometry="area",
        classes=tuple(replace(item, count=drawn.count(index)) for index, item in enumerate(classes)),
        features=features,
        label_style=spec.label_style or theme.label,
        unit=unit,
        legend=spec.legend,
        show_counts=False,
        visible=spec.visible,
        opacity=spec.opacity,
        interactive=spec.interactive,
        accuracy=accuracy,
        note=_note(surface, how, sample=sample, schematic=accuracy == "schematic"),
    )


def _refuse_keys(spec: LayerSpec, *, where: str) -> None:
    given = [key for key, value in (("label", spec.label), ("popup", spec.popup), ("dissolve", spec.dissolve)) if value]
    if given:
        raise SpecError(
            f"插值面没有自己的要素，不能写 {'、'.join(given)}",
            where=where,
            fix="站点的名称、数值和弹窗，用同一图层的 kind = point 另画一层",
        )
    if spec.scale is not None and spec.scale.scheme == "unique" and not (spec.scale.breaks or spec.scale.standard):
        raise SpecError(
            "插值面的数值是连续的，不能逐值分级（unique）", where=f"{where} 的 scale", fix="换一种 scheme，或写 breaks"
        )


def _places(frame: Any, layer: Layer, *, where: str) -> tuple[Floats, Floats]:
    shapes = frame.geometry.to_numpy()
    for feature_id, shape in zip(frame["id"], shapes, strict=True):
        if shape is None or shape.is_empty:
            raise LayerError(
                f"要素“{clean_text(feature_id)}”没有几何",
                where=f"图层 {layer.meta.id}",
                fix="补上位置，或用 where 选择",
            )
        if shape.geom_type != "Point":
            raise SpecError(
                f"kind = surface 需要单点图层，而“{layer.meta.id}”的要素“{clean_text(feature_id)}”是 {shape.geom_type}",
                where=where,
                fix="用站点图层；面图层的数值用 kind = choropleth",
            )
    return shapely.get_x(shapes), shapely.get_y(shapes)


def _steady(grid: Floats) -> Floats:
    """Rounded to ten significant digits of the greatest number."""
    largest = float(np.nanmax(np.abs(grid)))
    if largest == 0:
        return grid
    out: Floats = np.round(grid, _DIGITS - 1 - math.floor(math.log10(largest)))
    return out


def _classes(
    shown: Floats, inside: NDArray[np.bool_], spec: LayerSpec, how: SurfaceSpec, theme: Theme, *, where: str
) -> tuple[tuple[SceneClass, ...], list[float]]:
    """Legend classes and the bounds between them; a scheme's first and last class are open, as the surface goes on."""
    scale = spec.scale or (VALUE_SCALE if how.show == "value" else ERROR_SCALE)
    cells = shown[inside] if inside.any() else shown[np.isfinite(shown)]
    flat = np.nanmin(shown) == np.nanmax(shown)
    if scale.breaks is None and scale.standard is None and not flat:
        scale = scale.model_copy(update={"breaks": _breaks(cells, shown, scale)})
    elif flat:
        cells = cells[:1]
    asked = spec.model_copy(update={"scale": scale})
    found = numeric_classes(cells, asked, base_symbol(spec, "area", theme, where=where), "area", theme, where=where)
    seamless = spec.symbol is None and spec.style.stroke is None
    classes = tuple(_without_outline(item) if seamless else item for item in found.classes)
    return classes, [float(c.upper) for c in classes[:-1] if c.upper is not None]


def _breaks(cells: Floats, shown: Floats, scale: ScaleSpec) -> list[float]:
    sample = np.unique(np.quantile(cells, np.linspace(0, 1, _QUANTILES)))
    if len(sample) <= scale.k:
        sample = np.linspace(np.nanmin(shown), np.nanmax(shown), _QUANTILES)
    return [c.upper for c in classify(sample, scale).classes[:-1]] or [float(np.median(sample))]


def _without_outline(item: SceneClass) -> SceneClass:
    look = item.symbol
    seam = replace(look, stroke=look.fill, stroke_width=_SEAM_WIDTH, stroke_opacity=look.fill_opacity, dash=())
    return replace(item, symbol=seam)


def _cells(shown: Floats, surface: Surface, bounds: list[float], index: int) -> NDArray[np.bool_]:
    """The cells in the mask that are of a class."""
    of_class: NDArray[np.bool_] = np.searchsorted(np.array(bounds), shown, side="left") == index
    return surface.inside & of_class


def _popup(
    surface: Surface, how: SurfaceSpec, caption: str, unit: str, label: str, cells: NDArray[np.bool_]
) -> Iterator[PopupRow]:
    tail = f" {unit}" if unit else ""
    about = caption if how.show == "value" else f"{caption} 标准误差"
    yield PopupRow(clean_text(about), f"{label}{tail}（估计值）")
    yield PopupRow("方法", surface.method)
    yield PopupRow("站点", _stations(surface))
    yield PopupRow("格网", f"{plain_number(how.cell_km)} km，最远处离站点 {plain_number(surface.farthest_m / 1000)} km")
    if surface.error is not None and how.show == "value" and cells.any():
        low, high = (plain_number(float(v), 2) for v in (surface.error[cells].min(), surface.error[cells].max()))
        yield PopupRow("标准误差", f"本级范围内 {low} – {high}{tail}")
    sign = "+" if surface.mean_error > 0 else ""
    yield PopupRow(
        "逐站留出检验",
        f"均方根误差 {plain_number(surface.rmse, 2)}{tail}，平均误差 {sign}{plain_number(surface.mean_error, 2)}{tail}（估计减实测）",
    )
    if surface.cautions:
        yield PopupRow("注意", "；".join(surface.cautions))


def _stations(surface: Surface) -> str:
    found = surface.samples
    parts = [f"{found.given} 个"]
    if found.missing:
        parts.append(f"另有 {len(found.missing)} 个没有数值，未用（{listed(found.missing)}）")
    if found.merged:
        groups = "；".join("、".join(group) for group in found.merged[:3])
        parts.append(
            f"{len(found.merged)} 处有位置相同的站点，取平均（{groups}{'……' if len(found.merged) > 3 else ''}）"
        )
    return "，".join(parts)


def _title(how: SurfaceSpec) -> str:
    return f"{METHOD_ZH[how.method]}插值面" if how.show == "value" else f"{METHOD_ZH[how.method]}标准误差"


def _note(surface: Surface, how: SurfaceSpec, *, sample: bool, schematic: bool) -> str:
    """What the legend says: method, stations, that these are estimates, and what makes them doubtful."""
    parts = [f"{METHOD_ZH[how.method]}，{surface.samples.given} 个站点，估计值"]
    if surface.variogram is not None and len(surface.samples) < SURE_KRIGING:
        parts.append(f"站点少于 {SURE_KRIGING} 个，变异函数不确定")
    if surface.variogram is not None and surface.variogram.psill == 0:
        parts.append("看不出空间相关")
    if surface.negative and how.show == "value":
        parts.append(f"有 {format_number(surface.negative)} 个格网为负，未截断")
    if sample:
        parts.append(SAMPLE_DATA)
    if schematic:
        parts.append(SCHEMATIC_NOTICE)
    return "；".join(parts)
