"""geojson_text: documents and lines, old CRS members, metres without a CRS, other encodings, and features nobody may lose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from changji_geo.errors import InputError, LayerError
from changji_geo.intake.files.opening import open_source
from changji_geo.intake.source import Source


def feature(lon: float = 87.3, lat: float = 44.0, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": [lon, lat]}}


def document(*features: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", **members, "features": list(features)}


def read(tmp_path: Path, content: Any, name: str = "a.geojson", encoding: str = "utf-8", **options: str) -> Source:
    path = tmp_path / name
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    path.write_bytes(text.encode(encoding))
    return open_source(path, **options)


def crs_code(source: Source) -> int | None:
    return None if source.crs is None else source.crs.to_epsg()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_texts_are_right_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    source = read(tmp_path, document(feature(名称="天池自然保护区")), encoding=encoding)
    assert source.frame["名称"].tolist() == ["天池自然保护区"]
    assert [f.rule for f in source.findings] == ([] if encoding.startswith("utf-8") else ["encoding"])


def test_the_users_encoding_is_used(tmp_path: Path) -> None:
    path = read(tmp_path, document(feature(名称="天池")), encoding="gbk").path
    assert open_source(path, encoding="gbk").encoding == "gb18030"
    with pytest.raises(LayerError, match="文字编码无法识别"):
        open_source(path, encoding="ascii")


def test_an_old_crs_member_is_honoured_and_none_means_wgs84(tmp_path: Path) -> None:
    member = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4517"}}
    assert crs_code(read(tmp_path, document(feature(29512000, 4876000), crs=member))) == 4517
    assert crs_code(read(tmp_path, document(feature()))) == 4326


def test_metres_without_a_crs_are_no_degrees(tmp_path: Path) -> None:
    source = read(tmp_path, document(feature(29512000, 4876000)))
    assert source.crs is None
    assert source.findings[0].rule == "crs"
    assert "坐标到 (29512000, 4876000)，不是经纬度" in source.findings[0].message


def test_numbers_of_features_become_a_column_where_there_is_none(tmp_path: Path) -> None:
    with_ids = document(feature(n=1) | {"id": 652301}, feature(n=2) | {"id": 652302})
    assert read(tmp_path, with_ids).frame["id"].tolist() == [652301, 652302]
    assert "id" not in read(tmp_path, document(feature(n=1), feature(n=2))).frame.columns
    own = document(feature(id="甲") | {"id": 7})
    assert read(tmp_path, own).frame["id"].tolist() == ["甲"]


def test_a_property_named_geometry_is_renamed(tmp_path: Path) -> None:
    source = read(tmp_path, document(feature(geometry="圆", a=1), feature(geometry="方", a=2)))
    assert source.frame["geometry_1"].tolist() == ["圆", "方"]
    assert source.frame.geometry.x.tolist() == [87.3, 87.3]
    assert source.findings[0].message == "字段“geometry”与几何列重名，改名为“geometry_1”"


def test_values_missing_in_some_features_do_not_change_the_others(tmp_path: Path) -> None:
    frame = read(tmp_path, document(feature(b=True, n=652301001001001235), feature(), feature(b=False))).frame
    assert frame["b"].isna().tolist() == [False, True, False]
    assert [bool(frame["b"][1]), bool(frame["b"][3])] == [True, False]
    assert frame["n"][1] == 652301001001001235


def test_features_without_geometry_keep_their_numbers(tmp_path: Path) -> None:
    source = read(tmp_path, document(feature(n=1), feature(n=2) | {"geometry": None}, feature(n=3)))
    assert source.frame.index.tolist() == [1, 2, 3]
    assert source.frame.geometry.isna().tolist() == [False, True, False]
    assert source.findings == ()


def test_a_geometry_that_gdal_drops_is_named(tmp_path: Path) -> None:
    broken = feature() | {"geometry": {"type": "Polygon", "coordinates": [[[87, 44], [88, 44], ["x", 45], [87, 44]]]}}
    source = read(tmp_path, document(feature(), broken))
    assert source.findings[0].message == "第 2 个要素的坐标写法不对，读不出图形"


@pytest.mark.parametrize("name", ["a.geojsonl", "a.ndjson", "a.jsonl", "a.geojsons", "a.json", "a.geojson"])
def test_one_feature_a_line_is_read(tmp_path: Path, name: str) -> None:
    lines = "".join(json.dumps(feature(n=k)) + "\r\n" for k in range(3))
    source = read(tmp_path, lines, name)
    assert (source.frame["n"].tolist(), source.format) == ([0, 1, 2], "geojsonl")


def test_record_separators_are_read(tmp_path: Path) -> None:
    records = "".join("\x1e" + json.dumps(feature(n=k), indent=1) + "\n" for k in range(3))
    assert read(tmp_path, records, "a.geojsons").frame["n"].tolist() == [0, 1, 2]


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    lines = [json.dumps(feature(n=k)) for k in range(4)]
    lines[2] = lines[2][:40]
    with pytest.raises(LayerError, match="第 3 行（条）不是完整的 GeoJSON 要素"):
        read(tmp_path, "\n".join(lines), "a.ndjson")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"type": "Topology", "objects": {}, "arcs": []}', "TopoJSON"),
        ('{"geometryType": "esriGeometryPoint", "features": []}', "ESRI JSON"),
        ('{"a": 1}', "没有“type”"),
        ('[{"a": 1}]', "没有“type”"),
        ('{"type": "gdal_streamed_alg", "command_line": "gdal vector read x"}', "gdal_streamed_alg"),
        ('{"type": "FeatureCollection", "features": [{"type": "Feature", "prop', "已损坏或无法读取"),
        ('{"type": "FeatureCollection", "features": []}', "没有要素"),
        ("<OGRVRTDataSource><OGRVRTLayer/></OGRVRTDataSource>", "XML（OGRVRTDataSource）"),
        ("   ", "普通文本"),
    ],
)
def test_what_is_no_geojson_is_refused_with_a_reason(tmp_path: Path, content: str, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, content)
    assert problem in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "a.geojson"))


def test_a_bare_geometry_is_one_feature(tmp_path: Path) -> None:
    source = read(tmp_path, {"type": "Point", "coordinates": [87.3, 44.0]}, "a.json")
    assert source.frame.geometry.iloc[0].wkt == "POINT (87.3 44)"
    assert source.format == "geojson"


def test_another_layer_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="只有一个图层“a”，没有“b”"):
        read(tmp_path, document(feature()), layer="b")
