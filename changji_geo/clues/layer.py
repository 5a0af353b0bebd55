"""Facts of clues -> a layer for maps: one point a clue with its status, main fields and outline; and the map's description."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from changji_geo.catalog import Layer
from changji_geo.clues.facts import ClueFacts
from changji_geo.clues.looks import DROPPED
from changji_geo.clues.settings import load_settings
from changji_geo.crs import CGCS2000
from changji_geo.errors import InputError
from changji_geo.layer_description import Column, LayerMeta
from changji_geo.resources import Workspace
from changji_geo.sample_words import SAMPLE_MARK
from changji_geo.spec import MapSpec, load_map_spec
from changji_geo.standards.reserves import STATUSES
from changji_geo.types import SCHEMATIC_NOTICE, Accuracy

LAYER_ID = "clues"
"""Id of the layer, and of the map that draws it."""


KEPT = "未剔除"

NAME_LIMIT = 60
DECIMALS = 7
"""Of the outline's degrees: a centimetre."""

_YEAR_OF_ID = re.compile(r"LD(\d{4})-")

COLUMNS: tuple[Column, ...] = (
    Column("id", "text", "线索编号", meaning="台账编号"),
    Column("name", "text", "名称", meaning="文件里的名称或设施名称，没有时为编号"),
    Column("status", "text", "状态", meaning="办理状态；已剔除的线索写“已剔除”", allowed=(*STATUSES, DROPPED)),
    Column("batch", "text", "批次", meaning="导入时的批次"),
    Column("year", "text", "年份", meaning="后时相的年份；没有时为编号里的年份"),
    Column("county", "text", "县（市、区）", meaning="台账上的县市"),
    Column("reserve", "text", "保护地名称", meaning="台账上的保护地"),
    Column("zone", "text", "功能区", meaning="台账上的功能区，按影像日期当时的分区"),
    Column("activity", "text", "活动类型", meaning="人类活动类型"),
    Column("observed", "date", "后时相", meaning="后一期影像的日期"),
    Column("area_m2", "number", "面积", "平方米", "图斑的椭球面积；点没有面积"),
    Column("inside_m2", "number", "区内面积", "平方米", "最近一次核查时在自然保护区内的面积；未核查时为空"),
    Column("priority", "number", "优先分", meaning="最近一次核查的优先分；未核查时为空"),
    Column("deadline", "date", "整改时限", meaning="台账上的整改时限"),
    Column("overdue", "text", "是否逾期", meaning="已过整改时限而未办结", allowed=("是", "否")),
    Column("dropped", "text", "剔除原因", meaning="“未剔除”或原因"),
    Column(
        "accuracy", "text", "精度", meaning="schematic：核查依据了示意图层；approximate：影像判读的位置，待现场核实"
    ),
    Column("source", "text", "数据来源", meaning="从哪里来"),
    Column("outline", "text", "图斑轮廓", meaning="图斑的 WKT，经纬度；点线索为空"),
)


def clue_layer(
    facts: Sequence[ClueFacts],
    *,
    title: str = "绿盾线索",
    today: datetime.date | None = None,
    source: str = "线索台账",
    drop_reasons: Mapping[str, str] | None = None,
) -> Layer:
    """The layer of clues that ``maps/clues.toml`` draws: ``build_scene("clues", layers={"clues": clue_layer(facts)})``.

    Parameters
    ----------
    facts : sequence of ClueFacts
        Dropped clues among them; leave out what the map shall not show.
    title : str
        Name of the layer in the legend.
    today : date, optional
        The day of the facts, which the map prints as the layer's date; the day of the latest image by default.
    source : str
        Where the clues come from.
    drop_reasons : mapping of str to str, optional
        Code of a drop -> its words; those of the shipped settings by default, and a code without words stays as it is.

    Returns
    -------
    Layer
        One point a clue, on the patch (EPSG:4490), with `COLUMNS`; ``outline`` holds the patch itself. Patches are far
        smaller than a pixel on a map of the prefecture, hence points. Nothing is made up: what the ledger does not say is
        None. A clue whose checks rest on a schematic layer is ``schematic``, any other ``approximate``.

    Raises
    ------
    InputError
        When there are no clues, or no day to be had.
    """
    if not facts:
        raise InputError("没有线索，画不出地图", where="线索台账", fix="先用 clues import 导入，或放宽筛选条件")
    words = load_settings().drop_reasons if drop_reasons is None else drop_reasons
    rows = [_row(one, source, words) for one in facts]
    shapes = shapely.points([[one.lon, one.lat] for one in facts])
    frame = gpd.GeoDataFrame(rows, columns=[c.name for c in COLUMNS], geometry=shapes, crs=CGCS2000)
    return Layer(_meta(facts, title, today or _latest(facts), source), frame)


def clue_map_spec(
    *, title: str, subtitle: str = "", description: str = "", date: datetime.date, workspace: Workspace | None = None
) -> MapSpec:
    """The description of ``maps/clues.toml`` for a ledger's own clues: what it says of the sample is replaced or left out.

    Parameters
    ----------
    title, subtitle, description : str
        The map's texts.
    date : date
        The day that the map prints.
    workspace : Workspace, optional
        Where the map is looked up; the one in force by default.

    Returns
    -------
    MapSpec
        For ``build_scene(spec, map_id="clues", layers={"clues": clue_layer(facts)})``.

    Examples
    --------
    >>> clue_map_spec(title="绿盾线索", date=datetime.date(2026, 11, 23)).html.filters
    ['batch', 'county', 'status', 'year']
    """
    _, spec = load_map_spec(LAYER_ID, workspace)
    notes = [note for note in spec.notes if SAMPLE_MARK not in note]
    words = {"title": title, "subtitle": subtitle, "description": description, "date": date, "notes": notes}
    return MapSpec.model_validate(spec.model_dump() | words)


def _row(facts: ClueFacts, source: str, words: Mapping[str, str]) -> dict[str, Any]:
    clue = facts.clue
    observed, deadline = clue.observed, facts.value("deadline")
    return {
        "id": clue.id,
        "name": _name(facts),
        "status": DROPPED if clue.dropped else clue.status,
        "batch": clue.batch,
        "year": _year(facts),
        **{key: facts.value(key) or None for key in ("county", "reserve", "zone", "activity")},
        "observed": None if observed is None else observed.isoformat(),
        "area_m2": _rounded(facts.area_m2),
        "inside_m2": _rounded(facts.inside_m2),
        "priority": facts.score,
        "deadline": None if deadline is None else str(deadline),
        "overdue": "否" if facts.overdue_days is None else "是",
        "dropped": words.get(clue.dropped, clue.dropped) or KEPT,
        "accuracy": _accuracy(facts),
        "source": source,
        "outline": _outline(clue.geometry),
    }


def _name(facts: ClueFacts) -> str:
    """At most 60 characters: a foreign file's name must not keep the map from being drawn."""
    name = facts.name.strip()
    return (name if len(name) <= NAME_LIMIT else name[: NAME_LIMIT - 1] + "…") or facts.clue.id


def _year(facts: ClueFacts) -> str | None:
    if facts.clue.observed is not None:
        return str(facts.clue.observed.year)
    found = _YEAR_OF_ID.match(facts.clue.id)
    return found[1] if found else None


def _rounded(area: float | None) -> float | None:
    return None if area is None else round(area, 1)


def _accuracy(facts: ClueFacts) -> Accuracy:
    return "schematic" if facts.schematic else "approximate"


def _outline(shape: shapely.Geometry) -> str | None:
    if shapely.get_dimensions(shape) != 2:
        return None
    text: str = shapely.to_wkt(shapely.force_2d(shape), rounding_precision=DECIMALS)
    return text


def _latest(facts: Sequence[ClueFacts]) -> datetime.date:
    days = [one.clue.observed for one in facts if one.clue.observed is not None]
    if not days:
        raise InputError("线索都没有影像日期，定不出图层的日期", where="线索台账", fix="给出 today（制图那天）")
    return max(days)


def _meta(facts: Sequence[ClueFacts], title: str, day: datetime.date, source: str) -> LayerMeta:
    schematic = any(one.schematic for one in facts)
    note = "位置取图斑内一点；县市、保护地、功能区和优先分出自台账和最近一次核查"
    return LayerMeta(
        id=LAYER_ID,
        title=title,
        geometry="point",
        crs=CGCS2000,
        source=source,
        licence="内部使用",
        attribution=source,
        retrieved=day,
        accuracy="schematic" if schematic else "approximate",
        columns=COLUMNS,
        folder=Path(),
        feature_count=len(facts),
        note=f"{note}；{SCHEMATIC_NOTICE}" if schematic else note,
    )
