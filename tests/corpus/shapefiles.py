"""Shapefiles as offices hand them round: encodings, lost companions, projections, zips."""

from __future__ import annotations

import struct
import warnings
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import geopandas as gpd
import pyogrio
import pyproj
import shapely

from tests.corpus.truth import (
    EAST,
    LONE_EAST,
    LONE_WEST,
    PATCH_AREAS,
    PATCHES,
    RESERVE_AREAS,
    RESERVE_NAME,
    RESERVE_ZONES,
    WEST,
    Case,
    LonLat,
    Site,
    areas,
    points,
    polygon,
    project,
    said,
)  # fmt: skip

SIDECARS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def write_shapefile(
    path: Path,
    columns: dict[str, Sequence[object]],
    shapes: Sequence[shapely.Geometry],
    *,
    epsg: int | None,
    encoding: str = "GBK",
    cpg: str | None = None,
    ldid: int = 0,
) -> Path:
    """A shapefile by GDAL; then the .cpg becomes `cpg` (None: none) and the DBF's language byte `ldid`, as old tools leave them."""
    frame = gpd.GeoDataFrame(columns, geometry=list(shapes), crs=epsg)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about Chinese field names and a missing CRS: both are meant
        pyogrio.write_dataframe(frame, path, driver="ESRI Shapefile", encoding=encoding)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg, encoding="ascii")
    dbf = bytearray(path.with_suffix(".dbf").read_bytes())
    dbf[29] = ldid
    path.with_suffix(".dbf").write_bytes(dbf)
    return path


def write_dbf(path: Path, fields: Sequence[tuple[bytes, int]], rows: Sequence[Sequence[bytes]]) -> None:
    """A dBase III table of text fields, byte for byte as given: names up to 10 bytes, cells cut at the field's width."""
    width = 1 + sum(size for _, size in fields)
    head = struct.pack("<4BIHH20x", 3, 126, 11, 23, len(rows), 32 * (len(fields) + 1) + 1, width)
    for name, size in fields:
        head += struct.pack("<11sc4xBB14x", name[:10], b"C", size, 0)
    body = b"".join(b" " + b"".join(c[:s].ljust(s) for c, (_, s) in zip(row, fields, strict=True)) for row in rows)
    path.write_bytes(head + b"\r" + body + b"\x1a")


def sites_shp(
    path: Path,
    sites: Sequence[Site],
    *,
    epsg: int = 4490,
    prj: bool = True,
    encoding: str = "GBK",
    cpg: str | None = None,
) -> Path:
    shapes = [shapely.Point(place) for place in project(epsg, [site.place for site in sites])]
    columns = {"编号": [site.id for site in sites], "名称": [site.name for site in sites]}
    write_shapefile(path, columns, shapes, epsg=epsg, encoding=encoding, cpg=cpg)
    if not prj:
        path.with_suffix(".prj").unlink()
    return path


def patches_shp(
    path: Path,
    *,
    epsg: int = 4490,
    prj: bool = True,
    encoding: str = "GBK",
    cpg: str | None = "GBK",
    names: Sequence[str] = (),
) -> Path:
    columns = {"编号": [key for key, _, _ in PATCHES], "名称": list(names) or [name for _, name, _ in PATCHES]}
    write_shapefile(
        path, columns, [polygon(ring, epsg) for _, _, ring in PATCHES], epsg=epsg, encoding=encoding, cpg=cpg
    )
    if not prj:
        path.with_suffix(".prj").unlink()
    return path


def reserve_shp(folder: Path) -> Path:
    """As the forestry office hands a reserve over: GBK, no .cpg, no .prj, metres with zone prefix 30, names cut at 10 bytes."""
    path = folder / "卡拉麦里山保护区功能区划.shp"
    columns = {
        "编号": [key for key, _, _ in RESERVE_ZONES],
        "名称": [f"卡拉麦里山{zone}" for _, zone, _ in RESERVE_ZONES],
        "自然保护区名称": [RESERVE_NAME] * len(RESERVE_ZONES),
        "功能区": [zone for _, zone, _ in RESERVE_ZONES],
        "级别": ["自治区级"] * len(RESERVE_ZONES),
    }
    write_shapefile(path, columns, [polygon(ring, 4518) for _, _, ring in RESERVE_ZONES], epsg=4518)
    path.with_suffix(".prj").unlink()
    return path


def without(write: Callable[[Path], Path], *suffixes: str) -> Callable[[Path], Path]:
    """The same files, some companions lost."""

    def wrapped(folder: Path) -> Path:
        path = write(folder)
        for suffix in suffixes:
            path.with_suffix(suffix).unlink()
        return path

    return wrapped


def broken_characters(folder: Path) -> Path:
    """Cells and a field name that the field's width cuts in the middle of a GBK character."""
    path = sites_shp(folder / "截断.shp", WEST)
    names = [site.name.encode("gbk") for site in WEST]
    remark = ("位于昌吉市" * 6).encode("gbk")
    write_dbf(
        path.with_suffix(".dbf"),
        [("编号".encode("gbk"), 8), ("名称".encode("gbk"), 40), ("A水源地备注".encode("gbk"), 25)],
        [(site.id.encode(), name, remark) for site, name in zip(WEST, names, strict=True)],
    )
    return path


def upper_case(folder: Path) -> Path:
    path = patches_shp(folder / "TUBAN.shp")
    for suffix in SIDECARS:
        path.with_suffix(suffix).rename(folder / f"TUBAN{suffix.upper()}")
    return folder / "TUBAN.SHP"


def with_z(folder: Path) -> Path:
    rings = [shapely.Polygon([(x, y, 612.5) for x, y in project(4517, ring)]) for _, _, ring in PATCHES]
    columns = {"编号": [key for key, _, _ in PATCHES], "名称": [name for _, name, _ in PATCHES]}
    return write_shapefile(folder / "带高程.shp", columns, rings, epsg=4517, cpg="GBK")


def with_m(folder: Path) -> Path:
    """Points with height and measure (shape type 11), record for record: pyogrio writes no M."""
    path = sites_shp(folder / "带M值.shp", WEST, encoding="UTF-8", cpg="UTF-8")
    records = [struct.pack("<i4d", 11, *site.place, 580.25, 7.0) for site in WEST]
    lons, lats = zip(*(site.place for site in WEST), strict=True)
    box = struct.pack("<2i8d", 1000, 11, min(lons), min(lats), max(lons), max(lats), 580.25, 580.25, 7.0, 7.0)
    step = 8 + len(records[0])
    body = b"".join(struct.pack(">2i", i, len(record) // 2) + record for i, record in enumerate(records, 1))
    index = b"".join(struct.pack(">2i", (100 + step * i) // 2, (step - 8) // 2) for i in range(len(records)))
    for suffix, content in ((".shp", body), (".shx", index)):
        path.with_suffix(suffix).write_bytes(struct.pack(">i20xi", 9994, (100 + len(content)) // 2) + box + content)
    return path


def duplicate_vertices(folder: Path) -> Path:
    doubled = [shapely.Polygon([p for place in ring for p in (place, place)]) for _, _, ring in PATCHES]
    columns = {"编号": [key for key, _, _ in PATCHES], "名称": [name for _, name, _ in PATCHES]}
    return write_shapefile(folder / "重复点.shp", columns, doubled, epsg=4490, cpg="GBK")


def multipart(folder: Path) -> Path:
    """One feature of both patches, and one with a hole."""
    shapes = [shapely.MultiPolygon([polygon(ring) for _, _, ring in PATCHES]), shapely.Polygon(OUTSIDE, [HOLE])]
    return write_shapefile(folder / "多部分.shp", {"名称": ["合并", "带洞"]}, shapes, epsg=4490, cpg="GBK")


def zipped(folder: Path, *, name: str, inner: str, gbk_names: bool) -> Path:
    """The patches in a zip below a folder; ``gbk_names``: as Chinese Windows packs them, no UTF-8 flag."""
    draft = folder / "draft"
    draft.mkdir()
    patches_shp(draft / "x.shp", epsg=4517)
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for suffix in SIDECARS:
            entry = f"{inner}{suffix}"
            # zipfile writes cp437 for names that fit it: GBK bytes read as cp437 come out as the GBK bytes again.
            archive.writestr(
                _RawName(entry.encode("gbk").decode("cp437")) if gbk_names else entry,
                (draft / f"x{suffix}").read_bytes(),
            )
    for file in draft.iterdir():
        file.unlink()
    draft.rmdir()
    return path


class _RawName(zipfile.ZipInfo):
    """A zip entry whose name goes into the header as the cp437 bytes it stands for."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
        return self.filename.encode("cp437"), self.flag_bits & ~0x800


BEIJING_1954 = (
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +ellps=WGS84 "
    "+step +inv +proj=helmert +x=15.8 +y=-154.4 +z=-82.3 +step +inv +proj=cart +ellps=krass "
    "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
)
"""True degrees to Beijing 1954 by the best public parameters near the prefecture: EPSG:15921 (Tarim), written out here."""


def datum_shp(folder: Path, name: str, geographic: int, projected: int, pipeline: str = "+proj=noop") -> Path:
    """Sites in metres of an old datum; without parameters its degrees are given the true numbers."""
    old = pyproj.Transformer.from_pipeline(pipeline)
    step = pyproj.Transformer.from_crs(geographic, projected, always_xy=True)
    shapes = [shapely.Point(step.transform(*old.transform(*site.place), errcheck=True)) for site in WEST]
    columns = {"编号": [site.id for site in WEST], "名称": [site.name for site in WEST]}
    return write_shapefile(folder / f"{name}.shp", columns, shapes, epsg=projected)


OUTSIDE: tuple[LonLat, ...] = ((87.40, 44.00), (87.42, 44.00), (87.42, 44.02), (87.40, 44.02))
HOLE: tuple[LonLat, ...] = ((87.405, 44.005), (87.41, 44.005), (87.41, 44.01))
WEST_NAMES = {"name": [site.name for site in WEST]}
EAST_NAMES = {"name": [site.name for site in EAST]}
PATCH_NAMES = {"name": [name for _, name, _ in PATCHES], "id": [key for key, _, _ in PATCHES]}
RARE = ("䶮家沟料场", "㙍头村𠮷砖厂")


def _sites(name: str, sites: Sequence[Site], **how: object) -> Callable[[Path], Path]:
    return lambda folder: sites_shp(folder / f"{name}.shp", sites, **how)  # type: ignore[arg-type]


def _patches(name: str, **how: object) -> Callable[[Path], Path]:
    return lambda folder: patches_shp(folder / f"{name}.shp", **how)  # type: ignore[arg-type]


def _ring_areas(rings: Sequence[Sequence[LonLat]]) -> dict[str, dict[int, Sequence[LonLat]]]:
    return {kind: dict(rows) for kind, rows in areas(rings).items()}


CASES = (
    Case("shp_gbk_no_cpg", _sites("水源地", WEST), points(WEST), text=WEST_NAMES,
         says=(said("GB", level="info", rule="encoding"),), epsg=4490, inferred=False),
    Case("shp_gbk_right_cpg", _patches("图斑"), PATCH_AREAS, text=PATCH_NAMES,
         says=(said("GBK", "cpg", rule="encoding"),), epsg=4490, inferred=False),
    Case("shp_gbk_wrong_cpg", _sites("错cpg", WEST, cpg="UTF-8"), points(WEST), text=WEST_NAMES,
         says=(said("UTF-8", "GB", "cpg", rule="encoding"),)),
    Case("shp_utf8_no_cpg", _sites("utf8", WEST, encoding="UTF-8"), points(WEST), text=WEST_NAMES,
         says=(said("UTF-8", rule="encoding"),)),
    Case("shp_gb18030_rare", _patches("生僻字", encoding="GB18030", cpg=None, names=RARE), PATCH_AREAS,
         text={"name": list(RARE)}, says=(said("18030", rule="encoding"),)),
    Case("shp_encoding_told", _sites("说明编码", WEST), points(WEST), {"encoding": "GBK"}, text=WEST_NAMES),
    Case("shp_cut_characters", broken_characters, points(WEST),
         text=WEST_NAMES | {"A水源地备": [("位于昌吉市" * 3)[:12]] * 3}),
    Case("shp_zip_nested", lambda f: zipped(f, name="图斑.zip", inner="data/2026/patch", gbk_names=False), PATCH_AREAS,
         text=PATCH_NAMES, epsg=4517),
    Case("shp_zip_gbk_names", lambda f: zipped(f, name="打包.zip", inner="绿盾/疑似图斑", gbk_names=True), PATCH_AREAS,
         text=PATCH_NAMES, epsg=4517),
    Case("shp_upper_case", upper_case, PATCH_AREAS, text=PATCH_NAMES),
    Case("shp_no_prj_zone29", _patches("无prj29", epsg=4517, prj=False), PATCH_AREAS, text=PATCH_NAMES,
         says=(said("29", "4517", level="warning", rule="crs_inferred"),), epsg=4517, inferred=True),
    Case("shp_no_prj_zone30", _sites("无prj30", EAST, epsg=4518, prj=False), points(EAST), text=EAST_NAMES,
         says=(said("30", "4518", level="warning", rule="crs_inferred"),), epsg=4518, inferred=True),
    Case("shp_no_prj_zone15_of_6_degrees", _sites("六度带", WEST, epsg=4493, prj=False), points(WEST), text=WEST_NAMES,
         says=(said("15", "4493", level="warning", rule="crs_inferred"),), epsg=4493, inferred=True),
    Case("shp_no_prj_deduced_87", _sites("无带号西", LONE_WEST, epsg=4538, prj=False), points(LONE_WEST),
         says=(said("87", level="warning", rule="crs_inferred"),), inferred=True),
    Case("shp_no_prj_deduced_90", _sites("无带号东", LONE_EAST, epsg=4539, prj=False), points(LONE_EAST),
         says=(said("90", level="warning", rule="crs_inferred"),), inferred=True),
    Case("shp_no_prj_told", _sites("写明", WEST, epsg=4538, prj=False), points(WEST), {"crs": "EPSG:4538"},
         text=WEST_NAMES, epsg=4538, inferred=False),
    Case("shp_no_prj_degrees", _sites("无prj度", WEST, prj=False), points(WEST), text=WEST_NAMES,
         says=(said("4490", level="warning", rule="crs_inferred"),), epsg=4490, inferred=True),
    # Of Xian 1980 no parameters are public: offline pyproj keeps longitude and latitude, and so must we, saying so.
    Case("shp_xian_1980", lambda f: datum_shp(f, "西安80", 4610, 2353), points(WEST), text=WEST_NAMES,
         says=(said("西安", "米", level="warning", rule="datum"),), epsg=2353),
    Case("shp_beijing_1954", lambda f: datum_shp(f, "北京54", 4214, 2405, BEIJING_1954), points(WEST), text=WEST_NAMES,
         says=(said("北京", "15921", "米", level="warning", rule="datum"),), epsg=2405),
    Case("shp_z", with_z, PATCH_AREAS, text=PATCH_NAMES, epsg=4517),
    Case("shp_zm_points", with_m, points(WEST), text=WEST_NAMES),
    Case("shp_multipart", multipart, areas([[*PATCHES[0][2], *PATCHES[1][2]], [*OUTSIDE, *HOLE]]), text={"name": ["合并", "带洞"]}),
    Case("shp_no_shx", without(_patches("缺索引"), ".shx"), PATCH_AREAS, text=PATCH_NAMES, says=(said("shx"),)),
    Case("shp_no_dbf", without(_patches("缺属性"), ".dbf", ".cpg"), PATCH_AREAS, says=(said("dbf"),)),
    Case("shp_duplicate_vertices", duplicate_vertices, PATCH_AREAS, text=PATCH_NAMES,
         says=(said("重复", level="repair", row=1), said("重复", level="repair", row=2))),
    Case("shp_reserve_official", reserve_shp, RESERVE_AREAS, {"target": "reserves"},
         text={"zone_old": [zone for _, zone, _ in RESERVE_ZONES], "reserve": [RESERVE_NAME] * 3, "level": ["自治区级"] * 3},
         says=(said("4518", rule="crs_inferred"), said("自然保护区", "reserve")), epsg=4518, inferred=True),
)  # fmt: skip
