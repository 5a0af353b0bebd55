"""Scenes in time: frames, classes over all of them, what is missing, standards that change, and one moment alone."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from changji_geo.catalog import load_layer
from changji_geo.errors import InputError, LayerError, SpecError
from changji_geo.scene import build_scene
from changji_geo.scene.moving import crossing_notice, decimals_of
from changji_geo.scene_frames import frame_scene
from changji_geo.series import Series, SeriesColumn, SeriesMeta, write_series
from changji_geo.spec import MapSpec
from tests.tiny import SQUARES, squares, tiny_workspace, write_layer

NAN = float("nan")
COLUMNS = (
    SeriesColumn("aqi", "空气质量指数", "number"),
    SeriesColumn("pm25", "细颗粒物", "number", "微克/立方米"),
    SeriesColumn("level", "级别", "text"),
    SeriesColumn("primary", "首要污染物", "text"),
    SeriesColumn("standard", "评价标准", "text"),
)
META = SeriesMeta(
    "days", "逐日空气", "squares", "day", COLUMNS, "来源", "许可", "序列署名", "2026-12-01", standard="standard"
)
TIMES = ("2026-02-27", "2026-02-28", "2026-03-01")
OLD, NEW = "HJ 633-2012", "HJ 633-2026"


def days(times=TIMES, **meta):
    """Three days of two of the three squares; the middle one is not in the series."""
    values = {
        "aqi": np.array([[40.0, 60.0], [NAN, 120.0], [30.0, 80.5]]),
        "pm25": np.array([[20.0, 30.0], [NAN, 75.0], [10.0, 50.0]]),
        "level": np.array([["优", "良"], ["", "轻度污染"], ["优", "良"]], dtype=object),
        "primary": np.array([["", "PM10"], ["", "PM2.5"], ["", "PM2.5"]], dtype=object),
        "standard": np.array([[OLD, OLD], ["", OLD], [NEW, NEW]], dtype=object),
    }
    return Series(dataclasses.replace(META, **meta), ("east", "west"), times, values)


@pytest.fixture
def workspace(tmp_path):
    squares(tmp_path, people=[10.0, 30.0, 20.0])
    return tiny_workspace(tmp_path)


@pytest.fixture
def build(workspace):
    def call(layer=None, *, series=None, others=(), **more):
        first = {
            "source": "squares", "kind": "choropleth", "series": "days", "column": "aqi",
            "scale": {"breaks": [50.0, 100.0]}, **(layer or {}),
        }  # fmt: skip
        first = {k: v for k, v in first.items() if v is not None}
        text = {"title": "图", "extent": "squares", "layers": [first, *others], **more}
        given = {"days": days()} if series is None else series
        return build_scene(MapSpec.model_validate(text), workspace=workspace, series=given)

    return call


def refused(build, kind=SpecError, *arguments, **named):
    with pytest.raises(kind) as caught:
        build(*arguments, **named)
    return str(caught.value)


def popup(feature):
    return [(row.caption, row.text) for row in feature.popup]


# --- frames


def test_the_times_are_complete_and_the_last_is_shown(build):
    time = build().time
    assert (time.step, time.times, time.shown, time.panels, time.speed) == ("day", TIMES, 2, (0, 1, 2), 4.0)
    assert time.labels == ("2026年2月27日（周五）", "2026年2月28日（周六）", "2026年3月1日（周日）")


def test_classes_are_those_of_all_frames_and_missing_is_one_when_any_frame_lacks_a_value(build):
    layer = build().layers[0]
    assert [c.label for c in layer.classes] == ["≤ 50", "50 – 100", "> 100", "无数据"]
    assert [f.id for f in layer.features] == ["west", "middle", "east"]
    assert layer.series.class_index.tolist() == [[1, 3, 0], [2, 3, 3], [1, 3, 0]]
    assert [c.count for c in layer.classes] == [1, 1, 0, 1]
    assert layer.show_counts is False
    assert (layer.title, layer.series.caption, layer.series.unit) == ("空气质量指数", "空气质量指数", "")
    assert layer.series.decimals == 1
    assert np.array_equal(layer.series.values[:, 0], [60, 120, 80.5]) and np.isnan(layer.series.values[:, 1]).all()


def test_there_is_no_missing_class_where_no_frame_lacks_a_value(build):
    layer = build({"where": {"id": "west"}}).layers[0]
    assert [c.label for c in layer.classes] == ["≤ 50", "50 – 100", "> 100"]
    assert layer.series.class_index.tolist() == [[1], [2], [1]]


def test_a_scheme_finds_its_breaks_over_all_frames_of_the_maps_time(build):
    scale = {"scheme": "equal_interval", "k": 2}
    assert [c.label for c in build({"scale": scale}).layers[0].classes][:2] == ["30 – 75", "75 – 120"]
    cut = build({"scale": scale}, time={"start": "2026-03-01"}).layers[0]
    assert [c.label for c in cut.classes][:2] == ["30.0", "80.5"]


def test_features_hold_the_frame_shown(build):
    west, middle, east = build(time={"shown": "2026-02-28"}).layers[0].features
    assert (west.value, west.class_index) == (120.0, 2)
    assert (middle.value, middle.class_index, east.value) == (None, 3, None)
    assert popup(west) == [("name", "west县"), ("空气质量指数", "120"), ("级别", "轻度污染"), ("首要污染物", "PM2.5")]
    assert popup(east) == [("name", "east县"), ("空气质量指数", "无数据")]


def test_a_popup_names_columns_of_the_layer_and_of_the_series(build):
    layer = build({"popup": ["value", "people", "pm25", "standard"]}).layers[0]
    assert [row.caption for row in layer.series.rows] == ["空气质量指数", "细颗粒物", "评价标准"]
    assert popup(layer.features[2]) == [
        ("people", "20"), ("空气质量指数", "30"), ("细颗粒物", "10 微克/立方米"), ("评价标准", NEW)
    ]  # fmt: skip
    row = layer.series.rows[2]
    assert [[row.texts[c] if c >= 0 else "" for c in line] for line in row.codes.tolist()] == [
        [OLD, "", OLD], [OLD, "", ""], [NEW, "", NEW]
    ]  # fmt: skip


def test_the_popup_of_a_layer_without_known_position_keeps_its_warning_before_what_changes(workspace, build):
    write_layer(
        workspace.roots[0],
        "squares",
        [{"id": k, "name": k} for k in SQUARES],
        list(SQUARES.values()),
        accuracy="approximate",
    )
    assert [row.caption for row in build().layers[0].features[2].popup] == ["name", "精度", "空气质量指数", "级别"]


def test_categories_are_those_of_all_frames(build):
    layer = build({"kind": "category", "column": "level", "scale": None}).layers[0]
    labels = [c.label for c in layer.classes]
    assert sorted(labels[:3]) == sorted(["优", "良", "轻度污染"]) and labels[3] == "无数据"
    shown = [[labels[c] for c in frame] for frame in layer.series.class_index.tolist()]
    assert shown == [["良", "无数据", "优"], ["轻度污染", "无数据", "无数据"], ["良", "无数据", "优"]]
    assert layer.series.values is None
    assert [f.value for f in layer.features] == ["良", None, "优"]


def test_a_series_of_the_workspace_is_read_and_listed_as_a_source(workspace, build):
    write_series(days(), workspace.roots[0] / "layers" / "series")
    made = build(series={})
    assert [(s.title, s.attribution, s.retrieved) for s in made.sources] == [
        ("测试图层", "测试", "2026-11-22"), ("逐日空气", "序列署名", "2026-12-01")
    ]  # fmt: skip
    assert made.date_text == "2026-12-01"
    assert made.layers[0].series.class_index.tolist() == build().layers[0].series.class_index.tolist()


# --- the map's time


def test_two_layers_share_the_union_of_their_times(build):
    later = days(("2026-03-01", "2026-03-02", "2026-03-03"), id="later")
    other = {"source": "squares", "kind": "category", "series": "later", "column": "level"}
    made = build(others=[other], series={"days": days(), "later": later})
    assert made.time.times == ("2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02", "2026-03-03")
    missing = [c.label for c in made.layers[0].classes].index("无数据")
    assert made.layers[0].series.class_index[3].tolist() == [missing] * 3
    assert made.layers[0].features[0].value is None


def test_start_and_end_cut_the_time(build):
    made = build(time={"start": "2020-01-01", "end": "2026-02-28", "shown": "2026-02-27", "speed": 8.0})
    assert (made.time.times, made.time.shown, made.time.speed) == (TIMES[:2], 0, 8.0)
    assert made.layers[0].series.class_index.shape == (2, 3)


def test_more_than_twelve_frames_print_the_one_shown_unless_panels_are_named(build):
    times = tuple(f"2026-01-{d:02d}" for d in range(1, 14))
    values = {c.name: np.full((13, 1), 1.0 if c.type == "number" else "甲") for c in COLUMNS}
    values = {k: v.astype(object) if v.dtype.kind == "U" else v for k, v in values.items()}
    many = {"days": Series(META, ("west",), times, values)}
    assert build(series=many, time={"shown": "2026-01-03"}).time.panels == (2,)
    named = {"panels": ["2026-01-10", "2026-01-01"]}
    assert build(series=many, time=named).time.panels == (0, 9)
    assert build(series=many, time={"end": "2026-01-12"}).time.panels == tuple(range(12))


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (
            {"start": "2026-04-01"},
            "的 time：start = 2026-04-01、end = （未写） 之间没有数据。应为：序列有 2026-02-27 至 2026-03-01",
        ),
        ({"start": "2026-03"}, "time.start：“2026-03”不是日。应为：如 2025-04-01"),
        ({"shown": "2026-03-02"}, "time.shown：没有时刻 2026-03-02。应为：2026-02-27 至 2026-03-01"),
        ({"panels": ["2026-01-01"]}, "time.panels：没有时刻 2026-01-01"),
        ({"panels": ["2026-03-01", "2026-03-01"]}, "time.panels：时刻 2026-03-01 写了两次"),
    ],
)
def test_a_wrong_time_is_told_with_its_key(build, time, said):
    assert said in refused(build, time=time)


def test_two_steps_do_not_make_one_time(build):
    months = days(("2026-01", "2026-02", "2026-03"), id="months", step="month")
    other = {"source": "squares", "kind": "choropleth", "series": "months", "column": "aqi"}
    said = refused(build, others=[other], series={"days": days(), "months": months})
    assert "步长不一：layers[1] 按日，layers[2] 按月" in said


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ({"series": "dayz"}, "layers[1] 的 series：没有时间序列“dayz”。处理：是不是“days”？"),
        ({"column": "aqy"}, "layers[1] 的 column：时间序列“days”没有列“aqy”。处理：是不是“aqi”？"),
        ({"column": "level"}, "列“level”是文字，kind = choropleth 需要数字"),
        ({"source": "counties"}, "时间序列“days”属于图层 squares，不属于 counties"),
        ({"popup": ["nmae"]}, "layers[1] 的 popup：图层没有列“nmae”。处理：是不是“name”？"),
        ({"label": "{name} {aqi}"}, "标注不随时间变化，不能用时间序列的列“aqi”"),
        ({"label": "value"}, "标注不随时间变化，不能用时间序列的列“value”"),
        ({"at": "2026-03-02"}, "layers[1] 的 at：时间序列“days”没有 2026-03-02。应为：2026-02-27 至 2026-03-01，按日"),
    ],
)
def test_a_layer_that_does_not_fit_its_series_is_told(build, workspace, layer, said):
    write_series(days(), workspace.roots[0] / "layers" / "series")
    assert said in refused(build, layer=layer, series={})


def test_a_series_in_memory_is_checked_like_a_file(build):
    stray = dataclasses.replace(days(), areas=("east", "north"))
    assert "内存中的时间序列 days：图层 squares 没有要素“north”" in refused(build, LayerError, series={"days": stray})
    assert "给了时间序列“other”，地图没有用到它" in refused(build, series={"days": days(), "other": days()})
    holed = dataclasses.replace(days(), times=("2026-02-26", *TIMES[1:]))
    assert "内存中的时间序列 days：时刻不是按日连续的" in refused(build, LayerError, series={"days": holed})


# --- standards, made-up values


def test_the_standard_in_force_stands_beside_the_date_and_a_change_is_a_notice(build):
    made = build()
    assert made.time.remarks == (OLD, OLD, NEW)
    assert made.notices[-1] == ("时段跨 2026-03-01：此前按 HJ 633-2012、此后按 HJ 633-2026 评价，优良天数不可直接比较")
    assert not any("时段跨" in text for text in build(time={"end": "2026-02-28"}).notices)
    assert build(series={"days": days(standard="")}).time.remarks == ("", "", "")


def test_two_standards_on_one_day_are_named_in_order(build):
    series = days()
    series.values["standard"][2, 0] = OLD
    assert build(series={"days": series}).time.remarks[2] == f"{OLD}、{NEW}"


def test_several_standards_are_listed_and_other_fields_speak_of_results():
    assert crossing_notice({"甲": "2025"}) == crossing_notice({}) == ""
    told = "时段内按几种标准评价：甲（2024 起）、乙（2024 起）、丙（2026 起），前后结果不可直接比较"
    assert crossing_notice({"甲": "2024", "乙": "2024", "丙": "2026"}) == told
    assert (
        crossing_notice({"甲": "2024", "乙": "2025"}) == "时段跨 2025：此前按 甲、此后按 乙 评价，前后结果不可直接比较"
    )


def test_a_standard_that_is_a_list_of_standards_keeps_its_own_commas():
    two = crossing_notice({"甲、乙": "2024", "丙": "2025"})
    assert two == "时段跨 2025：此前按 甲、乙，此后按 丙 评价，前后结果不可直接比较"


def test_made_up_values_are_said_to_be_on_every_map_of_them(build):
    made = build(series={"days": days(sample=True, accuracy="schematic")})
    assert "示例数据：逐日空气，不是真实数据" in made.notices
    assert not any("示意" in text for text in made.notices)
    assert made.sources[-1].title == "逐日空气（示例数据）"
    alone = build({"at": "2026-03-01"}, series={"days": days(sample=True)})
    assert "示例数据：逐日空气，不是真实数据" in alone.notices


def test_inexact_values_are_said_to_be(build):
    assert "近似数值，待核实：逐日空气" in build(series={"days": days(accuracy="approximate")}).notices
    assert "示意数值，不作为执法依据：逐日空气" in build(series={"days": days(accuracy="schematic")}).notices


# --- one moment


def test_a_layer_at_one_moment_is_an_ordinary_one_with_its_date_and_standard(build):
    made = build({"at": "2026-03-01", "label": "{name}\n{aqi}"})
    layer = made.layers[0]
    assert (made.time, layer.series) == (None, None)
    assert layer.title == "2026年3月1日（周日） 空气质量指数"
    assert layer.note == "按 HJ 633-2026 评价"
    assert [f.label for f in layer.features] == ["west县\n80.5", "middle县\n无数据", "east县\n30"]
    assert [(c.label, c.count) for c in layer.classes] == [("≤ 50", 1), ("50 – 100", 1), ("> 100", 0), ("无数据", 1)]
    assert layer.show_counts is True
    assert not any("时段跨" in text for text in made.notices)


def test_symbols_may_be_sized_by_a_moments_values(build):
    layer = build({"kind": "proportional", "at": "2026-02-28", "scale": None}).layers[0]
    assert [f.value for f in layer.features] == [120.0, None, None]
    assert layer.features[0].size == 30.0


@pytest.mark.parametrize("frame", [0, 1, 2])
@pytest.mark.parametrize("kind", ["choropleth", "category"])
def test_a_frame_equals_the_map_of_that_moment(build, frame, kind):
    look = {"kind": kind} | (
        {} if kind == "choropleth" else {
            "column": "level", "scale": None,
            "categories": [{"value": v} for v in ("优", "良", "轻度污染")],
        }
    )  # fmt: skip
    moving, alone = build(look), build({**look, "at": TIMES[frame]})
    still = frame_scene(moving, frame)
    assert still.time is None and still.layers[0].series is None
    assert still.layers[0].features == alone.layers[0].features
    assert [(c.label, c.symbol, c.count) for c in still.layers[0].classes] == [
        (c.label, c.symbol, c.count) for c in alone.layers[0].classes
    ]


def test_the_frame_shown_is_what_the_map_holds(build):
    made = build(time={"shown": "2026-02-27"})
    still = frame_scene(made, 0)
    assert still.layers[0].features == made.layers[0].features
    assert still.layers[0].classes == made.layers[0].classes


def test_a_frames_date_and_standard_close_the_subtitle(build):
    made = build(subtitle="副题", others=[{"source": "squares", "kind": "fill"}])
    assert frame_scene(made, 2).subtitle == "副题 · 2026年3月1日（周日） · HJ 633-2026"
    assert frame_scene(build(series={"days": days(standard="")}), 0).subtitle == "2026年2月27日（周五）"
    assert frame_scene(made, 2).layers[1] == made.layers[1]


@pytest.mark.parametrize("frame", [-1, 3])
def test_a_frame_that_there_is_not(build, frame):
    with pytest.raises(InputError, match=f"没有第 {frame + 1} 个时刻。应为：1 到 3（2026-02-27 至 2026-03-01）"):
        frame_scene(build(), frame)


def test_a_map_without_time_has_no_frames(build):
    with pytest.raises(InputError, match="不随时间变化"):
        frame_scene(build({"at": "2026-03-01"}), 0)


# --- surfaces


def test_a_surface_of_a_moment_is_made_from_the_series_and_said_to_be_an_estimate(workspace):
    import shapely

    root = workspace.roots[0]
    spots = [(87.2, 44.2), (87.8, 44.8), (88.5, 44.5), (89.2, 44.8), (89.8, 44.2), (88.1, 44.1)]
    rows = [{"id": f"s{i}", "name": f"站{i}"} for i in range(len(spots))]
    write_layer(root, "stations", rows, [shapely.Point(p) for p in spots], geometry="point")
    meta = dataclasses.replace(META, id="now", layer="stations", columns=COLUMNS[:1], standard="", step="year")
    values = {"aqi": np.array([[10.0, 20.0, 30.0, 40.0, 50.0, 60.0]])}
    series = Series(meta, tuple(r["id"] for r in rows), ("2025",), values)
    spec = {
        "title": "图", "extent": "squares",
        "layers": [{
            "source": "stations", "kind": "surface", "series": "now", "column": "aqi", "at": "2025",
            "surface": {"method": "idw", "mask": "squares:west", "cell_km": 5.0}, "scale": {"breaks": [25.0]},
        }],
    }  # fmt: skip
    made = build_scene(MapSpec.model_validate(spec), workspace=workspace, series={"now": series})
    assert made.layers[0].kind == "surface"
    assert made.notices.count("插值面由站点数值估计，站点以外不是监测值") == 1
    covered = shapely.union_all([f.geometry for f in made.layers[0].features])
    assert covered.difference(SQUARES["west"].buffer(1e-6)).is_empty
    spec["layers"][0]["surface"]["mask"] = "stations"
    with pytest.raises(SpecError, match="surface.mask：“stations”不是面"):
        build_scene(MapSpec.model_validate(spec), workspace=workspace, series={"now": series})
    with pytest.raises(SpecError, match="surface.mask：图层“squares”没有要素“wets”。处理：是不是“west”？"):
        spec["layers"][0]["surface"]["mask"] = "squares:wets"
        build_scene(MapSpec.model_validate(spec), workspace=workspace, series={"now": series})
    crossed = shapely.Polygon([(87, 44), (88, 45), (88, 44), (87, 45)])
    cells = [{"id": k, "name": k} for k in ("middle", "west")]
    write_layer(root, "cells", cells, [SQUARES["middle"], crossed])
    spec["layers"][0]["surface"]["mask"] = "cells"
    with pytest.raises(LayerError, match="surface.mask：要素“west”的几何无效（.*），不能作范围。处理：先修复几何"):
        build_scene(MapSpec.model_validate(spec), workspace=workspace, series={"now": series})


# --- decimals


@pytest.mark.parametrize(
    ("values", "decimals"),
    [
        ([], 0),
        ([NAN, 0.0], 0),
        ([57.0, -3.0], 0),
        ([35.2, 4.0], 1),
        ([100 / 3], 4),
        ([0.0004], 4),
        ([150.3, 0.0004], 4),
    ],
)
def test_decimals_are_those_that_the_numbers_need(values, decimals):
    assert decimals_of(np.array(values, dtype=float)) == decimals


@given(st.lists(st.integers(-99_999, 99_999), min_size=1), st.integers(0, 2))
def test_numbers_written_with_few_decimals_keep_them_all(whole, places):
    values = np.array(whole) / 10**places
    assert np.array_equal(np.round(values, decimals_of(values)), values)


def test_the_layer_file_in_the_workspace_is_left_alone(workspace, build):
    before = load_layer("squares", workspace).frame
    build({"at": "2026-03-01"})
    assert load_layer("squares", workspace).frame.equals(before)


def test_three_standards_one_after_another_are_listed_with_their_first_moments():
    told = "时段内按几种标准评价：甲（2024 起）、乙（2025 起）、丙（2026 起），前后结果不可直接比较"
    assert crossing_notice({"甲": "2024", "乙": "2025", "丙": "2026"}) == told


def test_a_notice_names_a_sample_once_whatever_its_title_says(build):
    made = build(series={"days": days(sample=True, title="逐日空气（示例数据）")})
    assert "示例数据：逐日空气，不是真实数据" in made.notices


def test_standards_of_one_moment_stand_in_one_order_whatever_their_places(build):
    series = days()
    series.values["standard"][2] = [f"HJ {n}" for n in (2, 1)]
    other = {"source": "squares", "kind": "category", "series": "more", "column": "level"}
    more = days(id="more")
    more.values["standard"][2] = ["HJ 4", "HJ 3"]
    made = build(others=[other], series={"days": series, "more": more})
    assert made.time.remarks[2] == "HJ 1、HJ 2、HJ 3、HJ 4"
