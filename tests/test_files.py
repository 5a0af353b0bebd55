"""A file is written whole or not at all."""

import os
import stat

import pytest

from changji_geo.errors import OutputError
from changji_geo.files import write_atomic


def test_text_is_utf8_with_plain_line_ends(tmp_path):
    path = write_atomic(tmp_path / "图.txt", "一\n二\n")
    assert path.read_bytes() == "一\n二\n".encode()


def test_bytes_go_out_as_they_are(tmp_path):
    assert write_atomic(tmp_path / "a.bin", b"\x00\r\n").read_bytes() == b"\x00\r\n"


def test_an_empty_file_is_a_file(tmp_path):
    assert write_atomic(tmp_path / "a", b"").read_bytes() == b""


def test_missing_folders_are_made(tmp_path):
    assert write_atomic(tmp_path / "a" / "b" / "c.txt", "x").is_file()


def test_an_old_file_is_replaced_and_nothing_is_left_beside_it(tmp_path):
    write_atomic(tmp_path / "a.txt", "旧")
    write_atomic(tmp_path / "a.txt", "新")
    assert {p.name: p.read_text("utf-8") for p in tmp_path.iterdir()} == {"a.txt": "新"}


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    target = write_atomic(tmp_path / "a.txt", "旧")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="磁盘已满") as caught:
        write_atomic(target, "新")
    assert str(target) in str(caught.value)
    assert {p.name: p.read_text("utf-8") for p in tmp_path.iterdir()} == {"a.txt": "旧"}


def test_a_place_under_a_file_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError) as caught:
        write_atomic(tmp_path / "file" / "a.txt", "x")
    assert "检查文件夹" in str(caught.value)
    assert caught.value.exit_code == 3


def test_a_folder_in_the_place_of_the_file_cannot_be_written(tmp_path):
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(OutputError):
        write_atomic(tmp_path / "a.txt", "x")
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_long_chinese_name_has_a_scratch_name_that_fits(tmp_path):
    name = "图" * 80 + ".txt"
    assert write_atomic(tmp_path / name, "x").name == name


def test_the_file_can_be_read_by_others(tmp_path):
    before = os.umask(0o022)
    try:
        mode = write_atomic(tmp_path / "a.txt", "x").stat().st_mode
    finally:
        os.umask(before)
    assert stat.S_IMODE(mode) & 0o444 == 0o444
