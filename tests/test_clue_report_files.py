"""The files of a report: a Word document, a workbook and a map that say the same, whatever the ledger holds."""

import datetime
import io
import shutil
import sqlite3
import subprocess
import zipfile

import docx
import openpyxl
import pypdf
import pytest
import shapely
from docx.oxml.ns import qn

from changji_geo.clues.desk.checking import check_clues
from changji_geo.clues.desk.importing import import_clues
from changji_geo.clues.ledger.chain import parse_anchor
from changji_geo.clues.ledger.evidence_files import register_evidence
from changji_geo.clues.ledger.opening import create_ledger, open_ledger
from changji_geo.clues.model import NewEvent
from changji_geo.clues.sample import write_sample
from changji_geo.clues.settings import load_settings
from changji_geo.errors import InputError, OutputError
from changji_geo.report.clues.counting import build_statistics
from changji_geo.report.clues.document import report_document
from changji_geo.report.clues.maps import report_scene
from changji_geo.report.clues.paper import add_table, document_bytes, new_document
from changji_geo.report.clues.tables import Column, Table, statistic_tables
from changji_geo.report.clues.wording import Background
from changji_geo.report.clues.workbook import statistics_workbook
from changji_geo.report.clues.writing import DOCUMENT, MAP_PAGE, MAP_PICTURE, MAP_PRINT, WORKBOOK, write_clue_report
from changji_geo.resources import find_workspace
from tests.clue_events import SQUARE, Book, arrives, dropped, moment
from tests.office import needs_office

D = datetime.date
START, END, TODAY = D(2026, 2, 1), D(2026, 6, 30), D(2026, 7, 6)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe"
    "0def46b80000000049454e44ae426082"
)
"""One white pixel."""

NASTY = '=HYPERLINK("http://x.test")<b>&amp;\x01\u202e{{ 1 }}'


def cased(ledger, clue_id, status, **values):
    """The event that changes a status, with what the ledger has now."""
    clue = ledger.clue(clue_id)
    before = {"status": clue.status} | {key: clue.fields.get(key) for key in values}
    return NewEvent(clue_id, "set", "王五", before, {"status": status} | values)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="module")
def ledger(folder):
    """The sample of 35, checked: 5 dropped, 8 found to be problems, 1 of them closed with evidence, 4 overdue in June."""
    with create_ledger(folder / "台账.gpkg") as opened:
        sample = write_sample(folder / "示例.gpkg")
        import_clues(opened, sample, batch="示例2025-1", actor="张三", at=moment((1, 5)))
        check_clues(opened, actor="李四", at=moment((1, 6)))
        ids = [clue.id for clue in opened.clues()]
        opened.append([dropped(i, "outside") for i in ids[30:33]] + [dropped(i) for i in ids[33:]], at=moment((2, 1)))
        late = [cased(opened, i, "已核查-待整改", deadline="2026-06-01") for i in ids[:5]]
        opened.append([*late, *(cased(opened, i, "已核查-待整改") for i in ids[5:8])], at=moment((2, 2)))
        proof = folder / "证据" / "后.jpg"
        proof.parent.mkdir()
        proof.write_bytes(b"after")
        for status in ("整改中", "整改完成待验收"):
            opened.append([cased(opened, ids[0], status)], at=moment((3, 1)))
        after = {"status": "已销号", "close_document": "昌环〔2026〕7号", "close_date": "2026-03-09"}
        evidence = (register_evidence(proof, proof.parent, role="after"),)
        opened.append(
            [NewEvent(ids[0], "close", "赵六", {"status": "整改完成待验收"}, after, "", evidence)], at=moment((3, 10))
        )
        yield opened


@pytest.fixture(scope="module")
def written(ledger, folder):
    told = []
    paths = write_clue_report(
        ledger, folder / "报告", start=START, end=END, today=TODAY, evidence_folder=folder / "证据",
        step=lambda *said: told.append(said),
    )  # fmt: skip
    return paths, told


@pytest.fixture(scope="module")
def space():
    return find_workspace()


def document_of(path):
    return docx.Document(str(path) if not isinstance(path, bytes) else io.BytesIO(path))


def texts(document):
    return [paragraph.text for paragraph in document.paragraphs]


def cells(table):
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_all_five_files_are_written_and_progress_is_told(written, folder):
    paths, told = written
    assert paths == tuple(folder / "报告" / n for n in (MAP_PAGE, MAP_PICTURE, MAP_PRINT, WORKBOOK, DOCUMENT))
    assert [path.read_bytes()[:5] for path in paths] == [
        b"<!DOC",
        b"\x89PNG\r",
        b"%PDF-",
        b"PK\x03\x04\x14",
        b"PK\x03\x04\x14",
    ]
    assert told == [
        (0, 4, "读取台账"), (1, 4, "核验台账"), (2, 4, "绘制地图"), (3, 4, "写出报告"), (4, 4, "")
    ]  # fmt: skip
    assert sorted(p.name for p in (folder / "报告").iterdir()) == sorted(p.name for p in paths)


def test_the_same_ledger_gives_the_same_bytes(written, ledger, folder):
    again = write_clue_report(ledger, folder / "再", start=START, end=END, today=TODAY, evidence_folder=folder / "证据")
    assert [a.read_bytes() == b.read_bytes() for a, b in zip(written[0], again, strict=True)] == [True] * 5


def test_the_document_says_period_numbers_and_anchor(written, ledger):
    document = document_of(written[0][4])
    said = texts(document)
    assert said[:3] == ["“绿盾”线索核查整改情况报告", "统计期：2026年2月1日至2026年6月30日", "编制日期：2026年7月6日"]
    assert any(text.startswith("截至2026年6月30日，台账共导入线索 35 条，其中剔除 5 条，保留 30 条。") for text in said)
    assert any("查实的 8 个问题中已销号 1 个，销号率 12.5%。超过整改时限的 4 条" in text for text in said)
    anchor = next(text for text in said if text == ledger.head().anchor)
    assert parse_anchor(anchor) == ledger.head() and ledger.verify(anchor=anchor) == ()
    assert "编制时核验事件链、当前状态和证据文件，没有发现问题。" in said
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert section.header.paragraphs[0].text.endswith("2026年2月1日至2026年6月30日　示意图层，不作为执法依据")
    footer = section.footer.paragraphs[0]._element
    assert [f.text for f in footer.iter(qn("w:instrText"))] == ["PAGE", "NUMPAGES"]


def test_the_document_shows_the_printed_map(written):
    with zipfile.ZipFile(written[0][4]) as archive:
        pictures = [name for name in archive.namelist() if name.startswith("word/media/")]
        assert [archive.read(name) for name in pictures] == [written[0][1].read_bytes()]
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_every_table_repeats_its_head_splits_no_row_and_every_run_names_a_chinese_font(written):
    document = document_of(written[0][4])
    assert len(document.tables) == 14
    for table in document.tables:
        marks = [(row._tr.find(f".//{qn('w:tblHeader')}") is not None) for row in table.rows]
        assert marks == [True] + [False] * (len(marks) - 1)
        assert all(row._tr.find(f".//{qn('w:cantSplit')}") is not None for row in table.rows)
        assert sum(cell.width for cell in table.rows[0].cells) <= docx.shared.Mm(170.5)
    fonts = {f.get(qn("w:eastAsia")) for f in document.element.body.iter(qn("w:rFonts"))}
    runs = [run for run in document.element.body.iter(qn("w:r")) if run.find(qn("w:t")) is not None]
    assert fonts == {"宋体", "黑体"}
    assert len(runs) > 300 and all(run.find(f"{qn('w:rPr')}/{qn('w:rFonts')}") is not None for run in runs)


def test_the_tables_of_document_and_workbook_are_the_same_and_add_up(written):
    document, book = document_of(written[0][4]), openpyxl.load_workbook(written[0][3])
    shown = {tuple(cells(table)[0]): cells(table) for table in document.tables}
    sheet = [[cell.value for cell in row] for row in book["按县（市、区）统计"].iter_rows()]
    same = shown[tuple(sheet[0])]
    assert [[row[0], *map(str, row[1:8])] for row in sheet[1:]] == [row[:8] for row in same[1:]]
    for name in ("按保护地统计", "按县（市、区）统计", "按功能区统计", "按活动类型统计", "按批次统计"):
        rows = [[cell.value for cell in row] for row in book[name].iter_rows(min_row=2)]
        assert [sum(column) for column in list(zip(*rows[:-1], strict=True))[1:8]] == rows[-1][1:8], name
        assert rows[-1][:4] == ["合计", 35, 5, 30], name
        assert sum(row[10] or 0 for row in rows[:-1]) == pytest.approx(rows[-1][10], abs=0.01 * len(rows))
    assert [[c.value for c in row] for row in book["剔除原因"].iter_rows(min_row=2)] == [
        ["在所有保护地范围之外", 3], ["与其他线索重复", 2], ["合计", 5]
    ]  # fmt: skip


def test_the_workbook_has_lists_in_full_with_dates_as_dates(written):
    book = openpyxl.load_workbook(written[0][3])
    assert book.sheetnames == [
        "说明", "各保护地线索状态", "按保护地统计", "按县（市、区）统计", "按功能区统计", "按活动类型统计", "按批次统计",
        "各功能区内面积", "四类重点问题", "期初与期末比较", "本期办理情况", "剔除原因", "与期初相比状态有变的线索", "本期销号的线索",
        "逾期未完成整改的线索",
    ]  # fmt: skip
    late = [[cell.value for cell in row] for row in book["逾期未完成整改的线索"].iter_rows(min_row=2)]
    assert [row[6:] for row in late] == [[datetime.datetime(2026, 6, 1), 29]] * 4
    closed = [cell.value for cell in book["本期销号的线索"][2]]
    assert closed[3:] == [
        datetime.datetime(2026, 3, 9), "昌环〔2026〕7号", datetime.datetime(2026, 3, 10), "赵六", "已销号"
    ]  # fmt: skip
    about = {row[0].value: row[1].value for row in book["说明"].iter_rows()}
    assert (about["声明"], about["统计期"]) == ("示意图层，不作为执法依据", "2026年2月1日至2026年6月30日")


def test_the_map_has_the_kept_clues_with_filters_and_nothing_of_the_shipped_sample(written, ledger):
    page = written[0][0].read_text(encoding="utf-8")
    kept = [clue.id for clue in ledger.clues(dropped=False)]
    assert len(kept) == 30 and all(clue_id in page for clue_id in kept)
    assert not any(clue.id in page for clue in ledger.clues(dropped=True))
    for words in ("截至2026年6月30日，保留线索 30 条", "批次", "示意图层，不作为执法依据"):
        assert words in page
    assert "随机" not in page and "已剔除" not in page.partition("<script")[0]


def test_a_map_of_dropped_clues_only_shows_the_zones_and_says_so(space):
    scene_of = lambda book: report_scene(build_statistics(book.events, start=START, end=END, today=TODAY), space)  # noqa: E731
    book = Book().add((4, 1), arrives("甲"))
    before, after = scene_of(book), scene_of(book.add((4, 2), dropped("甲")))
    assert [scene.subtitle.partition("，")[2] for scene in (before, after)] == ["保留线索 1 条", "没有保留的线索"]
    gone = {layer.title for layer in before.layers} - {layer.title for layer in after.layers}
    assert (gone, len(before.filters), after.filters) == ({"线索"}, 4, ())


@needs_office
def test_libreoffice_opens_the_document(written, tmp_path):
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(written[0][4])]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    pages = [page.extract_text() for page in pypdf.PdfReader(tmp_path / "报告.pdf").pages]
    assert 4 <= len(pages) <= 9
    for number, text in enumerate(pages, start=1):
        assert f"第{number}页，共{len(pages)}页" in "".join(text.split())
    assert "一、总体情况" in pages[0] and any("八、台账锚记" in text for text in pages)


def test_an_empty_ledger_gives_a_report_that_says_so(tmp_path):
    with create_ledger(tmp_path / "空.gpkg") as empty:
        paths = write_clue_report(empty, tmp_path / "报告", today=TODAY)
    said = texts(document_of(paths[4]))
    assert "统计期：2026年7月6日至2026年7月6日" in said
    assert "截至2026年7月6日，台账中没有线索。" in said and "台账还没有事件，没有锚记。" in said
    assert said.count("无") == 13
    assert "没有保留的线索" in paths[0].read_text(encoding="utf-8")


def test_points_are_drawn_and_markup_from_outside_is_written_as_text(tmp_path):
    with create_ledger(tmp_path / "点.gpkg") as points:
        point = shapely.Point(88.9, 44.7)
        points.append([arrives("甲", shape=point, attributes={"名称": NASTY}, county=NASTY)], at=moment((2, 1)))
        after = {"status": "已核查-待整改", "deadline": "2026-03-01", "duty_unit": NASTY}
        points.append([NewEvent("甲", "set", "李四", {"status": "待核查"}, after)], at=moment((2, 2)))
        paths = write_clue_report(points, tmp_path / "报告", today=TODAY)
    assert texts(document_of(paths[4]))[1] == "统计期：2026年2月1日至2026年7月6日"
    late = next(rows for rows in map(cells, document_of(paths[4]).tables) if rows[0][-1] == "逾期（天）")
    plain = '=HYPERLINK("http://x.test")<b>&amp; {{ 1 }}'
    assert late[1][1:3] == [plain, plain] and late[1][5:] == [plain, "2026-03-01", "127"]
    cell = openpyxl.load_workbook(paths[3])["逾期未完成整改的线索"]["B2"]
    assert cell.data_type == "s" and cell.quotePrefix and cell.value.startswith("=HYPERLINK")
    assert "<b>&amp;" not in paths[0].read_text(encoding="utf-8")


def test_a_tampered_ledger_and_a_missing_evidence_file_are_named_in_the_report(ledger, folder, tmp_path):
    shutil.copy(ledger.path, tmp_path / "台账.gpkg")
    (tmp_path / "证据").mkdir()
    with sqlite3.connect(tmp_path / "台账.gpkg") as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute("UPDATE events SET actor = '李鬼' WHERE seq = 40")
    db.close()
    with open_ledger(tmp_path / "台账.gpkg") as bad:
        statistics = build_statistics(bad.events(), start=START, end=END, today=TODAY)
        faults = bad.verify(tmp_path / "证据")
    said = texts(
        document_of(
            report_document(statistics, settings=load_settings(), map_png=PNG, background=Background(faults, True))
        )
    )
    assert any(text.startswith("编制时核验事件链、当前状态和证据文件，发现 ") for text in said)
    assert any("第 40 号事件的内容被改动" in text for text in said)
    assert any("证据文件“后.jpg”不见了" in text for text in said)


def test_nothing_schematic_no_notice():
    statistics = build_statistics(Book().add((4, 1), arrives("甲")).events, start=START, end=END, today=TODAY)
    plain = Background(schematic=False)
    document = document_of(report_document(statistics, settings=load_settings(), map_png=PNG, background=plain))
    words = [*texts(document), document.sections[0].header.paragraphs[0].text]
    assert not any("示意图层" in text for text in words)
    book = openpyxl.load_workbook(
        io.BytesIO(statistics_workbook(statistics, settings=load_settings(), background=plain))
    )
    assert not any("示意图层" in str(row[1].value) for row in book["说明"].iter_rows())


def test_a_long_list_is_cut_in_the_document_and_says_where_the_rest_is():
    page = new_document("试", header="试", day=TODAY)
    table = Table(
        "名单", (Column("甲"), Column("乙", number=True, decimals=2)), tuple((f"{n}", n / 8) for n in range(30))
    )
    add_table(page, table, number=1, limit=10)
    document = document_of(document_bytes(page))
    assert cells(document.tables[0])[:3] == [["甲", "乙"], ["0", "0.00"], ["1", "0.12"]]
    assert len(document.tables[0].rows) == 11
    assert texts(document)[-1] == "另有 20 条见统计表。"


def test_a_wrong_period_writes_nothing(ledger, tmp_path):
    with pytest.raises(InputError, match="统计期的止日 2026-02-01 早于起日 2026-06-30"):
        write_clue_report(ledger, tmp_path / "报告", start=END, end=START, today=TODAY)
    assert not (tmp_path / "报告").exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "报告").write_text("文件", encoding="utf-8")
    with (
        create_ledger(tmp_path / "空.gpkg") as empty,
        pytest.raises(
            OutputError, match="报告：报告的输出位置是一个文件。应为：文件夹。处理：换一个位置，或移走这个文件"
        ),
    ):
        write_clue_report(empty, tmp_path / "报告", today=TODAY)


def test_table_rows_are_as_long_as_their_head():
    book = Book().add((4, 1), arrives("甲", shape=SQUARE), arrives("乙")).add((4, 2), dropped("乙"))
    for events in ((), book.events):
        for table in statistic_tables(build_statistics(events, start=START, end=END, today=TODAY)).values():
            assert {len(row) for row in (*table.rows, *([table.total] if table.total else []))} <= {len(table.columns)}
