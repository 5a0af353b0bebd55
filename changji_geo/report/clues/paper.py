"""Headings, paragraphs, tables and pictures on A4 -> the bytes of a Word document: same input, same bytes.

Text of any origin goes into text nodes only, without control characters, so nothing of it is markup or a field.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from changji_geo.archive import undated
from changji_geo.classify import format_number
from changji_geo.report.clues.tables import Column, Table, Value
from changji_geo.scene_text import clean_text

if TYPE_CHECKING:
    from docx.document import Document

BODY_FONT, HEAD_FONT, LATIN_FONT = "宋体", "黑体", "Times New Roman"
"""Fonts that every Chinese Office has; others stand in where they are missing."""

TEXT_WIDTH_MM = 170.0
_MARGIN_MM = 20.0
_BODY_PT, _SMALL_PT = 11.0, 8.0
_CELL_STYLE, _CELL_STYLE_ID = "Table Cell", "TableCell"
_CELL_MARGIN_TWIPS = 57
_NARROW_MM = 150.0
_SHORT_NOTE = 40
_WHOLE_ROWS = 16
"""A table of so many rows is not split over two pages."""

_HEAD_FILL, _TOTAL_FILL = "DCE6E1", "F2F2F2"


def new_document(title: str, *, header: str, day: datetime.date) -> Document:
    """An empty A4 document with a header line, page numbers, and its properties dated `day`."""
    import docx
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Mm, Pt

    page = docx.Document()
    section = page.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(_MARGIN_MM)
    style = page.styles["Normal"]
    style.font.size = Pt(_BODY_PT)
    _set_fonts(style.element.get_or_add_rPr(), BODY_FONT)
    style.paragraph_format.space_after, style.paragraph_format.line_spacing = Pt(4), 1.35
    cell = page.styles.add_style(_CELL_STYLE, WD_STYLE_TYPE.PARAGRAPH)
    cell.base_style, cell.font.size = style, Pt(_SMALL_PT)
    cell.paragraph_format.space_before = cell.paragraph_format.space_after = Pt(1.5)
    cell.paragraph_format.line_spacing = 1.0
    _line(section.header.paragraphs[0], header, size=_SMALL_PT, centred=True)
    foot = _line(section.footer.paragraphs[0], "第 ", size=_SMALL_PT, centred=True)
    for field, words in (("PAGE", " 页，共 "), ("NUMPAGES", " 页")):
        _add_field(foot, field)
        _run(foot, words, size=_SMALL_PT)
    moment = datetime.datetime(day.year, day.month, day.day)
    core = page.core_properties
    core.title, core.author, core.comments, core.last_modified_by = clean_text(title), "", "", ""
    core.created = core.modified = moment
    core.language, core.revision = "zh-CN", 1
    return page


def add_title(page: Document, text: str, *lines: str) -> None:
    """The title and the lines under it, in the middle."""
    _line(page.add_paragraph(), text, font=HEAD_FONT, size=20, bold=True, centred=True)
    for line in lines:
        _line(page.add_paragraph(), line, centred=True)


def add_heading(page: Document, text: str) -> None:
    """A heading that stays with what follows, and shows in the outline of Word."""
    from docx.shared import Pt, RGBColor

    paragraph = page.add_heading(level=1)
    run = _run(paragraph, text, font=HEAD_FONT, size=14, bold=True)
    run.font.color.rgb = RGBColor(0, 0, 0)
    paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(12), Pt(4)


def add_paragraphs(page: Document, texts: Iterable[str], *, numbered: bool = False) -> None:
    """Paragraphs whose first line is set in by two characters; `numbered`: 1. 2. 3. before them."""
    from docx.shared import Pt

    for number, text in enumerate(texts, start=1):
        paragraph = _line(page.add_paragraph(), f"{number}. {text}" if numbered else text)
        paragraph.paragraph_format.first_line_indent = Pt(2 * _BODY_PT)


def add_code_line(page: Document, text: str) -> None:
    """A line of figures that somebody will type again, in a fixed-width font, small enough for one line."""
    paragraph = _line(page.add_paragraph(), text, latin="Courier New", size=9)
    paragraph.paragraph_format.keep_together = True


def add_picture(page: Document, png: bytes, caption: str) -> None:
    """A picture as wide as the text, with its caption below."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm

    paragraph = page.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.keep_with_next = True
    paragraph.paragraph_format.line_spacing = 1.0
    shape = paragraph.add_run().add_picture(io.BytesIO(png), width=Mm(TEXT_WIDTH_MM))
    shape._inline.docPr.set("descr", clean_text(caption))
    _line(page.add_paragraph(), caption, font=HEAD_FONT, size=9.5, centred=True)


def add_table(page: Document, table: Table, *, number: int, limit: int | None = None) -> None:
    """A table under its caption: head repeated on every page, no row split, sum row last.

    Parameters
    ----------
    page : Document
    table : Table
        Without rows it becomes a line that says 无.
    number : int
        Number of the table in the document.
    limit : int, optional
        Longer lists are cut to so many rows, and a line says how many more there are and where.
    """
    from docx.enum.table import WD_TABLE_ALIGNMENT
    from docx.shared import Mm, Pt

    caption = _line(page.add_paragraph(), f"表{number}　{table.title}", font=HEAD_FONT, size=9.5, centred=True)
    caption.paragraph_format.keep_with_next = True
    caption.paragraph_format.space_before = Pt(6)
    if not table.rows:
        _line(page.add_paragraph(), "无", centred=True)
        return
    shown = table.rows if limit is None else table.rows[:limit]
    grid = page.add_table(rows=0, cols=len(table.columns), style="Table Grid")
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    grid.autofit = False
    _set_cell_margins(grid)
    widths = _widths(table.columns)
    for line, width in zip(grid.columns, widths, strict=True):
        line.width = Mm(width)
    _add_row(grid, [column.title for column in table.columns], table.columns, widths, fill=_HEAD_FILL, head=True)
    for row in shown:
        _add_row(grid, row, table.columns, widths)
    if table.total is not None:
        _add_row(grid, table.total, table.columns, widths, fill=_TOTAL_FILL)
    _keep_together(grid, whole=len(shown) <= _WHOLE_ROWS)
    notes = [f"另有 {len(table.rows) - len(shown)} 条见统计表。"] if len(shown) < len(table.rows) else []
    notes += [f"注：{table.note}"] if table.note else []
    for note in notes:
        line = _line(page.add_paragraph(), note, size=9, centred=len(note) < _SHORT_NOTE and sum(widths) < _NARROW_MM)
        line.paragraph_format.space_before = Pt(2)


def document_bytes(page: Document) -> bytes:
    """The file, every entry of it dated alike."""
    buffer = io.BytesIO()
    page.save(buffer)
    return undated(buffer.getvalue())


def shown_value(value: Value, *, decimals: int = 0) -> str:
    """A cell as the document shows it; "" for nothing. `decimals` are those of fractions; whole numbers have none.

    Examples
    --------
    >>> shown_value(12), shown_value(12.5, decimals=2), shown_value(None), shown_value(datetime.date(2026, 3, 5))
    ('12', '12.50', '', '2026-03-05')
    """
    if value is None:
        return ""
    if isinstance(value, int | float):
        return format_number(value, 0 if isinstance(value, int) else decimals)
    return value.isoformat() if isinstance(value, datetime.date) else clean_text(value)


def _widths(columns: Sequence[Column]) -> list[float]:
    scale = min(1.0, TEXT_WIDTH_MM / sum(column.width_mm for column in columns))
    return [scale * column.width_mm for column in columns]


def _keep_together(grid: Any, *, whole: bool) -> None:
    """The head with the first row, the sum with the last; all rows of a table that is `whole`."""
    rows = list(grid.rows)
    for place, row in enumerate(rows[:-1]):
        if whole or place in (0, len(rows) - 2):
            for cell in row.cells:
                cell.paragraphs[0].paragraph_format.keep_with_next = True


def _set_cell_margins(grid: Any) -> None:
    """Narrower than Word's own 1.9 mm at the sides, so that an id or a date stays on one line."""
    from docx.oxml import OxmlElement

    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        edge = OxmlElement(f"w:{side}")
        edge.set(_qualified("w"), str(_CELL_MARGIN_TWIPS))
        edge.set(_qualified("type"), "dxa")
        margins.append(edge)
    grid._tbl.tblPr.append(margins)


def _add_row(
    grid: Any, values: Sequence[Value], columns: Sequence[Column], widths: Sequence[float], *, fill: str = "",
    head: bool = False,
) -> None:  # fmt: skip
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Mm

    row = grid.add_row()
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if head:
        properties.append(OxmlElement("w:tblHeader"))
    for cell, value, column, width in zip(row.cells, values, columns, widths, strict=True):
        cell.width = Mm(width)
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        paragraph = cell.paragraphs[0]
        paragraph._p.style = _CELL_STYLE_ID  # looking the style up by name for each cell is most of the work
        strong = head or bool(fill)
        _run(
            paragraph,
            shown_value(value, decimals=column.decimals),
            size=_SMALL_PT,
            font=HEAD_FONT if strong else BODY_FONT,
        )
        if head:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        elif column.number:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        if fill:
            shade = OxmlElement("w:shd")
            for name, said in (("val", "clear"), ("color", "auto"), ("fill", fill)):
                shade.set(_qualified(name), said)
            cell._tc.get_or_add_tcPr().append(shade)


def _line(paragraph: Any, text: str, *, centred: bool = False, **look: Any) -> Any:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    _run(paragraph, text, **look)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    return paragraph


def _run(
    paragraph: Any, text: str, *, font: str = BODY_FONT, latin: str = LATIN_FONT, size: float = _BODY_PT,
    bold: bool = False,
) -> Any:  # fmt: skip
    from docx.shared import Pt

    run = paragraph.add_run(_printable(text))
    run.font.size, run.font.bold = Pt(size), bold
    _set_fonts(run._element.get_or_add_rPr(), font, latin)
    return run


def _printable(text: str) -> str:
    """Without control characters; blanks at the ends stay, which a footer is put together from."""
    inner = clean_text(text)
    start, end = len(text) - len(text.lstrip(" ")), len(text) - len(text.rstrip(" "))
    return " " * start + inner + " " * end if inner else ""


def _set_fonts(properties: Any, chinese: str, latin: str = LATIN_FONT) -> None:
    fonts = properties.get_or_add_rFonts()
    for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(_qualified(name), None)
    for name, value in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", chinese)):
        fonts.set(_qualified(name), value)


def _add_field(paragraph: Any, name: str) -> None:
    """A field that Word works out itself; both parts of its frame in a run of their own, as Word writes it."""
    from docx.oxml import OxmlElement

    for kind in ("begin", "", "separate", "1", "end"):
        run = _run(paragraph, "", size=_SMALL_PT)
        if kind in ("", "1"):
            part = OxmlElement("w:t" if kind else "w:instrText")
            part.text = kind or name
        else:
            part = OxmlElement("w:fldChar")
            part.set(_qualified("fldCharType"), kind)
        run._element.append(part)


def _qualified(name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(f"w:{name}"))
