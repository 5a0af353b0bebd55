r"""Text in workbook cells: Office takes ``_x0041_`` for the letter A, so an underscore that begins such a word is spelt out."""

from __future__ import annotations

import re

_CODE = re.compile(r"_x(005[Ff]|00[01][0-9A-Fa-f])_")
_ALIKE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def escaped_text(text: str) -> str:
    """The text as the file must hold it (ECMA-376 part 1, 22.9.2.19).

    Examples
    --------
    >>> escaped_text("编号_x0041_"), plain_text("编号_x005F_x0041_")
    ('编号_x005F_x0041_', '编号_x0041_')
    """
    return _ALIKE.sub("_x005F_", text)


def plain_text(text: str) -> str:
    """The text that Office shows for what a file holds.

    Only the codes that programs write are undone, those of the underscore and of control characters: LibreOffice spells
    nothing out, so that ``_x0041_`` may well be meant.
    """
    return _CODE.sub(lambda found: chr(int(found[1], 16)), text)
