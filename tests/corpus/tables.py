"""CSV and XLSX: every coordinate habit of a spreadsheet."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import shapely

from tests.corpus.shapefiles import EAST_NAMES, PATCH_NAMES, WEST_NAMES
from tests.corpus.truth import (
    BRICKWORKS,
    EAST,
    LONE_WEST,
    PATCHES,
    QUARRY,
    WEST,
    Case,
    Dms,
    LonLat,
    Site,
    areas,
    bd09,
    gcj02,
    points,
    project,
    said,
)  # fmt: skip

RINGS = [ring for _, _, ring in PATCHES]
FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")


def csv_file(
    name: str, header: Sequence[str], rows: Sequence[Sequence[object]], *, encoding: str = "utf-8", delimiter: str = ","
) -> Callable[[Path], Path]:
    def wrapped(folder: Path) -> Path:
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter).writerows([header, *rows])
        path = folder / name
        path.write_bytes(text.getvalue().encode(encoding))
        return path

    return wrapped


def site_rows(sites: Sequence[Site], *cells: Callable[[Site], object]) -> list[list[object]]:
    return [[site.id, site.name, *(cell(site) for cell in cells)] for site in sites]


def decimal_csv(name: str, sites: Sequence[Site] = WEST, **how: str) -> Callable[[Path], Path]:
    rows = site_rows(sites, lambda s: repr(s.lon), lambda s: repr(s.lat))
    return csv_file(name, ("编号", "名称", "经度", "纬度"), rows, **how)


def places_csv(
    name: str,
    places: Sequence[tuple[float, float]],
    header: tuple[str, str],
    sites: Sequence[Site] = WEST,
    digits: int = 9,
) -> Callable[[Path], Path]:
    rows = [[s.id, s.name, f"{x:.{digits}f}", f"{y:.{digits}f}"] for s, (x, y) in zip(sites, places, strict=True)]
    return csv_file(name, ("编号", "名称", *header), rows)


def dms_case(
    key: str, lon: Callable[[Dms], str], lat: Callable[[Dms], str] | None = None, encoding: str = "gbk"
) -> Case:
    """One spelling of degrees, minutes, seconds in two columns."""
    rows = site_rows(WEST, lambda s: lon(s.lon_dms), lambda s: (lat or lon)(s.lat_dms))
    name = f"csv_dms_{key}"
    return Case(name, csv_file(f"{name}.csv", ("编号", "名称", "东经", "北纬"), rows, encoding=encoding), points(WEST, 2),
                text=WEST_NAMES, inferred=True)  # fmt: skip


def seconds(dms: Dms) -> str:
    return f"{dms[2]:05.2f}"


def spelled(d: str, m: str, s: str, before: str = "", after: str = "") -> Callable[[Dms], str]:
    return lambda dms: f"{before}{dms[0]}{d}{dms[1]:02d}{m}{seconds(dms)}{s}{after}"


DMS_CASES = (
    dms_case("primes", spelled("°", "′", "″", after="E"), spelled("°", "′", "″", after="N"), "utf-8-sig"),
    dms_case("ascii_quotes", spelled("°", "'", '"')),
    dms_case("chinese", spelled("度", "分", "秒", before="东经"), spelled("度", "分", "秒", before="北纬")),
    dms_case("letter_first", spelled("°", "′", "″", before="E"), spelled("°", "′", "″", before="N")),
    dms_case("spaces", spelled(" ", " ", "")),
    dms_case("hyphens", spelled("-", "-", "")),
    dms_case("colons", spelled(":", ":", "")),
    dms_case("packed", spelled("", "", "")),
    dms_case("ordinal_sign", spelled("º", "'", "''"), encoding="utf-8"),
    dms_case("full_width", lambda d: f"{d[0]}°{d[1]:02d}′{seconds(d)}″".translate(FULL_WIDTH) + "Ｅ",
             lambda d: f"{d[0]}°{d[1]:02d}′{seconds(d)}″".translate(FULL_WIDTH) + "Ｎ"),
    dms_case("decimal_minutes", lambda d: f"{d[0]}°{d[1] + d[2] / 60:.7f}′"),
    dms_case("curly_quotes_spaces", lambda d: f" {d[0]}° {d[1]}’ {seconds(d)}” "),
)  # fmt: skip


def ring_text(ring: Sequence[LonLat], between: str = ";") -> str:
    return between.join(f"{lon!r},{lat!r}" for lon, lat in ring)


def patch_csv(name: str, column: str, cells: Sequence[str], encoding: str = "utf-8") -> Callable[[Path], Path]:
    rows = [[key, title, cell] for (key, title, _), cell in zip(PATCHES, cells, strict=True)]
    return csv_file(name, ("编号", "名称", column), rows, encoding=encoding)


FAR = Site("h1", "双鸭山", (132, 18, 30.25), (44, 0, 40.8))
"""In China, far from the prefecture: taken over, with a warning."""
WKT = [shapely.Polygon(ring).wkt for ring in RINGS]
METRES = project(4517, [site.place for site in WEST])
METRES_EAST = project(4518, [site.place for site in EAST])
NORTH_FIRST = [(north, east) for east, north in METRES]
WEST_PLACES = [site.place for site in WEST]


def dms_pair(site: Site) -> str:
    return f"东经{site.lon_dms[0]}°{site.lon_dms[1]}′{site.lon_dms[2]}″，北纬{site.lat_dms[0]}°{site.lat_dms[1]}′{site.lat_dms[2]}″"


def packed_decimal(dms: Dms) -> str:
    """87°18′30.25″ as surveyors key it in: 87.183025."""
    return f"{dms[0]}.{dms[1]:02d}{round(dms[2] * 100):04d}"


def parcels(folder: Path) -> Path:
    """The land offices' exchange text (坐标交换格式): X is north, Y east with the zone's number."""
    lines = [
        "[属性描述]",
        "格式版本号=1.01版本",
        "数据产生单位=昌吉州",
        "数据产生日期=2026-11-23",
        "坐标系=2000国家大地坐标系",
    ]
    lines += [
        "几度分带=3",
        "投影类型=高斯克吕格",
        "计量单位=米",
        "带号=29",
        "精度=0.001",
        "转换参数=,,,,,,",
        "[地块坐标]",
    ]
    for key, name, ring in PATCHES:
        shell = project(4517, [*ring, ring[0]])
        lines.append(f"{len(shell)},1.0,{key},{name},面,,,,@")
        numbers = [*range(1, len(shell)), 1]
        lines += [f"J{i},1,{north:.4f},{east:.4f}" for i, (east, north) in zip(numbers, shell, strict=True)]
    (folder / "地块.txt").write_bytes("\r\n".join(lines).encode("gbk"))
    return folder / "地块.txt"


# --- XLSX


def xlsx(name: str, rows: Sequence[Sequence[object]], merge: Sequence[str] = ()) -> Callable[[Path], Path]:
    def wrapped(folder: Path) -> Path:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(list(row))
        for cells in merge:
            book.active.merge_cells(cells)
        book.save(folder / name)
        return folder / name

    return wrapped


TITLE_ROWS = [
    ["附件1：昌吉州集中式饮用水水源地一览表", None, None, None, None],
    ["填报单位：昌吉州生态环境局", None, None, "填报日期：2026年11月", None],
    ["编号", "名称", "中心点坐标", None, "批复日期"],
    [None, None, "经度", "纬度", None],
    *([s.id, s.name, s.lon, s.lat, datetime.date(2024, 5, 1)] for s in WEST),
]
THREE_COLUMNS = [
    ["编号", "名称", "东经", None, None, "北纬", None, None],
    [None, None, "度", "分", "秒", "度", "分", "秒"],
    *([s.id, s.name, *s.lon_dms, *s.lat_dms] for s in WEST),
]
NAMED_COLUMNS = [
    ["编号", "名称", "经度度", "经度分", "经度秒", "纬度度", "纬度分", "纬度秒"],
    *([s.id, s.name, *s.lon_dms, *s.lat_dms] for s in WEST),
]
SPACED = [
    ["编号", "名 称", "经度 （°）", "纬度 （°）"],
    *([s.id, s.name, f"\u00a0{s.lon!r} ", f"\u3000{s.lat!r}\t"] for s in WEST),
]
DMS_TEXT = [["编号", "名称", "经度", "纬度"], *(
    [s.id, s.name, spelled("°", "′", "″", after="E")(s.lon_dms), spelled("°", "′", "″", after="N")(s.lat_dms)] for s in WEST
)]  # fmt: skip
VERTEX_ROWS = [["图斑编号", "点号", "经度", "纬度"], *(
    [key, f"J{i}", lon, lat] for key, _, ring in PATCHES for i, (lon, lat) in enumerate(ring, 1)
)]  # fmt: skip
VERTEX_METRES = [["图斑编号", "点号", "X", "Y"], *(
    [key, i, round(north, 3), round(east, 3)]
    for key, _, ring in PATCHES for i, (east, north) in enumerate(project(4517, [*ring, ring[0]]), 1)
)]  # fmt: skip
BLANK_ROW = [["编号", "名称", "经度", "纬度"], [], *([s.id, s.name, s.lon, s.lat] for s in WEST[:2]), [],
             [WEST[2].id, WEST[2].name, WEST[2].lon, WEST[2].lat]]  # fmt: skip


def two_sheets(folder: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active.append(["本表由各县市分局填报"])
    sheet = book.create_sheet("坐标")
    sheet.append(["编号", "名称", "经度", "纬度"])
    for site in WEST:
        sheet.append([site.id, site.name, site.lon, site.lat])
    book.save(folder / "两张表.xlsx")
    return folder / "两张表.xlsx"


ON_ROWS = points(WEST, 2)
PATCH_ROWS = areas(RINGS, 2)
CASES = (
    *DMS_CASES,
    Case("csv_degrees_utf8", decimal_csv("点位.csv"), ON_ROWS, text=WEST_NAMES | {"id": [s.id for s in WEST]},
         says=(said("UTF-8", rule="encoding"), said("4490", rule="crs_inferred")), epsg=4490, inferred=True),
    Case("csv_degrees_gbk", decimal_csv("国标.csv", encoding="gbk"), ON_ROWS, text=WEST_NAMES,
         says=(said("GB", rule="encoding"),)),
    Case("csv_degrees_bom", decimal_csv("带BOM.csv", encoding="utf-8-sig"), ON_ROWS, text=WEST_NAMES),
    Case("csv_degrees_utf16", decimal_csv("统一码.csv", encoding="utf-16"), ON_ROWS, text=WEST_NAMES,
         says=(said("UTF-16", rule="encoding"),)),
    Case("csv_semicolon", decimal_csv("分号.csv", delimiter=";"), ON_ROWS, text=WEST_NAMES),
    Case("csv_tab", decimal_csv("制表符.txt", delimiter="\t", encoding="gbk"), ON_ROWS, text=WEST_NAMES),
    Case("csv_crs_told", decimal_csv("写明.csv"), ON_ROWS, {"crs": "EPSG:4490"}, epsg=4490, inferred=False),
    Case("csv_swapped_columns", places_csv("写反.csv", [(y, x) for x, y in WEST_PLACES], ("经度", "纬度"), digits=10), ON_ROWS,
         text=WEST_NAMES, says=(said("反", level="warning"),)),
    Case("csv_swapped_row", places_csv("一行写反.csv", [WEST_PLACES[0], WEST_PLACES[1][::-1], WEST_PLACES[2]],
         ("经度", "纬度"), digits=10), ON_ROWS, text=WEST_NAMES, says=(said("反", level="repair", row=3),)),
    Case("csv_columns_told", places_csv("列名.csv", WEST_PLACES, ("a", "b"), digits=10), ON_ROWS, {"x": "a", "y": "b"},
         text=WEST_NAMES),
    Case("csv_dd_mmss_told", csv_file("度分秒小数.csv", ("编号", "名称", "经度", "纬度"), site_rows(
         WEST, lambda s: packed_decimal(s.lon_dms), lambda s: packed_decimal(s.lat_dms))), ON_ROWS, {"packed": "dd.mmss"},
         text=WEST_NAMES),
    Case("csv_pair_column", csv_file("一列.csv", ("编号", "名称", "坐标"),
         site_rows(WEST, lambda s: f"{s.lon!r},{s.lat!r}")), ON_ROWS, text=WEST_NAMES),
    Case("csv_pair_dms", csv_file("一列度分秒.csv", ("编号", "名称", "经纬度"), site_rows(WEST, dms_pair), encoding="gbk"),
         ON_ROWS, text=WEST_NAMES),
    Case("csv_pair_swapped", csv_file("一列写反.csv", ("编号", "名称", "坐标"),
         site_rows(WEST, lambda s: f"{s.lat!r},{s.lon!r}")), ON_ROWS, text=WEST_NAMES, says=(said("纬度", level="warning"),)),
    Case("csv_of_ovital", places_csv("奥维互动地图导出.csv", gcj02(WEST_PLACES), ("经度", "纬度")), ON_ROWS, text=WEST_NAMES,
         says=(said("奥维", "GCJ-02", level="warning", rule="datum"),)),
    Case("txt_parcels", parcels, {"area": {1: list(QUARRY), 2: list(BRICKWORKS)}}, text=PATCH_NAMES, epsg=4517),
    Case("csv_vertex_list", patch_csv("拐点.csv", "拐点坐标", [ring_text(ring) for ring in RINGS]), PATCH_ROWS,
         text=PATCH_NAMES),
    Case("csv_vertex_list_lines", patch_csv("拐点分行.csv", "拐点坐标", [ring_text((*r, r[0]), "\n") for r in RINGS], "gbk"),
         {"area": {2: list(QUARRY), 6 + 1: list(BRICKWORKS)}}, text=PATCH_NAMES),
    Case("csv_wkt", patch_csv("wkt.csv", "WKT", WKT), PATCH_ROWS, text=PATCH_NAMES),
    Case("csv_metres_prefix", places_csv("米带号.csv", METRES, ("X坐标", "Y坐标"), digits=4), ON_ROWS, text=WEST_NAMES,
         says=(said("29", "4517", rule="crs_inferred", level="warning"),), epsg=4517, inferred=True),
    Case("csv_metres_prefix_east", places_csv("米带号30.csv", METRES_EAST, ("横坐标", "纵坐标"), EAST, 4), points(EAST, 2),
         text=EAST_NAMES, says=(said("30", "4518", rule="crs_inferred", level="warning"),), epsg=4518, inferred=True),
    Case("csv_metres_no_prefix", places_csv("米.csv", project(4538, [s.place for s in LONE_WEST]), ("X", "Y"), LONE_WEST, 4),
         points(LONE_WEST, 2), says=(said("87", rule="crs_inferred", level="warning"),), inferred=True),
    Case("csv_metres_no_prefix_told", places_csv("米写明.csv", project(4538, WEST_PLACES), ("X", "Y"), digits=4), ON_ROWS,
         {"crs": "EPSG:4538"}, text=WEST_NAMES, epsg=4538, inferred=False),
    Case("csv_x_is_north", places_csv("测绘.csv", NORTH_FIRST, ("纵坐标X", "横坐标Y"), digits=4), ON_ROWS, text=WEST_NAMES,
         epsg=4517, inferred=True),
    Case("csv_x_is_north_bare", places_csv("测绘XY.csv", NORTH_FIRST, ("X", "Y"), digits=4), ON_ROWS, text=WEST_NAMES,
         says=(said("北"),), epsg=4517, inferred=True),
    Case("csv_two_zones", places_csv("跨带.csv", [METRES[0], METRES_EAST[0]], ("X", "Y"), [WEST[0], EAST[0]], 4),
         points([WEST[0], EAST[0]], 2), says=(said("29", "30", level="warning", rule="crs_inferred"),), inferred=True),
    Case("csv_decimal_comma", csv_file("小数逗号.csv", ("编号", "名称", "经度", "纬度"), site_rows(
         WEST, lambda s: repr(s.lon).replace(".", ","), lambda s: repr(s.lat).replace(".", ",")), delimiter=";"), ON_ROWS),
    Case("csv_letters_on_decimals", csv_file("带字母.csv", ("编号", "名称", "经度", "纬度"), site_rows(
         WEST, lambda s: f"东经{s.lon!r}°", lambda s: f"N{s.lat!r}"), encoding="gbk"), ON_ROWS, text=WEST_NAMES),
    Case("csv_far_away", places_csv("黑龙江.csv", project(4532, [FAR.place]), ("X", "Y"), [FAR], 4), points([FAR], 2),
         says=(said("本州", level="warning"), said("4532", rule="crs_inferred")), epsg=4532, inferred=True),
    Case("csv_metres_thousands", csv_file("千分位.csv", ("编号", "名称", "X", "Y"), [
        [s.id, s.name, f"{x:,.3f}", f"{y:,.3f}米"] for s, (x, y) in zip(WEST, METRES, strict=True)]), ON_ROWS, text=WEST_NAMES),
    Case("csv_gcj02", places_csv("高德.csv", gcj02(WEST_PLACES), ("lng", "lat")), ON_ROWS, {"datum": "gcj02"},
         text=WEST_NAMES, says=(said("GCJ-02"),)),
    Case("csv_bd09", places_csv("百度.csv", bd09(WEST_PLACES), ("lng", "lat")), ON_ROWS, {"datum": "bd09"},
         text=WEST_NAMES, says=(said("BD-09"),)),
    Case("csv_gcj02_rounded", places_csv("高德六位.csv", gcj02(WEST_PLACES), ("经度", "纬度"), digits=6), ON_ROWS,
         {"datum": "gcj02"}, 0.5, text=WEST_NAMES),
    Case("csv_bd09_rounded", places_csv("百度六位.csv", bd09(WEST_PLACES), ("经度", "纬度"), digits=6), ON_ROWS,
         {"datum": "bd09"}, 0.5, text=WEST_NAMES),
    Case("xlsx_title_rows_merged_header", xlsx("一览表.xlsx", TITLE_ROWS, ("A1:E1", "A2:C2", "A3:A4", "B3:B4", "C3:D3", "E3:E4")),
         points(WEST, 5), text=WEST_NAMES),
    Case("xlsx_dms_text", xlsx("度分秒.xlsx", DMS_TEXT), ON_ROWS, text=WEST_NAMES),
    Case("xlsx_numbers_as_spaced_text", xlsx("带空格.xlsx", SPACED), ON_ROWS, text=WEST_NAMES),
    Case("xlsx_three_columns_merged", xlsx("三列合并.xlsx", THREE_COLUMNS, ("A1:A2", "B1:B2", "C1:E1", "F1:H1")), points(WEST, 3),
         text=WEST_NAMES),
    Case("xlsx_three_columns_named", xlsx("三列.xlsx", NAMED_COLUMNS), ON_ROWS, text=WEST_NAMES),
    Case("xlsx_vertex_rows", xlsx("界址点.xlsx", VERTEX_ROWS), {"area": {2: list(QUARRY), 6: list(BRICKWORKS)}},
         {"rings_by": "图斑编号"}),
    Case("xlsx_vertex_rows_metres", xlsx("界址点米.xlsx", VERTEX_METRES), {"area": {2: list(QUARRY), 7: list(BRICKWORKS)}},
         {"rings_by": "图斑编号"}, epsg=4517, inferred=True),
    Case("xlsx_blank_rows", xlsx("空行.xlsx", BLANK_ROW), {"point": {3: [WEST[0].place], 4: [WEST[1].place], 6: [WEST[2].place]}},
         text=WEST_NAMES),
    Case("xlsx_sheet_chosen", two_sheets, ON_ROWS, {"layer": "坐标"}, text=WEST_NAMES),
    Case("xlsx_override", xlsx("水厂.xlsx", [["水厂", "经度", "纬度"], *([s.name, s.lon, s.lat] for s in WEST)]), ON_ROWS,
         {"target": "water_sources", "overrides": {"水厂": "name"}}, text=WEST_NAMES),
)  # fmt: skip
