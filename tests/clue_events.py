"""Chained events of made-up clues, written down as a ledger would, whose counts can be worked out on paper."""

import datetime

import shapely

from changji_geo.clues.ledger.appending import Current, prepare_events
from changji_geo.clues.ledger.chain import Head
from changji_geo.clues.ledger.states import geometry_hex
from changji_geo.clues.model import NewEvent

BEIJING = datetime.timezone(datetime.timedelta(hours=8))
SQUARE = shapely.box(88.0, 44.0, 88.001, 44.001)


def moment(day, hour=10):
    """That hour of a day of 2026, given as (month, day)."""
    return datetime.datetime(2026, *day, hour, tzinfo=BEIJING)


class Book:
    """Events as they are appended; ``events`` is what a ledger would give back."""

    def __init__(self):
        self.events, self._current = (), {}

    def add(self, day, *new):
        """Append events on a day, given as (month, day); ``before`` is filled in from the present state."""
        for event in new:
            values = self._current[event.clue_id].values if event.clue_id in self._current else {}
            before = {key: values.get(key) for key in event.after} if event.kind != "import" else {}
            whole = NewEvent(
                event.clue_id, event.kind, event.actor, before, event.after, event.reason, event.evidence
            )  # fmt: skip
            head = Head(self.events[-1].seq, self.events[-1].hash) if self.events else Head()
            done = prepare_events([whole], at=moment(day), head=head, find_current=self._current.get)
            self._current[event.clue_id] = Current(done[0].state.first_seq, done[0].state.values)
            self.events += (done[0].event,)
        return self


def arrives(clue_id, *, shape=SQUARE, batch="绿盾2026-1", **values):
    """The event that imports a clue."""
    after = {"batch": batch, "original_id": f"原-{clue_id}", "geometry": geometry_hex(shape), **values}
    return NewEvent(clue_id, "import", "张三", {}, after)


def becomes(clue_id, status, **values):
    """The event that changes a status."""
    return NewEvent(clue_id, "close" if status == "已销号" else "set", "李四", {}, {"status": status, **values})


def dropped(clue_id, code="duplicate"):
    """The event that drops a clue."""
    return NewEvent(clue_id, "drop", "李四", {}, {"dropped": code})


def restored(clue_id):
    """The event that takes it up again."""
    return NewEvent(clue_id, "restore", "李四", {}, {"dropped": ""})


def checked(inside_m2, *zones, focus="contradicts", written="", accuracy="surveyed"):
    """The value of ``checks`` with these findings; zones as (scheme, zone, area in m2)."""
    parts = [
        {"reserve": "甲保护区", "scheme": scheme, "zone": zone, "area_m2": size, "share": None}
        for scheme, zone, size in zones
    ]
    found = (
        ("county", "supports", {}),
        ("reserve_zones", "supports" if zones else "contradicts", {"inside_m2": inside_m2, "zones": parts}),
        ("focus_type", focus, {"written": written}),
    )
    return {
        "results": [
            {"check": name, "verdict": verdict, "reason": "试", "evidence": evidence, "layers": ["reserves"]}
            for name, verdict, evidence in found
        ],
        "layers": {"reserves": ["1", "0" * 64, accuracy]},
    }
