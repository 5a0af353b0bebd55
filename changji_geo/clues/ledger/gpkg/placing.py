"""A finished scratch file -> its name, never over another file."""

from __future__ import annotations

import os
from pathlib import Path

from changji_geo.errors import InputError, OutputError, system_reason


def place_new(scratch: Path, path: Path) -> None:
    """Give a finished file of the same folder its name, unless the name is taken by now.

    Raises
    ------
    InputError
        When there is such a file already.
    OutputError
        When the folder cannot be written.
    """
    try:
        _place(scratch, path)
    except FileExistsError as cause:
        raise InputError(
            "已有同名文件，不会覆盖", where=str(path), fix="换一个文件名，或打开这个台账继续登记"
        ) from cause
    except OSError as cause:
        raise OutputError(
            f"无法建立台账（{system_reason(cause)}）", where=str(path), fix="检查文件夹的写权限和磁盘空间"
        ) from cause


def _place(scratch: Path, path: Path) -> None:
    if os.name == "nt":
        scratch.rename(path)
        return
    try:
        os.link(scratch, path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links: the moment between the two lines is the price.
        if path.exists():
            raise FileExistsError(str(path)) from None
        scratch.rename(path)
