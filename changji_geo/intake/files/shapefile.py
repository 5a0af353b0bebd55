"""A Shapefile's three to six files -> its features, with the encoding of its texts found out and damage named."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
import pyproj

from changji_geo.errors import LayerError, system_reason
from changji_geo.intake.files.dbf import DbfHeader, decode_frame, deleted_records, read_dbf_header, user_encoding
from changji_geo.intake.files.formats import read_head
from changji_geo.intake.files.gdal_reading import (
    Features,
    crs_of,
    link_or_copy,
    named_features,
    read_features,
    with_unique_names,
)
from changji_geo.intake.files.text_encoding import known_encoding
from changji_geo.intake.findings import IntakeFinding
from changji_geo.intake.source import Source

_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_HEADER_BYTES = 100


def read_shapefile(path: Path, *, layer: str | None, encoding: str | None, scratch: Path) -> Source:
    """Read a Shapefile.

    The files belong together by name whatever the case of their suffixes. A missing or short .shx is built anew in the
    scratch folder; without a .dbf the shapes come alone; the .prj is read even when its text is not ASCII. The texts'
    encoding is that of the .cpg or of the .dbf's language byte where the bytes agree, else what the bytes say.

    Parameters
    ----------
    path : path
        The .shp; nothing is written beside it.
    layer : str, optional
        Must be the file's own name if given.
    encoding : str, optional
        Overrules what the files say.
    scratch : path
        An empty folder.

    Raises
    ------
    LayerError
        A file is cut off (with the sizes), or shapes and records differ in number.
    """
    what = str(path)
    if layer is not None and layer.lower() not in (path.stem.lower(), path.name.lower()):
        raise LayerError(f"Shapefile 只有一个图层“{path.stem}”，没有“{layer}”", where=what, fix="去掉 --layer")
    told = user_encoding(encoding, what=what)
    parts = _parts(path)
    shapes = _shape_count(parts, what)
    dbf = read_dbf_header(parts[".dbf"], what=what) if ".dbf" in parts else None
    if dbf is not None and shapes is not None and dbf.records != shapes:
        raise LayerError(
            f"属性表 {parts['.dbf'].name} 有 {dbf.records} 条记录，图形有 {shapes} 个，对不上",
            where=what,
            expected="一个图形一条记录",
            fix="属性表可能被单独编辑过（如用 Excel 另存）；恢复原文件，或重新导出",
        )
    findings: list[IntakeFinding] = []
    if dbf is None:
        findings.append(IntakeFinding("warning", "no_attributes", f"没有属性表 {path.stem}.dbf，只读到图形"))
    if shapes is None:
        findings.append(
            IntakeFinding(
                "warning", "index_rebuilt", f"索引 {path.stem}.shx 缺少或不完整，已按 .shp 重建（在临时副本中）"
            )
        )
    staged = _staged(parts, scratch, rebuild=shapes is None)
    found = _read(staged, what, rebuild=shapes is None)
    rows, left_out = _left_out(found.frame, staged, dbf)
    findings.extend(left_out)
    crs, doubts = _crs(parts.get(".prj"), found)
    frame, name, texts = _decoded(found.frame, parts, dbf, told, what)
    frame, renamed = with_unique_names(frame.set_axis(rows, axis="index"))
    return Source(
        path, "shapefile", path.stem, frame, crs, name, findings=(*findings, *texts, *found.findings, *doubts, *renamed)
    )


def _parts(path: Path) -> dict[str, Path]:
    """Suffix in lower case -> file, for the files of one name; the given .shp wins over another one."""
    stem = path.stem.casefold()
    try:
        beside = sorted(path.parent.iterdir())
    except OSError as cause:
        raise LayerError(f"无法读取文件夹（{system_reason(cause)}）", where=str(path.parent), fix="检查权限") from cause
    found = {p.suffix.lower(): p for p in beside if p.stem.casefold() == stem and p.suffix.lower() in _PARTS}
    exact = {p.suffix.lower(): p for p in beside if p.stem == path.stem and p.suffix.lower() in _PARTS}
    return found | exact | {".shp": path}


def _shape_count(parts: dict[str, Path], what: str) -> int | None:
    """Shapes by the .shx; None when that must be built anew."""
    _require_whole(parts[".shp"], what)
    index = parts.get(".shx")
    if index is None:
        return None
    length, size = _stated_length(read_head(index, _HEADER_BYTES)), index.stat().st_size
    return None if length is None or length > size or length < _HEADER_BYTES else (length - _HEADER_BYTES) // 8


def _require_whole(shp: Path, what: str) -> None:
    length, size = _stated_length(read_head(shp, _HEADER_BYTES)), shp.stat().st_size
    if length is None or length < _HEADER_BYTES:
        raise LayerError(
            f"{shp.name} 的文件头不完整（{size} 字节）", where=what, fix="重新复制整套 Shapefile，或重新导出"
        )
    if length > size:
        raise LayerError(
            f"{shp.name} 不完整：文件头写明 {length} 字节，实际 {size} 字节",
            where=what,
            fix="重新复制整套 Shapefile，或重新导出",
        )


def _stated_length(head: bytes) -> int | None:
    if len(head) < _HEADER_BYTES or head[:4] != b"\0\0\x27\x0a":
        return None
    return int(struct.unpack_from(">i", head, 24)[0]) * 2


def _staged(parts: dict[str, Path], scratch: Path, *, rebuild: bool) -> Path:
    """Links of the files under a plain name: suffixes in lower case, no .cpg, and a .prj only if GDAL can read its text."""
    for suffix, file in parts.items():
        if suffix == ".cpg" or (suffix == ".shx" and rebuild) or (suffix == ".prj" and not file.read_bytes().isascii()):
            continue
        link_or_copy(file, scratch / f"data{suffix}")
    return scratch / "data.shp"


def _read(path: Path, what: str, *, rebuild: bool) -> Features:
    if not rebuild:
        return read_features(path, drivers=("ESRI Shapefile",), what=what, encoding="ISO-8859-1")
    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": True})
    try:
        return read_features(path, drivers=("ESRI Shapefile",), what=what, encoding="ISO-8859-1")
    finally:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})


def _left_out(frame: pd.DataFrame, staged: Path, dbf: DbfHeader | None) -> tuple[pd.Index[int], list[IntakeFinding]]:
    """The features' own numbers, and what GDAL leaves out without a word: deleted records, shapes that are damaged."""
    entries = np.fromfile(staged.with_suffix(".shx"), dtype=">i4", offset=_HEADER_BYTES)
    index = entries[: len(entries) // 2 * 2].reshape(-1, 2)
    records = np.arange(len(index))
    findings = []
    if dbf is not None and len(frame) < len(index):
        deleted = deleted_records(staged.with_suffix(".dbf"), dbf)
        records = np.flatnonzero(~deleted[: len(index)])
        gone = (np.flatnonzero(deleted) + 1).tolist()
        text = f"属性表里标记为已删除、没有读取的记录有 {len(gone)} 条（{named_features(gone)}），其余要素的序号不变"
        findings.append(IntakeFinding("warning", "deleted", text))
    if len(records) != len(frame):
        return frame.index, findings
    rows = pd.Index(records + 1, dtype="int64")
    if "geometry" not in frame.columns:
        return rows, findings
    lost = []
    with staged.open("rb") as stream:
        for row in np.flatnonzero(frame["geometry"].isna()):
            stream.seek(max(int(index[records[row], 0]), 0) * 2 + 8)
            if stream.read(4) != b"\0\0\0\0":
                lost.append(int(records[row]) + 1)
    if lost:
        text = f".shp 有损坏：{named_features(lost)}的图形读不出来，请恢复原文件"
        findings.append(IntakeFinding("warning", "geometry_lost", text))
    return rows, findings


def _decoded(
    frame: pd.DataFrame, parts: dict[str, Path], dbf: DbfHeader | None, told: str | None, what: str
) -> tuple[pd.DataFrame, str, tuple[IntakeFinding, ...]]:
    if dbf is None:
        return frame, "", ()
    claim = known_encoding(parts[".cpg"].read_bytes().decode("latin-1")) if ".cpg" in parts else None
    if claim:
        return decode_frame(frame, what=what, encoding=told, declared=claim, declared_by=parts[".cpg"].name)
    return decode_frame(
        frame, what=what, encoding=told, declared=dbf.encoding, declared_by=f"{parts['.dbf'].name} 的文件头"
    )


def _crs(prj: Path | None, found: Features) -> tuple[pyproj.CRS | None, tuple[IntakeFinding, ...]]:
    if found.crs is not None or prj is None or any(f.rule == "crs" for f in found.findings):
        return found.crs, ()
    raw = prj.read_bytes()
    try:
        text = raw.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        text = raw.decode("gb18030", "replace").strip()
    if text:
        return crs_of(text)
    return None, (IntakeFinding("warning", "crs", f"{prj.name} 是空的，按没有坐标系处理"),)
