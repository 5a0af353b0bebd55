"""Evidence pictures of clues -> small JPEGs to send along; pictures that came back -> their paths inside the folder."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from changji_geo.clues.model import Event
from changji_geo.errors import InputError

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
LONGEST_SIDE = 1280
MAX_PIXELS = 120_000_000
"""A larger picture is left out: decoding it could take all memory."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture of a clue: where it lies, and its name among the files sent along."""

    clue_id: str
    source: Path
    name: str


def photos_of(events: Iterable[Event], folder: Path | str, *, per_clue: int = 1) -> Mapping[str, tuple[Photo, ...]]:
    """The latest pictures among the evidence of each clue, the newest first.

    Parameters
    ----------
    events : iterable of Event
        In their order; those without evidence do not matter.
    folder : path
        The ledger's evidence folder; files that are missing or lie outside it are left out.
    per_clue : int
        At most so many for each clue.
    """
    root = Path(folder).resolve()
    paths: dict[str, dict[Path, None]] = {}
    for event in events:
        for evidence in event.evidence:
            path = (root / evidence.path).resolve()
            if path.suffix.lower() in PICTURE_SUFFIXES and path.is_relative_to(root) and path.is_file():
                mine = paths.setdefault(event.clue_id, {})
                mine.pop(path, None)
                mine[path] = None
    out = {}
    for clue_id, found in paths.items():
        latest = list(reversed(found))[:per_clue]
        stem = photo_stem(clue_id)
        names = [f"{stem}.jpg", *(f"{stem}_{n}.jpg" for n in range(2, len(latest) + 1))]
        out[clue_id] = tuple(Photo(clue_id, path, name) for path, name in zip(latest, names, strict=True))
    return out


def photo_stem(text: str) -> str:
    """A clue's id as the name of a file: letters, digits, ``-`` and ``_``; a digest keeps altered ones apart.

    Examples
    --------
    >>> photo_stem("LD2025-0001"), photo_stem("../x")
    ('LD2025-0001', '_x_d6b96a97')
    """
    plain = re.sub(r"[^\w-]+", "_", text)[:80]
    return plain if plain == text else f"{plain}_{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def small_jpeg(path: Path) -> bytes | None:
    """The picture, upright and at most `LONGEST_SIDE` pixels long, without its metadata; None when it is no picture."""
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return None
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            buffer = io.BytesIO()
            upright.save(buffer, "JPEG", quality=80)
            return buffer.getvalue()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None


def find_photo(text: str, folder: Path) -> Path:
    """The file that a relative path of a file that came back names.

    Raises
    ------
    InputError
        When the path is absolute, leads out of the folder (also by a link), or names no file.
    """
    parts = PureWindowsPath(text)
    path = folder.joinpath(*parts.parts) if not parts.anchor and ".." not in parts.parts else None
    root = folder.resolve()
    if path is None or "\0" in text or not path.resolve().is_relative_to(root):
        raise InputError(
            f"照片路径“{text[:80]}”不在文件所在的文件夹内",
            expected="相对路径，如 files/照片.jpg",
            fix="把照片放进该文件夹",
        )
    if not path.is_file():
        raise InputError(f"没有照片“{text[:80]}”", expected=f"{folder.name} 文件夹中的文件", fix="把照片一并拷回")
    return path
