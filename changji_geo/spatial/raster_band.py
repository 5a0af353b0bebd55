"""One band of a raster file on disk: opened safely, read window by window with its missing cells marked.

Imports rasterio and exactextract, so only functions that need them import this module.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import rasterio
import shapely
from exactextract.feature import Feature, FeatureSource
from exactextract.raster import RasterSource
from numpy.typing import NDArray
from rasterio.enums import MaskFlags
from rasterio.windows import Window

from changji_geo.errors import CRSError, InputError

DRIVERS = ("GTiff", "HFA", "AAIGrid", "ENVI", "JP2OpenJPEG", "netCDF")
"""GDAL drivers that may read a user's raster: files that hold their cells themselves. A VRT names other files."""

_FORMATS_ZH = "GeoTIFF、Erdas IMG、ArcInfo ASCII（.asc）、ENVI、JPEG 2000 或 netCDF"


def open_raster(path: str | os.PathLike[str]) -> rasterio.DatasetReader:
    """Open a raster file of the user's for reading.

    Parameters
    ----------
    path : str or PathLike
        A file on disk.

    Returns
    -------
    rasterio.DatasetReader
        To be closed by the caller.

    Raises
    ------
    InputError
        When the path is a URL or one of GDAL's virtual paths (``/vsizip/...``), the file does not exist, is a VRT, or is in
        none of the formats of `DRIVERS`.
    """
    text = os.fspath(path)
    if re.match(r"[/\\]+vsi", text, re.IGNORECASE) or "://" in text:
        raise InputError(
            f"不接受网址和 GDAL 虚拟路径“{text}”",
            expected="本机磁盘上的栅格文件",
            fix="先把文件下载或解压到本机",
        )
    file = Path(text)
    if not file.is_file():
        raise InputError("没有这个栅格文件", where=text, fix="检查路径和文件名")
    with file.open("rb") as head:
        start = head.read(512)
    if b"<VRTDataset" in start or file.suffix.lower() == ".vrt":
        raise InputError(
            "不接受 VRT：它会去读其他文件", where=text, expected=_FORMATS_ZH, fix="先用 gdal_translate 转成 GeoTIFF"
        )
    for driver in DRIVERS:
        try:
            return rasterio.open(file.absolute(), driver=driver)
        except rasterio.errors.RasterioIOError:
            continue
    raise InputError("不能作为栅格打开", where=text, expected=_FORMATS_ZH, fix="检查文件是否完整，或换一种格式导出")


def raster_crs(dataset: rasterio.DatasetReader, *, what: str) -> pyproj.CRS:
    """The raster's CRS.

    Raises
    ------
    CRSError
        When the file names none, or one that is neither geographic nor projected.
    """
    crs = None if dataset.crs is None else pyproj.CRS.from_wkt(dataset.crs.to_wkt())
    if crs is None or not (crs.is_geographic or crs.is_projected):
        raise CRSError(
            "栅格没有坐标系信息" if crs is None else f"栅格的坐标系“{crs.name}”不是地理坐标系，也不是投影坐标系",
            where=what,
            expected="文件自带坐标系，如 EPSG:4490、EPSG:32645",
            fix="向数据提供方确认坐标系，写入文件后再用（QGIS：栅格 → 投影 → 指定投影）",
        )
    return crs


class BandSource(RasterSource):  # type: ignore[misc]
    """A band for exactextract.

    Scale and offset of the file are applied. Missing are: cells equal to ``nodata`` (compared before scaling), or, when it
    is None, those that the file itself marks by its nodata value, mask or alpha band; and always NaN and infinite cells.
    """

    def __init__(self, dataset: rasterio.DatasetReader, band: int, nodata: float | None, *, what: str) -> None:
        super().__init__()
        if not dataset.count:
            raise InputError("文件里有多个子数据集，没有波段", where=what, fix="先把要用的变量导出为 GeoTIFF")
        if not 1 <= band <= dataset.count:
            raise InputError(f"没有第 {band} 个波段", where=what, expected=f"1 到 {dataset.count}")
        self.dtype = np.dtype(dataset.dtypes[band - 1])
        if self.dtype.kind not in "iuf":
            raise InputError(f"波段的数据类型是 {self.dtype}", where=what, expected="整数或实数")
        grid = dataset.transform
        if grid.b or grid.d or grid.a <= 0 or not grid.e:
            raise InputError(
                "栅格是旋转或左右反向的",
                where=what,
                expected="行列与坐标轴平行的栅格",
                fix="先用 gdalwarp 重采样为正北向上",
            )
        self.dataset, self.band = dataset, band
        self.flipped = grid.e > 0
        self.scale, self.offset = dataset.scales[band - 1], dataset.offsets[band - 1]
        flags = dataset.mask_flag_enums[band - 1]
        # Comparing cells with the nodata value is twice as fast as having GDAL make a mask of it.
        self.nodata = dataset.nodatavals[band - 1] if nodata is None and flags == [MaskFlags.nodata] else nodata
        if self.nodata is not None and self.dtype.kind == "f":
            with np.errstate(over="ignore"):
                self.nodata = self.dtype.type(self.nodata)
        self.masked = self.nodata is None and flags != [MaskFlags.all_valid]

    def res(self) -> tuple[float, float]:
        """Width and height of a cell."""
        return self.dataset.transform.a, abs(self.dataset.transform.e)

    def extent(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        grid, height = self.dataset.transform, self.dataset.height
        ends = sorted((grid.f, grid.f + grid.e * height))
        return grid.c, ends[0], grid.c + grid.a * self.dataset.width, ends[1]

    def srs_wkt(self) -> None:
        """Not told: zones come in the raster's own CRS."""

    def nodata_value(self) -> None:
        """Not told: missing cells come as NaN."""

    def read_window(self, x0: int, y0: int, nx: int, ny: int) -> NDArray[Any]:
        """Cells from the west and the north, missing ones NaN."""
        if self.flipped:
            y0 = self.dataset.height - y0 - ny
        window = Window(x0, y0, nx, ny)
        cells: NDArray[Any] = self.dataset.read(self.band, window=window)
        missing = None
        if self.nodata is not None:
            missing = cells == self.nodata
        elif self.masked:
            missing = self.dataset.read_masks(self.band, window=window) == 0
        if self.scale != 1.0 or self.offset != 0.0:
            cells = cells * np.float64(self.scale) + self.offset
        if missing is not None and cells.dtype.kind != "f":
            # Masked arrays would do, but exactextract 0.3.0 drops the mask of a window wider than it needs.
            cells = cells.astype(np.float32 if cells.dtype.itemsize <= 2 else np.float64)
        if cells.dtype.kind == "f":
            cells[~np.isfinite(cells) if missing is None else ~np.isfinite(cells) | missing] = np.nan
        return np.flipud(cells) if self.flipped else cells


class ZoneSource(FeatureSource):  # type: ignore[misc]
    """Polygons for exactextract; each has one field, ``zone``, its number."""

    def __init__(self, shapes: NDArray[np.object_]) -> None:
        super().__init__()
        self.shapes = shapes

    def count(self) -> int:
        """How many."""
        return len(self.shapes)

    def __iter__(self) -> Iterator[Feature]:
        return (_Zone(number, wkb) for number, wkb in enumerate(shapely.to_wkb(self.shapes)))

    def srs_wkt(self) -> None:
        """Not told: zones come in the raster's own CRS."""


class _Zone(Feature):  # type: ignore[misc]
    def __init__(self, number: int, wkb: bytes) -> None:
        super().__init__()
        self.number, self.wkb = number, wkb

    def geometry(self) -> bytes:
        return self.wkb

    def fields(self) -> list[str]:
        return ["zone"]

    def get(self, name: str) -> int:
        return self.number
