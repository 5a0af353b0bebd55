"""Maps in time in a real browser: every frame as the scene says, by mouse, touch, keyboard and clock; chart, legend, print."""

import itertools
import unicodedata
from dataclasses import replace

import pytest

from changji_geo.embedding import embed
from changji_geo.render.html import folium_map
from changji_geo.scene_frames import frame_scene
from changji_geo.scene_model import SceneFilter
from tests.html_scenes import HOSTILE
from tests.time_scenes import MONTHS, NEW, OLD, hostile_time_scene, months_time, small_time_scene, year_scene

BOXES = """() => Object.fromEntries(['.masthead', '.folium-map', '.panel', '.chart', '.time', '.imprint', '.tabs']
  .map((name) => [name, document.querySelector(name).getBoundingClientRect().toJSON()])
  .filter(([, b]) => b.width > 0 && b.height > 0))"""


def settle(page):
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def until(visit, condition):
    """Wait for a condition; the page's policy forbids what playwright's own waiting would evaluate."""
    visit.page.evaluate(
        f"() => new Promise((done) => (function look() {{ {condition} ? done() : requestAnimationFrame(look); }})())"
    )


@pytest.fixture
def visit(open_page):
    return open_page(small_time_scene())


def slider(visit):
    return visit.page.get_by_role("slider", name="时间")


def at(visit, frame):
    slider(visit).fill(str(frame))
    assert visit.page.evaluate("changjiMap.time.frame") == frame


def press(visit, name):
    visit.page.get_by_role("button", name=name, exact=True).click()


def open_feature(visit, name):
    visit.page.locator(f".layer-pane path[aria-label^='{name}']").focus()
    visit.page.keyboard.press("Enter")


def rows(visit):
    lines = visit.page.locator(".details tr")
    return list(zip(lines.locator("th").all_inner_texts(), lines.locator("td").all_inner_texts(), strict=True))


def marks(visit, attribute="fill"):
    """Frame -> an attribute of its mark in the chart."""
    found = visit.page.locator(".chart-mark").evaluate_all(
        f"(all) => all.map((n) => [Number(n.dataset.frame), n.getAttribute('{attribute}')])"
    )
    return dict(found)


def assert_frame_is_drawn(visit, made, frame):
    """Classes, colours and sizes of every feature equal those of the scene at that moment."""
    drawn = {one["id"]: one for one in visit.page.evaluate("changjiMap.layers")}
    for layer in frame_scene(made, frame).layers:
        for feature, seen in zip(layer.features, drawn[layer.id]["features"], strict=True):
            symbol = layer.classes[feature.class_index].symbol
            assert (seen["id"], seen["classIndex"]) == (feature.id, feature.class_index)
            assert seen["color"] == symbol.fill
            assert seen["strokeColor"] == symbol.stroke
            if layer.geometry == "point":
                assert seen["size"] == pytest.approx(symbol.size)


def test_it_opens_with_the_moment_that_the_scene_shows(visit):
    time = visit.page.evaluate("changjiMap.time")
    assert time == {"frame": 3, "frames": 4, "time": "2026-03", "label": "2026年3月", "remark": NEW, "playing": False}
    assert slider(visit).get_attribute("aria-valuetext") == f"2026年3月，{NEW}"
    visit.assert_quiet()


def test_every_frame_is_drawn_as_the_scene_says(visit):
    for frame in (0, 1, 2, 3, 1):
        at(visit, frame)
        assert_frame_is_drawn(visit, small_time_scene(), frame)
    visit.assert_quiet()


def test_chosen_days_of_a_year_of_all_stations_are_drawn_as_the_scene_says(open_page):
    made = year_scene()
    visit = open_page(made)
    for frame in (0, 45, 333, 334, 364):
        at(visit, frame)
        assert_frame_is_drawn(visit, made, frame)
    assert visit.page.evaluate("changjiMap.time.label") == "2026年3月31日（周二）"
    visit.assert_quiet()


def test_nothing_is_made_anew_from_frame_to_frame(visit):
    visit.page.evaluate("window.kept = [...document.querySelectorAll('.layer-pane path')]")
    for frame in (0, 1, 2):
        at(visit, frame)
    assert visit.page.evaluate("kept.every((n, i) => n === document.querySelectorAll('.layer-pane path')[i])")


def test_the_slider_goes_by_arrows_home_and_end_and_plays_by_space(visit):
    slider(visit).focus()
    for key, frame in (("ArrowLeft", 2), ("Home", 0), ("ArrowRight", 1), ("ArrowUp", 2), ("End", 3), ("ArrowRight", 3)):
        visit.page.keyboard.press(key)
        assert visit.page.evaluate("changjiMap.time.frame") == frame, key
    visit.page.keyboard.press("Home")
    visit.page.get_by_label("播放速度").select_option("1")
    visit.page.keyboard.press("Tab")
    slider(visit).focus()
    visit.page.keyboard.press(" ")
    assert visit.page.evaluate("changjiMap.time.playing")
    visit.page.keyboard.press(" ")
    assert not visit.page.evaluate("changjiMap.time.playing")


def test_steps_stop_at_both_ends(visit):
    press(visit, "下一时刻")
    assert visit.page.evaluate("changjiMap.time.frame") == 3
    for want in (2, 1, 0, 0):
        press(visit, "上一时刻")
        assert visit.page.evaluate("changjiMap.time.frame") == want


def test_playing_starts_over_runs_through_every_frame_and_stops_at_the_end(visit):
    visit.page.evaluate("""() => {
      window.seen = [];
      const b = document.querySelector('#changji-moment b');
      new MutationObserver(() => seen.push(b.textContent)).observe(b, { childList: true });
    }""")
    visit.page.get_by_label("播放速度").select_option("16")
    press(visit, "播放")
    until(visit, "!changjiMap.time.playing")
    assert visit.page.evaluate("seen") == ["2025年12月", "2026年1月", "2026年2月", "2026年3月"]
    assert visit.page.get_by_role("button", name="播放", exact=True).count() == 1
    assert_frame_is_drawn(visit, small_time_scene(), 3)
    visit.assert_quiet()


def test_a_loop_goes_on_after_the_end_and_steps_go_round(visit):
    press(visit, "循环播放")
    assert visit.page.get_by_role("button", name="循环播放").get_attribute("aria-pressed") == "true"
    press(visit, "下一时刻")
    assert visit.page.evaluate("changjiMap.time.frame") == 0
    press(visit, "上一时刻")
    assert visit.page.evaluate("changjiMap.time.frame") == 3
    visit.page.get_by_label("播放速度").select_option("16")
    at(visit, 2)
    press(visit, "播放")
    until(visit, "changjiMap.time.frame === 0")
    until(visit, "changjiMap.time.frame === 3")
    assert visit.page.evaluate("changjiMap.time.playing")
    press(visit, "暂停")
    assert not visit.page.evaluate("changjiMap.time.playing")


def test_moving_the_slider_stops_the_play(visit):
    at(visit, 0)
    visit.page.get_by_label("播放速度").select_option("1")
    press(visit, "播放")
    at(visit, 2)
    assert not visit.page.evaluate("changjiMap.time.playing")


def test_the_speeds_are_those_of_the_step_with_the_maps_own_among_them(open_page):
    visit = open_page(small_time_scene(time=months_time(speed=6.0)))
    speeds = visit.page.get_by_label("播放速度")
    assert speeds.locator("option").all_inner_texts() == [f"{n} 个月/秒" for n in (1, 2, 4, 6, 8, 16)]
    assert speeds.input_value() == "6"


def test_an_open_popup_follows_the_time(visit):
    open_feature(visit, "甲")
    assert rows(visit) == [("类型", "县"), ("均值", "40"), ("首要", "PM2.5")]
    visit.page.evaluate("window.kept = document.querySelector('.details')")
    at(visit, 0)
    assert rows(visit) == [("类型", "县"), ("均值", "10")]
    at(visit, 1)
    assert rows(visit) == [("类型", "县")]
    at(visit, 2)
    assert rows(visit) == [("类型", "县"), ("均值", "1234.5"), ("首要", "PM2.5")]
    assert visit.page.evaluate("kept === document.querySelector('.details')")
    for frame in range(4):
        at(visit, frame)
        wanted = frame_scene(small_time_scene(), frame).layers[1].features[0].popup
        assert rows(visit) == [(row.caption, row.text) for row in wanted]


def test_the_hover_box_and_the_spoken_names_follow_the_time(visit):
    at(visit, 2)
    names = visit.page.locator(".layer-pane path[role=button]").evaluate_all("(all) => all.map((n) => n.ariaLabel)")
    assert names == ["甲，1\u2009234.5 μg/m³", "乙，无数据", "站一，无数据", "站二，达标", "站三，无数据"]
    area = visit.page.locator(".layer-pane path[aria-label^='甲']").bounding_box()
    visit.page.mouse.move(area["x"] + area["width"] / 4, area["y"] + area["height"] * 0.8)
    tip = visit.page.locator(".hover-box")
    assert tip.inner_text().split("\n") == ["甲", "1\u2009234.5 μg/m³"]
    visit.page.evaluate("document.querySelector('.time-keys button').click()")
    assert tip.inner_text().split("\n") == ["甲", "无数据"]


def test_the_chart_has_a_mark_for_each_value_in_the_legends_colours_and_gaps(visit):
    open_feature(visit, "甲")
    assert visit.page.get_by_label("曲线所画的要素").locator("option:checked").inner_text() == "甲"
    assert marks(visit) == {0: "#1a9850", 2: "#d73027", 3: "#1a9850"}
    heights = {frame: float(value) for frame, value in marks(visit, "height").items()}
    assert heights[3] / heights[2] == pytest.approx(40 / 1234.5, abs=0.002)
    open_feature(visit, "乙")
    assert marks(visit) == {0: "#fee08b", 1: "#fee08b", 3: "#1a9850"}
    picture = visit.page.locator(".chart-plot svg")
    assert picture.get_attribute("aria-label") == (
        "乙，PM2.5 月均浓度，4 个时刻中 3 个有数据，最大 70.0 μg/m³（2026年1月），最小 20.0 μg/m³（2026年3月）"
    )
    assert picture.locator(".chart-axis").text_content() == "PM2.5 月均浓度（μg/m³）"
    assert picture.locator(".chart-tick").all_text_contents() == ["0", "20", "40", "60", "12月", "2026年", "2月", "3月"]


def test_what_is_charted_is_marked_on_the_map_while_the_chart_is_shown(visit):
    def marked():
        return visit.page.locator(".layer-pane path").evaluate_all(
            "(all) => all.filter((n) => getComputedStyle(n).strokeWidth === '2.4px').map((n) => n.ariaLabel.split('，')[0])"
        )

    assert marked() == ["站一"]
    visit.page.get_by_label("曲线所画的要素").select_option(label="乙")
    assert marked() == ["乙"]
    at(visit, 0)
    assert marked() == ["乙"]
    press(visit, "收起曲线")
    assert marked() == []


def test_categories_are_charted_in_a_row_for_each_class(visit):
    assert visit.page.get_by_label("曲线所画的要素").locator("option:checked").inner_text() == "站一"
    assert marks(visit) == {0: "#2166ac", 1: "#b2182b", 3: "#2166ac"}
    tops = marks(visit, "y")
    assert tops[0] == tops[3] != tops[1]
    assert visit.page.locator(".chart-tick").all_text_contents()[:2] == ["达标", "超标"]


def test_a_feature_without_any_value_says_so(visit):
    visit.page.get_by_label("曲线所画的要素").select_option(label="站三")
    assert marks(visit) == {}
    assert visit.page.locator(".chart-none").text_content() == "全部时段无数据"
    assert visit.page.locator(".chart-now").inner_text() == "无数据"


def test_the_charts_title_gives_value_and_class_of_the_moment(visit):
    open_feature(visit, "乙")
    for frame, want in ((0, ["60.5 μg/m³", "51–100"]), (2, ["无数据"]), (3, ["20.0 μg/m³", "≤50"])):
        at(visit, frame)
        assert visit.page.locator(".chart-now").locator("b, span").all_inner_texts() == want


def test_a_click_or_a_drag_in_the_chart_moves_the_time(visit):
    box = visit.page.locator(".chart-mark").first.bounding_box()
    ground = visit.page.locator(".chart-ground").bounding_box()
    y = box["y"] + 5
    across = [ground["x"] + ground["width"] * (k + 0.5) / 4 for k in range(4)]
    visit.page.mouse.click(across[1], y)
    assert visit.page.evaluate("changjiMap.time.frame") == 1
    visit.page.mouse.move(across[1], y)
    visit.page.mouse.down()
    visit.page.mouse.move(across[2], y)
    assert visit.page.evaluate("changjiMap.time.frame") == 2
    visit.page.mouse.move(ground["x"] + ground["width"] + 300, y)
    assert visit.page.evaluate("changjiMap.time.frame") == 3
    visit.page.mouse.up()
    line = visit.page.locator(".chart-marker-line").bounding_box()
    assert line["x"] == pytest.approx(across[3], abs=1.5)


def test_the_chart_tells_date_value_and_class_under_the_pointer(visit):
    open_feature(visit, "甲")
    ground = visit.page.locator(".chart-ground").bounding_box()
    readout = visit.page.locator(".chart-readout")
    assert not readout.is_visible()
    for frame, want in (
        (0, "2025年12月\n10.0 μg/m³\n≤50"),
        (1, "2026年1月\n无数据"),
        (2, "2026年2月\n1\u2009234.5 μg/m³\n＞100"),
    ):
        visit.page.mouse.move(ground["x"] + ground["width"] * (frame + 0.5) / 4, ground["y"] + 30)
        assert readout.inner_text() == want
        box, plot = readout.bounding_box(), visit.page.locator(".chart-plot").bounding_box()
        assert plot["x"] <= box["x"]
        assert box["x"] + box["width"] <= plot["x"] + plot["width"]
    assert visit.page.evaluate("changjiMap.time.frame") == 3  # reading does not move the time
    visit.page.mouse.move(20, 400)
    assert not readout.is_visible()
    visit.assert_quiet()


def test_the_bar_of_a_single_moment_does_not_fill_the_chart(open_page):
    made = small_time_scene()
    squares = made.layers[1]
    series = replace(
        squares.series, class_index=squares.series.class_index[:1], values=squares.series.values[:1], rows=()
    )
    time = months_time(times=MONTHS[:1], labels=("2025年12月",), remarks=(OLD,), shown=0, panels=(0,))
    visit = open_page(replace(made, time=time, layers=(made.layers[0], replace(squares, series=series))))
    assert visit.page.locator(".chart-mark").bounding_box()["width"] == pytest.approx(44, abs=0.1)


def test_remarks_that_change_at_every_moment_never_run_into_each_other(open_page):
    visit = open_page(small_time_scene(time=months_time(remarks=("甲规定", "乙规定", "丙规定", "丁规定"))))
    texts = visit.page.locator(".chart-remark")
    boxes = sorted(texts.evaluate_all("(all) => all.map((n) => [n.getBBox().x, n.getBBox().x + n.getBBox().width])"))
    assert texts.count() >= 2
    for (_, right), (left, _) in itertools.pairwise(boxes):
        assert right <= left


def test_a_legend_of_areas_explains_the_points_of_the_same_scale(open_page):
    made = small_time_scene()
    squares, sites = made.layers[1], made.layers[2]
    classes = tuple(replace(c, symbol=replace(c.symbol, size=9.0, stroke="#112233"), count=0) for c in squares.classes)
    series = replace(sites.series, class_index=sites.series.class_index % 3)
    features = tuple(replace(f, class_index=f.class_index % 3) for f in sites.features)
    alike = replace(sites, classes=classes, legend=False, unit=squares.unit, series=series, features=features)
    visit = open_page(replace(made, layers=(made.layers[0], squares, alike)))
    entry = visit.page.locator(".entry", has=visit.page.get_by_text(squares.title, exact=True))
    assert (
        entry.locator(".classes li").evaluate_all("(all) => all.map((n) => n.querySelectorAll('.swatch').length)")
        == [2] * 4
    )
    assert visit.layer("squares")["legend"] == [c.label for c in squares.classes]


def test_a_line_stands_where_the_standard_changes(visit):
    change = visit.page.locator(".chart-change")
    assert change.count() == 1
    assert change.get_attribute("data-frame") == "3"
    assert change.locator("title").text_content() == f"2026年3月起：{NEW}"
    assert visit.page.locator(".chart-remark").text_content() == NEW
    at(visit, 0)
    assert visit.page.locator("#changji-moment span").inner_text() == OLD


def test_counts_of_the_legend_follow_the_time_and_without_counts_no_line_is_dimmed(open_page):
    visit = open_page(small_time_scene(counts=True))
    for frame, squares, sites in (
        (3, [2, 0, 0, 0], [2, 0, 1]),
        (2, [0, 0, 1, 1], [1, 0, 2]),
        (0, [1, 1, 0, 0], [1, 1, 1]),
    ):
        at(visit, frame)
        assert visit.layer("squares")["counts"] == squares
        assert visit.layer("sites")["counts"] == sites
    bare = open_page(small_time_scene())
    assert bare.layer("squares")["counts"] == []
    assert bare.page.locator(".entry .is-empty").count() == 0


def test_filters_search_and_the_layer_switch_work_beside_time(open_page):
    made = small_time_scene(counts=True)
    sites = made.layers[2]
    features = tuple(replace(f, filters=("国控" if k else "省控",)) for k, f in enumerate(sites.features))
    made = replace(
        made,
        layers=(*made.layers[:2], replace(sites, features=features)),
        filters=(SceneFilter("level", "级别", ("省控", "国控")),),
    )
    visit = open_page(made)
    visit.page.get_by_label("级别", exact=True).select_option("1")
    for frame, counts in ((3, [1, 0, 1]), (1, [0, 1, 1])):
        at(visit, frame)
        assert visit.layer("sites")["counts"] == counts
    box = visit.page.get_by_role("combobox", name="按名称查找")
    box.fill("乙")
    box.press("Enter")
    visit.page.get_by_role("dialog", name="乙").wait_for()
    assert visit.page.get_by_label("曲线所画的要素").locator("option:checked").inner_text() == "乙"
    visit.page.get_by_role("switch", name="显示图层：PM2.5 月均浓度").uncheck()
    at(visit, 0)
    assert visit.layer("squares")["visible"] is False
    visit.page.get_by_role("switch", name="显示图层：PM2.5 月均浓度").check()
    assert_frame_is_drawn(visit, made, 0)
    visit.assert_quiet()


def apart(a, b):
    return (
        a["right"] <= b["left"] + 1
        or b["right"] <= a["left"] + 1
        or a["bottom"] <= b["top"] + 1
        or b["bottom"] <= a["top"] + 1
    )


def assert_apart(boxes, width, height):
    for name, box in boxes.items():
        assert box["left"] >= -1, name
        assert box["right"] <= width + 1, name
        assert box["bottom"] <= height + 1, name
    names = list(boxes)
    assert [(a, b) for i, a in enumerate(names) for b in names[i + 1 :] if not apart(boxes[a], boxes[b])] == []


@pytest.mark.parametrize(
    ("width", "height"), [(1280, 800), (1920, 1080), (900, 640), (390, 844), (844, 390), (360, 600)]
)
@pytest.mark.parametrize("chart", ["open", "closed"])
def test_bar_chart_legend_and_map_never_cover_each_other(open_page, width, height, chart):
    visit = open_page(year_scene(), width=width, height=height)
    toggle = visit.page.locator(".time-options button[aria-controls]")
    if toggle.get_attribute("aria-expanded") != ("true" if chart == "open" else "false"):
        toggle.click()
    settle(visit.page)
    boxes = visit.page.evaluate(BOXES)
    assert (".chart" in boxes) == (chart == "open")
    assert boxes[".folium-map"]["height"] > (60 if chart == "open" else 100)
    assert_apart(boxes, width, height)
    clipped = visit.page.evaluate("""() => [...document.querySelectorAll('.time button, .time select, .time b, .time span, .chart-now *')]
        .filter((n) => n.getBoundingClientRect().width > 0 && n.scrollWidth > n.clientWidth + 1 && n.clientWidth).map((n) => n.textContent)""")
    assert clipped == []
    assert visit.page.evaluate("document.documentElement.scrollWidth") == width


def test_on_a_phone_the_legend_rises_over_the_map_only(open_page):
    visit = open_page(year_scene(), width=390, height=844, is_mobile=True, has_touch=True)
    visit.page.get_by_role("button", name="图例", exact=True).tap()
    boxes = visit.page.evaluate(BOXES)
    for name in (".chart", ".time", ".imprint", ".tabs", ".masthead"):
        assert apart(boxes[".panel"], boxes[name]), name
    assert boxes[".panel"]["height"] > 200
    visit.page.get_by_role("button", name="图例", exact=True).tap()
    small = visit.page.evaluate("""[...document.querySelectorAll('button, select, input[type=range]')]
        .map((n) => [n.getAttribute('aria-label') || n.textContent, n.getBoundingClientRect()])
        .filter(([, b]) => b.width > 0 && (b.height < 40 || b.width < 40)).map(([name, b]) => [name, b.width, b.height])""")
    assert small == []
    ground = visit.page.locator(".chart-ground").bounding_box()
    visit.page.touchscreen.tap(ground["x"] + 1, ground["y"] + 10)
    assert visit.page.evaluate("changjiMap.time.frame") <= 2
    visit.assert_quiet()


def test_the_whole_map_is_in_view_from_the_start(open_page):
    for width, height in ((390, 844), (844, 390), (1280, 800)):
        visit = open_page(year_scene(), width=width, height=height)
        settle(visit.page)
        seen = visit.page.evaluate("changjiMap.map.getBounds().toBBoxString()").split(",")
        west, south, east, north = map(float, seen)
        assert west < 85.1
        assert east > 91.6
        assert south < 43
        assert north > 45.6


def test_the_chart_can_be_laid_below_the_map(visit):
    press(visit, "曲线移到地图下")
    settle(visit.page)
    boxes = visit.page.evaluate(BOXES)
    assert boxes[".chart"]["top"] >= boxes[".folium-map"]["bottom"] - 1
    assert visit.page.locator(".chart-plot svg").bounding_box()["width"] > 880
    assert_apart(boxes, 1280, 800)
    press(visit, "曲线移到地图旁")
    settle(visit.page)
    assert visit.page.evaluate(BOXES)[".chart"]["left"] >= 899


def test_a_print_shows_the_moment_its_date_and_the_chart_but_no_controls(open_page, tmp_path):
    from pypdf import PdfReader

    visit = open_page(year_scene())
    at(visit, 334)
    visit.page.pdf(path=tmp_path / "print.pdf", prefer_css_page_size=True, print_background=True)
    pages = PdfReader(tmp_path / "print.pdf").pages
    assert len(pages) == 1
    text = unicodedata.normalize("NFKC", pages[0].extract_text()).replace(" ", "")
    assert "2026年3月1日(周日)" in text
    assert NEW.replace(" ", "") in text
    visit.page.emulate_media(media="print")
    settle(visit.page)
    boxes = visit.page.evaluate(BOXES)
    assert_apart(boxes, 279 / 25.4 * 96, 190 / 25.4 * 96)
    for hidden in (".time-keys", ".time-track", ".time-options", ".chart-aside", ".chart-hint"):
        assert not visit.page.locator(hidden).is_visible()
    picture = visit.page.locator(".chart-plot svg").bounding_box()
    assert picture["width"] == pytest.approx(boxes[".chart"]["width"] - 10, abs=2)
    visit.page.emulate_media(media="screen")
    settle(visit.page)
    assert visit.page.locator(".time-keys").is_visible()
    visit.assert_quiet()


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_in_dates_remarks_rows_and_names_stays_text(open_page, text):
    visit = open_page(hostile_time_scene(text))
    visit.page.get_by_label("曲线所画的要素").select_option("3")
    open_feature(visit, "甲")
    for frame in range(4):
        at(visit, frame)
        assert visit.page.evaluate("changjiMap.time.label") == f"日期{frame}{text}"
    shown = visit.page.evaluate(
        "document.querySelector('.chart').textContent + document.querySelector('.time').textContent"
    )
    assert f"标准True{text}" in shown
    assert f"甲{text}" in shown
    assert visit.page.locator(".chart-change title").text_content() == f"日期3{text}起：标准True{text}"
    assert visit.page.evaluate("window.__pwned === undefined")
    assert visit.page.locator("script").count() == 3
    assert visit.page.locator(".chart img, .time img, .details img, .chart iframe").count() == 0
    visit.assert_quiet()


def test_a_fragment_and_a_folium_map_play_too(open_page):
    import folium

    host = f"<!DOCTYPE html><html><body>{embed(small_time_scene())}</body></html>"
    visit = open_page(host, ready="iframe")
    frame = visit.page.frame_locator("iframe")
    frame.locator("html[data-ready]").wait_for(state="attached", timeout=30_000)
    frame.get_by_role("slider", name="时间").fill("1")
    assert frame.locator("#changji-moment b").inner_text() == "2026年1月"
    assert visit.page.frames[1].evaluate("changjiMap.layers[1].features[0].value") == "无数据"
    visit.assert_quiet()
    built = folium_map(small_time_scene())
    folium.Marker([44.0, 87.0]).add_to(built)
    page = open_page(built.get_root().render())
    at(page, 0)
    assert_frame_is_drawn(page, small_time_scene(), 0)
    page.assert_quiet()


def test_a_single_moment_does_not_play(open_page):
    made = small_time_scene()
    one = replace(made.time, times=MONTHS[:1], labels=("2025年12月",), remarks=("",), shown=0, panels=(0,))
    layers = []
    for layer in made.layers:
        series = layer.series
        if series is not None:
            cut = tuple(replace(r, codes=r.codes[:1]) for r in series.rows)
            values = None if series.values is None else series.values[:1]
            series = replace(series, class_index=series.class_index[:1], values=values, rows=cut)
        layers.append(replace(layer, series=series))
    visit = open_page(replace(made, time=one, layers=tuple(layers)))
    press(visit, "播放")
    assert not visit.page.evaluate("changjiMap.time.playing")
    assert len(marks(visit)) == 1
    visit.assert_quiet()


def test_a_map_without_time_has_neither_bar_nor_chart(open_page):
    visit = open_page(replace(small_time_scene(), time=None))
    assert visit.page.evaluate("changjiMap.time") is None
    assert visit.page.locator(".time, .chart").count() == 0
    visit.assert_quiet()
