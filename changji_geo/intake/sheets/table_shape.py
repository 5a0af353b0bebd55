"""A grid of cells -> a table: titles above the header skipped and kept, headers joined, merged cells filled, notes left out."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from changji_geo.errors import InputError
from changji_geo.intake.findings import IntakeFinding
from changji_geo.intake.sheets.grid import Cell, Grid, Merge, column_letter
from changji_geo.intake.values.units import is_known_unit

if TYPE_CHECKING:
    import pandas as pd

MAX_TITLE_ROWS = 20
"""How far down a header is looked for."""

MAX_HEADER_ROWS = 4
"""How many rows a header may have."""

Row = tuple[int, list[Cell]]

_NOTE_CELL = re.compile(r"[^:：（(]{1,12}[:：]\s*\S.*", re.DOTALL)
_FOOTNOTE = re.compile(
    r"\s*(注|备注|说明|附注|数据来源|资料来源|来源|填表人|填报人|制表人|审核人?|负责人|单位负责人|联系人|填表日期)\s*\d*\s*[:：、.]"
)
_TOTAL = re.compile(r"(合\s*计|总\s*计|小\s*计|共\s*计|平\s*均值?|均\s*值|全[州市县区]合计|全[州市县区]平均)")
_DATA_TEXT = re.compile(
    r"[-+]?\d+\.\d+|[-+]?\d+(\.\d+)?([\s,;，；]+[-+]?\d+(\.\d+)?)+|[-+]?\d[\d,]*(\.\d+)?[eE][-+]?\d+|\D{0,3}\d+(\.\d+)?\s*[°º度].*"
    r"|(MULTI)?(POINT|POLYGON|LINESTRING)\s*Z?M?\s*\(.*",
    re.IGNORECASE | re.DOTALL,
)
_PERIOD_WORD = re.compile(r"(19|20)\d{2}年?度?|\d{1,2}月|[一二三四]季度|[上下]半年|[12]?\d?\d")


@dataclass(frozen=True)
class Shaped:
    """A table: its cells under one header row, the texts that stood above it, and what was done."""

    frame: pd.DataFrame
    title: str
    findings: tuple[IntakeFinding, ...]


def shape_table(grid: Grid, *, where: str) -> Shaped:
    """Understand a grid as a table.

    Parameters
    ----------
    grid : Grid
        As read; not altered.
    where : str
        File and sheet, for messages.

    Returns
    -------
    Shaped
        ``frame`` has the row numbers as index and columns of unique, non-empty names (``县市``, ``2023年|PM2.5`` where the
        header has two rows, ``列C`` where it is empty, ``值_2`` where it repeats); cells are objects, None for nothing.
        Rows that cannot be read are left out and reported as errors; notes below the table are left out and quoted; rows of
        totals stay and are reported.

    Raises
    ------
    InputError
        The grid is empty, or nothing stands under its header.
    """
    rows = [row for row in grid.rows if any(cell is not None for cell in row[1])]
    if not rows:
        reason = "没有一格读得出来" if grid.faults else "文件是空的，没有任何内容"
        raise InputError(reason, where=where, expected="一行表头和至少一行数据", fix="检查是不是选错了文件或工作表")
    findings: list[IntakeFinding] = []
    start = _header_start(rows, grid.merges)
    title = "\n".join("　".join(str(c) for c in cells if c is not None) for _, cells in rows[:start])
    if start:
        findings.append(
            IntakeFinding(
                "info", "title", f"表头上方的文字没有当作数据：{_short(title.replace(chr(10), ' / '))}", rows[0][0]
            )
        )
    depth = 0 if _looks_like_data(rows[start][1]) else _header_depth(rows, start, grid.merges)
    header, body = rows[start : start + depth], rows[start + depth :]
    if len(body) > 1 and depth and _is_column_numbering(body[0][1]):
        findings.append(IntakeFinding("info", "column-numbers", "栏次行没有当作数据", body[0][0]))
        body = body[1:]
    width = len(header[0][1]) if header and grid.ragged else max(len(cells) for _, cells in rows[start:])
    if grid.ragged:
        body, odd = _even_rows(body, width if header else _usual_width(body))
        findings += odd
        width = max([width, *(len(cells) for _, cells in body)])
    body, notes = _without_footnotes(body)
    findings += notes
    body, filled = _filled_down(body, grid.merges)
    findings += filled
    names, naming = _names(header, body, width, grid.merges)
    findings += naming
    faulty, faults = _faults(grid, header[-1][0] if header else rows[start][0] - 1, names)
    findings += faults
    findings += _totals(body)
    body = [row for row in body if row[0] not in faulty]
    if not body:
        raise _nothing_left(findings, header, where)
    return Shaped(_frame(body, names), title, tuple(findings))


def _header_start(rows: Sequence[Row], merges: Sequence[Merge]) -> int:
    """Position of the first row that is neither a title nor a line of notes."""
    used = {j for _, cells in rows for j, cell in enumerate(cells) if cell is not None}
    if len(used) == 1:
        return 0
    first_column = min(used)
    for position, (number, cells) in enumerate(rows[:MAX_TITLE_ROWS]):
        filled = [j for j, cell in enumerate(cells) if cell is not None]
        plain = [j for j in filled if not _NOTE_CELL.fullmatch(str(cells[j]))]
        spans = any(m.top == number and m.left == filled[0] and m.right > m.left for m in merges)
        alone = len(filled) == 1 and not (spans and filled[0] > first_column)
        noted = len(plain) <= 1 < len(filled) and len(used) > 2
        if not (alone or not plain or noted):
            return position
    return 0


def _looks_like_data(cells: Sequence[Cell]) -> bool:
    """Whether a row cannot be a header: it has a fraction, a coordinate or a geometry, or nothing but numbers."""
    filled = [cell for cell in cells if cell is not None]
    if any(isinstance(c, bool) or (isinstance(c, float) and not c.is_integer()) for c in filled):
        return True
    if any(isinstance(c, str) and _DATA_TEXT.fullmatch(c) for c in filled):
        return True
    return all(_is_number(c) for c in filled)


def _is_number(cell: Cell) -> bool:
    if isinstance(cell, str):
        return re.fullmatch(r"[-+]?[\d,]*\.?\d+%?", cell) is not None
    return isinstance(cell, int | float)


def _header_depth(rows: Sequence[Row], start: int, merges: Sequence[Merge]) -> int:
    depth = 1
    while depth < MAX_HEADER_ROWS and start + depth + 1 < len(rows):
        upper, lower = rows[start + depth - 1], rows[start + depth]
        if not _continues_header(upper, lower, merges):
            break
        depth += 1
    return depth


def _continues_header(upper: Row, lower: Row, merges: Sequence[Merge]) -> bool:
    """Whether the lower row belongs to the header: merged cells say so, or gaps above that it fills, or units."""
    (number, above), (next_number, below) = upper, lower
    if any(m.top <= number < m.bottom and next_number <= m.bottom for m in merges):
        return True
    filled = [(j, cell) for j, cell in enumerate(below) if cell is not None]
    if below[:1] == [None] and filled and all(is_known_unit(str(cell)) for _, cell in filled):
        return True
    spans = [m for m in merges if m.top == m.bottom == number and m.right > m.left]
    covered = {j for m in spans for j in range(m.left, m.right + 1)}
    if not merges:  # text files have no merged cells: a gap in the upper row, filled in the lower one
        gaps = {j for j in range(len(below)) if j >= len(above) or above[j] is None}
        under_names = [j for j, cell in enumerate(above) if cell is not None and (j >= len(below) or below[j] is None)]
        if not gaps or not under_names or any(below[j] is None for j in gaps):
            return False
        covered = {j for j, _ in filled}
    words = [cell for j, cell in filled if j in covered]
    if not words:
        return False
    return all(
        (isinstance(c, str) and not _is_number(c) and not _DATA_TEXT.fullmatch(c)) or _PERIOD_WORD.fullmatch(str(c))
        for c in words
    ) and (not all(_is_number(c) for c in words) or all(re.fullmatch(r"(19|20)\d{2}", str(c)) for c in words))


def _is_column_numbering(cells: Sequence[Cell]) -> bool:
    """``甲 | 1 | 2 | 3``, which official forms have under the header."""
    words = [str(c) for c in cells if c is not None]
    numbers = [w for w in words if w.isdigit()]
    others = {w for w in words if not w.isdigit()}
    rising = len(numbers) > 1 and numbers == [str(i) for i in range(1, len(numbers) + 1)]
    return rising and bool(others) and others <= {"甲", "乙", "丙", "丁", "栏次"}


def _usual_width(body: Sequence[Row]) -> int:
    widths = [len(cells) for _, cells in body]
    return max(set(widths), key=lambda width: (widths.count(width), width))


def _even_rows(body: Sequence[Row], width: int) -> tuple[list[Row], list[IntakeFinding]]:
    """Rows with as many cells as the header; surplus empty cells are dropped, other misfits reported and left out."""
    good: list[Row] = []
    findings = []
    for number, cells in body:
        if len(cells) == width:
            good.append((number, cells))
            continue
        filled = [cell for cell in cells if cell is not None]
        if len(cells) > width and all(cell is None for cell in cells[width:]):
            good.append((number, cells[:width]))
        elif len(filled) == 1 and _FOOTNOTE.match(str(filled[0])):
            good.append((number, cells))
        else:
            text = f"这一行有 {len(cells)} 格，表头有 {width} 格；含分隔符的文字要加英文双引号"
            findings.append(IntakeFinding("error", "ragged-row", text, number))
    return good, findings


def _without_footnotes(body: Sequence[Row]) -> tuple[list[Row], list[IntakeFinding]]:
    kept: list[Row] = []
    findings = []
    for number, cells in body:
        if not _is_footnote(next((c for c in cells if c is not None), None)):
            kept.append((number, cells))
            continue
        filled = [cell for cell in cells if cell is not None]
        if all(_is_footnote(cell) for cell in filled):
            text = _short(" ".join(str(cell) for cell in filled))
            findings.append(IntakeFinding("info", "footnote", f"表下的说明没有当作数据：{text}", number))
        else:
            kept.append((number, cells))
    return kept, findings


def _is_footnote(cell: Cell) -> bool:
    return isinstance(cell, str) and _FOOTNOTE.match(cell) is not None


def _filled_down(body: Sequence[Row], merges: Sequence[Merge]) -> tuple[list[Row], list[IntakeFinding]]:
    """Every cell of a merged area gets the area's value, downwards only: a wide merged cell is one caption."""
    position = {number: i for i, (number, _) in enumerate(body)}
    rows = [(number, list(cells)) for number, cells in body] if merges else list(body)
    texts: list[tuple[int, str]] = []
    numbers: list[tuple[int, str]] = []
    for merge in merges:
        if merge.bottom == merge.top or merge.top not in position:
            continue
        source = rows[position[merge.top]][1]
        value = source[merge.left] if merge.left < len(source) else None
        if value is None:
            continue
        for number in range(merge.top + 1, min(merge.bottom, body[-1][0]) + 1):
            if number in position:
                cells = rows[position[number]][1]
                cells.extend([None] * (merge.left + 1 - len(cells)))
                cells[merge.left] = value
        area = f"{column_letter(merge.left)}{merge.top}:{column_letter(merge.left)}{merge.bottom}"
        (numbers if _is_number(value) else texts).append((merge.top, area))
    findings = []
    if texts:
        text = f"{len(texts)} 处竖向合并的单元格已逐行填上同样的文字：{_listed([a for _, a in texts])}"
        findings.append(IntakeFinding("info", "merged-cells", text, texts[0][0]))
    if numbers:
        text = (
            f"{len(numbers)} 处竖向合并的单元格是数值，每一行都填了同一个数，请核对：{_listed([a for _, a in numbers])}"
        )
        findings.append(IntakeFinding("warning", "merged-numbers", text, numbers[0][0]))
    return rows, findings


def _names(
    header: Sequence[Row], body: Sequence[Row], width: int, merges: Sequence[Merge]
) -> tuple[dict[int, str], list[IntakeFinding]]:
    """Column position -> name, for the columns that have a name or content."""
    findings: list[IntakeFinding] = []
    levels = [_level(row, header[i + 1] if i + 1 < len(header) else None, merges) for i, row in enumerate(header)]
    used = {j for _, cells in body for j, cell in enumerate(cells) if cell is not None}
    names: dict[int, str] = {}
    unnamed, repeated = [], []
    for column in range(max([width, *(j + 1 for j in used)])):
        parts = list(dict.fromkeys(level[column] for level in levels if level.get(column)))
        if not parts and column not in used:
            continue
        name = "|".join(parts) or f"列{column_letter(column)}"
        if not parts and header:
            unnamed.append(name)
        if name in names.values():
            repeated.append(name)
            name = next(f"{name}_{n}" for n in range(2, 20_000) if f"{name}_{n}" not in names.values())
        names[column] = name
    if not header:
        text = f"没有表头，第一行就是数据；各列称为 {_listed(list(names.values()))}"
        findings.append(IntakeFinding("warning", "no-header", text, body[0][0] if body else None))
    elif len(header) > 1:
        text = f"表头有 {len(header)} 行，已逐列合成一行：{_listed(list(names.values()))}"
        findings.append(IntakeFinding("info", "header", text, header[0][0]))
    if unnamed:
        text = f"表头有空格，该列称为 {_listed(unnamed)}"
        findings.append(IntakeFinding("warning", "unnamed-column", text, header[-1][0]))
    if repeated:
        text = f"表头有同名的列 {_listed(list(dict.fromkeys(repeated)))}，后面的加了 _2、_3"
        findings.append(IntakeFinding("warning", "repeated-column", text, header[-1][0]))
    empty = [name for column, name in names.items() if column not in used]
    if empty and body:
        findings.append(IntakeFinding("info", "empty-column", f"整列没有内容：{_listed(empty)}"))
    return names, findings


def _level(row: Row, below: Row | None, merges: Sequence[Merge]) -> dict[int, str]:
    """One header row, column -> text; a merged cell's text stands in all its columns, a gap takes the text at its left."""
    number, cells = row
    out = {j: _header_text(cell) for j, cell in enumerate(cells) if cell is not None}
    for merge in merges:
        if merge.top <= number <= merge.bottom and merge.left in out:
            out |= dict.fromkeys(range(merge.left, min(merge.right, 16_383) + 1), out[merge.left])
    if below is not None and not merges:
        for j, cell in enumerate(below[1]):
            if j not in out and cell is not None and j - 1 in out:
                out[j] = out[j - 1]
    return out


def _header_text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime.date):
        return cell.isoformat()[:10]
    text = re.sub(r"\s*\n\s*", "\n", str(cell))
    text = re.sub(r"(?<=[A-Za-z0-9])\n(?=[A-Za-z0-9])", " ", text).replace("\n", "")
    return re.sub(r"\s+", " ", text).strip()


def _faults(grid: Grid, after: int, names: Mapping[int, str]) -> tuple[set[int], list[IntakeFinding]]:
    """Findings of the faulty cells below the header, and the rows that must be left out for them."""
    left_out: set[int] = set()
    findings = []
    for fault in sorted(grid.faults, key=lambda f: (f.row, f.column)):
        if fault.row <= after:
            continue
        column = names.get(fault.column, f"列{column_letter(fault.column)}")
        if fault.kind == "error-value":
            text = f"“{column}”列是公式错误 {fault.text}，当作空白"
            findings.append(IntakeFinding("warning", "error-value", text, fault.row, column))
        else:
            left_out.add(fault.row)
            text = "是公式，文件里没有存它的结果；请用 Excel/WPS 打开保存一次"
            findings.append(IntakeFinding("error", "no-cached-value", text, fault.row, column))
    return left_out, findings


def _totals(body: Sequence[Row]) -> list[IntakeFinding]:
    out = []
    for number, cells in body:
        first = next((cell for cell in cells if cell is not None), None)
        if isinstance(first, str) and _TOTAL.fullmatch(first):
            out.append(IntakeFinding("warning", "total-row", f"这一行像是“{first}”行，不是单独的一条", number))
    return out


def _nothing_left(findings: Sequence[IntakeFinding], header: Sequence[Row], where: str) -> InputError:
    errors = [f for f in findings if f.level == "error"]
    if errors:
        worst = errors[0]
        column = f"“{worst.column}”列" if worst.column else ""
        return InputError(
            f"没有一行能用。第 {worst.row} 行{column}：{worst.message}", where=where, fix="改正后重新导入"
        )
    place = f"（第 {header[-1][0]} 行）" if header else ""
    return InputError(f"只有表头{place}，没有数据", where=where, expected="表头下至少一行数据", fix="检查导出步骤")


def _frame(body: Sequence[Row], names: Mapping[int, str]) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    cells = np.empty((len(body), len(names)), dtype=object)
    columns = list(names)
    for i, (_, row) in enumerate(body):
        size = len(row)
        cells[i] = row if size == len(columns) == columns[-1] + 1 else [row[j] if j < size else None for j in columns]
    index = pd.Index([number for number, _ in body], dtype="int64")
    return pd.DataFrame(cells, index=index, columns=pd.Index(list(names.values()), dtype=object), dtype=object)


def _listed(names: Sequence[str], most: int = 6) -> str:
    return "、".join(f"“{_short(n, 30)}”" for n in names[:most]) + (
        f"……共 {len(names)} 个" if len(names) > most else ""
    )


def _short(text: str, most: int = 120) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
