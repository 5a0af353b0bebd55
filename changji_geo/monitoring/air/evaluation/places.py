"""Stations, counties or regions: which of them a result is about, and the features of a layer that they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from changji_geo.errors import InputError, near_match
from changji_geo.monitoring.air.air_findings import AirFinding, listed
from changji_geo.monitoring.air.evaluation.areas import area_daily, county_members, region_members
from changji_geo.monitoring.air.evaluation.daily import build_daily
from changji_geo.monitoring.air.hours import HourlyAir

if TYPE_CHECKING:
    from changji_geo.resources import Workspace

PlaceKind = Literal["station", "county", "region"]

LAYERS: Mapping[PlaceKind, str] = {"station": "air_stations", "county": "counties", "region": "regions"}
KINDS_ZH: Mapping[PlaceKind, str] = {"station": "站点", "county": "县市", "region": "区域"}


@dataclass(frozen=True)
class AirPlaces:
    """What a table's rows are about.

    ``names``: the table's ``place`` -> its name for people, in the order of the result. ``ids``: ``place`` -> the feature
    of ``layer`` that it is; a place that the layer does not have is not in it. ``members``: codes by area, None for
    stations.
    """

    kind: PlaceKind
    layer: str
    names: dict[str, str]
    ids: dict[str, str]
    members: dict[str, tuple[str, ...]] | None
    findings: tuple[AirFinding, ...] = ()


def choose_places(
    stations: pd.DataFrame, kind: PlaceKind, areas: Collection[str] = (), *, workspace: Workspace | None = None
) -> AirPlaces:
    """The places that daily values are wanted for.

    Parameters
    ----------
    stations : DataFrame
        `HourlyAir.stations`.
    kind : {"station", "county", "region"}
    areas : collection of str
        Codes of stations; names or ids of counties; a region stands for its counties. None: every station; the counties
        of the layer ``counties`` that have a station, so that 五家渠市 or 乌鲁木齐市 comes in only by name; every region.
    workspace : Workspace, optional

    Returns
    -------
    AirPlaces

    Raises
    ------
    InputError
        An area that is not known, or one without an evaluation station.
    """
    if kind == "station":
        return _stations(stations, areas, workspace)
    members, found = county_members(stations)
    if kind == "region":
        return _regions(members, found, areas, workspace)
    return _counties(stations, members, found, areas, workspace)


def build_place_daily(data: HourlyAir, places: AirPlaces) -> pd.DataFrame:
    """Daily values of the places.

    Returns
    -------
    DataFrame
        `changji_geo.monitoring.air.evaluation.daily.build_daily` for stations, else
        `changji_geo.monitoring.air.evaluation.areas.area_daily`; only the places, sorted by place as they stand there, and by date.
    """
    daily = build_daily(data)
    if places.members is not None:
        return area_daily(daily, places.members)
    return daily[daily["place"].isin(set(places.names))].reset_index(drop=True)


def _stations(stations: pd.DataFrame, areas: Collection[str], workspace: Workspace | None) -> AirPlaces:
    from changji_geo.catalog import load_layer

    names = {str(c): str(n) or str(c) for c, n in zip(stations["code"], stations["name"], strict=True)}
    for asked in areas:
        if asked not in names:
            raise InputError(f"数据里没有站点“{asked}”", fix=near_match(asked, names))
    chosen = {code: name for code, name in names.items() if not areas or code in areas}
    frame = load_layer(LAYERS["station"], workspace).frame
    features = {str(i): str(i) for i in frame["id"]}
    features |= {str(c): str(i) for c, i in zip(frame["code"], frame["id"], strict=True) if c}
    return AirPlaces(
        "station", LAYERS["station"], chosen, {c: features[c] for c in chosen if c in features}, members=None
    )


def _counties(
    stations: pd.DataFrame,
    members: dict[str, tuple[str, ...]],
    found: tuple[AirFinding, ...],
    areas: Collection[str],
    workspace: Workspace | None,
) -> AirPlaces:
    from changji_geo.catalog import load_layer

    frame = load_layer(LAYERS["county"], workspace).frame
    ids = {str(n): str(i) for n, i in zip(frame["name"], frame["id"], strict=True)}
    if areas:
        codes = {str(a): str(c) for a, c in zip(stations["adcode"], stations["county"], strict=True) if a}
        wanted = [name for asked in areas for name in _asked_counties(asked, members, codes, workspace)]
        chosen = {name: members[name] for name in dict.fromkeys(wanted) if name in members}
        absent = [name for name in dict.fromkeys(wanted) if name not in members]
        if not chosen:
            raise InputError(
                f"没有一个评价点属于 {listed(absent)}",
                expected=f"有评价点的县市：{'、'.join(members) or '无'}",
                fix="检查 --area 和站点表的“县市”“类型”",
            )
    else:
        chosen = {name: members[name] for name in ids if name in members}
        absent = [name for name in ids if name not in members]
        aside = [name for name in members if name not in ids]
        if aside:
            told = f"{len(aside)} 个市不属于昌吉州，没有列入（要列入用 --area 指明）：{listed(aside)}"
            found = (*found, AirFinding("info", "other-counties", told, len(aside)))
        if not chosen:
            raise InputError(
                "没有一个评价点属于昌吉州的县市",
                expected="站点表里有这些站点的“县市”和“类型”",
                fix="用 --stations 给出站点表；按站点统计用 --by station",
            )
    if absent:
        told = f"{len(absent)} 个县市没有评价点的数据，不在结果中：{listed(absent)}"
        found = (*found, AirFinding("warning", "county-without-station", told, len(absent)))
    names = {name: name for name in chosen}
    return AirPlaces("county", LAYERS["county"], names, {n: ids[n] for n in names if n in ids}, chosen, found)


def _asked_counties(
    asked: str, members: Mapping[str, object], codes: Mapping[str, str], workspace: Workspace | None
) -> tuple[str, ...]:
    """A county's name, its code, or a region; cities beyond the prefecture by what the stations say."""
    from changji_geo.regions import area_counties

    plain = asked.strip()
    if plain in members or codes.get(plain) in members:
        return (plain if plain in members else codes[plain],)
    return area_counties(asked, workspace)


def _regions(
    members: Mapping[str, tuple[str, ...]],
    found: tuple[AirFinding, ...],
    areas: Collection[str],
    workspace: Workspace | None,
) -> AirPlaces:
    from changji_geo.regions import list_regions

    chosen = region_members(members, list(areas) or None, workspace=workspace)
    if not chosen:
        raise InputError(
            "所选区域没有一个评价点", expected="站点表里有这些站点的“县市”和“类型”", fix="用 --stations 给出站点表"
        )
    known = {region.name: region for region in list_regions(workspace)}
    lacking = []
    for name in chosen:
        absent = [county for county in known[name].members if county not in members and county.endswith(("市", "县"))]
        if absent:
            lacking.append(f"{name}（缺 {'、'.join(absent)}）")
    if lacking:
        told = f"{len(lacking)} 个区域有成员没有评价点的数据，区域值只是其余成员的平均：{'；'.join(lacking)}"
        found = (*found, AirFinding("warning", "region-incomplete", told, len(lacking)))
    names = {name: name for name in chosen}
    return AirPlaces("region", LAYERS["region"], names, {n: known[n].id for n in names}, chosen, found)
