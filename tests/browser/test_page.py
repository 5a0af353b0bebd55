"""The page in a real browser: what is drawn, what the controls do, how it reads on a desktop and a phone."""

import re

import pytest
from shapely.geometry import Point, box

from changji_geo.types import BBox
from tests.html_scenes import (
    feature,
    full_scene,
    layer,
    many_points_scene,
    one_feature_scene,
    scene,
    squares_scene,
)

OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll('.labels .label.placed')].map((n) => [n.textContent, n.getBoundingClientRect()]);
  const out = [];
  boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
    if (p.left < q.right && q.left < p.right && p.top < q.bottom && q.top < p.bottom) out.push([a, b]);
  }));
  return out;
}"""
OUTSIDE = """() => {
  const m = document.querySelector('.folium-map').getBoundingClientRect();
  return [...document.querySelectorAll('.labels .label.placed')].filter((n) => {
    const b = n.getBoundingClientRect();
    return b.left < m.left - 1 || b.right > m.right + 1 || b.top < m.top - 1 || b.bottom > m.bottom + 1;
  }).map((n) => n.textContent);
}"""


def settle(page):
    """Two frames: labels are placed in the first one after a change."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


@pytest.fixture
def squares(open_page):
    return open_page(squares_scene())


def test_a_full_map_opens_without_a_request_or_a_complaint(open_page):
    visit = open_page(full_scene())
    visit.assert_quiet()
    assert visit.page.title() == full_scene().title
    assert visit.page.locator("html").get_attribute("lang") == "zh-CN"


def test_what_is_drawn_is_what_the_scene_says(open_page):
    given = full_scene()
    drawn = open_page(given).page.evaluate("changjiMap.layers")
    assert [(one["id"], one["title"], one["kind"], one["visible"]) for one in drawn] == [
        (one.id, one.title, one.kind, one.visible) for one in given.layers
    ]
    for want, got in zip(given.layers, drawn, strict=True):
        assert [(f["id"], f["classIndex"], f["label"]) for f in got["features"]] == [
            (f.id, f.class_index, f.label) for f in want.features
        ]
        for f, g in zip(want.features, got["features"], strict=True):
            if want.kind == "label":
                assert g["paths"] == 0
                continue
            look = want.classes[f.class_index].symbol
            assert g["strokeColor"] == look.stroke
            assert g["color"] == ("none" if want.kind == "line" else look.fill)
            wanted = f.size if f.size is not None else look.size
            assert g["size"] == (pytest.approx(wanted) if want.geometry == "point" else None)
        if want.legend:
            assert got["legend"] == [c.label for c in want.classes] + [s.label for s in want.size_steps]
            assert got["counts"] == ([c.count for c in want.classes] if want.show_counts else [])
        else:
            assert got["legend"] == []


def test_panes_are_stacked_in_the_scenes_order_and_stay_so_when_a_layer_is_switched(squares):
    def order():
        return [(one["pane"], one["zIndex"]) for one in squares.page.evaluate("changjiMap.layers")]

    before = order()
    assert [z for _, z in before] == sorted({z for _, z in before})
    switch = squares.page.get_by_role("switch", name="显示图层：人口")
    switch.uncheck()
    switch.check()
    assert order() == before


def test_a_switched_off_layer_leaves_the_map_and_its_legend_lines(squares):
    line = squares.page.get_by_text("无数据", exact=True)
    assert line.is_visible()
    squares.page.get_by_role("switch", name="显示图层：人口").uncheck()
    settle(squares.page)
    assert not line.is_visible()
    assert (
        squares.page.evaluate("getComputedStyle(document.querySelector('.leaflet-layer-0-pane, .layer-pane')).display")
        == "none"
    )
    assert squares.page.locator(".label.placed", has_text="甲").count() == 0
    squares.page.get_by_role("switch", name="显示图层：人口").check()
    settle(squares.page)
    assert line.is_visible()
    assert squares.page.locator(".label.placed", has_text="甲").count() == 1


def test_a_layer_that_starts_hidden_can_be_switched_on(open_page):
    visit = open_page(full_scene())
    switch = visit.page.get_by_role("switch", name="显示图层：功能分区")
    assert not switch.is_checked()
    switch.check()
    assert visit.layer("zones")["visible"]


def test_the_opacity_slider_changes_the_layer(squares):
    squares.page.get_by_role("button", name="不透明度：人口").click()
    slider = squares.page.get_by_role("slider", name="不透明度：人口")
    slider.fill("40")
    assert squares.layer("squares")["opacity"] == pytest.approx(0.4)
    assert slider.get_attribute("aria-valuetext") == "40%"


def test_a_hatch_is_a_pattern_over_the_class_colour(squares):
    fills = squares.page.evaluate(
        "[...document.querySelectorAll('.layer-pane')[0].querySelectorAll('path')].map((p) => p.getAttribute('fill'))"
    )
    assert fills[0] == "#fecc5c"
    assert re.fullmatch(r"url\(#hatch-\d+\)", fills[1])
    assert squares.layer("squares")["features"][1]["color"] == "#f3f4f4"


def test_the_tip_of_a_pin_stands_on_its_position(squares):
    gap = squares.page.evaluate("""() => {
      const { map } = changjiMap;
      const path = document.querySelectorAll('.layer-pane')[2].querySelector('path').getBoundingClientRect();
      const frame = map.getContainer().getBoundingClientRect();
      const at = map.latLngToContainerPoint([44.3, 86.5]);
      return [frame.left + at.x - (path.left + path.right) / 2, frame.top + at.y - path.bottom];
    }""")
    assert abs(gap[0]) < 1.5
    assert abs(gap[1]) < 2.5


def test_every_part_of_a_multipoint_is_drawn(squares):
    assert [f["paths"] for f in squares.layer("stations")["features"]] == [1, 2]


def test_hovering_shows_name_and_value_with_unit(squares):
    squares.page.mouse.move(*where(squares.page, 44.0, 86.2))
    tip = squares.page.locator(".hover-box")
    assert tip.inner_text().split("\n") == ["甲", "10 人"]


def test_clicking_opens_the_details_and_escape_closes_them(squares):
    squares.page.mouse.click(*where(squares.page, 43.8, 86.2))
    box = squares.page.get_by_role("dialog", name="甲")
    assert box.locator("th").all_inner_texts() == ["人口"]
    assert box.locator("td").all_inner_texts() == ["10 人"]
    squares.page.keyboard.press("Escape")
    assert box.count() == 0


def test_a_feature_is_reached_opened_and_left_by_keyboard(squares):
    node = squares.page.get_by_role("button", name="甲，10 人")
    assert node.get_attribute("tabindex") == "0"
    node.focus()
    squares.page.keyboard.press("Enter")
    assert squares.page.evaluate("document.activeElement.className") == "details"
    squares.page.keyboard.press("Escape")
    assert squares.page.evaluate("document.activeElement.getAttribute('aria-label')") == "甲，10 人"
    squares.page.keyboard.press(" ")
    assert squares.page.get_by_role("dialog", name="甲").count() == 1
    squares.page.get_by_role("button", name="关闭").click()
    assert squares.page.get_by_role("dialog").count() == 0


def test_a_layer_of_many_features_is_one_tab_stop_and_the_arrows_walk_through_it(open_page):
    visit = open_page(many_points_scene(400))
    stops = "document.querySelectorAll('.layer-pane path[tabindex=\"0\"]').length"
    assert visit.page.evaluate(stops) == 1
    visit.page.locator(".layer-pane path[tabindex='0']").focus()
    visit.page.keyboard.press("ArrowRight")
    assert visit.page.evaluate("document.activeElement.getAttribute('aria-label')") == "点1"
    visit.page.keyboard.press("ArrowLeft")
    visit.page.keyboard.press("ArrowLeft")
    assert visit.page.evaluate("document.activeElement.getAttribute('aria-label')") == "点399"
    assert visit.page.evaluate(stops) == 1


def test_search_finds_by_name_and_opens_the_details(open_page):
    visit = open_page(full_scene())
    box = visit.page.get_by_role("combobox", name="按名称查找")
    box.fill("木垒")
    names = visit.page.locator(".result-name").all_inner_texts()
    assert "木垒哈萨克自治县" in names
    assert "木垒县站" in names
    box.press("ArrowDown")
    assert visit.page.locator("[role=option][aria-selected=true]").count() == 1
    box.press("Enter")
    visit.page.get_by_role("dialog", name=names[0]).wait_for(timeout=20_000)
    assert visit.page.evaluate("changjiMap.map.getZoom()") > 7


def test_search_shows_a_hidden_layer_before_it_goes_there(open_page):
    visit = open_page(full_scene())
    box = visit.page.get_by_role("combobox", name="按名称查找")
    box.fill("核心区")
    box.press("Enter")
    visit.page.get_by_role("dialog", name="核心区").wait_for(timeout=20_000)
    assert visit.layer("zones")["visible"]
    assert visit.page.get_by_role("switch", name="显示图层：功能分区").is_checked()


def test_search_says_when_there_is_nothing(squares):
    squares.page.get_by_role("combobox").fill("没有的地方")
    assert squares.page.get_by_role("status").inner_text() == "没有这个名称"


def test_a_map_without_search_has_no_search_box(open_page):
    assert open_page(squares_scene(search=False)).page.get_by_role("combobox").count() == 0


def test_home_returns_to_the_whole_map(squares):
    page = squares.page
    before = page.evaluate("[changjiMap.map.getCenter(), changjiMap.map.getZoom()]")
    page.get_by_role("button", name="放大").click()
    page.evaluate("void changjiMap.map.panBy([200, 100], {animate: false})")
    assert page.evaluate("changjiMap.map.getZoom()") > before[1]
    page.get_by_role("button", name="回到全图").click()
    assert page.evaluate("[changjiMap.map.getCenter(), changjiMap.map.getZoom()]") == before


def test_the_position_under_the_pointer_is_told_in_both_notations(squares):
    squares.page.mouse.move(*where(squares.page, 44.0, 87.25))
    lines = squares.page.locator(".position span").all_inner_texts()
    lon, lat = (float(v) for v in re.fullmatch(r"([\d.]+)°E\s+([\d.]+)°N", lines[0]).groups())
    assert (lon, lat) == (pytest.approx(87.25, abs=0.01), pytest.approx(44.0, abs=0.01))
    assert re.fullmatch(r"\d+°\d\d′\d\d\.\d″E\s+\d+°\d\d′\d\d\.\d″N", lines[1])


def test_the_scale_bar_is_metric_and_chinese(squares):
    assert re.fullmatch(r"\d+ (千米|米)", squares.page.locator(".leaflet-control-scale-line").inner_text())


def test_everything_a_reader_must_see_is_on_the_page(open_page):
    given = full_scene(approval_number="新S(2026)001号")
    text = open_page(given).page.locator("body").inner_text()
    for want in (
        given.title,
        given.subtitle,
        given.credits,
        "Web 墨卡托",
        given.date_text,
        "新S(2026)001号",
        *given.notices,
        *given.notes,
    ):
        assert want in text
    for source in given.sources:
        assert source.attribution in text
    for figure in given.figures:
        assert figure.value in text
    assert "示意图层，不作为执法依据" in text


def test_no_control_speaks_english(open_page):
    page = open_page(full_scene()).page
    page.evaluate("void changjiMap.map.fire('click', {latlng: changjiMap.map.getCenter()})")
    words = page.evaluate("""[...document.querySelectorAll('[aria-label],[title],[placeholder]')]
        .flatMap((n) => ['aria-label', 'title', 'placeholder'].map((a) => n.getAttribute(a))).filter(Boolean)""")
    assert [w for w in words if re.search(r"[A-Za-z]{4,}", w)] == []


def test_the_graticule_is_drawn_when_asked_for(open_page):
    visit = open_page(squares_scene(html_graticule=True))
    assert "87°E" in visit.page.locator(".degree").all_inner_texts()
    visit.assert_quiet()
    assert open_page(squares_scene()).page.locator(".degree").count() == 0


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (900, 640), (390, 844), (844, 390)])
def test_labels_never_overlap_and_stay_inside_the_map(open_page, width, height):
    page = open_page(full_scene(), width=width, height=height).page
    for _ in range(3):
        settle(page)
        assert page.locator(".label.placed").count() > 0
        assert page.evaluate(OVERLAPS) == []
        assert page.evaluate(OUTSIDE) == []
        page.evaluate("void changjiMap.map.zoomIn(0.7, {animate: false})")


def test_hundreds_of_labels_give_way_to_each_other(open_page):
    page = open_page(many_points_scene(400)).page
    settle(page)
    assert 10 < page.locator(".label.placed").count() < 400
    assert page.evaluate(OVERLAPS) == []


def test_on_a_desktop_nothing_covers_the_map_and_nothing_is_cut(open_page):
    page = open_page(full_scene()).page
    stage, panel, title = (page.locator(s).bounding_box() for s in (".folium-map", ".panel", "h1"))
    assert stage["x"] + stage["width"] <= panel["x"] + 1
    assert stage["width"] > 900
    assert stage["height"] > 500
    assert title["height"] < 40
    assert page.evaluate("document.documentElement.scrollWidth") == 1280
    assert page.evaluate(
        "document.querySelector('.imprint').scrollHeight <= document.querySelector('.imprint').clientHeight + 1"
    )


def test_on_a_phone_the_map_gets_most_of_the_screen_and_panels_rise_as_a_sheet(open_page):
    visit = open_page(full_scene(), width=390, height=844, device_scale_factor=2, is_mobile=True, has_touch=True)
    page = visit.page
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator(".folium-map").bounding_box()["height"] > 844 * 0.6
    assert not page.locator(".panel").is_visible()
    for tab, inside in (("图例", ".legend"), ("查找", ".search"), ("数字", ".figures dl"), ("说明", ".about")):
        page.get_by_role("button", name=tab, exact=True).tap()
        assert page.locator(inside).is_visible()
        assert page.get_by_role("button", name=tab, exact=True).get_attribute("aria-expanded") == "true"
    page.get_by_role("button", name="说明", exact=True).tap()
    assert not page.locator(".about").is_visible()
    visit.assert_quiet()


def test_on_a_phone_everything_to_touch_is_large_enough(open_page):
    page = open_page(full_scene(), width=390, height=844, is_mobile=True, has_touch=True).page
    page.get_by_role("button", name="图例", exact=True).tap()
    small = page.evaluate("""[...document.querySelectorAll('button, label, input[type=range]')]
        .map((n) => [n.getAttribute('aria-label') || n.textContent, n.getBoundingClientRect()])
        .filter(([, b]) => b.width > 0 && (b.height < 40 || b.width < 40)).map(([name, b]) => [name, b.width, b.height])""")
    assert small == []


def test_an_empty_layer_and_an_empty_map_are_drawn(open_page):
    visit = open_page(scene([layer("none", "fill", "area", [], title="空图层")]))
    visit.assert_quiet()
    assert visit.layer("none")["features"] == []


def test_a_map_whose_features_all_lie_elsewhere_opens(open_page):
    visit = open_page(squares_scene().__class__(**{**vars(squares_scene()), "bbox": BBox(100.0, 30.0, 101.0, 31.0)}))
    visit.assert_quiet()
    assert visit.page.locator(".label.placed").count() == 0


def test_a_single_point_opens_and_is_labelled(open_page):
    visit = open_page(one_feature_scene())
    visit.assert_quiet()
    assert visit.page.locator(".label.placed").all_inner_texts() == ["唯一"]


def test_the_map_is_fitted_again_when_the_window_changes(squares):
    squares.page.set_viewport_size({"width": 1000, "height": 500})
    settle(squares.page)
    seen = squares.page.evaluate(
        "(() => { const b = changjiMap.map.getBounds(); return [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()]; })()"
    )
    assert seen[0] <= 85.8 + 0.01
    assert seen[1] <= 43.3 + 0.01
    assert seen[2] >= 88.2 - 0.01
    assert seen[3] >= 44.7 - 0.01


def test_a_print_is_one_page_with_title_map_legend_notices_and_no_controls(open_page, tmp_path):
    from pypdf import PdfReader

    given = full_scene()
    visit = open_page(given)
    visit.page.pdf(path=tmp_path / "print.pdf", prefer_css_page_size=True, print_background=True)
    pages = PdfReader(tmp_path / "print.pdf").pages
    assert len(pages) == 1
    assert float(pages[0].mediabox.width) > float(pages[0].mediabox.height)
    visit.page.emulate_media(media="print")
    settle(visit.page)
    for inside in ("h1", ".folium-map", ".legend", ".notices", ".credits", ".sources"):
        box = visit.page.locator(inside).bounding_box()
        assert box["width"] > 50
        assert box["x"] + box["width"] <= 279 / 25.4 * 96 + 1
        assert box["y"] + box["height"] <= 190 / 25.4 * 96 + 1
    assert visit.page.locator(".folium-map").bounding_box()["width"] > 700
    for control in (".bar", ".search", ".more", ".tabs", ".position"):
        assert not visit.page.locator(control).first.is_visible()
    assert visit.page.evaluate(OVERLAPS) == []
    visit.page.emulate_media(media="screen")
    settle(visit.page)
    assert visit.page.locator(".bar").first.is_visible()
    visit.assert_quiet()


def test_without_a_script_the_title_and_the_notices_can_still_be_read(open_page):
    given = full_scene()
    text = open_page(given, java_script_enabled=False, ready=None).page.locator("body").inner_text()
    assert given.title in text
    assert given.notices[0] in text
    assert "需要浏览器启用 JavaScript" in text


def test_the_account_for_tests_cannot_be_changed(squares):
    assert (
        squares.page.evaluate(
            """(() => { 'use strict'; try { window.changjiMap = 1; return 'changed'; } catch (e) { return 'refused'; } })()"""
        )
        == "refused"
    )
    assert squares.page.evaluate("Object.isFrozen(changjiMap)")


def where(page, lat, lon):
    """A position on the screen."""
    return page.evaluate(
        """([lat, lon]) => {
          const b = changjiMap.map.getContainer().getBoundingClientRect();
          const p = changjiMap.map.latLngToContainerPoint([lat, lon]);
          return [b.left + p.x, b.top + p.y];
        }""",
        [lat, lon],
    )


CONTROLS_OVER_DATA = """() => {
  const out = [];
  for (const node of document.querySelectorAll('.leaflet-control:not(.position)')) {
    const b = node.getBoundingClientRect();
    for (let x = b.left + 1; x < b.right; x += 6) {
      for (let y = b.top + 1; y < b.bottom; y += 6) {
        const under = [...document.querySelectorAll('path.feature')].some((path) => {
          const p = new DOMPoint(x, y).matrixTransform(path.getScreenCTM().inverse());
          return path.isPointInFill(p);
        });
        if (under) out.push([node.className, x, y]);
      }
    }
  }
  return out;
}"""


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1920, 1080), (390, 844), (844, 390)])
def test_at_home_no_control_lies_over_the_data(open_page, width, height):
    whole = feature("w", "全部", box(85, 43, 92, 46))
    page = open_page(scene([layer("whole", "fill", "area", [whole])]), width=width, height=height).page
    settle(page)
    assert page.evaluate(CONTROLS_OVER_DATA) == []
    drawn = page.locator("path.feature").bounding_box()
    stage = page.locator(".folium-map").bounding_box()
    assert drawn["width"] > stage["width"] * 0.8 or drawn["height"] > stage["height"] * 0.7


def test_where_the_corner_is_empty_the_map_keeps_its_whole_width(open_page):
    low = feature("w", "南部", box(85.4, 43, 92, 44))
    page = open_page(scene([layer("low", "fill", "area", [low])]), width=1280, height=1000).page
    settle(page)
    seen = page.evaluate("changjiMap.map.getBounds().getEast() - changjiMap.map.getBounds().getWest()")
    assert seen < 7.6  # the box is 7 degrees wide


def test_the_value_in_a_circle_is_named_and_the_name_of_the_area_makes_room(open_page):
    area = feature("c", "甲市", box(86, 43.4, 90, 45.6), label="甲市")
    circle = feature("c", "甲市", Point(88, 44.5), label="甲市\n36 吨", size=60.0)
    layers = [
        layer("areas", "fill", "area", [area]),
        layer("amounts", "proportional", "point", [circle]),
    ]
    page = open_page(scene(layers)).page
    settle(page)
    assert page.locator(".label.placed").count() == 2
    assert page.evaluate(OVERLAPS) == []
    name = page.locator(".label.placed", has_text=re.compile(r"^甲市$")).bounding_box()
    round_ = page.locator(".layer-pane path").nth(1).bounding_box()
    assert name["y"] + name["height"] <= round_["y"] or name["y"] >= round_["y"] + round_["height"]


def test_a_small_area_is_named_beside_it(open_page):
    small = feature("s", "小片", box(88, 44.5, 88.1, 44.55), label="一个小保护地")
    page = open_page(scene([layer("small", "fill", "area", [small])])).page
    settle(page)
    name = page.locator(".label.placed").bounding_box()
    drawn = page.locator("path.feature").bounding_box()
    assert name["x"] >= drawn["x"] + drawn["width"]


def test_the_backdrops_name_stays_off_the_maps_subject(open_page):
    back = feature("n", "邻区", box(80, 40, 97, 49), label="邻区")
    subject = feature("r", "保护区", box(87, 43.8, 90, 45.2))
    layers = [
        layer("back", "fill", "area", [back], legend=False, interactive=False),
        layer("subject", "fill", "area", [subject]),
    ]
    page = open_page(scene(layers)).page
    settle(page)
    name = page.locator(".label.placed", has_text="邻区").bounding_box()
    drawn = page.locator(".layer-pane path").nth(1).bounding_box()
    assert (
        name["y"] + name["height"] <= drawn["y"] + 1
        or name["y"] >= drawn["y"] + drawn["height"] - 1
        or (name["x"] + name["width"] <= drawn["x"] + 1 or name["x"] >= drawn["x"] + drawn["width"] - 1)
    )


def test_the_graticule_lies_over_the_fills_and_its_degrees_beside_the_buttons(open_page):
    page = open_page(squares_scene(html_graticule=True), width=390, height=844).page
    layers = page.evaluate("changjiMap.layers.map((layer) => layer.zIndex)")
    assert page.evaluate("Number(changjiMap.map.getPane('graticule').style.zIndex)") > max(layers)
    assert (
        page.evaluate("""[...document.querySelectorAll('.degree')].filter((n) => {
        const a = n.getBoundingClientRect();
        return [...document.querySelectorAll('.bar')].some((bar) => {
          const b = bar.getBoundingClientRect();
          return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
        });
      }).map((n) => n.textContent)""")
        == []
    )


def test_on_a_phone_notices_stay_and_the_rest_of_the_imprint_is_under_about(open_page):
    given = full_scene(approval_number="新S(2026)001号")
    page = open_page(given, width=390, height=844, is_mobile=True, has_touch=True).page
    footer = page.locator(".imprint").inner_text()
    for notice in given.notices:
        assert notice in footer
    assert "新S(2026)001号" in footer
    assert "墨卡托" not in footer
    page.get_by_role("button", name="说明", exact=True).tap()
    about = page.locator(".about").inner_text()
    assert "墨卡托" in about
    assert given.credits in about


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844), (844, 390)])
def test_the_details_box_opens_clear_of_the_buttons(open_page, width, height):
    page = open_page(full_scene(), width=width, height=height).page
    page.locator(".layer-pane path[aria-label^='玛纳斯县']").first.focus()
    page.keyboard.press("Enter")
    settle(page)
    details = page.locator(".details").bounding_box()
    stage = page.locator(".folium-map").bounding_box()
    assert details["x"] >= stage["x"]
    assert details["y"] >= stage["y"]
    assert details["x"] + details["width"] <= stage["x"] + stage["width"]
    for bar in page.locator(".bar").all():
        b = bar.bounding_box()
        assert b["x"] + b["width"] <= details["x"] or b["y"] + b["height"] <= details["y"]


def test_the_hover_box_stays_on_the_map(open_page):
    edge = [feature(f"e{i}", "一个名称很长的地方，名称要写完整", box(85 + 3.5 * (i % 2), 43 + 1.5 * (i // 2), 88.5 + 3.5 * (i % 2), 44.5 + 1.5 * (i // 2)))
            for i in range(4)]  # fmt: skip
    page = open_page(scene([layer("edges", "fill", "area", edge)])).page
    stage = page.locator(".folium-map").bounding_box()
    drawn = [p.bounding_box() for p in page.locator("path.feature").all()]
    left, top = min(b["x"] for b in drawn) + 3, min(b["y"] for b in drawn) + 3
    right = max(b["x"] + b["width"] for b in drawn) - 3
    bottom = max(b["y"] + b["height"] for b in drawn) - 3
    for x in (left, (left + right) / 2, right):
        for y in (top, bottom):
            page.mouse.move(x, y)
            settle(page)
            tip = page.locator(".hover-box").bounding_box()
            assert tip["x"] >= stage["x"] - 1
            assert tip["y"] >= stage["y"] - 1
            assert tip["x"] + tip["width"] <= stage["x"] + stage["width"] + 1
            assert tip["y"] + tip["height"] <= stage["y"] + stage["height"] + 1


def test_the_first_tab_stop_leads_to_the_legend(squares):
    squares.page.keyboard.press("Tab")
    assert squares.page.evaluate("document.activeElement.textContent") == "跳到图例"
    squares.page.keyboard.press("Enter")
    assert squares.page.evaluate("document.activeElement.id") == "changji-panel"
