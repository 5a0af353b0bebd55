"""Evidence files: copied whole, durably and under a harmless name, never over another one; what is none is refused."""

import errno
import hashlib
import os
import random
import subprocess
import sys
import time
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changji_geo.clues.desk.evidence import (
    LONGEST_NAME,
    evidence_as_it_lies,
    evidence_folder_of,
    safe_name,
    take_evidence,
)
from changji_geo.clues.ledger.opening import create_ledger
from changji_geo.clues.model import Evidence, NewEvent
from changji_geo.errors import InputError, OutputError
from tests.crash_ledger import AT, imported

posix = pytest.mark.skipif(os.name != "posix", reason="needs links, pipes and limits of POSIX")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "台账_证据"


def photo(path, data=b"photo"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def names(folder):
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


def take(file, folder, role="before", clue_id="LD2025-0001"):
    return take_evidence(file, folder, clue_id=clue_id, role=role)


def test_a_file_is_copied_into_the_folder_of_its_clue_and_registered(tmp_path, folder):
    file = photo(tmp_path / "手机" / "前.jpg")
    digest = hashlib.sha256(b"photo").hexdigest()
    assert take(file, folder) == Evidence("LD2025-0001/前.jpg", digest, 5, "before")
    assert (names(folder), file.read_bytes()) == (["LD2025-0001/前.jpg"], b"photo")


def test_another_file_of_the_name_gets_a_number_and_the_same_content_is_used_again(tmp_path, folder):
    one, two = photo(tmp_path / "a" / "前.jpg", b"one"), photo(tmp_path / "b" / "前.jpg", b"two")
    three = photo(tmp_path / "c" / "改名.jpg", b"two")
    paths = [take(file, folder).path for file in (one, two, one, two, three)]
    assert paths == [f"LD2025-0001/{name}" for name in ("前.jpg", "前-2.jpg", "前.jpg", "前-2.jpg", "前-2.jpg")]
    assert names(folder) == ["LD2025-0001/前-2.jpg", "LD2025-0001/前.jpg"]
    assert (folder / "LD2025-0001/前.jpg").read_bytes() == b"one"


def test_the_same_file_of_two_clues_lies_there_twice(tmp_path, folder):
    file = photo(tmp_path / "总.pdf")
    take(file, folder, "document", "LD2025-0001")
    take(file, folder, "document", "LD2025-0002")
    assert names(folder) == ["LD2025-0001/总.pdf", "LD2025-0002/总.pdf"]


def test_a_file_that_lies_in_the_folder_already_stays_where_it_is(folder):
    assert take(photo(folder / "LD2025-0001" / "前.jpg"), folder).path == "LD2025-0001/前.jpg"
    assert names(folder) == ["LD2025-0001/前.jpg"]


def test_what_is_no_file_is_refused_in_words(tmp_path, folder):
    empty = photo(tmp_path / "空.jpg", b"")
    cases = [
        (tmp_path / "没有.jpg", "证据文件读不出（没有这个文件或文件夹）"),
        (tmp_path, "不是文件。应为：照片、影像或文件"),
        (empty, "证据文件是空的（0 字节）"),
        (tmp_path / "a\0b", "证据文件读不出（路径不成立）"),
        (tmp_path / ("长" * 300), "证据文件读不出（文件名或路径太长）"),
    ]
    for file, problem in cases:
        with pytest.raises(InputError) as caught:
            take(file, folder)
        assert problem in str(caught.value)
    assert names(tmp_path) == ["空.jpg"]


@posix
def test_a_pipe_is_not_waited_for(tmp_path, folder):
    os.mkfifo(tmp_path / "管道")
    with pytest.raises(InputError, match="不是文件"):
        take(tmp_path / "管道", folder)
    with pytest.raises(InputError, match="不是文件"):
        evidence_as_it_lies(tmp_path / "管道", "before")
    with pytest.raises(InputError, match="不是文件"):
        evidence_as_it_lies("/dev/zero", "before")


def test_evidence_is_known_before_it_is_copied(tmp_path, folder):
    photo(tmp_path / "前.jpg")
    lies = evidence_as_it_lies(tmp_path / "前.jpg", "before")
    assert (lies.sha256, lies.size, lies.role) == (hashlib.sha256(b"photo").hexdigest(), 5, "before")
    assert not folder.exists()


@pytest.mark.parametrize("clue_id", ["", "..", "../外", "a/b", "a\\b", "C:x", "LD\n", ".隐", "NUL"])
def test_an_id_that_leads_elsewhere_is_refused(tmp_path, folder, clue_id):
    with pytest.raises(InputError, match="不能作文件夹名"):
        take(photo(tmp_path / "前.jpg"), folder, clue_id=clue_id)
    assert names(tmp_path) == ["前.jpg"]


def test_a_role_that_is_none_is_named_with_the_nearest(tmp_path, folder):
    with pytest.raises(InputError, match="没有证据类别“befor”。处理：是不是“before”？"):
        take(photo(tmp_path / "前.jpg"), folder, role="befor")


@posix
def test_a_link_in_the_folder_leads_nothing_outside(tmp_path, folder):
    outside = photo(tmp_path / "外" / "重要.txt", b"keep")
    folder.mkdir()
    (folder / "LD2025-0001").symlink_to(outside.parent)
    with pytest.raises(InputError, match="证据文件夹指向别处"):
        take(photo(tmp_path / "前.jpg"), folder)
    (folder / "LD2025-0002").mkdir()
    (folder / "LD2025-0002" / "前.jpg").symlink_to(outside)
    file = photo(tmp_path / "b" / "前.jpg", b"keep")
    assert take(file, folder, clue_id="LD2025-0002").path == "LD2025-0002/前-2.jpg"
    assert (outside.read_bytes(), names(outside.parent)) == (b"keep", ["重要.txt"])


@posix
def test_a_link_to_a_photo_is_copied_as_the_photo(tmp_path, folder):
    (tmp_path / "链接.jpg").symlink_to(photo(tmp_path / "真.jpg"))
    taken = folder / take(tmp_path / "链接.jpg", folder).path
    assert (taken.name, taken.is_symlink(), taken.read_bytes()) == ("链接.jpg", False, b"photo")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a:b*c?.jpg", "a_b_c_.jpg"),
        ("..\\..\\x.jpg", "_.._x.jpg"),
        ("...", "证据"),
        (" .jpg. ", "jpg"),
        ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1"),
        ("照\u202egpj.exe", "照_gpj.exe"),
        ("a\nb.jpg", "a_b.jpg"),
        ("=HYPERLINK(1).jpg", "=HYPERLINK(1).jpg"),
        ("-rf.jpg", "-rf.jpg"),
        ("\udc80.jpg", "_.jpg"),
    ],
)
def test_a_name_that_some_system_cannot_hold_is_altered(name, safe):
    assert safe_name(name) == safe


@given(st.text(st.characters(), min_size=1, max_size=300))
def test_every_name_becomes_one_that_any_disk_and_the_ledger_take(name):
    safe = safe_name(name)
    assert safe_name(safe) == safe
    assert 0 < len(safe.encode()) <= LONGEST_NAME + 1
    assert not PureWindowsPath(safe).anchor and PureWindowsPath(safe).parts == (safe,) and safe not in (".", "..")
    assert safe.isprintable() and safe == safe.strip() and not safe.endswith(".")


def test_a_very_long_name_is_cut_but_its_ending_kept(tmp_path, folder):
    file = photo(tmp_path / ("照" * 82 + ".jpeg"))
    path = take(file, folder).path
    assert path == "LD2025-0001/" + "照" * 38 + ".jpeg"


def test_a_ledger_takes_what_was_taken_and_verifies(tmp_path):
    location = tmp_path / "台账.gpkg"
    folder = evidence_folder_of(location)
    assert folder == tmp_path / "台账_证据"
    files = [
        photo(tmp_path / "来" / name, name.encode("utf-8", "surrogateescape")) for name in ("=1+1.jpg", "点。.", "a:b")
    ]
    with create_ledger(location) as ledger:
        taken = tuple(take(file, folder) for file in files)
        ledger.append([imported("LD2025-0001"), NewEvent("LD2025-0001", "evidence", "张三", {}, {}, "", taken)], at=AT)
        assert ledger.verify(folder) == ()
        (folder / taken[1].path).write_bytes(b"x")
        assert "被换过" in ledger.verify(folder)[0].message


def test_a_ledger_in_a_database_has_no_folder_of_its_own():
    with pytest.raises(InputError, match="用 --evidence-dir 写明"):
        evidence_folder_of("postgresql://u@h/db?schema=clues")


# Faults of the disk


@posix
def test_a_full_disk_leaves_nothing_under_the_name(tmp_path, folder):
    """The child may not write files larger than 100 KB, as with a quota."""
    file = photo(tmp_path / "大.tif", b"x" * 3_000_000)
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))\n"
        "from changji_geo.clues.desk.evidence import take_evidence\n"
        "from changji_geo.errors import OutputError\n"
        "try:\n    take_evidence(sys.argv[1], sys.argv[2], clue_id='甲', role='after')\n"
        "except OutputError as refused:\n    sys.stdout.write(str(refused))\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, file, folder], capture_output=True, text=True, timeout=60, check=True
    )
    assert child.stdout.startswith(f"{folder / '甲'}：证据文件没有存成（")
    assert (folder / "甲").is_dir() and list((folder / "甲").iterdir()) == []


def test_a_file_where_the_folder_should_be_is_an_output_error(tmp_path, folder):
    photo(folder)
    with pytest.raises(OutputError, match="证据文件没有存成（该有文件夹的地方已有同名文件|路径中有一段是文件"):
        take(photo(tmp_path / "前.jpg"), folder)


def test_a_disk_without_links_takes_a_name_that_says_the_content(tmp_path, folder, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    one, two = photo(tmp_path / "a" / "前.jpg", b"one"), photo(tmp_path / "b" / "前.jpg", b"two")
    paths = [take(file, folder).path for file in (one, two, one)]
    digests = [hashlib.sha256(data).hexdigest()[:16] for data in (b"one", b"two", b"one")]
    assert paths == [f"LD2025-0001/前-{digest}.jpg" for digest in digests]
    assert len(names(folder)) == 2


def test_a_copy_killed_at_any_moment_leaves_no_half_file_under_a_name(tmp_path, folder):
    data = random.Random(1).randbytes(8_000_000)
    file = photo(tmp_path / "录像.mp4", data)
    code = (
        "import sys\n"
        "from changji_geo.clues.desk.evidence import take_evidence\n"
        "n = 0\n"
        "sys.stdout.write('ready\\n'); sys.stdout.flush()\n"
        "while True:\n    n += 1\n    take_evidence(sys.argv[1], sys.argv[2], clue_id=f'LD{n:04d}', role='after')\n"
    )
    rng = random.Random(20261123)
    for number in range(5):
        room = folder / str(number)
        with subprocess.Popen([sys.executable, "-c", code, file, room], stdout=subprocess.PIPE, text=True) as child:
            child.stdout.readline()
            moment = time.perf_counter() + rng.uniform(0, 0.3)
            while time.perf_counter() < moment:
                pass
            child.kill()
        for copy in room.rglob("*.mp4"):
            assert copy.read_bytes() == data


def test_two_processes_taking_files_of_one_name_lose_none(tmp_path, folder):
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from changji_geo.clues.desk.evidence import take_evidence\n"
        "for file in sorted(Path(sys.argv[1]).rglob('*.jpg')):\n"
        "    print(take_evidence(file, sys.argv[2], clue_id='甲', role='after').path)\n"
    )
    for side in "ab":
        for number in range(20):
            photo(tmp_path / side / str(number) / "后.jpg", f"{side}{number}".encode())
    children = [
        subprocess.Popen([sys.executable, "-c", code, tmp_path / side, folder], stdout=subprocess.PIPE, text=True)
        for side in "ab"
    ]
    told = [child.communicate(timeout=60)[0].split() for child in children]
    assert len({*told[0], *told[1]}) == 40
    contents = {(Path(folder) / path).read_text() for path in told[0] + told[1]}
    assert contents == {f"{side}{number}" for side in "ab" for number in range(20)}
