"""Which files belong to one that was handed in, and that their digest notices any change."""

import datetime
import os

from changji_geo.intake.originals import copy_originals, date_of, digest_of, original_files


def shapefile(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("功能区.SHP", "功能区.dbf", "功能区.shx", "功能区.shp.xml", "功能区2.dbf", "别的.prj"):
        (folder / name).write_bytes(name.encode())
    return folder / "功能区.SHP"


def test_a_shapefile_brings_its_companions_in_any_case(tmp_path):
    names = {f.name for f in original_files(shapefile(tmp_path))}
    assert names == {"功能区.SHP", "功能区.dbf", "功能区.shx", "功能区.shp.xml"}


def test_a_folder_format_is_all_its_files(tmp_path):
    gdb = tmp_path / "a.gdb"
    (gdb / "sub").mkdir(parents=True)
    (gdb / "x").write_text("1")
    (gdb / "sub" / "y").write_text("2")
    assert [f.name for f in original_files(gdb)] == ["y", "x"]
    copy_originals(gdb, tmp_path / "original")
    assert (tmp_path / "original" / "a.gdb" / "sub" / "y").read_text() == "2"


def test_one_files_digest_is_its_sha256(tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes(b"abc")
    assert digest_of(file) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_digest_of_a_family_notices_a_changed_companion_but_not_a_stranger(tmp_path):
    main = shapefile(tmp_path)
    before = digest_of(main)
    (tmp_path / "别的.prj").write_bytes(b"changed")
    assert digest_of(main) == before
    (tmp_path / "功能区.dbf").write_bytes(b"changed")
    assert digest_of(main) != before


def test_copies_are_the_same_bytes_and_the_source_stays(tmp_path):
    main = shapefile(tmp_path / "in")
    copy_originals(main, tmp_path / "out")
    assert (tmp_path / "out" / "功能区.dbf").read_bytes() == (tmp_path / "in" / "功能区.dbf").read_bytes()
    assert sorted(f.name for f in (tmp_path / "out").iterdir()) == sorted(f.name for f in original_files(main))


def test_the_date_is_that_of_the_newest_companion_in_beijing(tmp_path):
    main = shapefile(tmp_path)
    for file in original_files(main):
        os.utime(file, (0, 1_767_000_000))
    os.utime(tmp_path / "功能区.dbf", (0, 1_773_590_400))  # 2026-03-15 16:00 UTC is the 16th in Beijing
    os.utime(tmp_path / "别的.prj", (0, 1_900_000_000))
    assert date_of(main) == datetime.date(2026, 3, 16)
