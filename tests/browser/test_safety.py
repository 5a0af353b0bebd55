"""Texts from data never run and never leave the page: a corpus of hostile texts in every place a Scene carries text."""

import pytest

from changji_geo.embedding import embed
from changji_geo.render.html import html_page
from tests.html_scenes import HOSTILE, full_scene, hostile_scene, squares_scene

PLACES = [
    "题", "副题", "描述", "制图", "审图号", "日期", "须知一", "须知二", "说明一", "源", "署名", "许可", "获取",
    "数名", "数值", "数位", "数区", "数期", "数源", "底图", "面层", "圆层", "线层", "字层", "类一", "类二", "单位", "圆位",
    "层注", "尺一", "尺二", "面注", "圆注", "字注",
]  # fmt: skip
"""Where `hostile_scene` puts its text and the page shows it without being asked."""

TEXTS = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const out = [];
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    if (!n.parentElement.closest('script, style, noscript')) out.push(n.data);
  }
  return out.join('\\n');
}"""


def assert_nothing_ran(visit):
    assert visit.page.evaluate("window.__pwned === undefined")
    foreign = visit.page.evaluate("""[...document.querySelectorAll('iframe, object, embed, link, base, form, a, img')]
        .filter((n) => !(n.tagName === 'IMG' && n.src.startsWith('data:'))).map((n) => n.outerHTML)""")
    assert foreign == []
    assert visit.page.locator("script").count() == 3
    assert (
        visit.page.evaluate("""[...document.querySelectorAll('*')].flatMap((n) => n.getAttributeNames())
        .filter((a) => a.startsWith('on') || a === 'href' || a === 'srcdoc')""")
        == []
    )
    visit.assert_quiet()


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_runs_nothing_and_is_shown_as_text(open_page, text):
    visit = open_page(hostile_scene(text))
    page = visit.page
    shown = page.evaluate(TEXTS)
    for place in PLACES:
        assert f"{place}{text}" in shown, place
    assert page.title() == f"题{text}".strip()
    for name in ("面名", "面二名", "圆名", "线名"):
        node = page.locator(".layer-pane path").nth(["面名", "面二名", "圆名", "线名"].index(name))
        assert name + text in node.get_attribute("aria-label")
        node.focus()
        page.keyboard.press("Enter")
        details = page.evaluate("document.querySelector('.details').textContent")
        assert name + text in details
        if name != "线名":
            place = name.removesuffix("名")
            assert f"{place}栏{text}" in details
            assert f"{place}值{text}" in details
            assert f"javascript:{place}{text}" in details
        else:
            assert f"线值{text}" in details
        page.keyboard.press("Escape")
    page.evaluate("""[...document.querySelectorAll('.layer-pane path')].forEach((n) => {
      const b = n.getBoundingClientRect();
      const at = { bubbles: true, clientX: b.x + b.width / 2, clientY: b.y + b.height / 2 };
      n.dispatchEvent(new MouseEvent('mouseover', at)); n.dispatchEvent(new MouseEvent('mousemove', at));
    })""")
    box = page.get_by_role("combobox")
    box.fill("名")
    assert page.locator(".result-name").count() == 5
    assert text in page.locator(".result-name").first.text_content()
    box.press("Enter")
    assert text in page.evaluate("document.querySelector('.details').textContent")
    assert_nothing_ran(visit)


def test_a_script_that_is_not_ours_does_not_run(open_page):
    """What the policy is for: even markup that got into the page stays dead."""
    page = html_page(squares_scene()).replace(
        "</main>", "<script>window.__pwned = 1</script><img src=x onerror=window.__pwned=1></main>"
    )
    visit = open_page(page)
    visit.page.wait_for_timeout(200)
    assert visit.page.evaluate("window.__pwned === undefined")
    assert visit.requests == []
    assert len(visit.complaints) >= 2
    assert all("Content Security Policy" in line for line in visit.complaints)


def test_the_policy_refuses_connections_and_evaluation(open_page):
    visit = open_page(squares_scene())
    assert visit.page.evaluate("fetch('https://example.org/').then(() => 'sent', () => 'refused')") == "refused"
    assert visit.page.evaluate(
        "(() => { const s = document.createElement('script'); s.textContent = 'window.__pwned = 1'; document.body.append(s); return window.__pwned === undefined; })()"
    )
    assert visit.requests == []


def host(fragment):
    return (
        f"<!DOCTYPE html><html><head><title>外页</title></head><body><p>正文</p>\n{fragment}<p>下文</p></body></html>"
    )


def test_a_fragment_works_inside_another_page_and_cannot_reach_it(open_page):
    visit = open_page(host(embed(full_scene(), height=600)), ready="iframe")
    frame = visit.page.frame_locator("iframe")
    frame.locator("html[data-ready]").wait_for(state="attached", timeout=30_000)
    assert frame.locator("h1").inner_text() == full_scene().title
    assert frame.locator(".layer-pane path").count() > 20
    assert visit.page.locator("iframe").bounding_box()["height"] == 600
    inner = visit.page.frames[1]
    assert (
        inner.evaluate("(() => { try { return window.parent.document.title; } catch (e) { return 'refused'; } })()")
        == "refused"
    )
    visit.assert_quiet()


def test_a_fragment_of_hostile_texts_runs_nothing_in_either_page(open_page):
    visit = open_page(
        host(embed(hostile_scene("".join(HOSTILE)), title='"><script>window.__pwned=9</script>')), ready="iframe"
    )
    visit.page.frame_locator("iframe").locator("html[data-ready]").wait_for(state="attached", timeout=30_000)
    assert visit.page.evaluate("window.__pwned === undefined")
    assert visit.page.frames[1].evaluate("window.__pwned === undefined")
    visit.assert_quiet()


def test_a_frame_that_denies_the_full_screen_shows_no_button(open_page):
    fragment = embed(squares_scene()).replace(' allow="fullscreen"', " allow=\"fullscreen 'none'\"")
    visit = open_page(host(fragment), ready="iframe")
    frame = visit.page.frame_locator("iframe")
    frame.locator("html[data-ready]").wait_for(state="attached", timeout=30_000)
    assert frame.get_by_role("button", name="全屏").count() == 0
    assert frame.get_by_role("button", name="放大").count() == 1
