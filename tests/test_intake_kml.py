"""kml: folders, extended data and every geometry of Google Earth's and 奥维's files; nothing outside is looked at."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import shapely

from changji_geo.errors import InputError, LayerError
from changji_geo.intake.files.opening import open_source
from changji_geo.intake.source import Source

HEAD = '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2">'
RING = "87,44 88,44 88,45 87,45 87,44"


def kml(body: str, *, encoding: str = "UTF-8", head: str = HEAD) -> bytes:
    return f'<?xml version="1.0" encoding="{encoding}"?>{head}<Document>{body}</Document></kml>'.encode(encoding)


def placemark(
    geometry: str = "<Point><coordinates>87.3,44.0</coordinates></Point>", name: str = "甲", more: str = ""
) -> str:
    return f"<Placemark><name>{name}</name>{more}{geometry}</Placemark>"


def polygon(ring: str = RING, *holes: str) -> str:
    inner = "".join(
        f"<innerBoundaryIs><LinearRing><coordinates>{h}</coordinates></LinearRing></innerBoundaryIs>" for h in holes
    )
    return f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs>{inner}</Polygon>"


def read(tmp_path: Path, body: str | bytes, *, name: str = "a.kml", **options: str) -> Source:
    path = tmp_path / name
    path.write_bytes(body if isinstance(body, bytes) else kml(body))
    return open_source(path, **options)


def shape(tmp_path: Path, geometry: str) -> shapely.Geometry:
    return read(tmp_path, placemark(geometry)).frame.geometry.iloc[0]


def test_placemarks_come_in_document_order_with_their_folders(tmp_path: Path) -> None:
    body = (
        "<name>天池</name>" + placemark(name="一")
        + "<Folder><name>核心区</name>" + placemark(name="二")
        + "<Folder><name>甲/乙</name>" + placemark(name="三") + "</Folder></Folder>"
        + "<Folder><name>实验区</name>" + placemark(name="四") + "</Folder>"
    )  # fmt: skip
    source = read(tmp_path, body)
    assert source.frame["folder"].tolist() == ["天池", "天池/核心区", "天池/核心区/甲／乙", "天池/实验区"]
    assert source.frame["name"].tolist() == ["一", "二", "三", "四"]
    assert source.frame.index.tolist() == [1, 2, 3, 4]
    assert (source.format, source.layer, source.encoding, source.datum_hint) == ("kml", "天池", "utf-8", None)
    assert source.crs is not None
    assert source.crs.to_epsg() == 4326


def test_layer_takes_one_folder_and_keeps_the_numbers(tmp_path: Path) -> None:
    body = placemark(name="一") + "<Folder><name>核心区</name>" + placemark(name="二") + "</Folder>"
    assert read(tmp_path, body, layer="核心区").frame["name"].to_dict() == {2: "二"}
    with pytest.raises(InputError, match=r"没有文件夹“缓冲区”.*应为：核心区"):
        read(tmp_path, body, layer="缓冲区")


def test_extended_data_of_both_kinds_become_columns(tmp_path: Path) -> None:
    body = (
        '<Schema id="s1"><SimpleField type="int" name="级别"/><SimpleField type="double" name="面积"/></Schema>'
        + placemark(
            more='<ExtendedData><SchemaData schemaUrl="#s1"><SimpleData name="级别">3</SimpleData>'
            '<SimpleData name="面积">1.5</SimpleData></SchemaData>'
            '<Data name="编号"><displayName>x</displayName><value>0012</value></Data>'
            '<Data name="name"><value>别名</value></Data></ExtendedData>'
            "<description><![CDATA[<b>现场</b> & 核实]]></description>"
        )
        + placemark(name="乙")
    )
    frame = read(tmp_path, body).frame
    first = frame.loc[1]
    assert (first["级别"], first["面积"], first["编号"], first["name"], first["name_1"]) == (
        3,
        1.5,
        "0012",
        "甲",
        "别名",
    )
    assert first["description"] == "<b>现场</b> & 核实"
    assert frame.loc[2, ["级别", "编号", "description"]].isna().all()


def test_a_number_that_is_none_leaves_its_column_text(tmp_path: Path) -> None:
    body = '<Schema id="s"><SimpleField type="int" name="n"/></Schema>' + "".join(
        placemark(
            more=f'<ExtendedData><SchemaData schemaUrl="#s"><SimpleData name="n">{n}</SimpleData></SchemaData></ExtendedData>'
        )
        for n in ("12", "约 12")
    )
    assert read(tmp_path, body).frame["n"].tolist() == ["12", "约 12"]


def test_polygons_keep_holes_and_open_rings_are_closed(tmp_path: Path) -> None:
    found = shape(tmp_path, polygon("87,44 88,44 88,45 87,45", "87.2,44.2 87.4,44.2 87.4,44.4"))
    assert found.equals(
        shapely.Polygon(shapely.box(87, 44, 88, 45).exterior, [[(87.2, 44.2), (87.4, 44.2), (87.4, 44.4)]])
    )


def test_multi_geometries_of_one_kind_are_multi_parts_and_others_collections(tmp_path: Path) -> None:
    point = "<Point><coordinates>87,44</coordinates></Point>"
    assert shape(tmp_path, f"<MultiGeometry>{polygon()}{polygon()}</MultiGeometry>").geom_type == "MultiPolygon"
    assert (
        shape(
            tmp_path, f"<MultiGeometry>{polygon()}<MultiGeometry>{polygon()}</MultiGeometry></MultiGeometry>"
        ).geom_type
        == "MultiPolygon"
    )
    assert shape(tmp_path, f"<MultiGeometry>{point}{polygon()}</MultiGeometry>").geom_type == "GeometryCollection"
    assert shape(tmp_path, f"<MultiGeometry>{polygon()}</MultiGeometry>").geom_type == "Polygon"


def test_tracks_become_lines_with_heights(tmp_path: Path) -> None:
    track = "<gx:Track><when>2024-05-01T00:00:00Z</when><gx:coord>87 44 500</gx:coord><gx:coord>87.1 44 510</gx:coord></gx:Track>"
    assert shape(tmp_path, track).wkt == "LINESTRING Z (87 44 500, 87.1 44 510)"
    assert shape(tmp_path, f"<gx:MultiTrack>{track}{track}</gx:MultiTrack>").geom_type == "MultiLineString"


@pytest.mark.parametrize(
    "text",
    ["87.3,44.0,600", " 87.3, 44.0, 600 ", "87.3 ,44.0 ,600\n", "\u300087.3,44.0,600"],
    ids=["plain", "blanks", "before", "wide"],
)
def test_blanks_in_coordinates_do_not_matter(tmp_path: Path, text: str) -> None:
    assert shape(tmp_path, f"<Point><coordinates>{text}</coordinates></Point>").wkt == "POINT Z (87.3 44 600)"


def test_heights_on_some_points_only_are_left_out(tmp_path: Path) -> None:
    line = shape(tmp_path, "<LineString><coordinates>87,44,5 88,44</coordinates></LineString>")
    assert line.wkt == "LINESTRING (87 44, 88 44)"
    both = shape(tmp_path, f"<MultiGeometry>{polygon()}{polygon(RING.replace(' ', ',1 ') + ',1')}</MultiGeometry>")
    assert not both.has_z


@pytest.mark.parametrize(
    ("coordinates", "problem"),
    [("87.x,44", "“87.x,44”不是数字"), ("87", "“87”不全"), ("东经87,北纬44", "不是数字")],
)
def test_bad_coordinates_name_the_placemark(tmp_path: Path, coordinates: str, problem: str) -> None:
    body = placemark(name="好") + placemark(f"<Point><coordinates>{coordinates}</coordinates></Point>", name="坏")
    with pytest.raises(LayerError) as caught:
        read(tmp_path, body)
    assert "第 2 个地标“坏”" in str(caught.value)
    assert problem in str(caught.value)


def test_placemarks_without_a_shape_stay_and_links_are_reported(tmp_path: Path) -> None:
    body = (
        placemark("", name="空") + placemark("<Point><coordinates></coordinates></Point>", name="无")
        + "<NetworkLink><Link><href>http://127.0.0.1:9/x.kml</href></Link></NetworkLink>"
        + "<GroundOverlay><Icon><href>a.png</href></Icon></GroundOverlay>"
    )  # fmt: skip
    source = read(tmp_path, body)
    assert source.frame.geometry.isna().tolist() == [True, True]
    assert [f.message for f in source.findings] == [
        "1 个网络链接（NetworkLink）没有读取",
        "1 个地面叠加图片（GroundOverlay）没有读取",
        "第 1、2 个要素（地标）没有图形",
    ]


def test_external_entities_are_refused_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("机密")
    entity = f'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY x SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'
    body = f"{entity}{HEAD}<Document>{placemark(name='&x;')}</Document></kml>".encode()
    with pytest.raises(LayerError, match="DTD 或实体定义.*拒绝读取"):
        read(tmp_path, body)


def test_an_entity_bomb_is_refused_at_once(tmp_path: Path) -> None:
    bomb = "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10 if k else "x" * 10}">' for k in range(10))
    with pytest.raises(LayerError, match="拒绝读取"):
        read(tmp_path, f"<!DOCTYPE kml [{bomb}]>{HEAD}<Document>{placemark(name='&a9;')}</Document></kml>".encode())


def test_gbk_text_is_read_by_its_declaration_and_without(tmp_path: Path) -> None:
    declared = read(tmp_path, kml(placemark(name="天池"), encoding="GBK"))
    assert (declared.frame["name"].tolist(), declared.encoding, declared.findings) == (["天池"], "gb18030", ())
    wrong = read(tmp_path, kml(placemark(name="天池")).decode().encode("gbk"))
    assert wrong.frame["name"].tolist() == ["天池"]
    assert wrong.findings[0].message == "文件声明的编码是 utf-8，实际按 gb18030 读通"
    assert read(tmp_path, kml(placemark(name="天池"), encoding="utf-16")).frame["name"].tolist() == ["天池"]


def test_an_encoding_of_the_user_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    assert read(tmp_path, kml(placemark(name="天池")), encoding="utf8").encoding == "utf-8"
    with pytest.raises(LayerError, match="文字不是 --encoding 指定的编码 ascii"):
        read(tmp_path, kml(placemark(name="天池")), encoding="ascii")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (f"{HEAD}<Document><Placemark>", "文件在中途断了"),
        (f"{HEAD}<Document><name>A & B</name></Document></kml>", "&amp;"),
        ("<kml><Document><gx:Track/></Document></kml>", "没有声明的前缀"),
        (f"{HEAD}{'<Folder>' * 200}{'</Folder>' * 200}</kml>", "100 层以上"),
    ],
)
def test_damaged_xml_names_line_and_reason(tmp_path: Path, body: str, problem: str) -> None:
    with pytest.raises(LayerError) as caught:
        read(tmp_path, body.encode())
    assert problem in str(caught.value)
    assert "第 1 行" in str(caught.value) or "层以上" in problem


def test_a_kml_without_placemarks_has_no_features(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match="没有要素"):
        read(tmp_path, "<name>空</name>")


def pack(tmp_path: Path, name: str, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        for inner, data in entries.items():
            archive.writestr(inner, data)
    return tmp_path / name


def test_a_kmz_opens_its_main_document(tmp_path: Path) -> None:
    path = pack(tmp_path, "a.kmz", {"files/b.kml": kml(placemark(name="别的")), "doc.kml": kml(placemark(name="主"))})
    source = open_source(path)
    assert (source.format, source.frame["name"].tolist(), source.path) == ("kmz", ["主"], path)
    assert [f.message for f in source.findings] == ["只读取了主文件 doc.kml；没有读取 files/b.kml"]
    with pytest.raises(InputError, match=r"KMZ 里没有 \.kml 文件"):
        open_source(pack(tmp_path, "b.kmz", {"a.png": b"x"}))


@pytest.mark.parametrize("suffix", ["ovkml", "ovkmz"])
def test_ovital_files_are_gcj02_with_a_doubt(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"奥维.{suffix}"
    if suffix == "ovkmz":
        pack(tmp_path, path.name, {"doc.kml": kml(placemark())})
    else:
        path.write_bytes(kml(placemark()))
    source = open_source(path)
    assert (source.format, source.datum_hint) == (suffix, "gcj02")
    finding = next(f for f in source.findings if f.rule == "datum")
    assert finding.level == "warning"
    assert "GCJ-02" in finding.message
    assert "--datum cgcs2000" in finding.message


def test_a_plain_kml_of_ovital_is_only_doubted(tmp_path: Path) -> None:
    source = read(tmp_path, placemark(), name="奥维导出.kml")
    assert source.datum_hint is None
    assert "--datum gcj02" in source.findings[0].message
