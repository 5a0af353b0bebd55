"""Limits that are just reached, and what else the checks decide at a border: weights, zones in parts, days, names."""

import dataclasses
import datetime
import math

import pytest
import shapely
from shapely import MultiPoint, MultiPolygon, Point, box

from changji_geo.clues.checks.batch import area_words, hits_over, read_batch
from changji_geo.clues.checks.context import build_context
from changji_geo.clues.checks.priority import score_clue
from changji_geo.clues.checks.running import changed_checks, run_checks
from changji_geo.clues.checks.stored import checks_value, stored_results
from changji_geo.clues.model import CheckResult, Clue, LayerUse
from changji_geo.clues.settings import load_settings
from changji_geo.ellipsoid import area_m2, geod
from changji_geo.errors import LayerError
from tests.test_clues_checks import NEW_DAY, OLD_DAY, clue, one, result, workspace_at, write_reserves
from tests.tiny import tiny_workspace, write_layer

SETTINGS = load_settings()
GRAZING = box(87.9, 44.02, 88.0005, 44.04)
PLACE = box(88.5, 44.5, 88.52, 44.52)
EARLIER_DAY = datetime.date(2024, 6, 1)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return workspace_at(tmp_path_factory.mktemp("clues"))


@pytest.fixture(scope="module")
def context(workspace):
    return build_context(workspace)


def with_limits(context, part="", **limits):
    """The context with other settings, of a table of theirs or of their own."""
    inner = getattr(context.settings, part).model_copy(update=limits) if part else None
    changed = context.settings.model_copy(update={part: inner} if part else limits)
    return dataclasses.replace(context, settings=changed)


def old(shape, id="LD2024-0007", batch="绿盾2024-1", day=EARLIER_DAY):
    return clue(shape, id=id, batch=batch, day=day)


def earlier(context, shape, *others, **limits):
    return one("earlier", with_limits(dataclasses.replace(context, earlier=others), "earlier", **limits), shape)


def just_above(value):
    return math.nextafter(value, math.inf)


# Shares of the patch


def test_a_patch_grazes_below_the_share_and_not_at_it(context):
    share = one("reserve_zones", context, GRAZING).evidence["inside_share"]
    assert 0 < share < 0.01
    at, above = (with_limits(context, edge_share=limit) for limit in (share, just_above(share)))
    quarry = {"活动类型": "采石场"}
    assert [one("reserve_zones", c, GRAZING).verdict for c in (at, above)] == ["supports", "unclear"]
    assert [one("focus_type", c, GRAZING, **quarry).verdict for c in (at, above)] == ["supports", "unclear"]
    terms = [
        score_clue(run_checks([clue(GRAZING, day=None)], c)["LD2025-0001"], c.settings).terms[0] for c in (at, above)
    ]
    assert terms == [("功能区", "核心区", 30.0), ("功能区", "不明确", 0.0)]


def test_another_area_is_grazed_below_the_share_and_not_at_it(context):
    shape = box(89.0995, 44.02, 89.2, 44.04)  # 0.0005 of 0.1005 degrees lie in the park
    found = one("other_areas", context, shape)
    assert found.verdict == "unclear" and found.reason.endswith("；均不足图斑的 1%，可能是边界误差")
    assert found.evidence["features"][0]["type"] == "湿地公园"
    assert one(
        "other_areas", with_limits(context, edge_share=found.evidence["features"][0]["share"]), shape
    ).verdict == ("supports")


def test_a_patch_well_inside_one_area_does_not_only_graze_though_it_grazes_a_second(tmp_path):
    workspace_at(tmp_path)
    rows = [{"id": n, "name": n, "type": "公园"} for n in ("甲园", "乙园")]
    write_layer(tmp_path, "protected_areas", rows, [box(88.5, 44.5, 88.6, 44.6), box(88.6, 44.5, 88.7, 44.6)])
    found = one("other_areas", build_context(tiny_workspace(tmp_path)), box(88.5, 44.5, 88.6005, 44.6))
    assert (found.verdict, [f["name"] for f in found.evidence["features"]]) == ("supports", ["甲园", "乙园"])


def test_a_patch_partly_outside_by_a_thousandth_is_so_in_county_and_geometry(context):
    shape = box(86.9999, 44.2, 87.0999, 44.3)  # a thousandth lies west of 87 degrees
    assert one("county", context, shape).reason.startswith("部分在州外：west县 ")
    found = one("geometry", context, shape)
    assert (found.verdict, found.reason) == ("unclear", "0.1% 在州界以外")
    assert found.evidence["prefecture_share"] == pytest.approx(0.999, rel=1e-6)


# Sizes


def test_a_tiny_patch_is_one_below_the_limit(context):
    shape = box(88.5, 44.5, 88.50002, 44.50002)
    size = one("geometry", context, shape).evidence["area_m2"]
    verdicts = [one("geometry", with_limits(context, tiny_m2=m2), shape).verdict for m2 in (size, just_above(size))]
    assert verdicts == ["supports", "unclear"]


@pytest.mark.parametrize(
    ("height", "verdict"), [(0.02096, "supports"), (0.02104, "unclear"), (0.01902, "supports"), (0.01898, "unclear")]
)
def test_a_change_of_area_is_a_share_of_the_original(context, height, verdict):
    redrawn = box(88.5, 44.5, 88.52, 44.5 + height)
    found = one("geometry", context, redrawn, original=PLACE)
    assert (found.verdict, found.evidence["changed"]) == (verdict, True)
    assert found.evidence["original_area_m2"] == pytest.approx(float(area_m2([PLACE])[0]))
    assert one("geometry", context, PLACE).evidence["changed"] is False


def test_a_point_outside_the_prefecture_has_no_share_and_a_patch_has_none_of_it(context):
    point, patch = (one("geometry", context, s) for s in (Point(85, 44.2), box(85.0, 44.2, 85.1, 44.3)))
    assert (point.evidence["prefecture_share"], patch.evidence["prefecture_share"]) == (None, 0.0)


def test_an_original_of_several_parts_is_measured(context):
    parts = MultiPolygon([box(88.5, 44.5, 88.51, 44.52), box(88.6, 44.5, 88.61, 44.52)])
    found = one("geometry", context, parts)
    assert found.evidence["original_area_m2"] == found.evidence["area_m2"] == pytest.approx(float(area_m2([parts])[0]))
    assert one("county", context, parts).verdict == "supports"


def test_several_points_are_no_clue_to_measure(context):
    said = "几何类型是 MultiPoint，不是面或单个点，无法量算"
    assert one("county", context, MultiPoint([(88.1, 44.5), (88.2, 44.5)])).reason == said


def test_areas_are_in_whole_metres_from_a_hundred_on():
    assert (area_words(100.0), area_words(99.99), area_words(1234567.8)) == (
        "100 平方米", "99.99 平方米", "1,234,568 平方米",
    )  # fmt: skip


# Borders of zones


def test_a_border_is_near_up_to_the_tolerance_of_the_layer(context):
    here = Point(87.999, 44.05)
    metres = one("zone_distance", context, here).evidence["borders"][0]["distance_m"]
    found = [
        one("zone_distance", with_limits(context, "border_tolerance_m", surveyed=limit), here).verdict
        for limit in (metres, math.nextafter(metres, 0))
    ]
    assert found == ["unclear", "contradicts"]


def test_a_patch_is_measured_itself_up_to_the_far_limit(context):
    # Its corner lies about 19.1 km from the border, the middle of its box 24 km.
    shape = box(88.54, 44.04, 88.66, 44.06)
    near = one("zone_distance", context, shape).evidence["borders"][0]
    assert (near["measured_from"], near["distance_m"]) == (
        "图形", pytest.approx(geod().inv(88.3, 44.04, 88.54, 44.04)[2], rel=1e-3),
    )  # fmt: skip


def test_a_point_on_the_reserves_border_is_inside_whether_or_not_it_has_a_date(context):
    for day, words in ((OLD_DAY, ""), (None, "；没有影像日期，无法确定适用哪种分区")):
        found = one("zone_distance", context, Point(88.0, 44.05), day=day)
        assert (found.verdict, found.evidence["inside"]) == ("unclear", True)
        assert found.reason.endswith(f"，在位置误差 5 米以内{words}")


def test_far_from_any_border_a_clue_without_a_date_is_unclear_still(context):
    assert one("zone_distance", context, Point(88.05, 44.05), day=None).verdict == "unclear"


def test_the_first_vertex_says_whether_a_patch_lies_inside(context):
    shapes = {
        "A": box(88.04, 44.04, 88.06, 44.06),
        "B": box(88.5, 44.5, 88.51, 44.51),
        "C": box(88.24, 44.04, 88.26, 44.06),
    }
    found = run_checks([clue(shape, id=key) for key, shape in shapes.items()], context)
    assert [result(found, "zone_distance", key).evidence["inside"] for key in "ABC"] == [True, False, True]
    edge = shapely.Polygon([(88.2, 44.05), (88.35, 44.05), (88.35, 44.06), (88.2, 44.06)])
    assert one("zone_distance", context, edge).evidence["inside"] is True


# Reserves in parts


def reserves_of(root, *rows):
    """A workspace whose reserves are these: (reserve, zone of the three, zone of the two, shape)."""
    workspace_at(root)
    table = [
        {"id": f"r{k}", "name": f"第{k}块", "reserve": name, "zone_old": a, "zone_new": b}
        for k, (name, a, b, _) in enumerate(rows)
    ]
    write_layer(root, "reserves", table, [row[3] for row in rows])
    return build_context(tiny_workspace(root))


WEST, EAST = box(88.0, 44.0, 88.1, 44.1), box(88.1, 44.0, 88.2, 44.1)


def test_parts_of_one_zone_are_one_and_their_common_edge_is_no_border(tmp_path):
    found = reserves_of(tmp_path, ("甲", "核心区", "核心保护区", WEST), ("甲", "核心区", "核心保护区", EAST))
    parts = one("reserve_zones", found, box(88.05, 44.04, 88.15, 44.06)).evidence["zones"]
    assert [(p["reserve"], p["zone"], round(p["share"], 9)) for p in parts] == [("甲", "核心区", 1.0)]
    border = one("zone_distance", found, Point(88.101, 44.05)).evidence["borders"][0]
    assert border["distance_m"] == pytest.approx(geod().inv(88.101, 44.05, 88.101, 44.0)[2], rel=1e-3)


def test_parts_of_one_zone_that_overlap_fill_a_patch_once(tmp_path):
    found = reserves_of(tmp_path, ("甲", "核心区", "", WEST), ("甲", "核心区", "", WEST))
    evidence = one("reserve_zones", found, box(88.02, 44.02, 88.04, 44.04)).evidence
    assert (evidence["zones"][0]["share"], evidence["inside_share"]) == (1.0, 1.0)


def test_what_two_reserves_share_counts_once(tmp_path):
    found = reserves_of(tmp_path, ("甲", "核心区", "", WEST), ("乙", "实验区", "", WEST))
    shape = box(88.05, 44.02, 88.15, 44.04)  # half of it in both
    evidence = one("reserve_zones", found, shape).evidence
    assert [(p["reserve"], round(p["share"], 6)) for p in evidence["zones"]] == [("甲", 0.5), ("乙", 0.5)]
    assert evidence["inside_m2"] == pytest.approx(float(area_m2([box(88.05, 44.02, 88.1, 44.04)])[0]), rel=1e-9)
    focus = one("focus_type", found, shape, 活动类型="采石场").evidence
    assert focus["counting_m2"] == evidence["inside_m2"] and focus["counting_share"] == pytest.approx(0.5, rel=1e-4)


def test_a_zone_without_a_name_beside_one_with_a_name_leaves_the_whole_unclear(tmp_path):
    found = reserves_of(tmp_path, ("甲", " 核心区 ", "", WEST), ("甲", None, "核心保护区", EAST))
    across = box(88.05, 44.04, 88.15, 44.06)
    zones = one("reserve_zones", found, across)
    assert [p["zone"] for p in zones.evidence["zones"]] == ["核心区", ""]
    assert (zones.verdict, zones.reason[-17:]) == ("unclear", "；图层没有给出三区分区，不自动换算")
    tourism = one("focus_type", found, across, 活动类型="度假村")
    assert (tourism.verdict, tourism.reason) == ("unclear", "图层没有给出三区分区，“旅游设施”只在核心区、缓冲区内计入")
    assert one("focus_type", found, across, 活动类型="采石场").verdict == "supports"


def test_the_layers_name_stands_for_a_reserve_where_it_has_no_column_of_its_own(tmp_path):
    workspace_at(tmp_path)
    rows = [{"id": "a", "name": "甲保护区", "zone_old": "核心区", "zone_new": ""}]
    write_layer(tmp_path, "reserves", rows, [WEST])
    found = one("reserve_zones", build_context(tiny_workspace(tmp_path)), box(88.02, 44.02, 88.04, 44.04))
    assert [p["reserve"] for p in found.evidence["zones"]] == ["甲保护区"]


def test_a_layer_with_a_broken_polygon_is_refused(tmp_path):
    workspace_at(tmp_path)
    bowtie = shapely.Polygon([(88.5, 44.5), (88.52, 44.52), (88.52, 44.5), (88.5, 44.52)])
    write_layer(tmp_path, "counties", [{"id": "a", "name": "甲县"}], [bowtie])
    with pytest.raises(LayerError, match="counties"):
        build_context(tiny_workspace(tmp_path))


@pytest.mark.parametrize("accuracy", ["surveyed", "published", "approximate"])
def test_only_a_schematic_layer_ends_its_reasons_with_the_notice(tmp_path, accuracy):
    workspace_at(tmp_path)
    write_reserves(tmp_path, accuracy=accuracy)
    found = one("reserve_zones", build_context(tiny_workspace(tmp_path)), box(88.5, 44.5, 88.6, 44.6))
    assert found.reason == "不在任何自然保护区内"


def test_a_workspace_without_other_protected_areas_says_so(context):
    found = one("other_areas", dataclasses.replace(context, protected_areas=None), box(88.5, 44.5, 88.6, 44.6))
    assert (found.verdict, found.reason) == ("not_applicable", "工作区没有自然保护地图层")


def test_the_features_of_a_point_stand_in_the_order_of_the_layer(context):
    batch = read_batch(
        [clue(Point(88.0, 44.5), id="A"), clue(Point(89.0, 44.5), id="B"), clue(Point(88.5, 45.0), id="C")]
    )
    assert [[h.row for h in hits] for hits in hits_over(batch, context.counties)] == [[0, 1], [1, 2], [1]]


# Earlier batches


def test_the_overlap_that_makes_two_patches_one_place_is_reached_by_itself(context):
    shape, other = box(88.5, 44.5, 88.53, 44.52), old(box(88.51, 44.5, 88.54, 44.52))
    iou = 2 / 4
    found = earlier(context, shape, other, same_iou=0.49, same_cover=1.0)
    assert found.evidence["iou"] == pytest.approx(iou, rel=1e-4) and found.evidence["change"] == "无变化"
    exact = found.evidence["iou"]
    assert earlier(context, shape, other, same_iou=exact, same_cover=1.0).evidence["change"] == "无变化"
    assert earlier(context, shape, other, same_iou=just_above(exact), same_cover=1.0).evidence["change"] is None


def test_a_patch_inside_a_much_larger_one_is_the_same_place_by_the_share_of_the_smaller(context):
    shape, large = box(88.5, 44.5, 88.51, 44.51), old(box(88.48, 44.48, 88.6, 44.6))
    found = earlier(context, shape, large, same_cover=1.0)
    assert (found.evidence["change"], found.evidence["matches"]) == ("缩小", ["LD2024-0007"])
    assert found.evidence["iou"] < 0.01
    grown = earlier(context, large.geometry, old(shape))
    assert (grown.evidence["change"], grown.verdict) == ("扩大", "supports")


def test_a_change_counts_above_both_limits(context):
    shape, other = box(88.5, 44.5, 88.52, 44.52), old(box(88.5, 44.5, 88.519, 44.52))
    grown = earlier(context, shape, other, change_share=0.0, change_m2=0.0).evidence
    metres, before = grown["difference_m2"], grown["area_before_m2"]
    assert grown["change"] == "扩大" and metres == pytest.approx(before / 19, rel=1e-6)
    for share, m2, change in [
        (0.0, metres, "无变化"), (0.0, math.nextafter(metres, 0), "扩大"),
        (0.06, 0.0, "无变化"), (0.05, 0.0, "扩大"),
        (0.06, 1.0, "无变化"), (0.05, metres + 1, "无变化"),
    ]:  # fmt: skip
        found = earlier(context, shape, other, change_share=share, change_m2=m2)
        assert found.evidence["change"] == change
        said = "增加" if change == "无变化" else "扩大，面积增加"
        assert said in found.reason


def test_the_latest_batch_is_compared_and_several_of_it_together(context):
    halves = [old(box(88.5, 44.5, 88.51, 44.52), id="B1"), old(box(88.51, 44.5, 88.53, 44.52), id="B2")]
    oldest = old(box(88.5, 44.5, 88.6, 44.52), id="A1", batch="2020", day=datetime.date(2020, 6, 1))
    found = earlier(context, PLACE, oldest, *halves, same_iou=0.1, same_cover=0.1)
    assert (found.evidence["earlier_batch"], found.evidence["matches"]) == ("绿盾2024-1", ["B1", "B2"])
    assert found.evidence["iou"] == pytest.approx(2 / 3, rel=1e-4)  # 0.02 of 0.03 degrees
    assert found.evidence["area_before_m2"] == pytest.approx(
        float(area_m2([box(88.5, 44.5, 88.53, 44.52)])[0]), rel=1e-9
    )
    assert found.evidence["change"] == "缩小" and "面积减少" in found.reason


@pytest.mark.parametrize(("distance", "near"), [(0.0004, True), (0.0005, False)])
def test_a_patch_beside_an_earlier_point_is_left_to_a_person(context, distance, near):
    # 0.0004 degrees of latitude are 44 m, 0.0005 are 56 m.
    found = earlier(context, PLACE, old(Point(88.51, 44.52 + distance)))
    assert (found.verdict, found.evidence["change"]) == (("unclear", None) if near else ("supports", "新增"))
    assert ("附近有以前批次的线索 LD2024-0007，线索是点，没有面积可比" in found.reason) == near


def test_a_clue_is_not_earlier_than_itself_and_one_without_a_day_may_be(context):
    assert earlier(context, PLACE, old(PLACE, id="LD2025-0001")).evidence["change"] == "新增"
    assert earlier(context, PLACE, old(PLACE, day=None)).evidence["change"] == "无变化"
    undated = with_limits(dataclasses.replace(context, earlier=(old(PLACE, day=NEW_DAY),)))
    assert one("earlier", undated, PLACE, day=None).evidence["change"] == "无变化"
    assert one("earlier", undated, PLACE, day=OLD_DAY).evidence["change"] == "新增"


def test_patches_that_only_touch_are_no_earlier_clues_of_each_other(context):
    assert earlier(context, PLACE, old(box(88.52, 44.5, 88.54, 44.52))).evidence["matches"] == []


# Duplicates


def test_the_overlap_that_makes_duplicates_is_reached_by_itself(context):
    shapes = [clue(PLACE, id="A"), clue(box(88.5, 44.5, 88.519, 44.52), id="B")]
    a, b = area_m2([c.geometry for c in shapes])
    common = area_m2([shapely.intersection(*(c.geometry for c in shapes))])[0]
    exact = float(common / (a + b - common))
    for limit, reason in ((exact, "后面的 B 与本条重复，本条应保留"), (just_above(exact), "与 B 部分重叠")):
        found = run_checks(shapes, with_limits(context, "duplicates", same_iou=limit))
        assert result(found, "duplicates", "A").reason == reason


def test_points_are_duplicates_up_to_the_distance_and_east_as_well_as_north(context):
    points = [clue(Point(88.5, 44.5), id="A"), clue(Point(88.50006, 44.5), id="B")]  # 4.77 m to the east
    assert result(run_checks(points, context), "duplicates", "B").reason == "与前面的 A 重复"
    metres = float(geod().inv(88.5, 44.5, 88.50006, 44.5)[2])
    for limit, verdict in ((metres, "contradicts"), (math.nextafter(metres, 0), "supports")):
        found = run_checks(points, with_limits(context, "duplicates", point_m=limit))
        assert result(found, "duplicates", "B").verdict == verdict


def test_a_dropped_clue_and_one_of_another_batch_overlap_nothing(context):
    half = box(88.51, 44.5, 88.53, 44.52)
    for other in (clue(half, id="B", dropped="permit"), clue(half, id="B", batch="另一批")):
        found = result(run_checks([clue(PLACE, id="A"), other], context), "duplicates", "A")
        assert (found.verdict, found.evidence) == ("supports", {"duplicates": [], "overlapping": []})


def test_five_ids_are_listed_without_their_number(context):
    found = run_checks([clue(Point(88.5, 44.5), id=f"A{k}") for k in range(6)], context)
    assert result(found, "duplicates", "A0").reason == "后面的 A1、A2、A3、A4、A5 与本条重复，本条应保留"


# Score and stored results


def score(*results):
    return {name: (word, points) for name, word, points in score_clue(results, SETTINGS).terms}


@pytest.mark.parametrize(
    ("check", "name", "points"), [("red_line", "生态保护红线", 10.0), ("water_zones", "饮用水水源保护区", 10.0),
                                  ("other_areas", "其他自然保护地", 5.0), ("focus_type", "四类重点问题", 30.0)],
)  # fmt: skip
@pytest.mark.parametrize(
    ("verdict", "word"),
    [("supports", "是"), ("contradicts", "否"), ("unclear", "不明确"), ("not_applicable", "不适用")],
)
def test_only_a_check_that_supports_adds_the_points_of_its_own_row(check, name, points, verdict, word):
    found = score(CheckResult(check, verdict, ""))
    assert found[name] == (word, points if verdict == "supports" else 0.0)
    assert sum(p for _, p in found.values()) == found[name][1]


@pytest.mark.parametrize(
    ("area", "points"),
    [
        (0.0, 0.0),
        (999.9, 0.0),
        (1000.0, 3.0),
        (9999.0, 3.0),
        (10000.0, 6.0),
        (99999.0, 6.0),
        (100000.0, 10.0),
        (1e9, 10.0),
    ],
)
def test_an_area_has_the_points_of_the_highest_step_reached(area, points):
    evidence = {"observed": None, "inside_m2": area, "inside_share": 1.0, "zones": []}
    assert score(CheckResult("reserve_zones", "supports", "", evidence))["区内面积"] == (area_words(area), points)


@pytest.mark.parametrize(
    ("zones", "best", "points"),
    [
        (["实验区", "核心区"], "核心区", 30.0),
        (["缓冲区", "实验区"], "缓冲区", 25.0),
        (["实验区"], "实验区", 10.0),
        (["一般控制区", "核心保护区"], "核心保护区", 30.0),
        (["一般控制区"], "一般控制区", 10.0),
    ],
)
def test_the_zone_of_most_points_counts(zones, best, points):
    parts = [{"zone": zone} for zone in zones]
    evidence = {"observed": "2026-03-14", "inside_m2": None, "inside_share": None, "zones": parts}
    assert score(CheckResult("reserve_zones", "supports", "", evidence))["功能区"] == (best, points)


@pytest.mark.parametrize(("change", "points"), [("新增", 15.0), ("扩大", 20.0), ("缩小", 0.0), ("无变化", 0.0)])
def test_a_change_has_its_points_whatever_the_verdict(change, points):
    assert score(CheckResult("earlier", "unclear", "", {"change": change}))["变化"] == (change, points)


def test_the_shipped_limits_are_those_that_the_manual_states():
    found = SETTINGS.model_dump(include={"edge_share", "tiny_m2", "repair_share", "far_m", "earlier", "duplicates"})
    assert found == {
        "edge_share": 0.01, "tiny_m2": 10.0, "repair_share": 0.05, "far_m": 20000.0,
        "earlier": {"same_iou": 0.5, "same_cover": 0.8, "change_share": 0.1, "change_m2": 50.0, "point_m": 50.0},
        "duplicates": {"same_iou": 0.9, "point_m": 5.0},
    }  # fmt: skip
    tolerance = {"surveyed": 5.0, "published": 50.0, "approximate": 500.0, "schematic": 1000.0}
    assert {accuracy: SETTINGS.border_tolerance_m.of(accuracy) for accuracy in tolerance} == tolerance
    assert list(SETTINGS.drop_reasons) == [
        "duplicate", "outside", "natural_change", "farming", "permit", "no_change", "image_error", "other",
    ]  # fmt: skip


def test_the_first_column_that_names_an_activity_counts(context):
    shape = box(88.02, 44.02, 88.03, 44.03)
    found = one("focus_type", context, shape, 类型="道路", 活动设施类型="水电站", 活动类型=" 采石场 ")
    assert (found.evidence["written"], found.evidence["activity"]) == ("采石场", "采石采砂")
    assert one("focus_type", context, shape, 类型="道路", 疑似问题类型="水电站").evidence["written"] == "水电站"


def test_results_come_back_from_the_ledger_as_they_went_in():
    uses = (LayerUse("reserves", "3.1", "a" * 64, "published"), LayerUse("counties", "2", "b" * 64, "surveyed"))
    results = (
        CheckResult("county", "supports", "在", {"county": "甲县"}, uses),
        CheckResult("earlier", "unclear", "未"),
    )
    now = Clue("A", "b", "1", PLACE, PLACE, "待核查", None, {}, {"checks": checks_value(results)})
    assert checks_value(results)["layers"]["reserves"] == ["3.1", "a" * 64, "published"]
    assert stored_results(now) == results


def test_a_check_that_says_the_same_in_other_objects_has_not_changed():
    first = CheckResult("county", "supports", "在", {"county": "甲县"})
    gone = CheckResult("old", "supports", "")
    assert changed_checks([first, gone], [dataclasses.replace(first, evidence={"county": "甲县"})]) == ("old",)
