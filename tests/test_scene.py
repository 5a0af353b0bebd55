"""What a description and its data become."""

import math
import re

import pytest
import shapely

from changji_geo.errors import CRSError, IndicatorError, LayerError, SpecError
from changji_geo.resources import Workspace, packaged_root
from changji_geo.scene import INTERNAL_USE, build_scene
from changji_geo.spec import MapSpec
from tests.tiny import SQUARES, squares, tiny_workspace, write_layer


@pytest.fixture
def workspace(tmp_path):
    squares(
        tmp_path,
        people=[10.0, None, 40.0],
        zone=["核心区", "", "实验区"],
        busy=[True, False, None],
    )
    points = [shapely.Point(87.5, 44.5), shapely.Point(88.5, 44.5)]
    write_layer(
        tmp_path, "wells", [{"id": "w1", "name": "一号井", "depth": 4.0}, {"id": "w2", "name": "二号井", "depth": 16.0}],
        points, geometry="point", accuracy="schematic", title="水井", titles={"depth": "井深"}, units={"depth": "米"},
    )  # fmt: skip
    return tiny_workspace(tmp_path)


def scene(workspace, *layers, **more):
    data = {"title": "测试图", "extent": "squares", "static": {"furniture": ["title"]}, "layers": list(layers), **more}
    return build_scene(MapSpec.model_validate(data), map_id="t", workspace=workspace)


def layer(source="squares", kind="fill", **more):
    return {"source": source, "kind": kind, **more}


def test_fill_has_one_class_with_every_feature(workspace):
    built = scene(workspace, layer()).layers[0]
    assert [(c.label, c.count) for c in built.classes] == [("测试图层", 3)]
    assert [f.class_index for f in built.features] == [0, 0, 0]
    assert built.id == "01-squares" and built.geometry == "area"


def test_a_feature_without_a_value_is_missing_never_zero(workspace):
    built = scene(workspace, layer(kind="choropleth", column="people", scale={"breaks": [20.0]})).layers[0]
    assert [(c.label, c.count, c.missing) for c in built.classes] == [
        ("≤ 20", 1, False), ("> 20", 1, False), ("无数据", 1, True),
    ]  # fmt: skip
    assert [f.class_index for f in built.features] == [0, 2, 1]
    assert [f.value for f in built.features] == [10.0, None, 40.0]
    assert built.classes[2].symbol.hatch == "/"


def test_categories_follow_the_specs_order_and_the_rest_is_other(workspace):
    built = scene(
        workspace, layer(kind="category", column="zone", categories=[{"value": "实验区", "color": "#112233"}])
    ).layers[0]
    assert [(c.label, c.count) for c in built.classes] == [("实验区", 1), ("其他", 1), ("无数据", 1)]
    assert built.classes[0].symbol.fill == "#112233"


def test_yes_and_no_are_categories_too(workspace):
    built = scene(workspace, layer(kind="category", column="busy")).layers[0]
    assert [(c.label, c.count) for c in built.classes] == [("否", 1), ("是", 1), ("无数据", 1)]


def test_proportional_circles_have_proportional_areas(workspace):
    built = scene(workspace, layer("wells", "proportional", column="depth", size_range=(2, 20))).layers[0]
    small, large = (f.size for f in built.features)
    assert large == 20 and (small / large) ** 2 == pytest.approx(4 / 16)
    assert [(s.size, s.label) for s in built.size_steps] == [(10.0, "4"), (20.0, "16")]
    assert built.unit == "米"


def test_areas_become_points_for_proportional_circles(workspace):
    built = scene(workspace, layer(kind="proportional", column="people")).layers[0]
    assert built.geometry == "point"
    assert all(SQUARES[f.id].contains(f.geometry) for f in built.features)
    assert [c.label for c in built.classes] == ["测试图层", "无数据"]


def test_negative_values_have_no_size(tmp_path):
    squares(tmp_path, change=[-1.0, 2.0, 3.0])
    with pytest.raises(LayerError, match=r"负值 −1"):
        scene(tiny_workspace(tmp_path), layer(kind="proportional", column="change"))


def test_labels_combine_columns_and_say_when_nothing_is_there(workspace):
    built = scene(workspace, layer(label="{name}\n{people} 万人")).layers[0]
    assert [f.label for f in built.features] == ["west县\n10 万人", "middle县\n无数据", "east县\n40 万人"]


def test_popup_rows_have_captions_and_units(workspace):
    built = scene(workspace, layer("wells", "point", popup=["name", "depth"])).layers[0]
    assert [(r.caption, r.text) for r in built.features[0].popup] == [
        ("name", "一号井"), ("井深", "4 米"), ("精度", "示意，不作为执法依据"),
    ]  # fmt: skip


def test_a_schematic_row_says_its_accuracy_once(tmp_path):
    write_layer(tmp_path, "squares", [{"id": "a", "name": "甲", "accuracy": "schematic"}], [SQUARES["west"]])
    built = scene(tiny_workspace(tmp_path), layer(popup=["name", "accuracy"])).layers[0]
    assert [(r.caption, r.text) for r in built.features[0].popup] == [("name", "甲"), ("精度", "示意，不作为执法依据")]


def test_a_broken_indicator_table_stops_only_maps_that_use_indicators(workspace, tmp_path):
    folder = tmp_path / "layers" / "indicators"
    folder.mkdir()
    (folder / "values.csv").write_text("nonsense", encoding="utf-8")
    assert scene(workspace, layer()).layers
    with pytest.raises(IndicatorError, match=r"values\.csv"):
        scene(workspace, layer(kind="choropleth", indicator="rural_clean_heating_households"))


def test_where_selects(workspace):
    built = scene(workspace, layer(where={"id": ["west", "east"]})).layers[0]
    assert [f.id for f in built.features] == ["west", "east"]


def test_where_with_an_unknown_value_names_the_nearest(workspace):
    with pytest.raises(SpecError, match=r"layers\[1\] 的 where：列“id”中没有取值“weste”。处理：是不是“west”"):
        scene(workspace, layer(where={"id": "weste"}))


def test_schematic_data_are_announced(workspace):
    built = scene(workspace, layer(), layer("wells", "point"))
    assert built.notices == (INTERNAL_USE, "示意图层，不作为执法依据：水井")
    assert built.layers[1].note == "示意图层，不作为执法依据"


def test_an_approval_number_replaces_the_internal_notice(workspace):
    built = scene(workspace, layer(), approval_number="新S(2026)001号")
    assert built.notices == () and built.approval_number == "新S(2026)001号"


def test_the_extent_is_padded(workspace):
    assert scene(workspace, layer(), padding=0.1).bbox == pytest.approx((86.7, 43.9, 90.3, 45.1))


def test_the_extent_can_be_one_feature(workspace):
    assert scene(workspace, layer(), extent="squares:middle", padding=0.0).bbox == (88, 44, 89, 45)


def test_a_point_as_extent_still_has_a_size(workspace):
    west, south, east, north = scene(workspace, layer(), extent="wells:w1").bbox
    assert east - west == pytest.approx(0.02) and north - south == pytest.approx(0.02)


def test_the_date_is_the_datas_when_none_is_given(workspace):
    assert scene(workspace, layer()).date_text == "2026-11-22"


def test_sources_are_listed_once(workspace):
    built = scene(workspace, layer(), layer(), layer("wells", "point"))
    assert [s.title for s in built.sources] == ["测试图层", "水井"]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (layer(source="square"), r"layers\[1\] 的 source：没有图层“square”。处理：是不是“squares”"),
        (layer(kind="choropleth", column="peple"), "没有列“peple”。处理：是不是“people”"),
        (layer(kind="choropleth", column="zone"), "列“zone”的取值“核心区”不是数字"),
        (layer(kind="line"), "kind = line 需要线图层，而“squares”是面图层"),
        (layer(symbol="conty"), "主题里没有符号“conty”。处理：是不是“county”"),
        (layer(label="{nam}"), "label：图层没有列“nam”"),
        (layer(popup=["naem"]), "popup：图层没有列“naem”"),
        (layer(kind="choropleth", column="people", scale={"palette": "Ylord", "breaks": [1.0]}), "没有色带“Ylord”"),
        (layer(kind="choropleth", indicator="nothing"), "indicator"),
    ],
)
def test_bad_descriptions_name_key_and_remedy(workspace, bad, message):
    with pytest.raises((SpecError, LayerError, Exception), match=message) as caught:
        scene(workspace, bad)
    assert getattr(caught.value, "exit_code", None) == 2


@pytest.mark.parametrize(
    ("crs", "message"), [("EPSG:4490", "不是投影坐标系"), ("EPSG:99999", "99999"), ("albers", "albers")]
)
def test_a_map_needs_a_projected_crs(workspace, crs, message):
    with pytest.raises(CRSError, match=message):
        scene(workspace, layer(), static={"crs": crs, "furniture": ["title"]})


def test_a_very_long_label_is_refused_with_its_feature(tmp_path):
    write_layer(tmp_path, "squares", [{"id": "a", "name": "甲", "memo": "长" * 10_000}], [SQUARES["west"]])
    with pytest.raises(LayerError, match=r"要素 a：标注有 10000 个字，过长"):
        scene(tiny_workspace(tmp_path), layer(label="memo"))


def test_a_very_long_name_is_refused_with_its_feature(tmp_path):
    write_layer(tmp_path, "squares", [{"id": "a", "name": "长" * 10_000}], [SQUARES["west"]])
    with pytest.raises(LayerError, match=r"要素 a：名称有 10000 个字，过长"):
        scene(tiny_workspace(tmp_path), layer())


def test_control_characters_never_reach_the_map(tmp_path):
    write_layer(tmp_path, "squares", [{"id": "a", "name": "甲\u2028乙\x00丙\u202e丁"}], [SQUARES["west"]])
    assert scene(tiny_workspace(tmp_path), layer(label="name")).layers[0].features[0].label == "甲 乙 丙 丁"


def test_all_missing_still_draws(tmp_path):
    squares(tmp_path, people=[None, None, None])
    for kind in ("choropleth", "proportional", "category"):
        built = scene(tiny_workspace(tmp_path), layer(kind=kind, column="people")).layers[0]
        assert [(c.label, c.count) for c in built.classes] == [("无数据", 3)]


def test_the_callers_frame_is_left_alone(workspace):
    from changji_geo.catalog import load_layer

    before = load_layer("squares", workspace).frame
    scene(workspace, layer(kind="choropleth", column="people"))
    assert load_layer("squares", workspace).frame.equals(before)


def test_counts_can_be_left_out_of_the_legend(workspace):
    assert scene(workspace, layer()).layers[0].show_counts
    assert not scene(workspace, layer(counts=False)).layers[0].show_counts
    assert not scene(workspace, layer(where={"id": "west"})).layers[0].show_counts  # one feature: nothing to count


def test_layers_can_share_a_size_scale(workspace):
    built = scene(
        workspace, layer("wells", "proportional", column="depth", size_range=(2, 20), size_value=64.0)
    ).layers[0]
    assert [f.size for f in built.features] == [5, 10]
    with pytest.raises(SpecError, match="size_value = 8 小于最大值 16"):
        scene(workspace, layer("wells", "proportional", column="depth", size_value=8.0))


def test_sizes_of_zero_values_stay_visible(tmp_path):
    squares(tmp_path, people=[0.0, 0.0, 9.0])
    built = scene(tiny_workspace(tmp_path), layer(kind="proportional", column="people", size_range=(3, 30))).layers[0]
    assert [f.size for f in built.features] == [3, 3, 30]
    assert not any(math.isnan(f.size) for f in built.features)


def test_a_feature_without_geometry_is_named(workspace, tmp_path):
    write_layer(
        tmp_path, "holes", [{"id": "a", "name": "甲"}, {"id": "b", "name": "乙"}], [SQUARES["west"], shapely.Polygon()]
    )
    with pytest.raises(LayerError, match="图层 holes：有 1 个要素没有几何：b。处理：补上几何"):
        scene(workspace, layer("holes"))


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (shapely.box(44, 87, 45, 88), "图层“odd”的要素“a”的坐标像是把纬度写在了经度前面"),
        (shapely.box(450000, 4800000, 460000, 4810000), "图层“odd”的要素“a”的坐标超出经纬度范围"),
    ],
)
def test_coordinates_that_are_no_longitude_and_latitude_are_refused(workspace, tmp_path, shape, said):
    write_layer(tmp_path, "odd", [{"id": "a", "name": "甲"}], [shape])
    with pytest.raises(CRSError, match=said):
        scene(workspace, layer("odd"))


def test_an_extent_with_nothing_in_it_is_refused(workspace):
    with pytest.raises(SpecError, match="地图 t 的 extent：图幅范围（116，39.5，117，40.5）内没有任何要素"):
        scene(workspace, layer(), extent=[116.0, 39.5, 117.0, 40.5], padding=0)


def test_categories_of_which_none_occurs_are_refused(workspace):
    with pytest.raises(
        SpecError, match="的 categories：categories 列出的取值，列“zone”里一个也没有。处理：是不是“核心区”"
    ):
        scene(workspace, layer(kind="category", column="zone", categories=[{"value": "核心"}]))


def test_a_label_with_half_a_brace_is_refused(workspace):
    with pytest.raises(SpecError, match="花括号没有配对：“{name”"):
        scene(workspace, layer(label="{name"))


def test_an_unknown_theme_says_which_map_asked_for_it(workspace):
    with pytest.raises(SpecError, match="地图 t 的 theme：没有主题“raport”。处理：是不是“report”"):
        scene(workspace, layer(), theme="raport")


def test_a_number_that_no_float_holds_is_refused(workspace, tmp_path):
    write_layer(tmp_path, "vast", [{"id": "a", "name": "甲", "v": 10**400}], [SQUARES["west"]])
    with pytest.raises(LayerError, match="的取值“1000.*”不是数字"):
        scene(workspace, layer("vast", kind="choropleth", column="v"))


def test_a_name_loses_half_characters_that_no_font_has(workspace, tmp_path):
    folder = write_layer(tmp_path, "half", [{"id": "a", "name": "甲县"}], [SQUARES["west"]])
    data = folder / "half.geojson"
    data.write_text(data.read_text("utf-8").replace("甲县", "\\ud800甲县\\uffff"), "utf-8")
    assert scene(workspace, layer("half")).layers[0].features[0].name == "甲县"


def test_periods_are_written_as_people_write_them():
    """Of the shipped maps: the tables hold ``2023-10/2024-03``, no reader sees it."""
    shipped = Workspace((packaged_root(),))
    for map_id in shipped.map_ids:
        built = build_scene(map_id, workspace=shipped)
        texts = [f.period for f in built.figures]
        texts += [r.text for one in built.layers for f in one.features for r in f.popup if r.caption == "时段"]
        assert [t for t in texts if re.search(r"\d{4}-\d{2}/|^\d{4}(-\d{2})?$", t)] == []
    assert build_scene("wcs_region", workspace=shipped).figures[0].period == "2023—2024年采暖季"


def zones_of_two_reserves(root):
    """Two zones of reserve 甲 side by side, one of 乙 apart."""
    boxes = [shapely.box(87, 44, 88, 45), shapely.box(88, 44, 89, 45), shapely.box(90, 44, 91, 45)]
    cells = [("a1", "甲", 3.0, "surveyed"), ("a2", "甲", 4.0, "schematic"), ("b1", "乙", 5.0, "surveyed")]
    rows = [{"id": i, "name": i, "reserve": r, "area": a, "accuracy": acc} for i, r, a, acc in cells]
    write_layer(root, "zones", rows, boxes)
    return tiny_workspace(root)


def dissolved(root, body):
    space = zones_of_two_reserves(root)
    path = root / "maps" / "m.toml"
    path.write_text(f'title = "图"\nextent = "zones"\n[[layers]]\nsource = "zones"\n{body}\n', encoding="utf-8")
    return build_scene(path, workspace=space)


def test_dissolve_draws_one_feature_for_each_value(tmp_path):
    layer = dissolved(
        tmp_path, 'kind = "fill"\ndissolve = "reserve"\nlabel = "reserve"\npopup = ["name", "area"]'
    ).layers[0]
    assert [(f.id, f.label) for f in layer.features] == [("甲", "甲"), ("乙", "乙")]
    assert shapely.equals(layer.features[0].geometry, shapely.box(87, 44, 89, 45))
    assert [c.count for c in layer.classes] == [2]


def test_a_dissolved_feature_is_as_inaccurate_as_its_worst_part(tmp_path):
    assert dissolved(tmp_path, 'kind = "fill"\ndissolve = "reserve"').layers[0].accuracy == "schematic"


def test_cells_that_differ_within_a_dissolved_feature_are_not_shown_as_its_own(tmp_path):
    layer = dissolved(
        tmp_path, 'kind = "choropleth"\ncolumn = "area"\ndissolve = "reserve"\nscale = { breaks = [4.0] }'
    ).layers[0]
    assert [f.value for f in layer.features] == [None, 5.0]


def test_dissolve_by_an_unknown_column_names_the_nearest(tmp_path):
    with pytest.raises(SpecError, match="reserv.*是不是“reserve”"):
        dissolved(tmp_path, 'kind = "fill"\ndissolve = "reserv"')


def test_dissolve_with_an_indicator_is_refused(tmp_path):
    with pytest.raises(SpecError, match="不能和 indicator 一起用"):
        dissolved(tmp_path, 'kind = "choropleth"\nindicator = "x"\ndissolve = "reserve"')


def test_values_that_read_alike_are_one_dissolved_feature(tmp_path):
    rows = [{"id": "a", "name": "a", "code": 1.0}, {"id": "b", "name": "b", "code": "1"}]
    write_layer(tmp_path, "zones", rows, [shapely.box(87, 44, 88, 45), shapely.box(88, 44, 89, 45)])
    space = tiny_workspace(tmp_path)
    path = tmp_path / "maps" / "m.toml"
    path.write_text(
        'title = "图"\nextent = "zones"\n[[layers]]\nsource = "zones"\nkind = "fill"\ndissolve = "code"\n', "utf-8"
    )
    assert [f.id for f in build_scene(path, workspace=space).layers[0].features] == ["1"]
