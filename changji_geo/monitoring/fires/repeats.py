"""Detections of several files -> each one once: the same pixel of the same pass found again, later products first."""

from __future__ import annotations

from collections.abc import Sequence

from changji_geo.monitoring.fires.detection import Detection, FireFinding

_RANK = {"standard": 2, "NRT": 1}
"""The standard product replaces the near-real-time one; other suffixes stand behind both."""

_COMPARED = {
    "confidence": "置信度",
    "brightness_k": "亮温",
    "brightness2_k": "第二亮温",
    "scan_km": "像元宽",
    "track_km": "像元高",
    "frp_mw": "辐射功率",
    "daynight": "昼夜",
    "type": "类型",
    "version": "版本",
}


def one_each(detections: Sequence[Detection]) -> tuple[list[Detection], list[FireFinding]]:
    """Leave out what repeats: same satellite, same minute, same longitude and latitude.

    Parameters
    ----------
    detections : sequence of Detection
        In the order of files and rows.

    Returns
    -------
    kept : list of Detection
        In their order. Of several, that of the standard product, else NRT, else another one; of the same product the one
        with more values; else the first.
    findings : list of FireFinding
        One for each row left out, naming the row kept. "info" where all values agree or the other product says otherwise,
        "warning" where rows of one product contradict each other.
    """
    groups: dict[str, list[Detection]] = {}
    for found in detections:
        groups.setdefault(found.id, []).append(found)
    kept, findings = [], []
    for group in groups.values():
        best = max(group, key=_worth)  # the first of equals
        kept.append(best)
        findings += [_told(other, best) for other in group if other is not best]
    place = {id(found): number for number, found in enumerate(detections)}
    return sorted(kept, key=lambda d: place[id(d)]), findings


def _worth(detection: Detection) -> tuple[int, int]:
    filled = sum(getattr(detection, name) not in (None, "") for name in _COMPARED)
    return _RANK.get(detection.product, 0), filled


def _told(other: Detection, kept: Detection) -> FireFinding:
    where = f"{kept.file} 第 {kept.row} 行"
    differing = [
        title
        for name, title in _COMPARED.items()
        if getattr(other, name) not in (None, "") and getattr(other, name) != getattr(kept, name)
    ]
    if not differing:
        return FireFinding("info", "duplicate", other.file, f"与{where}是同一探测点，没有重复计入", other.row)
    if other.product != kept.product:
        text = (
            f"与{where}是同一探测点，采用{kept.product or '未注明'}产品，这一行（{other.product or '未注明'}）没有计入"
        )
        return FireFinding("info", "superseded", other.file, text, other.row)
    text = f"与{where}是同一探测点，但{'、'.join(differing)}不同，采用后者，请核对"
    return FireFinding("warning", "conflict", other.file, text, other.row)
