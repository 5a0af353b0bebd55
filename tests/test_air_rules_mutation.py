"""Each number of the rules of air over time, changed by one step, makes a test fail."""

import datetime
import itertools
import math

import pytest

from changji_geo.monitoring.air.evaluation import composite
from changji_geo.monitoring.air.rules import RULES
from tests import test_air_daily as daily
from tests import test_air_periods as periods
from tests.air_time_tiny import days

WATCHED = {
    "day": (daily.test_twenty_hours_make_a_day_and_nineteen_do_not, daily.test_six_hours_make_a_window_and_five_do_not,
            daily.test_the_first_window_ends_at_eight_and_the_last_at_midnight,
            daily.test_fourteen_windows_are_needed_unless_the_result_exceeds_160),
    "period": (periods.test_a_year_needs_324_days_and_each_month_its_own,
               periods.test_a_period_needs_its_days_and_one_less_is_not_enough,
               daily.test_an_incomplete_day_counts_only_when_it_is_polluted),
    "percentiles": (periods.test_the_percentile_of_each_pollutant,),
    "composite_2013": (periods.test_at_every_limit_the_composite_index_is_six, periods.test_halves_of_the_composite_index_go_to_even),
    "dust": (periods.test_dust_is_deducted_only_where_the_rule_of_2016_holds,),
}  # fmt: skip
"""Section of rules.toml -> tests that hold its numbers; none of them uses a fixture."""


def leaves(table, path=()):
    for key, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        elif isinstance(value, int | float | datetime.date) and not isinstance(value, bool):
            yield (*path, key)


LEAVES = [leaf for section in WATCHED for leaf in leaves(RULES[section], (section,))]


EQUIVALENT = {(("day", "o3_first_end_hour"), -1)}
"""A window that ends at 07:00 has no eight hours in its day and so never a mean."""


def cases(test):
    """Arguments of a parametrised test, one dict a case."""
    marks = [m for m in getattr(test, "pytestmark", []) if m.name == "parametrize"]
    choices = []
    for mark in marks:
        names, values = mark.args
        names = [names] if isinstance(names, str) else list(names)
        choices.append(
            [dict(zip(names, v if isinstance(v, tuple) and len(names) > 1 else (v,), strict=True)) for v in values]
        )
    for combination in itertools.product(*choices):
        yield {k: v for part in combination for k, v in part.items()}


def fails(test):
    for case in cases(test):
        try:
            test(**case)
        except (AssertionError, ValueError, IndexError, KeyError):
            return True
    return False


def test_the_watching_tests_pass_as_it_is():
    assert not any(fails(t) for tests in WATCHED.values() for t in tests)


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: ".".join(leaf))
@pytest.mark.parametrize("step", [-1, 1])
def test_a_number_changed_by_one_step_is_noticed(leaf, step):
    if (leaf, step) in EQUIVALENT:
        return
    table = RULES
    for key in leaf[:-1]:
        table = table[key]
    before = table[leaf[-1]]
    try:
        table[leaf[-1]] = before + (datetime.timedelta(days=step) if isinstance(before, datetime.date) else step)
        assert any(fails(t) for t in WATCHED[leaf[0]])
    finally:
        table[leaf[-1]] = before


def test_the_day_of_the_change_is_held():
    assert [composite.refusal(d, d, None) == "" for d in (datetime.date(2026, 2, 28), datetime.date(2026, 3, 1))] == [
        True,
        False,
    ]
    assert math.isclose(days("2026-03-01", 1, pm2_5=60)["aqi"][0], 100)
