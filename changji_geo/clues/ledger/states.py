"""Events -> the state of each clue: a pure fold, in which later events change what earlier ones set.

The values of a clue are one flat mapping. The keys of `CORE_KEYS` are parts of a `Clue` of the same name (geometries as WKB in
hex); every other key is a field of the desk (``county``, ``deadline``, ...) and ends in ``Clue.fields``. None removes a value.
The working geometry is the original until an event sets ``geometry``, so most clues carry one outline, not two.
"""

from __future__ import annotations

import datetime
import functools
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, get_args

import numpy as np
import shapely

from changji_geo.clues.ledger.stored_values import ReadValues, StoredValues
from changji_geo.clues.model import Clue, Event, Status
from changji_geo.clues.resting_collector import rest_collector
from changji_geo.errors import InputError, near_match

CORE_KEYS = frozenset({"attributes", "batch", "dropped", "geometry", "observed", "original", "original_id", "status"})
"""Values that are parts of a clue themselves."""

DEFAULTS: Mapping[str, Any] = {"attributes": {}, "dropped": "", "status": "待核查"}
"""What these core values are until an event says otherwise."""

KEPT_KEYS = ("checks", "imported")
"""Large values, of which a stored state names only the event that set them: its ``after`` holds them."""

STATUSES: tuple[Status, ...] = get_args(Status)

_NEW: Status = "待核查"

Values = dict[str, Any]

_SPELLING: dict[str, Any] = {"hex": True, "flavor": "iso", "byte_order": 1, "include_srid": False}

GEOMETRIES = ("geometry", "original")
"""Core values that are WKB in hex."""


def geometry_hex(geometry: shapely.Geometry) -> str:
    """A geometry as events hold it: ISO WKB, little endian, upper-case hex, without SRID.

    Examples
    --------
    >>> geometry_hex(shapely.Point(87.5, 44))
    '01010000000000000000E055400000000000004640'
    """
    return str(shapely.to_wkb(geometry, **_SPELLING))


def spell_shapes(shapes: Mapping[str, shapely.Geometry]) -> dict[str, str]:
    """What `geometry_hex` gives for each of `known_shapes`, all at once."""
    return dict(zip(shapes, shapely.to_wkb([*shapes.values()], **_SPELLING), strict=True)) if shapes else {}


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


def known_shapes(texts: Iterable[Any]) -> dict[str, shapely.Geometry]:
    """The geometries of those texts that are WKB in hex, not empty and with finite coordinates, read all at once."""
    spelled: dict[str, bytes] = {}
    for text in texts:
        if isinstance(text, str) and text not in spelled:
            try:
                spelled[text] = bytes.fromhex(text)
            except ValueError:
                continue
    shapes = shapely.from_wkb(np.array([*spelled.values(), None], dtype=object), on_invalid="ignore")[:-1]
    # The bounds of an empty or missing geometry are NaN.
    usable = [all(map(math.isfinite, box)) for box in shapely.bounds(shapes).tolist()]
    return {text: shape for text, shape, fine in zip(spelled, shapes, usable, strict=True) if fine}


def values_after(values: Mapping[str, Any], after: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of a clue once ``after`` has been written over them; None takes a value away."""
    if isinstance(after, StoredValues) and (not values or isinstance(values, StoredValues)):
        return (values if isinstance(values, StoredValues) else StoredValues({})).written_over(after)
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
    return _built(clue_id, values, {})


class ReadState(NamedTuple):
    """A stored state: its id, the JSON of its values, WKB of the original where another geometry was set, WKB of the geometry.

    ``kept``: those of `KEPT_KEYS` that are set -> the JSON of the event's ``after`` that holds them.
    """

    clue_id: str
    state: str
    original: bytes | None
    geom: bytes
    kept: dict[str, str]


@rest_collector()
def build_clues(states: Iterable[ReadState], *, tampered: Callable[[str], InputError]) -> tuple[Clue, ...]:
    """The clues of stored states, in their order: as `build_clue`, with all geometries read at once.

    `tampered` gives the error for the id of a state that cannot be read.
    """
    given = [*states]
    for one in given:
        if not isinstance(one.geom, bytes) or not isinstance(one.original, bytes | None):
            raise tampered(one.clue_id)
    shapes, originals = _shapes([one.geom for one in given]), _shapes([one.original for one in given])
    out = []
    for (clue_id, state, original, geom, kept), shape, first in zip(given, shapes, originals, strict=True):
        try:
            values = json.loads(state)
            core = {key: values.pop(key) for key in CORE_KEYS & values.keys()}
        except (TypeError, ValueError, AttributeError, RecursionError) as cause:
            raise tampered(clue_id) from cause
        require_core(clue_id, core)
        if shape is None:
            shape = parse_geometry(geom.hex(), where=f"线索 {clue_id} 的 geometry")
        if original is not None and first is None:
            first = parse_geometry(original.hex(), where=f"线索 {clue_id} 的 original")
        out.append(
            Clue(
                clue_id, core["batch"], core["original_id"], shape if first is None else first, shape,
                core.get("status") or _NEW, _date(core.get("observed"), clue_id), core.get("attributes") or {},
                ReadValues(values, kept), core.get("dropped") or "",
            )
        )  # fmt: skip
    return tuple(out)


def _shapes(wkb: Sequence[bytes | None]) -> list[shapely.Geometry | None]:
    """The geometries of those that are WKB, not empty and with finite coordinates; None for all others."""
    shapes = shapely.from_wkb(np.array([*wkb, None], dtype=object), on_invalid="ignore")[:-1]
    # The bounds of an empty or missing geometry are NaN.
    shapes[~np.isfinite(shapely.bounds(shapes)).all(axis=1)] = None
    return list(shapes)


def require_clue(clue_id: str, values: Mapping[str, Any], shapes: Mapping[str, shapely.Geometry]) -> None:
    """Refuse values that make no clue, as `build_clue` does, without making one; `shapes` are geometries known to be sound."""
    require_core(clue_id, values)
    _shape(values.get("original"), "original", clue_id, shapes)
    if values.get("geometry") is not None:
        _shape(values["geometry"], "geometry", clue_id, shapes)
    _date(values.get("observed"), clue_id)


def require_core(clue_id: str, values: Mapping[str, Any]) -> None:
    """Refuse values without batch and original id, or with a core value of the wrong kind."""
    where = f"线索 {clue_id}"
    for key in ("batch", "original_id"):
        _text(values.get(key), key, where)
    status = value_of(values, "status")
    if status not in STATUSES:
        raise InputError(f"没有状态“{status}”", where=where, fix=near_match(str(status), STATUSES))
    if not isinstance(value_of(values, "attributes"), Mapping):
        raise InputError(
            "attributes 不是表", where=where, expected="列名对值的表", fix="把原文件的各列写成 {列名: 值} 的表"
        )
    _text(value_of(values, "dropped"), "dropped", where)


def _built(clue_id: str, values: Mapping[str, Any], shapes: Mapping[str, shapely.Geometry]) -> Clue:
    require_core(clue_id, values)
    original = _shape(values.get("original"), "original", clue_id, shapes)
    redrawn = values.get("geometry")
    return Clue(
        id=clue_id,
        batch=values["batch"],
        original_id=values["original_id"],
        original=original,
        geometry=original if redrawn is None else _shape(redrawn, "geometry", clue_id, shapes),
        status=value_of(values, "status"),
        observed=_date(values.get("observed"), clue_id),
        attributes=value_of(values, "attributes"),
        fields={key: value for key, value in values.items() if key not in CORE_KEYS},
        dropped=value_of(values, "dropped"),
    )


def _shape(text: Any, key: str, clue_id: str, shapes: Mapping[str, shapely.Geometry]) -> shapely.Geometry:
    found = shapes.get(text) if isinstance(text, str) else None
    return parse_geometry(text, where=f"线索 {clue_id} 的 {key}") if found is None else found


_day = functools.lru_cache(maxsize=4096)(datetime.date.fromisoformat)
"""Most clues share a few days."""


def replay_values(events: Iterable[Event]) -> dict[str, Mapping[str, Any]]:
    """What the events of each clue add up to, by clue id in the order of their first events."""
    states: dict[str, Mapping[str, Any]] = {}
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


def _text(value: Any, key: str, where: str) -> None:
    if not isinstance(value, str):
        raise InputError(
            f"{key} 是 {value!r}", where=where, expected="文字", fix=f"在 import 事件的 after 里写明文字的 {key}"
        )


def _date(value: Any, clue_id: str) -> datetime.date | None:
    if value is None:
        return None
    try:
        return _day(value)
    except (TypeError, ValueError) as cause:
        raise InputError(
            f"observed 是 {value!r}",
            where=f"线索 {clue_id}",
            expected="2026-03-15 这样的日期",
            fix="改正影像日期，不知道时写 None",
        ) from cause
