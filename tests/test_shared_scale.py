"""Which layer of points a legend of areas explains as well, and how its symbols stand in the printed legend."""

from dataclasses import replace

import pytest

from changji_geo.render.payload import scene_json
from changji_geo.render.shared_scale import class_beside, layer_explained_by
from changji_geo.render.static import draw_figure
from changji_geo.scene_model import SceneClass
from tests.html_scenes import symbol
from tests.time_scenes import year_scene


def pair(**changes):
    """Counties with a legend below stations without one, both in the classes of the AQI."""
    counties, stations = year_scene(stations=3).layers[:2]
    return counties, replace(stations, legend=False, **changes)


def other_color(classes):
    return (SceneClass("优", symbol("#00e401"), 0), *classes[1:])


def test_points_of_the_same_scale_stand_beside_the_areas():
    counties, stations = pair()
    assert layer_explained_by(counties, (counties, stations)) is stations
    assert layer_explained_by(stations, (counties, stations)) is None
    assert class_beside(counties.classes[2], stations) is stations.classes[2]


def test_a_class_that_the_points_do_not_have_stands_alone():
    counties, stations = pair()
    stations = replace(stations, classes=stations.classes[:-1])
    assert layer_explained_by(counties, (counties, stations)) is stations
    assert class_beside(counties.classes[-1], stations) is None


@pytest.mark.parametrize(
    "changes", [{"legend": True}, {"visible": False}, {"unit": "mg"}, {"geometry": "area"}, {"kind": "label"}]
)
def test_points_that_have_a_legend_are_hidden_or_of_another_unit_are_not_explained(changes):
    counties, stations = pair()
    assert layer_explained_by(counties, (counties, replace(stations, **changes))) is None


def test_points_of_another_colour_or_fewer_classes_are_not_explained():
    counties, stations = pair()
    for classes in (other_color(stations.classes), stations.classes[1:]):
        assert layer_explained_by(counties, (counties, replace(stations, classes=classes))) is None


def test_the_page_names_the_layer_that_is_explained_only_where_there_is_one():
    made = year_scene(stations=3)
    assert '"explains"' not in scene_json(made, map_name="m")
    assert '"explains":1' in scene_json(replace(made, layers=pair()), map_name="m")


def test_the_printed_legend_has_both_symbols_of_every_class():
    figure = draw_figure(replace(year_scene(stations=3), layers=pair(), furniture=("legend",)))
    gids = {artist.get_gid() for artist in figure.findobj() if artist.get_gid()}
    assert {f"legend/counties/beside/{k}" for k in range(7)} <= gids
    assert {f"legend/counties/{k}" for k in range(7)} <= gids
