"""Evidence images of a clue -> small pictures for its card; an image that cannot be shown becomes a note, never an error."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from changji_geo.clues.model import EVIDENCE_ROLES_ZH, Event, Evidence
from changji_geo.errors import system_reason

CHIP_PX = 640
"""Longer side of a chip, pixels."""

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif"})
_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
"""What is opened; formats that run a program (EPS) or hold other files are not among them."""

_MOST_PIXELS = 120_000_000
_MOST_BYTES = 80_000_000
_MOST_CHIPS = 2


@dataclass(frozen=True, slots=True)
class Chip:
    """A small picture: caption, and the JPEG with its size in pixels, or a note that says why there is none."""

    caption: str
    jpeg: bytes = b""
    width: int = 0
    height: int = 0
    note: str = ""


def chips_of(clue_id: str, folder: Path | None, history: Sequence[Event] | None) -> tuple[Chip, ...]:
    """The pictures of a clue's card.

    Parameters
    ----------
    clue_id : str
    folder : path, optional
        The ledger's evidence folder; without it there are no pictures.
    history : sequence of Event, optional
        The clue's events: they say which file shows the place before, which after. Without them the first pictures of the
        clue's own folder are taken, under their file names.

    Returns
    -------
    tuple of Chip
        With a history the latest image of each role, before and after; a file that is missing, or no longer what was
        registered, gives a note. At most two.
    """
    if folder is None:
        return ()
    root = folder.resolve()
    if history is not None:
        return tuple(_registered(evidence, root) for evidence in _latest(history))
    own = (root / clue_id).resolve()
    if own == root or not own.is_relative_to(root) or not own.is_dir():
        return ()
    files = sorted(f for f in own.iterdir() if f.suffix.lower() in SUFFIXES and f.resolve().is_relative_to(root))
    return tuple(make_chip(_read(f), f"证据照片：{f.name}") for f in files[:_MOST_CHIPS])


def _latest(history: Sequence[Event]) -> list[Evidence]:
    images = [e for event in history for e in event.evidence if Path(e.path).suffix.lower() in SUFFIXES]
    found = [[e for e in images if e.role == role] for role in ("before", "after")]
    return [group[-1] for group in found if group]


def _registered(evidence: Evidence, root: Path) -> Chip:
    caption = f"{EVIDENCE_ROLES_ZH[evidence.role]}：{Path(evidence.path).name}"
    try:
        file = (root / evidence.path).resolve()
        inside = file.is_relative_to(root)
    except (OSError, ValueError):
        inside = False
    if not inside:
        return Chip(caption, note="照片不在证据文件夹内")
    data = _read(file)
    if isinstance(data, bytes) and hashlib.sha256(data).hexdigest() != evidence.sha256:
        return Chip(caption, note="照片与登记时不同，未采用")
    return make_chip(data, caption)


def _read(file: Path) -> bytes | str:
    """The file's bytes, or why there are none."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            return f"照片超过 {_MOST_BYTES // 1_000_000} MB，未缩印"
        return file.read_bytes()
    except OSError as cause:
        return f"照片读不出（{system_reason(cause)}）"


def make_chip(data: bytes | str, caption: str) -> Chip:
    """An image file's bytes -> a chip, turned as its EXIF says; a text instead of bytes becomes the note."""
    from PIL import Image, ImageOps

    if isinstance(data, str):
        return Chip(caption, note=data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a bomb is told by its size below; odd EXIF is no matter here
            with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
                if opened.width * opened.height > _MOST_PIXELS:
                    return Chip(caption, note=f"照片有 {opened.width}×{opened.height} 像素，过大，未缩印")
                opened.draft("RGB", (CHIP_PX * 2, CHIP_PX * 2))
                turned = ImageOps.exif_transpose(opened)
                turned.thumbnail((CHIP_PX, CHIP_PX), Image.Resampling.LANCZOS, reducing_gap=3.0)
                flat = Image.new("RGB", turned.size, "#ffffff")
                shown = turned.convert("RGBA")
                flat.paste(shown, mask=shown.getchannel("A"))
    except Image.DecompressionBombError:
        return Chip(caption, note="照片像素过多，未缩印")
    except Exception:  # decoders raise nearly everything on broken files; one photo must not stop the batch
        return Chip(caption, note="照片读不出（文件不完整或不是图像）")
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=82)
    return Chip(caption, out.getvalue(), flat.width, flat.height)
