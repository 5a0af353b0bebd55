"""intake.columns.aliases and intake.columns.headers: which column a header means, units in headers, and an office's own table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changji_geo.errors import InputError
from changji_geo.intake.columns.aliases import load_aliases
from changji_geo.intake.columns.headers import factor_between, may_be_cut, read_header, text_key, unit_of
from changji_geo.layer_description import list_layers
from changji_geo.resources import Workspace, find_workspace, packaged_root


@pytest.fixture
def write(tmp_path):
    """Write an office's alias file; the workspace has the shipped one below it."""

    def make(text, *, alone=False):
        (tmp_path / "layers").mkdir(exist_ok=True)
        (tmp_path / "layers" / "aliases.toml").write_text(text, encoding="utf-8")
        return Workspace((tmp_path,) if alone else (tmp_path, packaged_root()))

    return make


@pytest.mark.parametrize(
    ("header", "key", "bare", "unit"),
    [
        ("名 称", "名称", "名称", ""),
        ("ＢＨＱ＿ＭＣ", "bhqmc", "bhqmc", ""),
        ("面积（公顷）", "面积公顷", "面积", "公顷"),
        ("面积(hm²)", "面积hm2", "面积", "公顷"),
        ("面积[单位：亩]", "面积单位亩", "面积", "亩"),
        ("面积平方公里", "面积平方公里", "面积", "平方千米"),
        ("面积/亩", "面积亩", "面积", "亩"),
        ("AREA_HA", "areaha", "area", "公顷"),
        ("面积(㎡)", "面积m2", "面积", "平方米"),
        ("功能区（三区）", "功能区三区", "功能区", ""),
        ("面积（公", "面积公", "面积", ""),
        ("SHAPE_AREA", "shapearea", "shapearea", ""),
        ("（一）", "一", "一", ""),
        ("", "", "", ""),
    ],
)
def test_a_header_is_taken_apart(header, key, bare, unit):
    found = read_header(header)
    assert (found.text, found.key, found.bare, found.unit) == (header, key, bare, unit)


@given(st.text(max_size=12))
def test_a_key_is_its_own_key(text):
    assert text_key(text_key(text)) == text_key(text)


def test_units_convert_only_within_their_kind():
    assert factor_between("公顷", "平方千米") == 0.01
    assert factor_between("亩", "平方米") == pytest.approx(666.6666666667)
    assert factor_between("万亩", "公顷") == pytest.approx(666.6666666667)
    assert factor_between("千米", "米") == 1000
    assert factor_between("%", "%") == 1
    assert factor_between("米", "平方米") is None
    assert factor_between("人", "户") is None
    assert unit_of("斤") == ""


@pytest.mark.parametrize(
    ("name", "cut"),
    [
        ("自然保护区", True),  # five characters of GBK
        ("保护区", True),  # three of UTF-8, and a byte lost
        ("official_a", True),
        ("official", False),
        ("名称", False),
        ("县市a名称bc", False),  # 11 bytes
        ("保护区名a", True),  # 9 bytes of GBK: the tenth byte was half a character
        ("", False),
    ],
)
def test_only_names_of_about_ten_bytes_may_be_cut(name, cut):
    assert may_be_cut(name) == cut


def test_the_shipped_table_knows_the_fields_of_reserve_and_survey_files():
    table = load_aliases(find_workspace(packaged_root())).for_layer("reserves")
    means = {
        text: table.columns[text_key(text)].columns for text in ("BHQMC", "保护区名称", "XZQDM", "XZQMC", "功能区")
    }
    assert means == {
        "BHQMC": ("reserve",),
        "保护区名称": ("reserve",),
        "XZQDM": ("adcode",),
        "XZQMC": ("county",),
        "功能区": ("zone_old", "zone_new"),
    }
    assert table.columns["tbmj"].unit == "平方米"
    assert table.values["zone_old"]["缓冲"] == "缓冲区"
    assert table.compose["name"] == ("reserve", "zone_old", "zone_new")


def test_a_layers_own_entries_go_before_the_general_ones():
    aliases = load_aliases(find_workspace(packaged_root()))
    assert aliases.for_layer("protected_areas").columns["bhqmc"].columns == ("name",)
    assert aliases.for_layer(None).columns["bhqmc"].columns == ("reserve",)
    assert aliases.for_layer("counties").columns["xzqdm"].columns == ("id",)
    assert "name" not in aliases.for_layer(None).compose


def test_every_shipped_value_is_one_its_layer_allows():
    space = find_workspace(packaged_root())
    aliases = load_aliases(space)
    allowed = {}
    for meta in list_layers(space):
        for column in meta.columns:
            allowed.setdefault(column.name, set()).update(column.allowed)
    for meta in list_layers(space):
        for column, spellings in aliases.for_layer(meta.id).values.items():
            assert set(spellings.values()) <= allowed[column], (meta.id, column)


def test_every_column_an_entry_of_a_layer_names_is_one_of_that_layer():
    space = find_workspace(packaged_root())
    for scope, entries in load_aliases(space)._sets:
        if scope is not None:
            (meta,) = [m for m in list_layers(space) if m.id == scope]
            declared = {c.name for c in meta.columns} | {"adcode"}
            assert {*entries.columns, *entries.values, *entries.compose} <= declared, scope


def test_an_offices_file_is_merged_over_and_wins(write):
    space = write(
        '[columns]\nduty = ["责任人"]\nname = ["BHQMC"]\n'
        '[values.zone_old]\n"核心区" = ["红区"]\n'
        '[layers.reserves.columns]\nlevel = ["档次"]\n'
    )
    table = load_aliases(space).for_layer("reserves")
    assert table.columns["责任人"].columns == ("duty",)
    assert table.columns["bhqmc"].columns == ("name",)
    assert table.columns["保护区名称"].columns == ("reserve",)
    assert table.columns["档次"].columns == ("level",)
    assert (table.values["zone_old"]["红区"], table.values["zone_old"]["缓冲"]) == ("核心区", "缓冲区")
    assert "档次" not in load_aliases(space).for_layer(None).columns


def test_an_alias_of_two_columns_is_an_error_naming_file_and_both(write):
    space = write('[columns]\nname = ["地 名"]\nplace = ["地名"]\n')
    with pytest.raises(
        InputError, match=r"aliases.toml 的 columns：别名“地名”同时写在两处：name、place.*\[\[by_value\]\]"
    ):
        load_aliases(space)
    with pytest.raises(InputError, match=r"layers.lakes columns：别名“库名”同时写在两处"):
        load_aliases(write('[layers.lakes.columns]\nname = ["库名"]\ncode = ["库名"]\n'))


def test_the_same_alias_twice_for_one_column_is_no_error(write):
    table = load_aliases(write('[columns]\nname = ["地名", "地 名"]\n', alone=True)).for_layer(None)
    assert table.columns["地名"].text == "地名"


def test_a_spelling_of_two_values_is_an_error(write):
    space = write('[values.zone_old]\n"核心区" = ["一区"]\n"缓冲区" = ["一区"]\n')
    with pytest.raises(InputError, match="values.zone_old：取值“一区”同时写在“核心区”和“缓冲区”下"):
        load_aliases(space)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[colums]\nname = ["地名"]\n', "未知的键“colums”.*是不是“columns”"),
        ("[columns]\nname = '地名'\n", "columns.name.*列表"),
        ('[columns]\nName = ["地名"]\n', "小写英文字母开头"),
        ('[columns]\nname = [""]\n', "文字是空的"),
        ('[layers.reserves]\ncolumn = { name = ["地名"] }\n', "未知的键“column”.*columns"),
        ('[columns\nname = ["地名"]\n', "TOML 语法错误（第 1 行"),
        ('[[by_value]]\ncolumns = ["a"]\naliases = ["b"]\n', "至少 2 项"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_file_and_key(write, text, words):
    with pytest.raises(InputError, match=f"(?s)aliases.toml.*{words}"):
        load_aliases(write(text))


def test_a_workspace_without_a_table_has_no_aliases(tmp_path):
    assert load_aliases(Workspace((tmp_path,))).for_layer(None).columns == {}
