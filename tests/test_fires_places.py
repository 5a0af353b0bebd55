"""Fire points on tiny layers: county, zone by date, distances, heat sources, and which of them count."""

from __future__ import annotations

import datetime

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from changji_geo.catalog import load_layer
from changji_geo.ellipsoid import geod
from changji_geo.errors import InputError, LayerError
from changji_geo.monitoring.fires.bulletin import BULLETIN_COLUMNS, COUNTY_COLUMNS, daily_bulletin
from changji_geo.monitoring.fires.clue_rows import fires_as_clues
from changji_geo.monitoring.fires.locating import LOCATED_COLUMNS, locate_fires
from changji_geo.monitoring.fires.mapping import fire_layer, fire_map_spec
from changji_geo.monitoring.fires.merging import MergedFires, merge_fires
from changji_geo.monitoring.fires.reading import read_fires
from changji_geo.monitoring.fires.sample import sample_firms
from changji_geo.monitoring.fires.screening import screen_fires
from changji_geo.monitoring.fires.sensors import BULLETIN_KNOWN
from changji_geo.resources import Workspace, packaged_root
from changji_geo.xlsxfile import SheetData, workbook_bytes
from tests.tiny import SQUARES, write_layer

HEADER = "latitude,longitude,acq_date,acq_time,satellite,confidence,version,frp,type"
SHIPPED = Workspace((packaged_root(),))


def fires(folder, *rows):
    """Rows as (lat, lon, day, time, satellite, confidence, version, frp, type)."""
    path = folder / "fires.csv"
    path.write_text("\n".join([HEADER, *(",".join(map(str, r)) for r in rows)]), encoding="utf-8")
    table = read_fires(path)
    assert [f for f in table.findings if f.level == "error"] == []
    return table


def at(lon, lat, *, day="2026-03-12", time="0612", satellite="N", confidence="n", version="2.0NRT", frp=5, kind=""):
    return (lat, lon, day, time, satellite, confidence, version, frp, kind)


@pytest.fixture
def space(tmp_path):
    """Two counties side by side, a 兵团 city east of them, a reserve in the west one, a heat source in both."""
    write_layer(
        tmp_path,
        "counties",
        [{"id": "652301", "name": "甲市"}, {"id": "652302", "name": "乙县"}],
        [SQUARES["west"], SQUARES["middle"]],
    )
    write_layer(tmp_path, "bingtuan", [{"id": "659004", "name": "丙市"}], [SQUARES["east"]])
    write_layer(
        tmp_path,
        "reserves",
        [
            {"id": "a", "name": "某区核心", "reserve": "某保护区", "zone_old": "缓冲区", "zone_new": "核心保护区"},
            {"id": "b", "name": "某区实验", "reserve": "某保护区", "zone_old": "实验区", "zone_new": None},
        ],
        [shapely.box(87.1, 44.1, 87.2, 44.2), shapely.box(87.2, 44.1, 87.3, 44.2)],
        accuracy="schematic",
    )
    write_layer(
        tmp_path,
        "heat_sources",
        [
            {"id": "1", "name": "大园区", "action": "提示", "reason": "可能是工业热源"},
            {"id": "2", "name": "电厂", "action": "剔除", "reason": "火电厂"},
        ],
        [shapely.box(87.25, 44.15, 88.5, 44.5), shapely.box(87.28, 44.18, 88.2, 44.3)],
        accuracy="approximate",
    )
    (tmp_path / "maps").mkdir(exist_ok=True)
    return Workspace((tmp_path,))


def located(folder, space, *rows):
    return locate_fires(fires(folder, *rows), workspace=space)


def rows_of(found, *columns):
    return found.frame.sort_values("row")[list(columns)].values.tolist()


def test_each_point_has_its_county_and_those_outside_are_kept_and_marked(tmp_path, space):
    found = located(tmp_path, space, at(87.5, 44.6), at(88.0, 44.6), at(88.5, 44.6), at(89.5, 44.6), at(95, 40))
    assert rows_of(found, "place", "in_prefecture", "county", "adcode") == [
        ["州内", True, "甲市", "652301"],
        ["州内", True, "甲市", "652301"],
        ["州内", True, "乙县", "652302"],
        ["丙市", False, "", ""],
        ["州外", False, "", ""],
    ]
    assert list(found.frame.columns)[-1 - len(LOCATED_COLUMNS) : -1] == list(LOCATED_COLUMNS)


@pytest.mark.parametrize(
    ("day", "clock", "lon", "zone", "scheme"),
    [
        ("2026-03-14", "1559", 87.15, "缓冲区", "三区"),
        ("2026-03-14", "1600", 87.15, "核心保护区", "两区"),
        ("2026-03-15", "0000", 87.15, "核心保护区", "两区"),
        ("2026-03-14", "1559", 87.25, "实验区", "三区"),
        ("2026-03-14", "1600", 87.25, "", "两区"),
    ],
)
def test_the_zone_goes_by_the_day_in_beijing(tmp_path, space, day, clock, lon, zone, scheme):
    found = located(tmp_path, space, at(lon, 44.14, day=day, time=clock))
    row = found.frame.iloc[0]
    assert (row["reserve"], row["zone"], row["zone_scheme"]) == ("某保护区", zone, scheme)
    assert ("830号" in row["regulation"]) == (scheme == "两区")
    assert any("图层没有给出当日适用的分区" in n for n in found.notes) == (not zone)


def test_distances_are_geodesic_and_zero_inside(tmp_path, space):
    found = located(tmp_path, space, at(87.15, 44.15), at(87.1, 44.05), at(95, 40))
    _, _, metres = geod().inv(87.1, 44.05, 87.1, 44.1)
    values = found.frame.sort_values("row")["reserve_distance_m"].tolist()
    assert values[0] == 0
    assert values[1] == pytest.approx(metres, abs=1e-3)
    assert values[2] != values[2]
    assert found.frame.sort_values("row")["nearest_reserve"].tolist() == ["某保护区", "某保护区", ""]


def test_a_schematic_reserve_says_so_in_every_row_and_in_the_notes(tmp_path, space):
    found = located(tmp_path, space, at(87.5, 44.6))
    assert found.frame["reserve_notice"].tolist() == ["示意图层，不作为执法依据"]
    assert "保护区、功能区及距离：示意图层，不作为执法依据" in found.notes
    assert "测试图层（reserves 1.0，示意）" in found.layers


def test_without_towns_the_columns_are_empty_and_a_note_says_so(tmp_path, space):
    found = located(tmp_path, space, at(87.5, 44.6))
    assert rows_of(found, "town", "nearest_town") == [["", ""]]
    assert found.frame["town_distance_m"].isna().all()
    assert "工作区没有乡镇图层“towns”，乡镇和到最近乡镇的距离留空" in found.notes


def test_towns_as_points_give_the_nearest_one_and_as_areas_also_the_own_one(tmp_path, space):
    names = [{"id": "1", "name": "东镇"}, {"id": "2", "name": "西镇"}]
    spots = [shapely.Point(87.9, 44.6), shapely.Point(87.45, 44.6)]
    write_layer(tmp_path, "towns", names, spots, geometry="point")
    found = located(tmp_path, space, at(87.5, 44.6))
    _, _, metres = geod().inv(87.5, 44.6, 87.45, 44.6)
    assert rows_of(found, "town", "nearest_town") == [["", "西镇"]]
    assert found.frame["town_distance_m"][0] == pytest.approx(metres, abs=1e-3)
    assert any("不能判断所在乡镇" in n for n in found.notes)
    write_layer(tmp_path, "villages", names, [shapely.box(87.8, 44.5, 88, 44.7), shapely.box(87.4, 44.5, 87.6, 44.7)])
    areas = locate_fires(fires(tmp_path, at(87.5, 44.6)), workspace=space, towns="villages")
    assert rows_of(areas, "town", "nearest_town", "town_distance_m") == [["西镇", "西镇", 0.0]]


def test_a_source_that_masks_goes_before_one_that_hints_and_names_its_reason(tmp_path, space):
    found = located(tmp_path, space, at(87.9, 44.25), at(87.9, 44.4), at(87.9, 44.6))
    assert rows_of(found, "heat_source", "heat_action", "heat_reason") == [
        ["电厂", "剔除", "在固定热源“电厂”内：火电厂（图层精度：近似）"],
        ["大园区", "提示", "在固定热源“大园区”内：可能是工业热源（图层精度：近似）"],
        ["", "", ""],
    ]


def test_a_workspace_without_heat_sources_says_that_none_were_taken_out(tmp_path, space):
    found = locate_fires(fires(tmp_path, at(87.9, 44.25)), workspace=space, heat_sources="none")
    assert found.frame["heat_source"].tolist() == [""]
    assert "工作区没有固定热源图层“none”，没有剔除固定热源" in found.notes


def test_heat_sources_as_points_or_with_an_unknown_action_are_refused(tmp_path, space):
    write_layer(tmp_path, "dots", [{"id": "1", "name": "烟囱"}], [shapely.Point(87.5, 44.5)], geometry="point")
    with pytest.raises(LayerError, match="图层“dots”是点图层。应为：面图层"):
        locate_fires(fires(tmp_path, at(87.5, 44.5)), workspace=space, heat_sources="dots")
    write_layer(tmp_path, "odd", [{"id": "1", "name": "厂", "action": "删"}], [SQUARES["west"]])
    with pytest.raises(LayerError, match="列“action”的取值“删”不认识"):
        locate_fires(fires(tmp_path, at(87.5, 44.5)), workspace=space, heat_sources="odd")


def screened(folder, space, *rows, **options):
    return screen_fires(located(folder, space, *rows), **options).sort_values("row")


def test_every_reason_for_not_counting_is_given_and_a_plain_fire_counts(tmp_path, space):
    found = screened(
        tmp_path, space,
        at(87.5, 44.6), at(89.5, 44.6), at(95, 40), at(87.5, 44.7, confidence="l"), at(87.5, 44.8, confidence=""),
        at(87.5, 44.9, version="2", kind=2), at(87.5, 44.95, version="2", kind=0), at(87.9, 44.25), at(87.9, 44.4),
        at(89.6, 44.6, confidence="l", version="2", kind=1),
    )  # fmt: skip
    assert found["counted"].tolist() == [True, False, False, False, False, False, True, False, True, False]
    assert found["reasons"].tolist() == [
        "", "不在昌吉州内（丙市）", "不在昌吉州内（州外）", "低置信度：VIIRS l", "没有置信度", "标准产品类型 2：其他陆地固定热源",
        "", "在固定热源“电厂”内：火电厂（图层精度：近似）", "", "不在昌吉州内（丙市）；标准产品类型 1：活火山；低置信度：VIIRS l",
    ]  # fmt: skip
    assert found["reason_codes"].tolist() == [
        "", "outside", "outside", "low_confidence", "no_confidence", "type", "", "heat", "", "outside type low_confidence",
    ]  # fmt: skip
    assert found["hints"].tolist()[8] == "在固定热源“大园区”内：可能是工业热源（图层精度：近似）"
    assert found["low_confidence"].isna().tolist() == [False] * 4 + [True] + [False] * 5


def test_inside_a_reserve_a_heat_source_only_hints(tmp_path, space):
    found = screened(tmp_path, space, at(87.29, 44.19), at(87.31, 44.19))
    assert found["reserve"].tolist() == ["某保护区", ""]
    assert found["counted"].tolist() == [True, False]
    assert found["hints"].tolist() == ["在固定热源“电厂”内：火电厂（图层精度：近似）", ""]


@pytest.mark.parametrize(("percent", "counted"), [(0, False), (29, False), (30, True), (31, True), (100, True)])
def test_modis_below_thirty_percent_is_labelled_with_its_unverified_source(tmp_path, space, percent, counted):
    row = screened(tmp_path, space, at(87.5, 44.6, satellite="T", confidence=percent, version="6.1NRT")).iloc[0]
    assert (row["counted"], row["low_confidence"]) == (counted, not counted)
    assert ("凭记忆，未核对原文" in row["reasons"]) is not counted


def test_the_limit_for_modis_can_be_another_or_none(tmp_path, space):
    point = at(87.5, 44.6, satellite="T", confidence=45, version="6.1NRT")
    assert screened(tmp_path, space, point, modis_low_below=50)["reasons"].tolist() == [
        "低置信度：MODIS 45%（低于 50%）"
    ]
    none = screened(tmp_path, space, point, modis_low_below=None)
    assert none["counted"].tolist() == [True]
    assert none["low_confidence"].isna().all()
    with pytest.raises(InputError, match="界限 101 不能用"):
        screened(tmp_path, space, point, modis_low_below=101)


def test_points_that_are_not_located_cannot_be_screened(tmp_path):
    with pytest.raises(InputError, match="还没有定位：缺少列 place"):
        screen_fires(fires(tmp_path, at(87.5, 44.6)).frame)


def bulletin(folder, space, *rows, day=datetime.date(2026, 3, 12), **options):
    return daily_bulletin(located(folder, space, *rows), day, workspace=space, **options)


def test_the_bulletin_counts_fires_and_lists_the_others_with_their_reasons(tmp_path, space):
    made = bulletin(
        tmp_path, space,
        at(88.6, 44.6), at(87.5, 44.6, frp=3.5), at(87.501, 44.6, satellite="N20", time="0702", frp=9),
        at(87.5, 44.8, confidence="l"), at(89.5, 44.6), at(87.5, 44.6, day="2026-03-13"),
    )  # fmt: skip
    table = made.table
    assert list(table.columns) == list(BULLETIN_COLUMNS)
    assert list(table.columns[1:7]) == list(BULLETIN_KNOWN)
    assert table["序号"].tolist() == [1, 2, None]
    assert table["县（市、区）"].tolist() == ["甲市", "乙县", "甲市"]
    assert table["性质"].tolist() == ["疑似火点", "疑似火点", "疑似火点（低置信度）"]
    assert table["是否计入"].tolist() == ["是", "是", "否"]
    assert table["未计入原因"].tolist() == [None, None, "低置信度：VIIRS l"]
    first = table.iloc[0]
    assert (first["中心经度"], first["中心纬度"]) == ("87°30′03.6″E", "44°36′00.0″N")
    assert (first["卫星"], first["探测点数"], first["最大辐射功率（MW）"]) == ("NOAA-20、S-NPP", 2, 9.0)
    assert (first["卫星过境日期"], first["卫星过境时间（北京时间）"]) == (datetime.date(2026, 3, 12), "14:12、15:02")
    assert (first["乡镇"], first["设区市（州）"], first["合并规则"]) == (None, "昌吉回族自治州", "same-day-one-pixel")
    assert list(made.counties.columns) == list(COUNTY_COLUMNS)
    assert made.counties.values.tolist() == [["甲市", 1, 1, 3], ["乙县", 1, 0, 1], ["合计", 2, 1, 4]]
    text = "\n".join(made.notes)
    for words in (
        "2026-03-12（北京时间）卫星热异常线索，经现场核实前一律称疑似火点",
        "所用卫星：NOAA-20、S-NPP；不包括云覆盖下的火点信息",
        "州外的探测点没有列入：丙市 1 个",
        "另有 1 个探测点属于其他日期",
        "数据不是标准产品",
        "没有用耕地图层筛选",
        "凭记忆，未核对原文",
        "示意图层，不作为执法依据",
        "合并规则：same-day-one-pixel：同一天（北京时间）",
    ):
        assert words in text


def test_the_regulation_is_named_in_the_row_of_a_fire_in_a_reserve(tmp_path, space):
    day = datetime.date(2026, 3, 15)
    row = bulletin(tmp_path, space, at(87.15, 44.15, day="2026-03-15"), day=day).table.iloc[0]
    assert (row["自然保护区"], row["功能区"]) == ("某保护区核心保护区", "核心保护区")
    assert "830号" in row["分区依据"]
    assert (row["距最近自然保护区（千米）"], row["备注"]) == (0.0, "保护区：示意图层，不作为执法依据")


def test_a_satellite_code_from_memory_is_named_in_the_row_the_notes_and_the_clue(tmp_path, space):
    made = bulletin(tmp_path, space, at(87.5, 44.6, satellite="2"))
    said = "卫星代码“2”按 NOAA-21 读（未核实）"
    assert said in made.table["备注"][0]
    assert said in made.notes
    assert said in fires_as_clues(made.merged)["备注"][0]


def test_a_day_without_points_is_zero_in_every_county_and_says_what_that_means(tmp_path, space):
    made = bulletin(tmp_path, space, at(87.5, 44.6), day=datetime.date(2026, 4, 1))
    assert (len(made.table), list(made.table.columns)) == (0, list(BULLETIN_COLUMNS))
    assert made.counties.values.tolist() == [["甲市", 0, 0, 0], ["乙县", 0, 0, 0], ["合计", 0, 0, 0]]
    assert any("不等于没有火" in n for n in made.notes)
    assert len(fires_as_clues(made.merged)) == 0


def test_the_bulletin_is_ready_for_a_workbook(tmp_path, space):
    made = bulletin(tmp_path, space, at(87.5, 44.6), at(87.5, 44.8, confidence="l"))
    data = workbook_bytes(
        SheetData("日报", list(made.table.columns), made.table.values.tolist()),
        SheetData("县市", list(made.counties.columns), made.counties.values.tolist()),
    )
    assert data == workbook_bytes(
        SheetData("日报", list(made.table.columns), made.table.values.tolist()),
        SheetData("县市", list(made.counties.columns), made.counties.values.tolist()),
    )


def test_a_moment_is_no_day_of_a_bulletin(tmp_path, space):
    with pytest.raises(InputError, match="不是一天"):
        bulletin(tmp_path, space, at(87.5, 44.6), day=datetime.datetime(2026, 3, 12))


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_clues_import_reads_the_fires_as_points_with_day_and_source(tmp_path, suffix):
    from changji_geo.clues.incoming.reading import read_clues

    rows = [at(89.2, 44.99), at(87.3, 44.2, confidence="h", time="1700"), at(87.3, 44.3, confidence="l")]
    place = locate_fires(fires(tmp_path, *rows), workspace=SHIPPED)
    merged = merge_fires(screen_fires(place))
    table = fires_as_clues(merged)
    assert len(table) == 2
    path = tmp_path / f"线索{suffix}"
    if suffix == ".csv":
        table.to_csv(path, index=False, encoding="utf-8-sig")
    else:
        path.write_bytes(workbook_bytes(SheetData("火点", list(table.columns), table.values.tolist())))
    incoming = read_clues(path, batch="火点2026-3", workspace=SHIPPED)
    assert [c.original_id for c in incoming.clues] == table["点位编号"].tolist()
    assert sorted((c.geometry.x, c.geometry.y) for c in incoming.clues) == [(87.3, 44.2), (89.2, 44.99)]
    assert sorted(c.observed for c in incoming.clues) == [datetime.date(2026, 3, 12), datetime.date(2026, 3, 13)]
    sources = {v for c in incoming.clues for v in c.attributes.values()}
    assert "FIRMS 卫星火点：S-NPP（2.0NRT）" in sources
    assert [f for f in incoming.findings if f.level == "error"] == []
    only = fires_as_clues(merged, reserves_only=True)
    assert only["保护地名称"].tolist() == ["卡拉麦里山有蹄类野生动物自然保护区"]
    assert "示意图层，不作为执法依据" in only["备注"][0]


def test_fires_that_were_not_screened_are_no_clues(tmp_path):
    merged = merge_fires(fires(tmp_path, at(87.5, 44.6)).frame)
    with pytest.raises(InputError, match="缺少列 counted"):
        fires_as_clues(merged)
    assert isinstance(merged, MergedFires)


def test_the_starter_mask_is_approximate_and_only_one_area_of_it_masks():
    layer = load_layer("heat_sources", SHIPPED)
    assert layer.meta.accuracy == "approximate"
    assert layer.frame.set_index("id")["action"].to_dict() == {
        "zhundong_wucaiwan": "剔除", "zhundong_planned": "提示", "gaoxinqu": "提示", "ganquanpu": "提示",
    }  # fmt: skip
    assert layer.frame["source"].str.contains("待核实").all()
    assert "nongyuanqu" not in set(layer.frame["id"])


def test_the_shipped_layers_place_a_day_of_points(tmp_path):
    found = locate_fires(
        fires(tmp_path, at(89.2, 44.75), at(89.2, 44.99), at(87.3, 44.02), at(87.6, 43.8)), workspace=SHIPPED
    )
    screen = screen_fires(found).sort_values("row")
    assert screen["county"].tolist() == ["吉木萨尔县", "吉木萨尔县", "昌吉市", ""]
    assert screen["counted"].tolist() == [False, True, True, False]
    assert screen["heat_source"].tolist() == ["准东五彩湾", "准东开发区规划范围（外框）", "", ""]
    assert screen["reserve"].tolist()[1] == "卡拉麦里山有蹄类野生动物自然保护区"


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 60), st.integers(0, 20), st.sampled_from(["12", "13"]), st.sampled_from(["l", "n", "h", ""]),
            st.sampled_from(["", 0, 1, 2, 3]),
        ),
        max_size=20,
        unique_by=lambda p: p[:2],
    )
)  # fmt: skip
def test_every_point_of_the_day_is_in_one_fire_or_told_to_be_outside(tmp_path, space, places):
    rows = [
        at(87.0 + x * 0.05, 44.0 + y * 0.002, day=f"2026-03-{day}", confidence=letter, kind=kind)
        for x, y, day, letter, kind in places
    ]
    made = bulletin(tmp_path, space, *rows)
    of_day = [p for p in places if p[2] == "12"]
    outside = sum(87.0 + x * 0.05 > 89 for x, *_ in of_day)
    assert made.table["探测点数"].sum() == len(of_day) - outside
    ends = made.counties.iloc[-1]
    assert ends["疑似火点数"] + ends["未计入数"] == len(made.table)
    assert ends["疑似火点数"] == (made.table["是否计入"] == "是").sum()
    assert made.counties.iloc[:-1, 1:].sum().tolist() == ends.iloc[1:].tolist()
    assert (made.table["未计入原因"].isna() == (made.table["是否计入"] == "是")).all()
    assert any(f" {len(places) - len(of_day)} 个探测点属于其他日期" in n for n in made.notes) == (
        len(places) > len(of_day)
    )
    assert any(f"丙市 {outside} 个" in n for n in made.notes) == (outside > 0)


def test_the_notes_say_which_products_there_are_and_which_limit_holds(tmp_path, space):
    rows = at(87.5, 44.6), at(87.5, 44.8, version="2", kind=0)
    notes = bulletin(tmp_path, space, *rows, modis_low_below=None).notes
    assert "数据有 NRT、standard 几种产品，只有标准产品有类型字段" in notes
    assert "MODIS 没有按置信度筛选" in notes
    assert "没有用耕地图层筛选，列出的不都是秸秆焚烧" in notes
    alone = bulletin(tmp_path, space, rows[1], modis_low_below=50).notes
    assert "MODIS 低于 50% 的标为低置信度，不计入" in alone
    assert not any("产品" in note for note in alone)


def test_counties_that_are_none_of_the_prefectures_are_refused(tmp_path, space):
    with pytest.raises(InputError, match="^丙市、丁县 里没有本州的县市。应为：甲市、乙县。处理：改正名称。$"):
        bulletin(tmp_path, space, at(87.5, 44.6), counties=["丙市", "丁县"])


def test_a_distance_in_the_table_has_two_decimals_of_a_kilometre_and_outside_there_is_no_zone(tmp_path, space):
    row = bulletin(tmp_path, space, at(87.1, 44.05)).table.iloc[0]
    _, _, metres = geod().inv(87.1, 44.05, 87.1, 44.1)
    assert row["距最近自然保护区（千米）"] == round(metres / 1000, 2) == 5.56
    assert (row["自然保护区"], row["功能区"], row["备注"]) == (None, None, "保护区：示意图层，不作为执法依据")


def test_the_layer_for_maps_holds_what_the_bulletin_says(tmp_path, space):
    made = bulletin(
        tmp_path, space,
        at(87.15, 44.15, frp=3.14), at(87.1, 44.05, frp=""), at(87.5, 44.8, confidence="l"), at(87.9, 44.25),
    )  # fmt: skip
    layer = fire_layer([made], title="火点")
    assert (layer.meta.title, layer.meta.source, layer.meta.licence) == (
        "火点",
        "FIRMS 卫星火点",
        "NASA FIRMS，注明来源",
    )
    assert (layer.meta.retrieved, layer.meta.feature_count, layer.meta.accuracy) == (
        datetime.date(2026, 3, 12), 4, "approximate",
    )  # fmt: skip
    places = zip(layer.frame.geometry.x, layer.frame.geometry.y, strict=True)
    cells = layer.frame.drop(columns="geometry").astype(object).fillna("空").to_dict("records")
    rows = dict(zip(places, cells, strict=True))
    inside, plain, low, heat = (rows[p] for p in ((87.15, 44.15), (87.1, 44.05), (87.5, 44.8), (87.9, 44.25)))
    numbers = sorted(r["number"] for r in (inside, plain))
    assert numbers == ["1", "2"]
    assert plain | {"id": "", "number": "", "name": ""} == {
        "id": "", "name": "", "status": "疑似火点", "number": "", "date": "2026-03-12", "county": "甲市", "town": "空",
        "times": "14:12", "satellites": "S-NPP", "detections": 1, "confidences": plain["confidences"],
        "frp_max_mw": "空", "reserve": "空", "zone": "空", "reserve_km": 5.6, "reasons": "空",
        "hints": "空", "note": "空", "accuracy": "approximate", "source": "FIRMS 卫星火点",
    }  # fmt: skip
    assert plain["name"] == f"{plain['number']} 号，甲市"
    assert (inside["frp_max_mw"], inside["reserve_km"]) == (3.1, 0)
    assert (inside["zone"], inside["reserve"]) == ("缓冲区", "某保护区")
    assert (low["name"], low["status"], low["number"]) == ("低置信度，甲市", "低置信度", "空")
    assert low["reasons"] == "低置信度：VIIRS l"
    assert (heat["status"], heat["number"]) == ("固定热源", "空")
    assert heat["reasons"] == "在固定热源“电厂”内：火电厂（图层精度：近似）"


def test_without_bulletins_and_without_fires_there_is_no_layer(tmp_path, space):
    empty = bulletin(tmp_path, space, at(95, 40))
    with pytest.raises(InputError, match="没有火点，画不出火点图层。处理：检查文件和日期"):
        fire_layer([empty])
    with pytest.raises(InputError, match="没有日报，画不出火点图。处理：给出日期"):
        fire_map_spec([])


def test_the_map_of_one_day_numbers_its_fires_and_that_of_two_does_not(tmp_path, space):
    rows = at(87.5, 44.6), at(87.5, 44.6, day="2026-03-13")
    days = [bulletin(tmp_path, space, *rows, day=datetime.date(2026, 3, d)) for d in (12, 13)]
    one, two = (fire_map_spec(d, workspace=SHIPPED) for d in (days[:1], days))

    def suspected(spec):
        return [(layer.label, layer.title) for layer in spec.layers if layer.source == "fires"]

    (shipped,) = [title for label, title in suspected(one) if label]
    assert [label for label, _ in suspected(two)] == [None]
    assert suspected(two)[0][1] == "疑似火点" != shipped
    assert one.subtitle == "2026 年 3 月 12 日（北京时间），疑似火点 1 处，不计入 0 处"
    assert two.subtitle == "2026 年 3 月 12 日至 2026 年 3 月 13 日（北京时间），疑似火点 2 处，不计入 0 处"
    assert two.date == datetime.date(2026, 3, 13)
    assert not any("示例" in note for note in one.notes)


def test_the_made_up_file_lies_where_it_says_on_one_day_of_beijing(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text(sample_firms(), encoding="utf-8")
    table = read_fires(path)
    assert [f for f in table.findings if f.level == "error"] == []
    assert set(table.frame["date"]) == {datetime.date(2026, 3, 26)}
    assert set(table.frame["beijing"].astype(str).str[11:16]) == {
        "03:12", "03:48", "04:24", "13:36", "14:18", "14:54",
    }  # fmt: skip
    places = merge_fires(screen_fires(locate_fires(table, workspace=SHIPPED)))
    members, merged = places.members, places.fires
    assert (len(members), len(merged)) == (32 + 11, 32)
    assert members["frp_mw"].min() >= 0.4
    assert (merged["reserve"] != "").sum() >= 1
    made = daily_bulletin(locate_fires(table, workspace=SHIPPED), datetime.date(2026, 3, 26), workspace=SHIPPED)
    assert any(note.startswith("州外的探测点没有列入：") and "五家渠市" in note for note in made.notes)
    layer = fire_layer([made], title="火点")
    assert layer.meta.title == "火点（示例数据）"
    assert set(layer.frame["source"]) == {"示例数据，随机生成，不是FIRMS 卫星火点"}
    spec = fire_map_spec([made], workspace=SHIPPED)
    assert spec.title.endswith("（示例数据）") and "示例数据" in spec.notes[0]


@pytest.mark.parametrize("count", [0, 401])
def test_a_made_up_file_has_one_fire_at_least_and_four_hundred_at_most(count):
    with pytest.raises(InputError, match=f"示例火点数 {count} 不对。应为：1 到 400。处理：换一个数"):
        sample_firms(fires=count)


def test_one_made_up_fire_on_a_field_is_enough():
    assert len(sample_firms(fires=1).splitlines()) == 1 + (1 + 6) + 3
