"""Clues and a day -> what tables, cards and maps say of each: position, area, zones, priority, whether it is overdue."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from changji_geo.clues.checks.stored import stored_priority, stored_results
from changji_geo.clues.model import CheckResult, Clue
from changji_geo.crs import format_dms
from changji_geo.ellipsoid import area_m2
from changji_geo.standards.reserves import CLOSED_STATUS

MU_M2 = 2000.0 / 3.0
"""Square metres of one mu (亩): 15 mu are a hectare."""

SETTLED = frozenset({CLOSED_STATUS, "已核查-非问题"})
"""Statuses after which a deadline no longer counts."""

_NAME_COLUMNS = ("名称", "点位名称", "图斑名称", "name")


@dataclass(frozen=True)
class ClueFacts:
    """A clue with what is worked out from it.

    ``lon`` and ``lat``: a point on the patch (a point's own), degrees on CGCS2000. ``area_m2`` is ellipsoidal, None for a
    point; ``area_mu`` the same in mu. ``inside_m2``: the area in reserves at the last check, None when unknown.
    ``zones``: one mapping for each zone met, with ``reserve``, ``zone``, ``area_m2``, ``share``, as check
    ``reserve_zones`` found them. ``results`` and ``score`` are those of the last check (empty, None: not checked).
    ``overdue_days`` is None unless the deadline has passed and the case is neither settled nor dropped.
    ``schematic``: whether a result rests on a schematic layer.
    """

    clue: Clue
    lon: float
    lat: float
    area_m2: float | None
    inside_m2: float | None
    zones: tuple[dict[str, Any], ...]
    results: tuple[CheckResult, ...]
    score: float | None
    overdue_days: int | None
    schematic: bool

    @property
    def name(self) -> str:
        """What the file calls the clue, else the facility, else ""."""
        found = next((self.clue.attributes[c] for c in _NAME_COLUMNS if self.clue.attributes.get(c)), "")
        return str(found or self.clue.fields.get("facility") or "")

    @property
    def area_mu(self) -> float | None:
        """The area in mu."""
        return None if self.area_m2 is None else self.area_m2 / MU_M2

    @property
    def dms(self) -> str:
        """Position in degrees, minutes and seconds."""
        return format_dms(self.lon, self.lat, decimals=1)

    def value(self, key: str) -> Any:
        """The value of one of `changji_geo.clues.fields.FIELDS`; None where there is none. Dates are dates."""
        clue = self.clue
        own: dict[str, Any] = {
            "id": clue.id, "original_id": clue.original_id, "batch": clue.batch, "name": self.name or None,
            "status": clue.status, "dropped": clue.dropped or None, "priority": self.score, "area_m2": self.area_m2,
            "area_mu": self.area_mu, "inside_m2": self.inside_m2, "lon": self.lon, "lat": self.lat, "dms": self.dms,
            "observed": clue.observed, "overdue_days": self.overdue_days,
        }  # fmt: skip
        if key in own:
            return own[key]
        stored = clue.fields.get(key)
        return parse_day(stored) or stored if key in _DATES else stored


_DATES = frozenset({"check_date", "built", "deadline", "done_date", "close_date"})


def parse_day(text: Any) -> datetime.date | None:
    """The day that ISO text says; None for anything else."""
    try:
        return datetime.date.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def clue_facts(clues: Sequence[Clue], *, today: datetime.date) -> tuple[ClueFacts, ...]:
    """Work out the facts of clues, all at once.

    Parameters
    ----------
    clues : sequence of Clue
    today : date
        The day by which a deadline has passed or not; a deadline of today has not.

    Returns
    -------
    tuple of ClueFacts
        In the clues' order.
    """
    shapes = np.empty(len(clues), dtype=object)
    shapes[:] = [clue.geometry for clue in clues]
    spots = shapely.get_coordinates(shapely.point_on_surface(shapes))
    areas = np.where(shapely.get_dimensions(shapes) == 2, area_m2(shapes), np.nan) if len(clues) else np.empty(0)
    out = []
    for clue, (lon, lat), area in zip(clues, spots.tolist(), areas.tolist(), strict=True):
        results = stored_results(clue)
        zones = next((r for r in results if r.check == "reserve_zones"), None)
        priority = stored_priority(clue)
        out.append(
            ClueFacts(
                clue, lon, lat, area if np.isfinite(area) else None,
                zones.evidence.get("inside_m2") if zones else None,
                tuple(dict(z) for z in zones.evidence.get("zones", ())) if zones else (),
                results, None if priority is None else priority.score, overdue_days(clue, today),
                any(use.accuracy == "schematic" for r in results for use in r.layers),
            )
        )  # fmt: skip
    return tuple(out)


def overdue_days(clue: Clue, today: datetime.date) -> int | None:
    """Days since the deadline; None before and on it, without one, and for a settled or dropped clue."""
    deadline = parse_day(clue.fields.get("deadline"))
    if deadline is None or clue.dropped or clue.status in SETTLED or today <= deadline:
        return None
    return (today - deadline).days
