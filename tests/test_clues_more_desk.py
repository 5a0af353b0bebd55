"""The corners of the desk: last digits of a share, a case reopened twice, batches that meet on a day, names of devices."""

import dataclasses
import datetime

import pytest
import shapely

from changji_geo.clues.checks.stored import checks_value
from changji_geo.clues.desk.auditing import audit_event, audit_sample
from changji_geo.clues.desk.batch_order import earlier_clues, first_event
from changji_geo.clues.desk.checking import changes_of, check_clues, moved_clues
from changji_geo.clues.desk.deeds import close_event, outline_event, set_event
from changji_geo.clues.desk.derived import derived_fields
from changji_geo.clues.desk.drops import require_drop_reason
from changji_geo.clues.desk.evidence import safe_name
from changji_geo.clues.desk.listing import select_clues, year_of
from changji_geo.clues.desk.outlines import outline_words, require_outline
from changji_geo.clues.ledger.opening import create_ledger
from changji_geo.clues.model import CheckResult, Clue, Event, Evidence
from changji_geo.clues.settings import load_settings
from changji_geo.errors import InputError
from tests.crash_ledger import AT, SQUARE, imported
from tests.test_clues_checks import workspace_at
from tests.test_clues_desk_checking import ACROSS, CORE, OUTSIDE, Meddling, add, check, do, result

SETTINGS = load_settings()
TODAY = datetime.date(2026, 3, 16)
BEFORE, AFTER = Evidence("甲/前.jpg", "a" * 64, 3, "before"), Evidence("甲/后.jpg", "b" * 64, 4, "after")


@pytest.fixture
def ledger(tmp_path):
    with create_ledger(tmp_path / "台账.gpkg") as opened:
        yield opened


@pytest.fixture
def workspace(tmp_path):
    return workspace_at(tmp_path / "工作区")


def clue(status="待核查", *, id="LD2025-0001", dropped="", observed=None, **fields):
    return Clue(id, "绿盾2025-1", "1", SQUARE, SQUARE, status, observed, {}, fields, dropped)


def event(seq, actor, after, *, id="LD2025-0001", evidence=(), kind="set"):
    return Event(seq, id, kind, AT, actor, {}, after, "", tuple(evidence))


def refusal(deed, *args, **kwargs):
    with pytest.raises(InputError) as caught:
        deed(*args, **kwargs)
    return str(caught.value)


# Audits


@pytest.mark.parametrize(("share", "count", "drawn"), [(0.07, 100, 7), (0.071, 100, 8), (0.28, 25, 7), (1.0, 3, 3)])
def test_a_share_is_rounded_up_and_its_last_binary_digit_draws_no_further_clue(share, count, drawn):
    clues = [clue("已核查-非问题", id=f"LD2025-{n:04d}") for n in range(1, count + 1)]
    assert len(audit_sample(clues, share=share, seed=1).clues) == drawn


def test_no_share_is_no_sample():
    words = refusal(audit_sample, [clue("已核查-非问题")], share=0, seed=1)
    assert words == "抽查比例 0 不成立。应为：大于 0、至多 1（0.1 是一成）。处理：写小数。"


def test_a_decision_on_another_clue_is_none_on_this_one():
    other = event(4, "张三", {"status": "已核查-非问题"}, id="LD2025-0002")
    words = refusal(audit_event, clue("已核查-非问题"), [other], auditor="李四", agree=True)
    assert words.startswith("线索 LD2025-0001：给的事件里没有作出这个决定的一件")


def test_a_name_in_other_letters_is_the_same_person():
    history = [event(4, "Wang Wu", {"status": "已核查-非问题"})]
    words = refusal(audit_event, clue("已核查-非问题"), history, auditor="wang wu", agree=True)
    assert "第 4 号事件的决定是Wang Wu自己作的，不能自己复核" in words


# Closing


def closing(history, *, day=TODAY, evidence=()):
    now = clue("整改完成待验收", done_date="2026-03-01")
    return close_event(now, history, actor="李四", document="1号", close_date=day, evidence=evidence)


def test_a_case_may_be_closed_on_the_day_on_which_the_work_was_done():
    found = closing([event(1, "张三", {}, evidence=[BEFORE, AFTER])], day=datetime.date(2026, 3, 1))
    assert found.after["close_date"] == "2026-03-01"


def test_the_picture_from_before_shows_nothing_after_even_beside_a_second_one_from_before():
    other, again = Evidence("甲/前2.jpg", "c" * 64, 3, "before"), Evidence("甲/后.jpg", "a" * 64, 3, "after")
    words = refusal(closing, [event(1, "张三", {}, evidence=[BEFORE, other, again])])
    assert "整改前和整改后的证据是同一份文件" in words


def test_of_two_reopenings_the_last_counts():
    history = [
        event(1, "张三", {}, evidence=[BEFORE]),
        event(2, "王五", {"status": "退回重办"}),
        event(3, "张三", {}, evidence=[AFTER]),
        event(4, "王五", {"status": "退回重办"}),
    ]
    assert "整改后的证据都早于“退回重办”，不能再用来销号" in refusal(closing, history)


def test_evidence_that_came_with_the_reopening_counts():
    found = closing([
        event(1, "张三", {}, evidence=[BEFORE]), event(2, "王五", {"status": "退回重办"}, evidence=[AFTER]),
    ])  # fmt: skip
    assert found.after["status"] == "已销号"


# Outlines, drops, lists


def test_a_latitude_beyond_the_pole_is_none():
    words = refusal(require_outline, clue(), shapely.Point(88, 95))
    assert words.startswith("线索 LD2025-0001 的新图形：坐标（88，95）不是经纬度。应为：CGCS2000 经纬度（EPSG:4490）")
    assert require_outline(clue(), shapely.Point(88.004, 44.001)).equals(shapely.Point(88.004, 44.001))


def test_a_place_far_away_is_no_swap_while_the_swapped_one_lies_farther():
    far = shapely.Point(62, 60)  # (60, 62) is only 215 km farther from the clue
    assert require_outline(clue(), far).equals(far)
    assert "经纬度像是写反了：第一个点是 44.0010，88.0010" in refusal(
        require_outline, clue(), shapely.Point(44.001, 88.001)
    )


def test_a_change_of_less_than_a_square_metre_keeps_its_sign():
    narrow, wide = shapely.box(87, 44, 87.01, 44.01), shapely.box(87, 44, 87.010000005, 44.01)
    assert outline_words(narrow, wide) == "面积 891,115 平方米 → 891,115 平方米（+0.45 平方米），重叠率 100.0%"
    assert outline_words(wide, narrow) == "面积 891,115 平方米 → 891,115 平方米（-0.45 平方米），重叠率 100.0%"


@pytest.mark.parametrize("written", ["甲\r乙", "甲\r\n乙", "\r 甲\n乙\t"])
def test_a_line_ends_in_one_way_however_it_was_written(written):
    assert set_event(clue(), actor="张三", values={"remark": written}).after == {"remark": "甲\n乙"}


def test_the_longest_text_is_taken_and_a_key_of_the_programs_own_never():
    assert set_event(clue(), actor="张三", values={"remark": "长" * 5000}).after == {"remark": "长" * 5000}
    assert "“audit”由程序写入，不能填写" in refusal(set_event, clue(), actor="张三", values={" audit ": "x"})


@pytest.mark.parametrize("day", ["1949-01-01", "2100-12-31"])
def test_the_first_and_the_last_day_that_a_date_may_be(day):
    assert set_event(clue(), actor="张三", values={"built": day}).after == {"built": day}


def test_a_blank_is_no_remark_for_another_reason():
    assert refusal(require_drop_reason, "other", SETTINGS, remark=" \n").startswith("剔除原因是“其他”，但没有写说明")
    assert require_drop_reason("other", SETTINGS, remark="x") == "其他（须在备注中说明）"


def test_the_year_is_that_of_the_id_however_many_digits_the_number_has():
    found = clue(id="LD2025-10000", observed=datetime.date(2024, 8, 1))
    assert year_of(found) == 2025
    assert select_clues([found], today=TODAY, year=2025, batch=" 绿盾2025-1 ") == (found,)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("com9.txt", "_com9.txt"),
        ("LPT9", "_LPT9"),
        ("con.tar.gz", "_con.tar.gz"),
        ("nul .txt", "_nul.txt"),
        ("nul .tar.gz", "_nul .tar.gz"),
        ("com0.txt", "com0.txt"),
        ("e\u0301.jpg", "\u00e9.jpg"),
    ],
)
def test_a_name_of_a_device_or_in_two_spellings_is_altered_as_little_as_can_be(name, safe):
    assert safe_name(name) == safe


# Where a clue lies


def test_a_layer_without_a_zone_gives_the_reserve_and_no_zone():
    part = {"reserve": "甲保护区", "scheme": "两区", "zone": "", "area_m2": 5.0, "share": 1.0}
    found = derived_fields([CheckResult("reserve_zones", "unclear", "", {"zones": [part]})])
    assert found == {"county": None, "reserve": "甲保护区", "zone": None}


# Batches


def test_batches_that_meet_on_a_day_go_by_the_order_of_import(ledger):
    days = {
        "LD2025-0001": "2025-08-01",
        "LD2025-0002": "2025-08-05",
        "LD2025-0003": "2025-08-05",
        "LD2025-0004": "2025-08-09",
    }
    for clue_id, day in days.items():
        batch = "先" if clue_id < "LD2025-0003" else "后"
        ledger.append([imported(clue_id, batch=batch, observed=day)], at=AT)
    clues = ledger.clues()
    assert [c.id for c in earlier_clues(ledger, clues, "后")] == ["LD2025-0001", "LD2025-0002"]
    assert earlier_clues(ledger, clues, "先") == ()


def test_the_first_event_of_a_batch_is_that_of_its_lowest_number_as_a_number(ledger):
    ledger.append(
        [imported("LD2025-9999"), imported("外-7"), imported("LD2025-10000"), imported("LD2025-10001")], at=AT
    )
    found = {c.id: c for c in ledger.clues()}
    assert first_event(ledger, [found["LD2025-10000"], found["LD2025-9999"]]) == 1
    assert first_event(ledger, [found["LD2025-10001"], found["LD2025-10000"]]) == 3
    assert first_event(ledger, [found["LD2025-10001"], found["外-7"]]) == 2


# What a check depends on


@pytest.mark.parametrize(
    ("altered", "moved"),
    [
        ({"batch": "绿盾2025-2"}, True),
        ({"geometry": shapely.box(88, 44, 88.02, 44.01)}, True),
        ({"original": shapely.box(88, 44, 88.02, 44.01)}, True),
        ({"observed": TODAY}, True),
        ({"dropped": "duplicate"}, True),
        ({"attributes": {"类型": "采石"}}, True),
        ({"fields": {"buffer_m": 30.0}}, True),
        ({"fields": {"activity": "采石"}}, True),
        ({"fields": {"remark": "看过"}}, False),
        ({"status": "整改中"}, False),
    ],
)
def test_a_clue_has_moved_when_something_that_a_check_reads_is_another(altered, moved):
    now = dataclasses.replace(clue(), **altered)
    assert moved_clues([clue()], [now], SETTINGS) == (("LD2025-0001",) if moved else ())


def test_new_and_vanished_clues_have_moved_and_stand_in_the_order_of_their_ids():
    old = [clue(id="LD2025-0002"), clue(id="LD2025-0001")]
    now = [clue(id="LD2025-0004"), clue(id="LD2025-0002"), clue(id="LD2025-0003")]
    assert moved_clues(old, now, SETTINGS) == ("LD2025-0001", "LD2025-0003", "LD2025-0004")


def test_a_check_that_is_made_no_longer_is_a_change():
    gone, kept = CheckResult("旧检查", "supports", "是"), CheckResult("county", "supports", "在奇台县")
    found = changes_of(clue(checks=checks_value([gone, kept])), [kept])
    assert [(c.check, c.title, c.before, c.after, c.layer_replaced) for c in found] == [
        ("旧检查", "旧检查", gone, None, False)
    ]


def test_an_outline_redrawn_between_two_tries_is_checked_anew(ledger, workspace):
    ids = add(ledger, CORE, OUTSIDE)

    def meddle():
        do(ledger, outline_event, ids[1], ACROSS, reason="重画")
        do(ledger, set_event, ids[0], values={"county": "奇台县"})

    report = check(Meddling(ledger, meddle), workspace)
    assert (report.conflicts, report.outdated) == (1, ())
    assert result(ledger, ids[1], "reserve_zones").evidence["inside_share"] == pytest.approx(1, rel=1e-9)


def test_an_empty_ledger_has_no_batch(ledger, workspace):
    words = refusal(check_clues, ledger, actor="张三", at=AT, workspace=workspace, batch="绿盾2025-1")
    assert words.startswith("台账里没有批次“绿盾2025-1”")


def test_a_check_puts_the_zones_it_rests_on_beside_the_clues(ledger, workspace):
    import pyogrio

    add(ledger, CORE)
    check(ledger, workspace)
    zones = pyogrio.read_dataframe(ledger.path, layer="zones")
    assert zones["name"].tolist() == ["core", "buffer", "experimental"]
