"""A table -> the columns its coordinates are in: by their headers, else by what the cells hold, else an error that lists them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import shapely

from changji_geo.errors import InputError, near_match
from changji_geo.intake.coordinates.axes import CHINA
from changji_geo.intake.coordinates.coordtext import CoordinateTextError, parse_angle, parse_metres
from changji_geo.intake.coordinates.plaintext import is_blank, plain_text
from changji_geo.intake.coordinates.shapetext import CellShape, parse_shape

if TYPE_CHECKING:
    import pandas as pd

Name = str | tuple[str, ...]
"""A column, or the two or three columns of degrees, minutes and seconds."""

Role = Literal["lon", "lat", "east", "north", "x", "y", "shape", "pair", ""]

REMEDY = "写明坐标列：--x 列名 --y 列名；两个坐标在一列时只写 --x 列名"


@dataclass(frozen=True, slots=True)
class CoordinateColumns:
    """Where a table's coordinates are.

    ``y`` None: the one column ``x`` has both numbers, a vertex list, WKT or GeoJSON. ``note`` says in Chinese how the
    columns were found, "" when a person named them.
    """

    x: Name
    y: Name | None = None
    note: str = ""
    by_content: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """All columns, x first."""
        return tuple(n for part in (self.x, self.y or ()) for n in ((part,) if isinstance(part, str) else part))


_SAMPLE = 200
_BRACKETS = re.compile(r"[(\[{<][^)\]}>]*[)\]}>]")
_NOISE = re.compile(r"[\s_|:,.;()\[\]{}<>/-]+")
_DECOR = r"(?:gps|wgs84?|cgcs2000|gcj02|bd09|84|2000|deg|dd|dms|center|centre|point|start|中心点?|中点|地理|坐标|点位?|平面|大地)?"
_LON = re.compile(rf"{_DECOR}(?:lon|lng|long|longitude|经度?){_DECOR}")
_LAT = re.compile(rf"{_DECOR}(?:lat|latitude|纬度?){_DECOR}")
_X = re.compile(rf"{_DECOR}x{_DECOR}(?:轴|值|coord(?:inate)?|m|米)?|(?:coord|pos)x")
_Y = re.compile(rf"{_DECOR}y{_DECOR}(?:轴|值|coord(?:inate)?|m|米)?|(?:coord|pos)y")
_SHAPE = re.compile(
    r".*(?:wkt|拐点|顶点|界址点|边界点|坐标串|坐标序列|坐标列表|边界坐标|范围坐标|图斑坐标|四至坐标|vertices).*"
)
_SHAPE_NAMES = {"geom", "geometry", "thegeom", "几何", "几何信息", "shape", "geojson", "图形", "空间数据", "坐标范围"}
_PAIR = re.compile(r".*(?:坐标(?!系)|经纬|lonlat|latlon|lnglat|latlng|coordinates?)[^系]*")
_PAIR_NAMES = {"位置", "点位", "gps", "location", "position", "中心点", "定位"}
_PARTS = re.compile(r"(.*?(?:东经|西经|北纬|南纬|[经纬]度(?=[度分秒])|[经纬]|lon|lng|lat).*?)(度|分|秒)")


def find_columns(frame: pd.DataFrame, *, what: str = "表格") -> CoordinateColumns:
    """The coordinate columns of a table.

    Parameters
    ----------
    frame : DataFrame
        Cells as read; not altered. Columns without any filled cell are passed over.
    what : str
        The file, for the message.

    Returns
    -------
    CoordinateColumns
        Preferred in this order: degrees, minutes and seconds in columns of their own; a column of shapes (WKT, 拐点坐标);
        longitude and latitude; one column with both; 横坐标/纵坐标 or X/Y. Where no header says anything, the only column
        (or pair of columns) whose cells can be nothing else.

    Raises
    ------
    InputError
        When there is none, or several would do.

    Examples
    --------
    >>> import pandas as pd
    >>> find_columns(pd.DataFrame({"名称": ["a"], "东经": ["87°18′"], "北纬（度）": [44.1]})).names
    ('东经', '北纬（度）')
    """
    filled = {name: cells for name in frame.columns if (cells := _sample(frame[name]))}
    by_role: dict[str, list[str]] = {}
    for name in filled:
        by_role.setdefault(_role(str(name)), []).append(name)
    readable = [n for role in ("shape", "pair") for n in by_role.get(role, []) if _share(filled[n], _is_shape) >= 0.5]
    shapes = [n for n in readable if n in by_role.get("shape", [])]
    pairs = [n for n in readable if n not in shapes]
    found: list[CoordinateColumns] = []
    if parts := _three_columns(list(filled)):
        found.append(CoordinateColumns(*parts, note="按表头，度、分、秒各占一列"))
    choices: list[tuple[list[str], list[str] | None, str]] = [
        (shapes, None, "坐标"),
        (by_role.get("lon", []), by_role.get("lat", []), "经度、纬度"),
        (pairs, None, "坐标"),
        (by_role.get("east", []), by_role.get("north", []), "横坐标、纵坐标"),
        (by_role.get("x", []), by_role.get("y", []), "X、Y 坐标"),
    ]
    for first, second, role in choices:
        if not first or second == []:
            continue
        if len(first) == 1 and (second is None or len(second) == 1):
            found.append(CoordinateColumns(first[0], second[0] if second else None, "按表头"))
        elif not found:
            listed = "、".join(f"“{n}”" for n in (*first, *(second or [])))
            raise InputError(f"像{role}的列不止一组：{listed}", where=what, fix=REMEDY)
    if found:
        return _first(found)
    return _by_content(filled, what)


def check_columns(columns: CoordinateColumns, frame: pd.DataFrame, *, what: str = "表格") -> None:
    """Raise `InputError` with a near match when a named column is not in the table."""
    for name in columns.names:
        if name not in frame.columns:
            hint = near_match(name, map(str, frame.columns))
            raise InputError(f"没有“{name}”这一列", where=what, fix=hint if hint.endswith("？") else hint + "。")


def _role(header: str) -> Role:
    text = unicodedata.normalize("NFKC", header).lower()
    full, bare = _NOISE.sub("", text), _NOISE.sub("", _BRACKETS.sub("", text))
    lon, lat = "经度" in full or "东经" in full, "纬度" in full or "北纬" in full
    if "经纬" in full or (lon and lat):
        return "shape" if _SHAPE.fullmatch(full) else "pair"
    if bare in _SHAPE_NAMES or _SHAPE.fullmatch(bare):
        return "shape"
    if lon or _LON.fullmatch(bare):
        return "lon"
    if lat or _LAT.fullmatch(bare):
        return "lat"
    if re.search(r"纵坐标|北坐标|northing|北向", full):
        return "north"
    if re.search(r"横坐标|东坐标|easting|东向", full):
        return "east"
    if _X.fullmatch(bare):
        return "x"
    if _Y.fullmatch(bare):
        return "y"
    return "pair" if bare in _PAIR_NAMES or _PAIR.fullmatch(bare) else ""


def _three_columns(names: Sequence[str]) -> tuple[Name, Name] | None:
    """经度度 经度分 经度秒 / 东经(度) 东经(分) 东经(秒), and the same for latitude; seconds may be missing."""
    groups: dict[str, dict[str, str]] = {"lon": {}, "lat": {}}
    for name in names:
        text = _NOISE.sub("", unicodedata.normalize("NFKC", str(name)).lower())
        match = _PARTS.fullmatch(text)
        if match:
            axis = "lon" if re.search("经|lon|lng", match[1]) else "lat"
            groups[axis].setdefault(match[2], name)
    if any(not {"度", "分"} <= set(group) for group in groups.values()):
        return None
    lon, lat = (tuple(group[part] for part in "度分秒" if part in group) for group in groups.values())
    return lon, lat


def _first(found: list[CoordinateColumns]) -> CoordinateColumns:
    best, rest = found[0], [n for other in found[1:] for n in other.names if n not in found[0].names]
    listed = "、".join(f"“{n}”" for n in dict.fromkeys(rest))
    note = best.note + (f"；另有坐标列{listed}没有采用" if listed else "")
    return CoordinateColumns(best.x, best.y, note)


def _by_content(filled: dict[str, list[object]], what: str) -> CoordinateColumns:
    west, south, east, north = CHINA
    shapes = [n for n, cells in filled.items() if _share(cells, _is_shape) >= 0.9]
    lons = [n for n, cells in filled.items() if _share(cells, lambda c: _fine_angle(c, west, east)) >= 0.9]
    lats = [n for n, cells in filled.items() if _share(cells, lambda c: _fine_angle(c, south, north)) >= 0.9]
    norths = [n for n, cells in filled.items() if _share(cells, lambda c: _metre(c, [(1.9e6, 6e6)])) >= 0.9]
    easts = [n for n, cells in filled.items() if _share(cells, lambda c: _metre(c, _EASTINGS)) >= 0.9]
    options: list[tuple[list[str], list[str] | None]] = [(shapes, None), (lons, lats), (easts, norths)]
    likely = [(a, b) for a, b in options if a and (b is None or b)]
    if len(likely) == 1 and len(likely[0][0]) == 1 and len(likely[0][1] or [""]) == 1:
        a, b = likely[0]
        return CoordinateColumns(a[0], b[0] if b else None, "表头没有写明，按内容认定", by_content=True)
    if likely:
        listed = "、".join(f"“{n}”" for n in dict.fromkeys(n for a, b in likely for n in (*a, *(b or []))))
        raise InputError(f"表头没有写明坐标列，按内容有几种可能：{listed}", where=what, fix=REMEDY)
    listed = "、".join(f"“{n}”" for n in list(filled)[:20]) or "（各列都是空的）"
    raise InputError(
        f"没有找到坐标列；现有的列：{listed}",
        where=what,
        expected="经度和纬度、X 和 Y（米）、坐标（两个数在一列）、拐点坐标或 WKT",
        fix=REMEDY,
    )


_EASTINGS = [(1e5, 1e6), (13.1e6, 23.9e6), (25.1e6, 45.9e6)]


def _sample(column: pd.Series) -> list[object]:
    return [cell for cell in column.dropna().iloc[: 3 * _SAMPLE].tolist() if not is_blank(cell)][:_SAMPLE]


def _share(cells: list[object], test: Callable[[object], bool]) -> float:
    return sum(map(test, cells)) / len(cells)


def _is_shape(cell: object) -> bool:
    if not isinstance(cell, str):
        return False
    try:
        shape: CellShape = parse_shape(cell)
    except CoordinateTextError:
        return False
    west, south, *_ = shapely.bounds(shape.geometry)
    if shape.unit == "metres":
        return bool(max(west, south) > 1e5)
    return bool(west >= 1.0 and south >= 1.0)


def _fine_angle(cell: object, low: float, high: float) -> bool:
    """An angle in the range, written with marks or at least three decimals: counts and shares look otherwise."""
    try:
        angle = parse_angle(cell)
    except CoordinateTextError:
        return False
    marked = re.search("[°'\"EN]", plain_text(cell)) is not None
    return low <= angle.degrees <= high and (marked or angle.resolution <= 1e-3)


def _metre(cell: object, ranges: Sequence[tuple[float, float]]) -> bool:
    try:
        value = parse_metres(cell).value
    except CoordinateTextError:
        return False
    return any(low <= value <= high for low, high in ranges)
