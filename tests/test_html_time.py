"""The page of a map in time as text: what the data block holds, how large it is, and what is refused."""

import base64
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from changji_geo.errors import InputError
from changji_geo.render import page as page_module
from changji_geo.render.html import folium_map, html_page
from changji_geo.render.page import asset
from changji_geo.render.payload import scene_json
from changji_geo.render.time_payload import series_data, time_data
from changji_geo.scene_model import SceneSeries, SeriesRow
from tests.html_scenes import squares_scene
from tests.time_scenes import NEW, OLD, SITE_CLASSES, SQUARE_CLASSES, months_time, small_time_scene, year_scene


def data_of(made):
    return json.loads(scene_json(made, map_name="m"))


def array_of(stored, frames):
    """A stored array back as (frames, features)."""
    kind, text = stored
    return np.frombuffer(base64.b64decode(text), dtype=f"<{kind}").reshape(-1, frames).T


def series_of(layer, **changes):
    return replace(layer, series=replace(layer.series, **changes))


def encoded(values, decimals):
    """Values (frames, 1) as the page reads them back: numbers and None."""
    layer = small_time_scene().layers[1]
    values = np.array(values, dtype=float)[:, None]
    zeros = np.zeros(values.shape, dtype=np.int16)
    layer = replace(layer, features=layer.features[:1], series=SceneSeries("值", "", zeros, values, decimals))
    made = series_data(layer, layer.series, len(values))
    return [None if v == made["missing"] else int(v) for v in array_of(made["values"], len(values))[:, 0]]


def test_moments_are_told_once_each_and_remarks_by_their_place():
    time = data_of(small_time_scene())["time"]
    assert time["times"] == ["2025-12", "2026-01", "2026-02", "2026-03"]
    assert time["labels"] == ["2025年12月", "2026年1月", "2026年2月", "2026年3月"]
    assert (time["remarks"], time["remark"]) == ([OLD, NEW], [0, 0, 0, 1])
    assert (time["step"], time["shown"], time["speed"]) == ("month", 3, 4.0)


def test_classes_values_and_rows_come_back_as_the_scene_has_them():
    squares, sites = data_of(small_time_scene())["layers"][1:]
    series = squares["series"]
    assert array_of(series["classes"], 4).tolist() == [list(row) for row in SQUARE_CLASSES]
    assert array_of(sites["series"]["classes"], 4).tolist() == [list(row) for row in SITE_CLASSES]
    assert sites["series"]["values"] is None
    missing = series["missing"]
    assert array_of(series["values"], 4).tolist() == [[100, 605], [missing, 700], [12345, missing], [400, 200]]
    assert (series["caption"], series["unit"], series["decimals"]) == ("PM2.5 月均浓度", "μg/m³", 1)
    caption, texts, codes = series["rows"][1]
    assert (caption, texts) == ("首要", ["PM2.5", "PM10"])
    assert (array_of(codes, 4).astype(int) - 1).tolist() == [[-1, 1], [-1, -1], [0, -1], [0, -1]]


def test_only_the_lines_that_stay_are_stored_with_a_feature():
    squares = data_of(small_time_scene())["layers"][1]
    assert [feature["popup"] for feature in squares["features"]] == [[["类型", "县"]], [["类型", "市"]]]


@pytest.mark.parametrize(
    ("values", "decimals", "whole"),
    [
        ([0.0, 35.0], 0, [0, 35]),
        ([-0.5, math.nan, 12.3], 1, [-5, None, 123]),
        ([math.nan, math.nan], 2, [None, None]),
        ([0.15, 0.25, 2.675], 1, [1, 2, 27]),  # as f"{value:.1f}" writes them: 0.1, 0.2, 2.7
        ([3_000_000_000.0, math.nan], 0, [3_000_000_000, None]),
        ([-40_000.0, 40_000.0], 0, [-40_000, 40_000]),
        ([0.0, -1.0, math.nan], 0, [0, -1, None]),
    ],
)
def test_a_value_is_stored_as_it_is_printed(values, decimals, whole):
    assert encoded(values, decimals) == whole


@given(
    st.lists(st.floats(-1e6, 1e6, allow_infinity=False) | st.just(math.nan), min_size=1, max_size=20), st.integers(0, 3)
)
def test_every_value_comes_back_as_it_is_printed(values, decimals):
    printed = [None if math.isnan(v) else float(f"{v:.{decimals}f}") for v in values]
    read = [None if v is None else v / 10**decimals for v in encoded(values, decimals)]
    assert read == printed


@given(st.lists(st.integers(0, 300), min_size=1, max_size=30), st.integers(1, 5))
def test_whatever_the_number_of_classes_and_features_every_class_comes_back(numbers, features):
    layer = small_time_scene().layers[1]
    array = np.array([[(n + k) % 301 for k in range(features)] for n in numbers], dtype=np.int16)
    layer = replace(
        layer,
        features=layer.features[:1] * features,
        classes=layer.classes[:1] * 301,
        series=SceneSeries("类", "", array),
    )
    made = series_data(layer, layer.series, len(numbers))
    assert (array_of(made["classes"], len(numbers)) == array).all()


def test_a_year_of_days_for_all_stations_stays_well_below_the_budget():
    assert len(html_page(year_scene()).encode()) < 800_000


def test_twelve_months_cost_next_to_nothing():
    plain = replace(small_time_scene(), time=None)
    assert len(html_page(small_time_scene()).encode()) - len(html_page(plain).encode()) < 45_000


def test_the_same_scene_in_time_gives_the_same_bytes_and_so_does_folium():
    assert html_page(year_scene()) == html_page(year_scene())
    assert folium_map(small_time_scene()).get_root().render() == html_page(small_time_scene())


def test_an_ordinary_map_carries_nothing_of_time():
    text = html_page(squares_scene())
    assert "showFrame = " not in text
    assert "function showFrame" not in text
    assert 'class="app"' in text
    assert "time" not in data_of(squares_scene())
    still = replace(small_time_scene(), layers=small_time_scene().layers[:1])
    assert "function showFrame" not in html_page(still)
    assert "time" not in data_of(still)


def test_the_moment_can_be_read_without_a_script_and_is_escaped():
    time = months_time(labels=("一", "二", "三", "<b>四</b>"), remarks=("", "", "", '"标准"'))
    text = html_page(small_time_scene(time=time))
    assert '<p class="moment" id="changji-moment"><b>&lt;b&gt;四&lt;/b&gt;</b><span>&quot;标准&quot;</span></p>' in text


def test_the_scripts_of_time_build_no_markup_and_evaluate_nothing():
    ours = "".join(asset(name) for name in page_module.TIME_SCRIPTS)
    for word in ("innerHTML", "insertAdjacentHTML", "outerHTML", "eval(", "new Function", "document.write", "fetch("):
        assert word not in ours


def test_a_layer_of_a_surface_is_drawn_as_classes():
    squares = replace(squares_scene().layers[0], kind="surface")
    made = data_of(replace(squares_scene(), layers=(squares,)))["layers"][0]
    assert (made["draw"], made["shape"]) == ("drawClasses", "area")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"class_index": np.zeros((3, 2), dtype=np.int16)}, r"“分类”的时间序列大小不对：\(3, 2\).*应为：\(4, 2\)"),
        ({"values": np.zeros((4, 3))}, r"“PM2.5 月均浓度”的时间序列大小不对：\(4, 3\)"),
        ({"class_index": np.full((4, 2), 4, dtype=np.int16)}, "“分类”的时间序列有编号 4—4.*0 到 3 之间"),
        ({"values": np.full((4, 2), math.inf)}, "时间序列里有无穷大的数值"),
        ({"rows": (SeriesRow("首要", ("a",), np.ones((4, 2), dtype=np.int32)),)}, "“首要”的时间序列有编号 1—1.*-1 到 0 之间"),
    ],
)  # fmt: skip
def test_a_series_that_does_not_fit_its_layer_is_refused(changes, message):
    made = small_time_scene()
    made = replace(made, layers=(made.layers[0], series_of(made.layers[1], **changes)))
    with pytest.raises(InputError, match=message) as caught:
        html_page(made)
    assert "图层 squares" in str(caught.value)


@pytest.mark.parametrize("changes", [{"labels": ("一",)}, {"remarks": ()}, {"shown": 4}, {"shown": -1}, {"times": ()}])
def test_a_time_that_is_not_whole_is_refused(changes):
    with pytest.raises(InputError, match="地图的时间不完整"):
        time_data(months_time(**changes))
