"""The key columns of a table of water samples -> section, date, type of water, target and basin of every row."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import pandas as pd

from changji_geo.errors import InputError
from changji_geo.intake.values.cells import CellTextError
from changji_geo.intake.values.periods import parse_period
from changji_geo.monitoring.water.measured import NonDetect
from changji_geo.standards.water_items import WaterType, fold_name, parse_class

KeyName = Literal["section", "date", "water_type", "target", "basin", "item", "value", "unit"]

_KEYS: Mapping[KeyName, tuple[str, ...]] = {
    "section": ("section", "station", "断面", "断面名称", "点位", "点位名称", "监测点", "监测点位", "监测井", "井号", "水源地", "水源地名称", "湖库", "湖库名称"),
    "date": ("date", "period", "日期", "采样日期", "监测日期", "采样时间", "监测时间", "时间", "时段", "月份"),
    "water_type": ("water_type", "水体类型", "水体类别"),
    "target": ("target", "target_class", "水质目标", "目标类别", "考核目标"),
    "basin": ("basin", "流域", "水系", "流域名称"),
    "item": ("item", "项目", "监测项目", "指标", "监测指标", "污染物", "因子"),
    "value": ("value", "值", "监测值", "浓度", "结果", "监测结果", "测值"),
    "unit": ("unit", "单位", "计量单位"),
}  # fmt: skip
_WATER_TYPES: Mapping[str, WaterType] = {
    **dict.fromkeys(("river", "河流", "河", "river section"), "river"),
    **dict.fromkeys(("lake", "reservoir", "湖", "湖泊", "湖库", "湖、库", "水库", "湖泊(水库)", "湖(库)"), "lake"),
}

_GROUNDWATER = frozenset(
    ("地下水", "井", "井水", "监测井", "潜水", "承压水", "浅层地下水", "深层地下水", "groundwater", "well")
)


FILE_ROWS = "file_row"
"""Name of the index of a frame whose index holds the rows as the user's file numbers them."""


@dataclass(frozen=True, slots=True)
class ArgumentWords:
    """How refusals name what a caller may give; the defaults are Python's, another caller brings its own."""

    standard_units: str = "用 units='standard' 声明"
    units: str = "units"
    drop_unit: str = "从 units 中去掉它"
    date: str = "date=观测日期"
    water_type: str = "water_type"
    state_water_type: str = "指明 river / lake"
    basin: str = "basin=流域名称"


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How a table is read; each public function of this room documents these as its own parameters."""

    date: datetime.date | None = None
    water_type: WaterType | None = None
    target: str | None = None
    non_detect: NonDetect = "half"
    units: Literal["standard"] | Mapping[str, str] | None = None
    detection_limits: Mapping[str, float] | None = None
    needs_water_type: bool = True
    words: ArgumentWords = ArgumentWords()

    def __post_init__(self) -> None:
        if self.non_detect not in ("half", "zero"):
            raise InputError(f"未检出的处理“{self.non_detect}”不存在", expected="half（一半）或 zero（零）", fix="改正")
        if self.water_type not in (None, "river", "lake"):
            raise InputError(f"水体类型“{self.water_type}”不存在", expected="river（河流）或 lake（湖库）", fix="改正")


class RowKey(NamedTuple):
    """What a row says besides its values; ``date`` in ISO form (a day, month, year or span), "" for what is not stated."""

    section: str
    date: str
    first_day: datetime.date
    water_type: str
    target: str
    basin: str


def key_columns(frame: pd.DataFrame) -> dict[KeyName, Any]:
    """The column of each key that the table has; two columns for one key are refused."""
    found: dict[KeyName, Any] = {}
    for key, names in _KEYS.items():
        folded = {fold_name(name) for name in names}
        columns = [c for c in frame.columns if fold_name(first_of_repeated(str(c), frame.columns)) in folded]
        if len(columns) > 1:
            raise InputError(
                f"“{columns[0]}”和“{columns[1]}”两列都是{names[2] if len(names) > 2 else names[0]}", fix="删去一列"
            )
        if columns:
            found[key] = columns[0]
    return found


def first_of_repeated(column: str, columns: Container[Any]) -> str:
    """The header that a column had before the reader of sheets numbered those of one name; unit columns stay apart.

    Examples
    --------
    >>> first_of_repeated("氨氮_2", ["氨氮", "氨氮_2"]), first_of_repeated("氨氮_2", ["氨氮_2"])
    ('氨氮', '氨氮_2')
    """
    name = re.sub(r"_\d+$", "", column)
    return name if name != column and name in columns and fold_name(name) not in _KEYS["unit"] else column


def require_keys(frame: pd.DataFrame, keys: Mapping[KeyName, Any], options: ReadingOptions) -> None:
    """Raise when a table has no section, no date (or two sources of it), or no type of water where one is needed."""
    listed = "、".join(str(c) for c in frame.columns[:20])
    if frame.columns.has_duplicates:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise InputError(f"有两列都叫“{twice}”", where=f"表头：{listed}", fix="删去一列或改名")
    if "section" not in keys:
        raise InputError("没有断面列", where=f"表头：{listed}", expected="断面（section）", fix="补上断面名称一列")
    if ("date" in keys) == (options.date is not None):
        given = "表里有日期列，又另给了日期" if "date" in keys else "没有日期列，也没有给日期"
        raise InputError(
            given,
            where=f"表头：{listed}",
            expected=f"日期列，或 {options.words.date}，二者取一",
            fix="标准按观测日期选用",
        )
    if options.needs_water_type and "water_type" not in keys and options.water_type is None:
        raise InputError(
            "不知道水体类型，总磷的限值无法确定",
            where=f"表头：{listed}",
            expected=f"水体类型列（河流、湖库），或 {options.words.water_type}",
            fix=f"补上一列或{options.words.state_water_type}",
        )


def row_numbers(frame: pd.DataFrame) -> list[int]:
    """The number of each row as its user knows it: the file's, else counted from 1.

    Examples
    --------
    >>> row_numbers(pd.DataFrame({"a": [1, 2]})), row_numbers(pd.DataFrame({"a": [1]}, index=pd.Index([7], name=FILE_ROWS)))
    ([1, 2], [7])
    """
    return [int(n) for n in frame.index] if frame.index.name == FILE_ROWS else list(range(1, len(frame) + 1))


def read_keys(
    columns: Mapping[Any, list[object]], keys: Mapping[KeyName, Any], rows: Sequence[int], options: ReadingOptions
) -> list[RowKey]:
    """Read the keys of every row; raise, with the number of the row, where one is missing or cannot be read."""
    periods: dict[tuple[type, object], tuple[str, datetime.date]] = {}

    def cell(key: KeyName, row: int) -> object:
        value = columns[keys[key]][row] if key in keys else None
        return None if value is None or value != value or not str(value).strip() else value

    out: list[RowKey] = []
    for row, number in enumerate(rows):
        where = f"第 {number} 行"
        section = cell("section", row)
        if section is None:
            raise InputError("没有断面名称", where=where, fix="补上；合并单元格要先拆开填满")
        date = options.date if options.date is not None else cell("date", row)
        if date is None:
            raise InputError("没有日期", where=where, fix="补上观测日期；标准按它选用")
        if (type(date), date) not in periods:
            periods[type(date), date] = _period(date, where)
        period, first = periods[type(date), date]
        written = cell("water_type", row)
        if written is None:
            water: str = options.water_type or ""
        elif options.needs_water_type:
            water = _water_type(str(written), where)
        else:
            water = _groundwater(str(written), where)
        if not water and options.needs_water_type:
            raise InputError("没有水体类型", where=where, expected="河流 或 湖库", fix="补上；总磷的限值因此而异")
        aim = cell("target", row)
        aim = options.target if aim is None else aim
        basin = cell("basin", row)
        target = "" if aim is None or str(aim).strip() in ("-", "/", "—") else _target(aim, where)
        out.append(
            RowKey(str(section).strip(), period, first, water, target, "" if basin is None else str(basin).strip())
        )
    return out


def _water_type(text: str, where: str) -> WaterType:
    found = _WATER_TYPES.get(unicodedata.normalize("NFKC", text).strip().casefold())
    if found is None:
        raise InputError(f"“{text}”不是水体类型", where=where, expected="河流、湖泊、水库（river、lake）", fix="改正")
    return found


def _groundwater(text: str, where: str) -> str:
    """Nothing: a table of wells has no other type of water."""
    if unicodedata.normalize("NFKC", text).strip().casefold() not in _GROUNDWATER:
        raise InputError(
            f"水体类型是“{text}”，不按地下水评价", where=where, expected="地下水", fix="从表里去掉地表水断面，另行评价"
        )
    return ""


def _target(cell: object, where: str) -> str:
    try:
        return parse_class(cell)
    except InputError as refused:
        raise InputError(f"目标{refused.problem}", where=where, expected=refused.expected, fix=refused.fix) from refused


def _period(cell: object, where: str) -> tuple[str, datetime.date]:
    """A day, month, quarter, year or span in ISO form, and its first day; the hour of sampling is left out."""
    if isinstance(cell, datetime.datetime):
        cell = cell.date()
    if isinstance(cell, str):
        cell = re.sub(r"[T\s]+\d{1,2}[:：]\d{2}([:：]\d{2}(\.\d+)?)?$", "", cell.strip())
    try:
        period = parse_period(cell)
    except CellTextError as refused:
        raise InputError(
            refused.problem + _serial_hint(cell), where=where, expected=_DATES, fix="改成上述写法之一"
        ) from refused
    start = [int(part) for part in re.findall(r"\d+", period.split("/")[0])]
    if not re.match(r"\d", period) or period.endswith("计划"):
        raise InputError(f"“{cell}”不是观测的时段", where=where, expected=_DATES, fix="改正")
    return period, datetime.date(start[0], *[*start[1:], 1, 1][:2])


_DATES = "如 2024-03-05、2024/3/5、2024年3月5日、20240305、2024-03、2024年一季度、2024"


def _serial_hint(cell: object) -> str:
    """What a bare five-digit number may be: a spreadsheet's count of days, shown where the cell lost its date format."""
    found = re.fullmatch(r"\s*(\d{5})(?:\.\d+)?\s*", str(cell))
    if not found or not 36_526 <= int(found[1]) <= 73_050:
        return ""
    day = datetime.date(1899, 12, 30) + datetime.timedelta(days=int(found[1]))
    return f"（像是 Excel 的日期序号，若是则为 {day.isoformat()}；把这一列设成日期格式再保存）"
