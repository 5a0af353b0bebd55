"""Trophic level index: the formula by hand, weights, classes at their borders, missing inputs."""

import datetime
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changji_geo.errors import InputError
from changji_geo.standards.trophic import TROPHIC_INPUTS, trophic_class, trophic_index

DAY = datetime.date(2024, 7, 1)
LAKE = {"chla": 20.0, "tp_lake": 0.08, "tn": 1.5, "sd": 0.6, "codmn": 5.0}


def plain_parts(lake):
    """The five published formulas, typed out."""
    return {
        "chla": 10 * (2.5 + 1.086 * math.log(lake["chla"])),
        "tp_lake": 10 * (9.436 + 1.624 * math.log(lake["tp_lake"])),
        "tn": 10 * (5.453 + 1.694 * math.log(lake["tn"])),
        "sd": 10 * (5.118 - 1.94 * math.log(lake["sd"])),
        "codmn": 10 * (0.109 + 2.661 * math.log(lake["codmn"])),
    }


R2 = {"chla": 1.0, "tp_lake": 0.7056, "tn": 0.6724, "sd": 0.6889, "codmn": 0.6889}


def check_formula():
    result = trophic_index(LAKE, date=DAY)
    parts = plain_parts(LAKE)
    assert result.parts == pytest.approx(parts, rel=1e-12)
    assert result.value == pytest.approx(sum(R2[k] * parts[k] for k in parts) / 3.7558, rel=1e-12)


def check_classes():
    names = ["贫营养", "中营养", "中营养", "轻度富营养", "轻度富营养", "中度富营养", "中度富营养", "重度富营养"]
    assert [trophic_class(v) for v in (29.999, 30, 50, 50.001, 60, 60.001, 70, 70.001)] == names


def test_the_index_is_the_weighted_sum_of_the_published_formulas():
    check_formula()


def test_the_classes_at_their_borders():
    check_classes()


def test_a_worked_example_stays_as_it_is():
    result = trophic_index(LAKE, date=DAY)
    assert (round(result.value, 4), result.trophic_class) == (55.5929, "轻度富营养")
    assert (result.missing, result.note, result.standard) == ((), "", "总站生字〔2001〕090号")


def test_the_weights_are_those_of_the_document_to_four_digits():
    weights = trophic_index(LAKE, date=DAY).weights
    assert {k: round(w, 4) for k, w in weights.items()} == {
        "chla": 0.2663, "tp_lake": 0.1879, "tn": 0.179, "sd": 0.1834, "codmn": 0.1834
    }  # fmt: skip


@pytest.mark.parametrize("left_out", TROPHIC_INPUTS)
def test_a_missing_input_is_refused_or_renormalised_with_a_label(left_out):
    lake = {k: v for k, v in LAKE.items() if k != left_out}
    with pytest.raises(InputError, match="缺少.*归一"):
        trophic_index(lake, date=DAY)
    result = trophic_index(lake, date=DAY, missing="renormalise")
    parts = plain_parts(LAKE)
    wanted = sum(R2[k] * parts[k] for k in lake) / sum(R2[k] for k in lake)
    assert result.value == pytest.approx(wanted, rel=1e-12)
    assert result.missing == (left_out,)
    assert "不是规定的方法" in result.note


def test_nothing_at_all_cannot_be_renormalised():
    with pytest.raises(InputError, match="缺少"):
        trophic_index({}, date=DAY, missing="renormalise")


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_what_has_no_logarithm_is_refused(value):
    with pytest.raises(InputError, match="总磷（湖、库） .*不能取对数"):
        trophic_index(LAKE | {"tp_lake": value}, date=DAY)


def test_an_unknown_input_and_a_date_before_the_method_are_refused():
    with pytest.raises(InputError, match="没有输入“tp”"):
        trophic_index(LAKE | {"tp": 1.0}, date=DAY)
    with pytest.raises(InputError, match="2001-12-31 早于"):
        trophic_index(LAKE, date=datetime.date(2001, 12, 31))


@given(st.fixed_dictionaries({k: st.floats(1e-3, 1e3) for k in TROPHIC_INPUTS}))
def test_the_weights_sum_to_one_and_the_index_lies_between_its_parts(lake):
    result = trophic_index(lake, date=DAY)
    assert math.fsum(result.weights.values()) == pytest.approx(1, abs=1e-15)
    assert min(result.parts.values()) - 1e-9 <= result.value <= max(result.parts.values()) + 1e-9
