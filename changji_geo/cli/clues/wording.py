"""Clues and events in the words of the screen: what kind of event, which fields, from what to what."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from changji_geo.cli.console import warn

if TYPE_CHECKING:
    from changji_geo.clues.model import Event, EventKind

KINDS_ZH: dict[EventKind, str] = {
    "import": "导入",
    "reimport": "再次导入",
    "check": "检查",
    "set": "修改",
    "outline": "改图形",
    "drop": "剔除",
    "restore": "恢复",
    "audit": "复核",
    "evidence": "登记证据",
    "close": "销号",
}

NOTHING = "（空）"
_LONGEST = 60
_UNSPOKEN = frozenset({"imported", "original", "attributes", "priority", "buffer_m"})
"""Values that are whole tables; the event's reason says what of them matters."""


def shown(value: Any) -> str:
    """A value in a line, shortened; ``（空）`` for none.

    Examples
    --------
    >>> shown(None), shown("奇台县"), shown({"a": 1})
    ('（空）', '奇台县', '{"a":1}')
    """
    if value is None or value == "":
        return NOTHING
    from changji_geo.clues.ledger.chain import canonical_json

    return plain_line(value if isinstance(value, str) else canonical_json(value))


def plain_line(text: str, longest: int = _LONGEST) -> str:
    """A text of any origin for one cell of the screen: shortened, without marks that turn its direction.

    Examples
    --------
    >>> plain_line("\u202egpj.exe"), plain_line("长" * 70, 5)
    ('gpj.exe', '长长长长长……')
    """
    seen = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return seen if len(seen) <= longest else f"{seen[:longest]}……"


def drop_title(code: str) -> str:
    """The Chinese title of a drop reason; the code itself for one that the shipped settings do not have."""
    from changji_geo.clues.settings import load_settings

    return load_settings().drop_reasons.get(code, code)


def warn_of_names(written: Iterable[tuple[str, str | None]], workspace: Path | None = None) -> None:
    """Say of counties and reserves (key of the field, name) that no layer has them; they are counted by their names."""
    pairs = [(key, name) for key, name in written if key in ("county", "reserve") and name]
    if not pairs:
        return
    from changji_geo.clues.desk.known_names import known_names, name_notes
    from changji_geo.clues.settings import load_settings
    from changji_geo.resources import find_workspace

    for note in name_notes(pairs, known_names(load_settings(), find_workspace(workspace))):
        warn(f"注意：{note}")


def event_change(event: Event) -> str:
    """What an event changed, one Chinese line; "" for an import, whose reason says it.

    A check is told by how many of its results say what, a geometry by the word alone: the ledger holds the whole.
    """
    if event.kind == "import":
        return ""
    from changji_geo.clues.fields import FIELDS

    order = {field.key: place for place, field in enumerate(FIELDS)}
    keys = sorted(event.after.keys() - _UNSPOKEN, key=lambda key: (order.get(key, len(order)), key))
    return "；".join(_changed(key, event.before.get(key), event.after[key]) for key in keys)


def field_title(key: str) -> str:
    """The Chinese title of a field; the key itself for one without."""
    from changji_geo.clues.fields import FIELDS

    return next((f.title for f in FIELDS if f.key == key), key)


def _changed(key: str, before: Any, after: Any) -> str:
    if key == "geometry":
        return "图形：重画"
    if key == "dropped":
        return f"剔除（{drop_title(str(after))}）" if after else f"恢复（原已剔除：{drop_title(str(before))}）"
    if key == "checks":
        return f"检查结果：{_verdicts(after)}"
    if key == "audit":
        return f"复核：{_audit(after)}"
    return f"{field_title(key)}：{shown(before)} → {shown(after)}"


def _verdicts(checks: Any) -> str:
    from changji_geo.clues.model import VERDICTS_ZH

    rows = checks.get("results", ()) if isinstance(checks, Mapping) else ()
    counts = Counter(row["verdict"] for row in rows)
    return (
        "，".join(f"{title} {counts[verdict]}" for verdict, title in VERDICTS_ZH.items() if counts[verdict]) or NOTHING
    )


def _audit(value: Any) -> str:
    if not isinstance(value, Mapping):
        return shown(value)
    return "，".join(shown(value[key]) for key in ("by", "result", "reason") if value.get(key))
