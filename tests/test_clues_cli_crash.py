"""Commands that are killed: nothing acknowledged is missing, nothing is half there, and run again they complete."""

import collections
import os
import random

import pytest

from tests.clue_season import QUICK, make_inputs, season
from tests.crash_cli import desks, kill_season, killed, once

KILLS = int(os.environ.get("CHANGJI_GEO_CLI_KILLS", "4"))
"""Commands to kill on each kind of ledger, at least; ``python tests/crash_cli.py`` kills hundreds."""

posix = pytest.mark.skipif(os.name != "posix", reason="needs signals and process groups of POSIX")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The input files, and what each command leaves on a file that nobody kills."""
    root = tmp_path_factory.mktemp("季")
    make_inputs(root / "来", 60)
    steps = [step for step in season() if step.name in QUICK]
    with desks(root, root / "来") as new_desk:
        return root / "来", steps, once(new_desk, steps, starting_s=1.0)


@posix
@pytest.mark.parametrize("kind", ["gpkg", "postgis"])
def test_commands_killed_at_random_moments_leave_all_or_nothing_and_complete_when_run_again(
    kind, whole, tmp_path, request
):
    cluster = request.getfixturevalue("postgres") if kind == "postgis" else None
    inputs, steps, left = whole
    count, rng = collections.Counter(), random.Random(20261127)
    with desks(tmp_path, inputs, cluster) as new_desk:
        for _ in range(max(1, KILLS // len(steps))):
            kill_season(new_desk, steps, left, rng, count)
        while not killed(count):
            kill_season(new_desk, steps, left, rng, count)
