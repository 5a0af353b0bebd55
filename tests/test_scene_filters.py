"""Columns that the page filters by, and outlines under point symbols: what a description may ask for, and what it becomes."""

import json
import re

import numpy as np
import pytest
import shapely

from changji_geo.errors import LayerError, SpecError
from changji_geo.render.html import html_page
from changji_geo.render.payload import scene_json
from changji_geo.render.sheet.readback import describe_static
from changji_geo.render.static import draw_figure
from changji_geo.scene import FILTER_LIMIT, build_scene
from changji_geo.spec import MapSpec
from tests.tiny import squares, tiny_workspace, write_layer

PATCH = shapely.box(87.5, 44.5, 87.502, 44.502)
HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture
def root(tmp_path):
    squares(tmp_path, county=["甲县", "乙县", "丙县"])
    rows = [
        {"id": "p1", "name": "一", "status": "整改中", "year": "2025", "shape": PATCH.wkt},
        {"id": "p2", "name": "二", "status": "待核查", "year": None, "shape": None},
        {"id": "p3", "name": "三", "status": "整改中", "year": "2024", "shape": None},
    ]
    points = [shapely.Point(87.5 + i, 44.5) for i in range(3)]
    write_layer(tmp_path, "spots", rows, points, geometry="point", titles={"status": "状态", "year": "年份"})
    text = (tmp_path / "layers" / "spots" / "layer.toml").read_text("utf-8")
    allowed = 'meaning = "测试"\nallowed = ["待核查", "整改中", "已销号"]'
    head, tail = text.split('name = "status"')
    (tmp_path / "layers" / "spots" / "layer.toml").write_text(
        head + 'name = "status"' + tail.replace('meaning = "测试"', allowed, 1), "utf-8"
    )
    return tmp_path


def scene(root, *, filters=("status", "year"), layers=None, **spot):
    spots = {"source": "spots", "kind": "point"} | spot
    data = {
        "title": "图", "extent": "squares", "html": {"filters": list(filters)},
        "layers": layers or [{"source": "squares", "kind": "fill"}, spots],
    }  # fmt: skip
    return build_scene(MapSpec.model_validate(data), map_id="t", workspace=tiny_workspace(root))


def payload(made):
    return json.loads(scene_json(made, map_name="m"))


def test_filters_have_the_columns_title_and_its_values_in_the_layers_order_blanks_last(root):
    made = scene(root)
    assert [(one.column, one.title, one.options) for one in made.filters] == [
        ("status", "状态", ("待核查", "整改中")),
        ("year", "年份", ("2024", "2025", "无数据")),
    ]
    assert [f.filters for f in made.layers[1].features] == [
        ("整改中", "2025"),
        ("待核查", "无数据"),
        ("整改中", "2024"),
    ]


def test_a_layer_without_all_of_the_columns_is_never_filtered(root):
    assert [f.filters for f in scene(root).layers[0].features] == [(), (), ()]


def test_a_layer_that_cannot_be_clicked_is_filtered_with_the_one_that_can(root):
    both = [{"source": "spots", "kind": "point"}, {"source": "spots", "kind": "label", "label": "name"}]
    made = scene(root, layers=both)
    assert made.layers[1].features[0].filters == ("整改中", "2025")


def test_an_unknown_column_names_the_nearest(root):
    with pytest.raises(SpecError, match=r"html\.filters：可点击的图层都没有列“statu”。处理：是不是“status”？"):
        scene(root, filters=["statu"])


def test_columns_that_no_one_layer_has_together_are_refused(root):
    with pytest.raises(SpecError, match="没有一个可点击的图层同时有列status、county"):
        scene(root, filters=["status", "county"])


def test_a_column_of_too_many_values_is_refused(root):
    count = FILTER_LIMIT + 1
    rows = [{"id": f"s{i}", "name": f"名{i}"} for i in range(count)]
    write_layer(root, "many", rows, [shapely.Point(87.5, 44.5)] * count, geometry="point")
    with pytest.raises(SpecError, match="列“id”有 201 种取值，不便筛选。应为：不超过 200 种"):
        scene(root, filters=["id"], layers=[{"source": "many", "kind": "point"}])


def test_a_column_named_twice_or_too_many_of_them_are_refused():
    base = {"title": "图", "layers": [{"source": "a", "kind": "point"}]}
    with pytest.raises(ValueError, match="filters 里的列“x”写了两次"):
        MapSpec.model_validate(base | {"html": {"filters": ["x", "x"]}})
    with pytest.raises(ValueError, match="at most 6"):
        MapSpec.model_validate(base | {"html": {"filters": list("abcdefg")}})


def test_the_page_gets_places_in_the_list_of_values(root):
    data = payload(scene(root))
    assert data["filters"] == [["状态", ["待核查", "整改中"]], ["年份", ["2024", "2025", "无数据"]]]
    assert [f["filter"] for f in data["layers"][1]["features"]] == [[1, 1], [0, 2], [1, 0]]
    assert all("filter" not in f for f in data["layers"][0]["features"])


def test_a_map_without_filters_has_none(root):
    data = payload(scene(root, filters=[]))
    assert data["filters"] == []
    assert all("filter" not in f for layer in data["layers"] for f in layer["features"])


def test_hostile_values_travel_as_data_only(root):
    rows = [{"id": "h", "name": "名", "kind": HOSTILE}]
    write_layer(root, "hostile", rows, [shapely.Point(87.5, 44.5)], geometry="point")
    page = html_page(scene(root, filters=["kind"], layers=[{"source": "hostile", "kind": "point"}]))
    assert HOSTILE not in page
    block = re.search(r'id="changji-data">(.*?)</script>', page, re.DOTALL)[1]
    assert json.loads(block)["filters"] == [["kind", [HOSTILE]]]


def test_an_outline_reaches_the_page_and_not_the_printed_map(root):
    made = scene(root, outline="shape")
    assert shapely.equals(made.layers[1].features[0].outline, PATCH)
    assert [f.outline for f in made.layers[1].features[1:]] == [None, None]
    data = payload(made)["layers"][1]["features"]
    assert ["outline" in f for f in data] == [True, False, False]
    corners = np.cumsum(np.reshape(data[0]["outline"][0][0], (-1, 2)), axis=0) / 100_000
    assert {tuple(corner) for corner in corners.tolist()} == {(x, y) for x in (87.5, 87.502) for y in (44.5, 44.502)}
    with_it, without = (describe_static(draw_figure(one)) for one in (made, scene(root)))
    assert with_it == without


def test_an_outline_that_is_none_is_refused_with_the_feature(root):
    for text in ("POINT (87 44)", "POLYGON ((87 44", "不是", "POLYGON ((500000 44, 500100 44, 500000 45, 500000 44))"):
        rows = [{"id": "x", "name": "名", "shape": text}]
        write_layer(root, "bad", rows, [shapely.Point(87.5, 44.5)], geometry="point")
        with pytest.raises(LayerError, match="要素“x”的列“shape”不是图斑轮廓：.*应为：经纬度的面"):
            scene(root, filters=[], layers=[{"source": "bad", "kind": "point", "outline": "shape"}])


def test_outlines_belong_to_points_of_an_existing_column(root):
    with pytest.raises(SpecError, match="outline.*没有列“shap”|没有列“shap”"):
        scene(root, outline="shap")
    areas = [{"source": "squares", "kind": "category", "column": "county", "outline": "county"}]
    with pytest.raises(SpecError, match="outline 用于点图层，这里是面图层"):
        scene(root, filters=[], layers=areas)
    with pytest.raises(ValueError, match="outline 只用于 kind = point 或 category，这里的 kind 是 fill"):
        MapSpec.model_validate({"title": "图", "layers": [{"source": "a", "kind": "fill", "outline": "x"}]})
