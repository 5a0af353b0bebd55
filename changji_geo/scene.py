"""A map description and the workspace's data -> a `Scene` in which everything is decided."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import shapely

from changji_geo.basemap import resolve_basemap
from changji_geo.catalog import Layer, LayerMeta, load_layer
from changji_geo.classify import format_number
from changji_geo.crs import CHANGJI_ALBERS, parse_crs
from changji_geo.errors import ChangjiGeoError, CRSError, SpecError, near_match
from changji_geo.indicators import IndicatorTable, attach_indicators, get_figure, load_indicators
from changji_geo.resources import Workspace, find_workspace
from changji_geo.scene_layer import build_layer
from changji_geo.scene_model import Inset, Scene, SceneFigure, SceneLayer, SceneSource
from changji_geo.scene_text import clean_text
from changji_geo.spec import FigureSpec, LayerSpec, MapSpec, load_map_spec, map_spec_file
from changji_geo.theme import Theme, load_theme
from changji_geo.types import Accuracy, BBox, looks_swapped

PAGE_SIZES_MM: dict[str, tuple[float, float]] = {
    "A4 landscape": (297.0, 210.0),
    "A4 portrait": (210.0, 297.0),
    "A3 landscape": (420.0, 297.0),
    "A3 portrait": (297.0, 420.0),
    "16:9": (338.7, 190.5),
}
INTERNAL_USE = "内部使用：未经地图审核，不得公开使用"
_INSET_OUTLINES, _INSET_HIGHLIGHT = "xinjiang", "prefecture"
_MIN_SPAN = 0.02


def build_scene(
    spec: MapSpec | str | Path,
    *,
    map_id: str | None = None,
    workspace: Workspace | None = None,
    base_dir: Path | None = None,
) -> Scene:
    """Settle a map: read its layers, attach indicators, class, colour, label, and collect sources and notices.

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

    Returns
    -------
    Scene

    Raises
    ------
    ChangjiGeoError
        Whatever is wrong in the description or its data, naming file and key.
    """
    workspace = workspace or find_workspace()
    if isinstance(spec, MapSpec):
        name, where = map_id or "map", f"地图 {map_id or '（未命名）'}"
    else:
        base_dir = base_dir or map_spec_file(spec, workspace).parent
        stem, spec = load_map_spec(spec, workspace)
        name, where = map_id or stem, f"地图 {stem}"
    if spec.theme not in workspace.theme_ids:
        raise SpecError(
            f"没有主题“{spec.theme}”", where=f"{where} 的 theme", fix=near_match(spec.theme, workspace.theme_ids)
        )
    theme = load_theme(spec.theme, workspace)
    uses_indicators = bool(spec.figures) or any(layer.indicator for layer in spec.layers)
    table = load_indicators(workspace) if uses_indicators else IndicatorTable({}, ())
    bbox = _extent(spec, workspace, where=where)
    layers, metas = [], []
    for number, layer_spec in enumerate(spec.layers, start=1):
        built, meta = _layer(layer_spec, number, workspace, table, theme, bbox, where=f"{where} 的 layers[{number}]")
        layers.append(built)
        metas.append(meta)
    window = shapely.box(*bbox)
    if not any(shapely.intersects(window, shapely.box(*f.geometry.bounds)) for b in layers for f in b.features):
        raise SpecError(
            f"图幅范围（{'，'.join(f'{v:.4g}' for v in bbox)}）内没有任何要素，图会是空的",
            where=f"{where} 的 extent",
            fix="改 extent，或检查图层的位置",
        )
    figures = tuple(
        _figure(f, table, workspace, where=f"{where} 的 figures[{i}]") for i, f in enumerate(spec.figures, start=1)
    )
    projection, crs_text = _projection(spec.static.crs, where=where)
    return Scene(
        id=name,
        title=clean_text(spec.title),
        subtitle=clean_text(spec.subtitle),
        description=clean_text(spec.description),
        bbox=bbox,
        layers=tuple(layers),
        theme=theme,
        projection=projection,
        crs_text=crs_text,
        credits=clean_text(spec.credits),
        sources=_sources(metas, layers),
        notices=_notices(layers, approved=bool(spec.approval_number)),
        notes=tuple(clean_text(n) for n in spec.notes),
        approval_number=clean_text(spec.approval_number),
        date_text=str(spec.date or max(m.retrieved for m in metas)),
        figures=figures,
        inset=_inset(bbox, workspace) if "inset" in spec.static.furniture else None,
        basemap=resolve_basemap(spec.html.basemap, bbox, base_dir=base_dir or Path.cwd())
        if spec.html.basemap
        else None,
        search=spec.html.search,
        html_graticule=spec.html.graticule,
        furniture=tuple(spec.static.furniture),
        legend_side=spec.static.legend,
        page_size_mm=PAGE_SIZES_MM[spec.static.size],
        dpi=spec.static.dpi,
    )


def _layer(
    spec: LayerSpec,
    number: int,
    workspace: Workspace,
    table: IndicatorTable,
    theme: Theme,
    bbox: BBox,
    *,
    where: str,
) -> tuple[SceneLayer, LayerMeta]:
    layer = _load(spec.source, workspace, where=f"{where} 的 source")
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
    built = build_layer(spec, layer, number=number, theme=theme, bbox=bbox, value_title=value_title, where=where)
    return built, layer.meta


def _load(layer_id: str, workspace: Workspace, *, where: str) -> Layer:
    if layer_id not in workspace.layer_ids:
        raise SpecError(f"没有图层“{layer_id}”", where=where, fix=near_match(layer_id, workspace.layer_ids))
    layer = load_layer(layer_id, workspace)
    _require_degrees(layer, where=where)
    return layer


def _require_degrees(layer: Layer, *, where: str) -> None:
    """Coordinates that are no longitude and latitude, or have them turned round, would draw an empty map."""
    boxes = shapely.bounds(layer.frame.geometry.to_numpy())
    for feature_id, box in zip(layer.frame["id"], boxes.tolist(), strict=True):
        west, south, east, north = box
        problem = ""
        if west < -180 or south < -90 or east > 180 or north > 90:
            problem = "的坐标超出经纬度范围"
        elif looks_swapped(west, south, east, north):
            problem = "的坐标像是把纬度写在了经度前面"
        if problem:
            raise CRSError(
                f"图层“{layer.meta.id}”的要素“{feature_id}”{problem}（{west:.6g}，{south:.6g}）",
                where=where,
                expected=f"layer.toml 所写 {layer.meta.crs} 的坐标，先经度后纬度",
                fix="核对 layer.toml 的 crs 和数据文件的坐标；changji-geo layers check 列出全部问题",
            )


def _extent(spec: MapSpec, workspace: Workspace, *, where: str) -> BBox:
    """The box to show: a given box, a layer, or ``layer:feature``, with padding and never smaller than 0.02 degrees."""
    key = f"{where} 的 extent"
    if isinstance(spec.extent, list):
        west, south, east, north = spec.extent
    else:
        layer_id, _, feature_id = spec.extent.partition(":")
        frame = _load(layer_id, workspace, where=key).frame
        if feature_id:
            ids = [str(i) for i in frame["id"]]
            if feature_id not in ids:
                raise SpecError(f"图层“{layer_id}”没有要素“{feature_id}”", where=key, fix=near_match(feature_id, ids))
            frame = frame[[i == feature_id for i in ids]]
        west, south, east, north = (float(v) for v in frame.total_bounds)
        if math.isnan(west):
            raise SpecError(
                f"“{spec.extent}”没有几何，定不出范围", where=key, fix="换一个图层或要素，或写 [西, 南, 东, 北]"
            )
    pad_x = max((east - west) * spec.padding, (_MIN_SPAN - (east - west)) / 2)
    pad_y = max((north - south) * spec.padding, (_MIN_SPAN - (north - south)) / 2)
    return BBox(
        max(west - pad_x, -180.0), max(south - pad_y, -90.0), min(east + pad_x, 180.0), min(north + pad_y, 90.0)
    )


def _figure(spec: FigureSpec, table: IndicatorTable, workspace: Workspace, *, where: str) -> SceneFigure:
    try:
        value = get_figure(table, spec.indicator, spec.area, spec.period)
    except ChangjiGeoError as cause:
        raise type(cause)(cause.problem, where=where, expected=cause.expected, fix=cause.fix) from cause
    definition = table.indicators[spec.indicator]
    frame = load_layer(value.layer, workspace).frame
    area = next((str(n) for i, n in zip(frame["id"], frame["name"], strict=True) if str(i) == value.area), value.area)
    return SceneFigure(
        name=clean_text(spec.label or definition.name),
        value=format_number(value.value),
        unit=clean_text(definition.unit),
        area=clean_text(area),
        period=clean_text(value.period_text),
        source=clean_text(value.source),
    )


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


def _sources(metas: Sequence[LayerMeta], layers: Sequence[SceneLayer]) -> tuple[SceneSource, ...]:
    """Each data layer once, in drawing order, with the accuracy of what was drawn."""
    seen: dict[str, SceneSource] = {}
    for meta, layer in zip(metas, layers, strict=True):
        seen.setdefault(
            meta.id, SceneSource(meta.title, meta.attribution, meta.licence, str(meta.retrieved), layer.accuracy)
        )
    return tuple(seen.values())


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
        out.append(f"示意图层，不作为执法依据：{'、'.join(titles['schematic'])}")
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
