"""A ledger on a network share is noticed, and its lock file lets one writer in at a time."""

import json
import os
import platform
import subprocess
import sys
from pathlib import PurePosixPath

import pytest

from changji_geo.clues.ledger.gpkg.share_lock import find_share, lock_path, share_among, share_lock
from changji_geo.errors import EnvironmentFault

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
tmpfs /run tmpfs rw 0 0
//nas/gis /mnt/共享 cifs rw 0 0
nas:/data /mnt/a\\040b nfs4 rw 0 0
me@host: /mnt/remote fuse.sshfs rw 0 0
/dev/sdb1 /mnt/共享/本地 ext4 rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/data/L.gpkg", ""), ("/mnt/共享/L.gpkg", "cifs"), ("/mnt/共享2/L.gpkg", ""), ("/mnt/a b/c/L.gpkg", "nfs4"),
        ("/mnt/remote/L.gpkg", "sshfs"), ("/mnt/共享/本地/L.gpkg", ""),
    ],
)  # fmt: skip
def test_the_nearest_mount_decides(path, kind):
    assert share_among(PurePosixPath(path), MOUNTS) == kind


def test_a_temporary_folder_is_no_share(tmp_path):
    assert find_share(tmp_path / "L.gpkg") == ""


def test_the_lock_is_there_for_the_time_of_the_block(tmp_path):
    path = tmp_path / "L.gpkg"
    with share_lock(path, timeout_s=0):
        assert json.loads(lock_path(path).read_bytes())["pid"] == os.getpid()
    assert list(tmp_path.iterdir()) == []


def test_who_holds_the_lock_is_said(tmp_path):
    path = tmp_path / "L.gpkg"
    with share_lock(path, timeout_s=0), pytest.raises(EnvironmentFault) as caught, share_lock(path, timeout_s=0):
        pass
    assert f"台账被锁住（电脑 {platform.node()}，进程 {os.getpid()}）" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_stays_empty_is_taken_after_a_while_and_not_before(tmp_path):
    path = tmp_path / "L.gpkg"
    lock_path(path).touch()
    with pytest.raises(EnvironmentFault, match="台账被锁住"), share_lock(path, timeout_s=0.2, empty_s=60):
        pass
    assert lock_path(path).exists()
    with share_lock(path, timeout_s=30, empty_s=0.2):
        assert json.loads(lock_path(path).read_bytes())["pid"] == os.getpid()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_of_a_process_that_is_gone_is_taken(tmp_path):
    path = tmp_path / "L.gpkg"
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait(timeout=60)
    lock_path(path).write_text(json.dumps({"host": platform.node(), "pid": child.pid, "token": "x"}))
    with share_lock(path, timeout_s=0):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_lock_of_another_computer_is_kept_until_it_is_old(tmp_path):
    path = tmp_path / "L.gpkg"
    lock_path(path).write_text(json.dumps({"host": "别的电脑", "pid": 1, "token": "x"}))
    with pytest.raises(EnvironmentFault, match="电脑 别的电脑，进程 1"), share_lock(path, timeout_s=0):
        pass
    os.utime(lock_path(path), (0, 0))
    with share_lock(path, timeout_s=0):
        pass
    assert list(tmp_path.iterdir()) == []
