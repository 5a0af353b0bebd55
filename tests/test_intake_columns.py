"""intake.columns.mapping: fields find their columns, cells their types, units and words; nothing of the file is lost."""

from __future__ import annotations

import datetime
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from changji_geo.catalog import load_layer
from changji_geo.errors import InputError, LayerError
from changji_geo.intake.columns.aliases import load_aliases
from changji_geo.intake.columns.fields import match_fields, safe_name
from changji_geo.intake.columns.mapping import Lookup, map_columns
from changji_geo.intake.columns.types import convert_cells, infer_type
from changji_geo.layer_description import Column, layer_meta
from changji_geo.resources import Workspace, find_workspace, packaged_root

SHIPPED = find_workspace(packaged_root())
ALIASES = load_aliases(SHIPPED)


def frame_of(columns, rows=None):
    count = len(next(iter(columns.values()))) if columns else 0
    shapes = [shapely.box(87 + i, 44, 88 + i, 45) for i in range(count)]
    return gpd.GeoDataFrame(columns, geometry=shapes, index=rows or range(1, count + 1), crs="EPSG:4490")


def mapped(columns, target=None, *, rows=None, aliases=ALIASES, **options):
    meta = layer_meta(target, SHIPPED) if target else None
    return map_columns(frame_of(columns, rows), target=meta, aliases=aliases, **options)


def told(done, rule):
    return [f for f in done.findings if f.rule == rule]


def only(done, rule):
    (finding,) = told(done, rule)
    return finding


def matched(*fields, target=None, overrides=None):
    meta = layer_meta(target, SHIPPED) if target else None
    found = match_fields(fields, target=meta, table=ALIASES.for_layer(target), overrides=overrides or {})
    return {m.field: (*m.columns, m.how) for m in found.matches}, found


# which column a field means


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("zone_old", ("zone_old", "name")),
        ("NAME", ("name", "name")),
        ("功能区（三区）", ("zone_old", "title")),
        ("管控要求(两区)", ("rule_new", "title")),
        ("BHQMC", ("reserve", "alias")),
        ("功能区", ("zone_old", "zone_new", "alias")),
        ("GNFQ", ("zone_old", "zone_new", "alias")),
        ("县（市、区）", ("county", "alias")),
        ("批准面积（公顷）", ("official_area_km2", "alias")),
        ("自然保护区", ("reserve", "title")),
        ("自然保护地", ("reserve", "alias")),
        ("自然保护地名", None),  # 12 bytes of GBK: not cut
        ("official_a", ("official_area_km2", "cut")),
        ("in_prefect", ("in_prefecture_pct", "cut")),
        ("保护区公布", ("official_area_km2", "cut")),  # five characters of the title 保护区公布面积
        ("管控要", None),  # three of UTF-8: 管控要求（三区） or （两区）
        ("权属", None),
    ],
)
def test_a_field_finds_its_column(field, expected):
    found, _ = matched(field, target="reserves")
    assert found.get(field) == expected


def test_a_cut_name_is_told():
    _, fields = matched("official_a", target="reserves")
    (finding,) = fields.findings
    assert (finding.level, finding.rule, finding.column) == ("info", "cut_name", "official_a")
    assert "在 10 字节处截断" in finding.message
    assert "official_area_km2" in finding.message


def test_a_name_that_several_columns_begin_with_is_not_guessed():
    found, _ = matched("自然保护区", target=None)  # an alias of its own, though 自然保护区名称 and 编号 begin so
    assert found["自然保护区"] == ("reserve", "alias")
    found, _ = matched("整改完成时", "疑似问题类", target=None)
    assert found == {"整改完成时": ("finished", "cut"), "疑似问题类": ("activity", "cut")}
    found, _ = matched("所在河", "县级名", target=None)  # 9 bytes of UTF-8
    assert found == {"所在河": ("river", "cut"), "县级名": ("county", "cut")}
    found, _ = matched("所属县", "保护地", target=None)  # an alias; and 保护地名称, 保护地编号, 保护地类型 ...
    assert found == {"所属县": ("county", "alias")}


def test_of_two_fields_the_better_way_wins_and_the_other_is_told():
    found, fields = matched("站名", "名称", "Name", target="air_stations")
    assert found == {"Name": ("name", "name")}
    assert fields.others == ("站名", "名称")
    assert [f.rule for f in fields.findings] == ["rival_field", "rival_field"]
    assert "已用“Name”" in fields.findings[0].message
    assert "--map" in fields.findings[0].message
    found, _ = matched("图斑编号", "标识码")
    assert found == {"标识码": ("id", "alias")}  # the earlier alias, not the earlier field


def test_an_override_wins_and_an_empty_one_keeps_the_field():
    found, fields = matched("编号", "旧名", "名称", target="reserves", overrides={"旧名": "name", "编号": ""})
    assert found == {"旧名": ("name", "told")}
    assert fields.others == ("编号", "名称")


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"名": "name"}, "文件没有列“名”.*“名称”|文件没有列“名”.*可用：名称、类型"),
        ({"名称": "zone_odl"}, "没有列“zone_odl”.*是不是“zone_old”"),
        ({"名称": "name", "类型": "name"}, "“名称”、“类型”都指定给了列 name"),
    ],
)
def test_a_wrong_override_is_refused_with_a_near_match(overrides, words):
    with pytest.raises(InputError, match=f"--map：.*(?:{words})"):
        matched("名称", "类型", target="reserves", overrides=overrides)


def test_a_new_layer_may_be_given_any_safe_column():
    assert matched("深度", overrides={"深度": "depth_m"})[0] == {"深度": ("depth_m", "told")}
    with pytest.raises(InputError, match="没有列“深度”.*小写英文字母开头"):
        matched("深度", overrides={"深度": "深度"})
    with pytest.raises(InputError, match="没有列“geometry”"):
        matched("深度", overrides={"深度": "geometry"})


@given(st.lists(st.text(max_size=14), max_size=6), st.sets(st.sampled_from(["field_1", "a", "field_2"])))
def test_names_are_always_safe_and_different(fields, taken):
    names = set(taken)
    for number, field in enumerate(fields, start=1):
        name = safe_name(field, number, names)
        assert name not in names
        assert Column(name, "text", "x").name.isascii()
        assert name[0].isalpha()
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_")
        names.add(name)


# zones and other words


def test_zones_go_to_their_scheme_and_are_never_converted():
    zones = ["核心区 ", "缓冲", "试验区", "核心保护区", "一般控制区", None]
    done = mapped({"功能区": zones}, "reserves")
    assert list(done.frame.zone_old) == ["核心区", "缓冲区", "实验区", None, None, None]
    assert list(done.frame.zone_new) == [None, None, None, "核心保护区", "一般控制区", None]
    assert told(done, "bad_value") == []
    assert "“缓冲”→“缓冲区”" in only(done, "value_mapped").message
    assert only(done, "value_mapped").level == "repair"


@pytest.mark.parametrize(
    ("given_value", "value"),
    [
        ("核心区1", "核心区"),
        ("核心区（二）", "核心区"),
        ("核心区Ⅱ", "核心区"),
        ("ＨＸＱ", "核心区"),
        ("实验区（原缓冲区）", None),
        ("核心区（拟调出）", None),
        ("核心", "核心区"),
        ("1", None),
    ],
)
def test_only_certain_spellings_are_taken(given_value, value):
    done = mapped({"GNQ": [given_value]}, "reserves")
    assert done.frame.zone_old[1] == value
    assert (value is None) == ("zone_old_given" in done.frame)


def test_unknown_values_are_listed_with_their_rows_and_kept():
    zones = ["核心区", "外围地带", "外围地带", "?"]
    done = mapped({"GNQ": zones}, "reserves", rows=[2, 3, 7, 9], row_word="行")
    assert list(done.frame.zone_old_given) == [None, "外围地带", "外围地带", "?"]
    finding = only(done, "bad_value")
    assert (finding.level, finding.column) == ("warning", "GNQ")
    assert "3 格没有认出：“外围地带”（第 3、7 行）；“?”（第 9 行）" in finding.message
    assert "核心区、缓冲区、实验区、核心保护区、一般控制区" in finding.message
    described = next(c for c in done.columns if c.name == "zone_old_given")
    assert described.title == "GNQ（原值）"


def test_a_zone_field_told_for_one_scheme_takes_only_that_scheme():
    done = mapped({"功能区": ["核心区", "核心保护区"]}, "reserves", overrides={"功能区": "zone_new"})
    assert list(done.frame.zone_new) == [None, "核心保护区"]
    assert list(done.frame.zone_new_given) == ["核心区", None]


def test_blank_words_and_levels_and_yes_no():
    done = mapped({"级别": ["省级", "/", "国家级", "—"], "名称": list("甲乙丙丁")}, "reserves")
    assert list(done.frame.level) == ["自治区级", None, "国家级", None]
    done = mapped({"名称": ["甲", "乙", "丙"], "考核湖库": ["Y", "否", 1]}, "lakes")
    assert list(done.frame.monitored) == ["是", "否", "是"]


def test_an_office_can_teach_a_spelling(tmp_path):
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "aliases.toml").write_text('[values.zone_old]\n"核心区" = ["红区"]\n', encoding="utf-8")
    aliases = load_aliases(Workspace((tmp_path, packaged_root())))
    done = mapped({"GNQ": ["红区"]}, "reserves", aliases=aliases)
    assert done.frame.zone_old[1] == "核心区"


# numbers, units, dates

AREA = Column("official_area_km2", "number", "公布面积", unit="平方千米")


def converted(cells, column, unit=""):
    done = convert_cells(pd.Series(cells, dtype=object), column, unit=unit, spellings={})
    return done.values, list(done.refused)


def test_numbers_lose_separators_and_units():
    cells = [
        "1,485,648",
        " 12.5 ",
        "１２",
        "3 公顷",
        "-1e3",
        "1 234.5",
        7,
        0.1,
        None,
        "/",
        "无",
        "约3",
        "3吨",
        "1,23",
        True,
    ]
    values, refused = converted(cells, AREA)
    assert values == [1485648, 12.5, 12, 0.03, -1000.0, 1234.5, 7, 0.1, None, None, None, None, None, None, None]
    assert refused == [False] * 11 + [True] * 4


def test_areas_are_converted_from_the_unit_of_the_header():
    done = mapped({"名称": ["甲", "乙"], "批准面积（公顷）": ["1,485,648", 30]}, "reserves")
    assert list(done.frame.official_area_km2) == [14856.48, 0.3]
    assert done.frame.official_area_km2.dtype == np.float64
    finding = only(done, "unit")
    assert finding.level == "repair"
    assert finding.message == "列“批准面积（公顷）”的单位是公顷，已换算为平方千米（列 official_area_km2）"


def test_mu_are_a_fifteenth_of_a_hectare():
    assert converted([15], AREA, "亩")[0] == [0.01]
    assert converted([1500], Column("a", "number", "面积", unit="平方米"), "亩")[0] == [1e6]


def test_an_area_without_a_unit_is_kept_apart():
    done = mapped({"名称": ["甲"], "批准面积": [380.69]}, "reserves")
    assert done.frame.official_area_km2.isna().all()
    assert done.frame.field_2[1] == 380.69
    finding = only(done, "unit")
    assert finding.level == "warning"
    assert "没有写明单位" in finding.message
    assert "--map 批准面积=official_area_km2" in finding.message


def test_a_unit_the_user_vouches_for_is_taken():
    done = mapped({"名称": ["甲"], "批准面积": [380.69]}, "reserves", overrides={"批准面积": "official_area_km2"})
    assert done.frame.official_area_km2[1] == 380.69


def test_a_unit_that_measures_something_else_is_kept_apart():
    done = mapped({"名称": ["甲"], "批准面积（吨）": [1]}, "reserves")
    assert "不能换算为平方千米" in only(done, "unit").message


def test_the_files_own_area_is_not_taken_for_the_measured_one():
    done = mapped({"名称": ["甲"], "面积（公顷）": [5]}, "counties")
    assert done.frame.area_km2.isna().all()
    assert done.frame.stated_area[1] == 5
    assert next(c for c in done.columns if c.name == "stated_area").unit == "公顷"


def test_a_survey_field_brings_its_unit():
    done = mapped({"BSM": ["1"], "TBMJ": [1234.5]})
    assert next(c for c in done.columns if c.name == "stated_area").unit == "平方米"


def test_dates_and_yes_no_and_integers():
    date = Column("d", "date", "日期")
    given_dates = [
        "2020年6月2日", "2020/6/2", "20200602", "2020-06-02 00:00:00", datetime.date(2020, 6, 2),
        pd.Timestamp(2020, 6, 2, 8), "2020年", "2020-13-01", None,
    ]  # fmt: skip
    values, refused = converted(given_dates, date)
    assert values == ["2020-06-02"] * 6 + [None] * 3
    assert refused == [False] * 6 + [True, True, False]
    assert converted(["是", "N", 1, "√", "也许", "无"], Column("b", "boolean", "否"))[0] == [
        True,
        False,
        True,
        True,
        None,
        False,
    ]
    assert converted(["12", 3.0, 3.5, "4.0"], Column("i", "integer", "数"))[0] == [12, 3, None, 4]


def test_text_of_numbers_and_dates():
    cells = [652301.0, 652301, "0012 ", True, pd.Timestamp(2020, 6, 2), pd.Timestamp(2020, 6, 2, 8, 30), 1.5, 1]
    assert converted(cells, Column("t", "text", "文"))[0] == [
        "652301", "652301", "0012", "是", "2020-06-02", "2020-06-02 08:30:00", "1.5", "1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([1, 2], "integer"),
        ([1, 2.5], "number"),
        ([1.0, None], "number"),
        ([True, None], "boolean"),
        ([True, 1], "text"),
        (["0012", 3], "text"),
        ([None, None], "text"),
        ([datetime.date(2020, 1, 1)], "date"),
        (pd.to_datetime(["2020-01-01", None]), "date"),
        (pd.to_datetime(["2020-01-01 08:00"]), "text"),
        (pd.array([1, None], dtype="Int64"), "integer"),
        ([["a"], ["b"]], "text"),
    ],
)
def test_types_of_undeclared_fields(cells, kind):
    assert infer_type(pd.Series(cells)) == kind


def test_a_nullable_integer_column_with_gaps_keeps_its_gaps():
    done = mapped({"名称": ["甲", "乙"], "数": pd.array([1, None], dtype="Int64")})
    assert done.frame.field_2[1] == 1
    assert pd.isna(done.frame.field_2[2])


# ids and names


def test_ids_of_floats_are_whole():
    assert list(mapped({"编号": [652301.0, 652302.0], "名称": ["甲", "乙"]}).frame.id) == ["652301", "652302"]


def test_ids_are_made_from_row_numbers_when_there_are_none():
    done = mapped({"名称": ["甲", "乙"]}, rows=[3, 8])
    assert list(done.frame.id) == ["r3", "r8"]
    assert only(done, "id_made").level == "warning"
    assert "r3……r8" in only(done, "id_made").message


def test_a_single_missing_id_is_made_without_clashing():
    done = mapped({"编号": ["r2", None], "名称": ["甲", "乙"]}, rows=[1, 2])
    assert list(done.frame.id) == ["r2", "r2_"]
    assert "第 2 个要素没有编号" in only(done, "id_made").message


def test_a_repeated_id_is_an_error_that_names_both_rows():
    done = mapped({"编号": ["a", "b", "a", "a"], "名称": list("甲乙丙丁")}, rows=[2, 3, 4, 5])
    assert list(done.frame.index) == [2, 3]
    first, second = told(done, "duplicate_id")
    assert (first.level, first.row, first.column) == ("error", 4, "编号")
    assert first.message.startswith("编号“a”与第 2 个要素重复")
    assert second.row == 5
    assert "--map 编号=" in second.message


def test_names_come_from_reserve_and_zone_else_from_the_id():
    done = mapped({"BHQMC": ["卡拉麦里", None], "GNQ": ["核心区", None]}, "reserves")
    assert list(done.frame.name) == ["卡拉麦里·核心区", "r2"]
    assert "连成，缺的用编号代替" in only(done, "name_made").message
    done = mapped({"编号": ["a", "b"], "名称": ["甲", " "]})
    assert list(done.frame.name) == ["甲", "b"]
    assert "第 2 个要素没有名称，用编号代替" in only(done, "name_made").message


# the whole frame


def test_the_columns_stand_in_the_targets_order_then_the_rest():
    done = mapped({"权属": ["国有"], "GNQ": ["核心区"], "Shape_Leng": [1.5], "名称": ["甲"], "编号": [7]}, "reserves")
    declared = [c.name for c in layer_meta("reserves", SHIPPED).columns]
    assert list(done.frame.columns) == [*declared, "field_1", "shape_leng", "geometry"]
    assert [c.name for c in done.columns] == [*declared, "field_1", "shape_leng"]
    assert [(c.title, c.type) for c in done.columns[-2:]] == [("权属", "text"), ("Shape_Leng", "number")]
    assert done.fields["field_1"] == "权属"
    assert done.frame.crs.to_epsg() == 4490
    assert "权属 → field_1" in only(done, "extra_columns").message
    assert "GNQ → zone_old、zone_new" in only(done, "columns").message


def test_the_columns_described_are_those_of_the_layer_file():
    done = mapped({"名称": ["甲"]}, "reserves")
    assert done.columns[: len(layer_meta("reserves", SHIPPED).columns)] == layer_meta("reserves", SHIPPED).columns


def test_missing_columns_are_empty_and_those_that_maps_draw_by_are_warned_of():
    done = mapped({"名称": ["甲"], "GNQ": ["一般控制区"]}, "reserves")
    assert done.frame.county.isna().all()
    warning, info = told(done, "column_missing")
    assert (warning.level, info.level) == ("warning", "info")
    assert "level（级别，取值：国家级、自治区级）" in warning.message
    assert "zone_old" not in warning.message  # the other scheme is there
    assert "county（县市）" in info.message
    neither = mapped({"名称": ["甲"]}, "reserves")
    assert "zone_old（功能区（三区）" in told(neither, "column_missing")[0].message


def test_constants_fill_what_the_file_does_not_say():
    done = mapped(
        {"名称": ["甲", "乙"], "精度": ["示意", None]},
        "reserves",
        constants={"accuracy": "surveyed", "source": "林草局"},
    )
    assert list(done.frame.accuracy) == ["schematic", "surveyed"]
    assert list(done.frame.source) == ["林草局", "林草局"]
    with pytest.raises(LayerError, match="列“id”不能填固定的取值"):
        mapped({"名称": ["甲"]}, constants={"id": "x"})


def test_a_lookup_fills_ids_by_name():
    areas = load_layer("protected_areas", SHIPPED).frame
    look = {"reserve_id": Lookup("reserve", dict(zip(areas.name, areas.id, strict=True)))}
    names = ["新疆卡拉麦里山有蹄类野生动物自治区级自然保护区", "天池博格达峰自然保护区", "某保护区", None]
    done = mapped({"BHQMC": names}, "reserves", lookups=look)
    assert list(done.frame.reserve_id) == ["kalamaili", "tianchi_bogda", None, None]
    info, warning = told(done, "lookup")
    assert "为 kalamaili" in info.message
    assert (warning.level, "“某保护区”" in warning.message) == ("warning", True)


def test_the_rules_of_a_zone_follow_it_in_the_words_of_the_shipped_layer():
    done = mapped({"名称": list("甲乙丙"), "GNQ": ["缓冲区", "一般控制区", None]}, "reserves")
    shipped = load_layer("reserves", SHIPPED).frame
    old, new = (dict(zip(shipped[f"zone_{s}"], shipped[f"rule_{s}"], strict=True)) for s in ("old", "new"))
    assert list(done.frame.rule_old) == [old["缓冲区"], None, None]
    assert list(done.frame.rule_new) == [None, new["一般控制区"], None]
    assert {f.column for f in told(done, "follows")} == {"rule_old", "rule_new"}
    follows = ALIASES.for_layer("reserves").follows
    assert (dict(follows["rule_old"].values), dict(follows["rule_new"].values)) == (old, new)
    own = mapped({"名称": ["甲"], "GNQ": ["缓冲区"], "rule_old": ["按批复"]}, "reserves")
    assert own.frame.rule_old[1] == "按批复"


def test_a_lookup_leaves_given_cells_and_ambiguous_names_alone():
    look = {"reserve_id": Lookup("reserve", {"新疆甲": "a", "甲": "b"})}
    assert list(mapped({"BHQMC": ["甲"]}, "reserves", lookups=look).frame.reserve_id) == [None]
    given_ids = {"BHQMC": ["甲"], "保护区编号": ["x"]}
    assert list(
        mapped(given_ids, "reserves", lookups={"reserve_id": Lookup("reserve", {"甲": "a"})}).frame.reserve_id
    ) == ["x"]
    with pytest.raises(LayerError, match="没有列“reserve_idd”可填.*reserve_id"):
        mapped(given_ids, "reserves", lookups={"reserve_idd": Lookup("reserve", {})})


def test_fields_named_like_the_packages_own_get_another_name():
    done = mapped({"名称": ["甲"], "VALUE": [1], "Unit": ["个"]})
    assert [c.name for c in done.columns] == ["id", "name", "value_2", "unit_2"]


def test_the_frame_given_is_not_altered():
    frame = frame_of({"功能区": ["核心区 ", "缓冲"], "编号": [1.0, 2.0], "表": [[1], {"a": 2}]})
    before = frame.copy(deep=True)
    map_columns(frame, target=layer_meta("reserves", SHIPPED), aliases=ALIASES)
    assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(before))


def test_an_empty_frame_has_all_columns():
    done = mapped({"名称": []}, "reserves")
    assert len(done.frame) == 0
    assert [c.name for c in done.columns] == [c.name for c in layer_meta("reserves", SHIPPED).columns]


def test_a_frame_without_fields_gets_id_and_name():
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(87, 44)], index=[4], crs="EPSG:4490")
    done = map_columns(frame.rename_geometry("shape"), target=None, aliases=ALIASES)
    assert json.loads(done.frame.drop(columns="geometry").to_json()) == {"id": {"4": "r4"}, "name": {"4": "r4"}}
    assert done.frame.geometry.name == "geometry"


@pytest.mark.parametrize(
    "layer_id", ["reserves", "counties", "air_stations", "lakes", "water_sections", "water_sources"]
)
def test_a_shipped_layer_maps_onto_itself_also_with_names_cut_at_ten_bytes(layer_id):
    layer = load_layer(layer_id, SHIPPED)
    for names in ({}, {c: c[:10] for c in layer.frame.columns}):
        if len(set(names.values())) < len(names):
            continue  # two names become one: the file is ambiguous, not the table
        frame = layer.frame.rename(columns=names).set_geometry(names.get("geometry", "geometry"))
        done = map_columns(frame, target=layer.meta, aliases=ALIASES)
        assert [c.name for c in done.columns] == [c.name for c in layer.meta.columns]
        for column in layer.meta.columns:
            assert list(done.frame[column.name].dropna()) == [v for v in layer.frame[column.name].dropna() if v != ""]
        assert {f.level for f in done.findings} <= {"info"}


@given(
    st.lists(
        st.sampled_from(["核心区", "缓冲区", "实验区", "核心保护区", "一般控制区", "核心", "无此区", "", None]),
        min_size=1,
    )
)
def test_every_zone_given_is_in_exactly_one_place(zones):
    done = mapped({"功能区": zones}, "reserves")
    places = [c for c in ("zone_old", "zone_new", "zone_old_given") if c in done.frame]
    filled = done.frame[places].notna().sum(axis=1)
    assert list(filled) == [1 if z else 0 for z in zones]


def test_the_only_field_called_something_mingcheng_is_the_name():
    done = mapped({"企业名称": ["甲厂", "乙厂"], "污染物": ["SO2", "NOx"]})
    assert done.frame["name"].tolist() == ["甲厂", "乙厂"]
    assert "企业名称 → name" in only(done, "columns").message
    two = mapped({"企业名称": ["甲厂", "乙厂"], "法人名称": ["丙", "丁"]})
    assert two.frame["name"].tolist() == ["r1", "r2"]
    assert mapped({"企业名称": ["甲厂", None]}).frame["name"].tolist() == ["r1", "r2"]
    assert mapped({"企业名称": ["甲厂", "乙厂"], "名称": ["A", "B"]}).frame["name"].tolist() == ["A", "B"]


def test_the_field_that_joined_the_rings_names_them():
    done = mapped({"地块": ["一", "二"], "项目名称": ["甲", "乙"]}, named_by="地块")
    assert done.frame["name"].tolist() == ["一", "二"]


def test_a_field_id_of_zeros_as_arcgis_makes_it_is_no_id():
    done = mapped({"Id": [0, 0, 0], "BSM": ["a", "b", "c"]})
    assert done.frame["id"].tolist() == ["a", "b", "c"]
    assert only(done, "constant_id").message == "列“Id”每行都一样，不能当作编号，另作附加列"
    alone = mapped({"Id": [0, 0]})
    assert alone.frame["id"].tolist() == ["r1", "r2"]
    insisted = mapped({"Id": [0, 0]}, overrides={"Id": "id"})
    assert len(told(insisted, "duplicate_id")) == 1
