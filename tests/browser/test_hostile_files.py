"""Markup in every text that a spec, a layer file or an indicator table can carry runs nothing and shows as text."""

import json

import pytest
import shapely

from changji_geo.scene import build_scene
from changji_geo.spec import load_map_spec
from tests.tiny import tiny_workspace, write_layer

PAYLOADS = [
    "<img src=x onerror=window.pwned=1>",
    "<script>window.pwned=1</script>",
    "</script><script>window.pwned=1</script>",
    "`${window.pwned=1}`",
    "'\");window.pwned=1;//",
    "javascript:window.pwned=1",
    "\u2028window.pwned=1\u2029",
    "<!--<svg onload=window.pwned=1>]]>",
    "{{ 7*7 }}{% raw %}&lt;b&gt;\\u003cb\\u003e",
]


def toml(value):
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_files_run_nothing(open_page, tmp_path, payload):
    short = payload[:40]
    write_layer(
        tmp_path, "hostile", [{"id": f"a{payload}z", "name": f"名{payload}", "kind": payload, "amount": 5.0}],
        [shapely.box(87, 44, 88, 45)], title=f"题{short}", titles={"kind": payload}, attribution=payload,
        accuracy="schematic",
    )  # fmt: skip
    indicators = tmp_path / "layers" / "indicators"
    indicators.mkdir()
    (indicators / "indicators.toml").write_text(
        f'[sources]\ndoc = {toml(payload)}\n[[indicators]]\nid = "bad"\nname = {toml(short)}\nunit = {toml(short[:12])}\n'
        f'direction = "neutral"\nsource = "doc"\nnote = {toml(payload)}\n',
        encoding="utf-8",
    )
    quoted = payload.replace('"', '""')
    (indicators / "values.csv").write_text(
        f'indicator,layer,area,period,value,source,quote\nbad,hostile,"a{quoted}z",2025,7,doc,"{quoted}"\n',
        encoding="utf-8",
    )
    space = tiny_workspace(tmp_path)
    file = tmp_path / "maps" / "hostile.toml"
    file.write_text(
        f'title = {toml(short)}\nsubtitle = {toml(payload)}\ndescription = {toml(payload)}\nextent = "hostile"\n'
        f"credits = {toml(payload)}\nnotes = [{toml(payload)}]\napproval_number = {toml(short)}\n"
        '[[layers]]\nsource = "hostile"\nkind = "category"\ncolumn = "kind"\nlabel = "name"\npopup = ["name", "kind", "id"]\n'
        f"title = {toml(short)}\ncategories = [{{ value = {toml(payload)}, label = {toml(short)} }}]\n"
        '[[layers]]\nsource = "hostile"\nkind = "proportional"\nindicator = "bad"\nperiod = "2025"\n'
        'popup = ["name", "value", "period", "source", "quote"]\n'
        f'[[figures]]\nindicator = "bad"\narea = {toml(f"a{payload}z")}\nlabel = {toml(short)}\n'
        '[static]\nfurniture = ["title"]\n',
        encoding="utf-8",
    )
    load_map_spec(file)
    scene = build_scene(file, workspace=space)
    visit = open_page(scene)
    page = visit.page
    for index in range(page.locator(".leaflet-interactive[tabindex]").count()):
        target = page.locator(".leaflet-interactive[tabindex]").nth(index)
        target.focus()
        page.keyboard.press("Enter")
        assert scene.layers[0].features[0].name in page.locator(".leaflet-popup, [role=dialog]").first.inner_text()
        page.keyboard.press("Escape")
    assert page.title() == scene.title
    assert page.evaluate("typeof window.pwned") == "undefined"
    assert page.locator("img[src=x], svg[onload]").count() == 0
    visit.assert_quiet()
