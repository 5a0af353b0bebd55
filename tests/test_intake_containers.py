"""containers: what a zip file may hold, and what is refused while it is being inflated."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from changji_geo.errors import InputError
from changji_geo.intake.files.containers import unpack_zip


def pack(path: Path, entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return path


def unpack(path: Path, tmp_path: Path, **limits: int) -> list[str]:
    folder = tmp_path / "out"
    folder.mkdir()
    found = unpack_zip(path, folder, **limits)
    return [f.relative_to(folder).as_posix() for f in found.files]


def rename_in_place(path: Path, old: bytes, new: bytes) -> None:
    """Names of any bytes, as foreign programs write them: in the local and in the central header, no UTF-8 mark."""
    assert len(old) == len(new)
    path.write_bytes(path.read_bytes().replace(old, new))


def test_files_and_folders_come_out_as_they_were(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"数据/": b"", "数据/保护区.shp": b"abc", "b.dbf": b""})
    assert unpack(path, tmp_path) == ["数据/保护区.shp", "b.dbf"]
    assert (tmp_path / "out/数据/保护区.shp").read_bytes() == b"abc"


def test_names_without_the_utf8_mark_are_read_as_gbk(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"xxxxxxxx.shp": b"1"})
    rename_in_place(path, b"xxxxxxxx", "天池一区".encode("gbk"))
    assert unpack(path, tmp_path) == ["天池一区.shp"]


def test_names_in_utf8_without_the_mark_are_read_too(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"xxxxxx.shp": b"1"})
    rename_in_place(path, b"xxxxxx", "天池".encode())
    assert unpack(path, tmp_path) == ["天池.shp"]


def test_system_litter_is_left_out_and_inner_archives_are_named(tmp_path: Path) -> None:
    path = pack(
        tmp_path / "a.zip",
        {
            "__MACOSX/._a.shp": b"x",
            ".DS_Store": b"x",
            "a.shp": b"1",
            "内/b.ZIP": b"PK",
            "c.rar": b"Rar!",
            "Thumbs.db": b"",
        },
    )
    folder = tmp_path / "out"
    folder.mkdir()
    found = unpack_zip(path, folder)
    assert [f.name for f in found.files] == ["a.shp"]
    assert found.nested == ("内/b.ZIP", "c.rar")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../a.shp", "上级目录"),
        ("x/../../a.shp", "上级目录"),
        ("x/.. /a.shp", "上级目录"),
        ("/etc/a.shp", "绝对路径"),
        ("C:/a.shp", "绝对路径"),
        ("x/a.shp:stream", "不允许的字符"),
        ("x/a\n.shp", "不允许的字符"),
    ],
)
def test_names_that_leave_the_folder_are_refused_by_name(tmp_path: Path, name: str, why: str) -> None:
    path = pack(tmp_path / "a.zip", {"ok.shp": b"1", name: b"1"})
    with pytest.raises(InputError) as caught:
        unpack(path, tmp_path)
    assert why in str(caught.value)
    assert repr(name)[1:4] in repr(str(caught.value))
    assert str(caught.value).startswith(str(path))
    assert list((tmp_path / "out").iterdir()) == []


def test_a_backslash_in_a_name_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"x/a.shp": b"1"})
    rename_in_place(path, b"x/a.shp", b"x\\a.shp")
    with pytest.raises(InputError, match="反斜杠"):
        unpack(path, tmp_path)


def test_two_entries_of_one_name_are_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"a.shp": b"1", "A.SHP": b"2"})
    with pytest.raises(InputError, match="两个“A.SHP”"):
        unpack(path, tmp_path)


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("a.shp")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(InputError, match="符号链接"):
        unpack(tmp_path / "a.zip", tmp_path)


def test_more_bytes_than_the_limit_are_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"a.shp": bytes(600), "b.txt": bytes(600)})
    with pytest.raises(InputError, match="超过 1000 字节，可能是恶意文件"):
        unpack(path, tmp_path, limit=1000)


def test_exactly_the_limit_is_taken(tmp_path: Path) -> None:
    assert unpack(pack(tmp_path / "a.zip", {"a.shp": bytes(1000)}), tmp_path, limit=1000) == ["a.shp"]


def lie_about_sizes(path: Path, size: int) -> None:
    """Write a small uncompressed size into every header of an archive."""
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.find(signature)
        while at >= 0:
            struct.pack_into("<I", data, at + offset, size)
            at = data.find(signature, at + 4)
    path.write_bytes(data)


def test_headers_that_lie_about_the_size_do_not_help_a_bomb(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"a.shp": bytes(50_000_000)})
    lie_about_sizes(path, 10)
    with pytest.raises(InputError, match="a.shp”解不开"):
        unpack(path, tmp_path, limit=1_000_000)
    assert (tmp_path / "out/a.shp").stat().st_size <= 1_000_000


@pytest.mark.parametrize("name", ["a/", "__MACOSX/x", ".DS_Store", "inner.zip"])
def test_bytes_of_folders_litter_and_inner_archives_count(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ok.shp", b"1")
        with archive.open(zipfile.ZipInfo("zzzzzzzzzz"[: len(name)]), "w") as entry:
            entry.write(bytes(5000))
    rename_in_place(path, b"zzzzzzzzzz"[: len(name)], name.encode())
    with pytest.raises(InputError, match="压缩炸弹"):
        unpack(path, tmp_path, limit=1000)


def test_entries_that_share_the_same_bytes_count_each(tmp_path: Path) -> None:
    """An overlap bomb: many names for one compressed block; the central directory is made by hand."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = compressor.compress(bytes(1000)) + compressor.flush()
    crc = zlib.crc32(bytes(1000))
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, crc, len(block), 1000, 1, 0) + b"a" + block
    central = b"".join(
        struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, crc, len(block), 1000, 1, 0, 0, 0, 0, 0, 0) + b"a"
        for _ in range(3)
    )
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 3, 3, len(central), len(local), 0)
    (tmp_path / "a.zip").write_bytes(local + central + end)
    with pytest.raises(InputError):
        unpack(tmp_path / "a.zip", tmp_path, limit=2500)


def test_too_many_entries_are_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {f"{k}.txt": b"" for k in range(5)})
    with pytest.raises(InputError, match="压缩包里有 5 个文件"):
        unpack(path, tmp_path, entries=4)


def test_an_encrypted_entry_is_named(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"a.shp": b"1"})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(signature) + offset] |= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"有密码（“a\.shp”）.*用密码解压后"):
        unpack(path, tmp_path)


def test_unusual_compression_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"a.shp": b"1" * 1000}, zipfile.ZIP_LZMA)
    with pytest.raises(InputError, match=r"压缩方法（编号 14）不支持"):
        unpack(path, tmp_path)


def test_a_damaged_archive_is_one_message(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"a.shp": b"abcdefgh" * 100}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"abcdefgh", b"abcdefgX", 1))
    with pytest.raises(InputError, match="“a.shp”解不开"):
        unpack(path, tmp_path)
    cut = io.BytesIO(path.read_bytes()[:200]).getvalue()
    (tmp_path / "b.zip").write_bytes(cut)
    with pytest.raises(InputError, match="已损坏，或不是 zip"):
        unpack_zip(tmp_path / "b.zip", tmp_path / "out")
