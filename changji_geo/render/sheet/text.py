"""Breaking Chinese and mixed text into lines that fit: text, width and a way to measure go in, lines come out."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

NO_LINE_START = frozenset("，。、；：？！）》〉」』】〕…—～·％‰℃′″°,.;:?!)]}%>’”")
NO_LINE_END = frozenset("（《〈「『【〔([{<‘“")


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def pieces(text: str) -> list[str]:
    """The parts a line may not be broken inside: a Chinese character, a Latin word or number, with the marks that cling to them.

    Examples
    --------
    >>> pieces("昌吉（PM2.5 均值），42")
    ['昌', '吉', '（PM2.5 ', '均', '值），', '42']
    """
    out: list[str] = []
    for character in text:
        glued = bool(out) and (
            character in NO_LINE_START
            or character == " "
            or out[-1][-1] in NO_LINE_END
            or not (_is_wide(character) or _is_wide(out[-1][-1]) or out[-1][-1] == " ")
        )
        if glued:
            out[-1] += character
        else:
            out.append(character)
    return out


def _split_long(piece: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """A piece wider than a whole line, cut anywhere."""
    out = [""]
    for character in piece:
        if out[-1] and measure(out[-1] + character) > width:
            out.append("")
        out[-1] += character
    return out


def wrap(text: str, width: float, measure: Callable[[str], float]) -> tuple[str, ...]:
    """Break a text into lines no wider than `width`.

    Parameters
    ----------
    text : str
        Line breaks in it are kept.
    width : float
        In the unit of `measure`.
    measure : callable
        Length of a string.

    Returns
    -------
    tuple of str
        Lines; joined again they give the text (a space at a break stays at the end of its line). Empty text: one empty line.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.append("")
        for piece in pieces(paragraph):
            if lines[-1] and measure((lines[-1] + piece).rstrip()) > width:
                lines.append("")
            if not lines[-1] and measure(piece.rstrip()) > width:
                parts = _split_long(piece, width, measure)
                lines[-1] = parts[0]
                lines.extend(parts[1:])
            else:
                lines[-1] += piece
    return tuple(lines)


def balance(text: str, count: int, measure: Callable[[str], float]) -> tuple[str, ...]:
    """Break a text into at most `count` lines of nearly equal length, for headings.

    Examples
    --------
    >>> balance("一二三四五六七", 2, len)
    ('一二三四', '五六七')
    """
    low, high = measure(text) / count, measure(text)
    for _ in range(24):
        middle = (low + high) / 2
        if len(wrap(text, middle, measure)) <= count:
            high = middle
        else:
            low = middle
    return wrap(text, high, measure)


def fit(
    text: str,
    width: float,
    sizes: tuple[tuple[float, int], ...],
    measure: Callable[[str, float], float],
) -> tuple[tuple[str, ...], float]:
    """The first of (size, line count) at which a text fits `width`; failing all, the last size with as many lines as it takes.

    Returns
    -------
    lines : tuple of str
    size : float
    """
    for size, count in sizes:
        lines = (text,) if count == 1 else balance(text, count, lambda s, z=size: measure(s, z))  # type: ignore[misc]
        if all(measure(line.rstrip(), size) <= width for line in lines):
            return lines, size
    size = sizes[-1][0]
    return wrap(text, width, lambda s: measure(s, size)), size
