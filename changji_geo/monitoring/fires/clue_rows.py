"""Merged fires -> the rows of a table of suspected points that ``clues import`` reads."""

from __future__ import annotations

from collections.abc import Hashable

import pandas as pd

from changji_geo.errors import InputError
from changji_geo.monitoring.fires.merging import MergedFires
from changji_geo.sample_words import SAMPLE_MARK

CLUE_COLUMNS = ("点位编号", "名称", "县市", "保护地名称", "经度", "纬度", "后时相", "数据来源", "备注")
"""Headers that the alias table of the intake knows."""


def fires_as_clues(fires: MergedFires, *, reserves_only: bool = False) -> pd.DataFrame:
    """Give the counted fires the columns of a file of clues.

    Parameters
    ----------
    fires : MergedFires
        Of located and screened points, as `changji_geo.monitoring.fires.bulletin.Bulletin.merged` has them.
    reserves_only : bool
        Only fires whose main point lies in a reserve.

    Returns
    -------
    DataFrame
        `CLUE_COLUMNS`, one row a fire: degrees on WGS 84 (CGCS2000 to a few cm), the day in Beijing as ISO text, which
        satellites saw it. Written to CSV or XLSX it is a file for ``clues import`` of points; fires that are not counted
        are not in it. The kind of activity stays open: a fire point says nothing of it.

    Raises
    ------
    InputError
        The fires were not screened.
    """
    table = fires.fires
    missing = [c for c in ("counted", "reserve", "county") if c not in table]
    if missing:
        raise InputError(f"火点没有定位和筛选：缺少列 {missing[0]}", fix="先用 locate_fires、screen_fires，再合并")
    chosen = table[table["counted"].astype(bool)]
    if reserves_only:
        chosen = chosen[chosen["reserve"] != ""]
    rows = [
        {
            "点位编号": fire["fire_id"],
            "名称": f"{SAMPLE_MARK if fire['sample'] else ''}疑似火点（{fire['county']}）",
            "县市": fire["county"],
            "保护地名称": fire["reserve"] or None,
            "经度": fire["lon"],
            "纬度": fire["lat"],
            "后时相": fire["date"].isoformat(),
            "数据来源": f"FIRMS 卫星火点：{fire['satellites']}（{fire['versions'] or '版本未注明'}）",
            "备注": _remark(fire),
        }
        for fire in chosen.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=list(CLUE_COLUMNS), dtype=object)


def _remark(fire: dict[Hashable, object]) -> str:
    parts = [
        f"热异常，待现场核实；坐标是像元中心；探测点 {fire['detections']} 个；北京时间 {fire['times']}",
        f"置信度 {fire['confidences']}",
        str(fire["hints"]),
        f"卫星{fire['satellite_notes']}" if fire["satellite_notes"] else "",
        f"保护区：{fire['reserve_notice']}" if fire["reserve_notice"] and fire["reserve"] else "",
        str(fire.get("notes") or ""),
    ]
    return "；".join(p for p in parts if p)
