"""What a card says, and that it always fits its page."""

import datetime
from dataclasses import replace

import hypothesis
import pytest
import shapely
from hypothesis import strategies as st

from changji_geo.clues.checks.priority import Priority
from changji_geo.clues.checks.stored import checks_value, priority_value
from changji_geo.clues.facts import clue_facts
from changji_geo.clues.model import CheckResult, Clue, LayerUse
from changji_geo.render.fonts import resolve_fonts
from changji_geo.render.sheet.paper import mm
from changji_geo.report.cards.content import CHOICES, BatchWords, Pair, build_card, plane_text, qr_text
from changji_geo.report.cards.fitting import (
    HEIGHT,
    MORE,
    PAD,
    STEPS,
    WIDTH,
    choice_text,
    fit_card,
)
from changji_geo.report.cards.tables import card_tables
from changji_geo.resources import find_workspace
from changji_geo.theme import load_theme

DAY = datetime.date(2026, 5, 1)
SQUARE = shapely.box(87.0, 44.0, 87.001, 44.001)
USE = LayerUse("reserves", "1.0", "ab" * 32, "schematic")
FIRM = LayerUse("counties", "1.0", "cd" * 32, "published")
WORDS = BatchWords(
    DAY, {"reserves": "功能区", "counties": "县市"}, {"reserves": "ab" * 32, "counties": "cd" * 32}, ("功能区",),
    {"outside": "在所有保护地范围之外"},
)  # fmt: skip
ZONE = {"reserve": "甲保护区", "scheme": "三区", "zone": "核心区", "area_m2": 6000.0, "share": 0.671}
RESULTS = (
    CheckResult("county", "supports", "全部在阜康市", {"county": "阜康市"}, (FIRM,)),
    CheckResult("reserve_zones", "supports", "在核心区；示意图层，不作为执法依据", {"inside_m2": 6000.0, "zones": [ZONE]}, (USE,)),
)  # fmt: skip


@pytest.fixture(scope="module")
def fonts():
    return resolve_fonts(load_theme("report", find_workspace()), ())


def clue(results=RESULTS, *, geometry=SQUARE, observed=datetime.date(2025, 8, 1), fields=None, **more):
    stored = {"checks": checks_value(results), "priority": priority_value(PRIORITY)} if results else {}
    base = Clue("LD2025-0001", "绿盾2025-1", "A-7", geometry, geometry, "待核查", observed, {"名称": "采砂场"}, {**stored, **(fields or {})})  # fmt: skip
    return replace(base, **more)


PRIORITY = Priority(33.0, (("功能区", "核心区", 30.0), ("区内面积", "6,000 平方米", 3.0)))


def card_of(one, words=WORDS):
    return build_card(clue_facts([one], today=DAY)[0], words)


def fact(card, caption):
    return next(pair for pair in card.facts if pair.caption == caption)


def test_a_card_gives_position_in_three_ways_and_area_in_two():
    card = card_of(clue())
    assert fact(card, "经纬度").text == "87.000500°E，44.000500°N（CGCS2000）"
    assert fact(card, "度分秒").text == "87°00′01.8″E，44°00′01.8″N"
    assert fact(card, "高斯坐标").text.startswith("X 4873877.9")
    assert fact(card, "高斯坐标").text.endswith("（米；3 度带 29 带，中央经线 87°）")
    assert fact(card, "面积").text == "8,911.8 平方米（13.37 亩）"


def test_a_plane_coordinate_names_its_zone_and_one_abroad_has_none():
    assert plane_text(90.0, 44.0) == "X 4873822.37，Y 30500000.00（米；3 度带 30 带，中央经线 90°）"
    assert plane_text(10.0, 50.0) == "不在国内分带范围"


def test_a_zone_is_told_with_square_metres_mu_and_share():
    assert card_of(clue()).zones == (("甲保护区", "核心区（三区）", "6,000.0", "9.00", "67.1%"),)


def test_the_notice_stands_once_and_marked_lines_refer_to_it():
    card = card_of(clue())
    assert [(c.title, c.verdict_zh, c.reason) for c in card.checks] == [
        ("所在县市", "支持", "全部在阜康市"),
        ("自然保护区功能区＊", "支持", "在核心区"),
    ]
    assert card.foot[0] == "＊示意图层，不作为执法依据：功能区。内部使用：图件未经地图审核，不得公开使用。"
    assert "功能区 1.0（示意，abababab）" in card.foot[1]
    assert "制卡日期：2026-05-01" in card.foot[1]


def test_a_layer_replaced_since_the_check_is_named():
    card = card_of(clue(), replace(WORDS, layer_hashes={"reserves": "ef" * 32, "counties": "cd" * 32}))
    assert card.foot[0].endswith("检查之后图层已更换，图与检查结果可能不一致，请重新检查：功能区。")


def test_the_priority_is_a_sum_that_can_be_added_up():
    assert card_of(clue()).priority == "33 分 = 功能区（核心区）30 + 区内面积（6,000 平方米）3（只定先后，不是结论）"


def test_what_was_never_checked_is_said_so_and_is_no_zero():
    card = card_of(clue(None))
    assert (card.zones, card.zones_note, card.checks, card.priority) == ((), "未核查", (), "未核查")
    assert card.checks_note == "未核查：台账里没有这条线索的检查结果"
    assert fact(card, "保护地").text == "未核查"
    assert fact(card, "所在县市").text == "未核查"
    assert "检查所用图层：未核查" in card.foot[1]
    assert card.foot[0].startswith("＊示意图层，不作为执法依据：功能区")


def test_a_point_has_no_area_anywhere():
    part = ZONE | {"area_m2": None, "share": None}
    results = (replace(RESULTS[1], evidence={"inside_m2": None, "zones": [part]}),)
    card = card_of(clue(results, geometry=shapely.Point(87.5, 44.0)))
    assert fact(card, "面积").text == "点状线索，无面积"
    assert card.zones == (("甲保护区", "核心区（三区）", "点", "点", "点"),)


def test_the_scheme_is_that_of_the_image_and_unknown_without_one():
    assert fact(card_of(clue()), "影像日期").text == "2025-08-01（适用“三区”：核心区、缓冲区、实验区）"
    later = clue(observed=datetime.date(2026, 4, 1))
    assert fact(card_of(later), "影像日期").text == "2026-04-01（适用“两区”：核心保护区、一般控制区）"
    assert fact(card_of(clue(observed=None)), "影像日期").text == "没有影像日期，无法确定适用哪种分区"


def test_an_overdue_case_and_a_dropped_one_stand_out():
    late = fact(card_of(clue(fields={"deadline": "2026-04-19"})), "整改时限")
    assert late == Pair("整改时限", "2026-04-19，已逾期 12 天", alert=True)
    assert fact(card_of(clue(fields={"deadline": "2026-05-01"})), "整改时限") == Pair("整改时限", "2026-05-01")
    assert fact(card_of(clue(dropped="outside")), "状态") == Pair(
        "状态", "待核查（已剔除：在所有保护地范围之外）", alert=True
    )


def test_what_the_ledger_holds_of_the_field_visit_is_filled_in():
    card = card_of(clue(fields={"finding": "砂坑\n两处", "check_result": "部分属实", "county": "奇台县"}))
    assert [p.text for p in card.findings if p.caption == "现场情况"] == ["砂坑 两处"]
    assert {p.text for p in card.findings if p.caption != "现场情况"} == {""}
    assert choice_text(card.choice) == "□ 属实　　☑ 部分属实　　□ 不属实"
    assert fact(card, "所在县市").text == "奇台县"
    assert choice_text("大概属实").count("□") == len(CHOICES)


def test_control_characters_and_direction_overrides_do_not_reach_a_card():
    card = card_of(clue(attributes={"名称": "甲\u202e\x07乙\n\t丙"}))
    assert fact(card, "名称").text == "甲 乙 丙"


def test_the_code_holds_a_geo_uri_whose_label_cannot_break_out():
    assert qr_text("LD2025-0001", 89.5, 44.25) == "geo:44.250000,89.500000?q=44.250000,89.500000(LD2025-0001)"
    assert qr_text("a)&q=1", 1.0, 2.0).endswith("(a%29%26q%3D1)")


def require_fit(fitted, fonts):
    """Every line within its cell, every cell within its row, all rows within the page."""
    assert fitted.height <= HEIGHT + 1e-9
    for table in card_tables(fitted):
        for row in table.rows:
            for cell in row.cells:
                room = sum(table.widths[cell.first : cell.last]) - 2 * PAD
                assert max(mm(fonts.width(line.rstrip(), fitted.size)) for line in cell.lines) <= room
                assert len(cell.lines) * mm(fitted.size) * 1.3 + 2 * PAD <= row.height + 1e-9


TEXTS = st.one_of(
    st.text(max_size=40),
    st.integers(1, 3000).map("超长的说明文字，".__mul__),
    st.integers(1, 900).map("<b>https://x</b>=A1+".__mul__),
)


@hypothesis.settings(max_examples=25)
@hypothesis.given(st.lists(TEXTS, min_size=6, max_size=6), st.integers(0, 30), st.integers(0, 40))
def test_whatever_the_texts_a_card_fits_one_page(fonts, texts, checks, zones):
    name, reason, finding, unit, original, reserve = texts
    parts = [ZONE | {"reserve": reserve, "zone": f"区{n}"} for n in range(zones)]
    many = [replace(RESULTS[0], check=f"check{n}", reason=reason) for n in range(checks)]
    results = (*many, replace(RESULTS[1], evidence={"inside_m2": 1.0, "zones": parts}))
    fields = {"finding": finding, "duty_unit": unit, "measure": finding, "permit": unit}
    require_fit(
        fit_card(card_of(clue(results, fields=fields, original_id=original, attributes={"名称": name})), fonts), fonts
    )


def test_a_text_that_was_cut_says_where_the_rest_is(fonts):
    long = "现场有砂坑两处，长约三十米；" * 200
    results = tuple(replace(RESULTS[0], check=f"c{n}", reason=long) for n in range(11))
    fitted = fit_card(card_of(clue(results)), fonts)
    assert fitted.size < STEPS[0][0]
    for row in fitted.checks[1:]:
        reason = "".join(row.cells[2])
        assert reason.endswith(MORE)
        assert long.startswith(reason.removesuffix(MORE))


def test_a_short_card_keeps_its_size_and_gives_the_room_to_handwriting(fonts):
    fitted = fit_card(card_of(clue(None)), fonts)
    assert (fitted.size, fitted.block, fitted.location) == (STEPS[0][0], 112.0, 44.0)
    assert fitted.height == pytest.approx(HEIGHT)
    assert min(row.height for row in fitted.findings if not row.cells[2]) > 30


def test_rows_that_find_no_room_are_counted(fonts):
    parts = [ZONE | {"zone": f"区{n}"} for n in range(9)]
    results = (replace(RESULTS[1], evidence={"inside_m2": 1.0, "zones": parts}),)
    fitted = fit_card(card_of(clue(results)), fonts)
    assert len(fitted.zones) == 1 + 5 + 1
    assert "".join(fitted.zones[-1].cells[0]) == f"另有 4 个功能区{MORE}"


def test_a_heading_of_any_length_stays_on_its_line(fonts):
    fitted = fit_card(card_of(clue(original_id="<script>alert(1)</script>" * 9)), fonts)
    assert fitted.heading.startswith("原编号：<script>")
    assert fitted.heading.endswith(MORE)
    assert mm(fonts.width(fitted.heading, 8.0)) < WIDTH - 60
