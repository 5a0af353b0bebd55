"""``changji-geo clues`` as its user meets it: what is written, what is refused, what is said."""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest
import shapely

from changji_geo.cli.clues.options import local_now
from changji_geo.cli.clues.session import shown_location
from changji_geo.cli.clues.tree import app
from changji_geo.cli.main import main
from changji_geo.clues.ledger.opening import open_ledger
from changji_geo.clues.model import Clue, Event
from tests.test_import_weight import HEAVY, loaded_by

Run = Callable[..., tuple[int, str, str]]

IDS = ("LD2025-0001", "LD2025-0002", "LD2025-0003")
PLACES = ((89.2, 44.9), (90.0, 44.0), (88.5, 44.2))
"""In the experimental zone of 卡拉麦里山 (吉木萨尔县), and outside every reserve in 奇台县 and 阜康市."""

COMMANDS = tuple(command.name for command in app.registered_commands)


def patches(
    path: Path, *, places: tuple[tuple[float, float], ...] = PLACES, side: float = 0.002, names: tuple[str, ...] = ()
) -> Path:
    """A GeoJSON file of square patches, the first one a quarry."""
    features = [
        {
            "type": "Feature",
            "properties": {
                "点位编号": f"YG-{n}",
                "名称": names[n - 1] if names else f"{n}号图斑",
                "活动类型": "采石采砂" if n == 1 else "旅游设施",
                "后时相": "2025-08-01",
            },
            "geometry": shapely.geometry.mapping(shapely.box(lon, lat, lon + side, lat + side)),
        }
        for n, (lon, lat) in enumerate(places, start=1)
    ]
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), encoding="utf-8"
    )
    return path


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of the three patches, made once."""
    folder = tmp_path_factory.mktemp("台账")
    file = patches(folder / "线索.geojson")
    words = ("import", file, "--ledger", folder / "台账.gpkg", "--batch", "绿盾2025-1", "--by", "张三")
    assert main(["clues", *map(str, words)]) == 0
    return folder / "台账.gpkg"


@pytest.fixture
def ledger(imported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, which the environment names with 张三 at work."""
    path = tmp_path / "台账.gpkg"
    shutil.copy(imported, path)
    monkeypatch.setenv("CHANGJI_GEO_LEDGER", str(path))
    monkeypatch.setenv("CHANGJI_GEO_BY", "张三")
    return path


@pytest.fixture
def proofs(tmp_path: Path) -> Path:
    """A folder with two photographs."""
    folder = tmp_path / "照片"
    folder.mkdir()
    (folder / "前.jpg").write_bytes(b"before")
    (folder / "后.jpg").write_bytes(b"after")
    return folder


def clue_of(ledger: Path, clue_id: str = IDS[0]) -> Clue:
    with open_ledger(ledger) as opened:
        return opened.clue(clue_id)


def events_of(ledger: Path) -> tuple[Event, ...]:
    with open_ledger(ledger) as opened:
        return opened.events()


def refused(run: Run, ledger: Path, *words: object) -> str:
    """Run a command that must be refused with one message and write nothing; gives the message."""
    before = len(events_of(ledger))
    code, out, err = run("clues", *words)
    assert (code, out) == (2, ""), (code, out, err)
    assert err.startswith("错误：") and "Traceback" not in err
    assert len(events_of(ledger)) == before
    return err.strip()


# --- help, who and where


def test_the_group_alone_shows_every_command_in_chinese(run: Run) -> None:
    code, out, err = run("clues")
    assert (code, err) == (0, "")
    assert all(re.search(rf"^  {name} ", out, re.MULTILINE) for name in COMMANDS)
    assert "退出码" in out and not [word for word in ("Usage", "Options", "Commands") if word in out]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_chinese_help_with_an_example_and_no_hidden_option(run: Run, name: str) -> None:
    code, out, err = run("clues", name, "--help")
    assert (code, err) == (0, "")
    assert f"changji-geo clues {name}" in out.partition("例：")[2]
    assert "--today" not in out and "显示本说明" in out
    assert max(len(line) for line in out.splitlines()) <= 110


def test_help_loads_no_gis_library() -> None:
    words = [["clues", "--help"], *(["clues", str(name), "--help"] for name in COMMANDS)]
    found = loaded_by(f"from changji_geo.cli.main import main\nfor words in {words}: main(words)")
    assert found & {*HEAVY, "openpyxl", "psycopg", "segno"} == set()


def test_a_command_without_a_ledger_says_where_to_name_it(run: Run) -> None:
    assert run("clues", "list") == (
        2,
        "",
        "错误：--ledger：没有写明台账。应为：台账文件（.gpkg）或 postgresql:// 地址。"
        "处理：加 --ledger 台账.gpkg，或设环境变量 CHANGJI_GEO_LEDGER。\n",
    )


def test_the_login_name_is_not_taken_for_who_did_it(run: Run, ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHANGJI_GEO_BY")
    monkeypatch.setenv("USER", "gisuser")
    said = refused(run, ledger, "set", IDS[0], "--status", "已核查-待整改")
    assert said == ("错误：--by：没有写明经办人。应为：经办人姓名。处理：加 --by 姓名，或设环境变量 CHANGJI_GEO_BY。")


def test_options_win_over_the_environment(run: Run, ledger: Path, tmp_path: Path) -> None:
    other = tmp_path / "另一本.gpkg"
    shutil.copy(ledger, other)
    assert run("clues", "set", IDS[0], "--field", "备注=甲", "--ledger", other, "--by", "李四")[0] == 0
    assert len(events_of(ledger)) == 3
    assert (events_of(other)[-1].actor, clue_of(other).fields["remark"]) == ("李四", "甲")


def test_a_file_that_is_no_ledger_is_refused(run: Run, tmp_path: Path) -> None:
    assert run("clues", "list", "--ledger", tmp_path / "没有.gpkg")[0] == 2
    (tmp_path / "假.gpkg").write_bytes(b"not a ledger at all")
    code, out, err = run("clues", "list", "--ledger", tmp_path / "假.gpkg")
    assert (code, out) == (2, "") and "假.gpkg" in err


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        ("台账.gpkg", "台账.gpkg"),
        ("postgresql://gis:s:e%40cret@db:5432/clues?schema=a", "postgresql://gis@db:5432/clues?schema=a"),
        ("postgresql://gis@db/clues", "postgresql://gis@db/clues?schema=changji_clues"),
        ("postgres://db/clues?user=gis&password=secret&schema=a", "postgresql://gis@db/clues?schema=a"),
    ],
)
def test_a_password_is_never_printed(given: str, printed: str) -> None:
    assert shown_location(given) == printed


@pytest.fixture
def in_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Set the machine's time zone, and put it back."""

    def put(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield put
    monkeypatch.undo()
    time.tzset()


def test_events_bear_the_local_time_and_that_of_china_on_a_machine_without_a_zone(
    run: Run, ledger: Path, in_zone: Callable[[str], None]
) -> None:
    began = datetime.datetime.now(datetime.UTC)
    for zone, hours in (("Asia/Tokyo", 9), ("UTC", 8)):
        in_zone(zone)
        assert local_now().utcoffset() == datetime.timedelta(hours=hours)
    assert run("clues", "set", IDS[0], "--field", "备注=甲")[0] == 0
    at = events_of(ledger)[-1].at
    assert at.utcoffset() == datetime.timedelta(hours=8)
    assert began <= at <= datetime.datetime.now(datetime.UTC)


# --- import


def test_an_import_makes_the_ledger_and_says_what_is_new(run: Run, tmp_path: Path) -> None:
    file, ledger = patches(tmp_path / "线索.geojson"), tmp_path / "新.gpkg"
    code, out, err = run("clues", "import", file, "--ledger", ledger, "--batch", "绿盾2025-1", "--by", "张三")
    assert (code, err) == (0, "")
    assert f"台账 {ledger} 原来没有，已新建。" in out
    assert "新增\t3\n未变\t0\n有变化\t0\n本次文件里没有的\t0\n写入事件\t3\n" in out
    assert "新编号：LD2025-0001 至 LD2025-0003" in out
    with open_ledger(ledger) as opened:
        assert f"锚记：{opened.head().anchor}\n" in out
        assert [(e.kind, e.actor) for e in opened.events()] == [("import", "张三")] * 3


def test_a_new_ledger_needs_the_name_of_one(run: Run, tmp_path: Path) -> None:
    file = patches(tmp_path / "线索.geojson")
    words = ("--batch", "绿盾2025-1", "--by", "张三", "--ledger", tmp_path / "台账.xlsx")
    code, out, err = run("clues", "import", file, *words)
    assert (code, out) == (2, "") and "以 .gpkg 结尾" in err
    assert [path.name for path in tmp_path.iterdir()] == ["线索.geojson"]


def test_the_same_file_again_adds_nothing(run: Run, ledger: Path, tmp_path: Path) -> None:
    before = ledger.read_bytes()
    code, out, _ = run("clues", "import", patches(tmp_path / "再来.geojson"), "--batch", "绿盾2025-1")
    assert code == 0
    assert "新增\t0\n未变\t3\n有变化\t0\n本次文件里没有的\t0\n写入事件\t0\n" in out
    assert "已新建" not in out and "新编号" not in out
    assert ledger.read_bytes() == before


def test_a_changed_file_shows_each_change_and_what_it_no_longer_has(run: Run, ledger: Path, tmp_path: Path) -> None:
    file = patches(tmp_path / "改.geojson", places=PLACES[:2], names=("改名", "2号图斑"))
    code, out, err = run("clues", "import", file, "--batch", "绿盾2025-1")
    assert code == 0
    assert "线索\t原编号\t行\t变化\nLD2025-0001\tYG-1\t1\t名称：1号图斑 → 改名\n" in out
    assert "有变化\t1\n本次文件里没有的\t1\n写入事件\t1\n" in out
    assert "有 1 条线索本次文件里没有，台账未动：LD2025-0003。" in err
    assert clue_of(ledger).attributes["名称"] == "改名"
    assert clue_of(ledger, IDS[2]).attributes["名称"] == "3号图斑"


def test_a_file_that_cannot_be_read_leaves_no_ledger_behind(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "线索.geojson"
    file.write_text('{"type": "FeatureCollection", "features": []}', encoding="utf-8")
    code, out, err = run("clues", "import", file, "--ledger", tmp_path / "新.gpkg", "--batch", "甲", "--by", "张三")
    assert (code, out) == (2, "") and err.startswith("错误：")
    patches(file)
    without_year = {**json.loads(file.read_text(encoding="utf-8"))}
    for feature in without_year["features"]:
        feature["properties"].pop("后时相")
    file.write_text(json.dumps(without_year), encoding="utf-8")
    code, out, err = run("clues", "import", file, "--ledger", tmp_path / "新.gpkg", "--batch", "甲", "--by", "张三")
    assert (code, out) == (2, "") and "--year" in err
    assert not (tmp_path / "新.gpkg").exists()
    words = ("--ledger", tmp_path / "新.gpkg", "--batch", "甲", "--by", "张三", "--year", "2024")
    assert run("clues", "import", file, *words)[0] == 0
    assert clue_of(tmp_path / "新.gpkg", "LD2024-0001").observed is None


def test_points_become_circles_only_when_told(run: Run, tmp_path: Path) -> None:
    sheet = tmp_path / "点位.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["点位编号", "经度", "纬度"])
    book.active.append(["D-1", 89.2, 44.9])
    book.save(sheet)
    ledger = tmp_path / "点.gpkg"
    assert run("clues", "import", sheet, "--ledger", ledger, "--batch", "点2025", "--by", "张三")[0] == 0
    assert clue_of(ledger).geometry.geom_type == "Point"
    words = ("--ledger", ledger, "--batch", "圆2025", "--by", "张三", "--buffer", "50")
    assert run("clues", "import", sheet, *words)[0] == 0
    assert clue_of(ledger, "LD2025-0002").geometry.geom_type == "Polygon"


def test_skipped_rows_are_listed_saved_and_give_exit_code_1(run: Run, tmp_path: Path) -> None:
    file, report = patches(tmp_path / "线索.geojson"), tmp_path / "发现.json"
    broken = json.loads(file.read_text(encoding="utf-8"))
    broken["features"][1]["geometry"] = None
    file.write_text(json.dumps(broken, ensure_ascii=False), encoding="utf-8")
    words = ("--ledger", tmp_path / "新.gpkg", "--batch", "绿盾2025-1", "--by", "张三")
    assert run("clues", "import", file, *words)[0] == 2
    assert not (tmp_path / "新.gpkg").exists()
    code, out, err = run("clues", "import", file, *words, "--skip-bad-rows", "--report", report)
    assert code == 1
    assert "新增\t2\n" in out and "有 1 " in err and "没有导入" in err
    saved = json.loads(report.read_text(encoding="utf-8"))
    assert [f["row"] for f in saved["findings"] if f["level"] == "error"] == [2]
    assert saved["新增"] == 2


def test_the_sample_is_labelled_says_how_to_import_it_and_is_not_written_over_a_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "示例.gpkg"
    code, out, err = run("clues", "sample", file)
    assert (code, err) == (0, "")
    assert "示例数据，随机生成，不是真实线索" in out and f"clues import {file} --ledger" in out
    assert "--batch 示例2025-1" in out
    before = file.read_bytes()
    code, _, err = run("clues", "sample", file)
    assert code == 2 and "已有这个文件" in err and file.read_bytes() == before
    assert "示例2024-1" in run("clues", "sample", tmp_path / "上期.xlsx", "--part", "上期")[1]
    code, _, err = run("clues", "sample", tmp_path / "a.xlsx", "--part", "上一期")
    assert code == 2 and "是不是“上期”？" in err
    assert run("clues", "sample", tmp_path / "a.csv")[0] == 2


# --- set, drop, restore, evidence, close, outline


def test_set_changes_status_and_fields_and_says_from_what_to_what(run: Run, ledger: Path) -> None:
    code, out, err = run(
        "clues", "set", IDS[0], "--status", "已核查-待整改", "--field", "整改时限=2026年6月30日", "--field",
        "责任单位=A=B 公司", "--reason", "现场核查",
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert out == (
        "LD2025-0001 修改：状态：待核查 → 已核查-待整改；责任单位：（空） → A=B 公司；整改时限：（空） → 2026-06-30"
        "；现场核查（第 4 号事件）\n"
    )
    clue = clue_of(ledger)
    assert (clue.status, clue.fields["deadline"], clue.fields["duty_unit"]) == (
        "已核查-待整改",
        "2026-06-30",
        "A=B 公司",
    )
    assert (events_of(ledger)[-1].reason, events_of(ledger)[-1].actor) == ("现场核查", "张三")
    assert run("clues", "set", IDS[0], "--field", "责任单位=")[0] == 0
    assert "duty_unit" not in clue_of(ledger).fields


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("LD2025-0009", "--status", "整改中"), "LD2025-0009"),
        ((IDS[0], "--status", "整改中"), "状态不能从“待核查”改为“整改中”"),
        ((IDS[0], "--status", "整改"), "没有状态“整改”"),
        ((IDS[0], "--status", "已销号"), "clues close"),
        ((IDS[0],), "没有要改的内容"),
        ((IDS[0], "--field", "整改时限"), "--field 的写法不对：“整改时限”"),
        ((IDS[0], "--field", "整改时现=2026-06-30"), "是不是“整改时限”"),
        ((IDS[0], "--field", "备注=甲", "--field", "备注=乙"), "--field 两次写了“备注”"),
        ((IDS[0], "--field", "备注=甲", "--field", "remark=乙"), "给了两次"),
        ((IDS[0], "--field", "整改时限=下月"), "下月"),
        ((IDS[0], "--field", "备注=甲", "--evidence", "没有.jpg"), "没有.jpg"),
        ((IDS[0], "--evidence", "没有.jpg", "--role", "整改后了"), "是不是“整改后”"),
    ],
)
def test_a_wrong_set_is_refused_and_nothing_is_written(
    run: Run, ledger: Path, words: tuple[str, ...], said: str
) -> None:
    assert said in refused(run, ledger, "set", *words)


def test_evidence_is_copied_beside_the_ledger_and_registered_with_its_role(
    run: Run, ledger: Path, proofs: Path
) -> None:
    code, out, _ = run("clues", "evidence", IDS[0], proofs / "前.jpg", proofs / "后.jpg", "--role", "整改前")
    assert code == 0
    taken = events_of(ledger)[-1].evidence
    assert [(e.path, e.role, e.size) for e in taken] == [
        ("LD2025-0001/前.jpg", "before", 6),
        ("LD2025-0001/后.jpg", "before", 5),
    ]
    assert (ledger.parent / "台账_证据" / "LD2025-0001" / "前.jpg").read_bytes() == b"before"
    assert "证据：LD2025-0001/前.jpg（SHA-256 " in out
    assert run("clues", "verify")[0] == 0


def test_a_refused_deed_leaves_no_evidence_file_behind(run: Run, ledger: Path, proofs: Path) -> None:
    refused(run, ledger, "set", IDS[0], "--status", "整改中", "--evidence", proofs / "前.jpg", "--role", "现场核查")
    (proofs / "空.jpg").touch()
    refused(run, ledger, "evidence", IDS[0], proofs / "空.jpg")
    refused(run, ledger, "evidence", IDS[0], proofs)
    assert not [p for p in ledger.parent.joinpath("台账_证据").rglob("*") if p.is_file()]


def test_a_drop_needs_a_known_reason_and_can_be_taken_back(run: Run, ledger: Path) -> None:
    assert "duplicate（与其他线索重复）" in refused(run, ledger, "drop", IDS[1], "--code", "dup")
    assert "没有写说明" in refused(run, ledger, "drop", IDS[1], "--code", "other")
    code, out, _ = run("clues", "drop", IDS[1], "--code", "outside")
    assert code == 0 and "剔除" in out and "第 4 号事件" in out
    assert clue_of(ledger, IDS[1]).dropped == "outside"
    refused(run, ledger, "set", IDS[1], "--status", "已核查-待整改")
    assert "缺少选项 --reason" in run("clues", "restore", IDS[1])[2]
    assert run("clues", "restore", IDS[1], "--reason", "界线有误")[0] == 0
    assert clue_of(ledger, IDS[1]).dropped == ""
    refused(run, ledger, "restore", IDS[1], "--reason", "再来")


def advance(run: Run, clue_id: str = IDS[0]) -> None:
    """Take a clue to where it can be closed from."""
    for status in ("已核查-待整改", "整改中", "整改完成待验收"):
        assert run("clues", "set", clue_id, "--status", status)[0] == 0


def test_a_case_is_closed_only_after_acceptance_with_evidence_of_both_times_and_a_document(
    run: Run, ledger: Path, proofs: Path
) -> None:
    before, after = ("--evidence-before", proofs / "前.jpg"), ("--evidence-after", proofs / "后.jpg")
    document = ("--document", "昌州环函〔2026〕1号")
    assert "“待核查”，不能销号" in refused(run, ledger, "close", IDS[0], *document, *before, *after)
    advance(run)
    assert "缺少整改前证据、整改后证据" in refused(run, ledger, "close", IDS[0], *document)
    assert "缺少整改后证据" in refused(run, ledger, "close", IDS[0], *document, *before)
    assert "缺少选项 --document" in refused(run, ledger, "close", IDS[0], *before, *after)
    same = ("--evidence-before", proofs / "前.jpg", "--evidence-after", proofs / "前.jpg")
    assert "同一份文件" in refused(run, ledger, "close", IDS[0], *document, *same)
    assert "不是日期" in refused(run, ledger, "close", IDS[0], *document, *before, *after, "--date", "昨天")
    code, out, err = run("clues", "close", IDS[0], *document, *before, *after, "--date", "2026-09-01")
    assert (code, err) == (0, "")
    assert "LD2025-0001 销号：状态：整改完成待验收 → 已销号" in out
    clue = clue_of(ledger)
    assert (clue.status, clue.fields["close_document"], clue.fields["close_date"]) == (
        "已销号", "昌州环函〔2026〕1号", "2026-09-01",
    )  # fmt: skip
    assert [e.role for e in events_of(ledger)[-1].evidence] == ["before", "after"]
    assert run("clues", "verify")[0] == 0


def test_evidence_registered_earlier_counts_for_the_closing(run: Run, ledger: Path, proofs: Path) -> None:
    advance(run)
    assert run("clues", "evidence", IDS[0], proofs / "前.jpg", "--role", "整改前")[0] == 0
    assert run("clues", "close", IDS[0], "--document", "1号", "--evidence-after", proofs / "后.jpg")[0] == 0
    assert clue_of(ledger).fields["close_date"] == local_now().date().isoformat()


def test_an_outline_is_redrawn_from_a_file_of_one_patch_and_the_old_one_stays(
    run: Run, ledger: Path, tmp_path: Path
) -> None:
    two = patches(tmp_path / "两个.geojson", places=PLACES[:2])
    assert "文件里有 2 个图斑" in refused(run, ledger, "outline", IDS[0], two, "--reason", "实测")
    half = patches(tmp_path / "一个.geojson", places=PLACES[:1], side=0.001)
    assert "缺少选项 --reason" in refused(run, ledger, "outline", IDS[0], half)
    code, out, err = run("clues", "outline", IDS[0], half, "--reason", "实测")
    assert code == 0
    assert "LD2025-0001 改图形：实测" in out and "重叠率 25.0%" in out and "clues check" in err
    clue = clue_of(ledger)
    west, south, east, north = clue.geometry.bounds
    assert (round(east - west, 6), round(north - south, 6)) == (0.001, 0.001)
    assert round(clue.original.bounds[2] - clue.original.bounds[0], 6) == 0.002
    refused(run, ledger, "outline", IDS[0], half, "--reason", "再来")


def test_a_second_person_draws_decided_clues_and_agrees_or_sends_back(run: Run, ledger: Path) -> None:
    assert "还没有作过决定" in refused(run, ledger, "audit", "sample")
    assert run("clues", "drop", IDS[1], "--code", "outside")[0] == 0
    assert run("clues", "set", IDS[2], "--status", "已核查-非问题")[0] == 0
    code, out, _ = run("clues", "audit", "sample", "--count", "1", "--seed", "7")
    assert code == 0 and "从 2 条有结论的线索里抽出 1 条；--seed 7 可重抽出同样的。" in out
    assert run("clues", "audit", "sample", "--count", "1", "--seed", "7")[1] == out
    both = run("clues", "audit", "sample")[1]
    assert "LD2025-0002\t绿盾2025-1\t剔除（在所有保护地范围之外）\t张三" in both and re.search(
        r"--seed \d+ 可重抽", both
    )
    assert "不能自己复核" in refused(run, ledger, "audit", IDS[1], "--agree")
    assert "同意还是退回" in refused(run, ledger, "audit", IDS[1], "--by", "李四")
    assert "同意还是退回" in refused(run, ledger, "audit", IDS[1], "--by", "李四", "--agree", "--send-back")
    assert "--seed 只用于抽样" in refused(run, ledger, "audit", IDS[1], "--agree", "--seed", "1")
    assert "抽样不写" in refused(run, ledger, "audit", "sample", "--agree")
    assert "--reason" in refused(run, ledger, "audit", IDS[1], "--by", "李四", "--send-back")
    assert run("clues", "audit", IDS[2], "--by", "李四", "--agree")[0] == 0
    assert run("clues", "audit", IDS[1], "--by", "李四", "--send-back", "--reason", "在界内")[0] == 0
    assert (clue_of(ledger, IDS[1]).dropped, clue_of(ledger, IDS[2]).status) == ("", "已核查-非问题")


# --- list, history, verify


@pytest.fixture
def worked(run: Run, ledger: Path) -> Path:
    """The first clue overdue since 2026-07-01 in 吉木萨尔县, the second dropped."""
    words = ("--field", "整改时限=2026-06-30", "--field", "县（市、区）=吉木萨尔县", "--field", "备注==HYPERLINK(1)")
    assert run("clues", "set", IDS[0], "--status", "已核查-待整改", *words)[0] == 0
    assert run("clues", "drop", IDS[1], "--code", "outside")[0] == 0
    return ledger


def listed(run: Run, *words: object) -> list[str]:
    code, out, _ = run("clues", "list", "--today", "2026-07-02", *words)
    assert code == 0
    return re.findall(r"^LD2025-\d+", out, re.MULTILINE)


def test_the_list_has_a_line_a_clue_and_counts(run: Run, worked: Path) -> None:
    code, out, _ = run("clues", "list", "--today", "2026-07-02")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split("\t")[:4] == ["线索编号", "名称", "状态", "县（市、区）"]
    assert lines[1].startswith("LD2025-0001\t1号图斑\t已核查-待整改\t吉木萨尔县\t")
    assert lines[1].endswith("\t2026-06-30\t2")
    assert "待核查（已剔除）" in lines[2]
    assert lines[-1] == "3 条线索，其中已剔除 1 条，逾期 1 条。"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), IDS),
        (("--overdue",), IDS[:1]),
        (("--status", "待核查"), IDS[1:]),
        (("--status", "待核查", "--kept"), IDS[2:]),
        (("--dropped",), IDS[1:2]),
        (("--county", "吉木萨尔"), IDS[:1]),
        (("--batch", "绿盾2025-1", "--year", "2025"), IDS),
        (("--year", "2024"), ()),
    ],
)
def test_the_list_is_filtered(run: Run, worked: Path, words: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert tuple(listed(run, *words)) == expected


def test_wrong_filters_are_named(run: Run, worked: Path) -> None:
    assert "没有状态“整改”" in refused(run, worked, "list", "--status", "整改")
    assert "--dropped 和 --kept" in refused(run, worked, "list", "--dropped", "--kept")
    assert "--today 的“明天”不是日期" in refused(run, worked, "list", "--today", "明天")
    code, out, err = run("clues", "list", "--county", "吉木萨儿县")
    assert code == 0 and "0 条线索" in out
    assert "没有一条线索的 --county 是“吉木萨儿县”。是不是“吉木萨尔县”？" in err


def test_the_list_is_written_as_a_table_in_which_no_formula_lives(run: Run, worked: Path, tmp_path: Path) -> None:
    for name in ("清单.csv", "清单.xlsx", "清单.json"):
        code, out, _ = run("clues", "list", "--today", "2026-07-02", "--out", tmp_path / name)
        assert (code, out) == (0, f"已写出 {tmp_path / name}：3 条线索。\n")
    text = (tmp_path / "清单.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    assert (rows[0]["线索编号"], rows[0]["备注"], rows[0]["逾期天数"], rows[1]["逾期天数"]) == (
        IDS[0], "'=HYPERLINK(1)", "2", "",
    )  # fmt: skip
    sheet = openpyxl.load_workbook(tmp_path / "清单.xlsx").active
    header = [cell.value for cell in sheet[1]]
    remark, deadline = sheet[2][header.index("备注")], sheet[2][header.index("整改时限")]
    assert (remark.value, remark.data_type) == ("=HYPERLINK(1)", "s")
    assert deadline.value == datetime.datetime(2026, 6, 30)
    found = json.loads((tmp_path / "清单.json").read_text(encoding="utf-8"))
    assert [c["id"] for c in found["clues"]] == list(IDS)
    assert (found["clues"][0]["deadline"], found["clues"][2]["deadline"]) == ("2026-06-30", None)
    assert ".csv、.xlsx、.json" in refused(run, worked, "list", "--out", tmp_path / "清单.docx")


def test_the_history_tells_who_when_what_and_why(run: Run, worked: Path) -> None:
    code, out, err = run("clues", "history", IDS[0])
    assert (code, err) == (0, "")
    lines = [line.split("\t") for line in out.splitlines()]
    assert lines[0] == ["序号", "时间", "事件", "经办人", "变化", "说明", "证据"]
    assert lines[1][2:6] == ["导入", "张三", "", "导入 线索.geojson 第 1 个要素"]
    assert lines[2][0] == "4" and "状态：待核查 → 已核查-待整改" in lines[2][4]
    assert lines[-1] == ["LD2025-0001（绿盾2025-1，原编号 YG-1）：已核查-待整改；2 件事件。"]
    found = json.loads(run("clues", "history", IDS[0], "--json")[1])
    assert [e["hash"] for e in found] == [e.hash for e in events_of(worked) if e.clue_id == IDS[0]]
    assert found[1]["after"]["status"] == "已核查-待整改"
    assert "LD2025-0007" in refused(run, worked, "history", "LD2025-0007")


def test_verify_says_ok_and_prints_the_anchor_that_proves_it_later(run: Run, worked: Path) -> None:
    code, out, err = run("clues", "verify")
    assert (code, err) == (0, "")
    anchor = re.fullmatch(r".*完好：5 件事件.*\n锚记：(5 [0-9a-f]{64})\n", out, re.DOTALL)
    assert anchor
    assert run("clues", "set", IDS[0], "--field", "备注=后来")[0] == 0
    assert run("clues", "verify", "--anchor", anchor[1])[0] == 0
    forged = anchor[1][:-1] + ("0" if anchor[1][-1] != "0" else "1")
    code, out, err = run("clues", "verify", "--anchor", forged)
    assert code == 1 and "第 5 号事件与锚记不符" in out and "1 处问题" in err
    assert "读不懂" in refused(run, worked, "verify", "--anchor", "5")


def test_verify_names_an_altered_event_and_a_missing_evidence_file(run: Run, worked: Path, proofs: Path) -> None:
    assert run("clues", "evidence", IDS[0], proofs / "前.jpg")[0] == 0
    (worked.parent / "台账_证据" / IDS[0] / "前.jpg").unlink()
    code, out, _ = run("clues", "verify")
    assert code == 1
    assert f"证据文件\t6\t{IDS[0]}\t第 6 号事件（线索 {IDS[0]}）的证据文件“{IDS[0]}/前.jpg”不见了" in out
    with sqlite3.connect(worked) as db:
        (name,) = db.execute("SELECT name FROM sqlite_master WHERE type='trigger' AND name LIKE '%update%'").fetchone()
        db.execute(f"DROP TRIGGER {name}")
        db.execute("UPDATE events SET actor = '王五' WHERE seq = 4")
    db.close()
    code, out, _ = run("clues", "verify", "--evidence-dir", proofs)
    assert code == 1 and "第 4 号事件的内容被改动" in out


def test_text_from_a_file_cannot_rewrite_the_terminal(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, ledger = patches(tmp_path / "线索.geojson", places=PLACES[:1], names=("红\x1b[2J\t字",)), tmp_path / "新.gpkg"
    monkeypatch.setenv("CHANGJI_GEO_LEDGER", str(ledger))
    assert run("clues", "import", file, "--batch", "甲2025", "--by", "张三")[0] == 0
    _, out, _ = run("clues", "list")
    assert "\x1b" not in out and "红[2J 字" in out
