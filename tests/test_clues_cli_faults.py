"""Commands that are run twice, follow a kill, or meet a full disk: nothing is there twice or half, and the message says why."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from changji_geo.clues.desk.evidence import evidence_folder_of, leftover_copies
from changji_geo.clues.ledger.opening import open_ledger
from tests.test_cli_clues import IDS, patches

posix = pytest.mark.skipif(os.name != "posix", reason="needs limits of POSIX")
LONG_AGO_S = 2 * 86_400


# --- the same command a second time


@pytest.fixture
def ledger(run, tmp_path, monkeypatch):
    """A ledger of three clues, which the environment names with 张三 at work."""
    path = tmp_path / "台账.gpkg"
    monkeypatch.setenv("CHANGJI_GEO_LEDGER", str(path))
    monkeypatch.setenv("CHANGJI_GEO_BY", "张三")
    code, _, err = run("clues", "import", patches(tmp_path / "线索.geojson"), "--batch", "绿盾2025-1")
    assert code == 0, err
    return path


def photo(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def events_of(path):
    with open_ledger(path) as opened:
        return opened.events()


def test_evidence_registered_again_adds_nothing_and_says_which_event_has_it(run, ledger, tmp_path):
    one, two = photo(tmp_path / "前1.jpg", b"one"), photo(tmp_path / "前2.jpg", b"two")
    words = ("clues", "evidence", IDS[0], one, two, "--role", "整改前")
    assert run(*words)[0] == 0
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert f"线索 {IDS[0]}：证据以前都登记过（第 4 号事件），没有要写入的内容" in err
    assert len(events_of(ledger)) == 4


def test_of_some_files_only_the_new_ones_and_the_new_uses_are_registered(run, ledger, tmp_path):
    one, two = photo(tmp_path / "1.jpg", b"one"), photo(tmp_path / "2.jpg", b"two")
    assert run("clues", "evidence", IDS[0], one, "--role", "整改前")[0] == 0
    code, out, _ = run("clues", "evidence", IDS[0], one, two, two, "--role", "整改前")
    assert code == 0 and out.count("\n证据：") == 1 and "另有 2 份证据以前登记过，没有重复登记。" in out
    assert run("clues", "evidence", IDS[0], one, "--role", "现场核查")[0] == 0
    assert run("clues", "evidence", IDS[1], one, "--role", "整改前")[0] == 0
    found = [(e.clue_id, [(p.path, p.role) for p in e.evidence]) for e in events_of(ledger)[3:]]
    assert found == [
        (IDS[0], [(f"{IDS[0]}/1.jpg", "before")]),
        (IDS[0], [(f"{IDS[0]}/2.jpg", "before")]),
        (IDS[0], [(f"{IDS[0]}/1.jpg", "field")]),
        (IDS[1], [(f"{IDS[1]}/1.jpg", "before")]),
    ]


def test_a_set_that_was_written_already_registers_its_photo_once(run, ledger, tmp_path):
    file = photo(tmp_path / "现场.jpg", b"field")
    words = ("clues", "set", IDS[0], "--field", "责任单位=甲公司", "--evidence", file, "--role", "现场核查")
    assert run(*words)[0] == 0
    code, _, err = run(*words)
    assert code == 2 and "证据以前都登记过（第 4 号事件）" in err and len(events_of(ledger)) == 4
    # A deed that changes something names the files that it rests on, known or not.
    code, out, _ = run(*words[:3], "--status", "已核查-待整改", *words[5:])
    assert code == 0 and "现场.jpg" in out and len(events_of(ledger)[-1].evidence) == 1


def test_after_a_case_was_sent_back_the_same_file_can_be_registered_again(run, ledger, tmp_path):
    file = photo(tmp_path / "后.jpg", b"after")
    words = ("clues", "evidence", IDS[0], file, "--role", "整改后")
    assert run(*words)[0] == 0
    assert run("clues", "set", IDS[0], "--status", "已核查-待整改")[0] == 0
    assert run(*words)[0] == 2
    assert run("clues", "set", IDS[0], "--status", "退回重办", "--reason", "照片不清")[0] == 0
    assert run(*words)[0] == 0
    assert run(*words)[0] == 2


def test_a_field_file_read_back_twice_registers_its_photos_once(run, ledger, tmp_path):
    file = tmp_path / "外业.geojson"
    assert run("clues", "export", file)[0] == 0
    photo(tmp_path / "现场" / "1.jpg", b"one")
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"properties":{', '"properties":{"photo":"现场/1.jpg",', 1), encoding="utf-8")
    words = ("clues", "update", file, "--photos", "--yes")
    code, out, err = run(*words)
    assert code == 0 and "已写入 1 件事件（第 4 号）。" in out, err
    code, out, _ = run(*words)
    assert code == 0 and "1 张照片以前登记过，不再登记。" in out and "没有要写入的改动。" in out
    photo(tmp_path / "现场" / "1.jpg", b"another")
    assert "已写入 1 件事件（第 5 号）。" in run(*words)[1]
    assert [p.path for e in events_of(ledger) for p in e.evidence] == [f"{IDS[0]}/1.jpg", f"{IDS[0]}/1-2.jpg"]


# --- what a kill leaves


def test_what_a_killed_copy_left_is_named_and_swept_a_day_later(run, ledger, tmp_path):
    folder = evidence_folder_of(ledger) / IDS[0]
    old, new = photo(folder / ".0123456789abcdef.tmp", b"half"), photo(folder / ".fedcba9876543210.tmp", b"half")
    others = [
        photo(folder / name, b"x") for name in (".0123456789abcdef.tmp.jpg", ".notes.tmp", "0123456789abcdef.tmp")
    ]
    for file in (old, *others):
        os.utime(file, (time.time() - LONG_AGO_S,) * 2)
    code, _, err = run("clues", "verify")
    assert code == 0 and f"有 2 个没有复制完的临时文件（如 {old}）" in err
    assert run("clues", "evidence", IDS[0], photo(tmp_path / "前.jpg", b"before"))[0] == 0
    assert leftover_copies(folder.parent) == (new,) and all(file.exists() for file in others)
    new.unlink()
    assert "临时文件" not in run("clues", "verify")[2]


# --- a full disk


@contextlib.contextmanager
def no_file_beyond(size):
    """No file of this process can grow beyond a size, as on a full disk."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Python ignores the signal that would end the process.
    assert signal.getsignal(signal.SIGXFSZ) == signal.SIG_IGN
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@posix
def test_a_full_disk_is_told_and_leaves_the_ledger_as_it_was_and_no_half_file(run, ledger, tmp_path):
    out, big = tmp_path / "出", photo(tmp_path / "大.jpg", b"x" * 200_000)
    more = patches(tmp_path / "更多.geojson", places=tuple((88 + n / 100, 44.0) for n in range(100)))
    form = tmp_path / "表.geojson"
    assert run("clues", "export", form)[0] == 0
    form.write_text(form.read_text(encoding="utf-8").replace('"remark":null', '"remark":"补记"'), encoding="utf-8")
    before, names = ledger.read_bytes(), {p for p in tmp_path.rglob("*") if p.is_file()}
    commands = [
        ("import", more, "--batch", "绿盾2025-2"),
        ("import", more, "--batch", "绿盾2025-2", "--ledger", out / "新.gpkg"),
        ("check",),
        ("set", IDS[0], "--status", "已核查-待整改"),
        ("update", form, "--yes"),
        ("evidence", IDS[0], big),
        ("copy", ledger, out / "副本.gpkg"),
        *(("export", out / f"线索{suffix}") for suffix in (".kmz", ".gpkg", ".geojson")),
        ("cards", "--out", out / "卡", "--format", "docx", "--id", IDS[0]),
    ]
    for words in commands:
        with no_file_beyond(1_000):
            code, _, err = run("clues", *words)
        assert code == 3, (words, err)
        assert err.splitlines()[-1].startswith("错误：") and "磁盘" in err and "处理：" in err, (words, err)
        assert ledger.read_bytes() == before, words
        assert {p for p in tmp_path.rglob("*") if p.is_file()} == names, words
    code, said, _ = run("clues", "verify")
    assert code == 0 and "3 件事件" in said


@posix
def test_a_workbook_that_the_temporary_folder_cannot_hold_is_told(ledger, tmp_path):
    # In a process of its own: openpyxl leaves an unfinished generator behind.
    target = tmp_path / "台账.xlsx"
    command = [sys.executable, "-m", "changji_geo", "clues", "export", target]
    done = subprocess.run(["sh", "-c", 'ulimit -f 2; exec "$@"', "sh", *command], capture_output=True, text=True)
    assert done.returncode == 3 and f"错误：{target}：临时文件没有写成" in done.stderr and not target.exists()


@posix
def test_a_geopackage_is_never_cut_short_in_silence(run, ledger, tmp_path):
    """GDAL leaves out the spatial index, and says nothing, when the disk is full just as it makes it."""
    assert run("clues", "export", tmp_path / "全.gpkg", "--today", "2026-07-02")[0] == 0
    whole = (tmp_path / "全.gpkg").read_bytes()
    assert len(whole) < 200_000
    refused = 0
    for size in range(len(whole) - 49_152, len(whole), 12_288):
        target = tmp_path / f"{size}.gpkg"
        with no_file_beyond(size):
            code, _, err = run("clues", "export", target, "--today", "2026-07-02")
        assert code == 3 and f"{target}：" in err and "临时文件没有写成" in err and not target.exists()
        refused += 1
    assert refused == 4
    with contextlib.closing(sqlite3.connect(tmp_path / "全.gpkg")) as db:
        assert db.execute("SELECT count(*) FROM rtree_clues_geom").fetchone() == (3,)
