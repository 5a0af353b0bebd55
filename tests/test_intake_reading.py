"""The steps together: what one of them leaves for the next is not lost between them."""

import pytest
import shapely

from changji_geo import InputError, import_layer, read_any
from changji_geo.intake import importing
from tests.tiny import tiny_workspace

KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>料场</name><MultiGeometry>
<Point><coordinates>87.5,44.5</coordinates></Point>
<Polygon><outerBoundaryIs><LinearRing><coordinates>87,44 87.1,44 87.1,44.1 87,44.1 87,44</coordinates></LinearRing></outerBoundaryIs></Polygon>
<Polygon><outerBoundaryIs><LinearRing><coordinates>87.3,44 87.300001,44 87.300001,44.000001 87.3,44.000001 87.3,44</coordinates></LinearRing></outerBoundaryIs></Polygon>
</MultiGeometry></Placemark></Document></kml>
"""


@pytest.fixture
def kml(tmp_path):
    path = tmp_path / "in" / "料场.kml"
    path.parent.mkdir()
    path.write_text(KML, encoding="utf-8")
    return path


def test_a_sliver_inside_a_collection_is_dropped_and_said(kml):
    found = read_any(kml, geometry="area")
    assert shapely.equals(found.frame.geometry.iloc[0], shapely.box(87, 44, 87.1, 44.1))
    said = [f for f in found.findings if f.level == "repair" and f.area_before_m2 is not None]
    assert [f.row for f in said] == [1]
    assert 0 < said[0].area_before_m2 - said[0].area_after_m2 < 0.02


def test_a_file_that_changes_while_it_is_read_is_refused_and_nothing_stays(kml, tmp_path, monkeypatch):
    space = tiny_workspace(tmp_path / "ws")

    real = importing.copy_originals

    def meddle(path, folder):
        path.write_text(KML + "\n", encoding="utf-8")
        return real(path, folder)

    monkeypatch.setattr(importing, "copy_originals", meddle)
    with pytest.raises(InputError, match=r"料场\.kml：文件在导入过程中被改动了"):
        import_layer(kml, "pits", workspace=space, geometry="area")
    assert sorted(p.name for p in (tmp_path / "ws" / "layers").iterdir()) == []


def test_a_blank_title_is_no_title(kml, tmp_path):
    space = tiny_workspace(tmp_path / "ws")
    import_layer(kml, "pits", workspace=space, geometry="area", title="  ", source="\udce4 甲 ")
    text = (tmp_path / "ws" / "layers" / "pits" / "layer.toml").read_text(encoding="utf-8")
    assert 'title = "料场"' in text and 'source = "甲"' in text
