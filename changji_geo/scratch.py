"""What fails in the temporary folder, where GDAL and openpyxl write first -> an error that names that folder and its disk."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from changji_geo.errors import OutputError, system_reason

_WRITERS = frozenset({"lxml", "pyogrio"})
"""Packages whose errors stand for the disk's: pyogrio for GDAL; lxml, where it is there, writes the sheets of openpyxl."""


@contextlib.contextmanager
def scratch_faults(path: Path) -> Iterator[None]:
    """Run a block that makes the content of a file in the temporary folder.

    Parameters
    ----------
    path : path
        The file that is to be made, for the message.

    Raises
    ------
    OutputError
        When the temporary folder is full or cannot be written.
    """
    try:
        yield
    except Exception as cause:
        if not isinstance(cause, OSError | sqlite3.Error) and type(cause).__module__.partition(".")[0] not in _WRITERS:
            raise
        why = f"（{system_reason(cause)}）" if isinstance(cause, OSError) else ""
        raise OutputError(
            f"临时文件没有写成{why}",
            where=str(path),
            fix=f"检查临时文件夹 {tempfile.gettempdir()} 的写权限和磁盘空间；这个文件没有写出",
        ) from cause
