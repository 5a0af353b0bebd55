"""The interactive map agrees with the Scene: over the whole option matrix, and for every shipped map, in Chromium offline."""

import pytest

from changji_geo.resources import Workspace, packaged_root
from changji_geo.scene import build_scene
from changji_geo.scene_frames import frame_scene
from tests.matrix import batches, matrix_scene, write_matrix_layers
from tests.time_scenes import small_time_scene

SHIPPED = Workspace((packaged_root(),))


def assert_page_agrees(visit, scene):
    drawn = visit.page.evaluate("changjiMap.layers")
    assert [layer["id"] for layer in drawn] == [layer.id for layer in scene.layers]
    assert [layer["zIndex"] for layer in drawn] == sorted({layer["zIndex"] for layer in drawn})
    for layer, shown in zip(scene.layers, drawn, strict=True):
        assert (shown["title"], shown["kind"]) == (layer.title, layer.kind)
        assert [f["id"] for f in shown["features"]] == [f.id for f in layer.features]
        for feature, seen in zip(layer.features, shown["features"], strict=True):
            symbol = layer.classes[feature.class_index].symbol
            assert seen["classIndex"] == feature.class_index
            assert seen["name"] == feature.name
            assert seen["label"] == feature.label
            if layer.kind == "label":
                continue
            if layer.geometry == "line":
                assert seen["strokeColor"] == symbol.stroke.lower()
            elif symbol.fill_opacity > 0:
                assert seen["color"] == symbol.fill.lower()
            if layer.geometry == "point":
                assert seen["size"] == pytest.approx(feature.size or symbol.size, abs=0.01)
        if layer.legend:
            assert shown["legend"] == [c.label for c in layer.classes] + [s.label for s in layer.size_steps]
            assert shown["counts"] == ([c.count for c in layer.classes] if layer.show_counts else [])
        else:
            assert shown["legend"] == []
    if scene.time is not None:
        frames = range(len(scene.time.times))
        for frame in sorted({*frames[:: max(1, len(frames) // 6)], frames[-1], scene.time.shown}):
            visit.page.get_by_role("slider", name="时间").fill(str(frame))
            assert visit.page.evaluate("changjiMap.time.label") == scene.time.labels[frame]
            assert visit.page.evaluate("changjiMap.time.remark") == scene.time.remarks[frame]
            assert_page_agrees(visit, frame_scene(scene, frame))
    visit.assert_quiet()


@pytest.mark.parametrize("batch", range(len(batches())))
def test_the_interactive_matrix_agrees_with_the_scene(open_page, tmp_path, batch):
    scene = matrix_scene(write_matrix_layers(tmp_path), batches()[batch])
    assert_page_agrees(open_page(scene), scene)


@pytest.mark.parametrize("counts", [True, False])
def test_every_frame_of_a_map_in_time_agrees_with_the_scene_at_that_moment(open_page, counts):
    scene = small_time_scene(counts)
    assert_page_agrees(open_page(scene), scene)


@pytest.mark.parametrize("map_id", SHIPPED.map_ids)
def test_every_shipped_map_opens_offline_and_agrees_with_its_scene(open_page, map_id):
    scene = build_scene(map_id, workspace=SHIPPED)
    visit = open_page(scene)
    assert_page_agrees(visit, scene)
    target = visit.page.locator(".leaflet-interactive[tabindex]").last
    target.focus()
    visit.page.keyboard.press("Enter")
    assert visit.page.locator(".leaflet-popup, [role=dialog]").first.inner_text().strip()
    visit.assert_quiet()
