"""catalog and layer_description: layer folders read, and every way they can be wrong told in one clear message."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from changji_geo.catalog import Layer, layer_file, load_layer
from changji_geo.crs import CGCS2000
from changji_geo.errors import CRSError, LayerError
from changji_geo.layer_description import layer_meta, list_layers
from changji_geo.resources import Workspace
from tests.tiny import SQUARES, squares, tiny_workspace, write_layer


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


def load(root: Path, layer_id: str = "squares") -> Layer:
    return load_layer(layer_id, Workspace((root,)))


def edit_toml(root: Path, old: str, new: str) -> None:
    path = root / "layers" / "squares" / "layer.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def edit_data(root: Path, change) -> None:
    path = root / "layers" / "squares" / "squares.geojson"
    data = json.loads(path.read_text("utf-8"))
    change(data)
    path.write_text(json.dumps(data), "utf-8")


def test_a_layer_comes_with_its_columns_in_4490(root):
    squares(root, people=[10.0, 30.0, None])
    layer = load(root)
    assert layer.frame.crs == CGCS2000
    assert layer.frame["id"].tolist() == ["west", "middle", "east"]
    assert layer.frame["people"].isna().tolist() == [False, False, True]
    assert shapely.equals(layer.frame.geometry.array, list(SQUARES.values())).all()
    assert layer.meta.column("people").type == "number"
    assert layer.meta.retrieved.isoformat() == "2026-11-22"


def test_changes_by_one_caller_never_reach_the_next(root):
    squares(root, people=[10.0, 30.0, None])
    first = load(root).frame
    first.loc[0, "name"] = "改了"
    del first["geometry"]
    first["new"] = 1
    second = load(root).frame
    assert second["name"].tolist() == ["west县", "middle县", "east县"]
    assert "new" not in second


def test_a_changed_file_is_read_again(root):
    squares(root)
    assert len(load(root).frame) == 3
    edit_data(root, lambda d: d["features"].pop())
    assert len(load(root).frame) == 2


def test_a_users_layer_wins_over_the_shipped_one(root):
    squares(root, layer_id="counties")
    workspace = tiny_workspace(root)
    assert len(load_layer("counties", workspace).frame) == 3
    assert "prefecture" in [m.id for m in list_layers(workspace)]


def test_unknown_layer_has_a_near_match():
    with pytest.raises(LayerError, match="没有图层“county”.*counties"):
        load_layer("county")


def test_unknown_column_has_a_near_match():
    with pytest.raises(LayerError, match="图层“counties”没有列“nam”.*“name”"):
        layer_meta("counties").column("nam")


def test_missing_data_file(root):
    (squares(root) / "squares.geojson").unlink()
    with pytest.raises(LayerError, match=r"缺少数据文件.*squares\.geojson 或 squares\.gpkg"):
        load(root)


def test_corrupt_geojson_names_line_and_column(root):
    path = squares(root) / "squares.geojson"
    path.write_text(path.read_text("utf-8")[:-40], "utf-8")
    with pytest.raises(LayerError, match=r"squares\.geojson：GeoJSON 已损坏（第 1 行第 \d+ 列）"):
        load(root)


def test_geojson_in_gbk_is_named_as_such(root):
    path = squares(root) / "squares.geojson"
    path.write_bytes(path.read_text("utf-8").encode("gbk"))
    with pytest.raises(LayerError, match="不是 UTF-8 编码"):
        load(root)


def test_json_that_is_no_feature_collection(root):
    (squares(root) / "squares.geojson").write_text("[1]", "utf-8")
    with pytest.raises(LayerError, match="不是 GeoJSON 要素集合"):
        load(root)


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Polygon", "coordinates": [[[1, 2]]]},
        {"type": "Poligon", "coordinates": []},
        {"type": "Point", "coordinates": ["a", 2]},
        {"type": "Point"},
        [1, 2],
    ],
)
def test_a_broken_geometry_is_named_by_its_number(root, geometry):
    squares(root)
    edit_data(root, lambda d: d["features"][1].update(geometry=geometry))
    with pytest.raises(LayerError, match=r"第 2 个要素（id = middle）的 ?(几何不能用|geometry 写法不对)"):
        load(root)


def test_a_layer_without_features_is_refused(root):
    squares(root)
    edit_data(root, lambda d: d["features"].clear())
    with pytest.raises(LayerError, match="没有要素"):
        load(root)


def test_missing_crs(root):
    write_layer(root, "squares", [{"id": "a", "name": "甲"}], [SQUARES["west"]], crs=None)
    with pytest.raises(LayerError, match=r"layer\.toml 的 crs：缺少必填的键"):
        load(root)


def test_unknown_crs(root):
    squares(root)
    edit_toml(root, "EPSG:4490", "EPSG:99999")
    with pytest.raises(CRSError, match=r"layer\.toml：不认识的坐标系“EPSG:99999”"):
        load(root)


def test_projected_layers_are_converted(root):
    plane = gpd.GeoSeries([SQUARES["west"]], crs=CGCS2000).to_crs("EPSG:4517")[0]
    write_layer(root, "squares", [{"id": "a", "name": "甲"}], [plane], crs="EPSG:4517")
    frame = load(root).frame
    assert frame.crs == CGCS2000
    assert shapely.equals_exact(frame.geometry[0], SQUARES["west"], tolerance=1e-9)


def test_an_unknown_key_in_layer_toml_has_a_near_match(root):
    squares(root)
    edit_toml(root, "licence =", "license =")
    with pytest.raises(LayerError, match="未知的键“license”.*licence"):
        load(root)


def test_an_unknown_accuracy_lists_the_choices(root):
    squares(root)
    edit_toml(root, '"surveyed"', '"exact"')
    with pytest.raises(LayerError, match="surveyed、published、approximate"):
        load(root)


def test_folder_and_id_must_agree(root):
    squares(root)
    edit_toml(root, 'id = "squares"', 'id = "other"')
    with pytest.raises(LayerError, match="id 是“other”，文件夹名是“squares”"):
        load(root)


def test_columns_declared_twice_or_without_id(root):
    squares(root, people=[1.0, 2.0, 3.0])
    edit_toml(root, 'name = "people"', 'name = "id"')
    with pytest.raises(LayerError, match="列“id”声明了两次"):
        load(root)
    edit_toml(root, 'name = "id"', 'name = "people"')
    with pytest.raises(LayerError, match="列“people”声明了两次"):
        load(root)


def test_missing_id_column_in_the_file(root):
    squares(root)
    edit_data(root, lambda d: [f["properties"].pop("id") for f in d["features"]])
    with pytest.raises(LayerError, match=r"squares\.geojson：缺少列“id”"):
        load(root)


def test_missing_name_column_in_the_file(root):
    squares(root)
    edit_data(root, lambda d: [f["properties"].pop("name") for f in d["features"]])
    with pytest.raises(LayerError, match="缺少列“name”"):
        load(root)


def test_declared_column_absent_has_a_near_match(root):
    squares(root, people=[1.0, 2.0, 3.0])
    edit_toml(root, 'name = "people"', 'name = "peoples"')
    with pytest.raises(LayerError, match="缺少列“peoples”.*“people”"):
        load(root)


def test_duplicate_ids_are_named(root):
    squares(root)
    edit_data(root, lambda d: d["features"][2]["properties"].update(id="west"))
    with pytest.raises(LayerError, match="编号重复：west"):
        load(root)


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_empty_ids_and_names_are_named_by_number(root, empty):
    squares(root)
    edit_data(root, lambda d: d["features"][1]["properties"].update(name=empty))
    with pytest.raises(LayerError, match=r"列“name”有空值（第 2 个要素）"):
        load(root)


def test_numeric_ids_become_text(root):
    squares(root)
    edit_data(root, lambda d: [f["properties"].update(id=652301.0 + i) for i, f in enumerate(d["features"])])
    assert load(root).frame["id"].tolist() == ["652301", "652302", "652303"]


def test_wrong_geometry_type_names_the_feature(root):
    squares(root)
    edit_data(root, lambda d: d["features"][1].update(geometry={"type": "Point", "coordinates": [87, 44]}))
    with pytest.raises(LayerError, match="要素“middle”的几何类型是 Point.*应为：面"):
        load(root)


def test_a_missing_geometry_loads_and_heights_are_dropped(root):
    squares(root)
    high = {"type": "Polygon", "coordinates": [[[87, 44, 9], [88, 44, 9], [88, 45, 9], [87, 44, 9]]]}
    edit_data(root, lambda d: (d["features"][0].update(geometry=None), d["features"][1].update(geometry=high)))
    frame = load(root).frame
    assert frame.geometry.isna().tolist() == [True, False, False]
    assert not frame.geometry.has_z.any()


def test_a_geopackage_is_read_and_converted(root):
    folder = squares(root, people=[10.0, 30.0, 50.0])
    frame = load(root).frame
    (folder / "squares.geojson").unlink()
    frame.to_crs("EPSG:4517").to_file(folder / "squares.gpkg", driver="GPKG", layer="squares")
    edit_toml(root, "EPSG:4490", "EPSG:4517")
    again = load(root)
    assert layer_file(again.meta).suffix == ".gpkg"
    assert again.frame["people"].tolist() == [10.0, 30.0, 50.0]
    assert again.frame.crs == CGCS2000
    assert shapely.hausdorff_distance(again.frame.geometry.array, frame.geometry.array).max() < 1e-9


def test_a_corrupt_geopackage_is_an_error(root):
    folder = squares(root)
    (folder / "squares.geojson").unlink()
    (folder / "squares.gpkg").write_bytes(b"not a database")
    with pytest.raises(LayerError, match="GeoPackage 已损坏"):
        load(root)


def test_loading_geojson_does_not_import_gdal():
    code = "import sys; from changji_geo.catalog import load_layer; load_layer('counties'); print('pyogrio' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert out.stdout.strip() == "False"


def test_json_nested_without_end(root):
    (squares(root) / "squares.geojson").write_text("[" * 100_000, "utf-8")
    with pytest.raises(LayerError, match="括号套了太多层"):
        load(root)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.pop("geometry"), "第 1 个要素（id = west）缺少 geometry"),
        (lambda f: f.update(properties=[1]), "第 1 个要素的 properties 写法不对"),
        (lambda f: f["geometry"].update(type="Blob"), "不认识的类型“Blob”"),
        (lambda f: f["geometry"].update(coordinates=[[[87, 44], [88, 44]]]), "环少于 4 个点"),
        (lambda f: f["geometry"].update(coordinates=[[[1e999, 44], [88, 44], [88, 45], [1e999, 44]]]), "无穷大"),
        (lambda f: f["properties"].update(id={"a": 1}), "列“id”的取值“{'a': 1}”不是文字或数字"),
    ],
)
def test_a_broken_feature_is_told_in_chinese(root, change, said):
    squares(root)
    edit_data(root, lambda d: change(d["features"][0]) and None)
    with pytest.raises(LayerError) as caught:
        load(root)
    assert said in str(caught.value) and "squares.geojson" in str(caught.value)


@pytest.mark.parametrize("crs", ["EPSG:5773", "EPSG:4479"])
def test_a_crs_without_a_plane_position_is_refused(root, crs):
    squares(root)
    edit_toml(root, "EPSG:4490", crs)
    with pytest.raises(CRSError, match="不是平面位置的坐标系"):
        load(root)


def named(crs):
    return {"type": "name", "properties": {"name": crs}}


def test_a_file_that_names_another_crs_than_layer_toml_is_refused(root):
    squares(root)
    edit_data(root, lambda d: d.update(crs=named("urn:ogc:def:crs:EPSG::3857")))
    with pytest.raises(CRSError, match=r"Pseudo-Mercator，layer.toml 写的是 EPSG:4490。应为：两处一致"):
        load(root)


@pytest.mark.parametrize("crs", ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4490", "EPSG:4326"])
def test_a_file_that_names_degrees_agrees_with_4490(root, crs):
    squares(root)
    edit_data(root, lambda d: d.update(crs=named(crs)))
    assert len(load(root).frame) == 3


def test_a_geopackage_in_another_crs_than_declared_is_refused(root):
    folder = squares(root)
    frame = gpd.read_file(folder / "squares.geojson").set_crs(4490, allow_override=True).to_crs(4517)
    (folder / "squares.geojson").unlink()
    frame.to_file(folder / "squares.gpkg")
    with pytest.raises(CRSError, match="layer.toml 写的是 EPSG:4490"):
        load(root)


def test_a_layer_must_name_its_source(root):
    squares(root)
    edit_toml(root, 'source = "测试"', 'source = ""')
    with pytest.raises(LayerError, match="的 source：文字是空的"):
        load(root)
