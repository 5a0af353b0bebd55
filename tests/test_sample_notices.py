"""Made-up data are named on every map, whatever is drawn of them and however their texts are worded."""

import dataclasses

import pytest

from changji_geo.catalog import load_layer
from changji_geo.errors import IndicatorError
from changji_geo.indicators import attach_indicators, load_indicators
from changji_geo.intake.indicators.importing import store_indicators
from changji_geo.layer_description import layer_meta
from changji_geo.resources import Workspace, packaged_root
from changji_geo.scene import INTERNAL_USE, build_scene
from changji_geo.spec import MapSpec
from tests.tiny import squares, tiny_workspace

DEFINITIONS = """\
[[indicators]]
id = "days"
name = "优良天数"
unit = "天"
direction = "higher_better"
"""
HEADER = "indicator,layer,area,period,value,source,quote,sample\n"
SOURCE = "随手编的，HJ 663-2013"


@pytest.fixture
def workspace(tmp_path):
    squares(tmp_path, people=[1.0, 2.0, 3.0])
    return tiny_workspace(tmp_path)


def put(workspace, *marks, source=SOURCE):
    folder = workspace.roots[0] / "layers" / "indicators"
    folder.mkdir(parents=True)
    (folder / "indicators.toml").write_text(DEFINITIONS, "utf-8")
    rows = [
        f"days,squares,{a},2024,{n},{source},,{m}\n"
        for n, (a, m) in enumerate(zip(("west", "east"), marks, strict=True), 1)
    ]
    (folder / "values.csv").write_text(HEADER + "".join(rows), "utf-8")


def built(workspace, *layers, **more):
    data = {"title": "测试图", "extent": "squares", "static": {"furniture": ["title"]}, "layers": list(layers), **more}
    return build_scene(MapSpec.model_validate(data), workspace=workspace)


@pytest.mark.parametrize("kind", ["choropleth", "proportional", "fill", "category"])
def test_one_made_up_value_of_an_indicator_is_told_on_a_map_of_every_kind(workspace, kind):
    put(workspace, "", "true")
    notices = built(workspace, {"source": "squares", "kind": kind, "indicator": "days"}).notices
    assert notices == (INTERNAL_USE, "示例数据：优良天数，不是真实数据")


def test_values_that_are_not_made_up_are_not_called_so(workspace):
    put(workspace, "", "false")
    assert built(workspace, {"source": "squares", "kind": "choropleth", "indicator": "days"}).notices == (INTERNAL_USE,)


def test_a_made_up_key_figure_is_told(workspace):
    put(workspace, "true", "")
    figures = [{"indicator": "days", "area": "west"}]
    scene = built(workspace, {"source": "squares", "kind": "fill"}, figures=figures)
    assert scene.notices == (INTERNAL_USE, "示例数据：优良天数，不是真实数据")


def test_the_source_of_attached_values_with_their_standard_is_a_source_of_the_map(workspace):
    put(workspace, "", "")
    scene = built(workspace, {"source": "squares", "kind": "choropleth", "indicator": "days"})
    assert [(s.title, s.attribution) for s in scene.sources] == [("测试图层", "测试"), ("优良天数", SOURCE)]


def test_a_mark_that_is_no_yes_or_no_is_refused_with_its_row(workspace):
    put(workspace, "", "也许")
    with pytest.raises(IndicatorError, match="第 3 行：列“sample”的取值“也许”不认识.*true（示例数据），或 false、留空"):
        load_indicators(workspace)


def test_the_mark_goes_through_the_file_that_computed_values_are_written_to(workspace):
    put(workspace, "", "true")
    real, made_up = load_indicators(workspace).select("days")
    space = Workspace((workspace.roots[0] / "own", *workspace.roots))
    (space.roots[0] / "layers" / "indicators").mkdir(parents=True)
    path = store_indicators([real, dataclasses.replace(made_up, area="middle")], "计算", workspace=space)
    assert [v.sample for v in load_indicators(space).values if v.where.startswith(str(path))] == [False, True]
    plain = store_indicators([real], "另一", workspace=Workspace((workspace.roots[0] / "b", *workspace.roots)))
    assert plain.read_text("utf-8").splitlines()[0] == "indicator,layer,area,period,value,source,quote"


def test_attaching_says_of_the_layer_that_it_holds_made_up_values(workspace):
    put(workspace, "", "true")
    layer = load_layer("squares", workspace)
    assert not layer.meta.sample
    assert attach_indicators(layer, "days", workspace=workspace).meta.sample


def test_a_made_up_layer_is_named_once_without_its_suffix(workspace):
    path = workspace.roots[0] / "layers" / "squares" / "layer.toml"
    text = path.read_text("utf-8").replace('title = "测试图层"', 'title = "测试图层（示例数据）"\nsample = true')
    path.write_text(text, "utf-8")
    layers = [{"source": "squares", "kind": "fill"}, {"source": "squares", "kind": "choropleth", "column": "people"}]
    assert built(workspace, *layers).notices == (INTERNAL_USE, "示例数据：测试图层，不是真实数据")


def test_the_shipped_layers_of_made_up_things_are_marked_and_no_others():
    shipped = Workspace((packaged_root(),))
    marked = [layer_id for layer_id in shipped.layer_ids if layer_meta(layer_id, shipped).sample]
    assert marked == ["clues", "fires", "sample_air_stations"]
