"""Classes of values: bounds, borders, labels, colours."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from changji_geo.classify import ScaleSpec, classify, format_number
from changji_geo.errors import SpecError
from changji_geo.palettes import palette, palette_names

VALUES = np.array([0.0, 1, 2, 3, 4, 5, 6, 7, 8, 20])
SCHEMES = ["equal_interval", "quantiles", "fisher_jenks", "head_tail", "std_mean", "pretty"]


def test_a_value_on_a_break_belongs_to_the_lower_class():
    found = classify(np.array([10.0, 10.0001, 20, 35, 5]), ScaleSpec(breaks=[10, 20]))
    assert found.index.tolist() == [0, 1, 1, 2, 0]
    assert [c.label for c in found.classes] == ["≤ 10", "10 – 20", "> 20"]


def test_missing_values_have_no_class():
    assert classify(np.array([1.0, math.nan, 2]), ScaleSpec()).index.tolist() == [0, -1, 1]


def test_no_value_at_all_gives_no_classes():
    found = classify(np.array([math.nan, math.nan]), ScaleSpec())
    assert found.classes == () and found.index.tolist() == [-1, -1]


def test_few_different_values_are_their_own_classes():
    found = classify(np.array([65.6, 44.2, 65.6]), ScaleSpec(k=5))
    assert [c.label for c in found.classes] == ["44.2", "65.6"]
    assert found.index.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("scheme", "peer"),
    [
        ("equal_interval", "EqualInterval"),
        ("quantiles", "Quantiles"),
        ("fisher_jenks", "FisherJenks"),
        ("std_mean", "StdMean"),
    ],
)
@pytest.mark.filterwarnings("ignore:Numba not installed")
def test_schemes_agree_with_mapclassify(scheme, peer):
    import mapclassify

    values = np.random.default_rng(7).gamma(2, 10, 200)
    theirs = getattr(mapclassify, peer)(values, **({} if peer == "StdMean" else {"k": 4}))
    ours = classify(values, ScaleSpec(scheme=scheme, k=4))
    # StdMean's lowest bound can lie under every value; we leave such an empty class out.
    assert ours.index.tolist() == (theirs.yb - theirs.yb.min()).tolist()


@pytest.mark.parametrize("scheme", SCHEMES)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
def test_every_value_lies_in_its_class(scheme, numbers):
    values = np.array(numbers)
    found = classify(values, ScaleSpec(scheme=scheme, k=4))
    assert (found.index >= 0).all()
    for value, index in zip(values, found.index, strict=True):
        low, high = found.classes[index].lower, found.classes[index].upper
        assert low <= value <= high
    uppers = [c.upper for c in found.classes]
    assert uppers == sorted(uppers)


def test_head_tail_breaks_are_means_of_heads():
    # mean 5.6 -> head 6 7 8 20, mean 10.25 -> head 20: a single value ends it
    found = classify(VALUES, ScaleSpec(scheme="head_tail", k=5))
    assert [c.upper for c in found.classes] == [5.6, 10.25, 20.0]


def test_pretty_breaks_are_round():
    assert [c.label for c in classify(np.linspace(3, 97, 50), ScaleSpec(scheme="pretty", k=5)).classes] == [
        "3 – 20", "20 – 40", "40 – 60", "60 – 80", "80 – 97",
    ]  # fmt: skip


def test_aqi_standard_classes_at_the_borders():
    found = classify(np.array([0, 50, 51, 100, 101, 150, 151, 200, 201, 300, 301, 500.0]), ScaleSpec(standard="aqi"))
    assert found.index.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert [c.color for c in found.classes] == ["#00e400", "#ffff00", "#ff7e00", "#ff0000", "#99004c", "#7e0023"]


def test_surface_water_standard_refuses_numbers():
    with pytest.raises(SpecError, match="类别"):
        classify(np.array([1.0]), ScaleSpec(standard="surface_water"))


def test_infinite_values_are_refused():
    with pytest.raises(SpecError, match="无穷大"):
        classify(np.array([1.0, math.inf]), ScaleSpec())


def test_unknown_palette_names_the_nearest():
    with pytest.raises(SpecError, match="YlOrRd"):
        classify(VALUES, ScaleSpec(palette="YlOrRed"))


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.99, "2.99"), (0.0, "0"), (-0.0, "0"), (1234567.0, "1\u2009234\u2009567"), (13549.26, "13\u2009549.3"), (-19.2, "\u221219.2"), (0.000001, "0.000001"), (100.0, "100")],
)  # fmt: skip
def test_numbers_for_readers(value, text):
    assert format_number(value) == text


def test_palettes_agree_with_matplotlibs_copy_of_colorbrewer():
    from matplotlib import colors
    from matplotlib._cm import datad

    for name in palette_names():
        theirs = datad[name]
        theirs = [colors.to_hex(c) for c in (theirs["listed"] if isinstance(theirs, dict) else theirs)]
        k = len(theirs) if isinstance(datad[name], dict) or len(theirs) > 9 else 8
        ours = palette(name, k)
        assert list(ours) == (theirs if k == len(theirs) else theirs[1:])


def test_a_reversed_palette_is_the_same_backwards():
    assert palette("Blues", 4, reverse=True) == palette("Blues", 4)[::-1]


def test_a_qualitative_palette_never_gives_one_colour_to_two_of_24_classes():
    assert all(len(set(palette(name, 24))) == 24 for name in ("Set2", "Set1", "Dark2", "Paired"))
    assert palette("Set2", 9)[:8] == palette("Set2", 8)


def test_a_class_with_a_single_value_shows_it_once():
    found = classify(np.array([-9.0, 1.0, 1.1, 5.0, 5.2]), ScaleSpec(scheme="fisher_jenks", k=3, decimals=0))
    assert [c.label for c in found.classes] == ["\u22129", "\u22129 – 1", "1 – 5"]


def test_breaks_that_are_no_number_are_refused():
    with pytest.raises(ValueError, match="finite number"):
        ScaleSpec(breaks=[math.nan])
