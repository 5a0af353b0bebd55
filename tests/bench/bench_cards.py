"""How long 200 cards take in each format, and how much memory: ``python tests/bench/bench_cards.py [number]``.

Clues are those of the made-up sample, repeated under other numbers; each run is a process of its own.
"""

from __future__ import annotations

import datetime
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from changji_geo.clues.checks.context import build_context
from changji_geo.clues.checks.priority import score_clue
from changji_geo.clues.checks.running import run_checks
from changji_geo.clues.checks.stored import checks_value, priority_value
from changji_geo.clues.incoming.planning import plan_import
from changji_geo.clues.incoming.reading import read_clues
from changji_geo.clues.ledger.opening import create_ledger
from changji_geo.clues.model import Clue
from changji_geo.clues.sample import SAMPLE_BATCH, write_sample
from changji_geo.clues.settings import load_settings
from changji_geo.report.cards.writing import write_clue_cards

DAY = datetime.date(2026, 1, 1)


def sample_clues(number: int) -> list[Clue]:
    """Checked clues of the sample, as many as asked for."""
    with tempfile.TemporaryDirectory() as folder:
        incoming = read_clues(write_sample(Path(folder) / "示例.gpkg"), batch=SAMPLE_BATCH)
        with create_ledger(Path(folder) / "台账.gpkg") as ledger:
            plan = plan_import(incoming, (), actor="示例")
            ledger.append(plan.new_events, at=datetime.datetime(2025, 10, 1, tzinfo=datetime.UTC))
            clues = ledger.clues()
    results, settings = run_checks(clues, build_context()), load_settings()
    checked = [
        replace(
            clue,
            fields={
                **clue.fields,
                "checks": checks_value(results[clue.id]),
                "priority": priority_value(score_clue(results[clue.id], settings)),
            },
        )
        for clue in clues
    ]
    return [replace(checked[n % len(checked)], id=f"LD2025-{n + 1:04d}") for n in range(number)]


def measure(number: int, formats: str) -> None:
    """One run; prints its line."""
    clues = sample_clues(number)
    with tempfile.TemporaryDirectory() as folder:
        started, worked = time.perf_counter(), time.process_time()
        files = write_clue_cards(clues, folder, formats=formats.split("+"), today=DAY)
        seconds, work = time.perf_counter() - started, time.process_time() - worked
        size = sum(f.stat().st_size for f in files) / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"{formats:14} {number:4} cards {seconds:7.1f} s  (processor {work:6.1f} s)  {size:6.1f} MB  peak {peak:5.0f} MB\n")  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) > 2:
        measure(int(sys.argv[1]), sys.argv[2])
    else:
        for wanted in ("pdf", "docx", "html", "docx+pdf+html"):
            subprocess.run([sys.executable, __file__, sys.argv[1] if len(sys.argv) > 1 else "200", wanted], check=True)
