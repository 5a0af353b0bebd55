"""A seed -> a made-up file of clues over the shipped schematic reserves, every row of it labelled 示例.

Nothing in it was seen by a satellite: places, outlines, dates and activities are drawn at random.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely

from changji_geo.catalog import load_layer
from changji_geo.ellipsoid import geod
from changji_geo.errors import InputError
from changji_geo.files import write_atomic
from changji_geo.gisfile import gis_bytes
from changji_geo.resources import Workspace, packaged_root
from changji_geo.sample_words import SAMPLE_DATA
from changji_geo.xlsxfile import SheetData, workbook_bytes

if TYPE_CHECKING:
    import geopandas as gpd

Part = Literal["current", "earlier"]

_WRITTEN = datetime.date(2025, 1, 1)
"""Stands in the GeoPackage where GDAL writes the moment."""

SAMPLE_BATCH = "示例2025-1"
EARLIER_BATCH = "示例2024-1"
"""Names to import the two files under."""

NOTE = f"{SAMPLE_DATA}，随机生成，不是真实线索"
DECIMALS = 7

_PLAN = (("kalamaili", (4, 4, 6)), ("tianchi_bogda", (2, 3, 4)), ("qitai", (2, 2, 3)))
"""Reserve -> how many clues in its core, buffer and experimental zone: 30 in all."""

_ZONES = ("core", "buffer", "experimental")
_OUTSIDE = ((88.05, 44.28), (89.95, 43.93), (86.35, 44.42))
_TWINS = (4, 17)
"""Places, in the list, of clues that a second row draws again, a few metres aside."""

_ASIDE_DEG = np.array([2.5e-5, 0.0])

_GROWN = 8
"""Place of the clue that the earlier batch has too, smaller."""

_ACTIVITIES = (
    ("采石采砂", "采砂场"),
    ("工矿用地", "料场"),
    ("旅游设施", "营地"),
    ("水电设施", "引水设施"),
    ("交通设施", "便道"),
    ("能源设施", "光伏板"),
    ("养殖场", "圈舍"),
    ("农业用地", "开垦地"),
    ("居民点", "房屋"),
    ("其他人工设施", "围栏"),
)


def build_sample(*, seed: int = 2025, part: Part = "current") -> gpd.GeoDataFrame:
    """Draw the sample.

    Parameters
    ----------
    seed : int
        The same seed gives the same clues.
    part : {"current", "earlier"}
        The 35 clues of 2025, or the one that was there in 2024 already and has grown since.

    Returns
    -------
    GeoDataFrame
        EPSG:4490; columns 点位编号, 名称, 保护地名称, 活动类型, 变化类型, 前时相, 后时相 (ISO text, one is blank), 备注, geometry. Of
        the 35, 30 lie around places inside the zones of three reserves, 3 outside all of them, and 2 repeat an earlier
        row a few metres aside. Each is an irregular polygon 20 to 600 m across.
    """
    import geopandas as gpd

    rows = list(_rows(np.random.default_rng(seed)))
    rows += [_twin(rows[place], number) for number, place in enumerate(_TWINS, start=len(rows) + 1)]
    rows[11]["后时相"] = None
    if part == "earlier":
        rows = [_as_it_was(rows[_GROWN])]
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4490")


def write_sample(path: Path | str, *, seed: int = 2025, part: Part = "current") -> Path:
    """Write the sample as a file that `changji_geo.clues.incoming.reading.read_clues` reads.

    Parameters
    ----------
    path : path
        ``.gpkg``: the outlines. ``.xlsx``: a sheet with longitude and latitude of a place inside each, as points.
    seed, part
        See `build_sample`.

    Returns
    -------
    pathlib.Path
        The file; the same bytes for the same seed.

    Raises
    ------
    InputError
        Another ending.
    OutputError
        When it cannot be written.
    """
    target = Path(path)
    frame = build_sample(seed=seed, part=part)
    if target.suffix.lower() == ".gpkg":
        return write_atomic(target, gis_bytes(target, frame, layer="clues", date=_WRITTEN))
    if target.suffix.lower() == ".xlsx":
        return write_atomic(target, _xlsx_bytes(frame))
    raise InputError(
        f"不会写“{target.suffix}”格式的示例", where=str(target), expected=".gpkg 或 .xlsx", fix="换一个扩展名"
    )


def _rows(random: np.random.Generator) -> Iterator[dict[str, Any]]:
    space = Workspace((packaged_root(),))
    reserves = load_layer("reserves", space).frame.set_index("id")
    home = shapely.union_all(load_layer("prefecture", space).frame.geometry.array)
    number = 0
    for reserve, counts in _PLAN:
        for zone, count in zip(_ZONES, counts, strict=True):
            feature = reserves.loc[f"{reserve}_{zone}"]
            ground = shapely.intersection(feature["geometry"], home)
            for _ in range(count):
                number += 1
                yield _clue(random, number, _place_in(ground, random), str(feature["reserve"]))
    for place in _OUTSIDE:
        number += 1
        yield _clue(random, number, place, "")


def _place_in(ground: shapely.Geometry, random: np.random.Generator) -> tuple[float, float]:
    west, south, east, north = shapely.bounds(ground).tolist()
    while True:
        lon, lat = float(random.uniform(west, east)), float(random.uniform(south, north))
        if shapely.contains_xy(ground, lon, lat):
            return lon, lat


def _clue(random: np.random.Generator, number: int, place: tuple[float, float], reserve: str) -> dict[str, Any]:
    activity, facility = _ACTIVITIES[int(random.integers(len(_ACTIVITIES)))]
    after = datetime.date(2025, 4, 10) + datetime.timedelta(days=int(random.integers(150)))
    before = after - datetime.timedelta(days=int(random.integers(330, 400)))
    across_m = float(np.exp(random.uniform(np.log(20.0), np.log(600.0))))
    return {
        "点位编号": f"SL-{number:03d}",
        "名称": f"示例{number:02d}号{facility}",
        "保护地名称": reserve or None,
        "活动类型": activity,
        "变化类型": "规模扩大" if random.random() < 0.3 else "新增",
        "前时相": before.isoformat(),
        "后时相": after.isoformat(),
        "备注": NOTE,
        "geometry": _patch(random, place, across_m / 2),
    }


def _patch(random: np.random.Generator, place: tuple[float, float], radius_m: float) -> shapely.Polygon:
    """A ring seen whole from its centre, so that it never crosses itself."""
    count = int(random.integers(7, 14))
    turns = np.sort((np.arange(count) + random.uniform(-0.3, 0.3, count)) * 360.0 / count)[::-1]
    reach = radius_m * random.uniform(0.55, 1.0, count)
    lon, lat, _ = geod().fwd(np.full(count, place[0]), np.full(count, place[1]), turns, reach)
    return shapely.Polygon(np.column_stack([lon, lat]).round(DECIMALS))


def _twin(row: dict[str, Any], number: int) -> dict[str, Any]:
    """The same patch under another number, some 2 m to the east."""
    moved = shapely.transform(row["geometry"], lambda xy: (xy + _ASIDE_DEG).round(DECIMALS))
    return row | {
        "点位编号": f"SL-{number:03d}",
        "名称": f"示例{number:02d}号（与{row['点位编号']}重叠）",
        "geometry": moved,
    }


def _as_it_was(row: dict[str, Any]) -> dict[str, Any]:
    """The same patch a year before, 0.7 as long and wide."""
    centre = shapely.get_coordinates(shapely.centroid(row["geometry"]))
    small = shapely.transform(row["geometry"], lambda xy: (centre + (xy - centre) * 0.7).round(DECIMALS))
    return row | {
        "点位编号": "SL24-001",
        "名称": "示例2024年01号",
        "变化类型": "新增",
        "前时相": "2023-07-01",
        "后时相": "2024-07-02",
        "geometry": small,
    }


def _xlsx_bytes(frame: gpd.GeoDataFrame) -> bytes:
    spots = shapely.get_coordinates(shapely.point_on_surface(frame.geometry.array)).round(6)
    names = [str(c) for c in frame.columns if c != "geometry"]
    days = ("前时相", "后时相")
    rows = [
        [*(_day(cell) if name in days else cell for name, cell in zip(names, cells, strict=True)), *spot]
        for cells, spot in zip(frame[names].itertuples(index=False), spots.tolist(), strict=True)
    ]
    return workbook_bytes(SheetData("示例数据", [*names, "经度", "纬度"], rows))


def _day(text: Any) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if isinstance(text, str) else None
