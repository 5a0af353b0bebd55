"""dxf: closed polylines become polygons, texts keep their place, and code pages are looked at."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from changji_geo.errors import InputError, LayerError
from changji_geo.intake.files.dxf import CLOSING_SHARE, close_polylines
from changji_geo.intake.files.opening import open_source
from changji_geo.intake.source import Source

SQUARE = [(0, 0), (100, 0), (100, 100), (0, 100)]


def drawing(
    entities: list[list[object]], version: str = "AC1015", page: str = "ANSI_936", encoding: str = "gb18030"
) -> bytes:
    head = [0, "SECTION", 2, "HEADER", 9, "$ACADVER", 1, version, 9, "$DWGCODEPAGE", 3, page, 0, "ENDSEC"]
    cells = [*head, 0, "SECTION", 2, "ENTITIES", *(c for e in entities for c in e), 0, "ENDSEC", 0, "EOF"]
    return ("\n".join(map(str, cells)) + "\n").encode(encoding)


def light(points: list[tuple[float, float]], *, closed: bool, layer: str = "核心区") -> list[object]:
    return [
        0,
        "LWPOLYLINE",
        8,
        layer,
        90,
        len(points),
        70,
        int(closed),
        *(c for x, y in points for c in (10, x, 20, y)),
    ]


def heavy(points: list[tuple[float, float]], *, closed: bool) -> list[object]:
    vertices = [c for x, y in points for c in (0, "VERTEX", 8, "0", 10, x, 20, y, 30, 0)]
    return [0, "POLYLINE", 8, "0", 66, 1, 70, int(closed), *vertices, 0, "SEQEND"]


def text(words: str) -> list[object]:
    return [0, "TEXT", 8, "注记", 10, 50, 20, 60, 30, 0, 40, 2.5, 1, words]


def read(tmp_path: Path, *entities: list[object], layer: str | None = None, **how: str) -> Source:
    path = tmp_path / "a.dxf"
    path.write_bytes(drawing(list(entities), **how))
    return open_source(path, layer=layer)


def test_closed_polylines_of_both_kinds_become_polygons(tmp_path: Path) -> None:
    source = read(tmp_path, light(SQUARE, closed=True), heavy(SQUARE, closed=True))
    assert [g.area for g in source.frame.geometry] == [10_000, 10_000]
    assert source.crs is None
    assert "2 条闭合的多段线转为多边形" in [f.message for f in source.findings]


def test_ends_that_nearly_meet_are_closed_and_said(tmp_path: Path) -> None:
    source = read(tmp_path, light([*SQUARE, (0, 0)], closed=False), light([*SQUARE, (0, 0.03)], closed=False))
    assert [g.geom_type for g in source.frame.geometry] == ["Polygon", "Polygon"]
    assert source.frame.geometry.iloc[1].area == 10_000
    repairs = [(f.row, f.message) for f in source.findings if f.level == "repair"]
    assert repairs == [(2, "首尾相距 0.03（图形单位），按闭合处理，转为多边形")]


def test_open_lines_stay_lines(tmp_path: Path) -> None:
    source = read(tmp_path, light([*SQUARE, (0, 1)], closed=False), light([(0, 0), (1, 1)], closed=False))
    assert [g.geom_type for g in source.frame.geometry] == ["LineString", "LineString"]


def test_texts_are_points_with_their_layer(tmp_path: Path) -> None:
    frame = read(tmp_path, light(SQUARE, closed=True), text("天池保护区")).frame
    assert frame["Layer"].tolist() == ["核心区", "注记"]
    assert frame["Text"].iloc[1] == "天池保护区"
    assert shapely.get_coordinates(frame.geometry.iloc[1]).tolist() == [[50, 60]]


@pytest.mark.parametrize(
    ("version", "page", "encoding", "real"),
    [
        ("AC1015", "ANSI_936", "gb18030", "gb18030"),
        ("AC1015", "ANSI_1252", "gb18030", "gb18030"),
        ("AC1021", "ANSI_936", "utf-8", "utf-8"),
        ("AC1027", "ANSI_936", "gb18030", "gb18030"),
        ("AC1015", "ANSI_936", "utf-8", "utf-8"),
    ],
)
def test_texts_are_read_whatever_the_header_claims(
    tmp_path: Path, version: str, page: str, encoding: str, real: str
) -> None:
    source = read(tmp_path, text("天池自然保护区"), version=version, page=page, encoding=encoding)
    assert source.frame["Text"].tolist() == ["天池自然保护区"]
    assert source.encoding == real


def test_escaped_characters_are_resolved(tmp_path: Path) -> None:
    assert read(tmp_path, text("\\U+5929池保护区")).frame["Text"].tolist() == ["天池保护区"]


def test_one_drawing_layer_can_be_taken(tmp_path: Path) -> None:
    both = [light(SQUARE, closed=True), text("甲"), light(SQUARE, closed=True, layer="缓冲区")]
    assert read(tmp_path, *both, layer="缓冲区").frame.index.tolist() == [3]
    with pytest.raises(InputError, match=r"没有图层“x”.*核心区（1 个）"):
        read(tmp_path, *both, layer="x")


def test_a_cut_off_drawing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.dxf"
    whole = drawing([light(SQUARE, closed=True), light(SQUARE, closed=True)])
    path.write_bytes(whole[: len(whole) - 60])
    with pytest.raises(LayerError, match="已损坏或无法读取"):
        open_source(path)


def test_binary_drawings_and_dwg_get_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "a.dxf").write_bytes(b"AutoCAD Binary DXF\r\n\x1a\0")
    with pytest.raises(InputError, match="二进制 DXF.*另存为文本"):
        open_source(tmp_path / "a.dxf")
    (tmp_path / "b.dxf").write_bytes(b"AC1027\0\0\0")
    with pytest.raises(InputError, match="AutoCAD 的 DWG.*另存为 DXF"):
        open_source(tmp_path / "b.dxf")


@given(st.floats(0, 3 * CLOSING_SHARE), st.integers(3, 12))
@settings(max_examples=60, deadline=None)
def test_only_gaps_below_the_share_are_closed(gap: float, corners: int) -> None:
    ring = shapely.get_coordinates(shapely.Point(0, 0).buffer(100, quad_segs=corners).exterior)
    ring[-1] += gap * shapely.length(shapely.LineString(ring))
    line = shapely.LineString(ring)
    ends = shapely.distance(shapely.Point(ring[0]), shapely.Point(ring[-1]))
    frame = gpd.GeoDataFrame(geometry=[line])
    out, _ = close_polylines(frame)
    assert (out.geometry.iloc[0].geom_type == "Polygon") == (ends <= CLOSING_SHARE * line.length)
    assert frame.geometry.iloc[0] is line


def test_lines_that_go_forth_and_back_are_no_polygons() -> None:
    there = shapely.LineString([(0, 0), (1, 0), (2, 0), (0, 0)])
    out, findings = close_polylines(gpd.GeoDataFrame(geometry=[there, None, shapely.Point(0, 0), shapely.LineString()]))
    assert out.geometry.iloc[0].equals(there)
    assert findings == ()
