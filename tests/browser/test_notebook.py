"""A Scene at the end of a notebook cell: its HTML, put into a page the way a notebook does it, shows the map."""

import json
import subprocess
import sys

from changji_geo.resources import Workspace, packaged_root
from changji_geo.scene import build_scene


def test_a_scene_shows_itself_where_a_notebook_puts_its_html(open_page):
    shown = build_scene("overview", workspace=Workspace((packaged_root(),)))._repr_html_()
    text = json.dumps(shown).replace("</", "<\\/")
    page = f"<!doctype html><html data-ready><body><div id=output></div><script>output.innerHTML = {text}</script>"
    visit = open_page(page)
    inside = visit.page.frame_locator("iframe")
    inside.locator("html[data-ready]").wait_for(state="attached")
    assert inside.locator("h1").inner_text() == "昌吉州生态环境“一张图”"
    assert inside.locator("path.leaflet-interactive").count() > 50
    visit.assert_quiet()


def test_showing_a_scene_needs_nothing_imported_before():
    code = (
        "import changji_geo, sys; scene = changji_geo.build_scene('overview');"
        "assert 'changji_geo.render.html' not in sys.modules; assert scene._repr_html_().startswith('<iframe')"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
