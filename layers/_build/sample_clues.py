"""The made-up clues of `changji_geo.clues.sample`, taken to different states along the status flow by a seed.

Nothing here was seen or decided by anybody: it shows what a map of clues looks like.
"""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import numpy as np
import shapely
from writing import DECIMALS, RETRIEVED, Built, Col

from changji_geo.clues.checks.context import build_context
from changji_geo.clues.checks.priority import score_clue
from changji_geo.clues.checks.running import run_checks
from changji_geo.clues.checks.stored import checks_value, priority_value
from changji_geo.clues.facts import clue_facts
from changji_geo.clues.layer import COLUMNS, clue_layer
from changji_geo.clues.model import CheckResult, Clue
from changji_geo.clues.sample import NOTE, build_sample
from changji_geo.clues.settings import load_settings
from changji_geo.resources import Workspace, packaged_root
from changji_geo.standards.reserves import FIRST_STATUS, next_statuses

SEED = 2025
BATCHES = ("示例2025-1", "示例2025-2")
SECOND_BATCH_FROM = 20
MIX = {
    "待核查": 6, "已核查-非问题": 7, "已核查-待整改": 6, "整改中": 7, "整改完成待验收": 3, "已销号": 4, "退回重办": 2
}  # fmt: skip
"""How many of the 35 stand where; the seed decides which."""

WITH_DEADLINE = ("已核查-待整改", "整改中", "整改完成待验收", "已销号", "退回重办")
DROPS = {33: "duplicate", 34: "duplicate", 32: "outside"}
"""Place in the sample -> why it is dropped: the two that repeat another, and one outside every reserve."""


def build_clues() -> Built:
    """35 made-up clues as points, their outlines as WKT."""
    clues = _checked(_drawn())
    layer = clue_layer(
        clue_facts(clues, today=datetime.date.fromisoformat(RETRIEVED)), title="绿盾线索（示例数据）", source=NOTE
    )
    frame = layer.frame
    shapes = [shapely.Point(round(p.x, DECIMALS), round(p.y, DECIMALS)) for p in frame.geometry]
    names = [c.name for c in COLUMNS]
    rows = [{n: _plain(row[n]) for n in names} for row in frame[names].astype(object).to_dict("records")]
    columns = tuple(Col(c.name, c.title, c.meaning, c.type, c.unit, tuple(map(str, c.allowed))) for c in COLUMNS)
    note = f"{NOTE}；状态、时限和批次由随机种子编造，只用来演示线索地图。{layer.meta.note}。有台账后，clues report 用台账的线索画同一幅图。"
    return Built(
        "clues", layer.meta.title, "point", "schematic", NOTE, "示例数据，可任意使用", NOTE, note, columns, rows, shapes,
        sample=True,
    )  # fmt: skip


def _plain(value: Any) -> Any:
    return None if value is None or value != value else value


def _drawn() -> list[Clue]:
    """The sample as clues, each somewhere along the flow."""
    random = np.random.default_rng(SEED)
    statuses = random.permutation([status for status, count in MIX.items() for _ in range(count)]).tolist()
    out = []
    for place, row in enumerate(build_sample(seed=SEED).to_dict("records")):
        status = FIRST_STATUS if place in DROPS else _walk_to(statuses[place])
        days = int(random.integers(-120, 240))
        deadline = datetime.date.fromisoformat(RETRIEVED) + datetime.timedelta(days=days)
        fields = {"activity": row["活动类型"], "reserve": row["保护地名称"]}
        if status in WITH_DEADLINE:
            fields["deadline"] = deadline.isoformat()
        observed = row["后时相"]
        out.append(
            Clue(
                f"LD2025-{place + 1:04d}",
                BATCHES[place >= SECOND_BATCH_FROM],
                row["点位编号"],
                row["geometry"],
                row["geometry"],
                status,
                None if not isinstance(observed, str) else datetime.date.fromisoformat(observed),
                {"名称": row["名称"], "活动类型": row["活动类型"]},
                {key: value for key, value in fields.items() if isinstance(value, str)},
                DROPS.get(place, ""),
            )
        )
    return out


def _walk_to(target: str) -> str:
    """The status, reached step by step from the first one; an error when the flow does not lead there."""
    reached, edge = {FIRST_STATUS}, [FIRST_STATUS]
    while edge and target not in reached:
        edge = [following for status in edge for following in next_statuses(status) if following not in reached]
        reached.update(edge)
    if target not in reached:
        raise ValueError(f"{target} cannot be reached")
    return target


def _checked(clues: list[Clue]) -> list[Clue]:
    """With the results of the checks against the shipped layers, and county and zone after them."""
    results = run_checks(clues, build_context(Workspace((packaged_root(),))))
    settings = load_settings()
    out = []
    for clue in clues:
        found = {r.check: r for r in results[clue.id]}
        own = {
            "checks": checks_value(results[clue.id]),
            "priority": priority_value(score_clue(results[clue.id], settings)),
            "county": found["county"].evidence.get("county"),
            "zone": _zones(found["reserve_zones"]),
        }
        out.append(dataclasses.replace(clue, fields={**clue.fields, **{k: v for k, v in own.items() if v}}))
    return out


def _zones(result: CheckResult) -> str:
    """The zones met; none where the day is unknown, since two schemes would be mixed."""
    if not result.evidence.get("observed"):
        return ""
    return "、".join(dict.fromkeys(str(z["zone"]) for z in result.evidence["zones"] if z["zone"]))
