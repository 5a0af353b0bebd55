"""The register of air stations, and what files say of a station: unknown, renamed, moved."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from changji_geo.ellipsoid import geod
from changji_geo.errors import InputError
from changji_geo.monitoring.air.air_findings import AirFinding, listed
from changji_geo.monitoring.air.rules import RULES
from changji_geo.monitoring.air.stamps import hour_text

if TYPE_CHECKING:
    from changji_geo.resources import Workspace

REGISTER_COLUMNS = ("code", "name", "county", "adcode", "role", "lon", "lat")
"""``county`` is the county's name, ``role`` 城市评价点, 县城代表点, 对照点 or 区域站; degrees, CGCS2000."""

EVALUATION_ROLES = ("城市评价点", "县城代表点")
"""Stations whose mean is the value of a county; background and regional stations are not."""


@dataclass(frozen=True, slots=True, order=True)
class FirstSeen:
    """The first hour of something, and its first row in the file that has that hour."""

    hour: int
    file: str
    row: int


@dataclass
class Sightings:
    """Name and place by station code, each with where it was first seen, collected over files."""

    seen: dict[str, dict[tuple[str, str, str], FirstSeen]] = field(default_factory=dict)

    def add(self, code: str, name: str, lon: str, lat: str, first: FirstSeen) -> None:
        """One distinct combination of a file."""
        of_code = self.seen.setdefault(code, {})
        key = (name, lon, lat)
        of_code[key] = min(first, of_code.get(key, first))


def station_register(workspace: Workspace | None = None) -> pd.DataFrame:
    """The stations of the layer ``air_stations``.

    Returns
    -------
    pandas.DataFrame
        Columns `REGISTER_COLUMNS`; a station without a national code goes by the layer's id.

    Examples
    --------
    >>> register = station_register()
    >>> register.set_index("code").loc["2692A", ["name", "county", "adcode"]].tolist()
    ['新区政务中心', '昌吉市', '652301']
    """
    from changji_geo.catalog import load_layer

    frame = load_layer("air_stations", workspace).frame
    code = frame["code"].fillna("").astype(str).str.strip()
    return pd.DataFrame(
        {
            "code": np.where(code == "", frame["id"].astype(str), code),
            "name": frame["name"].astype(str),
            "county": frame["county"].astype(str),
            "adcode": frame["adcode"].astype(str),
            "role": frame["role"].astype(str),
            "lon": frame.geometry.x,
            "lat": frame.geometry.y,
        }
    )


def require_register(register: pd.DataFrame) -> pd.DataFrame:
    """A user's register, checked: the columns are there and no code stands twice.

    Raises
    ------
    InputError
        A column is missing, or a code is repeated.
    """
    missing = [c for c in REGISTER_COLUMNS if c not in register.columns]
    if missing:
        raise InputError(f"站点表缺少列：{'、'.join(missing)}", expected="、".join(REGISTER_COLUMNS), fix="补上这些列")
    codes = register["code"].astype(str)
    twice = codes[codes.duplicated()].tolist()
    if twice:
        raise InputError(f"站点表里编码重复：{listed(twice)}", where="code 列", fix="每个站点留一行")
    return register.assign(code=codes)[list(REGISTER_COLUMNS)]


def describe_stations(
    codes: Sequence[str], sightings: Sightings, register: pd.DataFrame
) -> tuple[pd.DataFrame, tuple[AirFinding, ...]]:
    """The stations of some files, with the register's name and place where it knows them.

    Parameters
    ----------
    codes : sequence of str
        In the order of the result.
    sightings : Sightings
        What the files say.
    register : DataFrame
        See `REGISTER_COLUMNS`.

    Returns
    -------
    stations : DataFrame
        `REGISTER_COLUMNS` and ``known``; an unknown station has the file's last name and place, and no county.
    findings : tuple of AirFinding
        Unknown stations, several names of one code, moves of more than 500 m within the files or against the register.
    """
    of_code: dict[str, dict[str, Any]] = {str(r["code"]): r for r in map(_plain, register.to_dict("records"))}
    rows: list[Mapping[str, object]] = []
    told: dict[str, list[tuple[str, FirstSeen]]] = {rule: [] for rule in _TOLD}
    for code in codes:
        seen = sorted(sightings.seen.get(code, {}).items(), key=lambda item: item[1])
        places = [(_degrees(lon), _degrees(lat), first) for (_, lon, lat), first in seen]
        places = [p for p in places if not (math.isnan(p[0]) or math.isnan(p[1]))]
        names = list(dict.fromkeys(name for (name, _, _), _ in seen if name))
        if len(names) > 1:
            second = next(first for (name, _, _), first in seen if name == names[1])
            told["renamed-station"].append((f"{code}（{'→'.join(names)}）", second))
        for (lon0, lat0, _), (lon1, lat1, first) in itertools.pairwise(places):
            distance = _distance_m(lon0, lat0, lon1, lat1)
            if distance > RULES["faults"]["moved_m"]:
                words = f"{code}（{hour_text(first.hour)} 起移动 {distance:.0f} 米）"
                told["moved-station"].append((words, first))
        lon, lat, last = places[-1] if places else (math.nan, math.nan, FirstSeen(0, "", 0))
        if code in of_code:
            row = of_code[code]
            distance = _distance_m(row["lon"], row["lat"], lon, lat)
            if distance > RULES["faults"]["moved_m"]:
                told["misplaced-station"].append((f"{code}（相差 {distance:.0f} 米）", last))
            rows.append({**row, "known": True})
        else:
            told["unknown-station"].append((code, seen[0][1] if seen else FirstSeen(0, "", 0)))
            empty = dict.fromkeys(REGISTER_COLUMNS, "")
            name = names[-1] if names else ""
            rows.append({**empty, "code": code, "name": name, "lon": lon, "lat": lat, "known": False})
    findings = tuple(_finding(rule, met) for rule, met in told.items() if met)
    return pd.DataFrame(rows, columns=[*REGISTER_COLUMNS, "known"]), findings


_TOLD = {
    "unknown-station": "个站点不在站点表中，读数保留，但不归任何县市：",
    "renamed-station": "个站点在文件中有几个名称：",
    "moved-station": "次站点位置变动超过 500 米：",
    "misplaced-station": "个站点在文件中的位置与站点表相差超过 500 米（采用站点表）：",
}


def _finding(rule: str, met: Sequence[tuple[str, FirstSeen]]) -> AirFinding:
    """What was met at several stations, each part with the row where it begins."""
    parts = tuple(
        AirFinding("warning", rule, f"1 {_TOLD[rule]}{words}", 1, at.file, (at.row,) if at.file else ())
        for words, at in met
    )
    message = f"{len(met)} {_TOLD[rule]}{listed([words for words, _ in met])}"
    return AirFinding("warning", rule, message, len(met), parts[0].file, parts[0].rows, parts=parts)


def _plain(record: Mapping[Any, Any]) -> dict[str, Any]:
    """With places as floats."""
    out = {str(k): v for k, v in record.items()}
    return out | {"lon": float(out["lon"]), "lat": float(out["lat"])}


def _degrees(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _distance_m(lon0: float, lat0: float, lon1: float, lat1: float) -> float:
    """Geodesic; NaN when a place is missing or no place on earth."""
    if not all(map(math.isfinite, (lon0, lat0, lon1, lat1))) or max(abs(lat0), abs(lat1)) > 90:
        return math.nan
    return float(geod().inv(lon0, lat0, lon1, lat1)[2])
