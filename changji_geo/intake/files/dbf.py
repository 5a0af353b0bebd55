"""The header of a .dbf, .shp or .shx -> how large the file must be; and the texts of a frame in the encoding they are in."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from changji_geo.errors import LayerError
from changji_geo.intake.files.formats import read_head
from changji_geo.intake.files.gdal_reading import named_features
from changji_geo.intake.files.text_encoding import (
    Detected,
    Fault,
    detect_encoding,
    encoding_zh,
    known_encoding,
    latin1_bytes,
    redecode,
)
from changji_geo.intake.findings import IntakeFinding
from changji_geo.types import Level

_LANGUAGES = {0x4D: "gb18030", 0x7A: "gb18030", 0x7D: "gb18030"}


@dataclass(frozen=True, slots=True)
class DbfHeader:
    """Record count, where the records begin, bytes a record, and the encoding the language byte names."""

    records: int
    header_bytes: int
    record_bytes: int
    encoding: str | None


def read_dbf_header(path: Path, *, what: str) -> DbfHeader:
    """Read a dBase header and compare it with the file's size.

    Raises
    ------
    LayerError
        Not a .dbf, or the file is shorter than its header says.
    """
    head = read_head(path, 32)
    if len(head) < 32 or head[0] & 0x07 not in (2, 3, 4, 5):
        raise LayerError(f"{path.name} 不是 dBase 属性表，或已损坏", where=what, fix="恢复原文件，或重新导出 Shapefile")
    records, header_bytes, record_bytes = struct.unpack_from("<IHH", head, 4)
    need, size = header_bytes + records * record_bytes, path.stat().st_size
    if size < need or header_bytes < 33 or record_bytes < 1:
        raise LayerError(
            f"{path.name} 不完整：文件头写明 {records} 条记录，应有 {need} 字节，实际 {size} 字节",
            where=what,
            fix="重新复制整套 Shapefile，或重新导出",
        )
    return DbfHeader(records, header_bytes, record_bytes, _LANGUAGES.get(head[29]))


def deleted_records(path: Path, header: DbfHeader) -> npt.NDArray[np.bool_]:
    """Whether each record is marked as deleted; GDAL passes over those."""
    record = np.dtype([("mark", "u1"), ("rest", "V", header.record_bytes - 1)])
    marks: npt.NDArray[np.bool_] = np.fromfile(path, dtype=record, count=header.records, offset=header.header_bytes)[
        "mark"
    ] == ord("*")
    return marks


def decode_frame(
    frame: pd.DataFrame, *, what: str, encoding: str | None = None, declared: str | None = None, declared_by: str = ""
) -> tuple[pd.DataFrame, str, tuple[IntakeFinding, ...]]:
    """Decode the texts and column names of a frame that was read as ISO 8859-1.

    Parameters
    ----------
    frame : DataFrame
        Not altered.
    what : str
        The file, for messages.
    encoding : str, optional
        What the user says it is: used, or refused.
    declared, declared_by : str, optional
        Python's name of the encoding the file claims, and what claims it.

    Returns
    -------
    frame : DataFrame
        The same rows; characters cut at the end of a field are left out.
    encoding : str
        As `known_encoding` names it.
    findings : tuple of IntakeFinding
        The encoding and why; texts that were cut or could not be read.

    Raises
    ------
    LayerError
        When texts cannot be read in the encoding that the user gave.
    """
    texts = [c for c in frame.columns if isinstance(frame[c].dtype, pd.StringDtype) or frame[c].dtype == object]
    distinct = {column: [v for v in frame[column].dropna().unique() if isinstance(v, str)] for column in texts}
    samples = {latin1_bytes(v) for values in distinct.values() for v in values if not v.isascii()}
    found = Detected(encoding, "按 --encoding 指定") if encoding else _detect(samples, frame, declared, declared_by)
    findings = [IntakeFinding("info" if found.sure else "warning", "encoding", str(found))]
    out = frame.copy(deep=False)
    names = [redecode(str(c), found.encoding) for c in frame.columns]
    for column, (name, fault) in zip(frame.columns, names, strict=True):
        if fault == "cut":
            message = f"字段名“{name}”末尾的半个汉字已去掉（字段名最多 10 字节）"
            findings.append(IntakeFinding("info", "cut_name", message, column=name))
        elif fault == "broken":
            message = f"字段名“{name}”按 {encoding_zh(found.encoding)} 读不通"
            findings.append(IntakeFinding("warning", "broken_name", message, column=name))
        values = distinct.get(column, [])
        if all(v.isascii() for v in values):
            continue
        meaning = {v: redecode(v, found.encoding) for v in values}
        out[column] = frame[column].map(lambda v, meaning=meaning: meaning[v][0] if v in meaning else v)
        findings.extend(_text_faults(frame[column], meaning, name, found.encoding))
    broken = next((f for f in findings if encoding and f.rule == "broken_text"), None)
    if broken is not None:
        likely = encoding_zh(_detect(samples, frame, None, "").encoding)
        raise LayerError(
            f"文字不是 --encoding 指定的编码：{broken.message}",
            where=what,
            expected=likely,
            fix="改正或去掉 --encoding",
        )
    return out.set_axis([name for name, _ in names], axis="columns"), found.encoding, tuple(findings)


def user_encoding(encoding: str | None, *, what: str) -> str | None:
    """Python's name of the encoding a user gave; `LayerError` when nobody knows it."""
    if encoding is None:
        return None
    found = known_encoding(encoding)
    if found is None:
        raise LayerError(
            f"不认识的文字编码“{encoding}”", where=what, expected="UTF-8、GBK 或 GB18030", fix="改写 --encoding"
        )
    return found


def _detect(samples: set[bytes], frame: pd.DataFrame, declared: str | None, declared_by: str) -> Detected:
    """By the texts; by the column names too where those leave a doubt: programs damage names more often than texts."""
    names = {latin1_bytes(str(c)) for c in frame.columns}
    by_texts = detect_encoding(samples or names, declared=declared, declared_by=declared_by)
    if by_texts.sure:
        return by_texts
    by_both = detect_encoding(samples | names, declared=declared, declared_by=declared_by)
    return by_both if by_both.sure else by_texts


def _text_faults(
    column: pd.Series, meaning: dict[str, tuple[str, Fault]], name: str, encoding: str
) -> Sequence[IntakeFinding]:
    out = []
    faults: tuple[tuple[Fault, Level, str], ...] = (
        ("cut", "info", "末尾有半个汉字（字段宽度不够），已去掉"),
        ("broken", "warning", f"按 {encoding_zh(encoding)} 读不通，读不通的字节显示为“\ufffd”"),
    )
    for fault, level, message in faults:
        bad = {v for v, (_, f) in meaning.items() if f == fault}
        if not bad:
            continue
        rows = [int(r) for r in column.index[column.isin(bad)]]
        one = rows[0] if len(rows) == 1 else None
        text = f"{named_features(rows)}“{name}”列的文字{message}"
        out.append(IntakeFinding(level, f"{fault}_text", text, row=one, column=name))
    return out
