"""Decided clues -> a sample for a second person, and what that person says of a decision -> the event to write."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from changji_geo.clues.desk.deeds import REOPENED_STATUS, event_for, status_values
from changji_geo.clues.desk.written import clean_text, require_person, require_reason
from changji_geo.clues.model import Clue, Event, NewEvent
from changji_geo.errors import InputError
from changji_geo.standards.reserves import CLOSED_STATUS, require_transition

DECIDED = frozenset({"已核查-非问题", "已核查-待整改", CLOSED_STATUS})
"""Statuses that are a decision; a drop is one, too."""

AGREED, SENT_BACK = "同意", "退回"
"""What an audit says."""


@dataclass(frozen=True, slots=True)
class AuditSample:
    """Clues to look at a second time, by id; ``decided``: of how many; the same ``seed`` draws the same ones again."""

    seed: int
    decided: int
    clues: tuple[Clue, ...]


def is_decided(clue: Clue) -> bool:
    """Whether somebody has decided about a clue: dropped it, judged it, or closed it."""
    return bool(clue.dropped) or clue.status in DECIDED


def audit_sample(
    clues: Iterable[Clue], *, count: int | None = None, share: float | None = None, seed: int
) -> AuditSample:
    """Draw clues whose decision a second person looks at.

    Parameters
    ----------
    clues : iterable of Clue
        Any; only the decided ones are drawn from.
    count : int, optional
        How many; all when there are fewer.
    share : float, optional
        Or which part of them, above 0 to 1, rounded up.
    seed : int
        Any number, to be written down with the result.

    Returns
    -------
    AuditSample
        The clues whose SHA-256 over seed and id is smallest: whoever has the seed can draw them again, in any order of the
        clues and on any machine, and a clue decided later takes the place of at most one other.

    Raises
    ------
    InputError
        When not exactly one of count and share is given, one is out of its range, or nothing is decided yet.
    """
    if (count is None) == (share is None):
        raise InputError("抽查数量和抽查比例要给一个，也只能给一个", expected="count 或 share", fix="去掉其中一个")
    if count is not None and count < 1:
        raise InputError(f"抽查数量 {count} 不成立", expected="1 或更多", fix="写正整数")
    if share is not None and not 0 < share <= 1:
        raise InputError(f"抽查比例 {share:g} 不成立", expected="大于 0、至多 1（0.1 是一成）", fix="写小数")
    decided = [clue for clue in clues if is_decided(clue)]
    if not decided:
        raise InputError("还没有作过决定的线索可抽查", expected="已剔除、已核查或已销号的线索", fix="先核查")
    # Without the rounding, 0.07 of 100 would be 7.000000000000001 and so 8.
    wanted = count if share is None else math.ceil(round(share * len(decided), 9))
    drawn = sorted(decided, key=lambda clue: _lot(seed, clue.id))[:wanted]
    return AuditSample(seed, len(decided), tuple(sorted(drawn, key=lambda clue: clue.id)))


def _lot(seed: int, clue_id: str) -> bytes:
    return hashlib.sha256(f"{seed}\n{clue_id}".encode()).digest()


def decision_of(clue: Clue, history: Sequence[Event]) -> Event:
    """The event that took the decision on which a clue stands.

    Raises
    ------
    InputError
        When nobody has decided yet, or the events are not those of this clue.
    """
    where = f"线索 {clue.id}"
    if not is_decided(clue):
        raise InputError(
            f"状态是“{clue.status}”，还没有可复核的决定",
            where=where,
            expected="已剔除、已核查或已销号的线索",
            fix="核查后再复核",
        )
    key, value = ("dropped", clue.dropped) if clue.dropped else ("status", clue.status)
    found = next((e for e in reversed(history) if e.clue_id == clue.id and e.after.get(key) == value), None)
    if found is None:
        raise InputError("给的事件里没有作出这个决定的一件", where=where, fix="给出 ledger.history(编号) 的结果")
    return found


def audit_event(clue: Clue, history: Sequence[Event], *, auditor: str, agree: bool, reason: str = "") -> NewEvent:
    """What a second person says of the decision on a clue.

    Parameters
    ----------
    clue : Clue
        As it stands now: dropped, 已核查-非问题, 已核查-待整改 or 已销号.
    history : sequence of Event
        All its events.
    auditor : str
        Not the one whose decision it is.
    agree : bool
        False sends it back: a dropped clue is taken up again, any other becomes 退回重办.
    reason : str
        Needed to send back.

    Returns
    -------
    NewEvent
        Of kind ``audit``. The clue's field ``audit`` holds ``by``, ``result`` (同意 or 退回), ``on`` (what was decided:
        the status, or 剔除 with its code), ``of_seq`` (the number of the event that decided) and ``reason``.

    Raises
    ------
    InputError
        When there is no decision, it is the auditor's own, or the auditor has said the same of it already.
    """
    where = f"线索 {clue.id}"
    decision = decision_of(clue, history)
    person = require_person(auditor, where=where)
    if _name(person) == _name(decision.actor):
        raise InputError(
            f"第 {decision.seq} 号事件的决定是{decision.actor}自己作的，不能自己复核",
            where=where,
            expected="另一个人",
            fix="请别人复核",
        )
    said = clean_text(reason, where=f"{where} 的理由") if agree else require_reason(reason, where=where, what="退回")
    audit = {
        "by": person,
        "result": AGREED if agree else SENT_BACK,
        "on": f"剔除（{clue.dropped}）" if clue.dropped else clue.status,
        "of_seq": decision.seq,
        "reason": said,
    }
    if clue.fields.get("audit") == audit:
        raise InputError("已经这样复核过", where=where, fix="没有新的意见就不用再登记")
    if agree:
        return event_for(clue, "audit", person, {"audit": audit}, said)
    if clue.dropped:
        return event_for(clue, "audit", person, {"audit": audit, "dropped": ""}, said)
    require_transition(clue.status, REOPENED_STATUS, where=where)
    return event_for(clue, "audit", person, {"audit": audit, **status_values(clue, REOPENED_STATUS)}, said)


def _name(text: str) -> str:
    return "".join(text.split()).casefold()
