"""Every mistake in a TOML file becomes one message with file, key, what is right and what to do."""

import datetime
from typing import Literal

import pytest
from pydantic import Field

from changji_geo.errors import InputError, SpecError
from changji_geo.specfile import Strict, check_model, read_toml


class Scale(Strict):
    scheme: Literal["quantiles", "pretty"] = "pretty"
    k: int = Field(default=5, ge=2, le=9)


class Row(Strict):
    source: str
    scale: Scale = Scale()


class Page(Strict):
    title: str = Field(min_length=1, max_length=5)
    day: datetime.date | None = None
    flag: bool = True
    share: float = 1.0
    rows: list[Row] = Field(default_factory=list, max_length=2)
    color: str = Field(default="#000000", pattern=r"^#[0-9a-fA-F]{6}$")
    symbols: dict[str, Scale] = Field(default_factory=dict)


def message(data, error=SpecError):
    with pytest.raises(error) as caught:
        check_model(Page, data, where="a.toml", error=error)
    return str(caught.value)


def page(**more):
    return {"title": "图"} | more


def test_what_is_right_becomes_the_model():
    made = check_model(Page, page(rows=[{"source": "a"}], day=datetime.date(2026, 3, 15)), where="a.toml")
    assert made.rows[0].scale.k == 5
    assert made.day == datetime.date(2026, 3, 15)


def test_an_unknown_key_gets_the_nearest():
    assert message(page(tilte="x")) == "a.toml 的 tilte：未知的键“tilte”。处理：是不是“title”？"


def test_an_unknown_key_deep_inside_gets_the_nearest_of_that_place():
    text = message(page(rows=[{"source": "a"}, {"source": "b", "scale": {"shceme": "pretty"}}]))
    assert "rows[2].scale.shceme" in text
    assert "是不是“scheme”" in text


def test_an_unknown_key_inside_a_named_table():
    assert "是不是“scheme”" in message(page(symbols={"river": {"schema": "pretty"}}))


def test_an_unknown_key_is_told_before_the_missing_one_it_explains():
    assert message({"titel": "图"}).startswith("a.toml 的 titel：未知的键“titel”（另有 1 处问题）")


def test_a_missing_key():
    assert message({}) == "a.toml 的 title：缺少必填的键。处理：补上 title。"


def test_a_choice_lists_the_choices():
    text = message(page(rows=[{"source": "a", "scale": {"scheme": "quantile"}}]))
    assert "不认识的取值 “quantile”" in text
    assert "应为：quantiles、pretty" in text
    assert "是不是“quantiles”" in text


@pytest.mark.parametrize(
    ("more", "given", "expected"),
    [
        ({"title": 5}, "“5”", "文字"),
        ({"flag": "yes"}, "“yes”", "true 或 false"),
        ({"share": "0.5"}, "“0.5”", "数字"),
        ({"rows": "counties"}, "“counties”", "列表"),
        ({"rows": [{"source": "a", "scale": {"k": 4.5}}]}, "“4.5”", "整数"),
        ({"rows": [{"source": "a", "scale": "pretty"}]}, "“pretty”", "表"),
        ({"day": "2026-03-15"}, "“2026-03-15”", "日期"),
    ],
)
def test_a_wrong_type_is_named_in_chinese(more, given, expected):
    text = message(page() | more)
    assert f"取值 {given} 的类型不对" in text
    assert f"应为：{expected}" in text


def test_a_number_out_of_range():
    text = message(page(rows=[{"source": "a", "scale": {"k": 12}}]))
    assert "rows[1].scale.k：取值 “12” 超出范围。应为：≤ 9" in text


def test_a_text_too_long_or_empty():
    assert "文字有 6 个字，过长。应为：不超过 5 个字" in message({"title": "一二三四五六"})
    assert "文字是空的" in message({"title": ""})


def test_a_list_too_long():
    assert "列表有 3 项" in message(page(rows=[{"source": "a"}] * 3))


def test_a_bad_colour():
    assert "应为：颜色，如 #1f78b4" in message(page(color="red"))


def test_a_long_value_is_shortened_in_the_message():
    assert "“" + "长" * 40 + "…”" in message(page(flag="长" * 200))


def test_the_callers_error_class_is_used():
    assert "未知的键" in message(page(x=1), error=InputError)


def test_a_file_is_read_with_or_without_a_byte_order_mark_and_with_any_line_ends(tmp_path):
    for data in (b'a = "\xe5\x9b\xbe"\n', b'\xef\xbb\xbfa = "\xe5\x9b\xbe"\r\n'):
        (tmp_path / "a.toml").write_bytes(data)
        assert read_toml(tmp_path / "a.toml") == {"a": "图"}


def test_an_empty_file_is_an_empty_table(tmp_path):
    (tmp_path / "a.toml").write_bytes(b"")
    assert read_toml(tmp_path / "a.toml") == {}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a = ", "TOML 语法错误"),
        (b"a = 1\na = 2\n", "TOML 语法错误"),
        (b"title = \xb2\xe2", "不是 UTF-8 编码（第 9 字节）"),
        ("title = “图”\n".encode(), "第 1 行第 9 列，取值写法不对"),
    ],
)
def test_a_corrupt_file_names_the_place(tmp_path, data, said):
    (tmp_path / "a.toml").write_bytes(data)
    with pytest.raises(SpecError) as caught:
        read_toml(tmp_path / "a.toml", error=SpecError)
    assert said in str(caught.value)
    assert str(tmp_path / "a.toml") in str(caught.value)


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(InputError, match="文件不存在"):
        read_toml(tmp_path / "a.toml")
    with pytest.raises(InputError, match="这是文件夹"):
        read_toml(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\na = 2\n", "第 2 行第 6 列，同一个键写了两次"),
        ('a = "x\n', "多半是引号没有配对"),
        ("a\n", "键后面缺少等号"),
        ("a = [1", "文件末尾，方括号没有配对"),
        ("a = " + "[" * 5000 + "]" * 5000, "括号套了太多层"),
    ],
)
def test_a_fault_of_syntax_is_told_in_chinese(tmp_path, text, said):
    (tmp_path / "a.toml").write_text(text, "utf-8")
    with pytest.raises(SpecError) as caught:
        read_toml(tmp_path / "a.toml", error=SpecError)
    assert said in str(caught.value) and "at line" not in str(caught.value)
