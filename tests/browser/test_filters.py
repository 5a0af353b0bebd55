"""Filters in a real browser: by mouse, keyboard and on a phone; map, labels, search, legend and print follow."""

from dataclasses import replace

import pytest
from shapely.geometry import Point, box

from changji_geo.scene_model import SceneClass, SceneFilter
from changji_geo.types import BBox
from tests.html_scenes import feature, layer, scene, squares_scene, symbol

STATUS, YEAR = ("待核查", "整改中", "已销号"), ("2024", "2025")
SPOTS = [
    ("p1", "一号", 86.2, 0, 0), ("p2", "二号", 86.6, 0, 1), ("p3", "三号", 87.0, 1, 0), ("p4", "四号", 87.4, 1, 1),
    ("p5", "五号", 87.8, 1, 1),
]  # fmt: skip


def filter_scene():
    """Two 待核查, three 整改中, none 已销号; two of 2024, three of 2025. The first has an outline."""
    features = [
        feature(i, name, Point(x, 44.0), status, label=name, value=STATUS[status], filters=(STATUS[status], YEAR[year]))
        for i, name, x, status, year in SPOTS
    ]
    features[0] = replace(features[0], outline=box(86.1, 43.9, 86.3, 44.1))
    classes = [
        SceneClass(s, symbol(c), n)
        for s, c, n in zip(STATUS, ("#f0c419", "#f28e2b", "#1b5e3a"), (2, 3, 0), strict=True)
    ]
    spots = layer("spots", "category", "point", features, classes, title="线索")
    ground = layer("ground", "fill", "area", [feature("g", "底", box(86, 43.5, 88, 44.5))], title="底图")
    filters = (SceneFilter("status", "状态", STATUS), SceneFilter("year", "年份", YEAR))
    return scene([ground, spots], bbox=BBox(85.8, 43.3, 88.2, 44.7), filters=filters)


def settle(page):
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def choose(page, caption, text):
    """By what the option says before its count."""
    box_ = page.get_by_label(caption, exact=True)
    texts = box_.locator("option").all_inner_texts()
    box_.select_option(index=[t.rpartition("（")[0] for t in texts].index(text))
    settle(page)


def shown(visit):
    return [f["id"] for f in visit.layer("spots")["features"] if not f["filteredOut"]]


def drawn(page):
    """Names of the point symbols that are displayed."""
    return page.evaluate(
        "[...document.querySelectorAll('.layer-pane')[1].querySelectorAll('path[role=button]')]"
        ".filter((p) => getComputedStyle(p).display !== 'none').map((p) => p.getAttribute('aria-label').split('，')[0])"
    )


@pytest.fixture
def visit(open_page):
    return open_page(filter_scene())


def options(visit, caption):
    return visit.page.get_by_label(caption, exact=True).locator("option").all_inner_texts()


def test_at_first_everything_is_shown_and_counted(visit):
    assert options(visit, "状态") == ["全部（5）", "待核查（2）", "整改中（3）", "已销号（0）"]
    assert options(visit, "年份") == ["全部（5）", "2024（2）", "2025（3）"]
    assert visit.page.locator(".filter-status").inner_text() == "显示 5 / 5 个"
    assert not visit.page.get_by_role("button", name="清除筛选").is_visible()
    assert len(drawn(visit.page)) == 5
    visit.assert_quiet()


def test_a_choice_leaves_only_what_fits_on_map_labels_and_legend(visit):
    choose(visit.page, "状态", "整改中")
    assert shown(visit) == ["p3", "p4", "p5"]
    assert drawn(visit.page) == ["三号", "四号", "五号"]
    assert sorted(visit.page.locator(".label.placed").all_inner_texts()) == sorted(["三号", "四号", "五号"])
    assert visit.layer("spots")["counts"] == [0, 3, 0]
    assert visit.layer("ground")["features"][0]["filteredOut"] is False
    visit.assert_quiet()


def test_two_choices_hold_together_and_each_list_counts_what_the_other_leaves(visit):
    choose(visit.page, "状态", "整改中")
    assert options(visit, "年份") == ["全部（3）", "2024（1）", "2025（2）"]
    choose(visit.page, "年份", "2025")
    assert shown(visit) == ["p4", "p5"]
    assert options(visit, "状态") == ["全部（3）", "待核查（1）", "整改中（2）", "已销号（0）"]
    assert visit.page.locator(".filter-status").inner_text() == "状态：整改中；年份：2025；显示 2 / 5 个"


def test_a_choice_that_nothing_fits_says_so(visit):
    choose(visit.page, "状态", "已销号")
    assert shown(visit) == [] and drawn(visit.page) == []
    assert visit.page.locator(".filter-status").inner_text() == "状态：已销号；显示 0 / 5 个"
    visit.assert_quiet()


def test_one_button_takes_all_choices_back(visit):
    choose(visit.page, "状态", "待核查")
    choose(visit.page, "年份", "2024")
    visit.page.get_by_role("button", name="清除筛选").click()
    settle(visit.page)
    assert len(drawn(visit.page)) == 5
    assert visit.layer("spots")["counts"] == [2, 3, 0]
    assert visit.page.evaluate("document.activeElement.id") == "changji-filter-0"


def test_search_does_not_lead_to_what_is_filtered_out(visit):
    choose(visit.page, "状态", "待核查")
    search = visit.page.get_by_role("combobox", name="按名称查找")
    search.fill("号")
    assert visit.page.locator(".result-name").all_inner_texts() == ["一号", "二号"]
    search.fill("三号")
    assert visit.page.get_by_text("没有这个名称").is_visible()


def test_open_details_of_what_no_longer_fits_are_closed(visit):
    visit.page.get_by_role("button", name="一号，待核查").focus()
    visit.page.keyboard.press("Enter")
    assert visit.page.get_by_role("dialog", name="一号").count() == 1
    choose(visit.page, "状态", "整改中")
    assert visit.page.get_by_role("dialog").count() == 0


def test_the_arrow_keys_walk_through_what_is_left(visit):
    choose(visit.page, "状态", "整改中")
    visit.page.get_by_role("button", name="五号，整改中").focus()
    visit.page.keyboard.press("ArrowRight")
    assert visit.page.evaluate("document.activeElement.getAttribute('aria-label')") == "三号，整改中"


def test_a_list_is_worked_by_keyboard_alone(visit):
    visit.page.get_by_label("状态", exact=True).focus()
    visit.page.keyboard.press("ArrowDown")
    visit.page.keyboard.press("ArrowDown")
    settle(visit.page)
    assert shown(visit) == ["p3", "p4", "p5"]


def test_the_outline_goes_with_its_symbol(visit):
    outline = visit.page.locator("path.outline")
    assert outline.count() == 1 and outline.is_visible()
    choose(visit.page, "状态", "整改中")
    assert not outline.is_visible()


def test_an_outline_lies_under_the_symbols_and_takes_no_clicks(visit):
    first = visit.page.evaluate(
        "document.querySelectorAll('.layer-pane')[1].querySelector('path').getAttribute('class')"
    )
    assert first.split() == ["outline"]
    assert visit.layer("spots")["features"][0]["paths"] == 1


def test_a_choice_outlives_zooming_and_switching_the_layer(visit):
    choose(visit.page, "状态", "待核查")
    visit.page.get_by_role("switch", name="显示图层：线索").uncheck()
    visit.page.get_by_role("switch", name="显示图层：线索").check()
    visit.page.evaluate("changjiMap.map.setZoom(changjiMap.map.getZoom() + 1, { animate: false })")
    settle(visit.page)
    assert drawn(visit.page) == ["一号", "二号"]


def test_on_a_phone_the_lists_rise_as_a_sheet_and_the_tab_tells_that_a_filter_is_on(open_page):
    visit = open_page(filter_scene(), width=390, height=844, has_touch=True)
    tab = visit.page.locator("[data-tab=filters]")
    assert tab.inner_text() == "筛选"
    tab.click()
    box_ = visit.page.get_by_label("状态", exact=True)
    assert box_.bounding_box()["height"] >= 44
    choose(visit.page, "状态", "待核查")
    assert tab.inner_text() == "筛选中"
    assert shown(visit) == ["p1", "p2"]
    visit.assert_quiet()


def test_on_paper_an_active_filter_is_told_and_its_lists_are_gone(visit):
    visit.page.emulate_media(media="print")
    visit.page.locator(".filters").wait_for(state="hidden")
    visit.page.emulate_media(media="screen")
    choose(visit.page, "状态", "整改中")
    visit.page.emulate_media(media="print")
    visit.page.locator(".filter-lists").wait_for(state="hidden")
    assert visit.page.locator(".filter-status").is_visible()


def test_a_map_without_filters_has_no_list_and_no_tab(open_page):
    visit = open_page(squares_scene())
    assert visit.page.locator(".filters").count() == 0
    assert visit.page.locator("[data-tab=filters]").count() == 0
