"""text_encoding: UTF-8 or GBK, by the bytes and by what the file claims; text cut in the middle of a character."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changji_geo.intake.files.text_encoding import decode_cut, detect_encoding, known_encoding, redecode

EVERYDAY = st.text(
    st.sampled_from("昌吉州阜康市玛纳斯县呼图壁奇台吉木萨尔木垒天池保护区核心缓冲实验水源地河流"),
    min_size=3,
    max_size=30,
)


@given(EVERYDAY, st.sampled_from(["utf-8", "gb18030"]))
@settings(max_examples=200, deadline=None)
def test_chinese_place_names_are_recognised_in_either_encoding(text: str, encoding: str) -> None:
    assert detect_encoding([text.encode(encoding)]).encoding == encoding


@given(EVERYDAY, st.sampled_from(["utf-8", "gb18030"]), st.integers(2, 60))
@settings(max_examples=200, deadline=None)
def test_a_cut_text_keeps_its_whole_characters(text: str, encoding: str, width: int) -> None:
    raw = text.encode(encoding)[:width]
    out, fault = decode_cut(raw, encoding)
    assert text.startswith(out)
    assert 0 <= len(raw) - len(out.encode(encoding)) < 4
    assert fault == ("" if len(raw) == len(out.encode(encoding)) else "cut")


@given(st.text(min_size=1, max_size=20))
def test_every_text_comes_back_through_iso_8859_1(text: str) -> None:
    assert redecode(text.encode("utf-8").decode("latin-1"), "utf-8") == (text, "")


def test_two_short_words_that_are_valid_in_both_are_read_as_everyday_chinese() -> None:
    both = "学校".encode("gbk")
    assert both.decode("utf-8") == "ѧУ"
    found = detect_encoding([both])
    assert (found.encoding, found.sure) == ("gb18030", False)
    assert "按 UTF-8 也读得通" in str(found)


def test_uyghur_in_utf8_is_not_taken_for_gbk() -> None:
    assert detect_encoding(["سانجى".encode()]).encoding == "utf-8"


def test_a_claim_that_fits_is_followed_and_one_that_does_not_is_reported() -> None:
    gbk, utf8 = "核心保护区".encode("gbk"), "核心保护区、一般控制区".encode()
    fits = detect_encoding([gbk], declared="gb18030", declared_by="a.cpg")
    assert (str(fits), fits.sure) == ("文字编码：GBK，a.cpg 写明，与文字的字节相符", True)
    for raw, claim, real in ((utf8, "gb18030", "utf-8"), (gbk, "utf-8", "gb18030"), (gbk, "iso8859-1", "gb18030")):
        wrong = detect_encoding([raw], declared=claim, declared_by="a.cpg")
        assert (wrong.encoding, wrong.sure) == (real, False)
        assert "与字节不符，未采用" in wrong.reason


def test_texts_that_gbk_cannot_write_are_not_called_gbk() -> None:
    rare = "昌吉州阜康市𠮷林".encode("gb18030")
    assert str(detect_encoding([rare])) == "文字编码：GB 18030，字节全部符合 GB 18030，不符合 UTF-8"
    claimed = detect_encoding([rare], declared="gb18030", declared_by="a.cpg")
    assert str(claimed) == "文字编码：GB 18030，a.cpg 写明，与文字的字节相符"


def test_a_western_claim_of_western_text_is_followed() -> None:
    assert (
        detect_encoding(["Zürich".encode("latin-1")], declared="iso8859-1", declared_by="a.cpg").encoding == "iso8859-1"
    )


def test_plain_ascii_needs_no_guess() -> None:
    assert detect_encoding([b"abc", b"1"]).encoding == "utf-8"
    assert detect_encoding([b"abc"], declared="gb18030", declared_by="a.cpg").encoding == "gb18030"
    assert detect_encoding([]).sure


def test_mixed_encodings_are_said_to_be_mixed() -> None:
    found = detect_encoding(["保护区".encode("gbk"), "一般区域".encode(), "缓冲区".encode("gbk")])
    assert (found.encoding, found.sure) == ("gb18030", False)
    assert "有 1 种读不通，两种编码混用" in found.reason


def test_bytes_in_the_middle_that_are_wrong_become_replacement_marks() -> None:
    text, fault = decode_cut(b"\xba\xcb\xff\xff\xd0\xc4", "gb18030")
    assert fault == "broken"
    assert text.startswith("核")
    assert "\ufffd" in text


def test_an_escaped_character_beyond_one_byte_stays() -> None:
    assert redecode("天" + "池".encode("gbk").decode("latin-1"), "gb18030") == ("天池", "")


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("UTF-8\r\n", "utf-8"),
        ("65001", "utf-8"),
        ("GBK", "gb18030"),
        ("GB2312", "gb18030"),
        ("936", "gb18030"),
        ("ANSI 936", "gb18030"),
        ("ISO-8859-1", "iso8859-1"),
        ("88591", "iso8859-1"),
        ("1252", "cp1252"),
        ("big5", "big5"),
        ("base64", None),
        ("没有", None),
        ("", None),
    ],
)
def test_names_of_encodings(name: str, codec: str | None) -> None:
    assert known_encoding(name) == codec
