"""Daily values of stations -> counties and regions: mean of the valid sites first, then rounding, then the index."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from changji_geo.errors import InputError, near_match
from changji_geo.monitoring.air.air_findings import AirFinding, listed
from changji_geo.monitoring.air.evaluation.daily import grade_days
from changji_geo.monitoring.air.evaluation.daycube import day_cube
from changji_geo.monitoring.air.evaluation.exact import mean_rounded, to_millionths
from changji_geo.monitoring.air.rules import DAILY, DECIMALS
from changji_geo.monitoring.air.stations import EVALUATION_ROLES

if TYPE_CHECKING:
    from changji_geo.resources import Workspace

Members = Mapping[str, Collection[str]]
"""Area -> station codes. An area may share stations with another."""


def county_members(stations: pd.DataFrame) -> tuple[dict[str, tuple[str, ...]], tuple[AirFinding, ...]]:
    """The stations that stand for each county.

    Parameters
    ----------
    stations : DataFrame
        Columns ``code``, ``county``, ``role`` (`HourlyAir.stations`).

    Returns
    -------
    members : dict
        County name -> codes; only evaluation points (城市评价点, 县城代表点).
    findings : tuple of AirFinding
        Background and regional stations, and stations without a county, which are left out.

    Examples
    --------
    >>> table = pd.DataFrame({"code": ["a", "b"], "county": ["昌吉市", "阜康市"], "role": ["城市评价点", "对照点"]})
    >>> county_members(table)[0]
    {'昌吉市': ('a',)}
    """
    county, role = stations["county"].fillna("").astype(str), stations["role"].fillna("").astype(str)
    use = (county != "") & role.isin(EVALUATION_ROLES)
    members = {str(name): tuple(map(str, codes)) for name, codes in stations[use].groupby(county[use])["code"]}
    found = []
    background = stations.loc[(county != "") & ~use, "code"].astype(str).tolist()
    if background:
        told = f"{len(background)} 个站点不是评价点（对照点、区域站等），不参加县市平均：{listed(background)}"
        found.append(AirFinding("info", "not-evaluated", told, len(background)))
    homeless = stations.loc[county == "", "code"].astype(str).tolist()
    if homeless:
        told = f"{len(homeless)} 个站点没有县市，不参加任何县市平均：{listed(homeless)}"
        found.append(AirFinding("warning", "no-county", told, len(homeless)))
    return members, tuple(found)


def region_members(
    counties: Mapping[str, Collection[str]],
    regions: Collection[str] | None = None,
    *,
    workspace: Workspace | None = None,
) -> dict[str, tuple[str, ...]]:
    """The stations of named groups of counties, from the layer ``regions``.

    Parameters
    ----------
    counties : mapping
        County -> codes (`county_members`).
    regions : collection of str, optional
        Names or ids of the layer's features; all by default.
    workspace : Workspace, optional

    Returns
    -------
    dict
        Region name -> the codes of its member counties that have stations; a region without any is left out.

    Raises
    ------
    InputError
        No such region.
    """
    from changji_geo.regions import find_region, list_regions

    known = list_regions(workspace)
    chosen = known
    if regions is not None:
        for asked in regions:
            if find_region(asked, workspace) is None:
                names = [word for region in known for word in (region.id, region.name)]
                raise InputError(f"没有区域“{asked}”", where="图层 regions", fix=near_match(asked, names))
        wanted = {region.id for asked in regions if (region := find_region(asked, workspace)) is not None}
        chosen = tuple(region for region in known if region.id in wanted)
    out = {}
    for region in chosen:
        codes = [code for county in region.members for code in counties.get(county, ())]
        if codes:
            out[region.name] = tuple(dict.fromkeys(codes))
    return out


def area_daily(daily: pd.DataFrame, members: Members, *, min_site_share: float | None = None) -> pd.DataFrame:
    """Daily values and AQI of areas.

    Parameters
    ----------
    daily : DataFrame
        Days of stations (`changji_geo.monitoring.air.evaluation.daily.build_daily`).
    members : mapping
        Area -> station codes; a code without a row in the table counts as a site without valid values.
    min_site_share : float, optional
        An area's value needs this share of its sites valid (0.75 is said to be the rule of HJ 663, which could not be
        verified; hence off unless asked for). Without it one valid site is enough; ``<pollutant>_sites`` tells.

    Returns
    -------
    DataFrame
        As `build_daily`, ``place`` the area, with ``sites`` (members) and ``<pollutant>_sites`` (valid ones) in place
        of the counts of hours. A value is the mean of the sites' (rounded) daily values, rounded half to even; ozone
        likewise of the sites' daily maxima.

    Raises
    ------
    InputError
        An area without a site, or a share outside 0..1.
    """
    if min_site_share is not None and not 0 < min_site_share <= 1:
        raise InputError(
            f"有效站点比例 {min_site_share:g} 不对", expected="0 到 1 之间，如 0.75", fix="改成比例，不是百分数"
        )
    cube = day_cube(daily)
    place = {code: i for i, code in enumerate(cube.places)}
    days = np.arange(cube.days) + np.datetime64(cube.first)
    parts = []
    for area, codes in members.items():
        distinct = list(dict.fromkeys(map(str, codes)))
        if not distinct:
            raise InputError(f"区域“{area}”没有站点", where="members", fix="给它至少一个站点编码，或去掉它")
        rows = [place[c] for c in distinct if c in place]
        needed = max(1, math.ceil(len(distinct) * min_site_share - 1e-9)) if min_site_share else 1
        part: dict[str, object] = {"place": area, "date": days.astype("datetime64[s]"), "sites": len(distinct)}
        for name in DAILY:
            whole, there = to_millionths(cube.values[name][rows])
            number = there.sum(axis=0)
            mean = mean_rounded(whole.sum(axis=0), number, DECIMALS[name])
            part[name] = np.where(number >= needed, mean, np.nan)
            part[f"{name}_sites"] = number.astype(np.int16)
        parts.append(pd.DataFrame(part))
    if not parts:
        raise InputError("没有区域", where="members", fix="给出区域和它的站点编码；站点表里要有县市")
    out = pd.concat(parts, ignore_index=True)
    order = ["place", "date", *DAILY, "sites", *(f"{n}_sites" for n in DAILY)]
    return grade_days(out[order])
