"""Clues and events in the words of the screen: what kind of event, which fields, from what to what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

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

    text = value if isinstance(value, str) else canonical_json(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}……"


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
        return f"剔除（{after}）" if after else f"恢复（原已剔除：{before}）"
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
