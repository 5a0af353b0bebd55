"""One Chromium for the session; every page gets its own context without a network and a record of what it did."""

import os
import shutil
from dataclasses import dataclass, field

import pytest

from changji_geo.render.html import render_html

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def find_chromium():
    """The browser to use: named by CHANGJI_GEO_CHROMIUM, else on the path, else None for playwright's own."""
    named = os.environ.get("CHANGJI_GEO_CHROMIUM")
    if named:
        return named
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return next((path for path in found if path), None)


@pytest.fixture(scope="session")
def browser():
    """Chromium; missing, it skips these tests, or fails them when CHANGJI_GEO_REQUIRE_BROWSER=1."""
    refuse = pytest.fail if os.environ.get("CHANGJI_GEO_REQUIRE_BROWSER") == "1" else pytest.skip
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        refuse("playwright is not installed")
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        except Error as cause:
            refuse(f"no Chromium could be started: {cause}")
        yield started
        started.close()


@dataclass
class Visit:
    """An open page and everything it did that it should not do."""

    page: object
    file: object
    requests: list = field(default_factory=list)
    complaints: list = field(default_factory=list)
    dialogs: list = field(default_factory=list)

    def assert_quiet(self):
        assert self.requests == []
        assert self.complaints == []
        assert self.dialogs == []

    def layer(self, layer_id):
        return next(layer for layer in self.page.evaluate("changjiMap.layers") if layer["id"] == layer_id)


@pytest.fixture
def open_page(browser, tmp_path):
    """Open a scene, or the text of a page, from a file: ``open_page(scene, width=390, ...)`` -> `Visit`."""
    contexts = []

    def visit(scene, *, width=1280, height=800, ready="html[data-ready]", **options):
        file = tmp_path / f"page{len(contexts)}.html"
        if isinstance(scene, str):
            file.write_text(scene, encoding="utf-8", newline="\n")
        else:
            render_html(scene, file)
        context = browser.new_context(
            viewport={"width": width, "height": height},
            reduced_motion=options.pop("reduced_motion", "reduce"),
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        seen = Visit(page, file)

        def route(request):
            if request.request.url == file.as_uri():
                request.continue_()
            else:
                seen.requests.append(request.request.url)
                request.abort()

        def dialog(box):
            seen.dialogs.append(box.message)
            box.dismiss()

        context.route("**/*", route)
        page.on("console", lambda message: seen.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: seen.complaints.append(f"error: {error}"))
        page.on("dialog", dialog)
        page.goto(file.as_uri())
        if ready:
            page.wait_for_selector(ready, state="attached", timeout=30_000)
        return seen

    yield visit
    for context in contexts:
        context.close()
