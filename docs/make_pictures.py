"""Rebuild the README's pictures: ``python docs/make_pictures.py`` (needs the ``test`` extra and Chromium)."""

from __future__ import annotations

import io
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

import changji_geo as cg

HERE = Path(__file__).resolve().parent


def save(picture: bytes, name: str, width: int) -> None:
    """A picture as a palette PNG of the given width."""
    with Image.open(io.BytesIO(picture)) as image:
        height = round(image.height * width / image.width)
        small = image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    small.quantize(160, dither=Image.Dither.NONE).save(HERE / name, "PNG", optimize=True)


def main() -> None:
    """One printed map, and one page at desktop and phone width."""
    scene = cg.build_scene("overview")
    with tempfile.TemporaryDirectory() as folder:
        printed = cg.render_static(replace(scene, dpi=200), Path(folder) / "overview.png")[0]
        save(printed.read_bytes(), "overview.png", 1400)
        page_file = cg.render_html(scene, Path(folder) / "overview.html")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            for name, width, height, shown in (("page.png", 1280, 800, 1000), ("phone.png", 390, 844, 300)):
                page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=2)
                page.goto(page_file.as_uri())
                page.wait_for_selector("html[data-ready]", state="attached")
                save(page.screenshot(), name, shown)
            browser.close()


if __name__ == "__main__":
    main()
