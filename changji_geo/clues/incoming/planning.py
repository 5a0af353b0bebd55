"""Clues of a file and the clues there are -> the events of an import: for new and changed ones, none for the rest."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from changji_geo.clues.incoming.comparing import ShapeChange, compare_shapes, same_shape
from changji_geo.clues.incoming.numbering import IncomingClue
from changji_geo.clues.incoming.reading import IncomingClues
from changji_geo.clues.ledger.states import geometry_hex
from changji_geo.clues.model import Clue, NewEvent
from changji_geo.clues.resting_collector import rest_collector
from changji_geo.errors import InputError

IMPORTED = "imported"
"""Key of a clue's ``fields``: what the file said when it was last imported, and which file."""

_OWN_ID = re.compile(r"LD(\d{4})-(\d{4,})")
_YEAR_IN_TEXT = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_ABOUT_THE_FILE = ("file", "sha256", "row")


@dataclass(frozen=True, slots=True)
class Difference:
    """One attribute of the file that changed; None where it was or is blank."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class ChangedClue:
    """A clue that came again with other content.

    ``attributes``: cells of the file that differ. ``observed``: the dates, when they differ. ``shape``: how the outline
    changed, None when it did not. ``kept``: what the desk had set itself and the import therefore left (``geometry``,
    ``observed``, ``activity``, ...); the file's new word for it stands in ``fields["imported"]`` and ``original``.
    """

    clue_id: str
    original_id: str
    row: int
    attributes: tuple[Difference, ...]
    observed: Difference | None
    shape: ShapeChange | None
    kept: tuple[str, ...]

    @property
    def text(self) -> str:
        """The change in one Chinese line."""
        parts = []
        if self.shape is not None and self.shape.iou is not None:
            parts.append(f"图形有变：面积 {self.shape.area_change_m2:+.1f} 平方米，重叠率 {self.shape.iou:.1%}")
        elif self.shape is not None:
            parts.append(f"位置移动 {self.shape.moved_m:.1f} 米")
        parts += [f"{d.name}：{_shown(d.before)} → {_shown(d.after)}" for d in self.attributes]
        if self.observed is not None:
            parts.append(f"观测日期：{_shown(self.observed.before)} → {_shown(self.observed.after)}")
        if self.kept:
            parts.append("保留台账上已改的：" + "、".join(_KEPT_ZH.get(k, k) for k in self.kept))
        return "；".join(parts) or "导入时的缓冲半径等设置有变"


@dataclass(frozen=True)
class ImportPlan:
    """What importing a file means for the ledger; nothing is written yet.

    ``new_events``: one ``import`` or ``reimport`` event a clue, in the file's order. ``new``, ``unchanged``: our ids.
    ``absent``: our ids of this batch that the file no longer has; nothing happens to them.
    """

    new_events: tuple[NewEvent, ...]
    new: tuple[str, ...]
    unchanged: tuple[str, ...]
    changed: tuple[ChangedClue, ...]
    absent: tuple[str, ...]


@rest_collector()
def plan_import(incoming: IncomingClues, existing: Sequence[Clue], *, actor: str) -> ImportPlan:
    """Work out what a file changes.

    Parameters
    ----------
    incoming : IncomingClues
        From `changji_geo.clues.incoming.reading.read_clues`.
    existing : sequence of Clue
        Every clue of the ledger, of all batches, dropped and closed ones too: the next number depends on them.
    actor : str
        Who imports.

    Returns
    -------
    ImportPlan
        A clue is the same when batch and original id are. Same content: no event, whatever the file's name, format or
        order. Other content: ``reimport`` with the values that changed, whole, before and after; a value that the
        desk has changed since (an outline redrawn, an activity corrected) is left as the desk has it. Status and
        drops are not touched.

        An ``import`` event's ``after`` holds everything of the clue but its id, flat, as `changji_geo.clues.ledger.states`
        replays it: geometries as WKB in hex, the date as ISO text, desk fields under their own names, and ``imported``
        (what the file said, its name, SHA-256 and row). Own ids are ``LD<year>-<number>``: four digits, more from
        10,000 on.

    Raises
    ------
    InputError
        No actor, two rows of one original id, or no year to be had for a clue's own id.
    """
    if not actor.strip():
        raise InputError("没有写明经办人", where="--by", fix="写上姓名，如 --by 张三")
    known = {(c.batch, c.original_id): c for c in existing}
    _require_once(incoming)
    last = _last_numbers(c.id for c in existing)
    events: list[NewEvent] = []
    new: list[str] = []
    unchanged: list[str] = []
    changed: list[ChangedClue] = []
    for clue in incoming.clues:
        old = known.get((incoming.batch, clue.original_id))
        if old is None:
            year = _year_for(incoming, clue)
            last[year] = last.get(year, 0) + 1
            own = f"LD{year}-{last[year]:04d}"
            new.append(own)
            reason = f"导入 {incoming.file} 第 {clue.row} {incoming.row_word}"
            events.append(NewEvent(own, "import", actor.strip(), {}, _whole(clue, incoming), reason))
            continue
        found = _changes(old, clue, incoming)
        if found is None:
            unchanged.append(old.id)
            continue
        what, before, after = found
        changed.append(what)
        reason = f"再次导入 {incoming.file} 第 {clue.row} {incoming.row_word}：{what.text}"
        events.append(NewEvent(old.id, "reimport", actor.strip(), before, after, reason))
    came = {c.original_id for c in incoming.clues}
    absent = (c.id for c in existing if c.batch == incoming.batch and c.original_id not in came)
    return ImportPlan(tuple(events), tuple(new), tuple(unchanged), tuple(changed), tuple(absent))


def _require_once(incoming: IncomingClues) -> None:
    first: dict[str, int] = {}
    for clue in incoming.clues:
        row = first.setdefault(clue.original_id, clue.row)
        if row != clue.row:
            raise InputError(
                f"第 {row} 和第 {clue.row} {incoming.row_word}的编号都是“{clue.original_id[:40]}”",
                where=incoming.file,
                expected="一个编号只有一条线索",
                fix="改正编号后重新导入",
            )


def _last_numbers(ids: Iterable[str]) -> dict[int, int]:
    last: dict[int, int] = {}
    for text in ids:
        if found := _OWN_ID.fullmatch(text):
            last[int(found[1])] = max(last.get(int(found[1]), 0), int(found[2]))
    return last


def _year_for(incoming: IncomingClues, clue: IncomingClue) -> int:
    if incoming.year is not None:
        return incoming.year
    if found := _YEAR_IN_TEXT.search(incoming.batch):
        return int(found[1])
    if clue.observed is not None:
        return clue.observed.year
    raise InputError(
        f"定不出第 {clue.row} {incoming.row_word}线索的年份：批次“{incoming.batch}”里没有年份，也没有观测日期",
        where=incoming.file,
        expected="批次名含年份（如 绿盾2025-1），或写明 --year",
        fix="加 --year 2025 一类",
    )


def _imported(clue: IncomingClue, incoming: IncomingClues, digest: str) -> dict[str, Any]:
    """What the file says, to tell later whether the desk or the file changed it."""
    return {
        **clue.fields,
        "observed": _iso(clue.observed),
        "geometry_sha256": digest,
        "file": incoming.file,
        "sha256": incoming.sha256,
        "row": clue.row,
    }


def _whole(clue: IncomingClue, incoming: IncomingClues) -> dict[str, Any]:
    geometry = geometry_hex(clue.geometry)
    return {
        "batch": incoming.batch,
        "original_id": clue.original_id,
        "original": geometry if clue.original is clue.geometry else geometry_hex(clue.original),
        "geometry": geometry,
        "status": "待核查",
        "observed": _iso(clue.observed),
        "attributes": dict(clue.attributes),
        "dropped": "",
        **clue.fields,
        IMPORTED: _imported(clue, incoming, _digest(geometry)),
    }


def _changes(
    old: Clue, clue: IncomingClue, incoming: IncomingClues
) -> tuple[ChangedClue, dict[str, Any], dict[str, Any]] | None:
    """What a reimport changes, with the changed fields before and after; None for nothing."""
    said: Mapping[str, Any] = old.fields.get(IMPORTED, {})
    redrawn = "geometry_sha256" in said and said["geometry_sha256"] != _digest(geometry_hex(old.geometry))
    moved = not same_shape(old.original, clue.original)
    resized = moved or (not redrawn and not same_shape(old.geometry, clue.geometry))
    attributes = tuple(_differences(old.attributes, clue.attributes))
    names = [n for n in {**said, **clue.fields} if n not in (*_ABOUT_THE_FILE, "geometry_sha256", "observed")]
    other = [n for n in names if said.get(n) != clue.fields.get(n)]
    was_observed = said.get("observed", _iso(old.observed))
    redated = was_observed != _iso(clue.observed)
    if not (resized or attributes or other or redated):
        return None
    kept = ["geometry"] if redrawn and resized else []
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}

    def put(name: str, was: Any, now: Any) -> None:
        if was != now:
            before[name], after[name] = was, now

    if moved:
        put("original", geometry_hex(old.original), geometry_hex(clue.original))
    if resized and not redrawn:  # without it, the new original would become the working outline
        before["geometry"], after["geometry"] = geometry_hex(old.geometry), geometry_hex(clue.geometry)
    if attributes:
        put("attributes", dict(old.attributes), dict(clue.attributes))
    if redated and _iso(old.observed) == was_observed:
        put("observed", _iso(old.observed), _iso(clue.observed))
    elif redated:
        kept.append("observed")
    for name in other:
        if old.fields.get(name) == said.get(name):
            put(name, old.fields.get(name), clue.fields.get(name))
        else:
            kept.append(name)
    fresh = _digest(geometry_hex(clue.geometry))
    now = _imported(clue, incoming, fresh if resized else said.get("geometry_sha256", fresh))
    put(IMPORTED, old.fields.get(IMPORTED), now)
    shape = compare_shapes(old.geometry if not redrawn else old.original, clue.geometry) if resized else None
    dates = Difference("observed", was_observed, _iso(clue.observed)) if redated else None
    what = ChangedClue(old.id, old.original_id, clue.row, attributes, dates, shape, tuple(kept))
    return what, before, after


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for name in {**before, **after}:
        if before.get(name) != after.get(name):
            yield Difference(name, before.get(name), after.get(name))


def _digest(wkb_hex: str) -> str:
    return hashlib.sha256(bytes.fromhex(wkb_hex)).hexdigest()


def _iso(day: datetime.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _shown(value: Any) -> str:
    text = "（空）" if value is None else str(value)
    return text if len(text) <= 40 else text[:40] + "……"


_KEPT_ZH = {
    "geometry": "图形",
    "observed": "观测日期",
    "activity": "活动类型",
    "facility": "设施名称",
    "change": "变化类型",
}
