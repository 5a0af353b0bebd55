"""What a map is made from: layers and series, in memory or of the workspace, checked to be such as can be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from changji_geo.catalog import Layer, load_layer
from changji_geo.crs import CGCS2000
from changji_geo.errors import CRSError, LayerError, SpecError, near_match
from changji_geo.geojson import GEOMETRY_KINDS
from changji_geo.layer_description import GEOMETRY_ZH
from changji_geo.resources import Workspace
from changji_geo.scene_text import clean_text, is_missing
from changji_geo.series import Series, check_series, load_series, load_series_meta, require_areas
from changji_geo.spec import MapSpec
from changji_geo.types import looks_swapped

if TYPE_CHECKING:
    import geopandas as gpd

_EPSG = 4490


@dataclass(frozen=True)
class SceneData:
    """Where a map's layers and series come from: those given in memory, else the workspace."""

    workspace: Workspace
    given: Mapping[str, Layer]
    given_series: Mapping[str, Series]
    _read: dict[str, Series] = field(default_factory=dict)

    def check(self, spec: MapSpec, *, where: str) -> None:
        """Raise where a layer or series in memory cannot be drawn, or is none of the map's."""
        named = {layer.source for layer in spec.layers}
        named |= {layer.surface.mask.partition(":")[0] for layer in spec.layers if layer.surface}
        if isinstance(spec.extent, str):
            named.add(spec.extent.partition(":")[0])
        for layer_id, layer in self.given.items():
            if layer_id not in named:
                raise SpecError(
                    f"给了图层“{layer_id}”，地图没有用到它", where=f"{where} 的 layers", fix=near_match(layer_id, named)
                )
            _require_drawable(layer, where=f"内存中的图层 {layer_id}")
        wanted = {layer.series for layer in spec.layers if layer.series}
        for series_id, series in self.given_series.items():
            if series_id not in wanted:
                raise SpecError(
                    f"给了时间序列“{series_id}”，地图没有用到它",
                    where=f"{where} 的 layers",
                    fix=near_match(series_id, wanted),
                )
            check_series(series, where=f"内存中的时间序列 {series_id}")

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

    def series(self, series_id: str, layer: Layer, *, where: str) -> Series:
        """A series of a layer, every area of it one of the layer's features."""
        areas = [str(i) for i in layer.frame["id"]]
        given = self.given_series.get(series_id)
        if given is not None:
            if given.meta.layer == layer.meta.id:
                require_areas(given.areas, areas, layer=layer.meta.id, where=f"内存中的时间序列 {series_id}")
            return given
        if series_id not in self.workspace.series_ids:
            known = {*self.workspace.series_ids, *self.given_series}
            raise SpecError(f"没有时间序列“{series_id}”", where=where, fix=near_match(series_id, known))
        if series_id not in self._read:
            same = load_series_meta(series_id, self.workspace).layer == layer.meta.id
            self._read[series_id] = load_series(series_id, self.workspace, areas=areas if same else None)
        return self._read[series_id]

    def shape(self, place: str, *, where: str) -> BaseGeometry:
        """The area of a layer, or of ``layer:feature``, as one shape."""
        frame = self.rows(place, where=where)
        shapes = frame.geometry.to_numpy()
        if not len(frame) or (shapely.get_dimensions(shapes) != 2).any():
            raise SpecError(f"“{place}”不是面", where=where, expected="面图层，或 图层:要素")
        bad = np.flatnonzero(~shapely.is_valid(shapes))
        if len(bad):
            raise LayerError(
                f"要素“{clean_text(frame['id'].iloc[bad[0]])[:40]}”的几何无效（{shapely.is_valid_reason(shapes[bad[0]])}），不能作范围",
                where=where,
                fix="先修复几何：用 changji-geo layers import 重新导入时会修复",
            )
        return shapely.union_all(shapes)

    def rows(self, place: str, *, where: str) -> gpd.GeoDataFrame:
        """The features of a layer, or the one of ``layer:feature``."""
        layer_id, _, feature_id = place.partition(":")
        frame = self.load(layer_id, where=where).frame
        if feature_id:
            ids = [str(i) for i in frame["id"]]
            if feature_id not in ids:
                raise SpecError(f"图层“{layer_id}”没有要素“{feature_id}”", where=where, fix=near_match(feature_id, ids))
            frame = frame[[i == feature_id for i in ids]]
        return frame


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
