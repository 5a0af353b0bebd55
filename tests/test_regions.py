"""Named groups of counties: found by name or id, with members that programs can read, usable wherever a county is."""

from __future__ import annotations

import pytest

from changji_geo.catalog import load_layer
from changji_geo.errors import InputError
from changji_geo.monitoring.air.evaluation.areas import region_members
from changji_geo.regions import area_counties, find_region, fold_area, list_regions
from changji_geo.resources import Workspace, packaged_root
from tests.tiny import SQUARES, write_layer

SHIPPED = Workspace((packaged_root(),))
WEST = ("昌吉市", "阜康市", "呼图壁县", "玛纳斯县")


def test_the_groups_of_the_bureau_are_there():
    assert [r.id for r in list_regions(SHIPPED)] == [
        "wcs_west4", "east3", "wcs_all", "prefecture_all", "with_bingtuan", "wcs_west4_parks", "wcs_west4_bingtuan",
    ]  # fmt: skip


def test_members_are_full_names_beside_their_ids():
    counties = dict(load_layer("counties", SHIPPED).frame[["name", "id"]].values.tolist())
    parks = dict(load_layer("parks", SHIPPED).frame[["name", "id"]].values.tolist())
    cities = {"乌鲁木齐市": "650100", "石河子市": "659001", "五家渠市": "659004", "沙湾市": "654223"}
    for region in list_regions(SHIPPED):
        assert [(counties | parks | cities)[name] for name in region.members] == list(region.member_ids)


def test_the_western_four_have_parks_and_bingtuan_cities_beside_them():
    by_id = {r.id: r.members for r in list_regions(SHIPPED)}
    assert by_id["wcs_west4"] == WEST
    assert by_id["wcs_west4_parks"] == (*WEST, "昌吉高新技术产业开发区", "昌吉国家农业科技园区")
    assert by_id["wcs_west4_bingtuan"] == (*WEST, "石河子市", "五家渠市")
    assert by_id["prefecture_all"] == (*WEST, "奇台县", "吉木萨尔县", "木垒哈萨克自治县")
    assert by_id["with_bingtuan"] == (*by_id["prefecture_all"], "五家渠市")


def test_parks_without_borders_add_no_area():
    area = load_layer("regions", SHIPPED).frame.set_index("id")["area_km2"]
    assert area["wcs_west4_parks"] == area["wcs_west4"]
    assert area["wcs_west4_bingtuan"] > area["wcs_west4"]


@pytest.mark.parametrize(
    "text", ["wcs_west4", "“乌—昌—石”区域西部四县市", "乌-昌-石区域西部四县市", " 乌－昌－石 区域西部四县市 "]
)
def test_a_region_is_found_by_id_and_by_name_however_its_quotes_and_dashes_are_typed(text):
    assert area_counties(text, SHIPPED) == WEST


@pytest.mark.parametrize("text", ["652325", "奇台县"])
def test_a_county_stands_for_itself(text):
    assert area_counties(text, SHIPPED) == ("奇台县",)
    assert find_region(text, SHIPPED) is None


def test_an_unknown_area_is_refused_with_the_nearest_names():
    with pytest.raises(InputError, match=r"没有县市或区域“奇台市”。应为：县市的名称或代码，.*处理：是不是“奇台县”？"):
        area_counties("奇台市", SHIPPED)
    for nothing in ("", " ", "“”"):
        with pytest.raises(InputError, match="没有县市或区域"):
            area_counties(nothing, SHIPPED)


def test_a_dash_is_a_dash_only_between_names():
    assert fold_area("乌—昌") == fold_area("乌-昌") == "乌-昌"
    assert fold_area("乌昌") != fold_area("乌-昌")


def test_a_workspace_without_regions_has_none_and_one_without_ids_keeps_its_names(tmp_path):
    (tmp_path / "layers").mkdir()
    (tmp_path / "maps").mkdir()
    assert list_regions(Workspace((tmp_path,))) == ()
    write_layer(tmp_path, "regions", [{"id": "r", "name": "两县", "members": "甲县、 乙县"}], [SQUARES["west"]])
    (region,) = list_regions(Workspace((tmp_path,)))
    assert region.members == ("甲县", "乙县")
    assert region.member_ids == ()


def test_air_of_a_region_follows_the_members_of_the_layer():
    stations = {"昌吉市": ["A"], "五家渠市": ["B"], "石河子市": ["C"], "奇台县": ["D"]}
    assert region_members(stations, ["乌-昌-石区域西部四县市", "西部四县市及兵团城市"], workspace=SHIPPED) == {
        "“乌—昌—石”区域西部四县市": ("A",),
        "西部四县市及兵团城市": ("A", "C", "B"),
    }
