"""A text file of cells (.csv, .txt, .tsv) -> its grid: encoding and separator found from the content, true line numbers."""

from __future__ import annotations

import codecs
import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from changji_geo.errors import InputError
from changji_geo.intake.files.text_encoding import encoding_zh, is_beyond_gbk, known_encoding
from changji_geo.intake.findings import IntakeFinding
from changji_geo.intake.sheets.grid import Cell, CellBudget, Fault, Grid, clean_cell_text, is_error_value

SEPARATORS = {",": "逗号", "\t": "制表符", ";": "分号", "，": "全角逗号", "；": "全角分号", "|": "竖线", " ": "空格"}
"""The separators looked for, and their names; blanks only where nothing else separates (see `_blanks_separate`)."""

MAX_FIELD_CHARS = 32 * 1024 * 1024
"""The longest cell: a WKT polygon of a million vertices."""

_SNIFFED_RECORDS = 200
_CHUNK = 1 << 20
_CJK = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class TextTable:
    """A text file's grid, Python's name of the encoding it was read with, and why."""

    grid: Grid
    encoding: str
    findings: tuple[IntakeFinding, ...]


def read_text_grid(path: Path, *, encoding: str | None = None) -> TextTable:
    """Read a delimited text file.

    Parameters
    ----------
    path : path
        Text; quoted cells may hold line breaks.
    encoding : str, optional
        Any common name (``gbk``, ``utf-8``, ``ansi``). Without it: the byte order mark (UTF-8, UTF-16), else UTF-8 where every
        byte agrees, else GB 18030.

    Returns
    -------
    TextTable
        Row numbers are file lines: a record counts from the line it begins on. Every cell is text or None; the texts of
        failed formulas (``#N/A``) are None and listed as faults.

    Raises
    ------
    InputError
        Unknown or wrong encoding, NUL bytes, quotes that do not pair (with the line), or too many cells.
    """
    name, why = (_named_encoding(encoding, path), "按 --encoding 指定") if encoding else _found_encoding(path)
    separator = _separator(path, name)
    rows: list[tuple[int, list[Cell]]] = []
    faults: list[Fault] = []
    budget = CellBudget(str(path))
    first = 1
    limit = csv.field_size_limit(MAX_FIELD_CHARS)
    try:
        with path.open(encoding=name, newline="") as handle:
            reader = csv.reader(
                _lines(handle, path), delimiter=separator, skipinitialspace=separator == " ", strict=True
            )
            for record in reader:
                number, first = first, reader.line_num + 1
                cells: list[Cell] = [clean_cell_text(text) for text in record]
                budget.spend(len(cells))
                failed = _error_values(cells) if "#" in "".join(record) else []
                for column in failed:
                    faults.append(Fault("error-value", number, column, str(cells[column])))
                    cells[column] = None
                if failed or any(cells):  # a cell is a filled text or None
                    rows.append((number, cells))
    except csv.Error as cause:
        raise InputError(
            f"读不下去（第 {first} 行起）：引号没有配对，或一格文字过长",
            where=str(path),
            expected="含分隔符或换行的文字用一对英文双引号括起，文字里的双引号写两遍",
            fix="改正该行的引号",
        ) from cause
    except UnicodeError as cause:
        raise _wrong_encoding(path, name) from cause
    finally:
        csv.field_size_limit(limit)
    findings = [
        IntakeFinding("info", "encoding", f"文字编码：{_shown(name, rows)}，{why}"),
        *([IntakeFinding("info", "separator", f"各列以{SEPARATORS[separator]}分隔")] if separator != "," else []),
    ]
    return TextTable(Grid(rows, faults=tuple(faults), ragged=True), _plain_name(name), tuple(findings))


def _error_values(cells: list[Cell]) -> list[int]:
    return [column for column, cell in enumerate(cells) if isinstance(cell, str) and is_error_value(cell)]


def _lines(handle: Iterator[str], path: Path) -> Iterator[str]:
    for number, line in enumerate(handle, start=1):
        if "\0" in line:
            raise InputError(
                f"第 {number} 行有 NUL 字符，文件没有写完或不是文本",
                where=str(path),
                expected="文本表格（CSV、TXT）",
                fix="重新导出；若是没有标记的 UTF-16 文本，加 --encoding utf-16-le",
            )
        yield line


def _named_encoding(given: str, path: Path) -> str:
    name = known_encoding("gbk" if given.strip().lower() == "ansi" else given)
    if name is None:
        raise InputError(
            f"没有编码“{given}”", where=str(path), expected="utf-8、gb18030、gbk、utf-16", fix="改正 --encoding，或不写"
        )
    return "utf-8-sig" if name == "utf-8" else name


def _found_encoding(path: Path) -> tuple[str, str]:
    """The encoding and, in Chinese, why."""
    with path.open("rb") as handle:
        head = handle.read(4)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", "文件带 UTF-8 标记"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "文件带 UTF-16 标记"
    fault = _decoding_fault(path, "utf-8")
    if fault is None:
        return "utf-8-sig", "全文符合 UTF-8"
    # Chance makes a few bytes of GBK look like UTF-8, never five Chinese characters: such a file is damaged UTF-8.
    if fault.chinese_before >= 5:
        raise InputError(
            f"第 {fault.line} 行有损坏的文字（UTF-8 文本中第 {fault.position + 1} 字节不成字）",
            where=str(path),
            expected="全文是同一种编码",
            fix="重新导出，或在该行改正后另存为 UTF-8",
        )
    if _decoding_fault(path, "gb18030") is None:
        return "gb18030", "全文都读得通，不符合 UTF-8"
    raise _wrong_encoding(path, "gb18030", told="既不是 UTF-8 文字，也不是 GBK 或 GB 18030 文字")


@dataclass(frozen=True, slots=True)
class _DecodingFault:
    position: int
    line: int
    chinese_before: int


def _decoding_fault(path: Path, encoding: str) -> _DecodingFault | None:
    """Where a file stops being text of an encoding; reads it in pieces, so that memory does not grow with the file."""
    decoder = codecs.getincrementaldecoder(encoding)()
    position, line, chinese = 0, 1, 0
    with path.open("rb") as handle:
        while True:
            chunk = handle.read(_CHUNK)
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as fault:
                good = bytes(fault.object[: fault.start]).decode(encoding, errors="ignore")
                found = chinese + len(_CJK.findall(good))
                return _DecodingFault(position - pending + fault.start, line + good.count("\n"), found)
            if not chunk:
                return None
            position += len(chunk)
            line += text.count("\n")
            if chinese < 5:
                chinese += len(_CJK.findall(text))


def _wrong_encoding(path: Path, encoding: str, told: str = "") -> InputError:
    fault = _decoding_fault(path, encoding)
    place = "" if fault is None else f"第 {fault.line} 行（第 {fault.position + 1} 字节）起"
    return InputError(
        f"{place}{told or f'不是 {_shown(encoding)} 文字'}",
        where=str(path),
        expected="UTF-8、GBK、GB 18030 或带标记的 UTF-16",
        fix="在 WPS 或记事本中另存为 UTF-8；知道编码的用 --encoding 指明",
    )


def _separator(path: Path, encoding: str) -> str:
    """The separator that gives the most records the same number of cells, two at least; a comma when none does."""
    try:
        with path.open(encoding=encoding, newline="") as handle:
            lines = list(itertools.islice(handle, _SNIFFED_RECORDS))
    except UnicodeError as cause:
        raise _wrong_encoding(path, encoding) from cause
    best, best_score = ",", (0, 0)
    for separator in [s for s in SEPARATORS if s != " "]:
        try:
            records = list(csv.reader(lines, delimiter=separator))
        except csv.Error:
            continue
        widths = Counter(len(record) for record in records if any(cell.strip() for cell in record))
        width, agreeing = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(1, 0))
        score = (agreeing, width) if width > 1 else (0, 0)
        if score > best_score:
            best, best_score = separator, score
    return " " if best_score == (0, 0) and _blanks_separate(lines) else best


def _blanks_separate(lines: Sequence[str]) -> bool:
    """Whether every line has the same three or more words, names among them: ``87 18 30`` alone is one coordinate."""
    records = [words for line in lines if (words := line.split())]
    named = len(records) > 1 and not all(re.fullmatch(r"[-+\d.,]+", word) for word in records[0])
    return (
        named
        and len(records[0]) > 2
        and len({len(words) for words in records}) == 1
        and not any('"' in x for x in lines)
    )


def _plain_name(encoding: str) -> str:
    return "utf-8" if encoding == "utf-8-sig" else encoding


def _shown(encoding: str, rows: Iterable[tuple[int, list[Cell]]] = ()) -> str:
    beyond = encoding == "gb18030" and any(isinstance(c, str) and is_beyond_gbk(c) for _, cells in rows for c in cells)
    return encoding_zh(_plain_name(encoding), beyond_gbk=beyond)
