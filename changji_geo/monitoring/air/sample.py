"""A seed -> made-up hourly files in the CNEMC layout, every station named 示例, with the faults that real archives have.

Nothing in it was measured: seasons, hours of the day and dust are drawn at random around what the region is like.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from changji_geo.errors import InputError
from changji_geo.files import write_atomic
from changji_geo.monitoring.air.sample_series import sample_series, trailing_columns
from changji_geo.monitoring.air.stamps import parse_stamp
from changji_geo.monitoring.air.stations import station_register
from changji_geo.sample_words import SAMPLE_DATA
from changji_geo.standards.air import aqi

NOTE = f"{SAMPLE_DATA}：由随机数生成，不是监测结果，不得引用。"
MAX_STATIONS = 500

COLUMNS = (
    "timepoint", "stationcode", "longitude", "latitude", "area", "positionname", "primarypollutant", "aqi",
    "pm10", "pm10_24h", "pm2_5", "pm2_5_24h", "o3", "o3_24h", "o3_8h", "o3_8h_24h",
    "no2", "no2_24h", "so2", "so2_24h", "co", "co_24h",
)  # fmt: skip
"""The layout of the archives, in their order."""

_PRIMARY_ZH = {
    "SO2": "二氧化硫(SO2)",
    "NO2": "二氧化氮(NO2)",
    "PM10": "颗粒物(PM10)",
    "PM2.5": "细颗粒物(PM2.5)",
    "CO": "一氧化碳(CO)",
    "O3": "臭氧1小时(O3)",
}
_MOVED_DEG = 0.02


@dataclass(frozen=True)
class SampleHours:
    """What was written: the files, the register of the sample's stations, and how many of each fault."""

    files: tuple[Path, ...]
    register: pd.DataFrame
    faults: dict[str, int] = field(default_factory=dict)


def sample_stations(count: int, seed: int) -> pd.DataFrame:
    """A register of made-up stations ``S001``, ``S002``, ..., around the counties' evaluation points.

    Parameters
    ----------
    count : int
        1 .. 500.
    seed : int

    Returns
    -------
    DataFrame
        `changji_geo.monitoring.air.stations.REGISTER_COLUMNS`; names begin with 示例.

    Examples
    --------
    >>> sample_stations(2, seed=1)[["code", "role"]].values.tolist()
    [['S001', '城市评价点'], ['S002', '城市评价点']]
    """
    if not 1 <= count <= MAX_STATIONS:
        raise InputError(f"示例站点数 {count} 不对", expected=f"1 到 {MAX_STATIONS}", fix="改正站点数")
    register = station_register()
    prefecture = register[
        register["adcode"].str.startswith("6523") & register["role"].isin(["城市评价点", "县城代表点"])
    ]
    seats = prefecture.drop_duplicates("county").sort_values("adcode")
    rng = np.random.default_rng([seed, 1])
    chosen = seats.iloc[np.arange(count) % len(seats)].reset_index(drop=True)
    aside = rng.normal(0, 0.03, (count, 2)).round(4)
    numbers = np.arange(count) // len(seats) + 1
    return pd.DataFrame(
        {
            "code": [f"S{i + 1:03d}" for i in range(count)],
            "name": [f"示例·{c}{n}号" for c, n in zip(chosen["county"], numbers, strict=True)],
            "county": chosen["county"],
            "adcode": chosen["adcode"],
            "role": "城市评价点",
            "lon": (chosen["lon"] + aside[:, 0]).round(4),
            "lat": (chosen["lat"] + aside[:, 1]).round(4),
        }
    )


def write_sample_hours(folder: Path | str, year: int, stations: int, seed: int, *, faults: bool = True) -> SampleHours:
    """Write a year of hours, one file a month, into ``folder/<year>/``.

    Parameters
    ----------
    folder : path
    year : int
        Of the hours: from 01:00 on 1 January to 00:00 after 31 December.
    stations : int
        How many.
    seed : int
        The same seed, year and number of stations give the same bytes.
    faults : bool
        Put in gaps, repeated and conflicting hours, negative values, 9999 and -999, — and NA, hours of the year
        before, a moved and renamed station, blank indices, and a file in GBK. The ozone columns are always swapped,
        as in the archives.

    Returns
    -------
    SampleHours
        ``faults`` counts readings or rows.
    """
    register = sample_stations(stations, seed)
    rng = np.random.default_rng([seed, year, 2])
    first = parse_stamp(f"{year}-01-01 01:00")[0] or 0
    hours = ((datetime.date(year + 1, 1, 1) - datetime.date(year, 1, 1)).days) * 24
    table = _whole_table(register, sample_series(stations, first, hours, rng), first, hours)
    table, counts = _with_faults(table, register, year, rng) if faults else (table, {})
    target = Path(folder) / str(year)
    month = pc.utf8_slice_codeunits(table["belongs"], 0, 7)
    files = []
    for number in range(1, 13):
        part = table.filter(pc.equal(month, f"{year}-{number:02d}")).select(list(COLUMNS))
        text = "\n".join([",".join(COLUMNS), *pc.binary_join_element_wise(*part.columns, ",").to_pylist(), ""])
        data = text.encode("gb18030" if faults and number == 12 else "utf-8")
        files.append(write_atomic(target / f"示例_{year}-{number:02d}.csv", data))
    write_atomic(target / "示例数据说明.md", f"{NOTE}\n种子 {seed}，站点 {stations} 个，{year} 年。\n")
    return SampleHours(tuple(files), register, counts)


def _whole_table(register: pd.DataFrame, series: dict[str, Any], first: int, hours: int) -> pa.Table:
    """Every station and hour, hour by hour; all columns text, with ``belongs``: the day of the hour."""
    count = len(register)
    values = {name: grid.T.reshape(-1) for name, grid in {**series, **trailing_columns(series, first)}.items()}
    ends = np.arange(first, first + hours).astype("datetime64[h]").astype("datetime64[s]")
    begins = np.arange(first - 1, first + hours - 1).astype("datetime64[h]").astype("datetime64[D]")
    frame = pd.DataFrame({p: values[p] for p in series})
    graded = aqi(frame, averaging="1h", date=np.repeat(begins.astype("datetime64[s]"), count))
    primary = graded["primary"].cat
    words = pa.array([*map(_primary_words, primary.categories), ""], pa.string())
    columns = {
        "timepoint": _repeated(np.datetime_as_string(ends), count),
        "stationcode": _tiled(register["code"], hours),
        "longitude": _tiled(register["lon"].map("{:.4f}".format), hours),
        "latitude": _tiled(register["lat"].map("{:.4f}".format), hours),
        "area": _tiled(register["county"], hours),
        "positionname": _tiled(register["name"], hours),
        "primarypollutant": words.take(pa.array(primary.codes.to_numpy() % len(words))),
        "aqi": _text(graded["aqi"].to_numpy(), 0),
        **{name: _text(v, 1 if name.startswith("co") else 0) for name, v in values.items()},
        "belongs": _repeated(np.datetime_as_string(begins), count),
    }
    swapped = {"o3": "o3_24h", "o3_24h": "o3", "o3_8h": "o3_8h_24h", "o3_8h_24h": "o3_8h"}
    return pa.table({name: columns[swapped.get(name, name)] for name in (*COLUMNS, "belongs")})


def _primary_words(named: str) -> str:
    """As the archives write it; two names have a comma and so are quoted."""
    text = ",".join(_PRIMARY_ZH[p] for p in named.split("、")) if named != "—" else ""
    return f'"{text}"' if "," in text else text


def _repeated(texts: Any, count: int) -> pa.Array:
    return pa.array(texts.astype(object), pa.string()).take(pa.array(np.repeat(np.arange(len(texts)), count)))


def _tiled(texts: Any, hours: int) -> pa.Array:
    return pa.array(list(texts), pa.string()).take(pa.array(np.tile(np.arange(len(texts)), hours)))


def _text(values: Any, decimals: int) -> pa.Array:
    """Numbers with so many decimals; NaN is blank."""
    there = np.isfinite(values)
    whole = np.rint(np.where(there, values, 0) * 10**decimals).astype(np.int64)
    text = pa.array(whole // 10**decimals).cast(pa.string())
    if decimals:
        text = pc.binary_join_element_wise(text, pa.array(whole % 10**decimals).cast(pa.string()), ".")
    return pc.if_else(pa.array(there), text, "")


def _with_faults(
    table: pa.Table, register: pd.DataFrame, year: int, rng: np.random.Generator
) -> tuple[pa.Table, dict[str, int]]:
    """Faults at places that do not touch each other; each is counted."""
    rows, count = table.num_rows, len(register)
    places = rng.permutation(rows - 48 * count)  # the last two days stay whole
    plan = (("negative", "so2", "-3", 12), ("sentinel", "pm2_5", "9999", 10), ("sentinel", "no2", "-999", 8),
            ("mark", "co", "—", 15), ("mark", "pm10", "NA", 15),
        ("blank-index", "aqi", "", max(rows // 100, 1)))  # fmt: skip
    used = 0
    counts: dict[str, int] = {}
    for name, column, text, number in plan:
        at, used = places[used : used + number], used + number
        mask = np.zeros(rows, dtype=bool)
        mask[at] = True
        table = table.set_column(
            table.column_names.index(column), column, pc.if_else(pa.array(mask), text, table[column])
        )
        counts[name] = counts.get(name, 0) + number
    same, used = places[used : used + 20], used + 20
    differing, used = places[used : used + 5], used + 5
    gone, used = places[used : used + max(rows // 500, 1)], used + max(rows // 500, 1)
    other = table.take(pa.array(differing))
    changed = pc.if_else(pc.equal(other["pm10"], ""), "", pc.binary_join_element_wise("1", other["pm10"], ""))
    other = other.set_column(other.column_names.index("pm10"), "pm10", changed)
    table, counts["moved-station"] = _moved(table, register, year), 1
    last = table.slice(0, 24 * count).filter(
        pc.equal(table.slice(0, 24 * count)["stationcode"], register["code"].iloc[0])
    )
    stamps = pc.replace_substring(last["timepoint"], f"{year}-01-0", f"{year - 1}-12-2")
    last = last.set_column(0, "timepoint", stamps)
    keep = np.ones(rows, dtype=bool)
    keep[gone] = False
    extra = [table.take(pa.array(same)), other, last]
    counts |= {"repeated-hour": 20, "conflicting-hour": 5, "gap": len(gone), "other-year": last.num_rows, "gbk-file": 1}
    return pa.concat_tables([table.filter(pa.array(keep)), *extra]), counts


def _moved(table: pa.Table, register: pd.DataFrame, year: int) -> pa.Table:
    """The last station from July on: a new place and name."""
    station = register.iloc[-1]
    mask = pc.and_(pc.equal(table["stationcode"], station["code"]), pc.greater_equal(table["belongs"], f"{year}-07-01"))
    for column, text in (
        ("longitude", f"{station['lon'] + _MOVED_DEG:.4f}"),
        ("positionname", f"{station['name']}（新址）"),
    ):
        table = table.set_column(table.column_names.index(column), column, pc.if_else(mask, text, table[column]))
    return table
