"""Which fonts draw a map: the theme's names and the texts go in, files that have every character come out.

Families are tried in order: the theme's, then those that Chinese desktops have, then the file of the ``fonts`` extra. DejaVu
Sans, which comes with matplotlib, stands behind as the source of rare signs. matplotlib chooses a font by a score and logs a
warning when the weight differs; here each chosen file is registered under a private family name instead, so what is drawn is
what was chosen, without a word in the log.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matplotlib.font_manager import (
    FontEntry,
    FontManager,
    FontPath,
    FontProperties,
    fontManager,
    get_font,
    ttfFontProperty,
)
from matplotlib.ft2font import FT2Font, LoadFlags

from changji_geo.errors import FontError
from changji_geo.theme import Theme

FAMILIES: tuple[str, ...] = (
    "Microsoft YaHei", "DengXian", "SimHei", "PingFang SC", "Hiragino Sans GB", "Heiti SC", "STHeiti",
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "HarmonyOS Sans SC", "MiSans",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimSun", "FangSong", "Arial Unicode MS", "Droid Sans Fallback",
)  # fmt: skip
"""Chinese font families looked for after the theme's."""

GLYPH_FALLBACK = "DejaVu Sans"
REMEDY = '运行 pip install "changji-geo[fonts]"，或安装系统字体（Debian/Ubuntu：apt install fonts-noto-cjk）'
_PROBE = "昌吉州"
_REGULAR, _BOLD = 400, 700


@dataclass(frozen=True, slots=True)
class FontFile:
    """One face of one font file."""

    path: str
    index: int
    family: str

    @property
    def font_path(self) -> FontPath:
        """The face as matplotlib names it."""
        return FontPath(self.path, self.index)


def _open(file: FontFile) -> FT2Font:
    return get_font(file.font_path)


@dataclass(frozen=True)
class FontSet:
    """Fonts of a map: faces in the order in which a character is looked for; ``bold`` is ``regular`` when there is no bold."""

    regular: tuple[FontFile, ...]
    bold: tuple[FontFile, ...]
    _advance: dict[tuple[str, bool], float] = field(default_factory=dict, repr=False, compare=False)

    def faces(self, bold: bool) -> tuple[FontFile, ...]:
        """The faces of a weight."""
        return self.bold if bold else self.regular

    def properties(self, size: float, *, bold: bool = False) -> FontProperties:
        """What a matplotlib text takes; `size` in points."""
        names = [_alias(file) for file in self.faces(bold)]
        return FontProperties(family=names, size=size, weight="normal", style="normal", stretch="normal")

    def face_of(self, character: str, *, bold: bool = False) -> FontFile | None:
        """The first face that has `character`, or None."""
        for file in self.faces(bold):
            if _open(file).get_char_index(ord(character)):
                return file
        return None

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """Length of one line in points: the sum of the characters' advances, kerning left out.

        Examples
        --------
        A Chinese character is as wide as the font is high: ``fonts.width("昌吉", 10)`` is 20.
        """
        total = 0.0
        for character in text:
            key = (character, bold)
            if key not in self._advance:
                self._advance[key] = self._measure(character, bold)
            total += self._advance[key]
        return total * size

    def _measure(self, character: str, bold: bool) -> float:
        file = self.face_of(character, bold=bold)
        if file is None:
            return 1.0
        font = _open(file)
        glyph = font.load_char(ord(character), flags=LoadFlags.NO_SCALE | LoadFlags.NO_HINTING)
        return float(glyph.horiAdvance) / float(font.units_per_EM)

    def check(self, texts: Iterable[str]) -> None:
        """Raise `FontError` for the first character that no face has, naming it and its text."""
        for bold in (False, True):
            seen: set[str] = set()
            for text in texts:
                for character in text:
                    if character in seen or character == "\n":
                        continue
                    seen.add(character)
                    if self.face_of(character, bold=bold) is None:
                        raise FontError(
                            f"字体 {self.faces(bold)[0].family} 没有字符“{character}”（U+{ord(character):04X}）",
                            where=f"文字“{text[:60]}”",
                            fix="改用常见写法，或在主题 fonts 中换用收有该字的字体",
                        )


def _alias(file: FontFile) -> str:
    """Register a face under a private name (once) and return the name."""
    name = f"changji-geo {zlib.crc32(file.path.encode()):08x} {file.index}"
    if not any(entry.name == name for entry in fontManager.ttflist):
        fontManager.ttflist.insert(
            0,
            FontEntry(
                fname=file.path, index=file.index, name=name, style="normal", variant="normal",
                weight="normal", stretch="normal", size="scalable",
            )
        )  # fmt: skip
    return name


def _weight(entry: FontEntry) -> int:
    return int(entry.weight) if not isinstance(entry.weight, str) else {"bold": 700}.get(entry.weight, 400)


def _nearest(entries: list[FontEntry], wanted: int) -> FontEntry:
    return min(entries, key=lambda e: (abs(_weight(e) - wanted), str(e.fname), e.index))


def _family_faces(name: str, manager: FontManager) -> tuple[FontFile, FontFile] | None:
    """Regular and bold face of an installed family, or None; only upright faces of existing files count."""
    found = [
        entry
        for entry in manager.ttflist
        if entry.name.lower() == name.lower() and entry.style == "normal" and Path(entry.fname).is_file()
    ]
    if not found:
        return None
    regular = _nearest(found, _REGULAR)
    bolds = [entry for entry in found if 600 <= _weight(entry) <= 800 and _weight(entry) > _weight(regular)]
    bold = _nearest(bolds, _BOLD) if bolds else regular
    return (
        FontFile(str(regular.fname), int(regular.index), regular.name),
        FontFile(str(bold.fname), int(bold.index), bold.name),
    )


def _extra_faces() -> tuple[FontFile, FontFile] | None:
    """The font file of the ``fonts`` extra, or None when it is not installed."""
    try:
        extra: Any = importlib.import_module("pylopdf_fonts_zh_cn")
    except ModuleNotFoundError:
        return None
    path = str(extra.sans_path())
    if not Path(path).is_file():
        return None
    file = FontFile(path, 0, ttfFontProperty(FT2Font(path)).name)
    return file, file


def _has_chinese(faces: tuple[FontFile, FontFile]) -> bool:
    return all(_open(file).get_char_index(ord(c)) for file in faces for c in _PROBE)


def resolve_fonts(theme: Theme, texts: Iterable[str]) -> FontSet:
    """Find the fonts of a map.

    Parameters
    ----------
    theme : Theme
        Its ``fonts`` are tried first, in order.
    texts : iterable of str
        Everything that will be drawn; every character must be in one of the fonts.

    Returns
    -------
    FontSet

    Raises
    ------
    FontError
        No Chinese font on this machine, or a character that none of the fonts has (named with its U+ number and its text).
    """
    faces: tuple[FontFile, FontFile] | None = None
    for name in dict.fromkeys((*theme.fonts, *FAMILIES)):
        candidate = _family_faces(name, fontManager)
        if candidate and _has_chinese(candidate):
            faces = candidate
            break
    faces = faces or _extra_faces()
    if faces is None:
        raise FontError(
            "没有找到可用的中文字体",
            where=f"主题 fonts（{'、'.join(theme.fonts)}）和常见中文字体",
            fix=REMEDY,
        )
    spare = _family_faces(GLYPH_FALLBACK, fontManager) or ()
    regular = (faces[0], *spare[:1])
    bold = regular if faces[1] == faces[0] else (faces[1], faces[0], *reversed(spare))
    fonts = FontSet(regular=regular, bold=bold)
    fonts.check(tuple(texts))
    return fonts
