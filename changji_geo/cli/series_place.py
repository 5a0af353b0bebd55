"""Where a command may write a series: a free id in the user's own workspace, or one that is to be replaced."""

from __future__ import annotations

import re
from pathlib import Path

from changji_geo.errors import InputError


def own_workspace(workspace: Path | None) -> Path:
    """The folder of the user's own workspace, found as every command finds it.

    Raises
    ------
    InputError
        There is only the shipped data.
    """
    from changji_geo.resources import find_workspace, own_root

    return own_root(find_workspace(workspace))


def require_series_place(series: str, workspace: Path | None, *, replace: bool) -> Path:
    """The folder for a series; refuse one that could not be written, before any work is done.

    Raises
    ------
    InputError
        No workspace, an id that is none, or one that another series has and that is not to be replaced.
    """
    folder = own_workspace(workspace) / "layers" / "series"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", series):
        raise InputError(
            f"--series 的“{series}”不能作标识", expected="小写字母、数字和下划线，如 air_daily_2025", fix="改写"
        )
    if (folder / f"{series}.toml").exists() and not replace:
        raise InputError(
            f"工作区里已有时间序列 {series}，不会覆盖",
            where=str(folder),
            fix="要替换就加 --replace；要并存就换一个标识",
        )
    return folder
