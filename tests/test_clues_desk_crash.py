"""A desk that is killed in the middle of its work leaves whole steps behind, and nothing acknowledged is missing."""

import os

from tests.crash_desk import kill_desks

KILLS = int(os.environ.get("CHANGJI_GEO_DESK_KILLS", "4"))


def test_a_desk_killed_at_random_moments_leaves_whole_batches_and_every_acknowledged_event(tmp_path):
    assert len(kill_desks(tmp_path, KILLS)) == KILLS
