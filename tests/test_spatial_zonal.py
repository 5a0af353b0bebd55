"""zonal_statistics: cells counted by their covered part, weighed by area, missing ones left out and told by the coverage."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio import Affine
from shapely import MultiPolygon, Polygon, box

from changji_geo.errors import CRSError, InputError, LayerError
from changji_geo.spatial.zonal import zonal_statistics

NINE = np.arange(1.0, 10.0).reshape(3, 3)
"""1 2 3 / 4 5 6 / 7 8 9, the first row in the north."""

STEP = 0.001


def frame(*shapes: shapely.Geometry | None, crs: object = "EPSG:4490", **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)


def write(path: Path, cells: np.ndarray, *, west: float = 87.0, north: float = 44.003, step: float = STEP, **profile: Any) -> Path:  # fmt: skip
    profile = {"crs": "EPSG:4490", "transform": Affine(step, 0, west, 0, -step, north), "driver": "GTiff"} | profile
    cells = np.atleast_3d(cells.T).T
    with rasterio.open(
        path, "w", count=len(cells), height=cells.shape[1], width=cells.shape[2], dtype=cells.dtype, **profile
    ) as file:
        file.write(cells)
    return path


def block(west: float, south: float, east: float, north: float) -> Polygon:
    """A box in cells from the south-west corner of the raster."""
    return box(87 + west * STEP, 44 + south * STEP, 87 + east * STEP, 44 + north * STEP)


@pytest.fixture(scope="module")
def nine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("raster") / "九格.tif", NINE)


def row(zone: shapely.Geometry, raster: Path, names: list[str], **options: Any) -> list[float]:
    found = zonal_statistics(frame(zone), raster, names, **options)
    return [float(found[name][0]) for name in names]


def test_cells_count_by_the_part_that_is_covered(nine: Path) -> None:
    # A quarter each of 4, 5, 7 and 8; the southern ones are larger by 1.7e-5, so the median is the 7.
    names = ["count", "sum", "mean", "min", "max", "median", "stdev", "coverage"]
    found = zonal_statistics(frame(block(0.5, 0.5, 1.5, 1.5)), nine, names[:-1])
    assert list(found.columns) == ["geometry", *names]
    expected = [1, 6, 6, 4, 8, 7, math.sqrt((4 + 1 + 1 + 4) / 4), 1]
    assert found.loc[0, names].to_list() == pytest.approx(expected, rel=1e-5)
    # All of 9 and half of 8: (9 + 4) / 1.5
    assert row(block(1.5, 0, 3, 1), nine, ["count", "sum", "mean"]) == pytest.approx([1.5, 13, 26 / 3], rel=1e-5)


def test_a_zone_along_cell_borders_does_not_reach_its_neighbours(nine: Path) -> None:
    cells = [block(i, 2 - j, i + 1, 3 - j) for j in range(3) for i in range(3)]
    found = zonal_statistics(frame(*cells), nine, ["min", "max", "median", "count"])
    for name in ("min", "max", "median"):
        assert found[name].tolist() == NINE.ravel().tolist()
    # A zone much smaller than a cell still counts.
    assert row(block(1.4, 1.4, 1.401, 1.401), nine, ["min", "max", "count"]) == pytest.approx([5, 5, 1e-6], rel=1e-4)


def test_percentiles_go_by_area_and_not_by_distinct_values(tmp_path: Path) -> None:
    raster = write(tmp_path / "r.tif", np.array([[1, 1, 1, 2], [1, 2, 3, 4]], dtype="uint8"), north=44.002)
    names = ["median", "p10", "p50", "p75", "p76", "p99"]
    assert row(block(0, 1, 4, 2), raster, names) == [1, 1, 1, 1.5, 2, 2]
    assert row(block(0, 0, 4, 1), raster, names) == [2.5, 1, 2.5, 3.5, 4, 4]
    # Half of the 1, all of the rest: 0.5 of 3.5 is 14 %, 1.5 is 43 %, 2.5 is 71 %.
    assert row(block(0.5, 0, 4, 1), raster, ["p14", "p15", "median", "p80"]) == [1, 2, 3, 4]


def test_majority_is_the_value_on_the_largest_area_and_the_greatest_of_equal_ones(tmp_path: Path) -> None:
    raster = write(tmp_path / "r.tif", np.array([[1, 2, 2], [1, 1, 3], [5, 5, 4]], dtype="int16"))
    assert row(block(0, 0, 3, 3), raster, ["majority"]) == [1]
    assert row(block(0, 1, 3, 3), raster, ["majority"]) == [1]
    assert row(block(0, 0, 1, 3), raster, ["majority"]) == [1]
    assert row(block(0.6, 0, 3, 3), raster, ["majority"]) == [2]
    # Of 3 and 4 in the last column the northern cell is smaller by 1.7e-5: area decides before the greater value does.
    assert row(block(2, 0, 3, 2), raster, ["majority"]) == [4]
    swapped = write(tmp_path / "s.tif", np.array([[4], [3]], dtype="int16"), north=46, step=1)
    assert row(box(87, 44, 88, 46), swapped, ["majority"]) == [3]
    metres = write(tmp_path / "m.tif", np.array([[3, 4]], dtype="int16"), west=500000, north=4873000, step=10, crs="EPSG:4509")  # fmt: skip
    whole = gpd.GeoSeries([box(500000, 4872990, 500020, 4873000)], crs=4509)
    assert row(whole.to_crs(4490)[0], metres, ["majority"]) == [4]


def test_cells_in_degrees_weigh_by_their_area_and_amounts_do_not(tmp_path: Path) -> None:
    raster = write(tmp_path / "r.tif", np.array([[30.0], [20.0], [10.0]]), north=47, step=1)
    edges = [math.sin(math.radians(lat)) for lat in (47, 46, 45, 44)]
    weights = [north - south for north, south in itertools.pairwise(edges)]
    mean = sum(v * w for v, w in zip((30, 20, 10), weights, strict=True)) / sum(weights)
    found = row(box(87, 44, 88, 47), raster, ["mean", "count", "sum", "stdev"])
    spread = math.sqrt(sum(w * (v - mean) ** 2 for v, w in zip((30, 20, 10), weights, strict=True)) / sum(weights))
    assert found == pytest.approx([mean, 3, 60, spread], rel=1e-6)
    assert mean == pytest.approx(19.8816, abs=1e-4)


def test_zones_beyond_the_edge_have_a_coverage_and_zones_outside_have_nothing(nine: Path) -> None:
    zones = frame(block(2, 2, 4, 4), block(2, -1, 3, 3), block(5, 5, 6, 6), block(3, 0, 4, 3))
    found = zonal_statistics(zones, nine, ["count", "mean", "sum", "majority", "median"])
    assert found["count"].to_numpy() == pytest.approx([1, 3, 0, 0], rel=1e-6)
    assert found["mean"].to_numpy() == pytest.approx([3, 6, np.nan, np.nan], rel=1e-4, nan_ok=True)
    assert found["coverage"].to_numpy() == pytest.approx([0.25, 0.75, 0, 0], rel=1e-4)
    assert found.loc[2:, ["mean", "sum", "majority", "median"]].isna().all(axis=None)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "float32", "float64"])
def test_cells_without_data_are_left_out(tmp_path: Path, dtype: str) -> None:
    cells = NINE.astype(dtype)
    cells[1, 1] = 0
    zone = block(0, 0, 3, 3)
    names = ["count", "mean", "min", "coverage"]
    file = write(tmp_path / "file.tif", cells, nodata=0)
    assert zonal_statistics(frame(zone), file, names[:-1]).loc[0, names].tolist() == pytest.approx([8, 5, 1, 8 / 9], rel=1e-4)  # fmt: skip
    plain = write(tmp_path / "plain.tif", cells)
    assert row(zone, plain, ["count", "min"]) == [9, 0]
    assert row(zone, plain, ["count", "min"], nodata=0) == [8, 1]
    # What is told stands in place of what the file says.
    assert row(zone, file, ["count", "min"], nodata=9) == [8, 0]
    assert row(zone, plain, ["count"], nodata=-9999) == [9]
    # One cell without data, its neighbours with: the zone's edges are off the grid by rounding.
    only = zonal_statistics(frame(block(1, 1, 2, 2)), file, ["count", "mean", "max"])
    assert only[["count", "coverage"]].loc[0].tolist() == [0, 0]
    assert only[["mean", "max"]].isna().all(axis=None)
    wide = zonal_statistics(frame(block(1, 1, 2.2, 2)), file, ["count", "mean", "max"])
    assert wide.loc[0, ["count", "mean", "max", "coverage"]].tolist() == pytest.approx([0.2, 6, 6, 1 / 6], rel=1e-4)
    alone = write(tmp_path / "alone.tif", cells[1:2, 1:2], nodata=0, west=87.001, north=44.002)
    none = zonal_statistics(frame(block(0, 0, 3, 3)), alone, ["count", "mean", "max"])
    assert none[["count", "coverage"]].loc[0].tolist() == [0, 0]
    assert none[["mean", "max"]].isna().all(axis=None)


def test_nan_infinite_and_masked_cells_are_missing(tmp_path: Path) -> None:
    cells = NINE.astype("float32")
    cells[0, 0], cells[0, 1], cells[0, 2] = np.nan, np.inf, -3.4e38
    raster = write(tmp_path / "r.tif", cells, nodata=-3.4e38)
    assert row(block(0, 0, 3, 3), raster, ["count", "min", "max"]) == [6, 4, 9]
    assert row(block(0, 0, 3, 3), raster, ["count", "min"], nodata=-3.4e38) == [6, 4]
    # A nodata value that single precision cannot hold meets no cell but the infinite one.
    assert row(block(0, 0, 3, 3), raster, ["count", "min"], nodata=-1.7976931348623157e308)[0] == 7
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        masked = write(tmp_path / "m.tif", NINE.astype("uint8"))
        with rasterio.open(masked, "r+") as file:
            file.write_mask(np.array([[False] * 3, [True] * 3, [True] * 3]))
    assert row(block(0, 0, 3, 3), masked, ["count", "min"]) == [6, 4]


def test_scale_and_offset_apply_after_the_missing_cells_are_known(tmp_path: Path) -> None:
    raster = write(tmp_path / "r.tif", np.array([[100, 200, -1]], dtype="int16"), north=44.001, nodata=-1)
    with rasterio.open(raster, "r+") as file:
        file.scales, file.offsets = [0.1], [-5.0]
    assert row(block(0, 0, 3, 1), raster, ["count", "min", "max"]) == pytest.approx([2, 5, 15])
    assert row(block(0, 0, 3, 1), raster, ["count", "max"], nodata=200) == pytest.approx([2, 5])


def test_a_raster_stored_from_south_to_north_is_read_right(tmp_path: Path) -> None:
    raster = write(tmp_path / "r.tif", NINE[::-1], transform=Affine(STEP, 0, 87, 0, STEP, 44))
    assert row(block(0, 2, 1, 3), raster, ["mean", "count"]) == pytest.approx([1, 1])
    assert row(block(2, 0, 3, 1), raster, ["mean", "count"]) == pytest.approx([9, 1])


def test_the_band_asked_for_is_read(tmp_path: Path) -> None:
    raster = write(tmp_path / "r.tif", np.stack([NINE, NINE * 10]))
    assert row(block(0, 0, 1, 1), raster, ["max"], band=2) == [70]
    with pytest.raises(InputError, match="r.tif：没有第 3 个波段。应为：1 到 2。"):
        zonal_statistics(frame(block(0, 0, 1, 1)), raster, band=3)


def test_edges_of_zones_stay_straight_in_degrees_on_a_projected_raster(tmp_path: Path) -> None:
    zone = box(85.6, 43.5, 88.4, 44.0)
    fine, coarse = (gpd.GeoSeries([s], crs=4490).to_crs(32645)[0] for s in (shapely.segmentize(zone, 1e-4), zone))
    west, south, east, north = fine.buffer(20_000).bounds
    size = math.ceil(max(east - west, north - south) / 1000)
    cells = np.ones((size, size), dtype="uint8")
    raster = write(tmp_path / "r.tif", cells, west=west, north=north, step=1000, crs="EPSG:32645")
    found = zonal_statistics(frame(zone), raster, ["count"])
    assert found["count"][0] * 1e6 == pytest.approx(fine.area, rel=1e-7)
    assert abs(coarse.area - fine.area) > 5e-5 * fine.area
    assert found["coverage"][0] == pytest.approx(1, abs=1e-9)
    again = zonal_statistics(frame(shapely.segmentize(zone, 0.001)).to_crs(4517), raster, ["count"])
    assert again["count"][0] == pytest.approx(found["count"][0], rel=1e-6)


def test_zones_in_degrees_on_a_projected_raster_that_ends_inside_them(tmp_path: Path) -> None:
    raster = write(tmp_path / "r.tif", NINE, west=500000, north=4873000, step=1000, crs="EPSG:32645")
    corners = gpd.GeoSeries([box(499000, 4870000, 501000, 4871000)], crs=32645).to_crs(4490)
    found = zonal_statistics(frame(corners[0]), raster, ["mean", "count"])
    assert found.loc[0, ["mean", "count", "coverage"]].tolist() == pytest.approx([7, 1, 0.5], rel=1e-3)


def test_missing_and_empty_zones_get_nothing_holes_and_parts_count(nine: Path) -> None:
    ring = Polygon(block(0, 0, 3, 3).exterior, [block(1, 1, 2, 2).exterior.coords])
    pair = MultiPolygon([block(0, 0, 1, 1), block(2, 2, 3, 3)])
    found = zonal_statistics(frame(ring, None, Polygon(), pair), nine, ["count", "sum"])
    assert found["count"].to_numpy() == pytest.approx([8, 0, 0, 2])
    assert found["sum"].to_numpy() == pytest.approx([40, np.nan, np.nan, 10], nan_ok=True)
    assert found["coverage"].to_numpy() == pytest.approx([1, np.nan, np.nan, 1], nan_ok=True)
    assert len(zonal_statistics(frame(ring).iloc[:0], nine, ["mean"])) == 0


def test_overlapping_zones_and_any_order_of_rows(nine: Path) -> None:
    zones = frame(block(0, 0, 3, 1), block(0, 2, 3, 3), block(0, 0, 3, 3)).set_axis(["南", "北", "全"])
    assert zonal_statistics(zones, nine)["mean"].round(3).to_dict() == {"南": 8.0, "北": 2.0, "全": 5.0}


def test_rows_index_crs_and_the_given_frame_are_left_alone(nine: Path) -> None:
    zones = frame(block(0, 0, 1, 1), block(1, 0, 2, 1), 名称=["甲", "乙"]).set_axis([7, 7]).to_crs(4517)
    before = zones.copy()
    found = zonal_statistics(zones, str(nine), "max", prefix="高程_")
    assert list(found.columns) == ["名称", "geometry", "高程_max", "高程_coverage"]
    assert found.crs == zones.crs
    assert found.index.tolist() == [7, 7]
    pd.testing.assert_frame_equal(zones, before)
    twice = zonal_statistics(found, nine, ["max"])
    assert twice["max"].tolist() == found["高程_max"].tolist()
    with pytest.raises(LayerError, match="分区图层：已有列“max”、“coverage”，结果会重名。处理：先改名，或用 prefix"):
        zonal_statistics(twice, nine, ["max"])


def test_unknown_statistics_are_refused(nine: Path) -> None:
    with pytest.raises(InputError, match="没有统计量“maen”。应为：count、mean、.*p1 到 p99。处理：是不是“mean”"):
        zonal_statistics(frame(block(0, 0, 1, 1)), nine, ["maen"])
    for name in ("p0", "p100", "p5.5", "quantile(q=0.1)", "mean(min_coverage_frac=0.5)"):
        with pytest.raises(InputError, match="没有统计量"):
            zonal_statistics(frame(block(0, 0, 1, 1)), nine, [name])


def test_zones_that_are_no_valid_polygons_or_have_no_crs_are_refused(nine: Path) -> None:
    with pytest.raises(LayerError, match="分区图层：第 1 个要素（索引 0）不是面，而是点"):
        zonal_statistics(frame(shapely.Point(87, 44)), nine)
    bow = Polygon([(87, 44), (87.001, 44.001), (87.001, 44), (87, 44.001)])
    with pytest.raises(LayerError, match="分区图层：第 1 个要素（索引 0）的几何无效"):
        zonal_statistics(frame(bow), nine)
    with pytest.raises(CRSError, match="分区图层：没有坐标系信息"):
        zonal_statistics(frame(block(0, 0, 1, 1), crs=None), nine)


@pytest.mark.parametrize(
    "path",
    [
        "/vsizip/a.zip/b.tif", "/vsicurl/http://host/a.tif", "\\vsimem\\a.tif", "/VSIS3/bucket/a.tif",
        "https://host/a.tif", "zip://a.zip!b.tif", "file:///a.tif",
    ],
)  # fmt: skip
def test_urls_and_virtual_paths_are_refused(path: str) -> None:
    with pytest.raises(
        InputError, match="不接受网址和 GDAL 虚拟路径“.*”。应为：本机磁盘上的栅格文件。处理：先把文件下载"
    ):
        zonal_statistics(frame(block(0, 0, 1, 1)), path)


VRT = """<VRTDataset rasterXSize="3" rasterYSize="3"><SRS>EPSG:4490</SRS>
<GeoTransform>87, 0.001, 0, 44.003, 0, -0.001</GeoTransform><VRTRasterBand dataType="Float64" band="1"><SimpleSource>
<SourceFilename relativeToVRT="0">{source}</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>
"""


def test_a_vrt_is_refused_whatever_it_is_called(tmp_path: Path, nine: Path) -> None:
    for name, lead in (("a.vrt", ""), ("a.tif", ""), ("b.tif", " " * 600 + "\n")):
        file = tmp_path / name
        file.write_text(lead + VRT.format(source=nine), encoding="utf-8")
        with pytest.raises(InputError, match=f"{name}：(不接受 VRT：它会去读其他文件|不能作为栅格打开)"):
            zonal_statistics(frame(block(0, 0, 1, 1)), file)
    # A raster that only looks like a driver's own syntax is an ordinary file name.
    odd = write(tmp_path / "vsi a#1!b.tif", NINE)
    assert row(block(0, 0, 1, 1), odd, ["mean"]) == pytest.approx([7])


def test_files_that_cannot_be_used_are_refused_with_their_name(tmp_path: Path) -> None:
    zone = frame(block(0, 0, 1, 1))
    with pytest.raises(InputError, match="none.tif：没有这个栅格文件"):
        zonal_statistics(zone, tmp_path / "none.tif")
    with pytest.raises(InputError, match="没有这个栅格文件"):
        zonal_statistics(zone, tmp_path)
    text = tmp_path / "text.tif"
    text.write_text("这不是栅格", encoding="utf-8")
    with pytest.raises(InputError, match="text.tif：不能作为栅格打开。应为：GeoTIFF、"):
        zonal_statistics(zone, text)
    with pytest.raises(CRSError, match="bare.tif：栅格没有坐标系信息。应为：文件自带坐标系"):
        zonal_statistics(zone, write(tmp_path / "bare.tif", NINE, crs=None))
    tilted = Affine(STEP, 1e-4, 87, 1e-4, -STEP, 44.003)
    with pytest.raises(InputError, match="tilted.tif：栅格是旋转或左右反向的"):
        zonal_statistics(zone, write(tmp_path / "tilted.tif", NINE, transform=tilted))
    with pytest.raises(InputError, match="complex.tif：波段的数据类型是 complex64。应为：整数或实数"):
        zonal_statistics(zone, write(tmp_path / "complex.tif", NINE.astype("complex64")))


EDGE = st.floats(-0.5, 3.5)


@given(EDGE, EDGE, EDGE, EDGE, st.floats(0.05, 0.95))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_two_halves_of_a_zone_add_up_to_it(nine: Path, a: float, b: float, c: float, d: float, cut: float) -> None:
    west, east, south, north = min(a, b), max(a, b) + 0.01, min(c, d), max(c, d) + 0.01
    middle = west + (east - west) * cut
    halves = [block(west, south, middle, north), block(middle, south, east, north)]
    found = zonal_statistics(frame(block(west, south, east, north), *halves), nine, ["count", "sum", "max"])
    for name in ("count", "sum"):
        whole, parts = found[name][0], np.nansum(found[name][1:])
        assert parts == pytest.approx(0 if np.isnan(whole) else whole, rel=1e-4, abs=1e-5)
    shares = found["coverage"][1] * cut + found["coverage"][2] * (1 - cut)
    assert found["coverage"][0] == pytest.approx(shares, abs=1e-4)
    assert found["count"][0] == pytest.approx(
        found["coverage"][0] * (east - west) * (north - south), rel=1e-3, abs=1e-6
    )
