"""The page as text: what is in it, what is not, and that the same scene gives the same bytes."""

import base64
import hashlib
import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from shapely.geometry import GeometryCollection, LinearRing, LineString, MultiPoint, Point, Polygon, box

from changji_geo.errors import InputError, OutputError
from changji_geo.render import page as page_module
from changji_geo.render.html import DRAW, folium_map, html_page, map_name, render_html
from changji_geo.render.page import asset, leaflet_css
from changji_geo.render.payload import scene_json, script_safe_json
from changji_geo.scene_model import SceneClass
from changji_geo.types import Kind
from tests.html_scenes import HOSTILE, feature, full_scene, hostile_scene, layer, scene, squares_scene, symbol

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"<(script|style)([^>]*)>(.*?)</\1>", re.DOTALL)


def data_of(text):
    return json.loads(
        re.search(r'<script type="application/json" id="changji-data">(.*?)</script>', text, re.DOTALL)[1]
    )


def policy_of(text):
    found = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)
    return dict(rule.split(" ", 1) for rule in html.unescape(found[1]).split("; "))


def decoded(one):
    """Payload coordinates back to degrees."""
    return np.cumsum(np.array(one).reshape(-1, 2), axis=0) / 100_000


def shape_of(geometry, kind="fill", family="area", **more):
    made = scene([layer("x", kind, family, [feature("f", "名", geometry, **more)])])
    return json.loads(scene_json(made, map_name="m"))["layers"][0]["features"][0]["shape"]


def test_the_table_of_kinds_is_complete():
    assert set(DRAW) == set(get_args(Kind))


def test_every_kind_that_is_drawn_has_its_function_in_the_script():
    table = re.search(r"const DRAW = \{([^}]*)\}", asset("layers.js"))[1]
    assert {name.strip() for name in table.split(",")} == set(DRAW.values()) - {"refuse"}


@pytest.mark.parametrize("kind", ["raster", "packed"])
def test_a_kind_that_cannot_be_drawn_yet_is_refused_by_name(kind):
    made = scene([layer("dem", kind, "area", [])])
    with pytest.raises(InputError, match=f"图层 dem：kind = {kind} 的图层还不能画到网页上"):
        html_page(made)


def test_the_same_scene_gives_the_same_bytes_in_another_process():
    code = "import sys, hashlib; from tests.html_scenes import full_scene; from changji_geo.render.html import html_page; sys.stdout.write(hashlib.sha256(html_page(full_scene()).encode()).hexdigest())"
    sums = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True,
            timeout=120, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert sums == {hashlib.sha256(html_page(full_scene()).encode()).hexdigest()}


def test_a_page_is_made_without_folium_pandas_or_matplotlib():
    code = (
        "import sys; from tests.html_scenes import squares_scene; from changji_geo.embedding import embed; embed(squares_scene());"
        "sys.stdout.write(','.join(m for m in ('folium', 'branca', 'pandas', 'geopandas', 'matplotlib') if m in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout == ""


def test_a_map_of_eleven_layers_stays_under_the_budget():
    assert len(html_page(full_scene()).encode()) < 900_000


def test_render_html_writes_the_page_and_returns_the_file(tmp_path):
    made = render_html(squares_scene(), tmp_path / "图" / "地图.html")
    assert made == tmp_path / "图" / "地图.html"
    assert made.read_bytes() == html_page(squares_scene()).encode()
    assert [f.name for f in made.parent.iterdir()] == ["地图.html"]


def test_render_html_says_when_it_cannot_write(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="无法写入"):
        render_html(squares_scene(), tmp_path / "file" / "map.html")


def test_the_policy_comes_first_and_names_exactly_the_blocks_of_the_page():
    text = html_page(full_scene())
    assert text.index("<meta ") == text.index('<meta http-equiv="Content-Security-Policy"')
    assert text.index("charset") < 1024
    rules = policy_of(text)
    assert rules["default-src"] == rules["connect-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["img-src"] == "data:"
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        blocks = [body for name, attributes, body in BLOCK.findall(text) if name == tag and not attributes]
        hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(b.encode()).digest()).decode()}'" for b in blocks]
        assert rules[rule].split() == hashes
    assert "unsafe" not in str(rules)


def test_the_page_has_no_address_and_no_inline_style_or_handler():
    bare = BLOCK.sub("", html_page(full_scene()))
    assert not re.search(r"\s(?:style|on\w+|src|href|srcdoc)\s*=", bare)
    assert "http" not in bare.replace("http-equiv", "")
    ours = "".join(asset(name) for name in page_module.SCRIPTS)
    assert "innerHTML" not in ours
    assert "insertAdjacentHTML" not in ours
    assert not re.search(r"\beval\(|new Function|document\.write", ours)


def test_leaflets_images_are_left_out_or_inlined():
    assert "images/" not in leaflet_css()
    assert leaflet_css(with_images=True).count("url(data:image/png;base64,") == 3
    assert "sourceMappingURL" not in html_page(squares_scene())


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_stays_inside_its_place(text):
    page = html_page(hostile_scene(text))
    plain = html_page(hostile_scene(""))
    assert [(name, attributes) for name, attributes, _ in BLOCK.findall(page)] == [
        (name, attributes) for name, attributes, _ in BLOCK.findall(plain)
    ]
    assert len(re.findall(r"<[a-zA-Z/!]", page)) == len(re.findall(r"<[a-zA-Z/!]", plain))
    data = data_of(page)
    assert data["layers"][0]["title"] == f"面层{text}"
    assert data["layers"][0]["features"][0]["popup"][0] == [f"面栏{text}", f"面值{text}"]


def test_characters_that_a_file_cannot_hold_do_not_break_the_page():
    page = html_page(
        scene(
            [layer("a", "point", "point", [feature("\ud800", "名\ud800", Point(87, 44))], title="层\udfff")],
            title="题\ud800\x00\r\n",
        )
    )
    page.encode("utf-8")
    assert "<title>题\ufffd\ufffd\n</title>" in page
    assert data_of(page)["layers"][0]["title"] == "层\udfff"


def test_json_for_a_script_has_no_character_that_html_could_read():
    text = script_safe_json({"a": "<>&\u2028\u2029</script>", "b": "县"})
    assert not re.search("[<>&\u2028\u2029]", text)
    assert "县" in text
    assert json.loads(text)["a"] == "<>&\u2028\u2029</script>"


def test_an_area_keeps_its_holes_and_parts():
    ring = Polygon(box(86, 43, 88, 45).exterior, [box(86.5, 43.5, 87, 44).exterior])
    shape = shape_of(ring.union(box(89, 44, 90, 45)))
    assert sorted(len(part) for part in shape) == [1, 2]
    back = decoded(shape[0][0])
    assert len(back) == 4
    assert back.min(axis=0).tolist() == [86, 43]
    assert back.max(axis=0).tolist() == [88, 45]


def test_coordinates_come_back_to_five_decimals():
    line = LineString([(86.123456, 43.987654), (87.000004, 44.1), (87.000001, 44.1), (88.5, 43.2)])
    back = decoded(shape_of(line, "line", "line")[0])
    assert back.tolist() == [[86.12346, 43.98765], [87.0, 44.1], [88.5, 43.2]]


def test_the_outline_of_an_area_can_be_drawn_as_a_line():
    assert decoded(shape_of(box(86, 43, 87, 44), "line", "area")[0]).shape == (5, 2)
    assert decoded(shape_of(LinearRing([(86, 43), (87, 43), (87, 44)]), "line", "line")[0]).shape == (4, 2)


def test_points_of_a_multipoint_are_kept_and_a_proportional_symbol_sits_on_the_anchor():
    assert decoded(shape_of(MultiPoint([(86, 43), (87, 44)]), "point", "point")[0]).tolist() == [[86, 43], [87, 44]]
    area = box(86, 43, 88, 45)
    assert decoded(shape_of(area, "proportional", "point", size=12.0)[0]).tolist() == [[87, 44]]


@pytest.mark.parametrize("empty", [Polygon(), GeometryCollection()])
def test_an_empty_geometry_draws_nothing(empty):
    assert shape_of(empty) == []


def test_a_collection_gives_its_areas_to_an_area_layer():
    mixed = GeometryCollection([Point(86, 43), box(86, 43, 87, 44), GeometryCollection([box(88, 43, 89, 44)])])
    assert len(shape_of(mixed)) == 2


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12345.5, "12\u2009345.5"),
        (3.0, "3"),
        (-0.125, "\u22120.125"),
        (float("nan"), None),
        (None, None),
        ("Ⅱ类", "Ⅱ类"),
    ],
)
def test_a_value_is_written_for_the_hover_box(value, text):
    made = scene([layer("x", "point", "point", [feature("f", "名", Point(87, 44), value=value)])])
    assert json.loads(scene_json(made, map_name="m"))["layers"][0]["features"][0].get("value") == text


def test_a_colour_that_is_not_one_is_refused():
    made = scene([layer("x", "point", "point", [], [SceneClass("a", symbol("url(//evil)"), 0)])])
    with pytest.raises(InputError, match="颜色“url"):
        html_page(made)


def test_folium_without_additions_renders_the_same_page():
    assert folium_map(full_scene()).get_root().render() == html_page(full_scene())


def test_a_folium_map_is_one_with_a_single_child_and_fixed_names():
    import folium

    made = folium_map(squares_scene())
    assert isinstance(made, folium.Map)
    assert list(made._children) == [f"scene_layers_{made._id}"]
    assert made.get_name() == map_name(squares_scene())
    assert made.get_bounds() == [[43.3, 85.8], [44.7, 88.2]]


def test_saving_a_folium_map_writes_the_page(tmp_path):
    folium_map(squares_scene()).save(tmp_path / "a.html")
    assert (tmp_path / "a.html").read_text("utf-8") == html_page(squares_scene())


def test_nothing_of_one_map_reaches_the_next_folium_map():
    import folium

    before = (list(folium.Map.default_js), list(folium.Map.default_css), folium.Map._template)
    made = folium_map(squares_scene())
    made.add_js_link("x", "https://example.org/x.js")
    made.get_root().render()
    assert (list(folium.Map.default_js), list(folium.Map.default_css), folium.Map._template) == before
    other = folium.Map([44, 87])
    text = other.get_root().render()
    assert "example.org" not in text
    assert "leaflet" in text
    assert "Content-Security-Policy" not in text
    assert other._id != made._id


def test_what_is_added_to_the_folium_map_is_named_in_the_policy():
    import folium

    made = folium_map(squares_scene())
    folium.Circle([44, 87], radius=500).add_to(made)
    made.add_js_link("x", "https://example.org/x.js")
    text = made.get_root().render()
    rules = policy_of(text)
    assert rules["script-src"].split()[-1] == "https://example.org/x.js"
    assert rules["default-src"] == "'none'"
    assert f"{map_name(squares_scene())}" in text.split("L.circle(")[1]


def test_a_text_is_never_read_as_a_folium_template():
    assert data_of(folium_map(squares_scene(title="{{ 7 * 7 }}")).get_root().render())["title"] == "{{ 7 * 7 }}"


def test_the_map_has_a_valid_name_whatever_the_scenes_id():
    names = {map_name(squares_scene(id=i)) for i in ("overview", "总览", "a b", "\ud800", "")}
    assert len(names) == 5
    assert all(re.fullmatch(r"map_[0-9a-f]{12}", name) for name in names)
