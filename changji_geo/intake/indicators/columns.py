"""Which columns of a table hold the place, the indicator, the period, the unit and the values: from headers and cells."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from changji_geo.errors import IndicatorError, near_match
from changji_geo.indicators import Indicator
from changji_geo.intake.findings import IntakeFinding
from changji_geo.intake.values.cells import CellTextError, parse_number
from changji_geo.intake.values.periods import is_period, parse_period
from changji_geo.intake.values.places import Places, is_prefecture, is_total
from changji_geo.intake.values.units import is_known_unit

if TYPE_CHECKING:
    import pandas as pd

_ROLE_WORDS = {
    "place": "地点 县市 县(市) 县市区 县(市、区) 县市名称 县名 地区 区域 行政区 行政区划 行政区名称 行政区划代码 行政区代码 区划代码 "
    "区划编码 名称 代码 编码 编号 站点 站点名称 站点编码 站点代码 测站 点位 点位名称 断面 断面名称 断面编码 水源地 水源地名称 "
    "保护区 保护区名称 area id name adcode county code xzqdm xzqmc",
    "indicator": "指标 指标名称 指标名 项目 监测项目 污染物 因子 监测因子 indicator",
    "period": "时段 时间 日期 年份 年度 年 年月 统计期 统计时段 统计时间 监测时间 监测日期 报告期 period year date",
    "month": "月份 月 month",
    "unit": "单位 计量单位 unit",
    "value": "值 数值 指标值 监测值 结果 监测结果 浓度 数据 value",
    "source": "来源 资料来源 数据来源 source",
    "aside": "序号 备注 说明 附注 原文 no quote remark",
}
_ROLES = {role: frozenset(words.split()) for role, words in _ROLE_WORDS.items()}
"""What a column of each role may be called."""

_MONTH_WORD = re.compile(r"\d{1,2}月|第?[一二三四]季度|[上下]半年")
_BRACKETED = re.compile(r"(?P<name>.*?)\s*[(（\[【](?P<inner>[^()（）\[\]【】]+)[)）\]】]\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ValueColumn:
    """A column of values: what its header says of them; "" where it is silent. ``month`` is a month without its year."""

    column: str
    indicator: str = ""
    period: str = ""
    month: str = ""
    unit: str = ""


@dataclass(frozen=True)
class IndicatorColumns:
    """The columns of a table by what they hold; "" and empty where there is none."""

    places: tuple[str, ...]
    values: tuple[ValueColumn, ...]
    indicator: str = ""
    period: str = ""
    month: str = ""
    unit: str = ""
    source: str = ""
    findings: tuple[IntakeFinding, ...] = ()


class IndicatorNames:
    """Indicators by id and by Chinese name, in whatever width and spacing the name is typed."""

    def __init__(self, definitions: Mapping[str, Indicator]) -> None:
        self.definitions = definitions
        self._ids: dict[str, set[str]] = {}
        for each in definitions.values():
            for text in (each.id, each.name):
                self._ids.setdefault(folded(text), set()).add(each.id)

    def find(self, text: str) -> str:
        """The id that a text means, "" when there is none.

        Raises
        ------
        IndicatorError
            Two indicators have that name.
        """
        found = self._ids.get(folded(text), set())
        if len(found) > 1:
            raise IndicatorError(f"“{text}”是几个指标的名称：{'、'.join(sorted(found))}", fix="写指标的标识")
        return next(iter(found), "")

    def hint(self, text: str) -> str:
        """The nearest names, or where all of them are listed."""
        near = near_match(text, [*(d.name for d in self.definitions.values()), *self.definitions])
        return near if near.endswith("？") else "没有相近的指标，全部见 changji-geo indicators list"

    def hint_or_new(self, text: str) -> str:
        """The same, and how a new one is defined: one sentence."""
        near = self.hint(text)
        return f"{near}{'' if near.endswith('？') else '；'}新指标用 --new-indicator 定义"


def folded(text: str) -> str:
    """A name as it is compared: no blanks, plain width, lower case."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def find_columns(
    frame: pd.DataFrame,
    places: Places,
    names: IndicatorNames,
    *,
    where: str,
    id_column: str | None = None,
    value_column: str | None = None,
    single_indicator: bool = False,
) -> IndicatorColumns:
    """Understand the columns of a long or wide table.

    A header is taken apart at ``|`` (several header rows) and its brackets; a column holds values when every part of its
    header is an indicator, a period, a unit or a word like 数值. The place is the column whose cells name features of the
    layer; code and name may both be there.

    Parameters
    ----------
    frame : DataFrame
        Of `changji_geo.intake.sheets.reading.read_sheet`.
    places, names
        What places and indicators are called.
    where : str
        The file, for messages.
    id_column, value_column : str, optional
        The columns that the user names.
    single_indicator : bool
        Whether all values are of one indicator that is known otherwise; then a lone column of numbers holds them.

    Raises
    ------
    IndicatorError
        No column of places or of values; a column named that is not there (with a near match).
    """
    headers = [str(c) for c in frame.columns]
    for given, option in ((id_column, "--id-column"), (value_column, "--value-column")):
        if given is not None and given not in headers:
            raise IndicatorError(f"{option} 的“{given}”不是这个表的列", where=where, fix=near_match(given, headers))
    roles = {h: _role(h) for h in headers}
    chosen = _place_columns(frame, places, roles, id_column, where)
    taken = {*chosen}
    single: dict[str, str] = {}
    for role in ("indicator", "period", "month", "unit", "source"):
        single[role] = next((h for h in headers if roles[h] == role and h not in taken and h != value_column), "")
        taken.add(single[role])
    values, unclear = [], []
    for header in headers:
        if header in taken or (roles[header] in ("aside", "place") and header != value_column):
            continue
        found = _value_column(header, names)
        if value_column is not None:
            if header == value_column:
                values.append(found or ValueColumn(header))
        elif found is not None:
            values.append(found)
        else:
            unclear.append(header)
    if not values and (single_indicator or single["indicator"]):
        numeric = [h for h in unclear if _has_numbers(frame[h])]
        if len(numeric) == 1:
            values, unclear = [ValueColumn(numeric[0], unit=_bracket_unit(numeric[0]))], []
    if not values:
        raise _no_values(headers, unclear, names, single["indicator"], where)
    return IndicatorColumns(
        chosen, tuple(values), single["indicator"], single["period"], single["month"], single["unit"], single["source"],
        tuple(_left_out(frame, unclear, names)),
    )  # fmt: skip


PLACE_COLUMN, VALUE_COLUMN = "地点", "数值"
"""Names of the columns that `places_to_rows` makes."""


def places_to_rows(frame: pd.DataFrame, places: Places) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """A table with one column a place (指标 | 昌吉市 | 阜康市) as one with a row for each; others as they are.

    Returns
    -------
    frame : DataFrame
        Columns of the rest, ``地点`` and ``数值``; the index repeats the row's number for each of its places.
    columns : tuple of str
        The columns of places, empty when the table was left alone: fewer than two, or the places stand in the rows.
    """
    headers = [str(c) for c in frame.columns]
    placed = [h for h in headers if places.knows(h)]
    if len(placed) < 2 or any(_known_share(frame[h], places) > 0.5 for h in headers):
        return frame, ()
    placed = [h for h in headers if h in placed or is_prefecture(h) or is_total(h)]
    rest = [h for h in headers if h not in placed]
    where = {h: headers.index(h) for h in headers}
    rows = [
        [*(cells[where[h]] for h in rest), header, cells[where[header]]]
        for cells in frame.to_numpy()
        for header in placed
    ]
    index = frame.index.repeat(len(placed))
    long = type(frame)(rows, index=index, columns=[*rest, PLACE_COLUMN, VALUE_COLUMN], dtype=object)
    return long, tuple(placed)


def split_unit(text: str) -> tuple[str, str]:
    """A name and the known unit in the brackets behind it, "" where there is none.

    Examples
    --------
    >>> split_unit("PM2.5（微克/立方米）"), split_unit("PM2.5（年均）")
    (('PM2.5', '微克/立方米'), ('PM2.5（年均）', ''))
    """
    unit = _bracket_unit(text)
    return (_bare(text), unit) if unit else (text, "")


def _role(header: str) -> str:
    plain = folded(header)
    bare = folded(_bare(header))
    return next((role for role, words in _ROLES.items() if plain in words or bare in words), "")


def _place_columns(
    frame: pd.DataFrame, places: Places, roles: Mapping[str, str], id_column: str | None, where: str
) -> tuple[str, ...]:
    if id_column is not None:
        return (id_column,)
    open_columns = [h for h, role in roles.items() if role in ("", "place")]
    shares = {h: _known_share(frame[h], places) for h in open_columns}
    found = [h for h in open_columns if shares[h] > 0.5]
    if found:
        return tuple(found)
    named = [h for h in open_columns if roles[h] == "place"]
    if not named:
        raise IndicatorError(
            f"没有认出哪一列是地点：没有一列的内容多半是图层 {places.layer_id} 的要素",
            where=where,
            expected=f"编号或名称，如 {'、'.join(list(places.names.values())[:3])}",
            fix=f"用 --id-column 指明（有 {'、'.join(list(roles)[:12])}），或检查 --layer",
        )
    return (max(named, key=lambda h: shares[h]),)


def _known_share(cells: Iterable[object], places: Places) -> float:
    filled = [c for c in cells if c is not None and not is_prefecture(c) and not is_total(c)]
    return sum(places.knows(c) for c in filled) / len(filled) if filled else 0.0


def _value_column(header: str, names: IndicatorNames) -> ValueColumn | None:
    """What a header says when all of it is understood, else None."""
    indicator = period = month = unit = ""
    told = False
    for part in (part.strip() for part in header.split("|")):
        bare, inner = part, ""
        if not names.find(part) and (brackets := _BRACKETED.fullmatch(part)):
            bare, inner = brackets["name"].strip(), brackets["inner"].strip()
        bare = re.sub(r"_\d+$", "", bare)  # a repeated header, numbered by the reader
        if (found := names.find(bare)) and not indicator:
            indicator = found
        elif is_period(bare) and not period:
            period = parse_period(bare)
        elif _MONTH_WORD.fullmatch(folded(bare)) and not month:
            month = folded(bare)
        elif is_known_unit(bare) and not unit and len(header.split("|")) > 1:
            unit = bare
            continue
        elif folded(bare) not in _ROLES["value"]:
            return None
        told = True
        if inner and is_period(inner) and not period:
            period = parse_period(inner)
        elif inner:
            unit = unit or inner
    return ValueColumn(header, indicator, period, month, unit) if told else None


def _bare(header: str) -> str:
    return _BRACKETED.sub(r"\g<name>", header)


def _bracket_unit(header: str) -> str:
    found = _BRACKETED.fullmatch(header)
    return found["inner"].strip() if found and is_known_unit(found["inner"]) else ""


def _has_numbers(cells: Iterable[object]) -> bool:
    for cell in cells:
        try:
            if parse_number(cell).value is not None:
                return True
        except CellTextError:
            continue
    return False


def _no_values(
    headers: Sequence[str], unclear: Sequence[str], names: IndicatorNames, indicator_column: str, where: str
) -> IndicatorError:
    near = {h: names.hint(_bare(h)) for h in unclear[:3]}
    hints = "；".join(f"“{h}”{hint}" for h, hint in near.items() if hint.endswith("？"))
    return IndicatorError(
        f"没有认出哪一列是数值（有 {'、'.join(f'“{h}”' for h in headers[:12])}）",
        where=where,
        expected="列名是“数值”、时段，或指标的名称或标识" if not indicator_column else "名为“数值”或时段的列",
        fix=f"用 --value-column 指明；指标用 --indicator 指明，新指标用 --new-indicator 定义。{hints}".rstrip("。"),
    )


def _left_out(frame: pd.DataFrame, unclear: Sequence[str], names: IndicatorNames) -> Iterable[IntakeFinding]:
    """Columns that are not understood: those with numbers deserve a look."""
    for header in unclear:
        bare = _bare(header)
        if _has_numbers(frame[header]):
            text = f"“{header}”列有数字，但列名不是指标、时段或“数值”，没有导入；{names.hint(bare)}"
            yield IntakeFinding("warning", "unknown-column", text, column=header)
        else:
            yield IntakeFinding("info", "ignored-column", f"“{header}”列没有用到", column=header)
