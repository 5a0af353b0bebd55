"""What a command shows: UTF-8 streams, tables and progress, pretty on a terminal and plain in a pipe."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import TextIO

_NEVER_FIRST = "，。；：、！？）》”’】"


def use_utf8() -> None:
    """Make the standard streams UTF-8, whatever the console's code page or locale; what cannot be shown becomes ``?``."""
    if sys.stdout is None:  # closed by the caller; typer flushes it
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - lives as long as the process
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            with contextlib.suppress(ValueError, OSError):
                reconfigure(encoding="utf-8", errors="replace")


def say(text: str) -> None:
    """Print a line of result."""
    print(text)


def warn(text: str) -> None:
    """Print a line for the person, not for the pipe."""
    print(text, file=sys.stderr)


def is_terminal(stream: TextIO | None = None) -> bool:
    """Whether a person is watching."""
    stream = stream or sys.stdout
    return bool(getattr(stream, "isatty", lambda: False)())


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str = "") -> None:
    """Print rows: a drawn table on a terminal, tab-separated lines with a header in a pipe."""
    cells = [[_cell(value) for value in row] for row in rows]
    if not is_terminal():
        for line in (list(columns), *cells):
            print("\t".join(line))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for name in columns:
        drawn.add_column(name, overflow="fold")
    for line in cells:
        drawn.add_row(*(Text(cell) for cell in line))
    Console().print(drawn)


@contextlib.contextmanager
def progress_bar(task: str) -> Iterator[Callable[[int, int, str], None]]:
    """Yield ``step(done, total, name)``; draws a bar on standard error when that is a terminal, else does nothing.

    Parameters
    ----------
    task : str
        What is going on, shown before the bar.
    """
    if not is_terminal(sys.stderr):
        yield lambda done, total, name: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        handle = bar.add_task(task, total=None)

        def step(done: int, total: int, name: str) -> None:
            bar.update(handle, completed=done, total=total, description=f"{task} {name}".strip())

        yield step


def text_width(text: str) -> int:
    """Columns that a text takes on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text if not unicodedata.combining(c))


def pad(text: str, width: int) -> str:
    """Text filled with spaces to a width in columns."""
    return text + " " * max(width - text_width(text), 0)


def page_width() -> int:
    """Columns to write help in: the terminal's, at most 100."""
    return min(max(shutil.get_terminal_size((100, 24)).columns, 40), 100)


def wrap(text: str, width: int) -> list[str]:
    """Break a text into lines of at most `width` columns; words of Latin letters stay whole, and no line starts with ``，``."""
    out: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _pieces(paragraph):
            if line and text_width(line + piece.rstrip()) > width and piece not in _NEVER_FIRST:
                out.append(line.rstrip())
                line = piece.lstrip()
            else:
                line += piece
        out.append(line.rstrip())
    return out


def _pieces(text: str) -> Iterator[str]:
    """Units that must not be broken: a run of narrow characters up to a space, or one wide character."""
    run = ""
    for char in text:
        wide = unicodedata.east_asian_width(char) in "WF"
        if wide and run:
            yield run
            run = ""
        if wide:
            yield char
        else:
            run += char
            if char == " ":
                yield run
                run = ""
    if run:
        yield run


def _cell(value: object) -> str:
    """A value as one line without control characters, which could otherwise rewrite the terminal."""
    text = "" if value is None else str(value)
    return "".join(" " if c in "\t\r\n" else c for c in text if c in "\t\r\n" or unicodedata.category(c) != "Cc")
