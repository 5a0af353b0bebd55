"""The ozone columns of several files settled: each by itself, a silent one by the others, a mixed one by days."""

from __future__ import annotations

import numpy as np

from changji_geo.monitoring.air.reading.collecting import Collected, OzoneColumns
from changji_geo.monitoring.air.reading.gridding import Readings
from changji_geo.monitoring.air.reading.ozone import Floats, Mask, OzoneOrder, current_ozone, ozone_order


def settle_ozone(found: Collected) -> None:
    """Add the current hour's ozone of every file with the pair of columns, and say how it was told from the maximum."""
    orders = [ozone_order(c.values["o3"], c.values["o3_24h"]) for c in found.ozone]
    decided = {o.swapped for o in orders if o.swapped is not None}
    shared = next(iter(decided)) if len(decided) == 1 else None
    for columns, order in zip(found.ozone, orders, strict=True):
        values, against = _settled(found, columns, order, shared)
        found.put(
            "o3",
            Readings(columns.station, columns.hour, values, np.full(values.size, columns.file, np.int64), columns.row),
        )
        told = "{count} 个读数与多数行的臭氧列次序相反，分不清当前值与最大值，作缺测"
        hits = np.flatnonzero(against)
        found.tally.add(
            "error", "ozone-against", told, count=hits.size, file=columns.name, rows=columns.row[hits], pollutant="O3"
        )
        _tell_8h(found, columns)


def _settled(found: Collected, columns: OzoneColumns, order: OzoneOrder, shared: bool | None) -> tuple[Floats, Mask]:
    current, maximum = columns.values["o3"], columns.values["o3_24h"]
    if order.contradictory:
        return _by_day(found, columns)
    if order.swapped is None and shared is not None:
        order = OzoneOrder(0, 0, shared)
    if order.swapped is None:
        told = "{files} 个文件的 o3 与 o3_24h 处处相同或只有一列有值，分不清当前值与最大值；两列相同的采用，其余作缺测"
        found.tally.add("warning", "ozone-undecided", told, count=1, file=columns.name, pollutant="O3")
    else:
        _tell(found, columns, order)
    return current_ozone(current, maximum, order)


def _tell(found: Collected, columns: OzoneColumns, order: OzoneOrder) -> None:
    if order.swapped:
        told = "{files} 个文件的臭氧列对调：o3_24h 是当前小时、o3 是 24 小时最大（{count} 行的 o3 大于 o3_24h），已按此采用"
        rule, level, count = "ozone-swapped", "repair", order.below
    else:
        told = "{files} 个文件的臭氧列与列名一致（{count} 行的 o3_24h 大于 o3）"
        rule, level, count = "ozone-as-named", "info", order.above
    found.tally.add(level, rule, told, count=max(count, 1), file=columns.name, pollutant="O3")  # type: ignore[arg-type]


def _by_day(found: Collected, columns: OzoneColumns) -> tuple[Floats, Mask]:
    """A file with both orders: every day by itself."""
    told = "{files} 个文件里臭氧列的次序前后不一，逐日判断"
    found.tally.add("warning", "ozone-mixed", told, count=1, file=columns.name, pollutant="O3")
    values = np.full(columns.hour.size, np.nan)
    against = np.zeros(columns.hour.size, dtype=bool)
    days = (columns.hour - 1) // 24
    for day in np.unique(days):
        at = np.flatnonzero(days == day)
        current, maximum = columns.values["o3"][at], columns.values["o3_24h"][at]
        values[at], against[at] = current_ozone(current, maximum, ozone_order(current, maximum))
    return values, against


def _tell_8h(found: Collected, columns: OzoneColumns) -> None:
    """The pair of 8 h columns is not read, daily 8 h maxima come from the hours; a swap there is told."""
    if not {"o3_8h", "o3_8h_24h"} <= columns.values.keys():
        return
    order = ozone_order(columns.values["o3_8h"], columns.values["o3_8h_24h"])
    if order.swapped:
        told = "{files} 个文件的 o3_8h 与 o3_8h_24h 也对调；8 小时值由小时值重算，这两列没有采用"
        found.tally.add("info", "ozone-8h-swapped", told, count=max(order.below, 1), file=columns.name, pollutant="O3")
