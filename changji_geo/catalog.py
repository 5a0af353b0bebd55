"""Layer folders ``layers/<id>/`` -> a layer: its description and a GeoDataFrame in CGCS2000 longitude/latitude.

A layer is ``layer.toml`` (`changji_geo.layer_description`) beside ``<id>.geojson`` or ``<id>.gpkg``. Loading refuses what
cannot be drawn or joined (no features, no id, no CRS); everything that only deserves a warning is found by
`changji_geo.layer_check`.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from changji_geo.crs import CGCS2000, parse_crs, to_cgcs2000
from changji_geo.errors import CRSError, LayerError, near_match
from changji_geo.geojson import GEOMETRY_KINDS, read_geojson
from changji_geo.layer_description import GEOMETRY_ZH, LayerMeta, layer_meta
from changji_geo.resources import Workspace

if TYPE_CHECKING:
    import geopandas as gpd

_CGCS2000_NAME = "China Geodetic Coordinate System 2000"


@dataclass(frozen=True, slots=True)
class Layer:
    """A loaded layer: its metadata and its features.

    ``frame`` has a RangeIndex, text columns ``id`` (unique) and ``name``, the declared columns, any others the file
    has, and ``geometry`` in EPSG:4490. It is the caller's own copy.
    """

    meta: LayerMeta
    frame: gpd.GeoDataFrame


def layer_file(meta: LayerMeta) -> Path:
    """The layer's data file: ``<id>.geojson``, else ``<id>.gpkg``.

    Raises
    ------
    LayerError
        When neither exists.
    """
    for suffix in (".geojson", ".gpkg"):
        path = meta.folder / f"{meta.id}{suffix}"
        if path.is_file():
            return path
    raise LayerError(
        "缺少数据文件",
        where=str(meta.folder),
        expected=f"{meta.id}.geojson 或 {meta.id}.gpkg",
        fix="放入数据文件",
    )


def load_layer(layer_id: str, workspace: Workspace | None = None) -> Layer:
    """Read a layer.

    Parameters
    ----------
    layer_id : str
        As `list_layers` gives it.
    workspace : Workspace, optional
        The one in force by default.

    Returns
    -------
    Layer
        The frame is in EPSG:4490 whatever CRS the file has, and belongs to the caller. The file is read once per
        process as long as it does not change.

    Raises
    ------
    LayerError
        No such layer; data file missing or corrupt; no features; column ``id`` or ``name`` missing or empty, ids not
        unique; a declared column absent; geometry of the wrong type. The message names file and feature.
    CRSError
        When ``layer.toml`` names a CRS that does not exist or does not fit the coordinates.

    Examples
    --------
    >>> layer = load_layer("counties")
    >>> len(layer.frame), layer.frame.crs.to_epsg()
    (7, 4490)
    """
    meta = layer_meta(layer_id, workspace)
    path = layer_file(meta)
    stamp = path.stat()
    return Layer(meta, _read_frame(meta, path, stamp.st_mtime_ns, stamp.st_size).copy())


@functools.lru_cache(maxsize=32)
def _read_frame(meta: LayerMeta, path: Path, _modified: int, _size: int) -> gpd.GeoDataFrame:
    crs = None if meta.crs == CGCS2000 else parse_crs(meta.crs, what=str(meta.folder / "layer.toml"))
    if crs is not None and not (crs.is_geographic or crs.is_projected):
        raise CRSError(
            f"“{meta.crs}”不是平面位置的坐标系",
            where=f"{meta.folder / 'layer.toml'} 的 crs",
            expected="经纬度或投影坐标系，如 EPSG:4490、EPSG:4517",
        )
    frame = _read_gpkg(path) if path.suffix == ".gpkg" else _read_geojson(path)
    if not len(frame):
        raise LayerError("没有要素", where=str(path), fix="检查导出步骤；不需要的图层请删除整个文件夹")
    _require_columns(frame, meta, path)
    _require_ids(frame, path)
    _require_kind(frame, meta, path)
    _require_finite(frame, path)
    _require_declared_crs(frame, meta, path)
    frame = frame.set_geometry(frame.geometry.force_2d()).set_crs(crs or CGCS2000, allow_override=True)
    return frame if crs is None else to_cgcs2000(frame, what=str(path))


def _read_geojson(path: Path) -> gpd.GeoDataFrame:
    """Read without GDAL: half the time for our small files, and errors that name the feature."""
    import geopandas as gpd

    found = read_geojson(path)
    frame = gpd.GeoDataFrame(found.rows, geometry=found.shapes)
    return frame if found.crs is None else frame.set_crs(parse_crs(found.crs, what=f"{path} 的 crs"))


def _read_gpkg(path: Path) -> gpd.GeoDataFrame:
    import pyogrio

    try:
        names = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
        if path.stem not in names and len(names) != 1:
            raise LayerError(
                f"GeoPackage 里有 {len(names)} 个图层，没有“{path.stem}”",
                where=str(path),
                expected=f"名为 {path.stem} 的图层，或只有一个图层",
                fix=near_match(path.stem, names),
            )
        frame = pyogrio.read_dataframe(path, layer=path.stem if path.stem in names else names[0])
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as cause:
        raise LayerError("GeoPackage 已损坏或无法读取", where=str(path), fix="恢复原文件或重新导出") from cause
    return frame.rename_geometry("geometry") if frame.geometry.name != "geometry" else frame


def _require_columns(frame: gpd.GeoDataFrame, meta: LayerMeta, path: Path) -> None:
    known = [str(c) for c in frame.columns if c != "geometry"]
    for needed in ["id", "name", *(c.name for c in meta.columns)]:
        if needed not in known:
            raise LayerError(
                f"缺少列“{needed}”",
                where=str(path),
                expected="layer.toml 声明的每一列，其中 id、name 必有",
                fix=near_match(needed, known),
            )


def _require_ids(frame: gpd.GeoDataFrame, path: Path) -> None:
    for column in ("id", "name"):
        empty = frame[column].isna() | (frame[column].astype(str).str.strip() == "")
        if empty.any():
            rows = _numbers([i + 1 for i in empty.to_numpy().nonzero()[0]])
            raise LayerError(f"列“{column}”有空值（第 {rows} 个要素）", where=str(path), fix="补上取值")
        odd = next((v for v in frame[column] if isinstance(v, dict | list | bool)), None)
        if odd is not None:
            raise LayerError(f"列“{column}”的取值“{str(odd)[:40]}”不是文字或数字", where=str(path), fix="改正取值")
        frame[column] = [_as_text(v) for v in frame[column]]
    repeated = sorted(set(frame["id"][frame["id"].duplicated()]))
    if repeated:
        raise LayerError(
            f"编号重复：{'、'.join(repeated[:5])}",
            where=str(path),
            expected="列 id 的每个值只出现一次",
            fix="改成不同的编号",
        )


def _require_kind(frame: gpd.GeoDataFrame, meta: LayerMeta, path: Path) -> None:
    for feature_id, shape in zip(frame["id"], frame.geometry, strict=True):
        if shape is not None and GEOMETRY_KINDS.get(shape.geom_type) != meta.geometry:
            raise LayerError(
                f"要素“{feature_id}”的几何类型是 {shape.geom_type}",
                where=str(path),
                expected=f"{GEOMETRY_ZH[meta.geometry]}（layer.toml 的 geometry = {meta.geometry}）",
                fix="改正 layer.toml，或把不同类型的要素分到不同图层",
            )


def _require_finite(frame: gpd.GeoDataFrame, path: Path) -> None:
    import shapely

    points, owner = shapely.get_coordinates(frame.geometry.array, return_index=True)
    bad = owner[~np.isfinite(points).all(axis=1)]
    if len(bad):
        raise LayerError(
            f"要素“{frame['id'].iloc[bad[0]]}”的坐标里有无穷大或空值", where=str(path), fix="改正坐标后重新导出"
        )


def _require_declared_crs(frame: gpd.GeoDataFrame, meta: LayerMeta, path: Path) -> None:
    """A CRS that the data file itself names must be the declared one; WGS 84 and CGCS2000 degrees agree to a few cm."""
    found = frame.crs
    if found is None:
        return
    declared = parse_crs(meta.crs, what=str(meta.folder / "layer.toml"))
    both_degrees = all(c.name in ("WGS 84", "WGS 84 (CRS84)", _CGCS2000_NAME) for c in (found, declared))
    if both_degrees or found.equals(declared, ignore_axis_order=True):
        return
    if found.to_epsg() is not None and found.to_epsg() == declared.to_epsg():
        return
    raise CRSError(
        f"数据文件的坐标系是 {found.name}，layer.toml 写的是 {meta.crs}",
        where=str(path),
        expected="两处一致",
        fix="核对坐标后改 layer.toml 的 crs，或重新导出数据文件",
    )


def _as_text(value: object) -> str:
    """An id or name as text: a number that a spreadsheet turned into 652301.0 is 652301."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _numbers(numbers: Sequence[int]) -> str:
    return "、".join(str(n) for n in numbers[:5]) + ("……" if len(numbers) > 5 else "")
