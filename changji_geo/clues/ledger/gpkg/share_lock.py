"""Ledgers on network shares: noticing them, and a lock file beside the ledger for the time of a write.

SQLite's own locks are unreliable on many shares (SMB with caching, NFS without a lock service); a file that only one process
can create works on all of them. It is a second lock, not a replacement: programs that know nothing of it still meet SQLite's.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import secrets
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from changji_geo.errors import EnvironmentFault, OutputError, system_reason

NETWORK_SYSTEMS = frozenset(
    {"9p", "afs", "ceph", "cifs", "davfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs", "sshfs"}
)
"""File systems of ``/proc/mounts`` that are another machine's; also with ``fuse.`` before the name."""

STALE_S = 600.0
"""A lock this old was left by a process that died: a write takes seconds."""

EMPTY_S = 5.0
"""A lock file that stays empty this long was left by a process that died between making it and writing into it."""

_POLL_S = 0.05
_MOUNTS = Path("/proc/mounts")


def find_share(path: Path) -> str:
    """What kind of network share a file lies on: ``"cifs"``, ``"UNC"``, ...; "" for a local disk or when it cannot be told.

    A Windows drive letter that stands for a share cannot be told from a local one here.
    """
    full = path if str(path).startswith(("\\\\", "//")) else path.resolve()
    if str(full).startswith("\\\\"):
        return "UNC"
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return share_among(PurePosixPath(full), mounts)


def share_among(path: PurePosixPath, mounts: str) -> str:
    r"""The network file system that holds a path, going by the text of ``/proc/mounts``.

    Examples
    --------
    >>> share_among(PurePosixPath("/mnt/share/台账.gpkg"), "/dev/sda1 / ext4 rw 0 0\n//nas/gis /mnt/share cifs rw 0 0\n")
    'cifs'
    """
    best, system = PurePosixPath(), ""
    for line in mounts.splitlines():
        words = line.split()
        if len(words) < 3:
            continue
        point = PurePosixPath(words[1].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\"))
        if path.is_relative_to(point) and len(point.parts) >= len(best.parts):
            best, system = point, words[2].removeprefix("fuse.")
    return system if system in NETWORK_SYSTEMS else ""


def lock_path(path: Path) -> Path:
    """``L.gpkg`` -> ``L.gpkg.lock``."""
    return path.with_name(path.name + ".lock")


@contextlib.contextmanager
def share_lock(path: Path, *, timeout_s: float, stale_s: float = STALE_S, empty_s: float = EMPTY_S) -> Iterator[None]:
    """Hold ``<path>.lock`` while the block runs.

    Raises
    ------
    EnvironmentFault
        When somebody else holds it for longer than `timeout_s`; the message says who.
    OutputError
        When the folder cannot be written.
    """
    lock = lock_path(path)
    mine = json.dumps({"host": platform.node(), "pid": os.getpid(), "token": secrets.token_hex(8)}).encode()
    end = time.monotonic() + timeout_s
    empty_since: float | None = None
    while not _create(lock, mine):
        held = _read(lock)
        # By our own clock: that of the share may be another.
        empty_since = (empty_since or time.monotonic()) if _is_empty(lock) else None
        abandoned = empty_since is not None and time.monotonic() - empty_since > empty_s
        if abandoned or (held and _is_stale(lock, held, stale_s)):
            _remove(lock, held)
        elif time.monotonic() >= end:
            raise EnvironmentFault(
                f"台账被锁住（{_holder(held)}）",
                where=str(path),
                fix=f"等对方写完；确认对方已不在运行，才可删除 {lock.name}",
            )
        else:
            time.sleep(_POLL_S)
    try:
        yield
    finally:
        _remove(lock, mine)


def _create(lock: Path, content: bytes) -> bool:
    try:
        handle = lock.open("xb")
        try:
            with handle:
                handle.write(content)
        except OSError:
            lock.unlink(missing_ok=True)
            raise
    except FileExistsError:
        return False
    except OSError as cause:
        raise OutputError(
            f"不能在台账旁建立锁文件（{system_reason(cause)}）", where=str(lock), fix="检查共享文件夹的写权限"
        ) from cause
    return True


def _read(lock: Path) -> bytes:
    try:
        return lock.read_bytes()
    except OSError:
        return b""


def _is_empty(lock: Path) -> bool:
    try:
        return lock.stat().st_size == 0
    except OSError:
        return False


def _is_stale(lock: Path, held: bytes, stale_s: float) -> bool:
    """Left by a process of this machine that is gone, or by anybody long ago."""
    try:
        owner = json.loads(held)
        here = owner["host"] == platform.node()
        if here and os.name == "posix" and not _is_alive(int(owner["pid"])):
            return True
    except (ValueError, KeyError, TypeError):
        pass
    try:
        return time.time() - lock.stat().st_mtime > stale_s
    except OSError:
        return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _remove(lock: Path, content: bytes) -> None:
    """Take the lock away if it is still this one: moved aside first, so that two who find it stale do not take a new one."""
    if _read(lock) != content:
        return
    aside = lock.with_name(f"{lock.name}.{secrets.token_hex(4)}")
    with contextlib.suppress(OSError):
        lock.rename(aside)
        if _read(aside) != content and not lock.exists():
            aside.rename(lock)
        else:
            aside.unlink()


def _holder(held: bytes) -> str:
    try:
        owner = json.loads(held)
        return f"电脑 {owner['host']}，进程 {owner['pid']}"
    except (ValueError, KeyError, TypeError):
        return "不知是谁"
