"""Layers that lie in memory stand in for the workspace's, after the same checks."""

import dataclasses
import datetime

import geopandas as gpd
import pytest
import shapely

from changji_geo.catalog import Layer, load_layer
from changji_geo.errors import CRSError, LayerError, SpecError
from changji_geo.render.html import html_page
from changji_geo.scene import build_scene
from changji_geo.spec import MapSpec
from tests.tiny import SQUARES, squares, tiny_workspace


@pytest.fixture
def workspace(tmp_path):
    squares(tmp_path)
    return tiny_workspace(tmp_path)


def spec(*sources, **more):
    layers = [{"source": source, "kind": "fill"} for source in sources or ("squares",)]
    return MapSpec.model_validate({"title": "图", "extent": "squares", "layers": layers, **more})


def given(workspace, *, title="内存中的图层", crs="EPSG:4490", **columns):
    """The two western squares, under the meta of the layer of three."""
    meta = dataclasses.replace(load_layer("squares", workspace).meta, title=title, retrieved=datetime.date(2026, 3, 1))
    cells = {"id": ["a", "b"], "name": ["甲", "乙"], "geometry": list(SQUARES.values())[:2]} | columns
    return Layer(meta, gpd.GeoDataFrame(cells, geometry="geometry", crs=crs))


def refusal(workspace, kind, **columns):
    with pytest.raises(kind) as caught:
        build_scene(spec(), workspace=workspace, layers={"squares": given(workspace, **columns)})
    return str(caught.value)


def test_a_layer_in_memory_wins_over_the_workspaces(workspace):
    made = build_scene(spec(), workspace=workspace, layers={"squares": given(workspace)})
    assert [f.name for f in made.layers[0].features] == ["甲", "乙"]
    assert made.sources[0].title == "内存中的图层"
    assert made.date_text == "2026-03-01"


def test_the_extent_follows_the_layer_in_memory(workspace):
    made = build_scene(spec(padding=0), workspace=workspace, layers={"squares": given(workspace)})
    assert tuple(made.bbox) == (87.0, 44.0, 89.0, 45.0)
    one = build_scene(spec(padding=0, extent="squares:b"), workspace=workspace, layers={"squares": given(workspace)})
    assert tuple(one.bbox) == (88.0, 44.0, 89.0, 45.0)


def test_a_layer_in_memory_need_not_be_in_the_workspace(workspace):
    made = build_scene(spec("squares", "fresh"), workspace=workspace, layers={"fresh": given(workspace)})
    assert [len(layer.features) for layer in made.layers] == [3, 2]


def test_without_layers_in_memory_nothing_changes(workspace):
    assert html_page(build_scene(spec(), workspace=workspace, layers={})) == html_page(
        build_scene(spec(), workspace=workspace)
    )


def test_a_layer_that_the_map_does_not_name_is_refused_rather_than_left_out(workspace):
    with pytest.raises(SpecError, match="给了图层“square”，地图没有用到它。处理：是不是“squares”？"):
        build_scene(spec(), workspace=workspace, layers={"square": given(workspace)})


def test_an_unknown_source_is_matched_against_the_layers_in_memory_too(workspace):
    layers = {"squares": given(workspace), "freshly": given(workspace)}
    with pytest.raises(SpecError, match="没有图层“fresly”.*是不是“freshly”"):
        build_scene(spec("squares", "freshly", "fresly"), workspace=workspace, layers=layers)


def test_the_callers_frame_is_left_alone(workspace):
    layer = given(workspace)
    before = layer.frame.copy()
    build_scene(spec(), workspace=workspace, layers={"squares": layer})
    assert layer.frame.equals(before)


def test_no_features_are_refused(workspace):
    assert "内存中的图层 squares：没有要素" in refusal(workspace, LayerError, id=[], name=[], geometry=[])


@pytest.mark.parametrize(("crs", "words"), [(None, "数据没有坐标系"), ("EPSG:4517", "数据的坐标系是 CGCS2000")])
def test_another_reference_system_is_refused(workspace, crs, words):
    assert words in refusal(workspace, CRSError, crs=crs)


def test_ids_and_names_are_text_that_is_there_and_ids_differ(workspace):
    assert "编号重复：a" in refusal(workspace, LayerError, id=["a", "a"])
    assert "第 2 个要素的列“id”是空的" in refusal(workspace, LayerError, id=["a", " "])
    assert "第 1 个要素的列“name”是空的" in refusal(workspace, LayerError, name=[None, "乙"])
    assert "第 1 个要素的列“id”是7，不是文字" in refusal(workspace, LayerError, id=[7, "b"])


def test_a_declared_column_must_be_there(workspace):
    layer = given(workspace)
    bare = Layer(layer.meta, layer.frame.drop(columns="name"))
    with pytest.raises(LayerError, match="缺少列“name”"):
        build_scene(spec(), workspace=workspace, layers={"squares": bare})


def test_geometry_is_of_the_declared_kind_and_finite(workspace):
    point = [shapely.Point(87, 44), SQUARES["west"]]
    assert "要素“a”的几何类型是 Point。应为：面" in refusal(workspace, LayerError, geometry=point)
    far = [SQUARES["west"], shapely.Polygon([(87, 44), (float("inf"), 44), (88, 45)])]
    assert "要素“b”的坐标里有无穷大或空值" in refusal(workspace, LayerError, geometry=far)


def test_a_latitude_before_the_longitude_is_refused_as_in_a_file(workspace):
    turned = [shapely.transform(s, lambda xy: xy[:, ::-1]) for s in list(SQUARES.values())[:2]]
    assert "把纬度写在了经度前面" in refusal(workspace, CRSError, geometry=turned)


def test_features_without_geometry_are_named(workspace):
    assert "有 1 个要素没有几何：b" in refusal(workspace, LayerError, geometry=[SQUARES["west"], None])


def test_the_whole_earth_is_within_its_degrees_and_a_little_more_is_not(workspace):
    whole = [shapely.box(-180, -90, 180, 90), SQUARES["west"]]
    build_scene(spec(), workspace=workspace, layers={"squares": given(workspace, geometry=whole)})
    for west, south, east, north in ((-180.1, 0, 0, 1), (0, -90.1, 1, 0), (0, 0, 180.1, 1), (0, 0, 1, 90.1)):
        beyond = [shapely.box(west, south, east, north), SQUARES["west"]]
        assert "要素“a”的坐标超出经纬度范围" in refusal(workspace, CRSError, geometry=beyond)
