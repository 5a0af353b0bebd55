"""Files with bad rows: refused with the rows named; with ``skip_bad_rows`` the good ones go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from tests.corpus.shapefiles import write_shapefile
from tests.corpus.tables import METRES, WEST_PLACES, csv_file, patch_csv, places_csv, ring_text, xlsx
from tests.corpus.truth import BRICKWORKS, PATCHES, QUARRY, WEST, BadCase, LonLat, areas, polygon, project
from tests.corpus.vectors import closed, feature, geojson, patch_features, text_file, write

HEADER = ("编号", "名称", "经度", "纬度")
FIRST, SECOND, THIRD = WEST_PLACES


def with_middle(name: str, lon: object, lat: object) -> Callable[[Path], Path]:
    """Three rows; the one in the middle (row 3 of the file) has other coordinates."""
    cells = [FIRST, (lon, lat), THIRD]
    return csv_file(name, HEADER, [[s.id, s.name, x, y] for s, (x, y) in zip(WEST, cells, strict=True)])


OUTER = {"point": {2: [FIRST], 4: [THIRD]}}
"""What is left of `with_middle` without row 3."""


def null_middle(folder: Path) -> Path:
    shapes = [shapely.Point(FIRST), None, shapely.Point(THIRD)]
    return write_shapefile(folder / "空几何.shp", {"名称": [s.name for s in WEST]}, shapes, epsg=4490, cpg="GBK")


def all_null(folder: Path) -> Path:
    frame = gpd.GeoDataFrame({"名称": [s.name for s in WEST]}, geometry=[None, None, None], crs=4490)
    return write(frame, folder / "全空.gpkg", "GPKG", geometry_type="Point")


def flat_polygon(folder: Path) -> Path:
    """The second polygon runs out and back: no area."""
    flat: tuple[LonLat, ...] = ((87.4, 44.0), (87.41, 44.0), (87.42, 44.0))
    rings: Sequence[Sequence[LonLat]] = (QUARRY, flat, BRICKWORKS)
    features = [
        feature({"type": "Polygon", "coordinates": [closed(ring)]}, 编号=f"p{i}", 名称="图斑")
        for i, ring in enumerate(rings)
    ]
    return text_file("零面积.geojson", geojson(features))(folder)


TRIANGLES = [((89 + i / 10, 44.8), (89.1 + i / 10, 44.8), (89.1 + i / 10, 44.9)) for i in range(3)]


def doubled_ids(folder: Path) -> Path:
    frame = gpd.GeoDataFrame(
        {"编号": ["k1", "k2", "k1"], "名称": ["甲", "乙", "丙"], "功能区": ["核心区", "缓冲区", "实验区"]},
        geometry=[polygon(ring) for ring in TRIANGLES], crs=4490,
    )  # fmt: skip
    return write(frame, folder / "重号.gpkg", "GPKG")


def nan_vertex(folder: Path) -> Path:
    with np.errstate(invalid="ignore"):
        broken = shapely.linestrings([[87.1, 44.0], [np.nan, np.nan]])
    frame = gpd.GeoDataFrame({"名称": ["好", "坏"]}, geometry=[shapely.Point(FIRST), broken], crs=4490)
    return write(frame, folder / "坏坐标.gpkg", "GPKG", geometry_type="Unknown")


def rows_of(name: str, *rows: Sequence[object], header: Sequence[str] = HEADER) -> Callable[[Path], Path]:
    return csv_file(name, header, rows)


ATLANTIC = [
    [s.id, s.name, lon, lat] for s, (lon, lat) in zip(WEST, ((-30.1, 40.2), (-30.2, 40.3), (-30.3, 40.4)), strict=True)
]
UNPREFIXED = project(4538, WEST_PLACES)
RAGGED = "编号,名称,经度,纬度\nw1,甲,87.3084,44.0113\nw2,乙,87.97\nw3,丙,86.8915,44.1853\n"

CASES = (
    BadCase("row_zero", with_middle("零.csv", 0, 0), ("0",), rows=(3,), good=OUTER),
    BadCase("row_nan", with_middle("nan.csv", "NaN", "NaN"), rows=(3,), good=OUTER),
    BadCase("row_blank", with_middle("空白.csv", "", ""), rows=(3,), good=OUTER),
    BadCase("row_dash", with_middle("横线.csv", "—", "/"), rows=(3,), good=OUTER),
    BadCase("row_text", with_middle("文字.csv", "见附图", "44.1"), ("见附图",), rows=(3,), good=OUTER),
    BadCase("row_half", with_middle("缺一半.csv", "87.97", ""), rows=(3,), good=OUTER),
    BadCase("row_61_minutes", with_middle("六十一分.csv", "87°61′30″", "44°09′06″"), ("61",), rows=(3,), good=OUTER),
    BadCase("row_north_91", with_middle("超界.csv", "87.97", "94.15"), rows=(3,), good=OUTER),
    BadCase("row_metres_among_degrees", with_middle("混用.csv", f"{METRES[1][0]:.3f}", f"{METRES[1][1]:.3f}"), rows=(3,),
            good=OUTER),
    BadCase("row_in_atlantic", with_middle("大西洋一行.csv", "-30.2", "40.3"), rows=(3,), good=OUTER),
    BadCase("xlsx_row_text", xlsx("表.xlsx", [list(HEADER), ["w1", "甲", *FIRST], ["w2", "乙", "#N/A", None], ["w3", "丙", *THIRD]]),
            rows=(3,), good=OUTER),
    BadCase("csv_ragged_row", text_file("缺列.csv", RAGGED), rows=(3,),
            good={"point": {2: [(87.3084, 44.0113)], 4: [(86.8915, 44.1853)]}}),
    BadCase("two_vertices_only", patch_csv("两点.csv", "拐点坐标", [ring_text(QUARRY[:2]), ring_text(BRICKWORKS)]), rows=(2,),
            good=areas([BRICKWORKS], 3)),
    BadCase("vertex_unreadable", patch_csv("坏拐点.csv", "拐点坐标", [ring_text(QUARRY), ring_text(BRICKWORKS).replace("86.8899", "八六")]),
            rows=(3,), good=areas([QUARRY], 2)),
    BadCase("wkt_broken", patch_csv("坏wkt.csv", "WKT", [shapely.Polygon(QUARRY).wkt, "POLYGON((87 44, 88 44"]), rows=(3,),
            good=areas([QUARRY], 2)),
    BadCase("null_shape", null_middle, rows=(2,), good={"point": {1: [FIRST], 3: [THIRD]}}),
    BadCase("nan_vertex", nan_vertex, rows=(2,), good={"point": {1: [FIRST]}}),
    BadCase("zero_area", flat_polygon, rows=(2,), good={"area": {1: list(QUARRY), 3: list(BRICKWORKS)}}),
    BadCase("duplicate_ids", doubled_ids, ("k1",), {"target": "reserves"}, rows=(3,), good=areas(TRIANGLES[:2])),
    BadCase("duplicate_ids_in_a_table", csv_file("重号.csv", HEADER, [["a", "甲", *FIRST], ["b", "乙", *SECOND], ["a", "丙", *THIRD]]),
            ("第 2 行",), rows=(4,), good={"point": {2: [FIRST], 3: [SECOND]}}),
    BadCase("infinite_vertex", text_file("无穷.geojson", geojson(patch_features()).replace("87.3052", "Infinity")), rows=(1,),
            good={"area": {2: list(BRICKWORKS)}}),
    BadCase("all_null", all_null),
    BadCase("all_zero", rows_of("全零.csv", *([s.id, s.name, 0, 0] for s in WEST)), rows=(2, 3, 4)),
    BadCase("all_columns_empty", rows_of("全空.csv", *(["", "", "", ""] for _ in range(3)))),
    BadCase("header_only", rows_of("只有表头.csv")),
    BadCase("xlsx_empty", xlsx("空表.xlsx", [])),
    BadCase("xlsx_header_only", xlsx("只有表头.xlsx", [list(HEADER)])),
    BadCase("no_coordinate_columns", rows_of("无坐标.csv", ["a", 1], ["b", 2], header=("县市", "人口")), ("--x",)),
    BadCase("two_coordinate_pairs", rows_of(
        "两套坐标.csv", *([s.name, s.lon, s.lat, s.lon, s.lat] for s in WEST), header=("名称", "经度", "纬度", "lon", "lat")),
        ("--x", "经度", "lon")),
    BadCase("several_meridians_fit", places_csv("多解.csv", UNPREFIXED, ("X", "Y"), digits=3), ("87", "90", "--crs")),
    BadCase("in_the_atlantic", rows_of("大西洋.csv", *ATLANTIC)),
    BadCase("ring_rows_of_two_vertices", xlsx("界址两点.xlsx", [["图斑编号", "经度", "纬度"], *(
        [key, *place] for (key, _, _), ring in zip(PATCHES, (QUARRY, BRICKWORKS[:2]), strict=True) for place in ring)]),
        kwargs={"rings_by": "图斑编号"}, rows=(6,), good={"area": {2: list(QUARRY)}}),
)  # fmt: skip
