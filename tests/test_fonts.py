"""Which fonts are chosen, what is refused, and that nothing is ever said in the log."""

import logging
import sys
import types

import matplotlib as mpl
import pytest
from matplotlib.font_manager import FontEntry, fontManager

from changji_geo.errors import FontError
from changji_geo.render.fonts import GLYPH_FALLBACK, FontFile, resolve_fonts
from changji_geo.theme import Theme

THEME = Theme(title="测试", fonts=["没有这个字体", "Noto Sans CJK SC", "Noto Sans SC"])


def only(monkeypatch, *entries):
    """Leave matplotlib only these fonts and the one it ships."""
    own = [e for e in fontManager.ttflist if e.name == GLYPH_FALLBACK]
    monkeypatch.setattr(fontManager, "ttflist", [*entries, *own])


def no_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pylopdf_fonts_zh_cn", None)


def chinese_file():
    return resolve_fonts(THEME, ["昌"]).regular[0]


def entry(file, name, weight):
    return FontEntry(
        fname=file.path,
        index=file.index,
        name=name,
        style="normal",
        variant="normal",
        weight=weight,
        stretch="normal",
        size="scalable",
    )


def test_the_first_installed_family_of_the_theme_wins(monkeypatch):
    file = chinese_file()
    only(monkeypatch, entry(file, "SimHei", 400), entry(file, "Mein Song", 400))
    assert resolve_fonts(Theme(title="t", fonts=["Mein Song", "SimHei"]), ["昌"]).regular[0].family == "Mein Song"
    assert resolve_fonts(Theme(title="t", fonts=["Andere"]), ["昌"]).regular[0].family == "SimHei"


def test_a_family_without_chinese_characters_is_passed_over(monkeypatch):
    file = chinese_file()
    only(monkeypatch, entry(file, "SimHei", 400))
    assert resolve_fonts(Theme(title="t", fonts=["DejaVu Sans"]), ["昌"]).regular[0].family == "SimHei"


def test_without_a_bold_face_the_regular_one_is_used(monkeypatch):
    file = chinese_file()
    only(monkeypatch, entry(file, "SimHei", 400))
    fonts = resolve_fonts(THEME, ["昌吉"])
    assert fonts.bold == fonts.regular


def test_a_family_with_an_odd_regular_weight_is_used_silently(monkeypatch, caplog):
    file = chinese_file()
    only(monkeypatch, entry(file, "SimHei", 500))
    with caplog.at_level(logging.WARNING):
        fonts = resolve_fonts(THEME, ["昌吉"])
        found = fontManager._find_fonts_by_props(fonts.properties(9, bold=True))
    assert str(found[0]) == file.path
    assert caplog.records == []


def test_the_fonts_extra_is_used_when_the_system_has_none(monkeypatch):
    file = chinese_file()
    extra = types.ModuleType("pylopdf_fonts_zh_cn")
    extra.sans_path = lambda: file.path
    only(monkeypatch)
    monkeypatch.setitem(sys.modules, "pylopdf_fonts_zh_cn", extra)
    assert resolve_fonts(THEME, ["昌"]).regular[0] == FontFile(
        file.path, 0, resolve_fonts(THEME, ["昌"]).regular[0].family
    )


def test_no_chinese_font_at_all_is_an_error_with_both_remedies(monkeypatch):
    only(monkeypatch)
    no_extra(monkeypatch)
    with pytest.raises(FontError, match="没有找到可用的中文字体") as caught:
        resolve_fonts(THEME, ["昌"])
    assert 'pip install "changji-geo[fonts]"' in str(caught.value)
    assert "fonts-noto-cjk" in str(caught.value)
    assert caught.value.exit_code == 3


def test_a_character_that_no_font_has_is_named_with_its_text():
    with pytest.raises(FontError, match=r"U\+10FFFD") as caught:
        resolve_fonts(THEME, ["好", "昌吉\U0010fffd"])
    assert caught.value.where == "文字“昌吉\U0010fffd”"


def test_a_rare_sign_comes_from_the_fallback():
    fonts = resolve_fonts(THEME, ["昌↯"])
    assert fonts.face_of("昌") == fonts.regular[0]
    assert fonts.face_of("↯").family == GLYPH_FALLBACK


def test_line_breaks_need_no_glyph():
    resolve_fonts(THEME, ["昌吉\n阜康"])


def test_a_chinese_character_is_as_wide_as_the_font_is_high():
    fonts = resolve_fonts(THEME, ["昌吉"])
    assert fonts.width("昌吉", 10) == pytest.approx(20.0)
    assert fonts.width("", 10) == 0


def test_the_callers_settings_are_left_alone():
    before = dict(mpl.rcParams)
    resolve_fonts(THEME, ["昌"])
    assert dict(mpl.rcParams) == before


def test_resolving_twice_registers_each_face_once():
    resolve_fonts(THEME, ["昌"]).properties(9)
    count = len(fontManager.ttflist)
    resolve_fonts(THEME, ["昌"]).properties(12)
    assert len(fontManager.ttflist) == count
