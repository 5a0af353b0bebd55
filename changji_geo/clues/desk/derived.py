"""Check results -> the fields county, reserve and zone that the desk's lists go by; a person's word is never replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from changji_geo.clues.model import CheckResult, Clue

DERIVED_KEYS = ("county", "reserve", "zone")
"""Fields that a check fills in."""

FILLED = "filled"
"""Key beside ``results`` in a clue's ``checks``: the values that the check itself put into those fields."""


def derived_fields(results: Iterable[CheckResult]) -> dict[str, str | None]:
    """What the results of one clue say of where it lies.

    Returns
    -------
    dict of str to str or None
        ``county``: that of the largest part. ``reserve`` and ``zone``: those of the largest part; the zone only by the scheme
        of the clue's own date, so None without a date, and where the layer does not say. A patch that only grazes a reserve has its name all the
        same; the check carries the doubt. None where there is none, and for a point on a common border.
    """
    found = {result.check: result.evidence for result in results}
    counties = found.get("county", {}).get("counties") or []
    county = None if _on_border(counties) else _largest(counties)
    zones = found.get("reserve_zones", {}).get("zones") or []
    schemes = {part["scheme"] for part in zones}
    first = [part for part in zones if part["scheme"] == zones[0]["scheme"]]
    part = _largest(first)
    reserve = None if part is None or (_on_border(first) and len({p["reserve"] for p in first}) > 1) else part
    zone = None if part is None or _on_border(first) or len(schemes) > 1 else part
    return {
        "county": str(county["name"]) if county else None,
        "reserve": str(reserve["reserve"]) or None if reserve else None,
        "zone": str(zone["zone"]) or None if zone else None,
    }


def _on_border(parts: list[Mapping[str, Any]]) -> bool:
    """Whether a point lies in several at once."""
    return len(parts) > 1 and any(part["area_m2"] is None for part in parts)


def _largest(parts: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return max(parts, key=lambda part: part["area_m2"] or 0.0, default=None)


def filled_fields(clue: Clue, derived: Mapping[str, str | None]) -> tuple[dict[str, str | None], dict[str, str]]:
    """Which of the derived values go into the clue.

    Returns
    -------
    tuple of dict
        What changes, and what the check has then put in itself: a field is the check's while it is empty or holds what an
        earlier check put in. Once a person has written another word, it stays that person's.
    """
    if not any(clue.fields.get(key) is not None for key in DERIVED_KEYS):
        # What an earlier check put in is gone: no need to know it.
        found = {key: word for key in DERIVED_KEYS if (word := derived[key]) is not None}
        return dict(found), found
    before: Mapping[str, Any] = (clue.fields.get("checks") or {}).get(FILLED, {})
    changes: dict[str, str | None] = {}
    filled: dict[str, str] = {}
    for key in DERIVED_KEYS:
        now, word = clue.fields.get(key), derived[key]
        if now is not None and now != before.get(key):
            continue
        if now != word:
            changes[key] = word
        if word is not None:
            filled[key] = word
    return changes, filled
