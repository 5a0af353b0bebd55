"""Every other format with geometry: GeoPackage, GeoJSON, KML, FileGDB, FlatGeobuf, GeoParquet, DXF, GPX, MapInfo."""

from __future__ import annotations

import json
import shutil
import warnings
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pyproj
import shapely

from tests.corpus.shapefiles import HOLE, OUTSIDE, PATCH_NAMES, WEST_NAMES
from tests.corpus.truth import (
    BRICKWORKS,
    EAST,
    PATCH_AREAS,
    PATCHES,
    QUARRY,
    WEST,
    Case,
    LonLat,
    Site,
    areas,
    ellipsoidal_m2,
    gcj02,
    points,
    polygon,
    project,
    said,
)  # fmt: skip

RINGS = [ring for _, _, ring in PATCHES]
BOWTIE: tuple[LonLat, ...] = ((87.30, 44.00), (87.32, 44.02), (87.32, 44.00), (87.30, 44.02))
"""Crosses itself at (87.31, 44.01), so two triangles."""
BOWTIE_LOOPS = (((87.30, 44.00), (87.31, 44.01), (87.30, 44.02)), ((87.32, 44.00), (87.32, 44.02), (87.31, 44.01)))
CLOCKWISE = tuple(reversed(QUARRY))
SPECK: tuple[LonLat, ...] = ((87.31, 44.012), (87.310001, 44.012), (87.31, 44.012001))
"""A leftover part of 0.0045 m2."""


def sites_frame(sites: Sequence[Site], epsg: int = 4490) -> gpd.GeoDataFrame:
    shapes = [shapely.Point(place) for place in project(epsg, [site.place for site in sites])]
    return gpd.GeoDataFrame({"编号": [s.id for s in sites], "名称": [s.name for s in sites]}, geometry=shapes, crs=epsg)


def patches_frame(epsg: int = 4490) -> gpd.GeoDataFrame:
    shapes = [polygon(ring, epsg) for ring in RINGS]
    return gpd.GeoDataFrame(
        {"编号": [key for key, _, _ in PATCHES], "名称": [name for _, name, _ in PATCHES]}, geometry=shapes, crs=epsg
    )


def write(frame: gpd.GeoDataFrame, path: Path, driver: str, **options: Any) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about names and reference systems that a format cannot hold: meant
        pyogrio.write_dataframe(frame, path, driver=driver, **options)
    return path


def patches(name: str, driver: str, epsg: int = 4490, **options: Any) -> Callable[[Path], Path]:
    return lambda folder: write(patches_frame(epsg), folder / name, driver, **options)


# --- GeoPackage


def several_layers(folder: Path) -> Path:
    path = folder / "多图层.gpkg"
    write(sites_frame(WEST), path, "GPKG", layer="水源地")
    return write(patches_frame(4517), path, "GPKG", layer="疑似图斑", append=True)


def mixed_kinds(folder: Path) -> Path:
    frame = gpd.GeoDataFrame(
        {"名称": ["点", "面", "线"]},
        geometry=[shapely.Point(WEST[0].place), polygon(QUARRY), shapely.LineString([WEST[0].place, WEST[1].place])],
        crs=4490,
    )
    return write(frame, folder / "混合.gpkg", "GPKG", geometry_type="Unknown")


# --- GeoJSON


def feature(geometry: dict[str, Any], **properties: object) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def closed(ring: Sequence[LonLat]) -> list[list[float]]:
    return [list(p) for p in (*ring, ring[0])]


def geojson(features: Sequence[dict[str, Any]], **extra: Any) -> str:
    return json.dumps({"type": "FeatureCollection", **extra, "features": list(features)}, ensure_ascii=False)


def text_file(name: str, text: str, encoding: str = "utf-8") -> Callable[[Path], Path]:
    def wrapped(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(text.encode(encoding))
        return path

    return wrapped


def patch_features(rings: Sequence[Sequence[LonLat]] = RINGS) -> list[dict[str, Any]]:
    return [
        feature({"type": "Polygon", "coordinates": [closed(ring)]}, 编号=key, 名称=name)
        for (key, name, _), ring in zip(PATCHES, rings, strict=True)
    ]


def site_features(sites: Sequence[Site], places: Sequence[LonLat]) -> list[dict[str, Any]]:
    return [
        feature({"type": "Point", "coordinates": list(place)}, 编号=site.id, 名称=site.name)
        for site, place in zip(sites, places, strict=True)
    ]


OLD_CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4517"}}
ONE_POLYGON = {"type": "Polygon", "coordinates": [closed(QUARRY)]}
COLLECTION = {
    "type": "GeometryCollection",
    "geometries": [ONE_POLYGON, {"type": "Point", "coordinates": list(WEST[0].place)}],
}
WITH_SPECK = {"type": "MultiPolygon", "coordinates": [[closed(QUARRY)], [closed(SPECK)]]}
WITH_HOLE = {"type": "Polygon", "coordinates": [closed(OUTSIDE), closed(HOLE)]}  # the hole winds the wrong way too

# --- KML


def kml_ring(ring: Sequence[LonLat], tag: str = "outerBoundaryIs") -> str:
    text = " ".join(f"{lon!r},{lat!r},0" for lon, lat in (*ring, ring[0]))
    return f"<{tag}><LinearRing><coordinates>{text}</coordinates></LinearRing></{tag}>"


def kml_point(site: Site, place: LonLat | None = None, data: str = "") -> str:
    lon, lat = place or site.place
    return f"<Placemark><name>{site.name}</name>{data}<Point><coordinates>{lon!r},{lat!r},0</coordinates></Point></Placemark>"


def kml(body: str, encoding: str = "UTF-8") -> str:
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        f"<name>外业</name>{body}</Document></kml>\n"
    )


def kml_folders() -> str:
    """Two folders; the second has ExtendedData and a MultiGeometry of both patches."""
    data = '<ExtendedData><Data name="批次"><value>绿盾2025</value></Data><Data name="图斑数"><value>2</value></Data></ExtendedData>'
    both = (
        f"<MultiGeometry><Polygon>{kml_ring(QUARRY)}</Polygon><Polygon>{kml_ring(BRICKWORKS)}</Polygon></MultiGeometry>"
    )
    return kml(
        f"<Folder><name>水源地</name>{kml_point(WEST[0])}{kml_point(WEST[1])}</Folder>"
        f"<Folder><name>疑似图斑</name><Placemark><name>合并图斑</name>{data}{both}</Placemark></Folder>"
    )


def kml_points(places: Sequence[LonLat] | None = None) -> str:
    marks = [kml_point(site, place) for site, place in zip(WEST, places or [s.place for s in WEST], strict=True)]
    return kml(f"<Folder><name>我的标注</name>{''.join(marks)}</Folder>")


def archive(name: str, inner: str, text: str) -> Callable[[Path], Path]:
    def wrapped(folder: Path) -> Path:
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as pack:
            pack.writestr(inner, text)
        return folder / name

    return wrapped


# --- DXF, GPX, MapInfo, others


def dxf(folder: Path) -> Path:
    """The patches as closed polylines in metres with zone prefix 29: what CAD offices send."""
    frame = gpd.GeoDataFrame({"Layer": ["TUBAN"] * 2}, geometry=[polygon(ring, 4517).exterior for ring in RINGS])
    return write(frame, folder / "宗地.dxf", "DXF")


def dxf_of_autocad(folder: Path) -> Path:
    """As a Chinese AutoCAD writes it: GBK text, the closing edge only as a flag."""
    groups: list[tuple[int, object]] = [(0, "SECTION"), (2, "HEADER"), (9, "$ACADVER"), (1, "AC1015")]
    groups += [(9, "$DWGCODEPAGE"), (3, "ANSI_936"), (0, "ENDSEC"), (0, "SECTION"), (2, "ENTITIES")]
    for i, ring in enumerate(RINGS):
        groups += [(0, "LWPOLYLINE"), (5, f"{i + 32:X}"), (100, "AcDbEntity"), (8, "疑似图斑"), (100, "AcDbPolyline")]
        groups += [(90, len(ring)), (70, 1)]
        for east, north in project(4517, ring):
            groups += [(10, f"{east:.4f}"), (20, f"{north:.4f}")]
    groups += [(0, "ENDSEC"), (0, "EOF")]
    path = folder / "宗地图.dxf"
    path.write_bytes("".join(f"{code:3d}\r\n{value}\r\n" for code, value in groups).encode("gbk"))
    return path


def dxf_open(folder: Path) -> Path:
    """An open polyline stays a line."""
    frame = gpd.GeoDataFrame(geometry=[shapely.LineString(project(4517, QUARRY))])
    return write(frame, folder / "管线.dxf", "DXF")


def gdb_zipped(folder: Path) -> Path:
    gdb = write(patches_frame(4517), folder / "图斑.gdb", "OpenFileGDB")
    with zipfile.ZipFile(folder / "图斑.gdb.zip", "w", zipfile.ZIP_DEFLATED) as pack:
        for file in sorted(gdb.iterdir()):
            pack.write(file, f"图斑.gdb/{file.name}")
    shutil.rmtree(gdb)
    return folder / "图斑.gdb.zip"


def mercator_of_web_map(folder: Path) -> Path:
    """Drawn on a 高德 page: Web Mercator metres of shifted degrees."""
    step = pyproj.Transformer.from_crs(4326, 3857, always_xy=True)
    shapes = [shapely.Point(step.transform(*place)) for place in SHIFTED]
    frame = gpd.GeoDataFrame({"名称": [s.name for s in WEST]}, geometry=shapes, crs=3857)
    return write(frame, folder / "网页标绘.gpkg", "GPKG")


def gpx_waypoints(folder: Path) -> Path:
    frame = gpd.GeoDataFrame(
        {"name": [s.name for s in WEST]}, geometry=[shapely.Point(s.place) for s in WEST], crs=4326
    )
    return write(frame, folder / "航点.gpx", "GPX", layer="waypoints")


def gpx_track(folder: Path) -> Path:
    track = shapely.MultiLineString([[site.place for site in WEST]])
    frame = gpd.GeoDataFrame({"name": ["巡护轨迹"]}, geometry=[track], crs=4326)
    return write(frame, folder / "轨迹.gpx", "GPX", layer="tracks", layer_options={"FORCE_GPX_TRACK": "YES"})


def mapinfo(name: str, charset: str = "WindowsSimpChinese") -> Callable[[Path], Path]:
    """GBK text; GDAL names no charset in the header, a Chinese MapInfo does."""

    def wrapped(folder: Path) -> Path:
        frame = patches_frame(4326).rename(columns={"编号": "ID", "名称": "NAME"})
        path = write(frame, folder / name, "MapInfo File", encoding="CP936", layer_options={"BOUNDS": "85,43,92,46"})
        path.write_bytes(path.read_bytes().replace(b"Neutral", charset.encode()))
        return path

    return wrapped


def geoparquet(folder: Path) -> Path:
    patches_frame(4517).to_parquet(folder / "图斑.parquet")
    return folder / "图斑.parquet"


MANY = 20_000


def large(folder: Path) -> Path:
    """Large enough for the Arrow way: 8 MB, all but two features at one place."""
    rows = [WEST[0], *[WEST[1]] * (MANY - 2), WEST[2]]
    frame = gpd.GeoDataFrame(
        {"名称": [site.name for site in rows], "备注": [f"{i:05d}" + "昌吉回族自治州" * 18 for i in range(MANY)]},
        geometry=[shapely.Point(site.place) for site in rows], crs=4490,
    )  # fmt: skip
    return write(frame, folder / "大文件.fgb", "FlatGeobuf", layer_options={"SPATIAL_INDEX": "NO"})


LARGE_POINTS = {
    "point": {i + 1: [(WEST[0] if i == 0 else WEST[2] if i == MANY - 1 else WEST[1]).place] for i in range(MANY)}
}
FOLDER_PARTS = {
    "point": {1: [WEST[0].place], 2: [WEST[1].place]},
    "area": {3: [*QUARRY, *BRICKWORKS]},
}
MIXED_PARTS = {
    "point": {1: [WEST[0].place]},
    "area": {2: list(QUARRY)},
    "line": {3: [WEST[0].place, WEST[1].place]},
}
TRACK = {"line": {1: [site.place for site in WEST]}}
SWAPPED = [(lat, lon) for lon, lat in (site.place for site in WEST)]
SHIFTED = gcj02([site.place for site in WEST])

CASES = (
    Case("gpkg_4490", patches("图斑.gpkg", "GPKG"), PATCH_AREAS, text=PATCH_NAMES, epsg=4490, inferred=False),
    Case("gpkg_4517", patches("图斑29.gpkg", "GPKG", 4517), PATCH_AREAS, text=PATCH_NAMES, epsg=4517, inferred=False),
    Case("gpkg_utm45", patches("utm.gpkg", "GPKG", 32645), PATCH_AREAS, text=PATCH_NAMES, epsg=32645, inferred=False),
    Case("gpkg_web_mercator", patches("墨卡托.gpkg", "GPKG", 3857), PATCH_AREAS, text=PATCH_NAMES, epsg=3857),
    Case("gpkg_layer_chosen", several_layers, PATCH_AREAS, {"layer": "疑似图斑"}, text=PATCH_NAMES, epsg=4517),
    Case("gpkg_mixed_kinds", mixed_kinds, MIXED_PARTS),
    Case("geojson_plain", text_file("图斑.geojson", geojson(patch_features())), PATCH_AREAS, text=PATCH_NAMES, epsg=4326),
    Case("geojson_bom", text_file("带BOM.geojson", geojson(patch_features()), "utf-8-sig"), PATCH_AREAS, text=PATCH_NAMES),
    Case("geojson_old_crs_member", text_file(
        "旧crs.geojson", geojson(patch_features([project(4517, ring) for ring in RINGS]), crs=OLD_CRS)),
        PATCH_AREAS, text=PATCH_NAMES, epsg=4517, inferred=False),
    Case("geojson_metres_without_crs", text_file("米.geojson", geojson(patch_features([project(4517, r) for r in RINGS]))),
         PATCH_AREAS, text=PATCH_NAMES, says=(said("4517", rule="crs_inferred"),), epsg=4517, inferred=True),
    Case("geojson_newline_delimited", text_file("逐行.geojsonl", "\n".join(
        json.dumps(f, ensure_ascii=False) for f in patch_features()) + "\n"), PATCH_AREAS, text=PATCH_NAMES),
    Case("geojson_swapped_axes", text_file("写反.geojson", geojson(site_features(WEST, SWAPPED))), points(WEST),
         text=WEST_NAMES, says=(said("纬度", "经度", level="warning"),)),
    Case("geojson_gcj02", text_file("高德.geojson", geojson(site_features(WEST, SHIFTED))), points(WEST),
         {"datum": "gcj02"}, text=WEST_NAMES, says=(said("GCJ-02"),)),
    Case("geojson_bowtie", text_file("蝴蝶结.geojson", geojson([
        feature({"type": "Polygon", "coordinates": [closed(BOWTIE)]}, 名称="蝴蝶结")])),
        {"area": {1: [*BOWTIE, (87.31, 44.01)]}}, says=(said("自相交", level="repair", row=1),),
        area_after_m2={1: ellipsoidal_m2(BOWTIE_LOOPS)}),
    Case("geojson_wrong_winding", text_file("顺时针.geojson", geojson(patch_features([CLOCKWISE, BRICKWORKS]))), PATCH_AREAS,
         text=PATCH_NAMES),
    Case("geojson_hole", text_file("带洞.geojson", geojson([feature(WITH_HOLE, 名称="带洞")])), areas([(*OUTSIDE, *HOLE)])),
    Case("geojson_collection", text_file("集合.geojson", geojson([feature(COLLECTION, 名称="集合")])),
         {"area": {1: list(QUARRY)}, "point": {1: [WEST[0].place]}}, says=(said(row=1),)),
    Case("geojson_kind_chosen", text_file("集合选面.geojson", geojson([feature(COLLECTION, 名称="集合")])),
         {"area": {1: list(QUARRY)}}, {"geometry": "area"}),
    Case("geojson_sliver_part", text_file("碎片.geojson", geojson([feature(WITH_SPECK, 名称="碎片")])), areas([QUARRY]),
         says=(said(level="repair", row=1),), area_after_m2={1: ellipsoidal_m2([QUARRY])}),
    Case("kml_folders", text_file("外业.kml", kml_folders()), FOLDER_PARTS, epsg=4326),
    Case("kml_points", text_file("标注.kml", kml_points()), points(WEST), text=WEST_NAMES | {"folder": ["外业/我的标注"] * 3}),
    Case("kml_gbk", text_file("国标.kml", kml(kml_point(WEST[0]), "GBK"), "gbk"), points(WEST[:1]),
         text={"name": [WEST[0].name]}),
    Case("kml_by_gdal", lambda f: write(patches_frame(4326), f / "导出.kml", "LIBKML"), PATCH_AREAS),
    Case("kmz", archive("外业.kmz", "doc.kml", kml_points()), points(WEST), text=WEST_NAMES),
    Case("ovkml_gcj02", text_file("奥维.ovkml", kml_points(SHIFTED)), points(WEST), text=WEST_NAMES,
         says=(said("奥维", "GCJ-02", level="warning", rule="datum"),)),
    Case("ovkmz_gcj02", archive("奥维.ovkmz", "doc.kml", kml_points(SHIFTED)), points(WEST), text=WEST_NAMES,
         says=(said("奥维", "GCJ-02", level="warning", rule="datum"),)),
    Case("ovkml_overruled", text_file("奥维旧版.ovkml", kml_points()), points(WEST), {"datum": "cgcs2000"}, text=WEST_NAMES),
    Case("filegdb_zipped", gdb_zipped, PATCH_AREAS, text=PATCH_NAMES, epsg=4517),
    Case("gpkg_web_mercator_gcj02", mercator_of_web_map, points(WEST), {"datum": "gcj02"}, text=WEST_NAMES, epsg=3857),
    Case("geojson_record_separated", text_file("序列.geojsons", "".join(
        "\x1e" + json.dumps(f, ensure_ascii=False) + "\n" for f in patch_features())), PATCH_AREAS, text=PATCH_NAMES),
    Case("dxf_open_polyline", dxf_open, {"line": {1: list(QUARRY)}}, epsg=4517, inferred=True),
    Case("filegdb", patches("图斑.gdb", "OpenFileGDB", 4517), PATCH_AREAS, text=PATCH_NAMES, epsg=4517),
    Case("flatgeobuf", patches("图斑.fgb", "FlatGeobuf", 4517, layer_options={"SPATIAL_INDEX": "NO"}), PATCH_AREAS,
         text=PATCH_NAMES, epsg=4517),
    Case("flatgeobuf_large", large, LARGE_POINTS),
    Case("geoparquet", geoparquet, PATCH_AREAS, text=PATCH_NAMES, epsg=4517),
    Case("dxf_closed_polylines", dxf, PATCH_AREAS, says=(said("4517", rule="crs_inferred"),), epsg=4517, inferred=True),
    Case("dxf_of_autocad", dxf_of_autocad, PATCH_AREAS, says=(said("4517", rule="crs_inferred"),), text={"layer": ["疑似图斑"] * 2}),
    Case("gpx_waypoints", gpx_waypoints, points(WEST), text=WEST_NAMES, epsg=4326),
    Case("gpx_track", gpx_track, TRACK, text={"name": ["巡护轨迹"]}),
    Case("mapinfo_tab", mapinfo("图斑.tab"), PATCH_AREAS, text=PATCH_NAMES),
    Case("mapinfo_tab_neutral", mapinfo("中性.tab", "Neutral"), PATCH_AREAS, text=PATCH_NAMES),
    Case("mapinfo_mif", mapinfo("图斑.mif"), PATCH_AREAS, text=PATCH_NAMES),
    Case("gpkg_east", lambda f: write(sites_frame(EAST, 4518), f / "东部.gpkg", "GPKG"), points(EAST), epsg=4518),
)  # fmt: skip
