"""A GPX file that came back -> its waypoints by the clue's id. GDAL would take ``0991`` in an extension for a number."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import shapely
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from changji_geo.clues.exchange.cell_text import xml_text
from changji_geo.clues.exchange.gpx import LINE_END, NAMESPACE
from changji_geo.clues.exchange.returned import ID_KEY, ReturnedFile, ReturnedRow, key_of_column
from changji_geo.clues.exchange.stamps import STAMP_KEY
from changji_geo.errors import InputError, system_reason


def read_gpx_file(path: Path) -> ReturnedFile:
    """Read the waypoints; tracks and routes are left alone.

    Parameters
    ----------
    path : path
        GPX 1.0 or 1.1; only read. A waypoint's name is the clue's id, its extensions of our namespace the fields.

    Raises
    ------
    InputError
        Unreadable, damaged, with a DTD, without waypoints, or with a position that is none.
    """
    where = str(path)
    try:
        with path.open("rb") as stream:
            rows = tuple(_row(number, point, where) for number, point in enumerate(_waypoints(stream), start=1))
    except OSError as cause:
        raise InputError(f"读不出（{system_reason(cause)}）", where=where, fix="核对路径和权限") from cause
    except DefusedXmlException as cause:
        raise InputError(
            "GPX 里有 DTD 或实体定义，可能会引用外部文件，拒绝读取", where=where, fix="重新导出 GPX"
        ) from cause
    except (ParseError, ValueError) as cause:
        raise InputError(f"GPX 已损坏（{cause}）", where=where, expected="完整的 XML", fix="重新导出") from cause
    if not rows:
        raise InputError(
            "GPX 里没有航点", where=where, expected="以线索编号命名的航点（wpt）", fix="导出航点，不要只导轨迹"
        )
    return ReturnedFile(path, "个要素", rows)


def _waypoints(stream: Any) -> Iterator[Element]:
    """Each waypoint once it is whole; nothing else is kept in memory."""
    open_elements: list[Element] = []
    for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
        if event == "start":
            open_elements.append(element)
            continue
        open_elements.pop()
        if len(open_elements) == 1:
            if _tag(element) == "wpt":
                yield element
            open_elements[0].remove(element)


def _row(number: int, point: Element, where: str) -> ReturnedRow:
    cells: dict[str, str] = {}
    name = ""
    for child in point:
        if _tag(child) == "name":
            name = xml_text(child.text or "")
        elif _tag(child) == "extensions":
            for cell in child:
                key = key_of_column(_tag(cell)) if str(cell.tag).startswith(f"{{{NAMESPACE}}}") else ""
                if key:
                    cells[key] = (cell.text or "").replace(LINE_END, "\n")
    clue_id = cells.pop(ID_KEY, "") or name
    stamp = cells.pop(STAMP_KEY, "")
    return ReturnedRow(number, clue_id, cells, stamp, (), _position(number, point, where))


def _position(number: int, point: Element, where: str) -> shapely.Point:
    try:
        lon, lat = float(point.get("lon", "")), float(point.get("lat", ""))
    except ValueError:
        lon = lat = math.nan
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise InputError(
            f"第 {number} 个航点的位置（lat={point.get('lat')}，lon={point.get('lon')}）不是经纬度", where=where,
            expected="WGS-84 经纬度", fix="重新导出",
        )  # fmt: skip
    return shapely.Point(lon, lat)


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
