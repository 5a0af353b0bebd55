"""Files of 奥维互动地图 -> whether their coordinates carry the GCJ-02 shift, and what to tell the user about the doubt."""

from __future__ import annotations

import dataclasses
import re

from changji_geo.intake.findings import IntakeFinding
from changji_geo.intake.source import Source

_MARKS = re.compile(r"奥维|ovital|omap(?![a-z])", re.IGNORECASE)
_OVERRULE = "如果坐标其实是准确的，用 --datum cgcs2000 指明"


def is_ovital(*texts: str) -> bool:
    """Whether 奥维 is named in a file's name or beginning."""
    return any(_MARKS.search(text) for text in texts)


def with_datum_hint(source: Source, *, named: bool) -> Source:
    """The source with what its kind says of the datum.

    Since version 9.3 奥维 writes ovkml, ovkmz, TXT and CSV in GCJ-02, and its DXF and SHP without a shift. Its older
    KML and KMZ are unshifted too.

    Parameters
    ----------
    source : Source
        Of any format.
    named : bool
        Whether the file says it is from 奥维 (`is_ovital`).
    """
    if source.format in ("ovkml", "ovkmz"):
        why = f"奥维 9.3 版起导出的 {source.format} 是 GCJ-02 坐标（偏约 300 米），按 GCJ-02 纠正；{_OVERRULE}"
        hint = True
    elif named and source.format in ("csv", "txt", "tsv"):
        why = f"这是奥维导出的表格，9.3 版起为 GCJ-02 坐标（偏约 300 米），按 GCJ-02 纠正；旧版没有偏移：{_OVERRULE}"
        hint = True
    elif named and source.format in ("kml", "kmz"):
        why = (
            "这是奥维导出的 KML，奥维自己的 KML 没有偏移，按准确坐标处理；如果由 ovkml 改名而来，用 --datum gcj02 指明"
        )
        hint = False
    else:
        return source
    noted = source.note(IntakeFinding("warning", "datum", why))
    return dataclasses.replace(noted, datum_hint="gcj02") if hint else noted
