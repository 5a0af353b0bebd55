"""A desk at work in a process that is killed: ``python tests/crash_desk.py [kills]`` runs it at length.

As a child: ``python tests/crash_desk.py work LEDGER FILE WORKSPACE BATCH`` imports the file, checks the batch, and then goes on
changing its first clue; it prints the number of the last event each time the ledger has acknowledged one.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import pyogrio
from shapely import box

from changji_geo.clues.desk.checking import check_clues
from changji_geo.clues.desk.deeds import set_event
from changji_geo.clues.desk.importing import import_clues
from changji_geo.clues.ledger.opening import create_ledger, open_ledger
from changji_geo.resources import Workspace, packaged_root
from tests.crash_ledger import AT
from tests.test_clues_checks import workspace_at

CLUES = 60


def work(location, file, root, batch):
    """Import, check, and change one clue for ever."""
    space = Workspace((Path(root), packaged_root()))
    with open_ledger(location) as ledger:
        _say("ready")
        plan = import_clues(ledger, file, batch=batch, actor="张三", at=AT, workspace=space).plan
        _say(ledger.head().count)
        check_clues(ledger, actor="张三", at=AT, workspace=space, batch=batch)
        _say(ledger.head().count)
        number = 0
        while True:
            number += 1
            event = set_event(ledger.clue(plan.new[0]), actor="张三", values={"remark": str(number)})
            _say(ledger.append([event], at=AT)[0].seq)


def _say(word):
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def kill_desks(root, kills, *, seed=20261123, longest_s=0.25):
    """Kill as many desks, each a random moment after one of the lines it prints, on one ledger; how far each had got.

    After each the ledger must verify, hold every acknowledged event, and of every batch all clues or none, all checked or none.
    """
    rng = random.Random(seed)
    workspace = workspace_at(root / "工作区")
    file, location = root / "线索.gpkg", root / "台账.gpkg"
    shapes = [box(88 + n / 1000, 44.02, 88.0005 + n / 1000, 44.03) for n in range(CLUES)]
    frame = gpd.GeoDataFrame({"编号": [str(n) for n in range(CLUES)]}, geometry=shapes, crs="EPSG:4490")
    pyogrio.write_dataframe(frame, file, driver="GPKG", layer="clues")
    create_ledger(location).close()
    env = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}
    steps = []
    for number in range(kills):
        batch = f"绿盾2025-{number}"
        command = [sys.executable, __file__, "work", location, file, workspace.roots[0], batch]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=env, text=True) as child:
            lines = [child.stdout.readline() for _ in range(1 + number % 4)]
            assert lines[0] == "ready\n"
            moment = time.perf_counter() + rng.uniform(0, longest_s)
            while time.perf_counter() < moment:
                pass
            assert child.poll() is None, "it ended by itself"
            child.kill()
            # The pipe keeps what the child had flushed; a line that was cut short was not acknowledged.
            lines += child.stdout.read().splitlines(keepends=True)
            told = [int(line) for line in lines[1:] if line.endswith("\n")]
        with open_ledger(location) as ledger:
            assert ledger.verify() == (), f"after kill {number + 1}"
            assert ledger.head().count >= max(told, default=0)
            clues = ledger.clues(batch=batch)
            checked = sum("checks" in clue.fields for clue in clues)
        assert len(clues) in ((0, CLUES) if not told else (CLUES,))
        assert checked in ((0, CLUES) if len(told) < 2 else (CLUES,))
        steps.append(bool(clues) + bool(checked) + (len(told) > 2))
    return steps


def main(kills=200):
    """The long run."""
    with tempfile.TemporaryDirectory() as folder:
        steps = kill_desks(Path(folder), kills)
    words = ("before or in the import", "after the import or in the check", "after the check", "while changing a clue")
    counts = ", ".join(f"{steps.count(n)} {word}" for n, word in enumerate(words))
    print(f"{kills} kills ({counts}): nothing acknowledged is missing, nothing half, verified each time")


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        work(*sys.argv[2:])
    else:
        main(*map(int, sys.argv[1:]))
