"""Cards as files: a page a clue in PDF, Word and HTML, the same bytes every time, nothing of foreign text alive."""

import datetime
import io
import re
import subprocess
import zipfile
from dataclasses import replace

import docx
import numpy as np
import pytest
import segno
import shapely
from PIL import Image

from changji_geo.clues.checks.context import build_context
from changji_geo.clues.checks.priority import score_clue
from changji_geo.clues.checks.running import run_checks
from changji_geo.clues.checks.stored import checks_value, priority_value
from changji_geo.clues.model import Clue
from changji_geo.clues.settings import load_settings
from changji_geo.errors import InputError, OutputError
from changji_geo.report.cards.fitting import MARGIN_MM, MORE, PAGE_MM, QR, WIDTH
from changji_geo.report.cards.qr import qr_modules, qr_png
from changji_geo.report.cards.writing import file_stem, write_clue_cards
from changji_geo.resources import Workspace, packaged_root
from tests.office import needs_chromium, needs_office, needs_poppler

TODAY = datetime.date(2026, 5, 1)
SPACE = Workspace((packaged_root(),))
EVIL = '<script>alert(1)</script>&amp;"]]>=HYPERLINK("http://evil.example")🙂'
PATCH = shapely.box(88.943, 44.8660, 88.9443, 44.8668)
NAMES = ("LD2025-0001", "LD2025-0002", "LD2025-0003", "LD2025-0004")


def clue(number, geometry=PATCH, observed=datetime.date(2025, 7, 1), **fields):
    return Clue(
        NAMES[number - 1],
        "绿盾2025-1",
        f"A-{number}",
        geometry,
        geometry,
        "待核查",
        observed,
        {"活动类型": "采石"},
        fields,
    )


def checked(clues):
    settings = load_settings()
    found = run_checks(clues, build_context(SPACE))
    return [
        replace(
            c,
            fields={
                **c.fields,
                "checks": checks_value(found[c.id]),
                "priority": priority_value(score_clue(found[c.id], settings)),
            },
        )
        for c in clues
    ]


def clues():
    """A patch, one of the two zones, a point never checked, and one whose texts are long and hostile."""
    first, second = checked([clue(1, deadline="2026-04-19"), clue(2, observed=datetime.date(2026, 4, 1))])
    evil = checked([clue(4, finding=EVIL * 50, duty_unit=EVIL, measure=EVIL * 50)])[0]
    results = evil.fields["checks"]["results"]
    long = {**evil.fields["checks"], "results": [{**r, "reason": EVIL * 30} for r in results]}
    evil = replace(evil, original_id=EVIL, attributes={"名称": EVIL}, fields={**evil.fields, "checks": long})
    return [first, second, clue(3, shapely.Point(88.0, 44.3)), evil]


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    folder = tmp_path_factory.mktemp("证据")
    (folder / NAMES[0]).mkdir()
    Image.new("RGB", (900, 600), "#2277aa").save(folder / NAMES[0] / "整改前.jpg")
    (folder / NAMES[0] / "整改后.jpg").write_bytes(b"\xff\xd8\xff broken")
    return folder


@pytest.fixture(scope="module")
def written(tmp_path_factory, evidence):
    """Folder and files, with what was reported on the way."""
    out = tmp_path_factory.mktemp("cards") / "新文件夹"
    steps = []
    files = write_clue_cards(
        clues(), out, workspace=SPACE, today=TODAY, evidence_folder=evidence, step=lambda *at: steps.append(at)
    )
    return out, files, steps


def test_word_gets_a_file_a_clue_and_the_others_one_for_all(written):
    out, files, steps = written
    assert [f.name for f in files] == ["线索核查卡.pdf", "线索核查卡.html", *(f"{n}.docx" for n in NAMES)]
    assert sorted(f.name for f in out.iterdir()) == sorted(f.name for f in files)
    assert steps == [(0, 4, ""), *((n, 4, name) for n, name in enumerate(NAMES, start=1))]


def test_the_same_clues_give_the_same_bytes(written, tmp_path, evidence):
    again = write_clue_cards(clues(), tmp_path, workspace=SPACE, today=TODAY, evidence_folder=evidence)
    assert [f.name for f, g in zip(written[1], again, strict=True) if f.read_bytes() != g.read_bytes()] == []


@needs_poppler
def test_the_pdf_has_a_page_a_clue_with_text_that_can_be_searched(written):
    data = written[1][0].read_bytes()
    assert len(re.findall(rb"/Type /Page\b", data)) == 4
    assert b"/CreationDate" not in data
    command = ["pdftotext", "-layout", written[1][0], "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    pages = said.split("\f")[:4]
    assert [name in page for name, page in zip(NAMES, pages, strict=True)] == [True] * 4
    assert "2026-04-19，已逾期 12 天" in pages[0]
    assert all("示意图层，不作为执法依据" in page for page in pages)
    assert "核心保护区（两区）" in pages[1]
    assert "未核查" in pages[2]
    assert MORE in pages[3]
    assert "<script>alert(1)</script>" in pages[3]
    assert "〓" in pages[3]


@needs_poppler
def test_the_code_on_the_page_is_that_of_id_and_position(written, tmp_path):
    """Modules are read off the rendered page and compared with those of a fresh encoding of the expected text."""
    target = tmp_path / "page"
    command = ["pdftoppm", "-r", "254", "-gray", "-singlefile", written[1][0], target]
    subprocess.run(command, check=True)
    page = np.array(Image.open(target.with_suffix(".pgm")))
    text = "geo:44.866400,88.943650?q=44.866400,88.943650(LD2025-0001)"
    wanted = [[bool(m) for m in row] for row in segno.make(text, error="m", boost_error=False, micro=False).matrix]
    left, top, step = MARGIN_MM + WIDTH - QR, MARGIN_MM + 0.5, QR / len(wanted)
    read = [
        [bool(page[round((top + (y + 0.5) * step) * 10), round((left + (x + 0.5) * step) * 10)] < 128) for x in range(len(wanted))]
        for y in range(len(wanted))
    ]  # fmt: skip
    assert read == wanted
    assert page[round((top + QR / 2) * 10), round((left - 2.5) * 10)] > 200  # the quiet zone


def test_the_code_as_picture_has_the_same_modules():
    image = np.array(Image.open(io.BytesIO(qr_png("LD2025-0001"))).convert("L"))
    modules = qr_modules("LD2025-0001")
    assert image.shape == (len(modules) * 10,) * 2
    assert tuple(tuple(bool(v < 128) for v in row) for row in image[5::10, 5::10]) == modules


def test_word_files_are_tables_of_text_in_chinese_faces(written):
    document = docx.Document(written[1][2])
    text = "\n".join(c.text for t in document.tables for row in t.rows for c in row.cells)
    for said in ("LD2025-0001", "2026-04-19，已逾期 12 天", "核查情况", "□ 属实", "单位负责人"):
        assert said in text
    assert "示意图层，不作为执法依据" in "\n".join(p.text for p in document.paragraphs)
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    xml = zipfile.ZipFile(written[1][2]).read("word/document.xml").decode()
    faces = set(re.findall(r'w:eastAsia="([^"]+)"', xml)) - {"zh-CN"}
    assert len(faces) == 1
    assert len(document.part.package.image_parts) == 4  # zone map, location, code, one photo; the broken one is a note
    assert "照片读不出" in xml


def test_hostile_texts_stay_texts_in_word(written):
    with zipfile.ZipFile(written[1][5]) as archive:
        xml = archive.read("word/document.xml").decode()
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert "evil.example" not in archive.read("word/_rels/document.xml.rels").decode()
    assert "<script" not in xml
    assert "&lt;script&gt;alert(1)" in xml
    assert "w:hyperlink" not in xml
    assert "w:instrText" not in xml


@needs_office
@needs_poppler
def test_each_word_file_is_one_page(written, tmp_path):
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, *written[1][2:]]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    for name in NAMES:
        info = subprocess.run(["pdfinfo", tmp_path / f"{name}.pdf"], capture_output=True, text=True, check=True).stdout
        assert re.search(r"^Pages:\s+1$", info, re.MULTILINE), name


def test_the_page_is_offline_and_nothing_in_it_runs(written):
    page = written[1][1].read_text(encoding="utf-8")
    assert "default-src 'none'; img-src data:; style-src 'sha256-" in page
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert re.findall(r'(?:src|href)="(?!data:image/(?:png|jpeg);base64,|#)[^"]*"', page) == []
    assert re.findall(r"\sstyle=|\son\w+=", re.sub(r'"[^"]*"|>[^<]*<', "", page)) == []
    assert page.count("<section ") == 4
    assert page.count('id="base"') == 1
    assert "url(" not in page


@needs_chromium
@needs_poppler
def test_the_page_prints_a_sheet_a_clue(written, tmp_path):
    target = tmp_path / "printed.pdf"
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'browser'}",
               "--no-pdf-header-footer", f"--print-to-pdf={target}", written[1][1].as_uri()]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    info = subprocess.run(["pdfinfo", target], capture_output=True, text=True, check=True).stdout
    assert re.search(r"^Pages:\s+4$", info, re.MULTILINE)
    assert "(A4)" in info


@needs_poppler
def test_a_place_beyond_the_projection_gets_a_card_without_a_map(tmp_path):
    (file,) = write_clue_cards(
        [clue(1, shapely.Point(-60.0, -80.0))], tmp_path, formats=["pdf"], workspace=SPACE, today=TODAY
    )
    said = subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True).stdout
    assert "线索在制图投影的适用范围之外，不能作图；请核对坐标" in said
    assert "不在国内分带范围" in said


def test_no_clue_two_of_one_id_and_an_unknown_format_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"没有线索，无卡可制"):
        write_clue_cards([], tmp_path, workspace=SPACE, today=TODAY)
    with pytest.raises(InputError, match=r"线索 LD2025-0001 出现了两次"):
        write_clue_cards([clue(1), clue(1)], tmp_path, workspace=SPACE, today=TODAY)
    with pytest.raises(InputError, match=r"核查卡没有格式“doc”。处理：是不是“docx”？"):
        write_clue_cards([clue(1)], tmp_path, formats=["doc"], workspace=SPACE, today=TODAY)
    with pytest.raises(InputError, match="没有写核查卡的格式"):
        write_clue_cards([clue(1)], tmp_path, formats=[], workspace=SPACE, today=TODAY)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_an_output_error(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(OutputError, match="无法建立输出文件夹（"):
        write_clue_cards([clue(1)], tmp_path / "file" / "in", formats=["html"], workspace=SPACE, today=TODAY)


@pytest.mark.parametrize("bad", ["../../etc/passwd", "a/b", "CON", "LD2025-0001.", "LD\n1", "=1", "", "线索" * 90])
def test_a_foreign_id_is_a_harmless_file_name_of_its_own(bad):
    stem = file_stem(bad)
    assert re.fullmatch(r"\w{0,60}-[0-9a-f]{8}", stem)
    assert stem != file_stem(bad + "x")
    assert (PAGE_MM, file_stem("LD2025-10000")) == ((210.0, 297.0), "LD2025-10000")
