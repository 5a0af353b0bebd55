"""Rebuild the README's pictures: ``python docs/make_pictures.py`` (needs the ``test`` extra and Chromium)."""

from __future__ import annotations

import datetime
import io
import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

import changji_geo as cg
from changji_geo.clues.sample import SAMPLE_BATCH, write_sample

AT = datetime.datetime(2026, 3, 16, 10, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
HERE = Path(__file__).resolve().parent


def save(picture: bytes, name: str, width: int) -> None:
    """A picture as a palette PNG of the given width."""
    with Image.open(io.BytesIO(picture)) as image:
        height = round(image.height * width / image.width)
        small = image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    small.quantize(160, dither=Image.Dither.NONE).save(HERE / name, "PNG", optimize=True)


def save_card(folder: Path) -> None:
    """A card of a made-up clue."""
    with cg.create_ledger(folder / "ledger.gpkg") as ledger:
        cg.import_clues(ledger, write_sample(folder / "sample.gpkg"), batch=SAMPLE_BATCH, actor="张三", at=AT)
        cg.check_clues(ledger, actor="张三", at=AT)
        pdf = cg.write_clue_cards([ledger.clue("LD2025-0019")], folder, formats=["pdf"], today=AT.date())[0]
    command = [
        shutil.which("pdftoppm") or "pdftoppm",
        "-png",
        "-singlefile",
        "-r",
        "180",
        str(pdf),
        str(folder / "card"),
    ]
    subprocess.run(command, check=True)  # noqa: S603 - our own words
    save((folder / "card.png").read_bytes(), "card.png", 900)


def main() -> None:
    """Printed maps, pages at desktop and phone width, and a card."""
    scene = cg.build_scene("overview")
    with tempfile.TemporaryDirectory() as folder:
        save_card(Path(folder))
        clues = cg.render_static(replace(cg.build_scene("clues"), dpi=200), Path(folder) / "clues.png")[0]
        save(clues.read_bytes(), "clues.png", 1200)
        months = cg.render_static(replace(cg.build_scene("air_months"), dpi=200), Path(folder) / "months.png")[0]
        save(months.read_bytes(), "months.png", 1000)
        slider_file = cg.render_html(cg.build_scene("air_days"), Path(folder) / "slider.html")
        printed = cg.render_static(replace(scene, dpi=200), Path(folder) / "overview.png")[0]
        save(printed.read_bytes(), "overview.png", 1400)
        page_file = cg.render_html(scene, Path(folder) / "overview.html")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            for file, name, width, height, shown in (
                (page_file, "page.png", 1280, 800, 1000),
                (page_file, "phone.png", 390, 844, 300),
                (slider_file, "slider.png", 1280, 800, 1000),
            ):
                page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=2)
                page.goto(file.as_uri())
                page.wait_for_selector("html[data-ready]", state="attached")
                save(page.screenshot(), name, shown)
            browser.close()


if __name__ == "__main__":
    main()
