"""Importing into and checking a ledger: what is written, what a second run finds, batches in their order, two at once."""

import dataclasses
import datetime
import functools
import json
import subprocess
import sys

import geopandas as gpd
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from changji_geo.clues.checks.stored import stored_priority, stored_results
from changji_geo.clues.desk.checking import check_clues
from changji_geo.clues.desk.deeds import drop_event, outline_event, set_event
from changji_geo.clues.desk.derived import filled_fields
from changji_geo.clues.desk.importing import import_clues
from changji_geo.clues.ledger.opening import create_ledger, open_ledger
from changji_geo.clues.model import Clue, NewEvent
from changji_geo.clues.settings import load_settings
from changji_geo.errors import ConflictError, InputError
from tests.crash_ledger import AT, imported
from tests.test_clues_checks import ZONES, workspace_at, write_reserves
from tests.tiny import write_layer

SETTINGS = load_settings()
CORE, ACROSS = box(88.02, 44.02, 88.03, 44.03), box(88.05, 44.02, 88.25, 44.04)
OUTSIDE, COUNTIES = box(88.5, 44.5, 88.51, 44.51), box(88.98, 44.5, 89.04, 44.52)
DAY = datetime.date(2025, 8, 1)


@pytest.fixture
def workspace(tmp_path):
    return workspace_at(tmp_path / "工作区")


@pytest.fixture
def ledger(tmp_path):
    with create_ledger(tmp_path / "台账.gpkg") as opened:
        yield opened


def add(ledger, *shapes, batch="绿盾2025-1", first=1, day=DAY, **values):
    """Clues of a batch, one for each shape; their ids."""
    ids = [f"LD2025-{first + n:04d}" for n in range(len(shapes))]
    more = {"batch": batch, "observed": day and day.isoformat(), **values}
    ledger.append([imported(i, shape=s, **more) for i, s in zip(ids, shapes, strict=True)], at=AT)
    return ids


def check(ledger, workspace, **more):
    return check_clues(ledger, actor="张三", at=AT, workspace=workspace, **more)


def result(ledger, clue_id, name):
    return next(r for r in stored_results(ledger.clue(clue_id)) if r.check == name)


def where(ledger, clue_id):
    fields = ledger.clue(clue_id).fields
    return tuple(fields.get(key) for key in ("county", "reserve", "zone"))


def changes(report):
    return [(c.clue_id[-1], c.check, c.layer_replaced) for c in report.changed]


def do(ledger, deed, clue_id, *args, **kwargs):
    return ledger.append([deed(ledger.clue(clue_id), *args, actor="李四", **kwargs)], at=AT)


# What is written


def test_a_check_stores_results_score_and_place(ledger, workspace):
    ids = add(ledger, CORE, ACROSS, OUTSIDE, COUNTIES)
    report = check(ledger, workspace)
    assert (report.checked, report.first, report.changed, report.unchanged, report.written) == (4, tuple(ids), (), 0, 4)
    assert [where(ledger, i) for i in ids] == [
        ("middle县", "甲保护区", "核心区"),
        ("middle县", "甲保护区", "缓冲区"),
        ("middle县", None, None),
        ("east县", None, None),
    ]
    assert result(ledger, ids[0], "reserve_zones").verdict == "supports"
    assert stored_priority(ledger.clue(ids[0])).score == 40.0  # 核心区 30 and, over 100,000 m2 inside, 10
    assert [use.id for use in report.layers] == ["counties", "prefecture", "reserves", "protected_areas"]
    assert {e.kind for e in ledger.events(after=4)} == {"check"} and ledger.verify() == ()


def test_a_second_check_writes_nothing(ledger, workspace):
    ids = add(ledger, CORE, Point(88.05, 44.05), Point(88.1, 44.05), CORE, OUTSIDE)
    add(ledger, ACROSS, first=6, day=None)
    check(ledger, workspace)
    count = ledger.head().count
    report = check(ledger, workspace)
    assert (report.checked, report.unchanged, report.written, report.first, report.changed) == (6, 6, 0, (), ())
    assert (report.conflicts, report.outdated, report.rescored, ledger.head().count) == (0, (), (), count)
    assert ledger.clue(ids[0]).fields["checks"]["filled"]["zone"] == "核心区"


def test_an_empty_ledger_and_a_batch_that_is_none(ledger, workspace):
    assert check(ledger, workspace).checked == 0
    add(ledger, CORE)
    with pytest.raises(InputError, match="台账里没有批次“绿盾2025”。处理：是不是“绿盾2025-1”？"):
        check(ledger, workspace, batch="绿盾2025")
    with pytest.raises(InputError, match="没有写明经办人"):
        check_clues(ledger, actor="", at=AT, workspace=workspace)


def test_only_the_batch_asked_for_is_checked(ledger, workspace):
    add(ledger, CORE)
    add(ledger, OUTSIDE, batch="绿盾2025-2", first=2)
    report = check(ledger, workspace, batch=" 绿盾2025-2 ")
    assert report.first == ("LD2025-0002",) and report.drops.imported == 1
    assert "checks" not in ledger.clue("LD2025-0001").fields


# What changed since


def test_a_replaced_layer_marks_what_changed_and_what_only_rests_on_another(ledger, workspace):
    add(ledger, CORE, ACROSS)
    check(ledger, workspace)
    root = workspace.roots[0]
    rows = [
        {"id": k, "name": k, "reserve_id": "jia", "reserve": "甲保护区",
         "zone_old": "实验区" if k == "buffer" else old, "zone_new": new}
        for k, (_, old, new) in ZONES.items()
    ]  # fmt: skip
    write_layer(root, "reserves", rows, [z[0] for z in ZONES.values()])
    report = check(ledger, workspace)
    assert ("1", "reserve_zones", True) in changes(report) and ("2", "reserve_zones", False) in changes(report)
    assert (report.first, report.unchanged, report.written) == ((), 0, 2)
    change = next(c for c in report.changed if c.clue_id == "LD2025-0002" and c.check == "reserve_zones")
    assert change.title == "自然保护区功能区"
    assert "缓冲区" in change.before.reason and "缓冲区" not in change.after.reason
    assert change.before.layers[0].sha256 != change.after.layers[0].sha256
    assert where(ledger, "LD2025-0002") == ("middle县", "甲保护区", "实验区")
    assert check(ledger, workspace).written == 0


def test_a_layer_with_the_same_shapes_but_another_hash_is_marked_as_such_only(ledger, workspace):
    add(ledger, CORE, OUTSIDE)
    check(ledger, workspace)
    file = workspace.roots[0] / "layers" / "counties" / "counties.geojson"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")), indent=1), encoding="utf-8")
    report = check(ledger, workspace)
    assert changes(report) == [("1", "county", True), ("2", "county", True)]
    assert report.written == 2 and result(ledger, "LD2025-0001", "county").layers == (report.layers[0],)


def test_a_layer_that_became_schematic_changes_the_words(ledger, workspace):
    add(ledger, CORE)
    check(ledger, workspace)
    write_reserves(workspace.roots[0], accuracy="schematic")
    report = check(ledger, workspace)
    change = next(c for c in report.changed if c.check == "reserve_zones")
    assert not change.layer_replaced and change.after.reason.endswith("；示意图层，不作为执法依据")


def test_a_redrawn_outline_is_seen_by_the_next_check(ledger, workspace):
    add(ledger, CORE)
    check(ledger, workspace)
    do(ledger, outline_event, "LD2025-0001", OUTSIDE, reason="位置有误")
    assert where(ledger, "LD2025-0001")[1] == "甲保护区"
    report = check(ledger, workspace)
    assert ("1", "reserve_zones", False) in changes(report)
    assert where(ledger, "LD2025-0001") == ("middle县", None, None)


def test_other_weights_change_the_score_only(ledger, workspace):
    add(ledger, CORE)
    check(ledger, workspace)
    weights = SETTINGS.priority.model_copy(update={"area_steps": ()})
    report = check(ledger, workspace, settings=SETTINGS.model_copy(update={"priority": weights}))
    assert (report.rescored, report.changed, report.written) == (("LD2025-0001",), (), 1)
    last = ledger.history("LD2025-0001")[-1]
    assert set(last.after) == {"priority"} and (last.before["priority"]["score"], last.after["priority"]["score"]) == (
        40.0,
        30.0,
    )


# County, reserve and zone


def test_a_persons_word_stays_whatever_the_layers_say(ledger, workspace):
    ids = add(ledger, CORE, CORE)
    do(ledger, set_event, ids[0], values={"county": "吉木萨尔县"})
    check(ledger, workspace)
    do(ledger, set_event, ids[1], values={"zone": "缓冲区"})
    for _ in range(2):
        write_reserves(workspace.roots[0], new=False)
        check(ledger, workspace)
        assert where(ledger, ids[0]) == ("吉木萨尔县", "甲保护区", "核心区")
        assert where(ledger, ids[1]) == ("middle县", "甲保护区", "缓冲区")
    # The checks agree with the person for a while, and then no longer: still that person's word.
    do(ledger, outline_event, ids[1], box(88.12, 44.02, 88.13, 44.03), reason="重画")
    check(ledger, workspace)
    do(ledger, outline_event, ids[1], OUTSIDE, reason="重画")
    check(ledger, workspace)
    assert where(ledger, ids[1]) == ("middle县", None, "缓冲区")


def test_a_field_that_a_person_emptied_is_filled_again(ledger, workspace):
    add(ledger, CORE)
    check(ledger, workspace)
    do(ledger, set_event, "LD2025-0001", values={"reserve": ""})
    check(ledger, workspace)
    assert where(ledger, "LD2025-0001")[1] == "甲保护区"


WORDS = st.sampled_from([None, "甲", "乙", "丙"])


@given(st.lists(st.tuples(st.booleans(), WORDS), max_size=12))
def test_another_word_by_hand_keeps_the_field_until_it_is_emptied(turns):
    """A word is a person's when it is another than the check's last one."""
    now, theirs, last = Clue("1", "B", "1", CORE, CORE, "待核查", None), False, None
    for by_hand, word in turns:
        value = now.fields.get("zone")
        if by_hand:
            now = dataclasses.replace(now, fields={**now.fields, "zone": word})
            theirs = word is not None and word != last
            continue
        for _ in range(2):
            changes, filled = filled_fields(now, {"county": None, "reserve": None, "zone": word})
            now = dataclasses.replace(now, fields={**now.fields, **changes, "checks": {"filled": filled}})
        assert changes == {}
        assert now.fields.get("zone") == (value if theirs else word)
        last = None if theirs else word


@pytest.mark.parametrize(
    ("shape", "day", "place"),
    [
        (CORE, None, ("middle县", "甲保护区", None)),
        (CORE, datetime.date(2026, 3, 14), ("middle县", "甲保护区", "核心区")),
        (CORE, datetime.date(2026, 3, 15), ("middle县", "甲保护区", "核心保护区")),
        (Point(88.05, 44.05), DAY, ("middle县", "甲保护区", "核心区")),
        (Point(88.1, 44.05), DAY, ("middle县", "甲保护区", None)),  # on the border of two zones
        (Point(88.0, 44.5), DAY, (None, None, None)),  # on the border of two counties
        (Point(80.0, 40.0), DAY, (None, None, None)),
        (box(87.5, 44.05, 88.001, 44.06), DAY, ("west县", "甲保护区", "核心区")),  # grazing: the check says so
    ],
)
def test_the_zone_is_that_of_the_scheme_of_the_day_and_absent_where_it_is_not_certain(
    ledger, workspace, shape, day, place
):
    add(ledger, shape, day=day)
    check(ledger, workspace)
    assert where(ledger, "LD2025-0001") == place


# Earlier batches


@pytest.mark.parametrize("old_first", [True, False])
def test_an_older_batch_is_earlier_in_whatever_order_it_came(ledger, workspace, old_first):
    old = {"batch": "绿盾2024-1", "day": datetime.date(2024, 8, 1), "first": 9}
    for old_now in (old_first, not old_first):
        add(ledger, box(88.02, 44.02, 88.025, 44.03), **old) if old_now else add(ledger, CORE)
    check(ledger, workspace)
    found = result(ledger, "LD2025-0001", "earlier")
    assert (found.verdict, found.evidence["change"], found.evidence["matches"]) == ("supports", "扩大", ["LD2025-0009"])
    assert result(ledger, "LD2025-0009", "earlier").verdict == "not_applicable"


def test_without_days_the_order_of_import_decides(ledger, workspace):
    add(ledger, CORE, batch="乙", day=None, first=5)
    add(ledger, CORE, batch="甲", day=None, first=7)
    check(ledger, workspace)
    assert result(ledger, "LD2025-0005", "earlier").verdict == "not_applicable"
    assert result(ledger, "LD2025-0007", "earlier").evidence["matches"] == ["LD2025-0005"]


def test_a_batch_that_comes_later_changes_nothing_for_those_before(ledger, workspace):
    add(ledger, CORE)
    check(ledger, workspace)
    add(ledger, CORE, batch="绿盾2026-1", day=datetime.date(2026, 8, 1), first=2)
    report = check(ledger, workspace)
    assert (report.first, report.changed, report.unchanged) == (("LD2025-0002",), (), 1)


# Drops


def test_dropped_and_kept_are_the_imported_and_a_drop_is_checked_too(ledger, workspace):
    ids = add(ledger, CORE, CORE, OUTSIDE)
    check(ledger, workspace)
    assert "与前面的 LD2025-0001 重复" in result(ledger, ids[1], "duplicates").reason
    do(ledger, drop_event, ids[1], code="duplicate", settings=SETTINGS)
    do(ledger, drop_event, ids[2], code="outside", settings=SETTINGS)
    report = check(ledger, workspace)
    account = report.drops
    assert (account.imported, account.kept, account.dropped) == (3, 1, 2)
    assert account.by_reason == {"duplicate": 1, "outside": 1}
    assert changes(report) == [("1", "duplicates", False)]
    assert report.checked == 3


def test_a_drop_reason_that_the_settings_do_not_have_stops_before_anything_is_written(ledger, workspace):
    add(ledger, CORE)
    ledger.append([NewEvent("LD2025-0001", "drop", "张三", {"dropped": ""}, {"dropped": "旧原因"})], at=AT)
    with pytest.raises(InputError, match="剔除原因“旧原因”不在设置里"):
        check(ledger, workspace)
    assert ledger.head().count == 2


# Others at the same time


class Meddling:
    """A ledger behind which another process writes, just before each of the first appends."""

    def __init__(self, ledger, *deeds):
        self._ledger, self._deeds = ledger, list(deeds)

    def __getattr__(self, name):
        return getattr(self._ledger, name)

    def append(self, events, *, at):
        if self._deeds:
            self._deeds.pop(0)()
        return self._ledger.append(events, at=at)


def test_a_clue_that_another_changed_is_read_again(ledger, workspace):
    ids = add(ledger, CORE, OUTSIDE)
    other = Meddling(ledger, lambda: do(ledger, set_event, ids[0], values={"county": "奇台县"}))
    report = check(other, workspace)
    assert (report.conflicts, report.written, report.first) == (1, 2, tuple(ids))
    assert where(ledger, ids[0])[0] == "奇台县" and ledger.verify() == ()


def test_two_checks_at_once_write_each_result_once(ledger, workspace):
    add(ledger, CORE, OUTSIDE)
    report = check(Meddling(ledger, lambda: check(ledger, workspace)), workspace)
    assert (report.conflicts, report.written, report.unchanged, ledger.head().count) == (1, 0, 2, 4)


def test_when_others_never_stop_the_message_says_so_and_nothing_is_written(ledger, workspace):
    ids = add(ledger, CORE, OUTSIDE)

    def score(number):
        now = {"priority": ledger.clue(ids[1]).fields.get("priority")}
        ledger.append([NewEvent(ids[1], "check", "李四", now, {"priority": {"score": number, "terms": []}})], at=AT)

    with pytest.raises(ConflictError) as caught:
        check(Meddling(ledger, *(functools.partial(score, n) for n in range(9))), workspace)
    assert str(caught.value).startswith(
        f"{ledger.path}：核查期间别人一直在改同一批线索，试了 4 次，什么也没有写入（线索 LD2025-0002 的 priority 现在是"
    )
    assert "checks" not in ledger.clue(ids[0]).fields and ledger.head().count == 6


def test_an_outline_redrawn_meanwhile_is_named_as_outdated(ledger, workspace):
    ids = add(ledger, CORE, OUTSIDE)
    other = Meddling(ledger, lambda: do(ledger, outline_event, ids[1], ACROSS, reason="重画"))
    report = check(other, workspace)
    assert (report.conflicts, report.outdated) == (0, (ids[1],))
    assert changes(check(ledger, workspace))[0][0] == "2"


def test_what_no_check_reads_does_not_make_a_result_outdated(ledger, workspace):
    ids = add(ledger, CORE)
    report = check(Meddling(ledger, lambda: do(ledger, set_event, ids[0], values={"remark": "x"})), workspace)
    assert (report.conflicts, report.outdated, report.written) == (0, (), 1)


# Importing


def gpkg(path, shapes, **columns):
    frame = gpd.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:4490")
    pyogrio.write_dataframe(frame, path, driver="GPKG", layer="clues")
    return path


def test_an_import_writes_once_and_says_what_came(tmp_path, ledger):
    path = gpkg(tmp_path / "a.gpkg", [CORE, OUTSIDE], 编号=["A", "B"], 备注=["=1+1", "<b>"])
    first = import_clues(ledger, path, batch="绿盾2025-1", actor="张三", at=AT)
    assert first.plan.new == ("LD2025-0001", "LD2025-0002") and first.incoming.row_count == 2
    assert [e.seq for e in first.events] == [1, 2] and first.events == ledger.events()
    again = import_clues(ledger, path, batch="绿盾2025-1", actor="张三", at=AT)
    assert (again.events, again.plan.unchanged) == ((), first.plan.new)
    assert ledger.clue("LD2025-0001").attributes["备注"] == "=1+1"


def test_an_import_that_another_overtook_gets_the_next_numbers(tmp_path, ledger):
    mine = gpkg(tmp_path / "a.gpkg", [CORE], 编号=["A"])
    theirs = gpkg(tmp_path / "b.gpkg", [OUTSIDE, CORE], 编号=["B", "A"])
    other = Meddling(ledger, lambda: import_clues(ledger, theirs, batch="绿盾2025-2", actor="李四", at=AT))
    assert import_clues(other, mine, batch="绿盾2025-1", actor="张三", at=AT).plan.new == ("LD2025-0003",)
    same = Meddling(ledger, lambda: import_clues(ledger, theirs, batch="绿盾2025-3", actor="李四", at=AT))
    found = import_clues(same, mine, batch="绿盾2025-3", actor="张三", at=AT)
    assert (found.plan.new, found.plan.unchanged, found.plan.absent) == ((), ("LD2025-0005",), ("LD2025-0004",))
    assert len(ledger.clues()) == 5 and ledger.verify() == ()


def test_an_import_that_never_gets_its_turn_says_so(tmp_path, ledger):
    path = gpkg(tmp_path / "a.gpkg", [CORE], 编号=["A"])
    deeds = [lambda n=n: ledger.append([imported(f"LD2025-{n:04d}")], at=AT) for n in range(1, 9)]
    with pytest.raises(ConflictError, match="导入期间别人一直在改同一批线索，试了 4 次，什么也没有写入"):
        import_clues(Meddling(ledger, *deeds), path, batch="绿盾2025-1", actor="张三", at=AT)
    assert [c.batch for c in ledger.clues()] == ["绿盾2025-1"] * 4 and ledger.clues()[0].original_id == "原-LD2025-0001"


def test_a_bad_file_writes_nothing(tmp_path, ledger):
    path = gpkg(tmp_path / "a.gpkg", [CORE, None], 编号=["A", "B"])
    with pytest.raises(InputError, match="第 2"):
        import_clues(ledger, path, batch="绿盾2025-1", actor="张三", at=AT)
    assert ledger.head().count == 0


def test_processes_that_import_and_check_at_once_lose_nothing(tmp_path, workspace):
    location = tmp_path / "共.gpkg"
    create_ledger(location).close()
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from changji_geo.clues.desk.checking import check_clues\n"
        "from changji_geo.clues.desk.importing import import_clues\n"
        "from changji_geo.clues.ledger.opening import open_ledger\n"
        "from changji_geo.resources import Workspace, packaged_root\n"
        "from tests.crash_ledger import AT\n"
        "location, file, batch, root = sys.argv[1:]\n"
        "space = Workspace((Path(root), packaged_root()))\n"
        "with open_ledger(location) as ledger:\n"
        "    import_clues(ledger, file, batch=batch, actor=batch, at=AT, workspace=space)\n"
        "    check_clues(ledger, actor=batch, at=AT, workspace=space, batch=batch)\n"
    )
    shapes = [box(88 + n / 1000, 44.02, 88.0005 + n / 1000, 44.03) for n in range(100)]
    file = gpkg(tmp_path / "a.gpkg", shapes, 编号=[str(n) for n in range(100)])
    batches = ("2025甲", "2025乙")
    children = [
        subprocess.Popen([sys.executable, "-c", code, location, file, batch, workspace.roots[0]]) for batch in batches
    ]
    assert [child.wait(timeout=120) for child in children] == [0, 0]
    with open_ledger(location) as ledger:
        assert ledger.verify() == ()
        assert [c.id for c in ledger.clues()] == [f"LD2025-{n:04d}" for n in range(1, 201)]
        assert {b: len(ledger.clues(batch=b)) for b in batches} == dict.fromkeys(batches, 100)
        assert all("checks" in c.fields for c in ledger.clues())
