"""A clue and what the desk decides about it -> the event to write; nothing is written here, and no rule is left out."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import shapely

from changji_geo.clues.desk.drops import require_drop_reason
from changji_geo.clues.desk.outlines import outline_words, require_outline
from changji_geo.clues.desk.written import clean_text, parse_values, require_person, require_reason
from changji_geo.clues.facts import parse_day
from changji_geo.clues.ledger.states import geometry_hex
from changji_geo.clues.model import Clue, Event, EventKind, Evidence, NewEvent
from changji_geo.clues.settings import ClueSettings
from changji_geo.errors import InputError
from changji_geo.standards.reserves import (
    CLOSED_STATUS,
    CLOSES_FROM,
    next_statuses,
    require_closing,
    require_transition,
)

REOPENED_STATUS = "退回重办"
"""Setting it needs a reason; a case that was closed loses its closing number and date, which stay in its history."""

CLOSING_KEYS = ("close_document", "close_date")


def set_event(
    clue: Clue,
    *,
    actor: str,
    status: str | None = None,
    values: Mapping[str, str | None] | None = None,
    reason: str = "",
    evidence: Iterable[Evidence] = (),
    history: Sequence[Event] = (),
) -> NewEvent:
    """Change the status or fields of a clue.

    Parameters
    ----------
    clue : Clue
        As it stands now.
    actor : str
        Who does it.
    status : str, optional
        The status that follows; the present one changes nothing.
    values : mapping of str to str or None
        See `changji_geo.clues.desk.written.parse_values`.
    reason : str
        Needed to send a case back (退回重办).
    evidence : iterable of Evidence
        Files that show it, already in the evidence folder.
    history : sequence of Event
        See `evidence_event`.

    Returns
    -------
    NewEvent
        Holds only what changes. Evidence without a change is an event of kind ``evidence``.

    Raises
    ------
    InputError
        When nothing changes, the step is not allowed, the clue is dropped, or a value does not fit.
    """
    where = _where(clue)
    given = parse_values(values or {}, where=where)
    after: dict[str, Any] = {key: word for key, word in given.items() if word != clue.fields.get(key)}
    if status is not None and status != clue.status:
        after |= _status_after(clue, status)
        if status == REOPENED_STATUS:
            require_reason(reason, where=where, what=f"改为“{REOPENED_STATUS}”")
    files = tuple(evidence)
    if not after and files:
        return evidence_event(clue, actor=actor, evidence=files, reason=reason, history=history)
    if not after:
        raise InputError(
            "没有要改的内容：给出的值与现在的相同，或什么也没有给", where=where, fix="写明要改的状态或字段"
        )
    return event_for(clue, "set", actor, after, reason, files)


def _status_after(clue: Clue, status: str) -> dict[str, Any]:
    where = _where(clue)
    next_statuses(status)
    _require_kept(clue, "不能改状态")
    if status == CLOSED_STATUS:
        raise InputError(
            f"不能直接改为“{CLOSED_STATUS}”", where=where, expected="有文号和整改前、后证据的销号", fix="用 clues close"
        )
    require_transition(clue.status, status, where=where)
    return status_values(clue, status)


def status_values(clue: Clue, status: str) -> dict[str, Any]:
    """The values of a clue that takes this status; leaving the closed one empties the closing's number and date."""
    gone = [key for key in CLOSING_KEYS if clue.fields.get(key) is not None] if clue.status == CLOSED_STATUS else []
    return {"status": status, **dict.fromkeys(gone)}


def drop_event(clue: Clue, *, actor: str, code: str, remark: str = "", settings: ClueSettings) -> NewEvent:
    """Drop a clue for a reason of the settings; it stays in the ledger.

    Raises
    ------
    InputError
        When it is dropped already or closed, there is no such code, or ``other`` comes without a remark.
    """
    where = _where(clue)
    if clue.dropped:
        title = settings.drop_reasons.get(clue.dropped, clue.dropped)
        raise InputError(f"已经剔除（{title}）", where=where, fix="要换原因，先用 clues restore 恢复")
    if clue.status == CLOSED_STATUS:
        raise InputError(f"状态是“{CLOSED_STATUS}”，不能剔除", where=where, fix=f"先改为“{REOPENED_STATUS}”")
    said = clean_text(remark, where=f"{where} 的说明")
    title = require_drop_reason(code, settings, remark=said)
    return event_for(clue, "drop", actor, {"dropped": code}, f"{title}：{said}" if said else title)


def restore_event(clue: Clue, *, actor: str, reason: str) -> NewEvent:
    """Take a dropped clue up again, with the status that it had.

    Raises
    ------
    InputError
        When it is not dropped, or without a reason.
    """
    if not clue.dropped:
        raise InputError("没有被剔除，不用恢复", where=_where(clue), fix="核对编号")
    require_reason(reason, where=_where(clue), what="恢复")
    return event_for(clue, "restore", actor, {"dropped": ""}, reason)


def outline_event(clue: Clue, geometry: shapely.Geometry, *, actor: str, reason: str) -> NewEvent:
    """Redraw the outline of a clue.

    The one before stays in the event, the one that was imported in the clue. Stored checks are left as they are: the next
    `changji_geo.clues.desk.checking.check_clues` says what the new outline changes.

    Parameters
    ----------
    clue : Clue
    geometry : shapely geometry
        See `changji_geo.clues.desk.outlines.require_outline`.
    actor, reason : str
        Both needed. The event's reason also says how the area changed.

    Raises
    ------
    InputError
        When it cannot be an outline, is the present one, or comes without a reason.
    """
    word = require_reason(reason, where=_where(clue), what="重画图形")
    shape = require_outline(clue, geometry)
    words = f"{word}（{outline_words(clue.geometry, shape)}）"
    return event_for(clue, "outline", actor, {"geometry": geometry_hex(shape)}, words)


def close_event(
    clue: Clue,
    history: Sequence[Event],
    *,
    actor: str,
    document: str,
    close_date: datetime.date,
    today: datetime.date | None = None,
    evidence: Iterable[Evidence] = (),
    reason: str = "",
) -> NewEvent:
    """Close a case (销号).

    Parameters
    ----------
    clue : Clue
        As it stands now.
    history : sequence of Event
        All its events: their evidence counts, together with what is given now; of a case that was sent back, the evidence of
        the time after the rectification only since then.
    actor, document : str
        Who does it, and the number of the closing document.
    close_date : date
        The day of that document.
    today : date, optional
        The closing day cannot lie after it.
    evidence : iterable of Evidence
    reason : str

    Raises
    ------
    InputError
        When the clue is dropped, its status is another than 整改完成待验收, evidence of before or after or the document is
        missing, the same file is meant to show both, or the day lies before the rectification was done or after today.
    """
    where = _where(clue)
    _require_history(clue, history)
    _require_kept(clue, "不能销号")
    files = tuple(evidence)
    before = {e.sha256 for e in (*_attached(history), *files) if e.role == "before"}
    after = {e.sha256 for e in (*_attached(_since_reopened(history)), *files) if e.role == "after"}
    number = clean_text(document, where=f"{where} 的销号文号")
    if clue.status == CLOSES_FROM and not after and any(e.role == "after" for e in _attached(history)):
        raise InputError(
            f"整改后的证据都早于“{REOPENED_STATUS}”，不能再用来销号", where=where, fix="补上再次整改后的照片或影像"
        )
    require_closing(clue.status, before=len(before), after=len(after), document=number, where=where)
    if not after - before:
        raise InputError("整改前和整改后的证据是同一份文件", where=where, fix="补上整改后的照片或影像")
    done = parse_day(clue.fields.get("done_date"))
    if done is not None and close_date < done:
        raise InputError(
            f"销号时间 {close_date.isoformat()} 早于整改完成时间 {done.isoformat()}",
            where=where,
            expected="不早于整改完成时间的日期",
            fix="核对两个日期",
        )
    if today is not None and close_date > today:
        raise InputError(
            f"销号时间 {close_date.isoformat()} 在今天（{today.isoformat()}）之后",
            where=where,
            expected="不晚于今天的日期",
            fix="核对 --date",
        )
    values = {"status": CLOSED_STATUS, "close_document": number, "close_date": close_date.isoformat()}
    return event_for(clue, "close", actor, values, reason, files)


def _attached(history: Sequence[Event]) -> list[Evidence]:
    return [evidence for event in history for evidence in event.evidence]


def _since_reopened(history: Sequence[Event]) -> Sequence[Event]:
    """The events from the last 退回重办 on."""
    back = [number for number, event in enumerate(history) if event.after.get("status") == REOPENED_STATUS]
    return history[back[-1] :] if back else history


def evidence_event(
    clue: Clue, *, actor: str, evidence: Iterable[Evidence], reason: str = "", history: Sequence[Event] = ()
) -> NewEvent:
    """Attach files to a clue and change nothing else.

    Parameters
    ----------
    clue : Clue
    actor : str
        Who does it.
    evidence : iterable of Evidence
    reason : str
    history : sequence of Event
        Events of the clue. Files among them are left out, see `unregistered`: a command that was run again, because nobody
        saw it end, adds nothing a second time.

    Raises
    ------
    InputError
        Without a file, or when all of them are registered already.
    """
    files = tuple(evidence)
    if not files:
        raise InputError("没有给证据文件", where=_where(clue), fix="用 --evidence 写明文件")
    fresh = unregistered(files, history)
    if not fresh:
        seqs = {event.seq for event in history if any(_shows(e) in map(_shows, files) for e in event.evidence)}
        raise InputError(
            f"证据以前都登记过（第 {'、'.join(map(str, sorted(seqs)))} 号事件），没有要写入的内容",
            where=_where(clue),
            fix="没有新的文件就不用再登记；要说明另一个用途，改写 --role",
        )
    return event_for(clue, "evidence", actor, {}, reason, fresh)


def unregistered(evidence: Iterable[Evidence], history: Sequence[Event]) -> tuple[Evidence, ...]:
    """The evidence that no event has with the same content and role, each once; of a reopened case since 退回重办 only."""
    known = {_shows(e) for e in _attached(_since_reopened(history))}
    fresh = {_shows(e): e for e in evidence if _shows(e) not in known}
    return tuple(fresh.values())


def _shows(evidence: Evidence) -> tuple[str, str]:
    return evidence.sha256, evidence.role


def _where(clue: Clue) -> str:
    return f"线索 {clue.id}"


def event_for(
    clue: Clue,
    kind: EventKind,
    actor: str,
    after: Mapping[str, Any],
    reason: str = "",
    evidence: tuple[Evidence, ...] = (),
) -> NewEvent:
    """The event that changes these values of a clue, by a named person, with what they are now."""
    person = require_person(actor, where=_where(clue))
    before = {key: present_value(clue, key) for key in after}
    return NewEvent(clue.id, kind, person, before, after, clean_text(reason, where=f"{_where(clue)} 的理由"), evidence)


def present_value(clue: Clue, key: str) -> Any:
    """What an event's ``before`` says of a key now."""
    core = {"status": clue.status, "dropped": clue.dropped}
    if key == "geometry":
        return geometry_hex(clue.geometry)
    return core[key] if key in core else clue.fields.get(key)


def _require_kept(clue: Clue, what: str) -> None:
    if clue.dropped:
        raise InputError(f"线索已被剔除，{what}", where=_where(clue), fix="先用 clues restore 恢复")


def _require_history(clue: Clue, history: Sequence[Event]) -> None:
    if not history or any(event.clue_id != clue.id for event in history):
        raise InputError(
            "给的不是这条线索的全部事件", where=_where(clue), expected="ledger.history(编号) 的结果", fix="重新读取"
        )
