"""Folium objects that a user adds in Python work offline on top of our layers."""

import folium
from folium.plugins import MarkerCluster

from changji_geo.basemap import resolve_basemap
from changji_geo.render.html import folium_map
from changji_geo.spec import BasemapSpec
from changji_geo.types import BBox
from tests.html_scenes import PNG, squares_scene


def test_markers_popups_shapes_and_a_layer_switch_work_without_a_network(open_page):
    made = folium_map(squares_scene())
    group = folium.FeatureGroup(name="补充").add_to(made)
    folium.Marker([44.0, 86.6], popup="局址", tooltip="提示").add_to(group)
    folium.CircleMarker([44.1, 87.5], radius=8, color="#000000", popup=folium.Popup("圆")).add_to(group)
    folium.GeoJson(
        {
            "type": "Feature",
            "properties": {},
            "geometry": {"type": "LineString", "coordinates": [[86, 43.6], [88, 43.6]]},
        }
    ).add_to(made)
    folium.LayerControl(collapsed=False).add_to(made)
    visit = open_page(made.get_root().render())
    visit.assert_quiet()
    assert len(visit.page.evaluate("changjiMap.layers")) == 3
    pin = visit.page.locator("img.leaflet-marker-icon")
    assert pin.get_attribute("src").startswith("data:image/png")
    pin.click()
    assert visit.page.locator(".leaflet-popup-content").inner_text() == "局址"
    assert visit.page.locator(".leaflet-control-layers").count() == 1
    visit.assert_quiet()


def test_a_plugin_from_the_internet_is_asked_for_at_exactly_its_address(open_page):
    made = folium_map(squares_scene())
    folium.Marker([44.0, 86.6]).add_to(MarkerCluster().add_to(made))
    visit = open_page(made.get_root().render(), ready=None)
    wanted = {url for _, url in [*MarkerCluster.default_js, *MarkerCluster.default_css]}
    assert set(visit.requests) == wanted


def test_an_online_basemap_is_asked_for_at_its_own_hosts_only(open_page):
    spec = BasemapSpec(kind="xyz", url="http://tiles.intranet.example:8080/{z}/{x}/{y}.png", attribution="内网底图")
    basemap = resolve_basemap(spec, BBox(86, 43, 88, 45), base_dir=None)
    visit = open_page(squares_scene(basemap=basemap))
    visit.page.wait_for_timeout(300)
    assert visit.requests
    assert all(url.startswith("http://tiles.intranet.example:8080/") for url in visit.requests)
    assert "底图：内网底图" in visit.page.locator("footer").inner_text()
    assert not any("Content Security Policy" in line for line in visit.complaints)


def test_embedded_tiles_are_shown_without_a_request(open_page, tmp_path):
    tile = tmp_path / "tiles" / "7" / "95" / "46.png"
    tile.parent.mkdir(parents=True)
    tile.write_bytes(PNG)
    spec = BasemapSpec(kind="tiles", path="tiles", attribution="影像")
    visit = open_page(squares_scene(basemap=resolve_basemap(spec, BBox(86, 43, 88, 45), base_dir=tmp_path)))
    shown = "[...document.querySelectorAll('.leaflet-tile-pane img')].filter((n) => n.src.startsWith('data:')).length"
    assert visit.page.evaluate(shown) == 1
    assert visit.page.evaluate(
        "[...document.querySelectorAll('.leaflet-tile-pane img[src]')].every((n) => n.complete && n.naturalWidth === 1)"
    )
    visit.assert_quiet()
