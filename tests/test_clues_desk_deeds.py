"""Deeds of the desk: what each writes, what it refuses and how it says so; audits by a second person; lists."""

import datetime

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from changji_geo.clues.desk.auditing import audit_event, audit_sample
from changji_geo.clues.desk.deeds import (
    close_event,
    drop_event,
    evidence_event,
    outline_event,
    restore_event,
    set_event,
)
from changji_geo.clues.desk.listing import select_clues
from changji_geo.clues.fields import DESK_FIELDS, choice_of, field_of
from changji_geo.clues.ledger.opening import create_ledger
from changji_geo.clues.ledger.states import geometry_hex
from changji_geo.clues.model import Clue, Event, Evidence, NewEvent
from changji_geo.clues.settings import load_settings
from changji_geo.errors import InputError
from changji_geo.standards.reserves import STATUSES, next_statuses
from tests.crash_ledger import AT, SQUARE, imported

TODAY = datetime.date(2026, 3, 16)
SETTINGS = load_settings()
BEFORE, AFTER = Evidence("甲/前.jpg", "a" * 64, 3, "before"), Evidence("甲/后.jpg", "b" * 64, 4, "after")


def clue(status="待核查", *, id="LD2025-0001", dropped="", shape=SQUARE, batch="绿盾2025-1", observed=None, **fields):
    return Clue(id, batch, "1", SQUARE, shape, status, observed, {}, fields, dropped)


def event(seq, actor, after, *, id="LD2025-0001", evidence=(), kind="set"):
    return Event(seq, id, kind, AT, actor, {}, after, "", tuple(evidence))


def refusal(deed, *args, **kwargs):
    with pytest.raises(InputError) as caught:
        deed(*args, **kwargs)
    return str(caught.value)


# set


def test_setting_holds_only_what_changes_with_what_it_was():
    now = clue(county="奇台县", measure="拆除")
    found = set_event(
        now, actor=" 张三 ", status="已核查-待整改", reason="现场核实",
        values={"county": "奇台县", "measure": "拆除并复绿", "整改时限": "2026年9月1日", "duty_unit": None},
    )  # fmt: skip
    assert found == NewEvent(
        "LD2025-0001", "set", "张三",
        {"status": "待核查", "measure": "拆除", "deadline": None},
        {"status": "已核查-待整改", "measure": "拆除并复绿", "deadline": "2026-09-01"},
        "现场核实",
    )  # fmt: skip


def test_a_blank_empties_a_field():
    found = set_event(clue(remark="旧"), actor="张三", values={"remark": "  "})
    assert (found.before, found.after) == ({"remark": "旧"}, {"remark": None})


def test_markup_and_formulas_are_kept_as_written():
    words = {"finding": '=HYPERLINK("http://x","点")', "remark": "<script>&\r\n+cmd|' /C calc'!A0", "permit": "-5"}
    found = set_event(clue(), actor="张三", values=words)
    assert found.after == {**words, "remark": "<script>&\n+cmd|' /C calc'!A0"}


def test_dashes_blanks_and_full_width_letters_of_a_choice_do_not_matter():
    found = set_event(clue(), actor="张三", values={"核查情况": " 部 分属实", "县(市、区)": "奇台县"})
    assert found.after == {"check_result": "部分属实", "county": "奇台县"}
    assert choice_of(field_of("status"), "已核查—待整改") == "已核查-待整改"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("张三\n李四", "姓名里有换行或看不见的字符（U+000A）。应为：一行文字"),
        ("\u202e张三", "（U+202E）"),
        ("名" * 61, "姓名有 61 个字，太长。应为：至多 60 个字"),
    ],
)
def test_who_does_it_is_one_visible_name(name, problem):
    words = refusal(set_event, clue(), actor=name, values={"remark": "x"})
    assert problem in words and "的经办人" in words


def test_an_open_choice_lets_other_words_through_and_a_closed_one_says_what_there_is():
    assert set_event(clue(), actor="张三", values={"activity": "滑雪场"}).after == {"activity": "滑雪场"}
    words = refusal(set_event, clue(), actor="张三", values={"check_result": "部分属"})
    assert words == (
        "线索 LD2025-0001 的“核查情况”：没有选项“部分属”。应为：属实、部分属实、不属实。处理：是不是“部分属实”？"
    )


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"deadline": "2026年9月"}, "的“整改时限”：“2026年9月”只有年月，缺日。应为：2026-03-15 这样的日期"),
        ({"deadline": "2026-02-30"}, "“2026-02-30”没有这一天"),
        ({"done_date": "下周"}, "“下周”不是日期"),
        ({"done_date": "0226-03-15"}, "“0226-03-15”的年份不对。应为：1949 到 2100 年之间的日期"),
        ({"dedline": "2026-09-01"}, "没有字段“dedline”"),
        ({"整改时线": "2026-09-01"}, "是不是“整改时限”"),
        ({"checks": "x"}, "“checks”由程序写入，不能填写"),
        ({"audit": "x"}, "“audit”由程序写入，不能填写"),
        ({"status": "整改中"}, "字段“状态”不能直接填写。处理：改状态用 --status"),
        ({"销号文号": "1号"}, "字段“销号文号”不能直接填写。处理：销号用 clues close"),
        ({"dropped": "duplicate"}, "剔除用 clues drop"),
        ({"area_m2": "5"}, "字段“面积（平方米）”是算出来的或原文件里的"),
        ({"original_id": "5"}, "字段“原编号”是算出来的或原文件里的"),
        ({"remark": "a", "备注": "b"}, "字段“备注”给了两次"),
        ({"remark": "好\x00"}, "第 2 个字是控制字符或坏字符（U+0000）"),
        ({"remark": "\ud800"}, "（U+D800）"),
        ({"remark": "长" * 5001}, "有 5001 个字，太长。应为：至多 5000 个字"),
        ({}, "没有要改的内容"),
        ({"remark": ""}, "没有要改的内容"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused_with_its_field(values, problem):
    words = refusal(set_event, clue(), actor="张三", values=values)
    assert problem in words and "线索 LD2025-0001" in words


def test_every_field_of_the_desk_is_of_a_kind_that_is_read():
    assert {field.kind for field in DESK_FIELDS} == {"text", "date", "choice"}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("following", STATUSES)
def test_only_the_steps_of_the_flow_are_taken_and_closing_never_this_way(status, following):
    allowed = following in next_statuses(status) and following != "已销号"
    if allowed:
        assert set_event(clue(status), actor="张三", status=following, reason="因").after == {"status": following}
    else:
        problem = "没有要改" if status == following else "不能直接改为" if following == "已销号" else "状态不能从"
        assert problem in refusal(set_event, clue(status), actor="张三", status=following, reason="因")


def test_a_status_that_is_none_is_named_with_the_nearest():
    assert "是不是“整改中”" in refusal(set_event, clue(), actor="张三", status="整改")


def test_a_jump_says_which_steps_there_are():
    assert refusal(set_event, clue(), actor="张三", status="整改中") == (
        "线索 LD2025-0001：状态不能从“待核查”改为“整改中”。应为：“已核查-非问题”、“已核查-待整改”。处理：按流程逐步改。"
    )


def test_a_dropped_clue_takes_no_status_but_a_remark():
    gone = clue(dropped="duplicate")
    assert "已被剔除，不能改状态。处理：先用 clues restore 恢复" in refusal(
        set_event, gone, actor="张三", status="已核查-待整改"
    )
    assert set_event(gone, actor="张三", values={"remark": "复看"}).after == {"remark": "复看"}


def test_reopening_needs_a_reason_and_takes_the_closing_back():
    closed = clue("已销号", close_document="昌环〔2026〕1号", close_date="2026-03-01")
    assert "改为“退回重办”要写明理由" in refusal(set_event, closed, actor="张三", status="退回重办")
    found = set_event(closed, actor="张三", status="退回重办", reason="复查发现反弹")
    assert found.before == {"status": "已销号", "close_document": "昌环〔2026〕1号", "close_date": "2026-03-01"}
    assert found.after == {"status": "退回重办", "close_document": None, "close_date": None}


def test_nobody_does_nothing():
    assert "没有写明经办人" in refusal(set_event, clue(), actor=" ", values={"remark": "a"})


def test_evidence_alone_is_attached_without_a_change():
    for found in (
        set_event(clue(), actor="张三", evidence=[BEFORE]),
        evidence_event(clue(), actor="张三", evidence=[BEFORE]),
    ):
        assert found == NewEvent("LD2025-0001", "evidence", "张三", {}, {}, "", (BEFORE,))
    assert "没有给证据文件" in refusal(evidence_event, clue(), actor="张三", evidence=[])


# drop and restore


def test_a_drop_has_a_code_and_says_its_title():
    found = drop_event(clue(), actor="张三", code="farming", remark="2003年起", settings=SETTINGS)
    assert (found.kind, found.before, found.after) == ("drop", {"dropped": ""}, {"dropped": "farming"})
    assert found.reason == "保护区设立前已有的耕作或放牧：2003年起"


@pytest.mark.parametrize(
    ("now", "code", "remark", "problem"),
    [
        (clue(), "farm", "", "没有剔除原因“farm”"),
        (clue(), "other", "  ", "剔除原因是“其他”，但没有写说明"),
        (clue(dropped="permit"), "duplicate", "", "已经剔除（手续齐全的已批项目）"),
        (clue("已销号"), "duplicate", "", "状态是“已销号”，不能剔除"),
    ],
)
def test_a_drop_that_is_none_is_refused(now, code, remark, problem):
    assert problem in refusal(drop_event, now, actor="张三", code=code, remark=remark, settings=SETTINGS)


def test_a_dropped_clue_is_taken_up_again_with_a_reason():
    found = restore_event(clue(dropped="duplicate"), actor="李四", reason="不是同一处")
    assert (found.kind, found.before, found.after) == ("restore", {"dropped": "duplicate"}, {"dropped": ""})
    assert "恢复要写明理由" in refusal(restore_event, clue(dropped="duplicate"), actor="李四", reason="")
    assert "没有被剔除" in refusal(restore_event, clue(), actor="李四", reason="错")


# outline


def test_a_redrawn_outline_keeps_the_old_one_and_says_how_the_area_changed():
    wider = shapely.box(88.0, 44.0, 88.02, 44.01)
    found = outline_event(clue(), wider, actor="张三", reason="按新影像")
    assert (found.before, found.after) == ({"geometry": geometry_hex(SQUARE)}, {"geometry": geometry_hex(wider)})
    assert found.reason == "按新影像（面积 891,115 平方米 → 1,782,230 平方米（+891,115 平方米），重叠率 50.0%）"


def test_a_point_may_become_a_patch_and_move():
    point = shapely.Point(88.005, 44.005, 900.0)
    found = outline_event(clue(shape=point), SQUARE, actor="张三", reason="现场勾绘")
    assert found.reason.startswith("现场勾绘（点 → 891,115 平方米，中心移动 ")
    moved = outline_event(clue(shape=shapely.Point(88, 44)), shapely.Point(88, 44.001, 5), actor="张三", reason="校正")
    assert moved.reason == "校正（点移动 111.1 米）"
    assert moved.after == {"geometry": geometry_hex(shapely.Point(88, 44.001))}


@pytest.mark.parametrize(
    ("shape", "problem"),
    [
        (shapely.LineString([(88, 44), (89, 44)]), "几何类型是 LineString。应为：面或单个点"),
        (shapely.Polygon(), "图形是空的"),
        (shapely.Point(float("inf"), 44), "坐标不是有限的数"),
        (shapely.box(500000, 4870000, 500100, 4870100), "不是经纬度"),
        (shapely.box(44.0, 88.0, 44.01, 88.01), "经纬度像是写反了：第一个点是 44.0100，88.0000"),
        (shapely.Polygon([(88, 44), (88.01, 44.01), (88.01, 44), (88, 44.01)]), "图形无效：自相交，位置 88.005 44.005"),
        (shapely.Polygon([(88, 44), (88.01, 44), (88, 44)]), "图形无效"),
        (shapely.Polygon([(88.01, 44), (88, 44), (88, 44.01), (88.01, 44.01)]), "新图形与现在的相同"),
    ],
)
def test_a_shape_that_is_no_outline_is_refused(shape, problem):
    assert problem in refusal(outline_event, clue(), shape, actor="张三", reason="重画")


def test_redrawing_needs_a_reason():
    assert "重画图形要写明理由" in refusal(outline_event, clue(), shapely.box(88, 44, 89, 45), actor="张三", reason=" ")


# close

READY = clue("整改完成待验收", done_date="2026-03-01")
PROVED = (event(1, "张三", {}, evidence=[BEFORE]), event(2, "张三", {}, evidence=[AFTER]))


def closing(now=READY, history=PROVED, *, document="昌环〔2026〕1号", day=TODAY, **more):
    return close_event(now, history, actor="李四", document=document, close_date=day, **more)


def test_closing_writes_status_document_and_day():
    found = closing(reason="验收合格")
    assert (found.kind, found.actor, found.reason) == ("close", "李四", "验收合格")
    assert found.after == {"status": "已销号", "close_document": "昌环〔2026〕1号", "close_date": "2026-03-16"}
    assert found.before == {"status": "整改完成待验收", "close_document": None, "close_date": None}


def test_evidence_given_now_counts_with_that_of_the_history():
    found = closing(history=PROVED[:1], evidence=[AFTER])
    assert found.evidence == (AFTER,)


def test_after_a_reopening_only_newer_evidence_of_the_rectification_counts():
    newer = Evidence("甲/后2.jpg", "c" * 64, 5, "after")
    found = closing(history=(*PROVED, event(9, "王五", {"status": "退回重办"})), evidence=[newer])
    assert found.evidence == (newer,)


@pytest.mark.parametrize(
    ("kwargs", "problem"),
    [
        ({"now": clue("整改中")}, "状态是“整改中”，不能销号。应为：“整改完成待验收”"),
        ({"now": clue("整改完成待验收", dropped="permit")}, "已被剔除，不能销号"),
        ({"history": PROVED[:1]}, "不能销号：缺少整改后证据"),
        ({"history": (*PROVED, event(9, "王五", {"status": "退回重办"}))}, "整改后的证据都早于“退回重办”"),
        ({"history": (event(1, "张三", {}),), "document": " "}, "不能销号：缺少整改前证据、整改后证据、销号文号"),
        ({"history": (event(1, "张三", {}, evidence=[BEFORE, Evidence("x", "a" * 64, 3, "after")]),)}, "是同一份文件"),
        ({"day": datetime.date(2026, 2, 28)}, "销号时间 2026-02-28 早于整改完成时间 2026-03-01"),
        ({"today": datetime.date(2026, 3, 15)}, "销号时间 2026-03-16 在今天（2026-03-15）之后"),
        ({"history": ()}, "给的不是这条线索的全部事件"),
        ({"history": (event(1, "张三", {}, id="LD2025-0002", evidence=[BEFORE, AFTER]),)}, "不是这条线索的全部事件"),
    ],
)
def test_a_closing_that_is_not_proved_is_refused(kwargs, problem):
    assert problem in refusal(closing, **kwargs)


# audit


def decided(count):
    return [clue("已核查-非问题", id=f"LD2025-{n:04d}") for n in range(1, count + 1)]


def ids_of(sample):
    return tuple(c.id for c in sample.clues)


def test_a_sample_says_its_seed_and_the_seed_draws_it_again():
    clues = [*decided(30), clue(id="LD2025-0031"), clue(id="LD2025-0032", dropped="duplicate")]
    first, again = audit_sample(clues, share=0.1, seed=7), audit_sample(clues[::-1], share=0.1, seed=7)
    assert first == again
    assert (first.seed, first.decided, len(first.clues)) == (7, 31, 4)
    assert len({ids_of(audit_sample(clues, count=3, seed=seed)) for seed in range(20)}) > 15
    assert len(audit_sample(clues, count=99, seed=1).clues) == 31
    assert len(audit_sample(decided(30), share=0.1, seed=1).clues) == 3


@given(st.integers(), st.integers(1, 20))
def test_a_clue_decided_later_takes_the_place_of_at_most_one(seed, count):
    before = ids_of(audit_sample(decided(40), count=count, seed=seed))
    after = ids_of(audit_sample(decided(41), count=count, seed=seed))
    assert len(set(before) - set(after)) <= 1 and len(after) == count


@pytest.mark.parametrize(
    ("kwargs", "problem"),
    [
        ({}, "抽查数量和抽查比例要给一个"),
        ({"count": 1, "share": 0.5}, "也只能给一个"),
        ({"count": 0}, "抽查数量 0 不成立"),
        ({"share": 1.5}, "抽查比例 1.5 不成立"),
        ({"count": 1, "clues": [clue("整改中")]}, "还没有作过决定的线索可抽查"),
    ],
)
def test_a_sample_that_is_none_is_refused(kwargs, problem):
    assert problem in refusal(audit_sample, kwargs.pop("clues", decided(3)), seed=1, **kwargs)


JUDGED = clue("已核查-非问题")
JUDGEMENT = (event(1, "王五", {"status": "待核查"}, kind="import"), event(4, "张三", {"status": "已核查-非问题"}))


def test_agreeing_notes_who_and_of_which_decision():
    found = audit_event(JUDGED, JUDGEMENT, auditor="李四", agree=True)
    audit = {"by": "李四", "result": "同意", "on": "已核查-非问题", "of_seq": 4, "reason": ""}
    assert (found.kind, found.actor, found.after) == ("audit", "李四", {"audit": audit})
    assert "已经这样复核过" in refusal(
        audit_event, clue("已核查-非问题", audit=audit), JUDGEMENT, auditor="李四", agree=True
    )


def test_sending_back_reopens_the_case():
    found = audit_event(JUDGED, JUDGEMENT, auditor="李四", agree=False, reason="现场有料堆")
    assert found.after["status"] == "退回重办" and found.before["status"] == "已核查-非问题"
    assert found.after["audit"]["result"] == "退回" and found.reason == "现场有料堆"
    closed = clue("已销号", close_document="1号", close_date="2026-03-01")
    back = audit_event(closed, (event(9, "张三", {"status": "已销号"}),), auditor="李四", agree=False, reason="反弹")
    assert {k: v for k, v in back.after.items() if k != "audit"} == {
        "status": "退回重办", "close_document": None, "close_date": None,
    }  # fmt: skip


def test_sending_a_drop_back_restores_the_clue():
    gone = clue(dropped="duplicate")
    history = (*JUDGEMENT[:1], event(5, "张三", {"dropped": "duplicate"}, kind="drop"))
    found = audit_event(gone, history, auditor="李四", agree=False, reason="不重复")
    assert (found.before["dropped"], found.after["dropped"]) == ("duplicate", "")
    assert found.after["audit"]["on"] == "剔除（duplicate）" and found.after["audit"]["of_seq"] == 5


@pytest.mark.parametrize(
    ("now", "history", "auditor", "agree", "problem"),
    [
        (JUDGED, JUDGEMENT, "张 三", True, "第 4 号事件的决定是张三自己作的，不能自己复核"),
        (JUDGED, JUDGEMENT, "李四", False, "退回要写明理由"),
        (JUDGED, JUDGEMENT, "", True, "没有写明经办人"),
        (clue("整改中"), JUDGEMENT, "李四", True, "状态是“整改中”，还没有可复核的决定"),
        (JUDGED, JUDGEMENT[:1], "李四", True, "给的事件里没有作出这个决定的一件"),
    ],
)
def test_an_audit_that_is_none_is_refused(now, history, auditor, agree, problem):
    assert problem in refusal(audit_event, now, history, auditor=auditor, agree=agree)


def test_the_last_decision_counts_not_an_earlier_one_of_the_same_words():
    history = (
        *JUDGEMENT,
        event(5, "李四", {"status": "退回重办"}),
        event(6, "李四", {"status": "待核查"}),
        event(7, "李四", {"status": "已核查-非问题"}),
    )
    assert audit_event(JUDGED, history, auditor="张三", agree=True).after["audit"]["of_seq"] == 7
    assert "第 7 号事件" in refusal(audit_event, JUDGED, history, auditor="李四", agree=True)


# lists


def test_a_list_holds_what_fits_everything_asked_for():
    clues = [
        clue("整改中", id="LD2025-0001", county="奇台县", reserve="卡拉麦里山保护区", deadline="2026-03-15"),
        clue("整改中", id="LD2025-0002", county="奇台县", deadline="2026-03-16"),
        clue("已销号", id="LD2025-0003", county="阜康市", deadline="2026-01-01"),
        clue("整改中", id="LD2024-0001", batch="绿盾2024-1", dropped="permit", deadline="2026-01-01"),
        clue(id="外-1", observed=datetime.date(2024, 8, 1)),
    ]

    def ids(**by):
        return [c.id for c in select_clues(clues, today=TODAY, **by)]

    assert ids() == [c.id for c in clues]
    assert ids(overdue=True) == ["LD2025-0001"]
    assert ids(status="整改中", dropped=False) == ["LD2025-0001", "LD2025-0002"]
    assert ids(dropped=True) == ["LD2024-0001"] and ids(batch="绿盾2024-1") == ["LD2024-0001"]
    assert ids(year=2024) == ["LD2024-0001", "外-1"]
    assert ids(county="奇台") == ["LD2025-0001", "LD2025-0002"] and ids(reserve="卡拉麦里") == ["LD2025-0001"]
    assert ids(county="奇台县", reserve="博格达") == [] and ids(county=" ") == []
    assert "是不是“整改中”" in refusal(select_clues, clues, today=TODAY, status="整改")


# with the ledger


def test_a_ledger_takes_every_deed_and_a_stale_one_not(tmp_path):
    with create_ledger(tmp_path / "台账.gpkg") as ledger:
        ledger.append([imported("LD2025-0001")], at=AT)

        def do(deed, *args, **kwargs):
            ledger.append([deed(ledger.clue("LD2025-0001"), *args, **kwargs)], at=AT)

        stale = ledger.clue("LD2025-0001")
        do(drop_event, actor="张三", code="duplicate", settings=SETTINGS)
        do(audit_event, ledger.history("LD2025-0001"), auditor="李四", agree=False, reason="不重复")
        do(set_event, actor="张三", status="已核查-待整改", values={"deadline": "2026-09-01"}, evidence=[BEFORE])
        do(outline_event, shapely.box(88, 44, 88.02, 44.01), actor="张三", reason="重画")
        do(set_event, actor="张三", status="整改中")
        do(set_event, actor="张三", status="整改完成待验收", evidence=[AFTER])
        do(close_event, ledger.history("LD2025-0001"), actor="张三", document="1号", close_date=TODAY)
        do(set_event, actor="李四", status="退回重办", reason="反弹")
        with pytest.raises(InputError, match="不是写入者看到的"):
            ledger.append([set_event(stale, actor="王五", status="已核查-非问题")], at=AT)
        now = ledger.clue("LD2025-0001")
        assert (now.status, now.dropped) == ("退回重办", "") and "close_date" not in now.fields
        assert now.original.equals(SQUARE) and not now.geometry.equals(SQUARE)
        kinds = ["import", "drop", "audit", "set", "outline", "set", "set", "close", "set"]
        assert [e.kind for e in ledger.events()] == kinds
        assert ledger.verify() == ()
