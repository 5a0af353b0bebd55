"""The maps and photos of cards: what the window shows, what stands in the legend, what becomes of broken pictures."""

import datetime
import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
import shapely
from PIL import Image

from changji_geo.clues.facts import clue_facts
from changji_geo.clues.model import Clue, Event, Evidence
from changji_geo.clues.settings import load_settings
from changji_geo.ellipsoid import geod
from changji_geo.render.fonts import resolve_fonts
from changji_geo.report.cards.location import draw_location
from changji_geo.report.cards.maps import legend_entries
from changji_geo.report.cards.photos import CHIP_PX, chips_of, make_chip
from changji_geo.report.cards.views import AROUND, LEAST_M, build_views, window
from changji_geo.resources import Workspace, packaged_root

AT = datetime.datetime(2025, 9, 1, tzinfo=datetime.UTC)
BORDER = shapely.box(88.943, 44.8660, 88.9443, 44.8668)
"""Lies beside the border of core and buffer zone of the schematic layer, both of which are 核心保护区 of the two zones."""


@pytest.fixture(scope="module")
def views():
    return build_views(Workspace((packaged_root(),)), load_settings())


def facts_of(geometry, observed=datetime.date(2025, 7, 1)):
    one = Clue("LD2025-0001", "批", "1", geometry, geometry, "待核查", observed)
    return clue_facts([one], today=datetime.date(2026, 1, 1))[0]


def sides(box):
    middle = (box.south + box.north) / 2
    _, _, wide = geod().inv(box.west, middle, box.east, middle)
    _, _, high = geod().inv(box.west, box.south, box.west, box.north)
    return wide, high


def test_the_window_is_four_times_the_patch():
    wide, high = sides(window(shapely.box(88.0, 44.0, 88.05, 44.01), 1.25))
    _, _, own = geod().inv(88.0, 44.005, 88.05, 44.005)
    assert wide == pytest.approx(AROUND * own, rel=1e-3)
    assert wide / high == pytest.approx(1.25, rel=1e-3)


@pytest.mark.parametrize("aspect", [0.8, 1.25, 2.0])
def test_the_window_of_a_small_patch_or_a_point_is_not_smaller_than_its_surroundings(aspect):
    for geometry in (shapely.Point(88.0, 44.0), shapely.box(88.0, 44.0, 88.0001, 44.0001)):
        wide, high = sides(window(geometry, aspect))
        assert min(wide, high) == pytest.approx(LEAST_M, rel=1e-3)
        assert wide / high == pytest.approx(aspect, rel=1e-3)


def legend(views, facts):
    return [item.label for _, item in legend_entries(views.zone_scene(facts, aspect=1.25))]


def test_zones_are_those_of_the_scheme_in_force_when_the_image_was_taken(views):
    assert legend(views, facts_of(BORDER)) == ["线索图斑", "核心区", "缓冲区"]
    assert legend(views, facts_of(BORDER, datetime.date(2026, 4, 1))) == ["线索图斑", "核心保护区"]
    assert legend(views, facts_of(BORDER, None)) == ["线索图斑", "自然保护区（无影像日期，不分区）"]


def test_a_border_of_old_zones_inside_a_new_zone_is_not_drawn(views):
    scene = views.zone_scene(facts_of(BORDER, datetime.date(2026, 4, 1)), aspect=1.25)
    zones = next(layer for layer in scene.layers if layer.title == "功能区（两区）")
    assert [f.label for f in zones.features] == ["核心保护区"]
    assert not shapely.intersects(shapely.boundary(zones.features[0].geometry), shapely.box(*scene.bbox))


def test_the_clue_is_on_top_and_its_label_of_zone_beside_it(views):
    facts = facts_of(BORDER)
    scene = views.zone_scene(facts, aspect=1.25)
    assert shapely.equals(scene.layers[-1].features[0].geometry, BORDER)
    zones = next(layer for layer in scene.layers if layer.title == "功能区（三区）")
    anchors = [shapely.Point(f.anchor) for f in zones.features if f.label]
    assert len(anchors) == 2
    assert not any(shapely.intersects(shapely.buffer(BORDER, 0.0005), at) for at in anchors)


def test_a_point_clue_is_a_point(views):
    scene = views.zone_scene(facts_of(shapely.Point(88.0, 44.3)), aspect=1.25)
    assert legend_entries(scene)[0][1].label == "线索点位"
    assert scene.layers[-1].geometry == "point"


def test_borders_are_in_the_legend_only_where_they_are_seen(views):
    line = next(f.geometry for f in views.location.layers[-1].features)
    on_border = shapely.get_point(shapely.get_exterior_ring(shapely.get_geometry(line, 0)), 0)
    assert "州界" in legend(views, facts_of(on_border))
    assert "州界" not in legend(views, facts_of(BORDER))


def test_the_map_is_in_the_plane_of_the_coordinates_on_the_card(views):
    assert views.zone_scene(facts_of(BORDER), aspect=1.0).projection == "EPSG:4539"
    assert "EPSG" not in views.zone_scene(facts_of(shapely.Point(10.0, 50.0)), aspect=1.0).projection


def test_schematic_layers_of_the_maps_are_known_by_title(views):
    assert views.schematic == ("自然保护地", "自然保护区功能区")
    data = (packaged_root() / "layers" / "reserves" / "reserves.geojson").read_bytes()
    assert views.hashes["reserves"] == hashlib.sha256(data).hexdigest()


def test_the_location_map_puts_a_place_where_it_is(views):
    fonts = resolve_fonts(views.location.theme, ())
    base = draw_location(views.location, fonts, width=72.0, most=44.0)
    west, south, east, north = views.location.bbox
    across, down = base.place((west + east) / 2, (south + north) / 2)
    assert (across, down) == (pytest.approx(0.5, abs=0.02), pytest.approx(0.5, abs=0.03))
    assert base.place(west, (south + north) / 2)[0] < 0.1
    assert base.place(0.0, 0.0) is None
    red = np.array(Image.open(io.BytesIO(base.marked((0.25, 0.5)))).convert("RGB")).astype(int)
    y, x = np.nonzero((red[..., 0] > 180) & (red[..., 1] < 60))
    assert (x.mean() / red.shape[1], y.mean() / red.shape[0]) == (
        pytest.approx(0.25, abs=0.01),
        pytest.approx(0.5, abs=0.01),
    )
    assert base.marked(None) == base.png


def photo(size=(400, 200), kind="JPEG", **more):
    out = io.BytesIO()
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    image.save(out, kind, **more)
    return out.getvalue()


def test_a_photo_is_turned_as_the_camera_says_and_made_small():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise
    chip = make_chip(photo((2000, 1000), exif=exif.tobytes()), "整改前：a.jpg")
    assert (chip.width, chip.height, chip.note) == (CHIP_PX // 2, CHIP_PX, "")
    shown = Image.open(io.BytesIO(chip.jpeg))
    assert shown.getpixel((160, 60))[0] > 200  # what was left is on top
    assert shown.getpixel((160, 580))[2] > 200


def test_a_transparent_picture_lies_on_white():
    out = io.BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(out, "PNG")
    chip = make_chip(out.getvalue(), "x")
    assert Image.open(io.BytesIO(chip.jpeg)).getpixel((25, 25)) == (255, 255, 255)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8\xff", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"<svg/>", photo()[:-900]]
)
def test_a_broken_picture_is_a_note(data):
    chip = make_chip(data, "x")
    assert (chip.jpeg, chip.note) == (b"", "照片读不出（文件不完整或不是图像）")


def test_a_bomb_is_a_note():
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    for side, words in ((11500, "照片有 11500×11500 像素，过大，未缩印"), (60000, "照片像素过多，未缩印")):
        head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
        data = (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", head)
            + chunk(b"IDAT", zlib.compress(bytes(100)))
            + chunk(b"IEND", b"")
        )
        assert make_chip(data, "x").note == words


def event(*evidence):
    return Event(1, "LD2025-0001", "evidence", AT, "张三", {}, {}, evidence=evidence)


def registered(folder, name, role, data=None):
    data = photo() if data is None else data
    (folder / "LD2025-0001").mkdir(exist_ok=True)
    (folder / "LD2025-0001" / name).write_bytes(data)
    return Evidence(f"LD2025-0001/{name}", hashlib.sha256(data).hexdigest(), len(data), role)


def test_the_latest_photo_of_before_and_after_is_shown(tmp_path):
    one, two, three = (
        registered(tmp_path, n, r) for n, r in (("1.jpg", "before"), ("2.jpg", "before"), ("3.PNG", "after"))
    )
    other = registered(tmp_path, "会议纪要.pdf", "document", b"%PDF")
    found = chips_of("LD2025-0001", tmp_path, [event(one, other), event(two), event(three)])
    assert [c.caption for c in found] == ["整改前：2.jpg", "整改后：3.PNG"]
    assert all(c.jpeg for c in found)


def test_a_photo_that_is_gone_swapped_or_elsewhere_is_a_note(tmp_path):
    folder = tmp_path / "证据"
    folder.mkdir()
    gone, swapped = registered(folder, "1.jpg", "before"), registered(folder, "2.jpg", "after")
    (folder / gone.path).unlink()
    (folder / swapped.path).write_bytes(photo((40, 40)))
    found = chips_of("LD2025-0001", folder, [event(gone, swapped)])
    assert [c.note for c in found] == ["照片读不出（没有这个文件或文件夹）", "照片与登记时不同，未采用"]
    (tmp_path / "out.jpg").write_bytes(photo())
    outside = Evidence("../out.jpg", hashlib.sha256(photo()).hexdigest(), 1, "before")
    assert [c.note for c in chips_of("LD2025-0001", folder, [event(outside)])] == ["照片不在证据文件夹内"]


def test_without_a_history_the_first_pictures_of_the_clues_folder_go_under_their_names(tmp_path):
    for name in ("b.jpg", "a.jpg", "c.jpg", "d.txt"):
        registered(tmp_path, name, "")
    assert [c.caption for c in chips_of("LD2025-0001", tmp_path, None)] == ["证据照片：a.jpg", "证据照片：b.jpg"]
    assert chips_of("LD2025-0002", tmp_path, None) == ()
    assert chips_of("..", tmp_path / "LD2025-0001", None) == ()
    assert chips_of("LD2025-0001", None, None) == ()


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    (tmp_path / "x.jpg").write_bytes(photo())
    own = tmp_path / "证据" / "LD2025-0001"
    own.mkdir(parents=True)
    Path(own / "y.jpg").symlink_to(tmp_path / "x.jpg")
    assert chips_of("LD2025-0001", tmp_path / "证据", None) == ()
