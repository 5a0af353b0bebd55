"""Every error this package raises on purpose, as one small tree; each says what, where, expected and what to do.

ChangjiGeoError
├── InputError          bad input or usage             exit code 2
│   ├── SpecError       a map description or a theme
│   ├── LayerError      a layer's file, columns or features
│   ├── IndicatorError  an indicator table or its definitions
│   ├── ConflictError   a record that another person changed in between
│   └── CRSError        a missing or unusable coordinate reference system
└── EnvironmentFault    the machine, not the input     exit code 3
    ├── FontError       no font, or a glyph that no font has
    └── OutputError     a place that cannot be written
"""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable

LISTED_NAMES = 20
"""How many known names a message lists before it only counts the rest."""


class ChangjiGeoError(Exception):
    """Base of all errors raised on purpose.

    Parameters
    ----------
    problem : str
        What was given and why it is refused (Chinese, one sentence, no full stop).
    where : str, optional
        File, row, key or feature id.
    expected : str, optional
        What would have been right.
    fix : str, optional
        What the user does next.
    """

    exit_code = 2

    def __init__(
        self,
        problem: str,
        *,
        where: str | None = None,
        expected: str | None = None,
        fix: str | None = None,
    ) -> None:
        self.problem = problem
        self.where = where
        self.expected = expected
        self.fix = fix
        parts = [f"{where}：{problem}" if where else problem]
        if expected:
            parts.append(f"应为：{expected}")
        if fix:
            parts.append(f"处理：{fix}")
        super().__init__("".join(p if p.endswith(("？", "。")) else p + "。" for p in parts))


class InputError(ChangjiGeoError):
    """Bad input or usage."""


class SpecError(InputError):
    """A map description or theme that cannot be used."""


class LayerError(InputError):
    """A layer whose file, columns or features cannot be used."""


class IndicatorError(InputError):
    """An indicator table or definition that cannot be used."""


class ConflictError(InputError):
    """The record is no longer what the writer saw: another one changed it in between."""


class CRSError(InputError):
    """A missing, unknown or mismatched coordinate reference system."""


class EnvironmentFault(ChangjiGeoError):
    """Something of the machine is missing or broken."""

    exit_code = 3


class FontError(EnvironmentFault):
    """No usable Chinese font, or a character that no available font can draw."""


class OutputError(EnvironmentFault):
    """An output that cannot be written."""


def near_match(given: str, known: Iterable[str]) -> str:
    """A Chinese hint for a mistyped name: the nearest known ones, else the list of all.

    Parameters
    ----------
    given : str
        What the user wrote.
    known : iterable of str
        The names that exist.

    Returns
    -------
    str
        ``"是不是“counties”？"`` or ``"可用：a、b、c"`` (of many the first 20 and their number); ``"（没有可用的名称）"`` for
        an empty list.
    """
    names = sorted(set(known))
    close = difflib.get_close_matches(given, names, n=2, cutoff=0.6)
    if close:
        return "是不是" + "或".join(f"“{name}”" for name in close) + "？"
    if not names:
        return "（没有可用的名称）"
    more = f"……共 {len(names)} 个" if len(names) > LISTED_NAMES else ""
    return "可用：" + "、".join(names[:LISTED_NAMES]) + more


def system_reason(cause: OSError) -> str:
    """Why the system refused a file, in Chinese where the reason is a common one.

    Examples
    --------
    >>> system_reason(OSError(errno.ENOSPC, "No space left on device"))
    '磁盘已满'
    """
    return _REASONS_ZH.get(cause.errno or 0) or cause.strerror or str(cause)


_REASONS_ZH = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EACCES: "没有权限，或文件正被其他程序打开",
    errno.EPERM: "没有权限",
    errno.EISDIR: "这是文件夹，不是文件",
    errno.ENOTDIR: "路径中有一段是文件，不是文件夹",
    errno.EEXIST: "该有文件夹的地方已有同名文件",
    errno.ENAMETOOLONG: "文件名或路径太长",
    errno.ENOSPC: "磁盘已满",
    errno.EROFS: "磁盘是只读的",
}
