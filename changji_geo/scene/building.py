"""A map description and the workspace's data -> a `Scene` in which everything is decided."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import shapely

from changji_geo.basemap import resolve_basemap
from changji_geo.catalog import Layer, load_layer
from changji_geo.classify import format_number
from changji_geo.crs import CHANGJI_ALBERS, parse_crs
from changji_geo.errors import ChangjiGeoError, CRSError, SpecError, near_match
from changji_geo.indicators import IndicatorTable, attach_indicators, get_figure, load_indicators
from changji_geo.resources import Workspace, find_workspace
from changji_geo.sample_words import SAMPLE_NOTICE, SAMPLE_TITLE
from changji_geo.scene.data import SceneData
from changji_geo.scene.layers import build_layer
from changji_geo.scene.moving import LayerFrames, layer_frames, map_time, series_notices
from changji_geo.scene_model import Inset, Scene, SceneFigure, SceneFilter, SceneLayer, SceneSource, SceneTime
from changji_geo.scene_text import MISSING_TEXT, cell_text, clean_text
from changji_geo.series import Series, SeriesMeta, attach_series
from changji_geo.spec import FigureSpec, LayerSpec, MapSpec, load_map_spec, map_spec_file
from changji_geo.theme import Theme, load_theme
from changji_geo.types import SCHEMATIC_NOTICE, Accuracy, BBox

PAGE_SIZES_MM: dict[str, tuple[float, float]] = {
    "A4 landscape": (297.0, 210.0),
    "A4 portrait": (210.0, 297.0),
    "A3 landscape": (420.0, 297.0),
    "A3 portrait": (297.0, 420.0),
    "16:9": (338.7, 190.5),
}
INTERNAL_USE = "内部使用：未经地图审核，不得公开使用"
SURFACE_NOTICE = "插值面由站点数值估计，站点以外不是监测值"
_INSET_OUTLINES, _INSET_HIGHLIGHT = "xinjiang", "prefecture"
_MIN_SPAN = 0.02
FILTER_LIMIT = 200
"""How many values a column may have that the page filters by."""


@dataclass(frozen=True)
class _Drawn:
    """A layer settled, the data with attached values that it was drawn from, and the title of what in it is made up."""

    layer: SceneLayer
    data: Layer
    made_up: str


def build_scene(
    spec: MapSpec | str | Path,
    *,
    map_id: str | None = None,
    workspace: Workspace | None = None,
    base_dir: Path | None = None,
    layers: Mapping[str, Layer] | None = None,
    series: Mapping[str, Series] | None = None,
) -> Scene:
    """Settle a map: read its layers, attach indicators and series, class, colour, label, and collect sources and notices.

    Parameters
    ----------
    spec : MapSpec, str or path
        A checked description, or a map's id or file.
    map_id : str, optional
        Id of the Scene; the file's stem by default, else ``"map"``.
    workspace : Workspace, optional
        Where layers, themes and indicators are; the one in force by default.
    base_dir : path, optional
        Folder that a local tile path is relative to; by default that of the description's file, for a `MapSpec` the
        current folder.
    layers : mapping of str to Layer, optional
        Layers that lie in memory, by the id under which the map names them; they win over the workspace's and pass the
        same checks as a file. One that the map does not name is an error: the file's data would be drawn in its stead.
    series : mapping of str to Series, optional
        Series that lie in memory, in the same way.

    Returns
    -------
    Scene
        With ``time`` when a layer has a series and no ``at``: its classes are those of all moments, its features are as of
        ``time.shown``.

    Raises
    ------
    ChangjiGeoError
        Whatever is wrong in the description or its data, naming file and key.

    Examples
    --------
    >>> lakes = load_layer("lakes")
    >>> scene = build_scene("overview", layers={"lakes": Layer(lakes.meta, lakes.frame.head(3))})
    >>> [len(layer.features) for layer in scene.layers if layer.id.endswith("-lakes")]
    [3]
    """
    workspace = workspace or find_workspace()
    if not isinstance(spec, MapSpec):
        base_dir = base_dir or map_spec_file(spec, workspace).parent
        stem, spec = load_map_spec(spec, workspace)
        map_id, where = map_id or stem, f"地图 {stem}"
    else:
        where = f"地图 {map_id or '（未命名）'}"
    theme = _theme(spec, workspace, where=where)
    uses_indicators = bool(spec.figures) or any(layer.indicator for layer in spec.layers)
    table = load_indicators(workspace) if uses_indicators else IndicatorTable({}, ())
    data = SceneData(workspace, layers or {}, series or {})
    data.check(spec, where=where)
    bbox = _extent(spec, data, where=where)
    time, moments = _series(spec, data, where=where)
    drawn = [
        _layer(one, number, data, table, theme, bbox, spec.html.filters, moments.get(number), where=f"{where} 的 layers[{number}]")
        for number, one in enumerate(spec.layers, start=1)
    ]  # fmt: skip
    _require_something(drawn, bbox, where=where)
    found = [_figure(f, table, data, where=f"{where} 的 figures[{i}]") for i, f in enumerate(spec.figures, start=1)]
    used = {frames.series.meta.id: frames.series.meta for frames in moments.values()}
    projection, crs_text = _projection(spec.static.crs, where=where)
    return Scene(
        id=map_id or "map",
        title=clean_text(spec.title),
        subtitle=clean_text(spec.subtitle),
        description=clean_text(spec.description),
        bbox=bbox,
        layers=tuple(one.layer for one in drawn),
        theme=theme,
        projection=projection,
        crs_text=crs_text,
        credits=clean_text(spec.credits),
        sources=(*_sources(drawn, spec.layers), *(_series_source(meta) for meta in used.values())),
        notices=(
            *_notices([one.layer for one in drawn], approved=bool(spec.approval_number)),
            *_sample_notice([*(one.made_up for one in drawn), *(made_up for _, made_up in found)]),
            *series_notices(tuple(moments.values())),
            *([SURFACE_NOTICE] if any(one.layer.kind == "surface" for one in drawn) else []),
        ),
        notes=tuple(clean_text(n) for n in spec.notes),
        approval_number=clean_text(spec.approval_number),
        date_text=_date_text(spec, drawn, used.values()),
        figures=tuple(figure for figure, _ in found),
        inset=_inset(bbox, workspace) if "inset" in spec.static.furniture else None,
        basemap=resolve_basemap(spec.html.basemap, bbox, base_dir=base_dir or Path.cwd())
        if spec.html.basemap
        else None,
        search=spec.html.search,
        html_graticule=spec.html.graticule,
        filters=_filters(spec.html.filters, drawn, where=f"{where} 的 html.filters"),
        time=time,
        furniture=tuple(spec.static.furniture),
        legend_side=spec.static.legend,
        page_size_mm=PAGE_SIZES_MM[spec.static.size],
        dpi=spec.static.dpi,
    )


def _theme(spec: MapSpec, workspace: Workspace, *, where: str) -> Theme:
    if spec.theme not in workspace.theme_ids:
        raise SpecError(
            f"没有主题“{spec.theme}”", where=f"{where} 的 theme", fix=near_match(spec.theme, workspace.theme_ids)
        )
    return load_theme(spec.theme, workspace)


def _require_something(drawn: Iterable[_Drawn], bbox: BBox, *, where: str) -> None:
    window = shapely.box(*bbox)
    shapes = (f.geometry for one in drawn for f in one.layer.features)
    if not any(shapely.intersects(window, shapely.box(*shape.bounds)) for shape in shapes):
        raise SpecError(
            f"图幅范围（{'，'.join(f'{v:.4g}' for v in bbox)}）内没有任何要素，图会是空的",
            where=f"{where} 的 extent",
            fix="改 extent，或检查图层的位置",
        )


def _date_text(spec: MapSpec, drawn: Iterable[_Drawn], series: Iterable[SeriesMeta]) -> str:
    """The map's own date, else the day of the newest data."""
    return str(spec.date or max([*(str(d.data.meta.retrieved) for d in drawn), *(m.retrieved for m in series)]))


def _layer(
    spec: LayerSpec,
    number: int,
    data: SceneData,
    table: IndicatorTable,
    theme: Theme,
    bbox: BBox,
    filters: Sequence[str],
    frames: LayerFrames | None,
    *,
    where: str,
) -> _Drawn:
    own = data.load(spec.source, where=f"{where} 的 source")
    layer, value_title = _attached(spec, own, table, frames, where=where)
    made_up = own.meta.title if own.meta.sample else value_title if layer.meta.sample else ""
    if frames is not None and frames.series.meta.sample:
        made_up = frames.series.meta.title
    if spec.surface is not None:
        from changji_geo.scene.surfaces import build_surface

        mask = data.shape(spec.surface.mask, where=f"{where} 的 surface.mask")
        built = build_surface(
            spec, layer, mask, number=number, theme=theme, bbox=bbox, value_title=value_title, where=where
        )
    else:
        built = build_layer(
            spec, layer, number=number, theme=theme, bbox=bbox, value_title=value_title, where=where,
            filters=filters, frames=frames,
        )  # fmt: skip
    return _Drawn(built, layer, clean_text(made_up))


def _attached(
    spec: LayerSpec, layer: Layer, table: IndicatorTable, frames: LayerFrames | None, *, where: str
) -> tuple[Layer, str]:
    """The layer with the values of its indicator, or of the one moment shown, and their name."""
    value_title = ""
    if spec.indicator:
        try:
            layer = attach_indicators(layer, spec.indicator, period=spec.period, table=table)
        except ChangjiGeoError as cause:
            raise type(cause)(
                cause.problem, where=f"{where} 的 indicator（{cause.where}）" if cause.where else f"{where} 的 indicator",
                expected=cause.expected, fix=cause.fix,
            ) from cause  # fmt: skip
        value_title = table.indicators[spec.indicator].name
    if frames is not None:
        value_title = clean_text(frames.column.title)
        if not frames.moves:
            layer = attach_series(layer, frames.series, frames.series.times[frames.places[0]])
            value_title = f"{frames.label} {value_title}"
    return layer, value_title


def _series(spec: MapSpec, data: SceneData, *, where: str) -> tuple[SceneTime | None, dict[int, LayerFrames]]:
    """The map's moments, and by a layer's number what it has at each."""
    found: dict[int, Series] = {}
    for number, layer in enumerate(spec.layers, start=1):
        if layer.series is not None:
            at = f"{where} 的 layers[{number}]"
            own = data.load(layer.source, where=f"{at} 的 source")
            found[number] = data.series(layer.series, own, where=f"{at} 的 series")
    moving = {f"layers[{n}]": found[n] for n, layer in enumerate(spec.layers, start=1) if layer.moves}
    time = map_time(spec.time, moving, where=where)
    return time, {
        number: layer_frames(spec.layers[number - 1], series, time, where=f"{where} 的 layers[{number}]")
        for number, series in found.items()
    }


def _series_source(meta: SeriesMeta) -> SceneSource:
    title = clean_text(meta.title)
    shown = title.removesuffix(SAMPLE_TITLE) + SAMPLE_TITLE if meta.sample else title
    return SceneSource(shown, meta.attribution, meta.licence, meta.retrieved, meta.accuracy)


def _extent(spec: MapSpec, data: SceneData, *, where: str) -> BBox:
    """The box to show: a given box, a layer, or ``layer:feature``, with padding and never smaller than 0.02 degrees."""
    key = f"{where} 的 extent"
    if isinstance(spec.extent, list):
        west, south, east, north = spec.extent
    else:
        west, south, east, north = (float(v) for v in data.rows(spec.extent, where=key).total_bounds)
        if math.isnan(west):
            raise SpecError(
                f"“{spec.extent}”没有几何，定不出范围", where=key, fix="换一个图层或要素，或写 [西, 南, 东, 北]"
            )
    pad_x = max((east - west) * spec.padding, (_MIN_SPAN - (east - west)) / 2)
    pad_y = max((north - south) * spec.padding, (_MIN_SPAN - (north - south)) / 2)
    return BBox(
        max(west - pad_x, -180.0), max(south - pad_y, -90.0), min(east + pad_x, 180.0), min(north + pad_y, 90.0)
    )


def _figure(spec: FigureSpec, table: IndicatorTable, data: SceneData, *, where: str) -> tuple[SceneFigure, str]:
    """A key figure, and its name where it is made up."""
    try:
        value = get_figure(table, spec.indicator, spec.area, spec.period)
    except ChangjiGeoError as cause:
        raise type(cause)(cause.problem, where=where, expected=cause.expected, fix=cause.fix) from cause
    definition = table.indicators[spec.indicator]
    frame = data.load(value.layer, where=where).frame
    area = next((str(n) for i, n in zip(frame["id"], frame["name"], strict=True) if str(i) == value.area), value.area)
    figure = SceneFigure(
        name=clean_text(spec.label or definition.name),
        value=format_number(value.value),
        unit=clean_text(definition.unit),
        area=clean_text(area),
        period=clean_text(value.period_text),
        source=clean_text(value.source),
    )
    return figure, figure.name if value.sample else ""


def _filters(columns: Sequence[str], drawn: Iterable[_Drawn], *, where: str) -> tuple[SceneFilter, ...]:
    """What the page filters by; a column's values in the order that its layer describes, then by text, blanks last."""
    if not columns:
        return ()
    pairs = [(one.layer, one.data.meta) for one in drawn if one.layer.interactive]
    fitting = [(layer, meta) for layer, meta in pairs if layer.features[0].filters]
    if not fitting:
        known = {c.name for _, meta in pairs for c in meta.columns}
        unknown = next((c for c in columns if c not in known), "")
        if unknown:
            raise SpecError(f"可点击的图层都没有列“{unknown}”", where=where, fix=near_match(unknown, known))
        raise SpecError(f"没有一个可点击的图层同时有列{'、'.join(columns)}", where=where, fix="去掉几列")
    out = []
    for place, column in enumerate(columns):
        present = {f.filters[place] for layer, _ in fitting for f in layer.features}
        if len(present) > FILTER_LIMIT:
            raise SpecError(
                f"列“{column}”有 {len(present)} 种取值，不便筛选", where=where, expected=f"不超过 {FILTER_LIMIT} 种"
            )
        described = next((c for _, meta in fitting for c in meta.columns if c.name == column), None)
        listed = [cell_text(v) for v in described.allowed] if described else []
        rest = sorted(present - {*listed, MISSING_TEXT})
        options = [t for t in (*listed, *rest, MISSING_TEXT) if t in present]
        out.append(SceneFilter(column, described.title if described else column, tuple(options)))
    return tuple(out)


def _projection(text: str, *, where: str) -> tuple[str, str]:
    """What pyproj takes, and the line that the map prints."""
    if text == "changji_albers":
        return (
            CHANGJI_ALBERS,
            "坐标系：2000国家大地坐标系（CGCS2000）；投影：阿尔伯斯等积圆锥（标准纬线43.5°N、45.5°N，中央经线88.5°E）",
        )
    crs = parse_crs(text, what=f"{where} 的 static.crs")
    if not crs.is_projected:
        raise CRSError(
            f"“{text}”不是投影坐标系",
            where=f"{where} 的 static.crs",
            expected="changji_albers，或投影坐标系的代号，如 EPSG:4517",
        )
    return text, f"坐标系：{crs.name}（{text}）"


def _sources(drawn: Sequence[_Drawn], specs: Sequence[LayerSpec]) -> tuple[SceneSource, ...]:
    """Each data layer once, in drawing order, with the accuracy of what was drawn; then where attached values come from."""
    seen: dict[tuple[str, str], SceneSource] = {}
    for one in drawn:
        meta = one.data.meta
        found = SceneSource(meta.title, meta.attribution, meta.licence, str(meta.retrieved), one.layer.accuracy)
        seen.setdefault((meta.id, ""), found)
    for one, spec in zip(drawn, specs, strict=True):
        if spec.indicator:
            title = next(c.title for c in one.data.meta.columns if c.name == "value")
            for source in sorted(set(one.data.frame["source"]) - {""}):
                seen.setdefault(
                    (title, source), SceneSource(clean_text(title), clean_text(source), "", "", "published")
                )
    return tuple(seen.values())


def _sample_notice(titles: Iterable[str]) -> tuple[str, ...]:
    """What every output must say where something is made up, by name."""
    named = "、".join(dict.fromkeys(title.removesuffix(SAMPLE_TITLE) for title in titles if title))
    return (SAMPLE_NOTICE.replace("，", f"：{named}，"),) if named else ()


def _notices(layers: Iterable[SceneLayer], *, approved: bool) -> tuple[str, ...]:
    """What every output must say: internal use without an approval number, schematic and approximate layers by name.

    A muted backdrop (neither in the legend nor clickable) is named when it is schematic, not when it is approximate.
    """
    titles: dict[Accuracy, dict[str, None]] = {"schematic": {}, "approximate": {}}
    for layer in layers:
        backdrop = not layer.legend and not layer.interactive
        if layer.accuracy == "schematic" or (layer.accuracy == "approximate" and not backdrop):
            titles[layer.accuracy][layer.title] = None
    out = [] if approved else [INTERNAL_USE]
    if titles["schematic"]:
        out.append(f"{SCHEMATIC_NOTICE}：{'、'.join(titles['schematic'])}")
    if titles["approximate"]:
        out.append(f"近似位置，待核实：{'、'.join(titles['approximate'])}")
    return tuple(out)


def _inset(bbox: BBox, workspace: Workspace) -> Inset | None:
    """The location map, when the workspace has the outlines for it."""
    if not {_INSET_OUTLINES, _INSET_HIGHLIGHT} <= set(workspace.layer_ids):
        return None
    outlines = load_layer(_INSET_OUTLINES, workspace).frame.geometry
    highlight = shapely.union_all(load_layer(_INSET_HIGHLIGHT, workspace).frame.geometry.to_numpy())
    return Inset(tuple(outlines), highlight, bbox)
