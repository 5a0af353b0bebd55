"""What an error says, and the exit code it stands for."""

import errno
import inspect

import pytest

from changji_geo import errors
from changji_geo.errors import ChangjiGeoError, EnvironmentFault, InputError, near_match, system_reason


def test_a_message_says_where_what_expected_and_what_to_do():
    fault = InputError("取值不对", where="a.toml 的 k", expected="整数", fix="改成 5")
    assert str(fault) == "a.toml 的 k：取值不对。应为：整数。处理：改成 5。"
    assert (fault.problem, fault.where, fault.expected, fault.fix) == ("取值不对", "a.toml 的 k", "整数", "改成 5")


def test_a_message_leaves_out_what_is_not_known():
    assert str(InputError("没有地图")) == "没有地图。"
    assert str(InputError("没有地图", fix="检查路径")) == "没有地图。处理：检查路径。"


@pytest.mark.parametrize(
    ("kind", "code"), [(InputError, 2), (errors.SpecError, 2), (errors.LayerError, 2), (errors.IndicatorError, 2),
                       (errors.CRSError, 2), (EnvironmentFault, 3), (errors.FontError, 3), (errors.OutputError, 3)]
)  # fmt: skip
def test_exit_codes(kind, code):
    assert kind("x").exit_code == code
    assert issubclass(kind, ChangjiGeoError)


def test_the_tree_drawn_in_the_module_is_the_tree():
    classes = {n for n, c in inspect.getmembers(errors, inspect.isclass) if c.__module__ == errors.__name__}
    assert all(name in errors.__doc__ for name in classes)


def test_an_error_survives_the_way_from_another_process():
    import pickle

    fault = errors.SpecError("取值不对", where="a.toml", expected="整数", fix="改")
    back = pickle.loads(pickle.dumps(fault))
    assert type(back) is errors.SpecError
    assert str(back).startswith("a.toml：取值不对")


def test_near_match_names_the_nearest():
    assert near_match("countys", ["counties", "rivers"]) == "是不是“counties”？"


def test_near_match_names_two_when_two_are_near():
    assert near_match("lake", ["lakes", "laker", "rivers"]) == "是不是“lakes”或“laker”？"


def test_near_match_lists_all_when_none_is_near():
    assert near_match("湖泊", ["counties", "rivers"]) == "可用：counties、rivers"


def test_near_match_of_nothing():
    assert near_match("x", []) == "（没有可用的名称）"


def test_near_match_takes_any_iterable_once():
    assert near_match("b", (n for n in ["zz", "yy", "zz"])) == "可用：yy、zz"


def test_near_match_counts_what_it_does_not_list():
    hint = near_match("湖泊", [f"n{i:03d}" for i in range(150)])
    assert hint.endswith("、n019……共 150 个") and "n020" not in hint


def test_a_reason_of_the_system_is_told_in_chinese():
    assert system_reason(OSError(errno.ENAMETOOLONG, "File name too long")) == "文件名或路径太长"
    assert system_reason(OSError(9999, "Something else")) == "Something else"
