"""The layers ``regions`` and ``counties`` -> named groups of counties, found by name or id wherever a county may be named."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from changji_geo.catalog import load_layer
from changji_geo.errors import InputError, near_match
from changji_geo.resources import Workspace, find_workspace

REGIONS, COUNTIES = "regions", "counties"
"""Ids of the two layers."""


@dataclass(frozen=True, slots=True)
class Region:
    """A named group. ``members`` are full names of counties and parks; ``member_ids`` their ids, empty where the layer has none."""

    id: str
    name: str
    members: tuple[str, ...]
    member_ids: tuple[str, ...]


def list_regions(workspace: Workspace | None = None) -> tuple[Region, ...]:
    """The regions of a workspace in the order of their layer; none where there is no such layer.

    Examples
    --------
    >>> list_regions()[0].members
    ('昌吉市', '阜康市', '呼图壁县', '玛纳斯县')
    """
    space = workspace or find_workspace()
    if REGIONS not in space.layer_ids:
        return ()
    frame = load_layer(REGIONS, space).frame
    members = frame["members"] if "members" in frame else [""] * len(frame)
    ids = frame["member_ids"] if "member_ids" in frame else [""] * len(frame)
    return tuple(
        Region(str(key), str(name), _split(has), _split(codes))
        for key, name, has, codes in zip(frame["id"], frame["name"], members, ids, strict=True)
    )


def find_region(text: str, workspace: Workspace | None = None) -> Region | None:
    """The region of a name or an id, None where there is none; quotes, blanks and the kind of dash do not matter.

    Examples
    --------
    >>> find_region("乌-昌-石区域西部四县市").id, find_region("奇台县")
    ('wcs_west4', None)
    """
    wanted = fold_area(text)
    return next((r for r in list_regions(workspace) if wanted and wanted in (fold_area(r.id), fold_area(r.name))), None)


def area_counties(text: str, workspace: Workspace | None = None) -> tuple[str, ...]:
    """The names that a county or a region stands for.

    Parameters
    ----------
    text : str
        Name or id of a county or of a region.
    workspace : Workspace, optional
        The one in force by default.

    Returns
    -------
    tuple of str
        The county's name, or those of the region's members, parks and 兵团 cities among them.

    Raises
    ------
    InputError
        Neither a county nor a region, with the nearest names.

    Examples
    --------
    >>> area_counties("652325"), area_counties("east3")
    (('奇台县',), ('奇台县', '吉木萨尔县', '木垒哈萨克自治县'))
    """
    space = workspace or find_workspace()
    region = find_region(text, space)
    if region is not None:
        return region.members
    counties = load_layer(COUNTIES, space).frame
    wanted, names = fold_area(text), counties["name"].astype(str).tolist()
    for key, name in zip(counties["id"].astype(str), names, strict=True):
        if wanted and wanted in (fold_area(key), fold_area(name)):
            return (name,)
    known = [*names, *(word for r in list_regions(space) for word in (r.name, r.id))]
    raise InputError(
        f"没有县市或区域“{text.strip()[:40]}”",
        expected="县市的名称或代码，或图层 regions 中区域的名称或标识",
        fix=near_match(text, known),
    )


def fold_area(text: str) -> str:
    """A name without blanks and quotes, its dashes alike, for comparing.

    Examples
    --------
    >>> fold_area(" “乌—昌—石”区域 ") == fold_area("乌-昌-石区域")
    True
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[‐-―−—－-]+", "-", re.sub(r"[\s“”‘’\"'「」]", "", plain))


def _split(text: object) -> tuple[str, ...]:
    """The names of a list written with ``、``."""
    return () if text is None or text != text else tuple(w.strip() for w in str(text).split("、") if w.strip())
