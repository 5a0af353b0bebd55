"""A file from anywhere -> its durable copy in a ledger's evidence folder, registered; never half there, never overwritten."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath
from typing import IO

from changji_geo.clues.ledger.evidence_files import register_evidence
from changji_geo.clues.ledger.opening import is_database
from changji_geo.clues.model import EVIDENCE_ROLES_ZH, Evidence, EvidenceRole
from changji_geo.errors import InputError, OutputError, near_match, system_reason

LONGEST_NAME = 120
"""Bytes of a copy's name: file systems take 255, and Windows 260 characters for the whole path."""

STALE_S = 86_400.0
"""A scratch file that nobody wrote to for a day was left by a command that was killed: no copy takes that long."""

_SCRATCH = re.compile(r"\.[0-9a-f]{16}\.tmp")
_CHUNK = 1 << 20
_LONGEST_SUFFIX = 16
_DEVICES = frozenset({"CON", "PRN", "AUX", "NUL", *(f"{d}{n}" for d in ("COM", "LPT") for n in range(1, 10))})
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL})


def evidence_folder_of(location: Path | str) -> Path:
    """The folder for the evidence of a ledger file: beside ``台账.gpkg`` it is ``台账_证据``.

    Raises
    ------
    InputError
        For a ledger in a database: there is no place beside it.

    Examples
    --------
    >>> evidence_folder_of("年度/台账.gpkg").as_posix()
    '年度/台账_证据'
    """
    if is_database(location):
        raise InputError(
            "数据库里的台账旁边没有证据文件夹", expected="各台电脑都够得着的文件夹", fix="用 --evidence-dir 写明"
        )
    path = Path(location)
    return path.with_name(f"{path.stem}_证据")


def take_evidence(file: Path | str, folder: Path | str, *, clue_id: str, role: EvidenceRole) -> Evidence:
    """Copy a file into the evidence folder and register it.

    Parameters
    ----------
    file : path
        Any file that is not empty; it stays where it is.
    folder : path
        The ledger's evidence folder, made when missing.
    clue_id : str
        The clue it belongs to; the copy lies in a folder of this name.
    role : str
        What it shows, see `changji_geo.clues.model.EvidenceRole`.

    Returns
    -------
    Evidence
        Path within the folder, SHA-256, size and role. The copy keeps the file's name where the disk of any system can
        hold it, with ``-2``, ``-3`` ... where another file has it. A file of the same content that lies there already is
        used as it is. On return the copy is on the disk. What a killed copy for this clue left more than a day ago is
        cleared away.

    Raises
    ------
    InputError
        When the file is missing, empty, or no file; when the role or the clue's id is none.
    OutputError
        When the copy cannot be written; nothing is left under its name.
    """
    source, root = Path(file), Path(folder)
    if role not in EVIDENCE_ROLES_ZH:
        raise InputError(f"没有证据类别“{role}”", where=str(file), fix=near_match(str(role), EVIDENCE_ROLES_ZH))
    target = _folder_for(root, clue_id)
    with _opened(source) as handle:
        try:
            target.mkdir(parents=True, exist_ok=True)
            if not target.resolve().is_relative_to(root.resolve()):
                raise InputError(
                    "这条线索的证据文件夹指向别处",
                    where=str(target),
                    expected=f"{root} 之下的文件夹",
                    fix="删去这个链接",
                )
            _sweep(target)
            copy, digest = _copied(handle, source, target)
            try:
                kept = _published(copy, target, safe_name(source.name), digest)
            finally:
                with contextlib.suppress(FileNotFoundError):
                    copy.unlink()
            _sync_folder(target)
        except OSError as cause:
            raise OutputError(
                f"证据文件没有存成（{system_reason(cause)}）",
                where=str(target),
                fix="检查证据文件夹的写权限和磁盘空间后重试；什么也没有登记",
            ) from cause
    taken = register_evidence(kept, root, role=role)
    if taken.sha256 != digest:
        raise OutputError("写到磁盘上的与原文件不一样", where=str(kept), fix="检查磁盘；删去这个文件后重试")
    return taken


def leftover_copies(folder: Path | str) -> tuple[Path, ...]:
    """What killed commands left in an evidence folder, by path; also the scratch file of a copy that is under way.

    No event speaks of them, so that verification passes with them.
    """
    return tuple(sorted(file for file in Path(folder).glob("*/.*.tmp") if _SCRATCH.fullmatch(file.name)))


def _sweep(folder: Path) -> None:
    for file in folder.glob(".*.tmp"):
        with contextlib.suppress(OSError):
            if _SCRATCH.fullmatch(file.name) and time.time() - file.stat().st_mtime > STALE_S:
                file.unlink()


def evidence_as_it_lies(file: Path | str, role: EvidenceRole) -> Evidence:
    """The evidence that a file would be, before it is copied: to ask the rules first.

    Raises
    ------
    InputError
        When the file is missing, empty, or no file (a folder, a pipe, a device, of which reading would have no end).
    """
    with _opened(Path(file)):
        pass
    real = Path(file).resolve()
    return register_evidence(real, real.parent, role=role)


def _folder_for(root: Path, clue_id: str) -> Path:
    if not clue_id or safe_name(clue_id) != clue_id:
        raise InputError(f"线索编号 {clue_id!r} 不能作文件夹名", expected="LD2025-0001 这样的编号", fix="核对编号")
    return root / clue_id


@contextlib.contextmanager
def _opened(source: Path) -> Iterator[IO[bytes]]:
    """The file for reading, once it is known to be one that holds something."""
    where = str(source)
    try:
        if source.exists() and not source.is_file():
            raise InputError("不是文件", where=where, expected="照片、影像或文件", fix="逐个给出文件，不要给文件夹")
        handle = source.open("rb")
    except (OSError, ValueError) as cause:
        why = system_reason(cause) if isinstance(cause, OSError) else "路径不成立"
        raise InputError(f"证据文件读不出（{why}）", where=where, fix="核对路径和权限") from cause
    with handle:
        if os.fstat(handle.fileno()).st_size == 0:
            raise InputError("证据文件是空的（0 字节）", where=where, fix="重新取得这个文件")
        yield handle


def safe_name(name: str) -> str:
    """A name that Windows, Linux and a ledger's relative path all take; other names are altered as little as can be.

    Characters that are not seen go, too: one of them can make ``gpj.exe`` read ``exe.jpg``.

    Examples
    --------
    >>> safe_name("整改后 (1).JPG"), safe_name("../a:b?.jpg"), safe_name("con.txt")
    ('整改后 (1).JPG', '_a_b_.jpg', '_con.txt')
    """
    word = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    word = "".join("_" if c in '<>:"/\\|?*' or not c.isprintable() else c for c in word)
    word = word.lstrip(". ").rstrip(". ") or "证据"
    stem, dot, suffix = word.rpartition(".")
    if not dot or len(suffix.encode()) > _LONGEST_SUFFIX:
        stem, suffix = word, ""
    suffix = f".{suffix}" if suffix else ""
    room = LONGEST_NAME - len(suffix.encode())
    stem = stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ")
    word = f"{stem}{suffix}"
    return f"_{word}" if PureWindowsPath(word).stem.split(".")[0].rstrip().upper() in _DEVICES else word


def _copied(handle: IO[bytes], source: Path, folder: Path) -> tuple[Path, str]:
    """A copy under a name that nothing else has, on the disk, and its SHA-256."""
    scratch = folder / f".{secrets.token_hex(8)}.tmp"
    digest = hashlib.sha256()
    try:
        with scratch.open("xb") as out:
            while chunk := _read(handle, source):
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        with contextlib.suppress(OSError):
            scratch.unlink()
        raise
    return scratch, digest.hexdigest()


def _read(handle: IO[bytes], source: Path) -> bytes:
    try:
        return handle.read(_CHUNK)
    except OSError as cause:
        raise InputError(
            f"证据文件读到一半断了（{system_reason(cause)}）", where=str(source), fix="检查存储介质"
        ) from cause


def _published(copy: Path, folder: Path, name: str, digest: str) -> Path:
    """Give the copy its name, whole and at once; or find the same content there already."""
    same = _same_content(copy, folder, digest)
    if same is not None:
        return same
    stem, suffix = Path(name).stem, Path(name).suffix
    number = 1
    while True:
        target = folder / (name if number == 1 else f"{stem}-{number}{suffix}")
        try:
            os.link(copy, target)
        except FileExistsError:
            if _holds(target, digest):
                return target
            number += 1
        except OSError as cause:
            if cause.errno not in _NO_LINKS:
                raise
            # This disk knows no links. A name that says the content can only replace the same content.
            target = folder / f"{stem}-{digest[:16]}{suffix}"
            copy.replace(target)
            return target
        else:
            return target


def _same_content(copy: Path, folder: Path, digest: str) -> Path | None:
    size = copy.stat().st_size
    for file in sorted(folder.iterdir()):
        usable = not file.name.startswith(".") and not file.is_symlink() and file.is_file()
        if usable and file.stat().st_size == size and _holds(file, digest):
            return file
    return None


def _holds(file: Path, digest: str) -> bool:
    if file.is_symlink() or not file.is_file():
        return False
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest() == digest


def _sync_folder(folder: Path) -> None:
    """The names on the disk, too; Windows cannot open a folder, and does it by itself."""
    if os.name == "nt":
        return
    for path in (folder, folder.parent):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
