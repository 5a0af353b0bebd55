"""New events and the present state -> numbered, chained events: the rules that every kind of ledger shares."""

from __future__ import annotations

import dataclasses
import datetime
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import Any, get_args

from changji_geo.clues.ledger.chain import Head, canonical_json, event_hash
from changji_geo.clues.ledger.states import (
    DEFAULTS,
    Values,
    build_clue,
    geometry_hex,
    parse_geometry,
    value_of,
    values_after,
)
from changji_geo.clues.model import Event, EventKind, Evidence, NewEvent
from changji_geo.errors import ConflictError, InputError, near_match

KINDS: tuple[EventKind, ...] = get_args(EventKind)

SOURCE_KEYS = frozenset({"attributes", "batch", "original", "original_id"})
"""What the file said: only ``import`` and ``reimport`` write it."""

_GEOMETRIES = ("geometry", "original")


@dataclass(frozen=True, slots=True)
class Current:
    """What a ledger holds of a clue: the number of its first event and its values."""

    first_seq: int
    values: Values


@dataclass(frozen=True, slots=True)
class Prepared:
    """An event ready to be stored, with the clue's state after it."""

    event: Event
    state: Current


def prepare_events(
    new: Sequence[NewEvent],
    *,
    at: datetime.datetime,
    head: Head,
    find_current: Callable[[str], Current | None],
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
    seen: dict[str, Current] = {}
    out: list[Prepared] = []
    seq, prev = head.count, head.last_hash
    for number, event in enumerate(new, 1):
        where = f"第 {number} 件新事件（线索 {event.clue_id}）"
        _check_words(event, where)
        before, after = (_plain(side, f"{where} 的 {name}") for name, side in _sides(event))
        current = seen.get(event.clue_id) or find_current(event.clue_id)
        if event.kind == "import":
            after = _with_original(after)
        _check_life(event, after, current, where)
        _check_before(event, before, after, current.values if current else {}, where)
        seq += 1
        bare = Event(
            seq=seq, clue_id=event.clue_id, kind=event.kind, at=at, actor=event.actor, before=before, after=after,
            reason=event.reason, evidence=tuple(event.evidence), prev_hash=prev,
        )  # fmt: skip
        prev = event_hash(bare)
        values = values_after(current.values if current else {}, after)
        build_clue(event.clue_id, values)
        state = Current(current.first_seq if current else seq, values)
        seen[event.clue_id] = state
        out.append(Prepared(dataclasses.replace(bare, hash=prev), state))
    return out


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


def _plain(side: Mapping[str, Any], where: str) -> Values:
    """The values as JSON gives them back, geometries in one spelling."""
    for key in ("id", "fields"):
        if key in side:
            raise InputError(f"不能有键“{key}”", where=where, fix="业务字段直接写字段名，如 county，不要套在 fields 里")
    try:
        values: Values = json.loads(canonical_json(side))
    except InputError as cause:
        raise InputError(cause.problem, where=where, expected=cause.expected, fix=cause.fix) from cause
    for key in _GEOMETRIES:
        if values.get(key) is not None:
            values[key] = geometry_hex(parse_geometry(values[key], where=f"{where} 的 {key}"))
    return values


def _with_original(after: Values) -> Values:
    shape, original = (after.get(key) for key in _GEOMETRIES)
    if original is not None and original != shape:
        return after
    return {key: value for key, value in {**after, "original": shape}.items() if key != "geometry"}


def _check_life(event: NewEvent, after: Values, current: Current | None, where: str) -> None:
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
    if event.kind != "reimport" and (wrong := sorted(SOURCE_KEYS & after.keys())):
        raise InputError(
            f"{event.kind} 事件不能改动 {'、'.join(wrong)}",
            where=where,
            expected="原文件的内容只由 import 和 reimport 写入",
            fix="改图形写 geometry，其他内容写业务字段",
        )


def _check_before(event: NewEvent, before: Values, after: Values, values: Values, where: str) -> None:
    for key in {**before, **after}:
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
