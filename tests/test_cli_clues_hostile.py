"""``changji-geo clues`` before hostile and clumsy input: it ends, says in one line what is wrong, and writes nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import shapely

from changji_geo.cli.main import main
from changji_geo.clues.ledger.opening import create_ledger, open_ledger

Run = Callable[..., tuple[int, str, str]]
ONE, TWO = "LD2025-0001", "LD2025-0002"
NAME = "\u202e名" + "长" * 5000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of two patches, the first with a name of 5,000 characters that turns the line round."""
    folder = tmp_path_factory.mktemp("恶")
    features = [
        {
            "type": "Feature",
            "properties": {"点位编号": f"=1+{n}", "名称": NAME if n == 1 else "房", "后时相": "2025-08-01"},
            "geometry": shapely.geometry.mapping(shapely.box(lon, 44, lon + 0.002, 44.002)),
        }
        for n, lon in ((1, 88.5), (2, 90.0))
    ]
    file = folder / "线索.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    told = ("import", file, "--ledger", folder / "台账.gpkg", "--batch", "绿盾2025-1", "--by", "张三")
    assert main(["clues", *map(str, told)]) == 0
    return folder / "台账.gpkg"


@pytest.fixture
def ledger(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "台账.gpkg"
    path.write_bytes(made.read_bytes())
    monkeypatch.setenv("CHANGJI_GEO_LEDGER", str(path))
    monkeypatch.setenv("CHANGJI_GEO_BY", "张三")
    return path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["clues", *map(str, words)])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def count(ledger: Path) -> int:
    with open_ledger(ledger) as opened:
        return opened.head().count


def refused(run: Run, ledger: Path, *words: object) -> str:
    before = count(ledger)
    code, out, err = run(*words)
    assert (code, out) == (2, "") and err.startswith("错误：") and err.count("\n") == 1, (code, out, err)
    assert count(ledger) == before
    return err.strip()


@pytest.mark.skipif(os.name != "posix", reason="needs a pipe")
def test_a_pipe_or_a_device_given_as_evidence_is_refused_at_once(run: Run, ledger: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "管道.jpg")
    for file in (tmp_path / "管道.jpg", "/dev/zero"):
        assert f"{file}：不是文件。应为：照片、影像或文件" in refused(run, ledger, "evidence", ONE, file)
    assert not ledger.with_name("台账_证据").exists()


@pytest.mark.parametrize("typed", ["ld2025-0002", " LD2025-0002 ", "ＬＤ2025－0002"])
def test_an_id_is_understood_as_people_type_it(run: Run, ledger: Path, typed: str) -> None:
    assert run("set", typed, "--field", "备注=看过")[0] == 0
    assert run("history", typed)[1].splitlines()[-1].startswith(TWO)
    assert f"{TWO}\t" in run("list")[1]


def test_an_id_that_is_none_is_told_with_those_alike(run: Run, ledger: Path) -> None:
    assert "台账中没有线索“LD2025-0012”。处理：是不是“LD2025-000" in refused(run, ledger, "history", "LD2025-0012")
    assert "没有线索“”" in refused(run, ledger, "set", "", "--field", "备注=x")


def test_long_names_and_marks_that_turn_a_line_do_not_flood_the_screen(run: Run, ledger: Path) -> None:
    out = run("list")[1]
    assert f"{ONE}\t名{'长' * 39}……\t" in out and "\u202e" not in out


def test_dates_and_statuses_are_taken_as_people_write_them(run: Run, ledger: Path) -> None:
    code, out, _ = run("set", TWO, "--status", "已核查 — 待整改", "--field", "县(市、区)=奇台县")
    assert code == 0 and "待核查 → 已核查-待整改" in out and "（空） → 奇台县" in out
    assert run("list", "--status", "已核查—待整改")[1].count(TWO) == 1
    assert "--to 的“2026年”只有年月，缺日。应为：如 2026-03-15" in refused(
        run, ledger, "report", "--out", "x", "--to", "2026年"
    )
    assert "--from 是空的" in refused(run, ledger, "report", "--out", "x", "--from", "")


def test_a_report_from_a_day_to_come_says_that_it_is_to_come(run: Run, ledger: Path, tmp_path: Path) -> None:
    words = refused(run, ledger, "report", "--out", tmp_path / "报告", "--from", "2999/1/1")
    assert "统计期从 2999-01-01 开始，今天是 " in words and not (tmp_path / "报告").exists()


@pytest.mark.parametrize(
    ("by", "problem"),
    [("甲\n乙", "看不见的字符（U+000A）"), ("\u202e甲", "（U+202E）"), ("名" * 61, "有 61 个字，太长"), (" ", "没有写明经办人")],
)  # fmt: skip
def test_who_acts_is_one_visible_name_in_every_command(run: Run, ledger: Path, by: str, problem: str) -> None:
    for words in (("set", TWO, "--field", "备注=x"), ("check",)):
        assert problem in refused(run, ledger, *words, "--by", by)


def test_a_name_that_no_layer_has_is_written_and_pointed_out(run: Run, ledger: Path) -> None:
    code, _, err = run("set", TWO, "--field", "保护地=卡拉麦里", "--field", "县市=奇台")
    assert code == 0
    assert (
        "注意：保护地名称“卡拉麦里”不在图层的名称里，统计时会单列一行；是不是“卡拉麦里山有蹄类野生动物自然保护区”？"
        in err
    )
    assert "注意：县（市、区）“奇台”不在图层的名称里，统计时会单列一行；是不是“奇台县”？" in err
    assert run("set", TWO, "--field", "县市=奇台县")[2] == ""


def test_a_drop_takes_its_reason_in_chinese_and_shows_it_so(run: Run, ledger: Path) -> None:
    code, out, _ = run("drop", TWO, "--code", "重复", "--remark", "同一处")
    assert code == 0 and "剔除（与其他线索重复）" in out and "duplicate" not in out
    assert "与其他线索重复" in run("history", TWO)[1].splitlines()[-1]
    assert "没有剔除原因“保护”" in refused(run, ledger, "drop", ONE, "--code", "保护")


def test_a_folder_is_no_ledger(run: Run, ledger: Path, tmp_path: Path) -> None:
    for words in (("list", "--ledger", tmp_path), ("copy", tmp_path, tmp_path / "b.gpkg"), ("copy", ledger, tmp_path)):
        assert f"{tmp_path}：这是文件夹，不是台账" in refused(run, ledger, *words)
    assert not (tmp_path / "b.gpkg").exists()


def test_an_empty_ledger_is_said_to_be_one(run: Run, tmp_path: Path) -> None:
    empty = tmp_path / "空.gpkg"
    create_ledger(empty).close()
    for words in (("list",), ("list", "--county", "奇台县")):
        code, out, err = run(*words, "--ledger", empty)
        assert (code, out) == (0, "0 条线索，其中已剔除 0 条，逾期 0 条。\n")
        assert err == "注意：台账里还没有线索，先用 clues import 导入。\n"
    assert "台账里还没有线索，先用 clues import 导入" in refused(run, empty, "history", ONE, "--ledger", empty)
    assert run("verify", "--ledger", empty)[0] == 0
    for words in (("cards", "--out", tmp_path / "卡"), ("export", tmp_path / "表.xlsx")):
        code, out, err = run(*words, "--ledger", empty)
        assert (code, out) == (2, "") and "错误：没有符合条件的线索" in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["空.gpkg"]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("--batch", "绿盾2025"), "没有一条线索的 --batch 是“绿盾2025”。是不是“绿盾2025-1”？"),
        (("--year", "25"), "没有一条线索的 --year 是“25”。是不是“2025”？"),
        (("--county", ""), "--county 是空的"),
    ],
)
def test_a_filter_that_nothing_passes_says_what_there_is(
    run: Run, ledger: Path, words: tuple[str, ...], hint: str
) -> None:
    code, out, err = run("list", *words)
    assert (code, out) == (0, "0 条线索，其中已剔除 0 条，逾期 0 条。\n") and hint in err


def test_formats_may_be_parted_by_a_chinese_comma(run: Run, ledger: Path, tmp_path: Path) -> None:
    assert run("cards", "--out", tmp_path / "卡", "--format", "PDF，html", "--id", "ld2025-0002")[0] == 0
    assert sorted(path.suffix for path in (tmp_path / "卡").iterdir()) == [".html", ".pdf"]


def test_an_outline_drawn_far_away_on_purpose_is_written_and_pointed_out(
    run: Run, ledger: Path, tmp_path: Path
) -> None:
    """Clue 1 ends at 88.502; at 44 degrees north a degree of longitude is 80.2 km."""
    patch = shapely.geometry.mapping(shapely.box(89.502, 44, 89.504, 44.002))
    feature = {"type": "Feature", "properties": {"点位编号": "1", "后时相": "2025-08-01"}, "geometry": patch}
    file = tmp_path / "新.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    code, _, err = run("outline", ONE, file, "--reason", "原坐标写错")
    assert code == 0 and "注意：新图形离原图形 80.2 千米，请核对编号和坐标系" in err
