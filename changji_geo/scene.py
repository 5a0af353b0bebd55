"""A map description and the workspace's data -> a `Scene` in which everything is decided."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from changji_geo.basemap import resolve_basemap
from changji_geo.catalog import Layer, load_layer
from changji_geo.classify import format_number
from changji_geo.crs import CGCS2000, CHANGJI_ALBERS, parse_crs
from changji_geo.errors import ChangjiGeoError, CRSError, LayerError, SpecError, near_match
from changji_geo.geojson import GEOMETRY_KINDS
from changji_geo.indicators import IndicatorTable, attach_indicators, get_figure, load_indicators
from changji_geo.layer_description import GEOMETRY_ZH, LayerMeta
from changji_geo.resources import Workspace, find_workspace
from changji_geo.scene_layer import build_layer
from changji_geo.scene_model import Inset, Scene, SceneFigure, SceneFilter, SceneLayer, SceneSource
from changji_geo.scene_text import MISSING_TEXT, cell_text, clean_text, is_missing
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
FILTER_LIMIT = 200
"""How many values a column may have that the page filters by."""

_EPSG = 4490


def build_scene(
    spec: MapSpec | str | Path,
    *,
    map_id: str | None = None,
    workspace: Workspace | None = None,
    base_dir: Path | None = None,
    layers: Mapping[str, Layer] | None = None,
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
    layers : mapping of str to Layer, optional
        Layers that lie in memory, by the id under which the map names them; they win over the workspace's and pass the
        same checks as a file. One that the map does not name is an error: the file's data would be drawn in its stead.

    Returns
    -------
    Scene

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
    data = _Data(workspace, layers or {})
    data.check(spec, where=where)
    filters = tuple(spec.html.filters)
    bbox = _extent(spec, data, where=where)
    drawn: list[SceneLayer] = []
    metas: list[LayerMeta] = []
    for number, layer_spec in enumerate(spec.layers, start=1):
        at = f"{where} 的 layers[{number}]"
        built, meta = _layer(layer_spec, number, data, table, theme, bbox, filters, where=at)
        drawn.append(built)
        metas.append(meta)
    window = shapely.box(*bbox)
    if not any(shapely.intersects(window, shapely.box(*f.geometry.bounds)) for b in drawn for f in b.features):
        raise SpecError(
            f"图幅范围（{'，'.join(f'{v:.4g}' for v in bbox)}）内没有任何要素，图会是空的",
            where=f"{where} 的 extent",
            fix="改 extent，或检查图层的位置",
        )
    figures = tuple(
        _figure(f, table, data, where=f"{where} 的 figures[{i}]") for i, f in enumerate(spec.figures, start=1)
    )
    projection, crs_text = _projection(spec.static.crs, where=where)
    return Scene(
        id=name,
        title=clean_text(spec.title),
        subtitle=clean_text(spec.subtitle),
        description=clean_text(spec.description),
        bbox=bbox,
        layers=tuple(drawn),
        theme=theme,
        projection=projection,
        crs_text=crs_text,
        credits=clean_text(spec.credits),
        sources=_sources(metas, drawn),
        notices=_notices(drawn, approved=bool(spec.approval_number)),
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
        filters=_filters(filters, drawn, metas, where=f"{where} 的 html.filters"),
        furniture=tuple(spec.static.furniture),
        legend_side=spec.static.legend,
        page_size_mm=PAGE_SIZES_MM[spec.static.size],
        dpi=spec.static.dpi,
    )


def _layer(
    spec: LayerSpec,
    number: int,
    data: _Data,
    table: IndicatorTable,
    theme: Theme,
    bbox: BBox,
    filters: Sequence[str],
    *,
    where: str,
) -> tuple[SceneLayer, LayerMeta]:
    layer = data.load(spec.source, where=f"{where} 的 source")
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
    built = build_layer(
        spec, layer, number=number, theme=theme, bbox=bbox, value_title=value_title, where=where, filters=filters
    )
    return built, layer.meta


@dataclass(frozen=True)
class _Data:
    """Where a map's layers come from: those given in memory, else the workspace."""

    workspace: Workspace
    given: Mapping[str, Layer]

    def check(self, spec: MapSpec, *, where: str) -> None:
        """Raise where a layer in memory cannot be drawn, or is none of the map's."""
        named = {layer.source for layer in spec.layers}
        if isinstance(spec.extent, str):
            named.add(spec.extent.partition(":")[0])
        for layer_id, layer in self.given.items():
            if layer_id not in named:
                raise SpecError(
                    f"给了图层“{layer_id}”，地图没有用到它", where=f"{where} 的 layers", fix=near_match(layer_id, named)
                )
            _require_drawable(layer, where=f"内存中的图层 {layer_id}")

    def load(self, layer_id: str, *, where: str) -> Layer:
        """The layer, checked to hold degrees."""
        layer = self.given.get(layer_id)
        if layer is None:
            if layer_id not in self.workspace.layer_ids:
                known = {*self.workspace.layer_ids, *self.given}
                raise SpecError(f"没有图层“{layer_id}”", where=where, fix=near_match(layer_id, known))
            layer = load_layer(layer_id, self.workspace)
        _require_degrees(layer, where=where)
        return layer


def _require_drawable(layer: Layer, *, where: str) -> None:
    """What reading a file makes sure of: features, columns, ids, geometry of the one kind, finite degrees on CGCS2000."""
    frame, meta = layer.frame, layer.meta
    if frame.crs is None or frame.crs.to_epsg() != _EPSG:
        given = "没有坐标系" if frame.crs is None else f"的坐标系是 {frame.crs.name}"
        raise CRSError(f"数据{given}", where=where, expected=CGCS2000, fix="先用 to_cgcs2000 转换")
    if not len(frame):
        raise LayerError("没有要素", where=where, fix="没有数据时不画这幅地图")
    for column in ["id", "name", *(c.name for c in meta.columns)]:
        if column not in frame.columns:
            raise LayerError(f"缺少列“{column}”", where=where, fix=near_match(column, map(str, frame.columns)))
    for column in ("id", "name"):
        for place, value in enumerate(frame[column], start=1):
            if is_missing(value) or not isinstance(value, str):
                given = "空的" if is_missing(value) else f"{clean_text(value)[:40]}，不是文字"
                raise LayerError(f"第 {place} 个要素的列“{column}”是{given}", where=where, expected="不空的文字")
    twice = frame["id"][frame["id"].duplicated()]
    if len(twice):
        raise LayerError(f"编号重复：{twice.iloc[0]}", where=where, expected="列 id 的每个值只出现一次")
    for feature_id, shape in zip(frame["id"], frame.geometry, strict=True):
        if shape is not None and GEOMETRY_KINDS.get(shape.geom_type) != meta.geometry:
            raise LayerError(
                f"要素“{feature_id}”的几何类型是 {shape.geom_type}", where=where, expected=GEOMETRY_ZH[meta.geometry]
            )
        if shape is not None and not np.isfinite(shapely.get_coordinates(shape)).all():
            raise LayerError(f"要素“{feature_id}”的坐标里有无穷大或空值", where=where, fix="改正坐标")


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


def _extent(spec: MapSpec, data: _Data, *, where: str) -> BBox:
    """The box to show: a given box, a layer, or ``layer:feature``, with padding and never smaller than 0.02 degrees."""
    key = f"{where} 的 extent"
    if isinstance(spec.extent, list):
        west, south, east, north = spec.extent
    else:
        layer_id, _, feature_id = spec.extent.partition(":")
        frame = data.load(layer_id, where=key).frame
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


def _figure(spec: FigureSpec, table: IndicatorTable, data: _Data, *, where: str) -> SceneFigure:
    try:
        value = get_figure(table, spec.indicator, spec.area, spec.period)
    except ChangjiGeoError as cause:
        raise type(cause)(cause.problem, where=where, expected=cause.expected, fix=cause.fix) from cause
    definition = table.indicators[spec.indicator]
    frame = data.load(value.layer, where=where).frame
    area = next((str(n) for i, n in zip(frame["id"], frame["name"], strict=True) if str(i) == value.area), value.area)
    return SceneFigure(
        name=clean_text(spec.label or definition.name),
        value=format_number(value.value),
        unit=clean_text(definition.unit),
        area=clean_text(area),
        period=clean_text(value.period_text),
        source=clean_text(value.source),
    )


def _filters(
    columns: Sequence[str], layers: Sequence[SceneLayer], metas: Sequence[LayerMeta], *, where: str
) -> tuple[SceneFilter, ...]:
    """What the page filters by; a column's values in the order that its layer describes, then by text, blanks last."""
    if not columns:
        return ()
    pairs = [(layer, meta) for layer, meta in zip(layers, metas, strict=True) if layer.interactive]
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
