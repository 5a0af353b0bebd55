"""Places by code, full name, short name, with prefixes and blanks."""

import pytest
import shapely

from changji_geo.catalog import load_layer
from changji_geo.intake.values.cells import CellTextError
from changji_geo.intake.values.places import is_prefecture, is_total, places_of
from changji_geo.resources import Workspace, packaged_root
from tests.tiny import write_layer

SHIPPED = Workspace((packaged_root(),))


@pytest.fixture(scope="module")
def counties():
    return places_of(load_layer("counties", SHIPPED))


@pytest.mark.parametrize(
    ("cell", "area"),
    [
        ("652301", "652301"), (652301, "652301"), (652301.0, "652301"), ("652301.0", "652301"), (652301000000, "652301"),
        ("652301000", "652301"), ("昌吉市", "652301"), ("昌吉", "652301"), ("昌 吉 市", "652301"), ("玛纳斯　县", "652324"),
        ("木垒哈萨克自治县", "652328"), ("木垒县", "652328"), ("木垒", "652328"), ("昌吉州阜康市", "652302"),
        ("新疆维吾尔自治区昌吉回族自治州呼图壁县", "652323"), ("昌吉回族自治州昌吉市", "652301"), ("新疆奇台", "652325"),
    ],
)  # fmt: skip
def test_a_county_by_any_of_its_names(counties, cell, area):
    assert counties.find(cell) == area and counties.knows(cell)


@pytest.mark.parametrize("cell", ["乌鲁木齐市", "652301001", "五家渠市", "昌吉州", "县", "650100", 7])
def test_what_is_no_county_is_refused(counties, cell):
    assert not counties.knows(cell)
    with pytest.raises(CellTextError, match="图层 counties 没有"):
        counties.find(cell)


def test_the_nearest_name_is_told(counties):
    with pytest.raises(CellTextError) as caught:
        counties.find("昌吉是")
    assert "是不是“昌吉市”" in caught.value.fix


@pytest.mark.parametrize(
    "name", ["counties", "air_stations", "water_sections", "water_sources", "prefecture", "regions"]
)
def test_every_feature_is_found_by_its_id_and_its_name(name):
    layer = load_layer(name, SHIPPED)
    places = places_of(layer)
    for feature_id, title in zip(layer.frame["id"], layer.frame["name"], strict=True):
        assert places.find(feature_id) == places.find(title) == places.find(f" {title}　") == str(feature_id)


def test_stations_and_sections_go_with_and_without_their_kind():
    stations = places_of(load_layer("air_stations", SHIPPED))
    assert stations.find("天山天池站") == stations.find("天山天池") == stations.find("2690a") == "2690A"
    assert places_of(load_layer("water_sections", SHIPPED)).find("三屯河渠首断面") == "W1501"


def test_a_name_of_two_features_is_refused_with_both(tmp_path):
    squares = [shapely.box(i, 0, i + 1, 1) for i in range(3)]
    rows = [{"id": "a", "name": "红旗市"}, {"id": "b", "name": "红旗县"}, {"id": "c", "name": "红旗"}]
    write_layer(tmp_path, "two", rows[:2], squares[:2])
    with pytest.raises(CellTextError, match="“红旗”可以是 红旗市（a）、红旗县（b）"):
        places_of(load_layer("two", Workspace((tmp_path,)))).find("红旗")
    write_layer(tmp_path, "three", rows, squares)
    assert places_of(load_layer("three", Workspace((tmp_path,)))).find("红旗") == "c"


def test_the_prefecture_and_totals():
    assert all(is_prefecture(c) for c in ("全州", "昌吉州", "昌吉回族自治州", 652300, "652300000000", "新疆昌吉州"))
    assert not any(is_prefecture(c) for c in ("昌吉", "昌吉市", 652301, "合计"))
    assert is_total("合　计") and is_total("平均") and not is_total("全州")
