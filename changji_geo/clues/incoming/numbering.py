"""Rows of a file -> clues with one number each: made where there is none, refused where two claim one."""

from __future__ import annotations

import datetime
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import shapely

from changji_geo.clues.incoming.comparing import compare_shapes, same_shape
from changji_geo.intake.findings import SHOWN_ROWS, IntakeFinding


@dataclass(frozen=True)
class IncomingClue:
    """One clue of a file.

    ``row``: its number in the file. ``original_id``: the file's own, or one made from the content when the file has
    none (``id_made``). ``original``: as the file drew it (rings may be wound anew); ``geometry``: repaired, or the
    circle about a point; both EPSG:4490. ``attributes``: header of the file -> cell, blanks left out. ``fields``:
    ``activity``, ``facility``, ``change`` where the file has them, ``buffer_m`` of a circle.
    """

    row: int
    original_id: str
    id_made: bool
    original: shapely.Geometry
    geometry: shapely.Geometry
    observed: datetime.date | None
    attributes: Mapping[str, Any]
    fields: Mapping[str, Any]


def content_ids(clues: Sequence[IncomingClue]) -> list[IncomingClue]:
    """Give the clues without a number (``id_made``) one made from what they are.

    Parameters
    ----------
    clues : sequence of IncomingClue
        In any order.

    Returns
    -------
    list of IncomingClue
        In the same order. ``G`` and 12 hex digits of the shape's digest: the number outlasts another order of the rows
        and other attributes. Where rows of one shape have different attributes, these count too.
    """
    given = {c.original_id for c in clues if not c.id_made}
    same: dict[str, list[IncomingClue]] = defaultdict(list)
    for clue in clues:
        if clue.id_made:
            same[_digest(shapely.to_wkb(shapely.normalize(clue.original), byte_order=1))].append(clue)
    out = []
    for clue in clues:
        if clue.id_made:
            base = _digest(shapely.to_wkb(shapely.normalize(clue.original), byte_order=1))
            if any(dict(c.attributes) != dict(clue.attributes) for c in same[base]):
                base = _digest(base.encode() + repr(sorted(clue.attributes.items())).encode())
            name = f"G{base}"
            while name in given:
                name += "_"
            clue = replace(clue, original_id=name)
        out.append(clue)
    return out


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


def one_per_id(clues: Sequence[IncomingClue], row_word: str) -> tuple[list[IncomingClue], list[IntakeFinding]]:
    """Settle rows that share a number.

    Parameters
    ----------
    clues : sequence of IncomingClue
        In the file's order.
    row_word : str
        ``"行"`` or ``"个要素"``.

    Returns
    -------
    tuple of the clues and the findings
        Rows of one number that are alike become the first of them ("same_clue", info). Rows of one number that differ
        are all left out, each with an error ("id_conflict") that names the other row and the difference.
    """
    groups: dict[str, list[IncomingClue]] = defaultdict(list)
    for clue in clues:
        groups[clue.original_id].append(clue)
    kept: list[IncomingClue] = []
    said: list[IntakeFinding] = []
    for name, (first, *others) in groups.items():
        differing = [(c, _difference(first, c)) for c in others]
        if not any(text for _, text in differing):
            kept.append(first)
            for clue in others:
                text = f"编号“{name[:40]}”与第 {first.row} {row_word}重复，内容相同，只留第 {first.row} {row_word}"
                said.append(IntakeFinding("info", "same_clue", text, clue.row))
            continue
        other, text = next((c, t) for c, t in differing if t)
        for clue in (first, *others):
            twin, why = (other, text) if clue is first else (first, _difference(first, clue) or text)
            message = f"编号“{name[:40]}”与第 {twin.row} {row_word}重复，{why}；一个编号只能是一条线索"
            said.append(IntakeFinding("error", "id_conflict", message, clue.row))
    return kept, said


def _difference(one: IncomingClue, other: IncomingClue) -> str:
    """What differs between two rows of one number, "" when nothing does."""
    if not same_shape(one.original, other.original):
        change = compare_shapes(one.geometry, other.geometry)
        if change.iou is None:
            return f"位置不同（相距 {change.moved_m:.1f} 米）"
        return f"图形不同（面积相差 {abs(change.area_change_m2):.1f} 平方米，重叠率 {change.iou:.1%}）"
    names = [k for k in {**one.attributes, **other.attributes} if one.attributes.get(k) != other.attributes.get(k)]
    if not names and one.observed == other.observed:
        return ""
    return f"图形相同但属性不同（{'、'.join(names[:SHOWN_ROWS])}）"
