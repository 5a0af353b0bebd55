"""parcel_text: the land offices' coordinate exchange text, its rings and its zone."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from changji_geo.errors import InputError, LayerError
from changji_geo.intake.files.opening import open_source
from changji_geo.intake.reading import read_any
from changji_geo.intake.source import Source

HEAD = "[属性描述]\n格式版本号=1.01\n坐标系={datum}\n几度分带={width}\n投影类型=高斯克吕格\n计量单位=米\n带号={zone}\n精度=0.001\n转换参数=,,,,,,\n[地块坐标]\n"
LINE = "5,1.0,DK01,一号地块,面,K45,采矿用地,0602,@\n"
NORTH, EAST = 4876000.0, 29512000.0


def ring(number: int, side: float, *, north: float = NORTH, east: float = EAST, start: int = 1) -> str:
    corners = [(0, 0), (side, 0), (side, side), (0, side), (0, 0)]
    return "".join(f"J{start + k % 4},{number},{north + n:.3f},{east + e:.3f}\n" for k, (n, e) in enumerate(corners))


def line(number: int) -> str:
    return LINE.replace("DK01", f"DK{number:02d}")


def head(datum: str = "2000国家大地坐标系", width: str = "3", zone: str = "29") -> str:
    return HEAD.format(datum=datum, width=width, zone=zone)


def read(tmp_path: Path, text: str, written: str = "gb18030", **options: str) -> Source:
    path = tmp_path / "地块.txt"
    path.write_bytes(text.replace("\n", "\r\n").encode(written))
    return open_source(path, **options)


def crs_code(source: Source) -> int | None:
    return None if source.crs is None else source.crs.to_epsg()


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_a_parcel_is_a_row_with_x_north_and_y_east(tmp_path: Path, encoding: str) -> None:
    source = read(tmp_path, head() + LINE + ring(1, 100), encoding)
    row = source.frame.loc[1]
    assert (row["地块编号"], row["地块名称"], row["地块面积(公顷)"], row["地类编码"]) == (
        "DK01",
        "一号地块",
        1.0,
        "0602",
    )
    assert row.geometry.equals(shapely.box(EAST, NORTH, EAST + 100, NORTH + 100))
    assert crs_code(source) == 4517
    assert source.format == "parcel_text"
    assert "EPSG:4517" in next(f.message for f in source.findings if f.rule == "crs")


def test_a_ring_inside_is_a_hole_and_one_beside_is_a_part(tmp_path: Path) -> None:
    inside = ring(2, 20, north=NORTH + 40, east=EAST + 40)
    beside = ring(3, 50, east=EAST + 500)
    island = ring(4, 10, north=NORTH + 45, east=EAST + 45)
    shape = read(tmp_path, head() + LINE + ring(1, 100) + inside + beside + island).frame.geometry.iloc[0]
    assert shape.geom_type == "MultiPolygon"
    assert shape.area == 100**2 - 20**2 + 50**2 + 10**2
    assert shape.is_valid


def test_several_parcels_lines_and_points(tmp_path: Path) -> None:
    line = "2,,L1,渠,线,,,,@\n1,1,4876000,29512000\n2,1,4876000,29512300\n"
    point = "1,,P1,井,点,,,,@\n1,1,4876000,29512000\n"
    frame = read(tmp_path, head() + LINE + ring(1, 100) + line + point).frame
    assert frame.geometry.geom_type.tolist() == ["Polygon", "LineString", "Point"]
    assert frame.geometry.length.iloc[1] == 300
    assert frame.index.tolist() == [1, 2, 3]


def test_further_attributes_get_their_own_columns(tmp_path: Path) -> None:
    frame = read(tmp_path, head() + "5,1,1,一,面,,,,甲,乙,@\n" + ring(1, 10)).frame
    assert frame.loc[1, ["属性9", "属性10"]].tolist() == ["甲", "乙"]


@pytest.mark.parametrize(
    ("datum", "width", "zone", "east", "code"),
    [
        ("2000国家大地坐标系", "3", "29", 29512000.0, 4517),
        ("CGCS2000", "3", "30", 30512000.0, 4518),
        ("2000国家大地坐标系", "3", "29", 512000.0, 4538),
        ("2000国家大地坐标系", "6", "15", 15512000.0, 4493),
        ("1980西安坐标系", "3", "29", 29512000.0, 2353),
        ("北京54坐标系", "3", "29", 29512000.0, 2405),
        ("2000国家大地坐标系", "3", "", 29512000.0, None),
        ("2000国家大地坐标系", "3", "30", 29512000.0, None),
        ("", "3", "29", 29512000.0, None),
        ("2000国家大地坐标系", "4", "29", 29512000.0, None),
    ],
)
def test_datum_width_and_zone_name_the_crs_unless_they_contradict(
    tmp_path: Path, datum: str, width: str, zone: str, east: float, code: int | None
) -> None:
    source = read(tmp_path, head(datum, width, zone) + LINE + ring(1, 100, east=east))
    assert crs_code(source) == code
    assert next(f.level for f in source.findings if f.rule == "crs") == ("info" if code else "warning")


def test_easting_first_is_noticed(tmp_path: Path) -> None:
    rows = "".join(
        f"{k},1,{e},{n}\n" for k, (e, n) in enumerate([(29512000, 4876000), (29512100, 4876000), (29512000, 4876100)])
    )
    source = read(tmp_path, head() + LINE + rows)
    assert source.frame.geometry.iloc[0].bounds == (29512000, 4876000, 29512100, 4876100)
    assert "axis_order" in [f.rule for f in source.findings]
    bare = read(tmp_path, head() + LINE + rows.replace("29512", "512")).frame
    assert bare.geometry.iloc[0].bounds == (512000, 4876000, 512100, 4876100)


def test_degrees_are_taken_as_degrees(tmp_path: Path) -> None:
    source = read(tmp_path, head(width="", zone="") + LINE + "1,1,44,87\n2,1,44,88\n3,1,45,88\n")
    assert source.frame.geometry.iloc[0].bounds == (87, 44, 88, 45)
    assert crs_code(source) == 4490


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("", "没有地块"),
        (LINE, "没有一个地块能用。地块没有坐标（第 11 行）"),
        ("J1,1,4876000,29512000\n" + LINE, "第 11 行：坐标前面没有地块的属性行"),
        (LINE + "J1,1,4876000\n", "第 12 行读不懂：“J1,1,4876000”，应为“点号,圈号,X 坐标,Y 坐标”"),
        (LINE + "J1,1,四百万,29512000\n", "第 12 行读不懂"),
        (LINE + "J1,1,nan,29512000\n", "第 12 行的坐标不是数字"),
        (LINE + "J1,1,4876000,29512000\nJ2,1,4876000,29512100\n", "第 1 圈只有 2 个不同的点（地块在第 11 行）"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_line(tmp_path: Path, body: str, problem: str) -> None:
    with pytest.raises(LayerError) as caught:
        read(tmp_path, head() + body)
    assert problem in str(caught.value)


def test_a_bad_parcel_is_an_error_of_its_own_and_the_others_keep_their_numbers(tmp_path: Path) -> None:
    bad = ring(1, 100).replace(f"{NORTH + 100:.3f}", "488O100", 1)
    source = read(tmp_path, head() + LINE + ring(1, 100) + line(2) + bad + line(3) + ring(1, 50))
    assert source.frame.index.tolist() == [1, 3]
    errors = [(f.row, f.rule, f.message) for f in source.findings if f.level == "error"]
    number = 11 + 6 + 2
    text = f"第 {number} 行读不懂：“J2,1,488O100,{EAST:.3f}”，应为“点号,圈号,X 坐标,Y 坐标”"
    assert errors == [(2, "parcel", text)]
    with pytest.raises(InputError, match=f"第 2 个要素：第 {number} 行读不懂"):
        read_any(tmp_path / "地块.txt")
    assert len(read_any(tmp_path / "地块.txt", skip_bad_rows=True).frame) == 2


def test_a_wrong_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match=r"文字不是 --encoding 指定的编码（第 1 行读不通）.*应为：GBK"):
        read(tmp_path, head() + LINE + ring(1, 100), encoding="utf-8")


def test_other_texts_are_tables(tmp_path: Path) -> None:
    source = read(tmp_path, "名称,经度,纬度\n甲,87.3,44.0\n")
    assert source.format == "txt"
    assert not source.has_geometry
