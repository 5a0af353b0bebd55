"""A `FittedCard` and its pictures -> the bytes of a DOCX of one A4 page, made of real tables that can be typed into.

Rows are at least as high as worked out, lines exactly so: whatever Chinese face a machine has, the page keeps its length.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from changji_geo.archive import EPOCH, undated
from changji_geo.report.cards.content import SIGNATURES, SUBTITLE, TITLE
from changji_geo.report.cards.fitting import (
    CHIPS_HEIGHT,
    FOOT_SIZE,
    GAP,
    HEADER,
    LEADING,
    LEFT,
    MARGIN_MM,
    PAD,
    PAGE_MM,
    QR,
    RIGHT,
    WIDTH,
    FittedCard,
)
from changji_geo.report.cards.photos import Chip
from changji_geo.report.cards.tables import CardTable, TableCell, card_tables
from changji_geo.theme import Theme

if TYPE_CHECKING:
    from docx.document import Document

_SHADE, _RULE = "EEF2F3", "8A979E"
_TWIPS = 1440 / 25.4


_INSTALLED = {"Noto Sans SC": "Noto Sans CJK SC"}
"""Family of a bundled font file -> the name under which systems have the same design."""


def word_face(family: str) -> str:
    """The family to name in a document for texts that were measured in this one.

    Examples
    --------
    >>> word_face("Noto Sans SC"), word_face("Microsoft YaHei")
    ('Noto Sans CJK SC', 'Microsoft YaHei')
    """
    return _INSTALLED.get(family, family)


def docx_bytes(
    fitted: FittedCard,
    *,
    zone_map: tuple[bytes, float, float],
    location: tuple[bytes, float, float],
    qr_png: bytes,
    chips: Sequence[Chip],
    theme: Theme,
    face: str,
) -> bytes:
    """The card as a Word file.

    Parameters
    ----------
    fitted : FittedCard
    zone_map, location : tuple of bytes, float, float
        PNG, width and height in millimetres; the location map with the clue marked.
    qr_png : bytes
    chips : sequence of Chip
    theme : Theme
        For the colours.
    face : str
        The family that the texts were measured in; Word takes another Chinese one where it is not installed.

    Returns
    -------
    bytes
        The same for the same input.
    """
    document = _empty(fitted)
    paint = _Painter(document, fitted.size, theme, face)
    tables = card_tables(fitted)
    parts = [
        paint.header(fitted, qr_png),
        paint.upper(fitted, tables.facts, zone_map, location, chips),
        paint.gap(),
        paint.table(tables.zones),
        paint.gap(),
        paint.table(tables.checks),
        paint.gap(),
        paint.table(tables.findings),
        paint.gap(),
        paint.signatures(fitted.signatures - GAP),
        *(
            paint.paragraph("".join(lines), FOOT_SIZE, color=theme.notice if n == 0 else theme.muted_text, exact=True)
            for n, lines in enumerate(fitted.foot)
        ),
    ]
    _fill(document, parts)
    buffer = io.BytesIO()
    document.save(buffer)
    return undated(buffer.getvalue())


def _empty(fitted: FittedCard) -> Document:
    import docx
    from docx.shared import Mm

    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(PAGE_MM[0]), Mm(PAGE_MM[1])
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(MARGIN_MM)
    section.header_distance = section.footer_distance = Mm(4)
    about = document.core_properties
    about.title, about.author, about.comments = f"{TITLE} {fitted.card.id}"[:250], "changji-geo", ""
    about.created = about.modified = datetime.datetime(*EPOCH)
    about.last_modified_by, about.revision = "changji-geo", 1
    return document


def _fill(document: Document, parts: Sequence[str]) -> None:
    """Put the parts before the section's own properties."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    body = document.element.body
    for element in list(body)[:-1]:
        body.remove(element)
    whole: Any = parse_xml(f"<w:body {nsdecls('w', 'wp', 'a', 'pic', 'r')}>{''.join(parts)}</w:body>")
    for element in list(whole):
        body.insert(len(body) - 1, element)


def _twips(millimetres: float) -> int:
    return round(millimetres * _TWIPS)


class _Painter:
    """WordprocessingML of the parts of a card."""

    def __init__(self, document: Document, size: float, theme: Theme, face: str) -> None:
        self.document, self.size, self.theme, self.face = document, size, theme, escape(face, {'"': "&quot;"})

    def run(self, text: str, size: float, *, color: str | None = None, bold: bool = False) -> str:
        """A run of text; whatever it holds is text."""
        half = round(size * 2)
        fonts = f'<w:rFonts w:ascii="{self.face}" w:hAnsi="{self.face}" w:eastAsia="{self.face}" w:cs="{self.face}" w:hint="eastAsia"/>'
        tint = f'<w:color w:val="{(color or self.theme.text)[1:]}"/>'
        weight = "<w:b/>" if bold else ""
        style = f'<w:rPr>{fonts}{weight}{tint}<w:sz w:val="{half}"/><w:szCs w:val="{half}"/><w:lang w:eastAsia="zh-CN"/></w:rPr>'
        return f'<w:r>{style}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'

    def paragraph(
        self,
        text: str,
        size: float,
        *,
        align: str = "left",
        exact: bool = True,
        line: float | None = None,
        **style: Any,
    ) -> str:
        """A paragraph of one run, without space around it."""
        return self._block(self.run(text, size, **style), line or size * LEADING, align=align)

    def _block(self, runs: str, line: float, *, align: str = "left", rule: str = "exact", mark: str = "") -> str:
        spacing = f'<w:spacing w:before="0" w:after="0" w:line="{round(line * 20)}" w:lineRule="{rule}"/>'
        grid = '<w:snapToGrid w:val="0"/>'
        return f'<w:p><w:pPr>{grid}{spacing}<w:jc w:val="{align}"/>{mark}</w:pPr>{runs}</w:p>'

    def gap(self) -> str:
        """The empty paragraph that two tables need between them."""
        return self._block("", GAP / 25.4 * 72)

    def picture(self, data: bytes, width: float, height: float, *, align: str = "left") -> str:
        """A paragraph with a picture of a size in millimetres."""
        from docx.oxml.xmlchemy import serialize_for_reading
        from docx.shared import Mm

        inline = self.document.part.new_pic_inline(io.BytesIO(data), width=Mm(width), height=Mm(height))
        for side in ("distT", "distB", "distL", "distR"):
            inline.set(side, "0")  # left out, LibreOffice takes 3 mm at either side
        speck = '<w:rPr><w:sz w:val="2"/><w:szCs w:val="2"/></w:rPr>'  # the line is no higher than the picture
        run = f"<w:r>{speck}<w:drawing>{serialize_for_reading(inline)}</w:drawing></w:r>"
        return self._block(run, 12, align=align, rule="auto", mark=speck)

    def cell(
        self, content: str, width: float, *, span: int = 1, merge: str = "", shade: bool = False, middle: bool = True,
        border: bool = True, pad: bool = True,
    ) -> str:  # fmt: skip
        """A cell; ``merge``: "restart" or "continue" of a vertical merge."""
        out = [f'<w:tcW w:w="{_twips(width)}" w:type="dxa"/>']
        if span > 1:
            out.append(f'<w:gridSpan w:val="{span}"/>')
        if merge:
            out.append(f'<w:vMerge w:val="{merge}"/>')
        if not border:
            sides = "".join(f'<w:{side} w:val="nil"/>' for side in ("top", "left", "bottom", "right"))
            out.append(f"<w:tcBorders>{sides}</w:tcBorders>")
        if shade:
            out.append(f'<w:shd w:val="clear" w:color="auto" w:fill="{_SHADE}"/>')
        if not pad:
            sides = "".join(f'<w:{side} w:w="0" w:type="dxa"/>' for side in ("top", "left", "bottom", "right"))
            out.append(f"<w:tcMar>{sides}</w:tcMar>")
        if middle:
            out.append('<w:vAlign w:val="center"/>')
        return f"<w:tc><w:tcPr>{''.join(out)}</w:tcPr>{content}</w:tc>"

    def row(self, cells: Sequence[str], height: float) -> str:
        """A row at least so high, never split between pages."""
        rule = f'<w:trPr><w:cantSplit/><w:trHeight w:val="{_twips(height)}" w:hRule="atLeast"/></w:trPr>'
        return f"<w:tr>{rule}{''.join(cells)}</w:tr>"

    def grid(
        self, rows: Sequence[str], widths: Sequence[float], *, border: bool = True, indent: float = 0.0
    ) -> str:  # fmt: skip
        """A table of fixed column widths."""
        sides = ("top", "left", "bottom", "right", "insideH", "insideV")
        kind = f'w:val="single" w:sz="4" w:space="0" w:color="{_RULE}"' if border else 'w:val="nil"'
        borders = "".join(f"<w:{side} {kind}/>" for side in sides)
        pad = "".join(f'<w:{side} w:w="{_twips(PAD)}" w:type="dxa"/>' for side in ("top", "left", "bottom", "right"))
        about = (
            f'<w:tblW w:w="{_twips(sum(widths))}" w:type="dxa"/><w:tblInd w:w="{_twips(indent)}" w:type="dxa"/>'
            f'<w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar>{pad}</w:tblCellMar>'
        )
        columns = "".join(f'<w:gridCol w:w="{_twips(width)}"/>' for width in widths)
        return f"<w:tbl><w:tblPr>{about}</w:tblPr><w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"

    def table(self, table: CardTable) -> str:
        """A table of texts."""
        rows = []
        for row in table.rows:
            low = row.height < 9.0
            cells = [self._text_cell(cell, table.widths, middle=low or cell.shaded) for cell in row.cells]
            rows.append(self.row(cells, row.height))
        return self.grid(rows, table.widths)

    def _text_cell(self, cell: TableCell, widths: Sequence[float], *, middle: bool) -> str:
        alert = cell.kind == "alert"
        color = self.theme.notice if alert else self.theme.muted_text if cell.shaded else None
        align = "right" if cell.kind == "number" else "left"
        text = self.paragraph(cell.text, self.size, align=align, color=color, bold=alert or cell.kind == "head")
        width = sum(widths[cell.first : cell.last])
        return self.cell(text, width, span=cell.last - cell.first, shade=cell.shaded, middle=middle)

    def header(self, fitted: FittedCard, qr_png: bytes) -> str:
        """Title, id and code."""
        theme, card = self.theme, fitted.card
        title = self.run(TITLE, 17, bold=True) + self.run(f"　{SUBTITLE}", 9, color=theme.muted_text)
        size = 14.0 if len(card.id) <= 24 else 7.0
        named = self.run(card.id, size, bold=True, color=theme.accent) + self.run(f"　　{fitted.heading}", 8)
        text = self._block(title, 24) + self._block(named, 22)
        code = self.picture(qr_png, QR, QR, align="right")
        room = WIDTH - QR - 2.0
        cells = [self.cell(text, room, border=False, middle=False, pad=False)]
        cells.append(self.cell(code, QR + 2.0, border=False, middle=False, pad=False))
        return self.grid([self.row(cells, HEADER - GAP)], (room, QR + 2.0), border=False) + self.gap()

    def upper(
        self, fitted: FittedCard, facts: CardTable, zone_map: tuple[bytes, float, float],
        location: tuple[bytes, float, float], chips: Sequence[Chip],
    ) -> str:  # fmt: skip
        """Facts and location map at the left, the zone map and photos over all rows at the right."""
        beside = self.picture(*zone_map, align="right") + (self._chips(chips) if chips else "")
        rows = []
        for number, row in enumerate(facts.rows):
            cells = [self._text_cell(cell, facts.widths, middle=True) for cell in row.cells]
            rows.append(self.row([*cells, self._beside(beside, first=number == 0)], row.height))
        rest = fitted.block - sum(row.height for row in facts.rows)
        where = self.cell(self.picture(*location, align="center"), LEFT, span=2, border=False, pad=False)
        rows.append(self.row([where, self._beside(beside, first=False)], rest))
        return self.grid(rows, (*facts.widths, RIGHT + GAP))

    def _beside(self, content: str, *, first: bool) -> str:
        merge, inner = ("restart", content) if first else ("continue", self._block("", 1))
        return self.cell(inner, RIGHT + GAP, merge=merge, border=False, middle=False, pad=False)

    def _chips(self, chips: Sequence[Chip]) -> str:
        """Photos side by side: pictures in one line, captions in the next."""
        width, height = (RIGHT - GAP) / 2, CHIPS_HEIGHT - 8.6
        cells, captions = [], []
        for chip in chips:
            if chip.jpeg:
                scale = min((width - 1.0) / chip.width, height / chip.height)
                shown = self.picture(chip.jpeg, chip.width * scale, chip.height * scale, align="center")
            else:
                shown = self.paragraph(chip.note, 7.0, align="center")
            cells.append(self.cell(shown, width, pad=False))
            captions.append(self.cell(self.paragraph(chip.caption[:40], 6.0), width, border=False, pad=False))
        return self.grid(
            [self.row(cells, height), self.row(captions, 3.0)], (width,) * len(chips), indent=GAP
        ) + self._block("", 1)

    def signatures(self, height: float) -> str:
        """Where names and the date are written."""
        width = WIDTH / len(SIGNATURES)
        line = "＿" * 9
        cells = [
            self.cell(self.paragraph(f"{word}：{line}", 8.0), width, border=False, pad=False) for word in SIGNATURES
        ]
        return self.grid([self.row(cells, height)], (width,) * len(SIGNATURES), border=False)
