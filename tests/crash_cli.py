"""The desk's commands, each killed at a random moment and run again: ``python tests/crash_cli.py [kills] [gpkg|postgis]``.

A season is the work on a ledger from the first import to the closed case. It is done once without kills, which gives what every
command writes and how long it takes; then season after season with ``python -m changji_geo clues ...`` killed (SIGKILL, the
whole process group) in each command: every other one at a uniformly random moment of its duration, the others a random moment
after they were seen to write. After each kill the ledger must verify, prove every anchor and hold every event that was
acknowledged, and hold all or none of the command's events; then the same command must complete, and leave what it leaves
without a kill.
"""

import collections
import contextlib
import dataclasses
import hashlib
import itertools
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import psycopg

from changji_geo.clues.ledger.opening import is_database, ledger_exists, open_ledger
from tests.clue_season import Desk, here, make_inputs, season

CLUES = 300
PHASES = ("before", "copying", "writing", "after")
LIMIT_S = 120

_ACKNOWLEDGED = re.compile(r"第 (?:\d+ 至 )?(\d+) 号(?:事件)?）")
_EVENTS = re.compile(r"完好：(\d+) 件事件")
_ANCHOR = re.compile(r"^锚记：(\d+ [0-9a-f]{64})$", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Left:
    """What a step leaves when nobody kills it, and the seconds that it takes."""

    code: int
    events: tuple
    evidence: dict
    zones: int
    seconds: float


# --- what is there


def events_of(desk):
    """Every event but for its time and the hashes that come of it."""
    if not ledger_exists(desk.location):
        return ()
    with open_ledger(desk.location) as ledger:
        found = ledger.events()
    dull = {"at", "hash", "prev_hash"}
    names = [field.name for field in dataclasses.fields(found[0]) if field.name not in dull] if found else []
    return tuple(repr([getattr(event, name) for name in names]) for event in found)


def evidence_of(desk):
    """Path -> digest of the evidence files, without what a killed copy left."""
    files = [f for f in sorted(desk.evidence.rglob("*")) if f.is_file() and not f.name.endswith(".tmp")]
    return {f.relative_to(desk.evidence).as_posix(): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def zones_of(desk):
    """How many zones the file shows in QGIS."""
    if is_database(desk.location) or not Path(desk.location).exists():
        return 0
    with contextlib.closing(sqlite3.connect(desk.location)) as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'zones'").fetchone():
            return 0
        return db.execute("SELECT count(*) FROM zones").fetchone()[0]


def require_whole(file):
    """Fail when a file that a command wrote is cut short."""
    data = file.read_bytes()
    if file.suffix in (".xlsx", ".docx", ".kmz"):
        assert zipfile.ZipFile(file).testzip() is None, file
    elif file.suffix == ".gpkg":
        with contextlib.closing(sqlite3.connect(file)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",), file
    elif file.suffix == ".pdf":
        assert data.startswith(b"%PDF") and data.rstrip().endswith(b"%%EOF"), file
    elif file.suffix == ".html":
        assert data.rstrip().endswith(b"</html>"), file
    elif file.suffix == ".png":
        assert data.endswith(b"IEND\xaeB`\x82"), file
    else:
        raise AssertionError(f"what is {file}?")


def outputs_of(desk):
    """The files that have their final name."""
    return {f.relative_to(desk.out) for f in desk.out.rglob("*") if f.is_file() and not f.name.startswith(".")}


# --- killing


def begin(desk, step, log):
    """Start a command as a shell would; what it prints goes to `log` line by line."""
    env = os.environ | {
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-m", "changji_geo", *desk.words(step)]
    with log.open("wb") as out:
        return subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=env, start_new_session=True)


def strike(desk, step, moment_s, *, after_s=None):
    """Run a command and kill it: `moment_s` after its start, or `after_s` after it was first seen to write.

    Returns the phase that it was in, "" when it came to its end before; and what it had printed.
    """
    log = desk.folder / "说.txt"
    desk.left_before = scratch_of(desk)
    child = begin(desk, step, log)
    end = time.perf_counter() + (LIMIT_S if after_s is not None else moment_s)
    waiting = after_s is not None
    while time.perf_counter() < end and child.poll() is None:
        if waiting and desk.look(desk):
            waiting, end = False, time.perf_counter() + after_s
        elif not waiting and end - time.perf_counter() > 0.002:
            time.sleep(0.001)
    phase = ""
    if child.poll() is None:
        # Stopped first, so that what it is doing can be looked at; nothing of it runs again before the kill.
        os.killpg(child.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        phase = desk.look(desk) or "before"
        os.killpg(child.pid, signal.SIGKILL)
    code = child.wait(LIMIT_S)
    assert code in (-signal.SIGKILL, 0, 1), (step.name, log.read_text(encoding="utf-8"))
    return (phase if code == -signal.SIGKILL else ""), log.read_text(encoding="utf-8", errors="replace")


def scratch_of(desk):
    """The files that are there only while a command works on them, or that a kill left behind."""
    found = {journal for journal in desk.folder.glob("*.gpkg-journal") if journal.stat().st_size}
    for folder in (desk.folder, desk.evidence, desk.out):
        found |= set(folder.glob(".*.tmp*") if folder == desk.folder else folder.rglob(".*.tmp*"))
    return frozenset(found)


def look_at_files(desk):
    """What a command is doing, by its scratch files."""
    with contextlib.suppress(FileNotFoundError):  # one may go while it is looked at
        new = {file.name for file in scratch_of(desk) - desk.left_before}
        return "writing" if any(".gpkg" in name for name in new) else "copying" if new else ""
    return ""


@contextlib.contextmanager
def watching(cluster):
    """How to see what a command is doing, and how to wait until its death has been noticed; on a server where one is given."""
    if cluster is None:
        yield look_at_files, lambda: None
        return
    mine = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'changji-geo'"
    with contextlib.closing(psycopg.connect(cluster.url(), autocommit=True)) as db:

        def look(desk):
            # A transaction has a number once it writes, or locks a row to write it.
            writes = db.execute(f"{mine} AND backend_xid IS NOT NULL").fetchone()[0]
            return "writing" if writes else look_at_files(desk)

        def settle():
            while db.execute(mine).fetchone()[0]:
                time.sleep(0.001)

        yield look, settle


# --- a season without kills, and seasons with


def once(new_desk, steps, *, starting_s=None):
    """Do the season without kills: what each step leaves.

    With `starting_s` in this process, to save time; so much longer a process of its own is then taken to need.
    """
    desk, found = new_desk(), {}
    for step in steps:
        if step.ready:
            step.ready(desk)
        start = time.perf_counter()
        if starting_s is None:
            log = desk.folder / "说.txt"
            code = begin(desk, step, log).wait(LIMIT_S)
            said = log.read_text(encoding="utf-8")
        else:
            code, _, said = here(desk.words(step))
        seconds = time.perf_counter() - start + (starting_s or 0)
        assert code in (0, 1), said
        found[step.name] = Left(code, events_of(desk), evidence_of(desk), zones_of(desk), seconds)
        require_sound(desk, "")
    return found


def require_sound(desk, said):
    """Fail unless the ledger verifies, and proves what was acknowledged before and what `said` acknowledges."""
    if not ledger_exists(desk.location):
        assert not desk.anchor and not _ANCHOR.search(said) and not _ACKNOWLEDGED.search(said), said
        return
    printed = _ANCHOR.search(said)
    if printed:
        desk.anchor = printed[1]
    proof = ["--anchor", desk.anchor] if desk.anchor else []
    words = ["clues", "verify", "--ledger", desk.location, "--evidence-dir", str(desk.evidence), *proof]
    code, out, err = here(words)
    assert code == 0, out + err
    told = [int(number) for number in _ACKNOWLEDGED.findall(said)]
    assert int(_EVENTS.search(out)[1]) >= max(told, default=0), said
    # A ledger that was made and not written to yet has no hash to print.
    found = _ANCHOR.search(out)
    assert found or (not desk.anchor and "完好：0 件事件" in out), out
    desk.anchor = found[1] if found else ""
    for file in outputs_of(desk):
        require_whole(desk.out / file)


def kill_season(new_desk, steps, left, rng, count):
    """Kill every command of a season once and run it again; adds to `count` the (step, phase) of each kill.

    The phase is "ended" where the command came to its end first.
    """
    desk, before = new_desk(), Left(0, (), {}, 0, 0.0)
    for step in steps:
        whole = left[step.name]
        aimed = rng.random() < 0.5
        moment_s, after_s = rng.uniform(0, whole.seconds), rng.uniform(0, rng.choice((0.003, 0.03)))
        phase, said = strike(desk, step, moment_s, after_s=after_s if aimed else None)
        desk.settle()
        require_sound(desk, said)
        events = events_of(desk)
        assert events in (before.events, whole.events), f"{step.name} is half there"
        landed = events != before.events
        if not landed:
            assert not _ACKNOWLEDGED.search(said), said
        count[step.name, ("after" if landed and phase == "before" else phase) or "ended"] += 1
        code, out, err = here(desk.words(step))
        again = {0, 1, 2} if phase == "" or landed or step.outputs else {whole.code}
        assert code in again, (step.name, code, out, err)
        zones = whole.zones if is_database(desk.location) else zones_of(desk)
        found = Left(whole.code, events_of(desk), evidence_of(desk), zones, whole.seconds)
        assert found == whole, f"{step.name}: {phase}, {said}, {out}, {err}"
        require_sound(desk, out)
        before = whole


@contextlib.contextmanager
def desks(root, inputs, cluster=None):
    """A function that makes a new desk in `root`, its ledger in a file or on the server; all read the same input files."""
    numbers = itertools.count(1)
    with watching(cluster) as (look, settle):

        def new_desk():
            folder = root / f"季{next(numbers)}"
            folder.mkdir(parents=True)
            location = cluster.new_schema() if cluster else str(folder / "台账.gpkg")
            return Desk(location, folder, inputs, look, settle)

        yield new_desk


def killed(count):
    """How many commands were killed before they came to their end."""
    return sum(times for (_, phase), times in count.items() if phase != "ended")


def main(kills=200, kind="gpkg"):
    """The long run."""
    rng, count, start = random.Random(20261126), collections.Counter(), time.perf_counter()
    with contextlib.ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = None
        if kind == "postgis":
            from tests.postgres import Cluster

            cluster = stack.enter_context(contextlib.closing(Cluster()))
        make_inputs(root / "来", CLUES)
        new_desk = stack.enter_context(desks(root, root / "来", cluster))
        left = once(new_desk, season())
        for number in itertools.count():
            # What only writes files, and takes long, is done in every fourth season.
            kill_season(new_desk, [s for s in season() if number % 4 == 0 or not s.outputs], left, rng, count)
            print(f"{killed(count)} ...", file=sys.stderr, flush=True)
            if killed(count) >= kills:
                break
    phases = (*PHASES, "ended")
    print("\t".join(("command", "events", "s", *phases)))
    for name, one in left.items():
        print("\t".join(map(str, (name, len(one.events), f"{one.seconds:.2f}", *(count[name, p] for p in phases)))))
    print("\t".join(map(str, ("all", "", "", *(sum(n for (_, was), n in count.items() if was == p) for p in phases)))))
    print(
        f"{kind}: {killed(count)} commands killed: verified each time, nothing acknowledged is missing, nothing half, each "
        f"completed when run again; {time.perf_counter() - start:.0f} s"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]), *sys.argv[2:])
