"""A zip file from outside -> its files in a scratch folder; whatever tries to leave the folder or to fill the disk is refused."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from changji_geo.errors import InputError, system_reason

MAX_INFLATED_BYTES = 2 * 1024**3
"""All entries of an archive together may inflate to 2 GiB; every inflated byte counts, whatever the headers say."""

MAX_ENTRIES = 10_000
"""So many entries an archive may have."""

_CHUNK = 1 << 20
_NESTED = {".zip", ".rar", ".7z", ".tar", ".gz", ".tgz"}
_JUNK_NAMES = {".ds_store", "thumbs.db", "desktop.ini"}
_WINDOWS_UNFIT = set('<>:"|?*')


@dataclass(frozen=True)
class Unpacked:
    """The files of an archive, in its order, and the names of archives inside it, which are left alone."""

    folder: Path
    files: tuple[Path, ...]
    nested: tuple[str, ...]


def unpack_zip(path: Path, folder: Path, *, limit: int = MAX_INFLATED_BYTES, entries: int = MAX_ENTRIES) -> Unpacked:
    """Unpack a zip file (also .kmz) into an empty folder.

    Every entry is inflated and its bytes are counted while that happens: entries named like folders, files that are not
    needed, and entries that overlap each other in the file count like all others. System litter (``__MACOSX``,
    ``.DS_Store``) and archives inside the archive are counted, not written. Names without the UTF-8 mark are read as UTF-8
    if they are that, else as GBK.

    Parameters
    ----------
    path : path
        The archive; not altered.
    folder : path
        An existing folder, where names of the archive become files.
    limit : int
        Bytes all entries together may inflate to.
    entries : int
        Entries the archive may have.

    Returns
    -------
    Unpacked

    Raises
    ------
    InputError
        No zip file, damaged, encrypted, or with an unusual compression; too many entries or bytes; a name with ``..``, a
        drive letter, a backslash, or from the root; a symbolic link; two entries of one name.
    """
    where = str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            if len(infos) > entries:
                raise InputError(
                    f"压缩包里有 {len(infos)} 个文件", where=where, expected=f"至多 {entries} 个", fix=_REPACK
                )
            names = [_safe_name(info, where) for info in infos]
            _refuse_repeats(names, where)
            declared = sum(info.file_size for info in infos)
            if declared > limit:
                raise _too_large(where, limit)
            return _extract(archive, list(zip(infos, names, strict=True)), folder, limit, where)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as cause:
        raise InputError("压缩包已损坏，或不是 zip 文件", where=where, fix="重新下载或重新打包为 zip") from cause
    except OSError as cause:
        raise InputError(
            f"压缩包无法解开（{system_reason(cause)}）", where=where, fix="检查文件权限和磁盘空间"
        ) from cause


_REPACK = "解压后检查内容，只把需要的数据文件重新打包"


def _too_large(where: str, limit: int) -> InputError:
    size = f"{limit / 1024**3:.0f} GB" if limit >= 1024**3 else f"{limit} 字节"
    return InputError(
        f"压缩包解开后超过 {size}，可能是恶意文件（压缩炸弹）",
        where=where,
        expected=f"解开后不超过 {size}",
        fix=_REPACK,
    )


def _extract(
    archive: zipfile.ZipFile, entries: list[tuple[zipfile.ZipInfo, PurePosixPath]], folder: Path, limit: int, where: str
) -> Unpacked:
    files: list[Path] = []
    nested: list[str] = []
    inflated = 0
    for info, name in entries:
        _require_plain(info, name, where)
        target = folder.joinpath(*name.parts)
        keep = not info.is_dir() and not _is_junk(name)
        if keep and name.suffix.lower() in _NESTED:
            nested.append(str(name))
            keep = False
        if keep:
            target.parent.mkdir(parents=True, exist_ok=True)
            files.append(target)
        handle = target.open("xb") if keep else None
        try:
            for chunk in _inflate(archive, info):
                inflated += len(chunk)
                if inflated > limit:
                    raise _too_large(where, limit)
                if handle:
                    handle.write(chunk)
        except (zipfile.BadZipFile, zlib.error, EOFError) as cause:
            raise InputError(f"压缩包已损坏：“{name}”解不开", where=where, fix="重新下载或重新打包为 zip") from cause
        finally:
            if handle:
                handle.close()
    return Unpacked(folder, tuple(files), tuple(nested))


def _inflate(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(info) as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _require_plain(info: zipfile.ZipInfo, name: PurePosixPath, where: str) -> None:
    if info.flag_bits & 0x1:
        raise InputError(f"压缩包有密码（“{name}”）", where=where, fix="用密码解压后，导入解开的文件")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(
            f"“{name}”的压缩方法（编号 {info.compress_type}）不支持",
            where=where,
            fix="解压后用普通 zip（deflate）重新打包",
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        raise InputError(f"压缩包里的“{name}”是符号链接，拒绝解开", where=where, fix=_REPACK)


def _safe_name(info: zipfile.ZipInfo, where: str) -> PurePosixPath:
    name = _decoded_name(info)
    why = ""
    parts = name.split("/")
    if "\\" in name:
        why = "含反斜杠"
    elif name.startswith("/") or (len(name) > 1 and name[1] == ":"):
        why = "是绝对路径"
    elif any(part and not part.strip(" .") for part in parts):
        why = "含“..”一类的上级目录"
    elif any(c in _WINDOWS_UNFIT or ord(c) < 32 for c in name):
        why = "含文件名不允许的字符"
    elif not name.strip("/"):
        why = "是空的"
    if why:
        raise InputError(f"压缩包里的文件名“{name[:80]}”{why}，拒绝解开", where=where, fix=_REPACK)
    return PurePosixPath(name)


def _decoded_name(info: zipfile.ZipInfo) -> str:
    """`zipfile` reads unmarked names as cp437; Chinese programs write GBK there, some UTF-8 without the mark."""
    name = info.orig_filename
    if info.flag_bits & 0x800:
        return name
    raw = name.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def _refuse_repeats(names: list[PurePosixPath], where: str) -> None:
    seen: set[str] = set()
    for name in names:
        key = str(name).casefold()
        if key in seen:
            raise InputError(f"压缩包里有两个“{name}”", where=where, fix=_REPACK)
        seen.add(key)


def _is_junk(name: PurePosixPath) -> bool:
    return "__MACOSX" in name.parts or name.name.lower() in _JUNK_NAMES or name.name.startswith("._")
