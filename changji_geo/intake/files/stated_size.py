"""The headers of a FlatGeobuf file or a file geodatabase -> how large the data must be; GDAL reads a cut-off one as empty."""

from __future__ import annotations

import struct
from pathlib import Path

from changji_geo.errors import LayerError, system_reason
from changji_geo.intake.files.formats import read_head

_MAGIC_BYTES = 8
_FEATURE_COUNT, _NODE_SIZE = 8, 9  # fields of the Header table in flatgeobuf/header.fbs
_NODE_BYTES = 40
_LEAST_FEATURE_BYTES = 8
_USUAL_NODE_SIZE = 16
_MAX_HEADER_BYTES = 1 << 24
_VERSION_3 = 3  # ArcGIS 9 and later; tables with 64-bit ids (4) are laid out otherwise


def require_whole_flatgeobuf(path: Path) -> None:
    """Compare a FlatGeobuf file's size with its header: its own length, the index, and eight bytes a feature at least.

    A file that ends within the features passes: GDAL notices that itself.

    Raises
    ------
    LayerError
        The file is shorter.
    """
    size = path.stat().st_size
    head = read_head(path, _MAGIC_BYTES + 4)
    length = struct.unpack_from("<I", head, _MAGIC_BYTES)[0] if len(head) == _MAGIC_BYTES + 4 else 0
    if not 0 < length <= min(size - len(head), _MAX_HEADER_BYTES):
        raise LayerError(f"文件不完整：文件头没有写完（共 {size} 字节）", where=str(path), fix=_AGAIN)
    header = read_head(path, len(head) + length)[len(head) :]
    try:
        count = _field(header, _FEATURE_COUNT, "<Q", 0)
        need = len(head) + length + _index_bytes(count, _field(header, _NODE_SIZE, "<H", _USUAL_NODE_SIZE))
    except struct.error as cause:
        raise LayerError("文件头已损坏", where=str(path), fix=_AGAIN) from cause
    need += count * _LEAST_FEATURE_BYTES
    if size < need:
        problem = f"文件不完整：文件头写明 {count} 个要素，至少应有 {need} 字节，实际 {size} 字节"
        raise LayerError(problem, where=str(path), fix=_AGAIN)


def require_whole_filegdb(folder: Path) -> None:
    """Compare the tables of a file geodatabase and their row indexes with the sizes their headers state.

    Raises
    ------
    LayerError
        A file is shorter than it says, or an index has no table.
    """
    try:
        for index in sorted(folder.glob("*.gdbtablx")):
            if not index.with_suffix(".gdbtable").is_file():
                raise LayerError(
                    f"缺少 {index.stem}.gdbtable", where=str(folder), expected="完整的 .gdb 文件夹", fix=_AGAIN_FOLDER
                )
            magic, blocks, _, width = _numbers(index, "<IIII")
            stated = 32 + blocks * 1024 * width if magic == _VERSION_3 and blocks else 16
            _require_size(index, stated, folder)
        for table in sorted(folder.glob("*.gdbtable")):
            magic, _, _, _, _, _, stated = _numbers(table, "<6IQ")
            _require_size(table, stated if magic == _VERSION_3 else 40, folder)
    except OSError as cause:
        raise LayerError(f"无法读取（{system_reason(cause)}）", where=str(folder), fix="检查文件夹的权限") from cause


_AGAIN = "重新复制或重新导出"
_AGAIN_FOLDER = "重新复制整个 .gdb 文件夹，或打包为 .zip"


def _numbers(file: Path, layout: str) -> tuple[int, ...]:
    """The numbers a file begins with; zeros when it is shorter."""
    size = struct.calcsize(layout)
    numbers: tuple[int, ...] = struct.unpack(layout, read_head(file, size).ljust(size, b"\0"))
    return numbers


def _require_size(file: Path, need: int, folder: Path) -> None:
    size = file.stat().st_size
    if size < need:
        problem = f"{file.name} 不完整：应有 {need} 字节，实际 {size} 字节"
        raise LayerError(problem, where=str(folder), fix=_AGAIN_FOLDER)


def _field(table: bytes, number: int, kind: str, default: int) -> int:
    """A whole number of a FlatBuffers root table; the default where the table leaves it out."""
    start = struct.unpack_from("<I", table, 0)[0]
    vtable = start - struct.unpack_from("<i", table, start)[0]
    entry = 4 + 2 * number
    if vtable < 0 or entry >= struct.unpack_from("<H", table, vtable)[0]:
        return default
    offset = struct.unpack_from("<H", table, vtable + entry)[0]
    return int(struct.unpack_from(kind, table, start + offset)[0]) if offset else default


def _index_bytes(count: int, node_size: int) -> int:
    """Bytes of the packed Hilbert R-tree over `count` features."""
    if not count or node_size < 2:
        return 0
    nodes = level = count
    while level > 1:
        level = -(-level // node_size)
        nodes += level
    return (nodes if count > 1 else 2) * _NODE_BYTES
