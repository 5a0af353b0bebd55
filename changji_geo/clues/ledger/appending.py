"""New events and the present state -> numbered, chained events: the rules that every kind of ledger shares."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PureWindowsPath
from typing import Any, get_args

from changji_geo.clues.ledger.chain import Head, canonical_json, event_hash, hash_sides, stored_values
from changji_geo.clues.ledger.states import (
    DEFAULTS,
    GEOMETRIES,
    KEPT_KEYS,
    geometry_hex,
    known_shapes,
    parse_geometry,
    require_clue,
    spell_shapes,
    value_of,
    values_after,
)
from changji_geo.clues.ledger.stored_values import StoredValues
from changji_geo.clues.model import Event, EventKind, Evidence, NewEvent
from changji_geo.clues.resting_collector import rest_collector
from changji_geo.errors import ConflictError, InputError, near_match

KINDS: tuple[EventKind, ...] = get_args(EventKind)

SOURCE_KEYS = frozenset({"attributes", "batch", "original", "original_id"})
"""What the file said: only ``import`` and ``reimport`` write it."""

_DEFAULTED = frozenset({"geometry", *DEFAULTS})


@dataclass(frozen=True, slots=True)
class Current:
    """What a ledger holds of a clue: the number of its first event and its values.

    ``kept``: of those values that are among `KEPT_KEYS`, the number of the event that set them.
    """

    first_seq: int
    values: Mapping[str, Any]
    kept: Mapping[str, int] = field(default_factory=dict)

    def with_texts(self, afters: dict[str, Callable[[], str]]) -> Current:
        """The same with what gives the ``after`` that holds each of the kept values."""
        values = self.values if isinstance(self.values, StoredValues) else stored_values(self.values)
        return Current(self.first_seq, values.with_kept(afters), self.kept) if afters else self


def state_after(current: Current | None, seq: int, after: Mapping[str, Any]) -> Current:
    """The state of a clue once event number `seq` has written ``after`` over it."""
    if current is None:
        current = Current(seq, {})
    kept = current.kept
    if any(key in after for key in KEPT_KEYS):
        kept = {key: number for key, number in kept.items() if key not in after}
        kept |= {key: seq for key in KEPT_KEYS if key in after and not _is_null(after, key)}
    return Current(current.first_seq, values_after(current.values, after), kept)


def _is_null(values: Mapping[str, Any], key: str) -> bool:
    return values.text_of(key) == "null" if isinstance(values, StoredValues) else values[key] is None


@dataclass(frozen=True, slots=True)
class Prepared:
    """An event ready to be stored, with the clue's state after it.

    ``sides``: the canonical JSON of ``before`` and ``after`` where it is known, which saves joining it a second time.
    """

    event: Event
    state: Current
    sides: tuple[str, str] | None = None


@rest_collector()
def prepare_events(
    new: Sequence[NewEvent],
    *,
    at: datetime.datetime,
    head: Head,
    find_current: Callable[[str], Current | None],
    first: int = 1,
) -> list[Prepared]:
    """Number, check and chain new events.

    Parameters
    ----------
    new : sequence of NewEvent
        In the order in which they are to be written; later ones see what earlier ones changed. ``before`` must hold the
        present value of every key of ``after`` (left out or None: not set yet); further keys of ``before`` are compared too.
    at : datetime
        With time zone; stored as given.
    head : Head
        The end of the ledger.
    find_current : callable
        Clue id -> its present state, None for an unknown clue.
    first : int
        Which of the events that are written together the first of `new` is, for the messages.

    Returns
    -------
    list of Prepared
        Values are as JSON gives them back (dates are text, tuples lists), geometries in one spelling of WKB. The geometry of
        an ``import`` that brings one only, or the same as both, is kept as ``original``.

    Raises
    ------
    ConflictError
        When the present value is another than ``before`` says, naming clue and field.
    InputError
        When an event is not one: unknown kind or clue, nobody's, an evidence path outside the folder, a wrong value.
    """
    if at.tzinfo is None:
        raise InputError(
            f"时间 {at.isoformat()} 没有时区", expected="带时区的时间", fix="写成 2026-03-15T10:00:00+08:00"
        )
    stored = {clue_id: find_current(clue_id) for clue_id in dict.fromkeys(event.clue_id for event in new)}
    shapes = _Shapes(new, stored.values())
    out: list[Prepared] = []
    seq, prev = head.count, head.last_hash
    for number, event in enumerate(new, first):
        where = f"第 {number} 件新事件（线索 {event.clue_id}）"
        _check_words(event, where)
        before, after = (_plain(side, f"{where} 的 {name}", shapes) for name, side in _sides(event))
        current = stored[event.clue_id]
        if event.kind == "import":
            after = _with_original(after)
        _check_life(event, after, current, where)
        _check_before(event, before, after, current.values if current else {}, where)
        seq += 1
        made = Event(
            seq=seq, clue_id=event.clue_id, kind=event.kind, at=at, actor=event.actor, before=before, after=after,
            reason=event.reason, evidence=tuple(event.evidence), prev_hash=prev,
        )  # fmt: skip
        sides = (before.text, after.text)
        prev = _hash(made, sides)
        object.__setattr__(made, "hash", prev)  # not handed out yet; a copy would cost more than the hash
        state = state_after(current, seq, after)
        require_clue(event.clue_id, state.values, shapes.sound)
        stored[event.clue_id] = state
        out.append(Prepared(made, state, sides))
    return out


def _hash(event: Event, sides: tuple[str, str]) -> str:
    try:
        return hash_sides(event, *sides)
    except (TypeError, ValueError):
        return event_hash(event)  # refuses it with the reason


class _Shapes:
    """The geometries of new events and of the clues they belong to, read at once.

    ``sound``: hex text -> geometry, for each that is one; ``spelling``: hex text of an event -> its one spelling.
    """

    def __init__(self, new: Sequence[NewEvent], stored: Iterable[Current | None]) -> None:
        sides = [*(event.before for event in new), *(event.after for event in new)]
        given = known_shapes(side.get(key) for key in GEOMETRIES for side in sides if key in side)
        self.spelling = spell_shapes(given)
        self.sound = {self.spelling[text]: shape for text, shape in given.items()}
        there = (one.values.get(key) for one in stored if one for key in GEOMETRIES)
        self.sound |= known_shapes(text for text in there if text not in self.sound)


def _sides(event: NewEvent) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    return (("before", event.before), ("after", event.after))


def _check_words(event: NewEvent, where: str) -> None:
    if not event.clue_id or event.clue_id != event.clue_id.strip() or not event.clue_id.isprintable():
        raise InputError(
            f"线索编号 {event.clue_id!r} 不能用", where=where, expected="LD2025-0001 这样的编号，前后没有空格"
        )
    if event.kind not in KINDS:
        raise InputError(f"没有事件“{event.kind}”", where=where, fix=near_match(str(event.kind), KINDS))
    if not event.actor.strip():
        raise InputError("没有写明经办人", where=where, expected="经办人姓名", fix="用 --by 写明")
    for evidence in event.evidence:
        _check_evidence(evidence, where)


def _check_evidence(evidence: Evidence, where: str) -> None:
    path = PureWindowsPath(evidence.path)
    if not evidence.path or path.anchor or ".." in path.parts or "\\" in evidence.path or "\0" in evidence.path:
        raise InputError(
            f"证据路径“{evidence.path}”不在证据文件夹内",
            where=where,
            expected="相对证据文件夹、用 / 分隔、不含 .. 的路径",
            fix="先把文件放进证据文件夹",
        )
    if not re.fullmatch(r"[0-9a-f]{64}", evidence.sha256) or evidence.size < 0:
        raise InputError(
            f"证据“{evidence.path}”的散列值或大小不对",
            where=where,
            expected="64 位小写十六进制的 SHA-256 和非负的字节数",
            fix="登记时由文件重新计算",
        )


def _plain(side: Mapping[str, Any], where: str, shapes: _Shapes) -> StoredValues:
    """The values as JSON gives them back, geometries in one spelling."""
    for key in ("id", "fields"):
        if key in side:
            raise InputError(f"不能有键“{key}”", where=where, fix="业务字段直接写字段名，如 county，不要套在 fields 里")
    try:
        values = stored_values(side)
    except InputError as cause:
        raise InputError(cause.problem, where=where, expected=cause.expected, fix=cause.fix) from cause
    for key in GEOMETRIES:
        if (text := values.get(key)) is not None:
            spelled = shapes.spelling.get(text) if isinstance(text, str) else None
            if spelled is None:
                spelled = geometry_hex(parse_geometry(text, where=f"{where} 的 {key}"))
            if spelled != text:
                values = values.replaced(key, f'"{spelled}"')
    return values


def _with_original(after: StoredValues) -> StoredValues:
    shape, original = (after.texts.get(key, "null") for key in GEOMETRIES)
    if original not in ("null", shape):
        return after
    return after.without("geometry").replaced("original", shape)


def _check_life(event: NewEvent, after: StoredValues, current: Current | None, where: str) -> None:
    """An import begins a clue, everything else goes on with one; the file's own words change with the file only."""
    if event.kind == "import":
        if current:
            raise ConflictError(
                f"线索 {event.clue_id} 已在台账中（第 {current.first_seq} 号事件）",
                where=where,
                fix="重新读取台账；同一线索有新内容时写 reimport 事件",
            )
        return
    if current is None:
        raise InputError(f"台账中没有线索 {event.clue_id}", where=where, fix="核对编号，或先导入这条线索")
    if event.kind != "reimport" and (wrong := sorted(SOURCE_KEYS & after.texts.keys())):
        raise InputError(
            f"{event.kind} 事件不能改动 {'、'.join(wrong)}",
            where=where,
            expected="原文件的内容只由 import 和 reimport 写入",
            fix="改图形写 geometry，其他内容写业务字段",
        )


def _check_before(
    event: NewEvent, before: StoredValues, after: StoredValues, values: Mapping[str, Any], where: str
) -> None:
    said = before.texts
    if not values and not said:
        return
    for key in {**said, **after.texts}:
        text = said.get(key, "null")
        if text == "null" and key not in values and key not in _DEFAULTED:
            continue
        if isinstance(values, StoredValues) and text == values.text_of(key):
            continue
        expected, found = before.get(key), value_of(values, key)
        expected = DEFAULTS.get(key) if expected is None else expected
        if expected != found and canonical_json(expected) != canonical_json(found):
            raise ConflictError(
                f"线索 {event.clue_id} 的 {key} 现在是 {_short(found)}，不是写入者看到的 {_short(expected)}",
                where=where,
                expected="与台账当前值一致的 before",
                fix="重新读取这条线索，核对别人的改动后再写",
            )


def _short(value: Any) -> str:
    text = "空" if value is None else canonical_json(value)
    return text if len(text) <= 60 else f"{text[:57]}……"
