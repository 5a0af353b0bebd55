"""Ledgers whose writers are killed, or write at the same time: no acknowledged event is missing, and none is half there."""

import os

from changji_geo.clues.ledger.opening import create_ledger, open_ledger
from tests.crash_ledger import kill_at_random, kill_backends, kill_server, write_together

KILLS = int(os.environ.get("CHANGJI_GEO_KILLS", "4"))


def test_killed_at_random_moments_no_acknowledged_event_is_missing(kind):
    create_ledger(kind.location).close()
    acknowledged = kill_at_random(kind.location, KILLS)
    with open_ledger(kind.location) as ledger:
        assert set(acknowledged) <= {event.seq for event in ledger.events()}
        assert len(acknowledged) >= KILLS


def test_two_processes_writing_at_once_lose_nothing(kind):
    create_ledger(kind.location).close()
    told = write_together(kind.location, 2, 100)
    with open_ledger(kind.location) as ledger:
        assert ledger.verify() == ()
        assert sorted(told[0] + told[1]) == [event.seq for event in ledger.events()] == list(range(1, 201))
        assert [clue.fields["visit"] for clue in ledger.clues()] == [99, 99]


def test_a_killed_process_of_the_server_loses_nothing_acknowledged(postgres, postgis_url):
    create_ledger(postgis_url).close()
    acknowledged = kill_backends(postgres, postgis_url, 1)
    with open_ledger(postgis_url) as ledger:
        assert set(acknowledged) <= {event.seq for event in ledger.events()}
        assert len(acknowledged) >= 50


def test_a_killed_server_recovers_with_every_acknowledged_event(postgres, postgis_url):
    create_ledger(postgis_url).close()
    acknowledged = kill_server(postgres, postgis_url, 1)
    with open_ledger(postgis_url) as ledger:
        assert set(acknowledged) <= {event.seq for event in ledger.events()}
        assert len(acknowledged) >= 50
