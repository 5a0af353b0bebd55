"""Cells of frames as plain values: what is missing is None, nothing is of numpy."""

import datetime

import numpy as np
import pandas as pd
import pytest

from changji_geo.cellvalue import plain_value


@pytest.mark.parametrize(
    "cell",
    [None, float("nan"), np.float32("nan"), np.float64("inf"), float("-inf"), pd.NaT, pd.NA, np.datetime64("NaT")],
)
def test_what_is_missing_is_none(cell):
    assert plain_value(cell) is None


@pytest.mark.parametrize(
    ("cell", "plain"),
    [(np.int64(3), 3), (np.float64(0.25), 0.25), (np.bool_(True), True), (np.str_("甲"), "甲"), (7, 7), (True, True)],
)
def test_numbers_and_texts_are_of_python(cell, plain):
    found = plain_value(cell)
    assert found == plain and type(found) is type(plain)


@pytest.mark.parametrize(
    "cell", ["", " ", "甲", datetime.date(2025, 7, 1), pd.Timestamp("2025-07-01 08:00"), [1, None]]
)
def test_all_else_stays_what_it_is(cell):
    assert plain_value(cell) is cell
