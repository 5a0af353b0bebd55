"""A file a person handed in -> all the files that belong to it, their digest, and a copy of them."""

from __future__ import annotations

import datetime
import hashlib
import shutil
import stat
from pathlib import Path

from changji_geo.errors import InputError, system_reason

_BEIJING = datetime.timezone(datetime.timedelta(hours=8))
_FAMILIES = {
    ".shp": {".shp", ".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qpj", ".shp.xml", ".fix"},
    ".tab": {".tab", ".dat", ".map", ".id", ".ind"},
    ".mif": {".mif", ".mid"},
}
"""Formats of several files: suffixes that share the main file's stem."""


def original_files(path: Path) -> tuple[Path, ...]:
    """The file and its companions (``.dbf``, ``.prj``, ...), or every file of a folder format, sorted by name.

    Parameters
    ----------
    path : path
        What was handed in.

    Raises
    ------
    InputError
        When it cannot be listed.
    """
    try:
        if path.is_dir():
            return tuple(sorted(f for f in path.rglob("*") if f.is_file()))
        family = _FAMILIES.get(path.suffix.lower())
        if family is None:
            return (path,)
        stem = path.stem.lower()
        return tuple(sorted(f for f in path.parent.iterdir() if f.is_file() and _companion(f, stem, family)))
    except OSError as cause:
        raise InputError(f"无法读取（{system_reason(cause)}）", where=str(path), fix="检查路径和权限") from cause


def digest_of(path: Path) -> str:
    """SHA-256 of a file, or of all files of it: each one's name and content in the order of `original_files`."""
    files = original_files(path)
    if len(files) == 1:
        return _hash_file(files[0]).hexdigest()
    whole = hashlib.sha256()
    base = path if path.is_dir() else path.parent
    for file in files:
        whole.update(f"{file.relative_to(base).as_posix()}\0{_hash_file(file).hexdigest()}\n".encode())
    return whole.hexdigest()


def date_of(path: Path) -> datetime.date:
    """The day, in Beijing time, when the file or the newest of its companions was last changed."""
    newest = max(file.stat().st_mtime for file in original_files(path))
    return datetime.datetime.fromtimestamp(newest, _BEIJING).date()


def copy_originals(path: Path, folder: Path) -> None:
    """Copy the file and its companions into a new folder; a folder format keeps its own folder."""
    base = path.parent
    for file in original_files(path):
        target = folder / file.relative_to(base)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)
        target.chmod(target.stat().st_mode | stat.S_IWRITE)  # Windows deletes nothing that is read-only


def _companion(file: Path, stem: str, family: set[str]) -> bool:
    name = file.name.lower()
    return any(name == stem + suffix for suffix in family)


def _hash_file(file: Path) -> hashlib._Hash:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256")
