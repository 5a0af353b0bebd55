"""Events -> their hashes, and what is wrong with a chain of them.

Each event's hash covers its content and the hash of the one before. A *head* (how many events, the last hash) is kept apart
from them, so that cutting off the end is noticed as well.

What this does not stop: somebody who can write the whole file and has this code can compute the chain anew from the altered
event on, and the head with it; nothing inside the file tells. For that there is the *anchor*, the last number and hash as a
line of text, to be put where the forger does not write: in a printed report, in the minutes, in a colleague's mail. Every
event up to an anchor can then be proved unaltered with `check_chain`.
"""

from __future__ import annotations

import datetime
import functools
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, Literal

from changji_geo.clues.ledger.stored_values import StoredValues
from changji_geo.clues.model import Event, Evidence
from changji_geo.errors import InputError

FaultKind = Literal[
    "file", "schema", "row", "missing", "order", "content", "link", "head", "anchor", "state", "evidence"
]
"""Where a fault lies: the SQLite file, its tables, a row that cannot be read, the chain (missing, order, content, link, head,
anchor), a stored state that the events do not give, an evidence file."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that verification found. ``message`` is Chinese and names the row; ``seq`` is None for the whole ledger."""

    kind: FaultKind
    message: str
    seq: int | None = None
    clue_id: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """How many events a ledger holds and the hash of the last, "" while there is none."""

    count: int = 0
    last_hash: str = ""

    @property
    def anchor(self) -> str:
        """The line to keep elsewhere: ``"17 5f2c..."``."""
        return f"{self.count} {self.last_hash}".rstrip()


def canonical_json(value: Any) -> str:
    """One text for one value: sorted keys, no blanks, Chinese as it is, dates in ISO 8601, floats with all their digits.

    Raises
    ------
    InputError
        For NaN and infinity, keys that are no text, broken characters and whatever JSON has no form for.

    Examples
    --------
    >>> canonical_json({"b": 1.5, "a": datetime.date(2026, 3, 15), "县": "奇台县"})
    '{"a":"2026-03-15","b":1.5,"县":"奇台县"}'
    """
    try:
        text = value.text if isinstance(value, StoredValues) else _ENCODER.encode(value)
        text.encode("utf-8")
    except (ValueError, TypeError) as cause:
        raise InputError(
            f"有不能写成 JSON 的值（{cause}）",
            expected="文字、数、真假、日期、空值，或由它们组成的列表和以文字为键的表；数不能是 NaN 或无穷",
            fix="缺测写成空值 None，其他类型先转成上面几种",
        ) from cause
    return text


def side_json(side: Mapping[str, Any]) -> str:
    """The canonical JSON of ``before`` or ``after``; broken characters in stored values pass, as the hash refuses them."""
    return side.text if isinstance(side, StoredValues) else canonical_json(side)


def stored_values(side: Mapping[str, Any]) -> StoredValues:
    """A mapping with the canonical JSON of each value; given back when it is one already.

    Raises
    ------
    InputError
        As `canonical_json`; broken characters pass, for whoever hashes the event refuses them.
    """
    if isinstance(side, StoredValues):
        return side
    try:
        if all(type(key) is str for key in side):
            texts = {key: "null" if value is None else _encode(value) for key, value in side.items()}
            return StoredValues(texts, {key: value for key, value in side.items() if type(value) in _PLAIN})
    except (ValueError, TypeError):
        canonical_json(side)
        raise
    return StoredValues.parse(canonical_json(side))


def _plain(value: Any) -> Any:
    """What `json` does not know: dates, and mappings that are no dict."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__}：{value!r}"[:200])


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), default=_plain, check_circular=True
)
_PLAIN = frozenset({str, int, float, bool, type(None)})


def _encode(value: Any) -> str:
    """As `_ENCODER`, which is made anew for each value that is no text."""
    return _quote(value) if type(value) is str else _ENCODER.encode(value)


_quote = json.encoder.encode_basestring
_quote_often = functools.lru_cache(maxsize=1024)(_quote)


def evidence_json(event: Event) -> str:
    """The evidence files of an event as canonical JSON."""
    return canonical_json(_evidence(event.evidence)) if event.evidence else "[]"


def _evidence(files: Iterable[Evidence]) -> list[dict[str, Any]]:
    return [{"path": e.path, "sha256": e.sha256, "size": e.size, "role": e.role} for e in files]


def event_hash(event: Event) -> str:
    """SHA-256 (hex) over the canonical JSON of everything in an event but its own hash.

    That is an object of ``seq``, ``clue_id``, ``kind``, ``at``, ``actor``, ``before``, ``after``, ``reason``, ``evidence`` (a list of
    ``path``, ``sha256``, ``size``, ``role``) and ``prev_hash``.

    Raises
    ------
    InputError
        When the content has no canonical form.
    """
    try:
        return hash_sides(event, side_json(event.before), side_json(event.after))
    except (ValueError, TypeError):
        canonical_json([event.actor, event.at, event.clue_id, event.kind, event.prev_hash, event.reason, event.seq])
        canonical_json([event.before, event.after])
        raise


def hash_sides(event: Event, before: str, after: str) -> str:
    """`event_hash` where the canonical JSON of ``before`` and ``after`` is known already; TypeError or ValueError for no JSON."""
    # Joined from the parts, in the order of their names, so that no part is encoded a second time.
    text = (
        f'{{"actor":{_quote_often(event.actor)},"after":{after},"at":{_at(event.at)},"before":{before},'
        f'"clue_id":{_quote(event.clue_id)},"evidence":{evidence_json(event)},"kind":{_quote_often(event.kind)},'
        f'"prev_hash":{_quote(event.prev_hash)},"reason":{_quote(event.reason)},"seq":{_encode(event.seq)}}}'
    )
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _at(at: datetime.datetime) -> str:
    return f'"{at.isoformat()}"'


def parse_anchor(text: str) -> Head:
    """Read an anchor line back.

    Raises
    ------
    InputError
        When it is not a number and a hash of 64 hex digits.
    """
    match = re.fullmatch(r"\s*(\d{1,15})\s+([0-9a-f]{64})\s*", text.lower())
    if not match:
        raise InputError(
            f"锚记“{text[:90]}”读不懂", expected="末号、空格和 64 位十六进制散列值", fix="照报告上印的那一行原样输入"
        )
    return Head(int(match[1]), match[2])


def check_chain(
    events: Iterable[Event],
    *,
    head: Head | None = None,
    anchor: Head | None = None,
    unreadable: Set[int] = frozenset(),
) -> list[Fault]:
    """Every break of a chain, in its order.

    Parameters
    ----------
    events : iterable of Event
        In the order of the ledger; read once.
    head : Head, optional
        The ledger's record of its own end.
    anchor : Head, optional
        A number and hash written down elsewhere (`parse_anchor`).
    unreadable : set of int
        Numbers that are there but could not be read, which the caller names: they are not missing. May fill up while `events`
        is read.

    Returns
    -------
    list of Fault
        Empty when nothing is wrong. An event that was altered is named once, not each that follows it.
    """
    faults: list[Fault] = []
    last: Event | None = None
    intact = True
    reached = 0
    anchored = anchor is None or anchor.count == 0
    for event in events:
        seq = event.seq
        if seq <= reached:
            words = f"第 {seq} 号事件的次序不对：排在第 {reached} 号之后"
            faults.append(Fault("order", words, seq, event.clue_id))
        elif seq > reached + 1:
            faults += _missing(reached + 1, seq - 1, unreadable)
        follows = not intact or event.prev_hash == (last.hash if last else "")
        intact = _is_intact(event)
        if not intact:
            words = f"第 {seq} 号事件的内容被改动（线索 {event.clue_id}）：与散列值不符"
            faults.append(Fault("content", words, seq, event.clue_id))
        elif seq == reached + 1 and not follows:
            words = f"第 {seq} 号事件与前一事件接不上：两者之一连同散列值被换过"
            faults.append(Fault("link", words, seq, event.clue_id))
        if anchor and seq == anchor.count:
            anchored = True
            if anchor.last_hash != event.hash:
                faults.append(Fault("anchor", f"第 {seq} 号事件与锚记不符：此号或更早的事件被换过", seq, event.clue_id))
        last, reached = event, max(reached, seq)
    if head and head.count > reached:
        faults += _missing(reached + 1, head.count, unreadable, "：末尾被截去")
    elif head and head.count < reached:
        words = f"末尾记录写着 {head.count} 件事件，实际到第 {reached} 号：有事件不是由本程序写入"
        faults.append(Fault("head", words, reached))
    elif head and intact and head.last_hash != (last.hash if last else ""):
        faults.append(Fault("head", f"末尾记录的散列值与第 {reached} 号事件不符", reached or None))
    if anchor and not anchored:
        faults.append(Fault("anchor", f"锚记说有第 {anchor.count} 号事件，台账只到第 {reached} 号", anchor.count))
    return faults


def _missing(first: int, last: int, unreadable: Set[int], more: str = "") -> Iterator[Fault]:
    """One fault for each run of numbers that are not there."""
    for seq in [*sorted(n for n in unreadable if first <= n <= last), last + 1]:
        if seq > first + 1:
            yield Fault("missing", f"第 {first}—{seq - 1} 号事件缺失（共 {seq - first} 件）{more}", first)
        elif seq > first:
            yield Fault("missing", f"第 {first} 号事件缺失{more}", first)
        first = seq + 1


def _is_intact(event: Event) -> bool:
    """Whether an event has the hash it says; altered content may not even have a canonical form."""
    try:
        return event_hash(event) == event.hash
    except InputError:
        return False
