"""Words of the clue desk: clues, events, check results; no file is read and nothing is decided here."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import shapely

Status = Literal["待核查", "已核查-非问题", "已核查-待整改", "整改中", "整改完成待验收", "已销号", "退回重办"]
"""Where a clue stands; the flow between them is in `changji_geo.standards.reserves`."""

Verdict = Literal["supports", "contradicts", "unclear", "not_applicable"]
"""What a check says of "this is a problem"; ``unclear`` is never folded into "no"."""

VERDICTS_ZH: dict[Verdict, str] = {
    "supports": "支持",
    "contradicts": "不支持",
    "unclear": "不明确",
    "not_applicable": "不适用",
}

EventKind = Literal["import", "reimport", "check", "set", "outline", "drop", "restore", "audit", "evidence", "close"]
"""What happened to a clue. ``reimport``: the same original id came again with other content."""


EvidenceRole = Literal["", "before", "after", "field", "document"]
"""What a file shows: the place before or after the rectification, a field visit, a paper; "" for anything else."""

EVIDENCE_ROLES_ZH: dict[EvidenceRole, str] = {
    "before": "整改前",
    "after": "整改后",
    "field": "现场核查",
    "document": "文件",
    "": "其他",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file that proves something: path relative to the ledger's evidence folder, and its SHA-256 when it was attached."""

    path: str
    sha256: str
    size: int
    role: EvidenceRole = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to one clue; never altered afterwards.

    ``seq`` counts from 1 over the whole ledger. ``at``: with time zone. ``before`` and ``after`` hold the fields that changed
    (flat: parts of the `Clue` under their own names, any other key is a field of the desk, None removes it; a geometry is WKB in
    hex under ``geometry``). ``hash`` is the SHA-256 over the canonical JSON of everything
    else and ``prev_hash``, so that no event can be altered, removed or reordered unseen.
    """

    seq: int
    clue_id: str
    kind: EventKind
    at: datetime.datetime
    actor: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()
    prev_hash: str = ""
    hash: str = ""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event about to be written; the ledger gives it its number and hashes."""

    clue_id: str
    kind: EventKind
    actor: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Clue:
    """The current state of a clue: what its events add up to.

    ``id`` is our own (``LD2025-0001``), stable under re-import; ``original_id`` the file's. ``original`` is the geometry as
    imported, kept for ever; ``geometry`` the repaired or redrawn working one; both longitude/latitude on CGCS2000
    (EPSG:4490), polygon or point. ``attributes`` are the file's own fields. ``observed`` is the date of the later image: it
    chooses the rules. ``fields`` are those of the desk (county, reserve, activity, deadline, measure, ...).
    """

    id: str
    batch: str
    original_id: str
    original: shapely.Geometry
    geometry: shapely.Geometry
    status: Status
    observed: datetime.date | None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    dropped: str = ""
    """Reason code of a drop, "" for a clue that is kept; a dropped one stays and can be restored."""


@dataclass(frozen=True, slots=True)
class LayerUse:
    """A layer a verdict rests on."""

    id: str
    version: str
    sha256: str
    accuracy: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check says. ``reason`` is Chinese; ``evidence`` maps a name with its unit (``area_m2``) to a value."""

    check: str
    verdict: Verdict
    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    layers: tuple[LayerUse, ...] = ()
