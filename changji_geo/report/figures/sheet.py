"""Title, subtitle and notices -> a sheet to draw a figure on, in the theme, fonts and file formats of the maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from changji_geo.errors import InputError
from changji_geo.render.fonts import FontSet, resolve_fonts
from changji_geo.render.sheet.furniture import draw_footer, draw_title, footer_height, title_height
from changji_geo.render.sheet.paper import Paper, Rect, mm
from changji_geo.render.sheet.saving import save_figure
from changji_geo.resources import find_workspace
from changji_geo.scene_text import clean_text
from changji_geo.theme import Theme, load_theme

DPI = 300
LINE = 1.36
_OWN = "一二三四五六日月年天有效优良率无数据％%0123456789 .,/—–−+·←→↑↓（）：；，。=÷—～HJ-≤并列"


@dataclass(frozen=True)
class FigureSheet:
    """What stands around a figure, and what its file says of itself."""

    title: str
    subtitle: str
    notices: tuple[str, ...]
    theme: Theme
    description: str = ""
    approval_number: str = ""
    furniture: tuple[str, ...] = ("title",)
    dpi: int = DPI

    @classmethod
    def of(
        cls, title: str, subtitle: str, notices: Sequence[str], theme: Theme | None, description: str
    ) -> FigureSheet:
        """Cleaned texts; without a theme the one called ``report``.

        Raises
        ------
        InputError
            A title without a visible character.
        """
        if not clean_text(title):
            raise InputError("图名是空白的", expected="一行文字，如“昌吉市空气质量日历”", fix="写上图名")
        return cls(
            clean_text(title),
            clean_text(subtitle),
            tuple(clean_text(n) for n in notices if clean_text(n)),
            theme or load_theme("report", find_workspace()),
            clean_text(description),
        )

    def fonts(self, texts: Sequence[str]) -> FontSet:
        """Fonts that have every character of the figure."""
        return resolve_fonts(self.theme, (self.title, self.subtitle, *self.notices, _OWN, *texts))

    def paper(self, fonts: FontSet, width: float, height: float) -> Paper:
        """An empty sheet of a size in millimetres."""
        figure = Figure(figsize=(width / 25.4, height / 25.4), dpi=self.dpi, facecolor=self.theme.page)
        FigureCanvasAgg(figure)
        return Paper(figure, fonts, self.theme)

    def page(self, width: float, height: float) -> Rect:
        """A sheet of a size without its margins."""
        top, right, bottom, left = self.theme.margins_mm
        return Rect(left, bottom, width - right, height - top)

    def around(self, paper: Paper, page: Rect, notes: Sequence[str]) -> float:
        """Height of title, notes and notices, millimetres; ``page`` gives the width."""
        return (
            title_height(paper, self, page) + footer_height(paper, self, page) + self._notes_height(paper, page, notes)
        )

    def _notes_height(self, paper: Paper, page: Rect, notes: Sequence[str]) -> float:
        size = self.theme.sizes.furniture
        count = sum(len(paper.wrap(note, page.width, size)) for note in notes)
        return count * mm(size) * LINE + 2.0 if notes else 0.0

    def draw_around(self, paper: Paper, page: Rect, notes: Sequence[str]) -> Rect:
        """Draw title, notes and notices; gives what is left of the page for the figure."""
        draw_title(paper, self, page)
        draw_footer(paper, self, page)
        size = self.theme.sizes.furniture
        bottom = page.bottom + footer_height(paper, self, page)
        top = bottom + self._notes_height(paper, page, notes)
        body = Rect(page.left, top, page.right, page.top - title_height(paper, self, page))
        top -= 1.4
        for number, note in enumerate(notes):
            lines = paper.wrap(note, page.width, size)
            color = self.theme.muted_text
            top = paper.lines(page.left, top, lines, size, leading=LINE, color=color, role=("note", str(number)))
        return body

    def save(self, figure: Figure, path: Path | str) -> Path:
        """Write the file that the ending names; see `changji_geo.render.sheet.saving.save_figure`."""
        return save_figure(figure, self, [Path(path)])[0]


def is_dark(rgb: tuple[int, int, int]) -> bool:
    """Whether white is easier to read on a colour than black.

    Examples
    --------
    >>> is_dark((126, 0, 35)), is_dark((255, 0, 0))
    (True, False)
    """
    red, green, blue = rgb
    return 0.299 * red + 0.587 * green + 0.114 * blue < 70
