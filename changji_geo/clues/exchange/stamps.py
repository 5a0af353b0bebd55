"""What a row said when it was exported, as a short text that travels with it: tells who changed what since.

A stamp holds a digest of each filled-in field and of the outline, and one of itself with the clue's id: a stamp that was
copied to another row, or edited, is not believed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from changji_geo.clues.exchange.cell_text import field_text
from changji_geo.clues.fields import FIELDS, Field
from changji_geo.clues.ledger.states import geometry_hex
from changji_geo.clues.model import Clue

STAMP_TITLE = "导出戳（勿改）"
STAMP_KEY = "stamp"

_OUTLINE = "outline"
_LENGTH = 10
_FORM = re.compile(rf"1((?:;[a-z_0-9]+:[0-9a-f]{{{_LENGTH}}})*)\|([0-9a-f]{{{_LENGTH}}})")


@dataclass(frozen=True)
class Stamp:
    """The digests of a stamp, by field."""

    digests: Mapping[str, str]

    def holds(self, field: Field, text: str) -> bool:
        """Whether the field had this text (of `field_text`) when it was exported."""
        return self.digests.get(field.key, "") == (_digest(text) if text else "")

    def holds_outline(self, clue: Clue) -> bool:
        """Whether the clue's outline is still the exported one."""
        return self.digests.get(_OUTLINE) == _digest(geometry_hex(clue.geometry))


def stamp_text(clue: Clue, values: Mapping[str, Any]) -> str:
    """The stamp of an exported clue.

    Parameters
    ----------
    clue : Clue
    values : mapping
        Key of a field -> the value that the file holds, as `field_text` takes it.
    """
    texts = {field.key: field_text(field, values.get(field.key)) for field in FIELDS}
    parts = [f";{key}:{_digest(text)}" for key, text in texts.items() if text]
    body = "".join([*parts, f";{_OUTLINE}:{_digest(geometry_hex(clue.geometry))}"])
    return f"1{body}|{_digest(clue.id + body)}"


def read_stamp(text: Any, clue_id: str) -> Stamp | None:
    """The stamp of a row that came back; None when it has none, or one that is not its own."""
    found = _FORM.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None or found[2] != _digest(clue_id + found[1]):
        return None
    return Stamp(dict(part.split(":") for part in found[1].split(";")[1:]))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]
