"""Processes that write to a ledger, and killing them: ``python tests/crash_ledger.py [kills] [events] [kind]`` runs it at length.

The kind is ``gpkg`` or ``postgis``, for which a server of its own is started, killed in part and as a whole.

As a child: ``python tests/crash_ledger.py write LEDGER CLUE COUNT LOT`` imports a clue and appends COUNT - 1 events to it, LOT in
each transaction, and prints each number once the ledger has acknowledged it.
"""

import contextlib
import datetime
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import shapely

from changji_geo.clues.ledger.opening import create_ledger, open_ledger
from changji_geo.clues.ledger.states import geometry_hex
from changji_geo.clues.model import NewEvent

AT = datetime.datetime(2026, 3, 16, 10, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
SQUARE = shapely.box(88.0, 44.0, 88.01, 44.01)
CHILD_TIMEOUT_S = 300


def imported(clue_id, *, shape=SQUARE, **values):
    """The event that imports a clue."""
    after = {"batch": "绿盾2025-1", "original_id": f"原-{clue_id}", "geometry": geometry_hex(shape), **values}
    return NewEvent(clue_id, "import", "张三", {}, after)


def changed(clue_id, key, before, after, **more):
    """An event that sets one field."""
    return NewEvent(clue_id, "set", "张三", {key: before}, {key: after}, **more)


def step(clue_id, number):
    """The event with this number of a clue's own, the first of which imports it."""
    return changed(clue_id, "visit", number - 1 or None, number) if number else imported(clue_id)


def write(path, clue_id, count, lot):
    """Append events, printing each number after it is acknowledged."""
    with open_ledger(path) as ledger:
        for first in range(0, count, lot):
            done = ledger.append([step(clue_id, number) for number in range(first, first + lot)], at=AT)
            sys.stdout.write("".join(f"{event.seq}\n" for event in done))
            sys.stdout.flush()


def start(path, clue_id, count, lot=1, *, errors=None):
    """A child that writes; its acknowledged numbers come on its standard output."""
    command = [sys.executable, __file__, "write", str(path), clue_id, str(count), str(lot)]
    folder = str(Path(__file__).resolve().parents[1])
    env = os.environ | {"PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=env, text=True)


def kill_at_random(path, kills, seed=20261123, *, strike=None, settle=None):
    """Kill as many writers, each a random moment after its first transaction; the numbers that were acknowledged in all.

    Every other writer has 50 events in a transaction: all of them or none must be there. `strike` kills
    something else in its stead, `settle` makes that the ledger can be opened again.
    """
    rng = random.Random(seed)
    acknowledged = []
    for number in range(kills):
        clue_id, lot = f"LD2025-{number:04d}", 1 if number % 2 else 50
        with start(path, clue_id, 1_000_000, lot, errors=subprocess.DEVNULL if strike else None) as child:
            first = child.stdout.readline()
            moment = time.perf_counter() + rng.uniform(0, 0.08)
            while time.perf_counter() < moment:
                pass
            if strike:
                strike()
            else:
                child.kill()
            # The pipe keeps what the child had flushed; a line that was cut short was not acknowledged.
            lines = (first + child.stdout.read()).splitlines(keepends=True)
            acknowledged += [int(line) for line in lines if line.endswith("\n")]
        assert child.returncode, "the child came to its end before it was killed"
        if settle:
            settle()
        with open_ledger(path) as ledger:
            assert ledger.verify() == (), f"after kill {number + 1}"
            assert ledger.head().count >= acknowledged[-1]
            assert len(ledger.history(clue_id)) % lot == 0
    return acknowledged


def kill_backends(cluster, url, kills, seed=20261124):
    """Kill -9 the process of the server that serves the writer, upon which the server restarts all of itself."""
    return kill_at_random(url, kills, seed, strike=cluster.kill_backends)


def kill_server(cluster, url, kills, seed=20261125):
    """Kill -9 the whole server and start it again, which recovers from its log."""
    return kill_at_random(url, kills, seed, strike=cluster.kill, settle=cluster.start)


def write_together(path, writers, count):
    """Let several processes write at once; what each was told, in its order."""
    children = [start(path, f"LD2025-{number:04d}", count) for number in range(writers)]
    told = [[int(line) for line in child.communicate(timeout=CHILD_TIMEOUT_S)[0].split()] for child in children]
    assert [child.returncode for child in children] == [0] * writers
    return told


def new_cluster():
    """A server of our own."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from tests.postgres import Cluster

    return Cluster()


def main(kills=200, count=1000, kind="gpkg"):
    """The long run of all."""
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(contextlib.closing(new_cluster())) if kind == "postgis" else None
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        place = cluster.new_schema if cluster else lambda: folder / f"{time.monotonic_ns()}.gpkg"
        runs = [("clients", kills, kill_at_random)]
        if cluster:
            few = max(1, kills // 10)
            runs.append(("server processes", few, lambda url, n: kill_backends(cluster, url, n)))
            runs.append(("whole servers", few, lambda url, n: kill_server(cluster, url, n)))
        for what, times, run in runs:
            path = place()
            create_ledger(path).close()
            begin = time.perf_counter()
            acknowledged = run(path, times)
            with open_ledger(path) as ledger:
                there = {event.seq for event in ledger.events()}
            assert set(acknowledged) <= there
            print(
                f"{kind}: {times} {what} killed: {len(acknowledged)} events acknowledged, {len(there)} there, none missing, "
                f"verified each time, {time.perf_counter() - begin:.0f} s",
                flush=True,
            )
        path = place()
        create_ledger(path).close()
        begin = time.perf_counter()
        told = write_together(path, 2, count)
        took = time.perf_counter() - begin
        with open_ledger(path) as ledger:
            assert ledger.verify() == ()
            there = [event.seq for event in ledger.events()]
        assert sorted(told[0] + told[1]) == there == list(range(1, 2 * count + 1))
        print(f"{kind}: 2 writers x {count} events: all there, chain intact, {took:.1f} s")


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"]:
        write(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    else:
        main(*map(int, sys.argv[1:3]), *sys.argv[3:])
