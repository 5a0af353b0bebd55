"""Fragments: one frame, walled off, and only around pages of ours."""

import html
import html.parser

import pytest

from changji_geo.embedding import embed, embed_file
from changji_geo.errors import InputError
from changji_geo.render.html import folium_map, html_page, render_html
from tests.html_scenes import HOSTILE, squares_scene


class Frame(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)
        self.attributes = dict(self.tags[0][1])

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, attributes))


def test_a_fragment_is_one_frame_with_the_whole_page_inside():
    frame = Frame(embed(squares_scene()))
    assert [tag for tag, _ in frame.tags] == ["iframe"]
    assert frame.attributes["srcdoc"] == html_page(squares_scene())
    assert frame.attributes["title"] == "测试地图"
    assert frame.attributes["height"] == "640"
    assert frame.attributes["loading"] == "lazy"
    assert "allow-scripts" in frame.attributes["sandbox"]
    assert "allow-same-origin" not in frame.attributes["sandbox"]
    assert frame.attributes["allow"] == "fullscreen"
    assert "style" not in frame.attributes


def test_scene_and_page_give_the_same_fragment():
    assert embed(squares_scene()) == embed(html_page(squares_scene()))


def test_height_and_title_can_be_given():
    frame = Frame(embed(squares_scene(), height=480, title='甲 "乙" <丙>'))
    assert frame.attributes["height"] == "480"
    assert frame.attributes["title"] == '甲 "乙" <丙>'


@pytest.mark.parametrize("height", [0, 199, 4001, "640", 640.0, True])
def test_a_height_out_of_range_is_refused(height):
    with pytest.raises(InputError, match="200 到 4000"):
        embed(squares_scene(), height=height)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_title_stays_inside_the_frame(text):
    frame = Frame(embed(squares_scene(title=text)))
    assert [tag for tag, _ in frame.tags] == ["iframe"]
    assert frame.attributes["title"] == text


def test_a_folium_map_with_additions_can_be_embedded():
    import folium

    made = folium_map(squares_scene())
    folium.Marker([44, 87], popup="局址").add_to(made)
    text = made.get_root().render()
    assert Frame(embed(text)).attributes["srcdoc"] == text


@pytest.mark.parametrize(
    "page",
    [
        "",
        "<p>hello</p>",
        "<!DOCTYPE html>\n<html><head></head><body></body></html>",
        html_page(squares_scene()).replace("default-src &#x27;none&#x27;", "default-src *"),
        html_page(squares_scene()).replace("script-src ", "script-src &#x27;unsafe-inline&#x27; "),
        " " + html_page(squares_scene()),
    ],
)
def test_what_is_not_a_page_of_ours_is_refused(page):
    with pytest.raises(InputError, match="这不是 changji-geo 生成的地图网页"):
        embed(page)


def test_embed_file_writes_the_fragment(tmp_path):
    source = render_html(squares_scene(), tmp_path / "a.html")
    made = embed_file(source, tmp_path / "out" / "a.fragment.html")
    assert made.read_text("utf-8") == embed(squares_scene())


def test_embed_file_accepts_a_page_saved_with_windows_line_ends(tmp_path):
    source = tmp_path / "a.html"
    source.write_bytes(b"\xef\xbb\xbf" + html_page(squares_scene()).replace("\n", "\r\n").encode())
    assert embed_file(source, tmp_path / "b.html").read_text("utf-8") == embed(squares_scene())


def test_embed_file_names_the_file_that_is_wrong(tmp_path):
    source = tmp_path / "别的.html"
    source.write_text("<p>别的网页</p>", encoding="utf-8")
    with pytest.raises(InputError, match=r"别的\.html：这不是 changji-geo"):
        embed_file(source, tmp_path / "b.html")
    assert not (tmp_path / "b.html").exists()
    with pytest.raises(InputError, match=r"没有\.html：无法读取"):
        embed_file(tmp_path / "没有.html", tmp_path / "b.html")
    source.write_bytes("中文".encode("gbk"))
    with pytest.raises(InputError, match="不是 UTF-8"):
        embed_file(source, tmp_path / "b.html")


def test_embed_file_never_writes_over_its_source(tmp_path):
    source = render_html(squares_scene(), tmp_path / "a.html")
    with pytest.raises(InputError, match="输出文件就是输入文件"):
        embed_file(source, tmp_path / "x" / ".." / "a.html")


def test_a_page_cut_short_is_refused():
    with pytest.raises(InputError, match="地图网页不完整"):
        embed(html_page(squares_scene())[:-100])
