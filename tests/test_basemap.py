"""Basemaps: addresses settled, the key kept out of everything else, local tiles read within bounds."""

import sqlite3

import pytest
from pydantic import ValidationError

from changji_geo import basemap as module
from changji_geo.basemap import resolve_basemap, tile_range
from changji_geo.errors import InputError
from changji_geo.render.html import html_page
from changji_geo.spec import BasemapSpec
from changji_geo.types import BBox
from tests.html_scenes import PNG, squares_scene

BOX = BBox(86.0, 43.0, 88.0, 45.0)
KEY = "0123456789abcdef0123456789abcdef"


def resolve(base=None, **spec):
    return resolve_basemap(BasemapSpec(**spec), BOX, base_dir=base)


def put(folder, z, x, y, data=PNG, suffix="png"):
    file = folder / str(z) / str(x) / f"{y}.{suffix}"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def mbtiles(file, rows, metadata=()):
    with sqlite3.connect(file) as database:
        database.execute(
            "CREATE TABLE tiles (zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER, tile_data BLOB)"
        )
        database.execute("CREATE TABLE metadata (name TEXT, value TEXT)")
        database.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
        database.executemany("INSERT INTO metadata VALUES (?, ?)", metadata)
    database.close()
    return file


def test_tianditu_needs_a_key_from_the_environment(monkeypatch):
    monkeypatch.delenv("TIANDITU_KEY", raising=False)
    with pytest.raises(InputError, match=r"TIANDITU_KEY 没有设置.*处理：在天地图网站申请"):
        resolve(kind="tianditu")


def test_a_key_that_is_none_is_refused_without_being_repeated(monkeypatch):
    monkeypatch.setenv("TIANDITU_KEY", "geheim&x={y}")
    with pytest.raises(InputError) as caught:
        resolve(kind="tianditu")
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(("layer", "names"), [("vec", "cva"), ("img", "cia"), ("ter", "cta")])
def test_tianditu_is_the_web_mercator_set_with_its_names(monkeypatch, layer, names):
    monkeypatch.setenv("TIANDITU_KEY", KEY)
    made = resolve(kind="tianditu", layer=layer)
    assert [
        f"/{name}_w/wmts" in url and f"LAYER={name}&" in url
        for name, url in zip((layer, names), made.urls, strict=True)
    ] == [True, True]
    assert all("TILEMATRIXSET=w" in url and url.endswith(f"tk={KEY}") for url in made.urls)
    assert made.urls[0].startswith("https://t{s}.tianditu.gov.cn/")
    assert made.hosts == tuple(f"https://t{n}.tianditu.gov.cn" for n in range(8))
    assert made.subdomains == "01234567"
    assert "天地图" in made.attribution
    assert made.max_zoom == (14 if layer == "ter" else 18)


def test_tianditu_without_names_is_one_layer(monkeypatch):
    monkeypatch.setenv("TIANDITU_KEY", KEY)
    assert len(resolve(kind="tianditu", labels=False).urls) == 1


def test_the_page_allows_images_from_the_basemaps_hosts_only(monkeypatch):
    monkeypatch.setenv("TIANDITU_KEY", KEY)
    page = html_page(squares_scene(basemap=resolve(kind="tianditu")))
    rule = page.split("img-src ")[1].split(";")[0].split()
    assert rule == ["data:", *(f"https://t{n}.tianditu.gov.cn" for n in range(8))]
    assert KEY not in html_page(squares_scene())


def test_an_intranet_service_is_taken_as_it_is():
    made = resolve(kind="xyz", url="http://10.1.2.3:8080/tiles/{z}/{x}/{y}.png", attribution="内网")
    assert made.urls == ("http://10.1.2.3:8080/tiles/{z}/{x}/{y}.png",)
    assert made.hosts == ("http://10.1.2.3:8080",)
    assert made.attribution == "内网"


def test_several_servers_are_all_allowed():
    made = resolve(kind="xyz", url="https://{s}.Tiles.example/{z}/{x}/{y}")
    assert made.hosts == ("https://a.tiles.example", "https://b.tiles.example", "https://c.tiles.example")
    assert made.subdomains == "abc"


def test_a_chinese_host_is_allowed_in_its_ascii_form():
    assert resolve(kind="xyz", url="http://地图.cn/{z}/{x}/{y}").hosts == (
        "http://xn--kiq45qx83b.cn".replace("xn--kiq45qx83b", "地图".encode("idna").decode()),
    )


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://a/{z}/{x}/{y}?k={key}", "不认识的占位符 {key}"),
        ("http://user:pass@a/{z}/{x}/{y}", "用户名或密码"),
        ("http://a; script-src */{z}/{x}/{y}", "空格"),
        ("http://a;script-src/{z}/{x}/{y}", "主机名"),
        ("http://{z}.a/{x}/{y}", "主机名"),
        ("http:///{z}/{x}/{y}", "主机名"),
    ],
)
def test_an_address_that_could_do_harm_is_refused(url, message):
    with pytest.raises(InputError, match=message):
        resolve(kind="xyz", url=url)


def test_an_address_without_placeholders_is_refused_by_the_description():
    with pytest.raises(ValidationError, match="xyz"):
        BasemapSpec(kind="xyz", url="javascript:alert(1)/{z}/{x}/{y}")


def test_tile_numbers_match_a_known_place():
    assert tile_range(BBox(87.3, 44.0, 87.3, 44.0), 8) == (range(190, 191), range(93, 94))
    assert tile_range(BBox(-180, -90, 180, 90), 2) == (range(4), range(4))


def test_local_tiles_in_the_extent_are_taken(tmp_path):
    put(tmp_path / "t", 6, 47, 23)
    put(tmp_path / "t", 7, 95, 46, b"\xff\xd8\xff\xe0rest", "jpg")
    put(tmp_path / "t", 7, 95, 47, b"RIFF\0\0\0\0WEBPrest", "webp")
    put(tmp_path / "t", 7, 10, 10)
    (tmp_path / "t" / "说明.txt").write_text("x", encoding="utf-8")
    made = resolve(tmp_path, kind="tiles", path="t")
    assert {place: tile.mime for place, tile in made.tiles.items()} == {
        (6, 47, 23): "image/png", (7, 95, 46): "image/jpeg", (7, 95, 47): "image/webp",
    }  # fmt: skip
    assert (made.min_zoom, made.max_zoom, made.urls, made.hosts) == (6, 7, (), ())


def test_mbtiles_rows_are_turned_round(tmp_path):
    mbtiles(
        tmp_path / "a.mbtiles", [(7, 95, 127 - 46, PNG), (7, 10, 10, PNG)], [("attribution", "<a href='x'>某局</a>")]
    )
    made = resolve(tmp_path, kind="tiles", path="a.mbtiles")
    assert list(made.tiles) == [(7, 95, 46)]
    assert made.attribution == "某局"


def test_reading_mbtiles_leaves_no_trace(tmp_path):
    file = mbtiles(tmp_path / "图#1?.mbtiles", [(7, 95, 127 - 46, PNG)])
    before = file.read_bytes()
    resolve(tmp_path, kind="tiles", path=file.name)
    assert file.read_bytes() == before
    assert [f.name for f in tmp_path.iterdir()] == [file.name]


def test_a_broken_mbtiles_is_named(tmp_path):
    (tmp_path / "a.mbtiles").write_bytes(b"not a database, certainly not one")
    with pytest.raises(InputError, match=r"a\.mbtiles：不是可读的 MBTiles"):
        resolve(tmp_path, kind="tiles", path="a.mbtiles")


def test_vector_tiles_are_refused(tmp_path):
    mbtiles(tmp_path / "a.mbtiles", [(7, 95, 127 - 46, b"\x1f\x8b\x08vector")])
    with pytest.raises(InputError, match="瓦片 7/95/46 不是图片"):
        resolve(tmp_path, kind="tiles", path="a.mbtiles")


def test_no_tile_in_the_extent_is_an_error(tmp_path):
    put(tmp_path / "t", 7, 10, 10)
    with pytest.raises(InputError, match="地图范围内没有第 3 到 18 级的瓦片"):
        resolve(tmp_path, kind="tiles", path="t")


def test_too_many_tiles_say_which_level_to_stop_at(tmp_path, monkeypatch):
    put(tmp_path / "t", 6, 47, 23)
    put(tmp_path / "t", 7, 95, 46)
    monkeypatch.setattr(module, "MAX_TILE_BYTES", len(PNG) + 1)
    with pytest.raises(InputError, match=r"到第 7 级时已超过.*把 max_zoom 降到 6"):
        resolve(tmp_path, kind="tiles", path="t")
    assert resolve(tmp_path, kind="tiles", path="t", max_zoom=6).max_zoom == 6


@pytest.mark.parametrize("path", ["../outside", "a/../../outside", "link"])
def test_a_path_that_leaves_the_folder_is_refused(tmp_path, path):
    put(tmp_path / "outside", 7, 95, 46)
    base = tmp_path / "base"
    base.mkdir()
    (base / "link").symlink_to(tmp_path / "outside")
    with pytest.raises(InputError, match="不在地图文件所在的文件夹内"):
        resolve(base, kind="tiles", path=path)
    with pytest.raises(InputError, match="不在地图文件所在的文件夹内"):
        resolve(base, kind="tiles", path=str(tmp_path / "outside"))


def test_a_tile_that_links_out_of_its_folder_is_refused(tmp_path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(PNG)
    place = tmp_path / "base" / "t" / "7" / "95"
    place.mkdir(parents=True)
    (place / "46.png").symlink_to(secret)
    with pytest.raises(InputError, match=r"瓦片 46\.png 是指向文件夹之外的链接"):
        resolve(tmp_path / "base", kind="tiles", path="t")


def test_a_missing_path_is_named(tmp_path):
    with pytest.raises(InputError, match=r"html\.basemap\.path = nothing：没有这个文件夹或文件"):
        resolve(tmp_path, kind="tiles", path="nothing")


@pytest.mark.parametrize(("path", "said"), [("a\0b", "含有不能用于路径的字符"), ("a" * 300, "文件名或路径太长")])
def test_a_path_that_no_system_accepts(tmp_path, path, said):
    with pytest.raises(InputError, match=f"路径不能用（{said}）"):
        resolve(tmp_path, kind="tiles", path=path)
