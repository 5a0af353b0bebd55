"""Batches cut into parts and checked by other processes: the same results as in one piece, whatever happens to a process."""

import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely import Point, Polygon, box

from changji_geo.clues.checks.context import build_context
from changji_geo.clues.checks.priority import score_clue
from changji_geo.clues.checks.running import run_checks
from changji_geo.clues.checks.stored import checks_value, priority_value
from changji_geo.clues.desk.checking import check_clues
from changji_geo.clues.desk.derived import derived_fields
from changji_geo.clues.desk.parts import Part, check_part, cut_parts, name_results, pack_clues, unpack_clues
from changji_geo.clues.desk.spelling import Speller
from changji_geo.clues.desk.workers import Workers
from changji_geo.clues.ledger.chain import canonical_json
from changji_geo.clues.ledger.opening import create_ledger
from changji_geo.clues.settings import load_settings
from tests.crash_ledger import AT, imported
from tests.test_clues_checks import clue, workspace_at

SETTINGS = load_settings()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return workspace_at(tmp_path_factory.mktemp("工作区"), accuracy="schematic")


@pytest.fixture(scope="module")
def context(workspace):
    return build_context(workspace)


def patches(count, seed=7):
    """Clues over and round the reserve, every tenth on the spot of the one 17 before it, every seventh a point."""
    rng = np.random.default_rng(seed)
    out = []
    for k in range(count):
        x, y = rng.uniform(87.9, 88.4), rng.uniform(43.95, 44.15)
        angle = np.sort(rng.uniform(0, 2 * np.pi, 7))
        star = Polygon(np.column_stack([x + 0.01 * np.cos(angle), y + 0.008 * np.sin(angle)])).buffer(0)
        shape = out[k - 17].geometry if k % 10 == 0 and k > 17 else Point(x, y) if k % 7 == 0 else star
        day = None if k % 13 == 0 else datetime.date(2025, 8, 1)
        out.append(clue(shape, id=f"LD2025-{k:04d}", day=day, 活动类型=("采石场", "旅游设施", "")[k % 3]))
    return out


def earlier_of(clues):
    day = datetime.date(2024, 8, 1)
    return [clue(c.geometry, id=f"LD2024-{n:04d}", day=day, batch="绿盾2024-1") for n, c in enumerate(clues[::9])]


def agree(one, other):
    """Whether two JSON values are the same but for the tenth digit of their numbers."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(agree(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(agree, one, other))
    return one == pytest.approx(other, rel=1e-9, abs=1e-9) if isinstance(one, float) else one == other


def plain(clues, earlier, workspace):
    """What the checks say of the whole batch at once."""
    found = run_checks(clues, build_context(workspace, earlier=earlier))
    return {clue_id: json.loads(canonical_json(checks_value(results))) for clue_id, results in found.items()}


def test_what_is_spelled_is_the_canonical_json_of_the_plain_values(context):
    found = run_checks(patches(60), context)
    speller = Speller(SETTINGS)
    for results in found.values():
        spelled = speller.spell(results)
        for filled in ({}, {"zone": "核心区", "county": "甲县"}):
            assert spelled.checks_json(filled) == canonical_json({**checks_value(results), "filled": filled})
        assert spelled.priority == canonical_json(priority_value(score_clue(results, SETTINGS)))
        assert spelled.fields == derived_fields(results)
        assert canonical_json(checks_value(spelled.results)) == canonical_json(checks_value(results))


def test_parts_hold_each_clue_once_and_beside_them_what_touches_them():
    near = [clue(box(87 + n / 10, 44, 87.05 + n / 10, 44.05), id=f"甲{n}") for n in range(4)]
    twin = clue(box(87.01, 44.01, 87.02, 44.02), id="乙")
    old = [clue(Point(87.12, 44.01), id="旧1"), clue(Point(89, 44.5), id="旧2")]
    first, second, third = cut_parts([*near, twin], old, SETTINGS, size=2)
    assert [[c.id for c in p.clues] for p in (first, second, third)] == [["甲0", "甲1"], ["甲2", "甲3"], ["乙"]]
    assert [[c.id for c in p.beside] for p in (first, second, third)] == [["乙"], [], ["甲0"]]
    # Where no earlier clue is near, one says that there are any.
    assert [[c.id for c in p.earlier] for p in (first, second, third)] == [["旧1"], ["旧1"], ["旧1"]]
    assert cut_parts(near, old, SETTINGS, size=4) == [Part(tuple(near), (), tuple(old))]
    assert cut_parts([], [], SETTINGS) == [Part((), (), ())]


def test_a_clue_without_a_shape_can_be_cut_into_parts(context):
    given = [clue(box(88, 44, 88.1, 44.1), id="甲"), clue(Polygon(), id="乙"), clue(Point(88.5, 44.5), id="丙")]
    parts = cut_parts(given, (), SETTINGS, size=1)
    found = name_results(parts, [check_part(part, context) for part in parts])
    assert [found[i].results[0].verdict for i in "甲乙丙"] == ["supports", "unclear", "supports"]
    assert found["乙"].results[0].reason.startswith("没有几何图形，无法量算")


@pytest.mark.parametrize("size", [1, 37])
def test_parts_say_what_the_whole_says(workspace, context, size):
    given = patches(111)
    old = earlier_of(given)
    parts = cut_parts(given, old, SETTINGS, size=size)
    found = name_results(parts, [check_part(part, context) for part in parts])
    expected = plain(given, old, workspace)
    assert list(found) == list(expected)
    changed = [r for i in expected for r in expected[i]["results"] if r["check"] in ("earlier", "duplicates")]
    assert {r["verdict"] for r in changed} == {"supports", "unclear", "contradicts"}
    for clue_id, spelled in found.items():
        assert agree(json.loads(f"{{{spelled.rest}}}"), expected[clue_id]), clue_id


def test_packed_clues_come_back_with_all_that_checks_look_at():
    redrawn = clue(box(88, 44, 88.1, 44.1), original=Polygon([(88, 44), (88.2, 44), (88.1, 44.3)]), 活动类型="采石场")
    point = clue(Point(88.1, 44.2, 800.0), id="乙", day=None, dropped="duplicate", 备注="长" * 500)
    first, second = unpack_clues(pack_clues([redrawn, point], SETTINGS))
    assert (first.id, first.batch, first.observed, first.attributes) == (
        redrawn.id, redrawn.batch, redrawn.observed, {"活动类型": "采石场"},
    )  # fmt: skip
    assert first.geometry == redrawn.geometry and first.original == redrawn.original
    assert second.original is second.geometry and shapely.get_z(second.geometry) == 800.0
    assert (second.dropped, second.observed, second.attributes) == ("duplicate", None, {})
    assert unpack_clues(pack_clues([], SETTINGS)) == ()


def test_other_processes_say_the_same_to_the_letter(context):
    given = patches(80)
    parts = cut_parts(given, earlier_of(given), SETTINGS, size=16)
    with Workers(2) as workers:
        processes = [*workers.processes]
        found = workers.check(parts, context)
        assert [p.poll() for p in processes] == [None, None]
    assert found == [check_part(part, context) for part in parts] and len(found) == 5
    assert all(p.poll() is not None for p in processes)


def test_the_part_of_a_process_that_dies_is_checked_here(context):
    parts = cut_parts(patches(24), (), SETTINGS, size=8)
    with Workers(2) as workers:
        for process in workers.processes:
            process.kill()
        assert workers.check(parts, context) == [check_part(part, context) for part in parts]


def test_without_further_processes_all_is_done_here(context):
    parts = cut_parts(patches(24), (), SETTINGS, size=8)
    with Workers(0) as workers:
        assert workers.processes == [] and workers.check(parts, context) == [check_part(p, context) for p in parts]


def test_an_error_leaves_no_process_behind(context):
    with pytest.raises(KeyboardInterrupt), Workers(2) as workers:
        processes = [*workers.processes]
        raise KeyboardInterrupt
    assert len(processes) == 2 and all(p.poll() is not None for p in processes)


def test_the_desk_writes_the_same_with_and_without_further_processes(tmp_path, workspace):
    texts = []
    for name, count in (("一", 0), ("二", 2)):
        with create_ledger(tmp_path / f"{name}.gpkg") as ledger:
            new = [imported(c.id, shape=c.geometry, observed="2025-08-01") for c in patches(30)]
            ledger.append(new, at=AT)
            report = check_clues(ledger, actor="张三", at=AT, workspace=workspace, workers=count)
            assert (report.written, report.unchanged) == (30, 0)
            assert check_clues(ledger, actor="张三", at=AT, workspace=workspace, workers=count).written == 0
            texts.append(ledger.head().last_hash)
    assert texts[0] == texts[1]


SCRIPT = """
from pathlib import Path
from changji_geo.clues.checks.context import build_context
from changji_geo.clues.desk.parts import cut_parts
from changji_geo.clues.desk.workers import Workers
from changji_geo.clues.settings import load_settings
from changji_geo.resources import Workspace
from tests.test_clues_desk_parts import patches
from tests.tiny import tiny_workspace
with open("runs.txt", "a") as file:
    file.write("x")
with Workers(2) as workers:
    context = build_context(tiny_workspace(Path({root!r})))
    found = workers.check(cut_parts(patches(20), (), load_settings(), size=5), context)
print(len(found), sum(map(len, found)))
"""


def test_a_script_without_a_main_guard_is_not_run_by_the_processes(tmp_path, workspace):
    script = tmp_path / "脚本.py"
    script.write_text(SCRIPT.format(root=str(workspace.roots[0])), encoding="utf-8")
    env = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(script)]
    run = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert (run.stdout.strip(), run.returncode) == ("4 20", 0), run.stderr
    assert (tmp_path / "runs.txt").read_text() == "x"


def test_a_process_whose_owner_is_gone_ends_by_itself(context):
    workers = Workers(1)
    (process,) = workers.processes
    process.stdin.close()  # what the system does to the pipe of a killed owner
    assert process.wait(timeout=60) == 0
    process.stdout.close()
