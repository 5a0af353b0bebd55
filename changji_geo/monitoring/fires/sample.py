"""A seed and a day -> a made-up FIRMS file (VIIRS, near real time) of the prefecture, every row of it labelled 示例数据.

No satellite saw anything in it: places, powers and confidences are drawn at random.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import shapely

from changji_geo.catalog import load_layer
from changji_geo.errors import InputError
from changji_geo.monitoring.fires.detection import NOTE_COLUMN
from changji_geo.resources import Workspace, packaged_root
from changji_geo.sample_words import SAMPLE_DATA

NOTE = f"{SAMPLE_DATA}；随机生成；不是卫星火点"
SAMPLE_DAY = datetime.date(2026, 3, 26)
MAX_FIRES = 400

COLUMNS = (
    "latitude", "longitude", "bright_ti4", "scan", "track", "acq_date", "acq_time", "satellite", "instrument", "confidence",
    "version", "bright_ti5", "frp", "daynight", NOTE_COLUMN,
)  # fmt: skip
"""The layout of FIRMS, and the label."""

_FARMLAND = (86.0, 43.95, 90.3, 44.55)
"""The belt of oases, degrees: fields lie here; reserves and heat sources are avoided."""

_SOURCES = ("zhundong_wucaiwan", "zhundong_wucaiwan", "gaoxinqu")
"""Heat sources with a fire in each."""

_ELSEWHERE = ((88.95, 44.88), (87.56, 44.20), (87.75, 43.93))
"""In the reserve of 卡拉麦里山, in 五家渠, in 乌鲁木齐."""

_PASSES = (
    ("N", -1, 19, 12), ("N20", -1, 19, 48), ("N21", -1, 20, 24), ("N21", 0, 5, 36), ("N", 0, 6, 18), ("N20", 0, 6, 54),
)  # fmt: skip
"""Satellite, day before (-1) or the day itself (0), hour and minute in UTC: all of one day in Beijing."""

_BESIDE_DEG = 0.0022
"""How far a second satellite puts the same fire: less than a pixel."""


class _Seen(NamedTuple):
    """One row before it is written."""

    lon: float
    lat: float
    crossing: int
    confidence: str
    frp: float


def sample_firms(*, day: datetime.date = SAMPLE_DAY, fires: int = 26, seed: int = 2026) -> str:
    r"""Draw a file.

    Parameters
    ----------
    day : date
        The day in Beijing on which all of it falls; in UTC the rows are of two days, as real files are.
    fires : int
        How many fires on fields, some of them seen by two satellites; six more lie in industrial areas, in a reserve and
        outside the prefecture.
    seed : int
        The same seed gives the same file.

    Returns
    -------
    str
        CSV text with `COLUMNS`, in the order of time and place.

    Raises
    ------
    InputError
        Fewer than one fire or more than `MAX_FIRES`.

    Examples
    --------
    >>> sample_firms().splitlines()[1].split(",")[-1]
    '示例数据；随机生成；不是卫星火点'
    """
    if not 1 <= fires <= MAX_FIRES:
        raise InputError(f"示例火点数 {fires} 不对", expected=f"1 到 {MAX_FIRES}", fix="换一个数")
    random = np.random.default_rng(seed)
    rows = [(_moment(day, seen.crossing), seen) for seen in _drawn(random, fires)]
    lines = [_line(moment, seen) for moment, seen in sorted(rows)]
    return "\n".join([",".join(COLUMNS), *lines]) + "\n"


def _drawn(random: np.random.Generator, fires: int) -> Iterator[_Seen]:
    places = [*_fields(random, fires), *_hot(random), *_ELSEWHERE]
    for number, (lon, lat) in enumerate(places):
        first = int(random.integers(0, len(_PASSES)))
        confidence = "l" if number % 7 == 5 else "h" if number % 9 == 4 else "n"
        yield _Seen(lon, lat, first, confidence, float(random.gamma(2.0, 3.0)) + 0.4)
        if number % 3 == 0:
            aside = random.uniform(-_BESIDE_DEG, _BESIDE_DEG, 2)
            second = (first + 1) % len(_PASSES)
            yield _Seen(lon + aside[0], lat + aside[1], second, confidence, float(random.gamma(2.0, 3.0)) + 0.4)


def _fields(random: np.random.Generator, count: int) -> Iterator[tuple[float, float]]:
    """Places of farmland fires: in a county, in the belt, in no reserve and in no heat source."""
    space = Workspace((packaged_root(),))
    inside = shapely.union_all(load_layer("counties", space).frame.geometry.to_numpy())
    avoided = [load_layer(name, space).frame.geometry.to_numpy() for name in ("reserves", "heat_sources")]
    allowed = shapely.difference(inside, shapely.union_all(np.concatenate(avoided)))
    shapely.prepare(allowed)
    west, south, east, north = _FARMLAND
    while count:
        lon, lat = float(random.uniform(west, east)), float(random.uniform(south, north))
        if shapely.contains_xy(allowed, lon, lat):
            count -= 1
            yield lon, lat


def _hot(random: np.random.Generator) -> Iterator[tuple[float, float]]:
    table = load_layer("heat_sources", Workspace((packaged_root(),))).frame.set_index("id")
    for name in _SOURCES:
        centre = table.geometry[name].centroid
        aside = random.uniform(-0.012, 0.012, 2)
        yield centre.x + float(aside[0]), centre.y + float(aside[1])


def _moment(day: datetime.date, crossing: int) -> datetime.datetime:
    _, shift, hour, minute = _PASSES[crossing]
    return datetime.datetime.combine(day + datetime.timedelta(days=shift), datetime.time(hour, minute))


def _line(moment: datetime.datetime, seen: _Seen) -> str:
    bright = 300 + 6 * seen.frp**0.6
    cells = (
        f"{seen.lat:.5f}", f"{seen.lon:.5f}", f"{bright + 20:.1f}", "0.4", "0.4", moment.strftime("%Y-%m-%d"),
        moment.strftime("%H%M"), _PASSES[seen.crossing][0], "VIIRS", seen.confidence, "2.0NRT", f"{bright - 12:.1f}",
        f"{seen.frp:.1f}", "D" if moment.hour < 12 else "N", NOTE,
    )  # fmt: skip
    return ",".join(cells)
