"""Every error this package raises on purpose, as one small tree; each says what, where, expected and what to do.

ChangjiGeoError
├── InputError          bad input or usage             exit code 2
│   ├── SpecError       a map description or a theme
│   ├── LayerError      a layer's file, columns or features
│   ├── IndicatorError  an indicator table or its definitions
│   └── CRSError        a missing or unusable coordinate reference system
└── EnvironmentFault    the machine, not the input     exit code 3
    ├── FontError       no font, or a glyph that no font has
    └── OutputError     a place that cannot be written
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


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
        ``"是不是“counties”？"`` or ``"可用：a、b、c"``; ``"（没有可用的名称）"`` for an empty list.
    """
    names = sorted(set(known))
    close = difflib.get_close_matches(given, names, n=2, cutoff=0.6)
    if close:
        return "是不是" + "或".join(f"“{name}”" for name in close) + "？"
    return "可用：" + "、".join(names) if names else "（没有可用的名称）"
