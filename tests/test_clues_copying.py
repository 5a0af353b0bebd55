"""Copying a ledger: every event to the letter between files and databases, or nothing at all."""

import contextlib
import os
import sqlite3
import subprocess
import sys

import pytest

from changji_geo.clues.ledger.copying import copy_ledger
from changji_geo.clues.ledger.opening import create_ledger, ledger_exists, open_ledger
from changji_geo.errors import InputError, OutputError
from tests.crash_ledger import AT, changed, imported
from tests.ledger_kinds import GpkgKind, PostgisKind, fill, messages

WAYS = [(a, b) for a in ("gpkg", "postgis") for b in ("gpkg", "postgis")]


@pytest.fixture
def place(request, tmp_path):
    """New places by kind."""

    def new(kind, name):
        if kind == "gpkg":
            (tmp_path / name).mkdir()
            return GpkgKind(tmp_path / name)
        return PostgisKind(request.getfixturevalue("postgres").new_schema())

    return new


@pytest.fixture
def source(place, request, tmp_path):
    """A filled ledger of the kind that the test names first."""
    kind = place(request.node.callspec.params["way"][0], "源")
    with create_ledger(kind.location) as ledger:
        fill(ledger, tmp_path / "证据")
    return kind


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_has_the_same_events_and_the_same_end(way, source, place, tmp_path):
    target = place(way[1], "抄")
    assert copy_ledger(source.location, target.location) == 20
    with open_ledger(source.location) as old, open_ledger(target.location) as new:
        assert new.events() == old.events()
        assert new.head() == old.head()
        assert new.clues() == old.clues()
        assert new.verify(tmp_path / "证据", anchor=old.head().anchor) == ()
        lot = [changed("LD2025-0004", "n", None, 1), imported("LD2025-0005")]
        assert new.append(lot, at=AT) == old.append(lot, at=AT)


@pytest.mark.parametrize("way", WAYS[1:3])
def test_there_and_back_again_is_the_same_to_the_letter(way, source, place):
    between, back = place(way[1], "中"), place(way[0], "回")
    copy_ledger(source.location, between.location)
    copy_ledger(between.location, back.location)
    names = "seq, clue_id, kind, at, actor, before, after, reason, evidence, prev_hash, hash, first_seq, state"
    rows = []
    for kind in (source, back):
        with kind.raw(guards=True) as db:
            rows.append([tuple(row) for row in db.execute(f"SELECT {names} FROM events ORDER BY seq").fetchall()])
    assert rows[0] == rows[1] and len(rows[0]) == 20


@pytest.mark.parametrize("way", WAYS)
def test_an_empty_ledger_is_filled_and_a_used_one_is_left_alone(way, source, place):
    target = place(way[1], "抄")
    create_ledger(target.location).close()
    assert copy_ledger(source.location, target.location) == 20
    with pytest.raises(InputError, match="台账里已有 20 件事件，不会覆盖。处理：抄到一个新的台账"):
        copy_ledger(source.location, target.location)
    with open_ledger(target.location) as ledger:
        assert (ledger.head().count, ledger.verify()) == (20, ())


@pytest.mark.parametrize("kind", ["gpkg", "postgis"])
def test_an_empty_ledger_is_copied_as_one(place, kind):
    source, target = place(kind, "源"), place(kind, "抄")
    create_ledger(source.location).close()
    assert copy_ledger(source.location, target.location) == 0
    with open_ledger(target.location) as ledger:
        assert (ledger.head().count, ledger.verify()) == (0, ())


@pytest.mark.parametrize("way", WAYS)
def test_a_source_that_does_not_verify_is_refused_with_its_faults(way, source, place):
    source.flip("reason", 12)
    with source.raw() as db:
        db.execute("DELETE FROM events WHERE seq = 14")
    target = place(way[1], "抄")
    with pytest.raises(InputError) as caught:
        copy_ledger(source.location, target.location)
    assert caught.value.problem.startswith("源台账核对不通过，共 ")
    assert "第 12 号事件的内容被改动" in caught.value.problem
    assert "第 14 号事件缺失" in caught.value.problem
    assert not ledger_exists(target.location)


def test_of_many_faults_the_first_are_listed(place):
    kind = place("gpkg", "源")
    with create_ledger(kind.location) as ledger:
        ledger.append([imported(f"线索{number}") for number in range(30)], at=AT)
    with kind.raw() as db:
        db.execute("UPDATE events SET reason = 'x'")
    with pytest.raises(InputError) as caught:
        copy_ledger(kind.location, kind.location.with_name("抄.gpkg"))
    assert "共 30 处" in caught.value.problem and caught.value.problem.endswith("；……")
    assert caught.value.problem.count("的内容被改动") == 10
    assert [path.name for path in kind.location.parent.iterdir()] == ["台账.gpkg"]


def test_a_source_that_is_not_there_makes_no_target(tmp_path):
    with pytest.raises(InputError, match="没有这个台账文件"):
        copy_ledger(tmp_path / "没有.gpkg", tmp_path / "抄.gpkg")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_ledger_is_not_written_over(place, tmp_path):
    source = place("gpkg", "源")
    create_ledger(source.location).close()
    (tmp_path / "文字.gpkg").write_text("不是数据库" * 500)
    with pytest.raises(InputError, match="不是 SQLite 文件"):
        copy_ledger(source.location, tmp_path / "文字.gpkg")
    assert (tmp_path / "文字.gpkg").read_text() == "不是数据库" * 500


def test_what_a_database_cannot_hold_leaves_no_ledger_there(place):
    source, target = place("gpkg", "源"), place("postgis", "抄")
    with create_ledger(source.location) as ledger:
        ledger.append([imported("甲"), imported("乙", attributes={"备注": "a\0b"})], at=AT)
    with pytest.raises(InputError, match="第 2 号事件：线索 乙 的 import 事件里有 NUL 字符"):
        copy_ledger(source.location, target.location)
    assert not ledger_exists(target.location)


def test_a_folder_that_cannot_be_made_is_an_output_error(place, tmp_path):
    source = place("gpkg", "源")
    create_ledger(source.location).close()
    (tmp_path / "文件").write_text("x")
    with pytest.raises(OutputError):
        copy_ledger(source.location, tmp_path / "文件" / "抄.gpkg")


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on the size of files")
def test_a_disk_that_fills_up_leaves_no_file(place):
    source = place("gpkg", "源")
    with create_ledger(source.location) as ledger:
        ledger.append([imported(f"线索{number}", note="字" * 5000) for number in range(60)], at=AT)
    target = source.location.with_name("抄.gpkg")
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))\n"
        "from changji_geo.clues.ledger.copying import copy_ledger\n"
        "from changji_geo.errors import OutputError\n"
        "try:\n    copy_ledger(sys.argv[1], sys.argv[2])\n"
        "except OutputError as refused:\n    sys.stdout.write(refused.problem)\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, source.location, target], capture_output=True, text=True, timeout=120, check=True
    )
    assert "本次什么也没有写入" in child.stdout
    assert [path.name for path in target.parent.iterdir()] == ["台账.gpkg"]


def test_a_target_that_would_not_verify_is_taken_back(place):
    """A trigger of somebody's own on the empty target alters what is written."""
    source, target = place("gpkg", "源"), place("gpkg", "抄")
    for kind in (source, target):
        create_ledger(kind.location).close()
    with open_ledger(source.location) as ledger:
        ledger.append([imported("甲")], at=AT)
    with contextlib.closing(sqlite3.connect(target.location)) as db:
        db.execute("CREATE TRIGGER strange AFTER INSERT ON events BEGIN UPDATE ledger_info SET ledger_version = 1; END")
        db.commit()
    with pytest.raises(InputError, match="抄出的台账核对不通过，共 1 处：多出触发器“strange”"):
        copy_ledger(source.location, target.location)
    with open_ledger(target.location) as ledger:
        assert ledger.head().count == 0
        assert messages(ledger.verify()) == ["多出触发器“strange”，不是本程序所建"]
