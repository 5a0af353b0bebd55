"""Events -> the state of each clue: a pure fold, in which later events change what earlier ones set.

The values of a clue are one flat mapping. The keys of `CORE_KEYS` are parts of a `Clue` of the same name (geometries as WKB in
hex); every other key is a field of the desk (``county``, ``deadline``, ...) and ends in ``Clue.fields``. None removes a value.
The working geometry is the original until an event sets ``geometry``, so most clues carry one outline, not two.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping
from typing import Any, get_args

import shapely

from changji_geo.clues.model import Clue, Event, Status
from changji_geo.errors import InputError, near_match

CORE_KEYS = frozenset({"attributes", "batch", "dropped", "geometry", "observed", "original", "original_id", "status"})
"""Values that are parts of a clue themselves."""

DEFAULTS: Mapping[str, Any] = {"attributes": {}, "dropped": "", "status": "待核查"}
"""What these core values are until an event says otherwise."""

STATUSES: tuple[Status, ...] = get_args(Status)

Values = dict[str, Any]


def geometry_hex(geometry: shapely.Geometry) -> str:
    """A geometry as events hold it: ISO WKB, little endian, upper-case hex, without SRID.

    Examples
    --------
    >>> geometry_hex(shapely.Point(87.5, 44))
    '01010000000000000000E055400000000000004640'
    """
    return str(shapely.to_wkb(geometry, hex=True, flavor="iso", byte_order=1, include_srid=False))


def parse_geometry(text: Any, *, where: str) -> shapely.Geometry:
    """A geometry from WKB in hex.

    Raises
    ------
    InputError
        When it is no WKB, empty, or has coordinates that are no finite numbers.
    """
    try:
        geometry = shapely.from_wkb(bytes.fromhex(text))
    except (TypeError, ValueError, shapely.errors.GEOSException) as cause:
        raise InputError(
            "几何不是十六进制的 WKB", where=where, fix="用 changji_geo.clues.ledger.states.geometry_hex 写出"
        ) from cause
    if geometry is None or geometry.is_empty or not all(map(math.isfinite, geometry.bounds)):
        raise InputError("几何是空的，或坐标不是有限的数", where=where, expected="有坐标的点或面", fix="先修复或去掉")
    return geometry


def values_after(values: Mapping[str, Any], after: Mapping[str, Any]) -> Values:
    """The values of a clue once ``after`` has been written over them; None takes a value away."""
    return {key: value for key, value in {**values, **after}.items() if value is not None}


def value_of(values: Mapping[str, Any], key: str) -> Any:
    """One value, its default where none was set; None stands for "not set"."""
    value = values.get(key)
    if value is None and key == "geometry":
        return values.get("original")
    return DEFAULTS.get(key) if value is None else value


def build_clue(clue_id: str, values: Mapping[str, Any]) -> Clue:
    """The clue that these values describe.

    Raises
    ------
    InputError
        When one of the core values is missing or has the wrong form.
    """
    where = f"线索 {clue_id}"
    batch, original_id = (_text(values, key, where) for key in ("batch", "original_id"))
    status = value_of(values, "status")
    if status not in STATUSES:
        raise InputError(f"没有状态“{status}”", where=where, fix=near_match(str(status), STATUSES))
    attributes = value_of(values, "attributes")
    if not isinstance(attributes, Mapping):
        raise InputError(
            "attributes 不是表", where=where, expected="列名对值的表", fix="把原文件的各列写成 {列名: 值} 的表"
        )
    original = parse_geometry(values.get("original"), where=f"{where} 的 original")
    redrawn = values.get("geometry")
    return Clue(
        id=clue_id,
        batch=batch,
        original_id=original_id,
        original=original,
        geometry=original if redrawn is None else parse_geometry(redrawn, where=f"{where} 的 geometry"),
        status=status,
        observed=_date(values.get("observed"), where),
        attributes=attributes,
        fields={key: value for key, value in values.items() if key not in CORE_KEYS},
        dropped=_text({"dropped": value_of(values, "dropped")}, "dropped", where),
    )


def replay_values(events: Iterable[Event]) -> dict[str, Values]:
    """What the events of each clue add up to, by clue id in the order of their first events."""
    states: dict[str, Values] = {}
    for event in events:
        states[event.clue_id] = values_after(states.get(event.clue_id, {}), event.after)
    return states


def replay(events: Iterable[Event]) -> dict[str, Clue]:
    """The clues that a sequence of events gives, by id in the order of their first events.

    Raises
    ------
    InputError
        When the events of a clue do not make one (its ``import`` is missing, a value has the wrong form).
    """
    return {clue_id: build_clue(clue_id, values) for clue_id, values in replay_values(events).items()}


def _text(values: Mapping[str, Any], key: str, where: str) -> str:
    value = values.get(key)
    if not isinstance(value, str):
        raise InputError(
            f"{key} 是 {value!r}", where=where, expected="文字", fix=f"在 import 事件的 after 里写明文字的 {key}"
        )
    return value


def _date(value: Any, where: str) -> datetime.date | None:
    if value is None:
        return None
    try:
        return datetime.date.fromisoformat(value)
    except (TypeError, ValueError) as cause:
        raise InputError(
            f"observed 是 {value!r}", where=where, expected="2026-03-15 这样的日期", fix="改正影像日期，不知道时写 None"
        ) from cause
