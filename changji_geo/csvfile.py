"""A CSV file that a person saved from Excel or WPS -> rows as dictionaries, each with its place; every fault names it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from changji_geo.errors import ChangjiGeoError, InputError, near_match, system_reason


def read_csv(
    path: Path, *, columns: Sequence[str], required: Sequence[str], error: type[ChangjiGeoError] = InputError
) -> Iterator[tuple[str, dict[str, str]]]:
    """Read a table with a known header.

    Parameters
    ----------
    path : path
        UTF-8 or GB 18030 text, columns separated by commas.
    columns, required : sequence of str
        The columns that may be there, and those that must.
    error : type
        The error class to raise.

    Yields
    ------
    where : str
        File and line, for messages.
    row : dict of str
        Column -> text without surrounding blanks; empty lines are left out.
    """
    rows = csv.DictReader(io.StringIO(_text(path, error), newline=""), strict=True)
    try:
        _require_header([h.strip() for h in rows.fieldnames or []], path, columns, required, error)
        for raw in rows:
            where = f"{path} 第 {rows.line_num} 行"
            if None in raw or None in raw.values():
                raise error("列数与表头不符", where=where, fix="检查逗号；含逗号的文字要加引号")
            row = {k.strip(): v.strip() for k, v in raw.items()}
            if any(row.values()):
                yield where, row
    except csv.Error as cause:
        raise error(
            "读不下去：引号没有配对，或一格文字过长",
            where=f"{path} 第 {rows.line_num + 1} 行起",
            expected="含逗号的文字用一对英文双引号括起",
            fix="改正该行或它前面的引号",
        ) from cause


def _require_header(
    header: Sequence[str], path: Path, columns: Sequence[str], required: Sequence[str], error: type[ChangjiGeoError]
) -> None:
    listed = "、".join(columns)
    for name in required:
        if name not in header:
            raise error(f"缺少列“{name}”", where=str(path), expected=listed, fix="补上表头；列之间用英文逗号")
    for name in header:
        if name not in columns:
            raise error(f"未知的列“{name}”", where=str(path), expected=listed, fix=near_match(name, columns))
        if header.count(name) > 1:
            raise error(f"列“{name}”出现了两次", where=str(path), expected=listed, fix="删去一列")


def _text(path: Path, error: type[ChangjiGeoError]) -> str:
    """UTF-8, else GB 18030, which is what Excel and WPS write."""
    try:
        data = path.read_bytes()
    except OSError as cause:
        raise error(
            f"无法读取（{system_reason(cause)}）", where=str(path), fix="检查文件权限，或关闭正打开它的程序"
        ) from cause
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise error("文字编码无法识别", where=str(path), expected="UTF-8 或 GB 18030", fix="另存为 UTF-8 编码的 CSV")
