"""The ledger file: a GeoPackage that GDAL opens, its journal, damage, full disks, shares."""

import contextlib
import os
import sqlite3
import subprocess
import sys

import pyogrio
import pytest

from changji_geo.clues.ledger.gpkg.ledger import GpkgLedger
from changji_geo.clues.ledger.gpkg.share_lock import lock_path, share_lock
from changji_geo.clues.ledger.opening import create_ledger, open_ledger
from changji_geo.errors import EnvironmentFault, InputError, OutputError
from tests.crash_ledger import AT, changed, imported
from tests.ledger_kinds import NEW, GpkgKind, fill


@pytest.fixture
def ledger(tmp_path):
    with create_ledger(tmp_path / "台账.gpkg") as opened:
        yield opened


@pytest.fixture
def filled(ledger):
    return fill(ledger, ledger.path.parent / "证据")


def raw(ledger, **how):
    return GpkgKind(ledger.path.parent).raw(**how)


def test_gdal_lists_clues_and_events_with_their_geometry(filled):
    layers = {name: kind for name, kind in pyogrio.list_layers(filled.path)}  # noqa: C416
    tables = dict.fromkeys(("ledger_head", "ledger_info", "layer_styles"))
    assert layers == {"clues": "Unknown", "events": "Unknown", **tables}
    clues = pyogrio.read_dataframe(filled.path, layer="clues", fid_as_index=True).sort_index()
    assert clues.crs.to_epsg() == 4490
    assert dict(zip(clues.index, clues["clue_id"], strict=True)) == {n: f"LD2025-000{n}" for n in range(1, 5)}
    assert clues["county"].tolist() == ["木垒县"] * 3 + ["奇台县"]
    assert clues.loc[1, "geometry"].equals(NEW)
    assert len(pyogrio.read_dataframe(filled.path, layer="events")) == 20


def test_the_file_is_a_geopackage_with_a_rollback_journal(ledger):
    with raw(ledger, guards=True) as db:
        one = lambda sql: db.execute(sql).fetchone()[0]  # noqa: E731
        assert (one("PRAGMA application_id"), one("PRAGMA user_version")) == (0x47504B47, 10300)
        assert one("PRAGMA journal_mode") == "delete"
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert one("SELECT definition FROM gpkg_spatial_ref_sys WHERE srs_id = 4490").startswith(
            'GEOGCS["China Geodetic'
        )
    assert [path.name for path in ledger.path.parent.iterdir()] == ["台账.gpkg"]


def test_a_write_ahead_log_of_another_program_is_turned_off(filled):
    filled.close()
    with contextlib.closing(sqlite3.connect(filled.path)) as db:
        assert db.execute("PRAGMA journal_mode=WAL").fetchone()[0] == "wal"
    with open_ledger(filled.path) as again:
        assert again.verify() == ()
        with raw(again, guards=True) as db:
            assert db.execute("PRAGMA journal_mode").fetchone()[0] == "delete"


def test_a_folder_that_cannot_be_made_is_an_output_error(tmp_path):
    (tmp_path / "文件").write_text("x")
    with pytest.raises(OutputError):
        create_ledger(tmp_path / "文件" / "a.gpkg")


def test_what_is_no_ledger_is_refused_in_words(tmp_path):
    with pytest.raises(InputError, match="没有这个台账文件"):
        open_ledger(tmp_path / "没有.gpkg")
    assert not (tmp_path / "没有.gpkg").exists()
    (tmp_path / "文字.gpkg").write_text("不是数据库" * 500)
    with pytest.raises(InputError, match="不是 SQLite 文件"):
        open_ledger(tmp_path / "文字.gpkg")
    with contextlib.closing(sqlite3.connect(tmp_path / "别的.gpkg")) as db:
        db.execute("CREATE TABLE t (a)")
    with pytest.raises(InputError, match="不是线索台账"):
        open_ledger(tmp_path / "别的.gpkg")


def test_an_event_cannot_be_replaced(filled):
    with raw(filled, guards=True) as db, pytest.raises(sqlite3.Error):
        db.execute("INSERT OR REPLACE INTO events SELECT * FROM events WHERE seq = 3")
    assert filled.verify() == ()


def test_a_byte_that_is_no_text_is_found(filled):
    with raw(filled) as db:
        db.execute("UPDATE events SET reason = CAST(X'E8FF' AS TEXT) WHERE seq = 8")
    assert [(fault.kind, fault.seq) for fault in filled.verify()] == [("content", 8)]


def test_a_damaged_file_is_reported_not_raised(filled):
    filled.close()
    data = bytearray(filled.path.read_bytes())
    page = 8192
    data[3 * page :] = b"\xa5" * (len(data) - 3 * page)
    filled.path.write_bytes(data)
    try:
        with open_ledger(filled.path) as again:
            assert again.verify()[0].kind == "file"
    except InputError as refused:
        assert "损坏" in str(refused)


def test_a_full_disk_writes_nothing_and_the_ledger_goes_on(filled):
    filled._db.execute("PRAGMA max_page_count = 1")
    lot = [imported(f"新{n}", note="字" * 5000) for n in range(20)]
    with pytest.raises(OutputError, match="磁盘已满，本次什么也没有写入") as caught:
        filled.append(lot, at=AT)
    assert caught.value.exit_code == 3
    assert (filled.head().count, filled.verify()) == (20, ())
    filled._db.execute("PRAGMA max_page_count = 1000000")
    filled.append(lot, at=AT)
    assert (filled.head().count, filled.verify()) == (40, ())


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on the size of files")
def test_a_quota_met_in_the_middle_of_a_write_leaves_no_half_event(filled):
    """The child may not make a file larger than the ledger is now, as with a quota of the file system."""
    size = filled.path.stat().st_size
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, resource.RLIM_INFINITY))\n"
        "from changji_geo.clues.ledger.opening import open_ledger\n"
        "from changji_geo.errors import OutputError\n"
        "from tests.crash_ledger import AT, imported\n"
        "ledger = open_ledger(sys.argv[1])\n"
        "try:\n    ledger.append([imported(f'新{n}', note='字' * 5000) for n in range(2000)], at=AT)\n"
        "except OutputError as refused:\n    sys.stdout.write(refused.problem)\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, filled.path], capture_output=True, text=True, timeout=120, check=True
    )
    assert "本次什么也没有写入" in child.stdout
    assert (filled.head().count, filled.verify()) == (20, ())


def test_on_a_share_a_write_takes_the_lock_file(filled):
    with GpkgLedger(filled.path, share="cifs", timeout_s=0.1) as shared:
        assert shared.notice.startswith("台账在网络共享（cifs）上：写入时在旁边放锁文件 台账.gpkg.lock")
        with share_lock(filled.path, timeout_s=0), pytest.raises(EnvironmentFault, match="台账被锁住（电脑 "):
            shared.append([changed("LD2025-0004", "n", None, 1)], at=AT)
        shared.append([changed("LD2025-0004", "n", None, 1)], at=AT)
    assert (filled.notice, filled.head().count) == ("", 21)
    assert not lock_path(filled.path).exists()
