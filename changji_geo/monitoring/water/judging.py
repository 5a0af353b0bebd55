"""A sample and the items of a standard -> a class for each item, and the sentences that results share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd

from changji_geo.monitoring.water.measured import NON_DETECT_ZH, Measured, NonDetect
from changji_geo.monitoring.water.observations import Sample
from changji_geo.standards.surface_water import NO_SUCCESSOR_SEEN, exceed_multiple
from changji_geo.standards.water_items import CLASSES, WaterItem

_YES_NO = frozenset({"meets_target", "compliant", "renormalised", "detected"})
_NUMBERS = frozenset({"value", "detection_limit", "multiple", "good_percent", "worst_percent"})

Ranking = Callable[[WaterItem, Measured], int]
"""The index of the class of a usable value, 0 the best."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One item of one sample. ``rank`` is None when the value cannot be used."""

    item: WaterItem
    measured: Measured
    rank: int | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdicts of a sample, its items that were not measured, and the worst rank (None when nothing could be judged)."""

    verdicts: tuple[Verdict, ...]
    missing: tuple[WaterItem, ...]
    worst: int | None

    @property
    def unusable(self) -> tuple[Verdict, ...]:
        """What was written but cannot be used."""
        return tuple(v for v in self.verdicts if v.rank is None)

    def known_rank(self, last: int) -> int | None:
        """The worst rank as far as it is certain: an unusable value leaves it open, unless it is the last class already."""
        return None if self.unusable and self.worst != last else self.worst

    def beyond(self, rank: int, target: str) -> tuple[Verdict, ...]:
        """Items worse than a rank: worst class first, then the larger multiple of the target's limit, then the standard's order."""

        def order(verdict: Verdict) -> tuple[int, Decimal]:
            amount = verdict.measured.amount
            multiple = None if amount is None else exceed_multiple(verdict.item, amount, target=target)
            return -(verdict.rank or 0), -(multiple or Decimal(0))

        return tuple(sorted((v for v in self.verdicts if v.rank is not None and v.rank > rank), key=order))

    def deciding(self) -> tuple[Verdict, ...]:
        """Items in the worst class found; none when that is Ⅰ, which every item is in."""
        return tuple(v for v in self.verdicts if self.worst and v.rank == self.worst)


def judge(sample: Sample, items: Iterable[WaterItem], rank: Ranking) -> Judgement:
    """Judge the items of a sample, each by itself; the worst counts.

    Parameters
    ----------
    sample : Sample
    items : iterable of WaterItem
        Those that count, in the standard's order.
    rank : callable
    """
    verdicts, missing = [], []
    for item in items:
        measured = sample.values.get(item)
        if measured is None:
            missing.append(item)
        else:
            verdicts.append(Verdict(item, measured, None if measured.amount is None else rank(item, measured)))
    ranks = [v.rank for v in verdicts if v.rank is not None]
    return Judgement(tuple(verdicts), tuple(missing), max(ranks, default=None))


def names_of(items: Iterable[WaterItem | Verdict]) -> str:
    """Names in a list as a sentence has them."""
    return "、".join(i.name if isinstance(i, WaterItem) else i.item.name for i in items)


def faults_of(verdicts: Iterable[Verdict]) -> str:
    """The unusable values with their reasons."""
    return "；".join(f"{v.item.name}{v.measured.fault}" for v in verdicts)


def multiples_text(verdicts: Iterable[Verdict], target: str) -> str:
    """Items with their exceed multiples to two decimals, half up; one without multiple (pH, dissolved oxygen) only by name."""
    out = []
    for verdict in verdicts:
        amount = verdict.measured.amount
        multiple = None if amount is None else exceed_multiple(verdict.item, amount, target=target)
        out.append(verdict.item.name if multiple is None else f"{verdict.item.name} {_two_decimals(multiple)}")
    return "；".join(out)


def non_detect_notes(judgement: Judgement, rank: Ranking, option: NonDetect) -> list[str]:
    """How non-detects counted, and of which items the class depends on that."""
    hidden = [v for v in judgement.verdicts if not v.measured.detected and v.rank is not None]
    notes = [NON_DETECT_ZH[option]] if hidden else []
    for verdict in hidden:
        limit = verdict.measured.limit
        if limit is None:
            notes.append(f"{verdict.item.name}未检出，没有写检出限")
        elif rank(verdict.item, Measured(limit, False)) != rank(verdict.item, Measured(Decimal(0), False)):
            at_limit = f"检出限 {plain(limit)} {verdict.item.unit}"
            notes.append(f"{verdict.item.name}的{at_limit}跨过限值，结果随未检出的取值而变")
    return notes


def common_notes(sample: Sample, *, checked: bool = True) -> list[str]:
    """What every result says: columns that no limit applies to, and a date after the last look for a new edition."""
    notes = [f"未评价：{'、'.join(sample.unused)}"] if sample.unused else []
    if checked and sample.first_day > NO_SUCCESSOR_SEEN:
        notes.append(f"{NO_SUCCESSOR_SEEN.isoformat()} 之后有无新标准未核对")
    return notes


def reference_of(sample: Sample) -> str:
    """The class that counts as kept: the target of the section, else Ⅲ."""
    return sample.target or CLASSES[2]


def meets(judgement: Judgement, target: str, known: int | None) -> bool | None:
    """Whether a target is met; None without target or where that is open. What is worse already fails it."""
    if not target or judgement.worst is None:
        return None
    if judgement.worst > CLASSES.index(target):
        return False
    return None if known is None else True


def class_cells(sample: Sample, judgement: Judgement, classes: Sequence[str]) -> dict[str, Any]:
    """What the row of a sample that gets a class says whichever standard gave it; `classes` best first."""
    known = judgement.known_rank(len(classes) - 1)
    return {
        "section": sample.section,
        "date": sample.date,
        "class": None if known is None else classes[known],
        "decided_by": "" if known is None else names_of(judgement.deciding()),
        "target": sample.target,
        "meets_target": meets(judgement, sample.target, known),
        "reference": reference_of(sample),
        "n_items": len(judgement.verdicts) - len(judgement.unusable),
        "missing": names_of(judgement.missing),
        "unusable": faults_of(judgement.unusable),
        "non_detects": names_of(v for v in judgement.verdicts if not v.measured.detected),
    }


def open_notes(judgement: Judgement, classes: Sequence[str]) -> list[str]:
    """Why a sample has no class, and what can be said all the same; on how few items a class stands."""
    measured, absent = len(judgement.verdicts), len(judgement.missing)
    few = [f"只测了 {measured} 项，缺 {absent} 项"] if measured and absent else []
    if judgement.worst is None:
        return ["没有可评价的项目", *few]
    if judgement.known_rank(len(classes) - 1) is None:
        return [f"有不能用的值，类别不定；其余项目为{classes[judgement.worst]}类", *few]
    return few


def as_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Rows as a table whose types do not depend on what is in it: counts int, numbers float, yes/no nullable, texts objects."""
    table = pd.DataFrame(list(rows), columns=list(columns), dtype=object)
    for name in columns:
        if name.startswith("n_") or name == "sections":
            table[name] = table[name].astype("int64")
        elif name in _YES_NO:
            table[name] = table[name].astype("boolean")
        elif name in _NUMBERS or name.startswith("tli"):
            table[name] = table[name].astype("float64")
    return table


def joined(notes: Sequence[str]) -> str:
    """Notes as one text."""
    return "；".join(notes)


def plain(value: Decimal) -> str:
    """A number without exponent or superfluous zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _two_decimals(value: Decimal) -> str:
    rounded = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return str(rounded) if rounded else "<0.01"
