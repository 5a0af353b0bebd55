"""The printed map agrees with the Scene: over the whole option matrix, and for every shipped map."""

from dataclasses import replace

import pytest

from changji_geo.classify import format_number
from changji_geo.render.sheet.readback import describe_static
from changji_geo.render.static import DRAW as DRAW_STATIC
from changji_geo.render.static import draw_figure
from changji_geo.resources import Workspace, packaged_root
from changji_geo.scene import build_scene
from changji_geo.scene_frames import frame_scene
from changji_geo.types import Kind
from tests.matrix import batches, matrix_scene, specs, write_matrix_layers

SHIPPED = Workspace((packaged_root(),))
PRINT = {"furniture": ["legend"], "dpi": 72}


def legend_line(entry, layer):
    """The text of a legend line: label, and the count unless the layer says not to."""
    return f"{entry.label}（{entry.count}）" if layer.show_counts else entry.label


def assert_static_agrees(scene):
    """What is drawn is the Scene; of a map in time, each printed moment is the Scene of that moment."""
    figure = draw_figure(scene)
    if not figure.frames:
        moment = scene if scene.time is None else frame_scene(scene, (*scene.time.panels, scene.time.shown)[0])
        assert_agrees(moment, describe_static(figure))
        return
    assert figure.frames == scene.time.panels
    moving = {layer.id: layer.series.decimals for layer in scene.layers if layer.series is not None}
    for panel, frame in enumerate(figure.frames):
        moment = frame_scene(scene, frame)
        layers = [replace(layer, show_counts=layer.show_counts and layer.id not in moving) for layer in moment.layers]
        labels = {layer.id: values_of(layer, moving[layer.id]) for layer in moment.layers if layer.id in moving}
        assert_agrees(replace(moment, layers=tuple(layers)), describe_static(figure, panel), labels)


def values_of(layer, decimals):
    """The numbers of a layer as small maps print them instead of labels, by feature id."""
    return {f.id: format_number(f.value, decimals) for f in layer.features if isinstance(f.value, float)}


def assert_agrees(scene, shown_layers, values=None):
    drawn = {layer.id: layer for layer in shown_layers}
    assert set(drawn) == {layer.id for layer in scene.layers if layer.visible}
    for layer in scene.layers:
        if not layer.visible:
            continue
        shown = drawn[layer.id]
        by_id = {f.id: f for f in shown.features}
        if layer.kind != "label":
            assert len(shown.features) == len(by_id) == len(layer.features)
            for feature in layer.features:
                symbol, seen = layer.classes[feature.class_index].symbol, by_id[feature.id]
                assert seen.class_index == feature.class_index
                if layer.geometry == "line":
                    assert seen.stroke == symbol.stroke.lower()
                elif symbol.fill_opacity > 0:
                    assert seen.fill == symbol.fill.lower()
                number = (values or {}).get(layer.id, {}).get(feature.id, "")
                assert seen.label in ("", feature.label.replace("\n", ""), number)
        if not layer.legend:
            assert (shown.title, shown.classes) == ("", ())
            continue
        title = layer.title + (f"（{layer.unit}）" if layer.unit and f"（{layer.unit}）" not in layer.title else "")
        lines = [legend_line(c, layer) for c in layer.classes]
        remark = shown.title.translate(str.maketrans("", "", "*†‡"))
        if len(lines) == 1 and layer.classes[0].label == layer.title:
            assert remark == title + (f"（{layer.classes[0].count}）" if layer.show_counts else "")
            assert shown.classes == ()
        else:
            assert remark == title
            assert list(shown.classes) == lines
        assert list(shown.steps) == [s.label for s in layer.size_steps]


def test_the_matrix_is_whole():
    assert len(specs()) >= 370
    assert {s["kind"] for s in specs()} == {"fill", "line", "point", "label", "choropleth", "category", "proportional"}


def test_both_renderers_have_a_place_for_every_kind():
    from typing import get_args

    from changji_geo.render.payload import DRAW as DRAW_HTML

    assert set(DRAW_STATIC) == set(DRAW_HTML) == set(get_args(Kind))


@pytest.mark.parametrize("batch", range(len(batches())))
def test_the_printed_matrix_agrees_with_the_scene(tmp_path, batch):
    workspace = write_matrix_layers(tmp_path)
    for spec in batches()[batch]:
        assert_static_agrees(matrix_scene(workspace, [spec], static=PRINT))


@pytest.mark.parametrize("map_id", SHIPPED.map_ids)
def test_every_printed_map_agrees_with_its_scene(map_id):
    assert_static_agrees(build_scene(map_id, workspace=SHIPPED))
