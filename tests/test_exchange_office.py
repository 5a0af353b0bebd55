"""LibreOffice, in the place of Excel and WPS: it opens the workbook, prints it, and saving it there changes nothing."""

import subprocess

import pypdf
import pytest

from changji_geo.clues.exchange.exporting import export_clues
from changji_geo.clues.exchange.updating import plan_update
from changji_geo.clues.ledger.states import build_clue
from tests.exchange_clues import TODAY, imports
from tests.office import needs_office

pytestmark = needs_office


@pytest.fixture
def clues():
    return [build_clue(event.clue_id, {"original": event.after["geometry"], **event.after}) for event in imports()]


def convert(source, suffix, folder):
    """The file that LibreOffice makes of another."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", suffix, "--outdir", str(folder / "lo"), str(source)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return folder / "lo" / f"{source.stem}.{suffix}"


def test_saving_by_libreoffice_in_between_changes_nothing(clues, tmp_path):
    source = export_clues(clues, tmp_path / "台账.xlsx", today=TODAY)
    saved = convert(source, "xlsx", tmp_path)
    assert saved.read_bytes() != source.read_bytes()
    plan = plan_update(saved, clues, actor="李四")
    assert (plan.changes, plan.refused, plan.events, plan.unchanged, plan.notes) == ((), (), (), 6, ())


def test_every_sheet_is_printed_and_no_formula_is_run(clues, tmp_path):
    pages = pypdf.PdfReader(convert(export_clues(clues, tmp_path / "台账.xlsx", today=TODAY), "pdf", tmp_path)).pages
    text = "".join(page.extract_text() for page in pages)
    assert len(pages) == 6  # the ledger on three sheets side by side, and three more
    assert all(word in text for word in ("=HYPERLINK(", "销号率", "剔除账", "怎样填写", "第 6 页，共 6 页"))
