"""Checks of clues: areas by zone and date, counties, distances, focus types, earlier batches, duplicates, geometry, score."""

import datetime
import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, Polygon, box

from changji_geo.clues import settings as clue_settings
from changji_geo.clues.checks.batch import read_batch
from changji_geo.clues.checks.context import build_context
from changji_geo.clues.checks.priority import score_clue
from changji_geo.clues.checks.running import CHECKS, changed_checks, run_checks
from changji_geo.clues.checks.zone_check import check_reserve_zones
from changji_geo.clues.desk.drops import count_drops, require_drop_reason
from changji_geo.clues.model import Clue
from changji_geo.clues.settings import load_settings
from changji_geo.ellipsoid import area_m2, geod
from changji_geo.errors import InputError, LayerError
from tests.tiny import SQUARES, tiny_workspace, write_layer

OLD_DAY, NEW_DAY = datetime.date(2026, 3, 14), datetime.date(2026, 3, 15)
ZONES = {
    "core": (box(88.0, 44.0, 88.1, 44.1), "核心区", "核心保护区"),
    "buffer": (box(88.1, 44.0, 88.2, 44.1), "缓冲区", "核心保护区"),
    "experimental": (box(88.2, 44.0, 88.3, 44.1), "实验区", "一般控制区"),
}
"""One reserve of three squares in a row, west to east; the county border 88°E is its western edge."""


def clue(shape, id="LD2025-0001", day=OLD_DAY, batch="绿盾2025-1", original=None, dropped="", **attributes):
    return Clue(id, batch, id, original or shape, shape, "待核查", day, attributes, dropped=dropped)


def write_reserves(root, accuracy="surveyed", new=True):
    rows = [
        {"id": k, "name": k, "reserve_id": "jia", "reserve": "甲保护区", "zone_old": a, "zone_new": b if new else ""}
        for k, (_, a, b) in ZONES.items()
    ]
    write_layer(root, "reserves", rows, [z[0] for z in ZONES.values()], accuracy=accuracy)


def workspace_at(root, accuracy="surveyed", new=True):
    write_layer(root, "counties", [{"id": k, "name": f"{k}县"} for k in SQUARES], list(SQUARES.values()))
    write_layer(root, "prefecture", [{"id": "p", "name": "州"}], [box(87, 44, 90, 45)])
    areas = [("jia", "甲保护区", "自然保护区"), ("park", "乙湿地公园", "湿地公园")]
    rows = [{"id": i, "name": n, "type": t} for i, n, t in areas]
    write_layer(root, "protected_areas", rows, [box(88, 44, 88.3, 44.1), box(89, 44, 89.1, 44.1)])
    write_reserves(root, accuracy, new)
    return tiny_workspace(root)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return workspace_at(tmp_path_factory.mktemp("clues"))


@pytest.fixture(scope="module")
def context(workspace):
    return build_context(workspace)


def result(found, check, clue_id="LD2025-0001"):
    return next(r for r in found[clue_id] if r.check == check)


def one(check, context, shape, **kwargs):
    return result(run_checks([clue(shape, **kwargs)], context), check)


def test_a_patch_across_the_three_zones_is_split_in_proportion_under_the_old_regulation(context):
    found = one("reserve_zones", context, box(88.05, 44.02, 88.25, 44.04))
    parts = [(p["zone"], round(p["share"], 9)) for p in found.evidence["zones"]]
    assert parts == [("核心区", 0.25), ("缓冲区", 0.5), ("实验区", 0.25)]
    assert found.verdict == "supports"
    assert found.reason.startswith("按《中华人民共和国自然保护区条例》（2017年修订）：三区：甲保护区核心区 8,9")
    assert found.evidence["inside_share"] == pytest.approx(1, rel=1e-9)


def test_the_same_patch_a_day_later_is_split_by_the_two_zones(context):
    found = one("reserve_zones", context, box(88.05, 44.02, 88.25, 44.04), day=NEW_DAY)
    parts = [(p["zone"], round(p["share"], 9)) for p in found.evidence["zones"]]
    assert parts == [("核心保护区", 0.75), ("一般控制区", 0.25)]
    assert "国务院令第830号" in found.reason


def test_a_patch_without_a_date_is_unclear_and_shows_both_schemes(context):
    found = one("reserve_zones", context, box(88.12, 44.02, 88.14, 44.04), day=None)
    assert found.verdict == "unclear"
    assert [(p["scheme"], p["zone"]) for p in found.evidence["zones"]] == [("三区", "缓冲区"), ("两区", "核心保护区")]
    assert "没有影像日期，无法确定适用哪种分区，两种都列出" in found.reason


@pytest.mark.parametrize("day", [OLD_DAY, NEW_DAY, None])
def test_a_patch_outside_every_zone_contradicts_whatever_its_date(context, day):
    found = one("reserve_zones", context, box(88.5, 44.5, 88.6, 44.6), day=day)
    assert (found.verdict, found.reason) == ("contradicts", "不在任何自然保护区内")
    assert found.evidence["inside_m2"] == 0


def test_a_patch_that_only_touches_a_zone_is_outside(context):
    assert one("reserve_zones", context, box(87.9, 44.0, 88.0, 44.1)).verdict == "contradicts"


def test_a_patch_that_grazes_a_zone_is_unclear(context):
    found = one("reserve_zones", context, box(87.9, 44.02, 88.0005, 44.04))
    assert found.verdict == "unclear"
    assert found.reason.endswith("区内不足图斑的 1%，可能是边界误差")


def test_a_point_has_a_zone_but_no_area_and_on_a_border_both(context):
    inside = one("reserve_zones", context, Point(88.05, 44.05))
    assert [(p["zone"], p["area_m2"], p["share"]) for p in inside.evidence["zones"]] == [("核心区", None, None)]
    assert (inside.verdict, inside.evidence["area_m2"]) == ("supports", None)
    border = one("reserve_zones", context, Point(88.1, 44.05))
    assert [p["zone"] for p in border.evidence["zones"]] == ["核心区", "缓冲区"]


def test_zones_that_the_layer_does_not_give_are_not_converted(tmp_path):
    context = build_context(workspace_at(tmp_path, new=False))
    found = one("reserve_zones", context, box(88.02, 44.02, 88.04, 44.04), day=NEW_DAY)
    assert found.verdict == "unclear"
    assert found.reason.endswith("图层没有给出两区分区，不自动换算")
    focus = one("focus_type", context, box(88.02, 44.02, 88.04, 44.04), day=NEW_DAY, 活动类型="水电站")
    assert (focus.verdict, focus.reason) == ("unclear", "图层没有给出两区分区，“水电设施”只在核心保护区内计入")


def test_a_verdict_on_a_schematic_layer_says_so_and_names_the_layer(tmp_path):
    workspace = workspace_at(tmp_path, accuracy="schematic")
    context = build_context(workspace)
    found = run_checks([clue(box(88.02, 44.02, 88.04, 44.04)), clue(Point(87.5, 44.5), id="LD2025-0002")], context)
    for results in found.values():
        for r in results:
            schematic = any(use.accuracy == "schematic" for use in r.layers)
            assert r.reason.endswith("；示意图层，不作为执法依据") == schematic
    use = result(found, "reserve_zones").layers[0]
    assert (use.id, use.version, use.accuracy, len(use.sha256)) == ("reserves", "1.0", "schematic", 64)


def test_a_zone_that_no_scheme_knows_is_refused_with_its_feature(tmp_path):
    workspace_at(tmp_path)
    rows = [{"id": "a", "name": "甲", "zone_old": "保护区", "zone_new": ""}]
    write_layer(tmp_path, "reserves", rows, [box(88, 44, 88.1, 44.1)])
    with pytest.raises(LayerError, match="要素“甲”的功能区“保护区”不属于三区"):
        build_context(tiny_workspace(tmp_path))


def test_the_county_split_is_in_proportion_and_the_largest_part_names_the_county(context):
    found = one("county", context, box(87.9, 44.2, 88.3, 44.4))
    shares = {c["name"]: round(c["share"], 9) for c in found.evidence["counties"]}
    assert shares == {"west县": 0.25, "middle县": 0.75}
    assert (found.verdict, found.evidence["county"]) == ("supports", "middle县")
    assert one("county", context, box(87.2, 44.2, 87.3, 44.3)).reason == "全部在west县"


def test_a_clue_partly_or_wholly_outside_the_prefecture(context):
    half = box(86.9, 44.2, 87.1, 44.4)
    assert one("county", context, half).verdict == "unclear"
    assert one("geometry", context, half).reason == "50.0% 在州界以外"
    away = box(85.0, 44.2, 85.1, 44.3)
    assert one("county", context, away).reason == "不在本州任何县市内"
    assert (one("geometry", context, away).verdict, one("geometry", context, away).reason) == (
        "contradicts",
        "整个在州界以外",
    )


def test_a_point_on_a_county_border_is_unclear(context):
    found = one("county", context, Point(88.0, 44.5))
    assert (found.verdict, found.reason) == ("unclear", "点在县市界上：west县、middle县")


def test_the_distance_to_a_border_is_geodesic_and_follows_the_scheme(context):
    # The border between core and buffer, 0.02 degrees west, is none under two zones: then the outer one in the south is next.
    here = Point(88.12, 44.05)
    old, new = (one("zone_distance", context, here, day=d) for d in (OLD_DAY, NEW_DAY))
    west = geod().inv(88.12, 44.05, 88.1, 44.05)[2]
    south = geod().inv(88.12, 44.05, 88.12, 44.0)[2]
    assert old.evidence["borders"][0]["distance_m"] == pytest.approx(west, abs=0.1)
    assert new.evidence["borders"][0]["distance_m"] == pytest.approx(south, abs=0.1)
    assert (old.verdict, old.evidence["inside"]) == ("supports", True)
    assert old.reason == f"在保护区内，三区：距甲保护区核心区界线 {west:,.1f} 米"


def test_far_from_every_border_the_distance_is_that_of_the_middle_and_says_so(context):
    found = one("zone_distance", context, box(89.0, 44.04, 89.2, 44.06))
    metres = geod().inv(88.3, 44.05, 89.1, 44.05)[2]
    border = found.evidence["borders"][0]
    assert (border["measured_from"], border["distance_m"]) == ("中心点", pytest.approx(metres, rel=1e-4))
    assert found.reason == "在保护区外，三区：距甲保护区实验区界线 约 64.1 公里（按中心点）"


def test_a_far_point_is_measured_itself(context):
    border = one("zone_distance", context, Point(89.1, 44.05)).evidence["borders"][0]
    assert (border["measured_from"], border["distance_m"]) == (
        "图形",
        pytest.approx(geod().inv(88.3, 44.05, 89.1, 44.05)[2], rel=1e-4),
    )


def test_a_long_patch_that_comes_near_a_border_is_measured_itself_however_far_its_middle(context):
    found = one("zone_distance", context, box(88.301, 44.04, 89.9, 44.06))
    border = found.evidence["borders"][0]
    near = geod().inv(88.3, 44.04, 88.301, 44.04)[2]
    assert (border["measured_from"], border["distance_m"]) == ("图形", pytest.approx(near, rel=1e-3))


def test_a_patch_across_a_border_or_near_it_is_unclear(context):
    across = one("zone_distance", context, box(88.05, 44.02, 88.15, 44.04))
    assert (across.verdict, across.evidence["borders"][0]["distance_m"]) == ("unclear", 0.0)
    assert across.reason.startswith("三区：跨越或接触甲保护区")
    near = one("zone_distance", context, Point(87.99999, 44.05))
    assert (near.verdict, near.evidence["inside"]) == ("unclear", False)
    assert near.reason.endswith("界线 0.8 米，在位置误差 5 米以内")
    assert one("zone_distance", context, Point(87.9, 44.05)).verdict == "contradicts"


@pytest.mark.parametrize(
    ("written", "west", "day", "verdict", "said"),
    [
        ("采石场", 88.25, OLD_DAY, "supports", "“采石采砂”在自然保护区内"),
        ("采石场", 88.25, None, "supports", "“采石采砂”在自然保护区内"),
        ("采石场", 88.5, OLD_DAY, "contradicts", "“采石采砂”属四类重点问题，但不在任何自然保护区内"),
        ("度假村", 88.15, OLD_DAY, "supports", "“旅游设施”在核心区、缓冲区内"),
        ("度假村", 88.25, OLD_DAY, "contradicts", "“旅游设施”只在核心区、缓冲区内计入，线索在其外"),
        ("度假村", 88.15, NEW_DAY, "supports", "“旅游设施”在核心保护区内"),
        ("度假村", 88.25, NEW_DAY, "contradicts", "“旅游设施”只在核心保护区内计入，线索在其外"),
        ("度假村", 88.15, None, "unclear", "没有影像日期"),
        ("道路", 88.05, OLD_DAY, "contradicts", "“交通设施”不属四类重点问题"),
        ("看不清", 88.05, OLD_DAY, "unclear", "活动类型“看不清”归不到唯一的一类"),
        ("", 88.05, OLD_DAY, "unclear", "没有填活动类型"),
    ],
)
def test_focus_types_by_activity_zone_and_date(context, written, west, day, verdict, said):
    found = one("focus_type", context, box(west, 44.02, west + 0.01, 44.03), day=day, 活动类型=written)
    assert (found.verdict, found.reason[: len(said)]) == (verdict, said)
    assert found.evidence["focus"] is {"supports": True, "contradicts": False, "unclear": None}[verdict]


def test_the_desks_own_activity_comes_before_the_files(context):
    shape = box(88.02, 44.02, 88.03, 44.03)
    given = Clue("A", "b", "1", shape, shape, "待核查", OLD_DAY, {"活动类型": "道路"}, {"activity": "采石采砂"})
    assert result(run_checks([given], context), "focus_type", "A").verdict == "supports"


def test_other_areas_leave_out_the_reserves_that_have_zones(context):
    found = one("other_areas", context, box(89.02, 44.02, 89.04, 44.04))
    assert [f["id"] for f in found.evidence["features"]] == ["park"]
    assert one("other_areas", context, box(88.02, 44.02, 88.04, 44.04)).verdict == "contradicts"


def test_layers_that_the_workspace_lacks_make_a_check_not_applicable_and_count_once_they_are_there(tmp_path):
    workspace = workspace_at(tmp_path)
    shape = box(88.5, 44.5, 88.6, 44.6)
    missing = one("red_line", build_context(workspace), shape)
    assert (missing.verdict, missing.reason) == ("not_applicable", "工作区没有生态保护红线图层")
    write_layer(tmp_path, "red_line", [{"id": "r", "name": "红线甲"}], [box(88.5, 44.5, 88.55, 44.7)])
    found = one("red_line", build_context(workspace), shape)
    assert (found.verdict, round(found.evidence["features"][0]["share"], 9)) == ("supports", 0.5)


def test_images_are_not_applicable_and_say_why(context):
    found = one("image_evidence", context, Point(88.05, 44.05))
    assert (found.verdict, found.reason) == ("not_applicable", "没有接入前后时相影像，未作影像比对")


@pytest.mark.parametrize(
    ("east", "change", "verdict"),
    [
        (88.52, "无变化", "unclear"),
        (88.5214, "无变化", "unclear"),
        (88.53, "扩大", "supports"),
        (88.51, "缩小", "unclear"),
    ],
)
def test_the_same_place_in_an_earlier_batch(workspace, east, change, verdict):
    old = clue(box(88.5, 44.5, 88.52, 44.52), id="LD2024-0007", batch="绿盾2024-1", day=datetime.date(2024, 6, 1))
    shape = box(88.5, 44.5, east, 44.52)
    found = one("earlier", build_context(workspace, earlier=[old]), shape)
    assert (found.evidence["change"], found.verdict) == (change, verdict)
    assert found.evidence["matches"] == ["LD2024-0007"]
    before, now = area_m2([old.geometry, shape])
    assert found.evidence["difference_m2"] == pytest.approx(now - before, rel=1e-9)
    assert found.evidence["iou"] == pytest.approx(min(before, now) / max(before, now), rel=1e-9)
    assert f"与 绿盾2024-1 的 LD2024-0007 是同一处：{change}，面积" in found.reason


def test_a_place_without_an_earlier_clue_is_new_and_one_with_little_overlap_is_left_to_a_person(workspace):
    old = clue(box(88.5, 44.5, 88.52, 44.52), id="LD2024-0007", batch="绿盾2024-1", day=None)
    context = build_context(workspace, earlier=[old])
    assert one("earlier", context, box(88.7, 44.5, 88.72, 44.52)).evidence["change"] == "新增"
    partly = one("earlier", context, box(88.515, 44.5, 88.535, 44.52))
    assert (partly.verdict, partly.evidence["change"]) == ("unclear", None)
    assert partly.reason == "附近有以前批次的线索 LD2024-0007，重叠太少，不能确定是同一处，须人工判断"
    point = one("earlier", context, Point(88.51, 44.51))
    assert (point.verdict, point.evidence["matches"]) == ("unclear", ["LD2024-0007"])


def test_two_earlier_patches_that_grew_together_are_compared_together_with_the_latest_batch(workspace):
    halves = [box(88.5, 44.5, 88.51, 44.52), box(88.51, 44.5, 88.52, 44.52)]
    old = [clue(s, id=f"B{k}", batch="2024", day=datetime.date(2024, 6, 1)) for k, s in enumerate(halves)]
    oldest = clue(box(88.5, 44.5, 88.53, 44.52), id="A", batch="2020", day=datetime.date(2020, 6, 1))
    found = one("earlier", build_context(workspace, earlier=[*old, oldest]), box(88.5, 44.5, 88.52, 44.52))
    assert (found.evidence["matches"], found.evidence["change"]) == (["B0", "B1"], "无变化")
    assert found.evidence["iou"] == pytest.approx(1, rel=1e-9)


def test_clues_of_the_same_batch_or_of_a_later_day_are_not_earlier(workspace):
    shape = box(88.5, 44.5, 88.52, 44.52)
    later = clue(shape, id="X", batch="z", day=NEW_DAY)
    same = clue(shape, id="Y", day=datetime.date(2020, 1, 1))
    assert one("earlier", build_context(workspace, earlier=[later, same]), shape).evidence["change"] == "新增"


def test_a_clue_of_an_earlier_batch_from_the_same_image_is_earlier(workspace):
    shape = box(88.5, 44.5, 88.52, 44.52)
    same_day = clue(shape, id="X", batch="绿盾2025-0")
    assert one("earlier", build_context(workspace, earlier=[same_day]), shape).evidence["change"] == "无变化"


def test_without_earlier_clues_the_comparison_is_not_applicable(context):
    assert one("earlier", context, Point(88, 44.5)).reason == "没有更早批次的线索可比"


def test_of_two_duplicates_the_first_is_kept_and_a_dropped_one_no_longer_counts(context):
    shape = box(88.5, 44.5, 88.52, 44.52)
    first, second = clue(shape, id="A1"), clue(shape.reverse(), id="A2")
    found = run_checks([second, first], context)
    assert result(found, "duplicates", "A1").verdict == "unclear"
    assert result(found, "duplicates", "A1").reason == "后面的 A2 与本条重复，本条应保留"
    assert result(found, "duplicates", "A2").verdict == "contradicts"
    assert result(found, "duplicates", "A2").reason == "与前面的 A1 重复"
    dropped = clue(shape, id="A2", dropped="duplicate")
    found = run_checks([first, dropped], context)
    assert result(found, "duplicates", "A1").verdict == "supports"
    assert result(found, "duplicates", "A2").verdict == "contradicts"


def test_points_within_five_metres_are_duplicates_and_other_batches_do_not_count(context):
    # 0.00004 degrees of latitude are 4.4 m, 0.00006 are 6.7 m.
    base, near, far = Point(88.5, 44.5), Point(88.5, 44.50004), Point(88.5, 44.49994)
    found = run_checks([clue(base, id="A"), clue(near, id="B"), clue(far, id="C")], context)
    assert [result(found, "duplicates", i).evidence["duplicates"] for i in "ABC"] == [["B"], ["A"], []]
    found = run_checks([clue(base, id="A"), clue(near, id="B", batch="另一批")], context)
    assert result(found, "duplicates", "A").verdict == "supports"


def test_patches_that_overlap_in_part_are_unclear_and_those_that_touch_stand_alone(context):
    a, b, c = box(88.5, 44.5, 88.52, 44.52), box(88.51, 44.5, 88.53, 44.52), box(88.53, 44.5, 88.54, 44.52)
    found = run_checks([clue(a, id="A"), clue(b, id="B"), clue(c, id="C")], context)
    assert result(found, "duplicates", "A").reason == "与 B 部分重叠"
    assert result(found, "duplicates", "C").verdict == "supports"


BOWTIE = Polygon([(88.5, 44.5), (88.52, 44.52), (88.52, 44.5), (88.5, 44.52)])


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (Polygon(), "没有几何图形，无法量算"),
        (None, "没有几何图形，无法量算"),
        (BOWTIE, "几何无效或面积为 0（Self-intersection"),
        (Polygon([(88, 44), (88.1, 44.1), (88, 44)]), "几何无效或面积为 0（"),
        (shapely.LineString([(88, 44), (88.1, 44.1)]), "几何类型是 LineString，不是面或单个点"),
        (Point(float("inf"), 44), "坐标里有无穷大或空值"),
    ],
)
def test_what_cannot_be_measured_is_unclear_in_every_check_that_measures(workspace, shape, said):
    old = clue(box(88.5, 44.5, 88.52, 44.52), id="old", batch="older")
    found = run_checks([clue(shape, 活动类型="采石场")], build_context(workspace, earlier=[old]))["LD2025-0001"]
    measured = [r for r in found if r.verdict != "not_applicable"]
    assert {r.verdict for r in measured} == {"unclear"}
    assert all(r.reason.startswith(said) for r in measured)
    assert len(measured) == 8
    assert "已修复" not in measured[0].reason
    assert "重画" not in measured[0].reason


def test_a_repair_is_named_and_one_that_changes_the_area_needs_a_look(context):
    fixed = shapely.make_valid(BOWTIE)
    found = one("geometry", context, fixed, original=BOWTIE)
    assert found.verdict == "supports"
    assert found.reason.startswith("原图形无效（Self-intersection[88.51 44.51]），已修复")
    redrawn = one("geometry", context, box(88.5, 44.5, 88.52, 44.53), original=box(88.5, 44.5, 88.52, 44.52))
    assert redrawn.verdict == "unclear"
    assert "变化超过 5%；图形已重画或修复，原图形保留" in redrawn.reason


def test_a_tiny_patch_is_unclear(context):
    found = one("geometry", context, box(88.5, 44.5, 88.50002, 44.50002))
    assert (found.verdict, found.reason) == ("unclear", "面积只有 3.53 平方米，不足 10 平方米，难以判读")


def test_every_clue_has_every_check_in_the_same_order_and_twice_the_same(context):
    clues = [clue(box(88.02, 44.02, 88.04, 44.04), id="A"), clue(Point(87.5, 44.5), id="B"), clue(None, id="C")]
    first, again = run_checks(clues, context), run_checks(clues, context)
    assert first == again
    assert list(first) == ["A", "B", "C"]
    assert all([r.check for r in results] == list(CHECKS) for results in first.values())
    turned = run_checks(clues[::-1], context)
    assert turned == first
    json.dumps([dict(r.evidence) for results in first.values() for r in results], allow_nan=False)


def test_no_clues_give_no_results_and_an_id_twice_is_refused(context):
    assert run_checks([], context) == {}
    with pytest.raises(InputError, match="线索编号“A”出现了两次"):
        run_checks([clue(Point(88, 44.5), id="A"), clue(Point(88, 44.6), id="A")], context)


def test_a_replaced_layer_shows_in_the_checks_that_rest_on_it(tmp_path):
    workspace = workspace_at(tmp_path)
    given = [clue(box(88.02, 44.02, 88.04, 44.04))]
    before = run_checks(given, build_context(workspace))["LD2025-0001"]
    assert changed_checks(before, run_checks(given, build_context(workspace))["LD2025-0001"]) == ()
    write_reserves(tmp_path, new=False)
    after = run_checks(given, build_context(workspace))["LD2025-0001"]
    assert changed_checks(before, after) == ("reserve_zones", "zone_distance", "focus_type")


def test_areas_per_zone_agree_with_plain_shapely_on_1000_random_patches():
    context = build_context()
    rng = np.random.default_rng(4)
    shapes = []
    for _ in range(1000):
        x, y = rng.uniform(88.0, 90.2), rng.uniform(43.7, 46.0)
        angle = np.sort(rng.uniform(0, 2 * np.pi, 9))
        radius = rng.uniform(0.003, 0.06) * rng.uniform(0.5, 1, 9)
        shape = Polygon(np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)]))
        shapes.append(shapely.make_valid(shape, method="structure"))
    zones = context.reserves.shapes
    found = check_reserve_zones(read_batch(clue(s, id=str(k)) for k, s in enumerate(shapes)), context)
    compared = covered = 0
    for shape, r in zip(shapes, found, strict=True):
        own = area_m2(shape)[0]
        plain = {}
        for row, zone in enumerate(zones):
            area = area_m2(shapely.intersection(shape, zone))[0]
            if area > 1e-9 * own:
                plain[context.reserve_names[row], context.zones["three_zones"][row]] = area
        ours = {(p["reserve"], p["zone"]): p["area_m2"] for p in r.evidence["zones"]}
        assert ours.keys() == plain.keys()
        assert all(abs(ours[key] - plain[key]) <= 1e-9 * own for key in plain)
        compared += len(plain)
        if plain and shapely.area(shapely.difference(shape, shapely.union_all(zones))) == 0:
            assert sum(p["share"] for p in r.evidence["zones"]) == pytest.approx(1, abs=1e-9)
            covered += 1
    assert compared > 300
    assert covered > 100


def test_the_score_is_the_sum_of_its_terms_and_every_term_is_shown(context):
    settings = load_settings()
    results = run_checks([clue(box(88.11, 44.02, 88.12, 44.03), 活动类型="采石场")], context)["LD2025-0001"]
    found = score_clue(results, settings)
    assert found.terms == (
        ("功能区", "缓冲区", 25.0),
        ("区内面积", found.terms[1][1], 10.0),
        ("四类重点问题", "采石采砂", 30.0),
        ("变化", "不适用", 0.0),
        ("生态保护红线", "不适用", 0.0),
        ("饮用水水源保护区", "不适用", 0.0),
        ("其他自然保护地", "否", 0.0),
    )
    assert found.score == 65.0
    assert score_clue([], settings).score == 0


def test_an_unclear_check_adds_no_points_and_says_so(context):
    results = run_checks([clue(box(88.11, 44.02, 88.12, 44.03))], context)["LD2025-0001"]
    assert ("四类重点问题", "不明确", 0.0) in score_clue(results, load_settings()).terms


def test_without_a_date_the_zone_of_most_points_counts_but_never_one_that_is_only_grazed(context):
    def zone_term(shape, day):
        return score_clue(run_checks([clue(shape, day=day)], context)["LD2025-0001"], load_settings()).terms[0]

    assert zone_term(box(88.11, 44.02, 88.12, 44.03), None) == ("功能区", "核心保护区", 30.0)
    grazing = box(87.9, 44.02, 88.0005, 44.04)
    assert {zone_term(grazing, day) for day in (OLD_DAY, NEW_DAY, None)} == {("功能区", "不明确", 0.0)}
    assert zone_term(box(88.5, 44.5, 88.6, 44.6), OLD_DAY) == ("功能区", "否", 0.0)


def test_a_reason_lists_five_ids_and_their_number_and_the_evidence_all(context):
    found = run_checks([clue(Point(88.5, 44.5), id=f"A{k}") for k in range(8)], context)
    assert result(found, "duplicates", "A0").reason == "后面的 A1、A2、A3、A4、A5 等 7 条 与本条重复，本条应保留"
    assert len(result(found, "duplicates", "A0").evidence["duplicates"]) == 7


@given(st.lists(st.sampled_from(["", "", "duplicate", "outside", "natural_change", "farming", "permit", "other"])))
def test_dropped_and_kept_are_always_all_that_was_imported(reasons):
    found = count_drops([clue(Point(88, 44), id=str(k), dropped=r) for k, r in enumerate(reasons)], load_settings())
    assert found.dropped + found.kept == found.imported == len(reasons)
    assert sum(found.by_reason.values()) == found.dropped


def test_a_reason_of_a_drop_has_a_title_and_an_unknown_one_is_refused():
    settings = load_settings()
    assert require_drop_reason("permit", settings) == "手续齐全的已批项目"
    with pytest.raises(InputError, match="没有剔除原因“permitt”.*是不是“permit”"):
        require_drop_reason("permitt", settings)
    with pytest.raises(InputError, match="没有写说明"):
        require_drop_reason("other", settings)
    with pytest.raises(InputError, match="线索“A”：剔除原因“gone”不在设置里"):
        count_drops([clue(Point(88, 44), id="A", dropped="gone")], settings)


def test_settings_of_ones_own_are_checked(tmp_path, workspace):
    text = Path(clue_settings.__file__).with_name("settings.toml").read_text("utf-8")
    own = tmp_path / "own.toml"
    own.write_text(text.replace("edge_share = 0.01", "edge_share = 0.9"), encoding="utf-8")
    context = build_context(workspace, settings=load_settings(own))
    assert one("reserve_zones", context, box(87.9, 44.02, 88.1, 44.04)).verdict == "unclear"
    own.write_text(text.replace("edge_share = 0.01", "edge_share = 2"), encoding="utf-8")
    with pytest.raises(InputError, match="edge_share：取值 “2” 超出范围"):
        load_settings(own)
    own.write_text(text.replace('"新增" = 15.0', '"新曾" = 15.0'), encoding="utf-8")
    with pytest.raises(InputError, match="新曾"):
        load_settings(own)
