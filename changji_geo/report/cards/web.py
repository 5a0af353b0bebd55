"""`FittedCard`s and their pictures -> one offline page, a sheet of A4 each on screen and on paper; nothing in it can run.

The policy allows the page's own style and pictures inside the page. The base of the location map is in it once.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from html import escape

from changji_geo.report.cards.content import SIGNATURES, SUBTITLE, TITLE
from changji_geo.report.cards.fitting import (
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
    STEPS,
    WIDTH,
    FittedCard,
)
from changji_geo.report.cards.photos import Chip
from changji_geo.report.cards.qr import QUIET, qr_modules
from changji_geo.report.cards.tables import CardTable, card_tables
from changji_geo.theme import Theme

_PX = 96 / 25.4


def card_html(
    fitted: FittedCard, *, number: int, zone_map: tuple[bytes, float, float], location: tuple[float, float],
    here: tuple[float, float] | None, chips: Sequence[Chip],
) -> str:  # fmt: skip
    """One card of the page.

    Parameters
    ----------
    fitted : FittedCard
    number : int
        Its place, from 1; part of its anchor.
    zone_map : tuple of bytes, float, float
        PNG, width and height in millimetres.
    location : tuple of float, float
        Width and height of the location map, millimetres; its picture is `page_html`'s.
    here : tuple of float, float, optional
        The clue on it, as shares of width and height.
    chips : sequence of Chip
    """
    card, tables = fitted.card, card_tables(fitted)
    return "".join(
        [
            f'<section class="card s{round(fitted.size * 10)}" id="c{number}">',
            f'<header><div><h2>{TITLE}<small>{SUBTITLE}</small></h2><p class="id"><b>{escape(card.id)}</b>',
            f"<span>{escape(fitted.heading)}</span></p></div>{_code(card.qr_text)}</header>",
            f'<div class="upper"><div class="left">{_table(tables.facts)}',
            f'<div class="where">{_location(location, here)}</div></div>',
            f'<div class="right">{_image(zone_map, f"{card.id} 位置图")}{_chips(chips)}</div></div>',
            *map(_table, (tables.zones, tables.checks, tables.findings)),
            f'<p class="sign">{"".join(f"<span>{word}：</span>" for word in SIGNATURES)}</p>',
            "<footer>",
            *(f"<p>{escape(''.join(lines))}</p>" for lines in fitted.foot),
            "</footer></section>\n",
        ]
    )  # fmt: skip


def page_html(
    cards: Sequence[str], ids: Sequence[str], *, location_png: bytes, size: tuple[float, float], theme: Theme
) -> str:
    """The whole page.

    Parameters
    ----------
    cards, ids : sequence of str
        From `card_html`, and the clues' ids for the list at the top, in the same order.
    location_png : bytes
        Base of the location map.
    size : tuple of float, float
        Its width and height in millimetres.
    theme : Theme
        For the colours.
    """
    css = _css(theme)
    style_hash = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{style_hash}'; base-uri 'none'; form-action 'none'"
    links = "".join(f'<a href="#c{n}">{escape(text)}</a>' for n, text in enumerate(ids, start=1))
    base = (
        f'<svg class="base" width="0" height="0" aria-hidden="true"><defs><image id="base" href="{_uri(location_png, "png")}" '
        f'width="{size[0]:g}" height="{size[1]:g}"/></defs></svg>'
    )
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{TITLE}</title>\n<style>{css}</style>\n</head>\n<body>\n"
        f'<nav><h1>{TITLE}</h1><p>共 {len(ids)} 张，每条线索一页 A4；打印时选“实际大小”。</p><p class="ids">{links}</p></nav>\n'
        f"{base}<main>\n{''.join(cards)}</main>\n</body>\n</html>\n"
    )


def _table(table: CardTable) -> str:
    columns = "".join(f'<col width="{width * _PX:.2f}">' for width in table.widths)
    out = [f'<table class="{table.name}"><colgroup>{columns}</colgroup>']
    for row in table.rows:
        out.append(f'<tr height="{row.height * _PX:.2f}">')
        for cell in row.cells:
            tag = "th" if cell.shaded else "td"
            wide = f' colspan="{cell.last - cell.first}"' if cell.last - cell.first > 1 else ""
            alert = " class=alert" if cell.kind == "alert" else ""
            out.append(f"<{tag}{wide}{alert}>{escape(cell.text)}</{tag}>")
        out.append("</tr>")
    return "".join([*out, "</table>"])


def _location(size: tuple[float, float], here: tuple[float, float] | None) -> str:
    width, height = size
    spot = ""
    if here is not None:
        x, y = here[0] * LEFT, here[1] * LEFT * height / width
        spot = f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{0.92 * LEFT / width:.2f}"/>'
    return (
        f'<svg viewBox="0 0 {LEFT:g} {LEFT * height / width:.3f}" width="{width * _PX:.2f}" height="{height * _PX:.2f}" '
        f'role="img" aria-label="在全州的位置"><use href="#base"/>{spot}</svg>'
    )


def _image(picture: tuple[bytes, float, float], alt: str) -> str:
    data, width, height = picture
    return f'<img src="{_uri(data, "png")}" width="{width * _PX:.0f}" height="{height * _PX:.0f}" alt="{escape(alt)}">'


def _chips(chips: Sequence[Chip]) -> str:
    if not chips:
        return ""
    out = []
    for chip in chips:
        shown = (
            f'<img src="{_uri(chip.jpeg, "jpeg")}" alt="{escape(chip.caption)}">'
            if chip.jpeg
            else f"<em>{escape(chip.note)}</em>"
        )
        out.append(f"<figure><div>{shown}</div><figcaption>{escape(chip.caption)}</figcaption></figure>")
    return f'<div class="chips">{"".join(out)}</div>'


def _code(text: str) -> str:
    modules = qr_modules(text)
    dark = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(modules) for x, filled in enumerate(row) if filled)
    side = len(modules)
    size = QR * (side + 2 * QUIET) / side * _PX
    return (
        f'<svg class="qr" viewBox="{-QUIET} {-QUIET} {side + 2 * QUIET} {side + 2 * QUIET}" width="{size:.1f}" height="{size:.1f}" '
        f'role="img" aria-label="二维码：{escape(text)}"><path d="{dark}"/></svg>'
    )


def _uri(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _css(theme: Theme) -> str:
    sizes = "".join(f".s{round(size * 10)}{{font-size:{size:g}pt}}" for size in sorted({size for size, _ in STEPS}))
    return f"""
*{{box-sizing:border-box}}
body{{margin:0;background:#dfe4e6;color:{theme.text};line-height:{LEADING};
font-family:"Microsoft YaHei","Noto Sans CJK SC","Source Han Sans SC","PingFang SC","SimHei",sans-serif}}
nav{{max-width:{PAGE_MM[0]}mm;margin:0 auto;padding:8mm 0 2mm;font-size:10pt}}
nav h1{{margin:0 0 2mm;font-size:16pt}}nav p{{margin:0 0 2mm}}
.ids{{max-height:24mm;overflow:auto}}.ids a{{display:inline-block;margin:0 3mm 1mm 0;color:{theme.accent}}}
.base{{position:absolute}}
.card{{width:{PAGE_MM[0]}mm;min-height:{PAGE_MM[1]}mm;margin:0 auto 6mm;padding:{MARGIN_MM}mm;background:#fff;
box-shadow:0 1px 6px rgba(0,0,0,.25);display:flex;flex-direction:column}}
{sizes}
header{{height:{HEADER}mm;display:flex;justify-content:space-between;flex:none}}
header>div{{flex:1;height:{HEADER - 3.2:g}mm;margin-right:2mm;border-bottom:.5mm solid {theme.accent}}}
h2{{margin:0;font-size:17pt;line-height:9mm}}h2 small{{margin-left:4mm;font-size:9pt;font-weight:400;color:{theme.muted_text}}}
.id{{margin:0;line-height:8mm}}.id b{{font-size:14pt;color:{theme.accent};margin-right:5mm}}.id span{{font-size:8pt}}
.qr{{margin:-2.2mm -2.2mm 0 0;flex:none;background:#fff}}
.upper{{display:flex;justify-content:space-between}}
.left{{width:{LEFT}mm;display:flex;flex-direction:column;justify-content:space-between}}.right{{width:{RIGHT}mm}}
.where{{text-align:center;line-height:0}}.where circle{{fill:none;stroke:#d0021b;stroke-width:.53}}
.right img{{display:block}}
.chips{{display:flex;gap:{GAP}mm;margin-top:{GAP}mm}}
figure{{margin:0;width:{(RIGHT - GAP) / 2:g}mm}}
figure div{{height:31mm;border:.15mm solid #8a979e;background:#eef2f3;display:flex;align-items:center;justify-content:center}}
figure img{{max-width:100%;max-height:100%}}figure em{{font-style:normal;font-size:7pt}}
figcaption{{font-size:6pt;height:3.4mm;overflow:hidden;white-space:nowrap;text-overflow:ellipsis;color:{theme.muted_text}}}
table{{border-collapse:collapse;table-layout:fixed;width:{WIDTH}mm;margin-top:{GAP}mm}}
.facts{{width:{LEFT}mm;margin:0}}
td,th{{border:.14mm solid #8a979e;padding:0 {PAD}mm;text-align:left;font-weight:400;overflow-wrap:anywhere}}
th{{background:#eef2f3;color:{theme.muted_text}}}
.zones tr:first-child th,.checks tr:first-child th{{font-weight:700}}
.zones td:nth-child(n+3){{text-align:right}}
.alert{{color:{theme.notice};font-weight:700}}
.sign{{display:flex;margin:4mm 0 0;font-size:8pt}}
.sign span{{flex:1;margin-right:4mm;border-bottom:.2mm solid {theme.text}}}
footer{{margin-top:auto;font-size:{FOOT_SIZE:g}pt;color:{theme.muted_text}}}footer p{{margin:0}}
footer p:first-child{{color:{theme.notice}}}
@page{{size:A4;margin:0}}
@media print{{
*{{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
body{{background:none}}nav{{display:none}}
.card{{margin:0;box-shadow:none;height:{PAGE_MM[1] - 0.3:g}mm;min-height:0;break-after:page;break-inside:avoid}}
.card:last-child{{break-after:auto}}
}}
"""
