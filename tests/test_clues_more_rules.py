"""The rules of reserves as tables: every step of the flow, the words that name a focus type, and what is refused."""

import pytest

from changji_geo.errors import InputError
from changji_geo.standards.reserves import (
    ACTIVITIES,
    FOCUS_TYPES,
    STATUSES,
    activity_class,
    next_statuses,
    require_closing,
    require_transition,
)


def refusal(deed, *args, **kwargs):
    with pytest.raises(InputError) as caught:
        deed(*args, **kwargs)
    return str(caught.value)


def test_the_steps_of_the_flow_are_these_in_the_order_in_which_they_are_offered():
    assert {status: next_statuses(status) for status in STATUSES} == {
        "待核查": ("已核查-非问题", "已核查-待整改"),
        "已核查-非问题": ("退回重办",),
        "已核查-待整改": ("整改中", "退回重办"),
        "整改中": ("整改完成待验收",),
        "整改完成待验收": ("已销号", "退回重办"),
        "已销号": ("退回重办",),
        "退回重办": ("待核查", "整改中"),
    }


def test_a_wrong_step_says_how_to_go_back_where_that_is_allowed():
    assert refusal(require_transition, "已销号", "整改中").endswith("处理：按流程逐步改；走错了先改为“退回重办”。")
    assert refusal(require_transition, "整改中", "已销号").endswith("应为：“整改完成待验收”。处理：按流程逐步改。")


def test_the_classes_have_these_codes_and_four_of_them_are_focus_types():
    assert {a.code: a.name for a in ACTIVITIES} == {
        "A1": "采石采砂", "A2": "工矿用地", "A3": "旅游设施", "A4": "水电设施", "B1": "交通设施", "B2": "能源设施",
        "B3": "养殖场", "B4": "农业用地", "B5": "居民点", "B9": "其他人工设施",
    }  # fmt: skip
    assert {a.code: a.focus for a in FOCUS_TYPES} == {
        "A1": "reserve", "A2": "reserve", "A3": "strict_zones", "A4": "strict_zones",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("A1", "采石 采砂 采石场 采砂场 砂石场 砂石料场 挖沙 挖砂 取土场 料场"),
        (
            "A2",
            "工矿企业 工矿 开矿 采矿 矿山 煤矿 露天矿 矿产资源开发 工业开发 工厂 厂房 尾矿库 排土场",
        ),
        ("A3", "旅游开发 旅游 景区设施 度假村 度假区 农家乐 游客中心 游步道 索道"),
        ("A4", "水电开发 水电站 水电 引水式电站 拦河坝 水利水电设施"),
    ],
)
def test_each_of_these_words_names_a_focus_type(code, words):
    assert {word: activity_class(word).code for word in words.split()} == dict.fromkeys(words.split(), code)


@pytest.mark.parametrize("word", ["非采石", "无采石", "未采石", "不采石"])
def test_a_word_that_may_deny_an_activity_names_none(word):
    assert activity_class(word) is None


def test_closing_from_a_status_that_does_not_exist_names_the_nearest():
    words = refusal(require_closing, "整改完成", before=1, after=1, document="1号")
    assert words.startswith("没有状态“整改完成”") and "是不是“整改完成待验收”" in words


@pytest.mark.parametrize(
    ("before", "after", "document", "missing"),
    [
        (0, 1, "1号", "整改前证据"),
        (1, 0, "1号", "整改后证据"),
        (1, 1, " ", "销号文号"),
        (0, 1, "", "整改前证据、销号文号"),
    ],
)
def test_closing_names_exactly_what_is_missing(before, after, document, missing):
    words = refusal(require_closing, "整改完成待验收", before=before, after=after, document=document)
    assert words.startswith(f"不能销号：缺少{missing}。应为：")
