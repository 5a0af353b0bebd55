"""Headers of hourly files -> what each column is: the wide layout of CNEMC archives, or one reading a row."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from changji_geo.errors import InputError
from changji_geo.intake.values.units import is_known_unit

_ALIASES: dict[str, tuple[str, ...]] = {
    "time": ("timepoint", "time_point", "time", "datetime", "时间", "监测时间", "数据时间", "时间点"),
    "zone": ("timezone", "time_zone", "tz", "utcoffset", "utc_offset", "时区"),
    "station": (
        "stationcode",
        "station_code",
        "station",
        "code",
        "站点编码",
        "站点编号",
        "站点代码",
        "点位编码",
        "站点",
    ),
    "pollutant": ("pollutant", "item", "污染物", "监测项目", "项目", "因子", "监测因子"),
    "value": ("value", "concentration", "浓度", "浓度值", "监测值", "数值", "值"),
    "unit": ("unit", "units", "单位"),
    "lon": ("longitude", "lon", "经度"),
    "lat": ("latitude", "lat", "纬度"),
    "name": ("positionname", "position_name", "stationname", "站点名称", "点位名称"),
    "so2": ("so2", "二氧化硫"),
    "no2": ("no2", "二氧化氮"),
    "pm10": ("pm10", "可吸入颗粒物"),
    "pm2_5": ("pm2_5", "pm2.5", "pm25", "细颗粒物"),
    "co": ("co", "一氧化碳"),
    "o3": ("o3", "臭氧"),
    "o3_24h": ("o3_24h",),
    "o3_8h": ("o3_8h",),
    "o3_8h_24h": ("o3_8h_24h",),
}
_CANONICAL = {alias: name for name, aliases in _ALIASES.items() for alias in aliases}

_ZONED = re.compile(
    rf"({'|'.join(map(re.escape, _ALIASES['time']))})"
    r"(?:_(utc|gmt)|\s*[(\[]((?:utc|gmt)?(?:[+-]\d[\d:]*)?|北京时间|beijing)[)\]])"
)
"""A time header that states its zone."""

MEASURED = ("so2", "no2", "pm10", "pm2_5", "co", "o3")
OZONE = ("o3", "o3_24h", "o3_8h", "o3_8h_24h")
TRAILING = ("so2_24h", "no2_24h", "pm10_24h", "pm2_5_24h", "co_24h")
"""Trailing means of 24 hours, which are no day means: never read."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file's columns are.

    ``columns``: our name -> the header as it stands; ``units``: our name -> the unit in the header, of ``time`` its
    zone; ``trailing``: columns of trailing means that are left aside.
    """

    kind: Literal["wide", "long"]
    columns: dict[str, str]
    units: dict[str, str] = field(default_factory=dict)
    trailing: tuple[str, ...] = ()


def split_unit(header: str) -> tuple[str, str]:
    """A header and the unit in brackets behind it.

    Examples
    --------
    >>> split_unit("PM2.5（μg/m³）"), split_unit("co"), split_unit("o3(ppb)"), split_unit("时间（UTC）")
    (('pm2.5', 'μg/m3'), ('co', ''), ('o3', 'ppb'), ('时间', 'utc'))
    """
    plain = unicodedata.normalize("NFKC", header).replace("µ", "μ").strip().lower()
    zoned = _ZONED.fullmatch(plain)
    if zoned:
        return zoned[1], zoned[2] or zoned[3]
    found = re.fullmatch(r"(.+?)\s*[(\[](.+)[)\]]", plain)
    if found and (is_known_unit(found[2]) or found[2] in ("ppb", "ppm")):
        return found[1].strip(), found[2]
    return plain, ""


def pollutant_named(text: str) -> str | None:
    """Our name of a pollutant as a long table writes it; None when it is none of the six.

    Examples
    --------
    >>> pollutant_named("PM2.5"), pollutant_named("臭氧"), pollutant_named("NOx"), pollutant_named("o3_24h")
    ('pm2_5', 'o3', None, None)
    """
    plain = unicodedata.normalize("NFKC", text).strip().lower().replace(" ", "")
    found = _CANONICAL.get(plain)
    return found if found in MEASURED else None


def find_layout(headers: Sequence[str], *, where: str) -> Layout:
    """What the columns of a file are.

    Parameters
    ----------
    headers : sequence of str
    where : str
        The file, for messages.

    Raises
    ------
    InputError
        A column that two headers name, or neither layout.

    Examples
    --------
    >>> find_layout(["时间", "站点编码", "污染物", "浓度"], where="a.csv").kind
    'long'
    """
    columns: dict[str, str] = {}
    units: dict[str, str] = {}
    trailing = []
    for header in headers:
        plain, unit = split_unit(header)
        name = _CANONICAL.get(plain)
        if plain in TRAILING:
            trailing.append(plain)
        if name is None:
            continue
        if name in columns:
            raise InputError(
                f"列“{columns[name]}”和“{header}”是同一项", where=where, fix="留下其中一列，另一列改名或删去"
            )
        columns[name] = header
        if unit:
            units[name] = unit
    if {"time", "station", "pollutant", "value"} <= columns.keys():
        return Layout("long", columns, units)
    if {"time", "station"} <= columns.keys() and any(p in columns for p in MEASURED):
        return Layout("wide", columns, units, tuple(trailing))
    raise InputError(
        f"看不出是逐小时空气数据；表头是：{'、'.join(headers[:12])}",
        where=where,
        expected="宽表 timepoint、stationcode、pm10、pm2_5、o3……；或长表 时间、站点编码、污染物、浓度（可加 单位）",
        fix="按其中一种改表头",
    )
