"""A text -> the modules of its QR code, by segno; how they are drawn is the page's matter."""

from __future__ import annotations

import io

Modules = tuple[tuple[bool, ...], ...]

QUIET = 4
"""Light modules that must stay free around the code."""


def qr_modules(text: str) -> Modules:
    """The dark and light modules of a text, row by row from the top, without the quiet zone.

    Error correction M (15 %): a card is handled, folded and photographed in the field.
    """
    import segno

    made = segno.make(text, error="m", micro=False, boost_error=False)
    return tuple(tuple(bool(module) for module in row) for row in made.matrix)


def qr_png(text: str) -> bytes:
    """The code as PNG, ten pixels a module, without the quiet zone: white paper lies around it."""
    import segno

    out = io.BytesIO()
    segno.make(text, error="m", micro=False, boost_error=False).save(out, kind="png", scale=10, border=0)
    return out.getvalue()
