"""A table of numbers as staff keep it (long or wide, any unit spelling) -> values of indicators for the features of a layer."""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from changji_geo.catalog import Layer, load_layer
from changji_geo.errors import IndicatorError
from changji_geo.indicators import Indicator, IndicatorTable, IndicatorValue, Key, load_indicators
from changji_geo.intake.findings import IntakeFinding
from changji_geo.intake.indicators.columns import (
    PLACE_COLUMN,
    IndicatorColumns,
    IndicatorNames,
    ValueColumn,
    find_columns,
    places_to_rows,
    split_unit,
)
from changji_geo.intake.sheets.reading import Sheet, read_sheet
from changji_geo.intake.values.cells import CellTextError, Number, parse_number
from changji_geo.intake.values.periods import parse_period
from changji_geo.intake.values.places import Places, is_prefecture, is_total, places_of
from changji_geo.intake.values.units import normalise_unit
from changji_geo.intake.values.value_units import in_unit, require_declared_unit, title_unit
from changji_geo.resources import Workspace, find_workspace

PREFECTURE_LAYER = "prefecture"
"""The layer whose one feature rows like 全州 belong to."""

_ROWS_LISTED = 20


@dataclass(frozen=True)
class ImportedIndicators:
    """What a table says.

    ``values`` in the order of rows and columns, ``where`` naming file and row, ``quote`` the cell where it was converted.
    ``findings`` of level "error" are rows or cells that are not among the values: pass them to
    `changji_geo.intake.findings.refuse_bad_rows`. ``row_count`` counts the rows below the header.
    """

    values: tuple[IndicatorValue, ...]
    findings: tuple[IntakeFinding, ...]
    row_count: int
    sheet: str
    encoding: str


def read_indicator_table(
    path: Path | str,
    *,
    layer: Layer,
    indicator: str | None = None,
    period: str | None = None,
    unit: str | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    id_column: str | None = None,
    value_column: str | None = None,
    source: str | None = None,
    new: Indicator | None = None,
    table: IndicatorTable | None = None,
    workspace: Workspace | None = None,
) -> ImportedIndicators:
    """Read indicator values from a sheet.

    Long tables have one value a row (县市, 指标, 时段, 数值, 单位); wide ones one column an indicator, a period, or both in a
    header of two rows; or one column a
    place. Places are codes, full or short names, with prefixes and blanks; rows of the whole prefecture (全州)
    become values of the layer ``prefecture``; rows of totals (合计) are reported and left out.

    Parameters
    ----------
    path : path
        CSV, TXT, XLSX or Parquet.
    layer : Layer
        Whose features the rows are about.
    indicator : str, optional
        Indicator id or name: says what the values are, or picks one of several in the table.
    period : str, optional
        Says when, or picks one of several periods; a year for a table of months without years.
    unit : str, optional
        The unit of values for which the table states none.
    sheet, encoding : str, optional
        As `changji_geo.intake.sheets.reading.read_sheet`.
    id_column, value_column : str, optional
        The columns of places and of values, where headers and cells do not tell.
    source : str, optional
        Where the numbers come from; a column 来源 of the table goes before it; the file's name by default.
    new : Indicator, optional
        A definition that does not exist yet.
    table : IndicatorTable, optional
        The definitions; of the workspace by default.
    workspace : Workspace, optional
        The one in force by default.

    Returns
    -------
    ImportedIndicators
        Values in the indicators' own units: a unit that differs by a power of ten is converted (reported). A cell without a
        number (blank, 缺测), below a limit (``<0.005``, 未检出) or above one gives no value and is reported. The same
        value twice is kept once.

    Raises
    ------
    IndicatorError
        No column of places or values; no indicator, period or unit where the table states none; units of different things;
        an unknown indicator (with a near match).
    InputError
        The file cannot be read.
    """
    path = Path(path)
    space = workspace or find_workspace()
    definitions = dict((table or load_indicators(space)).indicators)
    if new is not None:
        definitions[new.id] = new
    names = IndicatorNames(definitions)
    wanted = new.id if new is not None and indicator is None else _wanted_indicator(indicator, names)
    reader = _Reader(
        path, read_sheet(path, sheet=sheet, encoding=encoding), layer.meta.id, places_of(layer), names, wanted,
        _wanted_period(period), unit, source or default_source(path, sheet), _prefecture_area(layer, space),
    )  # fmt: skip
    return reader.read(id_column, value_column)


def default_source(path: Path, sheet: str | None = None) -> str:
    """What a value's source is called when nobody says: the file, and the sheet that was chosen.

    Examples
    --------
    >>> default_source(Path("2023年统计表.xlsx"), "空气")
    '表格“2023年统计表.xlsx”的工作表“空气”'
    """
    return f"表格“{path.name}”" + (f"的工作表“{sheet}”" if sheet else "")


def _wanted_indicator(given: str | None, names: IndicatorNames) -> str:
    if given is None:
        return ""
    found = names.find(given)
    if not found:
        raise IndicatorError(f"没有指标“{given}”", expected="指标的标识或名称", fix=names.hint_or_new(given))
    return found


def _wanted_period(given: str | None) -> str:
    if given is None:
        return ""
    try:
        return parse_period(given)
    except CellTextError as cause:
        raise IndicatorError(f"--period 的{cause.problem}", expected=cause.expected, fix="改正 --period") from cause


def _prefecture_area(layer: Layer, space: Workspace) -> str:
    """The id of the prefecture's feature, "" when there is none or the layer itself is it."""
    if layer.meta.id == PREFECTURE_LAYER or PREFECTURE_LAYER not in space.layer_ids:
        return ""
    ids = [str(i) for i in load_layer(PREFECTURE_LAYER, space).frame["id"]]
    return ids[0] if len(ids) == 1 else ""


@dataclass
class _Reader:
    """One table being read: what is known beforehand, and what piles up row by row."""

    path: Path
    sheet: Sheet
    layer_id: str
    places: Places
    names: IndicatorNames
    wanted: str
    period: str
    unit: str | None
    source: str
    prefecture: str
    findings: list[IntakeFinding] = field(default_factory=list)
    values: dict[Key, tuple[IndicatorValue, int]] = field(default_factory=dict)
    blanks: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    conversions: dict[tuple[str, str, str], int] = field(default_factory=dict)
    turned: bool = False

    def read(self, id_column: str | None, value_column: str | None) -> ImportedIndicators:
        frame, turned = (self.sheet.frame, ()) if id_column else places_to_rows(self.sheet.frame, self.places)
        self.turned = bool(turned)
        columns = find_columns(
            frame, self.places, self.names, where=str(self.path), id_column=id_column, value_column=value_column,
            single_indicator=bool(self.wanted),
        )  # fmt: skip
        own = [f for f in self.sheet.findings if f.rule != "total-row"]  # decided and reported here, row by row
        self.findings += [*own, *columns.findings]
        if turned:
            text = f"各列是地点（{'、'.join(turned[:12])}），每格按一行读取"
            self.findings.append(IntakeFinding("info", "places-in-columns", text))
        self._require_keys(columns)
        chosen = self._chosen(columns)
        stated, doubts = title_unit(self.sheet.title)
        self.findings += doubts
        for column in chosen:
            declared = column.unit or ("" if columns.unit else stated)
            definition = None if columns.unit else self.names.definitions.get(column.indicator or self.wanted)
            require_declared_unit(
                column.column, frame[column.column], declared, self.unit, definition, where=str(self.path)
            )
        names = [str(c) for c in frame.columns]
        for number, row in zip(frame.index, frame.to_numpy(), strict=True):
            self._read_row(int(number), dict(zip(names, row, strict=True)), columns, chosen, stated)
        self._sum_up()
        values = tuple(value for value, _ in self.values.values())
        return ImportedIndicators(
            values, tuple(self.findings), len(self.sheet.frame), self.sheet.name, self.sheet.encoding
        )

    def _require_keys(self, columns: IndicatorColumns) -> None:
        where = str(self.path)
        if not self.wanted and not columns.indicator and not all(c.indicator for c in columns.values):
            silent = next(c.column for c in columns.values if not c.indicator)
            raise IndicatorError(
                f"表里没有写“{silent}”列是哪个指标", where=where, expected="“指标”列，或列名里有指标",
                fix="用 --indicator 指明；新指标用 --new-indicator 定义",
            )  # fmt: skip
        if self.period or columns.period or all(c.period for c in columns.values):
            return
        silent = next(c.column for c in columns.values if not c.period)
        year = re.search(r"(?:19|20)\d\d年(?:\d{1,2}月)?", self.sheet.title + self.path.stem)
        hint = (
            f"；标题或文件名里有“{year[0]}”，如果就是它：--period {parse_period(year[0])}"
            if year
            else "，如 --period 2023"
        )
        raise IndicatorError(
            f"表里没有写“{silent}”列是什么时段",
            where=where,
            expected="“时段”列，或列名里有时段",
            fix=f"用 --period 指明{hint}",
        )

    def _chosen(self, columns: IndicatorColumns) -> list[ValueColumn]:
        """The value columns of the indicator and period asked for."""
        chosen = [c for c in columns.values if not self.wanted or c.indicator in ("", self.wanted)]
        chosen = [c for c in chosen if not self.period or c.month or c.period in ("", self.period)]
        if not chosen:
            there = "、".join(f"“{c.column}”" for c in columns.values[:12])
            raise IndicatorError(
                f"没有一列同时是指标“{self.wanted or '（任意）'}”和时段“{self.period or '（任意）'}”", where=str(self.path),
                expected=f"表里有 {there}", fix="改正 --indicator 或 --period",
            )  # fmt: skip
        others = [f"“{c.column}”" for c in columns.values if c not in chosen]
        if others:
            text = f"按指定的指标或时段，没有导入 {'、'.join(others[:12])}"
            self.findings.append(IntakeFinding("info", "not-chosen", text))
        return chosen

    def _read_row(
        self, row: int, cells: Mapping[str, Any], columns: IndicatorColumns, chosen: list[ValueColumn], stated: str
    ) -> None:
        if all(cells[c.column] is None for c in chosen) and all(cells[c] is None for c in columns.places):
            return
        try:
            place = self._place(row, cells, columns)
            if place is None:
                return
            row_indicator, row_unit = self._row_indicator(cells, columns)
            row_period = self._row_period(cells, columns)
        except CellTextError as fault:
            self._bad(row, fault, "")
            return
        if row_indicator and self.wanted and row_indicator != self.wanted:
            return
        for each in chosen:
            column = dataclasses.replace(each, column=cells[PLACE_COLUMN]) if self.turned else each
            column = dataclasses.replace(column, unit=column.unit or row_unit)
            try:
                self._read_cell(
                    row, cells, cells[each.column], column, columns, place, row_indicator, row_period, stated
                )
            except CellTextError as fault:
                self._bad(row, fault, column.column)

    def _place(self, row: int, cells: Mapping[str, Any], columns: IndicatorColumns) -> tuple[str, str] | None:
        """Layer and feature of a row; None when it is about no feature (reported)."""
        given = [(c, cells[c]) for c in columns.places if cells[c] is not None]
        if not given:
            raise CellTextError(f"没有写地点（“{columns.places[0]}”列是空的）", fix="补上编号或名称，不是数据的行删去")
        if not any(self.places.knows(cell) for _, cell in given):
            if any(is_prefecture(cell) for _, cell in given) and self.prefecture:
                return PREFECTURE_LAYER, self.prefecture
            if any(is_prefecture(cell) or is_total(cell) for _, cell in given):
                text = f"“{given[0][1]}”不是图层 {self.layer_id} 的要素，这一行没有导入"
                self.findings.append(IntakeFinding("warning", "total-not-imported", text, row, given[0][0]))
                return None
        found = {self.places.find(cell): cell for _, cell in given}
        if len(found) > 1:
            told = "，".join(f"“{cell}”是{self.places.names[area]}（{area}）" for area, cell in found.items())
            raise CellTextError(f"同一行里的地点对不上：{told}", fix="改正编号或名称")
        return self.layer_id, next(iter(found))

    def _row_indicator(self, cells: Mapping[str, Any], columns: IndicatorColumns) -> tuple[str, str]:
        """The indicator that a row names, and the unit behind its name."""
        cell = cells[columns.indicator] if columns.indicator else None
        if cell is None:
            return "", ""
        if found := self.names.find(str(cell)):
            return found, ""
        name, unit = split_unit(str(cell))
        if found := self.names.find(name):
            return found, unit
        raise CellTextError(f"没有指标“{cell}”", fix=self.names.hint_or_new(name))

    def _row_period(self, cells: Mapping[str, Any], columns: IndicatorColumns) -> str:
        year = cells[columns.period] if columns.period else None
        month = cells[columns.month] if columns.month else None
        if month is None:
            return "" if year is None else parse_period(year)
        year = year if year is not None else self.period
        if not year:
            return parse_period(month)
        return _in_year(parse_period(year), f"{str(month).removesuffix('.0').removesuffix('月')}月")

    def _read_cell(
        self, row: int, cells: Mapping[str, Any], cell: object, column: ValueColumn, columns: IndicatorColumns,
        place: tuple[str, str], row_indicator: str, row_period: str, stated: str,
    ) -> None:  # fmt: skip
        period = column.period or row_period or self.period
        if column.month:
            period = _in_year(column.period or row_period or self.period, column.month)
        if self.period and period != self.period and not (column.month or columns.month):
            return
        if not period:
            raise CellTextError("没有写时段", fix="补上时段，或用 --period 指明")
        indicator = column.indicator or row_indicator or self.wanted
        if not indicator:
            raise CellTextError("没有写指标", fix="补上指标，或用 --indicator 指明")
        number = parse_number(cell)
        if number.value is None:
            self._no_value(row, column.column, number)
            return
        own = str(cells[columns.unit]).strip() if columns.unit and cells[columns.unit] is not None else ""
        definition = self.names.definitions[indicator]
        value, quote = self._in_unit(number, own or column.unit or stated or self.unit or "", definition, column)
        source = str(cells[columns.source]) if columns.source and cells[columns.source] is not None else self.source
        where = f"{self.path.name} 第 {row} 行"
        self._keep(row, column.column, IndicatorValue(definition, *place, period, value, source, quote, where))

    def _in_unit(self, number: Number, declared: str, definition: Indicator, column: ValueColumn) -> tuple[float, str]:
        """The value in the indicator's unit, and the cell's text where it was converted."""
        value, power, given = in_unit(number, declared, definition)
        if not power:
            return value, ""
        self.conversions[(column.column, normalise_unit(given), definition.unit)] = power
        return value, f"表中为“{number.text}{'' if number.unit else ' ' + given}”"

    def _no_value(self, row: int, column: str, number: Number) -> None:
        if number.qualifier == "缺测":
            self.blanks[column].append(row)
            return
        limit = "" if number.limit is None else f"，界限 {number.limit:g}{' ' + number.unit if number.unit else ''}"
        kind = {"<": "低于检出限", ">": "高于测定上限"}.get(number.qualifier, "没有检出")
        text = f"“{number.text}”是{kind}{limit}，不是一个数，没有写入"
        self.findings.append(IntakeFinding("warning", "non-detect", text, row, column))

    def _keep(self, row: int, column: str, value: IndicatorValue) -> None:
        key = (value.indicator.id, value.layer, value.area, value.period)
        earlier = self.values.get(key)
        if earlier is None:
            self.values[key] = (value, row)
            return
        told = f"指标“{value.indicator.name}”{value.period_text}在“{value.area}”与第 {earlier[1]} 行重复"
        if earlier[0].value == value.value:
            self.findings.append(IntakeFinding("info", "repeated", f"{told}，数值相同，只记一次", row, column))
        else:
            text = f"{told}，数值不同（{earlier[0].value:g} 和 {value.value:g}）；核对后删去一行"
            self.findings.append(IntakeFinding("error", "contradiction", text, row, column))

    def _bad(self, row: int, fault: CellTextError, column: str) -> None:
        text = fault.problem + (f"；{fault.fix}" if fault.fix else "")
        self.findings.append(IntakeFinding("error", "bad-cell" if column else "bad-row", text, row, column))

    def _sum_up(self) -> None:
        for (column, given, unit), power in self.conversions.items():
            text = f"“{column}”列由 {given} 换算为 {unit}（乘以 10 的 {power} 次方）"
            self.findings.append(IntakeFinding("repair", "unit-converted", text, column=column))
        for column, rows in self.blanks.items():
            listed = "、".join(str(r) for r in rows[:_ROWS_LISTED]) + ("……" if len(rows) > _ROWS_LISTED else "")
            text = f"“{column}”列有 {len(rows)} 行没有数值（第 {listed} 行），没有写入"
            self.findings.append(IntakeFinding("info", "missing", text, rows[0], column))


def _in_year(year: str, month: str) -> str:
    """A month, quarter or half-year word within a year."""
    if not re.fullmatch(r"\d{4}", year):
        raise CellTextError(f"“{month}”属于哪一年没有写明", fix="用 --period 写明年份，如 --period 2023")
    return parse_period(f"{year}年{month}")
