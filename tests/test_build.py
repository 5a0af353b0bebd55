"""A workspace becomes a folder of maps and a gallery."""

import base64
import hashlib
import html.parser
import re

import pytest

from changji_geo.errors import InputError, OutputError, SpecError
from changji_geo.report.build import FORMATS, build_maps, parse_formats, render_map
from changji_geo.report.gallery import GalleryEntry, GalleryFile, gallery_page, size_text
from changji_geo.resources import find_workspace, packaged_root

PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")


@pytest.fixture
def space(tiny):
    return find_workspace(tiny)


def digests(folder):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def entry(**more):
    values = {
        "id": "a", "title": "甲图", "subtitle": "", "description": "", "date_text": "2026-11-23", "approval_number": "",
        "notices": (), "layers": (), "files": (GalleryFile("html", "a.html", 1_200_000),), "thumbnail_png": PIXEL,
    }  # fmt: skip
    return GalleryEntry(**(values | more))


def test_every_format_of_every_map_and_a_gallery(space, tmp_path):
    report = build_maps(["alpha", "beta"], out=tmp_path / "out", workspace=space, jobs=2)
    expected = {f"{m}.{f}" for m in ("alpha", "beta") for f in FORMATS} | {"index.html"}
    assert {p.name for p in (tmp_path / "out").iterdir()} == expected
    assert report.exit_code == 0
    assert report.gallery == tmp_path / "out" / "index.html"
    assert [m.id for m in report.maps] == ["beta", "alpha"]  # by `order`, then id
    for built in report.maps:
        assert [f.format for f in built.files] == list(FORMATS)
        assert [f.size_bytes for f in built.files] == [f.path.stat().st_size for f in built.files]
        assert built.seconds > 0


def test_the_same_input_gives_the_same_bytes_in_one_process_or_several(space, tmp_path):
    build_maps(["alpha", "beta"], out=tmp_path / "one", workspace=space, jobs=1)
    build_maps(["alpha", "beta"], out=tmp_path / "two", workspace=space, jobs=2)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_a_shipped_map_is_the_same_every_time(tmp_path):
    shipped = find_workspace(packaged_root())
    for name in ("one", "two"):
        assert build_maps(["overview"], out=tmp_path / name, workspace=shipped, jobs=1).failures == ()
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_without_ids_every_map_of_the_workspace_is_wanted(space, tmp_path):
    seen = []
    with pytest.raises(InterruptedError):
        build_maps(out=tmp_path, workspace=space, progress=lambda done, total, name: stop(seen, total))
    assert seen == [len(space.map_ids)]


def stop(seen, total):
    seen.append(total)
    raise InterruptedError


def test_progress_counts_to_the_end(space, tmp_path):
    steps = []
    report = build_maps(
        ["alpha", "beta"], out=tmp_path, workspace=space, formats=["html"], jobs=1,
        progress=lambda done, total, name: steps.append((done, total, name)),
    )  # fmt: skip
    assert steps == [(0, 2, ""), (1, 2, "alpha"), (2, 2, "beta")]
    assert report.seconds >= max(m.seconds for m in report.maps)


@pytest.mark.parametrize("jobs", [1, 2])
def test_one_bad_map_does_not_lose_the_others(space, tiny, tmp_path, jobs):
    text = (tiny / "maps" / "alpha.toml").read_text("utf-8")
    (tiny / "maps" / "gamma.toml").write_text(text.replace("people", "peopel"), encoding="utf-8")
    space = find_workspace(tiny)
    report = build_maps(["alpha", "gamma"], out=tmp_path / "out", workspace=space, formats=["html"], jobs=jobs)
    assert [m.id for m in report.maps] == ["alpha"]
    assert [(f.id, f.exit_code) for f in report.failures] == [("gamma", 2)]
    assert "peopel" in report.failures[0].message
    assert report.exit_code == 2
    page = report.gallery.read_text("utf-8")
    assert "alpha.html" in page and "gamma.html" not in page


def test_when_every_map_fails_there_is_no_gallery(tiny, tmp_path):
    (tiny / "maps" / "bad.toml").write_text("x = 1", encoding="utf-8")
    report = build_maps(["bad"], out=tmp_path / "out", workspace=find_workspace(tiny), jobs=1)
    assert (report.maps, report.gallery, report.exit_code) == ((), None, 2)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_file_that_cannot_be_written_is_an_environment_failure(space, tmp_path):
    (tmp_path / "alpha.html").mkdir()
    report = build_maps(["alpha", "beta"], out=tmp_path, workspace=space, formats=["html"], jobs=1)
    assert [(f.id, f.exit_code) for f in report.failures] == [("alpha", 3)]
    assert [m.id for m in report.maps] == ["beta"]
    assert report.exit_code == 3


def test_an_internal_fault_of_one_map_is_reported(space, tmp_path, monkeypatch):
    from changji_geo.report import build

    monkeypatch.setattr(build, "_thumbnail", lambda *_: 1 / 0)
    report = build_maps(["alpha"], out=tmp_path, workspace=space, formats=["html"], jobs=1)
    assert report.exit_code == 3
    assert "程序内部错误：ZeroDivisionError" in report.failures[0].message


def test_a_file_can_be_built_beside_ids(space, tiny, tmp_path):
    other = tmp_path / "总览.toml"
    other.write_text((tiny / "maps" / "alpha.toml").read_text("utf-8"), encoding="utf-8")
    report = build_maps(["beta", other], out=tmp_path / "out", workspace=space, formats=["html"], jobs=1)
    assert [m.id for m in report.maps] == ["beta", "总览"]
    assert "%E6%80%BB%E8%A7%88.html" in report.gallery.read_text("utf-8")


def test_two_maps_of_one_name_are_refused(space, tiny, tmp_path):
    other = tmp_path / "alpha.toml"
    other.write_text((tiny / "maps" / "alpha.toml").read_text("utf-8"), encoding="utf-8")
    with pytest.raises(InputError, match="标识都是“alpha”"):
        build_maps(["alpha", other], out=tmp_path / "out", workspace=space)


def test_what_cannot_start_is_refused_before_anything_is_written(space, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(SpecError, match="没有地图“x”"):
        build_maps(["x"], out=out, workspace=space)
    with pytest.raises(InputError, match="没有地图可生成"):
        build_maps([], out=out, workspace=space)
    with pytest.raises(InputError, match="进程数 0"):
        build_maps(["alpha"], out=out, workspace=space, jobs=0)
    with pytest.raises(InputError, match="没有格式“gif”"):
        build_maps(["alpha"], out=out, workspace=space, formats=["gif"])
    assert not out.exists()


def test_an_output_folder_under_a_file_is_refused(space, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="无法建立输出文件夹"):
        build_maps(["alpha"], out=tmp_path / "file" / "out", workspace=space)


def test_other_files_in_the_folder_are_left_alone(space, tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    build_maps(["alpha"], out=tmp_path, workspace=space, formats=["html"], jobs=1)
    assert (tmp_path / "notes.txt").read_text() == "x"


def test_render_map_writes_in_the_order_of_the_formats(space, tmp_path):
    targets = {"svg": tmp_path / "b.svg", "html": tmp_path / "a.html"}
    assert render_map("alpha", targets, workspace=space) == (tmp_path / "a.html", tmp_path / "b.svg")


def test_formats_are_read_in_any_order_and_case():
    assert parse_formats(" PDF, html,html") == ("html", "pdf")
    with pytest.raises(InputError, match="没有写格式"):
        parse_formats(" , ")


# --- the gallery page


class Page(html.parser.HTMLParser):
    """Elements with their attributes, and the text outside of styles."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self._style = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._style = tag == "style"

    def handle_endtag(self, tag):
        self._style = False

    def handle_data(self, data):
        if not self._style:
            self.texts.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


def test_the_gallery_shows_title_text_date_layers_files_and_sizes():
    page = gallery_page(
        [entry(subtitle="副题", description="说明", layers=("县市", "河流", "县市"), approval_number="审1号")]
    )
    text = "".join(Page(page).texts)
    for part in ("甲图", "副题", "说明", "制图日期 2026-11-23", "审图号：审1号", "县市、河流", "交互地图", "1.2 MB"):
        assert part in text
    assert [a["href"] for a in Page(page).all("a")] == ["./a.html", "./a.html"]


def test_texts_cannot_become_markup():
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    page = Page(gallery_page([entry(
        title=evil, subtitle=evil, description=evil, notices=(evil,), layers=(evil,), date_text=evil, approval_number=evil,
        files=(GalleryFile("html", f"{evil}.html", 1),),
    )], title=evil))  # fmt: skip
    assert page.all("script") == []
    assert all(img["src"].startswith("data:image/png;base64,") for img in page.all("img"))
    assert all(not name.startswith("on") for _, attrs in page.elements for name in attrs)
    assert evil in "".join(page.texts)


def test_the_policy_allows_the_pages_own_style_and_nothing_from_outside():
    page = gallery_page([entry()])
    policy = next(m["content"] for m in Page(page).all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert "http" not in page.replace("http-equiv", "")
    assert all("style" not in attrs for _, attrs in Page(page).elements)


def test_a_notice_of_every_map_is_shown_once_above_and_the_others_with_their_maps():
    page = gallery_page([entry(notices=("内部使用", "示意")), entry(id="b", notices=("内部使用",))])
    assert page.count("内部使用") == 1
    assert page.index("内部使用") < page.index('<div class="cards">') < page.index("<li>示意</li>")


def test_one_map_keeps_its_notices():
    page = gallery_page([entry(notices=("内部使用",))])
    assert page.index("内部使用") > page.index('<div class="cards">')


def test_an_empty_gallery_says_so():
    assert "没有生成的地图" in gallery_page([])


def test_the_gallery_is_a_pure_function():
    assert gallery_page([entry()]) == gallery_page([entry()])


def test_sizes():
    assert [size_text(n) for n in (0, 10, 85_400, 999_999, 1_000_000)] == ["1 KB", "1 KB", "85 KB", "1000 KB", "1.0 MB"]
