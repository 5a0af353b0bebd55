"""Words of a card that a person relies on: what is not known, what the desk wrote, and where a case stands out."""

from dataclasses import replace

import pytest

from changji_geo.clues.model import CheckResult
from changji_geo.report.cards.content import Pair, qr_text
from tests.test_cards_content import FIRM, RESULTS, USE, WORDS, ZONE, card_of, clue, fact


def zones_result(*parts, **more):
    return replace(RESULTS[1], evidence={"inside_m2": 6000.0, "zones": list(parts)}, **more)


def test_a_zone_that_the_layer_does_not_give_is_named_so():
    (row,) = card_of(clue((zones_result(ZONE | {"zone": ""}),))).zones
    assert row == ("甲保护区", "图层未给出（三区）", "6,000.0", "9.00", "67.1%")


def test_a_clue_outside_every_reserve_has_the_reason_in_place_of_rows():
    outside = zones_result(verdict="contradicts", reason="不在任何自然保护区内；示意图层，不作为执法依据")
    card = card_of(clue((outside,)))
    assert (card.zones, card.zones_note) == ((), "不在任何自然保护区内")
    assert fact(card, "保护地").text == "无" and fact(card, "所在县市").text == "无"
    assert card.checks_note == ""


def test_a_clue_whose_zones_were_not_checked_says_so_though_others_were():
    card = card_of(clue((RESULTS[0],)))
    assert (card.zones_note, fact(card, "保护地").text, fact(card, "所在县市").text) == ("未核查", "未核查", "阜康市")


def test_the_desks_own_reserve_comes_before_the_checks_and_several_are_joined_once():
    parts = (ZONE, ZONE | {"zone": "实验区"}, ZONE | {"reserve": "乙保护区"})
    assert fact(card_of(clue((zones_result(*parts),))), "保护地").text == "甲保护区、乙保护区"
    assert fact(card_of(clue((zones_result(*parts),), fields={"reserve": "丙保护区"})), "保护地").text == "丙保护区"


def test_an_unknown_check_has_its_own_name_and_only_schematic_layers_a_mark():
    results = (
        CheckResult("新检查", "unclear", "甲\n乙", {}, (FIRM,)),
        CheckResult("red_line", "not_applicable", "无", {}, (FIRM, USE)),
    )
    lines = [(c.title, c.verdict, c.verdict_zh, c.reason) for c in card_of(clue(results)).checks]
    assert lines == [("新检查", "unclear", "不明确", "甲 乙"), ("生态保护红线＊", "not_applicable", "不适用", "无")]


def test_a_card_on_firm_layers_has_no_mark_and_every_layer_its_digest():
    card = card_of(clue((RESULTS[0],)), replace(WORDS, map_schematic=()))
    assert card.foot[0] == "内部使用：图件未经地图审核，不得公开使用。"
    assert "检查所用图层：县市 1.0（公布，cdcdcdcd）。" in card.foot[1]


def test_a_schematic_layer_of_the_checks_and_one_of_the_map_are_both_named():
    card = card_of(clue(), replace(WORDS, map_schematic=("底图", "功能区")))
    assert card.foot[0].startswith("＊示意图层，不作为执法依据：功能区、底图。")


def test_a_drop_reason_that_the_settings_no_longer_have_is_shown_as_it_is():
    assert fact(card_of(clue(dropped="旧原因")), "状态") == Pair("状态", "待核查（已剔除：旧原因）", alert=True)
    assert fact(card_of(clue()), "状态") == Pair("状态", "待核查")


def test_every_field_of_the_visit_stands_at_its_own_caption():
    fields = {
        "check_date": "2026-04-01", "finding": "砂坑", "built": "2019年前后", "permit": "无手续", "duty_unit": "某厂",
        "deadline": "2026-09-01", "measure": "拆除",
    }  # fmt: skip
    found = {p.caption: p.text for p in card_of(clue(fields=fields)).findings}
    assert found == {
        "核查时间": "2026-04-01", "现场情况": "砂坑", "建设时间": "2019年前后", "审批手续": "无手续", "责任单位": "某厂",
        "整改时限": "2026-09-01", "整改措施": "拆除",
    }  # fmt: skip


def test_activity_facility_and_change_are_one_line():
    fields = {"activity": "采石采砂", "facility": "东料场", "change": "规模扩大"}
    assert fact(card_of(clue(fields=fields)), "活动类型").text == "采石采砂；东料场；规模扩大"
    assert fact(card_of(clue()), "活动类型").text == "无"


@pytest.mark.parametrize(("given", "shown"), [("A" * 61, "A" * 60), ("甲\n乙", "甲 乙")])
def test_an_id_stays_on_one_line_of_at_most_sixty_characters(given, shown):
    assert card_of(clue(id=given)).id == shown


def test_the_code_names_latitude_first_and_cuts_a_long_id():
    assert qr_text("A" * 50, 88.5, 44.25) == f"geo:44.250000,88.500000?q=44.250000,88.500000({'A' * 40})"
