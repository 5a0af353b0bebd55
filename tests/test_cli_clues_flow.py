"""``changji-geo clues`` from the checks to the report: a ledger's clues checked, sent out, filled in, read back, copied."""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyogrio
import pytest
import shapely

from changji_geo.cli.clues.options import local_now
from changji_geo.cli.console import text_width
from changji_geo.cli.main import main
from changji_geo.clues.ledger.opening import open_ledger
from changji_geo.clues.settings import load_settings
from changji_geo.resources import packaged_root
from changji_geo.types import SCHEMATIC_NOTICE
from tests.test_cli_clues import IDS, PLACES, clue_of, events_of, patches, refused

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the three patches imported (``新.gpkg``) and checked as well (``查.gpkg``), made once."""
    folder = tmp_path_factory.mktemp("台账")
    file = patches(folder / "线索.geojson")
    words = ("import", file, "--ledger", folder / "新.gpkg", "--batch", "绿盾2025-1", "--by", "张三")
    assert main(["clues", *map(str, words)]) == 0
    shutil.copy(folder / "新.gpkg", folder / "查.gpkg")
    assert main(["clues", "check", "--ledger", str(folder / "查.gpkg"), "--by", "张三"]) == 0
    return folder


def at_work(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a ledger, which the environment names with 张三 at work."""
    path = tmp_path / "台账.gpkg"
    shutil.copy(source, path)
    monkeypatch.setenv("CHANGJI_GEO_LEDGER", str(path))
    monkeypatch.setenv("CHANGJI_GEO_BY", "张三")
    return path


@pytest.fixture
def unchecked(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return at_work(made / "新.gpkg", tmp_path, monkeypatch)


@pytest.fixture
def ledger(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return at_work(made / "查.gpkg", tmp_path, monkeypatch)


# --- check


def test_the_first_check_counts_verdicts_drops_and_layers(run: Run, unchecked: Path, tmp_path: Path) -> None:
    assert run("clues", "drop", IDS[1], "--code", "outside")[0] == 0
    code, out, err = run("clues", "check", "--json", tmp_path / "结果.json")
    assert code == 0, err
    lines = out.splitlines()
    assert lines[0] == "检查\t支持\t不支持\t不明确\t不适用"
    assert "自然保护区功能区\t1\t2\t0\t0" in lines and "四类重点问题\t1\t2\t0\t0" in lines
    assert "检查了 3 条线索：首次 3，结果有变 0，只有优先分变 0，与上次完全相同 0；写入 3 件事件。" in lines
    assert "导入 3 = 保留 2 + 剔除 1（在所有保护地范围之外 1）。" in lines
    reserves = next(line.split("\t") for line in lines if line.startswith("reserves\t"))
    assert reserves[2] == "示意" and len(reserves[3]) == 12
    assert SCHEMATIC_NOTICE in err
    found = json.loads((tmp_path / "结果.json").read_text(encoding="utf-8"))
    assert found["notice"] == SCHEMATIC_NOTICE
    assert [c["id"] for c in found["clues"]] == list(IDS) and found["first"] == list(IDS)
    zones = next(r for r in found["clues"][0]["checks"] if r["check"] == "reserve_zones")
    assert zones["verdict"] == "supports" and zones["evidence"]["zones"][0]["zone"] == "实验区"
    assert {use["id"] for use in found["layers"]} >= {"counties", "reserves"}
    assert clue_of(unchecked).fields["county"] == "吉木萨尔县"


def test_checking_again_writes_nothing(run: Run, ledger: Path) -> None:
    before = ledger.read_bytes()
    code, out, _ = run("clues", "check")
    assert code == 0
    assert "与上次完全相同 3；写入 0 件事件。" in out
    assert ledger.read_bytes() == before


def test_a_result_that_changed_is_shown_and_gives_exit_code_1(run: Run, ledger: Path) -> None:
    assert run("clues", "set", IDS[0], "--field", "活动类型=旅游设施")[0] == 0
    code, out, err = run("clues", "check")
    assert code == 1
    row = next(line.split("\t") for line in out.splitlines() if line.startswith(f"{IDS[0]}\t四类重点问题\t"))
    assert row[2].startswith("支持：") and row[3].startswith("不支持：")
    assert "有 1 条以前查过的线索结果变了" in err
    assert run("clues", "check")[0] == 0


def test_a_layer_of_another_version_with_the_same_results_is_no_alarm(run: Run, ledger: Path, tmp_path: Path) -> None:
    space = tmp_path / "工作区"
    shutil.copytree(packaged_root() / "layers" / "counties", space / "layers" / "counties")
    (space / "maps").mkdir()
    meta = space / "layers" / "counties" / "layer.toml"
    text = meta.read_text(encoding="utf-8")
    line = next(li for li in text.splitlines() if li.startswith("version"))
    meta.write_text(text.replace(line, 'version = "换过"'), encoding="utf-8")
    code, out, _ = run("clues", "check", "-w", space)
    assert code == 0
    assert "项结果不变，只是所据图层换了版本。" in out and "counties\t换过\t" in out
    assert "结果有变 0" in out and "写入 3 件事件" in out


def test_own_thresholds_are_taken_and_wrong_words_are_refused(run: Run, ledger: Path, tmp_path: Path) -> None:
    shipped = (Path(load_settings.__code__.co_filename).parent / "settings.toml").read_text(encoding="utf-8")
    own = tmp_path / "阈值.toml"
    own.write_text(shipped.replace("tiny_m2 = 10.0", "tiny_m2 = 1e9"), encoding="utf-8")
    code, out, _ = run("clues", "check", "--settings", own)
    assert code == 1 and "图形质量" in out
    own.write_text(shipped + "\nunknown = 1\n", encoding="utf-8")
    assert "阈值.toml" in refused(run, ledger, "check", "--settings", own)
    assert "没有.toml" in refused(run, ledger, "check", "--settings", tmp_path / "没有.toml")
    assert "没有批次“绿盾2025-2”" in refused(run, ledger, "check", "--batch", "绿盾2025-2")
    assert "只能写成 .json" in refused(run, ledger, "check", "--json", tmp_path / "a.xlsx")


# --- export and update


def fill(path: Path, clue_id: str, **cells: object) -> None:
    """Write into the row of a clue, by the titles of the columns."""
    book = openpyxl.load_workbook(path)
    sheet = book["台账"]
    header = next(row for row in sheet.iter_rows() if any(cell.value == "线索编号" for cell in row))
    columns = {cell.value: cell.column for cell in header}
    row = next(r[0].row for r in sheet.iter_rows() if any(cell.value == clue_id for cell in r))
    for title, value in cells.items():
        sheet.cell(row, columns[title]).value = value
    book.save(path)


def test_a_filled_in_sheet_comes_back_cell_by_cell(run: Run, ledger: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "台账.xlsx"
    code, out, err = run("clues", "export", sheet, "--today", "2026-07-02")
    assert (code, out) == (0, f"已写出 {sheet}：3 条线索。\n") and SCHEMATIC_NOTICE in err
    assert run("clues", "update", sheet, "--yes")[1].endswith("没有要写入的改动。\n")
    fill(sheet, IDS[0], 状态="已核查-待整改", 整改时限=datetime.date(2026, 9, 1), 备注="-5 度以下停工")
    fill(sheet, IDS[1], 状态="整改中")
    before = len(events_of(ledger))

    code, out, err = run("clues", "update", sheet, "--dry-run")
    assert code == 1 and "--dry-run" in out and len(events_of(ledger)) == before
    code, out, err = run("clues", "update", sheet)
    assert code == 2 and "--yes" in err and len(events_of(ledger)) == before

    code, out, err = run("clues", "update", sheet, "--yes")
    assert code == 1
    rows = [line.split("\t")[1:] for line in out.splitlines()]
    assert [IDS[0], "状态", "待核查", "已核查-待整改"] in rows
    assert [IDS[0], "整改时限", "（空）", "2026-09-01"] in rows
    assert [IDS[0], "备注", "（空）", "-5 度以下停工"] in rows
    assert any(row[0] == IDS[1] and "“待核查”改为“整改中”" in row[1] for row in rows if len(row) == 2)
    assert "1 条线索有 3 格改动，1 行没有采用，1 行没有改动。" in out
    assert "已写入 1 件事件" in out and "有 1 行没有采用" in err
    assert (clue_of(ledger).status, clue_of(ledger).fields["deadline"]) == ("已核查-待整改", "2026-09-01")
    assert clue_of(ledger, IDS[1]).status == "待核查"


def test_a_cell_that_somebody_changed_meanwhile_is_refused_not_overwritten(
    run: Run, ledger: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "台账.xlsx"
    assert run("clues", "export", sheet)[0] == 0
    fill(sheet, IDS[0], 责任单位="甲公司")
    assert run("clues", "set", IDS[0], "--field", "责任单位=乙公司")[0] == 0
    code, out, _ = run("clues", "update", sheet, "--yes")
    assert code == 1 and "甲公司" in out and "乙公司" in out
    assert clue_of(ledger).fields["duty_unit"] == "乙公司"


def test_an_update_from_what_is_no_form_is_refused(run: Run, ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"x")
    assert "a.docx" in refused(run, ledger, "update", tmp_path / "a.docx", "--yes")
    assert "没有.xlsx" in refused(run, ledger, "update", tmp_path / "没有.xlsx", "--yes")


@pytest.mark.parametrize("suffix", [".kml", ".kmz", ".gpx", ".gpkg", ".geojson"])
def test_files_for_the_field_hold_the_clues_asked_for(run: Run, ledger: Path, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"外业{suffix}"
    code, out, _ = run("clues", "export", file, "--county", "吉木萨尔", "--id", IDS[0])
    assert code == 0 and f"已写出 {file}：1 条线索。" in out
    layer = pyogrio.list_layers(file)[0][0]
    frame = pyogrio.read_dataframe(file, layer=layer)
    assert len(frame) >= 1 and IDS[0] in frame.to_csv()
    west, south, east, north = frame.total_bounds
    assert west >= PLACES[0][0] - 1e-6 and east <= PLACES[0][0] + 0.002001
    assert south >= PLACES[0][1] - 1e-6 and north <= PLACES[0][1] + 0.002001


def test_a_redrawn_outline_comes_back_only_when_told(run: Run, ledger: Path, tmp_path: Path) -> None:
    file = tmp_path / "外业.geojson"
    assert run("clues", "export", file)[0] == 0
    found = json.loads(file.read_text(encoding="utf-8"))
    lon, lat = PLACES[0]
    feature = next(f for f in found["features"] if IDS[0] in json.dumps(f))
    feature["geometry"] = shapely.geometry.mapping(shapely.box(lon, lat, lon + 0.001, lat + 0.001))
    file.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    code, out, _ = run("clues", "update", file, "--yes")
    assert code == 0 and "没有写 --outlines，不采用" in out and "没有要写入的改动。" in out
    assert run("clues", "update", file, "--yes", "--outlines")[0] == 0
    assert events_of(ledger)[-1].kind == "outline"
    assert round(clue_of(ledger).geometry.bounds[2] - lon, 6) == 0.001


def test_exports_without_clues_or_of_an_unknown_kind_are_refused(run: Run, ledger: Path, tmp_path: Path) -> None:
    assert "没有符合条件的线索" in refused(run, ledger, "export", tmp_path / "a.xlsx", "--overdue")
    assert "LD2025-0009" in refused(run, ledger, "export", tmp_path / "a.xlsx", "--id", "LD2025-0009")
    assert ".docx" in refused(run, ledger, "export", tmp_path / "a.docx")
    assert "证据文件夹" in refused(run, ledger, "export", tmp_path / "a.kmz", "--evidence-dir", tmp_path / "没有")
    assert not list(tmp_path.glob("a.*"))


def test_an_export_never_replaces_a_ledger(run: Run, ledger: Path, tmp_path: Path) -> None:
    before = ledger.read_bytes()
    assert "这是一本台账" in refused(run, ledger, "export", ledger)
    shutil.copy(ledger, tmp_path / "外业_点.gpkg")
    assert "外业_点.gpkg：这是一本台账" in refused(run, ledger, "export", tmp_path / "外业.gpkg")
    assert ledger.read_bytes() == before
    (tmp_path / "外业_点.gpkg").unlink()
    assert [run("clues", "export", tmp_path / "外业.gpkg")[0] for _ in range(2)] == [0, 0]


# --- copy and report


def test_a_copy_has_every_event_and_the_same_anchor(run: Run, ledger: Path, tmp_path: Path) -> None:
    copy = tmp_path / "副本.gpkg"
    code, out, err = run("clues", "copy", ledger, copy)
    assert code == 0 and "已复制 6 件事件" in out and "证据" not in err
    with open_ledger(ledger) as first, open_ledger(copy) as second:
        assert first.events() == second.events()
        assert f"锚记：{second.head().anchor}" in out
    assert run("clues", "verify", "--ledger", copy)[0] == 0
    code, _, err = run("clues", "copy", ledger, copy)
    assert code == 2 and "副本.gpkg" in err
    code, _, err = run("clues", "copy", ledger, tmp_path / "副本.xlsx")
    assert code == 2 and "以 .gpkg 结尾" in err and not (tmp_path / "副本.xlsx").exists()


def test_a_copy_says_where_the_evidence_stays_and_where_it_has_to_go(run: Run, ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "前.jpg").write_bytes(b"before")
    assert run("clues", "evidence", IDS[0], tmp_path / "前.jpg")[0] == 0
    other = tmp_path / "别处" / "副本.gpkg"
    code, _, err = run("clues", "copy", ledger, other)
    assert code == 0
    assert f"1 个证据文件不在台账里，没有复制，仍在 {ledger.with_name('台账_证据')}。" in err
    assert f"整个复制到 {other.with_name('副本_证据')}，再用 clues verify 核对" in err
    assert run("clues", "verify", "--ledger", other)[0] == 1, "the evidence is missing there, which verify says"
    shutil.copytree(ledger.with_name("台账_证据"), other.with_name("副本_证据"))
    assert run("clues", "verify", "--ledger", other)[0] == 0


def test_a_password_on_the_command_line_is_not_repeated(run: Run, unchecked: Path) -> None:
    secret = "postgresql://gis:hunter2@127.0.0.1:1/clues"
    hidden = "postgresql://gis@127.0.0.1:1/clues?password=hunter2"
    for words in (
        ("list", secret), (secret,), ("list", "--ledger", secret), ("copy", unchecked, secret),
        ("list", hidden), (hidden,), ("list", "--ledger", hidden),
    ):  # fmt: skip
        code, out, err = run("clues", *words)
        assert code in (2, 3) and "gis" in err
        assert "hunter2" not in out + err


def test_a_ledger_in_a_database_takes_the_same_commands_and_never_shows_its_password(
    run: Run, postgres: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, proofs = postgres.url(password="hunter2", schema="cli"), tmp_path / "证据"
    monkeypatch.setenv("CHANGJI_GEO_LEDGER", url)
    monkeypatch.setenv("CHANGJI_GEO_BY", "张三")
    photo = tmp_path / "前.jpg"
    photo.write_bytes(b"before")
    said = [run("clues", "import", patches(tmp_path / "线索.geojson"), "--batch", "绿盾2025-1")]
    assert said[-1][0] == 0 and "原来没有，已新建。" in said[-1][1] and "新增\t3\n" in said[-1][1]
    said += [run("clues", "check"), run("clues", "list"), run("clues", "set", IDS[0], "--field", "责任单位=甲公司")]
    assert [code for code, _, _ in said] == [0, 0, 0, 0]
    said.append(run("clues", "evidence", IDS[0], photo))
    assert said[-1][0] == 2 and "--evidence-dir" in said[-1][2]
    said.append(run("clues", "evidence", IDS[0], photo, "--evidence-dir", proofs))
    said.append(run("clues", "verify", "--evidence-dir", proofs))
    assert said[-1][0] == 0 and "完好：8 件事件" in said[-1][1]
    said.append(run("clues", "verify"))
    assert said[-1][0] == 0 and "没有核对证据文件" in said[-1][2]
    said.append(run("clues", "copy", url, tmp_path / "副本.gpkg"))
    assert said[-1][0] == 0 and "已复制 8 件事件" in said[-1][1]
    said += [run("clues", "copy", url, tmp_path / "副本.gpkg"), run("clues", "copy", tmp_path / "副本.gpkg", url)]
    assert [code for code, _, _ in said[-2:]] == [2, 2]
    assert events_of(tmp_path / "副本.gpkg")[-1].evidence[0].path == f"{IDS[0]}/前.jpg"
    assert "hunter2" not in "".join(out + err for _, out, err in said)


def in_terminal(*words: object, answer: str = "", columns: int = 100) -> tuple[int, str]:
    """Run in a process of its own whose streams are a terminal, and type an answer; gives exit code and the screen."""
    parent, child = os.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    command = [sys.executable, "-m", "changji_geo", "clues", *map(str, words)]
    env = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES")}
    with subprocess.Popen(command, stdin=child, stdout=child, stderr=child, env=env) as process:
        os.close(child)
        os.write(parent, answer.encode())
        screen = b""
        with contextlib.suppress(OSError):  # the terminal goes away with the process
            while part := os.read(parent, 65536):
                screen += part
        code = process.wait(timeout=60)
    os.close(parent)
    return code, re.sub(r"\x1b\[[0-9;]*m", "", screen.decode("utf-8")).replace("\r\n", "\n")


def test_on_a_terminal_the_changes_are_written_only_after_a_yes(run: Run, ledger: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "台账.xlsx"
    assert run("clues", "export", sheet)[0] == 0
    fill(sheet, IDS[0], 责任单位="甲公司")
    code, screen = in_terminal("update", sheet, answer="n\n")
    assert code == 2 and "写入这 1 件事件吗？" in screen and "没有同意，什么也没有写入" in screen
    assert "duty_unit" not in clue_of(ledger).fields
    code, screen = in_terminal("update", sheet, answer="y\n")
    assert code == 0 and "已写入 1 件事件（第 7 号）。" in screen
    assert clue_of(ledger).fields["duty_unit"] == "甲公司"


def test_a_narrow_window_shows_whole_cells_of_fewer_columns(ledger: Path) -> None:
    code, screen = in_terminal("list", columns=80)
    assert code == 0
    rows = [line.rstrip() for line in screen.splitlines() if line.strip().startswith(("线索编号", "LD2025"))]
    assert [row.split()[0] for row in rows] == ["线索编号", *IDS]
    assert max(map(text_width, rows)) <= 80
    assert "窗口不够宽，没有列出：保护地名称、" in screen
    wide = in_terminal("list", columns=220)[1]
    assert "窗口不够宽" not in wide and "卡拉麦里山有蹄类野生动物自然保护区" in wide


# --- cards and report


def test_cards_are_written_for_the_clues_asked_for(run: Run, ledger: Path, tmp_path: Path) -> None:
    out = tmp_path / "核查卡"
    code, said, err = run("clues", "cards", "--out", out, "--id", IDS[0], "--today", "2026-07-02")
    assert code == 0 and SCHEMATIC_NOTICE in err
    names = sorted(path.name for path in out.iterdir())
    assert sorted(Path(line).name for line in said.splitlines()) == names
    assert sorted(path.suffix for path in out.iterdir()) == [".docx", ".html", ".pdf"]
    assert f"{IDS[0]}.docx" in names
    page = next(out.glob("*.html")).read_text(encoding="utf-8")
    assert IDS[0] in page and IDS[1] not in page and SCHEMATIC_NOTICE in page


def test_only_the_formats_asked_for_are_written(run: Run, ledger: Path, tmp_path: Path) -> None:
    out = tmp_path / "核查卡"
    assert "是不是“docx”？" in refused(run, ledger, "cards", "--out", out, "--format", "doc")
    assert "没有符合条件的线索" in refused(run, ledger, "cards", "--out", out, "--status", "已销号")
    assert not out.exists()
    assert run("clues", "cards", "--out", out, "--id", IDS[0], "--format", " DOCX,")[0] == 0
    assert [path.name for path in out.iterdir()] == [f"{IDS[0]}.docx"]


def test_the_report_of_a_period_is_written_and_named(run: Run, ledger: Path, tmp_path: Path) -> None:
    out, today = tmp_path / "报告", local_now().date()
    code, said, _ = run("clues", "report", "--out", out, "--from", today, "--to", today)
    assert code == 0
    assert sorted(Path(line) for line in said.splitlines()) == sorted(out.iterdir())
    assert {path.suffix for path in out.iterdir()} == {".html", ".png", ".pdf", ".xlsx", ".docx"}
    words = ("report", "--out", tmp_path / "别处")
    assert "早于起日" in refused(run, ledger, *words, "--from", "2026-02-01", "--to", "2026-01-01")
    assert "--from 的“去年”不是日期" in refused(run, ledger, *words, "--from", "去年")
    assert not (tmp_path / "别处").exists()


def test_photos_that_come_with_a_file_become_evidence_only_when_told(run: Run, ledger: Path, tmp_path: Path) -> None:
    file = tmp_path / "外业.geojson"
    assert run("clues", "export", file)[0] == 0
    found = json.loads(file.read_text(encoding="utf-8"))
    feature = next(f for f in found["features"] if IDS[0] in json.dumps(f))
    feature["properties"]["photo"] = "照片/现场.jpg"
    file.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    (tmp_path / "照片").mkdir()
    (tmp_path / "照片" / "现场.jpg").write_bytes(b"\xff\xd8\xff field \xff\xd9")
    code, out, _ = run("clues", "update", file, "--yes")
    assert code == 0 and "没有写 --photos，不登记" in out and len(events_of(ledger)) == 6
    assert run("clues", "update", file, "--yes", "--photos")[0] == 0
    event = events_of(ledger)[-1]
    assert (event.kind, [(e.path, e.role) for e in event.evidence]) == (
        "evidence", [(f"{IDS[0]}/现场.jpg", "field")],
    )  # fmt: skip
    assert run("clues", "verify")[0] == 0
