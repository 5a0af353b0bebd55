"""Rules of nature reserves, read from ``reserves.toml``: zones by date, focus types, activity classes, status flow."""

from __future__ import annotations

import datetime
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from changji_geo.errors import InputError, near_match

FocusWhere = Literal["", "reserve", "strict_zones"]
"""Where a class of activity is a focus problem (重点问题): nowhere, in the whole reserve, or only in the strict zones."""

_NEGATIONS = ("非", "无", "未", "不")


@dataclass(frozen=True, slots=True)
class ZoneScheme:
    """The functional zones of reserves under one edition of the regulation.

    ``strict_zones`` are those where tourism and hydropower count as focus problems. ``since`` and ``until`` are the first
    and last day, None where the package knows no bound.
    """

    id: str
    title: str
    regulation: str
    zones: tuple[str, ...]
    strict_zones: tuple[str, ...]
    since: datetime.date | None = None
    until: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class ActivityClass:
    """A class of human activity. ``code`` is internal to this package, not a code of a national standard."""

    code: str
    name: str
    focus: FocusWhere
    synonyms: tuple[str, ...]


def _read() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("reserves.toml").read_text(encoding="utf-8"))


def _scheme(table: Mapping[str, Any]) -> ZoneScheme:
    kept: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items() if k != "evidence"}
    return ZoneScheme(**kept)


_TABLES = _read()

ZONE_SCHEMES: tuple[ZoneScheme, ...] = tuple(_scheme(t) for t in _TABLES["schemes"])
"""In the order of their dates."""

ACTIVITIES: tuple[ActivityClass, ...] = tuple(
    ActivityClass(t["code"], t["name"], t.get("focus", ""), tuple(t["synonyms"])) for t in _TABLES["activities"]
)
"""Every class of activity with its internal code."""

FOCUS_TYPES: tuple[ActivityClass, ...] = tuple(a for a in ACTIVITIES if a.focus)
"""The four focus types (四类重点问题)."""

_FLOW = _TABLES["flow"]

STATUSES: tuple[str, ...] = tuple(_FLOW["next"])
"""Every status of a clue; `FIRST_STATUS` is that of an imported one."""

FIRST_STATUS: str = _FLOW["first"]
CLOSED_STATUS: str = _FLOW["closed"]
CLOSES_FROM: str = _FLOW["closes_from"]
"""The only status that a case is closed from."""


def zone_scheme(date: datetime.date) -> ZoneScheme:
    """The scheme in force on a day: three zones until 2026-03-14, two zones from 2026-03-15.

    Parameters
    ----------
    date : date
        The day of the observation, not today's.

    Returns
    -------
    ZoneScheme
        There is no conversion between the schemes: which new zone an old one became is a matter of the approved adjustment.

    Examples
    --------
    >>> zone_scheme(datetime.date(2026, 3, 14)).zones, zone_scheme(datetime.date(2026, 3, 15)).zones
    (('核心区', '缓冲区', '实验区'), ('核心保护区', '一般控制区'))
    """
    day = date.date() if isinstance(date, datetime.datetime) else date
    return next(s for s in ZONE_SCHEMES if (s.since or day) <= day <= (s.until or day))


def scheme_of_zone(zone: str) -> ZoneScheme:
    """The scheme that has a zone of this name.

    Raises
    ------
    InputError
        When neither has.

    Examples
    --------
    >>> scheme_of_zone("一般控制区").id
    'two_zones'
    """
    found = next((s for s in ZONE_SCHEMES if zone in s.zones), None)
    if found is None:
        known = [z for s in ZONE_SCHEMES for z in s.zones]
        raise InputError(f"没有功能区“{zone}”", expected="、".join(known), fix=near_match(zone, known))
    return found


def activity_class(text: str) -> ActivityClass | None:
    """The class a written activity belongs to.

    Parameters
    ----------
    text : str
        A class, its internal code, a synonym, or words that contain one (``"废弃采石场（北侧）"``).

    Returns
    -------
    ActivityClass or None
        None where nothing is recognised, where the words name two classes, and where they may deny one (``"非采石"``): a
        person decides.

    Examples
    --------
    >>> activity_class("废弃采石场（北侧）").name, activity_class("旅游公路"), activity_class("未采矿")
    ('采石采砂', None, None)
    """
    word = "".join(unicodedata.normalize("NFKC", text).split())
    exact = [a for a in ACTIVITIES if word in (a.code, a.name, *a.synonyms)]
    if exact:
        return exact[0]
    if any(sign in word for sign in _NEGATIONS):
        return None
    found = [a for a in ACTIVITIES if any(s in word for s in (a.name, *a.synonyms))]
    return found[0] if len(found) == 1 else None


def counts_as_focus(activity: ActivityClass, zone: str) -> bool:
    """Whether an activity inside a zone is one of the four focus problems (重点问题).

    Quarrying and mining count in every zone, tourism and hydropower only in 核心区 and 缓冲区, under the two zones only in
    核心保护区.

    Raises
    ------
    InputError
        When there is no such zone.

    Examples
    --------
    >>> counts_as_focus(activity_class("索道"), "缓冲区"), counts_as_focus(activity_class("索道"), "一般控制区")
    (True, False)
    """
    scheme = scheme_of_zone(zone)
    return activity.focus == "reserve" or (activity.focus == "strict_zones" and zone in scheme.strict_zones)


def next_statuses(status: str) -> tuple[str, ...]:
    """The statuses that may follow one.

    Raises
    ------
    InputError
        When there is no such status.

    Examples
    --------
    >>> next_statuses("整改完成待验收")
    ('已销号', '退回重办')
    """
    if status not in STATUSES:
        raise InputError(f"没有状态“{status}”", expected="、".join(STATUSES), fix=near_match(status, STATUSES))
    return tuple(_FLOW["next"][status])


def require_transition(status: str, following: str, *, where: str | None = None) -> None:
    """Raise unless a clue may go from one status to another.

    Parameters
    ----------
    status, following : str
        From and to; a status does not follow itself.
    where : str, optional
        The clue, for the message.

    Raises
    ------
    InputError
        When there is no such status, or the step is not allowed; the message lists those that are.
    """
    allowed = next_statuses(status)
    next_statuses(following)
    if following not in allowed:
        raise InputError(
            f"状态不能从“{status}”改为“{following}”",
            where=where,
            expected="、".join(f"“{s}”" for s in allowed),
            fix="按流程逐步改；走错了先改为“退回重办”" if "退回重办" in allowed else "按流程逐步改",
        )


def require_closing(status: str, *, before: int, after: int, document: str, where: str | None = None) -> None:
    """Raise unless a case may be closed (销号): accepted, with evidence of before and after, and a document number.

    Parameters
    ----------
    status : str
        Where the clue stands now.
    before, after : int
        Number of evidence files of the time before and after the rectification.
    document : str
        Number of the closing document (销号文号).
    where : str, optional
        The clue, for the message.

    Raises
    ------
    InputError
        When the status is another than 整改完成待验收, or something is missing; the message names all of it.
    """
    if status != CLOSES_FROM:
        next_statuses(status)
        raise InputError(
            f"状态是“{status}”，不能销号",
            where=where,
            expected=f"“{CLOSES_FROM}”",
            fix="按流程改到该状态，验收后再销号",
        )
    wanted = ((before > 0, "整改前证据"), (after > 0, "整改后证据"), (bool(document.strip()), "销号文号"))
    missing = [name for there, name in wanted if not there]
    if missing:
        raise InputError(
            f"不能销号：缺少{'、'.join(missing)}",
            where=where,
            expected="整改前、后的证据各至少一份，以及销号文号",
            fix="补齐后再销号",
        )
