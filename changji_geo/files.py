"""Writing files so that a reader never sees half of one."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from changji_geo.errors import OutputError, system_reason


def write_atomic(path: Path | str, data: bytes | str) -> Path:
    r"""Write a whole file or leave what was there.

    The bytes go to a temporary file in the same folder, are flushed to disk, and replace the target in one step.

    Parameters
    ----------
    path : path
        Target file; missing parent folders are made.
    data : bytes or str
        Content; text is written as UTF-8 with ``\n`` line ends on every system.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    OutputError
        When the folder or file cannot be written; an existing file is then unchanged.
    """
    target = Path(path)
    content = data.encode("utf-8") if isinstance(data, str) else data
    scratch = target.with_name(f".{target.name[:60]}.{secrets.token_hex(4)}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with scratch.open("xb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        scratch.replace(target)
    except OSError as cause:
        with contextlib.suppress(OSError):
            scratch.unlink()
        raise OutputError(
            f"无法写入（{system_reason(cause)}）",
            where=str(target),
            fix="检查文件夹是否存在、是否有写权限、文件是否正被其他程序打开、磁盘是否已满",
        ) from cause
    return target
