"""Printed maps in time: one small map a moment, all of one scale and one legend; surfaces; a single moment."""

import dataclasses
import io
import subprocess
from collections import Counter

import numpy as np
import pytest
import static_scenes as make
from PIL import Image
from pypdf import PdfReader
from shapely.geometry import box
from test_static import overlapping, text_boxes, texts

from changji_geo.errors import InputError
from changji_geo.render.sheet.data import FeatureCollection
from changji_geo.render.sheet.frame import Extent
from changji_geo.render.sheet.paper import PageText, Rect
from changji_geo.render.sheet.tiling import Tiling
from changji_geo.render.static import describe_static, draw_figure, render_static
from changji_geo.scene_frames import frame_scene
from changji_geo.scene_model import SceneClass, SceneSeries, SceneTime
from changji_geo.types import BBox

PAGES = {"A4 landscape": (297.0, 210.0), "A4 portrait": (210.0, 297.0), "16:9": (338.7, 190.5), "A3": (420.0, 297.0)}


def moving(count, *, change=None, labels=True, **more):
    """Months from April 2025 on; 甲县 rises 1, 2, 3, ..., 乙县 is 10 more, and the second month of 甲县 is missing."""
    values = np.arange(1, count + 1)[:, None] + np.array([[0.0, 10.0]])
    values[1, 0] = np.nan
    index = np.where(np.isnan(values), 2, values > 10).astype(np.int16)
    layer = make.counties()
    series = SceneSeries("清洁取暖户数", "户", index, values, 1)
    features = tuple(
        dataclasses.replace(
            f, class_index=int(index[-1, i]), value=float(values[-1, i]), label=f.label if labels else ""
        )
        for i, f in enumerate(layer.features)
    )
    layer = dataclasses.replace(layer, features=features, series=series)
    months = [(2025 + (3 + i) // 12, (3 + i) % 12 + 1) for i in range(count)]
    time = SceneTime(
        "month", tuple(f"{y}-{m:02d}" for y, m in months), tuple(f"{y}年{m}月" for y, m in months),
        tuple("HJ 633-2012" if change is None or i < change else "HJ 633-2026" for i in range(count)),
        count - 1, tuple(range(count)),
    )  # fmt: skip
    return make.scene(layers=(layer, make.rivers(), make.stations()), time=time, **more)


def maps_of(figure):
    """The inner frames of the small maps as drawn."""
    found = [a for a in figure.get_children() if (a.get_gid() or "").endswith("/map-background")]
    return [Rect(*v.min(axis=0), *v.max(axis=0)) for v in (a.get_path().vertices for a in found)]


@pytest.fixture(scope="module")
def twelve():
    return draw_figure(moving(12, change=11))


def test_twelve_months_stand_four_by_three_on_a4_landscape(twelve):
    boxes = maps_of(twelve)
    assert len(boxes) == len(twelve.frames) == 12
    assert len({round(b.left, 3) for b in boxes}) == 4 and len({round(b.top, 3) for b in boxes}) == 3
    assert texts(twelve, "panel", "0", "label") == ["2025年4月"] and texts(twelve, "panel", "11", "label") == [
        "2026年3月"
    ]


def test_all_small_maps_have_one_size_and_scale(twelve):
    boxes = maps_of(twelve)
    assert len({(round(b.width, 6), round(b.height, 6)) for b in boxes}) == 1
    extent, denominator = twelve.map_frame.extent, twelve.map_frame.denominator
    assert extent.width * 1000 / denominator <= boxes[0].width * 1.001
    assert texts(twelve, "scale") and len(texts(twelve, "scale-bar")) >= 2


def test_every_small_map_has_the_classes_of_its_moment():
    scene = moving(12)
    figure = draw_figure(scene)
    for number, frame in enumerate(figure.frames):
        moment = frame_scene(scene, frame)
        drawn = {layer.id: layer for layer in describe_static(figure, number)}
        assert set(drawn) == {layer.id for layer in moment.layers}
        for layer in moment.layers:
            counts = Counter(f.class_index for f in drawn[layer.id].features)
            assert [counts[i] for i in range(len(layer.classes))] == [c.count for c in layer.classes]
            for feature in drawn[layer.id].features:
                symbol = layer.classes[feature.class_index].symbol
                assert feature.fill in ("", symbol.fill) and feature.stroke == symbol.stroke


def test_a_missing_month_is_hatched_in_its_map_only(twelve):
    hatched = [a.panel for a in twelve.get_children() if isinstance(a, FeatureCollection) and a.get_hatch()]
    assert hatched == [1]


def test_small_maps_print_the_values_instead_of_names(twelve):
    shown = [
        (t.panel, t.get_text()) for t in twelve.get_children() if isinstance(t, PageText) and t.role[:1] == ("label",)
    ]
    assert [text for panel, text in shown if panel == 0] == ["1.0", "11.0"]
    assert [text for panel, text in shown if panel == 1] == ["12.0"]
    assert not any("县" in text or "站" in text for _, text in shown)


def test_a_map_without_labels_has_no_values_either():
    assert texts(draw_figure(moving(12, labels=False)), "label") == []


def test_large_panels_keep_the_names():
    figure = draw_figure(moving(2, page_size_mm=(420.0, 297.0)))
    assert texts(figure, "label").count("甲县") == 2 and texts(figure, "label").count("乙县") == 2


def test_there_is_one_legend_without_counts_of_what_moves(twelve):
    drawn = {layer.id: layer for layer in describe_static(twelve, 3)}
    assert drawn["01-counties"].classes == ("0～10", "10～20", "无数据")
    assert drawn["03-stations"].title == "监测站（2）"
    assert len(texts(twelve, "title")) == 1


def test_a_remark_that_changes_stands_beside_each_date_and_a_common_one_in_the_subtitle(twelve):
    assert texts(twelve, "panel", "10", "remark") == ["HJ 633-2012"]
    assert texts(twelve, "panel", "11", "remark") == ["HJ 633-2026"]
    assert texts(twelve, "subtitle") == ["2023—2024 年采暖季"]
    same = draw_figure(moving(12))
    assert texts(same, "panel", "0", "remark") == []
    assert texts(same, "subtitle") == ["2023—2024 年采暖季 · HJ 633-2012"]


def test_notices_notes_and_approval_number_are_on_the_sheet():
    figure = draw_figure(moving(6, approval_number="新S（2099）000号", notices=("示例数据",)))
    assert texts(figure, "notice") == ["示例数据"] and texts(figure, "approval") == ["审图号：新S（2099）000号"]
    assert any("飞地不计入统计" in text for text in texts(figure, "credits"))


@pytest.mark.parametrize("count", [2, 3, 5, 7, 12])
@pytest.mark.parametrize("page", PAGES)
def test_nothing_leaves_the_sheet_and_no_texts_meet(page, count):
    scene = moving(count, change=min(count - 1, 11), page_size_mm=PAGES[page])
    figure = draw_figure(scene)
    boxes = text_boxes(figure)
    width, height = scene.page_size_mm
    for text, (left, bottom, right, top) in boxes:
        assert left > 9.5 and bottom > 9.5 and right < width - 9.5 and top < height - 9.5, text
    assert overlapping(boxes) == []
    for frame in maps_of(figure):
        for text, (left, bottom, right, top) in text_boxes(figure, labels=False):
            assert not (left < frame.right and right > frame.left and bottom < frame.top and top > frame.bottom), text


def test_a_long_remark_goes_under_its_date():
    scene = moving(4)
    long = dataclasses.replace(scene.time, remarks=("按 HJ 633-2012 评价，" * 3, "短", "短", "短"))
    figure = draw_figure(dataclasses.replace(scene, time=long, page_size_mm=(210.0, 297.0)))
    assert "".join(texts(figure, "panel", "0", "remark")) == "按 HJ 633-2012 评价，" * 3
    assert overlapping(text_boxes(figure)) == []


def test_one_printed_moment_is_an_ordinary_map_with_its_date():
    scene = moving(3)
    scene = dataclasses.replace(scene, time=dataclasses.replace(scene.time, panels=(0,)))
    figure = draw_figure(scene)
    assert figure.frames == () and texts(figure, "panel") == []
    assert texts(figure, "subtitle") == ["2023—2024 年采暖季 · 2025年4月 · HJ 633-2012"]
    assert "87°00′E" in texts(figure, "graticule")
    counties = next(d for d in describe_static(figure) if d.id == "01-counties")
    assert counties.classes == ("0～10（1）", "10～20（1）", "无数据（0）")


def test_without_printed_moments_the_one_shown_is_printed():
    scene = moving(3)
    scene = dataclasses.replace(scene, time=dataclasses.replace(scene.time, panels=()))
    assert "2025年6月" in "".join(texts(draw_figure(scene), "subtitle"))


def test_more_panels_than_the_page_holds_are_refused():
    legend = make.layer(
        "05-many", "category", "area", [SceneClass(f"第{i}类功能区，名称较长需要换行", make.symbol(), i) for i in range(60)],
        [make.feature("c", box(87.1, 43.6, 87.5, 43.9))],
    )  # fmt: skip
    scene = moving(12, page_size_mm=(148.0, 105.0))
    with pytest.raises(InputError, match="版面放不下地图"):
        draw_figure(dataclasses.replace(scene, layers=(*scene.layers, legend)))


def test_the_sheet_is_written_as_png_pdf_and_svg_with_the_same_bytes_every_time(tmp_path):
    scene = moving(12, change=11, dpi=60)
    first = render_static(scene, *(tmp_path / f"a.{end}" for end in ("png", "pdf", "svg")))
    again = render_static(scene, *(tmp_path / f"b.{end}" for end in ("png", "pdf", "svg")))
    assert [a.read_bytes() == b.read_bytes() for a, b in zip(first, again, strict=True)] == [True] * 3
    said = PdfReader(io.BytesIO(first[1].read_bytes())).pages[0].extract_text()
    assert "2025年4月" in said and "2026年3月" in said and "比例尺" in said
    svg = first[2].read_text(encoding="utf-8")
    ids = [part.split('"')[0] for part in svg.split(' id="')[1:]]
    assert len(ids) == len(set(ids)) and 'id="panel-11/01-counties' in svg
    shown = subprocess.run(["pdftoppm", "-r", "40", "-png", first[1], tmp_path / "p"], check=True)
    assert shown.returncode == 0 and len(list(tmp_path.glob("p*.png"))) == 1


def test_a_station_and_a_line_are_drawn_finer_in_small_maps(twelve):
    found = next(a for a in twelve.get_children() if isinstance(a, FeatureCollection) and a.layer_id == "03-stations")
    assert found.get_sizes()[0] < 9.5**2 and found.get_linewidths()[0] < 0.6


# rows and columns


def test_the_grid_follows_the_shape_of_room_and_extent():
    wide, tall = Extent(0, 0, 4, 1), Extent(0, 0, 1, 4)
    assert Tiling(wide, 0, 4).grid(100, 100)[:2] == (1, 4)
    assert Tiling(tall, 0, 4).grid(100, 100)[:2] == (4, 1)
    assert Tiling(Extent(0, 0, 1, 1), 0, 5).grid(150, 100)[:2] == (3, 2)
    assert Tiling(Extent(0, 0, 1, 1), 0, 12).grid(60, 30) is None


def test_captions_and_gaps_are_taken_from_the_room():
    tiling = Tiling(Extent(0, 0, 2, 1), strip=1.0, count=2, gap=4.0, head=lambda width: 6.0)
    assert tiling.grid(44, 140) == (1, 2, 42.0, 60.0, 6.0)
    cells = tiling.cells(Rect(10, 0, 54, 140))
    assert cells[0].head == Rect(10, 134, 54, 140) and cells[0].outer == Rect(10, 72, 54, 134)
    assert cells[1].inner == Rect(11, 1, 53, 61)


# surfaces


def surface(opacity=1.0):
    classes = [SceneClass("0～10", make.symbol("#ffffcc"), 1), SceneClass("10～20", make.symbol("#fd8d3c"), 1)]
    shapes = [make.feature("low", box(87, 43.5, 88, 44.5)), make.feature("high", box(88, 43.5, 89, 44.5), index=1)]
    shapes = [dataclasses.replace(f, label="") for f in shapes]
    return make.layer("00-surface", "surface", "area", classes, shapes, title="PM2.5", unit="µg/m³", opacity=opacity)


def test_a_surface_has_fills_without_outlines_and_no_seam():
    scene = make.scene(layers=(surface(),), bbox=BBox(87.5, 43.7, 88.5, 44.3), dpi=150)
    drawn = describe_static(draw_figure(scene))[0]
    assert [(f.fill, f.stroke) for f in drawn.features] == [("#ffffcc", ""), ("#fd8d3c", "")]
    assert drawn.title == "PM2.5（µg/m³）" and drawn.classes == ("0～10（1）", "10～20（1）")


def test_where_two_classes_of_a_surface_meet_nothing_shines_through(tmp_path):
    scene = make.scene(layers=(surface(),), bbox=BBox(87.5, 43.7, 88.5, 44.3), dpi=150, furniture=())
    frame = draw_figure(scene).map_frame
    pixels = np.asarray(Image.open(render_static(scene, tmp_path / "a.png")[0]).convert("RGB")).astype(int)
    x, y = frame.to_page(np.array([[88.0, 44.0]]))[0] * 150 / 25.4
    across = pixels[round(pixels.shape[0] - y), round(x) - 8 : round(x) + 9]
    low, high = np.array([0xFD, 0x8D, 0x3C]), np.array([0xFF, 0xFF, 0xCC])
    assert (across >= low - 2).all() and (across <= high + 2).all()


def test_a_translucent_surface_has_no_edge_that_would_be_darker():
    artist = next(
        a for a in draw_figure(make.scene(layers=(surface(0.5),))).get_children() if isinstance(a, FeatureCollection)
    )
    assert artist.get_linewidths()[0] == 0 and artist.get_facecolor()[0][3] == 0.5
