"""Several samples -> one with the mean of each item: of a section in a month, or of the few sections of a basin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from changji_geo.monitoring.water.measured import Measured
from changji_geo.monitoring.water.observations import Sample
from changji_geo.monitoring.water.sections import saturation_of
from changji_geo.standards.surface_water import SURFACE_ITEMS
from changji_geo.standards.water_items import WaterItem

_SATURATION = SURFACE_ITEMS.require("do_saturation")
_SATURATED = SURFACE_ITEMS.require("do_saturated")
PH = SURFACE_ITEMS.require("ph")


def mean_sample(samples: Sequence[Sample]) -> Sample:
    """The mean of samples of one type of water.

    Parameters
    ----------
    samples : sequence of Sample
        At least one; section, date and the rest are those of the first.

    Returns
    -------
    Sample
        Each item is the arithmetic mean over the samples that have it, a non-detect where all are; a value that cannot be used
        stays so. pH is no amount: it is the one farthest out of its range, never a mean. The
        saturation of oxygen is the mean where every sample with oxygen has one, else it is left out.
    """
    if len(samples) == 1:
        return samples[0]
    given: dict[WaterItem, list[Measured]] = {}
    for sample in samples:
        for item, measured in sample.values.items():
            given.setdefault(item, []).append(measured)
    values = {item: _mean(item, found) for item, found in given.items() if item not in (_SATURATION, _SATURATED)}
    saturations = [saturation_of(s) for s in samples if any(i.id == "do" for i in s.values)]
    known = [s for s in saturations if s is not None]
    if known and len(known) == len(saturations):
        values[_SATURATION] = Measured(sum(known, Decimal(0)) / len(known))
    return replace(samples[0], values=values)


def _mean(item: WaterItem, found: Sequence[Measured]) -> Measured:
    faulty = [m.fault for m in found if m.amount is None]
    if faulty:
        return Measured(None, fault="、".join(dict.fromkeys(faulty)))
    amounts = [m.amount for m in found if m.amount is not None]
    if item is PH:
        return Measured(max(amounts, key=lambda a: (item.rank(a), abs(a - 7))))
    limits = [m.limit for m in found if m.limit is not None]
    detected = any(m.detected for m in found)
    return Measured(sum(amounts, Decimal(0)) / len(amounts), detected, None if detected else max(limits, default=None))
